//! Commands, handed to the scope that each needs. What they do is in the files below, one a scope;
//! the table has their names, keys and help. Every `match` of a scope is total: a new command
//! cannot do nothing.

mod app;
mod dataset;
mod notes;
mod review;
mod view;

use tilejury_audit::text::capital;

use super::App;
use super::notices::NoticeDuration;
use crate::command::{Command, DatasetCommand, ReviewCommand, ViewCommand};

impl App {
    /// Runs a command. One that is greyed out in the menus does nothing: its key shows what it
    /// needs.
    pub(super) fn command(&mut self, command: Command) {
        let enabled = self.enabled();
        let is_refused = self.round_kind().is_some_and(|round| !round.allows(command));
        if let Some(need) = enabled.need(command).filter(|_| is_refused || !self.refuses_itself(command)) {
            self.toast(format!("{}.", capital(need)), NoticeDuration::Short);
            return;
        }
        if let Some(reason) = self.why_hidden(command) {
            self.toast(reason, NoticeDuration::Short);
            return;
        }
        if !self.leave_overview_for(command)
            || self.review_context().is_some_and(|mut open| open.end_digit(Some(command)))
        {
            return;
        }
        match command {
            Command::App(command) => self.app_command(command),
            Command::Dataset(command) => {
                if self.reviewing_now().is_some() {
                    self.dataset_command(command);
                }
            }
            Command::Review(command) => {
                if let Some(mut open) = self.review_context() {
                    open.review_command(command);
                }
            }
            Command::View(command) => {
                if let Some(mut open) = self.review_context() {
                    open.view_command(command);
                }
            }
        }
    }

    /// Whether a command that is greyed out has more exact words for its refusal, or another
    /// meaning in the present view: digits on a contact sheet and in a list of similar tiles.
    fn refuses_itself(&self, command: Command) -> bool {
        let Some(reviewing) = self.reviewing_now() else { return false };
        match command {
            Command::Review(ReviewCommand::ToggleReason(_)) => reviewing.review.selected.is_empty(),
            Command::Review(ReviewCommand::TakeAnswer(_) | ReviewCommand::Settle(_))
            | Command::View(ViewCommand::LookAt(_))
            | Command::Dataset(DatasetCommand::AuditExport) => true,
            Command::Review(_) | Command::View(_) => reviewing.sheet.is_some(),
            Command::App(_) | Command::Dataset(_) => false,
        }
    }
}
