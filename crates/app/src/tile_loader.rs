//! Decode workers: from wishes to pictures in the size on show.
//!
//! The job list follows the cursor: it is rewritten whole, so stale work vanishes. A tile that needs an index of all
//! shards waits until nothing else is to do, and the shards are indexed one by one in between. Workers never touch a
//! texture; the thread that draws never reads or decodes.
//!
//! A worker that fails on a tile ends, and one that is held up by a tile is worked around: [`TileLoader::mind`] brings others
//! in their place and tells of the tile.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use egui::ColorImage;
use parking_lot::{Condvar, Mutex, MutexGuard};
use tilejury_audit::catch_panic::catch_panic;
use tilejury_data::tile_source::{Lookup, TileError};
use tilejury_data::{Dataset, DecodeError, Pixels, Scaler, TilePath, cores, decode};
use tilejury_vision::{align, difference, hash_of_pixels};

use crate::decoded_cache::DecodedTileCache;
use crate::theme;

/// Pictures that wait for the next frame; more would only be memory.
const WAITING_PICTURES: usize = 16;
/// A tile that takes longer, on a disk that does not answer or in a decoder, is told of and worked around.
const TOO_LONG: Duration = Duration::from_secs(10);
/// That many workers may be held up and have others in their place; with more of them the disk is gone, and further ones
/// would be held up as well.
const IN_PLACE_UP_TO: usize = 4;
/// How long the end waits for workers. One that is held up longer ends with what it has in hand.
const AT_THE_END: Duration = Duration::from_secs(2);

/// What can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Picture {
    /// A tile.
    Tile(TilePath),
    /// What differs between two tiles.
    Difference(TilePath, TilePath),
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tile(path) => write!(f, "The tile {path}"),
            Self::Difference(a, b) => write!(f, "The difference between {a} and {b}"),
        }
    }
}

/// In which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum PictureSize {
    /// Filtered down to the size on show.
    Shown,
    /// With all its pixels, beside the one in the size on show: for the loupe.
    Full,
}

/// A picture that is wanted, and how wide it is on show, in physical pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TileRequest {
    pub(crate) picture: Picture,
    pub(crate) grade: PictureSize,
    pub(crate) width: u32,
}

impl TileRequest {
    /// A tile in the size on show.
    pub(crate) fn tile(path: &TilePath, width: u32) -> Self {
        Self { picture: Picture::Tile(path.clone()), grade: PictureSize::Shown, width }
    }

    /// The same picture in the same grade, whatever its width?
    pub(crate) fn is_for(&self, other: &Self) -> bool {
        self.picture == other.picture && self.grade == other.grade
    }
}

/// What became of a wish.
pub(crate) struct LoadedTile {
    pub(crate) wish: TileRequest,
    pub(crate) outcome: LoadOutcome,
}

pub(crate) enum LoadOutcome {
    /// The picture, at most `full` pixels wide and high, and what is to be said of it.
    Picture {
        image: ColorImage,
        full: [u32; 2],
        caption: Option<String>,
        /// Of a tile in the size on show: a hash of all its pixels, by which copies are told.
        content: Option<u128>,
    },
    /// Not where its path points: other shards are being searched.
    Searching,
    /// It takes unusually long; it may still come.
    Slow,
    /// Its shard is not here: the name of the shard's file.
    ShardMissing(String),
    /// It cannot be had; the reason is for a person.
    Failed(String),
}

/// The workers. Dropping it ends them.
pub(crate) struct TileLoader {
    shared: Arc<Shared>,
    loaded: Option<Receiver<LoadedTile>>,
    sender: SyncSender<LoadedTile>,
    ctx: egui::Context,
    threads: Vec<JoinHandle<()>>,
    /// How many workers there are to be, beside those in the place of others.
    workers: usize,
    started: usize,
}

/// From a file's bytes to pixels.
type Decode = fn(&[u8]) -> Result<Pixels, DecodeError>;

