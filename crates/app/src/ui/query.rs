//! The query on top: large, to be read first; the answer, if the row has one; and a line under both
//! with the row's position and the reasons for its verdict.

use egui::{RichText, ScrollArea, TextStyle, Ui};
use tilejury_audit::text::count;
use tilejury_audit::{Reason, Verdict};
use tilejury_data::{LineNumber, SampleIndex, TilePath};

use super::reasons::{self, ReasonsView, StripPlan};
use super::row_chips::{self, RowChipsView};
use super::{ReviewAction, UiAction, text_width};
use crate::bidi::for_display;
use crate::command::{Command, ViewCommand, keymap};
use crate::icons;
use crate::theme::{palette, verdict_badge};

/// The height in points below which a window is low.
pub(crate) const LOW: f32 = 600.0;

/// The number of characters shown of a query. Longer text is not really a query; copying includes
/// the rest.
const SHOWN_CHARACTERS: usize = 4000;

/// The most height that added tiles take, in points: two lines of them.
const ADDED_HEIGHT: f32 = 56.0;

/// The height of the strip of reasons in a low window, in points.
const STRIP: f32 = 24.0;

/// The part of the height that an unfolded query may take.
const UNFOLDED: f32 = 0.6;

/// The data of the panel.
pub(crate) struct QueryView<'a> {
    pub(crate) query: &'a str,
    pub(crate) answer: Option<&'a str>,
    /// The tiles outside the row that were added to it as relevant.
    pub(crate) added: Vec<TilePath>,
    pub(crate) sample: SampleIndex,
    pub(crate) split: &'a str,
    pub(crate) line: LineNumber,
    pub(crate) negatives: usize,
    /// Whether nothing tells which tile is the positive.
    pub(crate) hides_roles: bool,
    /// The number of negatives that are not shown.
    pub(crate) left_out: usize,
    /// The number of visible negatives, if not all are visible.
    pub(crate) in_view: Option<usize>,
    /// The number of tiles moved against the others.
    pub(crate) moved_alone: usize,
    pub(crate) verdict: Option<Verdict>,
    /// The question before the sample is accepted.
    pub(crate) held: Option<String>,
    /// The reasons for a rejected or unsure verdict.
    pub(crate) reasons: Vec<Reason>,
    /// The zoom in screen pixels per pixel of a tile; `None` while tiles fit their frames.
    pub(crate) zoom: Option<f32>,
    /// The scale of the focused tile, where tiles that fit their panes have one worth knowing.
    pub(crate) fitted: Option<f32>,
    /// The findings about the row.
    pub(crate) findings: RowChipsView<'a>,
    /// The reasons to offer, if the sample judged last or the current one can have any.
    pub(crate) strip: Option<ReasonsView<'a>>,
    /// Whether the whole query is shown, however long it is.
    pub(crate) unfolded: bool,
    /// The view shown instead of the whole sample, and the command that leaves it.
    pub(crate) scene: Option<(&'static str, Command)>,
}

