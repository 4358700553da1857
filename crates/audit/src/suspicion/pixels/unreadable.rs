//! The tile is nowhere, or its bytes are no picture: a trainer fails on it or trains on something else. Strength 1.

use super::View;
use crate::suspicion::prints::Print;
use crate::suspicion::reason::Reason;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(view: &View<'_>, sample: usize, out: &mut Vec<Finding>) {
    for (at, tile) in view.table.tiles(sample).iter().enumerate() {
        let Some(Print::Unreadable(why)) = view.print(*tile) else { continue };
        out.push(Finding {
            sample: sample as u32,
            tile: Some(at),
            signal: Signal::Unreadable,
            strength: 1.0,
            reason: Reason::Unreadable(why.clone()),
        });
    }
}
