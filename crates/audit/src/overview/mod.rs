//! The overview of a dataset: progress, histograms, hubs, copies, signals, annotators, and its
//! problems in words, the worst first.
//!
//! Everything is counted from data that the caller read; nothing here opens a file. Every bar has
//! the search that lists its rows, if there is one.

mod copies;
mod hubs;
mod mining;
mod problems;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_data::{Dataset, MissingShards, SampleIndex, TilePath};

use crate::decisions::Decisions;
use crate::event::Event;
use crate::judgement::{Judgements, Reason, Relevance, Verdict};
use crate::merge;
use crate::progress::{Cancelled, Progress, Stage};
use crate::search::quote;
use crate::session::can_have_reasons;
use crate::suspicion::{Findings, LIKELY, RowValues, Scoreboard, Signal, decimal};
use crate::time::Timestamp;

pub use copies::CopyCluster;
pub use hubs::HubTile;
pub use mining::{ImportedBars, MiningBars};
pub use problems::Problem;

/// The number of bars of a histogram of suspicion.
const SUSPICION_BARS: usize = 10;

/// The largest number of different numbers of negatives of which each has a bar.
const SINGLE_BARS: usize = 12;

/// The label of the bar of rows without a value.
const NONE: &str = "none";

/// The number of rows between two reports, which can cancel the work.
const ROWS_PER_REPORT: usize = 4096;

/// The data that an overview is made from.
pub struct OverviewInputs<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// The judgements that count.
    pub judgements: &'a Judgements,
    /// The decisions that count.
    pub decisions: &'a Decisions,
    /// The events of all annotators, in stored order.
    pub events: &'a [Event],
    /// The findings, once there are any.
    pub findings: Option<&'a Findings>,
    /// The missing shards, as far as they were looked for.
    pub missing: &'a MissingShards,
    /// Judgements up to this moment do not count for the signals.
    pub since: Option<Timestamp>,
}

/// The overview of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Overview {
    /// All rows.
    pub rows: usize,
    /// The rows with a verdict.
    pub judged: usize,
    /// The rows that are certainly wrong, judged or not. Missing shards do not count.
    pub wrong: usize,
    /// The other rows with a score of 50 % or more: they are more likely wrong than not.
    pub likely: usize,
    /// The search that lists these.
    pub likely_search: String,
    /// The problems, the worst first.
    pub problems: Vec<Problem>,
    /// The progress of each split, in the dataset's order.
    pub splits: Vec<SplitProgress>,
    /// The accepted and rejected rows by the day of their verdict.
    pub days: Vec<DayVerdicts>,
    /// The rejected and unsure rows by reason, the most first.
    pub reasons: Vec<Bar>,
    /// The rows by their score, those without a score last.
    pub suspicion: Vec<Bar>,
    /// The rows by their number of negatives.
    pub negatives: Vec<Bar>,
    /// The judged negatives by their position in the row, and the false ones among them.
    pub positions: Vec<PositionCount>,
    /// The rows by what their own fields record of mining.
    pub mining: MiningBars,
    /// The rows by the scores of each imported source.
    pub imported: Vec<ImportedBars>,
    /// The tiles that are negatives of unusually many rows, the most first.
    pub hubs: Vec<HubTile>,
    /// Groups of tiles that show the same picture, the largest first.
    pub copies: Vec<CopyCluster>,
    /// The signals that were raised, those of most rows first.
    pub signals: Vec<SignalCount>,
    /// The annotators, those with most rows first.
    pub annotators: Vec<AnnotatorCount>,
}

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

/// The verdicts of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DayVerdicts {
    /// The day in the system's time zone: `2025-03-21`.
    pub day: String,
    /// The rows that were accepted.
    pub accepted: usize,
    /// The rows that were rejected.
    pub rejected: usize,
    /// The search that lists them.
    pub search: String,
}

/// A bar of a histogram.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Bar {
    /// Its label: a number, or the lower end of a range.
    pub label: String,
    /// The number of rows.
    pub rows: usize,
    /// Those with a verdict.
    pub judged: usize,
    /// The search that lists them; empty if no filter can.
    pub search: String,
}

impl Bar {
    /// The bar of the rows without a value.
    fn none(rows: usize, judged: usize, search: String) -> Self {
        Self { label: NONE.to_owned(), rows, judged, search }
    }

    /// Whether it counts the rows without a value.
    pub fn is_none(&self) -> bool {
        self.label == NONE
    }
}

/// The negatives at a position of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PositionCount {
    /// The position, from 1.
    pub position: usize,
    /// The negatives there that were judged relevant or not relevant.
    pub judged: usize,
    /// The relevant ones: false negatives.
    pub false_negatives: usize,
    /// The search that lists the rows of these.
    pub search: String,
}

