//! The order of events that follows from the events alone, however they arrived: it is the same in
//! every sidecar that has the same events. Reads no file.
//!
//! Steps stay whole and are ordered by time. No step comes before an earlier one of its session or
//! before the one that it undoes, whose clocks may have been ahead; it then counts as made at that
//! time. With equal times the session decides.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use crate::event::Event;
use crate::step::StepId;
use crate::time::Timestamp;

/// The place of a step: the time at which it counts as made, its session and its number.
type Place = (Timestamp, Arc<str>, u64);

/// A step, as far as its place depends on it.
struct Step<'e> {
    at: Timestamp,
    undoes: Option<&'e StepId>,
}

/// Orders events, each of which is there once.
pub(super) fn by_time(mut events: Vec<Event>) -> Vec<Event> {
    let ranks = steps_by_time(&events).ranks;
    events.sort_by_key(|event| (ranks.get(&event.step).copied(), event.seq));
    events
}

/// The steps in their order.
#[derive(Default)]
pub(super) struct Ordered {
    /// The place of each step, from 0.
    pub(super) ranks: HashMap<StepId, usize>,
    /// The time at which each counts as made.
    pub(super) times: HashMap<StepId, Timestamp>,
    /// Whether steps undo each other in a circle.
    pub(super) is_entangled: bool,
}

/// The steps of each session by number.
fn sessions<'e>(events: impl IntoIterator<Item = &'e Event>) -> BTreeMap<&'e Arc<str>, BTreeMap<u64, Step<'e>>> {
    let mut sessions: BTreeMap<&Arc<str>, BTreeMap<u64, Step<'_>>> = BTreeMap::new();
    for event in events {
        let steps = sessions.entry(&event.step.session).or_default();
        let step = steps.entry(event.step.seq).or_insert(Step { at: event.at, undoes: None });
        step.at = step.at.max(event.at);
        // The first by its text, should a step name several: not the first that arrived.
        let undoes = step.undoes.into_iter().chain(&event.undoes);
        step.undoes = undoes.min_by_key(|undone| (&undone.session, undone.seq));
    }
    sessions
}

/// Takes the earliest of the next steps of all sessions, again and again. A step that undoes one
/// which was not taken yet waits for it.
pub(super) fn steps_by_time<'e>(events: impl IntoIterator<Item = &'e Event>) -> Ordered {
    let mut sessions = sessions(events);
    let step = |session: &Arc<str>, seq: &u64| StepId { session: Arc::clone(session), seq: *seq };
    let known: HashSet<StepId> =
        sessions.iter().flat_map(|(session, steps)| steps.keys().map(move |seq| step(session, seq))).collect();
    let mut ordered = Ordered::default();
    let mut ready: BinaryHeap<Reverse<Place>> = BinaryHeap::new();
    // By the step that they wait for.
    let mut waiting: HashMap<&StepId, Vec<Place>> = HashMap::new();
    let mut free: Vec<(Arc<str>, Timestamp)> =
        sessions.keys().map(|session| (Arc::clone(session), Timestamp::EPOCH)).collect();
    loop {
        for (session, earliest) in std::mem::take(&mut free) {
            let Some((seq, step)) = sessions.get_mut(&session).and_then(BTreeMap::pop_first) else { continue };
            let place = (step.at.max(earliest), session, seq);
            match step.undoes.filter(|undone| known.contains(*undone)).map(|undone| (undone, ordered.times.get(undone)))
            {
                Some((undone, None)) => waiting.entry(undone).or_default().push(place),
                Some((_, Some(time))) => ready.push(Reverse((place.0.max(*time), place.1, place.2))),
                None => ready.push(Reverse(place)),
            }
        }
        // Only steps that undo each other in a circle wait for ever; no program makes such.
        let first = |waiting: &mut HashMap<&StepId, Vec<Place>>| {
            let place = waiting.values().flatten().min().cloned()?;
            waiting.values_mut().for_each(|places| places.retain(|other| *other != place));
            Some(place)
        };
        let next = ready.pop().map(|Reverse(place)| place).or_else(|| {
            let next = first(&mut waiting);
            ordered.is_entangled |= next.is_some();
            next
        });
        let Some((time, session, seq)) = next else { return ordered };
        let step = StepId { session: session.clone(), seq };
        let freed = waiting.remove(&step).unwrap_or_default();
        ready.extend(freed.into_iter().map(|(at, session, seq)| Reverse((at.max(time), session, seq))));
        ordered.ranks.insert(step.clone(), ordered.ranks.len());
        ordered.times.insert(step, time);
        free.push((session, time));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tilejury_data::{SampleKey, TilePath};
    use tilejury_testkit::properties;

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
        assert_eq!(order(&later), ["b/1", "b/2", "a/1", "b/3"], "the undo counts as made at 30 s");
        let after = [events.as_slice(), &[event("0", 1, 25, None), event("c", 1, 30, None)]].concat();
        assert_eq!(order(&after), ["b/1", "0/1", "b/2", "a/1", "c/1"]);
    }

    #[test]
    fn steps_in_a_circle_are_ordered_all_the_same() {
        let events = [event("a", 1, 10, Some(("b", 1))), event("b", 1, 20, Some(("a", 1)))];
        assert_eq!(order(&events).len(), 2);
        assert_eq!(order(&events), order(&[events[1].clone(), events[0].clone()]));
    }

    proptest! {
        #![proptest_config(properties::cases(256))]

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
