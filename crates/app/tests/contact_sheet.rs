//! Contact sheets: suspicious pairs, decided by one key except what is left out, with one undo a
//! sheet.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, is_painted, press, run_and_settle, run_command, settle, step_until, wait_for,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const SUBJECTS: [&str; 8] = ["salt", "the moon", "glass", "tigers", "opera", "copper", "bridges", "comets"];

/// Two rows for each subject, with one query: the second has the first one's positive as its second
/// negative.
fn pairs() -> Fixture {
    let mut set = Set::new();
    for (at, subject) in (0_u32..).zip(SUBJECTS) {
        let tiles: Vec<String> = (0..5).map(|chunk| tile(0, 10 * at + chunk, 0)).collect();
        for (chunk, path) in (0_u32..).zip(&tiles) {
            set = set.tile(path, &picture::png(60, 70, (8 * at + chunk) as u8));
        }
        let query = format!("Who wrote about {subject}?");
        set = set.row("train", &Row::new(&query, &tiles[0]).negatives(&[&tiles[2]]));
        set = set.row("train", &Row::new(&query, &tiles[1]).negatives(&[&tiles[3], &tiles[0]]));
    }
    Fixture::new(&set)
}

/// Opens the sheet with six pairs to a sheet.
fn open(fixture: &Fixture) -> Harness<'static, App> {
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_command(&mut window, "contact-sheet");
    wait_for(&mut window, "sheet 1 · 8 pairs");
    run_command(&mut window, "zoom-out");
    wait_for(&mut window, "8 to a sheet");
    run_command(&mut window, "zoom-out");
    wait_for(&mut window, "sheet 1 · 6 pairs, at most 2 more");
    window
}

/// The stored marks: line, value, and whether it was made in bulk.
fn marks(fixture: &Fixture) -> Vec<(i64, String, i64)> {
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let sql =
        "SELECT line, value, bulk FROM current JOIN samples ON key = sample WHERE field = 'relevance' ORDER BY line";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect()
}

fn of(lines: &[i64], value: &str) -> Vec<(i64, String, i64)> {
    lines.iter().map(|line| (*line, value.to_owned(), 1)).collect()
}

#[test]
fn one_key_decides_a_sheet_except_what_is_left_out() {
    let fixture = pairs();
    let mut window = open(&fixture);
    assert_text(&mut window, "Pair 1: train line 2, negative 2: Who wrote about salt?");
    assert_text(&mut window, "One key for the whole sheet: X not relevant, Y relevant.");
    // The status bar has the place of the pair that keys act on.
    assert_text(&mut window, "2 of 16");
    run_and_settle(&mut window, "next-tile");
    assert_text(&mut window, "4 of 16");
    press(&mut window, Key::Num2);
    assert_text(&mut window, "Pair 2: train line 4, negative 2, left out");
    press(&mut window, Key::X);
    assert_text(&mut window, "Not relevant: 5 tiles");
    assert_eq!(marks(&fixture), of(&[2, 6, 8, 10, 12], "not_relevant"));
    assert_text(&mut window, "sheet 2 · 2 pairs");
    assert!(fixture.verdicts().is_empty(), "no row has a verdict");

    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "Undone: not relevant: 5 tiles");
    assert_text(&mut window, "sheet 1 · 6 pairs");
    assert_text(&mut window, "Pair 2: train line 4, negative 2, left out");
    assert!(marks(&fixture).is_empty(), "one undo for the sheet");
    run_and_settle(&mut window, "redo");
    assert_eq!(marks(&fixture), of(&[2, 6, 8, 10, 12], "not_relevant"));
    assert_text(&mut window, "sheet 2 · 2 pairs");
    press(&mut window, Key::Y);
    assert_eq!(marks(&fixture)[5..], of(&[14, 16], "relevant"));
    assert_text(&mut window, "No other row of this list has a suspicious negative without a mark.");
    // What was left out comes again.
    run_command(&mut window, "contact-sheet");
    run_command(&mut window, "contact-sheet");
    wait_for(&mut window, "Pair 1: train line 4, negative 2");
}

#[test]
fn the_rail_shows_the_row_that_keys_act_on() {
    let fixture = pairs();
    let mut window = open(&fixture);
    run_and_settle(&mut window, "contact-sheet");
    run_and_settle(&mut window, "reading-view");
    let place = |window: &mut Harness<'_, App>, place: &str| {
        window.get_by_label("Unfold the queue").hover();
        wait_for(window, &format!("{place} of 16; a click unfolds the queue"));
    };
    place(&mut window, "1");
    run_and_settle(&mut window, "contact-sheet");
    place(&mut window, "2");
    run_and_settle(&mut window, "next-tile");
    place(&mut window, "4");
}

#[test]
fn a_pair_of_a_judged_row_names_its_verdict_and_reasons() {
    let fixture = pairs();
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "reason-bad-query");
    run_command(&mut window, "contact-sheet");
    wait_for(&mut window, "Pair 1: train line 2, Rejected: bad query, negative 2");
    assert_text(&mut window, "Pair 2: train line 4, negative 2");
    settle(&mut window);
    assert!(is_painted(&window, "Rejected: bad query"));
}

