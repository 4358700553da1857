//! The files of one dataset in the cache folder: tiles, indexes of shards, lists of files, splits.
//! Each is a file of its own that gets its name when it is whole; so any number of processes share
//! the folder, without locks. Everything in it can be fetched again.
//!
//! Tiles are bounded: when they take more than the limit, those of the oldest use leave. A folder
//! that cannot be written costs requests and nothing else.

mod file;
mod layout;
mod report;
mod sweep;

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tilejury_data::StoredFile;

use file::{CHECKSUM, read, write};
pub(crate) use file::{twin, write_whole};
use layout::CacheFolder;
pub(crate) use layout::{LINES, SetFolder, digits};
pub use report::{CacheReport, CachedSet, ClearedCache, clear_cache};
use sweep::{reduced_to, sweep};

/// After this share of the limit was written by this process, the folder is counted again: other
/// processes write too.
const COUNT_AFTER: u64 = 20;
/// The time without writing after a failed write.
const PAUSE: Duration = Duration::from_secs(30);

/// The cache of one dataset.
#[derive(Debug)]
pub struct SetCache {
    folder: SetFolder,
    keeper: Arc<Keeper>,
}

/// Counts the tiles in a cache folder, and lets those leave that are over the limit in bytes.
/// Blocks until then.
pub fn sweep_cache(folder: &Path, limit: u64) {
    sweep(&CacheFolder(folder.to_owned()), limit);
}

/// Watches the size of the folder.
#[derive(Debug)]
struct Keeper {
    folder: CacheFolder,
    limit: u64,
    known: Mutex<Known>,
    is_sweeping: AtomicBool,
}

/// An estimate of the folder, without counting.
#[derive(Debug, Default)]
struct Known {
    /// The bytes of its tiles when they were last counted, and those written since; `None` before.
    bytes: Option<u64>,
    /// The bytes that this process wrote since then.
    written: u64,
    /// The reason and the time of the last failed write.
    problem: Option<(String, Instant)>,
}

impl SetCache {
    /// The cache of a dataset, by its address without a revision, in a folder that need not exist
    /// yet. Tiles of all datasets together take up to `limit` bytes.
    pub fn new(folder: &Path, name: &str, limit: u64) -> Self {
        let folder = CacheFolder(folder.to_owned());
        let set = folder.set(name);
        let keeper = Keeper { folder, limit, known: Mutex::default(), is_sweeping: AtomicBool::new(false) };
        Self { folder: set, keeper: Arc::new(keeper) }
    }

    pub(crate) fn folder(&self) -> &SetFolder {
        &self.folder
    }

    /// The folders of all datasets in the cache.
    pub(crate) fn others(&self) -> Vec<SetFolder> {
        self.keeper.folder.sets()
    }

    /// Marks splits as opened now: those of versions that nobody opens any more leave.
    pub(crate) fn did_open(&self, splits: &Path) {
        sweep::opened(splits);
    }

    /// Notes the address beside what is kept. It does not matter if that fails.
    pub(crate) fn note_address(&self, name: &str) {
        if self.folder.address().as_deref() != Some(name) {
            self.keeper.did_write(write_whole(&self.folder.note_file(), &SetFolder::note(name)));
        }
    }

    /// Reads a range of a file, if it was kept.
    pub fn read(&self, file: &StoredFile, range: &Range<u64>) -> Option<Vec<u8>> {
        read(&self.tile(file, range)).filter(|bytes| bytes.len() as u64 == len(range))
    }

    /// Whether a range of a file is kept.
    pub fn holds(&self, file: &StoredFile, range: &Range<u64>) -> bool {
        self.tile(file, range).metadata().is_ok_and(|metadata| metadata.len() == len(range) + CHECKSUM)
    }

    /// Whether a range of so many bytes would be kept, as far as that is known.
    pub(crate) fn can_keep(&self, bytes: u64) -> bool {
        // Without room for a few tiles, each would only drive out the one before.
        bytes <= self.keeper.limit / 10 && !self.keeper.is_paused()
    }

