//! The rows of an audit in the order in which the window shows them to an annotator. Gold rows and
//! rows that come back are among them, and nothing tells them from the others.
//!
//! A row that comes back is in the list once: at its first place, until its turn has come again.
//! Then it leaves that place, with its answer, for the later one. Judges nothing.

use std::collections::{HashMap, HashSet};

use tilejury_audit::audits::{Audit, ROWS_BETWEEN, ShownKind, answers_tiles};
use tilejury_audit::{AuditSession, Event, FieldChange, Round};
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};

/// The turn of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    row: SampleIndex,
    /// The place in the order of all annotators, from 1.
    place: usize,
    /// Whether it is the second one of the row.
    is_again: bool,
    /// Whether the row was drawn and this is its first turn: only such answers are in the rates.
    counts: bool,
}

/// The rows of an annotator.
pub(super) struct AuditQueue {
    turns: Vec<Turn>,
    /// The number of turns of all annotators.
    all: usize,
    /// The drawn tiles of each row, if tiles were drawn.
    asked: HashMap<SampleIndex, Vec<TilePath>>,
}

/// The answers of an annotator so far.
pub(super) trait Answers {
    /// Whether a row is shown for the second time.
    fn has_come_back(&self, row: SampleIndex) -> bool;

    /// Whether the row has a verdict, as it is shown.
    fn has_verdict(&self, row: SampleIndex) -> bool;

    /// Whether the row has an answer for these tiles, as it is shown.
    fn has_marks(&self, row: SampleIndex, tiles: &[TilePath]) -> bool;
}

impl Answers for AuditSession {
    fn has_come_back(&self, row: SampleIndex) -> bool {
        Self::has_come_back(self, row)
    }

    fn has_verdict(&self, row: SampleIndex) -> bool {
        self.statuses().get(row.index()).is_some_and(|status| status.verdict.is_some())
    }

    fn has_marks(&self, row: SampleIndex, tiles: &[TilePath]) -> bool {
        self.judgement(row).is_some_and(|judgement| answers_tiles(judgement, tiles))
    }
}

/// The stored answers of an annotator to an audit that does not run.
pub(super) struct StoredAnswers<'a> {
    pub(super) audit: &'a Audit,
    pub(super) annotator: &'a str,
    pub(super) dataset: &'a Dataset,
}

impl Answers for StoredAnswers<'_> {
    fn has_come_back(&self, row: SampleIndex) -> bool {
        self.audit.has_answer_again(self.annotator, self.dataset.entry(row).key)
    }

    fn has_verdict(&self, row: SampleIndex) -> bool {
        self.has_come_back(row) || self.audit.has_answer(self.annotator, self.dataset.entry(row).key)
    }

    fn has_marks(&self, row: SampleIndex, _tiles: &[TilePath]) -> bool {
        self.has_verdict(row)
    }
}

/// The progress of an annotator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    /// The turns with an answer, and all of them that can be answered.
    pub(super) turns: (usize, usize),
    /// The rows without an answer that come before one with an answer.
    pub(super) skipped: usize,
    /// The answers after the first of these.
    pub(super) after_gap: usize,
}

impl AuditQueue {
    /// The rows of an audit that are for an annotator. Rows that are not in the dataset are left
    /// out.
    pub(super) fn new(audit: &Audit, annotator: &str, dataset: &Dataset) -> Self {
        let part: HashSet<SampleKey> = audit.part_of(annotator).into_iter().collect();
        let order = audit.order();
        let turns =
            order.iter().zip(1..).filter(|(shown, _)| shown.kind == ShownKind::Gold || part.contains(&shown.key));
        let turns = turns.filter_map(|(shown, place)| {
            let counts = shown.kind == ShownKind::Drawn && !shown.is_again;
            Some(Turn { row: dataset.find(shown.key)?, place, is_again: shown.is_again, counts })
        });
        let asked = audit.rows.iter().copied().chain(audit.gold_rows()).filter(|key| !audit.asked(*key).is_empty());
        let asked = asked.filter_map(|key| Some((dataset.find(key)?, audit.asked(key).to_vec())));
        Self { turns: turns.collect(), all: order.len(), asked: asked.collect() }
    }

    /// The drawn tiles of a row; none if the whole row is asked for.
    pub(super) fn asked(&self, row: SampleIndex) -> &[TilePath] {
        self.asked.get(&row).map_or(&[], Vec::as_slice)
    }

