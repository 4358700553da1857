//! A dataset through `tilejury serve`, as a client sees it: it opens in one trip, reads the same
//! bytes, notices changes, keeps its token, and exchanges files of judgements.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod serving;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serving::{SHARD, Served, TOKEN};
use tilejury_data::progress::NoProgress;
use tilejury_data::{Dataset, Purpose, Storage as _, TilePath};
use tilejury_remote::{Access, Address, ServedFolder, open};

/// The tiles of all rows, read.
fn tiles(dataset: &Dataset) -> Vec<(TilePath, Vec<u8>)> {
    let mut tiles = Vec::new();
    for index in dataset.indices() {
        for tile in dataset.sample(index).unwrap().tiles() {
            let mut bytes = Vec::new();
            dataset.tiles.read(&dataset.tiles.locate(&tile.path).unwrap(), &mut bytes).unwrap();
            tiles.push((tile.path.clone(), bytes));
        }
    }
    tiles
}

#[test]
fn a_served_set_is_the_same_set() {
    let served = Served::start();
    let (here, there) = (Dataset::open(&served.files).unwrap(), served.open().unwrap());
    assert_eq!(there.dataset.fingerprint, here.fingerprint);
    assert_eq!(tiles(&there.dataset), tiles(&here));
    let storage = there.dataset.tiles.storage().unwrap();
    assert!(storage.files().iter().all(tilejury_data::StoredFile::is_confirmed), "{:?}", storage.files());
    assert_eq!(storage.exchange_place(), Some(&*served.serving.url()));
    // The address has the name of the set, but the server's root is the set as well.
    let root: Address = format!("http://{}", served.serving.address()).parse().unwrap();
    assert_eq!(open(&root, &served.access(), &NoProgress).unwrap().dataset.fingerprint, here.fingerprint);
    let one: Address = format!("{}/train.jsonl", served.serving.url()).parse().unwrap();
    let one = open(&one, &served.access(), &NoProgress).unwrap();
    assert_eq!(one.dataset.splits.len(), 1);
    let other: Address = format!("http://{}/other", served.serving.address()).parse().unwrap();
    let error = open(&other, &served.access(), &NoProgress).unwrap_err().to_string();
    assert!(error.contains("404"), "{error}");
}

#[test]
fn extracted_tiles_are_served_beside_shards() {
    let served = Served::start_with(
        |files| {
            let set = Dataset::open(files).unwrap();
            for (path, bytes) in tiles(&set).into_iter().take(3) {
                tilejury_testkit::set::put(&files.join("images").join(path.as_str()), &bytes);
            }
            std::fs::remove_file(files.join(SHARD)).unwrap();
            std::fs::write(files.join("image_shards/shard_001.json"), "{}").unwrap();
        },
        |_| {},
    );
    let there = served.open().unwrap();
    let paths: Vec<&str> =
        there.dataset.tiles.storage().unwrap().files().iter().map(|file| file.path.as_str()).collect();
    assert!(
        paths.contains(&"image_shards/shard_001.json") && paths.contains(&"image_shards/shard_001.tar"),
        "{paths:?}"
    );
    let extracted = paths.iter().filter(|path| path.starts_with("images/")).count();
    assert!((1..=3).contains(&extracted), "{paths:?}");
    let first = there.dataset.sample(there.dataset.indices().next().unwrap()).unwrap();
    assert!(there.dataset.tiles.locate(&first.positive.path).is_ok());
}

