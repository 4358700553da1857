//! A set whose splits are Parquet, as a person meets it on the command line: the commands, the
//! place of the lines, judgements, an export, and a copy at an address.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use tilejury_testkit::{Row, Set, WebServer};
use tilejury_tests::{Fixture, Run};

/// A set of twelve rows, and its rows in two Parquet files in the place of the lines.
fn fixture() -> Fixture {
    let mut set = Set::new();
    for row in 0..12 {
        set = set.row("train", &Row::new(&format!("question {row}"), &tilejury_testkit::set::tile(0, 1000 + row, 0)));
    }
    let fixture = Fixture::with(&set);
    let lines = fs::read_to_string(fixture.set().join("train.jsonl")).unwrap();
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for entry in fixture.set().read_dir().unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|extension| extension == "jsonl") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    write(&fixture.set().join("train_0.parquet"), &rows[..7]);
    write(&fixture.set().join("train_1.parquet"), &rows[7..]);
    fixture
}

fn write(path: &Path, rows: &[Value]) {
    let schema = "message rows { required binary query (UTF8); required binary chunk_path (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for name in ["query", "chunk_path"] {
        let values: Vec<ByteArray> = rows.iter().map(|row| row[name].as_str().unwrap().into()).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

fn judge(fixture: &Fixture, set: &str) {
    fixture.write("judged.jsonl", &json!({"split": "train", "line": 9, "verdict": "reject"}).to_string());
    let from = fixture.path("judged.jsonl");
    fixture.run(&["judge", set, "--from", from.to_str().unwrap(), "--annotator", "ada"]).expect(0);
}

#[test]
fn a_parquet_set_is_judged_and_exported() {
    let fixture = fixture();
    let (set, out) = (fixture.set(), fixture.path("out"));
    let (set, out) = (set.to_str().unwrap(), out.to_str().unwrap());
    let cache = fixture.path("lines-here");
    let cache = cache.to_str().unwrap();
    let stats = fixture.run(&["stats", set, "--json", "--cache-dir", cache]).expect(0);
    assert_eq!(stats.json()[0]["splits"]["train"]["rows"], 12, "{}", stats.out);
    let lines = fs::read_dir(fixture.path("lines-here/lines")).unwrap().count();
    assert_eq!(lines, 3, "the lines, their note, and a lock");
    judge(&fixture, set);
    let listed = fixture.run(&["judgements", set]).expect(0);
    assert_eq!((&listed.json()[0]["line"], &listed.json()[0]["query"]), (&json!(9), &json!("question 8")));
    fixture.run(&["export", set, out]).expect(0);
    let manifest: Value = serde_json::from_str(&fixture.read("out/export_manifest.json")).unwrap();
    let inputs: Vec<&String> = manifest["inputs"].as_object().unwrap().keys().collect();
    assert_eq!(inputs, ["train_0.parquet", "train_1.parquet"]);
    fixture.run(&["verify-export", out, "--dataset", set]).expect(0);
    // With one file of the split, all of it is read.
    let one = format!("{set}/train_1.parquet");
    assert_eq!(fixture.run(&["stats", &one, "--json"]).expect(0).json()[0]["splits"]["train"]["rows"], 12);
}

#[test]
fn json_lines_win_and_check_says_so() {
    let fixture = fixture();
    fixture.write("set/train.jsonl", r#"{"query": "q", "chunk_path": "a.png"}"#);
    let set = fixture.set();
    let set = set.to_str().unwrap();
    let checked = fixture.run(&["check", set]);
    let said = format!("{}{}", checked.out, checked.err);
    assert!(said.contains("train_*.parquet: not read, because train.jsonl has the split `train`"), "{said}");
    let refused = fixture.run(&["stats", &format!("{set}/train_0.parquet")]);
    assert!(refused.err.contains("not read, because train.jsonl has the split"), "{}", refused.err);
}

#[test]
fn damage_is_named_on_one_line() {
    let fixture = fixture();
    let path = fixture.set().join("train_1.parquet");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let set = fixture.set();
    let failed = fixture.run(&["stats", set.to_str().unwrap()]);
    assert!(failed.err.contains("train_1.parquet: is cut short, damaged or not Parquet"), "{}", failed.err);
    assert_eq!(failed.err.lines().count(), 1, "{}", failed.err);
}

#[test]
fn a_parquet_set_at_an_address_is_fetched_and_kept() {
    let fixture = fixture();
    fs::create_dir(fixture.set().join("data")).unwrap();
    for part in 0..2 {
        let name = format!("data/train-0000{part}-of-00002.parquet");
        fs::rename(fixture.set().join(format!("train_{part}.parquet")), fixture.set().join(name)).unwrap();
    }
    let server = WebServer::start(fixture.dir.path());
    server.publish("Owner/set", "0123456789012345678901234567890123456789", &fixture.set());
    let hub = |arguments: &[&str]| fixture.run_with_hub(&server, arguments);
    let address = "hf://datasets/Owner/set";
    let rows = |run: Run| run.expect(0).json()[0]["splits"]["train"]["rows"].clone();
    assert_eq!(rows(hub(&["stats", address, "--json"])), 12);
    let fetched = |request: &String| request.contains("/resolve/") && request.contains(".parquet");
    assert!(server.requests().iter().any(fetched));
    assert_eq!(rows(hub(&["stats", address, "--json"])), 12);
    let again = server.requests();
    assert!(!again.iter().any(fetched), "{again:?}");
    let one = hub(&["stats", "hf://datasets/Owner/set/data/train-00000-of-00002.parquet"]);
    assert!(one.err.contains("one file; give the address of the dataset"), "{}", one.err);
    // The lines are counted and cleared with what was fetched.
    let kept = hub(&["cache", "--json"]).json().remove(0);
    assert!(kept["files"].as_u64().unwrap() >= 5, "{kept}");
    hub(&["cache", "--clear"]).expect(0);
    let mut left: Vec<PathBuf> = vec![fixture.path("home/cache/tilejury/fetched")];
    while let Some(path) = left.pop() {
        assert!(!path.is_file(), "{}", path.display());
        left.extend(path.read_dir().into_iter().flatten().map(|entry| entry.unwrap().path()));
    }
}