    /// Whether a row has an answer, as it is shown.
    fn has_answer(&self, row: SampleIndex, answers: &impl Answers) -> bool {
        match self.asked(row) {
            [] => answers.has_verdict(row),
            tiles => answers.has_marks(row, tiles),
        }
    }

    fn is_answered(&self, turn: Turn, answers: &impl Answers) -> bool {
        match (turn.is_again, answers.has_come_back(turn.row)) {
            (false, true) => true,
            (true, false) => false,
            _ => self.has_answer(turn.row, answers),
        }
    }

    /// Whether no drawn row is for the annotator.
    pub(super) fn is_empty(&self) -> bool {
        !self.turns.iter().any(|turn| turn.counts)
    }

    /// The number of turns of all annotators.
    pub(super) fn all(&self) -> usize {
        self.all
    }

    /// The rows in the order of the list: each once.
    pub(super) fn listed(&self, answers: &impl Answers) -> Vec<SampleIndex> {
        let is_listed = |turn: &&Turn| turn.is_again == answers.has_come_back(turn.row);
        self.turns.iter().filter(is_listed).map(|turn| turn.row).collect()
    }

    /// The place of a row in the order of all annotators, from 1; 0 if it is not in the queue.
    pub(super) fn place(&self, row: SampleIndex, answers: &impl Answers) -> usize {
        let again = answers.has_come_back(row);
        self.turns.iter().find(|turn| turn.row == row && turn.is_again == again).map_or(0, |turn| turn.place)
    }

    /// A row that comes back now: the annotator has arrived at its second turn, and has answered to
    /// enough other rows since its first one. `own`: the annotator's events in the audit.
    pub(super) fn due(&self, answers: &impl Answers, own: &[&Event], dataset: &Dataset) -> Option<SampleIndex> {
        let arrived = self.turns.iter().rposition(|turn| self.is_answered(*turn, answers)).map_or(0, |last| last + 2);
        let mut waiting = self.turns.iter().take(arrived).filter(|turn| turn.is_again);
        waiting.find(|turn| self.can_come_back(**turn, answers, own, dataset)).map(|turn| turn.row)
    }

    /// The progress of the annotator. A row that waits for its second turn can be answered as long
    /// as others have no answer, or enough of them were answered since.
    pub(super) fn answered(&self, answers: &impl Answers, own: &[&Event], dataset: &Dataset) -> Answered {
        let count = |turn: &&Turn| self.is_answered(**turn, answers);
        let done = self.turns.iter().filter(count).count();
        let is_listed = |turn: &Turn| turn.is_again == answers.has_come_back(turn.row);
        let is_open = self.turns.iter().any(|turn| is_listed(turn) && !self.has_answer(turn.row, answers))
            || self.turns.iter().any(|turn| self.can_come_back(*turn, answers, own, dataset));
        let open = if is_open { self.turns.len() - done } else { 0 };
        let counting = || self.turns.iter().filter(|turn| turn.counts);
        let answered = counting().filter(count).count();
        let prefix = counting().take_while(count).count();
        let up_to = counting().collect::<Vec<_>>().iter().rposition(count).map_or(0, |last| last + 1);
        Answered { turns: (done, done + open), skipped: up_to - answered, after_gap: answered - prefix }
    }

    /// Whether a row waits for its second turn and enough other rows were answered since its first.
    fn can_come_back(&self, turn: Turn, answers: &impl Answers, own: &[&Event], dataset: &Dataset) -> bool {
        let waits = turn.is_again && !answers.has_come_back(turn.row) && self.has_answer(turn.row, answers);
        waits && others_since(dataset.entry(turn.row).key, !self.asked.is_empty(), own) >= ROWS_BETWEEN
    }
}

/// The number of other rows that got a verdict after a row got its latest one. `of_tiles`: tiles
/// are asked for, and their marks are answers, too.
fn others_since(key: SampleKey, of_tiles: bool, own: &[&Event]) -> usize {
    let is_answer = |change: &FieldChange| match change {
        FieldChange::Verdict(verdict) => verdict.is_some(),
        FieldChange::Relevance(_, relevance) => of_tiles && relevance.is_some(),
        FieldChange::Reasons(_) | FieldChange::Note(_) | FieldChange::Tags(_) => false,
    };
    let verdicts = own.iter().rev().filter(|event| is_answer(&event.change));
    let is_first = |event: &&Event| event.sample == key && matches!(event.round, Some(Round::Audit(_)));
    verdicts.take_while(|event| !is_first(event)).map(|event| event.sample).collect::<HashSet<_>>().len()
}
