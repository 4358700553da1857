//! The audits among the events of a sidecar: which events are plans, draws and answers. Counts
//! nothing; `stored.rs` has what the answers say.

use std::collections::{BTreeMap, HashMap, HashSet};

use tilejury_data::SampleKey;

use super::continued::Continues;
use super::plan::AuditPlan;
use super::stored::Audit;
use super::tile_set::TileSet;
use crate::event::Event;
use crate::judgement::FieldChange;
use crate::role::is_machine;
use crate::round::Round;
use crate::step::StepId;

impl Audit {
    /// An audit from the first event of its step, which holds the plan.
    fn begun(event: &Event) -> Option<Self> {
        let FieldChange::Note(text) = &event.change else { return None };
        let plan = AuditPlan::from_text(text)?;
        Some(Self {
            id: event.step.clone(),
            repeats: Vec::new(),
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
    let mut numbers: HashMap<StepId, usize> = HashMap::new();
    for (at, audit) in audits.iter().enumerate() {
        numbers.extend(std::iter::once(&audit.id).chain(&audit.repeats).map(|step| (step.clone(), at)));
    }
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
        match same {
            Some(at) => kept[at].repeats.push(audit.id),
            None => kept.push(audit),
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
