//! Exchanging judgements through a folder or a database from the window: the dialog, the light in
//! the status bar, and what arrives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::{Fixture, assert_no_text, assert_text, press, run_command, settle, step_until, wait_for};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
#[cfg(feature = "remote")]
use tilejury_app::team::{Member, init};
use tilejury_audit::exchange::{LocalFolder, sync};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::sidecar::{SampleRecord, open_for_writing};
use tilejury_audit::{AuditSession, JudgeAction, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};
#[cfg(feature = "remote")]
use tilejury_testkit::servers::postgresql::{ADMIN, Postgresql};
use tilejury_testkit::{Row, Set};

/// The sidecar of a person, and the folder that all share.
fn places(fixture: &Fixture, name: &str) -> (PathBuf, PathBuf) {
    (fixture.dir.path().join(format!("{name}.sqlite")), fixture.dir.path().join("team"))
}

/// Types the folder into the dialog and exchanges.
pub(crate) fn exchange_through(window: &mut Harness<'_, App>, folder: &Path) {
    run_command(window, "exchange");
    window.get_by_role_and_label(Role::TextInput, "Place").focus();
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_role_and_label(Role::TextInput, "Place").type_text(&folder.to_string_lossy());
    window.run_steps(3);
    window.key_press(Key::Enter);
    window.run_steps(4);
}

/// Rejects two rows in a window of a person, exchanges, and closes it.
fn reject_two_and_exchange(fixture: &Fixture, name: &str, sidecar: &Path, team: &Path) {
    let mut window = fixture.window_with(name, sidecar);
    for _ in 0..2 {
        press(&mut window, Key::R);
        settle(&mut window);
    }
    exchange_through(&mut window, team);
    wait_for(&mut window, "Exchanged just now.");
}

fn close_dialog(window: &mut Harness<'_, App>) {
    window.key_press(Key::Escape);
    window.run_steps(4);
}

pub(crate) fn events_in(file: &Path) -> usize {
    Sidecar::open_for_reading(file).unwrap().unwrap().all_events().unwrap().len()
}

#[test]
fn two_people_see_each_others_judgements_while_they_judge() {
    let fixture = Fixture::plain();
    let (ada, team) = places(&fixture, "ada");
    let (ben, _) = places(&fixture, "ben");
    std::fs::create_dir(&team).unwrap();
    let mut at_ada = fixture.window_with("ada", &ada);
    press(&mut at_ada, Key::R);
    exchange_through(&mut at_ada, &team);
    wait_for(&mut at_ada, "Exchanged just now.");
    close_dialog(&mut at_ada);
    assert_text(&mut at_ada, "Exchanged");

    let mut at_ben = fixture.window_with("ben", &ben);
    exchange_through(&mut at_ben, &team);
    wait_for(&mut at_ben, "0 changes sent and ");
    close_dialog(&mut at_ben);
    // The writer notices what came within a second.
    run_command(&mut at_ben, "overview");
    wait_for(&mut at_ben, "Annotators, ada: 1 row");
    run_command(&mut at_ben, "overview");
    press(&mut at_ben, Key::A);
    settle(&mut at_ben);
    run_command(&mut at_ben, "exchange-now");
    let files = || std::fs::read_dir(team.join("judgements")).map_or(0, Iterator::count);
    step_until(&mut at_ben, "the file of the other", |_| files() == 2);
    run_command(&mut at_ada, "exchange-now");
    step_until(&mut at_ada, "what was judged since", |_| events_in(&ada) == events_in(&ben));
    run_command(&mut at_ada, "overview");
    wait_for(&mut at_ada, "Annotators, ben: 1 row");
}

#[test]
fn a_folder_that_is_away_stops_nothing_and_is_used_once_back() {
    let fixture = Fixture::plain();
    let (ada, team) = places(&fixture, "ada");
    let mut window = fixture.window_with("ada", &ada);
    exchange_through(&mut window, &team);
    wait_for(&mut window, "there is no such folder");
    assert_text(&mut window, "It is tried again.");
    close_dialog(&mut window);
    press(&mut window, Key::A);
    settle(&mut window);
    assert_text(&mut window, "Saved");
    wait_for(&mut window, "to send");
    std::fs::create_dir(&team).unwrap();
    run_command(&mut window, "exchange-now");
    let files = || std::fs::read_dir(team.join("judgements")).map_or(0, Iterator::count);
    step_until(&mut window, "a file", |_| files() == 1);
    settle(&mut window);
    wait_for(&mut window, "Exchanged");
    drop(window);

    // Opened again, it exchanges without being asked, and what was judged last is sent at the end.
    let mut window = fixture.window_with("ada", &ada);
    wait_for(&mut window, "Exchanged");
    press(&mut window, Key::R);
    settle(&mut window);
    drop(window);
    assert_eq!(files(), 2);
}

