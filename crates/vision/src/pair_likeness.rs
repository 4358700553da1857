//! What two pictures share, and from which shares on that counts.

use super::overlay::Overlay;

/// Share of the positive's rows that the overlap must have to count at all, and to count in full.
pub const OVERLAP: (f32, f32) = (0.1, 1.0 / 3.0);
/// Most of the rows in the overlap must agree: pages of one site share a head that can fill a third of a tile.
pub const EQUAL_AT_LEAST: f32 = 0.5;
/// Of the ink of a copy at another scale so much must agree, and from the second share on it counts in full: where another
/// scale blurs or a watermark lies over it, some words agree with nothing.
pub const AGREEING: (f32, f32) = (0.72, 0.8);
/// What a pair of pictures was found to share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairLikeness {
    /// How far down the first picture's content lies in the second, in pixels.
    pub shift: i32,
    /// Share, 0 to 1, of the rows with ink in the overlap that agree; 0 where nothing lines up.
    pub equal_rows: f32,
    /// Rows of the first picture that meet a row of the second.
    pub overlap_rows: u32,
    /// The rows are equal to the pixel, not merely similar.
    pub exact: bool,
    /// How the first picture lies in the second, where they are the same picture at another scale, in other colours, or moved sideways.
    pub overlay: Option<Overlay>,
}
