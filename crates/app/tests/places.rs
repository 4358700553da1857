//! The way back: after a jump to the row and the search from before it, and to the overview.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, texts, type_into,
    wait_for, wait_until_gone,
};
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, PointerButton};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Twelve rows in two splits, without any problem.
fn set() -> Set {
    (0..12_u32).fold(Set::new(), |set, at| {
        let (positive, negative) = (tile(1, at, 0), tile(2, at, 0));
        let words =
            ["salt", "moon", "bridge", "tower", "river", "castle", "ship", "mine", "clock", "road", "wine", "sea"];
        let row = Row::new(&format!("history of the {}", words[at as usize]), &positive).negatives(&[&negative]);
        set.tile(&positive, &picture::png(70, 82, 10 + at as u8))
            .tile(&negative, &picture::png(70, 82, 90 + at as u8))
            .row(if at < 8 { "train" } else { "eval" }, &row)
    })
}

/// Checks which row is shown.
#[track_caller]
fn assert_at(window: &mut Harness<'_, App>, place: &str) {
    assert_text(window, place);
}

fn search_text(window: &Harness<'_, App>) -> String {
    window.get_by_role_and_label(Role::TextInput, "Search").value().unwrap_or_default()
}

#[test]
fn back_returns_to_the_row_before_a_jump() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_command(&mut window, "back");
    assert_text(&mut window, "No row to go back to.");
    // Single steps are no jumps.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "next");
    assert_at(&mut window, "train line 3");
    run_and_settle(&mut window, "last");
    assert_at(&mut window, "eval line 4");
    run_and_settle(&mut window, "back");
    assert_at(&mut window, "train line 3");
    run_and_settle(&mut window, "forward");
    assert_at(&mut window, "eval line 4");
    run_and_settle(&mut window, "back");
    // Another jump from there begins another way.
    run_command(&mut window, "go-to");
    type_into(&mut window, "Position in the list, or split:line, such as eval:3", "eval:2");
    press(&mut window, Key::Enter);
    assert_at(&mut window, "eval line 2");
    run_command(&mut window, "forward");
    assert_text(&mut window, "No row to go forward to.");
    // A verdict that goes on is no jump, either.
    run_and_settle(&mut window, "reject");
    assert_at(&mut window, "eval line 3");
    run_and_settle(&mut window, "back");
    assert_at(&mut window, "train line 3");
}

#[test]
fn mouse_buttons_go_back_and_forward() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_and_settle(&mut window, "last");
    for (button, place) in [(PointerButton::Extra1, "train line 1"), (PointerButton::Extra2, "eval line 4")] {
        let pos = egui::pos2(640.0, 400.0);
        for pressed in [true, false] {
            window.event(Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
        }
        window.run_steps(4);
        settle(&mut window);
        assert_at(&mut window, place);
    }
}

#[test]
fn back_brings_the_search_back_as_well() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_and_settle(&mut window, "next");
    // A bar of the overview lists other rows.
    run_command(&mut window, "overview");
    wait_for(&mut window, "Progress");
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    window.run_steps(8);
    window.get_by_label_contains("eval: 4 rows").click();
    wait_for(&mut window, "4 of 12 rows");
    press(&mut window, Key::Escape);
    assert_at(&mut window, "eval line 1");
    run_and_settle(&mut window, "back");
    wait_for(&mut window, "12 rows");
    assert_eq!(search_text(&window), "");
    assert_at(&mut window, "train line 2");
    run_and_settle(&mut window, "forward");
    wait_for(&mut window, "4 of 12 rows");
    assert_eq!(search_text(&window), "split:eval");
    assert_at(&mut window, "eval line 1");
    // The search alone is a place, too, if the row stays.
    run_and_settle(&mut window, "show-all");
    wait_for(&mut window, "12 rows");
    run_and_settle(&mut window, "back");
    wait_for(&mut window, "4 of 12 rows");
    assert_at(&mut window, "eval line 1");
}

/// Four rows. Without their texts, the first two are the more suspicious ones, since their
/// negatives are of the page of the positive; with them the others, whose negatives answer the
/// query.
fn suspicious_by_text() -> Fixture {
    let (mut set, mut readings) = (Set::new(), Vec::new());
    for at in 0..4_u32 {
        let answers = at >= 2;
        let (positive, negative) = (tile(0, at, 0), if answers { tile(0, 50 + at, 0) } else { tile(0, at, 1) });
        let answer =
            format!("The salt mine number {at} was opened in the spring of 1821 by a company that dug for coal");
        for (place, path) in [&positive, &negative].into_iter().enumerate() {
            let bytes = picture::page(300, 340, at, place as u32 * 1024);
            let line = if place == 1 && !answers { "Weather and roads of a valley far away" } else { &*answer };
            readings.push(texts::reading(path, &bytes, &[(40, line)]));
            set = set.tile(path, &bytes);
        }
        let query = format!("When was the salt mine number {at} opened?");
        set = set.row("train", &Row::new(&query, &positive).negatives(&[&negative]));
    }
    let fixture = Fixture::new(&set);
    texts::store(&fixture.set(), &readings);
    fixture
}

#[test]
fn the_place_by_suspicion_comes_back_once_texts_are_known() {
    let fixture = suspicious_by_text();
    let mut window = fixture.window();
    step_until(&mut window, "the texts", |window| window.state().knows_imports());
    run_and_settle(&mut window, "suspicious-first");
    for line in [3, 4] {
        assert_at(&mut window, &format!("train line {line}"));
        run_and_settle(&mut window, "accept");
    }
    assert_text(&mut window, "3 of 4");
    let current = window.state().sample_index();
    step_until(&mut window, "the order to be stored", |_| fixture.config("window.json").contains("uspicion"));
    drop(window);
    let mut window = fixture.window();
    step_until(&mut window, "the texts", |window| window.state().knows_imports());
    settle(&mut window);
    assert_eq!(window.state().sample_index(), current);
    wait_for(&mut window, "3 of 4");
}

#[test]
fn the_way_to_the_overview_is_in_view() {
    let fixture = Fixture::for_reading_view(&set());
    let mut window = fixture.window_of_size(Some(&fixture.set()), (1024.0, 640.0));
    let button = window.get_by_role_and_label(Role::Button, "Show the overview");
    assert!(button.rect().top() < 30.0 && button.rect().right() < 1024.0, "{:?}", button.rect());
    button.click();
    wait_for(&mut window, "Progress");
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    window.run_steps(8);
    window.get_by_label_contains("eval: 4 rows").click();
    wait_for(&mut window, "4 of 12 rows");
    window.get_by_role_and_label(Role::Button, "Back to the rows").click();
    window.run_steps(4);
    settle(&mut window);
    assert_at(&mut window, "eval line 1");
    // Where Escape has nothing left to leave, it names the way back.
    press(&mut window, Key::Escape);
    assert_text(&mut window, "F6 shows the overview again; Shift+Backspace lists all rows.");
    run_and_settle(&mut window, "show-all");
    wait_until_gone(&mut window, "shows the overview again; ");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "shows the overview again; ");
}
