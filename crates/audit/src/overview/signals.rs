//! The signals that were raised: their rows, their findings, and how many of these were right.

use serde::Serialize;
use tilejury_data::SampleIndex;

use super::OverviewInputs;
use crate::suspicion::{Findings, Scoreboard, Signal};

/// The findings of a signal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignalCount {
    /// Its word.
    pub signal: &'static str,
    /// Its name for people.
    #[serde(skip)]
    pub label: &'static str,
    /// The number of rows with it.
    pub rows: usize,
    /// The number of those with a verdict.
    pub rows_judged: usize,
    /// The number of its findings.
    pub raised: usize,
    /// The number of those that were inspected and decided on.
    pub judged: usize,
    /// The number of judged findings that were right.
    pub confirmed: usize,
    /// The share of the judged findings that was confirmed, from 0 to 1.
    pub precision: Option<f64>,
    /// The search that lists its rows.
    pub search: String,
}

pub(super) fn counts(
    findings: &Findings,
    inputs: &OverviewInputs<'_>,
    is_judged: impl Fn(SampleIndex) -> bool,
) -> Vec<SignalCount> {
    let mut rows = [(0, 0); Signal::ALL.len()];
    for of_row in findings.all().chunk_by(|a, b| a.sample == b.sample) {
        let (bits, judged) = (findings.signals(of_row[0].sample), is_judged(of_row[0].sample));
        for (_, count) in Signal::ALL.iter().zip(&mut rows).filter(|(signal, _)| bits & 1 << signal.bit() != 0) {
            *count = (count.0 + 1, count.1 + usize::from(judged));
        }
    }
    let rows_of = |signal: Signal| {
        Signal::ALL.iter().position(|known| *known == signal).and_then(|at| rows.get(at)).copied().unwrap_or_default()
    };
    let board = Scoreboard::count(findings, inputs.decisions, inputs.since);
    let mut signals: Vec<SignalCount> = board
        .scores
        .iter()
        .filter(|score| score.raised > 0)
        .map(|score| SignalCount {
            signal: score.signal.word(),
            label: score.signal.label(),
            rows: rows_of(score.signal).0,
            rows_judged: rows_of(score.signal).1,
            raised: score.raised,
            judged: score.judged,
            confirmed: score.confirmed,
            precision: score.precision(),
            search: format!("signal:{}", score.signal.word()),
        })
        .collect();
    signals.sort_by_key(|signal| std::cmp::Reverse(signal.rows));
    signals
}
