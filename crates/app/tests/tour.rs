//! The guided tour: it goes on only when a step was really done, points at what it is about without
//! covering it, and leaves nothing of a person's changed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, wait_for,
    wait_until_gone,
};
use egui::accesskit::Role;
use egui::{Key, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_testkit::Set;
use tilejury_testkit::set::put;

const STEPS: [&str; 5] = [
    "Step 1 of 5: Judge a row",
    "Step 2 of 5: Mark a false negative",
    "Step 3 of 5: Compare two tiles",
    "Step 4 of 5: Suspicious rows first",
    "Step 5 of 5: Export a clean copy",
];

/// A new person's window of a size, without a dataset.
fn welcome(size: (f32, f32)) -> (Fixture, Harness<'static, App>) {
    let fixture = Fixture::for_reading_view(&Set::plain(10, 3));
    let start = fixture.start(None);
    let builder = Harness::builder().with_size(size).with_max_steps(64).allow_missing_glyphs();
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    window.run_steps(4);
    (fixture, window)
}

/// A window on a person's own set.
fn own_set() -> (Fixture, Harness<'static, App>) {
    let fixture = Fixture::for_reading_view(&Set::plain(10, 3));
    let start = fixture.start(Some(&fixture.set()));
    let builder = Harness::builder().with_size((1400.0, 900.0)).with_max_steps(64).allow_missing_glyphs();
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    (fixture, window)
}

fn begin(window: &mut Harness<'_, App>) {
    run_command(window, "tour");
    wait_for(window, STEPS[0]);
    settle(window);
    window.run_steps(4);
}

/// Checks that the tour is at a step, and that the outlined place is inside the window and apart
/// from the line.
#[track_caller]
fn check_step(window: &mut Harness<'_, App>, step: usize) -> Rect {
    window.run_steps(4);
    assert_text(window, STEPS[step]);
    let heading = window.get_by_label_contains(STEPS[step]).rect();
    let outlined = window.state().tour_box().unwrap_or_else(|| panic!("nothing is outlined in {}", STEPS[step]));
    let screen = window.ctx.content_rect();
    assert!(screen.contains_rect(outlined) && screen.contains_rect(heading), "{outlined:?} {heading:?} {screen:?}");
    assert!(!outlined.intersects(heading), "{outlined:?} {heading:?}");
    outlined
}

fn button(window: &Harness<'_, App>, label: &str) -> Rect {
    window.get_by_role_and_label(Role::Button, label).rect()
}

/// Folders of tours in the cache.
fn copies(fixture: &Fixture) -> usize {
    let folder = fixture.dir.path().join("cache/tour");
    folder.read_dir().map(Iterator::count).unwrap_or_default()
}

fn whole_tour_by_keys(size: (f32, f32)) {
    let (fixture, mut window) = welcome(size);
    assert_text(&mut window, "Guided tour");
    begin(&mut window);
    let outlined = check_step(&mut window, 0);
    assert!(outlined.contains_rect(button(&window, "Accept")), "{outlined:?}");
    assert_text(&mut window, "press A to accept the row");
    press(&mut window, Key::A);
    wait_for(&mut window, STEPS[1]);
    settle(&mut window);
    let outlined = check_step(&mut window, 1);
    let tile = window.state().visible_tiles().into_iter().find(|tile| tile.place == 1).unwrap();
    assert!(outlined.intersects(tile.frame) && outlined.width() <= tile.frame.width() + 8.0, "{outlined:?} {tile:?}");
    assert_text(&mut window, "Press 1 to mark it as relevant");
    press(&mut window, Key::Num1);
    wait_for(&mut window, STEPS[2]);
    settle(&mut window);
    check_step(&mut window, 2);
    press(&mut window, Key::C);
    wait_for(&mut window, "Press Esc to return to the row");
    check_step(&mut window, 2);
    press(&mut window, Key::Escape);
    wait_for(&mut window, STEPS[3]);
    check_step(&mut window, 3);
    assert_text(&mut window, "Press Shift+S to list");
    run_command(&mut window, "suspicious-first");
    wait_for(&mut window, STEPS[4]);
    settle(&mut window);
    check_step(&mut window, 4);
    run_command(&mut window, "export");
    step_until(&mut window, "the preview", |window| window.query_by_label("Export").is_some());
    window.run_steps(4);
    let outlined = window.state().tour_box().unwrap();
    assert!(outlined.contains_rect(button(&window, "Export")), "{outlined:?}");
    let words = window.query_all_by_label_contains("The preview shows the outcome").map(|node| node.rect());
    let words: Vec<Rect> = words.collect();
    assert!(!words.is_empty() && words.iter().all(|words| !outlined.intersects(*words)), "{words:?}");
    assert!(outlined.bottom() < size.1, "{outlined:?}");
    // By keyboard, from the field of the folder.
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Enter);
    wait_for(&mut window, "this was the last step");
    assert_eq!(copies(&fixture), 1);
    press_escape(&mut window);
    wait_for(&mut window, "The tour is over");
    press_escape(&mut window);
    wait_for(&mut window, "Keys to know");
    step_until(&mut window, "the copy to be removed", |_| copies(&fixture) == 0);
    // The next start has nothing of it.
    assert!(!fixture.config("window.json").contains("tour"), "{}", fixture.config("window.json"));
}

