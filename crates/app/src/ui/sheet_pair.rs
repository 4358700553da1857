//! One pair of the contact sheet: its row, the query with the answer, the positive, the suspicious
//! negative, and why. Decides nothing; which pairs there are is the screen's.

use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align2, Color32, CornerRadius, CursorIcon, FontId, Label, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use tilejury_data::{SampleIndex, TilePath, TileSlot};

use super::grid_layout::USUAL_SHAPE;
use super::highlights::{self, HighlightView};
use super::placement::paint;
use super::reading_view::{PaneScale, PaneSpot, TileLines};
use super::{ReviewAction, ScenePosition, SheetAction, UiAction, small_picture, snippet};
use crate::bidi::for_display;
use crate::icons;
use crate::theme::{GAP, palette};
use crate::tile_request::TileRequest;
use crate::tile_store::TileState;

/// The height of the lines above the pictures, in points: the row, the query, the name of the
/// positive.
const HEAD: f32 = 60.0;
/// The height of a further line of the query.
const QUERY_LINE: f32 = 16.0;
/// The height of the lines below them: the reason, or the text.
const FOOT: f32 = 34.0;
/// The height of a tile's name above it.
const NAME: f32 = 14.0;
/// The space around a pair, in points.
pub(super) const PADDING: f32 = 5.0;
/// The height of a cut-out that shows enough lines around a passage, in points.
const ENOUGH: f32 = 70.0;
/// The least height of a cut-out, in points: three lines of text.
const LOWEST: f32 = 50.0;

/// The least width of a picture, in points: in a smaller one, nothing can be recognised.
const PICTURE_AT_LEAST: f32 = 90.0;
/// The least width of a cut-out, in points: lines of the usual width can still be read.
const CUT_OUT_AT_LEAST: f32 = 330.0;

/// The shape of the pictures of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairShape {
    /// The tiles beside each other from their tops, to compare pictures.
    Beside,
    /// Cut-outs above each other, as wide as the pair, at the passages that matter.
    CutOuts,
}

impl PairShape {
    /// The rows that the query may have.
    fn query_rows(self) -> usize {
        match self {
            Self::Beside => 1,
            Self::CutOuts => 2,
        }
    }

    fn head(self) -> f32 {
        HEAD + QUERY_LINE * (self.query_rows() - 1) as f32
    }

    /// Whether the pictures of a pair in a cell are large enough.
    pub(super) fn fits(self, cell: Vec2) -> bool {
        match self {
            Self::Beside => (cell.x - 3.0 * PADDING) / 2.0 >= PICTURE_AT_LEAST,
            Self::CutOuts => cell.x - 2.0 * PADDING >= CUT_OUT_AT_LEAST && self.cut_out(cell) >= LOWEST,
        }
    }

    /// The height of a cut-out in a cell.
    fn cut_out(self, cell: Vec2) -> f32 {
        (cell.y - 2.0 * PADDING - self.head() - FOOT - NAME - GAP) / 2.0
    }

    /// Returns how well the pictures of a pair in a cell can be seen: it grows with their scale.
    pub(super) fn quality(self, cell: Vec2) -> f32 {
        let tile = vec2(USUAL_SHAPE[0] as f32, USUAL_SHAPE[1] as f32);
        let room = cell - vec2(2.0 * PADDING, self.head() + FOOT + 2.0 * PADDING);
        match self {
            Self::Beside => ((room.x - PADDING) / 2.0 / tile.x).min(room.y / tile.y),
            Self::CutOuts => (room.x / tile.x).min(1.0) * (self.cut_out(cell) / ENOUGH).min(1.0),
        }
    }

    /// The frames of the positive and of the negative.
    fn frames(self, room: Rect) -> [Rect; 2] {
        match self {
            Self::Beside => {
                let left = Rect::from_min_size(room.min, vec2((room.width() - PADDING) / 2.0, room.height()));
                [left, left.translate(vec2(left.width() + PADDING, 0.0))]
            }
            Self::CutOuts => {
                let height = ((room.height() - NAME - GAP) / 2.0).max(1.0);
                let top = Rect::from_min_size(room.min, vec2(room.width(), height));
                [top, top.translate(vec2(0.0, height + NAME + GAP))]
            }
        }
    }
}

