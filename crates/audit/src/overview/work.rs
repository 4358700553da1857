//! The work of each annotator in the order in which they judged: seconds a row, findings, and both
//! by blocks, which show whether somebody became quicker or stricter. For the person who leads.
//!
//! Counts the judgements of single rows, in audits and outside of them. Machines have no pace.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use tilejury_data::{Dataset, SampleKey};

use super::OverviewInputs;
use crate::event::Event;
use crate::judgement::{FieldChange, Judgement};
use crate::pace::{PAUSE, median};
use crate::role::Role;
use crate::round::Round;
use crate::step::StepId;
use crate::time::Timestamp;

/// The most blocks of an annotator.
const BLOCKS: usize = 8;
/// The least rows of a block.
const ROWS_OF_BLOCK: usize = 20;
/// With fewer gaps between verdicts, no pace is stated.
const GAPS_AT_LEAST: usize = 5;

/// The work of an annotator.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AnnotatorWork {
    /// The name.
    pub name: String,
    /// The rows that were judged, those of audits included, without judgements in bulk.
    pub rows: usize,
    /// Their share of the rows that all annotators judged, from 0 to 1.
    pub share: f64,
    /// The rows with a finding: a false negative or a wrong positive.
    pub findings: usize,
    /// The median seconds from one verdict to the next, pauses left out; null for too few.
    pub seconds: Option<f64>,
    /// Blocks of equal size in the order of judging.
    pub blocks: Vec<WorkBlock>,
}

/// Consecutive rows of an annotator.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WorkBlock {
    /// The time of the first verdict.
    pub from: String,
    /// The time of the last one.
    pub to: String,
    /// The rows.
    pub rows: usize,
    /// The rows with a finding.
    pub findings: usize,
    /// The median seconds from one verdict to the next; null for too few.
    pub seconds: Option<f64>,
}

/// One judged row.
#[derive(Clone, Copy)]
struct Judged {
    at: Timestamp,
    /// The number of the event and the row: lines of one file may have the same time.
    place: (u64, SampleKey),
    has_finding: bool,
}

/// The work of all annotators, those with most rows first.
pub(super) fn annotators(inputs: &OverviewInputs<'_>) -> Vec<AnnotatorWork> {
    let each = annotators_of(inputs.dataset, inputs.events.iter().chain(inputs.answers), None);
    each.into_iter().map(|(work, _)| work).collect()
}

/// The rows behind the work of an annotator.
#[derive(Default)]
pub(super) struct RowsOfWork {
    /// All of them, in the order of judging: blocks are parts of it.
    pub(super) in_order: Vec<SampleKey>,
    /// Those that were judged today.
    pub(super) today: Vec<SampleKey>,
}

/// The work of all annotators in these events, those with most rows first, each with its rows.
/// `today`: a time of the present day, if the rows of that day are wanted.
pub(super) fn annotators_of<'e>(
    dataset: &Dataset,
    events: impl Iterator<Item = &'e Event>,
    today: Option<Timestamp>,
) -> Vec<(AnnotatorWork, RowsOfWork)> {
    let mut each: BTreeMap<&str, Vec<Judged>> = BTreeMap::new();
    for ((name, _, sample), row) in judged_rows(events) {
        if let Some(judged) = row.judged(dataset, sample) {
            each.entry(name).or_default().push(judged);
        }
    }
    let all: usize = each.values().map(Vec::len).sum();
    let is_today = |row: &&Judged| today.is_some_and(|today| row.at.is_same_day(today));
    let of_all = |(name, mut rows): (&str, Vec<Judged>)| {
        rows.sort_by_key(|row| (row.at, row.place));
        let keys = RowsOfWork {
            in_order: rows.iter().map(|row| row.place.1).collect(),
            today: rows.iter().filter(is_today).map(|row| row.place.1).collect(),
        };
        (of_one(name, &rows, all), keys)
    };
    let mut work: Vec<(AnnotatorWork, RowsOfWork)> = each.into_iter().map(of_all).collect();
    work.sort_by_key(|(one, _)| std::cmp::Reverse(one.rows));
    work
}

/// `rows`: in the order of judging.
fn of_one(name: &str, rows: &[Judged], all: usize) -> AnnotatorWork {
    let blocks = (rows.len() / ROWS_OF_BLOCK).clamp(1, BLOCKS);
    let whole = block(rows, None);
    let cut = |number: usize| number * rows.len() / blocks;
    let before = |from: usize| from.checked_sub(1).and_then(|last| rows.get(last));
    AnnotatorWork {
        name: name.to_owned(),
        rows: rows.len(),
        share: rows.len() as f64 / all.max(1) as f64,
        findings: whole.findings,
        seconds: whole.seconds,
        blocks: (0..blocks).map(|at| block(&rows[cut(at)..cut(at + 1)], before(cut(at)))).collect(),
    }
}

/// The figures of consecutive rows; `before` is the row before them.
fn block(rows: &[Judged], before: Option<&Judged>) -> WorkBlock {
    let starts = before.into_iter().chain(rows);
    let next = starts.clone().skip(1);
    let gaps = starts.zip(next).map(|(one, next)| next.at.seconds_since(one.at).max(0) as f64);
    let gaps: Vec<f64> = gaps.filter(|gap| *gap <= PAUSE.as_secs_f64()).collect();
    let time = |row: Option<&Judged>| row.map(|row| row.at.to_string()).unwrap_or_default();
    WorkBlock {
        from: time(rows.first()),
        to: time(rows.last()),
        rows: rows.len(),
        findings: rows.iter().filter(|row| row.has_finding).count(),
        seconds: median(gaps.clone()).filter(|_| gaps.len() >= GAPS_AT_LEAST),
    }
}

/// A row of an annotator, outside of audits or in one.
#[derive(Default)]
struct RowWork {
    judgement: Judgement,
    /// The time of the verdict and the number of its event; `None` without one, or in bulk.
    at: Option<(Timestamp, u64)>,
}

impl RowWork {
    fn apply(&mut self, event: &Event) {
        if let FieldChange::Verdict(verdict) = event.change {
            let is_look = verdict.is_some() && !event.origin.bulk;
            // A verdict that was changed or undone later was given at its first time.
            self.at = is_look.then(|| self.at.unwrap_or((event.at, event.seq)));
        }
        self.judgement.apply(event.change.clone());
    }

    fn judged(&self, dataset: &Dataset, key: SampleKey) -> Option<Judged> {
        let (at, seq) = self.at?;
        let sample = dataset.sample(dataset.find(key)?).ok()?;
        let judgement = self.judgement.clone().reconciled(&sample.positive.path);
        let has_finding = judgement.false_negatives(&sample) > 0 || judgement.wrong_positive(&sample);
        Some(Judged { at, place: (seq, key), has_finding })
    }
}

/// The name, the audit if any, and the row.
type RowOf<'e> = (&'e str, Option<&'e StepId>, SampleKey);

fn judged_rows<'e>(events: impl Iterator<Item = &'e Event>) -> HashMap<RowOf<'e>, RowWork> {
    let mut rows: HashMap<RowOf<'e>, RowWork> = HashMap::new();
    for event in events.filter(|event| Role::of(&event.annotator) != Role::Machine) {
        let audit = match &event.round {
            None => None,
            Some(Round::Audit(step)) if *step != event.step => Some(step),
            Some(_) => continue,
        };
        rows.entry((&*event.annotator, audit, event.sample)).or_default().apply(event);
    }
    rows
}
