//! Drawing with the room that a window has: pictures in lists, low tiles, the strip, marks and
//! their grounds, the edges of the window.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, painted_text, run_and_settle, run_command, settle, texts, wait_for,
};
use egui::accesskit::Role;
use egui::{Color32, Rect, Shape, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::{App, VisibleTile};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// The sizes of usual and of low tiles.
const USUAL: [u32; 2] = [875, 1024];
const LOW: [u32; 2] = [875, 310];

/// Two rows of tiles of a size, the second with a negative that is a copy of its positive; the
/// texts of all have some words of the query, and the answer.
fn rows_of(size: [u32; 2], negatives: u32) -> Fixture {
    let (mut set, mut readings) = (Set::new(), Vec::new());
    for row in 0..2 {
        let paths: Vec<String> = (0..=negatives).map(|chunk| tile(0, 700 + row, chunk)).collect();
        for (place, path) in paths.iter().enumerate() {
            let from = if row == 1 && place == 1 { 0 } else { 1024 * place as u32 };
            let bytes = picture::page(size[0], size[1], row, from);
            let lines = [(60, "Contents and history"), (200, "The salt mine was opened in spring 1821 by a company.")];
            readings.push(texts::reading(path, &bytes, &lines));
            set = set.tile(path, &bytes);
        }
        let others: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
        let row = Row::new("When was the salt mine opened?", &paths[0]).negatives(&others);
        set = set.row("train", &row.field("answer", "in spring 1821".into()));
    }
    let fixture = Fixture::with_usual_settings(&set);
    texts::store(&fixture.set(), &readings);
    fixture
}

fn window_of(fixture: &Fixture, size: (f32, f32)) -> Harness<'static, App> {
    fixture.window_of_size(Some(&fixture.set()), size)
}

/// A window in the reading view, which the next window of the fixture has at once.
fn in_reading_view(fixture: &Fixture, size: (f32, f32)) -> Harness<'static, App> {
    let mut window = window_of(fixture, size);
    if window.query_by_label_contains("Thumbnail 2: ").is_none() {
        run_and_settle(&mut window, "reading-view");
    }
    window
}

fn shown(window: &Harness<'_, App>) -> Vec<VisibleTile> {
    window.state().visible_tiles()
}

/// All shapes that are painted.
fn shapes(window: &Harness<'_, App>) -> Vec<Shape> {
    fn collect(shape: &Shape, all: &mut Vec<Shape>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, all)),
            shape => all.push(shape.clone()),
        }
    }
    let mut all = Vec::new();
    window.output().shapes.iter().for_each(|clipped| collect(&clipped.shape, &mut all));
    all
}

/// The pictures that are painted: for each the pixels of its texture for one point of the screen.
fn pixels_a_point(window: &Harness<'_, App>) -> Vec<f32> {
    let manager = window.ctx.tex_manager();
    let manager = manager.read();
    let of_mesh = |shape: &Shape| {
        let Shape::Mesh(mesh) = shape else { return None };
        let size = manager.meta(mesh.texture_id).filter(|meta| meta.name == "tile")?.size;
        let (first, last) = (mesh.vertices.first()?, mesh.vertices.last()?);
        Some(size[0] as f32 * (last.uv.x - first.uv.x).abs() / (last.pos.x - first.pos.x).abs().max(1.0))
    };
    shapes(window).iter().filter_map(of_mesh).collect()
}

#[test]
fn lists_of_tiles_have_pictures_of_their_own_size() {
    let fixture = rows_of(USUAL, 2);
    let mut window = window_of(&fixture, (1600.0, 900.0));
    run_command(&mut window, "messages");
    wait_for(&mut window, "Scan of tiles: ");
    window.key_press(egui::Key::Escape);
    run_and_settle(&mut window, "next");
    for view in ["similar", "tile-search"] {
        run_command(&mut window, view);
        wait_for(&mut window, "Found 2: ");
        settle(&mut window);
        window.run_steps(4);
        let all = pixels_a_point(&window);
        assert!(all.len() >= 3, "{view}: the list and a pane: {all:?}");
        assert!(all.iter().all(|pixels| *pixels < 2.0), "{view}: no picture loses its lines: {all:?}");
        window.key_press(egui::Key::Escape);
        window.run_steps(4);
    }
}

