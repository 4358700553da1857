//! The grid of tiles in the window: its layout in windows of every size, chosen columns, tiles that
//! fill the width, and the lines of text below tiles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{Fixture, assert_no_text, assert_text, run_and_settle, run_command, step_until, wait_for};
use egui::{Event, Modifiers, MouseWheelUnit, Pos2, Rect, TouchPhase, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::{App, VisibleTile};
use tilejury_audit::external::{ExternalStore, StoredReading};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};
use tilejury_text::WordBox;

/// A row of tiles of these shapes.
struct Tiles {
    paths: Vec<String>,
    bytes: Vec<Vec<u8>>,
}

impl Tiles {
    fn new(page: u32, shapes: &[(u32, u32)]) -> Self {
        let paths = (0..shapes.len()).map(|chunk| tile(0, page, chunk as u32)).collect();
        let bytes = shapes.iter().zip(page..).map(|((width, height), seed)| picture::page(*width, *height, seed, 0));
        Self { paths, bytes: bytes.collect() }
    }

    fn row(&self, query: &str) -> Row {
        let negatives: Vec<&str> = self.paths[1..].iter().map(String::as_str).collect();
        Row::new(query, &self.paths[0]).negatives(&negatives)
    }

    fn add_to(&self, set: Set) -> Set {
        self.paths.iter().zip(&self.bytes).fold(set, |set, (path, bytes)| set.tile(path, bytes))
    }
}

/// A set with a row for each list of shapes.
fn rows(rows: &[&[(u32, u32)]]) -> Fixture {
    let mut set = Set::new();
    for (shapes, page) in rows.iter().zip(500..) {
        let tiles = Tiles::new(page, shapes);
        set = tiles.add_to(set).row("train", &tiles.row(&format!("What is on page {page}?")));
    }
    Fixture::new(&set)
}

const USUAL: (u32, u32) = (875, 1024);

fn frames(window: &Harness<'_, App>) -> Vec<Rect> {
    window.state().visible_tiles().iter().map(|tile| tile.frame).collect()
}

fn shown(window: &Harness<'_, App>, place: usize) -> VisibleTile {
    window.state().visible_tiles().into_iter().find(|tile| tile.place == place).unwrap()
}

fn columns(window: &Harness<'_, App>) -> usize {
    let frames = frames(window);
    frames[1..].iter().filter(|frame| (frame.min.y - frames[1].min.y).abs() < 1.0).count()
}

#[test]
fn columns_are_remembered_for_each_number_of_negatives() {
    let fixture = rows(&[&[USUAL; 6], &[USUAL; 4], &[USUAL; 6]]);
    let mut window = fixture.window();
    let automatic = columns(&window);
    assert!(automatic > 1);
    for _ in 1..automatic {
        run_and_settle(&mut window, "fewer-columns");
    }
    assert_text(&mut window, "1 column for rows with 5 negatives");
    run_and_settle(&mut window, "next");
    assert!(columns(&window) > 1, "another number of negatives");
    run_and_settle(&mut window, "next");
    assert_eq!(columns(&window), 1);
    step_until(&mut window, "the columns to be stored", |_| fixture.config("window.json").contains("\"5\": 1"));
    drop(window);
    let mut window = fixture.window();
    run_and_settle(&mut window, "first");
    assert_eq!(columns(&window), 1);
    run_and_settle(&mut window, "auto-columns");
    assert_eq!(columns(&window), automatic);
}

