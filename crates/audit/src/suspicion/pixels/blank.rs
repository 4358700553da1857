//! Nothing, or next to nothing, is on the tile: as a negative it teaches nothing, as a positive it answers nothing.
//!
//! Strength is 1 without ink and falls to 0.5 at the share of ink that counts as nearly blank.

use super::PixelInputs;
use crate::suspicion::reason::Reason;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(view: &PixelInputs<'_>, sample: usize, out: &mut Vec<Finding>) {
    let line = view.settings.blank_ink;
    for (at, tile) in view.table.tiles(sample).iter().enumerate() {
        let Some(picture) = view.print(*tile).and_then(|print| print.picture()) else { continue };
        if picture.ink > line {
            continue;
        }
        out.push(Finding {
            sample: sample as u32,
            tile: Some(at),
            signal: Signal::Blank,
            strength: 1.0 - 0.5 * picture.ink / line.max(f32::MIN_POSITIVE),
            reason: Reason::Blank { ink: picture.ink },
        });
    }
}
