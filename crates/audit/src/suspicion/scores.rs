//! The scores that a retriever gave to the tiles of each row, where they are known.
//!
//! One place for them, whoever knows them: today the rows themselves.

use tilejury_data::TilePath;

use super::extras::Extras;
use super::table::Table;

/// By row and tile.
#[derive(Default)]
pub(super) struct Scores {
    /// In the order of the table's list of tiles; not a number where there is none.
    of_tiles: Vec<f32>,
}

impl Scores {
    /// Takes in what the next row says: `retrieve_top20`, and for the positive also its own score.
    pub(super) fn read(&mut self, table: &Table, sample: usize, extras: &Extras<'_>) {
        let tiles = table.tiles(sample);
        let from = self.of_tiles.len();
        self.of_tiles.resize(from + tiles.len(), f32::NAN);
        let scores = &mut self.of_tiles[from..];
        if let (Some(positive), Some(score)) = (scores.first_mut(), extras.positive_score) {
            *positive = score as f32;
        }
        for entry in extras.retrieved.iter().flatten() {
            let Some(score) = entry.score else { continue };
            let path = TilePath::new(&entry.path);
            for (tile, slot) in tiles.iter().zip(scores.iter_mut()) {
                if table.paths[*tile as usize] == path {
                    *slot = score as f32;
                }
            }
        }
    }

    /// The score of a row's tile, 0 being the positive.
    pub(super) fn get(&self, table: &Table, sample: usize, tile: usize) -> Option<f32> {
        let score = self.of_tiles.get(table.tiles_from(sample) + tile).copied();
        score.filter(|score| score.is_finite())
    }
}
