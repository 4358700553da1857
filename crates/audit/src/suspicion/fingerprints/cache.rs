//! The file that stores fingerprints, and what pairs of pictures share, so that each tile is
//! decoded only once.
//!
//! All of it can be rebuilt. A file that is foreign, of another version or damaged is replaced
//! without asking. So the caller must give it a name of its own, and it must never contain
//! judgements. An entry is valid only for the bytes that it was made from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use thiserror::Error;
use tilejury_data::TilePath;
use tilejury_vision::{ComparedRows, Overlay, PairLikeness};

use super::fingerprint::TileFingerprint;
use super::stamp::TileStamp;

/// `TJPR`: distinguishes the file from other SQLite databases.
const APPLICATION_ID: i64 = 0x544A_5052;
/// The version of fingerprints, also in files of `scan`. Increase it when fingerprints change.
pub(crate) const VERSION: i64 = 4;
/// The version of the file. Increase it when the tables, fingerprints or the rule for likeness
/// change.
const FILE_VERSION: i64 = 5;
const TABLES: &str = "
    CREATE TABLE tiles (
        path TEXT PRIMARY KEY,
        file TEXT NOT NULL,
        file_bytes INTEGER NOT NULL,
        file_modified INTEGER NOT NULL,
        offset INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        print BLOB NOT NULL
    ) STRICT;
    CREATE TABLE pairs (
        hashes BLOB PRIMARY KEY,
        shift INTEGER NOT NULL,
        equal_rows REAL NOT NULL,
        overlap_rows INTEGER NOT NULL,
        exact INTEGER NOT NULL,
        -- Of a copy at another scale or in other colours; NULL where none was found.
        scale REAL,
        right REAL,
        down REAL,
        agreeing REAL,
        overlap REAL,
        inverted INTEGER
    ) STRICT, WITHOUT ROWID;
";
/// The longest time to wait for another program's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An open cache.
#[derive(Debug)]
pub struct FingerprintCache {
    pub(super) connection: Connection,
}

/// The reason why nothing can be cached. Work can continue with [`FingerprintCache::in_memory`].
#[derive(Debug, Error)]
pub enum CacheError {
    /// The system failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("{path}: {source}", path = path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The error of SQLite.
        source: rusqlite::Error,
    },
}

impl FingerprintCache {
    /// Opens a cache, or creates it if there is none or none that can be used.
    ///
    /// # Errors
    /// When the folder or the file cannot be made, read or written.
    pub fn open(path: &Path) -> Result<Self, CacheError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| CacheError::Io { path: folder.to_owned(), source })?;
        }
        if let Some(cache) = Self::usable(path) {
            return Ok(cache);
        }
        for ending in ["", "-wal", "-shm", "-journal"] {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            let removed = std::fs::remove_file(&name);
            if let Err(source) = removed
                && source.kind() != std::io::ErrorKind::NotFound
            {
                return Err(CacheError::Io { path: name.into(), source });
            }
        }
        Self::make(path).map_err(|source| CacheError::Sqlite { path: path.to_owned(), source })
    }

    /// Creates a cache in memory.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, CacheError> {
        let path = Path::new(":memory:");
        Self::make(path).map_err(|source| CacheError::Sqlite { path: path.to_owned(), source })
    }

    /// Returns the cache in a file if it exists, is valid and of this version.
    fn usable(path: &Path) -> Option<Self> {
        if !path.is_file() {
            return None;
        }
        let connection = connect(path).ok()?;
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).ok();
        let ours = number("application_id")? == APPLICATION_ID && number("user_version")? == FILE_VERSION;
        let whole = |name: &str| {
            connection.query_row(name, [], |row| row.get::<_, String>(0)).is_ok_and(|result| result == "ok")
        };
        (ours && whole("PRAGMA quick_check(1)")).then_some(Self { connection })
    }

    fn make(path: &Path) -> rusqlite::Result<Self> {
        let mut connection = connect(path)?;
        // Immediate, since another program may create it at the same time.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if transaction.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? == 0 {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", FILE_VERSION)?;
        }
        transaction.commit()?;
        // The mode is stored in the file. Some disks cannot hold a write-ahead log, and another
        // program may be using the file: SQLite then keeps its rollback journal, which works as
        // well.
        let _ = connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()));
        Ok(Self { connection })
    }

    /// Returns every fingerprint that is still valid for the tile's location; ignores other
    /// entries.
    pub(crate) fn fingerprints(
        &self,
        stamps: &HashMap<&TilePath, TileStamp>,
    ) -> rusqlite::Result<HashMap<TilePath, TileFingerprint>> {
        let sql = "SELECT path, file, file_bytes, file_modified, offset, bytes, print FROM tiles";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut found = HashMap::new();
        while let Some(row) = rows.next()? {
            let path = TilePath::new(row.get_ref(0)?.as_str()?);
            let stamp = TileStamp {
                file: row.get::<_, String>(1)?.into(),
                file_bytes: row.get(2)?,
                file_modified: row.get(3)?,
                offset: row.get(4)?,
                bytes: row.get(5)?,
            };
            if stamps.get(&path) == Some(&stamp)
                && let Some(print) = TileFingerprint::from_bytes(row.get_ref(6)?.as_blob()?)
            {
                found.insert(path, print);
            }
        }
        Ok(found)
    }

    /// Stores fingerprints, all of them or none.
    pub(super) fn store<'p>(
        &mut self,
        fingerprints: impl Iterator<Item = (&'p TilePath, &'p TileStamp, &'p TileFingerprint)>,
    ) -> rusqlite::Result<()> {
        let import = self.import()?;
        for (path, stamp, print) in fingerprints {
            import.put(path, stamp, print)?;
        }
        import.commit()
    }

    /// Begins an import: all of it or nothing.
    pub(crate) fn import(&mut self) -> rusqlite::Result<CacheImport<'_>> {
        Ok(CacheImport { transaction: self.connection.transaction_with_behavior(TransactionBehavior::Immediate)? })
    }

    /// Returns what two pictures share, by the hashes of their pixels, so it holds for any tile
    /// that shows them.
    pub(crate) fn shared(&self, a: u128, b: u128) -> Option<PairLikeness> {
        let sql = "SELECT * FROM pairs WHERE hashes = ?1";
        let mut statement = self.connection.prepare_cached(sql).ok()?;
        let read = |row: &rusqlite::Row<'_>| {
            let scale: Option<f32> = row.get("scale")?;
            let overlay = |scale| {
                Ok::<_, rusqlite::Error>(Overlay {
                    scale,
                    right: row.get("right")?,
                    down: row.get("down")?,
                    agreeing: row.get("agreeing")?,
                    overlap: row.get("overlap")?,
                    inverted: row.get("inverted")?,
                })
            };
            Ok(PairLikeness {
                shift: row.get("shift")?,
                equal_rows: row.get("equal_rows")?,
                overlap_rows: row.get("overlap_rows")?,
                rows: if row.get("exact")? { ComparedRows::Exact } else { ComparedRows::Profiles },
                overlay: scale.map(overlay).transpose()?,
            })
        };
        statement.query_row([key(a, b)], read).optional().ok().flatten()
    }

    /// Stores what pairs share, all of them or none.
    pub(crate) fn store_likeness(&mut self, pairs: &[(u128, u128, PairLikeness)]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut statement = transaction
            .prepare_cached("INSERT OR REPLACE INTO pairs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
        for (a, b, shared) in pairs {
            let overlay = shared.overlay.as_ref();
            statement.execute((
                key(*a, *b),
                shared.shift,
                shared.equal_rows,
                shared.overlap_rows,
                shared.rows == ComparedRows::Exact,
                overlay.map(|overlay| overlay.scale),
                overlay.map(|overlay| overlay.right),
                overlay.map(|overlay| overlay.down),
                overlay.map(|overlay| overlay.agreeing),
                overlay.map(|overlay| overlay.overlap),
                overlay.map(|overlay| overlay.inverted),
            ))?;
        }
        drop(statement);
        transaction.commit()
    }
}

