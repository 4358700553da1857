//! What a trainer would make of the written rows, and whether any of them could do harm: counted over the whole output, without
//! asking the plan.
//!
//! Pure counting. The rules: no tile that is judged relevant to a query, and no positive of it, stands among the negatives of
//! any of its rows, in any spelling or as a copy under another path; no query stands with the same positive in two splits; and
//! a trainer that takes the first N negatives, padding with the positive itself, pads no row: of a tile that stands twice among
//! the negatives, one counts.

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};

use tilejury_data::Dataset;
use tilejury_rows::{QueryKey, RowFacts, TileId};

use super::split_kind::kind_of;

/// What was counted over all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The trainer takes so many negatives of each row.
    pub negatives_taken: usize,
    /// Rows.
    pub rows: usize,
    /// Rows that it would pad with their own positive, having fewer different negatives.
    pub padded_rows: usize,
    /// Rows with their own positive, or one of another row of their query, among the negatives.
    pub rows_with_positive_in_negatives: usize,
    /// Rows with a tile among their negatives that was judged relevant to their query.
    pub rows_with_relevant_in_negatives: usize,
    /// Rows with a copy of such a positive or of such a tile among their negatives. Of near pictures those do not count that
    /// somebody marked as not relevant.
    #[serde(default)]
    pub rows_with_copy_in_negatives: usize,
    /// Queries that stand with the same positive in more than one split.
    pub pairs_in_two_splits: usize,
    /// Those of which all splits are held out from training.
    pub pairs_in_two_held_out_splits: usize,
}

/// What is learned of all rows before any of them is judged.
#[derive(Default)]
pub(super) struct Positives {
    /// The splits of each query with each of its positives.
    splits: FxHashMap<(QueryKey, TileId), PairSplits>,
}

/// Where a query stands with a positive.
struct PairSplits {
    first: usize,
    several: bool,
    /// One of the splits is trained on.
    training: bool,
}

/// A split, as far as leaks are concerned.
#[derive(Clone, Copy)]
pub(super) struct SplitOf {
    /// The same for all files of a split.
    family: usize,
    is_held_out: bool,
}

impl SplitOf {
    /// Of each split of a dataset.
    pub(super) fn all(dataset: &Dataset) -> Vec<Self> {
        let families = dataset.families().into_iter().zip(&dataset.splits);
        families.map(|(family, split)| Self { family, is_held_out: kind_of(split.family()).is_held_out() }).collect()
    }
}

impl Positives {
    /// For so many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { splits: FxHashMap::with_capacity_and_hasher(rows, FxBuildHasher) }
    }

    /// Does the row's query stand with its positive in more than one split, where that was not waived?
    pub(super) fn leaks(&self, row: &RowFacts<'_>, waived: WaivedRules) -> bool {
        let waived = |splits: &PairSplits| if splits.training { waived.leaks } else { waived.held_out_leaks };
        self.splits.get(&(row.query, row.positive)).is_some_and(|splits| splits.several && !waived(splits))
    }

    /// Is a tile the positive of a row of the query?
    pub(super) fn has(&self, query: QueryKey, tile: TileId) -> bool {
        self.splits.contains_key(&(query, tile))
    }

    /// Takes a row in, with its split.
    pub(super) fn add(&mut self, row: &RowFacts<'_>, split: SplitOf) {
        let splits = self.splits.entry((row.query, row.positive));
        let splits = splits.or_insert(PairSplits { first: split.family, several: false, training: false });
        splits.several |= splits.first != split.family;
        splits.training |= !split.is_held_out;
    }
}

impl Proof {
    /// Nothing counted yet.
    pub(super) fn new(negatives_taken: usize, positives: &Positives) -> Self {
        let several = || positives.splits.values().filter(|splits| splits.several);
        Self {
            negatives_taken,
            pairs_in_two_splits: several().count(),
            pairs_in_two_held_out_splits: several().filter(|splits| !splits.training).count(),
            ..Self::default()
        }
    }

    /// Counts a row as a trainer sees it. `relevant` says whether a tile was judged relevant to the row's query, `copy` whether it is
    /// a copy of a positive or a relevant one.
    pub(super) fn count(
        &mut self,
        row: &RowFacts<'_>,
        positives: &Positives,
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

    /// Takes in what was counted over other rows against the same positives.
    pub(super) fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.padded_rows += other.padded_rows;
        self.rows_with_positive_in_negatives += other.rows_with_positive_in_negatives;
        self.rows_with_relevant_in_negatives += other.rows_with_relevant_in_negatives;
        self.rows_with_copy_in_negatives += other.rows_with_copy_in_negatives;
    }

    /// What is wrong, in words; empty where all rules hold. Rules that the person waived are left out.
    pub fn faults(&self, waived: WaivedRules) -> Vec<String> {
        let rules = [
            (self.padded_rows, true, "rows would be padded with their own positive"),
            (self.rows_with_positive_in_negatives, true, "rows hold a positive of their query among the negatives"),
            (
                self.rows_with_relevant_in_negatives,
                !waived.relevant,
                "rows hold a tile among the negatives that was judged relevant to their query",
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
                "rows hold a copy of a positive of their query among the negatives",
            ),
        ];
        let broken = rules.into_iter().filter(|(count, asked, _)| *asked && *count > 0);
        broken.map(|(count, _, what)| format!("{count} {what}")).collect()
    }
}

/// The rules that the options of an export take away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaivedRules {
    /// Relevant negatives were to stay.
    pub relevant: bool,
    /// Copies of positives were to stay.
    pub copies: bool,
    /// Rows for training that are in another split too were to stay.
    pub leaks: bool,
    /// Rows in two held-out splits were to stay.
    pub held_out_leaks: bool,
}
