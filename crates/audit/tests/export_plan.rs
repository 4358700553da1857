//! The rules of an export, one by one: false negatives in each mode, decisions over several rows of
//! a query, leaks, refilling, order, and missing tiles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tilejury_audit::export::{
    Copies, ExportOptions, ExportReport, FalseNegatives, HeldOutLeaks, JudgementSource, Leaks, NegativeOrder,
    TileCheck, Unsure, export, preview, verify,
};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{FieldChange, Judgements, Reason, Relevance, Verdict};
use tilejury_data::{Dataset, TilePath};
use tilejury_testkit::{Row, Set, picture};

/// A set whose tiles have names of one letter, and the judgements of its rows.
struct Case {
    dir: tempfile::TempDir,
    set: Set,
    judgements: Vec<(usize, FieldChange)>,
}

fn path(letter: char) -> String {
    format!("images/shard_000/shard_00001/{letter}.png.tiles/chunk_0000_00.png")
}

fn letter(path: &str) -> char {
    let page = path.rsplit('/').nth(1).unwrap();
    page.chars().next().unwrap()
}

fn row(query: &str, positive: char, negatives: &str) -> Row {
    Row::of_letters(query, positive, negatives, path)
}

impl Case {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), set: Set::new(), judgements: Vec::new() }
    }

    fn row(mut self, split: &str, row: &Row) -> Self {
        self.set = self.set.row(split, row);
        self
    }

    fn with_tiles(mut self, letters: &str) -> Self {
        for (at, letter) in letters.chars().enumerate() {
            self.set = self.set.tile(&path(letter), &picture::png(8, 8, at as u8));
        }
        self
    }

    fn say(mut self, sample: usize, change: FieldChange) -> Self {
        self.judgements.push((sample, change));
        self
    }

    fn mark(self, sample: usize, tile: char, relevance: Relevance) -> Self {
        self.say(sample, FieldChange::Relevance(TilePath::new(&path(tile)), Some(relevance)))
    }

    fn opened(&self) -> (Dataset, Judgements) {
        let root = self.dir.path().join("set");
        if !root.exists() {
            self.set.write(&root);
        }
        let dataset = Dataset::open(&root).unwrap();
        let mut judgements = Judgements::new();
        for (sample, change) in &self.judgements {
            judgements.entry(dataset.samples[*sample].key).or_default().apply(change.clone());
        }
        (dataset, judgements)
    }

    /// Exports, and returns each written row as `split query: positive / negatives`.
    #[track_caller]
    fn export(&self, options: &ExportOptions) -> (Vec<String>, ExportReport) {
        let (dataset, judgements) = self.opened();
        let out = tempfile::tempdir_in(self.dir.path()).unwrap();
        let source = JudgementSource::new(&judgements, &[], &AnnotatorScope::Everybody);
        let report = export(&dataset, &source, options, out.path(), &NoProgress).unwrap();
        let waived = options.false_negatives == FalseNegatives::Keep;
        assert!(waived || verify(out.path(), &NoProgress).unwrap().is_empty());
        let (_, dry) = preview(&dataset, &source, options, &NoProgress).unwrap();
        assert_eq!(dry, ExportReport { files: Vec::new(), ..report.clone() }, "a preview reports what an export does");
        (lines(out.path()), report)
    }

    #[track_caller]
    fn check(&self, options: &ExportOptions, expected: &[&str], reasons: &[(&str, usize)]) {
        let (lines, report) = self.export(options);
        assert_eq!(lines, expected);
        let found: BTreeMap<&str, usize> = report.reasons;
        assert_eq!(found, reasons.iter().copied().collect());
    }
}

fn rows(out: &Path) -> Vec<(String, Value)> {
    let mut rows = Vec::new();
    for split in ["train", "eval", "test"] {
        let Ok(text) = std::fs::read_to_string(out.join(format!("{split}.jsonl"))) else { continue };
        rows.extend(text.lines().map(|line| (split.to_owned(), serde_json::from_str(line).unwrap())));
    }
    rows
}

fn lines(out: &Path) -> Vec<String> {
    let line = |(split, row): (String, Value)| {
        let negatives = row["neg_chunk_paths"].as_array().cloned().unwrap_or_default();
        let negatives: String = negatives.iter().map(|path| letter(path.as_str().unwrap())).collect();
        let group = if row["query_group"].is_null() { "" } else { " +group" };
        let positive = letter(row["chunk_path"].as_str().unwrap());
        format!("{split} {}: {positive} / {negatives}{group}", row["query"].as_str().unwrap())
    };
    rows(out).into_iter().map(line).collect()
}