/// An unfinished import. Nothing is stored before [`CacheImport::commit`].
pub(crate) struct CacheImport<'c> {
    pub(super) transaction: Transaction<'c>,
}

impl CacheImport<'_> {
    /// Adds the fingerprint of a tile, in place of an earlier one.
    pub(crate) fn put(&self, path: &TilePath, stamp: &TileStamp, print: &TileFingerprint) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO tiles VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut statement = self.transaction.prepare_cached(sql)?;
        let (file, bytes, modified): (&str, _, _) = (&stamp.file, stamp.file_bytes, stamp.file_modified);
        statement.execute((path.as_str(), file, bytes, modified, stamp.offset, stamp.bytes, print.to_bytes()))?;
        Ok(())
    }

    /// Stores everything that was added.
    pub(crate) fn commit(self) -> rusqlite::Result<()> {
        self.transaction.commit()
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "normal")?;
    Ok(connection)
}

fn key(a: u128, b: u128) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&a.to_le_bytes());
    key[16..].copy_from_slice(&b.to_le_bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERLAY: Overlay =
        Overlay { scale: 0.97, right: -20.5, down: 3.0, agreeing: 0.9, overlap: 0.75, inverted: true };
    const SHARED: PairLikeness = PairLikeness {
        shift: -400,
        equal_rows: 0.5,
        overlap_rows: 600,
        rows: ComparedRows::Exact,
        overlay: Some(OVERLAY),
    };

    /// Opens a file with these bytes; whatever it then stores must be there when it is opened
    /// again.
    #[track_caller]
    fn check(bytes: Option<&[u8]>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.prints.sqlite");
        if let Some(bytes) = bytes {
            std::fs::create_dir_all(dir.path().join("a")).unwrap();
            std::fs::write(&path, bytes).unwrap();
        }
        let mut cache = FingerprintCache::open(&path).unwrap();
        assert_eq!(cache.shared(1, 2), None);
        cache.store_likeness(&[(1, 2, SHARED)]).unwrap();
        drop(cache);
        let cache = FingerprintCache::open(&path).unwrap();
        assert_eq!((cache.shared(1, 2), cache.shared(2, 1)), (Some(SHARED), None));
    }

    #[test]
    fn creates_missing_and_replaces_invalid_files() {
        check(None);
        check(Some(b""));
        check(Some(b"no database at all"));
        check(Some(&[b"SQLite format 3\0".as_slice(), &[7; 4000]].concat()));
    }

    #[test]
    fn replaces_other_versions_and_foreign_databases() {
        for change in ["PRAGMA user_version = 3", "PRAGMA user_version = 99", "PRAGMA application_id = 5"] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("x.sqlite");
            FingerprintCache::open(&path).unwrap().store_likeness(&[(1, 2, SHARED)]).unwrap();
            Connection::open(&path).unwrap().execute_batch(change).unwrap();
            assert_eq!(FingerprintCache::open(&path).unwrap().shared(1, 2), None, "{change}");
        }
    }

    #[test]
    fn an_unwritable_path_is_an_error_with_the_path() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let error = FingerprintCache::open(&dir.path().join("file/x.sqlite")).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }
}
