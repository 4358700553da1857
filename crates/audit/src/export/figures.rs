//! The size of an export: rows, negatives and tiles of each split.
//!
//! Counts; proves nothing.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use tilejury_data::{Dataset, Split};
use tilejury_rows::{RowKeyTable, TileId};

use super::plan::{ExportPlan, PlannedRow};
use super::written::WrittenRows;

/// The figures of one split of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFigures {
    /// Its name.
    pub name: String,
    /// Rows in the dataset.
    pub rows_before: usize,
    /// Written rows.
    pub rows: usize,
    /// Negatives of the written rows, repeats included.
    pub negatives: usize,
    /// Different tiles that the written rows name.
    pub tiles: usize,
}

/// The figures of all splits.
pub(super) struct DatasetFigures {
    /// The splits, in the dataset's order.
    pub(super) splits: Vec<SplitFigures>,
    /// Different tiles that the rows name.
    pub(super) tiles: usize,
}

impl DatasetFigures {
    /// Counts the rows of a plan as they will be read.
    pub(super) fn new(dataset: &Dataset, plan: &ExportPlan, written: &WrittenRows<'_>) -> Self {
        let mut rows = written.rows();
        // The last split that named each tile.
        let mut tiles: FxHashMap<TileId, u32> = FxHashMap::default();
        let of_split = |(index, (split, planned)): (usize, (&Split, &[PlannedRow]))| {
            let mut figures = SplitFigures {
                name: split.name.clone(),
                rows_before: split.rows.len(),
                rows: planned.len(),
                ..SplitFigures::default()
            };
            for row in rows.by_ref().take(planned.len()) {
                figures.negatives += row.negatives.len();
                for tile in std::iter::once(&row.positive).chain(row.negatives) {
                    figures.tiles += usize::from(tiles.insert(*tile, index as u32) != Some(index as u32));
                }
            }
            figures
        };
        let splits = dataset.splits.iter().zip(plan.by_split(dataset)).enumerate().map(of_split).collect();
        Self { splits, tiles: tiles.len() }
    }
}

/// Returns the figures of the splits of a finished export. The number of rows before the export
/// cannot be known from it.
pub(super) fn figures_of_splits(dataset: &Dataset, row_keys: &RowKeyTable) -> Vec<SplitFigures> {
    let named = |split: &Split| SplitFigures { name: split.name.clone(), ..SplitFigures::default() };
    let mut splits: Vec<SplitFigures> = dataset.splits.iter().map(named).collect();
    let mut tiles: FxHashSet<(u16, TileId)> = FxHashSet::default();
    for (sample, row) in dataset.samples.iter().zip(row_keys.rows()) {
        let (Some(row), Some(figures)) = (row, splits.get_mut(usize::from(sample.split))) else { continue };
        figures.rows += 1;
        figures.negatives += row.negatives.len();
        for tile in std::iter::once(&row.positive).chain(row.negatives) {
            figures.tiles += usize::from(tiles.insert((sample.split, *tile)));
        }
    }
    splits
}
