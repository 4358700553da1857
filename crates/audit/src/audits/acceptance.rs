//! Bulk acceptance: a set that a rule fixes first, rows drawn from it, and the acceptance of the
//! rest in one step if few enough of them are wrong.
//!
//! The accepting annotator is a machine. Its verdicts count where no person gave one, and in no
//! rate. Makes events; stores none.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use thiserror::Error;
use tilejury_data::{Dataset, SampleIndex, SampleKey};
use tilejury_stats::{most_wrong, plan_acceptance};

use super::answer::{RowAnswer, Say};
use super::begin::hash_of;
use super::counted::Counted;
use super::figures::AcceptanceFigures;
use super::plan::{Acceptance, AuditPlan};
use super::plan_error::PlanError;
use super::stored::{AcceptedSet, Audit};
use crate::event::Event;
use crate::judgement::{FieldChange, Verdict};
use crate::merge;
use crate::origin::Origin;
use crate::role::{is_machine, machine_annotator};
use crate::round::Round;
use crate::session::{AuditSession, JudgeAction, RowsAction};
use crate::text::{count, grouped};
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
    /// Too many wrong rows.
    #[error("{wrong} of the drawn rows are wrong or undecided, and the plan allows {allowed}: the set is not accepted")]
    TooManyWrong {
        /// The wrong rows.
        wrong: u64,
        /// The allowed number.
        allowed: u64,
    },
    /// The rule finds other rows than those that were drawn from.
    #[error(
        "the rule of “{0}” now finds other rows than those that were drawn from; what was shown holds only for these"
    )]
    OtherSet(String),
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

/// A set that was checked and may be accepted, or the acceptance of it.
#[derive(Clone, Debug)]
pub struct BulkAcceptance {
    /// The result of the draw, for the person who decides and for the report.
    pub sentence: String,
    /// The number of rows that are accepted.
    pub rows: usize,
    /// Drawn rows that were judged wrong; they are kept out.
    pub kept_out: usize,
    /// Other rows of the set with a verdict of a person; they keep it.
    pub judged: usize,
    /// The events, all of one step.
    pub events: Vec<Event>,
}

/// Whether a row is wrong: its positive is, or one of its negatives is relevant, or that is
/// undecided.
pub(super) fn is_wrong(answer: &RowAnswer) -> bool {
    answer.positive != Say::No || answer.has_false_negative() != Say::No
}

/// The smallest number of rows that can show that the set may be accepted. `population`: the number
/// of rows of the set.
///
/// # Errors
/// When the plan accepts nothing, and when no number shows it.
pub fn plan_rows_to_accept(population: u64, plan: &AuditPlan) -> Result<u64, PlanError> {
    let Some(accept) = &plan.acceptance else { return Err(PlanError::Nothing) };
    let rows = plan_acceptance(population, accept.share, accept.allowed, plan.level());
    rows.ok_or(PlanError::Acceptance { population, allowed: accept.allowed })
}

