//! Rows that a person assigned to annotators, outside of audits: who judges what. An assignment is
//! stored like the draw of an audit, as one step of a round of its own, so that it is exchanged
//! with everything else. The judgements of its rows are ordinary ones: no rate is estimated from
//! them.
//!
//! Chooses no rows and judges none.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tilejury_data::{Dataset, SampleIndex, SampleKey};

use crate::event::{Event, StepEventBuilder};
use crate::judgement::FieldChange;
use crate::origin::Origin;
use crate::role::Role;
use crate::round::Round;
use crate::session::new_session_id;
use crate::step::StepId;
use crate::time::Timestamp;

/// The share of rows that two annotators judge, unless a person names another one.
pub const USUAL_OVERLAP: f64 = 0.1;
/// The version of the stored text.
const FORM: u32 = 1;
/// The note that withdraws an assignment.
const WITHDRAWN: &str = "withdrawn";

/// The plan of an assignment, which never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssignmentPlan {
    /// The version of the form.
    tilejury_assignment: u32,
    /// The annotators.
    pub to: Vec<String>,
    /// The share of rows that two of them judge, from 0 to 1.
    pub overlap: f64,
    /// The seed by which rows are divided.
    pub seed: String,
    /// The search that found the rows; empty if they were listed otherwise.
    pub filter: String,
}

/// The reason why rows cannot be assigned.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AssignError {
    /// No annotator was named.
    #[error("name the annotators who judge the rows")]
    Nobody,
    /// A name is there twice.
    #[error("a name is there twice")]
    NameTwice,
    /// A name is that of a machine or of an adjudicator.
    #[error("rows are assigned to people, not to a machine or an adjudicator")]
    NoPerson,
    /// The overlap is no share.
    #[error("the overlap is a share from 0 to 1")]
    Overlap,
    /// Two annotators are needed for rows that two judge.
    #[error("an overlap needs two annotators or more")]
    OverlapOfOne,
    /// No row was found.
    #[error("there are no rows to assign")]
    NoRows,
}

impl AssignmentPlan {
    /// A plan. Without an overlap, two annotators or more have the usual one.
    ///
    /// # Errors
    /// When its names or its overlap cannot be.
    pub fn new(to: &[String], overlap: Option<f64>, seed: &str, filter: &str) -> Result<Self, AssignError> {
        let to: Vec<String> = to.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        let overlap = overlap.unwrap_or(if to.len() > 1 { USUAL_OVERLAP } else { 0.0 });
        if to.is_empty() {
            return Err(AssignError::Nobody);
        }
        if to.iter().collect::<BTreeSet<_>>().len() < to.len() {
            return Err(AssignError::NameTwice);
        }
        if to.iter().any(|name| Role::of(name) != Role::Person) {
            return Err(AssignError::NoPerson);
        }
        if !(0.0..=1.0).contains(&overlap) {
            return Err(AssignError::Overlap);
        }
        if overlap > 0.0 && to.len() < 2 {
            return Err(AssignError::OverlapOfOne);
        }
        Ok(Self { tilejury_assignment: FORM, to, overlap, seed: seed.to_owned(), filter: filter.to_owned() })
    }

    /// The annotators of a row: the same on every machine.
    pub fn annotators_of(&self, key: SampleKey) -> Vec<&str> {
        let key = key.to_string();
        let number = 1 + usize::from(tilejury_stats::is_overlapping(&self.seed, &key, self.overlap));
        let chosen = tilejury_stats::assigned(&self.seed, &key, &self.to, number);
        chosen.into_iter().map(|at| self.to[at].as_str()).collect()
    }

    /// The number of rows of each annotator, in the order of the names.
    pub fn shares(&self, rows: &[SampleKey]) -> Vec<(&str, usize)> {
        let mut shares: Vec<(&str, usize)> = self.to.iter().map(|name| (name.as_str(), 0)).collect();
        for key in rows {
            for name in self.annotators_of(*key) {
                shares.iter_mut().filter(|(of, _)| *of == name).for_each(|(_, rows)| *rows += 1);
            }
        }
        shares
    }

    fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|plan| plan.tilejury_assignment == FORM)
    }

    /// The events that store the assignment of rows, as one step of a new session.
    ///
    /// # Errors
    /// Without rows.
    pub fn events(&self, rows: &[SampleKey], by: &str, at: Timestamp) -> Result<Vec<Event>, AssignError> {
        self.events_of(rows, StepEventBuilder::new(new_session_id().into(), 0, by.into(), at))
    }

    /// The same as a step of a session.
    pub(crate) fn events_of(&self, rows: &[SampleKey], step: StepEventBuilder) -> Result<Vec<Event>, AssignError> {
        let first = rows.first().ok_or(AssignError::NoRows)?;
        let round = Round::Audit(step.step().clone());
        let mut step = step.in_round(Some(round));
        let text = serde_json::to_string(self).unwrap_or_default();
        let mut events = vec![step.event(*first, FieldChange::Note(text), None, Origin::default())];
        events.extend(rows.iter().map(|key| step.event(*key, FieldChange::Verdict(None), None, Origin::default())));
        Ok(events)
    }
}

