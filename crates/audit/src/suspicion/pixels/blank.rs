//! A tile is blank or nearly so: as a negative it teaches nothing, as a positive it answers
//! nothing.
//!
//! Strength is 1 without ink and falls to 0.5 at the highest share of ink of a nearly blank tile.

use tilejury_data::SampleIndex;

use super::PixelInputs;
use crate::suspicion::evidence::Evidence;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(inputs: &PixelInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let threshold = inputs.settings.blank_ink;
    for (at, tile) in inputs.table.slots(sample) {
        let Some(picture) = inputs.picture(tile) else { continue };
        if picture.ink > threshold {
            continue;
        }
        out.push(Finding {
            sample,
            tile: Some(at),
            signal: Signal::Blank,
            strength: 1.0 - 0.5 * picture.ink / threshold.max(f32::MIN_POSITIVE),
            evidence: Evidence::Blank { ink: picture.ink },
        });
    }
}
