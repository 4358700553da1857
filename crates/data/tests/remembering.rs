//! Shards that are remembered from one run to the next.

#![allow(clippy::unwrap_used, reason = "what cannot be had is a failed test")]

use std::fs::{self, File};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use tilejury_data::progress::NoProgress;
use tilejury_data::tile_source::Lookup;
use tilejury_data::{TilePath, TileSource};
use tilejury_testkit::Tarball;

fn write(path: &Path, members: &[(&str, &[u8])]) {
    let mut tar = Tarball::new();
    for (name, content) in members {
        tar = tar.ustar(name, content);
    }
    fs::write(path, tar.finish()).unwrap();
}

/// Opens the root as a run of the program does, and says which of the tiles it finds.
fn finds(root: &Path, memory: &Path, tiles: [&str; 2]) -> [bool; 2] {
    let source = TileSource::open(root);
    source.remember_in(memory.to_owned());
    source.index_all(&NoProgress).unwrap();
    tiles.map(|tile| matches!(source.look_up(&TilePath::new(tile)), Lookup::Found(_)))
}

#[test]
fn what_is_remembered_counts_until_the_shard_changes_however_it_looks() {
    let dir = tempfile::tempdir().unwrap();
    let (root, memory) = (dir.path().join("set"), dir.path().join("cache/set.shards"));
    fs::create_dir(&root).unwrap();
    let shard = root.join("shard_000.tar");
    let tiles = ["shard_000/a.png", "shard_000/b.png"];
    let long_ago = SystemTime::now() - Duration::from_secs(1000);
    let made_old = || File::options().write(true).open(&shard).unwrap().set_modified(long_ago).unwrap();
    write(&shard, &[(tiles[0], b"one")]);
    made_old();
    // What changed in the last seconds is not remembered.
    sleep(Duration::from_millis(3200));
    assert_eq!(finds(&root, &memory, tiles), [true, false]);
    assert!(memory.metadata().unwrap().len() > 100, "the shard is in it");
    let first = fs::read(&memory).unwrap();
    assert_eq!(finds(&root, &memory, tiles), [true, false]);
    assert_eq!(fs::read(&memory).unwrap(), first);
    // Of the same length and told to be of the same age.
    write(&shard, &[(tiles[1], b"two")]);
    made_old();
    if cfg!(unix) {
        assert_eq!(finds(&root, &memory, tiles), [false, true]);
    }
    write(&shard, &[(tiles[0], b"one"), (tiles[1], b"two")]);
    assert_eq!(finds(&root, &memory, tiles), [true, true]);
    // A memory that is no such file, or cannot be written, is none.
    fs::write(&memory, "something else").unwrap();
    assert_eq!(finds(&root, &memory, tiles), [true, true]);
    assert_eq!(finds(&root, Path::new("/dev/null/x"), tiles), [true, true]);
}
