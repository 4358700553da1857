//! The positives that a row's negatives are compared with: its own, and those of rows with the same
//! or a near query.

use tilejury_data::SampleIndex;

use super::{PixelInputs, PositiveOwner};
use crate::suspicion::other_positive::strength;
use crate::suspicion::positive_queries::COMPARED_UP_TO;

/// A positive to compare with.
#[derive(Clone, Copy)]
pub(super) struct ComparedPositive {
    /// The number of its tile.
    pub(super) tile: u32,
    pub(super) owner: PositiveOwner,
    /// The factor for the strength of a finding, 0 to 1: lower if the queries are only near.
    pub(super) factor: f32,
}

/// Returns a row's own positive first, then the others by nearness of their queries, each tile
/// once.
pub(super) fn find(inputs: &PixelInputs<'_>, sample: SampleIndex) -> Vec<ComparedPositive> {
    let Some(own) = inputs.table.tiles(sample).first() else { return Vec::new() };
    let mut positives = vec![ComparedPositive { tile: *own, owner: PositiveOwner::Own, factor: 1.0 }];
    let query = inputs.table.query(sample);
    // Rows that cannot be read are under the empty query, without tiles.
    let same = [(query, 1.0)].into_iter().chain(inputs.near_queries.near(query));
    let rows =
        same.flat_map(|(query, nearness)| inputs.table.rows_with_query(query).iter().map(move |row| (*row, nearness)));
    for (row, nearness) in rows.take(COMPARED_UP_TO) {
        let Some(tile) = inputs.table.tiles(row).first() else { continue };
        if positives.iter().all(|positive| positive.tile != *tile) {
            let factor = strength(nearness, inputs.settings.near_query);
            positives.push(ComparedPositive { tile: *tile, owner: PositiveOwner::Other { row, nearness }, factor });
        }
    }
    positives
}
