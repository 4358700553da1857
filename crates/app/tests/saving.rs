//! The window's reports on saving, and that nothing is lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::path::Path;

use crate::common::{
    Fixture, assert_no_text, assert_text, close, press, run_and_settle, run_command, settle, step_until, wait_for,
};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::put;
use tilejury_testkit::{Row, Set};

/// Makes every insert fail, as a full disk would.
fn stop_saving(fixture: &Fixture) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let rule = "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no room'); END";
    connection.execute_batch(rule).unwrap();
    connection
}

fn events_in(file: &Path) -> i64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap()
}

/// Answers the dialog in the window: writes the name and presses its button.
fn save_as(window: &mut Harness<'_, App>, name: &str) {
    answer_dialog(window, "Save judgements as (a new file)", name);
}

fn answer_dialog(window: &mut Harness<'_, App>, title: &str, name: &str) {
    wait_for(window, title);
    let fields = window.get_all_by_role(egui::accesskit::Role::TextInput).count();
    let field = window.get_all_by_role(egui::accesskit::Role::TextInput).nth(fields - 1).unwrap();
    field.focus();
    window.run_steps(3);
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window.get_all_by_role(egui::accesskit::Role::TextInput).nth(fields - 1).unwrap().type_text(name);
    window.run_steps(3);
    window.get_by_label("Save").click();
    window.run_steps(4);
}

#[test]
fn saves_pending_judgements_in_another_file_and_closes() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    let connection = stop_saving(&fixture);
    window.key_press(Key::R);
    wait_for(&mut window, "1 not saved");
    wait_for(&mut window, "Alt+S saves them to another file");
    close(&mut window);
    step_until(&mut window, "the question", |window| window.query_by_label("Not everything is saved").is_some());
    // After a cancel, the question is asked again.
    window.get_by_label("Save judgements as…").click();
    wait_for(&mut window, "Save judgements as (a new file)");
    window.get_by_label("Cancel").click();
    window.run_steps(4);
    assert_text(&mut window, "train line 3");
    // The copy has the rule too, so only the pending changes are written.
    run_command(&mut window, "save-as");
    save_as(&mut window, "rescue.sqlite");
    wait_for(&mut window, "The unsaved judgements are in");
    let rescue = fixture.dir.path().join("rescue.sqlite");
    assert_eq!(events_in(&rescue), 1);
    assert_text(&mut window, "1 not saved");
    connection.execute_batch("DROP TRIGGER full").unwrap();
    settle(&mut window);
    wait_for(&mut window, "Everything is saved again.");
    run_command(&mut window, "save-as");
    save_as(&mut window, "rescue.sqlite");
    wait_for(&mut window, "already exists and is not overwritten");
    run_command(&mut window, "save-as");
    save_as(&mut window, "all.sqlite");
    wait_for(&mut window, "All judgements are also in");
    assert_eq!(events_in(&fixture.dir.path().join("all.sqlite")), 2);
}

#[test]
fn asks_on_quit_only_for_judgements_not_saved_elsewhere() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let _connection = stop_saving(&fixture);
    window.key_press(Key::R);
    wait_for(&mut window, "1 not saved");
    run_command(&mut window, "save-as");
    save_as(&mut window, "rescue.sqlite");
    wait_for(&mut window, "The unsaved judgements are in");
    run_command(&mut window, "close");
    wait_for(&mut window, "Recent");
    assert_no_text(&window, "Not everything is saved");
}

#[test]
fn each_opening_makes_a_backup() {
    let fixture = Fixture::plain();
    for _ in 0..3 {
        let mut window = fixture.window();
        press(&mut window, Key::R);
        run_command(&mut window, "close");
        wait_for(&mut window, "Recent");
        drop(window);
    }
    let backups = fixture.dir.path().join("data/backups");
    let folder = backups.read_dir().unwrap().next().unwrap().unwrap().path();
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.iter().map(|file| events_in(file)).collect::<Vec<_>>(), [1, 2], "nothing, one, two judgements");
}

#[test]
fn reports_a_failed_backup() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    drop(window);
    put(&fixture.dir.path().join("data/backups"), b"no folder");
    let mut window = fixture.window();
    wait_for(&mut window, "The judgements could not be backed up");
    press(&mut window, Key::R);
    assert_eq!(fixture.verdicts().len(), 2, "and judging goes on");
}

#[test]
fn judgements_whose_rows_are_gone_are_listed_and_kept() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    press(&mut window, Key::R);
    run_command(&mut window, "orphans");
    assert_text(&mut window, "No orphaned judgements");
    window.key_press(Key::Escape);
    settle(&mut window);
    drop(window);
    // The first row's query is edited, the second stays.
    let text = std::fs::read_to_string(fixture.set().join("train.jsonl")).unwrap();
    let rewrite = |text: &str| {
        for name in ["train.jsonl", "train_hn.jsonl"] {
            std::fs::write(fixture.set().join(name), text).unwrap();
        }
    };
    rewrite(&text.replacen("page 0?", "page zero?", 1));
    let mut window = fixture.window();
    wait_for(&mut window, "1 judged row is no longer in the dataset");
    run_command(&mut window, "orphans");
    assert_text(&mut window, "What is shown on page 0?");
    assert_text(&mut window, "Rejected");
    assert_eq!(fixture.verdicts().len(), 2, "both are kept");
    window.key_press(Key::Escape);
    settle(&mut window);
    drop(window);
    rewrite(&text);
    let window = fixture.window();
    assert_no_text(&window, "no longer in the dataset");
}

