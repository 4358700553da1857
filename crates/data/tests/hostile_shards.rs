//! Shards with false sizes, names, links and extension headers, from damage or malice. The members
//! around the false data stay usable, and the problem is reported with its place.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tilejury_data::progress::NoProgress;
use tilejury_data::{ShardIndex, TilePath, TileSource};
use tilejury_testkit::Tarball;
use tilejury_testkit::tarball::pax_body;

const A: &str = "shard_000/a.png";
const B: &str = "shard_000/b.png";
const ODD: &str = "shard_000/odd.png";

fn scan(tar: &[u8]) -> (ShardIndex, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shard_000.tar");
    fs::write(&path, tar).unwrap();
    (ShardIndex::scan(&path).unwrap(), dir)
}

/// Asserts that a tar has the `expected` members, and problems that contain the given texts, in
/// order.
#[track_caller]
fn check(tar: &[u8], expected: &[(&str, &str)], problems: &[&str]) {
    let (index, dir) = scan(tar);
    let found: Vec<String> =
        index.problems.iter().map(|problem| format!("{:?} {}", problem.member, problem.message)).collect();
    for (name, text) in expected {
        let member = index.get(&TilePath::new(name)).unwrap_or_else(|| panic!("{name}: missing; {found:?}"));
        let mut bytes = Vec::new();
        index.read(&dir.path().join("shard_000.tar"), member, &mut bytes).unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes), *text, "{name}");
    }
    assert_eq!(index.len(), expected.len(), "{:?}", index.paths().collect::<Vec<_>>());
    assert_eq!(found.len(), problems.len(), "{found:?}");
    for (found, text) in found.iter().zip(problems) {
        assert!(found.contains(text), "{found:?} should contain {text:?}");
    }
}

/// Asserts that two good members are found around a changed member `ODD`, whatever its header
/// holds.
#[track_caller]
fn check_between(change: impl FnOnce(&mut [u8]), odd: Option<&str>, problem: &str) {
    let tar = Tarball::new().ustar(A, b"one").changed(ODD, b"odd", change).ustar(B, b"two").finish();
    let mut expected = vec![(A, "one"), (B, "two")];
    expected.extend(odd.map(|text| (ODD, text)));
    check(&tar, &expected, &[problem]);
}

fn set_size(field: &'static [u8; 12]) -> impl FnOnce(&mut [u8]) {
    |block| block[124..136].copy_from_slice(field)
}

fn set_kind(kind: u8) -> impl FnOnce(&mut [u8]) {
    move |block| block[156] = kind
}

