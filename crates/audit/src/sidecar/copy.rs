//! Complete copies of an open sidecar: before an upgrade, as dated backups, and to replace a
//! deleted file.
//!
//! A copy gets its final name last, when it is complete and on disk. It never replaces another
//! file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, ffi};
use sha2::{Digest as _, Sha256};
use tilejury_data::hash::hexadecimal;

use super::inspect::{beside, connect};
use super::machine_note::forget_writer;
use super::{BUSY_TIMEOUT, Sidecar, SidecarError};
use crate::session::new_session_id;
use crate::time::Timestamp;

/// The number of backups kept for each sidecar.
pub const BACKUPS_KEPT: usize = 7;
/// Pages copied at a time. Another program's write restarts the copy, so this should cover most
/// files.
const PAGES_AT_ONCE: i32 = 1 << 16;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Copies everything that a connection sees into a new file, as a database that needs no other file
/// beside it.
///
/// # Errors
/// When the target exists already, or either side fails; then no file is left behind.
pub(super) fn copy_whole(from: &Connection, to: &Path) -> Result<(), SidecarError> {
    let temporary = temporary_beside(to);
    let copied = fill(from, &temporary).and_then(|()| publish(&temporary, to));
    if copied.is_err() {
        let _ = fs::remove_file(&temporary);
        let _ = fs::remove_file(beside(&temporary, "-journal"));
    }
    copied
}

/// A temporary name for a file that is not complete yet.
pub(super) fn temporary_beside(path: &Path) -> PathBuf {
    beside(path, &format!(".{}.tmp", new_session_id()))
}

/// Copies into a file that nobody else uses.
pub(super) fn fill(from: &Connection, temporary: &Path) -> Result<(), SidecarError> {
    let failed = |source| SidecarError::Sqlite { path: temporary.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut copy = connect(temporary, flags)?;
    step_through(&Backup::new(from, &mut copy).map_err(failed)?).map_err(failed)?;
    // The copy is marked as using a write-ahead log, like the original. Without one it can be read
    // everywhere.
    copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(())).map_err(failed)?;
    forget_writer(&copy).map_err(failed)
}

/// Runs a copy to its end, and waits for other programs for a limited time.
fn step_through(backup: &Backup<'_, '_>) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match backup.step(PAGES_AT_ONCE)? {
            StepResult::Done => return Ok(()),
            StepResult::Busy | StepResult::Locked if start.elapsed() > BUSY_TIMEOUT => {
                return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None));
            }
            StepResult::Busy | StepResult::Locked => thread::sleep(BETWEEN_TRIES),
            _ => {}
        }
    }
}

/// Gives a finished file its name, unless that exists.
///
/// # Errors
/// [`SidecarError::Exists`] if it exists, and when the disk fails.
pub(super) fn publish(temporary: &Path, to: &Path) -> Result<(), SidecarError> {
    let publish = || {
        File::open(temporary)?.sync_all()?;
        // Unlike a rename, a link does not replace a file that somebody else wrote meanwhile. Some
        // disks have no links.
        match fs::hard_link(temporary, to) {
            Ok(()) => fs::remove_file(temporary)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists || to.exists() => {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            Err(_) => fs::rename(temporary, to)?,
        }
        sync_folder_of(to);
        Ok(())
    };
    publish().map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => SidecarError::Exists(to.to_owned()),
        _ => SidecarError::Io { path: to.to_owned(), source },
    })
}

/// Writes a new name to disk, on systems where that is possible.
fn sync_folder_of(path: &Path) {
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}

/// The outcome of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupOutcome {
    /// There is nothing to back up, or the newest backup is complete.
    NothingNew,
    /// A backup was written to this file.
    Written(PathBuf),
    /// A backup was written, but an older one holds more: the sidecar may have been replaced by an
    /// older one.
    WrittenButOlderHoldsMore {
        /// The new backup.
        new: PathBuf,
        /// The older backup that holds more.
        fuller: PathBuf,
        /// The number of events in that one.
        events: i64,
    },
}

