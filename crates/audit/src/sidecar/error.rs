//! The reasons why a sidecar cannot be used, with advice for a person. Reads and changes no file.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

use super::network_disk::Machine;

/// The reason why a sidecar cannot be used. The file was not changed.
#[derive(Debug, Error)]
pub enum SidecarError {
    /// Not SQLite at all.
    #[error("{path} is not a SQLite file; it was not changed. Move it away, or name another file with --sidecar. If it used to be one, `tilejury recover` saves what can still be read", path = .0.display())]
    NotSqlite(PathBuf),
    /// A folder in place of a file.
    #[error("{path} is a folder, not a sidecar; name the file in it", path = .0.display())]
    Folder(PathBuf),
    /// A SQLite file of another program.
    #[error("{path} belongs to another program; it was not changed. Name another file with --sidecar", path = .0.display())]
    NotOurs(PathBuf),
    /// Written by a later version.
    #[error("{path} was written by a newer Tilejury (schema {found}, this one knows {known}); it was not changed. Update Tilejury", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The latest that this program knows.
        known: i64,
    },
    /// On a network disk, where another machine writes it.
    #[error("{path} is on a network disk ({disk}), and {its}, writes it. Two machines that write one SQLite file there damage it, so it was not changed. Name a sidecar on a disk of this machine with --sidecar, and exchange judgements: through a folder or a bucket, through a PostgreSQL database, or with `tilejury serve`. If the other machine writes it no longer, `tilejury take-over {path}` lets this one", path = path.display())]
    OtherMachine {
        /// The file.
        path: PathBuf,
        /// The kind of the disk.
        disk: String,
        /// The machine that writes it.
        its: Machine,
    },
    /// It was empty when it was opened, and another program stored judgements of another dataset.
    #[error("{path} has judgements of another dataset (fingerprint {its}) since another window or command that had it open stored them first; nothing of this dataset was stored in it. Save these judgements under another name, or open this dataset with another sidecar", path = path.display())]
    Taken {
        /// The file.
        path: PathBuf,
        /// The fingerprint of the other dataset.
        its: String,
    },
    /// SQLite finds it inconsistent.
    #[error("{path} is damaged ({what}); it was not changed. `tilejury recover {path} NEW.sqlite` saves what can still be read; or name another file with --sidecar", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The problem that SQLite found.
        what: String,
    },
    /// SQLite or the system failed.
    #[error("{path}: {}", in_words(source), path = path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        source: rusqlite::Error,
    },
    /// The system failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file to be written exists already.
    #[error("{path} already exists and is not overwritten; name a new file", path = .0.display())]
    Exists(PathBuf),
    /// A file without anything that could be a judgement.
    #[error("{path}: nothing in it looks like a judgement; nothing was written", path = .0.display())]
    NothingFound(PathBuf),
}

impl SidecarError {
    /// Whether the location cannot be written, whatever the file holds.
    pub(super) fn is_location_unwritable(&self) -> bool {
        use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        match self {
            Self::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
            ),
            Self::Io { source, .. } => matches!(source.kind(), PermissionDenied | ReadOnlyFilesystem),
            Self::NotSqlite(_)
            | Self::Folder(_)
            | Self::NotOurs(_)
            | Self::Newer { .. }
            | Self::OtherMachine { .. }
            | Self::Taken { .. }
            | Self::Damaged { .. }
            | Self::Exists(_)
            | Self::NothingFound(_) => false,
        }
    }

    /// The reason where the file is one of a list of sidecars: no flag names another one.
    pub fn of_listed(&self) -> String {
        self.to_string().replace(" with --sidecar", "")
    }
}

/// SQLite's message, with advice for a person. SQLite's own words stay, so that they can be
/// searched for.
pub(super) fn in_words(error: &rusqlite::Error) -> String {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full; make room on it",
        Some(ErrorCode::ReadOnly) => "the file, its folder or its disk can no longer be written",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "it cannot be opened; does its folder exist, and may you write in it?"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program has it locked; close that one",
        Some(ErrorCode::SystemIoFailure) => "the disk cannot store it, or does not answer",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "it is damaged; save the judgements under another name"
        }
        _ => return error.to_string(),
    };
    format!("{advice} ({error})")
}
