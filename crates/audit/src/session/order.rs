//! The samples in the order in which they were judged. Only reads.

use tilejury_data::SampleIndex;

use super::AuditSession;
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
}
