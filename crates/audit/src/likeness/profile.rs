//! How much ink the rows of a picture have, from top to bottom: a profile that other colours leave as it is and that another scale only
//! stretches. Two profiles propose at which scale and height one picture lies in another.
//!
//! Proposes only: pages with like paragraphs have like profiles. Whether the pictures agree is for
//! [`overlay`](super::overlay) to tell, by their pixels.

use super::features::Lumas;

/// Rows of a stored cell, in pixels.
const CELL_ROWS: usize = 2;
/// Cells stored at the most: 4096 rows; what lies below has no profile.
const CELLS_UP_TO: usize = 2048;
/// A step from pixel to pixel counts as ink above this many levels: below is noise of JPEG, or a shaded ground.
const STEP_ABOVE: u8 = 16;
/// Ink is kept as its square root in units of this size, so that it fits a byte and a heavy row does not outweigh the page.
const UNIT: f32 = 2.0;
/// Rows that are compared as one, in pixels of the larger picture: a fifth of a line of text.
pub(super) const STEP_PIXELS: f32 = 4.0;
/// Scales that are tried, from the smallest to the largest.
const SCALES: (f32, f32) = (0.4, 2.5);
/// Each scale is so much larger than the one before: over a thousand rows that is a few pixels from the middle to an end.
const SCALE_STEP: f32 = 1.015;
/// The scales around the best one that are tried once more, as shares of it.
const FINER: [f32; 7] = [0.9925, 0.995, 0.9975, 1.0, 1.0025, 1.005, 1.0075];
/// Part of the smaller picture, and rows of the larger, that must lie within the other.
const OVERLAP_AT_LEAST: (f32, usize) = (0.5, 30);
/// Profiles from this correlation on are proposed. Chosen on real tiles with planted copies: copies at half their size have
/// 0.8 and more, nine in ten pairs of other pages have less than 0.76.
const CORRELATION_AT_LEAST: f32 = 0.76;

/// The differences between neighbours of a row that count as ink.
pub(super) fn steps_of(row: &[u8]) -> impl Iterator<Item = u8> {
    row.iter().zip(row.iter().skip(1)).map(|(left, right)| {
        let step = left.abs_diff(*right);
        if step > STEP_ABOVE { step } else { 0 }
    })
}

/// Of a picture: the ink of each two rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    cells: Box<[u8]>,
}

/// Where one picture seems to lie in another: row `y` of the first is row `scale · y + down` of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Guess {
    pub(crate) scale: f32,
    /// In pixels of the other picture.
    pub(crate) down: f32,
    /// How well the profiles agree, up to 1.
    pub(crate) correlation: f32,
}

impl Profile {
    pub(crate) fn of(lumas: &Lumas) -> Self {
        let rows: Vec<u32> = lumas.rows().take(CELL_ROWS * CELLS_UP_TO).map(ink_of).collect();
        let cell = |rows: &[u32]| {
            let mean = rows.iter().sum::<u32>() as f32 / rows.len() as f32;
            (mean.sqrt() / UNIT).round().min(255.0) as u8
        };
        Self { cells: rows.chunks(CELL_ROWS).map(cell).collect() }
    }

    pub(crate) fn to_bytes(&self) -> &[u8] {
        &self.cells
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self { cells: bytes.into() }
    }

    /// The profile at another scale, in cells of [`STEP_PIXELS`].
    fn at(&self, scale: f32) -> Cells {
        let mut sums = vec![0.0_f32];
        for cell in &self.cells {
            sums.push(sums.last().copied().unwrap_or(0.0) + f32::from(*cell).powi(2));
        }
        let step = STEP_PIXELS / scale / CELL_ROWS as f32;
        let upto = |at: f32| {
            let whole = (at as usize).min(self.cells.len());
            let part = self.cells.get(whole).map_or(0.0, |cell| f32::from(*cell).powi(2) * (at - whole as f32));
            sums[whole] + part
        };
        let count = (self.cells.len() as f32 / step).round() as usize;
        let value = |at: usize| {
            let mean = (upto((at + 1) as f32 * step) - upto(at as f32 * step)).max(0.0) / step;
            mean.sqrt().round() as i16
        };
        Cells::of((0..count).map(value).collect())
    }
}

/// The sum of a row's steps, counted in small numbers first, which is what the processor can do to many pixels at once.
fn ink_of(row: &[u8]) -> u32 {
    let (left, right) = (row, row.get(1..).unwrap_or_default());
    let part = |(left, right): (&[u8], &[u8])| {
        let step = |(left, right): (&u8, &u8)| {
            let step = left.abs_diff(*right);
            u16::from(if step > STEP_ABOVE { step } else { 0 })
        };
        u32::from(left.iter().zip(right).map(step).sum::<u16>())
    };
    left.chunks(256).zip(right.chunks(256)).map(part).sum()
}

/// A profile at some scale, with the sums that correlation needs.
struct Cells {
    values: Vec<i16>,
    sums: Vec<i64>,
    squares: Vec<i64>,
}

