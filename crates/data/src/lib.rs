//! What is on disk: splits, shards, tiles. Files in, plain values out.
//!
//! This crate knows nothing of windows, of SQL, of the environment or of the person's folders. It writes nothing but the file that a
//! caller names for remembering shards ([`TileSource::remember_in`]), and one bad row or member never stops the rest: what is wrong
//! becomes a [`Warning`] with its place.

mod cores;
pub mod dataset;
pub mod decode;
mod index_cache;
mod missing_shards;
pub mod page;
pub mod progress;
pub mod rewrite;
pub mod row;
pub mod sample;
mod scale;
pub mod shard;
pub mod shown;
pub mod split;
pub mod tile_path;
pub mod tile_source;
mod warning;

pub use cores::cores;
pub use dataset::{Dataset, OpenError, SampleEntry, file_name};
pub use decode::{DecodeError, Pixels, decode};
pub use missing_shards::{MissingShard, MissingShards};
pub use row::{Row, RowError};
pub use sample::{DatasetFingerprint, Sample, SampleKey};
pub use scale::Scaler;
pub use shard::{Member, ShardIndex};
pub use split::Split;
pub use tile_path::TilePath;
pub use tile_source::{TileError, TileLocation, TileSource};
pub use warning::{Warning, WarningKind};
