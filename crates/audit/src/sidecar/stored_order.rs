//! The stored order of the changes of a damaged sidecar, and which changes are missing. Knows no
//! bytes.
//!
//! Within a session, its own numbers decide. Between sessions, the row id decides. It has three
//! witnesses: the row and the entries of two indexes. An id that most witnesses or the session's
//! numbers contradict does not count; then the time decides.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::SampleKey;

use super::candidate_change::{CandidateChange, Credibility};
use super::record::ColumnValue;
use super::recovered::Doubt;
use crate::event::Event;
use crate::time::Timestamp;

/// A session and a number in it.
pub(super) type ChangeName = (Arc<str>, u64);

/// An entry of the index by field, without the row id.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct FieldEntry {
    pub(super) sample: SampleKey,
    pub(super) annotator: String,
    pub(super) field: String,
    pub(super) tile: Option<String>,
}

impl FieldEntry {
    fn describes(&self, event: &Event) -> bool {
        self.sample == event.sample
            && *self.annotator == *event.annotator
            && self.field == event.change.field()
            && self.tile.as_deref() == event.change.tile().map(tilejury_data::TilePath::as_str)
    }
}

/// The entries of the indexes over the changes.
#[derive(Default)]
pub(super) struct ChangeIndex {
    ids: HashMap<ChangeName, Vec<i64>>,
    pub(super) names: HashMap<i64, Vec<ChangeName>>,
    pub(super) fields: HashMap<i64, Vec<FieldEntry>>,
}

impl ChangeIndex {
    pub(super) fn new(entries: Vec<Vec<ColumnValue>>) -> Self {
        let mut index = Self::default();
        for entry in entries {
            match <[ColumnValue; 3]>::try_from(entry) {
                Ok([ColumnValue::Text(session), ColumnValue::Integer(seq), ColumnValue::Integer(id)]) => {
                    let Ok(seq) = u64::try_from(seq) else { continue };
                    let name: ChangeName = (session.into(), seq);
                    push_new(index.ids.entry(name.clone()).or_default(), id);
                    push_new(index.names.entry(id).or_default(), name);
                }
                Ok(_) => {}
                Err(entry) => {
                    // The row id occurs twice: as a column of this index, and as the last value of
                    // every index entry.
                    let Ok(
                        [
                            ColumnValue::Text(sample),
                            ColumnValue::Text(annotator),
                            ColumnValue::Text(field),
                            tile,
                            ColumnValue::Integer(id),
                            ColumnValue::Integer(row),
                        ],
                    ) = <[ColumnValue; 6]>::try_from(entry)
                    else {
                        continue;
                    };
                    if id != row {
                        continue;
                    }
                    let tile = match tile {
                        ColumnValue::Text(tile) => Some(tile),
                        ColumnValue::Null => None,
                        _ => continue,
                    };
                    if let Ok(sample) = sample.parse() {
                        push_new(index.fields.entry(id).or_default(), FieldEntry { sample, annotator, field, tile });
                    }
                }
            }
        }
        index
    }

    fn ids_of(&self, event: &Event) -> &[i64] {
        self.ids.get(&name(event)).map_or(&[], Vec::as_slice)
    }

    fn has_field(&self, id: i64, event: &Event) -> bool {
        self.fields.get(&id).is_some_and(|entries| entries.iter().any(|entry| entry.describes(event)))
    }

    /// Whether an index entry assigns the row to another change.
    fn contradicts(&self, id: i64, event: &Event) -> bool {
        self.names.get(&id).is_some_and(|names| !names.contains(&name(event)))
            || self.fields.contains_key(&id) && !self.has_field(id, event)
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}

pub(super) fn name(event: &Event) -> ChangeName {
    (event.step.session.clone(), event.seq)
}

/// Changes in the order in which they were stored.
#[derive(Default)]
pub(super) struct OrderedChanges {
    pub(super) candidates: Vec<CandidateChange>,
    /// The number of changes that must have been there and are not.
    pub(super) missing: usize,
    pub(super) doubts: Vec<Doubt>,
}

struct Numbered {
    candidate: CandidateChange,
    id: Option<i64>,
    /// The number of witnesses, of three kinds, that name the id.
    support: usize,
    /// The reason why the row's own id does not count, or is uncertain.
    why: Option<String>,
}

/// Sorts changes. `last` is the number of the last change according to SQLite, if it was read.
pub(super) fn sort(candidates: Vec<CandidateChange>, index: &ChangeIndex, last: Option<i64>) -> OrderedChanges {
    let mut all: Vec<Numbered> = candidates.into_iter().map(|candidate| numbered(candidate, index)).collect();
    resolve_id_claims(&mut all);
    let sessions = by_session(&all);
    for session in sessions.values() {
        drop_contradicted(&mut all, session);
    }
    let missing = missing(&all, &sessions, index);
    let mut doubts = Vec::new();
    let known = all.iter().filter_map(|event| event.id).chain(index.ids.values().flatten().copied()).max();
    if let (Some(last), Some(known)) = (last, known)
        && last != known
    {
        doubts.push(Doubt {
            table: "sqlite_sequence",
            name: "events".into(),
            content: last.to_string(),
            why: format!("the last change in the rest of the file is number {known}: this count is damaged, or the changes after that one are lost"),
            spot: None,
            saved: false,
        });
    }
    let keys = keys(&all, &sessions);
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| keys[*a].cmp(&keys[*b]));
    doubt_times(&mut all, &order);
    for event in &mut all {
        let in_doubt = event.candidate.trust == Credibility::Unchecked
            && event.id.is_some_and(|id| index.contradicts(id, &event.candidate.event));
        if in_doubt {
            let why = "an index names another change, or another field, for this row".into();
            doubts.push(event.candidate.doubt(why, true));
        }
        if let Some(why) = event.why.take() {
            doubts.push(event.candidate.doubt(why, true));
        }
    }
    let mut all: Vec<Option<CandidateChange>> = all.into_iter().map(|event| Some(event.candidate)).collect();
    let candidates = order.into_iter().filter_map(|at| all[at].take()).collect();
    OrderedChanges { candidates, missing, doubts }
}

