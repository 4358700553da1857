//! The menus in a window of 1280×800 points: all lines are in view, submenus open and run commands.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test reports what is missing")]

use crate::common::{Fixture, run_and_settle, settle};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::command::{Entry, Menu, entries};
use tilejury_app::screen::App;
use tilejury_testkit::Set;

const HEIGHT: f32 = 800.0;

fn window(fixture: &Fixture) -> Harness<'static, App> {
    let start = fixture.start(Some(&fixture.set()));
    let builder = Harness::builder().with_size((1280.0, HEIGHT)).with_max_steps(64);
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    window
}

/// Clicks the last widget with a label: menus are after all panels.
#[track_caller]
fn click(window: &mut Harness<'_, App>, label: &str) {
    let widget = window.query_all_by_label(label).last();
    widget.unwrap_or_else(|| panic!("no widget {label}")).click();
    window.run_steps(4);
}

/// Checks that an entry is in its open menu, inside the window, and not scrolled out of view.
#[track_caller]
fn is_in_view(window: &mut Harness<'_, App>, entry: &Entry) {
    let path = entry.menu_path();
    // A button of a panel may have the same name; its hint has another text.
    let count = window.query_all_by_label(entry.name).count();
    let shows_help = (0..count).any(|at| {
        let Some(line) = window.query_all_by_label(entry.name).nth(at) else { return false };
        if line.rect().min.y <= 0.0 || line.rect().max.y >= HEIGHT {
            return false;
        }
        // A line that is scrolled out of view does not react to the pointer.
        line.hover();
        window.run_steps(6);
        window.query_all_by_label(entry.help).next().is_some()
    });
    assert!(shows_help, "{path} › {} is cut off", entry.name);
}

#[test]
fn all_menus_fit_a_window_of_800_points() {
    // Nine negatives and a comparison: no line is hidden.
    let fixture = Fixture::new(&Set::plain(4, 9));
    let mut window = window(&fixture);
    run_and_settle(&mut window, "compare");
    for menu in Menu::ALL {
        window.get_by_label(menu.name()).click();
        window.run_steps(4);
        let mut open = None;
        for entry in entries().filter(|entry| entry.menu == menu) {
            if entry.submenu != open {
                if let Some(submenu) = entry.submenu {
                    click(&mut window, submenu);
                }
                open = entry.submenu;
            }
            is_in_view(&mut window, entry);
        }
        window.key_press(Key::Escape);
        window.run_steps(4);
    }
}

#[test]
fn submenu_runs_its_command_and_closes_all_menus() {
    let fixture = Fixture::plain();
    let mut window = window(&fixture);
    window.get_by_label("View").click();
    window.run_steps(4);
    click(&mut window, "Zoom");
    click(&mut window, "Zoom in");
    settle(&mut window);
    assert!(window.query_by_label("Reset the zoom").is_some());
    assert!(window.query_by_label("Whole page").is_none());
}

#[test]
fn tooltip_of_a_line_covers_no_other_line() {
    let fixture = Fixture::plain();
    let mut window = window(&fixture);
    window.get_by_label("View").click();
    window.run_steps(4);
    let line = window.query_all_by_label("Reading view").last().unwrap();
    let right = line.rect().right();
    line.hover();
    window.run_steps(6);
    let entry = entries().find(|entry| entry.word == "reading-view").unwrap();
    let tooltip = window.query_all_by_label(entry.help).next().unwrap().rect();
    assert!(tooltip.left() > right, "{tooltip:?} begins left of {right}");
}
