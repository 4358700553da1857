//! The scale and height at which one picture seems to be inside another, by their profiles alone,
//! whatever the colours.
//!
//! First it compares coarse rows at all scales, which rules out most pairs for next to nothing;
//! then finer rows around the best places; then the cells of [`InkGrid`](super::ink_grid::InkGrid).
//! It proposes only: [`overlay`](super::overlay()) decides by the pixels whether the pictures
//! agree.

use std::ops::RangeInclusive;

use super::coarse::{CoarseCells, Correlations, EVEN_BELOW};
use super::placement_guess::PlacementGuess;
use super::product::product;
use super::profile::{Profile, ROWS};

/// Rows that are compared as one, in pixels of the larger picture: a fifth of a line of text.
pub(super) const STEP_PIXELS: f32 = 4.0;
/// Rows compared as one in the coarse comparison: less than half a line, and not half of a usual
/// one, where lines and gaps would look alike.
const COARSE_PIXELS: f32 = 7.0;
/// The smallest and the largest scale that are tried.
const SCALES: (f32, f32) = (0.45, 2.2);
/// Parts of a stored value at which a cell can begin.
const PARTS: u32 = 1 << 20;
/// Factor between neighbouring coarse scales: every scale is at most half a step from one of them.
const COARSE_STEP: f32 = 1.035;
/// Least coarse correlation of a place that is examined more closely.
const COARSE_AT_LEAST: f32 = 0.5;
/// The number of places that are examined more closely: the best ones.
const PLACES: usize = 4;
/// The scales tried around a place, and around the best of them, as shares of its scale.
const FINE: [f32; 5] = [0.983, 0.9915, 1.0, 1.0085, 1.017];
const FINER: [f32; 5] = [0.995, 0.9975, 1.0, 1.0025, 1.005];
/// Finer scales seldom increase a correlation by more than this.
const FINER_ADDS: f32 = 0.1;
/// Share of the smaller picture, and rows of the larger in pixels, that must be inside the other.
const OVERLAP_AT_LEAST: (f32, f32) = (0.6, 120.0);
/// Least correlation of rows for a comparison by cells. Chosen on real tiles with planted copies,
/// all but a few of which have more than 0.9.
const CORRELATION_AT_LEAST: f32 = 0.65;
/// Least correlation of rows if there are too few cells to decide. Nine in ten pairs of different
/// pages have less.
const CORRELATION_ALONE: f32 = 0.76;
/// Least agreement of cells for a proposal. Chosen on the same tiles: copies have 0.6 and more,
/// nearly all of them 0.7; pages with the same layout and other words have less than 0.58.
const AGREEMENT_AT_LEAST: f32 = 0.6;

/// The rows of a profile as sums of ink from the top, from which any scale can be computed.
struct InkSums {
    /// One more than the stored values, in units of their squares.
    sums: Vec<f32>,
}

impl InkSums {
    fn new(profile: &Profile) -> Self {
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

    fn cells(&self, pixels: f32) -> ProfileCells {
        ProfileCells::new(self.roots(pixels))
    }

    fn coarse_cells(&self, pixels: f32) -> CoarseCells {
        CoarseCells::new(&self.roots(pixels))
    }
}

/// A profile at some scale, with the sums that correlation needs.
struct ProfileCells {
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
    fn best(&self, other: &Self, shifts: impl Iterator<Item = i32>) -> Option<(f32, i32)> {
        let measured = shifts.map(|shift| (self.correlation(other, shift, 0.0), shift));
        measured.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.abs().cmp(&a.1.abs())))
    }
}

/// Adds the coarse places at a scale whose correlation is higher than their neighbours'.
fn add_peaks(
    (own, other): (&CoarseCells, &CoarseCells),
    scale: f32,
    correlations: &mut Correlations,
    out: &mut Vec<PlacementGuess>,
) {
    let shifts = shifts((own.count() as i32, other.count() as i32));
    let Some(squared) = correlations.squared(own, other, shifts.clone(), COARSE_AT_LEAST) else { return };
    let (mut before, mut last) = (0.0, (0.0, 0));
    let end = std::iter::once((0.0, 0));
    for next in squared.iter().copied().zip(shifts).chain(end) {
        let (squared, shift) = last;
        if squared > 0.0 && squared >= before && squared > next.0 {
            let down = shift as f32 * COARSE_PIXELS * scale.min(1.0);
            out.push(PlacementGuess { scale, down, correlation: squared.sqrt() });
        }
        (before, last) = (squared, next);
    }
}

