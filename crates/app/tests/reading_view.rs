//! The reading view: how large its panes are, where they open, what comes after a mark, and how
//! many keys a row takes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "an error fails the test")]

use crate::common::{Fixture, assert_no_text, assert_text, run_and_settle, run_command, settle, step_until, texts};
use egui::{Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::{App, VisibleTile};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// The size of the tiles in published datasets.
pub(crate) const SIZE: [u32; 2] = [875, 1024];
/// The scale at which the text of a tile can be read.
const READABLE: f32 = 0.7;

/// The passage of every tile: a line as wide as the column of a page.
const LINE: &str = "The salt mine was opened in the spring of 1821 by a company that had dug for coal";

/// Rows of large tiles; the text of each is stored if they are read.
pub(crate) struct Rows {
    pub(crate) fixture: Fixture,
}

/// The height at which the passage of a tile is, in its pixels.
pub(crate) fn passage_of(place: usize) -> u32 {
    [700, 60, 480, 950, 300, 820, 150, 600, 400, 900][place % 10]
}

pub(crate) fn rows(rows: u32, negatives: u32, is_read: bool) -> Rows {
    let (mut set, mut readings) = (Set::new(), Vec::new());
    for row in 0..rows {
        let paths: Vec<String> = (0..=negatives).map(|chunk| tile(0, 100 + row, chunk)).collect();
        for (place, path) in paths.iter().enumerate() {
            let bytes = picture::page(SIZE[0], SIZE[1], row, place as u32 * 1024);
            let line = (passage_of(place), LINE);
            readings.push(texts::reading(path, &bytes, &[line]));
            set = set.tile(path, &bytes);
        }
        let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
        set = set.row("train", &Row::new("When was the salt mine opened?", &paths[0]).negatives(&negatives));
    }
    let fixture = Fixture::for_reading_view(&set);
    if is_read {
        texts::store(&fixture.set(), &readings);
    }
    Rows { fixture }
}

impl Rows {
    pub(crate) fn window(&self) -> Harness<'static, App> {
        self.fixture.window_of_size(Some(&self.fixture.set()), (1280.0, 800.0))
    }
}

pub(crate) fn tiles(window: &Harness<'_, App>) -> Vec<VisibleTile> {
    window.state().visible_tiles()
}

pub(crate) fn places(window: &Harness<'_, App>) -> Vec<usize> {
    tiles(window).iter().map(|tile| tile.place).collect()
}

pub(crate) fn part(window: &Harness<'_, App>, place: usize) -> Rect {
    tiles(window).into_iter().find(|tile| tile.place == place).unwrap().part
}

pub(crate) fn scale(tile: &VisibleTile) -> f32 {
    tile.width_px as f32 / SIZE[0] as f32
}

/// Whether the passage of a tile can be read in the window.
pub(crate) fn is_readable(tile: &VisibleTile) -> bool {
    let height = passage_of(tile.place) as f32;
    let spots = [(40.0, height), (760.0, height + 14.0)];
    scale(tile) >= READABLE
        && spots.iter().all(|(x, y)| tile.part.contains(Pos2::new(x / SIZE[0] as f32, y / SIZE[1] as f32)))
}

#[test]
fn two_panes_are_readable_in_a_small_window() {
    for negatives in [1, 2, 4, 9] {
        let rows = rows(1, negatives, true);
        let mut window = rows.window();
        for place in 1..=negatives as usize {
            assert_eq!(places(&window), [0, place], "{negatives} negatives");
            for tile in tiles(&window) {
                assert!(scale(&tile) >= READABLE, "{negatives} negatives: {}", scale(&tile));
                assert!(is_readable(&tile), "the passage of {place} of {negatives}: {tile:?}");
            }
            run_and_settle(&mut window, "pane-next");
        }
        assert_eq!(places(&window), [0, 1], "round and round");
    }
}

