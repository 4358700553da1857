//! Viewing tiles: zoom, comparison, difference, page, loupe, columns, sizes; by the keys of the
//! command table.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{Fixture, assert_no_text, assert_text, run_and_settle, run_command, settle, step_until, wait_for};
use egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::command::entries;
use tilejury_app::screen::{App, VisibleTile};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Three rows with three negatives each, of tiles that are larger than they are shown.
fn pages() -> Fixture {
    let mut set = Set::new();
    for row in 0..3 {
        let paths: Vec<String> = (0..4).map(|chunk| tile(0, 500 + row, chunk)).collect();
        for (chunk, path) in paths.iter().enumerate() {
            set = set.tile(path, &picture::page(875, 1024, row, chunk as u32 * 1024));
        }
        let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
        set = set.row("train", &Row::new(&format!("What is on page {row}?"), &paths[0]).negatives(&negatives));
    }
    Fixture::new(&set)
}

fn on_show(window: &Harness<'_, App>) -> Vec<VisibleTile> {
    window.state().visible_tiles()
}

fn part(window: &Harness<'_, App>, place: usize) -> egui::Rect {
    on_show(window).into_iter().find(|tile| tile.place == place).unwrap().part
}

fn centers(window: &Harness<'_, App>) -> Vec<Pos2> {
    on_show(window).iter().map(|tile| tile.part.center()).collect()
}

fn near(a: Pos2, b: Pos2) -> bool {
    a.distance(b) < 0.01
}

fn turn_wheel(window: &mut Harness<'_, App>, by: f32, modifiers: Modifiers) {
    let wheel = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, by),
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers,
    };
    window.event_modifiers(wheel, modifiers);
    window.run_steps(40);
    settle(window);
}

fn drag(window: &mut Harness<'_, App>, from: Pos2, by: Vec2, modifiers: Modifiers) {
    window.event_modifiers(Event::PointerMoved(from), modifiers);
    window.run_steps(2);
    let button = |pos, pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers };
    window.event_modifiers(button(from, true), modifiers);
    for step in 1..=4 {
        window.event_modifiers(Event::PointerMoved(from + by * (step as f32 / 4.0)), modifiers);
        window.run_steps(1);
    }
    window.event_modifiers(button(from + by, false), modifiers);
    window.run_steps(2);
    settle(window);
}

#[test]
fn keys_and_wheel_zoom_all_tiles_together_and_one_key_resets() {
    let fixture = pages();
    let mut window = fixture.window();
    let whole = part(&window, 0);
    assert_eq!(whole.size(), vec2(1.0, 1.0));
    run_and_settle(&mut window, "zoom-in");
    run_and_settle(&mut window, "zoom-in");
    // In pixels of the screen per pixel of a tile, the same for every tile.
    let percent = |window: &Harness<'_, App>| 100.0 * on_show(window)[0].width_px as f32 / 875.0;
    let shown = format!(" {:.0} %", percent(&window));
    assert_text(&mut window, &shown);
    assert!(on_show(&window).windows(2).all(|pair| pair[0].width_px == pair[1].width_px));
    for _ in 0..4 {
        run_and_settle(&mut window, "zoom-in");
    }
    assert!(on_show(&window).iter().all(|tile| tile.part.height() < 0.6));
    assert!(centers(&window).windows(2).all(|pair| near(pair[0], pair[1])), "{:?}", centers(&window));
    run_and_settle(&mut window, "zoom-out");
    let shown = format!("{:.0} %", percent(&window));
    assert_text(&mut window, &shown);
    run_and_settle(&mut window, "zoom-reset");
    assert!(window.query_by_label("Reset the zoom").is_none());
    // The wheel with Ctrl zooms about the pointer: the spot under it stays under it.
    let frame = on_show(&window)[1].frame;
    let pointer = frame.lerp_inside(vec2(0.5, 0.75));
    window.hover_at(pointer);
    window.run_steps(2);
    turn_wheel(&mut window, -100.0, Modifiers::NONE);
    assert_eq!(part(&window, 1), whole, "whole tiles do not scroll");
    turn_wheel(&mut window, 280.0, Modifiers::COMMAND);
    let parts = |window: &Harness<'_, App>| on_show(window).iter().map(|tile| tile.part).collect::<Vec<_>>();
    let zoomed = parts(&window);
    assert!(zoomed[1..].iter().all(|part| part.height() < 0.8 && part.center().y > 0.55), "{zoomed:?}");
    // The positive has more room, and shows more at the same scale.
    assert!(zoomed[1..].windows(2).all(|pair| near(pair[0].center(), pair[1].center())));
    // Without Ctrl it scrolls, and zooms nothing.
    turn_wheel(&mut window, 60.0, Modifiers::NONE);
    let scrolled = parts(&window);
    let is_up = |(now, before): (&egui::Rect, &egui::Rect)| now.min.y < before.min.y && now.height() == before.height();
    assert!(scrolled.iter().zip(&zoomed).skip(1).all(is_up), "{scrolled:?} {zoomed:?}");
}

