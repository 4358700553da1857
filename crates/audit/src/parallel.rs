//! Runs one function over many items on several threads. Knows nothing of what the function does.
//!
//! Not by `rayon`: callers whose work waits for the disk use more threads than there are cores, and
//! after a break finished items are kept and no other is begun.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

/// Returns the results in the order of the items, and whether these are all: after a break, no
/// further item is begun. Blocks until the work ends. A panic of the function is resumed here.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    f: impl Fn(&T) -> ControlFlow<R, R> + Sync,
) -> (Vec<R>, bool) {
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let mut own = Vec::new();
        while !stopped.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            own.push((
                at,
                match f(item) {
                    ControlFlow::Continue(result) => result,
                    ControlFlow::Break(result) => {
                        stopped.store(true, Ordering::Relaxed);
                        result
                    }
                },
            ));
        }
        own
    };
    let mut results = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(items.len())).map(|_| scope.spawn(work)).collect();
        let mut results = work();
        others.into_iter().for_each(|other| results.extend(joined(other)));
        results
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    (results.into_iter().map(|(_, result)| result).collect(), !stopped.into_inner())
}

/// Returns a thread's result; resumes its panic.
pub(crate) fn joined<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_results_in_order() {
        let items: Vec<u32> = (0..1000).collect();
        for threads in [0, 1, 3, 2000] {
            let doubled = in_parallel(&items, threads, |item| ControlFlow::Continue(item * 2));
            assert_eq!(doubled, ((0..2000).step_by(2).collect(), true));
        }
        assert_eq!(in_parallel(&[], 4, |item: &u8| ControlFlow::Continue(*item)), (Vec::new(), true));
    }

    #[test]
    fn a_break_keeps_finished_items_and_begins_no_other() {
        let items: Vec<u32> = (0..1000).collect();
        let until = |item: &u32| if *item == 10 { ControlFlow::Break(*item) } else { ControlFlow::Continue(*item) };
        assert_eq!(in_parallel(&items, 1, until), ((0..=10).collect(), false));
        let (done, all) = in_parallel(&items, 3, until);
        assert!(!all && done.is_sorted() && done.contains(&10));
    }
}
