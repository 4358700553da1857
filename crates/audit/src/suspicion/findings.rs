//! All findings of a set, by sample, and the scores that they add up to.
//!
//! Stores findings and adds them up; neither finds nor words them.

use std::sync::Arc;

use tilejury_data::{SampleIndex, TileSlot};

use super::evidence::Evidence;
use super::signal::Signal;
use super::weights::SignalWeights;

/// The evidence of one signal against one tile of a sample, or against the sample as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The sample.
    pub sample: SampleIndex,
    /// The tile; `None` for the sample as a whole.
    pub tile: Option<TileSlot>,
    /// The signal.
    pub signal: Signal,
    /// The strength, above 0 and up to 1.
    pub strength: f32,
    /// The evidence. Its sentence is made when somebody reads it.
    pub evidence: Evidence,
}

impl Finding {
    /// Whether it concerns a tile: its own, or, if the whole row was mined unfiltered, any
    /// negative.
    pub fn concerns(&self, tile: TileSlot) -> bool {
        self.tile == Some(tile) || (self.tile.is_none() && self.signal == Signal::MiningHole && !tile.is_positive())
    }
}

/// The findings of a set.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// By sample, then by tile (the sample as a whole first), then by signal.
    all: Arc<Vec<Finding>>,
    /// The index of each sample's first finding; one more entry than samples.
    starts: Arc<Vec<u32>>,
    weights: SignalWeights,
    scores: Vec<f32>,
    ranking: Vec<SampleIndex>,
}

impl Findings {
    /// Sorts the findings of a set of that many samples, and adds them up with the default weights.
    pub(super) fn new(samples: usize, all: Vec<Finding>) -> Self {
        Self::sorted(samples, all, SignalWeights::default())
    }

    fn sorted(samples: usize, mut all: Vec<Finding>, weights: SignalWeights) -> Self {
        all.sort_by_key(|finding| (finding.sample, finding.tile, finding.signal));
        let starts =
            SampleIndex::first(samples + 1).map(|sample| all.partition_point(|finding| finding.sample < sample) as u32);
        let starts = Arc::new(starts.collect());
        Self { starts, all: Arc::new(all), weights, ..Self::default() }.with_scores(samples)
    }

