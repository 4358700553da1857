//! The work of annotators on the overview: pace, share, findings, and how they change.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::sync::Arc;

use crate::common::{all_tiles, negative};
use tilejury_audit::audits::{self, AuditPlan};
use tilejury_audit::decisions::Decisions;
use tilejury_audit::merge::{AnnotatorScope, judgements_of};
use tilejury_audit::overview::{AnnotatorWork, Overview, OverviewInputs};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{AuditSession, Event, JudgeAction, Relevance, Round, RowsAction, Timestamp, Verdict, now};
use tilejury_data::{Dataset, MissingShards, SampleIndex};
use tilejury_testkit::Set;

fn at(seconds: usize) -> Timestamp {
    format!("2026-03-01T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60).parse().unwrap()
}

fn sixty() -> (tempfile::TempDir, Arc<Dataset>) {
    let dir = tempfile::tempdir().unwrap();
    let root = Set::plain(60, 3).write(&dir.path().join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    (dir, dataset)
}

/// Judges rows one after the other, `gap` seconds apart; a false negative in every `every`th.
fn judge(
    session: &mut AuditSession,
    rows: std::ops::Range<usize>,
    from: usize,
    gap: usize,
    every: usize,
) -> Vec<Event> {
    let mut events = Vec::new();
    for (step, row) in rows.enumerate() {
        let (sample, time) = (SampleIndex::new(row), at(from + gap * step));
        if row % every == 0 {
            let tile = negative(&session.dataset, row, 0);
            events.extend(session.apply(JudgeAction::Relevance(sample, tile, Some(Relevance::Relevant)), time).events);
        }
        let seen = all_tiles(&session.dataset, row);
        let accept = JudgeAction::Accept { sample, seen, inspected: Vec::new(), copies: Vec::new() };
        events.extend(session.apply(accept, time).events);
    }
    events
}

fn work(dataset: &Dataset, events: &[Event], answers: &[Event]) -> Vec<AnnotatorWork> {
    let scope = AnnotatorScope::Everybody;
    let inputs = OverviewInputs {
        dataset,
        judgements: &judgements_of(dataset, events, &scope),
        decisions: &Decisions::read(dataset, events, &scope),
        events,
        answers,
        findings: None,
        missing: &MissingShards::default(),
        since: None,
    };
    Overview::count(&inputs, &NoProgress).unwrap().work
}

#[test]
fn pace_share_and_drift_of_each_annotator_are_counted() {
    let (_dir, dataset) = sixty();
    let mut ada = AuditSession::new(dataset.clone(), "ada", &[]);
    // Ada becomes quicker and finds less; an hour lies between the halves.
    let mut events = judge(&mut ada, 0..20, 0, 20, 2);
    events.extend(judge(&mut ada, 20..40, 4000, 5, 10));
    let mut bo = AuditSession::new(dataset.clone(), "bo", &[]);
    events.extend(judge(&mut bo, 0..10, 0, 8, 5));
    let found = work(&dataset, &events, &[]);
    let figures: Vec<_> = found.iter().map(|one| (&*one.name, one.rows, one.findings, one.seconds)).collect();
    assert_eq!(figures, [("ada", 40, 12, Some(12.5)), ("bo", 10, 2, Some(8.0))]);
    assert_eq!((found[0].share, found[1].share), (0.8, 0.2));
    let blocks: Vec<_> = found[0].blocks.iter().map(|block| (block.rows, block.findings, block.seconds)).collect();
    assert_eq!(blocks, [(20, 10, Some(20.0)), (20, 2, Some(5.0))], "the pause counts nowhere");
    assert_eq!((&*found[0].blocks[1].from, found[1].blocks.len()), ("2026-03-01T01:06:40.000Z", 1));
}

#[test]
fn answers_of_audits_count_and_bulk_and_machines_do_not() {
    let (_dir, dataset) = sixty();
    let mut ada = AuditSession::new(dataset.clone(), "ada", &[]);
    let mut events = judge(&mut ada, 0..6, 0, 4, 100);
    let rows = (6..30).map(SampleIndex::new).collect();
    events.extend(ada.apply(JudgeAction::Rows(rows, RowsAction::Verdict(Some(Verdict::Reject))), at(100)).events);
    let mut machine = AuditSession::new(dataset.clone(), "machine:m", &[]);
    events.extend(judge(&mut machine, 0..9, 0, 1, 3));
    assert_eq!(work(&dataset, &events, &[]).iter().map(|one| one.rows).collect::<Vec<_>>(), [6]);
    // The same row in an audit is another answer.
    let draw = audits::draw(AuditPlan::new("spring", "7", 60), &dataset, |_| true).unwrap();
    let (begun, _) = audits::begin(&draw, &dataset, "lead", now());
    let round = Round::Audit(begun[0].step.clone());
    let mut in_audit = ada.in_round(round, &[]);
    let answers: Vec<Event> = begun.into_iter().chain(judge(&mut in_audit, 0..8, 500, 4, 100)).collect();
    let found = work(&dataset, &events, &answers);
    assert_eq!(found.iter().map(|one| (&*one.name, one.rows)).collect::<Vec<_>>(), [("ada", 14)]);
    // A verdict that was undone is not judged.
    let undone = ada.apply(JudgeAction::Undo, at(900)).events;
    events.extend(undone);
    ada.apply(JudgeAction::Undo, at(901)).events.into_iter().for_each(|event| events.push(event));
    assert_eq!(work(&dataset, &events, &[])[0].rows, 5);
}

#[test]
fn verdicts_of_the_same_time_stay_in_their_order() {
    let (_dir, dataset) = sixty();
    let mut ada = AuditSession::new(dataset.clone(), "ada", &[]);
    // One time for all, as in a file of lines: a finding in each of the first thirty rows.
    let mut events = judge(&mut ada, 0..30, 0, 0, 1);
    events.extend(judge(&mut ada, 30..60, 0, 0, 100));
    let found: Vec<usize> = work(&dataset, &events, &[])[0].blocks.iter().map(|block| block.findings).collect();
    assert_eq!(found, [20, 10, 0]);
}
