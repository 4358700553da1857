//! A scan in this process: each column against what the tile is, whole files, what is adopted, and
//! pairs against those of every two tiles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float32Type, Int32Type, Int64Type};
use arrow_array::{Array as _, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest as _, Sha256};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::scan::pairs::{
    PairCounts, PairError, PairKind, PairSettings, PartTiles, TileKeys, TileName, TilePair, TileSet, TileSketches,
    find_pairs, write_pairs,
};
use tilejury_audit::scan::{
    Adopted, Part, PartOutcome, SCHEMA_VERSION, ScanContents, ShardScan, ShardToScan, adopt, job_files, shards_to_scan,
    write_part,
};
use tilejury_audit::suspicion::SuspicionSettings;
use tilejury_audit::suspicion::fingerprints::FingerprintCache;
use tilejury_data::{Dataset, decode};
use tilejury_testkit::set::{member, tile};
use tilejury_testkit::{Row, Set, picture};
use tilejury_vision::PictureFingerprint;

pub(crate) const CONTENTS: ScanContents = ScanContents { fingerprints: true, texts: None };

/// The tiles by path.
pub(crate) type Tiles = BTreeMap<String, Vec<u8>>;

/// A set with these tiles, whose only row names them all.
pub(crate) fn set(dir: &Path, tiles: &Tiles) -> Arc<Dataset> {
    let paths: Vec<&str> = tiles.keys().map(String::as_str).collect();
    let row = Row::new("What is on these pages?", paths[0]).negatives(&paths[1..]);
    let set = tiles.iter().fold(Set::new(), |set, (path, content)| set.tile(path, content));
    Arc::new(Dataset::open(&set.row("train", &row).write(dir)).unwrap())
}

/// Pages of two sizes in three shards, a white one, and one that is no picture.
pub(crate) fn pages() -> Tiles {
    let mut tiles = Tiles::new();
    for page in 0..12_u32 {
        let content = match page {
            4 => picture::flat(120, 90, 255),
            7 => b"no picture".to_vec(),
            _ => picture::page(200 + page, 150, page, 0),
        };
        tiles.insert(tile(page % 3, 100 + page, page % 2), content);
    }
    tiles
}

pub(crate) fn shards(dataset: &Dataset) -> Vec<ShardToScan> {
    shards_to_scan(&dataset.tiles, 0..dataset.tiles.shard_files().len()).unwrap()
}

fn scan(dataset: &Arc<Dataset>, contents: &ScanContents, threads: usize) -> Vec<RecordBatch> {
    let scan = ShardScan::start(dataset.clone(), "the set", shards(dataset), contents.clone(), threads);
    scan.map(Result::unwrap).collect()
}

pub(crate) fn texts(batches: &[RecordBatch], name: &str) -> Vec<Option<String>> {
    let of = |batch: &RecordBatch| -> Vec<Option<String>> {
        batch.column_by_name(name).unwrap().as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    };
    batches.iter().flat_map(of).collect()
}

