//! Work that is done by several threads at a time.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use super::ExportError;

/// Below this a thread costs more than it brings.
const ITEMS_A_PART: usize = 1024;

/// Of each thread: one that is held up leaves the rest of its parts to others.
const PARTS_A_THREAD: usize = 8;

/// What `work` makes of the parts of a list, in their order; on as many threads as there are cores.
pub(super) fn in_parts<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let size = items.len().div_ceil(threads * PARTS_A_THREAD).max(ITEMS_A_PART);
    let parts: Vec<&[T]> = items.chunks(size).collect();
    let next = AtomicUsize::new(0);
    let run = || {
        let take = || {
            let at = next.fetch_add(1, Ordering::Relaxed);
            Some((at, work(parts.get(at)?)))
        };
        std::iter::from_fn(take).collect::<Vec<_>>()
    };
    let mut made = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(parts.len())).map(|_| scope.spawn(run)).collect();
        let mut made = run();
        others.into_iter().for_each(|thread| made.extend(joined(thread)));
        made
    });
    made.sort_unstable_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, part)| part).collect()
}

/// What a thread made; its panic goes on here.
pub(super) fn joined<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// More at a time gain nothing on one disk.
const WORKERS_UP_TO: usize = 4;

/// Calls `work` with each of the items, the first ones first, on up to four threads. What failed first is what is returned;
/// what was begun by then is finished.
pub(super) fn in_parallel<T: Sync>(
    items: &[T],
    work: impl Fn(&T) -> Result<(), ExportError> + Sync,
) -> Result<(), ExportError> {
    let (next, stop, failure) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::new(None));
    let run = || {
        while !stop.load(Ordering::Relaxed) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            if let Err(error) = work(item) {
                stop.store(true, Ordering::Relaxed);
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }
    };
    // Threads wait for the disk as often as they count: more of them than cores are of use.
    let workers = thread::available_parallelism().map_or(1, usize::from).saturating_mul(2).min(WORKERS_UP_TO);
    thread::scope(|scope| {
        for _ in 1..workers.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}
