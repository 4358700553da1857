//! The window through the egui harness: from a key to a row in SQLite, and back on the screen after
//! a restart. No display and no graphics card are needed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::time::Duration;

use crate::common::{
    Fixture, assert_no_text, assert_text, close, is_painted, modifiers, press, press_export, press_with, settle,
    step_until, wait_for,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::command::entries;
use tilejury_app::screen::App;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

#[test]
fn accept_stores_the_verdict_and_visible_tiles_and_advances() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    assert_text(&mut window, "train line 1");
    press(&mut window, Key::Num2);
    assert_text(&mut window, "Negative 2: Relevant, shown");
    press(&mut window, Key::A);
    assert_text(&mut window, "train line 2");
    assert_text(&mut window, "1 of 10 judged");
    wait_for(&mut window, "1 false negative");
    let said: Vec<(String, String)> = fixture.rows().into_iter().map(|row| (row.2, row.3)).collect();
    let relevance = |value: &str| ("relevance".to_owned(), value.to_owned());
    let expected = [
        relevance("relevant"),
        relevance("not_relevant"),
        relevance("relevant"),
        relevance("not_relevant"),
        ("verdict".into(), "accept".into()),
    ];
    assert_eq!(said, expected);
}

#[test]
fn reject_and_unsure_take_reasons_after_advancing() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    assert_text(&mut window, "Rejected: train line 1. Why?");
    press_with(&mut window, Modifiers::SHIFT, Key::W);
    press_with(&mut window, Modifiers::SHIFT, Key::D);
    press(&mut window, Key::U);
    let rows = fixture.rows();
    assert!(
        rows.contains(&(1, String::new(), "reasons".into(), r#"["wrong_positive","duplicate"]"#.into())),
        "{rows:?}"
    );
    assert_eq!(fixture.verdicts(), [(1, "reject".into()), (2, "unsure".into())]);
}

#[test]
fn the_positive_can_be_wrong_and_tiles_can_be_broken_or_cleared() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::P);
    assert_text(&mut window, "Positive: Not relevant");
    press(&mut window, Key::P);
    assert_text(&mut window, "Positive: Relevant");
    press(&mut window, Key::Period);
    press(&mut window, Key::B);
    assert_text(&mut window, "Negative 1: Broken");
    press(&mut window, Key::Backspace);
    assert_text(&mut window, "Negative 1: not judged");
    assert_eq!(fixture.rows().len(), 1);
}

#[test]
fn undo_and_redo_return_to_their_sample_also_after_a_restart() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    for key in [Key::A, Key::R, Key::U] {
        press(&mut window, key);
    }
    assert_text(&mut window, "train line 4");
    press(&mut window, Key::Z);
    assert_text(&mut window, "train line 3");
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_text(&mut window, "train line 2");
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
    drop(window);

    let mut window = fixture.window();
    assert_text(&mut window, "train line 2");
    press_with(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(fixture.verdicts(), [(1, "accept".into()), (2, "reject".into())]);
    press(&mut window, Key::Z);
    press(&mut window, Key::Z);
    assert_text(&mut window, "train line 1");
    assert!(fixture.rows().is_empty());
    press(&mut window, Key::Z);
    assert!(fixture.rows().is_empty(), "undo past the start changes nothing");
}

#[test]
fn the_window_opens_where_it_was_left() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    for _ in 0..4 {
        press(&mut window, Key::J);
    }
    press(&mut window, Key::K);
    assert_text(&mut window, "train line 4");
    drop(window);
    assert_text(&mut fixture.window(), "train line 4");
    // Without an argument, the last dataset opens.
    assert_text(&mut fixture.window_on(None), "train line 4");
}

#[test]
fn keys_are_dead_in_text_fields() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::N);
    window.get_by_role_and_label(Role::TextInput, "Note on train line 1:").type_text("a rare zebra");
    for key in [Key::A, Key::R, Key::Num1, Key::Z] {
        window.key_press(key);
        window.step();
    }
    assert_text(&mut window, "train line 1");
    press(&mut window, Key::Enter);
    assert_eq!(fixture.rows(), [(1, String::new(), "note".into(), "a rare zebra".into())]);
    press(&mut window, Key::A);
    assert_eq!(fixture.verdicts().len(), 1, "and alive again afterwards");
}

