//! Audits whose draws overlap because they have one seed: which earlier draw another one continues.
//! Knows plans and rows; counts no answers.

use serde::Serialize;
use tilejury_data::SampleKey;

use super::plan::AuditPlan;
use crate::text::{count, grouped};

/// An earlier audit with the same first rows. Its JSON form is documented in docs/json.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Continues {
    /// The name of the earlier audit.
    pub audit: String,
    /// The rows that both have, the first ones.
    pub rows: u64,
    /// The rows that the earlier one does not have.
    pub more: u64,
}

impl Continues {
    /// The audit among earlier ones whose draw a plan continues or repeats: with the same seed,
    /// rows to draw from and first rows. Of several, the one with the most rows in common.
    pub fn find<'a>(
        plan: &AuditPlan,
        rows: &[SampleKey],
        earlier: impl DoubleEndedIterator<Item = (&'a AuditPlan, &'a [SampleKey])>,
    ) -> Option<Self> {
        let in_common = |(other, drawn): (&'a AuditPlan, &'a [SampleKey])| {
            let number = rows.len().min(drawn.len());
            let is_same = other.seed == plan.seed
                && other.population_hash == plan.population_hash
                && other.is_plain()
                && plan.is_plain();
            (is_same && number > 0 && rows[..number] == drawn[..number]).then_some((number, other))
        };
        // Of several with as many, the earliest one: `max_by_key` takes the last.
        let (number, other) = earlier.filter_map(in_common).rev().max_by_key(|(number, _)| *number)?;
        Some(Self { audit: other.name.clone(), rows: number as u64, more: (rows.len() - number) as u64 })
    }

    /// The relation in a sentence.
    pub fn sentence(&self) -> String {
        let (name, rows) = (&self.audit, grouped(self.rows as usize));
        match self.more {
            0 => format!(
                "Its {} are the first ones of the draw of “{name}”: another plan on the same rows, not further rows.",
                count(self.rows as usize, "row")
            ),
            more => format!(
                "It continues the draw of “{name}” with {}: the first {rows} are the same. It is another plan; the \
                 interval of “{name}” stays as it is.",
                rows_more(more)
            ),
        }
    }
}

/// So many more rows.
fn rows_more(number: u64) -> String {
    let noun = if number == 1 { "row" } else { "rows" };
    format!("{} more {noun}", grouped(number as usize))
}
