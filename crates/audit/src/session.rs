//! One annotator's work on one dataset: current judgements, their history, and the effect of each
//! action.
//!
//! [`AuditSession::apply`] changes memory at once and returns the events, which the caller stores.
//! No clock, no file, no thread. Each file of the folder has a part of what a session does.

mod action;
mod added;
mod adjudication;
mod bulk;
mod editing;
mod effect;
mod in_rows;
mod long_step;
mod marks;
mod moves;
mod order;
mod propagation;
mod rounds;
mod second_pass;
mod status;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey, TilePath};

use crate::current_origins::{CurrentOrigins, FieldKey, field_of};
use crate::decisions::{DecisionTimes, Decisions};
use crate::event::Event;
use crate::history::UndoHistory;
use crate::judgement::{FieldChange, Judgement, Judgements};
use crate::judging;
use crate::looks::Looks;
use crate::origin::{Confirmation, Selection};
use crate::round::Round;
use crate::stats::JudgementTally;
use crate::time::Timestamp;
use crate::visible::Visible;

pub use crate::judging::{Refusal, can_have_reasons};
pub use action::{CarriedMark, JudgeAction};
pub use bulk::{RowsAction, TileMark};
pub use effect::{ActionEffect, HistoryMove};
pub use long_step::{FinishedStep, LongStep};
use marks::MarkOrder;
pub use status::SampleStatus;

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
    /// The things that the window does not hide from now on. Stored with each verdict.
    pub visible: Option<Visible>,
    id: Arc<str>,
    /// The second pass or audit that its events belong to, if any.
    round: Option<Round>,
    /// The rows of the audit that came back: see [`Self::come_back`].
    came_back: HashSet<SampleKey>,
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
            visible: None,
            origins,
            decisions: Decisions::default(),
            id: new_session_id().into(),
            round: None,
            came_back: HashSet::new(),
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

    /// Takes the steps of some sessions out of the history, so that they cannot be undone here:
    /// those that were made on another machine.
    pub fn without_steps_of(mut self, is_elsewhere: impl Fn(&str) -> bool) -> Self {
        self.history.remove_sessions(is_elsewhere);
        self
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

    /// The number of steps that can be undone, and the number that can be redone.
    pub fn depth(&self) -> (usize, usize) {
        (self.history.undo.len(), self.history.redo.len())
    }

    /// The history of undoable steps.
    pub fn history(&self) -> &UndoHistory {
        &self.history
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
            let is_elsewhere = event.annotator != self.annotator || event.round != self.round_of(event.sample);
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
}

/// Returns a new session id: 32 hexadecimal digits from the system's source of random bits.
pub(crate) fn new_session_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
