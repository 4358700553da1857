//! The text on tiles in the window: marks, passages, going from hit to hit, selecting and copying;
//! with readings that the tests store.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, is_painted, run_and_settle, run_command, settle, step_until, texts, wait_for,
};
use egui::{Event, Key, Modifiers, OutputCommand, PointerButton, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::{App, VisibleTile};
use tilejury_audit::external::StoredReading;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const SIZE: [u32; 2] = [875, 1024];

/// Two rows with an answer. The positive has it near its end, the first negative has some words of
/// the query, the second was read without finding text, and the third was not read.
struct Tiles {
    fixture: Fixture,
    paths: Vec<String>,
    bytes: Vec<Vec<u8>>,
}

fn tiles() -> Tiles {
    let paths: Vec<String> = (0..4).map(|page| tile(0, 300 + page, 0)).collect();
    let bytes: Vec<Vec<u8>> = (0..4).map(|seed| picture::page(SIZE[0], SIZE[1], seed, 0)).collect();
    let mut set = Set::new();
    for (path, bytes) in paths.iter().zip(&bytes) {
        set = set.tile(path, bytes);
    }
    let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
    for query in ["When was the salt mine opened?", "Who owned the salt mine?"] {
        let row = Row::new(query, &paths[0]).negatives(&negatives).field("answer", "in spring 1821".into());
        set = set.row("train", &row);
    }
    Tiles { fixture: Fixture::new(&set), paths, bytes }
}

impl Tiles {
    fn read() -> Self {
        let tiles = tiles();
        tiles.store(&[
            tiles.reading(0, &[(60, "Contents and history"), (900, "The salt mine was opened in spring 1821.")]),
            tiles.reading(1, &[(700, "A mine of copper opened later.")]),
            StoredReading { legible: false, ..tiles.reading(2, &[(10, "s")]) },
        ]);
        tiles
    }

    fn reading(&self, at: usize, lines: &[(u32, &str)]) -> StoredReading {
        texts::reading(&self.paths[at], &self.bytes[at], lines)
    }

    fn store(&self, readings: &[StoredReading]) {
        texts::store(&self.fixture.set(), readings);
    }
}

fn shown(window: &Harness<'_, App>, place: usize) -> VisibleTile {
    window.state().visible_tiles().into_iter().find(|tile| tile.place == place).unwrap()
}

/// Whether a spot of a tile, in its pixels, is in the visible part.
fn is_visible(tile: &VisibleTile, x: u32, y: u32) -> bool {
    tile.part.contains(Pos2::new(x as f32 / SIZE[0] as f32, y as f32 / SIZE[1] as f32))
}

/// The point of the screen at a spot of a tile that is shown whole.
fn at(tile: &VisibleTile, x: u32, y: u32) -> Pos2 {
    let scale = tile.width_px as f32 / SIZE[0] as f32;
    let left = tile.frame.center().x - tile.width_px as f32 / 2.0;
    Pos2::new(left, tile.frame.min.y) + vec2(x as f32, y as f32) * scale
}

fn copied(window: &Harness<'_, App>) -> Option<String> {
    window.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

fn drag(window: &mut Harness<'_, App>, from: Pos2, to: Pos2, modifiers: Modifiers) {
    window.event_modifiers(Event::PointerMoved(from), modifiers);
    window.run_steps(2);
    let button = |pos, pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers };
    window.event_modifiers(button(from, true), modifiers);
    window.run_steps(1);
    for step in 1..=4 {
        window.event_modifiers(Event::PointerMoved(from + (to - from) * (step as f32 / 4.0)), modifiers);
        window.run_steps(1);
    }
    window.event_modifiers(button(to, false), modifiers);
    window.run_steps(2);
    settle(window);
}

#[test]
fn the_focused_tile_shows_its_best_passage_or_why_not() {
    let tiles = Tiles::read();
    let mut window = tiles.fixture.window();
    assert_text(&mut window, "Contents and history The salt mine was opened in spring 1821.");
    run_and_settle(&mut window, "next-tile");
    assert_text(&mut window, "A mine of copper opened later.");
    run_and_settle(&mut window, "next-tile");
    assert_text(&mut window, "Not read: hardly any text was found on this tile.");
    run_and_settle(&mut window, "next-tile");
    assert_text(&mut window, "Not read.");
    for (negative, says) in [(1, false), (2, true), (3, true)] {
        let name = format!("Negative {negative}: not judged, shown, not read");
        if says { assert_text(&mut window, &name) } else { assert_no_text(&window, &name) }
    }
    // The next sample has another query: another passage of the same tile.
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "Contents and history The salt mine");
}

#[test]
fn a_comparison_shows_the_passages_of_both_tiles() {
    let tiles = Tiles::read();
    let mut window = tiles.fixture.window();
    run_and_settle(&mut window, "compare");
    assert_text(&mut window, "The salt mine was opened in spring 1821.");
    assert_text(&mut window, "A mine of copper opened later.");
}

