//! Looking at a file before using it: is it a sidecar, is it whole, is it one that this version knows? Nothing is
//! written while looking.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, OpenFlags};

use super::{Sidecar, SidecarError, schema};

/// What every SQLite file begins with (SQLite "Database File Format", 1.3).
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Its header, and where the two numbers in it lie that tell whose file it is.
const HEADER_BYTES: u64 = 100;
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// Looks at a file without writing: `Ok(true)` for a sidecar that can be used, `Ok(false)` for none (absent or empty).
pub(super) fn refuse_unless_ours(path: &Path) -> Result<bool, SidecarError> {
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
pub(super) fn look_at(path: &Path) -> Result<Sidecar, SidecarError> {
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
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
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
