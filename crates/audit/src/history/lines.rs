//! The history as a list for a person: every step that was ever made, in order of time, and what can be done from each.
//! Must not change anything.

use std::collections::HashSet;

use super::{UndoHistory, UndoStep};
use crate::event::StepId;

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryLine<'h> {
    /// Before the first step.
    Beginning {
        /// How many steps going back to here takes back.
        takes_back: usize,
    },
    /// A step that stands.
    Standing {
        /// The step.
        step: &'h UndoStep,
        /// How many steps of the undo stack stay if one goes back to here.
        depth: usize,
        /// How many steps that takes back.
        takes_back: usize,
    },
    /// A step that was taken back, and not by what redo does again.
    TakenBack {
        /// The step.
        step: &'h UndoStep,
        /// A step by which its branch is known; `None` where it was brought back.
        branch: Option<&'h StepId>,
        /// How many steps of the branch can be brought back.
        steps: usize,
    },
    /// A step that redo does again.
    Redo {
        /// The step.
        step: &'h UndoStep,
        /// How many steps stand when everything up to this one is done again.
        depth: usize,
        /// How many steps are to be done again for that.
        redoes: usize,
    },
}

impl<'h> HistoryLine<'h> {
    /// The step, if it is about one.
    pub fn step(&self) -> Option<&'h UndoStep> {
        match self {
            Self::Beginning { .. } => None,
            Self::Standing { step, .. } | Self::TakenBack { step, .. } | Self::Redo { step, .. } => Some(step),
        }
    }

    /// Is this the present: does everything up to here stand, and nothing behind it?
    pub fn is_present(&self) -> bool {
        matches!(self, Self::Beginning { takes_back: 0 } | Self::Standing { takes_back: 0, .. })
    }
}

impl UndoHistory {
    /// Every line, the oldest first. What was taken back is listed before the step that took it back or overtook it.
    pub fn lines(&self) -> Vec<HistoryLine<'_>> {
        let brought = self.brought_back();
        let mut takes_back = self.undo.iter().filter(|step| !step.went_back()).count();
        let mut lines = vec![HistoryLine::Beginning { takes_back }];
        let mut abandoned = self.abandoned.iter().peekable();
        for (at, step) in self.undo.iter().enumerate() {
            let earlier = |branch: &&Vec<UndoStep>| branch.last().is_some_and(|last| last.at <= step.at);
            while let Some(branch) = abandoned.next_if(earlier) {
                list(&mut lines, branch.iter(), &brought);
            }
            if let Some(held) = step.held() {
                list(&mut lines, held.iter().map(|(_, step)| step), &brought);
            } else {
                takes_back -= 1;
            }
            lines.push(HistoryLine::Standing { step, depth: at + 1, takes_back });
        }
        for branch in abandoned {
            list(&mut lines, branch.iter(), &brought);
        }
        let depth = self.undo.len();
        let again = self.redo.iter().rev().zip(1..);
        lines.extend(again.map(|(step, redoes)| HistoryLine::Redo { step, depth: depth + redoes, redoes }));
        lines
    }
}

/// Adds the lines of a branch: of those steps that were not brought back, the first names it.
fn list<'h>(lines: &mut Vec<HistoryLine<'h>>, branch: impl Iterator<Item = &'h UndoStep>, brought: &HashSet<&StepId>) {
    let branch: Vec<&UndoStep> = branch.collect();
    let left: Vec<&StepId> = branch.iter().map(|step| &step.made).filter(|name| !brought.contains(name)).collect();
    lines.extend(branch.iter().map(|step| HistoryLine::TakenBack {
        step,
        branch: left.first().copied().filter(|_| !brought.contains(&step.made)),
        steps: left.len(),
    }));
}
