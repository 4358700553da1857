//! Judgements survive: backups, saving to another file, and recovery of a damaged file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::{Reports, accept, act, all_tiles, record, reopen, start, ten_rows};
use tilejury_audit::sidecar::{
    BACKUPS_KEPT, BackupOutcome, LastPosition, Writer, WriterReport, back_up, open_for_writing, recover,
};
use tilejury_audit::{AuditSession, Event, JudgeAction, Sidecar, SidecarError, Timestamp, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn events_in(path: &Path) -> Vec<Event> {
    Sidecar::open_for_reading(path).unwrap().unwrap().events().unwrap()
}

#[test]
fn each_opening_backs_up_new_events_and_keeps_seven_backups() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let backups = dir.path().join("backups");
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let path = sidecar.path().to_owned();
    assert_eq!(back_up(&path, &backups, now()).unwrap(), BackupOutcome::NothingNew, "nothing was judged");
    for day in 1..=9 {
        act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(day), Some(Verdict::Reject)));
        let made = back_up(&path, &backups, at(&format!("2026-11-0{day}T08:00:00Z"))).unwrap();
        let expected = backups.join(format!("tilejury-2026-11-0{day}T08-00-00Z.sqlite"));
        assert_eq!(made, BackupOutcome::Written(expected.clone()));
        assert_eq!(events_in(&expected), sidecar.events().unwrap(), "each is complete");
        assert_eq!(back_up(&path, &backups, now()).unwrap(), BackupOutcome::NothingNew);
    }
    let kept = names(&backups);
    assert_eq!(kept.len(), BACKUPS_KEPT, "{kept:?}");
    assert!(kept[0].contains("2026-11-03") && kept[6].contains("2026-11-09"), "{kept:?}");
    // The clock is set back by a year: the new one is still the last.
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Accept)));
    back_up(&path, &backups, at("2025-01-01T00:00:00Z")).unwrap();
    assert_eq!(events_in(&backups.join(names(&backups).last().unwrap())).len(), 10);
}

#[test]
fn backup_that_fails_deletes_no_other_backup() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let backups = dir.path().join("backups");
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let path = sidecar.path().to_owned();
    for day in 1..=7 {
        act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(day), Some(Verdict::Reject)));
        back_up(&path, &backups, at(&format!("2026-11-0{day}T08:00:00Z"))).unwrap();
    }
    let before = names(&backups);
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(8), Some(Verdict::Reject)));
    // A folder has the name of the backup.
    std::fs::create_dir(backups.join("tilejury-2026-11-08T08-00-00Z.sqlite")).unwrap();
    assert!(back_up(&path, &backups, at("2026-11-08T08:00:00Z")).is_err());
    std::fs::remove_dir(backups.join("tilejury-2026-11-08T08-00-00Z.sqlite")).unwrap();
    assert_eq!(names(&backups), before);
}

#[test]
fn reports_a_backup_that_holds_more_than_the_sidecar() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let backups = dir.path().join("backups");
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let path = sidecar.path().to_owned();
    for sample in 0..3 {
        act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(sample), Some(Verdict::Reject)));
    }
    let BackupOutcome::Written(full) = back_up(&path, &backups, now()).unwrap() else { panic!("a backup") };
    drop(sidecar);
    std::fs::remove_file(&path).unwrap();
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(5), Some(Verdict::Reject)));
    let made = back_up(&path, &backups, now()).unwrap();
    assert!(
        matches!(&made, BackupOutcome::WrittenButOlderHoldsMore { fuller, events: 3, .. } if *fuller == full),
        "{made:?}"
    );
}

#[track_caller]
fn wait_for(reports: &Reports, what: &str, is_expected: impl Fn(&WriterReport) -> bool) {
    let start = Instant::now();
    while !reports.lock().unwrap().iter().any(&is_expected) {
        assert!(start.elapsed() < Duration::from_secs(90), "waited in vain for {what}: {:?}", reports.lock().unwrap());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Stores one verdict. After that the file refuses more, and two events wait.
fn stuck(dataset: &Arc<Dataset>) -> (Writer, Reports, AuditSession) {
    let (sidecar, mut session) = reopen(dataset, "ann");
    let path = sidecar.path().to_owned();
    let (writer, reports) = start(sidecar, &session);
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    wait_for(&reports, "the first", |report| *report == WriterReport::Saved { up_to: 1 });
    let rule = "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no room'); END";
    rusqlite::Connection::open(path).unwrap().execute_batch(rule).unwrap();
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Accept)));
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Accept)));
    wait_for(&reports, "the failure", |report| matches!(report, WriterReport::Failed { waiting: 2, .. }));
    (writer, reports, session)
}

