//! The number of threads that can run at the same time.

use std::thread;

/// Returns the number of processor cores that this process may use; 1 if the system does not report
/// it.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
