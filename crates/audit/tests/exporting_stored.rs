//! Exports and checks of a dataset whose shards are elsewhere: what is requested, that the pictures
//! are the same, and what the manifest says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::folder_storage::Folder;
use serde_json::Value;
use tilejury_audit::Judgements;
use tilejury_audit::check::{CheckedTiles, check};
use tilejury_audit::download;
use tilejury_audit::export::{
    Copies, ExportError, ExportOptions, Format, Images, JudgementSource, Originals, TileCheck, export, verify_with,
};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::NoProgress;
use tilejury_data::shard::hfutils_json;
use tilejury_data::{Dataset, ObstacleKind, Pace, TilePath};
use tilejury_testkit::Set;

fn files_in(folder: &Path) -> Vec<PathBuf> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// A set with eight rows and its copy without shards, as it is fetched.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Set::plain(8, 3).write(&dir.path().join("there/set"));
        let here = dir.path().join("here/set");
        fs::create_dir_all(&here).unwrap();
        for split in files_in(&dir.path().join("there/set")).iter().filter(|file| file.extension().is_some()) {
            fs::copy(split, here.join(split.file_name().unwrap())).unwrap();
        }
        Self { dir }
    }

    fn there(&self) -> PathBuf {
        self.dir.path().join("there/set")
    }

    fn local(&self) -> Dataset {
        Dataset::open(&self.there()).unwrap()
    }

    fn stored(&self, hash: Option<&dyn Fn(&Path) -> String>) -> (Dataset, Arc<Folder>) {
        let mut folder = Folder::new(&self.there());
        for file in &mut folder.files {
            file.sha256 = hash.map(|hash| hash(&self.there().join(&file.path)));
        }
        // Quick enough that every shard is requested whole.
        folder.pace = Pace { latency: Duration::from_millis(1), bytes_per_second: 1e9, bytes_per_second_each: 1e9 };
        let folder = Arc::new(folder);
        (Dataset::open_stored(&self.dir.path().join("here/set"), folder.clone()).unwrap(), folder)
    }

    fn shards(&self) -> Vec<PathBuf> {
        let mut files = files_in(&self.there().join("image_shards"));
        files.retain(|file| file.extension().is_some_and(|extension| extension == "tar"));
        files
    }

    /// The bytes of all shards.
    fn len(&self) -> u64 {
        self.shards().iter().map(|tar| tar.metadata().unwrap().len()).sum()
    }

    /// Writes the indexes beside the shards that an owner can upload.
    fn write_indexes(&self) {
        for tar in self.shards() {
            let bytes = fs::read(&tar).unwrap();
            let json = hfutils_json(bytes.as_slice(), bytes.len() as u64).unwrap();
            fs::write(tar.with_extension("json"), json).unwrap();
        }
    }

    fn export(&self, dataset: &Dataset, options: &ExportOptions, name: &str) -> Result<PathBuf, ExportError> {
        let (judgements, out) = (Judgements::new(), self.dir.path().join(name));
        export(
            dataset,
            &JudgementSource::new(&judgements, &[], &AnnotatorScope::Everybody),
            options,
            &out,
            &NoProgress,
        )?;
        Ok(out)
    }

    fn faults(&self, dataset: &Dataset, out: &Path) -> Vec<String> {
        let judgements = Judgements::new();
        let source = JudgementSource::new(&judgements, &[], &AnnotatorScope::Everybody);
        let originals = Originals { dataset, source: &source, fingerprints: None, findings: None };
        let verdict = verify_with(out, Some(&originals), &NoProgress).unwrap();
        verdict.faults.into_iter().map(|fault| fault.message).collect()
    }
}

fn pictures(images: Images) -> ExportOptions {
    ExportOptions { images, copies: Copies::Trust, ..ExportOptions::default() }
}

/// The bytes of every tile of an export.
fn tiles(out: &Path) -> BTreeMap<TilePath, Vec<u8>> {
    let dataset = Dataset::open(out).unwrap();
    let rows =
        dataset.indices().flat_map(|sample| dataset.sample(sample).unwrap().tiles().cloned().collect::<Vec<_>>());
    let read = |path: TilePath| {
        let mut bytes = Vec::new();
        dataset.tiles.read(&dataset.tiles.locate(&path).unwrap(), &mut bytes).unwrap();
        (path, bytes)
    };
    rows.map(|tile| read(tile.path)).collect()
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("export_manifest.json")).unwrap()).unwrap()
}

