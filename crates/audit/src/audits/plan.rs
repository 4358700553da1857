//! The plan of an audit: what was decided before its first judgement. Frozen once it is stored.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tilejury_stats::Level;

use super::by_machine::ByMachine;
use super::of_export::OfExport;

/// The form of stored plans.
const FORM: u32 = 1;
/// The longest name in characters: it becomes a part of messages and file names.
const NAME_UP_TO: usize = 60;

/// The plan of an audit. Stored as JSON; fields are never renamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditPlan {
    form: u32,
    /// The name, unique in a sidecar.
    pub name: String,
    /// The seed of the draw.
    pub seed: String,
    /// The split whose rows are drawn from; all splits if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// The filter whose rows are drawn from, in the language of searches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The confidence level of the intervals, between 0 and 1.
    pub level: f64,
    /// The planned number of rows.
    pub rows: u64,
    /// Set if the question is whether the rate is below a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Below>,
    /// The annotators; anybody if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotators: Vec<String>,
    /// The share of rows that two annotators judge, from 0 to 1.
    #[serde(default)]
    pub overlap: f64,
    /// Whether annotators see nothing that others or a machine said.
    pub blind: bool,
    /// Set if the draw is divided by the word of a machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_machine: Option<ByMachine>,
    /// Set if the rows that are drawn from are a set to accept at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Acceptance>,
    /// Set if the dataset is an export: then the audit measures what is left after cleaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_export: Option<OfExport>,
    /// The fingerprint of the dataset.
    pub fingerprint: String,
    /// The number of different rows that are drawn from.
    pub population: u64,
    /// A hash of their keys: another set of rows has another.
    pub population_hash: String,
    /// The program and its version.
    pub program: String,
}

/// The question whether the share of affected rows is below a limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Below {
    /// The limit as a share, above 0 and at most 1.
    pub limit: f64,
    /// The highest number of affected rows in the draw with which the rate is shown to be below.
    pub allowed: u64,
}

/// The plan to accept a whole set if few of its drawn rows are wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The machine or rule that accepts: the annotator is `machine:` with this name.
    pub machine: String,
    /// The share of the set that may be wrong, from 0 to 1.
    pub share: f64,
    /// The highest number of wrong rows in the draw with which the set is accepted.
    pub allowed: u64,
}

/// A reason why there is no such audit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// No usable name.
    #[error("a name has 1 to {NAME_UP_TO} characters, and no line breaks")]
    Name,
    /// The name is taken.
    #[error("there is an audit “{0}” already; audits are kept for ever, so this one needs another name")]
    Taken(String),
    /// A seed that cannot be written on one line.
    #[error("a seed is a number or a word, without line breaks")]
    Seed,
    /// No row to draw from.
    #[error("no row to draw from")]
    Nothing,
    /// A number of rows that cannot be drawn.
    #[error("{wanted} rows cannot be drawn: there are {population}")]
    Rows {
        /// The wanted number.
        wanted: u64,
        /// The number of rows to draw from.
        population: u64,
    },
    /// A level that is none.
    #[error("a level is between 0 and 1, such as 0.95")]
    Level,
    /// A limit that no number of rows can show.
    #[error(
        "no draw from {population} rows can show that, with {allowed} affected rows allowed; \
         choose a higher limit or fewer"
    )]
    Below {
        /// The number of rows to draw from.
        population: u64,
        /// The number of affected rows that is allowed.
        allowed: u64,
    },
    /// A set that no number of rows can show to be good enough.
    #[error(
        "no draw from {population} rows can show that enough of them are right, with {allowed} wrong rows allowed; \
         choose a larger set or allow fewer"
    )]
    Acceptance {
        /// The number of rows of the set.
        population: u64,
        /// The number of wrong rows that is allowed.
        allowed: u64,
    },
    /// An overlap that is no share, or has nobody to share with.
    #[error("an overlap is a share from 0 to 1, and needs two annotators or more")]
    Overlap,
    /// Names that are empty or equal.
    #[error("each annotator needs a name of their own")]
    Annotators,
}

