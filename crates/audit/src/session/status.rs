//! The state of each sample as the queue needs it: what a judgement of the sample says, and what is
//! known of it besides. Judges nothing.

use std::collections::HashSet;

use tilejury_data::{MissingShards, Sample, SampleIndex};

use super::AuditSession;
use crate::answers::Conflict;
use crate::judgement::{Judgement, LOOK_AGAIN, Verdict};

/// The state of a sample as the queue needs it: a few bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleStatus {
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// The number of negatives judged relevant, at most 65,535.
    pub false_negatives: u16,
    /// Whether the positive was judged not relevant.
    pub wrong_positive: bool,
    /// Whether there is a note.
    pub has_note: bool,
    /// Whether there is a tag, the flag included.
    pub has_tags: bool,
    /// Whether it is flagged to be seen again.
    pub flagged: bool,
    /// Whether the verdict or the relevance of a tile is unsure.
    pub undecided: bool,
    /// Whether it is a row of a conflict. Set by [`AuditSession::set_conflicts`], not by a
    /// judgement of the sample.
    pub conflict: bool,
    /// The number of different tiles of an accepted sample that have no relevance because they were
    /// not visible, at most 65,535.
    pub unconfirmed: u16,
    /// Whether the row names a tile of a shard that is missing. Set by
    /// [`AuditSession::set_missing_shards`], not by a judgement.
    pub shard_missing: bool,
    /// The kinds of findings of the last check, a bit each: see [`crate::check::ROW_KINDS`]. Set by
    /// [`AuditSession::set_check_findings`], not by a judgement.
    pub check: u16,
}

impl SampleStatus {
    /// The status of a judged sample. What does not follow from its judgement stays as it was.
    pub(super) fn judged(self, judgement: &Judgement, sample: &Sample) -> Self {
        Self {
            verdict: judgement.verdict,
            false_negatives: u16::try_from(judgement.false_negatives(sample)).unwrap_or(u16::MAX),
            wrong_positive: judgement.wrong_positive(sample),
            has_note: !judgement.note.is_empty(),
            has_tags: !judgement.tags.is_empty(),
            flagged: judgement.tags.contains(LOOK_AGAIN),
            undecided: judgement.is_undecided(),
            unconfirmed: u16::try_from(judgement.unconfirmed(sample)).unwrap_or(u16::MAX),
            conflict: self.conflict,
            shard_missing: self.shard_missing,
            check: self.check,
        }
    }
}

impl AuditSession {
    /// The status of each sample, by index.
    pub fn statuses(&self) -> &[SampleStatus] {
        &self.statuses
    }

    /// Sets which samples are rows of conflicts. Returns whether that changed.
    pub fn set_conflicts(&mut self, conflicts: &[Conflict]) -> bool {
        let rows: HashSet<SampleIndex> = conflicts.iter().flat_map(Conflict::rows).collect();
        let mut changed = false;
        for (index, status) in self.dataset.indices().zip(&mut self.statuses) {
            let conflict = rows.contains(&index);
            changed |= std::mem::replace(&mut status.conflict, conflict) != conflict;
        }
        changed
    }

    /// Sets which samples name a tile of a missing shard, for [`SampleStatus::shard_missing`].
    pub fn set_missing_shards(&mut self, missing: &MissingShards) {
        for (index, status) in self.dataset.indices().zip(&mut self.statuses) {
            status.shard_missing = missing.concerns(index);
        }
    }

    /// Sets the findings of each sample, for [`SampleStatus::check`].
    pub(crate) fn set_check(&mut self, check: &[u16]) {
        for (status, check) in self.statuses.iter_mut().zip(check) {
            status.check = *check;
        }
    }
}
