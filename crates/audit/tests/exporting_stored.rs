//! Exports and checks of a dataset whose shards are elsewhere: what is requested, that the pictures
//! are the same, and what the manifest says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tilejury_audit::Judgements;
use tilejury_audit::check::check;
use tilejury_audit::download;
use tilejury_audit::export::{
    Copies, ExportError, ExportOptions, Format, Images, JudgementSource, Originals, TileCheck, export, verify_with,
};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::NoProgress;
use tilejury_data::shard::hfutils_json;
use tilejury_data::{Dataset, Pace, Purpose, ShardIndex, Storage, StorageError, StoredFile, TilePath};
use tilejury_testkit::Set;

/// A storage over a folder that counts requests.
#[derive(Debug)]
struct Folder {
    root: PathBuf,
    files: Vec<StoredFile>,
    requests: AtomicUsize,
    bytes: AtomicU64,
    is_down: AtomicBool,
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
}

impl Folder {
    fn new(root: &Path, hash: Option<&dyn Fn(&Path) -> String>) -> Self {
        let mut files = Vec::new();
        for path in [root.join("train.jsonl")].into_iter().chain(files_in(&root.join("image_shards"))) {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            let (len, sha256) = (path.metadata().unwrap().len(), hash.map(|hash| hash(&path)));
            files.push(StoredFile { path: name, len, version: "\"tag\"".into(), sha256 });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { root: root.into(), files, requests: 0.into(), bytes: 0.into(), is_down: false.into() }
    }

    fn counted(&self) -> (usize, u64) {
        (self.requests.swap(0, Ordering::Relaxed), self.bytes.swap(0, Ordering::Relaxed))
    }
}

impl Storage for Folder {
    fn address(&self) -> &str {
        "folder://owner/set@0123"
    }

    fn name(&self) -> &str {
        "folder://owner/set"
    }

    fn files(&self) -> &[StoredFile] {
        &self.files
    }

    fn read(&self, file: &StoredFile, range: Range<u64>, _: Purpose, into: &mut Vec<u8>) -> Result<(), StorageError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(StorageError { message: "no connection".into(), is_passing: true });
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(range.end - range.start, Ordering::Relaxed);
        *into = fs::read(self.root.join(&file.path)).unwrap()[range.start as usize..range.end as usize].to_vec();
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace { latency: Duration::from_millis(1), bytes_per_second: 1e9 }
    }

    fn kept_index(&self, _: &StoredFile) -> Option<ShardIndex> {
        None
    }

    fn keep_index(&self, _: &StoredFile, _: &ShardIndex) {}
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
        let folder = Arc::new(Folder::new(&self.there(), hash));
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
        let originals = Originals { dataset, source: &source, fingerprints: None };
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
    folder.is_down.store(true, Ordering::Relaxed);
    let error = bench.export(&dataset, &pictures(Images::None), "out").unwrap_err();
    assert!(matches!(error, ExportError::Unreachable(_)), "{error}");
    assert!(error.to_string().contains(".tar: no connection"), "{error}");
    assert!(!bench.dir.path().join("out").exists());
    let found = check(&dataset, false, &NoProgress).unwrap();
    let found: Vec<_> = found.iter().map(|problem| (problem.kind, problem.message.as_str())).collect();
    let is_told = |(kind, message): &(&str, &str)| *kind == "not_looked_for" && message.contains("no connection");
    assert!(found.len() == bench.shards().len() && found.iter().all(is_told), "{found:?}");
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
    let (here, there) =
        (check(&bench.local(), true, &NoProgress).unwrap(), check(&dataset, true, &NoProgress).unwrap());
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
