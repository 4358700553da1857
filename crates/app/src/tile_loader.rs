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
use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, Resizer};
use tilejury_data::tile_source::Lookup;
use tilejury_data::{Dataset, Pixels, TileLocation, TilePath, decode};

/// Pictures that wait for the next frame; more would only be memory.
const WAITING_PICTURES: usize = 16;

/// A tile that is wanted, and how wide it is on show, in physical pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) path: TilePath,
    pub(crate) width: u32,
}

/// What became of a wish.
pub(crate) struct Loaded {
    pub(crate) path: TilePath,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    /// The picture, at most `full` pixels wide and high.
    Picture { image: ColorImage, full: [u32; 2] },
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
}

#[derive(Default)]
struct Jobs {
    wishes: VecDeque<Wish>,
    running: Vec<TilePath>,
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
    /// Starts one worker a core.
    pub(crate) fn start(dataset: Arc<Dataset>, ctx: &egui::Context) -> std::io::Result<Self> {
        let shared =
            Arc::new(Shared { dataset, jobs: Mutex::default(), wake: Condvar::new(), max_side: AtomicU32::new(2048) });
        let (sender, loaded) = sync_channel(WAITING_PICTURES);
        let mut loader = Self { shared, loaded: Some(loaded), threads: Vec::new() };
        for number in 0..thread::available_parallelism().map_or(2, usize::from) {
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
        jobs.deep.retain(|deep| wishes.iter().any(|wish| wish.path == deep.path));
        let fresh = wishes
            .into_iter()
            .filter(|wish| !jobs.running.contains(&wish.path) && !jobs.deep.iter().any(|deep| deep.path == wish.path));
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
    let mut bench = Bench { bytes: Vec::new(), resizer: Resizer::new() };
    while let Some(job) = next_job(shared) {
        match job {
            Job::Load(wish) => {
                let outcome = load_or_defer(shared, &wish, &mut bench);
                shared.jobs().running.retain(|path| *path != wish.path);
                if sender.send(Loaded { path: wish.path, outcome }).is_err() {
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
            jobs.running.push(wish.path.clone());
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
    resizer: Resizer,
}

fn load_or_defer(shared: &Shared, wish: &Wish, bench: &mut Bench) -> Outcome {
    let tiles = &shared.dataset.tiles;
    match tiles.look_up(&wish.path) {
        Lookup::Found(location) => load(shared, &location, wish.width, bench),
        Lookup::NeedsAllShards => {
            shared.jobs().deep.push(wish.clone());
            Outcome::Searching
        }
        Lookup::Missing => Outcome::Failed(tiles.missing(&wish.path).to_string()),
    }
}

fn load(shared: &Shared, location: &TileLocation, width: u32, bench: &mut Bench) -> Outcome {
    if let Err(error) = shared.dataset.tiles.read(location, &mut bench.bytes) {
        return Outcome::Failed(error.to_string());
    }
    let pixels = match decode(&bench.bytes) {
        Ok(pixels) => pixels,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let full = [pixels.width, pixels.height];
    let [width, height] = shown_size(full, width, shared.max_side.load(Ordering::Relaxed));
    let rgba = if [width, height] == full {
        pixels.rgba
    } else {
        match downscale(pixels, width, height, &mut bench.resizer) {
            Ok(rgba) => rgba,
            Err(reason) => return Outcome::Failed(reason),
        }
    };
    let image = ColorImage::from_rgba_unmultiplied([width as usize, height as usize], &rgba);
    Outcome::Picture { image, full }
}

/// The size of the texture for a tile shown `width` pixels wide: never larger than the tile, nor than a texture may be.
pub(crate) fn shown_size(full: [u32; 2], width: u32, max_side: u32) -> [u32; 2] {
    let [full_width, full_height] = full.map(|side| side.max(1));
    let by_width = f64::from(width.clamp(1, full_width)) / f64::from(full_width);
    let by_limit = f64::from(max_side) / f64::from(full_width.max(full_height));
    let scale = by_width.min(by_limit).min(1.0);
    [full_width, full_height].map(|side| ((f64::from(side) * scale).round() as u32).clamp(1, max_side))
}

/// Lanczos3: text stays sharper than by averaging, and than by a graphics card's mipmaps.
fn downscale(pixels: Pixels, width: u32, height: u32, resizer: &mut Resizer) -> Result<Vec<u8>, String> {
    let source = Image::from_vec_u8(pixels.width, pixels.height, pixels.rgba, PixelType::U8x4)
        .map_err(|error| error.to_string())?;
    let mut target = Image::new(width, height, PixelType::U8x4);
    resizer.resize(&source, &mut target, None).map_err(|error| error.to_string())?;
    Ok(target.into_vec())
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

    #[test]
    fn downscaling_keeps_colours() {
        let pixels = Pixels { width: 40, height: 40, rgba: [200, 100, 50, 255].repeat(1600) };
        let small = downscale(pixels, 10, 12, &mut Resizer::new()).unwrap();
        assert_eq!(small, [200, 100, 50, 255].repeat(120));
    }
}
