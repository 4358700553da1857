//! Events, samples and positions as rows of the tables.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::event_columns::EventColumns;
use super::{LastPosition, SampleRecord};
use crate::event::Event;

pub(super) fn insert<'e>(
    transaction: &Transaction<'_>,
    events: impl IntoIterator<Item = &'e Event>,
    samples: &[SampleRecord],
    position: Option<&LastPosition>,
) -> rusqlite::Result<()> {
    let mut sample_row = transaction.prepare_cached(
        "INSERT INTO samples (key, query, positive, split, line) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?;
    for sample in samples {
        sample_row.execute(params![
            sample.key.to_string(),
            sample.query,
            sample.positive,
            sample.split,
            sample.line.get() as i64
        ])?;
    }
    let mut event_row = transaction.prepare_cached(
        "INSERT INTO events
         (session, seq, step, sample, tile, field, value, annotator, at, undoes, chosen_by, propagated_from,
          confirmed_by, checksum, bulk, looks, pass, settles, visible)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
    )?;
    for event in events {
        let row = EventColumns::from(event);
        event_row.execute(params![
            row.session,
            row.seq as i64,
            row.step as i64,
            row.sample,
            row.tile,
            row.field,
            row.value,
            row.annotator,
            row.at,
            row.undoes,
            row.chosen_by,
            row.propagated_from,
            row.confirmed_by,
            row.checksum(),
            row.bulk,
            row.looks,
            row.pass,
            row.settles,
            row.visible,
        ])?;
    }
    if let Some(position) = position {
        transaction.execute(
            "INSERT INTO places (annotator, sample, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (annotator) DO UPDATE SET sample = excluded.sample, at = excluded.at",
            params![position.annotator, position.sample.to_string(), position.at.to_string()],
        )?;
    }
    Ok(())
}

/// The checksum of an event's row.
pub(super) fn checksum(event: &Event) -> u32 {
    EventColumns::from(event).checksum()
}

/// The events after a row id, and the last row id.
pub(super) fn read_events(connection: &Connection, after: i64) -> rusqlite::Result<(Vec<Event>, i64)> {
    let numbered = read_numbered(connection, after)?;
    let last = numbered.last().map_or(after, |(id, _)| *id);
    Ok((numbered.into_iter().map(|(_, event)| event).collect(), last))
}

/// The events after a row id, each with its own.
pub(super) fn read_numbered(connection: &Connection, after: i64) -> rusqlite::Result<Vec<(i64, Event)>> {
    // A file of an older schema stays as it is when it is only read: columns that it lacks are
    // NULL.
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let origin = match version {
        ..2 => "NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL",
        2 => "chosen_by, propagated_from, NULL, 0, NULL, NULL, NULL, NULL",
        3..=4 => "chosen_by, propagated_from, confirmed_by, 0, NULL, NULL, NULL, NULL",
        5 => "chosen_by, propagated_from, confirmed_by, bulk, looks, NULL, NULL, NULL",
        6..=7 => "chosen_by, propagated_from, confirmed_by, bulk, looks, pass, settles, NULL",
        8.. => "chosen_by, propagated_from, confirmed_by, bulk, looks, pass, settles, visible",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, session, seq, step, sample, tile, field, value, annotator, at, undoes, {origin}
         FROM events WHERE id > ?1 ORDER BY id"
    ))?;
    let mut rows = statement.query([after])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push((row.get(0)?, event_of(row)?));
    }
    Ok(events)
}

/// The columns that [`event_of`] reads, after the row id; for schema 8 and later.
const COLUMNS: &str =
    "session, seq, step, sample, tile, field, value, annotator, at, undoes, chosen_by, propagated_from,
     confirmed_by, bulk, looks, pass, settles, visible";

/// The event with a number in a session.
pub(super) fn read_event(connection: &Connection, session: &str, seq: u64) -> rusqlite::Result<Option<Event>> {
    let sql = format!("SELECT id, {COLUMNS} FROM events WHERE session = ?1 AND seq = ?2");
    connection.prepare_cached(&sql)?.query_row(params![session, seq as i64], event_of).optional()
}

/// The events of an annotator in the order of arrival, each with its row id.
pub(super) fn read_of_annotator(connection: &Connection, annotator: &str) -> rusqlite::Result<Vec<(i64, Event)>> {
    read_where(connection, "annotator = ?1", [annotator])
}

/// The events that did not come from other sidecars, in the order of arrival, each with its row id.
pub(super) fn read_own(connection: &Connection) -> rusqlite::Result<Vec<(i64, Event)>> {
    read_where(connection, "session NOT IN (SELECT session FROM exchange_sessions)", [])
}

fn read_where(
    connection: &Connection,
    condition: &str,
    params: impl rusqlite::Params,
) -> rusqlite::Result<Vec<(i64, Event)>> {
    let sql = format!("SELECT id, {COLUMNS} FROM events WHERE {condition} ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map(params, |row| Ok((row.get(0)?, event_of(row)?)))?.collect()
}

fn event_of(row: &Row<'_>) -> rusqlite::Result<Event> {
    let columns = EventColumns {
        session: row.get(1)?,
        seq: row.get::<_, i64>(2)? as u64,
        step: row.get::<_, i64>(3)? as u64,
        sample: row.get(4)?,
        tile: row.get(5)?,
        field: row.get(6)?,
        value: row.get(7)?,
        annotator: row.get(8)?,
        at: row.get(9)?,
        undoes: row.get(10)?,
        chosen_by: row.get(11)?,
        propagated_from: row.get(12)?,
        confirmed_by: row.get(13)?,
        bulk: row.get(14)?,
        looks: row.get(15)?,
        pass: row.get(16)?,
        settles: row.get(17)?,
        visible: row.get(18)?,
    };
    columns.event().map_err(|what| not_understood(0, what))
}

/// Parses a text column as a type.
pub(crate) fn parsed<T: std::str::FromStr>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T::Err: ToString,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| not_understood(column, format!("{text}: {}", error.to_string())))
}

fn not_understood(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
}
