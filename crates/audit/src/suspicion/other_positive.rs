//! A negative is the positive of another row with the same or a near query: then it very likely
//! answers the query.
//!
//! Only rows whose positive is this same tile are compared. Strength is 1 for the same query; else
//! it grows from 0.5 at the least nearness of near queries to 0.9 at 1. `docs/signals.md` explains
//! the nearness of queries.

use tilejury_data::SampleIndex;

use super::evidence::Evidence;
use super::{Finding, Signal, SignalInputs};

/// The most rows of one positive that are compared with a row; a set that has more of them has
/// other problems.
pub(super) const COMPARED_UP_TO: usize = 256;

pub(super) fn find(inputs: &SignalInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let table = inputs.table;
    let Some((positive, negatives)) = table.positive_and_negatives(sample) else { return };
    for (at, tile) in negatives.filter(|(_, tile)| *tile != positive) {
        let rows = table.rows_with_positive(tile).iter().copied().take(COMPARED_UP_TO);
        let Some((row, likeness)) = nearest(inputs, sample, rows) else { continue };
        out.push(Finding {
            sample,
            tile: Some(at),
            signal: Signal::OtherPositive,
            strength: strength(likeness, inputs.settings.near_query),
            evidence: Evidence::OtherPositive { row, likeness },
        });
    }
}

/// Returns the row whose query is nearest to a sample's, if any is near; of equally near ones the
/// first.
pub(super) fn nearest(
    inputs: &SignalInputs<'_>,
    sample: SampleIndex,
    rows: impl Iterator<Item = SampleIndex>,
) -> Option<(SampleIndex, f32)> {
    let query = inputs.table.query(sample);
    let least = inputs.settings.near_query;
    rows.map(|row| (row, inputs.queries.nearness(query, inputs.table.query(row), least)))
        .filter(|(_, likeness)| *likeness >= least)
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Returns the strength for a likeness of at least `near`.
pub(super) fn strength(likeness: f32, near: f32) -> f32 {
    if likeness >= 1.0 {
        return 1.0;
    }
    0.5 + 0.4 * ((likeness - near) / (1.0 - near).max(f32::EPSILON)).clamp(0.0, 1.0)
}
