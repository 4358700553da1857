//! The rows of a set as keys of one size, for work that compares rows of several sets, or the rows
//! of one set many times.
//!
//! Reads no file and knows no judgement. The numbers of [`RowTable`](super::RowTable) count from 0
//! in one set instead. Equal things always have equal numbers. Different things have equal numbers
//! with a chance of 1 in 2⁶⁴ per pair (for a set of a million tiles, 1 in 40 million): that could
//! drop a negative needlessly, but never keep a harmful one.

use std::ops::Range;

use rustc_hash::FxHashSet;
use tilejury_data::Row;

use super::query_key::QueryKey;
use super::tile_id::TileId;

/// The number of tiles in most rows: a first guess of the capacity.
const TILES_A_ROW: usize = 6;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowKeys<'f> {
    /// The key of its query.
    pub query: QueryKey,
    /// The id of its positive.
    pub positive: TileId,
    /// Its negatives in the row's order, repeats included.
    pub negatives: &'f [TileId],
}

impl RowKeys<'_> {
    /// Whether a tile is twice among the row's negatives.
    pub fn repeats_a_negative(&self) -> bool {
        /// Up to this number, comparing each with each is the quickest.
        const FEW: usize = 16;
        if self.negatives.len() <= FEW {
            return (1..self.negatives.len()).any(|at| self.negatives[..at].contains(&self.negatives[at]));
        }
        let mut seen = FxHashSet::default();
        !self.negatives.iter().all(|tile| seen.insert(*tile))
    }

    /// The number of different tiles among the negatives.
    pub fn distinct_negatives(&self) -> usize {
        if !self.repeats_a_negative() {
            return self.negatives.len();
        }
        self.negatives.iter().collect::<FxHashSet<_>>().len()
    }
}

/// Rows of any number, in order.
#[derive(Default)]
pub struct RowKeyTable {
    rows: Vec<RowRange>,
    /// Each positive, followed by its negatives.
    tiles: Vec<TileId>,
}

struct RowRange {
    query: QueryKey,
    tiles: Range<usize>,
}

impl RowKeyTable {
    /// Starts without rows, with room for this number.
    pub fn with_capacity(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), tiles: Vec::with_capacity(rows * TILES_A_ROW) }
    }

    /// Adds the next row; `None` for one that could not be read.
    pub fn push(&mut self, row: Option<&Row<'_>>) {
        let start = self.tiles.len();
        let query = QueryKey::new(row.map_or("", |row| &row.query));
        if let Some(row) = row {
            let spellings = row.spellings();
            self.tiles.extend(spellings.map(TileId::from_spelling));
        }
        self.rows.push(RowRange { query, tiles: start..self.tiles.len() });
    }

    /// Joins the rows of all parts, one part after the other.
    pub fn joined(parts: Vec<Self>) -> Self {
        let mut all = Self::default();
        all.rows.reserve(parts.iter().map(|part| part.rows.len()).sum());
        all.tiles.reserve(parts.iter().map(|part| part.tiles.len()).sum());
        for part in parts {
            let offset = all.tiles.len();
            let shift = |row: RowRange| RowRange { tiles: row.tiles.start + offset..row.tiles.end + offset, ..row };
            all.rows.extend(part.rows.into_iter().map(shift));
            all.tiles.extend(part.tiles);
        }
        all
    }

    /// The number of rows, unreadable ones included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row at an index; `None` for one that could not be read.
    pub fn row(&self, index: usize) -> Option<RowKeys<'_>> {
        let row = self.rows.get(index)?;
        let (positive, negatives) = self.tiles.get(row.tiles.clone())?.split_first()?;
        Some(RowKeys { query: row.query, positive: *positive, negatives })
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = Option<RowKeys<'_>>> {
        (0..self.rows.len()).map(|index| self.row(index))
    }
}
