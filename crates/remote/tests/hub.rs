//! A dataset at a Hub: what is requested, where the token goes, and what a refusal says.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod served;

use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use served::{SHARD, Served, read, words};
use tilejury_data::ObstacleKind;
use tilejury_remote::OpenedSet;
use tilejury_testkit::servers::hub::COMMIT;

/// Everything that was logged by this process.
static LOGGED: Mutex<String> = Mutex::new(String::new());

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOGGED.lock().unwrap().push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

fn of<'a>(seen: &'a [String], server: &str) -> Vec<&'a str> {
    seen.iter().map(String::as_str).filter(|line| line.starts_with(server)).collect()
}

#[test]
fn a_dataset_opens_with_its_commit_and_all_pages_of_its_lists() {
    let Some(served) = Served::start() else { return };
    // A mirror may describe no files.
    served.hub.set("page=1&undescribed=1");
    let opened = served.open("hf://datasets/o/n").unwrap();
    let storage = opened.dataset.tiles.storage().unwrap();
    assert_eq!(storage.address(), format!("hf://datasets/o/n@{COMMIT}"));
    assert_eq!(storage.name(), "hf://datasets/o/n");
    let paths: Vec<&str> = storage.files().iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, [SHARD, "image_shards/shard_001.tar", "train.jsonl", "train_hn.jsonl"]);
    assert_eq!(opened.dataset.indices().count(), 12);
    // Two pages of the folder of shards, three of the top.
    let seen = served.hub.seen();
    assert_eq!(seen.iter().filter(|line| line.contains("/tree/")).count(), 5, "{seen:#?}");
}

#[test]
fn one_answer_has_the_commit_and_all_files() {
    let Some(served) = Served::start() else { return };
    let described = served.open("o/n").unwrap();
    let seen = served.hub.seen();
    // The commit with its files; the splits are on the other host, at addresses that were asked for
    // at the same time.
    assert_eq!(of(&seen, "hub GET").len(), 1, "{seen:#?}");
    assert_eq!(of(&seen, "hub HEAD /datasets/o/n/resolve/main/train.jsonl").len(), 1, "{seen:#?}");
    assert_eq!(of(&seen, "cdn GET /train.jsonl").len(), 1, "{seen:#?}");
    let Some(mut other) = Served::start() else { return };
    other.access.hub_endpoint = served.hub.endpoint();
    served.hub.set("undescribed=1");
    let listed = other.open("o/n").unwrap();
    let files = |opened: &OpenedSet| opened.dataset.tiles.storage().unwrap().files().to_vec();
    assert_eq!(files(&described), files(&listed));
}

/// Waits until requests that begin like these were made; returns the requests up to then.
fn seen_until(served: &Served, wanted: &[&str]) -> Vec<String> {
    let (begun, mut seen) = (Instant::now(), Vec::new());
    while wanted.iter().any(|wanted| of(&seen, wanted).is_empty()) {
        assert!(begun.elapsed() < Duration::from_secs(10), "{wanted:?}: {seen:#?}");
        thread::sleep(Duration::from_millis(5));
        seen.extend(served.hub.seen());
    }
    seen
}

/// Looks for a tile in the first shard as somebody does who reads it next.
fn use_first_shard(opened: &OpenedSet) {
    let tile = opened.dataset.sample(opened.dataset.indices().next().unwrap()).unwrap().positive.path.clone();
    assert!(tile.shard_name() == Some("shard_000"), "{tile}");
    let _ = opened.dataset.tiles.look_up_to_read(&tile);
}

#[test]
fn a_later_start_asks_early_for_what_it_will_need() {
    let Some(served) = Served::start() else { return };
    use_first_shard(&served.opened());
    served.hub.seen();
    let opened = served.open("o/n").unwrap();
    let shard = format!("hub HEAD /datasets/o/n/resolve/{COMMIT}/{SHARD} ");
    let mut seen = seen_until(&served, &[&shard, "cdn HEAD / "]);
    assert_eq!(read(&opened, SHARD, 0..512).unwrap(), served.bytes_of(SHARD)[..512]);
    seen.extend(served.hub.seen());
    assert_eq!((of(&seen, "hub GET").len(), of(&seen, "cdn GET").len()), (1, 1), "{seen:#?}");
    // Nothing that is signed is kept.
    for file in served.fetched() {
        assert!(!String::from_utf8_lossy(&std::fs::read(&file).unwrap()).contains("Signature"), "{}", file.display());
    }
}