#[test]
fn rescue_never_overwrites_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let (writer, reports, _session) = stuck(&dataset);
    let taken = dir.path().join("taken.sqlite");
    std::fs::write(&taken, b"mine").unwrap();
    writer.save_as(taken.clone());
    wait_for(
        &reports,
        "the refusal",
        |report| matches!(report, WriterReport::NotSavedAs { message } if message.contains("not overwritten")),
    );
    assert_eq!(std::fs::read(&taken).unwrap(), b"mine");
}

#[test]
fn rescue_holds_stored_and_waiting_events() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let (sidecar, mut session) = reopen(&dataset, "ann");
    let path = sidecar.path().to_owned();
    let (writer, reports) = start(sidecar, &session);
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    wait_for(&reports, "the first", |report| *report == WriterReport::Saved { up_to: 1 });
    // Another program has a lock on the file.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    record(&writer, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Accept)));
    wait_for(
        &reports,
        "the failure",
        |report| matches!(report, WriterReport::Failed { message, .. } if message.contains("another program has it locked")),
    );
    let rescue = dir.path().join("rescue.sqlite");
    writer.save_as(rescue.clone());
    wait_for(&reports, "the rescue", |report| {
        *report == WriterReport::SavedAs { path: rescue.clone(), up_to: 2, whole: true }
    });
    assert_eq!(events_in(&rescue).len(), 2);
    assert_eq!(names(dir.path()), ["rescue.sqlite", "set"], "one file, and nothing beside it");
    other.execute_batch("ROLLBACK").unwrap();
    writer.retry_now();
    wait_for(&reports, "the second", |report| *report == WriterReport::Saved { up_to: 2 });
    drop(writer);
    assert_eq!(events_in(&path), events_in(&rescue));
    assert!(Sidecar::open(&rescue, dataset.fingerprint).is_ok(), "and judging can continue in it");
}

#[test]
fn rescue_of_an_unreadable_sidecar_saves_waiting_events() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let (writer, reports, _session) = stuck(&dataset);
    let sidecar = dataset.root.join("tilejury.sqlite");
    // All but the first page is lost.
    let len = sidecar.metadata().unwrap().len() as usize;
    for (file, from) in [(sidecar.clone(), 100), (dataset.root.join("tilejury.sqlite-wal"), 0)] {
        let size = file.metadata().unwrap().len() as usize;
        use std::os::unix::fs::FileExt as _;
        let open = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
        open.write_all_at(&vec![0x5a; size - from], from as u64).unwrap();
    }
    assert!(len > 4096);
    let rescue = dir.path().join("rescue.sqlite");
    writer.save_as(rescue.clone());
    wait_for(&reports, "the rescue", |report| matches!(report, WriterReport::SavedAs { up_to: 3, .. }));
    let verdicts: Vec<_> = events_in(&rescue).iter().map(|event| event.seq).collect();
    assert!(verdicts.ends_with(&[2, 3]), "{verdicts:?}");
}

/// A sidecar with some hundreds of events by two annotators, among them a long note.
fn rich(dir: &Path) -> (Arc<Dataset>, PathBuf, Vec<Event>) {
    let dataset = ten_rows(&dir.join("set"));
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    for round in 0..40 {
        for sample in 0..10 {
            let verdict = if round % 2 == 0 { Verdict::Reject } else { Verdict::Accept };
            act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(sample), Some(verdict)));
        }
    }
    act(&mut sidecar, &mut session, JudgeAction::Note(SampleIndex::new(4), "lang ü ".repeat(9000)));
    act(&mut sidecar, &mut session, accept(3, all_tiles(&dataset, 3)));
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    let (mut other, mut ben) = reopen(&dataset, "ben");
    act(&mut other, &mut ben, JudgeAction::Verdict(SampleIndex::new(3), Some(Verdict::Unsure)));
    other
        .append(&[], &[], Some(&LastPosition { annotator: "ben".into(), sample: dataset.samples[3].key, at: now() }))
        .unwrap();
    let events = other.events().unwrap();
    let path = sidecar.path().to_owned();
    (dataset, path, events)
}

