//! Shards as tools and failing disks leave them: the indexed members and the reported problems.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::path::{Path, PathBuf};

use tilejury_data::{ShardIndex, TilePath, TileSource};
use tilejury_testkit::Tarball;

const A: &str = "shard_000/shard_00001/1.png.tiles/chunk_0000_00.png";
const B: &str = "shard_000/shard_00001/1.png.tiles/chunk_0000_01.png";

fn scan(tar: &[u8]) -> (ShardIndex, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shard_000.tar");
    std::fs::write(&path, tar).unwrap();
    (ShardIndex::scan(&path).unwrap(), dir)
}

fn content(index: &ShardIndex, dir: &Path, name: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    index.read(&dir.join("shard_000.tar"), index.get(&TilePath::new(name))?, &mut bytes).unwrap();
    Some(bytes)
}

/// Asserts that a tar has the `expected` members, and problems that contain the given texts, in
/// order.
#[track_caller]
fn check(tar: &[u8], expected: &[(&str, &str)], problems: &[&str]) {
    let (index, dir) = scan(tar);
    for (name, text) in expected {
        let found = content(&index, dir.path(), name);
        assert_eq!(found.as_deref().map(String::from_utf8_lossy).as_deref(), Some(*text), "{name}");
    }
    assert_eq!(index.len(), expected.len());
    let found: Vec<String> =
        index.problems.iter().map(|problem| format!("{:?} {}", problem.member, problem.message)).collect();
    assert_eq!(found.len(), problems.len(), "{found:?}");
    for (found, text) in found.iter().zip(problems) {
        assert!(found.contains(text), "{found:?} should contain {text:?}");
    }
}

#[test]
fn reads_every_form_of_member_name() {
    let long = format!("shard_000/{}/1.png.tiles/chunk_0000_00.png", "x".repeat(120));
    let prefixed = format!("shard_000/{}/1.png.tiles/chunk_0000_01.png", "y".repeat(60));
    let tar = Tarball::new()
        .folder("shard_000/")
        .ustar(A, b"plain")
        .published(B, b"published")
        .ustar(&prefixed, b"prefix")
        .pax_path(&long, b"pax")
        .pax_binary_then_path("shard_000/later.png", b"after a binary value")
        .gnu_long_name(&format!("{long}.gnu"), b"gnu")
        .pax_size("shard_000/big.png", b"size from pax")
        .ustar("shard_000/empty.png", b"")
        .finish();
    let gnu = format!("{long}.gnu");
    let expected = [
        (A, "plain"),
        (B, "published"),
        (prefixed.as_str(), "prefix"),
        (long.as_str(), "pax"),
        ("shard_000/later.png", "after a binary value"),
        (gnu.as_str(), "gnu"),
        ("shard_000/big.png", "size from pax"),
        ("shard_000/empty.png", ""),
    ];
    check(&tar, &expected, &[]);
}

#[test]
fn matches_rows_and_members_in_any_spelling() {
    let tar = Tarball::new().ustar(&format!("./images/{A}"), b"x").finish();
    let (index, _dir) = scan(&tar);
    assert!(index.get(&TilePath::new(&format!("/mnt/mine/{A}"))).is_some());
    assert!(index.get(&TilePath::new(&format!("images/{A}"))).is_some());
}

#[test]
fn a_wrong_checksum_costs_one_member_only() {
    let tar =
        Tarball::new().ustar(A, b"one").wrong_checksum("shard_000/broken.png", &[7; 3000]).ustar(B, b"two").finish();
    check(&tar, &[(A, "one"), (B, "two")], &["wrong checksum"]);
}

#[test]
fn a_shard_cut_short_keeps_its_members_and_is_reported() {
    let tar = Tarball::new().ustar(A, b"one").size_past_the_end(B, &[b'z'; 100], 4096).cut(412);
    check(&tar, &[(A, "one"), (B, &"z".repeat(100))], &["claims 4096 bytes, but only 100 are left"]);
    let tar = Tarball::new().ustar(A, b"one").cut(0);
    check(&tar, &[(A, "one")], &["without an end-of-archive mark"]);
}

