//! The text formats of exports: their exact bytes for a small set, and the equality of two exports.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::fs;
use std::path::Path;

use serde_json::json;
use tilejury_audit::export::{ExportOptions, FalseNegatives, Format, JudgementSource, export};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{FieldChange, Judgements, Relevance, Verdict};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::{Row, Set};

/// The formats of this test.
const TEXTS: [Format; 5] =
    [Format::Qrels, Format::Beir, Format::SentenceTransformers, Format::MsSwift, Format::Tevatron];

/// Creates two splits; the first two rows of `train` and the row of `eval` have the same query. One
/// path has a space and a percent sign.
fn set(root: &Path) -> Dataset {
    let rows = [
        (
            "train",
            "What is salt?",
            "images/salt.png.tiles/1.png",
            &["images/b/2.png", "images/b/3.png", "images/b/4.png"],
        ),
        (
            "train",
            "What is salt?",
            "images/salt.png.tiles/5.png",
            &["images/b/4.png", "images/b/3.png", "images/c/6.png"],
        ),
        ("train", "Où\tça\n?", "images/d/7 of 9%.png", &["images/b/2.png", "images/c/8.png", "images/c/6.png"]),
        ("train", "Which kite?", "images/d/10.png", &["images/b/2.png", "images/c/8.png", "images/c/11.png"]),
        (
            "eval",
            "What is salt?",
            "images/salt.png.tiles/0.png",
            &["images/c/6.png", "images/b/3.png", "images/b/4.png"],
        ),
    ];
    let mut set = Set::new();
    for (split, query, positive, negatives) in rows {
        set = set.row(split, &Row::new(query, positive).negatives(negatives));
    }
    set.write(root);
    Dataset::open(root).unwrap()
}

/// Judges a false negative, tiles that are not relevant, a positive as not relevant in another row
/// of its query, a tile without a relevance, and a rejected row.
fn judgements(dataset: &Dataset) -> Judgements {
    let mut judgements = Judgements::new();
    let mut say = |line: (&str, u32), change: FieldChange| {
        let at = (0..dataset.samples.len())
            .find(|at| {
                (
                    dataset.split_of(SampleIndex::new(*at)).name.as_str(),
                    dataset.line_of(SampleIndex::new(*at)).get() as u32,
                ) == line
            })
            .unwrap();
        judgements.entry(dataset.samples[at].key).or_default().apply(change);
    };
    let tile = |path: &str, relevance| FieldChange::Relevance(TilePath::new(path), Some(relevance));
    // Of two marks for one query, the later one counts: the tile is relevant.
    say(("train", 1), tile("images/b/3.png", Relevance::NotRelevant));
    say(("train", 1), tile("images/b/2.png", Relevance::NotRelevant));
    say(("train", 1), tile("images/salt.png.tiles/0.png", Relevance::NotRelevant));
    // The later mark: the row stays.
    say(("eval", 1), tile("images/salt.png.tiles/0.png", Relevance::Unsure));
    say(("train", 2), tile("images/b/3.png", Relevance::Relevant));
    say(("train", 2), tile("images/c/6.png", Relevance::NotRelevant));
    say(("train", 2), tile("images/b/4.png", Relevance::Unsure));
    say(("train", 3), tile("images/c/8.png", Relevance::Broken));
    say(("train", 3), tile("images/d/7 of 9%.png", Relevance::Relevant));
    say(("train", 4), FieldChange::Verdict(Some(Verdict::Reject)));
    say(("train", 4), tile("images/c/11.png", Relevance::NotRelevant));
    judgements
}

fn run(dataset: &Dataset, judgements: &Judgements, options: &ExportOptions, out: &Path) {
    let source = JudgementSource::new(judgements, &[], &AnnotatorScope::Everybody);
    export(dataset, &source, options, out, &NoProgress).unwrap();
}

/// Exports in a format and returns the text of a file.
struct Exported(tempfile::TempDir);

impl Exported {
    fn new(format: Format) -> Self {
        Self::by(&ExportOptions { formats: vec![format], ..ExportOptions::default() })
    }