struct Shared {
    dataset: Arc<Dataset>,
    jobs: Mutex<Jobs>,
    wake: Condvar,
    max_side: AtomicU32,
    decoded: Arc<DecodedTileCache>,
    decode: Decode,
    too_long: Duration,
}

/// A wish that a worker has in hand.
struct RunningRequest {
    wish: TileRequest,
    since: Instant,
    /// It takes too long; another worker was brought.
    worked_around: bool,
}

#[derive(Default)]
struct Jobs {
    wishes: VecDeque<TileRequest>,
    running: Vec<RunningRequest>,
    /// Wishes that need all shards.
    deep: Vec<TileRequest>,
    /// What is to be told.
    incidents: Vec<String>,
    /// Workers that took the place of others who are held up.
    in_place: usize,
    stop: bool,
}

impl Shared {
    /// The lock is held for a few moves of a list, never for work.
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock()
    }

    /// A wish is no longer in hand. True where its worker has another in its place.
    fn finish_request(&self, wish: &TileRequest) -> bool {
        let mut jobs = self.jobs();
        let Some(at) = jobs.running.iter().position(|job| job.wish.is_for(wish)) else { return false };
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
}

impl TileLoader {
    /// Starts that many workers; 0 for one a core. What they decode goes on a shelf for another look.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        workers: usize,
        decoded: Arc<DecodedTileCache>,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        Self::start_with(decode, TOO_LONG, dataset, workers, decoded, ctx)
    }

    fn start_with(
        decode: Decode,
        too_long: Duration,
        dataset: Arc<Dataset>,
        workers: usize,
        decoded: Arc<DecodedTileCache>,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let (jobs, wake, max_side) = (Mutex::default(), Condvar::new(), AtomicU32::new(2048));
        let shared = Arc::new(Shared { dataset, jobs, wake, max_side, decoded, decode, too_long });
        let (sender, loaded) = sync_channel(WAITING_PICTURES);
        let cores = cores();
        let workers = if workers == 0 { cores } else { workers };
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

    /// To be called once a frame: brings workers in the place of those that ended or are held up. Returns what is to be told
    /// of tiles.
    pub(crate) fn replace_stuck_workers(&mut self) -> Vec<String> {
        let mut jobs = self.shared.jobs();
        let mut slow = Vec::new();
        for job in &mut jobs.running {
            if !job.worked_around && job.since.elapsed() >= self.shared.too_long {
                job.worked_around = true;
                slow.push(job.wish.clone());
            }
        }
        for wish in &slow {
            jobs.in_place = (jobs.in_place + 1).min(IN_PLACE_UP_TO);
            let seconds = self.shared.too_long.as_secs();
            jobs.incidents
                .push(format!("{} has been read and decoded for {seconds} s; the others go on.", wish.picture));
            // There is room for this one, or the picture is waited for anyway.
            let _ = self.sender.try_send(LoadedTile { wish: wish.clone(), outcome: LoadOutcome::Slow });
        }
        let incidents = std::mem::take(&mut jobs.incidents);
        let wanted = if jobs.stop { 0 } else { self.workers + jobs.in_place };
        drop(jobs);
        self.threads.retain(|thread| !thread.is_finished());
        while self.threads.len() < wanted && self.start_worker().is_ok() {}
        incidents
    }

    /// Replaces everything that was wished and not begun, the most urgent first.
    pub(crate) fn set_requests(&self, wishes: Vec<TileRequest>, max_side: u32) {
        self.shared.max_side.store(max_side, Ordering::Relaxed);
        let mut jobs = self.shared.jobs();
        jobs.deep.retain(|deep| wishes.iter().any(|wish| wish.is_for(deep)));
        let fresh = wishes.into_iter().filter(|wish| {
            let running = jobs.running.iter().map(|job| &job.wish);
            !running.chain(&jobs.deep).any(|known| known.is_for(wish))
        });
        let fresh: VecDeque<TileRequest> = fresh.collect();
        jobs.wishes = fresh;
        drop(jobs);
        self.shared.wake.notify_all();
    }

    /// A picture that is ready, if there is one.
    pub(crate) fn next_loaded(&self) -> Option<LoadedTile> {
        self.loaded.as_ref()?.try_recv().ok()
    }
}

