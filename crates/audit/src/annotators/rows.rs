//! Rows with the answers of several annotators: from an audit, or from the judgements that count.
//! Compares nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey};

use crate::audits::{AdjudicatedRow, Audit, RowAnswer};
use crate::event::Event;
use crate::judgement::Judgements;
use crate::judgement::{FieldChange, Judgement};
use crate::merge::{CurrentJudgements, by_adjudicator, present_by_annotator};
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
    /// The words of adjudicators, if they differ; then the row is not settled.
    pub contested: Option<AdjudicatedRow>,
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
    /// The answers in an audit. Rows that the dataset does not hold, or that changed since the
    /// audit was planned, are left out.
    pub fn of_audit(audit: &Audit, dataset: &Dataset, counted: Counted) -> Self {
        // Another person may have judged other negatives of a row that changed.
        let is_as_planned = |key: &SampleKey| {
            let sample = dataset.find(*key).and_then(|index| dataset.sample(index).ok());
            !sample.is_some_and(|sample| audit.has_changed(&sample))
        };
        let keys = audit.rows.iter().copied().filter(is_as_planned);
        let adjudication = |sample: &Sample| audit.adjudication(sample);
        let of_tiles = |name: &str, sample: &Sample, current: &CurrentJudgements| {
            // What is asked are tiles: the verdict is no answer.
            let judgement = Judgement { verdict: None, ..current.judgements.get(&sample.key)?.clone() };
            Some(Answered { judgement, answer: audit.answer_of(name, sample)? })
        };
        let of_rows = |_: &str, sample: &Sample, current: &CurrentJudgements| answered(sample, current, counted);
        let answer: &AnswerOf<'_> = if audit.plan.tiles().is_some() { &of_tiles } else { &of_rows };
        Self::new(Some(audit.plan.name.clone()), dataset, keys, audit.answers(), &adjudication, answer)
    }

    /// The judgements that count, of rows with a verdict. `events`: those without a round.
    pub fn standing(events: &[Event], dataset: &Dataset, counted: Counted) -> Self {
        let each: BTreeMap<Arc<str>, CurrentJudgements> =
            present_by_annotator(events).into_iter().map(|(name, current)| (name.into(), current)).collect();
        let judged: BTreeSet<SampleIndex> =
            each.values().flat_map(|one| one.judgements.keys()).filter_map(|key| dataset.find(*key)).collect();
        let adjudicators = by_adjudicator(events);
        let adjudication = |sample: &Sample| standing_adjudication(&adjudicators, sample);
        let keys = judged.into_iter().map(|index| dataset.entry(index).key);
        let answer = |_: &str, sample: &Sample, current: &CurrentJudgements| answered(sample, current, counted);
        Self::new(None, dataset, keys, &each, &adjudication, &answer)
    }

    fn new(
        audit: Option<String>,
        dataset: &Dataset,
        keys: impl Iterator<Item = SampleKey>,
        each: &BTreeMap<Arc<str>, CurrentJudgements>,
        adjudication: &dyn Fn(&Sample) -> Option<AdjudicatedRow>,
        answer: &AnswerOf<'_>,
    ) -> Self {
        let people: Vec<(&Arc<str>, &CurrentJudgements)> =
            each.iter().filter(|(name, _)| Role::of(name) == Role::Person).collect();
        let row = |key: SampleKey| {
            let index = dataset.find(key)?;
            let sample = dataset.sample(index).ok()?;
            let answers: Vec<Option<Answered>> =
                people.iter().map(|(name, current)| answer(name, &sample, current)).collect();
            let adjudication = adjudication(&sample);
            let adjudicated = adjudication.as_ref().and_then(|row| row.answer.clone());
            let contested = adjudication.filter(|row| row.differ_on.is_some());
            let is_empty = answers.iter().all(Option::is_none) && adjudicated.is_none() && contested.is_none();
            (!is_empty).then_some(AnsweredRow { index, key, answers, adjudicated, contested })
        };
        let rows = keys.filter_map(row).collect();
        Self { audit, annotators: people.into_iter().map(|(name, _)| name.clone()).collect(), rows }
    }

    /// The rows on which adjudicators differ.
    pub fn contested(&self) -> impl Iterator<Item = &AnsweredRow> {
        self.rows.iter().filter(|row| row.contested.is_some())
    }

    /// The rows with the answers of two people or more.
    pub fn shared(&self) -> impl Iterator<Item = &AnsweredRow> {
        self.rows.iter().filter(|row| row.answers.iter().flatten().count() > 1)
    }
}

/// The words of adjudicators about a row, among the judgements that count. There a tile without a
/// mark has no word, also in an accepted row.
pub(super) fn standing_adjudication(
    adjudicators: &BTreeMap<String, Judgements>,
    sample: &Sample,
) -> Option<AdjudicatedRow> {
    let several = adjudicators.len() > 1;
    let word = |(name, judgements): (&String, &Judgements)| {
        let judgement = judgements.get(&sample.key)?.clone().reconciled(&sample.positive.path);
        if judgement.verdict.is_none() && judgement.tiles.is_empty() {
            return None;
        }
        let mut answer = RowAnswer::of_marks(sample, &judgement);
        if several {
            let unmarked: Vec<_> =
                answer.negatives.keys().filter(|tile| judgement.relevance(tile).is_none()).cloned().collect();
            unmarked.iter().for_each(|tile| answer.forget(tile));
        }
        Some((name.as_str().into(), judgement, answer))
    };
    AdjudicatedRow::new(sample, adjudicators.iter().filter_map(word).collect(), false)
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
