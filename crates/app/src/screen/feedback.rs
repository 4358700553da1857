//! The content of the line below the verdicts: the effect of accepting the visible row, and for
//! some seconds the last step. Decides no wording of steps.

use egui::Context;

use super::review_screen::ReviewScreen;
use super::step_report::StepReport;
use crate::command::{ReviewCommand, keymap};
use crate::ui::feedback::{FeedbackView, StepView};

impl ReviewScreen {
    /// Reports a step; `reverts` is Undo or Redo.
    pub(super) fn report_step(&mut self, text: String, reverts: ReviewCommand) {
        log::info!("{text}");
        self.step = Some(StepReport::new(text, reverts));
    }

    /// The step to report, as long as it is recent.
    pub(super) fn reported_step(&self, ctx: &Context) -> Option<StepView> {
        self.step.as_ref()?.view(ctx)
    }

    /// The content of the line below the verdicts.
    pub(super) fn feedback(&self, ctx: &Context) -> FeedbackView {
        let preview = self.review.accept_preview(&self.seen());
        let keymap = keymap::from_context(ctx);
        let mut forms = preview.forms;
        // A row that has a verdict says how to take it away and stay, as far as there is room.
        if let (Some(first), Some(_)) = (forms.first(), self.review.shown_judgement().verdict) {
            forms.insert(0, format!("{first} · {} clears the verdict", keymap.first(ReviewCommand::ClearVerdict)));
        }
        FeedbackView {
            step: self.reported_step(ctx),
            preview: forms,
            help: match self.review.hides_roles() {
                true => "The verdict follows from the marks, once every tile has one.",
                false => {
                    "Accepting confirms what was in view: the positive as relevant, negatives as not relevant. What you marked stays as it is."
                }
            },
            needs_care: preview.needs_care,
        }
    }
}
