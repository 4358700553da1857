//! The scale and height at which one picture seems to be inside another, by their profiles alone,
//! whatever the colours.
//!
//! First it compares coarse rows at all scales, which rules out most pairs for next to nothing;
//! then finer rows around the best places; then the cells of [`InkGrid`](super::ink_grid::InkGrid).
//! It proposes only: [`overlay`](super::overlay()) decides by the pixels whether the pictures
//! agree.

use std::ops::RangeInclusive;

use super::coarse::{CoarseCells, Correlations};
use super::placement_guess::PlacementGuess;
use super::profile::Profile;
use super::profile_cells::{InkSums, ProfileCells};

/// Rows that are compared as one, in pixels of the larger picture: a fifth of a line of text.
pub(super) const STEP_PIXELS: f32 = 4.0;
/// Rows compared as one in the coarse comparison: less than half a line, and not half of a usual
/// one, where lines and gaps would look alike.
const COARSE_PIXELS: f32 = 7.0;
/// The smallest and the largest scale that are tried.
const SCALES: (f32, f32) = (0.45, 2.2);
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
