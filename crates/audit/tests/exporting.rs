//! Exports: the rows that are dropped, the rows that change, and everything else byte for byte the
//! same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::common::{negative, positive, ten_rows};
use tilejury_audit::export::{ExportError, ExportOptions, ExportReport, JudgementSource, Unjudged, export};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::{FieldChange, Judgements, Relevance, Verdict};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_testkit::set::put;
use tilejury_testkit::{Row, Set};

/// Exports with the judgements; stops at the first call for which `go_on` returns false.
fn run(
    dataset: &Dataset,
    judgements: &Judgements,
    options: &ExportOptions,
    out: &Path,
    go_on: bool,
) -> Result<ExportReport, ExportError> {
    let source = JudgementSource::new(judgements, &[], &AnnotatorScope::Everybody);
    export(dataset, &source, options, out, &AtomicBool::new(!go_on))
}

struct Bench {
    dataset: Arc<Dataset>,
    judgements: Judgements,
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { dataset: ten_rows(&dir.path().join("set")), judgements: Judgements::new(), dir }
    }

    fn say(&mut self, sample: usize, change: FieldChange) {
        self.judgements.entry(self.dataset.samples[sample].key).or_default().apply(change);
    }

    fn verdict(&mut self, sample: usize, verdict: Verdict) {
        self.say(sample, FieldChange::Verdict(Some(verdict)));
    }

    fn false_negative(&mut self, sample: usize, at: usize) {
        let tile = negative(&self.dataset, sample, at);
        self.say(sample, FieldChange::Relevance(tile, Some(Relevance::Relevant)));
    }

    fn export(&self, options: &ExportOptions) -> (ExportReport, String) {
        let out = self.dir.path().join("out");
        let report = run(&self.dataset, &self.judgements, options, &out, true).unwrap();
        let text = fs::read_to_string(out.join("train.jsonl")).unwrap();
        assert!(fs::read_to_string(out.join("train_hn.jsonl")).unwrap() == text, "both names hold the same rows");
        (report, text)
    }

    fn input_lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dataset.root.join("train.jsonl")).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

