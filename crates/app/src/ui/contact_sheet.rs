//! A contact sheet: pairs, each with its query, the positive and the suspicious negative. Decides
//! nothing; the sheet's state is the screen's.

use egui::{Button, CentralPanel, ComboBox, Rect, RichText, Sense, Ui, vec2};
use tilejury_audit::Relevance;
use tilejury_audit::suspicion::Signal;
use tilejury_audit::text::{count, grouped};

use super::feedback::{self, FeedbackView, StepView};
use super::sheet_pair::{self, PairClick, PairPlace, PairShape, PairView};
use super::{SheetAction, UiAction};
use crate::command::{ReviewCommand, ViewCommand, keymap};
use crate::icons;
use crate::theme::GAP;
use crate::tile_request::TileRequest;

/// The height of the lines above the pairs, in points.
const HEADER: f32 = 90.0;
/// The least width at which everything above the pairs is in one line, in points.
const ONE_LINE: f32 = 1260.0;
/// The height of the list of signals, in points.
const SIGNALS: f32 = 440.0;

/// A sheet.
pub(crate) struct SheetView<'a> {
    pub(crate) pairs: Vec<PairView<'a>>,
    /// The shape of the pictures of each pair.
    pub(crate) shape: PairShape,
    /// The pair that keys act on.
    pub(crate) focus: usize,
    pub(crate) signal: Option<Signal>,
    /// The number of the sheet, from 1.
    pub(crate) number: usize,
    /// The number of pairs of a full sheet, and whether there can be fewer, or more.
    pub(crate) size: usize,
    pub(crate) can_shrink: bool,
    pub(crate) can_grow: bool,
    /// The number of rows after this sheet that may have a pair.
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
        let key = |command: ReviewCommand| keymap.first(command);
        let (not_relevant, relevant) = (Some(Relevance::NotRelevant), Some(Relevance::Relevant));
        let (no, yes) =
            (key(ReviewCommand::MarkFocused(not_relevant)), key(ReviewCommand::MarkFocused(relevant)));
        let (no_left, yes_left) =
            (key(ReviewCommand::MarkNegatives(not_relevant)), key(ReviewCommand::MarkNegatives(relevant)));
        let preview = vec![
            format!(
                "One key for the whole sheet: {no} not relevant, {yes} relevant. First click the exceptions, or press their numbers: they are left out. {no_left} and {yes_left} mark them the other way."
            ),
            format!(
                "Whole sheet: {no} not relevant, {yes} relevant. A click or a number leaves a pair out; {no_left} and {yes_left} mark those the other way."
            ),
        ];
        let step = view.step.as_ref().map(|step| StepView { text: step.text.clone(), reverts: step.reverts });
        feedback::show(ui, &FeedbackView { step, preview, help: "", needs_care: false }, actions);
        if view.pairs.is_empty() {
            ui.add_space(3.0 * GAP);
            ui.label(match view.knows_findings {
                true => "No other row of this list has a suspicious negative without a mark.",
                false => "Signals are being computed…",
            });
            return Vec::new();
        }
        pairs(ui, view, actions)
    });
    shown.inner
}

fn head(ui: &mut Ui, view: &SheetView<'_>, actions: &mut Vec<UiAction>) {
    // In one line where there is room. Two are planned otherwise: what does not fit would wrap
    // anywhere.
    if ui.available_width() >= ONE_LINE {
        ui.horizontal_wrapped(|ui| {
            way_back(ui, view, actions);
            decisions(ui, view, actions);
            ui.add_space(GAP);
            number_of_pairs(ui, view, actions);
        });
    } else {
        ui.horizontal_wrapped(|ui| {
            way_back(ui, view, actions);
            number_of_pairs(ui, view, actions);
        });
        ui.horizontal_wrapped(|ui| decisions(ui, view, actions));
    }
}

