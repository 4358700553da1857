//! The traffic over the network: bytes, requests, speed, and waits that a server asked for. Counts
//! only.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tilejury_data::Pace;

/// The speed that is assumed before anything was measured.
const ASSUMED: Pace = Pace { latency: Duration::from_millis(50), bytes_per_second: 10e6, bytes_per_second_each: 10e6 };
/// A shorter body tells nothing about the rate: most of it comes with the beginning of the answer.
const BODY_FROM_BYTES: u64 = 100_000;
/// The share of a new value in the mean of the latency.
const NEW_SHARE: f64 = 0.2;
/// The seconds of transfer over which the rate is the mean.
const RATE_OVER_SECONDS: f64 = 10.0;

/// Counters of one dataset's connection.
#[derive(Debug, Default)]
pub struct Traffic {
    bytes: AtomicU64,
    requests: AtomicU64,
    /// Requests that were sent and whose bodies are not read to their ends.
    open: AtomicUsize,
    speed: Mutex<Speed>,
    limited_until: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Speed {
    latency_seconds: Option<f64>,
    bytes: f64,
    seconds: f64,
    /// The bytes of long bodies, and the sum of the seconds that each of them took.
    each_bytes: f64,
    each_seconds: f64,
    /// The time when the first of the present transfers began.
    busy_since: Option<Instant>,
    bodies: usize,
}

/// The state of a connection at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrafficNow {
    /// Bytes of bodies received so far.
    pub bytes: u64,
    /// Requests sent so far.
    pub requests: u64,
    /// Requests that are not answered yet.
    pub waiting: usize,
    /// The speed.
    pub pace: Pace,
    /// The time for which the server asked to wait, from now on.
    pub limited_for: Option<Duration>,
}

impl Traffic {
    /// The state now.
    pub fn now(&self) -> TrafficNow {
        let limited = (*self.limited_until.lock()).and_then(|until| until.checked_duration_since(Instant::now()));
        TrafficNow {
            bytes: self.bytes.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            waiting: self.open.load(Ordering::Relaxed),
            pace: self.pace(),
            limited_for: limited.filter(|wait| !wait.is_zero()),
        }
    }

    /// The speed as measured so far.
    pub fn pace(&self) -> Pace {
        let speed = self.speed.lock();
        let latency = speed.latency_seconds.map_or(ASSUMED.latency, Duration::from_secs_f64);
        let running = speed.busy_since.map_or(0.0, |since| since.elapsed().as_secs_f64());
        let seconds = speed.seconds + running;
        // A few small answers tell nothing about the rate.
        let is_measured = speed.bytes > 100_000.0 && seconds > 0.0;
        let bytes_per_second = if is_measured { speed.bytes / seconds } else { ASSUMED.bytes_per_second };
        let is_measured = speed.each_bytes > 0.0 && speed.each_seconds > 0.0;
        let each = if is_measured { speed.each_bytes / speed.each_seconds } else { bytes_per_second };
        Pace { latency, bytes_per_second, bytes_per_second_each: each.min(bytes_per_second) }
    }

    pub(crate) fn sent(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn answered(&self, after: Duration) {
        let mut speed = self.speed.lock();
        let seconds = after.as_secs_f64();
        let mean = speed.latency_seconds.map_or(seconds, |mean| mean + NEW_SHARE * (seconds - mean));
        speed.latency_seconds = Some(mean);
        speed.bodies += 1;
        speed.busy_since.get_or_insert_with(Instant::now);
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.speed.lock().bytes += bytes as f64;
    }

    /// A request ended: its body had so many bytes, and took so long after the beginning of the
    /// answer. `None` if it was not answered.
    pub(crate) fn ended(&self, body: Option<(u64, Duration)>) {
        self.open.fetch_sub(1, Ordering::Relaxed);
        let Some((bytes, took)) = body else { return };
        let mut speed = self.speed.lock();
        if bytes >= BODY_FROM_BYTES {
            speed.each_bytes += bytes as f64;
            speed.each_seconds += took.as_secs_f64();
        }
        if speed.each_seconds > RATE_OVER_SECONDS {
            let share = RATE_OVER_SECONDS / 2.0 / speed.each_seconds;
            (speed.each_bytes, speed.each_seconds) = (speed.each_bytes * share, speed.each_seconds * share);
        }
        speed.bodies = speed.bodies.saturating_sub(1);
        if speed.bodies == 0
            && let Some(since) = speed.busy_since.take()
        {
            speed.seconds += since.elapsed().as_secs_f64();
        }
        if speed.seconds > RATE_OVER_SECONDS {
            let share = RATE_OVER_SECONDS / 2.0 / speed.seconds;
            (speed.bytes, speed.seconds) = (speed.bytes * share, speed.seconds * share);
        }
    }

    pub(crate) fn limited(&self, wait: Duration) {
        *self.limited_until.lock() = Some(Instant::now() + wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_answers_do_not_set_the_rate() {
        let traffic = Traffic::default();
        traffic.sent();
        traffic.answered(Duration::from_millis(200));
        traffic.received(1000);
        traffic.ended(Some((1000, Duration::from_millis(1))));
        let now = traffic.now();
        assert_eq!((now.bytes, now.requests, now.waiting), (1000, 1, 0));
        assert_eq!(now.pace, Pace { latency: Duration::from_millis(200), ..ASSUMED });
    }

    #[test]
    fn a_request_that_fails_is_not_waited_for() {
        let traffic = Traffic::default();
        traffic.sent();
        traffic.ended(None);
        assert_eq!(traffic.now().waiting, 0);
    }

    #[test]
    fn the_rate_of_one_body_is_not_that_of_all() {
        let traffic = Traffic::default();
        for _ in 0..10 {
            traffic.sent();
            traffic.answered(Duration::from_millis(10));
        }
        for _ in 0..10 {
            traffic.received(1_000_000);
            // Half a second for each of ten bodies that came at the same time.
            traffic.ended(Some((1_000_000, Duration::from_millis(500))));
        }
        let pace = traffic.now().pace;
        assert!((pace.bytes_per_second_each - 2e6).abs() < 1.0, "{pace:?}");
        assert!(pace.bytes_per_second > 2e7, "{pace:?}");
    }

    #[test]
    fn a_wait_that_a_server_asks_for_ends() {
        let traffic = Traffic::default();
        traffic.limited(Duration::from_secs(60));
        assert!(traffic.now().limited_for.is_some_and(|wait| wait > Duration::from_secs(50)));
        traffic.limited(Duration::ZERO);
        assert_eq!(traffic.now().limited_for, None);
    }
}