#[test]
fn tiles_of_any_shape_lie_apart_in_windows_of_any_size() {
    let kinds: [&[(u32, u32)]; 6] = [
        &[USUAL],
        &[USUAL, (875, 200)],
        &[(1600, 500), USUAL],
        &[(600, 90)],
        &[(300, 2400), USUAL],
        &[USUAL, (1400, 200)],
    ];
    let lists: Vec<Vec<(u32, u32)>> = [3, 9, 20]
        .into_iter()
        .flat_map(|tiles| kinds.iter().map(move |kind| kind.iter().copied().cycle().take(tiles).collect()))
        .collect();
    // Small pictures of these shapes: only the shapes matter.
    let small: Vec<Vec<(u32, u32)>> =
        lists.iter().map(|list| list.iter().map(|(width, height)| (width / 5, height / 5)).collect()).collect();
    let fixture = rows(&small.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let mut window = fixture.window();
    let sizes = [(1024.0, 640.0, 1.0), (1600.0, 900.0, 1.0), (2560.0, 1440.0, 1.0), (1600.0, 900.0, 2.0)];
    for (at, list) in small.iter().enumerate() {
        if at > 0 {
            run_and_settle(&mut window, "next");
        }
        for (width, height, scale) in sizes {
            for panel in [true, false] {
                window.set_size(vec2(width, height) / scale);
                run_command(&mut window, "inspector");
                window.run_steps(3);
                let room = Rect::from_min_size(Pos2::ZERO, vec2(width, height) / scale);
                let what = format!("{list:?} at {width}×{height}, {scale}, panel {panel}");
                let frames = frames(&window);
                assert!(!frames.is_empty(), "{what}");
                for (at, frame) in frames.iter().enumerate() {
                    assert!(frame.min.x >= 0.0 && frame.max.x <= room.max.x, "{what}: {frame:?}");
                    // The negatives of long lists may scroll.
                    assert!(list.len() > 9 && at > 0 || frame.max.y <= room.max.y, "{what}: {frame:?}");
                    let others = &frames[at + 1..];
                    assert!(others.iter().all(|other| !frame.shrink(0.5).intersects(*other)), "{what}");
                }
            }
        }
    }
}

fn turn_wheel(window: &mut Harness<'_, App>, at: Pos2, by: f32) {
    window.hover_at(at);
    window.run_steps(2);
    let wheel = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, by),
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    };
    window.event(wheel);
    window.run_steps(40);
}

#[test]
fn tiles_fill_the_width_and_scroll_one_by_one() {
    let fixture = rows(&[&[USUAL; 5]]);
    let mut window = fixture.window();
    let whole = window.state().visible_tiles();
    assert!(whole.iter().all(|tile| tile.part.height() > 0.999));
    run_and_settle(&mut window, "fit-width");
    let smallest = |tiles: &[VisibleTile]| tiles.iter().map(|tile| tile.width_px).min().unwrap();
    let filling = window.state().visible_tiles();
    assert!(smallest(&filling) as f32 > 1.2 * smallest(&whole) as f32, "{filling:?}");
    assert!(filling.iter().all(|tile| tile.part.width() > 0.999 && tile.part.min.y < 1e-3), "{filling:?}");
    // A column can have room for a whole tile.
    let cut: Vec<usize> = filling.iter().filter(|tile| tile.part.height() < 0.98).map(|tile| tile.place).collect();
    assert!(cut.len() > 1, "{filling:?}");
    let at = cut[1];
    let middle = shown(&window, at).frame.center();
    turn_wheel(&mut window, middle, -80.0);
    assert!(shown(&window, at).part.min.y > 0.02, "{:?}", shown(&window, at));
    let mut others = filling.iter().map(|tile| tile.place).filter(|place| *place != at);
    assert!(others.all(|place| shown(&window, place).part.min.y < 1e-3), "each on its own");
    turn_wheel(&mut window, middle, -8000.0);
    assert!(shown(&window, at).part.max.y > 0.999, "as far as its end");
    turn_wheel(&mut window, middle, 40.0);
    assert!(shown(&window, at).part.max.y < 0.999, "and back at once");
    step_until(&mut window, "the choice to be stored", |_| {
        fixture.config("window.json").contains("\"fit_width\": true")
    });
    drop(window);
    let mut window = fixture.window();
    assert!(shown(&window, 1).part.height() < 0.999);
    run_and_settle(&mut window, "fit-width");
    assert_eq!(window.state().visible_tiles(), whole);
}

