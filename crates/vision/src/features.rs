//! Features of a row of pixels: an exact hash, and a coarse profile that survives another renderer
//! or JPEG.
//!
//! Rows only; other modules decide which rows of two pictures match.

use std::collections::HashMap;
use std::ops::Range;

use tilejury_data::Pixels;

/// Columns of the coarse profile. A tile of 875 pixels has bands of 18: two or three letters.
pub(crate) const BANDS: usize = 48;
/// A row whose pattern occurs more often than this in its picture is furniture (a rule, a border
/// beside blank space) and does not identify a position on the page.
const REPEATS_UP_TO: usize = 8;
/// Least sum of the profile's steps, in levels of 255, for a row to count as ink: less is noise of
/// JPEG on a plain ground.
const INK_AT_LEAST: u32 = 2 * BANDS as u32;

/// The colours that a person sees: all fully transparent pixels have one colour.
pub(crate) fn visible(rgba: &[u8]) -> impl Iterator<Item = u32> {
    rgba.as_chunks::<4>().0.iter().map(|pixel| if pixel[3] == 0 { 0 } else { u32::from_le_bytes(*pixel) })
}

/// The first `columns` pixels of a row, four bytes each; empty if there is no such row.
pub(super) fn row(pixels: &Pixels, y: u32, columns: u32) -> &[u8] {
    let start = y as usize * pixels.width as usize * 4;
    let len = columns.min(pixels.width) as usize * 4;
    pixels.rgba.get(start..start + len).unwrap_or_default()
}

