//! Audits: the draw, the answers that are kept apart, and what they show.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{accept, act, all_tiles, negative, reopen};
use proptest::prelude::*;
use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus, Below, PlanError};
use tilejury_audit::interchange::{ImportDefaults, read};
use tilejury_audit::merge::present_by_annotator;
use tilejury_audit::sidecar::recover;
use tilejury_audit::{JudgeAction, Relevance, RowsAction, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_testkit::Set;

/// Forty rows with three negatives each.
fn forty() -> (tempfile::TempDir, Arc<Dataset>) {
    let dir = tempfile::tempdir().unwrap();
    let root = Set::plain(40, 3).write(&dir.path().join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    (dir, dataset)
}

fn begin(dataset: &Dataset, sidecar: &mut Sidecar, plan: AuditPlan) {
    let draw = audits::draw(plan, dataset, |_| true).unwrap();
    let (events, records) = audits::begin(&draw, dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
}

fn only(sidecar: &mut Sidecar) -> Audit {
    let mut all = audits::audits(&sidecar.all_events().unwrap());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Records lines for the audit “spring”; the first message if one is refused.
fn judge(dataset: &Dataset, sidecar: &mut Sidecar, lines: &[String]) -> Result<(), String> {
    let all = sidecar.all_events().unwrap();
    let counting: Vec<_> = all.iter().filter(|event| event.round.is_none()).cloned().collect();
    let defaults = ImportDefaults { annotator: None, login: "ada", at: now() };
    let text = lines.join("\n");
    let known = audits::audits(&all);
    let import = read(dataset, text.as_bytes(), &defaults, present_by_annotator(&counting), &known);
    let import = import.map_err(|bad| bad[0].message.clone())?;
    sidecar.append(&import.events, &import.samples, None).unwrap();
    Ok(())
}

/// A line about the row at a place of the draw, from 0.
fn line(dataset: &Dataset, audit: &Audit, place: usize, rest: &str) -> String {
    let index = dataset.find(audit.rows[place]).unwrap();
    let (split, number) = (&dataset.split_of(index).name, dataset.line_of(index));
    format!(r#"{{"split":"{split}","line":{number},"audit":"spring",{rest}}}"#)
}

/// Marks the first negative of the row at a place.
fn found(dataset: &Dataset, audit: &Audit, place: usize) -> String {
    let index = dataset.find(audit.rows[place]).unwrap();
    let tile = negative(dataset, index.index(), 0);
    line(dataset, audit, place, &format!(r#""verdict":"accept","tiles":{{"{tile}":"relevant"}}"#))
}

fn accepted(dataset: &Dataset, audit: &Audit, places: std::ops::Range<usize>) -> Vec<String> {
    places.map(|place| line(dataset, audit, place, r#""verdict":"accept""#)).collect()
}

fn status(dataset: &Dataset, sidecar: &mut Sidecar) -> AuditStatus {
    AuditStatus::new(&only(sidecar), dataset)
}

#[test]
fn the_draw_depends_on_seed_and_keys_only() {
    let (dir, dataset) = forty();
    let rows = |dataset: &Dataset, plan| audits::draw(plan, dataset, |_| true).unwrap().rows;
    let ten = rows(&dataset, AuditPlan::new("spring", "7", 10));
    assert_eq!(rows(&dataset, AuditPlan::new("summer", "7", 4)), ten[..4]);
    assert_ne!(rows(&dataset, AuditPlan::new("spring", "8", 10)), ten);
    for name in ["train.jsonl", "train_hn.jsonl"] {
        let file = dir.path().join("set").join(name);
        let mut lines: Vec<String> = std::fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
        lines.reverse();
        std::fs::write(&file, lines.join("\n")).unwrap();
    }
    let shuffled = Dataset::open(&dir.path().join("set")).unwrap();
    assert_eq!(rows(&shuffled, AuditPlan::new("spring", "7", 10)), ten);
    let refused = |plan| audits::draw(plan, &dataset, |_| true).map(|draw| draw.rows.len());
    let too_many = refused(AuditPlan::new("spring", "7", 1000));
    assert!(matches!(too_many, Err(PlanError::Rows { wanted: 1000, .. })), "{too_many:?}");
    let nothing = audits::draw(AuditPlan::new("spring", "7", 1), &dataset, |_| false).map(drop);
    assert_eq!(nothing, Err(PlanError::Nothing));
}

#[test]
fn answers_count_up_to_the_first_gap() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    let population = audit.plan.population;
    let mut lines = accepted(&dataset, &audit, 0..4);
    lines.push(found(&dataset, &audit, 5));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let partly = status(&dataset, &mut sidecar);
    assert_eq!((partly.judged, partly.after_gap, partly.finished, partly.rows.hits), (4, 1, false, 0));
    assert_eq!((partly.rows.method, partly.rows.level), ("prior-posterior-ratio", 0.99));
    assert_eq!((partly.negatives.low, partly.negatives.n), (None, 12), "no interval of negatives before the end");
    judge(&dataset, &mut sidecar, &[found(&dataset, &audit, 4)]).unwrap();
    assert_eq!(status(&dataset, &mut sidecar).rows.hits, 2);
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 6..10)).unwrap();
    let done = status(&dataset, &mut sidecar);
    assert_eq!((done.judged, done.finished, done.rows.method), (10, true, "hypergeometric"));
    // scipy.stats.hypergeom over all counts: 2 of 10 of so many rows.
    let expected = tilejury_stats::count_interval(population, 10, 2, tilejury_stats::Level::USUAL).unwrap();
    assert_eq!((done.rows.low_count, done.rows.high_count), (Some(expected.low), Some(expected.high)));
    assert_eq!((done.negatives.hits, done.negatives.n, done.negatives.confirmed), (2, 30, 28));
    assert!(done.negatives.low.unwrap() < done.negatives.estimate.unwrap());
    assert!(done.sentences(&audit.plan)[1].starts_with("20 % of rows have a false negative (95 %: "), "{done:?}");
}

#[test]
fn judgements_elsewhere_change_nothing_in_an_audit() {
    let (_dir, dataset) = forty();
    let (mut sidecar, mut session) = reopen(&dataset, "ada");
    // Before, in between and after.
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(0), negative(&dataset, 0, 0), Some(Relevance::Relevant)),
    );
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 0..10)).unwrap();
    let before = status(&dataset, &mut sidecar);
    let standing = sidecar.events().unwrap().len();
    assert_eq!(standing, 1, "answers do not count outside");
    let all: Vec<SampleIndex> = dataset.indices().collect();
    act(&mut sidecar, &mut session, JudgeAction::Rows(all, RowsAction::Verdict(Some(Verdict::Reject))));
    act(&mut sidecar, &mut session, accept(3, all_tiles(&dataset, 3)));
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(status(&dataset, &mut sidecar), before);
    assert_eq!(before.rows.hits, 0);
}

#[test]
fn unsure_rows_widen_the_bounds_and_never_leave() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    let mut lines = accepted(&dataset, &audit, 0..8);
    lines.push(line(&dataset, &audit, 8, r#""verdict":"unsure""#));
    let tile = negative(&dataset, dataset.find(audit.rows[9]).unwrap().index(), 1);
    lines.push(line(&dataset, &audit, 9, &format!(r#""verdict":"accept","tiles":{{"{tile}":"broken"}}"#)));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let found = status(&dataset, &mut sidecar);
    assert_eq!((found.rows.hits, found.rows.n, found.unsure.rows, found.broken), (0, 10, 1, 1));
    assert!(found.unsure.high > found.rows.high && found.unsure.low == found.rows.low, "{found:?}");
    assert_eq!(found.negatives.n, 8 * 3 + 2, "neither the unsure row's nor the broken one");
}

#[test]
fn a_row_is_answered_by_those_it_is_for() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("spring", "7", 10);
    (plan.annotators, plan.overlap) = (vec!["ada".into(), "bo".into()], 1.0);
    begin(&dataset, &mut sidecar, plan);
    let audit = only(&mut sidecar);
    let by = |name: &str, rest: &str| line(&dataset, &audit, 0, &format!(r#""annotator":"{name}",{rest}"#));
    let refused = judge(&dataset, &mut sidecar, &[by("cy", r#""verdict":"accept""#)]).unwrap_err();
    assert!(refused.contains("this row is for") && refused.contains("not for cy"), "{refused}");
    judge(&dataset, &mut sidecar, &[by("ada", r#""verdict":"accept""#)]).unwrap();
    assert_eq!(status(&dataset, &mut sidecar).judged, 0, "the other one has not answered");
    let tile = negative(&dataset, dataset.find(audit.rows[0]).unwrap().index(), 0);
    let other = format!(r#""verdict":"accept","tiles":{{"{tile}":"relevant"}}"#);
    judge(&dataset, &mut sidecar, &[by("bo", &other)]).unwrap();
    let found = status(&dataset, &mut sidecar);
    assert_eq!((found.judged, found.rows.hits, found.unsure.rows, found.disputed), (1, 0, 1, 1));
}

#[test]
fn lines_for_an_audit_must_fit_it() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 3));
    let audit = only(&mut sidecar);
    let undrawn = dataset.indices().find(|index| !audit.has_row(dataset.entry(*index).key)).unwrap();
    let (split, number) = (&dataset.split_of(undrawn).name, dataset.line_of(undrawn));
    let outside = format!(r#"{{"split":"{split}","line":{number},"audit":"spring","verdict":"accept"}}"#);
    let refused = judge(&dataset, &mut sidecar, &[outside]).unwrap_err();
    assert!(refused.contains("was not drawn"), "{refused}");
    let unknown = accepted(&dataset, &audit, 0..1)[0].replace("spring", "autumn");
    let refused = judge(&dataset, &mut sidecar, &[unknown]).unwrap_err();
    assert!(refused.contains("there is no audit “autumn”"), "{refused}");
}

#[test]
fn a_limit_is_shown_with_the_planned_number() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("spring", "7", 1);
    let below = Below { limit: 0.2, allowed: 0 };
    plan.below = Some(below);
    plan.rows = audits::plan_rows_below(dataset.samples.len() as u64, below, &plan).unwrap();
    let rows = plan.rows as usize;
    begin(&dataset, &mut sidecar, plan);
    let audit = only(&mut sidecar);
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 0..rows)).unwrap();
    let shown = status(&dataset, &mut sidecar);
    assert_eq!(shown.below.unwrap().shown, Some(true));
    assert!(shown.rows.one_sided && shown.rows.low == Some(0.0) && shown.rows.high.unwrap() < 0.2, "{shown:?}");
    judge(&dataset, &mut sidecar, &[found(&dataset, &audit, 1)]).unwrap();
    assert_eq!(status(&dataset, &mut sidecar).below.unwrap().shown, Some(false));
}

#[test]
fn an_audit_survives_the_recovery_of_a_sidecar() {
    let (dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    judge(&dataset, &mut sidecar, &[found(&dataset, &audit, 0)]).unwrap();
    let (before, path) = (status(&dataset, &mut sidecar), sidecar.path().to_owned());
    drop(sidecar);
    let saved = dir.path().join("saved.sqlite");
    recover(&path, &saved).unwrap();
    let mut saved = Sidecar::open_for_reading(&saved).unwrap().unwrap();
    assert_eq!(only(&mut saved).plan, audit.plan);
    assert_eq!(status(&dataset, &mut saved), before);
}

#[test]
fn a_sidecar_of_schema_6_is_upgraded_with_its_passes() {
    let (_dir, dataset) = forty();
    let (mut sidecar, mut session) = reopen(&dataset, "ada");
    act(&mut sidecar, &mut session, accept(0, all_tiles(&dataset, 0)));
    let (_, events) = session.draw_second_pass(7, 1, now()).unwrap();
    sidecar.append(&events, &[], None).unwrap();
    let (all, path) = (sidecar.all_events().unwrap(), sidecar.path().to_owned());
    drop(sidecar);
    // Schema 7 has other views only, schema 8 one column and its view.
    let older = "DROP VIEW audits; DROP VIEW audit_answers; DROP VIEW visible; ALTER TABLE events DROP COLUMN visible;
                 PRAGMA user_version = 6; PRAGMA journal_mode = delete;";
    rusqlite::Connection::open(&path).unwrap().execute_batch(older).unwrap();
    let mut sidecar = Sidecar::open(&path, dataset.fingerprint).unwrap();
    assert_eq!(sidecar.all_events().unwrap(), all);
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 2));
    assert_eq!(only(&mut sidecar).rows.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The order in which rows are judged, and events of several files come together, is of no
    /// account.
    #[test]
    fn no_order_changes_what_an_audit_counts(order in Just((0..10_usize).collect::<Vec<_>>()).prop_shuffle(), hits in 0..10_usize) {
        let (_dir, dataset) = forty();
        let (mut sidecar, _) = reopen(&dataset, "ada");
        begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
        let audit = only(&mut sidecar);
        for place in order {
            let one = if place < hits { found(&dataset, &audit, place) } else { accepted(&dataset, &audit, place..place + 1).remove(0) };
            judge(&dataset, &mut sidecar, &[one]).unwrap();
        }
        let found = status(&dataset, &mut sidecar);
        prop_assert_eq!((found.judged, found.rows.hits), (10, hits as u64));
        let mut events = sidecar.all_events().unwrap();
        events.reverse();
        let turned = audits::audits(&events);
        prop_assert_eq!(turned.len(), 1);
        let numbers: BTreeMap<_, _> = turned[0].rows.iter().zip(0..).collect();
        prop_assert_eq!(numbers.len(), 10);
    }
}
