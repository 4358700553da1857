//! Properties of every session: any actions, undos, redos, moves in the history and restarts give
//! the same result as a much simpler model, which shares only the stored words with the program.
//!
//! For a longer run:
//! `PROPTEST_CASES=20000 cargo test -p tilejury-audit --test all session_properties::`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::sync::Arc;

use proptest::prelude::*;
use tilejury_audit::history::{HistoryLine, UndoStepKind};
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::session::SampleStatus;
use tilejury_audit::{AuditSession, Reason, Relevance, Verdict};
use tilejury_data::{Dataset, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, properties};

mod model;
mod real;

use model::Model;
use real::Real;

const TILES: u32 = 5;
const NOTES: [&str; 4] = ["", "a note", "two\nlines, \"é\" and 塩", " "];
const TAGS: [&str; 4] = ["table", LOOK_AGAIN, "two, words", ""];

/// Query, positive, negatives; tiles by number. There are so few of each that exact repeats of
/// rows, repeated tiles in a row, and positives among their own negatives occur often.
type CaseRow = (usize, u32, Vec<u32>);

/// An action. Row numbers go one beyond the last row, to test a row that does not exist.
#[derive(Clone, Debug)]
enum Do {
    Accept(usize, Vec<u32>),
    Verdict(usize, Option<Verdict>),
    Reason(usize, Reason),
    Relevance(usize, u32, Option<Relevance>),
    /// Repeat the mark of one tile, chosen by this number modulo their count.
    Again(usize),
    AllNegatives(usize, Option<Relevance>),
    Note(usize, usize),
    Tags(usize, Vec<usize>),
    Propagate(Vec<(usize, u32, Relevance)>),
    Undo,
    Redo,
    /// Go back until this many steps remain, modulo their count.
    GoBack(usize),
    /// Restore the branch with one of all undone steps, chosen by this number modulo their count.
    RestoreBranch(usize),
    /// Whether the next samples are selected as suspicious.
    Choose(bool),
    /// Restart the program, from a file or from the events in memory.
    Restart {
        by_file: bool,
    },
}

fn case() -> impl Strategy<Value = (Vec<CaseRow>, Vec<Do>)> {
    let rows = prop::collection::vec((0..2_usize, 0..3_u32, prop::collection::vec(0..TILES, 0..5)), 1..6);
    (rows, prop::collection::vec(step(), 1..40))
}

fn step() -> impl Strategy<Value = Do> {
    let row = 0..7_usize;
    let tile = 0..TILES;
    let relevance = prop::sample::select(Relevance::ALL);
    let optional = prop::option::of(relevance.clone());
    let verdict = prop::option::of(prop::sample::select(Verdict::ALL));
    let carried = (row.clone(), tile.clone(), relevance);
    prop_oneof![
        3 => (row.clone(), prop::collection::vec(tile.clone(), 0..6)).prop_map(|(row, seen)| Do::Accept(row, seen)),
        3 => (row.clone(), verdict).prop_map(|(row, verdict)| Do::Verdict(row, verdict)),
        2 => (row.clone(), prop::sample::select(Reason::ALL)).prop_map(|(row, reason)| Do::Reason(row, reason)),
        3 => (row.clone(), tile, optional.clone()).prop_map(|(row, tile, mark)| Do::Relevance(row, tile, mark)),
        5 => (0..20_usize).prop_map(Do::Again),
        2 => (row.clone(), optional).prop_map(|(row, mark)| Do::AllNegatives(row, mark)),
        1 => (row.clone(), 0..NOTES.len()).prop_map(|(row, note)| Do::Note(row, note)),
        1 => (row, prop::collection::vec(0..TAGS.len(), 0..3)).prop_map(|(row, tags)| Do::Tags(row, tags)),
        2 => prop::collection::vec(carried, 0..5).prop_map(Do::Propagate),
        6 => Just(Do::Undo),
        4 => Just(Do::Redo),
        3 => (0..20_usize).prop_map(Do::GoBack),
        3 => (0..20_usize).prop_map(Do::RestoreBranch),
        1 => any::<bool>().prop_map(Do::Choose),
        2 => prop::bool::weighted(0.2).prop_map(|by_file| Do::Restart { by_file }),
    ]
}

fn path(number: u32) -> TilePath {
    TilePath::new(&tile(0, 1, number))
}

