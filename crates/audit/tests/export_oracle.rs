//! Random exports against a second implementation of `docs/export.md`: repeated queries in several
//! spellings, several people, a machine and an adjudicator with marks and confirmations, every
//! option. Outcomes, reasons, rows and counts must be equal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::common::spelled;
use crate::oracle::{self, Change, Oracle, Statement, Written};
use proptest::prelude::*;
use serde_json::{Value, json};
use tilejury_audit::export::{
    Conflicts, ExportOptions, FalseNegatives, HeldOutLeaks, JudgementSource, Leaks, NegativeOrder, RowOutcome,
    TileCheck, Unjudged, Unsure, export, preview, verify,
};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::stats::AnswerCounter;
use tilejury_audit::{Confirmation, Event, FieldChange, Origin, Reason, Relevance, StepId, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::{Row, Set, properties};

const QUERIES: [&str; 5] = ["What is salt?", "what is SALT", "what, is salt", "What is pepper?", "what is pepper"];
const SPLITS: [&str; 6] = ["train", "eval", "test", "train_b", "extra", "dev"];
const PEOPLE: [&str; 5] = ["ann", "bob", "cy", "machine:m", "adjudicator"];
const TILES: usize = 6;

/// Returns a tile's name, from any spelling.
fn name(path: &str) -> String {
    path.rsplit('/').nth(1).unwrap().split('.').next().unwrap().to_owned()
}

#[derive(Clone, Debug)]
struct CaseRow {
    split: usize,
    query: usize,
    /// Tile and spelling.
    positive: (usize, usize),
    negatives: Vec<(usize, usize)>,
    retrieved: Vec<usize>,
}

/// An action of a person on a row.
#[derive(Clone, Debug)]
enum Action {
    /// Marks a tile by its index in the row, or clears its relevance.
    Mark(usize, Option<Relevance>),
    /// Judges a tile that the row does not name; `Some(Relevant)` adds it.
    Outside(usize, Option<Relevance>),
    /// Accepts the row, and so confirms the tiles at these indices that were not judged.
    Accept(Vec<usize>),
    Verdict(Option<Verdict>),
    /// Rejects the row for its positive, or for another reason.
    Reject(bool),
}

#[derive(Clone, Debug)]
struct Case {
    rows: Vec<CaseRow>,
    /// Person, row, action.
    actions: Vec<(usize, usize, Action)>,
    options: ExportOptions,
    scope: AnnotatorScope,
}

fn case() -> impl Strategy<Value = Case> {
    let tile = || (0..TILES, 0..3_usize);
    // Few tiles are positives, so that rows share them, over splits too.
    let positive = (prop_oneof![2 => 0..2_usize, 1 => 0..TILES], 0..3_usize);
    let row = (
        prop_oneof![4 => 0..3_usize, 1 => 3..SPLITS.len()],
        prop_oneof![4 => 0..3_usize, 1 => 3..QUERIES.len()],
        positive,
        prop::collection::vec(tile(), 0..5),
        prop::collection::vec(0..TILES, 0..5),
    );
    let row = row.prop_map(|(split, query, positive, negatives, retrieved)| CaseRow {
        split,
        query,
        positive,
        negatives,
        retrieved,
    });
    let relevance = prop_oneof![8 => prop::sample::select(Relevance::ALL).prop_map(Some), 1 => Just(None)];
    let action = prop_oneof![
        6 => (0..5_usize, relevance.clone()).prop_map(|(position, relevance)| Action::Mark(position, relevance)),
        2 => (0..TILES).prop_map(|tile| Action::Outside(tile, Some(Relevance::Relevant))),
        1 => (0..TILES, relevance).prop_map(|(tile, relevance)| Action::Outside(tile, relevance)),
        3 => prop::collection::vec(0..5_usize, 0..5).prop_map(Action::Accept),
        1 => prop::option::of(prop::sample::select(Verdict::ALL)).prop_map(Action::Verdict),
        1 => any::<bool>().prop_map(Action::Reject),
    ];
    // Most cases are of people alone.
    let person = prop_oneof![3 => Just(3_usize), 2 => Just(PEOPLE.len())];
    let actions =
        person.prop_flat_map(move |people| prop::collection::vec((0..people, 0..9_usize, action.clone()), 0..24));
    let scope = prop_oneof![
        8 => Just(AnnotatorScope::Everybody),
        1 => Just(AnnotatorScope::Annotator(PEOPLE[0].to_owned())),
        1 => Just(AnnotatorScope::Adjudicated(PEOPLE[4].to_owned())),
    ];
    let options = (
        0..3_usize,
        prop::sample::select(FalseNegatives::ALL),
        prop::sample::select(Unjudged::ALL),
        prop::sample::select(Unsure::ALL),
        prop::sample::select(Conflicts::ALL),
        any::<bool>(),
        prop::sample::select(NegativeOrder::ALL),
        prop::sample::select(Leaks::ALL),
        prop::sample::select(HeldOutLeaks::ALL),
    );
    let options = options.prop_map(|chosen| ExportOptions {
        negatives: chosen.0,
        false_negatives: chosen.1,
        unjudged: chosen.2,
        unsure: chosen.3,
        conflicts: chosen.4,
        refill: chosen.5,
        order: chosen.6,
        leaks: chosen.7,
        held_out_leaks: chosen.8,
        tiles: TileCheck::Trust,
        ..ExportOptions::default()
    });
    let case = (prop::collection::vec(row, 1..9), actions, options, scope);
    case.prop_map(|(rows, actions, options, scope)| Case { rows, actions, options, scope })
}

impl Case {
    /// Candidates have no scores if rows are refilled, so that none is more suspicious than
    /// another.
    fn score(&self, at: usize, row: usize) -> Option<f64> {
        (!self.options.refill).then(|| 0.1 * ((at * 5 + row * 3) % 7) as f64)
    }

    fn write(&self, root: &Path) {
        let mut set = Set::new();
        for (at, row) in self.rows.iter().enumerate() {
            let negatives: Vec<String> = row.negatives.iter().map(|(tile, way)| spelled(*tile, *way)).collect();
            let negatives: Vec<&str> = negatives.iter().map(String::as_str).collect();
            let retrieved = row.retrieved.iter().enumerate();
            let retrieved = retrieved.map(|(position, tile)| match self.score(position, at) {
                Some(score) => json!({"path": spelled(*tile, 1), "score": score}),
                None => json!({"path": spelled(*tile, 1)}),
            });
            let line = Row::new(QUERIES[row.query], &spelled(row.positive.0, row.positive.1)).negatives(&negatives);
            let line = line.field("retrieve_top20", retrieved.collect());
            set = set.row(SPLITS[row.split], &line);
        }
        set.write(root);
    }

    /// The case's row for each sample of the dataset.
    fn order(&self, dataset: &Dataset) -> Vec<usize> {
        let mut positions: BTreeMap<(&str, u32), usize> = BTreeMap::new();
        let mut lines = [0_u32; SPLITS.len()];
        for (at, row) in self.rows.iter().enumerate() {
            lines[row.split] += 1;
            positions.insert((SPLITS[row.split], lines[row.split]), at);
        }
        let position = |sample: usize| {
            positions[&(
                dataset.split_of(SampleIndex::new(sample)).name.as_str(),
                dataset.line_of(SampleIndex::new(sample)).get() as u32,
            )]
        };
        (0..dataset.samples.len()).map(position).collect()
    }

    /// Returns the people's actions in the oracle's form: rows are samples.
    fn statements(&self, rows: &[oracle::Row]) -> Vec<Statement> {
        let mut statements: Vec<Statement> = Vec::new();
        for (person, row, action) in self.actions.iter().filter(|(_, row, _)| *row < rows.len()) {
            let (annotator, row) = (PEOPLE[*person].to_owned(), *row);
            let tiles: Vec<&String> = std::iter::once(&rows[row].positive).chain(&rows[row].negatives).collect();
            let statement = |change| Statement { annotator: annotator.clone(), row, change };
            match action {
                Action::Mark(position, value) => {
                    let tile = tiles[position % tiles.len()].clone();
                    let value = value.map(Relevance::word);
                    statements.push(statement(Change::Tile { tile, value, by_accepting: false }));
                }
                Action::Outside(tile, value) => {
                    let (tile, value) = (tile.to_string(), value.map(Relevance::word));
                    if !tiles.contains(&&tile) {
                        statements.push(statement(Change::Tile { tile, value, by_accepting: false }));
                    }
                }
                Action::Accept(seen) => {
                    let last = |statements: &[Statement], of: &str| {
                        let of_tile = statements.iter().rev().find_map(|one| match &one.change {
                            Change::Tile { tile, value, .. }
                                if one.annotator == annotator && one.row == row && tile == of =>
                            {
                                Some(*value)
                            }
                            _ => None,
                        });
                        of_tile.flatten()
                    };
                    statements.push(statement(Change::Verdict(Some("accept"))));
                    statements.push(statement(Change::Reasons(false)));
                    for position in seen.iter().map(|position| position % tiles.len()) {
                        let tile = tiles[position].clone();
                        if last(&statements, &tile).is_none() {
                            let value = if tile == rows[row].positive { "relevant" } else { "not_relevant" };
                            statements.push(statement(Change::Tile { tile, value: Some(value), by_accepting: true }));
                        }
                    }
                }
                Action::Verdict(verdict) => {
                    statements.push(statement(Change::Verdict(verdict.map(Verdict::word))));
                    statements.push(statement(Change::Reasons(false)));
                }
                Action::Reject(wrong) => {
                    statements.push(statement(Change::Verdict(Some("reject"))));
                    statements.push(statement(Change::Reasons(*wrong)));
                }
            }
        }
        statements
    }

    fn oracle_options(&self) -> oracle::Options {
        let options = &self.options;
        oracle::Options {
            negatives: options.negatives,
            false_negatives: options.false_negatives.word(),
            unjudged: options.unjudged.word(),
            unsure: options.unsure.word(),
            conflicts: options.conflicts.word(),
            refill: options.refill,
            order: options.order.word(),
            leaks: options.leaks.word(),
            held_out_leaks: options.held_out_leaks.word(),
        }
    }
}

/// Returns the events of the statements, as a sidecar would store them.
fn events(statements: &[Statement], rows: &[oracle::Row], dataset: &Dataset) -> Vec<Event> {
    let path = |row: usize, tile: &str| {
        let own = dataset.sample(SampleIndex::new(row)).unwrap();
        let of_tile: Vec<TilePath> = own.tiles().map(|one| one.path.clone()).collect();
        assert_eq!(of_tile.len(), rows[row].negatives.len() + 1);
        let own = of_tile.into_iter().find(|path| name(path.as_str()) == tile);
        own.unwrap_or_else(|| TilePath::new(&spelled(tile.parse().unwrap(), 0)))
    };
    let event = |(at, one): (usize, &Statement)| {
        let (change, confirmed_by) = match &one.change {
            Change::Tile { tile, value, by_accepting } => {
                let value = value.map(|word| word.parse().unwrap());
                (FieldChange::Relevance(path(one.row, tile), value), by_accepting.then_some(Confirmation::Visible))
            }
            Change::Verdict(verdict) => (FieldChange::Verdict(verdict.map(|word| word.parse().unwrap())), None),
            Change::Reasons(wrong) => {
                let reasons = if *wrong { BTreeSet::from([Reason::WrongPositive]) } else { BTreeSet::new() };
                (FieldChange::Reasons(reasons), None)
            }
        };
        Event {
            step: StepId { session: Arc::from(one.annotator.as_str()), seq: at as u64 + 1 },
            seq: at as u64 + 1,
            sample: dataset.samples[one.row].key,
            change,
            annotator: one.annotator.as_str().into(),
            at: now(),
            undoes: None,
            origin: Origin { confirmed_by, ..Origin::default() },
            round: None,
        }
    };
    statements.iter().enumerate().map(event).collect()
}

/// Returns the written rows of each split, as positive and negatives and whether they are grouped.
fn written(out: &Path) -> BTreeMap<String, Vec<(String, Vec<String>, bool)>> {
    let mut splits = BTreeMap::new();
    for split in SPLITS {
        let Ok(text) = fs::read_to_string(out.join(format!("{split}.jsonl"))) else { continue };
        let row = |line: &str| {
            let row: Value = serde_json::from_str(line).unwrap();
            let negatives = row["neg_chunk_paths"].as_array().unwrap();
            let negatives = negatives.iter().map(|path| name(path.as_str().unwrap())).collect();
            (name(row["chunk_path"].as_str().unwrap()), negatives, !row["query_group"].is_null())
        };
        let rows: Vec<_> = text.lines().map(row).collect();
        if !rows.is_empty() {
            splits.insert(split.to_owned(), rows);
        }
    }
    splits
}

proptest! {
    #![proptest_config(properties::cases(400))]

    #[test]
    fn export_equals_the_second_implementation(case in case()) {
        let dir = tempfile::tempdir().unwrap();
        let (root, out) = (dir.path().join("set"), dir.path().join("out"));
        case.write(&root);
        let dataset = Arc::new(Dataset::open(&root).unwrap());
        let order = case.order(&dataset);
        let rows: Vec<oracle::Row> = order.iter().map(|at| {
            let row = &case.rows[*at];
            let retrieved = row.retrieved.iter().enumerate();
            oracle::Row {
                split: SPLITS[row.split].to_owned(),
                query: QUERIES[row.query].to_owned(),
                positive: row.positive.0.to_string(),
                negatives: row.negatives.iter().map(|(tile, _)| tile.to_string()).collect(),
                retrieved: retrieved.map(|(position, tile)| (tile.to_string(), case.score(position, *at))).collect(),
            }
        }).collect();
        let statements = case.statements(&rows);
        let options = case.oracle_options();
        let scope = &case.scope;
        let counted: Vec<Statement> = statements.iter().filter(|one| scope.counts(&one.annotator)).cloned().collect();
        let expected = Oracle::new(&rows, &counted, &options).outcome();

        let events = events(&statements, &rows, &dataset);
        let judgements = merge::judgements(&events, scope);
        let source = JudgementSource::new(&judgements, &events, scope);
        let (plan, report) = preview(&dataset, &source, &case.options, &NoProgress).unwrap();
        let outcomes: Vec<oracle::Outcome> = plan.outcomes.iter().map(|outcome| match outcome {
            RowOutcome::Keep => oracle::Outcome::Keep,
            RowOutcome::Change(why) => oracle::Outcome::Change(why.iter().map(|why| why.word().to_owned()).collect()),
            RowOutcome::Drop(why) => oracle::Outcome::Drop(why.word().to_owned()),
        }).collect();
        prop_assert_eq!(&outcomes, &expected.outcomes, "{:?} of {:?}", scope, &statements);
        prop_assert_eq!(report.conflicts, expected.conflicts);
        prop_assert_eq!(report.added.len(), expected.added.0);

        export(&dataset, &source, &case.options, &out, &NoProgress).unwrap();
        let mut by_split: BTreeMap<String, Vec<(String, Vec<String>, bool)>> = BTreeMap::new();
        for Written { row, positive, negatives, grouped } in expected.written {
            by_split.entry(rows[row].split.clone()).or_default().push((positive, negatives, grouped));
        }
        prop_assert_eq!(written(&out), by_split);
        let waived = case.options.false_negatives == FalseNegatives::Keep;
        prop_assert!(waived || verify(&out, &NoProgress).unwrap().is_empty());

        let mut counter = AnswerCounter::read(dataset.clone(), &NoProgress).unwrap();
        counter.add_events(&events);
        let counts = counter.count(scope);
        prop_assert_eq!(counts.conflicts.len(), expected.conflicts);
        prop_assert_eq!(counts.false_negatives, expected.false_negatives);
        prop_assert_eq!(counts.wrong_positives, expected.wrong_positives);
        prop_assert_eq!(counts.added, expected.added.1);
    }
}
