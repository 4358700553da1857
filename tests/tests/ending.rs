//! The program is asked to end while a note is being typed: the note is stored as far as it was typed, on the row where it was.

#![allow(clippy::unwrap_used, reason = "what does not happen is a failed test")]

use std::path::Path;

use serde_json::{Value, json};
use tilejury_testkit::Set;
use tilejury_tests::{Desk, program};
use xtask::screen::{Screen, Window, wait_for};

/// A way to end the program.
type End = fn(&Window<'_>);

/// How many events of this name the program has noted.
fn noted(timings: &Path, event: &str) -> usize {
    let text = std::fs::read_to_string(timings).unwrap_or_default();
    text.matches(&format!("\"event\":\"{event}\"")).count()
}

/// Waits until the program has taken in every key that was sent: it reads all that arrived before each frame, and notes a frame
/// when the next one begins.
fn wait_until_read(window: &Window<'_>, timings: &Path) {
    let (before, mut step) = (noted(timings, "frame"), 0_u8);
    let read = || {
        // A moving pointer makes the window draw.
        step = (step + 1) % 2;
        window.point_at(0.5, 0.4 + 0.1 * f32::from(step));
        noted(timings, "frame") >= before + 3
    };
    wait_for("the keys to be read", read).unwrap();
}

/// The notes by line, as `judgements` prints them.
fn notes(desk: &Desk) -> Vec<(Value, Value)> {
    let lines = desk.run(&["judgements", "set", "--json"]).expect(0).json();
    lines.into_iter().map(|line| (line["line"].clone(), line["note"].clone())).collect()
}

#[test]
fn ending_the_program_keeps_the_note_being_typed() {
    let desk = Desk::with(&Set::plain(6, 2));
    let screen = Screen::start(1000, 700, &desk.path("home")).unwrap();
    xtask::screen::take_every_key(&desk.path("home")).unwrap();
    let timings = desk.path("timings.jsonl");
    let ends: [(&str, End); 4] = [
        ("ended by SIGTERM, in the mid", |window| window.signal("TERM").unwrap()),
        ("ended by Ctrl+Q, of a wo", |window| window.keys(&["ctrl+q"])),
        ("ended by SIGHUP: half a sent", |window| window.signal("HUP").unwrap()),
        ("ended by SIGINT, not ye", |window| window.signal("INT").unwrap()),
    ];
    let mut expected = Vec::new();
    for (row, (note, end)) in ends.into_iter().enumerate() {
        let _ = std::fs::remove_file(&timings);
        let set = desk.set();
        let arguments = [set.to_str().unwrap(), "--annotator", "ann", "--timings", timings.to_str().unwrap()];
        let window = screen.open(program(), &arguments).unwrap();
        wait_for("the first sample", || noted(&timings, "sample_complete") > 0).unwrap();
        window.keys(&["Home"]);
        window.keys(&vec!["j"; row + 1]);
        window.keys(&["n"]);
        window.type_text(note);
        wait_until_read(&window, &timings);
        assert_eq!(noted(&timings, "saved"), 0, "nothing is stored while the note is being typed");
        end(&window);
        window.wait_for_end().unwrap();
        expected.push((json!(row + 2), json!(note)));
        assert_eq!(notes(&desk), expected, "{note}");
    }
}