#[test]
fn pairs_left_out_can_get_the_opposite_mark() {
    let fixture = pairs();
    let mut window = open(&fixture);
    window.get_by_label_contains("Pair 3: ").click();
    window.run_steps(3);
    assert_text(&mut window, "Pair 3: train line 6, negative 2, left out");
    run_and_settle(&mut window, "all-not-relevant");
    let mut expected = of(&[2, 4, 8, 10, 12], "not_relevant");
    expected.insert(2, (6, "relevant".to_owned(), 1));
    assert_eq!(marks(&fixture), expected);
}

#[test]
fn skipped_sheets_are_not_judged_and_come_back() {
    let fixture = pairs();
    let mut window = open(&fixture);
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "sheet 2 · 2 pairs");
    assert_text(&mut window, "Skipped: 6 pairs");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "sheet 1 · 6 pairs");
    assert!(marks(&fixture).is_empty());
}

#[test]
fn commands_for_one_row_do_nothing_on_the_sheet() {
    let fixture = pairs();
    let mut window = open(&fixture);
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "This is for a single row: F7 or Esc closes the contact sheet.");
    assert!(fixture.rows().is_empty());
    press(&mut window, Key::Escape);
    assert_no_text(&window, "sheet 1 · 6 pairs");
    run_and_settle(&mut window, "accept");
    assert_eq!(fixture.verdicts().len(), 1);
    settle(&mut window);
}

#[test]
fn sheet_follows_the_filter_and_the_signal() {
    let fixture = pairs();
    let mut window = open(&fixture);
    run_command(&mut window, "contact-sheet");
    run_command(&mut window, "search");
    crate::common::type_into(&mut window, "Search", "copper");
    wait_for(&mut window, "2 of 16 rows");
    press(&mut window, Key::Enter);
    run_command(&mut window, "contact-sheet");
    wait_for(&mut window, "sheet 1 · 1 pair");
    assert_text(&mut window, "Pair 1: train line 12, negative 2");
    // Also while it is open.
    run_command(&mut window, "show-all");
    wait_for(&mut window, "16 rows");
    wait_for(&mut window, "sheet 1 · 6 pairs");
    window.get_by_label("Signal of the pairs").click();
    window.run_steps(3);
    window.get_by_label("Positive in negatives").click();
    window.run_steps(3);
    wait_for(&mut window, "No other row of this list has a suspicious negative without a mark.");
}

#[test]
fn undo_on_the_sheet_reverts_only_sheets() {
    let fixture = pairs();
    let mut window = open(&fixture);
    press(&mut window, Key::X);
    assert_eq!(marks(&fixture).len(), 6);
    // A step that is not the sheet's: from the menu of a row in the queue.
    let rows = window.query_all_by_role_and_label(Role::ListItem, "Who wrote about the moon?");
    rows.min_by(|a, b| a.rect().top().total_cmp(&b.rect().top())).unwrap().click_secondary();
    window.run_steps(6);
    let reject = window.query_all_by_role_and_label(Role::Button, "Reject");
    reject.min_by(|a, b| a.rect().left().total_cmp(&b.rect().left())).unwrap().click();
    window.run_steps(4);
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 1);
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "No sheet is left to undo");
    assert_eq!((fixture.verdicts().len(), marks(&fixture).len()), (1, 6));
}

#[test]
fn lines_above_the_pairs_break_as_planned() {
    let fixture = pairs();
    for (width, height) in [(1024.0, 640.0), (1280.0, 800.0), (1600.0, 900.0), (3840.0, 2160.0)] {
        let mut window = fixture.window_of_size(Some(&fixture.set()), (width, height));
        step_until(&mut window, "the signals", |window| window.state().knows_findings());
        run_command(&mut window, "contact-sheet");
        wait_for(&mut window, "sheet 1 · ");
        let screen = window.ctx.content_rect();
        let middle = |name: &str| {
            let widget = window.get_by_label(name).rect();
            assert!(screen.contains_rect(widget), "{name} is at {widget:?} of {screen:?}");
            widget.center().y
        };
        let same = |names: &[&str]| {
            let all: Vec<f32> = names.iter().map(|name| middle(name)).collect();
            assert!(all.iter().all(|y| (y - all[0]).abs() < 2.0), "{width}: {names:?} are at {all:?}");
        };
        same(&["Contact sheet", "More pairs on a sheet", "Fewer pairs on a sheet"]);
        same(&["Signal of the pairs", "Sheet: Not relevant", "Sheet: Relevant", "Sheet: skip"]);
    }
}

#[test]
fn closing_the_sheet_shows_the_view_from_before() {
    let fixture = pairs();
    for begins_in_grid in [true, false] {
        let mut window = fixture.window();
        step_until(&mut window, "the signals", |window| window.state().knows_findings());
        if !begins_in_grid {
            run_and_settle(&mut window, "reading-view");
        }
        for close in [Key::F7, Key::Escape] {
            run_command(&mut window, "contact-sheet");
            wait_for(&mut window, "sheet 1 · 8 pairs");
            press(&mut window, close);
            assert_no_text(&window, "sheet 1 · 8 pairs");
            assert_eq!(window.query_by_label("Unfold the queue").is_none(), begins_in_grid);
            let thumbnails = window.query_all_by_label_contains("Thumbnail").count();
            assert_eq!(thumbnails == 0, begins_in_grid, "{thumbnails} thumbnails");
        }
    }
}
