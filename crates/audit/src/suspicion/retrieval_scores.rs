//! The known scores that retrievers gave to the tiles of each row.
//!
//! Holds both the scores in the rows themselves and the imported scores of other programs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};
use tilejury_rows::{RowTable, RowTiles, TileId};

use super::mining_record::MiningRecord;
use crate::external::ExternalSignals;

/// Scores by row and tile.
#[derive(Default)]
pub(super) struct RetrievalScores {
    /// In the order of the table's list of tiles, up to the last known one; not a number if
    /// unknown.
    of_tiles: Vec<f32>,
    /// By row: imported scores with their sources.
    imported: HashMap<SampleIndex, Vec<SourceScores>>,
}

/// One source's score of a tile of a row.
struct SourceScores {
    source: Arc<str>,
    tile: TileSlot,
    score: f32,
}

/// The scores in some rows themselves: the index of each tile among those of the rows, and its
/// score. The last score of a tile counts.
#[derive(Default)]
pub(super) struct OwnScores(Vec<(usize, f32)>);

impl OwnScores {
    /// Adds the scores of the next row: those in `retrieve_top20`, and the positive's own score.
    pub(super) fn read(&mut self, RowTiles { ids, from, .. }: RowTiles<'_>, record: &MiningRecord<'_>) {
        if let (false, Some(score)) = (ids.is_empty(), record.positive_score) {
            self.0.push((from, score as f32));
        }
        for entry in record.retrieved.iter().flatten() {
            let Some(score) = entry.score else { continue };
            let scored = TileId::from_spelling(&entry.path);
            let same = ids.iter().zip(from..).filter(|(tile, _)| **tile == scored);
            self.0.extend(same.map(|(_, at)| (at, score as f32)));
        }
    }
}

impl RetrievalScores {
    /// Adds the scores that some rows have, whose first tile has this index in the table's list.
    pub(super) fn add(&mut self, own: &OwnScores, tiles_from: usize) {
        // Most sets have no scores, and millions of tiles.
        if let Some(end) = own.0.iter().map(|(tile, _)| tiles_from + tile + 1).max()
            && self.of_tiles.len() < end
        {
            self.of_tiles.resize(end, f32::NAN);
        }
        for (tile, score) in &own.0 {
            self.of_tiles[tiles_from + tile] = *score;
        }
    }

    /// Returns the score of a row's tile.
    pub(super) fn get(&self, table: &RowTable, sample: SampleIndex, tile: TileSlot) -> Option<f32> {
        let score = self.of_tiles.get(table.tiles_from(sample) + tile.index()).copied();
        score.filter(|score| score.is_finite())
    }

    /// Adds the scores of other programs. All rows must have been read.
    pub(super) fn add_external(&mut self, dataset: &Dataset, external: &ExternalSignals) {
        let mut names: HashMap<&str, Arc<str>> = HashMap::new();
        for (sample, entry) in dataset.indices().zip(&dataset.samples) {
            let scores = external.scores_of(entry.key);
            let Some(row) = (!scores.is_empty()).then(|| dataset.row(sample).ok()).flatten() else { continue };
            let tiles: Vec<Cow<'_, str>> = row.spellings().map(TilePath::normal).collect();
            for scored in scores {
                let source = names.entry(&scored.source).or_insert_with(|| scored.source.as_str().into());
                let matching =
                    TileSlot::first(tiles.len()).zip(&tiles).filter(|(_, tile)| **tile == *scored.tile.as_str());
                for (tile, _) in matching {
                    let imported = SourceScores { source: source.clone(), tile, score: scored.score };
                    self.imported.entry(sample).or_default().push(imported);
                }
            }
        }
    }

    /// Returns the imported scores of a row's negative by sources that also scored its positive:
    /// the source, the negative's score and the positive's.
    pub(super) fn imported(&self, sample: SampleIndex, tile: TileSlot) -> impl Iterator<Item = (&Arc<str>, f32, f32)> {
        let of_row = self.imported.get(&sample).map_or(&[][..], Vec::as_slice);
        of_row.iter().filter(move |score| score.tile == tile).filter_map(|score| {
            let positive = of_row.iter().find(|other| other.tile.is_positive() && other.source == score.source)?;
            Some((&score.source, score.score, positive.score))
        })
    }

    /// Whether a row has imported scores.
    pub(super) fn has_imported(&self, sample: SampleIndex) -> bool {
        self.imported.contains_key(&sample)
    }

    /// Returns the sources of a row's imported scores, each once.
    pub(super) fn sources_of(&self, sample: SampleIndex) -> Vec<&Arc<str>> {
        let mut sources: Vec<&Arc<str>> =
            self.imported.get(&sample).into_iter().flatten().map(|score| &score.source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Returns the score that a source gave to a row's tile.
    pub(super) fn imported_score(&self, sample: SampleIndex, tile: TileSlot, source: &str) -> Option<f32> {
        let mut of_row = self.imported.get(&sample)?.iter();
        of_row.find(|score| score.tile == tile && &*score.source == source).map(|score| score.score)
    }
}