#[test]
fn one_key_hides_highlights_and_the_choice_is_kept() {
    let tiles = Tiles::read();
    let mut window = tiles.fixture.window();
    run_command(&mut window, "highlights");
    assert_text(&mut window, "Highlights: off");
    settle(&mut window);
    assert_no_text(&window, "The salt mine was opened");
    assert_no_text(&window, "shown, not read");
    step_until(&mut window, "the switch to be stored", |_| {
        tiles.fixture.config("settings.json").contains("\"highlights\": false")
    });
    run_and_settle(&mut window, "highlights");
    assert_text(&mut window, "The salt mine was opened");
}

#[test]
fn hits_are_gone_through_in_order_and_brought_into_view() {
    let tiles = Tiles::read();
    let mut window = tiles.fixture.window();
    assert!(!is_visible(&shown(&window, 0), 40, 2000) && is_visible(&shown(&window, 0), 200, 907));
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "The answer, 1 of 2.");
    settle(&mut window);
    let first = shown(&window, 0);
    assert!(is_visible(&first, 250, 907) && !is_visible(&first, 250, 100), "{first:?}");
    // The other tiles show their own evidence.
    let negative = shown(&window, 1);
    assert!(is_visible(&negative, 100, 707), "{negative:?}");
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "The best passage, 2 of 2.");
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "The answer, 1 of 2.");
    run_command(&mut window, "previous-hit");
    assert_text(&mut window, "The best passage, 2 of 2.");
    run_and_settle(&mut window, "zoom-reset");
    assert!(is_visible(&shown(&window, 0), 40, 60));
    run_command(&mut window, "next-tile");
    run_command(&mut window, "next-tile");
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "Not read: hardly any text was found on this tile.");
}

#[test]
fn enlarged_tiles_open_at_their_evidence_until_moved() {
    let tiles = Tiles::read();
    let mut window = tiles.fixture.window();
    for _ in 0..6 {
        run_command(&mut window, "zoom-in");
    }
    settle(&mut window);
    window.run_steps(3);
    assert!(is_visible(&shown(&window, 0), 250, 907), "{:?}", shown(&window, 0));
    assert!(is_visible(&shown(&window, 1), 100, 707));
    // Once moved, they stay where they are put.
    for _ in 0..8 {
        run_command(&mut window, "pan-up");
    }
    settle(&mut window);
    assert!(!is_visible(&shown(&window, 0), 250, 907));
    // A hit shows the evidence of all tiles again.
    run_and_settle(&mut window, "zoom-reset");
    run_and_settle(&mut window, "next-hit");
    window.run_steps(3);
    assert!(is_visible(&shown(&window, 0), 250, 907) && is_visible(&shown(&window, 1), 100, 707));
    // The next sample is scrolled to its evidence again.
    run_and_settle(&mut window, "next");
    window.run_steps(3);
    assert!(is_visible(&shown(&window, 0), 300, 907), "{:?}", shown(&window, 0));
    run_and_settle(&mut window, "alone");
    window.run_steps(3);
    assert!(is_visible(&shown(&window, 0), 300, 907), "{:?}", shown(&window, 0));
}

#[test]
fn tiles_that_were_moved_stay_when_marks_come_back() {
    let tiles = Tiles::read();
    let mut window = tiles.fixture.window();
    run_and_settle(&mut window, "highlights");
    for _ in 0..6 {
        run_command(&mut window, "zoom-in");
    }
    run_and_settle(&mut window, "pan-up");
    let moved = [0, 1].map(|place| shown(&window, place).part);
    run_and_settle(&mut window, "highlights");
    window.run_steps(3);
    assert_eq!([0, 1].map(|place| shown(&window, place).part), moved);
}

#[test]
fn words_are_selected_by_dragging_and_copied() {
    let tiles = Tiles::read();
    let mut window = tiles.fixture.window();
    let positive = shown(&window, 0);
    // From “mine” to “in”, with Ctrl held.
    drag(&mut window, at(&positive, 125, 907), at(&positive, 268, 907), Modifiers::COMMAND);
    run_command(&mut window, "copy-text");
    assert_text(&mut window, "4 words copied.");
    // A key press lands in a frame of its own: what it copied is in that frame's output.
    window.event(Event::Copy);
    window.step();
    assert_eq!(copied(&window).as_deref(), Some("mine was opened in"));
    // Backwards, over two lines, in the text mode.
    run_command(&mut window, "select-text");
    assert_text(&mut window, "Dragging selects words of a tile.");
    drag(&mut window, at(&positive, 60, 907), at(&positive, 190, 67), Modifiers::NONE);
    window.event(Event::Copy);
    window.step();
    assert_eq!(copied(&window).as_deref(), Some("history\nThe"));
    // Esc removes the selection; without one, the key does nothing.
    window.key_press(Key::Escape);
    settle(&mut window);
    window.event(Event::Copy);
    window.step();
    assert_eq!(copied(&window), None);
    let modifiers = Modifiers::COMMAND | Modifiers::SHIFT;
    window.event(Event::Key { key: Key::C, physical_key: None, pressed: true, repeat: false, modifiers });
    window.step();
    let whole = "Contents and history\nThe salt mine was opened in spring 1821.";
    assert_eq!(copied(&window).as_deref(), Some(whole));
    // Outside the text mode, dragging without Ctrl selects nothing.
    run_command(&mut window, "select-text");
    drag(&mut window, at(&positive, 125, 907), at(&positive, 268, 907), Modifiers::NONE);
    window.event(Event::Copy);
    window.step();
    assert_eq!(copied(&window), None);
    assert!(tiles.fixture.rows().is_empty(), "nothing was judged");
}

