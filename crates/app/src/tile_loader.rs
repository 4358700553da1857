//! Decode workers: from wishes to pictures in the size on show.
//!
//! The job list follows the cursor: it is rewritten whole, so stale work vanishes. A tile that needs an index of all
//! shards waits until nothing else is to do, and the shards are indexed one by one in between. Workers never touch a
//! texture; the thread that draws never reads or decodes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use egui::ColorImage;
use tilejury_audit::likeness;
use tilejury_data::tile_source::Lookup;
use tilejury_data::{Dataset, Pixels, Scaler, TilePath, decode};

use crate::pixel_cache::PixelCache;
use crate::theme;

/// Pictures that wait for the next frame; more would only be memory.
const WAITING_PICTURES: usize = 16;

/// What can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Picture {
    /// A tile.
    Tile(TilePath),
    /// What differs between two tiles.
    Difference(TilePath, TilePath),
}

/// In which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// Filtered down to the size on show.
    Shown,
    /// With all its pixels, beside the one in the size on show: for the loupe.
    Full,
}

/// A picture that is wanted, and how wide it is on show, in physical pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) picture: Picture,
    pub(crate) grade: Grade,
    pub(crate) width: u32,
}

impl Wish {
    /// A tile in the size on show.
    pub(crate) fn tile(path: &TilePath, width: u32) -> Self {
        Self { picture: Picture::Tile(path.clone()), grade: Grade::Shown, width }
    }

    /// The same picture in the same grade, whatever its width?
    pub(crate) fn is_for(&self, other: &Self) -> bool {
        self.picture == other.picture && self.grade == other.grade
    }
}

/// What became of a wish.
pub(crate) struct Loaded {
    pub(crate) wish: Wish,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    /// The picture, at most `full` pixels wide and high, and what is to be said of it.
    Picture { image: ColorImage, full: [u32; 2], caption: Option<String> },
    /// Not where its path points: other shards are being searched.
    Searching,
    /// It cannot be had; the reason is for a person.
    Failed(String),
}

/// The workers. Dropping it ends them.
pub(crate) struct TileLoader {
    shared: Arc<Shared>,
    loaded: Option<Receiver<Loaded>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    dataset: Arc<Dataset>,
    jobs: Mutex<Jobs>,
    wake: Condvar,
    max_side: AtomicU32,
    decoded: Arc<PixelCache>,
}

#[derive(Default)]
struct Jobs {
    wishes: VecDeque<Wish>,
    running: Vec<Wish>,
    /// Wishes that need all shards.
    deep: Vec<Wish>,
    stop: bool,
}

impl Shared {
    /// The lock is held for a few moves of a list, never for work.
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Job {
    Load(Wish),
    IndexOne,
}

impl TileLoader {
    /// Starts that many workers; 0 for one a core. What they decode goes on a shelf for another look.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        workers: usize,
        decoded: Arc<PixelCache>,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let (jobs, wake, max_side) = (Mutex::default(), Condvar::new(), AtomicU32::new(2048));
        let shared = Arc::new(Shared { dataset, jobs, wake, max_side, decoded });
        let (sender, loaded) = sync_channel(WAITING_PICTURES);
        let mut loader = Self { shared, loaded: Some(loaded), threads: Vec::new() };
        let cores = thread::available_parallelism().map_or(2, usize::from);
        for number in 0..if workers == 0 { cores } else { workers } {
            let (shared, sender, ctx) = (loader.shared.clone(), sender.clone(), ctx.clone());
            let thread = thread::Builder::new().name(format!("decode-{number}"));
            loader.threads.push(thread.spawn(move || work(&shared, &sender, &ctx))?);
        }
        Ok(loader)
    }

    /// Replaces everything that was wished and not begun, the most urgent first.
    pub(crate) fn wish(&self, wishes: Vec<Wish>, max_side: u32) {
        self.shared.max_side.store(max_side, Ordering::Relaxed);
        let mut jobs = self.shared.jobs();
        jobs.deep.retain(|deep| wishes.iter().any(|wish| wish.is_for(deep)));
        let fresh =
            wishes.into_iter().filter(|wish| !jobs.running.iter().chain(&jobs.deep).any(|known| known.is_for(wish)));
        let fresh: VecDeque<Wish> = fresh.collect();
        jobs.wishes = fresh;
        drop(jobs);
        self.shared.wake.notify_all();
    }

    /// A picture that is ready, if there is one.
    pub(crate) fn next_loaded(&self) -> Option<Loaded> {
        self.loaded.as_ref()?.try_recv().ok()
    }
}

