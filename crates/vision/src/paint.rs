//! The colour that shows how two pixels at one position differ.
//!
//! Other modules decide which pixels are compared; the caller passes in the colours.

use tilejury_data::Pixels;

use super::features::luma;

/// Pixels are equal if no channel differs by more than this many of 255 levels: enough for rounded
/// colours and for the noise of JPEG on plain ground, less than the change at a letter's edge by
/// another anti-aliasing.
pub const TOLERANCE_LEVELS: u8 = 16;
/// Strength of the equal parts, in 256ths of full ink: enough to keep one's place, too little to
/// distract.
const EQUAL_STRENGTH: u32 = 80;
/// The least strength of a difference, so that a faint one is seen.
const DIFFERENT_AT_LEAST: u32 = 96;

/// The colours of a picture of differences, as RGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DifferenceColours {
    /// The ground.
    pub paper: [u8; 3],
    /// The equal parts, mixed with a lot of paper.
    pub ink: [u8; 3],
    /// Parts where `a` has more ink.
    pub only_a: [u8; 3],
    /// Parts where `b` has more ink.
    pub only_b: [u8; 3],
    /// The ground of parts of one picture without a counterpart in the other.
    pub outside: [u8; 3],
}

impl DifferenceColours {
    /// Colours on white: blue and vermilion of the palette of Okabe & Ito (2008), which people with
    /// any colour vision can distinguish.
    pub const LIGHT: Self = Self {
        paper: [255, 255, 255],
        ink: [0, 0, 0],
        only_a: [0, 114, 178],
        only_b: [213, 94, 0],
        outside: [228, 228, 232],
    };
    /// Colours on near black: sky blue and orange of the same palette.
    pub const DARK: Self = Self {
        paper: [24, 24, 26],
        ink: [240, 240, 240],
        only_a: [86, 180, 233],
        only_b: [230, 159, 0],
        outside: [52, 52, 58],
    };
}

/// The counts of a pass over the overlap, in pixels.
#[derive(Default)]
pub(super) struct OverlapCounts {
    pub(super) all: u64,
    pub(super) same: u64,
    pub(super) equal: u64,
    pub(super) ink: u64,
    pub(super) equal_ink: u64,
}

pub(super) struct Brush {
    paint: DifferenceColours,
    /// The luma of either picture's ground.
    grounds: (u8, u8),
}

impl Brush {
    /// Prepares for these two pictures; reads both once.
    pub(super) fn new(a: &Pixels, b: &Pixels, paint: DifferenceColours) -> Self {
        Self { paint, grounds: (ground(a), ground(b)) }
    }

    /// The colour of one position, given both pixels there.
    pub(super) fn dab(&self, a: Option<[u8; 4]>, b: Option<[u8; 4]>, count: &mut OverlapCounts) -> [u8; 3] {
        let ink_of = |pixel: Option<[u8; 4]>, ground| pixel.map_or(0, |pixel| u32::from(luma(pixel).abs_diff(ground)));
        let (ink_a, ink_b) = (ink_of(a, self.grounds.0), ink_of(b, self.grounds.1));
        let (Some(a), Some(b)) = (a, b) else {
            let none = a.is_none() && b.is_none();
            return mix(self.paint.outside, self.paint.ink, if none { 0 } else { pale(ink_a.max(ink_b)) });
        };
        let ink = ink_a.max(ink_b) > u32::from(TOLERANCE_LEVELS);
        let equal = near(a, b);
        count.all += 1;
        count.same += u64::from(a == b || (a[3] == 0 && b[3] == 0));
        count.equal += u64::from(equal);
        count.ink += u64::from(ink);
        count.equal_ink += u64::from(equal && ink);
        if equal {
            return mix(self.paint.paper, self.paint.ink, pale(ink_a));
        }
        let colour = if ink_a >= ink_b { self.paint.only_a } else { self.paint.only_b };
        mix(self.paint.paper, colour, (DIFFERENT_AT_LEAST + ink_a.abs_diff(ink_b)).min(256))
    }
}

/// Strength of an equal pixel, given its ink of 255.
fn pale(ink: u32) -> u32 {
    ink * EQUAL_STRENGTH / 255
}

/// Mixes `strength` of 256 of `over` with the rest of `under`.
fn mix(under: [u8; 3], over: [u8; 3], strength: u32) -> [u8; 3] {
    let channel = |at: usize| ((u32::from(under[at]) * (256 - strength) + u32::from(over[at]) * strength) >> 8) as u8;
    [channel(0), channel(1), channel(2)]
}

fn near(a: [u8; 4], b: [u8; 4]) -> bool {
    let hidden = a[3] == 0 && b[3] == 0;
    hidden || a.iter().zip(&b).all(|(a, b)| a.abs_diff(*b) <= TOLERANCE_LEVELS)
}

/// The commonest luma of a picture; white if it has no pixels.
fn ground(pixels: &Pixels) -> u8 {
    let mut counts = [0_u32; 256];
    pixels.rgba.as_chunks::<4>().0.iter().for_each(|pixel| counts[usize::from(luma(*pixel))] += 1);
    let most = (0..=255_u8).max_by_key(|level| counts[usize::from(*level)]);
    most.unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_differ_clearly_on_both_papers() {
        for paint in [DifferenceColours::LIGHT, DifferenceColours::DARK] {
            let grey = |[r, g, b]: [u8; 3]| luma([r, g, b, 255]);
            for one in [paint.only_a, paint.only_b] {
                assert!(grey(one).abs_diff(grey(paint.paper)) > 80, "{paint:?}");
            }
        }
    }
}
