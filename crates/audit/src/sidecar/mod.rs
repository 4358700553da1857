//! The SQLite file beside the dataset that holds every judgement ever made.
//!
//! Events are only appended; current judgements are derived from them. A file that is newer,
//! damaged or from another program is refused and left unchanged. Nothing that can be rebuilt is
//! stored here.

mod belonging;
mod candidate_change;
mod copy;
mod counted_order;
mod error;
pub(crate) mod event_columns;
pub(crate) mod exchanged;
mod file_identity;
mod in_place;
pub(crate) mod in_use;
pub(crate) mod inspect;
pub(crate) mod location;
mod machine_note;
mod merge_files;
mod network_disk;
mod one_machine;
mod order_by_time;
mod pages;
mod progress;
mod record;
mod recover;
mod recovered;
mod revision;
pub(crate) mod rows;
mod salvage;
mod schema;
mod stored_order;
mod stored_steps;
mod versions;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use tilejury_data::{Dataset, DatasetFingerprint, LineNumber, Sample, SampleIndex, SampleKey};

use crate::event::Event;
use crate::time::Timestamp;

pub use belonging::{OtherDataset, refuse_other_dataset};
pub use copy::{BACKUPS_KEPT, BackupOutcome, back_up, backup_folder, newest_backup};
pub use error::SidecarError;
pub(crate) use location::is_beside_rows;
pub use location::{LocationReason, SidecarLocation, for_reading, for_writing, open_for_writing};
pub use merge_files::{MergeError, Merged, merge_files};
pub use network_disk::{Machine, NetworkDisk, identify_machine_by};
pub use progress::{SidecarProgress, progress};
pub use recover::recover;
pub use recovered::{Doubt, FilePosition, Recovered};
pub use writer::{Writer, WriterReport};

pub(crate) use belonging::is_known;
use belonging::refuse_taken;
use counted_order::note_new;
use in_use::TrackedConnection;
use inspect::{beside, connect, open_for_inspection, refuse_unless_ours};
use rows::{insert, parsed, read_events};

/// The time that a connection waits for another program's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const BETWEEN_TRIES: Duration = Duration::from_millis(15);

/// An open sidecar with one connection. Each thread needs its own.
pub struct Sidecar {
    connection: TrackedConnection,
    path: PathBuf,
    /// The row id of the last event that was read.
    read_up_to: i64,
    /// The identity of the file when it was opened.
    identity: Option<file_identity::FileIdentity>,
    /// The identity of its write-ahead log when something was last stored.
    log: Option<file_identity::FileIdentity>,
    /// Whether it is written through a write-ahead log.
    has_log: bool,
    /// The disk that it is on, if several machines share that.
    disk: Option<NetworkDisk>,
    /// The fingerprint of a dataset that it named when it was opened for one.
    begun_on: Option<String>,
    /// The session that a window writes now, whose events come from nowhere else.
    open_session: Option<Arc<str>>,
}

/// A sample as the sidecar stores it: enough to show it even if the dataset no longer holds it.
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
    pub line: LineNumber,
}

impl SampleRecord {
    /// The record of a sample of a dataset; `None` for an index out of range.
    pub fn new(dataset: &Dataset, index: SampleIndex) -> Option<Self> {
        dataset.samples.get(index.index())?;
        Some(Self::of_sample(dataset, index, &dataset.sample(index).ok()?))
    }

    /// The record of a sample that was read already, by its index.
    pub fn of_sample(dataset: &Dataset, index: SampleIndex, sample: &Sample) -> Self {
        Self {
            key: sample.key,
            query: sample.query.clone(),
            positive: sample.positive.spelling.clone(),
            split: dataset.split_of(index).name.clone(),
            line: dataset.line_of(index),
        }
    }
}

impl Sidecar {
    /// Opens a sidecar for writing, and creates it if there is none.
    ///
    /// # Errors
    /// When the file is refused, or cannot be created or written.
    pub fn open(path: &Path, fingerprint: DatasetFingerprint) -> Result<Self, SidecarError> {
        Self::open_on(path, fingerprint, NetworkDisk::of(path).as_ref())
    }

    /// Opens a sidecar as [`Sidecar::open`] does, on a disk that several machines share or on one
    /// of this machine. On a shared one, another machine's sidecar is refused.
    ///
    /// # Errors
    /// When the file is refused, or cannot be created or written.
    pub fn open_on(
        path: &Path,
        fingerprint: DatasetFingerprint,
        disk: Option<&NetworkDisk>,
    ) -> Result<Self, SidecarError> {
        retry_while_busy(|| Self::open_once(path, fingerprint, disk))
    }

