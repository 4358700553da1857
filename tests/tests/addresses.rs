//! Datasets at an address through the command line: new revisions, the cache, lists for a time
//! without a connection. The server is in the test's process.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use serde_json::{Value, json};
use tilejury_testkit::{Set, WebServer};
use tilejury_tests::{Fixture, Run};

const ADDRESS: &str = "hf://datasets/Owner/set";
const COMMITS: [&str; 2] = ["0123456789abcdef0123456789abcdef01234567", "fedcba9876543210fedcba9876543210fedcba98"];

struct Hub {
    fixture: Fixture,
    server: WebServer,
}

impl Hub {
    /// A repository of six rows with four tiles each.
    fn new() -> Self {
        let fixture = Fixture::with(&Set::plain(6, 3));
        let server = WebServer::start(fixture.dir.path());
        server.publish("Owner/set", COMMITS[0], &fixture.set());
        let hub = Self { fixture, server };
        // Otherwise the tiles would come with the indexes.
        hub.run(&["index", "set", "--out", "set"]).expect(0);
        hub
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.fixture.run_with_hub(&self.server, arguments)
    }

    fn judge(&self, lines: &[usize]) {
        let line = |line: &usize| format!("{{\"split\":\"train\",\"line\":{line},\"verdict\":\"reject\"}}\n");
        self.fixture.write("j.jsonl", &lines.iter().map(line).collect::<String>());
        self.run(&["judge", ADDRESS, "--from", "j.jsonl", "--annotator", "ann"]).expect(0);
    }

    fn cache(&self) -> Value {
        self.run(&["cache", "--json"]).expect(0).json().remove(0)
    }
}

#[test]
fn judgements_follow_to_a_new_revision() {
    let hub = Hub::new();
    hub.judge(&[1, 2, 3]);
    let run = hub.run(&["stats", ADDRESS]).expect(0);
    assert!(!run.err.contains("judging began on"), "{}", run.err);
    // The second row is gone, the others have moved.
    let lines = hub.fixture.read("set/train.jsonl");
    let kept: String =
        lines.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| format!("{line}\n")).collect();
    Set::plain(6, 3).write(&hub.fixture.path("second"));
    for name in ["train.jsonl", "train_hn.jsonl"] {
        hub.fixture.write(&format!("second/{name}"), &kept);
    }
    hub.server.publish("Owner/set", COMMITS[1], &hub.fixture.path("second"));
    let run = hub.run(&["stats", ADDRESS, "--json"]).expect(0);
    let stats = &run.json()[0];
    let expected = [json!(5), json!(2), json!(1)];
    assert_eq!([&stats["splits"]["train"]["rows"], &stats["judged"], &stats["orphans"]], expected.each_ref());
    assert!(run.err.contains("1 of 3 judged rows are not in the dataset"), "{}", run.err);
    let note = format!("judging began on {ADDRESS}@{}; this is {ADDRESS}@{}", COMMITS[0], COMMITS[1]);
    assert!(run.err.contains(&note), "{}", run.err);
    let judgements = hub.run(&["judgements", ADDRESS]).expect(0);
    assert_eq!(judgements.json().len(), 3, "nothing is lost");
    assert!(judgements.err.contains(&note), "{}", judgements.err);
    // The old revision still has all rows.
    let pinned = format!("{ADDRESS}@{}", COMMITS[0]);
    let old = hub.run(&["stats", &pinned, "--json"]).expect(0);
    assert_eq!([&old.json()[0]["judged"], &old.json()[0]["orphans"]], [&json!(3), &json!(0)]);
    assert!(!old.err.contains("judging began on"), "{}", old.err);
}

#[test]
fn indexing_and_comparing_state_their_downloads_first() {
    let hub = Hub::new();
    hub.judge(&[1]);
    hub.run(&["export", ADDRESS, "clean", "--copies", "trust", "--tiles", "trust"]).expect(0);
    hub.server.requests();
    let refused = hub.run(&["index", ADDRESS, "--out", "index"]).expect(2);
    assert!(refused.err.contains("2 shards, ") && refused.err.contains("add --download"), "{}", refused.err);
    // Copies are looked for although the export did not.
    let refused = hub.run(&["verify-export", "clean", "--dataset", ADDRESS]).expect(2);
    assert!(refused.err.contains(" tiles, about ") && refused.err.contains("add --download"), "{}", refused.err);
    let requests = hub.server.requests();
    assert!(!requests.iter().any(|request| request.ends_with(".tar")), "{requests:?}");
    hub.run(&["index", ADDRESS, "--out", "index", "--download"]).expect(0);
    let again = hub.run(&["index", ADDRESS, "--out", "index", "--json"]).expect(0);
    assert_eq!(again.json()[0]["kept"], json!(2), "nothing is left to download");
    hub.run(&["verify-export", "clean", "--dataset", ADDRESS, "--download"]).expect(0);
    let names = hub.run(&["index", ADDRESS, "--json"]).expect(0);
    assert_eq!(names.json()[0]["files"], json!(["image_shards/shard_000.json", "image_shards/shard_001.json"]));
}

