//! A session as specified, much simpler than the program's: every action on fields with values, a
//! stack of steps to undo, one to redo, and branches. It shares only the stored words with it.

use std::collections::{BTreeMap, BTreeSet};

use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::session::SampleStatus;
use tilejury_audit::{Reason, Relevance, Verdict};
use tilejury_data::TilePath;

use super::{Do, NOTES, TAGS, TILES, path};

/// The name of a field: the row's number, the field, and the tile if the field belongs to one.
pub(super) type Name = (usize, &'static str, Option<TilePath>);
/// The field's value as text, and whether the sample was selected as suspicious, whether the value
/// was propagated, and whether accepting confirmed it. A field without a value has no entry.
pub(super) type Value = (String, bool, bool, bool);

/// A step: each changed field with its value before and after.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The number of the step.
    name: usize,
    pub(super) fields: Vec<(Name, Option<Value>, Option<Value>)>,
    /// The row that an undo leads to; `None` if the step was about other rows.
    about: Option<usize>,
    /// All fields after the step.
    result: BTreeMap<Name, Value>,
    moved: Option<Moved>,
}

/// A step that moved in the history.
#[derive(Clone, Debug)]
pub(super) enum Moved {
    /// It went back from one state to another, and holds the steps it removed from the stack.
    Back { before: Box<Moment>, after: Box<Moment>, held: Vec<Step> },
    /// It restored the steps with these numbers.
    Again(Vec<usize>),
}

#[derive(Clone, Debug)]
pub(super) struct Moment {
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
pub(super) struct Model {
    pub(super) rows: Vec<(TilePath, Vec<TilePath>)>,
    /// The number of each row's query.
    pub(super) queries: Vec<usize>,
    /// The current marks of tiles, by row and tile: the index among all events, and the value. The
    /// model does not maintain them, but gets them from the events before each step.
    pub(super) marks: BTreeMap<(usize, TilePath), (usize, String)>,
    pub(super) fields: BTreeMap<Name, Value>,
    pub(super) undo: Vec<Step>,
    pub(super) redo: Vec<Step>,
    pub(super) abandoned: Vec<Vec<Step>>,
    pub(super) suspect: bool,
    /// The number of all steps ever made, and of those that judged.
    pub(super) steps: usize,
    pub(super) judged: usize,
}

impl Model {
    /// The action that [`Do::Again`] repeats.
    pub(super) fn again(&self, number: usize) -> Option<Do> {
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
    pub(super) fn is_overruled(&self, (row, _, tile): &Name) -> bool {
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
    pub(super) fn branches(&self) -> Vec<Vec<Step>> {
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
    pub(super) fn act(&mut self, what: &Do) -> Option<usize> {
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

    pub(super) fn status(&self, row: usize) -> SampleStatus {
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
