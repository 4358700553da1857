//! Properties of every export, whatever the rows, the judgements and the options: the rules of
//! training, counted here by other means than the program's, and that an export of an export
//! changes nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::common::spelled;
use proptest::prelude::*;
use serde_json::{Value, json};
use tilejury_audit::export::{
    Conflicts, ExportOptions, FalseNegatives, HeldOutLeaks, JudgementSource, Leaks, NegativeOrder, Unjudged, Unsure,
    export, verify,
};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{FieldChange, Judgements, Relevance, Verdict};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::{Row, Set, properties};

const QUERIES: [&str; 5] = ["What is salt?", "what is SALT", "what, is salt", "What is pepper?", "塩とは何ですか。"];
const SPLITS: [&str; 3] = ["train", "eval", "test"];
const TILES: usize = 9;

/// Returns a tile's number, from any spelling.
fn tile(path: &str) -> usize {
    path.rsplit('/').nth(1).unwrap().split('.').next().unwrap().parse().unwrap()
}

/// Returns a query as `same query` compares it: its words, without case and punctuation.
fn plain(query: &str) -> String {
    let letters = query.to_lowercase();
    letters.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Split, query, positive, negatives, retrieved; tiles as (number, spelling).
type CaseRow = (usize, usize, (usize, usize), Vec<(usize, usize)>, Vec<usize>);

#[derive(Clone, Debug)]
struct Case {
    rows: Vec<CaseRow>,
    /// For each row: a verdict, and the relevance of its tiles by index.
    judged: Vec<(Option<Verdict>, Vec<Option<Relevance>>)>,
    options: ExportOptions,
}

fn case() -> impl Strategy<Value = Case> {
    let tile = || (0..TILES, 0..3_usize);
    let row = (
        0..SPLITS.len(),
        0..QUERIES.len(),
        tile(),
        prop::collection::vec(tile(), 0..6),
        prop::collection::vec(0..TILES, 0..6),
    );
    let verdict = prop::option::of(prop::sample::select(Verdict::ALL));
    let relevance = prop::option::of(prop::sample::select(Relevance::ALL));
    let judged = (verdict, prop::collection::vec(relevance, 7));
    let rows = prop::collection::vec((row, judged), 1..14);
    let options = (
        0..4_usize,
        prop::sample::select(FalseNegatives::ALL),
        prop::sample::select(Unjudged::ALL),
        prop::sample::select(Unsure::ALL),
        any::<bool>(),
        prop::sample::select(NegativeOrder::ALL),
        prop::sample::select(Leaks::ALL),
        (prop::sample::select(HeldOutLeaks::ALL), prop::sample::select(Conflicts::ALL)),
    );
    (rows, options).prop_map(|(rows, (negatives, false_negatives, unjudged, unsure, refill, order, leaks, more))| {
        let (rows, judged) = rows.into_iter().unzip();
        let options = ExportOptions {
            negatives,
            false_negatives,
            unjudged,
            unsure,
            refill,
            order,
            leaks,
            held_out_leaks: more.0,
            conflicts: more.1,
            ..ExportOptions::default()
        };
        Case { rows, judged, options }
    })
}

impl Case {
    fn write(&self, root: &Path) {
        let mut set = Set::new();
        for (split, query, (positive, spelling), negatives, retrieved) in &self.rows {
            let negatives: Vec<String> = negatives.iter().map(|(tile, spelling)| spelled(*tile, *spelling)).collect();
            let negatives: Vec<&str> = negatives.iter().map(String::as_str).collect();
            let entry =
                |(at, tile): (usize, &usize)| json!({"path": spelled(*tile, 1), "score": 0.9 - at as f64 * 0.1});
            let retrieved: Vec<Value> = retrieved.iter().enumerate().map(entry).collect();
            let row = Row::new(QUERIES[*query], &spelled(*positive, *spelling)).negatives(&negatives);
            set = set.row(SPLITS[*split], &row.field("retrieve_top20", json!(retrieved)));
        }
        set.write(root);
    }

    /// Returns the judgements by sample of the dataset: the set is written split by split.
    fn judgements(&self, dataset: &Dataset) -> Judgements {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|row| self.rows[*row].0);
        let mut judgements = Judgements::new();
        for (sample, row) in order.into_iter().enumerate() {
            let (verdict, relevances) = &self.judged[row];
            let judgement = judgements.entry(dataset.samples[sample].key).or_default();
            judgement.apply(FieldChange::Verdict(*verdict));
            for (tile, relevance) in dataset.sample(SampleIndex::new(sample)).unwrap().tiles().zip(relevances) {
                if relevance.is_some() {
                    judgement.apply(FieldChange::Relevance(tile.path.clone(), *relevance));
                }
            }
        }
        judgements
    }
}

struct Out {
    split: &'static str,
    query: String,
    positive: usize,
    negatives: Vec<usize>,
}

