//! Judgements of a person: each becomes an action, and its events go to the writer.

use std::collections::BTreeSet;

use tilejury_audit::history::UndoStep;
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::session::{HistoryMove, can_have_reasons};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{
    ActionEffect, Event, FieldChange, JudgeAction, Looks, Reason, Refusal, Relevance, Selection, TileMark, Verdict, now,
};
use tilejury_data::{SampleIndex, SampleKey, TilePath, TileSlot};

use super::propagation::row_count;
use super::{Review, RoundKind, SeenTiles};

/// The result of an undo or redo.
pub(crate) enum UndoOutcome {
    /// There was nothing to undo or redo.
    Nothing,
    /// A step of one sample, which is shown now, or a step of several at once. In words, with its
    /// row.
    Step(String),
    /// A propagation to this number of rows; the current sample stays.
    Propagated(usize),
    /// A move over many steps; the current sample stays.
    Moved(HistoryMove),
}

impl Review {
    /// Gives a verdict, and moves to the next sample if `go_on` is set. `copies` are those of
    /// [`Self::copies`]. Returns `false` if there is no sample to move to.
    pub(crate) fn judge(&mut self, verdict: Verdict, tiles: SeenTiles, copies: Vec<TilePath>, go_on: bool) -> bool {
        let sample = self.cursor();
        let SeenTiles { seen, inspected, looks, .. } = tiles;
        let action = match verdict {
            Verdict::Accept => JudgeAction::Accept { sample, seen, inspected, copies },
            verdict => JudgeAction::Verdict(sample, Some(verdict)),
        };
        self.judge_as(verdict, action, looks, go_on)
    }

    /// Gives the current sample a verdict by an action, as [`Self::judge`] does.
    pub(super) fn judge_as(&mut self, verdict: Verdict, action: JudgeAction, looks: Looks, go_on: bool) -> bool {
        let sample = self.cursor();
        if self.is_in_round() {
            // A second look at a row is no further row of the day. The pace of an audit counts: it
            // says how long the next one takes.
            self.act_after_looks(action, looks);
            if self.round_kind() == Some(RoundKind::Audit) {
                self.stats.answered(sample);
            }
        } else {
            let new_looks = self.new_looks(sample, looks.clone());
            if !self.act_after_looks(action, new_looks).events.is_empty() {
                self.looks_stored.insert(sample, looks);
            }
            self.stats.sample_judged(sample);
        }
        self.judged_here = Some(sample);
        self.just_judged = can_have_reasons(Some(verdict)).then_some(sample);
        !go_on || self.go_to_next_unjudged()
    }

    /// The looks to store with a verdict. The session adds them to those that are stored with the
    /// current verdict, so time that is in both must not count twice.
    fn new_looks(&self, sample: SampleIndex, looks: Looks) -> Looks {
        let stored = self.looks_stored.get(&sample).filter(|_| self.session.looks(sample).is_some());
        stored.map_or(looks.clone(), |stored| looks.without(stored))
    }

    /// Marks a tile, or clears its mark; repeating a mark changes nothing in this row.
    pub(crate) fn mark(&mut self, tile: TileSlot, relevance: Option<Relevance>) {
        if let Some(path) = self.tile(tile) {
            self.begin_row();
            self.focus = tile;
            self.act(JudgeAction::Relevance(self.cursor(), path, relevance));
        }
    }

    /// Ends the offer of reasons for the row before: a person works on this one.
    pub(crate) fn begin_row(&mut self) {
        self.just_judged = self.just_judged.filter(|judged| *judged == self.cursor());
    }

    /// Toggles a tile between relevant and not relevant. The first press marks the unexpected: a
    /// negative as relevant, the positive as not relevant.
    pub(crate) fn toggle(&mut self, tile: TileSlot) {
        let Some(path) = self.tile(tile) else { return };
        let is_positive = tile.is_positive() && !self.hides_roles();
        let unexpected = if is_positive { Relevance::NotRelevant } else { Relevance::Relevant };
        let expected = if is_positive { Relevance::Relevant } else { Relevance::NotRelevant };
        let present = self.judgement().relevance(&path);
        self.mark(tile, Some(if present == Some(unexpected) { expected } else { unexpected }));
    }

