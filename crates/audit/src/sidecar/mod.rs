//! The SQLite file beside the dataset that holds every judgement ever made.
//!
//! Append-only events; what stands is derived from them. A file that is newer, damaged or not ours is refused and left
//! untouched. Nothing that can be rebuilt lives here.

mod location;
mod schema;
mod writer;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use thiserror::Error;
use tilejury_data::{Dataset, Fingerprint, SampleKey};

use crate::event::{Event, StepId};
use crate::judgement::Change;
use crate::time::Timestamp;

pub use location::{Location, Why, for_reading, for_writing};
pub use writer::{Report, Writer};

/// How long a connection waits for another program's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// What every SQLite file begins with (SQLite "Database File Format", 1.3).
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// An open sidecar. One connection; give each thread its own.
pub struct Sidecar {
    connection: Connection,
    path: PathBuf,
    /// The row id of the last event that was read.
    read_up_to: i64,
}

/// A sample as the sidecar remembers it: enough to name it even where the dataset no longer holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleRecord {
    /// Its key.
    pub key: SampleKey,
    /// Its query.
    pub query: String,
    /// Its positive, as the row spells it.
    pub positive: String,
    /// The split it was in when it was first judged.
    pub split: String,
    /// The 1-based line it was on then.
    pub line: u32,
}

impl SampleRecord {
    /// The record of a sample of a dataset; `None` for an index that is none.
    pub fn of(dataset: &Dataset, index: usize) -> Option<Self> {
        let entry = dataset.samples.get(index)?;
        let row = dataset.row(index).ok()?;
        Some(Self {
            key: entry.key,
            query: row.query.into_owned(),
            positive: row.positive.into_owned(),
            split: dataset.split_of(index).name.clone(),
            line: dataset.line_of(index),
        })
    }
}