/// Luma of a pixel on white paper, 0 (black) to 255 (white): the weights of ITU-R BT.709, in
/// 256ths.
pub(crate) fn luma([r, g, b, alpha]: [u8; 4]) -> u8 {
    let luma = (54 * u32::from(r) + 183 * u32::from(g) + 19 * u32::from(b)) >> 8;
    let alpha = u32::from(alpha);
    ((luma * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Whether every pixel is fully opaque.
pub(crate) fn is_opaque(pixels: &[[u8; 4]]) -> bool {
    pixels.iter().fold(u32::MAX, |all, pixel| all & u32::from_le_bytes(*pixel)) >> 24 == 255
}

/// The lumas of a picture, a byte per pixel, rows top to bottom.
pub(crate) struct LumaPlane {
    width: usize,
    height: usize,
    plane: Vec<u8>,
}

impl LumaPlane {
    /// Computes the same values as [`luma`], without its division if a row is opaque, as nearly all
    /// are.
    pub(crate) fn from_pixels(pixels: &Pixels) -> Self {
        let mut plane = Vec::with_capacity(pixels.rgba.len() / 4);
        for y in 0..pixels.height {
            let row = row(pixels, y, pixels.width).as_chunks::<4>().0;
            if is_opaque(row) {
                // The compiler can vectorise work on the whole pixel as one number.
                let opaque =
                    |pixel: u32| (54 * (pixel & 255) + 183 * (pixel >> 8 & 255) + 19 * (pixel >> 16 & 255)) >> 8;
                plane.extend(row.iter().map(|pixel| opaque(u32::from_le_bytes(*pixel)) as u8));
            } else {
                plane.extend(row.iter().map(|pixel| luma(*pixel)));
            }
        }
        Self { width: pixels.width as usize, height: pixels.height as usize, plane }
    }

    /// All lumas.
    pub(crate) fn plane(&self) -> &[u8] {
        &self.plane
    }

    /// The lumas row by row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.height).map(|y| self.plane.get(y * self.width..(y + 1) * self.width).unwrap_or_default())
    }
}

/// The rows of a picture by exact content.
pub(super) struct ExactRows {
    /// The hash of each row; equal pixels give equal hashes.
    pub(super) hashes: Vec<u64>,
    /// Whether each row identifies a position: it is not of one colour, and its pattern is rare in
    /// the picture.
    pub(super) distinctive: Vec<bool>,
}

impl ExactRows {
    /// Reads the first `columns` pixels of each row.
    pub(super) fn from_pixels(pixels: &Pixels, columns: u32) -> Self {
        let mut hashes = Vec::with_capacity(pixels.height as usize);
        let mut inked = Vec::with_capacity(pixels.height as usize);
        let mut count: HashMap<u64, usize> = HashMap::new();
        for y in 0..pixels.height {
            let (hash, ink) = hash(row(pixels, y, columns));
            *count.entry(hash).or_default() += 1;
            hashes.push(hash);
            inked.push(ink);
        }
        let rare = |hash| count.get(hash).is_some_and(|count| *count <= REPEATS_UP_TO);
        let distinctive = hashes.iter().zip(&inked).map(|(hash, ink)| *ink && rare(hash)).collect();
        Self { hashes, distinctive }
    }
}

/// Returns a hash of a row's visible pixels, and whether they have more than one colour. Multiplies
/// and rotates, as rustc's FxHasher does: equal rows are compared by pixels later, so a collision
/// in a million pages costs nothing.
fn hash(row: &[u8]) -> (u64, bool) {
    let mut pixels = visible(row);
    let Some(first) = pixels.next() else { return (0, false) };
    let step = |hash: u64, pixel: u32| (hash.rotate_left(5) ^ u64::from(pixel)).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (mut sum, mut ink) = (step(0, first), false);
    for pixel in pixels {
        sum = step(sum, pixel);
        ink |= pixel != first;
    }
    (sum, ink)
}

/// The rows of a picture by their coarse profile: mean luma in [`BANDS`] columns of equal width, as
/// steps from band to band, so that a plain ground of any shade is nothing and text is much. The
/// commonest step of each band is subtracted: it is furniture, such as the edge of a side bar, and
/// would be similar in every row.
pub(crate) struct CoarseRows {
    /// The step of each row and band, in levels of 255.
    pub(crate) steps: Vec<[i16; BANDS]>,
    /// The sum of each row's steps.
    pub(crate) ink: Vec<u32>,
}

impl CoarseRows {
    /// Reads the first `columns` pixels of each row, in bands that divide them evenly.
    pub(crate) fn from_pixels(pixels: &Pixels, columns: u32) -> Self {
        let edge = |band: usize| band * columns as usize / BANDS;
        Self::in_bands(
            &LumaPlane::from_pixels(pixels),
            &std::array::from_fn(|band| edge(band)..edge(band + 1).max(edge(band) + 1)),
        )
    }

    /// Reads the first [`BANDS`] bands of `band_pixels` pixels each, so that the profiles of
    /// pictures of different widths can be compared over the bands that both have. A band that the
    /// picture does not have in full has steps of 0.
    pub(crate) fn in_bands_of(lumas: &LumaPlane, band_pixels: usize) -> Self {
        let end = lumas.width / band_pixels * band_pixels;
        Self::in_bands(
            lumas,
            &std::array::from_fn(|band| (band * band_pixels).min(end)..((band + 1) * band_pixels).min(end)),
        )
    }

    fn in_bands(lumas: &LumaPlane, bands: &[Range<usize>; BANDS]) -> Self {
        let mut rows = Self { steps: Vec::new(), ink: Vec::new() };
        for row in lumas.rows() {
            let mut last = None;
            let steps = bands.each_ref().map(|band| {
                let part = row.get(band.clone()).unwrap_or_default();
                if part.is_empty() {
                    return 0;
                }
                let sum: u32 = part.iter().map(|luma| u32::from(*luma)).sum();
                let here = (sum / part.len() as u32) as i16;
                here - last.replace(here).unwrap_or(here)
            });
            rows.steps.push(steps);
        }
        let furniture: [i16; BANDS] = std::array::from_fn(|band| commonest(rows.steps.iter().map(|steps| steps[band])));
        for steps in &mut rows.steps {
            steps.iter_mut().zip(furniture).for_each(|(step, furniture)| *step -= furniture);
            rows.ink.push(steps.iter().map(|step| u32::from(step.unsigned_abs())).sum());
        }
        rows
    }

    /// Whether the row has enough ink to be compared.
    pub(crate) fn has_enough_ink(&self, y: usize) -> bool {
        self.ink[y] >= INK_AT_LEAST
    }

    /// The dissimilarity of two rows, in 1024ths: Bray–Curtis dissimilarity Σ|a−b| / Σ(|a|+|b|) of
    /// their steps (Bray & Curtis, 1957). `None` if it is above `up_to`.
    pub(crate) fn unlike(&self, y: usize, other: &Self, other_y: usize, up_to: u32) -> Option<u32> {
        let (ink, other_ink) = (self.ink[y], other.ink[other_y]);
        let sum = (ink + other_ink).max(1);
        // The sum of differences is at least the difference of the sums.
        if ink.abs_diff(other_ink) * 1024 > up_to * sum {
            return None;
        }
        let pairs = self.steps[y].iter().zip(&other.steps[other_y]);
        let apart: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        Some(apart * 1024 / sum).filter(|unlike| *unlike <= up_to)
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.ink.len()
    }
}

/// The commonest of values between −255 and 255; 0 if there are none.
fn commonest(values: impl Iterator<Item = i16>) -> i16 {
    let mut counts = [0_u32; 511];
    values.for_each(|value| counts[(value + 255) as usize] += 1);
    (-255..=255_i16).max_by_key(|value| (counts[(*value + 255) as usize], -i16::abs(*value))).unwrap_or(0)
}
