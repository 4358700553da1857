//! Queries with the same positive in several splits: which of their rows are dropped.

use rustc_hash::{FxHashMap, FxHashSet};
use tilejury_data::{Dataset, SampleIndex, Split};
use tilejury_rows::TileId;

use crate::answers::QueryTile;
use crate::export::options::{ExportOptions, HeldOutLeaks, Leaks};
use crate::export::split_kind::kind_of;

/// The ranks of the highest-ranking training split and held-out split that have a pair; 0 if there
/// is none.
#[derive(Clone, Copy, Default)]
struct PairSplits {
    training: u32,
    held_out: u32,
}

/// Returns the rows, by sample and positive, that are dropped because a higher-ranking split has
/// the same pair. `rows` are all rows that would be written.
pub(super) fn leaking_rows(
    dataset: &Dataset,
    options: &ExportOptions,
    rows: impl Iterator<Item = (SampleIndex, QueryTile)> + Clone,
) -> FxHashSet<(SampleIndex, TileId)> {
    let splits = SplitRanks::new(dataset, options.held_out_leaks);
    let nothing_leaves = options.leaks == Leaks::Keep && options.held_out_leaks == HeldOutLeaks::Keep;
    if nothing_leaves || splits.0.iter().all(|split| *split == splits.0[0]) {
        return FxHashSet::default();
    }
    let mut found: FxHashMap<QueryTile, PairSplits> = FxHashMap::default();
    found.reserve(dataset.samples.len());
    let mut leaks = false;
    for (sample, pair) in rows.clone() {
        let (held_out, rank) = splits.rank(dataset, sample);
        let has = found.entry(pair).or_default();
        let (own, other) = if held_out { (&mut has.held_out, has.training) } else { (&mut has.training, has.held_out) };
        leaks |= other > 0 || (*own > 0 && *own != rank);
        *own = rank.max(*own);
    }
    // Most datasets have none and need no second pass.
    if !leaks {
        return FxHashSet::default();
    }
    let leaves = |(sample, pair): &(SampleIndex, QueryTile)| {
        let (held_out, rank) = splits.rank(dataset, *sample);
        let has = found.get(pair).copied().unwrap_or_default();
        match held_out {
            true => options.held_out_leaks != HeldOutLeaks::Keep && rank < has.held_out,
            false => options.leaks == Leaks::DropTrain && (has.held_out > 0 || rank < has.training),
        }
    };
    rows.filter(leaves).map(|(sample, (_, positive))| (sample, positive)).collect()
}

/// For each split: whether it is held out from training, and its rank, from 1.
struct SplitRanks(Vec<(bool, u32)>);

impl SplitRanks {
    fn new(dataset: &Dataset, held_out_leaks: HeldOutLeaks) -> Self {
        let mut names: Vec<&str> = dataset.splits.iter().map(Split::family).collect();
        names.sort_by_key(|name| (kind_of(name) as u8, *name));
        names.dedup();
        let rank = |name: &str| {
            let is_held_out = kind_of(name).is_held_out();
            let position = names.iter().position(|other| *other == name).unwrap_or(0);
            let reversed = is_held_out && held_out_leaks == HeldOutLeaks::DropTest;
            (is_held_out, if reversed { names.len() - position } else { position + 1 } as u32)
        };
        Self(dataset.splits.iter().map(|split| rank(split.family())).collect())
    }

    fn rank(&self, dataset: &Dataset, sample: SampleIndex) -> (bool, u32) {
        self.0[usize::from(dataset.entry(sample).split)]
    }
}
