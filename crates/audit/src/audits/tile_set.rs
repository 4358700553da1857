//! A set of negatives to mark at once, as a plan keeps it with the tiles drawn from it. Finds no
//! tiles and draws none; `tile_rule.rs` and `tile_draw.rs` do.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tilejury_data::{SampleKey, TilePath};

use super::tile_word::TileWord;

/// A set of negatives, with those that were drawn from it. Stored in plans; fields are never
/// renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileSet {
    /// The rule that found them.
    pub rule: String,
    /// The word that is stored on all of them.
    pub word: TileWord,
    /// Their number.
    pub tiles: u64,
    /// A hash of the word, the keys of the rows and the paths of the tiles.
    pub hash: String,
    /// The drawn ones in the order of the draw.
    pub drawn: Vec<DrawnTile>,
    /// The tiles of gold rows that are asked for; their word is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<DrawnTile>,
}

/// A drawn negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnTile {
    /// The key of its row.
    pub row: String,
    /// Its path.
    pub tile: String,
}

impl TileSet {
    /// The tiles that are asked for by row: the drawn ones, and those of gold rows.
    pub(super) fn by_row(&self) -> HashMap<SampleKey, Vec<TilePath>> {
        let mut rows: HashMap<SampleKey, Vec<TilePath>> = HashMap::new();
        for drawn in self.drawn.iter().chain(&self.gold) {
            if let Ok(key) = drawn.row.parse() {
                rows.entry(key).or_default().push(TilePath::new(&drawn.tile));
            }
        }
        rows
    }
}
