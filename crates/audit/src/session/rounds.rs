//! Rounds of a session: the session in which the rows of a second pass or an audit are judged,
//! apart from the judgements that count.

use super::AuditSession;
use crate::event::Event;
use crate::round::Round;

impl AuditSession {
    /// The session in which rows of a round are judged. `events` are those that the annotator made
    /// in the round: it knows no other judgement, and its undo ends where the round began. Its
    /// events continue the numbers of this session, which must make none until
    /// [`Self::continue_after`].
    #[must_use]
    pub fn in_round(&self, round: Round, events: &[Event]) -> Self {
        let mut session = Self::new(self.dataset.clone(), &self.annotator, events);
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
}
