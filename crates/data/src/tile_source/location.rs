//! The location of a tile's bytes, and the reasons why they cannot be read.

use std::path::PathBuf;

use thiserror::Error;

use crate::shard::Member;
use crate::shown::shown;
use crate::storage::{ObstacleKind, StoredFile};
use crate::tile_path::TilePath;

/// The location of a tile's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileLocation {
    /// A separate file.
    File(PathBuf),
    /// A separate file that is elsewhere.
    Stored(StoredFile),
    /// A member of a shard.
    Member {
        /// The number of the shard in its source.
        shard: usize,
        /// The position in the shard.
        member: Member,
    },
}

/// A reason why a tile's bytes cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TileError {
    /// The tile was not found.
    #[error("Missing: {path} is {searched}", path = shown(path.as_str()))]
    Missing {
        /// The tile's normal path.
        path: TilePath,
        /// The places that were searched, in words.
        searched: String,
    },
    /// Its shard is missing: never fetched, moved or deleted. That does not mean that the tile does
    /// not exist.
    #[error("{shard} is missing")]
    ShardMissing {
        /// The shard's file name.
        shard: String,
    },
    /// It was found but cannot be read.
    #[error("{file}: {message}", file = file.display())]
    Unreadable {
        /// The file that failed.
        file: PathBuf,
        /// The system's error.
        message: String,
    },
    /// It cannot be fetched from where the dataset is.
    #[error("{file}: {message}")]
    Unreachable {
        /// The name of the file that failed.
        file: String,
        /// The failure, in words.
        message: String,
        /// The kind of reason.
        kind: ObstacleKind,
    },
}
