//! The answers that exports and statistics take from several people's votes on one query and tile,
//! case by case: the rows of the table in `docs/export.md`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tilejury_audit::export::{
    Conflicts, ExportOptions, ExportReport, FalseNegatives, Format, HeldOutLeaks, Images, JudgementSource, Leaks,
    RowOutcome, TileCheck, Unsure, export, preview, verify, verify_with,
};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::stats::{AnswerCounter, AnswerCounts};
use tilejury_audit::{AuditSession, Event, JudgeAction, Reason, Relevance, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::{Row, Set, picture};

fn path(letter: char) -> String {
    format!("images/shard_000/shard_00001/{letter}.png.tiles/chunk_0000_00.png")
}

fn row(query: &str, positive: char, negatives: &str) -> Row {
    Row::of_letters(query, positive, negatives, path)
}

/// A set whose tiles have names of one letter, and people's judgements of it.
struct Case {
    dir: tempfile::TempDir,
    dataset: Arc<Dataset>,
    events: Vec<Event>,
}

impl Case {
    fn new(rows: &[(&str, Row)]) -> Self {
        Self::with_tiles(rows, "")
    }

    fn with_tiles(rows: &[(&str, Row)], letters: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut set = Set::new();
        for (split, row) in rows {
            set = set.row(split, row);
        }
        for (at, letter) in letters.chars().enumerate() {
            set = set.tile(&path(letter), &picture::png(8, 8, at as u8));
        }
        let root = dir.path().join("set");
        set.write(&root);
        Self { dir, dataset: Arc::new(Dataset::open(&root).unwrap()), events: Vec::new() }
    }

    /// Applies a person's action, after all earlier ones.
    fn does(mut self, who: &str, action: JudgeAction) -> Self {
        let own: Vec<Event> = self.events.iter().filter(|event| &*event.annotator == who).cloned().collect();
        let mut session = AuditSession::new(self.dataset.clone(), who, &own);
        let events = session.apply(action, now()).events;
        assert!(!events.is_empty());
        self.events.extend(events);
        self
    }

    fn marks(self, who: &str, sample: usize, tile: char, relevance: Relevance) -> Self {
        self.does(who, JudgeAction::Relevance(SampleIndex::new(sample), TilePath::new(&path(tile)), Some(relevance)))
    }

    /// Accepts a row with every tile visible.
    fn accepts(self, who: &str, sample: usize) -> Self {
        let seen =
            self.dataset.sample(SampleIndex::new(sample)).unwrap().tiles().map(|tile| tile.path.clone()).collect();
        self.does(
            who,
            JudgeAction::Accept { sample: SampleIndex::new(sample), seen, inspected: Vec::new(), copies: Vec::new() },
        )
    }

    fn rejects_positive(self, who: &str, sample: usize) -> Self {
        let rejected = self.does(who, JudgeAction::Verdict(SampleIndex::new(sample), Some(Verdict::Reject)));
        rejected.does(who, JudgeAction::ToggleReason(SampleIndex::new(sample), Reason::WrongPositive))
    }

    fn preview(&self, options: &ExportOptions) -> (Vec<String>, ExportReport) {
        let judgements = merge::judgements(&self.events, &AnnotatorScope::Everybody);
        let source = JudgementSource::new(&judgements, &self.events, &AnnotatorScope::Everybody);
        let (plan, report) = preview(&self.dataset, &source, options, &NoProgress).unwrap();
        let words = |fate: &RowOutcome| match fate {
            RowOutcome::Keep => "stays".to_owned(),
            RowOutcome::Change(why) => why.iter().map(|why| why.word()).collect::<Vec<_>>().join(" "),
            RowOutcome::Drop(why) => format!("leaves: {}", why.word()),
        };
        (plan.outcomes.iter().map(words).collect(), report)
    }

    #[track_caller]
    fn check(&self, options: &ExportOptions, fates: &[&str]) -> ExportReport {
        let (found, report) = self.preview(options);
        assert_eq!(found, fates);
        report
    }

    fn counts(&self) -> AnswerCounts {
        let mut counter = AnswerCounter::read(self.dataset.clone(), &NoProgress).unwrap();
        counter.add_events(&self.events);
        counter.count(&AnnotatorScope::Everybody)
    }

    fn export(&self, options: &ExportOptions) -> tempfile::TempDir {
        let out = tempfile::tempdir_in(self.dir.path()).unwrap();
        let judgements = merge::judgements(&self.events, &AnnotatorScope::Everybody);
        let source = JudgementSource::new(&judgements, &self.events, &AnnotatorScope::Everybody);
        export(&self.dataset, &source, options, out.path(), &NoProgress).unwrap();
        assert!(verify(out.path(), &NoProgress).unwrap().is_empty());
        out
    }
}

/// Returns options that do not look up tiles.
fn by_default() -> ExportOptions {
    ExportOptions { tiles: TileCheck::Trust, ..ExportOptions::default() }
}

fn negatives(out: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(out.join("train.jsonl")).unwrap();
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let letter = |path: &Value| path.as_str().unwrap().rsplit('/').nth(1).unwrap()[..1].to_owned();
        row["neg_chunk_paths"].as_array().unwrap().iter().map(letter).collect::<String>()
    };
    text.lines().map(row).collect()
}

