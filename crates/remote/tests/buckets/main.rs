//! Sets in buckets: S3 by moto's server, Azure by Azurite, Google Cloud Storage by an imitation
//! that answers in the form that the service documents.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "a failed set-up is a failed test")]

mod azure;
mod google;
mod s3;
mod server;
mod store;

use std::fs;
use std::path::Path;

use tilejury_data::shard::hfutils_json;
use tilejury_data::{Dataset, ObstacleKind, TileError};
use tilejury_remote::{Access, BucketFolder};
use tilejury_testkit::{Row, Set, picture};

use store::{Store, open};

/// A name with every character that addresses treat specially.
const ODD: &str = "my sets/a#b/50%25 of 1+1 & more?";

/// Every tile of a stored dataset must have the bytes of the same tile in a folder.
fn assert_same_tiles(stored: &Dataset, here: &Dataset) {
    assert_eq!(stored.samples.len(), here.samples.len());
    let mut compared = 0;
    for index in here.indices() {
        let (one, other) = (here.sample(index).unwrap(), stored.sample(index).unwrap());
        assert_eq!(one.query, other.query);
        for tile in std::iter::once(&one.positive).chain(&one.negatives) {
            let [expected, found] = [here, stored].map(|dataset| {
                let mut bytes = Vec::new();
                dataset.tiles.read(&dataset.tiles.locate(&tile.path).unwrap(), &mut bytes).unwrap();
                bytes
            });
            assert!(!expected.is_empty() && expected == found, "{}", tile.path);
            compared += 1;
        }
    }
    assert!(compared > 5, "{compared} tiles");
}

fn write_index_files(set: &Path) {
    for shard in set.join("image_shards").read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let json = hfutils_json(fs::File::open(&shard).unwrap(), shard.metadata().unwrap().len()).unwrap();
        fs::write(shard.with_extension("json"), json).unwrap();
    }
}

/// A set with shards, in a folder with an odd name, and with index files in another.
fn check_set_with_shards(store: &Store) {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(8, 2).write(&dir.path().join("set"));
    store.put_folder(&set, ODD);
    // Some tools make an empty object for a folder.
    store.put(&format!("{ODD}/image_shards/.keep"), b"");
    let here = Dataset::open(&set).unwrap();
    let opened = store.open(ODD, &dir.path().join("plain")).unwrap();
    assert_same_tiles(&opened.dataset, &here);

    write_index_files(&set);
    store.put_folder(&set, "indexed");
    let opened = store.open("indexed", &dir.path().join("indexed")).unwrap();
    let before = opened.traffic.now().requests;
    let sample = here.sample(here.indices().next().unwrap()).unwrap();
    opened.dataset.tiles.locate(&sample.positive.path).unwrap();
    assert_eq!(opened.traffic.now().requests - before, 1, "the index file of the shard, and nothing else");
    assert_same_tiles(&opened.dataset, &here);
}

/// A set whose tiles are files, more than one answer of a list can name.
fn check_pages_of_lists(store: &Store, count: u32) {
    let dir = tempfile::tempdir().unwrap();
    let tile = |at: u32| format!("images/shard_000/a b#{}/{at}%2F+.png.tiles/chunk_0000_00.png", at % 3);
    let rows = (0..3).fold(Set::new(), |set, at| {
        set.row("train", &Row::new(&format!("query {at}"), &tile(at)).negatives(&[&tile(count - 1 - at)]))
    });
    let set = rows.write(&dir.path().join("set"));
    for at in 0..count {
        tilejury_testkit::set::put(&set.join(tile(at)), &picture::png(8, 8, at as u8));
    }
    store.put_folder(&set, "loose");
    let opened = store.open("loose", dir.path()).unwrap();
    let files = opened.dataset.tiles.storage().unwrap().files();
    assert_eq!(files.iter().filter(|file| file.path.starts_with("images/")).count(), count as usize);
    assert_same_tiles(&opened.dataset, &Dataset::open(&set).unwrap());
}

/// A shard that is replaced after the set was opened, by one of the same length.
fn check_replaced_shard(store: &Store) {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(2, 1).write(&dir.path().join("set"));
    // Otherwise the tiles would come with the index, and be kept.
    let bytes = fs::read(set.join("image_shards/shard_000.tar")).unwrap();
    let index = hfutils_json(&bytes[..], bytes.len() as u64).unwrap();
    fs::write(set.join("image_shards/shard_000.json"), index).unwrap();
    store.put_folder(&set, "replaced");
    let opened = store.open("replaced", dir.path()).unwrap();
    let dataset = &opened.dataset;
    let sample = dataset.sample(dataset.indices().next().unwrap()).unwrap();
    let [positive, negative] =
        [&sample.positive, &sample.negatives[0]].map(|tile| dataset.tiles.locate(&tile.path).unwrap());
    let mut bytes = Vec::new();
    dataset.tiles.read(&positive, &mut bytes).unwrap();
    let shard = set.join("image_shards/shard_000.tar");
    let mut changed = fs::read(&shard).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    store.put("replaced/image_shards/shard_000.tar", &changed);
    match dataset.tiles.read(&negative, &mut bytes).unwrap_err() {
        TileError::Unreachable { message, kind, .. } => {
            assert!(message.contains("changed since the dataset was opened"), "{message}");
            assert_eq!(kind, ObstacleKind::Lasting);
        }
        other => panic!("{other}"),
    }
}

