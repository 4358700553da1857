//! Finding samples: the search language, saved filters, the palette, other rows of a tile, numbers
//! and lines to go to.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, painted, painted_text, press, run_and_settle, run_command, settle,
    step_until, type_into, wait_for,
};
use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::{Key, Rect, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, contrast, picture};

#[test]
fn filters_apply_at_once_and_are_completed() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "accept");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "verd");
    // The first letters of a filter offer it, and Tab accepts it; then its values.
    assert_text(&mut window, "verdict:");
    window.key_press(Key::Tab);
    window.run_steps(4);
    assert_text(&mut window, "unsure");
    type_into(&mut window, "Search", "re");
    window.key_press(Key::Tab);
    wait_for(&mut window, "1 of 10 rows");
    let field = window.get_by_role_and_label(Role::TextInput, "Search").value();
    assert_eq!(field.as_deref(), Some("verdict:reject "));
    type_into(&mut window, "Search", "page 0");
    wait_for(&mut window, "1 of 10 rows");
    press(&mut window, Key::Escape);
    wait_for(&mut window, "10 rows");
}

#[test]
fn a_bad_filter_reports_its_error_and_keeps_the_list() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "page 7");
    wait_for(&mut window, "1 of 10 rows");
    type_into(&mut window, "Search", " verdict:maybe");
    wait_for(&mut window, "`maybe` is not one of accept, reject, unsure, none");
    assert_text(&mut window, "1 of 10 rows");
    press(&mut window, Key::Escape);
    wait_for(&mut window, "10 rows");
    type_into_search(&mut window, "verdit:accept");
    wait_for(&mut window, "verdict");
    assert_text(&mut window, "10 rows");
    give_after_escape(&mut window, "show-all");
    assert_text(&mut window, "10 rows");
}

fn type_into_search(window: &mut egui_kittest::Harness<'_, tilejury_app::screen::App>, text: &str) {
    run_command(window, "search");
    type_into(window, "Search", text);
}

fn give_after_escape(window: &mut egui_kittest::Harness<'_, tilejury_app::screen::App>, word: &str) {
    press(window, Key::Escape);
    run_command(window, word);
}

#[test]
fn enter_goes_to_the_first_match_and_filters_are_removable() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    type_into_search(&mut window, "page 7");
    press(&mut window, Key::Enter);
    step_until(&mut window, "the first found", |window| {
        window.query_all_by_label_contains("train line 8").next().is_some()
    });
    run_and_settle(&mut window, "show-all");
    wait_for(&mut window, "10 rows");
    assert_text(&mut window, "train line 8");
    assert_eq!(window.get_by_role_and_label(Role::TextInput, "Search").value().unwrap_or_default(), "");
    // A search without matches reports it, with a way back.
    type_into_search(&mut window, "zebra");
    wait_for(&mut window, "No row matches this search.");
    window.get_by_label("Show all rows").click();
    wait_for(&mut window, "10 rows");
}

#[test]
fn a_search_is_saved_under_a_name_and_found_in_menu_and_palette() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "save-filter");
    assert_text(&mut window, "There is no search to save.");
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "reject");
    type_into_search(&mut window, "verdict:reject ");
    press(&mut window, Key::Enter);
    run_command(&mut window, "save-filter");
    type_into(&mut window, "Name", "Thrown out");
    press(&mut window, Key::Enter);
    step_until(&mut window, "the filter to be stored", |_| fixture.config("settings.json").contains("Thrown out"));
    run_command(&mut window, "show-all");
    wait_for(&mut window, "10 rows");
    drop(window);
    let mut window = fixture.window();
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "thrown");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "1 of 10 rows");
    run_command(&mut window, "show-all");
    window.get_by_label("Filters").click();
    window.run_steps(4);
    window.get_by_label("Thrown out").click();
    wait_for(&mut window, "1 of 10 rows");
    window.get_by_label("Filters").click();
    window.run_steps(4);
    window.get_by_label("Delete a saved filter").click();
    window.run_steps(4);
    let buttons: Vec<_> = window.query_all_by_label("Thrown out").collect();
    buttons.last().unwrap().click();
    step_until(&mut window, "the filter to be forgotten", |_| !fixture.config("settings.json").contains("Thrown out"));
}

