//! Exchanging judgements through a database: the result is that of a folder, whatever the order of
//! arrival and whatever fails on the way.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use std::time::{Duration, Instant};

use common::{Office, address, note, verdict};
use tilejury_audit::exchange::{EventPlace as _, LocalFolder, SyncReport, sync_events};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{FieldChange, JudgeAction, Relevance, Verdict};
use tilejury_data::SampleIndex;
use tilejury_database::{DatabasePlace, init};

/// Three people judge, two of them the same rows, and one of them on two machines.
fn judged_by_three(office: &Office) {
    for (at, name) in ["lea", "ada", "bo", "ada2"].into_iter().enumerate() {
        let annotator = name.trim_end_matches('2');
        office.does(name, annotator, verdict(at, Verdict::Accept));
        office.does(name, annotator, verdict(0, if at % 2 == 0 { Verdict::Accept } else { Verdict::Reject }));
        office.does(name, annotator, note(5, &format!("a note of {name}: \0 and \u{10}0, “é” 🙂")));
        let negative = office.dataset.sample(SampleIndex::new(at)).unwrap().negatives[0].path.clone();
        office.does(name, annotator, JudgeAction::Relevance(SampleIndex::new(at), negative, Some(Relevance::Relevant)));
        office.does(name, annotator, JudgeAction::Undo);
    }
}

#[test]
fn all_orders_give_the_result_of_a_folder() {
    let Some(office) = Office::open() else { return };
    // Here all lead: what is compared is the result, and all see everything.
    office.server.sql("UPDATE tilejury.members SET is_lead = true");
    judged_by_three(&office);
    let names = ["lea", "ada", "bo", "ada2"];
    for name in names {
        std::fs::copy(office.path(name), office.path(&format!("{name}-folder"))).unwrap();
    }
    let made: usize = names.iter().map(|name| office.events(name).len()).sum();
    let folder = LocalFolder::open(office.dir.path()).unwrap();
    for name in names.iter().chain(&names) {
        office.sync_folder(&format!("{name}-folder"), &folder);
    }
    let logins = ["lea", "ada", "bo", "ada"];
    let mut sent = 0;
    for at in [2, 0, 3, 1, 1, 0, 3, 2, 0] {
        sent += office.sync(names[at], logins[at]).unwrap().sent;
    }
    assert_eq!(sent as i64, office.rows(), "each event was sent once");
    for name in names {
        assert_eq!(office.events(name).len(), made, "{name}");
        assert_eq!(office.events(name), office.events("lea-folder"), "{name}");
        assert_eq!(office.judgements(name), office.judgements("lea-folder"), "{name}");
    }
    let last = office.sync("lea", "lea").unwrap();
    assert_eq!((last.sent, last.received, last.left_out.len(), last.versions.len()), (0, 0, 0, 0));
    assert_eq!(last.names_in_several.keys().collect::<Vec<_>>(), ["ada"]);
}

#[test]
fn what_was_delivered_is_not_there_twice() {
    let Some(office) = Office::open() else { return };
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    std::fs::copy(office.path("ada"), office.path("before")).unwrap();
    assert_eq!(office.sync("ada", "ada").unwrap().sent, 1);
    // The sidecar forgot that it sent, as after a loss of power or from a backup.
    std::fs::copy(office.path("before"), office.path("ada")).unwrap();
    office.sync("ada", "ada").unwrap();
    assert_eq!(office.rows(), 1);
    assert_eq!(office.sync("lea", "lea").unwrap().received, 1);
    assert_eq!(office.sync("lea", "lea").unwrap(), SyncReport::default());
}

#[test]
fn versions_of_an_event_are_named_and_one_counts_everywhere() {
    let Some(office) = Office::open() else { return };
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    let mut altered = office.events("ada");
    altered[0].change = FieldChange::Verdict(Some(Verdict::Unsure));
    let samples = office.sidecar("ada").samples().unwrap();
    office.sidecar("other").append(&altered, &samples, None).unwrap();
    office.does("ada", "ada", verdict(1, Verdict::Accept));
    for (name, login) in [("ada", "ada"), ("other", "ada"), ("ada", "ada"), ("lea", "lea")] {
        office.sync(name, login).unwrap();
    }
    let event = (altered[0].step.session.to_string(), altered[0].seq);
    for (name, login) in [("ada", "ada"), ("other", "ada"), ("lea", "lea")] {
        let report = office.sync(name, login).unwrap();
        assert_eq!(report.versions.keys().collect::<Vec<_>>(), [&event], "{name}");
        assert!(report.notes()[0].contains("postgresql://"), "{:?}", report.notes());
        assert_eq!(office.judgements(name), office.judgements("lea"), "{name}");
        assert_eq!(office.events(name).len(), 2, "the other event of the session came");
    }
    let versions = office.server.sql("SELECT count(*) FROM tilejury.versions");
    assert_eq!(versions, "1");
}

