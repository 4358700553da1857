//! The common inputs of all writers: the dataset, the plan, the target folder and the progress
//! callback.

use tilejury_data::Dataset;

use super::ExportError;
use super::added::AddedTile;
use super::folder::ExportFolder;
use super::options::ExportOptions;
use super::plan::{ExportPlan, PlannedRow};
use super::rows::{RowToWrite, rows};
use crate::answers::Answers;
use crate::judgement::Judgements;
use crate::progress::{Progress, ProgressStep, Stage};

/// Rows between two progress reports.
pub(super) const ROWS_PER_REPORT: usize = 1024;

pub(super) struct ExportContext<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) judgements: &'a Judgements,
    pub(super) answers: &'a Answers,
    pub(super) plan: &'a ExportPlan,
    /// The added tiles that are graded as relevant.
    pub(super) added: &'a [AddedTile],
    pub(super) options: &'a ExportOptions,
    pub(super) folder: &'a ExportFolder,
    pub(super) progress: &'a dyn Progress,
}

impl ExportContext<'_> {
    /// Reports progress.
    ///
    /// # Errors
    /// When somebody stopped the work.
    pub(super) fn report_progress(&self, step: ProgressStep) -> Result<(), ExportError> {
        Ok(self.progress.report(step)?)
    }

    /// Returns each split's name with its planned rows, in the dataset's order, including splits
    /// without rows.
    pub(super) fn splits(&self) -> impl Iterator<Item = (&str, &[PlannedRow])> {
        let names = self.dataset.splits.iter().map(|split| split.name.as_str());
        names.zip(self.plan.by_split(self.dataset))
    }

    /// Returns the rows of a split in order and reports progress. `before` rows were written before
    /// these.
    pub(super) fn rows<'s>(
        &'s self,
        planned: &'s [PlannedRow],
        before: usize,
    ) -> impl Iterator<Item = Result<RowToWrite, ExportError>> + use<'s> {
        rows(self.dataset, planned).enumerate().map(move |(at, row)| {
            if at.is_multiple_of(ROWS_PER_REPORT) {
                self.report_progress(Stage::Writing.step(before + at, self.plan.rows.len()))?;
            }
            row
        })
    }

    /// Calls `each` for every written row, and reports progress.
    ///
    /// # Errors
    /// Those of `each`, and when somebody stopped the work.
    pub(super) fn each_row(
        &self,
        mut each: impl FnMut(&RowToWrite) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut before = 0;
        for (_, planned) in self.splits() {
            for row in self.rows(planned, before) {
                each(&row?)?;
            }
            before += planned.len();
        }
        self.report_progress(Stage::Writing.step(before, before))
    }
}
