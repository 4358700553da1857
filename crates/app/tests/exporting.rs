//! The export in the window: the preview comes before anything is written, follows the options, and
//! links to the rows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, choose, is_painted, modifiers, press, press_export, run_and_settle,
    run_command, settle, step_until, type_into, wait_for,
};
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::command::entries;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Whether the export's button is enabled. Its name must agree.
#[track_caller]
fn is_ready(window: &Harness<'_, App>) -> bool {
    let named = |name| window.query_by_role_and_label(Role::Button, name);
    let (ready, waiting) = (named("Export"), named("Preparing preview…"));
    assert!(ready.is_some() != waiting.is_some(), "one button, and one name for it");
    let is_enabled = ready.or(waiting).is_some_and(|button| !button.accesskit_node().is_disabled());
    assert_eq!(
        is_enabled,
        named("Export").is_some(),
        "the button is enabled as soon as it is called Export, and no earlier"
    );
    is_enabled
}

/// Presses the key of the export until the button is enabled. Whenever it is, the preview must show
/// `text`.
#[track_caller]
fn wait_until_ready(fixture: &Fixture, window: &mut Harness<'_, App>, text: &str) {
    let start = std::time::Instant::now();
    while !is_ready(window) {
        assert!(start.elapsed().as_secs() < 30, "no preview");
        press_export_key(window);
        assert!(!fixture.dir.path().join("set-clean").exists(), "nothing is written before its preview");
    }
    assert_text(window, text);
}

/// Presses the key that the button of the export names, in the very next frame.
fn press_export_key(window: &mut Harness<'_, App>) {
    for pressed in [true, false] {
        let (key, modifiers) = (Key::Enter, Modifiers::COMMAND);
        window.event(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
        window.step();
    }
}

/// Toggles a format, and stops in the first frame that shows it toggled.
#[track_caller]
fn toggle_format(window: &mut Harness<'_, App>, format: &str) {
    let toggled = |window: &Harness<'_, App>| window.get_by_label(format).accesskit_node().toggled();
    let before = toggled(window);
    window.get_by_label(format).click();
    for _ in 0..8 {
        window.step();
        if toggled(window) != before {
            return;
        }
    }
    panic!("{format} was not toggled");
}

#[test]
fn export_waits_for_the_preview_of_its_options() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::Num1);
    let export = entries().find(|entry| entry.word == "export").unwrap().keys[0];
    window.key_press_modifiers(modifiers(export), export.key);
    while window.query_by_label("Export a cleaned copy").is_none() {
        window.step();
    }
    assert!(!is_ready(&window), "no preview yet");
    wait_until_ready(&fixture, &mut window, "False negative: 1 row, changed");
    let tiles = |window: &Harness<'_, App>| window.get_by_role_and_label(Role::ComboBox, "Tiles").value().unwrap();
    assert_eq!(tiles(&window), "must exist and seem undamaged");

    // Other options, and again others before their preview is complete.
    for format in ["Parquet with images", "TREC qrels"] {
        toggle_format(&mut window, format);
        assert!(!is_ready(&window), "{format} was chosen after the preview");
    }
    // A choice that the format overrides shows the reason.
    assert_eq!(tiles(&window), "must exist and be readable (needed for Parquet)");
    wait_until_ready(&fixture, &mut window, "False negative: 1 row, changed");
    // Again, now that there is a preview of the last options.
    toggle_format(&mut window, "TREC qrels");
    assert!(!is_ready(&window), "the preview is of other formats");
    wait_until_ready(&fixture, &mut window, "False negative: 1 row, changed");

    // The awaited preview is that of these options, not of the earlier ones.
    choose(&mut window, "False negatives", "are left out with their rows");
    wait_until_ready(&fixture, &mut window, "Has false negative: 1 row, left out");
    press_export(&mut window);
    wait_for(&mut window, " Written");
}

