//! Merging sidecars in the window, and opening the dataset with the merged one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::path::{Path, PathBuf};

use crate::common::{Fixture, assert_no_text, assert_text, press, run_command, settle, step_until, wait_for};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_audit::Sidecar;
use tilejury_audit::audits::AuditPlan;
use tilejury_audit::progress::NoProgress;
use tilejury_audit::sidecar::merge_files;
use tilejury_testkit::Set;

/// Judges the first rows under a name, with a sidecar of that name beside the dataset.
fn judge_as(fixture: &Fixture, name: &str, keys: &[Key]) -> PathBuf {
    let sidecar = fixture.dir.path().join(format!("{name}.sqlite"));
    let mut window = fixture.window_with(name, &sidecar);
    for key in keys {
        press(&mut window, *key);
    }
    settle(&mut window);
    sidecar
}

/// Adds a sidecar from the folder that the dialog of files shows.
fn add(window: &mut Harness<'_, App>, name: &str) {
    window.get_by_label("Choose a sidecar to add").click();
    wait_for(window, "Add a sidecar (.sqlite)");
    // A file is marked by the first click on its name.
    window.get_all_by_label_contains(name).last().unwrap().click();
    window.run_steps(4);
    window.get_by_role_and_label(Role::Button, "Open").click();
    window.run_steps(4);
}

/// The number of files in the list.
fn listed(window: &Harness<'_, App>) -> usize {
    window.query_all_by_label_contains("Leave out ").count()
}

fn events_in(file: &Path) -> usize {
    Sidecar::open_for_reading(file).unwrap().unwrap().all_events().unwrap().len()
}

#[test]
fn two_annotators_are_merged_and_opened_together() {
    let fixture = Fixture::plain();
    let ben = judge_as(&fixture, "ben", &[Key::R, Key::A]);
    let ada = judge_as(&fixture, "ada", &[Key::A]);
    let before = [&ben, &ada].map(|file| std::fs::read(file).unwrap());
    let (by_ben, by_ada) = (events_in(&ben), events_in(&ada));

    let mut window = fixture.window_with("ada", &ada);
    run_command(&mut window, "merge");
    assert_text(&mut window, "Add the sidecar of another annotator.");
    window.key_press(Key::Enter);
    window.run_steps(4);
    assert_text(&mut window, "Add the sidecar of another annotator.");
    add(&mut window, "ben.sqlite");
    // Twice the same file is one. A typed name is beside the first file.
    let field = window.get_by_role_and_label(Role::TextInput, "Add");
    field.focus();
    window.run_steps(3);
    window.get_by_role_and_label(Role::TextInput, "Add").type_text("ben.sqlite");
    window.run_steps(3);
    window.key_press(Key::Enter);
    window.run_steps(4);
    assert_eq!(listed(&window), 2);
    let field = window.get_by_role_and_label(Role::TextInput, "New file");
    field.focus();
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_role_and_label(Role::TextInput, "New file").type_text("both.sqlite");
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Merge").click();
    wait_for(&mut window, "by 2 annotators.");
    assert_text(&mut window, "ada, ben");
    let both = fixture.dir.path().join("both.sqlite");
    assert_eq!(events_in(&both), by_ben + by_ada);
    assert_eq!([&ben, &ada].map(|file| std::fs::read(file).unwrap()), before, "the files stay as they are");

    // The dialog has grown by the result, and takes its place in the next frames.
    window.run_steps(8);
    window.get_by_role_and_label(Role::Button, "Open the dataset with it").click();
    // The window before has the same name and the same count: only its open files tell them apart.
    let in_use = fixture.dir.path().join("both.sqlite-wal");
    step_until(&mut window, "the merged sidecar", |_| in_use.exists());
    wait_for(&mut window, "Annotator: ada");
    settle(&mut window);
    assert_text(&mut window, "1 of 10 judged");
    window.get_by_label_contains("Annotator: ada").click();
    wait_for(&mut window, "ben — 2 rows judged");
    press(&mut window, Key::Escape);
    press(&mut window, Key::R);
    settle(&mut window);
    assert!(events_in(&both) > by_ben + by_ada, "new judgements go to the merged file");
    assert_eq!(events_in(&ada), by_ada);
}

