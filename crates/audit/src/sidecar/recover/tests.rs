//! Recovery of damaged bytes in memory: every single byte of a small sidecar, in turn.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tilejury_data::{Dataset, LineNumber, SampleIndex, TilePath};
use tilejury_testkit::Set;

use super::super::LastPosition;
use super::*;
use crate::event::Event;
use crate::judgement::{Relevance, Verdict};
use crate::time::now;
use crate::{AuditSession, JudgeAction};

/// The time between the changes. Changes at one moment cannot be ordered by time.
#[derive(Clone, Copy)]
enum TimeSpread {
    OneMoment,
    Seconds,
}

/// Two annotators take turns, so that the order between sessions matters. A note fills more than a
/// page of 512 bytes.
fn small(root: &Path, page_size: usize, pace: TimeSpread) -> (Vec<u8>, Vec<Event>, String) {
    Set::plain(3, 2).write(root);
    let dataset = Arc::new(Dataset::open(root).unwrap());
    let path = root.join("tilejury.sqlite");
    let mut sidecar = Sidecar::open(&path, dataset.fingerprint).unwrap();
    let mut sessions = ["ann", "ben", "ann"].map(|name| AuditSession::new(dataset.clone(), name, &[]));
    let tiles: Vec<TilePath> =
        dataset.sample(SampleIndex::new(1)).unwrap().tiles().map(|tile| tile.path.clone()).collect();
    let mut second = 0;
    let mut act = |session: usize, action: JudgeAction| {
        let at = format!("2026-05-04T10:11:{second:02}.125Z").parse().unwrap();
        if let TimeSpread::Seconds = pace {
            second += 1;
        }
        let applied = sessions[session].apply(action, at);
        let samples: Vec<SampleRecord> = applied
            .events
            .iter()
            .filter_map(|event| SampleRecord::new(&dataset, dataset.find(event.sample)?))
            .collect();
        sidecar.append(&applied.events, &samples, None).unwrap();
    };
    act(0, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    act(1, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Accept)));
    act(2, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Unsure)));
    act(
        0,
        JudgeAction::Accept {
            sample: SampleIndex::new(1),
            seen: tiles.clone(),
            inspected: Vec::new(),
            copies: Vec::new(),
        },
    );
    act(0, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Accept)));
    act(2, JudgeAction::Relevance(SampleIndex::new(1), tiles[1].clone(), Some(Relevance::Relevant)));
    act(0, JudgeAction::Relevance(SampleIndex::new(1), tiles[1].clone(), Some(Relevance::Broken)));
    act(0, JudgeAction::Undo);
    act(1, JudgeAction::Note(SampleIndex::new(2), "lang ü ".repeat(90)));
    act(2, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    sidecar
        .append(
            &[],
            &[],
            Some(&LastPosition { annotator: "ben".into(), sample: dataset.entry(SampleIndex::new(2)).key, at: now() }),
        )
        .unwrap();
    let events = sidecar.events().unwrap();
    sidecar.in_one_file().unwrap();
    drop(sidecar);
    Connection::open(&path).unwrap().execute_batch(&format!("PRAGMA page_size = {page_size}; VACUUM")).unwrap();
    (std::fs::read(&path).unwrap(), events, dataset.fingerprint.to_string())
}

fn salvaged(bytes: &[u8]) -> Salvaged {
    salvage(&SidecarBytes { file: Cow::Borrowed(bytes), log: Cow::Borrowed(&[]) })
}

