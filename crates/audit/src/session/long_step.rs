//! A step over many rows, performed row by row: the caller decides how many rows at a time, so that
//! a window can draw between them. It is one step all the same: one undo reverts it, and its events
//! are handed out together at the end.
//!
//! Reads each row once. Decides nothing about judgements.

use std::collections::HashMap;

use tilejury_data::{SampleIndex, SampleKey};

use super::bulk::{RowsAction, TileMark};
use super::moves::PendingEdits;
use super::{ActionEffect, AuditSession, JudgeAction};
use crate::event::{Event, StepEventBuilder};
use crate::history::{UndoEdit, UndoStep, UndoStepKind};
use crate::sidecar::SampleRecord;
use crate::step::StepId;
use crate::time::Timestamp;

/// A step that is being performed. Nothing else may change the session until
/// [`AuditSession::finish`].
pub struct LongStep {
    work: Work,
    at: Timestamp,
    builder: StepEventBuilder,
    /// The number of rows, or of edits, that were done.
    done: usize,
    /// The edits, for the history.
    edits: Vec<UndoEdit>,
    events: Vec<Event>,
    samples: Vec<SampleRecord>,
    /// The number of events that [`LongStep::news`] has returned.
    told: usize,
}

/// The work of a step.
enum Work {
    Rows(Vec<SampleIndex>, RowsAction),
    Tiles(Vec<SampleIndex>, HashMap<SampleIndex, Vec<TileMark>>),
    /// An undone step: its edits are reverted from the last to the first.
    Undo(UndoStep),
    /// A redone step.
    Redo(UndoStep),
}

impl LongStep {
    /// The number of rows or edits that were done, and of all.
    pub fn progress(&self) -> (usize, usize) {
        let all = match &self.work {
            Work::Rows(rows, _) | Work::Tiles(rows, _) => rows.len(),
            Work::Undo(step) | Work::Redo(step) => step.edits.len(),
        };
        (self.done, all)
    }

    /// Whether it may end before all its rows were done.
    pub fn can_stop(&self) -> bool {
        matches!(self.work, Work::Rows(..) | Work::Tiles(..))
    }

    /// The events since the last call. They are not stored yet.
    pub fn news(&mut self) -> &[Event] {
        let from = std::mem::replace(&mut self.told, self.events.len());
        &self.events[from..]
    }
}

/// The end of a step over many rows.
pub struct FinishedStep {
    /// Its effect.
    pub effect: ActionEffect,
    /// The samples of its events, each once.
    pub samples: Vec<SampleRecord>,
}

impl AuditSession {
    /// Begins a judgement of several rows or tiles, or the undo or redo of one, if it concerns more
    /// than `at_once` rows; `None` for all else, which [`AuditSession::apply`] does.
    pub fn begin(&mut self, action: &JudgeAction, at: Timestamp, at_once: usize) -> Option<LongStep> {
        let is_long = |step: &&UndoStep| {
            let repeats = || (0..step.edits.len()).any(|edit| step.repeats(edit));
            step.edits.len() > at_once && step.is_bulk() && !repeats()
        };
        let work = match action {
            JudgeAction::Rows(rows, action) if rows.len() > at_once => rows_work(rows, action),
            JudgeAction::Tiles(marks) if marks.len() > at_once => tiles_work(marks),
            // A repeated mark is undone by other rows' marks, which needs the whole step.
            JudgeAction::Undo if self.history.undo.last().as_ref().is_some_and(is_long) => {
                Work::Undo(self.history.undo.pop()?)
            }
            JudgeAction::Redo if self.history.redo.last().as_ref().is_some_and(is_long) => {
                Work::Redo(self.history.redo.pop()?)
            }
            _ => return None,
        };
        Some(self.long_step(work, at))
    }

