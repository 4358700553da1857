//! The rows of conflicts: a tile is marked “not relevant” as a negative in one row, and is the
//! positive of another row of the same query. Finds them; settles nothing.

use rustc_hash::FxHashMap;

use tilejury_data::SampleIndex;
use tilejury_rows::{QueryKey, RowKeyTable, TileId};

use super::QueryTile;

/// The rows of one conflict, by sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Rows that have the tile as their positive.
    pub positives: Vec<SampleIndex>,
    /// Rows of the same query where it is a negative.
    pub negatives: Vec<SampleIndex>,
}

impl Conflict {
    /// All rows, those with the positive first.
    pub fn rows(&self) -> impl Iterator<Item = SampleIndex> {
        self.positives.iter().chain(&self.negatives).copied()
    }
}

/// Returns the conflicts among the rows.
pub(super) fn conflicts(row_keys: &RowKeyTable, is_conflict: impl Fn(QueryKey, TileId) -> bool) -> Vec<Conflict> {
    let mut found: Vec<Conflict> = Vec::new();
    let mut indices: FxHashMap<QueryTile, usize> = FxHashMap::default();
    for (sample, row) in SampleIndex::first(row_keys.len()).zip(row_keys.rows()) {
        let Some(row) = row.filter(|row| is_conflict(row.query, row.positive)) else { continue };
        let index = *indices.entry((row.query, row.positive)).or_insert_with(|| {
            found.push(Conflict::default());
            found.len() - 1
        });
        found[index].positives.push(sample);
    }
    for (sample, row) in SampleIndex::first(row_keys.len()).zip(row_keys.rows()) {
        let Some(row) = row else { continue };
        for tile in row.negatives.iter().filter(|tile| **tile != row.positive) {
            let Some(index) = indices.get(&(row.query, *tile)) else { continue };
            let negatives = &mut found[*index].negatives;
            if negatives.last() != Some(&sample) {
                negatives.push(sample);
            }
        }
    }
    found
}
