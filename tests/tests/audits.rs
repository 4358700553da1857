//! `tilejury audit`, and the answers of audits as lines, in the forms that scripts depend on.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use serde_json::{Value, json};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};
use tilejury_tests::Fixture;

/// A fixture with 120 rows, the first six of which have their own positive among the negatives.
fn fixture() -> Fixture {
    let row = |at: u32| {
        let negative = if at < 6 { tile(0, at, 0) } else { tile(0, at, 1) };
        Row::new(&format!("What is on page {at}?"), &tile(0, at, 0)).negatives(&[&negative, &tile(1, at, 2)])
    };
    Fixture::with(&(0..120).fold(Set::new(), |set, at| set.row("train", &row(at))))
}

fn drawn(fixture: &Fixture, name: &str) -> Vec<Value> {
    fixture.run(&["audit", "draw", "set", name]).expect(0).json()
}

fn status(fixture: &Fixture, name: &str, sidecar: &[&str]) -> Value {
    fixture.run(&[&["audit", "status", "set", name, "--json"], sidecar].concat()).expect(0).json().remove(0)
}

/// Accepts the first rows of a draw, a row each twelve seconds.
fn accept(fixture: &Fixture, name: &str, rows: usize) {
    let lines = drawn(fixture, name).into_iter().take(rows).enumerate().map(|(at, row)| {
        let (minute, second) = (at / 5, at % 5 * 12);
        let at = format!("2026-11-01T10:{minute:02}:{second:02}Z");
        let line = json!({
            "split": row["split"], "line": row["line"], "audit": name, "annotator": "ann", "at": at, "verdict": "accept",
        });
        format!("{line}\n")
    });
    fixture.write("answers.jsonl", &lines.collect::<String>());
    fixture.run(&["judge", "set", "--from", "answers.jsonl"]).expect(0);
}

#[test]
fn an_audit_within_bands_is_drawn_judged_and_copied() {
    let fixture = fixture();
    let new = ["audit", "new", "set", "--name", "spring", "--rows", "60", "--seed", "7", "--bands"];
    let said = fixture.run(&new).expect(0).out;
    assert!(said.contains("each band counts by its size.") && said.contains("bands save"), "{said}");
    assert_eq!(drawn(&fixture, "spring").len(), 60);
    accept(&fixture, "spring", 30);
    let partly = status(&fixture, "spring", &[]);
    assert_eq!((&partly["rows"]["method"], &partly["rows"]["low"]), (&json!("bands"), &Value::Null));
    assert_eq!((&partly["running"]["low"], &partly["judged"]), (&Value::Null, &json!(30)));
    let early = fixture.run(&["report", "set", "early"]).expect(0).out;
    assert!(early.contains("(no interval before the last planned row); 30 of 60"), "{early}");
    assert!(fixture.read("early/report.md").contains("no interval before the last of them"));
    accept(&fixture, "spring", 60);
    let done = status(&fixture, "spring", &[]);
    assert_eq!((&done["finished"], &done["rows"]["low_count"]), (&json!(true), &json!(0)));
    let sizes: Vec<&Value> =
        done["bands"]["bands"].as_array().unwrap().iter().map(|band| &band["population"]).collect();
    assert_eq!(sizes, [1, 5, 18, 96]);
    // The answers count the same in another sidecar.
    let printed = fixture.run(&["judgements", "set", "--audit", "spring"]).expect(0);
    assert!(printed.json().iter().all(|line| line["audit"] == "spring"));
    fixture.write("printed.jsonl", &printed.out);
    let other = ["--sidecar", "other.sqlite"];
    fixture.run(&[&new[..], &other].concat()).expect(0);
    fixture.run(&[&["judge", "set", "--from", "printed.jsonl"], &other[..]].concat()).expect(0);
    assert_eq!(status(&fixture, "spring", &other), done);
    assert!(fixture.run(&["judgements", "set"]).expect(0).out.is_empty(), "nothing counts outside of the audit");
    let csv = fixture.run(&["judgements", "set", "--audit", "spring", "--format", "csv"]).expect(0).out;
    assert!(csv.lines().next().unwrap().ends_with(",audit"), "{csv}");
    fixture.run(&["judgements", "set", "--audit", "autumn"]).expect(2);
}

#[test]
fn other_plans_with_suspicion_or_a_limit() {
    let fixture = fixture();
    let new = |name: &str, more: &[&str]| fixture.run(&[&["audit", "new", "set", "--name", name], more].concat());
    new("first", &["--rows", "30", "--first", "6", "--seed", "1"]).expect(0);
    let lines: Vec<u64> = drawn(&fixture, "first").iter().map(|row| row["line"].as_u64().unwrap()).collect();
    let mut first = lines[..6].to_vec();
    first.sort_unstable();
    assert_eq!(first, [1, 2, 3, 4, 5, 6], "the most suspicious rows come first");
    accept(&fixture, "first", 30);
    let done = status(&fixture, "first", &[]);
    assert_eq!(done["first"], json!({"planned": 6, "judged": 6, "hits": 0, "rest": 114, "drawn": 24, "drawn_hits": 0}));
    new("looking", &["--rows", "40", "--below", "0.2"]).expect(0);
    accept(&fixture, "looking", 5);
    let below = &status(&fixture, "looking", &[])["below"];
    assert_eq!((&below["looking"], &below["needed"], &below["shown"]), (&json!(true), &json!(20.0), &Value::Null));
    assert!(below["without_finding"].as_u64().unwrap() < below["after_one_finding"].as_u64().unwrap());
    let refused = new("short", &["--rows", "5", "--below", "0.01"]).expect(1);
    assert!(refused.err.contains("no audit was begun"), "{}", refused.err);
    for wrong in [&["--rows", "60", "--bands", "--first", "6"][..], &["--rows", "60", "--bands", "--below", "0.1"]] {
        new("wrong", wrong).expect(2);
    }
}

#[test]
fn sizes_state_widths_and_the_time_at_ones_own_pace() {
    let fixture = fixture();
    let sizes = |more: &[&str]| {
        fixture.run(&[&["audit", "sizes", "set", "--rows", "50,100", "--annotator", "ann"], more].concat())
    };
    let found = sizes(&["--json"]).expect(0).json();
    assert_eq!(found.len(), 2);
    assert_eq!((&found[0]["rows"], &found[0]["seconds"]), (&json!(50), &Value::Null));
    let half = |at: usize| found[at]["half_widths"][3]["half_width"].as_f64().unwrap();
    assert!(half(0) > 2.0 * half(1) && found[0]["half_widths"][3]["rate"] == 0.06, "{found:?}");
    fixture.run(&["audit", "new", "set", "--name", "spring", "--rows", "20"]).expect(0);
    accept(&fixture, "spring", 20);
    assert_eq!(sizes(&["--json"]).expect(0).json()[1]["seconds"], json!(1200.0));
    let table = sizes(&[]).expect(0).out;
    assert!(table.contains("none found  time") && table.contains("20 min"), "{table}");
}
