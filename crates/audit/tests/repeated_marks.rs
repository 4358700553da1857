//! A mark that repeats what its row says: an event of its own where the person's latest word is another, nothing elsewhere, and
//! taken back like any other step.

#![allow(clippy::unwrap_used, reason = "what cannot be had is a failed test")]

use std::sync::Arc;

use tilejury_audit::Relevance::{Broken, NotRelevant, Relevant, Unsure};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::stats::AnswerCounter;
use tilejury_audit::{AuditSession, Event, FieldChange, JudgeAction, Relevance, merge::AnnotatorScope, now};
use tilejury_data::{Dataset, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

/// The tile that all of this is about: a negative of the first two rows, the positive of the third, a negative of another query in
/// the fourth.
fn disputed() -> TilePath {
    TilePath::new(&tile(0, 1, 0))
}

/// A person at work, with everything that was ever stored.
struct Desk {
    dataset: Arc<Dataset>,
    session: AuditSession,
    events: Vec<Event>,
    _dir: tempfile::TempDir,
}

impl Desk {
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

    /// Returns the rows that events were written for, with what they say of the tile.
    fn act(&mut self, action: JudgeAction) -> Vec<(usize, Option<Relevance>)> {
        let events = self.session.apply(action, now()).events;
        self.events.extend(events.clone());
        let said = |event: &Event| match &event.change {
            FieldChange::Relevance(_, said) => Some((self.dataset.find(event.sample).unwrap(), *said)),
            _ => None,
        };
        events.iter().filter_map(said).collect()
    }

    fn mark(&mut self, row: usize, relevance: Relevance) -> Vec<(usize, Option<Relevance>)> {
        self.act(JudgeAction::Relevance(row, disputed(), Some(relevance)))
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
fn conflict() -> Desk {
    let mut desk = Desk::new();
    desk.mark(2, Relevant);
    desk.mark(0, NotRelevant);
    assert_eq!(desk.conflicts(), 1);
    desk
}

#[test]
fn repeating_the_positives_mark_settles_a_conflict() {
    for restarts in [false, true] {
        let mut desk = conflict();
        if restarts {
            desk.restart();
        }
        assert_eq!(desk.mark(2, Relevant), [(2, Some(Relevant))]);
        assert_eq!(desk.conflicts(), 0);
        assert_eq!(desk.session.judgement(0).unwrap().relevance(&disputed()), Some(NotRelevant), "the other row stays");
        assert_eq!(desk.mark(2, Relevant), [], "it is the latest word already");
        // The other row's mark can be repeated as well.
        assert_eq!(desk.act(JudgeAction::AllNegatives(0, Some(NotRelevant))).first(), Some(&(0, Some(NotRelevant))));
        assert_eq!(desk.conflicts(), 1);
    }
}

#[test]
fn repeating_a_mark_that_nothing_contradicts_writes_nothing() {
    let mut desk = Desk::new();
    desk.mark(0, NotRelevant);
    assert_eq!(desk.mark(0, NotRelevant), []);
    // Another query, the same value, an earlier mark, and one that was cleared.
    desk.mark(3, Relevant);
    desk.mark(1, NotRelevant);
    assert_eq!(desk.mark(0, NotRelevant), []);
    desk.mark(2, Relevant);
    assert_eq!(desk.mark(2, Relevant), []);
    desk.mark(1, Unsure);
    desk.act(JudgeAction::Relevance(1, disputed(), None));
    assert_eq!(desk.mark(2, Relevant), []);
    // What accepting confirms is no mark, and contradicts none.
    desk.act(JudgeAction::Accept { sample: 1, seen: vec![disputed()], inspected: Vec::new(), copies: Vec::new() });
    assert_eq!(desk.mark(2, Relevant), []);
}

#[test]
fn that_a_tile_is_broken_is_said_for_every_query() {
    let mut desk = Desk::new();
    desk.mark(0, Broken);
    desk.mark(3, NotRelevant);
    assert_eq!(desk.mark(0, Broken), [(0, Some(Broken))]);
    assert_eq!(desk.mark(3, NotRelevant), [(3, Some(NotRelevant))]);
    assert_eq!(desk.act(JudgeAction::Undo), [(0, Some(Broken))]);
}

#[test]
fn taking_a_repeated_mark_back_brings_the_conflict_back() {
    for restarts in [false, true] {
        let mut desk = conflict();
        desk.mark(2, Relevant);
        let mut check = |action, events: &[(usize, Option<Relevance>)], conflicts, depth, sentence: &str| {
            if restarts {
                desk.restart();
            }
            assert_eq!(desk.act(action), events);
            assert_eq!((desk.conflicts(), desk.session.depth()), (conflicts, depth));
            let row = desk.dataset.sample(2).unwrap();
            assert_eq!(desk.session.history().undo.last().unwrap().sentence(Some(&row)), sentence);
        };
        let (repeated, other) = ([(2, Some(Relevant))], [(0, Some(NotRelevant))]);
        check(JudgeAction::Undo, &other, 1, (2, 1), "Positive: not relevant");
        check(JudgeAction::Redo, &repeated, 0, (3, 0), "Positive: relevant");
        // Going back begins with an event that only says so.
        check(JudgeAction::GoBack(2), &[other, other].concat(), 1, (3, 0), "Went back: 1 step taken back");
        check(JudgeAction::Undo, &repeated, 0, (3, 1), "Positive: relevant");
        check(JudgeAction::Redo, &other, 1, (3, 0), "Went back: 1 step taken back");
    }
}

#[test]
fn an_abandoned_repeated_mark_can_be_brought_back() {
    for restarts in [false, true] {
        let mut desk = conflict();
        desk.mark(2, Relevant);
        desk.act(JudgeAction::Undo);
        desk.act(JudgeAction::Note(3, "a note".into()));
        if restarts {
            desk.restart();
        }
        let name = desk.session.history().branches().flatten().next().unwrap().made.clone();
        assert_eq!(desk.act(JudgeAction::BringBack(name)), [(2, Some(Relevant))]);
        assert_eq!(desk.conflicts(), 0);
        assert_eq!(desk.act(JudgeAction::Undo), [(0, Some(NotRelevant))]);
        assert_eq!(desk.conflicts(), 1);
    }
}

#[test]
fn marks_of_another_window_count_in_the_order_they_were_stored() {
    // Stored before ours, and told of afterwards: ours is the latest word.
    let mut desk = Desk::new();
    let mut other = AuditSession::new(desk.dataset.clone(), "ann", &[]);
    let theirs = other.apply(JudgeAction::Relevance(0, disputed(), Some(NotRelevant)), now()).events;
    desk.mark(2, Relevant);
    desk.session.add_foreign_events(&theirs, 0);
    assert_eq!(desk.mark(2, Relevant), []);
    // Stored after ours: theirs is.
    let theirs = other.apply(JudgeAction::Relevance(1, disputed(), Some(NotRelevant)), now()).events;
    desk.session.add_foreign_events(&theirs, desk.session.last_seq());
    assert_eq!(desk.mark(2, Relevant), [(2, Some(Relevant))]);
}