fn reasons(pairs: &[(&'static str, usize)]) -> BTreeMap<&'static str, usize> {
    pairs.iter().copied().collect()
}

#[test]
fn exports_the_input_without_judgements() {
    let bench = Bench::new();
    let (report, text) = bench.export(&ExportOptions::default());
    assert!(text == fs::read_to_string(bench.dataset.root.join("train.jsonl")).unwrap());
    assert_eq!((report.kept, report.changed, report.dropped), (10, 0, 0));
    assert_eq!(
        report.files,
        [
            "README.md",
            "croissant.json",
            "dataset_summary.json",
            "export_manifest.json",
            "train.jsonl",
            "train_hn.jsonl"
        ]
    );
    assert!(report.reasons.is_empty());
}

#[test]
fn applies_judgements_and_keeps_other_bytes() {
    let mut bench = Bench::new();
    bench.verdict(1, Verdict::Reject);
    bench.verdict(2, Verdict::Accept);
    bench.false_negative(2, 1);
    bench.false_negative(3, 0);
    bench.false_negative(3, 2);
    bench.verdict(4, Verdict::Unsure);
    let wrong = positive(&bench.dataset, 5);
    bench.say(5, FieldChange::Relevance(wrong, Some(Relevance::NotRelevant)));
    let broken = negative(&bench.dataset, 6, 0);
    bench.say(6, FieldChange::Relevance(broken, Some(Relevance::Broken)));
    let broken = positive(&bench.dataset, 7);
    bench.say(7, FieldChange::Relevance(broken, Some(Relevance::Broken)));
    let (report, text) = bench.export(&ExportOptions::default());

    let input = bench.input_lines();
    let output: Vec<&str> = text.lines().collect();
    let without =
        |line: &str, tile: &str| line.replace(&format!(", \"{tile}\""), "").replace(&format!("\"{tile}\", "), "");
    let spelled = |sample: usize, at: usize| {
        bench.dataset.sample(SampleIndex::new(sample)).unwrap().negatives[at].spelling.clone()
    };
    let expected = [
        input[0].clone(),
        without(&input[2], &spelled(2, 1)),
        input[4].clone(),
        without(&input[6], &spelled(6, 0)),
        input[8].clone(),
        input[9].clone(),
    ];
    assert_eq!(output, expected);
    assert_eq!((report.kept, report.changed, report.dropped), (4, 2, 4));
    let expected = [
        ("rejected", 1),
        ("too_few_negatives", 1),
        ("wrong_positive", 1),
        ("broken_positive", 1),
        ("false_negative", 1),
        ("broken_negative", 1),
    ];
    assert_eq!(report.reasons, reasons(&expected));
    let card = fs::read_to_string(bench.dir.path().join("out/README.md")).unwrap();
    assert!(card.contains("| rejected | 1 |"), "{card}");
}

#[test]
fn drops_unjudged_rows_and_short_rows_by_option() {
    let mut bench = Bench::new();
    bench.verdict(0, Verdict::Accept);
    bench.false_negative(0, 0);
    bench.verdict(1, Verdict::Unsure);
    let (report, text) =
        bench.export(&ExportOptions { negatives: 3, unjudged: Unjudged::Drop, ..ExportOptions::default() });
    assert_eq!(text.lines().count(), 1);
    assert_eq!(report.reasons, reasons(&[("unjudged", 8), ("too_few_negatives", 1)]));
}

#[test]
fn keeps_bytes_of_odd_files_and_leaves_out_bad_lines() {
    let dir = tempfile::tempdir().unwrap();
    let row = |n: u32| {
        Row::new(&format!("q{n}"), &format!("images/{n}.png")).negatives(&["images/x.png", "images/y.png"]).line()
    };
    let text = format!("\u{feff}{}\r\n\n{{broken\n{}   \n{}", row(1), row(2), row(3));
    put(&dir.path().join("set/train.jsonl"), text.as_bytes());
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let out = dir.path().join("out");
    let report = run(&dataset, &Judgements::new(), &ExportOptions::default(), &out, true).unwrap();
    let expected = format!("{}\r\n{}   \n{}", row(1), row(2), row(3));
    assert_eq!(fs::read_to_string(out.join("train.jsonl")).unwrap(), expected);
    assert_eq!((report.kept, report.bad_lines), (3, 1));
}

#[test]
fn drops_unjudged_rows_that_trainers_would_pad() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::new()
        .row("train", &Row::new("none", "images/1.png"))
        .row("train", &Row::new("one", "images/2.png").negatives(&["images/a.png"]))
        .row("train", &Row::new("two", "images/3.png").negatives(&["images/a.png", "images/3.png"]));
    set.write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let count = |negatives| {
        let out = dir.path().join(format!("out{negatives}"));
        let options = ExportOptions { negatives, ..ExportOptions::default() };
        run(&dataset, &Judgements::new(), &options, &out, true).unwrap()
    };
    let counts = |report: ExportReport| (report.kept, report.changed, report.dropped);
    assert_eq!(counts(count(0)), (2, 1, 0), "its own positive is removed from the third row's negatives");
    assert_eq!(counts(count(1)), (1, 1, 1));
    assert_eq!(counts(count(2)), (0, 0, 3));
}

#[test]
fn refuses_a_used_target_and_cleans_up_on_failure() {
    let bench = Bench::new();
    let run = |out: &Path, go_on: bool| run(&bench.dataset, &bench.judgements, &ExportOptions::default(), out, go_on);
    let root = bench.dir.path();
    fs::create_dir(root.join("empty")).unwrap();
    assert!(run(&root.join("empty"), true).is_ok());
    assert!(matches!(run(&root.join("empty"), true), Err(ExportError::NotEmpty(_))));
    assert!(matches!(run(&bench.dataset.root, true), Err(ExportError::InsideDataset { .. })));
    put(&root.join("file"), b"x");
    assert!(matches!(run(&root.join("file"), true), Err(ExportError::NoFolder(_))));
    assert!(matches!(run(&root.join("no/such/parent"), true), Err(ExportError::NoParent(_))));
    assert!(matches!(run(&root.join("stopped"), false), Err(ExportError::Cancelled)));
    let mut names: Vec<_> =
        root.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["empty", "file", "set"], "no half-written folder is left");
}

#[test]
fn summary_has_the_publishers_fields() {
    let bench = Bench::new();
    bench.export(&ExportOptions::default());
    let text = fs::read_to_string(bench.dir.path().join("out/dataset_summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["splits"]["train"]["rows"], 10);
    assert_eq!(summary["splits"]["train"]["unique_images_referenced"], 40);
    assert_eq!(summary["splits"]["train"]["avg_negatives_per_row"], 3.0);
    assert_eq!((&summary["total_rows"], &summary["total_unique_images"]), (&10.into(), &40.into()));
}
