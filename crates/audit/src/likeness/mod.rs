//! How alike two pictures are: the best vertical shift, the best scale and place whatever the colours, whether their pixels are the
//! same, and a picture of what differs.
//!
//! Pure functions on decoded pixels. No file, no decoding, no search for candidates: who calls says which two.

mod align;
mod correlation;
mod difference;
#[cfg(test)]
pub(crate) mod drawing;
pub(crate) mod features;
mod guess;
mod ink_grid;
mod overlay;
mod paint;
mod profile;
mod votes;

use tilejury_data::Pixels;

pub use align::{Alignment, Evidence, align};
pub use difference::{Difference, difference};
pub use overlay::Overlay;
pub use paint::{DifferenceColours, TOLERANCE_LEVELS};

pub(crate) use guess::ScaledProfile;
pub(crate) use overlay::overlay;
pub(crate) use profile::Profile;

/// Do two pictures look the same pixel for pixel? Same size, same colours; where both are fully transparent, the hidden
/// colours do not count.
pub fn identical(a: &Pixels, b: &Pixels) -> bool {
    let same_size = (a.width, a.height) == (b.width, b.height) && a.rgba.len() == b.rgba.len();
    same_size && (a.rgba == b.rgba || features::visible(&a.rgba).eq(features::visible(&b.rgba)))
}

#[cfg(test)]
mod tests {
    use super::drawing::{flat, page};
    use super::identical;

    #[test]
    fn hidden_colours_do_not_count() {
        let a = page(60, 40, 1);
        let (mut b, mut c) = (a.clone(), a.clone());
        assert!(identical(&a, &b));
        b.rgba[4 * 7 + 1] ^= 1;
        assert!(!identical(&a, &b));
        c.rgba[4 * 7..4 * 8].copy_from_slice(&[9, 8, 7, 0]);
        b.rgba[4 * 7..4 * 8].copy_from_slice(&[1, 2, 3, 0]);
        assert!(identical(&b, &c));
        assert!(!identical(&a, &c), "transparent is not opaque");
    }

    #[test]
    fn size_counts() {
        assert!(!identical(&flat(4, 6, 255), &flat(6, 4, 255)));
        assert!(identical(&flat(0, 0, 255), &flat(0, 0, 255)));
    }
}
