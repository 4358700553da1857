//! The order of the events of several files in one: that of each file, and between files that of
//! time. Reads no file.
//!
//! Steps stay whole. The result depends on the orders in the files only, not on the order of the
//! files.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::event::Event;
use crate::step::StepId;
use crate::time::Timestamp;

/// The place of a step among steps that no file orders: its time, but never before an earlier step
/// of its session, whose clock may have been set back.
type Place = (Timestamp, Arc<str>, u64);

/// The events of several files, each once: a step follows the steps that are before it in any
/// file. Of the steps that could be next, the earliest is, also where two files contradict each
/// other.
pub(super) fn in_one_order(files: &[&[Event]]) -> Vec<Event> {
    let steps = steps(files);
    let places = places(&steps);
    let lists: Vec<Vec<&StepId>> = files.iter().map(|events| step_order(events)).collect();
    let mut positions: HashMap<&StepId, Vec<(usize, usize)>> = HashMap::new();
    for (file, list) in lists.iter().enumerate() {
        for (at, step) in list.iter().enumerate() {
            positions.entry(step).or_default().push((file, at));
        }
    }
    let mut heads = vec![0; lists.len()];
    let mut done: HashSet<&StepId> = HashSet::new();
    let mut order: Vec<Event> = Vec::new();
    loop {
        for (head, list) in heads.iter_mut().zip(&lists) {
            while list.get(*head).is_some_and(|step| done.contains(step)) {
                *head += 1;
            }
        }
        let next = || lists.iter().zip(&heads).filter_map(|(list, head)| list.get(*head).copied());
        let is_first = |step: &StepId| positions[step].iter().all(|(file, at)| heads[*file] == *at);
        let place = |step: &&StepId| places.get(*step).cloned();
        let earliest = |ready: bool| next().filter(|step| !ready || is_first(step)).min_by_key(place);
        let Some(step) = earliest(true).or_else(|| earliest(false)) else { break };
        done.insert(step);
        order.extend(steps[step].values().map(|event| (*event).clone()));
    }
    order
}

/// The events of each step, by their number.
fn steps<'e>(files: &[&'e [Event]]) -> HashMap<&'e StepId, BTreeMap<u64, &'e Event>> {
    let mut steps: HashMap<&StepId, BTreeMap<u64, &Event>> = HashMap::new();
    for event in files.iter().copied().flatten() {
        steps.entry(&event.step).or_default().insert(event.seq, event);
    }
    steps
}

fn places<'e>(steps: &HashMap<&'e StepId, BTreeMap<u64, &'e Event>>) -> HashMap<&'e StepId, Place> {
    let mut sessions: BTreeMap<&str, BTreeMap<u64, &'e StepId>> = BTreeMap::new();
    for step in steps.keys() {
        sessions.entry(&step.session).or_default().insert(step.seq, step);
    }
    let mut places = HashMap::new();
    for session in sessions.into_values() {
        let mut latest = Timestamp::EPOCH;
        for (seq, step) in session {
            latest = steps[step].values().map(|event| event.at).fold(latest, Timestamp::max);
            places.insert(step, (latest, step.session.clone(), seq));
        }
    }
    places
}

/// The steps of a file in the order of their first events.
fn step_order(events: &[Event]) -> Vec<&StepId> {
    let mut seen = HashSet::new();
    events.iter().map(|event| &event.step).filter(|step| seen.insert(*step)).collect()
}
