//! The panels beside the tiles: what they show, what they remember, and narrow windows.

#![allow(missing_docs, clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, is_painted, painted_text, press, run_and_settle, run_command, settle,
    wait_for, wait_until_gone,
};
use egui::{Key, OutputCommand};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::{App, VisibleTile};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

fn window_of(fixture: &Fixture, size: (f32, f32)) -> Harness<'static, App> {
    let start = fixture.start(Some(&fixture.set()));
    let builder = Harness::builder().with_size(size).with_max_steps(64);
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    window
}

/// Rows with further fields: links good and bad, scores, nested values.
fn with_fields() -> Fixture {
    let (positive, first, second) = (tile(0, 1, 0), tile(0, 2, 0), tile(0, 3, 0));
    let mut set = Set::new();
    for (at, path) in [&positive, &first, &second].into_iter().enumerate() {
        set = set.tile(path, &picture::png(40, 40, at as u8));
    }
    for (query, source) in [("first", "wiki"), ("second", "forum")] {
        let row = serde_json::json!({
            "query": query, "chunk_path": positive, "neg_chunk_paths": [first, second],
            "title": "What is HNSW", "source": source, "url": "https://example.org/a",
            "origin": "file:///etc/passwd", "neg_scores": [0.75, 0.5], "meta": {"depth": {"level": 7}},
        });
        set = set.line("train", &row.to_string());
    }
    Fixture::new(&set)
}

fn opened(window: &Harness<'_, App>) -> Vec<String> {
    let opens = |command: &OutputCommand| match command {
        OutputCommand::OpenUrl(open) => Some(open.url.clone()),
        _ => None,
    };
    window.output().platform_output.commands.iter().filter_map(opens).collect()
}

#[test]
fn row_fields_are_shown_and_become_filters() {
    let fixture = with_fields();
    let mut window = fixture.window();
    assert_no_text(&window, "wiki");
    run_command(&mut window, "row-fields");
    for text in ["wiki", "What is HNSW", "https://example.org/a", "level", "neg_scores", "0.75"] {
        assert_text(&mut window, text);
    }
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "forum");
    assert_no_text(&window, "wiki");
    window.get_by_label("Filter by title").click();
    settle(&mut window);
    let field = window.get_by_role_and_label(egui::accesskit::Role::TextInput, "Search").value().unwrap();
    assert_eq!(field, r#"title:"What is HNSW""#);
}

#[test]
fn only_links_to_the_web_open() {
    let fixture = with_fields();
    let mut window = fixture.window();
    run_command(&mut window, "row-fields");
    assert_text(&mut window, "file:///etc/passwd");
    assert!(window.query_by_label("Open file:///etc/passwd").is_none());
    window.get_by_label("Open https://example.org/a").click();
    let mut urls = Vec::new();
    for _ in 0..4 {
        window.step();
        urls.extend(opened(&window));
    }
    assert_eq!(urls, ["https://example.org/a"]);
}

#[test]
fn a_value_and_the_whole_row_can_be_copied() {
    let fixture = with_fields();
    let mut window = fixture.window();
    run_command(&mut window, "row-fields");
    let mut copy = |name: &str| {
        window.get_by_label(name).click();
        let mut texts = Vec::new();
        for _ in 0..4 {
            window.step();
            let commands = &window.output().platform_output.commands;
            texts.extend(commands.iter().filter_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            }));
        }
        texts.pop().unwrap()
    };
    assert_eq!(copy("Copy source"), "wiki");
    let row: serde_json::Value = serde_json::from_str(&copy("Copy the row as JSON")).unwrap();
    assert_eq!(row["title"], "What is HNSW");
}

#[test]
fn panels_are_remembered_with_their_order_and_folds() {
    let fixture = with_fields();
    let mut window = fixture.window();
    run_command(&mut window, "row-fields");
    run_command(&mut window, "history");
    window.get_by_label("Move History up").click();
    settle(&mut window);
    window.get_by_label("Fold Row fields").click();
    settle(&mut window);
    assert_no_text(&window, "wiki");
    drop(window);
    let mut window = fixture.window();
    let history = window.get_by_label("Fold History").rect();
    let fields = window.get_by_label("Unfold Row fields").rect();
    assert!(history.top() < fields.top());
    assert_text(&mut window, "Nothing judged yet.");
}

#[test]
fn judging_goes_on_beside_an_open_panel() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "history");
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "Accepted, ");
    assert_eq!(fixture.verdicts(), [(1, "accept".into()), (2, "reject".into())]);
    // The arrows are commands again after the first verdict.
    press(&mut window, Key::ArrowDown);
    assert_text(&mut window, "4 of 10");
}

