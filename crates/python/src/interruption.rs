//! Long work that `Ctrl+C` stops: it asks Python for signals a few times a second.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pyo3::{PyErr, PyResult, Python};
use tilejury_audit::progress::{Cancelled, Progress, ProgressStep};

/// The time between two questions for signals.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// The progress of work that a call waits for. Python handles signals on its main thread alone, so
/// elsewhere nothing stops the work.
#[derive(Debug)]
pub(crate) struct Interruption {
    asked: Mutex<Instant>,
    raised: Mutex<Option<PyErr>>,
}

impl Interruption {
    pub(crate) fn new() -> Self {
        Self { asked: Mutex::new(Instant::now()), raised: Mutex::default() }
    }

    /// Returns the result of the work, or the exception of the signal that stopped it.
    pub(crate) fn or_raise<T>(self, result: PyResult<T>) -> PyResult<T> {
        match self.raised.into_inner() {
            Some(error) => Err(error),
            None => result,
        }
    }
}

impl Progress for Interruption {
    fn report(&self, _: ProgressStep) -> Result<(), Cancelled> {
        if self.raised.lock().is_some() {
            return Err(Cancelled);
        }
        {
            // Threads that find the lock taken leave the question to the one that has it.
            let Some(mut asked) = self.asked.try_lock() else { return Ok(()) };
            if asked.elapsed() < ASK_EVERY {
                return Ok(());
            }
            *asked = Instant::now();
        }
        #[allow(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime")]
        Python::attach(|py| py.check_signals()).map_err(|error| {
            *self.raised.lock() = Some(error);
            Cancelled
        })
    }
}
