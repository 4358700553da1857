//! The tiles of a page, from files and shards.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::path::Path;

use tilejury_data::progress::NoProgress;
use tilejury_data::{TilePath, TileSource};
use tilejury_testkit::Set;
use tilejury_testkit::set::{member, put, tile};

/// The names of the tiles on the page of a path.
fn names(root: &Path, path: &str) -> Vec<String> {
    names_in(&TileSource::open(root), path)
}

fn names_in(source: &TileSource, path: &str) -> Vec<String> {
    let page = source.page_of(&TilePath::new(path));
    page.iter().map(|tile| tile.as_str().rsplit('/').next().unwrap().to_owned()).collect()
}

#[test]
fn reads_a_page_from_the_named_shard() {
    let dir = tempfile::tempdir().unwrap();
    let folder = "images/shard_000/shard_00001/7.png.tiles";
    let mut set = Set::new().tile(&tile(0, 8, 0), b"another page").tile(&tile(1, 7, 9), b"another shard");
    for name in ["chunk_0001_00.png", "chunk_0000_10.png", "chunk_0000_02.png", "notes.json", ".hidden.png"] {
        set = set.tile(&format!("{folder}/{name}"), b"x");
    }
    set.write(dir.path());
    let expected = ["chunk_0000_02.png", "chunk_0000_10.png", "chunk_0001_00.png"];
    assert_eq!(names(dir.path(), &format!("{folder}/chunk_0000_02.png")), expected);
    let absolute = "/mnt/shard_000/shard_00001/7.png.tiles/chunk_0000_99.png";
    assert_eq!(names(dir.path(), absolute), expected, "a tile that is missing still has a page");
}

#[test]
fn merges_extracted_tiles_with_those_in_the_shard() {
    let dir = tempfile::tempdir().unwrap();
    Set::new().tile(&tile(0, 7, 0), b"x").tile(&tile(0, 7, 2), b"x").write(dir.path());
    put(&dir.path().join(tile(0, 7, 0)), b"x");
    put(&dir.path().join(tile(0, 7, 1)), b"x");
    put(&dir.path().join(member(&tile(0, 7, 3))), b"x");
    let chunks: Vec<String> = (0..4).map(|chunk| format!("chunk_0000_{chunk:02}.png")).collect();
    assert_eq!(names(dir.path(), &tile(0, 7, 0)), chunks);
}

#[test]
fn uses_shards_with_other_names_after_indexing() {
    let dir = tempfile::tempdir().unwrap();
    Set::new().tile_in("part-1", &tile(0, 7, 1), b"x").tile_in("part-2", &tile(0, 7, 0), b"x").write(dir.path());
    let source = TileSource::open(dir.path());
    assert!(names_in(&source, &tile(0, 7, 0)).is_empty(), "no shard is indexed on purpose");
    source.index_all(&NoProgress).unwrap();
    assert_eq!(names_in(&source, &tile(0, 7, 0)), ["chunk_0000_00.png", "chunk_0000_01.png"]);
}

#[test]
fn a_bare_name_has_no_page() {
    let dir = tempfile::tempdir().unwrap();
    Set::new().write(dir.path());
    put(&dir.path().join("images/a.png"), b"x");
    assert!(names(dir.path(), "images/a.png").is_empty());
    assert!(names(dir.path(), "").is_empty());
    assert!(names(dir.path(), "images/nowhere/a.png").is_empty());
}
