//! How work on many tiles is done: on how many threads, where it reports progress, and what may make it wait.
//!
//! Does no work itself.

use super::ReadingPace;
use crate::progress::{Cancelled, Progress};

/// The manner of the work; the same for reading tiles and for comparing them.
#[derive(Clone, Copy)]
pub struct Work<'w> {
    /// How many threads; at least one is taken.
    pub threads: usize,
    /// Where the work reports shards, pixels, rows and pairs.
    pub progress: &'w dyn Progress,
    /// Receives the pace of reading just before each report of pixels.
    pub pace: &'w (dyn Fn(ReadingPace) + Sync),
    /// Called on every thread before each tile that it reads or compares. It may block: so work makes room for what is more
    /// urgent. Its error ends the work.
    pub before_each: &'w (dyn Fn() -> Result<(), Cancelled> + Sync),
}

impl<'w> Work<'w> {
    /// Work that makes no room, and whose pace nobody wants to know.
    pub fn new(threads: usize, progress: &'w dyn Progress) -> Self {
        Self { threads, progress, pace: &|_| (), before_each: &|| Ok(()) }
    }
}
