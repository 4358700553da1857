//! A judgement of very many rows, performed over several frames, so that the window keeps drawing.
//! It is one step: its events go to the writer together at the end, and one undo reverts it.

use std::time::{Duration, Instant};

use tilejury_audit::{ActionEffect, FinishedStep, JudgeAction, LongStep, now};

use super::{Review, UndoOutcome};

/// The number of rows that are judged in the frame of the key press.
const AT_ONCE: usize = 256;
/// The time for it in each frame: half of a frame at 60 Hz, with room for drawing.
const IN_A_FRAME: Duration = Duration::from_millis(6);
/// The rows between two looks at the clock.
const ROWS_PER_LOOK: usize = 16;

/// The step that is being performed.
pub(crate) struct RunningStep {
    step: LongStep,
    action: JudgeAction,
    begun: Instant,
}

/// The state of a step for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepProgress {
    pub(crate) done: usize,
    pub(crate) all: usize,
    pub(crate) can_stop: bool,
    /// The time since its beginning.
    pub(crate) since: Duration,
}

/// The result of a step.
pub(crate) enum StepOutcome {
    /// It goes on over the next frames.
    Goes,
    /// Nothing changed.
    Nothing,
    /// It judged, in words.
    Judged(String),
    /// It was an undo or a redo.
    Moved { is_undo: bool, outcome: UndoOutcome },
}

impl Review {
    /// Begins a judgement of several rows or tiles, an undo or a redo. Few rows are done at once.
    pub(crate) fn begin(&mut self, action: JudgeAction) -> StepOutcome {
        self.finish_running();
        if !self.may_perform(&action) {
            return StepOutcome::Nothing;
        }
        self.session.chosen_by = self.chosen_by();
        match self.session.begin(&action, now(), AT_ONCE) {
            Some(step) => {
                self.running = Some(RunningStep { step, action, begun: Instant::now() });
                StepOutcome::Goes
            }
            None => self.perform(action),
        }
    }

    /// The step that is being performed, if any.
    pub(crate) fn running(&self) -> Option<StepProgress> {
        let running = self.running.as_ref()?;
        let (done, all) = running.step.progress();
        let (can_stop, since) = (running.step.can_stop(), running.begun.elapsed());
        Some(StepProgress { done, all, can_stop, since })
    }

    /// Goes on with the running step for a part of a frame. Returns its result when it is done.
    pub(crate) fn go_on(&mut self) -> Option<StepOutcome> {
        let running = self.running.as_mut()?;
        let start = Instant::now();
        let mut goes_on = true;
        while goes_on && start.elapsed() < IN_A_FRAME {
            goes_on = (0..ROWS_PER_LOOK).all(|_| self.session.advance(&mut running.step));
            self.stats.events_in_parts(running.step.news().to_vec());
        }
        if goes_on { None } else { self.end_running() }
    }

    /// Ends a running judgement: it is the rows that were judged so far.
    pub(crate) fn stop_running(&mut self) -> Option<StepOutcome> {
        self.running.as_ref().filter(|running| running.step.can_stop())?;
        self.end_running()
    }

    /// Completes the running step at once: whatever follows must find all of it.
    pub(super) fn finish_running(&mut self) {
        if let Some(running) = &mut self.running {
            while self.session.advance(&mut running.step) {}
            self.stats.events_in_parts(running.step.news().to_vec());
            self.end_running();
        }
    }

    fn end_running(&mut self) -> Option<StepOutcome> {
        let RunningStep { step, action, .. } = self.running.take()?;
        let FinishedStep { effect: ActionEffect { events, .. }, samples } = self.session.finish(step);
        if events.is_empty() {
            // An undo whose fields were all changed elsewhere since goes on with the step before.
            return Some(match action {
                JudgeAction::Undo | JudgeAction::Redo => self.begin(action),
                _ => StepOutcome::Nothing,
            });
        }
        let moves = matches!(action, JudgeAction::Undo | JudgeAction::Redo);
        if moves {
            self.after_undone(&events);
        }
        self.saving.record(events, samples);
        self.stats.step_added();
        self.refresh_derived();
        Some(if moves {
            let is_undo = action == JudgeAction::Undo;
            StepOutcome::Moved { is_undo, outcome: UndoOutcome::Step(self.words_of_moved(is_undo)) }
        } else {
            self.judged_in_bulk()
        })
    }

    /// Performs an action at once.
    fn perform(&mut self, action: JudgeAction) -> StepOutcome {
        match action {
            JudgeAction::Undo | JudgeAction::Redo => {
                let is_undo = action == JudgeAction::Undo;
                StepOutcome::Moved { is_undo, outcome: self.undo_or_redo(action) }
            }
            action if self.act(action.clone()).events.is_empty() => StepOutcome::Nothing,
            _ => self.judged_in_bulk(),
        }
    }

    fn judged_in_bulk(&mut self) -> StepOutcome {
        self.just_judged = None;
        self.stats.count_tags(&self.session);
        let step = self.session.history().undo.last();
        step.map_or(StepOutcome::Nothing, |step| StepOutcome::Judged(step.sentence(None)))
    }
}