#[test]
fn dragging_moves_all_tiles_and_with_shift_only_one() {
    let fixture = pages();
    let mut window = fixture.window();
    for _ in 0..5 {
        run_command(&mut window, "zoom-in");
    }
    settle(&mut window);
    let before = centers(&window);
    let at = on_show(&window)[2].frame.center();
    drag(&mut window, at, vec2(-30.0, -60.0), Modifiers::NONE);
    let after = centers(&window);
    assert!(after.iter().zip(&before).all(|(after, before)| after.y > before.y + 0.02), "{before:?} {after:?}");
    assert!(after.windows(2).all(|pair| near(pair[0], pair[1])));
    drag(&mut window, at, vec2(0.0, 50.0), Modifiers::SHIFT);
    let alone = centers(&window);
    assert!(near(alone[0], after[0]) && near(alone[1], after[1]) && near(alone[3], after[3]));
    let offset = alone[2] - alone[1];
    assert!(offset.y < -0.02, "{offset:?}");
    // All move on; the one keeps its offset, also on the next sample.
    run_and_settle(&mut window, "pan-down");
    let moved = centers(&window);
    assert!(moved[1].y > alone[1].y && ((moved[2] - moved[1]) - offset).length() < 0.01);
    run_and_settle(&mut window, "next");
    let next = centers(&window);
    assert!(near(next[0], moved[0]) && ((next[2] - next[1]) - offset).length() < 0.01);
    run_and_settle(&mut window, "zoom-reset");
    assert!(on_show(&window).iter().all(|tile| tile.part.size() == vec2(1.0, 1.0)));
    // A reset clears the offset too.
    for _ in 0..5 {
        run_command(&mut window, "zoom-in");
    }
    settle(&mut window);
    assert!(centers(&window).windows(2).all(|pair| near(pair[0], pair[1])));
}

#[test]
fn arrows_pan_all_tiles_or_the_focused_one() {
    let fixture = pages();
    let mut window = fixture.window();
    for _ in 0..6 {
        run_command(&mut window, "zoom-in");
    }
    settle(&mut window);
    let start = centers(&window);
    run_and_settle(&mut window, "pan-right");
    assert!(centers(&window)[0].x > start[0].x + 0.01);
    run_and_settle(&mut window, "pan-left");
    run_and_settle(&mut window, "pan-down");
    assert!(centers(&window)[0].y > start[0].y + 0.01);
    run_and_settle(&mut window, "pan-up");
    assert!(near(centers(&window)[0], start[0]) && near(centers(&window)[3], start[3]));
    run_and_settle(&mut window, "next-tile");
    // The picture moves where the arrow points, so its visible part moves the other way.
    run_and_settle(&mut window, "pan-alone-down");
    run_and_settle(&mut window, "pan-alone-right");
    let alone = centers(&window);
    assert!(near(alone[0], start[0]) && alone[1].y < start[1].y - 0.01 && alone[1].x < start[1].x - 0.005, "{alone:?}");
    run_and_settle(&mut window, "pan-alone-up");
    run_and_settle(&mut window, "pan-alone-left");
    assert!(near(centers(&window)[1], start[1]));
}

#[test]
fn keeps_the_zoom_for_the_next_sample_unless_switched_off() {
    let fixture = pages();
    let mut window = fixture.window();
    run_command(&mut window, "zoom-in");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "train line 2");
    assert!(window.query_by_label("Reset the zoom").is_some());
    run_command(&mut window, "keep-zoom");
    assert_text(&mut window, "Keep the zoom: off");
    run_and_settle(&mut window, "accept");
    assert!(window.query_by_label("Reset the zoom").is_none());
    step_until(&mut window, "the switch to be stored", |_| {
        fixture.config("settings.json").contains("\"keep_zoom\": false")
    });
}

