//! The program's side of a case: each action on a session, with restarts, and its state in the form
//! of the model.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{AuditSession, CarriedMark, Event, FieldChange, JudgeAction, Selection, Sidecar, StepId, now};
use tilejury_data::{SampleIndex, TilePath};

use super::model::{Name, Value};
use super::{Do, NOTES, TAGS, path};

/// The program's side: a session with all events that it ever made.
pub(super) struct Real {
    pub(super) session: AuditSession,
    pub(super) events: Vec<Event>,
    /// The number of events that are in the file.
    pub(super) filed: usize,
}

impl Real {
    pub(super) fn act(&mut self, what: &Do, root: &Path) -> Option<usize> {
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
    pub(super) fn marks(&self) -> BTreeMap<(usize, TilePath), (usize, String)> {
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
    pub(super) fn fields(&self) -> BTreeMap<Name, Value> {
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
