//! Results of other programs: which lines match, that results are stored once and in a file of
//! their own, and which findings they give.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tilejury_audit::Sidecar;
use tilejury_audit::external::{
    ExternalSignals, ExternalStore, ImportCounts, ImportError, ImportKind, file_beside, import,
};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::suspicion::{Findings, Signal, SuspicionSettings, signals};
use tilejury_data::Dataset;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

/// A set in a folder of its own, and the file of external results.
struct Fixture {
    dir: tempfile::TempDir,
    dataset: Dataset,
    file: PathBuf,
}

impl Fixture {
    fn of(set: &Set) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let dataset = Dataset::open(&set.write(&dir.path().join("set"))).unwrap();
        Self { file: file_beside(&dir.path().join("set/tilejury.sqlite")), dir, dataset }
    }

    fn import(&self, what: ImportKind, text: &str) -> Result<ImportCounts, ImportError> {
        self.import_with(what, text, false)
    }

    fn import_with(&self, what: ImportKind, text: &str, skip_bad: bool) -> Result<ImportCounts, ImportError> {
        let from = self.dir.path().join("from.jsonl");
        std::fs::write(&from, text).unwrap();
        import(&self.dataset, what, &from, &self.file, skip_bad)
    }

    /// Imports lines of JSON that must all be good.
    #[track_caller]
    fn take(&self, what: ImportKind, lines: &[Value]) -> ImportCounts {
        self.import(what, &lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap()
    }

    #[track_caller]
    fn refused(&self, what: ImportKind, text: &str) -> Vec<String> {
        match self.import(what, text) {
            Err(ImportError::BadLines(found)) => found.bad.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn external(&self) -> ExternalStore {
        ExternalStore::open_for_reading(&self.file).unwrap().unwrap()
    }

    fn findings(&self) -> Findings {
        let data = ExternalSignals::read(&self.external(), &self.dataset, &NoProgress).unwrap().unwrap();
        signals(&self.dataset, &SuspicionSettings::default(), Some(&data), &NoProgress).unwrap()
    }

    /// Returns the findings of one signal as `position tile`, with strength and sentence.
    fn list(&self, signal: Signal) -> Vec<(String, f32, String)> {
        let findings = self.findings();
        let of_signal = findings.all().iter().filter(|finding| finding.signal == signal);
        let line = |finding: &tilejury_audit::suspicion::Finding| {
            let place = self.dataset.describe_position(finding.sample);
            let tile = finding.tile.map_or_else(|| "-".into(), |tile| tile.to_string());
            (format!("{place} {tile}"), finding.strength, finding.sentence(&self.dataset))
        };
        of_signal.map(line).collect()
    }
}

/// Returns a tile of a page of its own.
fn lone(page: u32) -> String {
    tile(page % 2, page, 0)
}

/// Creates three rows; the second repeats the first's query with another positive.
fn three_rows() -> Set {
    Set::new()
        .row("train", &Row::new("What is salt?", &lone(1)).negatives(&[&lone(2), &lone(3)]))
        .row("train", &Row::new("what is “salt”", &lone(4)).negatives(&[&lone(2)]))
        .row("train", &Row::new("What is pepper?", &lone(5)).negatives(&[&lone(6), &lone(7)]))
}

fn review(query: &str, path: &str, verdict: &str) -> Value {
    json!({
        "example_index": 1, "query": query, "positive_path": "x", "candidate_rank": 3, "candidate_path": path,
        "candidate_score": 0.5, "answer": "white  crystals", "verdict": verdict, "path_role": "candidate"
    })
}

fn score(query: &str, path: &str, score: f64, source: &str) -> Value {
    json!({"query": query, "path": path, "score": score, "source": source})
}

#[test]
fn matches_reviews_by_query_and_tail_of_the_path() {
    let fixture = Fixture::of(&three_rows());
    let absolute = format!("/mnt/tiles/{}", &lone(2)["images/".len()..]);
    let other_folders = format!(
        "/mnt/{}",
        lone(3).rsplitn(3, '/').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/")
    );
    let imported = fixture.take(
        ImportKind::Reviews,
        &[
            review("What is salt?", &absolute, "CORRECT"),
            review("WHAT IS SALT", &other_folders, "WRONG"),
            review("what is salt!", &lone(2), "CORRECT"),
            review("What is pepper?", &lone(6), "API_ERROR"),
            review("What is pepper?", &lone(2), "CORRECT"),
            review("What is sugar?", &lone(2), "CORRECT"),
        ],
    );
    let expected = ImportCounts {
        lines: 6,
        matched: 4,
        unknown_queries: 1,
        unknown_tiles: 1,
        silent: 1,
        rows: 3,
        ..ImportCounts::default()
    };
    assert_eq!(imported, expected);
    // The first line matches the first row alone, which has exactly its query; the third matches
    // both spellings.
    assert_eq!(fixture.external().reviews().unwrap().len(), 3);
}

#[test]
fn importing_again_changes_nothing_and_later_values_win() {
    let fixture = Fixture::of(&three_rows());
    let lines = [review("What is salt?", &lone(2), "WRONG"), review("What is salt?", &lone(2), "CORRECT")];
    let first = fixture.take(ImportKind::Reviews, &lines);
    let stored = fixture.external().reviews().unwrap();
    assert_eq!((stored.len(), stored[0].verdict.word()), (1, "CORRECT"));
    assert_eq!(fixture.take(ImportKind::Reviews, &lines), first);
    assert_eq!(fixture.external().reviews().unwrap(), stored);
    for value in [0.5, 0.25] {
        fixture.take(ImportKind::Scores, &[score("What is salt?", &lone(2), value, "a")]);
    }
    fixture.take(ImportKind::Scores, &[score("What is salt?", &lone(2), 0.75, "b")]);
    let scores: Vec<(String, f32)> =
        fixture.external().scores().unwrap().into_iter().map(|score| (score.source, score.score)).collect();
    assert_eq!(scores, [("a".into(), 0.25), ("b".into(), 0.75)]);
    assert!(!fixture.dataset.root.join("tilejury.sqlite").exists(), "the sidecar is not touched");
}

#[test]
fn names_a_bad_line_and_imports_nothing() {
    let fixture = Fixture::of(&three_rows());
    let good = review("What is salt?", &lone(2), "CORRECT");
    let text = format!("{good}\n\n{{\"query\": \"q\"}}\n{}\n[1]\n", review("q", "p", "MAYBE"));
    let bad = fixture.refused(ImportKind::Reviews, &text);
    assert!(bad[0].starts_with("line 3: missing field `candidate_path`"), "{bad:?}");
    assert!(bad[0].contains("expected {\"query\", \"candidate_path\""), "{bad:?}");
    assert!(bad[1].starts_with("line 4: `verdict`: `MAYBE` is not a verdict; expected CORRECT"), "{bad:?}");
    assert!(bad[2].starts_with("line 5: not a JSON object"), "{bad:?}");
    assert!(!fixture.file.exists());
    let imported = fixture.import_with(ImportKind::Reviews, &text, true).unwrap();
    assert_eq!((imported.matched, imported.bad_lines, imported.lines), (1, 3, 4));
    assert_eq!(fixture.external().reviews().unwrap().len(), 1);
}

#[test]
fn reports_scores_that_are_not_numbers() {
    let fixture = Fixture::of(&three_rows());
    let bad = fixture.refused(ImportKind::Scores, "{\"query\": \"q\", \"path\": \"p\", \"score\": NaN}\n{\"query\": \"q\", \"path\": \"p\", \"score\": 1e60}\n{\"path\": \"p\", \"score\": 1}");
    assert_eq!(bad[0], "line 1: `score` is NaN; expected a finite number");
    assert!(bad[1].starts_with("line 2: `score` is 1") && bad[1].ends_with("expected a finite number"), "{bad:?}");
    assert!(bad[2].starts_with("line 3: does not name a row"), "{bad:?}");
    let bad = fixture.refused(ImportKind::Scores, "query,path,score\nq,p,0.5\nq,p,inf\n\"a\nb\",p,x\nq,p\n");
    assert_eq!(bad[0], "line 3: `score` is inf; expected a finite number");
    assert_eq!(bad[1], "line 4: `score` is “x”; expected a finite number");
    assert_eq!(bad[2], "line 6: 2 fields; expected 3, as many as the header has");
    let bad = fixture.refused(ImportKind::Scores, "a,b\n1,2\n");
    assert!(bad[0].starts_with("line 1: the columns are a, b; expected a header line"), "{bad:?}");
}

#[test]
fn reads_scores_by_query_or_key_as_jsonl_or_csv() {
    let fixture = Fixture::of(&three_rows());
    let key = fixture.dataset.samples[2].key;
    let csv = format!(
        "\u{feff}source,score,path,key,query\nm,0.5,{},train:1,\nm,-2e-1,{},{key},\n,1,{},,\"What is pepper?\"\nm,1,{},train:9,\n",
        lone(2),
        lone(5),
        lone(6),
        lone(6)
    );
    let imported = fixture.import(ImportKind::Scores, &csv).unwrap();
    assert_eq!((imported.lines, imported.matched, imported.unmatched(), imported.rows), (4, 3, 1, 2));
    let mut scores: Vec<(usize, String, f32)> = fixture
        .external()
        .scores()
        .unwrap()
        .into_iter()
        .map(|score| (fixture.dataset.find(score.sample).unwrap().index(), score.source, score.score))
        .collect();
    scores.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(scores, [(0, "m".into(), 0.5), (2, "from".into(), 1.0), (2, "m".into(), -0.2)]);
}

#[test]
fn finds_answering_negatives_and_failing_positives() {
    let fixture = Fixture::of(&three_rows());
    fixture.take(
        ImportKind::Reviews,
        &[
            review("What is salt?", &lone(1), "CANNOT_ANSWER"),
            review("What is salt?", &lone(2), "CORRECT"),
            review("What is salt?", &lone(3), "WRONG"),
            review("What is pepper?", &lone(5), "WRONG"),
            review("What is pepper?", &lone(6), "CANNOT_ANSWER"),
        ],
    );
    let found = fixture.list(Signal::Review);
    let expected = [
        ("train line 1 0", 0.8, "A machine review finds no answer in the positive: “white crystals”"),
        ("train line 1 1", 1.0, "A machine review answers the query from this tile: “white crystals”"),
        ("train line 3 0", 0.6, "A machine review gives a wrong answer from the positive: “white crystals”"),
    ];
    assert_eq!(found, expected.map(|(place, strength, words)| (place.to_owned(), strength, words.to_owned())));
}

#[test]
fn imported_scores_compare_within_one_source() {
    let fixture = Fixture::of(&three_rows());
    fixture.take(
        ImportKind::Scores,
        &[
            score("What is salt?", &lone(1), 0.8, "near"),
            score("What is salt?", &lone(2), 0.79, "near"),
            score("What is salt?", &lone(1), 0.5, "far"),
            score("What is salt?", &lone(2), 0.6, "far"),
            score("What is salt?", &lone(3), 9.0, "without the positive"),
            score("What is pepper?", &lone(5), -3.0, "logits"),
            score("What is pepper?", &lone(6), -2.0, "logits"),
            score("What is pepper?", &lone(7), -4.0, "logits"),
        ],
    );
    let found = fixture.list(Signal::Margin);
    let expected = [
        ("train line 1 1", 1.0, "Scored 0.600 by far, above the positive's 0.500"),
        ("train line 3 1", 0.7, "Scored -2.000 by logits, above the positive's -3.000"),
    ];
    assert_eq!(found, expected.map(|(place, strength, words)| (place.to_owned(), strength, words.to_owned())));
}

#[test]
fn finds_answers_in_texts_with_tolerance() {
    let row = |n: u32, answer: &str| {
        Row::new(&format!("q {n}"), &lone(n))
            .negatives(&[&lone(100 + n), &lone(200 + n)])
            .field("answer", json!(answer))
    };
    let answers = ["at 801 °C, or so", "yes", "sodium", "塩化物の融点", "potassium chloride"];
    let set = answers.iter().zip(1..).fold(Set::new(), |set, (answer, n)| set.row("train", &row(n, answer)));
    let fixture = Fixture::of(&set);
    let text = |page: u32, text: &str| json!({"path": lone(page), "text": text, "lang": "en"});
    let imported = fixture.take(
        ImportKind::Texts,
        &[
            text(1, "It melts at 801 °C or so."),
            text(101, "Salt melts AT 801 °C — or so they say. Yes."),
            text(201, "It melts at 8013 °C or so"),
            text(2, "Yes."),
            text(102, "yes"),
            text(3, "Sodium is a metal"),
            text(103, "sodiumchloride"),
            text(4, "塩化物の融点は高い"),
            text(104, "これは塩化物の融点です"),
            text(5, "something else"),
            json!({"path": lone(205), "text": null}),
            text(999, "no row has it"),
        ],
    );
    assert_eq!((imported.lines, imported.matched, imported.silent, imported.rows), (12, 11, 1, 5));
    let found = fixture.list(Signal::AnswerInText);
    let places: Vec<&str> = found.iter().map(|(place, ..)| place.as_str()).collect();
    assert_eq!(places, ["train line 1 1", "train line 3 1", "train line 4 1", "train line 5 0"]);
    assert!(found[0].1 > 0.5 && found[3].1 < 0.4, "{found:?}");
    assert_eq!(
        found[0].2,
        "The tile's text contains the row's answer: “Salt melts AT 801 °C — or so they say. Yes.” (in 2 of 10 texts)"
    );
    assert_eq!(found[3].2, "The positive's text does not contain the row's answer: “potassium chloride”");
}

#[test]
fn refuses_a_foreign_or_newer_file_unchanged() {
    let refused = |make: &dyn Fn(&Path), words: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tilejury.outside.sqlite");
        make(&path);
        let before = std::fs::read(&path).unwrap();
        for error in [ExternalStore::open(&path).unwrap_err(), ExternalStore::open_for_reading(&path).unwrap_err()] {
            assert!(error.to_string().contains(words), "{error}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
    };
    let with = |path: &Path, pragma: &str, number: i64| {
        drop(ExternalStore::open(path).unwrap());
        rusqlite::Connection::open(path).unwrap().pragma_update(None, pragma, number).unwrap();
    };
    refused(&|path| with(path, "user_version", 99), "newer Tilejury (schema 99");
    refused(&|path| with(path, "application_id", 7), "belongs to another program");
    refused(&|path| std::fs::write(path, "words").unwrap(), "is not a SQLite file");
    let dataset = Fixture::of(&three_rows()).dataset;
    refused(&|path| drop(Sidecar::open(path, dataset.fingerprint).unwrap()), "belongs to another program");
    let dir = tempfile::tempdir().unwrap();
    assert!(ExternalStore::open_for_reading(&dir.path().join("none.sqlite")).unwrap().is_none());
}

#[test]
fn keeps_nothing_of_an_unfinished_import() {
    let fixture = Fixture::of(&three_rows());
    fixture.take(ImportKind::Reviews, &[review("What is salt?", &lone(2), "WRONG")]);
    let review = fixture.external().reviews().unwrap().remove(0);
    let mut external = ExternalStore::open(&fixture.file).unwrap();
    let writing = external.write().unwrap();
    let sample = fixture.dataset.samples[1].key;
    writing.review(&tilejury_audit::external::MachineReview { sample, ..review }).unwrap();
    drop(writing);
    assert_eq!(external.reviews().unwrap().len(), 1);
}