#[test]
fn a_panel_covers_no_pane_where_both_fit_beside_it() {
    let rows = rows(1, 3, true);
    let mut window = opened_again(&rows.fixture, (1280.0, 800.0));
    run_and_settle(&mut window, "inspector");
    let panel = window.get_by_label("Close Signals").rect();
    for tile in tiles(&window) {
        assert!(tile.frame.right() < panel.left() - 150.0, "{:?} beside {panel:?}", tile.frame);
        // Smaller than without the panel, but still to be read.
        assert!(scale(&tile) >= 0.5, "{}", scale(&tile));
    }
    assert_eq!(places(&window), [0, 1]);
    window.key_press(egui::Key::Escape);
    settle(&mut window);
    assert!(window.query_by_label("Close Signals").is_none());
    // The rail with the panel's name stays.
    assert!(tiles(&window).iter().all(|tile| scale(tile) >= 0.67));
}

/// A row whose tiles have the answer as their title, the query's words in their middle, and both
/// together near their end, among many marked lines.
fn titled() -> Fixture {
    let paths: Vec<String> = (0..2).map(|page| tile(0, 700 + page, 0)).collect();
    let (mut set, mut readings) = (Set::new(), Vec::new());
    for (at, path) in paths.iter().enumerate() {
        let bytes = picture::page(SIZE[0], SIZE[1], at as u32, 0);
        let mut lines = vec![(20, "Christiaan Huygens"), (44, "The moon and its history")];
        let filler = "A moon is a body that goes around another one";
        let passage = "Moon Titan discovered";
        lines.extend((4..35).map(|line| (24 * line, if line == 15 { passage } else { filler })));
        lines.extend([(880, "The moon Titan was discovered in 1655"), (904, "by the astronomer Christiaan Huygens.")]);
        readings.push(texts::reading(path, &bytes, &lines));
        set = set.tile(path, &bytes);
    }
    let row = Row::new("Who discovered the moon Titan?", &paths[0]).negatives(&[&paths[1]]);
    let fixture = Fixture::for_reading_view(&set.row("train", &row.field("answer", "Christiaan Huygens".into())));
    texts::store(&fixture.set(), &readings);
    fixture
}

/// A window whose panes were opened when the texts were known: on a busy machine, a pane does not
/// wait for them.
fn opened_again(fixture: &Fixture, size: (f32, f32)) -> Harness<'static, App> {
    let mut window = fixture.window_of_size(Some(&fixture.set()), size);
    run_and_settle(&mut window, "zoom-reset");
    window
}

#[test]
fn panes_open_where_answer_and_query_are_together() {
    let fixture = titled();
    for size in [(1280.0, 800.0), (1600.0, 900.0), (1024.0, 640.0)] {
        let window = opened_again(&fixture, size);
        for tile in tiles(&window) {
            let (top, bottom) = (tile.part.min.y * SIZE[1] as f32, tile.part.max.y * SIZE[1] as f32);
            assert!(top <= 864.0 && bottom >= 934.0, "{size:?}: {top} to {bottom}");
        }
    }
}

#[test]
fn the_edges_of_a_pane_cut_no_marked_line() {
    let fixture = titled();
    for height in [640.0, 700.0, 711.0, 733.0, 750.0, 766.0, 800.0] {
        let window = opened_again(&fixture, (1280.0, height));
        for tile in tiles(&window) {
            let edges = [tile.part.min.y, tile.part.max.y].map(|edge| edge * SIZE[1] as f32);
            // Every line has a word of the query.
            let is_cut = |edge: f32| {
                let line = (edge / 24.0).floor() * 24.0;
                (96.0..840.0).contains(&edge) && edge > line + 1.0 && edge < line + 13.0
            };
            assert!(!edges.into_iter().any(is_cut), "{height}: {edges:?}");
        }
    }
}

#[test]
fn keys_scroll_the_positive_while_a_negative_is_in_focus() {
    let rows = rows(1, 2, true);
    let mut window = opened_again(&rows.fixture, (1280.0, 800.0));
    let [positive, negative] = [0, 1].map(|place| part(&window, place));
    run_and_settle(&mut window, "positive-up");
    let up = part(&window, 0).min.y;
    assert!(up < positive.min.y - 0.02 && part(&window, 1) == negative, "{up}");
    run_and_settle(&mut window, "positive-down");
    assert!((part(&window, 0).min.y - positive.min.y).abs() < 0.01);
    // The negative stays in focus: its own keys scroll it.
    run_and_settle(&mut window, "scroll-down");
    assert!(part(&window, 1).min.y > negative.min.y);
    run_and_settle(&mut window, "positive-away");
    let away = [1, 2].map(|place| part(&window, place));
    run_command(&mut window, "positive-down");
    assert_text(&mut window, "The positive is in no pane.");
    settle(&mut window);
    assert_eq!([1, 2].map(|place| part(&window, place)), away);
}

