//! The rows of a picture that are worth remembering: a perceptual hash that survives scrolling.
//!
//! A hash of the whole picture changes when a page is scrolled, and is similar for different pages
//! of text. So rows are hashed, and only those at the peaks of ink: in each line of text the height
//! of small letters and the foot. Peaks move with the page; another renderer and JPEG leave them in
//! place. A row's hash is its coarse profile ([`crate`]) in steps of four bits. Two pictures that
//! share content share peaks at one shift; the pixels decide whether they do show the same.

use super::features::{BANDS, CoarseRows};

/// Columns of a band, so that pictures of different widths are compared over their common bands: 48
/// bands of 18 are 864 pixels, and a tile has 875.
pub(crate) const BAND_PIXELS: usize = 18;
/// A step of the profile is kept in units of this many levels, up to 7 of them.
const UNIT_LEVELS: i32 = 10;
/// Bytes of a row's profile: two bands per byte.
const PACKED_BYTES: usize = BANDS / 2;
/// Most rows kept: 70 take 1.8 KB.
const ROWS_UP_TO: usize = 70;
/// A peak has the most ink of this many rows above and below; the first reach that leaves few
/// enough peaks is taken. Peaks of a wider reach are peaks of a narrower one as well, so pictures
/// of different reach still share some.
const REACHES: [usize; 8] = [3, 4, 6, 8, 12, 18, 30, 60];
/// Rows are similar up to this Bray–Curtis dissimilarity, in 1024ths: somewhat more than the limit
/// of [`crate::align`], since these are rounded.
const UNLIKE_UP_TO: u32 = 400;
/// Peaks of another renderer, or of the same beside other neighbours, are up to this many rows
/// apart.
const DRIFT_UP_TO: usize = 3;
/// This many peaks must match at one shift, or all if a picture has fewer.
const MATCHING_AT_LEAST: usize = 3;
/// One in this many peaks in the overlap must match as well.
const MATCHING_ONE_IN: usize = 5;

/// The rows at the peaks of ink, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signature {
    rows: Box<[SignatureRow]>,
}

/// A row: its position, and its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SignatureRow {
    y: u16,
    profile: [u8; PACKED_BYTES],
}

impl Signature {
    /// Picks the peaks of a picture's rows in bands of [`BAND_PIXELS`].
    pub(super) fn from_rows(rows: &CoarseRows) -> Self {
        let height = rows.len().min(usize::from(u16::MAX));
        let near = |y: usize| y.saturating_sub(1)..(y + 2).min(height);
        let ink: Vec<u32> = (0..height).map(|y| rows.ink[near(y)].iter().sum()).collect();
        let mut peaks = Vec::new();
        for reach in REACHES {
            let is_peak = |y: &usize| {
                let (before, after) = (&ink[y.saturating_sub(reach)..*y], &ink[y + 1..(y + 1 + reach).min(height)]);
                rows.has_enough_ink(*y)
                    && before.iter().all(|other| *other < ink[*y])
                    && after.iter().all(|other| *other <= ink[*y])
            };
            peaks = (0..height).filter(is_peak).collect();
            if peaks.len() <= ROWS_UP_TO {
                break;
            }
        }
        peaks.truncate(ROWS_UP_TO);
        let profile = |y: usize| {
            let near = near(y);
            let count = near.len() as i32;
            let nibble = |band: usize| {
                let sum: i32 = rows.steps[near.clone()].iter().map(|steps| i32::from(steps[band])).sum();
                // Rounded half away from zero, then 1 to 15 with 8 for nothing.
                let units = (2 * sum + sum.signum() * count * UNIT_LEVELS) / (2 * count * UNIT_LEVELS);
                (units.clamp(-7, 7) + 8) as u8
            };
            std::array::from_fn(|pair| nibble(2 * pair) | nibble(2 * pair + 1) << 4)
        };
        Self { rows: peaks.into_iter().map(|y| SignatureRow { y: y as u16, profile: profile(y) }).collect() }
    }

