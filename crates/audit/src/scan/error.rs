//! The reasons why a scan ends early.

use arrow_schema::ArrowError;
use thiserror::Error;
use tilejury_data::TileError;

/// A reason why a scan ended before its last row.
#[derive(Debug, Error)]
pub enum ScanError {
    /// A tile or a shard cannot be fetched now, and may be another time.
    #[error(transparent)]
    Tile(TileError),
    /// The scan was stopped.
    #[error("stopped")]
    Stopped,
    /// The rows do not fit into columns.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}
