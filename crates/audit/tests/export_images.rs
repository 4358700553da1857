//! The pictures of an export: the right ones, with the same bytes, can be found, and nothing else
//! changes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};
use tilejury_audit::export::{
    ExportError, ExportOptions, ExportReport, FalseNegatives, Format, Images, JudgementSource, Leaks, export, verify,
};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::{Cancelled, NoProgress, Progress, ProgressStep, Stage};
use tilejury_audit::{FieldChange, Judgements, Relevance};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::tarball::Tarball;
use tilejury_testkit::{Row, Set, picture};

/// A folder for a set and its exports.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new(set: &Set) -> Self {
        let dir = tempfile::tempdir().unwrap();
        set.write(&dir.path().join("set"));
        Self { dir }
    }

    fn set(&self) -> PathBuf {
        self.dir.path().join("set")
    }

    fn try_export(
        &self,
        judgements: &Judgements,
        options: &ExportOptions,
        name: &str,
        progress: &dyn Progress,
    ) -> Result<(PathBuf, ExportReport), ExportError> {
        let dataset = Dataset::open(&self.set()).unwrap();
        let out = self.dir.path().join(name);
        let report = export(
            &dataset,
            &JudgementSource::new(judgements, &[], &AnnotatorScope::Everybody),
            options,
            &out,
            progress,
        )?;
        Ok((out, report))
    }

    fn export(&self, options: &ExportOptions, name: &str) -> (PathBuf, ExportReport) {
        self.try_export(&Judgements::new(), options, name, &NoProgress).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.dir.path().read_dir().unwrap().map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }
}

fn with(images: Images, formats: &[Format]) -> ExportOptions {
    ExportOptions { images, formats: formats.to_vec(), negatives: 1, ..ExportOptions::default() }
}

fn png(seed: u8) -> Vec<u8> {
    picture::png(40 + u32::from(seed), 30, seed)
}

/// A member of a tar with the extension records before it.
#[derive(Debug, PartialEq)]
struct Found {
    name: String,
    bytes: Vec<u8>,
    pax: Vec<(String, String)>,
}

fn members(tar: &Path) -> Vec<Found> {
    let bytes = fs::read(tar).unwrap();
    assert!(bytes.ends_with(&[0; 1024]), "it ends like an archive");
    let mut archive = tar::Archive::new(&*bytes);
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let pax = entry.pax_extensions().unwrap().into_iter().flatten().map(|field| {
            let field = field.unwrap();
            (field.key().unwrap().to_owned(), field.value().unwrap().to_owned())
        });
        let pax = pax.collect();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        found.push(Found { name, bytes, pax });
    }
    found
}

fn short(path: &str) -> &str {
    path.strip_prefix("images/").unwrap()
}

/// Asserts that every tile that the rows of an export name is found in it, with the bytes that the
/// set has.
fn same_tiles(set: &Path, out: &Path) -> usize {
    let (set, out) = (Dataset::open(set).unwrap(), Dataset::open(out).unwrap());
    let read = |dataset: &Dataset, tile: &TilePath| {
        let mut bytes = Vec::new();
        let location = dataset.tiles.locate(tile).unwrap();
        dataset.tiles.read(&location, &mut bytes).unwrap();
        bytes
    };
    let mut tiles = 0;
    for index in 0..out.samples.len() {
        for tile in out.sample(SampleIndex::new(index)).unwrap().tiles() {
            assert!(read(&set, &tile.path) == read(&out, &tile.path), "{} has other bytes", tile.path);
            tiles += 1;
        }
    }
    tiles
}

fn sound(out: &Path) {
    let faults = verify(out, &NoProgress).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
}

/// Creates two rows over two shards, with one tile in two spellings, one in another shard than its
/// path names, and others that no row has.
fn mixed() -> Set {
    let (a, b, c, astray) = (tile(0, 1, 0), tile(0, 1, 1), tile(1, 2, 0), tile(1, 2, 1));
    let absolute = format!("/mnt/tiles/{}", short(&b));
    Set::new()
        .tile(&a, &png(1))
        .tile(&b, &png(2))
        .tile(&tile(0, 1, 2), &png(3))
        .tile(&tile(1, 1, 9), &png(4))
        .tile(&c, &png(5))
        .tile_in("shard_000", &astray, &png(6))
        .row("train", &Row::new("one", &a).negatives(&[&b, &c]))
        .row("test", &Row::new("two", &c).negatives(&[&absolute, &astray]))
}

