//! Signals from pixels: each planted defect is found at its position and nothing else is, and tiles
//! are not read twice.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep, Stage};
use tilejury_audit::suspicion::fingerprints::{
    self, FingerprintBuild, FingerprintCache, Fingerprints, PixelWork, TileFingerprint,
};
use tilejury_audit::suspicion::{Finding, Signal, SuspicionSettings, pixel_signals, signals};
use tilejury_data::{Dataset, SampleIndex, TileSlot};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const WIDTH: u32 = 875;
const HEIGHT: u32 = 700;

/// A window onto a page of its own seed.
fn page(seed: u32, from: u32) -> Vec<u8> {
    picture::page(WIDTH, HEIGHT, seed, from)
}

/// Computes all signals from pixels, with a cache in a file.
fn compute(dataset: &Dataset, cache: &Path) -> (Fingerprints, Vec<Finding>) {
    let mut cache = FingerprintCache::open(cache).unwrap();
    let work = PixelWork::new(2, &NoProgress);
    let fingerprints = fingerprints::make(dataset, &mut cache, &work).unwrap();
    let found = pixel_signals(dataset, &fingerprints, &mut cache, &SuspicionSettings::default(), &work).unwrap();
    (fingerprints, found)
}

/// Checks the findings, as `tile signal sentence`, on a row with a positive that shows page 1 and
/// one negative with these bytes.
#[track_caller]
fn check(negative: &[u8], expected: &[&str]) {
    let (positive, other) = (tile(0, 1, 0), tile(1, 2, 0));
    let set = Set::new().tile(&positive, &page(1, 0)).tile(&other, negative);
    check_set(&set.row("train", &Row::new("q", &positive).negatives(&[&other])), expected);
}

#[track_caller]
fn check_set(set: &Set, expected: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    set.write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let (_, found) = compute(&dataset, &dir.path().join("cache.sqlite"));
    let words = |finding: &Finding| {
        let tile = finding.tile.unwrap();
        format!("{tile} {} {}", finding.signal.word(), finding.sentence(&dataset))
    };
    assert_eq!(found.iter().map(words).collect::<Vec<_>>(), expected);
    assert!(found.iter().all(|finding| finding.strength > 0.45), "{found:?}");
    // The second time everything comes from the cache.
    let (fingerprints, again) = compute(&dataset, &dir.path().join("cache.sqlite"));
    assert_eq!((fingerprints.pace.read, again), (0, found));
}

#[test]
fn ignores_other_text() {
    check(&page(2, 0), &[]);
}

#[test]
fn finds_copies_by_bytes_and_by_pixels() {
    check(&page(1, 0), &["1 same-bytes Byte for byte the positive, under another path"]);
    check(&picture::as_webp(&page(1, 0)), &["1 same-pixels The pixels of the positive, in another encoding"]);
}

#[test]
fn finds_a_page_scrolled_by_two_pixels() {
    let expected = "1 near-picture The content of the positive, 2 pixels further up: 100 % of its rows are here, and 100 % of the \
                    rows with ink are the same to the pixel";
    check(&page(1, 2), &[expected]);
}

#[test]
fn finds_a_crop_from_further_down_but_not_a_sliver() {
    let expected = "1 near-picture The content of the positive, 420 pixels further up: 40 % of its rows are here, and 100 % of the \
                    rows with ink are the same to the pixel";
    check(&page(1, 420), &[expected]);
    check(&page(1, 660), &[]);
}

#[test]
fn finds_a_compressed_copy() {
    let expected =
        "1 near-picture The content of the positive at the same position: 100 % of the rows with ink are alike";
    check(&picture::as_jpeg(&page(1, 0)), &[expected]);
}

/// Paragraphs of their own seed.
fn text(seed: u32) -> Vec<u8> {
    picture::paragraphs(WIDTH, HEIGHT, seed)
}

/// Checks that this copy of the positive is found as a near picture of at least this strength.
/// Returns the sentence.
#[track_caller]
fn check_near(negative: &[u8], least: f32) -> String {
    let (positive, other) = (tile(0, 1, 0), tile(1, 2, 0));
    let set = Set::new().tile(&positive, &text(1)).tile(&other, negative);
    let dir = tempfile::tempdir().unwrap();
    set.row("train", &Row::new("q", &positive).negatives(&[&other])).write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let (_, found) = compute(&dataset, &dir.path().join("cache.sqlite"));
    assert_eq!(found.len(), 1, "{found:?}");
    let finding = &found[0];
    assert!(finding.signal.word() == "near-picture" && finding.strength >= least, "{finding:?}");
    finding.sentence(&dataset)
}

