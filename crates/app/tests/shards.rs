//! Missing shards: reported as missing and not as damage, found when they return, named when they
//! are lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::fs;
use std::path::PathBuf;

use crate::common::{
    Fixture, assert_no_text, assert_text, run_and_settle, run_command, settle, step_until, wait_for, wait_until_gone,
};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;

/// Ten rows over two shards, the second of which is away; every second row names it.
fn fixture() -> (Fixture, PathBuf, PathBuf) {
    let fixture = Fixture::plain();
    let (shard, away) = (fixture.set().join("image_shards/shard_001.tar"), fixture.dir.path().join("away.tar"));
    fs::rename(&shard, &away).unwrap();
    (fixture, shard, away)
}

const CHIP: &str = "1 shard missing: 20 tiles in 5 rows";

/// Waits until both tiles of the row are painted correctly.
fn shown(window: &mut Harness<'_, App>) {
    settle(window);
    step_until(window, "the tiles", |window| window.query_by_label_contains("Negative 3: not judged, shown").is_some());
}

#[test]
fn a_missing_shard_is_not_damage() {
    let (fixture, ..) = fixture();
    let mut window = fixture.window();
    wait_for(&mut window, "shard_001.tar is missing: 20 tiles in 5 rows; F5 looks again.");
    wait_for(&mut window, CHIP);
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "Positive: not judged, missing shard");
    run_command(&mut window, "broken");
    assert_text(&mut window, "shard_001.tar is missing; its tiles are not broken.");
    run_command(&mut window, "all-broken");
    assert!(fixture.rows().is_empty(), "nothing is called broken: {:?}", fixture.rows());
    // The chip lists the rows.
    window.get_by_label_contains(CHIP).click();
    wait_for(&mut window, "5 of 10 rows");
    // It causes no finding.
    run_command(&mut window, "pixels");
    run_command(&mut window, "jobs");
    wait_for(&mut window, "Scan tiles");
    assert_no_text(&window, "Missing or unreadable");
}

#[test]
fn tiles_come_when_their_shard_does() {
    let (fixture, shard, away) = fixture();
    let mut window = fixture.window();
    wait_for(&mut window, CHIP);
    run_and_settle(&mut window, "next");
    assert_text(&mut window, "missing shard");
    run_command(&mut window, "look-for-shards");
    wait_for(&mut window, "Still missing: 20 tiles in 5 rows.");
    fs::rename(&away, &shard).unwrap();
    run_command(&mut window, "look-for-shards");
    wait_for(&mut window, "shard_001.tar is here now.");
    wait_until_gone(&mut window, CHIP);
    shown(&mut window);
    run_command(&mut window, "look-for-shards");
    wait_for(&mut window, "No shard is missing.");
}

#[test]
fn watches_for_shards_without_a_command() {
    let (fixture, shard, away) = fixture();
    let mut window = fixture.window();
    wait_for(&mut window, CHIP);
    run_and_settle(&mut window, "next");
    fs::rename(&away, &shard).unwrap();
    wait_until_gone(&mut window, CHIP);
    shown(&mut window);
}

#[test]
fn names_a_shard_lost_while_open() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    shown(&mut window);
    fs::rename(fixture.set().join("image_shards/shard_001.tar"), fixture.dir.path().join("away.tar")).unwrap();
    // A row that was not shown yet.
    run_and_settle(&mut window, "last");
    assert_text(&mut window, "Positive: not judged, missing shard");
    assert_no_text(&window, "os error");
    wait_for(&mut window, CHIP);
}
