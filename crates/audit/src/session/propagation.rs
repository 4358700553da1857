//! The propagation of a mark: the same mark in other rows that have the tile, in one step.

use std::collections::HashSet;

use super::{ActionEffect, AuditSession, CarriedMark};
use crate::history::UndoEdit;
use crate::judgement::FieldChange;
use crate::origin::Origin;
use crate::time::Timestamp;

impl AuditSession {
    /// Gives the marks to the rows that have none for the tile.
    pub(super) fn propagate(&mut self, carried: Vec<CarriedMark>, at: Timestamp) -> ActionEffect {
        let mut done = HashSet::new();
        let edits = carried.into_iter().filter_map(|CarriedMark { sample, tile, relevance, from }| {
            let other = self.dataset.sample(sample).ok()?;
            let is_unmarked = self.judgements.get(&other.key).is_none_or(|known| known.relevance(&tile).is_none());
            if !is_unmarked || !other.has_tile(&tile) || !done.insert((sample, tile.clone())) {
                return None;
            }
            // These rows were found through the first one, so they share the reason for its
            // selection.
            let origin = Origin { chosen_by: self.chosen_by, propagated_from: Some(from), ..Origin::default() };
            self.edit(other.key, FieldChange::Relevance(tile, Some(relevance)), origin)
        });
        let edits: Vec<UndoEdit> = edits.collect();
        ActionEffect::new(self.take_step(edits, at), None, None)
    }
}
