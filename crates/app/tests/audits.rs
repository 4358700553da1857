//! Audits in the window: planning one, its queue, what it hides and keeps apart, its result, and
//! the audit of an export.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::auditing::{begin_as_typed, can_begin, click, open_dialog, replace, stored};
use crate::common::{
    Fixture, assert_no_text, assert_text, choose, is_painted, painted_text, press, press_export, run_and_settle,
    run_command, settle, step_until, type_into, wait_for,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::command::entries;
use tilejury_app::screen::App;
use tilejury_audit::Sidecar;
use tilejury_audit::audits::audits;
use tilejury_audit::audits::draw;
use tilejury_data::Dataset;
use tilejury_testkit::Set;

/// Begins an audit of so many rows with the seed 7, and waits for its first row.
fn begin(window: &mut Harness<'_, App>, rows: usize, blind: bool) {
    open_dialog(window);
    replace(window, "Rows to draw", &rows.to_string());
    replace(window, "Seed", "7");
    if !blind {
        window.get_by_role_and_label(Role::CheckBox, "Blind").click();
        window.run_steps(3);
    }
    begin_as_typed(window);
    wait_for(window, &format!("Audit “audit 1”: row 1 of {rows}"));
}

/// The lines of the drawn rows of the first audit, in the order of the draw.
fn drawn(fixture: &Fixture) -> Vec<u64> {
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let line = |key| dataset.line_of(dataset.find(key).unwrap()).get();
    stored(fixture)[0].rows.iter().map(|key| line(*key)).collect()
}

#[test]
fn a_plan_is_made_and_stored_before_the_first_judgement() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    open_dialog(&mut window);
    assert_text(&mut window, "10 different rows to draw from");
    assert_text(&mut window, "They do not count in exports, and their rows stay unjudged in the set.");
    assert_text(&mut window, "Your pace is known after ten verdicts");
    assert_text(&mut window, "Exact: all rows are judged, so there is no sampling error.");
    assert_text(&mut window, "with two annotators or more");
    assert!(is_painted(&window, "anybody"), "who judges without names");
    step_until(&mut window, "a plan", can_begin);
    // What is wrong is said beside the field.
    replace(&mut window, "Rows to draw", "11");
    assert_text(&mut window, "11 rows cannot be drawn: there are 10");
    assert!(!can_begin(&window));
    // A line of the table is a number of rows.
    click(&mut window, "Draw 10 rows");
    assert_no_text(&window, "cannot be drawn");
    replace(&mut window, "Confidence, in %", "100");
    assert_text(&mut window, "A level is a percentage between 0 and 100");
    replace(&mut window, "Confidence, in %", "90");
    replace(&mut window, "Annotators", "ann, ann");
    assert_text(&mut window, "Each annotator needs a name of their own");
    replace(&mut window, "Annotators", "bo");
    assert_text(&mut window, "You judge as ann, which is not among the annotators");
    replace(&mut window, "Annotators", "ann, bo");
    replace(&mut window, "Judged by two, in %", "100");
    replace(&mut window, "Seed", "7");
    replace(&mut window, "Name", "spring");
    begin_as_typed(&mut window);
    assert_text(&mut window, "Audit “spring”: row 1 of 10");
    assert_text(&mut window, "10 to go");
    let audits = stored(&fixture);
    let plan = &audits[0].plan;
    assert_eq!((plan.name.as_str(), plan.seed.as_str(), plan.rows, plan.population), ("spring", "7", 10, 10));
    assert_eq!((plan.level, plan.overlap, plan.blind), (0.9, 1.0, true));
    assert_eq!(plan.annotators, ["ann", "bo"]);
    // The same rows as those of the command.
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let again = draw(plan.clone(), &dataset, |_| true).unwrap();
    assert_eq!(again.rows, audits[0].rows);
    // Its name is taken from then on.
    run_and_settle(&mut window, "audits");
    open_dialog(&mut window);
    replace(&mut window, "Name", "spring");
    assert_text(&mut window, "There is an audit “spring” already");
}