    /// Adds or removes a reason of the sample just judged, or of the current one. Returns `false`
    /// if it can have none.
    pub(crate) fn toggle_reason(&mut self, reason: Reason) -> bool {
        let sample = self.reasons_of();
        let can = can_have_reasons(self.session.statuses().get(sample.index()).and_then(|status| status.verdict));
        self.act(JudgeAction::ToggleReason(sample, reason));
        can
    }

    /// The sample that reasons are added to.
    pub(crate) fn reasons_of(&self) -> SampleIndex {
        self.just_judged.unwrap_or(self.cursor())
    }

    /// Removes a reason of the current sample.
    pub(crate) fn remove_reason(&mut self, reason: Reason) {
        if self.judgement().reasons.contains(&reason) {
            self.act(JudgeAction::ToggleReason(self.cursor(), reason));
        }
    }

    /// Sets the note of a sample.
    pub(crate) fn set_note(&mut self, sample: SampleIndex, text: &str) {
        self.act(JudgeAction::Note(sample, text.trim().to_owned()));
    }

    /// Copies the note that was written last on another sample to the current one. Returns that
    /// other sample.
    pub(crate) fn copy_last_note(&mut self) -> Option<SampleIndex> {
        let (source, note) = self.session.last_note(self.cursor())?;
        let note = note.to_owned();
        self.act(JudgeAction::Note(self.cursor(), note));
        Some(source)
    }

    /// Marks a tile in several rows, or removes its marks there, in one step. Returns the number of
    /// rows.
    pub(crate) fn mark_in_rows(
        &mut self,
        rows: BTreeSet<SampleIndex>,
        tile: TilePath,
        relevance: Option<Relevance>,
    ) -> usize {
        row_count(&self.act(JudgeAction::MarkInRows(rows, tile, relevance)).events)
    }

    /// Marks every negative of the current sample.
    pub(crate) fn mark_negatives(&mut self, relevance: Option<Relevance>) {
        if self.hides_roles() {
            self.mark_unmarked(relevance);
        } else {
            self.act(JudgeAction::AllNegatives(self.cursor(), relevance));
        }
    }

    /// Adds a tile that the row of a sample does not name, as relevant to its query.
    pub(crate) fn add_relevant(&mut self, sample: SampleIndex, tile: TilePath) -> Result<(), Refusal> {
        self.act(JudgeAction::AddRelevant { sample, tile }).refused.map_or(Ok(()), Err)
    }

    /// Removes an added tile from a sample.
    pub(crate) fn remove_relevant(&mut self, sample: SampleIndex, tile: TilePath) -> Result<(), Refusal> {
        self.act(JudgeAction::RemoveRelevant { sample, tile }).refused.map_or(Ok(()), Err)
    }

    /// The tiles that were added to the current row, sorted by path.
    pub(crate) fn added(&self) -> Vec<TilePath> {
        let sample = self.sample.iter();
        sample.flat_map(|sample| self.judgement().added(sample).cloned().collect::<Vec<_>>()).collect()
    }

    /// Adds a tag to the current sample, or removes it.
    pub(crate) fn toggle_tag(&mut self, tag: &str) {
        let mut tags = self.judgement().tags;
        if !tags.remove(tag) {
            tags.insert(tag.to_owned());
        }
        self.act(JudgeAction::Tags(self.cursor(), tags));
        self.stats.count_tags(&self.session);
    }

    /// Flags the current sample, or removes the flag.
    pub(crate) fn toggle_flag(&mut self) {
        self.toggle_tag(LOOK_AGAIN);
    }

    /// Clears the verdict of the current sample.
    pub(crate) fn clear_verdict(&mut self) {
        self.just_judged = None;
        let sample = self.cursor();
        self.act(JudgeAction::Verdict(sample, None));
        self.verdict_cleared(sample);
    }

