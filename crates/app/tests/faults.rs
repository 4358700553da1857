//! Disks and folders that fail under the window: its reports, and that every judgement is kept.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "an error fails the test")]

use std::path::Path;

use crate::common::disk::{SmallDisk, can_mount, chmod, is_ordinary};
use crate::common::{Fixture, assert_text, press, run_command, settle, step_until, wait_for};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::Set;

fn verdicts_in(sidecar: &Path) -> i64 {
    let connection = rusqlite::Connection::open(sidecar).unwrap();
    let sql = "SELECT count(*) FROM current WHERE field = 'verdict'";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn is_stuck(window: &Harness<'_, App>) -> bool {
    window.query_all_by_label_contains("not saved").next().is_some()
}

#[test]
fn a_full_disk_loses_nothing() {
    if !can_mount("faults::a_full_disk_loses_nothing") {
        return;
    }
    let fixture = Fixture::plain();
    let disk = SmallDisk::mount(&fixture.set(), 2048);
    Set::plain(10, 3).write(&fixture.set());
    let mut window = fixture.window();
    press(&mut window, Key::R);
    let ballast = disk.fill();
    // The existing pages of the log may hold some more.
    let mut judged = 1;
    while !is_stuck(&window) {
        assert!(judged < 300, "a full disk takes everything");
        window.key_press([Key::R, Key::U][judged % 2]);
        window.key_press(Key::J);
        window.run_steps(4);
        std::thread::sleep(std::time::Duration::from_millis(10));
        judged += 1;
    }
    wait_for(&mut window, "the disk is full; make room on it");
    window.key_press(Key::N);
    window.run_steps(3);
    window
        .get(egui_kittest::kittest::By::new().role(egui::accesskit::Role::TextInput).label_contains("Note on"))
        .type_text("written on a full disk");
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(4);
    std::fs::remove_file(ballast).unwrap();
    settle(&mut window);
    wait_for(&mut window, "Everything is saved again.");
    assert!(fixture.rows().iter().any(|row| row.3 == "written on a full disk"));
    drop(window);
    let window = fixture.window();
    assert_eq!(fixture.verdicts().len() as i64, verdicts_in(&fixture.set().join("tilejury.sqlite")));
    drop(window);
    drop(disk);
}

#[test]
fn opening_on_a_full_disk_reports_it() {
    if !can_mount("faults::opening_on_a_full_disk_reports_it") {
        return;
    }
    let fixture = Fixture::plain();
    let disk = SmallDisk::mount(&fixture.set(), 1024);
    Set::plain(10, 3).write(&fixture.set());
    disk.fill();
    let mut window = Harness::builder()
        .with_size((1400.0, 900.0))
        .with_max_steps(64)
        .build_eframe(|cc| App::new(&cc.egui_ctx, fixture.start(Some(&fixture.set()))).unwrap());
    wait_for(&mut window, "could not be opened");
    assert_text(&mut window, "the disk is full; make room on it");
    drop(window);
    drop(disk);
}

#[test]
fn a_read_only_disk_leaves_judgements_in_the_data_folder() {
    if !can_mount("faults::a_read_only_disk_leaves_judgements_in_the_data_folder") {
        return;
    }
    let fixture = Fixture::plain();
    let disk = SmallDisk::mount(&fixture.set(), 4096);
    Set::plain(10, 3).write(&fixture.set());
    disk.make_read_only();
    let mut window = fixture.window();
    wait_for(&mut window, "The dataset's folder cannot be written: judgements are kept in");
    press(&mut window, Key::R);
    let kept: Vec<_> =
        fixture.dir.path().join("data/sidecars").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    let sidecar = kept.iter().find(|file| file.extension().is_some_and(|ending| ending == "sqlite")).unwrap();
    assert_eq!(verdicts_in(sidecar), 1);
    drop(window);
    drop(disk);
}

#[test]
fn a_locked_folder_leaves_judgements_in_the_data_folder() {
    if !is_ordinary("faults::a_locked_folder_leaves_judgements_in_the_data_folder") {
        return;
    }
    let fixture = Fixture::plain();
    chmod(&fixture.set(), 0o555);
    let mut window = fixture.window();
    wait_for(&mut window, "The dataset's folder cannot be written: judgements are kept in");
    press(&mut window, Key::R);
    assert!(!fixture.set().join("tilejury.sqlite").exists());
    drop(window);
    chmod(&fixture.set(), 0o755);
    let mut window = fixture.window();
    wait_for(&mut window, "judgements stay in");
    press(&mut window, Key::Z);
    assert_text(&mut window, "train line 1");
}

#[test]
fn reports_a_removed_permission_and_loses_nothing() {
    if !is_ordinary("faults::reports_a_removed_permission_and_loses_nothing") {
        return;
    }
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    chmod(&fixture.set(), 0o000);
    window.key_press(Key::R);
    wait_for(&mut window, "1 not saved");
    wait_for(&mut window, "Permission denied");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::W);
    step_until(&mut window, "the question", |window| window.query_by_label("Not everything is saved").is_some());
    window.key_press(Key::Escape);
    window.run_steps(4);
    chmod(&fixture.set(), 0o755);
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 2);
}

#[test]
fn reports_a_locked_file_and_writes_it_when_free() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    let other = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    window.key_press(Key::R);
    wait_for(&mut window, "another program has it locked");
    assert_text(&mut window, "1 not saved");
    other.execute_batch("ROLLBACK").unwrap();
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 2);
}

#[test]
fn reports_a_disk_without_shared_memory_and_judges_on_it() {
    let fixture = Fixture::plain();
    // A folder under the name of the shared memory cannot be mapped, as on some network disks.
    std::fs::create_dir(fixture.set().join("tilejury.sqlite-shm")).unwrap();
    let mut window = fixture.window();
    wait_for(&mut window, "does not let programs share memory");
    press(&mut window, Key::R);
    drop(window);
    let mode = || {
        let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
        connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0)).unwrap()
    };
    assert_eq!(mode(), "delete");
    assert_eq!(fixture.verdicts().len(), 1);
    // A file that was written on another disk has the flag of a log.
    std::fs::remove_dir(fixture.set().join("tilejury.sqlite-shm")).unwrap();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    drop(window);
    assert_eq!(mode(), "wal");
    std::fs::create_dir(fixture.set().join("tilejury.sqlite-shm")).unwrap();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    drop(window);
    assert_eq!((mode().as_str(), fixture.verdicts().len()), ("delete", 3));
}

#[test]
fn two_windows_on_one_set_lose_nothing_and_follow_each_other() {
    let fixture = Fixture::plain();
    let mut left = fixture.window();
    let mut right = fixture.window();
    press(&mut left, Key::R);
    press(&mut right, Key::J);
    press(&mut right, Key::U);
    // The message that replaces the tally disappears with the next sample.
    press(&mut left, Key::J);
    press(&mut right, Key::J);
    let judged = |window: &Harness<'_, App>| window.query_all_by_label_contains("2 of 10 judged").next().is_some();
    step_until(&mut left, "the other's judgement", judged);
    step_until(&mut right, "the other's judgement", judged);
    run_command(&mut left, "close");
    wait_for(&mut left, "Recent");
    assert_eq!(fixture.verdicts(), [(1, "reject".into()), (2, "unsure".into())]);
}
