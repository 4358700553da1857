//! Datasets at an address in the window: opening, failures, tiles that cannot be fetched, and the
//! question before much is fetched.

#![cfg(feature = "remote")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::web::WebServer;
use crate::common::{
    Fixture, assert_no_text, assert_passes, assert_text, choose, click_and_close, is_painted, painted_text, press,
    press_export, run_and_settle, run_command, settle, step_until, type_into, wait_for, wait_until_gone,
};
use egui::accesskit::Role;
use egui::{Event, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_data::shard::hfutils_json;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const SIZE: (f32, f32) = (1400.0, 900.0);

/// Puts indexes beside the shards. Without them, the tiles would come with the indexes.
fn put_indexes(fixture: &Fixture) {
    let files = fixture.set().join("image_shards").read_dir().unwrap().map(|entry| entry.unwrap().path());
    for shard in files.filter(|path| path.extension().is_some_and(|ending| ending == "tar")) {
        let bytes = fs::read(&shard).unwrap();
        fs::write(shard.with_extension("json"), hfutils_json(&bytes[..], bytes.len() as u64).unwrap()).unwrap();
    }
}

/// A dataset behind a web server, with more rows than are fetched ahead.
fn served() -> (Fixture, WebServer) {
    let fixture = Fixture::new(&Set::plain(60, 3));
    put_indexes(&fixture);
    let server = WebServer::of(fixture.dir.path());
    (fixture, server)
}

fn opened(fixture: &Fixture, server: &WebServer) -> Harness<'static, App> {
    opened_with_rows(fixture, server, 60)
}

fn opened_with_rows(fixture: &Fixture, server: &WebServer, rows: usize) -> Harness<'static, App> {
    let mut window = fixture.window_opening(Some(&server.address()), SIZE);
    wait_for(&mut window, &format!("1 of {rows}"));
    settle(&mut window);
    window
}

/// Opens the dataset of a fixture at its address, and waits until nothing more is fetched.
fn opened_quietly(fixture: &Fixture, rows: usize) -> (Harness<'static, App>, WebServer) {
    put_indexes(fixture);
    let server = WebServer::of(fixture.dir.path());
    let mut window = opened_with_rows(fixture, &server, rows);
    window_is_quiet(&mut window, &server);
    (window, server)
}

#[test]
fn a_typed_address_opens_now_and_at_the_next_start() {
    let (fixture, server) = served();
    let mut window = fixture.window_opening(None, SIZE);
    run_command(&mut window, "open-address");
    assert_text(&mut window, "hf://datasets/OWNER/NAME");
    type_into(&mut window, "Address of the dataset", "ftp://host/set");
    assert_text(&mut window, "`ftp://` is not supported");
    assert!(window.get_by_label("Open").accesskit_node().is_disabled());
    press_only(&mut window, Key::Escape);
    run_command(&mut window, "open-address");
    type_into(&mut window, "Address of the dataset", server.address().to_str().unwrap());
    press_only(&mut window, Key::Enter);
    wait_for(&mut window, "1 of 60");
    settle(&mut window);
    assert_text(&mut window, server.address().to_str().unwrap());
    wait_for(&mut window, " fetched");
    press(&mut window, Key::A);
    assert_text(&mut window, "1 of 60 judged");
    drop(window);
    let in_data = walk(&fixture.dir.path().join("data"));
    let is_sqlite = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "sqlite");
    assert!(in_data.iter().any(is_sqlite), "judgements are in the data folder: {in_data:?}");
    assert!(!fixture.set().join("tilejury.sqlite").exists());
    let mut window = fixture.window_opening(None, SIZE);
    wait_for(&mut window, "1 of 60 judged");
    run_command(&mut window, "close");
    wait_for(&mut window, "Recent");
    assert_text(&mut window, server.address().to_str().unwrap());
    wait_for(&mut window, "1 of 60 judged");
}

