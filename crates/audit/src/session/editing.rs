//! From the changes of an action to its events: the edits that change something, made as one step,
//! and everything that follows from a judgement. Decides no change itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use tilejury_data::{Sample, SampleIndex, SampleKey, TilePath};

use super::{ActionEffect, AuditSession};
use crate::current_origins::field_of;
use crate::decisions::{CountedAnnotator, SampleDecisions};
use crate::event::{Event, StepEventBuilder};
use crate::history::{UndoEdit, UndoStep, UndoStepKind};
use crate::judgement::{FieldChange, Judgement};
use crate::looks::Looks;
use crate::origin::{Confirmation, Origin};
use crate::step::StepId;
use crate::time::Timestamp;
use crate::visible::Visible;

impl AuditSession {
    /// Makes the changes of an action to one sample.
    pub(super) fn change(
        &mut self,
        index: SampleIndex,
        at: Timestamp,
        changes: impl FnOnce(&Sample, &Judgement) -> Vec<FieldChange>,
    ) -> ActionEffect {
        self.change_by(index, at, &|_| None, changes)
    }

    /// `confirmed_by` returns how accepting confirmed a tile, or `None` for a mark of its own.
    /// `changes` gets the judgement with both forms of a wrong positive: see
    /// [`Judgement::reconciled`].
    pub(super) fn change_by(
        &mut self,
        index: SampleIndex,
        at: Timestamp,
        confirmed_by: &dyn Fn(&TilePath) -> Option<Confirmation>,
        changes: impl FnOnce(&Sample, &Judgement) -> Vec<FieldChange>,
    ) -> ActionEffect {
        let Some(sample) = self.sample(index) else { return ActionEffect::default() };
        let judgement = self.judgements.get(&sample.key).cloned().unwrap_or_default().reconciled(&sample.positive.path);
        let changes = changes(&sample, &judgement);
        let edits = changes.into_iter().filter_map(|after| {
            let confirmed_by = after.tile().and_then(confirmed_by);
            let (looks, visible) = (self.looks_for(sample.key, &after), self.visible_for(sample.key, &after));
            let chosen_by = self.chosen_by;
            self.edit(sample.key, after, Origin { chosen_by, confirmed_by, looks, visible, ..Origin::default() })
        });
        let events = self.take_step(edits.collect(), at);
        ActionEffect::new(events, Some(index), None)
    }

    /// The looks to store with a change: those up to a verdict, together with the earlier ones if
    /// it is the same as before.
    fn looks_for(&self, sample: SampleKey, after: &FieldChange) -> Option<Arc<Looks>> {
        let FieldChange::Verdict(Some(verdict)) = after else { return None };
        let looks = self.looks.clone()?;
        let is_same = self.judgements.get(&sample).is_some_and(|judgement| judgement.verdict == Some(*verdict));
        let earlier = self.origins.verdict_origin(sample).looks.filter(|_| is_same);
        Some(Arc::new(earlier.map_or(looks.clone(), |earlier| looks.with_earlier(&earlier))))
    }

    /// The things that were not hidden, to store with a verdict: also at an earlier time if it is
    /// the same as before.
    fn visible_for(&self, sample: SampleKey, after: &FieldChange) -> Option<Visible> {
        let FieldChange::Verdict(Some(verdict)) = after else { return None };
        let visible = self.visible?;
        let is_same = self.judgements.get(&sample).is_some_and(|judgement| judgement.verdict == Some(*verdict));
        let earlier = self.origins.verdict_origin(sample).visible.filter(|_| is_same);
        Some(earlier.map_or(visible, |earlier| visible.and(earlier)))
    }

