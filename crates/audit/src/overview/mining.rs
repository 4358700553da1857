//! Histograms of what retrievers say about the rows: the positive's rank and score, and how close
//! the best negative's score is to it. The rows' own fields and each source of imported scores have
//! their own.

use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_data::SampleIndex;

use super::Bar;
use crate::search::quote;
use crate::suspicion::{OWN_FIELDS, RetrievalValue, RowValues};

/// The numbers that have a bar of their own; higher ones share bars that grow.
const SINGLE_NUMBERS: u64 = 5;

/// The number of bars that a histogram of scores should have; it may have up to twice as many.
const SCORE_BARS: f64 = 8.0;

/// The histograms of one source of ranks and scores. Each is empty if no row has its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MiningBars {
    /// The positive's rank: among everything that was searched if the rows record it, among the
    /// row's own tiles if it comes from imported scores.
    pub positive_rank: Vec<Bar>,
    /// The positive's score.
    pub positive_score: Vec<Bar>,
    /// The score of the best negative as a share of the positive's: 1 is as high.
    pub margin: Vec<Bar>,
}

/// The histograms of a source of imported scores.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportedBars {
    /// The name of the source.
    pub source: String,
    /// The histograms.
    #[serde(flatten)]
    pub bars: MiningBars,
}

/// The histograms of the rows' own fields, and those of imported scores.
pub(super) fn bars(values: &RowValues, is_judged: impl Fn(SampleIndex) -> bool) -> (MiningBars, Vec<ImportedBars>) {
    let all =
        Totals { rows: values.rows(), judged: SampleIndex::first(values.rows()).filter(|row| is_judged(*row)).count() };
    let is_only_one = values.retrievers().count() == 1;
    let (mut own, mut imported) = (MiningBars::default(), Vec::new());
    for name in values.retrievers() {
        let of = |value: RetrievalValue| -> Vec<(f64, bool)> {
            values.all_retrieved(value, name).map(|(row, number)| (number, is_judged(row))).collect()
        };
        let search = |filter: &str, wanted: &str| match is_only_one {
            true => format!("{filter}:{wanted}"),
            false => format!("{filter}:{}", quote(&format!("{name}={wanted}"))),
        };
        let bars = MiningBars {
            positive_rank: ranks(&of(RetrievalValue::Rank), all, |wanted| search("positive-rank", wanted)),
            positive_score: scores(&of(RetrievalValue::Score), all, |wanted| search("positive-score", wanted)),
            margin: scores(&of(RetrievalValue::Margin), all, |wanted| search("margin", wanted)),
        };
        match name {
            OWN_FIELDS => own = bars,
            _ => imported.push(ImportedBars { source: name.to_owned(), bars }),
        }
    }
    (own, imported)
}

/// All rows, and the judged ones.
#[derive(Clone, Copy)]
struct Totals {
    rows: usize,
    judged: usize,
}

/// The ends of the bar that a whole number belongs to: 6 to 10, 11 to 20, 21 to 40, and so on.
pub(super) fn bar_of(number: u64) -> (u64, u64) {
    if number <= SINGLE_NUMBERS {
        return (number, number);
    }
    let (mut from, mut to) = (SINGLE_NUMBERS + 1, 2 * SINGLE_NUMBERS);
    while number > to {
        (from, to) = (to + 1, to.saturating_mul(2));
    }
    (from, to)
}

fn ranks(values: &[(f64, bool)], all: Totals, search: impl Fn(&str) -> String) -> Vec<Bar> {
    let mut bars: BTreeMap<u64, Bar> = BTreeMap::new();
    for (rank, judged) in values {
        let (from, to) = bar_of(rank.clamp(0.0, u64::MAX as f64) as u64);
        let bar = bars.entry(from).or_insert_with(|| match from == to {
            true => Bar { label: from.to_string(), search: search(&from.to_string()), ..Bar::default() },
            // A rank between two whole numbers belongs to the lower one.
            false => Bar {
                label: format!("{from}–{to}"),
                search: search(&format!("{from}..<{}", to.saturating_add(1))),
                ..Bar::default()
            },
        });
        bar.rows += 1;
        bar.judged += usize::from(*judged);
    }
    with_none(bars.into_values().collect(), values, all, search)
}

