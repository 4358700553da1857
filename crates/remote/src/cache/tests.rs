//! The cache folder: what is found again, what leaves first, what is deleted and what is not.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::SystemTime;

use super::*;

fn file(version: &str) -> StoredFile {
    StoredFile { path: "a.tar".into(), len: 100_000, version: version.into(), sha256: None }
}

/// A range of 1000 bytes.
fn range(at: u64) -> Range<u64> {
    at * 1000..(at + 1) * 1000
}

fn content(at: u64) -> Vec<u8> {
    vec![at as u8; 1000]
}

/// A cache with room for `tiles` ranges.
fn cache(folder: &Path, tiles: u64) -> SetCache {
    SetCache::new(folder, "s3://bucket/set", tiles * (1000 + CHECKSUM))
}

/// Sets the last use of a range, in days before now.
fn used(cache: &SetCache, at: u64, days: u64) {
    let moment = SystemTime::now() - Duration::from_secs(days * 86_400);
    File::options().append(true).open(cache.tile(&file("1"), &range(at))).unwrap().set_modified(moment).unwrap();
}

fn held(cache: &SetCache) -> Vec<u64> {
    (0..100).filter(|at| cache.holds(&file("1"), &range(*at))).collect()
}

#[test]
fn a_range_is_found_again_for_the_same_version_only() {
    let dir = tempfile::tempdir().unwrap();
    let first = cache(dir.path(), 100);
    first.keep(&file("1"), &range(1), &content(1));
    assert_eq!(first.read(&file("1"), &range(1)), Some(content(1)));
    assert!(first.holds(&file("1"), &range(1)));
    assert_eq!(first.read(&file("2"), &range(1)), None);
    assert_eq!(first.read(&file("1"), &(1000..1999)), None);
    let other = SetCache::new(dir.path(), "s3://bucket/other", 1_000_000);
    assert_eq!(other.read(&file("1"), &range(1)), None);
}

#[test]
fn a_file_whose_content_is_damaged_is_not_used_and_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path(), 100);
    let path = cache.tile(&file("1"), &range(0));
    for damage in [vec![0; 1016], vec![0; 20], Vec::new()] {
        cache.keep(&file("1"), &range(0), &content(7));
        fs::write(&path, damage).unwrap();
        assert_eq!(cache.read(&file("1"), &range(0)), None);
        assert!(!path.exists());
    }
}

#[test]
fn those_of_the_oldest_use_leave_first() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path(), 10);
    for at in 0..10 {
        cache.keep(&file("1"), &range(at), &content(at));
        used(&cache, at, 50 - at);
    }
    cache.sweep();
    assert_eq!(held(&cache).len(), 10, "the limit is not exceeded");
    // A read is a use.
    cache.read(&file("1"), &range(0)).unwrap();
    cache.keep_index(&file("1"), &[0; 50_000]);
    cache.keep(&file("1"), &range(10), &content(10));
    cache.sweep();
    assert_eq!(held(&cache), [0, 3, 4, 5, 6, 7, 8, 9, 10], "down to nine tenths, the oldest first");
    assert!(cache.read_index(&file("1")).is_some(), "an index does not leave for tiles");
}

#[test]
fn writing_over_the_limit_starts_a_sweep_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path(), 20);
    for at in 0..60 {
        cache.keep(&file("1"), &range(at), &content(at));
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while held(&cache).len() > 20 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
        // The next tile notices what was written while the last sweep was counting.
        cache.keep(&file("1"), &range(60), &content(60));
    }
    assert!(held(&cache).len() <= 20, "{:?}", held(&cache));
}

#[test]
fn two_sweeps_at_once_do_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let caches = [cache(dir.path(), 50), cache(dir.path(), 50), cache(dir.path(), 50)];
    for at in 0..100 {
        caches[0].keeper.did_write(write(&caches[0].tile(&file("1"), &range(at)), &content(at)));
        used(&caches[0], at, 200 - at);
    }
    thread::scope(|scope| {
        caches.each_ref().map(|cache| scope.spawn(|| cache.sweep())).map(|sweep| sweep.join().unwrap())
    });
    assert_eq!(
        held(&caches[0]),
        (55..100).collect::<Vec<_>>(),
        "the newest nine tenths of the limit, whichever process swept"
    );
    for at in 55..100 {
        assert_eq!(caches[1].read(&file("1"), &range(at)), Some(content(at)));
    }
}