fn with(false_negatives: FalseNegatives) -> ExportOptions {
    ExportOptions { false_negatives, ..ExportOptions::default() }
}

#[test]
fn treats_a_false_negative_as_its_option_asks() {
    let case = Case::new()
        .row("train", &row("q", 'p', "abcd"))
        .row("train", &row("other", 'o', "abc"))
        .mark(0, 'b', Relevance::Relevant)
        .mark(0, 'd', Relevance::Relevant);
    let check = |mode, expected: &[&str], reasons: &[(&str, usize)]| case.check(&with(mode), expected, reasons);
    check(FalseNegatives::DropNegative, &["train q: p / ac", "train other: o / abc"], &[("false_negative", 1)]);
    check(FalseNegatives::DropRow, &["train other: o / abc"], &[("has_false_negative", 1)]);
    check(
        FalseNegatives::Promote,
        &["train q: p / ac +group", "train q: b / ac +group", "train q: d / ac +group", "train other: o / abc"],
        &[("false_negative", 1), ("promoted", 1)],
    );
    check(FalseNegatives::Keep, &["train q: p / abcd", "train other: o / abc"], &[]);
    let (_, report) = case.export(&with(FalseNegatives::Keep));
    assert_eq!((report.waived, report.simulation.rows_with_relevant_in_negatives), (1, 1));
    let (_, report) = case.export(&with(FalseNegatives::Promote));
    assert_eq!((report.kept, report.changed, report.promoted), (1, 1, 2));
}

#[test]
fn drops_a_row_short_of_negatives_in_every_mode() {
    let case = Case::new().row("train", &row("q", 'p', "ab")).mark(0, 'b', Relevance::Relevant);
    for mode in [FalseNegatives::DropNegative, FalseNegatives::Promote] {
        case.check(&with(mode), &[], &[("too_few_negatives", 1)]);
    }
    let one = ExportOptions { negatives: 1, ..with(FalseNegatives::Promote) };
    case.check(&one, &["train q: p / a +group", "train q: b / a +group"], &[("false_negative", 1), ("promoted", 1)]);
}

#[test]
fn drops_or_replaces_a_wrong_positive() {
    let case = Case::new()
        .row("train", &row("q", 'p', "abc"))
        .row("train", &row("r", 'p', "abc"))
        .mark(0, 'p', Relevance::NotRelevant)
        .mark(0, 'b', Relevance::Relevant)
        .mark(1, 'p', Relevance::NotRelevant);
    case.check(&ExportOptions::default(), &[], &[("wrong_positive", 2)]);
    let expected = [("false_negative", 1), ("positive_replaced", 1), ("wrong_positive", 1)];
    case.check(&with(FalseNegatives::Promote), &["train q: b / ac"], &expected);
}

#[test]
fn judgements_apply_to_all_rows_of_a_query() {
    let case = Case::new()
        .row("train", &row("What is salt?", 'p', "abcd"))
        .row("train", &row("what is SALT", 'q', "bpcde"))
        .row("train", &row("what is pepper", 'r', "bpq"))
        .mark(0, 'b', Relevance::Relevant);
    let expected = ["train What is salt?: p / acd", "train what is SALT: q / cde", "train what is pepper: r / bpq"];
    case.check(&ExportOptions::default(), &expected, &[("false_negative", 2), ("positive_in_negatives", 1)]);
    let expected = [
        "train What is salt?: p / acd +group",
        "train What is salt?: b / acd +group",
        "train what is SALT: q / cde +group",
        "train what is pepper: r / bpq",
    ];
    let reasons = [("false_negative", 2), ("positive_in_negatives", 1), ("promoted", 1)];
    let (lines, report) = case.export(&with(FalseNegatives::Promote));
    assert_eq!(lines, expected, "a tile is the positive of a query once");
    assert_eq!(report.reasons, reasons.into_iter().collect());
}

#[test]
fn keeps_a_negative_that_is_a_wrong_positive_elsewhere() {
    let reject = |case: Case| {
        case.say(1, FieldChange::Verdict(Some(Verdict::Reject)))
            .say(1, FieldChange::Reasons([Reason::WrongPositive].into()))
    };
    let case = Case::new().row("train", &row("q", 'p', "abq")).row("train", &row("q", 'q', "abc"));
    case.check(&ExportOptions::default(), &["train q: p / ab", "train q: q / abc"], &[("positive_in_negatives", 1)]);
    reject(case).check(&ExportOptions::default(), &["train q: p / abq"], &[("rejected", 1)]);
}

