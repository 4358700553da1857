//! Index files of shards: what is written, kept and left out.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};
use tilejury_audit::index_files::{IndexFiles, write_index_files};
use tilejury_audit::progress::{NoProgress, Progress as _, ProgressStep};
use tilejury_data::TileSource;
use tilejury_testkit::Set;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn files_below(folder: &Path) -> Vec<String> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_member_is_listed_with_its_place_and_hash() {
    let dir = tempfile::tempdir().unwrap();
    let (set, out) = (Set::plain(6, 2).write(&dir.path().join("set")), dir.path().join("out"));
    let tiles = TileSource::open(&set);
    let before = files_below(&set.join("image_shards"));
    let all = IndexFiles { written: 2, ..IndexFiles::default() };
    assert_eq!(write_index_files(&tiles, &out, &NoProgress).unwrap(), all);
    assert_eq!(files_below(&set.join("image_shards")), before, "the dataset is not written");
    for shard in ["shard_000", "shard_001"] {
        let tar = fs::read(set.join(format!("image_shards/{shard}.tar"))).unwrap();
        let json = fs::read(out.join(format!("image_shards/{shard}.json"))).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["filesize"], tar.len());
        assert_eq!(json["hash_lfs"], sha256(&tar));
        let members = json["files"].as_object().unwrap();
        assert_eq!(members.len(), 9);
        for (name, member) in members {
            assert!(name.starts_with(shard), "{name}");
            let number = |field: &str| member[field].as_u64().unwrap() as usize;
            let content = &tar[number("offset")..number("offset") + number("size")];
            assert!(content.starts_with(b"\x89PNG"));
            assert_eq!(member["sha256"], sha256(content));
            assert_eq!(member.as_object().unwrap().len(), 3, "other readers refuse other fields");
        }
    }
    // A shard that changed its length is indexed again, and the other is not.
    fs::copy(set.join("image_shards/shard_000.tar"), set.join("image_shards/shard_001.tar")).unwrap();
    let other = Set::plain(8, 2).write(&dir.path().join("other"));
    fs::copy(other.join("image_shards/shard_000.tar"), set.join("image_shards/shard_000.tar")).unwrap();
    let again = write_index_files(&TileSource::open(&set), &out, &NoProgress).unwrap();
    assert_eq!(again, IndexFiles { written: 1, kept: 1, failed: Vec::new() });
}

#[test]
fn a_damaged_shard_is_named_and_the_others_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let (set, out) = (Set::plain(4, 1).write(&dir.path().join("set")), dir.path().join("out"));
    let shard = set.join("image_shards/shard_000.tar");
    let bytes = fs::read(&shard).unwrap();
    fs::write(&shard, &bytes[..bytes.len() / 2]).unwrap();
    let done = write_index_files(&TileSource::open(&set), &out, &NoProgress).unwrap();
    assert_eq!((done.written, done.kept), (1, 0));
    assert_eq!(done.failed.len(), 1);
    assert_eq!(done.failed[0].0, "image_shards/shard_000.tar");
    assert_eq!(files_below(&out.join("image_shards")), ["shard_001.json"]);
}

#[test]
fn a_cancelled_run_leaves_no_part_of_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let (set, out) = (Set::plain(4, 1).write(&dir.path().join("set")), dir.path().join("out"));
    let stop = AtomicBool::new(false);
    let report = |step: ProgressStep| {
        stop.store(true, Ordering::Relaxed);
        stop.report(step)
    };
    assert!(write_index_files(&TileSource::open(&set), &out, &report).is_err());
    assert!(files_below(&out.join("image_shards")).is_empty());
}
