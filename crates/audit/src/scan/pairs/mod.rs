//! The pairs of tiles with the same or nearly the same picture, among millions of tiles on one
//! machine: proposed by equal bands, confirmed by the signatures of both, connected to clusters.
//!
//! Memory holds a few bytes per tile; lists of keys and pairs are sorted on the disk. Reads no
//! tile: no pixel confirms a near pair, and its column says so.

mod candidates;
mod output;
mod record;
mod sorter;
mod source;
mod tile_set;
mod verify;

use std::io;
use std::path::PathBuf;

use tempfile::TempDir;
use thiserror::Error;

use super::read::PartError;
use crate::progress::{Cancelled, Progress, Stage};
use crate::suspicion::Groups;
use candidates::Candidates;
pub(super) use output::PAIRS_VERSION;
pub use output::write_pairs;
use sorter::Sorter;
pub use source::{PartTiles, TileKeys, TileName, TileSketches};
pub use tile_set::TileSet;

/// The settings of a search for pairs.
#[derive(Clone, Debug)]
pub struct PairSettings {
    /// A near pair is kept if at most this share of the rows in the overlap differs, 0 to 1.
    pub distance: f32,
    /// The number of threads that compare.
    pub threads: usize,
    /// The bytes that each sorted list may take in memory.
    pub sort_bytes: usize,
    /// The folder for lists that are sorted on the disk; they are removed at the end.
    pub scratch: PathBuf,
}

/// The way in which two tiles are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PairKind {
    /// The same bytes.
    SameBytes,
    /// The same pixels in another encoding.
    SamePixels,
    /// Rows of their signatures agree at one shift. No pixel was compared.
    NearSignature,
}

impl PairKind {
    /// Returns the word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::SameBytes => "same_bytes",
            Self::SamePixels => "same_pixels",
            Self::NearSignature => "near_signature",
        }
    }
}

/// A pair of tiles, by their numbers; the first is the smaller one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TilePair {
    /// The first tile.
    pub a: u32,
    /// The second tile.
    pub b: u32,
    /// The way in which they are alike.
    pub kind: PairKind,
    /// The distance, in pixels, by which the first tile's content is further down in the second.
    pub shift: i32,
    /// The rows of the signatures that agree, and those that could.
    pub rows: (u16, u16),
}

impl TilePair {
    /// Returns the share of the rows that do not agree, 0 to 1.
    pub fn distance(&self) -> f32 {
        1.0 - (f32::from(self.rows.0) / f32::from(self.rows.1.max(1))).min(1.0)
    }
}

/// The counts of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairCounts {
    /// All tiles.
    pub tiles: u64,
    /// The pairs of different pictures that bands proposed.
    pub candidates: u64,
    /// The pairs that were found.
    pub pairs: u64,
    /// The clusters of at least two tiles that they connect.
    pub clusters: u64,
    /// The bands of so many tiles that only some pairs of each were proposed.
    pub capped: u64,
}

/// A reason why pairs were not found.
#[derive(Debug, Error)]
pub enum PairError {
    /// A file of a scan cannot be used.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The disk failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The work was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The receiver of pairs, each with the number of the first tile of its cluster.
pub type PairSink<'s> = dyn FnMut(&dyn TileSketches, TilePair, u32) -> Result<(), PairError> + 's;

/// Finds all pairs, and passes them to `take` in the order of their tiles.
///
/// # Errors
/// If a file or the disk fails, or the work was cancelled.
pub fn find_pairs(
    source: &mut dyn TileSketches,
    settings: &PairSettings,
    progress: &dyn Progress,
    take: &mut PairSink<'_>,
) -> Result<PairCounts, PairError> {
    let scratch = TempDir::with_prefix_in("tilejury-pairs-", &settings.scratch)?;
    let mut pairs = Sorter::new(scratch.path(), settings.sort_bytes);
    let candidates = Candidates::find(source, settings, scratch.path(), &mut pairs, progress)?;
    let mut groups = Groups::new(candidates.tiles as usize);
    let mut counts = PairCounts {
        tiles: candidates.tiles,
        candidates: candidates.pairs.len(),
        capped: candidates.capped,
        ..PairCounts::default()
    };
    source.load(&candidates.named, &candidates.compared, scratch.path())?;
    verify::verify(source, candidates.pairs, settings, &mut pairs, progress)?;
    let mut sorted = pairs.sorted()?;
    counts.pairs = sorted.len();
    // Twice: a cluster is known after the last pair.
    sorted.each::<PairError>(&mut |record| {
        let pair = record::pair_of(record);
        groups.join(pair.a, pair.b);
        Ok(())
    })?;
    counts.clusters = groups.count_of_several() as u64;
    let (mut done, total) = (0_usize, counts.pairs as usize);
    sorted.each::<PairError>(&mut |record| {
        if done.is_multiple_of(4096) {
            progress.report(Stage::Writing.step(done, total))?;
        }
        done += 1;
        let pair = record::pair_of(record);
        take(source, pair, groups.root(pair.a))
    })?;
    Ok(counts)
}
