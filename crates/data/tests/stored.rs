//! A dataset whose shards are elsewhere: what is requested, and that the tiles are the same.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod folder_storage;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use folder_storage::Folder;

use tilejury_data::shard::hfutils_json;
use tilejury_data::{Dataset, ObstacleKind, Pace, ShardIndex, TileError, TilePath, TileSource};

/// Writes a shard with pictures of `sizes` bytes; the content of some of them is itself a tar.
fn write_shard(file: &Path, sizes: &[usize]) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    for (at, size) in sizes.iter().enumerate() {
        let mut content: Vec<u8> = (0..*size).map(|byte| (byte * 31 + at) as u8).collect();
        if at % 3 == 1 {
            // A block that looks like a header, at a place where blocks begin.
            let mut inner = tar::Header::new_ustar();
            inner.set_path("shard_000/not_a_member.png").unwrap();
            inner.set_size(700);
            inner.set_cksum();
            content[512 * 2..512 * 3].copy_from_slice(inner.as_bytes());
        }
        let mut header = tar::Header::new_ustar();
        header.set_size(*size as u64);
        tar.append_data(&mut header, name(at), &content[..]).unwrap();
    }
    fs::write(file, tar.into_inner().unwrap()).unwrap();
}

fn name(at: usize) -> String {
    format!("shard_000/shard_00001/{at}.png.tiles/chunk_0000_00.png")
}

fn paths(count: usize) -> Vec<TilePath> {
    (0..count).map(|at| TilePath::new(&name(at))).collect()
}

/// The bytes of tiles, read from both sources in turn, must be equal.
fn assert_same(here: &TileSource, stored: &TileSource, tiles: &[TilePath]) {
    for tile in tiles {
        let read = |source: &TileSource| {
            let mut bytes = Vec::new();
            source.read(&source.locate(tile).unwrap(), &mut bytes).unwrap();
            bytes
        };
        assert_eq!(read(here), read(stored), "{tile}");
    }
}

const SIZES: [usize; 40] = [90_000; 40];
const SHARD: &str = "image_shards/shard_000.tar";

fn open(dir: &Path) -> (TileSource, TileSource, Arc<Folder>) {
    let folder = Arc::new(Folder::new(dir));
    (TileSource::open(dir), TileSource::stored(dir, folder.clone()), folder)
}

#[test]
fn headers_are_requested_and_the_pictures_are_not() {
    let dir = tempfile::tempdir().unwrap();
    write_shard(&dir.path().join(SHARD), &SIZES);
    let (here, stored, folder) = open(dir.path());
    let tiles = paths(SIZES.len());
    stored.locate(&tiles[20]).unwrap();
    let (_, bytes) = folder.counted();
    let len = folder.files[0].len;
    assert!(bytes < len / 2, "{bytes} of {len} bytes");
    assert_same(&here, &stored, &tiles);
    assert_eq!(folder.counted(), (40, 40 * 90_000), "one request a tile, and nothing but the tile");
    assert!(stored.locate(&TilePath::new("shard_000/not_a_member.png")).is_err());
    assert!(stored.warnings().is_empty(), "{:?}", stored.warnings());
}

#[test]
fn a_small_shard_is_requested_as_a_whole_when_that_is_quicker() {
    let dir = tempfile::tempdir().unwrap();
    write_shard(&dir.path().join(SHARD), &[2000; 5]);
    let mut folder = Folder::new(dir.path());
    folder.pace = Pace { latency: Duration::from_millis(50), bytes_per_second: 1e8, bytes_per_second_each: 1e8 };
    let folder = Arc::new(folder);
    let stored = TileSource::stored(dir.path(), folder.clone());
    stored.locate(&paths(1)[0]).unwrap();
    assert_eq!(folder.counted().0, 1);
}

