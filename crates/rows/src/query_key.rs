//! Keys of queries that a reader takes as the same: one for use in memory, one that is written.

use tilejury_data::{SampleKey, TilePath};

use super::interner::hash_of;
use super::normal_query::normal_query;

/// Stands for all queries that a reader takes as the same, in memory only: what is written has [`query_group`]. Queries that
/// differ share one by a chance of 1 in 2⁶⁴ a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryKey(u64);

impl QueryKey {
    /// Of a query's text.
    pub fn new(query: &str) -> Self {
        Self(hash_of(&normal_query(query)))
    }
}

/// The name of all queries that a reader takes as the same: `q` and 64 bits of a SHA-256 in hex. The same for the same query
/// in every set and every version.
pub fn query_group(query: &str) -> String {
    // No path enters, so that it is the same for all rows.
    let key = SampleKey::new(&normal_query(query), &TilePath::new(""), 0);
    format!("q{:016x}", key.0 >> 64)
}
