//! The tiles of a set that show the picture of a given tile, or a near one.
//!
//! Fingerprints that the pixel scan stored find copies and propose near pictures; only the proposed
//! ones are decoded and compared, as the signals do.

use std::ops::ControlFlow;

use tilejury_data::{Dataset, Pixels, TilePath, decode};
use tilejury_vision::{self as vision, AGREEING, PairLikeness, PictureFingerprint, PictureProposer};

use crate::parallel::in_parallel;
use crate::progress::{Cancelled, Stage};
use crate::suspicion::fingerprints::{FingerprintBuild, FingerprintCache, PixelWork, TileFingerprint, make_some};
use crate::suspicion::pixels::strength_of_pair;

/// The tiles whose fingerprints are compared between two checks for cancellation.
const TILES_AT_ONCE: usize = 512;
/// The most tiles that are decoded and compared.
const DECODED_UP_TO: usize = 300;

/// The way in which two tiles are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileLikeness {
    /// Their bytes are the same.
    SameBytes,
    /// Their pixels are the same, in another encoding.
    SamePixels,
    /// They show nearly the same, or parts of the same.
    NearPicture,
}

/// A tile like the given one.
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarTile {
    /// The tile.
    pub tile: TilePath,
    /// The way in which it is alike.
    pub kind: TileLikeness,
    /// The likeness, above 0 up to 1; the strength that the signal of near pictures would have.
    pub likeness: f32,
}

/// The tiles like a given one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimilarTiles {
    /// The most alike first.
    pub tiles: Vec<SimilarTile>,
    /// The number of tiles whose fingerprints are known; the others were not compared.
    pub compared: usize,
    /// The number of tiles that rows name.
    pub all: usize,
}

/// Finds the tiles of the set that are like a tile. Reads pictures of near ones only, and no
/// adopted ones; what pixels of pairs share is kept in the cache. If the tile itself cannot be
/// read, nothing is like it.
///
/// # Errors
/// When the work was cancelled.
pub fn similar_tiles(
    dataset: &Dataset,
    cache: &mut FingerprintCache,
    tile: &TilePath,
    work: &PixelWork<'_>,
) -> Result<SimilarTiles, Cancelled> {
    let build = FingerprintBuild::start(dataset, cache, work)?;
    let known = build.fingerprints();
    let made = match known.get(tile) {
        Some(_) => None,
        // The scan has not come to it.
        None => Some(make_some(dataset, vec![tile.clone()], cache, work)?),
    };
    let of_tile = made.as_ref().unwrap_or(known).get(tile);
    let own = of_tile.and_then(TileFingerprint::picture);
    let others: Vec<(&TilePath, &PictureFingerprint)> = known.pictures().filter(|(other, _)| *other != tile).collect();
    let is_read = |other: &TilePath| {
        let of_both = of_tile.zip(known.get(other));
        of_both.is_some_and(|(own, other)| work.overlaid.has(own, other))
    };
    let mut similar = SimilarTiles { tiles: Vec::new(), compared: others.len(), all: known.len() };
    let Some(own) = own else { return Ok(similar) };
    let mut near = Vec::new();
    let parts: Vec<_> = others.chunks(TILES_AT_ONCE).collect();
    let (found, all) = in_parallel(&parts, work.threads, |part| {
        if work.progress.report(Stage::Pairs.step(0, 0)).is_err() {
            return ControlFlow::Break(Vec::new());
        }
        let mut proposer = PictureProposer::new(own);
        let kind = |other: &PictureFingerprint| {
            if own.bytes == other.bytes {
                Some(TileLikeness::SameBytes)
            } else if own.pixels == other.pixels {
                Some(TileLikeness::SamePixels)
            } else {
                proposer.could_be_near(other).then_some(TileLikeness::NearPicture)
            }
        };
        let mut kind = kind;
        ControlFlow::Continue(part.iter().filter_map(|(path, other)| Some((*path, *other, kind(other)?))).collect())
    });
    if !all {
        return Err(Cancelled);
    }
    for (path, other, kind) in found.into_iter().flatten() {
        match kind {
            TileLikeness::NearPicture => near.push((path, other)),
            kind => similar.tiles.push(SimilarTile { tile: path.clone(), kind, likeness: 1.0 }),
        }
    }
    // Those that are not read do not count.
    let mut decoded = 0;
    near.retain(|(path, _)| {
        let is_read = is_read(path);
        decoded += usize::from(is_read);
        !is_read || decoded <= DECODED_UP_TO
    });
    similar.tiles.extend(near_pictures(dataset, cache, (tile, own), &near, &is_read, work)?);
    similar.tiles.sort_by(|a, b| {
        let by_likeness = || b.likeness.total_cmp(&a.likeness);
        a.kind.cmp(&b.kind).then_with(by_likeness).then_with(|| a.tile.as_str().cmp(b.tile.as_str()))
    });
    Ok(similar)
}

