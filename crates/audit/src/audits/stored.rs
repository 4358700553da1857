//! The audits among the events of a sidecar, with the answers to their rows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey, TilePath};

use super::adjudicators::AdjudicatedRow;
use super::answer::{RowAnswer, answers_tiles};
use super::answering::Answering;
use super::content::has_changed;
use super::continued::Continues;
use super::plan::AuditPlan;
use super::tile_set::TileSet;
use super::tile_word::TileWord;
use crate::event::Event;
use crate::judgement::{FieldChange, Judgement};
use crate::merge::CurrentJudgements;
use crate::role::is_machine;
use crate::round::Round;
use crate::step::StepId;
use crate::time::Timestamp;

/// An audit.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The step that drew its rows.
    pub id: StepId,
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
    contents: HashMap<SampleKey, String>,
    known: HashSet<SampleKey>,
    gold: Vec<SampleKey>,
    /// The drawn tiles of each row, if tiles were drawn.
    asked: HashMap<SampleKey, Vec<TilePath>>,
    /// The answers of each annotator.
    answers: BTreeMap<Arc<str>, CurrentJudgements>,
    /// Their second answers to rows that came back.
    again: BTreeMap<Arc<str>, CurrentJudgements>,
    /// The answers of each adjudicator, which take the place of theirs.
    adjudicated: BTreeMap<Arc<str>, CurrentJudgements>,
    /// The text of the latest acceptance of its set, with the step that accepted it.
    pub(super) accepted: Option<(StepId, String)>,
}

/// The record of an acceptance, stored as JSON; fields are never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedSet {
    /// The hash of the set.
    pub set: String,
    /// The accepted rows; of a set of tiles, those that have one.
    pub rows: usize,
    /// The marked tiles; none if rows were accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles: Option<usize>,
    /// The word on these tiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<TileWord>,
    /// Drawn rows or tiles that were kept out because they are wrong.
    pub kept_out: usize,
    /// The result of the draw in words.
    pub sentence: String,
}

impl AcceptedSet {
    /// The number of accepted units: tiles, or rows.
    pub fn units(&self) -> usize {
        self.tiles.unwrap_or(self.rows)
    }
}

impl Audit {
    /// The answer to a row; `None` without a verdict, or without a mark of a drawn tile.
    fn answer_to(&self, sample: &Sample, answers: &CurrentJudgements) -> Option<RowAnswer> {
        let judgement = answers.judgements.get(&sample.key)?;
        let is_confirmed = |tile: &TilePath| answers.origins.tile_origin(sample.key, tile).confirmed_by.is_some();
        self.answer_by(sample, judgement, &is_confirmed)
    }

