//! Feedback about judging: the effect of accepting before it, the report of each step with its
//! undo, the looks that are stored, the progress of the list and the daily goal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::time::Duration;

use crate::common::{
    Fixture, assert_no_text, assert_text, painted_text, run_and_settle, run_command, settle, wait_for, wait_until_gone,
};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

/// The stored looks of a line: the end of each tile's path, its scale and its time.
fn looks(fixture: &Fixture, line: i64) -> Vec<(String, f64, i64)> {
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let sql = "SELECT tile, scale, ms FROM looks JOIN samples ON key = sample WHERE line = ?1 ORDER BY tile";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([line], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn accept_says_what_it_will_confirm() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    window.run_steps(2);
    assert_text(&mut window, "Accept would confirm: positive relevant, all 3 negatives not relevant");
    run_and_settle(&mut window, "negative-2");
    assert_text(
        &mut window,
        "Accept would confirm: positive relevant, 2 of 3 negatives not relevant · already marked: 1 as relevant",
    );
}

#[test]
fn the_effect_of_accepting_is_never_cut() {
    let fixture = Fixture::for_reading_view(&Set::plain(10, 9));
    for size in [(1024.0, 640.0), (1280.0, 720.0), (1280.0, 800.0), (1600.0, 900.0)] {
        let mut window = fixture.window_of_size(Some(&fixture.set()), size);
        // With the queue open beside the tiles.
        if window.query_by_label("Search").is_none() {
            run_and_settle(&mut window, "queue");
        }
        let mut lines = Vec::new();
        let mut look = |window: &Harness<'_, App>| {
            let starts = ["Accept would", "Accept confirms", "Accepted; ", "Accepted and"];
            let is_effect = |text: &str| starts.iter().any(|start| text.starts_with(start));
            let line = painted_text(window).into_iter().find(|galley| is_effect(galley.text()));
            let line = line.unwrap_or_else(|| panic!("{size:?} should show the effect"));
            assert!(!line.elided, "{size:?}: {}", line.text());
            lines.push(line.text().to_owned());
        };
        look(&window);
        for word in
            ["negative-3", "tile-unsure", "pane-next", "negative-7", "accept", "previous", "toggle", "clear-verdict"]
        {
            run_and_settle(&mut window, word);
            look(&window);
        }
        let is_short = lines.iter().any(|line| line.starts_with("Accept confirms"));
        assert!(is_short || size.0 > 1024.0, "a narrow window has fewer words: {lines:?}");
    }
}

#[test]
fn each_step_is_reported_with_its_undo() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "Accepted train line 1");
    // What accepting the next row confirms is beside it, whole.
    let next = window.get_by_label("Accept would confirm: positive relevant, all 3 negatives not relevant").rect();
    assert!(next.left() > window.get_by_label("Accepted train line 1").rect().right(), "{next:?}");
    window.get_by_label("Undo the last step").click();
    settle(&mut window);
    assert!(fixture.rows().is_empty());
    assert_text(&mut window, "Undone: accepted, 4 tiles confirmed, train line 1");
    window.get_by_label("Redo the last step").click();
    settle(&mut window);
    assert_text(&mut window, "Redone: accepted, 4 tiles confirmed, train line 1");
    assert_eq!(fixture.verdicts().len(), 1);
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "look-again");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "Undone: flag added, train line 2");
    // It ends after some seconds, and the effect of accepting is back.
    wait_until_gone(&mut window, "Undone: flag added, train line 2");
    assert_text(&mut window, "Accept would confirm: positive relevant, all 3 negatives not relevant");
}

#[test]
fn report_ends_even_if_nothing_else_draws() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    // Frames since the report, such as those of tiles that were loaded, must not cancel its end.
    window.run_steps(10);
    assert_text(&mut window, "Accepted train line 1");
    let delay = window.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(delay <= Duration::from_secs(3), "{delay:?}");
}

#[test]
fn verdict_stores_scale_and_time_of_each_tile() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    window.run_steps(10);
    run_and_settle(&mut window, "reject");
    let looks = looks(&fixture, 1);
    assert_eq!(looks.len(), 4, "{looks:?}");
    assert!(looks.iter().all(|(_, scale, ms)| *scale > 0.4 && *ms > 0), "{looks:?}");
}

/// A row whose first negative is so large that it cannot be read when it is fitted to the window.
fn large() -> Fixture {
    let [positive, large, small] = [0, 1, 2].map(|chunk| tile(0, 10, chunk));
    let set = Set::new()
        .tile(&positive, &picture::png(60, 70, 10))
        .tile(&large, &picture::png(3000, 3000, 20))
        .tile(&small, &picture::png(60, 70, 30))
        .row("train", &Row::new("What is salt?", &positive).negatives(&[&large, &small]))
        .row("train", &Row::new("Where is the moon?", &small).negatives(&[&positive]));
    Fixture::new(&set)
}

#[test]
fn the_line_has_a_colour_only_where_accepting_needs_care() {
    let fixture = large();
    let mut window = fixture.window();
    let colour = |window: &Harness<'_, App>| {
        let line = painted_text(window).into_iter().find(|galley| galley.text().starts_with("Accept would confirm"));
        line.unwrap().job.sections[0].format.color
    };
    window.run_steps(2);
    let quiet = window.ctx.global_style().visuals.weak_text_color();
    assert_ne!(colour(&window), quiet, "a tile is too small");
    run_and_settle(&mut window, "next");
    window.run_steps(2);
    assert_eq!(colour(&window), quiet, "nothing is wrong");
}