/// A dataset whose short files are on the Hub itself.
fn with_short_files() -> Option<Served> {
    let served = Served::start_with(|files| {
        std::fs::write(files.join(".gitattributes"), "*.tar filter=lfs\n").unwrap();
        std::fs::write(files.join("image_shards/shard_000.json"), "{\"files\":{}}").unwrap();
        std::fs::write(files.join("image_shards/shard_001.json"), "{\"files\": {}}").unwrap();
    })?;
    served.hub.set("short=1");
    Some(served)
}

#[test]
fn short_files_are_requested_where_the_hub_keeps_them() {
    let Some(served) = with_short_files() else { return };
    let opened = served.opened();
    assert_eq!(read(&opened, "image_shards/shard_000.json", 0..12).unwrap(), b"{\"files\":{}}");
    let seen = served.hub.seen();
    let at = format!("hub GET /api/resolve-cache/datasets/o/n/{COMMIT}/image_shards%2Fshard_000.json?");
    assert_eq!((of(&seen, "hub").len(), of(&seen, &at).len()), (1, 1), "one request, not two: {seen:#?}");
}

#[test]
fn short_files_that_are_elsewhere_are_asked_for_as_usual() {
    let Some(served) = with_short_files() else { return };
    for status in [500, 404, 400] {
        let opened = served.opened();
        served.hub.set(&format!("cache_moved={status}"));
        assert_eq!(read(&opened, "image_shards/shard_000.json", 0..12).unwrap(), b"{\"files\":{}}");
        let seen = served.hub.seen();
        let (cache, resolve) = ("hub GET /api/resolve-cache/", "hub GET /datasets/o/n/resolve/");
        assert_eq!((of(&seen, cache).len(), of(&seen, resolve).len()), (2, 1), "{seen:#?}");
        // Once is enough to know it of the others.
        assert_eq!(read(&opened, "image_shards/shard_001.json", 0..13).unwrap(), b"{\"files\": {}}");
        let seen = served.hub.seen();
        assert_eq!((of(&seen, cache).len(), of(&seen, resolve).len()), (1, 1), "{seen:#?}");
        served.hub.clear();
        served.hub.set("short=1");
        std::fs::remove_dir_all(&served.access.cache).unwrap();
    }
}

#[test]
fn another_set_of_the_hub_tells_its_other_host() {
    let Some(mut served) = Served::start() else { return };
    served.opened();
    // A set of which nothing is known, to this program.
    let sets = served.access.cache.join("sets");
    let set = sets.read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::rename(set, sets.join("0123456789abcdef")).unwrap();
    served.hub.seen();
    served.open("o/n").unwrap();
    let early = "cdn HEAD / ";
    seen_until(&served, &[early]);
    // At another Hub, that host says nothing.
    served.access.hub_endpoint = format!("{}/mirror", served.hub.endpoint());
    served.hub.seen();
    std::fs::remove_dir_all(
        sets.read_dir()
            .unwrap()
            .find(|set| !set.as_ref().unwrap().path().ends_with("0123456789abcdef"))
            .unwrap()
            .unwrap()
            .path(),
    )
    .unwrap();
    served.open("o/n").unwrap();
    let seen = served.hub.seen();
    assert!(of(&seen, early).is_empty() && !of(&seen, "cdn GET").is_empty(), "{seen:#?}");
}

#[test]
fn addresses_of_another_commit_are_not_used() {
    let Some(served) = Served::start() else { return };
    use_first_shard(&served.opened());
    let newer = "fedcba9876543210fedcba9876543210fedcba98";
    served.hub.set(&format!("sha={newer}"));
    served.hub.seen();
    let opened = served.open("o/n").unwrap();
    assert!(opened.dataset.tiles.storage().unwrap().address().ends_with(newer));
    read(&opened, SHARD, 0..512).unwrap();
    seen_until(&served, &[&format!("hub GET /datasets/o/n/resolve/{newer}/{SHARD} ")]);
}

