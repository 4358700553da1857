//! The content of the cache folder, for people, and clearing it. Only files that this program wrote
//! are counted or deleted; judgements are never there.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::layout::{CacheFolder, Content, SetFolder};

/// The content of the cache folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheReport {
    /// Bytes of all files.
    pub bytes: u64,
    /// The number of files.
    pub files: usize,
    /// Bytes of tiles, which the limit is for.
    pub tile_bytes: u64,
    /// The number of tiles.
    pub tiles: usize,
    /// The oldest last use of a tile.
    pub oldest_use: Option<SystemTime>,
    /// The datasets, the largest first.
    pub sets: Vec<CachedSet>,
}

/// The files of one dataset in the cache folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedSet {
    /// The address without a revision, if it is known.
    pub address: Option<String>,
    /// The folder.
    pub folder: PathBuf,
    /// Bytes of all files.
    pub bytes: u64,
    /// The number of files.
    pub files: usize,
    /// Bytes of tiles.
    pub tile_bytes: u64,
    /// The number of tiles.
    pub tiles: usize,
    /// The oldest last use of a tile.
    pub oldest_use: Option<SystemTime>,
}

/// The outcome of clearing the cache folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClearedCache {
    /// Bytes of the files that were deleted.
    pub bytes: u64,
    /// The number of files that were deleted.
    pub files: usize,
    /// The number of files that could not be deleted.
    pub left: usize,
}

impl CacheReport {
    /// Counts a cache folder, which need not exist.
    pub fn of(folder: &Path) -> Self {
        let sets = CacheFolder(folder.to_owned()).sets();
        let mut sets: Vec<CachedSet> = sets.iter().map(CachedSet::of).filter(|set| set.files > 0).collect();
        sets.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.address.cmp(&b.address)));
        Self {
            bytes: sets.iter().map(|set| set.bytes).sum(),
            files: sets.iter().map(|set| set.files).sum(),
            tile_bytes: sets.iter().map(|set| set.tile_bytes).sum(),
            tiles: sets.iter().map(|set| set.tiles).sum(),
            oldest_use: sets.iter().filter_map(|set| set.oldest_use).min(),
            sets,
        }
    }
}

impl CachedSet {
    fn of(set: &SetFolder) -> Self {
        let mut found = Self {
            address: set.address(),
            folder: set.0.clone(),
            bytes: 0,
            files: 0,
            tile_bytes: 0,
            tiles: 0,
            oldest_use: None,
        };
        each_file(set, |entry, content| {
            let Ok(metadata) = entry.metadata() else { return };
            found.bytes += metadata.len();
            found.files += 1;
            if content == Content::Tile {
                found.tile_bytes += metadata.len();
                found.tiles += 1;
                let used = metadata.modified().ok();
                found.oldest_use = found.oldest_use.into_iter().chain(used).min();
            }
        });
        found
    }
}

/// Deletes what this program wrote to a cache folder. Other processes may be using it: what they
/// need again is fetched again.
pub fn clear_cache(folder: &Path) -> ClearedCache {
    let mut cleared = ClearedCache::default();
    for set in CacheFolder(folder.to_owned()).sets() {
        each_file(&set, |entry, _| {
            let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
            match fs::remove_file(entry.path()) {
                Ok(()) => {
                    cleared.bytes += bytes;
                    cleared.files += 1;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(_) => cleared.left += 1,
            }
        });
        // Fails for those that hold anything else, which then stay.
        for folder in set.folders() {
            let _ = fs::remove_dir(folder);
        }
    }
    let _ = fs::remove_dir(folder.join("sets"));
    cleared
}

fn each_file(set: &SetFolder, mut found: impl FnMut(&DirEntry, Content)) {
    set.tiles(&mut found);
    set.others(found);
}
