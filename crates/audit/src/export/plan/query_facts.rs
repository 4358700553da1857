//! Facts about tiles from the rows and the answers of a dataset together: which are relevant to a
//! query that several rows share, which are broken in any row, and which are positives.
//!
//! Only collects; makes no decision about rows.

use rustc_hash::{FxBuildHasher, FxHashSet};

use tilejury_rows::{QueryKey, RowKeyTable, RowKeys, TileId};

use crate::answers::{Answers, QueryTile};
use crate::judgement::Relevance;

/// The facts about tiles that hold beyond a single row.
pub(in crate::export) struct QueryFacts<'a> {
    pub(super) answers: &'a Answers,
    /// The positives of each query's rows, except those whose answer is not relevant.
    positives: FxHashSet<QueryTile>,
}

impl<'a> QueryFacts<'a> {
    pub(in crate::export) fn new(row_keys: &RowKeyTable, answers: &'a Answers) -> Self {
        let mut positives = FxHashSet::with_capacity_and_hasher(row_keys.len(), FxBuildHasher);
        let right = |row: &RowKeys<'_>| {
            !answers.names(row.positive) || answers.as_positive(row.query, row.positive) != Some(Relevance::NotRelevant)
        };
        positives.extend(row_keys.rows().flatten().filter(right).map(|row| (row.query, row.positive)));
        Self { answers, positives }
    }

    /// Returns the answer for a tile as a negative of a query.
    pub(super) fn as_negative(&self, query: QueryKey, tile: TileId) -> Option<Relevance> {
        self.answers.names(tile).then(|| self.answers.as_negative(query, tile)).flatten()
    }

    /// Whether a tile is the positive of a row of this query.
    pub(in crate::export) fn is_positive(&self, query: QueryKey, tile: TileId) -> bool {
        self.positives.contains(&(query, tile))
    }

    /// Whether anything is known about a row's tiles, other than that its positive is one.
    pub(super) fn affects(&self, row: &RowKeys<'_>) -> bool {
        let mut negatives = row.negatives.iter();
        self.answers.names(row.positive)
            || negatives.any(|tile| self.answers.names(*tile) || self.is_positive(row.query, *tile))
    }
}
