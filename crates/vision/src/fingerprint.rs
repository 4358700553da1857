//! The fingerprint of a picture, which replaces decoding it again: enough to recognise copies,
//! blank tiles and candidates.
//!
//! Computed in one pass; can be written as bytes for a cache. Compares nothing itself.

use tilejury_data::Pixels;
use tilejury_data::hash::hash;

use super::features::{CoarseRows, LumaPlane, is_opaque, visible};
use super::paint::TOLERANCE_LEVELS;
use super::profile::Profile;
use super::signature::{BAND_PIXELS, Signature};

/// The fingerprint of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureFingerprint {
    /// Length of the encoded bytes, and their hash: two pictures with the same length and hash
    /// count as the same.
    pub bytes: (u64, u128),
    /// Hash of the size and the visible pixels, independent of the encoding.
    pub pixels: u128,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Share of the pixels, 0 to 1, that are ink: more than 16 levels from the ground, in rows that
    /// are not just furniture (a side bar, a frame).
    pub ink: f32,
    /// The signature: the rows worth remembering.
    pub(crate) signature: Signature,
    /// The ink of the rows, for copies at another scale or in other colours.
    pub(crate) profile: Profile,
}

impl PictureFingerprint {
    /// Computes the fingerprint of a picture and the bytes that it was decoded from.
    pub fn new(bytes: &[u8], pixels: &Pixels) -> Self {
        let lumas = LumaPlane::from_pixels(pixels);
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

    /// Writes it as bytes, little-endian: length and hash of the encoded bytes (8 + 16), hash of
    /// the pixels (16), width and height (4 + 4), ink (4), the length of the profile (2) and the
    /// profile, then the rows of the signature.
    pub fn to_bytes(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes.0.to_le_bytes());
        out.extend_from_slice(&self.bytes.1.to_le_bytes());
        out.extend_from_slice(&self.pixels.to_le_bytes());
        out.extend_from_slice(&self.width.to_le_bytes());
        out.extend_from_slice(&self.height.to_le_bytes());
        out.extend_from_slice(&self.ink.to_le_bytes());
        let profile = self.profile.to_bytes();
        out.extend_from_slice(&(profile.len() as u16).to_le_bytes());
        out.extend_from_slice(&profile);
        self.signature.to_bytes(out);
    }

    /// Reads it from bytes; `None` if they are not a fingerprint.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        Some(Self {
            bytes: (u64::from_le_bytes(take(rest)?), u128::from_le_bytes(take(rest)?)),
            pixels: u128::from_le_bytes(take(rest)?),
            width: u32::from_le_bytes(take(rest)?),
            height: u32::from_le_bytes(take(rest)?),
            ink: f32::from_le_bytes(take(rest)?),
            profile: {
                let length = u16::from_le_bytes(take(rest)?);
                let (profile, signature) = rest.split_at_checked(usize::from(length))?;
                *rest = signature;
                Profile::from_bytes(profile)?
            },
            signature: Signature::from_bytes(rest)?,
        })
    }
}

/// Takes the next `N` bytes.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

/// A hash of the size and the visible pixels of a picture: two pictures with the same hash count as
/// the same. Hidden colours do not count.
pub fn hash_of_pixels(pixels: &Pixels) -> u128 {
    let size = u64::from(pixels.width) << 32 | u64::from(pixels.height);
    if is_opaque(pixels.rgba.as_chunks::<4>().0) {
        return hash(&pixels.rgba, size);
    }
    let shown: Vec<u8> = visible(&pixels.rgba).flat_map(u32::to_le_bytes).collect();
    hash(&shown, size)
}

/// The ground is the commonest luma, counted at one pixel in this many. A prime, so that no column
/// is sampled alone.
const GROUND_STEP: usize = 61;

fn ink_share(lumas: &LumaPlane, rows: &CoarseRows) -> f32 {
    let mut counts = [0_u32; 256];
    lumas.plane().iter().step_by(GROUND_STEP).for_each(|luma| counts[usize::from(*luma)] += 1);
    let ground = (0..=255_u8).max_by_key(|luma| counts[usize::from(*luma)]).unwrap_or(255);
    let is_ink = |luma: &u8| luma.abs_diff(ground) > TOLERANCE_LEVELS;
    let distinctive = lumas.rows().enumerate().filter(|(y, _)| rows.has_enough_ink(*y));
    // The processor can count many pixels at once in small numbers within a row.
    let of_row = |row: &[u8]| {
        row.chunks(255).map(|part| u32::from(part.iter().map(|luma| u8::from(is_ink(luma))).sum::<u8>())).sum::<u32>()
    };
    let ink: u64 = distinctive.map(|(_, row)| u64::from(of_row(row))).sum();
    ink as f32 / lumas.plane().len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use tilejury_data::decode;

    use super::*;
    use crate::drawing::{dot, flat, page};

    #[test]
    fn ink_ignores_ground_and_furniture() {
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
    fn hash_of_pixels_ignores_hidden_colours_and_encoding() {
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
    fn fingerprint_survives_its_bytes() {
        let png = tilejury_testkit::picture::page(875, 300, 4, 0);
        let picture = PictureFingerprint::new(&png, &decode(&png).unwrap());
        assert!(picture.signature.len() > 10 && picture.ink > 0.01);
        let mut bytes = Vec::new();
        picture.to_bytes(&mut bytes);
        assert_eq!(PictureFingerprint::from_bytes(&bytes), Some(picture));
        for end in [0, 20, bytes.len() - 1] {
            assert_eq!(PictureFingerprint::from_bytes(&bytes[..end]), None);
        }
    }
}
