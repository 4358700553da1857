//! Histograms of what mining recorded in the rows: the positive's rank and score, and how close the
//! best negative's score is to it.

use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_data::{Dataset, SampleIndex, TilePath};

use super::Bar;
use crate::suspicion::{SuspicionSettings, mining_record};

/// The ranks that have a bar of their own; higher ones share bars that grow.
const SINGLE_RANKS: usize = 5;

/// The number of bars of a histogram of scores.
const SCORE_BARS: usize = 10;

/// The histograms. Each is empty if no row has its field.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MiningBars {
    /// The positive's rank.
    pub positive_rank: Vec<Bar>,
    /// The positive's score.
    pub positive_score: Vec<Bar>,
    /// The score of the best negative as a share of the positive's: 1 is as high.
    pub margin: Vec<Bar>,
}

/// Counts row by row.
#[derive(Default)]
pub(super) struct MiningCounter {
    /// By rank: rows, and the judged ones. 0 is a positive without a rank: it was not retrieved, or
    /// nothing is recorded.
    ranks: BTreeMap<u64, (usize, usize)>,
    /// The scores, with whether the row is judged.
    scores: Vec<(f64, bool)>,
    /// The fields that ranks and scores were first found in: this stage's, or that of its source.
    rank_field: Option<&'static str>,
    score_field: Option<&'static str>,
    margins: Vec<(f64, bool)>,
}

impl MiningCounter {
    pub(super) fn add(&mut self, dataset: &Dataset, sample: SampleIndex, judged: bool) {
        let record = mining_record::read(dataset, sample);
        if record.positive_rank.is_some() {
            self.rank_field =
                self.rank_field.or_else(|| field_of(dataset, sample, ["positive_rank", "source_positive_rank"]));
        }
        let rank = record.positive_rank.unwrap_or(0.0);
        let bar = self.ranks.entry(rank.clamp(0.0, u64::MAX as f64) as u64).or_default();
        *bar = (bar.0 + 1, bar.1 + usize::from(judged));
        let Some(positive) = record.positive_score.filter(|score| score.is_finite() && *score != 0.0) else { return };
        self.score_field =
            self.score_field.or_else(|| field_of(dataset, sample, ["positive_score", "source_positive_score"]));
        self.scores.push((positive, judged));
        let Ok(row) = dataset.row(sample) else { return };
        let negatives: Vec<_> = row.negatives.iter().map(|path| TilePath::normal(path)).collect();
        let scored = record.retrieved.iter().flatten().filter(|tile| negatives.contains(&TilePath::normal(&tile.path)));
        let best = scored.filter_map(|tile| tile.score).filter(|score| score.is_finite()).max_by(f64::total_cmp);
        if let Some(best) = best.filter(|_| positive > 0.0) {
            self.margins.push((best / positive, judged));
        }
    }

    pub(super) fn bars(&self) -> MiningBars {
        MiningBars {
            positive_rank: self.rank_bars(),
            positive_score: bars(&self.scores, |from, to| match (self.score_field, to) {
                (None, _) => String::new(),
                (Some(field), Some(to)) => format!("{field}:>={from} {field}:<{to}"),
                (Some(field), None) => format!("{field}:>={from}"),
            }),
            margin: bars(&self.margins, |from, _| match from >= f64::from(SuspicionSettings::default().margin) {
                true => "signal:margin".to_owned(),
                false => String::new(),
            }),
        }
    }

    fn rank_bars(&self) -> Vec<Bar> {
        if self.rank_field.is_none() {
            return Vec::new();
        }
        let mut bars: BTreeMap<u64, Bar> = BTreeMap::new();
        for (rank, (rows, judged)) in &self.ranks {
            // 6 to 10, 11 to 20, 21 to 40, and so on.
            let (mut from, mut to) = (*rank, *rank);
            if *rank > SINGLE_RANKS as u64 {
                (from, to) = (SINGLE_RANKS as u64 + 1, 2 * SINGLE_RANKS as u64);
                while *rank > to {
                    (from, to) = (to + 1, to.saturating_mul(2));
                }
            }
            let label = match (from, to) {
                (0, 0) => "none".to_owned(),
                (from, to) if from == to => from.to_string(),
                (from, to) => format!("{from}–{to}"),
            };
            let bar = bars.entry(from).or_insert_with(|| {
                let search = match (self.rank_field, from) {
                    (None, _) => String::new(),
                    (Some(field), 0) => format!("{field}:0,none"),
                    (Some(field), _) => format!("{field}:{from}..{to}"),
                };
                Bar { label, search, ..Bar::default() }
            });
            bar.rows += rows;
            bar.judged += judged;
        }
        bars.into_values().collect()
    }
}

/// The bars of equal width from the smallest to the largest value. `search` is given the ends of a
/// bar; the last has no upper end.
fn bars(values: &[(f64, bool)], search: impl Fn(f64, Option<f64>) -> String) -> Vec<Bar> {
    let numbers = || values.iter().map(|(value, _)| *value);
    let (Some(low), Some(high)) = (numbers().min_by(f64::total_cmp), numbers().max_by(f64::total_cmp)) else {
        return Vec::new();
    };
    let count = if low < high { SCORE_BARS } else { 1 };
    let width = (high - low) / count as f64;
    let bounds: Vec<f64> = (0..count).map(|at| low + at as f64 * width).collect();
    let mut bars: Vec<Bar> = bounds
        .iter()
        .enumerate()
        .map(|(at, from)| Bar {
            label: format!("{from:.2}"),
            search: search(*from, bounds.get(at + 1).copied()),
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
    bars
}

/// The first of these fields that a row has.
fn field_of(dataset: &Dataset, sample: SampleIndex, names: [&'static str; 2]) -> Option<&'static str> {
    let line = dataset.split_of(sample).line_bytes(dataset.entry(sample).row as usize);
    names.into_iter().find(|name| tilejury_data::raw_fields::field(line, name).is_some())
}