/// Bars of equal width, with round ends, from the smallest to the largest value.
fn scores(values: &[(f64, bool)], all: Totals, search: impl Fn(&str) -> String) -> Vec<Bar> {
    let numbers = || values.iter().map(|(value, _)| *value);
    let (Some(low), Some(high)) = (numbers().min_by(f64::total_cmp), numbers().max_by(f64::total_cmp)) else {
        return Vec::new();
    };
    // A single value has a bar around it.
    let width = if low < high { (high - low) / SCORE_BARS } else { low.abs() / 100.0 };
    let (step, decimals) = round_step(width);
    let first = (low / step).floor();
    let count = ((high / step).floor() - first) as usize + 1;
    // The ends are the numbers that are written, so that a search for them counts the same rows.
    let written = |at: usize| format!("{:.decimals$}", (first + at as f64) * step);
    let bounds: Vec<f64> = (0..=count).map(|at| written(at).parse().unwrap_or(f64::NAN)).collect();
    let mut bars: Vec<Bar> = (0..count)
        .map(|at| Bar {
            label: written(at),
            search: search(&format!("{}..<{}", written(at), written(at + 1))),
            ..Bar::default()
        })
        .collect();
    for (value, judged) in values {
        let at = bounds.partition_point(|bound| bound <= value).saturating_sub(1);
        if let Some(bar) = bars.get_mut(at) {
            bar.rows += 1;
            bar.judged += usize::from(*judged);
        }
    }
    with_none(bars, values, all, search)
}

/// The next round number, 1, 2 or 5 times a power of ten, with the number of its decimals.
fn round_step(width: f64) -> (f64, usize) {
    if !(width.is_finite() && width > 1e-6) {
        return (1e-6, 6);
    }
    let power = width.log10().floor();
    let base = 10_f64.powf(power);
    let step = [1.0, 2.0, 5.0].map(|factor| factor * base).into_iter().find(|step| *step >= width * 0.999_999);
    let (step, power) = step.map_or((10.0 * base, power + 1.0), |step| (step, power));
    (step, (-power).max(0.0) as usize)
}

/// Adds a bar for the rows without a value, if there are such.
fn with_none(mut bars: Vec<Bar>, values: &[(f64, bool)], all: Totals, search: impl Fn(&str) -> String) -> Vec<Bar> {
    let judged = values.iter().filter(|(_, judged)| *judged).count();
    if !bars.is_empty() && values.len() < all.rows {
        let rows = all.rows - values.len();
        bars.push(Bar::none(rows, all.judged - judged, search("none")));
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_steps_are_one_two_or_five() {
        let check = |width: f64, expected: (f64, usize)| {
            let (step, decimals) = round_step(width);
            assert!((step - expected.0).abs() < 1e-9 && decimals == expected.1, "{width}: {step} {decimals}");
        };
        check(0.011, (0.02, 2));
        check(0.05, (0.05, 2));
        check(0.07, (0.1, 1));
        check(3.0, (5.0, 0));
        check(60.0, (100.0, 0));
        check(0.0, (1e-6, 6));
    }

    #[test]
    fn scores_fill_bars_with_round_ends() {
        let values: Vec<(f64, bool)> = [0.51, 0.55, 0.6, 0.88].iter().map(|value| (*value, false)).collect();
        let bars = scores(&values, Totals { rows: 5, judged: 0 }, |wanted| wanted.to_owned());
        let filled: Vec<String> =
            bars.iter().filter(|bar| bar.rows > 0).map(|bar| format!("{} {}", bar.search, bar.rows)).collect();
        assert_eq!(filled, ["0.50..<0.55 1", "0.55..<0.60 1", "0.60..<0.65 1", "0.85..<0.90 1", "none 1"]);
    }
}
