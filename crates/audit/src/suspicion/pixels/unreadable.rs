//! The tile is nowhere, or its bytes are no picture: a trainer fails on it or trains on something else. Strength 1.
//!
//! A tile whose shard is not here raises nothing: what was not fetched is no defect.

use super::PixelInputs;
use crate::suspicion::fingerprints::TileFingerprint;
use crate::suspicion::reason::Reason;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(view: &PixelInputs<'_>, sample: usize, out: &mut Vec<Finding>) {
    for (at, tile) in view.table.tiles(sample).iter().enumerate() {
        let reason = match view.print(*tile) {
            Some(TileFingerprint::Unreadable(why)) => Reason::Unreadable(why.clone()),
            Some(TileFingerprint::Missing(searched)) => Reason::Missing(searched.clone()),
            Some(TileFingerprint::Readable(_) | TileFingerprint::ShardMissing) | None => continue,
        };
        out.push(Finding { sample: sample as u32, tile: Some(at), signal: Signal::Unreadable, strength: 1.0, reason });
    }
}
