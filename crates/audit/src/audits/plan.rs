//! The plan of an audit: what was decided before its first judgement. Frozen once it is stored.

use serde::{Deserialize, Serialize};
use tilejury_stats::Level;

use super::bands::{Bands, First};
use super::by_machine::ByMachine;
use super::content::RowContents;
use super::guideline::Guideline;
use super::of_export::OfExport;
use super::plan_error::{NAME_UP_TO, PlanError};
use super::tile_set::{DrawnTile, TileSet};
use crate::role::Role;

/// The form of stored plans.
const FORM: u32 = 1;
/// The form of plans to accept a set of tiles: programs that know only rows do not read them.
const FORM_OF_TILES: u32 = 2;
/// The form of such plans with gold rows: programs that know only drawn tiles would ask for them as
/// a whole.
const FORM_OF_GOLD_TILES: u32 = 3;

/// The share of a set that may be wrong when it is accepted at once.
pub const WRONG_UP_TO: f64 = 0.05;
/// The share of rows that two annotators judge where a plan has several and nobody chose a share.
pub const USUAL_OVERLAP: f64 = 0.2;

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
    /// The planned number of rows, all those to judge.
    pub rows: u64,
    /// Set if the question is whether the rate is below a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Below>,
    /// Whether the evidence alone decides that question, so that a person may look at any moment;
    /// then the allowed number is of no account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub looking: bool,
    /// The bands of suspicion that the rows are drawn within; none in a plain draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Bands>,
    /// The most suspicious rows, which are all judged besides a draw from the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<First>,
    /// The annotators; anybody if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotators: Vec<String>,
    /// The share of rows that two annotators judge, from 0 to 1.
    #[serde(default)]
    pub overlap: f64,
    /// Whether annotators see nothing that others or a machine said.
    pub blind: bool,
    /// The guideline for annotators, if one was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guideline: Option<Guideline>,
    /// The share of rows that come back to their annotators later, from 0 to 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeats: f64,
    /// The keys of rows that are mixed in because their answer is known. They are in no rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<String>,
    /// Whether every row with a finding is adjudicated, not only those on which annotators differ.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adjudicate_relevant: bool,
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
    /// The content of the rows; plans of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<RowContents>,
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
    /// The highest number of wrong rows in the draw, or of wrong tiles, with which the set is
    /// accepted.
    pub allowed: u64,
    /// The set, if it is one of negatives to mark. Without it, rows are accepted as they are: the
    /// positive right, no relevant negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles: Option<TileSet>,
}

impl Acceptance {
    /// A set of rows that is accepted if at most so many drawn ones are wrong, with the usual share
    /// of wrong ones.
    pub fn of_rows(machine: &str, allowed: u64) -> Self {
        Self { machine: machine.to_owned(), share: WRONG_UP_TO, allowed, tiles: None }
    }
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
            looking: false,
            bands: None,
            first: None,
            annotators: Vec::new(),
            overlap: 0.0,
            blind: true,
            guideline: None,
            repeats: 0.0,
            gold: Vec::new(),
            adjudicate_relevant: false,
            by_machine: None,
            acceptance: None,
            of_export: None,
            fingerprint: String::new(),
            population: 0,
            population_hash: String::new(),
            contents: None,
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
        if self.below.is_some_and(|below| !(below.limit > 0.0 && below.limit <= 1.0)) {
            return Err(PlanError::Limit);
        }
        let mut names: Vec<&str> = self.annotators.iter().map(|name| name.trim()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() != self.annotators.len() || names.contains(&"") {
            return Err(PlanError::Annotators);
        }
        if let Some(name) = names.iter().find(|name| Role::of(name) != Role::Person) {
            return Err(PlanError::AnnotatorRole((*name).to_owned()));
        }
        let is_share = (0.0..=1.0).contains(&self.overlap);
        if !is_share || (self.overlap > 0.0 && self.annotators.len() < 2) {
            return Err(PlanError::Overlap);
        }
        if !(0.0..=1.0).contains(&self.repeats) {
            return Err(PlanError::Repeats);
        }
        Ok(())
    }

