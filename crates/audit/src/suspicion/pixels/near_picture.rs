//! The tile shows a positive's content: scrolled, rendered or compressed differently, cut from the
//! same page at another position, at another scale, in other colours, or with other margins.
//!
//! Signatures and profiles propose pairs. Then both tiles are decoded and overlaid, at the best
//! vertical shift and at the scale that the profiles propose. Strength is the share of rows with
//! ink that agree in the overlap, if it is at least a half, or the share of the ink that agrees,
//! whichever is stronger. Of tiles that are not read again, the rows in the signatures decide. It
//! counts in full if at least a third of the positive is seen again, less below that, and not at
//! all below a tenth: pages of one site share headers and footers.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use tilejury_data::{Dataset, Pixels, SampleIndex, decode};
use tilejury_vision::{
    self as vision, AGREEING, EQUAL_AT_LEAST, OVERLAP, Overlay, PairLikeness, PictureFingerprint, PictureProposer,
};

use super::PixelInputs;
use super::pairs::{TileComparison, comparisons_of};
use crate::parallel::in_parallel;
use crate::progress::{Cancelled, Stage};
use crate::suspicion::copy_placement::CopyPlacement;
use crate::suspicion::evidence::Evidence;
use crate::suspicion::fingerprints::{FingerprintCache, PixelWork};
use crate::suspicion::{Finding, Signal};

/// Positives whose pairs are compared between two reports, which are when work can be cancelled.
const POSITIVES_AT_ONCE: usize = 256;

/// Pairs of a positive's picture and another, each by a tile that shows it.
type Pairs = Vec<(u32, u32)>;
type Compared = Vec<((u32, u32), PairLikeness)>;

/// Compares pairs of pictures, and finds the rows with near ones. If cancelled, the pairs compared
/// by then are in the cache.
pub(super) fn find(
    inputs: &PixelInputs<'_>,
    dataset: &Dataset,
    cache: &mut FingerprintCache,
    pairs: HashSet<(u32, u32)>,
    work: &PixelWork<'_>,
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
        let (proposed, all) = in_parallel(some, work.threads, |pairs| proposed(inputs, pairs, work));
        if !all {
            return Err(Cancelled);
        }
        let mut to_compare: Vec<Pairs> = Vec::new();
        for mut pairs in proposed {
            pairs.retain(|pair| {
                let known = hashes(inputs, *pair).and_then(|(a, b)| cache.shared(a, b));
                let is_overlaid = known.is_none() && is_overlaid(inputs, *pair, work);
                let by_fingerprints = || (!is_overlaid).then(|| likeness_of_fingerprints(inputs, *pair)).flatten();
                shared.extend(known.or_else(by_fingerprints).map(|found| (*pair, found)));
                is_overlaid
            });
            to_compare.push(pairs);
        }
        to_compare.retain(|pairs| !pairs.is_empty());
        let (compared, all) = in_parallel(&to_compare, work.threads, |pairs| compare(inputs, dataset, pairs, work));
        let mut to_store = Vec::new();
        for (pair, found) in compared.into_iter().flatten() {
            shared.insert(pair, found);
            to_store.extend(hashes(inputs, pair).map(|(a, b)| (a, b, found)));
        }
        // A likeness that cannot be stored is computed again the next time.
        let _ = cache.store_likeness(&to_store);
        if !all {
            return Err(Cancelled);
        }
    }
    work.progress.report(Stage::Pairs.step(done, pairs.len()))?;
    shared.retain(|_, shared| shared.equal_rows > 0.0 || shared.overlay.is_some());
    for sample in inputs.table.indices().filter(|_| !shared.is_empty()) {
        findings(inputs, sample, &shared, out);
    }
    Ok(())
}

/// Returns those of a positive's pairs whose signatures could align, or whose profiles are alike at
/// some scale.
fn proposed(inputs: &PixelInputs<'_>, pairs: &[(u32, u32)], work: &PixelWork<'_>) -> ControlFlow<Pairs, Pairs> {
    if (work.before_each)().is_err() {
        return ControlFlow::Break(Vec::new());
    }
    let Some(positive) = pairs.first().and_then(|pair| picture(inputs, pair.0)) else {
        return ControlFlow::Continue(Vec::new());
    };
    let mut proposer = PictureProposer::new(positive);
    let could = |pair: &&(u32, u32)| picture(inputs, pair.1).is_some_and(|other| proposer.could_be_near(other));
    ControlFlow::Continue(pairs.iter().filter(could).copied().collect())
}

/// Decodes a positive and the other tile of each of its pairs, and overlays them.
fn compare(
    inputs: &PixelInputs<'_>,
    dataset: &Dataset,
    pairs: &[(u32, u32)],
    work: &PixelWork<'_>,
) -> ControlFlow<Compared, Compared> {
    let (mut bytes, mut compared, mut positive) = (Vec::new(), Vec::new(), None);
    for pair in pairs {
        if (work.before_each)().is_err() {
            return ControlFlow::Break(compared);
        }
        let mut pixels = |tile: u32| read(inputs, dataset, tile, &mut bytes);
        if positive.is_none() {
            positive = pixels(pair.0);
        }
        let Some(positive) = &positive else { break };
        if let Some(other) = pixels(pair.1) {
            let fingerprints = picture(inputs, pair.0).zip(picture(inputs, pair.1));
            compared.push((*pair, vision::compare(positive, &other, fingerprints)));
        }
    }
    ControlFlow::Continue(compared)
}

