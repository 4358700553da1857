//! Writes an index file per shard, for the owner of a dataset to upload beside the shards: then
//! nobody who reads the dataset from afar needs to search for members. Never writes to the dataset
//! unless its caller names that folder.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use parking_lot::Mutex;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tilejury_data::progress::{Cancelled, Progress, Stage};
use tilejury_data::shard::hfutils_json;
use tilejury_data::{TileSource, cores};

/// The bytes of a shard that are read at once.
const READ_BYTES: usize = 1 << 20;

/// The outcome for the shards of a dataset.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct IndexFiles {
    /// The number of files that were written.
    pub written: usize,
    /// The number of files that were there already, for a shard of the same length.
    pub kept: usize,
    /// Shards without an index, by their paths below the dataset, each with the reason.
    pub failed: Vec<(String, String)>,
}

/// The part of an index file that tells for which shard it is.
#[derive(Deserialize)]
struct Written {
    filesize: u64,
    #[serde(rename = "files")]
    _files: IgnoredAny,
}

/// The path of the index file of a shard below the folder of the index files.
pub fn index_file_of(shard: &str) -> String {
    format!("{}.json", shard.strip_suffix(".tar").unwrap_or(shard))
}

/// Writes the index files that are missing to `out`, in the folders in which the shards are.
/// Progress counts bytes.
///
/// # Errors
/// If the work was cancelled. The files written until then are whole.
pub fn write_index_files(tiles: &TileSource, out: &Path, progress: &dyn Progress) -> Result<IndexFiles, Cancelled> {
    let shards = tiles.shard_files();
    let lengths = shards.iter().map(|(shard, _)| tiles.shard_stamp(*shard).map_or(0, |(len, _)| len));
    let total: u64 = lengths.sum();
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let found = Mutex::new(IndexFiles::default());
    let was_cancelled = Mutex::new(false);
    let report = |bytes: u64| {
        let done = done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        progress.report(Stage::Checksums.step(done as usize, total as usize))
    };
    thread::scope(|scope| {
        for _ in 0..cores().min(shards.len()) {
            scope.spawn(|| {
                while let Some((shard, path)) = shards.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = write_one(tiles, *shard, &out.join(index_file_of(path)), &report);
                    let mut found = found.lock();
                    match outcome {
                        Ok(true) => found.written += 1,
                        Ok(false) => found.kept += 1,
                        Err(_) if report(0).is_err() => {
                            *was_cancelled.lock() = true;
                            return;
                        }
                        Err(reason) => found.failed.push((path.clone(), reason)),
                    }
                }
            });
        }
    });
    if was_cancelled.into_inner() {
        return Err(Cancelled);
    }
    let mut found = found.into_inner();
    found.failed.sort();
    Ok(found)
}

/// Counts the shards that [`write_index_files`] would read, and their bytes.
pub fn to_read(tiles: &TileSource, out: &Path) -> (usize, u64) {
    let lengths = tiles.shard_files().into_iter().filter_map(|(shard, path)| {
        let len = tiles.shard_stamp(shard).map_or(0, |(len, _)| len);
        (!is_there(&out.join(index_file_of(&path)), len)).then_some(len)
    });
    lengths.fold((0, 0), |(shards, bytes), len| (shards + 1, bytes + len))
}

/// Writes the index file of a shard; `false` if it is there.
fn write_one(
    tiles: &TileSource,
    shard: usize,
    file: &Path,
    report: &(dyn Fn(u64) -> Result<(), Cancelled> + Sync),
) -> Result<bool, String> {
    let (opened, len) = tiles.open_whole(shard).map_err(|error| error.to_string())?;
    if is_there(file, len) {
        return report(len).map(|()| false).map_err(|error| error.to_string());
    }
    let reader = BufReader::with_capacity(READ_BYTES, Reported { inner: opened, report });
    let json = hfutils_json(reader, len).map_err(|error| error.to_string())?;
    write_whole(file, &json).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(true)
}

/// Whether an index file is one of a shard of this length.
fn is_there(file: &Path, len: u64) -> bool {
    let written = fs::read(file).ok().and_then(|bytes| serde_json::from_slice::<Written>(&bytes).ok());
    written.is_some_and(|written| written.filesize == len)
}

/// Writes a file under another name first, so that it is whole or not there.
fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let own = PathBuf::from(format!("{}.{}.part", file.display(), std::process::id()));
    let written = File::create(&own)
        .and_then(|mut open| open.write_all(bytes).and_then(|()| open.sync_all()))
        .and_then(|()| fs::rename(&own, file));
    written.inspect_err(|_| _ = fs::remove_file(&own))
}

/// A reader that reports what it read, and fails when the work is to stop.
struct Reported<'r, R> {
    inner: R,
    report: &'r (dyn Fn(u64) -> Result<(), Cancelled> + Sync),
}

impl<R: Read> Read for Reported<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        (self.report)(read as u64).map_err(io::Error::other)?;
        Ok(read)
    }
}
