//! A tile is blank or nearly so: as a negative it teaches nothing, as a positive it answers
//! nothing.
//!
//! Strength is 1 without ink and falls to 0.5 at the highest share of ink of a nearly blank tile.

use super::PixelInputs;
use crate::suspicion::evidence::Evidence;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(inputs: &PixelInputs<'_>, sample: usize, out: &mut Vec<Finding>) {
    let threshold = inputs.settings.blank_ink;
    for (at, tile) in inputs.table.tiles(sample).iter().enumerate() {
        let Some(picture) = inputs.picture(*tile) else { continue };
        if picture.ink > threshold {
            continue;
        }
        out.push(Finding {
            sample: sample as u32,
            tile: Some(at),
            signal: Signal::Blank,
            strength: 1.0 - 0.5 * picture.ink / threshold.max(f32::MIN_POSITIVE),
            evidence: Evidence::Blank { ink: picture.ink },
        });
    }
}
