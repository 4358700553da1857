//! `scan`, `adopt`, `pairs`: jobs over shards whose results, whole or killed, in one part or many,
//! are those that the program finds when it reads every tile.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs::{File, FileTimes};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::RowAccessor as _;
use rusqlite::types::Value as SqlValue;
use serde_json::json;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, WebServer, picture};
use tilejury_tests::{Fixture, Run};

/// Twelve rows in four shards, a blank tile, a damaged one, and one that no row names.
fn set() -> Set {
    let mut set = Set::new();
    for query in 0..12_u32 {
        let paths: Vec<String> = (0..3).map(|chunk| tile(query % 4, 1000 + query, chunk)).collect();
        for (chunk, path) in (0..).zip(&paths) {
            let content = match (query, chunk) {
                (3, 1) => b"no picture".to_vec(),
                (5, 2) => picture::flat(300, 200, 255),
                _ => picture::page(300, 240, 100 * query + chunk, 0),
            };
            set = set.tile(path, &content);
        }
        let row = Row::new(&format!("What is on page {query}?"), &paths[0]);
        set = set.row("train", &row.negatives(&[&paths[1], &paths[2]]));
    }
    set.tile(&tile(2, 7, 7), &picture::page(300, 200, 999, 0))
}

/// The rows of a Parquet file as text.
fn rows(path: &Path) -> Vec<String> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
}

/// All rows of a table of an SQLite file but its first column, if that is a number of the row.
fn table(file: &Path, name: &str) -> Vec<Vec<SqlValue>> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let columns = if name == "readings" {
        "tile, hash, file, file_bytes, file_modified, offset, bytes, engine, version, languages, missing, legible, text, boxes"
    } else {
        // The first byte says whether the fingerprint was adopted.
        "path, file, file_bytes, file_modified, offset, bytes, substr(print, 2)"
    };
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM {name} ORDER BY 1")).unwrap();
    let count = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..count).map(|at| row.get(at)).collect();
    statement.query_map([], read).unwrap().map(Result::unwrap).collect()
}

/// The cache of fingerprints of the only dataset.
fn fingerprints(fixture: &Fixture) -> PathBuf {
    let files = fixture.path("home/cache/tilejury").read_dir().unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    files.find(|path| path.to_str().unwrap().ends_with(".prints.sqlite")).unwrap()
}

/// Replaces the bytes of every tile that a part names by zeros; names, lengths and times stay.
fn destroy_tiles(fixture: &Fixture, part: &Path) {
    let reader = SerializedFileReader::new(File::open(part).unwrap()).unwrap();
    for row in reader.get_row_iter(None).unwrap().map(Result::unwrap) {
        let column = |name: &str| row.get_column_iter().position(|(column, _)| column == name).unwrap();
        let (offset, size) = (row.get_long(column("offset")).unwrap(), row.get_long(column("size")).unwrap());
        let shard = fixture.set().join(row.get_string(column("shard")).unwrap());
        let file = File::options().write(true).open(shard).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        file.write_all_at(&vec![0; size as usize], offset as u64).unwrap();
        file.set_times(FileTimes::new().set_modified(modified)).unwrap();
    }
}

/// A fixture with a copy of the dataset of another, with the same times.
fn copy_of(fixture: &Fixture) -> Fixture {
    let copy = Fixture::default();
    assert!(Command::new("cp").arg("-a").args([fixture.set(), copy.set()]).status().unwrap().success());
    copy
}

