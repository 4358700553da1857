//! The rows that a mark could be applied to: those with the same tile or an exact copy, for the
//! same query or a near one.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::path::Path;
use std::sync::Arc;

use crate::common::{act, negative, reopen};
use tilejury_audit::progress::{Cancelled, NoProgress, Progress, ProgressStep};
use tilejury_audit::propagation::{PropagationTarget, TargetSearch};
use tilejury_audit::search::SearchIndex;
use tilejury_audit::suspicion::fingerprints::{self, FingerprintCache, PixelCopies, PixelWork};
use tilejury_audit::suspicion::{SuspicionSettings, WordWeights, pixel_signals};
use tilejury_audit::{CarriedMark, JudgeAction, Relevance};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// The tile that the rows share.
fn shared() -> String {
    tile(0, 9, 0)
}

/// A query, and the tiles of its row.
type Texts<'t> = (&'t str, &'t str, &'t [&'t str]);

fn open(root: &Path, set: Set, rows: &[Texts<'_>]) -> Arc<Dataset> {
    let row = |(query, positive, negatives): &Texts<'_>| Row::new(query, positive).negatives(negatives);
    rows.iter().fold(set, |set, texts| set.row("train", &row(texts))).write(root);
    Arc::new(Dataset::open(root).unwrap())
}

fn find_targets(
    dataset: &Dataset,
    copies: Option<&PixelCopies>,
    marks: &[(&str, Relevance)],
    progress: &dyn Progress,
) -> Result<Vec<PropagationTarget>, Cancelled> {
    let index = SearchIndex::build(dataset);
    let words = WordWeights::read(dataset, &NoProgress).unwrap();
    let near_query = SuspicionSettings::default().near_query;
    let search = TargetSearch { dataset, index: &index, words: &words, copies, near_query };
    let marks: Vec<_> = marks.iter().map(|(tile, relevance)| (TilePath::new(tile), *relevance)).collect();
    search.find(SampleIndex::new(0), &marks, progress)
}

/// The rows found for a mark of the shared tile in the first row.
fn rows(dataset: &Dataset, relevance: Relevance) -> Vec<usize> {
    let found = find_targets(dataset, None, &[(&shared(), relevance)], &NoProgress).unwrap();
    assert!(found.iter().all(|target| target.tile == TilePath::new(&shared()) && target.of == 0 && !target.copy));
    found.into_iter().map(|target| target.sample.index()).collect()
}

/// Rows 1 to 4 have the shared tile too: in another spelling for the same query, for a near query,
/// for another query, and as the positive of the same query. Row 5 does not have it.
fn six_rows(root: &Path) -> Arc<Dataset> {
    let (shared, other) = (shared(), tile(0, 1, 0));
    let absolute = format!("/mined/kiwix_tiles/{}", shared.strip_prefix("images/").unwrap());
    let negatives = [shared.as_str()];
    let rows: [Texts<'_>; 6] = [
        ("What is table salt made of?", &other, &negatives),
        ("what is TABLE salt made of", &other, &[&absolute, &shared]),
        ("What is salt made of?", &other, &negatives),
        ("Who wrote Hamlet in London", &other, &negatives),
        ("What is table salt made of ?", &shared, &[&other]),
        ("What is table salt made of!", &other, &[&other]),
    ];
    open(root, Set::new(), &rows)
}

#[test]
fn finds_the_same_tile_for_same_and_near_queries() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = six_rows(dir.path());
    assert_eq!(rows(&dataset, Relevance::NotRelevant), [1, 2, 4]);
    assert_eq!(rows(&dataset, Relevance::Relevant), [1, 2, 4]);
    assert!(rows(&dataset, Relevance::Unsure).is_empty());
    let found = find_targets(&dataset, None, &[(&shared(), Relevance::Relevant)], &NoProgress).unwrap();
    let nearness: Vec<f32> = found.iter().map(|target| target.nearness).collect();
    assert!(nearness[0] == 1.0 && (0.7..1.0).contains(&nearness[1]) && nearness[2] == 1.0, "{nearness:?}");
    assert_eq!(found.iter().map(|target| target.positive).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn finds_a_broken_tile_for_every_query() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(rows(&six_rows(dir.path()), Relevance::Broken), [1, 2, 3, 4]);
}

#[test]
fn finds_several_tiles_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = six_rows(dir.path());
    let marks = [(shared(), Relevance::NotRelevant), (tile(0, 1, 0), Relevance::Relevant)];
    let marks = marks.each_ref().map(|(tile, relevance)| (tile.as_str(), *relevance));
    let found = find_targets(&dataset, None, &marks, &NoProgress).unwrap();
    let pairs: Vec<(usize, usize)> = found.iter().map(|target| (target.sample.index(), target.of)).collect();
    assert_eq!(pairs, [(1, 1), (1, 0), (2, 1), (2, 0), (4, 0), (4, 1), (5, 1)]);
    assert_eq!(find_targets(&dataset, None, &marks, &|_: ProgressStep| Err(Cancelled)), Err(Cancelled));
    assert_eq!(find_targets(&dataset, None, &[("", Relevance::Broken)], &NoProgress), Ok(vec![]));
    // More tiles than the byte search handles.
    let many: Vec<String> = (0..100).map(|page| tile(1, page, 0)).chain([shared()]).collect();
    let many: Vec<_> = many.iter().map(|tile| (tile.as_str(), Relevance::Relevant)).collect();
    let found = find_targets(&dataset, None, &many, &NoProgress).unwrap();
    let pairs: Vec<(usize, usize)> = found.iter().map(|target| (target.sample.index(), target.of)).collect();
    assert_eq!(pairs, [(1, 100), (2, 100), (4, 100)]);
}

#[test]
fn finds_exact_copies_by_bytes_and_by_pixels() {
    let dir = tempfile::tempdir().unwrap();
    let [positive, judged, bytes, pixels, other] = [0, 1, 2, 3, 4].map(|page| tile(0, page, 0));
    let picture = picture::page(300, 200, 1, 0);
    let set = Set::new()
        .tile(&judged, &picture)
        .tile(&bytes, &picture)
        .tile(&pixels, &picture::as_webp(&picture))
        .tile(&other, &picture::page(300, 200, 2, 0));
    let query = "What is salt?";
    let rows: [Texts<'_>; 4] = [
        (query, &positive, &[&judged, &other]),
        (query, &positive, &[&bytes, &judged]),
        (query, &positive, &[&pixels]),
        ("Who wrote Hamlet?", &positive, &[&pixels]),
    ];
    let dataset = open(&dir.path().join("set"), set, &rows);
    let mut cache = FingerprintCache::open(&dir.path().join("cache.sqlite")).unwrap();
    let copies = fingerprints::make(&dataset, &mut cache, &PixelWork::new(1, &NoProgress)).unwrap().copies();
    let copies_of = |tile: &str| copies.of_tile(&TilePath::new(tile)).cloned().collect::<Vec<_>>();
    assert_eq!(copies_of(&judged), [&bytes, &pixels].map(|tile| TilePath::new(tile)));
    assert!(copies_of(&other).is_empty() && copies_of(&positive).is_empty());

    let found = |marks: &[(&str, Relevance)]| {
        let found = find_targets(&dataset, Some(&copies), marks, &NoProgress).unwrap();
        found.into_iter().map(|target| (target.sample.index(), target.tile, target.copy)).collect::<Vec<_>>()
    };
    let expected = [(1, &bytes, true), (1, &judged, false), (2, &pixels, true)];
    let expected = expected.map(|(row, tile, copy)| (row, TilePath::new(tile), copy));
    assert_eq!(found(&[(&judged, Relevance::NotRelevant)]), expected);
    assert_eq!(found(&[(&judged, Relevance::Broken)]).len(), 4, "a copy is broken for every query too");
    // A tile's own mark has precedence over its copy's. If two copies have different marks, neither
    // is applied.
    let both = found(&[(&judged, Relevance::NotRelevant), (&bytes, Relevance::Relevant)]);
    assert_eq!(both, [(1, TilePath::new(&bytes), false), (1, TilePath::new(&judged), false)]);
}

#[test]
fn finds_and_labels_near_copies() {
    let dir = tempfile::tempdir().unwrap();
    let [positive, near, crop] = [0, 1, 2].map(|page| tile(0, page, 0));
    let page = |from| picture::page(400, 300, 1, from);
    let set = Set::new().tile(&positive, &page(0)).tile(&near, &page(2)).tile(&crop, &page(120));
    let rows: [Texts<'_>; 2] = [("What is salt?", &positive, &[&near, &crop]), ("what is salt", &near, &[&crop])];
    let dataset = open(&dir.path().join("set"), set, &rows);
    let mut cache = FingerprintCache::in_memory().unwrap();
    let work = PixelWork::new(1, &NoProgress);
    let fingerprints = fingerprints::make(&dataset, &mut cache, &work).unwrap();
    let found = pixel_signals(&dataset, &fingerprints, &mut cache, &SuspicionSettings::default(), &work).unwrap();
    let copies = PixelCopies::with_findings(&dataset, &fingerprints, &found);
    let near_of = |tile: &str| copies.near_of_tile(&TilePath::new(tile)).cloned().collect::<Vec<_>>();
    assert_eq!((near_of(&positive), near_of(&near)), (vec![TilePath::new(&near)], vec![TilePath::new(&positive)]));
    assert!(near_of(&crop).is_empty(), "a crop is a near picture but not a copy");
    let find = |relevance| find_targets(&dataset, Some(&copies), &[(&positive, relevance)], &NoProgress).unwrap();
    let found = find(Relevance::Relevant);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].sample.index(), &found[0].tile, found[0].copy, found[0].near_copy),
        (1, &TilePath::new(&near), true, true)
    );
    assert!(find(Relevance::Broken).is_empty(), "a near picture of a broken tile need not be broken");
}

