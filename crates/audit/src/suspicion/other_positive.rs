//! A negative is the positive of another row with the same or a near query: so the negative very
//! likely answers the query.
//!
//! Only rows whose positive is this same tile are compared. Strength is 1 for the same query; else
//! it grows from 0.5 at the least nearness of near queries towards 0.9. `docs/signals.md` explains
//! the nearness of queries.

use tilejury_data::SampleIndex;

use super::evidence::Evidence;
use super::positive_queries::compared;
use super::{Finding, Signal, SignalInputs};

pub(super) fn find(inputs: &SignalInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let (table, least) = (inputs.table, inputs.settings.near_query);
    let Some((positive, negatives)) = table.positive_and_negatives(sample) else { return };
    let query = compared(inputs.queries, table.query(sample), least);
    let places = negatives.filter(|(_, tile)| *tile != positive).map(|(at, tile)| (at, table.places_of_positive(tile)));
    for (at, places) in inputs.of_positives.brought(places) {
        let Some((row, nearness)) = inputs.of_positives.nearest(std::iter::once(places), &query) else { continue };
        out.push(Finding {
            sample,
            tile: Some(at),
            signal: Signal::OtherPositive,
            strength: strength(nearness, least),
            evidence: Evidence::OtherPositive { row, nearness },
        });
    }
}

/// Returns the strength for a nearness of at least `least`.
pub(super) fn strength(nearness: f32, least: f32) -> f32 {
    if nearness >= 1.0 {
        return 1.0;
    }
    0.5 + 0.4 * ((nearness - least) / (1.0 - least).max(f32::EPSILON)).clamp(0.0, 1.0)
}
