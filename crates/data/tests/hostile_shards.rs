//! Shards that lie: sizes, names, links and extension headers as a damaged disk or a bad intent would have them. What stands
//! around the lie stays usable, and the problem has its place.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be had is a failed test")]

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

/// Scans a tar; its members must be `expected`, and its problems must contain the given words, in order.
#[track_caller]
fn check(tar: &[u8], expected: &[(&str, &str)], problems: &[&str]) {
    let (index, dir) = scan(tar);
    let said: Vec<String> =
        index.problems.iter().map(|problem| format!("{:?} {}", problem.member, problem.message)).collect();
    for (name, text) in expected {
        let member = index.get(&TilePath::new(name)).unwrap_or_else(|| panic!("{name}: not there; {said:?}"));
        let mut bytes = Vec::new();
        index.read(&dir.path().join("shard_000.tar"), member, &mut bytes).unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes), *text, "{name}");
    }
    assert_eq!(index.len(), expected.len(), "{:?}", index.paths().collect::<Vec<_>>());
    assert_eq!(said.len(), problems.len(), "{said:?}");
    for (said, words) in said.iter().zip(problems) {
        assert!(said.contains(words), "{said} should speak of: {words}");
    }
}

/// Checks a tar with a member `ODD` that is changed between two good ones: they must be there whatever it says.
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
fn a_size_that_cannot_be_hides_no_member_behind_it() {
    let padded = format!("odd{}", "\0".repeat(509));
    let kept = Some(padded.as_str());
    check_between(
        set_size(b"77777777777\0"),
        kept,
        "says 8589934591 bytes, but only 2560 are left in the shard: its size is damaged; went on at byte 2048",
    );
    check_between(set_size(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), kept, "says 9223372036854775807 bytes");
    check_between(set_size(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), kept, "says 18446744073709551615 bytes");
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
fn a_base_256_size_counts_where_it_fits() {
    let tar = Tarball::new().changed(A, b"one", set_size(b"\x80\0\0\0\0\0\0\0\0\0\0\x03")).ustar(B, b"two").finish();
    check(&tar, &[(A, "one"), (B, "two")], &[]);
}

#[test]
fn an_extension_header_with_a_size_past_the_end_costs_one_member_only() {
    let tar = Tarball::new()
        .changed("ext", b"body", |block| {
            block[156] = b'x';
            block[124..136].copy_from_slice(b"77777777777\0");
        })
        .ustar(A, b"one")
        .finish();
    check(&tar, &[(A, "one")], &["its size is damaged; went on at byte 1024"]);
}

#[test]
fn sparse_members_are_told_and_passed_over_whole() {
    // The map of an old GNU sparse member goes on in blocks of its own.
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
fn names_that_lead_out_are_taken_for_what_is_inside_and_told() {
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
        "has a name that leads out of the archive; it is taken as shard_000/up.png",
        "has an absolute name; it is taken as top.png",
        "has an absolute name; it is taken as tiles/drive.png",
        "has an absolute name; it is taken as low.png",
        "has an absolute name; it is taken as far.png",
    ];
    check(&tar, &expected, &problems);
}

#[test]
fn a_member_without_a_name_is_no_tile() {
    for name in ["..", ".", "/"] {
        let tar = Tarball::new()
            .changed("x", b"odd", |block| block[..2].copy_from_slice(&[name.as_bytes(), b"\0"].concat()[..2]))
            .ustar(A, b"one")
            .finish();
        let problem = if name == "/" {
            "has a folder's name, but 3 bytes of content"
        } else {
            "has no name that a tile could have"
        };
        check(&tar, &[(A, "one")], &[problem]);
    }
    check(
        &Tarball::new().changed("x", b"odd", |block| block[0] = 0).ustar(A, b"one").finish(),
        &[(A, "one")],
        &["has no name"],
    );
}

#[test]
fn links_lead_to_members_in_any_order_and_never_in_circles() {
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
fn a_link_has_what_its_target_was_when_it_was_written() {
    let tar = Tarball::new().ustar(A, b"old").hard_link(B, A).ustar(A, b"new").finish();
    check(&tar, &[(A, "new"), (B, "old")], &["more than once"]);
}

#[test]
fn long_chains_of_links_take_no_longer_than_short_ones() {
    let name = |n: usize| format!("shard_000/{n}.png");
    let chain = (0..20_000).rev().fold(Tarball::new(), |tar, n| tar.hard_link(&name(n + 1), &name(n)));
    let tar = chain.ustar(&name(0), b"one").finish();
    let began = Instant::now();
    let (index, _dir) = scan(&tar);
    assert_eq!((index.len(), index.problems.len()), (20_001, 0));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn what_is_no_file_is_passed_over_with_or_without_the_size_of_one() {
    for kind in *b"2346" {
        check_between(set_kind(kind), None, "is a link or a device");
        // The size on disk, and the next header at once.
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
fn old_headers_without_a_magic_are_headers_and_a_slash_makes_a_folder() {
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
fn pax_headers_that_are_wrong_cost_no_member() {
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
        check(&tar(damaged), &both, &["is damaged; what could be read of it counts"]);
    }
    check(&tar(&pax_body(&[("path", "a\0b")])), &both, &["gives a name with a zero byte"]);
    check(&tar(&pax_body(&[("path", "")])), &both, &[]);
    check(&tar(b""), &both, &[]);
    let renamed = [&pax_body(&[("path", ODD)])[..], b"damage"].concat();
    check(&tar(&renamed), &[(ODD, "one"), (B, "two")], &["is damaged; what could be read of it counts"]);
}

#[test]
fn a_global_header_names_no_member() {
    let tar = |body: &[u8]| Tarball::new().extension(b'g', body).ustar(A, b"one").ustar(B, b"two").finish();
    check(&tar(&pax_body(&[("comment", "a commit")])), &[(A, "one"), (B, "two")], &[]);
    let named = pax_body(&[("path", "x"), ("size", "7")]);
    check(&tar(&named), &[(A, "one"), (B, "two")], &["the global PAX header at byte 512 gives all members one name"]);
}

#[test]
fn of_two_extension_headers_the_later_counts_and_one_for_nobody_is_told() {
    let tar = Tarball::new().extension(b'L', b"x\0").extension(b'x', &pax_body(&[("path", ODD)])).ustar("y", b"odd");
    check(&tar.finish(), &[(ODD, "odd")], &[]);
    let alone = |tar: Tarball| tar.ustar(A, b"one").extension(b'L', ODD.as_bytes());
    check(
        &alone(Tarball::new()).finish(),
        &[(A, "one")],
        &["the extension header at byte 1024 has no member behind it"],
    );
    check(&alone(Tarball::new()).cut(0), &[(A, "one")], &["has no member behind it", "without an end-of-archive mark"]);
}

#[test]
fn names_may_be_long_and_are_cut_where_they_are_told() {
    let long = format!("shard_000/{}.png", "n".repeat(100_000));
    let tar = Tarball::new().pax_path(&long, b"pax").gnu_long_name(&long, b"gnu").finish();
    let (index, _dir) = scan(&tar);
    assert!(index.get(&TilePath::new(&long)).is_some());
    let told = index.problems[0].member.as_deref().unwrap();
    assert!(told.len() < 1000 && told.contains('…') && told.ends_with("nnn.png"), "{}", told.len());
    let link = Tarball::new().extension(b'K', long.as_bytes()).hard_link(A, "x").finish();
    assert!(scan(&link).0.problems[0].message.len() < 1000);
    // Past this they are none; the member is there by the name of its header.
    let tar = Tarball::new().extension(b'L', &vec![b'n'; (1 << 20) + 1]).ustar(A, b"one").finish();
    check(&tar, &[(A, "one")], &["an extension header of 1048577 bytes at byte 512 is passed over"]);
}

#[test]
fn what_stands_behind_the_end_is_told_and_padding_is_not() {
    let tar = || Tarball::new().ustar(A, b"one").finish();
    let with = |behind: &[u8]| [&tar()[..], behind].concat();
    check(&with(&[0; 10_240]), &[(A, "one")], &[]);
    check(&with(&vec![0; 3 << 20]), &[(A, "one")], &[]);
    check(&with(b"\0\0rubbish"), &[(A, "one")], &["has 7 bytes behind the end of the archive, from byte 2050 on"]);
    let far = [&vec![0; 700_000][..], b"rubbish"].concat();
    check(&with(&far), &[(A, "one")], &["has 7 bytes behind the end of the archive, from byte 702048 on"]);
    let last = [&vec![0; 9 << 20][..], b"rubbish"].concat();
    check(&with(&last), &[(A, "one")], &["has 7 bytes behind the end"]);
    let second = Tarball::new().ustar(B, b"two").finish();
    check(&with(&second), &[(A, "one")], &["has another archive behind its end, from byte 2048 on"]);
}

#[test]
fn a_file_of_another_kind_is_named() {
    for (head, words) in [
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
        check(head, &[], &[words]);
        let mut long = head.to_vec();
        long.resize(4096, b'.');
        check(&long, &[], &[words]);
    }
    // A tar is one, whatever its first member is called.
    check(&Tarball::new().ustar("BZh.png", b"x").finish(), &[("BZh.png", "x")], &[]);
}

#[test]
fn rubbish_of_any_size_is_gone_through_once() {
    // Every second block is a broken header: a search that began anew each time would never end.
    let good = Tarball::new().ustar(A, b"").cut(0);
    let broken = Tarball::new().wrong_checksum(ODD, b"").cut(0);
    let tar = [broken, good].concat().repeat(20_000);
    let began = Instant::now();
    let (index, _dir) = scan(&tar);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(index.len(), 1);
    let last = index.problems.len() - 2;
    assert_eq!(last, 1000, "the first thousand are told");
    assert!(index.problems[last].message.contains("has 38999 more problems"), "{:?}", index.problems[last]);
}

#[cfg(unix)]
#[test]
fn pipes_devices_folders_and_circles_named_like_shards_are_never_opened() {
    let set = tempfile::tempdir().unwrap();
    let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, set.path().join(name)).unwrap();
    fs::create_dir(set.path().join("shard_001.tar")).unwrap();
    link(Path::new("/dev/zero"), "shard_002.tar");
    link(Path::new("shard_003.tar"), "shard_003.tar");
    link(Path::new("."), "circle");
    fs::write(set.path().join("shard_000.tar"), Tarball::new().ustar(A, b"one").finish()).unwrap();
    // Whoever opened it to read would wait for somebody to write.
    match Command::new("mkfifo").arg(set.path().join("shard_004.tar")).status() {
        Ok(status) if status.success() => {}
        _ => println!("left out: a pipe, since there is no mkfifo"),
    }
    let tiles = TileSource::open(set.path());
    tiles.index_all(&NoProgress).unwrap();
    assert!(tiles.locate(&TilePath::new(A)).is_ok());
    let named = |n: u32| tiles.shard_named(&format!("shard_00{n}"));
    assert!((1..5).all(|n| named(n).is_none()));
    let told: Vec<String> = tiles.warnings().iter().map(ToString::to_string).collect();
    assert!(
        told.len() >= 3 && told.iter().all(|told| told.contains("is no file, or a link that leads to none")),
        "{told:?}"
    );
    assert!(ShardIndex::scan(Path::new("/dev/zero")).is_err());
}