/// Checks that this copy is found at full strength, with this description of the difference.
#[track_caller]
fn check_copy(negative: &[u8], words: &str) {
    let sentence = check_near(negative, 0.99);
    assert!(sentence.starts_with(&format!("The same picture as the positive, {words}: ")), "{sentence}");
}

#[test]
fn finds_a_scaled_copy() {
    check_copy(&picture::as_scaled(&text(1), 97), "scaled to 97 %");
    check_copy(&picture::as_scaled(&text(1), 75), "scaled to 75 %");
    check_copy(&picture::as_scaled(&text(1), 50), "scaled to 50 %");
    check_copy(&picture::as_scaled(&text(1), 110), "scaled to 110 %");
}

#[test]
fn finds_an_inverted_copy() {
    check_copy(&picture::as_inverted(&text(1)), "in inverted colours");
    let both = picture::as_scaled(&picture::as_inverted(&text(1)), 97);
    check_copy(&both, "scaled to 97 %, in inverted colours");
}

#[test]
fn finds_a_copy_with_other_margins() {
    check_copy(&picture::as_cut(&text(1), 20, 0), "cut by 20 pixels at the left");
    check_copy(&picture::as_padded(&text(1), 30, 24), "moved 30 pixels to the right and 24 pixels down");
}

#[test]
fn finds_a_badly_compressed_copy() {
    check_near(&picture::as_jpeg_of_quality(&text(1), 30), 0.99);
}

#[test]
fn finds_a_watermarked_copy() {
    check_near(&picture::as_watermarked(&text(1)), 0.9);
}

#[test]
fn finds_a_copy_moved_by_few_pixels() {
    for (right, down) in [(1, 0), (0, 1), (1, 1), (3, 3)] {
        check_near(&picture::as_moved(&text(1), right, down), 0.99);
    }
}

#[test]
fn ignores_other_text_in_the_same_lines() {
    for letters in 2..4 {
        let other = picture::paragraphs_of(WIDTH, HEIGHT, 1, letters);
        for other in [
            picture::as_jpeg_of_quality(&other, 30),
            picture::as_watermarked(&other),
            picture::as_moved(&other, 1, 0),
            picture::as_moved(&other, 0, 1),
            other,
        ] {
            let (positive, negative) = (tile(0, 1, 0), tile(1, 2, 0));
            let set = Set::new().tile(&positive, &text(1)).tile(&negative, &other);
            check_set(&set.row("train", &Row::new("q", &positive).negatives(&[&negative])), &[]);
        }
    }
}

#[test]
fn ignores_other_text_in_other_shapes() {
    for seed in 2..5 {
        for other in [
            picture::as_scaled(&text(seed), 97),
            picture::as_inverted(&text(seed)),
            picture::as_cut(&text(seed), 20, 0),
        ] {
            let (positive, negative) = (tile(0, 1, 0), tile(1, 2, 0));
            let set = Set::new().tile(&positive, &text(1)).tile(&negative, &other);
            check_set(&set.row("train", &Row::new("q", &positive).negatives(&[&negative])), &[]);
        }
    }
}

#[test]
fn finds_blank_and_broken_tiles_in_any_position() {
    check(&picture::page(40, 600, 1, 0), &["1 blank A blank tile"]);
    let cut = &page(1, 0)[..2000];
    let (positive, other) = (tile(0, 1, 0), tile(0, 2, 0));
    let set = Set::new().tile(&positive, cut).tile(&other, cut);
    let reason = "Unreadable tile: damaged PNG: ";
    let dir = tempfile::tempdir().unwrap();
    let row = Row::new("q", &positive).negatives(&[&other, &tile(0, 3, 0)]);
    set.row("train", &row).write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let (_, found) = compute(&dataset, &dir.path().join("cache.sqlite"));
    let sentences: Vec<_> = found.iter().map(|finding| (finding.tile.unwrap(), finding.sentence(&dataset))).collect();
    assert_eq!(
        sentences.iter().map(|(tile, _)| *tile).collect::<Vec<_>>(),
        [0, 1, 2].map(TileSlot::new),
        "{sentences:?}"
    );
    let names: Vec<String> = found.iter().map(|finding| finding.name(&dataset)).collect();
    assert_eq!(names, ["Unreadable", "Unreadable", "Missing"]);
    assert!(sentences[0].1.starts_with(reason) && sentences[1].1.starts_with(reason), "{sentences:?}");
    assert!(sentences[2].1.starts_with("Missing tile: shard_000/"), "{sentences:?}");
    assert!(sentences[2].1.ends_with(" is neither in images/ nor in the one tar shard"), "{sentences:?}");
}

