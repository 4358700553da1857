//! The hands of the window: the palette, the help and the cheat sheet, the keys in the settings,
//! the themes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, type_into,
};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;

fn key_settings(fixture: &Fixture) -> Harness<'static, App> {
    let mut window = fixture.window();
    run_command(&mut window, "settings");
    window.get_by_label("Keys").click();
    window.run_steps(4);
    window
}

/// Records a key for the command of this name.
fn record(window: &mut Harness<'_, App>, name: &str, modifiers: Modifiers, key: Key) {
    type_into(window, "Find", name);
    window.get_by_label_contains(&format!("Change the key of {name}:")).click();
    window.run_steps(4);
    window.key_press_modifiers(modifiers, key);
    window.run_steps(4);
}

#[test]
fn a_key_of_another_command_can_be_swapped() {
    let fixture = Fixture::plain();
    let mut window = key_settings(&fixture);
    record(&mut window, "Accept", Modifiers::NONE, Key::R);
    assert_text(&mut window, "R belongs to “Reject”");
    window.get_by_label("Swap the keys").click();
    window.run_steps(4);
    assert_text(&mut window, "Swapped: “Reject” is on A now.");
    press(&mut window, Key::Escape);
    press(&mut window, Key::R);
    press(&mut window, Key::A);
    assert_eq!(fixture.verdicts(), [(1, "accept".into()), (2, "reject".into())]);
    step_until(&mut window, "the keys to be stored", |_| fixture.config("settings.json").contains("\"reject\""));
}

#[test]
fn the_column_of_keys_stays_while_one_filters() {
    let fixture = Fixture::plain();
    let mut window = key_settings(&fixture);
    let edges = |window: &Harness<'_, App>, name: &str| {
        let button = window.get_by_label_contains(&format!("Change the key of {name}:")).rect();
        (button.min.x, button.width())
    };
    // Whatever the names and keys are.
    let before = edges(&window, "Accept");
    assert_eq!(edges(&window, "Open folder…"), before);
    assert_eq!(edges(&window, "Clear verdict"), before);
    type_into(&mut window, "Find", "accept");
    assert_eq!(edges(&window, "Accept"), before);
    // A key finds its command, too.
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    type_into(&mut window, "Find", "f10");
    assert_text(&mut window, "Change the key of Second pass…:");
    assert_no_text(&window, "Change the key of Accept:");
    assert_eq!(edges(&window, "Second pass…"), before);
}

#[test]
fn a_layout_for_one_hand_is_a_click_away() {
    let fixture = Fixture::plain();
    let mut window = key_settings(&fixture);
    window.get_by_label("Left hand (A S D F)").click();
    window.run_steps(4);
    press(&mut window, Key::Escape);
    press(&mut window, Key::S);
    assert_eq!(fixture.verdicts(), [(1, "reject".into())]);
    run_command(&mut window, "settings");
    window.get_by_label("Keys").click();
    window.run_steps(4);
    // From one layout to another nothing of a person's own is lost: no question.
    window.get_by_label("Right hand (J K L ;)").click();
    window.run_steps(4);
    record(&mut window, "Accept", Modifiers::NONE, Key::F13);
    window.get_by_label("Default").click();
    window.run_steps(4);
    assert_text(&mut window, "This replaces your keys of 18 commands.");
    press(&mut window, Key::Escape);
    press(&mut window, Key::F13);
    assert_eq!(fixture.verdicts()[1], (2, "accept".into()));
    run_command(&mut window, "settings");
    window.get_by_label("Keys").click();
    window.run_steps(4);
    window.get_by_label("Default").click();
    window.run_steps(4);
    window.get_by_label("Use the layout").click();
    window.run_steps(4);
    assert_no_text(&window, "This replaces");
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "accept");
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 3);
}

#[test]
fn the_palette_offers_settings_and_remembers_them() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "high contrast");
    window.get_by_label("Theme: High contrast").click();
    settle(&mut window);
    let panel = |window: &Harness<'_, App>| window.ctx.global_style().visuals.panel_fill;
    assert_eq!(panel(&window), egui::Color32::BLACK);
    step_until(&mut window, "the theme to be stored", |_| {
        fixture.config("settings.json").contains("\"theme\": \"high-contrast\"")
    });
    // Without letters, what was chosen last is first.
    run_command(&mut window, "palette");
    let theme = window.get_by_label("Theme: High contrast").rect();
    let open = window.get_by_label("Open folder…").rect();
    assert!(theme.min.y < open.min.y, "{theme:?} {open:?}");
    press(&mut window, Key::Escape);
    // The key goes on to the dark theme, then to the light one, then back.
    run_and_settle(&mut window, "theme");
    assert_ne!(panel(&window), egui::Color32::BLACK);
    run_and_settle(&mut window, "theme");
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
    run_and_settle(&mut window, "theme");
    assert_eq!(panel(&window), egui::Color32::BLACK);
    // A setting with a value opens the settings in its field.
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "tesseract program");
    window.key_press(Key::Enter);
    window.run_steps(6);
    assert!(window.get_by_role_and_label(egui::accesskit::Role::TextInput, "Tesseract program").is_focused());
}

