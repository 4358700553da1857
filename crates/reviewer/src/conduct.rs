//! The conduct of the client after a request that failed: whether to send it again, and when.
//! Sends and waits for nothing.

use std::time::Duration;

use tilejury_network::EndpointFault;

/// The number of tries of a question, and the waits between them.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// The most tries.
    pub tries: u32,
    /// The wait before the second one; it doubles.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { tries: 6, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(60) }
    }
}

impl Retries {
    /// Returns the wait after a number of tries. `random`, from 0 to 1, takes away up to half of
    /// it, so that clients that failed together do not come back together.
    pub(crate) fn wait(&self, tries: u32, random: f64) -> Duration {
        let doubled = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(20));
        doubled.min(self.longest_wait).mul_f64(1.0 - 0.5 * random.clamp(0.0, 1.0))
    }
}

/// The conclusion from a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conclusion {
    /// The same request may succeed later. `is_busy`: the server has too much to do.
    Later { is_busy: bool },
    /// It will fail again.
    Never,
}

/// Returns what follows from a status that is no success.
pub(crate) fn of_status(status: u16) -> Conclusion {
    match status {
        429 | 503 => Conclusion::Later { is_busy: true },
        408 | 409 | 500..=599 => Conclusion::Later { is_busy: false },
        _ => Conclusion::Never,
    }
}

/// Returns what follows from a request without an answer.
pub(crate) fn of_fault(fault: &EndpointFault) -> Conclusion {
    match fault {
        EndpointFault::Unreachable(_) | EndpointFault::Connection(_) => Conclusion::Later { is_busy: false },
        // A server that queues requests is too slow for so many of them.
        EndpointFault::Timeout => Conclusion::Later { is_busy: true },
        EndpointFault::TooLong | EndpointFault::Stopped => Conclusion::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let retries = Retries::default();
        let seconds = |tries, random| retries.wait(tries, random).as_secs_f64();
        assert_eq!([1, 2, 3, 7, 8, 99].map(|tries| seconds(tries, 0.0)), [0.5, 1.0, 2.0, 32.0, 60.0, 60.0]);
        assert_eq!((seconds(2, 1.0), seconds(2, 0.5)), (0.5, 0.75));
    }

    #[test]
    fn only_passing_faults_are_tried_again() {
        let passing = [408, 409, 429, 500, 502, 503, 504];
        assert!(passing.iter().all(|status| of_status(*status) != Conclusion::Never));
        let lasting = [301, 302, 307, 400, 401, 402, 403, 404, 413, 422];
        assert!(lasting.iter().all(|status| of_status(*status) == Conclusion::Never));
        let is_busy = |status| of_status(status) == Conclusion::Later { is_busy: true };
        assert_eq!(passing.map(is_busy), [false, false, true, false, false, true, false]);
        assert_eq!(of_fault(&EndpointFault::Timeout), Conclusion::Later { is_busy: true });
        let gone = EndpointFault::Unreachable("refused".to_owned());
        assert_eq!(of_fault(&gone), Conclusion::Later { is_busy: false });
        assert_eq!(of_fault(&EndpointFault::TooLong), Conclusion::Never);
    }
}
