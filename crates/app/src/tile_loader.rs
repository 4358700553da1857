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

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use egui::ColorImage;
use parking_lot::{Condvar, Mutex, MutexGuard};
use tilejury_audit::catch_panic::catch_panic;
use tilejury_data::tile_source::{Lookup, TileError};
use tilejury_data::{Dataset, DecodeError, ObstacleKind, Pixels, Scaler, TilePath, cores, decode};
use tilejury_vision::{align, difference, hash_of_pixels};

use crate::decoded_cache::DecodedTileCache;
use crate::theme;
use crate::tile_fetching::{AHEAD_UP_TO, DecodeSlots, FETCHERS, at_once_ahead};
use crate::tile_request::{Picture, PictureSize, TileRequest};

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

/// The most tiles that are remembered as fetched.
const FETCHED_UP_TO: usize = 10_000;

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
    /// It failed, for a reason that a person can read.
    Failed(String),
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

/// A request that a worker is working on.
struct RunningRequest {
    request: TileRequest,
    since: Instant,
    /// Whether it takes too long and another worker was started.
    worked_around: bool,
    /// Whether the current sample needs it.
    is_urgent: bool,
    /// Whether its bytes may still have to come.
    is_fetching: bool,
}

#[derive(Default)]
struct Jobs {
    requests: VecDeque<TileRequest>,
    /// The number of the first requests that the current sample needs.
    urgent: usize,
    running: Vec<RunningRequest>,
    /// Requests that need all shards.
    deep: Vec<TileRequest>,
    /// The tiles whose bytes were fetched, or could not be.
    fetched: HashSet<TilePath>,
    /// Whether shards that could not be indexed are to be tried again.
    forget_failures: bool,
    /// Incidents to report.
    incidents: Vec<String>,
    /// The number of workers in the place of others that are held up.
    in_place: usize,
    stop: bool,
}

impl LoaderState {
    /// Locks the jobs: for a few moves of a list, never for work.
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock()
    }

    /// The position of the request to begin now. Of a tile that has to be fetched, nothing else may
    /// be running: its bytes would be fetched twice. While the current sample waits for one, no
    /// shard is indexed for later ones: its many requests would take the connection.
    fn next_request(&self, jobs: &Jobs) -> Option<usize> {
        let Some(storage) = self.dataset.tiles.storage() else {
            return (!jobs.requests.is_empty()).then_some(0);
        };
        let ahead = jobs.running.iter().filter(|job| !job.is_urgent);
        let (fetching, all) = (ahead.clone().filter(|job| job.is_fetching).count(), ahead.count());
        let is_room = fetching < at_once_ahead(storage.pace()) && all < AHEAD_UP_TO;
        let allowed = if is_room { jobs.requests.len() } else { jobs.urgent };
        let is_free = |request: &TileRequest| !jobs.running.iter().any(|job| job.request.picture == request.picture);
        let is_waited_for = jobs.running.iter().any(|job| job.is_urgent);
        let can_wait = |at: usize, request: &TileRequest| {
            at >= jobs.urgent
                && is_waited_for
                && matches!(&request.picture, Picture::Tile(path) if self.dataset.tiles.must_index_for(path))
        };
        let mut requests = jobs.requests.iter().enumerate().take(allowed);
        requests.position(|(at, request)| is_free(request) && !can_wait(at, request))
    }

    /// Notes that the bytes of a tile came: while it is decoded, the connection is free for another
    /// one.
    fn did_fetch(&self, path: &TilePath) {
        if self.fetching.is_none() {
            return;
        }
        let mut jobs = self.jobs();
        let is_of_tile =
            |job: &&mut RunningRequest| matches!(&job.request.picture, Picture::Tile(tile) if tile == path);
        jobs.running.iter_mut().filter(is_of_tile).for_each(|job| job.is_fetching = false);
        drop(jobs);
        self.wake.notify_one();
    }

    /// Ends a running request. Returns whether its worker has another one in its place.
    fn finish_request(&self, request: &TileRequest) -> bool {
        let mut jobs = self.jobs();
        let Some(at) = jobs.running.iter().position(|job| job.request.is_for(request)) else { return false };
        let held_up = jobs.running.swap_remove(at).worked_around;
        if held_up {
            jobs.in_place = jobs.in_place.saturating_sub(1);
        }
        held_up
    }
}