/// Checks that every difference is reported: a lost change is counted as missing, and a change that
/// was never made is among the doubts. The order is always right: three witnesses know it, and one
/// byte belongs to only one of them.
fn check(what: &str, found: &Salvaged, events: &[Event], fingerprint: &str) {
    let report = &found.report;
    let name = |event: &Event| format!("{}/{}", event.step.session, event.seq);
    let listed =
        |event: &Event| report.doubtful.iter().any(|doubt| doubt.table == "events" && doubt.name == name(event));
    let originals: HashMap<String, (usize, &Event)> =
        events.iter().enumerate().map(|(at, event)| (name(event), (at, event))).collect();
    let mut positions = Vec::new();
    for event in &found.events {
        match originals.get(&name(event)) {
            Some((at, original)) if *original == event => positions.push(*at),
            _ => assert!(listed(event), "{what}: {event:?} was never made: {report:?}"),
        }
    }
    assert!(positions.is_sorted(), "{what}: another order: {positions:?} {report:?}");
    let saved: Vec<String> = found.events.iter().map(name).collect();
    let lost = originals.keys().filter(|name| !saved.contains(name)).count();
    assert!(report.missing >= lost, "{what}: {lost} lost: {report:?}");
    assert!(report.missing <= lost + 1, "{what}: {lost} lost: {report:?}");
    if found.fingerprint.as_deref() != Some(fingerprint) {
        let known = report.doubtful.iter().chain(&report.unverified).any(|doubt| doubt.table == "meta");
        assert!(known, "{what}: the fingerprint {:?}", found.fingerprint);
    }
    for sample in &found.samples {
        let right = SampleKey::new(&sample.query, &TilePath::new(&sample.positive), 0) == sample.key;
        let listed = report.doubtful.iter().any(|doubt| doubt.name == sample.key.to_string());
        assert!(right || listed, "{what}: {sample:?}");
    }
}

fn every_byte(bytes: &[u8], events: &[Event], fingerprint: &str, values: impl Fn(u8) -> Vec<u8> + Sync) {
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (mut bytes, values) = (bytes.to_vec(), &values);
            scope.spawn(move || {
                for at in (half..bytes.len()).step_by(2) {
                    let intact = bytes[at];
                    for value in values(intact).into_iter().filter(|value| *value != intact) {
                        bytes[at] = value;
                        let what = format!("byte {at}: {intact:#x} to {value:#x}");
                        check(&what, &salvaged(&bytes), events, fingerprint);
                    }
                    bytes[at] = intact;
                }
            });
        }
    });
}

#[test]
fn every_single_wrong_byte_is_survived_or_listed() {
    // With times apart, one wrong value of each byte is enough: it is the order that differs.
    for (pace, values) in [(TimeSpread::OneMoment, 3), (TimeSpread::Seconds, 1)] {
        let dir = tempfile::tempdir().unwrap();
        let (bytes, events, fingerprint) = small(dir.path(), 512, pace);
        let intact = salvaged(&bytes);
        assert_eq!(intact.events, events);
        let clean = Recovered { events: events.len(), samples: 3, positions: 1, ..Recovered::default() };
        assert_eq!(Recovered { unverified: Vec::new(), ..intact.report.clone() }, clean);
        assert_eq!(intact.report.unverified.len(), 2, "the fingerprint and a position");
        every_byte(&bytes, &events, &fingerprint, |byte| vec![byte ^ 1, byte ^ 0xff, 0][..values].to_vec());
    }
}

#[test]
fn no_wrong_byte_of_the_header_costs_a_change() {
    for page_size in [512, 4096] {
        let dir = tempfile::tempdir().unwrap();
        let (mut bytes, events, _) = small(dir.path(), page_size, TimeSpread::Seconds);
        for at in 0..100 {
            let intact = bytes[at];
            for value in [intact ^ 1, intact ^ 0xff, 0, 0x20] {
                bytes[at] = value;
                let found = salvaged(&bytes);
                assert!(
                    found.events == events && found.report.missing == 0,
                    "byte {at}, {value:#x}: {:?}",
                    found.report
                );
            }
            bytes[at] = intact;
        }
    }
}

