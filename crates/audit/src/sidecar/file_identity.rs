//! Is the open file still the one that its name leads to? What is written to a file that was deleted or moved away would
//! be lost with the process, and nobody would know.

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::OptionalExtension;

use super::copy::copy_whole;
use super::{Sidecar, SidecarError, beside};

/// Tells one file from another that has its name.
pub(crate) type FileIdentity = (u64, u64);

/// Which file a name leads to; `None` where there is none. An error where the system cannot tell: a disk that is away
/// for a moment has lost nothing.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> io::Result<Option<FileIdentity>> {
    use std::os::unix::fs::MetadataExt as _;
    match path.metadata() {
        Ok(meta) => Ok(Some((meta.dev(), meta.ino()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// An open file cannot be deleted or replaced there.
#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> io::Result<Option<FileIdentity>> {
    Ok(None)
}

impl Sidecar {
    /// Sees to it that what is written is found under the file's name again. A file that was deleted or moved away is
    /// still open here, with all that is in it: then it is written anew, and `Ok(true)` returned. `last_id` is the row
    /// id of the last event that is known to be stored.
    ///
    /// # Errors
    /// When another file has taken the name, the disk does not answer, or writing anew failed. Nothing must be
    /// written then.
    pub(super) fn ensure_file_in_place(&mut self, last_id: i64) -> Result<bool, SidecarError> {
        let io_error = |source| SidecarError::Io { path: self.path.clone(), source };
        let found = identity(&self.path).map_err(io_error)?;
        if found == self.identity {
            self.ensure_log_in_place()?;
            return Ok(false);
        }
        if found.is_none() {
            self.write_anew()?;
        } else if !self.goes_on_in_its_successor(last_id)? {
            let what = "another file has taken its name; move that away, and judging goes on in this one";
            return Err(io_error(io::Error::other(what)));
        }
        *self = Self { read_up_to: self.read_up_to, ..Self::prepared(&self.path)? };
        Ok(found.is_none())
    }

    /// Notes which file the log is, after something was stored.
    pub(super) fn note_log(&mut self) {
        if self.has_log && self.log.is_none() {
            self.log = identity(&beside(&self.path, "-wal")).ok().flatten();
        }
    }

    /// A log that was deleted is still open here, with what was stored last: that is brought into the file, and a new log
    /// begun.
    fn ensure_log_in_place(&mut self) -> Result<(), SidecarError> {
        let io_error = |source| SidecarError::Io { path: self.path.clone(), source };
        let found = identity(&beside(&self.path, "-wal")).map_err(io_error)?;
        if self.log.is_none() || found == self.log {
            return Ok(());
        }
        if found.is_some() {
            let what = "its write-ahead log was taken away, and another program began a new one; save the judgements under another name";
            return Err(io_error(io::Error::other(what)));
        }
        let into_the_file =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        let busy = into_the_file.map_err(|source| self.failed(source))?;
        if busy != 0 {
            return Err(io_error(io::Error::other(
                "its write-ahead log was taken away, and another program is reading it",
            )));
        }
        let anew = Self::prepared(&self.path)?;
        *self = Self { read_up_to: self.read_up_to, ..anew };
        Ok(())
    }

    fn write_anew(&self) -> Result<(), SidecarError> {
        // A file that was only moved gets what is still in the log, before the log goes: the log bears the old name,
        // and would be taken for the new file's.
        let _ = self.connection.pragma_query(None, "wal_checkpoint", |_| Ok(()));
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(beside(&self.path, ending));
        }
        match copy_whole(&self.connection, &self.path) {
            // Another window was faster.
            Ok(()) | Err(SidecarError::Exists(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Is the file that bears the name now the same story, written anew by another window: does it hold the last event
    /// that this one knows to be stored?
    fn goes_on_in_its_successor(&self, last_id: i64) -> Result<bool, SidecarError> {
        let event = |sidecar: &Self| {
            let sql = "SELECT session, seq FROM events WHERE id = ?1";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
            sidecar.connection.query_row(sql, [last_id], row).optional().map_err(|source| sidecar.failed(source))
        };
        let Ok(Some(successor)) = Self::open_for_reading(&self.path) else { return Ok(false) };
        Ok(successor.fingerprint()? == self.fingerprint()? && event(&successor)? == event(self)?)
    }
}
