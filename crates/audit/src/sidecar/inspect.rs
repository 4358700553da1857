//! Inspects a file before it is used: whether it is of the expected kind, intact, and of a known
//! version. Writes nothing.
//!
//! Serves the sidecar and the files beside it; knows none of their tables.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::in_use::{self, TrackedConnection};
use super::{BUSY_TIMEOUT, SidecarError};

/// The first bytes of every SQLite file (SQLite "Database File Format", 1.3).
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The length of the header, and the offsets of the two numbers in it that identify the file's
/// kind.
const HEADER_BYTES: u64 = 100;
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// A kind of file, identified by the two numbers in the header. The version is the latest that this
/// program knows.
#[derive(Clone, Copy)]
pub(crate) struct FileKind {
    pub(crate) application_id: i64,
    pub(crate) version: i64,
}

/// Inspects a file without writing: `Ok(true)` if it can be used, `Ok(false)` if it is absent or
/// empty.
pub(crate) fn refuse_unless_ours(path: &Path, kind: FileKind) -> Result<bool, SidecarError> {
    let head = in_use::alone_with(path, || head_of(path)).transpose();
    let failed = |source| match path.is_dir() {
        true => SidecarError::Folder(path.to_owned()),
        false => SidecarError::Io { path: path.to_owned(), source },
    };
    match head.map_err(failed)? {
        // A connection of this process is open on it, so its header was checked before.
        None => {}
        Some(head) if head.is_empty() => return Ok(false),
        Some(head) => refuse_by_head(path, &head, kind)?,
    }
    let inspected = open_for_inspection(path)?;
    // One transaction for all reads: another program may be creating the tables just now. It ends
    // with the connection.
    inspected.execute_batch("BEGIN").map_err(|source| SidecarError::Sqlite { path: path.to_owned(), source })?;
    let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            SidecarError::Damaged { path: path.to_owned(), what: error.to_string() }
        }
        _ => SidecarError::Sqlite { path: path.to_owned(), source: error },
    };
    let number = |name: &str| inspected.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id").map_err(damaged)? != kind.application_id {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let tables: i64 = inspected.query_row(tables, [], |row| row.get(0)).map_err(damaged)?;
        // An empty database belongs to no program: a crash at the very first moment leaves one.
        return if tables == 0 { Ok(false) } else { Err(SidecarError::NotOurs(path.to_owned())) };
    }
    let check: String = inspected.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(damaged)?;
    if check != "ok" {
        return Err(SidecarError::Damaged { path: path.to_owned(), what: check.replace('\n', " ") });
    }
    Ok(true)
}

/// The first bytes of a file; empty if the file does not exist.
fn head_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(HEADER_BYTES).read_to_end(&mut head).map(|_| head),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(head),
        Err(error) => Err(error),
    }
}

/// Refuses a file by the bytes of its header: opening it with SQLite could create files beside it.
fn refuse_by_head(path: &Path, head: &[u8], kind: FileKind) -> Result<(), SidecarError> {
    if !head.starts_with(SQLITE_MAGIC) {
        return Err(SidecarError::NotSqlite(path.to_owned()));
    }
    let number = |at: usize| {
        head.get(at..at + 4).map_or(0, |bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte)))
    };
    let (found, application) = (number(USER_VERSION_AT), number(APPLICATION_ID_AT));
    if application == kind.application_id && found > kind.version {
        return Err(SidecarError::Newer { path: path.to_owned(), found, known: kind.version });
    }
    if application != kind.application_id && application != 0 {
        return Err(SidecarError::NotOurs(path.to_owned()));
    }
    Ok(())
}

/// Opens a file without writing to it, if that is possible.
pub(crate) fn open_for_inspection(path: &Path) -> Result<TrackedConnection, SidecarError> {
    let works = |connection: TrackedConnection| {
        connection.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0)).map(|_| ())
    };
    let plain = works(connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?);
    let has_wal = beside(path, "-wal").metadata().is_ok_and(|meta| meta.len() > 0);
    match plain.as_ref().err().and_then(rusqlite::Error::sqlite_error_code) {
        // In a folder that cannot be written, and on some network disks, SQLite cannot create the
        // shared memory of a write-ahead log. Without a log nothing is missed, and nobody there can
        // write one.
        Some(code @ (ErrorCode::CannotOpen | ErrorCode::ReadOnly))
            if !has_wal && (code == ErrorCode::CannotOpen || !is_writable(path)) =>
        {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            connect_to(&immutable_uri(path), path, flags)
        }
        // A crash interrupted a transaction. Rolling it back is a write, which SQLite does itself.
        Some(ErrorCode::ReadOnly) => connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE),
        // Damage shows up here already; the caller reports it.
        _ => connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY),
    }
}

/// Opens a file by SQLite's own rules.
pub(crate) fn connect(path: &Path, flags: OpenFlags) -> Result<TrackedConnection, SidecarError> {
    connect_to(path, path, flags)
}

fn connect_to(name: &Path, path: &Path, flags: OpenFlags) -> Result<TrackedConnection, SidecarError> {
    let failed = |source| SidecarError::Sqlite { path: path.to_owned(), source };
    let open = || Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let connection = in_use::open_tracked(path, open).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    Ok(connection)
}

/// The path of one of SQLite's own files beside a database: its name with a suffix.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Whether the file can be written. Only queries permissions: opening it could release locks that
/// are held here.
#[cfg(unix)]
pub(super) fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether the file can be written.
#[cfg(not(unix))]
pub(super) fn is_writable(path: &Path) -> bool {
    std::fs::OpenOptions::new().append(true).open(path).is_ok()
}

/// SQLite "Uniform Resource Identifiers": characters with a meaning in URIs are percent-encoded.
fn immutable_uri(path: &Path) -> PathBuf {
    let text = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    PathBuf::from(format!("file:{text}?immutable=1"))
}
