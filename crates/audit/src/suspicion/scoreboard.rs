//! The scoreboard: how often each signal was right, according to the people who judged.
//!
//! Counts only: the decisions come from [`Decisions`], and [`SignalWeights`] turns the counts into
//! weights.

use tilejury_data::TileSlot;

use super::findings::{Finding, Findings};
use super::relevance::{FeatureTable, FeatureWeights, FitCounts};
use super::signal::Signal;
use super::signal_score::SignalScore;
use super::weights::{RankingWeights, SignalWeights};
use crate::decisions::{Decision, Decisions, SampleDecisions};
use crate::judgement::{Relevance, Verdict};
use crate::time::Timestamp;

/// The scores of all signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoreboard {
    /// One score per signal over all judgements, in the order of [`Signal::ALL`].
    pub scores: Vec<SignalScore>,
    /// The scores that the weights follow: the same, without judgements up to the given time.
    pub weighing: Vec<SignalScore>,
    /// The weights that follow from the scores, and from the judged negatives that have values.
    pub weights: RankingWeights,
    /// The features that have values in the set, the intercept first; empty if nothing is known of
    /// its negatives.
    pub features: Vec<FeatureWeight>,
    /// The judged negatives that the weights of the features were fitted to.
    pub fitted: FitCounts,
}

/// The weight of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureWeight {
    /// Its name, as [`Feature::name`](super::Feature::name) returns it; `intercept` for the
    /// log-odds without any evidence.
    pub name: String,
    /// Its name for a person.
    pub label: String,
    /// The default.
    pub default: f32,
    /// The weight that scores use.
    pub weight: f32,
}

impl Scoreboard {
    /// Counts the outcomes. Judgements up to `since`, if given, do not count for the weights. Reads
    /// no row: with all of 49,020 rows judged and four findings each, it takes some 10 ms.
    pub fn count(findings: &Findings, decisions: &Decisions, since: Option<Timestamp>) -> Self {
        let raised = raised(findings);
        let scores = judged(raised.clone(), findings, decisions, None);
        let weighing = if since.is_none() { scores.clone() } else { judged(raised, findings, decisions, since) };
        let signals = SignalWeights::measured(&weighing);
        let (features, fitted) = fit_features(findings, decisions, since, signals);
        let named = named_features(findings.features(), &features);
        Self { weights: RankingWeights { signals, features }, scores, weighing, features: named, fitted }
    }
}

fn named_features(table: &FeatureTable, weights: &FeatureWeights) -> Vec<FeatureWeight> {
    if table.is_empty() {
        return Vec::new();
    }
    let defaults = FeatureWeights::of_table(table);
    let intercept = FeatureWeight {
        name: "intercept".to_owned(),
        label: "Any negative".to_owned(),
        default: defaults.intercept,
        weight: weights.intercept,
    };
    let known = table.features().iter().zip(0_u16..).filter(|(_, index)| table.has_values(*index));
    let named = known.map(|(feature, index)| FeatureWeight {
        name: feature.name(),
        label: feature.label(),
        default: defaults.weight(index),
        weight: weights.weight(index),
    });
    std::iter::once(intercept).chain(named).collect()
}

/// Fits the weights of the features to the negatives that a person inspected and marked as relevant
/// or not relevant.
fn fit_features(
    findings: &Findings,
    decisions: &Decisions,
    since: Option<Timestamp>,
    signals: SignalWeights,
) -> (FeatureWeights, FitCounts) {
    let table = findings.features();
    let (mut judged, mut counts) = (Vec::new(), FitCounts::default());
    for (sample, decided) in decisions.iter() {
        for (tile, decision) in decided.negatives() {
            let relevant = match decision.value {
                Relevance::Relevant => true,
                Relevance::NotRelevant => false,
                Relevance::Broken | Relevance::Unsure => continue,
            };
            let is_judged = decision.is_since(since) && !decision.only_visible;
            if is_judged && !table.of_tile(sample, tile).is_empty() {
                counts.judged += 1;
                counts.relevant += usize::from(relevant);
                counts.chosen += usize::from(decision.chosen);
                judged.push((sample, tile, relevant));
            }
        }
    }
    // The findings count by the measured weights of the signals, as they will in the scores.
    let weighed = findings.with_weights(RankingWeights { signals, ..findings.weights().clone() });
    (weighed.fit(&judged), counts)
}

