//! Moves in the history: undo, redo, going back over many steps at once, and bringing back what was abandoned.
//!
//! Each is a step like any other, so one undo takes it back. Fields that were changed elsewhere since stay as they are.

use std::collections::{HashMap, HashSet};

use super::{Applied, AuditSession};
use crate::event::StepId;
use crate::history::{Edit, Step, StepKind};
use crate::judgement::{Change, Judgement};
use crate::origin::{Field, Origin, field_of};
use crate::time::Timestamp;

/// How many steps a move in the history took back or did again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many steps were taken back, at once.
    TookBack(usize),
    /// Steps that had been taken back were done again, at once.
    BroughtBack {
        /// How many.
        steps: usize,
        /// How many were not, because what they set was changed since.
        skipped: usize,
    },
}

/// What fields would hold, and how that came about, after edits that are not stored yet.
#[derive(Default)]
struct Ahead(HashMap<Field, (Change, Origin)>);

impl Ahead {
    fn present(&self, session: &AuditSession, edit: &Edit) -> (Change, Origin) {
        let known = self.0.get(&field_of(edit.sample, &edit.before)).cloned();
        known.unwrap_or_else(|| {
            let value = match session.judgements.get(&edit.sample) {
                Some(judgement) => judgement.present(&edit.before),
                None => Judgement::default().present(&edit.before),
            };
            (value, session.origins.get(edit.sample, &edit.before))
        })
    }

    /// Takes an edit in if its field is still at the value that the edit starts from. Returns what it changes now.
    fn take(&mut self, session: &AuditSession, edit: &Edit) -> Option<Edit> {
        let (before, origin_before) = self.present(session, edit);
        if before != edit.before {
            return None;
        }
        self.set(edit, (edit.after.clone(), edit.origin.clone()));
        Some(Edit { origin_before, ..edit.clone() })
    }

    fn set(&mut self, edit: &Edit, value: (Change, Origin)) {
        self.0.insert(field_of(edit.sample, &edit.after), value);
    }
}

impl AuditSession {
    pub(super) fn undo(&mut self, at: Timestamp) -> Applied {
        while let Some(mut step) = self.history.undo.pop() {
            let back = self.holding(step.edits.iter().rev().map(Edit::turned));
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
            let again = self.holding(step.edits.iter().cloned());
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
        let mut ahead = Ahead::default();
        let mut edits: Vec<(Edit, Option<StepId>)> = Vec::new();
        let mut names: Vec<StepId> = Vec::new();
        for step in self.history.undo.iter().skip(depth).rev().filter(|step| !step.went_back()) {
            for edit in step.edits.iter().rev().filter_map(|edit| ahead.take(self, &edit.turned())) {
                if edit.changes_nothing() {
                    continue;
                }
                edits.push((edit, Some(step.id.clone())));
                if names.last() != Some(&step.made) {
                    names.push(step.made.clone());
                }
            }
        }
        let Some((first, _)) = edits.first() else { return Applied::default() };
        let (before, origin_before) = (first.before.clone(), first.origin_before.clone());
        let marker =
            Edit { after: before.clone(), origin: origin_before.clone(), before, origin_before, ..first.clone() };
        edits.insert(0, (marker, None));
        let events = self.store_each(&edits, at);
        let moved = Some(Moved::TookBack(names.len()));
        if let Some(first) = events.first() {
            let edits = edits.into_iter().map(|(edit, _)| edit).collect();
            let step = Step { id: first.step.clone(), made: first.step.clone(), edits, at, kind: StepKind::Judged };
            self.history.push_went_back(step, names);
        }
        Applied { events, sample: None, moved }
    }

    /// Does the steps of a branch again, of which one was made under `name`; each whole, or not at all where what it set was changed since.
    pub(super) fn bring_back(&mut self, name: &StepId, at: Timestamp) -> Applied {
        let brought = self.history.brought_back();
        let branch = self.history.branches().find(|branch| branch.iter().any(|step| step.made == *name));
        let mut ahead = Ahead::default();
        let mut edits: Vec<(Edit, Option<StepId>)> = Vec::new();
        let (mut names, mut skipped, mut changed) = (Vec::new(), 0, HashSet::new());
        for step in branch.into_iter().flatten().filter(|step| !brought.contains(&step.made)) {
            let mut again: Vec<Edit> = Vec::new();
            // What has its value already needs no edit.
            let based = |edit: &Edit| !changed.contains(&edit.sample);
            let whole = step.edits.iter().all(based)
                && step.edits.iter().all(|edit| match ahead.take(self, edit) {
                    Some(edit) => {
                        again.push(edit);
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
            again.retain(|edit| !edit.changes_nothing());
            if !again.is_empty() {
                edits.extend(again.into_iter().map(|edit| (edit, Some(step.id.clone()))));
                names.push(step.made.clone());
            }
        }
        let moved = Some(Moved::BroughtBack { steps: names.len(), skipped });
        let events = self.store_each(&edits, at);
        if let Some(first) = events.first() {
            let edits = edits.into_iter().map(|(edit, _)| edit).collect();
            let kind = StepKind::BroughtBack { steps: names };
            let (id, made) = (first.step.clone(), first.step.clone());
            self.history.push(Step { id, made, edits, at, kind });
        }
        Applied { events, sample: None, moved }
    }

    /// Those edits whose fields are still at the values that they start from, one after the other.
    fn holding(&self, edits: impl Iterator<Item = Edit>) -> Vec<Edit> {
        let mut ahead = Ahead::default();
        let held = edits.filter_map(|edit| ahead.take(self, &edit));
        held.filter(|edit| !edit.changes_nothing()).collect()
    }

    /// The sample that a step is about. What went to other rows from the one on show brings nobody away from it.
    fn sample_of(&self, step: &Step) -> Option<usize> {
        let carried = step.edits.iter().any(|edit| edit.origin.propagated_from.is_some());
        let one = step.kind == StepKind::Judged && !carried;
        step.edits.first().filter(|_| one).and_then(|edit| self.dataset.find(edit.sample))
    }
}

impl StepKind {
    fn taken_back(&self) -> Option<Moved> {
        match self {
            Self::Judged => None,
            Self::WentBack { steps, .. } => Some(Moved::BroughtBack { steps: steps.len(), skipped: 0 }),
            Self::BroughtBack { steps } => Some(Moved::TookBack(steps.len())),
        }
    }

    fn done_again(&self) -> Option<Moved> {
        match self {
            Self::Judged => None,
            Self::WentBack { steps, .. } => Some(Moved::TookBack(steps.len())),
            Self::BroughtBack { steps } => Some(Moved::BroughtBack { steps: steps.len(), skipped: 0 }),
        }
    }
}