#[test]
fn tiles_of_a_whole_shard_are_not_fetched_again() {
    let dir = tempfile::tempdir().unwrap();
    let sizes = [40_000; 20];
    write_shard(&dir.path().join(SHARD), &sizes);
    let tiles = paths(sizes.len());
    for (room, requests) in [(1_000_000, 0), (100_000, 20)] {
        let mut folder = Folder::new(dir.path());
        folder.room = room;
        let folder = Arc::new(folder);
        let stored = TileSource::stored(dir.path(), folder.clone());
        let wanted = stored.to_fetch(tiles.iter(), tiles.iter(), &|_, _| false);
        assert_eq!((wanted.tiles, wanted.is_exact), (20, false));
        stored.locate(&tiles[3]).unwrap();
        assert_eq!(folder.counted().0, 1, "the whole shard");
        assert_same(&TileSource::open(dir.path()), &stored, &tiles);
        assert_eq!(folder.counted().0, requests, "with room for {room} bytes");
        assert_eq!(stored.to_fetch(tiles.iter(), tiles.iter(), &|_, _| false).tiles, requests);
    }
}

#[test]
fn tiles_that_name_no_shard_are_counted_too() {
    let dir = tempfile::tempdir().unwrap();
    write_shard(&dir.path().join("tiles.tar"), &SIZES);
    let (_, stored, folder) = open(dir.path());
    let tiles = paths(SIZES.len() + 1);
    let count = || stored.to_fetch(tiles[..10].iter().chain(&tiles[40..]), tiles.iter(), &|_, _| false);
    let estimated = count();
    assert_eq!((estimated.tiles, estimated.is_exact), (11, false));
    assert_eq!(estimated.bytes, folder.files[0].len * 11 / 41);
    stored.locate(&tiles[0]).unwrap();
    let exact = count();
    assert_eq!((exact.tiles, exact.bytes, exact.is_exact), (10, 10 * 90_000, true), "one is nowhere");
}

#[test]
fn an_index_beside_the_shard_takes_one_request() {
    let dir = tempfile::tempdir().unwrap();
    let shard = dir.path().join(SHARD);
    write_shard(&shard, &SIZES);
    let len = shard.metadata().unwrap().len();
    let json = hfutils_json(fs::File::open(&shard).unwrap(), len).unwrap();
    fs::write(dir.path().join("image_shards/shard_000.json"), json).unwrap();
    let (here, stored, folder) = open(dir.path());
    let tiles = paths(SIZES.len());
    stored.locate(&tiles[20]).unwrap();
    assert_eq!(folder.counted().0, 1);
    assert_same(&here, &stored, &tiles);
}

#[test]
fn an_index_that_no_list_names_is_found_beside_the_shard() {
    let dir = tempfile::tempdir().unwrap();
    let shard = dir.path().join(SHARD);
    write_shard(&shard, &SIZES);
    let mut folder = Folder::new(dir.path());
    folder.hides_others = true;
    let json = hfutils_json(fs::File::open(&shard).unwrap(), folder.files[0].len).unwrap();
    fs::write(dir.path().join("image_shards/shard_000.json"), json).unwrap();
    let folder = Arc::new(folder);
    let (here, stored) = (TileSource::open(dir.path()), TileSource::stored(dir.path(), folder.clone()));
    let tiles = paths(SIZES.len());
    stored.locate(&tiles[20]).unwrap();
    assert_eq!(folder.counted(), (2, 0), "both kinds of index at once, and nothing of the shard");
    assert_same(&here, &stored, &tiles);
}

#[test]
fn an_index_of_another_file_is_reported_and_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let shard = dir.path().join(SHARD);
    write_shard(&shard, &SIZES[..3]);
    let len = shard.metadata().unwrap().len();
    let json = hfutils_json(fs::File::open(&shard).unwrap(), len - 512).unwrap();
    fs::write(dir.path().join("image_shards/shard_000.json"), json).unwrap();
    let (here, stored, _) = open(dir.path());
    assert_same(&here, &stored, &paths(3));
    let warnings = stored.warnings();
    assert!(warnings[0].message.contains("shard_000.json is not used as its index"), "{warnings:?}");
}

/// The members as an index of the dataset lists them.
fn members(sizes: &[usize]) -> Vec<(String, u64, u64)> {
    let mut end = 0;
    let member = |(at, size): (usize, &usize)| {
        let offset = end + 512;
        end = offset + (*size as u64).next_multiple_of(512);
        (name(at), offset, *size as u64)
    };
    sizes.iter().enumerate().map(member).collect()
}

