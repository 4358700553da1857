//! Reads the tiles of shards on several threads, and yields rows as record batches in the order of
//! the shards and of the bytes in them, whatever thread was faster.
//!
//! Memory holds a few hundred tiles' results, however many shards there are. Writes no file.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parking_lot::{Condvar, Mutex};
use tilejury_data::{Member, TileError, TilePath, TileSource, for_each_waiting};

use super::contents::ScanContents;
use super::error::ScanError;
use super::schema::{batch, scan_schema};
use super::tile::{ScannedTile, ShardFacts};
use crate::progress::{NoProgress, Progress, Stage};

/// The most rows of a batch.
const BATCH_ROWS: usize = 256;
/// The number of rows that may be finished before the next one in order, for each thread.
const AHEAD_PER_THREAD: usize = 32;
/// The time between two checks for a stop while no row finishes.
const CHECK_EVERY: Duration = Duration::from_millis(50);
/// The number of shards that are indexed together.
const INDEXED_TOGETHER: usize = 16;

/// A shard of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardToScan {
    /// The number in the source.
    pub number: usize,
    /// The path below the dataset.
    pub path: String,
    /// The length in bytes.
    pub bytes: u64,
    /// The version: see [`TileSource::shard_version`].
    pub version: String,
}

/// Returns the shards at these positions in the order of paths, with their versions.
///
/// # Errors
/// If the version of one cannot be found out.
pub fn shards_to_scan(tiles: &TileSource, positions: std::ops::Range<usize>) -> Result<Vec<ShardToScan>, TileError> {
    let files = tiles.shard_files();
    let chosen = files.get(positions).unwrap_or_default();
    tiles.confirm_shards(chosen.iter().map(|(number, _)| *number));
    let shard = |(number, path): &(usize, String)| {
        let (bytes, version) = tiles.shard_version(*number)?;
        Ok(ShardToScan { number: *number, path: path.clone(), bytes, version })
    };
    chosen.iter().map(shard).collect()
}

/// A running scan: an iterator of record batches with the columns of [`scan_schema`]. Dropping it
/// stops its threads and waits for them.
pub struct ShardScan {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    dataset: String,
}

struct Shared {
    source: Arc<dyn AsRef<TileSource> + Send + Sync>,
    contents: ScanContents,
    shards: Vec<ShardToScan>,
    cursor: Mutex<Cursor>,
    results: Mutex<Results>,
    changed: Condvar,
    stop: AtomicBool,
    ahead: u64,
}

/// The next tile to read.
#[derive(Default)]
struct Cursor {
    /// The number of rows that were taken.
    taken: u64,
    /// The next shard.
    next: usize,
    current: Option<CurrentShard>,
}

struct CurrentShard {
    number: usize,
    facts: Arc<ShardFacts>,
    members: std::vec::IntoIter<(TilePath, Member)>,
}

#[derive(Default)]
struct Results {
    rows: BTreeMap<u64, Result<ScannedTile, ScanError>>,
    /// The number of rows that were handed over.
    given: u64,
    /// The number of threads that ended.
    ended: usize,
    /// The number of shards whose last row was taken.
    shards: usize,
}

/// A row to make.
enum Work {
    Member { number: usize, facts: Arc<ShardFacts>, member: (TilePath, Member) },
    Made(Result<Box<ScannedTile>, ScanError>),
}

impl std::fmt::Debug for ShardScan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ShardScan").field("shards", &self.shared.shards).finish_non_exhaustive()
    }
}

impl ShardScan {
    /// Starts a scan of shards. `dataset` is its name in the rows.
    pub fn start(
        source: Arc<dyn AsRef<TileSource> + Send + Sync>,
        dataset: &str,
        shards: Vec<ShardToScan>,
        contents: ScanContents,
        threads: usize,
    ) -> Self {
        let threads = threads.max(1);
        let shared = Arc::new(Shared {
            source,
            contents,
            shards,
            cursor: Mutex::default(),
            results: Mutex::default(),
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
            ahead: (threads * AHEAD_PER_THREAD) as u64,
        });
        let run = |_| {
            let shared = shared.clone();
            thread::spawn(move || shared.run())
        };
        let threads = (0..threads).map(run).collect();
        Self { shared, threads, dataset: dataset.to_owned() }
    }

    /// The columns of every batch.
    pub fn schema(&self) -> SchemaRef {
        scan_schema()
    }