#[test]
fn a_pasted_address_is_opened_from_the_welcome_screen() {
    let (fixture, server) = served();
    let mut window = fixture.window_opening(None, SIZE);
    window.event(Event::Paste("no address at all".to_owned()));
    window.run_steps(3);
    assert_text(&mut window, "It is not an address.");
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
    assert_text(&mut window, "No connection (");
    server.set_down(false);
    window.get_by_label("Try again").click();
    window.run_steps(3);
    wait_for(&mut window, "1 of 60");
}

#[test]
fn the_signature_in_an_address_is_shown_and_stored_nowhere() {
    let (fixture, server) = served();
    let signed = format!("{}?sig=hidden-secret", server.address().display());
    let mut window = fixture.window_opening(Some(Path::new(&signed)), SIZE);
    wait_for(&mut window, "could not be opened");
    assert_text(&mut window, "Has a query, which would be shown and stored; a SAS token belongs in");
    assert_no_text(&window, "hidden-secret");
    assert!(!is_painted(&window, "hidden-secret"));
    window.event(Event::Paste(signed));
    window.run_steps(3);
    assert_text(&mut window, "It has a query, which would be shown and stored");
    drop(window);
    for file in walk(fixture.dir.path()).iter().filter(|file| !file.starts_with(fixture.set())) {
        let content = fs::read(file).unwrap();
        assert!(!content.windows(13).any(|part| part == b"hidden-secret"), "{}", file.display());
    }
}

#[test]
fn opening_an_address_can_be_cancelled() {
    let (fixture, server) = served();
    server.set_hanging(true);
    let mut window = fixture.window_opening(Some(&server.address()), SIZE);
    wait_for(&mut window, "Connecting, and listing the files");
    window.get_by_label("Cancel").click();
    window.run_steps(3);
    assert_text(&mut window, "Keys to know");
    server.set_hanging(false);
    window.run_steps(20);
    assert_no_text(&window, "1 of 60");
}

#[test]
fn the_next_sample_is_whole_before_later_ones_begin() {
    let mut set = Set::new();
    for row in 0..8_u32 {
        let paths: Vec<String> = (0..8).map(|chunk| tile(0, 1000 + row, chunk)).collect();
        for (path, seed) in paths.iter().zip(8 * row as u8..) {
            set = set.tile(path, &picture::png(70, 82, seed));
        }
        let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
        set = set.row("train", &Row::new(&format!("question {row}"), &paths[0]).negatives(&negatives));
    }
    let fixture = Fixture::for_reading_view(&set);
    let (_window, server) = opened_quietly(&fixture, 8);

    // The rows of the requests, by the pages that their members are named after.
    let shards = fixture.set().join("image_shards");
    let row_of = |(shard, from): &(String, usize)| {
        let index = shards.join(shard.rsplit('/').next().unwrap()).with_extension("json");
        let index: serde_json::Value = serde_json::from_slice(&fs::read(index).unwrap()).unwrap();
        let files = index["files"].as_object().unwrap();
        let (name, _) = files.iter().find(|(_, member)| member["offset"] == *from).unwrap();
        (0..8).find(|row| name.contains(&format!("/{}.png", 1000 + row))).unwrap()
    };
    let rows: Vec<usize> = server.shard_parts().iter().map(row_of).collect();
    let begun_before = |last: usize| rows[..last].iter().filter(|row| **row > 1).count();
    // A few are requested at the same time, so that their order may change.
    assert!(begun_before(rows.iter().rposition(|row| *row == 1).unwrap()) < 4, "{rows:?}");
}

