//! Sentences about steps for a person. Must not decide anything by those sentences.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use tilejury_data::{Sample, SampleKey, TilePath};

use super::{UndoEdit, UndoStep, UndoStepKind};
use crate::judgement::{FieldChange, LOOK_AGAIN, Reason, Relevance, Verdict};
use crate::text::{capital, count};

impl UndoStep {
    /// A sentence for a person, such as `Accepted, 3 tiles confirmed`. `sample` is the sample of
    /// the step.
    pub fn sentence(&self, sample: Option<&Sample>) -> String {
        let tiles: Vec<(&TilePath, Option<Relevance>)> = self
            .edits
            .iter()
            .filter_map(|edit| match &edit.after {
                FieldChange::Relevance(tile, relevance) => Some((tile, *relevance)),
                _ => None,
            })
            .collect();
        match &self.kind {
            UndoStepKind::Judged => {}
            UndoStepKind::HistoryMove { steps, .. } => {
                return format!("Went back: {} undone", count(steps.len(), "step"));
            }
            UndoStepKind::Restored { steps } => return format!("Restored {}", count(steps.len(), "step")),
        }
        if let Some(settlement) = self.edits.iter().find_map(|edit| edit.origin.settles.as_ref()) {
            return settlement.kept.label().to_owned();
        }
        if self.is_bulk() {
            return self.bulk_sentence(&tiles);
        }
        let accepts = self.edits.iter().any(|edit| edit.after == FieldChange::Verdict(Some(Verdict::Accept)));
        let verdict = self.edits.iter().position(|edit| matches!(edit.after, FieldChange::Verdict(Some(_))));
        let mut parts = Vec::new();
        for (at, edit) in self.edits.iter().enumerate() {
            match &edit.after {
                // The verdict with its reasons is one part: `Rejected: wrong positive`.
                FieldChange::Reasons(reasons) if verdict.is_some() && !reasons.is_empty() => {}
                FieldChange::Verdict(Some(_)) if verdict == Some(at) => parts.extend(self.verdict_words(edit)),
                _ => parts.extend(edit.words()),
            }
        }
        match tiles.as_slice() {
            [] => {}
            [(tile, relevance)] if parts.is_empty() && !self.is_propagation() => {
                parts.push(tile_words(tile, *relevance, sample));
            }
            [(_, relevance), ..] if self.is_propagation() => {
                let rows: BTreeSet<SampleKey> = self.edits.iter().map(|edit| edit.sample).collect();
                let same = tiles.iter().all(|(_, other)| other == relevance);
                let mark = if same { format!(": {}", relevance_words(*relevance)) } else { String::new() };
                parts.push(format!("Applied to {}{mark}", count(rows.len(), "row")));
            }
            [(tile, relevance)] if !accepts => parts.push(tile_words(tile, *relevance, sample)),
            tiles if !parts.is_empty() => parts.push(format!("{} confirmed", count(tiles.len(), "tile"))),
            [(_, relevance), ..] => {
                parts.push(format!("{}: {}", count(tiles.len(), "negative"), relevance_words(*relevance)));
            }
        }
        parts.join(", ")
    }

    /// A verdict with the reasons that the step gave it.
    fn verdict_words(&self, verdict: &UndoEdit) -> Option<String> {
        let given = self.edits.iter().find_map(|edit| match &edit.after {
            FieldChange::Reasons(reasons) if !reasons.is_empty() => Some(labels(reasons)),
            _ => None,
        });
        let words = verdict.words()?;
        Some(given.map_or(words.clone(), |reasons| format!("{words}: {reasons}")))
    }

    /// The number of rows that the step changed.
    fn rows(&self) -> usize {
        // A bulk step can have very many edits.
        self.edits.iter().map(|edit| edit.sample).collect::<FxHashSet<SampleKey>>().len()
    }

