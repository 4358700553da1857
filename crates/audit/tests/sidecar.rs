//! The sidecar: it restores everything after a restart, refuses foreign files, and two writers lose
//! nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::time::{Duration, Instant};

use crate::common::{Reports, accept, act, all_tiles, negative, old_sidecar, record, reopen, start, ten_rows};
use tilejury_audit::sidecar::{LastPosition, LocationReason, WriterReport, for_reading, for_writing};
use tilejury_audit::{
    AuditSession, Confirmation, JudgeAction, Origin, Reason, Relevance, Selection, Sidecar, Verdict, now,
};
use tilejury_data::SampleIndex;

#[test]
fn judgements_and_undo_history_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, accept(0, all_tiles(&dataset, 0)));
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    act(&mut sidecar, &mut session, JudgeAction::ToggleReason(SampleIndex::new(1), Reason::Duplicate));
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(2), negative(&dataset, 2, 1), Some(Relevance::Relevant)),
    );
    act(&mut sidecar, &mut session, JudgeAction::Note(SampleIndex::new(2), "zwei\nZeilen".into()));
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    let before: Vec<_> = (0..10).map(|sample| session.judgement(SampleIndex::new(sample)).cloned()).collect();
    let tally = session.tally.clone();
    drop((sidecar, session));

    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!((0..10).map(|sample| session.judgement(SampleIndex::new(sample)).cloned()).collect::<Vec<_>>(), before);
    assert_eq!((session.tally.judged, session.tally.false_negatives), (tally.judged, tally.false_negatives));
    assert_eq!(session.depth(), (4, 1));
    act(&mut sidecar, &mut session, JudgeAction::Redo);
    assert_eq!(session.judgement(SampleIndex::new(2)).unwrap().note, "zwei\nZeilen");
    for _ in 0..5 {
        assert!(act(&mut sidecar, &mut session, JudgeAction::Undo) > 0);
    }
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Undo), 0);
    assert!((0..10).all(|sample| session.judgement(SampleIndex::new(sample)).is_none()));
    drop((sidecar, session));

    let (_, session) = reopen(&dataset, "ann");
    assert_eq!(session.depth(), (0, 5), "steps undone before a restart can be redone after it");
}

#[test]
fn annotators_see_only_their_own_judgements() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    let (mut sidecar, mut session) = reopen(&dataset, "ben");
    assert_eq!(session.judgement(SampleIndex::new(1)), None);
    assert_eq!(session.depth(), (0, 0));
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Accept)));
    assert_eq!(reopen(&dataset, "ann").1.judgement(SampleIndex::new(1)).unwrap().verdict, Some(Verdict::Reject));
}

#[test]
fn events_cannot_be_changed_or_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    let connection = rusqlite::Connection::open(sidecar.path()).unwrap();
    assert!(connection.execute("DELETE FROM events", []).unwrap_err().to_string().contains("append-only"));
    assert!(connection.execute("UPDATE events SET value = 'accept'", []).is_err());
    let verdict: String =
        connection.query_row("SELECT value FROM current WHERE field = 'verdict'", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "reject");
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[track_caller]
fn check_refused(make: impl Fn(&std::path::Path), words: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tilejury.sqlite");
    make(&path);
    let before = std::fs::read(&path).unwrap();
    let error = Sidecar::open(&path, tilejury_data::DatasetFingerprint(1)).err().unwrap().to_string();
    assert!(error.contains(words), "{error:?} should contain {words:?}");
    assert!(error.contains("tilejury.sqlite"));
    assert!(Sidecar::open_for_reading(&path).is_err());
    assert!(std::fs::read(&path).unwrap() == before, "the file is unchanged");
}