use Relevance::{Broken, NotRelevant, Relevant, Unsure as CannotTell};
use tilejury_audit::progress::NoProgress;

#[test]
fn votes_on_a_positive_in_two_rows_count_together() {
    let case = Case::new(&[("train", row("q", 'p', "ab")), ("train", row("Q?", 'p', "cd"))])
        .marks("ann", 0, 'p', NotRelevant)
        .marks("bob", 0, 'p', NotRelevant)
        .marks("cy", 1, 'p', Relevant);
    case.check(&by_default(), &["leaves: wrong_positive", "leaves: wrong_positive"]);
    assert_eq!(case.counts().wrong_positives, 2);
    // A tie is unsure, in both rows.
    let case = case.marks("dan", 1, 'p', Relevant);
    case.check(&by_default(), &["stays", "stays"]);
    case.check(&ExportOptions { unsure: Unsure::Drop, ..by_default() }, &["leaves: unsure", "leaves: unsure"]);
}

#[test]
fn only_the_latest_mark_of_a_person_counts() {
    let case = Case::new(&[("train", row("q", 'p', "abc")), ("train", row("q", 'o', "abd"))])
        .marks("ann", 0, 'a', Relevant)
        .marks("ann", 1, 'a', NotRelevant);
    case.check(&by_default(), &["stays", "stays"]);
    let case = case.marks("ann", 1, 'a', Relevant);
    case.check(&by_default(), &["false_negative", "false_negative"]);
    assert_eq!(case.counts().false_negatives, 2, "one of them in a row that has no judgement any more");
    // A confirmation never replaces a mark.
    case.accepts("ann", 0).check(&by_default(), &["false_negative", "false_negative"]);
}

#[test]
fn qrels_follow_the_majority() {
    let rows = [("train", row("q", 'p', "abc")), ("train", row("q", 'o', "abd"))];
    let case = Case::new(&rows)
        .marks("ann", 0, 'a', NotRelevant)
        .marks("bob", 0, 'a', NotRelevant)
        .marks("cy", 1, 'a', Relevant);
    let out = case.export(&ExportOptions { formats: vec![Format::Jsonl, Format::Qrels], ..by_default() });
    let qrels = std::fs::read_to_string(out.path().join("qrels/train.qrels")).unwrap();
    let grade = qrels.lines().find(|line| line.contains("/a.png")).unwrap().rsplit(' ').next().unwrap();
    assert_eq!(grade, "0");
}

#[test]
fn accepting_a_row_does_not_judge_another_positive() {
    let rows = [("train", row("q", 'p', "oab")), ("train", row("q", 'o', "abc"))];
    let case = Case::new(&rows).accepts("ann", 0);
    case.check(&by_default(), &["positive_in_negatives", "stays"]);
    assert_eq!((case.counts().wrong_positives, case.counts().conflicts.len()), (0, 0));
}

#[test]
fn reports_a_mark_against_another_positive_as_a_conflict() {
    let rows = [("train", row("q", 'p', "oab")), ("train", row("q", 'o', "abc")), ("train", row("q", 'r', "abo"))];
    let case = Case::new(&rows).marks("ann", 0, 'o', NotRelevant);
    let dropped = ["positive_in_negatives", "leaves: conflict", "positive_in_negatives"];
    let report = case.check(&by_default(), &dropped);
    assert_eq!(report.conflicts, 1);
    assert!(report.summary().iter().any(|line| line.contains("1 conflict:")), "{:?}", report.summary());
    let keep = ExportOptions { conflicts: Conflicts::Keep, ..by_default() };
    case.check(&keep, &["positive_in_negatives", "stays", "positive_in_negatives"]);
    let conflict = &case.counts().conflicts[0];
    assert_eq!(
        (&conflict.positives[..], &conflict.negatives[..]),
        (&[1].map(SampleIndex::new)[..], &[0, 2].map(SampleIndex::new)[..])
    );
    assert_eq!(case.counts().wrong_positives, 0);
}