#[test]
fn an_index_of_the_dataset_is_compared_with_the_last_header() {
    let dir = tempfile::tempdir().unwrap();
    write_shard(&dir.path().join(SHARD), &SIZES);
    let mut moved = SIZES;
    moved[3] -= 512;
    for (sizes, is_used) in [(SIZES, true), (moved, false)] {
        let (here, stored, folder) = open(dir.path());
        let listed = members(&sizes);
        let listed = listed.iter().map(|(name, offset, size)| (name.as_str(), *offset, *size));
        let index = ShardIndex::from_members(&folder.files[0], listed).unwrap();
        folder.in_set.lock().unwrap().push((SHARD.to_owned(), index));
        stored.locate(&paths(1)[0]).unwrap();
        assert_eq!(folder.counted() == (1, 512), is_used);
        assert_same(&here, &stored, &paths(SIZES.len()));
        let warnings = stored.warnings();
        assert_eq!(warnings.is_empty(), is_used, "{warnings:?}");
    }
}

#[test]
fn offsets_by_energon_beside_the_shard_save_the_search() {
    let dir = tempfile::tempdir().unwrap();
    let shard = dir.path().join(SHARD);
    write_shard(&shard, &SIZES);
    let each = 512 + 90_000_u64.next_multiple_of(512);
    let starts: Vec<u8> = (0..=40).flat_map(|at| (at * each).to_le_bytes()).collect();
    fs::write(dir.path().join("image_shards/shard_000.tar.idx"), starts).unwrap();
    let (here, stored, folder) = open(dir.path());
    let tiles = paths(SIZES.len());
    stored.locate(&tiles[20]).unwrap();
    let (requests, bytes) = folder.counted();
    assert!(requests <= 43 && bytes < 43 * 14_000, "{requests} requests, {bytes} bytes");
    assert_same(&here, &stored, &tiles);
}

#[test]
fn a_kept_index_needs_no_request() {
    let dir = tempfile::tempdir().unwrap();
    write_shard(&dir.path().join(SHARD), &SIZES);
    let (here, stored, folder) = open(dir.path());
    stored.locate(&paths(1)[0]).unwrap();
    folder.counted();
    let again = TileSource::stored(dir.path(), folder.clone());
    again.locate(&paths(1)[0]).unwrap();
    assert_eq!(folder.counted().0, 0);
    assert_same(&here, &again, &paths(SIZES.len()));
}

#[test]
fn a_shard_that_could_not_be_fetched_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    write_shard(&dir.path().join(SHARD), &SIZES);
    let (here, stored, folder) = open(dir.path());
    folder.lose_connection();
    let error = stored.locate(&paths(1)[0]).unwrap_err();
    let expected = TileError::Unreachable {
        file: "shard_000.tar".into(),
        message: "no connection".into(),
        kind: ObstacleKind::Passing,
    };
    assert_eq!(error, expected);
    folder.mend();
    assert_same(&here, &stored, &paths(SIZES.len()));
}

#[test]
fn pictures_outside_of_shards_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let picture = dir.path().join("images").join(name(0));
    fs::create_dir_all(picture.parent().unwrap()).unwrap();
    fs::write(&picture, "picture").unwrap();
    fs::write(picture.with_file_name("chunk_0000_01.png"), "next").unwrap();
    let (here, stored, _) = open(dir.path());
    assert_same(&here, &stored, &paths(1));
    assert_eq!(stored.page_of(&paths(1)[0]).len(), 2);
}

#[test]
fn rows_of_a_stored_dataset_are_those_of_its_splits_here() {
    let dir = tempfile::tempdir().unwrap();
    write_shard(&dir.path().join("set").join(SHARD), &SIZES[..2]);
    let local = dir.path().join("splits");
    fs::create_dir_all(&local).unwrap();
    let row = format!(r#"{{"query":"q","chunk_path":"images/{}","neg_chunk_paths":["images/{}"]}}"#, name(0), name(1));
    fs::write(local.join("train.jsonl"), row).unwrap();
    let folder = Arc::new(Folder::new(&dir.path().join("set")));
    let dataset = Dataset::open_stored(&local, folder).unwrap();
    let sample = dataset.sample(dataset.indices().next().unwrap()).unwrap();
    assert!(dataset.tiles.locate(&sample.positive.path).is_ok());
    assert_eq!(dataset.tiles.storage().unwrap().name(), "folder://owner/set");
}
