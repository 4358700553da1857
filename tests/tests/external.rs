//! The import commands in the forms that scripts depend on: counts, exit codes, files.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use serde_json::json;
use tilejury_testkit::Set;
use tilejury_testkit::set::tile;
use tilejury_tests::Fixture;

fn lines(all: &[serde_json::Value]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn imports_report_counts_and_are_kept_beside_the_sidecar() {
    let fixture = Fixture::with(&Set::plain(4, 2));
    let query = "What is shown on page 1?";
    let review = |path: &str, verdict: &str| json!({"query": query, "candidate_path": path, "verdict": verdict});
    fixture.write("r.jsonl", &lines(&[review(&tile(1, 1001, 1), "CORRECT"), review(&tile(1, 1003, 1), "CORRECT")]));
    let out = fixture
        .run(&["import-reviews", "set", "r.jsonl", "--json", "--sidecar", "set/tilejury.sqlite"])
        .expect(0)
        .json();
    let file = "set/tilejury.outside.sqlite";
    let counts = json!({"lines": 2, "matched": 1, "unmatched": 1, "rows": 1, "bad_lines": 0, "file": file});
    assert_eq!(out, [counts]);
    let usual = fixture.run(&["import-reviews", "set", "r.jsonl", "--json"]).expect(0).json();
    assert_eq!(usual[0]["file"].as_str().unwrap(), fixture.path(file).to_str().unwrap(), "that is the default file");
    assert!(fixture.path("set/tilejury.outside.sqlite").exists() && !fixture.path("set/tilejury.sqlite").exists());
    let again = fixture.run(&["import-reviews", "set", "r.jsonl", "--sidecar", "mine.sqlite"]).expect(0);
    assert_eq!(again.out, "");
    assert!(again.err.contains("1 of 2 lines matched, about 1 row"), "{}", again.err);
    assert!(again.err.contains("stored in mine.outside.sqlite") && fixture.path("mine.outside.sqlite").exists());

    fixture.write(
        "s.csv",
        &format!("key,path,score\ntrain:2,{},0.5\ntrain:2,{},0.4\n", tile(1, 1001, 0), tile(1, 1001, 1)),
    );
    let out = fixture.run(&["import-scores", "set", "s.csv", "--json"]).expect(0).json();
    assert_eq!((&out[0]["matched"], &out[0]["rows"]), (&json!(2), &json!(1)));
    fixture.write("t.jsonl", &lines(&[json!({"path": tile(1, 1001, 0), "text": "words", "y": 0})]));
    let out = fixture.run(&["import-text", "set", "t.jsonl", "--json"]).expect(0).json();
    assert_eq!((&out[0]["lines"], &out[0]["matched"]), (&json!(1), &json!(1)));
}

#[test]
fn a_bad_line_rejects_the_file_unless_skipped() {
    let fixture = Fixture::with(&Set::plain(4, 2));
    fixture.write(
        "t.jsonl",
        &format!("{}{{\"path\": 7}}\n", lines(&[json!({"path": tile(1, 1001, 0), "text": "words"})])),
    );
    let run = fixture.run(&["import-text", "set", "t.jsonl", "--json"]).expect(1);
    assert_eq!(run.out, "");
    assert!(run.err.contains("t.jsonl: line 2: invalid type: integer `7`"), "{}", run.err);
    assert!(run.err.contains("nothing was imported") && !fixture.path("set/tilejury.outside.sqlite").exists());
    let out = fixture.run(&["import-text", "set", "t.jsonl", "--json", "--skip-bad"]).expect(0).json();
    assert_eq!((&out[0]["lines"], &out[0]["matched"], &out[0]["bad_lines"]), (&json!(2), &json!(1), &json!(1)));
    fixture.run(&["import-text", "set", "none.jsonl"]).expect(2);
    fixture.write("set/tilejury.outside.sqlite", "another program's");
    let run = fixture.run(&["import-text", "set", "t.jsonl", "--skip-bad"]).expect(2);
    assert!(run.err.contains("is not a SQLite file"), "{}", run.err);
}
