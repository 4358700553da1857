//! The welcome screen, the settings and their file, changed keys, scripts, background work; and a
//! check that these tests run every command of the table.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, modifiers, painted, press, press_export, run_and_settle, run_command, settle,
    step_until, type_into, wait_for, wait_until_gone,
};
use egui::{Event, Key, Modifiers, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::command::entries;
use tilejury_app::screen::App;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

/// Opens a window on the welcome screen, by closing its dataset.
fn welcome(fixture: &Fixture) -> Harness<'static, App> {
    let mut window = fixture.window();
    run_command(&mut window, "close");
    wait_for(&mut window, "Keys to know");
    window
}

#[test]
fn the_welcome_screen_offers_all_first_steps() {
    let fixture = Fixture::plain();
    let mut window = welcome(&fixture);
    for text in
        ["Open folder…", "Open file…", "Open the demo", "Recent", "set", "Accept, go to the next", "Find any command"]
    {
        assert_text(&mut window, text);
    }
    // Each step has a key too, and the palette works without a dataset.
    for (word, title) in [("open-folder", "Open a dataset folder"), ("open-file", "Open a split (.jsonl or .parquet)")]
    {
        run_command(&mut window, word);
        wait_for(&mut window, title);
        window.get_by_label("Cancel").click();
        wait_until_gone(&mut window, title);
    }
    run_command(&mut window, "palette");
    type_into(&mut window, "Find", "open set");
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_text(&mut window, "train line 1");
}

#[test]
fn a_ticked_box_has_the_colours_of_a_selection() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "settings");
    let name = "Show the session counter";
    wait_for(&mut window, name);
    let is_coloured = |window: &Harness<'_, App>| {
        let (place, fill) = (window.get_by_label(name).rect(), window.ctx.global_style().visuals.selection.bg_fill);
        painted(window).iter().any(
            |(_, shape)| matches!(shape, Shape::Rect(rect) if place.contains(rect.rect.center()) && rect.fill == fill),
        )
    };
    assert!(is_coloured(&window), "it is on by default");
    window.get_by_label(name).click();
    window.run_steps(4);
    assert!(!is_coloured(&window), "it is off now");
}

#[test]
fn the_demo_opens_by_its_key() {
    let fixture = Fixture::plain();
    // No system font is used here: the fonts for the demo's languages are built in.
    let mut window = fixture.window();
    run_command(&mut window, "open-demo");
    wait_for(&mut window, "0 of 48 judged");
    settle(&mut window);
}

#[test]
fn every_script_has_glyphs_without_any_font_of_the_system() {
    let (positive, negative) = (tile(0, 1, 0), tile(0, 2, 0));
    let queries = [
        "Où naît l'œuvre ? Dvořák, Þórr, Łódź, İstanbul, ệ, ǆ",
        "Что такое соль? Їжак, Љубав, Ѣ",
        "Τι είναι το αλάτι; Ἀρχὴ σοφίας",
        "什么是盐？繁體中文：鹽是什麼？",
        "塩とは何ですか？カタカナ、ひらがな",
        "소금이란 무엇입니까? 뷁",
        "ما هو الملح؟ «كم الثمن؟»",
        "מהו מלח? שָׁלוֹם",
    ];
    let mut set = Set::new().tile(&positive, &picture::png(40, 40, 1)).tile(&negative, &picture::png(40, 40, 2));
    for query in queries {
        let row = Row::new(query, &positive).negatives(&[&negative]);
        set = set.row("train", &row.field("answer", serde_json::json!(query)));
    }
    let fixture = Fixture::new(&set);
    // The harness fails on a missing glyph.
    let mut window = fixture.window();
    for line in 2..=queries.len() {
        run_and_settle(&mut window, "next");
        assert_text(&mut window, &format!("train line {line}"));
    }
}

#[test]
fn settings_apply_at_once_and_are_stored() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "settings");
    assert_text(&mut window, "Memory for tiles");
    window.get_by_label_contains(" Light").click();
    window.run_steps(8);
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
    window.get_by_label("Show the session counter").click();
    window.run_steps(4);
    window.get_by_label("125 %").click();
    window.run_steps(4);
    assert!((window.ctx.zoom_factor() - 1.25).abs() < 1e-3);
    press(&mut window, Key::Escape);
    assert_no_text(&window, "this session: ");
    step_until(&mut window, "the settings to be stored", |_| {
        let text = fixture.config("settings.json");
        text.contains("\"scale\": 1.25") && text.contains("\"light\"") && text.contains("\"session_counter\": false")
    });
    drop(window);
    let window = fixture.window();
    assert!((window.ctx.zoom_factor() - 1.25).abs() < 1e-3);
}

