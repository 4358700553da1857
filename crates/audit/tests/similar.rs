//! Tiles and queries like a given one: copies first, then near pictures; rows of the same query,
//! then of near ones; and the groups of all that are alike.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::suspicion::fingerprints::{self, FingerprintCache, PixelWork};
use tilejury_audit::suspicion::{SimilarQueries, TileLikeness, similar_tiles};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

fn page(seed: u32, from: u32) -> Vec<u8> {
    picture::page(875, 700, seed, from)
}

/// The tiles by page: two files with the same bytes, one scrolled by a third, one of another page,
/// and one that is no picture.
fn set(dir: &std::path::Path) -> (Dataset, Vec<TilePath>) {
    let paths: Vec<String> = (0..5).map(|page| tile(0, page, 0)).collect();
    let pictures = [page(1, 0), page(1, 0), page(1, 200), page(2, 0), b"no picture".to_vec()];
    let set = paths.iter().zip(&pictures).fold(Set::new(), |set, (path, bytes)| set.tile(path, bytes));
    let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
    set.row("train", &Row::new("q", &paths[0]).negatives(&negatives)).write(&dir.join("set"));
    (Dataset::open(&dir.join("set")).unwrap(), paths.iter().map(|path| TilePath::new(path)).collect())
}

#[test]
fn copies_come_before_near_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(dir.path());
    let mut cache = FingerprintCache::open(&dir.path().join("cache.sqlite")).unwrap();
    let work = PixelWork::new(2, &NoProgress);
    // Before the scan, no other tile is known: nothing is read for the question.
    let unread = similar_tiles(&dataset, &mut cache, &tiles[0], &work).unwrap();
    assert_eq!((unread.tiles.len(), unread.compared, unread.all), (0, 0, 5));
    fingerprints::make(&dataset, &mut cache, &work).unwrap();
    let found = similar_tiles(&dataset, &mut cache, &tiles[0], &work).unwrap();
    let kinds: Vec<(&TilePath, TileLikeness)> = found.tiles.iter().map(|found| (&found.tile, found.kind)).collect();
    assert_eq!(kinds, [(&tiles[1], TileLikeness::SameBytes), (&tiles[2], TileLikeness::NearPicture)]);
    assert!(found.tiles[1].likeness > 0.8, "{found:?}");
    assert_eq!((found.compared, found.all), (3, 5));
    let again = similar_tiles(&dataset, &mut cache, &tiles[0], &work).unwrap();
    assert_eq!(again, found, "the second time from the cache");
    assert_eq!(similar_tiles(&dataset, &mut cache, &tiles[4], &work).unwrap().tiles, []);
    let stopped = |_: ProgressStep| Err(Cancelled);
    let work = PixelWork::new(2, &stopped);
    assert_eq!(similar_tiles(&dataset, &mut cache, &tiles[0], &work), Err(Cancelled));
}

#[test]
fn copies_form_groups() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(dir.path());
    let mut cache = FingerprintCache::in_memory().unwrap();
    let made = fingerprints::make(&dataset, &mut cache, &PixelWork::new(1, &NoProgress)).unwrap();
    assert_eq!(made.copies().groups(), [tiles[..2].to_vec()]);
}

#[test]
fn rows_of_near_queries_are_found_and_grouped() {
    let dir = tempfile::tempdir().unwrap();
    let queries = [
        "What is the event loop in Python?",
        "what is the event loop in python",
        "What is the event lop in Python?",
        "When was salt first mined in Wieliczka?",
        "When was salt first mned in Wieliczka?",
        "How long is the Trans-Siberian railway?",
    ];
    let rows = queries.iter().enumerate().map(|(at, query)| Row::new(query, &tile(0, at as u32, 0)));
    let root = rows.fold(Set::new(), |set, row| set.row("train", &row)).write(dir.path());
    let dataset = Dataset::open(&root).unwrap();
    let similar = SimilarQueries::read(&dataset, &NoProgress).unwrap();
    let near = |row: usize| {
        let near = similar.near(SampleIndex::new(row));
        near.iter().map(|near| (near.sample.index(), near.nearness == 1.0)).collect::<Vec<_>>()
    };
    assert_eq!(near(0), [(1, true), (2, false)]);
    assert_eq!(near(3), [(4, false)]);
    assert_eq!(near(5), []);
    let groups = similar.groups(&NoProgress).unwrap();
    let groups: Vec<Vec<usize>> = groups.iter().map(|rows| rows.iter().map(|row| row.index()).collect()).collect();
    assert_eq!(groups, [vec![0, 1, 2], vec![3, 4]]);
}
