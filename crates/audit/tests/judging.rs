//! The rules of judging, without any file: the events of each action, and what undo and redo
//! restore.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::sync::Arc;

use crate::common::{accept, all_tiles, negative, positive, ten_rows};
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::pace::DayCount;
use tilejury_audit::queue::Queue;
use tilejury_audit::{
    AuditSession, Confirmation, JudgeAction, Judgement, Reason, Relevance, RowsAction, Timestamp, Verdict, now,
};
use tilejury_data::{Dataset, SampleIndex, TilePath};

fn session() -> (Arc<Dataset>, AuditSession, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    (dataset.clone(), AuditSession::new(dataset, "ann", &[]), dir)
}

fn judgement(session: &AuditSession, sample: usize) -> Judgement {
    session.judgement(SampleIndex::new(sample)).cloned().unwrap_or_default()
}

#[test]
fn accepting_confirms_all_visible_tiles_in_one_step() {
    let (dataset, mut session, _dir) = session();
    let mut seen = all_tiles(&dataset, 0);
    let unseen = seen.pop().unwrap();
    let applied = session.apply(accept(0, seen), now());
    let judgement = judgement(&session, 0);
    assert_eq!(judgement.verdict, Some(Verdict::Accept));
    assert_eq!(judgement.relevance(&positive(&dataset, 0)), Some(Relevance::Relevant));
    assert_eq!(judgement.relevance(&negative(&dataset, 0, 0)), Some(Relevance::NotRelevant));
    assert_eq!(judgement.relevance(&unseen), None, "a tile that did not load was not confirmed");
    assert_eq!(applied.events.len(), 4);
    assert!(applied.events.iter().all(|event| event.step == applied.events[0].step));

    session.apply(JudgeAction::Undo, now());
    assert_eq!(session.judgement(SampleIndex::new(0)), None, "one undo reverts all of it");
}

#[test]
fn actions_on_one_row_parse_it_once() {
    let (_, mut session, _dir) = session();
    let read = session.sample(SampleIndex::new(0)).unwrap();
    session.apply(JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)), now());
    assert!(Arc::ptr_eq(&read, &session.sample(SampleIndex::new(0)).unwrap()), "the row was not parsed again");
    session.apply(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)), now());
    assert!(!Arc::ptr_eq(&read, &session.sample(SampleIndex::new(0)).unwrap()), "another row took its place");
    assert_eq!(session.sample(SampleIndex::new(usize::MAX)), None);
}

#[test]
fn accepting_keeps_earlier_marks() {
    let (dataset, mut session, _dir) = session();
    let false_negative = negative(&dataset, 0, 1);
    session
        .apply(JudgeAction::Relevance(SampleIndex::new(0), false_negative.clone(), Some(Relevance::Relevant)), now());
    session.apply(accept(0, all_tiles(&dataset, 0)), now());
    assert_eq!(judgement(&session, 0).relevance(&false_negative), Some(Relevance::Relevant));
    assert_eq!(session.tally.false_negatives, 1);
    assert_eq!(session.tally.accepted, 1);
}

#[test]
fn accepting_never_confirms_a_copy_as_not_relevant() {
    let (dataset, mut session, _dir) = session();
    let copies = vec![negative(&dataset, 0, 1), negative(&dataset, 0, 2)];
    let mut seen = all_tiles(&dataset, 0);
    seen.retain(|tile| *tile != copies[1]);
    let accept = |sample: usize, seen: Vec<TilePath>, copies: &[TilePath]| JudgeAction::Accept {
        sample: SampleIndex::new(sample),
        inspected: seen.clone(),
        seen,
        copies: copies.to_vec(),
    };
    session.apply(accept(0, seen, &copies), now());
    assert_eq!(judgement(&session, 0).relevance(&negative(&dataset, 0, 0)), Some(Relevance::NotRelevant));
    assert_eq!(judgement(&session, 0).relevance(&copies[0]), Some(Relevance::Relevant), "as the positive is");
    assert_eq!(judgement(&session, 0).relevance(&copies[1]), None, "it was not seen");
    let confirmed = |tile: &TilePath| session.origins().tile_origin(dataset.samples[0].key, tile).confirmed_by;
    assert_eq!(confirmed(&copies[0]), Some(Confirmation::Visible), "nobody judged it individually");
    assert_eq!(confirmed(&negative(&dataset, 0, 0)), Some(Confirmation::Inspected));
    // If the positive is not relevant, its copy is left unmarked.
    let copies = [negative(&dataset, 1, 0)];
    session
        .apply(JudgeAction::Relevance(SampleIndex::new(1), positive(&dataset, 1), Some(Relevance::NotRelevant)), now());
    session.apply(accept(1, all_tiles(&dataset, 1), &copies), now());
    assert_eq!(judgement(&session, 1).relevance(&copies[0]), None);
    // An earlier mark of the copy stays.
    let copies = [negative(&dataset, 2, 0)];
    session.apply(JudgeAction::Relevance(SampleIndex::new(2), copies[0].clone(), Some(Relevance::Broken)), now());
    session.apply(accept(2, all_tiles(&dataset, 2), &copies), now());
    assert_eq!(judgement(&session, 2).relevance(&copies[0]), Some(Relevance::Broken));
}

