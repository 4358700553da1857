//! The settings for work on many tiles: its threads, its progress reports, and when it must wait.
//!
//! Does no work itself.

use super::ReadingPace;
use crate::progress::{Cancelled, Progress};

/// The settings for work; the same for reading tiles and for comparing them.
#[derive(Clone, Copy)]
pub struct PixelWork<'w> {
    /// The number of threads; at least one is used.
    pub threads: usize,
    /// Receives the progress over shards, pixels, rows and pairs.
    pub progress: &'w dyn Progress,
    /// Receives the pace of reading just before each report of pixels.
    pub pace: &'w (dyn Fn(ReadingPace) + Sync),
    /// Called on every thread before each tile that it reads or compares. It may block, to make
    /// room for more urgent work. Its error ends the work.
    pub before_each: &'w (dyn Fn() -> Result<(), Cancelled> + Sync),
}

impl<'w> PixelWork<'w> {
    /// Work that never waits, and whose pace nobody needs.
    pub fn new(threads: usize, progress: &'w dyn Progress) -> Self {
        Self { threads, progress, pace: &|_| (), before_each: &|| Ok(()) }
    }
}