#[test]
fn shows_actual_pixels_without_blur() {
    let fixture = pages();
    let mut window = fixture.window();
    assert!(on_show(&window)[0].width_px < 875, "shown smaller at first");
    run_and_settle(&mut window, "actual-pixels");
    // The same pixel scale for all, and no pixel of a tile between two of the screen.
    for tile in on_show(&window) {
        assert_eq!(tile.width_px, 875, "{tile:?}");
        let from = tile.part.min.to_vec2() * vec2(875.0, 1024.0);
        assert!((from - from.round()).length() < 1e-2, "{from:?}");
    }
}

#[test]
fn a_comparison_shows_two_tiles_and_digits_mark_there() {
    let fixture = pages();
    let mut window = fixture.window();
    let small = on_show(&window)[1].width_px;
    run_and_settle(&mut window, "compare");
    let places = |window: &Harness<'_, App>| on_show(window).iter().map(|tile| tile.place).collect::<Vec<_>>();
    assert_eq!(places(&window), [0, 1]);
    let [a, b] = on_show(&window)[..] else { panic!("two tiles") };
    assert!(a.width_px == b.width_px && a.width_px > small);
    assert_no_text(&window, "Negative 2");
    run_and_settle(&mut window, "compare-next");
    assert_eq!(places(&window), [0, 2]);
    run_and_settle(&mut window, "compare-next");
    run_and_settle(&mut window, "compare-next");
    assert_eq!(places(&window), [0, 1], "round and round");
    run_and_settle(&mut window, "compare-previous");
    assert_eq!(places(&window), [0, 3]);
    for number in [2, 1] {
        run_and_settle(&mut window, &format!("look-at-{number}"));
        assert_eq!(places(&window), [0, number]);
    }
    // A digit past the last negative chooses nothing, and marks nothing.
    for number in 3 + 1..=9 {
        run_command(&mut window, &format!("look-at-{number}"));
        run_command(&mut window, &format!("negative-{number}"));
    }
    settle(&mut window);
    assert_eq!(places(&window), [0, 1]);
    assert!(fixture.rows().is_empty());
    assert_text(&mut window, "1 of 3");
    assert_text(&mut window, "Tab next  ·  Space flip  ·  D difference  ·  T mark");
    // A digit marks, as everywhere.
    run_and_settle(&mut window, "negative-3");
    assert!(fixture.rows()[0].1.ends_with("chunk_0000_03.png"), "{:?}", fixture.rows());
    assert_text(&mut window, "Thumbnail 3: Relevant, seen");
    run_and_settle(&mut window, "undo");
    run_and_settle(&mut window, "look-at-1");
    // Judging continues in the comparison.
    run_and_settle(&mut window, "relevant");
    run_and_settle(&mut window, "accept");
    assert_eq!(places(&window), [0, 1]);
    assert_text(&mut window, "train line 2");
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(places(&window), [0, 1, 2, 3]);
    run_and_settle(&mut window, "compare");
    run_and_settle(&mut window, "compare");
    assert_eq!(places(&window), [0, 1, 2, 3]);
}

#[test]
fn blinking_is_one_wide_pane_that_a_tap_flips() {
    let fixture = pages();
    let mut window = fixture.window();
    run_and_settle(&mut window, "compare");
    let narrow = on_show(&window)[0].frame.width();
    let places = |window: &Harness<'_, App>| on_show(window).iter().map(|tile| tile.place).collect::<Vec<_>>();
    window.key_press(Key::Space);
    window.run_steps(2);
    assert_eq!(places(&window), [1], "at once");
    let frame = on_show(&window)[0].frame;
    assert!(frame.width() > 1.8 * narrow, "{frame:?}");
    assert_eq!(on_show(&window)[0].width_px, 875, "as large as its pixels");
    window.run_steps(8);
    assert_eq!(places(&window), [1], "a tap stays");
    window.key_press(Key::Space);
    window.run_steps(2);
    assert_eq!((places(&window), on_show(&window)[0].frame), (vec![0], frame), "at the same place");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(places(&window), [0, 1]);
    // Held, both alternate; released, both are beside each other again.
    window.key_down(Key::Space);
    let mut turns = 0;
    for _ in 0..120 {
        let before = places(&window);
        window.step();
        turns += usize::from(places(&window) != before);
    }
    assert!(turns >= 3, "it goes on: {turns}");
    window.key_up(Key::Space);
    window.run_steps(2);
    assert_eq!(places(&window), [0, 1]);
    assert!(fixture.rows().is_empty());
}

