//! Scrolling and zooming of the reading view's panes, of a comparison and of a tile alone.

#![allow(clippy::panic, reason = "an error fails the test")]

use crate::common::{assert_text, run_and_settle, run_command, settle};
use crate::reading_view::{SIZE, is_readable, part, passage_of, places, rows, scale, tiles};
use egui::{Event, Modifiers, MouseWheelUnit, Pos2, Rect, TouchPhase, vec2};
use egui_kittest::Harness;
use tilejury_app::screen::{App, VisibleTile};

fn turn_wheel(window: &mut Harness<'_, App>, at: Pos2, by: f32) {
    window.hover_at(at);
    window.run_steps(2);
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, by),
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    window.run_steps(40);
    settle(window);
}

/// Whether the passage of a tile is in view.
fn shows_passage(tile: &VisibleTile) -> bool {
    let [from, to] = [0, 14].map(|more| (passage_of(tile.place) + more) as f32 / SIZE[1] as f32);
    tile.part.min.y <= from && to <= tile.part.max.y
}

#[test]
fn panes_scroll_by_themselves_until_they_are_locked() {
    let rows = rows(1, 2, false);
    let mut window = rows.window();
    assert_eq!((part(&window, 0).min.y, part(&window, 1).min.y), (0.0, 0.0), "without text, the top");
    run_and_settle(&mut window, "page-down");
    let one = part(&window, 1).min.y;
    assert!(part(&window, 0).min.y == 0.0 && one > 0.1, "{one}");
    run_and_settle(&mut window, "page-up");
    assert_eq!(part(&window, 1).min.y, 0.0);
    run_and_settle(&mut window, "page-down");
    run_and_settle(&mut window, "scroll-up");
    assert!(part(&window, 1).min.y < one);
    // The wheel scrolls the pane under the pointer.
    let frame = tiles(&window)[0].frame;
    let one = part(&window, 1);
    turn_wheel(&mut window, frame.center(), -60.0);
    let positive = part(&window, 0).min.y;
    assert!(positive > 0.02 && part(&window, 1) == one, "{positive}");
    // A negative whose text is not known opens at the same spot.
    run_and_settle(&mut window, "pane-next");
    assert!((part(&window, 2).min.y - positive).abs() < 0.01, "{:?}", part(&window, 2));
    run_and_settle(&mut window, "pane-previous");
    assert_eq!(part(&window, 1), one, "where it was left");
    run_command(&mut window, "lock-panes");
    assert_text(&mut window, "Panes scroll together.");
    run_and_settle(&mut window, "scroll-down");
    let moved = [0, 1].map(|place| part(&window, place).min.y);
    assert!(moved[0] > positive + 0.02 && moved[1] > one.min.y + 0.02, "{moved:?}");
    assert!(((moved[0] - positive) - (moved[1] - one.min.y)).abs() < 0.01, "as many pixels: {moved:?}");
}

#[test]
fn locked_panes_keep_their_distance_past_the_end_of_one() {
    let rows = rows(1, 1, false);
    let mut window = rows.window();
    let frame = tiles(&window)[0].frame;
    turn_wheel(&mut window, frame.center(), -60.0);
    let start = [0, 1].map(|place| part(&window, place).min.y);
    assert!(start[0] > 0.02 && start[1] == 0.0, "{start:?}");
    run_command(&mut window, "lock-panes");
    for _ in 0..5 {
        run_and_settle(&mut window, "page-down");
    }
    assert!([0, 1].iter().all(|place| part(&window, *place).max.y > 0.999), "both at their ends");
    for _ in 0..5 {
        run_and_settle(&mut window, "page-up");
    }
    let back = [0, 1].map(|place| part(&window, place).min.y);
    assert!((0..2).all(|at| (back[at] - start[at]).abs() < 0.01), "{start:?} {back:?}");
}

#[test]
fn compared_tiles_open_at_their_own_passages_and_move_together() {
    let rows = rows(1, 3, true);
    let mut window = rows.fixture.window_of_size(Some(&rows.fixture.set()), (1100.0, 560.0));
    run_and_settle(&mut window, "compare");
    let [positive, other] = tiles(&window)[..] else { panic!("two tiles") };
    assert!(shows_passage(&positive) && shows_passage(&other), "{positive:?} {other:?}");
    let apart = positive.part.min.y - other.part.min.y;
    assert!(apart > 0.2, "the passages are far from each other: {apart}");
    // Both move by as much, and keep their distance where one of them is at its end.
    turn_wheel(&mut window, positive.frame.center(), 40.0);
    let up = [0, other.place].map(|place| part(&window, place).min.y);
    assert!(up[0] < positive.part.min.y - 0.02, "{up:?}");
    turn_wheel(&mut window, positive.frame.center(), -40.0);
    let back = [0, other.place].map(|place| part(&window, place).min.y);
    assert!((back[0] - back[1] - apart).abs() < 0.005, "{apart} {back:?}");
    // The next negative opens at its passage, too, and the positive stays.
    let positive = part(&window, 0);
    run_and_settle(&mut window, "compare-next");
    let [first, next] = tiles(&window)[..] else { panic!("two tiles") };
    assert!(next.place != other.place && shows_passage(&next) && first.part == positive, "{next:?}");
    // A difference is of the same pixels: both are where the negative was.
    run_and_settle(&mut window, "difference");
    let parts: Vec<Rect> = tiles(&window).iter().map(|tile| tile.part).collect();
    assert!(parts.iter().all(|part| (part.min.y - next.part.min.y).abs() < 0.005), "{parts:?}");
}

#[test]
fn a_comparison_begins_where_panes_were_scrolled_to() {
    let rows = rows(1, 1, true);
    let mut window = rows.fixture.window_of_size(Some(&rows.fixture.set()), (1100.0, 560.0));
    let frame = tiles(&window)[1].frame;
    turn_wheel(&mut window, frame.center(), -90.0);
    let scrolled = part(&window, 1).center().y;
    run_and_settle(&mut window, "compare");
    assert!((part(&window, 1).center().y - scrolled).abs() < 0.01, "{:?}", part(&window, 1));
    assert!(shows_passage(&tiles(&window)[0]), "the other one opens at its passage");
}

#[test]
fn a_tile_alone_fills_the_width_and_scrolls() {
    let rows = rows(1, 2, true);
    let mut window = rows.window();
    run_and_settle(&mut window, "alone");
    assert_eq!(places(&window), [1]);
    assert_eq!(scale(&tiles(&window)[0]), 1.0, "pixel by pixel, since the window has the width");
    assert!(is_readable(&tiles(&window)[0]));
    assert_text(&mut window, "1 of 2");
    let before = part(&window, 1).min.y;
    run_and_settle(&mut window, "page-down");
    assert!(part(&window, 1).min.y > before);
    run_and_settle(&mut window, "pane-next");
    assert_eq!(places(&window), [2]);
}

#[test]
fn zooming_is_shared_by_panes_and_resets_to_their_passages() {
    let rows = rows(1, 2, true);
    let mut window = rows.window();
    let opened = [0, 1].map(|place| part(&window, place));
    run_and_settle(&mut window, "actual-pixels");
    assert!(tiles(&window).iter().all(|tile| tile.width_px == SIZE[0]));
    assert_text(&mut window, "100 %");
    run_and_settle(&mut window, "page-down");
    run_and_settle(&mut window, "zoom-reset");
    assert_eq!([0, 1].map(|place| part(&window, place)), opened);
}