#[test]
fn every_column_is_what_the_tile_is() {
    let (dir, tiles) = (tempfile::tempdir().unwrap(), pages());
    let dataset = set(dir.path(), &tiles);
    let by_member: BTreeMap<&str, &Vec<u8>> = tiles.iter().map(|(path, content)| (member(path), content)).collect();
    let files: BTreeMap<String, (u64, String)> =
        shards(&dataset).into_iter().map(|shard| (shard.path, (shard.bytes, shard.version))).collect();
    assert_eq!(files.len(), 3);
    let mut seen = Vec::new();
    for batch in scan(&dataset, &CONTENTS, 3) {
        let column = |name: &str| batch.column_by_name(name).unwrap();
        for row in 0..batch.num_rows() {
            let text = |name: &str| {
                let column = column(name).as_string::<i32>();
                column.is_valid(row).then(|| column.value(row).to_owned())
            };
            let bytes = |name: &str| {
                let column = column(name).as_binary::<i32>();
                column.is_valid(row).then(|| column.value(row).to_vec())
            };
            let (int32, int64) = (
                |name: &str| {
                    let column = column(name).as_primitive::<Int32Type>();
                    column.is_valid(row).then(|| column.value(row))
                },
                |name: &str| column(name).as_primitive::<Int64Type>().value(row),
            );
            let flag = |name: &str| {
                let column = column(name).as_boolean();
                column.is_valid(row).then(|| column.value(row))
            };
            let (shard, name) = (text("shard").unwrap(), text("member").unwrap());
            let content = by_member[name.as_str()];
            let (length, version) = &files[&shard];
            assert_eq!((int32("schema_version"), text("dataset").as_deref()), (Some(SCHEMA_VERSION), Some("the set")));
            assert_eq!(text("program_version").as_deref(), Some(env!("CARGO_PKG_VERSION")));
            assert_eq!((int64("shard_bytes") as u64, text("shard_version").as_ref()), (*length, Some(version)));
            let file = std::fs::read(dir.path().join(&shard)).unwrap();
            let (offset, size) = (int64("offset") as usize, int64("size") as usize);
            assert_eq!((file.len() as u64, &file[offset..offset + size]), (*length, &content[..]), "{name}");
            assert_eq!(bytes("sha256").unwrap(), Sha256::digest(content).to_vec());
            let hash = tilejury_data::hash::hash(content, 0);
            assert_eq!(bytes("bytes_hash").unwrap(), hash.to_le_bytes());
            seen.push((shard.clone(), offset));

            let pixels = decode(content);
            assert_eq!(flag("unreadable"), Some(pixels.is_err()), "{name}");
            assert_eq!(text("error"), pixels.as_ref().err().map(ToString::to_string));
            let print = pixels.as_ref().ok().map(|pixels| PictureFingerprint::new(content, pixels));
            let size = pixels.as_ref().ok().map(|pixels| (pixels.width as i32, pixels.height as i32));
            assert_eq!(int32("width").zip(int32("height")), size);
            assert!(size.is_none_or(|(width, height)| width != height));
            let blank = print.as_ref().map(|print| print.ink <= SuspicionSettings::default().blank_ink);
            assert_eq!((flag("blank"), blank == Some(true)), (blank, content == &picture::flat(120, 90, 255)));
            let ink = column("ink").as_primitive::<Float32Type>();
            assert_eq!(ink.is_valid(row).then(|| ink.value(row)), print.as_ref().map(|print| print.ink));
            let pixels = print.as_ref().map(|print| print.pixels.to_le_bytes().to_vec());
            assert_eq!(bytes("pixels_hash"), pixels);
            let whole = print.as_ref().map(|print| {
                let mut whole = Vec::new();
                print.to_bytes(&mut whole);
                whole
            });
            assert_eq!(
                (bytes("fingerprint"), int32("fingerprint_version").is_some()),
                (whole.clone(), whole.is_some())
            );
            let lists = column("bands").as_list::<i32>();
            let bands = lists.is_valid(row).then(|| {
                let list = lists.value(row);
                list.as_primitive::<Int64Type>().values().iter().map(|band| *band as u64).collect::<Vec<_>>()
            });
            assert_eq!(bands, print.as_ref().map(PictureFingerprint::bands));
            for name in ["engine", "engine_version", "languages", "missing_language", "text", "text_error"] {
                assert_eq!(text(name), None, "{name}");
            }
            assert_eq!((flag("legible"), bytes("boxes")), (None, None));
        }
    }
    assert!(seen.is_sorted() && seen.len() == tiles.len(), "by shard and place: {seen:?}");
    // Without fingerprints, the hashes and sizes are left.
    let bare = scan(&dataset, &ScanContents { fingerprints: false, texts: None }, 1);
    let empty =
        |name: &str| bare.iter().all(|batch| batch.column_by_name(name).unwrap().null_count() == batch.num_rows());
    assert!(["fingerprint", "fingerprint_version", "bands", "ink", "blank", "pixels_hash"].into_iter().all(empty));
    assert!(!empty("sha256") && !empty("width"));
}

