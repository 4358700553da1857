//! Reads the text of tiles with an engine and stores each reading, in the order given.
//!
//! A tile is read once in its life: one whose bytes, engine and languages are those of its stored
//! reading is skipped, and one with the bytes of another tile gets that one's reading. Stopping
//! loses at most the tiles that are being read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, RwLock};
use tilejury_data::{Dataset, TilePath, decode::decode, hash};
use tilejury_text::{Language, ReadError, ReadingEngine};
use tilejury_vision::PictureFingerprint;

use super::picture_text::{languages_for, read_text};
use super::reading_order::{QueueCounts, ReadingQueue};
use super::readings::{ReadingStamp, StoredReading};
use super::store::ExternalStore;
use crate::catch_panic::catch_panic;
use crate::progress::{Cancelled, Progress, Stage};
use crate::sidecar::SidecarError;
use crate::suspicion::fingerprints::{TileStamp, TileStamper};
use crate::text::count;

/// The time between two stores of finished readings.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// The time between two checks for a stop while no tile finishes.
const CHECK_EVERY: Duration = Duration::from_millis(50);
/// Another program that stored nothing for this long has ended.
const GONE_AFTER: Duration = Duration::from_secs(20);
/// The most failed tiles that are named.
const NAMED_UP_TO: usize = 100;
/// The options of a reading.
#[derive(Clone, Debug)]
pub struct ReadingOptions {
    /// The languages to begin with, in order of importance.
    pub languages: Vec<Language>,
    /// The number of tiles that are read at the same time.
    pub jobs: usize,
}

/// The result of a reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadingSummary {
    /// The number of tiles that were asked for.
    pub tiles: usize,
    /// The number of them that were read now, including copies of others.
    pub read: usize,
    /// The number of them whose stored reading is still valid.
    pub skipped: usize,
    /// The number of them that were read without finding their text.
    pub not_legible: usize,
    /// The number of them that could not be read.
    pub failed: usize,
    /// The first failed tiles with the reason.
    pub failures: Vec<(TilePath, String)>,
    /// The languages that the engine lacked, with the numbers of tiles.
    pub missing: BTreeMap<Language, usize>,
}

impl ReadingSummary {
    /// Returns a line for each problem: tiles that failed, tiles that were not legible, and
    /// languages that the engine lacked.
    pub fn problems(&self) -> Vec<String> {
        let failures = self.failures.iter().map(|(tile, reason)| format!("{}: {reason}", tile.as_str()));
        let mut lines: Vec<String> = failures.collect();
        if self.failed > self.failures.len() {
            lines.push(format!("and {} more failed", count(self.failed - self.failures.len(), "tile")));
        }
        if self.not_legible > 0 {
            lines.push(format!("{} with a picture but hardly any text: not read", count(self.not_legible, "tile")));
        }
        lines.extend(self.missing_languages());
        lines
    }

    /// Returns a line for each language that the engine lacked, that of the most tiles first, with
    /// the command that installs it.
    pub fn missing_languages(&self) -> Vec<String> {
        let mut missing: Vec<(&Language, usize)> =
            self.missing.iter().map(|(language, tiles)| (language, *tiles)).collect();
        missing.sort_by_key(|(_, tiles)| std::cmp::Reverse(*tiles));
        let line = |(language, tiles): (&Language, usize)| {
            let verb = if tiles == 1 { "seems" } else { "seem" };
            format!(
                "{} {verb} to be in `{language}`, which Tesseract lacks; on Debian or Ubuntu: apt-get install {}",
                count(tiles, "tile"),
                language.package()
            )
        };
        missing.into_iter().map(line).collect()
    }

    /// Adds the result of a later run of the same queue.
    pub fn add(&mut self, later: Self) {
        self.read += later.read;
        self.skipped += later.skipped;
        self.not_legible += later.not_legible;
        self.failed += later.failed;
        let room = NAMED_UP_TO.saturating_sub(self.failures.len());
        self.failures.extend(later.failures.into_iter().take(room));
        for (language, tiles) in later.missing {
            *self.missing.entry(language).or_default() += tiles;
        }
    }
}

/// The state of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReadingState {
    /// The counts of the queue, over all runs.
    pub counts: QueueCounts,
    /// The number of tiles that this run read.
    pub read: usize,
    /// The time since this run began.
    pub elapsed: Duration,
}

