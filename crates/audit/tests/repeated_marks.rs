//! Marks that repeat the row's own value. Such a mark is an event if the person's latest mark of
//! the tile has another value, and can be undone like any other step. Otherwise nothing is written.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::sync::Arc;

use tilejury_audit::Relevance::{Broken, NotRelevant, Relevant, Unsure};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::stats::AnswerCounter;
use tilejury_audit::{AuditSession, Event, FieldChange, JudgeAction, Relevance, merge::AnnotatorScope, now};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

/// The disputed tile: a negative of the first two rows, the positive of the third, and a negative
/// of another query in the fourth.
fn disputed() -> TilePath {
    TilePath::new(&tile(0, 1, 0))
}

/// A session with all events that it ever stored.
struct Fixture {
    dataset: Arc<Dataset>,
    session: AuditSession,
    events: Vec<Event>,
    _dir: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |number| tile(0, 1, number);
        let row = |query, positive, negative| Row::new(query, &path(positive)).negatives(&[&path(negative), &path(9)]);
        let rows =
            [row("What is salt?", 1, 0), row("what is salt", 2, 0), row("What is salt", 0, 3), row("other", 4, 0)];
        let set = rows.iter().fold(Set::new(), |set, row| set.row("train", row));
        let dataset = Arc::new(Dataset::open(&set.write(dir.path())).unwrap());
        let session = AuditSession::new(dataset.clone(), "ann", &[]);
        Self { dataset, session, events: Vec::new(), _dir: dir }
    }

    /// Returns the rows of the written events with the tile's new relevance.
    fn act(&mut self, action: JudgeAction) -> Vec<(usize, Option<Relevance>)> {
        let events = self.session.apply(action, now()).events;
        self.events.extend(events.clone());
        let marked = |event: &Event| match &event.change {
            FieldChange::Relevance(_, relevance) => {
                Some((self.dataset.find(event.sample).unwrap().index(), *relevance))
            }
            _ => None,
        };
        events.iter().filter_map(marked).collect()
    }

    fn mark(&mut self, row: usize, relevance: Relevance) -> Vec<(usize, Option<Relevance>)> {
        self.act(JudgeAction::Relevance(SampleIndex::new(row), disputed(), Some(relevance)))
    }

    fn restart(&mut self) {
        self.session = AuditSession::new(self.dataset.clone(), "ann", &self.events);
    }

    fn conflicts(&self) -> usize {
        let mut counter = AnswerCounter::read(self.dataset.clone(), &NoProgress).unwrap();
        counter.add_events(&self.events);
        counter.count(&AnnotatorScope::Everybody).conflicts.len()
    }
}

/// “Relevant” where the tile is the positive, then “not relevant” where it is a negative.
fn conflict() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.mark(2, Relevant);
    fixture.mark(0, NotRelevant);
    assert_eq!(fixture.conflicts(), 1);
    fixture
}

#[test]
fn repeating_the_positives_mark_settles_a_conflict() {
    for restarts in [false, true] {
        let mut fixture = conflict();
        if restarts {
            fixture.restart();
        }
        assert_eq!(fixture.mark(2, Relevant), [(2, Some(Relevant))]);
        assert_eq!(fixture.conflicts(), 0);
        assert_eq!(
            fixture.session.judgement(SampleIndex::new(0)).unwrap().relevance(&disputed()),
            Some(NotRelevant),
            "the other row stays"
        );
        assert_eq!(fixture.mark(2, Relevant), [], "it is already the latest mark");
        // The other row's mark can be repeated as well.
        assert_eq!(
            fixture.act(JudgeAction::AllNegatives(SampleIndex::new(0), Some(NotRelevant))).first(),
            Some(&(0, Some(NotRelevant)))
        );
        assert_eq!(fixture.conflicts(), 1);
    }
}

#[test]
fn repeating_an_uncontradicted_mark_writes_nothing() {
    let mut fixture = Fixture::new();
    fixture.mark(0, NotRelevant);
    assert_eq!(fixture.mark(0, NotRelevant), []);
    // Another query, the same value, an earlier mark, and a cleared one contradict nothing.
    fixture.mark(3, Relevant);
    fixture.mark(1, NotRelevant);
    assert_eq!(fixture.mark(0, NotRelevant), []);
    fixture.mark(2, Relevant);
    assert_eq!(fixture.mark(2, Relevant), []);
    fixture.mark(1, Unsure);
    fixture.act(JudgeAction::Relevance(SampleIndex::new(1), disputed(), None));
    assert_eq!(fixture.mark(2, Relevant), []);
    // A confirmation by accepting is not a mark, and contradicts none.
    fixture.act(JudgeAction::Accept {
        sample: SampleIndex::new(1),
        seen: vec![disputed()],
        inspected: Vec::new(),
        copies: Vec::new(),
    });
    assert_eq!(fixture.mark(2, Relevant), []);
}