#[test]
fn many_tiles_come_in_order_in_batches_of_256() {
    let dir = tempfile::tempdir().unwrap();
    let small: Vec<Vec<u8>> = (0..8).map(|seed| picture::png(3, 2, seed)).collect();
    let tiles: Tiles = (0..600).map(|at| (tile(at % 20, at, 0), small[at as usize % 8].clone())).collect();
    let dataset = set(dir.path(), &tiles);
    let one = scan(&dataset, &CONTENTS, 1);
    assert_eq!(one.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [256, 256, 88]);
    let members = |batches: &[RecordBatch]| texts(batches, "member");
    assert_eq!(members(&scan(&dataset, &CONTENTS, 7)), members(&one), "whatever thread was faster");
    assert_eq!(members(&one).into_iter().flatten().collect::<BTreeSet<_>>().len(), 600);
    // A part of the shards, by their paths.
    let some = shards_to_scan(&dataset.tiles, 18..20).unwrap();
    assert_eq!(some, shards(&dataset)[18..]);
}

#[test]
fn a_shard_that_cannot_be_read_is_one_row() {
    let (dir, tiles) = (tempfile::tempdir().unwrap(), pages());
    let dataset = set(dir.path(), &tiles);
    let all = shards(&dataset);
    let second = dir.path().join(&all[1].path);
    // Gone between the list and the scan.
    std::fs::remove_file(&second).unwrap();
    let scan = ShardScan::start(dataset.clone(), "the set", all, CONTENTS, 2);
    let batches: Vec<RecordBatch> = scan.map(Result::unwrap).collect();
    let rows: Vec<_> = texts(&batches, "shard").into_iter().zip(texts(&batches, "member")).collect();
    let of_second: Vec<_> = rows.iter().filter(|(shard, _)| second.ends_with(shard.as_ref().unwrap())).collect();
    assert_eq!((rows.len(), of_second.len(), &of_second[0].1), (9, 1, &None));
    let errors = texts(&batches, "error");
    assert!(errors.iter().flatten().all(|error| error.contains("cannot be read")), "{errors:?}");
    assert_eq!(errors.iter().flatten().count(), 1, "{errors:?}");
}

/// Writes the scan of a set to a file; returns the counts.
pub(crate) fn write(dataset: &Arc<Dataset>, path: &Path, contents: &ScanContents) -> (usize, usize, usize) {
    let shards = shards(dataset);
    let part = Part { path, dataset: "the set", shards: &shards, contents };
    let scan = ShardScan::start(dataset.clone(), "the set", shards.clone(), contents.clone(), 2);
    let summary = write_part(part, scan, &NoProgress).unwrap();
    (summary.tiles, summary.errors, summary.text_errors)
}

#[test]
fn a_file_is_the_same_only_for_the_same_scan() {
    let (dir, tiles) = (tempfile::tempdir().unwrap(), pages());
    let dataset = set(&dir.path().join("set"), &tiles);
    let path = dir.path().join("part.parquet");
    let state = |name: &str, shards: &[ShardToScan], contents: &ScanContents| {
        Part { path: &path, dataset: name, shards, contents }.state()
    };
    let all = shards(&dataset);
    assert_eq!(state("the set", &all, &CONTENTS), PartOutcome::Absent);
    assert_eq!(write(&dataset, &path, &CONTENTS), (12, 1, 0));
    assert_eq!(state("the set", &all, &CONTENTS), PartOutcome::Same);
    let mut other = all.clone();
    other[1].version = "later".into();
    let mut longer = all.clone();
    longer[1].bytes += 1;
    let bare = ScanContents { fingerprints: false, texts: None };
    for (what, found) in [
        ("another version of a shard", state("the set", &other, &CONTENTS)),
        ("another length", state("the set", &longer, &CONTENTS)),
        ("fewer shards", state("the set", &all[1..], &CONTENTS)),
        ("other contents", state("the set", &all, &bare)),
        ("another name", state("a set", &all, &CONTENTS)),
    ] {
        assert_eq!(found, PartOutcome::Other, "{what}");
    }
    // A scan that is stopped leaves nothing in place of the file, and no other file.
    let before = std::fs::read(&path).unwrap();
    let part = Part { path: &path, dataset: "the set", shards: &all, contents: &CONTENTS };
    let stopped = ShardScan::start(dataset.clone(), "the set", all.clone(), CONTENTS, 1);
    let result = write_part(part, stopped, &|_: ProgressStep| Err(Cancelled));
    assert!(result.is_ok() || std::fs::read(&path).unwrap() == before);
    assert_eq!(dir.path().read_dir().unwrap().count(), 2);
    std::fs::write(&path, b"no Parquet").unwrap();
    assert_eq!(state("the set", &all, &CONTENTS), PartOutcome::Other);
}

