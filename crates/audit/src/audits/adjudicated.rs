//! The answers of an audit's adjudicators to its rows, and the rows on which they differ.
//! `adjudicators.rs` combines the words about one row.

use std::sync::Arc;

use tilejury_data::{Sample, SampleKey};

use super::adjudicators::AdjudicatedRow;
use super::answer::RowAnswer;
use super::stored::Audit;
use crate::judgement::Judgement;
use crate::merge::CurrentJudgements;

impl Audit {
    /// The answer of the adjudication to a row, once it has one.
    pub fn adjudicated(&self, sample: &Sample) -> Option<RowAnswer> {
        self.adjudication(sample)?.answer
    }

    /// The words of adjudicators about a row.
    pub fn adjudication(&self, sample: &Sample) -> Option<AdjudicatedRow> {
        let word = |(name, answers): (&Arc<str>, &CurrentJudgements)| {
            let judgement = answers.judgements.get(&sample.key)?.clone();
            let answer = self.answer_to(sample, answers)?;
            Some((name.clone(), judgement.reconciled(&sample.positive.path), answer))
        };
        AdjudicatedRow::new(sample, self.adjudicated.iter().filter_map(word).collect(), self.plan.tiles().is_some())
    }

    /// The words of the adjudicators of a row if one of them says this instead of what is stored.
    pub fn adjudication_with(&self, sample: &Sample, name: &str, judgement: &Judgement) -> Option<AdjudicatedRow> {
        let stored = self.adjudication(sample).map(|row| row.words).unwrap_or_default();
        let mut words: Vec<_> = stored.into_iter().filter(|(other, ..)| **other != *name).collect();
        if let Some(answer) = self.answer_by(sample, judgement, &|_| false) {
            words.push((name.into(), judgement.clone().reconciled(&sample.positive.path), answer));
        }
        AdjudicatedRow::new(sample, words, self.plan.tiles().is_some())
    }

    /// The rows on which adjudicators differ, in the order of the draw, with the samples of a
    /// dataset.
    pub fn rows_adjudicated_differently<'a>(
        &'a self,
        sample: impl Fn(SampleKey) -> Option<Sample> + 'a,
    ) -> impl Iterator<Item = SampleKey> + 'a {
        let several = self.adjudicated.len() > 1;
        let differ = move |key: &SampleKey| {
            let adjudication = self.adjudication(&sample(*key)?)?;
            adjudication.differ_on.map(|_| *key)
        };
        self.rows.iter().filter(move |_| several).filter_map(differ)
    }
}
