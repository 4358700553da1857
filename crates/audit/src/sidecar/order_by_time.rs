//! The order of events that follows from the events alone, however they arrived: it is the same in
//! every sidecar that has the same events. Reads no file.
//!
//! Steps stay whole and are ordered by time. No step comes before an earlier one of its session or
//! before the one that it undoes, whose clocks may have been ahead; it then counts as made at that
//! time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::event::Event;
use crate::step::StepId;
use crate::time::Timestamp;

/// The place of a step: its time, the number of steps of other sessions that it follows at that
/// time, then its session and its number.
type Place = (Timestamp, u32, Arc<str>, u64);

/// A step, by what its place depends on.
struct Step {
    at: Timestamp,
    /// The step before it in its session.
    before: Option<StepId>,
    undoes: Option<StepId>,
}

/// Orders events, each of which is there once.
pub(super) fn by_time(mut events: Vec<Event>) -> Vec<Event> {
    let (ids, steps) = steps(&events);
    let mut places: HashMap<StepId, Place> = HashMap::with_capacity(steps.len());
    for id in &ids {
        place(id, &steps, &mut places);
    }
    events.sort_by(|a, b| places.get(&a.step).cmp(&places.get(&b.step)).then(a.seq.cmp(&b.seq)));
    events
}

/// The steps, and their ids by session and number.
fn steps(events: &[Event]) -> (Vec<StepId>, HashMap<StepId, Step>) {
    let mut sessions: BTreeMap<&Arc<str>, BTreeMap<u64, (Timestamp, Option<&StepId>)>> = BTreeMap::new();
    for event in events {
        let of_session = sessions.entry(&event.step.session).or_default();
        let (at, undoes) = of_session.entry(event.step.seq).or_insert((event.at, None));
        *at = (*at).max(event.at);
        *undoes = undoes.or(event.undoes.as_ref());
    }
    let (mut ids, mut steps) = (Vec::new(), HashMap::new());
    for (session, of_session) in sessions {
        let mut before = None;
        for (seq, (at, undoes)) in of_session {
            let id = StepId { session: session.clone(), seq };
            ids.push(id.clone());
            steps.insert(id.clone(), Step { at, before: before.replace(id), undoes: undoes.cloned() });
        }
    }
    (ids, steps)
}

/// Finds the place of a step after those that it depends on. Not by recursion: a session can have
/// any number of steps.
fn place(of: &StepId, steps: &HashMap<StepId, Step>, places: &mut HashMap<StepId, Place>) {
    let mut path: Vec<&StepId> = vec![of];
    let mut is_open: HashSet<&StepId> = HashSet::from([of]);
    while let Some(id) = path.last().copied() {
        let Some(step) = steps.get(id).filter(|_| !places.contains_key(id)) else {
            path.pop();
            continue;
        };
        let known = |other: &&StepId| steps.contains_key(other);
        let depends = [&step.before, &step.undoes].map(|other| other.as_ref().filter(known));
        // No program makes steps that undo each other in a circle; it would end where it began.
        let first = depends.into_iter().flatten().find(|other| !places.contains_key(other) && is_open.insert(other));
        if let Some(other) = first {
            path.push(other);
            continue;
        }
        let (mut at, mut after) = (step.at, 0);
        for (other, further) in depends.into_iter().zip([0, 1]) {
            let Some((time, number, ..)) = other.and_then(|other| places.get(other)) else { continue };
            match time.cmp(&at) {
                std::cmp::Ordering::Greater => (at, after) = (*time, number + further),
                std::cmp::Ordering::Equal => after = after.max(number + further),
                std::cmp::Ordering::Less => {}
            }
        }
        places.insert(id.clone(), (at, after, id.session.clone(), id.seq));
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tilejury_data::{SampleKey, TilePath};

    use super::*;
    use crate::judgement::FieldChange;
    use crate::origin::Origin;

    fn event(session: &str, seq: u64, second: u32, undoes: Option<(&str, u64)>) -> Event {
        let id = |(session, seq): (&str, u64)| StepId { session: session.into(), seq };
        Event {
            step: id((session, seq)),
            seq,
            sample: SampleKey::new("query", &TilePath::new("positive.png"), 0),
            change: FieldChange::Note(format!("{session}/{seq}")),
            annotator: "ada".into(),
            at: format!("2026-01-01T00:00:{second:02}.000Z").parse().unwrap(),
            undoes: undoes.map(id),
            origin: Origin::default(),
            round: None,
        }
    }

    fn order(events: &[Event]) -> Vec<String> {
        by_time(events.to_vec()).iter().map(|event| format!("{}/{}", event.step.session, event.seq)).collect()
    }

    #[test]
    fn a_clock_that_was_set_back_moves_no_step_before_its_session() {
        let events = [event("a", 1, 30, None), event("a", 2, 10, None), event("b", 1, 20, None)];
        assert_eq!(order(&events), ["b/1", "a/1", "a/2"]);
    }

    #[test]
    fn an_undo_follows_its_step_whatever_the_clocks_say() {
        // The session that undoes has a name before that of the other, and its clock is behind.
        let events = [event("a", 1, 10, Some(("b", 2))), event("b", 1, 20, None), event("b", 2, 30, None)];
        assert_eq!(order(&events), ["b/1", "b/2", "a/1"]);
        let later = [events.as_slice(), &[event("b", 3, 30, None)]].concat();
        assert_eq!(order(&later), ["b/1", "b/2", "b/3", "a/1"], "the undo counts as made at 30 s");
    }

    #[test]
    fn steps_in_a_circle_are_ordered_all_the_same() {
        let events = [event("a", 1, 10, Some(("b", 1))), event("b", 1, 20, Some(("a", 1)))];
        assert_eq!(order(&events).len(), 2);
        assert_eq!(order(&events), order(&[events[1].clone(), events[0].clone()]));
    }

    proptest! {
        #[test]
        fn order_does_not_depend_on_arrival(
            made in prop::collection::vec((0..4_usize, 0..6_u32, prop::option::of((0..4_usize, 1..6_u64))), 1..30),
            seed in any::<u64>(),
        ) {
            let names = ["a", "b", "c", "d"];
            let mut seqs = [0; 4];
            let mut events = Vec::new();
            for (session, second, undoes) in made {
                seqs[session] += 1;
                let undoes = undoes.map(|(of, seq)| (names[of], seq)).filter(|id| *id != (names[session], seqs[session]));
                events.push(event(names[session], seqs[session], second, undoes));
            }
            let ordered = order(&events);
            let mut shuffled = events.clone();
            let mut state = seed | 1;
            for at in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                shuffled.swap(at, (state >> 33) as usize % (at + 1));
            }
            prop_assert_eq!(order(&shuffled), ordered.clone());
            for session in names {
                let of: Vec<&String> = ordered.iter().filter(|name| name.starts_with(session)).collect();
                let expected: Vec<String> = (1..=of.len()).map(|seq| format!("{session}/{seq}")).collect();
                prop_assert!(of.into_iter().eq(&expected));
            }
        }
    }
}
