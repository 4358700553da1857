//! All prints of a set: those that the cache has, and the rest from the shards, on all cores.
//!
//! Reads in the order in which the bytes lie, by position; stores every second, so that what was done is done when the
//! person stops. One thread writes the cache, the caller's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_data::{Dataset, TileLocation, TilePath};

use super::cache::PrintCache;
use super::print::Print;
use super::stamp::{Stamp, Stamps};
use super::{Pace, Prints, Progress};

/// How often finished prints are stored.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// How often a stop is looked for while nothing is finished.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Prints that may wait for the thread that stores them.
const WAITING_UP_TO: usize = 256;
/// Tiles looked up at the same time: on a distant disk only requests in flight count.
const LOOK_UP_AT_ONCE: usize = 16;

/// Makes the print of every tile that a row names, on so many threads (at least one). `go_on` is told how far it is and stops
/// the work by returning `false`; then `None` is returned, and what was read so far is in the cache.
///
/// A cache that fails costs only the caching: [`Prints::cache_trouble`] tells of it.
pub fn make(
    dataset: &Dataset,
    cache: &mut PrintCache,
    threads: usize,
    go_on: &(dyn Fn(&Progress) -> bool + Sync),
) -> Option<Prints> {
    let tiles = tiles_of(dataset);
    let places = places(dataset, &tiles, go_on)?;
    let mut prints = Prints { numbers: HashMap::new(), all: Vec::new(), pace: Pace::default(), cache_trouble: None };
    let stamps =
        tiles.iter().zip(&places).filter_map(|(tile, place)| Some((tile, place.as_ref().ok()?.stamp.clone()?)));
    let mut known = cache.prints(&stamps.collect()).unwrap_or_else(|error| {
        prints.cache_trouble = Some(error.to_string());
        HashMap::new()
    });
    let mut made: Vec<Option<Print>> = Vec::with_capacity(tiles.len());
    let mut to_read = Vec::new();
    for (at, (tile, place)) in tiles.iter().zip(&places).enumerate() {
        made.push(match place {
            Ok(place) => {
                let print = known.remove(tile);
                if print.is_none() {
                    to_read.push((at, place));
                }
                print
            }
            Err(missing) => Some(Print::Unreadable(missing.clone())),
        });
    }
    to_read.sort_by(|(_, a), (_, b)| a.stamp.cmp(&b.stamp));
    let mut clerk =
        Clerk { tiles: &tiles, places: &places, cache, made: &mut made, waiting: Vec::new(), trouble: None };
    let pace = read(dataset, &to_read, threads, &mut clerk, go_on);
    clerk.store();
    prints.cache_trouble = prints.cache_trouble.or(clerk.trouble);
    prints.pace = pace?;
    let all = made.into_iter().map(|print| print.unwrap_or_else(|| Print::Unreadable("it was not read".into())));
    prints.all = all.collect();
    prints.numbers = tiles.into_iter().enumerate().map(|(at, tile)| (tile, at as u32)).collect();
    Some(prints)
}

/// Where a tile is, and the stamp of its bytes, where that can be told.
struct Place {
    location: TileLocation,
    stamp: Option<Stamp>,
}

/// Every tile that a row names, once.
fn tiles_of(dataset: &Dataset) -> Vec<TilePath> {
    let mut numbers: HashMap<TilePath, usize> = HashMap::new();
    for sample in 0..dataset.samples.len() {
        let Ok(row) = dataset.row(sample) else { continue };
        for spelling in std::iter::once(&row.positive).chain(&row.negatives) {
            let next = numbers.len();
            numbers.entry(TilePath::new(spelling)).or_insert(next);
        }
    }
    let mut tiles: Vec<(TilePath, usize)> = numbers.into_iter().collect();
    tiles.sort_unstable_by_key(|(_, number)| *number);
    tiles.into_iter().map(|(tile, _)| tile).collect()
}

