//! Properties of every session: any actions, undos, redos, moves in the history and restarts give
//! the same result as a much simpler model, which shares only the stored words with the program.
//!
//! For a longer run: `PROPTEST_CASES=20000 cargo test -p tilejury-audit --test session_properties`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use tilejury_audit::history::{HistoryLine, UndoStepKind};
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::session::SampleStatus;
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{
    AuditSession, CarriedMark, Event, FieldChange, JudgeAction, Reason, Relevance, Selection, Sidecar, StepId, Verdict,
    now,
};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

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

/// The name of a field: the row's number, the field, and the tile if the field belongs to one.
type Name = (usize, &'static str, Option<TilePath>);
/// The field's value as text, and whether the sample was selected as suspicious, whether the value
/// was propagated, and whether accepting confirmed it. A field without a value has no entry.
type Value = (String, bool, bool, bool);

/// A step: each changed field with its value before and after.
#[derive(Clone, Debug)]
struct Step {
    /// The number of the step.
    name: usize,
    fields: Vec<(Name, Option<Value>, Option<Value>)>,
    /// The row that an undo leads to; `None` if the step was about other rows.
    about: Option<usize>,
    /// All fields after the step.
    result: BTreeMap<Name, Value>,
    moved: Option<Moved>,
}

/// A step that moved in the history.
#[derive(Clone, Debug)]
enum Moved {
    /// It went back from one state to another, and holds the steps it removed from the stack.
    Back { before: Box<Moment>, after: Box<Moment>, held: Vec<Step> },
    /// It restored the steps with these numbers.
    Again(Vec<usize>),
}

#[derive(Clone, Debug)]
struct Moment {
    undo: Vec<Step>,
    fields: BTreeMap<Name, Value>,
}

impl Step {
    fn is_history_move(&self) -> bool {
        matches!(self.moved, Some(Moved::Back { .. }))
    }
}

/// A session as specified: fields with values, a stack of steps to undo, one of steps to redo, and
/// the abandoned branches.
#[derive(Default)]
struct Model {
    rows: Vec<(TilePath, Vec<TilePath>)>,
    /// The number of each row's query.
    queries: Vec<usize>,
    /// The current marks of tiles, by row and tile: the index among all events, and the value. The
    /// model does not maintain them, but gets them from the events before each step.
    marks: BTreeMap<(usize, TilePath), (usize, String)>,
    fields: BTreeMap<Name, Value>,
    undo: Vec<Step>,
    redo: Vec<Step>,
    abandoned: Vec<Vec<Step>>,
    suspect: bool,
    /// The number of all steps ever made, and of those that judged.
    steps: usize,
    judged: usize,
}

impl Model {
    /// The action that [`Do::Again`] repeats.
    fn again(&self, number: usize) -> Option<Do> {
        let marked: Vec<(&Name, &Value)> = self.fields.iter().filter(|(name, _)| name.1 == "tile").collect();
        let ((row, _, tile), value) = marked[number.checked_rem(marked.len())?];
        let number = (0..TILES).find(|number| Some(path(*number)) == *tile)?;
        Some(Do::Relevance(*row, number, Some(value.0.parse().unwrap())))
    }

    fn text(&self, row: usize, what: &'static str, tile: Option<&TilePath>) -> Option<&str> {
        self.fields.get(&(row, what, tile.cloned())).map(|value| value.0.as_str())
    }

    /// Makes a step of the fields that change; if none does, there is no step. A mark of a tile
    /// that accepting had confirmed is a change although the value is the same. So is a mark that
    /// is not the person's latest.
    fn set(&mut self, about: Option<usize>, wanted: Vec<(Name, Option<String>)>, accepts: bool) {
        let carried = about.is_none();
        let mut fields = Vec::new();
        for (name, text) in wanted {
            let before = self.fields.get(&name).cloned();
            let confirmed = accepts && name.2.is_some();
            let marks = before.as_ref().is_some_and(|value| value.3) && !confirmed;
            if before.as_ref().map(|value| &value.0) != text.as_ref() || marks {
                let after = text.map(|text| (text, self.suspect, carried, confirmed));
                self.put(&name, after.clone());
                fields.push((name, before, after));
            } else if !carried && !accepts && self.is_overruled(&name) {
                fields.push((name, before.clone(), before));
            }
        }
        if !fields.is_empty() {
            self.judged += 1;
            self.push(fields, about, None);
        }
    }

    /// Whether the mark of a tile in a row is older than one with another value, in a row of the
    /// same query, or in any row if either mark is “broken”.
    fn is_overruled(&self, (row, _, tile): &Name) -> bool {
        let Some(tile) = tile else { return false };
        let Some((own, mark)) = self.marks.get(&(*row, tile.clone())) else { return false };
        let of_tile = self.marks.iter().filter(|((_, other), (order, _))| other == tile && order >= own);
        let latest = |in_scope: &dyn Fn(usize) -> bool| {
            let rows = of_tile.clone().filter(|((row, _), _)| in_scope(*row));
            rows.max_by_key(|(_, (order, _))| *order).map(|(_, (_, mark))| mark.as_str()).unwrap()
        };
        let anywhere = latest(&|_| true);
        (anywhere == "broken") != (mark == "broken")
            || latest(&|other| self.queries[other] == self.queries[*row]) != mark.as_str()
    }

    /// Whether the tile has a mark with another value in another row of the same query, or in any
    /// row if either mark is “broken”.
    fn is_contradicted(&self, name: &Name) -> bool {
        let (row, _, tile) = name;
        let Some((mark, ..)) = self.fields.get(name) else { return false };
        self.fields.iter().any(|((other, field, of), (value, _, _, confirmed))| {
            let counts = self.queries[*other] == self.queries[*row] || value == "broken" || mark == "broken";
            *field == "tile" && of == tile && other != row && counts && value != mark && !confirmed
        })
    }

    fn push(&mut self, fields: Vec<(Name, Option<Value>, Option<Value>)>, about: Option<usize>, moved: Option<Moved>) {
        self.steps += 1;
        self.undo.push(Step { name: self.steps, fields, about, result: self.fields.clone(), moved });
        let branch: Vec<Step> = self.redo.drain(..).rev().filter(|step| step.moved.is_none()).collect();
        if !branch.is_empty() {
            self.abandoned.push(branch);
        }
    }

    /// All undone steps that redo does not reach, branch after branch.
    fn branches(&self) -> Vec<Vec<Step>> {
        let held = self.undo.iter().filter_map(|step| match &step.moved {
            Some(Moved::Back { held, .. }) => Some(held.clone()),
            _ => None,
        });
        self.abandoned.iter().cloned().chain(held).collect()
    }

    fn go_back(&mut self, depth: usize) {
        let before = Moment { undo: self.undo.clone(), fields: self.fields.clone() };
        let (mut kept, mut held) = (Vec::new(), Vec::new());
        for (at, step) in self.undo.iter().enumerate() {
            let stack = if at < depth || step.is_history_move() { &mut kept } else { &mut held };
            stack.push(step.clone());
        }
        if held.is_empty() {
            return;
        }
        // The fields as they were after the last remaining step.
        let last = self.undo[..depth].iter().rfind(|step| !step.is_history_move());
        self.fields = last.map(|step| step.result.clone()).unwrap_or_default();
        self.undo = kept;
        let after = Moment { undo: self.undo.clone(), fields: self.fields.clone() };
        self.push(Vec::new(), None, Some(Moved::Back { before: Box::new(before), after: Box::new(after), held }));
    }

    fn bring_back(&mut self, number: usize) {
        let restored: BTreeSet<usize> = self
            .undo
            .iter()
            .filter_map(|step| match &step.moved {
                Some(Moved::Again(names)) => Some(names.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        let branches = self.branches();
        let all: Vec<usize> = branches.iter().flatten().map(|step| step.name).collect();
        let Some(name) = number.checked_rem(all.len()).map(|at| all[at]) else { return };
        let branch = branches.into_iter().find(|branch| branch.iter().any(|step| step.name == name)).unwrap();
        let (mut fields, mut names, mut rows_changed) = (Vec::new(), Vec::new(), BTreeSet::new());
        for step in branch.into_iter().filter(|step| !restored.contains(&step.name)) {
            let text = |value: Option<&Value>| value.map(|value| value.0.clone());
            let fields_before = self.fields.clone();
            let mut changed = Vec::new();
            let is_unchanged = step.fields.iter().all(|(name, ..)| !rows_changed.contains(&name.0));
            let whole = is_unchanged
                && step.fields.iter().all(|(name, before, after)| {
                    let present = self.fields.get(name).cloned();
                    if text(present.as_ref()) != text(before.as_ref()) {
                        return text(present.as_ref()) == text(after.as_ref());
                    }
                    // A repeated mark is repeated again if another mark contradicts it still.
                    if present != *after || (before == after && self.is_contradicted(name)) {
                        self.put(name, after.clone());
                        changed.push((name.clone(), present, after.clone()));
                    }
                    true
                });
            if !whole {
                self.fields = fields_before;
                rows_changed.extend(step.fields.iter().map(|(name, ..)| name.0));
            } else if !changed.is_empty() {
                fields.extend(changed);
                names.push(step.name);
            }
        }
        if !names.is_empty() {
            self.push(fields, None, Some(Moved::Again(names)));
        }
    }

    fn put(&mut self, name: &Name, value: Option<Value>) {
        match value {
            Some(value) => self.fields.insert(name.clone(), value),
            None => self.fields.remove(name),
        };
    }

    /// Returns the row that an undo or redo leads to.
    fn act(&mut self, what: &Do) -> Option<usize> {
        let rows = self.rows.len();
        match what {
            Do::Undo => {
                let step = self.undo.pop()?;
                if let Some(Moved::Back { before, .. }) = &step.moved {
                    let moment = (**before).clone();
                    (self.undo, self.fields) = (moment.undo, moment.fields);
                }
                step.fields.iter().rev().for_each(|(name, before, _)| self.put(name, before.clone()));
                let about = step.about;
                self.redo.push(step);
                return about;
            }
            Do::Redo => {
                let step = self.redo.pop()?;
                if let Some(Moved::Back { after, .. }) = &step.moved {
                    let moment = (**after).clone();
                    (self.undo, self.fields) = (moment.undo, moment.fields);
                }
                step.fields.iter().for_each(|(name, _, after)| self.put(name, after.clone()));
                let about = step.about;
                self.undo.push(step);
                return about;
            }
            Do::GoBack(left) => self.go_back(*left % (self.undo.len() + 1)),
            Do::RestoreBranch(number) => self.bring_back(*number),
            Do::Choose(suspect) => self.suspect = *suspect,
            Do::Restart { .. } | Do::Again(_) => {}
            Do::Propagate(carried) => {
                let mut wanted: Vec<(Name, Option<String>)> = Vec::new();
                for (row, number, relevance) in carried.iter().filter(|(row, ..)| *row < rows) {
                    let (name, tile) = ((*row, "tile", Some(path(*number))), path(*number));
                    let has_tile = self.rows[*row].0 == tile || self.rows[*row].1.contains(&tile);
                    let is_marked = self.fields.contains_key(&name) || wanted.iter().any(|(other, _)| *other == name);
                    if has_tile && !is_marked {
                        wanted.push((name, Some(relevance.word().to_owned())));
                    }
                }
                self.set(None, wanted, false);
            }
            Do::Accept(row, ..)
            | Do::Verdict(row, _)
            | Do::Reason(row, _)
            | Do::Relevance(row, ..)
            | Do::AllNegatives(row, _)
            | Do::Note(row, _)
            | Do::Tags(row, _) => {
                if *row < rows {
                    let wanted = self.wanted(*row, what);
                    self.set(Some(*row), wanted, matches!(what, Do::Accept(..)));
                    return Some(*row);
                }
            }
        }
        None
    }

    /// The values that an action on one row gives to its fields.
    fn wanted(&self, row: usize, what: &Do) -> Vec<(Name, Option<String>)> {
        let (positive, negatives) = &self.rows[row];
        let of_row = |field, text: Option<String>| ((row, field, None), text);
        let of_tile = |tile: &TilePath, text: Option<Relevance>| {
            ((row, "tile", Some(tile.clone())), text.map(|relevance| relevance.word().to_owned()))
        };
        let reasons = || {
            let before = self.text(row, "reasons", None).unwrap_or_default();
            before.split(' ').filter(|word| !word.is_empty()).collect::<BTreeSet<&str>>()
        };
        let of_reasons = |words: BTreeSet<&str>| {
            let words = words.into_iter().collect::<Vec<_>>().join(" ");
            of_row("reasons", Some(words).filter(|words| !words.is_empty()))
        };
        // In a rejected row, the reason `wrong_positive` and the positive's mark “not relevant”
        // change together.
        let rejected = self.text(row, "verdict", None) == Some("reject");
        let verdict = |verdict: Option<Verdict>| {
            let mut wanted = vec![of_row("verdict", verdict.map(|verdict| verdict.word().to_owned()))];
            let mut words = reasons();
            let mark = self.text(row, "tile", Some(positive));
            match verdict {
                None | Some(Verdict::Accept) => words.clear(),
                Some(Verdict::Reject) if mark == Some("not_relevant") => _ = words.insert("wrong_positive"),
                // A positive with another mark is not wrong.
                Some(Verdict::Reject) if mark.is_some() => _ = words.remove("wrong_positive"),
                Some(Verdict::Reject) if words.contains("wrong_positive") => {
                    wanted.push(of_tile(positive, Some(Relevance::NotRelevant)));
                }
                _ => {}
            }
            wanted.push(of_reasons(words));
            wanted
        };
        match what {
            Do::Accept(_, seen) => {
                let seen: BTreeSet<TilePath> = seen.iter().map(|number| path(*number)).collect();
                let is_unmarked = |tile: &&TilePath| self.text(row, "tile", Some(*tile)).is_none();
                let seen = seen.iter().filter(is_unmarked);
                let tiles = seen.filter_map(|tile| match tile {
                    tile if tile == positive => Some(of_tile(tile, Some(Relevance::Relevant))),
                    tile if negatives.contains(tile) => Some(of_tile(tile, Some(Relevance::NotRelevant))),
                    _ => None,
                });
                verdict(Some(Verdict::Accept)).into_iter().chain(tiles).collect()
            }
            Do::Verdict(_, given) => verdict(*given),
            Do::Reason(_, reason) => {
                if !matches!(self.text(row, "verdict", None), Some("reject" | "unsure")) {
                    return Vec::new();
                }
                let mut words = reasons();
                if rejected {
                    // The reason follows the mark.
                    match self.is_wrong(row) {
                        true => words.insert("wrong_positive"),
                        false => words.remove("wrong_positive"),
                    };
                }
                let had = words.remove(reason.word());
                if !had {
                    words.insert(reason.word());
                }
                let mut wanted = vec![of_reasons(words)];
                if rejected && *reason == Reason::WrongPositive {
                    wanted.push(of_tile(positive, (!had).then_some(Relevance::NotRelevant)));
                }
                wanted
            }
            Do::Relevance(_, tile, mark) => {
                let mut wanted = vec![of_tile(&path(*tile), *mark)];
                if rejected && path(*tile) == *positive {
                    let mut words = reasons();
                    match mark {
                        Some(Relevance::NotRelevant) => words.insert("wrong_positive"),
                        _ => words.remove("wrong_positive"),
                    };
                    wanted.push(of_reasons(words));
                }
                wanted
            }
            Do::AllNegatives(_, mark) => {
                let negatives: BTreeSet<&TilePath> = negatives.iter().filter(|tile| *tile != positive).collect();
                negatives.into_iter().map(|tile| of_tile(tile, *mark)).collect()
            }
            Do::Note(_, note) => vec![of_row("note", Some(NOTES[*note].to_owned()).filter(|note| !note.is_empty()))],
            Do::Tags(_, tags) => {
                let tags: BTreeSet<&str> = tags.iter().map(|tag| TAGS[*tag]).collect();
                vec![of_row("tags", Some(format!("{tags:?}")).filter(|_| !tags.is_empty()))]
            }
            _ => Vec::new(),
        }
    }

    /// Whether the positive is wrong, by its mark or else by the reason of a rejected row.
    fn is_wrong(&self, row: usize) -> bool {
        let text = |field| self.text(row, field, None).unwrap_or_default();
        match self.text(row, "tile", Some(&self.rows[row].0)) {
            Some(mark) => mark == "not_relevant",
            None => text("verdict") == "reject" && text("reasons").split(' ').any(|word| word == "wrong_positive"),
        }
    }

    fn status(&self, row: usize) -> SampleStatus {
        let (positive, negatives) = &self.rows[row];
        let verdict = self.text(row, "verdict", None).map(|word| word.parse().unwrap());
        let negatives: BTreeSet<&TilePath> = negatives.iter().collect();
        let is_marked = |tile: &TilePath, word| self.text(row, "tile", Some(tile)) == Some(word);
        let tiles: BTreeSet<&TilePath> = negatives.iter().copied().chain([positive]).collect();
        let unmarked = tiles.into_iter().filter(|tile| self.text(row, "tile", Some(tile)).is_none());
        let any_unsure =
            self.fields.iter().any(|((of, field, _), value)| (*of, *field) == (row, "tile") && value.0 == "unsure");
        SampleStatus {
            verdict,
            false_negatives: negatives
                .into_iter()
                .filter(|tile| *tile != positive && is_marked(tile, "relevant"))
                .count() as u16,
            wrong_positive: self.is_wrong(row),
            has_note: self.text(row, "note", None).is_some(),
            has_tags: self.text(row, "tags", None).is_some(),
            flagged: self.text(row, "tags", None).is_some_and(|tags| tags.contains(&format!("{LOOK_AGAIN:?}"))),
            undecided: verdict == Some(Verdict::Unsure) || any_unsure,
            conflict: false,
            unconfirmed: if verdict == Some(Verdict::Accept) { unmarked.count() as u16 } else { 0 },
            shard_missing: false,
            check: 0,
        }
    }
}

fn path(number: u32) -> TilePath {
    TilePath::new(&tile(0, 1, number))
}

/// The program's side: a session with all events that it ever made.
struct Real {
    session: AuditSession,
    events: Vec<Event>,
    /// The number of events that are in the file.
    filed: usize,
}

impl Real {
    fn act(&mut self, what: &Do, root: &Path) -> Option<usize> {
        let session = &mut self.session;
        let action = match what.clone() {
            Do::Accept(sample, seen) => JudgeAction::Accept {
                sample: SampleIndex::new(sample),
                seen: seen.into_iter().map(path).collect(),
                inspected: Vec::new(),
                copies: Vec::new(),
            },
            Do::Verdict(sample, verdict) => JudgeAction::Verdict(SampleIndex::new(sample), verdict),
            Do::Reason(sample, reason) => JudgeAction::ToggleReason(SampleIndex::new(sample), reason),
            Do::Relevance(sample, tile, mark) => JudgeAction::Relevance(SampleIndex::new(sample), path(tile), mark),
            Do::AllNegatives(sample, mark) => JudgeAction::AllNegatives(SampleIndex::new(sample), mark),
            Do::Note(sample, note) => JudgeAction::Note(SampleIndex::new(sample), NOTES[note].to_owned()),
            Do::Tags(sample, tags) => {
                JudgeAction::Tags(SampleIndex::new(sample), tags.into_iter().map(|tag| TAGS[tag].to_owned()).collect())
            }
            Do::Propagate(carried) => {
                let from = StepId { session: "another".into(), seq: 3 };
                // The program offers only existing rows.
                let existing = carried.into_iter().filter(|(sample, ..)| *sample < session.statuses().len());
                let carried = |(sample, tile, relevance)| {
                    let sample = SampleIndex::new(sample);
                    CarriedMark { sample, tile: path(tile), relevance, from: from.clone() }
                };
                JudgeAction::Propagate(existing.map(carried).collect())
            }
            Do::Undo => JudgeAction::Undo,
            Do::Redo => JudgeAction::Redo,
            Do::GoBack(left) => JudgeAction::GoBack(left % (session.depth().0 + 1)),
            Do::RestoreBranch(number) => {
                let names: Vec<StepId> =
                    session.history().branches().flatten().map(|step| step.original_id.clone()).collect();
                let nothing = StepId { session: "nobody".into(), seq: 1 };
                JudgeAction::RestoreBranch(number.checked_rem(names.len()).map_or(nothing, |at| names[at].clone()))
            }
            Do::Choose(suspect) => {
                session.chosen_by = suspect.then_some(Selection::SuspiciousFirst);
                return None;
            }
            Do::Again(_) => return None,
            Do::Restart { by_file } => {
                self.restart(by_file, root);
                return None;
            }
        };
        let applied = session.apply(action, now());
        self.events.extend(applied.events);
        applied.sample.map(SampleIndex::index)
    }

    fn restart(&mut self, by_file: bool, root: &Path) {
        let dataset = Arc::clone(&self.session.dataset);
        if by_file {
            let mut sidecar = Sidecar::open(&root.join("tilejury.sqlite"), dataset.fingerprint).unwrap();
            let new = &self.events[self.filed..];
            let samples: Vec<SampleRecord> = new
                .iter()
                .map(|event| SampleRecord::new(&dataset, dataset.find(event.sample).unwrap()).unwrap())
                .collect();
            sidecar.append(new, &samples, None).unwrap();
            self.filed = self.events.len();
            drop(sidecar);
            let sidecar = Sidecar::open_for_reading(&root.join("tilejury.sqlite")).unwrap();
            assert_eq!(sidecar.unwrap().events().unwrap().len(), self.events.len());
            self.events = Sidecar::open(&root.join("tilejury.sqlite"), dataset.fingerprint).unwrap().events().unwrap();
        }
        let chosen_by = self.session.chosen_by;
        self.session = AuditSession::new(dataset, "ann", &self.events);
        self.session.chosen_by = chosen_by;
    }

    /// The current marks of tiles, in the form of the model.
    fn marks(&self) -> BTreeMap<(usize, TilePath), (usize, String)> {
        let mut marks = BTreeMap::new();
        for (at, event) in self.events.iter().enumerate() {
            let FieldChange::Relevance(tile, relevance) = &event.change else { continue };
            let field = (self.session.dataset.find(event.sample).unwrap().index(), tile.clone());
            match relevance {
                Some(mark) if event.origin.confirmed_by.is_none() => marks.insert(field, (at, mark.word().to_owned())),
                _ => marks.remove(&field),
            };
        }
        marks
    }

    /// The current fields, in the form of the model.
    fn fields(&self) -> BTreeMap<Name, Value> {
        let (session, origins) = (&self.session, self.session.origins());
        let mut fields = BTreeMap::new();
        for row in 0..session.dataset.samples.len() {
            let Some(judgement) = session.judgement(SampleIndex::new(row)) else { continue };
            let key = session.dataset.samples[row].key;
            let mut put = |change: FieldChange, field, text: String| {
                let origin = origins.get(key, &change);
                let confirmed = origin.confirmed_by.is_some();
                let value = (text, origin.chosen_by.is_some(), origin.propagated_from.is_some(), confirmed);
                fields.insert((row, field, change.tile().cloned()), value);
            };
            if let Some(verdict) = judgement.verdict {
                put(FieldChange::Verdict(None), "verdict", verdict.word().to_owned());
            }
            if !judgement.reasons.is_empty() {
                let words: BTreeSet<&str> = judgement.reasons.iter().map(|reason| reason.word()).collect();
                put(FieldChange::Reasons(BTreeSet::new()), "reasons", words.into_iter().collect::<Vec<_>>().join(" "));
            }
            for (tile, relevance) in &judgement.tiles {
                put(FieldChange::Relevance(tile.clone(), None), "tile", relevance.word().to_owned());
            }
            if !judgement.note.is_empty() {
                put(FieldChange::Note(String::new()), "note", judgement.note.clone());
            }
            if !judgement.tags.is_empty() {
                put(FieldChange::Tags(BTreeSet::new()), "tags", format!("{:?}", judgement.tags));
            }
        }
        fields
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

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