    /// Marks tiles of a page in one step, marked as bulk; the current sample stays. Returns a
    /// sentence about the step, such as `Relevant: 3 tiles`; `None` if nothing changed.
    pub(crate) fn mark_tiles_of_sheet(&mut self, marks: Vec<TileMark>) -> Option<String> {
        if self.act(JudgeAction::Tiles(marks)).events.is_empty() {
            return None;
        }
        self.just_judged = None;
        self.stats.count_tags(&self.session);
        Some(self.session.history().undo.last()?.sentence(None))
    }

    /// Undoes or redoes the last step, and returns to its sample.
    pub(crate) fn undo_or_redo(&mut self, action: JudgeAction) -> UndoOutcome {
        let is_undo = action == JudgeAction::Undo;
        let applied = self.act(action);
        let sample = applied.sample;
        if let Some(index) = sample {
            self.just_judged = None;
            self.stats.count_tags(&self.session);
            self.count_moved(index);
        } else {
            // Without a sample it was a step of several rows.
            self.after_undone(&applied.events);
        }
        if let Some(index) = sample
            && index != self.cursor()
        {
            self.show(index);
        }
        self.focus_changed_tile(sample, &applied.events);
        if let Some(moved) = applied.moved {
            return UndoOutcome::Moved(moved);
        }
        match (self.moved_step(is_undo), row_count(&applied.events)) {
            (_, 0) => UndoOutcome::Nothing,
            (Some(step), rows) if sample.is_none() && !step.is_bulk() => UndoOutcome::Propagated(rows),
            (None, rows) => UndoOutcome::Propagated(rows),
            (Some(step), _) => {
                let place = sample.map(|index| self.dataset().describe_position(index));
                let sentence = step.sentence(sample.and(self.sample.as_deref()));
                UndoOutcome::Step(place.map_or_else(|| sentence.clone(), |place| format!("{sentence}, {place}")))
            }
        }
    }

    /// Puts the focus on the negative that an undone or redone step was about, if that is one of
    /// the visible row; the positive is visible beside every negative.
    fn focus_changed_tile(&mut self, sample: Option<SampleIndex>, events: &[Event]) {
        let Some(row) = self.sample.clone().filter(|_| sample == Some(self.cursor())) else { return };
        let mut changed = events.iter().filter_map(|event| match &event.change {
            FieldChange::Relevance(tile, _) => Some(tile),
            _ => None,
        });
        let (Some(tile), None) = (changed.next(), changed.next()) else { return };
        if let Some((slot, _)) = TileSlot::of_tiles(&row).skip(1).find(|(_, negative)| negative.path == *tile) {
            self.focus = slot;
            self.touch();
            // The row may just have been shown: nobody put the focus there then.
            if self.first_focus.is_positive() {
                self.first_focus = slot;
            }
        }
    }

    /// The step that was undone or redone last.
    fn moved_step(&self, is_undo: bool) -> Option<&UndoStep> {
        let history = self.session.history();
        if is_undo { history.redo.last() } else { history.undo.last() }
    }

    /// The step of several rows that was undone or redone last, in words.
    pub(super) fn words_of_moved(&self, is_undo: bool) -> String {
        self.moved_step(is_undo).map(|step| step.sentence(None)).unwrap_or_default()
    }

    /// Goes back over many steps of the history at once, or restores an abandoned branch. Returns
    /// what it did; the current sample stays.
    pub(crate) fn move_in_history(&mut self, action: JudgeAction) -> Option<HistoryMove> {
        let applied = self.act(action);
        self.after_undone(&applied.events);
        applied.moved
    }

    /// Updates what follows from a move over many rows or steps.
    pub(super) fn after_undone(&mut self, events: &[Event]) {
        self.just_judged = None;
        self.stats.count_tags(&self.session);
        self.count_verdicts(events);
    }

    fn verdict_cleared(&mut self, sample: SampleIndex) {
        if !self.is_in_round() {
            self.stats.verdict_cleared(sample);
        }
    }

