//! The keys in the settings: swaps, layouts for one hand, keys that no keyboard has.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

mod common;

use common::{Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, type_into};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;

fn key_settings(fixture: &Fixture) -> Harness<'static, App> {
    let mut window = fixture.window();
    run_command(&mut window, "settings");
    window.get_by_label("Keys").click();
    window.run_steps(4);
    window
}

/// Records a key for the command of this name.
fn record(window: &mut Harness<'_, App>, name: &str, modifiers: Modifiers, key: Key) {
    type_into(window, "Find", name);
    window.get_by_label_contains(&format!("Change the key of {name}:")).click();
    window.run_steps(4);
    window.key_press_modifiers(modifiers, key);
    window.run_steps(4);
}

#[test]
fn a_key_of_another_command_can_be_swapped() {
    let fixture = Fixture::plain();
    let mut window = key_settings(&fixture);
    record(&mut window, "Accept", Modifiers::NONE, Key::R);
    assert_text(&window, "R belongs to “Reject”");
    window.get_by_label("Swap the keys").click();
    window.run_steps(4);
    assert_text(&window, "Swapped: “Reject” is on A now.");
    press(&mut window, Key::Escape);
    press(&mut window, Key::R);
    press(&mut window, Key::A);
    assert_eq!(fixture.verdicts(), [(1, "accept".into()), (2, "reject".into())]);
    step_until(&mut window, "the keys to be stored", |_| fixture.config("settings.json").contains("\"reject\""));
}

#[test]
fn the_column_of_keys_stays_while_one_filters() {
    let fixture = Fixture::plain();
    let mut window = key_settings(&fixture);
    let edges = |window: &Harness<'_, App>| {
        let button = window.get_by_label_contains("Change the key of Accept:").rect();
        (button.min.x, button.width())
    };
    let before = edges(&window);
    type_into(&mut window, "Find", "accept");
    assert_eq!(edges(&window), before);
    // A key finds its command, too.
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    type_into(&mut window, "Find", "a");
    assert_text(&window, "Change the key of Accept:");
}

#[test]
fn a_layout_for_one_hand_is_a_click_away() {
    let fixture = Fixture::plain();
    let mut window = key_settings(&fixture);
    window.get_by_label("Left hand (A S D F)").click();
    window.run_steps(4);
    press(&mut window, Key::Escape);
    press(&mut window, Key::S);
    assert_eq!(fixture.verdicts(), [(1, "reject".into())]);
    run_command(&mut window, "settings");
    window.get_by_label("Keys").click();
    window.run_steps(4);
    // From one layout to another nothing of a person's own is lost: no question.
    window.get_by_label("Right hand (J K L ;)").click();
    window.run_steps(4);
    record(&mut window, "Accept", Modifiers::NONE, Key::F13);
    window.get_by_label("Default").click();
    window.run_steps(4);
    assert_text(&window, "This replaces your keys of 16 commands.");
    press(&mut window, Key::Escape);
    press(&mut window, Key::F13);
    assert_eq!(fixture.verdicts()[1], (2, "accept".into()));
    run_command(&mut window, "settings");
    window.get_by_label("Keys").click();
    window.run_steps(4);
    window.get_by_label("Default").click();
    window.run_steps(4);
    window.get_by_label("Use the layout").click();
    window.run_steps(4);
    assert_no_text(&window, "This replaces");
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "accept");
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 3);
}
