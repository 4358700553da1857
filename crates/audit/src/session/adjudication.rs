//! The answer of an annotator, taken by an adjudicator as their own word, in one step.

use std::collections::BTreeSet;

use tilejury_data::{SampleIndex, TilePath};

use super::{ActionEffect, AuditSession};
use crate::judgement::{FieldChange, Judgement};
use crate::time::Timestamp;

impl AuditSession {
    /// Gives a row the verdict, the reasons and the marks of an answer; marks that the answer does
    /// not have are cleared. Its note and tags stay with whom they are from.
    pub fn take_answer(&mut self, sample: SampleIndex, answer: &Judgement, at: Timestamp) -> ActionEffect {
        self.change(sample, at, |row, present| {
            let answer = answer.clone().reconciled(&row.positive.path);
            let mut changes = vec![FieldChange::Verdict(answer.verdict), FieldChange::Reasons(answer.reasons.clone())];
            let tiles: BTreeSet<&TilePath> = answer.tiles.keys().chain(present.tiles.keys()).collect();
            changes.extend(tiles.into_iter().map(|tile| FieldChange::Relevance(tile.clone(), answer.relevance(tile))));
            changes
        })
    }
}
