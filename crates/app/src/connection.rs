//! The connection to a dataset at an address, as the window shows it: counters only. Requests
//! nothing.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tilejury_data::{Pace, shown};

/// The state of a connection at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ConnectionNow {
    /// Bytes received so far.
    pub(crate) bytes: u64,
    /// Requests sent so far.
    pub(crate) requests: u64,
    /// Requests that are not answered whole yet.
    pub(crate) waiting: usize,
    /// The speed as measured so far.
    pub(crate) pace: Pace,
    /// The time for which the server asked to wait.
    pub(crate) limited_for: Option<Duration>,
}

/// A number of bytes in words: `640 kB`, `12.3 MB`, `93.5 GB`. No single bytes: numbers that change
/// all the time keep their width.
pub(crate) fn bytes_in_words(bytes: u64) -> String {
    if bytes < 1_000 { format!("{:.0} kB", bytes as f64 / 1e3) } else { shown::bytes_in_words(bytes) }
}

/// The connection to a dataset at an address. Its state is known at once.
#[derive(Clone)]
pub(crate) struct Connection {
    now: Arc<dyn Fn() -> ConnectionNow + Send + Sync>,
    cache_problem: Arc<dyn Fn() -> Option<String> + Send + Sync>,
}

impl Connection {
    /// A connection with its state, and the reason why its cache cannot be written.
    #[cfg(any(feature = "remote", test))]
    pub(crate) fn new(
        now: impl Fn() -> ConnectionNow + Send + Sync + 'static,
        cache_problem: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), cache_problem: Arc::new(cache_problem) }
    }

    /// The state now.
    pub(crate) fn now(&self) -> ConnectionNow {
        (self.now)()
    }

    /// The reason why what was fetched cannot be kept, if that is so.
    pub(crate) fn cache_problem(&self) -> Option<String> {
        (self.cache_problem)()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::bytes_in_words;

    #[test]
    fn bytes_are_spelled_in_the_unit_that_fits() {
        let words = [0, 1500, 999_499, 999_500, 93_500_000_000].map(bytes_in_words);
        assert_eq!(words, ["0 kB", "2 kB", "999 kB", "1.0 MB", "93.5 GB"]);
    }
}
