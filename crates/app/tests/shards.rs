//! Missing shards: reported as missing and not as damage, found when they return, named when they
//! are lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Desk, give, give_and_settle, settle, shows, shows_not, step_until, wait_for, wait_until_gone};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;

/// Ten rows over two shards, the second of which is away; every second row names it.
fn desk() -> (Desk, PathBuf, PathBuf) {
    let desk = Desk::plain();
    let (shard, away) = (desk.set().join("image_shards/shard_001.tar"), desk.dir.path().join("away.tar"));
    fs::rename(&shard, &away).unwrap();
    (desk, shard, away)
}

const CHIP: &str = "1 shard missing: 20 tiles in 5 rows";

/// Waits until both tiles of the row are painted correctly.
fn shown(window: &mut Harness<'_, App>) {
    settle(window);
    step_until(window, "the tiles", |window| window.query_by_label_contains("Negative 3: not judged, shown").is_some());
}

#[test]
fn a_missing_shard_is_not_damage() {
    let (desk, ..) = desk();
    let mut window = desk.window();
    wait_for(&mut window, "shard_001.tar is missing: 20 tiles in 5 rows; F5 looks again.");
    wait_for(&mut window, CHIP);
    give_and_settle(&mut window, "next");
    shows(&window, "Positive: not judged, shard missing");
    give(&mut window, "broken");
    shows(&window, "shard_001.tar is missing; its tiles are not broken.");
    give(&mut window, "all-broken");
    assert!(desk.rows().is_empty(), "nothing is called broken: {:?}", desk.rows());
    // The chip lists the rows.
    window.get_by_label_contains(CHIP).click();
    wait_for(&mut window, "5 of 10 samples");
    // It causes no finding.
    give(&mut window, "pixels");
    give(&mut window, "jobs");
    wait_for(&mut window, "Scan tile images");
    shows_not(&window, "Unreadable");
}

#[test]
fn tiles_come_when_their_shard_does() {
    let (desk, shard, away) = desk();
    let mut window = desk.window();
    wait_for(&mut window, CHIP);
    give_and_settle(&mut window, "next");
    shows(&window, "shard missing");
    give(&mut window, "look-for-shards");
    wait_for(&mut window, "Still missing: 20 tiles in 5 rows.");
    fs::rename(&away, &shard).unwrap();
    give(&mut window, "look-for-shards");
    wait_for(&mut window, "shard_001.tar is here now.");
    wait_until_gone(&mut window, CHIP);
    shown(&mut window);
    give(&mut window, "look-for-shards");
    wait_for(&mut window, "No shard is missing.");
}

#[test]
fn watches_for_shards_without_a_command() {
    let (desk, shard, away) = desk();
    let mut window = desk.window();
    wait_for(&mut window, CHIP);
    give_and_settle(&mut window, "next");
    fs::rename(&away, &shard).unwrap();
    wait_until_gone(&mut window, CHIP);
    shown(&mut window);
}

#[test]
fn names_a_shard_lost_while_open() {
    let desk = Desk::plain();
    let mut window = desk.window();
    shown(&mut window);
    fs::rename(desk.set().join("image_shards/shard_001.tar"), desk.dir.path().join("away.tar")).unwrap();
    // A row that was not shown yet.
    give_and_settle(&mut window, "last");
    shows(&window, "Positive: not judged, shard missing");
    shows_not(&window, "os error");
    wait_for(&mut window, CHIP);
}
