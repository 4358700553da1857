//! Faults of the network and of servers while a dataset is read: every read ends with the right
//! bytes or with words.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod served;

use std::thread;
use std::time::{Duration, Instant};

use served::{SHARD, Served, read, words};

#[test]
fn a_lost_connection_is_tried_again_and_told_in_time() {
    let Some(mut served) = Served::start() else { return };
    let (opened, whole) = (served.opened(), served.bytes_of(SHARD));
    served.hub.stop();
    let begun = Instant::now();
    let message = words(&opened, SHARD, 0..512);
    assert!(message.contains("no connection"), "{message}");
    assert!((Duration::from_secs(2)..Duration::from_secs(10)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    // The server returns while a read is tried, without another action.
    thread::scope(|scope| {
        let reading = scope.spawn(|| read(&opened, SHARD, 0..512));
        thread::sleep(Duration::from_millis(1200));
        served.hub.resume();
        assert_eq!(reading.join().unwrap().unwrap(), whole[..512]);
    });
    assert_eq!(read(&opened, SHARD, 512..1024).unwrap(), whole[512..1024]);
}

#[test]
fn a_body_that_is_cut_is_completed_with_the_right_bytes() {
    let Some(served) = Served::start() else { return };
    let (opened, whole) = (served.opened(), served.bytes_of(SHARD));
    served.hub.set("cut_after=60000&cut_times=2");
    assert_eq!(read(&opened, SHARD, 1000..250_000).unwrap(), whole[1000..250_000]);
    assert!(served.hub.seen().len() >= 4);
    // Cut each time: words, not a part.
    served.hub.set("cut_after=1000&cut_times=1000");
    let message = words(&opened, SHARD, 1000..250_000);
    assert!(message.contains("no connection") || message.contains("not whole"), "{message}");
}

#[test]
fn splits_that_are_cut_are_completed() {
    let Some(served) = Served::start() else { return };
    served.hub.set("cut_after=1000&cut_times=1");
    let opened = served.open("o/n").unwrap();
    assert_eq!(opened.dataset.indices().count(), 12);
}

#[test]
fn a_split_that_is_not_the_listed_one_is_refused() {
    let Some(served) = Served::start() else { return };
    let len = served.bytes_of("train.jsonl").len();
    let no_hash = format!(r#""size":{},"oid":"1""#, len + 1);
    let other_hash = format!(r#""size":{len},"lfs":{{"oid":"{}","size":{len}}}"#, "0".repeat(64));
    for entry in [no_hash, other_hash] {
        served.hub.put_list("", &[format!(r#"{{"type":"file","path":"train.jsonl",{entry}}}"#)]);
        let message = served.refusal("o/n");
        assert!(message.contains("train.jsonl: the answer is not whole"), "{message}");
    }
}

#[test]
fn a_busy_server_is_tried_again_and_its_status_told() {
    let Some(served) = Served::start() else { return };
    let (opened, whole) = (served.opened(), served.bytes_of(SHARD));
    served.hub.set("status=503&status_times=2");
    assert_eq!(read(&opened, SHARD, 0..512).unwrap(), whole[..512]);
    for (status, expected) in [
        (500, "the server answered 500; try again later"),
        (401, "wants credentials (401)"),
        (403, "access is refused (403)"),
        (404, "not found (404)"),
        (412, "the file changed since the dataset was opened"),
        (416, "has become shorter than it was (416)"),
        (429, "too many requests (429)"),
        (511, "the network may want a login first"),
    ] {
        served.hub.set(&format!("status={status}&status_times=100"));
        served.hub.seen();
        let message = words(&opened, SHARD, 0..512);
        assert!(message.contains(expected), "{status}: {message}");
        // Three tries at most, each with the redirect and a new one.
        assert!(served.hub.seen().len() <= 9, "{status}");
    }
}

#[test]
fn the_api_is_tried_again() {
    let Some(served) = Served::start() else { return };
    served.hub.set("failing_api=1");
    served.open("o/n").unwrap();
}

#[test]
fn a_server_without_ranges_sends_each_file_once() {
    let Some(served) = Served::start() else { return };
    let (opened, whole) = (served.open(&served.hub.without_ranges()).unwrap(), served.bytes_of(SHARD));
    served::file(&opened, SHARD);
    served.hub.seen();
    thread::scope(|scope| {
        for at in 0..20 {
            let (opened, whole) = (&opened, &whole);
            scope.spawn(move || {
                assert_eq!(read(opened, SHARD, at * 512..at * 512 + 99).unwrap(), whole[at as usize * 512..][..99]);
            });
        }
    });
    let first = served.hub.seen().len();
    // Each of those that began together may have asked before the first answer came.
    assert!(first <= 20, "{first}");
    for at in 0..20 {
        assert_eq!(read(&opened, SHARD, at..at + 600).unwrap(), whole[at as usize..][..600]);
    }
    assert!(served.hub.seen().is_empty());
    // The file has no name on the disk.
    assert!(!served.fetched().iter().any(|path| path.metadata().unwrap().len() == whole.len() as u64));
}

#[test]
fn a_long_file_of_a_server_without_ranges_is_not_fetched() {
    let Some(served) = Served::start_with(|files| {
        let file = std::fs::File::create(files.join("image_shards/shard_009.tar")).unwrap();
        file.set_len(256_000_001).unwrap();
    }) else {
        return;
    };
    let opened = served.open(&served.hub.without_ranges()).unwrap();
    let received = opened.traffic.now().bytes;
    for _ in 0..2 {
        let message = words(&opened, "image_shards/shard_009.tar", 0..512);
        assert!(message.contains("longer than 256 MB"), "{message}");
    }
    assert!(opened.traffic.now().bytes - received < 10_000_000, "{:?}", opened.traffic.now());
}

#[test]
fn no_bytes_of_a_file_that_changed_are_used() {
    let Some(served) = Served::start() else { return };
    let opened = served.open(&served.hub.web()).unwrap();
    let whole = served.bytes_of(SHARD);
    assert_eq!(read(&opened, SHARD, 0..512).unwrap(), whole[..512]);
    // The same length, other bytes.
    let other: Vec<u8> = whole.iter().map(|byte| !byte).collect();
    std::fs::write(served.files.join(SHARD), &other).unwrap();
    let later = std::time::SystemTime::now() + Duration::from_secs(60);
    let file = std::fs::File::options().append(true).open(served.files.join(SHARD)).unwrap();
    file.set_modified(later).unwrap();
    let message = words(&opened, SHARD, 512..1024);
    assert!(message.contains("changed since the dataset was opened; open the dataset again"), "{message}");
    // Opened again, it is read as it is now, and nothing of before is used.
    let opened = served.open(&served.hub.web()).unwrap();
    assert_eq!(read(&opened, SHARD, 0..512).unwrap(), other[..512]);
    // And a shorter one.
    std::fs::write(served.files.join(SHARD), &other[..2048]).unwrap();
    let message = words(&opened, SHARD, 4096..8192);
    assert!(message.contains("(416)") || message.contains("changed since"), "{message}");
}

#[test]
fn the_page_of_a_login_is_never_taken_for_a_file() {
    let Some(served) = Served::start() else { return };
    let (opened, whole) = (served.opened(), served.bytes_of(SHARD));
    served.hub.set("page_for_all=<html>login</html>&page_times=100");
    let expected = "a web page came instead of the file: the network may want a login first";
    let message = words(&opened, SHARD, 0..512);
    assert!(message.contains(expected), "{message}");
    // The API, and a web server of which everything is a page.
    for address in ["o/n", &served.hub.web()] {
        let message = served.refusal(address);
        assert!(message.contains(expected), "{address}: {message}");
    }
    // Only the splits.
    served.hub.clear();
    served.hub.set("page_for_all=<html>login</html>&page_times=100&page_of_files=1");
    let message = served.refusal("o/n");
    assert!(message.contains(expected), "{message}");
    // After the login everything works.
    served.hub.clear();
    assert_eq!(read(&opened, SHARD, 0..512).unwrap(), whole[..512]);
}

#[test]
fn a_wrong_clock_is_named() {
    let Some(mut served) = Served::start() else { return };
    let body = "<Error><Code>RequestTimeTooSkewed</Code><Message>The%20difference</Message></Error>";
    served.hub.set(&format!("status=403&status_times=100&body={body}"));
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT", &served.hub.web()),
        ("AWS_ALLOW_HTTP", "true"),
    ] {
        served.access.variables.insert(name.to_owned(), value.to_owned());
    }
    let message = served.refusal("s3://bucket/set");
    assert!(message.contains("the clock of this machine differs too much from the server's; set it"), "{message}");
}
