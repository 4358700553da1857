//! The agreement of annotators, pair by pair and over all: about each negative, each positive, and
//! each row. Knows no rates.

use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_data::SampleIndex;
use tilejury_stats::{Interval, Level, TwoByTwo, fleiss_kappa, gwet_ac1, krippendorff_alpha};

use super::rows::{AnsweredRow, AnsweredRows};
use crate::audits::{RowAnswer, Say};

/// The agreement of two annotators, or of all pairs of them. Its JSON form is documented in
/// docs/json.md and never changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// `pair`, `all`, or `again` for the first and second answers of one annotator.
    pub kind: &'static str,
    /// The names; null for all pairs together.
    pub pair: Option<[String; 2]>,
    /// The agreement on whether a negative is relevant. Units are pairs of row and tile.
    #[serde(flatten)]
    pub negatives: AgreementFigures,
    /// The agreement on whether a row has a false negative.
    pub rows: AgreementFigures,
    /// The agreement on whether the positive of a row is wrong.
    pub positives: AgreementFigures,
}

/// The agreement on one question. Fields are null where they are not defined.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AgreementFigures {
    /// The number of pairs of answers, each yes or no.
    pub n: u64,
    /// Both said yes.
    pub both: u64,
    /// Only the first said yes.
    pub only_a: u64,
    /// Only the second said yes.
    pub only_b: u64,
    /// Both said no.
    pub neither: u64,
    /// Further pairs of answers, of which at least one is unsure; only alpha counts them.
    pub unsure: u64,
    /// Of all times that yes was said, the share where both said it.
    pub positive_agreement: Option<Share>,
    /// The same for no.
    pub negative_agreement: Option<Share>,
    /// Krippendorff's alpha over yes, no and unsure.
    pub alpha: Option<f64>,
    /// The kappa that [`Self::kappa_method`] names.
    pub kappa: Option<f64>,
    /// `cohen` for two annotators; for more `fleiss`, over yes, no and unsure, if all units have as
    /// many answers, else `mean-cohen`, the mean over all pairs of annotators.
    pub kappa_method: &'static str,
    /// Gwet's AC1.
    pub ac1: Option<f64>,
}

/// A share with its 95 % interval. The interval is null where pairs of answers are not independent,
/// because some units have three answers or more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The share.
    pub value: f64,
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

impl Share {
    fn new((value, interval): (f64, Interval), has_interval: bool) -> Self {
        let end = |end: f64| has_interval.then_some(end);
        Self { value, low: end(interval.low), high: end(interval.high) }
    }
}

/// The answers to one question about one unit, in the order of the annotators; `None` from those
/// who gave none.
type Unit = Vec<Option<Say>>;

/// The agreement of each pair of annotators who share a row, then of all pairs together.
pub fn agreements(rows: &AnsweredRows) -> Vec<Agreement> {
    let number = rows.annotators.len();
    let mut found = Vec::new();
    for first in 0..number {
        for second in first + 1..number {
            let shared: Vec<Vec<Option<&RowAnswer>>> = rows
                .rows
                .iter()
                .filter_map(|row| Some(vec![Some(answer_at(row, first)?), Some(answer_at(row, second)?)]))
                .collect();
            if !shared.is_empty() {
                let pair = [first, second].map(|at| rows.annotators[at].to_string());
                found.push(Agreement::new("pair", Some(pair), &shared));
            }
        }
    }
    let shared: Vec<Vec<Option<&RowAnswer>>> =
        rows.shared().map(|row| (0..number).map(|at| answer_at(row, at)).collect()).collect();
    found.push(Agreement::new("all", None, &shared));
    found
}

/// The answers of an annotator, each beside one of another.
#[derive(Default)]
struct PairsWithOthers<'a> {
    rows: Vec<Vec<Option<&'a RowAnswer>>>,
    /// Whether a row has answers of several others.
    is_repeated: bool,
}

