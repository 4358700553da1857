//! One annotator's work on one dataset: the judgements as they stand, their history, and what each action changes.
//!
//! [`AuditSession::apply`] is pure: memory changes at once, and the events it returns are the caller's to store.
//! No clock, no file, no thread.

mod marks;
mod moves;

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use tilejury_data::{Dataset, MissingShards, Sample, SampleKey, TilePath};

use crate::answers::Conflict;
use crate::decisions::{DecisionTimes, Decisions, SampleDecisions, Voice};
use crate::event::{Event, StepId};
use crate::history::{UndoEdit, UndoHistory, UndoStep, UndoStepKind};
use crate::judgement::{FieldChange, Judgement, Judgements, LOOK_AGAIN, Reason, Relevance, Verdict};
use crate::origin::{Confirmation, FieldKey, Origin, Origins, Selection, field_of};
use crate::stats::JudgementTally;
use crate::time::Timestamp;

use marks::MarkOrder;
pub use moves::HistoryMove;

/// Something a person does. Samples are named by their index in the dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgeAction {
    /// Accept a sample, and with it confirm each tile that was seen: the positive as relevant, each negative as not
    /// relevant. What was said of a tile before stays. A negative that is the positive itself, or a copy of it, is never
    /// confirmed as not relevant: it is relevant as soon as the positive is, and else nothing is said of it.
    Accept {
        /// The sample.
        sample: usize,
        /// The tiles that were on show and loaded.
        seen: Vec<TilePath>,
        /// Those of them that had been in focus, compared or enlarged: see [`Confirmation::Inspected`].
        inspected: Vec<TilePath>,
        /// The negatives that show the very pixels of the positive, under other paths.
        copies: Vec<TilePath>,
    },
    /// Give or clear a verdict. Reasons go when the new verdict can have none.
    Verdict(usize, Option<Verdict>),
    /// Add a reason, or take it away again.
    ToggleReason(usize, Reason),
    /// Say what a tile is, or clear it. Repeating the row's value makes an event where the person's latest word about the query
    /// and the tile is another one, from another row.
    Relevance(usize, TilePath, Option<Relevance>),
    /// Say the same of every negative of a sample, or clear what was said of them.
    AllNegatives(usize, Option<Relevance>),
    /// Set the note; empty clears it.
    Note(usize, String),
    /// Set all tags.
    Tags(usize, BTreeSet<String>),
    /// Say the same of tiles in other rows as was said of them in one, all in one step. Where something is said already, it
    /// stays.
    Propagate(Vec<CarriedMark>),
    /// Take back the last step.
    Undo,
    /// Do again what was taken back last.
    Redo,
    /// Take back all steps above so many of the undo stack, in one step that one undo takes back.
    GoBack(usize),
    /// Do the steps of an abandoned branch again, of which one was made under this name.
    BringBack(StepId),
}

/// What is said of a tile in one row, to be said in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedMark {
    /// The other row.
    pub sample: usize,
    /// The tile as that row has it: the very tile, or a copy of it under another path.
    pub tile: TilePath,
    /// What is said.
    pub relevance: Relevance,
    /// The step that said it first.
    pub from: StepId,
}

/// What an action did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// To be stored, all in one transaction. Empty when nothing changed.
    pub events: Vec<Event>,
    /// The sample that an undo or redo was about: where to return to. `None` where it was about several.
    pub sample: Option<usize>,
    /// How many steps it took back or did again, where those could be many.
    pub moved: Option<HistoryMove>,
}

/// What the queue needs to know of each sample: a few bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleStatus {
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// How many negatives were judged relevant; no more than 65,535 are counted.
    pub false_negatives: u16,
    /// The positive was judged not relevant.
    pub wrong_positive: bool,
    /// There is a note.
    pub noted: bool,
    /// There is a tag, the flag included.
    pub tagged: bool,
    /// It is flagged to be looked at again.
    pub flagged: bool,
    /// The verdict is unsure, or a tile is.
    pub undecided: bool,
    /// It is a row of a conflict: [`AuditSession::set_conflicts`] says so, no judgement of the sample itself.
    pub conflict: bool,
    /// Accepted, and of so many different tiles nothing is said: they could not be seen. No more than 65,535 are counted.
    pub unconfirmed: u16,
    /// The row names a tile of a shard that is not here. No judgement: see [`AuditSession::set_missing_shards`].
    pub shard_missing: bool,
}