#[test]
fn refuses_foreign_newer_or_damaged_files_unchanged() {
    check_refused(|path| std::fs::write(path, b"a shopping list, not a database").unwrap(), "not a SQLite file");
    check_refused(
        |path| rusqlite::Connection::open(path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap(),
        "another program",
    );
    let ours = |path: &std::path::Path| drop(Sidecar::open(path, tilejury_data::DatasetFingerprint(1)).unwrap());
    check_refused(
        |path| {
            ours(path);
            rusqlite::Connection::open(path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        },
        "newer Tilejury (schema 99, this one knows 10)",
    );
    check_refused(
        |path| {
            ours(path);
            let mut bytes = std::fs::read(path).unwrap();
            let half = bytes.len() / 2;
            bytes[4096..half].fill(0x5a);
            std::fs::write(path, bytes).unwrap();
        },
        "damaged",
    );
}

#[test]
fn empty_database_counts_as_a_new_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tilejury.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    drop(connection);
    assert!(path.metadata().unwrap().len() > 0);
    assert!(Sidecar::open(&path, tilejury_data::DatasetFingerprint(1)).is_ok());
}

#[test]
fn windows_that_open_a_new_set_at_once_share_one_sidecar() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tilejury.sqlite");
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Sidecar::open(&path, tilejury_data::DatasetFingerprint(1)).map(drop)))
            .collect();
        for thread in opened {
            thread.join().unwrap().unwrap();
        }
    });
}

#[test]
fn empty_file_left_by_a_full_disk_counts_as_new() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tilejury.sqlite");
    std::fs::write(&path, b"").unwrap();
    assert!(Sidecar::open(&path, tilejury_data::DatasetFingerprint(1)).is_ok());
}

#[test]
fn sidecar_is_in_the_root_or_where_it_was_named() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let data = dir.path().join("data");
    let location = for_writing(&dataset, None, &data).unwrap();
    assert_eq!((location.path, location.why), (dir.path().join("tilejury.sqlite"), LocationReason::Root));
    let named = dir.path().join("mine.sqlite");
    assert_eq!(for_writing(&dataset, Some(&named), &data).unwrap().path, named);
    assert_eq!(for_reading(&dataset, Some(&named), &data).path, named);
    let names: Vec<_> = dir.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("probe")), "{names:?}");
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(90), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn saved(reports: &Reports, up_to: u64) -> bool {
    reports.lock().unwrap().contains(&WriterReport::Saved { up_to })
}

#[test]
fn two_windows_on_one_sidecar_store_and_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (sidecar, mut left) = reopen(&dataset, "ann");
    let (left_writer, left_reports) = start(sidecar, &left);
    let (sidecar, mut right) = reopen(&dataset, "ann");
    let (right_writer, right_reports) = start(sidecar, &right);
    for sample in 0..10 {
        let (session, writer) = if sample % 2 == 0 { (&mut left, &left_writer) } else { (&mut right, &right_writer) };
        record(writer, session, JudgeAction::Verdict(SampleIndex::new(sample), Some(Verdict::Reject)));
    }
    wait_for("both to store", || saved(&left_reports, 5) && saved(&right_reports, 5));
    let received = |reports: &Reports| -> usize {
        let reports = reports.lock().unwrap();
        reports
            .iter()
            .map(|report| if let WriterReport::Others { events, .. } = report { events.len() } else { 0 })
            .sum()
    };
    wait_for("each to see the other's events", || received(&left_reports) == 5 && received(&right_reports) == 5);
    drop((left_writer, right_writer));
    let (_, session) = reopen(&dataset, "ann");
    assert_eq!(session.tally.rejected, 10);
}

#[test]
fn keeps_unstored_events_and_stores_them_later() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (sidecar, mut session) = reopen(&dataset, "ann");
    let path = sidecar.path().to_owned();
    let (writer, reports) = start(sidecar, &session);
    // A foreign trigger in the file makes every insert fail, as a full disk would.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        .unwrap();
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Accept)));
    let failed = |reports: &Reports| {
        reports
            .lock()
            .unwrap()
            .iter()
            .any(|report| matches!(report, WriterReport::Failed { message, .. } if message.contains("disk full")))
    };
    wait_for("the failure to be reported", || failed(&reports));
    assert!(!saved(&reports, 1) && !saved(&reports, 2));
    connection.execute_batch("DROP TRIGGER full").unwrap();
    writer.retry_now();
    wait_for("the events to be stored", || saved(&reports, 2));
    drop(writer);
    assert_eq!(reopen(&dataset, "ann").1.tally.judged, 2);
}

