//! Rounds of a session: the session in which the rows of a second pass or an audit are judged,
//! apart from the judgements that count.

use super::AuditSession;
use crate::audits::{Draw, draw_events};
use crate::event::{Event, StepEventBuilder};
use crate::role::as_adjudicator;
use crate::round::Round;
use crate::time::Timestamp;

impl AuditSession {
    /// The session in which rows of a round are judged. `events` are those that the annotator made
    /// in the round, in an adjudication under the name of [`as_adjudicator`]: it knows no other
    /// judgement, and its undo ends where the round began. Its events continue the numbers of this
    /// session, which must make none until [`Self::continue_after`].
    #[must_use]
    pub fn in_round(&self, round: Round, events: &[Event]) -> Self {
        let annotator = match round {
            Round::Adjudication(_) => as_adjudicator(&self.annotator),
            Round::SecondPass(_) | Round::Audit(_) | Round::Again(_) => self.annotator.to_string(),
        };
        let mut session = Self::new(self.dataset.clone(), &annotator, events);
        session.id = self.id.clone();
        session.last_seq = self.last_seq;
        session.round = Some(round);
        for (status, known) in session.statuses.iter_mut().zip(&self.statuses) {
            status.shard_missing = known.shard_missing;
            status.check = known.check;
        }
        session
    }

    /// Continues the numbers of events after a session of a round.
    pub fn continue_after(&mut self, round: &Self) {
        self.last_seq = self.last_seq.max(round.last_seq);
    }

    /// The events that store an audit, as a step of this session. Judgements stay as they are.
    pub fn begin_audit(&mut self, draw: &Draw, at: Timestamp) -> Vec<Event> {
        let step = StepEventBuilder::new(self.id.clone(), self.last_seq, self.annotator.clone(), at);
        let events = draw_events(draw, step);
        self.last_seq = events.last().map_or(self.last_seq, |event| event.seq);
        events
    }
}