    /// Performs the next row of a step. Returns `false` if none is left.
    pub fn advance(&mut self, step: &mut LongStep) -> bool {
        let at = step.done;
        let (edits, undoes): (Vec<UndoEdit>, Option<StepId>) = match &step.work {
            Work::Rows(rows, action) => {
                let Some(row) = rows.get(at) else { return false };
                (self.edits_of_row(*row, |sample, judgement| action.changes(sample, judgement)), None)
            }
            Work::Tiles(rows, marks) => {
                let Some(row) = rows.get(at) else { return false };
                let of_row = marks.get(row).map_or(&[][..], Vec::as_slice);
                (self.edits_of_row(*row, |sample, judgement| super::bulk::mark_all(sample, judgement, of_row)), None)
            }
            Work::Undo(undone) => {
                let Some(edit) = undone.edits.iter().rev().nth(at) else { return false };
                (self.edit_again(&edit.turned()).into_iter().collect(), Some(undone.id.clone()))
            }
            Work::Redo(redone) => {
                let Some(edit) = redone.edits.get(at) else { return false };
                (self.edit_again(edit).into_iter().collect(), Some(redone.id.clone()))
            }
        };
        step.done += 1;
        let Some(first) = edits.first() else { return true };
        let sample = first.sample;
        for edit in edits {
            step.events.push(self.store_edit(&mut step.builder, &edit, undoes.as_ref()));
            step.edits.push(edit);
        }
        self.refresh(sample, &|_| step.at);
        // The edits of a row follow each other.
        if step.samples.last().is_none_or(|last| last.key != sample) {
            step.samples.extend(self.record(sample));
        }
        true
    }

    /// Ends a step. A judgement may end before all its rows were done: the step is those that were.
    /// An undo or redo must not: what is left of it could not be undone any more.
    pub fn finish(&mut self, step: LongStep) -> FinishedStep {
        let LongStep { work, at, edits, events, samples, .. } = step;
        let first = events.first().map(|event| event.step.clone());
        match (work, first) {
            (Work::Rows(..) | Work::Tiles(..), Some(id)) => {
                let original_id = id.clone();
                self.history.push(UndoStep { id, original_id, edits, at, kind: UndoStepKind::Judged });
            }
            (Work::Undo(step), Some(id)) => self.history.undone(step, id),
            (Work::Redo(step), Some(id)) => self.history.redone(step, id),
            // Every field was changed elsewhere since: nothing is left to undo.
            (_, None) => {}
        }
        FinishedStep { effect: ActionEffect::new(events, None, None), samples }
    }

    /// Performs a judgement of several rows at once.
    pub(super) fn apply_rows(&mut self, rows: &[SampleIndex], action: &RowsAction, at: Timestamp) -> ActionEffect {
        let step = self.long_step(rows_work(rows, action), at);
        self.run(step)
    }

    /// Performs marks of tiles of several rows at once.
    pub(super) fn apply_marks(&mut self, marks: &[TileMark], at: Timestamp) -> ActionEffect {
        let step = self.long_step(tiles_work(marks), at);
        self.run(step)
    }

    fn run(&mut self, mut step: LongStep) -> ActionEffect {
        while self.advance(&mut step) {}
        self.finish(step).effect
    }

    fn long_step(&self, work: Work, at: Timestamp) -> LongStep {
        let builder = StepEventBuilder::new(self.id.clone(), self.last_seq, self.annotator.clone(), at);
        LongStep { work, at, builder, done: 0, edits: Vec::new(), events: Vec::new(), samples: Vec::new(), told: 0 }
    }

    /// The edit of an undo or redo, if its field still has the value that it starts from.
    fn edit_again(&self, edit: &UndoEdit) -> Option<UndoEdit> {
        let (before, origin_before) = PendingEdits::default().present(self, edit);
        let edit = UndoEdit { origin_before, ..edit.clone() };
        (before == edit.before && !edit.changes_nothing()).then_some(edit)
    }

    fn record(&mut self, key: SampleKey) -> Option<SampleRecord> {
        let index = self.dataset.find(key)?;
        let sample = self.sample(index)?;
        Some(SampleRecord::of_sample(&self.dataset, index, &sample))
    }
}

fn rows_work(rows: &[SampleIndex], action: &RowsAction) -> Work {
    Work::Rows(distinct(rows.iter().copied()), action.clone())
}

fn tiles_work(marks: &[TileMark]) -> Work {
    let mut by_row: HashMap<SampleIndex, Vec<TileMark>> = HashMap::new();
    marks.iter().for_each(|mark| by_row.entry(mark.sample).or_default().push(mark.clone()));
    Work::Tiles(distinct(marks.iter().map(|mark| mark.sample)), by_row)
}

/// The rows without repetitions, in their order.
fn distinct(rows: impl Iterator<Item = SampleIndex>) -> Vec<SampleIndex> {
    let mut done = rustc_hash::FxHashSet::default();
    rows.filter(|row| done.insert(*row)).collect()
}