fn press_escape(window: &mut Harness<'_, App>) {
    window.key_press(Key::Escape);
    window.run_steps(4);
}

#[test]
fn whole_tour_is_taken_by_keys_in_a_small_window() {
    whole_tour_by_keys((1024.0, 640.0));
}

#[test]
fn whole_tour_is_taken_by_keys_in_a_large_window() {
    whole_tour_by_keys((1600.0, 900.0));
}

fn click(window: &mut Harness<'_, App>, label: &str) {
    let node = window.query_all_by_role(Role::Button).find(|node| name(node) == label);
    node.unwrap_or_else(|| panic!("no button {label}")).click();
    window.run_steps(6);
}

fn name(node: &egui_kittest::Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

#[test]
fn whole_tour_is_taken_by_mouse() {
    let (fixture, mut window) = welcome((1280.0, 800.0));
    click(&mut window, "Guided tour");
    wait_for(&mut window, STEPS[0]);
    settle(&mut window);
    check_step(&mut window, 0);
    click(&mut window, "Accept");
    wait_for(&mut window, STEPS[1]);
    settle(&mut window);
    check_step(&mut window, 1);
    window.query_all_by_role(Role::Image).find(|node| name(node).starts_with("Negative 1")).unwrap().click_secondary();
    window.run_steps(6);
    let relevant = window.query_all_by_role(Role::Button).find(|node| name(node).starts_with("Relevant"));
    relevant.unwrap().click();
    window.run_steps(6);
    wait_for(&mut window, STEPS[2]);
    settle(&mut window);
    for _ in 0..2 {
        click(&mut window, "View");
        click(&mut window, "Compare with the positive");
        settle(&mut window);
    }
    wait_for(&mut window, STEPS[3]);
    click(&mut window, "Go");
    click(&mut window, "Most suspicious first");
    wait_for(&mut window, STEPS[4]);
    settle(&mut window);
    click(&mut window, "File");
    click(&mut window, "Export…");
    crate::common::press_export(&mut window);
    wait_for(&mut window, "this was the last step");
    click(&mut window, "Close");
    wait_for(&mut window, "The tour is over");
    click(&mut window, "Leave");
    wait_for(&mut window, "Keys to know");
    step_until(&mut window, "the copy to be removed", |_| copies(&fixture) == 0);
}

#[test]
fn tour_waits_until_the_step_is_really_done() {
    let (_fixture, mut window) = own_set();
    begin(&mut window);
    // Another row, a rejection and a note are not accepting the row.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "You are at another row or view");
    assert_text(&mut window, STEPS[0]);
    assert_eq!(window.state().tour_box(), None);
    run_and_settle(&mut window, "tour");
    assert_text(&mut window, "press A to accept the row");
    assert_text(&mut window, "train line 1");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "tour");
    assert_text(&mut window, "This row is right as it is. Z undoes that");
    assert_text(&mut window, STEPS[0]);
    run_and_settle(&mut window, "undo");
    run_and_settle(&mut window, "accept");
    wait_for(&mut window, STEPS[1]);
    settle(&mut window);
    // Another tile is not the false negative.
    press(&mut window, Key::Num2);
    assert_text(&mut window, "That was another tile or a verdict");
    assert_text(&mut window, STEPS[1]);
    run_and_settle(&mut window, "undo");
    // The overview lies over the row; the step comes back.
    run_command(&mut window, "overview");
    window.run_steps(4);
    assert_text(&mut window, "You are at another row or view");
    window.get_by_label("Show me again").click();
    window.run_steps(4);
    settle(&mut window);
    check_step(&mut window, 1);
    press(&mut window, Key::Num1);
    wait_for(&mut window, STEPS[2]);
    // Open is not done: the person has to return.
    press(&mut window, Key::C);
    window.run_steps(10);
    assert_text(&mut window, STEPS[2]);
}

