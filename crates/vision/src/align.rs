//! The vertical shift at which two pictures agree best.
//!
//! Screenshots of text are mostly ground, so only rows with ink count. Rows that are equal to the
//! pixel vote first. If these are too few (another renderer, JPEG), rows with similar coarse
//! profiles vote.

use tilejury_data::Pixels;

use super::features::{CoarseRows, ExactRows};
use super::votes;

/// Fewer equal rows (about one line of text) can match by chance, unless the pictures have hardly
/// more.
const EXACT_ROWS_AT_LEAST: u32 = 16;
/// Equal rows with ink hardly match by chance, but pages of one site share a header or a footer.
const EXACT_SHARE_AT_LEAST: f32 = 1.0 / 3.0;
/// Profiles of different text are sometimes similar, and those of a heading's rule or a table's
/// head often are. So this is five lines of text.
const SIMILAR_ROWS_AT_LEAST: u32 = 64;
/// A larger share than for exact rows, for the same reason.
const SIMILAR_SHARE_AT_LEAST: f32 = 0.5;
/// The least share of exact rows at which profiles can hardly find a better shift.
const EXACT_SHARE_SETTLES: f32 = 0.8;
/// Rows are similar up to this Bray–Curtis dissimilarity, in 1024ths: a third. Chosen on real
/// tiles: a line by another renderer or in JPEG is below it, other text in the same typeface seldom
/// is.
const UNLIKE_UP_TO: u32 = 341;
/// Another renderer rounds line heights differently, so its rows drift by a pixel or two down the
/// page.
const DRIFT_UP_TO: usize = 2;

/// The kind of rows by which two pictures were found alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowAgreement {
    /// Rows equal to the pixel.
    Exact,
    /// Rows whose coarse profiles agree: the same content, drawn or compressed differently.
    Similar,
    /// No evidence: nothing lines up, or neither has ink.
    Nothing,
}

/// The vertical alignment of two pictures: row `y` of `a` matches row `y + shift` of `b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// The shift in pixels; positive if the content is further down in `b`. 0 if nothing lines up.
    pub shift: i32,
    /// Share, 0 to 1, of the rows with ink in the overlap that have an equal (or similar)
    /// counterpart.
    pub equal_rows: f32,
    /// Rows with ink in the overlap, of either picture.
    pub ink_rows: u32,
    /// Rows of `a` that overlap a row of `b`.
    pub overlap_rows: u32,
    /// The kind of rows that agree.
    pub evidence: RowAgreement,
}

impl Alignment {
    /// Whether the pictures show the same content in the overlap: at least 16 equal rows with ink
    /// (fewer only if one picture has hardly more), and a third of all in the overlap; of rows that
    /// are merely similar, 64 and half.
    pub fn alike(&self) -> bool {
        self.evidence != RowAgreement::Nothing
    }
}

/// Finds the best whole-pixel vertical shift. Pictures of different widths are compared over the
/// common width from the left. Among equally good shifts it takes the smallest.
pub fn align(a: &Pixels, b: &Pixels) -> Alignment {
    let columns = a.width.min(b.width);
    let (exact_a, exact_b) = (ExactRows::from_pixels(a, columns), ExactRows::from_pixels(b, columns));
    let meets = RowMatch {
        heights: (a.height, b.height),
        distinctive: (&|y| exact_a.distinctive[y], &|y| exact_b.distinctive[y]),
        alike: &|y, other| exact_a.hashes[y] == exact_b.hashes[other],
    };
    let exact = votes::best(&votes::exact(&exact_a, &exact_b), a.height, 0)
        .and_then(|shift| meets.convincingly(shift, RowAgreement::Exact, EXACT_ROWS_AT_LEAST, EXACT_SHARE_AT_LEAST));
    if let Some(found) = exact.filter(|found| found.equal_rows >= EXACT_SHARE_SETTLES) {
        return found;
    }
    let (coarse_a, coarse_b) = (CoarseRows::from_pixels(a, columns), CoarseRows::from_pixels(b, columns));
    let meets_coarsely = RowMatch {
        heights: (a.height, b.height),
        distinctive: (&|y| coarse_a.has_enough_ink(y), &|y| coarse_b.has_enough_ink(y)),
        alike: &|y, other| {
            let near = other.saturating_sub(DRIFT_UP_TO)..=(other + DRIFT_UP_TO).min(coarse_b.len() - 1);
            near.into_iter().any(|other| coarse_a.unlike(y, &coarse_b, other, UNLIKE_UP_TO).is_some())
        },
    };
    let similar =
        votes::best(&votes::similar(&coarse_a, &coarse_b, UNLIKE_UP_TO), a.height, DRIFT_UP_TO).and_then(|shift| {
            meets_coarsely.convincingly(shift, RowAgreement::Similar, SIMILAR_ROWS_AT_LEAST, SIMILAR_SHARE_AT_LEAST)
        });
    match (exact, similar) {
        // At the same shift the profiles only repeat the result of the exact rows, less strictly.
        (Some(exact), Some(similar)) if similar.shift != exact.shift && similar.equal_rows > exact.equal_rows => {
            similar
        }
        (Some(found), _) | (None, Some(found)) => found,
        (None, None) => meets.at(0, RowAgreement::Nothing).0,
    }
}

