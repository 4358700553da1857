//! The index of a dataset, and files that are none.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;

use tilejury_data::shard::hfutils_json;
use tilejury_data::{Pace, TilePath};
use tilejury_testkit::Set;

use super::*;

/// A storage over a folder that counts the reads of the index.
#[derive(Debug)]
struct Folder {
    root: PathBuf,
    files: Vec<StoredFile>,
    reads: AtomicUsize,
}

impl Folder {
    fn new(root: &Path) -> Self {
        let names = ["image_shards/shard_000.tar", "image_shards/shard_001.tar", INDEX, INFO];
        let mut files: Vec<StoredFile> = names
            .iter()
            .filter_map(|name| {
                let len = root.join(name).metadata().ok()?.len();
                Some(StoredFile { path: (*name).to_owned(), len, version: "1".to_owned(), sha256: None })
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { root: root.to_owned(), files, reads: AtomicUsize::new(0) }
    }
}

impl Storage for Folder {
    fn address(&self) -> &str {
        "folder://set"
    }

    fn name(&self) -> &str {
        self.address()
    }

    fn files(&self) -> &[StoredFile] {
        &self.files
    }

    fn read(&self, file: &StoredFile, range: Range<u64>, _: Purpose, into: &mut Vec<u8>) -> Result<(), StorageError> {
        self.reads.fetch_add(usize::from(file.path == INDEX), Ordering::Relaxed);
        *into = fs::read(self.root.join(&file.path)).unwrap()[range.start as usize..range.end as usize].to_vec();
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace { latency: std::time::Duration::ZERO, bytes_per_second: 1e9, bytes_per_second_each: 1e9 }
    }

    fn kept_index(&self, _: &StoredFile) -> Option<ShardIndex> {
        None
    }

    fn keep_index(&self, _: &StoredFile, _: &ShardIndex) {}
}

const TABLES: &str = "CREATE TABLE samples (tar_file_id INTEGER NOT NULL, sample_key TEXT NOT NULL UNIQUE, \
     sample_index INTEGER NOT NULL, byte_offset INTEGER, byte_size INTEGER); \
     CREATE TABLE sample_parts (tar_file_id INTEGER, sample_index INTEGER, part_name TEXT, \
     content_byte_offset INTEGER, content_byte_size INTEGER);";

/// Writes a set and its index as energon does. Then `change` is run on the index.
fn indexed_set(dir: &Path, change: &str) -> Folder {
    Set::plain(6, 2).write(dir);
    fs::create_dir_all(dir.join(".nv-meta")).unwrap();
    let connection = Connection::open(dir.join(INDEX)).unwrap();
    connection.execute_batch(TABLES).unwrap();
    let mut counts = Vec::new();
    for shard in 0..2 {
        let path = format!("image_shards/shard_00{shard}.tar");
        let tar = dir.join(&path);
        let json = hfutils_json(fs::File::open(&tar).unwrap(), tar.metadata().unwrap().len()).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let members = json["files"].as_object().unwrap();
        for (at, (name, member)) in members.iter().enumerate() {
            let (offset, size) = (member["offset"].as_u64().unwrap(), member["size"].as_u64().unwrap());
            let (key, part) = name
                .rsplit_once('/')
                .map(|(folder, file)| {
                    let (key, part) = file.split_once('.').unwrap();
                    (format!("{folder}/{key}"), part)
                })
                .unwrap();
            let sample = (shard, key, at as i64, (offset - 512) as i64, (512 + size.next_multiple_of(512)) as i64);
            connection.execute("INSERT INTO samples VALUES (?1, ?2, ?3, ?4, ?5)", sample).unwrap();
            let part = (shard, at as i64, part, offset as i64, size as i64);
            connection.execute("INSERT INTO sample_parts VALUES (?1, ?2, ?3, ?4, ?5)", part).unwrap();
        }
        counts.push(format!("\"{path}\": {}", members.len()));
    }
    connection.execute_batch(change).unwrap();
    // The first shard is the second one in the order of names.
    fs::write(
        dir.join(INFO),
        format!("{{\"energon_version\": \"7.4.1\", \"shard_counts\": {{{}}}}}", counts.join(", ")),
    )
    .unwrap();
    Folder::new(dir)
}

fn shards(folder: &Folder) -> Vec<StoredFile> {
    folder.files.iter().filter(|file| file.path.ends_with(".tar")).cloned().collect()
}

#[test]
fn one_download_has_the_members_of_all_shards() {
    let dir = tempfile::tempdir().unwrap();
    let (set, scratch) = (dir.path().join("set"), dir.path().join("scratch"));
    let folder = indexed_set(&set, "");
    let index = SetIndex::default();
    for shard in shards(&folder) {
        let found = index.of_shard(&folder, &scratch, &shard).unwrap().unwrap();
        let expected = ShardIndex::scan(&set.join(&shard.path)).unwrap();
        assert!(expected.len() > 5 && found.len() == expected.len());
        for path in expected.paths() {
            let member = |index: &ShardIndex| index.get(path).map(|member| (member.offset, member.size));
            assert_eq!(member(&found), member(&expected), "{path}");
        }
    }
    assert_eq!(folder.reads.load(Ordering::Relaxed), 1);
    assert_eq!(scratch.read_dir().unwrap().count(), 0, "the copy of the index is removed");
    assert!(ShardIndex::of_stored(&folder, &shards(&folder)[0]).unwrap().get(&TilePath::new("none")).is_none());
}

#[test]
fn an_index_that_does_not_fit_is_told_once_and_not_used() {
    let endless = "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a FROM n) SELECT a, a, a, a, a FROM n";
    for (change, expected) in [
        ("DELETE FROM samples WHERE tar_file_id = 1 AND sample_index = 0", "8 samples of image_shards/shard_001.tar"),
        ("UPDATE samples SET byte_offset = byte_offset + 100000 WHERE sample_index = 3", "end at byte"),
        ("UPDATE samples SET byte_size = -1", "cannot be read"),
        ("UPDATE samples SET tar_file_id = 7 WHERE sample_index = 0", "does not list all"),
        ("UPDATE sample_parts SET sample_index = 99 WHERE sample_index = 0", "parts of samples"),
        ("UPDATE sample_parts SET part_name = x'ff'", "cannot be read"),
        ("UPDATE sample_parts SET content_byte_offset = 'far'", "cannot be read"),
        ("UPDATE sample_parts SET content_byte_offset = 9223372036854775807", "is not inside"),
        ("DROP TABLE sample_parts", "no plain table `sample_parts`"),
        (&format!("DROP TABLE samples; CREATE VIEW samples AS {endless}"), "no plain table `samples`"),
        ("ALTER TABLE samples ADD COLUMN more AS (length(sample_key))", "no plain table `samples`"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let folder = indexed_set(&dir.path().join("set"), change);
        let (index, scratch, shard) = (SetIndex::default(), dir.path().join("scratch"), &shards(&folder)[0]);
        let reason = index.of_shard(&folder, &scratch, shard).map(drop).unwrap_err();
        assert!(reason.contains(expected), "{change}: {reason}");
        assert!(index.of_shard(&folder, &scratch, shard).unwrap().is_none(), "{change}");
    }
}

#[test]
fn a_damaged_file_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let set = dir.path().join("set");
    let whole = fs::read(indexed_set(&set, "").root.join(INDEX)).unwrap();
    let shard = &shards(&Folder::new(&set))[0];
    for (at, bytes) in
        [b"<html>not a database</html>".to_vec(), whole[..whole.len() / 2].to_vec(), Vec::new()].iter().enumerate()
    {
        fs::write(set.join(INDEX), bytes).unwrap();
        let reason = SetIndex::default().of_shard(&Folder::new(&set), &dir.path().join("scratch"), shard);
        assert!(reason.is_err_and(|reason| reason.contains("is not used")), "{at}");
    }
    // Any byte may be another one: that is reported or harmless, and ends.
    for at in (0..whole.len()).step_by(97) {
        let mut changed = whole.clone();
        changed[at] ^= 0xff;
        fs::write(set.join(INDEX), changed).unwrap();
        let _ = SetIndex::default().of_shard(&Folder::new(&set), &dir.path().join("scratch"), shard);
    }
}
