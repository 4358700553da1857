//! Finds the other rows that a mark of a tile could be applied to: those with the same tile, an
//! exact copy of it, or a near picture confirmed as a copy, for the same query or a near one.
//!
//! Decides nothing: a person sees the offer, and [`crate::JudgeAction::Propagate`] applies it.
//! Whether a tile already has a mark there is not checked here.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tilejury_data::{Dataset, Row, SampleIndex, TilePath};

use crate::judgement::Relevance;
use crate::progress::{Cancelled, Progress};
use crate::search::{SearchIndex, rows_with};
use crate::suspicion::WordWeights;
use crate::suspicion::fingerprints::PixelCopies;

/// Another row with a judged tile.
#[derive(Clone, Debug, PartialEq)]
pub struct PropagationTarget {
    /// The other row, by index.
    pub sample: SampleIndex,
    /// The tile as that row names it.
    pub tile: TilePath,
    /// The index, among the given tiles, of the judged tile that it is or is a copy of.
    pub of: usize,
    /// Whether it is a copy under another path, not the tile itself.
    pub copy: bool,
    /// Whether it is a near picture confirmed as a copy, not an exact one: a person should check
    /// it.
    pub near_copy: bool,
    /// Whether it is that row's positive.
    pub positive: bool,
    /// The nearness of the row's query, from 0 to 1; exactly 1 for the same query.
    pub nearness: f32,
}

/// A kind of match between a tile and a judged one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TileMatch {
    Itself,
    Exact,
    Near,
}

/// The data that rows are found in.
pub struct TargetSearch<'a> {
    /// The rows.
    pub dataset: &'a Dataset,
    /// The index that finds rows by their tiles.
    pub index: &'a SearchIndex,
    /// The weights that queries are compared with.
    pub words: &'a WordWeights,
    /// The known copies of tiles, if any are known.
    pub copies: Option<&'a PixelCopies>,
    /// The least nearness of near queries.
    pub near_query: f32,
}

impl TargetSearch<'_> {
    /// The other rows that a sample's marks could be applied to, by index; one entry for each row
    /// and tile. A broken tile is broken for any query; unsure marks are not applied anywhere.
    /// Reports the rows.
    ///
    /// # Errors
    /// When `progress` cancelled the search.
    pub fn find(
        &self,
        sample: SampleIndex,
        marks: &[(TilePath, Relevance)],
        progress: &dyn Progress,
    ) -> Result<Vec<PropagationTarget>, Cancelled> {
        let wanted = self.tiles_to_find(marks);
        let Some(row) = self.dataset.row(sample).ok().filter(|_| !wanted.is_empty()) else { return Ok(Vec::new()) };
        let query = self.words.weigh(&row.query);
        let mut found = Vec::new();
        let visit = |other: SampleIndex, row: Row<'_>| {
            if other == sample {
                return;
            }
            let first = found.len();
            for (at, spelling) in row.spellings().enumerate() {
                let tile = TilePath::new(spelling);
                let Some((of, how)) = wanted.get(&tile).copied() else { continue };
                if found[first..].iter().all(|known: &PropagationTarget| known.tile != tile) {
                    let (copy, near_copy) = (how != TileMatch::Itself, how == TileMatch::Near);
                    found.push(PropagationTarget {
                        sample: other,
                        tile,
                        of,
                        copy,
                        near_copy,
                        positive: at == 0,
                        nearness: 0.0,
                    });
                }
            }
            // Few rows get this far.
            if found.len() > first {
                let nearness = query.nearness(&self.words.weigh(&row.query), self.near_query);
                found[first..].iter_mut().for_each(|target| target.nearness = nearness);
            }
        };
        rows_with(self.dataset, self.index, wanted.keys(), progress, visit)?;
        let for_any_query = |target: &PropagationTarget| {
            marks.get(target.of).is_some_and(|(_, relevance)| *relevance == Relevance::Broken)
        };
        found.retain(|target| target.nearness >= self.near_query || for_any_query(target));
        Ok(found)
    }

    /// The tiles to find, each with its index among the judged tiles and the kind of match.
    fn tiles_to_find(&self, marks: &[(TilePath, Relevance)]) -> HashMap<TilePath, (usize, TileMatch)> {
        let mut wanted: HashMap<TilePath, Option<(usize, TileMatch)>> = HashMap::new();
        // A tile's own mark has precedence over those of its copies.
        for (of, (tile, relevance)) in marks.iter().enumerate() {
            wanted.insert(tile.clone(), (*relevance != Relevance::Unsure).then_some((of, TileMatch::Itself)));
        }
        // Marks of exact copies have precedence over those of near ones.
        for how in [TileMatch::Exact, TileMatch::Near] {
            for (of, (tile, relevance)) in marks.iter().enumerate().filter(|(_, (_, mark))| *mark != Relevance::Unsure)
            {
                // A near picture of a broken tile need not be broken too.
                if how == TileMatch::Near && *relevance == Relevance::Broken {
                    continue;
                }
                for copy in self.copies_of(tile, how) {
                    match wanted.entry(copy.clone()) {
                        Entry::Vacant(entry) => {
                            entry.insert(Some((of, how)));
                        }
                        Entry::Occupied(mut entry) => {
                            // If its copies have different marks, the tile is left to a person.
                            if entry.get().is_some_and(|(other, known)| known == how && marks[other].1 != *relevance) {
                                entry.insert(None);
                            }
                        }
                    }
                }
            }
        }
        // An empty path names no tile.
        let known = wanted.into_iter().filter(|(tile, _)| !tile.as_str().is_empty());
        known.filter_map(|(tile, of)| Some((tile, of?))).collect()
    }

    fn copies_of<'c>(&'c self, tile: &'c TilePath, how: TileMatch) -> Vec<&'c TilePath> {
        let Some(copies) = self.copies else { return Vec::new() };
        match how {
            TileMatch::Itself => Vec::new(),
            TileMatch::Exact => copies.of_tile(tile).collect(),
            TileMatch::Near => copies.near_of_tile(tile).collect(),
        }
    }
}