#[test]
fn low_tiles_grow_as_long_as_all_of_them_is_visible() {
    let fixture = rows_of(LOW, 2);
    let mut window = window_of(&fixture, (2560.0, 1440.0));
    // Shapes that arrive late change nothing until the row is visited again.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "previous");
    for view in ["compare", "difference"] {
        run_and_settle(&mut window, view);
        for tile in shown(&window) {
            let height = tile.width_px as f32 * LOW[1] as f32 / LOW[0] as f32;
            let is_full = tile.width_px as f32 >= tile.frame.width() - 1.0 || height >= tile.frame.height() - 60.0;
            assert!(is_full && tile.width_px > 1200 && tile.part.height() > 0.999, "{view}: {tile:?}");
        }
    }
    run_and_settle(&mut window, "compare");
    // In a list of found tiles there is less width: two low ones are below each other.
    run_command(&mut window, "tile-search");
    wait_for(&mut window, "Found 1: ");
    settle(&mut window);
    let [above, below] = &shown(&window)[..] else { panic!("{:?}", shown(&window)) };
    assert!(below.frame.min.y > above.frame.max.y && above.width_px > 1200, "{above:?} {below:?}");
}

#[test]
fn the_strip_uses_the_room_beside_and_below_the_panes() {
    let fixture = rows_of(USUAL, 4);
    let cell = |window: &Harness<'_, App>| window.get_by_label_contains("Thumbnail 2: ").rect();
    let small = in_reading_view(&fixture, (1280.0, 720.0));
    assert!(cell(&small).height() < 70.0, "tiles need the room");
    drop(small);
    let mut large = in_reading_view(&fixture, (2560.0, 1440.0));
    let beside = cell(&large);
    assert!(beside.width() > 250.0 && beside.height() > 120.0, "{beside:?}");
    let scales = |window: &Harness<'_, App>| shown(window).iter().map(|tile| tile.width_px).collect::<Vec<_>>();
    assert!(scales(&large).iter().all(|width| *width >= 875), "no tile is smaller for it: {:?}", scales(&large));
    for negative in ["survey-1", "survey-2", "survey-3"] {
        run_and_settle(&mut large, negative);
    }
    let below = cell(&large);
    assert!(below.height() > 120.0, "{below:?}");
    large.run_steps(4);
    let all = pixels_a_point(&large);
    assert!(all.iter().all(|pixels| *pixels < 1.3), "{all:?}");
    assert!(shown(&large).iter().all(|tile| tile.part.height() > 0.999), "{:?}", shown(&large));
}

#[test]
fn rings_around_panes_end_before_the_edge_of_the_window() {
    let fixture = rows_of(USUAL, 2);
    for (width, height) in [(1280.0, 720.0), (1600.0, 900.0)] {
        let mut window = in_reading_view(&fixture, (width, height));
        for view in ["reading view", "comparison"] {
            let ring = |shape: &Shape| match shape {
                Shape::Rect(rect) if rect.fill == Color32::TRANSPARENT && rect.stroke.width > 1.5 => {
                    Some(rect.visual_bounding_rect())
                }
                _ => None,
            };
            let rings: Vec<Rect> =
                shapes(&window).iter().filter_map(ring).filter(|ring| ring.width() > 300.0).collect();
            assert!(!rings.is_empty(), "{view}");
            assert!(rings.iter().all(|ring| ring.max.x <= width - 4.0), "{view} at {width}: {rings:?}");
            if view == "reading view" {
                run_and_settle(&mut window, "compare");
            }
        }
    }
}

#[test]
fn the_tile_of_a_comparison_has_one_ground_in_the_line() {
    let fixture = rows_of(USUAL, 3);
    let mut window = window_of(&fixture, (1280.0, 720.0));
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "relevant");
    run_and_settle(&mut window, "compare");
    let label = window.get_by_label_contains("Thumbnail 1: ").rect();
    let has_ground = |galley: &std::sync::Arc<egui::Galley>| {
        galley.job.sections.iter().any(|section| section.format.background != Color32::TRANSPARENT)
    };
    assert!(!painted_text(&window).iter().any(has_ground), "signs of several fonts have grounds of several heights");
    let grounds = shapes(&window).into_iter().filter(|shape| match shape {
        Shape::Rect(rect) => {
            rect.fill != Color32::TRANSPARENT && rect.rect.contains_rect(label) && rect.rect.height() < 40.0
        }
        _ => false,
    });
    assert_eq!(grounds.count(), 1);
}

