//! Judging with the mouse alone in the reading view, and the names that screen readers get in each
//! view.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_text, is_painted, press, run_and_settle, run_command, settle, step_until, type_into, wait_for,
};
use egui::accesskit::Role;
use egui::{Event, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_testkit::Set;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, picture};

fn click(window: &mut Harness<'_, App>, label: &str) {
    let node = window.query_all_by_label_contains(label).next();
    node.unwrap_or_else(|| panic!("no {label}")).click();
    window.run_steps(4);
    settle(window);
}

/// Chooses from the menu of a tile.
fn choose(window: &mut Harness<'_, App>, tile: &str, entry: &str) {
    window.query_all_by_role(Role::Image).find(|node| label(node).starts_with(tile)).unwrap().click_secondary();
    window.run_steps(6);
    window.query_all_by_role(Role::Button).find(|node| label(node).starts_with(entry)).unwrap().click();
    window.run_steps(4);
    settle(window);
}

fn label(node: &egui_kittest::Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

#[test]
fn a_row_is_judged_with_the_mouse_alone() {
    let fixture = Fixture::for_reading_view(&Set::plain(4, 3));
    let mut window = fixture.window();
    // A look at each negative.
    for place in 1..=3 {
        click(&mut window, &format!("Thumbnail {place}: "));
        assert_eq!(window.state().visible_tiles().iter().map(|tile| tile.place).collect::<Vec<_>>(), [0, place]);
    }
    // Marks, one of them cleared.
    choose(&mut window, "Negative 3", "Relevant");
    assert_text(&mut window, "Thumbnail 3: Relevant");
    choose(&mut window, "Positive", "Not relevant");
    choose(&mut window, "Positive", "Clear the mark");
    let marks = |fixture: &Fixture| -> Vec<String> {
        fixture.rows().into_iter().filter(|row| row.2 == "relevance").map(|row| row.3).collect()
    };
    assert_eq!(marks(&fixture), ["relevant"]);
    // A verdict with its reason.
    window.get_by_role_and_label(Role::Button, "Reject").click();
    window.run_steps(4);
    settle(&mut window);
    assert_text(&mut window, "train line 2");
    window.get_by_role_and_label(Role::Button, "Duplicate").click();
    window.run_steps(4);
    settle(&mut window);
    assert!(fixture.rows().iter().any(|row| row.2 == "reasons" && row.3.contains("duplicate")));
    // Undo goes back, and so does the list.
    window.get_by_role_and_label(Role::Button, "Accept").click();
    window.run_steps(4);
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 2);
    click(&mut window, "Undo the last step");
    assert_eq!(fixture.verdicts(), [(1, "reject".into())]);
    click(&mut window, "Unfold the queue");
    window.get_by_role_and_label(Role::ListItem, "What is shown on page 3?").click();
    window.run_steps(4);
    settle(&mut window);
    assert_text(&mut window, "train line 4");
    // A right click on a given verdict takes it away and stays.
    window.get_by_role_and_label(Role::ListItem, "What is shown on page 0?").click();
    window.run_steps(4);
    settle(&mut window);
    wait_for(&mut window, " clears the verdict");
    window.get_by_role_and_label(Role::Button, "Reject").click_secondary();
    window.run_steps(4);
    settle(&mut window);
    assert!(fixture.verdicts().is_empty());
    assert_text(&mut window, "train line 1");
}

#[test]
fn a_note_goes_on_with_a_new_word() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let note = |fixture: &Fixture| fixture.rows().into_iter().filter(|row| row.2 == "note").map(|row| row.3).next();
    for words in ["cut off", "twice"] {
        run_command(&mut window, "note");
        window.event(Event::Text(words.into()));
        window.run_steps(2);
        press(&mut window, Key::Enter);
    }
    assert_eq!(note(&fixture).as_deref(), Some("cut off twice"));
    // Opened and closed, it is as it was.
    let history = fixture.rows().len();
    run_command(&mut window, "note");
    press(&mut window, Key::Enter);
    assert_eq!((note(&fixture).as_deref(), fixture.rows().len()), (Some("cut off twice"), history));
}