#[test]
fn judgements_made_elsewhere_make_the_preview_stale() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    run_command(&mut window, "export");
    wait_for(&mut window, "10 kept as they are");
    let dataset = std::sync::Arc::new(tilejury_data::Dataset::open(&fixture.set()).unwrap());
    let mut sidecar =
        tilejury_audit::Sidecar::open(&fixture.set().join("tilejury.sqlite"), dataset.fingerprint).unwrap();
    let mut other = tilejury_audit::AuditSession::new(dataset.clone(), "bob", &[]);
    let rejected =
        tilejury_audit::JudgeAction::Verdict(tilejury_data::SampleIndex::new(4), Some(tilejury_audit::Verdict::Reject));
    let events = other.apply(rejected, tilejury_audit::now()).events;
    let record = tilejury_audit::sidecar::SampleRecord::new(&dataset, tilejury_data::SampleIndex::new(4)).unwrap();
    sidecar.append(&events, &[record], None).unwrap();
    // The window notices it on its own; a quicker press is refused.
    press_export(&mut window);
    step_until(&mut window, "the preview of all judgements", |window| {
        window.query_all_by_label_contains("9 kept as they are").next().is_some()
    });
    // If the export was refused before the window noticed, the preview is prepared twice, and a
    // press in between does not count.
    let shows_written = |window: &Harness<'_, App>| window.query_all_by_label_contains(" Written").next().is_some();
    while !shows_written(&window) {
        press_export(&mut window);
        step_until(&mut window, "the export, or its button once more", |window| {
            shows_written(window) || window.query_by_role_and_label(Role::Button, "Export").is_some()
        });
    }
    let rows = std::fs::read_to_string(fixture.dir.path().join("set-clean/train.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 9);
}

#[test]
fn failed_export_shows_the_reason_and_the_preview() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let out = fixture.dir.path().join("set-clean");
    run_command(&mut window, "export");
    wait_for(&mut window, "10 kept as they are");
    step_until(&mut window, "the preview", |window| window.query_by_label("Export").is_some());
    // The folder was examined, and is used by somebody else now.
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("mine"), "").unwrap();
    press_export(&mut window);
    wait_for(&mut window, "not empty");
    wait_for(&mut window, "10 kept as they are");
    assert_text(&mut window, "not empty");
}

#[test]
fn proposes_a_new_folder_and_says_why_another_is_refused() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let out = fixture.dir.path().join("set-clean");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("mine"), "").unwrap();
    run_command(&mut window, "export");
    let field = |window: &Harness<'_, App>| window.get_by_role_and_label(Role::TextInput, "Folder").value().unwrap();
    step_until(&mut window, "the proposal", |window| field(window).ends_with("set-clean-2"));
    wait_for(&mut window, "10 kept as they are");
    // Without its last two letters, it is the folder that is in use.
    window.get_by_role_and_label(Role::TextInput, "Folder").focus();
    window.run_steps(3);
    press(&mut window, Key::End);
    press(&mut window, Key::Backspace);
    press(&mut window, Key::Backspace);
    wait_for(&mut window, "set-clean is not empty");
    assert_text(&mut window, "The folder cannot be used: see above.");
    assert_text(&mut window, "10 kept as they are");
    let button = window.get_by_role_and_label(Role::Button, "Export");
    assert!(button.accesskit_node().is_disabled());
    type_into(&mut window, "Folder", "-3");
    press_export(&mut window);
    wait_for(&mut window, " Written");
    assert!(fixture.dir.path().join("set-clean-3/train.jsonl").exists());
    wait_for(&mut window, "Another export needs another folder");
    // Other options are another export, in another folder.
    toggle_format(&mut window, "TREC qrels");
    step_until(&mut window, "the next proposal", |window| field(window).ends_with("set-clean-2"));
}

#[test]
fn a_written_export_is_verified_and_opened() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "export");
    press_export(&mut window);
    wait_for(&mut window, " Written");
    for button in ["Open folder", "Copy command line"] {
        assert!(window.query_by_role_and_label(Role::Button, button).is_some(), "{button}");
    }
    window.get_by_role_and_label(Role::Button, "Copy command line").click();
    window.step();
    let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.unwrap();
    assert!(copied.starts_with("tilejury export ") && copied.contains("set-clean"), "{copied}");
    window.get_by_role_and_label(Role::Button, "Verify").click();
    wait_for(&mut window, "Every file matches the manifest");
    // A damaged file is found.
    std::fs::write(fixture.dir.path().join("set-clean/train.jsonl"), "{}\n").unwrap();
    window.get_by_role_and_label(Role::Button, "Verify").click();
    wait_for(&mut window, "faults found");
    assert_text(&mut window, "train.jsonl");
}

