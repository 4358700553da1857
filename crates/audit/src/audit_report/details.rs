//! The figures of one audit beyond its status: its first rows, parts of the draw, its people, what
//! a model said. Counts the rows before the first one without an answer.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;
use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey, TilePath};
use tilejury_stats::{Level, RowCount, running_interval, share_of_negatives};

use super::agreement::{against, pairs, repeats};
use super::content::{
    AuditDetails, DrawnRow, OpenFigures, PartRate, PeopleSaid, PersonFigures, ReviewFigures, SeriesPoint,
};
use super::pseudonyms::{Pseudonyms, natural};
use super::python::{self, FIRST};
use super::rows::found;
use super::shown::shown;
use super::{ReportInputs, models};
use crate::audits::{Audit, Intervals, RateFigures, RowAnswer, Say};
use crate::event::Event;
use crate::external::MachineVerdict;
use crate::judgement::{FieldChange, Reason};
use crate::round::Round;

/// The largest number of points of the series.
const POINTS: u64 = 120;
/// A longer time between two verdicts is a pause, in seconds.
const PAUSE: i64 = 300;

/// A row that counts.
struct Counted {
    index: SampleIndex,
    sample: Sample,
    answer: RowAnswer,
}

/// The figures of one of `all` audits.
pub(super) fn details(inputs: &ReportInputs<'_>, audit: &Audit, all: &[Audit], people: &Pseudonyms) -> AuditDetails {
    let (dataset, plan) = (inputs.dataset, &audit.plan);
    let rows: Vec<Counted> = audit
        .rows
        .iter()
        .map_while(|key| {
            let (index, sample) = found(dataset, *key)?;
            let answer = audit.answer(&sample)?;
            Some(Counted { index, sample, answer })
        })
        .collect();
    let finished = rows.len() as u64 >= plan.rows;
    let simple = is_simple(audit);
    // A part of another kind of draw is no simple random sample of that part of the set.
    let rate = |population: u64, hits: u64, n: u64| {
        let intervals = Intervals { population, level: plan.level(), finished, one_sided: false };
        match simple && finished && population >= n {
            true => intervals.rate(hits, n),
            false => without_interval(&intervals.rate(hits, n.min(population))),
        }
    };
    let has_false_negative = |row: &Counted| row.answer.has_false_negative();
    let wrong_positive = |row: &Counted| row.answer.positive;
    let number = |say: &dyn Fn(&Counted) -> Say, wanted: &dyn Fn(Say) -> bool| {
        rows.iter().filter(|row| wanted(say(row))).count() as u64
    };
    let (wrong, open) = (number(&wrong_positive, &|say| say == Say::Yes), number(&wrong_positive, &Say::is_open));
    let n = rows.len() as u64;
    let split_sizes = split_sizes(dataset);
    let mut by_split: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in &rows {
        let (hits, n) = by_split.entry(&dataset.split_of(row.index).name).or_default();
        *n += 1;
        *hits += u64::from(has_false_negative(row) == Say::Yes);
    }
    // Rows that came up by their tiles are no sample of rows.
    let of_tiles = plan.tiles().is_some();
    if of_tiles {
        by_split.clear();
    }
    let whole_splits = plan.filter.is_none() && plan.fingerprint == dataset.fingerprint.to_string();
    AuditDetails {
        first_rows: first_rows(dataset, &audit.rows),
        check: simple.then(|| python::check(dataset, plan)),
        wrong_positives_unsure: OpenFigures {
            rows: if of_tiles { 0 } else { open },
            low: rate(plan.population, wrong, n).low,
            high: rate(plan.population, wrong + open, n).high,
        },
        splits: by_split
            .iter()
            .map(|(name, (hits, n))| {
                let size = split_sizes.get(name).copied().filter(|_| whole_splits);
                let rate = match size {
                    Some(size) => rate(size, *hits, *n),
                    None => without_interval(&rate(plan.population, *hits, *n)),
                };
                PartRate { name: (*name).to_owned(), planned: plan.split.as_deref() == Some(name), rate }
            })
            .collect(),
        reasons: reasons(audit, &rows)
            .into_iter()
            .filter(|_| !of_tiles)
            .map(|(reason, hits)| PartRate {
                name: reason.word().to_owned(),
                planned: false,
                rate: rate(plan.population, hits, n),
            })
            .collect(),
        people: people_of(inputs.events, dataset, audit, people),
        agreement: pairs(dataset, audit, people),
        repeats: repeats(dataset, audit, people),
        against: against(inputs, audit, all, people),
        adjudicated: rows.iter().filter(|row| audit.adjudicated(&row.sample).is_some()).count(),
        shown: shown(dataset, audit),
        series: if simple { series(plan.population, &rows) } else { Vec::new() },
        reviews: reviews(inputs, audit, &rows, finished && simple),
        grades: models::by_grade(inputs.models, &|admits| answers(audit, &rows, finished && simple, admits)),
    }
}

