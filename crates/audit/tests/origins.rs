//! Origins of judgements: selection in suspicion order and propagation to other rows. Undo, restart
//! and the interchange format keep both.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::common::{accept, act, all_tiles, negative, reopen, ten_rows};
use tilejury_audit::interchange::{ImportDefaults, current, history, read};
use tilejury_audit::merge::{AnnotatorScope, chosen};
use tilejury_audit::{
    AuditSession, CarriedMark, CurrentOrigins, JudgeAction, Origin, Relevance, Selection, StepId, Verdict, now,
};
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

const SUSPICIOUS: Option<Selection> = Some(Selection::SuspiciousFirst);

/// Three rows that share a negative.
fn three_rows(root: &std::path::Path) -> Arc<Dataset> {
    let mut set = Set::new();
    for at in 0..3 {
        let row = Row::new("What is salt?", &tile(0, at, 0)).negatives(&[&tile(0, 9, 0), &tile(0, at, 1)]);
        set = set.row("train", &row);
    }
    set.write(root);
    Arc::new(Dataset::open(root).unwrap())
}

fn key(dataset: &Dataset, sample: usize) -> SampleKey {
    dataset.samples[sample].key
}

/// A mark to apply to a tile of another row.
fn propagated(sample: usize, tile: &TilePath, relevance: Relevance, from: &StepId) -> CarriedMark {
    CarriedMark { sample: SampleIndex::new(sample), tile: tile.clone(), relevance, from: from.clone() }
}

fn relevance(session: &AuditSession, sample: usize, tile: &TilePath) -> Option<Relevance> {
    session.judgement(SampleIndex::new(sample)).and_then(|judgement| judgement.relevance(tile))
}

#[test]
fn undo_restores_the_origin_with_the_value() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let chosen_by = |session: &AuditSession| session.origins().verdict_origin(key(&dataset, 0)).chosen_by;
    act(&mut sidecar, &mut session, accept(0, all_tiles(&dataset, 0)));
    assert_eq!(chosen_by(&session), None);
    session.chosen_by = SUSPICIOUS;
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    assert_eq!(chosen_by(&session), SUSPICIOUS);
    session.chosen_by = None;
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(chosen_by(&session), None);
    act(&mut sidecar, &mut session, JudgeAction::Redo);
    assert_eq!(chosen_by(&session), SUSPICIOUS);
    let events = sidecar.events().unwrap();
    assert_eq!(CurrentOrigins::from_events(&events).verdict_origin(key(&dataset, 0)).chosen_by, SUSPICIOUS);
    assert_eq!(chosen(&dataset, &events, &AnnotatorScope::Everybody), 1);
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(chosen_by(&session), None, "after a restart too");
    assert_eq!(chosen(&dataset, &sidecar.events().unwrap(), &AnnotatorScope::Everybody), 0);
}

#[test]
fn propagation_is_one_marked_step_that_keeps_earlier_marks() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = three_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let shared = negative(&dataset, 0, 0);
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(2), shared.clone(), Some(Relevance::Unsure)),
    );
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(0), shared.clone(), Some(Relevance::Relevant)),
    );
    let from = crate::common::last_step(&session, 0, &shared);
    let to = [(1, &shared), (1, &shared), (2, &shared), (1, &TilePath::new("not/in/the/row.png"))];
    let to = to.map(|(row, tile)| propagated(row, tile, Relevance::Relevant, &from));
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Propagate(to.to_vec())), 1);
    assert_eq!(relevance(&session, 1, &shared), Some(Relevance::Relevant));
    assert_eq!(relevance(&session, 2, &shared), Some(Relevance::Unsure));
    assert_eq!(session.origins().tile_origin(key(&dataset, 1), &shared).propagated_from, Some(from));
    let last = session.history().undo.last().unwrap();
    assert_eq!(last.sentence(None), "Applied to 1 row: relevant");

    let applied = session.apply(JudgeAction::Undo, now());
    assert_eq!(applied.sample, None, "the current row stays");
    assert_eq!(relevance(&session, 1, &shared), None);
    assert_eq!(relevance(&session, 0, &shared), Some(Relevance::Relevant));
}

#[test]
fn propagates_and_undoes_different_marks_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = three_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let (shared, own) = (negative(&dataset, 0, 0), negative(&dataset, 1, 1));
    act(&mut sidecar, &mut session, accept(0, all_tiles(&dataset, 0)));
    let from = crate::common::last_step(&session, 0, &shared);
    let to = vec![
        propagated(1, &shared, Relevance::NotRelevant, &from),
        propagated(1, &own, Relevance::Broken, &from),
        propagated(2, &shared, Relevance::NotRelevant, &from),
    ];
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Propagate(to)), 3);
    assert_eq!(relevance(&session, 1, &own), Some(Relevance::Broken));
    assert_eq!(relevance(&session, 2, &shared), Some(Relevance::NotRelevant));
    assert_eq!(session.history().undo.last().unwrap().sentence(None), "Applied to 2 rows");

    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Undo), 3, "after a restart too");
    assert!([1, 2].iter().all(|row| session.judgement(SampleIndex::new(*row)).is_none()));
    assert_eq!(session.statuses()[0].verdict, Some(Verdict::Accept));
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Redo), 3);
    assert_eq!(session.origins().tile_origin(key(&dataset, 2), &shared).propagated_from, Some(from));
}

#[test]
fn lines_keep_the_origins_of_judgements() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = three_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let shared = negative(&dataset, 0, 0);
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(2), Some(Verdict::Reject)));
    session.chosen_by = SUSPICIOUS;
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(0), shared.clone(), Some(Relevance::Relevant)),
    );
    let from = crate::common::last_step(&session, 0, &shared);
    let to = vec![propagated(1, &shared, Relevance::Relevant, &from)];
    act(&mut sidecar, &mut session, JudgeAction::Propagate(to));
    let events = sidecar.events().unwrap();
    for lines in [current(&dataset, &events, &[]), history(&dataset, &events, &[])] {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
        let import = read(&dataset, text.as_bytes(), &defaults, BTreeMap::new(), &[]).unwrap();
        assert!(import.remarks.is_empty(), "{:?}", import.remarks);
        let origins = CurrentOrigins::from_events(&import.events);
        assert_eq!(origins.tile_origin(key(&dataset, 0), &shared).chosen_by, SUSPICIOUS);
        assert_eq!(origins.tile_origin(key(&dataset, 1), &shared).propagated_from, Some(from.clone()));
        assert_eq!(origins.verdict_origin(key(&dataset, 2)), Origin::default());
    }
}

#[test]
fn unknown_origin_makes_a_bad_line() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let check = |field: &str, words: &str| {
        let text = format!("{{\"split\": \"train\", \"line\": 1, \"verdict\": \"accept\", {field}}}");
        let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
        let bad = read(&dataset, text.as_bytes(), &defaults, BTreeMap::new(), &[]).unwrap_err();
        assert!(bad[0].message.contains(words), "{}", bad[0].message);
    };
    check("\"chosen_by\": \"dice\"", "`chosen_by`: `dice` is not suspicious-first");
    check("\"propagated\": {\"a.png\": \"nowhere\"}", "`propagated`: `nowhere` is not a step");
}
