//! The number of threads for each kind of work in an export.

use std::ops::ControlFlow;

use tilejury_data::{TileSource, cores};

use super::ExportError;
use crate::parallel;

/// Below this number of items, a thread costs more than it saves.
const ITEMS_A_PART: usize = 1024;

/// Parts for each thread: a slow thread leaves the rest of its parts to others.
const PARTS_A_THREAD: usize = 8;

/// Applies `work` to parts of a list on as many threads as there are cores. Returns the results in
/// order.
pub(super) fn in_parts<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = cores();
    let size = items.len().div_ceil(threads * PARTS_A_THREAD).max(ITEMS_A_PART);
    let parts: Vec<&[T]> = items.chunks(size).collect();
    parallel::in_parallel(&parts, threads, |part| ControlFlow::Continue(work(part))).0
}

/// The highest number of workers; more gain nothing on one disk.
const WORKERS_UP_TO: usize = 4;

/// The number of workers that read from an address, which mostly wait.
const WORKERS_ELSEWHERE: usize = 16;

/// Applies `work` as [`in_parallel`] does, on more threads if the tiles that it reads are not on this
/// machine.
pub(super) fn in_parallel_from<T: Sync, R: Send>(
    tiles: &TileSource,
    items: &[T],
    work: impl Fn(&T) -> Result<R, ExportError> + Sync,
) -> Result<Vec<R>, ExportError> {
    match tiles.storage() {
        Some(_) => on_threads(WORKERS_ELSEWHERE, items, work),
        None => in_parallel(items, work),
    }
}

/// Applies `work` to each item on up to four threads. Returns the results in order. A failure ends
/// the work: items that were begun are finished, and of several failures that of the first item is
/// returned.
pub(super) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, ExportError> + Sync,
) -> Result<Vec<R>, ExportError> {
    // Threads wait for the disk as often as they compute, so more of them than cores are useful.
    on_threads(cores().saturating_mul(2).min(WORKERS_UP_TO), items, work)
}

fn on_threads<T: Sync, R: Send>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R, ExportError> + Sync,
) -> Result<Vec<R>, ExportError> {
    let each = |item: &T| match work(item) {
        Ok(result) => ControlFlow::Continue(Ok(result)),
        Err(error) => ControlFlow::Break(Err(error)),
    };
    parallel::in_parallel(items, workers, each).0.into_iter().collect()
}
