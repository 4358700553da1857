//! The queue: the forms and orders of its rows, the selection and its bulk judgements, the menu of
//! a row, the findings of a check.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, type_into, wait_for,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

fn row<'h>(window: &'h Harness<'_, App>, query: &'h str) -> egui_kittest::Node<'h> {
    window.get_by_role_and_label(Role::ListItem, query)
}

/// Five rows; the fourth has its own positive among its negatives.
fn suspicious() -> Fixture {
    let mut set = Set::new();
    for at in 0..5 {
        let paths: Vec<String> = (0..3).map(|page| tile(0, 100 + 10 * at + page, 0)).collect();
        for path in &paths {
            set = set.tile(path, &picture::png(40, 50, at as u8));
        }
        let second = if at == 3 { &paths[0] } else { &paths[2] };
        set = set.row("train", &Row::new(&format!("question {at}"), &paths[0]).negatives(&[&paths[1], second]));
    }
    Fixture::new(&set)
}

fn sort_by_suspicion(window: &mut Harness<'_, App>) {
    step_until(window, "the signals", |window| window.query_all_by_label_contains("question").next().is_some());
    for _ in 0..200 {
        run_command(window, "suspicious-first");
        if window.query_all_by_label_contains("most suspicious first").next().is_some() {
            break;
        }
    }
    settle(window);
    assert_text(window, "most suspicious first");
}

#[test]
fn suspicious_first_goes_to_the_first_unjudged() {
    let fixture = suspicious();
    let mut window = fixture.window();
    sort_by_suspicion(&mut window);
    assert_text(&mut window, "train line 4");
    assert_text(&mut window, "no signal below");
    // Going on from the end wraps to the top.
    run_and_settle(&mut window, "last");
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "train line 4");
}

#[test]
fn order_and_filter_come_back_with_the_place() {
    let fixture = suspicious();
    let mut window = fixture.window();
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "neg:2 ");
    press(&mut window, Key::Enter);
    sort_by_suspicion(&mut window);
    step_until(&mut window, "the list to be stored", |_| fixture.config("window.json").contains("suspicion"));
    drop(window);
    let mut window = fixture.window();
    wait_for(&mut window, "most suspicious first");
    assert_eq!(window.get_by_role_and_label(Role::TextInput, "Search").value().as_deref(), Some("neg:2 "));
    assert_text(&mut window, "train line 4");
    step_until(&mut window, "the divider", |window| {
        window.query_all_by_label_contains("no signal below").next().is_some()
    });
}

#[test]
fn rows_are_sorted_by_a_key_and_back() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let choose = |window: &mut Harness<'_, App>, now: &str, next: &str| {
        window.get_by_label_contains(now).click();
        window.run_steps(4);
        window.get_by_role_and_label(Role::Button, next).click();
        window.run_steps(4);
        settle(window);
    };
    choose(&mut window, "file order", "queries from A to Z");
    wait_for(&mut window, "queries from A to Z");
    step_until(&mut window, "the order", |window| window.query_all_by_label_contains("1 of 10").next().is_some());
    choose(&mut window, "queries from A to Z", "queries from A to Z");
    wait_for(&mut window, "queries from Z to A");
    wait_for(&mut window, "10 of 10");
}

#[test]
fn the_form_of_rows_is_switched_and_remembered() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let height = |window: &Harness<'_, App>| row(window, "What is shown on page 1?").rect().height();
    let two_lines = height(&window);
    run_command(&mut window, "queue-rows");
    assert_text(&mut window, "Queue: thumbnails");
    settle(&mut window);
    run_command(&mut window, "queue-rows");
    assert_text(&mut window, "Queue: one line");
    settle(&mut window);
    assert!(height(&window) < two_lines);
    step_until(&mut window, "the form to be stored", |_| fixture.config("window.json").contains("one_line"));
}

#[test]
fn selected_rows_are_judged_in_one_step() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "extend-down");
    run_and_settle(&mut window, "extend-down");
    run_and_settle(&mut window, "extend-down");
    run_and_settle(&mut window, "extend-up");
    assert_text(&mut window, "3 rows selected · Esc");
    row(&window, "What is shown on page 5?").click_modifiers(Modifiers::COMMAND);
    window.run_steps(4);
    assert_text(&mut window, "4 rows selected · Esc");
    run_and_settle(&mut window, "reject");
    let rejected = [1, 2, 3, 6].map(|line| (line, "reject".to_owned()));
    assert_eq!(fixture.verdicts(), rejected);
    assert_text(&mut window, "train line 3");
    // The flag and tags, too; all in one step each.
    run_and_settle(&mut window, "look-again");
    assert_eq!(fixture.rows().iter().filter(|row| row.2 == "tags").count(), 4);
    run_and_settle(&mut window, "undo");
    run_and_settle(&mut window, "undo");
    assert!(fixture.verdicts().is_empty());
    press(&mut window, Key::Escape);
    assert_no_text(&window, "rows selected");
}

