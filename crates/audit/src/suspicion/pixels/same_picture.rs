//! The tile is a copy of a positive under another path: byte for byte, or the same pixels in another encoding. By the hashes of
//! the fingerprints. Strength 1 against the row's own positive and those of the same query, less where queries are only near.
//!
//! What is no copy is handed on, to be looked at for a near picture.

use super::near_picture::PairToCompare;
use super::{PixelInputs, competing_positives};
use crate::suspicion::reason::Reason;
use crate::suspicion::{Finding, Signal};

pub(super) fn find(view: &PixelInputs<'_>, sample: usize, out: &mut Vec<Finding>, want: &mut dyn FnMut(PairToCompare)) {
    let rivals = competing_positives::find(view, sample);
    let Some(own) = rivals.first().map(|rival| rival.tile) else { return };
    for (at, tile) in view.table.tiles(sample).iter().copied().enumerate().skip(1) {
        // The positive itself, or that of a rival, by its path: other signals tell of it.
        let Some(picture) = view.print(tile).and_then(|print| print.picture()).filter(|_| tile != own) else {
            continue;
        };
        let mut wanted_of_tile = Vec::new();
        let mut copy: Option<Finding> = None;
        for rival in rivals.iter().filter(|rival| rival.tile != tile) {
            let Some(other) = view.print(rival.tile).and_then(|print| print.picture()) else { continue };
            let (signal, reason) = if picture.bytes == other.bytes {
                (Signal::SameBytes, Reason::SameBytes(rival.whose))
            } else if picture.pixels == other.pixels {
                (Signal::SamePixels, Reason::SamePixels(rival.whose))
            } else {
                wanted_of_tile.push(PairToCompare { at, tile, rival: *rival });
                continue;
            };
            // Rivals come by likeness: the first copy is the strongest.
            copy = Some(Finding { sample: sample as u32, tile: Some(at), signal, strength: rival.factor, reason });
            break;
        }
        match copy {
            Some(copy) => out.push(copy),
            None => wanted_of_tile.into_iter().for_each(&mut *want),
        }
    }
}
