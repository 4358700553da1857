//! The contact sheet: a page of pairs, each with its query, the positive and the suspicious
//! negative. Decides nothing; the page's state is the screen's.

use egui::{
    Align2, Button, CentralPanel, Color32, ComboBox, CornerRadius, FontId, Label, Rect, RichText, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use tilejury_audit::Relevance;
use tilejury_audit::suspicion::Signal;
use tilejury_audit::text::{count, grouped};
use tilejury_data::{SampleIndex, TilePath, TileSlot};
use tilejury_text::Snippet;

use super::feedback::{self, FeedbackView, StepView};
use super::grid_layout::USUAL_SHAPE;
use super::{ReviewAction, SheetAction, UiAction, small_picture, snippet};
use crate::bidi::for_display;
use crate::command::{ReviewCommand, ViewCommand, keymap};
use crate::icons;
use crate::theme::{GAP, palette};
use crate::tile_request::TileRequest;
use crate::tile_store::TileState;

/// The height of the lines above the pictures of a pair, in points: its row, the query, the names.
const HEAD: f32 = 60.0;
/// The height of the lines below them: the reason, or the text.
const FOOT: f32 = 34.0;
/// The height of the lines above the page, in points.
const HEADER: f32 = 90.0;
/// The least width of a picture, in points: in a smaller one, nothing can be recognised.
const PICTURE_AT_LEAST: f32 = 90.0;
/// The height of the list of signals, in points.
const SIGNALS: f32 = 440.0;
/// The space around a pair, in points.
const PADDING: f32 = 5.0;

/// A pair of the page.
pub(crate) struct PairView<'a> {
    pub(crate) sample: SampleIndex,
    /// The row in words.
    pub(crate) place: &'a str,
    pub(crate) query: &'a str,
    pub(crate) slot: TileSlot,
    /// The main signal, if one found the negative, and its reason.
    pub(crate) signal: Option<Signal>,
    pub(crate) reason: &'a str,
    /// The part of the negative's text that fits the query best, if it was read.
    pub(crate) snippet: Option<Snippet>,
    pub(crate) positive: (&'a TilePath, TileState),
    pub(crate) suspect: (&'a TilePath, TileState),
    /// Whether the page's decision leaves it out.
    pub(crate) is_marked: bool,
}

/// The page.
pub(crate) struct SheetView<'a> {
    pub(crate) pairs: Vec<PairView<'a>>,
    /// The pair that keys act on.
    pub(crate) focus: usize,
    pub(crate) signal: Option<Signal>,
    /// The number of the page, from 1.
    pub(crate) page: usize,
    /// The number of pairs of a full page.
    pub(crate) size: usize,
    /// The number of rows after this page that may have a pair.
    pub(crate) rows_left: usize,
    pub(crate) knows_findings: bool,
    /// The last step, while it is reported.
    pub(crate) step: Option<StepView>,
}

/// Draws the sheet. Returns the pictures in view.
pub(crate) fn show(ui: &mut Ui, view: &SheetView<'_>, actions: &mut Vec<UiAction>) -> Vec<TileRequest> {
    let shown = CentralPanel::default().show(ui, |ui| {
        head(ui, view, actions);
        let keymap = keymap::from_context(ui.ctx());
        let preview = format!(
            "{} or {}: the page as not relevant or relevant; a click or a digit leaves a pair out, which {} or {} gives the opposite.",
            keymap.first(ReviewCommand::MarkFocused(Some(Relevance::NotRelevant))),
            keymap.first(ReviewCommand::MarkFocused(Some(Relevance::Relevant))),
            keymap.first(ReviewCommand::MarkNegatives(Some(Relevance::NotRelevant))),
            keymap.first(ReviewCommand::MarkNegatives(Some(Relevance::Relevant))),
        );
        let step = view.step.as_ref().map(|step| StepView { text: step.text.clone(), reverts: step.reverts });
        feedback::show(ui, &FeedbackView { step, preview, is_incomplete: false }, actions);
        if view.pairs.is_empty() {
            ui.add_space(3.0 * GAP);
            ui.label(match view.knows_findings {
                true => "No other row of this list has a suspicious negative without a mark.",
                false => "Signals are being computed…",
            });
            return Vec::new();
        }
        page(ui, view, actions)
    });
    shown.inner
}

fn head(ui: &mut Ui, view: &SheetView<'_>, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    ui.horizontal_wrapped(|ui| {
        let close = Button::new(format!("{} Back", icons::CARET_LEFT))
            .right_text(RichText::new(keymap.first(ViewCommand::ContactSheet)).small().weak());
        if ui.add(close).on_hover_text(keymap.hint(ViewCommand::ContactSheet)).accessible_name("Back").clicked() {
            actions.push(ViewCommand::ContactSheet.into());
        }
        ui.heading("Contact sheet");
        let left =
            if view.rows_left > 0 { format!(" · {} rows to come", grouped(view.rows_left)) } else { String::new() };
        ui.label(RichText::new(format!("page {}, {}{left}", view.page, count(view.pairs.len(), "pair"))).weak());
        let chosen = view.signal.map_or("All signals", Signal::label);
        let signals =
            ComboBox::from_id_salt("signal of the sheet").height(SIGNALS).selected_text(chosen).show_ui(ui, |ui| {
                let signals = Signal::ALL.iter().copied().map(Some);
                for signal in std::iter::once(None).chain(signals) {
                    let label = signal.map_or("All signals", Signal::label);
                    if ui.selectable_label(view.signal == signal, label).clicked() {
                        actions.push(UiAction::Sheet(SheetAction::ChooseSignal(signal)));
                    }
                }
            });
        signals.response.accessible_name("Signal of the pairs");
        ui.separator();
        let decided = view.pairs.iter().filter(|pair| !pair.is_marked).count();
        let mut button = |ui: &mut Ui, name: &str, command: ReviewCommand, action: SheetAction| {
            let key = RichText::new(keymap.first(command)).small().weak();
            let text = format!("{name}: {}", count(decided, "pair"));
            let button = Button::new(text).right_text(key);
            if ui.add_enabled(!view.pairs.is_empty(), button).accessible_name(format!("Page: {name}")).clicked() {
                actions.push(UiAction::Sheet(action));
            }
        };
        let mark = |relevance| ReviewCommand::MarkFocused(Some(relevance));
        let decide = SheetAction::Decide;
        button(ui, "Not relevant", mark(Relevance::NotRelevant), decide(Relevance::NotRelevant));
        button(ui, "Relevant", mark(Relevance::Relevant), decide(Relevance::Relevant));
        let skip = Button::new("Skip").right_text(RichText::new(keymap.first(ReviewCommand::Next)).small().weak());
        if ui.add_enabled(!view.pairs.is_empty(), skip).accessible_name("Page: skip").clicked() {
            actions.push(UiAction::Sheet(SheetAction::Skip));
        }
        ui.separator();
        for (command, sign, name) in
            [(ViewCommand::ZoomOut, "−", "Fewer pairs on a page"), (ViewCommand::ZoomIn, "+", "More pairs on a page")]
        {
            if ui.button(sign).on_hover_text(name).accessible_name(name).clicked() {
                actions.push(command.into());
            }
        }
        ui.label(RichText::new(format!("{} to a page", view.size)).weak());
    });
}

