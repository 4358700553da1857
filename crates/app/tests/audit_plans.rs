//! The section “More” of the dialog that plans an audit: the plans that it makes, and the
//! errors beside its fields.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::auditing::{begin_as_typed, can_begin, click, judge, open_dialog, replace, stored};
use crate::common::{
    Fixture, assert_no_text, assert_text, choose, import_scores, press, run_and_settle, step_until, wait_for,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use serde_json::json;
use tilejury_app::screen::App;
use tilejury_data::Dataset;
use tilejury_testkit::Set;

/// A window in which the whole dialog fits.
fn window_of(fixture: &Fixture) -> Harness<'static, App> {
    fixture.window_of_size(Some(&fixture.set()), (1400.0, 1300.0))
}

/// Opens the dialog and its section “More”.
fn open_more(window: &mut Harness<'_, App>) {
    open_dialog(window);
    assert_no_text(window, "Gold rows");
    fold(window);
    assert_text(window, "Gold rows");
}

fn fold(window: &mut Harness<'_, App>) {
    window.get_by_label("More").click();
    // It opens in several frames.
    window.run_steps(40);
}

/// Imports scores by which the first negative of each row is more suspicious the later the row is.
fn import(fixture: &Fixture, rows: usize) {
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let lines: String = dataset
        .indices()
        .take(rows)
        .map(|index| {
            let sample = dataset.sample(index).unwrap();
            let query = &sample.query;
            let score = |path: &str, score: f64| {
                format!("{}\n", json!({"query": query, "path": path, "score": score, "source": "bge"}))
            };
            let others = sample.negatives[1..].iter().map(|tile| score(tile.path.as_str(), 0.1)).collect::<String>();
            let of_row = [
                score(sample.positive.path.as_str(), 0.5),
                score(sample.negatives[0].path.as_str(), 0.3 + 0.05 * index.index() as f64),
                others,
            ];
            of_row.concat()
        })
        .collect();
    import_scores(fixture, &lines);
}

#[test]
fn repeats_gold_and_adjudication_are_planned_in_the_dialog() {
    let fixture = Fixture::plain();
    // One row has a known answer.
    judge(&fixture, &[json!({"split": "train", "line": 1, "verdict": "accept", "role": "adjudicator"})]);
    let mut window = window_of(&fixture);
    open_more(&mut window);
    replace(&mut window, "Rows to draw", "4");
    replace(&mut window, "Seed", "7");
    replace(&mut window, "Come back, in %", "120");
    assert_text(&mut window, "That is a percentage from 0 to 100");
    replace(&mut window, "Come back, in %", "25");
    replace(&mut window, "Gold rows", "some");
    assert_text(&mut window, "“some” is not a number of rows");
    assert!(!can_begin(&window));
    // More gold rows than there are: the draw says so, and the dialog stays.
    replace(&mut window, "Gold rows", "9");
    step_until(&mut window, "a plan", can_begin);
    click(&mut window, "Begin the audit");
    wait_for(&mut window, "No audit was begun: 9 gold rows are too many");
    replace(&mut window, "Gold rows", "1");
    // It was about other fields.
    assert_no_text(&window, "No audit was begun");
    window.get_by_role_and_label(Role::CheckBox, "every row with a finding").click();
    window.run_steps(4);
    // Folded, it says what it has, and what is wrong in it.
    fold(&mut window);
    assert_no_text(&window, "Under “More”");
    assert_text(&mut window, "25 % come back · 1 gold · all findings adjudicated");
    begin_as_typed(&mut window);
    let audit = stored(&fixture).remove(0);
    let plan = &audit.plan;
    assert_eq!((plan.repeats, plan.adjudicate_relevant, plan.gold.len(), plan.rows), (0.25, true, 1, 4));
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let gold = audit.gold_rows().next().unwrap();
    assert_eq!(dataset.line_of(dataset.find(gold).unwrap()).get(), 1);
    assert_text(&mut window, "row 1 of 5");
}