#[test]
fn enter_takes_the_folder_and_another_key_exports() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "export");
    step_until(&mut window, "the preview", |window| window.query_by_role_and_label(Role::Button, "Export").is_some());
    type_into(&mut window, "Folder", "-mine");
    step_until(&mut window, "the folder to be examined", |window| is_ready(window));
    // In the field, and once more without it.
    for _ in 0..2 {
        press(&mut window, Key::Enter);
        step_until(&mut window, "the folder to be examined again", |window| is_ready(window));
    }
    window.run_steps(8);
    assert_no_text(&window, " Written");
    let folder = fixture.dir.path().join("set-clean-mine");
    assert!(!folder.exists(), "Enter only takes the folder");
    // The button names its key.
    assert!(is_painted(&window, "Enter"), "on the button");
    press_export_key(&mut window);
    wait_for(&mut window, " Written");
    assert!(folder.join("export_manifest.json").exists());
}

#[test]
fn the_copy_opens_as_a_dataset() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "export");
    press_export(&mut window);
    wait_for(&mut window, " Written");
    window.get_by_role_and_label(Role::Button, "Open the copy").click();
    wait_for(&mut window, "1 of 9");
    assert_no_text(&window, "Export a cleaned copy");
}

#[test]
fn previews_rows_before_anything_is_written() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    press(&mut window, Key::Num1);
    run_command(&mut window, "export");
    wait_for(&mut window, "8 kept as they are");
    for text in ["1 changed", "1 left out", "Rejected: 1 row, left out", "False negative: 1 row, changed"] {
        assert_text(&mut window, text);
    }
    assert_text(&mut window, "that a trainer takes: none is padded with its positive");
    assert!(!fixture.dir.path().join("set-clean").exists());
    assert!(!fixture.set().join("export_manifest.json").exists());

    window.get_by_label("False negatives").click();
    window.run_steps(4);
    window.get_by_label("are left out with their rows").click();
    window.run_steps(4);
    wait_for(&mut window, "Has false negative: 1 row, left out");
    assert_text(&mut window, "2 left out");
    press(&mut window, Key::Escape);
    run_command(&mut window, "export");
    wait_for(&mut window, "Has false negative: 1 row, left out");
}

#[test]
fn opens_a_dropped_row_from_the_preview() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "last");
    run_command(&mut window, "export");
    wait_for(&mut window, "Rejected: 1 row, left out");
    window.get_by_label("Rejected: 1 row, left out").click();
    window.run_steps(12);
    window.get_by_label("train line 2").click();
    window.run_steps(3);
    settle(&mut window);
    assert_no_text(&window, "Export a cleaned copy");
    assert_text(&mut window, "2 of 10");
}

#[test]
fn all_rows_of_a_reason_are_a_press_away() {
    let fixture = Fixture::new(&Set::plain(40, 3));
    let mut window = fixture.window();
    // Every other row: rejecting goes to the next one, too.
    for _ in 0..20 {
        run_and_settle(&mut window, "reject");
        run_and_settle(&mut window, "next");
    }
    run_command(&mut window, "export");
    wait_for(&mut window, "Rejected: 20 rows, left out");
    window.get_by_label("Rejected: 20 rows, left out").click();
    window.run_steps(12);
    assert_text(&mut window, "train line 15");
    assert_no_text(&window, "train line 17");
    // By keyboard.
    window.get_by_label("… and 12 more: show all").focus();
    window.run_steps(2);
    press(&mut window, Key::Enter);
    window.run_steps(4);
    assert_text(&mut window, "train line 17");
    assert!(!fixture.dir.path().join("set-clean").exists(), "Enter pressed the button, it did not export");
    window.get_by_label("Only the first 8").click();
    window.run_steps(4);
    assert_no_text(&window, "train line 17");
}

#[test]
fn an_export_needs_a_format_or_pictures() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "export");
    wait_for(&mut window, "the export equals the dataset");
    window.get_by_label("JSONL, the dataset's own layout").click();
    window.run_steps(4);
    assert_text(&mut window, "Choose at least one format, or pictures.");
    window.get_by_label("TREC qrels").click();
    window.run_steps(4);
    assert_no_text(&window, "Choose at least one format, or pictures.");
    press_export(&mut window);
    wait_for(&mut window, " Written");
    let out = fixture.dir.path().join("set-clean");
    assert!(out.join("qrels/train.qrels").exists() && !out.join("train.jsonl").exists());
}