#[test]
fn accepted_rows_count_their_unconfirmed_tiles() {
    let (dataset, mut session, _dir) = session();
    let unconfirmed = |session: &AuditSession| session.statuses()[0].unconfirmed;
    assert_eq!(unconfirmed(&session), 0);
    session.apply(accept(0, all_tiles(&dataset, 0)[..2].to_vec()), now());
    assert_eq!(unconfirmed(&session), 2);
    session.apply(
        JudgeAction::Relevance(SampleIndex::new(0), negative(&dataset, 0, 2), Some(Relevance::NotRelevant)),
        now(),
    );
    assert_eq!(unconfirmed(&session), 1);
    session.apply(JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)), now());
    assert_eq!(unconfirmed(&session), 0, "a rejected row confirms nothing");
    session.apply(JudgeAction::Undo, now());
    session.apply(accept(0, all_tiles(&dataset, 0)), now());
    assert_eq!(unconfirmed(&session), 0);
}

#[test]
fn only_reject_and_unsure_have_reasons() {
    let (_, mut session, _dir) = session();
    assert!(session.apply(JudgeAction::ToggleReason(SampleIndex::new(1), Reason::BadQuery), now()).events.is_empty());
    session.apply(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)), now());
    session.apply(JudgeAction::ToggleReason(SampleIndex::new(1), Reason::BadQuery), now());
    session.apply(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Unsure)), now());
    assert_eq!(judgement(&session, 1).reasons, [Reason::BadQuery].into(), "unsure keeps them");
    session.apply(accept(1, Vec::new()), now());
    assert!(judgement(&session, 1).reasons.is_empty());
    session.apply(JudgeAction::Undo, now());
    assert_eq!(judgement(&session, 1).reasons, [Reason::BadQuery].into(), "and undo restores them");
}

#[test]
fn undo_and_redo_walk_the_whole_history() {
    let (dataset, mut session, _dir) = session();
    let mut states = vec![(0..10).map(|sample| judgement(&session, sample)).collect::<Vec<_>>()];
    for step in 0..28 {
        let sample = step % 7;
        let action = match step % 4 {
            0 => JudgeAction::Verdict(SampleIndex::new(sample), Some(Verdict::Reject)),
            1 => JudgeAction::Relevance(
                SampleIndex::new(sample),
                negative(&dataset, sample, 0),
                Some(Relevance::Relevant),
            ),
            2 => JudgeAction::Note(SampleIndex::new(sample), format!("note {step}")),
            _ => accept(sample, all_tiles(&dataset, sample)),
        };
        assert!(!session.apply(action, now()).events.is_empty());
        states.push((0..10).map(|sample| judgement(&session, sample)).collect());
    }
    for state in states.iter().rev().skip(1) {
        assert!(session.apply(JudgeAction::Undo, now()).sample.is_some());
        assert_eq!(&(0..10).map(|sample| judgement(&session, sample)).collect::<Vec<_>>(), state);
    }
    assert!(session.apply(JudgeAction::Undo, now()).events.is_empty(), "nothing is left to undo");
    assert_eq!(session.tally.judged, 0);
    for state in &states[1..] {
        session.apply(JudgeAction::Redo, now());
        assert_eq!(&(0..10).map(|sample| judgement(&session, sample)).collect::<Vec<_>>(), state);
    }
    assert!(session.apply(JudgeAction::Redo, now()).events.is_empty());
}

