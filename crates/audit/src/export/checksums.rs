//! SHA-256 and sizes of files, several at a time. In an export with pictures, this is most of the
//! reading.
//!
//! Reads; never writes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tilejury_data::hash::hexadecimal;
use tilejury_data::{ParquetFile, Split, StoredFile};

use super::ExportError;
use super::workers::in_parallel;
use crate::progress::{Cancelled, Progress, Stage};

/// The size and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileChecksum {
    pub(super) bytes: u64,
    /// In hex; `None` for a link, whose content does not belong to the export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    /// The target of a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
    /// The version of a file at an address whose store does not tell its SHA-256: an ETag or a
    /// generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
}

impl FileChecksum {
    /// Creates the figures of a file from its whole content.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        Self::from_hash(bytes.len() as u64, Sha256::new_with_prefix(bytes))
    }

    /// Creates the figures of a split as it was opened.
    pub(super) fn from_split(split: &Split, progress: &dyn Progress) -> Result<Self, ExportError> {
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; READ_AT_ONCE]);
        loop {
            progress.report(Stage::Checksums.step(0, 0))?;
            let read = split.read_at(bytes, &mut buffer);
            match read.map_err(|source| ExportError::Io { path: split.file.clone(), source })? {
                0 => return Ok(Self::from_hash(bytes, hash)),
                read => {
                    hash.update(&buffer[..read]);
                    bytes += read as u64;
                }
            }
        }
    }

    /// Creates the figures of a file whose content was hashed while it was written.
    pub(super) fn from_hash(bytes: u64, hash: Sha256) -> Self {
        Self { bytes, sha256: Some(hex(hash)), link: None, version: None }
    }

    /// Creates the figures of a Parquet file whose rows were read, as it was then.
    pub(super) fn from_parquet(file: &ParquetFile) -> Self {
        Self { bytes: file.len, sha256: Some(file.sha256.clone()), link: None, version: None }
    }

    /// Creates the figures of a file at an address from what its store tells. Reads nothing of it.
    pub(super) fn from_stored(file: &StoredFile) -> Self {
        let version = file.sha256.is_none().then(|| file.version.clone());
        Self { bytes: file.len, sha256: file.sha256.clone(), link: None, version }
    }

    /// Whether this can be the content of `other`. Between a file at an address and its copy on
    /// this machine, the length may be all that is known of both.
    pub(super) fn may_equal(&self, other: &Self) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        self.bytes == other.bytes
            && self.link == other.link
            && same(&self.sha256, &other.sha256)
            && same(&self.version, &other.version)
    }
}

/// Returns the size of a file, following links.
pub(super) fn size_of(path: &Path) -> Result<u64, ExportError> {
    let metadata = path.metadata().map_err(|source| ExportError::Io { path: path.to_owned(), source })?;
    Ok(metadata.len())
}

/// Bytes to read or hash between two checks for cancellation.
const READ_AT_ONCE: usize = 1 << 18;

/// Whether a file holds exactly what a split held when it was opened.
pub(super) fn same_as_split(path: &Path, split: &Split, progress: &dyn Progress) -> Result<bool, ExportError> {
    if size_of(path)? != split.len() {
        return Ok(false);
    }
    let (mut at, mut own, mut failed) = (0, vec![0; READ_AT_ONCE], None);
    let mut same = |some: &[u8]| match split.read_at(at, &mut own[..some.len()]) {
        Ok(read) => {
            at += read as u64;
            own[..read] == *some
        }
        Err(source) => {
            failed = Some(ExportError::Io { path: split.file.clone(), source });
            false
        }
    };
    let same = read_through(path, |some| {
        progress.report(Stage::Checksums.step(0, 0))?;
        Ok(same(some))
    })?;
    failed.map_or(Ok(same), Err)
}

/// Counts and reports the bytes that were read so far, over many files.
pub(super) struct BytesRead<'p> {
    progress: &'p dyn Progress,
    done: AtomicU64,
    total: u64,
}

impl<'p> BytesRead<'p> {
    /// Reports `total` as the bytes to read; 0 while that is unknown.
    pub(super) fn of(total: u64, progress: &'p dyn Progress) -> Self {
        Self { progress, done: AtomicU64::new(0), total }
    }

    fn add(&self, bytes: usize) -> Result<(), Cancelled> {
        let bytes = bytes as u64;
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // While the total is unknown, it reports 0 of 0.
        self.progress.report(Stage::Checksums.step(done.min(self.total) as usize, self.total as usize))
    }
}

/// Returns the size and checksum of a file, and reports its bytes.
pub(super) fn figures_of(path: &Path, read: &BytesRead<'_>) -> Result<FileChecksum, ExportError> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    read_through(path, |some| {
        hash.update(some);
        bytes += some.len() as u64;
        read.add(some.len()).map(|()| true)
    })?;
    Ok(FileChecksum::from_hash(bytes, hash))
}

/// Reads a file from the start until `take` returns `false`. Returns whether it reached the end.
fn read_through(path: &Path, mut take: impl FnMut(&[u8]) -> Result<bool, Cancelled>) -> Result<bool, ExportError> {
    let failed = |source| ExportError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut buffer = vec![0; READ_AT_ONCE];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(true),
            read if !take(&buffer[..read])? => return Ok(false),
            _ => {}
        }
    }
}

/// Returns the figures of many files by the names that are given with them.
pub(super) fn figures_of_all(
    files: &[(String, PathBuf)],
    read: &BytesRead<'_>,
) -> Result<BTreeMap<String, FileChecksum>, ExportError> {
    let each = |(name, path): &(String, PathBuf)| Ok((name.clone(), figures_of(path, read)?));
    Ok(in_parallel(files, each)?.into_iter().collect())
}

/// Formats a digest in hex.
pub(super) fn hex(hash: Sha256) -> String {
    hexadecimal(&hash.finalize())
}