/// The most pairs of these numbers, up to `wanted`, whose pictures are not too small in an area;
/// the smallest number if all are.
pub(crate) fn fitting(area: egui::Vec2, wanted: usize, numbers: &[usize]) -> usize {
    let area = area - vec2(0.0, HEADER);
    let width = |pairs: usize| (area.x / columns(area, pairs) as f32 - 3.0 * PADDING) / 2.0;
    let fits = |pairs: &usize| *pairs <= wanted && width(*pairs) >= PICTURE_AT_LEAST;
    let smallest = numbers.first().copied().unwrap_or(1);
    numbers.iter().rev().copied().find(fits).unwrap_or(smallest)
}

/// The number of columns in which the pictures of a full page are largest.
fn columns(area: egui::Vec2, pairs: usize) -> usize {
    let tile = vec2(USUAL_SHAPE[0] as f32, USUAL_SHAPE[1] as f32);
    let scale = |columns: usize| {
        let rows = pairs.div_ceil(columns) as f32;
        let cell = vec2(area.x / columns as f32, area.y / rows);
        let room = vec2((cell.x - 3.0 * PADDING) / 2.0, cell.y - HEAD - FOOT - 2.0 * PADDING);
        (room.x / tile.x).min(room.y / tile.y)
    };
    (1..=pairs).max_by(|a, b| scale(*a).total_cmp(&scale(*b))).unwrap_or(1)
}

fn page(ui: &mut Ui, view: &SheetView<'_>, actions: &mut Vec<UiAction>) -> Vec<TileRequest> {
    let area = ui.available_rect_before_wrap();
    ui.allocate_rect(area, Sense::hover());
    let columns = columns(area.size(), view.size);
    let size = vec2(area.width() / columns as f32, area.height() / view.size.div_ceil(columns) as f32);
    let mut requests = Vec::new();
    for (at, pair) in view.pairs.iter().enumerate() {
        let corner = area.min + vec2((at % columns) as f32 * size.x, (at / columns) as f32 * size.y);
        one(ui, Rect::from_min_size(corner, size).shrink(2.0), at, pair, at == view.focus, &mut requests, actions);
    }
    requests
}