    /// The set of negatives that was drawn from, if it is one.
    pub fn tiles(&self) -> Option<&TileSet> {
        self.acceptance.as_ref()?.tiles.as_ref()
    }

    /// Enters the set of negatives that is drawn from.
    pub(super) fn take_tiles(&mut self, set: TileSet) {
        if let Some(accept) = &mut self.acceptance {
            accept.tiles = Some(set);
            self.form = FORM_OF_TILES;
        }
    }

    /// Enters the tiles of gold rows.
    pub(super) fn take_gold_tiles(&mut self, tiles: Vec<DrawnTile>) {
        if let Some(set) = self.acceptance.as_mut().and_then(|accept| accept.tiles.as_mut())
            && !tiles.is_empty()
        {
            set.gold = tiles;
            self.form = FORM_OF_GOLD_TILES;
        }
    }

    /// The confidence level.
    pub fn level(&self) -> Level {
        Level::new(self.level).unwrap_or(Level::USUAL)
    }

    /// Whether every row has the same chance, so that the drawn ones are the first by their places.
    pub(super) fn is_plain(&self) -> bool {
        self.bands.is_none() && self.first.is_none() && self.by_machine.is_none()
    }

    /// Whether two plans are the same but for the version of the program, which is no decision, and
    /// what only later versions freeze.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let contents = self.contents.is_some() && other.contents.is_some();
        let decided = |plan: &Self| Self {
            program: String::new(),
            contents: plan.contents.clone().filter(|_| contents),
            ..plan.clone()
        };
        decided(self) == decided(other)
    }

    /// The parts that rows are drawn from, with their numbers of all rows and of planned ones;
    /// `None` where every row has the same chance.
    pub(super) fn parts(&self) -> Option<Vec<(u64, u64)>> {
        if let Some(bands) = &self.bands {
            return Some(bands.sizes.iter().copied().zip(bands.drawn.iter().copied()).collect());
        }
        let by = self.by_machine.as_ref()?;
        Some(by.population.into_iter().zip(by.drawn()).collect())
    }

    /// The part of the row at a place of the draw; 0 where there are no parts.
    pub(super) fn part_of_row(&self, place: usize) -> Option<usize> {
        match (&self.bands, &self.by_machine) {
            (Some(bands), _) => bands.of_row(place),
            (None, Some(by)) => by.of_row(place),
            (None, None) => Some(0),
        }
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
        serde_json::from_str::<Self>(text).ok().filter(|plan| (FORM..=FORM_OF_GOLD_TILES).contains(&plan.form))
    }
}

fn is_zero(share: &f64) -> bool {
    *share == 0.0
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
        for limit in [0.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
            let mut plan = AuditPlan::new("spring", "7", 10);
            plan.below = Some(Below { limit, allowed: 0 });
            assert_eq!(plan.check(), Err(PlanError::Limit), "{limit}");
        }
        assert_eq!(plan(|plan| plan.overlap = 0.2), Err(PlanError::Overlap));
        assert_eq!(plan(|plan| plan.repeats = 1.5), Err(PlanError::Repeats));
        assert_eq!(plan(|plan| plan.annotators = vec!["ada".into(), "ada".into()]), Err(PlanError::Annotators));
        for name in ["machine:x", "adjudicator:ada", "adjudicator"] {
            let mut plan = AuditPlan::new("spring", "7", 10);
            plan.annotators = vec!["ada".into(), name.into()];
            assert_eq!(plan.check(), Err(PlanError::AnnotatorRole(name.into())), "its rows would stay open for ever");
        }
    }

    #[test]
    fn a_stored_plan_is_read_as_it_was() {
        let mut plan = AuditPlan::new("spring", "7", 10);
        plan.below = Some(Below { limit: 0.01, allowed: 2 });
        assert_eq!(AuditPlan::from_text(&plan.to_text()), Some(plan.clone()));
        plan.form = 4;
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
