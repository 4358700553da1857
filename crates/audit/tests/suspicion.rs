//! Signals from rows and paths: each planted defect is found at its position, and nothing else is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::sync::Mutex;

use serde_json::{Value, json};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::suspicion::{Findings, Signal, SuspicionSettings, signals};
use tilejury_data::{Dataset, SampleIndex, TileSlot};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

/// Writes a set and computes every signal.
fn compute(set: &Set) -> (Dataset, Findings, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    set.write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let findings = signals(&dataset, &SuspicionSettings::default(), None, &NoProgress).unwrap();
    (dataset, findings, dir)
}

/// Lists every finding as `position tile signal`; one that concerns the whole sample has no tile.
fn list(dataset: &Dataset, findings: &Findings) -> Vec<String> {
    let line = |finding: &tilejury_audit::suspicion::Finding| {
        let tile = finding.tile.map_or_else(|| "-".into(), |tile| tile.to_string());
        format!("{} {tile} {}", dataset.describe_position(finding.sample), finding.signal.word())
    };
    findings.all().iter().map(line).collect()
}

/// Checks the findings; returns the strength and the sentence of each.
#[track_caller]
fn check(set: &Set, expected: &[&str]) -> Vec<(f32, String)> {
    let (dataset, findings, _dir) = compute(set);
    assert_eq!(list(&dataset, &findings), expected);
    findings.all().iter().map(|finding| (finding.strength, finding.sentence(&dataset))).collect()
}

/// A tile of a page of its own.
fn lone(page: u32) -> String {
    tile(page % 2, page, 0)
}

fn retrieved(entries: &[(&str, f64)]) -> Value {
    entries
        .iter()
        .enumerate()
        .map(|(at, (path, score))| json!({"rank": at + 1, "path": path, "score": score}))
        .collect()
}

#[test]
fn a_clean_set_has_no_findings() {
    let rows = (0..20).map(|n| Row::new(&format!("q {n}"), &lone(n)).negatives(&[&lone(100 + n), &lone(200 + n)]));
    let found = check(&rows.fold(Set::new(), |set, row| set.row("train", &row)), &[]);
    assert!(found.is_empty());
}

#[test]
fn finds_the_positive_among_the_negatives_for_certain() {
    let absolute = format!("/mnt/{}", &lone(1)["images/".len()..]);
    let row = Row::new("q", &lone(1)).negatives(&[&lone(2), &absolute]);
    let found = check(&Set::new().row("train", &row), &["train line 1 2 own-positive"]);
    assert_eq!(found, [(1.0, "The row's own positive is among its negatives".into())]);
}

#[test]
fn finds_positives_of_the_same_or_a_near_query_as_negatives() {
    let (a, b, c, d) = (lone(1), lone(2), lone(3), lone(4));
    let query = "How deep is the Mariana Trench near Guam?";
    let mut set = Set::new()
        .row("train", &Row::new(query, &a).negatives(&[&b, &c, &d]))
        .row("train", &Row::new("how deep is the “Mariana Trench” near Guam", &b))
        .row("train", &Row::new("About how deep is the Mariana Trench near Guam?", &c))
        .row("train", &Row::new("How deep is the Baltic Sea?", &d));
    for n in 0..30 {
        set = set.row("train", &Row::new(&format!("How deep is the lake number{n}?"), &lone(50 + n)));
    }
    let found = check(&set, &["train line 1 1 other-positive", "train line 1 2 other-positive"]);
    assert_eq!(found[0].0, 1.0);
    assert!((0.5..0.9).contains(&found[1].0), "{found:?}");
    assert!(found[0].1.starts_with("Positive of the same query in train line 2: “How deep"), "{found:?}");
    assert!(found[1].1.starts_with("Positive of a near query in train line 3: "), "{found:?}");
    assert!(found[1].1.ends_with("near Guam?” and “About how deep is the Mariana Trench near Guam?”"), "{found:?}");
}

#[test]
fn suspects_nearer_tiles_of_the_positives_page_more() {
    let far = "images/shard_000/shard_00001/1.png.tiles/chunk_0002_00.png";
    let row = Row::new("q", &tile(0, 1, 4)).negatives(&[&tile(0, 1, 5), &tile(0, 1, 3), &tile(0, 1, 0), far, &lone(2)]);
    let set = Set::new().row("train", &row);
    let found =
        check(&set, &[1, 2, 3, 4].map(|tile| format!("train line 1 {tile} same-page")).each_ref().map(String::as_str));
    assert_eq!(found.iter().map(|(strength, _)| *strength).collect::<Vec<_>>(), [1.0, 1.0, 0.625, 0.5]);
    let ends = ["(1), the chunk right below it", "the chunk right above it", "4 chunks above it", "another part of it"];
    for ((_, sentence), end) in found.iter().zip(ends) {
        assert!(sentence.ends_with(end), "{sentence}");
    }
}

