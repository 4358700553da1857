//! How many threads an export gives to what kind of work.

use std::ops::ControlFlow;

use tilejury_data::cores;

use super::ExportError;
use crate::parallel;

/// Below this a thread costs more than it brings.
const ITEMS_A_PART: usize = 1024;

/// Of each thread: one that is held up leaves the rest of its parts to others.
const PARTS_A_THREAD: usize = 8;

/// What `work` makes of the parts of a list, in their order; on as many threads as there are cores.
pub(super) fn in_parts<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = cores();
    let size = items.len().div_ceil(threads * PARTS_A_THREAD).max(ITEMS_A_PART);
    let parts: Vec<&[T]> = items.chunks(size).collect();
    parallel::in_parallel(&parts, threads, |part| ControlFlow::Continue(work(part))).0
}

/// More at a time gain nothing on one disk.
const WORKERS_UP_TO: usize = 4;

/// What `work` makes of each of the items, in their order, on up to four threads. What fails ends it; what was begun by then is
/// finished, and of several failures that of the first item is returned.
pub(super) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, ExportError> + Sync,
) -> Result<Vec<R>, ExportError> {
    // Threads wait for the disk as often as they count: more of them than cores are of use.
    let workers = cores().saturating_mul(2).min(WORKERS_UP_TO);
    let each = |item: &T| match work(item) {
        Ok(made) => ControlFlow::Continue(Ok(made)),
        Err(error) => ControlFlow::Break(Err(error)),
    };
    parallel::in_parallel(items, workers, each).0.into_iter().collect()
}