#[test]
fn a_row_of_four_negatives_takes_at_most_six_keys() {
    let rows = rows(2, 4, true);
    let mut window = rows.window();
    let row = window.state().sample_index();
    let (mut seen, mut keys) = ([false; 5], 0);
    let look = |window: &Harness<'_, App>, seen: &mut [bool; 5]| {
        tiles(window).iter().filter(|tile| is_readable(tile)).for_each(|tile| seen[tile.place] = true);
    };
    look(&window, &mut seen);
    while seen.contains(&false) {
        run_and_settle(&mut window, "pane-next");
        keys += 1;
        look(&window, &mut seen);
        assert!(keys <= 20, "{seen:?}");
    }
    run_and_settle(&mut window, "accept");
    keys += 1;
    assert_ne!(window.state().sample_index(), row);
    // In a comparison, which also has two large panes: next, and going to the passage.
    run_and_settle(&mut window, "compare");
    let (mut seen, mut comparing) = ([false; 5], 1);
    for place in 1..5 {
        look(&window, &mut seen);
        if !seen[place] {
            run_and_settle(&mut window, "next-hit");
            comparing += 1;
            look(&window, &mut seen);
        }
        run_and_settle(&mut window, "compare-next");
        comparing += 1;
    }
    println!(
        "keys of a row with 4 negatives: {keys}, every passage seen at 0.7; comparing: {comparing}, seen {seen:?}"
    );
    assert!(keys <= 6, "{keys}");
    assert!(comparing > keys, "{comparing}");
}

#[test]
fn digits_mark_and_the_next_undecided_negative_comes() {
    let rows = rows(2, 4, true);
    let mut window = rows.window();
    run_and_settle(&mut window, "negative-1");
    assert_eq!(places(&window), [0, 2], "the visible one was marked");
    run_and_settle(&mut window, "negative-3");
    assert_eq!(places(&window), [0, 2], "another one was marked: this one is still to be decided");
    run_and_settle(&mut window, "toggle");
    assert_eq!(places(&window), [0, 4], "3 is decided");
    run_and_settle(&mut window, "not-relevant");
    assert_eq!(places(&window), [0, 4], "nothing is undecided");
    let marks: Vec<(String, String)> = rows.fixture.rows().into_iter().map(|row| (row.1, row.3)).collect();
    let of = |chunk: usize| marks.iter().find(|mark| mark.0.ends_with(&format!("_{chunk:02}.png"))).unwrap().1.as_str();
    assert_eq!([1, 2, 3, 4].map(of), ["relevant", "relevant", "relevant", "not_relevant"]);
    run_and_settle(&mut window, "look-at-2");
    assert_eq!(places(&window), [0, 2]);
    assert_eq!(rows.fixture.rows().len(), 4, "looking marks nothing");
}

/// A row whose second negative is the positive of another row with its query.
fn suspicious() -> Fixture {
    let paths: Vec<String> = (0..4).map(|page| tile(0, 800 + page, 0)).collect();
    let mut set = Set::new();
    for (seed, path) in paths.iter().enumerate() {
        set = set.tile(path, &picture::page(SIZE[0], SIZE[1], seed as u32, 0));
    }
    let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
    let row = Row::new("When was the salt mine opened?", &paths[0]).negatives(&negatives);
    let other = Row::new("When was the salt mine opened?", &paths[2]).negatives(&negatives[..1]);
    Fixture::for_reading_view(&set.row("train", &row).row("train", &other))
}

