//! Tiles by the hash of their paths' normal form: 64 bits each, equal in every set.

use tilejury_data::TilePath;

use super::interner::hash_of;

/// The id of all spellings of a tile's path, in memory only. Different paths share one with a
/// chance of 1 in 2⁶⁴ per pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId(u64);

impl TileId {
    /// The id of a path.
    pub fn new(tile: &TilePath) -> Self {
        Self(hash_of(tile.as_str()))
    }

    /// The id of a path as a row spells it.
    pub fn from_spelling(spelling: &str) -> Self {
        Self::from_normal(&TilePath::normal(spelling))
    }

    /// The id of a path in its normal form.
    pub(crate) fn from_normal(normal: &str) -> Self {
        Self(hash_of(normal))
    }

    /// The hash, for an [`Interner`](super::Interner).
    pub fn hash(self) -> u64 {
        self.0
    }
}
