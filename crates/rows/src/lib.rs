//! The rows of a set as keys and numbers: what search, signals, export and propagation compare by.
//!
//! Owns when two queries are the same, the ids of queries and tiles, and tables of rows by them. Builds on the data crate
//! alone: knows no judgement, no signal and no picture, and opens no file.

mod facts;
mod interner;
mod normal_query;
mod query_key;
mod query_words;
mod row_table;
mod same_query;
mod tile_id;

pub use facts::{Facts, RowFacts};
pub use interner::{Interner, hash_of};
pub use normal_query::{normal_query, spaceless, units, words_with_ranges};
pub use query_key::{QueryKey, query_group};
pub use query_words::{QueryNumbering, QueryWords};
pub use row_table::{RowTable, RowTableBuilder};
pub use same_query::SameQuery;
pub use tile_id::TileId;
