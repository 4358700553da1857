//! The audits among the events of a sidecar, with the answers to their rows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tilejury_data::{Sample, SampleKey, TilePath};

use super::answer::RowAnswer;
use super::plan::AuditPlan;
use crate::event::Event;
use crate::judgement::FieldChange;
use crate::merge::{CurrentJudgements, is_machine};
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
    known: HashSet<SampleKey>,
    /// The answers of each annotator.
    answers: BTreeMap<Arc<str>, CurrentJudgements>,
    /// The answers that take the place of theirs; the latest of each value.
    adjudicated: CurrentJudgements,
    /// The text of the latest acceptance of its set, with the step that accepted it.
    pub(super) accepted: Option<(StepId, String)>,
}

/// The record of an acceptance, stored as JSON; fields are never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedSet {
    /// The hash of the set.
    pub set: String,
    /// The accepted rows.
    pub rows: usize,
    /// Drawn rows that were kept out because they are wrong.
    pub kept_out: usize,
    /// The result of the draw in words.
    pub sentence: String,
}

/// The answer to a row; `None` without a verdict.
fn answer_to(sample: &Sample, answers: &CurrentJudgements) -> Option<RowAnswer> {
    let judgement = answers.judgements.get(&sample.key).filter(|judgement| judgement.verdict.is_some())?;
    let is_confirmed = |tile: &TilePath| answers.origins.tile_origin(sample.key, tile).confirmed_by.is_some();
    Some(RowAnswer::new(sample, judgement, &is_confirmed))
}

impl Audit {
    /// An audit from the first event of its step, which holds the plan.
    fn begun(event: &Event) -> Option<Self> {
        let FieldChange::Note(text) = &event.change else { return None };
        Some(Self {
            id: event.step.clone(),
            plan: AuditPlan::from_text(text)?,
            begun_by: event.annotator.clone(),
            at: event.at,
            rows: Vec::new(),
            known: HashSet::new(),
            answers: BTreeMap::new(),
            adjudicated: CurrentJudgements::default(),
            accepted: None,
        })
    }

    fn add(&mut self, event: &Event, round: &Round) {
        if event.step == self.id {
            if matches!(event.change, FieldChange::Verdict(_)) && self.known.insert(event.sample) {
                self.rows.push(event.sample);
            }
        } else if is_machine(&event.annotator) {
            // A machine gives no answers. Its note is the record of what it accepted.
            if let FieldChange::Note(text) = &event.change {
                self.accepted =
                    Some(text).filter(|text| !text.is_empty()).map(|text| (event.step.clone(), text.clone()));
            }
        } else if self.known.contains(&event.sample) {
            match round {
                Round::Audit(_) => self.answers.entry(event.annotator.clone()).or_default().apply(event),
                Round::Adjudication(_) => self.adjudicated.apply(event),
                Round::SecondPass(_) => {}
            }
        }
    }

    /// The acceptance of its set, if it was accepted and that was not undone.
    pub fn accepted_set(&self) -> Option<AcceptedSet> {
        serde_json::from_str(&self.accepted.as_ref()?.1).ok()
    }

    /// Whether a row was drawn.
    pub fn has_row(&self, key: SampleKey) -> bool {
        self.known.contains(&key)
    }

    /// The judgements of one annotator in it, as they are now.
    pub(crate) fn judgements_of(&self, annotator: &str) -> CurrentJudgements {
        self.answers.get(annotator).cloned().unwrap_or_default()
    }

    /// Whether an annotator may answer to a row.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn check_annotator(&self, annotator: &str, key: SampleKey) -> Result<(), String> {
        if !self.has_row(key) {
            return Err(format!("the row was not drawn for the audit “{}”", self.plan.name));
        }
        if is_machine(annotator) {
            return Err(format!("{annotator} is a machine: people answer in the audit “{}”", self.plan.name));
        }
        let named = self.plan.annotators_of(&key.to_string());
        if named.is_empty() || named.contains(&annotator) {
            return Ok(());
        }
        Err(format!("in the audit “{}” this row is for {}, not for {annotator}", self.plan.name, named.join(" and ")))
    }

    /// The answer of one annotator to a row, if it has a verdict.
    pub fn answer_of(&self, annotator: &str, sample: &Sample) -> Option<RowAnswer> {
        answer_to(sample, self.answers.get(annotator)?)
    }

    /// The answer to a row that counts: that of the adjudication, else what all its annotators said
    /// together. `None` as long as one of those whom the plan names has not answered.
    pub fn answer(&self, sample: &Sample) -> Option<RowAnswer> {
        if let Some(adjudicated) = answer_to(sample, &self.adjudicated) {
            return Some(adjudicated);
        }
        let named = self.plan.annotators_of(&sample.key.to_string());
        let answers: Vec<RowAnswer> = if named.is_empty() {
            self.answers.values().filter_map(|answers| answer_to(sample, answers)).collect()
        } else {
            named.iter().map(|name| self.answer_of(name, sample)).collect::<Option<_>>()?
        };
        answers.into_iter().reduce(RowAnswer::together)
    }
}

/// The audits among events in stored order, the oldest first. `events` are those of all annotators
/// and all rounds: see [`crate::Sidecar::all_events`].
pub fn audits(events: &[Event]) -> Vec<Audit> {
    let mut audits: Vec<Audit> = Vec::new();
    let mut numbers: HashMap<StepId, usize> = HashMap::new();
    // A draw comes before the answers in a sidecar, but in a merged one perhaps after them.
    for event in events.iter().filter(|event| is_plan(event)) {
        if let Some(audit) = Audit::begun(event)
            && !numbers.contains_key(&audit.id)
        {
            numbers.insert(audit.id.clone(), audits.len());
            audits.push(audit);
        }
    }
    let (draws, answers): (Vec<&Event>, Vec<&Event>) =
        events.iter().partition(|event| event.round.as_ref().is_some_and(|round| *round.drawn_by() == event.step));
    for event in draws.into_iter().chain(answers) {
        let Some(round @ (Round::Audit(id) | Round::Adjudication(id))) = &event.round else { continue };
        if let Some(audit) = numbers.get(id).and_then(|at| audits.get_mut(*at)) {
            audit.add(event, round);
        }
    }
    audits
}

/// Whether an event holds the plan of an audit.
fn is_plan(event: &Event) -> bool {
    let is_draw = matches!(&event.round, Some(Round::Audit(id)) if *id == event.step);
    is_draw && event.seq == event.step.seq && matches!(event.change, FieldChange::Note(_))
}