#[test]
fn a_machine_settles_no_conflict_of_a_person() {
    let rows = [("train", row("q", 'p', "abc")), ("train", row("q", 'a', "bcd"))];
    let machine = |case: Case| case.accepts("machine:one", 1);
    let case = machine(Case::new(&rows).marks("ann", 0, 'a', NotRelevant));
    let report = case.check(&by_default(), &["positive_in_negatives", "leaves: conflict"]);
    assert_eq!((report.conflicts, case.counts().wrong_positives), (1, 0));
    // A person does, and a machine among machines.
    let by_person = case.accepts("bob", 1);
    assert_eq!(by_person.preview(&by_default()).1.conflicts, 0);
    let by_machines = machine(Case::new(&rows).marks("machine:two", 0, 'a', NotRelevant));
    assert_eq!(by_machines.preview(&by_default()).1.conflicts, 0);
}

#[test]
fn judging_the_positive_settles_a_conflict() {
    let rows = || [("train", row("q", 'p', "oab")), ("train", row("q", 'o', "abc"))];
    let case = || Case::new(&rows()).marks("ann", 0, 'o', NotRelevant);
    case().marks("ann", 1, 'o', NotRelevant).check(&by_default(), &["stays", "leaves: wrong_positive"]);
    case().rejects_positive("ann", 1).check(&by_default(), &["stays", "leaves: rejected"]);
    // If two people differ, the answer is unsure.
    let tie = case().marks("bob", 1, 'o', Relevant);
    let report = tie.check(&by_default(), &["positive_in_negatives", "stays"]);
    assert_eq!(report.conflicts, 0);
    // Outvoted, but counted.
    let settled = tie.marks("cy", 0, 'o', NotRelevant);
    settled.check(&by_default(), &["stays", "leaves: wrong_positive"]);
    case().marks("ann", 1, 'o', Relevant).check(&by_default(), &["false_negative", "stays"]);
}

#[test]
fn unsure_applies_to_all_rows_of_the_query() {
    let rows = [("train", row("q", 'p', "abc")), ("train", row("Q", 'o', "abd")), ("train", row("r", 'o', "abd"))];
    let case = Case::new(&rows).marks("ann", 0, 'a', CannotTell);
    case.check(&by_default(), &["stays", "stays", "stays"]);
    let drop = ExportOptions { unsure: Unsure::Drop, ..by_default() };
    case.check(&drop, &["unsure_negative", "unsure_negative", "stays"]);
}

#[test]
fn decides_broken_tiles_over_all_queries() {
    let rows = [("train", row("q", 'p', "abc")), ("train", row("r", 'o', "abd"))];
    let case = Case::new(&rows).marks("ann", 0, 'a', Broken);
    case.check(&by_default(), &["broken_negative", "broken_negative"]);
    // As many votes for something else: unsure for both queries.
    let case = case.marks("bob", 1, 'a', NotRelevant);
    case.check(&by_default(), &["stays", "stays"]);
    let drop = ExportOptions { unsure: Unsure::Drop, ..by_default() };
    case.check(&drop, &["unsure_negative", "unsure_negative"]);
    // Outvoted, it counts as unsure for its own query only.
    let case = case.marks("cy", 1, 'a', NotRelevant);
    case.check(&drop, &["unsure_negative", "stays"]);
}

#[test]
fn drops_negatives_that_are_positives_of_dropped_rows() {
    let rows = [("train", row("q", 'p', "oab")), ("train", row("q", 'o', "abc"))];
    // Rejected for another reason, or people differ on the positive.
    let case = Case::new(&rows).does("ann", JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    case.check(&by_default(), &["positive_in_negatives", "leaves: rejected"]);
    let differ =
        case.does("bob", JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject))).rejects_positive("cy", 1);
    let differ = differ.marks("bob", 1, 'o', Relevant);
    differ.check(&by_default(), &["positive_in_negatives", "leaves: rejected"]);
    // Most votes are for wrong.
    let wrong = differ.does("ann", JudgeAction::ToggleReason(SampleIndex::new(1), Reason::WrongPositive));
    wrong.check(&by_default(), &["stays", "leaves: rejected"]);
    assert_eq!(wrong.counts().wrong_positives, 1);
}

#[test]
fn keeps_a_row_whose_leaking_partner_is_dropped() {
    let case = Case::new(&[("train", row("q", 'p', "abc")), ("test", row("q", 'p', "a"))]);
    case.check(&by_default(), &["stays", "leaves: too_few_negatives"]);
}

