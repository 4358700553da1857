//! One function over many items, on several threads. Knows nothing of what it does.
//!
//! By hand, not by `rayon`: callers whose work waits for the disk ask for more threads than there
//! are cores, and after a break the items that were done are kept and no other is begun.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

/// The results in the order of the items, and whether those are all: where the function breaks, what is not begun is left undone.
/// Blocks until that is so. A panic of the function goes on here.
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

/// What a thread made; its panic goes on here.
pub(crate) fn joined<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        let items: Vec<u32> = (0..1000).collect();
        for threads in [0, 1, 3, 2000] {
            let doubled = in_parallel(&items, threads, |item| ControlFlow::Continue(item * 2));
            assert_eq!(doubled, ((0..2000).step_by(2).collect(), true));
        }
        assert_eq!(in_parallel(&[], 4, |item: &u8| ControlFlow::Continue(*item)), (Vec::new(), true));
    }

    #[test]
    fn a_break_leaves_the_rest_undone_and_keeps_what_was_done() {
        let items: Vec<u32> = (0..1000).collect();
        let until = |item: &u32| if *item == 10 { ControlFlow::Break(*item) } else { ControlFlow::Continue(*item) };
        assert_eq!(in_parallel(&items, 1, until), ((0..=10).collect(), false));
        let (done, all) = in_parallel(&items, 3, until);
        assert!(!all && done.is_sorted() && done.contains(&10));
    }
}
