//! Rows that share a query: what is positive for one of them is positive for all, and in none of them may it stand
//! among the negatives. Queries are the same where a reader takes them so: case, punctuation and spaces do not part them.

use std::collections::HashMap;

use tilejury_data::{Dataset, Sample, SampleKey, TilePath};

use crate::hash::hash;
use crate::suspicion::normal_query;

/// Stands for all queries that a reader takes as the same, in memory only: what is written has [`query_group`]. Queries that
/// differ share one by a chance of 1 in 2⁶⁴ a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct QueryKey(u64);

impl QueryKey {
    /// Of a query's text.
    pub(crate) fn new(query: &str) -> Self {
        Self(hash(normal_query(query).as_bytes(), 0) as u64)
    }
}

/// The name of all queries that a reader takes as the same: `q` and 64 bits of a SHA-256 in hex. The same for the same query
/// in every set and every version.
pub(crate) fn query_group(query: &str) -> String {
    // No path enters, so that it is the same for all rows.
    let key = SampleKey::new(&normal_query(query), &TilePath::new(""), 0);
    format!("q{:016x}", key.0 >> 64)
}

/// The positives of queries that stand in more than one row.
pub struct SameQuery {
    positives: HashMap<QueryKey, Vec<(u32, TilePath)>>,
}

impl SameQuery {
    /// Reads every row once.
    pub fn read(dataset: &Dataset) -> Self {
        let mut rows: HashMap<QueryKey, Vec<u32>> = HashMap::with_capacity(dataset.samples.len());
        for index in 0..dataset.samples.len() {
            if let Ok(row) = dataset.row(index) {
                rows.entry(QueryKey::new(&row.query)).or_default().push(index as u32);
            }
        }
        rows.retain(|_, rows| rows.len() > 1);
        let positive = |index: u32| Some((index, TilePath::new(&dataset.row(index as usize).ok()?.positive)));
        let positives = rows.into_iter().map(|(key, rows)| (key, rows.into_iter().filter_map(positive).collect()));
        Self { positives: positives.collect() }
    }

    /// The first row for whose same query a tile is the positive; the sample's own row included where it shares its
    /// query with another.
    pub fn row_with_positive(&self, sample: &Sample, tile: &TilePath) -> Option<usize> {
        let positives = self.positives.get(&QueryKey::new(&sample.query))?;
        positives.iter().find(|(_, positive)| positive == tile).map(|(index, _)| *index as usize)
    }
}
