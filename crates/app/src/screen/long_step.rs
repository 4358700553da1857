//! Judgements that go on over several frames: begun by a command, carried on in each frame,
//! reported at the end. The judgements themselves are in `crate::review`.

use tilejury_audit::JudgeAction;

use super::App;
use super::review_context::ReviewContext;
use crate::command::ReviewCommand;
use crate::review::StepOutcome;

impl App {
    /// Goes on with a judgement of many rows.
    pub(super) fn go_on_judging(&mut self) {
        if let Some(mut open) = self.review_context()
            && let Some(outcome) = open.review().go_on()
        {
            open.report(outcome);
        }
        if self.is_judging_many() {
            self.ctx.request_repaint();
        }
    }

    /// Whether many rows are being judged. Keys wait for its end.
    pub(super) fn is_judging_many(&self) -> bool {
        self.reviewing_now().is_some_and(|reviewing| reviewing.review.running().is_some())
    }
}

impl ReviewContext<'_> {
    /// Judges rows or tiles, or undoes or redoes a step, and reports it, now or when it is done.
    pub(super) fn begin(&mut self, action: JudgeAction) {
        let outcome = self.review().begin(action);
        self.report(outcome);
    }

    /// Stops judging many rows.
    pub(super) fn stop_judging(&mut self) {
        match self.review().stop_running() {
            Some(StepOutcome::Judged(sentence)) => {
                self.report(StepOutcome::Judged(format!("{sentence}; stopped before the rest")));
            }
            Some(outcome) => self.report(outcome),
            None => {}
        }
    }

    /// Reports a step, or its end.
    pub(super) fn report(&mut self, outcome: StepOutcome) {
        match outcome {
            StepOutcome::Goes => self.ctx.request_repaint(),
            StepOutcome::Nothing => self.notify("These rows were judged so before."),
            StepOutcome::Judged(sentence) => self.screen.report_step(sentence, ReviewCommand::Undo),
            StepOutcome::Moved { is_undo, outcome } => self.report_moved(is_undo, outcome),
        }
    }
}
