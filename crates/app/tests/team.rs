//! The team in the window: a line for each annotator, the assignment of what is listed, one's own
//! part, and their way to another window.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, type_into, wait_for,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_audit::Sidecar;
use tilejury_audit::assignments::{Assignment, USUAL_OVERLAP, assignments};

fn stored(fixture: &Fixture) -> Vec<Assignment> {
    let sidecar = Sidecar::open_for_reading(&fixture.set().join("tilejury.sqlite")).unwrap();
    assignments(&sidecar.unwrap().all_events().unwrap())
}

/// Assigns what is listed to these names.
fn assign(window: &mut Harness<'_, App>, names: &str) {
    run_command(window, "assign");
    wait_for(window, "Annotators");
    window.get_by_role_and_label(Role::TextInput, "Annotators").focus();
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    type_into(window, "Annotators", names);
    window.get_by_label_contains("Assign 10 rows").click();
    wait_for(window, "10 rows assigned:");
    settle(window);
}

#[test]
fn listed_rows_are_assigned_judged_and_withdrawn() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    assign(&mut window, "ann");
    let one = stored(&fixture).remove(0);
    assert_eq!((one.rows.len(), &*one.by, one.plan.to), (10, "ann", vec!["ann".to_owned()]));
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "my-part");
    assert_text(&mut window, "0 of 10 judged in your part");
    press(&mut window, Key::A);
    assert_text(&mut window, "1 of 10 judged in your part");
    run_command(&mut window, "team");
    wait_for(&mut window, "1 of 10");
    assert_text(&mut window, "No row waits for adjudication.");
    // The number of judged rows opens their list.
    window.get_by_role_and_label(Role::Link, "Rows judged by ann: 1").click();
    settle(&mut window);
    assert_no_text(&window, "Rows an hour");
    assert_no_text(&window, "in your part");
    let field =
        |window: &Harness<'_, App>| window.get_by_role_and_label(Role::TextInput, "Search").value().unwrap_or_default();
    assert_eq!(field(&window), "judged-by:ann");
    assert_text(&mut window, "1 of 10");
    // So does the number of those judged today.
    run_command(&mut window, "team");
    wait_for(&mut window, "Rows an hour");
    window.get_by_role_and_label(Role::Link, "Rows that ann judged today: 1").click();
    settle(&mut window);
    assert_eq!(field(&window), "team:ann=today");
    assert_text(&mut window, "1 of 10");
    run_command(&mut window, "assign");
    wait_for(&mut window, "Withdraw");
    window.get_by_label("Withdraw").click();
    settle(&mut window);
    assert!(stored(&fixture)[0].withdrawn);
    press(&mut window, Key::Escape);
    run_command(&mut window, "my-part");
    assert_no_text(&window, "in your part");
}

#[test]
fn a_number_of_the_team_is_counted_when_a_search_asks() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::A);
    settle(&mut window);
    // Nobody opened the team.
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "team:ann=today");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "1 of 10");
    run_command(&mut window, "search");
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    type_into(&mut window, "Search", "team:nobody=today");
    wait_for(&mut window, "nobody of the team is called `nobody`");
}

#[test]
fn rows_of_others_are_not_ones_own_part() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    assign(&mut window, "bo, cy");
    press(&mut window, Key::Escape);
    run_command(&mut window, "my-part");
    assert_no_text(&window, "in your part");
    run_command(&mut window, "team");
    wait_for(&mut window, "bo");
    assert_text(&mut window, "cy");
    assert_no_text(&window, "assigned:me");
}

#[test]
fn the_proposed_overlap_is_that_of_the_command() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    assign(&mut window, "bo, cy");
    assign(&mut window, "bo");
    let overlaps: Vec<f64> = stored(&fixture).iter().map(|one| one.plan.overlap).collect();
    assert_eq!(overlaps, [USUAL_OVERLAP, 0.0], "one annotator shares no row");
}

#[test]
fn a_team_is_hidden_from_those_who_judge_blind() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "blind");
    run_command(&mut window, "team");
    assert_no_text(&window, "Rows an hour");
    assert_text(&mut window, "Blind:");
}
