//! Second passes of a session: which rows can be drawn, the session in which they are judged again,
//! and the decision between the two judgements of a row.

use tilejury_data::{SampleIndex, SampleKey};

use super::{ActionEffect, AuditSession};
use crate::current_origins::CurrentOrigins;
use crate::event::{Event, StepEventBuilder};
use crate::history::UndoEdit;
use crate::judgement::{FieldChange, Judgement};
use crate::origin::Origin;
use crate::pass_id::{KeptJudgement, PassId, Settlement};
use crate::second_pass::{SecondPass, draw, is_look};
use crate::time::Timestamp;

impl AuditSession {
    /// The rows that can be judged a second time: those with a verdict that the annotator gave to
    /// this row alone, by looking at it.
    pub fn pass_candidates(&self) -> Vec<SampleKey> {
        let rows = self.dataset.samples.iter().zip(&self.statuses);
        let judged = rows.filter(|(_, status)| status.verdict.is_some()).map(|(sample, _)| sample.key);
        let mut seen = std::collections::HashSet::new();
        judged.filter(|key| is_look(&self.origins.verdict_origin(*key)) && seen.insert(*key)).collect()
    }

    /// Draws rows for a second pass: see [`draw`]. Returns the pass and the events to store; `None`
    /// if no row can be drawn. Judgements stay as they are.
    pub fn draw_second_pass(&mut self, seed: u32, number: usize, at: Timestamp) -> Option<(SecondPass, Vec<Event>)> {
        let rows = draw(&self.pass_candidates(), seed, number);
        let step = StepEventBuilder::new(self.id.clone(), self.last_seq, self.annotator.clone(), at);
        let id = PassId { seed, step: step.step().clone() };
        let mut step = step.in_round(Some(id.into()));
        let opened = |key| step.event(key, FieldChange::Verdict(None), None, Origin::default());
        let events: Vec<Event> = rows.into_iter().map(opened).collect();
        self.last_seq = events.last()?.seq;
        Some((SecondPass::drawn(&events, &self.judgements, &self.origins)?, events))
    }

    /// The session in which the rows of a pass are judged again. It knows the judgements of the
    /// pass and no others, and its undo ends where the pass began. Its events continue the numbers
    /// of this session, which must make none until [`Self::continue_after`].
    #[must_use]
    pub fn of_pass(&self, pass: &SecondPass) -> Self {
        self.in_round(pass.id.clone().into(), &pass.events)
    }

    /// Decides between the two judgements of a row, in one step. The first one stays as it is. The
    /// second one takes its place with its verdict, reasons and marks; what it says nothing about
    /// stays, its note is added to the first one's, and its tags to the first one's.
    pub fn settle(
        &mut self,
        pass: &SecondPass,
        sample: SampleIndex,
        kept: KeptJudgement,
        at: Timestamp,
    ) -> ActionEffect {
        let Some(row) = self.sample(sample) else { return ActionEffect::default() };
        let key = row.key;
        let present = self.judgements.get(&key).cloned().unwrap_or_default();
        let settles = Some(Settlement { kept, pass: pass.id.clone() });
        let verdict_origin = self.origins.verdict_origin(key);
        let edits = match kept {
            KeptJudgement::First => {
                let value = FieldChange::Verdict(present.verdict);
                let origin = Origin { settles, ..verdict_origin.clone() };
                vec![UndoEdit {
                    sample: key,
                    before: value.clone(),
                    after: value,
                    origin_before: verdict_origin,
                    origin,
                }]
            }
            KeptJudgement::Second => {
                let Some(second) = pass.judgements().remove(&key) else { return ActionEffect::default() };
                let second_origins = CurrentOrigins::from_events(&pass.events);
                let after = replaced(&present, &second).reconciled(&row.positive.path);
                let mut changes =
                    vec![FieldChange::Verdict(after.verdict), FieldChange::Reasons(after.reasons.clone())];
                let marks = after.tiles.iter().filter(|(tile, mark)| present.relevance(tile) != Some(**mark));
                changes.extend(marks.map(|(tile, mark)| FieldChange::Relevance(tile.clone(), Some(*mark))));
                changes.extend([FieldChange::Note(after.note.clone()), FieldChange::Tags(after.tags.clone())]);
                let edit = |after: FieldChange| {
                    let (before, origin_before) = (present.present(&after), self.origins.get(key, &after));
                    // How the row came up in the first place does not change.
                    let chosen_by = origin_before.chosen_by.or(verdict_origin.chosen_by);
                    let mut origin = Origin { chosen_by, ..second_origins.get(key, &after) };
                    if matches!(after, FieldChange::Verdict(_)) {
                        origin.settles = settles.clone();
                    }
                    UndoEdit { sample: key, before, after, origin_before, origin }
                };
                let is_verdict = |edit: &UndoEdit| matches!(edit.after, FieldChange::Verdict(_));
                changes.into_iter().map(edit).filter(|edit| is_verdict(edit) || edit.before != edit.after).collect()
            }
        };
        let edits: Vec<UndoEdit> = edits.into_iter().filter(|edit| !edit.changes_nothing()).collect();
        ActionEffect::new(self.take_step(edits, at), Some(sample), None)
    }
}

/// A judgement with the values of another one in their place.
fn replaced(present: &Judgement, by: &Judgement) -> Judgement {
    let mut after = present.clone();
    after.verdict = by.verdict;
    after.reasons = by.reasons.clone();
    after.tiles.extend(by.tiles.iter().map(|(tile, mark)| (tile.clone(), *mark)));
    after.tags.extend(by.tags.iter().cloned());
    if !by.note.is_empty() && by.note != after.note {
        let parts = [after.note.as_str(), by.note.as_str()].into_iter().filter(|part| !part.is_empty());
        after.note = parts.collect::<Vec<_>>().join("; ");
    }
    after
}