#[test]
fn takes_no_folder_with_the_whole_set_for_a_page() {
    let row = Row::new("q", "images/tiles/a.png").negatives(&["images/tiles/b.png", "images/tiles/c.png"]);
    check(&Set::new().row("train", &row), &[]);
    let row = Row::new("q", "images/7.png.tiles/a.png").negatives(&["images/7.png.tiles/b.png"]);
    check(&Set::new().row("train", &row), &["train line 1 1 same-page"]);
}

#[test]
fn finds_a_repeated_negative_at_its_repeats() {
    let spelled = format!("./{}", lone(2));
    let row = Row::new("q", &lone(1)).negatives(&[&lone(2), &lone(3), &spelled]);
    let found = check(&Set::new().row("train", &row), &["train line 1 3 repeated"]);
    assert_eq!(found[0].1, "The same tile as negative 1");
}

#[test]
fn finds_rows_that_were_mined_without_a_margin() {
    let row = |n: u32| Row::new(&format!("q {n}"), &lone(n)).negatives(&[&lone(100 + n)]);
    let hits = |path: &str| retrieved(&[(path, 0.9), (&lone(500), 0.8)]);
    let set = Set::new()
        .row("train", &row(1).field("positive_rank", json!(0)).field("positive_score", json!(0.0)))
        .row("train", &row(2).field("source_positive_rank", Value::Null))
        .row("train", &row(3).field("source_positive_score", Value::Null))
        .row("train", &row(4).field("retrieve_top20", hits(&lone(9))))
        .row("train", &row(5).field("positive_rank", json!(3)).field("source_positive_rank", Value::Null))
        .row("train", &row(6).field("retrieve_top20", hits(&lone(6))))
        .row("train", &row(7).field("positive_rank", json!("none")).field("retrieve_top20", json!({"rank": []})))
        .row("train", &row(8).field("positive_rank", json!(41)).field("retrieve_top20", hits(&lone(9))));
    let lines = [1, 2, 3, 4].map(|line| format!("train line {line} - mining-hole"));
    let found = check(&set, &lines.each_ref().map(String::as_str));
    assert_eq!(found[0].1, "The positive has no rank, so no margin filter ran on the negatives");
    let (_, findings, _dir) = compute(&set);
    assert!(findings.tile_score(SampleIndex::new(0), TileSlot::new(1)) > 0.0, "it counts for the negatives");
    assert_eq!(findings.tile_score(SampleIndex::new(0), TileSlot::new(0)), 0.0, "and not for the positive");
}

#[test]
fn finds_negatives_that_scored_like_the_positive() {
    let (a, b, c, d) = (lone(1), lone(2), lone(3), lone(4));
    let absolute = format!("/mnt/{}", &b["images/".len()..]);
    let hits = retrieved(&[(&c, 0.66), (&a, 0.6), (&absolute, 0.576), (&d, 0.57)]);
    let row = Row::new("q", &a).negatives(&[&b, &c, &d]).field("retrieve_top20", hits);
    let found = check(&Set::new().row("train", &row), &["train line 1 1 margin", "train line 1 2 margin"]);
    assert_eq!(found[0].1, "Scored 0.576, 96 % of the positive's 0.600");
    assert_eq!(found[1].1, "Scored 0.660, above the positive's 0.600");
    assert!((found[0].0 - 0.38).abs() < 1e-3 && (found[1].0 - 1.0).abs() < 1e-3, "{found:?}");
    let below_zero = retrieved(&[(&b, -0.1), (&a, -0.2)]);
    check(&Set::new().row("train", &Row::new("q", &a).negatives(&[&b]).field("retrieve_top20", below_zero)), &[]);
}

