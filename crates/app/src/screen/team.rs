//! The team in the window: its dialog, the figures that it needs, and assignments of what is
//! listed. Counts nothing and draws nothing.

use super::dialogs::Dialog;
use super::review_context::ReviewContext;
use super::{App, Stage};
use crate::review::MY_PART;
use crate::ui::team_dialog::TeamDialog;

impl App {
    /// Opens the dialog, or its part that assigns rows.
    pub(super) fn team_dialog(&mut self, assigns: bool) {
        self.save_note();
        self.dialog = Some(Dialog::Team(TeamDialog::new(assigns)));
    }

    /// Requests the figures of the open dialog again, and tells of an assignment that was stored.
    /// Called once a frame.
    pub(super) fn refresh_team(&mut self) {
        let is_open = matches!(self.dialog, Some(Dialog::Team(_)));
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        if is_open {
            let running = reviewing.exchanging.running.as_ref();
            let sidecars = running.map(|running| running.state().report.names_in_several).unwrap_or_default();
            reviewing.review.refresh_team(sidecars);
        }
        if let Some(words) = reviewing.review.receive_assignment() {
            self.notify(words, false);
        }
    }
}

impl ReviewContext<'_> {
    /// Lists the rows that are assigned to the annotator, and shows the first without a verdict.
    pub(in crate::screen) fn show_my_part(&mut self) {
        self.use_filter(MY_PART.to_owned());
        self.review().show_in_part();
    }

    /// Assigns the listed rows.
    pub(in crate::screen) fn assign_listed(&mut self, to: &[String], overlap: f64) {
        if let Err(error) = self.review().assign_listed(to, overlap) {
            self.notify(format!("Nothing was assigned: {error}."));
        }
    }

    /// Withdraws an assignment.
    pub(in crate::screen) fn withdraw_assignment(&mut self, number: usize) {
        self.review().withdraw_assignment(number);
        self.notify("The assignment is withdrawn; what was judged stays.");
    }
}
