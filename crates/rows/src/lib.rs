//! The rows of a set as keys and numbers, by which search, signals, export and propagation compare
//! them.
//!
//! Decides when two queries are the same, and owns the ids of queries and tiles and the tables of
//! rows. Builds on the data crate alone: knows no judgement, signal or picture, and opens no file.

mod interner;
mod normal_query;
mod numbered;
mod query_key;
mod query_place;
mod query_words;
mod row_groups;
mod row_keys;
mod row_table;
mod rows_in_order;
mod same_query;
mod tile_id;

pub use interner::{Interner, hash_of};
pub use normal_query::{normal_query, spaceless, units, words_with_ranges};
pub use query_key::{QueryKey, query_group};
pub use query_words::{QueryNumbering, QueryWords};
pub use row_keys::{RowKeyTable, RowKeys};
pub use row_table::{ReadRow, RowTable, RowTiles};
pub use rows_in_order::rows_in_order;
pub use same_query::SameQuery;
pub use tile_id::TileId;
