//! A dataset at a plain web server: with pages of its folders, with the publisher's list of shards,
//! and with neither.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod served;

use std::path::PathBuf;

use served::{SHARD, Served, read};
use tilejury_data::tile_source::Lookup;
use tilejury_remote::OpenedSet;

fn paths(opened: &OpenedSet) -> Vec<&str> {
    opened.dataset.tiles.storage().unwrap().files().iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn pages_of_folders_list_splits_and_shards() {
    let odd = "image_shards/a b#c+d%2Fe&f.tar";
    let Some(served) = Served::start_with(|files| {
        std::fs::copy(files.join(SHARD), files.join(odd)).unwrap();
        std::fs::copy(files.join("train.jsonl"), files.join("odd split.jsonl")).unwrap();
    }) else {
        return;
    };
    let opened = served.open(&served.hub.web()).unwrap();
    let expected = [odd, SHARD, "image_shards/shard_001.tar", "odd split.jsonl", "train.jsonl", "train_hn.jsonl"];
    assert_eq!(paths(&opened), expected);
    for path in [odd, SHARD] {
        assert_eq!(read(&opened, path, 512..2000).unwrap(), served.bytes_of(path)[512..2000], "{path}");
    }
    // The version is the server's.
    let file = served::file(&opened, SHARD);
    assert!(file.version.starts_with('"'), "{}", file.version);
}

#[test]
fn the_list_of_shards_names_them_where_there_are_no_pages() {
    let Some(served) = Served::start_with(|files| {
        let summary = r#"{"shards":{"shard_000":{"size_bytes":1,"tar_path":"/export/image_shards/shard_000.tar"},
            "shard_001":{"size_bytes":18446744073709551615},"shard_002":{"size_bytes":5},
            "shard_003":{"size_bytes":5,"tar_path":"../../outside.tar"}}}"#;
        std::fs::write(files.join("image_shards_summary.json"), summary).unwrap();
    }) else {
        return;
    };
    served.hub.set("no_pages=1");
    let opened = served.open(&served.hub.web()).unwrap();
    let gone = "image_shards/shard_002.tar";
    assert_eq!(paths(&opened), [SHARD, "image_shards/shard_001.tar", gone, "train.jsonl", "train_hn.jsonl"]);
    // Lengths are those of the files, whatever the list says.
    assert_eq!(read(&opened, SHARD, 0..600).unwrap(), served.bytes_of(SHARD)[..600]);
    assert_eq!(served::file(&opened, SHARD).len, served.bytes_of(SHARD).len() as u64);
    let message = served::words(&opened, gone, 0..600);
    assert!(message.contains("not found (404)"), "{message}");
}

#[test]
fn the_address_of_a_split_that_is_not_there_names_the_others() {
    let Some(served) = Served::start() else { return };
    for address in [format!("{}/none.jsonl", served.hub.web()), "hf://datasets/o/n/none.jsonl".to_owned()] {
        let refusal = served.refusal(&address);
        let expected = format!("{address}: there is no such file; the splits there are train.jsonl, train_hn.jsonl");
        assert_eq!(refusal, expected);
    }
}

#[test]
fn a_server_with_neither_is_asked_for_the_usual_splits() {
    let Some(served) = Served::start() else { return };
    served.hub.set("no_pages=1");
    let opened = served.open(&served.hub.web()).unwrap();
    assert_eq!(paths(&opened), ["train.jsonl", "train_hn.jsonl"]);
    assert_eq!(opened.dataset.indices().count(), 12);
    let only = served.open(&format!("{}/train.jsonl", served.hub.web())).unwrap();
    assert_eq!(only.dataset.indices().count(), 12);
}

#[test]
fn a_server_with_a_page_for_each_missing_file_is_usable() {
    let Some(served) = Served::start() else { return };
    served.hub.set("page_for_missing=1");
    let opened = served.open(&served.hub.web()).unwrap();
    assert_eq!(paths(&opened), [SHARD, "image_shards/shard_001.tar", "train.jsonl", "train_hn.jsonl"]);
}

/// The requests for shards.
fn of_shards(served: &Served) -> Vec<String> {
    let is_of_shard = |line: &String| line.contains("/image_shards/shard_");
    served.hub.seen().into_iter().filter(is_of_shard).collect()
}

