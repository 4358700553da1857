//! Answers that lie, and lists that are meant to do harm: nothing is written outside the cache
//! folder, memory is bounded, and no wrong byte is used.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod served;

use std::time::{Duration, Instant};

use served::{SHARD, Served, read, words};

#[test]
fn answers_with_other_bytes_than_asked_for_are_not_used() {
    let Some(served) = Served::start() else { return };
    let (opened, whole) = (served.opened(), served.bytes_of(SHARD));
    let total = whole.len();
    for (lie, expected) in [
        ("other_range", "another part of the file"),
        ("no_range", "another part of the file"),
        ("absurd", "another part of the file"),
        ("short", "not whole"),
        ("endless", "more bytes than there can be"),
    ] {
        served.hub.set(&format!("lie={lie}&total={total}"));
        let message = words(&opened, SHARD, 512..70_000);
        assert!(message.contains(expected), "{lie}: {message}");
    }
    // Another length of the whole file is another file.
    served.hub.set("lie=total&total=12345678");
    assert!(words(&opened, SHARD, 512..1024).contains("the file changed"));
    assert!(served.hub.sent() < 50_000_000, "{}", served.hub.sent());
    served.hub.clear();
    assert_eq!(read(&opened, SHARD, 512..1024).unwrap(), whole[512..1024]);
}

/// An entry of a list.
fn entry(path: &str, size: &str) -> String {
    format!(r#"{{"type":"file","path":{},"size":{size},"oid":"1"}}"#, serde_json::Value::from(path))
}

#[test]
fn hostile_names_and_sizes_in_a_list_are_left_out() {
    let Some(served) = Served::start() else { return };
    let long = format!("{}.jsonl", "x".repeat(5000));
    let split = served.bytes_of("train.jsonl").len().to_string();
    let mut lines = vec![entry("train.jsonl", &split), r#"{"type":"directory","path":"image_shards"}"#.to_owned()];
    for path in [
        "../outside.jsonl",
        "..\\outside.jsonl",
        "/outside.jsonl",
        "a/../../outside.jsonl",
        "nul\0.jsonl",
        "line\n.jsonl",
        "C:outside.jsonl",
        "con.jsonl",
        &long,
        "",
        "..",
    ] {
        lines.push(entry(path, &split));
    }
    lines.push(entry("huge.tar", "18446744073709551615"));
    lines.push(entry("huge.jsonl", "9223372036854775807"));
    served.hub.put_list("", &lines);
    let opened = served.open("o/n").unwrap();
    let files = opened.dataset.tiles.storage().unwrap().files();
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, [SHARD, "image_shards/shard_001.tar", "train.jsonl"]);
    // Nothing but the served files, the servers' own, and the cache.
    let mut names: Vec<_> = served.folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["cache", "files", "hub"]);
    assert!(served.fetched().iter().all(|path| path.starts_with(&served.access.cache)));
    assert!(!served.fetched().iter().any(|path| path.to_string_lossy().contains("outside")));
}

#[test]
fn splits_with_special_names_stay_in_the_cache() {
    let names = ["a b#c+d.jsonl", "50%25 2%2Fx.jsonl", "x..%2Foutside.jsonl", "ü&=.jsonl"];
    let Some(served) = Served::start_with(|files| {
        for name in names {
            std::fs::copy(files.join("train.jsonl"), files.join(name)).unwrap();
        }
    }) else {
        return;
    };
    for address in ["o/n".to_owned(), served.hub.web()] {
        let opened = served.open(&address).unwrap();
        let files = opened.dataset.tiles.storage().unwrap().files();
        for name in names {
            assert!(files.iter().any(|file| file.path == name), "{address} {name}: {files:?}");
        }
    }
    let cache = served.access.cache.canonicalize().unwrap();
    assert!(served.fetched().iter().all(|path| path.canonicalize().unwrap().starts_with(&cache)));
}

#[test]
fn a_list_that_is_none_is_named() {
    let Some(served) = Served::start() else { return };
    served.hub.put_list("", &[r#"{"type":"file","path":"a","size":-1}"#.to_owned()]);
    let message = served.refusal("o/n");
    assert!(message.contains("the list of files cannot be used"), "{message}");
}

#[test]
fn a_list_without_an_end_is_given_up() {
    let Some(served) = Served::start() else { return };
    served.hub.set("endless=1&undescribed=1");
    let begun = Instant::now();
    let message = served.refusal("o/n");
    assert!(message.contains("it does not end after 1000 pages"), "{message}");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn too_many_folders_are_named() {
    let Some(served) = Served::start() else { return };
    let folders: Vec<String> = (0..1001).map(|at| format!(r#"{{"type":"directory","path":"f{at}"}}"#)).collect();
    served.hub.put_list("", &folders);
    let message = served.refusal("o/n");
    assert!(message.contains("more than 1000 folders"), "{message}");
}

#[test]
fn members_past_the_end_in_an_index_beside_a_shard_are_not_used() {
    let Some(served) = Served::start_with(|files| {
        let index = r#"{"filesize":259072,"files":{"shard_000/x.png":{"offset":18446744073709551000,"size":4096}}}"#;
        std::fs::write(files.join("image_shards/shard_000.json"), index).unwrap();
    }) else {
        return;
    };
    let opened = served.open("o/n").unwrap();
    let sample = opened.dataset.sample(opened.dataset.indices().next().unwrap()).unwrap();
    let location = opened.dataset.tiles.locate(&sample.positive.path).unwrap();
    let mut bytes = Vec::new();
    opened.dataset.tiles.read(&location, &mut bytes).unwrap();
    assert!(bytes.starts_with(b"\x89PNG"));
}