/// Files that several people write to a folder of a bucket.
fn check_shared_folder(store: &Store) {
    let dir = tempfile::tempdir().unwrap();
    let mut access = Access::anonymous(dir.path().join("cache"));
    access.variables = store.variables.clone();
    let address = format!("{}/{ODD}", store.address).parse().unwrap();
    let folder = BucketFolder::open(&address, "judgements", &access).unwrap();
    assert_eq!(folder.list().unwrap(), Vec::<String>::new(), "it is not there yet");
    assert_eq!(folder.read("a.jsonl", 10).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    folder.remove("a.jsonl").unwrap();
    folder.write("a.jsonl", b"ada's").unwrap();
    folder.write("b.jsonl", b"bo's").unwrap();
    // Those of others, and below.
    store.put(&format!("{ODD}/c.jsonl"), b"no judgement");
    store.put(&format!("{ODD}/judgements/old/d.jsonl"), b"older");
    let mut names = folder.list().unwrap();
    names.sort();
    assert_eq!(names, ["a.jsonl", "b.jsonl"]);
    assert_eq!(folder.read("a.jsonl", 10).unwrap(), b"ada's");
    assert_eq!(folder.read("a.jsonl", 5).unwrap_err().kind(), std::io::ErrorKind::FileTooLarge);
    folder.remove("a.jsonl").unwrap();
    assert_eq!(folder.list().unwrap(), ["b.jsonl"]);
    assert!(!format!("{folder:?}").contains("hidden"));
}

#[test]
fn a_folder_of_a_bucket_is_written_and_read() {
    if let Some(store) = s3::bucket("shared") {
        check_shared_folder(&store);
    }
    if let Some(store) = azure::container("shared", false) {
        check_shared_folder(&store);
    }
    let access = Access::anonymous(std::env::temp_dir());
    let error = BucketFolder::open(&"https://host/team".parse().unwrap(), "judgements", &access).unwrap_err();
    assert!(error.to_string().contains("to a bucket (s3://, gs:// or az://) only"), "{error}");
}

#[test]
fn a_set_in_s3_has_the_tiles_of_the_folder() {
    let Some(store) = s3::bucket("tiles") else { return };
    check_set_with_shards(&store);
    check_replaced_shard(&store);
    check_pages_of_lists(&store, 1100);
}

#[test]
fn a_set_in_azure_has_the_tiles_of_the_folder() {
    let Some(store) = azure::container("tiles", false) else { return };
    check_set_with_shards(&store);
    check_replaced_shard(&store);
    check_pages_of_lists(&store, 20);
}

#[test]
fn a_public_container_needs_no_credentials() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(4, 1).write(&dir.path().join("set"));
    let Some(public) = azure::container("public", true) else { return };
    public.put_folder(&set, "set");
    let public = public.without_azure_key();
    assert_same_tiles(&public.open("set", &dir.path().join("1")).unwrap().dataset, &Dataset::open(&set).unwrap());
    let private = azure::container("private", false).unwrap();
    private.put_folder(&set, "set");
    let error = private.without_azure_key().open("set", &dir.path().join("2")).unwrap_err().to_string();
    assert!(error.contains("`az login`"), "{error}");
}

#[test]
fn a_wrong_key_for_azure_is_told_without_the_key() {
    let Some(mut store) = azure::container("wrong", false) else { return };
    let wrong = "aGlkZGVuLWtleQ==";
    for value in store.variables.values_mut() {
        *value = value.replace(azure::KEY, wrong);
    }
    let error = store.open("set", Path::new("unused")).unwrap_err().to_string();
    assert!(error.contains("403") || error.contains("not accepted"), "{error}");
    assert!(!error.contains(wrong) && !error.contains("sig"), "{error}");
}

#[test]
fn a_wrong_key_for_s3_is_told_without_the_secret() {
    let Some(server) = s3::start() else { return };
    assert_eq!(server.send("PUT", "/private", "", ""), 200);
    // From now on, moto knows no key.
    assert_eq!(server.send("POST", "/moto-api/reset-auth", "", "0"), 200);
    let store = s3::store(server.into(), "private");
    let error = store.open("set", Path::new("unused")).unwrap_err().to_string();
    assert!(error.contains("credentials are not accepted (InvalidAccessKeyId)"), "{error}");
    assert!(!error.contains("hidden"), "{error}");
}