#[test]
fn a_server_that_dies_while_it_is_sent_to_loses_nothing() {
    let Some(mut office) = Office::open() else { return };
    for row in 0..10 {
        office.does("ada", "ada", verdict(row, Verdict::Accept));
    }
    // The server dies before the events are stored: another transaction makes them wait.
    let blocker = std::thread::spawn({
        let address = office.server.address("admin", "admin word");
        move || {
            let sql = "BEGIN; LOCK TABLE tilejury.turn IN EXCLUSIVE MODE; SELECT pg_sleep(30)";
            let run = std::process::Command::new("psql").args(["-d", &address, "-c", sql]).output();
            run.is_ok_and(|output| !output.status.success())
        }
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE relation = 'tilejury.turn'::regclass AND granted = ";
    let wait_until = |office: &Office, granted: &str| {
        let begun = Instant::now();
        while office.server.sql(&format!("{waits}{granted}")) != "1" {
            assert!(begun.elapsed() < Duration::from_secs(20), "no lock");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_until(&office, "true");
    let sending = std::thread::spawn({
        let (mut sidecar, mut place) = (office.sidecar("ada"), office.place("ada"));
        move || sync_events(&mut sidecar, &mut place, &NoProgress).map(|report| report.sent).map_err(|e| e.to_string())
    });
    wait_until(&office, "false");
    office.server.stop();
    assert!(sending.join().unwrap().unwrap_err().contains("the server"), "it failed in words");
    assert!(blocker.join().unwrap());
    let away = office.sync("ada", "ada").unwrap_err().to_string();
    assert!(away.contains("cannot be reached") && !away.contains(":ada@"), "{away}");
    assert_eq!(office.events("ada").len(), 10, "all is here");
    office.server.resume();
    assert_eq!(office.rows(), 0);
    assert_eq!(office.sync("ada", "ada").unwrap().sent, 10);
    assert_eq!((office.sync("ada", "ada").unwrap().sent, office.rows()), (0, 10));
    assert_eq!(office.sync("lea", "lea").unwrap().received, 10);
}

#[test]
fn an_open_place_survives_a_restart_of_the_server() {
    let Some(mut office) = Office::open() else { return };
    let (mut place, mut sidecar) = (office.place("ada"), office.sidecar("ada"));
    sync_events(&mut sidecar, &mut place, &NoProgress).unwrap();
    office.server.stop();
    office.server.resume();
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    assert_eq!(sync_events(&mut sidecar, &mut place, &NoProgress).unwrap().sent, 1);
}

#[test]
fn a_server_that_lost_events_gets_them_again() {
    let Some(office) = Office::open() else { return };
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    office.sync("ada", "ada").unwrap();
    office.does("ada", "ada", verdict(1, Verdict::Accept));
    office.sync("ada", "ada").unwrap();
    office.sync("lea", "lea").unwrap();
    // Restored from a backup.
    office.server.sql("DELETE FROM tilejury.events WHERE arrival > 1");
    assert_eq!(office.sync("ada", "ada").unwrap().sent, 2);
    assert_eq!(office.rows(), 2);
    // Made again: another place.
    office.server.sql("DROP SCHEMA tilejury CASCADE");
    let reason = office.sync("ada", "ada").unwrap_err().to_string();
    assert!(reason.contains("tilejury team init"), "{reason}");
    init(&address(&office.server, "admin"), &[common::member("ada", "ada", false)]).unwrap();
    assert_eq!(office.sync("ada", "ada").unwrap().sent, 2);
}

#[test]
fn a_person_who_becomes_lead_gets_what_came_before() {
    let Some(office) = Office::open() else { return };
    office.does("bo", "bo", verdict(0, Verdict::Accept));
    office.sync("bo", "bo").unwrap();
    office.does("ada", "ada", verdict(1, Verdict::Accept));
    assert_eq!(office.sync("ada", "ada").unwrap().received, 0);
    office.init(&[common::member("ada", "ada", true)]);
    assert_eq!(office.sync("ada", "ada").unwrap().received, 1);
}

#[test]
fn nobody_else_adds_to_the_session_of_an_open_window() {
    let Some(office) = Office::open() else { return };
    office.does("lea", "lea", verdict(0, Verdict::Accept));
    office.sync("lea", "lea").unwrap();
    let mut made_up = office.events("lea");
    let session = made_up[0].step.session.clone();
    made_up[0].seq += 1;
    made_up[0].step.seq += 1;
    made_up[0].annotator = "bo".into();
    office.sidecar("bo").append(&made_up, &office.sidecar("lea").samples().unwrap(), None).unwrap();
    office.does("bo", "bo", verdict(2, Verdict::Accept));
    assert_eq!(office.sync("bo", "bo").unwrap().sent, 2);
    let mut sidecar = office.sidecar("lea");
    sidecar.set_open_session(session);
    for received in [1, 0] {
        let report = sync_events(&mut sidecar, &mut office.place("lea"), &NoProgress).unwrap();
        assert_eq!((report.received, report.left_out.len()), (received, 1));
        assert!(report.notes()[0].contains("which did not make them"), "{:?}", report.notes());
    }
}

#[test]
fn a_damaged_row_is_named_and_tried_again() {
    let Some(office) = Office::open() else { return };
    for row in 0..3 {
        office.does("ada", "ada", verdict(row, Verdict::Accept));
    }
    office.sync("ada", "ada").unwrap();
    // The last one: it is no proof that the server lost something.
    office.server.sql("UPDATE tilejury.events SET value = 'reject' WHERE arrival = 3");
    for received in [2, 0] {
        let report = office.sync("lea", "lea").unwrap();
        assert_eq!((report.received, report.left_out.len()), (received, 1));
        assert!(report.notes()[0].contains("does not match its checksum"), "{:?}", report.notes());
    }
    office.server.sql("UPDATE tilejury.events SET value = 'accept' WHERE arrival = 3");
    let report = office.sync("lea", "lea").unwrap();
    assert_eq!((report.received, report.left_out.len()), (1, 0));
    assert_eq!(office.events("lea"), office.events("ada"));
}

#[test]
fn a_refused_step_is_named_and_stops_no_other() {
    let Some(office) = Office::open() else { return };
    for row in 0..9 {
        office.does("ada", "ada", note(row, if row == 4 { "too bad" } else { "good" }));
    }
    office.server.sql("ALTER TABLE tilejury.events ADD CHECK (value IS DISTINCT FROM 'too bad')");
    let report = office.sync("ada", "ada").unwrap();
    assert_eq!((report.sent, office.rows(), report.left_out.len()), (8, 8, 1));
    assert!(report.notes()[0].contains("the server refuses it"), "{:?}", report.notes());
    assert_eq!(office.sync("ada", "ada").unwrap().left_out.len(), 1, "it is tried again");
    office.server.sql("ALTER TABLE tilejury.events DROP CONSTRAINT events_value_check");
    let report = office.sync("ada", "ada").unwrap();
    assert_eq!((report.sent, office.rows(), report.left_out.len()), (1, 9, 0));
}

#[test]
fn a_watch_wakes_for_what_others_send() {
    let Some(mut office) = Office::open() else { return };
    let mut watch = office.place("lea").watch().unwrap().unwrap();
    assert!(!watch.wait(Duration::from_millis(50)).unwrap(), "nothing happened");
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    office.sync("ada", "ada").unwrap();
    assert!(watch.wait(Duration::from_secs(20)).unwrap());
    office.sync("ada", "ada").unwrap();
    assert!(!watch.wait(Duration::from_millis(50)).unwrap(), "nothing new was sent");
    office.server.stop();
    assert!(watch.wait(Duration::from_secs(20)).is_err());
    assert!(DatabasePlace::new(address(&office.server, "lea")).watch().is_err());
}