#[test]
fn a_note_is_printed_once() {
    let hub = Hub::new();
    hub.fixture.write("j.jsonl", "{\"split\":\"train\",\"line\":1,\"verdict\":\"reject\"}\n");
    // The judgements are opened twice: to be compared, and to be written.
    let judged = hub.run(&["judge", ADDRESS, "--from", "j.jsonl"]).expect(0);
    assert_eq!(judged.err.matches("the judgements are in").count(), 1, "{}", judged.err);
}

#[test]
fn the_cache_is_reported_and_cleared_without_the_judgements() {
    let hub = Hub::new();
    assert_eq!(hub.cache()["files"], json!(0));
    hub.judge(&[1]);
    hub.run(&["fetch", ADDRESS, "--yes"]).expect(0);
    let report = hub.cache();
    assert_eq!((&report["tiles"], &report["limit_bytes"]), (&json!(24), &json!(20_000_000_000_u64)));
    assert_eq!(report["datasets"][0]["address"], json!(ADDRESS));
    assert!(report["oldest_use"].as_str().unwrap().starts_with("20"));
    let shown = hub.run(&["cache"]).expect(0).out;
    assert!(shown.contains(ADDRESS) && shown.contains("of at most 20.0 GB"), "{shown}");
    let cleared = hub.run(&["cache", "--clear", "--json"]).expect(0).json().remove(0);
    assert_eq!([&cleared["bytes"], &cleared["left"]], [&report["bytes"], &json!(0)]);
    assert_eq!(hub.cache()["files"], json!(0));
    let stats = hub.run(&["stats", ADDRESS, "--json"]).expect(0);
    assert_eq!(stats.json()[0]["judged"], json!(1), "judgements are elsewhere");
}

#[test]
fn the_folder_of_the_cache_can_be_chosen() {
    let hub = Hub::new();
    hub.run(&["stats", ADDRESS, "--cache-dir", "here"]).expect(0);
    let report = hub.run(&["cache", "--json", "--cache-dir", "here"]).expect(0).json().remove(0);
    assert_eq!(report["folder"], json!(hub.fixture.path("here").to_string_lossy()));
    assert!(report["files"].as_u64().unwrap() > 0);
    assert_eq!(hub.cache()["files"], json!(0), "the usual folder has nothing");
    let mut command = hub.fixture.command(&["cache", "--json"]);
    let run = Run::from(command.env("TILEJURY_CACHE", hub.fixture.path("here")).output().unwrap()).expect(0);
    assert_eq!(run.json()[0], report);
}

#[test]
fn fetched_rows_are_there_without_a_connection() {
    let mut hub = Hub::new();
    let filter = ["--filter", "\"page 2\""];
    let stated = hub.run(&["fetch", ADDRESS, filter[0], filter[1], "--json"]).expect(0);
    let figures = stated.json().remove(0);
    assert_eq!([&figures["rows"], &figures["tiles"], &figures["fetched"]], [&json!(1), &json!(4), &Value::Null]);
    assert_eq!([&figures["shards_to_index"], &figures["tiles_unknown"]], [&json!(1), &json!(4)]);
    assert!(stated.err.contains("1 shard must be indexed first") && stated.err.contains("--yes"), "{}", stated.err);
    assert_eq!(hub.cache()["tiles"], json!(0), "nothing was fetched");
    let figures = hub.run(&["fetch", ADDRESS, filter[0], filter[1], "--yes", "--json"]).expect(0).json().remove(0);
    assert_eq!(figures["fetched"]["tiles"], json!(4));
    assert_eq!(figures["fetched"]["bytes"], figures["bytes_to_fetch"]);
    hub.server.stop();
    let offline = hub.run(&["fetch", ADDRESS, filter[0], filter[1], "--json"]).expect(0);
    assert!(offline.err.contains("note: offline: the files as of 20"), "{}", offline.err);
    let figures = offline.json().remove(0);
    assert_eq!([&figures["tiles_kept"], &figures["tiles_to_fetch"]], [&json!(4), &json!(0)]);
    let others = hub.run(&["fetch", ADDRESS, "--yes"]).expect(2);
    assert!(others.err.contains("no connection"), "{}", others.err);
}
