//! A step to report for some seconds: what was done, in which row, and the command that reverts it.

use std::time::{Duration, Instant};

use egui::Context;

use crate::command::ReviewCommand;
use crate::ui::feedback::StepView;

/// The time for which a step is reported.
const REPORTED: Duration = Duration::from_secs(3);

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

    /// The step, as long as it is reported. Asks for a frame at the end of that time: any frame
    /// cancels what was asked for before, so each one has to ask.
    pub(super) fn view(&self, ctx: &Context) -> Option<StepView> {
        let left = REPORTED.checked_sub(self.since.elapsed())?;
        ctx.request_repaint_after(left);
        Some(StepView { text: self.text.clone(), reverts: self.reverts })
    }
}