#[test]
fn a_long_split_comes_in_parts() {
    let Some(served) = Served::start_with(|files| {
        let path = files.join("train.jsonl");
        let rows = std::fs::read(&path).unwrap();
        std::fs::write(&path, rows.repeat((9 << 20) / rows.len())).unwrap();
    }) else {
        return;
    };
    served.hub.set("cut_after=300000&cut_times=4");
    let opened = served.open("o/n").unwrap();
    let whole = served.bytes_of("train.jsonl");
    assert!(opened.dataset.splits.iter().any(|split| split.bytes() == whole));
    let seen = served.hub.seen();
    let of_second = |line: &&str| line.contains("range=bytes=4194304-");
    assert!(of(&seen, "cdn GET /train.jsonl").iter().any(of_second), "{seen:#?}");
}

#[test]
fn ranges_of_a_file_need_one_redirect() {
    let Some(served) = Served::start() else { return };
    let (opened, whole) = (served.opened(), served.bytes_of(SHARD));
    for at in 0..20 {
        assert_eq!(read(&opened, SHARD, at * 512..at * 512 + 700).unwrap(), whole[at as usize * 512..][..700]);
    }
    let seen = served.hub.seen();
    assert_eq!((of(&seen, "hub").len(), of(&seen, "cdn").len()), (1, 20), "{seen:#?}");
    // Also if they begin at the same time.
    let other = "image_shards/shard_001.tar";
    thread::scope(|scope| {
        for at in 0..20 {
            let opened = &opened;
            scope.spawn(move || read(opened, other, at * 512..at * 512 + 512).unwrap());
        }
    });
    let seen = served.hub.seen();
    assert_eq!((of(&seen, "hub").len(), of(&seen, "cdn").len()), (1, 20), "{seen:#?}");
}

#[test]
fn a_shard_that_came_whole_is_not_requested_again() {
    let Some(served) = Served::start() else { return };
    let opened = served.opened();
    let (before, mut sum) = (opened.traffic.now().bytes, 0);
    let rows = opened.dataset.indices().map(|sample| opened.dataset.sample(sample).unwrap());
    for tile in rows.flat_map(|row| row.tiles().cloned().collect::<Vec<_>>()) {
        let mut bytes = Vec::new();
        let location = opened.dataset.tiles.locate(&tile.path).unwrap();
        opened.dataset.tiles.read(&location, &mut bytes).unwrap();
        assert!(bytes.starts_with(b"\x89PNG"));
        sum += bytes.len();
    }
    let seen = served.hub.seen();
    let lens: usize = [SHARD, "image_shards/shard_001.tar"].iter().map(|path| served.bytes_of(path).len()).sum();
    assert_eq!(of(&seen, "cdn").len(), 2, "one request a shard: {seen:#?}");
    assert!(sum > lens / 2 && opened.traffic.now().bytes - before == lens as u64, "{:?}", opened.traffic.now());
}

#[test]
fn an_expired_address_is_asked_for_again() {
    let Some(served) = Served::start() else { return };
    let (opened, whole) = (served.opened(), served.bytes_of(SHARD));
    read(&opened, SHARD, 0..512).unwrap();
    served.hub.set("signature=second");
    served.hub.seen();
    assert_eq!(read(&opened, SHARD, 512..1024).unwrap(), whole[512..1024]);
    assert_eq!(read(&opened, SHARD, 1024..1536).unwrap(), whole[1024..1536]);
    let seen = served.hub.seen();
    assert_eq!((of(&seen, "hub").len(), of(&seen, "cdn").len()), (1, 3), "{seen:#?}");
}

