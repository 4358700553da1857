//! An audit with the answers to its rows, and what they say together. Reads no events.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{Sample, SampleKey, TilePath};

use super::answer::{RowAnswer, answers_tiles};
use super::answering::Answering;
use super::continued::Continues;
use super::plan::AuditPlan;
use crate::judgement::Judgement;
use crate::merge::CurrentJudgements;
use crate::step::StepId;
use crate::time::Timestamp;

/// An audit.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The step that drew its rows. In a merged sidecar, others drew them, too: see
    /// [`Self::is_drawn_by`].
    pub id: StepId,
    /// The steps that drew the same rows by the same plan in other copies of the set.
    pub(super) repeats: Vec<StepId>,
    /// The plan.
    pub plan: AuditPlan,
    /// The person who began it.
    pub begun_by: Arc<str>,
    /// The time of the draw.
    pub at: Timestamp,
    /// The drawn rows in the order of the draw.
    pub rows: Vec<SampleKey>,
    /// The name in its plan if another audit has the same one: the name here is longer.
    pub shared_name: Option<String>,
    /// The earlier audit with the same first rows, if there is one.
    pub continues: Option<Continues>,
    /// The content of each drawn row as the plan froze it.
    pub(super) contents: HashMap<SampleKey, String>,
    pub(super) known: HashSet<SampleKey>,
    pub(super) gold: Vec<SampleKey>,
    /// The tiles of each row that are asked for, if tiles were drawn.
    pub(super) asked: HashMap<SampleKey, Vec<TilePath>>,
    /// The answers of each annotator.
    pub(super) answers: BTreeMap<Arc<str>, CurrentJudgements>,
    /// Their second answers to rows that came back.
    pub(super) again: BTreeMap<Arc<str>, CurrentJudgements>,
    /// The answers of each adjudicator, which take the place of theirs.
    pub(super) adjudicated: BTreeMap<Arc<str>, CurrentJudgements>,
    /// The text of the latest acceptance of its set, with the step that accepted it.
    pub(super) accepted: Option<(StepId, String)>,
}

impl Audit {
    /// The answer to a row; `None` without a verdict, or without a mark of a drawn tile.
    pub(crate) fn answer_to(&self, sample: &Sample, answers: &CurrentJudgements) -> Option<RowAnswer> {
        let judgement = answers.judgements.get(&sample.key)?;
        let is_confirmed = |tile: &TilePath| answers.origins.tile_origin(sample.key, tile).confirmed_by.is_some();
        self.answer_by(sample, judgement, &is_confirmed)
    }

    /// The answer of a judgement to a row.
    pub(super) fn answer_by(
        &self,
        sample: &Sample,
        judgement: &Judgement,
        is_confirmed: &dyn Fn(&TilePath) -> bool,
    ) -> Option<RowAnswer> {
        match self.asked(sample.key) {
            [] => judgement.verdict.map(|_| RowAnswer::new(sample, judgement, is_confirmed)),
            tiles => RowAnswer::of_tiles(sample, judgement, tiles, is_confirmed),
        }
    }

    /// The tiles of a row that are asked for: drawn ones, or in a gold row one with a known word;
    /// none if the whole row is asked for.
    pub fn asked(&self, key: SampleKey) -> &[TilePath] {
        self.asked.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Whether annotators have answered to a row.
    fn is_answered(&self, answers: &BTreeMap<Arc<str>, CurrentJudgements>, annotator: &str, key: SampleKey) -> bool {
        let judgement = answers.get(annotator).and_then(|answers| answers.judgements.get(&key));
        judgement.is_some_and(|judgement| match self.asked(key) {
            [] => judgement.verdict.is_some(),
            tiles => answers_tiles(judgement, tiles),
        })
    }

    /// Whether a step drew its rows, here or in another copy of the set. Answers name the one of
    /// their copy.
    pub fn is_drawn_by(&self, step: &StepId) -> bool {
        self.id == *step || self.repeats.contains(step)
    }

    /// Whether a row was drawn.
    pub fn has_row(&self, key: SampleKey) -> bool {
        self.known.contains(&key)
    }

    /// The drawn rows that are for an annotator, in the order of the draw. Where the plan names
    /// nobody, these are the rows that nobody else has answered.
    pub fn part_of(&self, annotator: &str) -> Vec<SampleKey> {
        let is_mine = |key: &&SampleKey| {
            if !self.plan.annotators.is_empty() {
                return self.plan.annotators_of(&key.to_string()).contains(&annotator);
            }
            !self.answers.keys().any(|name| **name != *annotator && self.has_answer(name, **key))
        };
        self.rows.iter().filter(is_mine).copied().collect()
    }

    /// Whether an annotator answered to a row in it: by a verdict, or by marks of its drawn tiles.
    pub fn has_answer(&self, annotator: &str, key: SampleKey) -> bool {
        self.is_answered(&self.answers, annotator, key)
    }

    /// Whether an annotator answered to a row when it came back.
    pub fn has_answer_again(&self, annotator: &str, key: SampleKey) -> bool {
        self.is_answered(&self.again, annotator, key)
    }

    /// The gold rows: rows outside of the draw whose answer is known.
    pub fn gold_rows(&self) -> impl Iterator<Item = SampleKey> {
        self.gold.iter().copied()
    }

    /// The answers of one kind, as they are now.
    pub(crate) fn answers_of(&self, answering: &Answering) -> CurrentJudgements {
        match answering {
            Answering::First(name) => self.answers.get(name).cloned().unwrap_or_default(),
            Answering::Again(name) => self.again.get(name).cloned().unwrap_or_default(),
            Answering::Adjudication(name) => self.adjudicated.get(name).cloned().unwrap_or_default(),
        }
    }

    /// The judgements of each annotator in it.
    pub(crate) fn answers(&self) -> &BTreeMap<Arc<str>, CurrentJudgements> {
        &self.answers
    }

    /// The judgements of each adjudicator.
    pub(crate) fn adjudicators(&self) -> &BTreeMap<Arc<str>, CurrentJudgements> {
        &self.adjudicated
    }

    /// The second answers of each annotator.
    pub(crate) fn answers_again(&self) -> &BTreeMap<Arc<str>, CurrentJudgements> {
        &self.again
    }

    /// The answer of one annotator to a row, if there is one.
    pub fn answer_of(&self, annotator: &str, sample: &Sample) -> Option<RowAnswer> {
        self.answer_to(sample, self.answers.get(annotator)?)
    }

    /// The answer to a row that counts: that of the adjudication, else what all its annotators said
    /// together. `None` as long as one of those whom the plan names has not answered. All negatives
    /// of a row that changed since the audit was planned are unsure: others may have been judged.
    pub fn answer(&self, sample: &Sample) -> Option<RowAnswer> {
        let answer = self.given_answer(sample)?;
        Some(if self.has_changed(sample) { answer.with_unsure_negatives() } else { answer })
    }

    fn given_answer(&self, sample: &Sample) -> Option<RowAnswer> {
        if let Some(adjudicated) = self.adjudicated(sample) {
            return Some(adjudicated);
        }
        let named = self.plan.annotators_of(&sample.key.to_string());
        let answers: Vec<RowAnswer> = if named.is_empty() {
            self.answers.values().filter_map(|answers| self.answer_to(sample, answers)).collect()
        } else {
            named.iter().map(|name| self.answer_of(name, sample)).collect::<Option<_>>()?
        };
        answers.into_iter().reduce(RowAnswer::together)
    }
}
