//! Occurrences of a tile: every row of the dataset that contains it, and its role there.

use tilejury_data::{Dataset, Row, SampleIndex, TilePath, TileSlot};

use super::index::SearchIndex;
use super::needles::Needles;
use super::rows::TileTest;
use crate::progress::{Cancelled, Progress};

/// The tile or page to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OccurrenceQuery {
    /// Exactly this tile.
    Tile(TilePath),
    /// The tiles of this tile's page: all in the same folder. A tile without a folder is alone.
    Page(TilePath),
}

/// A row that contains the tile or the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Index of the sample.
    pub sample: SampleIndex,
    /// Whether it is the row's positive.
    pub positive: bool,
    /// Its slots among the row's negatives.
    pub negatives: Vec<TileSlot>,
}

/// Finds every row that contains the tile or the page, by index. Reports the rows.
///
/// # Errors
/// When `progress` cancelled the search.
pub fn occurrences(
    dataset: &Dataset,
    index: &SearchIndex,
    wanted: &OccurrenceQuery,
    progress: &dyn Progress,
) -> Result<Vec<Occurrence>, Cancelled> {
    let test = match wanted {
        OccurrenceQuery::Tile(tile) => TileTest::Is(tile.clone()),
        OccurrenceQuery::Page(tile) => match tile.page() {
            Some(folder) => TileTest::In(folder.to_owned()),
            None => TileTest::Is(tile.clone()),
        },
    };
    let mut found = Vec::new();
    index.visit(dataset, &[test.needles()], progress, |sample, row| {
        let positive = test.holds(&row.positive);
        let numbered = row.negatives.iter().enumerate();
        let negatives: Vec<TileSlot> =
            numbered.filter(|(_, path)| test.holds(path)).map(|(at, _)| TileSlot::new(at + 1)).collect();
        if positive || !negatives.is_empty() {
            found.push(Occurrence { sample, positive, negatives });
        }
    })?;
    Ok(found)
}

/// Calls `visit` with every row that may contain any of the tiles, in order and in one pass.
/// `visit` must check whether it does.
///
/// # Errors
/// When `progress` cancelled the search.
pub(crate) fn rows_with<'a, 't>(
    dataset: &'a Dataset,
    index: &SearchIndex,
    tiles: impl ExactSizeIterator<Item = &'t TilePath>,
    progress: &dyn Progress,
    visit: impl FnMut(SampleIndex, Row<'a>),
) -> Result<(), Cancelled> {
    index.visit(dataset, &Needles::of_any(tiles), progress, visit)
}
