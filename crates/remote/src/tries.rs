//! The tries of a request: their number, and the time before a person reads why it failed.

use std::time::{Duration, Instant};

use crate::error::Failure;

/// Tries, and the time after which no new one begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tries {
    count: usize,
    time: Duration,
}

/// For what somebody waits for.
pub(crate) const PROMPT: Tries = Tries { count: 3, time: Duration::from_secs(10) };
/// For what is done in the background.
pub(crate) const PATIENT: Tries = Tries { count: 8, time: Duration::from_secs(180) };
/// For a long download: the time is that of its bytes.
pub(crate) const DOWNLOAD: Tries = Tries { count: 3, time: Duration::from_secs(24 * 3600) };
/// The wait before the second try; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Repeats something until it succeeds, fails for good, or there were enough tries. A wait that a
/// server asks for is kept if it ends in time.
pub(crate) async fn with_tries<T>(
    tries: Tries,
    mut once: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (begun, mut pause) = (Instant::now(), FIRST_WAIT);
    let mut tried = 0;
    loop {
        let failure = match once().await {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        tried += 1;
        let wait = match failure {
            Failure::Limited(Some(asked)) => asked.max(pause),
            _ => pause,
        };
        if tried >= tries.count || !failure.is_passing() || begun.elapsed() + wait > tries.time {
            return Err(failure);
        }
        tokio::time::sleep(wait).await;
        pause *= 2;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn tried(tries: Tries, failure: &Failure) -> usize {
        let mut count = 0;
        let result: Result<(), Failure> = tilejury_network::wait(with_tries(tries, async || {
            count += 1;
            Err(failure.clone())
        }))
        .unwrap();
        assert_eq!(result, Err(failure.clone()));
        count
    }

    #[test]
    fn only_passing_failures_are_tried_again() {
        let two = Tries { count: 2, time: Duration::from_secs(10) };
        assert_eq!(tried(two, &Failure::Timeout), 2);
        assert_eq!(tried(two, &Failure::NotFound), 1);
        assert_eq!(tried(two, &Failure::Limited(Some(Duration::from_secs(60)))), 1);
        assert_eq!(tried(Tries { count: 2, time: Duration::ZERO }, &Failure::Timeout), 1);
    }
}
