//! Counts of what a trainer would make of the written rows, and of rows that could do harm. They
//! are counted over the whole output, independently of the plan.
//!
//! Pure counting. The rules:
//!
//! - No tile that was judged relevant to a query, and no positive of it, is among the negatives of
//!   any of its rows, in any spelling or as a copy under another path.
//! - No query has the same positive in two splits.
//! - A trainer that takes the first N negatives, padding with the positive itself, pads no row. A
//!   tile that is twice among the negatives counts once.

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};

use tilejury_data::Dataset;
use tilejury_rows::{QueryKey, RowKeys, TileId};

use super::split_kind::kind_of;

/// The counts over all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulation {
    /// Number of negatives of each row that the trainer takes.
    pub negatives_taken: usize,
    /// Number of rows.
    pub rows: usize,
    /// Rows that it would pad with their own positive because they have fewer different negatives.
    pub padded_rows: usize,
    /// Rows with their own positive, or that of another row of their query, among the negatives.
    pub rows_with_positive_in_negatives: usize,
    /// Rows with a tile among their negatives that was judged relevant to their query.
    pub rows_with_relevant_in_negatives: usize,
    /// Rows with a copy of such a positive or such a tile among their negatives, except near
    /// pictures that somebody marked as not relevant.
    #[serde(default)]
    pub rows_with_copy_in_negatives: usize,
    /// Queries with the same positive in more than one split.
    pub pairs_in_two_splits: usize,
    /// Those whose splits are all held out from training.
    pub pairs_in_two_held_out_splits: usize,
}

/// The positives of all rows, collected before any row is checked.
#[derive(Default)]
pub(super) struct PositiveSplits {
    /// The splits of each query with each of its positives.
    splits: FxHashMap<(QueryKey, TileId), PairSplits>,
}

/// The splits in which a query has a positive.
struct PairSplits {
    first: usize,
    several: bool,
    /// Whether one of the splits is for training.
    training: bool,
}

/// The properties of a split that matter for leaks.
#[derive(Clone, Copy)]
pub(super) struct SplitFamily {
    /// The same for all files of a split.
    family: usize,
    is_held_out: bool,
}

impl SplitFamily {
    /// Returns this for each split of a dataset.
    pub(super) fn all(dataset: &Dataset) -> Vec<Self> {
        let families = dataset.families().into_iter().zip(&dataset.splits);
        families.map(|(family, split)| Self { family, is_held_out: kind_of(split.family()).is_held_out() }).collect()
    }
}

impl PositiveSplits {
    /// Creates an empty collection with room for this many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { splits: FxHashMap::with_capacity_and_hasher(rows, FxBuildHasher) }
    }

    /// Whether the row's query has its positive in more than one split, and this rule was not
    /// waived.
    pub(super) fn leaks(&self, row: &RowKeys<'_>, waived: WaivedRules) -> bool {
        let waived = |splits: &PairSplits| if splits.training { waived.leaks } else { waived.held_out_leaks };
        self.splits.get(&(row.query, row.positive)).is_some_and(|splits| splits.several && !waived(splits))
    }

    /// Whether a tile is the positive of a row of the query.
    pub(super) fn has(&self, query: QueryKey, tile: TileId) -> bool {
        self.splits.contains_key(&(query, tile))
    }

    /// Adds the positive of a row in a split.
    pub(super) fn add(&mut self, row: &RowKeys<'_>, split: SplitFamily) {
        let splits = self.splits.entry((row.query, row.positive));
        let splits = splits.or_insert(PairSplits { first: split.family, several: false, training: false });
        splits.several |= splits.first != split.family;
        splits.training |= !split.is_held_out;
    }
}

impl Simulation {
    /// Creates a simulation that has counted no rows yet.
    pub(super) fn new(negatives_taken: usize, positives: &PositiveSplits) -> Self {
        let several = || positives.splits.values().filter(|splits| splits.several);
        Self {
            negatives_taken,
            pairs_in_two_splits: several().count(),
            pairs_in_two_held_out_splits: several().filter(|splits| !splits.training).count(),
            ..Self::default()
        }
    }

    /// Counts a row as a trainer sees it. `relevant` returns whether a tile was judged relevant to
    /// the row's query, `copy` whether it is a copy of a positive or of a relevant tile.
    pub(super) fn count(
        &mut self,
        row: &RowKeys<'_>,
        positives: &PositiveSplits,
        relevant: impl Fn(TileId) -> bool,
        copy: impl Fn(TileId) -> bool,
    ) {
        self.rows += 1;
        self.padded_rows += usize::from(row.distinct_negatives() < self.negatives_taken);
        let positive = |tile: &TileId| *tile == row.positive || positives.has(row.query, *tile);
        self.rows_with_positive_in_negatives += usize::from(row.negatives.iter().any(positive));
        self.rows_with_relevant_in_negatives += usize::from(row.negatives.iter().any(|tile| relevant(*tile)));
        self.rows_with_copy_in_negatives += usize::from(row.negatives.iter().any(|tile| copy(*tile)));
    }

    /// Adds the counts of other rows that were checked against the same positives.
    pub(super) fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.padded_rows += other.padded_rows;
        self.rows_with_positive_in_negatives += other.rows_with_positive_in_negatives;
        self.rows_with_relevant_in_negatives += other.rows_with_relevant_in_negatives;
        self.rows_with_copy_in_negatives += other.rows_with_copy_in_negatives;
    }

    /// Returns the broken rules in words; empty if all hold. Waived rules are left out.
    pub fn faults(&self, waived: WaivedRules) -> Vec<String> {
        let rules = [
            (self.padded_rows, true, "rows would be padded with their own positive"),
            (self.rows_with_positive_in_negatives, true, "rows have a positive of their query among the negatives"),
            (
                self.rows_with_relevant_in_negatives,
                !waived.relevant,
                "rows have a tile among the negatives that was judged relevant to their query",
            ),
            (
                self.pairs_in_two_splits.saturating_sub(self.pairs_in_two_held_out_splits),
                !waived.leaks,
                "queries have the same positive in two splits, one of them for training",
            ),
            (
                self.pairs_in_two_held_out_splits,
                !waived.held_out_leaks,
                "queries have the same positive in two held-out splits",
            ),
            (
                self.rows_with_copy_in_negatives,
                !waived.copies,
                "rows have a copy of a positive of their query among the negatives",
            ),
        ];
        let broken = rules.into_iter().filter(|(count, asked, _)| *asked && *count > 0);
        broken.map(|(count, _, rule)| format!("{count} {rule}")).collect()
    }
}

/// The rules that the options of an export waive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaivedRules {
    /// Relevant negatives were kept by option.
    pub relevant: bool,
    /// Copies of positives were kept by option.
    pub copies: bool,
    /// Training rows that are also in another split were kept by option.
    pub leaks: bool,
    /// Rows in two held-out splits were kept by option.
    pub held_out_leaks: bool,
}