#[test]
fn marks_of_a_hit_cover_no_other_word() {
    let fixture = rows_of(USUAL, 2);
    let mut window = window_of(&fixture, (1600.0, 900.0));
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "The answer, 1 of ");
    settle(&mut window);
    let tile = shown(&window).into_iter().find(|tile| tile.place == 0).unwrap();
    let painted = (tile.width_px as f32).min(tile.frame.width());
    let left = tile.frame.center().x - painted / 2.0;
    let scale = tile.width_px as f32 / USUAL[0] as f32;
    let at = |x: u32, y: u32| {
        let from = tile.part.min.to_vec2() * vec2(USUAL[0] as f32, USUAL[1] as f32);
        pos2(left, tile.frame.min.y) + (vec2(x as f32, y as f32) - from) * scale
    };
    // “opened in spring 1821 by”: words are 8 pixels apart.
    let (opened, by) = (Rect::from_min_max(at(198, 200), at(252, 214)), Rect::from_min_max(at(392, 200), at(410, 214)));
    let mut edges = 0;
    for shape in shapes(&window) {
        let Shape::Rect(rect) = shape else { continue };
        if rect.stroke.width < 1.0 || !rect.rect.contains(at(300, 207)) || rect.rect.height() > 60.0 {
            continue;
        }
        edges += 1;
        assert_ne!(rect.stroke.color, Color32::WHITE, "a light edge would erase letters");
        for word in [opened, by] {
            assert!(!rect.visual_bounding_rect().intersects(word.shrink(0.5)), "{rect:?} covers {word:?} at {scale}");
        }
    }
    assert!(edges >= 2, "the answer and the frame around it: {edges}");
}

#[test]
fn tiles_that_were_moved_are_counted_beside_a_button() {
    let fixture = rows_of(USUAL, 2);
    let mut window = window_of(&fixture, (1600.0, 900.0));
    assert!(window.query_by_label("Reset the zoom").is_none());
    run_command(&mut window, "next-hit");
    settle(&mut window);
    window.run_steps(4);
    assert_text(&mut window, "moved separately");
    assert_no_text(&window, "0 resets");
    window.get_by_label("Reset the zoom").click();
    window.run_steps(3);
    settle(&mut window);
    assert!(window.query_by_label("Reset the zoom").is_none());
    assert_no_text(&window, "moved separately");
    assert!(shown(&window).iter().all(|tile| tile.part.height() > 0.999));
}

#[test]
fn windows_of_zoomed_tiles_fill_the_grid() {
    let fixture = rows_of(USUAL, 4);
    for size in [(1280.0, 720.0), (1600.0, 900.0), (2560.0, 1440.0)] {
        let mut window = window_of(&fixture, size);
        let first_row = |window: &Harness<'_, App>| {
            let top = shown(window)[0].frame.top();
            shown(window).iter().map(|tile| tile.frame).filter(|frame| frame.top() == top).collect::<Vec<_>>()
        };
        let before = first_row(&window);
        for _ in 0..5 {
            run_command(&mut window, "zoom-in");
        }
        settle(&mut window);
        let frames: Vec<Rect> = shown(&window).iter().map(|tile| tile.frame).collect();
        assert!(frames[1..].iter().all(|frame| frame.area() <= 1.01 * frames[0].area()), "at {size:?}: {frames:?}");
        let all = frames.iter().copied().reduce(Rect::union).unwrap();
        let covered = frames.iter().map(Rect::area).sum::<f32>() / all.area();
        assert!(covered > 0.75, "{covered} at {size:?}: {frames:?}");
        let corners = |frames: &[Rect]| frames.iter().map(|frame| frame.min).collect::<Vec<_>>();
        let after = corners(&first_row(&window));
        assert!(corners(&before).iter().all(|corner| after.contains(corner)), "it moved at {size:?}");
    }
}

#[test]
fn the_buttons_above_the_text_of_a_tile_share_its_row() {
    let fixture = rows_of(USUAL, 2);
    for size in [(1024.0, 640.0), (1280.0, 720.0), (1600.0, 900.0)] {
        let mut window = in_reading_view(&fixture, size);
        for panel in ["row-fields", "tile-text"] {
            run_and_settle(&mut window, panel);
        }
        window.run_steps(4);
        let rows = ["Copy the tile's text", "Next hit"]
            .map(|name| window.get_by_role_and_label(Role::Button, name).rect().top());
        assert!((rows[0] - rows[1]).abs() < 2.0, "at {size:?}: {rows:?}");
        for panel in ["row-fields", "tile-text"] {
            run_and_settle(&mut window, panel);
        }
    }
}

#[test]
fn cards_of_one_width_are_named_alike() {
    let fixture = rows_of(USUAL, 4);
    for size in [(1280.0, 720.0), (1600.0, 900.0), (2560.0, 1440.0)] {
        let mut window = window_of(&fixture, size);
        run_and_settle(&mut window, "next");
        run_and_settle(&mut window, "negative-2");
        window.run_steps(4);
        let words = |number: usize| {
            let (short, long) = (number.to_string(), format!("{number}  Negative"));
            let has = |text: &str| painted_text(&window).iter().any(|galley| galley.text() == text);
            assert!(has(&short) || has(&long), "{number} at {size:?}");
            has(&long)
        };
        let all: Vec<bool> = (1..=4).map(words).collect();
        assert!(all.iter().all(|one| *one == all[0]), "at {size:?}: {all:?}");
    }
}