#[test]
fn adopted_fingerprints_are_those_of_a_scan_by_the_program() {
    let fixture = Fixture::with(&set());
    let own = copy_of(&fixture);
    let ranked = own.run(&["rank", "set", "--json"]).expect(0).out;
    assert!(ranked.contains("blank") && ranked.contains("unreadable"), "{ranked}");
    let all = fixture.run(&["scan", "set", "--out", "parts/all.parquet", "--json"]).expect(1);
    assert_eq!((&all.json()[0]["tiles"], &all.json()[0]["errors"]), (&json!(37), &json!(1)), "one is damaged");
    destroy_tiles(&fixture, &fixture.path("parts/all.parquet"));
    for _ in 0..2 {
        let adopted = fixture.run(&["adopt", "set", "parts", "--json"]).expect(0).json();
        let expected = json!({
            "parts": 1, "rows": 37, "fingerprints": 36, "texts": 0, "unnamed": 1, "missing": 0, "pairs": 0, "clusters": 0,
            "stale_pairs": 0, "left_out": []
        });
        assert_eq!(adopted, [expected]);
        assert_eq!(table(&fingerprints(&fixture), "tiles"), table(&fingerprints(&own), "tiles"));
    }
    assert_eq!(fixture.run(&["rank", "set", "--json"]).expect(0).out, ranked, "no tile was read");
}

#[test]
fn parts_of_a_job_have_the_rows_of_one_process() {
    let fixture = Fixture::with(&set());
    fixture.run(&["scan", "set", "--out", "all.parquet"]).expect(1);
    let whole = rows(&fixture.path("all.parquet"));
    fixture.run(&["scan", "set", "--shards", "0..1", "--out", "ranges/{}.parquet"]).expect(0);
    fixture.run(&["scan", "set", "--shards", "2..99", "--out", "ranges/{}.parquet", "--jobs", "5"]).expect(1);
    let mut ranges = rows(&fixture.path("ranges/00000.parquet"));
    ranges.extend(rows(&fixture.path("ranges/00002.parquet")));
    assert_eq!(ranges, whole);
    let mut parts = Vec::new();
    for task in 1..=3 {
        let mut command = fixture.command(&["scan", "set", "--out", "array/"]);
        command.env("SLURM_ARRAY_TASK_ID", task.to_string()).env("SLURM_ARRAY_TASK_MIN", "1");
        let run = Run::from(command.env("SLURM_ARRAY_TASK_COUNT", "3").output().unwrap());
        assert!(run.code < 2, "{}", run.err);
        parts.extend(rows(&fixture.path(&format!("array/part-{:05}.parquet", task - 1))));
        fixture.run(&["scan", "set", "--out", "array/", "--part", &format!("{}/3", task - 1)]).expect(0);
    }
    assert_eq!(parts, whole);
    let run = fixture.run(&["scan", "set", "--out", "x.parquet", "--shards", "4..9"]).expect(2);
    assert!(run.err.contains("there are only 4 shards"), "{}", run.err);
}

#[test]
fn a_file_that_is_there_is_kept_refused_or_replaced() {
    let fixture = Fixture::with(&set());
    let scan = |more: &[&str]| fixture.run(&[&["scan", "set", "--out", "a.parquet"], more].concat());
    scan(&["--shards", "0..1"]).expect(0);
    let before = std::fs::read(fixture.path("a.parquet")).unwrap();
    let kept = scan(&["--shards", "0..1", "--json"]).expect(0);
    assert!(kept.err.contains("kept") && kept.json()[0]["kept"] == json!(true), "{}", kept.err);
    let refused = scan(&["--shards", "1..2"]).expect(1);
    assert!(refused.err.contains("--again replaces it"), "{}", refused.err);
    let shard = fixture.path("set/image_shards/shard_001.tar");
    let later = FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(7));
    File::options().write(true).open(shard).unwrap().set_times(later).unwrap();
    scan(&["--shards", "0..1"]).expect(1);
    assert_eq!(std::fs::read(fixture.path("a.parquet")).unwrap(), before);
    scan(&["--shards", "0..1", "--again"]).expect(0);
    assert_ne!(std::fs::read(fixture.path("a.parquet")).unwrap(), before);
}