    fn open_once(
        path: &Path,
        fingerprint: DatasetFingerprint,
        disk: Option<&NetworkDisk>,
    ) -> Result<Self, SidecarError> {
        if refuse_unless_ours(path, schema::KIND)? {
            Self::refuse_of_other_machine(path, disk)?;
            let mut sidecar = Self::prepared(path, disk.cloned())?;
            sidecar.note_machine()?;
            schema::upgrade(&sidecar.connection, path)?;
            sidecar.ensure_order_is_noted()?;
            return Ok(sidecar);
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| SidecarError::Io { path: path.to_owned(), source })?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let sidecar = Self::from_connection(connect(path, flags)?, path);
        // The tables come first, in one transaction that also marks the file as ours. So a program
        // that opens it at the same moment, or after a crash, finds either nothing or a sidecar.
        schema::create(&sidecar.connection, fingerprint).map_err(|source| sidecar.failed(source))?;
        drop(sidecar);
        let mut sidecar = Self::prepared(path, disk.cloned())?;
        sidecar.note_machine()?;
        Ok(sidecar)
    }

    /// Opens a sidecar for reading; `None` if there is none.
    ///
    /// # Errors
    /// When the file is refused or cannot be read.
    pub fn open_for_reading(path: &Path) -> Result<Option<Self>, SidecarError> {
        if !refuse_unless_ours(path, schema::KIND)? {
            return Ok(None);
        }
        Ok(Some(Self::from_connection(open_for_inspection(path)?, path)))
    }

    fn from_connection(connection: TrackedConnection, path: &Path) -> Self {
        let identity = file_identity::identity(path).ok().flatten();
        Self {
            connection,
            path: path.to_owned(),
            read_up_to: 0,
            identity,
            log: None,
            has_log: true,
            disk: None,
            begun_on: None,
            open_session: None,
        }
    }

    /// Opens an existing sidecar and prepares it for writing.
    fn prepared(path: &Path, disk: Option<NetworkDisk>) -> Result<Self, SidecarError> {
        let (connection, has_log) =
            if disk.is_some() { (open_with_journal(path)?, false) } else { open_with_log(path)? };
        let sidecar = Self { has_log, disk, ..Self::from_connection(connection, path) };
        let durable = sidecar.connection.pragma_update(None, "synchronous", "full");
        durable
            .and_then(|()| sidecar.connection.pragma_update(None, "foreign_keys", true))
            .map_err(|source| sidecar.failed(source))?;
        Ok(sidecar)
    }

    /// Whether it is written through a write-ahead log. Without one, as on some network disks, each
    /// write is as durable but slower, and readers wait for writers.
    pub fn has_log(&self) -> bool {
        self.has_log
    }

    /// Moves everything into the one file, which can then be moved and read anywhere.
    fn in_one_file(&self) -> Result<(), SidecarError> {
        let changed = self.connection.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()));
        changed.map_err(|source| self.failed(source))
    }

    /// The number of events.
    pub(super) fn count(&self) -> Result<i64, SidecarError> {
        let count = self.connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0));
        count.map_err(|source| self.failed(source))
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The fingerprint of the dataset that the sidecar was created for.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn fingerprint(&self) -> Result<Option<String>, SidecarError> {
        let sql = "SELECT value FROM meta WHERE key = 'fingerprint'";
        self.connection.query_row(sql, [], |row| row.get(0)).optional().map_err(|source| self.failed(source))
    }

    /// All events that count, in stored order: those of second passes are left out.
    ///
    /// # Errors
    /// When the file cannot be read, or holds an event that this version does not understand.
    pub fn events(&mut self) -> Result<Vec<Event>, SidecarError> {
        let mut events = self.all_events()?;
        events.retain(|event| event.round.is_none());
        Ok(events)
    }

    /// All events in the order that counts, those of second passes included: in stored order, or by
    /// time if some came from other sidecars through an exchange folder.
    ///
    /// # Errors
    /// When the file cannot be read, or holds an event that this version does not understand.
    pub fn all_events(&mut self) -> Result<Vec<Event>, SidecarError> {
        let (events, last) = self.events_after(0)?;
        self.read_up_to = last;
        self.in_order_that_counts(events)
    }

    /// The events after a row id, and the last row id.
    fn events_after(&self, id: i64) -> Result<(Vec<Event>, i64), SidecarError> {
        read_events(&self.connection, id).map_err(|source| match source {
            rusqlite::Error::FromSqlConversionFailure(..) => {
                SidecarError::Damaged { path: self.path.clone(), what: source.to_string() }
            }
            source => self.failed(source),
        })
    }

    /// All samples that were ever judged, by key.
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
                    line: row.get::<_, u32>(4)?.into(),
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|source| self.failed(source))
    }

    /// The sample where an annotator left off.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_position(&self, annotator: &str) -> Result<Option<SampleKey>, SidecarError> {
        let sql = "SELECT sample FROM places WHERE annotator = ?1";
        let position = self.connection.query_row(sql, [annotator], |row| parsed(row, 0)).optional();
        position.map_err(|source| self.failed(source))
    }

    /// Stores events with their samples and the annotator's position in one transaction. When it
    /// returns, they are on disk.
    ///
    /// # Errors
    /// When anything could not be stored; then nothing was.
    pub fn append(
        &mut self,
        events: &[Event],
        samples: &[SampleRecord],
        position: Option<&LastPosition>,
    ) -> Result<(), SidecarError> {
        let path = self.path.clone();
        let transaction = self.begin_writing()?;
        let store = |transaction: Transaction<'_>| {
            insert(&transaction, events, samples, position)?;
            note_new(&transaction, &events.iter().collect::<Vec<_>>())?;
            transaction.commit()
        };
        store(transaction).map_err(|source| SidecarError::Sqlite { path, source })
    }

    /// Begins a transaction that writes, unless another program has made this the sidecar of
    /// another dataset since it was opened.
    fn begin_writing(&mut self) -> Result<Transaction<'_>, SidecarError> {
        let failed = |source| SidecarError::Sqlite { path: self.path.clone(), source };
        // Immediate: taking the lock at the start waits for another writer instead of failing
        // halfway.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        refuse_taken(&transaction, &self.path, self.begun_on.as_deref())?;
        Ok(transaction)
    }

    fn failed(&self, source: rusqlite::Error) -> SidecarError {
        SidecarError::Sqlite { path: self.path.clone(), source }
    }
}

