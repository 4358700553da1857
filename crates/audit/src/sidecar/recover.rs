//! Recovery: everything that can be read of a damaged sidecar, written into a new one.
//!
//! Events are never changed or deleted. So every row that can be read anywhere in the file is
//! valid, even one on a page that is no longer in use. The damaged file is only read. `salvage.rs`
//! decides which rows to trust.

use std::collections::HashSet;
use std::path::Path;

use tilejury_data::{DatasetFingerprint, LineNumber, SampleKey};

use super::copy::{publish, temporary_beside};
use super::inspect::beside;
use super::pages::SidecarBytes;
use super::recovered::Recovered;
use super::salvage::{Salvaged, salvage};
use super::{SampleRecord, Sidecar, SidecarError};

/// Reads a damaged sidecar page by page and writes its rows to a new one, in their stored order.
/// The write-ahead log beside it counts as well. Holds both files in memory.
///
/// # Errors
/// When the file cannot be opened, holds nothing that looks like a judgement, or the new one exists
/// already or cannot be written; then no file is left behind.
pub fn recover(from: &Path, to: &Path) -> Result<Recovered, SidecarError> {
    // A link whose target is gone is not overwritten either.
    if to.symlink_metadata().is_ok() {
        return Err(SidecarError::Exists(to.to_owned()));
    }
    let image = SidecarBytes::read(from).map_err(|source| SidecarError::Io { path: from.to_owned(), source })?;
    let salvaged = salvage(&image);
    if salvaged.events.is_empty() {
        return Err(SidecarError::NothingFound(from.to_owned()));
    }
    let temporary = temporary_beside(to);
    let written = write(&salvaged, &temporary).and_then(|()| publish(&temporary, to));
    if let Err(error) = written {
        for file in [temporary.clone(), beside(&temporary, "-wal"), beside(&temporary, "-shm")] {
            let _ = std::fs::remove_file(file);
        }
        return Err(error);
    }
    Ok(salvaged.report)
}

fn write(salvaged: &Salvaged, to: &Path) -> Result<(), SidecarError> {
    let mut sidecar = Sidecar::open(to, DatasetFingerprint(0))?;
    if let Some(fingerprint) = &salvaged.fingerprint {
        let sql = "UPDATE meta SET value = ?1 WHERE key = 'fingerprint'";
        sidecar.connection.execute(sql, [fingerprint]).map_err(|source| sidecar.failed(source))?;
    }
    let known: HashSet<SampleKey> = salvaged.samples.iter().map(|sample| sample.key).collect();
    let unnamed: HashSet<SampleKey> =
        salvaged.events.iter().map(|event| event.sample).filter(|key| !known.contains(key)).collect();
    let nameless = |key: &SampleKey| SampleRecord {
        key: *key,
        query: String::new(),
        positive: String::new(),
        split: String::new(),
        line: LineNumber::default(),
    };
    let samples: Vec<_> = salvaged.samples.iter().cloned().chain(unnamed.iter().map(nameless)).collect();
    sidecar.append(&salvaged.events, &samples, None)?;
    for position in &salvaged.positions {
        sidecar.append(&[], &[], Some(position))?;
    }
    sidecar.in_one_file()
}

#[cfg(test)]
mod tests;