#[test]
fn finds_a_negative_of_unusually_many_rows_as_a_hub() {
    let mut set = Set::new();
    for n in 0..40 {
        let hub = if n < 10 { lone(7000) } else { lone(300 + n) };
        set = set.row("train", &Row::new(&format!("q {n}"), &lone(n)).negatives(&[&lone(100 + n), &hub]));
    }
    let lines = (1..=10).map(|line| format!("train line {line} 2 hub")).collect::<Vec<_>>();
    let found = check(&set, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(found[0].1, "A negative in 10 rows; up to 4 are usual in this set");
    assert!((found[0].0 - 0.6).abs() < 1e-6);
}

#[test]
fn finds_rows_that_leak_into_another_split_on_both_sides() {
    let trench = "How deep is the Mariana Trench near Guam?";
    let set = Set::new()
        .row("train", &Row::new("What is salt?", &lone(1)))
        .row("train", &Row::new("Who drew the Pont du Gard?", &lone(2)))
        .row("train", &Row::new(trench, &lone(3)))
        .row("train", &Row::new("What is pepper?", &lone(4)))
        .row("train", &Row::new("Why is the sky blue?", &lone(4)))
        .row("eval", &Row::new("what is salt", &lone(1)))
        .row("eval", &Row::new("Who drew the Pont du Gard?", &lone(9)))
        .row("test", &Row::new("How deep is the Mariana Trench", &lone(3)));
    let lines = ["train line 1", "train line 2", "train line 3", "eval line 1", "eval line 2", "test line 1"];
    let found = check(&set, &lines.map(|line| format!("{line} - split-leak")).each_ref().map(String::as_str));
    assert_eq!(
        found.iter().map(|(strength, _)| *strength >= 0.8).collect::<Vec<_>>(),
        [true, true, false, true, true, false]
    );
    assert_eq!((found[0].0, found[1].0), (1.0, 0.8));
    let expected =
        "The same query with the same positive in another split, eval line 1: “What is salt?” and “what is salt”";
    assert_eq!(found[0].1, expected);
    assert!(found[1].1.starts_with("The same query with another positive in another split, eval line 2"), "{found:?}");
    assert!(found[2].1.starts_with("A near query with the same positive in another split, test line 1"), "{found:?}");
}

#[test]
fn finds_no_leak_between_files_of_one_split() {
    let row = Row::new("q", &lone(1)).negatives(&[&lone(2)]);
    let set = Set::new().row("train", &row).row("eval", &Row::new("other", &lone(5)));
    let dir = tempfile::tempdir().unwrap();
    set.write(dir.path());
    std::fs::write(dir.path().join("train.jsonl"), Row::new("q", &lone(1)).line()).unwrap();
    let dataset = Dataset::open(dir.path()).unwrap();
    assert_eq!(dataset.splits.len(), 3);
    let findings = signals(&dataset, &SuspicionSettings::default(), None, &NoProgress).unwrap();
    assert_eq!(list(&dataset, &findings), Vec::<String>::new());
}

#[test]
fn ranks_the_most_suspect_samples_first() {
    let set = Set::new()
        .row("train", &Row::new("clean", &lone(1)).negatives(&[&lone(11)]))
        .row("train", &Row::new("page", &tile(0, 2, 1)).negatives(&[&tile(0, 2, 5)]))
        .row("train", &Row::new("own", &lone(3)).negatives(&[&lone(3)]))
        .row("train", &Row::new("near", &tile(0, 4, 1)).negatives(&[&tile(0, 4, 2)]));
    let (_, findings, _dir) = compute(&set);
    assert_eq!(findings.ranking(), [2, 3, 1].map(SampleIndex::new));
    assert!((findings.score(SampleIndex::new(2)) - 0.999).abs() < 1e-6);
    assert_eq!(findings.score(SampleIndex::new(0)), 0.0);
    assert_eq!(findings.signals(SampleIndex::new(3)), 1 << Signal::SamePage.bit());
    assert!(findings.of_sample(SampleIndex::new(0)).is_empty() && findings.of_sample(SampleIndex::new(99)).is_empty());
}

#[test]
fn reports_progress_of_signals_and_can_be_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(4, 2).write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let reported = Mutex::new(Vec::new());
    let found = signals(&dataset, &SuspicionSettings::default(), None, &|step: ProgressStep| {
        reported.lock().unwrap().push((step.done, step.total));
        Ok(())
    });
    assert!(found.is_ok());
    assert_eq!(reported.into_inner().unwrap(), [(0, 12), (4, 12), (8, 12), (12, 12)]);
    let until_first = |step: ProgressStep| if step.done == 0 { Ok(()) } else { Err(Cancelled) };
    assert_eq!(signals(&dataset, &SuspicionSettings::default(), None, &until_first).err(), Some(Cancelled));
}
