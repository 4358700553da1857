//! The adjudication in the window: its beginning and end, the keys that take an answer, and the
//! table of answers above the tiles. What an adjudication is, is in `review/adjudication.rs`.

use egui::{Panel, Ui};

use super::App;
use super::review_context::ReviewContext;
use crate::blinding::Blinding;
use crate::command::{DatasetCommand, ReviewCommand, keymap};
use crate::review::{Review, RoundKind};
use crate::ui::{UiAction, adjudication_table};

/// Draws the answers to the current row, if it is adjudicated.
pub(super) fn draw_table(ui: &mut Ui, review: &Review, actions: &mut Vec<UiAction>) {
    if let Some(shown) = review.shown_difference() {
        Panel::top("adjudication").show(ui, |ui| adjudication_table::show(ui, &shown, actions));
    }
}

impl App {
    /// Shows the rows on which annotators differ, or ends that.
    pub(super) fn adjudicate_command(&mut self) {
        let runs = self.round_kind() == Some(RoundKind::Adjudication);
        let Some(mut open) = self.review_context() else { return };
        if runs {
            open.end_round();
        } else {
            open.begin_adjudication();
        }
    }
}

impl ReviewContext<'_> {
    fn begin_adjudication(&mut self) {
        self.leave_row();
        match self.review().enter_adjudication() {
            Ok(()) => {
                if self.screen.review.is_adjudicated_blind() {
                    self.require_blinding(Blinding::Blind);
                }
                self.round_began();
            }
            Err(reason) => self.notify(reason),
        }
    }

    /// Takes an answer to the visible row, and goes on to the next row without one.
    pub(super) fn take_answer(&mut self, column: usize) {
        self.save_note();
        if self.screen.review.answers_shown() <= column {
            let key = keymap::from_context(self.ctx).first(DatasetCommand::Adjudicate);
            self.notify(match self.screen.review.answers_shown() {
                0 => format!("No such answer: {key} shows the rows on which annotators differ."),
                answers => format!("No such answer: there are {answers}."),
            });
            return;
        }
        let Some(text) = self.review().take_answer(column) else { return };
        self.screen.report_step(text, ReviewCommand::Undo);
        if self.settings.auto_advance && !self.review().go_to_next_unjudged() {
            let text = self.adjudication_is_done();
            self.notify(text);
        }
    }

    /// The end of the queue, in words.
    pub(super) fn adjudication_is_done(&self) -> String {
        let key = keymap::from_context(self.ctx).first(DatasetCommand::Adjudicate);
        format!("Every row of this queue has your word. {key} ends the adjudication.")
    }
}
