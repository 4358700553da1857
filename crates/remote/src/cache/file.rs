//! One file of the cache: written whole or not at all, with a checksum of its content behind it,
//! and marked when it is used.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use tilejury_data::hash::hash;

use super::layout::part_of;

/// The bytes of the checksum at the end of a file.
pub(super) const CHECKSUM: u64 = 16;

/// Reads a file and marks it as used. One whose content is not what was written, after a power cut
/// for example, is deleted.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = fs::read(path).ok()?;
    let end = bytes.len().checked_sub(CHECKSUM as usize);
    if let Some(end) = end.filter(|end| bytes[*end..] == checksum(&bytes[..*end])) {
        bytes.truncate(end);
        // Without the mark it leaves the cache sooner: no reason to fail.
        let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
        return Some(bytes);
    }
    let _ = fs::remove_file(path);
    None
}

/// Writes a file with a checksum.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_parts(path, &[bytes, &checksum(bytes)])
}

/// Writes a file under another name first: a reader finds it whole or not at all, whatever happens
/// to this process.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_parts(path, &[bytes])
}

fn write_parts(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let own = part_path(path);
    let write = || {
        let mut file = File::create(&own)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        drop(file);
        fs::rename(&own, path)
    };
    write().inspect_err(|_| _ = fs::remove_file(&own))
}

/// Gives a file a second name, or makes a copy under it.
pub(crate) fn twin(from: &Path, to: &Path) -> io::Result<()> {
    let own = part_path(to);
    let made = fs::hard_link(from, &own).or_else(|_| fs::copy(from, &own).map(drop));
    made.and_then(|()| fs::rename(&own, to)).inspect_err(|_| _ = fs::remove_file(&own))?;
    // Renaming one name of a file to another of its names leaves both.
    let _ = fs::remove_file(&own);
    Ok(())
}

fn part_path(path: &Path) -> std::path::PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    part_of(path, NEXT.fetch_add(1, Ordering::Relaxed))
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM as usize] {
    hash(bytes, bytes.len() as u64).to_le_bytes()
}