/// The way back, the name and the number of the sheet.
fn way_back(ui: &mut Ui, view: &SheetView<'_>, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    let close = super::button_with_key(format!("{} Back", icons::CARET_LEFT), keymap.first(ViewCommand::ContactSheet));
    if ui.add(close).on_hover_text(keymap.hint(ViewCommand::ContactSheet)).accessible_name("Back").clicked() {
        actions.push(ViewCommand::ContactSheet.into());
    }
    ui.heading("Contact sheet");
    // A row may turn out to have none.
    let left = if view.rows_left > 0 { format!(", at most {} more", grouped(view.rows_left)) } else { String::new() };
    ui.label(RichText::new(format!("sheet {} · {}{left}", view.number, count(view.pairs.len(), "pair"))).weak());
}

/// The signal of the pairs, and what can be decided of the sheet.
fn decisions(ui: &mut Ui, view: &SheetView<'_>, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    let chosen = view.signal.map_or("All signals", Signal::label);
    let signals =
        ComboBox::from_id_salt("signal of the sheet").height(SIGNALS).selected_text(chosen).show_ui(ui, |ui| {
            let signals = Signal::ALL.iter().copied().map(Some);
            for signal in std::iter::once(None).chain(signals) {
                let label = signal.map_or("All signals", Signal::label);
                let line = ui.selectable_label(view.signal == signal, label);
                let line = match signal {
                    Some(signal) => line.on_hover_text(signal.meaning()),
                    None => line,
                };
                if line.clicked() {
                    actions.push(UiAction::Sheet(SheetAction::ChooseSignal(signal)));
                }
            }
        });
    signals.response.accessible_name("Signal of the pairs");
    ui.add_space(GAP);
    let decided = view.pairs.iter().filter(|pair| !pair.is_marked).count();
    let mut button = |ui: &mut Ui, name: &str, command: ReviewCommand, action: SheetAction| {
        let text = format!("{name}: {}", count(decided, "pair"));
        let button = super::button_with_key(text, keymap.first(command));
        if ui.add_enabled(!view.pairs.is_empty(), button).accessible_name(format!("Sheet: {name}")).clicked() {
            actions.push(UiAction::Sheet(action));
        }
    };
    let mark = |relevance| ReviewCommand::MarkFocused(Some(relevance));
    let decide = SheetAction::Decide;
    button(ui, "Not relevant", mark(Relevance::NotRelevant), decide(Relevance::NotRelevant));
    button(ui, "Relevant", mark(Relevance::Relevant), decide(Relevance::Relevant));
    let skip = super::button_with_key("Skip", keymap.first(ReviewCommand::Next));
    if ui.add_enabled(!view.pairs.is_empty(), skip).accessible_name("Sheet: skip").clicked() {
        actions.push(UiAction::Sheet(SheetAction::Skip));
    }
}

fn number_of_pairs(ui: &mut Ui, view: &SheetView<'_>, actions: &mut Vec<UiAction>) {
    for (command, sign, name, can, why_not) in [
        (ViewCommand::ZoomOut, "−", "Fewer pairs on a sheet", view.can_shrink, "Two are the fewest"),
        (ViewCommand::ZoomIn, "+", "More pairs on a sheet", view.can_grow, "More would be too small in this window"),
    ] {
        let button = ui.add_enabled(can, Button::new(sign)).accessible_name(name);
        if button.on_hover_text(name).on_disabled_hover_text(why_not).clicked() {
            actions.push(command.into());
        }
    }
    ui.label(RichText::new(format!("{} to a sheet", view.size)).weak());
}

/// The most pairs of these numbers, up to `wanted`, whose pictures are not too small in an area;
/// the smallest number if all are.
pub(crate) fn fitting(area: egui::Vec2, wanted: usize, numbers: &[usize], shape: PairShape) -> usize {
    let area = area - vec2(0.0, HEADER);
    let fits = |pairs: &usize| *pairs <= wanted && shape.fits(cell(area, *pairs, columns(area, *pairs, shape)));
    let smallest = numbers.first().copied().unwrap_or(1);
    numbers.iter().rev().copied().find(fits).unwrap_or(smallest)
}