pub(crate) fn show(ui: &mut Ui, view: &QueryView<'_>, actions: &mut Vec<UiAction>) {
    // A low window gives its height to the tiles.
    let low = ui.ctx().content_rect().height() < LOW;
    let unfolded = ui.available_height() * UNFOLDED;
    if low {
        // The words first, in the whole width; the row's position follows in the same lines.
        let most = if view.unfolded { unfolded } else { 46.0 };
        let most = if view.strip.is_some() { (most - STRIP).max(STRIP) } else { most };
        let scroll = ScrollArea::vertical().max_height(most).auto_shrink([false, true]);
        scroll.id_salt((view.split, view.line)).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                // Lines of text, not of buttons.
                (ui.spacing_mut().interact_size.y, ui.spacing_mut().item_spacing.y) = (0.0, 1.0);
                back(ui, view, actions);
                words(ui, view, 17.0, 14.0, actions);
                added(ui, view, actions);
                if view.strip.is_none() {
                    position_line(ui, view, Detail::Full, Chips::Number, actions);
                }
            });
        });
        if view.strip.is_some() {
            line_under_query(ui, view, actions);
        }
        return;
    }
    // A query can be a paragraph: then it scrolls, so that the tiles keep their room.
    let line = ui.fonts_mut(|fonts| fonts.row_height(&egui::FontId::proportional(24.0)));
    // Three lines of the query, or two with the answer.
    let answer = ui.fonts_mut(|fonts| fonts.row_height(&egui::FontId::proportional(16.0)));
    let answer = answer.max(ui.spacing().interact_size.y) + 2.0 * ui.spacing().item_spacing.y;
    let with_answer = if view.answer.is_some() { 2.0 * line + answer } else { 0.0 };
    let folded = (3.0 * line).max(with_answer).ceil();
    let most = if view.unfolded { unfolded.max(folded) } else { folded };
    let scroll = ScrollArea::vertical().max_height(most).auto_shrink([false, true]);
    let shown = scroll.id_salt((view.split, view.line)).show(ui, |ui| words(ui, view, 24.0, 16.0, actions));
    if view.unfolded || shown.content_size.y > shown.inner_rect.height() + 1.0 {
        let (sign, word) = if view.unfolded { (icons::CARET_LEFT, "Fold") } else { (icons::CARET_DOWN, "Unfold") };
        let key = keymap::from_context(ui.ctx()).first(ViewCommand::UnfoldQuery);
        let text = RichText::new(format!("{sign} {word} the query  {key}")).small();
        if ui.add(egui::Button::new(text).frame(false)).accessible_name(format!("{word} the query")).clicked() {
            actions.push(ViewCommand::UnfoldQuery.into());
        }
    }
    if !view.added.is_empty() {
        let scroll = ScrollArea::vertical().max_height(ADDED_HEIGHT).auto_shrink([false, true]);
        scroll.id_salt(("added", view.split, view.line)).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| added(ui, view, actions));
        });
    }
    line_under_query(ui, view, actions);
}

/// The line under the query: the way back, the row's position, and what was just judged, with its
/// reasons. It is always there, so that nothing moves.
fn line_under_query(ui: &mut Ui, view: &QueryView<'_>, actions: &mut Vec<UiAction>) {
    let Some(strip) = view.strip.as_ref().filter(|_| view.held.is_none()) else {
        ui.horizontal(|ui| {
            back(ui, view, actions);
            position_line(ui, view, Detail::Full, Chips::Fitting, actions);
        });
        return;
    };
    let fullest = if strip.sample.is_none() { Detail::NoVerdict } else { Detail::Full };
    let details = [fullest, Detail::Position, Detail::Nothing];
    // Beside the strip, findings are a number.
    let of_findings = view.findings.least_width(ui);
    let widths = details.map(|detail| position_width(ui, view, detail) + of_findings);
    let (plan, at) = StripPlan::fitting(ui, strip, &widths);
    ui.horizontal_wrapped(|ui| {
        back(ui, view, actions);
        position_line(ui, view, details[at], Chips::Number, actions);
        reasons::show(ui, strip, plan, actions);
    });
}

/// The amount of detail in the line about the row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    /// Without the verdict and its reasons, which the strip shows.
    NoVerdict,
    /// The row's place alone.
    Position,
    Nothing,
}

/// The form of the findings about the row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chips {
    /// As many chips as fit.
    Fitting,
    /// Their number alone.
    Number,
}

/// The width of the row's position in points, with the way back.
fn position_width(ui: &Ui, view: &QueryView<'_>, detail: Detail) -> f32 {
    let gap = ui.spacing().item_spacing.x;
    let width = |text: &str| text_width(ui, text, &TextStyle::Body) + gap;
    let back = view.scene.map_or(0.0, |(name, _)| width(name) + 50.0);
    let place = || width(&format!("{} line {}", view.split, view.line));
    back + match detail {
        Detail::Nothing => 0.0,
        Detail::Position => place(),
        Detail::NoVerdict | Detail::Full => place() + width(&negatives_text(view)) + rest_width(ui, view, detail),
    }
}

