//! The export in the window: what would become of the rows is on show before anything is written, follows the options, and
//! leads to the rows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be had is a failed test")]

mod common;

use common::{Desk, give, give_and_settle, press, settle, shows, shows_not, wait_for};
use egui::Key;
use egui_kittest::kittest::Queryable as _;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

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
    window.get_by_label("Export").click();
    wait_for(&mut window, " Written");
    let out = desk.dir.path().join("set-clean");
    assert!(out.join("qrels/train.qrels").exists() && !out.join("train.jsonl").exists());
}

#[test]
fn copies_of_positives_have_a_line_and_a_choice_of_their_own() {
    let [positive, copy, other, another] = [0, 1, 2, 3].map(|chunk| tile(0, 1, chunk));
    let set = Set::new()
        .tile(&positive, &picture::png(60, 40, 1))
        .tile(&copy, &picture::png(60, 40, 1))
        .tile(&other, &picture::png(60, 40, 2))
        .tile(&another, &picture::png(60, 40, 3))
        .row("train", &Row::new("q", &positive).negatives(&[&copy, &other, &another]));
    let desk = Desk::new(&set);
    let mut window = desk.window();
    give(&mut window, "export");
    wait_for(&mut window, "Copy of the positive: 1 row, changed");
    window.get_by_label("Copies of positives").click();
    window.run_steps(4);
    window.get_by_label("are not looked for").click();
    window.run_steps(4);
    wait_for(&mut window, "Careful: copies of positives were not looked for");
    shows_not(&window, "Copy of the positive: 1 row, changed");
    shows(&window, "Nothing leaves and nothing changes");
}
