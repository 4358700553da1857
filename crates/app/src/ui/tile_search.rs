//! The search in the texts of all tiles: a field, the tiles that fit best with the part of the text
//! that fits, and the chosen one beside the row's positive.

use egui::text::LayoutJob;
use egui::{
    Align2, Color32, CornerRadius, FontId, Id, Panel, Rect, RichText, ScrollArea, Sense, TextEdit, Ui, WidgetInfo,
};
use egui::{pos2, vec2};
use tilejury_audit::search::Occurrence;
use tilejury_audit::text::count;
use tilejury_data::{Dataset, TilePath, TileSlot};
use tilejury_text::Snippet;

use super::placement::{TileLayout, TileZooms};
use super::similar::{self, SimilarView};
use super::tile::TileView;
use super::tiles::{self, PlacedTile};
use super::{ReviewAction, UiAction, ViewAction, command_button, field_keys, snippet};
use crate::command::{DatasetCommand, ReviewCommand, ViewCommand, keymap};
use crate::icons;
use crate::theme::palette;
use crate::tile_loader::{Picture, PictureSize, TileRequest};
use crate::tile_store::TileState;

/// The height of a found tile in the list, in points.
const LINE: f32 = 112.0;
/// The width of its picture.
const THUMBNAIL: f32 = 84.0;
/// The widths of the list.
const LIST: std::ops::RangeInclusive<f32> = 260.0..=520.0;
/// The lines of text below a tile's name.
const SNIPPET_LINES: usize = 4;

/// The content of the view.
pub(crate) struct TileSearchView<'a> {
    pub(crate) dataset: &'a Dataset,
    /// The number of tiles with a text; the reason if they cannot be searched; `None` before the
    /// first answer.
    pub(crate) searched: Option<Result<usize, &'a str>>,
    /// The best first.
    pub(crate) hits: Vec<HitView<'a>>,
    /// The position of the chosen one.
    pub(crate) focus: usize,
    /// Whether it has to be brought into view.
    pub(crate) scroll: bool,
    pub(crate) is_searching: bool,
    /// The tile that the others are like, and what is alike besides tiles; `None` in a search of
    /// texts.
    pub(crate) similar: Option<SimilarView<'a>>,
    /// The row's positive and the chosen tile, or only that.
    pub(crate) tiles: Vec<TileView<'a>>,
    pub(crate) layout: TileLayout,
    pub(crate) zooms: &'a TileZooms,
}

/// A found tile.
pub(crate) struct HitView<'a> {
    pub(crate) tile: &'a TilePath,
    pub(crate) score: f64,
    pub(crate) snippet: &'a Snippet,
    /// Its slot in the current row, if that has it.
    pub(crate) slot: Option<TileSlot>,
    /// Whether it was added to the row as relevant.
    pub(crate) is_added: bool,
    /// The rows that have it; `None` until they are known.
    pub(crate) rows: Option<&'a [Occurrence]>,
    pub(crate) state: TileState,
}

/// The state of the view's field.
#[derive(Default)]
pub(crate) struct TileSearchPanel {
    pub(crate) text: String,
}

/// The tiles that were drawn large, and the pictures of the list.
#[derive(Default)]
pub(crate) struct DrawnSearch {
    pub(crate) placed: Vec<PlacedTile>,
    pub(crate) thumbnails: Vec<TileRequest>,
}

/// The field for the words; it gets the focus at the moment it is asked for.
pub(crate) fn tile_search_field() -> Id {
    Id::unique("tile search field")
}

pub(crate) fn show(
    ui: &mut Ui,
    view: &TileSearchView<'_>,
    panel: &mut TileSearchPanel,
    actions: &mut Vec<UiAction>,
) -> DrawnSearch {
    let most = (ui.available_width() * 0.45).clamp(LIST.start() + 1.0, *LIST.end());
    let list =
        Panel::left("found tiles").default_size((most * 0.9).max(*LIST.start())).size_range(*LIST.start()..=most);
    let thumbnails = list.show(ui, |ui| {
        if let Some(similar) = &view.similar {
            return similar::show(ui, view, similar, actions);
        }
        head(ui, view, panel, actions);
        ui.separator();
        hits(ui, view, actions)
    });
    let chosen = view.hits.get(view.focus).map_or(usize::MAX, |_| view.focus);
    let placed = tiles::show(ui, chosen, &view.tiles, view.layout, view.zooms, actions);
    DrawnSearch { placed, thumbnails: thumbnails.inner }
}

