//! Whether a picture is a copy of another: the same bytes, the same pixels, or a near picture of which enough was confirmed.
//!
//! The one place that draws this line, for export, check and propagation. Knows pairs of tiles; which pairs matter is the
//! caller's business.

use std::collections::HashMap;
use std::ops::ControlFlow;

use tilejury_data::{Pixels, TilePath, TileSource, decode};
use tilejury_vision::{PairLikeness, PictureFingerprint, PictureProposer, compare};

use crate::parallel::in_parallel;
use crate::progress::{Cancelled, Stage};
use crate::suspicion::fingerprints::{FingerprintCache, Fingerprints, TileFingerprint, Work};

/// A near picture is a copy if it shows at least this share of the positive's rows: what answers the query may lie in the rest.
/// The signal itself counts a third in full, because half a positive is worth a look.
pub const COPY_OVERLAP: f32 = 0.9;
/// And if at least this share of the rows with ink agree. Of the pictures planted in a set of 110 rows of real pages, those
/// shifted, compressed or drawn by another renderer have 0.90 to 1; no pair of tiles with other content reached the signal's
/// own bound of 0.5, so this one leaves room on both sides.
pub const COPY_EQUAL_ROWS: f32 = 0.85;

/// Or, where it lies in the other at another scale, in other colours or with other margins, if at least this share of the ink
/// agrees, and [`COPY_OVERLAP`] of the positive's ink is there. In sets with copies planted so, the signal's own bound of 0.72
/// let nothing else through.
pub const COPY_EQUAL_INK: f32 = 0.8;

/// How a tile is a copy of another one; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CopyKind {
    /// Byte for byte the same file.
    SameBytes,
    /// The same pixels in another encoding.
    SamePixels,
    /// A near picture, confirmed above [`COPY_OVERLAP`] and [`COPY_EQUAL_ROWS`].
    Near,
}

impl CopyKind {
    /// Is there no difference that a model could see?
    pub fn is_identical(self) -> bool {
        self != Self::Near
    }

    /// What a tile is of a positive that is named so, in words.
    pub fn sentence(self, positive: &str) -> String {
        match self {
            Self::SameBytes => format!("is byte for byte {positive} under another path"),
            Self::SamePixels => format!("has the pixels of {positive} in another encoding"),
            Self::Near => format!("shows nearly the same picture as {positive}"),
        }
    }
}

/// Rows that agree by their coarse profile tell pictures apart only where they are this wide: 16 bands of 18 pixels.
const PROFILE_WIDTH: u32 = 288;
/// And where this many of them overlap: seven lines of text.
const PROFILE_ROWS: u32 = 128;

/// Is a near picture a copy of a positive? It shows at least [`COPY_OVERLAP`] of the positive's rows, and [`COPY_EQUAL_ROWS`] of those
/// with ink agree: to the pixel, or by profiles of pictures that are large enough to go by those.
pub(crate) fn is_near_copy(positive: &PictureFingerprint, other: &PictureFingerprint, near: SharedContent) -> bool {
    let overlap_rows = near.overlap * positive.height as f32;
    let tells = positive.width.min(other.width) >= PROFILE_WIDTH && overlap_rows >= PROFILE_ROWS as f32;
    let by_rows = near.equal_rows >= COPY_EQUAL_ROWS && near.overlap >= COPY_OVERLAP && (near.exact || tells);
    let by_ink = near.ink.is_some_and(|(equal, overlap)| equal >= COPY_EQUAL_INK && overlap >= COPY_OVERLAP);
    by_rows || by_ink
}

/// What a positive and another picture share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedContent {
    /// Share of the rows with ink that agree where both overlap, 0 to 1.
    pub(crate) equal_rows: f32,
    /// Share of the positive's rows that the other has too, 0 to 1.
    pub(crate) overlap: f32,
    /// Rows agree to the pixel.
    pub(crate) exact: bool,
    /// Where it lies in the other at another scale, in other colours or with other margins: the shares, 0 to 1, of the ink
    /// that agrees, and of the positive's ink that the other has.
    pub(crate) ink: Option<(f32, f32)>,
}

impl SharedContent {
    fn new(shared: PairLikeness, positive: &PictureFingerprint) -> Self {
        let overlap = shared.overlap_rows as f32 / positive.height.max(1) as f32;
        let ink = shared.overlay.map(|overlay| (overlay.agreeing, overlay.overlap));
        Self { equal_rows: shared.equal_rows, overlap, exact: shared.exact, ink }
    }
}

/// A pair of pictures, by the hashes of their pixels, and the pairs of tiles that show them.
type Shown = ((u128, u128), Vec<usize>);

