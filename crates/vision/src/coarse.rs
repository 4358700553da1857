//! The coarse comparison of two profiles: the correlation of their cells at every shift.
//!
//! Cells are whole numbers, of which the processor multiplies many at once, and all shifts of a
//! scale are computed together. Proposes no place: [`guess`](super::guess) picks and refines them.

use wide::{i16x8, i32x4};

/// Levels of a cell for each unit of the stored ink. The sums of the longest profile fit 31 bits.
const LEVELS: f32 = 4.0;
/// Cells multiplied at once.
const LANES: usize = 8;
/// Shifts whose products are summed together, so that cells are loaded once for all of them.
const TOGETHER: usize = 4;
/// Empty cells around the others, so that chunks and shifts can go beyond either end.
const BESIDE: usize = LANES + TOGETHER;
/// Cells that vary less than this share of their squares do not identify a position. Dense lines of
/// two cells each vary little.
pub(super) const EVEN_BELOW: f32 = 0.01;

/// A profile in coarse cells.
pub(super) struct CoarseCells {
    count: usize,
    /// The levels, between [`BESIDE`] empty cells on both sides.
    levels: Vec<i16>,
    /// Sums of the levels and of their squares, from the top; one more than the cells.
    sums: Vec<f32>,
    squares: Vec<f32>,
}