    /// The answer of a judgement to a row.
    fn answer_by(
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

    /// The drawn tiles of a row that are asked for; none if the whole row is.
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

    /// An audit from the first event of its step, which holds the plan.
    fn begun(event: &Event) -> Option<Self> {
        let FieldChange::Note(text) = &event.change else { return None };
        let plan = AuditPlan::from_text(text)?;
        Some(Self {
            id: event.step.clone(),
            gold: plan.gold.iter().filter_map(|key| key.parse().ok()).collect(),
            asked: plan.tiles().map(TileSet::by_row).unwrap_or_default(),
            plan,
            begun_by: event.annotator.clone(),
            at: event.at,
            rows: Vec::new(),
            shared_name: None,
            continues: None,
            contents: HashMap::new(),
            known: HashSet::new(),
            answers: BTreeMap::new(),
            again: BTreeMap::new(),
            adjudicated: BTreeMap::new(),
            accepted: None,
        })
    }

    /// Takes an event of the step that drew the rows.
    fn add_drawn(&mut self, event: &Event) {
        if matches!(event.change, FieldChange::Verdict(_)) && self.known.insert(event.sample) {
            self.rows.push(event.sample);
        }
    }

    /// Takes an answer.
    fn add(&mut self, event: &Event, round: &Round) {
        if is_machine(&event.annotator) {
            // A machine gives no answers. Its note is the record of what it accepted.
            if let FieldChange::Note(text) = &event.change {
                self.accepted =
                    Some(text).filter(|text| !text.is_empty()).map(|text| (event.step.clone(), text.clone()));
            }
            return;
        }
        if !self.known.contains(&event.sample) && !self.gold.contains(&event.sample) {
            return;
        }
        match round {
            Round::Audit(_) => self.answers.entry(event.annotator.clone()).or_default().apply(event),
            Round::Again(_) => self.again.entry(event.annotator.clone()).or_default().apply(event),
            Round::Adjudication(_) => self.adjudicated.entry(event.annotator.clone()).or_default().apply(event),
            Round::SecondPass(_) => {}
        }
    }

    /// The acceptance of its set, if it was accepted and that was not undone.
    pub fn accepted_set(&self) -> Option<AcceptedSet> {
        serde_json::from_str(&self.accepted.as_ref()?.1).ok()
    }

    /// Whether a drawn row has another query, positive or negatives than when the audit was
    /// planned. Unknown, and so no, for plans of earlier versions.
    pub fn has_changed(&self, sample: &Sample) -> bool {
        self.contents.get(&sample.key).is_some_and(|frozen| has_changed(frozen, sample))
    }

    /// Whether the rows of a dataset are those that were drawn from, with the content that they
    /// had. Reads them, unless a filter chose them: what it finds now is another question, and then
    /// only the keys of all rows and the content of the drawn ones count. Plans of earlier versions
    /// are compared by keys.
    pub fn has_same_rows(&self, dataset: &Dataset) -> bool {
        if self.plan.fingerprint != dataset.fingerprint.to_string() {
            return false;
        }
        let (Some(contents), None) = (&self.plan.contents, &self.plan.filter) else {
            let sample = |key: &SampleKey| dataset.sample(dataset.find(*key)?).ok();
            return !self.rows.iter().filter_map(sample).any(|sample| self.has_changed(&sample));
        };
        let is_of_split =
            |index: &SampleIndex| self.plan.split.as_ref().is_none_or(|name| dataset.split_of(*index).name == *name);
        contents.is_of_scope(dataset, dataset.indices().filter(is_of_split)).unwrap_or(true)
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

    /// Whether a row may have such an answer.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn check(&self, answering: &Answering, key: SampleKey) -> Result<(), String> {
        match answering {
            Answering::First(name) => self.check_annotator(name, key),
            Answering::Again(name) => {
                self.check_annotator(name, key)?;
                let name = &self.plan.name;
                self.comes_back(key)
                    .then_some(())
                    .ok_or_else(|| format!("in the audit “{name}” the row does not come back"))
            }
            Answering::Adjudication(_) if self.has_row(key) => Ok(()),
            Answering::Adjudication(_) => Err(format!("the row was not drawn for the audit “{}”", self.plan.name)),
        }
    }

    /// Whether an annotator answered to a row before they answer again. `answers`: theirs, if some
    /// of them are not stored yet.
    ///
    /// # Errors
    /// The reason, in words, if they did not.
    pub(crate) fn check_first(
        &self,
        answers: Option<&CurrentJudgements>,
        annotator: &str,
        key: SampleKey,
    ) -> Result<(), String> {
        let judgement =
            answers.or_else(|| self.answers.get(annotator)).and_then(|answers| answers.judgements.get(&key));
        match judgement.and_then(|judgement| judgement.verdict) {
            Some(_) => Ok(()),
            None => Err(format!("{annotator} has not answered to the row a first time")),
        }
    }

    /// Whether an annotator may answer to a row.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn check_annotator(&self, annotator: &str, key: SampleKey) -> Result<(), String> {
        if is_machine(annotator) {
            return Err(format!("{annotator} is a machine: people answer in the audit “{}”", self.plan.name));
        }
        if self.gold.contains(&key) {
            let is_named = self.plan.annotators.is_empty() || self.plan.annotators.iter().any(|name| name == annotator);
            let refusal = || format!("{annotator} is not an annotator of the audit “{}”", self.plan.name);
            return is_named.then_some(()).ok_or_else(refusal);
        }
        if !self.has_row(key) {
            return Err(format!("the row was not drawn for the audit “{}”", self.plan.name));
        }
        let named = self.plan.annotators_of(&key.to_string());
        if named.is_empty() || named.contains(&annotator) {
            return Ok(());
        }
        Err(format!("in the audit “{}” this row is for {}, not for {annotator}", self.plan.name, named.join(" and ")))
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

/// The audits among events in stored order, the oldest first. `events` are those of all annotators
/// and all rounds: see [`crate::Sidecar::all_events`].
///
/// In merged sidecars, audits of the same plan and rows are one: their draw is the same on every
/// machine. Of others with the same name, each gets the begin of its session in its name; see
/// [`audit_at`](super::audit_at).
pub fn audits(events: &[Event]) -> Vec<Audit> {
    let mut audits = Vec::new();
    add_events(&mut audits, events);
    name_apart(&mut audits);
    relate(&mut audits);
    audits
}

/// The plan and the rows of each audit.
pub fn draws_of(audits: &[Audit]) -> impl DoubleEndedIterator<Item = (&AuditPlan, &[SampleKey])> {
    audits.iter().map(|audit| (&audit.plan, &*audit.rows))
}

/// Finds the audits that continue others.
fn relate(audits: &mut [Audit]) {
    for at in 0..audits.len() {
        let (earlier, others) = audits.split_at_mut(at);
        if let Some(audit) = others.first_mut() {
            audit.continues = Continues::find(&audit.plan, &audit.rows, draws_of(earlier));
        }
    }
}

/// Adds later events to the audits that are known: answers to their rows, and new audits. Events
/// that belong to no audit are left out.
pub fn add_events(audits: &mut Vec<Audit>, events: &[Event]) {
    let known = audits.iter().enumerate().map(|(at, audit)| (audit.id.clone(), at));
    let mut numbers: HashMap<StepId, usize> = known.collect();
    // A draw comes before the answers in a sidecar, but in a merged one perhaps after them.
    for event in events.iter().filter(|event| is_plan(event)) {
        if let Some(audit) = Audit::begun(event)
            && !numbers.contains_key(&event.step)
        {
            numbers.insert(event.step.clone(), audits.len());
            audits.push(audit);
        }
    }
    let (mut draws, answers): (Vec<&Event>, Vec<&Event>) =
        events.iter().partition(|event| event.round.as_ref().is_some_and(|round| *round.drawn_by() == event.step));
    // The order of the draw is that of its step, whatever the order of the events.
    draws.sort_by_key(|event| event.seq);
    let has_new = !draws.is_empty();
    for event in draws {
        if let Some(audit) = numbers.get(&event.step).and_then(|at| audits.get_mut(*at)) {
            audit.add_drawn(event);
        }
    }
    let (kept, numbers) = without_repeats(std::mem::take(audits), &numbers);
    *audits = kept;
    if has_new {
        for audit in audits.iter_mut() {
            audit.contents = audit.plan.contents.as_ref().map(|all| all.by_row(&audit.rows)).unwrap_or_default();
        }
        relate(audits);
    }
    for event in answers {
        let Some(round @ (Round::Audit(id) | Round::Again(id) | Round::Adjudication(id))) = &event.round else {
            continue;
        };
        if let Some(audit) = numbers.get(id).and_then(|at| audits.get_mut(*at)) {
            audit.add(event, round);
        }
    }
}

/// The audits without those that repeat the plan and the rows of an earlier one, and the position
/// of each by its step.
fn without_repeats(all: Vec<Audit>, numbers: &HashMap<StepId, usize>) -> (Vec<Audit>, HashMap<StepId, usize>) {
    let mut kept: Vec<Audit> = Vec::new();
    let mut new_numbers: Vec<usize> = Vec::new();
    for audit in all {
        let same = kept.iter().position(|one| one.plan.is_same(&audit.plan) && one.rows == audit.rows);
        new_numbers.push(same.unwrap_or(kept.len()));
        if same.is_none() {
            kept.push(audit);
        }
    }
    (kept, numbers.iter().map(|(step, at)| (step.clone(), new_numbers[*at])).collect())
}

/// Gives audits of the same name a name each.
fn name_apart(audits: &mut [Audit]) {
    let names: Vec<String> = audits.iter().map(|audit| audit.plan.name.clone()).collect();
    for audit in audits {
        if names.iter().filter(|name| **name == audit.plan.name).count() > 1 {
            let session: String = audit.id.session.chars().take(8).collect();
            audit.shared_name = Some(audit.plan.name.clone());
            audit.plan.name = format!("{} ({session}/{})", audit.plan.name, audit.id.seq);
        }
    }
}

/// Whether an event holds the plan of an audit.
fn is_plan(event: &Event) -> bool {
    let is_draw = matches!(&event.round, Some(Round::Audit(id)) if *id == event.step);
    is_draw && event.seq == event.step.seq && matches!(event.change, FieldChange::Note(_))
}
