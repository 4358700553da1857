//! The findings of all signals, how far tiles have been scanned for them, and the weights that
//! scores use.
//!
//! Scores never change on their own while a person judges: weights are measured again only when the
//! list is put into suspicion order or the weights are reset.

use std::sync::Arc;

use tilejury_audit::Timestamp;
use tilejury_audit::decisions::Decisions;
use tilejury_audit::suspicion::{Finding, Findings, GradedNegative, RankingWeights, Scoreboard};

use super::Review;
use crate::findings_pool::JoinedFindings;
use tilejury_data::{SampleIndex, TileSlot};

/// The data that findings come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanCoverage {
    /// Rows, paths and imported reviews.
    Rows,
    /// Those, and the tiles that were read so far.
    SomePixels,
    /// Those, and every tile.
    All,
}

/// The findings and their weights.
pub(crate) struct Signals {
    findings: Option<Arc<Findings>>,
    /// The version of the findings: older ones that arrive later are not used.
    version: u64,
    /// Whether the texts and scores beside the rows were read, if there are any.
    have_imports: bool,
    coverage: ScanCoverage,
    /// Judgements up to this moment do not count for the weights.
    weights_reset: Option<Timestamp>,
    /// The weights of the list's order in the last session, until they are measured again.
    kept_weights: Option<RankingWeights>,
}

impl Signals {
    /// Before there are any findings.
    pub(super) fn new() -> Self {
        Self {
            findings: None,
            version: 0,
            have_imports: false,
            coverage: ScanCoverage::Rows,
            weights_reset: None,
            kept_weights: None,
        }
    }

    /// Restores the moment of a reset in an earlier session, before there are any findings.
    pub(crate) fn restore_weights_reset(&mut self, at: Option<Timestamp>) {
        self.weights_reset = at;
    }

    /// Makes scores use the weights that the list's order had in the last session, before there are
    /// any findings.
    pub(crate) fn keep_weights(&mut self, weights: Option<RankingWeights>) {
        self.kept_weights = weights;
    }

    /// Whether scores use the weights of the last session.
    pub(super) fn are_weights_kept(&self) -> bool {
        self.kept_weights.is_some()
    }

    /// All findings; `None` until the rows were read.
    pub(crate) fn findings(&self) -> Option<&Findings> {
        self.findings.as_deref()
    }

    /// All findings, to share with a thread.
    pub(crate) fn shared(&self) -> Option<&Arc<Findings>> {
        self.findings.as_ref()
    }

    /// Whether there are findings, and those from the texts and scores beside the rows are among
    /// them.
    pub(crate) fn have_imports(&self) -> bool {
        self.have_imports
    }

    /// The data that the findings come from.
    pub(crate) fn coverage(&self) -> ScanCoverage {
        self.coverage
    }

    /// The moment up to which judgements do not count for the weights.
    pub(crate) fn weights_reset(&self) -> Option<Timestamp> {
        self.weights_reset
    }

    /// The findings about one tile of a sample.
    pub(crate) fn of_tile(&self, sample: SampleIndex, tile: TileSlot) -> &[Finding] {
        self.findings().map_or(&[], |findings| findings.of_tile(sample, tile))
    }

    /// The reviews of a row's negatives by models at an endpoint, as searches know them.
    pub(super) fn graded(&self, sample: SampleIndex) -> &[GradedNegative] {
        self.findings().map_or(&[], |findings| findings.row_values().graded(sample))
    }

    /// The score of a tile of a sample, from 0 to 1; 0 while there are no findings.
    pub(crate) fn tile_score(&self, sample: SampleIndex, tile: TileSlot) -> f32 {
        self.findings().map_or(0.0, |findings| findings.tile_score(sample, tile))
    }

    /// The score of a sample, from 0 to 1; 0 while there are no findings.
    pub(super) fn score(&self, sample: SampleIndex) -> f32 {
        self.findings().map_or(0.0, |findings| findings.score(sample))
    }