#[test]
fn a_suspicious_negative_is_decided_by_three_keys() {
    let fixture = suspicious();
    let mut window = fixture.window_of_size(Some(&fixture.set()), (1280.0, 800.0));
    step_until(&mut window, "the findings", |window| window.state().knows_findings());
    assert_eq!(places(&window), [0, 1]);
    run_and_settle(&mut window, "compare");
    assert_eq!(places(&window), [0, 2], "the most suspicious one");
    assert_text(&mut window, "2 of 3");
    assert!(tiles(&window).iter().all(|tile| scale(tile) >= READABLE), "{:?}", tiles(&window));
    run_and_settle(&mut window, "toggle");
    run_and_settle(&mut window, "accept");
    let marks: Vec<(String, String)> = fixture.rows().into_iter().map(|row| (row.1, row.3)).collect();
    assert!(
        marks.iter().any(|(tile, mark)| tile.ends_with("802.png.tiles/chunk_0000_00.png") && mark == "relevant"),
        "{marks:?}"
    );
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
}

#[test]
fn tab_goes_by_suspicion_in_a_comparison() {
    let fixture = suspicious();
    let mut window = fixture.window();
    step_until(&mut window, "the findings", |window| window.state().knows_findings());
    run_and_settle(&mut window, "compare");
    for place in [2, 1, 3, 2] {
        assert_eq!(places(&window), [0, place]);
        run_and_settle(&mut window, "compare-next");
    }
    window.key_press(egui::Key::Escape);
    settle(&mut window);
    // A tile that the person chose is compared, whatever is suspicious.
    run_and_settle(&mut window, "look-at-3");
    run_and_settle(&mut window, "compare");
    assert_eq!(places(&window), [0, 3]);
}

#[test]
fn a_mark_leaves_the_tile_in_its_pane_if_so_chosen() {
    let rows = rows(1, 3, false);
    tilejury_testkit::set::put(
        &rows.fixture.dir.path().join("config/settings.json"),
        br#"{"reading": "off", "look_at_pixels": false, "next_tile": false, "overview_first": false}"#,
    );
    let mut window = rows.window();
    run_and_settle(&mut window, "toggle");
    assert_eq!(places(&window), [0, 1]);
}

#[test]
fn space_reads_to_the_end_and_then_shows_the_next_negative() {
    let rows = rows(1, 2, false);
    let mut window = rows.window();
    let mut presses = 0;
    while places(&window) == [0, 1] {
        run_and_settle(&mut window, "read-on");
        presses += 1;
        assert!(presses < 9);
    }
    assert!(presses >= 2 && places(&window) == [0, 2], "{presses}");
    for _ in 0..4 {
        run_and_settle(&mut window, "read-on");
    }
    assert_eq!(places(&window), [0, 2], "it stays at the end of the last one");
    assert!(part(&window, 2).max.y > 0.999);
}

#[test]
fn the_positive_goes_away_for_two_negatives_at_once() {
    let rows = rows(1, 3, true);
    let mut window = rows.window();
    run_and_settle(&mut window, "positive-away");
    assert_eq!(places(&window), [1, 2]);
    run_and_settle(&mut window, "pane-next");
    assert_eq!(places(&window), [1, 2], "the second one is focused");
    run_and_settle(&mut window, "pane-next");
    assert_eq!(places(&window), [3]);
    run_and_settle(&mut window, "positive-away");
    assert_eq!(places(&window), [0, 3]);
}

#[test]
fn picked_negatives_are_beside_the_positive_at_full_height() {
    let rows = rows(1, 6, true);
    let mut window = rows.window();
    let height = tiles(&window)[0].frame.height();
    run_and_settle(&mut window, "survey-2");
    assert_eq!(places(&window), [0, 1], "one alone is not a survey");
    assert_text(&mut window, "pick another to see both");
    run_and_settle(&mut window, "survey-5");
    assert_no_text(&window, "pick another to see both");
    assert_eq!(places(&window), [0, 2, 5]);
    assert!(tiles(&window).iter().all(|tile| (tile.frame.height() - height).abs() < 1.0));
    // Tab stays among them.
    run_and_settle(&mut window, "pane-next");
    run_and_settle(&mut window, "toggle");
    assert!(rows.fixture.rows()[0].1.ends_with("_05.png"), "{:?}", rows.fixture.rows());
    for number in [1, 3, 4] {
        run_and_settle(&mut window, &format!("survey-{number}"));
    }
    assert_text(&mut window, "A survey has up to 4 negatives");
    assert_eq!(places(&window), [0, 1, 2, 3, 5]);
    window.key_press(egui::Key::Escape);
    settle(&mut window);
    assert_eq!(places(&window).len(), 2);
}

