//! The undo history: undo and redo, going back, and restoring abandoned branches. An undo is a new
//! step that restores the earlier values. Nothing is ever deleted, so the stacks and all abandoned
//! branches can be rebuilt from the events after a restart.
//!
//! Holds steps and their order. Must not know how values are stored or what a sample is now: the
//! session does.

mod lines;
mod words;

use std::collections::HashSet;

use tilejury_data::SampleKey;

use crate::current_origins::CurrentOrigins;
use crate::event::Event;
use crate::judgement::{FieldChange, Judgements};
use crate::origin::Origin;
use crate::step::StepId;
use crate::time::Timestamp;

pub use lines::HistoryLine;

/// One field of one sample, with its values before and after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoEdit {
    /// The sample.
    pub sample: SampleKey,
    /// The change that would restore the value before.
    pub before: FieldChange,
    /// The change that the step made.
    pub after: FieldChange,
    /// The origin of the value before.
    pub origin_before: Origin,
    /// The origin of the value after.
    pub origin: Origin,
}

/// A step that can be undone or redone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoStep {
    /// The current id. On the redo stack: the id of the undo that put it there.
    pub id: StepId,
    /// The id that it was made under. It never changes; `id` changes whenever the step is undone or
    /// redone.
    pub original_id: StepId,
    /// Its edits, in order.
    pub edits: Vec<UndoEdit>,
    /// The time at which it was first made.
    pub at: Timestamp,
    /// The kind of step.
    pub kind: UndoStepKind,
}

/// Whether a step judged, or moved in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoStepKind {
    /// A verdict, marks, reasons, a note or tags.
    Judged,
    /// It undid other steps at once.
    HistoryMove {
        /// The ids that those steps were made under.
        steps: Vec<StepId>,
        /// Those steps, each with its index on the undo stack; empty while this step is itself
        /// undone.
        held: Vec<(usize, UndoStep)>,
    },
    /// It redid undone steps although other steps had been made since.
    Restored {
        /// The ids that those steps were made under.
        steps: Vec<StepId>,
    },
}

/// The steps of one annotator.
#[derive(Clone, Debug, Default)]
pub struct UndoHistory {
    /// The steps that undo reverts, from the end.
    pub undo: Vec<UndoStep>,
    /// The steps that redo restores, from the end.
    pub redo: Vec<UndoStep>,
    /// Steps that were undone one by one and then overtaken by a new step: branch after branch,
    /// each in order of time.
    pub abandoned: Vec<Vec<UndoStep>>,
}

impl UndoHistory {
    /// Adds a step that was just made. All steps that could be redone until now become an abandoned
    /// branch.
    pub fn push(&mut self, step: UndoStep) {
        self.undo.push(step);
        // A move in the history has no value of its own: the steps that it moved are kept
        // elsewhere.
        let overtaken = self.redo.drain(..).rev().filter(|step| step.kind == UndoStepKind::Judged);
        let branch: Vec<UndoStep> = overtaken.collect();
        if !branch.is_empty() {
            self.abandoned.push(branch);
        }
    }

    /// Adds a step that went back. From now on it holds the steps that were made under these ids.
    pub fn push_history_move(&mut self, step: UndoStep, names: Vec<StepId>) {
        let held = self.hold(&names);
        self.push(UndoStep { kind: UndoStepKind::HistoryMove { steps: names, held }, ..step });
    }

    /// Records that a step of the undo stack was undone by the step `by`.
    pub fn undone(&mut self, mut step: UndoStep, by: StepId) {
        self.release(&mut step);
        self.redo.push(UndoStep { id: by, ..step });
    }

    /// Records that a step of the redo stack was redone by the step `by`.
    pub fn redone(&mut self, mut step: UndoStep, by: StepId) {
        if let UndoStepKind::HistoryMove { steps, held } = &mut step.kind {
            *held = self.hold(steps);
        }
        self.undo.push(UndoStep { id: by, ..step });
    }

