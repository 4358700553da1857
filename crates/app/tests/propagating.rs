//! Propagation of a mark to other rows with the same tile: the offer, its key, and one undo for all
//! rows.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, type_into, wait_for,
};
use egui::Key;
use egui_kittest::kittest::Queryable as _;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Five rows. The first negative of line 1 is in line 2 in another spelling for the same query, in
/// line 3 for a near query, and in line 4 for another. Line 5 has line 1's positive among its
/// negatives, for the same query.
fn five_rows() -> Fixture {
    let shared = tile(0, 100, 0);
    let absolute = format!("/mined/kiwix_tiles/{}", shared.strip_prefix("images/").unwrap());
    let own: Vec<[String; 2]> = (0..5).map(|row| [tile(0, 200 + row, 0), tile(1, 300 + row, 0)]).collect();
    let mut set = Set::new().tile(&shared, &picture::png(50, 60, 1));
    for (at, [positive, negative]) in own.iter().enumerate() {
        set = set
            .tile(positive, &picture::png(50, 60, 10 + at as u8))
            .tile(negative, &picture::png(50, 60, 30 + at as u8));
    }
    let rows = [
        ("What is table salt made of?", &shared),
        ("what is TABLE salt made of", &absolute),
        ("What is salt made of?", &shared),
        ("Who wrote Hamlet in London", &shared),
        ("What is table salt made of!", &own[0][0]),
    ];
    for ((query, first), [positive, second]) in rows.into_iter().zip(&own) {
        set = set.row("train", &Row::new(query, positive).negatives(&[first, second]));
    }
    Fixture::new(&set)
}

/// Returns the marks of the shared tile: line and value.
fn said(fixture: &Fixture) -> Vec<(i64, String)> {
    let rows = fixture.rows().into_iter().filter(|row| row.1.contains("100.png.tiles"));
    rows.map(|row| (row.0, row.3)).collect()
}

/// Returns the number of propagated events in the sidecar.
fn carried(fixture: &Fixture) -> i64 {
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let sql = "SELECT count(*) FROM events WHERE propagated_from IS NOT NULL AND undoes IS NULL";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

const BOTH: &str = "Negative 1 is in 1 more row of this query and 1 of a near one";

#[test]
fn offers_a_mark_for_other_rows_and_undoes_it_in_one_step() {
    let fixture = five_rows();
    let mut window = fixture.window();
    run_command(&mut window, "propagate");
    assert_text(&mut window, "There is no mark to apply to other rows.");
    run_and_settle(&mut window, "negative-1");
    assert_text(&mut window, BOTH);
    assert_text(&mut window, "Mark it relevant there too");
    // Other messages do not remove the offer.
    run_command(&mut window, "keep-zoom");
    assert_text(&mut window, "Keep the zoom");
    assert_text(&mut window, BOTH);
    run_and_settle(&mut window, "propagate");
    assert_text(&mut window, "Marked in 2 more rows.");
    assert_no_text(&window, "Negative 1 is in");
    let relevant = |lines: &[i64]| lines.iter().map(|line| (*line, "relevant".to_owned())).collect::<Vec<_>>();
    assert_eq!(said(&fixture), relevant(&[1, 2, 3]));
    assert_eq!(carried(&fixture), 2);
    assert_text(&mut window, "train line 1");
    run_command(&mut window, "history");
    assert_text(&mut window, "Applied to 2 rows: relevant");
    press(&mut window, Key::Escape);

    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "Marks undone in 2 rows.");
    assert_text(&mut window, "train line 1");
    assert_eq!(said(&fixture), relevant(&[1]));
    assert_no_text(&window, "Negative 1 is in");
    run_and_settle(&mut window, "redo");
    assert_text(&mut window, "Marks redone in 2 rows.");
    assert_eq!(said(&fixture), relevant(&[1, 2, 3]));
    // After a restart, too.
    drop(window);
    let mut window = fixture.window();
    run_and_settle(&mut window, "undo");
    assert_eq!(said(&fixture), relevant(&[1]));
}

#[test]
fn the_offer_names_its_rows_and_leads_to_them() {
    let fixture = five_rows();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "broken");
    // The nearest queries come first.
    let left = |line: &str| window.get_by_label(line).rect().left();
    assert!(left("train line 2") < left("train line 3") && left("train line 3") < left("train line 4"));
    assert_no_text(&window, "and 1 more");
    window.get_by_label("train line 3").hover();
    wait_for(&mut window, "A near query asks the same in other words");
    assert_text(&mut window, "which has a near query");
    window.get_by_label("train line 3").click();
    settle(&mut window);
    assert_text(&mut window, "3 of 5");
    wait_for(&mut window, "train line 1: negative 1 is in 1 more row of its query");
}