#[test]
fn two_digits_within_half_a_second_are_one_number() {
    let rows = rows(1, 12, false);
    let mut window = rows.window();
    window.key_press(egui::Key::Num1);
    window.key_press(egui::Key::Num2);
    settle(&mut window);
    let marked =
        |rows: &Rows| rows.fixture.rows().iter().map(|row| row.1[row.1.len() - 6..].to_owned()).collect::<Vec<_>>();
    assert_eq!(marked(&rows), ["12.png"]);
    // Alone, it is itself once half a second has passed.
    window.key_press(egui::Key::Num1);
    window.run_steps(6);
    settle(&mut window);
    assert_eq!(marked(&rows), ["01.png", "12.png"]);
    // Another key ends the waiting.
    window.key_press(egui::Key::Num1);
    window.key_press(egui::Key::Num0);
    settle(&mut window);
    assert_eq!(marked(&rows), ["01.png", "10.png", "12.png"]);
    run_and_settle(&mut window, "negative-5");
    assert_eq!(marked(&rows).len(), 4, "no row has 50: at once");
    run_and_settle(&mut window, "look-at-1");
    assert_eq!(places(&window), [0, 1]);
}

#[test]
fn the_view_is_remembered_and_the_queue_is_a_rail_beside_it() {
    let rows = rows(2, 2, false);
    let mut window = rows.window();
    assert_eq!(places(&window), [0, 1]);
    assert_text(&mut window, "Unfold the queue");
    assert_no_text(&window, "2 rows");
    run_and_settle(&mut window, "queue");
    assert_text(&mut window, "2 rows");
    run_and_settle(&mut window, "queue");
    run_and_settle(&mut window, "reading-view");
    assert_eq!(places(&window), [0, 1, 2], "the grid");
    assert_text(&mut window, "2 rows");
    step_until(&mut window, "the choice to be stored", |_| {
        rows.fixture.config("window.json").contains("\"reading_view\": false")
    });
    drop(window);
    let mut window = rows.window();
    assert_eq!(places(&window), [0, 1, 2]);
    run_and_settle(&mut window, "reading-view");
    // A search unfolds the queue for as long as its field has the keyboard.
    run_command(&mut window, "search");
    assert_text(&mut window, "2 rows");
    window.key_press(egui::Key::Escape);
    window.run_steps(4);
    assert_text(&mut window, "Unfold the queue");
}

#[test]
fn escape_returns_from_every_other_view_to_the_panes() {
    let rows = rows(2, 3, true);
    let mut window = rows.window();
    settle(&mut window);
    // With their frames: other views have two tiles, too.
    let frames = |window: &Harness<'_, App>| tiles(window).iter().map(|tile| tile.frame).collect::<Vec<Rect>>();
    let panes = frames(&window);
    assert_eq!(panes.len(), 2);
    for view in ["compare", "page", "alone", "tile-search", "similar", "contact-sheet", "overview"] {
        run_command(&mut window, view);
        window.key_press(egui::Key::Escape);
        step_until(&mut window, &format!("the panes after {view}"), |window| frames(window) == panes);
    }
}

#[test]
fn undo_shows_the_negative_that_it_was_about() {
    let rows = rows(2, 4, true);
    let mut window = rows.window();
    run_and_settle(&mut window, "pane-next");
    run_and_settle(&mut window, "pane-next");
    assert_eq!(places(&window), [0, 3]);
    run_and_settle(&mut window, "toggle");
    assert_eq!(places(&window), [0, 4], "the next one without a mark");
    run_and_settle(&mut window, "undo");
    assert_eq!(places(&window), [0, 3]);
    run_and_settle(&mut window, "pane-previous");
    run_and_settle(&mut window, "redo");
    assert_eq!(places(&window), [0, 3]);
    // From another row, too; a step about the positive leaves the pane where it is.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "undo");
    assert_eq!(places(&window), [0, 3]);
    run_and_settle(&mut window, "positive");
    run_and_settle(&mut window, "pane-previous");
    run_and_settle(&mut window, "undo");
    assert_eq!(places(&window), [0, 2]);
}
