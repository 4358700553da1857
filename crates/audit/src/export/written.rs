//! What the rows of a plan will say once they are written, without writing them.

use tilejury_data::Dataset;

use super::ExportError;
use super::facts::{Facts, RowFacts};
use super::plan::{ExportPlan, PlannedRow};
use super::rows::{line, parsed};
use super::workers::in_parts;

/// What the new lines say of the rows that are written otherwise than they were, in the order of the plan.
///
/// # Errors
/// When a row cannot be read any more.
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

/// The rows of a plan as they will be read: those that are written as they were by what was read of them, those that are written
/// otherwise by their new lines.
pub(super) struct WrittenRows<'f> {
    facts: &'f Facts,
    plan: &'f ExportPlan,
    changed: &'f Facts,
}

impl<'f> WrittenRows<'f> {
    /// `facts` are those of the dataset's rows, `changed` those of [`changed`].
    pub(super) fn new(facts: &'f Facts, plan: &'f ExportPlan, changed: &'f Facts) -> Self {
        Self { facts, plan, changed }
    }

    /// In the order of the plan.
    pub(super) fn rows(&self) -> impl Iterator<Item = RowFacts<'f>> + use<'f> {
        let (facts, mut changed) = (self.facts, self.changed.rows());
        self.plan.rows.iter().filter_map(move |planned| match planned.rewrite {
            Some(_) => changed.next()?,
            None => facts.row(planned.sample as usize),
        })
    }
}