/// The shifts of one number of coarse cells over another at which enough of both overlaps.
fn shifts((own, others): (i32, i32)) -> RangeInclusive<i32> {
    let least = (own.min(others) as f32 * OVERLAP_AT_LEAST.0).max(OVERLAP_AT_LEAST.1 / COARSE_PIXELS).ceil() as i32;
    // A picture with fewer rows than that has no shift.
    if own.min(others) < least { RangeInclusive::new(1, 0) } else { least - own..=others - least }
}

/// A profile at all tried scales, computed once for comparison with many others.
pub(crate) struct ScaledProfile<'p> {
    profile: &'p Profile,
    sums: InkSums,
    /// The profile in coarse cells, at each scale that enlarges and at its own.
    enlarged: Vec<(f32, CoarseCells)>,
    own: CoarseCells,
    /// The profile in fine cells, at its own scale.
    fine: ProfileCells,
}

impl<'p> ScaledProfile<'p> {
    pub(crate) fn new(profile: &'p Profile) -> Self {
        let sums = InkSums::new(profile);
        let enlarged = scales().filter(|scale| *scale > 1.0);
        let enlarged = enlarged.map(|scale| (scale, sums.coarse_cells(COARSE_PIXELS / scale))).collect();
        Self { profile, enlarged, own: sums.coarse_cells(COARSE_PIXELS), fine: sums.cells(STEP_PIXELS), sums }
    }

    /// The place where this picture may be in another; `None` if the profiles rule it out.
    pub(crate) fn guess(&self, other: &Profile) -> Option<PlacementGuess> {
        let sums = InkSums::new(other);
        let guesses = self.candidates(&sums).into_iter().filter_map(|place| self.finer(&sums, place));
        let found = guesses
            .filter(|guess| guess.correlation >= CORRELATION_AT_LEAST)
            .map(|guess| (self.profile.grid.agreement(&other.grid, &guess), guess));
        // Pictures that are too small for cells have only their rows.
        let found = found.filter_map(|(agreement, guess)| match agreement {
            Some(agreement) => (agreement >= AGREEMENT_AT_LEAST).then_some((agreement, guess)),
            None => (guess.correlation >= CORRELATION_ALONE).then_some((guess.correlation, guess)),
        });
        let best = found.max_by(|a, b| (a.0 + a.1.correlation).total_cmp(&(b.0 + b.1.correlation)));
        best.map(|(_, guess)| guess)
    }

    /// The best places by coarse rows, none of them beside another.
    fn candidates(&self, other: &InkSums) -> Vec<PlacementGuess> {
        let (mut peaks, mut correlations) = (Vec::new(), Correlations::default());
        let unscaled = other.coarse_cells(COARSE_PIXELS);
        for scale in scales().filter(|scale| *scale <= 1.0) {
            add_peaks((&self.own, &other.coarse_cells(COARSE_PIXELS * scale)), scale, &mut correlations, &mut peaks);
        }
        for (scale, own) in &self.enlarged {
            add_peaks((own, &unscaled), *scale, &mut correlations, &mut peaks);
        }
        peaks.sort_by(|a, b| b.correlation.total_cmp(&a.correlation));
        let mut places: Vec<PlacementGuess> = Vec::new();
        for peak in peaks {
            let beside = |place: &PlacementGuess| {
                let steps = (place.scale / peak.scale).ln().abs() / COARSE_STEP.ln();
                steps < 1.5 && (place.down - peak.down).abs() < 3.0 * COARSE_PIXELS
            };
            if !places.iter().any(beside) {
                places.push(peak);
                if places.len() == PLACES {
                    break;
                }
            }
        }
        places
    }

