//! Undo and redo, going back and bringing back. An undo is a new step that restores the values before; nothing is ever deleted,
//! so the stacks, and every branch that was abandoned, can be rebuilt from the events after a restart.
//!
//! Holds steps and their order. Must not know how values are stored or what a sample is now: that is the session's.

mod lines;
mod words;

use std::collections::HashSet;

use tilejury_data::SampleKey;

use crate::event::{Event, StepId};
use crate::judgement::{FieldChange, Judgements};
use crate::origin::{Origin, Origins};
use crate::time::Timestamp;

pub use lines::HistoryLine;

/// One field of one sample: its value before and after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoEdit {
    /// The sample.
    pub sample: SampleKey,
    /// What would restore the value before.
    pub before: FieldChange,
    /// What the step set.
    pub after: FieldChange,
    /// How the value before had come about.
    pub origin_before: Origin,
    /// How the value came about that the step set.
    pub origin: Origin,
}

/// A step that can be taken back, or done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoStep {
    /// The step's name. On the redo stack: the name of the undo that put it there.
    pub id: StepId,
    /// The name that it was made under. It never changes; `id` does when the step is taken back or done again.
    pub made: StepId,
    /// What it changed, in order.
    pub edits: Vec<UndoEdit>,
    /// When it was made first.
    pub at: Timestamp,
    /// What kind of step it is.
    pub kind: UndoStepKind,
}

/// Whether a step judged, or moved in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoStepKind {
    /// A verdict, marks, reasons, a note or tags.
    Judged,
    /// Other steps were taken back, all at once.
    HistoryMove {
        /// The names they were made under.
        steps: Vec<StepId>,
        /// Those steps, each with its place on the undo stack; empty while this step is taken back itself.
        held: Vec<(usize, UndoStep)>,
    },
    /// Steps that had been taken back were done again, although others were made since.
    BroughtBack {
        /// The names they were made under.
        steps: Vec<StepId>,
    },
}

/// The steps of one annotator.
#[derive(Clone, Debug, Default)]
pub struct UndoHistory {
    /// What undo takes back, last first.
    pub undo: Vec<UndoStep>,
    /// What redo does again, last first.
    pub redo: Vec<UndoStep>,
    /// Steps that were taken back one by one and then overtaken by a new one: branch after branch, each in order of time.
    pub abandoned: Vec<Vec<UndoStep>>,
}

impl UndoHistory {
    /// Takes in a step that was just made. What could be done again until now is an abandoned branch from here on.
    pub fn push(&mut self, step: UndoStep) {
        self.undo.push(step);
        // A move in the history said nothing by itself: what it moved is kept elsewhere.
        let overtaken = self.redo.drain(..).rev().filter(|step| step.kind == UndoStepKind::Judged);
        let branch: Vec<UndoStep> = overtaken.collect();
        if !branch.is_empty() {
            self.abandoned.push(branch);
        }
    }

    /// Takes in a step that went back: it holds the steps that were made under these names from now on.
    pub fn push_went_back(&mut self, step: UndoStep, names: Vec<StepId>) {
        let held = self.hold(&names);
        self.push(UndoStep { kind: UndoStepKind::HistoryMove { steps: names, held }, ..step });
    }

    /// Takes in that a step of the undo stack was taken back, by a step with this name.
    pub fn undone(&mut self, mut step: UndoStep, by: StepId) {
        self.release(&mut step);
        self.redo.push(UndoStep { id: by, ..step });
    }

    /// Takes in that a step of the redo stack was done again, by a step with this name.
    pub fn redone(&mut self, mut step: UndoStep, by: StepId) {
        if let UndoStepKind::HistoryMove { steps, held } = &mut step.kind {
            *held = self.hold(steps);
        }
        self.undo.push(UndoStep { id: by, ..step });
    }

