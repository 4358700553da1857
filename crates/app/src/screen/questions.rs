//! The questions to a model about the open dataset: planned, running or paused. `asking.rs` starts
//! them and handles their answers.

use std::time::{Duration, Instant};

use crate::asking_plan::AskingPlan;
use crate::asking_task::AskingTask;

/// The questions to a model about the open dataset.
#[derive(Default)]
pub(super) struct Asking {
    /// The questions about one sample that are being planned.
    pub(super) planned: Option<AskingPlan>,
    pub(super) task: Option<AskingTask>,
    /// The questions that were done when the visible tiles were looked up, and when that was.
    pub(super) seen: Option<(usize, Instant)>,
    /// The same for the signals.
    pub(super) computed: Option<(usize, Instant)>,
}

impl Asking {
    /// The model that is being asked, or whose questions are paused.
    pub(super) fn running(&self) -> Option<&AskingTask> {
        self.task.as_ref()
    }

    /// Asks the run to end.
    pub(super) fn stop(&mut self) {
        self.planned = None;
        if let Some(task) = &self.task {
            task.stop();
        }
    }

    /// Asks the run to end; the second time, gives up the answers on their way.
    pub(super) fn stop_or_abandon(&mut self) {
        match &self.task {
            Some(task) if task.is_stopping() => task.abandon(),
            _ => self.stop(),
        }
    }

    /// Whether something is new since the last time, at most once in an interval.
    pub(super) fn is_due(known: &mut Option<(usize, Instant)>, done: usize, every: Duration) -> bool {
        let is_due = match known {
            Some((seen, at)) => *seen != done && at.elapsed() >= every,
            None => done > 0,
        };
        if is_due {
            *known = Some((done, Instant::now()));
        }
        is_due
    }
}
