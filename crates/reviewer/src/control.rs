//! The switches and reports of a run: pause, stop, progress.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::budget::Estimate;

/// The interval at which a wait notices a change.
const CHECK_EVERY: Duration = Duration::from_millis(10);

/// The switches of a run.
#[derive(Debug, Default)]
pub struct AskControl {
    paused: AtomicBool,
    stopped: AtomicBool,
    pub(crate) abandoned: AtomicBool,
}

impl AskControl {
    /// Sends no further request until it is called with `false`.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// Ends the run: nothing more is sent, and answers that are on their way are waited for, for a
    /// short time.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the run was ended.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Gives up the answers that are on their way, which may be paid all the same. Call
    /// [`Self::stop`] before.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Waits; returns `false` early if the run was ended.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while !self.is_stopped() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(CHECK_EVERY));
        }
        false
    }
}

/// The state of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AskProgress {
    /// Questions that are done, with or without an answer.
    pub done: usize,
    /// All questions.
    pub questions: usize,
    /// Questions of this run without a usable answer.
    pub failed: usize,
    /// The tokens so far, as the server counts them.
    pub tokens: u64,
    /// The number of requests that may be on their way at a time.
    pub at_a_time: usize,
}

/// A receiver of the state of a run. Called on the thread that stores.
pub trait AskObserver {
    /// Receives the state, several times a second.
    fn progress(&self, progress: AskProgress);

    /// Receives what the rest is likely to take, once twenty answers are known.
    fn estimate(&self, estimate: &Estimate);
}
