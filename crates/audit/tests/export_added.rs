//! Tiles that people added to rows as relevant, in exports: their grades, the corpus, their
//! pictures, the rows of the same query, and the check of a finished export.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tilejury_audit::export::{
    AddedTile, ExportOptions, ExportReport, FalseNegatives, Format, Images, JudgementSource, Originals, TileCheck,
    VerifyReport, export, preview, verify_with,
};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::stats::AnswerCounter;
use tilejury_audit::{AuditSession, Event, JudgeAction, Relevance, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::set::member;
use tilejury_testkit::{Row, Set, picture};

/// The path of a tile. Those of `x` to `z` are in a shard of their own.
fn path(letter: char) -> String {
    let shard = u8::from(letter >= 'x');
    format!("images/shard_00{shard}/shard_00001/{letter}.png.tiles/chunk_0000_00.png")
}

fn tile(letter: char) -> TilePath {
    TilePath::new(&path(letter))
}

fn row(query: &str, positive: char, negatives: &str) -> Row {
    Row::of_letters(query, positive, negatives, path)
}

struct Case {
    dir: tempfile::TempDir,
    dataset: Arc<Dataset>,
    events: Vec<Event>,
}

impl Case {
    /// The first two rows ask the same; `x` is a negative of the second. `y` and `z` are in no row.
    fn new() -> Self {
        let rows = [row("What is salt?", 'a', "bcd"), row("what is salt", 'a', "exf"), row("other", 'g', "hxi")];
        Self::of(&rows)
    }

    fn of(rows: &[Row]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut set = Set::new();
        for letter in "abcdefghixyz".chars() {
            set = set.tile(&path(letter), &picture::png(40 + letter as u32, 50, letter as u8));
        }
        let set = rows.iter().fold(set, |set, row| set.row("train", row));
        let root = set.write(&dir.path().join("set"));
        Self { dir, dataset: Arc::new(Dataset::open(&root).unwrap()), events: Vec::new() }
    }

    fn does(mut self, who: &str, action: JudgeAction) -> Self {
        let own: Vec<Event> = self.events.iter().filter(|event| &*event.annotator == who).cloned().collect();
        let events = AuditSession::new(self.dataset.clone(), who, &own).apply(action, now()).events;
        assert!(!events.is_empty());
        self.events.extend(events);
        self
    }

    fn adds(self, who: &str, sample: usize, letter: char) -> Self {
        self.does(who, JudgeAction::AddRelevant { sample: SampleIndex::new(sample), tile: tile(letter) })
    }

    fn marks(self, who: &str, sample: usize, letter: char, relevance: Relevance) -> Self {
        self.does(who, JudgeAction::Relevance(SampleIndex::new(sample), tile(letter), Some(relevance)))
    }

    fn with_source<T>(&self, use_it: impl FnOnce(&JudgementSource<'_>) -> T) -> T {
        let judgements = merge::judgements_of(&self.dataset, &self.events, &AnnotatorScope::Everybody);
        use_it(&JudgementSource::new(&judgements, &self.events, &AnnotatorScope::Everybody))
    }

    fn preview(&self, options: &ExportOptions) -> ExportReport {
        self.with_source(|source| preview(&self.dataset, source, options, &NoProgress).unwrap().1)
    }

    /// Exports, checks the export against the set, and returns its folder.
    fn export(&self, options: &ExportOptions) -> PathBuf {
        let out = self.dir.path().join(format!("out {}", self.dir.path().read_dir().unwrap().count()));
        self.with_source(|source| export(&self.dataset, source, options, &out, &NoProgress).unwrap());
        let verdict = self.verify(&out);
        assert!(verdict.faults.is_empty(), "{:?}", verdict.faults);
        out
    }

    fn verify(&self, out: &Path) -> VerifyReport {
        self.with_source(|source| {
            let originals = Originals { dataset: &self.dataset, source, fingerprints: None, findings: None };
            verify_with(out, Some(&originals), &NoProgress).unwrap()
        })
    }
}

fn options(formats: &[Format]) -> ExportOptions {
    ExportOptions { formats: formats.to_vec(), negatives: 2, ..ExportOptions::default() }
}

fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

/// The letters of the tiles with a grade, by the query's first line in the file.
fn graded(out: &Path, grade: u8) -> Vec<(String, String)> {
    let found = lines(&out.join("qrels/train.qrels")).into_iter().filter_map(|line| {
        let parts: Vec<&str> = line.split(' ').collect();
        let letter = parts[2].split('/').nth(2).unwrap().chars().next().unwrap();
        (parts[3] == grade.to_string()).then(|| (parts[0].to_owned(), letter.to_string()))
    });
    let mut by_query: Vec<(String, String)> = Vec::new();
    for (query, letter) in found {
        match by_query.iter_mut().find(|(known, _)| *known == query) {
            Some((_, letters)) => letters.push_str(&letter),
            None => by_query.push((query, letter)),
        }
    }
    by_query
}

fn letters(out: &Path, grade: u8) -> Vec<String> {
    graded(out, grade).into_iter().map(|(_, letters)| letters).collect()
}

#[test]
fn qrels_and_beir_grade_an_added_tile() {
    let case = Case::new().adds("ann", 0, 'y');
    let out = case.export(&options(&[Format::Jsonl, Format::Qrels, Format::Beir]));
    // Both spellings of the query have it, and the other query does not.
    assert_eq!(letters(&out, 1), ["ay", "ay", "g"]);
    assert_eq!(letters(&out, 0), [""; 0]);
    let corpus = lines(&out.join("beir/corpus.jsonl"));
    assert_eq!(corpus.iter().filter(|line| line.contains("/y.png.tiles/")).count(), 1);
    assert!(!corpus.iter().any(|line| line.contains("/z.png.tiles/")), "nobody added it");
    let pairs = lines(&out.join("beir/qrels/train.tsv"));
    let of_tile: Vec<&String> = pairs.iter().filter(|line| line.contains("/y.png.tiles/")).collect();
    assert!(of_tile.len() == 2 && of_tile.iter().all(|line| line.ends_with("\t1")), "{of_tile:?}");
    let rows = std::fs::read_to_string(out.join("train.jsonl")).unwrap();
    let before = std::fs::read_to_string(case.dataset.root.join("train.jsonl")).unwrap();
    assert_eq!(rows, before, "the rows stay as they were");
    let card = std::fs::read_to_string(out.join("README.md")).unwrap();
    assert!(card.contains("that people added to rows as relevant: 1."));
    assert!(!card.contains("The pictures also include"));
}

#[test]
fn added_tile_is_a_false_negative_of_another_row() {
    let case = Case::new().adds("ann", 0, 'x');
    let out = case.export(&options(&[Format::Jsonl, Format::Qrels]));
    let rows = lines(&out.join("train.jsonl"));
    assert!(!rows[1].contains("/x.png.tiles/"), "{}", rows[1]);
    assert!(rows[2].contains("/x.png.tiles/"), "another query keeps it");
    let report = case.preview(&options(&[Format::Jsonl]));
    assert_eq!((report.kept, report.changed, report.reasons.get("false_negative").copied()), (2, 1, Some(1)));
    let promote = ExportOptions { false_negatives: FalseNegatives::Promote, ..options(&[Format::Jsonl]) };
    let rows = lines(&case.export(&promote).join("train.jsonl"));
    assert_eq!(rows.len(), 4, "the tile gets a row of its own, as any false negative does");
    let drop = ExportOptions { false_negatives: FalseNegatives::DropRow, ..options(&[Format::Jsonl]) };
    assert_eq!(lines(&case.export(&drop).join("train.jsonl")).len(), 2);
}

#[test]
fn refill_never_takes_an_added_tile() {
    let retrieved = serde_json::json!([{"path": path('y'), "score": 0.1}, {"path": path('z'), "score": 0.2}]);
    let rows = [row("What is salt?", 'a', "b").field("retrieve_top20", retrieved)];
    let refill = ExportOptions { refill: true, ..options(&[Format::Jsonl]) };
    let with_both = lines(&Case::of(&rows).export(&refill).join("train.jsonl"));
    assert!(with_both[0].split("retrieve_top20").next().unwrap().contains("/y.png.tiles/"), "{with_both:?}");
    let case = Case::of(&rows).adds("ann", 0, 'y');
    let row = lines(&case.export(&refill).join("train.jsonl")).remove(0);
    let negatives = row.split("retrieve_top20").next().unwrap();
    assert!(negatives.contains("/z.png.tiles/") && !negatives.contains("/y.png.tiles/"), "{row}");
}

#[test]
fn two_annotators_who_disagree_leave_it_open() {
    let disputed = Case::new().adds("ann", 0, 'x').marks("ben", 1, 'x', Relevance::NotRelevant);
    let out = disputed.export(&options(&[Format::Jsonl, Format::Qrels]));
    assert_eq!((letters(&out, 1), letters(&out, 0)), (vec!["a".into(), "a".into(), "g".into()], vec![]));
    assert_eq!(disputed.preview(&options(&[Format::Jsonl])).added, []);
    let settled = disputed.adds("cleo", 0, 'x');
    let out = settled.export(&options(&[Format::Jsonl, Format::Qrels]));
    assert_eq!(letters(&out, 1), ["ax", "ax", "g"]);
    // One person's later mark replaces the earlier one.
    let changed = Case::new().adds("ann", 0, 'x').marks("ann", 1, 'x', Relevance::NotRelevant);
    let out = changed.export(&options(&[Format::Qrels]));
    assert_eq!(
        (letters(&out, 1), letters(&out, 0)),
        (vec!["a".into(), "a".into(), "g".into()], vec!["x".into(), "x".into()])
    );
    let changed_back = changed.adds("ann", 0, 'x');
    assert_eq!(letters(&changed_back.export(&options(&[Format::Qrels])), 1), ["ax", "ax", "g"]);
}

#[test]
fn preview_counts_added_tiles_once_for_a_query() {
    let case = Case::new().adds("ann", 0, 'y').adds("ben", 1, 'y').adds("ann", 0, 'z').adds("ann", 2, 'a');
    let report = case.preview(&options(&[Format::Qrels]));
    let added = |sample, letter| AddedTile { sample: SampleIndex::new(sample), tile: tile(letter) };
    assert_eq!(report.added, [added(0, 'y'), added(0, 'z'), added(2, 'a')]);
    let line = "3 tiles added to rows as relevant; qrels and beir grade them";
    assert!(report.summary().iter().any(|found| found == line), "{:?}", report.summary());
    // The positive of another row of the query is graded anyway.
    // A query without rows has no grades.
    let rows = [row("What is salt?", 'a', "bcd"), row("what is salt", 'y', "exf")];
    let case = Case::of(&rows)
        .adds("ann", 0, 'y')
        .does("ann", JudgeAction::AddRelevant { sample: SampleIndex::new(1), tile: tile('z') });
    assert_eq!(case.preview(&options(&[Format::Qrels])).added, [added(1, 'z')]);
    let reject =
        |case: Case, sample| case.does("ann", JudgeAction::Verdict(SampleIndex::new(sample), Some(Verdict::Reject)));
    let case = reject(reject(case, 0), 1);
    assert_eq!(case.preview(&options(&[Format::Qrels])).added, []);
}

#[test]
fn a_verdict_of_the_adjudicator_replaces_added_tiles() {
    // Still relevant to the query, as a negative of the second row.
    let case = Case::new().adds("ann", 0, 'x').marks("ann", 1, 'x', Relevance::Relevant);
    let counts = |case: &Case| {
        let mut counter = AnswerCounter::read(case.dataset.clone(), &NoProgress).unwrap();
        counter.add_events(&case.events);
        let report = case.preview(&options(&[Format::Qrels]));
        (counter.count(&AnnotatorScope::Everybody).added, report.added.len())
    };
    assert_eq!(counts(&case), (1, 1));
    let accept = JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Accept));
    assert_eq!(counts(&case.does("adjudicator", accept)), (0, 0));
}

