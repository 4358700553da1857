//! Going on from sample to sample at a person's pace, with the window's own workers and what they fetch ahead.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_data::{Dataset, Sample, TilePath};

use super::series::Plain;
use crate::pixel_cache::PixelCache;
use crate::tile_loader::{Picture, TileLoader, Wish};

/// Five samples a second.
const STEP: Duration = Duration::from_millis(200);
const STEPS: usize = 50;
/// Samples that are fetched ahead, as in the window.
const AHEAD: usize = 3;
/// How often pictures are taken in, as by frames.
const FRAME: Duration = Duration::from_millis(10);
/// As wide as tiles are in a window of 1600 points.
const WIDTH_PIXELS: u32 = 400;
const TEXTURE_UP_TO_PIXELS: u32 = 8192;
const CACHE_BYTES: usize = 256 << 20;

/// The share of steps at which every tile was there before it was to be shown; the first, for which nobody could prepare, left
/// out.
pub(super) fn run(dataset: &Arc<Dataset>, stop: &AtomicBool) -> anyhow::Result<Vec<Plain>> {
    let ctx = egui::Context::default();
    let loader = TileLoader::start(dataset.clone(), 0, Arc::new(PixelCache::new(CACHE_BYTES)), &ctx)?;
    let samples: Vec<Sample> =
        (0..dataset.samples.len()).filter_map(|at| dataset.sample(at).ok()).take(STEPS + AHEAD + 1).collect();
    let mut there: HashSet<TilePath> = HashSet::new();
    let (mut ready, mut steps) = (0_usize, 0_usize);
    for at in 0..samples.len().saturating_sub(AHEAD) {
        if stop.load(Ordering::Relaxed) {
            anyhow::bail!("stopped");
        }
        if at > 0 {
            steps += 1;
            ready += usize::from(samples[at].tiles().all(|tile| there.contains(&tile.path)));
        }
        let near: Vec<&TilePath> =
            samples[at..=at + AHEAD].iter().flat_map(Sample::tiles).map(|tile| &tile.path).collect();
        there.retain(|path| near.contains(&path));
        let missing = near.into_iter().filter(|path| !there.contains(*path));
        loader.wish(missing.map(|path| Wish::tile(path, WIDTH_PIXELS)).collect(), TEXTURE_UP_TO_PIXELS);
        let until = Instant::now() + STEP;
        while Instant::now() < until {
            while let Some(loaded) = loader.next_loaded() {
                if let Picture::Tile(path) = loaded.wish.picture {
                    there.insert(path);
                }
            }
            thread::sleep(FRAME);
        }
    }
    let share = 100.0 * ready as f64 / steps.max(1) as f64;
    Ok(vec![Plain { name: "flip_ready", value: share, unit: "% of steps" }])
}