#[test]
fn panel_lies_over_the_tiles_of_a_narrow_window() {
    let fixture = with_fields();
    for size in [(1024.0, 640.0), (640.0, 600.0)] {
        let mut window = window_of(&fixture, size);
        let before = window.state().visible_tiles();
        run_and_settle(&mut window, "row-fields");
        assert_text(&mut window, "wiki");
        let accept = window.get_by_label("Accept").rect();
        let panels = window.query_all_by_label("Open another panel").map(|node| node.rect());
        assert!(
            panels.into_iter().all(|panel| panel.bottom() <= accept.top()),
            "a panel is over the buttons: {size:?}"
        );
        // The tiles keep their room but for the rail, which was not there before.
        let tiles = window.state().visible_tiles();
        let least = |tiles: &[VisibleTile]| tiles.iter().map(|tile| tile.width_px).min().unwrap();
        assert!(least(&tiles) as f32 >= 0.85 * least(&before) as f32, "{size:?}");
        press(&mut window, Key::Escape);
        assert_no_text(&window, "wiki");
        window.get_by_label("Show Row fields").click();
        settle(&mut window);
        assert_text(&mut window, "wiki");
        run_and_settle(&mut window, "row-fields");
        assert!(window.query_by_label("Show Row fields").is_none());
    }
}

#[test]
fn a_narrow_window_keeps_the_queue_at_hand() {
    let fixture = Fixture::plain();
    let mut window = window_of(&fixture, (640.0, 600.0));
    assert!(window.query_by_label("Search").is_none());
    run_command(&mut window, "search");
    assert!(window.get_by_label("Search").is_focused());
    press(&mut window, Key::Escape);
    press(&mut window, Key::Escape);
    assert!(window.query_by_label("Search").is_none());
    run_and_settle(&mut window, "queue");
    assert!(window.query_by_label("Search").is_some());
}

/// Three rows that share a negative.
fn shared() -> Fixture {
    let negative = tile(0, 9, 0);
    let mut set = Set::new().tile(&negative, &picture::png(40, 40, 9));
    for at in 0..3 {
        let positive = tile(0, at, 0);
        set = set.tile(&positive, &picture::png(40, 40, at as u8));
        set = set.row("train", &Row::new(&format!("question {at}"), &positive).negatives(&[&negative]));
    }
    Fixture::new(&set)
}

#[test]
fn ticked_rows_are_marked_and_undone_at_once() {
    let fixture = shared();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next-tile");
    run_command(&mut window, "where-tile");
    wait_for(&mut window, "Filter to");
    assert_text(&mut window, "Rows with p. 9 · tile 0, chunk 0");
    assert_text(&mut window, "negative 1 · this row");
    assert_text(&mut window, "All rows");
    for line in [1, 3] {
        window.get_by_label(&format!("Tick train line {line}")).click();
        settle(&mut window);
    }
    window.get_by_label("Mark ticked rows: relevant").click();
    settle(&mut window);
    wait_for(&mut window, "Marked in 2 rows");
    let marks = || fixture.rows().into_iter().filter(|row| row.2 == "relevance").map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(marks(), [1, 3]);
    // A mark is its sign alone rather than a word that is cut.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "previous");
    assert!(painted_text(&window).iter().all(|galley| !(galley.elided && galley.text().contains("false"))));
    run_and_settle(&mut window, "undo");
    assert!(marks().is_empty());
}

#[test]
fn a_row_without_signals_folds_their_panel() {
    let mut set = Set::new();
    for (at, query) in ["melting point of salt", "who painted the night watch"].into_iter().enumerate() {
        let at = at as u32;
        let (positive, negative) = (tile(0, 2 * at, 0), tile(0, 2 * at + 1, 0));
        for (kind, path) in [&positive, &negative].into_iter().enumerate() {
            set = set.tile(path, &picture::page(200, 300, 2 * at + kind as u32, 0));
        }
        set = set.row("train", &Row::new(query, &positive).negatives(&[&negative]));
    }
    let fixture = Fixture::new(&set);
    let mut window = fixture.window();
    let width = |window: &Harness<'_, App>| window.state().visible_tiles()[0].width_px;
    let before = width(&window);
    run_command(&mut window, "inspector");
    wait_for(&mut window, "Show Signals: No signal");
    settle(&mut window);
    assert!(width(&window) as f32 > 0.9 * before as f32, "the tiles keep their size");
    // Who wants to read it unfolds it.
    window.get_by_label_contains("Show Signals").click();
    wait_for(&mut window, "The row can still be wrong");
    run_command(&mut window, "inspector");
    wait_until_gone(&mut window, "The row can still be wrong");
}

#[test]
fn a_reason_can_come_before_the_next_row() {
    let fixture = Fixture::plain();
    let settings = br#"{"look_at_pixels": false, "reading": "off", "reason_first": true, "overview_first": false}"#;
    tilejury_testkit::set::put(&fixture.dir.path().join("config/settings.json"), settings);
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "1 of 10");
    press(&mut window, Key::Q);
    assert_text(&mut window, "2 of 10");
    run_and_settle(&mut window, "unsure");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "3 of 10");
    // Without a question the same keys mark tiles.
    press(&mut window, Key::Q);
    let rows = fixture.rows();
    let fields: Vec<(i64, &str, &str)> = rows.iter().map(|row| (row.0, row.2.as_str(), row.3.as_str())).collect();
    assert_eq!(
        fields,
        [
            (1, "reasons", r#"["bad_query"]"#),
            (1, "verdict", "reject"),
            (2, "verdict", "unsure"),
            (3, "relevance", "unsure"),
        ]
    );
}

