//! How often each signal was right, by the word of people who looked.
//!
//! Counts only; what was decided comes from [`Decisions`], and how it moves the ranking is [`SignalWeights`]' to say.

use super::findings::{Finding, Findings};
use super::signal::Signal;
use super::weights::SignalWeights;
use crate::decisions::{Decision, Decisions, SampleDecisions};
use crate::interval::wilson;
use crate::judgement::{Relevance, Verdict};
use crate::time::Timestamp;

/// How one signal did.
///
/// *Raised* are its findings; of several about one tile, one counts. *Judged* are those of them that a person looked at and
/// decided on. For a finding about a tile: it was called relevant, not relevant or broken, and that was not carried over from
/// another row; “unsure” decides nothing. *Confirmed* are those of the judged that the person agreed with: a negative is relevant,
/// a positive is not relevant, and what is blank or unreadable is broken.
///
/// A tile that was merely visible when its row was accepted was not looked at by itself: a finding about it is not judged, and
/// counts as *confirmed by accept* instead, in no rate and no weight. One that had been in focus, compared or enlarged before
/// is judged.
///
/// Three signals tell of rows, where nothing that is said of the tile could confirm them. They are judged by the verdict, accept
/// or reject: `repeated` and `split-leak` are confirmed by a reject. `mining-hole` says that the negatives were not filtered: it is
/// confirmed by any negative that was judged relevant (the row's own positive among them aside), and judged by that or by the
/// verdict.
///
/// What was looked at because it was suspect counts here, since what is measured is how often a signal is right about what it
/// raises. But such samples are chosen by the scores, the strongest first, so the rate may be flattered against all that was
/// raised: [`Self::chosen`] says how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalScore {
    /// Which signal.
    pub signal: Signal,
    /// How many findings it has.
    pub raised: usize,
    /// How many of those were looked at and decided on.
    pub judged: usize,
    /// How many of those were right.
    pub confirmed: usize,
    /// How many of the judged came up because they were suspect.
    pub chosen: usize,
    /// How many of the others are about tiles that accepting their rows confirmed, though nobody inspected them. In no rate.
    pub confirmed_by_accept: usize,
}

impl SignalScore {
    /// Nothing raised yet.
    pub(super) fn new(signal: Signal) -> Self {
        Self { signal, raised: 0, judged: 0, confirmed: 0, chosen: 0, confirmed_by_accept: 0 }
    }

    /// The share of the judged that was confirmed, 0 to 1; `None` where nothing was judged.
    pub fn precision(&self) -> Option<f64> {
        (self.judged > 0).then(|| self.confirmed as f64 / self.judged as f64)
    }

    /// The 95 % interval of [`Self::precision`]: see [`wilson`].
    pub fn interval(&self) -> Option<(f64, f64)> {
        wilson(self.confirmed, self.judged)
    }
}

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