impl Cells {
    fn of(values: Vec<i16>) -> Self {
        let (mut sums, mut squares) = (vec![0], vec![0]);
        let (mut sum, mut square) = (0, 0);
        for value in values.iter().map(|value| i64::from(*value)) {
            sum += value;
            square += value * value;
            sums.push(sum);
            squares.push(square);
        }
        Self { values, sums, squares }
    }

    /// Pearson's correlation of `count` cells from `own` and `others` on; 0 where either is nearly even.
    fn correlation(&self, own: usize, other: &Self, others: usize, count: usize) -> f32 {
        let (Some(left), Some(right)) = (self.values.get(own..own + count), other.values.get(others..others + count))
        else {
            return 0.0;
        };
        let product: i32 = left.iter().zip(right).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        let n = count as f32;
        let spread = |cells: &Self, from: usize| {
            let sum = (cells.sums[from + count] - cells.sums[from]) as f32;
            let squares = (cells.squares[from + count] - cells.squares[from]) as f32;
            (sum, squares - sum * sum / n, squares)
        };
        let ((sum, varies, squares), (other_sum, other_varies, other_squares)) =
            (spread(self, own), spread(other, others));
        if varies < 0.05 * squares.max(1.0) || other_varies < 0.05 * other_squares.max(1.0) {
            return 0.0;
        }
        (product as f32 - sum * other_sum / n) / (varies * other_varies).sqrt()
    }

    /// The best of some shifts: cell `y` of this meets cell `y + shift` of the other.
    fn best(&self, other: &Self, shifts: impl Iterator<Item = i32>) -> Option<(f32, i32)> {
        let measure = |shift: i32| {
            let (own, others) = ((-shift).max(0) as usize, shift.max(0) as usize);
            let count = self.values.len().saturating_sub(own).min(other.values.len().saturating_sub(others));
            (self.correlation(own, other, others, count), shift)
        };
        shifts.map(measure).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.abs().cmp(&a.1.abs())))
    }

    /// The shifts at which enough of both overlaps.
    fn shifts(&self, other: &Self) -> std::ops::RangeInclusive<i32> {
        let (own, others) = (self.values.len(), other.values.len());
        let least = ((own.min(others) as f32 * OVERLAP_AT_LEAST.0).ceil() as usize).max(OVERLAP_AT_LEAST.1);
        least as i32 - own as i32..=others as i32 - least as i32
    }
}

/// A profile at all scales that are tried, made once to be compared with many.
pub(crate) struct Scaled<'p> {
    profile: &'p Profile,
    /// By scale, for those that enlarge.
    enlarged: Vec<(f32, Cells)>,
    own: Cells,
}

impl<'p> Scaled<'p> {
    pub(crate) fn of(profile: &'p Profile) -> Self {
        let enlarged = scales().filter(|scale| *scale > 1.0).map(|scale| (scale, profile.at(scale))).collect();
        Self { profile, enlarged, own: profile.at(1.0) }
    }

    /// Where this picture may lie in another; `None` where the profiles rule it out. The smaller picture is always enlarged to
    /// the scale of the larger: so nothing is lost.
    pub(crate) fn guess(&self, other: &Profile) -> Option<Guess> {
        let unscaled = other.at(1.0);
        let mut best: Option<(f32, f32, i32)> = None;
        let mut take = |scale: f32, found: Option<(f32, i32)>| {
            if let Some((correlation, shift)) = found
                && best.is_none_or(|(most, ..)| correlation > most)
            {
                best = Some((correlation, scale, shift));
            }
        };
        for scale in scales().filter(|scale| *scale <= 1.0) {
            let enlarged = other.at(1.0 / scale);
            take(scale, self.own.best(&enlarged, self.own.shifts(&enlarged)));
        }
        for (scale, enlarged) in &self.enlarged {
            take(*scale, enlarged.best(&unscaled, enlarged.shifts(&unscaled)));
        }
        let (_, scale, shift) = best.filter(|(correlation, ..)| *correlation >= CORRELATION_AT_LEAST - 0.1)?;
        let finer = |part: f32| {
            let scale = scale * part;
            let (own, others) = (self.profile.at(scale.max(1.0)), other.at((1.0 / scale).max(1.0)));
            own.best(&others, shift - 3..=shift + 3).map(|(correlation, shift)| {
                let down = shift as f32 * STEP_PIXELS * scale.min(1.0);
                Guess { scale, down, correlation }
            })
        };
        let guess = FINER.into_iter().filter_map(finer).max_by(|a, b| a.correlation.total_cmp(&b.correlation))?;
        (guess.correlation >= CORRELATION_AT_LEAST).then_some(guess)
    }
}

/// The scales that are tried; 1 is one of them.
fn scales() -> impl Iterator<Item = f32> {
    let steps = |end: f32| (end.ln() / SCALE_STEP.ln()).trunc() as i32;
    (steps(SCALES.0)..=steps(SCALES.1)).map(|step| SCALE_STEP.powi(step))
}