#[test]
fn a_sidecar_of_another_dataset_is_refused_for_another_file() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    drop(window);
    let usual = fixture.set().join("tilejury.sqlite");
    let before = std::fs::read(&usual).unwrap();
    let other = ["the first question", "the second question"].map(|query| Row::new(query, "images/x.png"));
    std::fs::remove_file(fixture.set().join("train.jsonl")).unwrap();
    let _ = std::fs::remove_file(fixture.set().join("train_hn.jsonl"));
    other.iter().fold(Set::new(), |set, row| set.row("train", row)).write(&fixture.set());

    // Nothing can be judged with it. Its name can be chosen again, and is refused again.
    let refused = || fixture.window_opening(Some(&fixture.set()), (1400.0, 900.0));
    let mut window = refused();
    wait_for(&mut window, "belong to another dataset");
    assert_text(&mut window, "its only judged row is not in it. Nothing was changed.");
    assert_text(&mut window, "The judgements in ");
    window.key_press(Key::A);
    window.run_steps(4);
    window.get_by_label("Choose its sidecar…").click();
    wait_for(&mut window, "The sidecar of this dataset (.sqlite)");
    window.key_press(Key::Escape);
    window.run_steps(4);
    // A new file is used instead.
    window.get_by_label("Begin a new sidecar…").click();
    answer_dialog(&mut window, "Begin a sidecar (a new file)", "new.sqlite");
    wait_for(&mut window, "the first question");
    settle(&mut window);
    press(&mut window, Key::R);
    assert!(events_in(&fixture.dir.path().join("new.sqlite")) > 0);
    drop(window);
    assert!(std::fs::read(&usual).unwrap() == before, "the file of the other dataset is left as it is");

    // That file was chosen for this window only. The next one can have it by name.
    let mut window = refused();
    wait_for(&mut window, "belong to another dataset");
    window.get_by_label("Choose its sidecar…").click();
    wait_for(&mut window, "The sidecar of this dataset (.sqlite)");
    window.get_all_by_label_contains("new.sqlite").last().unwrap().click();
    window.run_steps(4);
    window.get_by_role_and_label(egui::accesskit::Role::Button, "Open").click();
    wait_for(&mut window, "1 of 2 judged");
}

#[test]
fn reports_a_clock_set_back_and_keeps_the_order() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    drop(window);
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    connection.execute_batch("DROP TRIGGER events_stay; UPDATE events SET at = '2999-01-01T00:00:00.000Z'").unwrap();
    drop(connection);
    let mut window = fixture.window();
    wait_for(&mut window, "The system clock is earlier than your last judgement");
    press(&mut window, Key::Home);
    press(&mut window, Key::A);
    assert_eq!(fixture.verdicts(), [(1, "accept".into())], "the last judgement counts, whatever the clock");
    drop(window);
    let mut window = fixture.window();
    press(&mut window, Key::Z);
    assert_eq!(fixture.verdicts(), [(1, "reject".into())], "and is undone first");
}

#[test]
fn a_damaged_sidecar_is_refused_with_the_way_out() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    run_command(&mut window, "close");
    wait_for(&mut window, "Recent");
    drop(window);
    let mut window = fixture.window();
    run_command(&mut window, "close");
    wait_for(&mut window, "Recent");
    drop(window);
    let file = fixture.set().join("tilejury.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[5000..9000].fill(0x5a);
    std::fs::write(&file, &bytes).unwrap();
    let mut window = Harness::builder()
        .with_size((1400.0, 900.0))
        .with_max_steps(64)
        .build_eframe(|cc| App::new(&cc.egui_ctx, fixture.start(Some(&fixture.set()))).unwrap());
    wait_for(&mut window, "is damaged");
    assert_text(&mut window, "tilejury recover");
    assert_text(&mut window, "Its last backup is");
    window.get_by_label("Copy the message").click();
    window.run_steps(2);
    assert!(std::fs::read(&file).unwrap() == bytes, "it is left as it is");
}

#[test]
fn reports_an_earlier_crash_once() {
    let fixture = Fixture::plain();
    put(&fixture.dir.path().join("state/crash-2025-01-02T03-04-05.000Z.txt"), b"it broke");
    let mut window = fixture.window();
    wait_for(&mut window, "stopped unexpectedly last time");
    assert_text(&mut window, "Nothing was sent");
    run_command(&mut window, "close");
    wait_for(&mut window, "Recent");
    drop(window);
    let window = fixture.window();
    assert_no_text(&window, "stopped unexpectedly");
}

#[test]
fn reports_a_sidecar_deleted_or_replaced_while_open() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    for name in ["tilejury.sqlite", "tilejury.sqlite-wal", "tilejury.sqlite-shm"] {
        let _ = std::fs::remove_file(fixture.set().join(name));
    }
    press(&mut window, Key::R);
    wait_for(&mut window, "had disappeared. It was written again");
    assert_eq!(fixture.verdicts().len(), 2);
    let file = fixture.set().join("tilejury.sqlite");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "somebody else's").unwrap();
    window.key_press(Key::R);
    wait_for(&mut window, "another file has taken its name");
    wait_for(&mut window, "1 not saved");
    std::fs::remove_file(&file).unwrap();
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 3);
    run_and_settle(&mut window, "messages");
    assert_text(&mut window, "another file has taken its name");
}