/// Adopts the files of a folder.
fn adopted(dataset: &Dataset, cache: &Path, files: &Path, compare: bool) -> Adopted {
    let mut cache = FingerprintCache::open(cache).unwrap();
    let files = job_files(files).unwrap();
    let mut no_store = || panic!("there are no texts");
    adopt(dataset, &files, &mut cache, &mut no_store, compare, &NoProgress).unwrap()
}

#[test]
fn only_the_tiles_that_were_scanned_are_adopted() {
    let (dir, tiles) = (tempfile::tempdir().unwrap(), pages());
    let (root, parts) = (dir.path().join("set"), dir.path().join("parts"));
    let dataset = set(&root, &tiles);
    std::fs::create_dir(&parts).unwrap();
    write(&dataset, &parts.join("a.parquet"), &CONTENTS);
    let shard = root.join(&shards(&dataset)[1].path);
    let counts = |of: &Adopted| (of.rows, of.fingerprints, of.unnamed, of.missing, of.left_out.len());
    let found = adopted(&dataset, &dir.path().join("first.sqlite"), &parts, false);
    assert_eq!((counts(&found), found.parts, found.pairs), ((12, 12, 0, 0, 0), 1, 0), "{found:?}");

    // Another time of the same bytes: only a comparison tells that they are the same.
    let bytes = std::fs::read(&shard).unwrap();
    let hour = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    File::options().write(true).open(&shard).unwrap().set_modified(hour).unwrap();
    let open = || Dataset::open(&root).unwrap();
    let cache = |name: &str| dir.path().join(name);
    let found = adopted(&open(), &cache("time.sqlite"), &parts, false);
    assert_eq!(counts(&found), (12, 8, 0, 4, 1), "{found:?}");
    assert!(found.left_out.values().all(|reason| reason.contains("--compare")), "{found:?}");
    let found = adopted(&open(), &cache("compared.sqlite"), &parts, true);
    assert_eq!(counts(&found), (12, 12, 0, 0, 0), "{found:?}");
    // One tile has other bytes of the same length.
    let content = &tiles[&tile(1, 101, 1)];
    let at = bytes.windows(content.len()).position(|part| part == content).unwrap();
    let mut other = bytes.clone();
    other[at + content.len() - 1] ^= 1;
    std::fs::write(&shard, &other).unwrap();
    let found = adopted(&open(), &cache("other.sqlite"), &parts, true);
    assert_eq!(counts(&found), (12, 11, 0, 1, 1), "{found:?}");
    assert!(found.left_out.values().all(|reason| reason.contains("other bytes")), "{found:?}");
    // A longer file is another one, whatever its tiles are.
    std::fs::write(&shard, [&bytes[..], &[0; 512]].concat()).unwrap();
    let found = adopted(&open(), &cache("longer.sqlite"), &parts, true);
    assert_eq!(counts(&found), (12, 8, 0, 4, 1), "{found:?}");
    assert!(found.left_out.values().all(|reason| reason.contains("another version was scanned: it had")), "{found:?}");
    // Nor is a shard of the set any more, or a tile of a row.
    std::fs::remove_file(&shard).unwrap();
    let found = adopted(&open(), &cache("gone.sqlite"), &parts, true);
    assert_eq!((found.fingerprints, found.left_out.len()), (8, 1), "{found:?}");
    assert!(found.left_out.values().all(|reason| reason.contains("no such shard")), "{found:?}");
    std::fs::write(&shard, &bytes).unwrap();
    File::options().write(true).open(&shard).unwrap().set_modified(hour).unwrap();
    let fewer: Vec<&str> = tiles.keys().skip(1).map(String::as_str).collect();
    Set::new().row("train", &Row::new("fewer", fewer[0]).negatives(&fewer[1..])).write(&root);
    let found = adopted(&open(), &cache("fewer.sqlite"), &parts, true);
    assert_eq!(counts(&found), (12, 11, 1, 0, 0), "{found:?}");
}