/// Returns scores that count the findings, without any judgements.
fn raised(findings: &Findings) -> Vec<SignalScore> {
    let mut scores: Vec<SignalScore> = Signal::ALL.iter().copied().map(SignalScore::new).collect();
    for finding in distinct(findings.all()) {
        scores[finding.signal.bit() as usize].raised += 1;
    }
    scores
}

/// Adds the judgements to the scores.
fn judged(
    mut scores: Vec<SignalScore>,
    findings: &Findings,
    decisions: &Decisions,
    since: Option<Timestamp>,
) -> Vec<SignalScore> {
    for (sample, decided) in decisions.iter() {
        let of_sample = findings.of_sample(sample);
        for finding in distinct(of_sample) {
            let Some(outcome) = outcome(finding, of_sample, decided, since) else { continue };
            let score = &mut scores[finding.signal.bit() as usize];
            if outcome.only_visible {
                score.confirmed_by_accept += 1;
                continue;
            }
            score.judged += 1;
            score.confirmed += usize::from(outcome.confirmed);
            score.chosen += usize::from(outcome.chosen);
        }
    }
    scores
}

/// Returns the findings without repeats; they are sorted by sample, tile and signal.
fn distinct(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    let same = |a: &Finding, b: &Finding| (a.sample, a.tile, a.signal) == (b.sample, b.tile, b.signal);
    findings.chunk_by(same).filter_map(<[Finding]>::first)
}

/// The outcome of a judged finding.
struct JudgedOutcome {
    confirmed: bool,
    chosen: bool,
    /// Whether the tile was merely visible when its row was accepted: the finding counts as not
    /// judged.
    only_visible: bool,
}

/// Returns the outcome of a finding; `None` if it was not judged.
fn outcome(
    finding: &Finding,
    of_sample: &[Finding],
    sample: &SampleDecisions,
    since: Option<Timestamp>,
) -> Option<JudgedOutcome> {
    let verdict = || sample.verdict.filter(|verdict| verdict.is_since(since));
    let by_verdict = |confirming: Option<Verdict>| {
        verdict().map(|verdict| JudgedOutcome {
            confirmed: Some(verdict.value) == confirming,
            chosen: verdict.chosen,
            only_visible: false,
        })
    };
    let by_relevance = |tile: TileSlot, confirming: Relevance| {
        let decided = sample.tile(tile).filter(|decided| decided.is_since(since))?;
        let confirmed = decided.value == confirming;
        Some(JudgedOutcome { confirmed, chosen: decided.chosen, only_visible: decided.only_visible })
    };
    match (finding.signal, finding.tile) {
        (Signal::MiningHole, _) => {
            let is_positive =
                |tile: TileSlot| of_sample.iter().any(|f| f.signal == Signal::OwnPositive && f.tile == Some(tile));
            let counts = |tile: TileSlot, decided: &Decision<Relevance>| {
                decided.is_since(since) && decided.value == Relevance::Relevant && !is_positive(tile)
            };
            let relevant = sample.negatives().filter(|(tile, decided)| counts(*tile, decided));
            let all = relevant.map(|(_, decided)| (decided.chosen, decided.only_visible));
            let all = all.reduce(|a, b| (a.0 || b.0, a.1 && b.1));
            let confirmed = |(chosen, only_visible)| JudgedOutcome { confirmed: true, chosen, only_visible };
            all.map(confirmed).or_else(|| by_verdict(None))
        }
        (Signal::Repeated | Signal::SplitLeak, _) | (_, None) => by_verdict(Some(Verdict::Reject)),
        (Signal::Blank | Signal::Unreadable, Some(tile)) => by_relevance(tile, Relevance::Broken),
        (
            Signal::OwnPositive
            | Signal::OtherPositive
            | Signal::SamePage
            | Signal::Margin
            | Signal::Hub
            | Signal::SameBytes
            | Signal::SamePixels
            | Signal::NearPicture
            | Signal::Review
            | Signal::AnswerInText
            | Signal::TextOverlap
            | Signal::ModelsDisagree,
            Some(tile),
        ) => by_relevance(tile, if tile.is_positive() { Relevance::NotRelevant } else { Relevance::Relevant }),
    }
}