impl Drop for TileLoader {
    fn drop(&mut self) {
        self.shared.jobs().stop = true;
        self.shared.wake.notify_all();
        // A worker that waits with a picture in hand finds the door closed, and goes.
        self.loaded = None;
        let start = Instant::now();
        while self.threads.iter().any(|thread| !thread.is_finished()) && start.elapsed() < AT_THE_END {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn work(shared: &Shared, sender: &SyncSender<LoadedTile>, ctx: &egui::Context) {
    let mut bench = Scratch { bytes: Vec::new(), scaler: Scaler::default() };
    while let Some(job) = next_job(shared) {
        match job {
            Job::Load(wish) => {
                let loaded = catch_panic(|| load_or_defer(shared, &wish, &mut bench));
                let held_up = shared.finish_request(&wish);
                let failed = loaded.is_err();
                let outcome = loaded.unwrap_or_else(|reason| {
                    shared.jobs().incidents.push(format!("{}: {reason}", wish.picture));
                    LoadOutcome::Failed(reason)
                });
                if sender.send(LoadedTile { wish, outcome }).is_err() {
                    return;
                }
                ctx.request_repaint();
                // What it worked with may be in any state. Where another took its place meanwhile, it is one too many.
                if failed || held_up {
                    return;
                }
            }
            Job::IndexOne => {
                if !shared.dataset.tiles.index_one() {
                    let mut jobs = shared.jobs();
                    let deep = std::mem::take(&mut jobs.deep);
                    jobs.wishes.extend(deep);
                }
            }
        }
    }
}

fn next_job(shared: &Shared) -> Option<Job> {
    let mut jobs = shared.jobs();
    loop {
        if jobs.stop {
            return None;
        }
        if let Some(wish) = jobs.wishes.pop_front() {
            jobs.running.push(RunningRequest { wish: wish.clone(), since: Instant::now(), worked_around: false });
            return Some(Job::Load(wish));
        }
        if !jobs.deep.is_empty() {
            return Some(Job::IndexOne);
        }
        shared.wake.wait(&mut jobs);
    }
}

/// What a worker uses again and again.
struct Scratch {
    bytes: Vec<u8>,
    scaler: Scaler,
}

fn load_or_defer(shared: &Shared, wish: &TileRequest, bench: &mut Scratch) -> LoadOutcome {
    let made = match &wish.picture {
        Picture::Tile(path) => pixels(shared, path, bench).map(|pixels| (pixels, None)),
        Picture::Difference(a, b) => both(shared, a, b, bench),
    };
    match made {
        Ok((pixels, caption)) => fit(shared, &pixels, caption, wish, bench),
        Err(LoadError::Failed(TileError::ShardMissing { shard })) => LoadOutcome::ShardMissing(shard),
        Err(LoadError::Failed(error)) => LoadOutcome::Failed(error.to_string()),
        Err(LoadError::Undecodable(error)) => LoadOutcome::Failed(error.to_string()),
        Err(LoadError::NeedsAllShards) => {
            shared.jobs().deep.push(wish.clone());
            LoadOutcome::Searching
        }
    }
}

/// Why pixels cannot be had now.
enum LoadError {
    NeedsAllShards,
    Failed(TileError),
    Undecodable(DecodeError),
}

/// The pixels of a tile, decoded now or before.
fn pixels(shared: &Shared, path: &TilePath, bench: &mut Scratch) -> Result<Arc<Pixels>, LoadError> {
    if let Some(pixels) = shared.decoded.get(path) {
        return Ok(pixels);
    }
    let tiles = &shared.dataset.tiles;
    let location = match tiles.look_up(path) {
        Lookup::Found(location) => location,
        Lookup::NeedsAllShards => return Err(LoadError::NeedsAllShards),
        Lookup::Missing => return Err(LoadError::Failed(tiles.missing(path))),
    };
    tiles.read(&location, &mut bench.bytes).map_err(LoadError::Failed)?;
    let pixels = Arc::new((shared.decode)(&bench.bytes).map_err(LoadError::Undecodable)?);
    shared.decoded.put(path, &pixels);
    Ok(pixels)
}

type DecodedPicture = (Arc<Pixels>, Option<String>);

fn both(shared: &Shared, a: &TilePath, b: &TilePath, bench: &mut Scratch) -> Result<DecodedPicture, LoadError> {
    let (a, b) = (pixels(shared, a, bench)?, pixels(shared, b, bench)?);
    let difference = difference(&a, &b, align(&a, &b), &theme::DIFFERENCE);
    let sentence = difference.sentence();
    Ok((Arc::new(difference.picture), Some(sentence)))
}

fn fit(
    shared: &Shared,
    pixels: &Pixels,
    caption: Option<String>,
    wish: &TileRequest,
    bench: &mut Scratch,
) -> LoadOutcome {
    let full = [pixels.width, pixels.height];
    let [width, height] = shown_size(full, wish.width, shared.max_side.load(Ordering::Relaxed));
    let size = [width as usize, height as usize];
    let is_tile = matches!(wish.picture, Picture::Tile(_)) && wish.grade == PictureSize::Shown;
    let content = is_tile.then(|| hash_of_pixels(pixels));
    if [width, height] == full {
        return LoadOutcome::Picture {
            image: ColorImage::from_rgba_unmultiplied(size, &pixels.rgba),
            full,
            caption,
            content,
        };
    }
    match bench.scaler.scale(pixels, width, height) {
        Ok(small) => LoadOutcome::Picture {
            image: ColorImage::from_rgba_unmultiplied(size, &small.rgba),
            full,
            caption,
            content,
        },
        Err(reason) => LoadOutcome::Failed(reason),
    }
}

/// The size of the texture for a tile shown `width` pixels wide: never larger than the tile, nor than a texture may be.
pub(crate) fn shown_size(full: [u32; 2], width: u32, max_side: u32) -> [u32; 2] {
    let [full_width, full_height] = full.map(|side| side.max(1));
    let by_width = f64::from(width.clamp(1, full_width)) / f64::from(full_width);
    let by_limit = f64::from(max_side) / f64::from(full_width.max(full_height));
    let scale = by_width.min(by_limit).min(1.0);
    [full_width, full_height].map(|side| ((f64::from(side) * scale).round() as u32).clamp(1, max_side))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tilejury_testkit::set::put;
    use tilejury_testkit::{Row, Set};

    use super::*;

    #[test]
    fn pictures_are_never_enlarged_and_fit_every_texture() {
        assert_eq!(shown_size([875, 1024], 350, 8192), [350, 410]);
        assert_eq!(shown_size([875, 1024], 5000, 8192), [875, 1024]);
        assert_eq!(shown_size([875, 30_000], 875, 2048), [60, 2048]);
        assert_eq!(shown_size([1, 1], 0, 2048), [1, 1]);
        assert_eq!(shown_size([30_000, 1], 100, 2048), [100, 1]);
    }

    /// A decoder with moods, told by what is in the file.
    #[allow(clippy::panic, reason = "a decoder that does is what is looked at")]
    fn decode_by_instruction(bytes: &[u8]) -> Result<Pixels, DecodeError> {
        match bytes {
            b"panic" => panic!("the decoder lost its way"),
            b"slow" => thread::sleep(Duration::from_millis(700)),
            b"stuck" => thread::sleep(Duration::from_secs(60)),
            _ => {}
        }
        Ok(Pixels { width: 1, height: 1, rgba: vec![0; 4] })
    }

    fn loader(dir: &Path, too_long: Duration) -> TileLoader {
        let root = Set::new().row("train", &Row::new("q", "images/0.png")).write(dir);
        for (name, content) in [("0", "fine"), ("1", "panic"), ("2", "slow"), ("3", "fine"), ("4", "stuck")] {
            put(&root.join(format!("images/{name}.png")), content.as_bytes());
        }
        let dataset = Arc::new(Dataset::open(&root).unwrap());
        let shelf = Arc::new(DecodedTileCache::new(1 << 20));
        let ctx = egui::Context::default();
        TileLoader::start_with(decode_by_instruction, too_long, dataset, 1, shelf, &ctx).unwrap()
    }

    /// Wishes for tiles and minds the workers until all of them are there; returns what was told.
    fn load(loader: &mut TileLoader, tiles: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
        let wishes = tiles.iter().map(|name| TileRequest::tile(&TilePath::new(&format!("images/{name}.png")), 1));
        loader.set_requests(wishes.collect(), 2048);
        let (mut loaded, mut told, start) = (Vec::new(), Vec::new(), Instant::now());
        while loaded.iter().filter(|(_, outcome)| outcome != "slow").count() < tiles.len() {
            assert!(start.elapsed() < Duration::from_secs(20), "waited in vain: {loaded:?}, {told:?}");
            told.extend(loader.replace_stuck_workers());
            while let Some(LoadedTile { wish, outcome }) = loader.next_loaded() {
                let outcome = match outcome {
                    LoadOutcome::Picture { .. } => "shown".to_owned(),
                    LoadOutcome::Searching => "searching".to_owned(),
                    LoadOutcome::Slow => "slow".to_owned(),
                    LoadOutcome::ShardMissing(shard) => format!("{shard} is missing"),
                    LoadOutcome::Failed(reason) => reason,
                };
                loaded.push((wish.picture.to_string(), outcome));
            }
            thread::sleep(Duration::from_millis(2));
        }
        (loaded, told)
    }

    #[test]
    fn a_worker_that_fails_on_a_tile_is_told_of_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let mut loader = loader(dir.path(), TOO_LONG);
        for _ in 0..3 {
            let (loaded, told) = load(&mut loader, &["1", "0", "3"]);
            let failed = &loaded.iter().find(|(tile, _)| tile == "The tile 1.png").unwrap().1;
            assert!(failed.contains("the decoder lost its way"), "{failed}");
            assert_eq!(loaded.iter().filter(|(_, outcome)| outcome == "shown").count(), 2);
            assert!(told.iter().any(|told| told.contains("1.png") && told.contains("lost its way")), "{told:?}");
        }
    }

    #[test]
    fn a_tile_that_takes_too_long_is_told_of_and_the_others_go_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut loader = loader(dir.path(), Duration::from_millis(200));
        let (loaded, told) = load(&mut loader, &["2", "0", "3"]);
        let order: Vec<_> = loaded.iter().map(|(tile, outcome)| (tile.as_str(), outcome.as_str())).collect();
        let expected = [
            ("The tile 2.png", "slow"),
            ("The tile 0.png", "shown"),
            ("The tile 3.png", "shown"),
            ("The tile 2.png", "shown"),
        ];
        assert_eq!(order, expected, "it comes in the end");
        assert!(told.iter().any(|told| told.contains("2.png") && told.contains("the others go on")), "{told:?}");
        let start = Instant::now();
        while {
            loader.replace_stuck_workers();
            loader.threads.len()
        } != 1
        {
            assert!(start.elapsed() < Duration::from_secs(5), "one worker too many stays");
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_worker_that_is_stuck_holds_nobody_up_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let mut loader = loader(dir.path(), Duration::from_millis(200));
        loader.set_requests(vec![TileRequest::tile(&TilePath::new("images/4.png"), 1)], 2048);
        thread::sleep(Duration::from_millis(250));
        assert_eq!(loader.replace_stuck_workers().len(), 1);
        let (loaded, _) = load(&mut loader, &["0"]);
        assert!(loaded.iter().any(|(tile, outcome)| tile == "The tile 0.png" && outcome == "shown"));
        let start = Instant::now();
        drop(loader);
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