    /// Returns the steps that a go-back step holds to the undo stack.
    pub fn release(&mut self, step: &mut UndoStep) {
        if let UndoStepKind::HistoryMove { held, .. } = &mut step.kind {
            for (at, step) in held.drain(..) {
                self.undo.insert(at.min(self.undo.len()), step);
            }
        }
    }

    fn hold(&mut self, names: &[StepId]) -> Vec<(usize, UndoStep)> {
        let names: HashSet<&StepId> = names.iter().collect();
        let steps = std::mem::take(&mut self.undo);
        let (held, kept): (Vec<_>, Vec<_>) =
            steps.into_iter().enumerate().partition(|(_, step)| names.contains(&step.original_id));
        self.undo = kept.into_iter().map(|(_, step)| step).collect();
        held
    }

    /// All branches that can be restored, each in order of time: the abandoned ones, and the steps
    /// that go-back steps hold.
    pub fn branches(&self) -> impl Iterator<Item = Vec<&UndoStep>> {
        let held = self.undo.iter().filter_map(UndoStep::held).filter(|held| !held.is_empty());
        let held = held.map(|held| held.iter().map(|(_, step)| step).collect());
        self.abandoned.iter().map(|branch| branch.iter().collect()).chain(held)
    }

    /// The steps that were restored and not undone since, by the ids that they were made under.
    pub fn restored(&self) -> HashSet<&StepId> {
        let steps = self.undo.iter().filter_map(|step| match &step.kind {
            UndoStepKind::Restored { steps } => Some(steps),
            _ => None,
        });
        steps.flatten().collect()
    }

    /// Removes the steps that touch any sample for which `known` is false. From moves in the
    /// history, removes only the edits of such samples.
    pub fn retain(&mut self, known: impl Fn(SampleKey) -> bool) {
        for stack in [&mut self.undo, &mut self.redo].into_iter().chain(&mut self.abandoned) {
            stack.retain_mut(|step| step.retain(&known));
        }
        self.abandoned.retain(|branch| !branch.is_empty());
    }

    /// Removes the steps of some sessions, also where a move in the history holds them.
    pub fn remove_sessions(&mut self, is_removed: impl Fn(&str) -> bool) {
        for stack in [&mut self.undo, &mut self.redo].into_iter().chain(&mut self.abandoned) {
            stack.retain_mut(|step| {
                if let UndoStepKind::HistoryMove { held, .. } = &mut step.kind {
                    held.retain(|(_, step)| !is_removed(&step.original_id.session));
                }
                !is_removed(&step.original_id.session)
            });
        }
        self.abandoned.retain(|branch| !branch.is_empty());
    }

    /// Replays one annotator's events, in stored order, onto `judgements` and `origins`, and
    /// returns the resulting history.
    pub fn replay(events: &[Event], judgements: &mut Judgements, origins: &mut CurrentOrigins) -> Self {
        let mut history = Self::default();
        for step in events.chunk_by(|a, b| a.step == b.step) {
            let edits: Vec<UndoEdit> = step
                .iter()
                .map(|event| {
                    let judgement = judgements.entry(event.sample).or_default();
                    let before = judgement.present(&event.change);
                    judgement.apply(event.change.clone());
                    let origin_before = origins.get(event.sample, &event.change);
                    origins.set(event.sample, &event.change, event.origin.clone());
                    let (after, origin) = (event.change.clone(), event.origin.clone());
                    UndoEdit { sample: event.sample, before, after, origin_before, origin }
                })
                .collect();
            history.add_events(step, edits);
        }
        judgements.retain(|_, judgement| !judgement.is_empty());
        history
    }