    /// Returns the next batch; `None` after the last one, or after an error. Reports the finished
    /// shards, and stops when `progress` cancels.
    pub fn next_batch(&mut self, progress: &dyn Progress) -> Option<Result<RecordBatch, ScanError>> {
        let mut rows = Vec::with_capacity(BATCH_ROWS);
        while rows.len() < BATCH_ROWS {
            match self.next_row(progress) {
                Some(Ok(row)) => rows.push(row),
                Some(Err(error)) => {
                    self.shared.stop.store(true, Ordering::Relaxed);
                    return Some(Err(error));
                }
                None => break,
            }
        }
        if rows.is_empty() {
            return None;
        }
        Some(batch(&rows, &self.dataset, &self.shared.contents).map_err(ScanError::from))
    }

    fn next_row(&self, progress: &dyn Progress) -> Option<Result<ScannedTile, ScanError>> {
        let shared = &self.shared;
        loop {
            let mut results = shared.results.lock();
            let next = results.given;
            if let Some(row) = results.rows.remove(&next) {
                results.given += 1;
                shared.changed.notify_all();
                return Some(row);
            }
            if results.ended == self.threads.len() {
                drop(results);
                // A thread that failed leaves a gap: the rest must not look like all of it.
                return (next < shared.cursor.lock().taken).then_some(Err(ScanError::Stopped));
            }
            shared.changed.wait_for(&mut results, CHECK_EVERY);
            let step = Stage::Shards.step(results.shards, shared.shards.len());
            drop(results);
            if progress.report(step).is_err() {
                return Some(Err(ScanError::Stopped));
            }
        }
    }
}

impl Iterator for ShardScan {
    type Item = Result<RecordBatch, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch(&NoProgress)
    }
}

impl Drop for ShardScan {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // Its panic was a message for the log; the rows that it made are not used any more.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Runs one thread.
    fn run(&self) {
        /// Counts the thread as ended, also after a panic.
        struct End<'s>(&'s Shared);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.results.lock().ended += 1;
                self.0.changed.notify_all();
            }
        }
        let _end = End(self);
        while !self.stop.load(Ordering::Relaxed) {
            let Some((at, work)) = self.take() else { return };
            if !self.wait_for_room(at) {
                return;
            }
            let row = match work {
                Work::Made(row) => row.map(|row| *row),
                Work::Member { number, facts, member } => {
                    let tiles = (*self.source).as_ref();
                    ScannedTile::read(tiles, (number, facts), member, &self.contents, &self.stop)
                }
            };
            self.results.lock().rows.insert(at, row);
            self.changed.notify_all();
        }
    }

    /// Waits until a row is not too far ahead; `false` if the scan was stopped.
    fn wait_for_room(&self, at: u64) -> bool {
        let mut results = self.results.lock();
        while at >= results.given + self.ahead {
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
            self.changed.wait_for(&mut results, CHECK_EVERY);
        }
        true
    }

    /// Takes the next row, with its number; `None` after the last one.
    fn take(&self) -> Option<(u64, Work)> {
        let cursor = &mut *self.cursor.lock();
        loop {
            if let Some(current) = &mut cursor.current {
                if let Some(member) = current.members.next() {
                    let at = cursor.taken;
                    cursor.taken += 1;
                    return Some((at, Work::Member { number: current.number, facts: current.facts.clone(), member }));
                }
                self.results.lock().shards += 1;
                cursor.current = None;
            }
            let shard = self.shards.get(cursor.next)?;
            self.index_some(cursor.next);
            cursor.next += 1;
            let facts = ShardFacts { path: shard.path.clone(), bytes: shard.bytes, version: shard.version.clone() };
            let facts = Arc::new(facts);
            let error = match (*self.source).as_ref().members(shard.number) {
                Ok(members) => {
                    let members = members.into_iter();
                    cursor.current = Some(CurrentShard { number: shard.number, facts, members });
                    continue;
                }
                Err(error) => error,
            };
            self.results.lock().shards += 1;
            let at = cursor.taken;
            cursor.taken += 1;
            let row = match error {
                passing @ TileError::Unreachable { kind, .. } if kind.is_passing() => Err(ScanError::Tile(passing)),
                lasting => Ok(Box::new(ScannedTile::of_bad_shard(facts, lasting.to_string()))),
            };
            return Some((at, Work::Made(row)));
        }
    }

    /// Indexes shards that come next, several at the same time: each takes requests or a walk.
    fn index_some(&self, next: usize) {
        if next.is_multiple_of(INDEXED_TOGETHER) {
            let end = (next + INDEXED_TOGETHER).min(self.shards.len());
            let tiles = (*self.source).as_ref();
            let index = |shard: &ShardToScan| {
                let _ = tiles.members(shard.number);
                Ok::<(), std::convert::Infallible>(())
            };
            let Ok(()) = for_each_waiting(&self.shards[next..end], INDEXED_TOGETHER, index);
        }
    }
}
