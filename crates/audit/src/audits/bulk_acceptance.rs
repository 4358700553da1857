//! The bulk acceptance of a set as its callers see it: what is accepted, why it is refused, and how
//! many rows or tiles are drawn. Checks no set; `acceptance.rs` does.

use std::collections::BTreeSet;

use thiserror::Error;
use tilejury_data::{SampleIndex, SampleKey};
use tilejury_stats::plan_acceptance;

use super::answer::RowAnswer;
use super::plan::{Acceptance, AuditPlan};
use super::plan_error::PlanError;
use super::tile_rule::SetTile;
use crate::event::Event;

/// A reason why a set is not accepted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AcceptanceError {
    /// The audit is no plan to accept.
    #[error("the audit “{0}” was not planned to accept a set; `tilejury audit new --accept-as` plans one")]
    NotPlanned(String),
    /// Not all planned rows count.
    #[error("{judged} of {planned} planned rows are judged; a set is accepted after all of them")]
    NotFinished {
        /// The rows that count.
        judged: u64,
        /// The planned number.
        planned: u64,
    },
    /// Too many wrong ones.
    #[error(
        "{wrong} of the drawn {units} are wrong or undecided, and the plan allows {allowed}: the set is not accepted"
    )]
    TooManyWrong {
        /// The wrong rows, or tiles.
        wrong: u64,
        /// The allowed number.
        allowed: u64,
        /// The units: `rows` or `tiles`.
        units: &'static str,
    },
    /// The rule finds another set than the one that was drawn from.
    #[error(
        "the rule of “{name}” now finds other {units} than those that were drawn from; what was shown holds only for these"
    )]
    OtherSet {
        /// The audit.
        name: String,
        /// The units: `rows` or `tiles`.
        units: &'static str,
    },
    /// Nothing is left.
    #[error("all of the set of “{0}” is judged already: nothing is left to accept")]
    AllJudged(String),
    /// It was accepted before.
    #[error("the set of “{0}” is accepted already")]
    Accepted(String),
    /// Nothing to undo.
    #[error("the set of “{0}” is not accepted")]
    NotAccepted(String),
    /// Another set was accepted after it.
    #[error("{0} accepted another set after this one; undo that first")]
    NotLast(String),
}

/// The set that the rule of an audit finds now.
#[derive(Clone, Debug)]
pub enum FoundSet {
    /// Rows to accept.
    Rows(Vec<SampleIndex>),
    /// Negatives to mark.
    Tiles(BTreeSet<SetTile>),
}

/// A set that was checked and may be accepted, or the acceptance of it.
#[derive(Clone, Debug)]
pub struct BulkAcceptance {
    /// The result of the draw, for the person who decides and for the report.
    pub sentence: String,
    /// The number of rows that are accepted; of a set of tiles, those that have one.
    pub rows: usize,
    /// The number of tiles that are marked; `None` if rows are accepted.
    pub tiles: Option<usize>,
    /// Drawn rows or tiles that were judged wrong, also in other rows of the query; they are kept
    /// out.
    pub kept_out: usize,
    /// Other rows of the set with a verdict of a person, or tiles with a mark of one; they keep it.
    pub judged: usize,
    /// The events, all of one step.
    pub events: Vec<Event>,
}

impl BulkAcceptance {
    /// The number of accepted units and their name.
    pub fn units(&self) -> (usize, &'static str) {
        self.tiles.map_or((self.rows, "row"), |tiles| (tiles, "tile"))
    }
}

/// The smallest number of rows, or of tiles, that can show that the set may be accepted.
/// `population`: the number of those of the set.
///
/// # Errors
/// When the plan accepts nothing, and when no number shows it.
pub fn units_to_accept(population: u64, plan: &AuditPlan) -> Result<u64, PlanError> {
    let Some(accept) = &plan.acceptance else { return Err(PlanError::Nothing) };
    let units = plan_acceptance(population, accept.share, accept.allowed, plan.level());
    units.ok_or(PlanError::Acceptance { population, allowed: accept.allowed })
}

/// The answers to all planned rows of an audit, by row.
pub(super) type Answers = Vec<(SampleKey, RowAnswer)>;

/// The name of the units of a set.
pub(super) fn units(are_tiles: bool) -> &'static str {
    if are_tiles { "tiles" } else { "rows" }
}

/// The refusal of a set that is not the one that was drawn from.
pub(super) fn other_set(plan: &AuditPlan, units: &'static str) -> AcceptanceError {
    AcceptanceError::OtherSet { name: plan.name.clone(), units }
}

/// Refuses a draw with too many wrong ones.
pub(super) fn check_wrong(wrong: usize, accept: &Acceptance) -> Result<(), AcceptanceError> {
    let (wrong, allowed) = (wrong as u64, accept.allowed);
    let units = units(accept.tiles.is_some());
    if wrong > allowed { Err(AcceptanceError::TooManyWrong { wrong, allowed, units }) } else { Ok(()) }
}