#[test]
fn tiles_at_another_place_are_not_adopted() {
    let (dir, tiles) = (tempfile::tempdir().unwrap(), pages());
    let (root, parts) = (dir.path().join("set"), dir.path().join("parts"));
    std::fs::create_dir(&parts).unwrap();
    // A tile that is in another shard, too, at the same place: rows name that of its own shard.
    let twice = tiles.keys().find(|path| path.contains("shard_000/")).unwrap().clone();
    let paths: Vec<&str> = tiles.keys().map(String::as_str).collect();
    let row = Row::new("What is on these pages?", paths[0]).negatives(&paths[1..]);
    let filled = tiles.iter().fold(Set::new(), |set, (path, content)| set.tile(path, content));
    let filled = filled.tile_in("shard_900", &twice, &tiles[&twice]);
    let dataset = Arc::new(Dataset::open(&filled.row("train", &row).write(&root)).unwrap());
    assert_eq!(shards(&dataset).len(), 4);
    write(&dataset, &parts.join("a.parquet"), &CONTENTS);
    let found = adopted(&dataset, &dir.path().join("twice.sqlite"), &parts, false);
    assert_eq!((found.rows, found.fingerprints, found.unnamed, found.missing), (13, 12, 1, 0), "{found:?}");
    // The same tiles in another order, in a file of the same length and time.
    let shard = root.join(&shards(&dataset)[1].path);
    let (before, modified) = (std::fs::read(&shard).unwrap(), shard.metadata().unwrap().modified().unwrap());
    let of_shard: Vec<(&String, &Vec<u8>)> = tiles.iter().filter(|(path, _)| path.contains("shard_001/")).collect();
    let turned = of_shard.iter().rev().fold(Set::new(), |set, (path, content)| set.tile(path, content));
    turned.row("train", &row).write(&dir.path().join("turned"));
    let name = shard.file_name().unwrap();
    let after = std::fs::read(dir.path().join("turned/image_shards").join(name)).unwrap();
    assert!(after.len() == before.len() && after != before);
    std::fs::write(&shard, after).unwrap();
    File::options().write(true).open(&shard).unwrap().set_modified(modified).unwrap();
    let found = adopted(&Dataset::open(&root).unwrap(), &dir.path().join("turned.sqlite"), &parts, false);
    assert!(found.left_out.is_empty() && found.fingerprints < 12, "{found:?}");
    assert_eq!(found.fingerprints + found.missing, 12, "{found:?}");
}

/// Pages with the same bytes, the same pixels in another encoding, scrolled, and others.
pub(crate) fn likenesses() -> Tiles {
    let page = |seed: u32, from: u32| picture::page(875, 1024, seed, from);
    let tiles = [
        page(1, 0),
        page(1, 80),
        page(1, 0),
        picture::as_webp(&page(1, 0)),
        page(2, 0),
        page(2, 50),
        page(3, 0),
        picture::flat(875, 1024, 255),
        page(1, 80),
    ];
    tiles.into_iter().enumerate().map(|(at, content)| (tile(at as u32 % 2, 100 + at as u32, 0), content)).collect()
}

pub(crate) fn settings(scratch: &Path, distance: f32) -> PairSettings {
    PairSettings { distance, threads: 2, sort_bytes: 1 << 20, scratch: scratch.to_owned() }
}

