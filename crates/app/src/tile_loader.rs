//! Decode workers: from requests to pictures in the displayed size.
//!
//! The job list follows the cursor: it is rewritten whole, so stale work vanishes. A tile that
//! needs an index of all shards waits until nothing else is to do, and the shards are indexed one
//! by one in between. Workers never touch a texture; the drawing thread never reads or decodes.
//!
//! Tiles of a dataset at an address have more workers, because these wait for the network: see
//! `tile_fetching`. Whatever is not needed by the current sample leaves some of them free.
//!
//! A worker that fails on a tile ends, and one that is held up by a tile is worked around:
//! [`TileLoader::replace_stuck_workers`] starts others in their place and reports the tile.

mod jobs;
mod picture;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use egui::ColorImage;
use parking_lot::{Condvar, Mutex};
use tilejury_audit::catch_panic::catch_panic;
use tilejury_audit::problem_kind::ProblemKind;
use tilejury_audit::text::uncapital;
use tilejury_data::{Dataset, DecodeError, ObstacleKind, Pixels, Scaler, cores, decode};

use self::jobs::{Job, Jobs, next_job};
use self::picture::{fetch, load_or_defer};
use crate::decoded_cache::DecodedTileCache;
use crate::tile_fetching::{DecodeSlots, FETCHERS};
use crate::tile_request::{Picture, PictureSize, TileRequest};

pub(crate) use self::picture::shown_size;

/// Pictures that wait for the next frame; more would only be memory.
const WAITING_PICTURES: usize = 16;
/// A tile that takes longer, on a disk that does not answer or in a decoder, is reported and worked
/// around.
const TOO_LONG: Duration = Duration::from_secs(10);
/// The most workers that may be held up while others replace them; with more of them the
/// disk is gone, and further ones would be held up as well.
const IN_PLACE_UP_TO: usize = 4;
/// The time that dropping the loader waits for workers. One that is held up longer ends after its
/// current tile.
const AT_THE_END: Duration = Duration::from_secs(2);

/// The outcome of a request.
pub(crate) struct LoadedTile {
    pub(crate) request: TileRequest,
    pub(crate) outcome: LoadOutcome,
}

pub(crate) enum LoadOutcome {
    /// The picture, at most `full` pixels wide and high, with its caption.
    Picture {
        image: ColorImage,
        full: [u32; 2],
        caption: Option<String>,
        /// A hash of all pixels of a tile in the displayed size: copies have the same hash.
        content: Option<u128>,
    },
    /// Not where its path points: other shards are being searched.
    Searching,
    /// It takes unusually long; it may still come.
    Slow,
    /// Its shard is missing.
    ShardMissing(MissingShard),
    /// It cannot be fetched.
    Unreachable {
        /// The reason, in words.
        message: String,
        /// The kind of reason.
        kind: ObstacleKind,
    },
    /// It failed.
    Failed(TileFault),
}

/// A fault of a tile that was looked for: it has no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TileFault {
    /// Whether it was not found. Otherwise it cannot be read or decoded.
    pub(crate) is_missing: bool,
    /// The reason, for a person.
    pub(crate) reason: String,
}

impl TileFault {
    fn missing(reason: impl Into<String>) -> Self {
        Self { is_missing: true, reason: reason.into() }
    }

    fn unreadable(reason: impl Into<String>) -> Self {
        Self { is_missing: false, reason: reason.into() }
    }

    /// Its name in the middle of a sentence, as in a check: `missing tile`, `unreadable tile`.
    pub(crate) fn name(&self) -> String {
        let kind = if self.is_missing { ProblemKind::MissingTile } else { ProblemKind::UnreadableTile };
        uncapital(kind.label())
    }
}

/// A shard that is missing.
#[derive(Clone)]
pub(crate) struct MissingShard {
    /// The name of its file.
    pub(crate) file: String,
    /// Whether the dataset is at an address, so that its list of files stays as it is.
    pub(crate) is_at_address: bool,
}

