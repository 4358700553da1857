//! The rows of a set as keys of one size, for work that compares rows of several sets, or the rows of one many times.
//!
//! Reads no file and knows nothing of judgements; [`RowTable`](super::RowTable) has numbers that count from 0 in one set instead.
//! What is equal has equal numbers, always. What differs has equal ones by a chance of 1 in 2⁶⁴ a
//! pair (for a set of a million tiles, 1 in 40 million): that could take a negative away without need, and never leave one
//! that harms.

use std::ops::Range;

use rustc_hash::FxHashSet;
use tilejury_data::Row;

use super::query_key::QueryKey;
use super::tile_id::TileId;

/// What most rows have, for a first guess.
const TILES_A_ROW: usize = 6;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowFacts<'f> {
    /// Its query.
    pub query: QueryKey,
    /// Its positive.
    pub positive: TileId,
    /// In the row's order, repeats included.
    pub negatives: &'f [TileId],
}

impl RowFacts<'_> {
    /// Has the row a tile among its negatives twice?
    pub fn repeats_a_negative(&self) -> bool {
        /// Up to so many, comparing each with each is the quickest.
        const FEW: usize = 16;
        if self.negatives.len() <= FEW {
            return (1..self.negatives.len()).any(|at| self.negatives[..at].contains(&self.negatives[at]));
        }
        let mut seen = FxHashSet::default();
        !self.negatives.iter().all(|tile| seen.insert(*tile))
    }

    /// How many different tiles are among the negatives.
    pub fn distinct_negatives(&self) -> usize {
        if !self.repeats_a_negative() {
            return self.negatives.len();
        }
        self.negatives.iter().collect::<FxHashSet<_>>().len()
    }
}

/// Any number of rows, in order.
#[derive(Default)]
pub struct Facts {
    rows: Vec<RowRange>,
    /// Each positive with its negatives behind it.
    tiles: Vec<TileId>,
}

struct RowRange {
    query: QueryKey,
    tiles: Range<usize>,
}

impl Facts {
    /// No rows yet, with room for that many.
    pub fn with_capacity(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), tiles: Vec::with_capacity(rows * TILES_A_ROW) }
    }

    /// Takes in the next row.
    pub fn push(&mut self, row: Option<&Row<'_>>) {
        let from = self.tiles.len();
        let query = QueryKey::new(row.map_or("", |row| &row.query));
        if let Some(row) = row {
            let spellings = row.spellings();
            self.tiles.extend(spellings.map(TileId::from_spelling));
        }
        self.rows.push(RowRange { query, tiles: from..self.tiles.len() });
    }

    /// The rows of all parts, one part behind the other.
    pub fn joined(parts: Vec<Self>) -> Self {
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
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A row; `None` for one that could not be read.
    pub fn row(&self, at: usize) -> Option<RowFacts<'_>> {
        let place = self.rows.get(at)?;
        let (positive, negatives) = self.tiles.get(place.tiles.clone())?.split_first()?;
        Some(RowFacts { query: place.query, positive: *positive, negatives })
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = Option<RowFacts<'_>>> {
        (0..self.rows.len()).map(|at| self.row(at))
    }
}
