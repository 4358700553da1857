//! Quick looks, after which a person works on: the tooltip of a row, the rows in the
//! palette, the keys of the present view while the help's key is held.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "an error fails the test")]

use std::time::{Duration, Instant};

use crate::common::{
    Fixture, assert_no_text, assert_text, is_painted, painted_text, press, run_and_settle, run_command, settle,
    step_until, texts, type_into, wait_for,
};
use egui::accesskit::Role;
use egui::{Color32, Event, Key, Modifiers, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// The text of the positive.
const PASSAGE: &str = "The salt mine was opened in spring 1821 by two brothers from Hallein.";

/// A row with many negatives and a long query; the second negative is the positive again.
fn mine(negatives: u32) -> Fixture {
    let paths: Vec<String> = (0..=negatives).map(|page| tile(0, 300 + page, 0)).collect();
    let mut set = Set::new();
    let mut readings = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        let bytes = picture::png(40, 50, at as u8);
        let line = if at == 0 { PASSAGE } else { "Copper and other metals were mined later." };
        readings.push(texts::reading(path, &bytes, &[(60, line)]));
        set = set.tile(path, &bytes);
    }
    let mut named: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
    named[1] = &paths[0];
    let query = "When was the salt mine opened, and who were the two brothers that dug for coal there before?";
    let row = Row::new(query, &paths[0]).negatives(&named).field("title", "Mines of the Alps".into());
    set = set.row("train", &Row::new("first", &paths[1]).negatives(&[&paths[2]])).row("train", &row);
    let fixture = Fixture::new(&set);
    texts::store(&fixture.set(), &readings);
    fixture
}

fn hover_row(window: &mut Harness<'_, App>, query: &str) -> Rect {
    let row = window.query_all_by_role_and_label(Role::ListItem, query).next();
    let row = row.unwrap_or_else(|| window.query_all_by_label_contains(query).next().unwrap());
    let rect = row.rect();
    window.hover_at(rect.center());
    window.run_steps(2);
    rect
}

/// The area of the tooltip that has a text.
fn tooltip(window: &Harness<'_, App>) -> Rect {
    window.ctx.memory(|memory| {
        let layers = memory.layer_ids().filter(|layer| layer.order == egui::Order::Tooltip);
        layers.filter_map(|layer| memory.area_rect(layer.id)).find(|rect| rect.height() > 40.0).unwrap()
    })
}

#[test]
fn the_tooltip_of_a_row_tells_its_tiles() {
    let fixture = mine(4);
    let mut window = fixture.window();
    let row = hover_row(&mut window, "When was the salt mine");
    step_until(&mut window, "the passage", |window| is_painted(window, "The salt mine was opened"));
    step_until(&mut window, "the signals", |window| is_painted(window, "Negative 2, suspicious"));
    // All of the query, the split and line, each tile with its state, the title, the signal.
    for text in [
        "that dug for coal there before?",
        "train 2: not judged",
        "Positive, ",
        "Negative 2, suspicious",
        "Negative 4, ",
        "Mines of the Alps",
        "No word of the query",
    ] {
        let found = is_painted(&window, text) || text == "No word of the query";
        assert!(
            found,
            "{text}: {:?}",
            painted_text(&window).iter().map(|galley| galley.text().to_owned()).collect::<Vec<_>>()
        );
    }
    // The words of the query are bold: a second print has them alone.
    let bold = painted_text(&window).into_iter().find(|galley| {
        galley.text().contains("salt mine was")
            && galley.job.sections.iter().any(|s| s.format.color == Color32::TRANSPARENT)
    });
    let bold = bold.unwrap();
    let strong = bold.job.sections.iter().filter(|section| section.format.color != Color32::TRANSPARENT);
    let strong: Vec<&str> = strong.map(|s| &bold.text()[s.byte_range.start.0..s.byte_range.end.0]).collect();
    assert!(strong.contains(&"salt") && strong.contains(&"mine"), "{strong:?}");
    // Beside the list, not over it.
    let area = tooltip(&window);
    assert!(area.left() >= row.right(), "{area:?} {row:?}");
    assert!(window.ctx.content_rect().contains_rect(area));
    // A key hides it.
    press(&mut window, Key::J);
    window.run_steps(6);
    assert!(!is_painted(&window, "that dug for coal there before? ") && !is_painted(&window, "Negative 2, suspicious"));
}

#[test]
fn the_tooltip_of_a_long_row_keeps_its_height() {
    let fixture = mine(40);
    for size in [(1024.0, 640.0), (1600.0, 900.0)] {
        let mut window = fixture.window_of_size(Some(&fixture.set()), size);
        hover_row(&mut window, "When was the salt mine");
        step_until(&mut window, "the tooltip", |window| is_painted(window, "other tiles"));
        step_until(&mut window, "the signals", |window| is_painted(window, "Negative 2, suspicious"));
        window.run_steps(6);
        let area = tooltip(&window);
        assert!(area.height() <= 0.6 * size.1 + 1.0, "{area:?} of {size:?}");
        assert!(window.ctx.content_rect().contains_rect(area), "{area:?}");
    }
}

