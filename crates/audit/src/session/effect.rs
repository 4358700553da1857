//! The effect of an action on a session: the events to store, and what to tell the person.

use tilejury_data::SampleIndex;

use crate::event::Event;
use crate::judging::Refusal;

/// The effect of an action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionEffect {
    /// The events to store, all in one transaction. Empty if nothing changed.
    pub events: Vec<Event>,
    /// The sample to show after an undo or redo. `None` if the step was about several.
    pub sample: Option<SampleIndex>,
    /// The number of undone or redone steps, for moves that can have several.
    pub moved: Option<HistoryMove>,
    /// The reason why the action was not performed, if it was refused.
    pub refused: Option<Refusal>,
}

impl ActionEffect {
    pub(super) fn new(events: Vec<Event>, sample: Option<SampleIndex>, moved: Option<HistoryMove>) -> Self {
        Self { events, sample, moved, refused: None }
    }

    pub(super) fn refused(why: Refusal) -> Self {
        Self { refused: Some(why), ..Self::default() }
    }
}

/// The number of steps that a move in the history undid or redid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryMove {
    /// This many steps were undone at once.
    Undone(usize),
    /// Undone steps were redone at once.
    Redone {
        /// The number of redone steps.
        steps: usize,
        /// The number of skipped steps: their fields were changed since.
        skipped: usize,
    },
}
