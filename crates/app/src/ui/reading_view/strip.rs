//! The strip of a row's tiles in the reading view: each with its number, its mark, whether it was
//! seen, its signals, and the passage of its text where there is room. Draws what it is given.

use std::sync::Arc;

use egui::text::LayoutJob;
use egui::{Align2, Color32, CornerRadius, FontId, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2};
use egui::{Visuals, WidgetInfo, pos2, vec2};
use tilejury_audit::Relevance;
use tilejury_audit::external::{TextState, TileEvidence};
use tilejury_text::Snippet;

use crate::command::ViewCommand;
use crate::icons;
use crate::theme::{Palette, badge_without_role, palette, tile_badge};
use crate::tile_request::{Picture, PictureSize, TileRequest};
use crate::tile_store::TileState;
use crate::ui::queue::THUMBNAIL;
use crate::ui::tile_line::needs;
use crate::ui::{ScenePosition, UiAction, ViewAction, small_picture, snippet};

/// The least and the most height of a strip below the panes, in points.
pub(super) const HEIGHT: f32 = 60.0;
pub(super) const HIGHEST: f32 = 180.0;
/// The least and the most width of a strip beside them.
pub(super) const WIDTH: f32 = 168.0;
pub(super) const WIDEST: f32 = 440.0;
/// The height of a tile in a strip from which its picture is larger than that of the queue.
const LARGE: f32 = 90.0;
/// The most height of a tile in a strip beside the panes, and width of a large picture.
const TALLEST: f32 = 132.0;
const LARGE_PICTURE: f32 = 112.0;
/// The part of a tile's room that its picture may take of the width.
const PICTURE_PART: f32 = 0.4;
/// The widths of a tile in a strip below the panes.
const CELL: std::ops::RangeInclusive<f32> = 84.0..=420.0;
/// The width of a picture: that of the queue, so that one picture serves both.
const PICTURE: f32 = THUMBNAIL;
const GAP: f32 = 4.0;
/// The least width of text beside a picture.
const TEXT: f32 = 64.0;
/// The size of the text.
const TEXT_SIZE: f32 = 11.5;
/// The height of a row of it.
const TEXT_ROW: f32 = 15.0;
/// The usual width of a letter of it, not too small.
const LETTER: f32 = 6.5;

/// The look of a person at a tile of a row, as the line about accepting has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Seen {
    #[default]
    No,
    TooSmall,
    /// At a size at which its text can be read.
    Readable,
}

/// One tile of the strip.
pub(crate) struct ThumbnailView {
    /// Whether nothing tells which tile is the positive.
    pub(crate) hides_role: bool,
    pub(crate) position: ScenePosition,
    pub(crate) picture: Picture,
    /// The small picture, or a larger one until that is there.
    pub(crate) state: TileState,
    /// The picture for a strip with much room, if it is there.
    pub(crate) large: TileState,
    pub(crate) relevance: Option<Relevance>,
    /// The names of its signals; `None` without any.
    pub(crate) signals: Option<String>,
    /// Whether its score makes it worth a look; signals alone may not.
    pub(crate) is_suspicious: bool,
    /// Its text with the passage that covers the query best.
    pub(crate) evidence: Option<Arc<TileEvidence>>,
    /// The look of a person at it in this row.
    pub(crate) seen: Seen,
    pub(crate) is_focused: bool,
    /// Whether it is in a pane.
    pub(crate) in_pane: bool,
    /// Whether it was picked for the survey.
    pub(crate) is_picked: bool,
}

impl ThumbnailView {
    fn snippet(&self) -> Option<&Snippet> {
        self.evidence.as_ref()?.highlights.snippet.as_ref()
    }

    pub(super) fn is_positive(&self) -> bool {
        !self.hides_role && self.position == ScenePosition::default()
    }

    /// The sign, word and colour of its mark.
    pub(super) fn badge(&self, colours: &Palette) -> Option<(&'static str, &'static str, Color32)> {
        match self.hides_role {
            true => badge_without_role(colours, self.relevance),
            false => tile_badge(colours, self.is_positive(), self.relevance),
        }
    }

    /// The colour of the sign that it has signals: bright only on a suspicious tile.
    pub(super) fn colour_of_signals(&self, visuals: &Visuals, colours: &Palette) -> Color32 {
        if self.is_suspicious { colours.unsure } else { visuals.weak_text_color() }
    }

    /// The end of its path for people to read, where no text is known.
    fn name(&self) -> String {
        match &self.picture {
            Picture::Tile(path) => path.short_name().into_owned(),
            _ => String::new(),
        }
    }

