//! Moves in the history: undo, redo, going back over many steps at once, and bringing back what was abandoned.
//!
//! Each is a step like any other, so one undo takes it back. Fields that were changed elsewhere since stay as they are.

use std::collections::{HashMap, HashSet};

use tilejury_data::{SampleKey, TilePath};

use super::{Applied, AuditSession};
use crate::event::StepId;
use crate::history::{UndoEdit, UndoStep, UndoStepKind};
use crate::judgement::{FieldChange, Judgement};
use crate::origin::{FieldKey, Origin, field_of};
use crate::time::Timestamp;

/// How many steps a move in the history took back or did again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryMove {
    /// So many steps were taken back, at once.
    Undone(usize),
    /// Steps that had been taken back were done again, at once.
    Redone {
        /// How many.
        steps: usize,
        /// How many were not, because what they set was changed since.
        skipped: usize,
    },
}

/// What fields would hold, and how that came about, after edits that are not stored yet.
#[derive(Default)]
pub(super) struct PendingEdits {
    fields: HashMap<FieldKey, (FieldChange, Origin)>,
    /// In the order in which they were edited.
    edited: Vec<FieldKey>,
}

impl PendingEdits {
    /// Of the field that an edit is about.
    pub(super) fn present(&self, session: &AuditSession, edit: &UndoEdit) -> (FieldChange, Origin) {
        let known = self.fields.get(&field_of(edit.sample, &edit.before)).cloned();
        known.unwrap_or_else(|| {
            let value = match session.judgements.get(&edit.sample) {
                Some(judgement) => judgement.present(&edit.before),
                None => Judgement::default().present(&edit.before),
            };
            (value, session.origins.get(edit.sample, &edit.before))
        })
    }

    /// Takes an edit in if its field is still at the value that the edit starts from. Returns what it changes now.
    fn take(&mut self, session: &AuditSession, edit: &UndoEdit) -> Option<UndoEdit> {
        let (before, origin_before) = self.present(session, edit);
        if before != edit.before {
            return None;
        }
        self.set(edit, (edit.after.clone(), edit.origin.clone()));
        Some(UndoEdit { origin_before, ..edit.clone() })
    }

    fn set(&mut self, edit: &UndoEdit, value: (FieldChange, Origin)) {
        let field = field_of(edit.sample, &edit.after);
        self.edited.push(field.clone());
        self.fields.insert(field, value);
    }

    /// The rows for which a tile is edited, the last edit first. A row can come twice.
    pub(super) fn rows(&self, tile: &TilePath) -> Vec<SampleKey> {
        let of_tile = self.edited.iter().rev().filter(|(_, _, of)| of.as_ref() == Some(tile));
        of_tile.map(|(sample, ..)| *sample).collect()
    }
}

impl AuditSession {
    pub(super) fn undo(&mut self, at: Timestamp) -> Applied {
        while let Some(mut step) = self.history.undo.pop() {
            let back = self.taking_back(&step, &mut PendingEdits::default());
            let events = self.store(&back, at, Some(&step.id));
            // A step whose every field was changed elsewhere since has nothing left to take back.
            let Some(first) = events.first() else {
                self.history.release(&mut step);
                continue;
            };
            let (sample, moved) = (self.sample_of(&step), step.kind.taken_back());
            self.history.undone(step, first.step.clone());
            return Applied { events, sample, moved };
        }
        Applied::default()
    }

    pub(super) fn redo(&mut self, at: Timestamp) -> Applied {
        while let Some(step) = self.history.redo.pop() {
            let again = self.doing_again(&step);
            let events = self.store(&again, at, Some(&step.id));
            if let Some(first) = events.first() {
                let (sample, moved) = (self.sample_of(&step), step.kind.done_again());
                self.history.redone(step, first.step.clone());
                return Applied { events, sample, moved };
            }
        }
        Applied::default()
    }

    /// Takes back every step above the first `depth` of the undo stack, in one step. Steps that went back themselves stay: the
    /// moment before them and the moment after them are the same.
    pub(super) fn go_back(&mut self, depth: usize, at: Timestamp) -> Applied {
        let mut ahead = PendingEdits::default();
        let mut edits: Vec<(UndoEdit, Option<StepId>)> = Vec::new();
        let mut names: Vec<StepId> = Vec::new();
        for step in self.history.undo.iter().skip(depth).rev().filter(|step| !step.went_back()) {
            for edit in self.taking_back(step, &mut ahead) {
                edits.push((edit, Some(step.id.clone())));
                if names.last() != Some(&step.made) {
                    names.push(step.made.clone());
                }
            }
        }
        let Some((first, _)) = edits.first() else { return Applied::default() };
        let (before, origin_before) = (first.before.clone(), first.origin_before.clone());
        let marker =
            UndoEdit { after: before.clone(), origin: origin_before.clone(), before, origin_before, ..first.clone() };
        edits.insert(0, (marker, None));
        let events = self.store_each(&edits, at);
        let moved = Some(HistoryMove::Undone(names.len()));
        if let Some(first) = events.first() {
            let edits = edits.into_iter().map(|(edit, _)| edit).collect();
            let step =
                UndoStep { id: first.step.clone(), made: first.step.clone(), edits, at, kind: UndoStepKind::Judged };
            self.history.push_went_back(step, names);
        }
        Applied { events, sample: None, moved }
    }

