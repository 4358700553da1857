//! Questions about a folder that write nothing: its free room, and whether files can be made in it.

use std::path::Path;

/// Returns the bytes that a folder's file system has free for this user, if the system reports
/// them.
#[cfg(unix)]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

/// Returns the bytes that a folder's file system has free; not known on this system.
#[cfg(not(unix))]
pub fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}

/// Whether this user may create files in a folder, by its permissions.
#[cfg(unix)]
pub fn can_create_files(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether this user may create files in a folder, by its attribute; if that is wrong, creating a
/// file fails later.
#[cfg(not(unix))]
pub fn can_create_files(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|metadata| !metadata.permissions().readonly())
}
