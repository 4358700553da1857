//! The positives that a row's negatives are compared with: its own, and those of rows with the same or a near query.

use super::{PixelInputs, PositiveOwner};
use crate::suspicion::other_positive::{COMPARED_UP_TO, strength};

/// A positive to compare with.
#[derive(Clone, Copy)]
pub(super) struct CompetingPositive {
    /// Its tile number.
    pub(super) tile: u32,
    pub(super) owner: PositiveOwner,
    /// What a finding against it counts, 0 to 1: less where the queries are only near.
    pub(super) factor: f32,
}

/// Of a row: its own positive first, then the others by likeness of their queries, each tile once.
pub(super) fn find(view: &PixelInputs<'_>, sample: usize) -> Vec<CompetingPositive> {
    let Some(own) = view.table.tiles(sample).first() else { return Vec::new() };
    let mut rivals = vec![CompetingPositive { tile: *own, owner: PositiveOwner::Own, factor: 1.0 }];
    let query = view.table.query(sample);
    // Rows that cannot be read stand under the empty query, without tiles.
    let same = [(query, 1.0)].into_iter().chain(view.near_queries.near(query));
    let rows =
        same.flat_map(|(query, likeness)| view.table.rows_with_query(query).iter().map(move |row| (*row, likeness)));
    for (row, likeness) in rows.take(COMPARED_UP_TO) {
        let Some(tile) = view.table.tiles(row as usize).first() else { continue };
        if rivals.iter().all(|rival| rival.tile != *tile) {
            let factor = strength(likeness, view.settings.near_query);
            rivals.push(CompetingPositive { tile: *tile, owner: PositiveOwner::Other { row, likeness }, factor });
        }
    }
    rivals
}
