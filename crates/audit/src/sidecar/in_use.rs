//! The SQLite files that this process has open.
//!
//! On Unix, closing any handle of a file releases every lock that the process holds on it,
//! including those of other handles (SQLite, "How To Corrupt An SQLite Database File", 2.2).
//! Another program would then believe that it is the only user, and on exit delete a write-ahead
//! log that is still written to. So a file is accessed directly only while no connection to it is
//! open here, and none is opened meanwhile.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::path::Path;

use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;

use super::file_identity::{FileIdentity, identity};

/// The number of connections to each file.
static OPEN: Mutex<BTreeMap<FileIdentity, usize>> = Mutex::new(BTreeMap::new());

fn open_files() -> MutexGuard<'static, BTreeMap<FileIdentity, usize>> {
    OPEN.lock()
}

fn which(path: &Path) -> Option<FileIdentity> {
    identity(path).ok().flatten()
}

/// A connection that is registered as open. The mark is dropped after the connection.
#[derive(Debug)]
pub(crate) struct TrackedConnection {
    connection: Connection,
    _mark: OpenMark,
}

#[derive(Debug)]
struct OpenMark(Option<FileIdentity>);

impl Drop for OpenMark {
    fn drop(&mut self) {
        let mut open = open_files();
        if let Some(file) = self.0
            && let Some(count) = open.get_mut(&file)
        {
            *count -= 1;
            if *count == 0 {
                open.remove(&file);
            }
        }
    }
}

impl Deref for TrackedConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for TrackedConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

/// Opens and registers a connection to a file. `open` must not read from it yet.
pub(crate) fn open_tracked(
    path: &Path,
    open: impl FnOnce() -> rusqlite::Result<Connection>,
) -> rusqlite::Result<TrackedConnection> {
    let mut files = open_files();
    let connection = open()?;
    let file = which(path);
    if let Some(file) = file {
        *files.entry(file).or_default() += 1;
    }
    Ok(TrackedConnection { connection, _mark: OpenMark(file) })
}

/// Runs `work` on the file itself; `None` if a connection to it is open here.
pub(super) fn alone_with<T>(path: &Path, work: impl FnOnce() -> T) -> Option<T> {
    let files = open_files();
    let in_use = which(path).is_some_and(|file| files.contains_key(&file));
    (!in_use).then(work)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn file_is_accessed_only_while_not_open_here() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.sqlite");
        assert_eq!(alone_with(&path, || 1), Some(1), "it does not exist yet");
        let one = open_tracked(&path, || Connection::open(&path)).unwrap();
        let other = open_tracked(&path, || Connection::open(&path)).unwrap();
        let link = dir.path().join("link.sqlite");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!((alone_with(&path, || 1), alone_with(&link, || 1)), (None, None));
        drop(one);
        assert_eq!(alone_with(&path, || 1), None);
        drop(other);
        assert_eq!(alone_with(&path, || 1), Some(1));
    }
}
