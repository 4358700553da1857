//! The overview of a dataset: progress, histograms, hubs, copies, signals, annotators, and its
//! problems in words, the worst first.
//!
//! Everything is counted from data that the caller read; nothing here opens a file. Every bar has
//! the search that lists its rows, if there is one.

mod copies;
mod hubs;
mod mining;
mod problems;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use tilejury_data::{Dataset, MissingShards, SampleIndex, SampleKey, TilePath};
use tilejury_rows::QueryKey;

use crate::decisions::Decisions;
use crate::event::Event;
use crate::judgement::{Judgements, Reason, Relevance, Verdict};
use crate::merge;
use crate::progress::{Cancelled, Progress, Stage};
use crate::search::{decimal, quote};
use crate::session::can_have_reasons;
use crate::suspicion::{Findings, Scoreboard};
use crate::time::Timestamp;

pub use copies::CopyCluster;
pub use hubs::HubTile;
pub use mining::MiningBars;
pub use problems::Problem;

/// The number of bars of a histogram of suspicion.
const SUSPICION_BARS: usize = 10;

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
    /// The problems, the worst first.
    pub problems: Vec<Problem>,
    /// The progress of each split, in the dataset's order.
    pub splits: Vec<SplitProgress>,
    /// The accepted and rejected rows by the day of their verdict.
    pub days: Vec<DayVerdicts>,
    /// The rejected and unsure rows by reason, the most first.
    pub reasons: Vec<Bar>,
    /// The suspicious rows by their score.
    pub suspicion: Vec<Bar>,
    /// The rows by their number of negatives.
    pub negatives: Vec<Bar>,
    /// The judged negatives by their position in the row, and the false ones among them.
    pub positions: Vec<PositionCount>,
    /// The rows by what mining recorded about their tiles.
    pub mining: MiningBars,
    /// The tiles that are negatives of unusually many rows, the most first.
    pub hubs: Vec<HubTile>,
    /// Groups of tiles that show the same picture, the largest first.
    pub copies: Vec<CopyCluster>,
    /// The signals that were raised, those of most findings first.
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

/// The negatives at a position of their rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PositionCount {
    /// The position, from 1.
    pub position: usize,
    /// The negatives there that were judged relevant or not relevant.
    pub judged: usize,
    /// The relevant ones: false negatives.
    pub false_negatives: usize,
}

/// The findings of a signal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignalCount {
    /// Its word.
    pub signal: &'static str,
    /// Its name for people.
    #[serde(skip)]
    pub label: &'static str,
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
}

/// The number of rows whose row has a certain property, that is not in a bar of its own.
#[derive(Clone, Copy, Debug, Default)]
struct RowCounts {
    /// Rows of a query and a positive that an earlier row of their split has.
    repeated: usize,
    /// Rows without negatives.
    without_negatives: usize,
}

