//! A tile that is a negative in unusually many rows. Retrievers have such hubs (Radovanović,
//! Nanopoulos & Ivanović, 2010, "Hubs in Space"), and a hub that happens to answer is false in all
//! of those rows.
//!
//! A count is unusual if it is at least five rows, and above Q3 + 3 · (Q3 − Q1) of all tiles that
//! are a negative at all (the outer fence of Tukey, 1977). Strength is 1 − usual / count, at least
//! 0.2.

use tilejury_data::SampleIndex;
use tilejury_rows::RowTable;

use super::evidence::Evidence;
use super::{Finding, Signal, SignalInputs};

/// The number of rows in which each tile is a negative, and the largest usual number.
pub(super) struct HubRows {
    /// By tile: the number of distinct rows.
    rows: Vec<u32>,
    usual_up_to: u32,
}

impl HubRows {
    /// Counts the rows of each tile. No tile with fewer than `at_least` rows is a hub.
    pub(super) fn count(table: &RowTable, at_least: u32) -> Self {
        let mut rows = vec![0_u32; table.tile_count()];
        let mut last_row = vec![SampleIndex::new(usize::MAX); table.tile_count()];
        for row in table.indices() {
            for tile in table.tiles(row).iter().skip(1).map(|tile| *tile as usize) {
                rows[tile] += u32::from(last_row[tile] != row);
                last_row[tile] = row;
            }
        }
        let mut counts: Vec<u32> = rows.iter().copied().filter(|count| *count > 0).collect();
        counts.sort_unstable();
        Self { rows, usual_up_to: outer_fence(&counts).max(at_least.saturating_sub(1)) }
    }
}

pub(super) fn find(inputs: &SignalInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let Some((positive, negatives)) = inputs.table.positive_and_negatives(sample) else { return };
    for (at, tile) in negatives.filter(|(_, tile)| *tile != positive) {
        let (rows, usual_up_to) = (inputs.hubs.rows[tile as usize], inputs.hubs.usual_up_to);
        if rows <= usual_up_to {
            continue;
        }
        out.push(Finding {
            sample,
            tile: Some(at),
            signal: Signal::Hub,
            strength: (1.0 - usual_up_to as f32 / rows as f32).max(0.2),
            evidence: Evidence::Hub { rows, usual_up_to },
        });
    }
}

/// Returns Q3 + 3 · (Q3 − Q1) of sorted counts; quartiles are the counts at a quarter and at three
/// quarters of the list.
fn outer_fence(sorted: &[u32]) -> u32 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0 };
    let (first, third) = (sorted[last / 4], sorted[(last * 3).div_ceil(4)]);
    third.saturating_add(3 * (third - first))
}

#[cfg(test)]
mod tests {
    use super::outer_fence;

    #[test]
    fn computes_the_fence_from_the_quartiles() {
        assert_eq!(outer_fence(&[]), 0);
        assert_eq!(outer_fence(&[7]), 7);
        assert_eq!(outer_fence(&[1, 1, 1, 1, 90]), 1);
        assert_eq!(outer_fence(&[1, 2, 3, 4, 5]), 4 + 3 * 2);
    }
}
