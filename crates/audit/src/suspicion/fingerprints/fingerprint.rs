//! What is remembered of a tile, so that it need not be decoded again: enough to tell copies, blank tiles and candidates.
//!
//! Made from bytes in one pass; the cache keeps it as bytes. Compares nothing but itself.

use std::time::{Duration, Instant};

use tilejury_data::hash::hash;
use tilejury_data::{Pixels, decode};

use super::signature::{BAND_PIXELS, Signature};
use crate::likeness::features::{CoarseRows, Lumas, is_opaque, visible};
use crate::likeness::{Profile, TOLERANCE_LEVELS};

/// The print of a tile.
#[derive(Clone, Debug, PartialEq)]
pub enum TileFingerprint {
    /// Of a tile that could be decoded.
    Readable(PictureFingerprint),
    /// Why it could not, in words.
    Unreadable(Box<str>),
    /// Of a tile that is nowhere: where was looked, in words. Never kept: tomorrow it may be there.
    Missing(Box<str>),
    /// Of a tile whose shard is not here, which is no fault of the tile. Never kept.
    ShardMissing,
}

/// The print of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureFingerprint {
    /// Length of the encoded bytes, and their hash: two of one length and hash are taken for the same.
    pub bytes: (u64, u128),
    /// Hash of size and visible pixels, whatever the encoding.
    pub pixels: u128,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Share of the pixels, 0 to 1, that are ink: more than 16 levels from the ground, in rows that are more than furniture (a
    /// side bar, a frame).
    pub ink: f32,
    /// The rows worth remembering.
    pub(crate) signature: Signature,
    /// How much ink the rows have: for copies at another scale or in other colours.
    pub(crate) profile: Profile,
}

impl TileFingerprint {
    /// The picture's, where there is one.
    pub fn picture(&self) -> Option<&PictureFingerprint> {
        match self {
            Self::Readable(picture) => Some(picture),
            Self::Unreadable(_) | Self::Missing(_) | Self::ShardMissing => None,
        }
    }

    /// The print of pixels whose encoding is of no matter.
    #[cfg(test)]
    pub(crate) fn from_pixels(pixels: &Pixels) -> PictureFingerprint {
        PictureFingerprint::new(&[], pixels)
    }

    /// Decodes the bytes of a tile and makes its print. Also tells how long decoding took.
    pub(crate) fn decode(bytes: &[u8]) -> (Self, Duration) {
        let start = Instant::now();
        let decoded = decode(bytes);
        let decoding = start.elapsed();
        let print = match decoded {
            Ok(pixels) => Self::Readable(PictureFingerprint::new(bytes, &pixels)),
            Err(error) => Self::Unreadable(error.to_string().into()),
        };
        (print, decoding)
    }
}

impl PictureFingerprint {
    fn new(bytes: &[u8], pixels: &Pixels) -> Self {
        let lumas = Lumas::from_pixels(pixels);
        let rows = CoarseRows::in_bands_of(&lumas, BAND_PIXELS);
        Self {
            bytes: (bytes.len() as u64, hash(bytes, 0)),
            pixels: hash_of_pixels(pixels),
            width: pixels.width,
            height: pixels.height,
            ink: ink_share(&lumas, &rows),
            signature: Signature::from_rows(&rows),
            profile: Profile::from_lumas(&lumas),
        }
    }
}

/// A hash of the size and the visible pixels of a picture: two with one hash are taken for the same. Hidden colours do not
/// count.
pub fn hash_of_pixels(pixels: &Pixels) -> u128 {
    let size = u64::from(pixels.width) << 32 | u64::from(pixels.height);
    if is_opaque(pixels.rgba.as_chunks::<4>().0) {
        return hash(&pixels.rgba, size);
    }
    let shown: Vec<u8> = visible(&pixels.rgba).flat_map(u32::to_le_bytes).collect();
    hash(&shown, size)
}

/// The ground is the commonest luma, of every so many pixels; a prime, so that no column is looked at alone.
const GROUND_STEP: usize = 61;

fn ink_share(lumas: &Lumas, rows: &CoarseRows) -> f32 {
    let mut counts = [0_u32; 256];
    lumas.plane().iter().step_by(GROUND_STEP).for_each(|luma| counts[usize::from(*luma)] += 1);
    let ground = (0..=255_u8).max_by_key(|luma| counts[usize::from(*luma)]).unwrap_or(255);
    let is_ink = |luma: &u8| luma.abs_diff(ground) > TOLERANCE_LEVELS;
    let telling = lumas.rows().enumerate().filter(|(y, _)| rows.has_enough_ink(*y));
    // Counted in small numbers within a row, which is what the processor can do to many pixels at once.
    let of_row = |row: &[u8]| {
        row.chunks(255).map(|part| u32::from(part.iter().map(|luma| u8::from(is_ink(luma))).sum::<u8>())).sum::<u32>()
    };
    let ink: u64 = telling.map(|(_, row)| u64::from(of_row(row))).sum();
    ink as f32 / lumas.plane().len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::likeness::drawing::{dot, flat, page};

    #[test]
    fn ink_is_what_stands_out_and_is_no_furniture() {
        let ink = |pixels: &Pixels| PictureFingerprint::new(&[], pixels).ink;
        assert_eq!(ink(&flat(875, 400, 255)), 0.0);
        assert_eq!(ink(&flat(0, 0, 255)), 0.0);
        let mut side_bar = flat(875, 400, 255);
        (0..400).for_each(|y| (0..200).for_each(|x| dot(&mut side_bar, x, y, [40, 60, 90, 255])));
        assert_eq!(ink(&side_bar), 0.0);
        let text = ink(&page(875, 400, 1));
        assert!((0.02..0.4).contains(&text), "{text}");
        let mut word = flat(875, 1000, 30);
        (500..510).for_each(|y| (100..150).for_each(|x| dot(&mut word, x, y, [255, 255, 255, 255])));
        assert!((ink(&word) - 500.0 / 875_000.0).abs() < 1e-6);
    }

    #[test]
    fn hidden_colours_and_encodings_do_not_change_the_hash_of_pixels() {
        let mut a = page(60, 40, 1);
        let mut b = a.clone();
        assert_eq!(hash_of_pixels(&a), hash_of_pixels(&b));
        a.rgba[..4].copy_from_slice(&[1, 2, 3, 0]);
        b.rgba[..4].copy_from_slice(&[9, 9, 9, 0]);
        assert_eq!(hash_of_pixels(&a), hash_of_pixels(&b));
        b.rgba[4] ^= 1;
        assert_ne!(hash_of_pixels(&a), hash_of_pixels(&b));
        assert_ne!(hash_of_pixels(&flat(4, 6, 255)), hash_of_pixels(&flat(6, 4, 255)));
    }

    #[test]
    fn bytes_that_are_no_tile_give_a_reason() {
        let (print, _) = TileFingerprint::decode(&[]);
        assert_eq!(print, TileFingerprint::Unreadable("the file is empty (0 bytes)".into()));
        assert!(print.picture().is_none());
    }
}
