//! The tile was not found, or its bytes are not a picture: a trainer fails on it or trains on
//! something else. Strength 1.
//!
//! A tile whose shard is missing raises nothing: a shard that was not fetched is not a defect.

use super::PixelInputs;
use crate::suspicion::evidence::Evidence;
use crate::suspicion::fingerprints::TileFingerprint;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(inputs: &PixelInputs<'_>, sample: usize, out: &mut Vec<Finding>) {
    for (at, tile) in inputs.table.tiles(sample).iter().enumerate() {
        let evidence = match inputs.fingerprint(*tile) {
            Some(TileFingerprint::Unreadable(error)) => Evidence::Unreadable(error.clone()),
            Some(TileFingerprint::Missing(searched)) => Evidence::Missing(searched.clone()),
            Some(TileFingerprint::Readable(_) | TileFingerprint::ShardMissing) | None => continue,
        };
        out.push(Finding {
            sample: sample as u32,
            tile: Some(at),
            signal: Signal::Unreadable,
            strength: 1.0,
            evidence,
        });
    }
}