#[test]
fn rows_alone_download_nothing() {
    let bench = Bench::new();
    let (dataset, folder) = bench.stored(None);
    let options = ExportOptions { tiles: TileCheck::Trust, ..pictures(Images::None) };
    bench.export(&dataset, &options, "out").unwrap();
    assert_eq!(folder.counted(), (0, 0));
}

#[test]
fn pictures_are_the_same_and_the_manifest_names_their_source() {
    let bench = Bench::new();
    let here = tiles(&bench.export(&bench.local(), &pictures(Images::Repack), "local").unwrap());
    for (has_index, images) in [(false, Images::Repack), (false, Images::Extract), (true, Images::Repack)] {
        if has_index {
            bench.write_indexes();
        }
        let (dataset, folder) = bench.stored(None);
        let name = format!("{images}-{has_index}");
        let out = bench.export(&dataset, &pictures(images), &name).unwrap();
        assert!(tiles(&out) == here, "{name}");
        let manifest = manifest(&out);
        assert_eq!(manifest["address"], "folder://owner/set@0123");
        assert_eq!(manifest["dataset"]["name"], "set");
        let shard = &manifest["inputs"]["image_shards/shard_000.tar"];
        assert_eq!((&shard["version"], &shard["sha256"]), (&Value::from("\"tag\""), &Value::Null), "{manifest:#}");
        let card = fs::read_to_string(out.join("README.md")).unwrap();
        assert!(card.contains("from `set` at `folder://owner/set@0123`"), "{card}");
        assert_eq!(bench.faults(&dataset, &out), [""; 0], "{name}, stored");
        assert_eq!(bench.faults(&bench.local(), &out), [""; 0], "{name}, against a copy here");
        drop(folder);
    }
}

#[test]
fn neighbours_are_one_request_and_nothing_else_is_read() {
    let bench = Bench::new();
    for has_index in [false, true] {
        if has_index {
            bench.write_indexes();
        }
        let (dataset, folder) = bench.stored(None);
        dataset.tiles.index_all(&NoProgress).unwrap();
        folder.counted();
        let mut options = pictures(Images::Repack);
        options.formats.clear();
        let out = bench.export(&dataset, &options, &format!("out-{has_index}")).unwrap();
        let (requests, bytes) = folder.counted();
        // 32 tiles in two shards, one of which has them in another order than their names.
        assert!(requests <= 4, "{requests} requests");
        assert!(bytes <= bench.len(), "{bytes} of {} bytes", bench.len());
        assert!(out.join("image_shards/shard_000.tar").is_file());
    }
}

