//! The things that a window did not hide when a row was judged: stored with its verdict, and kept
//! by upgrades, recovery and lines.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::common::{BEFORE_SCHEMA_9, accept, act, all_tiles, lose_tables, recovered_whole, reopen, ten_rows};
use tilejury_audit::interchange::{ImportDefaults, current, history, read};
use tilejury_audit::sidecar::recover;
use tilejury_audit::{AuditSession, JudgeAction, Shown, Sidecar, Verdict, Visible, now};
use tilejury_data::{Dataset, SampleIndex};

const BLIND: &[Shown] = &[Shown::Signals, Shown::Scores, Shown::Order];

fn row(at: usize) -> SampleIndex {
    SampleIndex::new(at)
}

fn visible(session: &AuditSession, sample: usize) -> Option<Visible> {
    session.origins().verdict_origin(session.dataset.samples[sample].key).visible
}

/// A sidecar in which a row was judged blind and another one not, and its events.
fn judged(dataset: &Arc<Dataset>) -> Vec<tilejury_audit::Event> {
    let (mut sidecar, mut session) = reopen(dataset, "ann");
    session.visible = Some(Visible::ALL.without(BLIND));
    act(&mut sidecar, &mut session, accept(0, all_tiles(dataset, 0)));
    session.visible = None;
    act(&mut sidecar, &mut session, accept(1, all_tiles(dataset, 1)));
    sidecar.events().unwrap()
}

#[test]
fn a_verdict_keeps_what_was_not_hidden() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let blind = Visible::ALL.without(BLIND);
    session.visible = Some(blind);
    act(&mut sidecar, &mut session, JudgeAction::Verdict(row(0), Some(Verdict::Reject)));
    assert_eq!(visible(&session, 0), Some(blind));
    session.visible = Some(Visible::ALL);
    act(&mut sidecar, &mut session, JudgeAction::Verdict(row(0), Some(Verdict::Unsure)));
    assert_eq!(visible(&session, 0), Some(Visible::ALL), "another verdict has its own set");
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(visible(&session, 0), Some(blind), "undo restores it with the verdict");
    let marks = sidecar.events().unwrap();
    assert!(marks.iter().all(|event| event.origin.visible.is_none() || event.change.field() == "verdict"));
    assert_eq!(visible(&reopen(&dataset, "ann").1, 0), Some(blind), "stored");
}

#[test]
fn lines_have_what_was_not_hidden() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let events = judged(&dataset);
    let lines = current(&dataset, &events, &[]);
    let words: Vec<&str> = Visible::ALL.without(BLIND).iter().map(Shown::word).collect();
    assert_eq!(lines[0]["visible"], serde_json::json!(words));
    assert!(lines[1].get("visible").is_none(), "it was not recorded");
    let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
    for lines in [lines, history(&dataset, &events, &[])] {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let import = read(&dataset, text.as_bytes(), &defaults, BTreeMap::new(), &[]).unwrap();
        let stored: Vec<_> = import.events.iter().filter_map(|event| event.origin.visible).collect();
        assert_eq!(stored, [Visible::ALL.without(BLIND)]);
    }
    let bad = r#"{"split":"train","line":1,"verdict":"accept","visible":["colour"]}"#;
    let error = &read(&dataset, bad.as_bytes(), &defaults, BTreeMap::new(), &[]).unwrap_err()[0];
    assert!(error.to_string().starts_with("line 1: `visible`: "), "{error}");
}

#[test]
fn recovery_keeps_what_was_not_hidden() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let events = judged(&dataset);
    let path = dataset.root.join("tilejury.sqlite");
    let mut bytes = lose_tables(&path);
    let mut rescued = recovered_whole(&path, &dir.path().join("rescued.sqlite"));
    assert_eq!(rescued.events().unwrap(), events);

    // Another word is noticed: the checksum covers it.
    let at = bytes.windows(9).position(|part| part == br#"["reviews"#).unwrap();
    bytes[at + 2..at + 9].copy_from_slice(b"signals");
    std::fs::write(&path, &bytes).unwrap();
    let report = recover(&path, &dir.path().join("again.sqlite")).unwrap();
    assert!(!report.doubtful.is_empty() || report.events < events.len(), "{report:?}");
}

#[test]
fn a_sidecar_of_schema_7_is_copied_and_upgraded() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, accept(0, all_tiles(&dataset, 0)));
    let (events, path) = (sidecar.events().unwrap(), sidecar.path().to_owned());
    drop((sidecar, session));
    let older = "DROP VIEW visible; ALTER TABLE events DROP COLUMN visible; PRAGMA user_version = 7;
                 PRAGMA journal_mode = delete;";
    rusqlite::Connection::open(&path).unwrap().execute_batch(&format!("{BEFORE_SCHEMA_9} {older}")).unwrap();
    let before = std::fs::read(&path).unwrap();
    let read_only = Sidecar::open_for_reading(&path).unwrap().unwrap().events().unwrap();
    assert_eq!(read_only, events);
    assert!(std::fs::read(&path).unwrap() == before, "reading changes nothing");
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    session.visible = Some(Visible::NONE);
    act(&mut sidecar, &mut session, accept(1, all_tiles(&dataset, 1)));
    drop((sidecar, session));
    let copy = dataset.root.join("tilejury.v7.sqlite");
    assert_eq!(Sidecar::open_for_reading(&copy).unwrap().unwrap().events().unwrap(), events);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let stored: String = connection.query_row("SELECT visible FROM visible", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, "[]", "only one verdict has it");
    drop(connection);
    let report = recover(&path, &dir.path().join("rescued.sqlite")).unwrap();
    assert_eq!((report.unchecked, report.doubtful.len()), (0, 0), "{report:?}");
}
