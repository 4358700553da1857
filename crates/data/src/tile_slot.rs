//! The position of a tile in a sample. Positions in a page, and numbers that a person reads, are
//! other things.

use std::fmt;

use crate::sample::{Sample, TileRef};
use crate::tile_path::TilePath;

/// A tile of a sample by its position: the positive first, then the hard negatives in the order of
/// the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileSlot(u32);

impl TileSlot {
    /// The positive.
    pub const POSITIVE: Self = Self(0);

    /// The slot at a position among [`Sample::tiles`].
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The slots of a row with a number of tiles, in order.
    pub fn first(tiles: usize) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
        (0..tiles).map(Self::new)
    }

    /// Every tile of a sample, with its slot.
    pub fn of_tiles(sample: &Sample) -> impl Iterator<Item = (Self, &TileRef)> {
        sample.tiles().enumerate().map(|(index, tile)| (Self::new(index), tile))
    }

    /// The first slot of a sample's tile.
    pub fn find(sample: &Sample, tile: &TilePath) -> Option<Self> {
        sample.tiles().position(|own| own.path == *tile).map(Self::new)
    }

    /// The position among the sample's tiles.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether it is the positive's.
    pub fn is_positive(self) -> bool {
        self == Self::POSITIVE
    }

    /// The nearest slot of a negative in a sample with this number of negatives; the
    /// positive's if there are none.
    pub fn nearest_negative(self, negatives: usize) -> Self {
        Self::new(self.index().max(1).min(negatives))
    }
}

/// The number of a negative, as a person reads it.
impl fmt::Display for TileSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_negative_stays_within_the_row() {
        let check = |slot, negatives, expected| {
            assert_eq!(TileSlot::new(slot).nearest_negative(negatives), TileSlot::new(expected));
        };
        check(0, 3, 1);
        check(2, 3, 2);
        check(9, 3, 3);
        check(2, 0, 0);
        check(usize::MAX, 3, 3);
    }
}
