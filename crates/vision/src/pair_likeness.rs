//! The likeness of two pictures, and the least shares at which it counts.

use super::overlay::Overlay;

/// Least share of the positive's rows in the overlap to count at all, and to count in full.
pub const OVERLAP: (f32, f32) = (0.1, 1.0 / 3.0);
/// Most of the rows in the overlap must agree: pages of one site share a head that can fill a third
/// of a tile.
pub const EQUAL_AT_LEAST: f32 = 0.5;
/// Least share of ink that must agree in a copy at another scale, and the least share that counts
/// in full: if another scale blurs it or a watermark lies over it, some words agree with nothing.
pub const AGREEING: (f32, f32) = (0.72, 0.8);
/// The content that a pair of pictures was found to share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairLikeness {
    /// The distance, in pixels, by which the first picture's content is further down in the second.
    pub shift: i32,
    /// Share, 0 to 1, of the rows with ink in the overlap that agree; 0 if nothing lines up.
    pub equal_rows: f32,
    /// Rows of the first picture that overlap a row of the second.
    pub overlap_rows: u32,
    /// Whether the rows are equal to the pixel, not merely similar.
    pub exact: bool,
    /// The position of the first picture in the second, if they are the same picture at another
    /// scale, in other colours, or moved sideways.
    pub overlay: Option<Overlay>,
}
