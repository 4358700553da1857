//! The program is killed again and again while it judges: everything that it showed as saved is on
//! disk, complete, every time.
//!
//! `TILEJURY_KILLS=5000` kills it that many times instead of a few hundred.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tilejury_testkit::{Set, WebServer};
use tilejury_tests::{Fixture, program};
use xtask::screen::Screen;

/// The number of kills of each of two programs that judge at the same time.
const KILLS: usize = 110;

/// The last session reported as saved, and how many of its changes were.
fn last_saved(timings: &Path) -> Option<(String, i64)> {
    let text = std::fs::read_to_string(timings).ok()?;
    // The last line may be incomplete.
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let saved = lines.rev().find(|event| event["event"] == "saved")?;
    Some((saved["session"].as_str()?.to_owned(), saved["changes"].as_i64()?))
}

/// Compares a sidecar with the reports, and returns the number of changes in it.
fn compare(sidecar: &Path, reports: &[(String, i64)]) -> i64 {
    let connection = rusqlite::Connection::open(sidecar).unwrap();
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    for (session, changes) in reports {
        let sql = "SELECT count(*), coalesce(max(seq), 0) FROM events WHERE session = ?1";
        let (count, last): (i64, i64) =
            connection.query_row(sql, [session], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert!(count >= *changes, "{changes} changes were shown as saved, {count} exist");
        assert_eq!(count, last, "none in between is missing");
    }
    connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap()
}

/// Pseudo-random numbers, the same in every run.
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

/// Starts the program judging endlessly, and waits until it reports something as saved.
fn soak(fixture: &Fixture, options: &[&str], sidecar: &Path, timings: &Path) -> Child {
    let mut child = Command::new(program())
        .args(["bench", "soak", "--samples", "1000000"])
        .args(options)
        .arg("--sidecar")
        .arg(sidecar)
        .arg("--timings")
        .arg(timings)
        .arg(fixture.set())
        .env("TMPDIR", fixture.path("tmp"))
        .env("XDG_STATE_HOME", fixture.path("home/state"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while last_saved(timings).is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing was saved in a minute");
        assert!(child.try_wait().unwrap().is_none(), "the program ended early");
        sleep(Duration::from_millis(2));
    }
    child
}

fn kill_and_compare(fixture: &Fixture, name: &str, kills: usize, mut seed: u64) {
    let sidecar = fixture.path(&format!("{name}.sqlite"));
    let timings = fixture.path(&format!("{name}.jsonl"));
    let (mut reports, mut before) = (Vec::new(), 0);
    for _ in 0..kills {
        let _ = std::fs::remove_file(&timings);
        let mut child = soak(fixture, &["--alone"], &sidecar, &timings);
        sleep(Duration::from_micros(random(&mut seed, 120_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        reports.push(last_saved(&timings).unwrap());
        // Only the newest can be wrong now; all are compared at the end.
        let now = compare(&sidecar, &reports[reports.len() - 1..]);
        assert!(now > before, "each program judged");
        before = now;
    }
    assert_eq!(reports.len(), kills);
    compare(&sidecar, &reports);
}

#[test]
fn everything_shown_as_saved_is_on_disk_after_each_kill() {
    let fixture = Fixture::with(&Set::plain(12, 2));
    std::fs::create_dir(fixture.path("tmp")).unwrap();
    let kills = std::env::var("TILEJURY_KILLS").ok().and_then(|kills| kills.parse::<usize>().ok());
    let kills = kills.map_or(KILLS, |kills| kills.div_ceil(2));
    program();
    std::thread::scope(|scope| {
        scope.spawn(|| kill_and_compare(&fixture, "one", kills, 1));
        scope.spawn(|| kill_and_compare(&fixture, "other", kills, 2));
    });
}

#[test]
fn other_programs_do_not_delete_the_log_when_they_close() {
    let fixture = Fixture::with(&Set::plain(12, 2));
    std::fs::create_dir(fixture.path("tmp")).unwrap();
    let (sidecar, timings) = (fixture.path("soak.sqlite"), fixture.path("soak.jsonl"));
    // Besides judging, it reads its own file again and again, as an export does.
    let mut child = soak(&fixture, &[], &sidecar, &timings);
    let log = fixture.path("soak.sqlite-wal");
    for _ in 0..40 {
        sleep(Duration::from_millis(50));
        // The last program to close deletes the log: that must not be this one.
        let connection = rusqlite::Connection::open(&sidecar).unwrap();
        let _: i64 = connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
        drop(connection);
        assert!(log.exists(), "the log of a running program was deleted");
    }
    assert!(child.try_wait().unwrap().is_none(), "the program ended early");
    child.kill().unwrap();
    child.wait().unwrap();
    compare(&sidecar, &[last_saved(&timings).unwrap()]);
}

#[test]
fn a_killed_window_loses_nothing_saved() {
    let fixture = Fixture::with(&Set::plain(60, 2));
    let screen = Screen::start(1000, 700, &fixture.path("home")).unwrap();
    xtask::screen::accept_keys_at_once(&fixture.path("home")).unwrap();
    let timings = fixture.path("timings.jsonl");
    let (mut reports, mut seed) = (Vec::new(), 3);
    for _ in 0..6 {
        let _ = std::fs::remove_file(&timings);
        let set = fixture.set();
        let window = screen.open(program(), &[set.to_str().unwrap(), "--timings", timings.to_str().unwrap()]).unwrap();
        let start = Instant::now();
        while last_saved(&timings).is_none() {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing was saved in a minute");
            window.keys(&["r", "u"]);
        }
        window.keys(&["r", "u", "r"]);
        sleep(Duration::from_millis(random(&mut seed, 60)));
        drop(window);
        reports.push(last_saved(&timings).unwrap());
        compare(&fixture.set().join("tilejury.sqlite"), &reports);
    }
    let judged = fixture.run(&["stats", "set", "--json"]).expect(0).json()[0]["judged"].as_i64().unwrap();
    assert!(judged >= 6, "{judged}");
}

#[test]
fn a_window_killed_while_it_fetches_loses_nothing_saved() {
    let fixture = Fixture::with(&Set::plain(60, 2));
    let screen = Screen::start(1000, 700, &fixture.path("home")).unwrap();
    xtask::screen::accept_keys_at_once(&fixture.path("home")).unwrap();
    // Otherwise the tiles would come with the indexes.
    fixture.run(&["index", "set", "--out", "set"]).expect(0);
    let server = WebServer::start(fixture.dir.path());
    let address = format!("{}/set", server.url());
    let (sidecar, timings) = (fixture.path("judged.sqlite"), fixture.path("timings.jsonl"));
    let (mut reports, mut seed) = (Vec::new(), 4);
    // It is killed while tiles are being kept, while they come, and while they are under way.
    for delay in [5, 15, 150, 2_000] {
        let _ = std::fs::remove_file(&timings);
        server.delay_tiles(Duration::from_millis(delay));
        let options = ["--timings", timings.to_str().unwrap(), "--sidecar", sidecar.to_str().unwrap()];
        let window = screen.open(program(), &[&[address.as_str()], &options[..]].concat()).unwrap();
        let start = Instant::now();
        while last_saved(&timings).is_none() {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing was saved in a minute");
            window.keys(&["r", "u"]);
        }
        server.requests();
        window.keys(&["r", "u", "r"]);
        let asked = Instant::now();
        while !server.requests().iter().any(|request| request.ends_with(".tar")) {
            assert!(asked.elapsed() < Duration::from_secs(30), "no tile was requested");
            window.keys(&["u"]);
        }
        sleep(Duration::from_millis(random(&mut seed, 60)));
        drop(window);
        reports.push(last_saved(&timings).unwrap());
        compare(&sidecar, &reports);
    }
    server.delay_tiles(Duration::ZERO);
    let stats = fixture.run(&["stats", &address, "--sidecar", sidecar.to_str().unwrap(), "--json"]).expect(0);
    assert!(stats.json()[0]["judged"].as_i64().unwrap() >= 4, "{}", stats.out);
    // What was cut off in the cache is fetched again.
    let check = fixture.run(&["check", &address, "--decode", "--download"]);
    assert!(!check.out.contains("corrupt_tile"), "{}", check.out);
}