/// Types another name into the open settings.
fn be(window: &mut Harness<'_, App>, name: &str) {
    type_into(window, "Annotator", "");
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    type_into(window, "Annotator", name);
    window.get_by_label("Switch annotator").click();
}

#[test]
fn another_annotator_judges_beside_the_first() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    run_command(&mut window, "settings");
    be(&mut window, "grace");
    wait_for(&mut window, "Annotator: grace");
    settle(&mut window);
    assert_text(&mut window, "0 of 10 judged");
    run_and_settle(&mut window, "reject");
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let sql = "SELECT count(DISTINCT annotator) FROM events WHERE field = 'verdict'";
    assert_eq!(connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    step_until(&mut window, "the name to be stored", |_| fixture.config("settings.json").contains("grace"));
}

#[test]
fn a_given_sidecar_stays_with_its_dataset_under_another_name() {
    let fixture = Fixture::plain();
    let named = fixture.dir.path().join("named.sqlite");
    let mut start = fixture.start(Some(&fixture.set()));
    start.sidecar = Some(named.clone());
    let builder = Harness::builder().with_size((1400.0, 900.0)).with_max_steps(64);
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    run_command(&mut window, "settings");
    be(&mut window, "ann-two");
    wait_for(&mut window, "Annotator: ann-two");
    settle(&mut window);
    run_and_settle(&mut window, "accept");
    assert!(named.exists() && !fixture.set().join("tilejury.sqlite").exists());
}

#[test]
fn keys_can_be_changed_and_clashes_are_refused() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let record = |window: &mut Harness<'_, App>, modifiers: Modifiers, key: Key| {
        window.get_by_label_contains("Change the key of Accept:").click();
        window.run_steps(4);
        assert_text(window, "press a key…");
        // A modifier alone is not a key: the key pressed with it counts.
        let shift = Event::Key { key: Key::ShiftLeft, physical_key: None, pressed: true, repeat: false, modifiers };
        window.event(shift);
        window.run_steps(2);
        window.key_press_modifiers(modifiers, key);
        window.run_steps(4);
    };
    run_command(&mut window, "settings");
    window.get_by_label("Keys").click();
    window.run_steps(4);
    type_into(&mut window, "Find", "accept");
    record(&mut window, Modifiers::NONE, Key::R);
    assert_text(&mut window, "R belongs to “Reject”");
    record(&mut window, Modifiers::SHIFT, Key::Y);
    assert_text(&mut window, "Shift+Y");
    press(&mut window, Key::Escape);
    run_command(&mut window, "accept");
    settle(&mut window);
    assert!(fixture.verdicts().is_empty(), "the old key is free");
    window.key_press_modifiers(Modifiers::SHIFT, Key::Y);
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
    step_until(&mut window, "the key to be stored", |_| fixture.config("settings.json").contains("Shift+Y"));
    drop(window);
    // It applies after a restart, is in the help, and can be reset.
    let mut window = fixture.window();
    window.key_press_modifiers(Modifiers::SHIFT, Key::Y);
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 2);
    run_command(&mut window, "help");
    assert_text(&mut window, "Shift+Y");
    press(&mut window, Key::Escape);
    run_command(&mut window, "settings");
    window.get_by_label("Keys").click();
    window.run_steps(4);
    window.get_by_label("Reset all keys").click();
    window.run_steps(4);
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "accept");
    assert_eq!(fixture.verdicts().len(), 3);
}