#[test]
fn a_hash_that_the_store_tells_is_compared() {
    let bench = Bench::new();
    let right = |path: &Path| {
        use sha2::{Digest as _, Sha256};
        let hash = Sha256::digest(fs::read(path).unwrap());
        hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let (dataset, _) = bench.stored(Some(&right));
    let out = bench.export(&dataset, &pictures(Images::Repack), "right").unwrap();
    assert_eq!(bench.faults(&bench.local(), &out), [""; 0]);
    let (dataset, _) = bench.stored(Some(&|_: &Path| "00".repeat(32)));
    let out = bench.export(&dataset, &pictures(Images::Repack), "wrong").unwrap();
    let faults = bench.faults(&bench.local(), &out);
    assert!(
        faults.len() == bench.shards().len() && faults[0].contains("inputs: image_shards/shard_000.tar.sha256"),
        "{faults:?}"
    );
}

#[test]
fn links_to_another_machine_are_refused() {
    let bench = Bench::new();
    let (dataset, folder) = bench.stored(None);
    let error = bench.export(&dataset, &pictures(Images::Link), "out").unwrap_err().to_string();
    assert!(error.contains("folder://owner/set@0123") && error.contains("repack or extract"), "{error}");
    assert!(!bench.dir.path().join("out").exists() && folder.counted() == (0, 0));
}

#[test]
fn a_lost_connection_changes_no_row() {
    let bench = Bench::new();
    let (dataset, folder) = bench.stored(None);
    folder.lose_connection();
    let error = bench.export(&dataset, &pictures(Images::None), "out").unwrap_err();
    assert!(matches!(error, ExportError::Unreachable(_)), "{error}");
    assert!(error.to_string().contains(".tar: no connection"), "{error}");
    assert!(!bench.dir.path().join("out").exists());
    let found = check(&dataset, CheckedTiles::NotDecoded, &NoProgress).unwrap().problems;
    let found: Vec<_> = found.iter().map(|problem| (problem.kind, problem.message.as_str())).collect();
    let is_told = |(kind, message): &(&str, &str)| *kind == "not_looked_for" && message.contains("no connection");
    assert!(found.len() == bench.shards().len() && found.iter().all(is_told), "{found:?}");
}

#[test]
fn a_fault_in_the_middle_leaves_no_part_of_an_export() {
    let bench = Bench::new();
    bench.write_indexes();
    for (message, kind) in [
        ("no connection (connection reset); check the network, then try again", ObstacleKind::Passing),
        ("the file changed since the dataset was opened; open the dataset again", ObstacleKind::Lasting),
        ("access is refused (403): these credentials may not read it", ObstacleKind::Lasting),
    ] {
        for images in [Images::Repack, Images::Extract] {
            let (dataset, folder) = bench.stored(None);
            dataset.tiles.index_all(&NoProgress).unwrap();
            folder.fail_after(1, message, kind);
            let error = bench.export(&dataset, &pictures(images), "out").unwrap_err().to_string();
            assert!(error.contains(message) && error.contains("shard_00"), "{error}");
            let left: Vec<_> = files_in(bench.dir.path()).into_iter().filter(|path| !path.ends_with("here")).collect();
            assert_eq!(left, [bench.dir.path().join("there")], "{message}");
            // After the fault the same export succeeds.
            folder.mend();
            let out = bench.export(&dataset, &pictures(images), "out").unwrap();
            assert_eq!(bench.faults(&dataset, &out), [""; 0]);
            fs::remove_dir_all(out).unwrap();
        }
    }
}

#[test]
fn a_check_finds_the_same_as_on_this_machine() {
    let bench = Bench::new();
    let lines = fs::read_to_string(bench.there().join("train.jsonl")).unwrap();
    let line = lines.lines().next().unwrap().replacen(".png", ".gone.png", 1);
    for root in [bench.there(), bench.dir.path().join("here/set")] {
        fs::write(root.join("train.jsonl"), format!("{lines}{line}\n")).unwrap();
    }
    let (dataset, _) = bench.stored(None);
    let (here, there) = {
        let decoded = |dataset: &_| check(dataset, CheckedTiles::Decoded, &NoProgress).unwrap().problems;
        (decoded(&bench.local()), decoded(&dataset))
    };
    let places = |found: &[tilejury_audit::check::Problem]| {
        found.iter().map(|problem| (problem.kind, problem.line, problem.path.clone())).collect::<Vec<_>>()
    };
    assert_eq!(places(&here), places(&there));
    let missing = there.iter().find(|problem| problem.kind == "missing_tile").unwrap();
    let searched = "not in shard_000.tar; other shards are not searched at an address";
    assert!(missing.message.contains(searched), "{}", missing.message);
}

#[test]
fn the_size_of_a_download_is_known_before() {
    let bench = Bench::new();
    let (dataset, folder) = bench.stored(None);
    let estimated = download::of_pixels(&dataset, None);
    assert!(!estimated.is_exact && estimated.bytes == bench.len() && estimated.tiles > 8, "{estimated:?}");
    assert_eq!(folder.counted(), (0, 0));
    dataset.tiles.index_all(&NoProgress).unwrap();
    folder.counted();
    let exact = download::of_pixels(&dataset, None);
    let local = tiles(&bench.export(&bench.local(), &pictures(Images::Repack), "local").unwrap());
    let sum: usize = local.values().map(Vec::len).sum();
    assert_eq!((exact.is_exact, exact.bytes, exact.tiles), (true, sum as u64, local.len()));
    let some = local.keys().take(2).cloned().collect::<Vec<_>>();
    assert_eq!(download::of_tiles(&dataset, some.iter()).tiles, 2);
    assert_eq!(folder.counted(), (0, 0));
    assert_eq!(download::of_pixels(&bench.local(), None).tiles, 0, "all are on this machine");
}

#[test]
fn each_export_states_what_it_would_download() {
    let bench = Bench::new();
    let (dataset, _) = bench.stored(None);
    let tiles = |options: &ExportOptions| download::of_export(&dataset, options, None).tiles;
    assert_eq!(tiles(&pictures(Images::None)), 0);
    assert!(tiles(&ExportOptions::default()) > 0, "copies are looked for");
    for images in [Images::Repack, Images::Extract] {
        assert!(tiles(&pictures(images)) > 0);
    }
    for format in Format::ALL {
        let options = ExportOptions { formats: vec![*format], ..pictures(Images::None) };
        assert_eq!(tiles(&options) > 0, format.embeds(), "{format}");
    }
}