#[test]
fn a_reason_applies_to_all_selected_rows() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let reasons = || -> Vec<(i64, String)> {
        fixture.rows().into_iter().filter(|row| row.2 == "reasons").map(|row| (row.0, row.3)).collect()
    };
    run_and_settle(&mut window, "extend-down");
    run_and_settle(&mut window, "extend-down");
    run_and_settle(&mut window, "reason-bad-query");
    assert_text(&mut window, "None of the selected rows is rejected or unsure");
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "Rejected: 3 rows. Why?");
    run_and_settle(&mut window, "reason-bad-query");
    let bad = |lines: &[i64]| lines.iter().map(|line| (*line, "[\"bad_query\"]".to_owned())).collect::<Vec<_>>();
    assert_eq!(reasons(), bad(&[1, 2, 3]));
    run_and_settle(&mut window, "undo");
    assert!(reasons().is_empty(), "one undo reverts all");
    assert_eq!(fixture.verdicts().len(), 3);
    // By the strip, which is about the selected rows.
    window.get_by_role_and_label(Role::Button, "Bad query").click();
    window.run_steps(4);
    settle(&mut window);
    assert_eq!(reasons(), bad(&[1, 2, 3]));
    // All have it now: the same key removes it.
    run_and_settle(&mut window, "reason-bad-query");
    assert!(reasons().is_empty());
}

#[test]
fn the_menu_of_selected_rows_has_their_reasons() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "extend-down");
    run_and_settle(&mut window, "unsure");
    row(&window, "What is shown on page 1?").click_secondary();
    window.run_steps(6);
    window.get_by_role_and_label(Role::Button, "Reasons").click();
    window.run_steps(6);
    window.get_by_role_and_label(Role::Button, "Reason: Unanswerable").click();
    window.run_steps(6);
    settle(&mut window);
    let reasons = fixture.rows().into_iter().filter(|row| row.2 == "reasons" && row.3 == "[\"unanswerable\"]");
    assert_eq!(reasons.count(), 2);
}

#[test]
fn shift_click_selects_a_range_and_moving_on_ends_it() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    row(&window, "What is shown on page 3?").click_modifiers(Modifiers::SHIFT);
    window.run_steps(4);
    assert_text(&mut window, "4 rows selected · Esc");
    assert_text(&mut window, "train line 1");
    run_and_settle(&mut window, "next");
    assert_no_text(&window, "rows selected");
    run_and_settle(&mut window, "reject");
    assert_eq!(fixture.verdicts(), [(2, "reject".into())]);
}

#[test]
fn a_row_has_a_menu_to_judge_and_to_filter() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    row(&window, "What is shown on page 4?").click_secondary();
    window.run_steps(6);
    assert_text(&mut window, "Copy “train:5”");
    assert_text(&mut window, "Copy the row as JSON");
    window.get_by_label("Filter to rows with the same page").click();
    wait_for(&mut window, "1 of 10 rows");
    run_and_settle(&mut window, "show-all");
    row(&window, "What is shown on page 4?").click_secondary();
    window.run_steps(6);
    // The judge bar has a button of this name, too, further to the right.
    let unsure = window.query_all_by_role_and_label(Role::Button, "Unsure");
    unsure.min_by(|a, b| a.rect().left().total_cmp(&b.rect().left())).unwrap().click();
    window.run_steps(4);
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(5, "unsure".into())]);
}

#[test]
fn a_finding_opens_its_tile() {
    let tiles: Vec<String> = (0..4).map(|page| tile(0, page, 0)).collect();
    let set =
        tiles.iter().enumerate().fold(Set::new(), |set, (at, path)| set.tile(path, &picture::png(40, 40, at as u8)));
    let set = set
        .row("train", &Row::new("first", &tiles[0]).negatives(&[&tiles[1], &tiles[2], &tiles[1]]))
        .row("train", &Row::new("second", &tiles[3]).negatives(&[&tiles[2], &tiles[3]]));
    let fixture = Fixture::for_reading_view(&set);
    let mut window = fixture.window();
    run_command(&mut window, "check");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "2 findings");
    let panes = |window: &Harness<'_, App>| {
        let tiles = window.state().visible_tiles();
        tiles.iter().map(|tile| tile.place).collect::<Vec<_>>()
    };
    run_and_settle(&mut window, "next-finding");
    assert_eq!(panes(&window), [0, 3], "the repeated negative, not the first one");
    run_and_settle(&mut window, "next-finding");
    assert_eq!(panes(&window), [0, 2], "the positive among the negatives");
}

