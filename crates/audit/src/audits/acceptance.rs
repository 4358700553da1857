//! Bulk acceptance: a set that a rule fixes first, units drawn from it, and the acceptance of the
//! rest in one step if few enough of them are wrong. The units are rows, which get a verdict, or
//! negatives, which get a mark.
//!
//! The accepting annotator is a machine. Its words count where no person gave one, and in no rate.
//! Makes events; stores none. Its sentences are in `acceptance_words.rs`.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, SampleKey};

use super::acceptance_words::sentence;
use super::accepted_set::AcceptedSet;
use super::begin::hash_of;
use super::bulk_acceptance::{AcceptanceError, Answers, BulkAcceptance, FoundSet, check_wrong, other_set, units};
use super::plan::Acceptance;
use super::stored::Audit;
use super::tile_acceptance::accept_tiles;
use crate::event::Event;
use crate::judgement::{FieldChange, Judgements, Verdict};
use crate::merge;
use crate::origin::Origin;
use crate::role::{is_machine, machine_annotator};
use crate::round::Round;
use crate::session::{AuditSession, JudgeAction, RowsAction};
use crate::time::Timestamp;

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

fn accept_rows(
    (audit, accept): (&Audit, &Acceptance),
    set: &[SampleIndex],
    answers: &Answers,
    people: &[&Judgements],
    session: &mut AuditSession,
    at: Timestamp,
) -> Result<BulkAcceptance, AcceptanceError> {
    let wrong: HashSet<SampleKey> =
        answers.iter().filter(|(_, answer)| answer.is_wrong()).map(|(key, _)| *key).collect();
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
