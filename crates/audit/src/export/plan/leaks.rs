//! Queries that stand with the same positive in several splits: which of their rows leave.

use rustc_hash::{FxHashMap, FxHashSet};
use tilejury_data::{Dataset, Split};

use crate::export::facts::TileId;
use crate::same_query::QueryKey;

/// A query with a positive.
pub(super) type Pair = (QueryKey, TileId);

/// The rows, by sample and positive, that leave since a split that counts more has the same pair. `rows` are all rows that
/// would be written.
pub(super) fn of(dataset: &Dataset, rows: impl Iterator<Item = (usize, Pair)> + Clone) -> FxHashSet<(usize, TileId)> {
    let counts = counts_of_splits(dataset);
    if counts.iter().all(|count| *count == counts[0]) {
        return FxHashSet::default();
    }
    let count = |sample: usize| counts[usize::from(dataset.samples[sample].split)];
    let mut most: FxHashMap<Pair, u32> = FxHashMap::default();
    most.reserve(dataset.samples.len());
    let mut leaks = false;
    for (sample, pair) in rows.clone() {
        let count = count(sample);
        let most = most.entry(pair).or_insert(count);
        leaks |= *most != count;
        *most = count.max(*most);
    }
    // None in most sets: then nobody need look a second time.
    if !leaks {
        return FxHashSet::default();
    }
    let leave = rows.filter(|(sample, pair)| count(*sample) < most[pair]);
    leave.map(|(sample, (_, positive))| (sample, positive)).collect()
}

/// How much each split counts: what is trained on the least, what is tested on the most.
fn counts_of_splits(dataset: &Dataset) -> Vec<u32> {
    let kind = |name: &str| match name {
        name if name.starts_with("train") => 0,
        name if name.starts_with("test") => 3,
        name if ["eval", "val", "dev"].iter().any(|start| name.starts_with(start)) => 2,
        _ => 1,
    };
    let mut names: Vec<&str> = dataset.splits.iter().map(Split::family).collect();
    names.sort_by_key(|name| (kind(name), *name));
    names.dedup();
    let place = |split: &Split| names.iter().position(|other| *other == split.family()).unwrap_or(0) as u32;
    dataset.splits.iter().map(place).collect()
}