/// How the second tile of each pair is a copy of the first, a positive; `None` where it is none, or where either has no print of
/// a picture. What pairs share is kept in the cache.
pub(crate) fn copies_among(
    tiles: &TileSource,
    fingerprints: &Fingerprints,
    cache: &mut FingerprintCache,
    pairs: &[(&TilePath, &TilePath)],
    work: &Work<'_>,
) -> Result<Vec<Option<CopyKind>>, Cancelled> {
    let picture = |tile: &TilePath| fingerprints.get(tile).and_then(TileFingerprint::picture);
    let mut kinds = vec![None; pairs.len()];
    // Pairs of pictures that could be near, each once, with the pairs of tiles that show them.
    let mut near: HashMap<(u128, u128), Vec<usize>> = HashMap::new();
    for (at, (positive, other)) in pairs.iter().enumerate() {
        let (Some(a), Some(b)) = (picture(positive), picture(other)) else { continue };
        kinds[at] = identical(a, b);
        if kinds[at].is_none() {
            near.entry((a.pixels, b.pixels)).or_default().push(at);
        }
    }
    let mut near: Vec<Shown> = near.into_iter().collect();
    near.sort_unstable();
    let total = near.len();
    let mut done = 0;
    // All pairs of one positive together: it is decoded once.
    let by_positive: Vec<&[Shown]> = near.chunk_by(|a, b| a.0.0 == b.0.0).collect();
    for some in by_positive.chunks(POSITIVES_AT_ONCE) {
        work.progress.report(Stage::Pairs.step(done, total))?;
        done += some.iter().map(|pairs| pairs.len()).sum::<usize>();
        // What is known needs no look; SQLite is asked by one thread.
        let asked: Vec<Vec<(usize, Option<PairLikeness>)>> = some
            .iter()
            .map(|of_one| of_one.iter().map(|((a, b), at)| (at[0], cache.shared(*a, *b))).collect())
            .collect();
        let shared_by_all = |of_one: &Vec<(usize, Option<PairLikeness>)>| {
            let (mut positive, mut bytes, mut found) = (None, Vec::new(), Vec::new());
            for (at, known) in of_one {
                if (work.before_each)().is_err() {
                    return ControlFlow::Break(found);
                }
                let (own, other) = pairs[*at];
                let (Some(a), Some(b)) = (picture(own), picture(other)) else { continue };
                let shared = match known {
                    Some(known) => Some(*known),
                    None if !PictureProposer::new(a).could_be_near(b) => None,
                    None => {
                        positive = positive.or_else(|| read(tiles, own, &mut bytes));
                        let other = read(tiles, other, &mut bytes);
                        positive.as_ref().zip(other).map(|(positive, other)| compare(positive, &other, Some((a, b))))
                    }
                };
                found.extend(shared.map(|shared| (*at, known.is_none(), shared)));
            }
            ControlFlow::Continue(found)
        };
        let (found, all) = in_parallel(&asked, work.threads, shared_by_all);
        let found: HashMap<usize, (bool, PairLikeness)> =
            found.into_iter().flatten().map(|(at, new, shared)| (at, (new, shared))).collect();
        let mut to_keep = Vec::new();
        for ((a, b), shown_by) in some.iter().flat_map(|of_one| of_one.iter()) {
            let Some((new, shared)) = found.get(&shown_by[0]) else { continue };
            if *new {
                to_keep.push((*a, *b, *shared));
            }
            let (positive, other) = pairs[shown_by[0]];
            let pictures = picture(positive).zip(picture(other));
            if pictures.is_some_and(|(a, b)| is_near_copy(a, b, SharedContent::new(*shared, a))) {
                shown_by.iter().for_each(|at| kinds[*at] = Some(CopyKind::Near));
            }
        }
        // What cannot be kept is compared again the next time.
        let _ = cache.store_likeness(&to_keep);
        if !all {
            return Err(Cancelled);
        }
    }
    work.progress.report(Stage::Pairs.step(done, total))?;
    Ok(kinds)
}

/// Positives whose pairs are compared between two looks at whether to go on.
const POSITIVES_AT_ONCE: usize = 64;

/// The same as [`copies_among`] for one pair, without a cache.
pub(crate) fn copy_kind(
    tiles: &TileSource,
    (positive, of_positive): (&TilePath, &PictureFingerprint),
    (other, of_other): (&TilePath, &PictureFingerprint),
) -> Option<CopyKind> {
    let same = identical(of_positive, of_other);
    if same.is_some() || !PictureProposer::new(of_positive).could_be_near(of_other) {
        return same;
    }
    let mut bytes = Vec::new();
    let (own, others) = (read(tiles, positive, &mut bytes)?, read(tiles, other, &mut bytes)?);
    let shared = compare(&own, &others, Some((of_positive, of_other)));
    is_near_copy(of_positive, of_other, SharedContent::new(shared, of_positive)).then_some(CopyKind::Near)
}

fn identical(a: &PictureFingerprint, b: &PictureFingerprint) -> Option<CopyKind> {
    match () {
        () if a.bytes == b.bytes => Some(CopyKind::SameBytes),
        () if a.pixels == b.pixels => Some(CopyKind::SamePixels),
        () => None,
    }
}

fn read(tiles: &TileSource, tile: &TilePath, bytes: &mut Vec<u8>) -> Option<Pixels> {
    tiles.read(&tiles.locate(tile).ok()?, bytes).ok()?;
    decode(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_positive_and_a_rough_likeness_are_no_copy() {
        let of = |width, height| {
            let png = tilejury_testkit::picture::page(width, height, 1, 0);
            PictureFingerprint::new(&png, &decode(&png).unwrap())
        };
        let (large, small) = (of(875, 400), of(70, 82));
        let check = |picture: &PictureFingerprint, equal_rows, overlap, exact| {
            is_near_copy(picture, picture, SharedContent { equal_rows, overlap, exact, ink: None })
        };
        assert!(check(&large, 0.9, 0.99, false) && check(&large, 1.0, 0.9, true));
        assert!(!check(&large, 1.0, 0.58, true), "a crop of the positive may lack the answer");
        assert!(!check(&large, 0.73, 1.0, false));
        assert!(!check(&small, 1.0, 1.0, false), "four bands tell little");
        assert!(check(&small, 1.0, 1.0, true));
        let by_ink = |equal, overlap| {
            let near = SharedContent { equal_rows: 0.0, overlap: 0.0, exact: false, ink: Some((equal, overlap)) };
            is_near_copy(&large, &large, near)
        };
        assert!(by_ink(0.8, 0.9) && !by_ink(0.79, 1.0) && !by_ink(1.0, 0.6));
    }
}
