//! The line above the tiles about a blind second pass: that it runs, or the two judgements of a row
//! that was judged in it. While it runs, it says nothing about any earlier judgement.

use egui::{Button, RichText, Ui};
use tilejury_audit::KeptJudgement;
use tilejury_audit::second_pass::RowDifference;
use tilejury_audit::text::count;

use super::{ReviewAction, UiAction, second_pass};
use crate::command::{DatasetCommand, ReviewCommand, keymap};
use crate::icons;
use crate::review::PassProgress;
use crate::theme::palette;

/// Draws the line while a pass runs.
pub(crate) fn running(ui: &mut Ui, pass: PassProgress, actions: &mut Vec<UiAction>) {
    let key = keymap::from_context(ui.ctx()).first(DatasetCommand::SecondPass);
    ui.horizontal_wrapped(|ui| {
        let colour = palette(ui.visuals()).focus;
        let rows = count(pass.rows, "row");
        let text = format!("Second pass: {} of {rows} judged again", pass.judged);
        ui.label(RichText::new(text).strong().color(colour));
        ui.label(RichText::new(format!("seed {} · earlier judgements are hidden", pass.seed)).weak());
        let words = if pass.is_finished() { "End and show the result" } else { "End" };
        if ui.button(format!("{words}  {key}")).accessible_name("End the second pass").clicked() {
            actions.push(DatasetCommand::SecondPass.into());
        }
    });
}

/// A row with both of its judgements.
pub(crate) struct ComparedRowView<'a> {
    pub(crate) difference: &'a RowDifference,
    /// Its number among the rows that differ, and the number of those.
    pub(crate) position: (usize, usize),
    pub(crate) settled: Option<KeptJudgement>,
    /// Whether another row differs.
    pub(crate) has_next: bool,
}

/// Draws the line about both judgements of a row. The buttons come first: they are in the same
/// places in every row, and after a decision.
pub(crate) fn compared(ui: &mut Ui, view: &ComparedRowView<'_>, actions: &mut Vec<UiAction>) {
    ui.horizontal_wrapped(|ui| {
        let keymap = keymap::from_context(ui.ctx());
        second_pass::decision(ui, view.difference.sample, view.settled, Some(&keymap), actions);
        let key = RichText::new(keymap.first(ReviewCommand::NextChanged)).weak();
        let next = ui.add_enabled(view.has_next, Button::new("Next changed row").right_text(key));
        if next.accessible_name("Next changed row").clicked() {
            actions.push(ReviewAction::NextChanged.into());
        }
        if ui.button(icons::CLOSE).accessible_name("Hide the two judgements").clicked() {
            actions.push(ReviewAction::ComparePass(None).into());
        }
        let (at, of) = view.position;
        ui.label(RichText::new(format!("Second pass, changed row {at} of {of}")).strong());
        let [first, second] = [&view.difference.first, &view.difference.second];
        let notes = [("First note", &first.note), ("Second note", &second.note)];
        let notes = notes.iter().filter(|(_, note)| !note.is_empty());
        let notes: Vec<String> = notes.map(|(name, note)| format!("{name}: {note}")).collect();
        let label = ui.label(format!("First → second: {}", view.difference.in_words()));
        if !notes.is_empty() {
            label.on_hover_text(notes.join("\n"));
        }
    });
}
