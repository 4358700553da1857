//! Work on all rows of a set, on all cores: rows are divided into parts, and the results of the
//! parts are received in the order of the rows. So the outcome does not depend on the number of
//! cores.
//!
//! Knows nothing of the rows.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use tilejury_data::cores;
use tilejury_data::progress::Cancelled;

/// The rows of a part: a few milliseconds of work, so that cancelling is quick.
const ROWS_OF_A_PART: usize = 4096;

/// Applies `work` to consecutive ranges of so many rows, on all cores, and `take` on this thread to
/// the results, in the order of the rows.
///
/// # Errors
/// The first error of `work` ends everything.
pub fn rows_in_order<R: Send>(
    rows: usize,
    work: impl Fn(Range<usize>) -> Result<R, Cancelled> + Sync,
    mut take: impl FnMut(R),
) -> Result<(), Cancelled> {
    let range = |part: usize| part * ROWS_OF_A_PART..((part + 1) * ROWS_OF_A_PART).min(rows);
    in_order(rows.div_ceil(ROWS_OF_A_PART), |part| work(range(part)), |_, result| take(result))
}

/// Applies `work` to so many parts, on all cores, and `take` on this thread to the number of each
/// part and its result, in order.
pub(crate) fn in_order<R: Send>(
    parts: usize,
    work: impl Fn(usize) -> Result<R, Cancelled> + Sync,
    take: impl FnMut(usize, R),
) -> Result<(), Cancelled> {
    on_threads(cores(), parts, work, take)
}

fn on_threads<R: Send>(
    threads: usize,
    parts: usize,
    work: impl Fn(usize) -> Result<R, Cancelled> + Sync,
    mut take: impl FnMut(usize, R),
) -> Result<(), Cancelled> {
    if threads.min(parts) <= 1 {
        return (0..parts).try_for_each(|part| work(part).map(|result| take(part, result)));
    }
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (results, arrived) = sync_channel(threads);
        let workers: Vec<_> = (0..threads.min(parts))
            .map(|_| {
                let (results, next, work) = (results.clone(), &next, &work);
                scope.spawn(move || {
                    loop {
                        let part = next.fetch_add(1, Ordering::Relaxed);
                        // Nobody receives after an error.
                        if part >= parts || results.send((part, work(part))).is_err() {
                            return;
                        }
                    }
                })
            })
            .collect();
        drop(results);
        let (mut early, mut wanted, mut outcome) = (BTreeMap::new(), 0, Ok(()));
        for (part, result) in &arrived {
            match result {
                Ok(result) => {
                    early.insert(part, result);
                }
                Err(cancelled) => {
                    outcome = Err(cancelled);
                    break;
                }
            }
            while let Some(result) = early.remove(&wanted) {
                take(wanted, result);
                wanted += 1;
            }
        }
        drop(arrived);
        for worker in workers {
            worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        outcome
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn parts_are_taken_in_order_on_any_number_of_cores() {
        for (threads, parts) in [(1, 100), (2, 0), (2, 1), (3, 1000), (8, 64)] {
            let mut taken = Vec::new();
            let work = |part: usize| {
                // Later parts end earlier.
                thread::sleep(std::time::Duration::from_micros(200 - (part as u64 % 7) * 20));
                Ok(part)
            };
            on_threads(threads, parts, work, |part, result| taken.push((part, result))).unwrap();
            assert_eq!(taken, (0..parts).map(|part| (part, part)).collect::<Vec<_>>(), "{threads} threads");
        }
        let mut rows = Vec::new();
        rows_in_order(10_000, |range| Ok(range.collect::<Vec<_>>()), |part| rows.extend(part)).unwrap();
        assert_eq!(rows, (0..10_000).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_the_work() {
        for threads in [1, 3] {
            let begun = AtomicUsize::new(0);
            let work = |part: usize| {
                begun.fetch_add(1, Ordering::Relaxed);
                if part == 5 { Err(Cancelled) } else { Ok(()) }
            };
            assert_eq!(on_threads(threads, 1_000_000, work, |_, ()| ()), Err(Cancelled));
            assert!(begun.into_inner() < 1000);
        }
    }
}
