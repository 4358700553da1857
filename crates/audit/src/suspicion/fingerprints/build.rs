//! Computes all fingerprints of a set: takes those in the cache, and reads the rest from the shards
//! on several threads, at once or in parts with access to the results so far.
//!
//! Reads in the order of the bytes on disk, by position. Stores every second, so that finished work
//! is kept when the user stops it. Only the caller's thread writes the cache.

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_data::tile_source::TileError;
use tilejury_data::{Dataset, TileLocation, TilePath};
use tilejury_rows::{Interner, TileId};

use super::cache::FingerprintCache;
use super::fingerprint::TileFingerprint;
use super::pixel_work::PixelWork;
use super::stamp::{TileStamp, TileStamper};
use super::{Fingerprints, ReadingPace};
use crate::progress::{Cancelled, Stage};

/// The time between two stores of finished fingerprints.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// The time between two checks for a stop while no tile finishes.
const CHECK_EVERY: Duration = Duration::from_millis(100);
/// The largest number of fingerprints that wait for the thread that stores them.
const WAITING_UP_TO: usize = 256;
/// The least number of threads that read from an address, which mostly wait.
const THREADS_ELSEWHERE: usize = 8;
/// Tiles located between two reports, which are when work can be cancelled.
const TILES_AT_ONCE: usize = 64;
/// Tiles located at the same time: on a distant disk only concurrent requests are fast.
const LOCATE_AT_ONCE: usize = 16;

/// Makes the fingerprint of every tile that a row names. Fingerprints that were read are in the
/// cache, even if the work is cancelled.
///
/// A cache that fails costs only the caching: [`Fingerprints::cache_trouble`] has the reason.
///
/// # Errors
/// When the work was cancelled.
pub fn make(dataset: &Dataset, cache: &mut FingerprintCache, work: &PixelWork<'_>) -> Result<Fingerprints, Cancelled> {
    let mut build = FingerprintBuild::start(dataset, cache, work)?;
    build.read(cache, work, &mut |_| false)?;
    Ok(build.fingerprints)
}

/// Makes the fingerprints of some tiles only, each named once.
pub(crate) fn make_some(
    dataset: &Dataset,
    tiles: Vec<TilePath>,
    cache: &mut FingerprintCache,
    work: &PixelWork<'_>,
) -> Result<Fingerprints, Cancelled> {
    let mut numbers = Interner::default();
    tiles.iter().for_each(|tile| {
        numbers.number(TileId::new(tile).hash());
    });
    let mut build = FingerprintBuild::new(dataset, (tiles, numbers), cache, work)?;
    build.read(cache, work, &mut |_| false)?;
    Ok(build.fingerprints)
}

/// Fingerprints under construction, for callers that use the results so far and then continue.
pub struct FingerprintBuild<'d> {
    dataset: &'d Dataset,
    locations: Vec<Result<StampedLocation, UnlocatedReason>>,
    /// The tiles that the cache does not have, by number, in the order of their bytes on disk.
    to_read: Vec<usize>,
    /// The number of these tiles that were read.
    read: usize,
    /// The time that all threads worked, and the part of it for decoding.
    busy: Duration,
    decoding: Duration,
    fingerprints: Fingerprints,
}

impl<'d> FingerprintBuild<'d> {
    /// Locates all tiles, and takes the fingerprints that the cache has.
    ///
    /// # Errors
    /// When the work was cancelled.
    pub fn start(dataset: &'d Dataset, cache: &FingerprintCache, work: &PixelWork<'_>) -> Result<Self, Cancelled> {
        Self::new(dataset, tiles_of(dataset), cache, work)
    }

    /// Takes the fingerprints that the cache has, and reads no tile: those that it lacks stay
    /// unknown. Of a dataset at an address, requests at most the versions of shards.
    ///
    /// # Errors
    /// When the work was cancelled.
    pub fn of_cache(dataset: &'d Dataset, cache: &FingerprintCache, work: &PixelWork<'_>) -> Result<Self, Cancelled> {
        work.progress.report(Stage::Shards.step(0, 0))?;
        let (tiles, numbers) = tiles_of(dataset);
        let known = if dataset.tiles.storage().is_some() {
            dataset.tiles.confirm_shards(0..dataset.tiles.shard_count());
            known_at(dataset, &tiles, cache, |tile| dataset.tiles.known_location(tile))
        } else {
            dataset.tiles.index_all(work.progress)?;
            known_at(dataset, &tiles, cache, |tile| dataset.tiles.locate(tile).ok())
        };
        let (mut known, cache_trouble) = match known {
            Ok(known) => (known, None),
            Err(error) => (HashMap::new(), Some(error.to_string())),
        };
        let all = tiles.iter().map(|tile| known.remove(tile)).collect();
        let fingerprints = Fingerprints { tiles, numbers, all, pace: ReadingPace::default(), cache_trouble };
        let (busy, decoding) = (Duration::ZERO, Duration::ZERO);
        Ok(Self { dataset, locations: Vec::new(), to_read: Vec::new(), read: 0, busy, decoding, fingerprints })
    }