    /// Adds the events of one step. Each event of an undo or redo names the one step that it undoes
    /// or redoes. A go-back step begins with an event that changes nothing and names no step; each
    /// of its other events names the step that it undoes. So even going back by a single step
    /// differs from an undo. A restored branch names steps that are on neither stack.
    fn add_events(&mut self, events: &[Event], edits: Vec<UndoEdit>) {
        let Some(first) = events.first() else { return };
        let id = first.step.clone();
        let mut names: Vec<StepId> = Vec::new();
        for name in events.iter().filter_map(|event| event.undoes.as_ref()) {
            if names.last() != Some(name) {
                names.push(name.clone());
            }
        }
        let step =
            UndoStep { original_id: id.clone(), id: id.clone(), edits, at: first.at, kind: UndoStepKind::Judged };
        let at = |stack: &[UndoStep], name: &StepId| stack.iter().rposition(|step| step.id == *name);
        match (names.as_slice(), &first.undoes) {
            ([], _) => self.push(step),
            (_, None) => {
                let original_id = original_ids(self.undo.iter(), &names);
                self.push_history_move(step, original_id);
            }
            ([one], _) if let Some(at) = at(&self.undo, one) => {
                let step = self.undo.remove(at);
                self.undone(step, id);
            }
            ([one], _) if let Some(at) = at(&self.redo, one) => {
                let step = self.redo.remove(at);
                self.redone(step, id);
            }
            _ => {
                let steps = original_ids(self.branches().flatten(), &names);
                let kind = if steps.is_empty() { UndoStepKind::Judged } else { UndoStepKind::Restored { steps } };
                self.push(UndoStep { kind, ..step });
            }
        }
    }
}

/// The original ids of the steps whose current ids are `names`.
fn original_ids<'s>(steps: impl Iterator<Item = &'s UndoStep>, names: &[StepId]) -> Vec<StepId> {
    let names: HashSet<&StepId> = names.iter().collect();
    steps.filter(|step| names.contains(&step.id)).map(|step| step.original_id.clone()).collect()
}

impl UndoStep {
    /// Whether it undid other steps at once.
    pub fn is_history_move(&self) -> bool {
        matches!(self.kind, UndoStepKind::HistoryMove { .. })
    }

    /// Whether an edit repeats a mark, so that it becomes the latest. The first edit of a go-back
    /// step changes nothing either, but is only the marker of such a step.
    pub fn repeats(&self, at: usize) -> bool {
        let is_marker = at == 0 && self.is_history_move();
        !is_marker && self.edits.get(at).is_some_and(|edit| edit.changes_nothing() && edit.after.tile().is_some())
    }

    /// Whether it applied a mark to other rows. A repeated mark has the origin of the first time.
    pub fn is_propagation(&self) -> bool {
        let mut edits = self.edits.iter().enumerate();
        edits.any(|(at, edit)| edit.origin.propagated_from.is_some() && !self.repeats(at))
    }

    /// Whether it judged several rows or tiles at once.
    pub fn is_bulk(&self) -> bool {
        self.kind == UndoStepKind::Judged && self.edits.iter().any(|edit| edit.origin.bulk)
    }

    fn held(&self) -> Option<&[(usize, Self)]> {
        match &self.kind {
            UndoStepKind::HistoryMove { held, .. } => Some(held),
            _ => None,
        }
    }

    /// Removes the edits of unknown samples. Returns whether anything of the step remains.
    fn retain(&mut self, known: &impl Fn(SampleKey) -> bool) -> bool {
        if self.kind == UndoStepKind::Judged {
            return self.edits.iter().all(|edit| known(edit.sample));
        }
        self.edits.retain(|edit| known(edit.sample));
        if let UndoStepKind::HistoryMove { held, .. } = &mut self.kind {
            held.retain_mut(|(_, step)| step.retain(known));
        }
        !self.edits.is_empty()
    }
}

impl UndoEdit {
    /// The edit that reverts this one.
    pub fn turned(&self) -> Self {
        Self {
            sample: self.sample,
            before: self.after.clone(),
            after: self.before.clone(),
            origin_before: self.origin.clone(),
            origin: self.origin_before.clone(),
        }
    }

    /// Whether it changes neither the value nor the origin.
    pub fn changes_nothing(&self) -> bool {
        self.before == self.after && self.origin_before == self.origin
    }
}
