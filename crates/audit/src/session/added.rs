//! Tiles that a person adds to a row: tiles of the dataset that the row does not name, judged
//! relevant to its query. Each is an ordinary relevance of a tile outside the row.
//!
//! Decides only what may be added and removed. Whether the dataset holds the tile is for the caller
//! to know: no file is read here.

use tilejury_data::{SampleIndex, TilePath};

use super::{ActionEffect, AuditSession, Refusal};
use crate::judgement::{FieldChange, Relevance};
use crate::judging::refusal_to_add;
use crate::time::Timestamp;

impl AuditSession {
    /// The tiles that the annotator added to a sample, sorted by path.
    pub fn added(&mut self, sample: SampleIndex) -> Vec<TilePath> {
        let Some(row) = self.sample(sample) else { return Vec::new() };
        self.judgements.get(&row.key).map(|judgement| judgement.added(&row).cloned().collect()).unwrap_or_default()
    }

    pub(super) fn add_relevant(&mut self, index: SampleIndex, tile: TilePath, at: Timestamp) -> ActionEffect {
        let Some(sample) = self.sample(index) else { return ActionEffect::refused(Refusal::UnreadableRow) };
        if let Some(why) = refusal_to_add(&sample, &tile) {
            return ActionEffect::refused(why);
        }
        let effect = self.change(index, at, |_, _| vec![FieldChange::Relevance(tile, Some(Relevance::Relevant))]);
        if effect.events.is_empty() { ActionEffect::refused(Refusal::AlreadyAdded) } else { effect }
    }

    pub(super) fn remove_relevant(&mut self, index: SampleIndex, tile: TilePath, at: Timestamp) -> ActionEffect {
        if !self.added(index).contains(&tile) {
            return ActionEffect::refused(Refusal::NotAdded);
        }
        self.change(index, at, |_, _| vec![FieldChange::Relevance(tile, None)])
    }
}
