//! The scoreboard of signals and its weights: the numbers shown, the order of the list, and the
//! reset.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, wait_for,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Line 1: a negative of the positive's page, 0.15 by default. Lines 2 to 6: one that scored nearly
/// as high as the positive, 0.21.
fn suspects() -> Fixture {
    let mut set = Set::new();
    for at in 0..6 {
        let (positive, page, alone) = (tile(0, at, 0), tile(0, at, 1), tile(0, 50 + at, 0));
        let negative = if at == 0 { &page } else { &alone };
        for (path, picture) in [(&positive, at), (negative, 100 + at)] {
            set = set.tile(path, &picture::png(40, 50, picture as u8));
        }
        let row = Row::new(&format!("question {at}"), &positive).negatives(&[negative]);
        let scored = |path: &str, score: f64| serde_json::json!({"rank": 1, "path": path, "score": score});
        let both = serde_json::json!([scored(&positive, 0.8), scored(negative, 0.765)]);
        set = set.row("train", &if at == 0 { row } else { row.field("retrieve_top20", both) });
    }
    Fixture::new(&set)
}

/// Opens the board once the signals are known.
fn open_board(window: &mut Harness<'_, App>) {
    run_command(window, "scoreboard");
    wait_for(window, "Default weight");
}

fn close(window: &mut Harness<'_, App>) {
    press(window, Key::Escape);
    assert_no_text(window, "Default weight");
}

#[test]
fn the_board_counts_judgements_and_lists_samples() {
    let fixture = suspects();
    let mut window = fixture.window();
    open_board(&mut window);
    assert_text(&mut window, "High score: 5 raised, 0 judged, 0 confirmed.");
    assert_text(&mut window, "Default weight 0.60, current weight 0.60.");
    assert_text(&mut window, "No findings: Positive in negatives");
    assert_text(&mut window, "The weights use all of these judgements.");
    close(&mut window);
    run_and_settle(&mut window, "negative-1");
    run_and_settle(&mut window, "suspicious-first");
    // The first one is the row with the mark: one that is right weighs more.
    run_and_settle(&mut window, "first");
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "accept");
    // That tile was merely visible; the next one is compared with its positive.
    run_and_settle(&mut window, "compare");
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "compare");
    open_board(&mut window);
    assert_text(
        &mut window,
        "Same page: 1 raised, 1 judged, 1 confirmed.\nRight in 100 % of those judged; 95 % interval 21 to 100 %.",
    );
    assert_text(&mut window, "Default weight 0.15, current weight 0.23.");
    assert_text(&mut window, "High score: 5 raised, 1 judged, 0 confirmed.");
    assert_text(&mut window, "Not judged: 1 about tiles merely visible when their rows were accepted.");
    assert_text(&mut window, "1 of those judged were shown because they were suspicious.");
    assert_text(&mut window, "shown because they were suspicious, strongest first");
    window.get_by_role_and_label(Role::Link, "High score").click();
    wait_for(&mut window, "5 of 6 rows");
    assert_no_text(&window, "Default weight");
    let field = window.get_by_role_and_label(Role::TextInput, "Search").value();
    assert_eq!(field.as_deref(), Some("signal:margin"));
}

/// Checks which line of the file is on top of the list.
fn first(window: &mut Harness<'_, App>, line: &str) {
    run_and_settle(window, "first");
    assert_text(window, line);
}

#[test]
fn the_list_follows_the_weights_on_request_until_a_reset() {
    let fixture = suspects();
    let mut window = fixture.window();
    open_board(&mut window);
    close(&mut window);
    run_and_settle(&mut window, "suspicious-first");
    first(&mut window, "train line 2");
    run_and_settle(&mut window, "auto-advance");
    // The high-scoring tile is compared and confirmed as not relevant, here and in the other rows.
    run_and_settle(&mut window, "compare");
    for _ in 0..5 {
        run_and_settle(&mut window, "accept");
        run_and_settle(&mut window, "next");
    }
    run_and_settle(&mut window, "compare");
    first(&mut window, "train line 2");
    run_and_settle(&mut window, "suspicious-first");
    run_and_settle(&mut window, "suspicious-first");
    first(&mut window, "train line 1");

    run_command(&mut window, "reset-weights");
    settle(&mut window);
    assert_text(&mut window, "Signals have their default weights again");
    first(&mut window, "train line 2");
    open_board(&mut window);
    assert_text(&mut window, "High score: 5 raised, 5 judged, 0 confirmed.");
    assert_text(&mut window, "Default weight 0.60, current weight 0.60, from 0 of 0 judged since the reset.");
    assert_text(&mut window, "they use 0 findings judged since.");
    step_until(&mut window, "the reset to be stored", |_| {
        fixture.config("window.json").contains("weights_reset\": {\n")
    });
    drop(window);

    // It applies after a restart, and can be undone.
    let mut window = fixture.window();
    open_board(&mut window);
    assert_text(&mut window, "current weight 0.60, from 0 of 0 judged since the reset.");
    window.get_by_label("Use all judgements again").click();
    wait_for(&mut window, "The weights use all of these judgements.");
    assert_text(&mut window, "Default weight 0.60, current weight 0.40.");
    step_until(&mut window, "that to be stored", |_| fixture.config("window.json").contains("\"weights_reset\": {}"));
    // Judgements after a reset count.
    close(&mut window);
    run_and_settle(&mut window, "reset-weights");
    run_and_settle(&mut window, "go-to");
    crate::common::type_into(&mut window, "Position in the list, or split:line, such as eval:3", "train:1");
    press(&mut window, Key::Enter);
    run_and_settle(&mut window, "negative-1");
    open_board(&mut window);
    assert_text(&mut window, "Default weight 0.15, current weight 0.23.");
    assert_text(&mut window, "they use 1 finding judged since.");
}

#[test]
fn a_reopened_list_keeps_its_order_and_weights() {
    let fixture = suspects();
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_and_settle(&mut window, "suspicious-first");
    first(&mut window, "train line 2");
    run_and_settle(&mut window, "auto-advance");
    // By these judgements another row would be the first one, if the list were sorted again.
    run_and_settle(&mut window, "compare");
    for _ in 0..5 {
        run_and_settle(&mut window, "accept");
        run_and_settle(&mut window, "next");
    }
    run_and_settle(&mut window, "compare");
    let order = |window: &mut Harness<'_, App>| {
        run_and_settle(window, "first");
        // The report of the last step names its row, too.
        crate::common::wait_until_gone(window, "Accepted train line");
        let mut lines = Vec::new();
        for _ in 0..6 {
            let text = |line: &usize| format!("train line {line}");
            let shows = |line: &usize| window.query_all_by_label_contains(&text(line)).next().is_some();
            lines.push((1..=6).find(shows).unwrap());
            run_and_settle(window, "next");
        }
        lines
    };
    let before = order(&mut window);
    assert_eq!(before.iter().sum::<usize>(), 21, "each line once: {before:?}");
    step_until(&mut window, "the order to be stored", |_| fixture.config("window.json").contains("\"weights\""));
    crate::common::close(&mut window);
    drop(window);
    let mut window = fixture.window();
    wait_for(&mut window, "most suspicious first");
    assert_eq!(order(&mut window), before);
    // Asked for, it is sorted by what was judged meanwhile.
    run_and_settle(&mut window, "suspicious-first");
    run_and_settle(&mut window, "suspicious-first");
    first(&mut window, "train line 1");
}
