//! What holds of every session, whatever is done in it: any actions, undos, redos, leaps in the history and restarts leave what a much simpler model
//! of them leaves, which shares nothing with the program but the words.
//!
//! `PROPTEST_CASES=20000 cargo test -p tilejury-audit --test session_properties` looks longer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be had is a failed test")]

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
use tilejury_data::{Dataset, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

const TILES: u32 = 5;
const NOTES: [&str; 4] = ["", "a note", "two\nlines, \"é\" and 塩", " "];
const TAGS: [&str; 4] = ["table", LOOK_AGAIN, "two, words", ""];

/// Query, positive, negatives; tiles by number. So few of each that exact repeats of rows, tiles repeated within a row, and
/// positives among their own negatives are all there soon.
type CaseRow = (usize, u32, Vec<u32>);

/// What is done. Numbers are taken as far as there are rows, and one beyond: there is no such row then.
#[derive(Clone, Debug)]
enum Do {
    Accept(usize, Vec<u32>),
    Verdict(usize, Option<Verdict>),
    Reason(usize, Reason),
    Relevance(usize, u32, Option<Relevance>),
    /// Say again of a tile in a row what is said there; which one of all, counted round.
    Again(usize),
    AllNegatives(usize, Option<Relevance>),
    Note(usize, usize),
    Tags(usize, Vec<usize>),
    Propagate(Vec<(usize, u32, Relevance)>),
    Undo,
    Redo,
    /// Go back, so that so many steps are left; of more than there are, what is left when they are counted round.
    GoBack(usize),
    /// Bring back the branch with this step of all that were taken back, counted round.
    BringBack(usize),
    /// The next samples come up because they are suspect, or do not.
    Choose(bool),
    /// The program ends and starts again; by a file, or by what is in memory.
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
    let said = prop::option::of(relevance.clone());
    let verdict = prop::option::of(prop::sample::select(Verdict::ALL));
    let carried = (row.clone(), tile.clone(), relevance);
    prop_oneof![
        3 => (row.clone(), prop::collection::vec(tile.clone(), 0..6)).prop_map(|(row, seen)| Do::Accept(row, seen)),
        3 => (row.clone(), verdict).prop_map(|(row, verdict)| Do::Verdict(row, verdict)),
        2 => (row.clone(), prop::sample::select(Reason::ALL)).prop_map(|(row, reason)| Do::Reason(row, reason)),
        3 => (row.clone(), tile, said.clone()).prop_map(|(row, tile, said)| Do::Relevance(row, tile, said)),
        5 => (0..20_usize).prop_map(Do::Again),
        2 => (row.clone(), said).prop_map(|(row, said)| Do::AllNegatives(row, said)),
        1 => (row.clone(), 0..NOTES.len()).prop_map(|(row, note)| Do::Note(row, note)),
        1 => (row, prop::collection::vec(0..TAGS.len(), 0..3)).prop_map(|(row, tags)| Do::Tags(row, tags)),
        2 => prop::collection::vec(carried, 0..5).prop_map(Do::Propagate),
        6 => Just(Do::Undo),
        4 => Just(Do::Redo),
        3 => (0..20_usize).prop_map(Do::GoBack),
        3 => (0..20_usize).prop_map(Do::BringBack),
        1 => any::<bool>().prop_map(Do::Choose),
        2 => prop::bool::weighted(0.2).prop_map(|by_file| Do::Restart { by_file }),
    ]
}

/// The name of a field: the row's number, and what of it. The tile is there where it is the tile's.
type Name = (usize, &'static str, Option<TilePath>);
/// Its value as text, with whether the sample was suspect, whether it was carried over, and whether accepting confirmed it. No
/// value is no entry.
type Value = (String, bool, bool, bool);

/// A step: for each field, what was there before and after.
#[derive(Clone, Debug)]
struct Step {
    /// Counts the steps.
    name: usize,
    fields: Vec<(Name, Option<Value>, Option<Value>)>,
    /// Where an undo goes; nowhere if other rows were meant.
    about: Option<usize>,
    /// All fields behind it.
    left: BTreeMap<Name, Value>,
    moved: Option<Moved>,
}

/// A step that moved in the history.
#[derive(Clone, Debug)]
enum Moved {
    /// From one pile to another, with what was taken from the pile.
    Back { before: Box<Moment>, after: Box<Moment>, held: Vec<Step> },
    /// With the names of what was brought back.
    Again(Vec<usize>),
}

#[derive(Clone, Debug)]
struct Moment {
    undo: Vec<Step>,
    fields: BTreeMap<Name, Value>,
}

impl Step {
    fn went_back(&self) -> bool {
        matches!(self.moved, Some(Moved::Back { .. }))
    }
}

/// A session as it was promised: fields with values, a pile of steps to take back, one of steps to do again, and the branches
/// that were left behind.
#[derive(Default)]
struct Model {
    rows: Vec<(TilePath, Vec<TilePath>)>,
    /// By row: the query's number.
    queries: Vec<usize>,
    /// The present marks of tiles, by row and tile: the place among all events, and the value. Not kept by the model, but read
    /// from the events before each step.
    marks: BTreeMap<(usize, TilePath), (usize, String)>,
    fields: BTreeMap<Name, Value>,
    undo: Vec<Step>,
    redo: Vec<Step>,
    abandoned: Vec<Vec<Step>>,
    suspect: bool,
    /// How many steps there ever were, and how many of them judged.
    steps: usize,
    judged: usize,
}

impl Model {
    /// What is said again by [`Do::Again`].
    fn again(&self, number: usize) -> Option<Do> {
        let said: Vec<(&Name, &Value)> = self.fields.iter().filter(|(name, _)| name.1 == "tile").collect();
        let ((row, _, tile), value) = said[number.checked_rem(said.len())?];
        let number = (0..TILES).find(|number| Some(path(*number)) == *tile)?;
        Some(Do::Relevance(*row, number, Some(value.0.parse().unwrap())))
    }

    fn text(&self, row: usize, what: &'static str, tile: Option<&TilePath>) -> Option<&str> {
        self.fields.get(&(row, what, tile.cloned())).map(|value| value.0.as_str())
    }

    /// Makes a step of what changes. What would stay as it is is no part of it; if nothing changes there is no step.
    /// A mark of a tile that accepting had confirmed is a change, though the value is the same; so is one that is not the
    /// person's latest word.
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

    /// Is the mark on a tile in a row older than one that says something else, in a row of the same query, or in any row where
    /// either says that the tile is broken?
    fn is_overruled(&self, (row, _, tile): &Name) -> bool {
        let Some(tile) = tile else { return false };
        let Some((own, said)) = self.marks.get(&(*row, tile.clone())) else { return false };
        let of_tile = self.marks.iter().filter(|((_, other), (order, _))| other == tile && order >= own);
        let latest = |of: &dyn Fn(usize) -> bool| {
            let rows = of_tile.clone().filter(|((row, _), _)| of(*row));
            rows.max_by_key(|(_, (order, _))| *order).map(|(_, (_, said))| said.as_str()).unwrap()
        };
        let anywhere = latest(&|_| true);
        (anywhere == "broken") != (said == "broken")
            || latest(&|other| self.queries[other] == self.queries[*row]) != said.as_str()
    }

    fn push(&mut self, fields: Vec<(Name, Option<Value>, Option<Value>)>, about: Option<usize>, moved: Option<Moved>) {
        self.steps += 1;
        self.undo.push(Step { name: self.steps, fields, about, left: self.fields.clone(), moved });
        let branch: Vec<Step> = self.redo.drain(..).rev().filter(|step| step.moved.is_none()).collect();
        if !branch.is_empty() {
            self.abandoned.push(branch);
        }
    }

    /// Everything that was taken back and is no longer to be done again, branch after branch.
    fn branches(&self) -> Vec<Vec<Step>> {
        let held = self.undo.iter().filter_map(|step| match &step.moved {
            Some(Moved::Back { held, .. }) => Some(held.clone()),
            _ => None,
        });
        self.abandoned.iter().cloned().chain(held).collect()
    }

    fn go_back(&mut self, depth: usize) {
        let before = Moment { undo: self.undo.clone(), fields: self.fields.clone() };
        let (mut left, mut held) = (Vec::new(), Vec::new());
        for (at, step) in self.undo.iter().enumerate() {
            let pile = if at < depth || step.went_back() { &mut left } else { &mut held };
            pile.push(step.clone());
        }
        if held.is_empty() {
            return;
        }
        // What was on the fields when the last step was made that stays.
        let last = self.undo[..depth].iter().rfind(|step| !step.went_back());
        self.fields = last.map(|step| step.left.clone()).unwrap_or_default();
        self.undo = left;
        let after = Moment { undo: self.undo.clone(), fields: self.fields.clone() };
        self.push(Vec::new(), None, Some(Moved::Back { before: Box::new(before), after: Box::new(after), held }));
    }

    fn bring_back(&mut self, number: usize) {
        let brought: BTreeSet<usize> = self
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
        for step in branch.into_iter().filter(|step| !brought.contains(&step.name)) {
            let text = |value: Option<&Value>| value.map(|value| value.0.clone());
            let before_it = self.fields.clone();
            let mut changed = Vec::new();
            let based = step.fields.iter().all(|(name, ..)| !rows_changed.contains(&name.0));
            let whole = based
                && step.fields.iter().all(|(name, before, after)| {
                    let present = self.fields.get(name).cloned();
                    if text(present.as_ref()) != text(before.as_ref()) {
                        return text(present.as_ref()) == text(after.as_ref());
                    }
                    // A mark that was repeated is repeated again.
                    if present != *after || before == after {
                        self.put(name, after.clone());
                        changed.push((name.clone(), present, after.clone()));
                    }
                    true
                });
            if !whole {
                self.fields = before_it;
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
            Do::BringBack(number) => self.bring_back(*number),
            Do::Choose(suspect) => self.suspect = *suspect,
            Do::Restart { .. } | Do::Again(_) => {}
            Do::Propagate(carried) => {
                let mut wanted: Vec<(Name, Option<String>)> = Vec::new();
                for (row, number, relevance) in carried.iter().filter(|(row, ..)| *row < rows) {
                    let (name, tile) = ((*row, "tile", Some(path(*number))), path(*number));
                    let holds = self.rows[*row].0 == tile || self.rows[*row].1.contains(&tile);
                    let said = self.fields.contains_key(&name) || wanted.iter().any(|(other, _)| *other == name);
                    if holds && !said {
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

    /// What an action on one row wants its fields to be.
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
        // Of a rejected row, the reason `wrong_positive` and the mark "not relevant" of its positive come and go together.
        let rejected = self.text(row, "verdict", None) == Some("reject");
        let verdict = |verdict: Option<Verdict>| {
            let mut wanted = vec![of_row("verdict", verdict.map(|verdict| verdict.word().to_owned()))];
            let mut words = reasons();
            let mark = self.text(row, "tile", Some(positive));
            match verdict {
                None | Some(Verdict::Accept) => words.clear(),
                Some(Verdict::Reject) if mark == Some("not_relevant") => _ = words.insert("wrong_positive"),
                // Where the positive is marked otherwise, that is no reason.
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
                let unsaid = |tile: &&TilePath| self.text(row, "tile", Some(*tile)).is_none();
                let seen = seen.iter().filter(unsaid);
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
                    // What one of the two says, the other says too.
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
            Do::Relevance(_, tile, said) => {
                let mut wanted = vec![of_tile(&path(*tile), *said)];
                if rejected && path(*tile) == *positive {
                    let mut words = reasons();
                    match said {
                        Some(Relevance::NotRelevant) => words.insert("wrong_positive"),
                        _ => words.remove("wrong_positive"),
                    };
                    wanted.push(of_reasons(words));
                }
                wanted
            }
            Do::AllNegatives(_, said) => {
                let negatives: BTreeSet<&TilePath> = negatives.iter().filter(|tile| *tile != positive).collect();
                negatives.into_iter().map(|tile| of_tile(tile, *said)).collect()
            }
            Do::Note(_, note) => vec![of_row("note", Some(NOTES[*note].to_owned()).filter(|note| !note.is_empty()))],
            Do::Tags(_, tags) => {
                let tags: BTreeSet<&str> = tags.iter().map(|tag| TAGS[*tag]).collect();
                vec![of_row("tags", Some(format!("{tags:?}")).filter(|_| !tags.is_empty()))]
            }
            _ => Vec::new(),
        }
    }

    /// Is the positive wrong, by its mark or else by the reason of a rejected row?
    fn is_wrong(&self, row: usize) -> bool {
        let says = |field| self.text(row, field, None).unwrap_or_default();
        match self.text(row, "tile", Some(&self.rows[row].0)) {
            Some(mark) => mark == "not_relevant",
            None => says("verdict") == "reject" && says("reasons").split(' ').any(|word| word == "wrong_positive"),
        }
    }

    fn standing(&self, row: usize) -> SampleStatus {
        let (positive, negatives) = &self.rows[row];
        let verdict = self.text(row, "verdict", None).map(|word| word.parse().unwrap());
        let negatives: BTreeSet<&TilePath> = negatives.iter().collect();
        let said = |tile: &TilePath, word| self.text(row, "tile", Some(tile)) == Some(word);
        let tiles: BTreeSet<&TilePath> = negatives.iter().copied().chain([positive]).collect();
        let unsaid = tiles.into_iter().filter(|tile| self.text(row, "tile", Some(tile)).is_none());
        let any_unsure =
            self.fields.iter().any(|((of, field, _), value)| (*of, *field) == (row, "tile") && value.0 == "unsure");
        SampleStatus {
            verdict,
            false_negatives: negatives.into_iter().filter(|tile| said(tile, "relevant")).count() as u16,
            wrong_positive: self.is_wrong(row),
            noted: self.text(row, "note", None).is_some(),
            tagged: self.text(row, "tags", None).is_some(),
            flagged: self.text(row, "tags", None).is_some_and(|tags| tags.contains(&format!("{LOOK_AGAIN:?}"))),
            undecided: verdict == Some(Verdict::Unsure) || any_unsure,
            conflict: false,
            unconfirmed: if verdict == Some(Verdict::Accept) { unsaid.count() as u16 } else { 0 },
            shard_missing: false,
        }
    }
}

fn path(number: u32) -> TilePath {
    TilePath::new(&tile(0, 1, number))
}

/// The program's side: a session, and everything it ever wrote.
struct Real {
    session: AuditSession,
    events: Vec<Event>,
    /// How many of them the file has.
    filed: usize,
}

impl Real {
    fn act(&mut self, what: &Do, root: &Path) -> Option<usize> {
        let session = &mut self.session;
        let action = match what.clone() {
            Do::Accept(sample, seen) => JudgeAction::Accept {
                sample,
                seen: seen.into_iter().map(path).collect(),
                inspected: Vec::new(),
                copies: Vec::new(),
            },
            Do::Verdict(sample, verdict) => JudgeAction::Verdict(sample, verdict),
            Do::Reason(sample, reason) => JudgeAction::ToggleReason(sample, reason),
            Do::Relevance(sample, tile, said) => JudgeAction::Relevance(sample, path(tile), said),
            Do::AllNegatives(sample, said) => JudgeAction::AllNegatives(sample, said),
            Do::Note(sample, note) => JudgeAction::Note(sample, NOTES[note].to_owned()),
            Do::Tags(sample, tags) => {
                JudgeAction::Tags(sample, tags.into_iter().map(|tag| TAGS[tag].to_owned()).collect())
            }
            Do::Propagate(carried) => {
                let from = StepId { session: "another".into(), seq: 3 };
                // Whoever offers rows knows which there are.
                let there = carried.into_iter().filter(|(sample, ..)| *sample < session.standings().len());
                let carried =
                    |(sample, tile, relevance)| CarriedMark { sample, tile: path(tile), relevance, from: from.clone() };
                JudgeAction::Propagate(there.map(carried).collect())
            }
            Do::Undo => JudgeAction::Undo,
            Do::Redo => JudgeAction::Redo,
            Do::GoBack(left) => JudgeAction::GoBack(left % (session.depth().0 + 1)),
            Do::BringBack(number) => {
                let names: Vec<StepId> = session.history().branches().flatten().map(|step| step.made.clone()).collect();
                let nothing = StepId { session: "nobody".into(), seq: 1 };
                JudgeAction::BringBack(number.checked_rem(names.len()).map_or(nothing, |at| names[at].clone()))
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
        applied.sample
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

    /// The present marks of tiles, as the model has them.
    fn marks(&self) -> BTreeMap<(usize, TilePath), (usize, String)> {
        let mut marks = BTreeMap::new();
        for (at, event) in self.events.iter().enumerate() {
            let FieldChange::Relevance(tile, said) = &event.change else { continue };
            let field = (self.session.dataset.find(event.sample).unwrap(), tile.clone());
            match said {
                Some(said) if event.origin.confirmed_by.is_none() => marks.insert(field, (at, said.word().to_owned())),
                _ => marks.remove(&field),
            };
        }
        marks
    }

    /// The fields that stand, as the model has them.
    fn fields(&self) -> BTreeMap<Name, Value> {
        let (session, origins) = (&self.session, self.session.origins());
        let mut fields = BTreeMap::new();
        for row in 0..session.dataset.samples.len() {
            let Some(judgement) = session.judgement(row) else { continue };
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
    fn whatever_is_done_undone_and_done_again_over_restarts_is_what_a_pile_of_steps_would_leave((rows, steps) in case()) {
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
            let stood = real.fields();
            model.marks = real.marks();
            let led_to = real.act(step, dir.path());
            prop_assert_eq!(led_to, model.act(step), "step {}, {:?}: where it leads", at, step);
            prop_assert_eq!(&real.fields(), &model.fields, "step {}, {:?}: what stands", at, step);
            prop_assert_eq!(real.session.depth(), (model.undo.len(), model.redo.len()), "step {}, {:?}", at, step);
            // What changed nothing wrote nothing; what did wrote it.
            let moved = depth != (model.steps, model.undo.len(), model.redo.len()) || stood != model.fields;
            prop_assert_eq!(real.events.len() > before, moved, "step {}, {:?}: what was written", at, step);
            // What was said last of a tile counts, whether or not the row said so before.
            if let Do::Relevance(row, number, Some(said)) = step
                && *row < rows.len()
            {
                model.marks = real.marks();
                prop_assert!(!model.is_overruled(&(*row, "tile", Some(path(*number)))), "step {}, {:?}: {:?}", at, step, said);
            }
            // Nothing that was said once is out of reach: every step is somewhere, and every branch whole.
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
            prop_assert_eq!(judged.count(), model.judged, "step {}, {:?}: what can be reached", at, step);
            for row in 0..rows.len() {
                prop_assert_eq!(real.session.standings()[row], model.standing(row), "step {}, {:?}: row {}", at, step, row);
            }
            let of = |counts: &dyn Fn(&SampleStatus) -> usize| (0..rows.len()).map(|row| counts(&model.standing(row))).sum::<usize>();
            let with = |verdict| of(&move |standing| usize::from(standing.verdict == Some(verdict)));
            let tally = &real.session.tally;
            prop_assert_eq!(
                [tally.judged, tally.accepted, tally.rejected, tally.unsure, tally.false_negatives, tally.wrong_positives],
                [
                    of(&|standing| usize::from(standing.verdict.is_some())),
                    with(Verdict::Accept), with(Verdict::Reject), with(Verdict::Unsure),
                    of(&|standing| usize::from(standing.false_negatives)),
                    of(&|standing| usize::from(standing.wrong_positive)),
                ],
                "step {}, {:?}", at, step
            );
        }
    }
}