#[test]
fn repacks_only_named_tiles_with_their_headers() {
    let bench = Bench::new(&mixed());
    let (out, report) = bench.export(&with(Images::Repack, &[Format::Jsonl]), "out");
    let mtime = vec![("mtime".to_owned(), "1775380122.2504263".to_owned())];
    let found = |path: &str, seed| Found { name: short(path).to_owned(), bytes: png(seed), pax: mtime.clone() };
    assert_eq!(members(&out.join("image_shards/shard_000.tar")), [found(&tile(0, 1, 0), 1), found(&tile(0, 1, 1), 2)]);
    assert_eq!(
        members(&out.join("image_shards/shard_001.tar")),
        [found(&tile(1, 2, 0), 5), found(&tile(1, 2, 1), 6)],
        "the misplaced tile is where its path points"
    );
    assert_eq!(same_tiles(&bench.set(), &out), 6);
    sound(&out);
    let shards: Vec<_> = report.files.iter().filter(|name| name.contains('/')).collect();
    assert_eq!(shards, ["image_shards/shard_000.tar", "image_shards/shard_001.tar"]);

    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("export_manifest.json")).unwrap()).unwrap();
    let inputs: Vec<&String> = manifest["inputs"].as_object().unwrap().keys().collect();
    assert_eq!(
        inputs,
        [
            "image_shards/shard_000.tar",
            "image_shards/shard_001.tar",
            "test.jsonl",
            "test_hn.jsonl",
            "train.jsonl",
            "train_hn.jsonl"
        ]
    );
}

#[test]
fn copies_a_whole_shard_byte_for_byte() {
    let names = [tile(0, 1, 0), tile(0, 1, 1), tile(0, 1, 2)];
    let mut set = Set::new().row("train", &Row::new("q", &names[0]).negatives(&[&names[1], &names[2]]));
    for (seed, name) in names.iter().enumerate() {
        set = set.tile(name, &png(seed as u8));
    }
    let bench = Bench::new(&set);
    let (out, _) = bench.export(&with(Images::Repack, &[Format::Jsonl]), "out");
    let shard = |root: &Path| fs::read(root.join("image_shards/shard_000.tar")).unwrap();
    let (was, is) = (shard(&bench.set()), shard(&out));
    assert!(is.starts_with(&was), "the records are the same");
    assert_eq!(is.len(), was.len().next_multiple_of(10_240), "padded as tar pads");
}

#[test]
fn repacks_odd_members_and_extracted_files() {
    let long = format!("shard_000/{}/{}.png", "a".repeat(120), "b".repeat(120));
    let names = ["shard_000/pax.png", &long, "shard_000/linked.png", "shard_000/plain.png", "shard_000/cut.png"];
    let set = Set::new().row("train", &Row::new("q", names[0]).negatives(&[names[1], names[2], names[3]])).row(
        "train",
        &Row::new("p", "images/shard_007/own.png").negatives(&["images/loose.png", "pages/in_tar.png", names[4]]),
    );
    let bench = Bench::new(&set);
    let cut = Tarball::new()
        .pax_path(names[0], &png(1))
        .gnu_long_name(&long, &png(2))
        .ustar(names[3], &png(3))
        .hard_link(names[2], names[3])
        .size_past_the_end(names[4], &png(4), 100_000)
        .cut(0);
    put(&bench.set().join("image_shards/shard_000.tar"), &cut);
    put(&bench.set().join("image_shards/more.tar"), &Tarball::new().ustar("pages/in_tar.png", &png(5)).finish());
    put(&bench.set().join("images/shard_007/own.png"), &png(6));
    put(&bench.set().join("images/loose.png"), &png(7));
    let (out, report) = bench.export(&with(Images::Repack, &[Format::Jsonl]), "out");
    assert_eq!(report.kept, 2);
    let names_in = |shard: &str| -> Vec<String> {
        members(&out.join(format!("image_shards/{shard}.tar"))).into_iter().map(|member| member.name).collect()
    };
    let mut expected = names.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(names_in("shard_000"), expected);
    assert_eq!(names_in("shard_007"), ["shard_007/own.png"]);
    assert_eq!(names_in("more"), ["pages/in_tar.png"]);
    assert_eq!(names_in("tiles"), ["loose.png"]);
    assert_eq!(same_tiles(&bench.set(), &out), 8);
    sound(&out);
}

