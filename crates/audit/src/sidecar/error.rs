//! Why a sidecar cannot be used, in words that say what to do. Knows no file and changes none.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a sidecar cannot be used. The file is as it was.
#[derive(Debug, Error)]
pub enum SidecarError {
    /// Not SQLite at all.
    #[error("{path} is no SQLite file; it is left as it is. Move it away, or name another with --sidecar; if it was one, `tilejury recover` saves what can be read", path = .0.display())]
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
    #[error("{path} is damaged ({what}); it is left as it is. `tilejury recover {path} NEW.sqlite` saves what can be read of it; or name another file with --sidecar", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// SQLite or the system failed.
    #[error("{path}: {}", in_words(source), path = path.display())]
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
    /// What is to be written is there already.
    #[error("{path} is there already and is not overwritten; name a new file", path = .0.display())]
    Exists(PathBuf),
    /// A file without anything that could be a judgement.
    #[error("{path}: nothing in it looks like a judgement; nothing was written", path = .0.display())]
    NothingFound(PathBuf),
}

impl SidecarError {
    /// Does it say that the place cannot be written, whatever the file holds?
    pub(super) fn is_location_unwritable(&self) -> bool {
        use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        match self {
            Self::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
            ),
            Self::Io { source, .. } => matches!(source.kind(), PermissionDenied | ReadOnlyFilesystem),
            _ => false,
        }
    }
}

/// What SQLite says, with what a person can do about it. SQLite's own words stay: they can be searched for.
pub(super) fn in_words(error: &rusqlite::Error) -> String {
    let what_to_do = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full; make room on it",
        Some(ErrorCode::ReadOnly) => "the file, its folder or its disk cannot be written any more",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "it cannot be opened; is its folder there, and may you write in it?"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program has it locked; close that one",
        Some(ErrorCode::SystemIoFailure) => "the disk does not take it, or does not answer",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "it is damaged; save the judgements under another name"
        }
        _ => return error.to_string(),
    };
    format!("{what_to_do} ({error})")
}
