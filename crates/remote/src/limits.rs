//! Waits that servers ask for. Until one has passed, nothing is sent that would be refused.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use http::HeaderMap;
use http::header::RETRY_AFTER;
use parking_lot::Mutex;
use url::{Origin, Url};

/// A longer wait is cut to this, whatever a server says.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What a server counts together: the Hub counts requests of its API and of files separately.
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

/// The wait that an answer asks for: `Retry-After` in seconds, or the `t` of the `RateLimit` field
/// (draft-ietf-httpapi-ratelimit-headers), which the Hub sends.
pub(crate) fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let seconds = text(RETRY_AFTER.as_str()).and_then(|value| value.trim().parse().ok());
    let limit = || {
        let parameters = text("ratelimit")?.split([';', ',']).map(str::trim);
        parameters.filter_map(|part| part.strip_prefix("t=")?.parse().ok()).next()
    };
    seconds.or_else(limit).map(|seconds| Duration::from_secs(seconds).min(LONGEST))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn both_fields_for_waits_are_read() {
        let seconds = |name, value| asked_wait(&headers(name, value)).map(|wait| wait.as_secs());
        assert_eq!(seconds("retry-after", "7"), Some(7));
        assert_eq!(seconds("ratelimit", r#""resolvers";r=0;t=123"#), Some(123));
        assert_eq!(seconds("ratelimit", r#""api";t=5;r=0, "pages";t=9"#), Some(5));
        assert_eq!(seconds("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"), None);
        assert_eq!(seconds("retry-after", "18446744073709551615"), Some(LONGEST.as_secs()));
    }

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
