//! The program is killed again and again while it judges: what it had shown as saved is there, whole, every time.
//!
//! `TILEJURY_KILLS=5000` kills it that often instead of some hundred times.

#![allow(clippy::unwrap_used, reason = "what does not happen is a failed test")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tilejury_testkit::Set;
use tilejury_tests::{Desk, program};
use xtask::screen::Screen;

/// Kills by each of two programs that judge beside each other.
const KILLS: usize = 110;

/// The last session that was told as saved, and how many of its changes were.
fn told_as_saved(timings: &Path) -> Option<(String, i64)> {
    let text = std::fs::read_to_string(timings).ok()?;
    // The last line may be cut in the middle.
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let saved = lines.rev().find(|event| event["event"] == "saved")?;
    Some((saved["session"].as_str()?.to_owned(), saved["changes"].as_i64()?))
}

/// Compares a sidecar with what was told, and returns how many changes it holds.
fn compare(sidecar: &Path, told: &[(String, i64)]) -> i64 {
    let connection = rusqlite::Connection::open(sidecar).unwrap();
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    for (session, changes) in told {
        let sql = "SELECT count(*), coalesce(max(seq), 0) FROM events WHERE session = ?1";
        let (count, last): (i64, i64) =
            connection.query_row(sql, [session], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert!(count >= *changes, "{changes} changes were shown as saved, {count} are there");
        assert_eq!(count, last, "none is missing in between");
    }
    connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap()
}

/// Numbers that look like chance and are the same in every run.
fn chance(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

/// Starts the program judging without an end, and waits until it told that something is saved.
fn soak(desk: &Desk, options: &[&str], sidecar: &Path, timings: &Path) -> Child {
    let mut child = Command::new(program())
        .args(["bench", "soak", "--samples", "1000000"])
        .args(options)
        .arg("--sidecar")
        .arg(sidecar)
        .arg("--timings")
        .arg(timings)
        .arg(desk.set())
        .env("TMPDIR", desk.path("tmp"))
        .env("XDG_STATE_HOME", desk.path("home/state"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while told_as_saved(timings).is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing was saved in a minute");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        sleep(Duration::from_millis(2));
    }
    child
}

fn kill_and_compare(desk: &Desk, name: &str, kills: usize, mut seed: u64) {
    let sidecar = desk.path(&format!("{name}.sqlite"));
    let timings = desk.path(&format!("{name}.jsonl"));
    let (mut told, mut before) = (Vec::new(), 0);
    for _ in 0..kills {
        let _ = std::fs::remove_file(&timings);
        let mut child = soak(desk, &["--alone"], &sidecar, &timings);
        sleep(Duration::from_micros(chance(&mut seed, 120_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        told.push(told_as_saved(&timings).unwrap());
        // Only the new one can be wrong now; all of them are compared at the end.
        let now = compare(&sidecar, &told[told.len() - 1..]);
        assert!(now > before, "each of them judged");
        before = now;
    }
    assert_eq!(told.len(), kills);
    compare(&sidecar, &told);
}

#[test]
fn what_was_shown_as_saved_is_on_disk_however_often_the_program_is_killed() {
    let desk = Desk::with(&Set::plain(12, 2));
    std::fs::create_dir(desk.path("tmp")).unwrap();
    let kills = std::env::var("TILEJURY_KILLS").ok().and_then(|kills| kills.parse::<usize>().ok());
    let kills = kills.map_or(KILLS, |kills| kills.div_ceil(2));
    program();
    std::thread::scope(|scope| {
        scope.spawn(|| kill_and_compare(&desk, "one", kills, 1));
        scope.spawn(|| kill_and_compare(&desk, "other", kills, 2));
    });
}

#[test]
fn programs_that_come_and_go_beside_it_take_nothing_along() {
    let desk = Desk::with(&Set::plain(12, 2));
    std::fs::create_dir(desk.path("tmp")).unwrap();
    let (sidecar, timings) = (desk.path("soak.sqlite"), desk.path("soak.jsonl"));
    // Beside judging it reads its own file again and again, as an export does.
    let mut child = soak(&desk, &[], &sidecar, &timings);
    let log = desk.path("soak.sqlite-wal");
    for _ in 0..40 {
        sleep(Duration::from_millis(50));
        // Whoever leaves last tidies up: that must not be this one.
        let connection = rusqlite::Connection::open(&sidecar).unwrap();
        let _: i64 = connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
        drop(connection);
        assert!(log.exists(), "the log of a program that is at work was thrown away");
    }
    assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
    compare(&sidecar, &[told_as_saved(&timings).unwrap()]);
}

#[test]
fn a_window_on_a_screen_that_is_killed_loses_nothing_that_was_saved() {
    let desk = Desk::with(&Set::plain(60, 2));
    let screen = Screen::start(1000, 700, &desk.path("home")).unwrap();
    xtask::screen::take_every_key(&desk.path("home")).unwrap();
    let timings = desk.path("timings.jsonl");
    let (mut told, mut seed) = (Vec::new(), 3);
    for _ in 0..6 {
        let _ = std::fs::remove_file(&timings);
        let set = desk.set();
        let window = screen.open(program(), &[set.to_str().unwrap(), "--timings", timings.to_str().unwrap()]).unwrap();
        let start = Instant::now();
        while told_as_saved(&timings).is_none() {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing was saved in a minute");
            window.keys(&["r", "u"]);
        }
        window.keys(&["r", "u", "r"]);
        sleep(Duration::from_millis(chance(&mut seed, 60)));
        drop(window);
        told.push(told_as_saved(&timings).unwrap());
        compare(&desk.set().join("tilejury.sqlite"), &told);
    }
    let judged = desk.run(&["stats", "set", "--json"]).expect(0).json()[0]["judged"].as_i64().unwrap();
    assert!(judged >= 6, "{judged}");
}
