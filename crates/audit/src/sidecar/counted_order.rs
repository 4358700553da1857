//! Keeps the views of an exchanged sidecar in the order that counts. Rows of `events` are in the
//! order of arrival; where the last one of a field is not the one that counts, that is noted beside
//! them, in the transaction that stores events.
//!
//! Events that follow everything of their annotator change no note. Others are worked out from all
//! events of their annotator, or from all events where sessions of several annotators depend on
//! each other; by the same functions that order them for the program.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use tilejury_data::{SampleKey, TilePath};

use super::event_columns::EventColumns;
use super::order_by_time::{Ordered, steps_by_time};
use super::rows::{read_event, read_numbered, read_of_annotator};
use super::versions::versions_that_count;
use super::{Sidecar, SidecarError};
use crate::event::Event;
use crate::step::StepId;
use crate::time::Timestamp;

/// The key of `meta` with the address of the exchange folder, which is there once judgements were
/// exchanged.
pub(super) const FOLDER: &str = "exchange";
/// The key of `meta` that is there once the notes are.
const ORDER: &str = "exchange_order";
/// Its value if each session is of one annotator, and undoes steps of that annotator that are here.
const SIMPLE: &str = "simple";
/// Its value otherwise: then the notes are always worked out from all events.
const MIXED: &str = "mixed";

/// A field with one current value: the round, the sample, the annotator, the field and the tile.
type FieldKey<'e> = (Option<String>, SampleKey, &'e str, &'static str, Option<&'e TilePath>);

impl Sidecar {
    /// Makes the notes if the sidecar was exchanged by a version that made none.
    pub(super) fn ensure_order_is_noted(&mut self) -> Result<(), SidecarError> {
        let path = self.path.clone();
        let mut note = || -> rusqlite::Result<()> {
            if !is_exchanged(&self.connection)? || order(&self.connection)?.is_some() {
                return Ok(());
            }
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            note_all(&transaction)?;
            transaction.commit()
        };
        note().map_err(|source| SidecarError::Sqlite { path, source })
    }
}

/// Notes what new events change in the order that counts. They are stored already, in this
/// transaction.
pub(super) fn note_new(transaction: &Transaction<'_>, new: &[&Event]) -> rusqlite::Result<()> {
    if new.is_empty() || !is_exchanged(transaction)? {
        return Ok(());
    }
    let is_simple = order(transaction)?.as_deref() == Some(SIMPLE) && !has_versions(transaction)?;
    let mut known: HashSet<&str> = HashSet::new();
    for of_session in new.chunk_by(|a, b| a.step.session == b.step.session) {
        let is_first = of_session.first().is_some_and(|event| known.insert(&event.step.session));
        if !is_simple {
            return note_all(transaction);
        }
        if !is_first || !follows_all(transaction, of_session)? {
            return note_annotators(transaction, new);
        }
    }
    Ok(())
}

/// Works the notes of the annotators of new events out from their events alone.
fn note_annotators(transaction: &Transaction<'_>, new: &[&Event]) -> rusqlite::Result<()> {
    let annotators: BTreeSet<&str> = new.iter().map(|event| &*event.annotator).collect();
    for annotator in annotators {
        let stored = read_of_annotator(transaction, annotator)?;
        let counted: Vec<&Event> = stored.iter().map(|(_, event)| event).collect();
        let ordered = steps_by_time(counted.iter().copied());
        if ordered.is_entangled || is_mixed(&counted) || shares_a_session(transaction, &counted, annotator)? {
            return note_all(transaction);
        }
        let of_annotator = "DELETE FROM exchange_passed_over WHERE id IN (SELECT id FROM events WHERE annotator = ?1)";
        transaction.prepare_cached(of_annotator)?.execute([annotator])?;
        let winners = winners(&stored, &counted, &ordered);
        note_passed_over(transaction, &stored, &counted, &winners)?;
        note_latest(transaction, &counted, &ordered)?;
    }
    Ok(())
}