impl PositionCount {
    fn new(position: usize) -> Self {
        Self { position, search: format!("fn-at:{position}"), ..Self::default() }
    }
}

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

/// The rows of an annotator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AnnotatorCount {
    /// The name.
    pub name: String,
    /// The rows with a verdict.
    pub judged: usize,
    /// The accepted ones.
    pub accepted: usize,
    /// The rejected ones.
    pub rejected: usize,
    /// The unsure ones.
    pub unsure: usize,
    /// The search that lists them.
    pub search: String,
}

/// The number of rows whose row has a certain property, that is not in a bar of its own.
#[derive(Clone, Copy, Debug, Default)]
struct RowCounts {
    /// Rows with the query and the positive of an earlier row of their split.
    repeated: usize,
    /// Rows without negatives.
    without_negatives: usize,
}

impl Overview {
    /// Counts everything. Reads rows only as long as there are no findings, and for copies.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn count(inputs: &OverviewInputs<'_>, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let dataset = inputs.dataset;
        let mut overview = Self { rows: dataset.samples.len(), ..Self::default() };
        overview.splits = dataset.splits.iter().map(|split| SplitProgress::new(&split.name)).collect();
        let verdicts = verdicts(inputs);
        let is_judged = |sample: SampleIndex| verdicts.get(sample.index()).is_some_and(Option::is_some);
        // The findings from rows know them; before these are found, every row is parsed.
        let values = inputs.findings.map(Findings::row_values).filter(|values| values.rows() == overview.rows);
        let mut negatives: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        let mut suspicion = vec![(0, 0); 1 + SUSPICION_BARS];
        let mut wrong_without_negatives = 0;
        for ((sample, entry), verdict) in dataset.indices().zip(&dataset.samples).zip(&verdicts) {
            if sample.index() % ROWS_PER_REPORT == 0 {
                progress.report(Stage::Rows.step(sample.index(), dataset.samples.len()))?;
            }
            let judged = usize::from(verdict.is_some());
            overview.judged += judged;
            if let Some(split) = overview.splits.get_mut(usize::from(entry.split)) {
                split.add(*verdict);
            }
            let score = inputs.findings.map_or(0.0, |findings| decimal(findings.score(sample)));
            let at =
                if score > 0.0 { 1 + ((score * SUSPICION_BARS as f64) as usize).min(SUSPICION_BARS - 1) } else { 0 };
            suspicion[at] = (suspicion[at].0 + 1, suspicion[at].1 + judged);
            let bits = inputs.findings.map_or(0, |findings| findings.signals(sample));
            let number = match values {
                Some(values) => u64::from(values.negatives(sample)),
                None => dataset.row(sample).map_or(0, |row| row.negatives.len().min(usize::from(u16::MAX)) as u64),
            };
            let bar = negatives.entry(number).or_default();
            *bar = (bar.0 + 1, bar.1 + judged);
            let repeats = values.is_some_and(|values| values.is_repeated(sample));
            match bits & problems::certain_signals() != 0 || repeats {
                true => overview.wrong += 1,
                // In a set without any negatives, that is no fault: it is seen at the end.
                false if number == 0 => wrong_without_negatives += 1,
                // The comparison of the filter, so that it lists the same rows.
                false => overview.likely += usize::from(score >= decimal(LIKELY)),
            }
        }
        let has_negatives = negatives.keys().any(|number| *number > 0);
        overview.wrong += if has_negatives { wrong_without_negatives } else { 0 };
        overview.likely_search = problems::likely_search(has_negatives);
        let counts = RowCounts {
            repeated: values.map_or(0, RowValues::repeated),
            without_negatives: negatives.get(&0).map_or(0, |(rows, _)| *rows),
        };
        overview.negatives = negatives_bars(negatives);
        if let Some(values) = values {
            (overview.mining, overview.imported) = mining::bars(values, is_judged);
        }
        overview.suspicion = suspicion_bars(&suspicion);
        overview.days = days(inputs);
        overview.reasons = reasons(inputs);
        overview.positions = positions(inputs);
        overview.annotators = annotators(inputs);
        if let Some(findings) = inputs.findings {
            overview.hubs = hubs::largest(dataset, findings);
            overview.copies = copies::clusters(dataset, findings, progress)?;
            overview.signals = signals(findings, inputs, is_judged);
        }
        overview.problems = problems::find(inputs, counts);
        Ok(overview)
    }

    /// Whether there is anything to see besides the rows themselves: a judgement or a problem.
    pub fn says_something(&self) -> bool {
        self.judged > 0 || !self.problems.is_empty()
    }
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

