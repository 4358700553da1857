//! Tiles by the hash of their paths' normal form: 64 bits each, whatever the set.

use tilejury_data::TilePath;

use super::interner::hash_of;

/// Stands for all spellings of a tile's path, in memory only. Paths that differ share one by a chance of 1 in 2⁶⁴ a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId(u64);

impl TileId {
    /// The id of a path.
    pub fn new(tile: &TilePath) -> Self {
        Self(hash_of(tile.as_str()))
    }

    /// The id of a path as a row spells it.
    pub fn from_spelling(spelling: &str) -> Self {
        Self(hash_of(&TilePath::normal(spelling)))
    }

    /// The hash, for an [`Interner`](super::Interner).
    pub fn hash(self) -> u64 {
        self.0
    }
}