    /// The best scale and height around a place. The smaller picture is always enlarged to the
    /// scale of the larger, so that nothing is lost.
    fn finer(&self, other: &InkSums, place: PlacementGuess) -> Option<PlacementGuess> {
        // All scales around a place enlarge the same picture; the cells of the other stay the same.
        let enlarges = place.scale > 1.0;
        let made;
        let unscaled = if enlarges {
            made = other.cells(STEP_PIXELS);
            &made
        } else {
            &self.fine
        };
        let around = |place: PlacementGuess, shares: [f32; 5], reach: i32| {
            let found = shares.into_iter().filter_map(|share| {
                let scale = place.scale * share;
                let unit = if enlarges { STEP_PIXELS } else { STEP_PIXELS * scale };
                let shift = (place.down / unit).round() as i32;
                let shifts = shift - reach..=shift + reach;
                let (correlation, shift) = if enlarges {
                    self.sums.cells(unit / scale).best(unscaled, shifts)?
                } else {
                    unscaled.best(&other.cells(unit), shifts)?
                };
                Some(PlacementGuess { scale, down: shift as f32 * unit, correlation })
            });
            found.max_by(|a, b| a.correlation.total_cmp(&b.correlation))
        };
        let fine = around(place, FINE, (1.5 * COARSE_PIXELS / STEP_PIXELS).ceil() as i32)?;
        if fine.correlation < CORRELATION_AT_LEAST - FINER_ADDS { None } else { around(fine, FINER, 2) }
    }
}

/// The scales of the coarse comparison; 1 is one of them.
fn scales() -> impl Iterator<Item = f32> {
    let steps = |end: f32| (end.ln() / COARSE_STEP.ln()).trunc() as i32;
    (steps(SCALES.0)..=steps(SCALES.1)).map(|step| COARSE_STEP.powi(step))
}

#[cfg(test)]
mod tests {
    use tilejury_data::{Pixels, decode};
    use tilejury_testkit::picture;

    use super::*;
    use crate::drawing::{crop, flat, page};
    use crate::features::LumaPlane;

    fn profile(pixels: &Pixels) -> Profile {
        Profile::from_lumas(&LumaPlane::from_pixels(pixels))
    }

    fn guess(own: &Pixels, other: &Pixels) -> Option<PlacementGuess> {
        let (own, other) = (profile(own), profile(other));
        ScaledProfile::new(&own).guess(&other)
    }

    #[test]
    fn guess_finds_the_scale_and_the_height() {
        let png = picture::paragraphs(875, 1000, 1);
        let own = decode(&png).unwrap();
        for percent in [50, 75, 97, 110, 150] {
            let other = decode(&picture::as_scaled(&png, percent)).unwrap();
            let (there, back) = (guess(&own, &other), guess(&other, &own));
            let (Some(there), Some(back)) = (there, back) else { panic!("{percent}: {there:?}, {back:?}") };
            let scale = percent as f32 / 100.0;
            assert!((there.scale / scale - 1.0).abs() < 0.01 && there.down.abs() < 12.0, "{percent}: {there:?}");
            assert!((back.scale * scale - 1.0).abs() < 0.01, "{percent}: {back:?}");
        }
        // A whole number of coarse rows: between them, a page of only even lines may be missed, as
        // docs/signals.md says.
        let cut = guess(&own, &crop(&own, 210, 790)).unwrap();
        assert!((cut.scale - 1.0).abs() < 0.01 && (cut.down + 210.0).abs() < 8.0, "{cut:?}");
    }

    #[test]
    fn cells_rule_out_other_words_on_the_same_lines() {
        let own = page(875, 1000, 1);
        let mut mirrored = own.clone();
        for row in mirrored.rgba.chunks_mut(875 * 4) {
            let pixels: Vec<[u8; 4]> = row.as_chunks::<4>().0.iter().rev().copied().collect();
            row.copy_from_slice(pixels.as_flattened());
        }
        let (a, b) = (profile(&own), profile(&mirrored));
        let (scaled, sums) = (ScaledProfile::new(&a), InkSums::new(&b));
        let places = scaled.candidates(&sums).into_iter().filter_map(|place| scaled.finer(&sums, place));
        let best = places.map(|guess| guess.correlation).max_by(f32::total_cmp);
        assert!(best.is_some_and(|best| best > 0.95), "the rows have the same ink: {best:?}");
        assert_eq!(scaled.guess(&b), None);
        assert!(scaled.guess(&a).is_some());
    }

    #[test]
    fn guess_finds_no_blank_or_tiny_picture() {
        let text = page(875, 1000, 1);
        for other in [flat(0, 0, 255), flat(1, 1, 0), flat(875, 1000, 255), page(60, 40, 1), page(875, 90, 1)] {
            assert_eq!((guess(&text, &other), guess(&other, &text)), (None, None), "{}", other.height);
        }
    }
}