/// The sample at which an annotator is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastPosition {
    /// The annotator.
    pub annotator: String,
    /// The current sample.
    pub sample: SampleKey,
    /// The time at which it became the current sample.
    pub at: Timestamp,
}

/// Opens a file, again and again for some seconds while another program blocks it: two programs
/// that create a file at the same moment can block each other, and SQLite then fails at once,
/// without the usual busy timeout.
pub(crate) fn retry_while_busy<T>(mut open: impl FnMut() -> Result<T, SidecarError>) -> Result<T, SidecarError> {
    let start = Instant::now();
    loop {
        match open() {
            Err(SidecarError::Sqlite { source, .. })
                if source.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && start.elapsed() < BUSY_TIMEOUT =>
            {
                std::thread::sleep(BETWEEN_TRIES);
            }
            opened => return opened,
        }
    }
}

/// Opens an existing file for writing, through a write-ahead log where the disk supports one.
/// Returns whether there is one.
pub(crate) fn open_with_log(path: &Path) -> Result<(TrackedConnection, bool), SidecarError> {
    let failed = |source| SidecarError::Sqlite { path: path.to_owned(), source };
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    match write_ahead(&connection) {
        Ok(has_log) => Ok((connection, has_log)),
        Err(error) if !may_lack_shared_memory(&error) => Err(failed(error)),
        // Opened again: exclusive access must be requested before anything is read.
        Err(_) => {
            drop(connection);
            Ok((open_with_journal(path)?, false))
        }
    }
}

/// Opens an existing file for writing through a rollback journal, which needs no memory that
/// programs share.
fn open_with_journal(path: &Path) -> Result<TrackedConnection, SidecarError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    without_log(&connection).map_err(|source| SidecarError::Sqlite { path: path.to_owned(), source })?;
    Ok(connection)
}

/// Requests a write-ahead log and tests whether it can be written. Returns whether there is one.
/// Some disks do not support it: SQLite then keeps its rollback journal, which is as durable but
/// slower.
fn write_ahead(connection: &Connection) -> rusqlite::Result<bool> {
    let has_log = journal_mode(connection, "wal")? == "wal";
    if has_log {
        // Only this uses the log's shared memory.
        connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
    }
    Ok(has_log)
}

/// Moves the log into the file. For a file that was written with a log elsewhere, on a disk that
/// cannot share memory between programs, such as some network disks: with exclusive access, SQLite
/// needs no shared memory.
fn without_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    journal_mode(connection, "delete")?;
    connection.pragma_update(None, "locking_mode", "normal")?;
    // The lock is released at the next read.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn journal_mode(connection: &Connection, wanted: &str) -> rusqlite::Result<String> {
    let mut found = String::new();
    connection.pragma_update_and_check(None, "journal_mode", wanted, |row| {
        found = row.get(0)?;
        Ok(())
    })?;
    Ok(found)
}

fn may_lack_shared_memory(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_without_shared_memory_gets_a_rollback_journal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tilejury.sqlite");
        let (flags, no_memory) = (OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE, c"unix-dotfile");
        let open = || Connection::open_with_flags_and_vfs(&path, flags, no_memory).unwrap();
        schema::create(&open(), DatasetFingerprint(7)).unwrap();
        assert!(!write_ahead(&open()).unwrap());
        // A file that was written with a log elsewhere cannot be opened there.
        assert!(write_ahead(&Connection::open(&path).unwrap()).unwrap());
        let error = write_ahead(&open()).unwrap_err();
        assert!(may_lack_shared_memory(&error), "{error}");
        without_log(&open()).unwrap();
        assert!(!write_ahead(&open()).unwrap());
    }
}