#[test]
fn the_strip_of_reasons_leaves_the_counts() {
    let fixture = Fixture::plain();
    for (width, scale) in [(1000.0, "1.0"), (1280.0, "1.2"), (1600.0, "2.0")] {
        let settings =
            format!(r#"{{"look_at_pixels": false, "reading": "off", "overview_first": false, "scale": {scale}}}"#);
        tilejury_testkit::set::put(&fixture.dir.path().join("config/settings.json"), settings.as_bytes());
        let mut window = window_of(&fixture, (width, 800.0));
        run_and_settle(&mut window, "first");
        run_and_settle(&mut window, "reject");
        assert_text(&mut window, "of 10 judged");
        assert_text(&mut window, "Why?");
        let screen = window.ctx.content_rect();
        for reason in ["Wrong positive", "Unreadable", "Other"] {
            let button = window.get_by_label(reason).rect();
            assert!(screen.contains_rect(button), "{reason} is at {button:?} of {screen:?}");
            let tiles = window.state().visible_tiles();
            assert!(tiles.iter().all(|tile| !tile.frame.intersects(button)), "{reason} is over a tile");
        }
        // It moves nothing: without it, the tiles are where they are with it.
        let top = |window: &Harness<'_, App>| window.state().visible_tiles()[0].frame.top();
        let with_strip = top(&window);
        press(&mut window, Key::Escape);
        assert_no_text(&window, "Why?");
        assert_eq!(top(&window), with_strip, "{width} at {scale}");
    }
}

#[test]
fn the_strip_of_reasons_names_its_row_and_its_keys() {
    let fixture = Fixture::plain();
    for width in [1280.0, 1440.0, 2000.0] {
        let mut window = window_of(&fixture, (width, 800.0));
        run_and_settle(&mut window, "first");
        run_and_settle(&mut window, "reject");
        assert_text(&mut window, "train line 2");
        assert!(is_painted(&window, "Rejected: train line 1. Why?"), "{width}");
        let painted: Vec<String> = painted_text(&window).iter().map(|galley| galley.text().to_owned()).collect();
        let has = |text: &str| painted.iter().any(|painted| painted == text);
        // What is held is named with every key, or once; then a letter is underlined in its label,
        // or beside it.
        let is_underlined = |text: &str| {
            let galleys = painted_text(&window).into_iter().filter(|galley| galley.text() == text);
            galleys.flat_map(|galley| galley.job.sections.clone()).any(|part| part.format.underline.width > 0.0)
        };
        let is_marked = is_painted(&window, "Why? Shift +") && is_underlined("Wrong positive") && has("X");
        let is_named = is_marked || has("⇧W") && has("⇧X") || has("Shift+W") && has("Shift+X");
        assert!(is_named && has("Esc"), "{width}: {painted:?}");
        assert!(is_painted(&window, "train line 2"), "{width}: the visible row is named, too");
        assert_text(&mut window, "Why? Shift+W wrong positive, Shift+Q bad query");
        window.get_by_label("Close the reasons").click();
        settle(&mut window);
        assert_no_text(&window, "Why?");
    }
}

#[test]
fn the_strip_of_reasons_ends_with_work_on_the_next_row() {
    for first in ["next-tile", "toggle", "negative-2"] {
        let fixture = Fixture::plain();
        let mut window = fixture.window();
        run_and_settle(&mut window, "reject");
        assert_text(&mut window, "Rejected: train line 1. Why?");
        run_and_settle(&mut window, "reason-bad-query");
        assert_text(&mut window, "Rejected: train line 1. Why?");
        run_and_settle(&mut window, first);
        assert_no_text(&window, "Why?");
        // A reason would be of this row now, which has no verdict.
        run_command(&mut window, "reason-duplicate");
        assert_text(&mut window, "Only a rejected or unsure row has reasons.");
        settle(&mut window);
    }
}

#[test]
fn the_text_panel_says_that_a_tile_is_not_read() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    // The tile itself says it, too.
    let times = |window: &Harness<'_, App>| window.query_all_by_label_contains("Not read.").count();
    let before = times(&window);
    run_and_settle(&mut window, "tile-text");
    assert_eq!(times(&window), before + 1);
    run_and_settle(&mut window, "tile-text");
    assert_eq!(times(&window), before);
}

#[test]
fn a_long_query_unfolds() {
    let positive = tile(0, 1, 0);
    let query = "a question of many words that go on and on ".repeat(40);
    let set = Set::new().tile(&positive, &picture::png(40, 400, 1)).row("train", &Row::new(&query, &positive));
    let fixture = Fixture::new(&set);
    let mut window = fixture.window();
    let top = |window: &Harness<'_, App>| window.state().visible_tiles()[0].frame.top();
    let folded = top(&window);
    run_and_settle(&mut window, "unfold-query");
    assert!(top(&window) > folded + 100.0);
    window.get_by_label("Fold the query").click();
    settle(&mut window);
    assert_eq!(top(&window), folded);
}
