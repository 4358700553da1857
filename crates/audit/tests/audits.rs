//! Audits: the draw, the answers that are kept apart, and what they show.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;

use crate::common::audits::{accepted, begin, forty, found, judge, line, only, status, with_row};
use crate::common::{BEFORE_SCHEMA_9, accept, act, all_tiles, last_step, negative, reopen};
use proptest::prelude::*;
use tilejury_audit::audits::{self, AuditPlan, AuditStatus, Below, PlanError, RowAnswer, Say};
use tilejury_audit::interchange::{answers_of, current_of_audit, history_of_audit};
use tilejury_audit::merge::present_by_annotator;
use tilejury_audit::sidecar::recover;
use tilejury_audit::{AuditSession, CarriedMark, JudgeAction, Relevance, RowsAction, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::properties;

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
    assert_eq!(found.negatives.confirmed, 2, "one that a person marked was not only confirmed");
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
    rusqlite::Connection::open(&path).unwrap().execute_batch(&format!("{BEFORE_SCHEMA_9} {older}")).unwrap();
    let mut sidecar = Sidecar::open(&path, dataset.fingerprint).unwrap();
    assert_eq!(sidecar.all_events().unwrap(), all);
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 2));
    assert_eq!(only(&mut sidecar).rows.len(), 2);
}

#[test]
fn the_width_to_expect_is_stated_until_the_end() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 20));
    let audit = only(&mut sidecar);
    assert_eq!(status(&dataset, &mut sidecar).half_width_at_end, None, "nothing was judged");
    let mut lines = accepted(&dataset, &audit, 0..8);
    lines.extend([found(&dataset, &audit, 8), found(&dataset, &audit, 9)]);
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let partly = status(&dataset, &mut sidecar);
    // 2 of 10 will be 4 of 20.
    let ends = tilejury_stats::count_interval(audit.plan.population, 20, 4, tilejury_stats::Level::USUAL).unwrap();
    let half = (ends.high - ends.low) as f64 / 2.0 / audit.plan.population as f64;
    assert!((partly.half_width_at_end.unwrap() - half).abs() < 1e-12, "{partly:?}");
    let text = partly.sentences(&audit.plan).join("\n");
    assert_eq!(text.matches("at this rate the interval will then be about ±").count(), 1, "{text}");
    assert!(text.contains(&format!("±{:.1} points", half * 100.0)), "{text}");
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 10..20)).unwrap();
    assert_eq!(status(&dataset, &mut sidecar).half_width_at_end, None);
}

/// A row with a false negative, or without.
fn row(affected: bool) -> Option<RowAnswer> {
    let say = if affected { Say::Yes } else { Say::No };
    let negatives = BTreeMap::from([(TilePath::new("a"), say)]);
    Some(RowAnswer { positive: Say::No, negatives, confirmed: 0, is_unsure: false })
}

/// The state of a plan for 1 % after so many rows, the first `hits` of which are affected.
fn after(rows: u64, looking: bool, allowed: u64, judged: u64, hits: u64) -> (AuditStatus, String) {
    let mut plan = AuditPlan::new("spring", "7", rows);
    (plan.below, plan.looking, plan.population) = (Some(Below { limit: 0.01, allowed }), looking, 49_020);
    let answers: Vec<_> = (0..rows).map(|at| if at < judged { row(at < hits) } else { None }).collect();
    let status = AuditStatus::from_answers(&plan, &answers);
    let text = status.sentences(&plan).join("\n");
    (status, text)
}