/// A pair of a sheet.
pub(crate) struct PairView<'a> {
    pub(crate) sample: SampleIndex,
    /// The row in words.
    pub(crate) place: &'a str,
    pub(crate) query: &'a str,
    pub(crate) slot: TileSlot,
    /// The reason for the suspicion in short: the name of the main signal, else the score with its
    /// reasons; and in a sentence.
    pub(crate) why: &'a str,
    pub(crate) reason: &'a str,
    /// The verdict of the row with its reasons, if it has one.
    pub(crate) judged: Option<String>,
    /// The row's answer, if it has one.
    pub(crate) answer: Option<&'a str>,
    pub(crate) positive: SheetTile<'a>,
    pub(crate) suspect: SheetTile<'a>,
    /// Whether the sheet's decision leaves it out.
    pub(crate) is_marked: bool,
}

/// A tile of a pair.
pub(crate) struct SheetTile<'a> {
    pub(crate) path: &'a TilePath,
    pub(crate) state: TileState,
    /// The text and its marks, once they were looked up.
    pub(crate) text: HighlightView,
    /// The spot at which a cut-out of the tile opens.
    pub(crate) spot: PaneSpot,
}

/// The place of a pair on the sheet.
#[derive(Clone, Copy)]
pub(super) struct PairPlace {
    pub(super) cell: Rect,
    /// Its number on the sheet, from 0.
    pub(super) at: usize,
    /// Whether keys act on it.
    pub(super) is_focused: bool,
    pub(super) click: PairClick,
}

/// The effect of a click on a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PairClick {
    /// The sheet's decision leaves it out, or not any more.
    LeaveOut,
    /// Its row is shown.
    ShowRow,
}

/// Draws a pair, and adds the pictures that it needs to `requests`.
pub(super) fn show(
    ui: &mut Ui,
    place: PairPlace,
    pair: &PairView<'_>,
    shape: PairShape,
    requests: &mut Vec<TileRequest>,
    actions: &mut Vec<UiAction>,
) {
    let PairPlace { cell, at, is_focused, click } = place;
    let colours = palette(ui.visuals());
    let response = ui.interact(cell, ui.scope_id().with(("pair", at)), Sense::click());
    let state = if pair.is_marked { ", left out" } else { "" };
    let judged = pair.judged.as_ref().map(|judged| format!(", {judged}")).unwrap_or_default();
    let label = format!("{}{judged}, negative {}{state}: {}", pair.place, pair.slot, pair.query);
    response.widget_info(|| match click {
        PairClick::LeaveOut => {
            WidgetInfo::selected(egui::Role::Button, true, pair.is_marked, format!("Pair {}: {label}", at + 1))
        }
        PairClick::ShowRow => WidgetInfo::labeled(egui::Role::Button, true, format!("Look at {label}")),
    });
    if response.clicked() {
        actions.push(match click {
            PairClick::LeaveOut => UiAction::Sheet(SheetAction::Toggle(at)),
            PairClick::ShowRow => ReviewAction::Show(pair.sample).into(),
        });
    }
    let is_pointed_at = click == PairClick::ShowRow && (response.hovered() || response.has_focus());
    if click == PairClick::ShowRow {
        response.on_hover_cursor(CursorIcon::PointingHand);
    }
    ui.painter().rect_filled(cell, CornerRadius::same(4), ui.visuals().faint_bg_color);
    let (width, colour) = match (pair.is_marked, is_focused || is_pointed_at) {
        (true, _) => (3.0, colours.unsure),
        (false, true) => (2.0, colours.focus),
        (false, false) => (1.0, colours.quiet),
    };
    ui.painter().rect_stroke(cell, CornerRadius::same(4), Stroke::new(width, colour), StrokeKind::Inside);
    let inner = cell.shrink(PADDING);
    head(ui, Rect::from_min_size(inner.min, vec2(inner.width(), shape.head())), place, pair, shape, actions);
    let room = Rect::from_min_max(inner.min + vec2(0.0, shape.head()), inner.max - vec2(0.0, FOOT));
    let names = [("Positive".to_owned(), colours.positive), (format!("Negative {}", pair.slot), colours.negative)];
    for ((frame, tile), (name, colour)) in
        shape.frames(room).into_iter().zip([&pair.positive, &pair.suspect]).zip(names)
    {
        let name_at = frame.left_top() - vec2(0.0, 2.0);
        ui.painter().text(name_at, Align2::LEFT_BOTTOM, name, FontId::proportional(11.0), colour);
        requests.push(TileRequest::tile(tile.path, picture(ui, frame, tile, shape, colour)));
    }
    foot(ui, pos2(inner.min.x, inner.max.y - FOOT + 2.0), cell, inner.width(), pair);
}