#[test]
fn extracts_tiles_inside_the_export_whatever_their_names() {
    let climbing = "../../x";
    let set = mixed()
        .tile_in("shard_000", "x", &png(8))
        .row("train", &Row::new("three", climbing).negatives(&["images/../../../y.png"]))
        .tile_in("shard_000", "images/y.png", &png(9));
    let bench = Bench::new(&set);
    let (out, report) = bench.export(&with(Images::Extract, &[Format::Jsonl]), "out");
    assert_eq!((report.kept, same_tiles(&bench.set(), &out)), (3, 8));
    let mut images: Vec<&str> = report.files.iter().filter_map(|name| name.strip_prefix("images/")).collect();
    images.sort_unstable();
    let (a, b, c, astray) = (tile(0, 1, 0), tile(0, 1, 1), tile(1, 2, 0), tile(1, 2, 1));
    assert_eq!(images, [short(&a), short(&b), short(&c), short(&astray), "x", "y.png"]);
    assert_eq!(bench.names(), ["out", "set"], "nothing is beside it");
    sound(&out);
    fs::write(out.join("images/x"), png(1)).unwrap();
    assert_eq!(verify(&out, &NoProgress).unwrap()[0].kind, "changed_file");
}

#[test]
fn links_to_shards_without_reading_them() {
    let bench = Bench::new(&mixed().tile(&tile(2, 1, 0), &png(7)));
    put(&bench.set().join("images/own.png"), &png(8));
    let line = Row::new("three", "images/own.png").negatives(&[&tile(0, 1, 0)]).line();
    put(&bench.set().join("more.jsonl"), line.as_bytes());
    let read = AtomicUsize::new(0);
    let report = |step: ProgressStep| {
        if step.stage == Stage::Checksums {
            assert!(step.done <= step.total);
            read.store(step.done, Ordering::Relaxed);
        }
        Ok(())
    };
    let options = with(Images::Link, &[Format::Jsonl]);
    let (out, _) = bench.try_export(&Judgements::new(), &options, "out", &report).unwrap();
    assert_eq!(read.into_inner(), 0, "nothing was read for checksums alone");
    for name in ["image_shards/shard_000.tar", "image_shards/shard_001.tar", "images/own.png"] {
        assert_eq!(fs::read_link(out.join(name)).unwrap(), bench.set().join(name));
    }
    assert!(!out.join("image_shards/shard_002.tar").exists(), "no row needs it");
    assert_eq!(same_tiles(&bench.set(), &out), 8);
    sound(&out);
}