#[test]
fn drops_a_leaking_pair_from_the_training_split() {
    let case = Case::new()
        .row("train", &row("q", 'p', "abc"))
        .row("train", &row("only here", 'p', "abc"))
        .row("eval", &row("Q", 'p', "bcd"))
        .row("test", &row("q?", 'p', "cde"));
    let options = ExportOptions::default();
    case.check(&options, &["train only here: p / abc", "test q?: p / cde"], &[("leak", 2)]);
    let keep = ExportOptions { leaks: Leaks::Keep, held_out_leaks: HeldOutLeaks::Keep, ..options };
    let (_, judgements) = case.opened();
    let (dataset, _) = case.opened();
    let source = JudgementSource::new(&judgements, &[], &AnnotatorScope::Everybody);
    let (plan, report) = preview(&dataset, &source, &keep, &NoProgress).unwrap();
    assert_eq!((plan.rows.len(), report.simulation.pairs_in_two_splits), (4, 1));
}

#[test]
fn drops_a_promoted_row_that_would_leak() {
    let case = Case::new().row("train", &row("q", 'p', "abc")).row("eval", &row("q", 'a', "bcd")).mark(
        0,
        'a',
        Relevance::Relevant,
    );
    let reasons = [("false_negative", 1)];
    case.check(&with(FalseNegatives::Promote), &["train q: p / bc", "eval q: a / bcd"], &reasons);
}

#[test]
fn refills_a_short_row_from_its_own_candidates() {
    let retrieved = |letters: &str| {
        let entry = |(at, letter): (usize, char)| json!({"rank": at + 1, "path": format!("/mnt/kiwix_tiles/{}", TilePath::new(&path(letter))), "score": 0.9 - at as f64 * 0.1});
        letters.chars().enumerate().map(entry).collect::<Vec<Value>>()
    };
    let refill = ExportOptions { refill: true, negatives: 3, ..ExportOptions::default() };
    // The positive scores 0.8: candidates with higher scores are suspicious, and come last.
    let case = Case::new()
        .row("train", &row("q", 'p', "abc").field("retrieve_top20", json!(retrieved("xpaybz"))))
        .row("train", &row("Q", 'z', "def"))
        .mark(0, 'b', Relevance::Relevant)
        .with_tiles("pabcdefxyz");
    let expected = ["train q: p / acy", "train Q: z / def"];
    case.check(&refill, &expected, &[("false_negative", 1), ("refilled", 1)]);
    let case = case.mark(0, 'c', Relevance::Broken);
    let reasons = [("broken_negative", 1), ("false_negative", 1), ("refilled", 1)];
    case.check(&refill, &["train q: p / ayx", "train Q: z / def"], &reasons);
    let none = ExportOptions { refill: false, ..refill };
    case.check(&none, &["train Q: z / def"], &[("too_few_negatives", 1)]);
}

#[test]
fn orders_negatives_by_score_if_asked() {
    let retrieved = json!([{"path": path('c'), "score": 0.7}, {"path": path('a'), "score": 0.5}, {"path": path('d'), "score": 0.6}]);
    let case = Case::new().row("train", &row("q", 'p', "abcd").field("retrieve_top20", retrieved));
    case.check(&ExportOptions::default(), &["train q: p / abcd"], &[]);
    let hardest = ExportOptions { order: NegativeOrder::Hardest, ..ExportOptions::default() };
    case.check(&hardest, &["train q: p / cdab"], &[("reordered", 1)]);
}

#[test]
fn keeps_or_drops_unsure_rows_and_negatives() {
    let case = Case::new()
        .row("train", &row("q", 'p', "abc"))
        .row("train", &row("r", 'p', "abc"))
        .row("train", &row("s", 'p', "abc"))
        .say(0, FieldChange::Verdict(Some(Verdict::Unsure)))
        .mark(1, 'p', Relevance::Unsure)
        .mark(2, 'b', Relevance::Unsure);
    case.check(&ExportOptions::default(), &["train q: p / abc", "train r: p / abc", "train s: p / abc"], &[]);
    let drop = ExportOptions { unsure: Unsure::Drop, ..ExportOptions::default() };
    case.check(&drop, &["train s: p / ac"], &[("unsure", 2), ("unsure_negative", 1)]);
}

