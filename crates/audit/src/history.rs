//! Undo and redo. An undo is a new step that restores the values before; nothing is ever deleted, so the stacks can be
//! rebuilt from the events after a restart.

use tilejury_data::SampleKey;

use crate::event::{Event, StepId};
use crate::judgement::{Change, Judgements};

/// One field of one sample: its value before and after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The sample.
    pub sample: SampleKey,
    /// What would restore the value before.
    pub before: Change,
    /// What the step set.
    pub after: Change,
}

/// A step that can be taken back, or done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The step's name. On the redo stack: the name of the undo that put it there.
    pub id: StepId,
    /// What it changed, in order.
    pub edits: Vec<Edit>,
}

/// The two stacks of one annotator.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What undo takes back, last first.
    pub undo: Vec<Step>,
    /// What redo does again, last first.
    pub redo: Vec<Step>,
}

impl History {
    /// Takes in a step that was just made.
    pub fn push(&mut self, step: Step) {
        self.undo.push(step);
        self.redo.clear();
    }

    /// Forgets the steps that touch any sample that `known` does not admit.
    pub fn retain(&mut self, known: impl Fn(SampleKey) -> bool) {
        for stack in [&mut self.undo, &mut self.redo] {
            stack.retain(|step| step.edits.iter().all(|edit| known(edit.sample)));
        }
    }

    /// Replays one annotator's events, in their stored order, onto `judgements`, and returns the stacks they leave.
    pub fn replay(events: &[Event], judgements: &mut Judgements) -> Self {
        let mut history = Self::default();
        for step in events.chunk_by(|a, b| a.step == b.step) {
            let edits: Vec<Edit> = step
                .iter()
                .map(|event| {
                    let judgement = judgements.entry(event.sample).or_default();
                    let before = judgement.present(&event.change);
                    judgement.apply(event.change.clone());
                    Edit { sample: event.sample, before, after: event.change.clone() }
                })
                .collect();
            if let Some(first) = step.first() {
                history.take_in(&first.step, first.undoes.as_ref(), edits);
            }
        }
        judgements.retain(|_, judgement| !judgement.is_empty());
        history
    }

    fn take_in(&mut self, id: &StepId, undoes: Option<&StepId>, edits: Vec<Edit>) {
        let Some(undone) = undoes else { return self.push(Step { id: id.clone(), edits }) };
        if let Some(at) = self.undo.iter().rposition(|step| step.id == *undone) {
            let step = self.undo.remove(at);
            self.redo.push(Step { id: id.clone(), ..step });
        } else if let Some(at) = self.redo.iter().rposition(|step| step.id == *undone) {
            let step = self.redo.remove(at);
            self.undo.push(Step { id: id.clone(), ..step });
        } else {
            self.push(Step { id: id.clone(), edits });
        }
    }
}
