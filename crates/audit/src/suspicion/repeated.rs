//! A negative occurs twice in a row's list, in any spelling: it counts double in training, or hides
//! that a row has fewer negatives than it seems. Strength 1 on each repeat, none on the first.

use tilejury_data::{SampleIndex, TileSlot};

use super::evidence::Evidence;
use super::{Finding, Signal, SignalInputs};

pub(super) fn find(inputs: &SignalInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let tiles = inputs.table.tiles(sample);
    // Lists have two to seven entries; one of many thousands is cut off, since the time grows with
    // the square.
    const COMPARED_UP_TO: usize = 1000;
    let negatives = tiles.get(1..tiles.len().min(COMPARED_UP_TO)).unwrap_or_default();
    for (at, tile) in negatives.iter().enumerate() {
        let Some(first) = negatives[..at].iter().position(|other| other == tile) else { continue };
        out.push(Finding {
            sample,
            tile: Some(TileSlot::new(at + 1)),
            signal: Signal::Repeated,
            strength: 1.0,
            evidence: Evidence::Repeated { first: TileSlot::new(first + 1) },
        });
    }
}