    /// The most suspicious of a sample's tiles, the first of equals; the positive if none is
    /// suspicious.
    pub(super) fn strongest_tile(&self, sample: SampleIndex, tiles: usize) -> TileSlot {
        let Some(findings) = self.findings() else { return TileSlot::POSITIVE };
        let score = |tile: TileSlot| findings.tile_score(sample, tile);
        // `max_by` returns the last of equals.
        let strongest = TileSlot::first(tiles).rev().max_by(|a, b| score(*a).total_cmp(&score(*b)));
        strongest.filter(|tile| score(*tile) > 0.0).unwrap_or(TileSlot::POSITIVE)
    }

    /// The negatives of a sample, the most suspicious first, equals in the order of the row.
    pub(super) fn by_suspicion(&self, sample: SampleIndex, negatives: usize) -> Vec<TileSlot> {
        let mut order: Vec<TileSlot> = TileSlot::first(negatives + 1).skip(1).collect();
        if let Some(findings) = self.findings() {
            let score = |slot: &TileSlot| findings.tile_score(sample, *slot);
            order.sort_by(|a, b| score(b).total_cmp(&score(a)));
        }
        order
    }

    /// Counts how often each signal was right. `None` while there are no findings. Goes through all
    /// of them: too slow for every frame.
    fn scoreboard(&self, decisions: &Decisions) -> Option<Scoreboard> {
        Some(Scoreboard::count(self.findings()?, decisions, self.weights_reset))
    }

    fn receive(&mut self, found: JoinedFindings, coverage: ScanCoverage) {
        self.coverage = coverage;
        if found.version < self.version {
            return;
        }
        self.version = found.version;
        let findings = found.all;
        // Scores keep the weights that they had.
        let weights = match &self.kept_weights {
            Some(kept) => Some(findings.fitting_weights(kept)),
            None => self.findings().map(|known| known.weights_for(&findings)),
        };
        self.findings = Some(match weights {
            Some(weights) if weights != *findings.weights() => Arc::new(findings.weighed(&weights)),
            _ => findings,
        });
    }

    fn set_weights(&mut self, weights: &RankingWeights) {
        self.kept_weights = None;
        if let Some(findings) = self.findings().filter(|findings| findings.weights() != weights) {
            self.findings = Some(Arc::new(findings.weighed(weights)));
        }
    }
}

impl Review {
    /// Counts how often each signal was right so far: see [`Signals`].
    pub(crate) fn scoreboard(&self) -> Option<Scoreboard> {
        self.signals.scoreboard(self.session.decisions())
    }

    /// Receives findings with new ones from rows. `have_imports`: whether the texts and scores
    /// beside the rows were read, too.
    pub(crate) fn receive_row_findings(&mut self, findings: JoinedFindings, have_imports: bool) {
        self.signals.have_imports |= have_imports;
        self.receive_findings(findings, self.signals.coverage);
    }

    /// Receives findings with new ones from a pixel scan.
    pub(crate) fn receive_pixel_findings(&mut self, findings: JoinedFindings, coverage: ScanCoverage) {
        self.receive_findings(findings, coverage);
    }

    /// Receives findings. They are shown at once, and searches use them; the order of the list
    /// waits until the person goes on.
    fn receive_findings(&mut self, findings: JoinedFindings, coverage: ScanCoverage) {
        self.signals.receive(findings, coverage);
        self.findings_came = true;
        let known = self.signals.findings().filter(|_| self.signals.have_imports);
        let retrievers = known.map(|findings| findings.row_values().retrievers().map(str::to_owned).collect());
        self.navigator.set_retrievers(retrievers);
        self.navigator.findings_changed();
        self.sort_after_signals();
        self.refresh_derived();
    }

    /// Makes scores use the weights as measured now.
    pub(super) fn refresh_weights(&mut self) {
        if let Some(board) = self.scoreboard() {
            self.signals.set_weights(&board.weights);
        }
    }

    /// Makes judgements count for the weights from a moment on, or all of them. A list in suspicion
    /// order follows at once, since the person asked for that.
    pub(crate) fn reset_weights(&mut self, at: Option<Timestamp>) {
        self.signals.weights_reset = at;
        self.refresh_weights();
        self.version += 1;
        self.order_again();
    }
}
