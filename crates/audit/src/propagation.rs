//! To which other rows a judgement of a tile could be carried over: those that hold the same tile, an exact copy of it, or a near
//! picture that was confirmed as a copy, for the same query or a near one.
//!
//! Only finds them, and decides nothing: a person looks at what is offered, and [`crate::JudgeAction::Propagate`] does it. Whether
//! something is said there already is not asked here.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tilejury_data::{Dataset, Row, TilePath};

use crate::judgement::Relevance;
use crate::progress::{Cancelled, Progress};
use crate::search::{SearchIndex, rows_with};
use crate::suspicion::WordWeights;
use crate::suspicion::fingerprints::PixelCopies;

/// Another row that holds a judged tile.
#[derive(Clone, Debug, PartialEq)]
pub struct PropagationTarget {
    /// The other row, by index.
    pub sample: u32,
    /// The tile as that row has it.
    pub tile: TilePath,
    /// Which of the judged tiles it is, or is a copy of: a place among those that were asked for.
    pub of: usize,
    /// It is a copy under another path, not the very tile.
    pub copy: bool,
    /// It is no exact copy, but a near picture that was confirmed as one: a person should look.
    pub near_copy: bool,
    /// It is that row's positive.
    pub positive: bool,
    /// How near the row's query is, 0 to 1; exactly 1 for the same.
    pub likeness: f32,
}

/// How a tile is one that was judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TileMatch {
    Itself,
    Exact,
    Near,
}

/// What is looked at to find rows.
pub struct TargetSearch<'a> {
    /// The rows.
    pub dataset: &'a Dataset,
    /// Finds rows by their tiles.
    pub index: &'a SearchIndex,
    /// Compares their queries.
    pub words: &'a WordWeights,
    /// Which tiles are copies of each other, where that is known.
    pub copies: Option<&'a PixelCopies>,
    /// Queries are near from this likeness on.
    pub near_query: f32,
}

impl TargetSearch<'_> {
    /// The other rows to which what was said of a sample's tiles could be carried over, by index; one entry for each row and
    /// tile. What is broken is broken for any query; what one is unsure of is carried nowhere. Reports the rows.
    ///
    /// # Errors
    /// When `progress` cancelled the search.
    pub fn find(
        &self,
        sample: usize,
        said: &[(TilePath, Relevance)],
        progress: &dyn Progress,
    ) -> Result<Vec<PropagationTarget>, Cancelled> {
        let wanted = self.tiles_to_find(said);
        let Some(row) = self.dataset.row(sample).ok().filter(|_| !wanted.is_empty()) else { return Ok(Vec::new()) };
        let query = self.words.weigh(&row.query);
        let mut found = Vec::new();
        let visit = |other: u32, row: Row<'_>| {
            if other as usize == sample {
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
                        likeness: 0.0,
                    });
                }
            }
            // Few rows get as far as that.
            if found.len() > first {
                let likeness = query.nearness(&self.words.weigh(&row.query), self.near_query);
                found[first..].iter_mut().for_each(|kin| kin.likeness = likeness);
            }
        };
        rows_with(self.dataset, self.index, wanted.keys(), progress, visit)?;
        let for_any_query =
            |kin: &PropagationTarget| said.get(kin.of).is_some_and(|(_, relevance)| *relevance == Relevance::Broken);
        found.retain(|kin| kin.likeness >= self.near_query || for_any_query(kin));
        Ok(found)
    }

    /// The tiles to look for: which of the judged tiles each is, and how.
    fn tiles_to_find(&self, said: &[(TilePath, Relevance)]) -> HashMap<TilePath, (usize, TileMatch)> {
        let mut wanted: HashMap<TilePath, Option<(usize, TileMatch)>> = HashMap::new();
        // What is said of a tile itself goes before what is said of its copies.
        for (of, (tile, relevance)) in said.iter().enumerate() {
            wanted.insert(tile.clone(), (*relevance != Relevance::Unsure).then_some((of, TileMatch::Itself)));
        }
        // And what is said of exact copies before what is said of near ones.
        for how in [TileMatch::Exact, TileMatch::Near] {
            for (of, (tile, relevance)) in said.iter().enumerate().filter(|(_, (_, said))| *said != Relevance::Unsure) {
                // A picture that looks nearly the same need not be broken, too.
                if how == TileMatch::Near && *relevance == Relevance::Broken {
                    continue;
                }
                for copy in self.copies_of(tile, how) {
                    match wanted.entry(copy.clone()) {
                        Entry::Vacant(entry) => {
                            entry.insert(Some((of, how)));
                        }
                        Entry::Occupied(mut entry) => {
                            // A picture of which two things are said is left to a person.
                            if entry.get().is_some_and(|(other, known)| known == how && said[other].1 != *relevance) {
                                entry.insert(None);
                            }
                        }
                    }
                }
            }
        }
        // The empty path is the name of no tile.
        let known = wanted.into_iter().filter(|(tile, _)| !tile.as_str().is_empty());
        known.filter_map(|(tile, of)| Some((tile, of?))).collect()
    }

    fn copies_of<'c>(&'c self, tile: &'c TilePath, how: TileMatch) -> Vec<&'c TilePath> {
        match self.copies {
            Some(copies) if how == TileMatch::Exact => copies.of_tile(tile).collect(),
            Some(copies) if how == TileMatch::Near => copies.near_of_tile(tile).collect(),
            _ => Vec::new(),
        }
    }
}
