//! The progress of a person, read from a sidecar without its dataset: for a list of datasets, none
//! of which is open. Reads only.

use std::path::Path;

use rusqlite::OptionalExtension;

use super::{Sidecar, SidecarError};
use crate::time::Timestamp;

/// The progress of an annotator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SidecarProgress {
    /// The samples with a verdict, including those that are no longer in the dataset.
    pub judged: usize,
    /// The time of the last change.
    pub last: Option<Timestamp>,
}

/// Reads the progress of an annotator. A file that does not exist has none.
///
/// # Errors
/// When the file is refused or cannot be read.
pub fn progress(path: &Path, annotator: &str) -> Result<SidecarProgress, SidecarError> {
    let Some(sidecar) = Sidecar::open_for_reading(path)? else { return Ok(SidecarProgress::default()) };
    let judged = "SELECT count(*) FROM current WHERE field = 'verdict' AND annotator = ?1";
    let last = "SELECT at FROM events WHERE annotator = ?1 ORDER BY at DESC LIMIT 1";
    let read = || {
        let judged: i64 = sidecar.connection.query_row(judged, [annotator], |row| row.get(0))?;
        let last: Option<String> = sidecar.connection.query_row(last, [annotator], |row| row.get(0)).optional()?;
        Ok(SidecarProgress { judged: judged.max(0) as usize, last: last.and_then(|at| at.parse().ok()) })
    };
    read().map_err(|source| sidecar.failed(source))
}