/// Where each tile is, or why it is nowhere, in words.
fn places(
    dataset: &Dataset,
    tiles: &[TilePath],
    go_on: &(dyn Fn(&Progress) -> bool + Sync),
) -> Option<Vec<Result<Place, Box<str>>>> {
    let stopped = AtomicBool::new(false);
    dataset.tiles.index_all(&|done| {
        let go_on = go_on(&Progress::Shards { done, total: dataset.tiles.shard_count() });
        stopped.fetch_or(!go_on, Ordering::Relaxed);
        go_on
    });
    if stopped.into_inner() {
        return None;
    }
    let stamps = Stamps::default();
    let find = |tile: &TilePath| {
        let location = dataset.tiles.locate(tile).map_err(|error| error.to_string().into_boxed_str())?;
        let stamp = stamps.of(dataset, &location);
        Ok(Place { location, stamp })
    };
    let part = tiles.len().div_ceil(LOOK_UP_AT_ONCE).max(1);
    let found = thread::scope(|scope| {
        let parts: Vec<_> =
            tiles.chunks(part).map(|part| scope.spawn(move || part.iter().map(find).collect::<Vec<_>>())).collect();
        // A part whose thread failed would shift all that follow it.
        parts.into_iter().map(|part| part.join().ok()).collect::<Option<Vec<_>>>()
    });
    Some(found?.into_iter().flatten().collect())
}

/// One tile read: its place among the tiles, its print, and whether that may be kept.
struct Done {
    tile: usize,
    print: Print,
    keep: bool,
}

/// Reads and decodes on all threads; `None` where it was stopped.
fn read(
    dataset: &Dataset,
    to_read: &[(usize, &Place)],
    threads: usize,
    clerk: &mut Clerk<'_>,
    go_on: &(dyn Fn(&Progress) -> bool + Sync),
) -> Option<Pace> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (busy, decoding) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = |out: SyncSender<Done>| {
        let mut bytes = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let Some((tile, place)) = to_read.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let start = Instant::now();
            let (print, keep) = match dataset.tiles.read(&place.location, &mut bytes) {
                Ok(()) => {
                    let (print, decode) = Print::of_bytes(&bytes);
                    decoding.fetch_add(decode.as_nanos() as u64, Ordering::Relaxed);
                    (print, true)
                }
                // A disk that fails now may not fail the next time.
                Err(error) => (Print::Unreadable(error.to_string().into()), false),
            };
            busy.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
            if out.send(Done { tile: *tile, print, keep }).is_err() {
                break;
            }
        }
    };
    let start = Instant::now();
    let pace = |read: usize| Pace {
        read,
        secs: start.elapsed().as_secs_f32(),
        decode_share: decoding.load(Ordering::Relaxed) as f32 / busy.load(Ordering::Relaxed).max(1) as f32,
    };
    thread::scope(|scope| {
        let (out, finished) = sync_channel(WAITING_UP_TO);
        for _ in 0..threads.clamp(1, to_read.len().max(1)) {
            let out = out.clone();
            scope.spawn(move || work(out));
        }
        drop(out);
        let mut read = 0;
        let (mut stored_at, mut told_at) = (Instant::now(), None::<Instant>);
        loop {
            match finished.recv_timeout(LOOK_EVERY) {
                Ok(done) => {
                    read += 1;
                    clerk.take(done);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if stored_at.elapsed() >= STORE_EVERY {
                clerk.store();
                stored_at = Instant::now();
            }
            if told_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY) || read == to_read.len() {
                told_at = Some(Instant::now());
                let progress = Progress::Tiles { done: read, total: to_read.len(), pace: pace(read) };
                if !go_on(&progress) {
                    stop.store(true, Ordering::Relaxed);
                    // What is finished is taken along; threads that wait to hand theirs over must not wait for ever.
                    finished.iter().for_each(|done| clerk.take(done));
                    return None;
                }
            }
        }
        Some(pace(read))
    })
}

/// Takes prints in, and stores them now and then.
struct Clerk<'w> {
    tiles: &'w [TilePath],
    places: &'w [Result<Place, Box<str>>],
    cache: &'w mut PrintCache,
    made: &'w mut [Option<Print>],
    /// Tiles whose prints are not stored yet.
    waiting: Vec<usize>,
    trouble: Option<String>,
}

impl Clerk<'_> {
    fn take(&mut self, done: Done) {
        self.made[done.tile] = Some(done.print);
        if done.keep {
            self.waiting.push(done.tile);
        }
    }

    fn store(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let entry = |tile: &usize| {
            let stamp = self.places[*tile].as_ref().ok()?.stamp.as_ref()?;
            Some((&self.tiles[*tile], stamp, self.made[*tile].as_ref()?))
        };
        if !waiting.is_empty()
            && let Err(error) = self.cache.keep(waiting.iter().filter_map(entry))
        {
            self.trouble.get_or_insert(error.to_string());
        }
    }
}
