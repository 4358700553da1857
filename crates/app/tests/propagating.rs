//! Propagation of a mark to other rows with the same tile: the offer, its key, and one undo for all
//! rows.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

mod common;

use common::{Desk, give, give_and_settle, press, settle, shows, shows_not, type_into, wait_for};
use egui::Key;
use egui_kittest::kittest::Queryable as _;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Five rows. The first negative of line 1 is in line 2 in another spelling for the same query, in
/// line 3 for a near query, and in line 4 for another. Line 5 has line 1's positive among its
/// negatives, for the same query.
fn five_rows() -> Desk {
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
    Desk::new(&set)
}

/// Returns the marks of the shared tile: line and value.
fn said(desk: &Desk) -> Vec<(i64, String)> {
    let rows = desk.rows().into_iter().filter(|row| row.1.contains("100.png.tiles"));
    rows.map(|row| (row.0, row.3)).collect()
}

/// Returns the number of propagated events in the sidecar.
fn carried(desk: &Desk) -> i64 {
    let connection = rusqlite::Connection::open(desk.set().join("tilejury.sqlite")).unwrap();
    let sql = "SELECT count(*) FROM events WHERE propagated_from IS NOT NULL AND undoes IS NULL";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

const BOTH: &str = "Negative 1 is in 1 more row of this query and 1 of a near one";

#[test]
fn offers_a_mark_for_other_rows_and_undoes_it_in_one_step() {
    let desk = five_rows();
    let mut window = desk.window();
    give(&mut window, "propagate");
    shows(&window, "There is no mark to apply to other rows.");
    give_and_settle(&mut window, "negative-1");
    shows(&window, BOTH);
    shows(&window, "Mark it relevant there too");
    // Other messages do not remove the offer.
    give(&mut window, "keep-zoom");
    shows(&window, "Keep the zoom");
    shows(&window, BOTH);
    give_and_settle(&mut window, "propagate");
    shows(&window, "Marked in 2 more rows.");
    shows_not(&window, "Negative 1 is in");
    let relevant = |lines: &[i64]| lines.iter().map(|line| (*line, "relevant".to_owned())).collect::<Vec<_>>();
    assert_eq!(said(&desk), relevant(&[1, 2, 3]));
    assert_eq!(carried(&desk), 2);
    shows(&window, "train line 1");
    give(&mut window, "history");
    shows(&window, "Applied to 2 rows: relevant");
    press(&mut window, Key::Escape);

    give_and_settle(&mut window, "undo");
    shows(&window, "Undone in 2 rows.");
    shows(&window, "train line 1");
    assert_eq!(said(&desk), relevant(&[1]));
    shows_not(&window, "Negative 1 is in");
    give_and_settle(&mut window, "redo");
    shows(&window, "Redone in 2 rows.");
    assert_eq!(said(&desk), relevant(&[1, 2, 3]));
    // After a restart, too.
    drop(window);
    let mut window = desk.window();
    give_and_settle(&mut window, "undo");
    assert_eq!(said(&desk), relevant(&[1]));
}

#[test]
fn an_accept_offers_all_it_confirmed_and_the_offer_goes_along() {
    let desk = five_rows();
    let mut window = desk.window();
    give_and_settle(&mut window, "negative-1");
    give_and_settle(&mut window, "accept");
    // Marks set before the verdict are still offered, together with those that it confirmed.
    shows(&window, "train line 2");
    let line = "train line 1: 2 tiles are in 2 more rows of its query and 1 of a near one";
    shows(&window, line);
    give_and_settle(&mut window, "next");
    shows(&window, line);
    window.get_by_label("Mark them relevant there too").click();
    settle(&mut window);
    wait_for(&mut window, "Marked in 3 more rows.");
    shows(&window, "train line 3");
    let all: Vec<_> = [1, 2, 3].map(|line| (line, "relevant".to_owned())).to_vec();
    assert_eq!(said(&desk), all);
    let positive = desk.rows().into_iter().filter(|row| row.1.contains("200.png.tiles")).map(|row| (row.0, row.3));
    assert_eq!(positive.collect::<Vec<_>>(), [(1, "relevant".to_owned()), (5, "relevant".to_owned())]);
}

#[test]
fn keeps_and_counts_marks_that_differ() {
    let desk = five_rows();
    let mut window = desk.window();
    give_and_settle(&mut window, "next");
    give_and_settle(&mut window, "negative-1");
    give_and_settle(&mut window, "first");
    shows(&window, "train line 2: negative 1 is in 1 more row of its query and 1 of a near one");
    give_and_settle(&mut window, "next-tile");
    give_and_settle(&mut window, "not-relevant");
    shows(&window, "Negative 1 is in 1 more row of a near query (1 is marked otherwise and stays)");
    give_and_settle(&mut window, "propagate");
    let words = ["not_relevant", "relevant", "not_relevant"].map(str::to_owned);
    assert_eq!(said(&desk), (1..).zip(words).collect::<Vec<_>>());
}

#[test]
fn a_broken_tile_is_offered_for_every_query() {
    let desk = five_rows();
    let mut window = desk.window();
    give_and_settle(&mut window, "next-tile");
    give_and_settle(&mut window, "broken");
    shows(&window, "Negative 1 is in 1 more row of this query, 1 of a near one and 1 of another query");
    give_and_settle(&mut window, "propagate");
    let broken = [1, 2, 3, 4].map(|line| (line, "broken".to_owned()));
    assert_eq!(said(&desk), broken);
}

#[test]
fn a_list_filtered_by_judgements_follows() {
    let desk = five_rows();
    let mut window = desk.window();
    give_and_settle(&mut window, "negative-1");
    give(&mut window, "search");
    type_into(&mut window, "Search", "fn:>0 ");
    wait_for(&mut window, "1 of 5 samples");
    press(&mut window, Key::Enter);
    give_and_settle(&mut window, "propagate");
    wait_for(&mut window, "3 of 5 samples");
    give_and_settle(&mut window, "undo");
    wait_for(&mut window, "1 of 5 samples");
}

#[test]
fn offers_nothing_without_matching_rows() {
    let desk = five_rows();
    let mut window = desk.window();
    give_and_settle(&mut window, "negative-2");
    shows_not(&window, "more row");
    give_and_settle(&mut window, "next-tile");
    give_and_settle(&mut window, "previous-tile");
    give_and_settle(&mut window, "tile-unsure");
    shows_not(&window, "more row");
    give_and_settle(&mut window, "reject");
    shows_not(&window, "more row");
}

#[test]
fn dismisses_an_offer_by_key_button_or_undo() {
    let desk = five_rows();
    let mut window = desk.window();
    give_and_settle(&mut window, "negative-1");
    shows(&window, BOTH);
    // The comparison takes the key first.
    give_and_settle(&mut window, "compare");
    press(&mut window, Key::Escape);
    shows(&window, BOTH);
    press(&mut window, Key::Escape);
    shows_not(&window, "Negative 1 is in");
    // The same mark is not offered again; another one is.
    give_and_settle(&mut window, "clear-mark");
    give_and_settle(&mut window, "relevant");
    shows_not(&window, "Negative 1 is in");
    give_and_settle(&mut window, "not-relevant");
    shows(&window, "Mark it not relevant there too");
    window.get_by_label("Dismiss").click();
    settle(&mut window);
    shows_not(&window, "Negative 1 is in");
    give_and_settle(&mut window, "broken");
    wait_for(&mut window, "Mark it broken there too");
    give_and_settle(&mut window, "undo");
    shows_not(&window, "Negative 1 is in");
    give(&mut window, "propagate");
    shows(&window, "There is no mark to apply to other rows.");
    assert_eq!(carried(&desk), 0);
}