/// Lines of words with the height of their letters, each at a height of the tile.
fn reading(path: &str, bytes: &[u8], lines: &[(u32, u32, &str)]) -> StoredReading {
    let words = lines.iter().flat_map(|(y, height, line)| {
        line.split(' ').enumerate().map(|(at, text)| WordBox {
            text: text.into(),
            x: 40 + 60 * at as u32,
            y: *y,
            width: 50,
            height: *height,
            confidence: 1.0,
            starts_line: at == 0,
        })
    });
    crate::common::texts::stored(path, bytes, words.collect())
}

/// A row whose page has a title, and a negative that is the positive of another titled row.
fn titled() -> (Fixture, Tiles) {
    let tiles = Tiles::new(500, &[USUAL; 4]);
    let other = Row::new("Who owned the mine?", &tiles.paths[3]).negatives(&[&tiles.paths[0]]);
    let set = tiles
        .add_to(Set::new())
        .row("train", &tiles.row("When was the salt mine opened?").field("title", "Mines of the north".into()))
        .row("train", &other.field("title", "Owners of mines".into()));
    (Fixture::new(&set), tiles)
}

fn read(fixture: &Fixture, tiles: &Tiles) {
    let text = (200, 14, "A mine of copper was opened much later by two brothers of the owner");
    let mut store = ExternalStore::open(&fixture.set().join("tilejury.outside.sqlite")).unwrap();
    let import = store.write().unwrap();
    for at in [0, 1] {
        let lines = [(40, 32, "Copper and salt"), text];
        import.reading(&reading(&tiles.paths[at], &tiles.bytes[at], &lines)).unwrap();
    }
    import.commit().unwrap();
}

#[test]
fn every_tile_has_its_title_and_its_passage() {
    let (fixture, tiles) = titled();
    let mut window = fixture.window();
    assert_text(&mut window, "Mines of the north");
    assert_text(&mut window, "Owners of mines");
    assert_text(&mut window, "p. 500 · tile 0, chunk 1");
    assert_no_text(&window, "A mine of copper");
    drop(window);
    read(&fixture, &tiles);
    let mut window = fixture.window();
    assert_text(&mut window, "Mines of the north. Copper and salt A mine of copper was opened");
    assert_text(&mut window, "Copper and salt. Copper and salt A mine of copper was opened");
    assert_text(&mut window, "p. 500 · tile 0, chunk 2. Not read.");
    run_and_settle(&mut window, "highlights");
    assert_no_text(&window, "A mine of copper");
    assert_text(&mut window, "p. 500 · tile 0, chunk 1");
}

#[test]
fn texts_that_arrive_move_nothing() {
    let (fixture, tiles) = titled();
    let window = fixture.window();
    let before = frames(&window);
    drop(window);
    read(&fixture, &tiles);
    let mut window = fixture.window();
    assert_eq!(frames(&window), before);
    run_and_settle(&mut window, "highlights");
    assert_eq!(frames(&window), before);
}

#[test]
fn a_signal_in_the_head_says_more_under_the_pointer() {
    let tiles = Tiles::new(500, &[USUAL; 3]);
    let row = Row::new("When was the mine opened?", &tiles.paths[0]).negatives(&[&tiles.paths[1], &tiles.paths[2]]);
    let same = Row::new("When was the mine opened?", &tiles.paths[1]).negatives(&[&tiles.paths[2]]);
    let fixture = Fixture::new(&tiles.add_to(Set::new()).row("train", &row).row("train", &same));
    let mut window = fixture.window();
    step_until(&mut window, "the findings", |window| window.state().knows_findings());
    window.run_steps(4);
    let frame = shown(&window, 1).frame;
    // Somewhere in the middle of the line above the picture.
    let sentence = "Positive of the same query in train line 2";
    assert_no_text(&window, sentence);
    let found = (0..40).any(|step| {
        window.hover_at(frame.left_top() + vec2(step as f32 * frame.width() / 40.0, -12.0));
        window.run_steps(8);
        window.query_all_by_label_contains(sentence).next().is_some()
    });
    assert!(found, "the tooltip has the sentence of the signal");
    window.hover_at(frame.center());
    window.run_steps(4);
    wait_for(&mut window, "Negative 1");
    assert_no_text(&window, sentence);
}
