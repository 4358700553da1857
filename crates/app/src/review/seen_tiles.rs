//! The tiles that a person has seen of a row, and those without a mark that nobody could read.
//! Knows nothing of accepting.

use std::collections::BTreeSet;

use tilejury_audit::{Judgement, Look, Looks};
use tilejury_data::{Sample, TilePath, TileSlot};

/// The tiles that a person has seen of a sample when they accept it.
#[derive(Debug, Default)]
pub(crate) struct SeenTiles {
    /// Tiles that were on the screen and loaded.
    pub(crate) seen: Vec<TilePath>,
    /// The seen tiles that the person focused, compared or enlarged, and could read.
    pub(crate) inspected: Vec<TilePath>,
    /// The looks at the tiles: scale and time.
    pub(crate) looks: Looks,
    /// Negatives with exactly the pixels of the positive.
    pub(crate) same_pixels: Vec<TilePath>,
    /// Whether the positive's picture is available.
    pub(crate) positive_is_here: bool,
    /// Whether the positive's picture is still being loaded.
    pub(crate) positive_is_to_come: bool,
}

/// The different tiles of a row without a mark, each with its first place.
pub(crate) fn unmarked<'s>(sample: &'s Sample, judgement: &Judgement) -> Vec<(TileSlot, &'s TilePath)> {
    let mut done = BTreeSet::new();
    let tiles = TileSlot::of_tiles(sample).map(|(slot, tile)| (slot, &tile.path));
    tiles.filter(|(_, tile)| done.insert(*tile) && judgement.relevance(tile).is_none()).collect()
}

/// Whether a tile was shown at a size at which its text can be read.
pub(super) fn was_readable(tiles: &SeenTiles, tile: &TilePath) -> bool {
    tiles.looks.get(tile).is_some_and(Look::is_readable)
}

/// The tiles of a row without a mark that were never shown at a readable size.
pub(super) fn never_readable(sample: &Sample, judgement: &Judgement, tiles: &SeenTiles) -> Vec<TileSlot> {
    let unmarked = unmarked(sample, judgement).into_iter();
    unmarked.filter(|(_, tile)| !was_readable(tiles, tile)).map(|(slot, _)| slot).collect()
}
