//! The program is asked to end while a note is being typed: the note as typed so far is stored on
//! its row.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;

use serde_json::{Value, json};
use tilejury_testkit::Set;
use tilejury_tests::{Fixture, program};
use xtask::screen::{Screen, Window, wait_for};

/// A way to end the program.
type End = fn(&Window<'_>);

/// The number of events of this name that the program has logged.
fn logged(timings: &Path, event: &str) -> usize {
    let text = std::fs::read_to_string(timings).unwrap_or_default();
    text.matches(&format!("\"event\":\"{event}\"")).count()
}

/// Waits until the program has received every key that was sent: it reads everything that arrived
/// before each frame, and logs a frame when the next one begins.
fn wait_until_read(window: &Window<'_>, timings: &Path) {
    let (before, mut step) = (logged(timings, "frame"), 0_u8);
    let read = || {
        // A moving pointer makes the window draw.
        step = (step + 1) % 2;
        window.point_at(0.5, 0.4 + 0.1 * f32::from(step));
        logged(timings, "frame") >= before + 3
    };
    wait_for("the keys to be read", read).unwrap();
}

/// The notes by line, as printed by `judgements`.
fn notes(fixture: &Fixture) -> Vec<(Value, Value)> {
    let lines = fixture.run(&["judgements", "set", "--json"]).expect(0).json();
    lines.into_iter().map(|line| (line["line"].clone(), line["note"].clone())).collect()
}

#[test]
fn ending_the_program_keeps_the_note_being_typed() {
    let fixture = Fixture::with(&Set::plain(6, 2));
    let screen = Screen::start(1000, 700, &fixture.path("home")).unwrap();
    xtask::screen::accept_keys_at_once(&fixture.path("home")).unwrap();
    let timings = fixture.path("timings.jsonl");
    let ends: [(&str, End); 4] = [
        ("ended by SIGTERM, in the mid", |window| window.signal("TERM").unwrap()),
        ("ended by Ctrl+Q, of a wo", |window| window.keys(&["ctrl+q"])),
        ("ended by SIGHUP: half a sent", |window| window.signal("HUP").unwrap()),
        ("ended by SIGINT, not ye", |window| window.signal("INT").unwrap()),
    ];
    let mut expected = Vec::new();
    for (row, (note, end)) in ends.into_iter().enumerate() {
        let _ = std::fs::remove_file(&timings);
        let set = fixture.set();
        let arguments = [set.to_str().unwrap(), "--annotator", "ann", "--timings", timings.to_str().unwrap()];
        let window = screen.open(program(), &arguments).unwrap();
        wait_for("the first row", || logged(&timings, "sample_complete") > 0).unwrap();
        window.keys(&["Home"]);
        window.keys(&vec!["j"; row + 1]);
        window.keys(&["n"]);
        window.type_text(note);
        wait_until_read(&window, &timings);
        assert_eq!(logged(&timings, "saved"), 0, "nothing is stored while the note is being typed");
        end(&window);
        window.wait_for_end().unwrap();
        expected.push((json!(row + 2), json!(note)));
        assert_eq!(notes(&fixture), expected, "{note}");
    }
}
