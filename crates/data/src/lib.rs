//! The files of a dataset: splits, shards and tiles. Reads files and returns plain values.
//!
//! This crate does not know windows, SQL, the environment or the user's folders. It writes nothing
//! except what a caller names: the file for remembering shard indexes
//! ([`TileSource::remember_in`]), and the folder for the lines of splits that are Parquet
//! ([`LinesFolder`]). One bad row or member never stops the rest: each problem becomes a
//! [`Warning`] with its place.

mod cores;
pub mod dataset;
pub mod decode;
mod file_stamp;
mod found_splits;
pub mod hash;
mod index_bytes;
mod index_cache;
mod key_order;
mod line_number;
mod missing_shards;
pub mod page;
mod parquet;
mod positional_read;
pub mod progress;
pub mod raw_fields;
pub mod rewrite;
pub mod row;
pub mod row_fields;
mod row_title;
pub mod sample;
mod sample_index;
mod scale;
pub mod shard;
pub mod shown;
pub mod split;
mod split_files;
pub mod storage;
pub mod tile_path;
mod tile_slot;
pub mod tile_source;
mod waiting_threads;
mod warning;

pub use cores::cores;
pub use dataset::{Dataset, OpenError, SampleEntry};
pub use decode::{DecodeError, Pixels, decode};
pub use line_number::LineNumber;
pub use missing_shards::{MissingShard, MissingShards};
pub use parquet::{LinesFolder, ParquetFile, ParquetNames, is_usual_split, parquet_names};
pub use row::{Row, RowError};
pub use row_fields::{RowField, other_fields};
pub use sample::{DatasetFingerprint, Sample, SampleKey};
pub use sample_index::SampleIndex;
pub use scale::Scaler;
pub use shard::{Member, ShardIndex};
pub use shown::file_name;
pub use split::Split;
pub use storage::{ObstacleKind, Pace, Purpose, Storage, StorageError, StoredFile, UnlistedFiles};
pub use tile_path::TilePath;
pub use tile_slot::TileSlot;
pub use tile_source::{OpenShard, StoredTile, TileError, TileLocation, TileSource};
pub use waiting_threads::for_each_waiting;
pub use warning::{Warning, WarningKind};
