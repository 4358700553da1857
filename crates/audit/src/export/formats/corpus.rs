//! Every tile that the files of a format name, each once, in the order of their names as documents.

use std::collections::HashSet;

use tilejury_data::TilePath;

use super::names::sort_as_documents;

/// Tiles that were named so far.
#[derive(Default)]
pub(super) struct Corpus(HashSet<TilePath>);

impl Corpus {
    /// Copies only those that are not there yet: most tiles stand in several rows.
    pub(super) fn add<'t>(&mut self, tiles: impl Iterator<Item = &'t TilePath>) {
        for tile in tiles {
            if !self.0.contains(tile) {
                self.0.insert(tile.clone());
            }
        }
    }

    pub(super) fn sorted(self) -> Vec<TilePath> {
        let mut tiles: Vec<TilePath> = self.0.into_iter().collect();
        sort_as_documents(&mut tiles);
        tiles
    }
}
