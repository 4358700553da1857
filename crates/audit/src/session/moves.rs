//! Moves in the history: undo, redo, going back over several steps at once, and restoring an
//! abandoned branch.
//!
//! Each is a step like any other, so one undo reverts it. Fields that were changed elsewhere since
//! keep their values.

use std::collections::{HashMap, HashSet};

use tilejury_data::{SampleIndex, SampleKey, TilePath};

use super::{ActionEffect, AuditSession, HistoryMove};
use crate::current_origins::{FieldKey, field_of};
use crate::history::{UndoEdit, UndoStep, UndoStepKind};
use crate::judgement::{FieldChange, Judgement};
use crate::origin::Origin;
use crate::step::StepId;
use crate::time::Timestamp;

/// The values and origins that fields will have after edits that are not stored yet.
#[derive(Default)]
pub(super) struct PendingEdits {
    fields: HashMap<FieldKey, (FieldChange, Origin)>,
    /// The fields in the order in which they were edited.
    edited: Vec<FieldKey>,
}

impl PendingEdits {
    /// The value and origin of the field that an edit changes.
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

    /// Adds an edit if its field still has the value that the edit starts from. Returns the edit
    /// with the current origin.
    fn add(&mut self, session: &AuditSession, edit: &UndoEdit) -> Option<UndoEdit> {
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

    /// The rows in which a tile is edited, the last edit first. A row can occur twice.
    pub(super) fn rows(&self, tile: &TilePath) -> Vec<SampleKey> {
        let edits = self.edited.iter().rev().filter(|(_, _, edited)| edited.as_ref() == Some(tile));
        edits.map(|(sample, ..)| *sample).collect()
    }
}

impl AuditSession {
    pub(super) fn undo(&mut self, at: Timestamp) -> ActionEffect {
        while let Some(mut step) = self.history.undo.pop() {
            let edits = self.undoing_edits(&step, &mut PendingEdits::default());
            let events = self.store(&edits, at, Some(&step.id));
            // If every field of the step was changed elsewhere since, nothing is left to undo.
            let Some(first) = events.first() else {
                self.history.release(&mut step);
                continue;
            };
            let (sample, moved) = (self.sample_of(&step), step.kind.move_on_undo());
            self.history.undone(step, first.step.clone());
            return ActionEffect::new(events, sample, moved);
        }
        ActionEffect::default()
    }

    pub(super) fn redo(&mut self, at: Timestamp) -> ActionEffect {
        while let Some(step) = self.history.redo.pop() {
            let edits = self.redoing_edits(&step);
            let events = self.store(&edits, at, Some(&step.id));
            if let Some(first) = events.first() {
                let (sample, moved) = (self.sample_of(&step), step.kind.move_on_redo());
                self.history.redone(step, first.step.clone());
                return ActionEffect::new(events, sample, moved);
            }
        }
        ActionEffect::default()
    }

    /// Undoes every step above the first `depth` of the undo stack, in one step. Steps that went
    /// back stay: the steps that they hold have left the stack, so the states before and after them
    /// are the same.
    pub(super) fn go_back(&mut self, depth: usize, at: Timestamp) -> ActionEffect {
        let mut pending = PendingEdits::default();
        let mut edits: Vec<(UndoEdit, Option<StepId>)> = Vec::new();
        let mut names: Vec<StepId> = Vec::new();
        for step in self.history.undo.iter().skip(depth).rev().filter(|step| !step.is_history_move()) {
            for edit in self.undoing_edits(step, &mut pending) {
                edits.push((edit, Some(step.id.clone())));
                if names.last() != Some(&step.original_id) {
                    names.push(step.original_id.clone());
                }
            }
        }
        let Some((first, _)) = edits.first() else { return ActionEffect::default() };
        let (before, origin_before) = (first.before.clone(), first.origin_before.clone());
        let marker =
            UndoEdit { after: before.clone(), origin: origin_before.clone(), before, origin_before, ..first.clone() };
        edits.insert(0, (marker, None));
        let events = self.store_each(&edits, at);
        let moved = Some(HistoryMove::Undone(names.len()));
        if let Some(first) = events.first() {
            let edits = edits.into_iter().map(|(edit, _)| edit).collect();
            let step = UndoStep {
                id: first.step.clone(),
                original_id: first.step.clone(),
                edits,
                at,
                kind: UndoStepKind::Judged,
            };
            self.history.push_history_move(step, names);
        }
        ActionEffect::new(events, None, moved)
    }