#[test]
fn keys_pressed_before_a_field_is_on_the_screen_are_dead_too() {
    let fixture = Fixture::plain();
    for opens in [Key::N, Key::Slash, Key::G] {
        let mut window = fixture.window();
        // Each gets its own frame, with no frame between them.
        for key in [opens, Key::A, Key::Num1, Key::R] {
            window.key_press(key);
        }
        for _ in 0..50 {
            window.step();
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(fixture.rows().is_empty(), "{opens:?}");
    }
}

#[test]
fn presses_that_follow_each_other_at_once_all_count() {
    let fixture = Fixture::plain();
    // Rows need not have been visible for a while.
    std::fs::write(
        fixture.dir.path().join("config/settings.json"),
        r#"{"look_at_pixels": false, "reading": "off", "overview_first": false, "settle_ms": 0}"#,
    )
    .unwrap();
    let mut window = fixture.window();
    for key in [Key::R, Key::U, Key::R, Key::Z] {
        window.key_press(key);
    }
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(1, "reject".into()), (2, "unsure".into())]);
}

#[test]
fn a_note_that_is_being_written_is_kept_when_the_window_closes() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::N);
    window.get_by_role_and_label(Role::TextInput, "Note on train line 1:").type_text("half a thought");
    window.step();
    close(&mut window);
    step_until(&mut window, "the note on disk", |_| fixture.rows().len() == 1);
}

#[test]
fn keys_mark_the_tile_shown_alone() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::Num3);
    press(&mut window, Key::F);
    assert_text(&mut window, "Negative 3: Relevant");
    assert_no_text(&window, "Negative 2");
    window.get_by_label("What is shown on page 6?").click();
    settle(&mut window);
    window.run_steps(2);
    assert_text(&mut window, "Positive: not judged");
    assert_no_text(&window, "Negative");
    press(&mut window, Key::X);
    let (line, _, field, value) = fixture.rows().pop().unwrap();
    assert_eq!((line, field.as_str(), value.as_str()), (7, "relevance", "not_relevant"));
    // Tiles that were not visible are not confirmed by an accept.
    press(&mut window, Key::A);
    let seen = fixture.rows().into_iter().filter(|row| row.0 == 7 && row.2 == "relevance").count();
    assert_eq!(seen, 1);
}

#[test]
fn chooses_a_folder_without_a_system_dialog() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.run_steps(4);
    window.get_by_label("Choose…").click();
    window.run_steps(6);
    assert_text(&mut window, "Folder for the export (new or empty)");
    press(&mut window, Key::R);
    assert!(fixture.rows().is_empty(), "keys belong to the dialog");
    window.get_by_label("Choose").click();
    window.run_steps(6);
    assert_text(&mut window, "Export a cleaned copy");
    assert_no_text(&window, "Folder for the export (new or empty)");
}

#[test]
fn escape_discards_a_note_and_advancing_keeps_it() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::N);
    window.get_by_role_and_label(Role::TextInput, "Note on train line 1:").type_text("not kept");
    window.step();
    press(&mut window, Key::Escape);
    assert!(fixture.rows().is_empty());
    press(&mut window, Key::N);
    window.get_by_role_and_label(Role::TextInput, "Note on train line 1:").type_text("kept");
    window.step();
    window.get_by_label("Accept").click();
    settle(&mut window);
    assert!(fixture.rows().iter().any(|row| row.2 == "note" && row.3 == "kept"), "{:?}", fixture.rows());
}

#[test]
fn the_list_follows_search_and_filters() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    press(&mut window, Key::Slash);
    window.get_by_role_and_label(Role::TextInput, "Search").type_text("page 7");
    step_until(&mut window, "the search", |window| window.query_by_label("1 of 10 rows").is_some());
    press(&mut window, Key::Escape);
    step_until(&mut window, "the whole list", |window| window.query_by_label("10 rows").is_some());
    window.get_by_label("Filters").click();
    window.run_steps(4);
    window.get_by_label("Rejected").click();
    step_until(&mut window, "the filter", |window| window.query_by_label("1 of 10 rows").is_some());
    press(&mut window, Key::Home);
    assert_text(&mut window, "train line 1");
    assert_text(&mut window, "1 of 1");
}

