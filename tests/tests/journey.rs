//! The whole workflow in a real window on a virtual screen: open, judge by keyboard, quit, open
//! again, undo, export.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;

use tilejury_testkit::Set;
use tilejury_tests::{Fixture, program};
use xtask::screen::{Screen, wait_for};

fn count(fixture: &Fixture, sql: &str) -> i64 {
    let Ok(connection) = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")) else { return -1 };
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or(-1)
}

fn verdicts(fixture: &Fixture) -> i64 {
    count(fixture, "SELECT count(*) FROM current WHERE field = 'verdict'")
}

/// Waits for an event in the timings that the program writes.
fn wait_for_event(file: &Path, event: &str) {
    let event = format!("\"event\":\"{event}\"");
    wait_for(&event, || std::fs::read_to_string(file).is_ok_and(|text| text.contains(&event))).unwrap();
}

#[test]
fn judges_by_keyboard_restarts_and_exports() {
    let fixture = Fixture::with(&Set::plain(30, 4));
    let screen = Screen::start(1280, 720, &fixture.path("home")).unwrap();
    // Keys are accepted at once, and these small, similar pictures raise no findings that an accept
    // would ask about.
    let settings = fixture.path("home/config/tilejury/settings.json");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(
        &settings,
        r#"{"settle_ms": 0, "look_at_pixels": false, "reading": "off", "overview_first": false}"#,
    )
    .unwrap();
    let timings = fixture.path("timings.jsonl");
    let open = || {
        let _ = std::fs::remove_file(&timings);
        let set = fixture.set();
        let arguments = [set.to_str().unwrap(), "--annotator", "ann", "--timings", timings.to_str().unwrap()];
        let window = screen.open(program(), &arguments).unwrap();
        wait_for_event(&timings, "sample_complete");
        window
    };

    // Twenty samples: accepted, rejected and unsure in turn, with a false negative in every fifth.
    let window = open();
    let complete = || {
        let text = std::fs::read_to_string(&timings).unwrap_or_default();
        text.matches("\"event\":\"sample_complete\"").count()
    };
    for sample in 0..20 {
        // An accept asks once if the positive is not visible yet.
        wait_for("the row's tiles", || complete() > sample).unwrap();
        if sample % 5 == 0 {
            window.keys(&["3"]);
        }
        window.keys(&[["a", "r", "u"][sample % 3]]);
        wait_for(&format!("verdict {sample} on disk"), || verdicts(&fixture) == sample as i64 + 1).unwrap();
    }
    window.keys(&["z", "ctrl+z"]);
    wait_for("two undone", || verdicts(&fixture) == 18).unwrap();
    assert_eq!(count(&fixture, "SELECT count(*) FROM current WHERE field = 'verdict' AND value = 'accept'"), 6);
    window.keys(&["ctrl+q"]);
    window.wait_for_end().unwrap();

    // At the same position: an accept judges the nineteenth sample, where the second undo had led.
    let window = open();
    window.keys(&["a"]);
    wait_for("the verdict on disk", || verdicts(&fixture) == 19).unwrap();
    let line = count(
        &fixture,
        "SELECT line FROM events JOIN samples ON key = sample WHERE field = 'verdict' ORDER BY id DESC LIMIT 1",
    );
    assert_eq!(line, 19);
    window.keys(&["ctrl+q"]);
    window.wait_for_end().unwrap();

    // Exported: 7 rejected rows are dropped, 4 rows lost a negative, all others are identical.
    let report = fixture.run(&["export", "set", "out", "--json"]).expect(0).json();
    let rejected = count(&fixture, "SELECT count(*) FROM current WHERE field = 'verdict' AND value = 'reject'");
    assert_eq!(report[0]["reasons"]["rejected"], rejected);
    let input = fixture.read("set/train.jsonl");
    let output = fixture.read("out/train.jsonl");
    let input: Vec<&str> = input.lines().collect();
    let same = output.lines().filter(|line| input.contains(line)).count() as u64;
    assert_eq!(report[0]["kept"], same);
    assert_eq!(report[0]["changed"], output.lines().count() as u64 - same);
    assert!(!fixture.path("home/data/tilejury/sidecars").exists(), "the sidecar is in the dataset");
}
