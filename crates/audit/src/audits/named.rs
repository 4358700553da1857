//! The audit that a name means, and the audits whose draws overlap because they have one seed.
//! Counts no answers.

use serde::Serialize;
use thiserror::Error;

use super::plan::AuditPlan;
use super::stored::Audit;
use crate::text::{grouped, grouped_count};

/// The reason why a name means no audit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AuditNameError {
    /// There is none of this name.
    #[error("there is no audit “{name}”; {}", known_words(known))]
    Unknown {
        /// The name.
        name: String,
        /// The names of all audits.
        known: Vec<String>,
    },
    /// Several audits with different plans have it.
    #[error("several audits have the name “{name}”: choose {}", among(candidates))]
    Ambiguous {
        /// The name.
        name: String,
        /// Their full names.
        candidates: Vec<String>,
    },
}

fn known_words(known: &[String]) -> String {
    if known.is_empty() { "none was begun".to_owned() } else { format!("there are {}", known.join(", ")) }
}

fn among(names: &[String]) -> String {
    names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(" or ")
}

/// The position of the audit that a name means. Of several audits with one name, the full name is
/// needed, which ends with the begin of their session.
///
/// # Errors
/// When there is none, or there are several.
pub fn audit_at(audits: &[Audit], name: &str) -> Result<usize, AuditNameError> {
    if let Some(at) = audits.iter().position(|audit| audit.plan.name == name) {
        return Ok(at);
    }
    let names = |is_wanted: &dyn Fn(&Audit) -> bool| {
        audits.iter().filter(|audit| is_wanted(audit)).map(|audit| audit.plan.name.clone()).collect::<Vec<_>>()
    };
    let candidates = names(&|audit| audit.shared_name.as_deref() == Some(name));
    let name = name.to_owned();
    Err(match candidates.is_empty() {
        true => AuditNameError::Unknown { name, known: names(&|_| true) },
        false => AuditNameError::Ambiguous { name, candidates },
    })
}

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
    /// The audit among earlier ones whose draw a plan continues or repeats: with the same seed, rows
    /// to draw from and first rows. Of several, the one with the most rows in common.
    pub fn find(plan: &AuditPlan, rows: &[tilejury_data::SampleKey], earlier: &[Audit]) -> Option<Self> {
        let in_common = |audit: &Audit| {
            let number = rows.len().min(audit.rows.len());
            let same_draw = audit.plan.seed == plan.seed
                && audit.plan.population_hash == plan.population_hash
                && audit.plan.is_plain()
                && plan.is_plain();
            (same_draw && number > 0 && rows[..number] == audit.rows[..number]).then_some(number)
        };
        let found = earlier.iter().filter_map(|audit| Some((in_common(audit)?, audit)));
        // Of several with as many, the earliest one: `max_by_key` takes the last.
        let (number, audit) = found.rev().max_by_key(|(number, _)| *number)?;
        Some(Self { audit: audit.plan.name.clone(), rows: number as u64, more: (rows.len() - number) as u64 })
    }

    /// The relation in a sentence.
    pub fn sentence(&self) -> String {
        let (name, rows) = (&self.audit, grouped(self.rows as usize));
        match self.more {
            0 => format!(
                "Its {} are the first ones of the draw of “{name}”: another plan on the same rows, not further rows.",
                grouped_count(self.rows as usize, "row")
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
