//! Datasets whose server goes away and comes back: kept lists, tiles in the cache, lists of samples
//! that were fetched before. The server runs in the test's process.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tilejury_data::progress::{Cancelled, NoProgress, ProgressStep, Stage};
use tilejury_data::shard::hfutils_json;
use tilejury_data::{Dataset, SampleIndex, TileError, TilePath};
use tilejury_remote::{Access, OfflineError, OfflineList, OpenedSet, RemoteError, open};
use tilejury_testkit::{Set, WebServer};

const COMMITS: [&str; 2] = ["0123456789abcdef0123456789abcdef01234567", "fedcba9876543210fedcba9876543210fedcba98"];

struct Fixture {
    dir: tempfile::TempDir,
    server: WebServer,
    access: Access,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let set = Set::plain(6, 3).write(&dir.path().join("set"));
        // Otherwise the tiles would come with the indexes.
        for shard in ["image_shards/shard_000.tar", "image_shards/shard_001.tar"].map(|path| set.join(path)) {
            let json = hfutils_json(fs::File::open(&shard).unwrap(), shard.metadata().unwrap().len()).unwrap();
            fs::write(shard.with_extension("json"), json).unwrap();
        }
        let server = WebServer::start(dir.path());
        server.publish("Owner/set", COMMITS[0], &dir.path().join("set"));
        let access = Access { hub_endpoint: server.url(), ..Access::anonymous(dir.path().join("cache")) };
        Self { dir, server, access }
    }

    fn open(&self, address: &str) -> Result<OpenedSet, RemoteError> {
        open(&address.parse().unwrap(), &self.access, &NoProgress)
    }

    fn web(&self) -> String {
        format!("{}/set", self.server.url())
    }
}

fn tiles_of(dataset: &Dataset, sample: SampleIndex) -> Vec<TilePath> {
    dataset.row(sample).unwrap().spellings().map(TilePath::new).collect()
}

fn read(dataset: &Dataset, tile: &TilePath) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    let location = dataset.tiles.locate(tile)?;
    dataset.tiles.read(&location, &mut bytes).map(|()| bytes)
}

fn samples(dataset: &Dataset) -> Vec<SampleIndex> {
    dataset.indices().collect()
}

#[test]
fn a_second_start_asks_only_for_the_revision() {
    let fixture = Fixture::new();
    fixture.open("hf://datasets/Owner/set").unwrap();
    let first = fixture.server.requests();
    assert!(first.iter().any(|request| request.ends_with("?blobs=true")), "{first:?}");
    let again = fixture.open("hf://datasets/Owner/set").unwrap();
    assert_eq!(fixture.server.requests(), ["GET /api/datasets/Owner/set?expand=sha"]);
    assert_eq!(again.dataset.samples.len(), 6);
    let pinned = fixture.open(&format!("hf://datasets/Owner/set@{}", COMMITS[0])).unwrap();
    assert_eq!(fixture.server.requests(), Vec::<String>::new());
    assert_eq!(pinned.dataset.samples.len(), 6);
}

#[test]
fn a_new_revision_is_found_and_shares_what_did_not_change() {
    let fixture = Fixture::new();
    let old = fixture.open("hf://datasets/Owner/set").unwrap();
    let tile = &tiles_of(&old.dataset, SampleIndex::default())[0];
    let bytes = read(&old.dataset, tile).unwrap();
    let set = fixture.dir.path().join("second");
    Set::plain(6, 3).line("train", "{\"query\":\"new\",\"chunk_path\":\"images/x.png\"}").write(&set);
    fixture.server.publish("Owner/set", COMMITS[1], &set);
    let new = fixture.open("hf://datasets/Owner/set").unwrap();
    assert_eq!((old.dataset.samples.len(), new.dataset.samples.len()), (6, 7));
    fixture.server.requests();
    assert_eq!(read(&new.dataset, tile).unwrap(), bytes);
    assert_eq!(fixture.server.requests(), Vec::<String>::new(), "the shard is the same file");
    let pinned = fixture.open(&format!("hf://datasets/Owner/set@{}", COMMITS[0])).unwrap();
    assert_eq!(pinned.dataset.samples.len(), 6);
}

