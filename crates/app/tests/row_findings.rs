//! The findings about a row as chips in the line under its query: what they say, where they lead by
//! mouse and by key, and when they are hidden.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::auditing::{begin_as_typed, open_dialog};
use crate::common::{
    Fixture, assert_no_text, assert_text, is_painted, press, run_and_settle, run_command, settle, step_until, wait_for,
};
use egui::Key;
use egui::accesskit::{Role, Toggled};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_data::SampleIndex;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const CHIP: &str = "Finding about the row: ";
const REPEATS: &str = "Finding about the row: Negative 3 repeats negative 1";
const LEAK: &str = "Finding about the row: Leak: eval line 1";

/// The first row has a negative twice and is in the other split, too; the second repeats it;
/// nothing is wrong with the third.
fn fixture() -> Fixture {
    let paths: Vec<String> = (0..8).map(|page| tile(page, 100 + page, 0)).collect();
    let set =
        paths.iter().enumerate().fold(Set::new(), |set, (at, path)| set.tile(path, &picture::png(60, 70, at as u8)));
    let query = "How old is the mine?";
    let set = set
        .row("train", &Row::new(query, &paths[0]).negatives(&[&paths[1], &paths[2], &paths[1]]))
        .row("train", &Row::new(query, &paths[0]).negatives(&[&paths[3]]))
        .row("train", &Row::new("Who wrote Hamlet?", &paths[4]).negatives(&[&paths[5]]))
        .row("eval", &Row::new(query, &paths[0]).negatives(&[&paths[6]]));
    Fixture::for_reading_view(&set)
}

fn window_of(fixture: &Fixture) -> Harness<'static, App> {
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    settle(&mut window);
    window
}

/// The negatives in the panes.
fn negatives(window: &Harness<'_, App>) -> Vec<usize> {
    window.state().visible_tiles().iter().map(|tile| tile.place).filter(|place| *place > 0).collect()
}

#[test]
fn a_row_names_its_findings_and_leads_to_them() {
    let fixture = fixture();
    let mut window = window_of(&fixture);
    assert!(is_painted(&window, "Leak: eval line 1") && is_painted(&window, "Negative 3 repeats negative 1"));
    window.get_by_label(REPEATS).click();
    settle(&mut window);
    assert_eq!(negatives(&window), [3]);
    window.get_by_label(LEAK).hover();
    wait_for(&mut window, "another split, eval line 1: “How old is the mine?”");
    assert_text(&mut window, "A click goes to eval line 1; Ctrl+F8 goes to one after the other.");
    window.get_by_label(LEAK).click();
    settle(&mut window);
    assert!(is_painted(&window, "eval line 1"));
    assert_text(&mut window, "Finding about the row: Leak: train line 1");
    // The row that repeats another leads to the rows with the positive.
    for word in ["first", "next"] {
        run_and_settle(&mut window, word);
    }
    window.get_by_label("Finding about the row: Repeated row").click();
    wait_for(&mut window, "train line 1");
    assert_text(&mut window, "Other rows");
    run_and_settle(&mut window, "next");
    assert_no_text(&window, CHIP);
}

#[test]
fn one_key_goes_through_the_findings_of_a_row() {
    let fixture = fixture();
    let mut window = window_of(&fixture);
    let row = |window: &Harness<'_, App>| window.state().sample_index().map(SampleIndex::index);
    assert_eq!(row(&window), Some(0));
    run_and_settle(&mut window, "follow-finding");
    assert_eq!(row(&window), Some(3), "the row of its split leak");
    run_and_settle(&mut window, "follow-finding");
    assert_eq!(row(&window), Some(0), "and back");
    for word in ["first", "next", "next", "follow-finding"] {
        run_and_settle(&mut window, word);
    }
    assert_text(&mut window, "No finding is about this row as a whole.");
}

#[test]
fn what_a_check_alone_found_is_a_chip_too() {
    let tiles: Vec<String> = (0..3).map(|page| tile(0, page, 0)).collect();
    let set = Set::new()
        .tile(&tiles[0], &picture::png(40, 40, 1))
        .tile(&tiles[1], &picture::png(40, 40, 2))
        .row("train", &Row::new("first", &tiles[0]).negatives(&[&tiles[1], &tiles[2]]))
        .row("train", &Row::new("second", &tiles[0]).negatives(&[&tiles[1]]));
    let fixture = Fixture::for_reading_view(&set);
    let mut window = window_of(&fixture);
    assert_no_text(&window, CHIP);
    run_command(&mut window, "check");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "1 finding");
    press(&mut window, Key::Escape);
    settle(&mut window);
    window.get_by_label("Finding about the row: Missing tile").click();
    settle(&mut window);
    assert_eq!(negatives(&window), [2], "the tile that is missing");
    wait_for(&mut window, "Missing tile (1)");
}

#[test]
fn beside_the_reasons_findings_are_a_number() {
    let fixture = fixture();
    let mut window = fixture.window_of_size(Some(&fixture.set()), (1280.0, 720.0));
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    for word in ["next", "reject"] {
        run_and_settle(&mut window, word);
    }
    run_and_settle(&mut window, "first");
    run_and_settle(&mut window, "unsure");
    assert_text(&mut window, "Unsure: train line 1. Why?");
    assert!(is_painted(&window, "Who wrote Hamlet?"), "nothing is wrong with the third row");
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "Rejected: train line 3. Why?");
    assert_text(&mut window, "1 finding about the row");
    let number = window.get_by_label("1 finding about the row").rect();
    assert!(window.ctx.content_rect().contains_rect(number), "{number:?}");
    assert!(number.bottom() < window.state().visible_tiles()[0].frame.top(), "{number:?}");
}

#[test]
fn findings_of_rows_are_hidden_from_who_judges_blind() {
    let fixture = fixture();
    let mut window = window_of(&fixture);
    assert_text(&mut window, CHIP);
    run_and_settle(&mut window, "blind");
    assert_no_text(&window, CHIP);
    assert_no_text(&window, "about the row");
    run_command(&mut window, "follow-finding");
    assert_text(&mut window, "Blind: signals are hidden");
    settle(&mut window);
    assert!(is_painted(&window, "train line 1"));
    run_and_settle(&mut window, "blind");
    assert_text(&mut window, CHIP);
    // Nor in an audit, even if it is not blind.
    open_dialog(&mut window);
    window.get_by_role_and_label(Role::CheckBox, "Blind").click();
    window.run_steps(3);
    begin_as_typed(&mut window);
    wait_for(&mut window, "Audit “audit 1”: row 1 of");
    settle(&mut window);
    for _ in 0..4 {
        assert_no_text(&window, CHIP);
        run_and_settle(&mut window, "next");
    }
}

#[test]
fn a_finding_leads_to_the_tile_in_the_grid_too() {
    let fixture = fixture();
    let mut window = window_of(&fixture);
    run_and_settle(&mut window, "reading-view");
    window.get_by_label(REPEATS).click();
    settle(&mut window);
    let is_in_focus = |name: &str| window.get_by_label_contains(name).accesskit_node().toggled();
    assert_eq!(is_in_focus("Negative 3: "), Some(Toggled::True));
}
