//! The findings of all signals, how far tiles have been scanned for them, and the weights that
//! scores use.
//!
//! Scores never change on their own while a person judges: weights are measured again only when the
//! list is put into suspicion order or the weights are reset.

use std::sync::Arc;

use tilejury_audit::Timestamp;
use tilejury_audit::decisions::Decisions;
use tilejury_audit::suspicion::{Finding, Findings, RankingWeights, Scoreboard};

use super::Review;
use crate::signal_update::UpdatedFindings;
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
    /// The findings from rows alone; a pixel scan adds to them.
    by_rows: Option<Arc<Findings>>,
    /// The findings from pixels alone.
    by_pixels: Arc<Vec<Finding>>,
    coverage: ScanCoverage,
    /// Judgements up to this moment do not count for the weights.
    weights_reset: Option<Timestamp>,
}

impl Signals {
    /// Before there are any findings.
    pub(super) fn new() -> Self {
        Self {
            findings: None,
            by_rows: None,
            by_pixels: Arc::default(),
            coverage: ScanCoverage::Rows,
            weights_reset: None,
        }
    }

    /// Restores the moment of a reset in an earlier session, before there are any findings.
    pub(crate) fn restore_weights_reset(&mut self, at: Option<Timestamp>) {
        self.weights_reset = at;
    }

    /// All findings; `None` until the rows were read.
    pub(crate) fn findings(&self) -> Option<&Findings> {
        self.findings.as_deref()
    }

    /// All findings, to share with a thread.
    pub(crate) fn shared(&self) -> Option<&Arc<Findings>> {
        self.findings.as_ref()
    }

    /// The findings from pixels alone.
    pub(crate) fn by_pixels(&self) -> &Arc<Vec<Finding>> {
        &self.by_pixels
    }

    /// The findings from rows alone.
    pub(crate) fn by_rows(&self) -> Option<&Arc<Findings>> {
        self.by_rows.as_ref()
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

    /// Counts how often each signal was right. `None` while there are no findings. Goes through all
    /// of them: too slow for every frame.
    fn scoreboard(&self, decisions: &Decisions) -> Option<Scoreboard> {
        Some(Scoreboard::count(self.findings()?, decisions, self.weights_reset))
    }

    fn receive(&mut self, findings: Arc<Findings>, coverage: ScanCoverage) {
        // Scores keep the weights that they had.
        let weights = self.findings().map(|known| known.weights_for(&findings));
        self.findings = Some(match weights {
            Some(weights) if weights != *findings.weights() => Arc::new(findings.weighed(&weights)),
            _ => findings,
        });
        self.coverage = coverage;
    }

    fn set_weights(&mut self, weights: &RankingWeights) {
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

    /// Receives the findings from rows alone.
    pub(super) fn receive_row_findings(&mut self, findings: Arc<Findings>) {
        self.signals.by_rows = Some(findings.clone());
        self.receive_findings(findings, ScanCoverage::Rows);
    }

    /// Receives the findings of a pixel scan, those from pixels also alone.
    pub(crate) fn receive_pixel_findings(
        &mut self,
        findings: Arc<Findings>,
        by_pixels: Arc<Vec<Finding>>,
        coverage: ScanCoverage,
    ) {
        self.signals.by_pixels = by_pixels;
        self.receive_findings(findings, coverage);
    }

    /// Receives findings that were computed again.
    pub(crate) fn receive_update(&mut self, updated: UpdatedFindings) {
        self.signals.by_rows = Some(updated.rows);
        self.receive_findings(updated.all, self.signals.coverage);
    }

    /// Receives findings. They are shown at once, and searches use them; the order of the list
    /// waits until the person goes on.
    fn receive_findings(&mut self, findings: Arc<Findings>, coverage: ScanCoverage) {
        self.signals.receive(findings, coverage);
        self.navigator.findings_changed();
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
