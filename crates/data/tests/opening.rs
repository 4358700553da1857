//! Opening folders and files: the splits found, the keys of rows, and the sources of tiles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::Path;

use tilejury_data::progress::NoProgress;
use tilejury_data::tile_source::Lookup;
use tilejury_data::{Dataset, LineNumber, SampleIndex, SampleKey, TileLocation, TilePath};
use tilejury_testkit::set::{member, put, tile};
use tilejury_testkit::{Row, Set, Tarball, picture};

fn names(dataset: &Dataset) -> Vec<&str> {
    dataset.splits.iter().map(|split| split.name.as_str()).collect()
}

fn keys(dataset: &Dataset) -> Vec<SampleKey> {
    dataset.samples.iter().map(|sample| sample.key).collect()
}

fn lines(path: &Path, lines: &[String]) {
    put(path, lines.join("\n").as_bytes());
}

#[test]
fn equal_files_are_one_split_and_different_files_are_two() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(3, 2).row("eval", &Row::new("e", "images/e.png")).write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    assert_eq!(names(&dataset), ["train", "eval"]);
    assert_eq!(dataset.samples.len(), 4);
    assert!(dataset.notes[0].contains("train_hn.jsonl and train.jsonl hold the same rows"));
    assert_eq!(dataset.splits[0].export_names, ["train.jsonl", "train_hn.jsonl"]);

    put(&dir.path().join("train.jsonl"), Row::new("other", "images/o.png").line().as_bytes());
    let dataset = Dataset::open(dir.path()).unwrap();
    assert_eq!(names(&dataset), ["train_hn", "train", "eval"]);
    assert!(dataset.notes[0].contains("differ"));
}

#[test]
fn reads_other_jsonl_files_with_rows_as_splits() {
    let dir = tempfile::tempdir().unwrap();
    Set::new().row("lite-query-v2", &Row::new("q", "images/a.png")).write(dir.path());
    put(&dir.path().join("candidate_reviews.jsonl"), b"{\"query\": \"q\", \"verdict\": \"CORRECT\"}\n");
    let judgement =
        r#"{"split": "lite", "line": 1, "query": "q", "chunk_path": "images/a.png", "annotator": "ann", "at": "x"}"#;
    put(&dir.path().join("judgements.jsonl"), judgement.as_bytes());
    let dataset = Dataset::open(dir.path()).unwrap();
    assert_eq!(names(&dataset), ["lite-query-v2"]);
    assert!(dataset.warnings.is_empty(), "{:?}", dataset.warnings);
    assert_eq!(dataset.splits[0].export_names, ["lite-query-v2.jsonl"]);
    assert!(dataset.notes[0].contains("judgements.jsonl holds judgements"), "{:?}", dataset.notes);
}

#[test]
fn opens_one_file_with_the_keys_of_the_whole_dataset() {
    let dir = tempfile::tempdir().unwrap();
    let leak = Row::new("the same", &tile(0, 1, 0)).negatives(&[&tile(0, 1, 1)]);
    Set::new().row("train", &leak).row("eval", &Row::new("e", "images/e.png")).row("eval", &leak).write(dir.path());
    let whole = Dataset::open(dir.path()).unwrap();
    let eval = Dataset::open(&dir.path().join("eval.jsonl")).unwrap();
    assert_eq!(names(&eval), ["eval"]);
    assert_eq!(keys(&eval), keys(&whole)[1..], "the repeat keeps the key it has in the whole dataset");
    assert_eq!(eval.fingerprint, whole.fingerprint);
    assert_eq!(eval.root, whole.root);
}

#[test]
fn says_why_a_path_cannot_be_opened() {
    let dir = tempfile::tempdir().unwrap();
    let error = |path: &Path| Dataset::open(path).unwrap_err().to_string();
    assert!(error(dir.path()).contains("no split found"));
    assert!(error(&dir.path().join("gone")).contains("give a dataset folder"));
    put(&dir.path().join("notes.txt"), b"x");
    assert!(error(&dir.path().join("notes.txt")).contains("not a .jsonl or .parquet file"));
}

#[test]
fn warns_about_bad_lines_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let good = Row::new("q", "images/a.png").line();
    let text = format!("{good}\n{{\"chunk_path\": \"x\"}}\n\n[1]\n{good}");
    put(&dir.path().join("train.jsonl"), text.as_bytes());
    let dataset = Dataset::open(dir.path()).unwrap();
    assert_eq!(dataset.samples.len(), 2);
    let warnings: Vec<String> = dataset.warnings.iter().map(ToString::to_string).collect();
    assert!(warnings[0].contains("train.jsonl:2: missing field `query`"), "{warnings:?}");
    assert!(warnings[1].contains("train.jsonl:4: not a JSON object"), "{warnings:?}");
    assert_eq!(dataset.line_of(SampleIndex::new(1)), LineNumber::new(5));
    assert_eq!(dataset.find_line("train", LineNumber::new(5)), Some(SampleIndex::new(1)));
    assert_eq!(dataset.find_line("train", LineNumber::new(2)), None);
}