#[test]
fn shards_of_another_version_are_named_and_left_out() {
    let fixture = Fixture::with(&set());
    fixture.run(&["scan", "set", "--out", "parts/"]).expect(1);
    let shard = fixture.path("set/image_shards/shard_001.tar");
    let later = FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(7));
    File::options().write(true).open(&shard).unwrap().set_times(later).unwrap();
    let run = fixture.run(&["adopt", "set", "parts", "--json"]).expect(1);
    let counts = &run.json()[0];
    assert_eq!((&counts["fingerprints"], &counts["missing"]), (&json!(27), &json!(9)));
    assert_eq!(counts["left_out"][0]["shard"], json!("image_shards/shard_001.tar"));
    assert!(run.err.contains("another version was scanned"), "{}", run.err);
    let compared = fixture.run(&["adopt", "set", "parts", "--compare", "--json"]).expect(0).json();
    assert_eq!(compared[0]["fingerprints"], json!(36), "its bytes are the same");
    let file = File::options().write(true).open(&shard).unwrap();
    file.write_all_at(&[7; 100], file.metadata().unwrap().len() / 2).unwrap();
    fixture.run(&["adopt", "set", "parts", "--compare"]).expect(1);
    std::fs::write(fixture.path("parts/other.parquet"), "no Parquet").unwrap();
    let run = fixture.run(&["adopt", "set", "parts"]).expect(1);
    assert!(run.err.contains("other.parquet: not a file of `tilejury scan`"), "{}", run.err);
    fixture.run(&["adopt", "set", "set"]).expect(2);
}

/// Forty large pages in one shard: a scan takes some time.
fn slow_set() -> Set {
    (0..40).fold(Set::new(), |set, page| {
        let path = tile(0, 1000 + page, 0);
        set.row("train", &Row::new(&format!("q {page}"), &path)).tile(&path, &picture::page(875, 1024, page, 0))
    })
}

fn wait_until(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() && start.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_scan_run_again_gives_the_same_file() {
    let fixture = Fixture::with(&slow_set());
    let scan = ["scan", "set", "--out", "parts/a.parquet", "--jobs", "1"];
    fixture.run(&["scan", "set", "--out", "whole.parquet"]).expect(0);
    let (out, unfinished) = (fixture.path("parts/a.parquet"), fixture.path("parts/a.parquet.unfinished"));
    for wait in [0, 40, 200] {
        let mut child = fixture.command(&scan).spawn().unwrap();
        wait_until(|| unfinished.exists());
        sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!out.exists(), "half a file has no name");
    }
    fixture.run(&scan).expect(0);
    assert_eq!(rows(&out), rows(&fixture.path("whole.parquet")));
    assert!(!unfinished.exists());
    // Ctrl+C leaves nothing.
    std::fs::remove_file(&out).unwrap();
    let child = fixture.command(&scan).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_until(|| unfinished.exists());
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let run = Run::from(child.wait_with_output().unwrap()).expect(2);
    assert!(run.err.contains("stopped; nothing was written"), "{}", run.err);
    assert_eq!(fixture.path("parts").read_dir().unwrap().count(), 0);
}

#[test]
fn a_scan_at_an_address_has_the_rows_of_one_on_this_machine() {
    let fixture = Fixture::with(&set());
    let server = WebServer::start(fixture.dir.path());
    server.publish("Owner/set", "0123456789abcdef0123456789abcdef01234567", &fixture.set());
    let run = |arguments: &[&str]| fixture.run_with_hub(&server, arguments);
    let address = "hf://datasets/Owner/set";
    let refused = run(&["scan", address, "--out", "a.parquet"]).expect(2);
    assert!(refused.err.contains("4 shards, ") && refused.err.contains("add --download"), "{}", refused.err);
    run(&["scan", address, "--out", "there/", "--download"]).expect(1);
    run(&["scan", "set", "--out", "here/"]).expect(1);
    // From the member on: the dataset and the versions of its shards have other names.
    let without_place = |name: &str| {
        let cut = |row: &String| row[row.find(" member:").unwrap()..].to_owned();
        rows(&fixture.path(name)).iter().map(cut).collect::<Vec<_>>()
    };
    assert_eq!(without_place("there/part-00000.parquet"), without_place("here/part-00000.parquet"));
    let adopted = run(&["adopt", address, "there", "--json"]).expect(0).json();
    assert_eq!((&adopted[0]["fingerprints"], &adopted[0]["missing"]), (&json!(36), &json!(0)));
    let ranked = run(&["rank", address, "--json"]).expect(0).out;
    assert_eq!(ranked, run(&["rank", "set", "--json"]).expect(0).out, "no download was needed");
}

