//! The pixel scan: it starts automatically or on request, can be stopped, and its findings never
//! move the current view.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, wait_for,
};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const BADGE: &str = "Same pixels";

/// Ten rows without signals from rows and paths, except a repeated negative in the ninth. Row 6 has
/// the picture of its positive among its negatives, in another encoding.
fn set() -> Set {
    let mut set = Set::new();
    for row in 0..10 {
        let tiles = [tile(0, 100 + row, 0), tile(0, 200 + row, 0), tile(1, 300 + row, 0)];
        let positive = picture::page(120, 140, row, 0);
        let second = if row == 5 { picture::as_webp(&positive) } else { picture::page(120, 140, 50 + row, 0) };
        set = set.tile(&tiles[0], &positive).tile(&tiles[1], &second);
        set = set.tile(&tiles[2], &picture::page(120, 140, 80 + row, 0));
        let mut negatives = vec![tiles[1].as_str(), &tiles[2]];
        if row == 8 {
            negatives.push(&tiles[2]);
        }
        set =
            set.row("train", &Row::new(&format!("subject number {row} {}", row * 37), &tiles[0]).negatives(&negatives));
    }
    set
}

/// Opens the messages until they hold a text, and closes them again.
fn wait_for_message(window: &mut Harness<'_, App>, text: &str) {
    run_command(window, "messages");
    wait_for(window, text);
    press(window, Key::Escape);
}

fn go_to(window: &mut Harness<'_, App>, line: u32) {
    run_command(window, "go-to");
    crate::common::type_into(window, "Position in the list, or split:line, such as eval:3", &format!("train:{line}"));
    press(window, Key::Enter);
    assert_text(window, &format!("train line {line}"));
}

/// The lines of the samples from here to the end of the list.
fn walk(window: &mut Harness<'_, App>, steps: usize) -> Vec<u32> {
    let on_show = |window: &Harness<'_, App>| {
        let is_visible = |line: &u32| window.query_by_label(&format!("train line {line}")).is_some();
        (1..=10).find(is_visible)
    };
    let mut walked = Vec::from_iter(on_show(window));
    for _ in 0..steps {
        run_and_settle(window, "next");
        walked.extend(on_show(window));
    }
    walked
}

#[test]
fn reports_a_copy_without_moving_anything() {
    let fixture = Fixture::with_usual_settings(&set());
    let mut window = fixture.window();
    go_to(&mut window, 6);
    wait_for(&mut window, BADGE);
    assert_no_text(&window, "Scan of tiles: ");
    wait_for_message(&mut window, "Scan of tiles: 1 finding in 30 tiles; 30 tiles were scanned.");
    run_command(&mut window, "jobs");
    assert_text(&mut window, "Scan of tiles: 1 finding in 30 tiles; 30 tiles were scanned");
    assert_text(&mut window, "Same pixels: 1");
    press(&mut window, Key::Escape);
    run_command(&mut window, "inspector");
    wait_for(&mut window, "The pixels of the positive, in another encoding");
    assert_text(&mut window, "From paths, rows and pixels");
    // The next scan uses the cached tiles.
    drop(window);
    let mut window = fixture.window();
    wait_for(&mut window, BADGE);
    wait_for_message(&mut window, "all tiles were cached");
}

#[test]
fn without_the_setting_the_scan_waits_for_its_command() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    go_to(&mut window, 6);
    run_command(&mut window, "inspector");
    wait_for(&mut window, "No signal from paths and rows.");
    assert_no_text(&window, BADGE);
    run_command(&mut window, "pixels");
    wait_for(&mut window, BADGE);
    wait_for(&mut window, "Scan of tiles: 1 finding in 30 tiles; 30 tiles were scanned. Ctrl+J shows it.");
    // Searches find the signal too.
    run_command(&mut window, "search");
    crate::common::type_into(&mut window, "Search", "signal:same-pixels");
    wait_for(&mut window, "1 of 10 rows");
    press(&mut window, Key::Escape);
    // Turning on the setting starts nothing now; the command scans again.
    run_command(&mut window, "settings");
    window.get_by_label("Scan tiles in the background").click();
    step_until(&mut window, "the setting to be stored", |_| {
        fixture.config("settings.json").contains("\"look_at_pixels\": true")
    });
    press(&mut window, Key::Escape);
    run_command(&mut window, "pixels");
    wait_for(&mut window, "all tiles were cached");
}

#[test]
fn the_setting_starts_the_scan_and_is_on_by_default() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    go_to(&mut window, 6);
    run_command(&mut window, "settings");
    window.get_by_label("Scan tiles in the background").click();
    window.run_steps(4);
    press(&mut window, Key::Escape);
    wait_for(&mut window, BADGE);
    drop(window);
    let fixture = Fixture::with_usual_settings(&set());
    tilejury_testkit::set::put(
        &fixture.dir.path().join("config/settings.json"),
        br#"{"auto_advance": true, "reading": "off", "overview_first": false}"#,
    );
    let mut window = fixture.window();
    go_to(&mut window, 6);
    wait_for(&mut window, BADGE);
}

