//! The import commands in the forms that scripts depend on: counts, exit codes, files.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs::File;
use std::path::Path;

use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
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

/// Writes a Parquet file with columns of texts, and one of scores if there are any.
fn parquet(file: &Path, texts: &[(&str, &[&str])], scores: &[f32]) {
    let columns: Vec<String> = texts.iter().map(|(name, _)| format!("optional binary {name} (UTF8);")).collect();
    let score = if scores.is_empty() { "" } else { "optional float score;" };
    let schema = parse_message_type(&format!("message m {{ {} {score} }}", columns.join(" "))).unwrap();
    let mut writer = SerializedFileWriter::new(File::create(file).unwrap(), schema.into(), Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (_, values) in texts {
        let mut column = group.next_column().unwrap().unwrap();
        let values: Vec<ByteArray> = values.iter().map(|text| ByteArray::from(*text)).collect();
        column.typed::<ByteArrayType>().write_batch(&values, Some(&vec![1; values.len()]), None).unwrap();
        column.close().unwrap();
    }
    if let Some(mut column) = group.next_column().unwrap() {
        column.typed::<FloatType>().write_batch(scores, Some(&vec![1; scores.len()]), None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_files_are_imported_as_lines_are() {
    let (fixture, same) = (Fixture::with(&Set::plain(4, 2)), Fixture::with(&Set::plain(4, 2)));
    let paths = [tile(1, 1001, 0), tile(1, 1001, 1), tile(9, 9, 9)];
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    parquet(&fixture.path("s.parquet"), &[("key", &["train:2"; 3]), ("path", &paths)], &[0.5, 0.25, 1.0]);
    let line = |path: &&str, score: f32| json!({"key": "train:2", "path": path, "score": score, "source": "s"});
    same.write("s.jsonl", &lines(&[line(&paths[0], 0.5), line(&paths[1], 0.25), line(&paths[2], 1.0)]));
    parquet(&fixture.path("t.parquet"), &[("path", &paths), ("text", &["one", "two", "three"])], &[]);
    let text = |path: &&str, text: &str| json!({"path": path, "text": text});
    same.write("t.jsonl", &lines(&[text(&paths[0], "one"), text(&paths[1], "two"), text(&paths[2], "three")]));
    for (command, file, other) in [("import-scores", "s.parquet", "s.jsonl"), ("import-text", "t.parquet", "t.jsonl")] {
        let mut counts = fixture.run(&[command, "set", file, "--json"]).expect(0).json().remove(0);
        let mut expected = same.run(&[command, "set", other, "--json"]).expect(0).json().remove(0);
        [&mut counts, &mut expected].into_iter().for_each(|counts| counts["file"] = json!(""));
        assert_eq!((&counts, &counts["matched"], &counts["unmatched"]), (&expected, &json!(2), &json!(1)));
    }
    let stored = |fixture: &Fixture, sql: &str| {
        let connection = rusqlite::Connection::open(fixture.path("set/tilejury.outside.sqlite")).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    for sql in ["SELECT tile, source || score FROM scores ORDER BY 1", "SELECT tile, text FROM texts ORDER BY 1"] {
        assert_eq!((stored(&fixture, sql), stored(&fixture, sql).len()), (stored(&same, sql), 2));
    }
    let run = fixture.run(&["import-scores", "set", "t.parquet"]).expect(2);
    assert!(run.err.contains("its columns are path, text; expected path, score, and query or key"), "{}", run.err);
    fixture.write("bad.parquet", "PAR1 and no more");
    assert!(fixture.run(&["import-text", "set", "bad.parquet"]).expect(2).err.contains("a damaged Parquet file"));
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
