//! How often each signal was right, by the word of people who looked.
//!
//! Counts only; what was decided comes from [`Decisions`], and how it moves the ranking is [`SignalWeights`]' to say.

use super::findings::{Finding, Findings};
use super::signal::Signal;
use super::signal_score::SignalScore;
use super::weights::SignalWeights;
use crate::decisions::{Decision, Decisions, SampleDecisions};
use crate::judgement::{Relevance, Verdict};
use crate::time::Timestamp;

/// All signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoreboard {
    /// One score a signal, in the order of [`Signal::ALL`], over all judgements.
    pub scores: Vec<SignalScore>,
    /// The scores that the weights go by: the same, but for judgements before the moment that was named.
    pub weighing: Vec<SignalScore>,
    /// What follows from them.
    pub weights: SignalWeights,
}

impl Scoreboard {
    /// Counts. Judgements up to `since`, if that is named, stay out of the weights. No row is read: where all of
    /// 49,020 rows are judged, with four findings each, it takes some 10 ms.
    pub fn count(findings: &Findings, looks: &Decisions, since: Option<Timestamp>) -> Self {
        let raised = raised(findings);
        let scores = judged(raised.clone(), findings, looks, None);
        let weighing = if since.is_none() { scores.clone() } else { judged(raised, findings, looks, since) };
        Self { weights: SignalWeights::measured(&weighing), scores, weighing }
    }
}

/// Scores with what was raised, and nothing judged.
fn raised(findings: &Findings) -> Vec<SignalScore> {
    let mut scores: Vec<SignalScore> = Signal::ALL.iter().copied().map(SignalScore::new).collect();
    for finding in each(findings.all()) {
        scores[finding.signal.bit() as usize].raised += 1;
    }
    scores
}

/// Adds what was judged.
fn judged(
    mut scores: Vec<SignalScore>,
    findings: &Findings,
    looks: &Decisions,
    since: Option<Timestamp>,
) -> Vec<SignalScore> {
    for (sample, look) in looks.iter() {
        let of_sample = findings.of_sample(sample);
        for finding in each(of_sample) {
            let Some(outcome) = outcome(finding, of_sample, look, since) else { continue };
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

/// The findings without repeats: they are sorted by sample, tile and signal.
fn each(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    let same = |a: &Finding, b: &Finding| (a.sample, a.tile, a.signal) == (b.sample, b.tile, b.signal);
    findings.chunk_by(same).filter_map(<[Finding]>::first)
}

/// What became of a finding that was judged.
struct JudgedOutcome {
    confirmed: bool,
    chosen: bool,
    /// The tile was merely visible when its row was accepted: the finding counts as not judged.
    only_visible: bool,
}

/// `None` where the finding was not judged.
fn outcome(
    finding: &Finding,
    of_sample: &[Finding],
    look: &SampleDecisions,
    since: Option<Timestamp>,
) -> Option<JudgedOutcome> {
    let verdict = || look.verdict.filter(|verdict| verdict.is_since(since));
    let by_verdict = |confirming: Option<Verdict>| {
        verdict().map(|verdict| JudgedOutcome {
            confirmed: Some(verdict.value) == confirming,
            chosen: verdict.chosen,
            only_visible: false,
        })
    };
    match (finding.signal, finding.tile) {
        (Signal::MiningHole, _) => {
            let is_positive =
                |place: usize| of_sample.iter().any(|f| f.signal == Signal::OwnPositive && f.tile == Some(place));
            let counts = |place: usize, decided: &Decision<Relevance>| {
                decided.is_since(since) && decided.value == Relevance::Relevant && !is_positive(place)
            };
            let relevant = look.negatives().filter(|(place, decided)| counts(*place, decided));
            let all = relevant.map(|(_, decided)| (decided.chosen, decided.only_visible));
            let all = all.reduce(|a, b| (a.0 || b.0, a.1 && b.1));
            let of = |(chosen, only_visible)| JudgedOutcome { confirmed: true, chosen, only_visible };
            all.map(of).or_else(|| by_verdict(None))
        }
        (Signal::Repeated | Signal::SplitLeak, _) | (_, None) => by_verdict(Some(Verdict::Reject)),
        (signal, Some(place)) => {
            let decided = look.tile(place).filter(|decided| decided.is_since(since))?;
            let confirming = match (signal, place) {
                (Signal::Blank | Signal::Unreadable, _) => Relevance::Broken,
                (_, 0) => Relevance::NotRelevant,
                _ => Relevance::Relevant,
            };
            let confirmed = decided.value == confirming;
            Some(JudgedOutcome { confirmed, chosen: decided.chosen, only_visible: decided.only_visible })
        }
    }
}