/// Whether a session of the events also has some of another annotator.
fn shares_a_session(connection: &Connection, events: &[&Event], annotator: &str) -> rusqlite::Result<bool> {
    let sessions: HashSet<&str> = events.iter().map(|event| &*event.step.session).collect();
    let mut of_another =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE session = ?1 AND annotator <> ?2)")?;
    for session in sessions {
        if of_another.query_row([session, annotator], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether new events of a session come after all others of their annotator. If so, the last step
/// of the annotator is noted.
fn follows_all(transaction: &Transaction<'_>, new: &[&Event]) -> rusqlite::Result<bool> {
    let (Some(first), Some(last)) = (new.first(), new.last()) else { return Ok(true) };
    let (session, annotator) = (&*first.step.session, &*first.annotator);
    let is_one_run = new.windows(2).all(|pair| pair[0].seq < pair[1].seq) && first.step.seq == first.seq;
    if !is_one_run || new.iter().any(|event| *event.annotator != *annotator) {
        return Ok(false);
    }
    let from_here = "SELECT count(*) FROM events WHERE session = ?1 AND seq >= ?2";
    let from_here: i64 =
        transaction.prepare_cached(from_here)?.query_row(params![session, first.seq as i64], |row| row.get(0))?;
    if from_here != new.len() as i64 || annotator_of(transaction, session)?.as_deref() != Some(annotator) {
        return Ok(false);
    }
    for undone in new.iter().filter_map(|event| event.undoes.as_ref()) {
        let is_here = "SELECT EXISTS (SELECT 1 FROM events WHERE session = ?1 AND seq = ?2)";
        let is_here: bool = transaction
            .prepare_cached(is_here)?
            .query_row(params![&*undone.session, undone.seq as i64], |row| row.get(0))?;
        if !is_here || annotator_of(transaction, &undone.session)?.as_deref() != Some(annotator) {
            return Ok(false);
        }
    }
    let before = "SELECT session, at FROM exchange_latest WHERE annotator = ?1";
    let before: Option<(String, Timestamp)> = transaction
        .prepare_cached(before)?
        .query_row([annotator], |row| Ok((row.get(0)?, super::rows::parsed(row, 1)?)))
        .optional()?;
    let step = new.iter().take_while(|event| event.step == first.step).map(|event| event.at).max();
    let is_after = |(before, at): &(String, Timestamp)| before == session || step.is_some_and(|step| step > *at);
    if !before.as_ref().is_none_or(is_after) {
        return Ok(false);
    }
    let at = new.iter().map(|event| event.at).chain(before.map(|(_, at)| at)).max().unwrap_or(last.at);
    put_latest(transaction, annotator, session, at)?;
    Ok(true)
}

/// New events without those that an event known before overtakes: of their fields, that one counts.
pub(super) fn without_overtaken(connection: &Connection, new: Vec<(i64, Event)>) -> rusqlite::Result<Vec<Event>> {
    if new.is_empty() || !is_exchanged(connection)? {
        return Ok(new.into_iter().map(|(_, event)| event).collect());
    }
    let mut left = Vec::with_capacity(new.len());
    for (id, event) in new {
        if !is_passed_over(connection, id)? {
            left.push(event);
        }
    }
    Ok(left)
}

/// The events that count in place of some of a session that were stored after a row id: those of
/// another machine whose clock is ahead.
pub(super) fn overtaking(connection: &Connection, session: &str, after: i64) -> rusqlite::Result<Vec<Event>> {
    let mut found = Vec::new();
    if !is_exchanged(connection)? {
        return Ok(found);
    }
    for (id, event) in read_numbered(connection, after)? {
        if *event.step.session == *session && is_passed_over(connection, id)? {
            found.extend(counting_instead(connection, &event)?);
        }
    }
    Ok(found)
}

fn is_passed_over(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM exchange_passed_over WHERE id = ?1)";
    connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))
}

