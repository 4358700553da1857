//! All findings of a set, by sample, and the scores that they add up to.
//!
//! Stores findings and adds them up; neither finds nor words them.

use std::ops::Range;
use std::sync::Arc;

use tilejury_data::{SampleIndex, TileSlot};
use tilejury_rows::rows_in_order;

use super::evidence::Evidence;
use super::relevance::{EvidenceSource, FeatureTable, FeatureWeights, JudgedNegative, fit, probability, raise};
use super::row_values::RowValues;
use super::signal::Signal;
use super::weights::RankingWeights;
use crate::progress::Cancelled;

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

    /// Whether the features of its tile hold its value already, so that it must not count twice.
    fn is_in_features(&self) -> bool {
        matches!(self.evidence, Evidence::External(_)) && self.tile.is_some_and(|tile| !tile.is_positive())
    }
}

/// The contribution of one source to the score of a tile.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceShare {
    /// The source.
    pub source: EvidenceSource,
    /// The amount by which it raises the log-odds; below 0 if it lowers them.
    pub log_odds: f32,
}

/// The score from which on a tile or row more likely has a defect than not.
pub const LIKELY: f32 = 0.5;

/// The findings of a set, and what else is known about its negatives.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// By sample, then by tile (the sample as a whole first), then by signal.
    all: Arc<Vec<Finding>>,
    /// The index of each sample's first finding; one more entry than samples.
    starts: Arc<Vec<u32>>,
    /// The values of the negatives about which other programs or texts say something.
    features: Arc<FeatureTable>,
    /// The values of the rows as a whole.
    values: Arc<RowValues>,
    weights: RankingWeights,
    scores: Vec<f32>,
    ranking: Vec<SampleIndex>,
}

impl Findings {
    /// Sorts the findings of a set of that many samples, and adds them up with the values of the
    /// negatives, by the default weights.
    pub fn new(samples: usize, all: Vec<Finding>, features: FeatureTable) -> Self {
        let weights = RankingWeights { features: FeatureWeights::of_table(&features), ..RankingWeights::default() };
        Self::sorted(samples, all, Arc::new(features), weights)
    }

    fn sorted(samples: usize, mut all: Vec<Finding>, features: Arc<FeatureTable>, weights: RankingWeights) -> Self {
        all.sort_by_key(|finding| (finding.sample, finding.tile, finding.signal));
        let mut starts = vec![0; samples + 1];
        if !all.is_empty() {
            let mut at = 0;
            for (sample, start) in starts.iter_mut().enumerate() {
                while all.get(at).is_some_and(|finding| finding.sample.index() < sample) {
                    at += 1;
                }
                *start = at as u32;
            }
        }
        let starts = Arc::new(starts);
        Self { starts, all: Arc::new(all), features, weights, ..Self::default() }.with_scores(samples)
    }

    /// Computes every score and the ranking with the current weights, on all cores.
    fn with_scores(mut self, samples: usize) -> Self {
        // Takes no time and no memory: a set that was just opened has no findings.
        self.scores = vec![0.0; samples];
        if self.all.is_empty() && self.features.is_empty() {
            return self;
        }
        let of_rows = |range: Range<usize>| {
            let known = range.map(SampleIndex::new).filter(|sample| self.is_known(*sample));
            let score = |sample: SampleIndex| {
                let (highest, sum) = self.highest_and_sum(sample);
                let ranks = self.accused(sample) || self.features.tiles_of(sample).next().is_some();
                (highest, sum, sample, ranks)
            };
            Ok(known.map(score).collect::<Vec<_>>())
        };
        let (mut scores, mut ranked) = (vec![0.0; samples], Vec::new());
        // Nobody cancels it.
        let _: Result<(), Cancelled> = rows_in_order(samples, of_rows, |part| {
            for (highest, sum, sample, ranks) in part {
                scores[sample.index()] = highest;
                if ranks {
                    ranked.push((highest, sum, sample));
                }
            }
        });
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        self.ranking = ranked.into_iter().map(|(.., sample)| sample).collect();
        self.scores = scores;
        self
    }

