//! The note in a sidecar of the machine that writes it, on a disk that several machines share.
//! Decides nothing.

use rusqlite::{Connection, OptionalExtension as _};

use super::network_disk::Machine;

/// The key of `meta` with the machine that writes.
const WRITER: &str = "writer";

/// Removes the note from a copy, which no machine writes yet.
pub(super) fn forget_writer(connection: &Connection) -> rusqlite::Result<()> {
    if writer(connection)?.is_some() {
        connection.execute("DELETE FROM meta WHERE key = ?1", [WRITER])?;
    }
    Ok(())
}

/// The machine that writes a sidecar, if one is noted.
pub(super) fn writer(connection: &Connection) -> rusqlite::Result<Option<Machine>> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let text: Option<String> = connection.query_row(sql, [WRITER], |row| row.get(0)).optional()?;
    // A note that cannot be read is one of a machine that is not this one.
    Ok(text.map(|text| serde_json::from_str(&text).unwrap_or(Machine { id: text, name: String::new() })))
}

/// Notes the machine that writes a sidecar.
pub(super) fn put_writer(connection: &Connection, machine: &Machine) -> rusqlite::Result<()> {
    let text = serde_json::to_string(machine).unwrap_or_default();
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.execute(sql, [WRITER, &text]).map(drop)
}
