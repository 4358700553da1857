//! Keeps the open sidecar and the file at its path the same. Anything written to a file that was
//! deleted or moved away would be lost when the process ends, and nobody would notice.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::OptionalExtension;

use super::copy::copy_whole;
use super::file_identity::identity;
use super::{Sidecar, SidecarError, beside};

/// The longest that one window waits for another that writes the file again.
const LOCKED_UP_TO: Duration = Duration::from_secs(10);

impl Sidecar {
    /// Makes sure that writes go to the file at the sidecar's path. If that file was deleted or
    /// moved away, it is still open here with all its content: then it is written again, and
    /// `Ok(true)` is returned. `last_id` is the row id of the last event known to be stored.
    ///
    /// # Errors
    /// When another file has taken the name, the disk does not answer, or writing again failed.
    /// Nothing must be written then.
    pub(super) fn ensure_file_in_place(&mut self, last_id: i64) -> Result<bool, SidecarError> {
        let io_error = |source| SidecarError::Io { path: self.path.clone(), source };
        let found = identity(&self.path).map_err(io_error)?;
        if found == self.identity {
            self.ensure_own_machine()?;
            self.ensure_log_in_place()?;
            return Ok(false);
        }
        let is_written_again = found.is_none() && self.write_again_once()?;
        if !is_written_again && !self.has_successor(last_id)? {
            let what = "another file has taken its name; move that away, and judging goes on in this one";
            return Err(io_error(io::Error::other(what)));
        }
        let begun_on = self.begun_on.clone();
        *self = Self { read_up_to: self.read_up_to, begun_on, ..Self::prepared(&self.path, self.disk.clone())? };
        self.note_machine()?;
        Ok(is_written_again)
    }

    /// Records the log's identity after something was stored.
    pub(super) fn note_log(&mut self) {
        if self.has_log && self.log.is_none() {
            self.log = identity(&beside(&self.path, "-wal")).ok().flatten();
        }
    }

    /// Checks the log. A deleted log is still open here with the latest events: they are moved into
    /// the file, and a new log is started.
    fn ensure_log_in_place(&mut self) -> Result<(), SidecarError> {
        let io_error = |source| SidecarError::Io { path: self.path.clone(), source };
        let found = identity(&beside(&self.path, "-wal")).map_err(io_error)?;
        if self.log.is_none() || found == self.log {
            return Ok(());
        }
        if found.is_some() {
            let what = "its write-ahead log was removed, and another program started a new one; save the judgements under another name";
            return Err(io_error(io::Error::other(what)));
        }
        let checkpoint = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        let busy = checkpoint.map_err(|source| self.failed(source))?;
        if busy != 0 {
            return Err(io_error(io::Error::other(
                "its write-ahead log was removed, and another program is reading it",
            )));
        }
        let reopened = Self::prepared(&self.path, self.disk.clone())?;
        let begun_on = self.begun_on.clone();
        *self = Self { read_up_to: self.read_up_to, begun_on, ..reopened };
        Ok(())
    }

    /// Writes the file again, unless another window was first: its new log must stay. Returns
    /// whether it was written here.
    fn write_again_once(&self) -> Result<bool, SidecarError> {
        let io_error = |source| SidecarError::Io { path: self.path.clone(), source };
        let _lock = lock_folder_of(&self.path).map_err(io_error)?;
        let is_gone = identity(&self.path).map_err(io_error)?.is_none();
        if is_gone {
            self.write_again()?;
        }
        Ok(is_gone)
    }

    fn write_again(&self) -> Result<(), SidecarError> {
        // If the file was only moved, it gets the content of the log before the log is deleted: the
        // log keeps the old name, and would be taken for the new file's.
        let _ = self.connection.pragma_query(None, "wal_checkpoint", |_| Ok(()));
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(beside(&self.path, ending));
        }
        match copy_whole(&self.connection, &self.path) {
            // Another window did it first.
            Ok(()) | Err(SidecarError::Exists(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the file at the path continues this one, written again by another window: it holds
    /// the last event that this one knows to be stored.
    fn has_successor(&self, last_id: i64) -> Result<bool, SidecarError> {
        let event = |sidecar: &Self| {
            let sql = "SELECT session, seq FROM events WHERE id = ?1";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
            sidecar.connection.query_row(sql, [last_id], row).optional().map_err(|source| sidecar.failed(source))
        };
        let Ok(Some(successor)) = Self::open_for_reading(&self.path) else { return Ok(false) };
        Ok(successor.fingerprint()? == self.fingerprint()? && event(&successor)? == event(self)?)
    }
}

/// Locks the folder of a file against other windows, as long as what is returned lives. `None` if
/// the system has no such locks.
fn lock_folder_of(file: &Path) -> io::Result<Option<File>> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(folder) = File::open(folder) else { return Ok(None) };
    let began = Instant::now();
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(Some(folder)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCKED_UP_TO => sleep(Duration::from_millis(10)),
            Err(TryLockError::WouldBlock) => return Err(io::Error::other("another window is writing it again")),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use tilejury_data::DatasetFingerprint;

    use super::*;

    #[test]
    fn a_window_that_waited_leaves_the_new_log() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tilejury.sqlite");
        let open = || Sidecar::open(&path, DatasetFingerprint(1)).unwrap();
        let (first, mut second) = (open(), open());
        fs::rename(&path, dir.path().join("moved.sqlite")).unwrap();
        // The second window finds no file and waits for the first one, which writes it again and
        // stores something.
        let lock = lock_folder_of(&path).unwrap().unwrap();
        let waiting = std::thread::spawn(move || (second.ensure_file_in_place(0), second));
        sleep(Duration::from_millis(200));
        first.write_again().unwrap();
        let first = Sidecar::prepared(&path, None).unwrap();
        first.connection.execute("INSERT INTO meta (key, value) VALUES ('stored', '1')", []).unwrap();
        let log = identity(&beside(&path, "-wal")).unwrap();
        drop(lock);
        let (ensured, second) = waiting.join().unwrap();
        assert!(!ensured.unwrap(), "it was written again by the first window");
        assert!(log.is_some() && identity(&beside(&path, "-wal")).unwrap() == log);
        let stored = "SELECT count(*) FROM meta WHERE key = 'stored'";
        assert_eq!(second.connection.query_row(stored, [], |row| row.get::<_, i64>(0)), Ok(1));
    }
}
