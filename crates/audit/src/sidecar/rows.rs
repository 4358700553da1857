//! Events, samples and places as rows: the only place that knows the columns.

use rusqlite::{Connection, Transaction, params};

use super::{Place, SampleRecord};
use crate::event::{Event, StepId};
use crate::judgement::Change;

pub(super) fn insert(
    transaction: &Transaction<'_>,
    events: &[Event],
    samples: &[SampleRecord],
    place: Option<&Place>,
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
            sample.line
        ])?;
    }
    let mut event_row = transaction.prepare_cached(
        "INSERT INTO events (session, seq, step, sample, tile, field, value, annotator, at, undoes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for event in events {
        event_row.execute(params![
            &*event.step.session,
            event.seq as i64,
            event.step.seq as i64,
            event.sample.to_string(),
            event.change.tile().map(tilejury_data::TilePath::as_str),
            event.change.field(),
            event.change.value(),
            &*event.annotator,
            event.at.to_string(),
            event.undoes.as_ref().map(ToString::to_string),
        ])?;
    }
    if let Some(place) = place {
        transaction.execute(
            "INSERT INTO places (annotator, sample, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (annotator) DO UPDATE SET sample = excluded.sample, at = excluded.at",
            params![place.annotator, place.sample.to_string(), place.at.to_string()],
        )?;
    }
    Ok(())
}

pub(super) fn read_events(connection: &Connection, after: i64) -> rusqlite::Result<(Vec<Event>, i64)> {
    let mut statement = connection.prepare_cached(
        "SELECT id, session, seq, step, sample, tile, field, value, annotator, at, undoes FROM events WHERE id > ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([after])?;
    let (mut events, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        let session: String = row.get(1)?;
        let (tile, field, value): (Option<String>, String, Option<String>) = (row.get(5)?, row.get(6)?, row.get(7)?);
        let annotator: String = row.get(8)?;
        let change =
            Change::parse(&field, tile.as_deref(), value.as_deref()).map_err(|what| not_understood(6, what))?;
        let undoes = row.get::<_, Option<String>>(10)?.map(|text| text.parse()).transpose();
        events.push(Event {
            step: StepId { session: session.into(), seq: row.get::<_, i64>(3)? as u64 },
            seq: row.get::<_, i64>(2)? as u64,
            sample: parsed(row, 4)?,
            change,
            annotator: annotator.into(),
            at: parsed(row, 9)?,
            undoes: undoes.map_err(|what| not_understood(10, what))?,
        });
    }
    Ok((events, last))
}

/// A text column read by its type's own rules.
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