#[test]
fn go_to_takes_a_number_or_a_line_and_rejects_others() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let go = |window: &mut Harness<'_, App>, text: &str| {
        window.key_press(Key::G);
        window.run_steps(3);
        window
            .get_by_role_and_label(Role::TextInput, "Position in the list, or split:line, such as eval:3")
            .type_text(text);
        window.run_steps(2);
        window.key_press(Key::Enter);
        window.run_steps(3);
    };
    go(&mut window, "train:7");
    settle(&mut window);
    assert_text(&mut window, "train line 7");
    go(&mut window, "3");
    settle(&mut window);
    assert_text(&mut window, "train line 3");
    go(&mut window, "99");
    assert_text(&mut window, "The list has 10 rows");
    press(&mut window, Key::Escape);
    assert_text(&mut window, "train line 3");
}

#[test]
fn broken_and_missing_tiles_show_errors_and_are_not_confirmed() {
    let (positive, cut, gone, good) = (tile(0, 1, 0), tile(0, 1, 1), tile(0, 1, 2), tile(0, 1, 3));
    let png = picture::png(60, 70, 1);
    let row = Row::new("What is broken?", &positive).negatives(&[&cut, &gone, &good]);
    let fixture = Fixture::new(
        &Set::new().tile(&positive, &png).tile(&cut, &png[..png.len() / 2]).tile(&good, &png).row("train", &row),
    );
    let mut window = fixture.window();
    assert_text(&mut window, "Negative 1: not judged, unreadable tile");
    assert_text(&mut window, "Negative 2: not judged, missing tile");
    assert!(is_painted(&window, "Unreadable tile\n\ndamaged PNG"));
    assert!(is_painted(&window, "Missing tile\n\nshard_000/") && !is_painted(&window, "Missing: "));
    press(&mut window, Key::A);
    assert_text(&mut window, "Every row in this list is judged.");
    let tiles: Vec<String> = fixture.rows().into_iter().filter(|row| row.2 == "relevance").map(|row| row.1).collect();
    assert_eq!(tiles.len(), 2, "only what could be seen: {tiles:?}");
}

#[test]
fn reports_bad_lines_and_judges_the_rest() {
    let good = Row::new("What is well?", &tile(0, 1, 0)).negatives(&[&tile(0, 1, 1)]);
    let fixture = Fixture::new(
        &Set::new().tile(&tile(0, 1, 0), &picture::png(9, 9, 1)).line("train", "{broken").row("train", &good),
    );
    let mut window = fixture.window();
    assert_text(&mut window, "1 bad line");
    window.key_press_modifiers(Modifiers::COMMAND, Key::M);
    window.run_steps(3);
    assert_text(&mut window, "train_hn.jsonl:1: ");
}

#[test]
fn refuses_a_file_that_is_not_a_sidecar_and_keeps_it() {
    let fixture = Fixture::plain();
    put(&fixture.set().join("tilejury.sqlite"), b"somebody else's file");
    let start = fixture.start(Some(&fixture.set()));
    let mut window = Harness::builder()
        .with_size((1200.0, 800.0))
        .with_max_steps(64)
        .build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    step_until(&mut window, "the refusal", |window| {
        window.query_all_by_label_contains("not a SQLite file").next().is_some()
    });
    assert_text(&mut window, "could not be opened");
    assert_eq!(std::fs::read(fixture.set().join("tilejury.sqlite")).unwrap(), b"somebody else's file");
}

