//! Waits that servers ask for. Until one has passed, nothing is sent that would be refused.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use url::{Origin, Url};

/// Requests that a server counts together: the Hub counts those of its API and of files separately.
type Counted = (Origin, bool);

/// The waits of the servers of one dataset.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<Counted, Instant>>);

impl Limits {
    /// The time until a request to this address may be sent, if a server asked to wait.
    pub(crate) fn remaining(&self, url: &Url) -> Option<Duration> {
        let until = *self.0.lock().get(&counted(url))?;
        until.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero())
    }

    /// Notes that the server of this address asked to wait.
    pub(crate) fn wait(&self, url: &Url, wait: Duration) {
        self.0.lock().insert(counted(url), Instant::now() + wait);
    }
}

fn counted(url: &Url) -> Counted {
    (url.origin(), url.path().contains("/api/"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_wait_is_for_one_kind_of_requests_of_one_server() {
        let limits = Limits::default();
        let url = |text: &str| Url::parse(text).unwrap();
        limits.wait(&url("https://hub/datasets/o/n/resolve/main/a"), Duration::from_secs(60));
        assert!(limits.remaining(&url("https://hub/datasets/o/n/resolve/main/b")).is_some());
        assert_eq!(limits.remaining(&url("https://hub/api/datasets/o/n")), None);
        assert_eq!(limits.remaining(&url("https://cdn/a")), None);
        limits.wait(&url("https://hub/datasets"), Duration::ZERO);
        assert_eq!(limits.remaining(&url("https://hub/datasets/o/n/resolve/main/b")), None);
    }
}