#[test]
fn tile_too_small_to_read_is_not_inspected() {
    let fixture = large();
    let mut window = fixture.window();
    window.run_steps(2);
    assert_text(
        &mut window,
        "Accept would confirm: positive relevant, all 2 negatives not relevant, though negative 1 was too small to read",
    );
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "compare");
    // What was seen before in the grid is seen, too, and the line and the ring of a tile agree.
    for (tile, seen) in [("positive", "seen"), ("1", "too small to read"), ("2", "seen")] {
        assert_text(&mut window, &format!("Thumbnail {tile}: not judged, {seen}"));
    }
    run_and_settle(&mut window, "compare-next");
    run_and_settle(&mut window, "accept");
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let sql = "SELECT tile, confirmed_by FROM events WHERE field = 'relevance' ORDER BY tile";
    let mut statement = connection.prepare(sql).unwrap();
    let confirmed: Vec<(String, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let words: Vec<&str> = confirmed.iter().map(|(_, word)| word.as_str()).collect();
    assert_eq!(words, ["accept-inspected", "accept", "accept-inspected"], "it was compared, but could not be read");
    let looks = looks(&fixture, 1);
    assert!(looks[1].1 < 0.4 && looks[0].1 > 0.4, "{looks:?}");
}

#[test]
fn bar_counts_the_verdicts_of_the_list() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    assert_text(&mut window, "In this list: 0 accepted, 0 rejected, 0 unsure, 10 without a verdict");
    for word in ["accept", "reject", "accept", "unsure"] {
        run_and_settle(&mut window, word);
    }
    assert_text(&mut window, "In this list: 2 accepted, 1 rejected, 1 unsure, 6 without a verdict");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "In this list: 2 accepted, 1 rejected, 0 unsure, 7 without a verdict");
}

#[test]
fn daily_goal_counts_over_sessions() {
    let fixture = Fixture::plain();
    let settings = br#"{"look_at_pixels": false, "reading": "off", "daily_goal": 200, "overview_first": false}"#;
    put(&fixture.dir.path().join("config/settings.json"), settings);
    let mut window = fixture.window();
    assert_text(&mut window, "this session: 0 · 0 of 200 today");
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "this session: 1 · 1 of 200 today");
    drop(window);
    assert_text(&mut fixture.window(), "this session: 0 · 1 of 200 today");
}

#[test]
fn pace_is_stated_from_the_tenth_verdict_on() {
    let fixture = Fixture::new(&Set::plain(12, 1));
    let mut window = fixture.window();
    for _ in 0..9 {
        run_and_settle(&mut window, "accept");
    }
    assert_text(&mut window, "this session: 9");
    assert_no_text(&window, "per row");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "per row");
    run_command(&mut window, "session-counter");
}

#[test]
fn looks_come_back_with_their_row() {
    let fixture = Fixture::for_reading_view(&Set::plain(10, 3));
    let mut window = fixture.window();
    window.run_steps(2);
    assert_text(
        &mut window,
        "Accept would confirm: positive relevant, 1 of 3 negatives not relevant · negatives 2 and 3 not seen",
    );
    assert_text(&mut window, "Thumbnail 3: not judged, not seen");
    for _ in 0..2 {
        run_and_settle(&mut window, "next-tile");
        window.run_steps(2);
    }
    assert_text(&mut window, "Accept would confirm: positive relevant, all 3 negatives not relevant");
    assert_text(&mut window, "Thumbnail 3: not judged, seen");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "undo");
    wait_for(&mut window, "Accept would confirm: positive relevant, all 3 negatives not relevant");
    run_and_settle(&mut window, "next");
    window.run_steps(2);
    assert_text(
        &mut window,
        "Accept would confirm: positive relevant, 1 of 3 negatives not relevant · negatives 2 and 3 not seen",
    );
    run_and_settle(&mut window, "previous");
    window.run_steps(2);
    assert_text(&mut window, "Accept would confirm: positive relevant, all 3 negatives not relevant");
    run_and_settle(&mut window, "accept");
    assert_no_text(&window, "not confirmed");
    run_and_settle(&mut window, "previous");
    assert_text(&mut window, "Accepted and confirmed: positive relevant, all 3 negatives not relevant");
    // Also in a window that did not see it.
    let mut later = fixture.window();
    run_and_settle(&mut later, "first");
    assert_text(&mut later, "Thumbnail 3: Not relevant, seen");
    drop(later);
    run_and_settle(&mut window, "next");
    assert_eq!(fixture.rows().iter().filter(|row| row.2 == "relevance").count(), 4);
    // Of the next row, two negatives were not in a pane.
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "Accepted. Negatives 2 and 3 were not confirmed: not viewed.");
    run_and_settle(&mut window, "previous");
    let again = "Accepted; accepting again would confirm: negative 2 not relevant · negative 3 not seen";
    assert_no_text(&window, again);
    run_and_settle(&mut window, "next-tile");
    wait_for(&mut window, again);
}

#[test]
fn redo_counts_again_in_this_session() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    for word in ["accept", "accept", "undo"] {
        run_and_settle(&mut window, word);
    }
    assert_text(&mut window, "this session: 1");
    run_and_settle(&mut window, "redo");
    assert_text(&mut window, "this session: 2");
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "this session: 3");
}