impl ReadingState {
    /// Returns the time until all tiles are read, at the pace of this run; `None` before anything
    /// is read.
    pub fn time_left(&self) -> Option<Duration> {
        let per_tile = self.elapsed.as_secs_f64() / self.read as f64;
        Duration::try_from_secs_f64(per_tile * self.counts.unread as f64).ok()
    }
}

/// The receiver of the reports of a run. Reports may come from any thread.
pub trait ReadingObserver: Sync {
    /// Receives the state before the first tile is read: the tiles that have readings are known.
    fn begun(&self, _state: ReadingState) {}

    /// Receives the state, several times a second.
    ///
    /// # Errors
    /// To stop the run.
    fn report(&self, state: ReadingState) -> Result<(), Cancelled>;

    /// Receives tiles whose readings were stored.
    fn stored(&self, _tiles: Vec<TilePath>) {}

    /// Runs before each tile is read, on its thread; it may wait for a moment.
    fn before_each(&self) {}
}

/// Reads the tiles of a queue, and reports them. Stores what is finished even if the work is
/// cancelled.
///
/// # Errors
/// When the file of readings cannot be read or written; the inner error is that `progress`
/// cancelled the work.
pub fn read_tiles(
    dataset: &Dataset,
    queue: &ReadingQueue,
    store: &mut ExternalStore,
    engine: &dyn ReadingEngine,
    options: &ReadingOptions,
    progress: &dyn Progress,
) -> Result<Result<ReadingSummary, Cancelled>, SidecarError> {
    struct Steps<'p>(&'p dyn Progress);
    impl ReadingObserver for Steps<'_> {
        fn report(&self, state: ReadingState) -> Result<(), Cancelled> {
            self.0.report(Stage::Reading.step(state.counts.finished, state.counts.tiles))
        }
    }
    let (summary, ended) = read_queue(dataset, queue, store, engine, options, &Steps(progress))?;
    Ok(ended.map(|()| summary))
}

/// Reads the tiles of a queue that are not finished. Stores what is finished even if the work is
/// stopped: another run then continues. Returns the result of this run, and whether it was stopped.
///
/// # Errors
/// When the file of readings cannot be read or written.
pub fn read_queue(
    dataset: &Dataset,
    queue: &ReadingQueue,
    store: &mut ExternalStore,
    engine: &dyn ReadingEngine,
    options: &ReadingOptions,
    observer: &dyn ReadingObserver,
) -> Result<(ReadingSummary, Result<(), Cancelled>), SidecarError> {
    let version = (engine.name().to_owned(), engine.version().to_owned());
    let row = store.last_reading_row()?;
    let (mut known, mut hashes) = (store.reading_stamps()?, store.hashes_read_by(&version)?);
    // A language that a tile lacked may have been installed since.
    for (tile, hash) in store.read_without(engine.languages())? {
        known.remove(&tile);
        hashes.remove(&hash);
    }
    queue.begin(|tile| known.get(tile).is_some_and(|(_, of_tile)| *of_tile == version));
    let counts = queue.counts();
    let tiles = counts.tiles - counts.finished;
    observer.begun(ReadingState { counts, ..ReadingState::default() });
    let mut summary = ReadingSummary { tiles, ..ReadingSummary::default() };
    let job = Job {
        dataset,
        queue,
        engine,
        options,
        observer,
        known: RwLock::new(known),
        hashes: Hashes { read: Mutex::new(hashes), ..Hashes::default() },
        stamper: TileStamper::default(),
        version,
        stop: AtomicBool::new(false),
    };
    let ended = thread::scope(|scope| {
        let (out, finished) = sync_channel(2 * options.jobs.max(1));
        for _ in 0..options.jobs.max(1) {
            let out = out.clone();
            let job = &job;
            scope.spawn(move || job.run(&out));
        }
        drop(out);
        let stored = job.store_all(&finished, store, OtherReaders { row, seen: None }, &mut summary);
        // The threads end at their next tile, also if storing failed.
        job.stop.store(true, Ordering::Relaxed);
        drop(finished);
        stored
    })?;
    Ok((summary, ended))
}

/// A tile that a thread finished.
enum Finished {
    Skipped,
    Read(Box<StoredReading>),
    /// The bytes are those of a stored reading: of this tile in another place, or of another tile.
    SameBytes {
        tile: TilePath,
        hash: u128,
        stamp: TileStamp,
    },
    Failed(TilePath, String),
}

