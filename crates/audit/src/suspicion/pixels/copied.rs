//! Whether a picture is a copy of another: the same bytes, the same pixels, or a near picture of
//! which enough was confirmed.
//!
//! Export, check and propagation all use these thresholds. Compares pairs of tiles; the callers
//! choose the pairs.

use std::collections::HashMap;
use std::ops::ControlFlow;

use tilejury_data::{Pixels, TilePath, TileSource, decode};
use tilejury_vision::{ComparedRows, PairLikeness, PictureFingerprint, PictureProposer, compare};

use crate::parallel::in_parallel;
use crate::progress::{Cancelled, Stage};
use crate::suspicion::fingerprints::{FingerprintCache, Fingerprints, PixelWork, TileFingerprint};

/// A near picture is a copy if it shows at least this share of the positive's rows, since the rest
/// may contain what answers the query. The signal itself counts a third in full, because half a
/// positive is worth a look.
pub const COPY_OVERLAP: f32 = 0.9;
/// A near picture is a copy only if at least this share of the rows with ink agree, too. Of the
/// pictures planted in a set of 110 rows of real pages, those shifted, compressed or drawn by
/// another renderer have 0.90 to 1. No pair of tiles with other content reached the signal's own
/// bound of 0.5, so this bound leaves room on both sides.
pub const COPY_EQUAL_ROWS: f32 = 0.85;

/// A picture at another scale, in other colours or with other margins is a copy if at least this
/// share of the ink agrees, and [`COPY_OVERLAP`] of the positive's ink is there. In sets with such
/// copies planted, the signal's own bound of 0.72 let nothing else through.
pub const COPY_EQUAL_INK: f32 = 0.8;

/// The kinds of copies; the surest first.
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
    /// Whether there is no difference that a model could see.
    pub fn is_identical(self) -> bool {
        self != Self::Near
    }

    /// Returns a phrase that relates a tile to a positive with this name.
    pub fn sentence(self, positive: &str) -> String {
        match self {
            Self::SameBytes => format!("is byte for byte {positive} under another path"),
            Self::SamePixels => format!("has the pixels of {positive} in another encoding"),
            Self::Near => format!("shows nearly the same picture as {positive}"),
        }
    }
}

/// The least width at which rows that agree by their coarse profile tell pictures apart: 16 bands
/// of 18 pixels.
const PROFILE_WIDTH: u32 = 288;
/// The least overlap for that, in rows: seven lines of text.
const PROFILE_ROWS: u32 = 128;

/// Whether a near picture is a copy of a positive. It shows at least [`COPY_OVERLAP`] of the
/// positive's rows, and [`COPY_EQUAL_ROWS`] of those with ink agree: to the pixel, or by profiles
/// if the pictures are large enough for those.
pub(crate) fn is_near_copy(positive: &PictureFingerprint, other: &PictureFingerprint, near: SharedContent) -> bool {
    let overlap_rows = near.overlap * positive.height as f32;
    let is_large = positive.width.min(other.width) >= PROFILE_WIDTH && overlap_rows >= PROFILE_ROWS as f32;
    let by_rows = near.equal_rows >= COPY_EQUAL_ROWS
        && near.overlap >= COPY_OVERLAP
        && (near.rows == ComparedRows::Exact || is_large);
    let by_ink = near.ink.is_some_and(|(equal, overlap)| equal >= COPY_EQUAL_INK && overlap >= COPY_OVERLAP);
    by_rows || by_ink
}

/// Whether each of two pictures is a near copy of the other, by their fingerprints alone.
pub(crate) fn are_near_copies(a: &PictureFingerprint, b: &PictureFingerprint) -> bool {
    let is_copy = |positive, other| {
        let shared = PairLikeness::of_fingerprints(positive, other);
        shared.is_some_and(|shared| is_near_copy(positive, other, SharedContent::new(shared, positive)))
    };
    is_copy(a, b) && is_copy(b, a)
}

/// The content that a positive and another picture share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedContent {
    /// Share of the rows with ink that agree in the overlap, 0 to 1.
    pub(crate) equal_rows: f32,
    /// Share of the positive's rows that the other has too, 0 to 1.
    pub(crate) overlap: f32,
    /// The kind of rows that were compared.
    pub(crate) rows: ComparedRows,
    /// For a picture at another scale, in other colours or with other margins: the shares, 0 to 1,
    /// of the ink that agrees, and of the positive's ink that the other has.
    pub(crate) ink: Option<(f32, f32)>,
}

impl SharedContent {
    fn new(shared: PairLikeness, positive: &PictureFingerprint) -> Self {
        let overlap = shared.overlap_rows as f32 / positive.height.max(1) as f32;
        let ink = shared.overlay.map(|overlay| (overlay.agreeing, overlay.overlap));
        Self { equal_rows: shared.equal_rows, overlap, rows: shared.rows, ink }
    }
}