#[test]
fn note_with_a_wrong_letter_is_saved_and_listed() {
    let dir = tempfile::tempdir().unwrap();
    let (mut bytes, events, _) = small(dir.path(), 4096, TimeSpread::Seconds);
    let at = bytes.windows(5).position(|part| part == b"lang ").unwrap();
    bytes[at] = b'b';
    let found = salvaged(&bytes);
    assert_eq!((found.events.len(), found.report.missing), (events.len(), 0));
    let [doubt] = found.report.doubtful.as_slice() else { panic!("{:?}", found.report) };
    assert!(doubt.saved && doubt.content.contains("bang") && doubt.why.contains("checksum"), "{doubt:?}");
    assert!((doubt.spot.unwrap().offset as usize) < at);
}

#[test]
fn files_of_schemas_without_checksums_are_recovered() {
    for (version, columns) in [(1, ""), (2, ", chosen_by, propagated_from")] {
        let dir = tempfile::tempdir().unwrap();
        let (_, mut events, _) = small(dir.path(), 4096, TimeSpread::Seconds);
        events.iter_mut().for_each(|event| event.origin.confirmed_by = None);
        let old = dir.path().join("old.sqlite");
        let connection = Connection::open(&old).unwrap();
        connection.execute_batch(include_str!("../schema_v1.sql")).unwrap();
        if version == 2 {
            connection.execute_batch(include_str!("../schema_v2.sql")).unwrap();
        }
        let all_columns = format!("id, session, seq, step, sample, tile, field, value, annotator, at, undoes{columns}");
        let copy = format!(
            "ATTACH '{}' AS new; INSERT INTO meta SELECT * FROM new.meta; INSERT INTO samples SELECT * FROM new.samples;
             INSERT INTO events ({all_columns}) SELECT {all_columns} FROM new.events ORDER BY id",
            dir.path().join("tilejury.sqlite").display()
        );
        connection.execute_batch(&copy).unwrap();
        drop(connection);
        let mut bytes = std::fs::read(&old).unwrap();
        let check_whole = |bytes: &[u8]| {
            let found = salvaged(bytes);
            assert_eq!(found.events, events, "schema {version}: {:?}", found.report);
            assert_eq!((found.report.unchecked, found.report.missing), (events.len(), 0));
            found.report
        };
        assert_eq!(check_whole(&bytes).doubtful, []);
        bytes[..100].fill(0xff);
        check_whole(&bytes);
        // Every 97th byte: the recovery always finishes.
        for at in (0..bytes.len()).step_by(97) {
            let intact = bytes[at];
            bytes[at] ^= 0xff;
            assert!(salvaged(&bytes).events.len() + 1 >= events.len(), "byte {at}");
            bytes[at] = intact;
        }
    }
}

#[test]
fn no_wrong_byte_of_the_log_header_costs_a_change() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("set");
    let (_, events, fingerprint) = small(&dir.path().join("first"), 4096, TimeSpread::Seconds);
    let path = root.join("tilejury.sqlite");
    let mut sidecar =
        Sidecar::open(&path, DatasetFingerprint(u128::from_str_radix(&fingerprint, 16).unwrap())).unwrap();
    let nameless = |event: &Event| SampleRecord {
        key: event.sample,
        query: String::new(),
        positive: String::new(),
        split: String::new(),
        line: LineNumber::default(),
    };
    for event in &events {
        sidecar.append(std::slice::from_ref(event), &[nameless(event)], None).unwrap();
    }
    let file = std::fs::read(&path).unwrap();
    let mut log = std::fs::read(beside(&path, "-wal")).unwrap();
    assert!(log.len() > 8192, "the changes are in the log");
    for at in 0..56 {
        for change in [1, 0xff] {
            log[at] ^= change;
            let found = salvage(&SidecarBytes { file: Cow::Borrowed(&file), log: Cow::Borrowed(&log) });
            assert!(found.events == events && found.report.missing == 0, "byte {at}, {change:#x}: {:?}", found.report);
            log[at] ^= change;
        }
    }
}