/// The verdict of each row.
fn verdicts(inputs: &OverviewInputs<'_>) -> Vec<Option<Verdict>> {
    let mut verdicts = vec![None; inputs.dataset.samples.len()];
    for (key, judgement) in inputs.judgements {
        if let Some(verdict) = inputs.dataset.find(*key).and_then(|sample| verdicts.get_mut(sample.index())) {
            *verdict = judgement.verdict;
        }
    }
    verdicts
}

/// The bars of the numbers of negatives: each number has its own as long as they are few.
fn negatives_bars(counts: BTreeMap<u64, (usize, usize)>) -> Vec<Bar> {
    let are_few = counts.len() <= SINGLE_BARS;
    let mut bars: BTreeMap<u64, Bar> = BTreeMap::new();
    for (number, (rows, judged)) in counts {
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

fn days(inputs: &OverviewInputs<'_>) -> Vec<DayVerdicts> {
    let mut days: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (_, decisions) in inputs.decisions.iter() {
        let Some(verdict) = decisions.verdict else { continue };
        let day = days.entry(verdict.at.day()).or_default();
        match verdict.value {
            Verdict::Accept => day.0 += 1,
            Verdict::Reject => day.1 += 1,
            Verdict::Unsure => {}
        }
    }
    days.into_iter()
        .map(|(day, (accepted, rejected))| {
            let search = format!("judged-on:{day}");
            DayVerdicts { day, accepted, rejected, search }
        })
        .collect()
}

fn reasons(inputs: &OverviewInputs<'_>) -> Vec<Bar> {
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    for (key, judgement) in inputs.judgements {
        if can_have_reasons(judgement.verdict)
            && let Some(sample) = inputs.dataset.find(*key)
        {
            // For a rejected row, the reason and the positive's mark are one statement.
            let is_split = judgement.verdict == Some(Verdict::Reject);
            let row = is_split.then(|| inputs.dataset.row(sample).ok()).flatten();
            let judgement = match row {
                Some(row) => Cow::Owned(judgement.clone().reconciled(&TilePath::new(&row.positive))),
                None => Cow::Borrowed(judgement),
            };
            judgement.reasons.iter().for_each(|reason| *counts.entry(*reason).or_default() += 1);
        }
    }
    let mut reasons: Vec<Bar> = counts
        .into_iter()
        .map(|(reason, rows)| Bar {
            label: reason.label().to_owned(),
            rows,
            judged: rows,
            search: format!("reason:{}", reason.word()),
        })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
    reasons
}

fn positions(inputs: &OverviewInputs<'_>) -> Vec<PositionCount> {
    let mut positions: Vec<PositionCount> = Vec::new();
    for (sample, decisions) in inputs.decisions.iter() {
        let mut row = None;
        for (tile, decision) in decisions.negatives() {
            let false_negative = match decision.value {
                // The row's own positive is no false negative, and a repeated tile counts once.
                Relevance::Relevant => {
                    let row = row.get_or_insert_with(|| inputs.dataset.sample(sample).ok());
                    let tiles: Vec<&TilePath> =
                        row.iter().flat_map(tilejury_data::Sample::tiles).map(|tile| &tile.path).collect();
                    let (before, rest) = tiles.split_at(tile.index().min(tiles.len()));
                    if rest.first().is_none_or(|tile| before.contains(tile)) {
                        continue;
                    }
                    true
                }
                Relevance::NotRelevant => false,
                Relevance::Unsure | Relevance::Broken => continue,
            };
            let position = tile.index();
            while positions.len() < position {
                positions.push(PositionCount::new(positions.len() + 1));
            }
            if let Some(count) = positions.get_mut(position - 1) {
                count.judged += 1;
                count.false_negatives += usize::from(false_negative);
            }
        }
    }
    positions
}

fn annotators(inputs: &OverviewInputs<'_>) -> Vec<AnnotatorCount> {
    let each = merge::by_annotator(inputs.events).into_iter().map(|(name, judgements)| {
        let search = format!("judged-by:{}", quote(&name));
        let mut count = AnnotatorCount { name, search, ..AnnotatorCount::default() };
        for (_, judgement) in judgements.iter().filter(|(key, _)| inputs.dataset.find(**key).is_some()) {
            match judgement.verdict {
                Some(Verdict::Accept) => count.accepted += 1,
                Some(Verdict::Reject) => count.rejected += 1,
                Some(Verdict::Unsure) => count.unsure += 1,
                None => continue,
            }
            count.judged += 1;
        }
        count
    });
    let mut annotators: Vec<AnnotatorCount> = each.filter(|annotator| annotator.judged > 0).collect();
    annotators.sort_by_key(|annotator| std::cmp::Reverse(annotator.judged));
    annotators
}

fn signals(
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