#[test]
fn keys_survive_order_spelling_and_extra_fields() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (tile(0, 1, 0), tile(1, 2, 0));
    let rows = [
        Row::new("one", &a).negatives(&["images/x.png", "images/y.png"]),
        Row::new("one", &a).negatives(&["images/z.png"]),
        Row::new("two", &b),
    ];
    lines(&dir.path().join("train.jsonl"), &rows.iter().map(Row::line).collect::<Vec<_>>());
    let before = Dataset::open(dir.path()).unwrap();
    assert_ne!(keys(&before)[0], keys(&before)[1], "exact repeats have different keys");

    let absolute = |path: &str| format!("/opt/kiwix_tiles/{}", member(path));
    let rows = [
        Row::new("two", &absolute(&b)).field("title", "T".into()),
        Row::new("one", &absolute(&a)).negatives(&["images/z.png"]),
        Row::new("one", member(&a)).negatives(&["images/x.png", "images/y.png"]),
    ];
    lines(&dir.path().join("train.jsonl"), &rows.iter().map(Row::line).collect::<Vec<_>>());
    let after = Dataset::open(dir.path()).unwrap();
    let reversed: Vec<_> = keys(&after).into_iter().rev().collect();
    assert_eq!(reversed, keys(&before));
    assert_eq!(after.fingerprint, before.fingerprint);
    assert_eq!(after.find(keys(&before)[0]), Some(SampleIndex::new(2)));
}

#[test]
fn finds_tiles_in_files_then_named_shard_then_any_shard() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let (named, astray, plain, extracted) =
        (tile(0, 1, 0), tile(0, 2, 0), "images/x/plain.png".to_owned(), tile(0, 4, 0));
    Set::new()
        .row("train", &Row::new("q", &named))
        .tile(&named, b"named")
        .tile_in("shard_001", &astray, b"astray")
        .tile(&extracted, b"in the tar")
        .write(root);
    put(&root.join("tiles.tar"), &Tarball::new().ustar(member(&plain), b"plain").finish());
    put(&root.join(&extracted), b"extracted");

    let dataset = Dataset::open(root).unwrap();
    let tiles = &dataset.tiles;
    assert_eq!(tiles.shard_count(), 3);
    let text = |path: &str| {
        let mut bytes = Vec::new();
        tiles.read(&tiles.locate(&TilePath::new(path)).unwrap(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(text(&named), "named");
    assert_eq!(
        tiles.look_up(&TilePath::new(&astray)),
        Lookup::NeedsAllShards,
        "only the named shard was indexed so far"
    );
    assert_eq!(text(&astray), "astray");
    assert_eq!(text(&plain), "plain");
    assert!(matches!(tiles.locate(&TilePath::new(&extracted)).unwrap(), TileLocation::File(_)));
    assert_eq!(text(&extracted), "extracted");
    let error = tiles.locate(&TilePath::new("images/shard_000/nowhere.png")).unwrap_err().to_string();
    assert!(error.contains("neither in images/ nor in any of 3 tar shards"), "{error}");
}

#[test]
fn opening_reads_no_shard() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(2, 2).write(dir.path());
    put(&dir.path().join("image_shards/shard_001.tar"), b"rubbish");
    let dataset = Dataset::open(dir.path()).unwrap();
    assert!(dataset.tiles.warnings().is_empty());
    dataset.tiles.index_all(&NoProgress).unwrap();
    assert_eq!(dataset.tiles.warnings().len(), 1);
}

#[test]
fn a_broken_shard_does_not_hide_others() {
    let dir = tempfile::tempdir().unwrap();
    let root = Set::plain(2, 2).write(dir.path());
    let mut bytes = fs::read(root.join("image_shards/shard_000.tar")).unwrap();
    bytes.truncate(700);
    fs::write(root.join("image_shards/shard_000.tar"), bytes).unwrap();
    let dataset = Dataset::open(&root).unwrap();
    let found = |path: &str| dataset.tiles.locate(&TilePath::new(path)).is_ok();
    assert!(!found(&tile(0, 1000, 0)));
    assert!(found(&tile(1, 1001, 0)));
}

#[test]
fn an_unreadable_picture_is_an_error_without_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = tile(0, 1, 0);
    let png = picture::png(60, 60, 1);
    Set::new().row("train", &Row::new("q", &path)).tile(&path, &png[..png.len() / 2]).write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let mut bytes = Vec::new();
    dataset.tiles.read(&dataset.tiles.locate(&TilePath::new(&path)).unwrap(), &mut bytes).unwrap();
    assert!(tilejury_data::decode(&bytes).is_err());
}