#[test]
fn thumbnails_are_scaled_on_the_server_until_the_tile_is_here() {
    let served = Served::start();
    let there = served.open().unwrap();
    let tiles = &there.dataset.tiles;
    let path = there.dataset.sample(there.dataset.indices().next().unwrap()).unwrap().positive.path;
    let before = there.traffic.now().bytes;
    let small = tiles.small_tile(&path, 60).unwrap();
    let pixels = tilejury_data::decode(&small).unwrap();
    assert_eq!(pixels.width, 60);
    assert_eq!(there.traffic.now().bytes - before, small.len() as u64, "no index and no tile was read");
    let mut whole = Vec::new();
    tiles.read(&tiles.locate(&path).unwrap(), &mut whole).unwrap();
    assert!(whole.len() > small.len(), "{} and {}", whole.len(), small.len());
    assert_eq!(tiles.small_tile(&path, 60), None, "the tile is kept here");
    assert_eq!(tiles.small_tile(&TilePath::new("no/such/tile.png"), 60), None);
}

#[test]
fn a_shard_that_changes_on_the_server_is_noticed() {
    let served = Served::start();
    let there = served.open().unwrap();
    let file = there.set.file(SHARD).unwrap().clone();
    let read = |range| {
        let mut bytes = Vec::new();
        there.set.read(&file, range, Purpose::Index, &mut bytes).map(|()| bytes)
    };
    assert_eq!(read(0..512).unwrap().len(), 512);
    let mut content = std::fs::read(served.files.join(SHARD)).unwrap();
    content[600] ^= 1;
    thread::sleep(Duration::from_millis(20));
    std::fs::write(served.files.join(SHARD), &content).unwrap();
    let error = read(0..512).unwrap_err().to_string();
    assert!(error.contains("changed since the dataset was opened"), "{error}");
    // A part of the version that a client had is not sent with that of another one.
    let asked = format!("GET /{SHARD}\nrange: bytes=0-99\nif-range: {}", file.version);
    assert_eq!(served.ask(&asked, b"").status, 200);
    std::fs::remove_file(served.files.join(SHARD)).unwrap();
    let error = read(0..512).unwrap_err().to_string();
    assert!(error.contains("not found (404)"), "{error}");
}

#[test]
fn the_words_say_what_is_missing_without_the_token() {
    let served = Served::start();
    let refused = |token: Option<&str>| {
        let mut access = served.access();
        access.cache = served.folder.path().join("other");
        access.serve_tokens.clear();
        let origin = format!("http://{}", served.serving.address());
        access.serve_tokens.extend(token.map(|token| (origin, token.to_owned())));
        open(&served.address(), &access, &NoProgress).map(drop).unwrap_err().to_string()
    };
    for error in [refused(None), refused(Some("another-token-0123456789"))] {
        assert!(error.contains("the token behind #") && error.contains("TILEJURY_TOKEN"), "{error}");
        assert!(!error.contains(TOKEN) && !error.contains("another-token"), "{error}");
    }
}

/// A server that answers every request in the same way, and keeps what it got.
fn listener(answer: &'static str) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (address, seen) = (listener.local_addr().unwrap(), Arc::<Mutex<String>>::default());
    let all = seen.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let all = all.clone();
            thread::spawn(move || take(&mut stream, &all, answer));
        }
    });
    (format!("http://{address}"), seen)
}

fn take(stream: &mut TcpStream, all: &Mutex<String>, answer: &str) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut bytes) {
        all.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
        let _ = stream.write_all(answer.as_bytes());
    }
}

#[test]
fn the_token_goes_to_its_server_and_to_no_other() {
    let served = Served::start();
    let mut access = served.access();
    access.serve_tokens.clear();
    access.serve_token = Some(TOKEN.to_owned());
    // The server proves that it knows the token.
    assert_eq!(open(&served.address(), &access, &NoProgress).unwrap().dataset.indices().count(), 12);
    // Others do not get it, whatever they ask for; nor does one that a server leads to.
    let wants = "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer realm=\"tilejury 0123456789abcdef\"\r\ncontent-length: 0\r\n\r\n";
    let (other, seen) = listener(wants);
    assert!(open(&other.parse().unwrap(), &access, &NoProgress).is_err());
    let leads = format!("HTTP/1.1 302 Found\r\nlocation: {other}/x\r\ncontent-length: 0\r\n\r\n").leak();
    let (leading, asked) = listener(leads);
    access.serve_tokens.insert(leading.clone(), TOKEN.to_owned());
    assert!(open(&leading.parse().unwrap(), &access, &NoProgress).is_err());
    let folder = ServedFolder::open(&other.parse().unwrap(), &access).unwrap();
    assert!(folder.list().is_err());
    assert!(asked.lock().unwrap().contains(TOKEN), "it is the token for that server");
    let seen = seen.lock().unwrap().clone();
    assert!(seen.contains("GET /x") && !seen.contains(TOKEN), "{seen}");
}