#[test]
fn hashes_the_rows_read_and_a_twins_current_content() {
    let bench = Bench::new(&mixed());
    let file = |name: &str| bench.set().join(name);
    let read = fs::read(file("train_hn.jsonl")).unwrap();
    let sha256 = |bytes: &[u8]| {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        digest.map(|byte| format!("{byte:02x}")).concat()
    };
    for (name, change) in [("same", false), ("changed", true)] {
        // Changes the files once, while rows are read: the export still reads the twin later.
        let once = Once::new();
        let change_files = |step: ProgressStep| {
            if step.stage == Stage::Rows && change {
                once.call_once(|| {
                    put(&file("train_hn.jsonl"), b"later");
                    put(&file("train.jsonl"), b"another");
                });
            }
            Ok(())
        };
        let options = with(Images::None, &[Format::Jsonl]);
        let (out, _) = bench.try_export(&Judgements::new(), &options, name, &change_files).unwrap();
        let manifest = fs::read(out.join("export_manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let twin = fs::read(file("train.jsonl")).unwrap();
        for (name, bytes) in [("train_hn.jsonl", &read), ("train.jsonl", &twin)] {
            assert_eq!(manifest["inputs"][name]["sha256"], sha256(bytes), "{name}, {change}");
            assert_eq!(manifest["inputs"][name]["bytes"], bytes.len(), "{name}, {change}");
        }
    }
}

#[test]
fn checksum_progress_ends_at_the_bytes_read() {
    let bench = Bench::new(&mixed());
    for (images, formats) in [
        (Images::Repack, &[Format::Jsonl, Format::Parquet][..]),
        (Images::Extract, &[Format::WebDataset]),
        (Images::None, &[Format::ImageFolder]),
    ] {
        let last = std::sync::Mutex::new(BTreeMap::new());
        let report = |step: ProgressStep| {
            let mut last = last.lock().unwrap();
            let before = last.entry(step.stage.label()).or_insert((0, 0));
            *before = (step.done.max(before.0), step.total);
            Ok(())
        };
        bench.try_export(&Judgements::new(), &with(images, formats), images.word(), &report).unwrap();
        let last = last.into_inner().unwrap();
        for stage in [Stage::Images, Stage::Checksums] {
            let Some((done, total)) = last.get(stage.label()) else { continue };
            assert!(done == total && *done > 0, "{images:?} {stage:?}: {done} of {total}");
        }
        assert_eq!(last.contains_key(Stage::Images.label()), images != Images::None);
    }
}

#[test]
fn stopping_at_any_point_leaves_no_files() {
    let bench = Bench::new(&mixed());
    let formats = [Format::Jsonl, Format::ImageFolder, Format::Parquet, Format::WebDataset];
    for images in [Images::Link, Images::Repack, Images::Extract] {
        let calls = AtomicUsize::new(0);
        let count = |_: ProgressStep| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let all = with(images, &formats);
        bench.try_export(&Judgements::new(), &all, images.word(), &count).unwrap();
        let calls = calls.into_inner();
        assert!(calls > 20);
        for stop in (0..calls).step_by(4) {
            let calls = AtomicUsize::new(0);
            let report = |_: ProgressStep| match calls.fetch_add(1, Ordering::Relaxed) {
                call if call == stop => Err(Cancelled),
                _ => Ok(()),
            };
            let stopped = bench.try_export(&Judgements::new(), &all, "stopped", &report);
            assert!(matches!(stopped, Err(ExportError::Cancelled)), "{images:?}, call {stop}");
        }
    }
    assert_eq!(bench.names(), ["extract", "link", "repack", "set"]);
}

#[test]
fn names_a_tile_that_disappeared_and_its_row() {
    for (images, format) in [
        (Images::Repack, Format::Jsonl),
        (Images::Extract, Format::Jsonl),
        (Images::None, Format::Parquet),
        (Images::None, Format::WebDataset),
        (Images::None, Format::ImageFolder),
    ] {
        let bench = Bench::new(&mixed());
        let shard = bench.set().join("image_shards/shard_001.tar");
        let report = |step: ProgressStep| {
            if step.stage == Stage::Rows {
                let _ = fs::remove_file(&shard);
            }
            Ok(())
        };
        let options = ExportOptions { negatives: 2, ..with(images, &[format]) };
        let result = bench.try_export(&Judgements::new(), &options, "out", &report);
        let message = result.unwrap_err().to_string();
        let start = format!("train line 1: {}: shard_001.tar is missing", short(&tile(1, 2, 0)));
        assert!(message.starts_with(&start), "{images:?} {format:?}: {message}");
        assert_eq!(bench.names(), ["set"]);
    }
}

#[test]
fn exports_of_equal_datasets_have_equal_bytes() {
    let bench = Bench::new(&mixed());
    let formats = [Format::Jsonl, Format::ImageFolder, Format::Parquet, Format::WebDataset];
    for images in [Images::Repack, Images::Extract, Images::Link] {
        let content = |name: &str| -> BTreeMap<String, Vec<u8>> {
            let (out, report) = bench.export(&with(images, &formats), name);
            report.files.into_iter().map(|name| (name.clone(), fs::read(out.join(name)).unwrap())).collect()
        };
        let (once, again) = (content(&format!("{}1", images.word())), content(&format!("{}2", images.word())));
        assert!(once == again, "{images:?}");
    }
}

/// Judges one tile as relevant to the query of a row, so that it gets a row of its own.
fn promoted(bench: &Bench) -> Judgements {
    let dataset = Dataset::open(&bench.set()).unwrap();
    let sample = dataset.sample(SampleIndex::new(0)).unwrap();
    let mut judgements = Judgements::new();
    let say = FieldChange::Relevance(sample.negatives[0].path.clone(), Some(Relevance::Relevant));
    judgements.entry(sample.key).or_default().apply(say);
    judgements
}

#[test]
fn image_folders_contain_each_picture_once() {
    let bench = Bench::new(&mixed());
    let options =
        ExportOptions { false_negatives: FalseNegatives::Promote, ..with(Images::None, &[Format::ImageFolder]) };
    let (out, _) = bench.try_export(&promoted(&bench), &options, "out", &NoProgress).unwrap();
    let lines = |split: &str| -> Vec<serde_json::Value> {
        let text = fs::read_to_string(out.join(format!("imagefolder/{split}/metadata.jsonl"))).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (train, test) = (lines("train"), lines("test"));
    assert_eq!((train.len(), test.len()), (2, 1));
    assert_eq!(train[0]["positive_file_name"], tile(0, 1, 0));
    assert_eq!(train[1]["positive_file_name"], tile(0, 1, 1));
    assert_eq!(train[1]["id"], format!("{}-1", train[0]["id"].as_str().unwrap()));
    assert_eq!(train[0]["query_group"], train[1]["query_group"]);
    assert!(test[0]["query_group"].is_string() && test[0]["query_group"] != train[0]["query_group"]);
    assert_eq!(test[0]["negative_file_names"], serde_json::json!([tile(0, 1, 1), tile(1, 2, 1)]));
    for (split, path, seed) in [("train", tile(1, 2, 0), 5), ("test", tile(1, 2, 0), 5), ("test", tile(1, 2, 1), 6)] {
        assert!(fs::read(out.join("imagefolder").join(split).join(path)).unwrap() == png(seed));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let links = |split: &str| out.join("imagefolder").join(split).join(tile(1, 2, 0)).metadata().unwrap().nlink();
        assert_eq!((links("train"), links("test")), (2, 2), "one file under two names");
    }
    sound(&out);
}

#[test]
fn promoted_rows_keep_their_id_if_their_row_is_dropped() {
    let (a, b, c) = (tile(0, 1, 0), tile(0, 1, 1), tile(1, 2, 0));
    // The test row leaks: the row of train is dropped, and the row promoted from it stays.
    let bench = Bench::new(&mixed().row("test", &Row::new("one", &a).negatives(&[&c])));
    let ids = |leaks: Leaks, name: &str| -> Vec<(String, String)> {
        let formats = with(Images::None, &[Format::ImageFolder]);
        let options = ExportOptions { false_negatives: FalseNegatives::Promote, leaks, ..formats };
        let (out, _) = bench.try_export(&promoted(&bench), &options, name, &NoProgress).unwrap();
        let text = fs::read_to_string(out.join("imagefolder/train/metadata.jsonl")).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let word = |row: &serde_json::Value, field: &str| row[field].as_str().unwrap().to_owned();
        rows.map(|row| (word(&row, "id"), word(&row, "positive_file_name"))).collect()
    };
    let (both, left) = (ids(Leaks::Keep, "both"), ids(Leaks::DropTrain, "left"));
    assert_eq!(both.iter().map(|row| &row.1).collect::<Vec<_>>(), [&a, &b]);
    assert_eq!(left, both[1..]);
}

/// Returns a Parquet file's rows, and the features in its metadata.
fn parquet_rows(file: &Path) -> (Vec<parquet::record::Row>, serde_json::Value) {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let reader = SerializedFileReader::new(fs::File::open(file).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let features = metadata.into_iter().find(|pair| pair.key == "huggingface").unwrap().value.unwrap();
    let features: serde_json::Value = serde_json::from_str(&features).unwrap();
    (rows, features["info"]["features"].clone())
}

#[test]
fn parquet_files_contain_rows_and_pictures() {
    use parquet::record::{ListAccessor as _, RowAccessor as _};
    let bench = Bench::new(&mixed());
    let promote = ExportOptions { false_negatives: FalseNegatives::Promote, ..with(Images::None, &[Format::Parquet]) };
    let (out, _) = bench.try_export(&promoted(&bench), &promote, "promoted", &NoProgress).unwrap();
    let (rows, features) = parquet_rows(&out.join("parquet/train-00000-of-00001.parquet"));
    assert_eq!(rows.len(), 2);
    let own = &rows[1];
    assert!(own.get_string(0).unwrap().ends_with("-1"));
    assert_eq!(own.get_string(1).unwrap(), "one");
    let positive = own.get_group(2).unwrap();
    assert!(positive.get_bytes(0).unwrap().data() == png(2) && *positive.get_string(1).unwrap() == tile(0, 1, 1));
    let negatives = own.get_list(3).unwrap();
    let negative = negatives.get_group(0).unwrap();
    assert_eq!(negatives.len(), 1);
    assert!(negative.get_bytes(0).unwrap().data() == png(5) && *negative.get_string(1).unwrap() == tile(1, 2, 0));
    assert_eq!(own.get_string(4).unwrap(), rows[0].get_string(4).unwrap());
    assert_eq!(
        (&features["positive"]["_type"], &features["query_group"]["dtype"]),
        (&"Image".into(), &"string".into())
    );
    let (test, _) = parquet_rows(&out.join("parquet/test-00000-of-00001.parquet"));
    assert!(test[0].is_null(4).unwrap());
    let negatives = test[0].get_list(3).unwrap();
    assert_eq!(*negatives.get_group(1).unwrap().get_string(1).unwrap(), tile(1, 2, 1));
    sound(&out);

    let (out, _) = bench.export(&with(Images::None, &[Format::Parquet]), "plain");
    let (rows, features) = parquet_rows(&out.join("parquet/train-00000-of-00001.parquet"));
    assert!(rows[0].len() == 4 && features.get("query_group").is_none());
}

#[test]
fn embeds_rows_without_negatives() {
    use parquet::record::{ListAccessor as _, RowAccessor as _};
    let rows = [tile(0, 1, 0), tile(0, 1, 1), tile(0, 1, 2)];
    let mut set = Set::new();
    for (seed, path) in rows.iter().enumerate() {
        let row = Row::new(&format!("query {seed}"), path);
        let row = if seed == 1 { row.negatives(&[&rows[0], &rows[2]]) } else { row };
        set = set.tile(path, &png(seed as u8)).row("train", &row);
    }
    let bench = Bench::new(&set);
    let formats = [Format::ImageFolder, Format::Parquet, Format::WebDataset];
    let options = ExportOptions { negatives: 0, ..with(Images::None, &formats) };
    let (out, _) = bench.export(&options, "out");
    let (rows, _) = parquet_rows(&out.join("parquet/train-00000-of-00001.parquet"));
    let counts: Vec<usize> = rows.iter().map(|row| row.get_list(3).unwrap().len()).collect();
    assert_eq!(counts, [0, 2, 0]);
    assert!(rows[1].get_list(3).unwrap().get_group(1).unwrap().get_bytes(0).unwrap().data() == png(2));
}

#[test]
fn webdataset_tars_keep_a_rows_members_together() {
    let bench = Bench::new(&mixed());
    let options = ExportOptions { negatives: 2, ..with(Images::None, &[Format::WebDataset]) };
    let (out, _) = bench.export(&options, "out");
    let (fewer, _) = bench.export(&with(Images::None, &[Format::WebDataset]), "fewer");
    let members_of = |out: &Path| members(&out.join("webdataset/train-000000.tar")).len();
    assert_eq!((members_of(&out), members_of(&fewer)), (4, 3), "as many negatives as every row has");
    let dataset = Dataset::open(&bench.set()).unwrap();
    let found = members(&out.join("webdataset/train-000000.tar"));
    let key = dataset.samples[0].key.to_string();
    let names: Vec<&str> = found.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["json", "pos.png", "neg0.png", "neg1.png"].map(|end| format!("{key}.{end}")));
    let about: serde_json::Value = serde_json::from_slice(&found[0].bytes).unwrap();
    assert_eq!(
        about,
        serde_json::json!({
            "id": key, "query": "one", "positive": tile(0, 1, 0), "negatives": 2,
            "negative_paths": [tile(0, 1, 1), tile(1, 2, 0)]
        })
    );
    assert!(found[1].bytes == png(1) && found[2].bytes == png(2) && found[3].bytes == png(5));
    assert!(out.join("webdataset/test-000000.tar").is_file());
    sound(&out);
}
