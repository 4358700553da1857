//! What signals weigh: by what was judged, as of the moment when the most suspicious are put on top.
//!
//! Scores never move by themselves while one judges.

use std::sync::Arc;

use tilejury_audit::Timestamp;
use tilejury_audit::queue::Ranking;
use tilejury_audit::suspicion::Scoreboard;

use super::Review;

impl Review {
    /// How often each signal was right so far. `None` while nothing is known of signals. Goes through all findings: not for
    /// every frame.
    pub(crate) fn scoreboard(&self) -> Option<Scoreboard> {
        Some(Scoreboard::count(self.findings.as_ref()?, self.session.decisions(), self.weights_reset))
    }

    /// Lets scores go by the weights of this moment.
    pub(super) fn refresh_weights(&mut self) {
        let Some((findings, board)) = self.findings.as_ref().zip(self.scoreboard()) else { return };
        if *findings.weights() != board.weights {
            self.findings = Some(Arc::new(findings.weighed(&board.weights)));
        }
    }

    /// Lets judgements count for the weights from a moment on, or all of them. The list follows at once: that is what was
    /// asked for.
    pub(crate) fn reset_weights(&mut self, at: Option<Timestamp>) {
        self.weights_reset = at;
        self.refresh_weights();
        self.version += 1;
        let ranking = self.findings.as_ref().map(|findings| findings.ranking().to_vec());
        if let (Some(order), Some(ranking)) = (&mut self.queue.order, ranking) {
            *order = Arc::new(Ranking::new(ranking));
            self.rebuild();
            self.moves += 1;
        }
    }
}
