//! The tile shows a positive's content: scrolled, drawn or compressed otherwise, cut from the same page at another place, at another
//! scale, in other colours, or with other margins.
//!
//! Signatures and profiles propose; then both tiles are decoded and laid over each other: at the best vertical shift, and at the scale
//! that the profiles propose. Strength is the share of rows with ink that agree in the overlap, from a half on, or that of the ink that
//! agrees, whichever says more; counted in full where at least a third of the positive is seen again, less below that, and nothing
//! below a tenth: pages of one site share heads and feet.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use tilejury_data::{Dataset, Pixels, decode};

use super::competing_positives::CompetingPositive;
use super::{PixelInputs, drifting, same_picture};
use crate::likeness::{Evidence, Overlay, ScaledProfile, align, overlay};
use crate::parallel::in_parallel;
use crate::progress::{Cancelled, Stage};
use crate::suspicion::copy_placement::CopyPlacement;
use crate::suspicion::fingerprints::{FingerprintCache, PairLikeness, PictureFingerprint, Unpacked, Work};
use crate::suspicion::reason::Reason;
use crate::suspicion::{Finding, Signal};

/// Share of the positive's rows that the overlap must have to count at all, and to count in full.
const OVERLAP: (f32, f32) = (0.1, 1.0 / 3.0);
/// Most of the rows in the overlap must agree: pages of one site share a head that can fill a third of a tile.
const EQUAL_AT_LEAST: f32 = 0.5;
/// Of the ink of a copy at another scale so much must agree, and from the second share on it counts in full: where another
/// scale blurs or a watermark lies over it, some words agree with nothing.
const AGREEING: (f32, f32) = (0.72, 0.8);
/// Positives whose pairs are compared between two looks at whether to go on.
const POSITIVES_AT_ONCE: usize = 256;

/// A negative to be compared with a positive.
pub(super) struct PairToCompare {
    /// Its place in the row.
    pub(super) at: usize,
    pub(super) tile: u32,
    pub(super) rival: CompetingPositive,
}

/// A positive's picture and another, each by a tile that shows it.
type Pairs = Vec<(u32, u32)>;
type Compared = Vec<((u32, u32), PairLikeness)>;

impl PairToCompare {
    /// The pictures to be laid over each other, the positive's first. Many tiles can show one picture, and many rows want the
    /// same pair: each is compared once.
    pub(super) fn pair(&self, view: &PixelInputs<'_>) -> (u32, u32) {
        (view.pictures[self.rival.tile as usize], view.pictures[self.tile as usize])
    }
}

/// Compares pairs of pictures, and finds the rows that want those that are near. Where it is cancelled, what was
/// compared until then is in the cache.
pub(super) fn find(
    view: &PixelInputs<'_>,
    dataset: &Dataset,
    cache: &mut FingerprintCache,
    pairs: HashSet<(u32, u32)>,
    work: &Work<'_>,
    out: &mut Vec<Finding>,
) -> Result<(), Cancelled> {
    let mut pairs: Pairs = pairs.into_iter().collect();
    pairs.sort_unstable();
    let by_positive: Vec<&[(u32, u32)]> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
    let mut shared: HashMap<(u32, u32), PairLikeness> = HashMap::new();
    let mut done = 0;
    for some in by_positive.chunks(POSITIVES_AT_ONCE) {
        work.progress.report(Stage::Pairs.step(done, pairs.len()))?;
        done += some.iter().map(|pairs| pairs.len()).sum::<usize>();
        let (proposed, all) = in_parallel(some, work.threads, |pairs| proposed(view, pairs, work));
        if !all {
            return Err(Cancelled);
        }
        let mut to_compare: Vec<Pairs> = Vec::new();
        for mut pairs in proposed {
            pairs.retain(|pair| match hashes(view, *pair).and_then(|(a, b)| cache.shared(a, b)) {
                Some(known) => shared.insert(*pair, known).is_some(),
                None => true,
            });
            to_compare.push(pairs);
        }
        to_compare.retain(|pairs| !pairs.is_empty());
        let (compared, all) = in_parallel(&to_compare, work.threads, |pairs| compare(view, dataset, pairs, work));
        let mut to_keep = Vec::new();
        for (pair, found) in compared.into_iter().flatten() {
            shared.insert(pair, found);
            to_keep.extend(hashes(view, pair).map(|(a, b)| (a, b, found)));
        }
        // What cannot be kept is compared again the next time.
        let _ = cache.store_likeness(&to_keep);
        if !all {
            return Err(Cancelled);
        }
    }
    work.progress.report(Stage::Pairs.step(done, pairs.len()))?;
    shared.retain(|_, shared| shared.equal_rows > 0.0 || shared.overlay.is_some());
    for sample in (0..view.table.len()).filter(|_| !shared.is_empty()) {
        findings(view, sample, &shared, out);
    }
    Ok(())
}