#[test]
fn pairs_of_files_are_written_and_adopted() {
    let (dir, tiles) = (tempfile::tempdir().unwrap(), likenesses());
    let (root, parts) = (dir.path().join("set"), dir.path().join("parts"));
    let dataset = set(&root, &tiles);
    std::fs::create_dir(&parts).unwrap();
    let part = parts.join("a.parquet");
    write(&dataset, &part, &CONTENTS);
    let pairs = parts.join("pairs.parquet");
    let mut source = PartTiles::open(std::slice::from_ref(&part)).unwrap();
    let counts = write_pairs(&mut source, &settings(dir.path(), 0.5), &pairs, &NoProgress).unwrap();
    assert_eq!((counts.tiles, counts.clusters), (9, 2), "{counts:?}");
    let found = adopted(&dataset, &dir.path().join("one.sqlite"), &parts, false);
    assert_eq!((found.pairs as u64, found.clusters, found.stale_pairs), (counts.pairs, 2, 0), "{found:?}");
    // The clusters of two files are not the same ones.
    std::fs::copy(&pairs, parts.join("pairs2.parquet")).unwrap();
    let found = adopted(&dataset, &dir.path().join("two.sqlite"), &parts, false);
    assert_eq!((found.pairs as u64, found.clusters), (2 * counts.pairs, 4), "{found:?}");
    std::fs::remove_file(parts.join("pairs2.parquet")).unwrap();

    // Other tiles under the same names: only the pairs that they give, too, are adopted.
    let turned: Tiles = tiles.keys().cloned().zip(tiles.values().rev().cloned()).collect();
    let mut scrolled = tiles.clone();
    let (before, after) = (picture::page(875, 1024, 1, 80), picture::page(875, 1024, 1, 120));
    scrolled.values_mut().filter(|content| **content == before).for_each(|content| content.clone_from(&after));
    for (name, others) in [("turned", turned), ("scrolled", scrolled)] {
        let other = set(&dir.path().join(name), &others);
        std::fs::remove_file(&part).unwrap();
        write(&other, &part, &CONTENTS);
        let now: BTreeMap<&str, PictureFingerprint> =
            others.iter().map(|(path, content)| (member(path), print(content).unwrap())).collect();
        let mut holds = 0;
        for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(&pairs).unwrap()).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let text =
                |name: &str, row: usize| batch.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned();
            let number = |name: &str, row: usize| {
                let column = batch.column_by_name(name).unwrap().as_primitive::<Int32Type>();
                column.is_valid(row).then(|| column.value(row))
            };
            for row in 0..batch.num_rows() {
                let (a, b) = (&now[text("a_member", row).as_str()], &now[text("b_member", row).as_str()]);
                let stored = ["shift", "matched_rows", "overlap_rows"].map(|name| number(name, row));
                let found = a.likeness_of_signatures(b);
                let found = found.map(|it| [it.shift, it.matched_rows as i32, it.overlap_rows as i32].map(Some));
                holds += u64::from(match text("kind", row).as_str() {
                    "same_bytes" => a.bytes == b.bytes,
                    "same_pixels" => a.pixels == b.pixels,
                    _ => found == Some(stored),
                });
            }
        }
        let found = adopted(&other, &dir.path().join(format!("{name}.sqlite")), &parts, false);
        assert_eq!((found.pairs as u64, found.stale_pairs as u64), (holds, counts.pairs - holds), "{found:?}");
        assert!(found.stale_pairs >= 1, "{found:?}");
    }

    // Only pairs whose tiles were both adopted count: a shard is missing here, then both.
    std::fs::remove_file(&part).unwrap();
    write(&dataset, &part, &CONTENTS);
    let all = shards(&dataset);
    std::fs::remove_file(root.join(&all[1].path)).unwrap();
    let half = Dataset::open(&root).unwrap();
    let found = adopted(&half, &dir.path().join("half.sqlite"), &parts, false);
    assert!(found.pairs > 0 && (found.pairs as u64) < counts.pairs && found.stale_pairs == 0, "{found:?}");
    std::fs::remove_file(root.join(&all[0].path)).unwrap();
    let found = adopted(&Dataset::open(&root).unwrap(), &dir.path().join("none.sqlite"), &parts, false);
    assert_eq!((found.pairs, found.clusters, found.stale_pairs, found.fingerprints), (0, 0, 0, 0), "{found:?}");
}