#[test]
fn a_tile_that_was_not_fetched_says_why_and_is_retried() {
    let (fixture, server) = served();
    let mut window = opened_then_down(&fixture, &server);
    wait_for(&mut window, "not fetched");
    wait_for(&mut window, "No connection");
    // The button is right below the words, which have no detail of the system. They give way to
    // the next attempt, which begins without a person, and return after it.
    let words = |window: &Harness<'_, App>| {
        painted_text(window).into_iter().find(|galley| galley.text().contains("Not fetched"))
    };
    step_until(&mut window, "the words on the tile", |window| words(window).is_some());
    let words = words(&window).unwrap();
    // The words say that it is not in the cache, if that was looked for before the connection.
    let has_reason = ["no connection; check the network", "No connection; check the network"];
    assert!(has_reason.iter().any(|reason| words.text().contains(reason)), "{}", words.text());
    assert!(window.query_all_by_label("Retry").all(|button| !button.accesskit_node().is_disabled()));
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
fn a_tile_that_waits_for_a_limit_counts_the_seconds_down() {
    let (fixture, server) = served();
    let mut window = opened(&fixture, &server);
    window_is_quiet(&mut window, &server);
    // Longer than a read waits, so that words appear.
    server.limit_for(12);
    run_command(&mut window, "last");
    for seconds in [10, 8, 6] {
        let words = format!("the server allows the next one in {seconds} s.");
        step_until(&mut window, &words, |window| is_painted(window, &words));
    }
    assert!(is_painted(&window, "Waiting"));
    assert!(!is_painted(&window, "Not fetched"));
    assert!(window.query_all_by_label("Retry").all(|button| button.accesskit_node().is_disabled()));
    wait_until_gone(&mut window, "not fetched");
}

#[test]
fn fetching_the_whole_set_is_asked_first() {
    let (fixture, server) = served();
    let mut window = opened(&fixture, &server);
    run_command(&mut window, "pixels");
    assert_text(&mut window, "Scan all tiles?");
    window.get_by_label("Cancel").click();
    window.run_steps(5);
    assert_no_text(&window, "Scan all tiles?");
    assert_no_text(&window, "Scanning tiles");
    run_command(&mut window, "pixels");
    wait_for(&mut window, "are not in the cache");
    window.get_by_label("Start").click();
    window.run_steps(3);
    wait_for(&mut window, "Scan of tiles: ");
}

#[test]
fn a_list_that_was_kept_is_there_without_a_connection() {
    let (fixture, server) = served();
    let mut window = opened(&fixture, &server);
    run_command(&mut window, "keep-offline");
    assert_text(&mut window, "Keep this list offline");
    wait_for(&mut window, "are in the cache.");
    if window.query_by_label("Fetch the member lists").is_some() {
        window.get_by_label("Fetch the member lists").click();
        window.run_steps(3);
        wait_for(&mut window, "to fetch:");
    }
    click_and_close(&mut window, "Start");
    wait_for(&mut window, " fetched, ");
    server.set_down(true);
    run_and_settle(&mut window, "last");
    assert_no_text(&window, "not fetched");
}

#[test]
fn an_export_fetches_nothing_before_a_person_agrees() {
    let (fixture, server) = served();
    let mut window = opened(&fixture, &server);
    window_is_quiet(&mut window, &server);
    run_command(&mut window, "export");
    wait_for(&mut window, "The preview needs a download");
    wait_for(&mut window, "are not in the cache");
    assert!(
        window
            .query_by_role_and_label(Role::Button, "Export")
            .is_none_or(|button| button.accesskit_node().is_disabled())
    );
    window.get_by_label("Preview without it").click();
    wait_for(&mut window, "60 kept as they are");
    assert_eq!(server.shard_requests(), 0, "rows alone need no shard");
    assert_no_text(&window, "The preview needs a download");
    assert_no_text(&window, "Copying the pictures");
    // Pictures are written: their size is known as soon as the tiles were found.
    choose(&mut window, "Pictures", "one file per tile");
    wait_for(&mut window, "Copying the pictures fetches ");
    assert_no_text(&window, "Copying the pictures fetches about");
}