impl CoarseCells {
    /// Takes cells in units of the stored ink, which are at most 255.
    pub(super) fn new(cells: &[f32]) -> Self {
        let mut levels = vec![0; cells.len() + 2 * BESIDE];
        levels[BESIDE..].iter_mut().zip(cells).for_each(|(level, cell)| *level = (cell * LEVELS + 0.5) as i32 as i16);
        let from_top = |value: fn(i32) -> i32| {
            let mut sum = 0;
            let levels = levels[BESIDE..][..cells.len()].iter();
            let sums: Vec<i32> = std::iter::once(0)
                .chain(levels.map(|level| {
                    sum += value(i32::from(*level));
                    sum
                }))
                .collect();
            sums.into_iter().map(|sum| sum as f32).collect()
        };
        let (sums, squares) = (from_top(|level| level), from_top(|level| level * level));
        Self { count: cells.len(), levels, sums, squares }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The sums of products with cell `y` of this at cell `y + shift` of the other, at a shift and
    /// those after it.
    fn products(&self, other: &Self, shift: i32) -> [i32; TOGETHER] {
        let from = (-shift - (TOGETHER as i32 - 1)).max(0) as usize;
        let to = self.count.min((other.count as i32 - shift).max(0) as usize).max(from);
        let cells = (to - from).next_multiple_of(LANES);
        let own = &self.levels[BESIDE + from..][..cells];
        let others = &other.levels[(BESIDE as i32 + from as i32 + shift) as usize..][..cells + TOGETHER - 1];
        let chunks = |at: usize| others[at..at + cells].as_chunks::<LANES>().0;
        let mut sums = [i32x4::ZERO; TOGETHER];
        let shifted = chunks(0).iter().zip(chunks(1)).zip(chunks(2)).zip(chunks(3));
        for (own, (((a, b), c), d)) in own.as_chunks::<LANES>().0.iter().zip(shifted) {
            let own = i16x8::from(*own);
            for (sum, others) in sums.iter_mut().zip([a, b, c, d]) {
                *sum += own.dot(i16x8::from(*others));
            }
        }
        sums.map(i32x4::reduce_add)
    }
}

/// The correlations of two profiles at every shift of a range. Keeps its memory for the next pair.
#[derive(Default)]
pub(super) struct Correlations {
    products: Vec<f32>,
    /// Sums at the ends of the overlap: this picture's and the other's, each without and with
    /// squares, to the end and from the start.
    ends: [Vec<f32>; 8],
    squared: Vec<f32>,
}

impl Correlations {
    /// The squares of Pearson's correlation at each shift; 0 if the correlation is below `least`,
    /// or either side is nearly even. `None` if it is 0 everywhere.
    pub(super) fn squared(
        &mut self,
        own: &CoarseCells,
        other: &CoarseCells,
        shifts: std::ops::RangeInclusive<i32>,
        least: f32,
    ) -> Option<&[f32]> {
        let (first, count) = (*shifts.start(), shifts.clone().count());
        self.products.clear();
        for shift in shifts.step_by(TOGETHER) {
            self.products.extend(own.products(other, shift).map(|sum| sum as f32));
        }
        let (here, there) = (own.count as i32, other.count as i32);
        let [own_to, own_from, own_to2, own_from2, to, from, to2, from2] = &mut self.ends;
        descending(own_to, &own.sums, there - first, count);
        descending(own_from, &own.sums, -first, count);
        descending(own_to2, &own.squares, there - first, count);
        descending(own_from2, &own.squares, -first, count);
        ascending(to, &other.sums, here + first, count);
        ascending(from, &other.sums, first, count);
        ascending(to2, &other.squares, here + first, count);
        ascending(from2, &other.squares, first, count);
        self.squared.resize(count, 0.0);
        let (own_to, own_from, own_to2, own_from2) =
            (&own_to[..count], &own_from[..count], &own_to2[..count], &own_from2[..count]);
        let (to, from, to2, from2) = (&to[..count], &from[..count], &to2[..count], &from2[..count]);
        let (products, squared) = (&self.products[..count], &mut self.squared[..count]);
        let (here, there, least) = (here as f32, there as f32, least * least);
        let mut any = false;
        for at in 0..count {
            let shift = (first + at as i32) as f32;
            let n = here.min(there - shift) - 0.0_f32.max(-shift);
            // All quantities are `n²` times what their names mean.
            let (sum, squares) = (own_to[at] - own_from[at], (own_to2[at] - own_from2[at]) * n);
            let (other_sum, other_squares) = (to[at] - from[at], (to2[at] - from2[at]) * n);
            let (varies, other_varies) = (squares - sum * sum, other_squares - other_sum * other_sum);
            let common = products[at] * n - sum * other_sum;
            let both = varies * other_varies;
            let unit = n * n * (LEVELS * LEVELS);
            let counts = (common > 0.0)
                & (common * common >= least * both)
                & (varies >= EVEN_BELOW * squares.max(unit))
                & (other_varies >= EVEN_BELOW * other_squares.max(unit));
            squared[at] = if counts { common * common / both } else { 0.0 };
            any |= counts;
        }
        any.then_some(squared)
    }
}

/// Puts `count` values into `out`, from the one at `from` on; beyond an end, the value there.
fn ascending(out: &mut Vec<f32>, values: &[f32], from: i32, count: usize) {
    let (before, inside) = inside(values, from, count);
    out.clear();
    out.resize(before, values[0]);
    out.extend_from_slice(inside);
    out.resize(count, values[values.len() - 1]);
}

/// The same from the value at `from` backwards.
fn descending(out: &mut Vec<f32>, values: &[f32], from: i32, count: usize) {
    let last = values.len() as i32 - 1;
    let until = from - (count as i32 - 1);
    let (_, inside) = inside(values, until, count);
    out.clear();
    out.resize((from - last).clamp(0, count as i32) as usize, values[values.len() - 1]);
    out.extend(inside.iter().rev());
    out.resize(count, values[0]);
}

/// The number of places before the values, of those from `from` on, and the values at these places.
fn inside(values: &[f32], from: i32, count: usize) -> (usize, &[f32]) {
    let place = |at: i32| at.clamp(0, values.len() as i32) as usize;
    let before = (-from).clamp(0, count as i32) as usize;
    (before, &values[place(from)..place(from + count as i32)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_up(count: usize, seed: u32) -> Vec<f32> {
        let level = |at: usize| (at as u32).wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(40_503)) >> 17;
        (0..count).map(|at| (level(at) % 1000) as f32 / LEVELS).collect()
    }

    /// Pearson's correlation at a shift, value by value.
    fn plainly(own: &[f32], other: &[f32], shift: i32) -> f32 {
        let (from, to) = ((-shift).max(0) as usize, shift.max(0) as usize);
        let pairs = own[from..].iter().zip(&other[to..]).map(|(a, b)| (*a, *b));
        crate::correlation::correlation(pairs, |_, _| false).unwrap()
    }

    #[test]
    fn every_shift_has_the_correlation_of_its_overlap() {
        for (count, other_count) in [(60, 60), (61, 140), (150, 67), (9, 20)] {
            let (mut own, other) = (made_up(count, 1), made_up(other_count, 2));
            // Something in common, so that some shifts correlate.
            own.iter_mut().zip(&other[3..]).for_each(|(own, other)| *own = (*own + 3.0 * other) / 4.0);
            let levels = |cells: &[f32]| cells.iter().map(|cell| (cell * LEVELS).round() / LEVELS).collect::<Vec<_>>();
            let shifts = 5 - count as i32..=other_count as i32 - 5;
            let mut correlations = Correlations::default();
            let (cells, others) = (CoarseCells::new(&own), CoarseCells::new(&other));
            let found = correlations.squared(&cells, &others, shifts.clone(), 0.5).unwrap();
            assert_eq!(found.len(), shifts.clone().count());
            for (found, shift) in found.iter().zip(shifts) {
                let expected = plainly(&levels(&own), &levels(&other), shift);
                let expected = if expected < 0.5 { 0.0 } else { expected * expected };
                assert!((found - expected).abs() < 1e-3, "{count}, {other_count} at {shift}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn even_cells_have_no_correlation() {
        let (even, text) = (CoarseCells::new(&[80.0; 60]), CoarseCells::new(&made_up(60, 1)));
        let mut correlations = Correlations::default();
        assert_eq!(correlations.squared(&even, &text, -20..=20, 0.1), None);
        assert_eq!(correlations.squared(&even, &even, -20..=20, 0.1), None);
        assert!(correlations.squared(&text, &text, -20..=20, 0.1).is_some());
    }

    #[test]
    fn the_longest_profile_of_most_ink_fits_its_numbers() {
        let bands: Vec<f32> = (0..1301).map(|at| if at % 3 == 0 { 255.0 } else { 120.0 }).collect();
        let cells = CoarseCells::new(&bands);
        let mut correlations = Correlations::default();
        let found = correlations.squared(&cells, &cells, 0..=3, 0.9).unwrap();
        assert!((found[0] - 1.0).abs() < 0.01 && (found[3] - 1.0).abs() < 0.01, "{found:?}");
    }
}