/// Two rows of one query, the first with the other's positive among its negatives, and a third row
/// of another query.
fn one_query_twice() -> Fixture {
    let row = |query: &str, chunks: [u32; 4]| {
        let paths = chunks.map(|chunk| tile(0, 1, chunk));
        let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
        Row::new(query, &paths[0]).negatives(&negatives)
    };
    let mut set = Set::new()
        .row("train", &row("What is salt?", [0, 1, 2, 3]))
        .row("train", &row("what is salt", [1, 2, 3, 4]))
        .row("train", &row("What is pepper?", [0, 2, 3, 4]));
    for chunk in 0..5 {
        set = set.tile(&tile(0, 1, chunk), &picture::png(70, 82, chunk as u8 * 40));
    }
    Fixture::new(&set)
}

#[test]
fn conflicts_are_counted_listed_and_settled() {
    let fixture = one_query_twice();
    let mut window = fixture.window();
    // The first negative is the positive of the second row.
    run_command(&mut window, "next-tile");
    run_and_settle(&mut window, "not-relevant");
    run_command(&mut window, "export");
    wait_for(&mut window, "Conflict: 1 row, left out");
    window.get_by_label("1 conflict: list the rows").click();
    window.run_steps(4);
    wait_for(&mut window, "2 of 3 rows");
    assert_no_text(&window, "Export a cleaned copy");
    settle(&mut window);
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "2 of 2");
    run_and_settle(&mut window, "relevant");
    // Settled by the answer for the positive.
    wait_for(&mut window, "0 of 3 rows");
}

#[test]
fn repeating_the_positives_mark_empties_the_conflicts() {
    let fixture = one_query_twice();
    let mut window = fixture.window();
    // Relevant where it is the positive, then not relevant where it is a negative.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "relevant");
    run_and_settle(&mut window, "previous");
    run_command(&mut window, "next-tile");
    run_and_settle(&mut window, "not-relevant");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "conflict:yes ");
    wait_for(&mut window, "2 of 3 rows");
    press(&mut window, Key::Enter);
    run_and_settle(&mut window, "last");
    assert_text(&mut window, "train line 2");
    assert_text(&mut window, "Positive: Relevant");
    run_and_settle(&mut window, "relevant");
    wait_for(&mut window, "0 of 3 rows");
    run_command(&mut window, "undo");
    wait_for(&mut window, "2 of 3 rows");
    assert_text(&mut window, "train line 2");
    run_command(&mut window, "redo");
    wait_for(&mut window, "0 of 3 rows");
}

#[test]
fn false_negatives_are_counted_in_all_rows_of_the_query() {
    let fixture = one_query_twice();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next");
    press(&mut window, Key::Num1);
    wait_for(&mut window, "2 false negatives");
    run_command(&mut window, "undo");
    wait_for(&mut window, "0 false negatives");
}

#[test]
fn copies_of_positives_have_their_own_line_and_choice() {
    let [positive, copy, other, another] = [0, 1, 2, 3].map(|chunk| tile(0, 1, chunk));
    let set = Set::new()
        .tile(&positive, &picture::png(60, 40, 1))
        .tile(&copy, &picture::png(60, 40, 1))
        .tile(&other, &picture::png(60, 40, 2))
        .tile(&another, &picture::png(60, 40, 3))
        .row("train", &Row::new("q", &positive).negatives(&[&copy, &other, &another]));
    let fixture = Fixture::new(&set);
    let mut window = fixture.window();
    run_command(&mut window, "export");
    wait_for(&mut window, "Copy of the positive: 1 row, changed");
    window.get_by_label("Copies of positives").click();
    window.run_steps(4);
    window.get_by_label("are not looked for").click();
    window.run_steps(4);
    wait_for(&mut window, "Warning: copies of positives were not looked for");
    assert_no_text(&window, "Copy of the positive: 1 row, changed");
    assert_text(&mut window, "No row is left out or changed");
}

#[test]
fn verify_says_the_same_as_the_command_line() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "export");
    step_until(&mut window, "the preview", |window| window.query_by_role_and_label(Role::Button, "Export").is_some());
    press_export(&mut window);
    wait_for(&mut window, " Written");
    let out = fixture.dir.path().join("set-clean");
    std::fs::write(out.join("train.jsonl"), "{}\n").unwrap();
    window.get_by_role_and_label(Role::Button, "Verify").click();
    wait_for(&mut window, "faults found");
    // Whatever the result is, it says how many rows nobody judged.
    assert_text(&mut window, "- not judged: 10 of 10 rows");
}