#[test]
fn drops_a_held_out_leak_from_the_split_of_the_option() {
    let rows = [("eval", row("q", 'p', "abc")), ("test", row("q", 'p', "abc"))];
    let case = Case::new(&rows);
    let report = case.check(&by_default(), &["leaves: leak", "stays"]);
    assert_eq!(report.empty_splits().collect::<Vec<_>>(), ["eval"]);
    let out = case.export(&by_default());
    let card = std::fs::read_to_string(out.path().join("README.md")).unwrap();
    assert!(card.contains("**Warning: no row of the split eval is left"), "{card}");
    let with = |held_out_leaks| ExportOptions { held_out_leaks, ..by_default() };
    case.check(&with(HeldOutLeaks::DropTest), &["stays", "leaves: leak"]);
    let report = case.check(&with(HeldOutLeaks::Keep), &["stays", "stays"]);
    assert_eq!((report.simulation.pairs_in_two_splits, report.simulation.pairs_in_two_held_out_splits), (1, 1));
    case.export(&with(HeldOutLeaks::Keep));
}

#[test]
fn names_leaks_that_stay_by_option() {
    let cautions = |splits: [&'static str; 2]| {
        let case = Case::new(&splits.map(|split| (split, row("q", 'p', "abc"))));
        let keep = ExportOptions { leaks: Leaks::Keep, held_out_leaks: HeldOutLeaks::Keep, ..by_default() };
        let out = case.export(&keep);
        let by_option = |caution: &String| caution.starts_with("by option");
        let cautions = verify_with(out.path(), None, &NoProgress).unwrap().cautions;
        cautions.into_iter().filter(by_option).collect::<Vec<_>>()
    };
    let training = "by option, queries with the same positive in a training split and another one: 1";
    assert_eq!(cautions(["train", "eval"]), [training]);
    assert_eq!(cautions(["train", "train_b"]), [training]);
    assert_eq!(cautions(["eval", "test"]), ["by option, queries with the same positive in two held-out splits: 1"]);
}

#[test]
fn another_row_promotes_the_tile_of_a_leaking_one() {
    let rows = |splits: [&'static str; 2]| [(splits[0], row("q", 'p', "abc")), (splits[1], row("q", 'o', "abd"))];
    let promote = ExportOptions { false_negatives: FalseNegatives::Promote, ..by_default() };
    for splits in [["train", "eval"], ["eval", "test"]] {
        let case = Case::new(&rows(splits)).marks("ann", 0, 'a', Relevant);
        let (_, report) = case.preview(&promote);
        let written: Vec<usize> = report.splits.iter().map(|split| split.rows).collect();
        assert_eq!((report.promoted, written.iter().sum()), (1, 3), "{splits:?}: {written:?}");
    }
}

#[test]
fn counts_a_tile_in_two_spellings_as_one_negative() {
    let (a, b) = (path('a'), path('b'));
    let other = format!("/mnt/old/kiwix_tiles/{}", TilePath::new(&a));
    let twice = Row::new("q", &path('p')).negatives(&[&a, &other]);
    let more = Row::new("r", &path('p')).negatives(&[&a, &other, &b, &a]);
    let case = Case::new(&[("train", twice), ("train", more)]);
    case.check(&by_default(), &["leaves: too_few_negatives", "repeated_negative"]);
    assert_eq!(negatives(case.export(&by_default()).path()), ["ab"]);
    let one = ExportOptions { negatives: 1, ..by_default() };
    assert_eq!(negatives(case.export(&one).path()), ["a", "ab"]);
}

#[test]
fn counts_a_repeated_tile_once_in_the_proof() {
    let out = tempfile::tempdir().unwrap();
    let case = Case::new(&[("train", row("q", 'p', "ab"))]);
    let written = case.export(&by_default());
    for entry in written.path().read_dir().unwrap() {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        std::fs::write(out.path().join(entry.file_name()), text.replace("/b.png", "/a.png")).unwrap();
    }
    let faults = verify(out.path(), &NoProgress).unwrap();
    assert!(faults.iter().any(|fault| fault.kind == "padded_row"), "{faults:?}");
}

#[test]
fn looks_up_written_pictures_even_if_tiles_are_trusted() {
    let rows = [("train", row("q", 'p', "abc")), ("train", row("r", 'm', "abc"))];
    let case = Case::with_tiles(&rows, "pac");
    case.check(&by_default(), &["stays", "stays"]);
    for images in [Images::Link, Images::Repack, Images::Extract] {
        let options = ExportOptions { images, ..by_default() };
        case.check(&options, &["missing_negative", "leaves: missing_positive"]);
        case.export(&options);
    }
}
