//! The contents that the rows of a plan will have once they are written, without writing them.

use tilejury_data::Dataset;
use tilejury_rows::{Facts, RowFacts};

use super::ExportError;
use super::plan::{ExportPlan, PlannedRow};
use super::rows::{line, parsed};
use super::workers::in_parts;

/// Returns the facts of the rows that are written with changes, read from their new lines, in the
/// order of the plan.
///
/// # Errors
/// When a row can no longer be read.
pub(super) fn changed(dataset: &Dataset, plan: &ExportPlan) -> Result<Facts, ExportError> {
    let changed: Vec<&PlannedRow> = plan.rows.iter().filter(|row| row.rewrite.is_some()).collect();
    let parts = in_parts(&changed, |part| {
        let mut facts = Facts::default();
        part.iter().try_for_each(|planned| {
            let line = line(dataset, planned)?;
            facts.push(Some(&parsed(dataset, planned, &line)?));
            Ok::<(), ExportError>(())
        })?;
        Ok(facts)
    });
    parts.into_iter().collect::<Result<_, ExportError>>().map(Facts::joined)
}

/// The rows of a plan as they will be read: unchanged rows from the facts of the dataset, changed
/// rows from the facts of their new lines.
pub(super) struct WrittenRows<'f> {
    facts: &'f Facts,
    plan: &'f ExportPlan,
    changed: &'f Facts,
}

impl<'f> WrittenRows<'f> {
    /// Joins the facts of the dataset's rows with the result of [`changed`].
    pub(super) fn new(facts: &'f Facts, plan: &'f ExportPlan, changed: &'f Facts) -> Self {
        Self { facts, plan, changed }
    }

    /// Returns the rows in the order of the plan.
    pub(super) fn rows(&self) -> impl Iterator<Item = RowFacts<'f>> + use<'f> {
        let (facts, mut changed) = (self.facts, self.changed.rows());
        self.plan.rows.iter().filter_map(move |planned| match planned.rewrite {
            Some(_) => changed.next()?,
            None => facts.row(planned.sample.index()),
        })
    }
}