/// The agreement of each annotator with all others, on whether a negative is relevant, over several
/// groups of rows. Units are pairs of answers; where a row has answers of several others, they are
/// not independent, and there is no interval.
pub fn agreement_with_others(groups: &[AnsweredRows]) -> BTreeMap<String, AgreementFigures> {
    let mut pairs: BTreeMap<&str, PairsWithOthers<'_>> = BTreeMap::new();
    for rows in groups {
        for row in rows.shared() {
            for (at, name) in rows.annotators.iter().enumerate() {
                let Some(own) = answer_at(row, at) else { continue };
                let others = (0..rows.annotators.len()).filter(|other| *other != at);
                let others: Vec<&RowAnswer> = others.filter_map(|other| answer_at(row, other)).collect();
                let of_name = pairs.entry(name).or_default();
                of_name.is_repeated |= others.len() > 1;
                of_name.rows.extend(others.into_iter().map(|other| vec![Some(own), Some(other)]));
            }
        }
    }
    let figures = |(name, pairs): (&str, PairsWithOthers<'_>)| {
        let mut figures = Agreement::new("others", None, &pairs.rows).negatives;
        for share in [&mut figures.positive_agreement, &mut figures.negative_agreement].into_iter().flatten() {
            if pairs.is_repeated {
                (share.low, share.high) = (None, None);
            }
        }
        (name.to_owned(), figures)
    };
    pairs.into_iter().map(figures).collect()
}

/// A row that a person shares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedRow {
    /// The row.
    pub index: SampleIndex,
    /// Whether another person gave another answer about a negative: relevant, or not.
    pub differs: bool,
}

/// The rows that the figures of [`agreement_with_others`] are of, by annotator.
pub fn shared_with_others(groups: &[AnsweredRows]) -> BTreeMap<String, Vec<SharedRow>> {
    let mut shared: BTreeMap<String, Vec<SharedRow>> = BTreeMap::new();
    for rows in groups {
        for row in rows.shared() {
            for (at, name) in rows.annotators.iter().enumerate() {
                let Some(own) = answer_at(row, at) else { continue };
                let others = (0..rows.annotators.len()).filter(|other| *other != at);
                let differs = others.filter_map(|other| answer_at(row, other)).any(|other| differ(own, other));
                shared.entry(name.to_string()).or_default().push(SharedRow { index: row.index, differs });
            }
        }
    }
    shared
}

/// Whether two answers contradict each other about a negative.
fn differ(one: &RowAnswer, other: &RowAnswer) -> bool {
    let is_said = |say: Say| matches!(say, Say::Yes | Say::No);
    one.negatives.iter().any(|(tile, said)| {
        let other = other.negatives.get(tile).copied();
        is_said(*said) && other.is_some_and(|other| is_said(other) && other != *said)
    })
}

fn answer_at(row: &AnsweredRow, annotator: usize) -> Option<&RowAnswer> {
    row.answers[annotator].as_ref().map(|one| &one.answer)
}

impl Agreement {
    /// The agreement over rows, each with the answers of the annotators in the same order.
    pub(super) fn new(kind: &'static str, pair: Option<[String; 2]>, rows: &[Vec<Option<&RowAnswer>>]) -> Self {
        let each = |question: &dyn Fn(&RowAnswer) -> Say| -> Vec<Unit> {
            rows.iter().map(|answers| answers.iter().map(|one| one.map(question)).collect()).collect()
        };
        let negatives: Vec<Unit> = rows
            .iter()
            .flat_map(|answers| {
                let tiles = answers.iter().flatten().next().map(|first| first.negatives.keys());
                let say = move |tile| {
                    let of_one = |one: &Option<&RowAnswer>| one.and_then(|one| one.negatives.get(tile).copied());
                    answers.iter().map(of_one).collect::<Unit>()
                };
                tiles.into_iter().flatten().map(say)
            })
            .collect();
        Self {
            kind,
            pair,
            negatives: AgreementFigures::new(&negatives),
            rows: AgreementFigures::new(&each(&RowAnswer::has_false_negative)),
            positives: AgreementFigures::new(&each(&|answer| answer.positive)),
        }
    }
}