/// Those of a positive's pairs whose signatures could align, or whose profiles are alike at some scale.
fn proposed(view: &PixelInputs<'_>, pairs: &[(u32, u32)], work: &Work<'_>) -> ControlFlow<Pairs, Pairs> {
    if (work.before_each)().is_err() {
        return ControlFlow::Break(Vec::new());
    }
    let Some(positive) = pairs.first().and_then(|pair| picture(view, pair.0)) else {
        return ControlFlow::Continue(Vec::new());
    };
    let mut unpacked: Option<(u32, Unpacked)> = None;
    let scaled = ScaledProfile::new(&positive.profile);
    let could = |pair: &&(u32, u32)| {
        let Some(other) = picture(view, pair.1) else { return false };
        let width = positive.width.min(other.width);
        if unpacked.as_ref().is_none_or(|(of_width, _)| *of_width != width) {
            unpacked = Some((width, positive.signature.unpacked(width)));
        }
        unpacked.as_ref().is_some_and(|(_, own)| own.could_align(&other.signature.unpacked(width)))
            || scaled.guess(&other.profile).is_some()
    };
    ControlFlow::Continue(pairs.iter().filter(could).copied().collect())
}

/// Decodes a positive and each of its pairs' other tile, and lays them over each other.
fn compare(
    view: &PixelInputs<'_>,
    dataset: &Dataset,
    pairs: &[(u32, u32)],
    work: &Work<'_>,
) -> ControlFlow<Compared, Compared> {
    let (mut bytes, mut compared, mut positive) = (Vec::new(), Vec::new(), None);
    for pair in pairs {
        if (work.before_each)().is_err() {
            return ControlFlow::Break(compared);
        }
        let mut pixels = |tile: u32| read(view, dataset, tile, &mut bytes);
        if positive.is_none() {
            positive = pixels(pair.0);
        }
        let Some(positive) = &positive else { break };
        if let Some(other) = pixels(pair.1) {
            let fingerprints = picture(view, pair.0).zip(picture(view, pair.1));
            compared.push((*pair, share(positive, &other, fingerprints)));
        }
    }
    ControlFlow::Continue(compared)
}

/// Lays two pictures over each other: in one piece, else along a path; and, where that leaves a doubt, at the scale that their
/// profiles propose.
pub(super) fn share(
    positive: &Pixels,
    other: &Pixels,
    fingerprints: Option<(&PictureFingerprint, &PictureFingerprint)>,
) -> PairLikeness {
    let found = align(positive, other);
    let exact = found.evidence == Evidence::Exact;
    let straight =
        PairLikeness { shift: found.shift, equal_rows: 0.0, overlap_rows: found.overlap_rows, exact, overlay: None };
    let shared = if found.alike() && found.equal_rows >= EQUAL_AT_LEAST {
        PairLikeness { equal_rows: found.equal_rows, ..straight }
    } else {
        drifting::along_a_path(positive, other).unwrap_or(straight)
    };
    if shared.exact && shared.equal_rows >= AGREEING.1 {
        return shared;
    }
    let guess = fingerprints.and_then(|(own, other)| ScaledProfile::new(&own.profile).guess(&other.profile));
    let laid = guess.and_then(|guess| overlay(positive, other, &guess));
    PairLikeness { overlay: laid.filter(|overlay| strength_of_overlay(overlay) > 0.0), ..shared }
}