proptest! {
    #![proptest_config(properties::cases(256))]

    #[test]
    fn sessions_match_a_simple_model((rows, steps) in case()) {
        let dir = tempfile::tempdir().unwrap();
        let mut set = Set::new();
        for (query, positive, negatives) in &rows {
            let negatives: Vec<String> = negatives.iter().map(|number| tile(0, 1, *number)).collect();
            let negatives: Vec<&str> = negatives.iter().map(String::as_str).collect();
            set = set.row("train", &Row::new(["one", "two"][*query], &tile(0, 1, *positive)).negatives(&negatives));
        }
        let dataset = Arc::new(Dataset::open(&set.write(dir.path())).unwrap());
        prop_assert_eq!(dataset.samples.len(), rows.len());
        let paths = |numbers: &[u32]| numbers.iter().map(|number| path(*number)).collect();
        let mut model = Model {
            rows: rows.iter().map(|(_, positive, negatives)| (path(*positive), paths(negatives))).collect(),
            queries: rows.iter().map(|(query, ..)| *query).collect(),
            ..Model::default()
        };
        let session = AuditSession::new(dataset, "ann", &[]);
        let mut real = Real { session, events: Vec::new(), filed: 0 };
        for (at, step) in steps.iter().enumerate() {
            let again = if let Do::Again(number) = step { model.again(*number) } else { None };
            let step = again.as_ref().unwrap_or(step);
            let (before, depth) = (real.events.len(), (model.steps, model.undo.len(), model.redo.len()));
            let fields_before = real.fields();
            model.marks = real.marks();
            let led_to = real.act(step, dir.path());
            prop_assert_eq!(led_to, model.act(step), "step {}, {:?}: where it leads", at, step);
            prop_assert_eq!(&real.fields(), &model.fields, "step {}, {:?}: the fields", at, step);
            prop_assert_eq!(real.session.depth(), (model.undo.len(), model.redo.len()), "step {}, {:?}", at, step);
            // Events are written exactly when something changes.
            let changed = depth != (model.steps, model.undo.len(), model.redo.len()) || fields_before != model.fields;
            prop_assert_eq!(real.events.len() > before, changed, "step {}, {:?}: the written events", at, step);
            // The last mark of a tile is the latest, even if it repeats the row's value.
            if let Do::Relevance(row, number, Some(mark)) = step
                && *row < rows.len()
            {
                model.marks = real.marks();
                prop_assert!(!model.is_overruled(&(*row, "tile", Some(path(*number)))), "step {}, {:?}: {:?}", at, step, mark);
            }
            // No step is ever lost: each is on a stack or in a branch, and every branch is
            // complete.
            let branches: Vec<Vec<usize>> =
                model.branches().iter().map(|branch| branch.iter().map(|step| step.fields.len()).collect()).collect();
            let listed: Vec<Vec<usize>> = real
                .session
                .history()
                .branches()
                .map(|branch| branch.iter().map(|step| step.edits.len()).collect())
                .collect();
            prop_assert_eq!(listed, branches, "step {}, {:?}: branches", at, step);
            let lines = real.session.history().lines();
            let judged = lines.iter().filter_map(HistoryLine::step).filter(|step| step.kind == UndoStepKind::Judged);
            prop_assert_eq!(judged.count(), model.judged, "step {}, {:?}: the reachable steps", at, step);
            for row in 0..rows.len() {
                prop_assert_eq!(real.session.statuses()[row], model.status(row), "step {}, {:?}: row {}", at, step, row);
            }
            let sum = |count: &dyn Fn(&SampleStatus) -> usize| (0..rows.len()).map(|row| count(&model.status(row))).sum::<usize>();
            let with = |verdict| sum(&move |status| usize::from(status.verdict == Some(verdict)));
            let tally = &real.session.tally;
            prop_assert_eq!(
                [tally.judged, tally.accepted, tally.rejected, tally.unsure, tally.false_negatives, tally.wrong_positives],
                [
                    sum(&|status| usize::from(status.verdict.is_some())),
                    with(Verdict::Accept), with(Verdict::Reject), with(Verdict::Unsure),
                    sum(&|status| usize::from(status.false_negatives)),
                    sum(&|status| usize::from(status.wrong_positive)),
                ],
                "step {}, {:?}", at, step
            );
        }
    }
}
