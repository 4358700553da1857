//! Rows with the answers of several annotators, from an audit. Compares nothing.

use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, SampleKey};

use crate::audits::{Audit, RowAnswer};
use crate::judgement::Judgement;

/// The judgements that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// All of them.
    All,
}

/// Rows with the answers of people.
#[derive(Clone, Debug)]
pub struct AnsweredRows {
    /// The names of the annotators, sorted.
    pub annotators: Vec<Arc<str>>,
    /// The rows with an answer, in the order of the draw.
    pub rows: Vec<AnsweredRow>,
}

/// A row with answers.
#[derive(Clone, Debug)]
pub struct AnsweredRow {
    /// The row.
    pub index: SampleIndex,
    /// Its key.
    pub key: SampleKey,
    /// The answers by annotator, as in [`AnsweredRows::annotators`].
    pub answers: Vec<Option<Answered>>,
    /// The answer of the adjudication, which takes the place of the others.
    pub adjudicated: Option<RowAnswer>,
}

/// The answer of one annotator to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The judgement.
    pub judgement: Judgement,
    /// The answers about the positive and each negative.
    pub answer: RowAnswer,
}

impl AnsweredRows {
    /// The answers in an audit. Rows that the dataset does not hold are left out.
    pub fn of_audit(audit: &Audit, dataset: &Dataset, _: Counted) -> Self {
        let annotators: Vec<Arc<str>> = audit.answers().keys().cloned().collect();
        let row = |key: &SampleKey| {
            let index = dataset.find(*key)?;
            let sample = dataset.sample(index).ok()?;
            let answered = |name: &Arc<str>| {
                let judgement = audit.answers().get(name)?.judgements.get(key)?.clone();
                Some(Answered { judgement, answer: audit.answer_of(name, &sample)? })
            };
            let answers: Vec<Option<Answered>> = annotators.iter().map(answered).collect();
            let adjudicated = audit.adjudicated(&sample);
            let is_empty = answers.iter().all(Option::is_none) && adjudicated.is_none();
            (!is_empty).then_some(AnsweredRow { index, key: *key, answers, adjudicated })
        };
        Self { rows: audit.rows.iter().filter_map(row).collect(), annotators }
    }
}
