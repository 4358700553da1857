//! Compares the signatures of proposed pairs on all cores, a bounded number at the same time.

use std::collections::HashMap;
use std::ops::ControlFlow;

use tilejury_vision::PictureFingerprint;

use super::record::{record_of, tile};
use super::sorter::{Sorted, Sorter};
use super::source::TileSketches;
use super::{PairError, PairKind, PairSettings, TilePair};
use crate::parallel::in_parallel;
use crate::progress::{Progress, Stage};

/// The pairs that are compared before the next ones are read.
const PAIRS_AT_ONCE: usize = 1 << 16;
/// The pairs that a thread takes at once.
const PAIRS_A_STEP: usize = 256;

/// Compares all pairs; those that are near go to `found`.
pub(super) fn verify(
    source: &dyn TileSketches,
    mut pairs: Sorted<8>,
    settings: &PairSettings,
    found: &mut Sorter<17>,
    progress: &dyn Progress,
) -> Result<(), PairError> {
    let total = pairs.len() as usize;
    let (mut waiting, mut done) = (Vec::with_capacity(PAIRS_AT_ONCE), 0);
    let mut compare_all = |waiting: &mut Vec<(u32, u32)>| -> Result<(), PairError> {
        progress.report(Stage::Pairs.step(done, total))?;
        done += waiting.len();
        let steps: Vec<&[(u32, u32)]> = waiting.chunks(PAIRS_A_STEP).collect();
        let (near, _) = in_parallel(&steps, settings.threads, |step| match compare(source, step, settings.distance) {
            Ok(near) => ControlFlow::Continue(Ok(near)),
            Err(error) => ControlFlow::Break(Err(error)),
        });
        for near in near {
            for pair in near? {
                found.push(record_of(pair))?;
            }
        }
        waiting.clear();
        Ok(())
    };
    pairs.each::<PairError>(&mut |record| {
        waiting.push((tile(&record[..4]), tile(&record[4..])));
        if waiting.len() >= PAIRS_AT_ONCE { compare_all(&mut waiting) } else { Ok(()) }
    })?;
    compare_all(&mut waiting)
}

fn compare(source: &dyn TileSketches, pairs: &[(u32, u32)], most: f32) -> Result<Vec<TilePair>, PairError> {
    // The pairs are sorted: a tile is most often wanted several times in a row.
    let mut known: HashMap<u32, Option<PictureFingerprint>> = HashMap::new();
    let mut near = Vec::new();
    for (a, b) in pairs {
        for tile in [a, b] {
            if !known.contains_key(tile) {
                known.insert(*tile, source.fingerprint(*tile)?);
            }
        }
        let (Some(Some(own)), Some(Some(other))) = (known.get(a), known.get(b)) else { continue };
        let Some(likeness) = own.likeness_of_signatures(other) else { continue };
        let small = |rows: u32| rows.min(u32::from(u16::MAX)) as u16;
        let rows = (small(likeness.matched_rows), small(likeness.overlap_rows));
        let pair = TilePair { a: *a, b: *b, kind: PairKind::NearSignature, shift: likeness.shift, rows };
        if pair.distance() <= most {
            near.push(pair);
        }
    }
    Ok(near)
}
