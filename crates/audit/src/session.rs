//! One annotator's work on one dataset: current judgements, their history, and the effect of each
//! action.
//!
//! [`AuditSession::apply`] changes memory at once and returns the events, which the caller stores.
//! No clock, no file, no thread.

mod added;
mod bulk;
mod in_rows;
mod long_step;
mod marks;
mod moves;
mod order;
mod propagation;
mod second_pass;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{Dataset, MissingShards, Sample, SampleIndex, SampleKey, TilePath};

use crate::answers::Conflict;
use crate::current_origins::{CurrentOrigins, FieldKey, field_of};
use crate::decisions::{CountedAnnotator, DecisionTimes, Decisions, SampleDecisions};
use crate::event::{Event, StepEventBuilder};
use crate::history::{UndoEdit, UndoHistory, UndoStep, UndoStepKind};
use crate::judgement::{FieldChange, Judgement, Judgements, LOOK_AGAIN, Reason, Relevance, Verdict};
use crate::judging;
use crate::looks::Looks;
use crate::origin::{Confirmation, Origin, Selection};
use crate::pass_id::PassId;
use crate::stats::JudgementTally;
use crate::step::StepId;
use crate::time::Timestamp;

pub use crate::judging::{Refusal, can_have_reasons};
pub use bulk::{RowsAction, TileMark};
pub use long_step::{FinishedStep, LongStep};
use marks::MarkOrder;
pub use moves::HistoryMove;

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
        /// Those of them that were in focus, compared or enlarged: see [`Confirmation::Inspected`].
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
    /// Perform an action on several rows in one step: see [`AuditSession::apply_to_rows`].
    Rows(Vec<SampleIndex>, RowsAction),
    /// Mark tiles of several rows in one step: see [`AuditSession::mark_in_bulk`].
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
    fn new(events: Vec<Event>, sample: Option<SampleIndex>, moved: Option<HistoryMove>) -> Self {
        Self { events, sample, moved, refused: None }
    }

    fn refused(why: Refusal) -> Self {
        Self { refused: Some(why), ..Self::default() }
    }
}

/// The state of a sample as the queue needs it: a few bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleStatus {
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// The number of negatives judged relevant, at most 65,535.
    pub false_negatives: u16,
    /// Whether the positive was judged not relevant.
    pub wrong_positive: bool,
    /// Whether there is a note.
    pub has_note: bool,
    /// Whether there is a tag, the flag included.
    pub has_tags: bool,
    /// Whether it is flagged to be seen again.
    pub flagged: bool,
    /// Whether the verdict or the relevance of a tile is unsure.
    pub undecided: bool,
    /// Whether it is a row of a conflict. Set by [`AuditSession::set_conflicts`], not by a
    /// judgement of the sample.
    pub conflict: bool,
    /// The number of different tiles of an accepted sample that have no relevance because they were
    /// not visible, at most 65,535.
    pub unconfirmed: u16,
    /// Whether the row names a tile of a shard that is missing. Set by
    /// [`AuditSession::set_missing_shards`], not by a judgement.
    pub shard_missing: bool,
    /// The kinds of findings of the last check, a bit each: see [`crate::check::ROW_KINDS`]. Set by
    /// [`AuditSession::set_check_findings`], not by a judgement.
    pub check: u16,
}

/// One annotator's judgements of one dataset.
pub struct AuditSession {
    /// The dataset.
    pub dataset: Arc<Dataset>,
    /// The annotator.
    pub annotator: Arc<str>,
    /// Running totals over the dataset.
    pub tally: JudgementTally,
    /// The reason for selecting the samples that are judged from now on. Stored with each
    /// judgement.
    pub chosen_by: Option<Selection>,
    id: Arc<str>,
    /// The second pass that its events belong to, if any.
    pass: Option<PassId>,
    last_seq: u64,
    judgements: Judgements,
    origins: CurrentOrigins,
    decisions: Decisions,
    statuses: Vec<SampleStatus>,
    history: UndoHistory,
    /// The number of this session's last event on each field.
    last_own: HashMap<FieldKey, u64>,
    marks: MarkOrder,
    /// The number of events added from other windows and programs.
    foreign_events: u64,
    /// The looks at the tiles of the row that is being judged.
    looks: Option<Looks>,
    /// The sample that was read last, with its index.
    last_read: Option<(SampleIndex, Arc<Sample>)>,
}

