//! The controls of the important scenes, from 1024×640 points up to 4K, and at 200 %: all of them
//! are inside the window, and none lies over another.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

mod common;

use common::{Fixture, run_and_settle, run_command, settle, wait_for};
use egui::Rect;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::Set;

/// The sizes of the window, in points.
const SIZES: [(f32, f32); 5] = [(1024.0, 640.0), (1280.0, 800.0), (1600.0, 900.0), (1920.0, 1080.0), (3840.0, 2160.0)];

/// Checks the widgets with these names.
#[track_caller]
fn all_in_view(window: &Harness<'_, App>, names: &[&str]) {
    let screen = window.ctx.content_rect();
    let places: Vec<(&str, Rect)> = names.iter().map(|name| (*name, window.get_by_label(name).rect())).collect();
    for (at, (name, place)) in places.iter().enumerate() {
        assert!(screen.contains_rect(*place), "{name} is at {place:?} of {screen:?}");
        for (other, covered) in &places[at + 1..] {
            let meets = place.shrink(1.0).intersects(*covered);
            assert!(!meets, "{name} at {place:?} and {other} at {covered:?} of {screen:?}");
        }
    }
}

#[test]
fn controls_are_inside_windows_of_all_sizes() {
    let fixture = Fixture::new(&Set::plain(6, 5));
    for size in SIZES {
        let mut window = fixture.window_of_size(Some(&fixture.set()), size);
        for view in ["grid", "reading-view"] {
            if view == "reading-view" {
                run_and_settle(&mut window, view);
            }
            all_in_view(&window, &["Accept", "Reject", "Unsure", "Flag to look again", "Tags…", "Write a note…"]);
        }
        run_and_settle(&mut window, "compare");
        all_in_view(&window, &["Accept", "Reject", "Unsure", "Back to all tiles"]);
        run_and_settle(&mut window, "compare");
        run_command(&mut window, "overview");
        wait_for(&mut window, "Overview");
        all_in_view(&window, &["Go to the rows", "Progress", "Negatives per row"]);
        run_command(&mut window, "overview");
        settle(&mut window);
    }
}
