//! The contents that the rows of a plan will have once they are written, without writing them.

use tilejury_data::Dataset;
use tilejury_rows::{RowKeyTable, RowKeys};

use super::ExportError;
use super::plan::{ExportPlan, PlannedRow};
use super::rows::{line, parsed};
use super::workers::in_parts;

/// Returns the keys of the rows that are written with changes, read from their new lines, in the
/// order of the plan.
///
/// # Errors
/// When a row can no longer be read.
pub(super) fn changed(dataset: &Dataset, plan: &ExportPlan) -> Result<RowKeyTable, ExportError> {
    let changed: Vec<&PlannedRow> = plan.rows.iter().filter(|row| row.rewrite.is_some()).collect();
    let parts = in_parts(&changed, |part| {
        let mut row_keys = RowKeyTable::default();
        part.iter().try_for_each(|planned| {
            let line = line(dataset, planned)?;
            row_keys.push(Some(&parsed(dataset, planned, &line)?));
            Ok::<(), ExportError>(())
        })?;
        Ok(row_keys)
    });
    parts.into_iter().collect::<Result<_, ExportError>>().map(RowKeyTable::joined)
}

/// The rows of a plan as they will be read: unchanged rows from the keys of the dataset, changed
/// rows from the keys of their new lines.
pub(super) struct WrittenRows<'f> {
    row_keys: &'f RowKeyTable,
    plan: &'f ExportPlan,
    changed: &'f RowKeyTable,
}

impl<'f> WrittenRows<'f> {
    /// Joins the keys of the dataset's rows with the result of [`changed`].
    pub(super) fn new(row_keys: &'f RowKeyTable, plan: &'f ExportPlan, changed: &'f RowKeyTable) -> Self {
        Self { row_keys, plan, changed }
    }

    /// Returns the rows in the order of the plan.
    pub(super) fn rows(&self) -> impl Iterator<Item = RowKeys<'f>> + use<'f> {
        let (row_keys, mut changed) = (self.row_keys, self.changed.rows());
        self.plan.rows.iter().filter_map(move |planned| match planned.rewrite {
            Some(_) => changed.next()?,
            None => row_keys.row(planned.sample.index()),
        })
    }
}