    fn new(
        dataset: &'d Dataset,
        (tiles, numbers): (Vec<TilePath>, Interner),
        cache: &FingerprintCache,
        work: &PixelWork<'_>,
    ) -> Result<Self, Cancelled> {
        let locations = locate_tiles(dataset, &tiles, work)?;
        let mut cache_trouble = None;
        let stamps = tiles
            .iter()
            .zip(&locations)
            .filter_map(|(tile, location)| Some((tile, location.as_ref().ok()?.stamp.clone()?)));
        let mut known = cache.fingerprints(&stamps.collect()).unwrap_or_else(|error| {
            cache_trouble = Some(error.to_string());
            HashMap::new()
        });
        let mut all: Vec<Option<TileFingerprint>> = Vec::with_capacity(tiles.len());
        let mut to_read = Vec::new();
        for (at, (tile, location)) in tiles.iter().zip(&locations).enumerate() {
            all.push(match location {
                Ok(_) => known.remove(tile),
                Err(reason) => Some(reason.fingerprint()),
            });
            if all[at].is_none() {
                to_read.push(at);
            }
        }
        let stamp = |at: &usize| locations[*at].as_ref().ok().and_then(|location| location.stamp.as_ref());
        to_read.sort_by(|a, b| stamp(a).cmp(&stamp(b)));
        let fingerprints = Fingerprints { tiles, numbers, all, pace: ReadingPace::default(), cache_trouble };
        let (busy, decoding) = (Duration::ZERO, Duration::ZERO);
        Ok(Self { dataset, locations, to_read, read: 0, busy, decoding, fingerprints })
    }

    /// Continues to read until all fingerprints are made, or `enough` returns true. `enough` is
    /// called repeatedly with the number of tiles read in all. Returns whether all fingerprints are
    /// made. All that were read are then in the cache.
    ///
    /// # Errors
    /// When the work was cancelled.
    pub fn read(
        &mut self,
        cache: &mut FingerprintCache,
        work: &PixelWork<'_>,
        enough: &mut dyn FnMut(usize) -> bool,
    ) -> Result<bool, Cancelled> {
        let before = self.fingerprints.pace;
        let meter =
            SpeedMeter { start: Instant::now(), before, busy: self.busy.into(), decoding: self.decoding.into() };
        let mut sink = Sink {
            tiles: &self.fingerprints.tiles,
            locations: &self.locations,
            cache,
            made: &mut self.fingerprints.all,
            waiting: Vec::new(),
            trouble: None,
        };
        let reader = TileReader {
            dataset: self.dataset,
            locations: &self.locations,
            todo: self.to_read.get(self.read..).unwrap_or_default(),
            read_before: self.read,
            work,
            meter: &meter,
            next: AtomicUsize::new(0),
            end: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
        };
        let (read, result) = reader.read_all(&mut sink, enough);
        sink.store();
        let trouble = sink.trouble.take();
        self.fingerprints.cache_trouble = self.fingerprints.cache_trouble.take().or(trouble);
        self.read += read;
        self.fingerprints.pace = meter.pace(self.read);
        (self.busy, self.decoding) = (meter.busy.total(), meter.decoding.total());
        result.map(|()| self.read == self.to_read.len())
    }

    /// Returns the fingerprints made so far.
    pub fn fingerprints(&self) -> &Fingerprints {
        &self.fingerprints
    }
}

/// A duration that several threads add to.
struct SharedDuration(AtomicU64);

impl From<Duration> for SharedDuration {
    fn from(time: Duration) -> Self {
        Self(AtomicU64::new(time.as_nanos() as u64))
    }
}