/// Tiles in memory.
struct Sketches(Vec<Option<PictureFingerprint>>);

impl TileSketches for Sketches {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn keys(&self, each: &mut dyn FnMut(TileKeys<'_>) -> Result<(), PairError>) -> Result<(), PairError> {
        for (tile, print) in self.0.iter().enumerate() {
            let hashes = print.as_ref().map(|print| (print.pixels.to_le_bytes(), print.bytes.1.to_le_bytes()));
            let hashes = hashes.as_ref().map(|(pixels, bytes)| (pixels, bytes));
            let bands = print.as_ref().map(PictureFingerprint::bands).unwrap_or_default();
            each(TileKeys { tile: tile as u32, hashes, bands: &bands })?;
        }
        Ok(())
    }

    fn load(&mut self, _: &TileSet, _: &TileSet, _: &Path) -> Result<(), PairError> {
        Ok(())
    }

    fn fingerprint(&self, tile: u32) -> Result<Option<PictureFingerprint>, PairError> {
        Ok(self.0[tile as usize].clone())
    }

    fn name(&self, _: u32) -> Option<TileName> {
        None
    }
}

fn pairs_of(sketches: Vec<Option<PictureFingerprint>>, distance: f32) -> (PairCounts, Vec<(TilePair, u32)>) {
    let (dir, mut found) = (tempfile::tempdir().unwrap(), Vec::new());
    let counts =
        find_pairs(&mut Sketches(sketches), &settings(dir.path(), distance), &NoProgress, &mut |_, pair, of| {
            found.push((pair, of));
            Ok(())
        })
        .unwrap();
    assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    (counts, found)
}

fn print(content: &[u8]) -> Option<PictureFingerprint> {
    Some(PictureFingerprint::new(content, &decode(content).unwrap()))
}

#[test]
fn pairs_are_those_of_every_two_tiles() {
    let sketches: Vec<_> = likenesses().values().map(|content| print(content)).chain([None]).collect();
    let (counts, found) = pairs_of(sketches.clone(), 0.5);
    let known: Vec<&PictureFingerprint> = sketches.iter().flatten().collect();
    // Every two tiles are compared here; the pictures that are near, by the hashes of their pixels.
    let (mut near, mut clusters) = (BTreeSet::new(), (0..known.len()).collect::<Vec<_>>());
    for (b, later) in known.iter().enumerate() {
        for (a, earlier) in known.iter().enumerate().take(b) {
            let is_near = earlier.likeness_of_signatures(later).is_some_and(|likeness| likeness.distance() <= 0.5);
            if earlier.pixels != later.pixels && is_near {
                near.insert(
                    [earlier.pixels, later.pixels].map(|hash| hash.to_string()).into_iter().collect::<BTreeSet<_>>(),
                );
            }
            if earlier.pixels == later.pixels || is_near {
                let (one, other) = (clusters[a], clusters[b]);
                let joined =
                    |cluster: &mut usize| *cluster = if *cluster == one.max(other) { one.min(other) } else { *cluster };
                clusters.iter_mut().for_each(joined);
            }
        }
    }
    let mut listed = Vec::new();
    for (pair, cluster) in &found {
        let (a, b) = (known[pair.a as usize], known[pair.b as usize]);
        let kind = match (a.pixels == b.pixels, a.bytes == b.bytes) {
            (true, true) => PairKind::SameBytes,
            (true, false) => PairKind::SamePixels,
            (false, _) => PairKind::NearSignature,
        };
        assert_eq!((pair.kind, *cluster as usize), (kind, clusters[pair.a as usize]), "{pair:?}");
        assert!(pair.a < pair.b);
        if kind == PairKind::NearSignature {
            let likeness = a.likeness_of_signatures(b).unwrap();
            let rows = (likeness.matched_rows as u16, likeness.overlap_rows as u16);
            assert_eq!((pair.shift, pair.rows), (likeness.shift, rows));
            listed.push([a.pixels, b.pixels].map(|hash| hash.to_string()).into_iter().collect::<BTreeSet<_>>());
        } else {
            assert_eq!((pair.shift, pair.rows), (0, (0, 0)));
        }
    }
    // Copies are compared by one of them.
    assert_eq!((listed.len(), listed.iter().cloned().collect()), (near.len(), near));
    assert!(found.iter().any(|(pair, _)| pair.shift != 0));
    let of_kind = |kind: PairKind| found.iter().filter(|(pair, _)| pair.kind == kind).count();
    assert_eq!((of_kind(PairKind::SameBytes), of_kind(PairKind::SamePixels)), (2, 1));
    let tiles: BTreeSet<u32> = found.iter().flat_map(|(pair, _)| [pair.a, pair.b]).collect();
    assert_eq!(tiles.len() as u64 + 3, counts.tiles, "the white one, the third page and no picture are in no pair");
    let several: BTreeSet<u32> = found.iter().map(|(_, cluster)| *cluster).collect();
    assert_eq!((counts.pairs, counts.clusters), (found.len() as u64, several.len() as u64));
    assert!(found.iter().map(|(pair, _)| (pair.a, pair.b)).is_sorted());
}

#[test]
fn a_pair_is_as_near_as_asked_for() {
    // The upper part of one page, above the lower one of another.
    let [own, other] = [1, 2].map(|seed| decode(&picture::page(875, 1024, seed, 0)).unwrap());
    let mut mixed = own.clone();
    let from = 700 * 875 * 4;
    mixed.rgba[from..].copy_from_slice(&other.rgba[from..]);
    let sketches = vec![Some(PictureFingerprint::new(b"a", &own)), Some(PictureFingerprint::new(b"b", &mixed))];
    let found = pairs_of(sketches.clone(), 1.0).1;
    let [(pair, _)] = found[..] else { panic!("{found:?}") };
    let distance = pair.distance();
    assert!(pair.kind == PairKind::NearSignature && distance > 0.01, "{pair:?}");
    assert_eq!(pairs_of(sketches.clone(), distance).1, found);
    assert_eq!(pairs_of(sketches, distance - 0.001).1, []);
}

#[test]
fn a_band_of_many_tiles_proposes_each_with_the_first() {
    // Pages with one header: another part below it in each.
    let first = print(&picture::page(300, 240, 1, 0)).unwrap();
    let mut bands = first.bands();
    bands.truncate(1);
    /// Tiles that share one band, with different pixels.
    struct OneBand(u32, Vec<u64>, PictureFingerprint);
    impl TileSketches for OneBand {
        fn len(&self) -> u64 {
            u64::from(self.0)
        }

        fn keys(&self, each: &mut dyn FnMut(TileKeys<'_>) -> Result<(), PairError>) -> Result<(), PairError> {
            for tile in 0..self.0 {
                let hash = u128::from(tile).to_le_bytes();
                each(TileKeys { tile, hashes: Some((&hash, &hash)), bands: &self.1 })?;
            }
            Ok(())
        }

        fn load(&mut self, _: &TileSet, compared: &TileSet, _: &Path) -> Result<(), PairError> {
            assert!((0..self.0).all(|tile| compared.contains(tile)) && !compared.contains(self.0));
            Ok(())
        }

        fn fingerprint(&self, _: u32) -> Result<Option<PictureFingerprint>, PairError> {
            Ok(Some(self.2.clone()))
        }

        fn name(&self, _: u32) -> Option<TileName> {
            None
        }
    }
    assert_eq!(bands.len(), 1);
    let dir = tempfile::tempdir().unwrap();
    let counts = |tiles: u32| {
        let mut source = OneBand(tiles, bands.clone(), first.clone());
        find_pairs(&mut source, &settings(dir.path(), 0.5), &NoProgress, &mut |_, _, _| Ok(())).unwrap()
    };
    let few = counts(32);
    assert_eq!((few.candidates, few.pairs, few.clusters, few.capped), (32 * 31 / 2, 32 * 31 / 2, 1, 0));
    let many = counts(40);
    assert_eq!((many.candidates, many.clusters, many.capped), (32 * 31 / 2 + 8, 1, 1));
}
