//! A stamp of a file's length and times, to notice that a file changed since it was read.
//!
//! Knows metadata only; it opens and reads no file.

use std::fs::Metadata;
use std::time::{SystemTime, UNIX_EPOCH};

/// The length and the times of a file; equal stamps mean the same content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileStamp {
    pub(crate) len: u64,
    /// The time when the content was last written, in nanoseconds since 1970; 0 if the system does
    /// not report it.
    pub(crate) modified: i64,
    /// The time when anything about the file last changed, in nanoseconds since 1970. Nobody can
    /// set it back, and setting `modified` back changes it. 0 if the system has no such time.
    pub(crate) changed: i64,
}

impl FileStamp {
    pub(crate) fn from_metadata(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            meta.ctime().saturating_mul(1_000_000_000).saturating_add(meta.ctime_nsec())
        };
        #[cfg(not(unix))]
        let changed = 0;
        Self { len: meta.len(), modified: meta.modified().map_or(0, nanos), changed }
    }
}

/// Nanoseconds since 1970; 0 for a time that does not fit.
pub(crate) fn nanos(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).map(|since| since.as_nanos());
    since.ok().and_then(|nanos| i64::try_from(nanos).ok()).unwrap_or(0)
}
