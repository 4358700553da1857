//! What a person says of the sample on show: each becomes an action, and its events go to the writer.

use std::collections::BTreeSet;

use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::session::{HistoryMove, can_have_reasons};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{Applied, Event, FieldChange, JudgeAction, Reason, Relevance, Selection, Verdict, now};
use tilejury_data::{SampleKey, TilePath};

use super::propagating::rows_of;
use super::{NextTarget, Review, SeenTiles};

/// What an undo or redo did.
pub(crate) enum UndoOutcome {
    /// There was nothing to undo or redo.
    Nothing,
    /// A step of one sample, which is on show now.
    Step,
    /// What was carried over to so many rows; the sample on show stays.
    Propagated(usize),
    /// A move over many steps; the sample on show stays.
    Moved(HistoryMove),
}

impl Review {
    /// Gives a verdict, and goes on where that is wanted. `copies` are those of [`Self::copies`]. False where nothing is left to
    /// go on to.
    pub(crate) fn judge(&mut self, verdict: Verdict, tiles: SeenTiles, copies: Vec<TilePath>, go_on: bool) -> bool {
        let sample = self.queue.cursor;
        let SeenTiles { seen, inspected, .. } = tiles;
        let action = match verdict {
            Verdict::Accept => JudgeAction::Accept { sample, seen, inspected, copies },
            verdict => JudgeAction::Verdict(sample, Some(verdict)),
        };
        self.act(action);
        self.pace.judged(sample, self.opened.elapsed());
        self.judged_here = Some(sample);
        self.just_judged = can_have_reasons(Some(verdict)).then_some(sample);
        !go_on || self.next(NextTarget::Unjudged)
    }

    /// Says what a tile is; the same again changes nothing in this row.
    pub(crate) fn mark(&mut self, tile: usize, relevance: Option<Relevance>) {
        if let Some(path) = self.tile(tile) {
            self.focus = tile;
            self.act(JudgeAction::Relevance(self.queue.cursor, path, relevance));
        }
    }

    /// Turns a tile between relevant and not relevant. The first press says what is unexpected: that a negative is
    /// relevant, that the positive is not.
    pub(crate) fn toggle(&mut self, tile: usize) {
        let Some(path) = self.tile(tile) else { return };
        let unexpected = if tile == 0 { Relevance::NotRelevant } else { Relevance::Relevant };
        let expected = if tile == 0 { Relevance::Relevant } else { Relevance::NotRelevant };
        let present = self.judgement().relevance(&path);
        self.mark(tile, Some(if present == Some(unexpected) { expected } else { unexpected }));
    }

    /// Adds or removes a reason: of the sample just judged, or of the one on show. False where that can have none.
    pub(crate) fn toggle_reason(&mut self, reason: Reason) -> bool {
        let of = self.reasons_of();
        let can = can_have_reasons(self.session.standings().get(of).and_then(|standing| standing.verdict));
        self.act(JudgeAction::ToggleReason(of, reason));
        can
    }

    /// The sample that reasons go to.
    pub(crate) fn reasons_of(&self) -> usize {
        self.just_judged.unwrap_or(self.queue.cursor)
    }

    /// Takes a reason of the sample on show away.
    pub(crate) fn remove_reason(&mut self, reason: Reason) {
        if self.judgement().reasons.contains(&reason) {
            self.act(JudgeAction::ToggleReason(self.queue.cursor, reason));
        }
    }

    /// Sets the note of a sample.
    pub(crate) fn set_note(&mut self, sample: usize, text: &str) {
        self.act(JudgeAction::Note(sample, text.trim().to_owned()));
    }

    /// Gives the sample the note that was written last on another. Returns which one that was.
    pub(crate) fn copy_last_note(&mut self) -> Option<usize> {
        let (of, note) = self.session.last_note(self.queue.cursor)?;
        let note = note.to_owned();
        self.act(JudgeAction::Note(self.queue.cursor, note));
        Some(of)
    }

    /// Says the same of every negative of the sample on show.
    pub(crate) fn mark_negatives(&mut self, relevance: Option<Relevance>) {
        self.act(JudgeAction::AllNegatives(self.queue.cursor, relevance));
    }

    /// Adds a tag to the sample on show, or takes it away.
    pub(crate) fn toggle_tag(&mut self, tag: &str) {
        let mut tags = self.judgement().tags;
        if !tags.remove(tag) {
            tags.insert(tag.to_owned());
        }
        self.act(JudgeAction::Tags(self.queue.cursor, tags));
        self.count_tags();
    }

    /// Flags the sample on show to be looked at again, or takes the flag away.
    pub(crate) fn toggle_flag(&mut self) {
        self.toggle_tag(LOOK_AGAIN);
    }

    pub(super) fn count_tags(&mut self) {
        let tags = self.session.tags().into_iter();
        self.tags = tags.map(|(tag, count)| (tag.to_owned(), count)).collect();
    }