/// The rows of two pictures, and which of them count and agree.
struct RowMatch<'f> {
    heights: (u32, u32),
    distinctive: (&'f dyn Fn(usize) -> bool, &'f dyn Fn(usize) -> bool),
    alike: &'f dyn Fn(usize, usize) -> bool,
}

impl RowMatch<'_> {
    /// Measures a shift: the alignment, and the number of equal rows.
    fn at(&self, shift: i32, evidence: RowAgreement) -> (Alignment, u32) {
        let (from, to) = overlap(self.heights, shift);
        let (mut ink_rows, mut equal) = (0_u32, 0_u32);
        for y in from..to {
            let (row, other) = (y as usize, (i64::from(y) + i64::from(shift)) as usize);
            if (self.distinctive.0)(row) || (self.distinctive.1)(other) {
                ink_rows += 1;
                equal += u32::from((self.alike)(row, other));
            }
        }
        let equal_rows = equal as f32 / ink_rows.max(1) as f32;
        (Alignment { shift, equal_rows, ink_rows, overlap_rows: to - from, evidence }, equal)
    }

    /// The alignment at a shift, if enough rows are equal, by number and by share.
    fn convincingly(&self, shift: i32, evidence: RowAgreement, rows: u32, share: f32) -> Option<Alignment> {
        let (found, equal) = self.at(shift, evidence);
        let count =
            |height: u32, distinctive: &dyn Fn(usize) -> bool| (0..height as usize).filter(|y| distinctive(*y)).count();
        let poorer = count(self.heights.0, self.distinctive.0).min(count(self.heights.1, self.distinctive.1));
        let enough = rows.min((poorer as u32).div_ceil(2)).max(1);
        (found.equal_rows >= share && equal >= enough).then_some(found)
    }
}

/// The rows of `a`, from the first to the last (exclusive), that overlap a row of `b`.
pub(super) fn overlap((a, b): (u32, u32), shift: i32) -> (u32, u32) {
    let (a, b, shift) = (i64::from(a), i64::from(b), i64::from(shift));
    let from = (-shift).clamp(0, a);
    (from as u32, (b - shift).clamp(from, a) as u32)
}

#[cfg(test)]
mod tests {
    use super::super::drawing::{crop, dot, flat, page, softened};
    use super::*;

    /// Aligns `b` to `a` and checks the shift and the evidence.
    #[track_caller]
    fn check(a: &Pixels, b: &Pixels, shift: i32, evidence: RowAgreement) -> Alignment {
        let found = align(a, b);
        assert_eq!((found.shift, found.evidence), (shift, evidence), "{found:?}");
        let back = align(b, a);
        assert_eq!((back.shift, back.evidence), (-shift, evidence), "the other way round: {back:?}");
        found
    }

    #[test]
    fn align_finds_no_shift_in_the_same_page() {
        let found = check(&page(300, 200, 1), &page(300, 200, 1), 0, RowAgreement::Exact);
        assert_eq!((found.equal_rows, found.overlap_rows), (1.0, 200));
    }

    #[test]
    fn align_finds_a_page_scrolled_by_two_pixels() {
        let long = page(300, 300, 2);
        let found = check(&crop(&long, 0, 256), &crop(&long, 2, 256), -2, RowAgreement::Exact);
        assert_eq!((found.equal_rows, found.overlap_rows), (1.0, 254));
    }

    #[test]
    fn align_finds_a_crop_from_further_down_the_page() {
        let long = page(300, 1000, 3);
        let found = check(&crop(&long, 0, 600), &crop(&long, 400, 600), -400, RowAgreement::Exact);
        assert_eq!(found.overlap_rows, 200);
    }

