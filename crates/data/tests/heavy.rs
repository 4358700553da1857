//! Files of gigabytes, which must be read in bounded time and memory. Left out of ordinary runs; to
//! run them, with 6 GB free in the folder for temporary files:
//!
//! `cargo test --release -p tilejury-data --test heavy -- --ignored --nocapture --test-threads=1`

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a failed unwrap is a failed test")]

use std::fs::{self, File};
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use tilejury_data::{Dataset, LineNumber, ShardIndex};
use tilejury_testkit::mutate::fit_checksums;
use tilejury_testkit::{Row, Tarball};

/// The anonymous memory of this process, in MB; 0 if the system does not report it.
fn own_memory_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kb| kb / 1024)
}

/// Runs the work and asserts limits for its time and for its peak of memory, in MB above the memory
/// before.
fn bounded<T>(what: &str, seconds: u64, mb: u64, work: impl FnOnce() -> T) -> T {
    let (before, done) = (own_memory_mb(), std::sync::atomic::AtomicBool::new(false));
    let began = Instant::now();
    let (result, most) = std::thread::scope(|scope| {
        let most = scope.spawn(|| {
            let mut most = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                most = most.max(own_memory_mb());
                std::thread::sleep(Duration::from_millis(2));
            }
            most
        });
        let result = work();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        (result, most.join().unwrap().saturating_sub(before))
    });
    let took = began.elapsed();
    println!("{what}: {took:.1?}, {most} MB");
    assert!(took < Duration::from_secs(seconds), "{what}: {took:?}");
    assert!(most < mb, "{what}: {most} MB");
    result
}

/// Writes a tar of `count` members without content, whose names repeat after `names` members.
fn members(path: &Path, count: u64, names: u64) {
    let mut block = Tarball::new().ustar("shard_000/shard_00001/000000000.png", b"").cut(0);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    for n in 0..count {
        block[22..31].copy_from_slice(format!("{:09}", n % names).as_bytes());
        fit_checksums(&mut block);
        file.write_all(&block).unwrap();
    }
    file.write_all(&[0; 1024]).unwrap();
}

#[test]
#[ignore = "writes 5 GB"]
fn ten_million_members() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shard_000.tar");
    members(&path, 10_000_000, 10_000_000);
    let index = bounded("10 million members with different names", 30, 1000, || ShardIndex::scan(&path).unwrap());
    assert_eq!((index.len(), index.problems.len()), (2_000_000, 1));
    drop(index);
    members(&path, 10_000_000, 1000);
    let index = bounded("10 million members with a thousand names", 60, 100, || ShardIndex::scan(&path).unwrap());
    assert_eq!((index.len(), index.problems.len()), (1000, 1001));
}

#[test]
#[ignore = "reads 4 GB of holes"]
fn a_terabyte_of_holes_after_a_broken_header() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shard_000.tar");
    let tar = Tarball::new().ustar("shard_000/a.png", b"a").wrong_checksum("shard_000/b.png", b"b").cut(0);
    fs::write(&path, tar).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    let index = bounded("a terabyte of holes", 60, 50, || ShardIndex::scan(&path).unwrap());
    assert_eq!((index.len(), index.problems.len()), (1, 2));
}

#[test]
#[ignore = "reads gigabytes"]
fn a_gigabyte_on_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("train.jsonl");
    let row = Row::new("q", "images/a.png").line();
    // Holes are zero bytes: one line that is not a row, between two rows.
    let mut file = File::create(&path).unwrap();
    file.write_all(format!("{row}\n").as_bytes()).unwrap();
    file.seek(SeekFrom::Start(1 << 30)).unwrap();
    file.write_all(format!("\n{row}\n").as_bytes()).unwrap();
    let dataset = bounded("1 GB on one line", 30, 100, || Dataset::open(dir.path()).unwrap());
    assert_eq!((dataset.samples.len(), dataset.warnings.len()), (2, 1));
    assert_eq!(dataset.warnings[0].line, Some(LineNumber::new(2)));
    drop(dataset);
    // One text without an end.
    let mut file = BufWriter::new(File::create(&path).unwrap());
    file.write_all(b"{\"query\": \"").unwrap();
    for _ in 0..1024 {
        file.write_all(&[b'q'; 1 << 20]).unwrap();
    }
    file.write_all(format!("\n{row}\n").as_bytes()).unwrap();
    drop(file);
    let dataset = bounded("1 GB of one text", 30, 100, || Dataset::open(dir.path()).unwrap());
    assert_eq!((dataset.samples.len(), dataset.warnings.len()), (1, 1));
}

#[test]
#[ignore = "writes 1 GB"]
fn a_gigabyte_of_bad_lines() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("train.jsonl");
    let row = Row::new("q", "images/a.png").line();
    let mut file = BufWriter::new(File::create(&path).unwrap());
    for _ in 0..1 << 20 {
        file.write_all(&b"[rubbish]\n{\"query\": 1, \"chunk_path\": 2}\n".repeat(24)).unwrap();
    }
    file.write_all(row.as_bytes()).unwrap();
    drop(file);
    let dataset = bounded("1 GB of lines that are not rows", 120, 200, || Dataset::open(dir.path()).unwrap());
    assert_eq!(dataset.samples.len(), 1);
    assert_eq!(dataset.warnings.len(), 10_001);
}
