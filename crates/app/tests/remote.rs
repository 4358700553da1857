//! Datasets at an address in the window: opening, failures, tiles that cannot be fetched, and the
//! question before much is fetched.

#![cfg(feature = "remote")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

mod common;

use std::fs;

use common::web::WebServer;
use common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, type_into, wait_for,
    wait_until_gone,
};
use egui::{Event, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_data::shard::hfutils_json;
use tilejury_testkit::Set;

const SIZE: (f32, f32) = (1400.0, 900.0);

/// A dataset behind a web server, with more rows than are fetched ahead.
fn served() -> (Fixture, WebServer) {
    let fixture = Fixture::new(&Set::plain(60, 3));
    // Otherwise the tiles would come with the indexes.
    for shard in ["image_shards/shard_000.tar", "image_shards/shard_001.tar"].map(|path| fixture.set().join(path)) {
        let bytes = fs::read(&shard).unwrap();
        fs::write(shard.with_extension("json"), hfutils_json(&bytes[..], bytes.len() as u64).unwrap()).unwrap();
    }
    let server = WebServer::of(fixture.dir.path());
    (fixture, server)
}

fn opened(fixture: &Fixture, server: &WebServer) -> Harness<'static, App> {
    let mut window = fixture.window_opening(Some(&server.address()), SIZE);
    wait_for(&mut window, "1 of 60");
    settle(&mut window);
    window
}

#[test]
fn a_typed_address_opens_now_and_at_the_next_start() {
    let (fixture, server) = served();
    let mut window = fixture.window_opening(None, SIZE);
    run_command(&mut window, "open-address");
    assert_text(&window, "hf://datasets/OWNER/NAME");
    type_into(&mut window, "Address of the dataset", "ftp://host/set");
    assert_text(&window, "`ftp://` is not supported");
    assert!(window.get_by_label("Open").accesskit_node().is_disabled());
    press_only(&mut window, Key::Escape);
    run_command(&mut window, "open-address");
    type_into(&mut window, "Address of the dataset", server.address().to_str().unwrap());
    press_only(&mut window, Key::Enter);
    wait_for(&mut window, "1 of 60");
    settle(&mut window);
    assert_text(&window, server.address().to_str().unwrap());
    wait_for(&mut window, " fetched");
    press(&mut window, Key::A);
    assert_text(&window, "1 of 60 judged");
    drop(window);
    let in_data = walk(&fixture.dir.path().join("data"));
    assert!(in_data.iter().any(|name| name.ends_with(".sqlite")), "judgements are in the data folder: {in_data:?}");
    assert!(!fixture.set().join("tilejury.sqlite").exists());
    let mut window = fixture.window_opening(None, SIZE);
    wait_for(&mut window, "1 of 60 judged");
    run_command(&mut window, "close");
    wait_for(&mut window, "Recent");
    assert_text(&window, server.address().to_str().unwrap());
    wait_for(&mut window, "1 of 60 judged");
}

#[test]
fn a_pasted_address_is_opened_from_the_welcome_screen() {
    let (fixture, server) = served();
    let mut window = fixture.window_opening(None, SIZE);
    window.event(Event::Paste("no address at all".to_owned()));
    window.run_steps(3);
    assert_text(&window, "It is not an address.");
    press_only(&mut window, Key::Escape);
    window.event(Event::Paste(format!(" {}/\n", server.address().display())));
    window.run_steps(3);
    wait_for(&mut window, "1 of 60");
}

#[test]
fn an_unreachable_address_is_reported_and_tried_again() {
    let (fixture, server) = served();
    server.set_down(true);
    let mut window = fixture.window_opening(Some(&server.address()), SIZE);
    wait_for(&mut window, "could not be opened");
    assert_text(&window, "no connection");
    server.set_down(false);
    window.get_by_label("Try again").click();
    window.run_steps(3);
    wait_for(&mut window, "1 of 60");
}

#[test]
fn opening_an_address_can_be_cancelled() {
    let (fixture, server) = served();
    server.set_hanging(true);
    let mut window = fixture.window_opening(Some(&server.address()), SIZE);
    wait_for(&mut window, "Connecting, and listing the files");
    window.get_by_label("Cancel").click();
    window.run_steps(3);
    assert_text(&window, "Keys to know");
    server.set_hanging(false);
    window.run_steps(20);
    assert_no_text(&window, "1 of 60");
}

#[test]
fn a_tile_that_was_not_fetched_says_why_and_is_retried() {
    let (fixture, server) = served();
    let mut window = opened_then_down(&fixture, &server);
    wait_for(&mut window, "not fetched");
    wait_for(&mut window, "No connection");
    server.set_down(false);
    run_and_settle(&mut window, "retry-tiles");
    wait_until_gone(&mut window, "not fetched");
    wait_until_gone(&mut window, "No connection");
}

#[test]
fn tiles_come_by_themselves_when_the_connection_is_back() {
    let (fixture, server) = served();
    let mut window = opened_then_down(&fixture, &server);
    wait_for(&mut window, "not fetched");
    server.set_down(false);
    wait_until_gone(&mut window, "not fetched");
}

#[test]
fn fetching_the_whole_set_is_asked_first() {
    let (fixture, server) = served();
    let mut window = opened(&fixture, &server);
    run_command(&mut window, "pixels");
    assert_text(&window, "Scan all tiles?");
    window.get_by_label("Cancel").click();
    window.run_steps(5);
    assert_no_text(&window, "Scan all tiles?");
    assert_no_text(&window, "Scanning tiles");
    run_command(&mut window, "index");
    assert_text(&window, "Index all shards?");
    press_only(&mut window, Key::Escape);
    run_command(&mut window, "pixels");
    wait_for(&mut window, "are not in the cache");
    window.get_by_label("Start").click();
    window.run_steps(3);
    wait_for(&mut window, "Pixels: ");
}

#[test]
fn a_list_that_was_kept_is_there_without_a_connection() {
    let (fixture, server) = served();
    let mut window = opened(&fixture, &server);
    run_command(&mut window, "keep-offline");
    assert_text(&window, "Keep this list offline");
    wait_for(&mut window, "are in the cache.");
    if window.query_by_label("Fetch the member lists").is_some() {
        window.get_by_label("Fetch the member lists").click();
        window.run_steps(3);
        wait_for(&mut window, "to fetch:");
    }
    window.get_by_label("Start").click();
    window.run_steps(3);
    wait_for(&mut window, " fetched, ");
    server.set_down(true);
    run_and_settle(&mut window, "last");
    assert_no_text(&window, "not fetched");
}

/// Opens the dataset, and shows a row whose tiles are not here when the connection is lost.
fn opened_then_down(fixture: &Fixture, server: &WebServer) -> Harness<'static, App> {
    let mut window = opened(fixture, server);
    server.set_down(true);
    run_command(&mut window, "last");
    window
}

fn press_only(window: &mut Harness<'_, App>, key: Key) {
    window.key_press(key);
    window.run_steps(4);
}

/// The names of all files below a folder.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => names.extend(walk(&entry.path())),
            false => names.push(entry.file_name().into_string().unwrap()),
        }
    }
    names
}