    /// The number that it is called by.
    pub(super) fn number(&self) -> usize {
        self.position.index() + usize::from(self.hides_role)
    }

    /// The name for screen readers.
    pub(super) fn label(&self) -> String {
        let name = if self.is_positive() { "positive".to_owned() } else { self.number().to_string() };
        let mark = self.relevance.map_or("not judged", Relevance::label);
        let seen = match self.seen {
            Seen::No => "not seen",
            Seen::TooSmall => "too small to read",
            Seen::Readable => "seen",
        };
        let signals = self.signals.as_ref().map(|names| format!(", {names}")).unwrap_or_default();
        let picked = if self.is_picked { ", picked for the survey" } else { "" };
        format!("Thumbnail {name}: {mark}, {seen}{signals}{picked}")
    }
}

/// Draws the strip in its room. Returns the pictures that it needs.
pub(super) fn show(ui: &mut Ui, room: Rect, tiles: &[ThumbnailView], actions: &mut Vec<UiAction>) -> Vec<TileRequest> {
    let mut requests = Vec::new();
    let is_below = room.width() > room.height();
    let count = tiles.len().max(1) as f32;
    let size = if is_below {
        let width = (room.width() - GAP * (count - 1.0)) / count;
        vec2(width.clamp(*CELL.start(), *CELL.end()).floor(), room.height())
    } else {
        let height = (room.height() - GAP * (count - 1.0)) / count;
        vec2(room.width(), height.clamp(HEIGHT, TALLEST).floor())
    };
    let is_large = size.y >= LARGE;
    let picture_width = picture_width(size);
    let step = if is_below { vec2(size.x + GAP, 0.0) } else { vec2(0.0, size.y + GAP) };
    let whole = size + step * (count - 1.0);
    ui.scope_builder(UiBuilder::new().max_rect(room).id_salt("strip"), |ui| {
        let bars = egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
        let area = ScrollArea::both().scroll_bar_visibility(bars).auto_shrink(false).animated(false);
        area.show(ui, |ui| {
            let (all, _) = ui.allocate_exact_size(whole, Sense::hover());
            for (at, tile) in tiles.iter().enumerate() {
                let cell = Rect::from_min_size(all.min + step * at as f32, size);
                if tile.is_focused && follows(ui, tile.position) {
                    ui.scroll_to_rect(cell.expand(size.x / 2.0), None);
                }
                if ui.is_rect_visible(cell) {
                    one(ui, cell, tile, actions);
                    let width = (picture_width * ui.ctx().pixels_per_point()).round() as u32;
                    // The picture in the pane comes first, and says what is wrong with a tile.
                    if matches!(tile.state, TileState::Ready { .. }) {
                        let picture = tile.picture.clone();
                        let grade = if is_large { PictureSize::Listed } else { PictureSize::Thumbnail };
                        requests.push(TileRequest { picture, grade, width });
                    }
                }
            }
        });
    });
    requests
}

/// The width of the picture of a tile in a cell of that size.
fn picture_width(cell: Vec2) -> f32 {
    if cell.y < LARGE {
        return PICTURE;
    }
    (cell.x * PICTURE_PART).clamp(PICTURE, LARGE_PICTURE).floor()
}

/// Whether the focus moved since the last frame, so that the strip has to follow it.
fn follows(ui: &Ui, focus: ScenePosition) -> bool {
    let id = egui::Id::unique("strip focus");
    ui.data_mut(|data| data.get_temp_mut_or_default::<Option<ScenePosition>>(id).replace(focus) != Some(focus))
}

fn one(ui: &mut Ui, cell: Rect, tile: &ThumbnailView, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let response = ui.interact(cell, ui.scope_id().with(("thumbnail", tile.position.index())), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, tile.is_focused, tile.label()));
    if response.clicked() {
        let picks = ui.input(|input| input.modifiers.command);
        match u8::try_from(tile.position.index()) {
            Ok(number @ 1..=9) if picks => actions.push(ViewCommand::SurveyPick(number).into()),
            _ => actions.push(ViewAction::Focus(tile.position).into()),
        }
    }
    let visuals = ui.visuals();
    let ground = match () {
        () if tile.is_focused => visuals.selection.bg_fill.gamma_multiply(0.55),
        () if response.hovered() => visuals.widgets.hovered.weak_bg_fill,
        () => visuals.faint_bg_color,
    };
    ui.painter().rect_filled(cell, CornerRadius::same(5), ground);
    let colour = colour_of(tile, colours);
    let width = if tile.is_focused || tile.is_picked { 2.0 } else { 1.0 };
    let edge = if tile.is_focused { colours.focus } else { colour };
    ui.painter().rect_stroke(cell, CornerRadius::same(5), Stroke::new(width, edge), StrokeKind::Inside);
    let inner = cell.shrink(4.0);
    let frame = Rect::from_min_size(inner.min, vec2(picture_width(cell.size()), inner.height()));
    let is_large = cell.height() >= LARGE && matches!(tile.large, TileState::Ready { .. });
    let state = if is_large { &tile.large } else { &tile.state };
    picture(ui, frame, state, tile.in_pane || tile.is_focused);
    let text = Rect::from_min_max(pos2(frame.max.x + 5.0, inner.min.y), inner.max);
    words(ui, text, tile, colour, colours);
    let hint = match &tile.signals {
        Some(names) => format!("{}\n{names}", tile.label()),
        None => tile.label(),
    };
    response.on_hover_text(hint);
}

