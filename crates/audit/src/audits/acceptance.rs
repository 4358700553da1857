//! Bulk acceptance: a set that a rule fixes first, units drawn from it, and the acceptance of the
//! rest in one step if few enough of them are wrong. The units are rows, which get a verdict, or
//! negatives, which get a mark.
//!
//! The accepting annotator is a machine. Its words count where no person gave one, and in no rate.
//! Makes events; stores none. Its sentences are in `acceptance_words.rs`.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use thiserror::Error;
use tilejury_data::{Dataset, SampleIndex, SampleKey};
use tilejury_stats::plan_acceptance;

use super::acceptance_words::sentence;
use super::answer::{RowAnswer, Say};
use super::begin::hash_of;
use super::plan::{Acceptance, AuditPlan};
use super::plan_error::PlanError;
use super::stored::{AcceptedSet, Audit};
use super::tile_acceptance::accept_tiles;
use super::tile_rule::SetTile;
use crate::event::Event;
use crate::judgement::{FieldChange, Judgements, Verdict};
use crate::merge;
use crate::origin::Origin;
use crate::role::{is_machine, machine_annotator};
use crate::round::Round;
use crate::session::{AuditSession, JudgeAction, RowsAction};
use crate::time::Timestamp;

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
    #[error("people have judged all of the set of “{0}”: nothing is left to accept")]
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

/// Whether a row is wrong: its positive is, or one of its negatives is relevant, or that is
/// undecided.
pub(super) fn is_wrong(answer: &RowAnswer) -> bool {
    answer.positive != Say::No || answer.has_false_negative() != Say::No
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

/// Checks whether the set of an audit may be accepted, and makes the events that accept it. `set`:
/// what the rule finds now; `events`: all those of the sidecar.
///
/// # Errors
/// When the audit does not show enough, or is not about this set.
pub fn accept_set(
    audit: &Audit,
    dataset: &Arc<Dataset>,
    set: &FoundSet,
    events: &[Event],
    at: Timestamp,
) -> Result<BulkAcceptance, AcceptanceError> {
    let plan = &audit.plan;
    let Some(accept) = &plan.acceptance else { return Err(AcceptanceError::NotPlanned(plan.name.clone())) };
    if audit.accepted.is_some() {
        return Err(AcceptanceError::Accepted(plan.name.clone()));
    }
    let answer = |key: &SampleKey| audit.answer(&dataset.find(*key).and_then(|index| dataset.sample(index).ok())?);
    let answers: Answers = audit.rows.iter().map_while(|key| Some((*key, answer(key)?))).collect();
    if (answers.len() as u64) < plan.rows {
        return Err(AcceptanceError::NotFinished { judged: answers.len() as u64, planned: plan.rows });
    }
    let is_of_person = |event: &&Event| event.round.is_none() && !is_machine(&event.annotator);
    let people = merge::by_annotator(&events.iter().filter(is_of_person).cloned().collect::<Vec<_>>());
    let people: Vec<&Judgements> = people.values().collect();
    let mut session = session_of(&accept.machine, dataset, events);
    let mut made = match (set, &accept.tiles) {
        (FoundSet::Rows(rows), None) => accept_rows((audit, accept), rows, &answers, &people, &mut session, at)?,
        (FoundSet::Tiles(tiles), Some(of)) => {
            accept_tiles((audit, accept, of), tiles, &answers, &people, &mut session, at)?
        }
        (_, tiles) => return Err(other_set(plan, units(tiles.is_some()))),
    };
    if made.events.is_empty() {
        return Err(AcceptanceError::AllJudged(plan.name.clone()));
    }
    let record = AcceptedSet {
        set: accept.tiles.as_ref().map_or(&plan.population_hash, |set| &set.hash).clone(),
        rows: made.rows,
        tiles: made.tiles,
        word: accept.tiles.as_ref().map(|set| set.word),
        kept_out: made.kept_out,
        sentence: made.sentence.clone(),
    };
    let text = serde_json::to_string(&record).unwrap_or_default();
    add_record(&mut made.events, audit, text);
    Ok(made)
}

pub(super) fn units(are_tiles: bool) -> &'static str {
    if are_tiles { "tiles" } else { "rows" }
}

