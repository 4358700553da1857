//! Whole samples: all their tiles read and decoded in full size, on all cores, as the window's
//! workers do.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tilejury_data::{Dataset, Sample, SampleIndex, TilePath, cores, decode};

use super::floors::inflate;
use super::series::timed;

/// The number of samples tried before a dataset is assumed to have no complete one.
const TRIED_UP_TO: usize = 10_000;
/// Narrower pictures are placeholders, not tiles.
const TILE_AT_LEAST_PIXELS: u32 = 256;

/// Random complete samples, the same ones for the same dataset.
pub(super) struct RandomSamples<'d> {
    dataset: &'d Dataset,
    state: u64,
}

impl<'d> RandomSamples<'d> {
    pub(super) fn new(dataset: &'d Dataset) -> Self {
        Self { dataset, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Returns a sample whose tiles all exist and are large enough to be real; `None` if none was
    /// found.
    pub(super) fn next(&mut self) -> Option<Sample> {
        let rows = self.dataset.samples.len();
        (0..if rows == 0 { 0 } else { TRIED_UP_TO }).find_map(|_| {
            // An LCG (Knuth, MMIX); the upper bits are the good ones.
            self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = SampleIndex::new((self.state >> 33) as usize % rows);
            let sample = self.dataset.sample(at).ok()?;
            let mut bytes = Vec::new();
            let real = |path: &TilePath| {
                read(self.dataset, path, &mut bytes).is_some() && width(&bytes) >= TILE_AT_LEAST_PIXELS
            };
            let whole = sample.tiles().map(|tile| &tile.path).all(real);
            whole.then_some(sample)
        })
    }
}

/// Returns the width of a PNG from its header, enough to distinguish a tile from a placeholder
/// without decoding it.
fn width(bytes: &[u8]) -> u32 {
    bytes.get(16..20).and_then(|field| field.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn read(dataset: &Dataset, path: &TilePath, into: &mut Vec<u8>) -> Option<()> {
    let location = dataset.tiles.locate(path).ok()?;
    dataset.tiles.read(&location, into).ok()
}

/// A decoded sample: the time it took, and the bytes of its tiles for [`inflate_all`].
pub(super) type DecodedSample = (Duration, Vec<Vec<u8>>);

/// Reads and decodes every tile of each sample, one sample after the other. The workers keep
/// running in between, as in the window.
pub(super) fn decode_each(dataset: &Dataset, samples: &[Sample]) -> Vec<DecodedSample> {
    let tiles: Vec<Vec<&TilePath>> =
        samples.iter().map(|sample| sample.tiles().map(|tile| &tile.path).collect()).collect();
    let read_bytes: Vec<Mutex<Vec<Vec<u8>>>> = samples.iter().map(|_| Mutex::default()).collect();
    let took = on_all_cores(&tiles, |(): &mut (), sample, path| {
        let mut bytes = Vec::new();
        let pixels = read(dataset, path, &mut bytes).and_then(|()| decode(&bytes).ok());
        if black_box(pixels).is_some() {
            read_bytes[sample].lock().push(bytes);
        }
    });
    let read_bytes = read_bytes.into_iter().map(parking_lot::Mutex::into_inner);
    took.into_iter().zip(read_bytes).collect()
}

/// Returns the time to inflate the tiles and nothing else: on one core, divided by the number of
/// cores; and on all cores at once, which takes longer if cores share resources or the tiles cannot
/// be divided evenly.
pub(super) fn inflate_all(tiles: &[Vec<u8>]) -> (Duration, Duration) {
    let mut pixels = Vec::new();
    let (alone, inflated) = timed(|| tiles.iter().filter(|tile| inflate(tile, &mut pixels).is_some()).count());
    black_box(inflated);
    let together = on_all_cores(&[tiles], |pixels, _, tile| {
        black_box(inflate(tile, pixels));
    });
    (alone / cores() as u32, together.into_iter().sum())
}

/// Processes batches of items, one batch after the other, with a worker per core; returns the time
/// of each batch. A worker keeps its own state, and receives the batch's number with each item.
fn on_all_cores<B: AsRef<[T]> + Sync, T: Sync, S: Default>(
    batches: &[B],
    work: impl Fn(&mut S, usize, &T) + Sync,
) -> Vec<Duration> {
    let gate = Barrier::new(cores());
    let next: Vec<AtomicUsize> = batches.iter().map(|_| AtomicUsize::new(0)).collect();
    let worker = || {
        let mut state = S::default();
        let each = |(number, (batch, next)): (usize, (&B, &AtomicUsize))| {
            gate.wait();
            let start = Instant::now();
            while let Some(item) = batch.as_ref().get(next.fetch_add(1, Ordering::Relaxed)) {
                work(&mut state, number, item);
            }
            gate.wait();
            start.elapsed()
        };
        batches.iter().zip(&next).enumerate().map(each).collect()
    };
    thread::scope(|scope| {
        (1..cores()).for_each(|_| drop(scope.spawn(|| drop::<Vec<Duration>>(worker()))));
        worker()
    })
}
