//! Queries that stand with the same positive in several splits: which of their rows leave.

use std::collections::{HashMap, HashSet};

use tilejury_data::{Dataset, Split, TilePath};

/// A query that several rows share, by its number, with a positive.
pub(super) type Pair = (u32, TilePath);

/// The rows, by sample and positive, that leave since a split that counts more has the same pair. `rows` are all rows that
/// would be written and whose query stands in more than one.
pub(super) fn of(dataset: &Dataset, rows: &[(usize, Pair)]) -> HashSet<(usize, TilePath)> {
    let mut most: HashMap<&Pair, u32> = HashMap::new();
    let counts = counts_of_splits(dataset);
    let count = |sample: usize| counts[usize::from(dataset.samples[sample].split)];
    for (sample, pair) in rows {
        let most = most.entry(pair).or_default();
        *most = count(*sample).max(*most);
    }
    let leave = rows.iter().filter(|(sample, pair)| count(*sample) < most[pair]);
    leave.map(|(sample, (_, positive))| (*sample, positive.clone())).collect()
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
