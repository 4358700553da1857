//! Equality of two pictures, pixel for pixel.
//!
//! Compares the pixels themselves; [`crate::hash_of_pixels`] hashes them.

use tilejury_data::Pixels;

use super::features::visible;

/// Whether two pictures look the same pixel for pixel: same size, same colours. Where both are
/// fully transparent, the hidden colours do not count.
pub fn identical(a: &Pixels, b: &Pixels) -> bool {
    let same_size = (a.width, a.height) == (b.width, b.height) && a.rgba.len() == b.rgba.len();
    same_size && (a.rgba == b.rgba || visible(&a.rgba).eq(visible(&b.rgba)))
}

#[cfg(test)]
mod tests {
    use super::identical;
    use crate::drawing::{flat, page};

    #[test]
    fn identical_ignores_hidden_colours() {
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
    fn identical_compares_sizes() {
        assert!(!identical(&flat(4, 6, 255), &flat(6, 4, 255)));
        assert!(identical(&flat(0, 0, 255), &flat(0, 0, 255)));
    }
}