pub(super) fn other_set(plan: &AuditPlan, units: &'static str) -> AcceptanceError {
    AcceptanceError::OtherSet { name: plan.name.clone(), units }
}

/// Refuses a draw with too many wrong ones.
pub(super) fn check_wrong(wrong: usize, accept: &Acceptance) -> Result<(), AcceptanceError> {
    let (wrong, allowed) = (wrong as u64, accept.allowed);
    let units = units(accept.tiles.is_some());
    if wrong > allowed { Err(AcceptanceError::TooManyWrong { wrong, allowed, units }) } else { Ok(()) }
}

fn accept_rows(
    (audit, accept): (&Audit, &Acceptance),
    set: &[SampleIndex],
    answers: &Answers,
    people: &[&Judgements],
    session: &mut AuditSession,
    at: Timestamp,
) -> Result<BulkAcceptance, AcceptanceError> {
    let wrong: HashSet<SampleKey> =
        answers.iter().filter(|(_, answer)| is_wrong(answer)).map(|(key, _)| *key).collect();
    check_wrong(wrong.len(), accept)?;
    let dataset = session.dataset.clone();
    let keys: BTreeSet<SampleKey> = set.iter().map(|index| dataset.entry(*index).key).collect();
    if hash_of(&keys) != audit.plan.population_hash {
        return Err(other_set(&audit.plan, units(false)));
    }
    let is_judged =
        |key: &SampleKey| people.iter().any(|of| of.get(key).is_some_and(|judgement| judgement.verdict.is_some()));
    let others: Vec<SampleIndex> =
        set.iter().copied().filter(|index| !wrong.contains(&dataset.entry(*index).key)).collect();
    let rows: Vec<SampleIndex> =
        others.iter().copied().filter(|index| !is_judged(&dataset.entry(*index).key)).collect();
    Ok(BulkAcceptance {
        sentence: sentence(&audit.plan, accept, wrong.len()),
        rows: rows.len(),
        tiles: None,
        kept_out: wrong.len(),
        judged: others.len() - rows.len(),
        events: session.apply_to_rows(&rows, &RowsAction::Verdict(Some(Verdict::Accept)), at).events,
    })
}

/// The events that undo an acceptance, in one step.
///
/// # Errors
/// When the set is not accepted, and when the machine accepted another one after it.
pub fn undo_acceptance(
    audit: &Audit,
    dataset: &Arc<Dataset>,
    events: &[Event],
    at: Timestamp,
) -> Result<Vec<Event>, AcceptanceError> {
    let name = &audit.plan.name;
    let (Some(accept), Some((step, _))) = (&audit.plan.acceptance, &audit.accepted) else {
        return Err(AcceptanceError::NotAccepted(name.clone()));
    };
    let mut session = session_of(&accept.machine, dataset, events);
    if session.history().undo.last().is_none_or(|last| last.id != *step) {
        return Err(AcceptanceError::NotLast(machine_annotator(&accept.machine)));
    }
    let mut made = session.apply(JudgeAction::Undo, at).events;
    add_record(&mut made, audit, String::new());
    Ok(made)
}

fn session_of(machine: &str, dataset: &Arc<Dataset>, events: &[Event]) -> AuditSession {
    let annotator = machine_annotator(machine);
    let is_own = |event: &&Event| event.round.is_none() && *event.annotator == *annotator;
    let own: Vec<Event> = events.iter().filter(is_own).cloned().collect();
    AuditSession::new(dataset.clone(), &annotator, &own)
}

/// Adds the record to the step of an acceptance: a note in the round of the audit.
fn add_record(events: &mut Vec<Event>, audit: &Audit, text: String) {
    let (Some(last), Some(row)) = (events.last().cloned(), audit.rows.first()) else { return };
    events.push(Event {
        seq: last.seq + 1,
        sample: *row,
        change: FieldChange::Note(text),
        undoes: None,
        origin: Origin::default(),
        round: Some(Round::Audit(audit.id.clone())),
        ..last
    });
}