impl AuditSession {
    /// Creates a session on a dataset from this annotator's stored events, in stored order.
    pub fn new(dataset: Arc<Dataset>, annotator: &str, events: &[Event]) -> Self {
        let mut judgements = Judgements::new();
        let mut origins = CurrentOrigins::default();
        let mut history = UndoHistory::replay(events, &mut judgements, &mut origins);
        // Steps on rows that are not in this dataset (another split, a removed row) must not be
        // undone unseen.
        history.retain(|sample| dataset.find(sample).is_some());
        let mut session = Self {
            annotator: annotator.into(),
            tally: JudgementTally::default(),
            chosen_by: None,
            origins,
            decisions: Decisions::default(),
            id: new_session_id().into(),
            pass: None,
            last_seq: 0,
            statuses: vec![SampleStatus::default(); dataset.samples.len()],
            judgements: Judgements::new(),
            history,
            last_own: HashMap::new(),
            marks: MarkOrder::from_events(events),
            foreign_events: 0,
            looks: None,
            last_read: None,
            dataset,
        };
        let keys: Vec<SampleKey> = judgements.keys().copied().collect();
        session.judgements = judgements;
        let times = DecisionTimes::from_events(events);
        for key in keys {
            session.refresh(key, &|tile| times.get(key, tile));
        }
        session
    }

    /// The session's id, unique over all machines.
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The number of the last event.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The judgement of a sample.
    pub fn judgement(&self, sample: SampleIndex) -> Option<&Judgement> {
        self.judgements.get(&self.dataset.samples.get(sample.index())?.key)
    }

    /// Returns a sample of the dataset; `None` if its row cannot be read. The last one is kept:
    /// an action needs the same row several times, and each read parses it.
    pub fn sample(&mut self, index: SampleIndex) -> Option<Arc<Sample>> {
        if let Some((last, sample)) = &self.last_read
            && *last == index
        {
            return Some(sample.clone());
        }
        self.dataset.samples.get(index.index())?;
        let sample = Arc::new(self.dataset.sample(index).ok()?);
        self.last_read = Some((index, sample.clone()));
        Some(sample)
    }

    /// The origins of all current values.
    pub fn origins(&self) -> &CurrentOrigins {
        &self.origins
    }

    /// The decisions of people who saw the tiles, by sample and by tile position.
    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// All judgements that are not empty, by sample.
    pub fn judgements(&self) -> &Judgements {
        &self.judgements
    }

    /// The status of each sample, by index.
    pub fn statuses(&self) -> &[SampleStatus] {
        &self.statuses
    }

    /// Sets which samples are rows of conflicts. Returns whether that changed.
    pub fn set_conflicts(&mut self, conflicts: &[Conflict]) -> bool {
        let rows: HashSet<SampleIndex> = conflicts.iter().flat_map(Conflict::rows).collect();
        let mut changed = false;
        for (index, status) in self.dataset.indices().zip(&mut self.statuses) {
            let conflict = rows.contains(&index);
            changed |= std::mem::replace(&mut status.conflict, conflict) != conflict;
        }
        changed
    }

    /// Sets which samples name a tile of a missing shard, for [`SampleStatus::shard_missing`].
    pub fn set_missing_shards(&mut self, missing: &MissingShards) {
        for (index, status) in self.dataset.indices().zip(&mut self.statuses) {
            status.shard_missing = missing.concerns(index);
        }
    }

    /// Sets the findings of each sample, for [`SampleStatus::check`].
    pub(crate) fn set_check(&mut self, check: &[u16]) {
        for (status, check) in self.statuses.iter_mut().zip(check) {
            status.check = *check;
        }
    }

    /// The number of steps that can be undone, and the number that can be redone.
    pub fn depth(&self) -> (usize, usize) {
        (self.history.undo.len(), self.history.redo.len())
    }

    /// The history of undoable steps.
    pub fn history(&self) -> &UndoHistory {
        &self.history
    }

    /// The sample that got a verdict last and still has one. If the cursor is on a judged sample,
    /// the one judged before it.
    pub fn judged_before(&self, cursor: SampleIndex) -> Option<SampleIndex> {
        let judged = |step: &UndoStep| {
            // Nobody was at the rows of a bulk verdict.
            let is_verdict =
                |edit: &&UndoEdit| matches!(edit.after, FieldChange::Verdict(Some(_))) && !edit.origin.bulk;
            let edit = step.edits.iter().find(is_verdict)?;
            let index = self.dataset.find(edit.sample)?;
            self.statuses.get(index.index())?.verdict.map(|_| index)
        };
        let mut seen = HashSet::new();
        let mut judged = self.history.undo.iter().rev().filter_map(judged).filter(|index| seen.insert(*index));
        let has_verdict = self.statuses.get(cursor.index()).is_some_and(|status| status.verdict.is_some());
        if !has_verdict {
            return judged.next();
        }
        let last = judged.next()?;
        let passed_cursor = last == cursor || judged.by_ref().any(|index| index == cursor);
        if passed_cursor { judged.next() } else { Some(last) }
    }