#[test]
fn the_token_is_in_no_file_and_in_no_text() {
    let served = Served::start();
    let opened = text_of(&served.open().unwrap());
    assert!(!opened.contains(TOKEN), "{opened}");
    assert!(!format!("{:?}", served.access()).contains(TOKEN));
    let folder = ServedFolder::open(&served.address(), &served.access()).unwrap();
    assert!(!format!("{folder:?} {}", folder.address()).contains(TOKEN));
    let mut folders = vec![served.folder.path().join("cache")];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let content = std::fs::read(entry.path()).unwrap();
            assert!(!content.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()), "{:?}", entry.path());
        }
    }
}

fn text_of(opened: &tilejury_remote::OpenedSet) -> String {
    let storage = opened.dataset.tiles.storage().unwrap();
    format!("{opened:?} {} {} {:?}", storage.name(), storage.address(), storage.exchange_place())
}

#[test]
fn files_of_judgements_come_and_go() {
    let served = Served::start();
    let folder = ServedFolder::open(&served.address(), &served.access()).unwrap();
    assert_eq!(folder.list().unwrap(), [""; 0]);
    folder.write("a", b"content").unwrap();
    folder.write("a", b"other").unwrap();
    assert_eq!((folder.list().unwrap(), folder.read("a").unwrap()), (vec!["a".to_owned()], b"content".to_vec()));
    assert_eq!(folder.read("b").unwrap_err().kind(), std::io::ErrorKind::NotFound);
    for (name, words) in [("bad", "409: it is none of judgements"), ("full", "507: the server's folder of judgements")]
    {
        let error = folder.write(name, b"x").unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    folder.remove("a").unwrap();
    folder.remove("a").unwrap();
    assert_eq!(folder.list().unwrap(), [""; 0]);
    assert_eq!(folder.address(), served.serving.url());
}

#[test]
fn a_watch_returns_when_a_file_comes() {
    let served = Served::start();
    let folder = ServedFolder::open(&served.address(), &served.access()).unwrap();
    let mut watch = folder.watch().unwrap();
    assert!(!watch.wait(Duration::ZERO).unwrap(), "nothing came");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| watch.wait(Duration::from_secs(600)).unwrap());
        thread::sleep(Duration::from_millis(100));
        folder.write("a", b"content").unwrap();
        assert!(waiting.join().unwrap());
    });
    // One that comes without the server.
    thread::scope(|scope| {
        let waiting = scope.spawn(|| watch.wait(Duration::from_secs(600)).unwrap());
        served.judgements.0.lock().unwrap().insert("b".to_owned(), Vec::new());
        assert!(waiting.join().unwrap());
    });
    // One that came before the wait began.
    served.judgements.0.lock().unwrap().clear();
    assert!(watch.wait(Duration::from_secs(600)).unwrap());
    // The end of the server ends the wait.
    thread::scope(|scope| {
        let waiting = scope.spawn(|| watch.wait(Duration::from_secs(600)));
        thread::sleep(Duration::from_millis(100));
        served.serving.end();
        assert!(waiting.join().unwrap().is_err());
    });
}

#[test]
fn an_address_that_is_not_of_a_server_has_no_folder() {
    let access = Access::anonymous(std::env::temp_dir());
    let error = ServedFolder::open(&"s3://bucket".parse().unwrap(), &access).unwrap_err().to_string();
    assert!(error.contains("is not the address of `tilejury serve`"), "{error}");
}