/// The row with its signal, and the query with the answer.
fn head(ui: &mut Ui, rect: Rect, place: PairPlace, pair: &PairView<'_>, shape: PairShape, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let mut text = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    text.spacing_mut().item_spacing.y = 1.0;
    text.shrink_clip_rect(rect);
    text.horizontal(|ui| {
        match place.click {
            PairClick::LeaveOut => {
                ui.label(RichText::new((place.at + 1).to_string()).strong());
                let link = ui.add(egui::Link::new(RichText::new(pair.place).small()));
                if link.on_hover_text("Show this row").clicked() {
                    actions.push(ReviewAction::Show(pair.sample).into());
                }
            }
            PairClick::ShowRow => _ = ui.label(RichText::new(pair.place).small()),
        }
        if pair.is_marked {
            ui.label(RichText::new(format!("{} left out", icons::PIN)).small().color(colours.unsure));
        }
        if let Some(judged) = &pair.judged {
            ui.add(Label::new(RichText::new(judged).small().strong()).truncate()).on_hover_text(judged);
        }
        let label = ui.add(Label::new(RichText::new(pair.why).small().weak()).truncate());
        label.on_hover_text(pair.reason);
    });
    let mut job = LayoutJob::default();
    let format = |size, color| TextFormat { font_id: FontId::proportional(size), color, ..TextFormat::default() };
    job.append(&for_display(pair.query, |_| true), 0.0, format(13.0, text.visuals().strong_text_color()));
    if let Some(answer) = pair.answer {
        job.append(&for_display(answer, |_| true), 10.0, format(12.0, colours.positive));
    }
    job.wrap.max_width = rect.width();
    job.wrap.max_rows = shape.query_rows();
    let whole = pair.answer.map_or(pair.query.to_owned(), |answer| format!("{}\nAnswer: {answer}", pair.query));
    text.add(Label::new(job)).on_hover_text(whole);
}

/// The best passage of the negative, or the reason of the signal.
fn foot(ui: &Ui, at: egui::Pos2, cell: Rect, width: f32, pair: &PairView<'_>) {
    let painter = ui.painter_at(cell);
    let snippet = pair.suspect.text.evidence.as_ref().and_then(|evidence| evidence.highlights.snippet.as_ref());
    if let Some(found) = snippet {
        snippet::paint(ui, &painter, at, found, 12.0, 2, width);
        return;
    }
    let galley = ui.fonts_mut(|fonts| {
        let weak = ui.visuals().weak_text_color();
        let mut job = LayoutJob::simple(pair.reason.to_owned(), FontId::proportional(12.0), weak, width);
        job.wrap.max_rows = 2;
        fonts.layout_job(job)
    });
    painter.galley(at, galley, Color32::PLACEHOLDER);
}

/// Draws a tile as wide as its frame: from its top, or at its spot with the evidence marked.
/// Returns the width of the whole tile in physical pixels.
fn picture(ui: &Ui, frame: Rect, tile: &SheetTile<'_>, shape: PairShape, colour: Color32) -> u32 {
    let painter = ui.painter_at(frame);
    let pixels_per_point = ui.ctx().pixels_per_point();
    let width = (frame.width() * pixels_per_point).round().max(1.0) as u32;
    let Some((texture, size)) = small_picture::ready(ui, &painter, frame, &tile.state, true) else {
        return width;
    };
    let full = [size.x as u32, size.y as u32];
    let spot = match shape {
        PairShape::Beside => Default::default(),
        PairShape::CutOuts => tile.spot,
    };
    let lines = TileLines { marked: &tile.text.marked_lines(), all: tile.text.all_lines() };
    let zooms = spot.zooms(frame, full, PaneScale::Width, lines, pixels_per_point);
    let painted = paint(frame, full, zooms.zoom_of(ScenePosition::default()), pixels_per_point);
    painter.image(texture, painted.rect, painted.part, Color32::WHITE);
    if shape == PairShape::CutOuts {
        highlights::paint(&painter, &painted, full, &tile.text);
    }
    painter.rect_stroke(painted.rect, CornerRadius::ZERO, Stroke::new(1.0, colour), StrokeKind::Inside);
    painted.width_px
}
