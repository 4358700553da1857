//! The ink of a picture, row by row and cell by cell: other colours do not change it, and another
//! scale only stretches it.
//!
//! This is kept of a tile for finding copies at other scales and in other colours;
//! [`guess`](super::guess) compares.

use super::features::LumaPlane;
use super::ink_grid::{ACROSS_UP_TO, CELL, InkGrid};

/// Rows per stored value.
pub(super) const ROWS: usize = 2;
/// Most values stored: 4096 rows; the rows below have no profile.
const VALUES_UP_TO: usize = 2048;
/// A step from pixel to pixel counts as ink above this many levels: less is noise of JPEG, or a
/// shaded ground.
const STEP_ABOVE: u8 = 16;
/// Ink is kept as its square root in units of this size, so that it fits a byte and a heavy row
/// does not outweigh the page.
const UNIT: f32 = 2.0;

/// The differences between neighbours of a row that count as ink.
pub(super) fn steps_of(row: &[u8]) -> impl Iterator<Item = u8> {
    row.iter().zip(row.iter().skip(1)).map(|(left, right)| step(*left, *right))
}

fn step(left: u8, right: u8) -> u8 {
    let step = left.abs_diff(right);
    if step > STEP_ABOVE { step } else { 0 }
}

/// The ink of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    /// The ink of every [`ROWS`] rows, from top to bottom.
    pub(super) rows: Box<[u8]>,
    pub(super) grid: InkGrid,
}

impl Profile {
    pub(crate) fn from_lumas(lumas: &LumaPlane) -> Self {
        let pixels = lumas.rows().next().map_or(0, <[u8]>::len);
        let width = pixels.div_ceil(CELL.0).min(ACROSS_UP_TO);
        let (mut rows, mut cells) = (Vec::new(), Vec::new());
        for (y, row) in lumas.rows().take(ROWS * VALUES_UP_TO).enumerate() {
            if y % CELL.1 == 0 {
                cells.resize(cells.len() + width, 0);
            }
            let of_row = cells.len() - width;
            let mut ink = 0;
            let (left, right) = (row, row.get(1..).unwrap_or_default());
            for (x, (left, right)) in left.chunks(CELL.0).zip(right.chunks(CELL.0)).enumerate() {
                // The processor can count many pixels at once in small numbers.
                let part = left.iter().zip(right).map(|(left, right)| u16::from(step(*left, *right))).sum::<u16>();
                ink += u32::from(part);
                if let Some(cell) = cells.get_mut(of_row + x).filter(|_| x < width) {
                    *cell += u32::from(part);
                }
            }
            rows.push(ink);
        }
        let height = lumas.rows().count();
        let mean = |(at, ink): (usize, &u32)| {
            let (x, y) = (at % width.max(1), at / width.max(1));
            let area = CELL.0.min(pixels - x * CELL.0) * CELL.1.min(height - y * CELL.1);
            *ink as f32 / area as f32
        };
        let means: Vec<f32> = cells.iter().enumerate().map(mean).collect();
        let value = |rows: &[u32]| {
            let mean = rows.iter().sum::<u32>() as f32 / rows.len() as f32;
            (mean.sqrt() / UNIT).round().min(255.0) as u8
        };
        Self { rows: rows.chunks(ROWS).map(value).collect(), grid: InkGrid::from_means(width, &means) }
    }

    /// Writes it as bytes: the number of rows (two bytes, little-endian), the rows, the grid.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = (self.rows.len() as u16).to_le_bytes().to_vec();
        out.extend_from_slice(&self.rows);
        self.grid.to_bytes(&mut out);
        out
    }

    /// Reads it from bytes; `None` if they are not a profile, or one that is longer than any.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (rows, grid) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        (rows.len() <= VALUES_UP_TO).then_some(())?;
        Some(Self { rows: rows.into(), grid: InkGrid::from_bytes(grid)? })
    }
}

#[cfg(test)]
mod tests {
    use super::Profile;
    use crate::drawing::{flat, page};
    use crate::features::LumaPlane;

    #[test]
    fn profile_survives_its_bytes() {
        for (width, height) in [(0, 0), (1, 1), (33, 50), (875, 1000), (5000, 40)] {
            let profile = Profile::from_lumas(&LumaPlane::from_pixels(&page(width, height, 3)));
            let bytes = profile.to_bytes();
            assert_eq!(Profile::from_bytes(&bytes), Some(profile), "{width} × {height}");
        }
        let bytes = Profile::from_lumas(&LumaPlane::from_pixels(&flat(40, 40, 255))).to_bytes();
        assert_eq!(Profile::from_bytes(&bytes[..10]), None);
    }

    /// The sums of a comparison fit their numbers only for profiles of bounded length.
    #[test]
    fn profile_is_never_longer_than_4096_rows() {
        let bytes = |rows: u16| [&rows.to_le_bytes()[..], &vec![255; usize::from(rows)], &[0]].concat();
        assert!(Profile::from_bytes(&bytes(2048)).is_some());
        assert_eq!(Profile::from_bytes(&bytes(2049)), None);
    }

    /// The memory per tile, besides 1.8 KB for the signature's rows.
    #[test]
    fn profile_of_a_tile_is_small() {
        assert!(Profile::from_lumas(&LumaPlane::from_pixels(&page(875, 1024, 3))).to_bytes().len() < 1500);
    }
}
