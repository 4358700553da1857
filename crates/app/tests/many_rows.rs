//! Judgements of thousands of rows: the window keeps drawing, nothing is stored before the step is
//! complete, one undo reverts it, and it can be stopped.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::time::{Duration, Instant};

use crate::common::{
    Fixture, assert_text, modifiers, press, run_and_settle, run_command, settle, step_until, wait_for,
};
use egui::{Event, Key, Modifiers, MouseWheelUnit, TouchPhase, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::command::entries;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const ROWS: usize = 6000;

/// A window in which all rows are selected.
fn all_selected() -> (Fixture, Harness<'static, App>) {
    let (positive, negative) = (tile(0, 0, 0), tile(0, 1, 0));
    let mut set = Set::new().tile(&positive, &picture::png(30, 30, 1)).tile(&negative, &picture::png(30, 30, 2));
    for at in 0..ROWS {
        set = set.row("train", &Row::new(&format!("Question {at}?"), &positive).negatives(&[&negative]));
    }
    let fixture = Fixture::new(&set);
    let mut window = fixture.window();
    run_and_settle(&mut window, "last");
    let last = format!("Question {}?", ROWS - 1);
    let nodes = window.query_all_by_label_contains(&last);
    let in_queue = nodes.min_by(|a, b| a.rect().left().total_cmp(&b.rect().left())).unwrap().rect().center();
    window.hover_at(in_queue);
    window.step();
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 1e7),
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    step_until(&mut window, "the first row", |window| {
        window.query_all_by_label_contains("Question 0?").next().is_some()
    });
    window.run_steps(30);
    window.query_all_by_label_contains("Question 0?").next().unwrap().click_modifiers(Modifiers::SHIFT);
    window.run_steps(4);
    assert_text(&mut window, "rows selected");
    assert_text(&mut window, "6,000");
    (fixture, window)
}

/// Presses the key of a command, and draws the frame that carries it out.
fn begin(window: &mut Harness<'_, App>, word: &str) {
    let key = entries().find(|entry| entry.word == word).unwrap().keys[0];
    window.key_press_modifiers(modifiers(key), key.key);
    window.step();
}

/// Carries on until the judgement of many rows is complete. Returns the number of frames in which
/// it was not, and checks that nothing was stored before its end.
fn wait_until_judged(window: &mut Harness<'_, App>, fixture: &Fixture, stored_before: usize) -> usize {
    let (mut frames, mut last, start) = (0, 0, Instant::now());
    while let Some((done, all)) = window.state().judging_many() {
        assert!(done >= last && all == ROWS);
        (last, frames) = (done, frames + 1);
        assert_eq!(fixture.verdicts().len(), stored_before, "stored before the step was complete");
        window.step();
        assert!(start.elapsed() < Duration::from_secs(60), "{done} of {all}");
    }
    settle(window);
    frames
}

#[test]
fn thousands_of_rows_are_judged_in_parts_as_one_step() {
    let (fixture, mut window) = all_selected();
    begin(&mut window, "reject");
    let frames = wait_until_judged(&mut window, &fixture, 0);
    assert!(frames > 1, "judged in one frame");
    assert_eq!(fixture.verdicts().len(), ROWS);
    assert_text(&mut window, "Rejected: 6,000 rows");
    begin(&mut window, "undo");
    assert!(wait_until_judged(&mut window, &fixture, ROWS) > 1);
    assert!(fixture.verdicts().is_empty());
    begin(&mut window, "redo");
    assert!(wait_until_judged(&mut window, &fixture, 0) > 1);
    assert_eq!(fixture.verdicts().len(), ROWS);
    // The threads that count were given all parts.
    run_command(&mut window, "overview");
    wait_for(&mut window, "6,000 rows, 6,000 judged (100 %)");
}

#[test]
fn a_key_during_it_waits_and_stop_keeps_what_was_judged() {
    let (fixture, mut window) = all_selected();
    begin(&mut window, "reject");
    assert!(window.state().judging_many().is_some());
    // Keys are no commands meanwhile.
    window.key_press(Key::A);
    window.step();
    step_until(&mut window, "the progress", |window| {
        window.query_by_label("Stop").is_some() || window.state().judging_many().is_none()
    });
    press(&mut window, Key::Escape);
    let rejected = fixture.verdicts();
    assert!(rejected.iter().all(|(_, verdict)| verdict == "reject"), "a key counted");
    assert!(!rejected.is_empty() && rejected.len() < ROWS, "{}", rejected.len());
    assert_text(&mut window, "stopped before the rest");
    run_and_settle(&mut window, "undo");
    assert!(fixture.verdicts().is_empty());
}
