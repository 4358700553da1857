//! What a trainer would make of the written rows, and whether any of them could do harm: counted over the whole output, without
//! asking the plan.
//!
//! Pure counting. The rules: no tile that is judged relevant to a query, and no positive of it, stands among the negatives of
//! any of its rows, in any spelling; no query stands with the same positive in two splits; and a trainer that takes the first
//! N negatives, padding with the positive itself, pads no row.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tilejury_data::TilePath;

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
    /// Queries that stand with the same positive in more than one split.
    pub pairs_in_two_splits: usize,
}

/// A row as a trainer sees it.
pub(super) struct TrainedRow<'r> {
    /// A number for its split.
    pub(super) split: usize,
    pub(super) query: QueryKey,
    pub(super) positive: &'r TilePath,
    pub(super) negatives: &'r [TilePath],
}

/// What is learned of all rows before any of them is judged.
#[derive(Default)]
pub(super) struct Positives {
    /// The splits of each query with each of its positives.
    splits: HashMap<QueryKey, HashMap<TilePath, Vec<usize>>>,
}

impl Positives {
    /// In how many splits the row's query stands with its positive.
    pub(super) fn splits_of(&self, row: &TrainedRow<'_>) -> usize {
        let of_query = self.splits.get(&row.query);
        of_query.and_then(|positives| positives.get(row.positive)).map_or(0, Vec::len)
    }

    /// Takes a row in.
    pub(super) fn add(&mut self, row: &TrainedRow<'_>) {
        let splits = self.splits.entry(row.query).or_default().entry(row.positive.clone()).or_default();
        if !splits.contains(&row.split) {
            splits.push(row.split);
        }
    }
}

impl Proof {
    /// Nothing counted yet.
    pub(super) fn new(negatives_taken: usize, positives: &Positives) -> Self {
        let pairs = positives.splits.values().flat_map(HashMap::values);
        Self {
            negatives_taken,
            pairs_in_two_splits: pairs.filter(|splits| splits.len() > 1).count(),
            ..Self::default()
        }
    }

    /// Counts a row. `relevant` says whether a tile was judged relevant to the row's query.
    pub(super) fn count(&mut self, row: &TrainedRow<'_>, positives: &Positives, relevant: impl Fn(&TilePath) -> bool) {
        self.rows += 1;
        self.padded_rows += usize::from(row.negatives.len() < self.negatives_taken);
        let of_query = positives.splits.get(&row.query);
        let positive =
            |tile: &TilePath| tile == row.positive || of_query.is_some_and(|positives| positives.contains_key(tile));
        self.rows_with_positive_in_negatives += usize::from(row.negatives.iter().any(positive));
        self.rows_with_relevant_in_negatives += usize::from(row.negatives.iter().any(relevant));
    }

    /// Takes in what was counted over other rows against the same positives.
    pub(super) fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.padded_rows += other.padded_rows;
        self.rows_with_positive_in_negatives += other.rows_with_positive_in_negatives;
        self.rows_with_relevant_in_negatives += other.rows_with_relevant_in_negatives;
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
    /// Rows in two splits were to stay.
    pub leaks: bool,
}