fn one(
    ui: &mut Ui,
    cell: Rect,
    at: usize,
    pair: &PairView<'_>,
    focused: bool,
    requests: &mut Vec<TileRequest>,
    actions: &mut Vec<UiAction>,
) {
    let colours = palette(ui.visuals());
    let response = ui.interact(cell, ui.scope_id().with(("pair", at)), Sense::click());
    let state = if pair.is_marked { ", left out" } else { "" };
    let label = format!("Pair {}: {}, negative {}{state}: {}", at + 1, pair.place, pair.slot, pair.query);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    if response.clicked() {
        actions.push(UiAction::Sheet(SheetAction::Toggle(at)));
    }
    ui.painter().rect_filled(cell, CornerRadius::same(4), ui.visuals().faint_bg_color);
    let (width, colour) = match (pair.is_marked, focused) {
        (true, _) => (3.0, colours.unsure),
        (false, true) => (2.0, colours.focus),
        (false, false) => (1.0, colours.quiet),
    };
    ui.painter().rect_stroke(cell, CornerRadius::same(4), Stroke::new(width, colour), StrokeKind::Inside);
    let inner = cell.shrink(PADDING);
    let mut text =
        ui.new_child(egui::UiBuilder::new().max_rect(Rect::from_min_size(inner.min, vec2(inner.width(), HEAD))));
    text.spacing_mut().item_spacing.y = 1.0;
    text.shrink_clip_rect(cell);
    text.horizontal(|ui| {
        ui.label(RichText::new((at + 1).to_string()).strong());
        let link = ui.add(egui::Link::new(RichText::new(pair.place).small()));
        if link.on_hover_text("Show this row").clicked() {
            actions.push(ReviewAction::Show(pair.sample).into());
        }
        if pair.is_marked {
            ui.label(RichText::new(format!("{} left out", icons::PIN)).small().color(colours.unsure));
        }
        if let Some(signal) = pair.signal {
            let label = ui.add(Label::new(RichText::new(signal.label()).small().weak()).truncate());
            label.on_hover_text(pair.reason);
        }
    });
    let query = for_display(pair.query, |_| true);
    text.add(Label::new(RichText::new(query).size(13.0).strong()).truncate()).on_hover_text(pair.query);
    let pictures = Rect::from_min_max(inner.min + vec2(0.0, HEAD), inner.max - vec2(0.0, FOOT));
    let half = (pictures.width() - PADDING) / 2.0;
    let left = Rect::from_min_size(pictures.min, vec2(half, pictures.height()));
    let right = left.translate(vec2(half + PADDING, 0.0));
    let names = [("Positive".to_owned(), colours.positive), (format!("Negative {}", pair.slot), colours.negative)];
    for ((frame, (path, state)), (name, colour)) in
        [(left, &pair.positive), (right, &pair.suspect)].into_iter().zip(names)
    {
        picture(ui, frame, state, colour);
        let name_at = frame.left_top() - vec2(0.0, 2.0);
        ui.painter().text(name_at, Align2::LEFT_BOTTOM, name, FontId::proportional(11.0), colour);
        let width = (frame.width() * ui.ctx().pixels_per_point()).round().max(1.0) as u32;
        requests.push(TileRequest::tile(path, width));
    }
    let foot = pos2(inner.min.x, inner.max.y - FOOT + 2.0);
    match &pair.snippet {
        Some(found) => snippet::paint(ui, &ui.painter_at(cell), foot, found, 12.0, 2, inner.width()),
        None => {
            let galley = ui.fonts_mut(|fonts| {
                let weak = ui.visuals().weak_text_color();
                let mut job = egui::text::LayoutJob::simple(
                    pair.reason.to_owned(),
                    FontId::proportional(12.0),
                    weak,
                    inner.width(),
                );
                job.wrap.max_rows = 2;
                fonts.layout_job(job)
            });
            ui.painter_at(cell).galley(foot, galley, Color32::PLACEHOLDER);
        }
    }
}

/// Draws a tile as large as it fits in the width, from its top.
fn picture(ui: &Ui, frame: Rect, state: &TileState, colour: Color32) {
    let painter = ui.painter_at(frame);
    let Some((texture, full)) = small_picture::ready(ui, &painter, frame, state, "shard missing") else { return };
    let height = frame.width() * full.y / full.x;
    let part = (frame.height() / height).min(1.0);
    let shown = Rect::from_min_size(frame.min, vec2(frame.width(), height.min(frame.height())));
    let top = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, part));
    painter.image(texture, shown, top, Color32::WHITE);
    painter.rect_stroke(shown, CornerRadius::ZERO, Stroke::new(1.0, colour), StrokeKind::Inside);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_has_the_columns_that_show_tiles_largest() {
        assert_eq!(columns(vec2(960.0, 700.0), 6), 3);
        assert_eq!(columns(vec2(960.0, 700.0), 12), 4);
        assert_eq!(columns(vec2(2000.0, 700.0), 6), 4);
    }

    #[test]
    fn small_window_shows_fewer_pairs() {
        let sizes = [6, 8, 12, 16, 24];
        assert_eq!(fitting(vec2(960.0, 740.0), 12, &sizes), 12);
        assert_eq!(fitting(vec2(2000.0, 1000.0), 24, &sizes), 24);
        assert_eq!(fitting(vec2(1300.0, 840.0), 24, &sizes), 16);
        assert_eq!(fitting(vec2(700.0, 560.0), 24, &sizes), 6);
        assert_eq!(fitting(vec2(100.0, 100.0), 24, &sizes), 6);
    }
}