/// The event that counts of the field of another one.
fn counting_instead(connection: &Connection, event: &Event) -> rusqlite::Result<Option<Event>> {
    let sql = "SELECT session, seq FROM events
         WHERE sample = ?1 AND annotator = ?2 AND field = ?3 AND tile IS ?4 AND pass IS ?5
           AND id NOT IN (SELECT id FROM exchange_passed_over)
         ORDER BY id DESC LIMIT 1";
    let row = EventColumns::from(event);
    let values = params![row.sample, row.annotator, row.field, row.tile, row.pass];
    let name: Option<(String, i64)> =
        connection.prepare_cached(sql)?.query_row(values, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match name {
        Some((session, seq)) => read_event(connection, &session, seq as u64),
        None => Ok(None),
    }
}

/// Works all notes out from all events.
pub(super) fn note_all(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let stored = read_numbered(transaction, 0)?;
    let replaced = versions_that_count(transaction, stored.iter().map(|(_, event)| event))?;
    let counted: Vec<&Event> =
        stored.iter().map(|(_, event)| replaced.get(&(&*event.step.session, event.seq)).unwrap_or(event)).collect();
    let ordered = steps_by_time(counted.iter().copied());
    transaction.execute_batch(
        "DELETE FROM exchange_passed_over; DELETE FROM exchange_replacing; DELETE FROM exchange_latest",
    )?;
    let winners = winners(&stored, &counted, &ordered);
    note_passed_over(transaction, &stored, &counted, &winners)?;
    for winner in winners.into_values().filter(|at| is_replaced(&stored, &counted, *at)) {
        put_replacing(transaction, counted[winner])?;
    }
    note_latest(transaction, &counted, &ordered)?;
    let order = if ordered.is_entangled || is_mixed(&counted) { MIXED } else { SIMPLE };
    let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    transaction.execute(sql, [ORDER, order]).map(drop)
}

/// Whether another version of the event counts.
fn is_replaced(stored: &[(i64, Event)], counted: &[&Event], at: usize) -> bool {
    !std::ptr::eq(counted[at], &stored[at].1)
}

/// Notes the events that arrived after the one of their field that counts.
fn note_passed_over(
    transaction: &Transaction<'_>,
    stored: &[(i64, Event)],
    counted: &[&Event],
    winners: &HashMap<FieldKey<'_>, usize>,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached("INSERT INTO exchange_passed_over VALUES (?1)")?;
    for (at, (id, event)) in stored.iter().enumerate().filter(|(_, (_, event))| !event.begins_audit()) {
        let is_passed_over = is_replaced(stored, counted, at)
            || winners
                .get(&key(event))
                .is_none_or(|winner| is_replaced(stored, counted, *winner) || stored[*winner].0 < *id);
        if is_passed_over {
            insert.execute([id])?;
        }
    }
    Ok(())
}

/// Notes the last step of each annotator.
fn note_latest(transaction: &Transaction<'_>, counted: &[&Event], ordered: &Ordered) -> rusqlite::Result<()> {
    let mut latest: BTreeMap<&str, (usize, &Event)> = BTreeMap::new();
    for event in counted {
        let Some(place) = ordered.ranks.get(&event.step) else { continue };
        let last = latest.entry(&event.annotator).or_insert((*place, event));
        if *place > last.0 {
            *last = (*place, event);
        }
    }
    for (annotator, (_, event)) in latest {
        let at = ordered.times.get(&event.step).copied().unwrap_or(event.at);
        put_latest(transaction, annotator, &event.step.session, at)?;
    }
    Ok(())
}

/// The places of the events that count, by field: of each, the last in the order that counts.
fn winners<'e>(stored: &[(i64, Event)], counted: &[&'e Event], ordered: &Ordered) -> HashMap<FieldKey<'e>, usize> {
    let place = |at: usize| (ordered.ranks.get(&counted[at].step).copied(), counted[at].seq);
    let mut winners: HashMap<FieldKey<'e>, usize> = HashMap::with_capacity(stored.len());
    for (at, event) in counted.iter().enumerate().filter(|(_, event)| !event.begins_audit()) {
        let winner = winners.entry(key(event)).or_insert(at);
        if place(at) > place(*winner) {
            *winner = at;
        }
    }
    winners
}

fn key(event: &Event) -> FieldKey<'_> {
    let round = event.round.as_ref().map(ToString::to_string);
    (round, event.sample, &event.annotator, event.change.field(), event.change.tile())
}

/// Whether a session is of several annotators, or undoes steps of another annotator or such that
/// are not here.
fn is_mixed(events: &[&Event]) -> bool {
    let mut annotators: HashMap<&str, &str> = HashMap::new();
    for event in events {
        if *annotators.entry(&event.step.session).or_insert(&event.annotator) != &*event.annotator {
            return true;
        }
    }
    let steps: HashSet<&StepId> = events.iter().map(|event| &event.step).collect();
    let is_own = |undone: &StepId, event: &Event| annotators.get(&*undone.session) == Some(&&*event.annotator);
    events
        .iter()
        .any(|event| event.undoes.as_ref().is_some_and(|undone| !steps.contains(undone) || !is_own(undone, event)))
}

fn is_exchanged(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(meta(connection, FOLDER)?.is_some())
}

fn order(connection: &Connection) -> rusqlite::Result<Option<String>> {
    meta(connection, ORDER)
}

fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
}

fn has_versions(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM exchange_versions)", [], |row| row.get(0))
}

/// The annotator of the first event of a session.
fn annotator_of(connection: &Connection, session: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT annotator FROM events WHERE session = ?1 ORDER BY seq LIMIT 1";
    connection.prepare_cached(sql)?.query_row([session], |row| row.get(0)).optional()
}

fn put_latest(transaction: &Transaction<'_>, annotator: &str, session: &str, at: Timestamp) -> rusqlite::Result<()> {
    let sql = "INSERT INTO exchange_latest VALUES (?1, ?2, ?3)
         ON CONFLICT (annotator) DO UPDATE SET session = excluded.session, at = excluded.at";
    transaction.prepare_cached(sql)?.execute(params![annotator, session, at.to_string()]).map(drop)
}

fn put_replacing(transaction: &Transaction<'_>, event: &Event) -> rusqlite::Result<()> {
    let row = EventColumns::from(event);
    let sql = "INSERT INTO exchange_replacing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let values = params![
        row.sample,
        row.annotator,
        row.tile,
        row.field,
        row.value,
        row.at,
        row.bulk,
        row.looks,
        row.pass,
        row.visible
    ];
    transaction.prepare_cached(sql)?.execute(values).map(drop)
}