/// A tile with the fingerprint of its picture.
type Candidate<'c> = (&'c TilePath, &'c PictureFingerprint);

/// Compares the pictures that could be near: those that are read pixel by pixel, where the cache
/// does not know them, the others by their fingerprints.
fn near_pictures(
    dataset: &Dataset,
    cache: &mut FingerprintCache,
    (tile, own): (&TilePath, &PictureFingerprint),
    near: &[Candidate<'_>],
    is_read: &dyn Fn(&TilePath) -> bool,
    work: &PixelWork<'_>,
) -> Result<Vec<SimilarTile>, Cancelled> {
    let known = |(path, other): &Candidate<'_>| {
        let by_fingerprints = || (!is_read(path)).then(|| PairLikeness::of_fingerprints(own, other)).flatten();
        cache.shared(own.pixels, other.pixels).or_else(by_fingerprints)
    };
    let mut likenesses: Vec<Option<PairLikeness>> = near.iter().map(known).collect();
    let unknown = |at: &usize| likenesses[*at].is_none() && is_read(near[*at].0);
    let unknown: Vec<usize> = (0..near.len()).filter(unknown).collect();
    let pixels = if unknown.is_empty() { None } else { read(dataset, tile) };
    if let Some(pixels) = pixels {
        let (compared, all) = in_parallel(&unknown, work.threads, |at| {
            if (work.before_each)().is_err() || work.progress.report(Stage::Pairs.step(0, 0)).is_err() {
                return ControlFlow::Break(None);
            }
            let (path, other) = near[*at];
            let found = read(dataset, path).map(|pictured| vision::compare(&pixels, &pictured, Some((own, other))));
            ControlFlow::Continue(found.map(|found| (*at, found)))
        });
        let mut to_store = Vec::new();
        for (at, found) in compared.into_iter().flatten() {
            likenesses[at] = Some(found);
            to_store.push((own.pixels, near[at].1.pixels, found));
        }
        // A likeness that cannot be stored is computed again the next time.
        let _ = cache.store_likeness(&to_store);
        if !all {
            return Err(Cancelled);
        }
    }
    let found = near.iter().zip(&likenesses).filter_map(|((path, _), shared)| {
        let shared = shared.as_ref().filter(|shared| is_certain(shared))?;
        let likeness = strength_of_pair(shared, own.height);
        let tile = TilePath::clone(path);
        (likeness > 0.0).then_some(SimilarTile { tile, kind: TileLikeness::NearPicture, likeness })
    });
    Ok(found.collect())
}

/// Whether what two pictures share is more than a layout. Here every tile of the set is compared:
/// of so many pairs, some have words of other text at the same places as often as a blurred copy
/// has.
fn is_certain(shared: &PairLikeness) -> bool {
    shared.equal_rows > 0.0 || shared.overlay.is_some_and(|overlay| overlay.agreeing >= AGREEING.1)
}

fn read(dataset: &Dataset, tile: &TilePath) -> Option<Pixels> {
    let location = dataset.tiles.locate(tile).ok()?;
    let mut bytes = Vec::new();
    dataset.tiles.read(&location, &mut bytes).ok()?;
    decode::decode(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use tilejury_vision::{ComparedRows, Overlay};

    use super::*;

    #[test]
    fn pages_of_one_layout_are_no_near_pictures() {
        let overlay = |agreeing: f32| {
            Some(Overlay { scale: 0.9975, right: -0.3, down: 71.7, agreeing, overlap: 1.0, inverted: false })
        };
        let shared = |equal_rows: f32, overlay: Option<Overlay>| PairLikeness {
            shift: 0,
            equal_rows,
            overlap_rows: 311,
            rows: ComparedRows::Profiles,
            overlay,
        };
        // Two short tiles of the demo: kinds of bread, and the end of a page about bridges.
        let layout = shared(0.0, overlay(0.764));
        assert!(strength_of_pair(&layout, 311) > 0.9 && !is_certain(&layout));
        assert!(is_certain(&shared(0.0, overlay(0.85))), "a copy at another scale");
        assert!(is_certain(&shared(0.98, None)) && is_certain(&shared(0.6, overlay(0.75))), "rows agree");
    }
}
