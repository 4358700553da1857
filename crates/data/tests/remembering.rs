//! Shard indexes that are kept from one run to the next.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

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

/// Opens the dataset as a run of the program does, and returns which of the tiles it finds.
fn finds(root: &Path, cache: &Path, tiles: [&str; 2]) -> [bool; 2] {
    let source = TileSource::open(root);
    source.remember_in(cache.to_owned());
    source.index_all(&NoProgress).unwrap();
    tiles.map(|tile| matches!(source.look_up(&TilePath::new(tile)), Lookup::Found(_)))
}

#[test]
fn uses_a_kept_index_until_the_shard_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (root, cache) = (dir.path().join("set"), dir.path().join("cache/set.shards"));
    fs::create_dir(&root).unwrap();
    let shard = root.join("shard_000.tar");
    let tiles = ["shard_000/a.png", "shard_000/b.png"];
    let long_ago = SystemTime::now() - Duration::from_secs(1000);
    let make_old = || File::options().write(true).open(&shard).unwrap().set_modified(long_ago).unwrap();
    write(&shard, &[(tiles[0], b"one")]);
    make_old();
    // A shard that changed in the last seconds is not kept.
    sleep(Duration::from_millis(3200));
    assert_eq!(finds(&root, &cache, tiles), [true, false]);
    assert!(cache.metadata().unwrap().len() > 100, "the shard is in it");
    let first = fs::read(&cache).unwrap();
    assert_eq!(finds(&root, &cache, tiles), [true, false]);
    assert_eq!(fs::read(&cache).unwrap(), first);
    // Same length, and set to the same time.
    write(&shard, &[(tiles[1], b"two")]);
    make_old();
    if cfg!(unix) {
        assert_eq!(finds(&root, &cache, tiles), [false, true]);
    }
    write(&shard, &[(tiles[0], b"one"), (tiles[1], b"two")]);
    assert_eq!(finds(&root, &cache, tiles), [true, true]);
    // A file that is not a cache, or cannot be written, is ignored.
    fs::write(&cache, "something else").unwrap();
    assert_eq!(finds(&root, &cache, tiles), [true, true]);
    assert_eq!(finds(&root, Path::new("/dev/null/x"), tiles), [true, true]);
}