#[test]
fn thousands_of_shards_are_not_asked_for_one_by_one() {
    let Some(served) = Served::start_with(|files| {
        for at in 2..1500 {
            let name = format!("image_shards/shard_{at:03}.tar");
            std::fs::write(files.join(name), "").unwrap();
        }
    }) else {
        return;
    };
    let opened = served.open(&served.hub.web()).unwrap();
    assert_eq!(paths(&opened).len(), 1502);
    assert_eq!(of_shards(&served), [""; 0]);
    // The page of the folder tells about how long they are.
    let listed = opened.dataset.tiles.storage().unwrap().file(SHARD).unwrap().clone();
    assert!(!listed.is_confirmed() && listed.len == served.bytes_of(SHARD).len() as u64, "{listed:?}");
    // Its first use asks for the one that is needed, and for index files beside it, once.
    let sample = opened.dataset.sample(opened.dataset.indices().next().unwrap()).unwrap();
    let name = sample.positive.path.shard_name().unwrap().to_owned();
    opened.dataset.tiles.locate(&sample.positive.path).unwrap();
    let asked = of_shards(&served);
    let heads = asked.iter().filter(|line| line.contains("HEAD") && line.contains(&format!("{name}.tar "))).count();
    assert!(heads == 1 && asked.iter().all(|line| line.contains(&name)), "{asked:#?}");
    let mut bytes = Vec::new();
    opened.dataset.tiles.read(&opened.dataset.tiles.locate(&sample.positive.path).unwrap(), &mut bytes).unwrap();
    assert!(bytes.starts_with(b"\x89PNG"));
    assert!(!of_shards(&served).iter().any(|line| line.contains("HEAD")));
    // The next time, its version is asked for while the files are listed.
    let again = served.open(&served.hub.web()).unwrap();
    let asked = of_shards(&served);
    assert!(asked.len() == 1 && asked[0].contains("HEAD") && asked[0].contains(&name), "{asked:#?}");
    again.dataset.tiles.read(&again.dataset.tiles.locate(&sample.positive.path).unwrap(), &mut bytes).unwrap();
    assert_eq!(of_shards(&served), [""; 0], "the index and the tile are kept, and the version is known");
}

/// Reads the first positive as the window does, and returns the name of its shard.
fn first_tile(opened: &OpenedSet) -> (String, Vec<u8>) {
    let tiles = &opened.dataset.tiles;
    let sample = opened.dataset.sample(opened.dataset.indices().next().unwrap()).unwrap();
    let Lookup::Found(location) = tiles.look_up_to_read(&sample.positive.path) else { panic!("not found") };
    let mut bytes = Vec::new();
    tiles.read(&location, &mut bytes).unwrap();
    (sample.positive.path.shard_name().unwrap().to_owned(), bytes)
}

/// Changes the last byte of a picture in a shard: its length and its index stay the same, so only
/// its version tells.
fn change(served: &Served, name: &str, picture: &[u8]) {
    let shard = served.files.join(format!("image_shards/{name}.tar"));
    let mut content = std::fs::read(&shard).unwrap();
    let at = content.windows(picture.len()).position(|window| window == picture).unwrap();
    content[at + picture.len() - 1] ^= 1;
    std::fs::write(&shard, content).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    std::fs::File::options().append(true).open(&shard).unwrap().set_modified(later).unwrap();
}

/// Forgets the tiles that were kept, and which shards were used.
fn forget_tiles(served: &Served) {
    let is_forgotten =
        |file: &PathBuf| file.components().any(|part| part.as_os_str() == "tiles") || file.ends_with("used.json");
    served.fetched().into_iter().filter(is_forgotten).for_each(|file| std::fs::remove_file(file).unwrap());
}

#[test]
fn a_shard_that_changed_between_two_openings_is_read_again() {
    let Some(served) = Served::start() else { return };
    let (name, before) = first_tile(&served.open(&served.hub.web()).unwrap());
    change(&served, &name, &before);
    let (_, kept) = first_tile(&served.open(&served.hub.web()).unwrap());
    assert!(kept != before && kept[..before.len() - 1] == before[..before.len() - 1], "a tile that was kept");
    change(&served, &name, &kept);
    forget_tiles(&served);
    let (_, fetched) = first_tile(&served.open(&served.hub.web()).unwrap());
    assert_eq!(fetched, before, "a tile that comes with the version");
}

#[test]
fn a_tile_shows_that_its_shard_did_not_change() {
    let Some(served) = Served::start() else { return };
    let (name, before) = first_tile(&served.open(&served.hub.web()).unwrap());
    forget_tiles(&served);
    let again = served.open(&served.hub.web()).unwrap();
    of_shards(&served);
    assert_eq!(first_tile(&again), (name, before.clone()));
    let asked = of_shards(&served);
    assert!(asked.len() == 1 && asked[0].contains("GET"), "{asked:#?}");
    assert_eq!(first_tile(&again).1, before);
    assert_eq!(of_shards(&served), [""; 0], "the tile is kept");
}

#[test]
fn a_folder_without_splits_says_so() {
    let Some(served) = Served::start() else { return };
    let message = served.refusal(&format!("{}/image_shards", served.hub.web()));
    assert!(message.contains("no split found"), "{message}");
}

#[test]
fn a_folder_that_does_not_exist_says_so() {
    let Some(served) = Served::start() else { return };
    for missing in ["no/such/folder", "no/such/folder/train.jsonl"] {
        let message = served.refusal(&format!("{}/{missing}", served.hub.web()));
        assert!(message.contains(&format!("/{missing}: the address does not exist (404)")), "{message}");
    }
    // A folder that only its files tell of exists.
    served.hub.set("no_pages=1");
    served.open(&served.hub.web()).unwrap();
}
