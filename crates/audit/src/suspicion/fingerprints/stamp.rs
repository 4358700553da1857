//! The location of a tile's bytes, and the file times that show whether they are still the same.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use parking_lot::Mutex;
use tilejury_data::{Dataset, TileLocation};

/// A tile's position in a file of a certain size and age.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileStamp {
    /// The file; relative to the dataset's root if it is below it.
    pub file: Box<str>,
    /// The offset of the tile in bytes.
    pub offset: i64,
    /// The tile's length in bytes.
    pub bytes: i64,
    /// The file's length in bytes.
    pub file_bytes: i64,
    /// The time of its last change, in nanoseconds since 1970; 0 if the system does not know it.
    pub file_modified: i64,
}

/// Makes stamps; reads the size and age of each shard once.
#[derive(Default)]
pub(crate) struct TileStamper {
    shards: Mutex<HashMap<usize, Option<(i64, i64)>>>,
}

impl TileStamper {
    /// Returns the stamp of a location; `None` if the file is gone.
    pub(crate) fn stamp(&self, dataset: &Dataset, location: &TileLocation) -> Option<TileStamp> {
        let (path, offset, bytes, file_stamp) = match location {
            TileLocation::File(file) => {
                let file_stamp = size_and_age(file)?;
                (file.clone(), 0, file_stamp.0, file_stamp)
            }
            TileLocation::Stored(file) => {
                let (len, modified) = file.stamp();
                (PathBuf::from(&file.path), 0, len as i64, (len as i64, modified))
            }
            TileLocation::Member { shard, member } => {
                // The address of a stored shard names a revision, with which most shards do not
                // change.
                let stored = dataset.tiles.stored_shard(*shard).map(|file| PathBuf::from(&file.path));
                let path: PathBuf = stored.unwrap_or_else(|| dataset.tiles.shard_path(*shard).to_owned());
                let mut shards = self.shards.lock();
                let stamp = || dataset.tiles.shard_stamp(*shard).map(|(len, modified)| (len as i64, modified));
                let file_stamp = *shards.entry(*shard).or_insert_with(stamp);
                (path, member.offset as i64, member.size as i64, file_stamp?)
            }
        };
        let file = path.strip_prefix(&dataset.root).unwrap_or(&path).to_string_lossy().into();
        Some(TileStamp { file, offset, bytes, file_bytes: file_stamp.0, file_modified: file_stamp.1 })
    }
}

fn size_and_age(path: &Path) -> Option<(i64, i64)> {
    let meta = path.metadata().ok()?;
    Some((meta.len() as i64, modified(&meta).unwrap_or(0)))
}

fn modified(meta: &Metadata) -> Option<i64> {
    i64::try_from(meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}
