//! The controls of the important scenes, from 1024×640 points up to 4K, and at 200 %: all of them
//! are inside the window, and none lies over another.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{Fixture, import_scores, press, run_and_settle, run_command, settle, wait_for};
use egui::{Key, Rect, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use serde_json::json;
use tilejury_app::screen::App;
use tilejury_data::Dataset;
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

/// The smallest window, and windows of 1280×800 at 150 % and of 1600×900 at 200 %, in points.
const SMALL: [(f32, f32); 3] = [(1024.0, 640.0), (853.0, 533.0), (800.0, 450.0)];
/// The dialogs that have much to show, by the words of their commands.
const DIALOGS: [&str; 12] = [
    "settings",
    "export",
    "check",
    "jobs",
    "exchange",
    "team",
    "assign",
    "new-audit",
    "audits",
    "help",
    "palette",
    "annotator",
];

/// The texts that are cut off at the left or right.
fn cut_texts(window: &Harness<'_, App>, view: &str) -> Vec<String> {
    fn collect(shape: &Shape, clip: Rect, cut: &mut Vec<String>) {
        match shape {
            Shape::Text(text) if text.galley.rect.width() > 0.0 => {
                let place = text.galley.rect.translate(text.pos.to_vec2());
                let is_seen = place.intersects(clip);
                if is_seen && (place.left() < clip.left() - 2.0 || place.right() > clip.right() + 2.0) {
                    cut.push(format!("{:?} at {place:?} in {clip:?}", text.galley.text()));
                }
            }
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, cut)),
            _ => {}
        }
    }
    let screen = window.ctx.content_rect();
    let mut cut = Vec::new();
    for clipped in &window.output().shapes {
        collect(&clipped.shape, clipped.clip_rect.intersect(screen), &mut cut);
    }
    cut.iter().map(|text| format!("{view} in {screen:?}: {text}")).collect()
}

#[test]
fn dialogs_and_overview_are_whole_with_large_text() {
    let fixture = Fixture::new(&Set::plain(6, 5));
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let lines = dataset.indices().flat_map(|index| {
        let sample = dataset.sample(index).unwrap();
        let tiles: Vec<String> = sample.tiles().map(|tile| tile.path.to_string()).collect();
        let line = move |path: String| {
            format!("{}\n", json!({"query": sample.query, "path": path, "score": 0.5, "source": "an-embedder"}))
        };
        tiles.into_iter().map(line)
    });
    import_scores(&fixture, &lines.collect::<String>());
    let mut cut = Vec::new();
    for size in SMALL {
        let mut window = fixture.window_of_size(Some(&fixture.set()), size);
        for view in DIALOGS {
            run_and_settle(&mut window, view);
            cut.extend(cut_texts(&window, view));
            press(&mut window, Key::Escape);
            settle(&mut window);
        }
        run_command(&mut window, "overview");
        wait_for(&mut window, "negatives scored nearly as high as the positive, or higher");
        cut.extend(cut_texts(&window, "overview"));
    }
    assert!(cut.is_empty(), "{cut:#?}");
}