impl SharedDuration {
    fn add(&self, time: Duration) {
        self.0.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// Measures the speed of reading, from the first tile on.
struct SpeedMeter {
    start: Instant,
    /// The pace of the tiles read earlier.
    before: ReadingPace,
    busy: SharedDuration,
    decoding: SharedDuration,
}

impl SpeedMeter {
    /// Returns the pace, given the number of tiles read in all.
    fn pace(&self, read: usize) -> ReadingPace {
        ReadingPace {
            read,
            secs: self.before.secs + self.start.elapsed().as_secs_f32(),
            decode_share: self.decoding.total().as_secs_f32() / self.busy.total().as_secs_f32().max(f32::MIN_POSITIVE),
        }
    }
}

/// A tile's location, and the stamp of its bytes if known.
pub(crate) struct StampedLocation {
    pub(crate) location: TileLocation,
    pub(crate) stamp: Option<TileStamp>,
}

/// The reason why a tile was not found.
pub(crate) enum UnlocatedReason {
    /// The locations that were searched, in words.
    Missing(Box<str>),
    /// Its shard is missing.
    ShardMissing,
}

impl UnlocatedReason {
    fn fingerprint(&self) -> TileFingerprint {
        match self {
            Self::Missing(searched) => TileFingerprint::Missing(searched.clone()),
            Self::ShardMissing => TileFingerprint::ShardMissing,
        }
    }
}

/// Returns the fingerprints of tiles that the cache has for their locations.
pub(crate) fn known_at<'t>(
    dataset: &Dataset,
    tiles: impl IntoIterator<Item = &'t TilePath>,
    cache: &FingerprintCache,
    location: impl Fn(&TilePath) -> Option<TileLocation>,
) -> rusqlite::Result<HashMap<TilePath, TileFingerprint>> {
    let stamper = TileStamper::default();
    let stamp = |tile| Some((tile, stamper.stamp(dataset, &location(tile)?)?));
    cache.fingerprints(&tiles.into_iter().filter_map(stamp).collect())
}

/// Returns every tile that a row names, once.
pub(crate) fn tiles_of(dataset: &Dataset) -> (Vec<TilePath>, Interner) {
    let (mut tiles, mut numbers) = (Vec::new(), Interner::default());
    for sample in dataset.indices() {
        let Ok(row) = dataset.row(sample) else { continue };
        for spelling in row.spellings() {
            if numbers.number(TileId::from_spelling(spelling).hash()).1 {
                tiles.push(TilePath::new(spelling));
            }
        }
    }
    (tiles, numbers)
}

/// Returns the location of each tile, or why it was not found.
pub(crate) fn locate_tiles(
    dataset: &Dataset,
    tiles: &[TilePath],
    work: &PixelWork<'_>,
) -> Result<Vec<Result<StampedLocation, UnlocatedReason>>, Cancelled> {
    dataset.tiles.index_all(work.progress)?;
    let stamps = TileStamper::default();
    let find = |tile: &TilePath| {
        let location = dataset.tiles.locate(tile).map_err(|error| match error {
            TileError::Missing { path, searched } => UnlocatedReason::Missing(format!("{path} is {searched}").into()),
            TileError::ShardMissing { .. } => UnlocatedReason::ShardMissing,
            other @ (TileError::Unreadable { .. } | TileError::Unreachable { .. }) => {
                UnlocatedReason::Missing(other.to_string().into())
            }
        })?;
        let stamp = stamps.stamp(dataset, &location);
        Ok(StampedLocation { location, stamp })
    };
    let shards = dataset.tiles.shard_count();
    let find_all = |part: &[TilePath]| {
        let mut found = Vec::with_capacity(part.len());
        for (at, tile) in part.iter().enumerate() {
            if at.is_multiple_of(TILES_AT_ONCE) {
                work.progress.report(Stage::Shards.step(shards, shards))?;
            }
            found.push(find(tile));
        }
        Ok(found)
    };
    // Not by `rayon`: these threads wait for the disk, so there are more of them than cores.
    let part = tiles.len().div_ceil(LOCATE_AT_ONCE).max(1);
    let found = thread::scope(|scope| {
        let parts: Vec<_> = tiles.chunks(part).map(|part| scope.spawn(move || find_all(part))).collect();
        // Without the part of a thread that failed, all later parts would shift.
        parts.into_iter().map(|part| part.join().unwrap_or(Err(Cancelled))).collect::<Result<Vec<_>, _>>()
    });
    Ok(found?.into_iter().flatten().collect())
}

/// A tile that was read: its index among the tiles, its fingerprint, and whether that may be
/// stored.
struct FinishedTile {
    tile: usize,
    fingerprint: TileFingerprint,
    keep: bool,
}

/// Reads and decodes tiles on several threads. Not by `rayon`: a bounded channel holds back threads
/// that are faster than the one that stores, which also checks for a stop while no tile finishes.
struct TileReader<'r> {
    dataset: &'r Dataset,
    locations: &'r [Result<StampedLocation, UnlocatedReason>],
    /// The tiles to read, in order.
    todo: &'r [usize],
    /// The number of tiles read before these.
    read_before: usize,
    work: &'r PixelWork<'r>,
    meter: &'r SpeedMeter,
    /// The next of the tiles to read.
    next: AtomicUsize,
    /// Whether no further tile is taken.
    end: AtomicBool,
    cancelled: AtomicBool,
}

