//! A profile in cells of any size: as sums of ink, from which the cells of each scale are made, and
//! the correlation of two lists of cells. Chooses no scale and no place.

use super::coarse::{CoarseCells, EVEN_BELOW};
use super::product::product;
use super::profile::{Profile, ROWS};

/// Parts of a stored value at which a cell can begin.
const PARTS: u32 = 1 << 20;

/// The rows of a profile as sums of ink from the top, from which any scale can be computed.
pub(super) struct InkSums {
    /// One more than the stored values, in units of their squares.
    sums: Vec<f32>,
}

impl InkSums {
    pub(super) fn new(profile: &Profile) -> Self {
        let (mut sums, mut sum) = (Vec::with_capacity(profile.rows.len() + 1), 0_u32);
        sums.push(0.0);
        sums.extend(profile.rows.iter().map(|value| {
            sum += u32::from(*value) * u32::from(*value);
            sum as f32
        }));
        Self { sums }
    }

    /// The square roots of the ink in cells of `pixels` pixels.
    fn roots(&self, pixels: f32) -> Vec<f32> {
        let (step, last) = (pixels / ROWS as f32, self.sums.len() - 1);
        // Whole numbers with so many parts each: far faster than rounding numbers with a point.
        let (parts, end) = ((step * PARTS as f32) as u32, last as u32 * PARTS);
        let upto = |at: u32| {
            let at = (at * parts).min(end);
            let whole = (at / PARTS) as usize;
            let next = self.sums[(whole + 1).min(last)];
            self.sums[whole] + (next - self.sums[whole]) * ((at % PARTS) as i32 as f32 * (1.0 / PARTS as f32))
        };
        let count = (last as f32 / step).round() as u32;
        let per_step = 1.0 / step;
        let edges: Vec<f32> = (0..=count).map(upto).collect();
        // The processor takes several roots at once.
        edges.iter().zip(&edges[1..]).map(|(from, to)| ((to - from).max(0.0) * per_step).sqrt()).collect()
    }

    pub(super) fn cells(&self, pixels: f32) -> ProfileCells {
        ProfileCells::new(self.roots(pixels))
    }

    pub(super) fn coarse_cells(&self, pixels: f32) -> CoarseCells {
        CoarseCells::new(&self.roots(pixels))
    }
}

/// A profile at some scale, with the sums that correlation needs.
pub(super) struct ProfileCells {
    values: Vec<f32>,
    /// Sums of the values and of their squares, from the top.
    sums: Vec<(f32, f32)>,
}

impl ProfileCells {
    fn new(values: Vec<f32>) -> Self {
        let (mut sum, mut square) = (0.0, 0.0);
        let mut sums = Vec::with_capacity(values.len() + 1);
        sums.push((0.0, 0.0));
        sums.extend(values.iter().map(|value| {
            (sum, square) = (sum + value, square + value * value);
            (sum, square)
        }));
        Self { values, sums }
    }

    /// Pearson's correlation with cell `y` of this at cell `y + shift` of the other; 0 if it is
    /// below `least`, or either side is nearly even.
    #[inline]
    fn correlation(&self, other: &Self, shift: i32, least: f32) -> f32 {
        let (own, others) = ((-shift).max(0) as usize, shift.max(0) as usize);
        let count = self.values.len().saturating_sub(own).min(other.values.len().saturating_sub(others));
        let (Some(left), Some(right)) = (self.values.get(own..own + count), other.values.get(others..others + count))
        else {
            return 0.0;
        };
        let n = count as f32;
        // All quantities are `n²` times what their names mean: nearly all shifts are skipped
        // without a division or a root.
        let spread = |cells: &Self, from: usize| {
            let (before, after) = (cells.sums[from], cells.sums[from + count]);
            let (sum, squares) = (after.0 - before.0, after.1 - before.1);
            (sum, squares * n - sum * sum, squares * n)
        };
        let ((sum, varies, squares), (other_sum, other_varies, other_squares)) =
            (spread(self, own), spread(other, others));
        let common = product(left, right) * n - sum * other_sum;
        let both = varies * other_varies;
        let is_even = varies < EVEN_BELOW * squares.max(n) || other_varies < EVEN_BELOW * other_squares.max(n);
        if is_even || common <= 0.0 || common * common < least * least * both { 0.0 } else { common / both.sqrt() }
    }

    /// The best of the shifts, and its correlation.
    pub(super) fn best(&self, other: &Self, shifts: impl Iterator<Item = i32>) -> Option<(f32, i32)> {
        let measured = shifts.map(|shift| (self.correlation(other, shift, 0.0), shift));
        measured.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.abs().cmp(&a.1.abs())))
    }
}
