//! The command line for judgements at risk, and for people who search for the cause of a fault.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};
use tilejury_tests::Fixture;

/// A fixture with ten rows, of which three are judged.
fn judged() -> Fixture {
    let fixture = Fixture::with(&Set::plain(10, 3));
    judge(&fixture, &[1, 2, 3]);
    fixture
}

fn judge(fixture: &Fixture, lines: &[u32]) {
    let line = |line: &u32| format!("{}\n", json!({"split": "train", "line": line, "verdict": "reject"}));
    fixture.write("j.jsonl", &lines.iter().map(line).collect::<String>());
    fixture.run(&["judge", "set", "--from", "j.jsonl", "--annotator", "ann"]).expect(0);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn recovers_a_damaged_sidecar_into_a_new_file() {
    let fixture = judged();
    let before = fixture.run(&["judgements", "set", "--json"]).expect(0).out;
    let sidecar = fixture.set().join("tilejury.sqlite");
    let mut bytes = std::fs::read(&sidecar).unwrap();
    bytes[..100].fill(0x5a);
    std::fs::write(&sidecar, &bytes).unwrap();
    let refused = fixture.run(&["judgements", "set"]).expect(2);
    assert!(refused.err.contains("tilejury recover"), "{}", refused.err);
    let report = fixture.run(&["recover", "set/tilejury.sqlite", "saved.sqlite", "--json"]).expect(0).json();
    assert_eq!((&report[0]["events"], &report[0]["missing"], &report[0]["broken"]), (&json!(3), &json!(0), &json!(0)));
    assert_eq!(report[0]["doubtful"], json!([]), "nothing in the header is needed");
    assert_eq!(fixture.run(&["judgements", "set", "--sidecar", "saved.sqlite", "--json"]).expect(0).out, before);
    assert!(std::fs::read(&sidecar).unwrap() == bytes, "the damaged file is unchanged");

    let again = fixture.run(&["recover", "set/tilejury.sqlite", "saved.sqlite"]).expect(1);
    assert!(again.err.contains("already exists and is not overwritten"), "{}", again.err);
    let nothing = fixture.run(&["recover", "set/train.jsonl", "none.sqlite"]).expect(1);
    assert!(nothing.err.contains("nothing in it looks like a judgement"), "{}", nothing.err);
    assert!(!fixture.path("none.sqlite").exists());
    fixture.run(&["recover", "nowhere.sqlite", "none.sqlite"]).expect(2);
    // Lost events are counted.
    bytes[5000..8190].fill(0);
    fixture.write("half.txt", "");
    std::fs::write(fixture.path("half.sqlite"), &bytes[..bytes.len() / 2]).unwrap();
    let half = fixture.run(&["recover", "half.sqlite", "half-saved.sqlite", "--json"]);
    assert!(half.code == 1 || half.json()[0]["events"] == 3, "{} {}", half.out, half.err);
}

#[test]
fn judging_makes_backups_and_keeps_seven() {
    let fixture = judged();
    for line in 4..=10 {
        judge(&fixture, &[line]);
    }
    for _ in 0..5 {
        judge(&fixture, &[1, 2]);
    }
    let backups = fixture.path("home/data/tilejury/backups");
    let folders = files(&backups);
    assert_eq!(folders.len(), 1);
    let kept = files(&folders[0]);
    assert!((1..=7).contains(&kept.len()), "{kept:?}");
    let newest = kept.last().unwrap().to_str().unwrap().to_owned();
    assert_eq!(fixture.run(&["stats", "set", "--sidecar", &newest, "--json"]).expect(0).json()[0]["judged"], 10);
}

#[test]
fn distinguishes_another_dataset_from_a_changed_one() {
    let fixture = judged();
    Set::new().row("train", &Row::new("another question", "images/x.png")).write(&fixture.path("other"));
    let other = fixture.run(&["stats", "other", "--sidecar", "set/tilejury.sqlite", "--json"]).expect(2);
    assert!(other.err.contains("belong to another dataset"), "{}", other.err);
    let printed = fixture.run(&["judgements", "other", "--sidecar", "set/tilejury.sqlite", "--json"]).expect(0);
    assert!(printed.err.contains("belong to another dataset"), "{}", printed.err);
    assert_eq!(printed.json().iter().filter(|line| line["orphan"] == true).count(), 3, "they can be taken elsewhere");
    let text = fixture.read("set/train.jsonl").replacen("page 0?", "page zero?", 1);
    fixture.write("set/train.jsonl", &text);
    fixture.write("set/train_hn.jsonl", &text);
    let changed = fixture.run(&["stats", "set", "--json"]).expect(0);
    assert!(changed.err.contains("1 of 3 judged rows are not in the dataset"), "{}", changed.err);
    let lines = fixture.run(&["judgements", "set", "--json"]).expect(0).json();
    assert_eq!(lines.iter().filter(|line| line["orphan"] == true).count(), 1, "it is listed");
    assert_eq!(lines.len(), 3, "and none is lost");
}

#[test]
fn writes_the_log_to_a_given_file_and_works_without_one() {
    let fixture = judged();
    let usual = fixture.read("home/state/tilejury/tilejury.log");
    assert!(usual.contains("\"judge\" \"set\""), "{usual}");
    fixture.run(&["check", "nowhere", "--log", "mine.log"]).expect(2);
    assert!(fixture.read("mine.log").contains("ERROR"), "{}", fixture.read("mine.log"));
    fixture.write("file", "");
    let run = fixture.run(&["stats", "set", "--log", "file/mine.log"]).expect(0);
    assert!(run.err.contains("no log is written to"), "{}", run.err);
}

#[test]
fn a_row_with_a_hundred_thousand_negatives_delays_nothing() {
    let (good, other) = (tile(0, 1, 0), tile(0, 1, 1));
    let many: Vec<String> = (10..100_010).map(|number| tile(0, number, 0)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let set = Set::new()
        .tile(&good, &picture::png(40, 40, 1))
        .tile(&other, &picture::png(40, 40, 2))
        .row("train", &Row::new("before", &good).negatives(&[&other]))
        .row("train", &Row::new("a flood", &good).negatives(&many))
        .row("train", &Row::new("after", &other).negatives(&[&good]));
    let fixture = Fixture::with(&set);
    let timed = |arguments: &[&str], code: i32| {
        let start = Instant::now();
        let run = fixture.run(arguments).expect(code);
        // A hundred times the usual time, and a thousandth of the time with one pass over the row
        // per tile.
        assert!(start.elapsed() < Duration::from_secs(120), "{arguments:?} takes {:?}", start.elapsed());
        run
    };
    let found = timed(&["check", "set", "--json"], 1).json();
    assert!(
        found.iter().any(|finding| {
            finding["line"] == 2 && finding["message"].as_str().unwrap().contains("100000 negatives")
        })
    );
    assert_eq!(
        found.iter().filter(|finding| finding["kind"] == "missing_tile" && finding["line"] == 2).count(),
        100_000
    );
    assert!(found.iter().all(|finding| finding["line"] != 1 && finding["line"] != 3), "the other rows are fine");
    timed(&["stats", "set", "--json"], 0);
    timed(&["rank", "set", "--json"], 0);
    timed(&["export", "set", "out", "--json"], 0);
    timed(&["bench", "soak", "set", "--samples", "12", "--json"], 0);
}

#[test]
fn a_soak_with_rankings_and_exports_stores_every_change() {
    let fixture = Fixture::with(&Set::plain(40, 4));
    let run =
        fixture.run(&["bench", "soak", "set", "--samples", "200", "--sidecar", "soak.sqlite", "--json"]).expect(0);
    let value = |name: &str| {
        let found = run.json().into_iter().find(|measure| measure["name"] == name).unwrap();
        found["value"].as_f64().unwrap()
    };
    assert!(value("soak_changes") > 200.0 && value("soak_changes") == value("soak_stored"));
    assert!(value("soak_exports") > 0.0 && value("soak_rankings") > 0.0);
    let history =
        fixture.run(&["judgements", "set", "--sidecar", "soak.sqlite", "--history", "--json"]).expect(0).json();
    assert_eq!(history.len() as f64, value("soak_changes"));
}