/// The field with the way back, and the number of tiles.
fn head(ui: &mut Ui, view: &TileSearchView<'_>, panel: &mut TileSearchPanel, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        let back = format!("{} Back  {}", icons::CARET_LEFT, keymap.first(ViewCommand::TileSearch));
        if ui.button(back).on_hover_text("Back to the row (Esc)").accessible_name("Back").clicked() {
            actions.push(ViewCommand::TileSearch.into());
        }
        command_button(ui, ReviewCommand::AddFoundTile, actions);
    });
    ui.horizontal(|ui| field(ui, panel, actions));
    ui.horizontal_wrapped(|ui| {
        match &view.searched {
            None => _ = ui.label(RichText::new("Searching…").weak()),
            Some(Err(reason)) => {
                let text = format!("{} {reason}", icons::WARNING);
                ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
            }
            Some(Ok(searched)) => {
                let tiles = count(*searched, "tile");
                let text = match view.hits.len() {
                    0 => format!("None of the {tiles} with a text has any of these words."),
                    found => format!("The best {found} of the {tiles} with a text"),
                };
                ui.label(RichText::new(text).weak());
            }
        }
        if view.is_searching {
            ui.spinner();
        }
    });
}

fn field(ui: &mut Ui, panel: &mut TileSearchPanel, actions: &mut Vec<UiAction>) {
    // The arrows walk through the tiles, also while words are typed.
    if ui.memory(|memory| memory.has_focus(tile_search_field())) {
        let steps = ui.input_mut(field_keys::take_arrows);
        if steps != 0 {
            actions.push(ViewAction::WalkFound(steps).into());
        }
    }
    let label = ui.label(icons::SEARCH);
    let hint = format!("words on a tile  {}", keymap::from_context(ui.ctx()).first(DatasetCommand::Search));
    let edit = TextEdit::singleline(&mut panel.text)
        .id(tile_search_field())
        .hint_text(hint)
        .desired_width((ui.available_width() - 8.0).max(60.0));
    let response = ui.add(edit).labelled_by(label.id).accessible_name("Search the text of tiles");
    if response.changed() {
        actions.push(ReviewAction::SearchTiles(panel.text.clone()).into());
    }
}

/// The list of found tiles. Returns the pictures that were in view.
pub(super) fn hits(ui: &mut Ui, view: &TileSearchView<'_>, actions: &mut Vec<UiAction>) -> Vec<TileRequest> {
    let mut thumbnails = Vec::new();
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut list = ScrollArea::vertical().auto_shrink(false).id_salt("found tiles").animated(false);
    if view.scroll {
        // The chosen tile with half a tile above it, in this very frame.
        let end = (view.hits.len() as f32 * LINE - ui.available_height()).max(0.0);
        list = list.vertical_scroll_offset(((view.focus as f32 - 0.5) * LINE).clamp(0.0, end).round());
    }
    list.show_rows(ui, LINE, view.hits.len(), |ui, shown| {
        for at in shown {
            let Some(hit) = view.hits.get(at) else { continue };
            let width = ui.available_width();
            let (rect, response) = ui.allocate_exact_size(vec2(width, LINE), Sense::click());
            let uses = uses(hit, view.dataset);
            let label = format!("Found {}: {}, {uses}: {}", at + 1, hit.tile.tail(), hit.snippet.text);
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
            if response.clicked() {
                actions.push(ViewAction::FocusFound(at).into());
            }
            let visuals = ui.visuals();
            if at == view.focus {
                ui.painter().rect_filled(rect, CornerRadius::same(4), visuals.selection.bg_fill.gamma_multiply(0.45));
            } else if response.hovered() {
                ui.painter().rect_filled(rect, CornerRadius::same(4), visuals.widgets.hovered.weak_bg_fill);
            }
            line(ui, rect.shrink2(vec2(4.0, 5.0)), at, hit, &uses);
            let width = (THUMBNAIL * ui.ctx().pixels_per_point()).round() as u32;
            thumbnails.push(TileRequest { picture: Picture::Tile(hit.tile.clone()), grade: PictureSize::Shown, width });
            let score = match view.similar {
                Some(_) => format!("{:.0} % alike", 100.0 * hit.score),
                None => format!("BM25 {:.2}", hit.score),
            };
            response.on_hover_text(format!("{}\n{score}; {uses}", hit.tile.as_str()));
        }
    });
    thumbnails
}

