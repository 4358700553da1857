//! The tile is a copy of a positive under another path: byte for byte, or the same pixels in
//! another encoding. Uses the hashes of the fingerprints. Strength is 1 against the row's own
//! positive and those of the same query, less if queries are only near.

use tilejury_data::SampleIndex;

use super::pairs::TileComparison;
use crate::suspicion::evidence::Evidence;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(sample: SampleIndex, comparisons: &[TileComparison], out: &mut Vec<Finding>) {
    for comparison in comparisons {
        let TileComparison::Copy { at, positive, same_bytes } = comparison else { continue };
        let (signal, evidence) = if *same_bytes {
            (Signal::SameBytes, Evidence::SameBytes(positive.owner))
        } else {
            (Signal::SamePixels, Evidence::SamePixels(positive.owner))
        };
        out.push(Finding { sample, tile: Some(*at), signal, strength: positive.factor, evidence });
    }
}