/// Two different pictures, and the pairs of tiles that show them.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PicturePair {
    /// The hashes of their pixels, the positive's first.
    hashes: (u128, u128),
    /// Indices into the pairs of tiles, at least one.
    tile_pairs: Vec<usize>,
}

/// Returns for each pair of tiles which kind of copy the second is of the first, a positive; `None`
/// if it is not a copy, or if either has no fingerprint of a picture. What pairs share is kept in
/// the cache.
pub(crate) fn copies_among(
    tiles: &TileSource,
    fingerprints: &Fingerprints,
    cache: &mut FingerprintCache,
    pairs: &[(&TilePath, &TilePath)],
    work: &PixelWork<'_>,
) -> Result<Vec<Option<CopyKind>>, Cancelled> {
    let finder = CopyFinder { tiles, fingerprints, pairs, work };
    let (mut kinds, undecided) = finder.find_identical();
    // All pairs of one positive together: it is decoded once.
    let by_positive: Vec<&[PicturePair]> = undecided.chunk_by(|a, b| a.hashes.0 == b.hashes.0).collect();
    let total = undecided.len();
    let mut done = 0;
    for some in by_positive.chunks(POSITIVES_AT_ONCE) {
        work.progress.report(Stage::Pairs.step(done, total))?;
        done += some.iter().map(|pairs| pairs.len()).sum::<usize>();
        finder.find_near(some, cache, &mut kinds)?;
    }
    work.progress.report(Stage::Pairs.step(done, total))?;
    Ok(kinds)
}

/// A likeness with the index of its pair of tiles, and whether it was computed now.
struct FoundLikeness {
    tile_pair: usize,
    is_new: bool,
    likeness: PairLikeness,
}

/// The copies among pairs of tiles: first those that hashes show, then near pictures.
struct CopyFinder<'f> {
    tiles: &'f TileSource,
    fingerprints: &'f Fingerprints,
    pairs: &'f [(&'f TilePath, &'f TilePath)],
    work: &'f PixelWork<'f>,
}

impl CopyFinder<'_> {
    fn picture(&self, tile: &TilePath) -> Option<&PictureFingerprint> {
        self.fingerprints.get(tile).and_then(TileFingerprint::picture)
    }

    /// Whether the pixels of a pair of tiles are compared.
    fn is_overlaid(&self, a: &TilePath, b: &TilePath) -> bool {
        let of_both = self.fingerprints.get(a).zip(self.fingerprints.get(b));
        of_both.is_some_and(|(a, b)| self.work.overlaid.has(a, b))
    }

    /// The identical copies by pair of tiles, and the pairs of pictures that could be near, each
    /// once, sorted by positive.
    fn find_identical(&self) -> (Vec<Option<CopyKind>>, Vec<PicturePair>) {
        let mut kinds = vec![None; self.pairs.len()];
        let mut undecided: HashMap<(u128, u128), Vec<usize>> = HashMap::new();
        for (index, (positive, other)) in self.pairs.iter().enumerate() {
            let (Some(a), Some(b)) = (self.picture(positive), self.picture(other)) else { continue };
            kinds[index] = identical(a, b);
            if kinds[index].is_none() {
                undecided.entry((a.pixels, b.pixels)).or_default().push(index);
            }
        }
        let mut undecided: Vec<PicturePair> =
            undecided.into_iter().map(|(hashes, tile_pairs)| PicturePair { hashes, tile_pairs }).collect();
        undecided.sort_unstable();
        (kinds, undecided)
    }

    /// Finds the near copies among pairs of pictures, grouped by positive, and stores the new
    /// likenesses, also if the work is cancelled.
    fn find_near(
        &self,
        groups: &[&[PicturePair]],
        cache: &mut FingerprintCache,
        kinds: &mut [Option<CopyKind>],
    ) -> Result<(), Cancelled> {
        // A cached likeness needs no comparison; only this thread queries SQLite.
        let cached = |pair: &PicturePair| (pair.tile_pairs[0], cache.shared(pair.hashes.0, pair.hashes.1));
        let to_compare: Vec<Vec<_>> = groups.iter().map(|group| group.iter().map(cached).collect()).collect();
        let (found, all) = in_parallel(&to_compare, self.work.threads, |group| self.compare_group(group));
        let found: HashMap<usize, FoundLikeness> =
            found.into_iter().flatten().map(|found| (found.tile_pair, found)).collect();
        let mut to_store = Vec::new();
        for pair in groups.iter().flat_map(|group| group.iter()) {
            let Some(FoundLikeness { is_new, likeness, .. }) = found.get(&pair.tile_pairs[0]) else { continue };
            if *is_new {
                to_store.push((pair.hashes.0, pair.hashes.1, *likeness));
            }
            let (positive, other) = self.pairs[pair.tile_pairs[0]];
            let pictures = self.picture(positive).zip(self.picture(other));
            if pictures.is_some_and(|(a, b)| is_near_copy(a, b, SharedContent::new(*likeness, a))) {
                pair.tile_pairs.iter().for_each(|index| kinds[*index] = Some(CopyKind::Near));
            }
        }
        // A likeness that cannot be stored is computed again the next time.
        let _ = cache.store_likeness(&to_store);
        if all { Ok(()) } else { Err(Cancelled) }
    }

    /// Compares the pictures of one positive with others, unless their likeness is cached.
    fn compare_group(
        &self,
        group: &[(usize, Option<PairLikeness>)],
    ) -> ControlFlow<Vec<FoundLikeness>, Vec<FoundLikeness>> {
        let (mut positive, mut bytes, mut found) = (None, Vec::new(), Vec::new());
        for (tile_pair, cached) in group {
            if (self.work.before_each)().is_err() {
                return ControlFlow::Break(found);
            }
            let (own, other) = self.pairs[*tile_pair];
            let (Some(a), Some(b)) = (self.picture(own), self.picture(other)) else { continue };
            let likeness = match cached {
                Some(cached) => Some(*cached),
                None if !self.is_overlaid(own, other) => PairLikeness::of_fingerprints(a, b),
                None if !PictureProposer::new(a).could_be_near(b) => None,
                None => {
                    positive = positive.or_else(|| read(self.tiles, own, &mut bytes));
                    let other = read(self.tiles, other, &mut bytes);
                    positive.as_ref().zip(other).map(|(positive, other)| compare(positive, &other, Some((a, b))))
                }
            };
            let is_new = cached.is_none() && likeness.as_ref().is_some_and(|it| it.rows != ComparedRows::Fingerprints);
            found.extend(likeness.map(|likeness| FoundLikeness { tile_pair: *tile_pair, is_new, likeness }));
        }
        ControlFlow::Continue(found)
    }
}