#[test]
fn stopping_keeps_all_and_holds_until_a_folder_is_chosen() {
    let fixture = Fixture::plain();
    let (ada, team) = places(&fixture, "ada");
    std::fs::create_dir(&team).unwrap();
    let mut window = fixture.window_with("ada", &ada);
    press(&mut window, Key::A);
    exchange_through(&mut window, &team);
    wait_for(&mut window, "Exchanged just now.");
    window.get_by_role_and_label(Role::Button, "Stop exchanging").click();
    wait_for(&mut window, "Judgements are no longer exchanged; all of them stay.");
    let stored = events_in(&ada);
    let folder = || Sidecar::open_for_reading(&ada).unwrap().unwrap().exchange_folder().unwrap();
    step_until(&mut window, "the folder to be forgotten", |_| folder().is_none());
    drop(window);
    let window = fixture.window_with("ada", &ada);
    assert_no_text(&window, "Exchanged");
    assert_eq!(events_in(&ada), stored);
}

#[test]
fn a_sidecar_that_another_set_took_is_not_exchanged() {
    let fixture = Fixture::plain();
    let (ada, team) = places(&fixture, "ada");
    std::fs::create_dir(&team).unwrap();
    let mut window = fixture.window_with("ada", &ada);
    let dogs = fixture.dir.path().join("dogs");
    Set::new().row("train", &Row::new("a dog", "images/dog.png")).write(&dogs);
    // Nothing was judged yet, so a command may use the file for another set.
    let dogs = Arc::new(Dataset::open(&dogs).unwrap());
    let (mut sidecar, _) = open_for_writing(&dogs, Some(&ada), fixture.dir.path()).unwrap();
    let mut session = AuditSession::new(dogs.clone(), "bo", &[]);
    let rejected = JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject));
    let events = session.apply(rejected, now()).events;
    sidecar.append(&events, &[SampleRecord::new(&dogs, SampleIndex::new(0)).unwrap()], None).unwrap();

    exchange_through(&mut window, &team);
    wait_for(&mut window, "belong to another dataset");
    assert_text(&mut window, "its only judged row is not in it");
    let files = std::fs::read_dir(team.join("judgements")).map_or(0, Iterator::count);
    assert_eq!(files, 0, "nothing is sent");
    let folder = |sidecar: &Sidecar| sidecar.exchange_folder().unwrap();
    assert_eq!(folder(&sidecar), None);
    // Nor does the window end the exchange of the other set.
    let _ = sync(&mut sidecar, &LocalFolder::open(&team).unwrap(), &NoProgress).unwrap();
    window.get_by_role_and_label(Role::Button, "Stop exchanging").click();
    wait_for(&mut window, "Judgements are no longer exchanged");
    drop(window);
    assert!(folder(&sidecar).is_some());
}

#[test]
fn with_the_choice_off_nothing_is_exchanged_unasked() {
    let fixture = Fixture::plain();
    let (ada, team) = places(&fixture, "ada");
    std::fs::create_dir(&team).unwrap();
    let mut window = fixture.window_with("ada", &ada);
    exchange_through(&mut window, &team);
    wait_for(&mut window, "Exchanged just now.");
    window.get_by_label_contains("Exchange automatically").click();
    window.run_steps(4);
    close_dialog(&mut window);
    drop(window);
    let files = || std::fs::read_dir(team.join("judgements")).map_or(0, Iterator::count);
    let mut window = fixture.window_with("ada", &ada);
    press(&mut window, Key::R);
    settle(&mut window);
    wait_for(&mut window, "not exchanged · 1 to send");
    assert_eq!(files(), 0, "{}", fixture.config("settings.json"));
    run_command(&mut window, "exchange-now");
    step_until(&mut window, "a file", |_| files() == 1);
    wait_for(&mut window, "Exchanged");
    press(&mut window, Key::A);
    settle(&mut window);
    drop(window);
    assert_eq!(files(), 1, "also not when it is closed");
}

#[test]
fn undo_reaches_no_step_of_another_machine() {
    let fixture = Fixture::plain();
    let (here, team) = places(&fixture, "here");
    let (there, _) = places(&fixture, "there");
    std::fs::create_dir(&team).unwrap();
    reject_two_and_exchange(&fixture, "ada", &there, &team);
    let mut window = fixture.window_with("ada", &here);
    press(&mut window, Key::A);
    exchange_through(&mut window, &team);
    wait_for(&mut window, "“ada” judged in 2 sidecars");
    drop(window);
    let mut window = fixture.window_with("ada", &here);
    assert_text(&mut window, "2 of 10 judged");
    let undone = |window: &mut Harness<'_, App>| {
        let stored = events_in(&here);
        press(window, Key::Z);
        settle(window);
        events_in(&here) - stored
    };
    assert!(undone(&mut window) > 0, "the step of this machine");
    assert_eq!(undone(&mut window), 0, "those of the other machine");
    assert_text(&mut window, "2 of 10 judged");
}