fn read(inputs: &PixelInputs<'_>, dataset: &Dataset, tile: u32, bytes: &mut Vec<u8>) -> Option<Pixels> {
    let location = dataset.tiles.locate(&inputs.path(dataset, tile)?).ok()?;
    dataset.tiles.read_patiently(&location, bytes).ok()?;
    decode(bytes).ok()
}

/// Whether the pixels of a pair are compared.
fn is_overlaid(inputs: &PixelInputs<'_>, pair: (u32, u32), work: &PixelWork<'_>) -> bool {
    let of_both = inputs.fingerprint(pair.0).zip(inputs.fingerprint(pair.1));
    of_both.is_some_and(|(a, b)| work.overlaid.has(a, b))
}

fn likeness_of_fingerprints(inputs: &PixelInputs<'_>, pair: (u32, u32)) -> Option<PairLikeness> {
    PairLikeness::of_fingerprints(picture(inputs, pair.0)?, picture(inputs, pair.1)?)
}

fn picture<'v>(inputs: &'v PixelInputs<'_>, tile: u32) -> Option<&'v PictureFingerprint> {
    inputs.picture(tile)
}

fn hashes(inputs: &PixelInputs<'_>, pair: (u32, u32)) -> Option<(u128, u128)> {
    Some((picture(inputs, pair.0)?.pixels, picture(inputs, pair.1)?.pixels))
}

/// Adds the strongest finding for each tile of a row. The row's pairs are computed a second time:
/// keeping them for all rows would take far more memory than the time is worth.
fn findings(
    inputs: &PixelInputs<'_>,
    sample: SampleIndex,
    shared: &HashMap<(u32, u32), PairLikeness>,
    out: &mut Vec<Finding>,
) {
    let pairs = comparisons_of(inputs, sample).into_iter().flat_map(TileComparison::into_pairs);
    let wanted: Vec<_> = pairs.filter(|pair| shared.contains_key(&pair.pair(inputs))).collect();
    for same_tile in wanted.chunk_by(|a, b| a.at == b.at) {
        let found = same_tile.iter().filter_map(|wanted| {
            let shared = shared.get(&wanted.pair(inputs))?;
            let (other, own) = (picture(inputs, wanted.tile)?, picture(inputs, wanted.positive.tile)?);
            let overlap = shared.overlap_rows as f32 / own.height.max(1) as f32;
            let owner = wanted.positive.owner;
            let rows_strength = strength(shared.equal_rows, overlap);
            let by_rows = Evidence::NearPicture {
                owner,
                shift: shared.shift,
                equal_rows: shared.equal_rows,
                overlap,
                rows: shared.rows,
            };
            let by_overlay = shared.overlay.map(|overlay| {
                let sizes = ((own.width, own.height), (other.width, other.height));
                (
                    strength_of_overlay(&overlay),
                    Evidence::SamePicture { owner, placed: CopyPlacement::new(&overlay, sizes) },
                )
            });
            let (strength, evidence) = match by_overlay {
                Some(stronger) if stronger.0 > rows_strength => stronger,
                _ => (rows_strength, by_rows),
            };
            Some(Finding {
                sample,
                tile: Some(wanted.at),
                signal: Signal::NearPicture,
                strength: strength * wanted.positive.factor,
                evidence,
            })
        });
        out.extend(found.filter(|finding| finding.strength > 0.0).max_by(|a, b| a.strength.total_cmp(&b.strength)));
    }
}

/// Returns how much two pictures are alike, 0 to 1, by what they share; `height` is that of the
/// first.
pub(in crate::suspicion) fn strength_of_pair(shared: &PairLikeness, height: u32) -> f32 {
    let by_rows = strength(shared.equal_rows, shared.overlap_rows as f32 / height.max(1) as f32);
    shared.overlay.as_ref().map_or(by_rows, |overlay| strength_of_overlay(overlay).max(by_rows))
}

/// Returns the strength, given the shares of the rows with ink that agree and of the positive's
/// rows in the overlap.
fn strength(equal_rows: f32, overlap: f32) -> f32 {
    if equal_rows < EQUAL_AT_LEAST {
        return 0.0;
    }
    equal_rows * overlap_factor(overlap)
}

/// Returns the strength of an overlay by the ink that agrees and the positive's ink in the overlap.
fn strength_of_overlay(overlay: &Overlay) -> f32 {
    if overlay.agreeing < AGREEING.0 {
        return 0.0;
    }
    (overlay.agreeing / AGREEING.1).min(1.0) * overlap_factor(overlay.overlap)
}

/// Returns how much an overlap counts, 0 to 1.
fn overlap_factor(overlap: f32) -> f32 {
    ((overlap - OVERLAP.0) / (OVERLAP.1 - OVERLAP.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::strength;

    #[test]
    fn crops_count_in_full_and_shared_footers_not_at_all() {
        assert_eq!(strength(0.9, 0.4), 0.9);
        assert_eq!(strength(0.9, 0.06), 0.0);
        assert_eq!((strength(0.0, 1.0), strength(0.46, 1.0)), (0.0, 0.0));
        let grows = [0.1, 0.15, 0.2, 0.3, 0.34, 1.0].map(|overlap| strength(1.0, overlap));
        assert!(grows.is_sorted(), "{grows:?}");
    }
}
