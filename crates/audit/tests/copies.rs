//! Negatives that are copies of a positive: what an export does with them, by option and judgement,
//! what it reads for that, and what it reports about tiles it could not compare.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::path::PathBuf;
use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tilejury_audit::export::{
    Copies, CopyCoverage, ExportError, ExportOptions, ExportReport, FalseNegatives, Images, JudgementSource, Originals,
    VerifyReport, export_with, preview_with, verify_with,
};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep, Stage};
use tilejury_audit::{AuditSession, Event, JudgeAction, Relevance, Verdict as Said, now};
use tilejury_data::{Dataset, LineNumber, SampleIndex, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

fn page(seed: u32, from: u32) -> Vec<u8> {
    picture::page(400, 300, seed, from)
}

/// The tiles of the sets here: positives, copies of the first, and others.
struct Tiles {
    positive: String,
    second: String,
    bytes: String,
    pixels: String,
    near: String,
    others: [String; 3],
}

impl Tiles {
    fn new() -> Self {
        Self {
            positive: tile(0, 1, 0),
            second: tile(0, 1, 1),
            bytes: tile(0, 2, 0),
            pixels: tile(0, 2, 1),
            near: tile(0, 2, 2),
            others: [tile(0, 3, 0), tile(0, 3, 1), tile(0, 3, 2)],
        }
    }

    fn set(&self) -> Set {
        let set = Set::new()
            .tile(&self.positive, &page(1, 0))
            .tile(&self.second, &page(2, 0))
            .tile(&self.bytes, &page(1, 0))
            .tile(&self.pixels, &picture::as_webp(&page(1, 0)))
            .tile(&self.near, &page(1, 2));
        self.others.iter().zip(10..).fold(set, |set, (other, seed)| set.tile(other, &page(seed, 0)))
    }
}

/// A set on disk, with its judgements.
struct Case {
    dir: tempfile::TempDir,
    dataset: Arc<Dataset>,
    events: Vec<Event>,
}

impl Case {
    fn new(set: &Set) -> Self {
        let dir = tempfile::tempdir().unwrap();
        set.write(&dir.path().join("set"));
        let dataset = Arc::new(Dataset::open(&dir.path().join("set")).unwrap());
        Self { dir, dataset, events: Vec::new() }
    }

    fn act(&mut self, action: JudgeAction) {
        let mut session = AuditSession::new(self.dataset.clone(), "ann", &self.events);
        self.events.extend(session.apply(action, now()).events);
    }

    fn mark(&mut self, sample: usize, tile: &str, relevance: Relevance) {
        self.act(JudgeAction::Relevance(SampleIndex::new(sample), TilePath::new(tile), Some(relevance)));
    }

    fn source<R>(&self, with: impl FnOnce(&JudgementSource<'_>) -> R) -> R {
        let judgements = merge::judgements(&self.events, &AnnotatorScope::Everybody);
        with(&JudgementSource::new(&judgements, &self.events, &AnnotatorScope::Everybody))
    }

    fn cache(&self) -> PathBuf {
        self.dir.path().join("prints.sqlite")
    }

    fn preview(&self, options: &ExportOptions) -> ExportReport {
        self.source(|source| preview_with(&self.dataset, source, options, Some(&self.cache()), &NoProgress).unwrap().1)
    }

    /// Exports; returns the report and the negatives of each row.
    fn export(&self, options: &ExportOptions) -> (PathBuf, ExportReport, Vec<Vec<String>>) {
        let out = self.dir.path().join(format!("out-{}", self.dir.path().read_dir().unwrap().count()));
        let report = self
            .source(|source| export_with(&self.dataset, source, options, &out, Some(&self.cache()), &NoProgress))
            .unwrap();
        let text = std::fs::read_to_string(out.join("train.jsonl")).unwrap();
        let negatives = |line: &str| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let paths = row["neg_chunk_paths"].as_array().unwrap().iter();
            paths.map(|path| path.as_str().unwrap().to_owned()).collect()
        };
        let rows = text.lines().map(negatives).collect();
        (out, report, rows)
    }

    fn verify(&self, out: &std::path::Path, with_originals: bool) -> VerifyReport {
        let cache = self.cache();
        self.source(|source| {
            let originals = Originals { dataset: &self.dataset, source, fingerprints: Some(&cache), findings: None };
            verify_with(out, with_originals.then_some(&originals), &NoProgress).unwrap()
        })
    }
}

#[track_caller]
fn assert_unbroken(report: &VerifyReport) {
    assert_eq!((&report.faults[..], &report.cautions[..]), (&[][..], &[][..]));
}

fn with(copies: Copies, images: Images) -> ExportOptions {
    ExportOptions { copies, images, negatives: 1, ..ExportOptions::default() }
}

/// One row with three copies of its positive, and two other negatives.
fn three_copies(tiles: &Tiles) -> Case {
    let [a, b, _] = &tiles.others;
    let row = Row::new("q", &tiles.positive).negatives(&[a, &tiles.bytes, &tiles.pixels, b, &tiles.near]);
    Case::new(&tiles.set().row("train", &row))
}

#[test]
fn removes_copies_of_the_positive_and_counts_them_by_kind() {
    let tiles = Tiles::new();
    let case = three_copies(&tiles);
    for images in [Images::None, Images::Link, Images::Repack, Images::Extract] {
        let (out, report, rows) = case.export(&with(Copies::Drop, images));
        assert_eq!(rows, [[tiles.others[0].clone(), tiles.others[1].clone()]]);
        assert_eq!(report.reasons["copy_of_positive"], 1);
        let found = &report.copies;
        assert_eq!((found.same_bytes, found.same_pixels, found.near), (1, 1, 1));
        assert_eq!((found.looked_for, report.simulation.rows_with_copy_in_negatives), (CopyCoverage::All, 0));
        assert!(report.summary().iter().any(|line| line == "  Copy of the positive: 1 row, changed"));
        let card = std::fs::read_to_string(out.join("README.md")).unwrap();
        assert!(
            card.contains("Copies of positives were removed from the negatives. The same file: 1; the same pixels: 1; nearly the same picture: 1."),
            "{card}"
        );
        let report = case.verify(&out, false);
        assert_eq!(report.faults, []);
        match images {
            Images::None => {
                let caution = &report.cautions[0];
                assert!(caution.contains("could not be looked for here"), "{caution}");
                assert!(caution.ends_with("copies of positives were looked for when it was exported"), "{caution}");
            }
            _ => assert!(report.cautions.is_empty()),
        }
        assert_unbroken(&case.verify(&out, true));
    }
    // A row that becomes short of negatives is dropped, like any other.
    let report = case.preview(&ExportOptions { negatives: 3, ..ExportOptions::default() });
    assert_eq!((report.dropped, report.reasons["too_few_negatives"]), (1, 1));
}

#[test]
fn removes_disturbed_copies_but_no_page_of_the_same_shape() {
    let own = picture::paragraphs(875, 700, 1);
    let copies = [
        picture::as_jpeg_of_quality(&own, 30),
        picture::as_watermarked(&own),
        picture::as_moved(&own, 1, 0),
        picture::as_moved(&own, 0, 1),
        picture::as_cut(&own, 20, 0),
        picture::as_cut(&own, 20, 20),
    ];
    let other = picture::paragraphs_of(875, 700, 1, 2);
    let others = [
        picture::as_jpeg_of_quality(&other, 30),
        picture::as_watermarked(&other),
        picture::as_moved(&other, 1, 0),
        picture::as_moved(&other, 0, 1),
        picture::as_cut(&other, 20, 0),
        picture::as_cut(&other, 20, 20),
    ];
    let (positive, mut set) = (tile(0, 1, 0), Set::new());
    let (mut negatives, mut expected) = (Vec::new(), Vec::new());
    for (at, (copy, other)) in copies.iter().zip(&others).enumerate() {
        let paths = [tile(0, 2, at as u32), tile(0, 3, at as u32)];
        set = set.tile(&paths[0], copy).tile(&paths[1], other);
        expected.push(paths[1].clone());
        negatives.extend(paths);
    }
    let negatives: Vec<&str> = negatives.iter().map(String::as_str).collect();
    let case = Case::new(&set.tile(&positive, &own).row("train", &Row::new("q", &positive).negatives(&negatives)));
    let (_, report, rows) = case.export(&with(Copies::Drop, Images::None));
    assert_eq!((rows, report.copies.near), (vec![expected], copies.len()));
}

#[test]
fn counts_kept_copies_and_calls_them_unsafe() {
    let tiles = Tiles::new();
    let case = three_copies(&tiles);
    let (out, report, rows) = case.export(&with(Copies::Keep, Images::Repack));
    assert_eq!((rows[0].len(), report.kept), (5, 1));
    assert_eq!((report.copies.same_bytes, report.simulation.rows_with_copy_in_negatives), (1, 1));
    let careful = "Warning: 1 row written with a copy of a positive among the negatives, by option";
    assert!(report.summary().iter().any(|line| line == careful), "{:?}", report.summary());
    for with_originals in [false, true] {
        let verdict = case.verify(&out, with_originals);
        assert_eq!(verdict.faults, []);
        assert_eq!(verdict.cautions, ["by option, rows with a copy of a positive among their negatives: 1"]);
    }
    let card = std::fs::read_to_string(out.join("README.md")).unwrap();
    assert!(
        card.contains("Copies of positives stay. Rows with one among their negatives: 1. This set is for comparisons.")
    );
}

#[test]
fn counts_kept_copies_of_a_positive_that_is_not_written() {
    let tiles = Tiles::new();
    let [a, b, _] = &tiles.others;
    let set = tiles
        .set()
        .row("train", &Row::new("q", &tiles.positive).negatives(&[a, b]))
        .row("train", &Row::new("q", &tiles.second).negatives(&[a, &tiles.bytes]));
    let mut case = Case::new(&set);
    case.act(JudgeAction::Verdict(SampleIndex::new(0), Some(Said::Reject)));
    let (out, report, rows) = case.export(&with(Copies::Keep, Images::Repack));
    assert_eq!(rows, [[a.clone(), tiles.bytes.clone()]]);
    assert_eq!(report.simulation.rows_with_copy_in_negatives, 1);
    for with_originals in [false, true] {
        let verdict = case.verify(&out, with_originals);
        assert_eq!(verdict.faults, []);
        assert_eq!(verdict.cautions, ["by option, rows with a copy of a positive among their negatives: 1"]);
    }
}

#[test]
fn reads_nothing_without_comparison_and_reports_it() {
    let tiles = Tiles::new();
    let case = three_copies(&tiles);
    let pixels = AtomicUsize::new(0);
    let count = |step: ProgressStep| {
        pixels.fetch_add(usize::from(matches!(step.stage, Stage::Pixels | Stage::Pairs)), Ordering::Relaxed);
        Ok(())
    };
    case.source(|source| preview_with(&case.dataset, source, &with(Copies::Trust, Images::None), None, &count))
        .unwrap();
    assert_eq!(pixels.into_inner(), 0);
    let (out, report, rows) = case.export(&with(Copies::Trust, Images::Link));
    assert_eq!((rows[0].len(), report.copies.looked_for), (5, CopyCoverage::None));
    assert!(report.summary().contains(&"Warning: copies of positives were not looked for".to_owned()));
    let card = std::fs::read_to_string(out.join("README.md")).unwrap();
    assert!(card.contains("Copies of positives under other paths were not looked for"), "{card}");
    // If the export has its pictures, copies are found anyway.
    for with_originals in [false, true] {
        let found: Vec<_> =
            case.verify(&out, with_originals).faults.into_iter().map(|fault| (fault.kind, fault.line)).collect();
        assert_eq!(found, [("copy_of_positive", Some(LineNumber::FIRST)); 3]);
    }
    // Otherwise only a check with the dataset's own pictures finds them.
    let (out, ..) = case.export(&with(Copies::Trust, Images::None));
    let report = case.verify(&out, false);
    assert_eq!(report.faults, []);
    assert!(report.cautions[0].ends_with("when it was exported, copies of positives were not looked for"));
    assert_eq!(case.verify(&out, true).faults.len(), 3);
}

#[test]
fn removes_copies_of_relevant_tiles_from_all_rows_of_a_query() {
    let tiles = Tiles::new();
    let [a, b, c] = &tiles.others;
    let copy_of_a = tile(0, 4, 0);
    let set = tiles
        .set()
        .tile(&copy_of_a, &page(10, 0))
        .row("train", &Row::new("What is it?", &tiles.second).negatives(&[&tiles.bytes, b]))
        .row("train", &Row::new("what is it", &tiles.positive).negatives(&[b, c]))
        .row("train", &Row::new("another", &tiles.second).negatives(&[&tiles.bytes, &tiles.near]))
        .row("train", &Row::new("third", &tiles.positive).negatives(&[a, b, &copy_of_a]));
    let mut case = Case::new(&set);
    let negatives = |case: &Case| case.export(&with(Copies::Drop, Images::None)).2;
    let rows = negatives(&case);
    assert_eq!(rows[0], from_ref(b), "a copy of the positive of another row of the query");
    assert_eq!(rows[2], [tiles.bytes.clone(), tiles.near.clone()], "it is not a positive of the other query");
    assert_eq!(rows[3].len(), 3, "copies of each other do no harm");
    case.mark(3, a, Relevance::Relevant);
    assert_eq!(negatives(&case)[3], from_ref(b), "the copy goes with the false negative");
    // A wrong positive is not a positive, so its copies may stay.
    case.mark(1, &tiles.positive, Relevance::NotRelevant);
    case.act(JudgeAction::Verdict(SampleIndex::new(1), Some(Said::Reject)));
    assert_eq!(negatives(&case)[0], [tiles.bytes.clone(), b.clone()]);
}

#[test]
fn keeps_near_copies_only_if_marked_and_never_identical_ones() {
    let tiles = Tiles::new();
    let mut case = three_copies(&tiles);
    let all: Vec<TilePath> =
        case.dataset.sample(SampleIndex::new(0)).unwrap().tiles().map(|tile| tile.path.clone()).collect();
    case.act(JudgeAction::Accept { sample: SampleIndex::new(0), seen: all, inspected: Vec::new(), copies: Vec::new() });
    let options = with(Copies::Drop, Images::Repack);
    let others = [tiles.others[0].clone(), tiles.others[1].clone()];
    assert_eq!(case.export(&options).2, from_ref(&others), "a confirmation by accept is not a mark");
    for tile in [&tiles.bytes, &tiles.pixels, &tiles.near] {
        case.mark(0, tile, Relevance::NotRelevant);
    }
    let (out, report, rows) = case.export(&options);
    assert_eq!(rows, [[&others[..], from_ref(&tiles.near)].concat()]);
    assert_eq!((report.copies.near, report.copies.near_kept_by_mark), (0, 1));
    assert!(report.summary().iter().any(|line| line.contains("marked them as not relevant")), "{:?}", report.summary());
    for with_originals in [false, true] {
        assert_unbroken(&case.verify(&out, with_originals));
    }
}

#[test]
fn counts_and_reports_unreadable_tiles() {
    let tiles = Tiles::new();
    let away = tile(7, 9, 0);
    let row = Row::new("q", &tiles.positive).negatives(&[&tiles.others[0], &away]);
    let case = Case::new(&tiles.set().row("train", &row));
    let (out, report, _) = case.export(&with(Copies::Drop, Images::None));
    assert_eq!((report.copies.looked_for, report.copies.tiles_not_read), (CopyCoverage::Some, 1));
    let said = "1 tile could not be read and was not compared with positives";
    assert!(report.summary().contains(&format!("Warning: {said}")), "{:?}", report.summary());
    assert!(case.verify(&out, false).cautions[0].ends_with(&format!("when it was exported, {said}")));
    assert_eq!(case.verify(&out, true).cautions, [said]);
}

#[test]
fn reads_only_tiles_that_can_matter_and_each_once() {
    let tiles = Tiles::new();
    let [a, b, c] = &tiles.others;
    let set = tiles
        .set()
        .row("train", &Row::new("q", &tiles.positive).negatives(&[a, b]))
        .row("train", &Row::new("rejected", &tiles.second).negatives(&[c]));
    let mut case = Case::new(&set);
    case.act(JudgeAction::Verdict(SampleIndex::new(1), Some(Said::Reject)));
    let most = AtomicUsize::new(0);
    let report = |step: ProgressStep| {
        if step.stage == Stage::Pixels {
            most.fetch_max(step.done, Ordering::Relaxed);
        }
        Ok(())
    };
    let tiles_read = || {
        most.store(0, Ordering::Relaxed);
        let options = with(Copies::Drop, Images::None);
        case.source(|source| preview_with(&case.dataset, source, &options, Some(&case.cache()), &report)).unwrap();
        most.load(Ordering::Relaxed)
    };
    assert_eq!(tiles_read(), 3, "the tiles of the row that may be written");
    assert_eq!(tiles_read(), 0, "they are in the cache");
    let stop = |step: ProgressStep| match step.stage {
        Stage::Pixels | Stage::Pairs => Err(Cancelled),
        _ => Ok(()),
    };
    let options = with(Copies::Drop, Images::None);
    let stopped = case.source(|source| preview_with(&case.dataset, source, &options, None, &stop));
    assert!(matches!(stopped, Err(ExportError::Cancelled)));
}

#[test]
fn refills_rows_without_copies() {
    let tiles = Tiles::new();
    let [a, b, _] = &tiles.others;
    let listed: Vec<_> = [&tiles.near, &tiles.pixels, b]
        .iter()
        .enumerate()
        .map(|(at, path)| serde_json::json!({"rank": at + 1, "path": path, "score": 0.5}))
        .collect();
    let row = Row::new("q", &tiles.positive).negatives(&[a, &tiles.bytes]).field("retrieve_top20", listed.into());
    let case = Case::new(&tiles.set().row("train", &row));
    let options = ExportOptions { refill: true, images: Images::Repack, ..ExportOptions::default() };
    let (out, report, rows) = case.export(&options);
    assert_eq!((rows, report.reasons["refilled"]), (vec![vec![a.clone(), b.clone()]], 1));
    assert_unbroken(&case.verify(&out, true));
}

#[test]
fn promotes_a_tile_and_removes_its_copies() {
    let tiles = Tiles::new();
    let [a, b, c] = &tiles.others;
    let copy_of_a = tile(0, 4, 0);
    let row = Row::new("q", &tiles.positive).negatives(&[a, b, &copy_of_a, c]);
    let mut case = Case::new(&tiles.set().tile(&copy_of_a, &page(10, 0)).row("train", &row));
    case.mark(0, a, Relevance::Relevant);
    let options =
        ExportOptions { false_negatives: FalseNegatives::Promote, images: Images::Repack, ..ExportOptions::default() };
    let (out, report, rows) = case.export(&options);
    assert_eq!((report.promoted, rows), (1, vec![vec![b.clone(), c.clone()]; 2]));
    assert_unbroken(&case.verify(&out, false));
}
