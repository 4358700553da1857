//! The answers of an audit as lines that name it, so that [`super::read()`] takes them for the same
//! audit in another sidecar.

use serde_json::Value;
use tilejury_data::Dataset;

use super::print::{current, history};
use crate::audits::Audit;
use crate::event::Event;
use crate::role::is_machine;
use crate::round::Round;
use crate::sidecar::SampleRecord;

/// The answers in an audit, from the events of all rounds in stored order: those of annotators, and
/// those of adjudicators, which their names tell apart. The draw is none of them, nor are second
/// answers to rows that came back, nor is the record of an acceptance.
pub fn answers_of(audit: &Audit, events: &[Event]) -> Vec<Event> {
    let is_of_it = |round: &Round| matches!(round, Round::Audit(id) | Round::Adjudication(id) if audit.is_drawn_by(id));
    let is_of = |event: &Event| event.round.as_ref().is_some_and(is_of_it);
    let is_answer = |event: &&Event| is_of(event) && !event.begins_audit() && !is_machine(&event.annotator);
    events.iter().filter(is_answer).cloned().collect()
}

/// One line for each row and annotator, as [`current`] has them, with the name of the audit.
pub fn current_of_audit(dataset: &Dataset, audit: &Audit, answers: &[Event], known: &[SampleRecord]) -> Vec<Value> {
    named(audit, current(dataset, answers, known))
}

/// One line for each event, as [`history`] has them, with the name of the audit.
pub fn history_of_audit(dataset: &Dataset, audit: &Audit, answers: &[Event], known: &[SampleRecord]) -> Vec<Value> {
    named(audit, history(dataset, answers, known))
}

fn named(audit: &Audit, mut lines: Vec<Value>) -> Vec<Value> {
    for line in lines.iter_mut().filter_map(Value::as_object_mut) {
        line.insert(super::fields::AUDIT_FIELD.into(), audit.plan.name.clone().into());
    }
    lines
}
