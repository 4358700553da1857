//! Rounds of a session: the session in which the rows of a second pass or an audit are judged,
//! apart from the judgements that count.

use std::collections::HashSet;

use tilejury_data::{SampleIndex, SampleKey};

use super::AuditSession;
use crate::assignments::{AssignError, Assignment, AssignmentPlan};
use crate::audits::{Draw, draw_events};
use crate::event::{Event, StepEventBuilder};
use crate::role::as_adjudicator;
use crate::round::Round;
use crate::step::StepId;
use crate::time::Timestamp;

impl AuditSession {
    /// The session in which rows of a round are judged. `events` are those that the annotator made
    /// in the round, in an adjudication under the name of [`as_adjudicator`]: it knows no other
    /// judgement, and its undo ends where the round began. Its events continue the numbers of this
    /// session, which must make none until [`Self::continue_after`].
    ///
    /// Rows of an audit with a second answer among the events have come back: see
    /// [`Self::come_back`].
    #[must_use]
    pub fn in_round(&self, round: Round, events: &[Event]) -> Self {
        let annotator = match round {
            Round::Adjudication(_) => as_adjudicator(&self.annotator),
            Round::SecondPass(_) | Round::Audit(_) | Round::Again(_) => self.annotator.to_string(),
        };
        let again = events.iter().filter(|event| matches!(event.round, Some(Round::Again(_))));
        let came_back: HashSet<SampleKey> = again.map(|event| event.sample).collect();
        let is_shown =
            |event: &&Event| !came_back.contains(&event.sample) || matches!(event.round, Some(Round::Again(_)));
        let shown: Vec<Event> = events.iter().filter(is_shown).cloned().collect();
        let mut session = Self::new(self.dataset.clone(), &annotator, &shown);
        session.id = self.id.clone();
        session.last_seq = self.last_seq;
        session.round = Some(round);
        session.came_back = came_back;
        for (status, known) in session.statuses.iter_mut().zip(&self.statuses) {
            status.shard_missing = known.shard_missing;
            status.check = known.check;
        }
        session
    }

    /// Shows a row of an audit for a second time: as if it had no judgement. Its first answer is
    /// kept, but no more in this session, which cannot undo it either. Later answers are second
    /// ones.
    pub fn come_back(&mut self, index: SampleIndex, at: Timestamp) {
        let Some(key) = self.dataset.samples.get(index.index()).map(|row| row.key) else { return };
        if !matches!(self.round, Some(Round::Audit(_))) || !self.came_back.insert(key) {
            return;
        }
        self.judgements.remove(&key);
        self.origins.forget(key);
        self.marks.forget(key);
        self.last_own.retain(|(sample, ..), _| *sample != key);
        self.history.retain(|sample| sample != key);
        self.refresh(key, &|_| at);
    }

    /// Whether a row of an audit is shown for the second time.
    pub fn has_come_back(&self, index: SampleIndex) -> bool {
        self.dataset.samples.get(index.index()).is_some_and(|row| self.came_back.contains(&row.key))
    }

    /// The round that changes of a row belong to.
    pub(super) fn round_of(&self, key: SampleKey) -> Option<Round> {
        match &self.round {
            Some(Round::Audit(audit)) if self.came_back.contains(&key) => Some(Round::Again(audit.clone())),
            round => round.clone(),
        }
    }

    /// Continues the numbers of events after a session of a round.
    pub fn continue_after(&mut self, round: &Self) {
        self.last_seq = self.last_seq.max(round.last_seq);
    }

    /// Gives the events of a step of another annotator, such as a machine, the next numbers of this
    /// session, so that they are stored as events of it. Judgements stay as they are.
    #[must_use]
    pub fn adopt_step(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        let step = StepId { session: self.id.clone(), seq: self.last_seq + 1 };
        for event in &mut events {
            self.last_seq += 1;
            (event.step, event.seq) = (step.clone(), self.last_seq);
        }
        events
    }

    /// The events that store an audit, as a step of this session. Judgements stay as they are.
    pub fn begin_audit(&mut self, draw: &Draw, at: Timestamp) -> Vec<Event> {
        let step = StepEventBuilder::new(self.id.clone(), self.last_seq, self.annotator.clone(), at);
        let events = draw_events(draw, step);
        self.last_seq = events.last().map_or(self.last_seq, |event| event.seq);
        events
    }

    /// The events that store an assignment of rows, as a step of this session. Judgements stay as
    /// they are.
    ///
    /// # Errors
    /// Without rows.
    pub fn assign(
        &mut self,
        plan: &AssignmentPlan,
        rows: &[SampleKey],
        at: Timestamp,
    ) -> Result<Vec<Event>, AssignError> {
        let step = StepEventBuilder::new(self.id.clone(), self.last_seq, self.annotator.clone(), at);
        let events = plan.events_of(rows, step)?;
        self.last_seq = events.last().map_or(self.last_seq, |event| event.seq);
        Ok(events)
    }

    /// The event that withdraws an assignment, as a step of this session.
    pub fn withdraw(&mut self, assignment: &Assignment, at: Timestamp) -> Option<Event> {
        let step = StepEventBuilder::new(self.id.clone(), self.last_seq, self.annotator.clone(), at);
        let event = assignment.withdraw_in(step)?;
        self.last_seq = event.seq;
        Some(event)
    }
}
