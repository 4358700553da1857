//! Reads the text of tiles with an engine and stores each reading, in the order given.
//!
//! A tile is read once in its life: one whose bytes, engine and languages are those of its stored
//! reading is skipped, and one with the bytes of another tile gets that one's reading. Stopping
//! loses at most the tiles that are being read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_data::{Dataset, TilePath, decode::decode, hash};
use tilejury_text::{Language, PictureReading, ReadError, ReadingEngine, read_picture};
use tilejury_vision::PictureFingerprint;

use super::readings::StoredReading;
use super::store::ExternalStore;
use crate::catch_panic::catch_panic;
use crate::progress::{Cancelled, Progress, Stage};
use crate::sidecar::SidecarError;
use crate::suspicion::fingerprints::{TileStamp, TileStamper};

/// The time between two stores of finished readings.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// The time between two checks for a stop while no tile finishes.
const CHECK_EVERY: Duration = Duration::from_millis(50);
/// The most failed tiles that are named.
const NAMED_UP_TO: usize = 100;
/// A tile with fewer letters was not read if it has more ink than [`BLANK_INK`].
const LEGIBLE_LETTERS: usize = 12;
/// The share of ink on a tile that is blank for a reader.
const BLANK_INK: f32 = 0.001;

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

/// Reads tiles. Stores what is finished even if the work is cancelled; reports the tiles.
///
/// # Errors
/// When the file of readings cannot be read or written; the inner error is that `progress`
/// cancelled the work.
pub fn read_tiles(
    dataset: &Dataset,
    tiles: &[TilePath],
    store: &mut ExternalStore,
    engine: &dyn ReadingEngine,
    options: &ReadingOptions,
    progress: &dyn Progress,
) -> Result<Result<ReadingSummary, Cancelled>, SidecarError> {
    let version = (engine.name().to_owned(), engine.version().to_owned());
    let (known, hashes) = (store.reading_stamps()?, store.hashes_read_by(&version)?);
    let mut summary = ReadingSummary { tiles: tiles.len(), ..ReadingSummary::default() };
    let job = Job {
        dataset,
        tiles,
        engine,
        options,
        known,
        hashes,
        stamper: TileStamper::default(),
        version,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
    };
    let cancelled = thread::scope(|scope| {
        let (out, finished) = sync_channel(2 * options.jobs.max(1));
        for _ in 0..options.jobs.clamp(1, tiles.len().max(1)) {
            let out = out.clone();
            let job = &job;
            scope.spawn(move || job.run(&out));
        }
        drop(out);
        let stored = job.store_all(&finished, store, &mut summary, progress);
        // The threads end at their next tile, also if storing failed.
        job.stop.store(true, Ordering::Relaxed);
        drop(finished);
        stored
    })?;
    Ok(cancelled.map(|()| summary))
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

struct Job<'j> {
    dataset: &'j Dataset,
    tiles: &'j [TilePath],
    engine: &'j dyn ReadingEngine,
    options: &'j ReadingOptions,
    known: HashMap<TilePath, (TileStamp, (String, String))>,
    /// The hashes of all bytes that were read by this engine.
    hashes: HashSet<u128>,
    stamper: TileStamper,
    version: (String, String),
    next: AtomicUsize,
    stop: AtomicBool,
}

impl Job<'_> {
    fn run(&self, out: &SyncSender<Finished>) {
        while !self.stop.load(Ordering::Relaxed) {
            let Some(tile) = self.tiles.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let read =
                catch_panic(|| self.read(tile)).unwrap_or_else(|panic| Some(Finished::Failed(tile.clone(), panic)));
            let Some(finished) = read else { return };
            if out.send(finished).is_err() {
                return;
            }
        }
    }

    /// Reads one tile; `None` if the work was stopped.
    fn read(&self, tile: &TilePath) -> Option<Finished> {
        let failed = |message: String| Some(Finished::Failed(tile.clone(), message));
        let location = match self.dataset.tiles.locate(tile) {
            Ok(location) => location,
            Err(error) => return failed(error.to_string()),
        };
        let Some(stamp) = self.stamper.stamp(self.dataset, &location) else {
            return failed("its file is gone".to_owned());
        };
        if self.known.get(tile).is_some_and(|(known, version)| *known == stamp && *version == self.version) {
            return Some(Finished::Skipped);
        }
        let mut bytes = Vec::new();
        if let Err(error) = self.dataset.tiles.read(&location, &mut bytes) {
            return failed(error.to_string());
        }
        let hash = hash::hash(&bytes, 0);
        if self.hashes.contains(&hash) {
            return Some(Finished::SameBytes { tile: tile.clone(), hash, stamp });
        }
        let pixels = match decode(&bytes) {
            Ok(pixels) => pixels,
            Err(error) => return failed(error.to_string()),
        };
        let read = match read_picture(self.engine, &pixels, &self.options.languages, &self.stop) {
            Ok(read) => read,
            Err(ReadError::Stopped) => return None,
            Err(error) => return failed(error.to_string()),
        };
        let has_text = read.reading.letters() >= LEGIBLE_LETTERS && read.is_credible();
        let legible = has_text || PictureFingerprint::new(&bytes, &pixels).ink <= BLANK_INK;
        let PictureReading { reading, languages, missing } = read;
        let codes: Vec<&str> = languages.iter().map(Language::code).collect();
        Some(Finished::Read(Box::new(StoredReading {
            tile: tile.clone(),
            hash,
            stamp,
            engine: self.version.clone(),
            languages: codes.join("+"),
            missing: missing.map(|language| language.code().to_owned()),
            legible,
            reading,
        })))
    }

    /// Stores what the threads finish until they end.
    fn store_all(
        &self,
        finished: &Receiver<Finished>,
        store: &mut ExternalStore,
        summary: &mut ReadingSummary,
        progress: &dyn Progress,
    ) -> Result<Result<(), Cancelled>, SidecarError> {
        let mut waiting: Vec<StoredReading> = Vec::new();
        let (mut done, mut stored_at, mut result) = (0, Instant::now(), Ok(()));
        loop {
            let next = finished.recv_timeout(CHECK_EVERY);
            let ended = matches!(next, Err(RecvTimeoutError::Disconnected));
            if let Ok(next) = next {
                done += 1;
                match next {
                    Finished::Skipped => summary.skipped += 1,
                    Finished::Read(reading) => waiting.push(*reading),
                    Finished::SameBytes { tile, hash, stamp } => {
                        let same = store.reading_of_bytes(hash)?;
                        waiting.extend(same.map(|same| StoredReading { tile, stamp, ..same }));
                    }
                    Finished::Failed(tile, reason) => {
                        summary.failed += 1;
                        if summary.failures.len() < NAMED_UP_TO {
                            summary.failures.push((tile, reason));
                        }
                    }
                }
            }
            if !waiting.is_empty() && (ended || stored_at.elapsed() >= STORE_EVERY) {
                let import = store.write()?;
                for reading in waiting.drain(..) {
                    import.reading(&reading)?;
                    summary.read += 1;
                    summary.not_legible += usize::from(!reading.legible);
                    if let Some(language) = reading.missing.as_deref().and_then(|code| code.parse().ok()) {
                        *summary.missing.entry(language).or_default() += 1;
                    }
                }
                import.commit()?;
                stored_at = Instant::now();
            }
            if ended {
                return Ok(result);
            }
            if result.is_ok() && progress.report(Stage::Reading.step(done, self.tiles.len())).is_err() {
                // What is being read is stopped; what is finished is still received and stored.
                self.stop.store(true, Ordering::Relaxed);
                result = Err(Cancelled);
            }
        }
    }
}