#[test]
fn new_judgement_ends_redo_and_repeated_one_makes_no_step() {
    let (_, mut session, _dir) = session();
    session.apply(JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)), now());
    assert!(session.apply(JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)), now()).events.is_empty());
    assert_eq!(session.depth(), (1, 0));
    session.apply(JudgeAction::Undo, now());
    session.apply(JudgeAction::Verdict(SampleIndex::new(3), Some(Verdict::Unsure)), now());
    assert_eq!(session.depth(), (1, 0));
}

#[test]
fn undo_returns_to_its_sample_and_keeps_foreign_changes() {
    let (dataset, mut session, _dir) = session();
    let seen = all_tiles(&dataset, 4);
    session.apply(accept(4, seen.clone()), now());
    let mut other = AuditSession::new(dataset, "ann", &[]);
    let theirs = other
        .apply(JudgeAction::Relevance(SampleIndex::new(4), seen[1].clone(), Some(Relevance::Broken)), now())
        .events;
    assert!(session.add_foreign_events(&theirs, session.last_seq()));
    assert_eq!(judgement(&session, 4).relevance(&seen[1]), Some(Relevance::Broken));
    let applied = session.apply(JudgeAction::Undo, now());
    assert_eq!(applied.sample, Some(SampleIndex::new(4)));
    assert_eq!(judgement(&session, 4).verdict, None);
    assert_eq!(judgement(&session, 4).relevance(&seen[2]), None);
    assert_eq!(
        judgement(&session, 4).relevance(&seen[1]),
        Some(Relevance::Broken),
        "a later mark from elsewhere stays"
    );
}

#[test]
fn last_stored_judgement_counts_in_both_windows() {
    let (dataset, mut ours, _dir) = session();
    let mut other = AuditSession::new(dataset, "ann", &[]);
    let theirs = other.apply(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Accept)), now()).events;
    ours.apply(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)), now());
    // Theirs was stored before ours: none of ours was stored by then.
    assert!(!ours.add_foreign_events(&theirs, 0));
    assert_eq!(judgement(&ours, 1).verdict, Some(Verdict::Reject));
    assert_eq!(ours.tally.rejected, 1);
    // Now ours is on disk, and theirs is stored after it.
    let later = other.apply(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Unsure)), now()).events;
    assert!(ours.add_foreign_events(&later, ours.last_seq()));
    assert_eq!(judgement(&ours, 1).verdict, Some(Verdict::Unsure));
}

#[test]
fn undo_skips_samples_outside_the_dataset() {
    let (dataset, mut session, dir) = session();
    let mut events = session.apply(JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)), now()).events;
    events.extend(session.apply(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)), now()).events);
    let lines = std::fs::read_to_string(dir.path().join("train.jsonl")).unwrap();
    let first: String = lines.lines().take(1).map(|line| format!("{line}\n")).collect();
    let smaller = dir.path().join("smaller");
    tilejury_testkit::set::put(&smaller.join("train.jsonl"), first.as_bytes());
    let smaller = Arc::new(Dataset::open(&smaller).unwrap());
    assert_ne!(smaller.samples.len(), dataset.samples.len());
    let mut session = AuditSession::new(smaller, "ann", &events);
    let orphans = session.judgements().keys().filter(|key| session.dataset.find(**key).is_none()).count();
    assert_eq!((session.depth(), orphans), ((1, 0), 1));
    assert_eq!(session.apply(JudgeAction::Undo, now()).sample, Some(SampleIndex::new(0)));
    assert!(session.apply(JudgeAction::Undo, now()).events.is_empty());
}