impl Drop for TileLoader {
    fn drop(&mut self) {
        self.shared.jobs().stop = true;
        self.shared.wake.notify_all();
        // A worker that waits with a picture in hand finds the door closed, and goes.
        self.loaded = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, sender: &SyncSender<Loaded>, ctx: &egui::Context) {
    let mut bench = Bench { bytes: Vec::new(), scaler: Scaler::default() };
    while let Some(job) = next_job(shared) {
        match job {
            Job::Load(wish) => {
                let outcome = load_or_defer(shared, &wish, &mut bench);
                shared.jobs().running.retain(|running| !running.is_for(&wish));
                if sender.send(Loaded { wish, outcome }).is_err() {
                    return;
                }
                ctx.request_repaint();
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
            jobs.running.push(wish.clone());
            return Some(Job::Load(wish));
        }
        if !jobs.deep.is_empty() {
            return Some(Job::IndexOne);
        }
        jobs = shared.wake.wait(jobs).unwrap_or_else(PoisonError::into_inner);
    }
}

/// What a worker uses again and again.
struct Bench {
    bytes: Vec<u8>,
    scaler: Scaler,
}

fn load_or_defer(shared: &Shared, wish: &Wish, bench: &mut Bench) -> Outcome {
    let made = match &wish.picture {
        Picture::Tile(path) => pixels(shared, path, bench).map(|pixels| (pixels, None)),
        Picture::Difference(a, b) => both(shared, a, b, bench),
    };
    match made {
        Ok((pixels, caption)) => fit(shared, &pixels, caption, wish, bench),
        Err(Unmet::Failed(reason)) => Outcome::Failed(reason),
        Err(Unmet::NeedsAllShards) => {
            shared.jobs().deep.push(wish.clone());
            Outcome::Searching
        }
    }
}

/// Why pixels cannot be had now.
enum Unmet {
    NeedsAllShards,
    Failed(String),
}

/// The pixels of a tile, decoded now or before.
fn pixels(shared: &Shared, path: &TilePath, bench: &mut Bench) -> Result<Arc<Pixels>, Unmet> {
    if let Some(pixels) = shared.decoded.get(path) {
        return Ok(pixels);
    }
    let tiles = &shared.dataset.tiles;
    let location = match tiles.look_up(path) {
        Lookup::Found(location) => location,
        Lookup::NeedsAllShards => return Err(Unmet::NeedsAllShards),
        Lookup::Missing => return Err(Unmet::Failed(tiles.missing(path).to_string())),
    };
    tiles.read(&location, &mut bench.bytes).map_err(|error| Unmet::Failed(error.to_string()))?;
    let pixels = Arc::new(decode(&bench.bytes).map_err(|error| Unmet::Failed(error.to_string()))?);
    shared.decoded.put(path, &pixels);
    Ok(pixels)
}

type Made = (Arc<Pixels>, Option<String>);

fn both(shared: &Shared, a: &TilePath, b: &TilePath, bench: &mut Bench) -> Result<Made, Unmet> {
    let (a, b) = (pixels(shared, a, bench)?, pixels(shared, b, bench)?);
    let difference = likeness::difference(&a, &b, likeness::align(&a, &b), &theme::DIFFERENCE);
    let sentence = difference.sentence();
    Ok((Arc::new(difference.picture), Some(sentence)))
}

fn fit(shared: &Shared, pixels: &Pixels, caption: Option<String>, wish: &Wish, bench: &mut Bench) -> Outcome {
    let full = [pixels.width, pixels.height];
    let [width, height] = shown_size(full, wish.width, shared.max_side.load(Ordering::Relaxed));
    let size = [width as usize, height as usize];
    if [width, height] == full {
        return Outcome::Picture { image: ColorImage::from_rgba_unmultiplied(size, &pixels.rgba), full, caption };
    }
    match bench.scaler.scale(pixels, width, height) {
        Ok(small) => Outcome::Picture { image: ColorImage::from_rgba_unmultiplied(size, &small.rgba), full, caption },
        Err(reason) => Outcome::Failed(reason),
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
    use super::*;

    #[test]
    fn pictures_are_never_enlarged_and_fit_every_texture() {
        assert_eq!(shown_size([875, 1024], 350, 8192), [350, 410]);
        assert_eq!(shown_size([875, 1024], 5000, 8192), [875, 1024]);
        assert_eq!(shown_size([875, 30_000], 875, 2048), [60, 2048]);
        assert_eq!(shown_size([1, 1], 0, 2048), [1, 1]);
        assert_eq!(shown_size([30_000, 1], 100, 2048), [100, 1]);
    }
}