#[test]
fn ignores_tiles_of_a_missing_shard() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(4, 2).write(dir.path());
    std::fs::remove_file(dir.path().join("image_shards/shard_001.tar")).unwrap();
    let dataset = Dataset::open(dir.path()).unwrap();
    let (fingerprints, found) = compute(&dataset, &dir.path().join("prints"));
    let unreadable = found.iter().filter(|finding| finding.signal == Signal::Unreadable).count();
    assert_eq!(unreadable, 0, "{found:?}");
    let missing = dataset.sample(SampleIndex::new(1)).unwrap().positive.path;
    assert_eq!(fingerprints.get(&missing), Some(&TileFingerprint::ShardMissing));
}

#[test]
fn compares_negatives_with_positives_of_near_queries() {
    let tiles = [tile(0, 1, 0), tile(0, 2, 0), tile(1, 3, 0), tile(1, 4, 0)];
    let set = Set::new()
        .tile(&tiles[0], &page(1, 0))
        .tile(&tiles[1], &page(2, 0))
        .tile(&tiles[2], &page(1, 0))
        .tile(&tiles[3], &page(1, 100))
        .row("train", &Row::new("What is salt?", &tiles[0]))
        .row("train", &Row::new("what is salt", &tiles[1]).negatives(&[&tiles[2], &tiles[3]]))
        .row("train", &Row::new("And pepper then", &tiles[1]).negatives(&[&tiles[2]]));
    let of = "(train line 1, the same query: “what is salt” and “What is salt?”)";
    let expected = [
        format!("1 same-bytes Byte for byte another row's positive, under another path {of}"),
        format!(
            "2 near-picture The content of another row's positive, 100 pixels further up: 86 % of its rows are here, and 100 % of \
             the rows with ink are the same to the pixel {of}"
        ),
    ];
    check_set(&set, &expected.each_ref().map(String::as_str));
}

#[test]
fn reads_no_tile_again_after_a_stop() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(40, 4).write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let mut cache = FingerprintCache::open(&dir.path().join("cache.sqlite")).unwrap();
    let until_first = |step: ProgressStep| match step {
        ProgressStep { stage: Stage::Pixels, done: 1.., .. } => Err(Cancelled),
        _ => Ok(()),
    };
    let stopped = fingerprints::make(&dataset, &mut cache, &PixelWork::new(1, &until_first));
    assert!(stopped.is_err());
    let todo = AtomicUsize::new(0);
    let note = |step: ProgressStep| {
        if step.stage == Stage::Pixels {
            todo.store(step.total, Ordering::Relaxed);
        }
        Ok(())
    };
    let fingerprints = fingerprints::make(&dataset, &mut cache, &PixelWork::new(1, &note));
    let read = fingerprints.unwrap().pace.read;
    assert!((1..200).contains(&read), "{read} of 200 read the second time");
    assert_eq!(todo.into_inner(), read);
}

#[test]
fn reads_only_a_changed_shard_again() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("set");
    Set::plain(4, 1).write(&root);
    let cache = dir.path().join("cache.sqlite");
    assert_eq!(compute(&Dataset::open(&root).unwrap(), &cache).0.pace.read, 8);
    let shard = root.join("image_shards/shard_001.tar");
    let bytes = std::fs::read(&shard).unwrap();
    std::fs::write(&shard, [bytes, vec![0; 512]].concat()).unwrap();
    assert_eq!(compute(&Dataset::open(&root).unwrap(), &cache).0.pace.read, 4);
    std::fs::write(&cache, "no database").unwrap();
    assert_eq!(compute(&Dataset::open(&root).unwrap(), &cache).0.pace.read, 8);
}

#[test]
fn combines_signals_from_pixels_and_paths() {
    let dir = tempfile::tempdir().unwrap();
    let (positive, other) = (tile(0, 1, 0), tile(0, 1, 1));
    let set = Set::new().tile(&positive, &page(1, 0)).tile(&other, &page(1, 0));
    set.row("train", &Row::new("q", &positive).negatives(&[&other])).write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let paths = signals(&dataset, &SuspicionSettings::default(), None, &NoProgress).unwrap();
    let both = paths.clone().with(compute(&dataset, &dir.path().join("cache.sqlite")).1);
    assert_eq!((paths.all().len(), both.all().len(), both.ranking()), (1, 2, &[SampleIndex::new(0)][..]));
    assert!(both.score(SampleIndex::new(0)) > paths.score(SampleIndex::new(0)));
}

