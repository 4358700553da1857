//! The import commands as scripts depend on them: counts, exit codes, where things are kept.

#![allow(clippy::unwrap_used, reason = "what is not there is a failed test")]

use serde_json::json;
use tilejury_testkit::Set;
use tilejury_testkit::set::tile;
use tilejury_tests::Desk;

fn lines(all: &[serde_json::Value]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn imports_report_counts_and_keep_beside_the_sidecar() {
    let desk = Desk::with(&Set::plain(4, 2));
    let query = "What is told on page 1?";
    let review = |path: &str, verdict: &str| json!({"query": query, "candidate_path": path, "verdict": verdict});
    desk.write("r.jsonl", &lines(&[review(&tile(1, 1001, 1), "CORRECT"), review(&tile(1, 1003, 1), "CORRECT")]));
    let out =
        desk.run(&["import-reviews", "set", "r.jsonl", "--json", "--sidecar", "set/tilejury.sqlite"]).expect(0).json();
    let file = "set/tilejury.outside.sqlite";
    let counts = json!({"lines": 2, "matched": 1, "unmatched": 1, "rows": 1, "bad_lines": 0, "file": file});
    assert_eq!(out, [counts]);
    let usual = desk.run(&["import-reviews", "set", "r.jsonl", "--json"]).expect(0).json();
    assert_eq!(usual[0]["file"].as_str().unwrap(), desk.path(file).to_str().unwrap(), "that is the usual place");
    assert!(desk.path("set/tilejury.outside.sqlite").exists() && !desk.path("set/tilejury.sqlite").exists());
    let again = desk.run(&["import-reviews", "set", "r.jsonl", "--sidecar", "mine.sqlite"]).expect(0);
    assert_eq!(again.out, "");
    assert!(again.err.contains("1 of 2 lines matched, about 1 row"), "{}", again.err);
    assert!(again.err.contains("kept in mine.outside.sqlite") && desk.path("mine.outside.sqlite").exists());

    desk.write(
        "s.csv",
        &format!("key,path,score\ntrain:2,{},0.5\ntrain:2,{},0.4\n", tile(1, 1001, 0), tile(1, 1001, 1)),
    );
    let out = desk.run(&["import-scores", "set", "s.csv", "--json"]).expect(0).json();
    assert_eq!((&out[0]["matched"], &out[0]["rows"]), (&json!(2), &json!(1)));
    desk.write("t.jsonl", &lines(&[json!({"path": tile(1, 1001, 0), "text": "words", "y": 0})]));
    let out = desk.run(&["import-text", "set", "t.jsonl", "--json"]).expect(0).json();
    assert_eq!((&out[0]["lines"], &out[0]["matched"]), (&json!(1), &json!(1)));
}

#[test]
fn a_bad_line_refuses_the_file_unless_it_may_be_skipped() {
    let desk = Desk::with(&Set::plain(4, 2));
    desk.write(
        "t.jsonl",
        &format!("{}{{\"path\": 7}}\n", lines(&[json!({"path": tile(1, 1001, 0), "text": "words"})])),
    );
    let run = desk.run(&["import-text", "set", "t.jsonl", "--json"]).expect(1);
    assert_eq!(run.out, "");
    assert!(run.err.contains("t.jsonl: line 2: invalid type: integer `7`"), "{}", run.err);
    assert!(run.err.contains("nothing was imported") && !desk.path("set/tilejury.outside.sqlite").exists());
    let out = desk.run(&["import-text", "set", "t.jsonl", "--json", "--skip-bad"]).expect(0).json();
    assert_eq!((&out[0]["lines"], &out[0]["matched"], &out[0]["bad_lines"]), (&json!(2), &json!(1), &json!(1)));
    desk.run(&["import-text", "set", "none.jsonl"]).expect(2);
    desk.write("set/tilejury.outside.sqlite", "of somebody else");
    let run = desk.run(&["import-text", "set", "t.jsonl", "--skip-bad"]).expect(2);
    assert!(run.err.contains("is not a SQLite file"), "{}", run.err);
}