/// Searches, and waits for the words about what is found.
fn rows_with(window: &mut Harness<'_, App>, search: &str, expected: &str) {
    run_command(window, "search");
    crate::common::type_into(window, "Search", search);
    press(window, Key::Enter);
    wait_for(window, expected);
}

#[test]
fn an_older_verdict_from_elsewhere_replaces_no_later_one() {
    let fixture = Fixture::plain();
    let (here, team) = places(&fixture, "here");
    let (there, _) = places(&fixture, "there");
    std::fs::create_dir(&team).unwrap();
    reject_two_and_exchange(&fixture, "ada", &there, &team);
    let mut window = fixture.window_with("ada", &here);
    press(&mut window, Key::A);
    settle(&mut window);
    exchange_through(&mut window, &team);
    wait_for(&mut window, "“ada” judged in 2 sidecars");
    close_dialog(&mut window);
    // The verdict of the other row came, too.
    wait_for(&mut window, "2 of 10 judged");
    rows_with(&mut window, "verdict:reject ", "1 of 10 rows");
    drop(window);
    let mut window = fixture.window_with("ada", &here);
    rows_with(&mut window, "verdict:reject ", "1 of 10 rows");
}

#[test]
fn the_menu_of_annotators_counts_what_arrived() {
    let fixture = Fixture::plain();
    let (ada, team) = places(&fixture, "ada");
    let (ben, _) = places(&fixture, "ben");
    std::fs::create_dir(&team).unwrap();
    reject_two_and_exchange(&fixture, "ben", &ben, &team);
    let mut window = fixture.window_with("ada", &ada);
    exchange_through(&mut window, &team);
    wait_for(&mut window, "Exchanged just now.");
    close_dialog(&mut window);
    window.get_by_label_contains("Annotator: ").click();
    wait_for(&mut window, "ben — 2 rows judged");
}

/// A server with a team: ada leads, ben judges.
#[cfg(feature = "remote")]
fn server_with_team(fixture: &Fixture) -> Option<Postgresql> {
    let server = Postgresql::start(fixture.dir.path(), None)?;
    let members = [("ada", true), ("ben", false)].map(|(name, is_lead)| {
        server.add_login(name);
        Member { role: name.to_owned(), annotator: name.to_owned(), is_lead }
    });
    init(&server.address(ADMIN.0, ADMIN.1), &members).unwrap();
    Some(server)
}

#[cfg(feature = "remote")]
#[test]
fn a_judgement_of_another_arrives_without_a_key() {
    let fixture = Fixture::plain();
    let Some(server) = server_with_team(&fixture) else { return };
    let (ada, ben) = (places(&fixture, "ada").0, places(&fixture, "ben").0);
    let mut at_ada = fixture.window_with("ada", &ada);
    exchange_through(&mut at_ada, Path::new(&server.address("ada", "ada")));
    wait_for(&mut at_ada, "those of others arrive within seconds");
    let shown = at_ada.get_by_role_and_label(Role::TextInput, "Place").value().unwrap();
    assert!(shown.starts_with("postgresql://ada@127.0.0.1"), "no password is shown again: {shown}");
    close_dialog(&mut at_ada);
    run_command(&mut at_ada, "overview");

    let mut at_ben = fixture.window_with("ben", &ben);
    exchange_through(&mut at_ben, Path::new(&server.address("ben", "ben")));
    wait_for(&mut at_ben, "those of others arrive within seconds");
    close_dialog(&mut at_ben);
    let begun = std::time::Instant::now();
    press(&mut at_ben, Key::A);
    settle(&mut at_ben);
    at_ben.run_steps(4);
    wait_for(&mut at_ada, "Annotators, ben: 1 row");
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "sooner than the exchange of every 20 seconds");
    let stored = Sidecar::open_for_reading(&ada).unwrap().unwrap().exchange_folder().unwrap().unwrap();
    assert_eq!(stored, shown);
}

#[cfg(feature = "remote")]
#[test]
fn a_dead_server_stops_nothing_and_is_tried_again() {
    let fixture = Fixture::plain();
    let Some(mut server) = server_with_team(&fixture) else { return };
    let (ada, _) = places(&fixture, "ada");
    let mut window = fixture.window_with("ada", &ada);
    exchange_through(&mut window, Path::new(&server.address("ada", "ada")));
    wait_for(&mut window, "those of others arrive within seconds");
    server.stop();
    wait_for(&mut window, "the server cannot be reached");
    close_dialog(&mut window);
    press(&mut window, Key::A);
    settle(&mut window);
    assert_text(&mut window, "Saved");
    wait_for(&mut window, "to send");
    server.resume();
    let arrived = || server.sql("SELECT count(*) FROM tilejury.events") != "0";
    step_until(&mut window, "the judgement at the server", |_| arrived());
    wait_for(&mut window, "Exchanged");
}
