//! Similar tiles and queries: copies and near queries are listed, a click opens what it names, and
//! the groups of the whole set are there, too.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, wait_for};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Three rows: the second has almost the query of the first, and its positive shows the picture of
/// the first one's positive.
fn set() -> Set {
    let tiles: Vec<String> = (0..6).map(|page| tile(0, page, 0)).collect();
    let mut set = Set::new();
    for (at, path) in tiles.iter().enumerate() {
        let seed = if at == 2 { 0 } else { at as u32 };
        set = set.tile(path, &picture::page(120, 140, seed, 0));
    }
    set.row("train", &Row::new("When was salt first mined in Wieliczka?", &tiles[0]).negatives(&[&tiles[1]]))
        .row("train", &Row::new("When was salt first mned in Wieliczka?", &tiles[2]).negatives(&[&tiles[3]]))
        .row("train", &Row::new("How long is the Trans-Siberian railway?", &tiles[4]).negatives(&[&tiles[5]]))
}

/// Waits for the end of the pixel scan.
fn wait_for_scan(window: &mut Harness<'_, App>) {
    run_command(window, "messages");
    wait_for(window, "Scan of tiles: ");
    press(window, Key::Escape);
}

#[test]
fn lists_copies_and_near_queries_and_opens_their_rows() {
    let fixture = Fixture::with_usual_settings(&set());
    let mut window = fixture.window();
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "first");
    wait_for_scan(&mut window);
    run_command(&mut window, "similar");
    wait_for(&mut window, "1 tile like it");
    assert_text(&mut window, "Like the positive");
    wait_for(&mut window, "positive of train line 2");
    assert_text(&mut window, "Found 1: p. 0 · tile 0, chunk 0, this row's positive");
    assert_text(&mut window, ": This tile");
    assert_eq!(window.state().visible_tiles().len(), 1, "the positive is not beside itself");
    assert_text(&mut window, "The same file");
    wait_for(&mut window, "1 row with this query or a near one");
    assert_text(&mut window, "train line 2, rejected: When was salt first mned in Wieliczka?");
    assert_no_text(&window, "train line 3, ");
    // A click on the row goes to it.
    window.get_by_label_contains("train line 2, reject").click();
    window.run_steps(3);
    settle(&mut window);
    assert_text(&mut window, "train line 2");
    assert_no_text(&window, "Like the positive");
}

#[test]
fn groups_of_the_set_open_as_tiles() {
    let fixture = Fixture::with_usual_settings(&set());
    let mut window = fixture.window();
    wait_for_scan(&mut window);
    run_and_settle(&mut window, "last");
    run_command(&mut window, "similar");
    wait_for(&mut window, "No other tile is like it");
    wait_for(&mut window, "No other row has this query or a near one.");
    window.get_by_label("Groups of the set").click();
    wait_for(&mut window, "1 group of tiles that are alike");
    assert_text(&mut window, "1 group of queries that are alike");
    assert_text(&mut window, "2 rows: When was salt first m");
    window.get_by_label_contains("Group 1: 2 tiles").click();
    wait_for(&mut window, "1 tile like it");
    wait_for(&mut window, "Go to train line 1");
    run_and_settle(&mut window, "found-next");
    wait_for(&mut window, "Go to train line 2");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "1 tile like it");
    assert_text(&mut window, "train line 3");
}

#[test]
fn alike_rows_and_tiles_are_judged_at_once_with_one_undo() {
    // The tile 1 is a negative of both queries, in the second row as a copy.
    let tiles: Vec<String> = (0..4).map(|page| tile(0, page, 0)).collect();
    let seeds = [0, 1, 2, 1];
    let mut set = Set::new();
    for (path, seed) in tiles.iter().zip(seeds) {
        set = set.tile(path, &picture::page(120, 140, seed, 0));
    }
    let set = set
        .row("train", &Row::new("When was salt first mined in Wieliczka?", &tiles[0]).negatives(&[&tiles[1]]))
        .row("train", &Row::new("When was salt first mned in Wieliczka?", &tiles[2]).negatives(&[&tiles[3]]))
        .row("train", &Row::new("How long is the Trans-Siberian railway?", &tiles[2]).negatives(&[&tiles[1]]));
    let fixture = Fixture::with_usual_settings(&set);
    let mut window = fixture.window();
    wait_for_scan(&mut window);
    run_command(&mut window, "next-tile");
    run_command(&mut window, "similar");
    wait_for(&mut window, "2 negatives of such queries");
    let marks = |fixture: &Fixture| {
        fixture.rows().into_iter().filter(|row| row.2 == "relevance").map(|row| row.0).collect::<Vec<_>>()
    };
    // The chosen tile is visible twice, in two sizes: settled all the same.
    settle(&mut window);
    window.get_by_label("All relevant").click();
    window.run_steps(3);
    settle(&mut window);
    // Not in the row of another query.
    assert_eq!(marks(&fixture), [1, 2]);
    run_and_settle(&mut window, "undo");
    assert!(marks(&fixture).is_empty());
    wait_for(&mut window, "Reject all");
    window.get_by_label("Reject all").click();
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(2, "reject".to_owned())]);
    run_and_settle(&mut window, "undo");
    assert!(fixture.verdicts().is_empty());
}

#[test]
fn without_a_scan_the_list_says_that_nothing_was_compared() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_command(&mut window, "similar");
    wait_for(&mut window, "0 of 5 were compared");
    run_and_settle(&mut window, "similar");
    assert_no_text(&window, "were compared");
}