/// The folder for the backups of one sidecar, below a folder for all backups. The backups of two
/// files with the same name must not delete each other.
pub fn backup_folder(sidecar: &Path, below: &Path) -> PathBuf {
    let path = std::path::absolute(sidecar).unwrap_or_else(|_| sidecar.to_owned());
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let id = hexadecimal(&digest[..6]);
    let parent =
        path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    below.join(format!("{parent}-{id}"))
}

/// Writes a dated backup of a sidecar into a folder, unless the newest backup there is complete.
/// Then deletes all but the last [`BACKUPS_KEPT`]: only then, so that a failed write costs none of
/// them. Blocks.
///
/// Names are `STEM-2026-11-25T17-30-05Z.sqlite`. Their order is the order of the backups, even if
/// the clock was set back.
///
/// # Errors
/// When the sidecar cannot be read, or the folder cannot be written.
pub fn back_up(sidecar: &Path, folder: &Path, at: Timestamp) -> Result<BackupOutcome, SidecarError> {
    let Some(open) = Sidecar::open_for_reading(sidecar)? else { return Ok(BackupOutcome::NothingNew) };
    let count = open.count()?;
    if count == 0 {
        return Ok(BackupOutcome::NothingNew);
    }
    fs::create_dir_all(folder).map_err(|source| SidecarError::Io { path: folder.to_owned(), source })?;
    let stem = sidecar.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let old = backups(folder, &stem);
    let newest = old.last().map(|at| folder.join(name(&stem, *at)));
    let in_newest = newest.as_deref().and_then(|newest| Sidecar::open_for_reading(newest).ok()??.count().ok());
    if in_newest == Some(count) {
        return Ok(BackupOutcome::NothingNew);
    }
    // A clock that was set back must not make the newest backup look like the oldest.
    let at = old.last().map_or(at, |newest| at.max(newest.a_second_later()));
    let new = folder.join(name(&stem, at));
    copy_whole(&open.connection, &new)?;
    for at in old.iter().take((old.len() + 1).saturating_sub(BACKUPS_KEPT)) {
        let _ = fs::remove_file(folder.join(name(&stem, *at)));
    }
    Ok(match (newest, in_newest) {
        (Some(fuller), Some(events)) if events > count && fuller.exists() => {
            BackupOutcome::WrittenButOlderHoldsMore { new, fuller, events }
        }
        _ => BackupOutcome::Written(new),
    })
}

/// The newest backup of a sidecar in a folder, if any.
pub fn newest_backup(sidecar: &Path, folder: &Path) -> Option<PathBuf> {
    let stem = sidecar.file_stem()?.to_string_lossy().into_owned();
    Some(folder.join(name(&stem, *backups(folder, &stem).last()?)))
}

/// The name of a backup, with its time to the second. All characters are allowed on every system.
fn name(stem: &str, at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or(&text).replace(':', "-");
    format!("{stem}-{seconds}Z.sqlite")
}

/// The times of the backups in a folder, the newest last.
fn backups(folder: &Path, stem: &str) -> Vec<Timestamp> {
    let files = folder.read_dir().into_iter().flatten().flatten();
    let files = files.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let moment = |name: &str| -> Option<Timestamp> {
        let (date, time) = name.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix("Z.sqlite")?.split_once('T')?;
        format!("{date}T{}Z", time.replace('-', ":")).parse().ok()
    };
    let mut moments: Vec<Timestamp> = files.filter_map(|entry| moment(&entry.file_name().to_string_lossy())).collect();
    moments.sort();
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backup_names_are_read_as_written() {
        let dir = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-11-25T17:30:05Z".parse().unwrap();
        let names = [name("set-a", at), name("set-a", at.a_second_later())];
        assert_eq!(names[0], "set-a-2026-11-25T17-30-05Z.sqlite");
        for other in ["set-a-notes.sqlite", "set-2026-11-25T17-30-05Z.sqlite", names[1].as_str(), names[0].as_str()] {
            fs::write(dir.path().join(other), b"").unwrap();
        }
        assert_eq!(backups(dir.path(), "set-a"), [at, at.a_second_later()]);
    }
}