#[test]
fn leaving_the_tour_returns_to_what_was_open() {
    let (fixture, mut window) = own_set();
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "reject");
    let before = fixture.rows();
    let remembered = |fixture: &Fixture| {
        let text = fixture.config("window.json");
        (text.matches("/demo").count(), text.contains("cache/tour"))
    };
    begin(&mut window);
    press(&mut window, Key::A);
    wait_for(&mut window, STEPS[1]);
    // With nothing else to close, Esc skips the rest.
    press_escape(&mut window);
    wait_until_gone(&mut window, "Step ");
    wait_for(&mut window, "1 of 10 judged");
    settle(&mut window);
    assert_text(&mut window, "train line 3");
    assert_eq!(fixture.rows(), before, "the person's judgements are as they were");
    assert_eq!(remembered(&fixture), (0, false), "{}", fixture.config("window.json"));
    step_until(&mut window, "the copy to be removed", |_| copies(&fixture) == 0);
    // It can be taken again, from the beginning.
    begin(&mut window);
    assert_text(&mut window, "0 of 48 judged");
    window.get_by_label("Skip the tour").click();
    window.run_steps(4);
    wait_for(&mut window, "1 of 10 judged");
    assert_no_text(&window, "Step 1 of 5");
}

#[test]
fn tour_touches_no_sidecar_of_the_demo() {
    let (fixture, mut window) = own_set();
    run_command(&mut window, "open-demo");
    wait_for(&mut window, "0 of 48 judged");
    settle(&mut window);
    run_and_settle(&mut window, "unsure");
    run_and_settle(&mut window, "suspicious-first");
    let sidecar = fixture.dir.path().join("data/demo/tilejury.sqlite");
    let events = |path: &std::path::Path| -> i64 {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap()
    };
    let before = events(&sidecar);
    begin(&mut window);
    // Neither the judgements nor the order of the demo itself.
    assert_text(&mut window, "0 of 48 judged");
    press(&mut window, Key::A);
    wait_for(&mut window, STEPS[1]);
    settle(&mut window);
    press(&mut window, Key::Num1);
    wait_for(&mut window, STEPS[2]);
    settle(&mut window);
    press_escape(&mut window);
    wait_for(&mut window, "1 of 48 judged");
    settle(&mut window);
    assert_eq!(events(&sidecar), before);
}

#[test]
fn sentences_have_the_keys_of_the_person() {
    let fixture = Fixture::for_reading_view(&Set::plain(4, 3));
    put(
        &fixture.dir.path().join("config/settings.json"),
        br#"{"look_at_pixels": false, "reading": "off", "hints": false, "overview_first": false, "keys": {"accept": ["Ctrl+F9"]}}"#,
    );
    let start = fixture.start(Some(&fixture.set()));
    let builder = Harness::builder().with_size((1280.0, 720.0)).with_max_steps(64).allow_missing_glyphs();
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    begin(&mut window);
    assert_text(&mut window, "press Ctrl+F9 to accept the row");
}