/// Whether the draw is a simple random sample of its scope: not so in plans with these fields.
fn is_simple(audit: &Audit) -> bool {
    let plan = json!(audit.plan);
    audit.plan.tiles().is_none()
        && ["bands", "first", "by_machine"].iter().all(|field| plan.get(field).is_none_or(serde_json::Value::is_null))
}

fn without_interval(rate: &RateFigures) -> RateFigures {
    RateFigures { low: None, high: None, low_count: None, high_count: None, ..rate.clone() }
}

fn first_rows(dataset: &Dataset, rows: &[SampleKey]) -> Vec<DrawnRow> {
    let row = |(place, key): (usize, &SampleKey)| {
        let index = dataset.find(*key);
        DrawnRow {
            place: place + 1,
            key: key.to_string(),
            split: index.map(|index| dataset.split_of(index).name.clone()),
            line: index.map(|index| dataset.line_of(index)),
        }
    };
    rows.iter().take(FIRST).enumerate().map(row).collect()
}

/// The different rows of each split.
fn split_sizes(dataset: &Dataset) -> HashMap<&str, u64> {
    let mut keys: HashMap<&str, HashSet<SampleKey>> = HashMap::new();
    for index in dataset.indices() {
        keys.entry(&dataset.split_of(index).name).or_default().insert(dataset.entry(index).key);
    }
    keys.into_iter().map(|(name, keys)| (name, keys.len() as u64)).collect()
}

/// The rows to which all of their annotators gave a reason, by reason.
fn reasons(audit: &Audit, rows: &[Counted]) -> Vec<(Reason, u64)> {
    let is_given = |row: &&Counted, reason: &Reason| {
        let judged = audit.answers().values().filter_map(|answers| answers.judgements.get(&row.sample.key));
        let mut reasons = judged.filter(|judgement| judgement.verdict.is_some()).map(|judgement| &judgement.reasons);
        reasons.clone().next().is_some() && reasons.all(|given| given.contains(reason))
    };
    let gave = |reason: &Reason| (*reason, rows.iter().filter(|row| is_given(row, reason)).count() as u64);
    Reason::ALL.iter().map(gave).filter(|(_, hits)| *hits > 0).collect()
}

