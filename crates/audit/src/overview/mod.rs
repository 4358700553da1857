//! The overview of a dataset: progress, histograms, hubs, copies, signals, annotators, and its
//! problems in words, the worst first.
//!
//! Everything is counted from data that the caller read; nothing here opens a file. Every bar has
//! the search that lists its rows, if there is one.

mod bar;
mod copies;
mod hubs;
mod judged;
mod mining;
mod problems;
mod rows;
mod signals;
mod team;
mod team_rows;
mod work;

use serde::Serialize;
use tilejury_data::{Dataset, MissingShards, SampleIndex};

use crate::decisions::Decisions;
use crate::event::Event;
use crate::judgement::{Judgements, Verdict};
use crate::progress::{Cancelled, Progress};
use crate::suspicion::Findings;
use crate::time::Timestamp;

pub use bar::Bar;
pub use copies::CopyCluster;
pub use hubs::HubTile;
pub use judged::{AnnotatorCount, DayVerdicts, PositionCount};
pub use mining::{ImportedBars, MiningBars};
pub use problems::Problem;
use rows::RowTotals;
pub use rows::SplitProgress;
pub use signals::SignalCount;
pub use team::{GoldAnswers, PartDone, TeamFigures, TeamInputs, TeamMember, WaitingRows};
pub use team_rows::{TeamNumber, TeamRows};
pub use work::{AnnotatorWork, WorkBlock};

/// The number of rows between two reports, which can cancel the work.
const ROWS_PER_REPORT: usize = 4096;

/// The data that an overview is made from.
pub struct OverviewInputs<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// The judgements that count.
    pub judgements: &'a Judgements,
    /// The decisions that count.
    pub decisions: &'a Decisions,
    /// The events of all annotators, in stored order.
    pub events: &'a [Event],
    /// The events of audits, in stored order.
    pub answers: &'a [Event],
    /// The findings, once there are any.
    pub findings: Option<&'a Findings>,
    /// The missing shards, as far as they were looked for.
    pub missing: &'a MissingShards,
    /// Judgements up to this moment do not count for the signals.
    pub since: Option<Timestamp>,
}

/// The overview of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Overview {
    /// All rows.
    pub rows: usize,
    /// The rows with a verdict.
    pub judged: usize,
    /// The rows that are certainly wrong, judged or not. Missing shards do not count.
    pub wrong: usize,
    /// Those of them with a verdict.
    pub wrong_judged: usize,
    /// The other rows with a score of 50 % or more: they are more likely wrong than not.
    pub likely: usize,
    /// Those of them with a verdict.
    pub likely_judged: usize,
    /// The search that lists these.
    pub likely_search: String,
    /// The problems, the worst first.
    pub problems: Vec<Problem>,
    /// The progress of each split, in the dataset's order.
    pub splits: Vec<SplitProgress>,
    /// The accepted and rejected rows by the day of their verdict.
    pub days: Vec<DayVerdicts>,
    /// The rejected and unsure rows by reason, the most first.
    pub reasons: Vec<Bar>,
    /// The rows by their score, those without a score last.
    pub suspicion: Vec<Bar>,
    /// The rows by their number of negatives.
    pub negatives: Vec<Bar>,
    /// The judged negatives by their position in the row, and the false ones among them.
    pub positions: Vec<PositionCount>,
    /// The rows by what their own fields record of mining.
    pub mining: MiningBars,
    /// The rows by the scores of each imported source.
    pub imported: Vec<ImportedBars>,
    /// The tiles that are negatives of unusually many rows, the most first.
    pub hubs: Vec<HubTile>,
    /// Groups of tiles that show the same picture, the largest first.
    pub copies: Vec<CopyCluster>,
    /// The signals that were raised, those of most rows first.
    pub signals: Vec<SignalCount>,
    /// The annotators, those with most rows first.
    pub annotators: Vec<AnnotatorCount>,
    /// Their pace, their findings, and how both change, those with most rows first.
    pub work: Vec<AnnotatorWork>,
}

/// Rows that no finding is about, and the judged ones among them.
#[derive(Clone, Copy, Debug, Default)]
struct RowCounts {
    /// Rows with the query and the positive of an earlier row of their split.
    repeated: (usize, usize),
    /// Rows without negatives.
    without_negatives: (usize, usize),
}

impl Overview {
    /// Counts everything. Reads rows only as long as there are no findings, and for copies.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn count(inputs: &OverviewInputs<'_>, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let dataset = inputs.dataset;
        let verdicts = verdicts(inputs);
        let is_judged = |sample: SampleIndex| verdicts.get(sample.index()).is_some_and(Option::is_some);
        let values = inputs.findings.map(Findings::row_values);
        let values = values.filter(|values| values.rows() == dataset.samples.len());
        let totals = RowTotals::count(inputs, &verdicts, values, progress)?;
        let counts = RowCounts { repeated: totals.repeated, without_negatives: totals.without_negatives() };
        let (mining, imported) = values.map(|values| mining::bars(values, is_judged)).unwrap_or_default();
        let mut overview = Self {
            rows: dataset.samples.len(),
            judged: totals.judged,
            wrong: totals.wrong().0,
            wrong_judged: totals.wrong().1,
            likely: totals.likely.0,
            likely_judged: totals.likely.1,
            likely_search: totals.likely_search(),
            days: judged::days(inputs),
            reasons: judged::reasons(inputs),
            suspicion: totals.suspicion_bars(),
            negatives: totals.negatives_bars(),
            positions: judged::positions(inputs),
            mining,
            imported,
            annotators: judged::annotators(inputs),
            work: work::annotators(inputs),
            splits: totals.splits,
            ..Self::default()
        };
        if let Some(findings) = inputs.findings {
            overview.hubs = hubs::largest(dataset, findings);
            overview.copies = copies::clusters(dataset, findings, progress)?;
            overview.signals = signals::counts(findings, inputs, is_judged);
        }
        overview.problems = problems::find(inputs, counts, is_judged);
        Ok(overview)
    }

    /// Whether there is anything to see besides the rows themselves: a judgement or a problem.
    pub fn says_something(&self) -> bool {
        self.judged > 0 || !self.problems.is_empty()
    }
}

/// The verdict of each row.
fn verdicts(inputs: &OverviewInputs<'_>) -> Vec<Option<Verdict>> {
    let mut verdicts = vec![None; inputs.dataset.samples.len()];
    for (key, judgement) in inputs.judgements {
        if let Some(verdict) = inputs.dataset.find(*key).and_then(|sample| verdicts.get_mut(sample.index())) {
            *verdict = judgement.verdict;
        }
    }
    verdicts
}