#[test]
fn rows_are_drawn_by_suspicion_as_the_dialog_says() {
    let fixture = Fixture::plain();
    import(&fixture, 10);
    let mut window = window_of(&fixture);
    open_more(&mut window);
    replace(&mut window, "Rows to draw", "6");
    choose(&mut window, "How rows are drawn", "The most suspicious in full");
    replace(&mut window, "Most suspicious rows", "6");
    assert_text(&mut window, "Of 6 rows, 6 cannot be the most suspicious ones");
    replace(&mut window, "Most suspicious rows", "2");
    assert_text(&mut window, "The table is of a draw in which all rows have the same chance.");
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "suspicious-first");
    step_until(&mut window, "findings", |window| window.query_all_by_label_contains("train line 10").next().is_some());
    open_dialog(&mut window);
    replace(&mut window, "Rows to draw", "6");
    choose(&mut window, "How rows are drawn", "The most suspicious in full");
    replace(&mut window, "Most suspicious rows", "2");
    begin_as_typed(&mut window);
    let audit = stored(&fixture).remove(0);
    assert_eq!((audit.plan.first.as_ref().map(|first| first.rows), audit.rows.len()), (Some(2), 6));
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let line = |at: usize| dataset.line_of(dataset.find(audit.rows[at]).unwrap()).get();
    assert_eq!([line(0), line(1)], [10, 9], "the most suspicious come first");
    run_and_settle(&mut window, "audits");
    open_dialog(&mut window);
    choose(&mut window, "How rows are drawn", "Within four bands of suspicion");
    begin_as_typed(&mut window);
    let audit = stored(&fixture).remove(1);
    assert_eq!(audit.plan.bands.map(|bands| bands.sizes.iter().sum::<u64>()), Some(10));
}

#[test]
fn a_machine_is_measured_by_its_word_and_blind() {
    let fixture = Fixture::plain();
    let mut window = window_of(&fixture);
    open_more(&mut window);
    choose(&mut window, "How rows are drawn", "By the word of a machine");
    let blind = |window: &Harness<'_, App>| {
        window.get_by_role_and_label(Role::CheckBox, "Blind").accesskit_node().is_disabled()
    };
    assert!(blind(&window), "the machine's word is always hidden");
    replace(&mut window, "Rule of the machine", "bge");
    assert_text(&mut window, "or a source of scores with a score");
    replace(&mut window, "Rule of the machine", "bge>=0.55");
    step_until(&mut window, "a plan", can_begin);
    click(&mut window, "Begin the audit");
    wait_for(&mut window, "No audit was begun: neither reviews nor scores were imported for this dataset");
    drop(window);
    import(&fixture, 10);
    let mut window = window_of(&fixture);
    open_more(&mut window);
    choose(&mut window, "How rows are drawn", "By the word of a machine");
    replace(&mut window, "Rule of the machine", "bge>=0.55");
    begin_as_typed(&mut window);
    let plan = stored(&fixture).remove(0).plan;
    let by = plan.by_machine.unwrap();
    assert_eq!((by.machine.as_str(), by.population, plan.blind), ("bge>=0.55", [5, 5, 0], true));
}

#[test]
fn a_set_to_accept_has_a_table_of_its_own() {
    let fixture = Fixture::new(&Set::plain(30, 1));
    let mut window = window_of(&fixture);
    open_more(&mut window);
    window.get_by_role_and_label(Role::CheckBox, "may be accepted if few are wrong").click();
    wait_for(&mut window, "Rows to draw, to show that at least 95 % of the set are right");
    replace(&mut window, "Wrong at most", "9");
    wait_for(&mut window, "No draw from a set of 30 can show that enough of them are right, with 9 wrong ones allowed");
    click(&mut window, "Allow 0");
    replace(&mut window, "Accepted as machine", " ");
    assert_text(&mut window, "A name is needed");
    replace(&mut window, "Accepted as machine", "rule");
    // A limit is another question, for which this one has to be switched off.
    window.get_by_label("Is the share of such rows below a limit?").click();
    window.run_steps(4);
    assert_text(&mut window, "Accepted as machine");
    window.get_by_role_and_label(Role::CheckBox, "may be accepted if few are wrong").click();
    window.run_steps(4);
    window.get_by_label("Is the share of such rows below a limit?").click();
    window.run_steps(4);
    assert_no_text(&window, "Accepted as machine");
    window.get_by_label("How many rows have a false negative?").click();
    window.run_steps(4);
    window.get_by_role_and_label(Role::CheckBox, "may be accepted if few are wrong").click();
    begin_as_typed(&mut window);
    let plan = stored(&fixture).remove(0).plan;
    let accept = plan.acceptance.clone().unwrap();
    assert_eq!((accept.machine.as_str(), accept.allowed), ("rule", 0));
    assert_eq!(plan.rows, tilejury_audit::audits::units_to_accept(30, &plan).unwrap());
}