/// The width of the part of the line after the number of negatives, in points.
fn rest_width(ui: &Ui, view: &QueryView<'_>, detail: Detail) -> f32 {
    let gap = ui.spacing().item_spacing.x;
    let width = |text: &str| text_width(ui, text, &TextStyle::Body) + gap;
    let zoom = match zoom_text(view) {
        Some(text) => width(&text) + width("Reset") + 40.0,
        None => view.fitted.map(size_text).map_or(0.0, |text| width(&text)),
    };
    if detail != Detail::Full {
        return zoom;
    }
    let reasons: f32 = view.reasons.iter().map(|reason| width(reason.label()) + 34.0).sum();
    let verdict = view.verdict.map_or(0.0, |verdict| width(verdict.label()) + 18.0);
    verdict + reasons + zoom
}

/// The tiles that were added to the row, each with a button that removes it.
fn added(ui: &mut Ui, view: &QueryView<'_>, actions: &mut Vec<UiAction>) {
    if view.added.is_empty() {
        return;
    }
    let palette = palette(ui.visuals());
    ui.label(RichText::new("Added as relevant:").color(palette.positive));
    for tile in &view.added {
        let text = RichText::new(format!("{}  {}", tile.short_name(), icons::CLOSE)).size(13.0);
        let chip = ui.add(egui::Button::new(text).corner_radius(12));
        let chip = chip.on_hover_text(format!("{tile}\nPress to remove it from the row"));
        if chip.accessible_name(format!("Remove added tile {}", tile.short_name())).clicked() {
            actions.push(ReviewAction::RemoveRelevant(view.sample, tile.clone()).into());
        }
    }
}

/// The way back to all tiles.
fn back(ui: &mut Ui, view: &QueryView<'_>, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    if let Some((name, command)) = view.scene {
        let back = format!("{} {name}  {}", icons::CARET_LEFT, keymap.first(command));
        if ui.button(back).on_hover_text("Back to all tiles (Esc)").accessible_name("Back to all tiles").clicked() {
            actions.push(UiAction::Run(command));
        }
    }
}

/// The row's position, its judgement, and the zoom.
fn position_line(ui: &mut Ui, view: &QueryView<'_>, detail: Detail, chips: Chips, actions: &mut Vec<UiAction>) {
    let palette = palette(ui.visuals());
    if detail == Detail::Nothing {
        row_chips::show_number(ui, &view.findings, actions);
        return;
    }
    whole(ui, RichText::new(format!("{} line {}", view.split, view.line)).weak());
    if let Some(held) = &view.held {
        // It replaces text that is already known, so nothing moves.
        let text = RichText::new(format!("{} {held}", icons::WARNING)).color(palette.unsure).strong();
        ui.add(egui::Label::new(text).truncate()).on_hover_text(held);
        return;
    }
    if detail == Detail::Position {
        row_chips::show_number(ui, &view.findings, actions);
        return;
    }
    whole(ui, RichText::new(negatives_text(view)).weak());
    // Before what comes and goes while the row is read, so that a click finds them where they were.
    match chips {
        Chips::Fitting => row_chips::show(ui, &view.findings, rest_width(ui, view, detail), actions),
        Chips::Number => row_chips::show_number(ui, &view.findings, actions),
    }
    let judged = detail == Detail::Full;
    if let Some(verdict) = view.verdict.filter(|_| judged) {
        let (sign, colour) = verdict_badge(palette, verdict);
        whole(ui, RichText::new(format!("{sign} {}", verdict.label())).color(colour).strong());
    }
    for reason in view.reasons.iter().filter(|_| judged) {
        let text = RichText::new(format!("{}  {}", reason.label().to_lowercase(), icons::CLOSE)).size(13.0);
        let chip = ui.add(egui::Button::new(text).corner_radius(12)).on_hover_text("Remove this reason");
        if chip.accessible_name(format!("Remove reason {}", reason.label().to_lowercase())).clicked() {
            actions.push(ReviewAction::RemoveReason(*reason).into());
        }
    }
    if let Some(text) = zoom_text(view) {
        whole(ui, RichText::new(text).color(palette.unsure));
        let key = keymap::from_context(ui.ctx()).first(ViewCommand::ZoomReset);
        let reset = ui
            .add(super::button_with_key("Reset", key).small())
            .on_hover_text("Each tile fits its frame again, and none is moved separately.");
        if reset.accessible_name("Reset the zoom").clicked() {
            actions.push(ViewCommand::ZoomReset.into());
        }
    } else if let Some(fitted) = view.fitted {
        let help = "The size of tiles on the screen, in percent of their pixels";
        whole(ui, RichText::new(size_text(fitted)).weak()).on_hover_text(help);
    }
}