/// A dataset too large to be scanned between two key presses, however many cores there are.
fn large() -> Set {
    let mut set = Set::new();
    let bytes = picture::page(875, 3000, 1, 0);
    for row in 0..60 {
        let (positive, negative) = (tile(0, row, 0), tile(1, row, 0));
        set = set.tile(&positive, &bytes).tile(&negative, &bytes);
        set = set.row("train", &Row::new(&format!("subject {row}"), &positive).negatives(&[&negative]));
    }
    set
}

/// Waits until the dialog of background work shows that tiles are read.
fn wait_for_tiles(window: &mut Harness<'_, App>) {
    step_until(window, "tiles to be read", |window| {
        let reading = window.query_all_by_label_contains("reading tiles").next().is_some();
        reading && window.query_all_by_label_contains("reading tiles, 0 a second").next().is_none()
    });
}

#[test]
fn the_command_and_a_button_stop_it() {
    let fixture = Fixture::new(&large());
    let mut window = fixture.window();
    run_command(&mut window, "pixels");
    wait_for(&mut window, "Scanning ");
    // The button opens the dialog, where other work can be started.
    window.get_by_label_contains("Scanning ").click();
    wait_for(&mut window, "Scanning tiles");
    assert_text(&mut window, "No other job is running.");
    wait_for_tiles(&mut window);
    press(&mut window, Key::Escape);
    run_command(&mut window, "pixels");
    wait_for(&mut window, "Scan of tiles: stopped; the tiles scanned so far are cached.");
    assert_no_text(&window, " %");
    run_command(&mut window, "pixels");
    run_command(&mut window, "jobs");
    wait_for_tiles(&mut window);
    window.get_by_label("Stop the pixel scan").click();
    wait_for(&mut window, "No job is running.");
    // Both results are listed, beside the notice of the first.
    assert_eq!(window.query_all_by_label_contains(" Scan of tiles: stopped; the tiles scanned").count(), 2);
}

#[test]
fn closes_a_dataset_during_the_scan() {
    let fixture = Fixture::with_usual_settings(&large());
    let mut window = fixture.window();
    wait_for(&mut window, "Scanning ");
    run_command(&mut window, "close");
    wait_for(&mut window, "Keys to know");
    assert_no_text(&window, "Scanning ");
}

#[test]
fn end_of_a_scan_sorts_all_but_the_current_sample() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_command(&mut window, "inspector");
    wait_for(&mut window, "No signal from paths and rows.");
    run_command(&mut window, "suspicious-first");
    run_and_settle(&mut window, "first");
    assert_text(&mut window, "train line 9");
    run_and_settle(&mut window, "next-tile");
    run_command(&mut window, "pixels");
    wait_for(&mut window, "Scan of tiles: 1 finding");
    assert_text(&mut window, "Sorted again: the pixels of 30 tiles are known now.");
    // The copy in line 6 is the strongest, and yet the current sample stays the same.
    assert_text(&mut window, "1 of 10");
    assert_text(&mut window, "train line 9");
    assert_eq!(walk(&mut window, 4), [9, 6, 1, 2, 3]);
    run_and_settle(&mut window, "first");
    assert_eq!(walk(&mut window, 2), [9, 6, 1]);
    // On request, the order uses the current findings for all.
    run_command(&mut window, "suspicious-first");
    run_command(&mut window, "suspicious-first");
    run_and_settle(&mut window, "first");
    assert_eq!(walk(&mut window, 2), [6, 9, 1]);
}

#[test]
fn the_focus_stays_where_it_is_when_findings_arrive() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    go_to(&mut window, 6);
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "next-tile");
    run_command(&mut window, "pixels");
    wait_for(&mut window, BADGE);
    // The copy is the first negative, the focus on the second: the mark goes there.
    run_and_settle(&mut window, "not-relevant");
    let marked = fixture.rows();
    assert_eq!(marked.len(), 1);
    assert!(marked[0].1.ends_with("305.png.tiles/chunk_0000_00.png"), "{marked:?}");
    settle(&mut window);
}

#[test]
fn reports_an_unusable_cache_once() {
    let fixture = Fixture::with_usual_settings(&set());
    std::fs::write(fixture.dir.path().join("cache"), "no folder").unwrap();
    let mut window = fixture.window();
    go_to(&mut window, 6);
    wait_for(&mut window, BADGE);
    wait_for_message(&mut window, "The pixel scan cannot be cached");
}
