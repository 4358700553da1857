//! The bands of a picture: a few keys of which pictures that share rows of content have one in
//! common, so that near pictures among millions are found by equal keys.
//!
//! A key is the hash of a row of the signature, as it is kept. Of all rows those with the smallest
//! hashes are taken: two pictures that share a part of their rows choose the same ones (MinHash).
//! Proposes only: pictures with other rows may meet, and a copy at another scale does not.

use tilejury_data::hash::hash;

use super::fingerprint::PictureFingerprint;
use super::signature::SignatureLikeness;

/// The most bands of a picture. Two pictures of which a third of all rows is shared have one of
/// these in common in 24 of 25 cases.
pub const BANDS_UP_TO: usize = 8;
/// A picture with fewer rows has no bands: nearly blank tiles would all meet.
const ROWS_AT_LEAST: usize = 3;
/// Distinguishes these hashes from those of files.
const SEED: u64 = 0x6261_6e64;

impl PictureFingerprint {
    /// Returns the bands, in ascending order; none for a picture that is nearly blank.
    pub fn bands(&self) -> Vec<u64> {
        let mut keys: Vec<u64> = self.signature.profiles().map(|row| hash(row, SEED) as u64).collect();
        if keys.len() < ROWS_AT_LEAST {
            return Vec::new();
        }
        keys.sort_unstable();
        keys.dedup();
        keys.truncate(BANDS_UP_TO);
        keys
    }

    /// Compares the signatures of two pictures; `None` if they cannot show the same content at any
    /// vertical shift.
    pub fn likeness_of_signatures(&self, other: &Self) -> Option<SignatureLikeness> {
        let width = self.width.min(other.width);
        self.signature.unpacked(width).likeness(&other.signature.unpacked(width))
    }
}

#[cfg(test)]
mod tests {
    use tilejury_data::Pixels;

    use super::*;
    use crate::drawing::{crop, flat, page};

    fn of(pixels: &Pixels) -> PictureFingerprint {
        PictureFingerprint::new(&[], pixels)
    }

    fn meet(a: &Pixels, b: &Pixels) -> bool {
        let (a, b) = (of(a).bands(), of(b).bands());
        a.iter().any(|key| b.contains(key))
    }

    #[test]
    fn bands_of_scrolled_pages_meet() {
        for seed in 0..10 {
            let long = page(875, 1700, seed);
            let first = crop(&long, 0, 1024);
            for from in [1, 7, 200, 400] {
                assert!(meet(&first, &crop(&long, from, 1024)), "{seed} from {from}");
            }
        }
    }

    #[test]
    fn bands_of_other_pages_and_blank_ones_do_not_meet() {
        assert!((0..20).all(|seed| !meet(&page(875, 1024, seed), &page(875, 1024, seed + 1000))));
        assert!(of(&flat(875, 600, 255)).bands().is_empty());
    }

    #[test]
    fn likeness_of_signatures_has_the_shift() {
        let long = page(875, 1700, 1);
        let found = of(&crop(&long, 0, 1024)).likeness_of_signatures(&of(&crop(&long, 100, 1024)));
        assert!(found.is_some_and(|found| found.shift == -100 && found.distance() < 0.2), "{found:?}");
        assert_eq!(of(&page(875, 600, 1)).likeness_of_signatures(&of(&flat(875, 600, 255))), None);
    }
}
