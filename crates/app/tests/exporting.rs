//! The export in the window: what would become of the rows is on show before anything is written, follows the options, and
//! leads to the rows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be had is a failed test")]

mod common;

use common::{Desk, give, give_and_settle, press, settle, shows, shows_not, step_until, wait_for};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::app::App;

/// Waits until the preview is of the options that are chosen, and presses the button.
fn press_export(window: &mut Harness<'_, App>) {
    step_until(window, "the preview", |window| window.query_by_label("Export").is_some());
    window.get_by_label("Export").click();
    window.run_steps(3);
}

#[test]
fn export_waits_for_the_preview_of_its_options() {
    let desk = Desk::plain();
    let mut window = desk.window();
    give(&mut window, "export");
    wait_for(&mut window, "the export is the set as it is");
    let tiles = |window: &Harness<'_, App>| window.get_by_role_and_label(Role::ComboBox, "Tiles").value().unwrap();
    assert_eq!(tiles(&window), "must be there");
    // Other options: the button is dead in the very frame that shows them, until they are worked out.
    window.get_by_label("Parquet with images").click();
    window.step();
    window.step();
    let mut waited = false;
    for _ in 0..200 {
        match window.query_by_label("Export") {
            Some(_) => break,
            None => waited = true,
        }
        shows(&window, "Working out…");
        shows_not(&window, "would be written");
        press(&mut window, Key::Enter);
        window.step();
    }
    assert!(waited, "the button waits for the preview");
    assert!(!desk.dir.path().join("set-clean").exists(), "nothing was written meanwhile");
    // What the format overrules is said where it was chosen.
    assert_eq!(tiles(&window), "must be there and readable (Parquet needs it)");
    press_export(&mut window);
    wait_for(&mut window, " Written");
}

#[test]
fn judgements_made_elsewhere_make_the_preview_stale() {
    let desk = Desk::plain();
    let mut window = desk.window();
    give_and_settle(&mut window, "accept");
    give(&mut window, "export");
    wait_for(&mut window, "10 kept as they are");
    let dataset = std::sync::Arc::new(tilejury_data::Dataset::open(&desk.set()).unwrap());
    let mut sidecar = tilejury_audit::Sidecar::open(&desk.set().join("tilejury.sqlite"), dataset.fingerprint).unwrap();
    let mut other = tilejury_audit::AuditSession::new(dataset.clone(), "bob", &[]);
    let rejected = tilejury_audit::Action::Verdict(4, Some(tilejury_audit::Verdict::Reject));
    let events = other.apply(rejected, tilejury_audit::now()).events;
    let record = tilejury_audit::sidecar::SampleRecord::of(&dataset, 4).unwrap();
    sidecar.append(&events, &[record], None).unwrap();
    // The window hears of it by itself; whoever is quicker is told.
    window.get_by_label("Export").click();
    step_until(&mut window, "the preview of all judgements", |window| {
        window.query_all_by_label_contains("9 kept as they are").next().is_some()
    });
    press_export(&mut window);
    wait_for(&mut window, " Written");
    let rows = std::fs::read_to_string(desk.dir.path().join("set-clean/train.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 9);
}

#[test]
fn what_would_become_of_the_rows_is_on_show_before_anything_is_written() {
    let desk = Desk::plain();
    let mut window = desk.window();
    give_and_settle(&mut window, "reject");
    press(&mut window, Key::Num1);
    give(&mut window, "export");
    wait_for(&mut window, "8 kept as they are");
    for text in ["1 changed", "1 left out", "Rejected: 1 row, left out", "False negative: 1 row, changed"] {
        shows(&window, text);
    }
    shows(&window, "pads none of the 9 rows");
    assert!(!desk.dir.path().join("set-clean").exists());
    assert!(!desk.set().join("export_manifest.json").exists());

    window.get_by_label("False negatives").click();
    window.run_steps(4);
    window.get_by_label("take their rows with them").click();
    window.run_steps(4);
    wait_for(&mut window, "Has false negative: 1 row, left out");
    shows(&window, "2 left out");
    press(&mut window, Key::Escape);
    give(&mut window, "export");
    wait_for(&mut window, "Has false negative: 1 row, left out");
}

#[test]
fn a_row_that_would_leave_can_be_opened_from_there() {
    let desk = Desk::plain();
    let mut window = desk.window();
    give_and_settle(&mut window, "next");
    give_and_settle(&mut window, "reject");
    give_and_settle(&mut window, "last");
    give(&mut window, "export");
    wait_for(&mut window, "Rejected: 1 row, left out");
    window.get_by_label("Rejected: 1 row, left out").click();
    window.run_steps(12);
    window.get_by_label("train line 2").click();
    window.run_steps(3);
    settle(&mut window);
    shows_not(&window, "Export a cleaned copy");
    shows(&window, "2 of 10");
}

#[test]
fn an_export_needs_a_format_or_pictures() {
    let desk = Desk::plain();
    let mut window = desk.window();
    give(&mut window, "export");
    wait_for(&mut window, "the export is the set as it is");
    window.get_by_label("JSONL, the set's own layout").click();
    window.run_steps(4);
    shows(&window, "Choose at least one format, or pictures.");
    window.get_by_label("TREC qrels").click();
    window.run_steps(4);
    shows_not(&window, "Choose at least one format, or pictures.");
    press_export(&mut window);
    wait_for(&mut window, " Written");
    let out = desk.dir.path().join("set-clean");
    assert!(out.join("qrels/train.qrels").exists() && !out.join("train.jsonl").exists());
}
