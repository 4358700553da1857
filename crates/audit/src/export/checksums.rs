//! SHA-256 and sizes of files, several at a time. In an export with pictures, this is most of the
//! reading.
//!
//! Reads; never writes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tilejury_data::Split;

use super::ExportError;
use super::workers::in_parallel;

/// The size and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileFigures {
    pub(super) bytes: u64,
    /// In hex; `None` for a link, whose content does not belong to the export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    /// The target of a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
}

impl FileFigures {
    /// Creates the figures of a file from its whole content.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        Self::from_hash(bytes.len() as u64, Sha256::new_with_prefix(bytes))
    }

    /// Creates the figures of a split as it was opened; `go_on` stops it by `false`.
    pub(super) fn from_split(split: &Split, go_on: &dyn Fn() -> bool) -> Result<Self, ExportError> {
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; READ_AT_ONCE]);
        loop {
            if !go_on() {
                return Err(ExportError::Cancelled);
            }
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
        Self { bytes, sha256: Some(hex(hash)), link: None }
    }
}

/// Returns the size of a file, following links.
pub(super) fn size_of(path: &Path) -> Result<u64, ExportError> {
    let metadata = path.metadata().map_err(|source| ExportError::Io { path: path.to_owned(), source })?;
    Ok(metadata.len())
}

/// Bytes to read or hash between two checks for cancellation.
const READ_AT_ONCE: usize = 1 << 18;

/// Whether a file holds exactly what a split held when it was opened. `go_on` stops it by `false`.
pub(super) fn same_as_split(path: &Path, split: &Split, go_on: &dyn Fn() -> bool) -> Result<bool, ExportError> {
    if size_of(path)? != split.len() {
        return Ok(false);
    }
    let (mut at, mut own, mut failed) = (0, vec![0; READ_AT_ONCE], None);
    let same = |some: &[u8]| match split.read_at(at, &mut own[..some.len()]) {
        Ok(read) => {
            at += read as u64;
            own[..read] == *some
        }
        Err(source) => {
            failed = Some(ExportError::Io { path: split.file.clone(), source });
            false
        }
    };
    let same = read_through(path, same, go_on)?;
    failed.map_or(Ok(same), Err)
}

/// Size and checksum of a file; `go_on` is told of the bytes read, and stops it by `false`.
pub(super) fn figures_of(path: &Path, go_on: &dyn Fn(u64) -> bool) -> Result<FileFigures, ExportError> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let take = |some: &[u8]| {
        hash.update(some);
        bytes += some.len() as u64;
        go_on(some.len() as u64)
    };
    match read_through(path, take, &|| true)? {
        true => Ok(FileFigures::from_hash(bytes, hash)),
        false => Err(ExportError::Cancelled),
    }
}

/// Reads a file from the start until `take` returns `false`. Returns whether it reached the end.
fn read_through(
    path: &Path,
    mut take: impl FnMut(&[u8]) -> bool,
    go_on: &dyn Fn() -> bool,
) -> Result<bool, ExportError> {
    let failed = |source| ExportError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut buffer = vec![0; READ_AT_ONCE];
    loop {
        if !go_on() {
            return Err(ExportError::Cancelled);
        }
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(true),
            read if !take(&buffer[..read]) => return Ok(false),
            _ => {}
        }
    }
}

/// Returns the figures of many files by the names that are given with them.
pub(super) fn figures_of_all(
    files: &[(String, PathBuf)],
    go_on: &(dyn Fn(u64) -> bool + Sync),
) -> Result<BTreeMap<String, FileFigures>, ExportError> {
    let each = |(name, path): &(String, PathBuf)| Ok((name.clone(), figures_of(path, go_on)?));
    Ok(in_parallel(files, each)?.into_iter().collect())
}

/// Formats a digest in hex.
pub(super) fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