#[test]
fn recovers_a_sound_sidecar_whole_with_its_log() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    assert!(dataset.root.join("tilejury.sqlite-wal").metadata().unwrap().len() > 0, "it is only in the log");
    let out = dir.path().join("out.sqlite");
    let recovered = recover(sidecar.path(), &out).unwrap();
    assert_eq!((recovered.events, recovered.missing, recovered.broken), (1, 0, 0));
    assert_eq!(events_in(&out), sidecar.events().unwrap());

    let other = tempfile::tempdir().unwrap();
    let (dataset, path, events) = rich(other.path());
    let before = std::fs::read(&path).unwrap();
    let out = other.path().join("out.sqlite");
    let recovered = recover(&path, &out).unwrap();
    assert_eq!((recovered.events, recovered.missing, recovered.samples, recovered.positions), (events.len(), 0, 10, 1));
    assert_eq!(events_in(&out), events);
    assert!(std::fs::read(&path).unwrap() == before, "the damaged file is only read");
    let opened = Sidecar::open_for_reading(&out).unwrap().unwrap();
    assert_eq!(opened.fingerprint().unwrap(), Some(dataset.fingerprint.to_string()));
    assert_eq!(opened.last_position("ben").unwrap(), Some(dataset.samples[3].key));
    assert!(matches!(recover(&path, &out), Err(SidecarError::Exists(_))), "nothing is overwritten");
}

#[test]
fn recovery_saves_readable_changes_and_counts_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let (_, path, events) = rich(dir.path());
    drop(Sidecar::open(&path, tilejury_data::DatasetFingerprint(0)).unwrap());
    let sound = std::fs::read(&path).unwrap();
    let pages = sound.len() / 4096;
    assert!(pages > 20, "{pages}");
    let check = |what: &str, bytes: &[u8], at_least: usize| {
        let damaged = dir.path().join(format!("{what}.sqlite"));
        std::fs::write(&damaged, bytes).unwrap();
        let out = dir.path().join(format!("{what}-out.sqlite"));
        let recovered = recover(&damaged, &out).unwrap_or_else(|error| panic!("{what}: {error}"));
        let saved = events_in(&out);
        assert_eq!(saved.len(), recovered.events);
        assert!(saved.len() >= at_least, "{what}: {recovered:?} of {}", events.len());
        let mut known = events.iter();
        assert!(
            saved.iter().all(|event| known.any(|other| other == event)),
            "{what}: only stored events, in their order"
        );
        if saved.len() < events.len() {
            assert!(recovered.missing > 0 || what == "half", "{what}: {recovered:?}");
        }
    };
    let with = |from: usize, to: usize, byte: u8| {
        let mut bytes = sound.clone();
        bytes[from..to].fill(byte);
        bytes
    };
    check("first-page", &with(0, 4096, 0), events.len());
    check("header", &with(0, 100, 0xff), events.len());
    check("a-page", &with(8 * 4096, 9 * 4096, 0x5a), events.len() / 2);
    for page in 1..pages {
        check(&format!("page-{page}"), &with(page * 4096, (page + 1) * 4096, 0xa5), events.len() / 2);
        check(&format!("pointers-{page}"), &with(page * 4096 + 8, page * 4096 + 40, 0xa5), events.len() / 2);
    }
    check("half", &sound[..sound.len() / 2 + 100], 50);
    let nothing = dir.path().join("nothing.sqlite");
    std::fs::write(&nothing, vec![0x0d; 1 << 16]).unwrap();
    let out = dir.path().join("nothing-out.sqlite");
    assert!(matches!(recover(&nothing, &out), Err(SidecarError::NothingFound(_))));
    assert!(!out.exists());
}

#[test]
fn judges_in_a_recovered_sidecar() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, path, events) = rich(dir.path());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..4096].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let error = Sidecar::open(&path, dataset.fingerprint).err().unwrap().to_string();
    assert!(error.contains("tilejury recover"), "{error}");
    let _ = std::fs::remove_file(dataset.root.join("tilejury.sqlite-wal"));
    let out = dir.path().join("out.sqlite");
    recover(&path, &out).unwrap();
    std::fs::rename(&out, &path).unwrap();
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert!(session.depth().0 > 0, "the history is there too");
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(sidecar.events().unwrap().len(), events.len() + 1);
}

#[test]
fn detects_an_unwritable_root_without_writing() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let data = dir.path().join("data");
    let before = names(&dataset.root);
    let (sidecar, location) = open_for_writing(&dataset, None, &data).unwrap();
    assert_eq!(location.path, sidecar.path());
    drop(sidecar);
    std::fs::remove_file(&location.path).unwrap();
    assert_eq!(names(&dataset.root), before, "checking whether it can be written writes nothing");
    // A folder at the sidecar's path cannot be opened as a file.
    std::fs::create_dir(dataset.root.join("tilejury.sqlite")).unwrap();
    assert!(open_for_writing(&dataset, None, &data).is_err());
}