/// The workers. Dropping it ends them.
pub(crate) struct TileLoader {
    shared: Arc<LoaderState>,
    loaded: Option<Receiver<LoadedTile>>,
    sender: SyncSender<LoadedTile>,
    ctx: egui::Context,
    threads: Vec<JoinHandle<()>>,
    /// The number of workers, not counting those in the place of others.
    workers: usize,
    started: usize,
}

/// Decodes a file's bytes to pixels.
type Decode = Box<dyn Fn(&[u8]) -> Result<Pixels, DecodeError> + Send + Sync>;

/// The clock and the limits of waiting.
struct Timing {
    now: Box<dyn Fn() -> Instant + Send + Sync>,
    /// See [`TOO_LONG`].
    too_long: Duration,
    /// See [`AT_THE_END`].
    at_the_end: Duration,
}

struct LoaderState {
    dataset: Arc<Dataset>,
    jobs: Mutex<Jobs>,
    wake: Condvar,
    max_side: AtomicU32,
    decoded: Arc<DecodedTileCache>,
    decode: Decode,
    timing: Timing,
    /// `None` if the tiles are on this machine.
    fetching: Option<DecodeSlots>,
    /// Scalers that are not in use. Each keeps a copy of a picture, so threads that mostly wait for
    /// the network have none of their own.
    scalers: Mutex<Vec<Scaler>>,
}

impl TileLoader {
    /// Starts that many workers; 0 for one per core. What they decode is kept in the cache.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        workers: usize,
        decoded: Arc<DecodedTileCache>,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let timing = Timing { now: Box::new(Instant::now), too_long: TOO_LONG, at_the_end: AT_THE_END };
        Self::start_with(Box::new(decode), timing, dataset, workers, decoded, ctx)
    }

    fn start_with(
        decode: Decode,
        timing: Timing,
        dataset: Arc<Dataset>,
        workers: usize,
        decoded: Arc<DecodedTileCache>,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let (jobs, wake, max_side) = (Mutex::default(), Condvar::new(), AtomicU32::new(2048));
        let workers = if workers == 0 { cores() } else { workers };
        let fetching = dataset.tiles.storage().map(|_| DecodeSlots::new(workers));
        let workers = if fetching.is_some() { workers.max(FETCHERS) } else { workers };
        let scalers = Mutex::default();
        let shared =
            Arc::new(LoaderState { dataset, jobs, wake, max_side, decoded, decode, timing, fetching, scalers });
        let (sender, loaded) = sync_channel(WAITING_PICTURES);
        let ctx = ctx.clone();
        let mut loader = Self { shared, loaded: Some(loaded), sender, ctx, threads: Vec::new(), workers, started: 0 };
        for _ in 0..workers {
            loader.start_worker()?;
        }
        Ok(loader)
    }

    fn start_worker(&mut self) -> std::io::Result<()> {
        let (shared, sender, ctx) = (self.shared.clone(), self.sender.clone(), self.ctx.clone());
        let thread = thread::Builder::new().name(format!("decode-{}", self.started));
        self.threads.push(thread.spawn(move || work(&shared, &sender, &ctx))?);
        self.started += 1;
        Ok(())
    }

    /// Starts workers in the place of those that ended or are held up. To be called once a frame.
    /// Returns incidents to report.
    pub(crate) fn replace_stuck_workers(&mut self) -> Vec<String> {
        let now = (self.shared.timing.now)();
        let mut jobs = self.shared.jobs();
        let mut slow = Vec::new();
        for job in &mut jobs.running {
            if !job.worked_around && now.saturating_duration_since(job.since) >= self.shared.timing.too_long {
                job.worked_around = true;
                slow.push(job.request.clone());
            }
        }
        for request in &slow {
            jobs.in_place = (jobs.in_place + 1).min(IN_PLACE_UP_TO);
            let seconds = self.shared.timing.too_long.as_secs();
            jobs.incidents
                .push(format!("{} has been loading for {seconds} s; other tiles still load.", request.picture));
            // If there is no room for this one, other pictures come first anyway.
            let _ = self.sender.try_send(LoadedTile { request: request.clone(), outcome: LoadOutcome::Slow });
        }
        let incidents = std::mem::take(&mut jobs.incidents);
        let wanted = if jobs.stop { 0 } else { self.workers + jobs.in_place };
        drop(jobs);
        self.threads.retain(|thread| !thread.is_finished());
        while self.threads.len() < wanted && self.start_worker().is_ok() {}
        incidents
    }

    /// Replaces all requests that were not begun, the most urgent first. The current sample needs
    /// the first `urgent` of them.
    pub(crate) fn set_requests(&self, requests: Vec<TileRequest>, urgent: usize, max_side: u32) {
        self.shared.max_side.store(max_side, Ordering::Relaxed);
        let mut jobs = self.shared.jobs();
        jobs.deep.retain(|deep| requests.iter().any(|request| request.is_for(deep)));
        for job in &mut jobs.running {
            job.is_urgent = requests.iter().take(urgent).any(|request| request.picture == job.request.picture);
        }
        let is_fresh = |request: &TileRequest| {
            let running = jobs.running.iter().map(|job| &job.request);
            let is_fetched = matches!((&request.picture, request.grade), (Picture::Tile(path), PictureSize::Bytes) if jobs.fetched.contains(path));
            !is_fetched && !running.chain(&jobs.deep).any(|known| known.is_for(request))
        };
        let fresh: Vec<bool> = requests.iter().map(is_fresh).collect();
        jobs.urgent = fresh.iter().take(urgent).filter(|fresh| **fresh).count();
        let kept = requests.into_iter().zip(fresh).filter_map(|(request, fresh)| fresh.then_some(request));
        jobs.requests = kept.collect();
        drop(jobs);
        self.shared.wake.notify_all();
    }

    /// Lets tiles and shards be fetched again that could not be.
    pub(crate) fn forget_failures(&self) {
        let mut jobs = self.shared.jobs();
        jobs.fetched.clear();
        jobs.forget_failures = true;
        drop(jobs);
        self.shared.wake.notify_all();
    }

    /// The number of requests that wait or are worked on.
    pub(crate) fn pending(&self) -> usize {
        let jobs = self.shared.jobs();
        jobs.requests.len() + jobs.running.len()
    }

    /// Returns a picture that is ready, if there is one.
    pub(crate) fn next_loaded(&self) -> Option<LoadedTile> {
        self.loaded.as_ref()?.try_recv().ok()
    }
}

