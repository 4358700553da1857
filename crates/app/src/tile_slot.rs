//! The position of a tile in a sample. Positions in a page, and numbers that a person reads, are
//! other things.

use std::fmt;

use tilejury_data::sample::TileRef;
use tilejury_data::{Sample, TilePath};

/// A tile of a sample by its position: the positive first, then the hard negatives in the order of
/// the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TileSlot(u32);

impl TileSlot {
    /// The positive.
    pub(crate) const POSITIVE: Self = Self(0);

    /// The slot at a position among [`Sample::tiles`].
    pub(crate) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Every tile of a sample, with its slot.
    pub(crate) fn of_tiles(sample: &Sample) -> impl Iterator<Item = (Self, &TileRef)> {
        sample.tiles().enumerate().map(|(index, tile)| (Self::new(index), tile))
    }

    /// The first slot of a sample's tile.
    pub(crate) fn find(sample: &Sample, tile: &TilePath) -> Option<Self> {
        sample.tiles().position(|own| own.path == *tile).map(Self::new)
    }

    /// The position among the sample's tiles.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether it is the positive's.
    pub(crate) fn is_positive(self) -> bool {
        self == Self::POSITIVE
    }

    /// The nearest slot of a negative in a sample with so many; the positive's if there are none.
    pub(crate) fn nearest_negative(self, negatives: usize) -> Self {
        Self::new(self.index().max(1).min(negatives))
    }
}

/// The number of a negative, as a person reads it.
impl fmt::Display for TileSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