    /// Keeps a range of a file.
    pub fn keep(&self, file: &StoredFile, range: &Range<u64>, bytes: &[u8]) {
        if !self.can_keep(bytes.len() as u64) {
            return;
        }
        if self.keeper.did_write(write(&self.tile(file, range), bytes)) {
            self.keeper.clone().count_in(bytes.len() as u64 + CHECKSUM);
        }
    }

    /// Reads the index of a shard, if it was kept.
    pub(crate) fn read_index(&self, shard: &StoredFile) -> Option<Vec<u8>> {
        read(&self.folder.index(shard))
    }

    /// Keeps the index of a shard.
    pub(crate) fn keep_index(&self, shard: &StoredFile, bytes: &[u8]) {
        if !self.keeper.is_paused() {
            self.keeper.did_write(write(&self.folder.index(shard), bytes));
        }
    }

    /// Reads what was found out of a file whose list tells no version.
    pub(crate) fn read_confirmed(&self, file: &StoredFile) -> Option<Vec<u8>> {
        read(&self.folder.confirmed(file))
    }

    /// Keeps what was found out of a file whose list tells no version.
    pub(crate) fn keep_confirmed(&self, file: &StoredFile, bytes: &[u8]) {
        if !self.keeper.is_paused() {
            self.keeper.did_write(write(&self.folder.confirmed(file), bytes));
        }
    }

    /// Keeps a list of files, or when it was the newest.
    pub(crate) fn keep_list(&self, name: &str, bytes: &[u8]) {
        self.keeper.did_write(write_whole(&self.folder.list(name), bytes));
    }

    /// The bytes of tiles that surely stay when they are fetched together.
    pub fn keeps_up_to_bytes(&self) -> u64 {
        reduced_to(self.keeper.limit)
    }

    /// The reason why the folder cannot be written, if that is so.
    pub fn problem(&self) -> Option<String> {
        self.keeper.known.lock().problem.as_ref().map(|(problem, _)| problem.clone())
    }

    #[cfg(test)]
    fn sweep(&self) {
        self.keeper.sweep();
    }

    fn tile(&self, file: &StoredFile, range: &Range<u64>) -> std::path::PathBuf {
        self.folder.tile(file, range.start, len(range))
    }
}

impl Keeper {
    /// Whether a write failed a short time ago.
    fn is_paused(&self) -> bool {
        self.known.lock().problem.as_ref().is_some_and(|(_, at)| at.elapsed() < PAUSE)
    }

    /// Notes the outcome of a write; warns once until one succeeds.
    fn did_write(&self, written: io::Result<()>) -> bool {
        let mut known = self.known.lock();
        match written {
            Ok(()) => known.problem = None,
            Err(error) => {
                let problem = format!("{}: {error}; tiles are not kept", self.folder.0.display());
                if known.problem.is_none() {
                    log::warn!("{problem}");
                }
                known.problem = Some((problem, Instant::now()));
            }
        }
        known.problem.is_none()
    }

    /// Adds the bytes of a new tile; when the tiles may take too much, has the folder swept on a
    /// thread of its own.
    fn count_in(self: Arc<Self>, bytes: u64) {
        let must_sweep = {
            let mut known = self.known.lock();
            known.written += bytes;
            known.bytes = known.bytes.map(|before| before + bytes);
            known.bytes.is_none_or(|bytes| bytes > self.limit) || known.written > self.limit / COUNT_AFTER
        };
        if must_sweep && !self.is_sweeping.swap(true, Ordering::AcqRel) {
            let keeper = self.clone();
            let started = thread::Builder::new().name("cache".into()).spawn(move || {
                keeper.sweep();
                keeper.is_sweeping.store(false, Ordering::Release);
            });
            if started.is_err() {
                self.is_sweeping.store(false, Ordering::Release);
            }
        }
    }

    fn sweep(&self) {
        let before = std::mem::take(&mut self.known.lock().written);
        let bytes = sweep(&self.folder, self.limit);
        let mut known = self.known.lock();
        // What was written while the folder was counted may have been counted or not.
        known.bytes = Some(bytes + known.written);
        log::debug!("the cache has {bytes} bytes of tiles; {before} were written since it was last counted");
    }
}

fn len(range: &Range<u64>) -> u64 {
    range.end - range.start
}

#[cfg(test)]
mod tests;