#[test]
fn broken_mark_counts_for_every_query() {
    let mut fixture = Fixture::new();
    fixture.mark(0, Broken);
    fixture.mark(3, NotRelevant);
    assert_eq!(fixture.mark(0, Broken), [(0, Some(Broken))]);
    assert_eq!(fixture.mark(3, NotRelevant), [(3, Some(NotRelevant))]);
    assert_eq!(fixture.act(JudgeAction::Undo), [(0, Some(Broken))]);
}

#[test]
fn undoing_a_repeated_mark_restores_the_conflict() {
    for restarts in [false, true] {
        let mut fixture = conflict();
        fixture.mark(2, Relevant);
        let mut check = |action, events: &[(usize, Option<Relevance>)], conflicts, depth, sentence: &str| {
            if restarts {
                fixture.restart();
            }
            assert_eq!(fixture.act(action), events);
            assert_eq!((fixture.conflicts(), fixture.session.depth()), (conflicts, depth));
            let row = fixture.dataset.sample(SampleIndex::new(2)).unwrap();
            assert_eq!(fixture.session.history().undo.last().unwrap().sentence(Some(&row)), sentence);
        };
        let (repeated, other) = ([(2, Some(Relevant))], [(0, Some(NotRelevant))]);
        check(JudgeAction::Undo, &other, 1, (2, 1), "Positive: not relevant");
        check(JudgeAction::Redo, &repeated, 0, (3, 0), "Positive: relevant");
        // Going back begins with a marker event.
        check(JudgeAction::GoBack(2), &[other, other].concat(), 1, (3, 0), "Went back: 1 step undone");
        check(JudgeAction::Undo, &repeated, 0, (3, 1), "Positive: relevant");
        check(JudgeAction::Redo, &other, 1, (3, 0), "Went back: 1 step undone");
    }
}

#[test]
fn restores_an_abandoned_repeated_mark() {
    for restarts in [false, true] {
        let mut fixture = conflict();
        fixture.mark(2, Relevant);
        fixture.act(JudgeAction::Undo);
        fixture.act(JudgeAction::Note(SampleIndex::new(3), "a note".into()));
        if restarts {
            fixture.restart();
        }
        let name = fixture.session.history().branches().flatten().next().unwrap().original_id.clone();
        assert_eq!(fixture.act(JudgeAction::RestoreBranch(name)), [(2, Some(Relevant))]);
        assert_eq!(fixture.conflicts(), 0);
        assert_eq!(fixture.act(JudgeAction::Undo), [(0, Some(NotRelevant))]);
        assert_eq!(fixture.conflicts(), 1);
    }
}

#[test]
fn nothing_is_restored_once_the_other_mark_is_gone() {
    for restarts in [false, true] {
        let mut fixture = conflict();
        fixture.mark(2, Relevant);
        fixture.act(JudgeAction::Undo);
        fixture.act(JudgeAction::Relevance(SampleIndex::new(0), disputed(), None));
        if restarts {
            fixture.restart();
        }
        let name = fixture.session.history().branches().flatten().next().unwrap().original_id.clone();
        assert_eq!(fixture.act(JudgeAction::RestoreBranch(name)), []);
        assert_eq!(fixture.session.depth(), (3, 0));
        fixture.act(JudgeAction::GoBack(0));
        assert_eq!(fixture.session.depth(), (1, 0), "only the move itself can be undone");
    }
}

#[test]
fn foreign_marks_count_in_stored_order() {
    // Stored before ours but reported later: ours is the latest mark.
    let mut fixture = Fixture::new();
    let mut other = AuditSession::new(fixture.dataset.clone(), "ann", &[]);
    let theirs = other.apply(JudgeAction::Relevance(SampleIndex::new(0), disputed(), Some(NotRelevant)), now()).events;
    fixture.mark(2, Relevant);
    fixture.session.add_foreign_events(&theirs, 0);
    assert_eq!(fixture.mark(2, Relevant), []);
    // Stored after ours: theirs is the latest.
    let theirs = other.apply(JudgeAction::Relevance(SampleIndex::new(1), disputed(), Some(NotRelevant)), now()).events;
    fixture.session.add_foreign_events(&theirs, fixture.session.last_seq());
    assert_eq!(fixture.mark(2, Relevant), [(2, Some(Relevant))]);
}