#[test]
fn an_impossible_size_hides_no_later_member() {
    let padded = format!("odd{}", "\0".repeat(509));
    let kept = Some(padded.as_str());
    check_between(
        set_size(b"77777777777\0"),
        kept,
        "claims 8589934591 bytes, but only 2560 are left in the shard: its size is damaged; continued at byte 2048",
    );
    check_between(set_size(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), kept, "claims 9223372036854775807 bytes");
    check_between(set_size(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), kept, "claims 18446744073709551615 bytes");
    check_between(set_size(b"\x80\0\0\x01\0\0\0\0\0\0\0\0"), kept, "a size of more than 64 bits");
    check_between(
        set_size(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\0"),
        kept,
        "has a negative size in the header at byte 1024",
    );
    check_between(set_size(b"-0000000003\0"), kept, "has a negative size");
    check_between(set_size(b"sausages!!!\0"), kept, "unreadable size (`sausages!!!\\x00`)");
    let pax = |size: &str| pax_body(&[("size", size)]);
    let tar =
        |size| Tarball::new().ustar(A, b"one").extension(b'x', &pax(size)).ustar(ODD, b"odd").ustar(B, b"two").finish();
    check(
        &tar("18446744073709551615"),
        &[(A, "one"), (ODD, &padded), (B, "two")],
        &["only 2560 are left in the shard"],
    );
    for bad in ["18446744073709551616", "-3", "+3", "3x"] {
        check(&tar(bad), &[(A, "one"), (ODD, "odd"), (B, "two")], &["gives an unreadable size"]);
    }
}

#[test]
fn reads_a_base_256_size_that_fits() {
    let tar = Tarball::new().changed(A, b"one", set_size(b"\x80\0\0\0\0\0\0\0\0\0\0\x03")).ustar(B, b"two").finish();
    check(&tar, &[(A, "one"), (B, "two")], &[]);
}

#[test]
fn an_extension_size_past_the_end_costs_no_member() {
    let tar = Tarball::new()
        .changed("ext", b"body", |block| {
            block[156] = b'x';
            block[124..136].copy_from_slice(b"77777777777\0");
        })
        .ustar(A, b"one")
        .finish();
    check(&tar, &[(A, "one")], &["its size is damaged; continued at byte 1024"]);
}

#[test]
fn reports_and_skips_sparse_members() {
    // The map of an old GNU sparse member continues in blocks of its own.
    let (mut more, last) = ([b'm'; 512], [0; 512]);
    more[504] = 1;
    let tar = Tarball::new()
        .ustar(A, b"one")
        .changed(ODD, &[&more[..], &last, b"odd"].concat(), |block| {
            block[156] = b'S';
            block[257..265].copy_from_slice(b"ustar  \0");
            block[124..136].copy_from_slice(b"00000000003\0");
            block[482] = 1;
        })
        .ustar(B, b"two")
        .finish();
    check(&tar, &[(A, "one"), (B, "two")], &["is a sparse member"]);
    for keys in [
        &[("GNU.sparse.size", "9"), ("GNU.sparse.numblocks", "0")][..],
        &[("GNU.sparse.map", "0,3"), ("GNU.sparse.name", ODD), ("path", "GNUSparseFile.1/odd.png")],
        &[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", ODD), ("GNU.sparse.realsize", "9")],
    ] {
        let tar = Tarball::new().extension(b'x', &pax_body(keys)).ustar(ODD, b"odd").ustar(B, b"two").finish();
        check(&tar, &[(B, "two")], &["Some(\"shard_000/odd.png\") is a sparse member"]);
    }
}

#[test]
fn reports_names_that_lead_out_and_reads_them_inside() {
    let tar = Tarball::new()
        .extension(b'L', b"../../shard_000/up.png\0")
        .ustar("x", b"up")
        .extension(b'L', b"/etc/images/top.png\0")
        .ustar("x", b"top")
        .extension(b'L', b"C:\\tiles\\drive.png\0")
        .ustar("x", b"drive")
        .extension(b'L', b"c:/low.png\0")
        .ustar("x", b"low")
        .extension(b'L', b"images/d:/far.png\0")
        .ustar("x", b"far")
        .extension(b'L', b"pages/../inside.png\0")
        .ustar("x", b"inside")
        .ustar("./images/plain.png", b"plain")
        .finish();
    let expected = [
        ("shard_000/up.png", "up"),
        ("top.png", "top"),
        ("tiles/drive.png", "drive"),
        ("low.png", "low"),
        ("images/d:/far.png", "far"),
        ("inside.png", "inside"),
        ("plain.png", "plain"),
    ];
    let problems = [
        "has a name that leads out of the archive; it is read as shard_000/up.png",
        "has an absolute name; it is read as top.png",
        "has an absolute name; it is read as tiles/drive.png",
        "has an absolute name; it is read as low.png",
        "has an absolute name; it is read as far.png",
    ];
    check(&tar, &expected, &problems);
}

#[test]
fn skips_a_member_without_a_name() {
    for name in ["..", ".", "/"] {
        let tar = Tarball::new()
            .changed("x", b"odd", |block| block[..2].copy_from_slice(&[name.as_bytes(), b"\0"].concat()[..2]))
            .ustar(A, b"one")
            .finish();
        let problem = if name == "/" {
            "has a folder's name, but 3 bytes of content"
        } else {
            "has a name that no tile can have"
        };
        check(&tar, &[(A, "one")], &[problem]);
    }
    check(
        &Tarball::new().changed("x", b"odd", |block| block[0] = 0).ustar(A, b"one").finish(),
        &[(A, "one")],
        &["has a name that no tile can have"],
    );
}

#[test]
fn resolves_links_in_any_order_and_no_loops() {
    let tar = Tarball::new()
        .hard_link("shard_000/3.png", "shard_000/2.png")
        .hard_link("shard_000/2.png", "shard_000/1.png")
        .hard_link("shard_000/1.png", A)
        .ustar(A, b"one")
        .hard_link("shard_000/self.png", "shard_000/self.png")
        .hard_link("shard_000/tick.png", "shard_000/tock.png")
        .hard_link("shard_000/tock.png", "shard_000/tick.png")
        .finish();
    let names = ["shard_000/1.png", "shard_000/2.png", "shard_000/3.png", A];
    let lost = "which the shard does not hold";
    check(&tar, &names.map(|name| (name, "one")), &[lost; 3]);
}

#[test]
fn a_link_keeps_the_content_its_target_had() {
    let tar = Tarball::new().ustar(A, b"old").hard_link(B, A).ustar(A, b"new").finish();
    check(&tar, &[(A, "new"), (B, "old")], &["more than once"]);
}

#[test]
fn resolves_long_chains_of_links_in_linear_time() {
    let name = |n: usize| format!("shard_000/{n}.png");
    let chain = (0..20_000).rev().fold(Tarball::new(), |tar, n| tar.hard_link(&name(n + 1), &name(n)));
    let tar = chain.ustar(&name(0), b"one").finish();
    let began = Instant::now();
    let (index, _dir) = scan(&tar);
    assert_eq!((index.len(), index.problems.len()), (20_001, 0));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn skips_other_types_with_or_without_a_size() {
    for kind in *b"2346" {
        check_between(set_kind(kind), None, "is a link or a device");
        // The size on disk, with the next header immediately after.
        let bare = |block: &mut [u8]| {
            block[156] = kind;
            block[124..136].copy_from_slice(b"00000001234\0");
        };
        let tar = Tarball::new().changed(ODD, b"", bare).ustar(A, b"one").finish();
        check(&tar, &[(A, "one")], &["is a link or a device"]);
    }
    for (kind, problem) in [
        (b'M', "is the rest of a file that begins in another archive"),
        (b'N', "is of unknown type `N`"),
        (b'A', "is of unknown type `A`"),
        (0xff, "is of unknown type `\\xff`"),
    ] {
        check_between(set_kind(kind), None, problem);
    }
    for harmless in *b"VD5" {
        let tar = Tarball::new().changed(ODD, b"odd", set_kind(harmless)).ustar(A, b"one").finish();
        check(&tar, &[(A, "one")], &[]);
    }
}

#[test]
fn reads_old_headers_and_treats_a_final_slash_as_folder() {
    let old = |block: &mut [u8]| block[257..].fill(0);
    let tar = Tarball::new()
        .changed("shard_000/", b"", |block| {
            old(block);
            block[156] = 0;
        })
        .changed(A, b"one", old)
        .ustar("shard_000/new/", b"")
        .ustar(B, b"two");
    check(&tar.finish(), &[(A, "one"), (B, "two")], &[]);
}

#[test]
fn wrong_pax_headers_cost_no_member() {
    let tar = |body: &[u8]| Tarball::new().extension(b'x', body).ustar(A, b"one").ustar(B, b"two").finish();
    let both = [(A, "one"), (B, "two")];
    for damaged in [
        &b"9999 path=x\n"[..],
        b"0 path=x\n",
        b"18446744073709551616 path=x\n",
        b"3 path=x\n",
        b"path=x\n",
        b"11 pathxxxx\n",
        b"10 path=xx!",
        b"-1 path=x\n",
    ] {
        check(&tar(damaged), &both, &["is damaged; its readable part is used"]);
    }
    check(&tar(&pax_body(&[("path", "a\0b")])), &both, &["gives a name with a zero byte"]);
    check(&tar(&pax_body(&[("path", "")])), &both, &[]);
    check(&tar(b""), &both, &[]);
    let renamed = [&pax_body(&[("path", ODD)])[..], b"damage"].concat();
    check(&tar(&renamed), &[(ODD, "one"), (B, "two")], &["is damaged; its readable part is used"]);
}

#[test]
fn ignores_names_in_a_global_header() {
    let tar = |body: &[u8]| Tarball::new().extension(b'g', body).ustar(A, b"one").ustar(B, b"two").finish();
    check(&tar(&pax_body(&[("comment", "a commit")])), &[(A, "one"), (B, "two")], &[]);
    let named = pax_body(&[("path", "x"), ("size", "7")]);
    check(&tar(&named), &[(A, "one"), (B, "two")], &["the global PAX header at byte 512 gives all members one name"]);
}

#[test]
fn uses_the_later_extension_header_and_reports_a_stray_one() {
    let tar = Tarball::new().extension(b'L', b"x\0").extension(b'x', &pax_body(&[("path", ODD)])).ustar("y", b"odd");
    check(&tar.finish(), &[(ODD, "odd")], &[]);
    let alone = |tar: Tarball| tar.ustar(A, b"one").extension(b'L', ODD.as_bytes());
    check(
        &alone(Tarball::new()).finish(),
        &[(A, "one")],
        &["the extension header at byte 1024 has no member after it"],
    );
    check(&alone(Tarball::new()).cut(0), &[(A, "one")], &["has no member after it", "without an end-of-archive mark"]);
}

#[test]
fn keeps_long_names_and_cuts_them_in_messages() {
    let long = format!("shard_000/{}.png", "n".repeat(100_000));
    let tar = Tarball::new().pax_path(&long, b"pax").gnu_long_name(&long, b"gnu").finish();
    let (index, _dir) = scan(&tar);
    assert!(index.get(&TilePath::new(&long)).is_some());
    let shown = index.problems[0].member.as_deref().unwrap();
    assert!(shown.len() < 1000 && shown.contains('…') && shown.ends_with("nnn.png"), "{}", shown.len());
    let link = Tarball::new().extension(b'K', long.as_bytes()).hard_link(A, "x").finish();
    assert!(scan(&link).0.problems[0].message.len() < 1000);
    // Longer names are ignored; the member has the name in its header.
    let tar = Tarball::new().extension(b'L', &vec![b'n'; (1 << 20) + 1]).ustar(A, b"one").finish();
    check(&tar, &[(A, "one")], &["an extension header of 1048577 bytes at byte 512 is skipped"]);
}

#[test]
fn reports_data_after_the_end_but_not_padding() {
    let tar = || Tarball::new().ustar(A, b"one").finish();
    let with = |after: &[u8]| [&tar()[..], after].concat();
    check(&with(&[0; 10_240]), &[(A, "one")], &[]);
    check(&with(&vec![0; 3 << 20]), &[(A, "one")], &[]);
    check(&with(b"\0\0rubbish"), &[(A, "one")], &["has 7 bytes after the end of the archive, from byte 2050 on"]);
    let far = [&vec![0; 700_000][..], b"rubbish"].concat();
    check(&with(&far), &[(A, "one")], &["has 7 bytes after the end of the archive, from byte 702048 on"]);
    let last = [&vec![0; 9 << 20][..], b"rubbish"].concat();
    check(&with(&last), &[(A, "one")], &["has 7 bytes after the end"]);
    let second = Tarball::new().ustar(B, b"two").finish();
    check(&with(&second), &[(A, "one")], &["has another archive after its end, from byte 2048 on"]);
}

#[test]
fn names_the_format_of_a_file_that_is_not_a_tar() {
    for (head, message) in [
        (&b"\x1f\x8b\x08"[..], "is gzip-compressed"),
        (b"\x28\xb5\x2f\xfd....", "is zstd-compressed"),
        (b"\xfd7zXZ\0", "is xz-compressed"),
        (b"BZh91AY", "is bzip2-compressed"),
        (b"\x04\x22\x4d\x18....", "is lz4-compressed"),
        (b"\x02\x21\x4c\x18....", "is lz4-compressed"),
        (b"\x89LZO\0\r\n\x1a\n....", "is lzop-compressed"),
        (b"LRZI\0\x06....", "is lrzip-compressed"),
        (b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0....", "is lzma-compressed"),
        (b"\x5d\0\0\x04\0\0\x28\0\0\0\0\0\0\0....", "is lzma-compressed"),
        (b"\x50\x2a\x4d\x18\x04\0\0\0....\x28\xb5\x2f\xfd", "is zstd-compressed"),
        (b"\x5f\x2a\x4d\x18\0\0\x10\0....", "is zstd-compressed"),
        (b"\x50\x2a\x4d\x18\x02\0\0\0..\x04\x22\x4d\x18", "is lz4-compressed"),
        (b"PK\x03\x04", "is a zip archive"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"\n<!DOCTYPE html>\n", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    ] {
        check(head, &[], &[message]);
        let mut long = head.to_vec();
        long.resize(4096, b'.');
        check(&long, &[], &[message]);
    }
    // A tar is a tar, whatever its first member is called.
    check(&Tarball::new().ustar("BZh.png", b"x").finish(), &[("BZh.png", "x")], &[]);
}

#[test]
fn reads_garbage_of_any_size_once() {
    // Every second block is a broken header: starting the search again each time would never end.
    let good = Tarball::new().ustar(A, b"").cut(0);
    let broken = Tarball::new().wrong_checksum(ODD, b"").cut(0);
    let tar = [broken, good].concat().repeat(20_000);
    let began = Instant::now();
    let (index, _dir) = scan(&tar);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(index.len(), 1);
    let last = index.problems.len() - 2;
    assert_eq!(last, 1000, "the first thousand are listed");
    assert!(index.problems[last].message.contains("has 38999 more problems"), "{:?}", index.problems[last]);
}

#[cfg(unix)]
#[test]
fn never_opens_pipes_devices_or_loops_named_like_shards() {
    let set = tempfile::tempdir().unwrap();
    let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, set.path().join(name)).unwrap();
    fs::create_dir(set.path().join("shard_001.tar")).unwrap();
    link(Path::new("/dev/zero"), "shard_002.tar");
    link(Path::new("shard_003.tar"), "shard_003.tar");
    link(Path::new("."), "circle");
    fs::write(set.path().join("shard_000.tar"), Tarball::new().ustar(A, b"one").finish()).unwrap();
    // Opening it to read would wait for a writer.
    match Command::new("mkfifo").arg(set.path().join("shard_004.tar")).status() {
        Ok(status) if status.success() => {}
        _ => println!("skipped: a pipe, because there is no mkfifo"),
    }
    let tiles = TileSource::open(set.path());
    tiles.index_all(&NoProgress).unwrap();
    assert!(tiles.locate(&TilePath::new(A)).is_ok());
    let named = |n: u32| tiles.shard_named(&format!("shard_00{n}"));
    assert!((1..5).all(|n| named(n).is_none()));
    let warnings: Vec<String> = tiles.warnings().iter().map(ToString::to_string).collect();
    assert!(
        warnings.len() >= 3
            && warnings.iter().all(|text| text.contains("is not a file, or is a link that leads nowhere")),
        "{warnings:?}"
    );
    assert!(ShardIndex::scan(Path::new("/dev/zero")).is_err());
}
