//! Counts of all rows, made row by row: the progress of each split, the rows by their score and by
//! their number of negatives, and those that are wrong or likely wrong.

use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_data::SampleIndex;

use super::bar::Bar;
use super::{OverviewInputs, ROWS_PER_REPORT, mining, problems};
use crate::judgement::Verdict;
use crate::progress::{Cancelled, Progress, Stage};
use crate::search::quote;
use crate::suspicion::{LIKELY, RowValues, decimal};

/// The number of bars of a histogram of suspicion.
const SUSPICION_BARS: usize = 10;

/// The largest number of different numbers of negatives of which each has a bar.
const SINGLE_BARS: usize = 12;

/// The verdicts in a split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SplitProgress {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// The accepted ones.
    pub accepted: usize,
    /// The rejected ones.
    pub rejected: usize,
    /// The unsure ones.
    pub unsure: usize,
    /// The search that lists them.
    pub search: String,
}

impl SplitProgress {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), search: format!("split:{}", quote(name)), ..Self::default() }
    }

    fn add(&mut self, verdict: Option<Verdict>) {
        self.rows += 1;
        match verdict {
            Some(Verdict::Accept) => self.accepted += 1,
            Some(Verdict::Reject) => self.rejected += 1,
            Some(Verdict::Unsure) => self.unsure += 1,
            None => {}
        }
    }

    /// The rows with a verdict.
    pub fn judged(&self) -> usize {
        self.accepted + self.rejected + self.unsure
    }
}

/// The counts over all rows.
pub(super) struct RowTotals {
    /// The rows with a verdict.
    pub(super) judged: usize,
    /// The rows with a score of 50 % or more that are not certainly wrong, and the judged ones.
    pub(super) likely: (usize, usize),
    /// The rows with the query and the positive of an earlier one, and the judged ones.
    pub(super) repeated: (usize, usize),
    /// The progress of each split, in the dataset's order.
    pub(super) splits: Vec<SplitProgress>,
    /// The rows with a fault that is certain, whatever the negatives of the set, and the judged
    /// ones.
    faulty: (usize, usize),
    /// The other rows without negatives, and the judged ones.
    faultless_without_negatives: (usize, usize),
    /// All rows and the judged ones by the number of negatives.
    negatives: BTreeMap<u64, (usize, usize)>,
    /// All rows and the judged ones: those without a score, then those of each bar.
    suspicion: Vec<(usize, usize)>,
}

impl RowTotals {
    /// Counts the rows. `values` are those of the findings from rows, once there are any: before,
    /// every row is parsed.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub(super) fn count(
        inputs: &OverviewInputs<'_>,
        verdicts: &[Option<Verdict>],
        values: Option<&RowValues>,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let dataset = inputs.dataset;
        let mut totals = Self {
            judged: 0,
            likely: (0, 0),
            repeated: (0, 0),
            splits: dataset.splits.iter().map(|split| SplitProgress::new(&split.name)).collect(),
            faulty: (0, 0),
            faultless_without_negatives: (0, 0),
            negatives: BTreeMap::new(),
            suspicion: vec![(0, 0); 1 + SUSPICION_BARS],
        };
        for ((sample, entry), verdict) in dataset.indices().zip(&dataset.samples).zip(verdicts) {
            if sample.index() % ROWS_PER_REPORT == 0 {
                progress.report(Stage::Rows.step(sample.index(), dataset.samples.len()))?;
            }
            let negatives = number_of_negatives(inputs, values, sample);
            totals.add_verdict(usize::from(entry.split), *verdict);
            let score = inputs.findings.map_or(0.0, |findings| decimal(findings.score(sample)));
            totals.add_score(score, verdict.is_some());
            totals.add_negatives(negatives, verdict.is_some());
            let signals = inputs.findings.map_or(0, |findings| findings.signals(sample));
            let repeats = values.is_some_and(|values| values.is_repeated(sample));
            if repeats {
                add(&mut totals.repeated, verdict.is_some());
            }
            totals.add_faults(signals, repeats, negatives, score, verdict.is_some());
        }
        Ok(totals)
    }

    fn add_verdict(&mut self, split: usize, verdict: Option<Verdict>) {
        self.judged += usize::from(verdict.is_some());
        if let Some(split) = self.splits.get_mut(split) {
            split.add(verdict);
        }
    }

    fn add_score(&mut self, score: f64, judged: bool) {
        let at = if score > 0.0 { 1 + ((score * SUSPICION_BARS as f64) as usize).min(SUSPICION_BARS - 1) } else { 0 };
        add(&mut self.suspicion[at], judged);
    }

    fn add_negatives(&mut self, number: u64, judged: bool) {
        add(self.negatives.entry(number).or_default(), judged);
    }

    /// Counts a row as wrong or likely wrong. `signals`: a bit each.
    fn add_faults(&mut self, signals: u32, repeats: bool, negatives: u64, score: f64, judged: bool) {
        match signals & problems::certain_signals() != 0 || repeats {
            true => add(&mut self.faulty, judged),
            // In a set without any negatives, that is no fault: it is seen at the end.
            false if negatives == 0 => add(&mut self.faultless_without_negatives, judged),
            // The comparison of the filter, so that it lists the same rows.
            false if score >= decimal(LIKELY) => add(&mut self.likely, judged),
            false => {}
        }
    }

    /// The rows that are certainly wrong, and the judged ones.
    pub(super) fn wrong(&self) -> (usize, usize) {
        let (faulty, others) = (self.faulty, self.faultless_without_negatives);
        if self.has_negatives() { (faulty.0 + others.0, faulty.1 + others.1) } else { faulty }
    }

    /// The search that lists the rows that are likely wrong.
    pub(super) fn likely_search(&self) -> String {
        problems::likely_search(self.has_negatives())
    }

    fn has_negatives(&self) -> bool {
        self.negatives.keys().any(|number| *number > 0)
    }

    /// The rows without negatives, and the judged ones.
    pub(super) fn without_negatives(&self) -> (usize, usize) {
        self.negatives.get(&0).copied().unwrap_or_default()
    }

    /// The bars of the numbers of negatives.
    pub(super) fn negatives_bars(&self) -> Vec<Bar> {
        negatives_bars(&self.negatives)
    }

    /// The bars of the scores.
    pub(super) fn suspicion_bars(&self) -> Vec<Bar> {
        suspicion_bars(&self.suspicion)
    }
}