#[test]
fn next_unjudged_wraps_around_and_ends() {
    let (dataset, mut session, _dir) = session();
    let mut queue = Queue::default();
    queue.rebuild(&dataset, session.statuses(), |sample| session.judgement(sample), |_| 0);
    for sample in [1, 2, 9] {
        session.apply(JudgeAction::Verdict(SampleIndex::new(sample), Some(Verdict::Accept)), now());
    }
    queue.cursor = SampleIndex::new(0);
    assert_eq!(queue.next_unjudged(session.statuses()), Some(SampleIndex::new(3)));
    queue.cursor = SampleIndex::new(8);
    assert_eq!(queue.next_unjudged(session.statuses()), Some(SampleIndex::new(0)), "around the end");
    for sample in 0..10 {
        session.apply(JudgeAction::Verdict(SampleIndex::new(sample), Some(Verdict::Accept)), now());
    }
    assert_eq!(queue.next_unjudged(session.statuses()), None);
    // If the cursor is not listed, one step forward is the next listed sample.
    queue.listed = vec![SampleIndex::new(1), SampleIndex::new(5), SampleIndex::new(7)];
    queue.cursor = SampleIndex::new(4);
    assert_eq!(
        (queue.step(1), queue.step(-1), queue.step(-5)),
        (Some(SampleIndex::new(5)), Some(SampleIndex::new(1)), Some(SampleIndex::new(1)))
    );
    assert_eq!(queue.step(100), Some(SampleIndex::new(7)));
}

#[test]
fn marks_all_negatives_in_one_step_without_the_positive() {
    let (dataset, mut session, _dir) = session();
    let applied = session.apply(JudgeAction::AllNegatives(SampleIndex::new(0), Some(Relevance::Unsure)), now());
    assert_eq!(applied.events.len(), 3);
    assert_eq!(judgement(&session, 0).relevance(&positive(&dataset, 0)), None);
    assert!(session.statuses()[0].undecided);
    session.apply(JudgeAction::Undo, now());
    assert_eq!(session.judgement(SampleIndex::new(0)), None);
    // A tile that has the mark already does not change.
    session
        .apply(JudgeAction::Relevance(SampleIndex::new(0), negative(&dataset, 0, 1), Some(Relevance::Broken)), now());
    assert_eq!(
        session.apply(JudgeAction::AllNegatives(SampleIndex::new(0), Some(Relevance::Broken)), now()).events.len(),
        2
    );
}

#[test]
fn counts_tags_and_treats_one_as_the_flag() {
    let (_, mut session, _dir) = session();
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    session.apply(JudgeAction::Tags(SampleIndex::new(0), tags(&["table"])), now());
    session.apply(JudgeAction::Tags(SampleIndex::new(1), tags(&["table", LOOK_AGAIN])), now());
    assert_eq!(session.tags(), [("table", 2), (LOOK_AGAIN, 1)]);
    assert!(session.statuses()[1].flagged && !session.statuses()[0].flagged && session.statuses()[0].has_tags);
    session.apply(JudgeAction::Undo, now());
    assert!(!session.statuses()[1].has_tags);
}

#[test]
fn judged_before_walks_back_through_judged_samples() {
    let (_, mut session, _dir) = session();
    assert_eq!(session.judged_before(SampleIndex::new(0)), None);
    for sample in [2, 5, 7] {
        session.apply(JudgeAction::Verdict(SampleIndex::new(sample), Some(Verdict::Accept)), now());
    }
    assert_eq!(session.judged_before(SampleIndex::new(0)), Some(SampleIndex::new(7)), "from an unjudged one, the last");
    assert_eq!(session.judged_before(SampleIndex::new(7)), Some(SampleIndex::new(5)));
    assert_eq!(session.judged_before(SampleIndex::new(5)), Some(SampleIndex::new(2)));
    assert_eq!(session.judged_before(SampleIndex::new(2)), None);
    // Judged again, it is the last; a sample whose verdict was cleared is skipped.
    session.apply(JudgeAction::Verdict(SampleIndex::new(2), Some(Verdict::Reject)), now());
    assert_eq!(session.judged_before(SampleIndex::new(0)), Some(SampleIndex::new(2)));
    assert_eq!(session.judged_before(SampleIndex::new(2)), Some(SampleIndex::new(7)));
    session.apply(JudgeAction::Verdict(SampleIndex::new(7), None), now());
    assert_eq!(session.judged_before(SampleIndex::new(2)), Some(SampleIndex::new(5)));
}

