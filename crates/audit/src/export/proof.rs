//! What a trainer would make of the written rows, and whether any of them could do harm: counted over the whole output, without
//! asking the plan.
//!
//! Pure counting. The rules: no tile that is judged relevant to a query, and no positive of it, stands among the negatives of
//! any of its rows, in any spelling or as a copy under another path; no query stands with the same positive in two splits; and a trainer that takes the first
//! N negatives, padding with the positive itself, pads no row.

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};

use super::facts::{RowFacts, TileId};
use crate::same_query::QueryKey;

/// What was counted over all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The trainer takes so many negatives of each row.
    pub negatives_taken: usize,
    /// Rows.
    pub rows: usize,
    /// Rows that it would pad with their own positive.
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
}

/// What is learned of all rows before any of them is judged.
#[derive(Default)]
pub(super) struct Positives {
    /// The splits of each query with each of its positives.
    splits: FxHashMap<(QueryKey, TileId), Splits>,
}

/// Where a query stands with a positive.
struct Splits {
    first: usize,
    several: bool,
}

impl Positives {
    /// For so many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { splits: FxHashMap::with_capacity_and_hasher(rows, FxBuildHasher) }
    }

    /// Does the row's query stand with its positive in more than one split?
    pub(super) fn in_several_splits(&self, row: &RowFacts<'_>) -> bool {
        self.splits.get(&(row.query, row.positive)).is_some_and(|splits| splits.several)
    }

    /// Is a tile the positive of a row of the query?
    pub(super) fn has(&self, query: QueryKey, tile: TileId) -> bool {
        self.splits.contains_key(&(query, tile))
    }

    /// Takes a row in, with a number for its split.
    pub(super) fn add(&mut self, row: &RowFacts<'_>, split: usize) {
        let splits = self.splits.entry((row.query, row.positive)).or_insert(Splits { first: split, several: false });
        splits.several |= splits.first != split;
    }
}

impl Proof {
    /// Nothing counted yet.
    pub(super) fn new(negatives_taken: usize, positives: &Positives) -> Self {
        let pairs_in_two_splits = positives.splits.values().filter(|splits| splits.several).count();
        Self { negatives_taken, pairs_in_two_splits, ..Self::default() }
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
        self.padded_rows += usize::from(row.negatives.len() < self.negatives_taken);
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
    pub fn faults(&self, waived: Waived) -> Vec<String> {
        let rules = [
            (self.padded_rows, true, "rows would be padded with their own positive"),
            (self.rows_with_positive_in_negatives, true, "rows hold a positive of their query among the negatives"),
            (
                self.rows_with_relevant_in_negatives,
                !waived.relevant,
                "rows hold a tile among the negatives that was judged relevant to their query",
            ),
            (
                self.rows_with_copy_in_negatives,
                !waived.copies,
                "rows hold a copy of a positive of their query among the negatives",
            ),
            (self.pairs_in_two_splits, !waived.leaks, "queries stand with the same positive in two splits"),
        ];
        let broken = rules.into_iter().filter(|(count, asked, _)| *asked && *count > 0);
        broken.map(|(count, _, what)| format!("{count} {what}")).collect()
    }
}

/// The rules that the options of an export take away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waived {
    /// Relevant negatives were to stay.
    pub relevant: bool,
    /// Copies of positives were to stay.
    pub copies: bool,
    /// Rows in two splits were to stay.
    pub leaks: bool,
}
