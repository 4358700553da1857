//! All tiles that the files of a format name, each once, in the order of their document names.

use std::collections::HashSet;

use tilejury_data::TilePath;

use super::names::sort_as_documents;

/// The tiles that were named so far.
#[derive(Default)]
pub(super) struct Corpus(HashSet<TilePath>);

impl Corpus {
    /// Adds tiles. Copies only new ones: most tiles are in several rows.
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