#[test]
fn last_note_comes_from_another_sample() {
    let (_, mut session, _dir) = session();
    assert_eq!(session.last_note(SampleIndex::new(0)), None);
    session.apply(JudgeAction::Note(SampleIndex::new(0), "first".into()), now());
    session.apply(JudgeAction::Note(SampleIndex::new(1), "second".into()), now());
    assert_eq!(session.last_note(SampleIndex::new(3)), Some((SampleIndex::new(1), "second")));
    assert_eq!(session.last_note(SampleIndex::new(1)), Some((SampleIndex::new(0), "first")));
}

#[test]
fn each_step_has_a_sentence() {
    let (dataset, mut session, _dir) = session();
    let sentence_of = |session: &AuditSession| {
        let step = session.history().undo.last().unwrap();
        let index = dataset.find(step.edits[0].sample).unwrap();
        step.sentence(Some(&dataset.sample(index).unwrap()))
    };
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    for (action, sentence) in [
        (
            JudgeAction::Relevance(SampleIndex::new(0), negative(&dataset, 0, 1), Some(Relevance::Relevant)),
            "Negative 2: relevant",
        ),
        (
            JudgeAction::Relevance(SampleIndex::new(0), positive(&dataset, 0), Some(Relevance::NotRelevant)),
            "Positive: not relevant",
        ),
        (JudgeAction::Relevance(SampleIndex::new(0), positive(&dataset, 0), None), "Positive: mark cleared"),
        (JudgeAction::AllNegatives(SampleIndex::new(1), Some(Relevance::Broken)), "3 negatives: broken"),
        (accept(2, all_tiles(&dataset, 2)), "Accepted, 4 tiles confirmed"),
        (JudgeAction::Verdict(SampleIndex::new(3), Some(Verdict::Reject)), "Rejected"),
        (JudgeAction::ToggleReason(SampleIndex::new(3), Reason::BadQuery), "Reason: bad query"),
        (JudgeAction::Verdict(SampleIndex::new(3), None), "Verdict cleared, No reasons"),
        (
            JudgeAction::Relevance(SampleIndex::new(5), positive(&dataset, 5), Some(Relevance::NotRelevant)),
            "Positive: not relevant",
        ),
        (JudgeAction::Verdict(SampleIndex::new(5), Some(Verdict::Reject)), "Rejected: wrong positive"),
        (JudgeAction::Note(SampleIndex::new(4), "see page 3".into()), "Note: see page 3"),
        (JudgeAction::Tags(SampleIndex::new(4), tags(&["table", LOOK_AGAIN])), "Flag added, tag table added"),
        (JudgeAction::Tags(SampleIndex::new(4), tags(&["table"])), "Flag removed"),
    ] {
        session.apply(action, now());
        assert_eq!(sentence_of(&session), sentence);
    }
}

#[test]
fn day_counts_the_rows_judged_today_but_not_in_bulk() {
    let (dataset, mut session, _dir) = session();
    let row = SampleIndex::new;
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (today, yesterday) = (at("2026-05-04T12:00:00Z"), at("2026-05-03T12:00:00Z"));
    let reject = |sample: usize| JudgeAction::Verdict(row(sample), Some(Verdict::Reject));
    let mut events = session.apply(reject(0), yesterday).events;
    events.extend(session.apply(reject(1), today).events);
    events.extend(session.apply(reject(2), today).events);
    events.extend(session.apply(JudgeAction::Undo, today).events);
    let bulk = JudgeAction::Rows(vec![row(4), row(5)], RowsAction::Verdict(Some(Verdict::Accept)));
    events.extend(session.apply(bulk, today).events);
    assert_eq!(DayCount::new(&dataset, &events, "ben", today).count(today), 0, "each annotator counts alone");
    let mut day = DayCount::new(&dataset, &events, "ann", today);
    assert_eq!(day.count(today), 1);
    day.judged(row(1), today);
    day.judged(row(7), today);
    assert_eq!(day.count(today), 2, "a row counts once");
    day.undone(row(7));
    assert_eq!(day.count(today), 1);
    let tomorrow = at("2026-05-05T12:00:00Z");
    assert_eq!(day.count(tomorrow), 0);
    day.judged(row(8), tomorrow);
    assert_eq!(day.count(tomorrow), 1);
}
