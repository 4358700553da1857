//! The acceptance of the set of an audit in the window: checked and made on the thread that counts,
//! stored here in one step, and undone in one.
//!
//! Decides nothing: `audits::accept_set` does.

use tilejury_audit::audits::Audit;
use tilejury_audit::text::capital;
use tilejury_audit::{Event, StepId};

use super::Review;
use crate::insights::Acceptance;

/// The acceptance of a set, or its undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AcceptanceState {
    /// The search of the plan runs.
    Searching,
    /// It is checked and made.
    Working,
    /// It is stored; the outcome in a sentence.
    Done(String),
    /// It was refused; the reason in a sentence.
    Refused(String),
}

impl AcceptanceState {
    /// Whether the person waits for it.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self, Self::Searching | Self::Working)
    }
}

/// The acceptance that was asked for last.
pub(super) struct LastAcceptance {
    audit: StepId,
    state: AcceptanceState,
}

impl Review {
    /// The audit that a person most likely wants to accept the set of: the latest that is planned
    /// for it, one whose set is not accepted first.
    pub(crate) fn set_to_accept(&self) -> Option<usize> {
        let is_planned = |audit: &Audit| audit.plan.acceptance.is_some();
        let audits: Vec<&Audit> = self.audits.iter().collect();
        let open = audits.iter().rposition(|audit| is_planned(audit) && audit.accepted_set().is_none());
        open.or_else(|| audits.iter().rposition(|audit| is_planned(audit)))
    }

    /// The acceptance of the set of an audit, if it was the last one that was asked for.
    pub(super) fn acceptance_of(&self, audit: &StepId) -> Option<&AcceptanceState> {
        self.acceptance.as_ref().filter(|last| last.audit == *audit).map(|last| &last.state)
    }

    /// Accepts the set of an audit, or undoes that, once it is checked. If a search found the set,
    /// the list shows what that finds now.
    pub(crate) fn accept_set(&mut self, number: usize) {
        let is_running = self.acceptance.as_ref().is_some_and(|last| last.state.is_running());
        let Some(audit) = self.audits.iter().nth(number).filter(|_| !is_running && !self.is_in_round()) else { return };
        let (id, filter) = (audit.id.clone(), audit.plan.filter.clone().filter(|_| audit.accepted_set().is_none()));
        let mut state = AcceptanceState::Searching;
        match filter {
            None => {
                self.stats.insights.accept(id.clone(), None);
                state = AcceptanceState::Working;
            }
            Some(filter) if self.hides_search(&filter) => {
                let text = format!("You judge blind, and the search “{filter}” would tell what is hidden.");
                state = AcceptanceState::Refused(text);
            }
            Some(filter) if self.navigator.search_text().trim() != filter => self.search_for(filter),
            Some(_) => {}
        }
        self.acceptance = Some(LastAcceptance { audit: id, state });
        self.go_on_accepting();
    }

    /// Lets the set be accepted once its search has ended.
    pub(super) fn go_on_accepting(&mut self) {
        let is_searching = self.navigator.is_searching();
        let error = self.navigator.search_error().map(|error| capital(&error.message));
        let Some(last) = &mut self.acceptance else { return };
        if last.state != AcceptanceState::Searching || is_searching {
            return;
        }
        last.state = match error {
            Some(error) => AcceptanceState::Refused(format!("The set cannot be found: {error}")),
            None => {
                let mut rows = self.navigator.listed().to_vec();
                rows.sort_unstable();
                self.stats.insights.accept(last.audit.clone(), Some(rows));
                AcceptanceState::Working
            }
        };
    }

    /// Stores what was accepted.
    pub(super) fn receive_acceptance(&mut self) {
        let Some((audit, outcome)) = self.stats.insights.take_accepted() else { return };
        let state = match outcome {
            Err(reason) => AcceptanceState::Refused(format!("{}.", capital(&reason))),
            Ok(accepted) => {
                let Acceptance { events, records, words } = *accepted;
                let events = self.session.adopt_step(events);
                let (of_audit, counting): (Vec<Event>, Vec<Event>) =
                    events.iter().cloned().partition(|event| event.round.is_some());
                self.stats.events_added(counting);
                self.record_in_round(&of_audit);
                self.saving.record(events, records);
                self.refresh_derived();
                AcceptanceState::Done(words)
            }
        };
        self.acceptance = Some(LastAcceptance { audit, state });
    }
}