#[test]
fn the_palette_finds_commands_rows_and_recent_sets() {
    let fixture = Fixture::plain();
    let other = fixture.dir.path().join("other");
    Set::plain(4, 2).write(&other);
    drop(fixture.window_on(Some(&other)));
    let mut window = fixture.window();
    run_command(&mut window, "palette");
    // A few letters of a name, not even next to each other.
    type_into(&mut window, "Find", "nxt unjdg");
    assert_text(&mut window, "Next unjudged");
    press(&mut window, Key::Escape);
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "reject");
    press(&mut window, Key::Enter);
    assert_eq!(fixture.verdicts(), [(1, "reject".into())]);
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "train:7");
    assert_text(&mut window, "Go to train line 7");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "train line 7");
    // Arrows choose.
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "row");
    window.key_press(Key::ArrowDown);
    window.key_press(Key::ArrowUp);
    window.run_steps(2);
    press(&mut window, Key::Escape);
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "zzzqqq");
    assert_text(&mut window, "No matches.");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Escape);
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "open other");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "0 of 4 judged");
}

/// Three rows: a tile that is positive in one and negative in another, and another tile of its page
/// in the third.
#[test]
fn the_palette_names_keys_that_work_in_the_view_behind_it() {
    let fixture = Fixture::for_reading_view(&Set::plain(10, 3));
    let mut window = fixture.window();
    let keys_of_next = |window: &mut Harness<'_, App>| {
        run_command(window, "palette");
        type_into(window, "Find", "next row");
        let line = window.get_by_role_and_label(Role::Button, "Next row").rect();
        let texts = painted(window).into_iter().filter_map(|(_, shape)| match shape {
            Shape::Text(text) if line.contains(text.visual_bounding_rect().center()) => Some(text),
            _ => None,
        });
        let keys = texts.max_by(|a, b| a.pos.x.total_cmp(&b.pos.x)).unwrap().galley.text().to_owned();
        press(window, Key::Escape);
        keys
    };
    // In the reading view, the arrows change and scroll the pane.
    assert_eq!(keys_of_next(&mut window), "J");
    run_and_settle(&mut window, "reading-view");
    assert_eq!(keys_of_next(&mut window), "J, ↓, →", "in the grid");
}

#[test]
fn no_line_of_the_palette_is_cut() {
    for size in [(1100.0, 560.0), (1280.0, 720.0), (2560.0, 1440.0)] {
        let fixture = Fixture::plain();
        let mut window = fixture.window_of_size(Some(&fixture.set()), size);
        run_command(&mut window, "palette");
        type_into(&mut window, "Find", "next");
        window.run_steps(4);
        let lines: Vec<(Rect, Rect)> = painted(&window)
            .into_iter()
            .filter_map(|(area, shape)| match shape {
                Shape::Text(text) if text.galley.text().contains("   Go") => Some((area, text.visual_bounding_rect())),
                _ => None,
            })
            .collect();
        assert!(lines.len() > 4, "{size:?}: {lines:?}");
        let list = lines[0].0;
        let texts = painted(&window).into_iter().filter_map(|(area, shape)| match shape {
            Shape::Text(text) if area == list => Some((text.visual_bounding_rect(), text.galley.text().to_owned())),
            _ => None,
        });
        for (text, words) in texts.filter(|(text, _)| list.intersects(text.shrink(1.0))) {
            assert!(list.expand(1.0).contains_rect(text), "{size:?}: {words} at {text:?} is cut by {list:?}");
        }
        // Most windows have room for all.
        let last = window.get_by_label_contains("Search rows for “next”").rect();
        assert_eq!(list.expand(1.0).contains_rect(last), size.1 > 700.0, "{size:?}: {last:?} in {list:?}");
    }
}