/// Draws a found tile: its picture, its name, the rows that have it, the part of its text.
fn line(ui: &Ui, rect: Rect, at: usize, hit: &HitView<'_>, uses: &str) {
    let palette = palette(ui.visuals());
    let frame = Rect::from_min_size(rect.min, vec2(THUMBNAIL, rect.height()));
    thumbnail(ui, frame, &hit.state);
    let text = Rect::from_min_max(pos2(frame.max.x + 8.0, rect.min.y), rect.max);
    let painter = ui.painter_at(text);
    let (strong, weak) = (ui.visuals().strong_text_color(), ui.visuals().weak_text_color());
    let score = format!("{:.1}", hit.score);
    let score = painter.text(text.right_top(), Align2::RIGHT_TOP, score, FontId::proportional(12.0), weak);
    let chunk = hit.tile.as_str().rsplit('/').next().unwrap_or_default();
    let name = format!("{}  {}  {chunk}", at + 1, hit.tile.page_name().unwrap_or_default());
    let room = score.min.x - 8.0 - text.min.x;
    let galley = ui.painter().layout_job(one_line(&name, 13.0, strong, room));
    painter.galley(text.left_top(), galley, strong);
    let colour = match hit.slot {
        Some(TileSlot::POSITIVE) => palette.positive,
        Some(_) => palette.unsure,
        None if hit.is_added => palette.positive,
        None => weak,
    };
    let below = text.left_top() + vec2(0.0, 17.0);
    let galley = ui.painter().layout_job(one_line(uses, 12.0, colour, text.width()));
    painter.galley(below, galley, colour);
    let at = below + vec2(0.0, 18.0);
    snippet::paint(ui, &painter, at, hit.snippet, 12.5, SNIPPET_LINES, text.width());
}

/// A text on one line, cut at its end.
pub(super) fn one_line(text: &str, size: f32, colour: Color32, room: f32) -> LayoutJob {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(size), colour);
    job.wrap.max_width = room.max(20.0);
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    job
}

pub(super) fn thumbnail(ui: &Ui, frame: Rect, state: &TileState) {
    let painter = ui.painter_at(frame);
    let TileState::Ready { texture, full, .. } = state else {
        painter.rect_filled(frame, 2.0, palette(ui.visuals()).well);
        let text = match state {
            TileState::Failed(_) => icons::BROKEN,
            TileState::ShardMissing(_) => "shard missing",
            _ => "…",
        };
        let colour = ui.visuals().weak_text_color();
        painter.text(frame.center(), Align2::CENTER_CENTER, text, FontId::proportional(12.0), colour);
        return;
    };
    let full = vec2(full[0].max(1) as f32, full[1].max(1) as f32);
    let size = full * (frame.width() / full.x).min(frame.height() / full.y);
    let shown = Rect::from_min_size(frame.min, size);
    painter.image(texture.id(), shown, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
    let edge = ui.visuals().widgets.noninteractive.bg_stroke;
    painter.rect_stroke(shown, CornerRadius::ZERO, edge, egui::StrokeKind::Inside);
}

/// The tile's role in the current row, and the other rows that have it.
fn uses(hit: &HitView<'_>, dataset: &Dataset) -> String {
    let mut parts = Vec::new();
    match hit.slot {
        Some(TileSlot::POSITIVE) => parts.push("this row's positive".to_owned()),
        Some(slot) => parts.push(format!("this row's negative {slot}")),
        None if hit.is_added => parts.push("added to this row".to_owned()),
        None => {}
    }
    let Some(rows) = hit.rows else {
        parts.push("looking for its rows…".to_owned());
        return parts.join(", ");
    };
    let named = |rows: &[&Occurrence]| match rows {
        [one] => dataset.describe_position(one.sample),
        rows => count(rows.len(), "row"),
    };
    let positive: Vec<&Occurrence> = rows.iter().filter(|row| row.positive).collect();
    let negative: Vec<&Occurrence> = rows.iter().filter(|row| !row.negatives.is_empty()).collect();
    if !positive.is_empty() {
        parts.push(format!("positive of {}", named(&positive)));
    }
    if !negative.is_empty() {
        parts.push(format!("negative of {}", named(&negative)));
    }
    if parts.is_empty() {
        parts.push("in no row".to_owned());
    }
    parts.join(", ")
}