    /// Adds the values of the rows as a whole.
    #[must_use]
    pub(super) fn with_values(self, values: RowValues) -> Self {
        Self { values: Arc::new(values), ..self }
    }

    /// The values of the rows as a whole; of no row if the rows were not read for them.
    pub fn row_values(&self) -> &RowValues {
        &self.values
    }

    /// Adds findings of the same set, such as those of signals that end later; then sorts, and
    /// computes the scores again with the current weights.
    #[must_use]
    pub fn with(self, more: impl IntoIterator<Item = Finding>) -> Self {
        let samples = self.scores.len();
        let more = more.into_iter().filter(|finding| finding.sample.index() < samples);
        let all = Arc::unwrap_or_clone(self.all).into_iter().chain(more).collect();
        Self { values: self.values, ..Self::sorted(samples, all, self.features, self.weights) }
    }

    /// Returns the same findings, scored and ranked with other weights. The findings themselves are
    /// shared, not copied.
    #[must_use]
    pub fn weighed(&self, weights: &RankingWeights) -> Self {
        self.with_weights(weights.clone()).with_scores(self.scores.len())
    }

    /// Fits the weights of the features to negatives that were judged relevant or not. Negatives
    /// without values have no effect. Without any, the weights are the defaults.
    pub fn fit(&self, judged: &[(SampleIndex, TileSlot, bool)]) -> FeatureWeights {
        let negative = |(sample, tile, relevant): &(SampleIndex, TileSlot, bool)| {
            let values = self.features.of_tile(*sample, *tile);
            let offset = self.raised_by(self.concerning(*sample, *tile), values);
            (!values.is_empty()).then_some(JudgedNegative { values, offset, relevant: *relevant })
        };
        fit(&self.features, &judged.iter().filter_map(negative).collect::<Vec<_>>())
    }

    /// Returns the same findings with other weights, but neither scored nor ranked.
    pub(super) fn with_weights(&self, weights: RankingWeights) -> Self {
        let (all, starts, features) = (self.all.clone(), self.starts.clone(), self.features.clone());
        Self { all, starts, features, values: self.values.clone(), weights, ..Self::default() }
    }

    /// Returns the weights of the scores.
    pub fn weights(&self) -> &RankingWeights {
        &self.weights
    }

    /// Returns the weights of these findings for others of the same set. If the others have other
    /// features, those have their own weights.
    #[must_use]
    pub fn weights_for(&self, others: &Self) -> RankingWeights {
        let same = self.features.features() == others.features.features();
        let features = if same { &self.weights.features } else { &others.weights.features };
        RankingWeights { signals: self.weights.signals, features: features.clone() }
    }

    /// Returns weights from an earlier session, as far as they fit these findings: the features may
    /// be others by now.
    pub fn fitting_weights(&self, kept: &RankingWeights) -> RankingWeights {
        let fits = kept.features.weights.len() == self.features.features().len();
        let features = if fits { &kept.features } else { &self.weights.features };
        RankingWeights { signals: kept.signals, features: features.clone() }
    }