#[test]
fn a_part_of_the_set_is_drawn_from() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "verdict:none ");
    wait_for(&mut window, "8 of 10 rows");
    press(&mut window, Key::Enter);
    open_dialog(&mut window);
    choose(&mut window, "Rows from", "The list: verdict:none (8)");
    wait_for(&mut window, "8 different rows to draw from");
    replace(&mut window, "Rows to draw", "8");
    begin_as_typed(&mut window);
    assert_text(&mut window, "Audit “audit 1”: row 1 of 8");
    let mut lines = drawn(&fixture);
    lines.sort_unstable();
    assert_eq!(lines, (3..=10).collect::<Vec<_>>());
}

/// All that the accessibility tree says.
fn said(window: &Harness<'_, App>) -> Vec<String> {
    let mut texts = Vec::new();
    let mut nodes = vec![window.root()];
    while let Some(node) = nodes.pop() {
        let access = node.accesskit_node();
        texts.extend([access.label(), access.value(), access.description()].into_iter().flatten());
        nodes.extend(node.children());
    }
    texts
}

#[track_caller]
fn assert_hidden(window: &Harness<'_, App>) {
    let of_audit = "In this list: 0 accepted, 0 rejected, 0 unsure, ";
    let words = ["zebra", "ejected", "ccepted", "1 false negative", "Bad query ×", "look-again", "marked relevant"];
    let gives_away = |text: &String| words.iter().any(|word| text.replace(of_audit, "").contains(word));
    let found: Vec<String> = said(window).into_iter().filter(gives_away).collect();
    assert!(found.is_empty(), "the window says {found:?}");
}

#[test]
fn drawn_rows_come_without_what_was_said_of_them() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    for panel in ["history", "inspector"] {
        run_and_settle(&mut window, panel);
    }
    // Every row was judged before, in several ways.
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "reason-bad-query");
    run_and_settle(&mut window, "note-judged");
    type_into(&mut window, "Note on train line 1:", "zebra");
    press(&mut window, Key::Enter);
    for _ in 0..9 {
        run_and_settle(&mut window, "negative-1");
        run_and_settle(&mut window, "accept");
    }
    run_and_settle(&mut window, "first");
    run_and_settle(&mut window, "look-again");
    let before = said(&window).join("\n");
    assert!(["zebra", "ejected"].iter().all(|word| before.contains(word)), "the check can fail: {before}");
    let counts = fixture.rows();
    begin(&mut window, 10, true);
    assert_hidden(&window);
    for _ in 0..10 {
        for word in ["queue-rows", "reading-view", "compare", "reading-view", "next"] {
            run_and_settle(&mut window, word);
            assert_hidden(&window);
        }
        press(&mut window, Key::Num0);
    }
    // What would show it, judges several rows at once, or leaves the draw.
    for word in
        ["overview", "facets", "contact-sheet", "export", "suspicious-first", "propagate", "new-audit", "second-pass"]
    {
        run_command(&mut window, word);
        assert_text(&mut window, "Not during an audit");
        settle(&mut window);
    }
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "Nothing to undo");
    assert_eq!(fixture.rows(), counts);
}

#[test]
fn an_audit_is_judged_in_the_order_of_the_draw() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    let (counts, order) = (fixture.rows(), {
        assert_text(&mut window, "train line 2");
        begin(&mut window, 5, false);
        drawn(&fixture)
    });
    assert_eq!(order.len(), 5);
    assert_text(&mut window, &format!("train line {}", order[0]));
    run_and_settle(&mut window, "negative-1");
    run_and_settle(&mut window, "accept");
    // The next row without an answer is shown, and above it what is known so far.
    assert_text(&mut window, "Audit “audit 1”: row 2 of 5");
    assert_text(&mut window, "4 to go");
    // The bar counts the rows of the audit, not those of the set.
    assert_text(&mut window, "1 of 5 judged, 4 to go");
    assert_no_text(&window, "of 10 judged");
    assert_text(&mut window, &format!("train line {}", order[1]));
    wait_for(&mut window, "So far 100 % of rows have a false negative: 1 of 1.");
    // An answer can be undone.
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "5 to go");
    run_and_settle(&mut window, "redo");
    assert_text(&mut window, "4 to go");
    // Skipping is possible; what comes after does not count yet.
    run_and_settle(&mut window, "first");
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "row 3 of 5");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "1 row was skipped; the later answer counts once it has one");
    for _ in 0..3 {
        run_and_settle(&mut window, "accept");
    }
    assert_text(&mut window, "All 5 rows of the audit have an answer. Ctrl+Shift+U leaves it and shows the result.");
    // Nothing of it counts elsewhere.
    assert_eq!(fixture.rows(), counts);
    run_command(&mut window, "audits");
    wait_for(&mut window, "“audit 1”: 5 rows planned, finished.");
    assert_text(&mut window, "20 % of rows have a false negative (95 %: ");
    assert_text(&mut window, "Rows with a false negative: 20 % (");
    assert_text(&mut window, "5 of 10 rows drawn · seed 7 · level 95 % · not blind");
    press(&mut window, Key::Escape);
    // The place before.
    assert_text(&mut window, "train line 2");
    assert_text(&mut window, "10 rows");
    assert_text(&mut window, "1 of 10 judged");
    assert_no_text(&window, "to go");
    // Enter shows its rows again, with the answers.
    run_command(&mut window, "audits");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "0 to go");
    press(&mut window, Key::Escape);
    assert_text(&mut window, "5 rows planned, finished");
}

