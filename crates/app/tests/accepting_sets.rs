//! The acceptance of the set that an audit was drawn from: by one key, in one step, with one undo,
//! and refused in words where the draw does not show enough.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::auditing::{click, judge, stored};
use crate::common::{Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, wait_for};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use serde_json::json;
use tilejury_app::command::{Menu, entries};
use tilejury_audit::audits::{Acceptance, AuditPlan, units_to_accept};
use tilejury_audit::{Event, Sidecar};
use tilejury_data::Dataset;
use tilejury_testkit::Set;

/// The rows of the set.
const ROWS: u64 = 30;

/// Begins the audit of a set to accept, and answers to all drawn rows; those of the first `wrong`
/// find a false negative.
fn answered(filter: Option<&str>, wrong: usize) -> Fixture {
    let fixture = Fixture::new(&Set::plain(ROWS as u32, 1));
    let mut plan = AuditPlan::new("spring", "7", 1);
    plan.acceptance = Some(Acceptance::of_rows("rule", 0));
    plan.filter = filter.map(str::to_owned);
    plan.rows = units_to_accept(ROWS, &plan).unwrap();
    fixture.begin_audit(plan);
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let lines: Vec<_> = stored(&fixture)[0]
        .rows
        .iter()
        .enumerate()
        .map(|(at, key)| {
            let index = dataset.find(*key).unwrap();
            let negative = dataset.sample(index).unwrap().negatives[0].path.clone();
            let tiles = if at < wrong { json!({negative.as_str(): "relevant"}) } else { json!({}) };
            json!({"split": "train", "line": dataset.line_of(index).get(), "verdict": "accept", "tiles": tiles, "audit": "spring"})
        })
        .collect();
    judge(&fixture, &lines);
    fixture
}

/// The stored events of the machine.
fn of_machine(fixture: &Fixture) -> Vec<Event> {
    let mut sidecar = Sidecar::open_for_reading(&fixture.set().join("tilejury.sqlite")).unwrap().unwrap();
    let all = sidecar.all_events().unwrap();
    all.into_iter().filter(|event| *event.annotator == *"machine:rule").collect()
}

#[test]
fn one_key_accepts_the_set_and_one_undoes_it() {
    let fixture = answered(None, 0);
    let drawn = stored(&fixture)[0].plan.rows;
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    // The sentence is there before anything is accepted.
    run_command(&mut window, "accept-set");
    wait_for(
        &mut window,
        "Accept these 30 rows as they are by “machine:rule” (positive right, no relevant negative): at least 95 % of them are right (95 % confidence): ",
    );
    assert_text(&mut window, &format!("{drawn} drawn at random among them, 0 wrong. Expect up to 1 wrong ones."));
    settle(&mut window);
    assert_eq!(of_machine(&fixture), []);
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "29 rows accepted. Kept out: 0 that were judged wrong, 1 that people judged.");
    wait_for(&mut window, "29 of 30 rows are accepted by machine:rule");
    assert_no_text(&window, "Accept these 30 rows");
    settle(&mut window);
    let stored_events = of_machine(&fixture);
    assert!(stored_events.len() > 29 && stored_events.iter().all(|event| event.step == stored_events[0].step));
    assert_eq!(fixture.verdicts().len(), 30);
    // The person's own undo is about the person's own step.
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "undo");
    assert_eq!(fixture.verdicts().len(), 29);
    run_and_settle(&mut window, "redo");
    run_command(&mut window, "accept-set");
    click(&mut window, "Undo the acceptance");
    wait_for(&mut window, "The acceptance is undone.");
    wait_for(&mut window, "Accept these 30 rows");
    settle(&mut window);
    assert_eq!(fixture.verdicts().iter().filter(|(_, verdict)| verdict.contains("accept")).count(), 0);
    // In another session it can be accepted again.
    press(&mut window, Key::Escape);
    drop(window);
    let mut window = fixture.window();
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "Accept these 30 rows");
    click(&mut window, "Accept the set");
    wait_for(&mut window, "29 rows accepted");
    settle(&mut window);
    assert_eq!(fixture.verdicts().len(), 30);
}

#[test]
fn a_set_that_is_not_good_enough_is_refused_in_words() {
    let fixture = answered(None, 1);
    let mut window = fixture.window();
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "Not shown that the set of 30 rows is good enough: 1 wrong or undecided, 0 allowed.");
    run_command(&mut window, "accept-set");
    wait_for(
        &mut window,
        "1 of the drawn rows are wrong or undecided, and the plan allows 0: the set is not accepted.",
    );
    settle(&mut window);
    assert_eq!((of_machine(&fixture), fixture.verdicts()), (vec![], vec![]));
}

#[test]
fn a_set_that_a_search_found_is_found_again() {
    let fixture = answered(Some("verdict:none"), 0);
    let mut window = fixture.window();
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "Accept these 30 rows");
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "30 rows accepted");
    settle(&mut window);
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "The acceptance is undone.");
    press(&mut window, Key::Escape);
    // The list shows the set. With other rows, what was shown does not hold.
    let search = window.get_by_role_and_label(Role::TextInput, "Search");
    assert_eq!(search.value().as_deref(), Some("verdict:none"));
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "Accept these 30 rows");
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "The rule of “spring” now finds other rows than those that were drawn from");
}

#[test]
fn the_command_says_what_it_needs() {
    let entry = entries().find(|entry| entry.word == "accept-set").unwrap();
    assert!(entry.menu == Menu::Judge && !entry.help.is_empty() && entry.keys.len() == 1);
    let others = entries().filter(|other| other.word != entry.word);
    assert!(others.flat_map(|other| other.keys).all(|key| !key.clashes(entry.keys[0])));
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "accept-set");
    assert_text(&mut window, "No audit was planned to accept a set. Ctrl+U plans one, under “More”.");
}