#[test]
#[cfg(unix)]
fn sidecar_deleted_while_open_is_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    let path = sidecar.path().to_owned();
    let (writer, reports) = start(sidecar, &session);
    let all = ["tilejury.sqlite", "tilejury.sqlite-wal", "tilejury.sqlite-shm"];
    for name in all {
        let _ = std::fs::remove_file(dir.path().join(name));
    }
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Accept)));
    wait_for("the event to be stored", || saved(&reports, 2));
    assert!(reports.lock().unwrap().contains(&WriterReport::WrittenAnew));
    drop(writer);
    assert_eq!(reopen(&dataset, "ann").1.tally.judged, 2);

    // Another file with the name is not overwritten: the events wait until it is gone.
    let (sidecar, mut session) = reopen(&dataset, "ann");
    let (writer, reports) = start(sidecar, &session);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "somebody else's").unwrap();
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(2), Some(Verdict::Reject)));
    let refused = |report: &WriterReport| matches!(report, WriterReport::Failed { message, .. } if message.contains("taken its name"));
    wait_for("the failure to be reported", || reports.lock().unwrap().iter().any(refused));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody else's");
    std::fs::remove_file(&path).unwrap();
    writer.retry_now();
    wait_for("the event to be stored", || saved(&reports, 1));
    drop(writer);
    assert_eq!(reopen(&dataset, "ann").1.tally.judged, 3);
}

#[test]
#[cfg(unix)]
fn log_deleted_while_open_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (sidecar, mut session) = reopen(&dataset, "ann");
    let path = sidecar.path().to_owned();
    let (writer, reports) = start(sidecar, &session);
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    wait_for("the first", || saved(&reports, 1));
    let log = dir.path().join("tilejury.sqlite-wal");
    assert!(log.metadata().unwrap().len() > 0, "it is only in the log");
    std::fs::remove_file(&log).unwrap();
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Accept)));
    wait_for("the second", || saved(&reports, 2));
    // The state that a kill would leave: the file, and the log with its name.
    let found = dir.path().join("found.sqlite");
    std::fs::copy(&path, &found).unwrap();
    std::fs::copy(&log, dir.path().join("found.sqlite-wal")).unwrap();
    let events = Sidecar::open_for_reading(&found).unwrap().unwrap().events().unwrap();
    assert_eq!(events.len(), 2);
    drop(writer);
}

#[test]
#[cfg(unix)]
fn two_windows_with_a_moved_sidecar_continue_in_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut left) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut left, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    let path = sidecar.path().to_owned();
    let (left_writer, left_reports) = start(sidecar, &left);
    let (sidecar, mut right) = reopen(&dataset, "ben");
    let (right_writer, right_reports) = start(sidecar, &right);
    let moved = dir.path().join("moved.sqlite");
    std::fs::rename(&path, &moved).unwrap();
    record(&left_writer, &mut left, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    record(&right_writer, &mut right, JudgeAction::Verdict(SampleIndex::new(2), Some(Verdict::Reject)));
    wait_for("both to store", || saved(&left_reports, 2) && saved(&right_reports, 1));
    drop((left_writer, right_writer));
    let count = |path: &std::path::Path| {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count(&path), count(&moved)), (3, 1), "the moved file has the events stored before");
    let leftovers = dir.path().read_dir().unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("tilejury.sqlite.")
    });
    assert_eq!(leftovers.count(), 0);
}

#[test]
fn each_annotator_has_a_last_position() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (sidecar, session) = reopen(&dataset, "ann");
    let (writer, _) = start(sidecar, &session);
    let key = dataset.samples[7].key;
    writer.set_position(LastPosition { annotator: "ann".into(), sample: key, at: now() });
    drop(writer);
    let (sidecar, _) = reopen(&dataset, "ann");
    assert_eq!(sidecar.last_position("ann").unwrap(), Some(key));
    assert_eq!(sidecar.last_position("ben").unwrap(), None);
}