#[test]
fn an_accept_offers_all_it_confirmed_and_the_offer_goes_along() {
    let fixture = five_rows();
    let mut window = fixture.window();
    run_and_settle(&mut window, "negative-1");
    run_and_settle(&mut window, "accept");
    // Marks set before the verdict are still offered, together with those that it confirmed.
    assert_text(&mut window, "train line 2");
    let line = "train line 1: 2 tiles are in 2 more rows of its query and 1 of a near one";
    wait_for(&mut window, line);
    run_and_settle(&mut window, "next");
    wait_for(&mut window, line);
    window.get_by_label("Mark them relevant there too").click();
    settle(&mut window);
    wait_for(&mut window, "Marked in 3 more rows.");
    assert_text(&mut window, "train line 3");
    let all: Vec<_> = [1, 2, 3].map(|line| (line, "relevant".to_owned())).to_vec();
    assert_eq!(said(&fixture), all);
    let positive = fixture.rows().into_iter().filter(|row| row.1.contains("200.png.tiles")).map(|row| (row.0, row.3));
    assert_eq!(positive.collect::<Vec<_>>(), [(1, "relevant".to_owned()), (5, "relevant".to_owned())]);
}

#[test]
fn keeps_and_counts_marks_that_differ() {
    let fixture = five_rows();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "negative-1");
    run_and_settle(&mut window, "first");
    wait_for(&mut window, "train line 2: negative 1 is in 1 more row of its query and 1 of a near one");
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "not-relevant");
    wait_for(&mut window, "Negative 1 is in 1 more row of a near query (1 is marked otherwise and stays)");
    run_and_settle(&mut window, "propagate");
    let words = ["not_relevant", "relevant", "not_relevant"].map(str::to_owned);
    assert_eq!(said(&fixture), (1..).zip(words).collect::<Vec<_>>());
}

#[test]
fn a_broken_tile_is_offered_for_every_query() {
    let fixture = five_rows();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "broken");
    wait_for(&mut window, "Negative 1 is in 1 more row of this query, 1 of a near one and 1 of another query");
    run_and_settle(&mut window, "propagate");
    let broken = [1, 2, 3, 4].map(|line| (line, "broken".to_owned()));
    assert_eq!(said(&fixture), broken);
}

#[test]
fn a_list_filtered_by_judgements_follows() {
    let fixture = five_rows();
    let mut window = fixture.window();
    run_and_settle(&mut window, "negative-1");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "fn:>0 ");
    wait_for(&mut window, "1 of 5 rows");
    press(&mut window, Key::Enter);
    run_and_settle(&mut window, "propagate");
    wait_for(&mut window, "3 of 5 rows");
    run_and_settle(&mut window, "undo");
    wait_for(&mut window, "1 of 5 rows");
}

#[test]
fn offers_nothing_without_matching_rows() {
    let fixture = five_rows();
    let mut window = fixture.window();
    run_and_settle(&mut window, "negative-2");
    assert_no_text(&window, "more row");
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "previous-tile");
    run_and_settle(&mut window, "tile-unsure");
    assert_no_text(&window, "more row");
    run_and_settle(&mut window, "reject");
    assert_no_text(&window, "more row");
}

#[test]
fn dismisses_an_offer_by_key_button_or_undo() {
    let fixture = five_rows();
    let mut window = fixture.window();
    run_and_settle(&mut window, "negative-1");
    assert_text(&mut window, BOTH);
    // The comparison takes the key first.
    run_and_settle(&mut window, "compare");
    press(&mut window, Key::Escape);
    assert_text(&mut window, BOTH);
    press(&mut window, Key::Escape);
    assert_no_text(&window, "Negative 1 is in");
    // The same mark is not offered again; another one is.
    run_and_settle(&mut window, "clear-mark");
    run_and_settle(&mut window, "relevant");
    assert_no_text(&window, "Negative 1 is in");
    run_and_settle(&mut window, "not-relevant");
    assert_text(&mut window, "Mark it not relevant there too");
    window.get_by_label("Dismiss").click();
    settle(&mut window);
    assert_no_text(&window, "Negative 1 is in");
    run_and_settle(&mut window, "broken");
    wait_for(&mut window, "Mark it broken there too");
    run_and_settle(&mut window, "undo");
    assert_no_text(&window, "Negative 1 is in");
    run_command(&mut window, "propagate");
    assert_text(&mut window, "There is no mark to apply to other rows.");
    assert_eq!(carried(&fixture), 0);
}