    /// Counts the samples whose verdicts were undone or redone.
    fn count_verdicts(&mut self, events: &[Event]) {
        let moved = events.iter().filter(|event| matches!(event.change, FieldChange::Verdict(_)));
        for index in moved.filter_map(|event| self.dataset().find(event.sample)).collect::<Vec<_>>() {
            self.count_moved(index);
        }
    }

    /// Counts a sample as judged in this session if it has a verdict after an undo or redo, else
    /// not.
    fn count_moved(&mut self, index: SampleIndex) {
        if self.is_in_round() {
            return;
        }
        if self.session.judgement(index).is_some_and(|judgement| judgement.verdict.is_some()) {
            self.stats.verdict_restored(index);
        } else {
            self.stats.verdict_cleared(index);
        }
    }

    /// Redoes steps until the undo stack has this number of them, all in one transaction, and shows
    /// the sample of the last one.
    pub(crate) fn redo_to(&mut self, steps: usize) {
        self.finish_running();
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
        self.count_verdicts(&events);
        self.record_with(events, samples);
        self.stats.count_tags(&self.session);
        self.refresh_derived();
        self.just_judged = None;
        if let Some(last) = last {
            self.show(last);
        }
    }

    fn tile(&self, slot: TileSlot) -> Option<TilePath> {
        self.sample.as_ref()?.tiles().nth(slot.index()).map(|tile| tile.path.clone())
    }

    /// Applies an action and hands its events to the writer.
    pub(super) fn act(&mut self, action: JudgeAction) -> ActionEffect {
        self.act_after_looks(action, Looks::default())
    }

    /// Like [`Self::act`]; the looks at the row's tiles are stored with a verdict.
    fn act_after_looks(&mut self, action: JudgeAction, looks: Looks) -> ActionEffect {
        self.finish_running();
        if !self.may_perform(&action) {
            return ActionEffect::default();
        }
        self.session.chosen_by = self.chosen_by();
        self.session.visible = Some(self.visible());
        let judged = match &action {
            JudgeAction::Accept { sample, .. }
            | JudgeAction::Verdict(sample, _)
            | JudgeAction::Relevance(sample, ..)
            | JudgeAction::AllNegatives(sample, _)
            | JudgeAction::AddRelevant { sample, .. }
            | JudgeAction::RemoveRelevant { sample, .. }
            | JudgeAction::ToggleReason(sample, _) => Some(*sample),
            _ => None,
        };
        let applied = self.session.apply_after_looks(action, looks, now());
        if applied.events.is_empty() {
            return ActionEffect { moved: applied.moved, refused: applied.refused, ..ActionEffect::default() };
        }
        self.record(&applied.events);
        self.bring_back_rows();
        if let Some(sample) = judged.filter(|_| !self.is_in_round()) {
            self.find_targets(sample, &applied.events);
        }
        self.refresh_derived();
        applied
    }

    /// Hands events to the writer and to those who count. The counts do not see a round.
    pub(super) fn record(&mut self, events: &[Event]) {
        let records = self.records(events);
        self.record_with(events.to_vec(), records);
    }

    fn record_with(&mut self, events: Vec<Event>, records: Vec<SampleRecord>) {
        if self.is_in_round() {
            self.record_in_round(&events);
        } else {
            self.stats.events_added(events.clone());
        }
        self.saving.record(events, records);
    }

    /// The records that the sidecar keeps of the samples of these events.
    pub(super) fn records(&mut self, events: &[Event]) -> Vec<SampleRecord> {
        let keys: BTreeSet<SampleKey> = events.iter().map(|event| event.sample).collect();
        let dataset = self.dataset().clone();
        let indexes = keys.into_iter().filter_map(|key| dataset.find(key));
        let record = |index| Some(SampleRecord::of_sample(&dataset, index, &*self.session.sample(index)?));
        indexes.filter_map(record).collect()
    }

    /// The reason why the current sample came up: suspicion, if that decides what is listed, or in
    /// which order.
    pub(super) fn chosen_by(&self) -> Option<Selection> {
        self.navigator.follows_suspicion().then_some(Selection::SuspiciousFirst)
    }
}