/// One annotator's judgements of one dataset.
pub struct AuditSession {
    /// What is judged.
    pub dataset: Arc<Dataset>,
    /// Who judges.
    pub annotator: Arc<str>,
    /// Running totals over the dataset.
    pub tally: JudgementTally,
    /// Why the samples come up that are judged from now on; goes along with each judgement.
    pub chosen_by: Option<Selection>,
    id: Arc<str>,
    last_seq: u64,
    judgements: Judgements,
    origins: Origins,
    looks: Decisions,
    standings: Vec<SampleStatus>,
    history: UndoHistory,
    /// The number of this session's last event on each field.
    last_own: HashMap<FieldKey, u64>,
    marks: MarkOrder,
    /// The number of events of other windows and programs that were taken in.
    taken_in: u64,
    /// The sample that was read last, with its index.
    last_read: Option<(usize, Arc<Sample>)>,
}

impl AuditSession {
    /// A session on a dataset, with the events that this annotator left before, in stored order.
    pub fn new(dataset: Arc<Dataset>, annotator: &str, events: &[Event]) -> Self {
        let mut judgements = Judgements::new();
        let mut origins = Origins::default();
        let mut history = UndoHistory::replay(events, &mut judgements, &mut origins);
        // What is not on show (another split, a row that left) must not be undone behind the person's back.
        history.retain(|sample| dataset.find(sample).is_some());
        let mut session = Self {
            annotator: annotator.into(),
            tally: JudgementTally::default(),
            chosen_by: None,
            origins,
            looks: Decisions::default(),
            id: new_session_id().into(),
            last_seq: 0,
            standings: vec![SampleStatus::default(); dataset.samples.len()],
            judgements: Judgements::new(),
            history,
            last_own: HashMap::new(),
            marks: MarkOrder::from_events(events),
            taken_in: 0,
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

    /// The session's name, unique over all machines.
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The number of the last event made.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// What was said of a sample.
    pub fn judgement(&self, sample: usize) -> Option<&Judgement> {
        self.judgements.get(&self.dataset.samples.get(sample)?.key)
    }

    /// Returns a sample of the dataset; `None` if its row cannot be read. The last one is kept: an action needs the same row
    /// several times, and each read parses it.
    pub fn sample(&mut self, index: usize) -> Option<Arc<Sample>> {
        if let Some((last, sample)) = &self.last_read
            && *last == index
        {
            return Some(sample.clone());
        }
        self.dataset.samples.get(index)?;
        let sample = Arc::new(self.dataset.sample(index).ok()?);
        self.last_read = Some((index, sample.clone()));
        Some(sample)
    }

    /// How what stands came about.
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// What was decided by looking, by sample and place.
    pub fn decisions(&self) -> &Decisions {
        &self.looks
    }

    /// Every sample of which something is said, with what.
    pub fn judgements(&self) -> &Judgements {
        &self.judgements
    }

    /// The step that said of a tile of a sample what stands, if it can still be taken back.
    pub fn step_of(&self, sample: usize, tile: &TilePath) -> Option<&StepId> {
        let key = self.dataset.samples.get(sample)?.key;
        let said = |edit: &UndoEdit| edit.sample == key && edit.after.tile() == Some(tile);
        self.history.undo.iter().rev().find(|step| step.edits.iter().any(said)).map(|step| &step.id)
    }

    /// The state of each sample, by index.
    pub fn standings(&self) -> &[SampleStatus] {
        &self.standings
    }

    /// Notes which samples are rows of conflicts; all others are not. Returns whether that is new.
    pub fn set_conflicts(&mut self, conflicts: &[Conflict]) -> bool {
        let rows: HashSet<u32> = conflicts.iter().flat_map(Conflict::rows).collect();
        let mut changed = false;
        for (index, standing) in self.standings.iter_mut().enumerate() {
            let conflict = rows.contains(&(index as u32));
            changed |= std::mem::replace(&mut standing.conflict, conflict) != conflict;
        }
        changed
    }

    /// Notes which samples name a tile of a shard that is not here, for [`SampleStatus::shard_missing`].
    pub fn set_missing_shards(&mut self, missing: &MissingShards) {
        for (index, standing) in self.standings.iter_mut().enumerate() {
            standing.shard_missing = missing.concerns(index);
        }
    }

    /// How many steps can be taken back, and done again.
    pub fn depth(&self) -> (usize, usize) {
        (self.history.undo.len(), self.history.redo.len())
    }

    /// What can be taken back and done again.
    pub fn history(&self) -> &UndoHistory {
        &self.history
    }

    /// The sample that was given a verdict last and still has one; from a sample that was, the one judged before it.
    pub fn judged_before(&self, cursor: usize) -> Option<usize> {
        let judged = |step: &UndoStep| {
            let edit = step.edits.iter().find(|edit| matches!(edit.after, FieldChange::Verdict(Some(_))))?;
            let index = self.dataset.find(edit.sample)?;
            self.standings.get(index)?.verdict.map(|_| index)
        };
        let mut seen = HashSet::new();
        let mut judged = self.history.undo.iter().rev().filter_map(judged).filter(|index| seen.insert(*index));
        let has_verdict = self.standings.get(cursor).is_some_and(|standing| standing.verdict.is_some());
        if !has_verdict {
            return judged.next();
        }
        let last = judged.next()?;
        let met = last == cursor || judged.by_ref().any(|index| index == cursor);
        if met { judged.next() } else { Some(last) }
    }

    /// The note that was written last on another sample than this one, and on which.
    pub fn last_note(&self, but: usize) -> Option<(usize, &str)> {
        self.history.undo.iter().rev().flat_map(|step| step.edits.iter().rev()).find_map(|edit| {
            let index = self.dataset.find(edit.sample).filter(|index| *index != but)?;
            match &edit.after {
                FieldChange::Note(note) if !note.is_empty() => Some((index, note.as_str())),
                _ => None,
            }
        })
    }

    /// Every tag in use with the number of samples that have it, the most used first.
    pub fn tags(&self) -> Vec<(&str, usize)> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for tag in self.judgements.values().flat_map(|judgement| &judgement.tags) {
            *counts.entry(tag).or_default() += 1;
        }
        let mut tags: Vec<(&str, usize)> = counts.into_iter().collect();
        tags.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        tags
    }

    /// How many judged samples the dataset does not hold (any more). They stay in the sidecar.
    pub fn orphans(&self) -> usize {
        self.judgements.keys().filter(|key| self.dataset.find(**key).is_none()).count()
    }

    /// Does what a person asked for.
    pub fn apply(&mut self, action: JudgeAction, at: Timestamp) -> Applied {
        match action {
            JudgeAction::Undo => self.undo(at),
            JudgeAction::Redo => self.redo(at),
            JudgeAction::GoBack(depth) => self.go_back(depth, at),
            JudgeAction::BringBack(name) => self.redo_branch(&name, at),
            JudgeAction::Accept { sample, seen, inspected, copies } => {
                // That a copy is relevant, the program says: no look stands behind it, wherever the focus was.
                let confirmation = |tile: &TilePath| match inspected.contains(tile) && !copies.contains(tile) {
                    true => Confirmation::Inspected,
                    false => Confirmation::Visible,
                };
                self.change_by(sample, at, &|tile| Some(confirmation(tile)), |sample, judgement| {
                    accept(sample, judgement, &seen, &copies)
                })
            }
            JudgeAction::Verdict(sample, verdict) => {
                self.change(sample, at, |sample, judgement| set_verdict(sample, judgement, verdict))
            }
            JudgeAction::ToggleReason(sample, reason) => {
                self.change(sample, at, |sample, judgement| toggle_reason(sample, judgement, reason))
            }
            JudgeAction::Relevance(sample, tile, relevance) => {
                self.change(sample, at, |sample, judgement| mark(sample, judgement, &tile, relevance))
            }
            JudgeAction::AllNegatives(sample, relevance) => {
                self.change(sample, at, |sample, _| all_negatives(sample, relevance))
            }
            JudgeAction::Note(sample, note) => self.change(sample, at, |_, _| vec![FieldChange::Note(note)]),
            JudgeAction::Tags(sample, tags) => self.change(sample, at, |_, _| vec![FieldChange::Tags(tags)]),
            JudgeAction::Propagate(carried) => self.propagate(carried, at),
        }
    }

    /// Takes in events that another window or program stored for this annotator. `after` is the number of this
    /// session's last event that was stored before them: where a later one of ours is about the same field, ours
    /// stands. Returns whether anything changed.
    pub fn add_foreign_events(&mut self, events: &[Event], after: u64) -> bool {
        let mut changed = false;
        for event in events {
            let ours_is_later =
                self.last_own.get(&field_of(event.sample, &event.change)).is_some_and(|seq| *seq > after);
            if event.annotator != self.annotator || event.step.session == self.id || ours_is_later {
                continue;
            }
            self.judgements.entry(event.sample).or_default().apply(event.change.clone());
            self.origins.set(event.sample, &event.change, event.origin.clone());
            self.taken_in += 1;
            self.marks.add_event(event, (after, self.taken_in));
            self.refresh(event.sample, &|_| event.at);
            changed = true;
        }
        changed
    }

    fn change(
        &mut self,
        index: usize,
        at: Timestamp,
        changes: impl FnOnce(&Sample, &Judgement) -> Vec<FieldChange>,
    ) -> Applied {
        self.change_by(index, at, &|_| None, changes)
    }

    /// `confirmed_by` says how the change of a tile came about, where it is no mark of its own. `changes` is given the
    /// judgement with both forms of a wrong positive: see [`Judgement::reconciled`].
    fn change_by(
        &mut self,
        index: usize,
        at: Timestamp,
        confirmed_by: &dyn Fn(&TilePath) -> Option<Confirmation>,
        changes: impl FnOnce(&Sample, &Judgement) -> Vec<FieldChange>,
    ) -> Applied {
        let Some(sample) = self.sample(index) else { return Applied::default() };
        let judgement = self.judgements.get(&sample.key).cloned().unwrap_or_default().reconciled(&sample.positive.path);
        let changes = changes(&sample, &judgement);
        let edits = changes.into_iter().filter_map(|after| {
            let confirmed_by = after.tile().and_then(confirmed_by);
            self.edit(sample.key, after, Origin { chosen_by: self.chosen_by, propagated_from: None, confirmed_by })
        });
        let events = self.take_step(edits.collect(), at);
        Applied { events, sample: Some(index), moved: None }
    }

    fn propagate(&mut self, carried: Vec<CarriedMark>, at: Timestamp) -> Applied {
        let mut done = HashSet::new();
        let edits = carried.into_iter().filter_map(|CarriedMark { sample, tile, relevance, from }| {
            let other = self.dataset.sample(sample).ok()?;
            let unsaid = self.judgements.get(&other.key).is_none_or(|said| said.relevance(&tile).is_none());
            let holds = other.tiles().any(|own| own.path == tile);
            if !unsaid || !holds || !done.insert((sample, tile.clone())) {
                return None;
            }
            // Whatever made the first row come up, made these come up.
            let origin = Origin { chosen_by: self.chosen_by, propagated_from: Some(from), confirmed_by: None };
            self.edit(other.key, FieldChange::Relevance(tile, Some(relevance)), origin)
        });
        let edits: Vec<UndoEdit> = edits.collect();
        Applied { events: self.take_step(edits, at), sample: None, moved: None }
    }

    /// What it would take to give a field this value; `None` where it has it. A mark of a tile that accepting had confirmed
    /// says more than before, though the value is the same. So does a mark that repeats the row's value where the person has
    /// since marked the tile otherwise in another row: it becomes the latest word, and keeps its origin.
    fn edit(&self, sample: SampleKey, after: FieldChange, origin: Origin) -> Option<UndoEdit> {
        let nothing = Judgement::default();
        let before = self.judgements.get(&sample).unwrap_or(&nothing).present(&after);
        let origin_before = self.origins.get(sample, &after);
        let is_mark = origin.confirmed_by.is_none() && origin.propagated_from.is_none();
        let marks = origin_before.confirmed_by.is_some() && origin.confirmed_by.is_none();
        if before != after || marks {
            return Some(UndoEdit { sample, before, after, origin_before, origin });
        }
        let FieldChange::Relevance(tile, Some(relevance)) = &after else { return None };
        let repeats = is_mark && self.is_overruled(sample, tile, *relevance);
        repeats.then(|| UndoEdit { sample, before, after, origin: origin_before.clone(), origin_before })
    }

    fn take_step(&mut self, edits: Vec<UndoEdit>, at: Timestamp) -> Vec<Event> {
        let events = self.store(&edits, at, None);
        if let Some(first) = events.first() {
            let (id, made) = (first.step.clone(), first.step.clone());
            self.history.push(UndoStep { id, made, edits, at, kind: UndoStepKind::Judged });
        }
        events
    }

    fn store(&mut self, edits: &[UndoEdit], at: Timestamp, undoes: Option<&StepId>) -> Vec<Event> {
        let edits: Vec<(UndoEdit, Option<StepId>)> = edits.iter().map(|edit| (edit.clone(), undoes.cloned())).collect();
        self.store_each(&edits, at)
    }

    /// Makes one step of edits, each with the step that it takes back or does again.
    fn store_each(&mut self, edits: &[(UndoEdit, Option<StepId>)], at: Timestamp) -> Vec<Event> {
        let step = StepId { session: self.id.clone(), seq: self.last_seq + 1 };
        let mut events = Vec::with_capacity(edits.len());
        let mut touched = BTreeSet::new();
        for (edit, undoes) in edits {
            self.last_seq += 1;
            self.judgements.entry(edit.sample).or_default().apply(edit.after.clone());
            touched.insert(edit.sample);
            let event = Event {
                step: step.clone(),
                seq: self.last_seq,
                sample: edit.sample,
                change: edit.after.clone(),
                annotator: self.annotator.clone(),
                at,
                undoes: undoes.clone(),
                origin: edit.origin.clone(),
            };
            self.origins.set(edit.sample, &edit.after, edit.origin.clone());
            self.last_own.insert(field_of(edit.sample, &edit.after), event.seq);
            self.marks.add_event(&event, (event.seq, 0));
            events.push(event);
        }
        for key in touched {
            self.refresh(key, &|_| at);
        }
        events
    }

    /// Takes in what is said of a sample now. `at` tells when that was said which is not known yet.
    fn refresh(&mut self, key: SampleKey, at: &dyn Fn(Option<&TilePath>) -> Timestamp) {
        let Some(index) = self.dataset.find(key) else { return };
        let Some(sample) = self.sample(index) else { return };
        let nothing = Judgement::default();
        let judgement = self.judgements.get(&key).unwrap_or(&nothing);
        let standing = SampleStatus {
            verdict: judgement.verdict,
            false_negatives: u16::try_from(judgement.false_negatives(&sample)).unwrap_or(u16::MAX),
            wrong_positive: judgement.wrong_positive(&sample),
            noted: !judgement.note.is_empty(),
            tagged: !judgement.tags.is_empty(),
            flagged: judgement.tags.contains(LOOK_AGAIN),
            undecided: judgement.is_undecided(),
            conflict: self.standings[index].conflict,
            unconfirmed: u16::try_from(judgement.unconfirmed(&sample)).unwrap_or(u16::MAX),
            shard_missing: self.standings[index].shard_missing,
        };
        self.standings[index] = standing;
        let look = SampleDecisions::new(&sample, judgement, &[Voice { judgement, origins: &self.origins, at }]);
        let look = match self.looks.get(index) {
            Some(earlier) => look.with_times_of(earlier),
            None => look,
        };
        self.looks.set(index, look);
        self.tally.replace(key, judgement, &sample);
        if judgement.is_empty() {
            self.judgements.remove(&key);
        }
    }
}

fn accept(sample: &Sample, judgement: &Judgement, seen: &[TilePath], copies: &[TilePath]) -> Vec<FieldChange> {
    let mut changes = set_verdict(sample, judgement, Some(Verdict::Accept));
    let mut done = BTreeSet::new();
    let positive = &sample.positive.path;
    let said = judgement.relevance(positive);
    let positive_is_relevant = said == Some(Relevance::Relevant) || (said.is_none() && seen.contains(positive));
    // The positive comes first: where it also stands among the negatives, it is relevant there too.
    for (at, tile) in sample.tiles().enumerate() {
        let unsaid = judgement.relevance(&tile.path).is_none();
        if !unsaid || !seen.contains(&tile.path) || !done.insert(&tile.path) {
            continue;
        }
        let relevance = match at {
            0 => Relevance::Relevant,
            _ if !copies.contains(&tile.path) => Relevance::NotRelevant,
            _ if positive_is_relevant => Relevance::Relevant,
            _ => continue,
        };
        changes.push(FieldChange::Relevance(tile.path.clone(), Some(relevance)));
    }
    changes
}

/// A tile that is positive for the row as well stays as it is: what is said of negatives must not turn it around.
fn all_negatives(sample: &Sample, relevance: Option<Relevance>) -> Vec<FieldChange> {
    let mut done = BTreeSet::from([&sample.positive.path]);
    let negatives = sample.negatives.iter().filter(|tile| done.insert(&tile.path));
    negatives.map(|tile| FieldChange::Relevance(tile.path.clone(), relevance)).collect()
}

/// The reasons go where the new verdict can have none. Of a rejected row, a wrong positive is a reason and a mark.
fn set_verdict(sample: &Sample, judgement: &Judgement, verdict: Option<Verdict>) -> Vec<FieldChange> {
    let positive = &sample.positive.path;
    let mut after = judgement.clone();
    after.verdict = verdict;
    if !can_have_reasons(verdict) {
        after.reasons.clear();
    }
    let after = after.reconciled(positive);
    let mut changes = vec![FieldChange::Verdict(verdict), FieldChange::Reasons(after.reasons.clone())];
    // To say again what is said of a tile would make a mark of what accepting confirmed.
    if after.relevance(positive) != judgement.relevance(positive) {
        changes.push(FieldChange::Relevance(positive.clone(), after.relevance(positive)));
    }
    changes
}

/// Of a rejected row, the reason that the positive is wrong and the positive's mark come and go together.
fn toggle_reason(sample: &Sample, judgement: &Judgement, reason: Reason) -> Vec<FieldChange> {
    if !can_have_reasons(judgement.verdict) {
        return Vec::new();
    }
    let mut reasons = judgement.reasons.clone();
    let added = !reasons.remove(&reason);
    if added {
        reasons.insert(reason);
    }
    let mut changes = vec![FieldChange::Reasons(reasons)];
    if reason == Reason::WrongPositive && judgement.verdict == Some(Verdict::Reject) {
        let relevance = added.then_some(Relevance::NotRelevant);
        changes.push(FieldChange::Relevance(sample.positive.path.clone(), relevance));
    }
    changes
}

fn mark(sample: &Sample, judgement: &Judgement, tile: &TilePath, relevance: Option<Relevance>) -> Vec<FieldChange> {
    let mut changes = vec![FieldChange::Relevance(tile.clone(), relevance)];
    if judgement.verdict == Some(Verdict::Reject) && *tile == sample.positive.path {
        let mut reasons = judgement.reasons.clone();
        match relevance {
            Some(Relevance::NotRelevant) => reasons.insert(Reason::WrongPositive),
            _ => reasons.remove(&Reason::WrongPositive),
        };
        changes.push(FieldChange::Reasons(reasons));
    }
    changes
}

/// Reject and unsure can say why; accept needs no reason.
pub fn can_have_reasons(verdict: Option<Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Reject | Verdict::Unsure))
}

/// 128 random bits: each `RandomState` is seeded by the system.
pub(crate) fn new_session_id() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