    /// The number of rows; 0 for a picture without ink.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The profiles of its rows, as they are kept.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = &[u8]> {
        self.rows.iter().map(|row| row.profile.as_slice())
    }

    /// Writes it as bytes: for each row its position in two bytes, little-endian, and its profile.
    pub(super) fn to_bytes(&self, into: &mut Vec<u8>) {
        for row in &self.rows {
            into.extend_from_slice(&row.y.to_le_bytes());
            into.extend_from_slice(&row.profile);
        }
    }

    /// Reads it from bytes; `None` if they are not whole rows.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (rows, rest) = bytes.as_chunks::<{ PACKED_BYTES + 2 }>();
        let row = |bytes: &[u8; PACKED_BYTES + 2]| {
            let [low, high, profile @ ..] = *bytes;
            SignatureRow { y: u16::from_le_bytes([low, high]), profile }
        };
        rest.is_empty().then(|| Self { rows: rows.iter().map(row).collect() })
    }

    /// Unpacks it for comparison, over the bands that fit `width` pixels.
    pub(crate) fn unpacked(&self, width: u32) -> UnpackedSignature {
        let bands = (width as usize / BAND_PIXELS).min(BANDS);
        let row = |row: &SignatureRow| {
            let band = |band: usize| row.profile[band / 2] >> (4 * (band % 2)) & 15;
            let steps = std::array::from_fn(|at| if at < bands { band(at) } else { 8 });
            UnpackedRow { y: usize::from(row.y), steps, ink: ink(&steps) }
        };
        UnpackedSignature { rows: self.rows.iter().map(row).collect() }
    }
}

/// A signature with a byte per band.
pub(crate) struct UnpackedSignature {
    rows: Vec<UnpackedRow>,
}

struct UnpackedRow {
    y: usize,
    /// The step of each band; 8 means no step.
    steps: [u8; BANDS],
    ink: u32,
}

impl UnpackedSignature {
    /// Whether the two pictures could show the same content at some vertical shift; `false` rules
    /// it out. Both must have been unpacked for the same width.
    pub(crate) fn could_align(&self, other: &Self) -> bool {
        self.likeness(other).is_some()
    }

    /// The rows that match at the best vertical shift, if they are enough for the same content.
    /// Both must have been unpacked for the same width.
    pub(crate) fn likeness(&self, other: &Self) -> Option<SignatureLikeness> {
        let end = |rows: &[UnpackedRow]| rows.last().map_or(0, |row| row.y + 1);
        let (height, other_height) = (end(&self.rows), end(&other.rows));
        let mut votes = vec![0_u16; height + other_height + 1];
        let mut matches = Vec::new();
        for row in &self.rows {
            for other in other.rows.iter().filter(|other| row.is_like(other)) {
                let shift = other.y + height - row.y;
                votes[shift] = votes[shift].saturating_add(1);
                matches.push((row.y, shift));
            }
        }
        let near = |at: usize| at.saturating_sub(DRIFT_UP_TO)..(at + DRIFT_UP_TO + 1).min(votes.len());
        let together = |at: usize| votes[near(at)].iter().map(|votes| u32::from(*votes)).sum::<u32>();
        let best = (0..votes.len()).max_by_key(|at| together(*at))?;
        let mut matched: Vec<usize> =
            matches.iter().filter(|(_, at)| near(best).contains(at)).map(|(y, _)| *y).collect();
        matched.dedup();
        // Row y of this is at row y + best − height of the other.
        let own_overlap = self.rows.iter().filter(|row| (height..height + other_height).contains(&(row.y + best)));
        let other_overlap = other.rows.iter().filter(|row| (best..best + height).contains(&(row.y + height)));
        let overlap = own_overlap.count().min(other_overlap.count());
        let poorer = self.rows.len().min(other.rows.len());
        let enough = MATCHING_AT_LEAST.min(poorer).max(1);
        let commonest = near(best).rev().max_by_key(|at| votes[*at]).unwrap_or(best);
        let aligns = matched.len() >= enough && matched.len() * MATCHING_ONE_IN >= overlap;
        aligns.then_some(SignatureLikeness {
            shift: commonest as i32 - height as i32,
            matched_rows: matched.len() as u32,
            overlap_rows: overlap as u32,
        })
    }
}