#[test]
fn adopted_texts_are_those_that_read_stores() {
    let mut page = tilejury_testkit::Page::new(500, 300);
    page.paragraph("The Danube rises in the Black Forest and flows to the Black Sea.", (30, 30), 440, 22.0);
    let (text, photo) = (tile(0, 1, 0), tile(0, 1, 1));
    let set = Set::new()
        .tile(&text, &page.png())
        .tile(&photo, &picture::flat(200, 200, 255))
        .row("train", &Row::new("Where does the Danube rise?", &text).negatives(&[&photo]));
    let fixture = Fixture::with(&set);
    let own = copy_of(&fixture);
    own.run(&["read", "set", "--all"]).expect(0);
    fixture.run(&["scan", "set", "--out", "parts/", "--with", "fingerprints,text"]).expect(0);
    destroy_tiles(&fixture, &fixture.path("parts/part-00000.parquet"));
    let adopted = fixture.run(&["adopt", "set", "parts", "--json"]).expect(0).json();
    assert_eq!((&adopted[0]["fingerprints"], &adopted[0]["texts"]), (&json!(2), &json!(2)));
    let stored = |fixture: &Fixture| table(&fixture.path("set/tilejury.outside.sqlite"), "readings");
    assert_eq!(stored(&fixture), stored(&own));
    let read = fixture.run(&["read", "set", "--all", "--json"]).expect(0).json();
    assert_eq!((&read[0]["skipped"], &read[0]["read"]), (&json!(2), &json!(0)), "no tile is read again");
    let found = fixture.run(&["search-text", "set", "danube", "--json"]).expect(0);
    assert_eq!(found.json().len(), 1, "{}", found.out);
}

#[test]
fn pairs_are_copies_and_scrolled_pages() {
    let (mut set, mut paths) = (Set::new(), Vec::new());
    let page = |seed: u32, from: u32| picture::page(875, 1024, seed, from);
    let first = page(1, 0);
    let pictures = [first.clone(), page(2, 0), first.clone(), picture::as_webp(&first), page(1, 300), page(3, 0)];
    for (at, picture) in (0..).zip(&pictures) {
        let path = tile(at % 2, 1000 + at, 0);
        set = set.tile(&path, picture).row("train", &Row::new(&format!("q {at}"), &path));
        paths.push(path);
    }
    let fixture = Fixture::with(&set);
    for part in ["0/2", "1/2"] {
        fixture.run(&["scan", "set", "--out", "parts/", "--part", part]).expect(0);
    }
    let run = fixture.run(&["pairs", "parts", "--out", "pairs.parquet", "--json"]).expect(0);
    let counts = run.json().remove(0);
    let names: Vec<&str> = counts.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["candidates", "clusters", "pairs", "peak_mb", "seconds", "tiles"]);
    assert_eq!((&counts["tiles"], &counts["pairs"], &counts["clusters"]), (&json!(6), &json!(3), &json!(1)));
    let found = rows(&fixture.path("pairs.parquet"));
    for kind in ["same_bytes", "same_pixels", "near_signature"] {
        assert_eq!(found.iter().filter(|row| row.contains(kind)).count(), 1, "{found:?}");
    }
    let others = ["1001.png", "1005.png"];
    assert!(found.iter().all(|row| others.iter().all(|other| !row.contains(other))), "{found:?}");
    let again = fixture.run(&["pairs", "parts", "--out", "parts/pairs.parquet"]).expect(0);
    assert!(again.err.contains("3 pairs"), "{}", again.err);
    assert_eq!(rows(&fixture.path("parts/pairs.parquet")), found);
    fixture.run(&["pairs", "set/train.jsonl", "--out", "x.parquet"]).expect(2);
    assert!(!fixture.path("x.parquet").exists());
}

