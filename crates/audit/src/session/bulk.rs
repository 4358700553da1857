//! Judgements of several rows or tiles in one step, which one undo reverts. Each is marked as bulk:
//! nobody saw each tile, so no rate counts it.
//!
//! Decides only what such a step changes; selecting rows is for the caller.

use std::collections::{HashMap, HashSet};

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
    fn changes(&self, sample: &Sample, judgement: &Judgement) -> Vec<FieldChange> {
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

impl AuditSession {
    /// Performs an action on several rows in one step. Rows that it would not change, and rows
    /// that cannot be read, get no event. A row's own judgement with the same value stays a look.
    pub fn apply_to_rows(&mut self, rows: &[SampleIndex], action: &RowsAction, at: Timestamp) -> ActionEffect {
        let mut done = HashSet::new();
        let rows = rows.iter().copied().filter(|row| done.insert(*row));
        self.change_in_bulk(rows.collect(), at, |_, sample, judgement| action.changes(sample, judgement))
    }

    /// Marks tiles of several rows in one step. The last mark of a tile counts.
    pub fn mark_in_bulk(&mut self, marks: &[TileMark], at: Timestamp) -> ActionEffect {
        let mut by_row: HashMap<SampleIndex, Vec<&TileMark>> = HashMap::new();
        marks.iter().for_each(|mark| by_row.entry(mark.sample).or_default().push(mark));
        let mut done = HashSet::new();
        let rows = marks.iter().map(|mark| mark.sample).filter(|row| done.insert(*row));
        self.change_in_bulk(rows.collect(), at, |row, sample, judgement| {
            let of_row = by_row.get(&row).into_iter().flatten().filter(|mark| sample.has_tile(&mark.tile));
            let mut after = judgement.clone();
            let mut changes: Vec<FieldChange> = Vec::new();
            for mark in of_row {
                for change in judging::mark(sample, &after, &mark.tile, Some(mark.relevance)) {
                    changes.retain(|known| (known.field(), known.tile()) != (change.field(), change.tile()));
                    after.apply(change.clone());
                    changes.push(change);
                }
            }
            changes
        })
    }

    fn change_in_bulk(
        &mut self,
        rows: Vec<SampleIndex>,
        at: Timestamp,
        changes: impl Fn(SampleIndex, &Sample, &Judgement) -> Vec<FieldChange>,
    ) -> ActionEffect {
        let origin = Origin { chosen_by: self.chosen_by, bulk: true, ..Origin::default() };
        let mut edits: Vec<UndoEdit> = Vec::new();
        for row in rows {
            let Some(sample) = self.sample(row) else { continue };
            let known = self.judgements.get(&sample.key).cloned().unwrap_or_default();
            let judgement = known.reconciled(&sample.positive.path);
            let changes = changes(row, &sample, &judgement);
            edits.extend(changes.into_iter().filter_map(|after| self.edit(sample.key, after, origin.clone())));
        }
        ActionEffect::new(self.take_step(edits, at), None, None)
    }
}