fn colour_of(tile: &ThumbnailView, colours: &Palette) -> Color32 {
    let of_role = if tile.is_positive() { colours.positive } else { colours.quiet };
    tile.badge(colours).map_or(of_role, |badge| badge.2)
}

/// The number, the mark, whether it was seen and the signals; below them the passage.
fn words(ui: &Ui, room: Rect, tile: &ThumbnailView, colour: Color32, colours: &Palette) {
    let painter = ui.painter_at(room);
    let font = FontId::proportional(14.0);
    let name = if tile.is_positive() { icons::POSITIVE.to_owned() } else { tile.number().to_string() };
    let strong = if tile.is_positive() { colours.positive } else { ui.visuals().strong_text_color() };
    let mut at = painter.text(room.min, Align2::LEFT_TOP, name, font.clone(), strong).right_top();
    // A ring that is filled once the tile was seen and not too small to read.
    let (ring, weak) = (at + vec2(8.0, 8.5), ui.visuals().weak_text_color());
    painter.circle_stroke(ring, 3.5, Stroke::new(1.2, weak));
    if tile.seen == Seen::Readable {
        painter.circle_filled(ring, 3.5, weak);
    }
    at.x += 12.0;
    let mut add = |text: &str, colour: Color32| {
        at = painter.text(at + vec2(4.0, 0.0), Align2::LEFT_TOP, text, font.clone(), colour).right_top();
    };
    if let Some((sign, ..)) = tile.badge(colours) {
        add(sign, colour);
    }
    if tile.signals.is_some() {
        add(icons::WARNING, tile.colour_of_signals(ui.visuals(), colours));
    }
    if tile.is_picked {
        add(icons::PIN, colours.focus);
    }
    if room.width() < TEXT {
        return;
    }
    let below = Rect::from_min_max(room.min + vec2(0.0, 18.0), room.max);
    let painter = ui.painter_at(below);
    let rows = ((below.height() / TEXT_ROW) as usize).max(2);
    let words = match (tile.snippet(), &tile.evidence) {
        (Some(text), _) => {
            let text = text.around_hits((rows as f32 * below.width() / LETTER) as usize);
            snippet::paint(ui, &painter, below.min, &text, TEXT_SIZE, rows, below.width());
            return;
        }
        (None, Some(evidence)) => match evidence.state {
            _ if evidence.missing.is_some() => needs(evidence.missing.as_deref().unwrap_or_default()),
            TextState::Read | TextState::Imported => "No query word found".to_owned(),
            TextState::NotRead | TextState::Outdated | TextState::NotLegible => match &tile.state {
                TileState::Failed(fault) => fault.name(),
                _ => "not read".to_owned(),
            },
        },
        (None, None) => tile.name(),
    };
    let mut job = LayoutJob::simple(words, FontId::proportional(TEXT_SIZE), weak, below.width());
    job.wrap.max_rows = rows;
    painter.galley(below.min, painter.layout_job(job), weak);
}

fn picture(ui: &Ui, frame: Rect, state: &TileState, is_shown: bool) {
    let painter = ui.painter_at(frame);
    let Some((texture, full)) = small_picture::ready(ui, &painter, frame, state, false) else { return };
    let size = small_picture::fitting(full, frame.size());
    let shown = Rect::from_center_size(frame.center(), size);
    let tint = if is_shown { Color32::WHITE } else { Color32::from_gray(225) };
    painter.image(texture, shown, Rect::from_min_size(pos2(0.0, 0.0), Vec2::splat(1.0)), tint);
    let edge = ui.visuals().widgets.noninteractive.bg_stroke;
    painter.rect_stroke(shown, CornerRadius::ZERO, edge, StrokeKind::Inside);
}