    /// Returns the values of the negatives, from other programs and texts.
    pub fn features(&self) -> &FeatureTable {
        &self.features
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

    /// Returns the score of a tile of a sample, 0 to 1: the probability of a defect by the logistic
    /// model in `relevance`, in which findings and the values of a negative add to the log-odds as
    /// if they were independent. 0 if nothing accuses the tile and no value of it is known.
    pub fn tile_score(&self, sample: SampleIndex, tile: TileSlot) -> f32 {
        let values = self.features.of_tile(sample, tile);
        self.score_of(self.concerning(sample, tile), values)
    }

    /// Returns the contributions of all sources to the score of a tile; empty if the score is 0.
    pub fn shares(&self, sample: SampleIndex, tile: TileSlot) -> Vec<EvidenceShare> {
        if self.tile_score(sample, tile) == 0.0 {
            return Vec::new();
        }
        let share = |source, log_odds| EvidenceShare { source, log_odds };
        let mut shares = vec![share(EvidenceSource::Prior, self.weights.features.intercept)];
        let values = self.features.of_tile(sample, tile);
        let raised = self.raised_by(self.concerning(sample, tile), values);
        if raised > 0.0 {
            shares.push(share(EvidenceSource::Signals, raised));
        }
        for (feature, value) in values {
            let source = &self.features.features()[usize::from(*feature)].source;
            let log_odds = self.weights.features.weight(*feature) * value;
            match shares.iter_mut().find(|share| share.source == *source) {
                Some(known) => known.log_odds += log_odds,
                None => shares.push(share(source.clone(), log_odds)),
            }
        }
        shares
    }

    /// Returns the findings that concern a tile of a sample: see [`Finding::concerns`]. By binary
    /// search, since a row may have very many tiles.
    pub fn concerning(&self, sample: SampleIndex, tile: TileSlot) -> impl Iterator<Item = &Finding> + Clone {
        let (whole, tiles) = self.parts(sample);
        whole.iter().filter(move |finding| finding.concerns(tile)).chain(of_tile(tiles, tile))
    }

    /// Returns the findings on a tile of a sample itself.
    pub fn of_tile(&self, sample: SampleIndex, tile: TileSlot) -> &[Finding] {
        of_tile(self.parts(sample).1, tile)
    }

    /// Returns the findings on a sample as a whole.
    pub fn of_whole(&self, sample: SampleIndex) -> &[Finding] {
        self.parts(sample).0
    }

    /// Returns the findings on the sample as a whole, and those on its tiles.
    fn parts(&self, sample: SampleIndex) -> (&[Finding], &[Finding]) {
        let findings = self.of_sample(sample);
        findings.split_at(findings.partition_point(|finding| finding.tile.is_none()))
    }

    /// Returns the score of a sample as a whole, 0 to 1, without its tiles.
    pub fn whole_score(&self, sample: SampleIndex) -> f32 {
        self.score_of(self.parts(sample).0.iter(), &[])
    }

    /// Returns the samples with a finding that accuses or with values of negatives, the most
    /// suspect first; of equal scores the one with the higher sum first, then by index.
    pub fn ranking(&self) -> &[SampleIndex] {
        &self.ranking
    }

    /// Whether any finding accuses the sample or one of its tiles: see [`Signal::accuses`].
    pub fn accused(&self, sample: SampleIndex) -> bool {
        self.of_sample(sample).iter().any(|finding| finding.signal.accuses())
    }

    /// Returns the highest score of a sample's parts, and the sum over them.
    pub(crate) fn highest_and_sum(&self, sample: SampleIndex) -> (f32, f32) {
        let whole = self.whole_score(sample);
        let parts = self.known_tiles(sample).into_iter().map(|tile| self.tile_score(sample, tile));
        parts.fold((whole, whole), |(highest, sum), part| (highest.max(part), sum + part))
    }

    /// Returns the tiles of a sample that have findings of their own or values, in the order of
    /// their slots.
    pub fn known_tiles(&self, sample: SampleIndex) -> Vec<TileSlot> {
        let found = self.parts(sample).1.iter().filter_map(|finding| finding.tile);
        let mut tiles: Vec<TileSlot> = found.chain(self.features.tiles_of(sample)).collect();
        tiles.sort_unstable();
        tiles.dedup();
        tiles
    }

    /// Returns the samples that have findings or values, in their order.
    pub(super) fn known_samples(&self) -> impl Iterator<Item = SampleIndex> {
        SampleIndex::first(self.scores.len()).filter(|sample| self.is_known(*sample))
    }

    fn is_known(&self, sample: SampleIndex) -> bool {
        !self.of_sample(sample).is_empty() || self.features.tiles_of(sample).next().is_some()
    }

    /// Returns the probability of a defect, given findings and the values of a negative; 0 if
    /// nothing accuses and no value is known.
    fn score_of<'f>(&self, findings: impl Iterator<Item = &'f Finding> + Clone, values: &[(u16, f32)]) -> f32 {
        if values.is_empty() && !findings.clone().any(|finding| finding.signal.accuses()) {
            return 0.0;
        }
        let features = &self.weights.features;
        probability(features.intercept + self.raised_by(findings, values) + features.sum(values))
    }