/// Other programs that read the same tiles at the same time, such as a window and `tilejury read`.
struct OtherReaders {
    /// The last row of the readings that was seen.
    row: i64,
    /// The time of the last reading of another program.
    seen: Option<Instant>,
}

impl OtherReaders {
    /// Learns which tiles were read elsewhere. Two programs with the same order would read each
    /// tile at the same time for ever: this one leaves some tiles to the other, as long as there is
    /// one.
    fn look(&mut self, job: &Job<'_>, store: &ExternalStore) -> Result<(), SidecarError> {
        let (added, row) = store.reading_stamps_after(self.row)?;
        self.row = row;
        let mut known = job.known.write();
        let mut news = 0;
        for (tile, stamp) in added {
            news += usize::from(stamp.1 == job.version && job.queue.read_elsewhere(&tile));
            known.insert(tile, stamp);
        }
        if news > 0 {
            self.seen = Some(Instant::now());
            job.queue.leave_to_another(random_below(4 * (job.options.jobs + news)));
        }
        if self.seen.is_some_and(|seen| seen.elapsed() >= GONE_AFTER) {
            self.seen = None;
            job.queue.leave_to_another(0);
        }
        Ok(())
    }
}

/// Returns a number that differs from program to program and from call to call.
fn random_below(limit: usize) -> usize {
    RandomState::new().hash_one(()) as usize % limit.max(1)
}

struct Job<'j> {
    dataset: &'j Dataset,
    queue: &'j ReadingQueue,
    engine: &'j dyn ReadingEngine,
    options: &'j ReadingOptions,
    observer: &'j dyn ReadingObserver,
    /// The tiles that have readings; others may add to them.
    known: RwLock<HashMap<TilePath, ReadingStamp>>,
    hashes: Hashes,
    stamper: TileStamper,
    version: (String, String),
    stop: AtomicBool,
}

/// The bytes that need not be read, by their hashes.
#[derive(Default)]
struct Hashes {
    /// All bytes that were read by this engine.
    read: Mutex<HashSet<u128>>,
    /// The bytes that are being read.
    being_read: Mutex<HashSet<u128>>,
    freed: Condvar,
}

impl Hashes {
    /// Returns whether the bytes are to be read by the caller, which must then free them. Waits
    /// while another thread reads the same bytes.
    fn claim(&self, hash: u128) -> bool {
        let mut being_read = self.being_read.lock();
        loop {
            if self.read.lock().contains(&hash) {
                return false;
            }
            if being_read.insert(hash) {
                return true;
            }
            self.freed.wait(&mut being_read);
        }
    }

    fn free(&self, hash: u128, is_read: bool) {
        let mut being_read = self.being_read.lock();
        being_read.remove(&hash);
        if is_read {
            self.read.lock().insert(hash);
        }
        self.freed.notify_all();
    }
}

