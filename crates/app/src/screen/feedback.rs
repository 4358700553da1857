//! The last step, which the line below the verdicts reports for some seconds. Decides no wording of
//! steps.

use std::time::{Duration, Instant};

use egui::Context;

use super::review_screen::ReviewScreen;
use crate::command::{ReviewCommand, keymap};
use crate::ui::feedback::{FeedbackView, StepView};
use tilejury_audit::Verdict;

/// The time for which a step is reported.
const REPORTED: Duration = Duration::from_secs(3);

/// A step to report.
pub(super) struct StepReport {
    text: String,
    reverts: ReviewCommand,
    since: Instant,
}

impl StepReport {
    /// The step, as long as it is reported.
    pub(super) fn view(&self) -> Option<StepView> {
        let recent = self.since.elapsed() < REPORTED;
        recent.then(|| StepView { text: self.text.clone(), reverts: self.reverts })
    }
}

impl ReviewScreen {
    /// Reports a step; `reverts` is Undo or Redo.
    pub(super) fn report_step(&mut self, ctx: &Context, text: String, reverts: ReviewCommand) {
        log::info!("{text}");
        self.step = Some(StepReport { text, reverts, since: Instant::now() });
        ctx.request_repaint_after(REPORTED);
    }

    /// The step to report, as long as it is recent.
    pub(super) fn reported_step(&self) -> Option<StepView> {
        self.step.as_ref()?.view()
    }

    /// The content of the line below the verdicts.
    pub(super) fn feedback(&self, ctx: &Context) -> FeedbackView {
        let preview = self.review.accept_preview(&self.seen());
        let accept = keymap::from_context(ctx).first(ReviewCommand::Judge(Verdict::Accept));
        FeedbackView {
            step: self.reported_step(),
            preview: if preview.text.is_empty() { String::new() } else { format!("{accept}: {}", preview.text) },
            is_incomplete: preview.is_incomplete,
        }
    }
}
