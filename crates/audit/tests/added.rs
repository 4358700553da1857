//! Tiles that people add to a row as relevant, although the row does not name them: the actions,
//! their history, and the sidecar.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::path::Path;

use crate::common::{act, all_tiles, lose_tables, negative, old_sidecar, positive, reopen, ten_rows};
use tilejury_audit::session::SampleStatus;
use tilejury_audit::sidecar::{self, SampleRecord};
use tilejury_audit::{FieldChange, JudgeAction, Refusal, Relevance, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};

fn first() -> SampleIndex {
    SampleIndex::new(0)
}

fn add(tile: &TilePath) -> JudgeAction {
    JudgeAction::AddRelevant { sample: first(), tile: tile.clone() }
}

fn remove(tile: &TilePath) -> JudgeAction {
    JudgeAction::RemoveRelevant { sample: first(), tile: tile.clone() }
}

/// A tile of the dataset that the first row does not name.
fn outside(dataset: &Dataset) -> TilePath {
    negative(dataset, 5, 0)
}

#[test]
fn adds_a_tile_outside_the_row_and_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let tile = outside(&dataset);
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!(act(&mut sidecar, &mut session, add(&tile)), 1);
    assert_eq!(session.added(first()), std::slice::from_ref(&tile));
    let events = sidecar.events().unwrap();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.change, FieldChange::Relevance(tile.clone(), Some(Relevance::Relevant)));
    assert_eq!((&*event.annotator, event.sample), ("ann", dataset.samples[0].key));
    let sample = dataset.sample(first()).unwrap();
    let step = session.history().undo.last().unwrap().sentence(Some(&sample));
    assert_eq!(step, format!("Added as relevant: {}", tile.short_name()));
    drop((sidecar, session));

    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!(session.added(first()), std::slice::from_ref(&tile));
    assert_eq!(session.added(SampleIndex::new(5)), [], "the row that has the tile is another one");
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(session.added(first()), []);
    assert!(session.judgements().is_empty());
    act(&mut sidecar, &mut session, JudgeAction::Redo);
    assert_eq!(session.added(first()), std::slice::from_ref(&tile));
    assert_eq!(act(&mut sidecar, &mut session, remove(&tile)), 1);
    let step = session.history().undo.last().unwrap().sentence(Some(&sample));
    assert_eq!(step, format!("No longer added: {}", tile.short_name()));
    drop((sidecar, session));
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!(session.added(first()), []);
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(session.added(first()), [tile], "undoing a removal adds it");
    assert_eq!(reopen(&dataset, "ben").1.added(first()), [], "another annotator's work");
}

#[test]
fn refuses_tiles_of_the_row_and_repeats() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let mut refused = |action: JudgeAction| {
        let effect = session.apply(action, now());
        sidecar.append(&effect.events, &[SampleRecord::new(&dataset, first()).unwrap()], None).unwrap();
        assert_eq!(effect.refused.is_some(), effect.events.is_empty());
        effect.refused
    };
    let (own, tile) = (negative(&dataset, 0, 1), outside(&dataset));
    assert_eq!(refused(add(&positive(&dataset, 0))), Some(Refusal::IsPositive));
    let why = refused(add(&own)).unwrap();
    assert_eq!(why, Refusal::IsNegative(TileSlot::new(2)));
    assert_eq!(why.to_string(), "this tile is negative 2 of the row; mark it as relevant there");
    let spelled_otherwise = TilePath::new(&format!("/elsewhere/images/{own}"));
    assert_eq!(refused(add(&spelled_otherwise)), Some(why), "the same tile in another spelling");
    assert_eq!(refused(add(&TilePath::new(""))), Some(Refusal::NoTile));
    assert_eq!(refused(remove(&tile)), Some(Refusal::NotAdded));
    assert_eq!(refused(JudgeAction::Relevance(first(), own.clone(), Some(Relevance::Relevant))), None);
    assert_eq!(refused(remove(&own)), Some(Refusal::NotAdded), "a negative is marked, not added");
    assert_eq!(refused(add(&tile)), None);
    assert_eq!(refused(add(&tile)), Some(Refusal::AlreadyAdded));
    let elsewhere = JudgeAction::AddRelevant { sample: SampleIndex::new(99), tile: tile.clone() };
    assert_eq!(refused(elsewhere), Some(Refusal::UnreadableRow));
    assert_eq!(sidecar.events().unwrap().len(), 2);
    assert_eq!(session.depth().0, 2);
    assert_eq!(session.judgement(first()).unwrap().relevance(&own), Some(Relevance::Relevant));
}

#[test]
fn added_tile_decides_nothing_about_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, add(&outside(&dataset)));
    assert_eq!(session.statuses()[0], SampleStatus::default());
    assert!(session.decisions().get(first()).is_none());
    let tally = &session.tally;
    assert_eq!((tally.judged, tally.false_negatives, tally.unsure), (0, 0, 0));
    act(&mut sidecar, &mut session, crate::common::accept(0, all_tiles(&dataset, 0)));
    assert_eq!(session.statuses()[0], SampleStatus { verdict: Some(Verdict::Accept), ..SampleStatus::default() });
    assert_eq!(session.added(first()), [outside(&dataset)], "accepting leaves it");
}

/// Makes a file of the third schema, with the verdict of a row.
fn make_schema_3_file(path: &Path, dataset: &Dataset) {
    let (connection, sample) = old_sidecar(path, dataset, first(), 3);
    let sql = "INSERT INTO events (session, seq, step, sample, field, value, annotator, at)
               VALUES ('s', 1, 1, ?1, 'verdict', 'reject', 'ann', '2026-01-31T09:30:00.000Z')";
    connection.execute(sql, [sample.key.to_string()]).unwrap();
}

#[test]
fn file_of_the_schema_before_is_copied_and_then_newer() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let path = dataset.root.join("tilejury.sqlite");
    make_schema_3_file(&path, &dataset);
    let before = std::fs::read(&path).unwrap();
    assert_eq!(Sidecar::open_for_reading(&path).unwrap().unwrap().events().unwrap().len(), 1);
    assert!(std::fs::read(&path).unwrap() == before, "reading changes nothing");
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, add(&outside(&dataset)));
    assert_eq!(sidecar.events().unwrap().len(), 2);
    drop((sidecar, session));
    let version = |path: &Path| {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(version(&path), 10, "a program that knows schema 3 refuses it");
    let copy = dataset.root.join("tilejury.v3.sqlite");
    assert_eq!(version(&copy), 3);
    assert_eq!(Sidecar::open_for_reading(&copy).unwrap().unwrap().events().unwrap().len(), 1);
}

#[test]
fn added_tile_is_recovered_from_a_damaged_file() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, add(&outside(&dataset)));
    drop((sidecar, session));
    let path = dataset.root.join("tilejury.sqlite");
    lose_tables(&path);
    assert!(Sidecar::open_for_reading(&path).and_then(|sidecar| sidecar.unwrap().events()).is_err());
    let rescued = dir.path().join("rescued.sqlite");
    let report = sidecar::recover(&path, &rescued).unwrap();
    assert_eq!((report.events, report.missing), (1, 0), "{report:?}");
    let events = Sidecar::open_for_reading(&rescued).unwrap().unwrap().events().unwrap();
    let mut session = tilejury_audit::AuditSession::new(dataset.clone(), "ann", &events);
    assert_eq!(session.added(first()), [outside(&dataset)]);
}