/// A set that was opened before opens, shows what is in the cache, and says so.
fn opens_offline(address: impl Fn(&Fixture) -> String) {
    let mut fixture = Fixture::new();
    let address = address(&fixture);
    let opened = fixture.open(&address).unwrap();
    assert!(opened.offline.is_none());
    let first = tiles_of(&opened.dataset, SampleIndex::default());
    let bytes = read(&opened.dataset, &first[0]).unwrap();
    drop(opened);
    fixture.server.stop();
    let opened = fixture.open(&address).unwrap();
    let note = opened.offline.as_ref().unwrap().note();
    assert!(note.starts_with("offline: the files as of 20") && note.contains("no connection"), "{note}");
    assert_eq!(opened.dataset.tiles.storage().unwrap().note(), Some(note));
    assert_eq!(read(&opened.dataset, &first[0]).unwrap(), bytes);
    let error = read(&opened.dataset, &first[1]).unwrap_err();
    assert!(error.to_string().contains("not in the cache, and no connection"), "{error}");
    fixture.server.start_again();
    read(&opened.dataset, &first[1]).unwrap();
}

#[test]
fn a_repository_opens_offline() {
    opens_offline(|_| "hf://datasets/Owner/set".to_owned());
}

#[test]
fn a_pinned_revision_opens_offline() {
    opens_offline(|_| "hf://datasets/Owner/set@main".to_owned());
}

#[test]
fn a_folder_of_a_web_server_opens_offline() {
    opens_offline(Fixture::web);
}

#[test]
fn a_set_that_was_never_opened_does_not_open_offline() {
    let mut fixture = Fixture::new();
    fixture.open("hf://datasets/Owner/set").unwrap();
    fixture.server.stop();
    let error = fixture.open("hf://datasets/Owner/set@main").unwrap_err().to_string();
    assert!(error.contains("no connection"), "{error}");
}

#[test]
fn a_set_that_is_gone_is_not_taken_for_a_lost_connection() {
    let fixture = Fixture::new();
    fixture.open(&fixture.web()).unwrap();
    for name in ["train.jsonl", "train_hn.jsonl"] {
        fs::remove_file(fixture.dir.path().join("set").join(name)).unwrap();
    }
    let error = fixture.open(&fixture.web()).unwrap_err();
    assert!(matches!(error, RemoteError::NoSplits { .. }), "{error}");
}

#[test]
fn a_list_is_counted_without_a_request_and_then_judged_offline() {
    let mut fixture = Fixture::new();
    let dataset = Arc::new(fixture.open("hf://datasets/Owner/set").unwrap().dataset);
    fixture.server.requests();
    let listed = &samples(&dataset)[..3];
    let mut list = OfflineList::count(&dataset, listed, &NoProgress).unwrap();
    let size = list.size();
    assert_eq!((size.samples, size.tiles, size.tiles_unknown, size.shards_to_index), (3, 12, 12, 2));
    assert!(size.index_requests >= 2 && size.index_bytes > 0);
    assert_eq!(fixture.server.requests(), Vec::<String>::new());
    assert_eq!(list.index_shards(&NoProgress).unwrap(), Vec::<String>::new());
    let size = list.size();
    assert_eq!((size.tiles_to_fetch, size.tiles_unknown, size.shards_to_index), (12, 0, 0));
    fixture.server.requests();
    let last = AtomicUsize::new(0);
    let progress = |step: ProgressStep| {
        assert_eq!((step.stage, step.total as u64), (Stage::FetchingTiles, size.bytes_to_fetch));
        last.fetch_max(step.done, Ordering::Relaxed);
        Ok(())
    };
    let fetched = list.fetch(&progress).unwrap();
    assert_eq!((fetched.tiles, fetched.bytes, fetched.failed.len()), (12, size.bytes_to_fetch, 0));
    assert_eq!(last.into_inner() as u64, size.bytes_to_fetch);
    assert_eq!(fixture.server.requests().len(), 12, "one request a tile");
    fixture.server.stop();
    // Another start, without a connection.
    let dataset = Arc::new(fixture.open("hf://datasets/Owner/set").unwrap().dataset);
    for sample in listed {
        for tile in tiles_of(&dataset, *sample) {
            read(&dataset, &tile).unwrap();
        }
    }
    let again = OfflineList::count(&dataset, listed, &NoProgress).unwrap();
    assert_eq!((again.size().tiles_kept, again.size().tiles_to_fetch), (12, 0));
    assert_eq!(again.fetch(&NoProgress).unwrap().tiles, 0);
    assert!(read(&dataset, &tiles_of(&dataset, samples(&dataset)[5])[0]).is_err());
}

