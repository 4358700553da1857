//! A blind second pass: its beginning, its progress, the comparison of both judgements, and the
//! decision between them. What a running pass puts aside is in `rounds.rs`.
//!
//! Draws nothing. Which commands run during a pass is in `crate::command`.

use std::collections::HashMap;

use tilejury_audit::second_pass::{PassResult, RowDifference, SecondPass, settled_rows};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{Event, KeptJudgement, now};
use tilejury_data::{Dataset, SampleIndex, SampleKey};

use super::{Review, RoundKind};

/// The second passes of the annotator.
#[derive(Default)]
pub(crate) struct SecondPasses {
    /// All of them, the oldest first. If one runs, it is the last.
    all: Vec<SecondPass>,
    outcome: Option<PassOutcome>,
}

/// The comparison of a pass, and what was settled.
pub(crate) struct PassOutcome {
    pub(crate) result: PassResult,
    settled: HashMap<SampleKey, KeptJudgement>,
    /// The numbers of passes and of the pass's events that the result belongs to.
    of: (usize, usize),
    /// The version of the review that the settled rows belong to.
    version: u64,
}

/// The progress of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PassProgress {
    pub(crate) seed: u32,
    pub(crate) judged: usize,
    pub(crate) rows: usize,
}

impl PassProgress {
    pub(crate) fn is_finished(self) -> bool {
        self.judged >= self.rows
    }
}

impl SecondPasses {
    /// `all`: those of the annotator, the oldest first.
    pub(super) fn new(all: Vec<SecondPass>) -> Self {
        Self { all, ..Self::default() }
    }

    /// Keeps the changes of passes.
    pub(super) fn record(&mut self, events: &[Event]) {
        self.all.iter_mut().for_each(|pass| pass.record(events));
    }

    /// The comparison of the last pass, as of the last [`Review::compare_pass`].
    pub(crate) fn outcome(&self) -> Option<&PassOutcome> {
        self.outcome.as_ref()
    }
}

impl PassOutcome {
    /// The decision about a row of the pass, if there is one.
    pub(crate) fn settled(&self, dataset: &Dataset, row: SampleIndex) -> Option<KeptJudgement> {
        self.settled.get(&dataset.samples.get(row.index())?.key).copied()
    }

    /// A row whose two judgements differ, with its position among all such rows.
    pub(crate) fn difference(&self, row: SampleIndex) -> Option<(usize, &RowDifference)> {
        self.result.differences.iter().enumerate().find(|(_, difference)| difference.sample == row)
    }
}

impl Review {
    /// The number of rows that a second pass could draw.
    pub(crate) fn pass_candidates(&self) -> usize {
        self.session.pass_candidates().len()
    }

    /// The last pass, if not all of its rows are judged again.
    pub(crate) fn unfinished_pass(&self) -> Option<PassProgress> {
        let pass = self.passes.all.last()?;
        let (judged, rows) = pass.progress(self.dataset());
        Some(PassProgress { seed: pass.id.seed, judged, rows }).filter(|progress| !progress.is_finished())
    }

    /// The progress of the running pass.
    pub(crate) fn pass_progress(&self) -> Option<PassProgress> {
        let running = self.round.as_ref().filter(|round| round.kind == RoundKind::SecondPass)?;
        let seed = self.passes.all.last()?.id.seed;
        Some(PassProgress { seed, judged: running.judged(&self.session), rows: running.len() })
    }

    /// Draws rows for a new pass, stores them and begins it. Returns whether it did: without a row
    /// to draw, there is none.
    pub(crate) fn begin_pass(&mut self, number: usize, seed: u32) -> bool {
        if self.is_in_round() {
            return false;
        }
        self.finish_running();
        let Some((pass, events)) = self.session.draw_second_pass(seed, number, now()) else { return false };
        let records: Vec<SampleRecord> = self.records(&events);
        self.saving.record(events, records);
        self.passes.all.push(pass);
        self.resume_pass()
    }

    /// Begins the last pass, or goes on with it. Returns whether it did.
    pub(crate) fn resume_pass(&mut self) -> bool {
        self.finish_running();
        let Some(pass) = self.passes.all.last() else { return false };
        let (order, session) = (pass.rows_in(self.dataset()), self.session.of_pass(pass));
        self.enter_round(RoundKind::SecondPass, order, session)
    }

    /// Compares the two judgements of the last pass, if that or what was settled has changed.
    pub(crate) fn compare_pass(&mut self) {
        let Some(pass) = self.passes.all.last().filter(|_| self.round.is_none()) else { return };
        let of = (self.passes.all.len(), pass.events.len());
        if let Some(outcome) = self.passes.outcome.as_ref().filter(|outcome| outcome.of == of)
            && outcome.version == self.version
        {
            return;
        }
        let known = self.passes.outcome.take().filter(|outcome| outcome.of == of).map(|outcome| outcome.result);
        let result = known.unwrap_or_else(|| PassResult::new(pass, self.dataset()));
        let settled = settled_rows(self.session.history(), &pass.id);
        self.passes.outcome = Some(PassOutcome { result, settled, of, version: self.version });
    }

    /// Whether the two judgements of the current row differ, and nobody has decided between them.
    pub(crate) fn can_settle(&self) -> bool {
        let outcome = self.passes.outcome().filter(|outcome| outcome.difference(self.cursor()).is_some());
        outcome.is_some_and(|outcome| outcome.settled(self.dataset(), self.cursor()).is_none())
    }

    /// The row whose judgements differ after the current one, round and round; first those that are
    /// not settled. `None` if no other row has two different judgements.
    pub(crate) fn next_changed(&self) -> Option<SampleIndex> {
        let outcome = self.passes.outcome()?;
        let rows: Vec<SampleIndex> = outcome.result.differences.iter().map(|difference| difference.sample).collect();
        let from = outcome.difference(self.cursor()).map_or(0, |(at, _)| at + 1);
        let others = rows[from..].iter().chain(&rows[..from]).copied().filter(|row| *row != self.cursor());
        let is_open = |row: &SampleIndex| outcome.settled(self.dataset(), *row).is_none();
        others.clone().find(is_open).or(others.clone().next())
    }

    /// Decides between the two judgements of a row of the last pass. Returns the step in words, if
    /// it changed anything.
    pub(crate) fn settle(&mut self, row: SampleIndex, kept: KeptJudgement) -> Option<String> {
        let pass = self.passes.all.last().filter(|_| self.round.is_none())?;
        let applied = self.session.settle(pass, row, kept, now());
        if applied.events.is_empty() {
            return None;
        }
        self.record(&applied.events);
        self.stats.count_tags(&self.session);
        self.refresh_derived();
        Some(format!("{}: {}", kept.label(), self.dataset().describe_position(row)))
    }
}