#[test]
fn an_audit_asks_before_it_counts_tiles_nobody_saw() {
    let fixture = Fixture::for_reading_view(&Set::plain(6, 4));
    let mut window = fixture.window();
    begin(&mut window, 3, true);
    settle(&mut window);
    let unseen = "negatives 2–4 not seen, but counted as not relevant";
    assert_text(&mut window, &format!("positive relevant, 1 of 4 negatives not relevant · {unseen}"));
    run_and_settle(&mut window, "accept");
    let words = "never shown at a readable size. A again answers for them unseen, Tab shows them.";
    assert_text(&mut window, &format!("Negatives 2–4 were {words}"));
    assert_text(&mut window, "3 to go");
    // A tile that was shown meanwhile is named no more.
    run_and_settle(&mut window, "pane-next");
    assert_text(&mut window, &format!("Negatives 3 and 4 were {words}"));
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "2 to go");
    let toast = "Accepted. Negatives 3 and 4 were not confirmed: not viewed.";
    assert_text(&mut window, &format!("{toast} The audit counts a negative without a mark as not relevant."));
    // A row whose tiles were all seen is accepted at once, and so is one with marks on the others.
    for _ in 0..3 {
        run_and_settle(&mut window, "pane-next");
    }
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "1 to go");
    for word in ["negative-2", "negative-3", "negative-4", "accept"] {
        run_and_settle(&mut window, word);
    }
    assert_text(&mut window, "All 3 rows of the audit have an answer");
    // Nothing but an audit counts what nobody saw.
    run_and_settle(&mut window, "audits");
    press(&mut window, Key::Escape);
    assert_text(&mut window, "1 of 4 negatives not relevant · negatives 2–4 not seen");
    assert_no_text(&window, "but counted");
    run_and_settle(&mut window, "accept");
    assert_no_text(&window, "never shown");
    assert_eq!(fixture.verdicts().len(), 1);
    assert_text(&mut window, "Accepted. Negatives 2–4 were not confirmed: not viewed.");
}

#[test]
fn a_blind_audit_shows_its_rates_at_the_end() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    begin(&mut window, 3, true);
    run_and_settle(&mut window, "negative-1");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "2 to go");
    assert_no_text(&window, "So far");
    assert_no_text(&window, "In this list: 1 accepted");
    assert_no_text(&window, "1 false negative");
    run_and_settle(&mut window, "audits");
    assert_text(&mut window, "You left the audit; your answers in it are kept.");
    run_command(&mut window, "audits");
    wait_for(&mut window, "Blind: its rates are shown once all of its rows count.");
    assert_no_text(&window, "% of rows");
    press(&mut window, Key::Escape);
    run_command(&mut window, "overview");
    wait_for(&mut window, "Audit audit 1: 1 of 3 judged");
    assert_no_text(&window, "Findings by annotator");
    run_command(&mut window, "audits");
    press(&mut window, Key::Enter);
    for _ in 0..2 {
        run_and_settle(&mut window, "accept");
    }
    run_command(&mut window, "audits");
    wait_for(&mut window, "33.3 % of rows have a false negative (95 %: ");
    press(&mut window, Key::Escape);
    // The overview draws it; a click opens it.
    run_command(&mut window, "overview");
    wait_for(&mut window, "Audit audit 1: 33.3 % (");
    assert!(is_painted(&window, "audit 1"));
    wait_for(&mut window, "Findings by annotator, ann: 3 rows, 1 row with a finding");
    // Which is what the card says, as does the dialog that begins an audit.
    assert_text(&mut window, "Rows with a false negative or wrong positive, audits included");
    assert_no_text(&window, "Rows with a verdict, without those of audits");
    window.get_by_label_contains("Audit audit 1: 33.3 % (").click();
    window.run_steps(4);
    assert_text(&mut window, "3 of 10 rows drawn");
}