    /// Computes every score and the ranking with the current weights.
    fn with_scores(mut self, samples: usize) -> Self {
        let mut ranked: Vec<(f32, f32, SampleIndex)> = Vec::new();
        self.scores = Vec::with_capacity(samples);
        for sample in SampleIndex::first(samples) {
            let (highest, sum) = self.add_up(sample);
            self.scores.push(highest);
            if self.accused(sample) {
                ranked.push((highest, sum, sample));
            }
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        self.ranking = ranked.into_iter().map(|(.., sample)| sample).collect();
        self
    }

    /// Adds findings of the same set, such as those of signals that end later; then sorts, and
    /// computes the scores again with the current weights.
    #[must_use]
    pub fn with(self, more: impl IntoIterator<Item = Finding>) -> Self {
        let samples = self.scores.len();
        let more = more.into_iter().filter(|finding| finding.sample.index() < samples);
        let all = Arc::unwrap_or_clone(self.all).into_iter().chain(more).collect();
        Self::sorted(samples, all, self.weights)
    }

    /// Returns the same findings, scored and ranked with other weights. The findings themselves are
    /// shared, not copied.
    #[must_use]
    pub fn weighed(&self, weights: &SignalWeights) -> Self {
        let (all, starts) = (self.all.clone(), self.starts.clone());
        Self { all, starts, weights: *weights, ..Self::default() }.with_scores(self.scores.len())
    }

    /// Returns the weights of the scores.
    pub fn weights(&self) -> &SignalWeights {
        &self.weights
    }

    /// Returns a sample's findings, those about the whole sample first.
    pub fn of_sample(&self, sample: SampleIndex) -> &[Finding] {
        let sample = sample.index();
        let (Some(from), Some(to)) = (self.starts.get(sample), self.starts.get(sample + 1)) else { return &[] };
        &self.all[*from as usize..*to as usize]
    }

    /// Returns every finding, by sample.
    pub fn all(&self) -> &[Finding] {
        &self.all
    }

    /// Returns the signals that a sample has, one bit each: see [`Signal::bit`].
    pub fn signals(&self, sample: SampleIndex) -> u32 {
        self.of_sample(sample).iter().fold(0, |bits, finding| bits | 1 << finding.signal.bit())
    }

    /// Returns the score of a sample, 0 to 1: the highest of its tiles' scores and of its score as
    /// a whole.
    pub fn score(&self, sample: SampleIndex) -> f32 {
        self.scores.get(sample.index()).copied().unwrap_or(0.0)
    }

    /// Returns the score of a tile of a sample, 0 to 1: 1 − Π(1 − weight · strength) over the
    /// signals that concern it, as if each were an independent cause (a "noisy or": Pearl, 1988). 0
    /// if none of them accuses.
    pub fn tile_score(&self, sample: SampleIndex, tile: TileSlot) -> f32 {
        self.noisy_or(self.concerning(sample, tile))
    }

    /// Returns the findings that concern a tile of a sample: see [`Finding::concerns`]. By binary
    /// search, since a row may have very many tiles.
    pub fn concerning(&self, sample: SampleIndex, tile: TileSlot) -> impl Iterator<Item = &Finding> {
        let (whole, tiles) = self.parts(sample);
        whole.iter().filter(move |finding| finding.concerns(tile)).chain(of_tile(tiles, tile))
    }

    /// Returns the findings on a tile of a sample itself.
    pub fn of_tile(&self, sample: SampleIndex, tile: TileSlot) -> &[Finding] {
        of_tile(self.parts(sample).1, tile)
    }

    /// Returns the findings on the sample as a whole, and those on its tiles.
    fn parts(&self, sample: SampleIndex) -> (&[Finding], &[Finding]) {
        let findings = self.of_sample(sample);
        findings.split_at(findings.partition_point(|finding| finding.tile.is_none()))
    }

    /// Returns the score of a sample as a whole, 0 to 1, without its tiles.
    pub fn whole_score(&self, sample: SampleIndex) -> f32 {
        self.noisy_or(self.parts(sample).0.iter())
    }

    /// Returns the samples with a finding that accuses, the most suspect first; of equal scores the
    /// one with the higher sum first, then by index.
    pub fn ranking(&self) -> &[SampleIndex] {
        &self.ranking
    }

    /// Whether any finding accuses the sample or one of its tiles: see [`Signal::accuses`].
    pub fn accused(&self, sample: SampleIndex) -> bool {
        self.of_sample(sample).iter().any(|finding| finding.signal.accuses())
    }

    /// Returns the highest score of a sample's parts, and the sum over them.
    fn add_up(&self, sample: SampleIndex) -> (f32, f32) {
        let whole = self.whole_score(sample);
        let tiles = self.parts(sample).1.chunk_by(|a, b| a.tile == b.tile).filter_map(|of_one| of_one[0].tile);
        let parts = tiles.map(|tile| self.tile_score(sample, tile));
        parts.fold((whole, whole), |(highest, sum), part| (highest.max(part), sum + part))
    }

    fn noisy_or<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> f32 {
        let (mut accused, mut innocent) = (false, 1.0);
        for finding in findings {
            accused |= finding.signal.accuses();
            innocent *= 1.0 - self.weights.weight(finding.signal) * finding.strength;
        }
        if accused { 1.0 - innocent } else { 0.0 }
    }
}

/// Returns the findings on one tile, given findings in the order of their tiles.
fn of_tile(findings: &[Finding], tile: TileSlot) -> &[Finding] {
    let from = findings.partition_point(|finding| finding.tile < Some(tile));
    let to = findings.partition_point(|finding| finding.tile <= Some(tile));
    &findings[from..to]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(sample: usize, tile: Option<usize>, signal: Signal, strength: f32) -> Finding {
        let (sample, tile) = (SampleIndex::new(sample), tile.map(TileSlot::new));
        Finding { sample, tile, signal, strength, evidence: Evidence::OwnPositive }
    }

    #[track_caller]
    fn assert_near(value: f32, expected: f32) {
        assert!((value - expected).abs() < 1e-6, "{value} should be {expected}");
    }

    #[test]
    fn adds_signals_up_as_independent_causes() {
        let found = Findings::new(
            3,
            vec![
                finding(2, Some(1), Signal::SamePage, 1.0),
                finding(2, Some(1), Signal::Margin, 0.5),
                finding(2, Some(2), Signal::Hub, 0.5),
                finding(0, None, Signal::MiningHole, 1.0),
                finding(0, Some(3), Signal::SamePage, 0.5),
            ],
        );
        assert_near(found.tile_score(SampleIndex::new(2), TileSlot::new(1)), 1.0 - 0.5 * 0.7);
        assert_near(found.tile_score(SampleIndex::new(2), TileSlot::new(2)), 0.0);
        assert_near(found.tile_score(SampleIndex::new(2), TileSlot::new(0)), 0.0);
        assert_near(found.score(SampleIndex::new(2)), 0.65);
        assert_near(found.tile_score(SampleIndex::new(0), TileSlot::new(0)), 0.0);
        assert_near(found.tile_score(SampleIndex::new(0), TileSlot::new(1)), 0.3);
        assert_near(found.tile_score(SampleIndex::new(0), TileSlot::new(3)), 1.0 - 0.7 * 0.75);
        assert_near(found.score(SampleIndex::new(0)), 1.0 - 0.7 * 0.75);
        assert_near(found.score(SampleIndex::new(1)), 0.0);
        assert_eq!(
            found.signals(SampleIndex::new(2)),
            1 << Signal::SamePage.bit() | 1 << Signal::Margin.bit() | 1 << Signal::Hub.bit()
        );
        assert_eq!(
            (
                found.of_sample(SampleIndex::new(0)).len(),
                found.of_sample(SampleIndex::new(1)).len(),
                found.of_sample(SampleIndex::new(2)).len(),
                found.of_sample(SampleIndex::new(3)).len()
            ),
            (2, 0, 3, 0)
        );
        assert_eq!(found.of_sample(SampleIndex::new(0))[0].tile, None, "the whole sample first");
        assert_eq!(found.ranking(), [2, 0].map(SampleIndex::new));
    }

    #[test]
    fn ranks_equal_scores_by_sum_then_by_index() {
        let found = Findings::new(
            4,
            vec![
                finding(3, Some(1), Signal::SamePage, 1.0),
                finding(1, Some(1), Signal::SamePage, 1.0),
                finding(2, Some(1), Signal::SamePage, 1.0),
                finding(2, Some(2), Signal::Repeated, 0.1),
            ],
        );
        assert_eq!(found.ranking(), [2, 1, 3].map(SampleIndex::new));
    }

    #[test]
    fn a_hub_adds_to_other_signals_but_accuses_nothing_alone() {
        let found = Findings::new(
            3,
            vec![
                finding(0, Some(1), Signal::Hub, 1.0),
                finding(1, Some(1), Signal::SamePage, 1.0),
                finding(2, Some(1), Signal::SamePage, 1.0),
                finding(2, Some(1), Signal::Hub, 1.0),
            ],
        );
        assert_eq!(found.ranking(), [2, 1].map(SampleIndex::new));
        assert_near(found.score(SampleIndex::new(0)), 0.0);
        assert_near(found.score(SampleIndex::new(2)), 1.0 - 0.5 * 0.7);
        let suspects = found.suspects();
        assert_eq!(suspects.iter().map(|suspect| suspect.sample).collect::<Vec<_>>(), [2, 1].map(SampleIndex::new));
        assert!(!found.accused(SampleIndex::new(0)) && found.accused(SampleIndex::new(1)));
    }

    #[test]
    fn names_and_bits_are_one_to_one() {
        for (at, signal) in Signal::ALL.iter().copied().enumerate() {
            assert_eq!(signal.bit(), at as u32);
            assert_eq!(signal.word().parse(), Ok(signal));
            assert!((0.0..=1.0).contains(&signal.weight()) && !signal.label().is_empty());
        }
    }
}