/// A positive with negatives that are the same picture, scrolled by two rows, and another page.
fn alike() -> Fixture {
    let paths: Vec<String> = (0..4).map(|page| tile(0, 700 + page, 0)).collect();
    let tiles = [(1, 0), (1, 0), (1, 2), (9, 0)];
    let mut set = Set::new();
    for (path, (seed, from)) in paths.iter().zip(tiles) {
        set = set.tile(path, &picture::page(400, 460, seed, from));
    }
    let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
    Fixture::new(&set.row("train", &Row::new("What is alike?", &paths[0]).negatives(&negatives)))
}

#[test]
fn the_difference_reports_identical_shifted_or_other() {
    let fixture = alike();
    let mut window = fixture.window();
    run_command(&mut window, "difference");
    wait_for(&mut window, "Difference: Identical pixels");
    run_command(&mut window, "compare-next");
    wait_for(&mut window, "after moving it 2 pixels");
    assert_no_text(&window, "more ink on the positive");
    run_command(&mut window, "compare-next");
    wait_for(&mut window, "No match: ");
    assert_text(&mut window, "Blue: more ink on the positive; orange: on the negative.");
    run_and_settle(&mut window, "difference");
    assert_no_text(&window, "Difference");
    assert_text(&mut window, "Negative 3");
}

#[test]
fn the_page_shows_its_tiles_in_reading_order() {
    let name =
        |tile: u32, chunk: u32| format!("images/shard_000/shard_00001/900.png.tiles/chunk_{tile:04}_{chunk:02}.png");
    // Written in another order than the reading order, with one tile of another page among them.
    let order = [(1, 0), (0, 10), (0, 2), (0, 0), (0, 1)];
    let mut set = Set::new().tile(&tile(0, 901, 0), &picture::png(90, 100, 9));
    for (at, (tile, chunk)) in order.into_iter().enumerate() {
        set = set.tile(&name(tile, chunk), &picture::png(90, 100, at as u8));
    }
    let (positive, own, other) = (name(0, 1), name(0, 10), tile(0, 901, 0));
    let row = Row::new("Which page?", &positive).negatives(&[&other, &own]);
    let fixture = Fixture::new(&set.row("train", &row));
    let mut window = fixture.window();
    run_command(&mut window, "page");
    wait_for(&mut window, "5 tiles in the shards, in reading order");
    settle(&mut window);
    assert_text(&mut window, "Page 900");
    assert_text(&mut window, "Tile 1 of the page: shown");
    assert_text(&mut window, "Positive: not judged");
    assert_text(&mut window, "Tile 3 of the page: shown");
    assert_text(&mut window, "Negative 2: not judged");
    assert_text(&mut window, "Tile 5 of the page: shown");
    let left_to_right: Vec<usize> = {
        let mut tiles = on_show(&window);
        tiles.sort_by(|a, b| (a.frame.min.y, a.frame.min.x).partial_cmp(&(b.frame.min.y, b.frame.min.x)).unwrap());
        tiles.iter().map(|tile| tile.place).collect()
    };
    assert_eq!(left_to_right, [0, 1, 2, 3, 4]);
    // Only the row's own tiles can be marked.
    run_command(&mut window, "next-tile");
    run_and_settle(&mut window, "relevant");
    assert_text(&mut window, "This tile is not in the row");
    assert!(fixture.rows().is_empty());
    run_command(&mut window, "next-tile");
    run_and_settle(&mut window, "relevant");
    assert!(fixture.rows()[0].1.ends_with("chunk_0000_10.png"), "{:?}", fixture.rows());
    run_command(&mut window, "alone");
    settle(&mut window);
    assert_no_text(&window, "Tile 1 of the page");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_text(&mut window, "Tile 1 of the page");
    run_and_settle(&mut window, "page");
    assert_no_text(&window, "of the page");
    assert_text(&mut window, "Negative 1");
}

#[test]
fn the_tile_in_focus_can_be_shown_alone_and_larger() {
    let fixture = pages();
    let mut window = fixture.window();
    let small = on_show(&window)[1].width_px;
    run_command(&mut window, "next-tile");
    run_and_settle(&mut window, "alone");
    assert_eq!(on_show(&window).iter().map(|tile| tile.place).collect::<Vec<_>>(), [1]);
    assert!(on_show(&window)[0].width_px > small);
    run_and_settle(&mut window, "previous-tile");
    assert_eq!(on_show(&window)[0].place, 0);
    run_and_settle(&mut window, "alone");
    assert_eq!(on_show(&window).len(), 4);
}

