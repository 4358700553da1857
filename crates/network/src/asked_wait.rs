//! The wait that a server asks for in an answer.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// A longer wait is cut to this, whatever a server says.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The wait that an answer asks for: `Retry-After` in seconds, or the `t` of the `RateLimit` field
/// (draft-ietf-httpapi-ratelimit-headers), which the Hub sends.
pub fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
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
}
