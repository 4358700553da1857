//! Rows that are assigned to annotators, in the window: who has which, how far one's own part is,
//! and the assignment of what is listed. Reads no row: `insights.rs` does, on its thread.

use tilejury_audit::assignments::{self, AssignError, AssignedRows, Assignment, AssignmentPlan};
use tilejury_audit::search::has_terms;
use tilejury_audit::text::{count, grouped};
use tilejury_audit::{Event, Round, audits, now};
use tilejury_data::Dataset;

use super::Review;
use crate::insights::TeamSource;

/// The search that lists the annotator's own part.
pub(crate) const MY_PART: &str = "assigned:me";

/// The assignments of the set.
#[derive(Default)]
pub(crate) struct KnownAssignments {
    /// All of them, the oldest first.
    all: Vec<Assignment>,
    rows: AssignedRows,
}

impl KnownAssignments {
    /// `events`: those of all audits and assignments, in stored order.
    pub(super) fn new(events: &[Event], dataset: &Dataset) -> Self {
        let mut known = Self::default();
        known.add_events(events, dataset);
        known
    }

    /// Adds later events. Returns whether anything changed.
    fn add_events(&mut self, events: &[Event], dataset: &Dataset) -> bool {
        assignments::add_events(&mut self.all, events);
        let is_of = |event: &Event| {
            let of = event.round.as_ref().map(Round::drawn_by);
            self.all.iter().any(|one| of == Some(&one.id))
        };
        let has_changed = !self.all.is_empty() && events.iter().any(is_of);
        if has_changed {
            self.rows = AssignedRows::new(dataset, &self.all);
        }
        has_changed
    }

    /// All of them, the oldest first.
    pub(crate) fn all(&self) -> &[Assignment] {
        &self.all
    }

    /// The rows of each annotator.
    pub(super) fn rows(&self) -> &AssignedRows {
        &self.rows
    }
}

impl Review {
    /// Takes the events of rounds that are about assignments.
    pub(super) fn take_assignments(&mut self, events: &[Event]) {
        let dataset = self.dataset().clone();
        if self.assignments.add_events(events, &dataset) {
            self.refresh_derived();
        }
    }

    /// Assigns the listed rows to annotators, once they are read.
    ///
    /// # Errors
    /// The reason why not.
    pub(crate) fn assign_listed(&mut self, to: &[String], overlap: f64) -> Result<(), AssignError> {
        let filter = self.navigator.search_text().trim().to_owned();
        let plan = AssignmentPlan::new(to, Some(overlap), &audits::random_seed(), &filter)?;
        let mut rows = self.navigator.listed().to_vec();
        if rows.is_empty() {
            return Err(AssignError::NoRows);
        }
        rows.sort_unstable();
        self.stats.insights.assign(plan, rows);
        Ok(())
    }

    /// Stores an assignment whose rows were read. Returns its outcome in a sentence.
    pub(crate) fn receive_assignment(&mut self) -> Option<String> {
        if self.is_in_round() {
            return None;
        }
        let ready = self.stats.insights.take_assignment()?;
        self.finish_running();
        let events = match self.session.assign(&ready.plan, &ready.rows, now()) {
            Ok(events) => events,
            Err(error) => return Some(format!("Nothing was assigned: {error}.")),
        };
        let shares: Vec<String> =
            ready.plan.shares(&ready.rows).iter().map(|(name, rows)| format!("{} to {name}", grouped(*rows))).collect();
        self.record_in_round(&events);
        self.saving.record(events, ready.records);
        Some(format!("{} assigned: {}.", count(ready.rows.len(), "row"), shares.join(", ")))
    }

    /// Withdraws an assignment, by its number.
    pub(crate) fn withdraw_assignment(&mut self, number: usize) {
        let Some(one) = self.assignments.all.get(number).filter(|one| !one.withdrawn) else { return };
        let event = self.session.withdraw(one, now());
        let events: Vec<Event> = event.into_iter().collect();
        self.record_in_round(&events);
        self.saving.record(events, Vec::new());
    }

    /// The rows that are assigned to the annotator: those with a verdict, and all. `None` without
    /// any.
    pub(crate) fn my_part(&self) -> Option<(usize, usize)> {
        let (mut judged, mut rows) = (0, 0);
        for index in self.assignments.rows.of(&self.session.annotator) {
            rows += 1;
            let status = self.session.statuses().get(index.index());
            judged += usize::from(status.is_some_and(|status| status.verdict.is_some()));
        }
        (rows > 0).then_some((judged, rows))
    }

    /// Shows the first listed row without a verdict, unless the present one is listed and has none.
    pub(crate) fn show_in_part(&mut self) {
        if self.navigator.is_searching() {
            return self.show_first();
        }
        let statuses = self.session.statuses();
        let is_open = statuses.get(self.cursor().index()).is_none_or(|status| status.verdict.is_none());
        if is_open && self.navigator.position().is_ok() {
            return;
        }
        if let Some(index) = self.navigator.first_unjudged(statuses).or(self.navigator.listed().first().copied()) {
            self.show(index);
        }
    }

    /// Whether rows are assigned to the annotator.
    pub(crate) fn has_part(&self) -> bool {
        self.assignments.rows.of(&self.session.annotator).next().is_some()
    }

    /// Whether the list has the annotator's own part only.
    pub(super) fn lists_my_part(&self) -> bool {
        has_terms(self.navigator.search_text(), MY_PART)
    }

    /// Requests the figures of the team again if anything changed.
    pub(crate) fn refresh_team(&mut self, sidecars: std::collections::BTreeMap<String, usize>) {
        let revision = self.stats.revision();
        self.stats.insights.want_team(TeamSource { revision, sidecars });
    }
}