/// A stored assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The step that stored it.
    pub id: StepId,
    /// The plan.
    pub plan: AssignmentPlan,
    /// The annotator who assigned the rows.
    pub by: Arc<str>,
    /// The time.
    pub at: Timestamp,
    /// The rows.
    pub rows: Vec<SampleKey>,
    /// Whether it was withdrawn: nobody is asked for its rows any more.
    pub withdrawn: bool,
}

impl Assignment {
    /// The event that withdraws it, of a new session.
    pub fn withdraw(&self, by: &str, at: Timestamp) -> Option<Event> {
        self.withdraw_in(StepEventBuilder::new(new_session_id().into(), 0, by.into(), at))
    }

    /// The same as a step of a session.
    pub(crate) fn withdraw_in(&self, step: StepEventBuilder) -> Option<Event> {
        let mut step = step.in_round(Some(Round::Audit(self.id.clone())));
        Some(step.event(*self.rows.first()?, FieldChange::Note(WITHDRAWN.to_owned()), None, Origin::default()))
    }

    /// The name by which a person chooses it: the beginning of its session, and the number of its
    /// step.
    pub fn short_id(&self) -> String {
        format!("{}-{}", self.id.session.get(..8).unwrap_or(&self.id.session), self.id.seq)
    }
}

/// The assignments among events in stored order, the oldest first. `events` are those of all
/// annotators and all rounds.
pub fn assignments(events: &[Event]) -> Vec<Assignment> {
    let mut found = Vec::new();
    add_events(&mut found, events);
    found
}

/// Adds later events to the assignments that are known; others are left out.
pub fn add_events(known: &mut Vec<Assignment>, events: &[Event]) {
    let mut numbers: HashMap<StepId, usize> = known.iter().map(|one| one.id.clone()).zip(0..).collect();
    // In merged sidecars, any event of a step may come before its first.
    for event in events.iter().filter(|event| event.begins_audit()) {
        let FieldChange::Note(text) = &event.change else { continue };
        let Some(plan) = AssignmentPlan::from_text(text).filter(|_| !numbers.contains_key(&event.step)) else {
            continue;
        };
        numbers.insert(event.step.clone(), known.len());
        let (id, by, at) = (event.step.clone(), event.annotator.clone(), event.at);
        known.push(Assignment { id, plan, by, at, rows: Vec::new(), withdrawn: false });
    }
    let mut rows: HashMap<usize, Vec<(u64, SampleKey)>> = HashMap::new();
    for event in events {
        let Some(Round::Audit(id)) = &event.round else { continue };
        let Some(at) = numbers.get(id).copied() else { continue };
        match &event.change {
            FieldChange::Verdict(None) if event.step == *id => {
                rows.entry(at).or_default().push((event.seq, event.sample));
            }
            FieldChange::Note(note) if event.step != *id => {
                known.iter_mut().skip(at).take(1).for_each(|one| one.withdrawn = note == WITHDRAWN);
            }
            _ => {}
        }
    }
    for (at, mut new) in rows {
        let Some(one) = known.get_mut(at) else { continue };
        new.sort_unstable();
        let mut seen: HashSet<SampleKey> = one.rows.iter().copied().collect();
        one.rows.extend(new.into_iter().map(|(_, key)| key).filter(|key| seen.insert(*key)));
    }
}

/// The rows of each annotator by all assignments that were not withdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssignedRows(BTreeMap<String, BTreeSet<SampleIndex>>);

impl AssignedRows {
    /// The rows of a dataset; others are left out.
    pub fn new<'a>(dataset: &Dataset, assignments: impl IntoIterator<Item = &'a Assignment>) -> Self {
        let mut rows: BTreeMap<String, BTreeSet<SampleIndex>> = BTreeMap::new();
        for one in assignments.into_iter().filter(|one| !one.withdrawn) {
            for key in &one.rows {
                let Some(index) = dataset.find(*key) else { continue };
                for name in one.plan.annotators_of(*key) {
                    rows.entry(name.to_owned()).or_default().insert(index);
                }
            }
        }
        Self(rows)
    }

    /// The rows of an annotator, in the order of the dataset.
    pub fn of(&self, annotator: &str) -> impl Iterator<Item = SampleIndex> {
        self.0.get(annotator).into_iter().flatten().copied()
    }

    /// Whether a row is assigned to an annotator.
    pub fn has(&self, annotator: &str, sample: SampleIndex) -> bool {
        self.0.get(annotator).is_some_and(|rows| rows.contains(&sample))
    }

    /// Whether a row is assigned to anybody.
    pub fn has_anybody(&self, sample: SampleIndex) -> bool {
        self.0.values().any(|rows| rows.contains(&sample))
    }

    /// The annotators with rows, sorted.
    pub fn annotators(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
