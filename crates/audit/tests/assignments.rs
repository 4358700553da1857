//! Rows that are assigned to annotators: how they are divided, stored, exchanged, found and
//! withdrawn.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::common::ten_rows;
use tilejury_audit::assignments::{AssignError, AssignedRows, Assignment, AssignmentPlan, USUAL_OVERLAP, assignments};
use tilejury_audit::audits::audits;
use tilejury_audit::exchange::{LocalFolder, sync};
use tilejury_audit::merge::{annotators, by_annotator};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{AuditSession, Event, Sidecar, now};
use tilejury_data::{Dataset, SampleIndex, SampleKey};
use tilejury_testkit::Set;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn plan(to: &[&str], overlap: f64) -> AssignmentPlan {
    AssignmentPlan::new(&names(to), Some(overlap), "7", "judged:no").unwrap()
}

fn keys(dataset: &Dataset) -> Vec<SampleKey> {
    dataset.indices().map(|index| dataset.entry(index).key).collect()
}

fn records(dataset: &Dataset) -> Vec<SampleRecord> {
    dataset.indices().filter_map(|index| SampleRecord::new(dataset, index)).collect()
}

fn read(events: &[Event]) -> Assignment {
    let mut found = assignments(events);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn rows_are_divided_evenly_and_some_go_to_two() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(600, 1).write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let (rows, to) = (keys(&dataset), ["ada", "bo", "cy"]);
    let alone = plan(&to, 0.0);
    assert!(rows.iter().all(|key| alone.annotators_of(*key).len() == 1));
    let shares = alone.shares(&rows);
    assert_eq!(shares.iter().map(|(_, rows)| rows).sum::<usize>(), 600);
    assert!(shares.iter().all(|(_, rows)| (150..250).contains(rows)), "{shares:?}");
    let some = plan(&to, 0.2);
    let twice = rows.iter().filter(|key| some.annotators_of(**key).len() == 2).count();
    assert!((80..160).contains(&twice), "{twice} of 600 for 20 %");
    // A name that joins takes rows of others, and moves no row between these.
    let more = plan(&["ada", "bo", "cy", "di"], 0.0);
    for key in &rows {
        let (before, after) = (alone.annotators_of(*key), more.annotators_of(*key));
        assert!(before == after || after == ["di"], "{before:?} {after:?}");
    }
}

#[test]
fn plans_that_cannot_be_are_refused() {
    let refused = |to: &[&str], overlap: f64| AssignmentPlan::new(&names(to), Some(overlap), "7", "").unwrap_err();
    assert_eq!(refused(&[], 0.0), AssignError::Nobody);
    assert_eq!(refused(&[" "], 0.0), AssignError::Nobody);
    assert_eq!(refused(&["ada", " ada"], 0.0), AssignError::NameTwice);
    assert_eq!(refused(&["adjudicator:ada"], 0.0), AssignError::NoPerson);
    assert_eq!(refused(&["ada", "bo"], 1.5), AssignError::Overlap);
    assert_eq!(refused(&["ada", "bo"], f64::NAN), AssignError::Overlap);
    assert_eq!(refused(&["ada"], 0.5), AssignError::OverlapOfOne);
    assert_eq!(plan(&["ada"], 0.0).events(&[], "lead", now()).unwrap_err(), AssignError::NoRows);
}

#[test]
fn several_annotators_share_some_rows_unless_told_otherwise() {
    let overlap = |to: &[&str], overlap| AssignmentPlan::new(&names(to), overlap, "7", "").unwrap().overlap;
    assert_eq!(overlap(&["ada", "bo"], None), USUAL_OVERLAP);
    assert_eq!(overlap(&["ada", "bo"], Some(0.0)), 0.0);
    assert_eq!(overlap(&["ada", " "], None), 0.0, "an empty name is nobody");
}