    fn by(options: &ExportOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let dataset = set(&dir.path().join("set"));
        run(&dataset, &judgements(&dataset), options, &dir.path().join("out"));
        Self(dir)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join("out").join(name)).unwrap()
    }

    #[track_caller]
    fn expect(&self, name: &str, lines: &[&str]) {
        let text = self.text(name);
        assert_eq!(text.lines().collect::<Vec<_>>(), lines, "{name}");
        assert!(text.is_empty() || text.ends_with('\n'), "{name} does not end with a line break");
        assert!(!text.contains('\r'));
    }
}

// The identifiers of the queries: they can be computed from the text with SHA-256.
const SALT: &str = "qec32c5c579ba7a74";
const OU: &str = "q44238f989bc12cfa";

#[test]
fn qrels_contain_positives_and_judged_tiles() {
    let exported = Exported::new(Format::Qrels);
    let line = |query: &str, document: &str, grade: u8| format!("{query} 0 {document} {grade}");
    let train = [
        line(SALT, "b/3.png", 1),
        line(SALT, "salt.png.tiles/1.png", 1),
        line(SALT, "salt.png.tiles/5.png", 1),
        line(SALT, "b/2.png", 0),
        line(SALT, "c/6.png", 0),
        line(OU, "d/7%20of%209%25.png", 1),
    ];
    exported.expect("qrels/train.qrels", &train.each_ref().map(String::as_str));
    let eval = [
        line(SALT, "b/3.png", 1),
        line(SALT, "salt.png.tiles/0.png", 1),
        line(SALT, "b/2.png", 0),
        line(SALT, "c/6.png", 0),
    ];
    exported.expect("qrels/eval.qrels", &eval.each_ref().map(String::as_str));
    let (salt, ou) = (format!("{SALT}\tWhat is salt?"), format!("{OU}\tOù ça ?"));
    exported.expect("qrels/train.queries.tsv", &[&salt, &ou]);
    exported.expect("qrels/eval.queries.tsv", &[&salt]);
}