impl TileReader<'_> {
    /// Reads until all tiles are read, `enough` returns true, or the work is cancelled. Returns the
    /// number of tiles read.
    fn read_all(&self, sink: &mut Sink<'_>, enough: &mut dyn FnMut(usize) -> bool) -> (usize, Result<(), Cancelled>) {
        let read = thread::scope(|scope| {
            let (out, finished) = sync_channel(WAITING_UP_TO);
            let elsewhere = self.dataset.tiles.storage().map_or(0, |_| THREADS_ELSEWHERE);
            for _ in 0..self.work.threads.max(elsewhere).clamp(1, self.todo.len().max(1)) {
                let out = out.clone();
                scope.spawn(move || self.run_thread(&out));
            }
            drop(out);
            self.receive(&finished, sink, enough)
        });
        (read, if self.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) })
    }

    /// Passes finished tiles to the sink until the threads end. Returns their number.
    fn receive(
        &self,
        finished: &Receiver<FinishedTile>,
        sink: &mut Sink<'_>,
        enough: &mut dyn FnMut(usize) -> bool,
    ) -> usize {
        let mut read = 0;
        let (mut stored_at, mut reported_at) = (Instant::now(), None::<Instant>);
        loop {
            match finished.recv_timeout(CHECK_EVERY) {
                Ok(tile) => {
                    read += 1;
                    sink.take(tile);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return read,
            }
            if stored_at.elapsed() >= STORE_EVERY {
                sink.store();
                stored_at = Instant::now();
            }
            let done = self.read_before + read;
            if reported_at.is_none_or(|at| at.elapsed() >= CHECK_EVERY) || read == self.todo.len() {
                reported_at = Some(Instant::now());
                self.report(done);
            }
            if self.cancelled.load(Ordering::Relaxed) || enough(done) {
                self.end.store(true, Ordering::Relaxed);
                // Finished tiles are kept, and threads that wait to pass theirs on must not wait
                // for ever.
                for tile in finished {
                    read += 1;
                    sink.take(tile);
                }
                return read;
            }
        }
    }

    fn report(&self, done: usize) {
        (self.work.pace)(self.meter.pace(done));
        let step = Stage::Pixels.step(done, self.read_before + self.todo.len());
        if self.work.progress.report(step).is_err() {
            self.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Runs one thread: takes one tile after the other.
    fn run_thread(&self, out: &SyncSender<FinishedTile>) {
        let mut bytes = Vec::new();
        while !self.end.load(Ordering::Relaxed) {
            // Called before a tile is taken, since a taken tile is always read.
            if (self.work.before_each)().is_err() {
                self.cancelled.store(true, Ordering::Relaxed);
                return;
            }
            let Some(tile) = self.todo.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let start = Instant::now();
            let (fingerprint, keep) = self.read_tile(*tile, &mut bytes);
            self.meter.busy.add(start.elapsed());
            if out.send(FinishedTile { tile: *tile, fingerprint, keep }).is_err() {
                return;
            }
        }
    }

    /// Returns the fingerprint of a tile, and whether it may be stored.
    fn read_tile(&self, tile: usize, bytes: &mut Vec<u8>) -> (TileFingerprint, bool) {
        let location = match &self.locations[tile] {
            Ok(location) => location,
            Err(reason) => return (reason.fingerprint(), false),
        };
        match self.dataset.tiles.read_patiently(&location.location, bytes) {
            Ok(()) => {}
            Err(TileError::ShardMissing { .. }) => return (TileFingerprint::ShardMissing, false),
            // A disk that fails now may work the next time.
            Err(error) => return (TileFingerprint::Unreadable(error.to_string().into()), false),
        }
        // A tile that makes the decoder panic costs no other.
        match catch_unwind(|| TileFingerprint::decode(bytes)) {
            Ok((fingerprint, decoding)) => {
                self.meter.decoding.add(decoding);
                (fingerprint, true)
            }
            Err(_) => (TileFingerprint::Unreadable("the decoder failed on it".into()), false),
        }
    }
}

/// Collects fingerprints, and stores them from time to time.
struct Sink<'w> {
    tiles: &'w [TilePath],
    locations: &'w [Result<StampedLocation, UnlocatedReason>],
    cache: &'w mut FingerprintCache,
    made: &'w mut [Option<TileFingerprint>],
    /// Tiles whose fingerprints are not stored yet.
    waiting: Vec<usize>,
    trouble: Option<String>,
}

impl Sink<'_> {
    fn take(&mut self, done: FinishedTile) {
        self.made[done.tile] = Some(done.fingerprint);
        if done.keep {
            self.waiting.push(done.tile);
        }
    }

    fn store(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let entry = |tile: &usize| {
            let stamp = self.locations[*tile].as_ref().ok()?.stamp.as_ref()?;
            Some((&self.tiles[*tile], stamp, self.made[*tile].as_ref()?))
        };
        if !waiting.is_empty()
            && let Err(error) = self.cache.store(waiting.iter().filter_map(entry))
        {
            self.trouble.get_or_insert(error.to_string());
        }
    }
}
