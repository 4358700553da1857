//! Annotators against answers that are known: those of the adjudication, and those of gold rows.
//! And against themselves, where rows came back.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;
use tilejury_data::{Dataset, Sample, SampleKey};
use tilejury_stats::{Level, clopper_pearson};

use super::agreement::Agreement;
use super::rows::{AnsweredRows, Counted, answered, standing_adjudication};
use crate::audits::{AdjudicatedRow, Audit, RowAnswer, Say};
use crate::event::Event;
use crate::merge::{CurrentJudgements, by_adjudicator};
use crate::role::Role;

/// One annotator against known answers, about negatives. Its JSON form is documented in
/// docs/json.md and never changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Against {
    /// `against`.
    pub kind: &'static str,
    /// The annotator.
    pub annotator: String,
    /// `adjudicated` or `gold`.
    pub against: &'static str,
    /// The rows with both answers.
    pub rows: u64,
    /// Of the relevant negatives, the share that the annotator called relevant.
    pub sensitivity: Hits,
    /// Of the others, the share that the annotator did not call relevant.
    pub specificity: Hits,
    /// The rows with a wrong answer.
    #[serde(skip)]
    pub failed: Vec<SampleKey>,
}

/// A share with its exact 95 % interval. Null without answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Hits {
    /// The right answers.
    pub hits: u64,
    /// All answers, yes or no.
    pub n: u64,
    /// The share.
    pub value: Option<f64>,
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

impl Hits {
    fn new(hits: u64, n: u64) -> Self {
        let interval = clopper_pearson(hits as f64, n as f64, Level::USUAL);
        Self {
            hits,
            n,
            value: (n > 0).then(|| hits as f64 / n as f64),
            low: interval.map(|ends| ends.low),
            high: interval.map(|ends| ends.high),
        }
    }
}

impl Against {
    fn new<'a>(
        annotator: &Arc<str>,
        against: &'static str,
        pairs: impl Iterator<Item = (SampleKey, &'a RowAnswer, &'a RowAnswer)>,
    ) -> Option<Self> {
        let (mut rows, mut counts, mut failed) = (0, [[0_u64; 2]; 2], Vec::new());
        for (key, said, known) in pairs {
            rows += 1;
            let mut is_wrong = false;
            for (tile, truth) in &known.negatives {
                let bit = |say: Say| match say {
                    Say::Yes => Some(1),
                    Say::No => Some(0),
                    _ => None,
                };
                let said = said.negatives.get(tile).copied().and_then(bit);
                if let (Some(truth), Some(said)) = (bit(*truth), said) {
                    counts[truth][said] += 1;
                    is_wrong |= truth != said;
                }
            }
            if is_wrong {
                failed.push(key);
            }
        }
        let [[no_no, no_yes], [yes_no, yes_yes]] = counts;
        (rows > 0).then(|| Self {
            kind: "against",
            annotator: annotator.to_string(),
            against,
            rows,
            sensitivity: Hits::new(yes_yes, yes_yes + yes_no),
            specificity: Hits::new(no_no, no_no + no_yes),
            failed,
        })
    }
}

/// Each annotator against the adjudicated rows.
pub fn against_adjudicated(rows: &AnsweredRows) -> Vec<Against> {
    let of_one = |(at, name): (usize, &Arc<str>)| {
        let pairs = rows
            .rows
            .iter()
            .filter_map(|row| Some((row.key, &row.answers[at].as_ref()?.answer, row.adjudicated.as_ref()?)));
        Against::new(name, "adjudicated", pairs)
    };
    rows.annotators.iter().enumerate().filter_map(of_one).collect()
}

/// The rows with an adjudicated answer: among the judgements that count, and in audits. Of several
/// answers to a row, that of the last audit. `events`: those without a round.
pub fn adjudicated_rows(audits: &[&Audit], events: &[Event], dataset: &Dataset) -> HashMap<SampleKey, RowAnswer> {
    let sample = |key: SampleKey| dataset.sample(dataset.find(key)?).ok();
    // A row on which adjudicators differ has no known answer.
    let known = |adjudication: AdjudicatedRow| adjudication.answer.filter(|_| adjudication.differ_on.is_none());
    let adjudicators = by_adjudicator(events);
    let keys: BTreeSet<SampleKey> = adjudicators.values().flat_map(|one| one.keys().copied()).collect();
    let of_standing = |key: SampleKey| known(standing_adjudication(&adjudicators, &sample(key)?)?);
    let mut found: HashMap<SampleKey, RowAnswer> =
        keys.into_iter().filter_map(|key| Some((key, of_standing(key)?))).collect();
    for audit in audits {
        let of_audit = |key: &SampleKey| Some((*key, known(audit.adjudication(&sample(*key)?)?)?));
        found.extend(audit.rows.iter().filter_map(of_audit));
    }
    found
}

/// Each annotator of an audit against its gold rows. `known`: see [`adjudicated_rows`]; those of
/// the audit itself are not meant.
pub fn against_gold(audit: &Audit, known: &HashMap<SampleKey, RowAnswer>, dataset: &Dataset) -> Vec<Against> {
    let samples: Vec<(Sample, &RowAnswer)> = audit
        .gold_rows()
        .filter_map(|key| Some((dataset.sample(dataset.find(key)?).ok()?, known.get(&key)?)))
        .collect();
    let of_one = |(name, current): (&Arc<str>, &CurrentJudgements)| {
        let answers: Vec<(SampleKey, RowAnswer, &RowAnswer)> = samples
            .iter()
            .filter_map(|(sample, known)| Some((sample.key, answer_in(audit, sample, current)?, *known)))
            .collect();
        Against::new(name, "gold", answers.iter().map(|(key, said, known)| (*key, said, *known)))
    };
    people(audit).filter_map(of_one).collect()
}

/// The first and second answers of each annotator of an audit to rows that came back.
pub fn against_oneself(audit: &Audit, dataset: &Dataset) -> Vec<Agreement> {
    let of_one = |(name, first): (&Arc<str>, &CurrentJudgements)| {
        let second = audit.answers_again().get(name)?;
        let pair = |key: &SampleKey| {
            let sample = dataset.sample(dataset.find(*key)?).ok()?;
            let answer = |of: &CurrentJudgements| answer_in(audit, &sample, of);
            Some([answer(first)?, answer(second)?])
        };
        let pairs: Vec<[RowAnswer; 2]> = audit.rows.iter().filter_map(pair).collect();
        let rows: Vec<Vec<Option<&RowAnswer>>> = pairs.iter().map(|pair| pair.iter().map(Some).collect()).collect();
        (!rows.is_empty()).then(|| Agreement::new("again", Some([name.to_string(), name.to_string()]), &rows))
    };
    people(audit).filter_map(of_one).collect()
}

/// The answer of one annotator to a row of an audit: where tiles were drawn, to those that are
/// asked for, whatever the verdict.
fn answer_in(audit: &Audit, sample: &Sample, current: &CurrentJudgements) -> Option<RowAnswer> {
    match audit.plan.tiles() {
        Some(_) => audit.answer_to(sample, current),
        None => answered(sample, current, Counted::LooksOnly).map(|found| found.answer),
    }
}

fn people(audit: &Audit) -> impl Iterator<Item = (&Arc<str>, &CurrentJudgements)> {
    audit.answers().iter().filter(|(name, _)| Role::of(name) == Role::Person)
}
