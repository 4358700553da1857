//! The row's positive is among its own negatives, in any spelling: a certain false negative.
//! Strength 1.

use tilejury_data::SampleIndex;

use super::evidence::Evidence;
use super::{Finding, Signal, SignalInputs};

pub(super) fn find(inputs: &SignalInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let Some((positive, negatives)) = inputs.table.positive_and_negatives(sample) else { return };
    out.extend(negatives.filter(|(_, tile)| *tile == positive).map(|(at, _)| Finding {
        sample,
        tile: Some(at),
        signal: Signal::OwnPositive,
        strength: 1.0,
        evidence: Evidence::OwnPositive,
    }));
}