/// Why a sidecar cannot be used. The file is as it was.
#[derive(Debug, Error)]
pub enum SidecarError {
    /// Not SQLite at all.
    #[error("{path} is no SQLite file; it is left as it is. Move it away, or name another with --sidecar", path = .0.display())]
    NotSqlite(PathBuf),
    /// SQLite, but of some other program.
    #[error("{path} belongs to another program; it is left as it is. Name another file with --sidecar", path = .0.display())]
    NotOurs(PathBuf),
    /// Written by a later version.
    #[error("{path} was written by a newer Tilejury (schema {found}, this one knows {known}); it is left as it is. Update Tilejury", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The latest this program knows.
        known: i64,
    },
    /// SQLite finds it inconsistent.
    #[error("{path} is damaged ({what}); it is left as it is. Put a copy of it aside before anything else, and name another file with --sidecar to go on", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// SQLite or the system failed.
    #[error("{path}: {source}", path = path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The system failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Sidecar {
    /// Opens a sidecar for writing; makes it where there is none.
    ///
    /// # Errors
    /// When the file is refused, or cannot be made or written.
    pub fn open(path: &Path, fingerprint: Fingerprint) -> Result<Self, SidecarError> {
        if refuse_unless_ours(path)? {
            let sidecar = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            sidecar.prepare()?;
            schema::upgrade(&sidecar.connection, path)?;
            return Ok(sidecar);
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| SidecarError::Io { path: path.to_owned(), source })?;
        }
        let sidecar = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        sidecar.prepare()?;
        schema::create(&sidecar.connection, fingerprint).map_err(|source| sidecar.failed(source))?;
        Ok(sidecar)
    }

    /// Opens a sidecar for reading; `None` where there is none.
    ///
    /// # Errors
    /// When the file is refused or cannot be read.
    pub fn open_for_reading(path: &Path) -> Result<Option<Self>, SidecarError> {
        if !refuse_unless_ours(path)? {
            return Ok(None);
        }
        Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map(Some)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, SidecarError> {
        let failed = |source| SidecarError::Sqlite { path: path.to_owned(), source };
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        Ok(Self { connection, path: path.to_owned(), read_up_to: 0 })
    }

    fn prepare(&self) -> Result<(), SidecarError> {
        // Some network disks cannot hold a write-ahead log: SQLite then keeps its rollback journal, as durable but slower.
        self.connection
            .pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
            .and_then(|()| self.connection.pragma_update(None, "synchronous", "full"))
            .and_then(|()| self.connection.pragma_update(None, "foreign_keys", true))
            .map_err(|source| self.failed(source))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The fingerprint of the dataset that the sidecar was begun on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn fingerprint(&self) -> Result<Option<String>, SidecarError> {
        let sql = "SELECT value FROM meta WHERE key = 'fingerprint'";
        self.connection.query_row(sql, [], |row| row.get(0)).optional().map_err(|source| self.failed(source))
    }

    /// All events in stored order.
    ///
    /// # Errors
    /// When the file cannot be read, or holds an event that this version cannot understand.
    pub fn events(&mut self) -> Result<Vec<Event>, SidecarError> {
        let (events, last) = self.events_after(0)?;
        self.read_up_to = last;
        Ok(events)
    }

    /// The events behind a row id, and the last row id.
    fn events_after(&self, id: i64) -> Result<(Vec<Event>, i64), SidecarError> {
        read_events(&self.connection, id).map_err(|source| match source {
            rusqlite::Error::FromSqlConversionFailure(..) => {
                SidecarError::Damaged { path: self.path.clone(), what: source.to_string() }
            }
            source => self.failed(source),
        })
    }

    /// The samples that were ever judged, by key.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn samples(&self) -> Result<Vec<SampleRecord>, SidecarError> {
        let read = || {
            let mut statement =
                self.connection.prepare("SELECT key, query, positive, split, line FROM samples ORDER BY key")?;
            let rows = statement.query_map([], |row| {
                Ok(SampleRecord {
                    key: parsed(row, 0)?,
                    query: row.get(1)?,
                    positive: row.get(2)?,
                    split: row.get(3)?,
                    line: row.get(4)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|source| self.failed(source))
    }

    /// Where an annotator left off.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn place(&self, annotator: &str) -> Result<Option<SampleKey>, SidecarError> {
        let sql = "SELECT sample FROM places WHERE annotator = ?1";
        let place = self.connection.query_row(sql, [annotator], |row| parsed(row, 0)).optional();
        place.map_err(|source| self.failed(source))
    }

    /// Stores events, with the samples they are about and the annotator's place, in one transaction. When it returns,
    /// they are on disk.
    ///
    /// # Errors
    /// When anything could not be stored; then nothing was.
    pub fn append(
        &mut self,
        events: &[Event],
        samples: &[SampleRecord],
        place: Option<&Place>,
    ) -> Result<(), SidecarError> {
        let path = self.path.clone();
        let store = || {
            // Immediate: a lock taken up front waits for another writer instead of failing half-way.
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            insert(&transaction, events, samples, place)?;
            transaction.commit()
        };
        store_or(store, path)
    }

    fn failed(&self, source: rusqlite::Error) -> SidecarError {
        SidecarError::Sqlite { path: self.path.clone(), source }
    }
}

fn store_or(store: impl FnOnce() -> rusqlite::Result<()>, path: PathBuf) -> Result<(), SidecarError> {
    store().map_err(|source| SidecarError::Sqlite { path, source })
}

/// Where an annotator stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who.
    pub annotator: String,
    /// The sample on show.
    pub sample: SampleKey,
    /// Since when.
    pub at: Timestamp,
}

fn insert(
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

fn read_events(connection: &Connection, after: i64) -> rusqlite::Result<(Vec<Event>, i64)> {
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
fn parsed<T: std::str::FromStr>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T::Err: ToString,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| not_understood(column, format!("{text}: {}", error.to_string())))
}

fn not_understood(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
}

/// Looks at a file without writing: `Ok(true)` for a sidecar that can be used, `Ok(false)` for none (absent or empty).
fn refuse_unless_ours(path: &Path) -> Result<bool, SidecarError> {
    let mut head = Vec::new();
    match File::open(path) {
        Ok(file) => {
            file.take(16).read_to_end(&mut head).map_err(|source| SidecarError::Io { path: path.to_owned(), source })?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(SidecarError::Io { path: path.to_owned(), source }),
    };
    if head.is_empty() {
        return Ok(false);
    }
    if head != SQLITE_MAGIC {
        return Err(SidecarError::NotSqlite(path.to_owned()));
    }
    let look = Sidecar::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            SidecarError::Damaged { path: path.to_owned(), what: error.to_string() }
        }
        _ => SidecarError::Sqlite { path: path.to_owned(), source: error },
    };
    let number = |name: &str| look.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id").map_err(damaged)? != schema::APPLICATION_ID {
        return Err(SidecarError::NotOurs(path.to_owned()));
    }
    let found = number("user_version").map_err(damaged)?;
    if found > schema::VERSION {
        return Err(SidecarError::Newer { path: path.to_owned(), found, known: schema::VERSION });
    }
    let check: String = look.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(damaged)?;
    if check != "ok" {
        return Err(SidecarError::Damaged { path: path.to_owned(), what: check });
    }
    Ok(true)
}