#[test]
fn marks_and_undoes_found_rows_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = six_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let judged = negative(&dataset, 0, 0);
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(0), judged.clone(), Some(Relevance::Relevant)),
    );
    let from = crate::common::last_step(&session, 0, &judged);
    let found = find_targets(&dataset, None, &[(&shared(), Relevance::Relevant)], &NoProgress).unwrap();
    let carried = found.into_iter().map(|target| CarriedMark {
        sample: target.sample,
        tile: target.tile,
        relevance: Relevance::Relevant,
        from: from.clone(),
    });
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Propagate(carried.collect())), 3);
    assert_eq!(session.tally.false_negatives, 3, "row 4 has it as its positive");
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Undo), 3);
    assert_eq!(session.tally.false_negatives, 1);
}

#[test]
fn marks_a_tile_in_chosen_rows_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = six_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let tile = TilePath::new(&shared());
    // The last row does not have the tile; the first has another mark.
    act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(0), tile.clone(), Some(Relevance::Unsure)));
    let rows = [0, 1, 3, 5].map(SampleIndex::new).into();
    let mark = JudgeAction::MarkInRows(rows, tile.clone(), Some(Relevance::Relevant));
    assert_eq!(act(&mut sidecar, &mut session, mark), 3);
    let marks = |session: &tilejury_audit::AuditSession| {
        let of = |row| session.judgement(SampleIndex::new(row)).and_then(|judgement| judgement.relevance(&tile));
        [0, 1, 2, 3].map(of)
    };
    let relevant = Some(Relevance::Relevant);
    assert_eq!(marks(&session), [relevant, relevant, None, relevant]);
    let words = session.history().undo.last().unwrap().sentence(None);
    assert_eq!(words, "Relevant: 3 tiles");
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Undo), 3);
    assert_eq!(marks(&session), [Some(Relevance::Unsure), None, None, None]);
}
