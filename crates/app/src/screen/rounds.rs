//! Rounds in the window: what is refused while the rows of a second pass or an audit are shown, and
//! what is forgotten at their beginning and end. What a round is, is in `review/rounds.rs`.

use super::App;
use super::view_state::OverviewState;
use crate::blinding::Blinding;
use crate::review::RoundKind;
use crate::screen::review_context::ReviewContext;
use crate::ui::ReviewAction;

impl App {
    /// Says which second pass and which audit of an earlier session are not finished, and plans the
    /// audit of an export that was opened for it.
    pub(super) fn offer_rounds(&mut self) {
        self.offer_second_pass();
        self.offer_audit();
        self.open_audit_of_export();
    }

    /// Receives what the rounds of the open dialogs wait for.
    pub(super) fn refresh_rounds(&mut self) {
        self.refresh_second_pass();
        self.refresh_audits();
    }

    /// The kind of the round that runs, if one does.
    pub(super) fn round_kind(&self) -> Option<RoundKind> {
        self.reviewing_now()?.review.round_kind()
    }
}

impl ReviewContext<'_> {
    /// Ends the round that runs: the list and the row from before are back.
    pub(super) fn end_round(&mut self) {
        if !self.screen.review.is_in_round() {
            return;
        }
        self.leave_row();
        self.review().leave_round();
        if self.screen.review.is_blinding_required() {
            self.require_blinding(Blinding::Off);
        }
        self.screen.forget_looks();
        self.screen.review.navigator.search_text().clone_into(&mut self.view.queue.search.text);
    }

    /// Refuses an action that leaves the rows of a round, judges several at once or sorts them.
    pub(super) fn refuses_in_round(&mut self, action: &ReviewAction) -> bool {
        let review = &self.screen.review;
        let Some(kind) = review.round_kind() else { return false };
        let is_elsewhere = match action {
            ReviewAction::Show(row) => !review.may_show(*row),
            ReviewAction::ShowRow(split, line) => {
                !review.dataset().find_line(split, *line).is_some_and(|row| review.may_show(row))
            }
            _ => false,
        };
        let (elsewhere, together, not_now) = match kind {
            RoundKind::SecondPass => (
                "This row is not in the second pass.",
                "In a second pass rows are judged one by one.",
                "Not during a second pass.",
            ),
            RoundKind::Audit => (
                "This row is not in your part of the audit.",
                "In an audit rows are judged one by one.",
                "Not during an audit.",
            ),
            RoundKind::Adjudication => (
                "The annotators do not differ on this row.",
                "In an adjudication rows are judged one by one.",
                "Not during an adjudication.",
            ),
        };
        let text = match action {
            _ if is_elsewhere => elsewhere,
            ReviewAction::JudgeRows(..)
            | ReviewAction::MarkInRows(..)
            | ReviewAction::MarkAlike(_)
            | ReviewAction::SelectUpTo(_)
            | ReviewAction::ToggleSelected(_) => together,
            ReviewAction::Sort(_)
            | ReviewAction::ShowConflicts(_)
            | ReviewAction::ShowFinding(_)
            | ReviewAction::FollowFinding(_) => not_now,
            _ => return false,
        };
        self.notify(text);
        true
    }

    /// Ends whatever belongs to the row that was shown, so that nothing of it is left.
    pub(super) fn leave_row(&mut self) {
        self.save_note();
        self.view.writing = None;
        self.view.asking = None;
        self.view.digit = None;
        self.view.overview = OverviewState::Closed;
        self.view.compares_pass = false;
        self.view.scene = self.view.home_scene();
        self.view.forget_sample();
        self.view.sides.over = None;
        self.view.sides.states.occurrences = None;
        self.screen.sheet = None;
        self.screen.step = None;
        self.notices.clear_passing();
    }

    /// Begins with the rows of a round: their list is open, and nothing is searched for.
    pub(super) fn round_began(&mut self) {
        self.screen.forget_looks();
        self.view.queue.search.text.clear();
        self.remembered.queue_open = true;
    }
}
