//! Where a tile's bytes lie, and what tells that they are still the same ones.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use parking_lot::Mutex;
use tilejury_data::{Dataset, TileLocation};

/// A tile's place in a file of a certain size and age.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TileStamp {
    /// The file, from the dataset's root where it lies below it.
    pub(super) file: Box<str>,
    /// Where the tile begins in it.
    pub(super) offset: i64,
    /// How long the tile is.
    pub(super) bytes: i64,
    /// How long the file is.
    pub(super) file_bytes: i64,
    /// When it was last written, in nanoseconds from 1970 on; 0 where the system does not tell.
    pub(super) file_modified: i64,
}

/// Makes stamps; each shard is asked for its size and age once.
#[derive(Default)]
pub(super) struct TileStamper {
    shards: Mutex<HashMap<usize, Option<(i64, i64)>>>,
}

impl TileStamper {
    /// The stamp of a place; `None` where the file is gone.
    pub(super) fn stamp(&self, dataset: &Dataset, location: &TileLocation) -> Option<TileStamp> {
        let (path, offset, bytes, of_file) = match location {
            TileLocation::File(file) => {
                let of_file = size_and_age(file)?;
                (file.clone(), 0, of_file.0, of_file)
            }
            TileLocation::Member { shard, member } => {
                let path: PathBuf = dataset.tiles.shard_path(*shard).to_owned();
                let mut shards = self.shards.lock();
                let of_file = *shards.entry(*shard).or_insert_with(|| size_and_age(&path));
                (path, member.offset as i64, member.size as i64, of_file?)
            }
        };
        let file = path.strip_prefix(&dataset.root).unwrap_or(&path).to_string_lossy().into();
        Some(TileStamp { file, offset, bytes, file_bytes: of_file.0, file_modified: of_file.1 })
    }
}

fn size_and_age(path: &Path) -> Option<(i64, i64)> {
    let meta = path.metadata().ok()?;
    Some((meta.len() as i64, modified(&meta).unwrap_or(0)))
}

fn modified(meta: &Metadata) -> Option<i64> {
    i64::try_from(meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}