#[test]
fn an_s3_bucket_in_another_region_is_opened_there_or_told() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(3, 1).write(&dir.path().join("set"));
    let service = google::StandIn::start(&set, google::Rules { region: Some("eu-north-1"), ..Default::default() });
    let mut variables = [("AWS_ENDPOINT_URL".to_owned(), service.url())].into();
    let opened = open("s3://bucket/set", &variables, &dir.path().join("1"));
    // The imitation accepts requests that are signed for its region; these are not signed.
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("the bucket is in the region eu-north-1; set AWS_REGION=eu-north-1"), "{error}");
    variables.insert("AWS_ACCESS_KEY_ID".into(), "key".into());
    variables.insert("AWS_SECRET_ACCESS_KEY".into(), "hidden-secret".into());
    let opened = open("s3://bucket/set", &variables, &dir.path().join("2")).unwrap();
    assert_same_tiles(&opened.dataset, &Dataset::open(&set).unwrap());
    // The next start knows the region.
    let before = service.elsewhere();
    open("s3://bucket/set", &variables, &dir.path().join("2")).unwrap();
    assert!(before > 0 && service.elsewhere() == before, "{before}");
    variables.insert("AWS_REGION".into(), "us-east-1".into());
    let error = open("s3://bucket/set", &variables, &dir.path().join("3")).unwrap_err().to_string();
    assert!(error.contains("eu-north-1") && !error.contains("hidden"), "{error}");
}

#[test]
fn a_set_in_google_cloud_storage_has_the_tiles_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(6, 2).write(&dir.path().join("set"));
    let service = google::StandIn::start(&set, google::Rules::default());
    let variables = [("STORAGE_EMULATOR_HOST".to_owned(), service.url())].into();
    let opened = open("gs://bucket/set", &variables, &dir.path().join("1")).unwrap();
    assert_same_tiles(&opened.dataset, &Dataset::open(&set).unwrap());
    assert!(service.lists() > 2, "a list has more than one page");
}

#[test]
fn the_lists_of_a_bucket_are_requested_together() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(40, 2).write(&dir.path().join("set"));
    let opened_together = |lists: usize| {
        let rules = google::Rules { lists_together: lists, ..Default::default() };
        let service = google::StandIn::start(&set, rules);
        let variables = [("STORAGE_EMULATOR_HOST".to_owned(), service.url())].into();
        let opened = open("gs://bucket/set", &variables, &dir.path().join("kept")).unwrap();
        assert!(!service.was_alone());
        opened.dataset.tiles.storage().unwrap().files().to_vec()
    };
    // The top and three stretches of the usual folder of shards.
    let files = opened_together(4);
    assert!(files.iter().filter(|file| file.path.ends_with(".tar")).count() > 1, "{files:?}");
    // Another folder, which is not the usual one: from the second time on.
    fs::rename(set.join("image_shards"), set.join("tars")).unwrap();
    let moved = opened_together(2);
    assert!(moved.iter().any(|file| file.path == "tars/shard_000.tar"), "{moved:?}");
    assert_eq!(opened_together(2), moved);
}

#[test]
fn a_bucket_of_google_that_is_not_public_needs_the_token() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(3, 1).write(&dir.path().join("set"));
    let rules = google::Rules { token: Some("hidden-token"), ..Default::default() };
    let service = google::StandIn::start(&set, rules);
    let mut variables = [("STORAGE_EMULATOR_HOST".to_owned(), service.url())].into();
    let error = open("gs://bucket/set", &variables, &dir.path().join("1")).unwrap_err().to_string();
    assert!(error.contains("gcloud auth application-default login"), "{error}");
    variables.insert("GOOGLE_BEARER_TOKEN".into(), "hidden-token".into());
    let opened = open("gs://bucket/set", &variables, &dir.path().join("2")).unwrap();
    assert_same_tiles(&opened.dataset, &Dataset::open(&set).unwrap());
    assert!(!format!("{opened:?}").contains("hidden"));
}

/// The words and the kind of the failure of a tile.
fn failure_of_a_tile(rules: google::Rules) -> (String, ObstacleKind) {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(2, 1).write(&dir.path().join("set"));
    write_index_files(&set);
    let service = google::StandIn::start(&set, rules);
    let variables = [("STORAGE_EMULATOR_HOST".to_owned(), service.url())].into();
    let opened = open("gs://bucket/set", &variables, &dir.path().join("1")).unwrap();
    let dataset = &opened.dataset;
    let sample = dataset.sample(dataset.indices().next().unwrap()).unwrap();
    let location = dataset.tiles.locate(&sample.positive.path).unwrap();
    match dataset.tiles.read(&location, &mut Vec::new()).unwrap_err() {
        TileError::Unreachable { message, kind, .. } => (message, kind),
        other => panic!("{other}"),
    }
}

#[test]
fn refusals_of_google_are_understood() {
    let (message, kind) = failure_of_a_tile(google::Rules { limits: true, ..Default::default() });
    assert!(message.contains("too many requests (429); try again in a minute"), "{message}");
    assert_eq!(kind, ObstacleKind::Limited);
    let (message, kind) = failure_of_a_tile(google::Rules { shorter: true, ..Default::default() });
    assert!(message.contains("shorter than it was (416)"), "{message}");
    assert_eq!(kind, ObstacleKind::Lasting);
}
