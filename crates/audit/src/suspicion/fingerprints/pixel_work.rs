//! The settings for work on many tiles: its threads, its progress reports, when it must wait, and
//! which tiles it may read.
//!
//! Does no work itself.

use super::{ReadingPace, TileFingerprint};
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
    /// The pairs whose tiles are read.
    pub overlaid: OverlaidPairs,
}

/// The pairs of near pictures whose tiles are read, to lay them over each other. The others are
/// compared by their fingerprints alone, unless the cache has what their pixels share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverlaidPairs {
    /// All of them.
    All,
    /// Those of tiles whose fingerprints were made here.
    MadeHere,
    /// None: no tile is read.
    None,
}

impl OverlaidPairs {
    /// Whether the tiles of a pair are read.
    pub(crate) fn has(self, a: &TileFingerprint, b: &TileFingerprint) -> bool {
        match self {
            Self::All => true,
            Self::MadeHere => !a.is_adopted() && !b.is_adopted(),
            Self::None => false,
        }
    }
}

impl<'w> PixelWork<'w> {
    /// Work that never waits, whose pace nobody needs, and that reads no adopted tile to compare
    /// it.
    pub fn new(threads: usize, progress: &'w dyn Progress) -> Self {
        Self { threads, progress, pace: &|_| (), before_each: &|| Ok(()), overlaid: OverlaidPairs::MadeHere }
    }
}
