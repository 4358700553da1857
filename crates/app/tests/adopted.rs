//! Results of a job that were adopted: near pictures, copies, clusters and the order by suspicion
//! are in the window, of a dataset at an address, without a request for a tile.

#![cfg(feature = "remote")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::common::web::WebServer;
use crate::common::{Fixture, assert_text, press, run_command, settle, step_until, type_into, wait_for};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::dataset_source::open_dataset;
use tilejury_app::folders::Folders;
use tilejury_app::screen::App;
use tilejury_audit::progress::NoProgress;
use tilejury_audit::scan::pairs::{PairSettings, PartTiles, write_pairs};
use tilejury_audit::scan::{Part, ScanContents, ShardScan, adopt, job_files, shards_to_scan, write_part};
use tilejury_audit::suspicion::fingerprints::FingerprintCache;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Sixty plain rows and two far from the first: one with a scrolled positive among its negatives,
/// and one with the picture of the other's second negative, scrolled.
fn set() -> Set {
    let paths: Vec<String> = (0..5).map(|at| tile(5, 900 + at, 0)).collect();
    let page = |seed: u32, from: u32| picture::page(875, 1024, seed, from);
    let pictures = [page(1, 0), page(1, 80), page(2, 0), page(3, 0), page(2, 50)];
    let set = paths.iter().zip(&pictures).fold(Set::plain(60, 2), |set, (path, picture)| set.tile(path, picture));
    set.row("train", &Row::new("Where is the first lighthouse?", &paths[0]).negatives(&[&paths[1], &paths[2]]))
        .row("train", &Row::new("Who painted this bridge?", &paths[3]).negatives(&[&paths[4]]))
}

/// Scans all shards of a dataset, finds the pairs, and adopts both.
fn scan_and_adopt(address: &Path, folders: &Folders, parts: &Path) {
    std::fs::create_dir(parts).unwrap();
    let dataset = Arc::new(open_dataset(address, folders, &NoProgress).unwrap());
    let shards = shards_to_scan(&dataset.tiles, 0..dataset.tiles.shard_files().len()).unwrap();
    let contents = ScanContents { fingerprints: true, texts: None };
    let path = parts.join("part-00000.parquet");
    let part = Part { path: &path, dataset: "set", shards: &shards, contents: &contents };
    let scan = ShardScan::start(dataset.clone(), "set", shards.clone(), contents.clone(), 2);
    write_part(part, scan, &NoProgress).unwrap();
    let settings = PairSettings { distance: 0.5, threads: 2, sort_bytes: 1 << 20, scratch: parts.to_owned() };
    let mut tiles = PartTiles::open(&[path]).unwrap();
    write_pairs(&mut tiles, &settings, &parts.join("pairs.parquet"), &NoProgress).unwrap();
    let mut cache = FingerprintCache::open(&folders.fingerprints_file(dataset.fingerprint)).unwrap();
    let files = job_files(parts).unwrap();
    let adopted =
        adopt(&dataset, &files, &mut cache, &mut || panic!("there are no texts"), false, &NoProgress).unwrap();
    assert_eq!((adopted.missing, adopted.stale_pairs), (0, 0), "{adopted:?}");
    assert!(adopted.pairs >= 2 && adopted.clusters >= 2, "{adopted:?}");
}

/// Waits until nothing is fetched any more, and forgets the requests so far.
fn is_quiet(window: &mut Harness<'_, App>, server: &WebServer) {
    server.shard_requests();
    step_until(window, "no more requests", |_| {
        std::thread::sleep(Duration::from_millis(300));
        server.shard_requests() == 0
    });
}

#[test]
fn adopted_results_are_in_the_window_without_a_read() {
    let fixture = Fixture::new(&set());
    let server = WebServer::of(fixture.dir.path());
    let folders = Folders::below(fixture.dir.path());
    scan_and_adopt(&server.address(), &folders, &fixture.dir.path().join("parts"));
    let mut window = fixture.window_opening(Some(&server.address()), (1400.0, 900.0));
    wait_for(&mut window, "1 of 62");
    settle(&mut window);
    is_quiet(&mut window, &server);
    // Nobody asks for it: the setting alone lets it start.
    run_command(&mut window, "settings");
    window.get_by_label("Scan tiles in the background").click();
    window.run_steps(4);
    press(&mut window, Key::Escape);
    run_command(&mut window, "messages");
    wait_for(&mut window, "all tiles were cached");
    press(&mut window, Key::Escape);
    // A check finds the copy, too.
    run_command(&mut window, "check");
    wait_for(&mut window, "Decoding every tile also fetches the tiles");
    window.get_by_label("Check rows and shards").click();
    wait_for(&mut window, "1 finding.");
    assert_eq!(server.shard_requests(), 0, "no tile was read");
    run_command(&mut window, "next-finding");
    wait_for(&mut window, "nearly the same picture as the row's positive, by their fingerprints");
    press(&mut window, Key::Escape);
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "signal:near-picture");
    wait_for(&mut window, "1 of 62 rows");
    press(&mut window, Key::Enter);
    run_command(&mut window, "inspector");
    wait_for(&mut window, "no pixel was compared");
    // The picture that two rows share under two paths is a group, and like the tile.
    run_command(&mut window, "similar");
    wait_for(&mut window, "1 tile like it");
    assert_text(&mut window, "Near picture, strength ");
    window.get_by_label("Groups of the set").click();
    wait_for(&mut window, "Group 2: 2 tiles");
}