#[test]
fn uses_the_last_of_two_members() {
    let tar = Tarball::new().ustar(A, b"old").ustar(A, b"new").finish();
    check(&tar, &[(A, "new")], &["more than once"]);
}

#[test]
fn follows_links_only_inside_the_shard() {
    let tar = Tarball::new()
        .ustar(A, b"one")
        .hard_link(B, A)
        .pax_hard_link("shard_000/again.png", A)
        .hard_link("shard_000/lost.png", "shard_000/nowhere.png")
        .symlink("shard_000/evil.png", "/etc/passwd")
        .finish();
    check(
        &tar,
        &[(A, "one"), (B, "one"), ("shard_000/again.png", "one")],
        &["is a link or a device", "which the shard does not hold"],
    );
}

#[test]
fn reports_files_that_are_not_tars() {
    check(b"", &[], &["is empty"]);
    check(b"\x1f\x8b\x08\x00 and so on", &[], &["gzip-compressed"]);
    check(&[b'x'; 2048], &[], &["wrong checksum"]);
    check(&[0xfe; 2048], &[], &["None no valid tar header"]);
    check(b"short", &[], &["without an end-of-archive mark"]);
}

#[test]
fn does_not_read_a_changed_shard() {
    let (index, dir) = scan(&Tarball::new().ustar(A, b"one").finish());
    std::fs::write(dir.path().join("shard_000.tar"), Tarball::new().ustar(B, b"other").ustar(A, b"one").finish())
        .unwrap();
    let member = index.get(&TilePath::new(A)).unwrap();
    let error = index.read(&dir.path().join("shard_000.tar"), member, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("changed since it was indexed"));
}

#[test]
fn the_record_of_a_member_is_a_complete_tar() {
    let long = format!("shard_000/{}.png", "x".repeat(200));
    let made = Tarball::new()
        .ustar(A, b"plain")
        .published(B, &[7; 600])
        .gnu_long_name(&long, b"long")
        .pax_size("shard_000/sized.png", &[9; 513])
        .hard_link("shard_000/link.png", A)
        .wrong_checksum("shard_000/broken.png", b"bad")
        .pax_path("shard_000/last.png", b"last")
        .size_past_the_end("shard_000/cut.png", b"cut", 9999);
    let tar = made.cut(0);
    let (index, _dir) = scan(&tar);
    let record = |name: &str| index.get(&TilePath::new(name)).unwrap().record();
    for name in [A, B, &long, "shard_000/sized.png", "shard_000/last.png"] {
        let range = record(name).unwrap();
        let alone = [&tar[range.start as usize..range.end as usize], &[0; 1024]].concat();
        let (found, _dir) = scan(&alone);
        assert_eq!(found.paths().map(TilePath::as_str).collect::<Vec<_>>(), [name]);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
    }
    assert_eq!(record(A).unwrap().end, record(B).unwrap().start, "neighbours meet");
    assert_eq!(record("shard_000/link.png"), None, "the header there has another name");
    assert_eq!(record("shard_000/cut.png"), None, "the header claims more bytes than exist");
}

#[cfg(unix)]
#[test]
fn finds_linked_shards_and_folders_but_no_mere_names() {
    let set = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, set.path().join(name)).unwrap();
    let tar = |path: PathBuf| std::fs::write(path, [0; 1024]).unwrap();
    tar(elsewhere.path().join("shard_001.tar"));
    std::fs::create_dir(elsewhere.path().join("folder")).unwrap();
    tar(elsewhere.path().join("folder/shard_002.tar"));
    tar(set.path().join("shard_000.tar"));
    link(&elsewhere.path().join("shard_001.tar"), "shard_001.tar");
    link(&elsewhere.path().join("folder"), "image_shards");
    std::fs::create_dir(set.path().join("shard_003.tar")).unwrap();
    link(&elsewhere.path().join("nowhere.tar"), "shard_004.tar");
    let tiles = TileSource::open(set.path());
    let found: Vec<bool> = (0..5).map(|shard| tiles.shard_named(&format!("shard_00{shard}")).is_some()).collect();
    assert_eq!(found, [true, true, true, false, false]);
}
