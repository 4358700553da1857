//! The SQLite file itself: its tables, reading it, and one transaction for each import.
//!
//! A file that is newer, damaged or not from this program is refused and left unchanged. The later
//! value of a key wins, so importing a file twice changes nothing.

use std::path::{Path, PathBuf};

use rusqlite::{OpenFlags, OptionalExtension as _, Row, Transaction, TransactionBehavior};
use tilejury_data::{SampleKey, TilePath};
use tilejury_text::without_inner_spaces;

use super::stems::index_imported_texts;
use super::{ExternalScore, MachineReview, TileText};
use crate::sidecar::in_use::TrackedConnection;
use crate::sidecar::inspect::{FileKind, connect, open_for_inspection, refuse_unless_ours};
use crate::sidecar::rows::parsed;
use crate::sidecar::{SidecarError, open_with_log, retry_while_busy};

/// `TJOS`: distinguishes the file from other SQLite databases, including the sidecar.
const APPLICATION_ID: i64 = 0x544A_4F53;
/// The latest schema.
const VERSION: i64 = 4;
/// Each version of the schema, from the first on.
const SCHEMAS: [&str; VERSION as usize] = [
    include_str!("schema_v1.sql"),
    include_str!("schema_v2.sql"),
    include_str!("schema_v3.sql"),
    include_str!("schema_v4.sql"),
];
const KIND: FileKind = FileKind { application_id: APPLICATION_ID, version: VERSION };

/// An open file of external results.
#[derive(Debug)]
pub struct ExternalStore {
    connection: TrackedConnection,
    path: PathBuf,
}

impl ExternalStore {
    /// Opens the file for writing; creates it if there is none.
    ///
    /// # Errors
    /// When the file is refused, or cannot be made or written.
    pub fn open(path: &Path) -> Result<Self, SidecarError> {
        retry_while_busy(|| Self::open_once(path))
    }

