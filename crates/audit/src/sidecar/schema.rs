//! The schema of the sidecar and its history. Each version's SQL is frozen; an upgrade starts with
//! a copy.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use tilejury_data::DatasetFingerprint;

use super::SidecarError;
use super::copy::copy_whole;
use super::inspect::FileKind;
use crate::time::now;

/// `TJRY`: distinguishes the file from other SQLite databases.
const APPLICATION_ID: i64 = 0x544A_5259;
/// The latest schema.
const VERSION: i64 = UPGRADES.len() as i64;
/// A sidecar that this version can use.
pub(super) const KIND: FileKind = FileKind { application_id: APPLICATION_ID, version: VERSION };

/// The SQL that leads from each version to the next; the first makes version 1 from an empty file.
const UPGRADES: [&str; 10] = [
    include_str!("schema_v1.sql"),
    include_str!("schema_v2.sql"),
    include_str!("schema_v3.sql"),
    include_str!("schema_v4.sql"),
    include_str!("schema_v5.sql"),
    include_str!("schema_v6.sql"),
    include_str!("schema_v7.sql"),
    include_str!("schema_v8.sql"),
    include_str!("schema_v9.sql"),
    include_str!("schema_v10.sql"),
];

/// Creates the tables of a new file, unless another program did so in the meantime.
pub(super) fn create(connection: &Connection, fingerprint: DatasetFingerprint) -> rusqlite::Result<()> {
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

/// Upgrades an older file; a copy of it is made beside it first.
pub(super) fn upgrade(connection: &Connection, path: &Path) -> Result<(), SidecarError> {
    upgrade_by(connection, path, &UPGRADES)
}

fn upgrade_by(connection: &Connection, path: &Path, upgrades: &[&str]) -> Result<(), SidecarError> {
    let failed = |source| SidecarError::Sqlite { path: path.to_owned(), source };
    let found = version(connection).map_err(failed)?;
    if found as usize >= upgrades.len() {
        return Ok(());
    }
    match copy_whole(connection, &path.with_extension(format!("v{found}.sqlite"))) {
        // The copy of an interrupted upgrade is as good as a new one: it has its name only because
        // it is complete.
        Ok(()) | Err(SidecarError::Exists(_)) => {}
        Err(error) => return Err(error),
    }
    run(connection, upgrades).map_err(failed)
}

fn run(connection: &Connection, upgrades: &[&str]) -> rusqlite::Result<()> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Another program may have upgraded it first.
    for sql in upgrades.iter().skip(version(&transaction)? as usize) {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "user_version", upgrades.len() as i64)?;
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upgrade_starts_with_a_copy_and_fails_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tilejury.sqlite");
        let connection = Connection::open(&path).unwrap();
        create(&connection, DatasetFingerprint(7)).unwrap();
        let version = |connection: &Connection| {
            connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap()
        };
        let with = |sql| UPGRADES.into_iter().chain([sql]).collect::<Vec<_>>();
        let broken = with("CREATE TABLE more (x); CREATE TABLE more (x)");
        assert!(upgrade_by(&connection, &path, &broken).is_err());
        assert_eq!(version(&connection), VERSION);
        assert!(connection.prepare("SELECT * FROM more").is_err(), "half an upgrade is not kept");
        upgrade_by(&connection, &path, &with("CREATE TABLE more (x)")).unwrap();
        assert_eq!(version(&connection), VERSION + 1);
        let copy = Connection::open(dir.path().join(format!("tilejury.v{VERSION}.sqlite"))).unwrap();
        assert_eq!(version(&copy), VERSION);
        assert_eq!(copy.query_row("SELECT count(*) FROM meta", [], |row| row.get::<_, i64>(0)).unwrap(), 3);
    }
}