#[test]
fn evidence_decides_whenever_a_person_looks() {
    let (status, text) = after(1000, true, 0, 210, 0);
    let below = status.below.unwrap();
    assert_eq!((below.shown, below.needed), (None, 20.0));
    assert_eq!((below.without_finding, below.after_one_finding, below.at_rate.is_some()), (Some(158), Some(408), true));
    assert!(
        text.contains("0 of 210 affected. 158 more without a finding will show it; after one finding, 408 more."),
        "{text}"
    );
    let (status, text) = after(1000, true, 0, 367, 0);
    assert_eq!(status.below.unwrap().shown, None, "{text}");
    let (status, text) = after(1000, true, 0, 368, 0);
    assert!(status.below.is_some_and(|below| below.shown == Some(true) && below.evidence.unwrap() >= 20.0), "{text}");
    assert!(text.contains("Shown: below 1 %."), "{text}");
    // 3 of 100 are far above the limit.
    let (status, text) = after(2000, true, 0, 100, 3);
    assert_eq!(status.below.unwrap().at_rate, None);
    assert!(text.contains("At the present rate it will not be shown."), "{text}");
    let (_, text) = after(400, true, 0, 390, 2);
    assert!(text.contains("The 10 rows left cannot show it."), "{text}");
    let (status, _) = after(400, true, 0, 400, 2);
    assert_eq!(status.below.unwrap().shown, Some(false));
}

/// With an allowed number, the evidence must be stronger to decide before the planned number: the
/// two together would err too often else.
#[test]
fn a_plan_with_an_allowed_number_seldom_ends_early() {
    let (status, text) = after(907, false, 4, 368, 0);
    let below = status.below.unwrap();
    assert_eq!((below.shown, below.needed), (None, 100.0));
    assert!(text.contains("It is at 907 rows if at most 4 more are affected."), "{text}");
    assert!(text.contains("more without a finding will show it sooner"), "{text}");
    let (status, _) = after(907, false, 4, 368 + below.without_finding.unwrap(), 0);
    assert_eq!(status.below.unwrap().shown, Some(true));
    let (_, text) = after(907, false, 4, 600, 5);
    assert!(text.contains("More are affected than the plan allows."), "{text}");
    let (status, _) = after(907, false, 4, 907, 4);
    assert_eq!(status.below.unwrap().shown, Some(true));
    let (status, _) = after(907, false, 4, 907, 5);
    assert_eq!(status.below.unwrap().shown, Some(false));
}

#[test]
fn a_looking_plan_needs_rows_that_can_show_it() {
    let (_dir, dataset) = forty();
    let mut plan = AuditPlan::new("spring", "7", 5);
    (plan.below, plan.looking) = (Some(Below { limit: 0.2, allowed: 0 }), true);
    let least = match audits::draw(plan.clone(), &dataset, |_| true).map(drop) {
        Err(PlanError::FewForLimit { wanted: 5, least }) => least,
        other => panic!("{other:?}"),
    };
    plan.rows = least - 1;
    assert!(audits::draw(plan.clone(), &dataset, |_| true).is_err());
    plan.rows = least;
    assert_eq!(audits::draw(plan, &dataset, |_| true).unwrap().rows.len() as u64, least);
}

#[test]
fn a_plan_that_allows_some_needs_rows_that_can_show_it() {
    let (_dir, dataset) = forty();
    let mut plan = AuditPlan::new("spring", "7", 5);
    plan.below = Some(Below { limit: 0.2, allowed: 1 });
    let least = match audits::draw(plan.clone(), &dataset, |_| true).map(drop) {
        Err(PlanError::FewToShow { wanted: 5, least, allowed: 1 }) => least,
        other => panic!("{other:?}"),
    };
    plan.rows = least - 1;
    assert!(audits::draw(plan.clone(), &dataset, |_| true).is_err());
    plan.rows = least;
    assert_eq!(audits::draw(plan.clone(), &dataset, |_| true).unwrap().rows.len() as u64, least);
    plan.below = Some(Below { limit: f64::NAN, allowed: 1 });
    assert_eq!(audits::draw(plan, &dataset, |_| true).map(drop), Err(PlanError::Limit));
}