    fn open_once(path: &Path) -> Result<Self, SidecarError> {
        if !refuse_unless_ours(path, KIND)? {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|source| SidecarError::Io { path: path.to_owned(), source })?;
            }
            // The tables come first, in one transaction that also marks the file as ours.
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
            let external = Self { connection: connect(path, flags)?, path: path.to_owned() };
            external.upgrade().map_err(|source| external.failed(source))?;
        }
        // With a log, a window can read all texts while `tilejury read` goes on storing more.
        let external = Self { connection: open_with_log(path)?.0, path: path.to_owned() };
        external.upgrade().map_err(|source| external.failed(source))?;
        Ok(external)
    }

    /// Opens the file for reading; `None` if there is none.
    ///
    /// # Errors
    /// When the file is refused or cannot be read.
    pub fn open_for_reading(path: &Path) -> Result<Option<Self>, SidecarError> {
        if !refuse_unless_ours(path, KIND)? {
            return Ok(None);
        }
        Ok(Some(Self { connection: open_for_inspection(path)?, path: path.to_owned() }))
    }

    /// Creates the tables that are missing, unless another program did so in the meantime. All of
    /// it is one transaction, so an upgrade can lose nothing.
    fn upgrade(&self) -> rusqlite::Result<()> {
        if self.version()? == VERSION {
            return Ok(());
        }
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let before = self.version()? as usize;
        for schema in SCHEMAS.iter().skip(before) {
            transaction.execute_batch(schema)?;
        }
        if before == 1 {
            index_imported_texts(&transaction)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()
    }

    pub(super) fn version(&self) -> rusqlite::Result<i64> {
        self.connection.pragma_query_value(None, "user_version", |row| row.get(0))
    }

    /// Whether the file has tables for readings: a file of an older version that is only read lacks
    /// them.
    pub(super) fn has_readings(&self) -> bool {
        self.version().is_ok_and(|version| version >= 2)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn connection(&self) -> &rusqlite::Connection {
        &self.connection
    }

    /// Returns all reviews, by sample and tile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reviews(&self) -> Result<Vec<MachineReview>, SidecarError> {
        let mut all = Vec::new();
        self.each("SELECT sample, tile, verdict, answer FROM reviews", &mut |row| {
            let (sample, verdict) = (parsed(row, 0)?, parsed(row, 2)?);
            all.push(MachineReview { sample, tile: tile(row, 1)?, verdict, answer: row.get(3)? });
            Ok(true)
        })?;
        Ok(all)
    }

    /// Returns all scores, by sample, tile and source.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn scores(&self) -> Result<Vec<ExternalScore>, SidecarError> {
        let mut all = Vec::new();
        self.each("SELECT sample, tile, source, score FROM scores", &mut |row| {
            let score = row.get::<_, f64>(3)? as f32;
            all.push(ExternalScore { sample: parsed(row, 0)?, tile: tile(row, 1)?, source: row.get(2)?, score });
            Ok(true)
        })?;
        Ok(all)
    }

    /// Passes every text to `each`, one at a time: those of a large dataset are too many for
    /// memory. `each` stops the work by returning `false`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn texts(&self, each: &mut dyn FnMut(TileText) -> bool) -> Result<(), SidecarError> {
        self.each("SELECT tile, text FROM texts", &mut |row| {
            Ok(each(TileText { tile: tile(row, 0)?, text: row.get(1)? }))
        })
    }

    /// Passes the text of every tile that has one to `each`, one at a time: the imported text, else
    /// what was read from the tile, if it was legible. `each` stops the work by returning `false`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tile_texts(&self, each: &mut dyn FnMut(TileText) -> bool) -> Result<(), SidecarError> {
        let mut going = true;
        self.texts(&mut |text| {
            going = each(text);
            going
        })?;
        if going && self.has_readings() {
            let sql = "SELECT tile, text FROM readings WHERE legible AND tile NOT IN (SELECT tile FROM texts)";
            self.each(sql, &mut |row| {
                let text = without_inner_spaces(row.get_ref(1)?.as_str()?);
                Ok(each(TileText { tile: tile(row, 0)?, text }))
            })?;
        }
        Ok(())
    }

    /// Passes every tile that has a text to `each`: see [`Self::tile_texts`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn tiles_with_text(&self, each: &mut dyn FnMut(TilePath)) -> Result<(), SidecarError> {
        let mut take = |row: &Row<'_>| {
            each(tile(row, 0)?);
            Ok(true)
        };
        self.each("SELECT tile FROM texts", &mut take)?;
        if self.has_readings() {
            let sql = "SELECT tile FROM readings WHERE legible AND tile NOT IN (SELECT tile FROM texts)";
            self.each(sql, &mut take)?;
        }
        Ok(())
    }

    /// Returns the text of a tile: see [`Self::tile_texts`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tile_text(&self, tile: &TilePath) -> Result<Option<String>, SidecarError> {
        let find = |sql: &str| {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_row([tile.as_str()], |row| row.get::<_, String>(0)).optional()
        };
        let imported = find("SELECT text FROM texts WHERE tile = ?1").map_err(|source| self.failed(source))?;
        if imported.is_some() || !self.has_readings() {
            return Ok(imported);
        }
        let read =
            find("SELECT text FROM readings WHERE tile = ?1 AND legible").map_err(|source| self.failed(source))?;
        Ok(read.map(|text| without_inner_spaces(&text)))
    }

    /// Returns the number of tiles that have a text: see [`Self::tile_texts`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tile_text_count(&self) -> Result<usize, SidecarError> {
        let imported = self.text_count()?;
        if !self.has_readings() {
            return Ok(imported);
        }
        let sql = "SELECT count(*) FROM readings WHERE legible AND tile NOT IN (SELECT tile FROM texts)";
        let read = self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        read.map(|read| imported + read as usize).map_err(|source| self.failed(source))
    }

    /// Returns the number of tiles with an imported text.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn text_count(&self) -> Result<usize, SidecarError> {
        let count = self.connection.query_row("SELECT count(*) FROM texts", [], |row| row.get::<_, i64>(0));
        count.map(|count| count as usize).map_err(|source| self.failed(source))
    }

    /// Returns the review of a tile for a sample.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn review(&self, sample: SampleKey, of: &TilePath) -> Result<Option<MachineReview>, SidecarError> {
        let sql = "SELECT verdict, answer FROM reviews WHERE sample = ?1 AND tile = ?2";
        let read = |row: &Row<'_>| {
            Ok(MachineReview { sample, tile: of.clone(), verdict: parsed(row, 0)?, answer: row.get(1)? })
        };
        let found = self.connection.query_row(sql, (sample.to_string(), of.as_str()), read).optional();
        found.map_err(|source| self.failed(source))
    }

    pub(super) fn each(
        &self,
        sql: &str,
        take: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<bool>,
    ) -> Result<(), SidecarError> {
        let mut read = || {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if !take(row)? {
                    break;
                }
            }
            Ok(())
        };
        read().map_err(|source| self.failed(source))
    }

    /// Begins an import: all of it or nothing.
    ///
    /// # Errors
    /// When another program holds the file.
    pub fn write(&mut self) -> Result<ExternalImport<'_>, SidecarError> {
        let path = self.path.clone();
        // Immediate: a lock taken up front waits for another writer instead of failing half-way.
        match self.connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => Ok(ExternalImport { transaction, path }),
            Err(source) => Err(SidecarError::Sqlite { path, source }),
        }
    }

    pub(super) fn failed(&self, source: rusqlite::Error) -> SidecarError {
        let path = self.path.clone();
        match source {
            rusqlite::Error::FromSqlConversionFailure(..) => SidecarError::Damaged { path, what: source.to_string() },
            source => SidecarError::Sqlite { path, source },
        }
    }
}

/// An unfinished import. Nothing is stored before [`ExternalImport::commit`]; if dropped, it leaves
/// the file as it was.
pub struct ExternalImport<'o> {
    transaction: Transaction<'o>,
    path: PathBuf,
}

impl ExternalImport<'_> {
    /// Adds a review.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn review(&self, review: &MachineReview) -> Result<(), SidecarError> {
        let sql = "INSERT INTO reviews (sample, tile, verdict, answer) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET verdict = excluded.verdict, answer = excluded.answer";
        let sample = review.sample.to_string();
        self.put(sql, (sample, review.tile.as_str(), review.verdict.word(), &review.answer))
    }

    /// Adds a score.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn score(&self, score: &ExternalScore) -> Result<(), SidecarError> {
        let sql = "INSERT INTO scores (sample, tile, source, score) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET score = excluded.score";
        self.put(sql, (score.sample.to_string(), score.tile.as_str(), &score.source, score.score))
    }

    pub(super) fn put(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), SidecarError> {
        self.change(sql, values).map(|_| ())
    }

    /// Returns the number of rows that were changed.
    pub(super) fn change(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, SidecarError> {
        let changed = self.transaction.prepare_cached(sql).and_then(|mut statement| statement.execute(values));
        changed.map_err(|source| SidecarError::Sqlite { path: self.path.clone(), source })
    }

    /// Stores everything that was added. When it returns, it is on disk.
    ///
    /// # Errors
    /// When it could not be stored; then nothing was stored.
    pub fn commit(self) -> Result<(), SidecarError> {
        self.transaction.commit().map_err(|source| SidecarError::Sqlite { path: self.path, source })
    }
}

fn tile(row: &Row<'_>, column: usize) -> rusqlite::Result<TilePath> {
    row.get::<_, String>(column).map(|path| TilePath::new(&path))
}