#[test]
fn a_file_that_cannot_be_merged_is_named_at_once() {
    let fixture = Fixture::plain();
    let ada = judge_as(&fixture, "ada", &[Key::A]);
    judge_as(&fixture, "ben", &[Key::R, Key::A]);
    // A sidecar in which a third person only began an audit.
    let begun = fixture.dir.path().join("lead.sqlite");
    fixture.begin_audit(AuditPlan::new("spring", "7", 4));
    std::fs::rename(fixture.set().join("tilejury.sqlite"), &begun).unwrap();
    let other = Fixture::new(&Set::plain(3, 2));
    let other = judge_as(&other, "cy", &[Key::A]);
    let mut window = fixture.window_with("ada", &ada);
    run_command(&mut window, "merge");
    let type_file = |window: &mut Harness<'_, App>, file: &str| {
        window.get_by_role_and_label(Role::TextInput, "Add").focus();
        window.run_steps(3);
        window.get_by_role_and_label(Role::TextInput, "Add").type_text(file);
        window.run_steps(3);
        window.key_press(Key::Enter);
        window.run_steps(4);
    };
    type_file(&mut window, "gone.sqlite");
    wait_for(&mut window, "there is no such file");
    assert_text(&mut window, "Leave out the file that cannot be merged.");
    let leave_out = |window: &mut Harness<'_, App>, name: &str| {
        window
            .get_all_by_label_contains("Leave out ")
            .find(|node| node.accesskit_node().label().unwrap().contains(name))
            .unwrap()
            .click();
        window.run_steps(4);
    };
    leave_out(&mut window, "gone.sqlite");
    assert_no_text(&window, "there is no such file");
    type_file(&mut window, other.to_str().unwrap());
    wait_for(&mut window, "it belongs to another dataset");
    leave_out(&mut window, "cy.sqlite");
    // One that was recovered without the name of its dataset is not merged in the window either.
    let recovered = judge_as(&fixture, "dee", &[Key::A]);
    let nameless = "UPDATE meta SET value = '00000000000000000000000000000000' WHERE key = 'fingerprint'";
    assert_eq!(rusqlite::Connection::open(&recovered).unwrap().execute(nameless, []).unwrap(), 1);
    type_file(&mut window, "dee.sqlite");
    wait_for(&mut window, "dee.sqlite does not name the dataset of its judgements");
    leave_out(&mut window, "dee.sqlite");
    // What is in a file that can be merged is said, too.
    type_file(&mut window, "ben.sqlite");
    wait_for(&mut window, "by ben");
    type_file(&mut window, "lead.sqlite");
    let names_nobody = |window: &Harness<'_, App>| {
        let mut all = window.query_all_by_label_contains(" changes");
        all.any(|node| node.accesskit_node().value().is_some_and(|text| text.ends_with(" changes")))
    };
    step_until(&mut window, "the last file", names_nobody);
    assert_no_text(&window, "by lead");
    window.get_by_role_and_label(Role::Button, "Merge").click();
    // Nobody judged in the third file.
    wait_for(&mut window, "by 2 annotators.");
    assert_text(&mut window, "ada, ben");
}

#[test]
fn a_file_that_exists_is_not_replaced_by_a_merge() {
    let fixture = Fixture::plain();
    judge_as(&fixture, "ben", &[Key::R]);
    let ada = judge_as(&fixture, "ada", &[Key::A]);
    let taken = fixture.dir.path().join("taken.sqlite");
    std::fs::write(&taken, "something else").unwrap();
    let mut window = fixture.window_with("ada", &ada);
    run_command(&mut window, "merge");
    add(&mut window, "ben.sqlite");
    window.get_by_role_and_label(Role::TextInput, "New file").focus();
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_role_and_label(Role::TextInput, "New file").type_text("taken.sqlite");
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Merge").click();
    wait_for(&mut window, "Nothing was written.");
    assert_eq!(std::fs::read(&taken).unwrap(), b"something else");
    assert_eq!(listed(&window), 2, "the files are still in the list");
}

#[test]
fn answers_given_in_a_copy_are_known_in_the_merged_audit() {
    let fixture = Fixture::plain();
    let own = fixture.set().join("tilejury.sqlite");
    let [ada, ben] = ["ada", "ben"].map(|name| fixture.dir.path().join(format!("{name}.sqlite")));
    for file in [&ada, &ben] {
        fixture.begin_audit(AuditPlan::new("spring", "7", 10));
        std::fs::rename(&own, file).unwrap();
    }
    let enter = |window: &mut Harness<'_, App>| {
        run_command(window, "audits");
        press(window, Key::Enter);
        settle(window);
    };
    let mut window = fixture.window_with("ben", &ben);
    enter(&mut window);
    assert_text(&mut window, "10 to go");
    for _ in 0..3 {
        press(&mut window, Key::A);
        settle(&mut window);
    }
    assert_text(&mut window, "7 to go");
    drop(window);
    let both = fixture.dir.path().join("both.sqlite");
    merge_files(&[ada, ben], &both, &NoProgress).unwrap();
    let mut window = fixture.window_with("ben", &both);
    enter(&mut window);
    assert_text(&mut window, "7 to go");
    press(&mut window, Key::A);
    settle(&mut window);
    assert_text(&mut window, "6 to go");
    // What is undone there is the answer that was given last.
    run_command(&mut window, "undo");
    settle(&mut window);
    run_command(&mut window, "undo");
    settle(&mut window);
    assert_text(&mut window, "8 to go");
}
