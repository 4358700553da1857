//! A row, or nearly the same row, is also in another split: a model would be tested on its training
//! data. A sample has one finding, the strongest of: the same query with the same positive
//! (strength 1), a near query with the same positive (0.5 to 0.9 by nearness), the same query with
//! another positive (0.8).
//!
//! `train` and `train_hn` are one split here.

use tilejury_data::SampleIndex;

use super::evidence::Evidence;
use super::other_positive::strength;
use super::positive_queries::compared;
use super::{Finding, Signal, SignalInputs};

const SAME_QUERY_STRENGTH: f32 = 0.8;

pub(super) fn find(inputs: &SignalInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let table = inputs.table;
    let Some((positive, _)) = table.positive_and_negatives(sample) else { return };
    let places = table.places_of_positive(positive);
    let elsewhere = table.elsewhere(sample, &table.rows_by_positive()[places.clone()]);
    let elsewhere = elsewhere.into_iter().map(|range| places.start + range.start..places.start + range.end);
    let query = compared(inputs.queries, table.query(sample), inputs.settings.near_query);
    let by_positive = inputs
        .of_positives
        .nearest(elsewhere, &query)
        .map(|(row, nearness)| (strength(nearness, inputs.settings.near_query), row, nearness, true));
    let of_query = table.rows_with_query(table.query(sample));
    let row_of_query = table.elsewhere(sample, of_query).into_iter().flatten().next().map(|at| of_query[at]);
    let by_query = row_of_query.map(|row| (SAME_QUERY_STRENGTH, row, 1.0, false));
    let leak = by_query.into_iter().chain(by_positive).max_by(|a, b| a.0.total_cmp(&b.0));
    let Some((strength, row, nearness, same_positive)) = leak else { return };
    out.push(Finding {
        sample,
        tile: None,
        signal: Signal::SplitLeak,
        strength,
        evidence: Evidence::SplitLeak { row, nearness, same_positive },
    });
}
