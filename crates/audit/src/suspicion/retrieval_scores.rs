//! The scores that a retriever gave to the tiles of each row, where they are known.
//!
//! One place for them, whoever knows them: the rows themselves, and programs whose scores were imported.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use tilejury_data::{Dataset, TilePath};
use tilejury_rows::{RowTable, RowTableBuilder};

use super::mining_record::MiningRecord;
use crate::external::ExternalSignals;

/// By row and tile.
#[derive(Default)]
pub(super) struct RetrievalScores {
    /// In the order of the table's list of tiles, as far as there are any; not a number where there is none.
    of_tiles: Vec<f32>,
    /// By row: imported ones, by source.
    imported: HashMap<u32, Vec<SourceScores>>,
}

/// What one source says of a tile of a row.
struct SourceScores {
    source: Arc<str>,
    tile: usize,
    score: f32,
}

impl RetrievalScores {
    /// Takes in what a row says, whose tiles were read last: `retrieve_top20`, and for the positive also its own score.
    pub(super) fn read(&mut self, table: &RowTableBuilder, sample: usize, extras: &MiningRecord<'_>) {
        let (tiles, from) = (table.tiles(sample), table.tiles_from(sample));
        let mut put = |place: usize, score: f64| {
            // Most sets have no scores, and millions of tiles.
            if self.of_tiles.len() < from + tiles.len() {
                self.of_tiles.resize(from + tiles.len(), f32::NAN);
            }
            self.of_tiles[from + place] = score as f32;
        };
        if let (false, Some(score)) = (tiles.is_empty(), extras.positive_score) {
            put(0, score);
        }
        for entry in extras.retrieved.iter().flatten() {
            let Some(score) = entry.score else { continue };
            let scored = table.tile_number(&entry.path);
            tiles
                .iter()
                .enumerate()
                .filter(|(_, tile)| scored == Some(**tile))
                .for_each(|(place, _)| put(place, score));
        }
    }

    /// The score of a row's tile, 0 being the positive.
    pub(super) fn get(&self, table: &RowTable, sample: usize, tile: usize) -> Option<f32> {
        let score = self.of_tiles.get(table.tiles_from(sample) + tile).copied();
        score.filter(|score| score.is_finite())
    }

    /// Takes in what other programs say, once all rows are there.
    pub(super) fn add_external(&mut self, dataset: &Dataset, external: &ExternalSignals) {
        let mut names: HashMap<&str, Arc<str>> = HashMap::new();
        for (sample, entry) in dataset.samples.iter().enumerate() {
            let imported = external.scores_of(entry.key);
            let Some(row) = (!imported.is_empty()).then(|| dataset.row(sample).ok()).flatten() else { continue };
            let tiles: Vec<Cow<'_, str>> = row.spellings().map(TilePath::normal).collect();
            for imported in imported {
                let source = names.entry(&imported.source).or_insert_with(|| imported.source.as_str().into());
                let places = tiles.iter().enumerate().filter(|(_, tile)| **tile == *imported.tile.as_str());
                for (tile, _) in places {
                    let imported = SourceScores { source: source.clone(), tile, score: imported.score };
                    self.imported.entry(sample as u32).or_default().push(imported);
                }
            }
        }
    }

    /// What each source says of a row's negative that also says something of its positive: the source, the negative's score
    /// and the positive's.
    pub(super) fn imported(&self, sample: usize, tile: usize) -> impl Iterator<Item = (&Arc<str>, f32, f32)> {
        let of_row = self.imported.get(&(sample as u32)).map_or(&[][..], Vec::as_slice);
        of_row.iter().filter(move |imported| imported.tile == tile).filter_map(|imported| {
            let positive = of_row.iter().find(|other| other.tile == 0 && other.source == imported.source)?;
            Some((&imported.source, imported.score, positive.score))
        })
    }
}