impl AgreementFigures {
    fn new(units: &[Unit]) -> Self {
        let mut table = TwoByTwo::default();
        let mut unsure = 0;
        let (mut three_values, mut two_values) = (Vec::new(), Vec::new());
        for unit in units {
            let said: Vec<Say> = unit.iter().flatten().copied().filter(|say| is_answer(*say)).collect();
            let count = |wanted: Say| said.iter().filter(|say| **say == wanted).count() as u64;
            let (yes, no, open) = (count(Say::Yes), count(Say::No), count(Say::Unsure));
            three_values.push(vec![yes, no, open]);
            // A coefficient of pairs is about the pairs that are counted.
            if yes + no > 1 {
                two_values.push(vec![yes, no]);
            }
            for (at, first) in said.iter().enumerate() {
                for second in &said[at + 1..] {
                    match (first, second) {
                        (Say::Yes, Say::Yes) => table.both += 1,
                        (Say::Yes, Say::No) => table.only_first += 1,
                        (Say::No, Say::Yes) => table.only_second += 1,
                        (Say::No, Say::No) => table.neither += 1,
                        _ => unsure += 1,
                    }
                }
            }
        }
        // One annotator's answers about a unit go into several pairs: they are not independent.
        let is_pairwise = two_values.iter().all(|counts| counts.iter().sum::<u64>() <= 2);
        let (kappa, kappa_method) = kappa(units, table, &three_values);
        let share = |found: Option<(f64, Interval)>| found.map(|found| Share::new(found, is_pairwise));
        Self {
            n: table.pairs(),
            both: table.both,
            only_a: table.only_first,
            only_b: table.only_second,
            neither: table.neither,
            unsure,
            positive_agreement: share(table.positive_agreement(Level::USUAL)),
            negative_agreement: share(table.negative_agreement(Level::USUAL)),
            alpha: krippendorff_alpha(&three_values),
            kappa,
            kappa_method,
            ac1: gwet_ac1(&two_values, 2),
        }
    }
}

/// The kappa of units with its name. `table`: the pairs of answers; `counts`: the answers of each
/// unit.
fn kappa(units: &[Unit], table: TwoByTwo, counts: &[Vec<u64>]) -> (Option<f64>, &'static str) {
    let annotators = units.iter().map(Vec::len).max().unwrap_or(0);
    let of = |table: TwoByTwo| table.kappa().map(|kappa| kappa.value);
    if annotators <= 2 {
        return (of(table), "cohen");
    }
    let answers = |counts: &Vec<u64>| counts.iter().sum::<u64>();
    let answered: Vec<Vec<u64>> = counts.iter().filter(|counts| answers(counts) > 1).cloned().collect();
    if answered.windows(2).all(|pair| answers(&pair[0]) == answers(&pair[1])) {
        return (fleiss_kappa(&answered), "fleiss");
    }
    let pairs = (0..annotators).flat_map(|first| (first + 1..annotators).map(move |second| (first, second)));
    let of_pairs: Vec<f64> = pairs.filter_map(|(first, second)| of(pair_table(units, first, second))).collect();
    let mean = of_pairs.iter().sum::<f64>() / of_pairs.len() as f64;
    ((!of_pairs.is_empty()).then_some(mean), "mean-cohen")
}

/// The answers of two annotators, each yes or no.
fn pair_table(units: &[Unit], first: usize, second: usize) -> TwoByTwo {
    let mut table = TwoByTwo::default();
    for unit in units {
        let said = |at: usize| unit.get(at).copied().flatten();
        match (said(first), said(second)) {
            (Some(Say::Yes), Some(Say::Yes)) => table.both += 1,
            (Some(Say::Yes), Some(Say::No)) => table.only_first += 1,
            (Some(Say::No), Some(Say::Yes)) => table.only_second += 1,
            (Some(Say::No), Some(Say::No)) => table.neither += 1,
            _ => {}
        }
    }
    table
}

/// Whether an annotator answered: a broken tile has no answer, nor has one without a mark in a
/// rejected row.
fn is_answer(say: Say) -> bool {
    matches!(say, Say::Yes | Say::No | Say::Unsure)
}