/// Positives whose pairs are compared between two reports, which are when work can be cancelled.
const POSITIVES_AT_ONCE: usize = 64;

/// The same as [`copies_among`] for one pair, without a cache.
pub(crate) fn copy_kind(
    tiles: &TileSource,
    (positive, own_picture): (&TilePath, &PictureFingerprint),
    (other, other_picture): (&TilePath, &PictureFingerprint),
) -> Option<CopyKind> {
    let same = identical(own_picture, other_picture);
    if same.is_some() || !PictureProposer::new(own_picture).could_be_near(other_picture) {
        return same;
    }
    let mut bytes = Vec::new();
    let (own, others) = (read(tiles, positive, &mut bytes)?, read(tiles, other, &mut bytes)?);
    let shared = compare(&own, &others, Some((own_picture, other_picture)));
    is_near_copy(own_picture, other_picture, SharedContent::new(shared, own_picture)).then_some(CopyKind::Near)
}

fn identical(a: &PictureFingerprint, b: &PictureFingerprint) -> Option<CopyKind> {
    match () {
        () if a.bytes == b.bytes => Some(CopyKind::SameBytes),
        () if a.pixels == b.pixels => Some(CopyKind::SamePixels),
        () => None,
    }
}

fn read(tiles: &TileSource, tile: &TilePath, bytes: &mut Vec<u8>) -> Option<Pixels> {
    tiles.read_patiently(&tiles.locate(tile).ok()?, bytes).ok()?;
    decode(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_half_a_positive_and_a_rough_likeness_as_copies() {
        let picture = |width, height| {
            let png = tilejury_testkit::picture::page(width, height, 1, 0);
            PictureFingerprint::new(&png, &decode(&png).unwrap())
        };
        let (large, small) = (picture(875, 400), picture(70, 82));
        let check = |picture: &PictureFingerprint, equal_rows, overlap, exact: bool| {
            let rows = if exact { ComparedRows::Exact } else { ComparedRows::Profiles };
            is_near_copy(picture, picture, SharedContent { equal_rows, overlap, rows, ink: None })
        };
        assert!(check(&large, 0.9, 0.99, false) && check(&large, 1.0, 0.9, true));
        assert!(!check(&large, 1.0, 0.58, true), "a crop of the positive may lack the answer");
        assert!(!check(&large, 0.73, 1.0, false));
        assert!(!check(&small, 1.0, 1.0, false), "four bands are too few");
        assert!(check(&small, 1.0, 1.0, true));
        let by_ink = |equal, overlap| {
            let near = SharedContent {
                rows: ComparedRows::Profiles,
                ink: Some((equal, overlap)),
                equal_rows: 0.0,
                overlap: 0.0,
            };
            is_near_copy(&large, &large, near)
        };
        assert!(by_ink(0.8, 0.9) && !by_ink(0.79, 1.0) && !by_ink(1.0, 0.6));
    }
}