/// Every widget that a person can use must have a name.
fn assert_named(window: &Harness<'_, App>, view: &str) {
    let usable = By::new().recursive(true).predicate(|node| {
        matches!(
            node.role(),
            Role::Button
                | Role::CheckBox
                | Role::RadioButton
                | Role::ListItem
                | Role::Link
                | Role::TextInput
                | Role::Slider
                | Role::ComboBox
                | Role::Image
        )
    });
    let mut number = 0;
    for node in window.query_all(usable) {
        let name = label(&node);
        let spoken = name.chars().any(char::is_alphanumeric) || matches!(name.as_str(), "+" | "−");
        assert!(spoken, "{view}: {:?} at {:?} is called “{name}”", node.accesskit_node().role(), node.rect());
        number += 1;
    }
    assert!(number > 5, "{view}: {number} widgets");
}

/// Rows of which some have a suspicious negative, and a field of few values.
fn suspicious() -> Fixture {
    let mut set = Set::new();
    for at in 0..6_u32 {
        let tiles: Vec<String> = (0..3).map(|chunk| tile(0, 10 * at + chunk, 0)).collect();
        for (chunk, path) in (0_u32..).zip(&tiles) {
            set = set.tile(path, &picture::png(60, 70, (8 * at + chunk) as u8));
        }
        let query = format!("Who wrote about {}?", at / 2);
        let other = tile(0, 10 * (at ^ 1), 0);
        let row = Row::new(&query, &tiles[0])
            .negatives(&[&tiles[1], &other])
            .field("source", if at < 4 { "wiki" } else { "news" }.into());
        set = set.row("train", &row);
    }
    Fixture::for_reading_view(&set)
}

#[test]
fn every_widget_has_a_name_in_every_view() {
    let fixture = suspicious();
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    settle(&mut window);
    assert_named(&window, "reading view");
    for text in ["Thumbnail positive: not judged", "Thumbnail 2: not judged, not seen, Positive of train line"] {
        assert_text(&mut window, text);
    }
    run_and_settle(&mut window, "negative-1");
    assert_text(&mut window, "Thumbnail 1: Relevant");
    run_and_settle(&mut window, "reject");
    assert_named(&window, "reasons");
    run_command(&mut window, "facets");
    wait_for(&mut window, "Verdict Rejected: 1 row");
    assert_named(&window, "facets");
    wait_for(&mut window, "source wiki: 4 rows, 1 judged");
    run_command(&mut window, "facets");
    run_and_settle(&mut window, "reading-view");
    assert_named(&window, "grid");
    run_and_settle(&mut window, "compare");
    assert_named(&window, "comparison");
    press(&mut window, Key::Escape);
    run_command(&mut window, "overview");
    wait_for(&mut window, "Negatives per row, 2: 6 rows");
    assert_named(&window, "overview");
    press(&mut window, Key::Escape);
    run_command(&mut window, "contact-sheet");
    wait_for(&mut window, "Pair 1: train line");
    assert_named(&window, "contact sheet");
    window.query_all_by_label_contains("Pair 1: ").next().unwrap().click();
    window.run_steps(4);
    assert_text(&mut window, ", left out: ");
    press(&mut window, Key::Escape);
}

#[test]
fn the_meaning_of_a_signal_is_a_tooltip_away() {
    let fixture = suspicious();
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_command(&mut window, "facets");
    wait_for(&mut window, "Signal Positive of another row");
    window.query_all_by_label_contains("Signal Positive of another row").next().unwrap().hover();
    let meaning = "The negative is the positive of another row with the same or a near query";
    step_until(&mut window, "the meaning", |window| is_painted(window, meaning));
    // The completion of the search has it, too.
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "signal:other");
    wait_for(&mut window, meaning);
}