#[test]
fn an_assignment_judges_nothing_and_is_no_audit() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let events = plan(&["ada", "bo"], 0.5).events(&keys(&dataset), "lead", now()).unwrap();
    assert!(audits(&events).is_empty(), "its rows are in no estimate");
    let path = dir.path().join("a.sqlite");
    let mut sidecar = Sidecar::open(&path, dataset.fingerprint).unwrap();
    sidecar.append(&events, &records(&dataset), None).unwrap();
    assert!(sidecar.events().unwrap().iter().all(|event| event.round.is_some()));
    let counting: Vec<Event> = sidecar.events().unwrap().into_iter().filter(|event| event.round.is_none()).collect();
    assert!(by_annotator(&counting).is_empty() && annotators(&counting).is_empty());
    let one = read(&sidecar.all_events().unwrap());
    assert_eq!((one.rows, &*one.by, one.plan.filter.as_str()), (keys(&dataset), "lead", "judged:no"));
    // In a merged sidecar, the events may be in any order.
    let reversed: Vec<Event> = events.iter().rev().cloned().collect();
    assert_eq!(read(&reversed).rows, keys(&dataset));
}

#[test]
fn an_assignment_travels_and_is_withdrawn_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let folder = LocalFolder::open(dir.path()).unwrap();
    let open = |name: &str| Sidecar::open(&dir.path().join(name), dataset.fingerprint).unwrap();
    let events = plan(&["ada", "bo"], 0.0).events(&keys(&dataset), "lead", now()).unwrap();
    open("lead.sqlite").append(&events, &records(&dataset), None).unwrap();
    sync(&mut open("lead.sqlite"), &folder, &NoProgress).unwrap();
    sync(&mut open("bo.sqlite"), &folder, &NoProgress).unwrap();
    let here = read(&open("lead.sqlite").all_events().unwrap());
    let there = read(&open("bo.sqlite").all_events().unwrap());
    assert_eq!(here, there);
    let rows = AssignedRows::new(&dataset, [&there]);
    let (ada, bo): (Vec<SampleIndex>, Vec<SampleIndex>) = (rows.of("ada").collect(), rows.of("bo").collect());
    assert_eq!(ada.len() + bo.len(), 10);
    assert!(bo.iter().all(|index| rows.has("bo", *index) && !rows.has("ada", *index)));
    assert!(dataset.indices().all(|index| rows.has_anybody(index)) && rows.of("cy").next().is_none());
    let withdrawal: Vec<Event> = there.withdraw("bo", now()).into_iter().collect();
    open("bo.sqlite").append(&withdrawal, &[], None).unwrap();
    sync(&mut open("bo.sqlite"), &folder, &NoProgress).unwrap();
    sync(&mut open("lead.sqlite"), &folder, &NoProgress).unwrap();
    let withdrawn = read(&open("lead.sqlite").all_events().unwrap());
    assert!(withdrawn.withdrawn && withdrawn.rows == here.rows);
    assert_eq!(AssignedRows::new(&dataset, [&withdrawn]), AssignedRows::default());
}

#[test]
fn a_session_assigns_and_goes_on_with_its_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let dataset: Arc<Dataset> = ten_rows(dir.path());
    let mut session = AuditSession::new(dataset.clone(), "lead", &[]);
    let mut events = session.assign(&plan(&["ada"], 0.0), &keys(&dataset)[..3], now()).unwrap();
    events.extend(session.assign(&plan(&["bo"], 0.0), &keys(&dataset)[3..], now()).unwrap());
    let found = assignments(&events);
    events.extend(session.withdraw(&found[0], now()));
    let numbers: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=13).collect::<Vec<u64>>());
    assert_eq!(session.last_seq(), 13);
    let of = |events: &[Event]| -> BTreeMap<String, bool> {
        assignments(events).iter().map(|one| (one.short_id(), one.withdrawn)).collect()
    };
    assert_eq!(of(&events).values().filter(|withdrawn| **withdrawn).count(), 1);
    assert_eq!(of(&events).len(), 2, "two assignments of one session have different ids");
}
