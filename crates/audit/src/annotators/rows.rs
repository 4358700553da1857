//! Rows with the answers of several annotators: from an audit, or from the judgements that count.
//! Compares nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey};

use crate::audits::{Audit, RowAnswer};
use crate::event::Event;
use crate::judgement::{FieldChange, Judgement};
use crate::merge::{CurrentJudgements, adjudicated, present_by_annotator};
use crate::origin::Origin;
use crate::role::Role;

/// The judgements that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// All of them.
    All,
    /// Without marks that were propagated and judgements that were made in bulk: nobody inspected
    /// the tile in its row.
    LooksOnly,
}

/// Rows with the answers of people. Machines have none.
#[derive(Clone, Debug)]
pub struct AnsweredRows {
    /// The name of the audit; `None` for the judgements that count, which are of no random draw.
    pub audit: Option<String>,
    /// The names of the annotators, sorted.
    pub annotators: Vec<Arc<str>>,
    /// The rows with an answer, in the order of the draw or of the dataset.
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
    /// The answer about the positive and each negative.
    pub answer: RowAnswer,
}

/// The answer of an annotator to a row, by their judgements.
type AnswerOf<'a> = dyn Fn(&str, &Sample, &CurrentJudgements) -> Option<Answered> + 'a;

impl AnsweredRows {
    /// The answers in an audit. Rows that the dataset does not hold are left out.
    pub fn of_audit(audit: &Audit, dataset: &Dataset, counted: Counted) -> Self {
        let keys = audit.rows.iter().copied();
        let adjudicated = |sample: &Sample| audit.adjudicated(sample);
        let of_tiles = |name: &str, sample: &Sample, current: &CurrentJudgements| {
            // What is asked are tiles: the verdict is no answer.
            let judgement = Judgement { verdict: None, ..current.judgements.get(&sample.key)?.clone() };
            Some(Answered { judgement, answer: audit.answer_of(name, sample)? })
        };
        let of_rows = |_: &str, sample: &Sample, current: &CurrentJudgements| answered(sample, current, counted);
        let answer: &AnswerOf<'_> = if audit.plan.tiles().is_some() { &of_tiles } else { &of_rows };
        Self::new(Some(audit.plan.name.clone()), dataset, keys, audit.answers(), &adjudicated, answer)
    }

    /// The judgements that count, of rows with a verdict. `events`: those without a round.
    pub fn standing(events: &[Event], dataset: &Dataset, counted: Counted) -> Self {
        let each: BTreeMap<Arc<str>, CurrentJudgements> =
            present_by_annotator(events).into_iter().map(|(name, current)| (name.into(), current)).collect();
        let judged: BTreeSet<SampleIndex> =
            each.values().flat_map(|one| one.judgements.keys()).filter_map(|key| dataset.find(*key)).collect();
        let settled = adjudicated(events);
        let adjudicated = |sample: &Sample| RowAnswer::of_judgement(sample, settled.get(&sample.key)?);
        let keys = judged.into_iter().map(|index| dataset.entry(index).key);
        let answer = |_: &str, sample: &Sample, current: &CurrentJudgements| answered(sample, current, counted);
        Self::new(None, dataset, keys, &each, &adjudicated, &answer)
    }

    fn new(
        audit: Option<String>,
        dataset: &Dataset,
        keys: impl Iterator<Item = SampleKey>,
        each: &BTreeMap<Arc<str>, CurrentJudgements>,
        adjudicated: &dyn Fn(&Sample) -> Option<RowAnswer>,
        answer: &AnswerOf<'_>,
    ) -> Self {
        let people: Vec<(&Arc<str>, &CurrentJudgements)> =
            each.iter().filter(|(name, _)| Role::of(name) == Role::Person).collect();
        let row = |key: SampleKey| {
            let index = dataset.find(key)?;
            let sample = dataset.sample(index).ok()?;
            let answers: Vec<Option<Answered>> =
                people.iter().map(|(name, current)| answer(name, &sample, current)).collect();
            let adjudicated = adjudicated(&sample);
            let is_empty = answers.iter().all(Option::is_none) && adjudicated.is_none();
            (!is_empty).then_some(AnsweredRow { index, key, answers, adjudicated })
        };
        let rows = keys.filter_map(row).collect();
        Self { audit, annotators: people.into_iter().map(|(name, _)| name.clone()).collect(), rows }
    }

    /// The rows with the answers of two people or more.
    pub fn shared(&self) -> impl Iterator<Item = &AnsweredRow> {
        self.rows.iter().filter(|row| row.answers.iter().flatten().count() > 1)
    }
}

/// The answer of one annotator, if they gave the row a verdict.
pub(super) fn answered(sample: &Sample, current: &CurrentJudgements, counted: Counted) -> Option<Answered> {
    let mut judgement = current.judgements.get(&sample.key)?.clone();
    if counted == Counted::LooksOnly {
        let is_own = |origin: &Origin| origin.propagated_from.is_none() && !origin.bulk;
        if !is_own(&current.origins.get(sample.key, &FieldChange::Verdict(None))) {
            return None;
        }
        // A row that was accepted with such a mark says nothing about this tile.
        let foreign: Vec<_> = judgement
            .tiles
            .keys()
            .filter(|tile| !is_own(&current.origins.tile_origin(sample.key, tile)))
            .cloned()
            .collect();
        let mut answer = RowAnswer::of_judgement(sample, &judgement)?;
        for tile in &foreign {
            answer.forget(tile);
            judgement.tiles.remove(tile);
        }
        return Some(Answered { judgement, answer });
    }
    let answer = RowAnswer::of_judgement(sample, &judgement)?;
    Some(Answered { judgement, answer })
}