#[test]
fn reads_that_meet_an_expired_address_share_a_new_one() {
    let Some(served) = Served::start() else { return };
    let (opened, whole) = (served.opened(), served.bytes_of(SHARD));
    // A new address, and one that is the same again.
    for fault in ["signature=second&slow_redirect=1", "expired=1&slow_redirect=1"] {
        read(&opened, SHARD, 0..512).unwrap();
        served.hub.seen();
        served.hub.set(fault);
        let together = Barrier::new(20);
        thread::scope(|scope| {
            for at in 0..20 {
                let (opened, whole, together) = (&opened, &whole, &together);
                scope.spawn(move || {
                    together.wait();
                    assert_eq!(read(opened, SHARD, at * 512..at * 512 + 99).unwrap(), whole[at as usize * 512..][..99]);
                });
            }
        });
        let seen = served.hub.seen();
        assert_eq!(of(&seen, "hub").len(), 1, "{fault}: {seen:#?}");
        assert!((21..=40).contains(&of(&seen, "cdn").len()), "{fault}: {seen:#?}");
        served.hub.clear();
    }
}

#[test]
fn the_token_goes_to_the_hub_only_and_is_never_logged() {
    log::set_logger(&Log).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let Some(mut served) = Served::start() else { return };
    served.hub.set("token=hf_secret");
    served.access.hub_token = Some("hf_secret".to_owned());
    let opened = served.open("o/n").unwrap();
    read(&opened, SHARD, 0..512).unwrap();
    let seen = served.hub.seen();
    assert!(of(&seen, "hub").iter().all(|line| line.ends_with("auth=Bearer hf_secret")), "{seen:#?}");
    assert!(!of(&seen, "cdn").is_empty() && of(&seen, "cdn").iter().all(|line| line.ends_with("auth=")), "{seen:#?}");
    // Failures of every kind.
    served.hub.set("status=503&status_times=9&body=busy");
    let mut texts = words(&opened, SHARD, 0..512);
    served.hub.clear();
    served.hub.set("cut_after=100&cut_times=99&token=hf_secret");
    texts += &words(&opened, SHARD, 0..5000);
    served.hub.clear();
    served.hub.set("token=hf_other");
    texts += &served.refusal("o/n");
    served.hub.stop();
    texts += &words(&opened, SHARD, 0..512);
    texts += &format!("{:?} {opened:?}", served.access);
    let logged = LOGGED.lock().unwrap();
    for secret in ["hf_secret", "Signature"] {
        assert!(!texts.contains(secret), "{texts}");
        let lines: Vec<&str> = logged.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{lines:#?}");
    }
}

#[test]
fn refusals_say_what_to_do() {
    let Some(mut served) = Served::start() else { return };
    let page = format!("{}/datasets/o/n", served.hub.endpoint());
    served.hub.set("gated=1");
    let refusal = served.refusal("o/n");
    assert!(refusal.contains(&format!("accept its conditions at {page} while logged in")), "{refusal}");
    served.hub.clear();
    let refusal = served.refusal("o/other");
    assert!(refusal.contains("is private or does not exist") && refusal.contains("HF_TOKEN"), "{refusal}");
    let refusal = served.refusal("o/n@nothing");
    assert!(refusal.contains("no such revision"), "{refusal}");
    let refusal = served.refusal("hf://datasets/o/n/nothing");
    assert!(refusal.contains("not found (404)"), "{refusal}");
    served.access.hub_token = Some("hf_wrong".to_owned());
    served.hub.set("token=hf_right");
    let refusal = served.refusal("o/n");
    assert!(refusal.contains("(401)") && refusal.contains("check HF_TOKEN"), "{refusal}");
    served.access.hub_token = Some("two\nlines".to_owned());
    let refusal = served.refusal("o/n");
    assert!(refusal.contains("HF_TOKEN") && refusal.contains("is not a token"), "{refusal}");
}

#[test]
fn a_dataset_that_becomes_gated_says_so_on_its_tiles() {
    let Some(served) = Served::start() else { return };
    let opened = served.opened();
    served.hub.set("gated=1");
    let message = words(&opened, SHARD, 0..512);
    assert!(message.contains("/datasets/o/n while logged in"), "{message}");
}

#[test]
fn rate_limits_are_obeyed_and_told_in_seconds() {
    let Some(served) = Served::start() else { return };
    let opened = served.opened();
    // A message names a long wait, and nothing is sent until it is over.
    served.hub.set("limited_resolvers=120");
    let error = read(&opened, SHARD, 0..512).unwrap_err();
    assert_eq!(error.kind, ObstacleKind::Limited);
    let message = error.to_string();
    assert!(message.contains("too many requests (429); the server allows the next one in 120 s"), "{message}");
    let message = words(&opened, SHARD, 0..512);
    assert!(message.contains("in 120 s") || message.contains("in 119 s"), "{message}");
    assert!(opened.traffic.now().limited_for.is_some_and(|wait| wait > Duration::from_secs(100)));
    assert_eq!(served.hub.seen().len(), 1);
    // The API has a limit of its own, with the other header.
    served.hub.clear();
    served.hub.set("limited_api=90&retry_after=1");
    let refusal = served.refusal("o/n");
    assert!(refusal.contains("in 90 s"), "{refusal}");
    // A date is no number of seconds.
    served.hub.clear();
    served.hub.set("limited_api=90&limited_by_date=1");
    let refusal = served.refusal("o/n");
    assert!(refusal.contains("try again in a minute"), "{refusal}");
    served.hub.clear();
    // A short wait is kept, and the read succeeds.
    let opened = served.opened();
    served.hub.set("limited_resolvers=1&limited_once=1");
    let begun = Instant::now();
    read(&opened, SHARD, 0..512).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    assert_eq!(of(&served.hub.seen(), "hub").len(), 2);
}

#[test]
fn a_commit_needs_no_pin_and_other_revisions_do() {
    let Some(served) = Served::start() else { return };
    served.open("o/n@refs%2Fpr%2F1").unwrap();
    let pin = "hub GET /api/datasets/o/n/revision/refs%2Fpr%2F1?";
    let seen = served.hub.seen();
    assert!(seen.iter().any(|line| line.starts_with(pin)), "{seen:#?}");
    // Its files are known by now.
    served.open(&format!("o/n@{COMMIT}")).unwrap();
    assert_eq!(of(&served.hub.seen(), "hub"), Vec::<&str>::new());
    served.open("o/n@refs%2Fpr%2F1").unwrap();
    assert!(of(&served.hub.seen(), "hub")[0].starts_with(pin));
}

#[test]
fn a_mirror_below_a_path_is_used_for_everything() {
    let Some(mut served) = Served::start() else { return };
    served.access.hub_endpoint = format!("{}/mirror/", served.hub.endpoint());
    let opened = served.open("o/n").unwrap();
    assert_eq!(read(&opened, SHARD, 0..512).unwrap(), served.bytes_of(SHARD)[..512]);
    let seen = served.hub.seen();
    assert!(of(&seen, "hub").iter().all(|line| line.contains(" /mirror/")), "{seen:#?}");
}

#[test]
fn names_with_special_characters_are_read() {
    let names = ["a b#c+d.tar", "50%25 2%2Fx.tar", "ü?&=.tar"];
    let Some(served) = Served::start_with(|files| {
        for name in names {
            std::fs::copy(files.join(SHARD), files.join("image_shards").join(name)).unwrap();
        }
    }) else {
        return;
    };
    let opened = served.opened();
    for name in names {
        let path = format!("image_shards/{name}");
        assert_eq!(read(&opened, &path, 0..512).unwrap(), served.bytes_of(SHARD)[..512], "{name}");
    }
}

#[test]
fn loose_tiles_are_listed_if_there_are_no_shards() {
    let Some(served) = Served::start_with(|files| {
        std::fs::remove_dir_all(files.join("image_shards")).unwrap();
        let tile = tilejury_testkit::set::tile(0, 1000, 0);
        tilejury_testkit::set::put(&files.join(tile), b"tile");
    }) else {
        return;
    };
    let tile = tilejury_testkit::set::tile(0, 1000, 0);
    served.hub.put_list("images", &[format!(r#"{{"type":"file","path":"{tile}","size":4,"oid":"1"}}"#)]);
    assert_eq!(read(&served.opened(), &tile, 0..4).unwrap(), b"tile");
}
