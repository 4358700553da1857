//! A wrong positive has two forms: the reason of a rejected row, and the mark “not relevant” of its
//! positive. They are one statement: in the session, in imported and printed lines, in counts and
//! filters, and for judgements of earlier versions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::common::{accept, act, all_tiles, positive, reopen, ten_rows};
use tilejury_audit::interchange::{ImportDefaults, JudgementImport, current, history, read};
use tilejury_audit::merge::{AnnotatorScope, judgements, judgements_of, present_by_annotator};
use tilejury_audit::search::{DatasetNames, Search};
use tilejury_audit::stats::JudgementTally;
use tilejury_audit::{AuditSession, Event, JudgeAction, Judgement, Reason, Relevance, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};

const WRONG: Option<Relevance> = Some(Relevance::NotRelevant);

/// Whether the positive of a row is marked not relevant, and whether that is a reason.
fn both(dataset: &Dataset, session: &AuditSession, row: usize) -> (bool, bool) {
    let judgement = session.judgement(SampleIndex::new(row)).cloned().unwrap_or_default();
    (judgement.relevance(&positive(dataset, row)) == WRONG, judgement.reasons.contains(&Reason::WrongPositive))
}

fn finds(session: &AuditSession, filter: &str) -> Vec<usize> {
    let search = Search::parse(filter, &DatasetNames::default()).unwrap();
    let admits =
        |row: &usize| search.admits(session.statuses()[*row], || session.judgement(SampleIndex::new(*row)), || 0);
    (0..10).filter(admits).collect()
}

fn import(
    dataset: &Dataset,
    text: &str,
    before: BTreeMap<String, tilejury_audit::merge::CurrentJudgements>,
) -> JudgementImport {
    read(dataset, text.as_bytes(), &ImportDefaults { annotator: None, login: "ann", at: now() }, before, &[]).unwrap()
}

#[test]
fn reason_and_mark_change_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    assert_eq!(
        act(&mut sidecar, &mut session, JudgeAction::ToggleReason(SampleIndex::new(0), Reason::WrongPositive)),
        2
    );
    assert_eq!(both(&dataset, &session, 0), (true, true));
    let last = session.history().undo.last().unwrap();
    let words = last.sentence(Some(&dataset.sample(SampleIndex::new(0)).unwrap()));
    assert_eq!(words, "Reason: wrong positive, Positive: not relevant");
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(both(&dataset, &session, 0), (false, false));
    act(&mut sidecar, &mut session, JudgeAction::Redo);
    act(&mut sidecar, &mut session, JudgeAction::ToggleReason(SampleIndex::new(0), Reason::WrongPositive));
    assert_eq!(both(&dataset, &session, 0), (false, false));

    // In the other order: the mark first, then the verdict, which adds the reason.
    act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(1), positive(&dataset, 1), WRONG));
    assert_eq!(both(&dataset, &session, 1), (true, false));
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    assert_eq!(both(&dataset, &session, 1), (true, true));
    for cleared in [None, Some(Relevance::Relevant)] {
        act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(1), positive(&dataset, 1), cleared));
        assert_eq!(both(&dataset, &session, 1), (false, false));
        act(&mut sidecar, &mut session, JudgeAction::Undo);
        assert_eq!(both(&dataset, &session, 1), (true, true));
    }
    // In an unsure row the reason is a doubt; when the row is rejected, it becomes a mark.
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(2), Some(Verdict::Unsure)));
    act(&mut sidecar, &mut session, JudgeAction::ToggleReason(SampleIndex::new(2), Reason::WrongPositive));
    assert_eq!(both(&dataset, &session, 2), (false, true));
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(2), Some(Verdict::Reject)));
    assert_eq!(both(&dataset, &session, 2), (true, true));
    let (_, again) = reopen(&dataset, "ann");
    assert_eq!(finds(&again, "positive:wrong"), [1, 2]);
    assert_eq!(finds(&again, "reason:wrong_positive"), [1, 2]);
    assert_eq!(again.tally.wrong_positives, 2);
}

/// Judgements of earlier versions: row 0 has only the reason, row 1 only the mark, row 2 the reason
/// and a mark with another value.
fn earlier(dataset: &Arc<Dataset>) -> Vec<Event> {
    let (mut sidecar, mut session) = reopen(dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(1), positive(dataset, 1), WRONG));
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(2), positive(dataset, 2), Some(Relevance::Relevant)),
    );
    for row in 0..3 {
        act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(row), Some(Verdict::Reject)));
        act(&mut sidecar, &mut session, JudgeAction::ToggleReason(SampleIndex::new(row), Reason::BadQuery));
    }
    let events = sidecar.events().unwrap().into_iter();
    let reasons = |row: usize| match row {
        1 => BTreeSet::from([Reason::BadQuery]),
        _ => BTreeSet::from([Reason::BadQuery, Reason::WrongPositive]),
    };
    let as_before = events.map(|mut event| {
        if let tilejury_audit::FieldChange::Reasons(_) = event.change {
            event.change = tilejury_audit::FieldChange::Reasons(reasons(dataset.find(event.sample).unwrap().index()));
        }
        event
    });
    as_before.collect()
}

