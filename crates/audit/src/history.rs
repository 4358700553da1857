//! Undo and redo. An undo is a new step that restores the values before; nothing is ever deleted, so the stacks can be
//! rebuilt from the events after a restart.

use std::collections::BTreeSet;

use tilejury_data::{Sample, SampleKey, TilePath};

use crate::event::{Event, StepId};
use crate::judgement::{Change, Judgements, LOOK_AGAIN, Relevance, Verdict};
use crate::origin::{Origin, Origins};
use crate::time::Timestamp;
use crate::words::{capital, count};

/// One field of one sample: its value before and after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The sample.
    pub sample: SampleKey,
    /// What would restore the value before.
    pub before: Change,
    /// What the step set.
    pub after: Change,
    /// How the value before had come about.
    pub origin_before: Origin,
    /// How the value came about that the step set.
    pub origin: Origin,
}

/// A step that can be taken back, or done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The step's name. On the redo stack: the name of the undo that put it there.
    pub id: StepId,
    /// What it changed, in order.
    pub edits: Vec<Edit>,
    /// When it was made first.
    pub at: Timestamp,
}

/// The two stacks of one annotator.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What undo takes back, last first.
    pub undo: Vec<Step>,
    /// What redo does again, last first.
    pub redo: Vec<Step>,
}

impl History {
    /// Takes in a step that was just made.
    pub fn push(&mut self, step: Step) {
        self.undo.push(step);
        self.redo.clear();
    }

    /// Forgets the steps that touch any sample that `known` does not admit.
    pub fn retain(&mut self, known: impl Fn(SampleKey) -> bool) {
        for stack in [&mut self.undo, &mut self.redo] {
            stack.retain(|step| step.edits.iter().all(|edit| known(edit.sample)));
        }
    }

    /// Replays one annotator's events, in their stored order, onto `judgements` and `origins`, and returns the stacks they
    /// leave.
    pub fn replay(events: &[Event], judgements: &mut Judgements, origins: &mut Origins) -> Self {
        let mut history = Self::default();
        for step in events.chunk_by(|a, b| a.step == b.step) {
            let edits: Vec<Edit> = step
                .iter()
                .map(|event| {
                    let judgement = judgements.entry(event.sample).or_default();
                    let before = judgement.present(&event.change);
                    judgement.apply(event.change.clone());
                    let origin_before = origins.get(event.sample, &event.change);
                    origins.set(event.sample, &event.change, event.origin.clone());
                    let (after, origin) = (event.change.clone(), event.origin.clone());
                    Edit { sample: event.sample, before, after, origin_before, origin }
                })
                .collect();
            if let Some(first) = step.first() {
                history.take_in(first, edits);
            }
        }
        judgements.retain(|_, judgement| !judgement.is_empty());
        history
    }

    fn take_in(&mut self, first: &Event, edits: Vec<Edit>) {
        let id = &first.step;
        let step = Step { id: id.clone(), edits, at: first.at };
        let Some(undone) = &first.undoes else { return self.push(step) };
        if let Some(at) = self.undo.iter().rposition(|step| step.id == *undone) {
            let step = self.undo.remove(at);
            self.redo.push(Step { id: id.clone(), ..step });
        } else if let Some(at) = self.redo.iter().rposition(|step| step.id == *undone) {
            let step = self.redo.remove(at);
            self.undo.push(Step { id: id.clone(), ..step });
        } else {
            self.push(step);
        }
    }
}

impl Step {
    /// What it did, for a person: `Accepted, 3 tiles confirmed`. `sample` is the sample it was done to.
    pub fn sentence(&self, sample: Option<&Sample>) -> String {
        let tiles: Vec<(&TilePath, Option<Relevance>)> = self
            .edits
            .iter()
            .filter_map(|edit| match &edit.after {
                Change::Relevance(tile, relevance) => Some((tile, *relevance)),
                _ => None,
            })
            .collect();
        let mut parts: Vec<String> = self.edits.iter().filter_map(Edit::words).collect();
        let accepts = self.edits.iter().any(|edit| edit.after == Change::Verdict(Some(Verdict::Accept)));
        match tiles.as_slice() {
            [] => {}
            [(tile, relevance)]
                if parts.is_empty() && self.edits.iter().all(|edit| edit.origin.propagated_from.is_none()) =>
            {
                parts.push(tile_words(tile, *relevance, sample));
            }
            [(_, relevance), ..] if self.edits.iter().any(|edit| edit.origin.propagated_from.is_some()) => {
                let rows: BTreeSet<SampleKey> = self.edits.iter().map(|edit| edit.sample).collect();
                let same = tiles.iter().all(|(_, other)| other == relevance);
                let what = if same { format!(": {}", relevance_words(*relevance)) } else { String::new() };
                parts.push(format!("Carried over to {}{what}", count(rows.len(), "row")));
            }
            [(tile, relevance)] if !accepts => parts.push(tile_words(tile, *relevance, sample)),
            tiles if !parts.is_empty() => parts.push(format!("{} confirmed", count(tiles.len(), "tile"))),
            [(_, relevance), ..] => {
                parts.push(format!("{}: {}", count(tiles.len(), "negative"), relevance_words(*relevance)));
            }
        }
        parts.join(", ")
    }
}

impl Edit {
    /// In words, but for what was said of tiles.
    fn words(&self) -> Option<String> {
        Some(match (&self.before, &self.after) {
            (_, Change::Verdict(Some(verdict))) => verdict.label().to_owned(),
            (_, Change::Verdict(None)) => "Verdict cleared".to_owned(),
            (_, Change::Reasons(reasons)) if reasons.is_empty() => "No reasons".to_owned(),
            (_, Change::Reasons(reasons)) => {
                let words: Vec<&str> = reasons.iter().map(|reason| reason.label()).collect();
                format!("Reasons: {}", words.join(", ").to_lowercase())
            }
            (_, Change::Note(note)) if note.is_empty() => "Note removed".to_owned(),
            (_, Change::Note(note)) => format!("Note: {}", note.replace('\n', " ")),
            (Change::Tags(before), Change::Tags(after)) => {
                let name = |tag: &String| if tag == LOOK_AGAIN { "flag".to_owned() } else { format!("tag {tag}") };
                let added = after.difference(before).map(|tag| format!("{} added", name(tag)));
                let removed = before.difference(after).map(|tag| format!("{} removed", name(tag)));
                capital(&added.chain(removed).collect::<Vec<_>>().join(", "))
            }
            (_, Change::Tags(_) | Change::Relevance(..)) => return None,
        })
    }
}

fn tile_words(tile: &TilePath, relevance: Option<Relevance>, sample: Option<&Sample>) -> String {
    let at = sample.and_then(|sample| sample.tiles().position(|known| known.path == *tile));
    let name = match at {
        Some(0) => "Positive".to_owned(),
        Some(at) => format!("Negative {at}"),
        None => tile.tail().to_owned(),
    };
    format!("{name}: {}", relevance_words(relevance))
}

fn relevance_words(relevance: Option<Relevance>) -> String {
    relevance.map_or("mark cleared".to_owned(), |relevance| relevance.label().to_lowercase())
}