    /// Redoes the steps of a branch, one of which was made under `name`. Each step is redone whole,
    /// or skipped if its fields were changed since.
    pub(super) fn redo_branch(&mut self, name: &StepId, at: Timestamp) -> ActionEffect {
        let restored = self.history.restored();
        let branch = self.history.branches().find(|branch| branch.iter().any(|step| step.original_id == *name));
        let mut pending = PendingEdits::default();
        let mut edits: Vec<(UndoEdit, Option<StepId>)> = Vec::new();
        let (mut names, mut skipped, mut changed) = (Vec::new(), 0, HashSet::new());
        for step in branch.into_iter().flatten().filter(|step| !restored.contains(&step.original_id)) {
            let mut redone: Vec<UndoEdit> = Vec::new();
            // A field that already has the value needs no edit.
            let is_unchanged = |edit: &UndoEdit| !changed.contains(&edit.sample);
            let whole = step.edits.iter().all(is_unchanged)
                && step.edits.iter().enumerate().all(|(at, edit)| match pending.add(self, edit) {
                    Some(edit) => {
                        // A mark is repeated against another one. If that is gone, repeating it
                        // would be a step that no undo could revert.
                        let repeats = || step.repeats(at) && self.overruling(&edit, &pending).is_some();
                        if !edit.changes_nothing() || repeats() {
                            redone.push(edit);
                        }
                        true
                    }
                    None => pending.present(self, edit).0 == edit.after,
                });
            if !whole {
                skipped += 1;
                // Later steps on the same samples depend on it: a reason needs its verdict.
                changed.extend(step.edits.iter().map(|edit| edit.sample));
                for edit in redone.into_iter().rev() {
                    pending.set(&edit, (edit.before.clone(), edit.origin_before.clone()));
                }
                continue;
            }
            if !redone.is_empty() {
                edits.extend(redone.into_iter().map(|edit| (edit, Some(step.id.clone()))));
                names.push(step.original_id.clone());
            }
        }
        let moved = Some(HistoryMove::Redone { steps: names.len(), skipped });
        let events = self.store_each(&edits, at);
        if let Some(first) = events.first() {
            let edits = edits.into_iter().map(|(edit, _)| edit).collect();
            let kind = UndoStepKind::Restored { steps: names };
            let (id, original_id) = (first.step.clone(), first.step.clone());
            self.history.push(UndoStep { id, original_id, edits, at, kind });
        }
        ActionEffect::new(events, None, moved)
    }

    /// The edits that undo a step, for the fields that still have the values that it set. A mark
    /// that the step repeated keeps its value, but stops being the latest.
    fn undoing_edits(&self, step: &UndoStep, pending: &mut PendingEdits) -> Vec<UndoEdit> {
        let reversed = step.edits.iter().rev().filter_map(|edit| pending.add(self, &edit.turned()));
        let mut edits: Vec<UndoEdit> = reversed.filter(|edit| !edit.changes_nothing()).collect();
        let repeats = step.edits.iter().enumerate().rev().filter(|(at, _)| step.repeats(*at));
        edits.extend(repeats.filter_map(|(_, edit)| self.overruling(edit, pending)));
        edits
    }

    /// The edits of a step whose fields still have the values that they start from, in order.
    fn redoing_edits(&self, step: &UndoStep) -> Vec<UndoEdit> {
        let mut pending = PendingEdits::default();
        let possible = step.edits.iter().enumerate().filter_map(|(at, edit)| Some((at, pending.add(self, edit)?)));
        possible.filter(|(at, edit)| !edit.changes_nothing() || step.repeats(*at)).map(|(_, edit)| edit).collect()
    }

    /// The sample that a step is about. A propagation or a bulk judgement changed other rows than
    /// the current one, so its undo does not leave that row.
    fn sample_of(&self, step: &UndoStep) -> Option<SampleIndex> {
        let one = step.kind == UndoStepKind::Judged && !step.is_propagation() && !step.is_bulk();
        step.edits.first().filter(|_| one).and_then(|edit| self.dataset.find(edit.sample))
    }
}

impl UndoStepKind {
    fn move_on_undo(&self) -> Option<HistoryMove> {
        match self {
            Self::Judged => None,
            Self::HistoryMove { steps, .. } => Some(HistoryMove::Redone { steps: steps.len(), skipped: 0 }),
            Self::Restored { steps } => Some(HistoryMove::Undone(steps.len())),
        }
    }

    fn move_on_redo(&self) -> Option<HistoryMove> {
        match self {
            Self::Judged => None,
            Self::HistoryMove { steps, .. } => Some(HistoryMove::Undone(steps.len())),
            Self::Restored { steps } => Some(HistoryMove::Redone { steps: steps.len(), skipped: 0 }),
        }
    }
}
