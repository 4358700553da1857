//! Judgements of several rows or tiles in one step, which one undo reverts. Each is marked as bulk:
//! nobody saw each tile, so no rate counts it.
//!
//! Decides only what such a step changes; selecting rows is for the caller.

use tilejury_data::{Sample, SampleIndex, TilePath};

use super::{ActionEffect, AuditSession};
use crate::history::UndoEdit;
use crate::judgement::{FieldChange, Judgement, Reason, Relevance, Verdict};
use crate::judging;
use crate::origin::Origin;
use crate::time::Timestamp;

/// Something that an annotator does to several rows at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowsAction {
    /// Set or clear the verdict. Accepting confirms no tile, because none was visible.
    Verdict(Option<Verdict>),
    /// Add a tag.
    AddTag(String),
    /// Remove a tag.
    RemoveTag(String),
    /// Add a reason to the rows that can have reasons.
    AddReason(Reason),
    /// Remove a reason.
    RemoveReason(Reason),
}

/// A mark of a tile in a row, made together with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileMark {
    /// The row.
    pub sample: SampleIndex,
    /// A tile of the row.
    pub tile: TilePath,
    /// The mark.
    pub relevance: Relevance,
}

impl RowsAction {
    pub(super) fn changes(&self, sample: &Sample, judgement: &Judgement) -> Vec<FieldChange> {
        let mut tags = judgement.tags.clone();
        match self {
            Self::Verdict(verdict) => return judging::set_verdict(sample, judgement, *verdict),
            Self::AddTag(tag) => _ = tags.insert(tag.clone()),
            Self::RemoveTag(tag) => _ = tags.remove(tag),
            Self::AddReason(reason) | Self::RemoveReason(reason) => {
                let adds = matches!(self, Self::AddReason(_));
                return match judgement.reasons.contains(reason) == adds {
                    true => Vec::new(),
                    false => judging::toggle_reason(sample, judgement, *reason),
                };
            }
        }
        vec![FieldChange::Tags(tags)]
    }
}

/// The changes that marks of a row's tiles make together. The last mark of a tile counts.
pub(super) fn mark_all(sample: &Sample, judgement: &Judgement, marks: &[TileMark]) -> Vec<FieldChange> {
    let mut after = judgement.clone();
    let mut changes: Vec<FieldChange> = Vec::new();
    for mark in marks.iter().filter(|mark| sample.has_tile(&mark.tile)) {
        for change in judging::mark(sample, &after, &mark.tile, Some(mark.relevance)) {
            changes.retain(|known| (known.field(), known.tile()) != (change.field(), change.tile()));
            after.apply(change.clone());
            changes.push(change);
        }
    }
    changes
}

impl AuditSession {
    /// Performs an action on several rows in one step. Rows that it would not change, and rows
    /// that cannot be read, get no event. A row's own judgement with the same value stays a look.
    pub fn apply_to_rows(&mut self, rows: &[SampleIndex], action: &RowsAction, at: Timestamp) -> ActionEffect {
        self.apply_rows(rows, action, at)
    }

    /// Marks tiles of several rows in one step. The last mark of a tile counts.
    pub fn mark_in_bulk(&mut self, marks: &[TileMark], at: Timestamp) -> ActionEffect {
        self.apply_marks(marks, at)
    }

    /// The edits of a bulk step in a row; none if it cannot be read.
    pub(super) fn edits_of_row(
        &mut self,
        row: SampleIndex,
        changes: impl Fn(&Sample, &Judgement) -> Vec<FieldChange>,
    ) -> Vec<UndoEdit> {
        let Some(sample) = self.sample(row) else { return Vec::new() };
        let origin = Origin { chosen_by: self.chosen_by, bulk: true, ..Origin::default() };
        let known = self.judgements.get(&sample.key).cloned().unwrap_or_default();
        let changes = changes(&sample, &known.reconciled(&sample.positive.path));
        changes.into_iter().filter_map(|after| self.edit(sample.key, after, origin.clone())).collect()
    }
}