    /// Puts back what a step that went back holds.
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
        let (held, left): (Vec<_>, Vec<_>) =
            steps.into_iter().enumerate().partition(|(_, step)| names.contains(&step.made));
        self.undo = left.into_iter().map(|(_, step)| step).collect();
        held
    }

    /// Every branch that can be brought back, each in order of time: what was abandoned, and what steps that went back hold.
    pub fn branches(&self) -> impl Iterator<Item = Vec<&UndoStep>> {
        let held = self.undo.iter().filter_map(UndoStep::held).filter(|held| !held.is_empty());
        let held = held.map(|held| held.iter().map(|(_, step)| step).collect());
        self.abandoned.iter().map(|branch| branch.iter().collect()).chain(held)
    }

    /// Taken-back steps that were brought back, and stand, by the names they were made under.
    pub fn brought_back(&self) -> HashSet<&StepId> {
        let steps = self.undo.iter().filter_map(|step| match &step.kind {
            UndoStepKind::BroughtBack { steps } => Some(steps),
            _ => None,
        });
        steps.flatten().collect()
    }

    /// Forgets the steps that touch any sample that `known` does not admit; of moves in the history, what they did to such samples.
    pub fn retain(&mut self, known: impl Fn(SampleKey) -> bool) {
        for stack in [&mut self.undo, &mut self.redo].into_iter().chain(&mut self.abandoned) {
            stack.retain_mut(|step| step.retain(&known));
        }
        self.abandoned.retain(|branch| !branch.is_empty());
    }

    /// Replays one annotator's events, in their stored order, onto `judgements` and `origins`, and returns the stacks they
    /// leave.
    pub fn replay(events: &[Event], judgements: &mut Judgements, origins: &mut Origins) -> Self {
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

    /// Takes in the events of one step. An undo, and a redo, names the one step that it takes back in each of its events. A step
    /// that went back begins with an event that changes nothing and names none; each other one names the step that it takes
    /// back. So even going back by a single step is no undo. What is brought back names steps that lie on neither stack.
    fn add_events(&mut self, events: &[Event], edits: Vec<UndoEdit>) {
        let Some(first) = events.first() else { return };
        let id = first.step.clone();
        let mut names: Vec<StepId> = Vec::new();
        for name in events.iter().filter_map(|event| event.undoes.as_ref()) {
            if names.last() != Some(name) {
                names.push(name.clone());
            }
        }
        let step = UndoStep { made: id.clone(), id: id.clone(), edits, at: first.at, kind: UndoStepKind::Judged };
        let at = |stack: &[UndoStep], name: &StepId| stack.iter().rposition(|step| step.id == *name);
        match (names.as_slice(), &first.undoes) {
            ([], _) => self.push(step),
            (_, None) => {
                let made = made_as(self.undo.iter(), &names);
                self.push_went_back(step, made);
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
                let steps = made_as(self.branches().flatten(), &names);
                let kind = if steps.is_empty() { UndoStepKind::Judged } else { UndoStepKind::BroughtBack { steps } };
                self.push(UndoStep { kind, ..step });
            }
        }
    }
}

/// The names that steps were made under which are called by these names now.
fn made_as<'s>(steps: impl Iterator<Item = &'s UndoStep>, names: &[StepId]) -> Vec<StepId> {
    let names: HashSet<&StepId> = names.iter().collect();
    steps.filter(|step| names.contains(&step.id)).map(|step| step.made.clone()).collect()
}

impl UndoStep {
    /// Did it take back other steps?
    pub fn went_back(&self) -> bool {
        matches!(self.kind, UndoStepKind::HistoryMove { .. })
    }

    /// Does an edit repeat a mark, so that it is the latest? The first edit of a step that went back changes nothing either, and
    /// only says that it did.
    pub fn repeats(&self, at: usize) -> bool {
        let is_marker = at == 0 && self.went_back();
        !is_marker && self.edits.get(at).is_some_and(|edit| edit.changes_nothing() && edit.after.tile().is_some())
    }

    /// Did it apply a mark to other rows? A repeated mark has its origin from the first time.
    pub fn carries_over(&self) -> bool {
        let mut edits = self.edits.iter().enumerate();
        edits.any(|(at, edit)| edit.origin.propagated_from.is_some() && !self.repeats(at))
    }

    fn held(&self) -> Option<&[(usize, Self)]> {
        match &self.kind {
            UndoStepKind::HistoryMove { held, .. } => Some(held),
            _ => None,
        }
    }

    /// Is anything left of it where only some samples are known?
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
    /// What takes it back.
    pub fn turned(&self) -> Self {
        Self {
            sample: self.sample,
            before: self.after.clone(),
            after: self.before.clone(),
            origin_before: self.origin.clone(),
            origin: self.origin_before.clone(),
        }
    }

    /// Does it leave everything as it is?
    pub fn changes_nothing(&self) -> bool {
        self.before == self.after && self.origin_before == self.origin
    }
}