/// Makes a file of the first schema with a few events.
fn make_schema_1_file(path: &std::path::Path, dataset: &tilejury_data::Dataset) {
    let (connection, sample) = old_sidecar(path, dataset, SampleIndex::new(3), 1);
    let sql = "INSERT INTO events (session, seq, step, sample, field, value, annotator, at)
               VALUES ('s', 1, 1, ?1, 'verdict', 'reject', 'ann', '2026-01-31T09:30:00.000Z')";
    connection.execute(sql, [sample.key.to_string()]).unwrap();
    let tile = &sample.positive;
    let sql = "INSERT INTO events (session, seq, step, sample, tile, field, value, annotator, at) VALUES
               ('s', 2, 2, ?1, NULL, 'verdict', 'accept', 'ann', '2026-01-31T09:31:00.000Z'),
               ('s', 3, 2, ?1, ?2, 'relevance', 'relevant', 'ann', '2026-01-31T09:31:00.000Z'),
               ('s', 4, 4, ?1, 'shard_0/other.png', 'relevance', 'not_relevant', 'ann', '2026-01-31T09:32:00.000Z'),
               ('s', 5, 5, ?1, NULL, 'verdict', 'reject', 'ann', '2026-01-31T09:33:00.000Z')";
    connection.execute(sql, (sample.key.to_string(), tile)).unwrap();
}

#[test]
fn reads_a_schema_1_file_unchanged_and_upgrades_with_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let path = dataset.root.join("tilejury.sqlite");
    make_schema_1_file(&path, &dataset);
    let before = std::fs::read(&path).unwrap();
    let events = Sidecar::open_for_reading(&path).unwrap().unwrap().events().unwrap();
    assert_eq!(events.len(), 5);
    assert_eq!(events[0].origin, Origin::default());
    assert!(std::fs::read(&path).unwrap() == before, "reading changes nothing");

    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!(session.judgement(SampleIndex::new(3)).unwrap().verdict, Some(Verdict::Reject));
    session.chosen_by = Some(Selection::SuspiciousFirst);
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(4), Some(Verdict::Accept)));
    assert!(std::fs::read(dataset.root.join("tilejury.v1.sqlite")).is_ok(), "the copy");
    let chosen: Vec<_> = sidecar.events().unwrap().iter().map(|event| event.origin.chosen_by).collect();
    assert_eq!(chosen, [None, None, None, None, None, Some(Selection::SuspiciousFirst)]);
    let confirmed: Vec<_> = sidecar.events().unwrap().iter().map(|event| event.origin.confirmed_by).collect();
    assert_eq!(confirmed, [None, None, Some(Confirmation::Visible), None, None, None]);
}

#[test]
fn stores_marks_and_confirmations_separately() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let tiles: Vec<_> = dataset.sample(SampleIndex::new(0)).unwrap().tiles().map(|tile| tile.path.clone()).collect();
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, accept(0, tiles.clone()));
    let confirmed =
        |session: &AuditSession, tile| session.origins().tile_origin(dataset.samples[0].key, tile).confirmed_by;
    let (_, stored_session) = reopen(&dataset, "ann");
    assert_eq!(confirmed(&stored_session, &tiles[1]), Some(Confirmation::Visible));
    let same = JudgeAction::Relevance(SampleIndex::new(0), tiles[1].clone(), Some(Relevance::NotRelevant));
    act(&mut sidecar, &mut session, same);
    let (_, mut session) = reopen(&dataset, "ann");
    assert_eq!(confirmed(&session, &tiles[1]), None, "the mark replaces the confirmation");
    assert_eq!(confirmed(&session, &tiles[0]), Some(Confirmation::Visible));
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(confirmed(&session, &tiles[1]), Some(Confirmation::Visible), "and can be undone");
}
