//! The expensive pass over all tiles as a job: reads the tiles of some shards once, and writes what
//! the program needs of them to a Parquet file that any engine can read, divide and join
//! ([the format](../../../../docs/scan.md)). The files of all shards are adopted into the caches.
//!
//! Judges nothing and knows no rows, except where a tile's text is read in its query's language.

mod adopt;
mod adopt_error;
mod adopt_pairs;
mod choice;
mod contents;
mod error;
pub mod pairs;
mod part;
mod read;
mod schema;
mod shard_scan;
mod tile;
mod whole_file;

pub use adopt::{Adopted, JobFiles, adopt, job_files};
pub use adopt_error::AdoptError;
pub use choice::{ShardRange, Share};
pub use contents::{ScanContents, TextReading};
pub use error::ScanError;
pub use part::{Part, PartOutcome, PartSummary, WritePartError, write_part};
pub use read::PartError;
pub use schema::{SCHEMA_VERSION, scan_schema};
pub use shard_scan::{ShardScan, ShardToScan, shards_to_scan};
