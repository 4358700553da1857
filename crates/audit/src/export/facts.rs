//! What the rows of a set say, in numbers of one size: an export looks at every row several times, and reads it once.
//!
//! Knows nothing of judgements. What is equal has equal numbers, always. What differs has equal ones by a chance of 1 in 2⁶⁴ a
//! pair (for a set of a million tiles, 1 in 40 million): that could take a negative away without need, and never leave one
//! that harms.

use std::ops::Range;

use rustc_hash::FxHashSet;
use tilejury_data::{Dataset, Row, TilePath};

use super::workers::in_parts;
use crate::hash::hash;
use crate::progress::{Cancelled, Progress, Stage};
use crate::same_query::QueryKey;

/// How often it is asked whether to go on, in rows.
pub(super) const LOOK_UP_EVERY: usize = 4096;
/// What most rows have, for a first guess.
const TILES_A_ROW: usize = 6;

/// Stands for all spellings of a tile's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TileId(u64);

impl TileId {
    pub(crate) fn new(tile: &TilePath) -> Self {
        Self(hash(tile.as_str().as_bytes(), 0) as u64)
    }

    fn from_spelling(spelling: &str) -> Self {
        Self(hash(TilePath::normal(spelling).as_bytes(), 0) as u64)
    }
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowFacts<'f> {
    pub(crate) query: QueryKey,
    pub(crate) positive: TileId,
    /// In the row's order, repeats included.
    pub(crate) negatives: &'f [TileId],
}

impl RowFacts<'_> {
    /// Has the row a tile among its negatives twice?
    pub(crate) fn repeats_a_negative(&self) -> bool {
        /// Up to so many, comparing each with each is the quickest.
        const FEW: usize = 16;
        if self.negatives.len() <= FEW {
            return (1..self.negatives.len()).any(|at| self.negatives[..at].contains(&self.negatives[at]));
        }
        let mut seen = FxHashSet::default();
        !self.negatives.iter().all(|tile| seen.insert(*tile))
    }

    /// How many different tiles are among the negatives.
    pub(crate) fn distinct_negatives(&self) -> usize {
        if !self.repeats_a_negative() {
            return self.negatives.len();
        }
        self.negatives.iter().collect::<FxHashSet<_>>().len()
    }
}

/// Any number of rows, in order.
#[derive(Default)]
pub(crate) struct Facts {
    rows: Vec<RowRange>,
    /// Each positive with its negatives behind it.
    tiles: Vec<TileId>,
}

struct RowRange {
    query: QueryKey,
    tiles: Range<usize>,
}

impl Facts {
    /// Of every row of a set, by sample.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub(crate) fn read(dataset: &Dataset, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let samples: Vec<usize> = (0..dataset.samples.len()).collect();
        let parts = in_parts(&samples, |part| {
            let mut facts = Self::default();
            facts.rows.reserve(part.len());
            facts.tiles.reserve(part.len() * TILES_A_ROW);
            for some in part.chunks(LOOK_UP_EVERY) {
                progress.report(Stage::Rows.step(0, samples.len()))?;
                // A row that was read when the set was opened can be unreadable only where the file was cut since.
                some.iter().for_each(|sample| facts.push(dataset.row(*sample).ok().as_ref()));
            }
            Ok(facts)
        });
        parts.into_iter().collect::<Result<_, _>>().map(Self::joined)
    }

    /// Takes in the next row.
    pub(super) fn push(&mut self, row: Option<&Row<'_>>) {
        let from = self.tiles.len();
        let query = QueryKey::new(row.map_or("", |row| &row.query));
        if let Some(row) = row {
            let spellings = row.spellings();
            self.tiles.extend(spellings.map(TileId::from_spelling));
        }
        self.rows.push(RowRange { query, tiles: from..self.tiles.len() });
    }

    /// The rows of all parts, one part behind the other.
    pub(super) fn joined(parts: Vec<Self>) -> Self {
        let mut all = Self::default();
        all.rows.reserve(parts.iter().map(|part| part.rows.len()).sum());
        all.tiles.reserve(parts.iter().map(|part| part.tiles.len()).sum());
        for part in parts {
            let before = all.tiles.len();
            let moved =
                |place: RowRange| RowRange { tiles: place.tiles.start + before..place.tiles.end + before, ..place };
            all.rows.extend(part.rows.into_iter().map(moved));
            all.tiles.extend(part.tiles);
        }
        all
    }

    /// How many rows there are, unreadable ones included.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A row; `None` for one that could not be read.
    pub(crate) fn row(&self, at: usize) -> Option<RowFacts<'_>> {
        let place = self.rows.get(at)?;
        let (positive, negatives) = self.tiles.get(place.tiles.clone())?.split_first()?;
        Some(RowFacts { query: place.query, positive: *positive, negatives })
    }

    /// All rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Option<RowFacts<'_>>> {
        (0..self.rows.len()).map(|at| self.row(at))
    }
}