impl Drop for TileLoader {
    fn drop(&mut self) {
        self.shared.jobs().stop = true;
        self.shared.wake.notify_all();
        // A worker that waits to send a picture fails to do so, and ends.
        self.loaded = None;
        let start = Instant::now();
        while self.threads.iter().any(|thread| !thread.is_finished()) && start.elapsed() < self.shared.timing.at_the_end
        {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn work(shared: &LoaderState, sender: &SyncSender<LoadedTile>, ctx: &egui::Context) {
    let mut bytes = Vec::new();
    while let Some(job) = next_job(shared) {
        match job {
            Job::ForgetFailures => shared.dataset.tiles.forget_failures(),
            Job::Load(request) if request.grade == PictureSize::Bytes => {
                let outcome = catch_panic(|| fetch(shared, &request, &mut bytes));
                let held_up = shared.finish_request(&request);
                let failed = outcome.is_err();
                if let Err(reason) = outcome {
                    shared.jobs().incidents.push(format!("{}: {reason}", request.picture));
                }
                if failed || held_up {
                    return;
                }
            }
            Job::Load(request) => {
                let loaded = catch_panic(|| load_or_defer(shared, &request, &mut bytes));
                let held_up = shared.finish_request(&request);
                let failed = loaded.is_err();
                let outcome = loaded.unwrap_or_else(|reason| {
                    shared.jobs().incidents.push(format!("{}: {reason}", request.picture));
                    LoadOutcome::Failed(TileFault::unreadable(reason))
                });
                if sender.send(LoadedTile { request, outcome }).is_err() {
                    return;
                }
                ctx.request_repaint();
                // After a panic its buffers may be in any state. If another worker took its place,
                // it is one too many.
                if failed || held_up {
                    return;
                }
            }
            Job::IndexOne => {
                if !shared.dataset.tiles.index_one() {
                    let mut jobs = shared.jobs();
                    let deep = std::mem::take(&mut jobs.deep);
                    jobs.requests.extend(deep);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
