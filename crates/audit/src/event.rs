//! Events: one change by one annotator at one moment. Nothing else is ever written about a
//! judgement.

use std::sync::Arc;

use tilejury_data::SampleKey;

use crate::judgement::FieldChange;
use crate::origin::Origin;
use crate::round::Round;
use crate::step::StepId;
use crate::time::Timestamp;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The step it belongs to; its session is the event's session.
    pub step: StepId,
    /// Its number in the session, from 1, without gaps.
    pub seq: u64,
    /// The sample.
    pub sample: SampleKey,
    /// The new value.
    pub change: FieldChange,
    /// The annotator.
    pub annotator: Arc<str>,
    /// The time by that machine's clock.
    pub at: Timestamp,
    /// The step that this event undoes or redoes.
    pub undoes: Option<StepId>,
    /// The origin of the value. An undo restores the origin together with the value.
    pub origin: Origin,
    /// The second pass or audit that the change belongs to. Only changes without one count.
    pub round: Option<Round>,
}

impl Event {
    /// Whether it is part of the plan of an audit: nobody judged a row with it.
    pub fn begins_audit(&self) -> bool {
        matches!(&self.round, Some(Round::Audit(id)) if *id == self.step)
    }
}

/// Makes the events of one step, numbered in order.
pub(crate) struct StepEventBuilder {
    step: StepId,
    last_seq: u64,
    annotator: Arc<str>,
    at: Timestamp,
    round: Option<Round>,
}

impl StepEventBuilder {
    /// Starts a step after the event `last_seq` of its session.
    pub(crate) fn new(session: Arc<str>, last_seq: u64, annotator: Arc<str>, at: Timestamp) -> Self {
        Self { step: StepId { session, seq: last_seq + 1 }, last_seq, annotator, at, round: None }
    }

    /// Makes the events of a second pass or an audit.
    #[must_use]
    pub(crate) fn in_round(self, round: Option<Round>) -> Self {
        Self { round, ..self }
    }

    /// The id of the step.
    pub(crate) fn step(&self) -> &StepId {
        &self.step
    }

    /// Makes the next event.
    pub(crate) fn event(
        &mut self,
        sample: SampleKey,
        change: FieldChange,
        undoes: Option<StepId>,
        origin: Origin,
    ) -> Event {
        self.last_seq += 1;
        Event {
            step: self.step.clone(),
            seq: self.last_seq,
            sample,
            change,
            annotator: self.annotator.clone(),
            at: self.at,
            undoes,
            origin,
            round: self.round.clone(),
        }
    }
}
