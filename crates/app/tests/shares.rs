//! The shares of imported scores and reviews in a tile's score, in the panel of signals and on the
//! scoreboard.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_text, is_painted, painted_text, run_and_settle, run_command, settle, step_until, wait_for,
};
use serde_json::json;
use tilejury_audit::external::{ImportKind, import};
use tilejury_data::Dataset;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Two rows with two negatives each.
fn fixture() -> Fixture {
    let mut set = Set::new();
    for page in 0..6 {
        set = set.tile(&tile(0, page, 0), &picture::png(40, 50, page as u8));
    }
    let row = |query: &str, first: u32| {
        let tiles: Vec<String> = (first..first + 3).map(|page| tile(0, page, 0)).collect();
        Row::new(query, &tiles[0]).negatives(&[&tiles[1], &tiles[2]])
    };
    Fixture::new(&set.row("train", &row("melting point", 0)).row("train", &row("boiling point", 3)))
}

fn take(fixture: &Fixture, kind: ImportKind, lines: &[serde_json::Value]) {
    let file = fixture.set().join("lines");
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let counts = import(&dataset, kind, &file, &fixture.set().join("tilejury.outside.sqlite"), false).unwrap();
    assert_eq!(counts.matched, lines.len());
    std::fs::remove_file(file).unwrap();
}

#[test]
fn the_panel_shows_the_share_of_each_source() {
    let fixture = fixture();
    let score = |query: &str, page, score: f64| json!({"query": query, "path": tile(0, page, 0), "score": score, "source": "bge"});
    let scores =
        [("melting point", 1, 0.1), ("melting point", 2, 0.9), ("boiling point", 4, 0.1), ("boiling point", 5, 0.1)];
    take(&fixture, ImportKind::Scores, &scores.map(|(query, page, value)| score(query, page, value)));
    let review =
        json!({"query": "melting point", "candidate_path": tile(0, 2, 0), "verdict": "CORRECT", "answer": "801 °C"});
    take(&fixture, ImportKind::Reviews, &[review]);
    let mut window = fixture.window();
    run_command(&mut window, "inspector");
    wait_for(&mut window, "reviews +2.2");
    assert_text(&mut window, "prior −2.2");
    // 1.7 standard deviations above the mean, and the first place among two.
    assert_text(&mut window, "scores of bge +2.0");
    assert_text(&mut window, "scores of bge −0.9");
    assert_text(&mut window, "88 %");
    assert_text(&mut window, "standard deviations above the set's other negatives");
    run_and_settle(&mut window, "scoreboard");
    wait_for(&mut window, "Reviewed as correct");
    assert_text(&mut window, "Place within the row of bge");
    assert_text(&mut window, "defaults, since no negative with such values was judged");
}

#[test]
fn a_suspicion_in_percent_names_its_reasons() {
    let fixture = fixture();
    // A score that raises the suspicion, and not enough for a signal: the percentage is shown.
    let score = |query: &str, page, score: f64| json!({"query": query, "path": tile(0, page, 0), "score": score, "source": "bge"});
    let scores =
        [("melting point", 1, 0.1), ("melting point", 2, 0.5), ("boiling point", 4, 0.1), ("boiling point", 5, 0.9)];
    take(&fixture, ImportKind::Scores, &scores.map(|(query, page, value)| score(query, page, value)));
    let mut window = fixture.window();
    step_until(&mut window, "the reasons", |window| is_painted(window, "%: "));
    settle(&mut window);
    let painted: Vec<String> = painted_text(&window).iter().map(|galley| galley.text().to_owned()).collect();
    let has_reason = |text: &String| text.contains("Suspicion ") && text.ends_with(" %: score of bge");
    assert!(painted.iter().any(has_reason), "{painted:?}");
    assert_text(&mut window, "Negative 2: not judged, shown, suspicion ");
}

#[test]
fn the_panel_says_how_little_is_known() {
    let fixture = fixture();
    let mut window = fixture.window();
    run_command(&mut window, "inspector");
    wait_for(&mut window, "no texts, scores or reviews are known for this set");
}