#[test]
fn pictures_include_added_tiles_that_are_graded() {
    let case = Case::new().adds("ann", 0, 'y');
    let has_picture = |out: &Path| Dataset::open(out).unwrap().tiles.locate(&tile('y')).is_ok();
    let with = |images, formats: &[Format]| ExportOptions { images, ..options(formats) };
    for images in [Images::Repack, Images::Extract, Images::Link] {
        for format in [Format::Qrels, Format::Beir] {
            let out = case.export(&with(images, &[Format::Jsonl, format]));
            assert!(has_picture(&out), "{images} {format}");
            let dataset = Dataset::open(&out).unwrap();
            let mut bytes = Vec::new();
            dataset.tiles.read(&dataset.tiles.locate(&tile('y')).unwrap(), &mut bytes).unwrap();
            assert!(bytes == picture::png(40 + 'y' as u32, 50, b'y'));
            assert!(images == Images::Link || dataset.tiles.locate(&tile('z')).is_err(), "nobody added it");
            let card = std::fs::read_to_string(out.join("README.md")).unwrap();
            assert!(card.contains("The pictures also include tiles that no row names"));
        }
    }
    let out = case.export(&with(Images::Repack, &[Format::Jsonl]));
    assert!(!has_picture(&out), "no file names it");
    // A picture embedded in rows is none of an added tile.
    case.export(&options(&[Format::Jsonl, Format::Parquet, Format::Beir]));
}

