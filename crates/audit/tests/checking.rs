//! `check`: every planted defect is found at its position, and a clean set has none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use tilejury_audit::check::{CheckedTiles, Problem, check};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_data::{Dataset, LineNumber};
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

fn findings(root: &std::path::Path, decode: bool) -> Vec<Problem> {
    let how = if decode { CheckedTiles::Decoded } else { CheckedTiles::NotDecoded };
    check(&Dataset::open(root).unwrap(), how, &NoProgress).unwrap().problems
}

#[test]
fn a_clean_set_has_no_findings() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(10, 4).write(dir.path());
    assert_eq!(findings(dir.path(), true), []);
}

#[test]
fn finds_each_defect_at_its_position() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b, c) = (tile(0, 1, 0), tile(0, 1, 1), tile(1, 2, 0));
    let (cut, gone) = (tile(1, 3, 0), tile(1, 9, 9));
    let png = picture::png(50, 50, 1);
    let absolute = format!("/mnt/{}", &a["images/".len()..]);
    Set::new()
        .tile(&a, &png)
        .tile(&b, &picture::png(50, 50, 3))
        .tile(&c, &picture::jpeg(50, 50, 2))
        .tile(&cut, &png[..png.len() / 2])
        .row("train", &Row::new("clean", &a).negatives(&[&b, &c]))
        .row("train", &Row::new("own positive", &a).negatives(&[&b, &absolute]))
        .row("train", &Row::new("twice", &b).negatives(&[&c, &a, &c]))
        .line("train", "{\"query\": \"no path\"}")
        .row("train", &Row::new("clean", &a).negatives(&[&c]))
        .row("train", &Row::new("lost", &gone).negatives(&[&cut, &c]))
        .row("eval", &Row::new("clean", &a).negatives(&[&b]))
        .write(dir.path());
    put(&dir.path().join("image_shards/shard_002.tar"), b"");
    let list = |decode| -> Vec<String> {
        findings(dir.path(), decode)
            .into_iter()
            .map(|finding| {
                let place = finding
                    .split
                    .map_or_else(String::new, |split| format!("{split}:{}", finding.line.unwrap_or_default()));
                format!("{} {place} {}", finding.kind, finding.path.unwrap_or_default())
            })
            .collect()
    };
    let mut expected = vec![
        "split_leak train:1 ".to_owned(),
        format!("positive_in_negatives train:2 {absolute}"),
        format!("repeated_negative train:3 {c}"),
        "bad_row train:4 ".to_owned(),
        "repeated_row train:5 ".to_owned(),
        "split_leak train:5 ".to_owned(),
        format!("corrupt_tile train:6 {cut}"),
        format!("missing_tile train:6 {gone}"),
        "split_leak eval:1 ".to_owned(),
        "bad_shard  image_shards/shard_002.tar".to_owned(),
    ];
    assert_eq!(list(true), expected);
    expected.retain(|line| !line.starts_with("corrupt_tile"));
    assert_eq!(list(false), expected, "without decoding, a damaged picture is not examined");
}

#[test]
fn reports_a_missing_shard_once() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(10, 3).write(dir.path());
    std::fs::remove_file(dir.path().join("image_shards/shard_001.tar")).unwrap();
    for decode in [false, true] {
        let found = findings(dir.path(), decode);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].kind, found[0].path.as_deref()), ("missing_shard", Some("shard_001.tar")));
        assert_eq!(found[0].message, "is missing: 20 tiles in 5 rows cannot be read");
        assert_eq!((&found[0].split, found[0].line), (&None, None));
    }
}

#[test]
fn stops_a_check() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(4, 2).write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    assert_eq!(check(&dataset, CheckedTiles::Decoded, &|_: ProgressStep| Err(Cancelled)), Err(Cancelled));
}

#[test]
fn finds_positives_of_the_same_query_as_negatives() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b, c) = (tile(0, 1, 0), tile(0, 1, 1), tile(0, 1, 2));
    let png = picture::png(9, 9, 1);
    Set::new()
        .tile(&a, &png)
        .tile(&b, &png)
        .tile(&c, &png)
        .row("train", &Row::new("q", &a).negatives(&[&b, &c]))
        .row("train", &Row::new("q", &b).negatives(&[&c]))
        .row("train", &Row::new("another", &b).negatives(&[&a]))
        .write(dir.path());
    let found = findings(dir.path(), false);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].kind, found[0].line, found[0].path.as_deref()),
        ("positive_in_negatives", Some(LineNumber::FIRST), Some(b.as_str()))
    );
    assert!(found[0].message.contains("train line 2"));
}

#[test]
fn finds_copies_of_positives_if_tiles_are_decoded() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b, bytes, pixels, near, other] = [0, 1, 2, 3, 4, 5].map(|chunk| tile(0, 1, chunk));
    let page = |seed, from| picture::page(400, 300, seed, from);
    Set::new()
        .tile(&a, &page(1, 0))
        .tile(&b, &page(2, 0))
        .tile(&bytes, &page(1, 0))
        .tile(&pixels, &picture::as_webp(&page(1, 0)))
        .tile(&near, &page(2, 2))
        .tile(&other, &page(3, 0))
        .row("train", &Row::new("q", &a).negatives(&[&other, &bytes, &near]))
        .row("train", &Row::new("Q?", &b).negatives(&[&pixels]))
        .row("train", &Row::new("another", &other).negatives(&[&bytes]))
        .write(dir.path());
    let found: Vec<_> = findings(dir.path(), true)
        .into_iter()
        .map(|finding| (finding.kind, finding.line.unwrap().get(), finding.path.unwrap(), finding.message))
        .collect();
    let found: Vec<_> =
        found.iter().map(|(kind, line, path, message)| (*kind, *line, path.as_str(), message.as_str())).collect();
    let kind = "copy_of_positive";
    assert_eq!(
        found,
        [
            (kind, 1, bytes.as_str(), "is byte for byte the row's positive under another path"),
            (kind, 1, near.as_str(), "shows nearly the same picture as the positive of the same query in train line 2"),
            (
                kind,
                2,
                pixels.as_str(),
                "has the pixels of the positive of the same query in train line 1 in another encoding"
            ),
        ]
    );
    assert_eq!(findings(dir.path(), false), []);
}