#[test]
fn shows_the_loupe_while_its_key_is_held() {
    let fixture = pages();
    let mut window = fixture.window();
    assert_no_text(&window, "Loupe");
    window.hover_at(on_show(&window)[1].frame.center());
    window.key_down(Key::V);
    window.run_steps(3);
    assert_text(&mut window, "Loupe at 1:1");
    settle(&mut window);
    window.key_up(Key::V);
    window.run_steps(2);
    assert_no_text(&window, "Loupe at");
    run_command(&mut window, "loupe-scale");
    window.key_down(Key::V);
    window.run_steps(3);
    assert_text(&mut window, "Loupe at 2:1");
    window.key_up(Key::V);
}

#[test]
fn columns_follow_their_keys_and_become_automatic_again() {
    let fixture = pages();
    let mut window = fixture.window();
    let columns = |window: &Harness<'_, App>| {
        let tiles = on_show(window);
        let top = tiles[1].frame.min.y;
        tiles[1..].iter().filter(|tile| (tile.frame.min.y - top).abs() < 1.0).count()
    };
    let by_themselves = columns(&window);
    run_and_settle(&mut window, "fewer-columns");
    assert_eq!(columns(&window), by_themselves - 1);
    run_and_settle(&mut window, "more-columns");
    run_and_settle(&mut window, "more-columns");
    assert_eq!(columns(&window), 3, "never more than there are negatives");
    run_and_settle(&mut window, "fewer-columns");
    run_and_settle(&mut window, "auto-columns");
    assert_eq!(columns(&window), by_themselves);
}

#[test]
fn tiles_lie_in_the_window_at_every_size_and_scale() {
    for negatives in [0_u32, 1, 2, 3, 4, 5, 7, 8, 12, 20] {
        let fixture = Fixture::new(&Set::plain(1, negatives));
        let mut window = fixture.window();
        for (width, height) in [(1280.0, 720.0), (1600.0, 900.0), (2560.0, 1440.0)] {
            for scale in [1.0, 1.25, 2.0] {
                window.set_size(vec2(width, height) / scale);
                window.run_steps(3);
                let room = egui::Rect::from_min_size(Pos2::ZERO, vec2(width, height) / scale);
                let tiles = on_show(&window);
                let what = format!("{negatives} negatives at {width}×{height}, {scale}");
                assert!(tiles.len() > usize::from(negatives > 0), "{what}");
                for tile in tiles.iter().filter(|tile| tile.frame.max.y <= room.max.y || negatives <= 8) {
                    assert!(room.contains_rect(tile.frame), "{what}: {:?}", tile.frame);
                    assert!(tile.frame.width() > 20.0 && tile.frame.height() > 20.0, "{what}: {:?}", tile.frame);
                }
            }
        }
    }
}

#[test]
fn keys_change_size_theme_and_panels_and_are_stored() {
    let fixture = pages();
    let mut window = fixture.window();
    run_and_settle(&mut window, "larger");
    assert!((window.ctx.zoom_factor() - 1.1).abs() < 1e-3);
    run_and_settle(&mut window, "usual-size");
    run_and_settle(&mut window, "smaller");
    assert!((window.ctx.zoom_factor() - 0.9).abs() < 1e-3);
    step_until(&mut window, "the size to be stored", |_| fixture.config("settings.json").contains("\"scale\": 0.9"));
    run_and_settle(&mut window, "usual-size");
    let theme = window.ctx.theme();
    run_and_settle(&mut window, "theme");
    assert_ne!(window.ctx.theme(), theme);
    assert_text(&mut window, "3 rows");
    run_and_settle(&mut window, "queue");
    assert_no_text(&window, "3 rows");
    run_and_settle(&mut window, "queue");
    assert_text(&mut window, "this session: ");
    run_and_settle(&mut window, "session-counter");
    assert_no_text(&window, "this session: ");
    let sent = |window: &Harness<'_, App>| {
        let commands = window.output().viewport_output.values().flat_map(|output| output.commands.clone());
        commands.filter(|command| *command == egui::ViewportCommand::Fullscreen(true)).count()
    };
    assert_eq!(sent(&window), 0);
    let key = entries().find(|entry| entry.word == "full-screen").unwrap().keys[0].key;
    window.key_down(key);
    window.step();
    assert_eq!(sent(&window), 1);
}
