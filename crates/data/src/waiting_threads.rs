//! Work on several threads that mostly wait, for a disk or a network: their number does not depend
//! on the cores, so `rayon` is not for them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use parking_lot::Mutex;

/// Works on each item, on up to `threads` threads, the caller's among them.
///
/// # Errors
/// The first error of `work`; after it, no more items are begun.
pub fn for_each_waiting<T: Sync, E: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let (next, stop, error) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::new(None));
    let run = || {
        while !stop.load(Ordering::Relaxed) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            if let Err(failed) = work(item) {
                stop.store(true, Ordering::Relaxed);
                error.lock().get_or_insert(failed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    error.into_inner().map_or(Ok(()), Err)
}