#[test]
fn beir_contains_each_tile_and_each_query_once() {
    let exported = Exported::new(Format::Beir);
    let document = |id: &str, title: &str, path: &str| {
        format!(r#"{{"_id":"{id}","title":"{title}","text":"","image":"images/{path}"}}"#)
    };
    let plain = |path: &str| document(path, path.split('/').next().unwrap(), path);
    let corpus = [
        plain("b/2.png"),
        plain("b/3.png"),
        plain("b/4.png"),
        plain("c/6.png"),
        document("d/7%20of%209%25.png", "d", "d/7 of 9%.png"),
        document("salt.png.tiles/0.png", "salt", "salt.png.tiles/0.png"),
        document("salt.png.tiles/1.png", "salt", "salt.png.tiles/1.png"),
        document("salt.png.tiles/5.png", "salt", "salt.png.tiles/5.png"),
    ];
    exported.expect("beir/corpus.jsonl", &corpus.each_ref().map(String::as_str));
    let queries =
        [format!(r#"{{"_id":"{SALT}","text":"What is salt?"}}"#), format!(r#"{{"_id":"{OU}","text":"Où\tça\n?"}}"#)];
    exported.expect("beir/queries.jsonl", &queries.each_ref().map(String::as_str));
    let eval = [
        "query-id\tcorpus-id\tscore".to_owned(),
        format!("{SALT}\tb/3.png\t1"),
        format!("{SALT}\tsalt.png.tiles/0.png\t1"),
        format!("{SALT}\tb/2.png\t0"),
        format!("{SALT}\tc/6.png\t0"),
    ];
    exported.expect("beir/qrels/eval.tsv", &eval.each_ref().map(String::as_str));
    assert_eq!(exported.text("beir/qrels/train.tsv").lines().count(), 1 + 6);
}

#[test]
fn sentence_transformers_rows_have_equal_columns_in_order() {
    let exported = Exported::new(Format::SentenceTransformers);
    exported.expect(
        "sentence-transformers/train.jsonl",
        &[
            r#"{"anchor":"What is salt?","positive":"images/salt.png.tiles/1.png","negative_1":"images/b/2.png","negative_2":"images/b/4.png"}"#,
            r#"{"anchor":"What is salt?","positive":"images/salt.png.tiles/5.png","negative_1":"images/b/4.png","negative_2":"images/c/6.png"}"#,
            r#"{"anchor":"Où\tça\n?","positive":"images/d/7 of 9%.png","negative_1":"images/b/2.png","negative_2":"images/c/6.png"}"#,
        ],
    );
    let none = ExportOptions { negatives: 0, formats: vec![Format::SentenceTransformers], ..ExportOptions::default() };
    Exported::by(&none).expect(
        "sentence-transformers/eval.jsonl",
        &[r#"{"anchor":"What is salt?","positive":"images/salt.png.tiles/0.png"}"#],
    );
}

#[test]
fn ms_swift_rows_have_messages_and_images_for_every_tile() {
    let exported = Exported::new(Format::MsSwift);
    let tile = r#"[{"role":"user","content":"<image>"}]"#;
    let row = |query: &str, positive: &str, negatives: [&str; 2]| {
        let [first, second] = negatives;
        format!(
            r#"{{"messages":[{{"role":"user","content":"{query}"}}],"positive_messages":[{tile}],"positive_images":[["images/{positive}"]],"negative_messages":[{tile},{tile}],"negative_images":[["images/{first}"],["images/{second}"]]}}"#
        )
    };
    let train = [
        row("What is salt?", "salt.png.tiles/1.png", ["b/2.png", "b/4.png"]),
        row("What is salt?", "salt.png.tiles/5.png", ["b/4.png", "c/6.png"]),
        row(r"Où\tça\n?", "d/7 of 9%.png", ["b/2.png", "c/6.png"]),
    ];
    exported.expect("ms-swift/train.jsonl", &train.each_ref().map(String::as_str));
}

#[test]
fn tevatron_rows_name_documents_of_the_corpus() {
    let exported = Exported::new(Format::Tevatron);
    let row = |id: &str, query: &str, positive: &str, negatives: [&str; 2]| {
        let negatives = json!(negatives);
        format!(
            r#"{{"query_id":"{id}","query_text":"{query}","query_image":null,"positive_document_ids":["{positive}"],"negative_document_ids":{negatives}}}"#
        )
    };
    let train = [
        row(SALT, "What is salt?", "salt.png.tiles/1.png", ["b/2.png", "b/4.png"]),
        row(SALT, "What is salt?", "salt.png.tiles/5.png", ["b/4.png", "c/6.png"]),
        row(OU, r"Où\tça\n?", "d/7%20of%209%25.png", ["b/2.png", "c/6.png"]),
    ];
    exported.expect("tevatron/train.jsonl", &train.each_ref().map(String::as_str));
    let document = |id: &str, path: &str| format!(r#"{{"docid":"{id}","text":"","image":"images/{path}"}}"#);
    let corpus = [
        document("b/2.png", "b/2.png"),
        document("b/4.png", "b/4.png"),
        document("c/6.png", "c/6.png"),
        document("d/7%20of%209%25.png", "d/7 of 9%.png"),
        document("salt.png.tiles/0.png", "salt.png.tiles/0.png"),
        document("salt.png.tiles/1.png", "salt.png.tiles/1.png"),
        document("salt.png.tiles/5.png", "salt.png.tiles/5.png"),
    ];
    exported.expect("tevatron/corpus.jsonl", &corpus.each_ref().map(String::as_str));
}

#[test]
fn repeated_exports_have_equal_bytes() {
    let options =
        ExportOptions { formats: TEXTS.to_vec(), false_negatives: FalseNegatives::Promote, ..ExportOptions::default() };
    let (one, two) = (Exported::by(&options), Exported::by(&options));
    let manifest: serde_json::Value = serde_json::from_str(&one.text("export_manifest.json")).unwrap();
    let files: Vec<&String> = manifest["outputs"].as_object().unwrap().keys().collect();
    assert!(files.len() >= 2 + 4 + 4 + 2 + 2 + 3, "{files:?}");
    for name in files {
        assert!(one.text(name) == two.text(name), "{name} differs");
    }
    assert_eq!(one.text("export_manifest.json"), two.text("export_manifest.json"));
}

#[test]
fn gives_each_split_with_an_awkward_name_its_own_file() {
    let dir = tempfile::tempdir().unwrap();
    let row = |query: &str| Row::new(query, "images/a/1.png").negatives(&["images/a/2.png", "images/a/3.png"]);
    let names = ["a b", "a_b", "corpus"];
    names.iter().fold(Set::new(), |set, name| set.row(name, &row(name))).write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let options = ExportOptions { formats: TEXTS.to_vec(), ..ExportOptions::default() };
    let out = dir.path().join("out");
    run(&dataset, &Judgements::new(), &options, &out);
    for (split, file) in dataset.splits.iter().zip(["a_b", "a_b-2", "corpus-2"]) {
        let line = fs::read_to_string(out.join(format!("tevatron/{file}.jsonl"))).unwrap();
        assert!(line.contains(&format!(r#""query_text":"{}""#, split.name)), "{file}: {line}");
    }
    assert_eq!(fs::read_to_string(out.join("tevatron/corpus.jsonl")).unwrap().lines().count(), 3);
    let card = fs::read_to_string(out.join("README.md")).unwrap();
    assert!(card.contains(r#"path: "ms-swift/a_b-2.jsonl""#), "{card}");
}

#[test]
fn writes_empty_files_for_a_split_without_rows() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = set(&dir.path().join("set"));
    let options = ExportOptions {
        formats: TEXTS.to_vec(),
        unjudged: tilejury_audit::export::Unjudged::Drop,
        ..ExportOptions::default()
    };
    let out = dir.path().join("out");
    run(&dataset, &Judgements::new(), &options, &out);
    let text = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(text("beir/qrels/train.tsv"), "query-id\tcorpus-id\tscore\n");
    for name in ["qrels/train.qrels", "qrels/eval.queries.tsv", "beir/corpus.jsonl", "ms-swift/eval.jsonl"] {
        assert_eq!(text(name), "", "{name}");
    }
}

/// Returns each configuration of a card in order: its name, and its splits with their patterns.
fn configurations(card: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for line in card.lines() {
        if let Some(name) = line.strip_prefix("- config_name: ") {
            found.push((name.to_owned(), Vec::new()));
        } else if let Some(split) = line.strip_prefix("  - split: ") {
            found.last_mut().unwrap().1.push((split.trim_matches('"').to_owned(), String::new()));
        } else if let Some(path) = line.strip_prefix("    path: ") {
            path.trim_matches('"').clone_into(&mut found.last_mut().unwrap().1.last_mut().unwrap().1);
        }
    }
    found
}

#[test]
fn every_format_has_configurations_in_both_cards() {
    let mut formats = vec![Format::Jsonl];
    formats.extend(TEXTS);
    let exported = Exported::by(&ExportOptions { formats, ..ExportOptions::default() });
    let mut of_folders = vec!["jsonl".to_owned()];
    for format in TEXTS {
        let word = format.word();
        let card = exported.text(&format!("{word}/README.md"));
        for (name, files) in configurations(&card) {
            for (_, path) in files {
                assert!(!exported.text(&format!("{word}/{path}")).is_empty(), "{word}: {name}: {path}");
            }
            of_folders.push(if name == word { name } else { format!("{word}-{name}") });
        }
        assert_eq!(card.matches("default: true").count(), 1, "{card}");
    }
    let card = exported.text("README.md");
    let of_all = configurations(&card);
    assert_eq!(of_all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), of_folders);
    for (name, files) in of_all {
        let splits: Vec<&str> = files.iter().map(|(split, _)| split.as_str()).collect();
        match name.rsplit_once('-') {
            Some(("beir" | "tevatron", content)) => assert_eq!(splits, [content], "{name}"),
            _ => assert_eq!(splits, ["train", "eval"], "{name}"),
        }
        for (_, path) in files {
            assert!(!exported.text(&path).is_empty(), "{name}: {path}");
        }
    }
}

#[test]
fn writes_pairs_and_queries_as_json_lines_too() {
    let exported = Exported::by(&ExportOptions { formats: TEXTS.to_vec(), ..ExportOptions::default() });
    for split in ["train", "eval"] {
        let lines = exported.text(&format!("qrels/{split}.qrels"));
        let pairs: Vec<String> = lines
            .lines()
            .map(|line| {
                let parts: Vec<&str> = line.split(' ').collect();
                format!(r#"{{"query-id":"{}","corpus-id":"{}","score":{}}}"#, parts[0], parts[2], parts[3])
            })
            .collect();
        let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
        exported.expect(&format!("qrels/{split}.qrels.jsonl"), &pairs);
        exported.expect(&format!("beir/qrels/{split}.jsonl"), &pairs);
    }
    let text = exported.text("qrels/train.queries.jsonl");
    assert!(text.contains(&json!({"_id": OU, "text": "Où\tça\n?"}).to_string()), "{text}");
}
