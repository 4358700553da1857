//! The search field: what Enter does, what an unfinished word or filter does to the list.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, type_into, wait_for,
    wait_until_gone,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;

fn type_into_search(window: &mut Harness<'_, App>, text: &str) {
    run_command(window, "search");
    type_into(window, "Search", text);
}

fn typed(window: &Harness<'_, App>) -> String {
    window.get_by_role_and_label(Role::TextInput, "Search").value().unwrap_or_default()
}

#[test]
fn enter_completes_a_begun_value_and_keeps_the_row() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "train line 3");
    type_into_search(&mut window, "verdict:re");
    press(&mut window, Key::Enter);
    assert_eq!(typed(&window), "verdict:reject ");
    wait_for(&mut window, "1 of 10 rows");
    assert_text(&mut window, "train line 3");
    // The field keeps the keyboard: Enter again goes to what was found.
    press(&mut window, Key::Enter);
    wait_for(&mut window, "train line 1");
}

#[test]
fn completions_cover_little_of_what_is_below_the_field() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    type_into_search(&mut window, "neg:>3 verdict:");
    wait_for(&mut window, "0 of 10 rows");
    let field = window.get_by_role_and_label(Role::TextInput, "Search").rect();
    let count = window.get_by_label_contains("0 of 10 rows").rect();
    let offer = window.get_by_role_and_label(Role::Button, "reject").rect();
    assert!(offer.width() < 180.0 && offer.right() <= field.right(), "{offer:?} below {field:?}");
    assert!(offer.left() > count.right(), "{offer:?} beside {count:?}");
    // Help needs more room, and has it.
    type_into_search(&mut window, " f");
    wait_for(&mut window, "fn:");
    assert!(window.get_by_role_and_label(Role::Button, "fn:").rect().width() > 250.0);
}

#[test]
fn the_queue_keeps_its_width_and_has_buttons_for_the_mouse() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let edge = |window: &Harness<'_, App>| window.state().visible_tiles()[0].frame.left();
    let before = edge(&window);
    type_into_search(&mut window, "verdict:reject");
    wait_for(&mut window, "0 of 10 rows");
    type_into_search(&mut window, " neg:>0");
    settle(&mut window);
    assert_eq!(edge(&window), before);
    window.get_by_role_and_label(Role::Button, "Clear the search").click();
    wait_for(&mut window, "10 rows");
    assert_eq!(typed(&window), "");
    assert_eq!(edge(&window), before);
    window.get_by_role_and_label(Role::Button, "Fold the queue").click();
    wait_until_gone(&mut window, "10 rows");
}

#[test]
fn enter_right_after_typing_takes_what_was_typed() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    type_into_search(&mut window, "verdict:re");
    // The rest of the word and Enter come in one frame, before the list can follow.
    let enter = |pressed| egui::Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    let typed_at_once = [egui::Event::Text("ject".to_owned()), enter(true), enter(false)];
    window.input_mut().events.extend(typed_at_once);
    window.step();
    settle(&mut window);
    assert_eq!(typed(&window), "verdict:reject");
    wait_for(&mut window, "1 of 10 rows");
    wait_for(&mut window, "train line 1");
}

#[test]
fn enter_keeps_the_row_after_an_error_or_without_a_change() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "last");
    assert_text(&mut window, "train line 10");
    run_command(&mut window, "search");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "train line 10");
    type_into_search(&mut window, "fn:x");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "`x` is not a number");
    assert_text(&mut window, "train line 10");
    assert_text(&mut window, "10 rows");
}

#[test]
fn a_word_that_begins_a_filter_waits_for_a_space_or_enter() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    type_into_search(&mut window, "verd");
    window.run_steps(6);
    assert_text(&mut window, "Enter or a space searches for “verd”");
    assert_text(&mut window, "10 rows");
    assert_no_text(&window, "No row matches");
    type_into(&mut window, "Search", " ");
    wait_for(&mut window, "No row matches this search.");
    press(&mut window, Key::Escape);
    wait_for(&mut window, "10 rows");
    type_into_search(&mut window, "page");
    window.run_steps(6);
    press(&mut window, Key::Enter);
    wait_for(&mut window, "10 rows");
    type_into_search(&mut window, " verd");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "No row matches this search.");
}

#[test]
fn an_unknown_filter_names_a_similar_one_and_keeps_the_list() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    // Letter by letter, as a person types.
    run_command(&mut window, "search");
    for letter in "verdit:accept".chars() {
        type_into(&mut window, "Search", &letter.to_string());
        window.run_steps(4);
    }
    wait_for(&mut window, "Unknown filter `verdit`. Did you mean `verdict`?");
    assert_text(&mut window, "10 rows");
    window.get_by_label("All filters").click();
    window.run_steps(6);
    assert_text(&mut window, "unconfirmed");
}

#[test]
fn another_word_is_typed_behind_the_text() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    type_into_search(&mut window, "neg:3");
    press(&mut window, Key::Home);
    press(&mut window, Key::Enter);
    settle(&mut window);
    type_into_search(&mut window, "judged:no");
    assert_eq!(typed(&window), "neg:3 judged:no");
}
