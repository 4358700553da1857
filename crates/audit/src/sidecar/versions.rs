//! Versions of an event that came with other contents: which of them counts. Reads one table.

use std::collections::HashMap;

use rusqlite::Connection;

use super::event_columns::EventColumns;
use crate::event::Event;

/// The events of which another version counts than the stored one, by session and number: the first
/// of all versions, by their texts.
pub(super) fn versions_that_count<'e>(
    connection: &Connection,
    stored: impl IntoIterator<Item = &'e Event>,
) -> rusqlite::Result<HashMap<(&'e str, u64), Event>> {
    let mut statement =
        connection.prepare("SELECT session, seq, min(line) FROM exchange_versions GROUP BY session, seq")?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get::<_, i64>(1)? as u64), row.get(2)?)))?;
    let first: HashMap<(String, u64), String> = rows.collect::<rusqlite::Result<_>>()?;
    let mut found = HashMap::new();
    if first.is_empty() {
        return Ok(found);
    }
    for event in stored {
        let name = (event.step.session.to_string(), event.seq);
        if let Some(line) = first.get(&name).filter(|line| **line < EventColumns::from(event).line()) {
            let other = EventColumns::from_line(line).and_then(EventColumns::event).map_err(|what| {
                rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, what.into())
            })?;
            found.insert((&*event.step.session, event.seq), other);
        }
    }
    Ok(found)
}
