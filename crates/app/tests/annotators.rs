//! The annotator's name: asked for in doubt, remembered for each dataset, changed in the status
//! bar.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::path::Path;

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, type_into, wait_for,
    wait_until_gone,
};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::folders::login_name;
use tilejury_app::screen::{App, StartOptions};
use tilejury_testkit::Set;
use tilejury_testkit::set::put;

/// Opens the dataset under a name, or without one.
fn window_as(fixture: &Fixture, name: Option<&str>) -> Harness<'static, App> {
    let start = StartOptions { annotator: name.map(str::to_owned), ..fixture.start(Some(&fixture.set())) };
    let mut window =
        Harness::builder().with_size((1400.0, 900.0)).build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    window
}

/// Judges the first rows under a name, and closes the window.
fn judge(fixture: &Fixture, name: &str, rows: usize) {
    let mut window = window_as(fixture, Some(name));
    for _ in 0..rows {
        press(&mut window, Key::R);
    }
}

/// Deletes the remembered names, as on another machine.
fn forget(fixture: &Fixture) {
    std::fs::remove_file(fixture.dir.path().join("config/window.json")).unwrap();
}

/// Opens the menu of the name in the status bar.
fn open_menu(window: &mut Harness<'_, App>) {
    window.get_by_label_contains("Annotator: ").click();
    window.run_steps(4);
}

#[test]
fn the_name_used_last_is_remembered_for_each_set() {
    let fixture = Fixture::plain();
    judge(&fixture, "me", 2);
    {
        let mut window = window_as(&fixture, None);
        assert_text(&mut window, "Annotator: me");
        assert_text(&mut window, "2 of 10 judged");
        assert_no_text(&window, "Judge as");
    }
    // The name of the command line is preferred, and then remembered.
    assert_text(&mut window_as(&fixture, Some("ben")), "Annotator: ben");
    assert_text(&mut window_as(&fixture, None), "Annotator: ben");
    // Nothing is remembered for another dataset.
    let other = fixture.dir.path().join("other");
    Set::plain(4, 2).write(&other);
    let start = StartOptions { annotator: None, ..fixture.start(Some(&other)) };
    let mut window = Harness::builder().build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    assert_text(&mut window, &format!("Annotator: {}", login_name()));
}

#[test]
fn asks_about_a_name_without_judgements_if_others_judged() {
    let fixture = Fixture::plain();
    judge(&fixture, "me", 2);
    judge(&fixture, "cy", 1);
    forget(&fixture);
    let login = login_name();
    {
        let mut window = window_as(&fixture, None);
        assert_text(&mut window, &format!("me judged 2 rows here, cy 1; you are {login}."));
        assert_text(&mut window, "Judge as cy");
        window.get_by_label("Judge as me").click();
        wait_for(&mut window, "Annotator: me");
        settle(&mut window);
        assert_text(&mut window, "2 of 10 judged");
        assert_no_text(&window, "you are");
    }
    let mut window = window_as(&fixture, None);
    assert_text(&mut window, "Annotator: me");
    assert_no_text(&window, "you are");
}

#[test]
fn remembers_keeping_the_name() {
    let fixture = Fixture::plain();
    judge(&fixture, "me", 1);
    forget(&fixture);
    let login = login_name();
    {
        let mut window = window_as(&fixture, None);
        window.get_by_label(&format!("Keep {login}")).click();
        wait_until_gone(&mut window, "you are");
        assert_text(&mut window, &format!("Annotator: {login}"));
    }
    let mut window = window_as(&fixture, None);
    assert_no_text(&window, "you are");
    assert_text(&mut window, "0 of 10 judged");
    // A given name is not in doubt, nor is one with judgements.
    forget(&fixture);
    assert_no_text(&window_as(&fixture, Some("new")), "you are");
    forget(&fixture);
    let mut window = window_as(&fixture, None);
    assert_text(&mut window, "you are");
    press(&mut window, Key::R);
    assert_no_text(&window, "you are");
}

#[test]
fn the_name_in_the_status_bar_lists_everybody_and_changes() {
    let fixture = Fixture::plain();
    judge(&fixture, "me", 2);
    let mut window = window_as(&fixture, Some("ann"));
    press(&mut window, Key::U);
    press(&mut window, Key::Escape);
    open_menu(&mut window);
    assert_text(&mut window, "ann — 1 row judged");
    window.get_by_label("me — 2 rows judged").click();
    wait_for(&mut window, "Annotator: me");
    settle(&mut window);
    assert_text(&mut window, "2 of 10 judged");
    // A name chosen in the window overrides that of the command line, for this dataset only.
    assert!(!fixture.config("settings.json").contains("\"annotator\": \"me\""), "{}", fixture.config("settings.json"));
    open_menu(&mut window);
    assert_text(&mut window, "ann — 1 row judged");
    window.get_by_label_contains("Other name…").click();
    window.run_steps(4);
    type_into(&mut window, "Other name", "grace");
    window.key_press(Key::Enter);
    wait_for(&mut window, "Annotator: grace");
    settle(&mut window);
    press(&mut window, Key::R);
    assert_eq!(annotators(&fixture.set()), ["ann", "grace", "me"]);
}

#[test]
fn a_key_opens_the_dialog_which_takes_text_at_once() {
    let fixture = Fixture::plain();
    judge(&fixture, "me", 1);
    let mut window = window_as(&fixture, Some("ann"));
    run_command(&mut window, "annotator");
    assert_text(&mut window, "me — 1 row judged");
    type_into(&mut window, "Other name", "  ");
    window.key_press(Key::Enter);
    window.run_steps(4);
    assert_text(&mut window, "Each annotator sees their own judgements");
    type_into(&mut window, "Other name", "ann");
    window.key_press(Key::Enter);
    wait_until_gone(&mut window, "Each annotator sees");
    assert_text(&mut window, "Annotator: ann");
    run_and_settle(&mut window, "annotator");
    window.key_press(Key::Escape);
    wait_until_gone(&mut window, "Each annotator sees");
}

/// A file of an earlier version, or one that was edited.
#[test]
fn accepts_any_remembered_names() {
    let fixture = Fixture::plain();
    put(&fixture.dir.path().join("config/window.json"), br#"{"annotators": {"x": "y", "z": ""}}"#);
    assert_text(&mut window_as(&fixture, None), &format!("Annotator: {}", login_name()));
}

fn annotators(set: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(set.join("tilejury.sqlite")).unwrap();
    let mut statement = connection.prepare("SELECT DISTINCT annotator FROM events ORDER BY annotator").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
