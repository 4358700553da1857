//! The order of judging: the samples by their verdicts, and the last note. Only reads.

use std::collections::HashSet;

use tilejury_data::SampleIndex;

use super::AuditSession;
use crate::history::{UndoEdit, UndoStep};
use crate::judgement::FieldChange;

impl AuditSession {
    /// The samples with a verdict, the one judged last first. Verdicts that were undone do not
    /// count.
    pub fn judged_samples(&self) -> Vec<SampleIndex> {
        let mut seen = vec![false; self.statuses.len()];
        let edits = self.history.undo.iter().rev().flat_map(|step| step.edits.iter().rev());
        let judged = edits.filter(|edit| matches!(edit.after, FieldChange::Verdict(Some(_))));
        let mut samples: Vec<SampleIndex> = judged
            .filter_map(|edit| self.dataset.find(edit.sample))
            .filter(|index| self.statuses.get(index.index()).is_some_and(|status| status.verdict.is_some()))
            .filter(|index| seen.get_mut(index.index()).is_some_and(|seen| !std::mem::replace(seen, true)))
            .collect();
        // Verdicts that are not on the undo stack, such as those of another window.
        let others = self.dataset.indices().filter(|index| {
            !seen[index.index()] && self.statuses.get(index.index()).is_some_and(|status| status.verdict.is_some())
        });
        samples.extend(others.collect::<Vec<_>>());
        samples
    }

    /// The sample that got a verdict last and still has one. If the cursor is on a judged sample,
    /// the one judged before it.
    pub fn judged_before(&self, cursor: SampleIndex) -> Option<SampleIndex> {
        let judged = |step: &UndoStep| {
            // Nobody was at the rows of a bulk verdict.
            let is_verdict =
                |edit: &&UndoEdit| matches!(edit.after, FieldChange::Verdict(Some(_))) && !edit.origin.bulk;
            let edit = step.edits.iter().find(is_verdict)?;
            let index = self.dataset.find(edit.sample)?;
            self.statuses.get(index.index())?.verdict.map(|_| index)
        };
        let mut seen = HashSet::new();
        let mut judged = self.history.undo.iter().rev().filter_map(judged).filter(|index| seen.insert(*index));
        let has_verdict = self.statuses.get(cursor.index()).is_some_and(|status| status.verdict.is_some());
        if !has_verdict {
            return judged.next();
        }
        let last = judged.next()?;
        let passed_cursor = last == cursor || judged.by_ref().any(|index| index == cursor);
        if passed_cursor { judged.next() } else { Some(last) }
    }

    /// The note that was written last on another sample than this one, and that sample.
    pub fn last_note(&self, except: SampleIndex) -> Option<(SampleIndex, &str)> {
        self.history.undo.iter().rev().flat_map(|step| step.edits.iter().rev()).find_map(|edit| {
            let index = self.dataset.find(edit.sample).filter(|index| *index != except)?;
            match &edit.after {
                FieldChange::Note(note) if !note.is_empty() => Some((index, note.as_str())),
                _ => None,
            }
        })
    }
}