impl Overview {
    /// Counts everything. Reads every row once.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn count(inputs: &OverviewInputs<'_>, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let dataset = inputs.dataset;
        let verdict_of = |key: SampleKey| inputs.judgements.get(&key).and_then(|judgement| judgement.verdict);
        let mut overview = Self { rows: dataset.samples.len(), ..Self::default() };
        overview.splits = dataset.splits.iter().map(|split| SplitProgress::new(&split.name)).collect();
        let mut negatives: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        let mut suspicion = vec![(0, 0); SUSPICION_BARS];
        let mut counts = RowCounts::default();
        let mut seen: HashSet<(u16, QueryKey, u64)> = HashSet::with_capacity(dataset.samples.len());
        let mut mining = mining::MiningCounter::default();
        for (sample, entry) in dataset.indices().zip(&dataset.samples) {
            if sample.index() % ROWS_PER_REPORT == 0 {
                progress.report(Stage::Rows.step(sample.index(), dataset.samples.len()))?;
            }
            let verdict = verdict_of(entry.key);
            let judged = usize::from(verdict.is_some());
            overview.judged += judged;
            if let Some(split) = overview.splits.get_mut(usize::from(entry.split)) {
                split.add(verdict);
            }
            let score = inputs.findings.map_or(0.0, |findings| decimal(findings.score(sample)));
            if score > 0.0 {
                let at = (score * SUSPICION_BARS as f64) as usize;
                let bar = &mut suspicion[at.min(SUSPICION_BARS - 1)];
                *bar = (bar.0 + 1, bar.1 + judged);
            }
            let Ok(row) = dataset.row(sample) else { continue };
            let bar = negatives.entry(row.negatives.len()).or_default();
            *bar = (bar.0 + 1, bar.1 + judged);
            counts.without_negatives += usize::from(row.negatives.is_empty());
            let positive = hash_of(&tilejury_data::TilePath::normal(&row.positive));
            counts.repeated += usize::from(!seen.insert((entry.split, QueryKey::new(&row.query), positive)));
            mining.add(dataset, sample, judged == 1);
        }
        overview.negatives = negatives
            .into_iter()
            .map(|(number, (rows, judged))| Bar {
                label: number.to_string(),
                rows,
                judged,
                search: format!("neg:{number}"),
            })
            .collect();
        overview.suspicion = suspicion_bars(&suspicion);
        overview.mining = mining.bars();
        overview.days = days(inputs);
        overview.reasons = reasons(inputs);
        overview.positions = positions(inputs);
        overview.annotators = annotators(inputs);
        if let Some(findings) = inputs.findings {
            overview.hubs = hubs::largest(dataset, findings);
            overview.copies = copies::clusters(dataset, findings);
            overview.signals = signals(findings, inputs);
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

fn hash_of(text: &str) -> u64 {
    use std::hash::{BuildHasher as _, BuildHasherDefault};
    BuildHasherDefault::<rustc_hash::FxHasher>::default().hash_one(text)
}

/// The bars of all tenths. The last includes 1.
fn suspicion_bars(counts: &[(usize, usize)]) -> Vec<Bar> {
    if counts.iter().all(|(rows, _)| *rows == 0) {
        return Vec::new();
    }
    let tenth = |at: usize| format!("0.{at}");
    counts
        .iter()
        .enumerate()
        .map(|(at, (rows, judged))| Bar {
            label: tenth(at),
            rows: *rows,
            judged: *judged,
            // The upper end belongs to the next bar.
            search: match at {
                0 => "suspicion:>0 suspicion:<0.1".to_owned(),
                at if at + 1 == counts.len() => format!("suspicion:>={}", tenth(at)),
                at => format!("suspicion:>={} suspicion:<{}", tenth(at), tenth(at + 1)),
            },
        })
        .collect()
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
        if can_have_reasons(judgement.verdict) && inputs.dataset.find(*key).is_some() {
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
                    let tiles: Vec<&TilePath> = row.iter().flat_map(|row| row.tiles()).map(|tile| &tile.path).collect();
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
                positions.push(PositionCount { position: positions.len() + 1, ..PositionCount::default() });
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
        let mut count = AnnotatorCount { name, ..AnnotatorCount::default() };
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

fn signals(findings: &Findings, inputs: &OverviewInputs<'_>) -> Vec<SignalCount> {
    let board = Scoreboard::count(findings, inputs.decisions, inputs.since);
    let mut signals: Vec<SignalCount> = board
        .scores
        .iter()
        .filter(|score| score.raised > 0)
        .map(|score| SignalCount {
            signal: score.signal.word(),
            label: score.signal.label(),
            raised: score.raised,
            judged: score.judged,
            confirmed: score.confirmed,
            precision: score.precision(),
            search: format!("signal:{}", score.signal.word()),
        })
        .collect();
    signals.sort_by_key(|signal| std::cmp::Reverse(signal.raised));
    signals
}

/// The number of different samples of some findings, and of different tiles in them.
fn distinct<'f>(findings: impl Iterator<Item = &'f crate::suspicion::Finding>) -> (usize, usize) {
    let mut tiles: HashMap<SampleIndex, HashSet<Option<usize>>> = HashMap::new();
    for finding in findings {
        tiles.entry(finding.sample).or_default().insert(finding.tile.map(tilejury_data::TileSlot::index));
    }
    (tiles.len(), tiles.values().map(HashSet::len).sum())
}