    /// Takes the verdict away.
    pub(crate) fn clear_verdict(&mut self) {
        self.just_judged = None;
        self.act(JudgeAction::Verdict(self.queue.cursor, None));
        self.pace.taken_back(self.queue.cursor);
    }

    /// Takes back the last step, or does it again, and returns to its sample.
    pub(crate) fn undo_or_redo(&mut self, action: JudgeAction) -> UndoOutcome {
        let applied = self.act(action);
        let sample = applied.sample;
        if let Some(index) = sample {
            self.just_judged = None;
            self.count_tags();
            if self.session.judgement(index).is_none_or(|judgement| judgement.verdict.is_none()) {
                self.pace.taken_back(index);
            }
        }
        if let Some(index) = sample
            && index != self.queue.cursor
        {
            self.show(index);
        }
        if let Some(moved) = applied.moved {
            self.after_history_move(&applied);
            return UndoOutcome::Moved(moved);
        }
        match (sample, rows_of(&applied.events)) {
            (_, 0) => UndoOutcome::Nothing,
            (Some(_), _) => UndoOutcome::Step,
            (None, rows) => UndoOutcome::Propagated(rows),
        }
    }

    /// Goes back in the history over many steps at once, or brings back what was abandoned. Returns what came of it; the sample
    /// on show stays.
    pub(crate) fn move_in_history(&mut self, action: JudgeAction) -> Option<HistoryMove> {
        let applied = self.act(action);
        self.after_history_move(&applied);
        applied.moved
    }

    /// What follows from a move over many steps.
    fn after_history_move(&mut self, applied: &Applied) {
        self.just_judged = None;
        self.count_tags();
        let cleared = applied.events.iter().filter(|event| event.change == FieldChange::Verdict(None));
        for index in cleared.filter_map(|event| self.dataset().find(event.sample)).collect::<Vec<_>>() {
            if self.session.judgement(index).is_none_or(|judgement| judgement.verdict.is_none()) {
                self.pace.taken_back(index);
            }
        }
    }

    /// Does steps again until that many stand, all in one transaction, and shows the sample of the last one.
    pub(crate) fn redo_to(&mut self, steps: usize) {
        let (mut events, mut samples, mut last, mut any) = (Vec::new(), Vec::new(), None, false);
        while self.session.depth().0 < steps {
            let applied = self.session.apply(JudgeAction::Redo, now());
            if applied.events.is_empty() {
                break;
            }
            samples.extend(self.records(&applied.events));
            events.extend(applied.events);
            last = applied.sample.or(last);
            any = true;
        }
        if !any {
            return;
        }
        self.answering.judged(events.clone());
        self.judgings += 1;
        self.writer.record(events, samples);
        self.count_tags();
        self.refresh_derived();
        self.just_judged = None;
        if let Some(last) = last {
            self.show(last);
        }
    }

    pub(super) fn tile(&self, at: usize) -> Option<TilePath> {
        self.sample.as_ref()?.tiles().nth(at).map(|tile| tile.path.clone())
    }

    /// Applies an action and hands its events to the writer.
    pub(super) fn act(&mut self, action: JudgeAction) -> Applied {
        self.session.chosen_by = self.chosen_by();
        let judged = match &action {
            JudgeAction::Accept { sample, .. }
            | JudgeAction::Verdict(sample, _)
            | JudgeAction::Relevance(sample, ..)
            | JudgeAction::AllNegatives(sample, _)
            | JudgeAction::ToggleReason(sample, _) => Some(*sample),
            _ => None,
        };
        let applied = self.session.apply(action, now());
        if applied.events.is_empty() {
            return Applied { moved: applied.moved, ..Applied::default() };
        }
        self.judgings += 1;
        self.latest_judgement_at = self.latest_judgement_at.max(applied.events.first().map(|event| event.at));
        self.writer.record(applied.events.clone(), self.records(&applied.events));
        self.answering.judged(applied.events.clone());
        if let Some(sample) = judged {
            self.find_targets(sample, &applied.events);
        }
        self.refresh_derived();
        applied
    }

    /// What the sidecar must know of the samples that events are about.
    fn records(&self, events: &[Event]) -> Vec<SampleRecord> {
        let keys: BTreeSet<SampleKey> = events.iter().map(|event| event.sample).collect();
        let indexes = keys.into_iter().filter_map(|key| self.dataset().find(key));
        indexes.filter_map(|index| SampleRecord::new(self.dataset(), index)).collect()
    }

    /// Why the sample on show came up. While suspicion decides what is listed, or in which order, it decided this one too.
    fn chosen_by(&self) -> Option<Selection> {
        let queue = &self.queue;
        let suspicion = self.sought_suspicious || queue.order.is_some() || queue.filter.depends_on_signals();
        suspicion.then_some(Selection::SuspiciousFirst)
    }

    /// Only a search that asks for judgements lets one change the list.
    pub(super) fn refresh_derived(&mut self) {
        self.version += 1;
        self.propagation.refresh(&self.session);
        if self.queue.filter.depends_on_judgements() {
            self.rebuild();
        }
    }
}
