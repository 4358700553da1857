//! The likeness of two pictures, and the least shares at which it counts.

use super::fingerprint::PictureFingerprint;
use super::overlay::Overlay;

/// Least share of the positive's rows in the overlap to count at all, and to count in full.
pub const OVERLAP: (f32, f32) = (0.1, 1.0 / 3.0);
/// Most of the rows in the overlap must agree: pages of one site share a head that can fill a third
/// of a tile.
pub const EQUAL_AT_LEAST: f32 = 0.5;
/// Least share of ink that must agree in a copy at another scale, and the least share that counts
/// in full: if another scale blurs it or a watermark lies over it, some words agree with nothing.
pub const AGREEING: (f32, f32) = (0.72, 0.8);

/// Fewer rows of two fingerprints agree in the head of any two pages of a site: these are three or
/// four lines of text.
const FINGERPRINT_ROWS_AT_LEAST: u32 = 8;

/// The kind of rows by which two pictures were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComparedRows {
    /// Rows that are equal to the pixel.
    Exact,
    /// Rows with a similar coarse profile.
    Profiles,
    /// The few rows that fingerprints keep: no pixel was compared.
    Fingerprints,
}

/// The content that a pair of pictures was found to share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairLikeness {
    /// The distance, in pixels, by which the first picture's content is further down in the second.
    pub shift: i32,
    /// Share, 0 to 1, of the rows with ink in the overlap that agree; 0 if nothing lines up.
    pub equal_rows: f32,
    /// Rows of the first picture that overlap a row of the second.
    pub overlap_rows: u32,
    /// The kind of rows that were compared.
    pub rows: ComparedRows,
    /// The position of the first picture in the second, if they are the same picture at another
    /// scale, in other colours, or moved sideways.
    pub overlay: Option<Overlay>,
}

impl PairLikeness {
    /// Compares two pictures by the rows of their fingerprints alone; `None` if these cannot show
    /// the same content at any vertical shift. A copy at another scale or in other colours is not
    /// recognised.
    pub fn of_fingerprints(positive: &PictureFingerprint, other: &PictureFingerprint) -> Option<Self> {
        let found = positive.likeness_of_signatures(other)?;
        if found.matched_rows < FINGERPRINT_ROWS_AT_LEAST {
            return None;
        }
        let (from, to) = (i64::from(-found.shift).max(0), i64::from(other.height) - i64::from(found.shift));
        let overlap = to.min(i64::from(positive.height)) - from;
        Some(Self {
            shift: found.shift,
            equal_rows: 1.0 - found.distance(),
            overlap_rows: u32::try_from(overlap).unwrap_or(0),
            rows: ComparedRows::Fingerprints,
            overlay: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{crop, page};

    #[test]
    fn likeness_of_fingerprints_has_the_overlap_in_pixels() {
        let long = page(875, 1700, 1);
        let of = |from, rows| PictureFingerprint::new(&[], &crop(&long, from, rows));
        let check = |a: (u32, u32), b: (u32, u32), shift, overlap_rows| {
            let found = PairLikeness::of_fingerprints(&of(a.0, a.1), &of(b.0, b.1)).unwrap();
            let expected = (shift, overlap_rows, ComparedRows::Fingerprints);
            assert_eq!((found.shift, found.overlap_rows, found.rows), expected);
            assert!(found.equal_rows > 0.8, "{found:?}");
        };
        check((0, 1024), (100, 1024), -100, 924);
        check((100, 1024), (0, 1024), 100, 924);
        check((0, 1024), (200, 400), -200, 400);
        let other = PictureFingerprint::new(&[], &page(875, 1024, 77));
        assert_eq!(PairLikeness::of_fingerprints(&of(0, 1024), &other), None);
        // All rows of a strip agree, but they are two lines of text.
        assert_eq!(PairLikeness::of_fingerprints(&of(0, 1024), &of(0, 50)), None);
    }
}