    /// Returns a sentence such as `Rejected: 40 rows`, or for marks of tiles
    /// `Relevant: 3 tiles, not relevant: 9 tiles`.
    fn bulk_sentence(&self, tiles: &[(&TilePath, Option<Relevance>)]) -> String {
        if let Some(words) = self.edits.first().and_then(UndoEdit::reason_words) {
            return format!("{words}: {}", count(self.rows(), "row"));
        }
        if let Some(words) = self.edits.iter().find_map(UndoEdit::words) {
            return format!("{words}: {}", count(self.rows(), "row"));
        }
        let marked = Relevance::ALL.iter().filter_map(|relevance| {
            let tiles = tiles.iter().filter(|(_, mark)| *mark == Some(*relevance)).count();
            (tiles > 0).then(|| format!("{}: {}", relevance_words(Some(*relevance)), count(tiles, "tile")))
        });
        capital(&marked.collect::<Vec<_>>().join(", "))
    }
}

impl UndoEdit {
    /// The one reason that the edit adds or removes, in words; `None` if it does neither.
    fn reason_words(&self) -> Option<String> {
        let (FieldChange::Reasons(before), FieldChange::Reasons(after)) = (&self.before, &self.after) else {
            return None;
        };
        let mut changed = before.symmetric_difference(after);
        let (reason, None) = (changed.next()?, changed.next()) else { return None };
        let done = if after.contains(reason) { "added" } else { "removed" };
        Some(format!("Reason {} {done}", reason.label().to_lowercase()))
    }

    /// The edit in words; `None` for the relevance of a tile.
    fn words(&self) -> Option<String> {
        Some(match (&self.before, &self.after) {
            (_, FieldChange::Verdict(Some(verdict))) => verdict.label().to_owned(),
            (_, FieldChange::Verdict(None)) => "Verdict cleared".to_owned(),
            (_, FieldChange::Reasons(reasons)) if reasons.is_empty() => "No reasons".to_owned(),
            (_, FieldChange::Reasons(reasons)) => {
                let reason = if reasons.len() == 1 { "Reason" } else { "Reasons" };
                format!("{reason}: {}", labels(reasons))
            }
            (_, FieldChange::Note(note)) if note.is_empty() => "Note removed".to_owned(),
            (_, FieldChange::Note(note)) => format!("Note: {}", note.replace('\n', " ")),
            (FieldChange::Tags(before), FieldChange::Tags(after)) => {
                let name = |tag: &String| if tag == LOOK_AGAIN { "flag".to_owned() } else { format!("tag {tag}") };
                let added = after.difference(before).map(|tag| format!("{} added", name(tag)));
                let removed = before.difference(after).map(|tag| format!("{} removed", name(tag)));
                capital(&added.chain(removed).collect::<Vec<_>>().join(", "))
            }
            (_, FieldChange::Tags(_) | FieldChange::Relevance(..)) => return None,
        })
    }
}

/// Reasons as the end of a sentence.
fn labels(reasons: &BTreeSet<Reason>) -> String {
    let words: Vec<&str> = reasons.iter().map(|reason| reason.label()).collect();
    words.join(", ").to_lowercase()
}

fn tile_words(tile: &TilePath, relevance: Option<Relevance>, sample: Option<&Sample>) -> String {
    let at = sample.and_then(|sample| sample.tiles().position(|known| known.path == *tile));
    let name = match at {
        Some(0) => "Positive".to_owned(),
        Some(at) => format!("Negative {at}"),
        None if sample.is_some() => return added_words(tile, relevance),
        None => tile.short_name().into_owned(),
    };
    format!("{name}: {}", relevance_words(relevance))
}

/// A judgement of a tile that the row does not name.
fn added_words(tile: &TilePath, relevance: Option<Relevance>) -> String {
    match relevance {
        Some(Relevance::Relevant) => format!("Added as relevant: {}", tile.short_name()),
        None => format!("No longer added: {}", tile.short_name()),
        Some(_) => format!("Outside the row, {}: {}", tile.short_name(), relevance_words(relevance)),
    }
}

fn relevance_words(relevance: Option<Relevance>) -> String {
    relevance.map_or("mark cleared".to_owned(), |relevance| relevance.label().to_lowercase())
}
