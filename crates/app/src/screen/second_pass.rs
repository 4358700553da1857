//! A blind second pass in the window: its dialog, its beginning and end, the line about it, and the
//! rows where the two judgements differ. What a pass is, is in `review/second_pass.rs`.

use egui::{Panel, Ui};
use tilejury_audit::KeptJudgement;
use tilejury_audit::text::count;
use tilejury_data::SampleIndex;

use super::dialogs::Dialog;
use super::view_state::OverviewState;
use super::{App, Stage};
use crate::command::{DatasetCommand, ReviewCommand, keymap};
use crate::review::Review;
use crate::screen::review_context::ReviewContext;
use crate::ui::UiAction;
use crate::ui::second_pass::SecondPassDialog;
use crate::ui::second_pass_line::{self, ComparedRowView};

impl App {
    /// Opens the dialog; a pass that runs is ended first.
    pub(super) fn second_pass_command(&mut self) {
        if let Some(mut open) = self.review_context() {
            open.end_round();
        }
        self.open_second_pass();
    }

    pub(super) fn open_second_pass(&mut self) {
        let Some(reviewing) = self.reviewing() else { return };
        reviewing.review.compare_pass();
        let dialog = SecondPassDialog::new(reviewing.review.pass_candidates());
        self.dialog = Some(Dialog::SecondPass(dialog));
    }

    /// Says that a pass of an earlier session was interrupted.
    pub(super) fn offer_second_pass(&mut self) {
        let Some(reviewing) = self.reviewing_now() else { return };
        let Some(pass) = reviewing.review.unfinished_pass() else { return };
        let key = keymap::from_context(&self.ctx).first(DatasetCommand::SecondPass);
        let rows = count(pass.rows, "row");
        let text =
            format!("A second pass is not finished: {} of {rows} judged again. {key} goes on with it.", pass.judged);
        self.notify(text, true);
    }

    /// Compares the two judgements again where they are shown, and closes the dialog once a pass
    /// began.
    pub(super) fn refresh_second_pass(&mut self) {
        let shows_dialog = matches!(self.dialog, Some(Dialog::SecondPass(_)));
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        if shows_dialog || self.view_state.compares_pass {
            reviewing.review.compare_pass();
        }
        if shows_dialog && (reviewing.review.is_in_round() || self.view_state.compares_pass) {
            self.dialog = None;
        }
    }
}

/// Draws the line about the pass that runs, or about the two judgements of the current row.
pub(super) fn draw_line(ui: &mut Ui, review: &Review, compares: bool, actions: &mut Vec<UiAction>) {
    if let Some(progress) = review.pass_progress() {
        Panel::top("second pass").show(ui, |ui| second_pass_line::running(ui, progress, actions));
        return;
    }
    let Some(outcome) = review.passes.outcome().filter(|_| compares) else { return };
    let Some((at, difference)) = outcome.difference(review.cursor()) else { return };
    let view = ComparedRowView {
        difference,
        position: (at + 1, outcome.result.differences.len()),
        settled: outcome.settled(review.dataset(), difference.sample),
        has_next: review.next_changed().is_some(),
    };
    Panel::top("compared judgements").show(ui, |ui| second_pass_line::compared(ui, &view, actions));
}

impl ReviewContext<'_> {
    /// Draws rows and begins a pass.
    pub(super) fn begin_pass(&mut self, number: usize, seed: u32) {
        self.leave_row();
        if self.review().begin_pass(number, seed) {
            self.round_began();
        } else {
            self.notify("No row can be judged a second time: none was judged alone.");
        }
    }

    /// Goes on with the last pass.
    pub(super) fn resume_pass(&mut self) {
        self.leave_row();
        if self.review().resume_pass() {
            self.round_began();
        } else {
            self.notify("The rows of the second pass are not in this dataset.");
        }
    }

    /// Shows a row with both of its judgements, or hides them.
    pub(super) fn compare_row(&mut self, row: Option<SampleIndex>) {
        self.view.compares_pass = row.is_some();
        if let Some(row) = row {
            self.save_note();
            self.view.overview = OverviewState::Closed;
            self.review().just_judged = None;
            self.review().show(row);
        }
    }

    /// Shows the next row whose two judgements differ, with both of them.
    pub(super) fn next_changed(&mut self) {
        self.review().compare_pass();
        let review = &self.screen.review;
        // Where the current row is the only one, it is shown with both.
        let current = review.passes.outcome().and_then(|outcome| outcome.difference(review.cursor()));
        let row = review.next_changed().or(current.map(|(_, difference)| difference.sample));
        match row {
            Some(row) => self.compare_row(Some(row)),
            None => self.notify("No row has two different judgements: a second pass finds them."),
        }
    }

    /// Decides between the two judgements of the visible row, if it is shown with both of them.
    pub(super) fn settle_visible(&mut self, kept: KeptJudgement) {
        if self.view.compares_pass && self.screen.review.can_settle() {
            self.settle(self.screen.review.cursor(), kept);
        } else {
            let key = keymap::from_context(self.ctx).first(ReviewCommand::NextChanged);
            self.notify(format!("Not a changed row of a second pass that is open: {key} goes to the next one."));
        }
    }

    pub(super) fn settle(&mut self, row: SampleIndex, kept: KeptJudgement) {
        self.save_note();
        if let Some(text) = self.review().settle(row, kept) {
            self.screen.report_step(text, ReviewCommand::Undo);
        }
    }
}