#[test]
fn check_findings_are_stepped_through_and_filtered() {
    let fixture = Fixture::with_missing_tiles();
    let mut window = fixture.window();
    run_command(&mut window, "next-finding");
    assert_text(&mut window, "No check has run since the dataset was opened");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "check:missing_tile ");
    wait_for(&mut window, "no check has run");
    assert_text(&mut window, "3 rows");
    press(&mut window, Key::Escape);
    run_command(&mut window, "check");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "findings");
    run_and_settle(&mut window, "next-finding");
    // The sentence is in the list, not over the query too.
    assert_text(&mut window, "Finding 1 of 3.");
    assert_text(&mut window, "Positive in negatives (1)");
    assert_text(&mut window, "among its own negatives (p. 1 · tile 0, chunk 0)");
    assert_text(&mut window, "Missing tile (2)");
    run_and_settle(&mut window, "next-finding");
    assert_text(&mut window, "train line 2");
    run_and_settle(&mut window, "previous-finding");
    assert_text(&mut window, "train line 1");
    run_and_settle(&mut window, "previous-finding");
    assert_text(&mut window, "train line 3");
    window.run_steps(8);
    window.get_by_label("Filter to missing tile").click();
    wait_for(&mut window, "2 of 3 rows");
    // A panel of the dock: it folds, is remembered, and stays closed once it was closed.
    window.get_by_label("Fold Check findings").click();
    window.run_steps(4);
    assert_no_text(&window, "Missing tile (2)");
    step_until(&mut window, "the panel to be stored", |_| fixture.config("window.json").contains("\"check\""));
    // No panel shows more than its name, so that the names are on a rail.
    window.get_by_label("Show Check findings").click();
    window.run_steps(4);
    window.get_by_label("Close Check findings").click();
    window.run_steps(4);
    run_and_settle(&mut window, "next-finding");
    assert_no_text(&window, "Missing tile (2)");
    // Another check opens it again.
    run_command(&mut window, "check");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "findings");
    run_and_settle(&mut window, "next-finding");
    assert_text(&mut window, "Missing tile (2)");
    drop(window);
    // In the next run it is folded until there is a check, and says so.
    let mut window = fixture.window();
    assert_text(&mut window, "Show Check findings: No check has run since the dataset was opened.");
}

/// Five rows whose tiles all differ, but for the second row: the third tile of that row has the
/// picture of its positive. The fourth has its own positive among its negatives.
fn with_a_copy() -> Fixture {
    let mut set = Set::new();
    for at in 0..5 {
        let paths: Vec<String> = (0..3).map(|page| tile(0, 100 + 10 * at + page, 0)).collect();
        for (seed, path) in (10 * at..).zip(&paths) {
            let seed = if seed == 12 { 10 } else { seed };
            set = set.tile(path, &picture::page(120, 140, seed, 0));
        }
        let second = if at == 3 { &paths[0] } else { &paths[2] };
        set = set.row("train", &Row::new(&format!("question {at}"), &paths[0]).negatives(&[&paths[1], second]));
    }
    Fixture::new(&set)
}

#[test]
fn list_is_sorted_again_when_a_scan_ends() {
    let fixture = with_a_copy();
    let mut window = fixture.window();
    sort_by_suspicion(&mut window);
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "last");
    assert_text(&mut window, "train line 5");
    assert_text(&mut window, "5 of 5");
    run_command(&mut window, "pixels");
    wait_for(&mut window, "Sorted again: the pixels of 14 tiles are known now.");
    settle(&mut window);
    // The current row stays, behind the judged one; all rows that are left come after it.
    assert_text(&mut window, "train line 5");
    assert_text(&mut window, "2 of 5");
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "train line 2");
}

#[test]
fn reopened_list_has_every_unjudged_row_ahead() {
    let fixture = suspicious();
    let mut window = fixture.window();
    sort_by_suspicion(&mut window);
    run_and_settle(&mut window, "last");
    assert_text(&mut window, "5 of 5");
    step_until(&mut window, "the list to be stored", |_| fixture.config("window.json").contains("suspicion"));
    crate::common::close(&mut window);
    drop(window);
    let mut window = fixture.window();
    wait_for(&mut window, "most suspicious first");
    wait_for(&mut window, "1 of 5");
    assert_text(&mut window, "train line 5");
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "train line 4");
}

#[test]
fn reopened_row_opens_at_its_most_suspicious_negative() {
    let fixture = suspicious();
    put(&fixture.dir.path().join("config/window.json"), br#"{"reading_view": true}"#);
    let panes = |window: &Harness<'_, App>| -> Vec<usize> {
        window.state().visible_tiles().iter().map(|tile| tile.place).collect()
    };
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_and_settle(&mut window, "suspicious-first");
    assert_eq!(panes(&window), [0, 2]);
    step_until(&mut window, "the list to be stored", |_| fixture.config("window.json").contains("suspicion"));
    crate::common::close(&mut window);
    drop(window);
    let mut window = fixture.window();
    assert_text(&mut window, "train line 4");
    step_until(&mut window, "the second negative", |window| panes(window) == [0, 2]);
}
