//! What the rows of a set say, in numbers of one size: an export looks at every row several times, and reads it once.
//!
//! Knows nothing of judgements. What is equal has equal numbers, always. What differs has equal ones by a chance of 1 in 2⁶⁴ a
//! pair (for a set of a million tiles, 1 in 40 million): that could take a negative away without need, and never leave one
//! that harms.

use std::ops::Range;

use tilejury_data::{Dataset, Row, TilePath};

use super::ExportError;
use super::progress::{Progress, Step};
use super::workers::in_parts;
use crate::hash::hash;
use crate::same_query::QueryKey;

/// How often it is asked whether to go on, in rows.
pub(super) const LOOK_UP_EVERY: usize = 4096;
/// What most rows have, for a first guess.
const TILES_A_ROW: usize = 6;

/// Stands for all spellings of a tile's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TileId(u64);

impl TileId {
    pub(super) fn of(tile: &TilePath) -> Self {
        Self(hash(tile.as_str().as_bytes(), 0) as u64)
    }

    fn of_spelling(spelling: &str) -> Self {
        Self(hash(TilePath::normal(spelling).as_bytes(), 0) as u64)
    }
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowFacts<'f> {
    pub(super) query: QueryKey,
    pub(super) positive: TileId,
    /// In the row's order, repeats included.
    pub(super) negatives: &'f [TileId],
}

/// Any number of rows, in order.
#[derive(Default)]
pub(super) struct Facts {
    rows: Vec<Place>,
    /// Each positive with its negatives behind it.
    tiles: Vec<TileId>,
}

struct Place {
    query: QueryKey,
    tiles: Range<usize>,
}

impl Facts {
    /// Of every row of a set, by sample.
    ///
    /// # Errors
    /// When `progress` stopped it.
    pub(super) fn of(dataset: &Dataset, progress: Progress<'_>) -> Result<Self, ExportError> {
        let samples: Vec<usize> = (0..dataset.samples.len()).collect();
        let parts = in_parts(&samples, |part| {
            let mut facts = Self::default();
            facts.rows.reserve(part.len());
            facts.tiles.reserve(part.len() * TILES_A_ROW);
            for some in part.chunks(LOOK_UP_EVERY) {
                if !progress(Step::Rows, 0, samples.len()) {
                    return Err(ExportError::Cancelled);
                }
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
        let query = QueryKey::of(row.map_or("", |row| &row.query));
        if let Some(row) = row {
            let spellings = row.spellings();
            self.tiles.extend(spellings.map(TileId::of_spelling));
        }
        self.rows.push(Place { query, tiles: from..self.tiles.len() });
    }

    /// The rows of all parts, one part behind the other.
    pub(super) fn joined(parts: Vec<Self>) -> Self {
        let mut all = Self::default();
        all.rows.reserve(parts.iter().map(|part| part.rows.len()).sum());
        all.tiles.reserve(parts.iter().map(|part| part.tiles.len()).sum());
        for part in parts {
            let before = all.tiles.len();
            let moved = |place: Place| Place { tiles: place.tiles.start + before..place.tiles.end + before, ..place };
            all.rows.extend(part.rows.into_iter().map(moved));
            all.tiles.extend(part.tiles);
        }
        all
    }

    /// A row; `None` for one that could not be read.
    pub(super) fn row(&self, at: usize) -> Option<RowFacts<'_>> {
        let place = self.rows.get(at)?;
        let (positive, negatives) = self.tiles.get(place.tiles.clone())?.split_first()?;
        Some(RowFacts { query: place.query, positive: *positive, negatives })
    }

    /// All rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Option<RowFacts<'_>>> {
        (0..self.rows.len()).map(|at| self.row(at))
    }
}
