//! The memory of the process, as the system reports it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// The interval between samples of the memory while work runs.
const SAMPLE_EVERY: Duration = Duration::from_millis(20);

/// The bytes of a megabyte, everywhere in the benchmark.
pub(super) const MB: f64 = 1024.0 * 1024.0;

/// Returns the private memory of the process in MB; mapped files are not private. `None` if the
/// system does not report it.
pub(super) fn now() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?.trim().strip_suffix(" kB")?;
    Some(kilobytes.trim().parse::<f64>().ok()? / 1024.0)
}

/// Returns the result of the work, and the most private memory that the process had meanwhile.
pub fn with_peak_memory<R>(work: impl FnOnce() -> R) -> (R, Option<f64>) {
    /// Ends the watch even if the work fails.
    struct StopOnDrop<'o>(&'o AtomicBool);
    impl Drop for StopOnDrop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut most = None::<f64>;
            while !over.load(Ordering::Relaxed) {
                most = now().into_iter().chain(most).reduce(f64::max);
                thread::sleep(SAMPLE_EVERY);
            }
            most
        });
        let end = StopOnDrop(&over);
        let made = work();
        drop(end);
        (made, watching.join().ok().flatten())
    })
}