#[test]
fn answers_are_printed_as_lines_that_are_read_again() {
    let (_dir, dataset) = forty();
    let (mut sidecar, mut session) = reopen(&dataset, "ada");
    act(&mut sidecar, &mut session, accept(0, all_tiles(&dataset, 0)));
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    let mut lines = accepted(&dataset, &audit, 0..6);
    lines.push(found(&dataset, &audit, 6));
    lines.push(line(&dataset, &audit, 7, r#""annotator":"bo","verdict":"unsure","note":"too small""#));
    lines.push(line(&dataset, &audit, 8, r#""verdict":"reject","reasons":["wrong_positive"]"#));
    lines.push(line(&dataset, &audit, 6, r#""annotator":"dee","role":"adjudicator","verdict":"unsure""#));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let answers = answers_of(&audit, &sidecar.all_events().unwrap());
    assert!(answers.iter().all(|event| event.step != audit.id), "the draw is no answer");
    let current = current_of_audit(&dataset, &audit, &answers, &[]);
    let history = history_of_audit(&dataset, &audit, &answers, &[]);
    assert_eq!((current.len(), history.len()), (10, answers.len()));
    assert!(current.iter().chain(&history).all(|line| line["audit"] == "spring"));
    for printed in [current, history] {
        let (_other_dir, other) = forty();
        let (mut again, _) = reopen(&other, "cy");
        begin(&other, &mut again, AuditPlan::new("spring", "7", 10));
        let lines: Vec<String> = printed.iter().map(ToString::to_string).collect();
        judge(&other, &mut again, &lines).unwrap();
        assert_eq!(status(&other, &mut again), status(&dataset, &mut sidecar));
        assert_eq!(again.events().unwrap().len(), 0, "nothing counts outside of the audit");
    }
}

/// Judges rows in other ways than for an audit.
fn elsewhere(dataset: &Dataset, sidecar: &mut Sidecar, session: &mut AuditSession, deeds: &[(usize, usize)]) {
    for (deed, at) in deeds {
        let (sample, tile) = (SampleIndex::new(*at), negative(dataset, *at, 0));
        let all: Vec<SampleIndex> = dataset.indices().collect();
        let action = match deed {
            0 => JudgeAction::Rows(all, RowsAction::Verdict(Some(Verdict::Accept))),
            1 => JudgeAction::Rows(all, RowsAction::Verdict(Some(Verdict::Reject))),
            2 => JudgeAction::Relevance(sample, tile, Some(Relevance::Relevant)),
            3 => {
                act(sidecar, session, JudgeAction::Relevance(sample, tile.clone(), Some(Relevance::Relevant)));
                let from = last_step(session, *at, &tile);
                let to = (*at + 1) % 40;
                let carried = CarriedMark {
                    sample: SampleIndex::new(to),
                    tile: negative(dataset, to, 1),
                    relevance: Relevance::Relevant,
                    from,
                };
                JudgeAction::Propagate(vec![carried])
            }
            4 => JudgeAction::Verdict(sample, None),
            5 => accept(*at, all_tiles(dataset, *at)),
            6 => JudgeAction::AllNegatives(sample, Some(Relevance::Broken)),
            _ => JudgeAction::Undo,
        };
        act(sidecar, session, action);
    }
}

proptest! {
    #![proptest_config(properties::cases(24))]

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
        prop_assert_eq!(&turned[0].rows, &audit.rows);
        prop_assert_eq!(AuditStatus::new(&turned[0], &dataset), found);
    }

    /// Outside of the audit, a person accepts and rejects in bulk, marks, propagates, adds tiles,
    /// clears and undoes, before, between and after its answers.
    #[test]
    fn nothing_that_is_done_elsewhere_changes_what_an_audit_counts(
        deeds in prop::collection::vec((0..8_usize, 0..40_usize), 1..12),
        between in 0..10_usize,
    ) {
        let (_dir, dataset) = forty();
        let (mut sidecar, mut session) = reopen(&dataset, "ada");
        let split = between.min(deeds.len());
        elsewhere(&dataset, &mut sidecar, &mut session, &deeds[..split]);
        begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
        let audit = only(&mut sidecar);
        for place in 0..10 {
            let one = if place % 3 == 0 { found(&dataset, &audit, place) } else { accepted(&dataset, &audit, place..place + 1).remove(0) };
            judge(&dataset, &mut sidecar, &[one]).unwrap();
            if place == between {
                elsewhere(&dataset, &mut sidecar, &mut session, &deeds);
            }
        }
        elsewhere(&dataset, &mut sidecar, &mut session, &deeds[split..]);
        let counted = status(&dataset, &mut sidecar);
        prop_assert_eq!((counted.judged, counted.rows.hits, counted.wrong_positives.hits), (10, 4, 0));
        prop_assert_eq!((counted.negatives.hits, counted.negatives.n), (4, 30));
        // Nor do its answers change what counts outside.
        let standing = present_by_annotator(&sidecar.events().unwrap());
        let own = standing.get("ada").map(|current| current.judgements.clone()).unwrap_or_default();
        for index in dataset.indices() {
            let key = dataset.entry(index).key;
            prop_assert_eq!(own.get(&key).cloned().unwrap_or_default(), session.judgement(index).cloned().unwrap_or_default());
        }
    }
}

#[test]
fn answers_on_other_negatives_count_as_unsure() {
    let (dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 0..10)).unwrap();
    let before = status(&dataset, &mut sidecar);
    assert_eq!((before.changed, before.unsure.rows, audit.has_same_rows(&dataset)), (0, 0, true));
    let number = |key| dataset.line_of(dataset.find(key).unwrap()).get() as usize - 1;
    let negatives = |row: &mut serde_json::Value| row["neg_chunk_paths"].as_array_mut().unwrap().clone();

    // The order of negatives and their repeats are no change.
    let root = dir.path().join("set");
    let same = with_row(&root, number(audit.rows[0]), |row| {
        let mut all = negatives(row);
        all.reverse();
        all.push(all[0].clone());
        row["neg_chunk_paths"] = all.into();
    });
    assert_eq!((status(&same, &mut sidecar).changed, audit.has_same_rows(&same)), (0, true));
    let fewer = |row: &mut serde_json::Value| {
        let all = negatives(row);
        row["neg_chunk_paths"] = all.iter().filter(|tile| **tile != all[0]).cloned().collect::<Vec<_>>().into();
    };
    let cleaned = with_row(&root, number(audit.rows[0]), fewer);
    assert_eq!(cleaned.fingerprint, dataset.fingerprint, "the keys are the same");
    let after = status(&cleaned, &mut sidecar);
    assert_eq!((after.changed, after.unsure.rows, audit.has_same_rows(&cleaned)), (1, 1, false));
    assert_eq!((after.negatives.n, after.unsure.negatives.open), (before.negatives.n - 3, 2));
    assert!(
        after.unsure.high > before.unsure.high && after.sentences(&audit.plan)[1].starts_with("1 row of this audit")
    );

    // Nor is a changed row outside of the draw overlooked.
    let other = dataset.samples.iter().find(|sample| !audit.rows.contains(&sample.key)).unwrap().key;
    let (_other_dir, whole) = forty();
    assert!(audit.has_same_rows(&whole), "a copy elsewhere");
    let changed = with_row(&whole.root, number(other), fewer);
    assert_eq!((status(&changed, &mut sidecar).changed, audit.has_same_rows(&changed)), (0, false));
}

#[test]
fn plans_of_earlier_versions_are_compared_by_keys() {
    let (dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut draw = audits::draw(AuditPlan::new("spring", "7", 10), &dataset, |_| true).unwrap();
    draw.plan.contents = None;
    let (events, records) = audits::begin(&draw, &dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    let audit = only(&mut sidecar);
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 0..10)).unwrap();
    let fewer = |row: &mut serde_json::Value| row["neg_chunk_paths"] = serde_json::json!([]);
    let cleaned = with_row(&dir.path().join("set"), 0, fewer);
    assert_eq!((status(&cleaned, &mut sidecar).changed, audit.has_same_rows(&cleaned)), (0, true));
}

#[test]
fn a_longer_draw_says_what_it_continues() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    for (name, seed, rows) in [("a", "7", 6), ("other", "8", 6), ("b", "7", 10), ("c", "7", 10), ("d", "7", 3)] {
        begin(&dataset, &mut sidecar, AuditPlan::new(name, seed, rows));
    }
    let all = audits::audits(&sidecar.all_events().unwrap());
    let of = |name: &str| {
        let audit = all.iter().find(|audit| audit.plan.name == name).unwrap();
        let status = AuditStatus::new(audit, &dataset);
        (status.sentences(&audit.plan).join(" "), status.continues)
    };
    let continues = |audit: &str, rows, more| Some(audits::Continues { audit: audit.to_owned(), rows, more });
    assert_eq!((of("a").1, of("other").1), (None, None));
    let (text, found) = of("b");
    assert_eq!(found, continues("a", 6, 4));
    assert!(text.contains("continues the draw of “a” with 4 more rows: the first 6 are the same"), "{text}");
    assert!(text.contains("another plan; the interval of “a” stays as it is"), "{text}");
    assert_eq!((of("c").1, of("d").1), (continues("b", 10, 0), continues("a", 3, 0)));
    assert!(of("c").0.contains("Its 10 rows are the first ones of the draw of “b”"), "{}", of("c").0);
    // The same first rows of other rows to draw from are another draw.
    let undrawn = dataset.indices().find(|index| !all[2].has_row(dataset.entry(*index).key)).unwrap();
    let other = audits::draw(AuditPlan::new("e", "7", 6), &dataset, |index| index != undrawn).unwrap();
    assert_eq!(other.rows, all[0].rows);
    assert_eq!(audits::Continues::find(&other.plan, &other.rows, audits::draws_of(&all)), None);
    // Likewise where audits come in one by one.
    let (mut one_by_one, events) = (Vec::new(), sidecar.all_events().unwrap());
    for event in &events {
        audits::add_events(&mut one_by_one, std::slice::from_ref(event));
    }
    assert_eq!(one_by_one[2].continues, continues("a", 6, 4));
}

#[test]
fn open_negatives_and_positives_have_bounds_too() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    let mut lines = accepted(&dataset, &audit, 0..7);
    lines.push(found(&dataset, &audit, 7));
    lines.push(line(&dataset, &audit, 8, r#""verdict":"unsure""#));
    let tile = negative(&dataset, dataset.find(audit.rows[9]).unwrap().index(), 1);
    lines.push(line(&dataset, &audit, 9, &format!(r#""verdict":"accept","tiles":{{"{tile}":"unsure"}}"#)));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let all = status(&dataset, &mut sidecar);
    let (negatives, positives) = (&all.unsure.negatives, &all.unsure.wrong_positives);
    assert_eq!((negatives.open, positives.open), (4, 1));
    let rows = |yes: u64| {
        let plain = |hits, decided| tilejury_stats::RowCount { hits, decided };
        let mut rows = vec![plain(0, 3); 7];
        rows.extend([plain(1, 3), plain(3 * yes, 3), plain(yes, 3)]);
        rows
    };
    let share = |yes| {
        let usual = tilejury_stats::Level::USUAL;
        tilejury_stats::share_of_negatives(audit.plan.population, &rows(yes), usual).unwrap().interval
    };
    assert_eq!((negatives.low, negatives.high), (Some(share(0).low), Some(share(1).high)));
    assert!(negatives.low < all.negatives.low && negatives.high > all.negatives.high, "{all:?}");
    assert!(positives.low == all.wrong_positives.low && positives.high > all.wrong_positives.high, "{all:?}");
    let text = all.sentences(&audit.plan).join(" ");
    assert!(text.contains("Left open: 4 negatives.") && text.contains("Left open: 1 positive."), "{text}");
    let (deff, effective) = (all.negatives.deff.unwrap(), all.negatives.effective_n.unwrap());
    assert!((all.negatives.n as f64 / deff - effective).abs() < 1e-12, "{deff} {effective}");
}