#[test]
fn verifying_an_export_asks_before_it_downloads() {
    let (fixture, server) = served();
    // An export is proposed there.
    std::fs::create_dir(fixture.dir.path().join("documents")).unwrap();
    let mut window = opened(&fixture, &server);
    run_command(&mut window, "export");
    wait_for(&mut window, "are not in the cache");
    window.get_by_label("Fetch and preview").click();
    press_export(&mut window);
    wait_for(&mut window, " Written");
    // Every tile was compared: nothing is to be fetched, and nothing is asked.
    window.get_by_role_and_label(Role::Button, "Verify").click();
    wait_for(&mut window, "Every file matches the manifest");
    forget_tiles(&fixture);
    window_is_quiet(&mut window, &server);
    window.get_by_role_and_label(Role::Button, "Verify").click();
    wait_for(&mut window, "Compare the export with the dataset?");
    assert_no_text(&window, "Every file matches");
    wait_for(&mut window, "are not in the cache: ");
    assert_no_text(&window, "cache: about");
    window.get_by_label("Cancel").click();
    wait_for(&mut window, "Copy command line");
    assert_eq!(server.shard_requests(), 0);
    window.get_by_role_and_label(Role::Button, "Verify").click();
    wait_for(&mut window, "are not in the cache: ");
    window.get_by_label("Start").click();
    wait_for(&mut window, "Every file matches the manifest");
    assert!(server.shard_requests() > 0);
}

#[test]
fn a_check_says_whether_its_size_is_exact() {
    // A row that is too far away to be fetched ahead has a shard of its own.
    let far = [tile(5, 1, 0), tile(5, 1, 1)];
    let row = Row::new("What is far away?", &far[0]).negatives(&[&far[1]]);
    let set = far.iter().fold(Set::plain(60, 3), |set, path| set.tile(path, &picture::png(70, 82, 9)));
    let fixture = Fixture::new(&set.row("train", &row));
    let (mut window, _) = opened_quietly(&fixture, 61);
    run_command(&mut window, "check");
    wait_for(&mut window, "are not in the cache: about ");
    assert_text(&mut window, "estimated from the lengths of the shards that are not indexed yet");
    press_only(&mut window, Key::Escape);
    run_command(&mut window, "index");
    wait_for(&mut window, "The member lists of 1 shard are fetched");
    window.get_by_label("Start").click();
    wait_for(&mut window, " indexed.");
    run_command(&mut window, "check");
    wait_for(&mut window, "are not in the cache: ");
    assert_no_text(&window, "are not in the cache: about ");
    assert_no_text(&window, "estimated from");
    press_only(&mut window, Key::Escape);
    // Nothing is left to ask about.
    run_command(&mut window, "index");
    wait_for(&mut window, " indexed.");
    assert_no_text(&window, "Index all shards?");
}

#[test]
fn a_shard_that_is_not_at_the_address_is_named_as_such() {
    let (fixture, server) = served();
    std::fs::remove_file(fixture.set().join("image_shards/shard_000.tar")).unwrap();
    let mut window = opened(&fixture, &server);
    wait_for(&mut window, "1 shard missing");
    step_until(&mut window, "the words on the tile", |window| {
        is_painted(window, "shard_000.tar is not at the address.")
    });
    assert!(!is_painted(&window, "checks again"), "no key brings it back");
    assert_no_text(&window, "looks again");
}

#[test]
fn a_cache_that_cannot_be_written_is_told() {
    let (fixture, server) = served();
    let mut window = opened(&fixture, &server);
    window_is_quiet(&mut window, &server);
    for folder in tile_folders(&fixture) {
        std::fs::remove_dir_all(&folder).unwrap();
        // Nobody can make a folder there, whatever the rights.
        std::fs::write(&folder, b"").unwrap();
    }
    run_and_settle(&mut window, "last");
    wait_for(&mut window, "The cache cannot be written: ");
    for _ in 0..5 {
        window.query_all_by_label("OK").for_each(|ok| ok.click());
        window.run_steps(3);
    }
    assert_no_text(&window, "The cache cannot be written: ");
    wait_for(&mut window, "the cache cannot be written");
    run_command(&mut window, "messages");
    assert_text(&mut window, "The cache cannot be written: ");
}