    /// The edit that gives a field this value; `None` if it would change nothing. A judgement with
    /// the same value can say more than the earlier one: see [`Origin::adds_to`]. So does a mark
    /// that repeats the row's value after the annotator marked the tile differently in another row:
    /// it becomes the latest mark, and keeps its origin.
    pub(super) fn edit(&self, sample: SampleKey, after: FieldChange, origin: Origin) -> Option<UndoEdit> {
        let empty = Judgement::default();
        let before = self.judgements.get(&sample).unwrap_or(&empty).present(&after);
        let origin_before = self.origins.get(sample, &after);
        let is_mark = origin.confirmed_by.is_none() && origin.propagated_from.is_none();
        if before != after || (after.value().is_some() && origin.adds_to(&origin_before)) {
            return Some(UndoEdit { sample, before, after, origin_before, origin });
        }
        let FieldChange::Relevance(tile, Some(relevance)) = &after else { return None };
        let repeats = is_mark && self.is_overruled(sample, tile, *relevance);
        repeats.then(|| UndoEdit { sample, before, after, origin: origin_before.clone(), origin_before })
    }

    pub(super) fn take_step(&mut self, edits: Vec<UndoEdit>, at: Timestamp) -> Vec<Event> {
        let events = self.store(&edits, at, None);
        if let Some(first) = events.first() {
            let (id, original_id) = (first.step.clone(), first.step.clone());
            self.history.push(UndoStep { id, original_id, edits, at, kind: UndoStepKind::Judged });
        }
        events
    }

    pub(super) fn store(&mut self, edits: &[UndoEdit], at: Timestamp, undoes: Option<&StepId>) -> Vec<Event> {
        let edits: Vec<(UndoEdit, Option<StepId>)> = edits.iter().map(|edit| (edit.clone(), undoes.cloned())).collect();
        self.store_each(&edits, at)
    }

    /// Makes one step of edits, each with the step that it undoes or redoes.
    pub(super) fn store_each(&mut self, edits: &[(UndoEdit, Option<StepId>)], at: Timestamp) -> Vec<Event> {
        let mut step = StepEventBuilder::new(self.id.clone(), self.last_seq, self.annotator.clone(), at);
        let mut events = Vec::with_capacity(edits.len());
        let mut touched = BTreeSet::new();
        for (edit, undoes) in edits {
            touched.insert(edit.sample);
            events.push(self.store_edit(&mut step, edit, undoes.as_ref()));
        }
        for key in touched {
            self.refresh(key, &|_| at);
        }
        events
    }

    /// Makes an edit, and its event. What is derived from the sample's judgement is left to
    /// [`Self::refresh`].
    pub(super) fn store_edit(
        &mut self,
        step: &mut StepEventBuilder,
        edit: &UndoEdit,
        undoes: Option<&StepId>,
    ) -> Event {
        self.judgements.entry(edit.sample).or_default().apply(edit.after.clone());
        let mut event = step.event(edit.sample, edit.after.clone(), undoes.cloned(), edit.origin.clone());
        event.round = self.round_of(edit.sample);
        self.last_seq = event.seq;
        self.origins.set(edit.sample, &edit.after, edit.origin.clone());
        self.last_own.insert(field_of(edit.sample, &edit.after), event.seq);
        self.marks.add_event(&event, (event.seq, 0));
        event
    }

    /// Updates everything derived from a sample's judgement. `at` returns the time of values whose
    /// time is not known yet.
    pub(super) fn refresh(&mut self, key: SampleKey, at: &dyn Fn(Option<&TilePath>) -> Timestamp) {
        let Some(index) = self.dataset.find(key) else { return };
        let Some(sample) = self.sample(index) else { return };
        let empty = Judgement::default();
        let judgement = self.judgements.get(&key).unwrap_or(&empty);
        if let Some(status) = self.statuses.get_mut(index.index()) {
            *status = status.judged(judgement, &sample);
        }
        let decisions =
            SampleDecisions::new(&sample, judgement, &[CountedAnnotator { judgement, origins: &self.origins, at }]);
        let decisions = match self.decisions.get(index) {
            Some(earlier) => decisions.with_times_of(earlier),
            None => decisions,
        };
        self.decisions.set(index, decisions);
        self.tally.replace(key, judgement, &sample);
        if judgement.is_empty() {
            self.judgements.remove(&key);
        }
    }
}