#[test]
fn a_set_without_readings_says_so_below_the_tiles_only() {
    let tiles = tiles();
    let mut window = tiles.fixture.window();
    assert_text(&mut window, "Not read.");
    assert_no_text(&window, "shown, not read");
    run_command(&mut window, "next-hit");
    run_command(&mut window, "copy-tile-text");
    assert_no_text(&window, "copied");
    settle(&mut window);
}

#[test]
fn a_damaged_file_is_reported_and_stops_nothing() {
    let tiles = tiles();
    std::fs::write(tiles.fixture.set().join("tilejury.outside.sqlite"), vec![b'x'; 5000]).unwrap();
    let mut window = tiles.fixture.window();
    wait_for(&mut window, "The texts of tiles cannot be shown");
    run_and_settle(&mut window, "accept");
    assert_eq!(tiles.fixture.verdicts(), [(1, "accept".into())]);
}

#[test]
fn a_word_in_another_number_is_a_word_of_the_query() {
    let path = tile(0, 330, 0);
    let bytes = picture::page(SIZE[0], SIZE[1], 3, 0);
    let set = Set::new().tile(&path, &bytes).row("train", &Row::new("names", &path));
    let fixture = Fixture::new(&set);
    texts::store(&fixture.set(), &[texts::reading(&path, &bytes, &[(500, "This is the name of the rose.")])]);
    let mut window = fixture.window();
    assert_text(&mut window, "This is the name of the rose.");
    assert_no_text(&window, "No query word found");
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "The best passage, 1 of 1.");
    settle(&mut window);
}

#[test]
fn small_words_of_the_query_are_not_marked() {
    let path = tile(0, 331, 0);
    let bytes = picture::page(SIZE[0], SIZE[1], 3, 0);
    let query = "But what if the salt mine was flooded and closed?";
    let fixture = Fixture::new(&Set::new().tile(&path, &bytes).row("train", &Row::new(query, &path)));
    let filler = "Nothing of this page is about that, but read on and see if it is";
    let mut lines: Vec<(u32, &str)> = (2..12).map(|line| (24 * line, filler)).collect();
    lines.push((600, "The salt mine was flooded"));
    texts::store(&fixture.set(), &[texts::reading(&path, &bytes, &lines)]);
    let mut window = fixture.window();
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "The best passage, 1 of 1.");
    settle(&mut window);
}

#[test]
fn a_damaged_picture_is_not_said_to_be_unread() {
    let (good, bad) = (tile(0, 340, 0), tile(0, 341, 0));
    let bytes = picture::page(SIZE[0], SIZE[1], 3, 0);
    let set = Set::new().tile(&good, &bytes).tile(&bad, &bytes[..bytes.len() / 2]);
    let fixture = Fixture::new(&set.row("train", &Row::new("salt", &good).negatives(&[&bad])));
    texts::store(&fixture.set(), &[texts::reading(&good, &bytes, &[(500, "Of salt")])]);
    let mut window = fixture.window();
    run_and_settle(&mut window, "next-tile");
    assert_text(&mut window, "Its text cannot be read: damaged PNG");
    assert_no_text(&window, "Not read.");
    for command in ["next-hit", "copy-tile-text", "tile-text"] {
        run_command(&mut window, command);
        assert_no_text(&window, "reads the tiles of this row");
    }
    run_and_settle(&mut window, "reading-view");
    assert!(is_painted(&window, "unreadable tile"), "in the strip");
}

/// Not only the answer's words are found: they may be split by errors of reading.
#[test]
fn answers_are_found_in_spite_of_reading_errors() {
    let tiles = tiles();
    tiles.store(&[tiles.reading(0, &[(500, "It was dug inspring l821 by hand.")])]);
    let mut window = tiles.fixture.window();
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "The answer, 1 of 1.");
    settle(&mut window);
}

#[test]
fn an_unread_positive_says_so_like_a_negative() {
    let fixture = Fixture::for_reading_view(&Set::plain(2, 3));
    let window = fixture.window();
    let said = "Not read. Shift+R reads the tiles of this row.";
    let captions = window.query_all_by_label_contains(said).count();
    assert_eq!(captions, 2, "the positive and the negative beside it");
}