/// Twenty rows, each with the picture of its positive as a negative, some of them with a tile that
/// is cut off.
fn copies() -> (tempfile::TempDir, Dataset) {
    let mut set = Set::new();
    for row in 0..20 {
        let (positive, copy, cut) = (tile(0, row, 0), tile(1, row, 0), tile(0, row, 1));
        let bytes = picture::page(120, 90, row, 0);
        set = set.tile(&positive, &bytes).tile(&copy, &bytes).tile(&cut, &bytes[..60]);
        set = set.row("train", &Row::new(&format!("query {row}"), &positive).negatives(&[&copy, &cut]));
    }
    let dir = tempfile::tempdir().unwrap();
    set.write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    (dir, dataset)
}

#[test]
fn leaves_unread_tiles_out_of_partial_results() {
    let (dir, dataset) = copies();
    let mut cache = FingerprintCache::open(&dir.path().join("cache.sqlite")).unwrap();
    let settings = SuspicionSettings::default();
    // The reading thread takes a few tiles, then waits until these are enough.
    let (started, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let wait = || {
        while started.load(Ordering::Relaxed) >= 30 && !enough.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        started.fetch_add(1, Ordering::Relaxed);
        Ok(())
    };
    let work = PixelWork { before_each: &wait, ..PixelWork::new(1, &NoProgress) };
    let mut build = FingerprintBuild::start(&dataset, &cache, &work).unwrap();
    let complete = build.read(&mut cache, &work, &mut |read| {
        let is_enough = read == 30;
        enough.fetch_or(is_enough, Ordering::Relaxed);
        is_enough
    });
    assert_eq!(complete, Ok(false));
    let read = build.fingerprints().pace.read;
    assert!((30..60).contains(&read), "{read}");
    let signals = |found: &[Finding]| -> (usize, usize) {
        let of = |name: &str| found.iter().filter(|finding| finding.signal.word() == name).count();
        assert_eq!(of("same-bytes") + of("unreadable"), found.len(), "{found:?}");
        (of("same-bytes"), of("unreadable"))
    };
    let interim = pixel_signals(&dataset, build.fingerprints(), &mut cache, &settings, &work).unwrap();
    // The copies are in the other shard, which is read last.
    let (_, unreadable) = signals(&interim);
    assert!((1..20).contains(&unreadable), "{interim:?}");
    // Reading continues from there.
    assert_eq!(build.read(&mut cache, &work, &mut |_| false), Ok(true));
    assert_eq!(build.fingerprints().pace.read, 60);
    let all = pixel_signals(&dataset, build.fingerprints(), &mut cache, &settings, &work).unwrap();
    assert_eq!(signals(&all), (20, 20));
    assert!(interim.iter().all(|finding| all.contains(finding)));
}

#[test]
fn keeps_tiles_and_pairs_finished_before_a_stop() {
    let dir = tempfile::tempdir().unwrap();
    let mut set = Set::new();
    for row in 0..6 {
        let (positive, other) = (tile(0, row, 0), tile(1, row, 0));
        set = set.tile(&positive, &page(row, 0)).tile(&other, &page(row, 2));
        set = set.row("train", &Row::new(&format!("query {row}"), &positive).negatives(&[&other]));
    }
    set.write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let cache = dir.path().join("cache.sqlite");
    let calls = AtomicUsize::new(0);
    let up_to = |most: usize| if calls.fetch_add(1, Ordering::Relaxed) < most { Ok(()) } else { Err(Cancelled) };
    let four = || up_to(4);
    let work = PixelWork { before_each: &four, ..PixelWork::new(1, &NoProgress) };
    assert!(fingerprints::make(&dataset, &mut FingerprintCache::open(&cache).unwrap(), &work).is_err());
    let (fingerprints, found) = {
        let mut cache = FingerprintCache::open(&cache).unwrap();
        let fingerprints = fingerprints::make(&dataset, &mut cache, &PixelWork::new(1, &NoProgress)).unwrap();
        // Of the eight calls, six propose the pairs of six positives, and two compare pairs.
        calls.store(0, Ordering::Relaxed);
        let eight = || up_to(8);
        let work = PixelWork { before_each: &eight, ..PixelWork::new(1, &NoProgress) };
        let found = pixel_signals(&dataset, &fingerprints, &mut cache, &SuspicionSettings::default(), &work);
        (fingerprints, found)
    };
    assert_eq!((fingerprints.pace.read, found), (8, Err(Cancelled)));
    calls.store(0, Ordering::Relaxed);
    let count = || up_to(usize::MAX);
    let work = PixelWork { before_each: &count, ..PixelWork::new(1, &NoProgress) };
    let mut cache = FingerprintCache::open(&cache).unwrap();
    let found = pixel_signals(&dataset, &fingerprints, &mut cache, &SuspicionSettings::default(), &work).unwrap();
    assert_eq!((found.len(), calls.into_inner()), (6, 6 + 4));
}
