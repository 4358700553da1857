//! A vision model's review of a tile contradicts the row: the model answered the query from a
//! negative, or could not from the positive.
//!
//! Strength is 1 for CORRECT on a negative; on the positive 0.8 for CANNOT_ANSWER, and 0.6 for
//! WRONG, since a model that misreads a good tile reports that too. These steps are our estimates:
//! such a model judges its own answer, and the gold answer is never compared.

use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};

use super::evidence::Evidence;
use super::external_evidence::{ExternalEvidence, shortened};
use super::{Finding, Signal};
use crate::external::{ExternalSignals, MachineVerdict};

pub(super) fn find(dataset: &Dataset, external: &ExternalSignals, sample: SampleIndex, out: &mut Vec<Finding>) {
    let reviews = external.reviews_of(dataset.entry(sample).key);
    if reviews.is_empty() {
        return;
    }
    let Ok(row) = dataset.row(sample) else { return };
    let positive = TilePath::new(&row.positive);
    let mut push = |tile: TileSlot, path: &TilePath| {
        let Some(review) = reviews.iter().find(|review| review.tile == *path) else { return };
        let Some(strength) = strength(review.verdict, tile.is_positive()) else { return };
        let evidence = ExternalEvidence::Review { verdict: review.verdict, answer: shortened(&review.answer) };
        out.push(Finding {
            sample,
            tile: Some(tile),
            signal: Signal::Review,
            strength,
            evidence: Evidence::External(evidence),
        });
    };
    push(TileSlot::POSITIVE, &positive);
    for (at, spelling) in row.negatives.iter().enumerate() {
        let path = TilePath::new(spelling);
        // Another signal reports the positive among the negatives.
        if path != positive {
            push(TileSlot::new(at + 1), &path);
        }
    }
}

fn strength(verdict: MachineVerdict, is_positive: bool) -> Option<f32> {
    match (verdict, is_positive) {
        (MachineVerdict::Correct, false) => Some(1.0),
        (MachineVerdict::CannotAnswer, true) => Some(0.8),
        (MachineVerdict::Wrong, true) => Some(0.6),
        (MachineVerdict::Correct, true) | (MachineVerdict::CannotAnswer | MachineVerdict::Wrong, false) => None,
    }
}