fn read(view: &PixelInputs<'_>, dataset: &Dataset, tile: u32, bytes: &mut Vec<u8>) -> Option<Pixels> {
    let location = dataset.tiles.locate(&view.path(dataset, tile)?).ok()?;
    dataset.tiles.read(&location, bytes).ok()?;
    decode(bytes).ok()
}

fn picture<'v>(view: &'v PixelInputs<'_>, tile: u32) -> Option<&'v PictureFingerprint> {
    view.print(tile)?.picture()
}

fn hashes(view: &PixelInputs<'_>, pair: (u32, u32)) -> Option<(u128, u128)> {
    Some((picture(view, pair.0)?.pixels, picture(view, pair.1)?.pixels))
}

/// The strongest finding for each tile of a row. What the row wants is asked for once more: to keep it for all rows would take
/// far more room than the time that it saves.
fn findings(view: &PixelInputs<'_>, sample: usize, shared: &HashMap<(u32, u32), PairLikeness>, out: &mut Vec<Finding>) {
    let mut wanted = Vec::new();
    same_picture::find(view, sample, &mut Vec::new(), &mut |one| {
        if shared.contains_key(&one.pair(view)) {
            wanted.push(one);
        }
    });
    for of_tile in wanted.chunk_by(|a, b| a.at == b.at) {
        let found = of_tile.iter().filter_map(|wanted| {
            let shared = shared.get(&wanted.pair(view))?;
            let (other, own) = (picture(view, wanted.tile)?, picture(view, wanted.rival.tile)?);
            let overlap = shared.overlap_rows as f32 / own.height.max(1) as f32;
            let whose = wanted.rival.whose;
            let of_rows = strength(shared.equal_rows, overlap);
            let by_rows = Reason::NearPicture {
                whose,
                shift: shared.shift,
                equal_rows: shared.equal_rows,
                overlap,
                exact: shared.exact,
            };
            let by_overlay = shared.overlay.map(|overlay| {
                let sizes = ((own.width, own.height), (other.width, other.height));
                (
                    strength_of_overlay(&overlay),
                    Reason::SamePicture { whose, placed: CopyPlacement::new(&overlay, sizes) },
                )
            });
            let (strength, reason) = match by_overlay {
                Some(stronger) if stronger.0 > of_rows => stronger,
                _ => (of_rows, by_rows),
            };
            Some(Finding {
                sample: sample as u32,
                tile: Some(wanted.at),
                signal: Signal::NearPicture,
                strength: strength * wanted.rival.factor,
                reason,
            })
        });
        out.extend(found.filter(|finding| finding.strength > 0.0).max_by(|a, b| a.strength.total_cmp(&b.strength)));
    }
}

/// Of the share of rows with ink that agree, and of the positive's rows in the overlap.
fn strength(equal_rows: f32, overlap: f32) -> f32 {
    if equal_rows < EQUAL_AT_LEAST {
        return 0.0;
    }
    equal_rows * counted(overlap)
}

/// Of the ink that agrees, and of the positive's ink in the overlap.
fn strength_of_overlay(overlay: &Overlay) -> f32 {
    if overlay.agreeing < AGREEING.0 {
        return 0.0;
    }
    (overlay.agreeing / AGREEING.1).min(1.0) * counted(overlay.overlap)
}

/// How far an overlap counts, 0 to 1.
fn counted(overlap: f32) -> f32 {
    ((overlap - OVERLAP.0) / (OVERLAP.1 - OVERLAP.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::strength;

    #[test]
    fn a_crop_counts_in_full_and_a_shared_foot_not_at_all() {
        assert_eq!(strength(0.9, 0.4), 0.9);
        assert_eq!(strength(0.9, 0.06), 0.0);
        assert_eq!((strength(0.0, 1.0), strength(0.46, 1.0)), (0.0, 0.0));
        let grows = [0.1, 0.15, 0.2, 0.3, 0.34, 1.0].map(|overlap| strength(1.0, overlap));
        assert!(grows.is_sorted(), "{grows:?}");
    }
}
