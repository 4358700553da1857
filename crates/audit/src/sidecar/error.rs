//! The reasons why a sidecar cannot be used, with advice for a person. Reads and changes no file.

use std::fmt;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::network_disk::Machine;

/// The reason why a sidecar cannot be used. The file was not changed. Displayed with what to do
/// about it, which [`Self::of_listed`] leaves out where it is of no use.
#[derive(Debug)]
pub enum SidecarError {
    /// Not SQLite at all.
    NotSqlite(PathBuf),
    /// A folder in place of a file.
    Folder(PathBuf),
    /// A SQLite file of another program.
    NotOurs(PathBuf),
    /// Written by a later version.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The latest that this program knows.
        known: i64,
    },
    /// On a network disk, where another machine writes it.
    OtherMachine {
        /// The file.
        path: PathBuf,
        /// The kind of the disk.
        disk: String,
        /// The machine that writes it.
        its: Machine,
    },
    /// It was empty when it was opened, and another program stored judgements of another dataset.
    Taken {
        /// The file.
        path: PathBuf,
        /// The fingerprint of the other dataset.
        its: String,
    },
    /// It names no dataset, so its judgements are not put together with others.
    NoDataset(PathBuf),
    /// SQLite finds it inconsistent.
    Damaged {
        /// The file.
        path: PathBuf,
        /// The problem that SQLite found.
        what: String,
    },
    /// SQLite or the system failed.
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        source: rusqlite::Error,
    },
    /// The system failed.
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file to be written exists already.
    Exists(PathBuf),
    /// A file without anything that could be a judgement.
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
            | Self::NoDataset(_)
            | Self::Damaged { .. }
            | Self::Exists(_)
            | Self::NothingFound(_) => false,
        }
    }

    /// The fact, and what to do about this file. For one of a list of sidecars: no flag names
    /// another file there.
    pub fn of_listed(&self) -> String {
        joined(&self.fact(), [self.remedy().as_deref()])
    }

    /// The file, and what is wrong with it.
    fn fact(&self) -> String {
        match self {
            Self::NotSqlite(path) => format!("{} is not a SQLite file; it was not changed", path.display()),
            Self::Folder(path) => format!("{} is a folder, not a sidecar; name the file in it", path.display()),
            Self::NotOurs(path) => format!("{} belongs to another program; it was not changed", path.display()),
            Self::Newer { path, found, known } => format!(
                "{} was written by a newer Tilejury (schema {found}, this one knows {known}); it was not changed",
                path.display()
            ),
            Self::OtherMachine { path, disk, its } => format!(
                "{} is on a network disk ({disk}), and {its}, writes it. Two machines that write one SQLite file there \
                 damage it, so it was not changed",
                path.display()
            ),
            Self::Taken { path, its } => format!(
                "{} has judgements of another dataset (fingerprint {its}) since another window or command that had it \
                 open stored them first; nothing of this dataset was stored in it",
                path.display()
            ),
            Self::NoDataset(path) => {
                format!("{} does not name the dataset of its judgements, as after a recovery", path.display())
            }
            Self::Damaged { path, what } => format!("{} is damaged ({what}); it was not changed", path.display()),
            Self::Sqlite { path, source } => format!("{}: {}", path.display(), in_words(source)),
            Self::Io { path, source } => format!("{}: {source}", path.display()),
            Self::Exists(path) => format!("{} already exists and is not overwritten; name a new file", path.display()),
            Self::NothingFound(path) => {
                format!("{}: nothing in it looks like a judgement; nothing was written", path.display())
            }
        }
    }

    /// The advice about the file itself, as a sentence.
    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::NotSqlite(_) => "If it used to be one, `tilejury recover` saves what can still be read".to_owned(),
            Self::Newer { .. } => "Update Tilejury".to_owned(),
            Self::OtherMachine { path, .. } => format!(
                "If the other machine writes it no longer, `tilejury take-over {}` lets this one",
                path.display()
            ),
            Self::Taken { .. } => {
                "Save these judgements under another name, or open this dataset with another sidecar".to_owned()
            }
            Self::NoDataset(path) => format!(
                "Open it once with that dataset: `tilejury DATASET --sidecar {}` names it again",
                path.display()
            ),
            Self::Damaged { path, .. } => {
                format!("`tilejury recover {} NEW.sqlite` saves what can still be read", path.display())
            }
            Self::Folder(_)
            | Self::NotOurs(_)
            | Self::Sqlite { .. }
            | Self::Io { .. }
            | Self::Exists(_)
            | Self::NothingFound(_) => return None,
        })
    }

    /// The advice to use another file, as a sentence, where a flag names the sidecar of a dataset.
    fn another_file(&self) -> Option<&'static str> {
        match self {
            Self::NotSqlite(_) => Some("Move it away, or name another file with --sidecar"),
            Self::NotOurs(_) => Some("Name another file with --sidecar"),
            Self::Damaged { .. } => Some("Or name another file with --sidecar"),
            Self::OtherMachine { .. } => Some(
                "Name a sidecar on a disk of this machine with --sidecar, and exchange judgements: through a folder or a \
                 bucket, through a PostgreSQL database, or with `tilejury serve`",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for SidecarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&joined(&self.fact(), [self.remedy().as_deref(), self.another_file()]))
    }
}

impl std::error::Error for SidecarError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sqlite { source, .. } => Some(source),
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A fact and sentences of advice, without the last full stop.
fn joined<'a>(fact: &'a str, advice: impl IntoIterator<Item = Option<&'a str>>) -> String {
    std::iter::once(fact).chain(advice.into_iter().flatten()).collect::<Vec<_>>().join(". ")
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