#[test]
fn the_reason_of_a_grey_entry_can_be_read() {
    let fixture = Fixture::plain();
    for theme in ["dark", "light"] {
        let settings =
            format!(r#"{{"theme": "{theme}", "look_at_pixels": false, "reading": "off", "overview_first": false}}"#);
        put(&fixture.dir.path().join("config/settings.json"), settings.as_bytes());
        let mut window = fixture.window();
        run_command(&mut window, "palette");
        type_into(&mut window, "Find", "compare with the next");
        window.run_steps(2);
        let line =
            painted_text(&window).into_iter().find(|galley| galley.text().contains("needs a comparison")).unwrap();
        let ground = window.ctx.global_style().visuals.window_fill;
        // As painted: what cannot be used is mostly paler than its layout says.
        let letters = line.rows.iter().flat_map(|row| &row.visuals.mesh.vertices);
        let colours: BTreeSet<[u8; 4]> = letters.map(|letter| letter.color.to_array()).collect();
        assert!(!colours.is_empty());
        for [r, g, b, a] in colours {
            let over = |colour: u8, ground: u8| colour + (f32::from(ground) * (1.0 - f32::from(a) / 255.0)) as u8;
            let seen = [over(r, ground.r()), over(g, ground.g()), over(b, ground.b())];
            let ratio = contrast::ratio([seen, [ground.r(), ground.g(), ground.b()]]);
            assert!(ratio >= 4.5, "{theme}: {seen:?} on {ground:?}: {ratio:.1}");
        }
    }
}

fn shared() -> Fixture {
    let (a, b, c, d) = (tile(0, 1, 0), tile(0, 2, 0), tile(0, 1, 1), tile(0, 3, 0));
    let mut set = Set::new();
    for (at, path) in [&a, &b, &c, &d].into_iter().enumerate() {
        set = set.tile(path, &picture::png(50, 60, at as u8));
    }
    // Another spelling of the same tile.
    let absolute = format!("/mined/kiwix_tiles/{}", a.strip_prefix("images/").unwrap());
    let rows = [
        Row::new("first", &a).negatives(&[&b, &d]),
        Row::new("second", &b).negatives(&[&d, &absolute]),
        Row::new("third", &d).negatives(&[&c]),
        Row::new("fourth", &b).negatives(&[&d]),
    ];
    Fixture::new(&rows.iter().fold(set, |set, row| set.row("train", row)))
}

#[test]
fn finds_every_row_of_a_tile_and_filters_to_them() {
    let fixture = shared();
    let mut window = fixture.window();
    run_command(&mut window, "where-tile");
    wait_for(&mut window, "Filter to");
    wait_for(&mut window, "negative 2");
    assert_text(&mut window, "train line 1");
    assert_text(&mut window, "train line 2");
    assert_no_text(&window, "train line 3");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "2 of 4 rows");
    let field = window.get_by_role_and_label(Role::TextInput, "Search").value().unwrap();
    assert!(field.starts_with("tile:"), "{field}");
    run_command(&mut window, "where-page");
    wait_for(&mut window, "train line 3");
    assert_no_text(&window, "train line 4");
    window.get_by_label("Filter to these rows").click();
    wait_for(&mut window, "3 of 4 rows");
    // A line leads to its row.
    run_command(&mut window, "where-tile");
    wait_for(&mut window, "negative 2");
    window.get_by_label("train line 2").click();
    settle(&mut window);
    assert_text(&mut window, "2 of 3");
}

#[test]
fn goes_to_a_number_or_a_line() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "go-to");
    type_into(&mut window, "Position in the list, or split:line, such as eval:3", "train:4");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "train line 4");
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "train line 5");
    run_and_settle(&mut window, "previous");
    run_and_settle(&mut window, "last");
    assert_text(&mut window, "train line 10");
}

#[test]
fn enter_typed_before_a_field_is_drawn_goes_there() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    window.key_press(Key::G);
    window.step();
    // The first frame of the dialog has all of it at once.
    window.event(egui::Event::Text("train:4".into()));
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_text(&mut window, "train line 4");
    assert_no_text(&window, "Position in the list");
}

#[test]
fn text_typed_before_a_field_is_drawn_goes_into_it() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let text = |window: &egui_kittest::Harness<'_, tilejury_app::screen::App>, text: &str| {
        for letter in text.chars() {
            window.event(egui::Event::Text(letter.into()));
        }
    };
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::K);
    text(&window, "train:7");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "train line 7");
    window.key_press(Key::G);
    text(&window, "train:3");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "train line 3");
    // All in one frame, as a slow one would bring it.
    let key = |key| egui::Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    window.input_mut().events.extend([
        key(Key::Slash),
        egui::Event::Text("/".into()),
        egui::Event::Text("page 5".into()),
    ]);
    wait_for(&mut window, "1 of 10 rows");
    assert_eq!(window.get_by_role_and_label(Role::TextInput, "Search").value().as_deref(), Some("page 5"));
}

#[test]
fn invalid_filters_leave_the_list_from_before_the_edit() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    type_into_search(&mut window, "foo");
    wait_for(&mut window, "No row matches this search.");
    // Its beginning is a word that no query has: that is not the list that the person came from.
    type_into(&mut window, "Search", ":bar");
    wait_for(&mut window, "10 rows");
    press(&mut window, Key::Escape);
    type_into_search(&mut window, "verdict:reject");
    wait_for(&mut window, "1 of 10 rows");
    type_into(&mut window, "Search", " foo");
    wait_for(&mut window, "No row matches this search.");
    type_into(&mut window, "Search", ":bar");
    wait_for(&mut window, "1 of 10 rows");
}
