//! The shape of the sidecar and how it came to be. Each version's SQL is frozen; an upgrade starts from a copy.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use tilejury_data::Fingerprint;

use super::SidecarError;
use crate::time::now;

/// `TJRY`: tells the file from other SQLite databases.
pub(super) const APPLICATION_ID: i64 = 0x544A_5259;
/// The latest schema.
pub(super) const VERSION: i64 = UPGRADES.len() as i64;

/// The SQL that leads from each version to the next; the first makes version 1 of an empty file.
const UPGRADES: [&str; 1] = [include_str!("schema_v1.sql")];

/// Makes the tables of a new file, unless another program did so in the meantime.
pub(super) fn create(connection: &Connection, fingerprint: Fingerprint) -> rusqlite::Result<()> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        for sql in UPGRADES {
            transaction.execute_batch(sql)?;
        }
        let sql = "INSERT INTO meta (key, value) VALUES ('fingerprint', ?1), ('created_by', ?2), ('created_at', ?3)";
        let program = concat!("tilejury ", env!("CARGO_PKG_VERSION"));
        transaction.execute(sql, (fingerprint.to_string(), program, now().to_string()))?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}

/// Brings an older file up to date; a copy of it is put beside it first.
pub(super) fn upgrade(connection: &Connection, path: &Path) -> Result<(), SidecarError> {
    let failed = |source| SidecarError::Sqlite { path: path.to_owned(), source };
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    if version >= VERSION {
        return Ok(());
    }
    let copy = path.with_extension(format!("v{version}.sqlite"));
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).map_err(failed)?;
    let run = || {
        let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for sql in UPGRADES.iter().skip(usize::try_from(version).unwrap_or(0)) {
            transaction.execute_batch(sql)?;
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()
    };
    run().map_err(failed)
}
