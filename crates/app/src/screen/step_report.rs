//! A step to report for some seconds: what was done, in which row, and the command that reverts it.

use std::time::{Duration, Instant};

use crate::command::ReviewCommand;
use crate::ui::feedback::StepView;

/// The time for which a step is reported.
pub(super) const REPORTED: Duration = Duration::from_secs(3);

/// A step to report.
pub(super) struct StepReport {
    text: String,
    reverts: ReviewCommand,
    since: Instant,
}

impl StepReport {
    /// A step that was just made, undone or redone.
    pub(super) fn new(text: String, reverts: ReviewCommand) -> Self {
        Self { text, reverts, since: Instant::now() }
    }

    /// The step, as long as it is reported.
    pub(super) fn view(&self) -> Option<StepView> {
        let recent = self.since.elapsed() < REPORTED;
        recent.then(|| StepView { text: self.text.clone(), reverts: self.reverts })
    }
}
