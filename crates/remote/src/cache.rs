//! The folder with what was fetched: ranges of files, and indexes of shards. Each is a file of its
//! own, named by a hash of what it holds, that gets its name when it is whole; so any number of
//! processes share the folder. Everything in it can be fetched again.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use tilejury_data::StoredFile;

/// The cache of what was fetched.
#[derive(Debug)]
pub struct RangeCache {
    folder: PathBuf,
    /// Numbers the temporary files of this process.
    next: AtomicU64,
}

impl RangeCache {
    /// The cache in a folder, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, next: AtomicU64::new(0) }
    }

    /// Reads a range of a file of the dataset `name`, if it was kept, into `into`.
    pub(crate) fn read(&self, name: &str, file: &StoredFile, range: &Range<u64>, into: &mut Vec<u8>) -> bool {
        let path = self.path_of(name, file, &format!("{}+{}", range.start, range.end - range.start));
        let Ok(bytes) = fs::read(&path) else { return false };
        if bytes.len() as u64 != range.end - range.start {
            return false;
        }
        used(&path);
        *into = bytes;
        true
    }

    /// Whether a range of a file was kept. Does not count as a use.
    pub(crate) fn holds(&self, name: &str, file: &StoredFile, range: &Range<u64>) -> bool {
        let path = self.path_of(name, file, &format!("{}+{}", range.start, range.end - range.start));
        path.metadata().is_ok_and(|metadata| metadata.len() == range.end - range.start)
    }

    /// Keeps a range of a file.
    pub(crate) fn keep(&self, name: &str, file: &StoredFile, range: &Range<u64>, bytes: &[u8]) {
        let path = self.path_of(name, file, &format!("{}+{}", range.start, range.end - range.start));
        self.put(&path, bytes);
    }

    /// Reads the index of a shard, if it was kept.
    pub(crate) fn read_index(&self, name: &str, shard: &StoredFile) -> Option<Vec<u8>> {
        let path = self.path_of(name, shard, "index");
        let bytes = fs::read(&path).ok()?;
        used(&path);
        Some(bytes)
    }

    /// Keeps the index of a shard.
    pub(crate) fn keep_index(&self, name: &str, shard: &StoredFile, bytes: &[u8]) {
        self.put(&self.path_of(name, shard, "index"), bytes);
    }

    /// The path for a part of a file. The version is in it, so nothing of another version is found.
    fn path_of(&self, name: &str, file: &StoredFile, part: &str) -> PathBuf {
        let mut hash = Sha256::new();
        for text in [name, &file.path, &file.version, &file.len.to_string(), part] {
            // The length makes it certain where each text ends.
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(&digits[..2]).join(&digits[2..])
    }

    /// Writes a file, whole or not at all. A failure costs another request later and nothing else.
    fn put(&self, path: &Path, bytes: &[u8]) {
        if let Err(error) = write_whole(path, bytes, self.next.fetch_add(1, Ordering::Relaxed)) {
            log::warn!("the cache of fetched tiles cannot be written: {error}");
        }
    }
}

/// Marks a file as used now, so that it leaves the cache late. It does not matter if that fails.
fn used(path: &Path) {
    let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Writes a file under another name first. `number` differs between the writers of a process.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], number: u64) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut own = path.as_os_str().to_owned();
    own.push(format!(".{}-{number}.part", std::process::id()));
    let written = File::create(&own).and_then(|mut file| file.write_all(bytes)).and_then(|()| fs::rename(&own, path));
    written.inspect_err(|_| _ = fs::remove_file(&own))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn file(version: &str) -> StoredFile {
        StoredFile { path: "a.tar".into(), len: 100, version: version.into(), sha256: None }
    }

    #[test]
    fn a_range_is_found_again_for_the_same_version_only() {
        let dir = tempfile::tempdir().unwrap();
        let cache = RangeCache::new(dir.path().join("ranges"));
        cache.keep("set", &file("1"), &(10..13), b"abc");
        let mut bytes = Vec::new();
        assert!(cache.read("set", &file("1"), &(10..13), &mut bytes));
        assert_eq!(bytes, b"abc");
        assert!(!cache.read("set", &file("2"), &(10..13), &mut bytes));
        assert!(!cache.read("other", &file("1"), &(10..13), &mut bytes));
        assert!(!cache.read("set", &file("1"), &(10..14), &mut bytes));
    }

    #[test]
    fn a_file_that_was_cut_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let cache = RangeCache::new(dir.path().to_owned());
        cache.keep("set", &file("1"), &(0..3), b"abc");
        let path = cache.path_of("set", &file("1"), "0+3");
        fs::write(&path, b"ab").unwrap();
        assert!(!cache.read("set", &file("1"), &(0..3), &mut Vec::new()));
    }
}