#[test]
fn drops_missing_tiles_and_trusts_missing_shards() {
    let case = Case::new().row("train", &row("q", 'p', "abc")).row("train", &row("r", 'm', "abc")).with_tiles("pac");
    case.check(&ExportOptions::default(), &["train q: p / ac"], &[("missing_negative", 1), ("missing_positive", 1)]);
    let trust = ExportOptions { tiles: TileCheck::Trust, ..ExportOptions::default() };
    case.check(&trust, &["train q: p / abc", "train r: m / abc"], &[]);
    let far = "images/shard_777/shard_00001/n.png.tiles/chunk_0000_00.png";
    let (a, c) = (path('a'), path('c'));
    let row = Row::new("q", &path('p')).negatives(&[&a, far, &c]);
    let case = Case::new().row("train", &row).with_tiles("pac");
    let (lines, report) = case.export(&ExportOptions::default());
    assert_eq!((lines.len(), report.kept, report.tiles_not_here), (1, 1, 1));
}

#[test]
fn drops_undecodable_tiles_that_were_read() {
    let mut case = Case::new().row("train", &row("q", 'p', "abc")).row("train", &row("r", 'b', "pac"));
    case = case.with_tiles("pac");
    case.set = case.set.tile(&path('b'), b"no picture");
    let reasons = [("unreadable_negative", 1), ("unreadable_positive", 1)];
    let cleaned = ["train q: p / ac"];
    case.check(&ExportOptions::default(), &cleaned, &reasons);
    // Without a search for copies, only `decode` reads tiles.
    let trust = ExportOptions { copies: Copies::Trust, ..ExportOptions::default() };
    case.check(&trust, &["train q: p / abc", "train r: b / pac"], &[]);
    case.check(&ExportOptions { tiles: TileCheck::Decode, ..trust.clone() }, &cleaned, &reasons);
    case.check(&ExportOptions { tiles: TileCheck::Decode, ..ExportOptions::default() }, &cleaned, &reasons);
}

#[test]
fn damaged_tiles_that_stay_by_option_are_counted() {
    let mut case = Case::new().row("train", &row("q", 'p', "abc")).row("train", &row("r", 'b', "pac"));
    case = case.with_tiles("pac");
    case.set = case.set.tile(&path('b'), b"no picture");
    let (_, report) = case.export(&ExportOptions { tiles: TileCheck::Trust, ..ExportOptions::default() });
    assert_eq!((report.kept, report.copies.damaged, report.copies.tiles_not_read), (2, 1, 1));
    let said = "1 damaged picture stays in the export";
    assert!(report.summary().iter().any(|line| line.ends_with(said)), "{:?}", report.summary());
}

#[test]
fn refill_takes_no_damaged_candidate() {
    let refill = ExportOptions { refill: true, negatives: 3, ..ExportOptions::default() };
    let retrieved = json!([{"path": path('x'), "score": 0.5}, {"path": path('y'), "score": 0.4}]);
    let row = row("q", 'p', "ab").field("retrieve_top20", retrieved);
    let mut case = Case::new().row("train", &row).with_tiles("paby");
    case.set = case.set.tile(&path('x'), b"no picture");
    case.check(&refill, &["train q: p / aby"], &[("refilled", 1)]);
    let trust = ExportOptions { tiles: TileCheck::Trust, ..refill };
    case.check(&trust, &["train q: p / abx"], &[("refilled", 1)]);
}

#[test]
fn applies_a_broken_tile_to_all_queries() {
    let case = Case::new().row("train", &row("q", 'p', "abc")).row("train", &row("r", 'b', "pac")).mark(
        0,
        'b',
        Relevance::Broken,
    );
    case.check(&ExportOptions::default(), &["train q: p / ac"], &[("broken_negative", 1), ("broken_positive", 1)]);
}

#[test]
fn finds_every_spelling_of_a_positive_among_negatives() {
    let other = format!("/mnt/old/kiwix_tiles/{}", TilePath::new(&path('p')));
    let (a, b) = (path('a'), path('b'));
    let case = Case::new().row("train", &Row::new("q", &path('p')).negatives(&[&a, &other, &b]));
    case.check(&ExportOptions::default(), &["train q: p / ab"], &[("positive_in_negatives", 1)]);
}
