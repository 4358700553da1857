//! The actions of an annotator on a session, as data. What each changes is decided elsewhere.

use std::collections::BTreeSet;

use tilejury_data::{SampleIndex, TilePath};

use super::bulk::{RowsAction, TileMark};
use crate::judgement::{Reason, Relevance, Verdict};
use crate::step::StepId;

/// Something that an annotator does. Samples are named by their index in the dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgeAction {
    /// Accept a sample and confirm each visible tile: the positive as relevant, each negative as
    /// not relevant. Earlier marks of tiles stay. A negative that is the positive itself, or a copy
    /// of it, is never confirmed as not relevant. It is confirmed as relevant if the positive is
    /// relevant, and otherwise left unmarked.
    Accept {
        /// The sample.
        sample: SampleIndex,
        /// The tiles that were visible and loaded.
        seen: Vec<TilePath>,
        /// Those of them that were in focus, compared or enlarged: see
        /// [`crate::Confirmation::Inspected`].
        inspected: Vec<TilePath>,
        /// The negatives with exactly the pixels of the positive, under other paths.
        copies: Vec<TilePath>,
    },
    /// Set or clear a verdict. Reasons are cleared if the new verdict cannot have any.
    Verdict(SampleIndex, Option<Verdict>),
    /// Add a reason, or remove it.
    ToggleReason(SampleIndex, Reason),
    /// Mark a tile, or clear its mark. Repeating the row's own value makes an event if the
    /// annotator's latest mark of the same tile for the same query, in another row, has another
    /// value.
    Relevance(SampleIndex, TilePath, Option<Relevance>),
    /// Give every negative of a sample the same mark, or clear their marks.
    AllNegatives(SampleIndex, Option<Relevance>),
    /// Add a tile that the row does not name, as relevant to its query. Like a mark, it is an event
    /// again if the annotator's latest mark of the tile for the query has another value.
    AddRelevant {
        /// The sample.
        sample: SampleIndex,
        /// The tile.
        tile: TilePath,
    },
    /// Remove an added tile from a row.
    RemoveRelevant {
        /// The sample.
        sample: SampleIndex,
        /// The tile.
        tile: TilePath,
    },
    /// Set the note; empty clears it.
    Note(SampleIndex, String),
    /// Set all tags.
    Tags(SampleIndex, BTreeSet<String>),
    /// Apply marks of tiles in one row to other rows, in one step. Tiles that are already marked
    /// keep their marks.
    Propagate(Vec<CarriedMark>),
    /// Mark a tile in these rows, or clear its marks, in one step. Earlier marks are replaced; rows
    /// without the tile are left out.
    MarkInRows(BTreeSet<SampleIndex>, TilePath, Option<Relevance>),
    /// Perform an action on several rows in one step: see [`crate::AuditSession::apply_to_rows`].
    Rows(Vec<SampleIndex>, RowsAction),
    /// Mark tiles of several rows in one step: see [`crate::AuditSession::mark_in_bulk`].
    Tiles(Vec<TileMark>),
    /// Undo the last step.
    Undo,
    /// Redo the step that was undone last.
    Redo,
    /// Undo all steps above this depth of the undo stack, in one step that a single undo reverts.
    GoBack(usize),
    /// Redo the steps of the abandoned branch that contains the step with this id.
    RestoreBranch(StepId),
}

/// A mark of a tile in one row, to be applied to another row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedMark {
    /// The other row.
    pub sample: SampleIndex,
    /// The tile as that row has it: the same tile, or a copy of it under another path.
    pub tile: TilePath,
    /// The mark.
    pub relevance: Relevance,
    /// The step that made the original mark.
    pub from: StepId,
}
