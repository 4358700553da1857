//! Occurrences of a tile: every row of the dataset that contains it, and its role there.

use std::collections::{HashMap, HashSet};

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

/// Finds the rows that contain each of these tiles, by index, in one pass. Reports the rows.
///
/// # Errors
/// When `progress` cancelled the search.
pub fn rows_of_tiles(
    dataset: &Dataset,
    index: &SearchIndex,
    tiles: &[TilePath],
    progress: &dyn Progress,
) -> Result<HashMap<TilePath, Vec<Occurrence>>, Cancelled> {
    let wanted: HashSet<&TilePath> = tiles.iter().collect();
    let mut found: HashMap<TilePath, Vec<Occurrence>> = HashMap::new();
    rows_with(dataset, index, tiles.iter(), progress, |sample, row| {
        for (at, spelling) in row.spellings().enumerate() {
            let (tile, slot) = (TilePath::new(spelling), TileSlot::new(at));
            if !wanted.contains(&tile) {
                continue;
            }
            let rows = found.entry(tile).or_default();
            if rows.last().is_none_or(|last| last.sample != sample) {
                rows.push(Occurrence { sample, positive: false, negatives: Vec::new() });
            }
            let Some(last) = rows.last_mut() else { continue };
            match slot.is_positive() {
                true => last.positive = true,
                false => last.negatives.push(slot),
            }
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