#[test]
fn annotators_see_their_own_part() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    open_dialog(&mut window);
    replace(&mut window, "Rows to draw", "10");
    replace(&mut window, "Seed", "7");
    replace(&mut window, "Annotators", "ann, bo");
    replace(&mut window, "Judged by two, in %", "0");
    begin_as_typed(&mut window);
    let audit = stored(&fixture).remove(0);
    let mine = audit.part_of("ann").len();
    assert!(mine > 0 && mine < 10 && mine + audit.part_of("bo").len() == 10, "{mine}");
    assert_text(&mut window, &format!("{mine} to go"));
    assert_text(&mut window, &format!("{mine} are yours"));
    assert_text(&mut window, &format!("{mine} of 10 rows"));
    let place = audit.rows.iter().position(|key| *key == audit.part_of("ann")[0]).unwrap() + 1;
    assert_text(&mut window, &format!("row {place} of 10"));
    // Rows of the other one cannot be opened.
    let other = audit.part_of("bo")[0];
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let line = dataset.line_of(dataset.find(other).unwrap());
    run_command(&mut window, "go-to");
    type_into(&mut window, "Position in the list, or split:line, such as eval:3", &format!("train:{line}"));
    press(&mut window, Key::Enter);
    assert_text(&mut window, "This row is not in your part of the audit");
    for _ in 0..mine {
        run_and_settle(&mut window, "accept");
    }
    assert_text(&mut window, &format!("All {mine} rows of the audit have an answer"));
    run_command(&mut window, "audits");
    settle(&mut window);
    press(&mut window, Key::Escape);
    // One for others: it is begun, and says why its rows are not shown.
    open_dialog(&mut window);
    replace(&mut window, "Rows to draw", "4");
    replace(&mut window, "Annotators", "bo, cy");
    begin_as_typed(&mut window);
    assert_text(
        &mut window,
        "The audit “audit 2” is begun with 4 rows. You judge as ann, and the audit “audit 2” is for bo, cy.",
    );
    run_command(&mut window, "audits");
    wait_for(&mut window, "Only bo and cy judge its rows.");
    assert!(window.get_by_label("Judge its rows").accesskit_node().is_disabled());
}

#[test]
fn an_interrupted_audit_goes_on_where_it_was() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    begin(&mut window, 5, true);
    for _ in 0..2 {
        run_and_settle(&mut window, "reject");
    }
    drop(window);
    let mut window = fixture.window();
    assert_text(
        &mut window,
        "The audit “audit 1” is not finished: 2 of 5 rows answered. Ctrl+Shift+U goes on with it.",
    );
    assert_text(&mut window, "train line 1");
    assert_eq!(fixture.rows(), []);
    run_command(&mut window, "audits");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "Audit “audit 1”: row 3 of 5");
    assert_text(&mut window, "3 to go");
    assert_no_text(&window, "is not finished");
    // The answers from before can be undone.
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "row 2 of 5");
    assert_text(&mut window, "4 to go");
}

fn choose_pictures(window: &mut Harness<'_, App>, choice: &str) {
    choose(window, "Pictures", choice);
}

/// Rejects the first row, exports the others, and waits for the result.
fn export_all_but_the_first(window: &mut Harness<'_, App>) {
    run_and_settle(window, "reject");
    run_command(window, "export");
    choose_pictures(window, "links to the shards");
    press_export(window);
    wait_for(window, " Written");
}