    /// Returns by how much findings raise the log-odds, beside the values of their negative. The
    /// page of a tile counts only as long as nothing is known of the tile itself.
    fn raised_by<'f>(&self, findings: impl Iterator<Item = &'f Finding>, values: &[(u16, f32)]) -> f32 {
        let counts = |signal| signal != Signal::SamePage || values.is_empty();
        let counting = findings.filter(|finding| counts(finding.signal) && !finding.is_in_features());
        counting.map(|finding| raise(self.weights.signals.weight(finding.signal) * finding.strength)).sum()
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
    use crate::suspicion::ExternalEvidence;
    use crate::suspicion::relevance::{Feature, FeatureKind, FeatureValue};

    fn finding(sample: usize, tile: Option<usize>, signal: Signal, strength: f32) -> Finding {
        let (sample, tile) = (SampleIndex::new(sample), tile.map(TileSlot::new));
        Finding { sample, tile, signal, strength, evidence: Evidence::OwnPositive }
    }

    #[track_caller]
    fn assert_near(value: f32, expected: f32) {
        assert!((value - expected).abs() < 1e-6, "{value} should be {expected}");
    }

    /// The probability that follows from two findings, each of which alone has its own.
    fn both(a: f32, b: f32) -> f32 {
        let log_odds = |probability: f32| (probability / (1.0 - probability)).ln();
        1.0 / (1.0 + (log_odds(0.1) - log_odds(a) - log_odds(b)).exp())
    }

    #[test]
    fn adds_signals_up_as_independent_evidence() {
        let found = Findings::new(
            3,
            vec![
                finding(2, Some(1), Signal::Blank, 1.0),
                finding(2, Some(1), Signal::Margin, 0.5),
                finding(2, Some(2), Signal::Hub, 0.5),
                finding(0, None, Signal::MiningHole, 1.0),
                finding(0, Some(3), Signal::Blank, 0.5),
            ],
            FeatureTable::default(),
        );
        assert_near(found.tile_score(SampleIndex::new(2), TileSlot::new(1)), both(0.6, 0.3));
        assert_near(found.tile_score(SampleIndex::new(2), TileSlot::new(2)), 0.0);
        assert_near(found.tile_score(SampleIndex::new(2), TileSlot::new(0)), 0.0);
        assert_near(found.score(SampleIndex::new(2)), both(0.6, 0.3));
        assert_near(found.tile_score(SampleIndex::new(0), TileSlot::new(0)), 0.0);
        assert_near(found.tile_score(SampleIndex::new(0), TileSlot::new(1)), 0.3);
        assert_near(found.tile_score(SampleIndex::new(0), TileSlot::new(3)), both(0.3, 0.3));
        assert_near(found.score(SampleIndex::new(0)), both(0.3, 0.3));
        assert_near(found.score(SampleIndex::new(1)), 0.0);
        assert_eq!(
            found.signals(SampleIndex::new(2)),
            1 << Signal::Blank.bit() | 1 << Signal::Margin.bit() | 1 << Signal::Hub.bit()
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
            FeatureTable::default(),
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
            FeatureTable::default(),
        );
        assert_eq!(found.ranking(), [2, 1].map(SampleIndex::new));
        assert_near(found.score(SampleIndex::new(0)), 0.0);
        assert_near(found.score(SampleIndex::new(2)), both(0.15, 0.3));
        let suspects = found.suspects();
        assert_eq!(suspects.iter().map(|suspect| suspect.sample).collect::<Vec<_>>(), [2, 1].map(SampleIndex::new));
        assert!(!found.accused(SampleIndex::new(0)) && found.accused(SampleIndex::new(1)));
    }

    /// Findings and scores of two negatives of a row: 1 and 3, a mean of 2 and a deviation of 1.
    fn with_scores(all: Vec<Finding>) -> Findings {
        let feature = Feature { kind: FeatureKind::Score, source: EvidenceSource::Scores("bge".into()) };
        let score = |tile, value| FeatureValue {
            sample: SampleIndex::new(0),
            tile: TileSlot::new(tile),
            feature: 0,
            same_language: None,
            value,
        };
        Findings::new(2, all, FeatureTable::new(vec![feature], vec![score(1, 1.0), score(2, 3.0)]))
    }

    #[test]
    fn values_raise_and_lower_scores() {
        let found = with_scores(vec![finding(0, Some(1), Signal::Blank, 1.0)]);
        let score = |tile| found.tile_score(SampleIndex::new(0), TileSlot::new(tile));
        let of = |log_odds: f32| 1.0 / (1.0 + (-log_odds).exp());
        assert_near(score(2), of((0.1_f32 / 0.9).ln() + 1.0));
        assert_near(score(1), of((0.6_f32 / 0.4).ln() - 1.0));
        let shares = found.shares(SampleIndex::new(0), TileSlot::new(1));
        let names: Vec<String> = shares.iter().map(|share| share.source.name()).collect();
        assert_eq!(names, ["prior", "signals", "scores of bge"]);
        assert_near(of(shares.iter().map(|share| share.log_odds).sum()), score(1));
        assert_eq!(found.suspects().len(), 2, "a negative is listed for its score alone");
        assert_eq!(found.suspects().iter().filter(|suspect| found.is_accused(**suspect)).count(), 1);
        assert!(found.shares(SampleIndex::new(1), TileSlot::new(1)).is_empty());
    }

    #[test]
    fn the_page_counts_only_while_nothing_else_is_known() {
        let same_page = |tile| finding(0, Some(tile), Signal::SamePage, 1.0);
        let (with, without) = (with_scores(vec![same_page(1), same_page(3)]), with_scores(Vec::new()));
        let score = |found: &Findings, tile| found.tile_score(SampleIndex::new(0), TileSlot::new(tile));
        assert_near(score(&with, 1), score(&without, 1));
        assert_near(score(&with, 3), 0.15);
    }

    #[test]
    fn findings_from_imports_count_once() {
        let mut imported = finding(0, Some(2), Signal::Margin, 1.0);
        let evidence = ExternalEvidence::HighScore { source: "bge".into(), score: 3.0, deviations: 1.0 };
        imported.evidence = Evidence::External(evidence);
        let score = |found: &Findings| found.tile_score(SampleIndex::new(0), TileSlot::new(2));
        assert_near(score(&with_scores(vec![imported])), score(&with_scores(Vec::new())));
    }

    #[test]
    fn judgements_move_the_weights_from_their_defaults() {
        let found = with_scores(Vec::new());
        assert_eq!(found.fit(&[]), found.weights().features);
        let (low, high) = (TileSlot::new(1), TileSlot::new(2));
        let judged = |low_relevant: bool| {
            let one = [(SampleIndex::new(0), low, low_relevant), (SampleIndex::new(0), high, !low_relevant)];
            found.fit(&one.repeat(200)).weights[0]
        };
        assert!(judged(false) > 1.5 && judged(true) < 0.0, "{} {}", judged(false), judged(true));
        let all_wrong = found.fit(&[(SampleIndex::new(0), low, false), (SampleIndex::new(0), high, false)].repeat(200));
        assert_eq!(all_wrong.intercept, found.weights().features.intercept, "judged negatives are no random sample");
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
