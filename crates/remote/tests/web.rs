//! A dataset at a plain web server: with pages of its folders, with the publisher's list of shards,
//! and with neither.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod served;

use served::{SHARD, Served, read};
use tilejury_remote::OpenedSet;

fn paths(opened: &OpenedSet) -> Vec<&str> {
    opened.dataset.tiles.storage().unwrap().files().iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn pages_of_folders_list_splits_and_shards() {
    let odd = "image_shards/a b#c+d%2Fe&f.tar";
    let Some(served) = Served::start_with(|files| {
        std::fs::copy(files.join(SHARD), files.join(odd)).unwrap();
        std::fs::copy(files.join("train.jsonl"), files.join("odd split.jsonl")).unwrap();
    }) else {
        return;
    };
    let opened = served.open(&served.hub.web()).unwrap();
    let expected = [odd, SHARD, "image_shards/shard_001.tar", "odd split.jsonl", "train.jsonl", "train_hn.jsonl"];
    assert_eq!(paths(&opened), expected);
    for path in [odd, SHARD] {
        assert_eq!(read(&opened, path, 512..2000).unwrap(), served.bytes_of(path)[512..2000], "{path}");
    }
    // The version is the server's.
    let file = served::file(&opened, SHARD);
    assert!(file.version.starts_with('"'), "{}", file.version);
}

#[test]
fn the_list_of_shards_names_them_where_there_are_no_pages() {
    let Some(served) = Served::start_with(|files| {
        let summary = r#"{"shards":{"shard_000":{"size_bytes":1,"tar_path":"/export/image_shards/shard_000.tar"},
            "shard_001":{"size_bytes":18446744073709551615},"shard_002":{"size_bytes":5},
            "shard_003":{"size_bytes":5,"tar_path":"../../outside.tar"}}}"#;
        std::fs::write(files.join("image_shards_summary.json"), summary).unwrap();
    }) else {
        return;
    };
    served.hub.set("no_pages=1");
    // Lengths are those of the files, and a shard that is not there is not listed.
    let opened = served.open(&served.hub.web()).unwrap();
    assert_eq!(paths(&opened), [SHARD, "image_shards/shard_001.tar", "train.jsonl", "train_hn.jsonl"]);
    assert_eq!(read(&opened, SHARD, 0..600).unwrap(), served.bytes_of(SHARD)[..600]);
}

#[test]
fn a_server_with_neither_is_asked_for_the_usual_splits() {
    let Some(served) = Served::start() else { return };
    served.hub.set("no_pages=1");
    let opened = served.open(&served.hub.web()).unwrap();
    assert_eq!(paths(&opened), ["train.jsonl", "train_hn.jsonl"]);
    assert_eq!(opened.dataset.indices().count(), 12);
    let only = served.open(&format!("{}/train.jsonl", served.hub.web())).unwrap();
    assert_eq!(only.dataset.indices().count(), 12);
}

#[test]
fn a_server_with_a_page_for_each_missing_file_is_usable() {
    let Some(served) = Served::start() else { return };
    served.hub.set("page_for_missing=1");
    let opened = served.open(&served.hub.web()).unwrap();
    assert_eq!(paths(&opened), [SHARD, "image_shards/shard_001.tar", "train.jsonl", "train_hn.jsonl"]);
}

#[test]
fn a_folder_without_splits_says_so() {
    let Some(served) = Served::start() else { return };
    let message = served.refusal(&format!("{}/image_shards", served.hub.web()));
    assert!(message.contains("no split found"), "{message}");
}