/// Chooses the id that most witnesses name. Between two with equally many, the one that the index
/// by session does not assign to another change: a change and its undo have the same field, so the
/// index by field names both ids.
fn numbered(candidate: CandidateChange, index: &ChangeIndex) -> Numbered {
    let event = &candidate.event;
    let indexed = index.ids_of(event);
    let support = |id: i64| {
        usize::from(candidate.ids.contains(&id))
            + usize::from(indexed.contains(&id))
            + usize::from(index.has_field(id, event))
    };
    let belongs_to_other = |id: i64| index.names.get(&id).is_some_and(|names| !names.contains(&name(event)));
    let (mut id, mut best) = (None, (0, false));
    for claimed in candidate.ids.iter().chain(indexed).copied().filter(|id| *id > 0) {
        let claim = (support(claimed), !belongs_to_other(claimed));
        if claim > best {
            (id, best) = (Some(claimed), claim);
        }
    }
    let most = best.0;
    let own = candidate.ids.first().copied();
    let tied = most == 1 && indexed.iter().any(|other| Some(*other) != id);
    let why = match (own, id) {
        (Some(own), Some(id)) if own != id || tied => Some(format!(
            "its row number is {own} in the row itself but not in the indexes; {id} is used for its order"
        )),
        _ => None,
    };
    Numbered { candidate, id, support: most, why }
}

/// Assigns each id to one change: the one with more witnesses.
fn resolve_id_claims(all: &mut [Numbered]) {
    let mut holders: HashMap<i64, usize> = HashMap::new();
    for at in 0..all.len() {
        let Some(id) = all[at].id else { continue };
        let Some(other) = holders.insert(id, at) else { continue };
        let why =
            || Some(format!("another change has its row number {id} too; its order follows its session and time"));
        match all[at].support.cmp(&all[other].support) {
            std::cmp::Ordering::Greater => (all[other].id, all[other].why) = (None, why()),
            std::cmp::Ordering::Less => {
                (all[at].id, all[at].why) = (None, why());
                holders.insert(id, other);
            }
            std::cmp::Ordering::Equal => (all[at].why, all[other].why) = (why(), why()),
        }
    }
}

/// Each session's changes by their numbers in it. Changes with a wrong checksum may have a wrong
/// number, and belong to no session.
fn by_session(all: &[Numbered]) -> BTreeMap<Arc<str>, Vec<usize>> {
    let mut sessions: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (at, event) in all.iter().enumerate().filter(|(_, event)| event.candidate.trust != Credibility::Mismatch) {
        sessions.entry(event.candidate.event.step.session.clone()).or_default().push(at);
    }
    for session in sessions.values_mut() {
        session.sort_by_key(|at| all[*at].candidate.event.seq);
    }
    sessions
}

/// Drops ids that contradict the numbers in a session. Both rise together, so ids outside the
/// longest rising subsequence are wrong.
fn drop_contradicted(all: &mut [Numbered], session: &[usize]) {
    let with_id: Vec<(usize, i64)> = session.iter().filter_map(|at| Some((*at, all[*at].id?))).collect();
    // Patience sorting: the ends of the best rising subsequences by length, and the predecessor of
    // each element.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (position, (_, id)) in with_id.iter().enumerate() {
        let len = ends.partition_point(|end| with_id[*end].1 < *id);
        before.push(len.checked_sub(1).map(|shorter| ends[shorter]));
        if len == ends.len() {
            ends.push(position);
        } else {
            ends[len] = position;
        }
    }
    let mut rising = vec![false; with_id.len()];
    let mut position = ends.last().copied();
    while let Some(at) = position {
        rising[at] = true;
        position = before[at];
    }
    for ((at, id), _) in with_id.iter().zip(rising).filter(|(_, rising)| !rising) {
        all[*at].id = None;
        all[*at].why = Some(format!(
            "the numbers in its session contradict its row number {id}; its order follows them and its time"
        ));
    }
}

