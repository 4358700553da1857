//! Keeps the open sidecar and the file at its path the same. Anything written to a file that was
//! deleted or moved away would be lost when the process ends, and nobody would notice.

use std::fs;
use std::io;

use rusqlite::OptionalExtension;

use super::copy::copy_whole;
use super::file_identity::identity;
use super::{Sidecar, SidecarError, beside};

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
        if found.is_none() {
            self.write_again()?;
        } else if !self.has_successor(last_id)? {
            let what = "another file has taken its name; move that away, and judging goes on in this one";
            return Err(io_error(io::Error::other(what)));
        }
        let begun_on = self.begun_on.clone();
        *self = Self { read_up_to: self.read_up_to, begun_on, ..Self::prepared(&self.path, self.disk.clone())? };
        self.note_machine()?;
        Ok(found.is_none())
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
