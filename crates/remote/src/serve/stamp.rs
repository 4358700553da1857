//! The version of a file on this machine, as an ETag: another content has another one. Knows
//! metadata only.

use std::fs::Metadata;
use std::time::{SystemTime, UNIX_EPOCH};

/// The ETag of a file: its length, the time at which its content was written, and where the system
/// has it the time at which anything about it changed, which nobody can set back.
pub(super) fn e_tag(meta: &Metadata) -> String {
    #[cfg(unix)]
    let changed = {
        use std::os::unix::fs::MetadataExt as _;
        i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec())
    };
    #[cfg(not(unix))]
    let changed = 0_i128;
    format!("\"{:x}-{:x}-{:x}\"", meta.len(), nanos(meta.modified().ok()), changed)
}

fn nanos(time: Option<SystemTime>) -> u128 {
    time.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos())
}
