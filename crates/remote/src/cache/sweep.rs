//! The sweep: counts the tiles in the cache folder and deletes those of the oldest use while they
//! take too much, and what dead processes left behind.
//!
//! Any number of processes may sweep at once: each deletes the oldest files of its own list, and
//! one that is gone already counts as deleted.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::layout::{CacheFolder, Content, SetFolder};

/// A file that is being written is not older than this.
const PART_UP_TO: Duration = Duration::from_secs(24 * 60 * 60);

/// The splits of a version that was not opened for so long leave, unless no version of the set was
/// opened later.
const SPLITS_UP_TO: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The bytes to which the tiles are reduced when they take more than a limit.
pub(crate) fn reduced_to(limit: u64) -> u64 {
    limit / 10 * 9 + limit % 10 * 9 / 10
}

/// A tile in the folder.
struct Tile {
    used: SystemTime,
    bytes: u64,
    path: PathBuf,
}

/// Sweeps the folder; returns the bytes of the tiles that remain.
pub(super) fn sweep(folder: &CacheFolder, limit: u64) -> u64 {
    let (mut tiles, now) = (Vec::new(), SystemTime::now());
    for set in folder.sets() {
        remove_old_splits(&set, now);
        set.tiles(|entry, content| {
            let Ok(metadata) = entry.metadata() else { return };
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            match content {
                Content::Part => remove_left_over(&entry.path(), used, now),
                _ => tiles.push(Tile { used, bytes: metadata.len(), path: entry.path() }),
            }
        });
        set.others(|entry, content| {
            if content == Content::Part
                && let Ok(used) = entry.metadata().and_then(|metadata| metadata.modified())
            {
                remove_left_over(&entry.path(), used, now);
            }
        });
    }
    let mut bytes: u64 = tiles.iter().map(|tile| tile.bytes).sum();
    if bytes <= limit {
        return bytes;
    }
    tiles.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
    for tile in &tiles {
        if bytes <= reduced_to(limit) {
            break;
        }
        // It may have been used since it was listed.
        let was_used = tile.path.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|used| used > tile.used);
        if !was_used && remove(&tile.path) {
            bytes -= tile.bytes;
        }
    }
    bytes
}

/// Marks the splits of a version as opened now. It does not matter if that fails.
pub(super) fn opened(splits: &Path) {
    let version = splits.parent().unwrap_or(splits);
    let _ = File::open(version).and_then(|version| version.set_modified(SystemTime::now()));
}

fn remove_old_splits(set: &SetFolder, now: SystemTime) {
    let opened = |version: PathBuf| Some((version.metadata().ok()?.modified().ok()?, version));
    let mut versions: Vec<(SystemTime, PathBuf)> = set.versions().into_iter().filter_map(opened).collect();
    versions.sort();
    versions.pop();
    for (opened, version) in versions {
        if now.duration_since(opened).is_ok_and(|age| age > SPLITS_UP_TO) {
            SetFolder::splits_of(&version).iter().for_each(|split| _ = remove(split));
        }
    }
}

/// Removes a file that a process was writing when it died. A clock that was set back makes it look
/// new: then it stays.
fn remove_left_over(path: &Path, written: SystemTime, now: SystemTime) {
    if now.duration_since(written).is_ok_and(|age| age > PART_UP_TO) {
        let _ = fs::remove_file(path);
    }
}

/// Whether a file is gone afterwards.
fn remove(path: &Path) -> bool {
    match fs::remove_file(path) {
        Ok(()) => true,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}