/// A part of a line that is in one piece, if need be on the next line.
fn whole(ui: &mut Ui, text: RichText) -> egui::Response {
    ui.add(egui::Label::new(text).extend())
}

/// The size of tiles that fit their frames, in words.
fn size_text(fitted: f32) -> String {
    format!("shown at {:.0} %", 100.0 * fitted)
}

fn negatives_text(view: &QueryView<'_>) -> String {
    let negatives = match view.left_out {
        0 if view.hides_roles => count(view.negatives + 1, "tile"),
        0 => count(view.negatives, "hard negative"),
        more => format!("the first {} of {} hard negatives", view.negatives, view.negatives + more),
    };
    match view.in_view {
        Some(in_view) => format!("{negatives}, {in_view} in view, scroll for more"),
        None => negatives,
    }
}

/// The zoom in words, unless tiles fit their frames.
fn zoom_text(view: &QueryView<'_>) -> Option<String> {
    let moved = match view.moved_alone {
        0 => String::new(),
        tiles => format!("  {} {} moved separately", icons::PIN, count(tiles, "tile")),
    };
    view.zoom.map(|zoom| format!("{} {:.0} %{moved}", icons::ZOOM_IN, 100.0 * zoom))
}

fn words(ui: &mut Ui, view: &QueryView<'_>, size: f32, answer_size: f32, actions: &mut Vec<UiAction>) {
    let query = text(ui, view.query, size);
    let label = ui.add(egui::Label::new(query.strong()).wrap().sense(egui::Sense::click()));
    // Dragging still selects the words.
    if label.clicked() && (view.unfolded || is_long(ui, label.rect.height(), size)) {
        actions.push(ViewCommand::UnfoldQuery.into());
    }
    label.context_menu(|ui| copy(ui, "Copy the query", view.query));
    if let Some(answer) = view.answer {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Answer").weak());
            let shown = text(ui, answer, answer_size);
            ui.label(shown).context_menu(|ui| copy(ui, "Copy the answer", answer));
        });
    }
}

/// Whether a text of this height has more lines than are shown folded.
fn is_long(ui: &Ui, height: f32, size: f32) -> bool {
    let line = ui.fonts_mut(|fonts| fonts.row_height(&egui::FontId::proportional(size)));
    height > 3.5 * line
}

/// A text in its reading order, broken into lines that fit.
fn text(ui: &Ui, text: &str, size: f32) -> RichText {
    let text = &*super::brief(text, SHOWN_CHARACTERS);
    let font = egui::FontId::proportional(size);
    let room = ui.available_width();
    let width = |line: &str| ui.painter().layout_no_wrap(line.to_owned(), font.clone(), egui::Color32::WHITE).size().x;
    RichText::new(for_display(text, |line| width(line) <= room)).size(size)
}

/// Copies the text as it is stored: a selection would have its words in screen order.
fn copy(ui: &mut Ui, label: &str, text: &str) {
    if ui.button(label).clicked() {
        ui.ctx().copy_text(text.to_owned());
        ui.close();
    }
}
