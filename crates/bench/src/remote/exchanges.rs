//! Requests and answers as they pass through the simulated connection, and the round trips that
//! followed one another. Measures no time of its own.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A request and its answer at the client's end of the connection. Times are in seconds since the
/// connection was started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Exchange {
    /// The number of the host.
    pub(super) host: usize,
    /// The first line of the request.
    pub(super) line: String,
    /// The requested bytes, if only some are.
    pub(super) range: Option<Range<u64>>,
    /// The time at which its connection began, if this is the first request on it.
    pub(super) connected: Option<f64>,
    /// The time at which its first bytes left the client.
    pub(super) sent: f64,
    /// The time at which the first bytes of the answer had come.
    pub(super) began: Option<f64>,
    /// The time at which the last bytes of the answer had come.
    pub(super) ended: Option<f64>,
    /// The bytes of the answer, with its header.
    pub(super) bytes: u64,
}

impl Exchange {
    pub(super) fn new(host: usize, request: &[u8], connected: Option<f64>, sent: f64) -> Self {
        let text = String::from_utf8_lossy(request);
        let line = text.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        let asked = text.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("range").then_some(value)
        });
        let range = asked.and_then(|value| {
            let (first, last) = value.trim().strip_prefix("bytes=")?.split_once('-')?;
            Some(first.parse().ok()?..last.parse::<u64>().ok()? + 1)
        });
        Self { host, line, range, connected, sent, began: None, ended: None, bytes: 0 }
    }

    /// One line for a person: the round trips until its answer, the times in milliseconds since
    /// `from`, and what was requested.
    pub(super) fn shown(&self, trips: u32, from: f64) -> String {
        let ms = |time: f64| (time - from) * 1000.0;
        let time = |time: Option<f64>| time.map_or_else(|| "-".to_owned(), |time| format!("{:.0}", ms(time)));
        let range = self.range.as_ref().map(|range| format!(" {}+{}", range.start, range.end - range.start));
        let connected = if self.connected.is_some() { " on a new connection" } else { "" };
        format!(
            "{trips:>2} round trips: {:>5.0} to {:>5} to {:>5} ms, {:>9} bytes: {}{}{connected}",
            ms(self.sent),
            time(self.began),
            time(self.ended),
            self.bytes,
            self.line,
            range.unwrap_or_default(),
        )
    }
}

/// The round trips until each answer: one more than until the answers that had come whole when it
/// was begun, and one more for a new connection. So what merely happened one after another counts
/// as if it had to be, and the number is never too low.
///
/// `is_shared`: as if all requests to a host had one connection, which HTTP/2 has. Then only the
/// first one opens it, and those that come before it is open wait for it.
pub(super) fn round_trips(exchanges: &[Exchange], is_shared: bool) -> Vec<u32> {
    let mut by_start: Vec<usize> = (0..exchanges.len()).collect();
    by_start.sort_by(|a, b| exchanges[*a].sent.total_cmp(&exchanges[*b].sent));
    let mut trips = vec![0; exchanges.len()];
    let mut opened: HashMap<usize, u32> = HashMap::new();
    for (rank, at) in by_start.iter().enumerate() {
        let exchange = &exchanges[*at];
        let until = |time: f64, trips: &[u32]| {
            let ended = |other: &&usize| exchanges[**other].ended.is_some_and(|ended| ended <= time);
            by_start[..rank].iter().filter(ended).map(|other| trips[*other]).max().unwrap_or(0)
        };
        let own = exchange.connected.map(|connected| until(connected, &trips) + 1);
        let open = match own.filter(|_| is_shared) {
            Some(own) => Some(*opened.entry(exchange.host).or_insert(own)),
            None => own,
        };
        trips[*at] = until(exchange.sent, &trips).max(open.unwrap_or(0)) + 1;
    }
    trips
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(connected: Option<f64>, sent: f64, ended: f64) -> Exchange {
        let request = b"GET /a HTTP/1.1\r\nRange: bytes=5-9\r\n\r\n";
        Exchange { ended: Some(ended), ..Exchange::new(0, request, connected, sent) }
    }

    #[test]
    fn a_new_connection_is_one_more_round_trip() {
        let first = exchange(Some(0.0), 0.0, 0.1);
        let beside = exchange(Some(0.01), 0.01, 0.11);
        let second = exchange(None, 0.12, 0.2);
        let third = exchange(Some(0.15), 0.15, 0.3);
        let all = [third, second, first.clone(), beside];
        assert_eq!(round_trips(&all, false), [4, 3, 2, 2]);
        // The third uses the connection that is there; the one beside the first waits for it.
        assert_eq!(round_trips(&all, true), [3, 3, 2, 2]);
        assert_eq!((first.line.as_str(), first.range), ("GET /a", Some(5..10)));
    }

    #[test]
    fn a_connection_opened_long_before_its_request_saves_one() {
        let first = exchange(Some(0.0), 0.0, 0.1);
        let prepared = exchange(Some(0.01), 0.12, 0.2);
        assert_eq!(round_trips(&[first, prepared], false), [2, 3]);
    }
}
