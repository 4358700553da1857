//! What fingerprints alone tell of each negative of a row: that it is a copy of a positive, or which positives' pictures it is
//! to be compared with.
//!
//! Raises nothing: `same_picture` reports the copies, `near_picture` compares the pairs.

use super::PixelInputs;
use super::competing_positives::{self, CompetingPositive};

/// A negative to be compared with a positive.
pub(super) struct PairToCompare {
    /// Its place in the row.
    pub(super) at: usize,
    pub(super) tile: u32,
    pub(super) rival: CompetingPositive,
}

/// A negative of a row beside the positives that count for it.
pub(super) enum TileComparison {
    /// A copy of a positive under another path.
    Copy {
        /// Its place in the row.
        at: usize,
        /// The nearest positive that it is a copy of.
        rival: CompetingPositive,
        /// Byte for byte; else the same pixels in another encoding.
        same_bytes: bool,
    },
    /// No copy: what is to be compared, the nearest positive first.
    Pairs(Vec<PairToCompare>),
}

impl TileComparison {
    /// What is to be compared; nothing for a copy.
    pub(super) fn into_pairs(self) -> Vec<PairToCompare> {
        match self {
            Self::Copy { .. } => Vec::new(),
            Self::Pairs(pairs) => pairs,
        }
    }
}

impl PairToCompare {
    /// The pictures to be laid over each other, the positive's first. Many tiles can show one picture, and many rows want the
    /// same pair: each is compared once.
    pub(super) fn pair(&self, view: &PixelInputs<'_>) -> (u32, u32) {
        (view.pictures[self.rival.tile as usize], view.pictures[self.tile as usize])
    }
}

/// All negatives of a row that can be read, in its order. The positive itself, under its own path, is left to other signals.
pub(super) fn comparisons_of(view: &PixelInputs<'_>, sample: usize) -> Vec<TileComparison> {
    let rivals = competing_positives::find(view, sample);
    let Some(own) = rivals.first().map(|rival| rival.tile) else { return Vec::new() };
    let negatives = view.table.tiles(sample).iter().copied().enumerate().skip(1).filter(|(_, tile)| *tile != own);
    negatives.filter_map(|(at, tile)| comparison(view, &rivals, at, tile)).collect()
}

fn comparison(view: &PixelInputs<'_>, rivals: &[CompetingPositive], at: usize, tile: u32) -> Option<TileComparison> {
    let picture = view.print(tile)?.picture()?;
    let mut pairs = Vec::new();
    for rival in rivals.iter().filter(|rival| rival.tile != tile) {
        let Some(other) = view.print(rival.tile).and_then(|print| print.picture()) else { continue };
        let same_bytes = picture.bytes == other.bytes;
        if same_bytes || picture.pixels == other.pixels {
            // Rivals come by likeness: the first copy is the strongest.
            return Some(TileComparison::Copy { at, rival: *rival, same_bytes });
        }
        pairs.push(PairToCompare { at, tile, rival: *rival });
    }
    Some(TileComparison::Pairs(pairs))
}
