//! A missing shard is not damage: it is reported once, with its tiles and rows, and found again
//! without reopening.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

use tilejury_data::progress::NoProgress;
use tilejury_data::{Dataset, MissingShard, MissingShards, SampleIndex, TileError, TilePath};
use tilejury_testkit::set::{member, put, tile};
use tilejury_testkit::{Row, Set, picture};

/// A dataset with one row in shard 0, one in shard 1, and one in both.
fn set(root: &Path) -> Dataset {
    let mut set = Set::new();
    for (shard, page) in [(0, 1), (1, 2)] {
        let paths: Vec<String> = (0..3).map(|chunk| tile(shard, page, chunk)).collect();
        for (at, path) in paths.iter().enumerate() {
            set = set.tile(path, &picture::png(8, 8, at as u8));
        }
        set = set.row("train", &Row::new(&format!("q{shard}"), &paths[0]).negatives(&[&paths[1], &paths[2]]));
    }
    let both = Row::new("both", &tile(0, 1, 0)).negatives(&[&tile(1, 2, 0)]);
    Dataset::open(&set.row("train", &both).write(root)).unwrap()
}

fn shard(root: &Path, name: &str) -> PathBuf {
    root.join("image_shards").join(name)
}

fn missing(dataset: &Dataset) -> MissingShards {
    MissingShards::find(dataset, &dataset.tiles)
}

#[test]
fn reports_a_missing_shard_with_its_tiles_and_rows() {
    let dir = tempfile::tempdir().unwrap();
    assert!(missing(&set(dir.path())).is_empty());
    fs::remove_file(shard(dir.path(), "shard_001.tar")).unwrap();
    let dataset = Dataset::open(dir.path()).unwrap();
    let found = missing(&dataset);
    assert_eq!(found.shards(), [MissingShard { file: "shard_001.tar".into(), tiles: 3, rows: 2 }]);
    assert_eq!((found.tiles(), found.rows()), (3, 2));
    assert_eq!([0, 1, 2].map(|row| found.concerns(SampleIndex::new(row))), [false, true, true]);
    assert_eq!(dataset.tiles.indexed_count(), 0, "no shard was read");
    let error = dataset.tiles.locate(&TilePath::new(&tile(1, 2, 0))).unwrap_err();
    assert_eq!(error, TileError::ShardMissing { shard: "shard_001.tar".into() });
    assert_eq!(error.to_string(), "shard_001.tar is missing");
    // A tile missing from an existing shard is missing.
    let error = dataset.tiles.locate(&TilePath::new(&tile(0, 9, 9))).unwrap_err();
    assert!(matches!(error, TileError::Missing { .. }), "{error}");
}

#[test]
fn refreshing_folders_finds_new_and_lost_shards() {
    let dir = tempfile::tempdir().unwrap();
    let (file, away) = (shard(dir.path(), "shard_001.tar"), dir.path().join("away"));
    set(dir.path());
    fs::rename(&file, &away).unwrap();
    let dataset = Dataset::open(dir.path()).unwrap();
    let path = TilePath::new(&tile(1, 2, 1));
    assert!(dataset.tiles.locate(&path).is_err());
    assert!(!dataset.tiles.refresh_folders(), "nothing changed");
    fs::rename(&away, &file).unwrap();
    assert!(dataset.tiles.refresh_folders());
    let location = dataset.tiles.locate(&path).unwrap();
    let mut bytes = Vec::new();
    dataset.tiles.read(&location, &mut bytes).unwrap();
    assert_eq!(bytes, picture::png(8, 8, 1));
    assert!(missing(&dataset).is_empty());

    // Lost while the dataset is open: reported as missing, before and after refreshing.
    fs::rename(&file, &away).unwrap();
    let lost = TileError::ShardMissing { shard: "shard_001.tar".into() };
    assert_eq!(dataset.tiles.read(&location, &mut bytes), Err(lost.clone()));
    assert_eq!(missing(&dataset).tiles(), 3);
    assert!(dataset.tiles.refresh_folders());
    assert_eq!(dataset.tiles.locate(&path), Err(lost.clone()));
    assert_eq!(dataset.tiles.read(&location, &mut bytes), Err(lost));
    assert_eq!(dataset.tiles.shard_count(), 1);
}

#[test]
fn indexes_a_replaced_shard_again() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = set(dir.path());
    let path = TilePath::new(&tile(1, 2, 1));
    let before = dataset.tiles.locate(&path).unwrap();
    let other = tempfile::tempdir().unwrap();
    Set::new().tile(path.as_str(), &picture::png(9, 9, 7)).write(other.path());
    fs::copy(shard(other.path(), "shard_001.tar"), shard(dir.path(), "shard_001.tar")).unwrap();
    let mut bytes = Vec::new();
    let error = dataset.tiles.read(&before, &mut bytes).unwrap_err().to_string();
    assert!(error.contains("changed since it was indexed"), "{error}");
    assert!(dataset.tiles.refresh_folders());
    dataset.tiles.read(&dataset.tiles.locate(&path).unwrap(), &mut bytes).unwrap();
    assert_eq!(bytes, picture::png(9, 9, 7));
    assert!(!dataset.tiles.refresh_folders());
}

#[test]
fn finds_tiles_in_a_tar_with_another_name() {
    let dir = tempfile::tempdir().unwrap();
    let paths = [tile(3, 1, 0), tile(3, 1, 1), tile(4, 1, 0)];
    let row = Row::new("q", &paths[0]).negatives(&[&paths[1], &paths[2]]);
    let mut set = Set::new().row("train", &row);
    for path in &paths[..2] {
        set = set.tile_in("tiles", path, &picture::png(8, 8, 1));
    }
    let dataset = Dataset::open(&set.write(dir.path())).unwrap();
    assert!(missing(&dataset).is_empty(), "nothing is known before tiles.tar is indexed");
    dataset.tiles.index_all(&NoProgress).unwrap();
    let found = missing(&dataset);
    assert_eq!(found.shards(), [MissingShard { file: "shard_004.tar".into(), tiles: 1, rows: 1 }]);
    // A folder of extracted tiles replaces its shard.
    put(&dir.path().join("images").join(member(&tile(4, 2, 2))), b"x");
    assert!(missing(&dataset).is_empty());
}

#[test]
fn detects_a_changed_folder() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = set(dir.path());
    let before = dataset.tiles.folders_changed();
    assert_eq!(before, dataset.tiles.folders_changed());
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::rename(shard(dir.path(), "shard_001.tar"), dir.path().join("away")).unwrap();
    assert_ne!(before, dataset.tiles.folders_changed());
}
