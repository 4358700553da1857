//! The tile was not found, or its bytes are not a picture: a trainer fails on it or trains on
//! something else. Strength 1.
//!
//! A tile whose shard is missing raises nothing: a shard that was not fetched is not a defect.

use tilejury_data::SampleIndex;

use super::PixelInputs;
use crate::suspicion::evidence::Evidence;
use crate::suspicion::fingerprints::TileFingerprint;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(inputs: &PixelInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    for (at, tile) in inputs.table.slots(sample) {
        let evidence = match inputs.fingerprint(tile) {
            Some(TileFingerprint::Unreadable(error)) => Evidence::Unreadable(error.clone()),
            Some(TileFingerprint::Missing(searched)) => Evidence::Missing(searched.clone()),
            Some(TileFingerprint::Readable(_) | TileFingerprint::Adopted(_) | TileFingerprint::ShardMissing) | None => {
                continue;
            }
        };
        out.push(Finding { sample, tile: Some(at), signal: Signal::Unreadable, strength: 1.0, evidence });
    }
}
