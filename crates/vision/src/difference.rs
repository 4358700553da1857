//! The difference of two pictures laid over each other: as a picture, as numbers, and as a
//! sentence.
//!
//! Paints from pixels and knows no window; the caller passes in the colours.

use std::ops::Range;

use tilejury_data::Pixels;

use super::align::{Alignment, overlap};
use super::features::row;
use super::paint::{Brush, DifferenceColours, OverlapCounts, TOLERANCE_LEVELS};

/// Two pictures laid over each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Both pictures, as wide and high as their union, so that nothing of either is left out. Equal
    /// parts are pale, differences coloured; parts without a counterpart have a ground of their
    /// own.
    pub picture: Pixels,
    /// The row of [`Self::picture`] where `a` begins.
    pub a_top: u32,
    /// The row of [`Self::picture`] where `b` begins.
    pub b_top: u32,
    /// The rows of [`Self::picture`] in which both have pixels.
    pub overlap: Range<u32>,
    /// Share, 0 to 1, of the pixels in the overlap that differ by at most [`TOLERANCE_LEVELS`]. 1
    /// if nothing overlaps.
    pub equal_pixels: f32,
    /// The same share of only those pixels that are ink in either picture, since ground agrees with
    /// ground in any two.
    pub equal_ink: f32,
    /// Whether both pictures are the same pixel for pixel, size included.
    pub identical: bool,
    /// Whether every pixel in the overlap is the same.
    pub overlap_identical: bool,
    /// The alignment of the pictures.
    pub alignment: Alignment,
    /// Columns that only one of them has.
    pub outside_columns: u32,
}

/// Lays `b` over `a` by the alignment. Where both differ, the colour shows which of them has more
/// ink, that is, which is further from its own ground; so a dark page reads like a white one. Costs
/// one pass over the pixels.
pub fn difference(a: &Pixels, b: &Pixels, alignment: Alignment, paint: &DifferenceColours) -> Difference {
    // A shift past either end would only put empty rows between the pictures.
    let shift = i64::from(alignment.shift).clamp(-i64::from(a.height), i64::from(b.height)) as i32;
    let (from, to) = overlap((a.height, b.height), shift);
    let (a_top, b_top) = (shift.max(0) as u32, shift.min(0).unsigned_abs());
    let width = a.width.max(b.width);
    let height = (a_top + a.height).max(b_top + b.height);
    let brush = Brush::new(a, b, *paint);
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    let mut count = OverlapCounts::default();
    for y in 0..height {
        let row_of = |pixels, top| y.checked_sub(top).map_or(&[][..], |y| row(pixels, y, width)).as_chunks::<4>().0;
        let (row_a, row_b) = (row_of(a, a_top), row_of(b, b_top));
        for x in 0..width as usize {
            let [r, g, b] = brush.dab(row_a.get(x).copied(), row_b.get(x).copied(), &mut count);
            rgba.extend_from_slice(&[r, g, b, 255]);
        }
    }
    let share = |equal: u64, all: u64| if all == 0 { 1.0 } else { (equal as f64 / all as f64) as f32 };
    let overlap_identical = count.same == count.all && count.all > 0;
    Difference {
        picture: Pixels { width, height, rgba },
        a_top,
        b_top,
        overlap: a_top + from..a_top + to,
        equal_pixels: share(count.equal, count.all),
        equal_ink: share(count.equal_ink, count.ink),
        identical: super::identical(a, b),
        overlap_identical,
        alignment,
        outside_columns: a.width.abs_diff(b.width),
    }
}

impl Difference {
    /// The sentence above the picture: `Identical pixels`, `Identical after moving it 2 pixels up;
    /// 4 of 1026 rows have no counterpart`. "It" is `b`.
    pub fn sentence(&self) -> String {
        if self.identical {
            return "Identical pixels".into();
        }
        if self.overlap.is_empty() {
            return "No rows in common".into();
        }
        if !self.alignment.alike() && !self.overlap_identical {
            return format!("No match: {} shared ink", percent(self.equal_ink));
        }
        let equal = if self.overlap_identical {
            "Identical".into()
        } else if self.equal_pixels >= 1.0 {
            format!("Nearly identical (within {TOLERANCE_LEVELS} of 255 levels)")
        } else {
            format!("{} of pixels equal", percent(self.equal_pixels))
        };
        format!("{equal}{}{}", self.describe_shift(), self.outside())
    }

    fn describe_shift(&self) -> String {
        let pixels = match self.alignment.shift.unsigned_abs() {
            1 => "1 pixel".into(),
            pixels => format!("{pixels} pixels"),
        };
        match self.alignment.shift {
            0 if self.overlap_identical => " where both have pixels".into(),
            0 => String::new(),
            1.. => format!(" after moving it {pixels} up"),
            _ => format!(" after moving it {pixels} down"),
        }
    }

    fn outside(&self) -> String {
        let rows = self.picture.height - (self.overlap.end - self.overlap.start);
        let part = |part: u32, whole: u32, what| match part {
            0 => None,
            1 => Some(format!("1 of {whole} {what} has no counterpart")),
            _ => Some(format!("{part} of {whole} {what} have no counterpart")),
        };
        let rows = part(rows, self.picture.height, "rows");
        let columns = part(self.outside_columns, self.picture.width, "columns");
        [rows, columns].into_iter().flatten().map(|part| format!("; {part}")).collect()
    }
}