#[test]
fn what_a_dead_process_was_writing_is_removed_after_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path(), 10);
    cache.keep(&file("1"), &range(0), &content(0));
    let parts = |days: u64| -> Vec<PathBuf> {
        let splits = cache.folder.splits([].into_iter(), "set").join("train.jsonl");
        let paths = [cache.tile(&file("1"), &range(5)), cache.folder.index(&file("1")), splits];
        let make = |(at, path): (usize, &PathBuf)| {
            let part = layout::part_of(path, days + at as u64);
            fs::create_dir_all(part.parent().unwrap()).unwrap();
            let left = File::create(&part).unwrap();
            left.set_modified(SystemTime::now() - Duration::from_secs(days * 86_400)).unwrap();
            part
        };
        paths.iter().enumerate().map(make).collect()
    };
    let (new, old) = (parts(0), parts(2));
    cache.sweep();
    assert!(new.iter().all(|part| part.exists()) && old.iter().all(|part| !part.exists()));
    assert_eq!(held(&cache), [0]);
}

#[test]
fn clearing_deletes_only_what_the_program_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path(), 100);
    cache.note_address("s3://bucket/set");
    cache.keep(&file("1"), &range(0), &content(0));
    cache.keep_index(&file("1"), b"index");
    cache.keep_list("newest", b"{}");
    let splits = cache.folder.splits([&file("1")].into_iter(), "set");
    write_whole(&splits.join("train.jsonl"), b"{}\n").unwrap();
    let foreign = [
        dir.path().join("notes.txt"),
        dir.path().join("sets/mine/tiles/ab/photo.png"),
        cache.folder.0.join("tiles/ab/photo.png"),
        splits.join("tilejury.sqlite"),
        cache.folder.0.join("more/data"),
    ];
    for path in &foreign {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"mine").unwrap();
    }
    let report = CacheReport::of(dir.path());
    assert_eq!((report.files, report.tiles, report.sets.len()), (5, 1, 1));
    assert_eq!(report.sets[0].address.as_deref(), Some("s3://bucket/set"));
    assert_eq!(report.tile_bytes, 1000 + CHECKSUM);
    let cleared = clear_cache(dir.path());
    assert_eq!((cleared.files, cleared.bytes, cleared.left), (5, report.bytes, 0));
    assert!(foreign.iter().all(|path| path.exists()));
    assert_eq!(CacheReport::of(dir.path()), CacheReport::default());
    // Without foreign files, nothing is left at all.
    let dir = tempfile::tempdir().unwrap();
    SetCache::new(dir.path(), "set", 1_000_000).keep(&file("1"), &range(0), &content(0));
    clear_cache(dir.path());
    assert_eq!(dir.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_is_a_problem_and_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    // Nobody can make a folder there, whatever the rights.
    fs::write(dir.path().join("sets"), b"a file").unwrap();
    let cache = cache(dir.path(), 100);
    assert_eq!(cache.problem(), None);
    cache.keep(&file("1"), &range(0), &content(0));
    let problem = cache.problem().unwrap();
    assert!(problem.contains("tiles are not kept"), "{problem}");
    assert!(!cache.holds(&file("1"), &range(0)));
    fs::remove_file(dir.path().join("sets")).unwrap();
    cache.keep(&file("1"), &range(0), &content(0));
    assert!(!cache.holds(&file("1"), &range(0)), "it is not tried for every tile");
    cache.keeper.known.lock().problem.as_mut().unwrap().1 = Instant::now().checked_sub(PAUSE).unwrap();
    cache.keep(&file("1"), &range(0), &content(0));
    assert!(cache.holds(&file("1"), &range(0)) && cache.problem().is_none());
}

#[test]
fn splits_of_versions_that_nobody_opens_leave() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache(dir.path(), 10);
    let version = |name: &str, days: u64| {
        let splits = cache.folder.splits([&file(name)].into_iter(), "set");
        write_whole(&splits.join("train.jsonl"), b"{}").unwrap();
        let opened = SystemTime::now() - Duration::from_secs(days * 86_400);
        File::open(splits.parent().unwrap()).unwrap().set_modified(opened).unwrap();
        splits
    };
    let (old, newer, newest) = (version("1", 60), version("2", 50), version("3", 40));
    let here = |splits: &PathBuf| splits.join("train.jsonl").exists();
    cache.did_open(&old);
    cache.sweep();
    assert_eq!([here(&old), here(&newer), here(&newest)], [true, false, false]);
    let last = version("4", 0);
    File::open(last.parent().unwrap()).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    fs::remove_dir_all(old.parent().unwrap()).unwrap();
    fs::remove_dir_all(newest.parent().unwrap()).unwrap();
    fs::remove_dir_all(newer.parent().unwrap()).unwrap();
    cache.sweep();
    assert!(here(&last), "the last one stays, however old");
}