#[test]
fn one_key_audits_an_export_from_its_result() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let original = Dataset::open(&fixture.dir.path().join("set")).unwrap();
    export_all_but_the_first(&mut window);
    // The key works in the dialog, and the button of the result has it.
    let command = entries().find(|entry| entry.word == "audit-export").unwrap();
    assert!(window.query_by_role_and_label(Role::Button, command.name).is_some());
    run_command(&mut window, command.word);
    wait_for(&mut window, "9 different rows to draw from");
    assert_text(&mut window, "Rows to draw, to show that the share is below 1 %");
    // So few rows: only all of them could show it.
    replace(&mut window, "Below, in %", "30");
    step_until(&mut window, "a plan", can_begin);
    replace(&mut window, "Found at most", "9");
    wait_for(&mut window, "No draw from 9 rows can show that, with 9 affected rows allowed");
    click(&mut window, "Allow 0");
    begin_as_typed(&mut window);
    assert_text(&mut window, "Audit “audit 1”: row 1 of ");
    assert!(!said(&window).iter().any(|text| text.contains("train line 10")), "the rejected row is gone");
    drop(window);
    // The sidecar of the export has the audit, and the plan names export and dataset.
    let copy = fixture.dir.path().join("set-clean");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(copy.join("export_manifest.json")).unwrap()).unwrap();
    let events = Sidecar::open_for_reading(&copy.join("tilejury.sqlite")).unwrap().unwrap().all_events().unwrap();
    let of_export = audits(&events)[0].plan.of_export.clone().unwrap();
    assert_eq!(of_export.manifest, manifest["digest"].as_str().unwrap());
    assert!(of_export.is_from(&original));
}

#[test]
fn a_long_notice_is_whole_in_a_small_window() {
    let fixture = Fixture::plain();
    let mut window = fixture.window_of_size(Some(&fixture.set()), (1024.0, 640.0));
    run_and_settle(&mut window, "accept");
    run_command(&mut window, "accept-set");
    let notice = "No audit was planned to accept a set. Ctrl+U plans one, under “More”.";
    let painted = painted_text(&window).into_iter().find(|galley| galley.text() == notice).unwrap();
    assert!(!painted.elided);
    let at = window.get_by_label(notice).rect();
    assert!(at.right() <= 1024.0 && at.bottom() <= 640.0, "{at:?}");
}

#[test]
fn an_export_without_pictures_is_not_audited() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "export");
    // Pictures are not written unless a person chooses them.
    press_export(&mut window);
    wait_for(&mut window, " Written");
    let reason = "This export has no pictures, so there is nothing to judge in it.";
    assert_text(&mut window, reason);
    let button = window.get_by_role_and_label(Role::Button, "Audit what is left…");
    assert!(button.accesskit_node().is_disabled());
    press(&mut window, Key::Escape);
    assert_no_text(&window, reason);
    // The key says it, too, and opens nothing.
    run_command(&mut window, "audit-export");
    assert_text(&mut window, reason);
    settle(&mut window);
    assert_text(&mut window, "10 rows");
    assert_no_text(&window, "New audit");
}

/// Opens the submenu of audits.
fn open_submenu(window: &mut Harness<'_, App>) {
    window.get_by_label("Judge").click();
    window.run_steps(4);
    window.query_all_by_label("Audits").last().unwrap().click();
    window.run_steps(4);
}

#[test]
fn the_last_export_can_be_audited_later() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    // Nothing was exported yet: the key does nothing, and the menu says why.
    run_command(&mut window, "audit-export");
    settle(&mut window);
    assert_text(&mut window, "train line 1");
    open_submenu(&mut window);
    let entry = window.get_by_label_contains("Audit what is left…");
    assert!(entry.accesskit_node().is_disabled());
    press(&mut window, Key::Escape);
    export_all_but_the_first(&mut window);
    press(&mut window, Key::Escape);
    open_submenu(&mut window);
    window.get_by_label_contains("Audit what is left…").click();
    window.run_steps(6);
    wait_for(&mut window, "9 different rows to draw from");
    // The export is the open dataset now, and nothing was exported from it.
    press(&mut window, Key::Escape);
    run_command(&mut window, "audit-export");
    settle(&mut window);
    assert_no_text(&window, "different rows to draw from");
}
