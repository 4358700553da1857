//! A negative is the positive of another row with the same or a near query: so the negative very
//! likely answers the query.
//!
//! Only rows whose positive is this same tile are compared. Strength is 1 for the same query; else
//! it grows from 0.5 at the least nearness of near queries towards 0.9. `docs/signals.md` explains
//! the nearness of queries.

use tilejury_data::SampleIndex;

use super::evidence::Evidence;
use super::{Finding, Signal, SignalInputs};

/// The most rows of one positive that are compared with a row; further ones are skipped, to bound
/// the time.
pub(super) const COMPARED_UP_TO: usize = 256;

pub(super) fn find(inputs: &SignalInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let table = inputs.table;
    let Some((positive, negatives)) = table.positive_and_negatives(sample) else { return };
    for (at, tile) in negatives.filter(|(_, tile)| *tile != positive) {
        let rows = table.rows_with_positive(tile).iter().copied().take(COMPARED_UP_TO);
        let Some((row, nearness)) = nearest(inputs, sample, rows) else { continue };
        out.push(Finding {
            sample,
            tile: Some(at),
            signal: Signal::OtherPositive,
            strength: strength(nearness, inputs.settings.near_query),
            evidence: Evidence::OtherPositive { row, nearness },
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
        .filter(|(_, nearness)| *nearness >= least)
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Returns the strength for a nearness of at least `least`.
pub(super) fn strength(nearness: f32, least: f32) -> f32 {
    if nearness >= 1.0 {
        return 1.0;
    }
    0.5 + 0.4 * ((nearness - least) / (1.0 - least).max(f32::EPSILON)).clamp(0.0, 1.0)
}
