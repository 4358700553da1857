//! The history as a list for a person: every step ever made, in order of time, and what can be done
//! from each. Must not change anything.

use std::collections::HashSet;

use super::{UndoHistory, UndoStep};
use crate::step::StepId;

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryLine<'h> {
    /// Before the first step.
    Beginning {
        /// The number of steps that going back to here undoes.
        undoes: usize,
    },
    /// A step that is done.
    Current {
        /// The step.
        step: &'h UndoStep,
        /// The number of steps that remain on the undo stack after going back to here.
        depth: usize,
        /// The number of steps that this undoes.
        undoes: usize,
    },
    /// An undone step that redo does not reach.
    Undone {
        /// The step.
        step: &'h UndoStep,
        /// A step that identifies its branch; `None` if it was restored.
        branch: Option<&'h StepId>,
        /// The number of steps of the branch that can be restored.
        steps: usize,
    },
    /// A step that redo reaches.
    Redo {
        /// The step.
        step: &'h UndoStep,
        /// The number of done steps after redoing everything up to this one.
        depth: usize,
        /// The number of steps that this redoes.
        redoes: usize,
    },
}

impl<'h> HistoryLine<'h> {
    /// The step, if the line has one.
    pub fn step(&self) -> Option<&'h UndoStep> {
        match self {
            Self::Beginning { .. } => None,
            Self::Current { step, .. } | Self::Undone { step, .. } | Self::Redo { step, .. } => Some(step),
        }
    }

    /// Whether this is the present: everything up to here is done, and nothing after it.
    pub fn is_present(&self) -> bool {
        matches!(self, Self::Beginning { undoes: 0 } | Self::Current { undoes: 0, .. })
    }
}

impl UndoHistory {
    /// All lines, oldest first. Undone steps come before the step that undid or overtook them.
    pub fn lines(&self) -> Vec<HistoryLine<'_>> {
        let restored = self.restored();
        let mut undoes = self.undo.iter().filter(|step| !step.is_history_move()).count();
        let mut lines = vec![HistoryLine::Beginning { undoes }];
        let mut abandoned = self.abandoned.iter().peekable();
        for (at, step) in self.undo.iter().enumerate() {
            let earlier = |branch: &&Vec<UndoStep>| branch.last().is_some_and(|last| last.at <= step.at);
            while let Some(branch) = abandoned.next_if(earlier) {
                list_branch(&mut lines, branch.iter(), &restored);
            }
            if let Some(held) = step.held() {
                list_branch(&mut lines, held.iter().map(|(_, step)| step), &restored);
            } else {
                undoes -= 1;
            }
            lines.push(HistoryLine::Current { step, depth: at + 1, undoes });
        }
        for branch in abandoned {
            list_branch(&mut lines, branch.iter(), &restored);
        }
        let depth = self.undo.len();
        let redoable = self.redo.iter().rev().zip(1..);
        lines.extend(redoable.map(|(step, redoes)| HistoryLine::Redo { step, depth: depth + redoes, redoes }));
        lines
    }
}

/// Adds the lines of a branch. The first step that was not restored identifies the branch.
fn list_branch<'h>(
    lines: &mut Vec<HistoryLine<'h>>,
    branch: impl Iterator<Item = &'h UndoStep>,
    restored: &HashSet<&StepId>,
) {
    let branch: Vec<&UndoStep> = branch.collect();
    let undone: Vec<&StepId> =
        branch.iter().map(|step| &step.original_id).filter(|name| !restored.contains(name)).collect();
    lines.extend(branch.iter().map(|step| HistoryLine::Undone {
        step,
        branch: undone.first().copied().filter(|_| !restored.contains(&step.original_id)),
        steps: undone.len(),
    }));
}