#[test]
fn unreadable_settings_are_renamed_and_reported() {
    let fixture = Fixture::plain();
    put(&fixture.dir.path().join("config/settings.json"), b"{\"scale\": \"big\"}");
    let mut window = fixture.window();
    assert_text(&mut window, "settings.json: ");
    assert_text(&mut window, "`scale`");
    assert_eq!(fixture.config("settings.unreadable.json"), "{\"scale\": \"big\"}");
    drop(window);
    // Clashing keys are reported too, and the table's keys apply.
    put(
        &fixture.dir.path().join("config/settings.json"),
        br#"{"keys": {"accept": ["R"]}, "reading": "off", "overview_first": false}"#,
    );
    let mut window = fixture.window();
    assert_text(&mut window, "keys of Accept: R belongs to Reject");
    run_and_settle(&mut window, "reject");
    assert_eq!(fixture.verdicts(), [(1, "reject".into())]);
}

#[test]
fn checks_in_the_background_and_links_results_to_rows() {
    let fixture = Fixture::with_missing_tiles();
    let mut window = fixture.window();
    run_command(&mut window, "check");
    assert_text(&mut window, "Check the dataset");
    press(&mut window, Key::Enter);
    give_when_free(&mut window, "jobs");
    wait_for(&mut window, "finding");
    assert_text(&mut window, "Missing tile");
    // Findings are folded by kind.
    window.get_by_label("Positive in negatives (1)").click();
    window.run_steps(6);
    window.get_by_label_contains("train line 1: positive in negatives").click();
    settle(&mut window);
    assert_text(&mut window, "train line 1");
    run_command(&mut window, "index");
    wait_for(&mut window, "shard indexed");
    run_command(&mut window, "jobs");
    assert_text(&mut window, "Index of all shards");
    assert_text(&mut window, "Missing tile");
    // A button in the dialog opens the check.
    window.get_by_label("Check the dataset…").click();
    window.run_steps(4);
    assert_text(&mut window, "Decode every tile too");
    window.get_by_label("Decode every tile too").click();
    window.run_steps(2);
    give_when_free(&mut window, "jobs");
    wait_for(&mut window, "Check, decoding every tile");
    press(&mut window, Key::Escape);
    run_command(&mut window, "messages");
    wait_for(&mut window, "Check, decoding every tile: ");
}

/// Runs a command once no dialog takes the keys.
fn give_when_free(window: &mut Harness<'_, App>, word: &str) {
    wait_until_gone(window, "Check rows and shards");
    run_command(window, word);
}

#[test]
fn exports_by_key_and_keeps_the_result() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "export");
    assert_text(&mut window, "Export a cleaned copy");
    press_export(&mut window);
    wait_for(&mut window, " Written");
    press(&mut window, Key::Escape);
    run_command(&mut window, "jobs");
    assert_text(&mut window, "Export to ");
    assert_text(&mut window, "9 rows");
}

#[test]
fn help_lists_keys_and_filters_and_quit_leaves() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "help");
    assert_text(&mut window, "Keys and help");
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "accept");
    let key = entries().find(|entry| entry.word == "quit").unwrap().keys[0];
    let (key, modifiers) = (key.key, modifiers(key));
    window.input_mut().events.push(Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers });
    window.step();
    let output = window.output().viewport_output.values();
    let closes = output.flat_map(|output| &output.commands).filter(|command| **command == egui::ViewportCommand::Close);
    assert_eq!(closes.count(), 1);
}

#[test]
fn escape_in_a_field_leaves_the_field_and_nothing_else() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "compare");
    run_command(&mut window, "note");
    type_into(&mut window, "Note on train line 1:", "not kept");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "Negative 2");
    assert!(fixture.rows().is_empty());
    press(&mut window, Key::Escape);
    assert_text(&mut window, "Negative 2");
}

/// A test in this folder runs each command of the table by its word.
#[test]
fn every_command_is_given_in_a_test() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let texts: Vec<String> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    // Held keys are held down by their default.
    let held = [("blink", "Key::Space"), ("loupe", "Key::V")];
    for entry in entries() {
        let word = entry.word;
        let numbered = word.rsplit_once('-').filter(|(_, number)| number.parse::<u8>().is_ok());
        let said = match (numbered, held.iter().find(|(held, _)| *held == word)) {
            (Some((stem, _)), _) => format!("\"{stem}-{{number}}\""),
            (None, Some((_, key))) => (*key).to_owned(),
            (None, None) if word.starts_with("reason-") => format!("\"{}\"", &word["reason-".len()..]),
            (None, None) => format!("\"{word}\""),
        };
        assert!(texts.iter().any(|text| text.contains(&said)), "no test gives the command {word}: {said}");
    }
}