#[test]
fn judgements_follow_to_a_new_revision_in_the_window() {
    const NAME: &str = "remote::judgements_follow_to_a_new_revision_in_the_window";
    let Ok(folder) = std::env::var("TILEJURY_TEST_HUB") else {
        // The address of the Hub is a variable, which no running program can change: the test runs
        // itself again with it.
        let fixture = Fixture::new(&Set::plain(6, 3));
        let hub = publish(&fixture);
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.env("TILEJURY_TEST_HUB", fixture.dir.path()).env("HF_ENDPOINT", hub.url()).env_remove("HF_TOKEN");
        assert_passes(&mut again, NAME);
        return;
    };
    let address = Path::new("hf://datasets/Owner/set");
    let pinned = |commit: &str| Path::new(&format!("hf://datasets/Owner/set@{commit}")).to_owned();
    let home = Path::new(&folder);
    let mut window = crate::common::window_below(home, &pinned(COMMITS[0]), SIZE);
    wait_for(&mut window, "1 of 6");
    settle(&mut window);
    for _ in 0..3 {
        press(&mut window, Key::R);
    }
    assert_text(&mut window, "3 of 6 judged");
    assert_no_text(&window, "Judging began on");
    drop(window);
    let mut window = crate::common::window_below(home, address, SIZE);
    wait_for(&mut window, "2 of 5 judged");
    wait_for(&mut window, "1 judged row is no longer in the dataset");
    let note = format!(
        "Judging began on hf://datasets/Owner/set@{}; this is hf://datasets/Owner/set@{}",
        COMMITS[0], COMMITS[1]
    );
    assert_text(&mut window, &note);
    run_command(&mut window, "orphans");
    assert_text(&mut window, "What is shown on page 1?");
    assert_text(&mut window, "Rejected");
    press_only(&mut window, Key::Escape);
    run_command(&mut window, "messages");
    assert_text(&mut window, &note);
}

const COMMITS: [&str; 2] = ["0123456789abcdef0123456789abcdef01234567", "fedcba9876543210fedcba9876543210fedcba98"];

/// A Hub with two revisions of a dataset: in the second one, the second row is gone.
fn publish(fixture: &Fixture) -> tilejury_testkit::WebServer {
    let server = tilejury_testkit::WebServer::start(fixture.dir.path());
    let second = fixture.dir.path().join("second");
    crate::common::copy_folder(&fixture.set(), &second);
    for name in ["train.jsonl", "train_hn.jsonl"] {
        let lines = std::fs::read_to_string(second.join(name)).unwrap();
        let kept = lines.lines().enumerate().filter(|(at, _)| *at != 1);
        std::fs::write(second.join(name), kept.map(|(_, line)| format!("{line}\n")).collect::<String>()).unwrap();
    }
    server.publish("Owner/set", COMMITS[0], &fixture.set());
    server.publish("Owner/set", COMMITS[1], &second);
    server
}

/// Waits until nothing is fetched ahead any more, and forgets the requests so far.
fn window_is_quiet(window: &mut Harness<'_, App>, server: &WebServer) {
    server.shard_requests();
    loop {
        window.run_steps(20);
        std::thread::sleep(std::time::Duration::from_millis(100));
        if server.shard_requests() == 0 {
            return;
        }
    }
}

/// The folders of the cache that have the tiles.
fn tile_folders(fixture: &Fixture) -> Vec<PathBuf> {
    let sets = fixture.dir.path().join("cache/fetched/sets");
    sets.read_dir().unwrap().map(|set| set.unwrap().path().join("tiles")).collect()
}

/// Deletes the tiles from the cache, and what was computed of them.
fn forget_tiles(fixture: &Fixture) {
    tile_folders(fixture).iter().for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
    for entry in fixture.dir.path().join("cache").read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        if entry.to_string_lossy().contains(".prints.sqlite") {
            std::fs::remove_file(entry).unwrap();
        }
    }
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

/// All files below a folder.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => files.extend(walk(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files
}
