//! The scale, colours and margins of a positive's picture in a tile, and their wording.
//!
//! Finds nothing; `pixels/near_picture.rs` does.

use tilejury_vision::Overlay;

use crate::text::count;

/// The largest difference of a scale from 1 that counts as none: the profiles are no more precise.
const SAME_SCALE: f32 = 0.006;
/// The least number of pixels, cut off or moved, that is mentioned; fewer may come from the edges
/// of letters.
const PIXELS_AT_LEAST: f32 = 0.75;
/// The same at another scale, which is known to a quarter of a percent: two pixels at the far edge
/// of a tile.
const PIXELS_AT_LEAST_SCALED: f32 = 4.0;

/// The scale, colours and margins of a positive's picture in a tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CopyPlacement {
    /// The scale of the picture in the tile; 1 if it is as large as the positive.
    pub scale: f32,
    /// Whether one is dark on light and the other light on dark.
    pub inverted: bool,
    /// Pixels of the positive that are cut off at the left, the top, the right and the bottom.
    pub cut: [u32; 4],
    /// Pixels of the tile between its left and upper edge and the picture's.
    pub moved: [u32; 2],
    /// Share, 0 to 1, of the ink in the overlap that agrees.
    pub agreeing: f32,
}

impl CopyPlacement {
    /// Takes the placement from an overlay and the sizes of both pictures, the positive's and the
    /// tile's, each a width and a height.
    pub(super) fn new(overlay: &Overlay, (own, tile): ((u32, u32), (u32, u32))) -> Self {
        let scale = if (overlay.scale - 1.0).abs() <= SAME_SCALE { 1.0 } else { overlay.scale };
        let least = if scale == 1.0 { PIXELS_AT_LEAST } else { PIXELS_AT_LEAST_SCALED };
        let whole = |pixels: f32| if pixels >= least { pixels.round() as u32 } else { 0 };
        let beyond = |own: u32, moved: f32, tile: u32| (own as f32 * scale + moved - tile as f32) / scale;
        let cut = [
            -overlay.right / scale,
            -overlay.down / scale,
            beyond(own.0, overlay.right, tile.0),
            beyond(own.1, overlay.down, tile.1),
        ];
        let moved = [whole(overlay.right), whole(overlay.down)];
        Self { scale, inverted: overlay.inverted, cut: cut.map(whole), moved, agreeing: overlay.agreeing }
    }

    /// Returns the share, 0 to 1, of the area of a positive of that width and height that is not
    /// cut off.
    pub(super) fn part_inside(&self, width: u32, height: u32) -> f32 {
        let [left, top, right, bottom] = self.cut;
        let kept = |size: u32, cut: u32| size.saturating_sub(cut) as f32 / size.max(1) as f32;
        kept(width, left + right) * kept(height, top + bottom)
    }

    /// Returns the differences, and how well the rest agrees.
    pub(super) fn words(&self) -> String {
        let mut words = Vec::new();
        if self.scale != 1.0 {
            words.push(format!("scaled to {:.0} %", 100.0 * self.scale));
        }
        if self.inverted {
            words.push("in inverted colours".into());
        }
        let sides = |pixels: &[u32], names: &[&str]| {
            let one = |(pixels, name): (&u32, &&str)| format!("{} {name}", count(*pixels as usize, "pixel"));
            pixels.iter().zip(names).filter(|(pixels, _)| **pixels > 0).map(one).collect::<Vec<_>>().join(" and ")
        };
        let moved = sides(&self.moved, &["to the right", "down"]);
        if !moved.is_empty() {
            words.push(format!("moved {moved}"));
        }
        let cut = sides(&self.cut, &["at the left", "at the top", "at the right", "at the bottom"]);
        if !cut.is_empty() {
            words.push(format!("cut by {cut}"));
        }
        if words.is_empty() {
            words.push("rendered or compressed differently".into());
        }
        format!(", {}: {:.0} % of its ink agrees", words.join(", "), 100.0 * self.agreeing)
    }
}
