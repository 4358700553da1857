//! Decides by fingerprints alone, for each negative of a row, whether it is a copy of a positive,
//! or which positives' pictures it must be compared with.
//!
//! Reports nothing: `same_picture` reports the copies, `near_picture` compares the pairs.

use tilejury_data::{SampleIndex, TileSlot};

use super::PixelInputs;
use super::compared_positives::{self, ComparedPositive};

/// A negative and a positive to compare.
pub(super) struct PairToCompare {
    /// Its slot in the row.
    pub(super) at: TileSlot,
    pub(super) tile: u32,
    pub(super) positive: ComparedPositive,
}

/// A negative of a row and the positives to compare it with.
pub(super) enum TileComparison {
    /// A copy of a positive under another path.
    Copy {
        /// Its slot in the row.
        at: TileSlot,
        /// The nearest positive that it is a copy of.
        positive: ComparedPositive,
        /// Byte for byte; else the same pixels in another encoding.
        same_bytes: bool,
    },
    /// Not a copy: the pairs to compare, the nearest positive first.
    Pairs(Vec<PairToCompare>),
}

impl TileComparison {
    /// Returns the pairs to compare; none for a copy.
    pub(super) fn into_pairs(self) -> Vec<PairToCompare> {
        match self {
            Self::Copy { .. } => Vec::new(),
            Self::Pairs(pairs) => pairs,
        }
    }
}

impl PairToCompare {
    /// Returns the pictures to compare, the positive's first. Many tiles can show one picture, and
    /// many rows need the same pair: each is compared once.
    pub(super) fn pair(&self, inputs: &PixelInputs<'_>) -> (u32, u32) {
        (inputs.pictures[self.positive.tile as usize], inputs.pictures[self.tile as usize])
    }
}

/// Compares all readable negatives of a row, in its order. The positive itself, under its own path,
/// is left to other signals.
pub(super) fn comparisons_of(inputs: &PixelInputs<'_>, sample: SampleIndex) -> Vec<TileComparison> {
    let positives = compared_positives::find(inputs, sample);
    let Some(own) = positives.first().map(|positive| positive.tile) else { return Vec::new() };
    let Some((_, negatives)) = inputs.table.positive_and_negatives(sample) else { return Vec::new() };
    negatives
        .filter(|(_, tile)| *tile != own)
        .filter_map(|(at, tile)| comparison(inputs, &positives, at, tile))
        .collect()
}

fn comparison(
    inputs: &PixelInputs<'_>,
    positives: &[ComparedPositive],
    at: TileSlot,
    tile: u32,
) -> Option<TileComparison> {
    let picture = inputs.picture(tile)?;
    let mut pairs = Vec::new();
    for positive in positives.iter().filter(|positive| positive.tile != tile) {
        let Some(other) = inputs.picture(positive.tile) else { continue };
        let same_bytes = picture.bytes == other.bytes;
        if same_bytes || picture.pixels == other.pixels {
            // Positives are sorted by nearness: the first copy is the strongest.
            return Some(TileComparison::Copy { at, positive: *positive, same_bytes });
        }
        pairs.push(PairToCompare { at, tile, positive: *positive });
    }
    Some(TileComparison::Pairs(pairs))
}
