//! The whole journey in a real window on a virtual screen: open, judge by keyboard, quit, open again, undo, export.

#![allow(clippy::unwrap_used, reason = "what does not happen is a failed test")]

use std::path::Path;

use tilejury_testkit::Set;
use tilejury_tests::{Desk, program};
use xtask::screen::{Screen, wait_for};

fn count(desk: &Desk, sql: &str) -> i64 {
    let Ok(connection) = rusqlite::Connection::open(desk.set().join("tilejury.sqlite")) else { return -1 };
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or(-1)
}

fn verdicts(desk: &Desk) -> i64 {
    count(desk, "SELECT count(*) FROM current WHERE field = 'verdict'")
}

/// Waits for the program's first picture, by the timings it writes.
fn wait_for_event(file: &Path, event: &str) {
    let event = format!("\"event\":\"{event}\"");
    wait_for(&event, || std::fs::read_to_string(file).is_ok_and(|text| text.contains(&event))).unwrap();
}

#[test]
fn judged_by_keyboard_restarted_and_exported() {
    let desk = Desk::with(&Set::plain(30, 4));
    let screen = Screen::start(1280, 720, &desk.path("home")).unwrap();
    // Every key counts at once, and these small pictures, which look alike, raise no suspicion that an accept would ask about.
    let settings = desk.path("home/config/tilejury/settings.json");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(&settings, r#"{"settle_ms": 0, "look_at_pixels": false}"#).unwrap();
    let timings = desk.path("timings.jsonl");
    let open = || {
        let _ = std::fs::remove_file(&timings);
        let set = desk.set();
        let arguments = [set.to_str().unwrap(), "--annotator", "ann", "--timings", timings.to_str().unwrap()];
        let window = screen.open(program(), &arguments).unwrap();
        wait_for_event(&timings, "sample_complete");
        window
    };

    // Twenty samples: accepted, rejected, unsure in turn, a false negative in every fifth.
    let window = open();
    let complete = || {
        let text = std::fs::read_to_string(&timings).unwrap_or_default();
        text.matches("\"event\":\"sample_complete\"").count()
    };
    for sample in 0..20 {
        // An accept asks once where the positive cannot be seen yet.
        wait_for("the sample's tiles", || complete() > sample).unwrap();
        if sample % 5 == 0 {
            window.keys(&["3"]);
        }
        window.keys(&[["a", "r", "u"][sample % 3]]);
        wait_for(&format!("verdict {sample} on disk"), || verdicts(&desk) == sample as i64 + 1).unwrap();
    }
    window.keys(&["z", "ctrl+z"]);
    wait_for("two undone", || verdicts(&desk) == 18).unwrap();
    assert_eq!(count(&desk, "SELECT count(*) FROM current WHERE field = 'verdict' AND value = 'accept'"), 6);
    window.keys(&["ctrl+q"]);
    window.wait_for_end().unwrap();

    // At the same place: an accept judges the nineteenth sample, where the second undo had led.
    let window = open();
    window.keys(&["a"]);
    wait_for("the verdict on disk", || verdicts(&desk) == 19).unwrap();
    let line = count(
        &desk,
        "SELECT line FROM events JOIN samples ON key = sample WHERE field = 'verdict' ORDER BY id DESC LIMIT 1",
    );
    assert_eq!(line, 19);
    window.keys(&["ctrl+q"]);
    window.wait_for_end().unwrap();

    // Exported: 7 rejected leave, 4 rows lost a negative, all others are the same to the byte.
    let report = desk.run(&["export", "set", "out", "--json"]).expect(0).json();
    let rejected = count(&desk, "SELECT count(*) FROM current WHERE field = 'verdict' AND value = 'reject'");
    assert_eq!(report[0]["reasons"]["rejected"], rejected);
    let input = desk.read("set/train.jsonl");
    let output = desk.read("out/train.jsonl");
    let input: Vec<&str> = input.lines().collect();
    let same = output.lines().filter(|line| input.contains(line)).count() as u64;
    assert_eq!(report[0]["kept"], same);
    assert_eq!(report[0]["changed"], output.lines().count() as u64 - same);
    assert!(!desk.path("home/data/tilejury/sidecars").exists(), "the sidecar lies beside the rows");
}