impl AuditPlan {
    /// A plan for a simple random sample of `rows` rows of a population, with the usual level,
    /// blind, for anybody.
    pub fn new(name: &str, seed: &str, rows: u64) -> Self {
        Self {
            form: FORM,
            name: name.trim().to_owned(),
            seed: seed.to_owned(),
            split: None,
            filter: None,
            level: Level::USUAL.value(),
            rows,
            below: None,
            annotators: Vec::new(),
            overlap: 0.0,
            blind: true,
            by_machine: None,
            acceptance: None,
            of_export: None,
            fingerprint: String::new(),
            population: 0,
            population_hash: String::new(),
            program: concat!("tilejury ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Checks what does not depend on the rows.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), PlanError> {
        let characters = self.name.chars().count();
        if !(1..=NAME_UP_TO).contains(&characters) || self.name.chars().any(char::is_control) {
            return Err(PlanError::Name);
        }
        if self.seed.is_empty() || self.seed.chars().any(char::is_control) {
            return Err(PlanError::Seed);
        }
        if Level::new(self.level).is_none() {
            return Err(PlanError::Level);
        }
        let mut names: Vec<&str> = self.annotators.iter().map(|name| name.trim()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() != self.annotators.len() || names.contains(&"") {
            return Err(PlanError::Annotators);
        }
        let is_share = (0.0..=1.0).contains(&self.overlap);
        if !is_share || (self.overlap > 0.0 && self.annotators.len() < 2) {
            return Err(PlanError::Overlap);
        }
        Ok(())
    }

    /// The confidence level.
    pub fn level(&self) -> Level {
        Level::new(self.level).unwrap_or(Level::USUAL)
    }

    /// The annotators who judge a row, by its key; empty if anybody may.
    pub fn annotators_of(&self, key: &str) -> Vec<&str> {
        let number = 1 + usize::from(tilejury_stats::is_overlapping(&self.seed, key, self.overlap));
        let chosen = tilejury_stats::assigned(&self.seed, key, &self.annotators, number);
        chosen.into_iter().map(|at| self.annotators[at].as_str()).collect()
    }

    /// The stored text.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a stored text; `None` if it is of another form.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|plan| plan.form == FORM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_that_make_no_sense_are_refused() {
        let plan = |change: fn(&mut AuditPlan)| {
            let mut plan = AuditPlan::new(" spring ", "7", 10);
            change(&mut plan);
            plan.check()
        };
        assert_eq!(plan(|_| {}), Ok(()));
        assert_eq!(plan(|plan| plan.name = "a\nb".into()), Err(PlanError::Name));
        assert_eq!(plan(|plan| plan.name = String::new()), Err(PlanError::Name));
        assert_eq!(plan(|plan| plan.seed = "1\n2".into()), Err(PlanError::Seed));
        assert_eq!(plan(|plan| plan.level = 1.0), Err(PlanError::Level));
        assert_eq!(plan(|plan| plan.overlap = 0.2), Err(PlanError::Overlap));
        assert_eq!(plan(|plan| plan.annotators = vec!["ada".into(), "ada".into()]), Err(PlanError::Annotators));
    }

    #[test]
    fn a_stored_plan_is_read_as_it_was() {
        let mut plan = AuditPlan::new("spring", "7", 10);
        plan.below = Some(Below { limit: 0.01, allowed: 2 });
        assert_eq!(AuditPlan::from_text(&plan.to_text()), Some(plan.clone()));
        plan.form = 2;
        assert_eq!(AuditPlan::from_text(&plan.to_text()), None);
    }

    #[test]
    fn some_rows_have_two_annotators() {
        let mut plan = AuditPlan::new("spring", "7", 10);
        assert_eq!(plan.annotators_of("1"), [""; 0]);
        (plan.annotators, plan.overlap) = (vec!["ada".into(), "bo".into(), "cy".into()], 0.25);
        let twice = (0..2000).filter(|key| plan.annotators_of(&key.to_string()).len() == 2).count();
        assert!((420..=580).contains(&twice), "{twice} of 500 expected, standard deviation 19");
    }
}