/// A sort key: the id of the change or of the one it follows, whether it has no id itself, then the
/// time and the number in the session.
type OrderKey = (i64, bool, Timestamp, Arc<str>, u64);

fn keys(all: &[Numbered], sessions: &BTreeMap<Arc<str>, Vec<usize>>) -> Vec<OrderKey> {
    let mut stored: Vec<(i64, Timestamp)> =
        all.iter().filter_map(|event| Some((event.id?, event.candidate.event.at))).collect();
    stored.sort_unstable();
    let key = |event: &Event, id, has_none, at| (id, has_none, at, event.step.session.clone(), event.seq);
    let mut keys: Vec<OrderKey> = all
        .iter()
        .map(|event| match event.id {
            Some(id) => key(&event.candidate.event, id, false, event.candidate.event.at),
            None => {
                let previous =
                    stored.iter().rev().find(|(_, at)| *at <= event.candidate.event.at).map_or(0, |(id, _)| *id);
                key(&event.candidate.event, previous, true, event.candidate.event.at)
            }
        })
        .collect();
    for session in sessions.values() {
        let mut next = None;
        let mut nexts = Vec::with_capacity(session.len());
        for at in session.iter().rev() {
            nexts.push(next);
            next = all[*at].id.or(next);
        }
        let mut previous: (i64, Timestamp) = (0, Timestamp::EPOCH);
        for (at, next) in session.iter().zip(nexts.into_iter().rev()) {
            let event = &all[*at].candidate.event;
            if let Some(id) = all[*at].id {
                previous = (id, event.at);
                continue;
            }
            let from = stored.partition_point(|(id, _)| *id <= previous.0);
            let between =
                stored[from..].iter().take_while(|(id, at)| next.is_none_or(|next| *id < next) && *at <= event.at);
            let after = between.last().map_or(previous.0, |(id, _)| *id);
            // A clock that was set back reverses nothing within a session.
            let time = if after == previous.0 { event.at.max(previous.1) } else { event.at };
            keys[*at] = key(event, after, true, time);
            previous = (after, time);
        }
    }
    keys
}

/// Doubts changes whose order depends on their own row alone and whose time does not fit between
/// their neighbours' times.
fn doubt_times(all: &mut [Numbered], order: &[usize]) {
    for around in order.windows(3) {
        let &[before, this, after] = around else { continue };
        let at = |index: usize| all[index].candidate.event.at;
        let fits = (at(before)..=at(after)).contains(&at(this)) || at(before) > at(after);
        if !fits && all[this].support < 2 && all[this].why.is_none() {
            all[this].why =
                Some("its time does not fit its position in the order, which only the row itself confirms".into());
        }
    }
}

/// The number of missing changes: those that gaps in a session or index entries name, or that left
/// their ids unused.
fn missing(all: &[Numbered], sessions: &BTreeMap<Arc<str>, Vec<usize>>, index: &ChangeIndex) -> usize {
    let holders: HashSet<i64> = all.iter().filter_map(|event| event.id).collect();
    let present: HashSet<ChangeName> = all.iter().map(|event| name(&event.candidate.event)).collect();
    let mut numbers: BTreeMap<Arc<str>, BTreeMap<u64, Option<i64>>> = BTreeMap::new();
    for (session, events) in sessions {
        let known = events.iter().map(|at| (all[*at].candidate.event.seq, all[*at].id));
        numbers.entry(session.clone()).or_default().extend(known);
    }
    let mut named = 0_usize;
    for (lost, ids) in index.ids.iter().filter(|(name, _)| !present.contains(name)) {
        // An entry for a row that holds another change is itself damaged.
        if let Some(id) = ids.iter().find(|id| **id > 0 && !holders.contains(id)) {
            named += 1;
            numbers.entry(lost.0.clone()).or_default().insert(lost.1, Some(*id));
        }
    }
    for (session, numbers) in &numbers {
        let (mut seq_before, mut id_before) = (0, Some(0));
        for (seq, id) in numbers {
            let gap = (seq - seq_before).saturating_sub(1);
            // Each lost change left an id unused as well, so a wrong number alone makes no gap.
            let unused = match (id_before, id) {
                (Some(before), Some(id)) => (id - before).max(1) as u64 - 1,
                _ => gap,
            };
            let is_missing = |seq: u64| !present.contains(&(session.clone(), seq));
            let lost = gap.min(unused);
            let saved_in_doubt = if lost <= 1000 {
                (seq_before + 1..*seq).take(1000).filter(|seq| !is_missing(*seq)).count() as u64
            } else {
                0
            };
            named = named.saturating_add(usize::try_from(lost.saturating_sub(saved_in_doubt)).unwrap_or(usize::MAX));
            (seq_before, id_before) = (*seq, *id);
        }
    }
    // Ids are assigned one by one: each id up to the last well confirmed one belonged to a change.
    let last = all.iter().filter(|event| event.support >= 2).filter_map(|event| event.id).max().unwrap_or(0);
    let up_to = all.iter().filter(|event| event.id.is_none_or(|id| id <= last)).count();
    named.max(usize::try_from(last).unwrap_or(usize::MAX).saturating_sub(up_to))
}