    /// Does the steps of a branch again, of which one was made under `name`; each whole, or not at all where what it set was changed since.
    pub(super) fn redo_branch(&mut self, name: &StepId, at: Timestamp) -> Applied {
        let brought = self.history.brought_back();
        let branch = self.history.branches().find(|branch| branch.iter().any(|step| step.made == *name));
        let mut ahead = PendingEdits::default();
        let mut edits: Vec<(UndoEdit, Option<StepId>)> = Vec::new();
        let (mut names, mut skipped, mut changed) = (Vec::new(), 0, HashSet::new());
        for step in branch.into_iter().flatten().filter(|step| !brought.contains(&step.made)) {
            let mut again: Vec<UndoEdit> = Vec::new();
            // What has its value already needs no edit.
            let based = |edit: &UndoEdit| !changed.contains(&edit.sample);
            let whole = step.edits.iter().all(based)
                && step.edits.iter().enumerate().all(|(at, edit)| match ahead.take(self, edit) {
                    Some(edit) => {
                        again.extend((!edit.changes_nothing() || step.repeats(at)).then_some(edit));
                        true
                    }
                    None => ahead.present(self, edit).0 == edit.after,
                });
            if !whole {
                skipped += 1;
                // What was built on it has nothing to stand on: a reason needs its verdict.
                changed.extend(step.edits.iter().map(|edit| edit.sample));
                for edit in again.into_iter().rev() {
                    ahead.set(&edit, (edit.before.clone(), edit.origin_before.clone()));
                }
                continue;
            }
            if !again.is_empty() {
                edits.extend(again.into_iter().map(|edit| (edit, Some(step.id.clone()))));
                names.push(step.made.clone());
            }
        }
        let moved = Some(HistoryMove::Redone { steps: names.len(), skipped });
        let events = self.store_each(&edits, at);
        if let Some(first) = events.first() {
            let edits = edits.into_iter().map(|(edit, _)| edit).collect();
            let kind = UndoStepKind::BroughtBack { steps: names };
            let (id, made) = (first.step.clone(), first.step.clone());
            self.history.push(UndoStep { id, made, edits, at, kind });
        }
        Applied { events, sample: None, moved }
    }

    /// The edits that take a step back, for the fields that are still at the values that it set. A mark that it repeated keeps its
    /// value, and is no longer the latest.
    fn taking_back(&self, step: &UndoStep, ahead: &mut PendingEdits) -> Vec<UndoEdit> {
        let turned = step.edits.iter().rev().filter_map(|edit| ahead.take(self, &edit.turned()));
        let mut back: Vec<UndoEdit> = turned.filter(|edit| !edit.changes_nothing()).collect();
        let repeats = step.edits.iter().enumerate().rev().filter(|(at, _)| step.repeats(*at));
        back.extend(repeats.filter_map(|(_, edit)| self.overruling(edit, ahead)));
        back
    }

    /// Those edits of a step whose fields are still at the values that they start from, one after the other.
    fn doing_again(&self, step: &UndoStep) -> Vec<UndoEdit> {
        let mut ahead = PendingEdits::default();
        let held = step.edits.iter().enumerate().filter_map(|(at, edit)| Some((at, ahead.take(self, edit)?)));
        held.filter(|(at, edit)| !edit.changes_nothing() || step.repeats(*at)).map(|(_, edit)| edit).collect()
    }

    /// The sample that a step is about. What went to other rows from the one on show brings nobody away from it.
    fn sample_of(&self, step: &UndoStep) -> Option<usize> {
        let one = step.kind == UndoStepKind::Judged && !step.carries_over();
        step.edits.first().filter(|_| one).and_then(|edit| self.dataset.find(edit.sample))
    }
}

impl UndoStepKind {
    fn taken_back(&self) -> Option<HistoryMove> {
        match self {
            Self::Judged => None,
            Self::HistoryMove { steps, .. } => Some(HistoryMove::Redone { steps: steps.len(), skipped: 0 }),
            Self::BroughtBack { steps } => Some(HistoryMove::Undone(steps.len())),
        }
    }

    fn done_again(&self) -> Option<HistoryMove> {
        match self {
            Self::Judged => None,
            Self::HistoryMove { steps, .. } => Some(HistoryMove::Undone(steps.len())),
            Self::BroughtBack { steps } => Some(HistoryMove::Redone { steps: steps.len(), skipped: 0 }),
        }
    }
}