/// A share in percent with one decimal, rounded down: only the whole is 100 %.
fn percent(share: f32) -> String {
    format!("{:.1} %", (f64::from(share) * 1000.0).floor() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::super::align;
    use super::super::drawing::{crop, dot, flat, page, softened};
    use super::*;

    fn aligned(a: &Pixels, b: &Pixels) -> Difference {
        difference(a, b, align(a, b), &DifferenceColours::LIGHT)
    }

    fn colour(difference: &Difference, x: u32, y: u32) -> [u8; 3] {
        let at = 4 * (y * difference.picture.width + x) as usize;
        difference.picture.rgba[at..at + 3].try_into().unwrap()
    }

    #[test]
    fn difference_shows_the_same_picture_pale_and_identical() {
        let a = page(300, 100, 1);
        let found = aligned(&a, &a);
        assert_eq!(found.sentence(), "Identical pixels");
        assert!(found.identical && found.overlap_identical);
        assert_eq!((found.equal_pixels, found.equal_ink, found.overlap.clone()), (1.0, 1.0, 0..100));
        let lightest = found.picture.rgba.iter().min();
        assert!(lightest > Some(&150), "nothing is darker than pale grey: {lightest:?}");
    }

    #[test]
    fn difference_calls_a_scrolled_page_identical_in_the_overlap() {
        let long = page(300, 300, 2);
        let (a, b) = (crop(&long, 2, 256), crop(&long, 0, 256));
        let up = aligned(&a, &b);
        assert_eq!(up.sentence(), "Identical after moving it 2 pixels up; 4 of 258 rows have no counterpart");
        assert_eq!((up.a_top, up.b_top, up.picture.height, up.overlap.clone()), (2, 0, 258, 2..256));
        assert_eq!(colour(&up, 299, 0), DifferenceColours::LIGHT.outside);
        assert_eq!(colour(&up, 299, 100), DifferenceColours::LIGHT.paper);
        let down = aligned(&b, &a);
        assert_eq!(down.sentence(), "Identical after moving it 2 pixels down; 4 of 258 rows have no counterpart");
        assert_eq!((down.a_top, down.b_top), (0, 2));
    }

    #[test]
    fn difference_colours_content_of_only_one_picture() {
        let a = page(300, 100, 3);
        let (mut with_a, mut with_b) = (a.clone(), a.clone());
        dot(&mut with_a, 290, 10, [0, 0, 0, 255]);
        dot(&mut with_b, 290, 20, [0, 0, 0, 255]);
        dot(&mut with_b, 290, 30, [250, 250, 250, 255]);
        let found = aligned(&with_a, &with_b);
        assert_eq!(colour(&found, 290, 10), DifferenceColours::LIGHT.only_a);
        assert_eq!(colour(&found, 290, 20), DifferenceColours::LIGHT.only_b);
        assert!(colour(&found, 290, 30).iter().all(|channel| *channel >= 250), "within the tolerance");
        assert_eq!(found.sentence(), "99.9 % of pixels equal");
        assert!(!found.identical && !found.overlap_identical);
    }

    #[test]
    fn difference_takes_light_for_ink_on_a_dark_ground() {
        let a = flat(60, 40, 20);
        let mut b = a.clone();
        dot(&mut b, 5, 5, [255, 255, 255, 255]);
        assert_eq!(colour(&aligned(&a, &b), 5, 5), DifferenceColours::LIGHT.only_b);
    }

    #[test]
    fn difference_calls_slight_noise_nearly_identical() {
        let a = page(300, 100, 4);
        let mut b = a.clone();
        b.rgba.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel[0] ^= 1);
        assert_eq!(aligned(&a, &b).sentence(), "Nearly identical (within 16 of 255 levels)");
        let soft = aligned(&page(600, 100, 4), &softened(&page(600, 100, 4)));
        assert!(soft.alignment.alike() && soft.equal_pixels < 1.0 && soft.equal_pixels > soft.equal_ink);
    }

    #[test]
    fn difference_ignores_the_common_ground_of_other_pages() {
        let found = aligned(&page(600, 200, 5), &page(600, 200, 6));
        assert!(found.sentence().starts_with("No match: "), "{}", found.sentence());
        assert!(found.equal_ink < 0.5 && found.equal_pixels > 0.5, "{found:?}");
    }

    #[test]
    fn difference_accepts_any_two_sizes() {
        let sentence = |a: &Pixels, b: &Pixels| aligned(a, b).sentence();
        assert_eq!(sentence(&flat(1, 1, 0), &flat(1, 1, 0)), "Identical pixels");
        assert_eq!(sentence(&flat(0, 0, 0), &flat(4, 4, 0)), "No rows in common");
        let longer = sentence(&flat(8, 5, 255), &flat(9, 9, 255));
        let outside = "; 4 of 9 rows have no counterpart; 1 of 9 columns has no counterpart";
        assert_eq!(longer, format!("Identical where both have pixels{outside}"));
        assert_eq!(aligned(&flat(8, 5, 255), &flat(9, 9, 255)).outside_columns, 1);
    }
}