#[test]
fn earlier_judgements_count_in_both_forms() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let events = earlier(&dataset);
    let stored = &present_by_annotator(&events)["ann"].judgements;
    let raw = |row: usize| stored[&dataset.samples[row].key].clone();
    assert!(raw(0).tiles.is_empty() && !raw(1).reasons.contains(&Reason::WrongPositive));
    let session = AuditSession::new(dataset.clone(), "ann", &events);
    assert_eq!(finds(&session, "positive:wrong"), [0, 1], "a mark with another value wins");
    assert_eq!(finds(&session, "reason:wrong_positive"), [0, 1]);
    assert_eq!(finds(&session, "reason:bad_query"), [0, 1, 2]);
    assert_eq!(session.tally.wrong_positives, 2);
    let counted = judgements_of(&dataset, &events, &AnnotatorScope::Everybody);
    assert_eq!(JudgementTally::new(&dataset, &counted).wrong_positives, 2);
    let judgement = |row: usize| -> &Judgement { &counted[&dataset.samples[row].key] };
    for row in 0..2 {
        assert_eq!(judgement(row).relevance(&positive(&dataset, row)), WRONG);
        assert!(judgement(row).reasons.contains(&Reason::WrongPositive));
    }
    assert!(!judgement(2).reasons.contains(&Reason::WrongPositive));
    // One key clears both, though only one is stored.
    let mut session = session;
    session.apply(JudgeAction::ToggleReason(SampleIndex::new(1), Reason::WrongPositive), now());
    assert_eq!(both(&dataset, &session, 1), (false, false));
}

#[test]
fn each_annotator_has_both_forms_before_voting() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let mut events = earlier(&dataset);
    let (mut sidecar, mut bob) = reopen(&dataset, "bob");
    act(&mut sidecar, &mut bob, accept(0, all_tiles(&dataset, 0)));
    events.extend(sidecar.events().unwrap().into_iter().filter(|event| &*event.annotator == "bob"));
    let relevance =
        |judgements: &tilejury_audit::Judgements| judgements[&dataset.samples[0].key].relevance(&positive(&dataset, 0));
    assert_eq!(relevance(&judgements(&events, &AnnotatorScope::Everybody)), Some(Relevance::Relevant));
    assert_eq!(relevance(&judgements_of(&dataset, &events, &AnnotatorScope::Everybody)), Some(Relevance::Unsure));
}

#[test]
fn lines_with_either_form_set_both() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let path = |row: usize| dataset.sample(SampleIndex::new(row)).unwrap().positive.spelling;
    let text = format!(
        r#"{{"split": "train", "line": 1, "verdict": "reject", "reasons": ["wrong_positive"]}}
{{"split": "train", "line": 2, "verdict": "reject", "tiles": {{"{}": "not_relevant"}}}}
{{"split": "train", "line": 3, "verdict": "reject", "reasons": ["wrong_positive"], "tiles": {{"{}": "relevant"}}}}
{{"split": "train", "line": 4, "verdict": "unsure", "reasons": ["wrong_positive"]}}
"#,
        path(1),
        path(2)
    );
    let events = import(&dataset, &text, BTreeMap::new()).events;
    let session = AuditSession::new(dataset.clone(), "ann", &events);
    let found = [0, 1, 2, 3].map(|row| both(&dataset, &session, row));
    assert_eq!(found, [(true, true), (true, true), (false, false), (false, true)]);

    // A later line with either form clears both.
    let text = format!(
        r#"{{"split": "train", "line": 1, "reasons": ["bad_query"]}}
{{"split": "train", "line": 2, "tiles": {{"{}": null}}}}
"#,
        path(1)
    );
    let mut all = events.clone();
    all.extend(import(&dataset, &text, present_by_annotator(&events)).events);
    let session = AuditSession::new(dataset.clone(), "ann", &all);
    assert_eq!([0, 1].map(|row| both(&dataset, &session, row)), [(false, false); 2]);
}

#[test]
fn printed_lines_restore_the_current_judgements() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    // The mark stays when the rejection is undone, also in the lines of the history.
    act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(5), positive(&dataset, 5), WRONG));
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(5), Some(Verdict::Reject)));
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    let mut events = earlier(&dataset);
    events.extend(
        sidecar.events().unwrap().into_iter().filter(|event| dataset.find(event.sample) == Some(SampleIndex::new(5))),
    );
    for lines in [current(&dataset, &events, &[]), history(&dataset, &events, &[])] {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let read = import(&dataset, &text, BTreeMap::new()).events;
        let current = |events: &[Event]| judgements_of(&dataset, events, &AnnotatorScope::Everybody);
        assert_eq!(current(&read), current(&events));
    }
}