/// The number of columns in which the pictures of a full sheet are largest; for cut-outs, among
/// those in which they are large enough, if there are any.
fn columns(area: egui::Vec2, pairs: usize, shape: PairShape) -> usize {
    let fits = |columns: usize| shape == PairShape::CutOuts && shape.fits(cell(area, pairs, columns));
    let quality = |columns: usize| shape.quality(cell(area, pairs, columns));
    (1..=pairs).max_by(|a, b| fits(*a).cmp(&fits(*b)).then(quality(*a).total_cmp(&quality(*b)))).unwrap_or(1)
}

/// The size of the cell of one of these pairs in columns.
fn cell(area: egui::Vec2, pairs: usize, columns: usize) -> egui::Vec2 {
    vec2(area.x / columns as f32, area.y / pairs.div_ceil(columns) as f32)
}

fn pairs(ui: &mut Ui, view: &SheetView<'_>, actions: &mut Vec<UiAction>) -> Vec<TileRequest> {
    let area = ui.available_rect_before_wrap();
    ui.allocate_rect(area, Sense::hover());
    let columns = columns(area.size(), view.size, view.shape);
    let size = cell(area.size(), view.size, columns);
    let mut requests = Vec::new();
    for (at, pair) in view.pairs.iter().enumerate() {
        let corner = area.min + vec2((at % columns) as f32 * size.x, (at / columns) as f32 * size.y);
        let cell = Rect::from_min_size(corner, size).shrink(2.0);
        let place = PairPlace { cell, at, is_focused: at == view.focus, click: PairClick::LeaveOut };
        sheet_pair::show(ui, place, pair, view.shape, &mut requests, actions);
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_has_the_columns_that_show_tiles_largest() {
        assert_eq!(columns(vec2(960.0, 700.0), 6, PairShape::Beside), 3);
        assert_eq!(columns(vec2(960.0, 700.0), 12, PairShape::Beside), 4);
        assert_eq!(columns(vec2(2000.0, 700.0), 6, PairShape::Beside), 4);
        // Cut-outs show lines of text as wide as the tile.
        assert_eq!(columns(vec2(1240.0, 680.0), 6, PairShape::CutOuts), 3);
        assert_eq!(columns(vec2(2500.0, 1300.0), 12, PairShape::CutOuts), 3);
        // Two beside each other show several lines; below each other they would show one.
        assert_eq!(columns(vec2(690.0, 460.0), 2, PairShape::CutOuts), 2);
    }

    #[test]
    fn small_window_shows_fewer_pairs() {
        let sizes = [2, 4, 6, 8, 12, 16, 24];
        assert_eq!(fitting(vec2(960.0, 740.0), 12, &sizes, PairShape::Beside), 12);
        assert_eq!(fitting(vec2(2000.0, 1000.0), 24, &sizes, PairShape::Beside), 24);
        assert_eq!(fitting(vec2(1300.0, 840.0), 24, &sizes, PairShape::Beside), 16);
        assert_eq!(fitting(vec2(700.0, 560.0), 24, &sizes, PairShape::Beside), 6);
        assert_eq!(fitting(vec2(100.0, 100.0), 24, &sizes, PairShape::Beside), 2);
        // Narrower cut-outs could not be read, and lower ones show no line around the passage.
        assert_eq!(fitting(vec2(950.0, 740.0), 12, &sizes, PairShape::CutOuts), 4);
        assert_eq!(fitting(vec2(690.0, 560.0), 12, &sizes, PairShape::CutOuts), 2);
        assert_eq!(fitting(vec2(1240.0, 740.0), 12, &sizes, PairShape::CutOuts), 6);
        assert_eq!(fitting(vec2(1560.0, 840.0), 12, &sizes, PairShape::CutOuts), 12);
    }
}