#[test]
fn fetching_a_list_can_be_cancelled_and_goes_on_later() {
    let fixture = Fixture::new();
    let dataset = Arc::new(fixture.open("hf://datasets/Owner/set").unwrap().dataset);
    let mut list = OfflineList::count(&dataset, &samples(&dataset), &NoProgress).unwrap();
    list.index_shards(&NoProgress).unwrap();
    let reports = AtomicUsize::new(0);
    let stop = |_: ProgressStep| if reports.fetch_add(1, Ordering::Relaxed) == 4 { Err(Cancelled) } else { Ok(()) };
    assert_eq!(list.fetch(&stop).unwrap_err(), OfflineError::Cancelled(Cancelled));
    let list = OfflineList::count(&dataset, &samples(&dataset), &NoProgress).unwrap();
    let kept = list.size().tiles_kept;
    assert!((5..24).contains(&kept), "{kept}");
    assert_eq!(list.fetch(&NoProgress).unwrap().tiles, 24 - kept);
}

#[test]
fn a_list_that_the_cache_cannot_hold_is_refused() {
    let mut fixture = Fixture::new();
    fixture.access.cache_up_to_bytes = 10_000;
    let dataset = Arc::new(fixture.open("hf://datasets/Owner/set").unwrap().dataset);
    let mut list = OfflineList::count(&dataset, &samples(&dataset), &NoProgress).unwrap();
    list.index_shards(&NoProgress).unwrap();
    fixture.server.requests();
    let error = list.fetch(&NoProgress).unwrap_err();
    let needed_bytes = list.size().bytes_to_fetch;
    assert_eq!(error, OfflineError::NoRoom { needed_bytes, keeps_up_to_bytes: 9000 });
    assert!(error.to_string().contains("at most 9 kB"), "{error}");
    assert_eq!(fixture.server.requests(), Vec::<String>::new());
}

#[test]
fn a_lost_connection_says_how_far_fetching_came() {
    let mut fixture = Fixture::new();
    let dataset = Arc::new(fixture.open("hf://datasets/Owner/set").unwrap().dataset);
    let mut list = OfflineList::count(&dataset, &samples(&dataset), &NoProgress).unwrap();
    fixture.server.stop();
    let error = list.index_shards(&NoProgress).unwrap_err();
    assert!(
        matches!(&error, OfflineError::Unreachable { message, .. } if message.contains("no connection")),
        "{error}"
    );
    fixture.server.start_again();
    dataset.tiles.forget_failures();
    list.index_shards(&NoProgress).unwrap();
    assert_eq!(list.fetch(&NoProgress).unwrap().tiles, 24);
}

#[test]
fn a_set_on_this_machine_needs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = Arc::new(Dataset::open(&Set::plain(1, 1).write(&dir.path().join("set"))).unwrap());
    let listed = samples(&dataset);
    assert_eq!(OfflineList::count(&dataset, &listed, &NoProgress).unwrap_err(), OfflineError::Here);
}

#[test]
fn reading_goes_on_when_nothing_can_be_kept() {
    let fixture = Fixture::new();
    let opened = fixture.open("hf://datasets/Owner/set").unwrap();
    let tiles = tiles_of(&opened.dataset, SampleIndex::default());
    read(&opened.dataset, &tiles[0]).unwrap();
    // In place of the folder of tiles there is a file.
    let set = only_folder(&fixture.dir.path().join("cache/sets"));
    fs::remove_dir_all(set.join("tiles")).unwrap();
    fs::write(set.join("tiles"), b"").unwrap();
    assert!(tiles.iter().all(|tile| read(&opened.dataset, tile).is_ok()));
    assert!(opened.set.cache().problem().is_some());
    let dataset = Arc::new(opened.dataset);
    let list = OfflineList::count(&dataset, &samples(&dataset)[..1], &NoProgress).unwrap();
    assert_eq!(list.fetch(&NoProgress).unwrap_err(), OfflineError::NotKept);
}

fn only_folder(path: &Path) -> std::path::PathBuf {
    path.read_dir().unwrap().next().unwrap().unwrap().path()
}