    /// The note that was written last on another sample than this one, and that sample.
    pub fn last_note(&self, except: SampleIndex) -> Option<(SampleIndex, &str)> {
        self.history.undo.iter().rev().flat_map(|step| step.edits.iter().rev()).find_map(|edit| {
            let index = self.dataset.find(edit.sample).filter(|index| *index != except)?;
            match &edit.after {
                FieldChange::Note(note) if !note.is_empty() => Some((index, note.as_str())),
                _ => None,
            }
        })
    }

    /// All tags in use with the number of samples that have them, most frequent first.
    pub fn tags(&self) -> Vec<(&str, usize)> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for tag in self.judgements.values().flat_map(|judgement| &judgement.tags) {
            *counts.entry(tag).or_default() += 1;
        }
        let mut tags: Vec<(&str, usize)> = counts.into_iter().collect();
        tags.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        tags
    }

    /// Gives a verdict after looks at the row's tiles, which are stored with it. If the verdict is
    /// the same as before, earlier looks count too. Other actions store no looks.
    pub fn apply_after_looks(&mut self, action: JudgeAction, looks: Looks, at: Timestamp) -> ActionEffect {
        self.looks = Some(looks).filter(|looks| !looks.is_empty());
        let effect = self.apply(action, at);
        self.looks = None;
        effect
    }

    /// The looks at the tiles of a sample that were stored with its current verdict.
    pub fn looks(&self, sample: SampleIndex) -> Option<Arc<Looks>> {
        self.origins.verdict_origin(self.dataset.samples.get(sample.index())?.key).looks
    }

    /// Performs an action.
    pub fn apply(&mut self, action: JudgeAction, at: Timestamp) -> ActionEffect {
        match action {
            JudgeAction::Undo => self.undo(at),
            JudgeAction::Redo => self.redo(at),
            JudgeAction::GoBack(depth) => self.go_back(depth, at),
            JudgeAction::RestoreBranch(name) => self.redo_branch(&name, at),
            JudgeAction::Accept { sample, seen, inspected, copies } => {
                // The relevance of a copy is derived, not seen, even if the copy was in focus.
                let confirmation = |tile: &TilePath| match inspected.contains(tile) && !copies.contains(tile) {
                    true => Confirmation::Inspected,
                    false => Confirmation::Visible,
                };
                self.change_by(sample, at, &|tile| Some(confirmation(tile)), |sample, judgement| {
                    judging::accept(sample, judgement, &seen, &copies)
                })
            }
            JudgeAction::Verdict(sample, verdict) => {
                self.change(sample, at, |sample, judgement| judging::set_verdict(sample, judgement, verdict))
            }
            JudgeAction::ToggleReason(sample, reason) => {
                self.change(sample, at, |sample, judgement| judging::toggle_reason(sample, judgement, reason))
            }
            JudgeAction::Relevance(sample, tile, relevance) => {
                self.change(sample, at, |sample, judgement| judging::mark(sample, judgement, &tile, relevance))
            }
            JudgeAction::AllNegatives(sample, relevance) => {
                self.change(sample, at, |sample, _| judging::all_negatives(sample, relevance))
            }
            JudgeAction::AddRelevant { sample, tile } => self.add_relevant(sample, tile, at),
            JudgeAction::RemoveRelevant { sample, tile } => self.remove_relevant(sample, tile, at),
            JudgeAction::Note(sample, note) => self.change(sample, at, |_, _| vec![FieldChange::Note(note)]),
            JudgeAction::Tags(sample, tags) => self.change(sample, at, |_, _| vec![FieldChange::Tags(tags)]),
            JudgeAction::Propagate(carried) => self.propagate(carried, at),
            JudgeAction::MarkInRows(rows, tile, relevance) => self.mark_in_rows(&rows, &tile, relevance, at),
            JudgeAction::Rows(rows, action) => self.apply_to_rows(&rows, &action, at),
            JudgeAction::Tiles(marks) => self.mark_in_bulk(&marks, at),
        }
    }

    /// Adds events that another window or program stored for this annotator. `after` is the number
    /// of this session's last event that was stored before them. If this session changed the same
    /// field later, its own value stays. Returns whether anything changed.
    pub fn add_foreign_events(&mut self, events: &[Event], after: u64) -> bool {
        let mut changed = false;
        for event in events {
            let ours_is_later =
                self.last_own.get(&field_of(event.sample, &event.change)).is_some_and(|seq| *seq > after);
            let is_elsewhere = event.annotator != self.annotator || event.pass != self.pass;
            if is_elsewhere || event.step.session == self.id || ours_is_later {
                continue;
            }
            self.judgements.entry(event.sample).or_default().apply(event.change.clone());
            self.origins.set(event.sample, &event.change, event.origin.clone());
            self.foreign_events += 1;
            self.marks.add_event(event, (after, self.foreign_events));
            self.refresh(event.sample, &|_| event.at);
            changed = true;
        }
        changed
    }

    fn change(
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
    fn change_by(
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
            let looks = self.looks_for(sample.key, &after);
            let chosen_by = self.chosen_by;
            self.edit(sample.key, after, Origin { chosen_by, confirmed_by, looks, ..Origin::default() })
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

    /// The edit that gives a field this value; `None` if it would change nothing. A judgement with
    /// the same value can say more than the earlier one: see [`Origin::adds_to`]. So does a mark
    /// that repeats the row's value after the annotator marked the tile differently in another row:
    /// it becomes the latest mark, and keeps its origin.
    fn edit(&self, sample: SampleKey, after: FieldChange, origin: Origin) -> Option<UndoEdit> {
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

    fn take_step(&mut self, edits: Vec<UndoEdit>, at: Timestamp) -> Vec<Event> {
        let events = self.store(&edits, at, None);
        if let Some(first) = events.first() {
            let (id, original_id) = (first.step.clone(), first.step.clone());
            self.history.push(UndoStep { id, original_id, edits, at, kind: UndoStepKind::Judged });
        }
        events
    }

    fn store(&mut self, edits: &[UndoEdit], at: Timestamp, undoes: Option<&StepId>) -> Vec<Event> {
        let edits: Vec<(UndoEdit, Option<StepId>)> = edits.iter().map(|edit| (edit.clone(), undoes.cloned())).collect();
        self.store_each(&edits, at)
    }

    /// Makes one step of edits, each with the step that it undoes or redoes.
    fn store_each(&mut self, edits: &[(UndoEdit, Option<StepId>)], at: Timestamp) -> Vec<Event> {
        let mut step = StepEventBuilder::new(self.id.clone(), self.last_seq, self.annotator.clone(), at)
            .in_pass(self.pass.clone());
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
    fn store_edit(&mut self, step: &mut StepEventBuilder, edit: &UndoEdit, undoes: Option<&StepId>) -> Event {
        self.judgements.entry(edit.sample).or_default().apply(edit.after.clone());
        let event = step.event(edit.sample, edit.after.clone(), undoes.cloned(), edit.origin.clone());
        self.last_seq = event.seq;
        self.origins.set(edit.sample, &edit.after, edit.origin.clone());
        self.last_own.insert(field_of(edit.sample, &edit.after), event.seq);
        self.marks.add_event(&event, (event.seq, 0));
        event
    }

    /// Updates everything derived from a sample's judgement. `at` returns the time of values whose
    /// time is not known yet.
    fn refresh(&mut self, key: SampleKey, at: &dyn Fn(Option<&TilePath>) -> Timestamp) {
        let Some(index) = self.dataset.find(key) else { return };
        let Some(sample) = self.sample(index) else { return };
        let empty = Judgement::default();
        let judgement = self.judgements.get(&key).unwrap_or(&empty);
        let status = SampleStatus {
            verdict: judgement.verdict,
            false_negatives: u16::try_from(judgement.false_negatives(&sample)).unwrap_or(u16::MAX),
            wrong_positive: judgement.wrong_positive(&sample),
            has_note: !judgement.note.is_empty(),
            has_tags: !judgement.tags.is_empty(),
            flagged: judgement.tags.contains(LOOK_AGAIN),
            undecided: judgement.is_undecided(),
            conflict: self.statuses[index.index()].conflict,
            unconfirmed: u16::try_from(judgement.unconfirmed(&sample)).unwrap_or(u16::MAX),
            shard_missing: self.statuses[index.index()].shard_missing,
            check: self.statuses[index.index()].check,
        };
        self.statuses[index.index()] = status;
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

/// Returns a new session id: 32 hexadecimal digits from the system's source of random bits.
pub(crate) fn new_session_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
