//! SHA-256 and sizes of files, several at a time: of an export with pictures this is most of what is read.
//!
//! Reads; never writes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ExportError;
use super::workers::in_parallel;

/// Size and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileFigures {
    pub(super) bytes: u64,
    /// In hex; none for a link, whose content is not the export's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    /// What it is a link to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
}

impl FileFigures {
    /// Of a file's whole content.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        Self::of_hashed(bytes.len() as u64, Sha256::new_with_prefix(bytes))
    }

    /// Of a file whose content was hashed as it came.
    pub(super) fn of_hashed(bytes: u64, hash: Sha256) -> Self {
        Self { bytes, sha256: Some(hex(hash)), link: None }
    }
}

/// The size of a file, links followed.
pub(super) fn size_of(path: &Path) -> Result<u64, ExportError> {
    let metadata = path.metadata().map_err(|source| ExportError::Io { path: path.to_owned(), source })?;
    Ok(metadata.len())
}

/// Size and checksum of a file; `go_on` is told of the bytes read, and stops it by `false`.
fn figures_of(path: &Path, go_on: &dyn Fn(u64) -> bool) -> Result<FileFigures, ExportError> {
    let failed = |source| ExportError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok(FileFigures::of_hashed(bytes, hash));
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
        if !go_on(read as u64) {
            return Err(ExportError::Cancelled);
        }
    }
}

/// The same for many files, by the names that are given with them.
pub(super) fn figures_of_all(
    files: &[(String, PathBuf)],
    go_on: &(dyn Fn(u64) -> bool + Sync),
) -> Result<BTreeMap<String, FileFigures>, ExportError> {
    let all = Mutex::new(BTreeMap::new());
    in_parallel(files, |(name, path)| {
        let figures = figures_of(path, go_on)?;
        all.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), figures);
        Ok(())
    })?;
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