impl Job<'_> {
    /// Sends what was finished, with the tile's place in the queue.
    fn run(&self, out: &SyncSender<(usize, Finished)>) {
        while !self.stop.load(Ordering::Relaxed) {
            self.observer.before_each();
            let Some((place, tile)) = self.queue.take() else { return };
            let mut claimed = None;
            let read = catch_panic(|| self.read(&tile, &mut claimed));
            let read = read.unwrap_or_else(|panic| Some(Finished::Failed(tile.clone(), panic)));
            let is_read = matches!(read, Some(Finished::Read(_)));
            let sent = read.is_some_and(|finished| out.send((place, finished)).is_ok());
            // Freed after it was sent: a tile with the same bytes follows it.
            if let Some(hash) = claimed {
                self.hashes.free(hash, is_read);
            }
            if !sent {
                return;
            }
        }
    }

    /// Reads one tile; `None` if the work was stopped. `claimed` receives the hash of the bytes if
    /// they are read here.
    fn read(&self, tile: &TilePath, claimed: &mut Option<u128>) -> Option<Finished> {
        let failed = |message: String| Some(Finished::Failed(tile.clone(), message));
        let location = match self.dataset.tiles.locate(tile) {
            Ok(location) => location,
            Err(error) => return failed(error.to_string()),
        };
        let Some(stamp) = self.stamper.stamp(self.dataset, &location) else {
            return failed("its file is gone".to_owned());
        };
        let known = self.known.read().get(tile).is_some_and(|(known, by)| *known == stamp && *by == self.version);
        if known {
            return Some(Finished::Skipped);
        }
        let mut bytes = Vec::new();
        if let Err(error) = self.dataset.tiles.read_patiently(&location, &mut bytes) {
            return failed(error.to_string());
        }
        let hash = hash::hash(&bytes, 0);
        if !self.hashes.claim(hash) {
            return Some(Finished::SameBytes { tile: tile.clone(), hash, stamp });
        }
        *claimed = Some(hash);
        let pixels = match decode(&bytes) {
            Ok(pixels) => pixels,
            Err(error) => return failed(error.to_string()),
        };
        let languages = languages_for(self.engine, self.queue.script_of_query(tile), &self.options.languages);
        let ink = || PictureFingerprint::new(&bytes, &pixels).ink;
        let read = match read_text(self.engine, &pixels, &languages, ink, &self.stop) {
            Ok(read) => read,
            Err(ReadError::Stopped) => return None,
            Err(error) => return failed(error.to_string()),
        };
        Some(Finished::Read(Box::new(StoredReading {
            tile: tile.clone(),
            hash,
            stamp,
            engine: self.version.clone(),
            languages: read.languages,
            missing: read.missing,
            legible: read.legible,
            reading: read.reading,
        })))
    }

    /// Stores what the threads finish until they end.
    fn store_all(
        &self,
        finished: &Receiver<(usize, Finished)>,
        store: &mut ExternalStore,
        mut others: OtherReaders,
        summary: &mut ReadingSummary,
    ) -> Result<Result<(), Cancelled>, SidecarError> {
        let mut waiting: Vec<(usize, StoredReading)> = Vec::new();
        // Skipping takes no time worth counting: the pace is measured from the end of it.
        let (mut begun, mut read) = (Instant::now(), 0);
        let (mut stored_at, mut result) = (begun, Ok(()));
        loop {
            let next = finished.recv_timeout(CHECK_EVERY);
            let ended = matches!(next, Err(RecvTimeoutError::Disconnected));
            if let Ok((place, next)) = next {
                match next {
                    Finished::Read(reading) => {
                        waiting.push((place, *reading));
                        self.queue.read(place);
                        read += 1;
                    }
                    Finished::SameBytes { tile, hash, stamp } => {
                        let waits = waiting.iter().find(|(_, reading)| reading.hash == hash);
                        let same = match waits {
                            Some((_, reading)) => Some(reading.clone()),
                            None => store.reading_of_bytes(hash)?,
                        };
                        waiting.extend(same.map(|same| (place, StoredReading { tile, stamp, ..same })));
                        self.queue.read(place);
                        read += 1;
                    }
                    Finished::Skipped => {
                        summary.skipped += 1;
                        self.queue.finish(place);
                        if read == 0 {
                            begun = Instant::now();
                        }
                    }
                    Finished::Failed(tile, reason) => {
                        summary.failed += 1;
                        if summary.failures.len() < NAMED_UP_TO {
                            summary.failures.push((tile, reason));
                        }
                        self.queue.finish(place);
                    }
                }
            }
            if ended || stored_at.elapsed() >= STORE_EVERY {
                others.look(self, store)?;
                if !waiting.is_empty() {
                    self.store(&mut waiting, store, summary)?;
                }
                stored_at = Instant::now();
            }
            let state = ReadingState { counts: self.queue.counts(), read, elapsed: begun.elapsed() };
            let reported = self.observer.report(state);
            if ended {
                return Ok(result);
            }
            if result.is_ok() && reported.is_err() {
                // What is being read is stopped; what is finished is still received and stored.
                self.stop.store(true, Ordering::Relaxed);
                result = Err(Cancelled);
            }
        }
    }

    /// Stores readings in one transaction.
    fn store(
        &self,
        waiting: &mut Vec<(usize, StoredReading)>,
        store: &mut ExternalStore,
        summary: &mut ReadingSummary,
    ) -> Result<(), SidecarError> {
        let import = store.write()?;
        for (_, reading) in waiting.iter() {
            import.reading(reading)?;
        }
        import.commit()?;
        for (place, reading) in waiting.iter() {
            self.queue.finish(*place);
            summary.read += 1;
            summary.not_legible += usize::from(!reading.legible);
            if let Some(language) = reading.missing.as_deref().and_then(|code| code.parse().ok()) {
                *summary.missing.entry(language).or_default() += 1;
            }
        }
        self.observer.stored(waiting.drain(..).map(|(_, reading)| reading.tile).collect());
        Ok(())
    }
}