/// Counts a row among all and, if it has a verdict, among the judged.
fn add((rows, judged_rows): &mut (usize, usize), judged: bool) {
    *rows += 1;
    *judged_rows += usize::from(judged);
}

/// The number of negatives of a row, at most 65,535.
fn number_of_negatives(inputs: &OverviewInputs<'_>, values: Option<&RowValues>, sample: SampleIndex) -> u64 {
    match values {
        Some(values) => u64::from(values.negatives(sample)),
        None => inputs.dataset.row(sample).map_or(0, |row| row.negatives.len().min(usize::from(u16::MAX)) as u64),
    }
}

/// The bars of the numbers of negatives: each number has its own as long as they are few.
fn negatives_bars(counts: &BTreeMap<u64, (usize, usize)>) -> Vec<Bar> {
    let are_few = counts.len() <= SINGLE_BARS;
    let mut bars: BTreeMap<u64, Bar> = BTreeMap::new();
    for (&number, (rows, judged)) in counts {
        let (from, to) = if are_few { (number, number) } else { mining::bar_of(number) };
        let bar = bars.entry(from).or_insert_with(|| match from == to {
            true => Bar { label: from.to_string(), search: format!("neg:{from}"), ..Bar::default() },
            false => Bar { label: format!("{from}–{to}"), search: format!("neg:{from}..{to}"), ..Bar::default() },
        });
        bar.rows += rows;
        bar.judged += judged;
    }
    bars.into_values().collect()
}

/// The bars of all tenths, the last of which includes 1, then that of rows without a score: its
/// count is the first.
fn suspicion_bars(counts: &[(usize, usize)]) -> Vec<Bar> {
    let Some(((without, judged_without), tenths)) = counts.split_first() else { return Vec::new() };
    if tenths.iter().all(|(rows, _)| *rows == 0) {
        return Vec::new();
    }
    let tenth = |at: usize| format!("0.{at}");
    let bar = |(at, (rows, judged)): (usize, &(usize, usize))| Bar {
        label: tenth(at),
        rows: *rows,
        judged: *judged,
        // The upper end belongs to the next bar.
        search: match at {
            0 => "suspicion:>0..<0.1".to_owned(),
            at if at + 1 == tenths.len() => format!("suspicion:>={}", tenth(at)),
            at => format!("suspicion:{}..<{}", tenth(at), tenth(at + 1)),
        },
    };
    let mut bars: Vec<Bar> = tenths.iter().enumerate().map(bar).collect();
    bars.push(Bar::none(*without, *judged_without, "suspicion:0".to_owned()));
    bars
}
