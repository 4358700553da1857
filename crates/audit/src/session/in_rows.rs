//! A mark of one tile in several rows that a person chose, in one step.

use std::collections::BTreeSet;

use tilejury_data::{SampleIndex, TilePath};

use super::{ActionEffect, AuditSession};
use crate::history::UndoEdit;
use crate::judgement::Relevance;
use crate::judging;
use crate::origin::Origin;
use crate::time::Timestamp;

impl AuditSession {
    /// Gives a tile the same mark in every one of these rows that has it, or clears the marks.
    pub(super) fn mark_in_rows(
        &mut self,
        rows: &BTreeSet<SampleIndex>,
        tile: &TilePath,
        relevance: Option<Relevance>,
        at: Timestamp,
    ) -> ActionEffect {
        let samples = rows.iter().filter_map(|row| self.dataset.sample(*row).ok());
        let edits = samples.filter(|sample| sample.has_tile(tile)).flat_map(|sample| {
            let judgement = self.judgements.get(&sample.key).cloned().unwrap_or_default();
            let judgement = judgement.reconciled(&sample.positive.path);
            // Nobody examined each of these rows.
            let origin = Origin { chosen_by: self.chosen_by, bulk: true, ..Origin::default() };
            let changes = judging::mark(&sample, &judgement, tile, relevance);
            let edits = changes.into_iter().filter_map(|change| self.edit(sample.key, change, origin.clone()));
            edits.collect::<Vec<_>>()
        });
        let edits: Vec<UndoEdit> = edits.collect();
        ActionEffect::new(self.take_step(edits, at), None, None)
    }
}
