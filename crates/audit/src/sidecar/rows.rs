//! Events, samples and positions as rows. Only this file knows the columns.

use std::sync::Arc;

use rusqlite::{Connection, Transaction, params};

use super::{LastPosition, SampleRecord};
use crate::event::Event;
use crate::judgement::FieldChange;
use crate::looks::Looks;
use crate::origin::{Confirmation, Origin, Selection};
use crate::step::StepId;
use crate::visible::Visible;

pub(super) fn insert(
    transaction: &Transaction<'_>,
    events: &[Event],
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
            event.origin.chosen_by.map(Selection::word),
            event.origin.propagated_from.as_ref().map(ToString::to_string),
            event.origin.confirmed_by.map(Confirmation::word),
            checksum(event),
            event.origin.bulk,
            event.origin.looks.as_deref().map(Looks::to_text),
            event.round.as_ref().map(ToString::to_string),
            event.origin.settles.as_ref().map(ToString::to_string),
            event.origin.visible.map(Visible::to_text),
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

/// CRC-32 (ISO-HDLC) over an event's row: each column as text, preceded by its length; the length
/// of an absent one is −1. The columns of schemas 5, 6 and 8 count only if one of them or a later
/// one has a value, so that the checksums of earlier events hold.
pub(super) fn checksum(event: &Event) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    let mut add = |text: Option<&str>| {
        let len = text.map_or(-1, |text| text.len() as i64);
        crc.update(&len.to_le_bytes());
        crc.update(text.unwrap_or_default().as_bytes());
    };
    let origin = &event.origin;
    add(Some(&event.step.session));
    add(Some(&event.seq.to_string()));
    add(Some(&event.step.seq.to_string()));
    add(Some(&event.sample.to_string()));
    add(event.change.tile().map(tilejury_data::TilePath::as_str));
    add(Some(event.change.field()));
    add(event.change.value().as_deref());
    add(Some(&event.annotator));
    add(Some(&event.at.to_string()));
    add(event.undoes.as_ref().map(ToString::to_string).as_deref());
    add(origin.chosen_by.map(Selection::word));
    add(origin.propagated_from.as_ref().map(ToString::to_string).as_deref());
    add(origin.confirmed_by.map(Confirmation::word));
    let visible = origin.visible.map(Visible::to_text);
    let is_apart = event.round.is_some() || origin.settles.is_some() || visible.is_some();
    if origin.bulk || origin.looks.is_some() || is_apart {
        add(Some(if origin.bulk { "1" } else { "0" }));
        add(origin.looks.as_deref().map(Looks::to_text).as_deref());
    }
    if is_apart {
        add(event.round.as_ref().map(ToString::to_string).as_deref());
        add(origin.settles.as_ref().map(ToString::to_string).as_deref());
    }
    if visible.is_some() {
        add(visible.as_deref());
    }
    crc.finalize()
}

pub(super) fn read_events(connection: &Connection, after: i64) -> rusqlite::Result<(Vec<Event>, i64)> {
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
    let (mut events, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        let session: String = row.get(1)?;
        let (tile, field, value): (Option<String>, String, Option<String>) = (row.get(5)?, row.get(6)?, row.get(7)?);
        let annotator: String = row.get(8)?;
        let change =
            FieldChange::parse(&field, tile.as_deref(), value.as_deref()).map_err(|what| not_understood(6, what))?;
        let optional = |column: usize| -> rusqlite::Result<Option<String>> { row.get(column) };
        let step = |column: usize| {
            optional(column)?.map(|text| text.parse()).transpose().map_err(|what| not_understood(column, what))
        };
        let chosen_by = optional(11)?.map(|word| word.parse()).transpose().map_err(|what| not_understood(11, what))?;
        let confirmed_by =
            optional(13)?.map(|word| word.parse()).transpose().map_err(|what| not_understood(13, what))?;
        let looks = optional(15)?.map(|text| Looks::from_text(&text)).transpose();
        let looks = looks.map_err(|what| not_understood(15, what))?.map(Arc::new);
        let round = optional(16)?.map(|text| text.parse()).transpose().map_err(|what| not_understood(16, what))?;
        let settles = optional(17)?.map(|text| text.parse()).transpose().map_err(|what| not_understood(17, what))?;
        let visible = optional(18)?.map(|text| Visible::from_text(&text)).transpose();
        let visible = visible.map_err(|what| not_understood(18, what))?;
        events.push(Event {
            step: StepId { session: session.into(), seq: row.get::<_, i64>(3)? as u64 },
            seq: row.get::<_, i64>(2)? as u64,
            sample: parsed(row, 4)?,
            change,
            annotator: annotator.into(),
            at: parsed(row, 9)?,
            undoes: step(10)?,
            origin: Origin {
                chosen_by,
                propagated_from: step(12)?,
                confirmed_by,
                bulk: row.get(14)?,
                looks,
                settles,
                visible,
            },
            round,
        });
    }
    Ok((events, last))
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
