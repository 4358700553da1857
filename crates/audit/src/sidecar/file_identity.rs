//! The identity of a file on disk, apart from its name. Opens no file.

use std::io;
use std::path::Path;

/// The device and inode numbers of a file: they distinguish it from another file with the same
/// name.
pub(crate) type FileIdentity = (u64, u64);

/// The identity of the file at a path; `None` if there is none. An error if the system cannot
/// decide: a disk that is briefly unavailable has lost nothing.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> io::Result<Option<FileIdentity>> {
    use std::os::unix::fs::MetadataExt as _;
    match path.metadata() {
        Ok(meta) => Ok(Some((meta.dev(), meta.ino()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Always `None`: on other systems an open file cannot be deleted or replaced.
#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> io::Result<Option<FileIdentity>> {
    Ok(None)
}