    #[test]
    fn align_finds_another_renderer_or_noise_by_profile() {
        let long = page(600, 400, 4);
        let found = check(&crop(&long, 0, 300), &softened(&crop(&long, 3, 300)), -3, RowAgreement::Similar);
        assert!(found.equal_rows > 0.9, "{found:?}");
    }

    #[test]
    fn align_follows_lines_that_drift_by_a_pixel() {
        let whole = page(600, 320, 5);
        let mut drifting = crop(&whole, 0, 321);
        let half = 160 * 600 * 4;
        drifting.rgba.splice(half.., softened(&crop(&whole, 159, 161)).rgba);
        let found = align(&softened(&whole), &drifting);
        assert!(found.alike() && found.equal_rows > 0.9 && found.shift.abs() <= 1, "{found:?}");
    }

    #[test]
    fn align_rejects_other_text_on_the_same_lines() {
        for seed in 10..20 {
            check(&page(600, 400, seed), &page(600, 400, seed + 100), 0, RowAgreement::Nothing);
        }
    }

    #[test]
    fn align_rejects_a_shared_header_and_side_bar() {
        let (mut a, mut b) = (page(600, 400, 6), page(600, 400, 7));
        for pixels in [&mut a, &mut b] {
            let head = page(600, 48, 8).rgba;
            pixels.rgba[..head.len()].copy_from_slice(&head);
            (0..400).for_each(|y| (560..600).for_each(|x| dot(pixels, x, y, [90, 120, 200, 255])));
        }
        check(&a, &b, 0, RowAgreement::Nothing);
    }

    #[test]
    fn align_accepts_pages_that_share_most_of_their_text() {
        let (a, mut b) = (page(600, 400, 9), page(600, 400, 9));
        let foot = page(600, 96, 31).rgba;
        let from = b.rgba.len() - foot.len();
        b.rgba[from..].copy_from_slice(&foot);
        let found = check(&a, &b, 0, RowAgreement::Exact);
        assert!(found.equal_rows < 0.9, "{found:?}");
    }

    #[test]
    fn align_compares_other_widths_over_the_common_columns() {
        let wide = page(600, 200, 11);
        let mut narrow = flat(400, 200, 255);
        for y in 0..200_usize {
            narrow.rgba[y * 1600..][..1600].copy_from_slice(&wide.rgba[y * 2400..][..1600]);
        }
        check(&wide, &narrow, 0, RowAgreement::Exact);
    }

    #[test]
    fn align_finds_no_shift_without_ink() {
        for (a, b) in [
            (flat(1, 1, 0), flat(1, 1, 255)),
            (flat(0, 0, 0), flat(300, 20, 0)),
            (flat(300, 100, 255), flat(300, 100, 255)),
            (flat(300, 100, 255), page(300, 100, 1)),
            (flat(300, 0, 255), page(300, 100, 1)),
        ] {
            check(&a, &b, 0, RowAgreement::Nothing);
        }
    }

    #[test]
    fn align_takes_the_smallest_shift_of_a_repeating_pattern() {
        let line = page(300, 16, 12);
        let twice = Pixels { width: 300, height: 64, rgba: line.rgba.repeat(4) };
        check(&twice, &twice.clone(), 0, RowAgreement::Exact);
        let at = |tops: &[u32]| {
            let mut pixels = flat(300, 96, 255);
            for top in tops {
                pixels.rgba[*top as usize * 1200..][..line.rgba.len()].copy_from_slice(&line.rgba);
            }
            pixels
        };
        check(&at(&[32]), &at(&[16, 64]), -16, RowAgreement::Exact);
        check(&at(&[32]), &at(&[0, 48]), 16, RowAgreement::Exact);
    }

    #[test]
    fn align_rejects_one_common_line() {
        let (a, mut b) = (page(600, 400, 13), page(600, 400, 14));
        let last = softened(&crop(&a, 384, 16)).rgba;
        b.rgba[..last.len()].copy_from_slice(&last);
        check(&a, &b, 0, RowAgreement::Nothing);
    }

    #[test]
    fn overlap_stays_inside_both_pictures() {
        assert_eq!(overlap((10, 10), 3), (0, 7));
        assert_eq!(overlap((10, 10), -3), (3, 10));
        assert_eq!(overlap((10, 4), -8), (8, 10));
        assert_eq!(overlap((10, 4), 5), (0, 0));
        assert_eq!(overlap((10, 4), -12), (10, 10));
        assert_eq!(overlap((0, 0), i32::MIN), (0, 0));
    }
}