#[test]
fn the_palette_searches_rows_for_what_is_no_command() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "hown on page 7?");
    // The end of a word is no word of a row, but the search finds it.
    assert_text(&mut window, "No matches.");
    window.get_by_label("Search rows for “hown on page 7?”");
    window.key_press(Key::Enter);
    step_until(&mut window, "the search", |window| window.query_by_label("1 of 10 rows").is_some());
}

#[test]
fn a_greyed_command_says_what_it_needs() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "compare with the next");
    assert_text(&mut window, "Compare with the next (needs a comparison)");
    // Enter does nothing, and the palette stays open.
    window.key_press(Key::Enter);
    window.run_steps(4);
    assert_text(&mut window, "Compare with the next (needs a comparison)");
    press(&mut window, Key::Escape);
    run_command(&mut window, "close");
    step_until(&mut window, "the welcome screen", |window| window.query_by_label("Keys to know").is_some());
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "export");
    assert_text(&mut window, "Export… (needs an open dataset)");
}

#[test]
fn the_key_of_a_greyed_command_says_what_it_needs() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    for (word, need) in [
        ("ask", "Nothing is sent without an address and a model in the settings."),
        ("reason-duplicate", "Only a rejected or unsure row has reasons."),
        ("copy-text", "Needs selected words on a tile."),
        ("survey-9", "The row has fewer negatives."),
        ("save", "Everything is saved."),
    ] {
        run_command(&mut window, word);
        assert_text(&mut window, need);
    }
    assert!(fixture.rows().is_empty());
    run_command(&mut window, "close");
    step_until(&mut window, "the welcome screen", |window| window.query_by_label("Keys to know").is_some());
    run_command(&mut window, "accept");
    assert_text(&mut window, "Needs an open dataset.");
}

#[test]
fn a_path_that_does_not_exist_is_reported_on_the_welcome_screen() {
    let fixture = Fixture::plain();
    let missing = fixture.dir.path().join("nowhere");
    let mut window = fixture.window_opening(Some(&missing), (1280.0, 800.0));
    step_until(&mut window, "the reason", |window| window.query_by_label_contains("could not be opened").is_some());
    assert_text(&mut window, &format!("{} could not be opened", missing.display()));
    assert_text(
        &mut window,
        "No such file or folder; give a dataset folder, one of its .jsonl or .parquet files, or an address.",
    );
    assert_text(&mut window, "Keys to know");
}

#[test]
fn commands_without_meaning_in_a_text_work_while_one_is_written() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "note");
    let note = |window: &Harness<'_, App>| {
        let field = window.get_by_role_and_label(egui::accesskit::Role::TextInput, "Note on train line 1:");
        (field.value(), field.is_focused())
    };
    type_into(&mut window, "Note on train line 1:", "half a note");
    // In the middle of the text, where Ctrl+K would delete the rest.
    for _ in 0..4 {
        window.key_press(Key::ArrowLeft);
    }
    window.run_steps(2);
    for word in ["palette", "cheat-sheet", "settings"] {
        let title = match word {
            "palette" => "Command palette",
            "cheat-sheet" => "Twelve keys",
            _ => "Settings",
        };
        run_command(&mut window, word);
        match word {
            "palette" => assert!(window.query_by_role_and_label(egui::accesskit::Role::TextInput, "Find").is_some()),
            _ => assert_text(&mut window, title),
        }
        press(&mut window, Key::Escape);
        assert_eq!(note(&window), (Some("half a note".to_owned()), true), "after {word}");
    }
    // What edits a text, or is a letter, is no command.
    for (modifiers, key) in [(Modifiers::COMMAND, Key::A), (Modifiers::COMMAND, Key::U), (Modifiers::SHIFT, Key::A)] {
        window.key_press_modifiers(modifiers, key);
        window.run_steps(3);
    }
    assert_no_text(&window, "New audit");
    assert!(fixture.rows().is_empty());
}

#[test]
fn the_help_finds_keys_and_the_cheat_sheet_shows_twelve() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "help");
    // Judge before File, and beside it in a wide window.
    assert_text(&mut window, "Twelve keys to know");
    let file = window.query_all_by_label("Export…").last().unwrap().rect();
    let judge = window.query_all_by_label("Copy last note").last().unwrap().rect();
    assert!(judge.min.x < file.min.x, "{judge:?} {file:?}");
    type_into(&mut window, "Find", "bookmark");
    assert_text(&mut window, "Flag to look again");
    assert_no_text(&window, "Copy last note");
    // With few lines, each has its help.
    assert_text(&mut window, "Flag the row as a reminder");
    press(&mut window, Key::Escape);
    run_command(&mut window, "cheat-sheet");
    for text in ["Twelve keys", "Accept, go to the next", "1 … 9", "Next negative beside the positive", "Ctrl+K"] {
        assert_text(&mut window, text);
    }
    run_command(&mut window, "cheat-sheet");
    assert_no_text(&window, "Next negative beside the positive");
}