fn rows(out: &Path) -> Vec<Out> {
    let mut rows = Vec::new();
    for split in SPLITS {
        let Ok(text) = fs::read_to_string(out.join(format!("{split}.jsonl"))) else { continue };
        for line in text.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let negatives = row["neg_chunk_paths"].as_array().unwrap();
            rows.push(Out {
                split,
                query: plain(row["query"].as_str().unwrap()),
                positive: tile(row["chunk_path"].as_str().unwrap()),
                negatives: negatives.iter().map(|path| tile(path.as_str().unwrap())).collect(),
            });
        }
    }
    rows
}

/// Returns the tiles judged relevant, by the query of the row where they were judged: of several
/// marks for one query, the last row's counts.
fn relevant(dataset: &Dataset, judgements: &Judgements) -> BTreeSet<(String, usize)> {
    let mut last = BTreeMap::new();
    for sample in 0..dataset.samples.len() {
        let sample = dataset.sample(SampleIndex::new(sample)).unwrap();
        let Some(judgement) = judgements.get(&sample.key) else { continue };
        let keyed =
            |(path, relevance): (&TilePath, &Relevance)| ((plain(&sample.query), tile(path.as_str())), *relevance);
        last.extend(judgement.tiles.iter().map(keyed));
    }
    last.into_iter().filter(|(_, relevance)| *relevance == Relevance::Relevant).map(|(pair, _)| pair).collect()
}

/// Returns the rows' files, except those without rows.
fn files(out: &Path) -> BTreeMap<String, String> {
    let jsonl = |path: &Path| path.extension().is_some_and(|extension| extension == "jsonl");
    let entries = out.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| jsonl(path));
    let named = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
    };
    entries.map(named).filter(|(_, text)| !text.is_empty()).collect()
}

proptest! {
    #![proptest_config(properties::cases(256))]

    #[test]
    fn every_export_is_safe_to_train_on(case in case()) {
        let dir = tempfile::tempdir().unwrap();
        let (root, out, again) = (dir.path().join("set"), dir.path().join("out"), dir.path().join("again"));
        case.write(&root);
        let dataset = Dataset::open(&root).unwrap();
        let judgements = case.judgements(&dataset);
        let source = JudgementSource::new(&judgements, &[], &AnnotatorScope::Everybody);
        let options = &case.options;
        let report = export(&dataset, &source, options, &out, &NoProgress).unwrap();
        let written = rows(&out);

        prop_assert_eq!(report.kept + report.changed + report.dropped, case.rows.len());
        let own: usize = written.len() - report.promoted;
        prop_assert_eq!(own, report.kept + report.changed, "each row that stays is there once");
        let relevant = relevant(&dataset, &judgements);
        let positives: BTreeSet<(&str, usize)> = written.iter().map(|row| (row.query.as_str(), row.positive)).collect();
        for row in &written {
            // A trainer's view: the first N, padded with the positive.
            let padded = (0..options.negatives).any(|at| row.negatives.get(at).is_none());
            prop_assert!(!padded, "a row of {} is short", row.query);
            for negative in &row.negatives {
                prop_assert!(!positives.contains(&(row.query.as_str(), *negative)), "a positive stays a negative");
                let judged = relevant.contains(&(row.query.clone(), *negative));
                prop_assert!(!judged || options.false_negatives == FalseNegatives::Keep, "a false negative stays");
            }
        }
        if options.leaks == Leaks::DropTrain {
            let mut splits: BTreeMap<(&str, usize), BTreeSet<&str>> = BTreeMap::new();
            for row in &written {
                splits.entry((row.query.as_str(), row.positive)).or_default().insert(row.split);
            }
            let both = BTreeSet::from(["eval", "test"]);
            let both_stay = options.held_out_leaks == HeldOutLeaks::Keep;
            let allowed = |splits: &BTreeSet<&str>| splits.len() == 1 || (both_stay && *splits == both);
            prop_assert!(splits.values().all(allowed), "{:?}", splits);
        }
        if options.false_negatives == FalseNegatives::Promote {
            let files = files(&out);
            let lines = files.values().flat_map(|text| text.lines());
            let groups: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
            let mut of_query: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for row in &groups {
                of_query.entry(plain(row["query"].as_str().unwrap())).or_default().insert(row["query_group"].to_string());
            }
            prop_assert!(of_query.values().all(|groups| groups.len() == 1), "a query has one group, or none");
        }
        prop_assert!(verify(&out, &NoProgress).unwrap().is_empty());

        if !written.is_empty() {
            let exported = Dataset::open(&out).unwrap();
            let nothing = Judgements::new();
            let source = JudgementSource::new(&nothing, &[], &AnnotatorScope::Everybody);
            let options = ExportOptions { unjudged: Unjudged::Keep, ..options.clone() };
            let report = export(&exported, &source, &options, &again, &NoProgress).unwrap();
            prop_assert_eq!((report.changed, report.dropped, report.promoted), (0, 0, 0));
            prop_assert_eq!(files(&out), files(&again), "an export of an export is the same");
        }
    }
}
