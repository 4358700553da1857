//! Negatives that are copies of a positive of their query under another path: what a trainer would push away from itself.
//!
//! Compares within a query only; goes by fingerprints that are made already, and decodes again only what could be near.

use std::collections::HashMap;

use tilejury_data::{Dataset, TilePath, TileSource, cores};

use super::{Problem, finding};
use crate::progress::{Cancelled, Progress, Stage, Step};
use crate::same_query::QueryKey;
use crate::suspicion::copies_among;
use crate::suspicion::fingerprints::{FingerprintCache, Fingerprints, TileFingerprint, Work};

/// A finding for each negative that is a copy of a positive of its query.
pub(super) fn find(
    dataset: &Dataset,
    shards: &TileSource,
    fingerprints: Vec<(TilePath, TileFingerprint)>,
    progress: &dyn Progress,
) -> Result<Vec<Problem>, Cancelled> {
    let mut positives: HashMap<QueryKey, Vec<(usize, TilePath)>> = HashMap::new();
    for index in 0..dataset.samples.len() {
        let Ok(row) = dataset.row(index) else { continue };
        positives.entry(QueryKey::new(&row.query)).or_default().push((index, TilePath::new(&row.positive)));
    }
    // The row, the tile as it spells it, and the row whose positive it is compared with.
    let mut compared: Vec<(usize, String, TilePath, usize, &TilePath)> = Vec::new();
    for index in 0..dataset.samples.len() {
        let Ok(sample) = dataset.sample(index) else { continue };
        let of_query = positives.get(&QueryKey::new(&sample.query)).into_iter().flatten();
        // The row's own positive first: what is a copy of several is told of as a copy of that.
        let mut of_query: Vec<&(usize, TilePath)> = of_query.collect();
        of_query.sort_by_key(|(other, _)| *other != index);
        let mut seen: Vec<&TilePath> = Vec::new();
        for negative in &sample.negatives {
            // A positive under its own path is told of as such.
            if seen.contains(&&negative.path) || of_query.iter().any(|(_, positive)| *positive == negative.path) {
                continue;
            }
            seen.push(&negative.path);
            let (spelling, path) = (&negative.spelling, &negative.path);
            compared.extend(
                of_query.iter().map(|(other, positive)| (index, spelling.clone(), path.clone(), *other, positive)),
            );
        }
    }
    let pairs_only = |step: Step| match step.stage {
        Stage::Pairs => progress.report(step),
        _ => Ok(()),
    };
    let work = Work::new(cores(), &pairs_only);
    let mut cache = match FingerprintCache::in_memory() {
        Ok(cache) => cache,
        Err(error) => {
            let message = format!("copies of positives could not be looked for: {error}");
            let (kind, split, line, path) = ("not_looked_for", None, None, None);
            return Ok(vec![Problem { kind, split, line, path, message }]);
        }
    };
    let pairs: Vec<(&TilePath, &TilePath)> = compared.iter().map(|(.., path, _, positive)| (*positive, path)).collect();
    let kinds = copies_among(shards, &Fingerprints::from_parts(fingerprints), &mut cache, &pairs, &work)?;
    let mut found: Vec<Problem> = Vec::new();
    let mut last: Option<(usize, &String)> = None;
    for ((index, spelling, _, other, _), kind) in compared.iter().zip(kinds) {
        let Some(kind) = kind.filter(|_| last != Some((*index, spelling))) else { continue };
        last = Some((*index, spelling));
        let whose = match other == index {
            true => "the row's positive".to_owned(),
            false => format!("the positive of the same query in {}", dataset.describe_position(*other)),
        };
        found.push(finding(dataset, *index, "copy_of_positive", Some(spelling), &kind.sentence(&whose)));
    }
    Ok(found)
}