/// The rows of each annotator, and the median time from one verdict to the next.
fn people_of(events: &[Event], dataset: &Dataset, audit: &Audit, people: &Pseudonyms) -> Vec<PersonFigures> {
    let mut moments: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    let mut judged = HashSet::new();
    for event in events.iter().filter(|event| !event.begins_audit() && event.undoes.is_none()) {
        let in_it = matches!(&event.round, Some(Round::Audit(id)) if audit.is_drawn_by(id));
        let is_first = in_it
            && matches!(event.change, FieldChange::Verdict(Some(_)))
            && judged.insert((&*event.annotator, event.sample));
        if is_first {
            moments.entry(&event.annotator).or_default().push(event.at);
        }
    }
    let mut all: Vec<PersonFigures> = audit
        .answers()
        .keys()
        .map(|name| {
            let mut at = moments.remove(&**name).unwrap_or_default();
            at.sort_unstable();
            let gaps = at.windows(2).map(|pair| pair[1].seconds_since(pair[0]));
            // Lines of a file have one time for all.
            let mut gaps: Vec<i64> = gaps.filter(|gap| (1..=PAUSE).contains(gap)).collect();
            gaps.sort_unstable();
            let rows = audit.rows.iter().filter_map(|key| found(dataset, *key));
            PersonFigures {
                annotator: people.shown(name),
                rows: rows.filter(|(_, sample)| audit.answer_of(name, sample).is_some()).count(),
                median_seconds: median(&gaps),
            }
        })
        .collect();
    // By number, not by the names behind the numbers.
    all.sort_by(|one, other| natural(&one.annotator).cmp(&natural(&other.annotator)));
    all
}

fn median(sorted: &[i64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let high = *sorted.get(middle)? as f64;
    Some(if sorted.len() % 2 == 1 { high } else { f64::midpoint(sorted[middle - 1] as f64, high) })
}

/// The findings after every few rows, with the running interval.
fn series(population: u64, rows: &[Counted]) -> Vec<SeriesPoint> {
    let n = rows.len() as u64;
    let step = n.div_ceil(POINTS).max(1);
    let (mut points, mut hits) = (Vec::new(), 0);
    for (judged, row) in (1_u64..).zip(rows) {
        hits += u64::from(row.answer.has_false_negative() == Say::Yes);
        if judged % step != 0 && judged != n {
            continue;
        }
        if let Some(found) = running_interval(population, judged, hits, Level::CAUTIOUS) {
            let share = found.share_of(population);
            points.push(SeriesPoint { judged, hits, low: share.low, high: share.high });
        }
    }
    points
}

/// The answers of people to the negatives of the rows that count and that a function admits.
fn answers(
    audit: &Audit,
    rows: &[Counted],
    interval: bool,
    admits: &dyn Fn(SampleKey, &TilePath) -> bool,
) -> PeopleSaid {
    let mut open = 0;
    let count = |row: &Counted| {
        let mut count = RowCount::default();
        for (_, say) in row.answer.negatives.iter().filter(|(tile, _)| admits(row.sample.key, tile)) {
            open += u64::from(say.is_open());
            count.hits += u64::from(*say == Say::Yes);
            count.decided += u64::from(matches!(say, Say::Yes | Say::No));
        }
        count
    };
    let counts: Vec<RowCount> = rows.iter().map(count).collect();
    let share = share_of_negatives(audit.plan.population, &counts, audit.plan.level()).filter(|_| interval);
    PeopleSaid {
        negatives: counts.iter().map(|count| count.decided).sum(),
        relevant: counts.iter().map(|count| count.hits).sum(),
        open,
        low: share.map(|share| share.interval.low),
        high: share.map(|share| share.interval.high),
    }
}

/// The answers of people to what imported reviews said about the negatives of the rows that count.
fn reviews(inputs: &ReportInputs<'_>, audit: &Audit, rows: &[Counted], interval: bool) -> Vec<ReviewFigures> {
    let mut said: HashMap<SampleKey, BTreeMap<_, MachineVerdict>> = HashMap::new();
    for review in inputs.reviews {
        said.entry(review.sample).or_default().insert(&review.tile, review.verdict);
    }
    let figures = |verdict: &MachineVerdict| {
        let of = |sample: SampleKey, tile: &TilePath| {
            said.get(&sample).and_then(|reviews| reviews.get(tile)) == Some(verdict)
        };
        ReviewFigures { verdict: verdict.word().to_owned(), said: answers(audit, rows, interval, &of) }
    };
    MachineVerdict::ALL.iter().map(figures).filter(|found| found.said.any()).collect()
}
