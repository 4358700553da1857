//! Keys of queries that are the same to a reader: one for use in memory, one that is written.

use tilejury_data::{SampleKey, TilePath};

use super::interner::hash_of;
use super::normal_query::normal_query;

/// The key of all queries that are the same to a reader, in memory only: files have the
/// [`query_group`]. Different queries share a key with a chance of 1 in 2⁶⁴ per pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryKey(u64);

impl QueryKey {
    /// The key of a query's text.
    pub fn new(query: &str) -> Self {
        Self(hash_of(&normal_query(query)))
    }
}

/// The name of all queries that are the same to a reader: `q` and 64 bits of a SHA-256 in hex. It
/// is the same in every set and every version.
pub fn query_group(query: &str) -> String {
    // The path is empty, so that the name is the same for all rows.
    let key = SampleKey::new(&normal_query(query), &TilePath::new(""), 0);
    format!("q{:016x}", key.0 >> 64)
}