#[test]
fn added_tile_that_cannot_be_found_keeps_its_grade() {
    let rows = [row("What is salt?", 'a', "bcd")];
    let case = Case::of(&rows).does("ann", JudgeAction::AddRelevant { sample: SampleIndex::new(0), tile: tile('q') });
    let with =
        ExportOptions { images: Images::Repack, tiles: TileCheck::Trust, ..options(&[Format::Jsonl, Format::Qrels]) };
    assert_eq!(letters(&case.export(&with), 1), ["aq"]);
    let report = case.preview(&with);
    assert_eq!((report.added.len(), report.added_not_found), (1, 1));
    let warning = "Warning: 1 added tile cannot be found; the grades are written without pictures";
    assert!(report.summary().iter().any(|line| line == warning));
    assert_eq!(case.preview(&options(&[Format::Qrels])).added_not_found, 0);
}

#[test]
fn check_of_an_export_finds_a_missing_grade() {
    let case = Case::new().adds("ann", 0, 'y');
    let with = ExportOptions { images: Images::Repack, ..options(&[Format::Jsonl, Format::Qrels, Format::Beir]) };
    let out = case.export(&with);
    for name in ["qrels/train.qrels.jsonl", "beir/qrels/train.jsonl", "beir/corpus.jsonl"] {
        let kept: Vec<String> = lines(&out.join(name)).into_iter().filter(|line| !line.contains("/y.png.")).collect();
        std::fs::write(out.join(name), kept.join("\n") + "\n").unwrap();
    }
    let archive = out.join("image_shards/shard_001.tar");
    let name = member(&path('y')).as_bytes().to_vec();
    let mut bytes = std::fs::read(&archive).unwrap();
    let at = bytes.windows(name.len()).position(|part| part == name).unwrap();
    bytes[at + 10] = b'9';
    std::fs::write(&archive, bytes).unwrap();
    let kinds = |verdict: VerifyReport| {
        let faults = verdict.faults.into_iter().filter(|fault| fault.kind.starts_with("missing_"));
        faults.map(|fault| (fault.kind, fault.file.unwrap_or_default())).collect::<BTreeSet<_>>()
    };
    let expected = [
        ("missing_document", "beir/corpus.jsonl".to_owned()),
        ("missing_grade", "beir/qrels/train.jsonl".to_owned()),
        ("missing_grade", "qrels/train.qrels.jsonl".to_owned()),
        ("missing_tile", String::new()),
    ];
    assert_eq!(kinds(case.verify(&out)), BTreeSet::from(expected));
    let text = std::fs::read_to_string(out.join("export_manifest.json")).unwrap();
    assert!(text.contains("\"added\": 1"), "the manifest counts it");
    assert!(
        !std::fs::read_to_string(Case::new().export(&with).join("export_manifest.json")).unwrap().contains("\"added\"")
    );
    // The same export without the addition is another one.
    let other = Case { events: Vec::new(), ..case };
    let faults = other.verify(&out).faults;
    assert!(faults.iter().any(|fault| fault.kind == "other_judgements"), "{faults:?}");
}

#[test]
fn copy_of_an_added_tile_leaves_the_negatives() {
    let mut case = Case::new();
    let root = case.dir.path().join("set");
    let rows = ["bcd", "exf"].map(|negatives| row("What is salt?", 'a', negatives));
    let set =
        "abcdefx".chars().fold(Set::new(), |set, letter| set.tile(&path(letter), &picture::png(60, 60, letter as u8)));
    // `y` has the bytes of `c`.
    let set = set.tile(&path('y'), &picture::png(60, 60, b'c'));
    std::fs::remove_dir_all(&root).unwrap();
    case.dataset =
        Arc::new(Dataset::open(&rows.iter().fold(set, |set, row| set.row("train", row)).write(&root)).unwrap());
    let negatives = |case: &Case| lines(&case.export(&options(&[Format::Jsonl])).join("train.jsonl")).remove(0);
    assert!(negatives(&case).contains("/c.png.tiles/"));
    let case = case.adds("ann", 1, 'y');
    let row = negatives(&case);
    assert!(row.contains("/b.png.tiles/") && !row.contains("/c.png.tiles/"), "{row}");
    assert_eq!(case.preview(&options(&[Format::Jsonl])).copies.same_bytes, 1);
}
