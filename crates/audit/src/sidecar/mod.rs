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

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
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
/// Its header, and where the two numbers in it lie that tell whose file it is.
const HEADER_BYTES: u64 = 100;
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// An open sidecar. One connection; give each thread its own.
pub struct Sidecar {
    connection: Connection,
    path: PathBuf,
    /// The row id of the last event that was read.
    read_up_to: i64,
    /// Which file it was when it was opened; `None` where the system does not tell.
    identity: Option<FileIdentity>,
}

/// Tells one file from another that has its name.
type FileIdentity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().ok().map(|meta| (meta.dev(), meta.ino()))
}

/// An open file cannot be deleted or replaced there.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<FileIdentity> {
    None
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
        // The tables come first, in one transaction that also marks the file as ours: whoever opens it at the same
        // moment, or after a crash, finds either nothing or a sidecar.
        schema::create(&sidecar.connection, fingerprint).map_err(|source| sidecar.failed(source))?;
        sidecar.prepare()?;
        Ok(Self { identity: identity(path), ..sidecar })
    }

    /// Sees to it that what is written is found under the file's name again. A file that was deleted or moved away is
    /// still open here, with all that is in it: then it is written anew, and `Ok(true)` returned.
    ///
    /// # Errors
    /// When another file has taken the name, or writing anew failed. Nothing must be written then.
    fn stay_in_place(&mut self) -> Result<bool, SidecarError> {
        let found = identity(&self.path);
        if found == self.identity {
            return Ok(false);
        }
        if found.is_some() {
            let what = "another file has taken its name; move that away, and judging goes on in this one";
            return Err(SidecarError::Io { path: self.path.clone(), source: std::io::Error::other(what) });
        }
        // A log that was left behind belongs to the file that is gone.
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&self.path, end));
        }
        let name = self.path.to_string_lossy().into_owned();
        self.connection.execute("VACUUM INTO ?1", [name]).map_err(|source| self.failed(source))?;
        let anew = Self::connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        anew.prepare()?;
        *self = Self { read_up_to: self.read_up_to, ..anew };
        Ok(true)
    }

    /// Opens a sidecar for reading; `None` where there is none.
    ///
    /// # Errors
    /// When the file is refused or cannot be read.
    pub fn open_for_reading(path: &Path) -> Result<Option<Self>, SidecarError> {
        if !refuse_unless_ours(path)? {
            return Ok(None);
        }
        look_at(path).map(Some)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, SidecarError> {
        Self::connect_to(path, path, flags)
    }

    fn connect_to(name: &Path, path: &Path, flags: OpenFlags) -> Result<Self, SidecarError> {
        let failed = |source| SidecarError::Sqlite { path: path.to_owned(), source };
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(name, flags).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        Ok(Self { connection, path: path.to_owned(), read_up_to: 0, identity: identity(path) })
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
        let mut store = || {
            // Immediate: a lock taken up front waits for another writer instead of failing half-way.
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            insert(&transaction, events, samples, place)?;
            transaction.commit()
        };
        let stored = store();
        stored.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: rusqlite::Error) -> SidecarError {
        SidecarError::Sqlite { path: self.path.clone(), source }
    }
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
        Ok(file) => file
            .take(HEADER_BYTES)
            .read_to_end(&mut head)
            .map_err(|source| SidecarError::Io { path: path.to_owned(), source })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(SidecarError::Io { path: path.to_owned(), source }),
    };
    if head.is_empty() {
        return Ok(false);
    }
    if !head.starts_with(SQLITE_MAGIC) {
        return Err(SidecarError::NotSqlite(path.to_owned()));
    }
    // By the bytes of the header: SQLite would leave files of its own beside one that it opens.
    let number = |at: usize| {
        head.get(at..at + 4).map_or(0, |bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte)))
    };
    let (found, application) = (number(USER_VERSION_AT), number(APPLICATION_ID_AT));
    if application == schema::APPLICATION_ID && found > schema::VERSION {
        return Err(SidecarError::Newer { path: path.to_owned(), found, known: schema::VERSION });
    }
    if application != schema::APPLICATION_ID && application != 0 {
        return Err(SidecarError::NotOurs(path.to_owned()));
    }
    let look = look_at(path)?;
    let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            SidecarError::Damaged { path: path.to_owned(), what: error.to_string() }
        }
        _ => SidecarError::Sqlite { path: path.to_owned(), source: error },
    };
    let number = |name: &str| look.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id").map_err(damaged)? != schema::APPLICATION_ID {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let tables: i64 = look.connection.query_row(tables, [], |row| row.get(0)).map_err(damaged)?;
        // A database without anything in it is nobody's: what a crash at the very first moment leaves.
        return if tables == 0 { Ok(false) } else { Err(SidecarError::NotOurs(path.to_owned())) };
    }
    let check: String = look.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(damaged)?;
    if check != "ok" {
        return Err(SidecarError::Damaged { path: path.to_owned(), what: check });
    }
    Ok(true)
}

/// Opens a file so that nothing of it is written, where that can be.
fn look_at(path: &Path) -> Result<Sidecar, SidecarError> {
    let works = |sidecar: Sidecar| {
        let first = sidecar.connection.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0));
        first.map(|_| sidecar)
    };
    let plain = works(Sidecar::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?);
    let has_wal = beside(path, "-wal").metadata().is_ok_and(|meta| meta.len() > 0);
    match plain.as_ref().err().and_then(rusqlite::Error::sqlite_error_code) {
        // In a folder that cannot be written, SQLite cannot make the shared memory that goes with a write-ahead log.
        // Without a log there is nothing in it to miss, and nobody there can write.
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if !has_wal && !is_writable(path) => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            Sidecar::connect_to(&immutable_uri(path), path, flags)
        }
        // A transaction that a crash interrupted: rolling it back is a write, and SQLite's own affair.
        Some(ErrorCode::ReadOnly) => Sidecar::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE),
        // Damage shows here already; the caller names it.
        _ => Sidecar::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY),
    }
}

/// SQLite's own files beside a database: its name with an ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn is_writable(path: &Path) -> bool {
    std::fs::OpenOptions::new().append(true).open(path).is_ok()
}

/// SQLite "Uniform Resource Identifiers": signs that mean something in one are written as percent codes.
fn immutable_uri(path: &Path) -> PathBuf {
    let text = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    PathBuf::from(format!("file:{text}?immutable=1"))
}