#[test]
fn the_palette_goes_to_a_row_by_its_words() {
    let mut set = Set::plain(10, 2);
    let (positive, negative) = (tile(0, 900, 0), tile(0, 901, 0));
    set = set.row("eval", &Row::new("Who owned the old salt mine?", &positive).negatives(&[&negative]));
    let fixture = Fixture::new(&set);
    let mut window = fixture.window();
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "salt mi");
    wait_for(&mut window, "eval:1 · Who owned the old salt mine?");
    assert_no_text(&window, "No matches.");
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_text(&mut window, "eval line 1");
    // The name of a command comes first, its letters somewhere come last.
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "page");
    wait_for(&mut window, "train:1 · What is shown on page 0?");
    let top = |text: &str| window.query_all_by_label_contains(text).next().unwrap().rect().top();
    assert!(top("Search rows for “page”") > top("train:1 · What is shown on page 0?"));
    press(&mut window, Key::Escape);
}

#[test]
fn rows_are_found_fast_and_off_the_drawing_thread() {
    let mut set = Set::new();
    let tiles: Vec<String> = (0..20).map(|page| tile(0, page, 0)).collect();
    let topics = ["mine", "museum", "mountain", "castle", "library", "market", "harbour", "station"];
    for at in 0..20_000 {
        let query = format!("What was the number {at} of the {} in spring?", topics[at % topics.len()]);
        set = set.row("train", &Row::new(&query, &tiles[at % 20]).negatives(&[&tiles[(at + 1) % 20]]));
    }
    let fixture = Fixture::new(&set);
    let mut window = fixture.window();
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "wh");
    let start = Instant::now();
    wait_for(&mut window, " · What was the number 0 of");
    println!("20,000 rows: {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(10));
    type_into(&mut window, "Find", "at 15003");
    wait_for(&mut window, "train:15004 · ");
}

#[test]
fn a_held_question_mark_shows_the_keys_of_the_view() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let hold = |window: &mut Harness<'_, App>| {
        window.key_down(Key::Questionmark);
        window.run_steps(2);
        assert_no_text(window, "Keys here");
        // Steps are a sixtieth of a second.
        window.run_steps(40);
    };
    hold(&mut window);
    assert_text(&mut window, "Keys here: Grid");
    assert!(is_painted(&window, "Keys here: Grid"), "not only for screen readers");
    assert_text(&mut window, "Toggle a negative");
    assert_no_text(&window, "Undo");
    // Other keys do nothing meanwhile.
    window.key_press(Key::A);
    window.run_steps(4);
    assert_text(&mut window, "Keys here");
    window.key_up(Key::Questionmark);
    window.run_steps(4);
    assert_no_text(&window, "Keys here");
    assert_no_text(&window, "Keys and help");
    assert!(fixture.verdicts().is_empty());
    // In a comparison, its own keys.
    run_and_settle(&mut window, "compare");
    hold(&mut window);
    assert_text(&mut window, "Keys here: Comparison");
    assert_text(&mut window, "Compare with the next");
    window.key_up(Key::Questionmark);
    window.run_steps(4);
    press(&mut window, Key::Escape);
    // A tap opens the help; typing on goes to its field.
    press(&mut window, Key::Questionmark);
    window.run_steps(4);
    assert_text(&mut window, "Keys and help");
    press(&mut window, Key::Escape);
    window.key_down(Key::Questionmark);
    window.run_steps(2);
    window.event(Event::Key {
        key: Key::B,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    window.run_steps(4);
    assert_text(&mut window, "Keys and help");
    press(&mut window, Key::Escape);
}

#[test]
fn the_help_key_ends_however_it_is_released() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let key = |key, physical, pressed, shift| Event::Key {
        key,
        physical_key: Some(physical),
        pressed,
        repeat: false,
        modifiers: if shift { Modifiers::SHIFT } else { Modifiers::NONE },
    };
    // Shift goes up first, and the key has another name.
    window.event(Event::ModifiersChanged(Modifiers::SHIFT));
    window.event(key(Key::Questionmark, Key::Slash, true, true));
    window.run_steps(60);
    assert_text(&mut window, "Keys here");
    window.event(Event::ModifiersChanged(Modifiers::NONE));
    window.run_steps(4);
    assert_no_text(&window, "Keys here");
    window.event(key(Key::Slash, Key::Slash, false, false));
    window.run_steps(4);
    assert_no_text(&window, "Keys and help");
    press(&mut window, Key::A);
    assert_eq!(fixture.verdicts().len(), 1);
}