/// A row whose first negative is its positive, scrolled by some pixels, and one with the picture of
/// the second negative, scrolled. A third row has a damaged negative.
fn near_set(scrolled: u32) -> Set {
    let paths: Vec<String> = (0..7).map(|at| tile(at % 2, 1000 + at, 0)).collect();
    let page = |seed: u32, from: u32| picture::page(875, 1024, seed, from);
    let pictures =
        [page(1, 0), page(1, scrolled), page(2, 0), page(3, 0), page(2, 50), page(4, 0), b"no picture".to_vec()];
    let set = paths.iter().zip(&pictures).fold(Set::new(), |set, (path, picture)| set.tile(path, picture));
    set.row("train", &Row::new("Where is the first lighthouse?", &paths[0]).negatives(&[&paths[1], &paths[2]]))
        .row("train", &Row::new("Who painted this bridge?", &paths[3]).negatives(&[&paths[4]]))
        .row("train", &Row::new("When did trams run here?", &paths[5]).negatives(&[&paths[6]]))
}

/// The signals of tiles in what `rank --json` printed, with the paths of these.
fn signals_of(ranked: &Run) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in ranked.json() {
        for signal in line["signals"].as_array().unwrap() {
            found.push((line["path"].to_string(), signal["name"].to_string()));
        }
    }
    found.sort();
    found
}

#[test]
fn adopted_pairs_show_near_pictures_without_a_tile() {
    let fixture = Fixture::with(&near_set(80));
    let own = copy_of(&fixture);
    let by_pixels = own.run(&["rank", "set", "--json"]).expect(0);
    assert!(by_pixels.out.contains("the same to the pixel"), "{}", by_pixels.out);
    fixture.run(&["scan", "set", "--out", "parts/all.parquet"]).expect(1);
    fixture.run(&["pairs", "parts", "--out", "parts/pairs.parquet"]).expect(0);
    destroy_tiles(&fixture, &fixture.path("parts/all.parquet"));
    let adopted = fixture.run(&["adopt", "set", "parts", "--json"]).expect(0).json();
    let counts = ["fingerprints", "pairs", "clusters", "stale_pairs"].map(|name| adopted[0][name].as_u64().unwrap());
    assert_eq!(counts, [7, 2, 2, 0]);
    let ranked = fixture.run(&["rank", "set", "--json"]).expect(0);
    assert_eq!(signals_of(&ranked), signals_of(&by_pixels));
    assert!(ranked.out.contains("no pixel was compared"), "{}", ranked.out);
    let checked = fixture.run(&["check", "set", "--json"]).expect(1);
    assert!(checked.err.contains("adopted fingerprints of 7 of 7 tiles"), "{}", checked.err);
    let kinds = |run: &Run| run.json().iter().map(|it| (it["kind"].clone(), it["path"].clone())).collect::<Vec<_>>();
    let decoded = own.run(&["check", "set", "--decode", "--json"]).expect(1);
    assert_eq!(kinds(&checked), kinds(&decoded));
    assert!(checked.out.contains("by their fingerprints") && checked.out.contains("corrupt_tile"), "{}", checked.out);
    // Without adopted fingerprints, a check looks for no copies.
    assert!(own.run(&["check", "set"]).expect(0).err.contains("no search for copies"));
}

#[test]
fn pairs_of_other_scans_are_left_out() {
    let fixture = Fixture::with(&near_set(80));
    fixture.run(&["scan", "set", "--out", "parts/all.parquet"]).expect(1);
    fixture.run(&["pairs", "parts", "--out", "parts/pairs.parquet"]).expect(0);
    // The same tile shows another page by now.
    near_set(81).write(&fixture.set());
    fixture.run(&["scan", "set", "--out", "parts/all.parquet", "--again"]).expect(1);
    let adopted = fixture.run(&["adopt", "set", "parts", "--json"]).expect(1);
    let counts = ["pairs", "clusters", "stale_pairs"].map(|name| adopted.json()[0][name].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 1], "{}", adopted.err);
    assert!(adopted.err.contains("run `tilejury pairs` again"), "{}", adopted.err);
}