/// The likeness of two pictures by the rows of their signatures, which no pixel confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureLikeness {
    /// The distance, in pixels, by which the first picture's content is further down in the second.
    pub shift: i32,
    /// The number of rows of the first that match a row of the second at this shift.
    pub matched_rows: u32,
    /// The number of rows that could match: the fewer of both in the overlap.
    pub overlap_rows: u32,
}

impl SignatureLikeness {
    /// Returns the share of the rows in the overlap that do not match, 0 to 1.
    pub fn distance(&self) -> f32 {
        1.0 - (self.matched_rows as f32 / self.overlap_rows.max(1) as f32).min(1.0)
    }
}

impl UnpackedRow {
    fn is_like(&self, other: &Self) -> bool {
        let sum = self.ink + other.ink;
        if sum == 0 || self.ink.abs_diff(other.ink) * 1024 > UNLIKE_UP_TO * sum {
            return false;
        }
        let apart: u32 = self.steps.iter().zip(&other.steps).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        apart * 1024 <= UNLIKE_UP_TO * sum
    }
}

fn ink(steps: &[u8; BANDS]) -> u32 {
    steps.iter().map(|step| u32::from(step.abs_diff(8))).sum()
}

#[cfg(test)]
mod tests {
    use tilejury_data::Pixels;

    use super::*;
    use crate::drawing::{crop, flat, page, softened};
    use crate::features::LumaPlane;

    fn of(pixels: &Pixels) -> Signature {
        Signature::from_rows(&CoarseRows::in_bands_of(&LumaPlane::from_pixels(pixels), BAND_PIXELS))
    }

    #[track_caller]
    fn check(a: &Pixels, b: &Pixels, expected: bool) {
        let width = a.width.min(b.width);
        let (a, b) = (of(a).unpacked(width), of(b).unpacked(width));
        assert_eq!((a.could_align(&b), b.could_align(&a)), (expected, expected));
    }

    #[test]
    fn signature_admits_scrolled_cropped_and_softened_pages() {
        let long = page(875, 1700, 1);
        let first = crop(&long, 0, 1024);
        check(&first, &first, true);
        for from in [1, 2, 7, 100, 400, 640] {
            check(&first, &crop(&long, from, 1024), true);
            check(&first, &softened(&crop(&long, from, 1024)), true);
        }
    }

    #[test]
    fn signature_rules_out_other_text() {
        let ruled_out = |a: u64| {
            let signature = |seed| of(&page(875, 1024, seed)).unpacked(875);
            !signature(a).could_align(&signature(a + 1000))
        };
        assert!((0..20).filter(|seed| ruled_out(*seed)).count() >= 19);
        check(&page(875, 600, 1), &flat(875, 600, 255), false);
        check(&flat(875, 600, 255), &flat(875, 600, 255), false);
    }

    #[test]
    fn signature_compares_other_widths_over_common_bands() {
        let wide = page(875, 600, 3);
        let narrow = crop_width(&wide, 500);
        check(&wide, &narrow, true);
    }

    fn crop_width(pixels: &Pixels, width: u32) -> Pixels {
        let row = |y: u32| {
            let from = 4 * (y * pixels.width) as usize;
            pixels.rgba[from..from + 4 * width as usize].iter().copied()
        };
        Pixels { width, height: pixels.height, rgba: (0..pixels.height).flat_map(row).collect() }
    }

    #[test]
    fn signature_survives_its_bytes() {
        let signature = of(&page(875, 1024, 5));
        assert!((20..=ROWS_UP_TO).contains(&signature.len()), "{}", signature.len());
        let mut bytes = Vec::new();
        signature.to_bytes(&mut bytes);
        assert!(bytes.len() < 2048);
        assert_eq!(Signature::from_bytes(&bytes), Some(signature));
        assert_eq!(Signature::from_bytes(&bytes[1..]), None);
        assert_eq!(Signature::from_bytes(&[]), Some(Signature::default()));
    }
}