/// Checks whether the set of an audit may be accepted, and makes the events that accept it. `set`:
/// the rows that the rule finds now; `events`: all those of the sidecar.
///
/// # Errors
/// When the audit does not show enough, or is not about these rows.
pub fn accept_set(
    audit: &Audit,
    dataset: &Arc<Dataset>,
    set: &[SampleIndex],
    events: &[Event],
    at: Timestamp,
) -> Result<BulkAcceptance, AcceptanceError> {
    let plan = &audit.plan;
    let Some(accept) = &plan.acceptance else { return Err(AcceptanceError::NotPlanned(plan.name.clone())) };
    if audit.accepted.is_some() {
        return Err(AcceptanceError::Accepted(plan.name.clone()));
    }
    let answer = |key: &SampleKey| audit.answer(&dataset.find(*key).and_then(|index| dataset.sample(index).ok())?);
    let answers: Vec<Option<RowAnswer>> = audit.rows.iter().map(answer).collect();
    let judged = answers.iter().take_while(|answer| answer.is_some()).count() as u64;
    if judged < plan.rows {
        return Err(AcceptanceError::NotFinished { judged, planned: plan.rows });
    }
    let wrong: HashSet<SampleKey> = audit
        .rows
        .iter()
        .zip(answers.iter().flatten())
        .filter(|(_, answer)| is_wrong(answer))
        .map(|(key, _)| *key)
        .collect();
    if wrong.len() as u64 > accept.allowed {
        return Err(AcceptanceError::TooManyWrong { wrong: wrong.len() as u64, allowed: accept.allowed });
    }
    let keys: BTreeSet<SampleKey> = set.iter().map(|index| dataset.entry(*index).key).collect();
    if hash_of(&keys) != plan.population_hash {
        return Err(AcceptanceError::OtherSet(plan.name.clone()));
    }
    let is_of_person = |event: &&Event| event.round.is_none() && !is_machine(&event.annotator);
    let people = merge::by_annotator(&events.iter().filter(is_of_person).cloned().collect::<Vec<_>>());
    let is_judged =
        |key: &SampleKey| people.values().any(|of| of.get(key).is_some_and(|judgement| judgement.verdict.is_some()));
    let others: Vec<SampleIndex> =
        set.iter().copied().filter(|index| !wrong.contains(&dataset.entry(*index).key)).collect();
    let rows: Vec<SampleIndex> =
        others.iter().copied().filter(|index| !is_judged(&dataset.entry(*index).key)).collect();
    let sentence = sentence(plan, accept, wrong.len());
    let mut session = session_of(&accept.machine, dataset, events);
    let mut made = session.apply_to_rows(&rows, &RowsAction::Verdict(Some(Verdict::Accept)), at).events;
    let record = AcceptedSet {
        set: plan.population_hash.clone(),
        rows: rows.len(),
        kept_out: wrong.len(),
        sentence: sentence.clone(),
    };
    let text = serde_json::to_string(&record).unwrap_or_default();
    add_record(&mut made, audit, text);
    Ok(BulkAcceptance {
        sentence,
        rows: rows.len(),
        kept_out: wrong.len(),
        judged: others.len() - rows.len(),
        events: made,
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

impl AcceptanceFigures {
    /// The figures of the rows that count; not whether the set was accepted.
    pub(super) fn new(plan: &AuditPlan, accept: &Acceptance, counted: &Counted<'_>) -> Self {
        let wrong = counted.all().filter(|answer| is_wrong(answer)).count() as u64;
        Self {
            annotator: machine_annotator(&accept.machine),
            set: plan.population,
            most_wrong: most_wrong(plan.population, accept.share),
            allowed: accept.allowed,
            wrong,
            shown: counted.finished.then_some(wrong <= accept.allowed),
            accepted: None,
        }
    }

    /// The result of the draw in words, for the person who decides whether to accept the set;
    /// `None` if it may not be accepted, and once it is.
    pub fn offer(&self, plan: &AuditPlan) -> Option<String> {
        let may = self.shown == Some(true) && self.accepted.is_none();
        plan.acceptance.as_ref().filter(|_| may).map(|accept| sentence(plan, accept, self.wrong as usize))
    }

    /// Whether the set may be accepted, so far.
    pub fn sentence(&self) -> String {
        let (set, allowed) = (count(self.set as usize, "row"), grouped(self.allowed as usize));
        let wrong = format!("{} wrong or undecided, {allowed} allowed", grouped(self.wrong as usize));
        match (self.accepted, self.shown) {
            (Some(rows), _) => format!("{} of {set} are accepted by {}: {wrong}.", grouped(rows), self.annotator),
            (None, Some(true)) => format!(
                "Shown: at most {} of {set} are wrong ({wrong}). `tilejury audit accept` accepts them as {}.",
                grouped(self.most_wrong as usize),
                self.annotator
            ),
            (None, Some(false)) => format!("Not shown that the set of {set} is good enough: {wrong}."),
            (None, None) => format!("Whether the set of {set} may be accepted is known at the end: {wrong}."),
        }
    }
}

/// The result of the draw from a set, in words.
fn sentence(plan: &AuditPlan, accept: &Acceptance, wrong: usize) -> String {
    let set = plan.population;
    format!(
        "Accept these {} by “{}”: at least {:.0} % of them are right ({:.0} % confidence): {} drawn at random among them, {} \
         wrong. Expect up to {} wrong ones.",
        count(set as usize, "row"),
        machine_annotator(&accept.machine),
        100.0 * (1.0 - accept.share),
        100.0 * plan.level,
        grouped(plan.rows as usize),
        grouped(wrong),
        grouped(most_wrong(set, accept.share) as usize),
    )
}
