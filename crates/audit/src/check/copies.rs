//! Negatives that are copies of a positive of their query under another path: a trainer would push
//! the positive away from its own query.
//!
//! Compares within a query only. Uses the fingerprints that exist already, and decodes again only
//! tiles that could be near; none if the fingerprints are those of a cache.

use std::collections::HashMap;

use tilejury_data::{Dataset, SampleIndex, TilePath, TileSource, cores};
use tilejury_rows::QueryKey;

use super::{CheckedFingerprints, Problem, finding};
use crate::progress::{Cancelled, Progress, ProgressStep, Stage};
use crate::suspicion::copies_among;
use crate::suspicion::fingerprints::{FingerprintCache, Fingerprints, OverlaidPairs, PixelWork};

/// Returns a problem for each negative that is a copy of a positive of its query.
pub(super) fn find(
    dataset: &Dataset,
    shards: &TileSource,
    checked: CheckedFingerprints,
    progress: &dyn Progress,
) -> Result<Vec<Problem>, Cancelled> {
    let mut positives: HashMap<QueryKey, Vec<(SampleIndex, TilePath)>> = HashMap::new();
    for index in dataset.indices() {
        let Ok(row) = dataset.row(index) else { continue };
        positives.entry(QueryKey::new(&row.query)).or_default().push((index, TilePath::new(&row.positive)));
    }
    // The row, the tile's path in its spelling, and the row whose positive it is compared with.
    let mut compared: Vec<(SampleIndex, String, TilePath, SampleIndex, &TilePath)> = Vec::new();
    for index in dataset.indices() {
        let Ok(sample) = dataset.sample(index) else { continue };
        let positives = positives.get(&QueryKey::new(&sample.query)).into_iter().flatten();
        // The row's own positive first: a copy of several is reported as a copy of this one.
        let mut positives: Vec<&(SampleIndex, TilePath)> = positives.collect();
        positives.sort_by_key(|(other, _)| *other != index);
        let mut seen: Vec<&TilePath> = Vec::new();
        for negative in &sample.negatives {
            // A positive under its own path is reported as such.
            if seen.contains(&&negative.path) || positives.iter().any(|(_, positive)| *positive == negative.path) {
                continue;
            }
            seen.push(&negative.path);
            let (spelling, path) = (&negative.spelling, &negative.path);
            compared.extend(
                positives.iter().map(|(other, positive)| (index, spelling.clone(), path.clone(), *other, positive)),
            );
        }
    }
    let pairs_only = |step: ProgressStep| match step.stage {
        Stage::Pairs => progress.report(step),
        _ => Ok(()),
    };
    let is_decoded = checked.cache.is_none();
    let overlaid = if is_decoded { OverlaidPairs::All } else { OverlaidPairs::None };
    let work = PixelWork { overlaid, ..PixelWork::new(cores(), &pairs_only) };
    let mut cache = match checked.cache.map_or_else(FingerprintCache::in_memory, Ok) {
        Ok(cache) => cache,
        Err(error) => {
            let message = format!("copies of positives could not be looked for: {error}");
            let (kind, split, line, path) = ("not_looked_for", None, None, None);
            return Ok(vec![Problem { kind, split, line, path, message }]);
        }
    };
    let pairs: Vec<(&TilePath, &TilePath)> = compared.iter().map(|(.., path, _, positive)| (*positive, path)).collect();
    let kinds = copies_among(shards, &Fingerprints::from_parts(checked.all), &mut cache, &pairs, &work)?;
    let mut found: Vec<Problem> = Vec::new();
    let mut last: Option<(SampleIndex, &String)> = None;
    for ((index, spelling, _, other, _), kind) in compared.iter().zip(kinds) {
        let Some(kind) = kind.filter(|_| last != Some((*index, spelling))) else { continue };
        last = Some((*index, spelling));
        let original = match other == index {
            true => "the row's positive".to_owned(),
            false => format!("the positive of the same query in {}", dataset.describe_position(*other)),
        };
        let message = match is_decoded || kind.is_identical() {
            true => kind.sentence(&original),
            false => format!("{}, by their fingerprints", kind.sentence(&original)),
        };
        found.push(finding(dataset, *index, "copy_of_positive", Some(spelling), &message));
    }
    Ok(found)
}
