//! Content that another renderer laid out with other line heights: no single shift fits it, because
//! the shift grows down the page.
//!
//! The page is cut into strips. Each strip votes for shifts by rows with similar coarse profiles.
//! The result is the path through the strips that gathers the most votes while its shift changes
//! little from one strip to the next, like the single shift of [`crate::align`] for a page that
//! keeps its lines (dynamic programming, as in dynamic time warping: Sakoe & Chiba, 1978).

use tilejury_data::Pixels;

use super::features::{CoarseRows, LumaPlane};
use super::pair_likeness::{ComparedRows, PairLikeness};
use super::signature::BAND_PIXELS;

/// Rows in a strip: three or four lines of text, so that the votes of one determine its shift.
const STRIP_ROWS: usize = 64;
/// Largest change of the shift from strip to strip, in pixels: a tenth.
const CHANGE_UP_TO: usize = 6;
/// Rows are similar up to this Bray–Curtis dissimilarity, in 1024ths, as for pages that keep their
/// lines.
const UNLIKE_UP_TO: u32 = 341;
/// Largest distance of a row from its position by its strip's shift.
const STRAY_UP_TO: usize = 2;
/// Fewer similar rows (five lines of text) can be chance.
const SIMILAR_ROWS_AT_LEAST: u32 = 64;
/// A smaller share of the rows with ink can be chance as well.
const SIMILAR_SHARE_AT_LEAST: f32 = 0.5;

/// Compares two pictures along the best path; `None` if too little agrees. The shift is that of the
/// middle strip.
pub(super) fn along_a_path(a: &Pixels, b: &Pixels) -> Option<PairLikeness> {
    let rows = |pixels| CoarseRows::in_bands_of(&LumaPlane::from_pixels(pixels), BAND_PIXELS);
    let (a, b) = (rows(a), rows(b));
    // Entry i of a strip's votes is shift i − rows of a.
    let shifts = a.len() + b.len();
    let others: Vec<usize> = (0..b.len()).filter(|other| b.has_enough_ink(*other)).collect();
    let strip_votes = |strip: usize| {
        let mut votes = vec![0_u32; shifts];
        for y in (strip * STRIP_ROWS..((strip + 1) * STRIP_ROWS).min(a.len())).filter(|y| a.has_enough_ink(*y)) {
            for other in &others {
                if let Some(unlike) = a.unlike(y, &b, *other, UNLIKE_UP_TO) {
                    votes[other + a.len() - y] += UNLIKE_UP_TO + 1 - unlike;
                }
            }
        }
        votes
    };
    let votes: Vec<Vec<u32>> = (0..a.len().div_ceil(STRIP_ROWS)).map(strip_votes).collect();
    let path = best_path(&votes, shifts)?;
    let (mut ink_rows, mut similar, mut overlap_rows) = (0_u32, 0_u32, 0_u32);
    for y in 0..a.len() {
        let Some(other) = (y + path[y / STRIP_ROWS]).checked_sub(a.len()).filter(|other| *other < b.len()) else {
            continue;
        };
        overlap_rows += 1;
        if a.has_enough_ink(y) || b.has_enough_ink(other) {
            ink_rows += 1;
            let mut near = other.saturating_sub(STRAY_UP_TO)..(other + STRAY_UP_TO + 1).min(b.len());
            similar += u32::from(near.any(|other| a.unlike(y, &b, other, UNLIKE_UP_TO).is_some()));
        }
    }
    let equal_rows = similar as f32 / ink_rows.max(1) as f32;
    let shift = path[path.len() / 2] as i32 - a.len() as i32;
    let convinces = similar >= SIMILAR_ROWS_AT_LEAST && equal_rows >= SIMILAR_SHARE_AT_LEAST;
    convinces.then_some(PairLikeness { shift, equal_rows, overlap_rows, rows: ComparedRows::Profiles, overlay: None })
}

/// The shift of each strip on the path with the most votes; `None` if there are no strips, or no
/// votes at all.
fn best_path(votes: &[Vec<u32>], shifts: usize) -> Option<Vec<usize>> {
    let near = |at: usize| at.saturating_sub(CHANGE_UP_TO)..(at + CHANGE_UP_TO + 1).min(shifts);
    let mut sums = votes.first()?.clone();
    // For each strip from the second on, the shifts that the best paths come from. Among equally
    // good ones the straightest.
    let mut from: Vec<Vec<usize>> = Vec::new();
    for strip in &votes[1..] {
        let best =
            |at: usize| near(at).max_by_key(|before| (sums[*before], usize::MAX - before.abs_diff(at))).unwrap_or(at);
        let came: Vec<usize> = (0..shifts).map(best).collect();
        sums = came.iter().zip(strip).map(|(before, own)| sums[*before] + own).collect();
        from.push(came);
    }
    let last = (0..shifts).max_by_key(|at| sums[*at]).filter(|at| sums[*at] > 0)?;
    let mut path = vec![last];
    for came in from.iter().rev() {
        let at = path.last().map_or(last, |at| came[*at]);
        path.push(at);
    }
    path.reverse();
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align;
    use crate::drawing::{crop, page, softened};

    /// The page with two more rows of ground after each line of 16.
    fn stretched(page: &Pixels) -> Pixels {
        let row = 4 * page.width as usize;
        let mut rgba = Vec::new();
        for line in page.rgba.chunks(16 * row) {
            rgba.extend_from_slice(line);
            rgba.extend(std::iter::repeat_n(255, row));
        }
        Pixels { width: page.width, height: (rgba.len() / row) as u32, rgba }
    }

    #[test]
    fn path_follows_lines_that_are_further_apart() {
        let long = page(875, 900, 1);
        let (a, b) = (crop(&long, 0, 700), softened(&crop(&stretched(&long), 100, 700)));
        assert!(align(&a, &b).equal_rows < 0.5);
        let found = along_a_path(&a, &b).unwrap();
        assert!(found.equal_rows > 0.7 && (-100..-50).contains(&found.shift), "{found:?}");
    }

    #[test]
    fn path_rejects_other_text() {
        for seed in 10..16 {
            assert_eq!(along_a_path(&page(875, 600, seed), &page(875, 600, seed + 100)), None);
            assert_eq!(along_a_path(&page(875, 600, seed), &stretched(&page(875, 600, seed + 100))), None);
        }
        let blank = Pixels { width: 0, height: 0, rgba: Vec::new() };
        assert_eq!(along_a_path(&blank, &blank), None);
    }
}