#[test]
fn reports_keeps_and_later_saves_unsaved_judgements() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    connection
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        .unwrap();
    window.key_press(Key::R);
    step_until(&mut window, "the failure", |window| window.query_all_by_label_contains("1 not saved").next().is_some());
    window.run_steps(4);
    assert_text(&mut window, "disk full");
    // No export may miss it, and no other dataset may be opened.
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.run_steps(4);
    assert_text(&mut window, "an export now would miss them");
    window.get_by_label("Close").click();
    window.run_steps(4);
    window.key_press_modifiers(Modifiers::COMMAND, Key::W);
    step_until(&mut window, "the question", |window| window.query_by_label("Not everything is saved").is_some());
    assert_text(&mut window, "Close without saving");
    window.key_press(Key::Escape);
    window.run_steps(4);
    assert_no_text(&window, "Not everything is saved");
    assert_text(&mut window, "train line 2");
    close(&mut window);
    step_until(&mut window, "the question", |window| window.query_by_label("Not everything is saved").is_some());
    assert_text(&mut window, "Quit without saving");
    window.get_by_label("Cancel").click();
    window.run_steps(4);
    connection.execute_batch("DROP TRIGGER full").unwrap();
    settle(&mut window);
    assert_text(&mut window, " Saved");
    assert_eq!(fixture.verdicts(), [(1, "reject".into())]);
}

#[test]
fn another_dataset_opens_after_the_first_has_stored_everything() {
    let fixture = Fixture::plain();
    let other = fixture.dir.path().join("other");
    Set::plain(4, 2).write(&other);
    drop(fixture.window_on(Some(&other)));
    let mut window = fixture.window();
    window.key_press(Key::A);
    window.key_press_modifiers(Modifiers::COMMAND, Key::W);
    step_until(&mut window, "the welcome screen", |window| window.query_by_label("Keys to know").is_some());
    window.get_by_label("other").click();
    settle(&mut window);
    assert_text(&mut window, "0 of 4 judged");
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
}

#[test]
fn export_from_the_window_applies_the_judgements() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::R);
    press(&mut window, Key::Num1);
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.run_steps(3);
    assert_text(&mut window, "Export a cleaned copy");
    press_export(&mut window);
    step_until(&mut window, "the export", |window| window.query_all_by_label_contains(" Written").next().is_some());
    let text = std::fs::read_to_string(fixture.dir.path().join("set-clean/train.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 9);
    let input = std::fs::read_to_string(fixture.set().join("train.jsonl")).unwrap();
    let removed = format!("\"{}\", ", tile(1, 1001, 1));
    assert_eq!(text.lines().next().unwrap(), input.lines().nth(1).unwrap().replace(&removed, ""));
    assert_eq!(text.lines().nth(1), input.lines().nth(2));
}

#[test]
fn commands_are_in_the_menus_and_help_comes_and_goes() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    window.get_by_label("Judge").click();
    window.run_steps(4);
    assert_text(&mut window, "Reason: unanswerable");
    window.key_press(Key::Escape);
    window.run_steps(4);
    window.key_press(Key::Questionmark);
    window.run_steps(4);
    assert_text(&mut window, "Keys and help");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "Keys and help");
}

#[test]
fn a_file_without_rows_leads_to_the_welcome_screen() {
    let fixture = Fixture::plain();
    let empty = fixture.dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let start = fixture.start(Some(&empty));
    // The demo speaks languages that need a system's fonts, which the harness does not use.
    let builder = Harness::builder().with_size((1200.0, 800.0)).with_max_steps(64).allow_missing_glyphs();
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    step_until(&mut window, "the reason", |window| {
        window.query_all_by_label_contains("No split found").next().is_some()
    });
    window.get_by_label("Open the demo").click();
    settle(&mut window);
    assert_text(&mut window, "0 of 48 judged");
}

#[test]
fn a_dataset_without_rows_opens_and_survives_every_key() {
    let fixture = Fixture::plain();
    let none = fixture.dir.path().join("none");
    put(&none.join("train.jsonl"), b"");
    let start = fixture.start(Some(&none));
    let builder = Harness::builder().with_size((1200.0, 800.0)).with_max_steps(64);
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    step_until(&mut window, "the set", |window| window.query_all_by_label("0 rows").next().is_some());
    for entry in entries().filter(|entry| !["open-demo", "tour", "close", "quit"].contains(&entry.word)) {
        for shortcut in entry.keys {
            window.key_press_modifiers(modifiers(*shortcut), shortcut.key);
            window.run_steps(3);
            window.key_press(Key::Escape);
            window.run_steps(3);
        }
    }
    assert_text(&mut window, "0 of 0 judged");
}