enum Job {
    Load(TileRequest),
    IndexOne,
    ForgetFailures,
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
                    LoadOutcome::Failed(reason)
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

fn next_job(shared: &LoaderState) -> Option<Job> {
    let mut jobs = shared.jobs();
    loop {
        if jobs.stop {
            return None;
        }
        if std::mem::take(&mut jobs.forget_failures) {
            return Some(Job::ForgetFailures);
        }
        if let Some(at) = shared.next_request(&jobs)
            && let Some(request) = jobs.requests.remove(at)
        {
            let is_urgent = at < jobs.urgent;
            jobs.urgent -= usize::from(is_urgent);
            let since = (shared.timing.now)();
            jobs.running.push(RunningRequest {
                request: request.clone(),
                since,
                worked_around: false,
                is_urgent,
                is_fetching: true,
            });
            return Some(Job::Load(request));
        }
        if !jobs.deep.is_empty() {
            return Some(Job::IndexOne);
        }
        shared.wake.wait(&mut jobs);
    }
}

fn load_or_defer(shared: &LoaderState, request: &TileRequest, bytes: &mut Vec<u8>) -> LoadOutcome {
    let made = match &request.picture {
        // Thumbnails of many rows must not take the place of the tiles that come next.
        Picture::Tile(path) if request.grade == PictureSize::Thumbnail => {
            let known = shared.decoded.get(path).or_else(|| small_pixels(shared, path, request.width)).map(Ok);
            known.unwrap_or_else(|| read_pixels(shared, path, bytes)).map(|pixels| (pixels, None))
        }
        Picture::Tile(path) => pixels(shared, path, bytes).map(|pixels| (pixels, None)),
        Picture::Difference(a, b) => both(shared, a, b, bytes),
    };
    match made {
        Ok((pixels, caption)) => fit(shared, &pixels, caption, request),
        Err(LoadError::Failed(TileError::ShardMissing { shard: file })) => {
            LoadOutcome::ShardMissing(MissingShard { file, is_at_address: shared.fetching.is_some() })
        }
        Err(LoadError::Failed(TileError::Unreachable { message, kind, .. })) => {
            LoadOutcome::Unreachable { message, kind }
        }
        Err(LoadError::Failed(error)) => LoadOutcome::Failed(error.to_string()),
        Err(LoadError::Undecodable(error)) => LoadOutcome::Failed(error.to_string()),
        // No shard is indexed for a thumbnail alone.
        Err(LoadError::NeedsAllShards) if request.grade == PictureSize::Thumbnail => {
            LoadOutcome::Failed("the tile is not in the shard that its path names".to_owned())
        }
        // Nor are all shards of a dataset at an address indexed without being asked for.
        Err(LoadError::NeedsAllShards) if shared.fetching.is_some() => LoadOutcome::Failed(
            "the tile is not in the shard that its path names; “Index all shards” lets it be found in another"
                .to_owned(),
        ),
        Err(LoadError::NeedsAllShards) => {
            shared.jobs().deep.push(request.clone());
            LoadOutcome::Searching
        }
    }
}

/// The reason why pixels are not available now.
enum LoadError {
    NeedsAllShards,
    Failed(TileError),
    Undecodable(DecodeError),
}

/// The pixels of a tile, decoded now or before.
fn pixels(shared: &LoaderState, path: &TilePath, bytes: &mut Vec<u8>) -> Result<Arc<Pixels>, LoadError> {
    if let Some(pixels) = shared.decoded.get(path) {
        return Ok(pixels);
    }
    let pixels = read_pixels(shared, path, bytes)?;
    shared.decoded.put(path, &pixels);
    Ok(pixels)
}

/// The pixels of a tile, decoded now.
fn read_pixels(shared: &LoaderState, path: &TilePath, bytes: &mut Vec<u8>) -> Result<Arc<Pixels>, LoadError> {
    read_bytes(shared, path, bytes)?;
    let _slot = shared.fetching.as_ref().map(|slots| slots.take(shared.timing.too_long));
    let pixels = (shared.decode)(bytes).map_err(LoadError::Undecodable);
    forget_fetched(shared, bytes);
    Ok(Arc::new(pixels?))
}

/// The pixels of a thumbnail that the place of the tile makes, if it does: some kilobytes instead
/// of the tile.
fn small_pixels(shared: &LoaderState, path: &TilePath, width: u32) -> Option<Arc<Pixels>> {
    let small = shared.dataset.tiles.small_tile(path, width)?;
    (shared.decode)(&small).ok().map(Arc::new)
}

/// Fetches the bytes of a tile, so that they are kept on the disk.
fn fetch(shared: &LoaderState, request: &TileRequest, bytes: &mut Vec<u8>) {
    let Picture::Tile(path) = &request.picture else { return };
    // The failure is reported once the tile is to be shown.
    let _ = read_bytes(shared, path, bytes);
    forget_fetched(shared, bytes);
    let mut jobs = shared.jobs();
    if jobs.fetched.len() >= FETCHED_UP_TO {
        jobs.fetched.clear();
    }
    jobs.fetched.insert(path.clone());
}

/// Frees the buffer of a worker that waits for the network most of the time. A read from there
/// fills no buffer again.
fn forget_fetched(shared: &LoaderState, bytes: &mut Vec<u8>) {
    if shared.fetching.is_some() {
        *bytes = Vec::new();
    }
}

/// Reads the bytes of a tile into the buffer.
fn read_bytes(shared: &LoaderState, path: &TilePath, bytes: &mut Vec<u8>) -> Result<(), LoadError> {
    let tiles = &shared.dataset.tiles;
    let location = match tiles.look_up_to_read(path) {
        Lookup::Found(location) => location,
        Lookup::NeedsAllShards => return Err(LoadError::NeedsAllShards),
        Lookup::Unreachable(error) => return Err(LoadError::Failed(error)),
        Lookup::Missing => return Err(LoadError::Failed(tiles.missing(path))),
    };
    let read = tiles.read(&location, bytes).map_err(LoadError::Failed);
    shared.did_fetch(path);
    read
}

type DecodedPicture = (Arc<Pixels>, Option<String>);

fn both(shared: &LoaderState, a: &TilePath, b: &TilePath, bytes: &mut Vec<u8>) -> Result<DecodedPicture, LoadError> {
    let (a, b) = (pixels(shared, a, bytes)?, pixels(shared, b, bytes)?);
    let difference = difference(&a, &b, align(&a, &b), &theme::DIFFERENCE);
    let sentence = difference.sentence();
    Ok((Arc::new(difference.picture), Some(sentence)))
}

fn fit(shared: &LoaderState, pixels: &Pixels, caption: Option<String>, request: &TileRequest) -> LoadOutcome {
    let full = [pixels.width, pixels.height];
    let [width, height] = shown_size(full, request.width, shared.max_side.load(Ordering::Relaxed));
    let size = [width as usize, height as usize];
    let is_tile = matches!(request.picture, Picture::Tile(_)) && request.grade == PictureSize::Shown;
    let content = is_tile.then(|| hash_of_pixels(pixels));
    if [width, height] == full {
        return LoadOutcome::Picture {
            image: ColorImage::from_rgba_unmultiplied(size, &pixels.rgba),
            full,
            caption,
            content,
        };
    }
    let _slot = shared.fetching.as_ref().map(|slots| slots.take(shared.timing.too_long));
    let mut scaler = shared.scalers.lock().pop().unwrap_or_default();
    let scaled = scaler.scale(pixels, width, height);
    shared.scalers.lock().push(scaler);
    match scaled {
        Ok(small) => LoadOutcome::Picture {
            image: ColorImage::from_rgba_unmultiplied(size, &small.rgba),
            full,
            caption,
            content,
        },
        Err(reason) => LoadOutcome::Failed(reason),
    }
}

/// The size of the texture for a tile shown `width` pixels wide: never larger than the tile, nor
/// than a texture may be.
pub(crate) fn shown_size(full: [u32; 2], width: u32, max_side: u32) -> [u32; 2] {
    let [full_width, full_height] = full.map(|side| side.max(1));
    let by_width = f64::from(width.clamp(1, full_width)) / f64::from(full_width);
    let by_limit = f64::from(max_side) / f64::from(full_width.max(full_height));
    let scale = by_width.min(by_limit).min(1.0);
    [full_width, full_height].map(|side| ((f64::from(side) * scale).round() as u32).clamp(1, max_side))
}

#[cfg(test)]
mod tests;
