//! The cache folder under several processes: what one keeps another finds, and a process that is
//! killed while it writes leaves no half file.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::env;
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_data::StoredFile;
use tilejury_remote::{CacheReport, SetCache, sweep_cache};

const FOLDER: &str = "TILEJURY_TEST_CACHE";
const TILE: u64 = 400_000;
const TILES: u64 = 40;

fn file() -> StoredFile {
    StoredFile { path: "image_shards/shard_000.tar".into(), len: 1 << 30, version: "1".into(), sha256: None }
}

fn range(at: u64) -> Range<u64> {
    at * TILE..(at + 1) * TILE
}

fn content(at: u64) -> Vec<u8> {
    (0..TILE).map(|byte| (byte / 7 + at) as u8).collect()
}

/// Room for half of the tiles.
fn cache(folder: &Path) -> SetCache {
    SetCache::new(folder, "hf://datasets/Owner/set", TILES * TILE / 2)
}

/// The work of the child processes: they write and sweep until they are killed.
#[test]
fn child() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let cache = cache(Path::new(&folder));
    let contents: Vec<Vec<u8>> = (0..TILES).map(content).collect();
    for at in (0..TILES).cycle() {
        cache.keep(&file(), &range(at), &contents[at as usize]);
    }
}

fn start_child(folder: &Path) -> Child {
    let arguments = ["--exact", "child", "--nocapture"];
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(arguments).env(FOLDER, folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn killed_processes_leave_whole_files_that_others_find() {
    let dir = tempfile::tempdir().unwrap();
    let reader = cache(dir.path());
    let mut found = 0;
    for round in 0..8 {
        let mut children = [start_child(dir.path()), start_child(dir.path())];
        let begun = Instant::now();
        while CacheReport::of(dir.path()).tiles < 3 && begun.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(7 * round));
        // Read while they write and sweep, then kill them in the middle of it.
        for at in 0..TILES {
            if let Some(bytes) = reader.read(&file(), &range(at)) {
                assert_eq!(bytes, content(at));
                found += 1;
            }
        }
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        for at in 0..TILES {
            let held = reader.holds(&file(), &range(at));
            assert_eq!(reader.read(&file(), &range(at)).is_some_and(|bytes| bytes == content(at)), held, "{at}");
        }
    }
    assert!(found > 0);
    sweep_cache(dir.path(), TILES * TILE / 2);
    assert!(CacheReport::of(dir.path()).tile_bytes <= TILES * TILE / 2);
}

/// On a disk of its own, which only root can mount: skipped with a message otherwise.
#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_nothing_is_left_of_what_has_no_room() {
    let dir = tempfile::tempdir().unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(dir.path()).output();
    if !mount.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("skipped: no disk can be mounted here");
        return;
    }
    let cache = SetCache::new(dir.path(), "set", 1_000_000_000);
    let tile = vec![7; TILE as usize];
    (0..3).for_each(|at| cache.keep(&file(), &range(at), &tile));
    let problem = cache.problem();
    let kept: Vec<bool> = (0..3).map(|at| cache.read(&file(), &range(at)).is_some()).collect();
    let report = CacheReport::of(dir.path());
    Command::new("umount").arg(dir.path()).status().unwrap();
    assert!(problem.is_some_and(|problem| problem.contains("tiles are not kept")));
    assert_eq!(kept, [true, true, false]);
    assert_eq!(report.files, 2, "no half file is left");
}
