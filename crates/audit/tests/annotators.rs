//! Several annotators: their agreement, rows that come back, gold rows, and skills.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::sync::Arc;

use crate::common::audits::{judge, with_row};
use crate::common::{negative, reopen};
use tilejury_audit::annotators::{
    AnsweredRows, Counted, Skills, adjudicated_rows, against_adjudicated, against_gold, against_oneself, agreements,
    differences,
};
use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus, PlanError, ROWS_BETWEEN, ShownKind, ShownRow};
use tilejury_audit::{Sidecar, now};
use tilejury_data::{Dataset, SampleKey};
use tilejury_testkit::Set;

fn rows(number: u32) -> (tempfile::TempDir, Arc<Dataset>) {
    let dir = tempfile::tempdir().unwrap();
    let root = Set::plain(number, 3).write(&dir.path().join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    (dir, dataset)
}

/// An acceptance of a row with marks of its first negatives: `+` relevant, `-` not, `?` unsure.
fn said(dataset: &Dataset, key: SampleKey, marks: &str, rest: &str) -> String {
    let index = dataset.find(key).unwrap();
    let word = |mark| match mark {
        '+' => "relevant",
        '-' => "not_relevant",
        _ => "unsure",
    };
    let tiles: Vec<String> = marks
        .chars()
        .enumerate()
        .map(|(at, mark)| format!(r#""{}":"{}""#, negative(dataset, index.index(), at), word(mark)))
        .collect();
    let (split, line) = (&dataset.split_of(index).name, dataset.line_of(index));
    format!(r#"{{"split":"{split}","line":{line},"verdict":"accept","tiles":{{{}}},{rest}}}"#, tiles.join(","))
}

fn begin(dataset: &Dataset, sidecar: &mut Sidecar, plan: AuditPlan, gold: usize) -> Result<Audit, PlanError> {
    let mut draw = audits::draw(plan, dataset, |_| true)?;
    let events = sidecar.all_events().unwrap();
    let (known, counting) = (audits::audits(&events), sidecar.events().unwrap());
    let adjudicated = adjudicated_rows(&known.iter().collect::<Vec<_>>(), &counting, dataset);
    audits::mix_gold(&mut draw, gold, &adjudicated)?;
    let (events, records) = audits::begin(&draw, dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    Ok(audits::audits(&sidecar.all_events().unwrap()).pop().unwrap())
}

fn last_audit(sidecar: &mut Sidecar) -> Audit {
    audits::audits(&sidecar.all_events().unwrap()).pop().unwrap()
}

#[test]
fn agreement_is_counted_by_tile_and_by_row() {
    let (_dir, dataset) = rows(40);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let key = |row: usize| dataset.samples[row].key;
    let by = |row: usize, name: &str, marks: &str| said(&dataset, key(row), marks, &format!(r#""annotator":"{name}""#));
    let lines = [
        by(0, "ada", "++-"),
        by(0, "bo", "+--"),
        by(1, "ada", "---"),
        by(1, "bo", "---"),
        by(2, "ada", "--+"),
        by(2, "bo", "+--"),
        by(3, "ada", "-?-"),
        by(3, "bo", "---"),
        by(4, "ada", "+++"),
        by(5, "machine:m", "+++"),
        by(5, "bo", "---"),
    ];
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let answered = AnsweredRows::standing(&sidecar.events().unwrap(), &dataset, Counted::LooksOnly);
    let found = agreements(&answered);
    assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), ["pair", "all"], "no machine");
    let pair = &found[0];
    assert_eq!(pair.pair, Some(["ada".to_owned(), "bo".to_owned()]));
    let counts = |one: &tilejury_audit::annotators::AgreementFigures| {
        (one.n, one.both, one.only_a, one.only_b, one.neither, one.unsure)
    };
    assert_eq!(counts(&pair.negatives), (11, 1, 2, 1, 7, 1));
    assert_eq!(counts(&pair.rows), (3, 2, 0, 0, 1, 1), "the unsure row is left out");
    assert_eq!(counts(&pair.positives), (4, 0, 0, 0, 4, 0));
    assert!((pair.negatives.positive_agreement.unwrap().value - 2.0 / 5.0).abs() < 1e-12);
    // krippendorff 0.9.0, nominal, with unsure as a third value; without it, it would be 0.2588.
    assert!((pair.negatives.alpha.unwrap() - 0.185_840_707_964_601_84).abs() < 1e-12, "{pair:?}");
    assert_eq!(pair.positives.positive_agreement, None, "nobody found any");
    assert_eq!(counts(&found[1].negatives), counts(&pair.negatives), "one pair is all pairs");
    assert!(pair.lines()[0].starts_with("ada and bo, negatives that are relevant: positive agreement 0.40 (95 %: "));
}

#[test]
fn three_answers_to_a_tile_give_no_interval() {
    let (_dir, dataset) = rows(40);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let by =
        |name: &str, marks: &str| said(&dataset, dataset.samples[0].key, marks, &format!(r#""annotator":"{name}""#));
    judge(&dataset, &mut sidecar, &[by("ada", "+--"), by("bo", "+--"), by("cy", "---")]).unwrap();
    let answered = AnsweredRows::standing(&sidecar.events().unwrap(), &dataset, Counted::LooksOnly);
    let all = agreements(&answered).pop().unwrap().negatives;
    assert_eq!((all.n, all.both, all.only_a + all.only_b, all.neither), (9, 1, 2, 6));
    // statsmodels 0.15.0, `fleiss_kappa([[2, 1], [0, 3], [0, 3]])`.
    assert!((all.kappa.unwrap() - 0.357_142_857_142_857).abs() < 1e-12 && all.kappa_method == "fleiss", "{all:?}");
    let share = all.positive_agreement.unwrap();
    assert_eq!((share.value, share.low, share.high), (0.5, None, None));
}

#[test]
fn marks_that_nobody_gave_alone_are_not_compared() {
    let (_dir, dataset) = rows(40);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let key = dataset.samples[0].key;
    let tile = negative(&dataset, 0, 0);
    let in_bulk = format!(r#""annotator":"bo","bulk":["{tile}"]"#);
    let lines = [said(&dataset, key, "+--", r#""annotator":"ada""#), said(&dataset, key, "---", &in_bulk)];
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let events = sidecar.events().unwrap();
    let pairs = |counted| agreements(&AnsweredRows::standing(&events, &dataset, counted))[0].negatives.n;
    assert_eq!((pairs(Counted::All), pairs(Counted::LooksOnly)), (3, 2));
}

#[test]
fn answers_to_a_row_that_changed_are_not_compared() {
    let (dir, dataset) = rows(40);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("spring", "7", 3);
    (plan.annotators, plan.overlap) = (vec!["ada".into(), "bo".into()], 1.0);
    let audit = begin(&dataset, &mut sidecar, plan, 0).unwrap();
    let by = |place: usize, name: &str, marks: &str| {
        said(&dataset, audit.rows[place], marks, &format!(r#""annotator":"{name}","audit":"spring""#))
    };
    let marks = [("+--", "---"), ("+--", "+--"), ("---", "---")];
    let lines = (0..3).flat_map(|place| [by(place, "ada", marks[place].0), by(place, "bo", marks[place].1)]);
    judge(&dataset, &mut sidecar, &lines.collect::<Vec<_>>()).unwrap();
    let audit = last_audit(&mut sidecar);
    let counts = |dataset: &Dataset| {
        let answered = AnsweredRows::of_audit(&audit, dataset, Counted::LooksOnly);
        let pair = agreements(&answered).remove(0);
        let differ = differences(&answered, dataset, false).len();
        (pair.negatives.n, pair.negatives.both, pair.negatives.only_a, pair.rows.n, differ)
    };
    assert_eq!(counts(&dataset), (9, 1, 1, 3, 1));
    // The row on which they differ loses a negative.
    let line = dataset.line_of(dataset.find(audit.rows[0]).unwrap()).get() as usize - 1;
    let fewer = |row: &mut serde_json::Value| _ = row["neg_chunk_paths"].as_array_mut().unwrap().pop();
    assert_eq!(counts(&with_row(&dir.path().join("set"), line, fewer)), (6, 1, 0, 2, 0));
}

#[test]
fn annotators_are_compared_with_the_adjudicated_rows() {
    let (_dir, dataset) = rows(40);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let by = |row: usize, name: &str, marks: &str| {
        said(&dataset, dataset.samples[row].key, marks, &format!(r#""annotator":"{name}""#))
    };
    let lines = [by(0, "ada", "++-"), by(0, "adjudicator", "+-+"), by(1, "ada", "---"), by(2, "adjudicator", "---")];
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let answered = AnsweredRows::standing(&sidecar.events().unwrap(), &dataset, Counted::LooksOnly);
    let found = against_adjudicated(&answered);
    assert_eq!((found.len(), found[0].annotator.as_str(), found[0].rows), (1, "ada", 1));
    let (right, other) = (found[0].sensitivity, found[0].specificity);
    assert_eq!((right.hits, right.n, other.hits, other.n), (1, 2, 0, 1));
    assert!(right.low.unwrap() > 0.0 && other.low == Some(0.0) && other.high.unwrap() < 1.0);
}

#[test]
fn rows_come_back_after_fifty_others() {
    let (_dir, dataset) = rows(300);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("spring", "7", 300);
    (plan.repeats, plan.annotators, plan.overlap) = (0.1, vec!["ada".into(), "bo".into()], 0.3);
    let audit = begin(&dataset, &mut sidecar, plan, 0).unwrap();
    let order = audit.order();
    let again: Vec<&ShownRow> = order.iter().filter(|row| row.is_again).collect();
    assert!((8..=40).contains(&again.len()), "{}", again.len());
    assert_eq!(order.iter().filter(|row| !row.is_again).map(|row| row.key).collect::<Vec<_>>(), audit.rows);
    for name in ["ada", "bo"] {
        let own = audit.order_for(name);
        for (at, row) in own.iter().enumerate().filter(|(_, row)| row.is_again) {
            let first = own.iter().position(|one| one.key == row.key && !one.is_again).unwrap();
            let between = own[first + 1..at].iter().filter(|one| !one.is_again).count();
            assert!(between >= ROWS_BETWEEN, "{name}: {between} rows between {first} and {at}");
        }
    }
}

#[test]
fn a_second_answer_never_replaces_the_first() {
    let (_dir, dataset) = rows(100);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("spring", "7", 100);
    plan.repeats = 0.2;
    let audit = begin(&dataset, &mut sidecar, plan, 0).unwrap();
    let back = audit.order().into_iter().find(|row| row.is_again).unwrap().key;
    let first = said(&dataset, back, "+--", r#""audit":"spring""#);
    let second = said(&dataset, back, "---", r#""audit":"spring","again":true"#);
    let refused = judge(&dataset, &mut sidecar, std::slice::from_ref(&second)).unwrap_err();
    assert!(refused.contains("has not answered to the row a first time"), "{refused}");
    judge(&dataset, &mut sidecar, &[first, second]).unwrap();
    let stored = last_audit(&mut sidecar);
    let sample = dataset.sample(dataset.find(back).unwrap()).unwrap();
    assert_eq!(stored.answer(&sample).unwrap().has_false_negative(), audits::Say::Yes);
    let own = against_oneself(&stored, &dataset);
    assert_eq!((own.len(), own[0].kind, own[0].negatives.n, own[0].negatives.only_a), (1, "again", 3, 1));
    let other = audit.rows.iter().find(|key| !audit.comes_back(**key)).unwrap();
    let wrong = said(&dataset, *other, "---", r#""audit":"spring","again":true"#);
    assert!(judge(&dataset, &mut sidecar, &[wrong]).unwrap_err().contains("does not come back"));
}

#[test]
fn gold_rows_are_mixed_in_and_in_no_rate() {
    let (_dir, dataset) = rows(60);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let missing = begin(&dataset, &mut sidecar, AuditPlan::new("none", "7", 10), 1).unwrap_err();
    assert_eq!(missing, PlanError::Gold { wanted: 1, there: 0 });
    let adjudicated: Vec<String> =
        dataset.samples.iter().map(|sample| said(&dataset, sample.key, "+--", r#""role":"adjudicator""#)).collect();
    judge(&dataset, &mut sidecar, &adjudicated).unwrap();
    let audit = begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 20), 5).unwrap();
    let order = audit.order();
    let gold: Vec<SampleKey> = order.iter().filter(|row| row.kind == ShownKind::Gold).map(|row| row.key).collect();
    assert_eq!((order.len(), gold.len()), (25, 5));
    assert!(gold.iter().all(|key| !audit.has_row(*key)));
    let places: Vec<usize> = (0..25).filter(|at| order[*at].kind == ShownKind::Gold).collect();
    assert_ne!(places, [0, 1, 2, 3, 4], "not all at the beginning");
    assert_ne!(places, [20, 21, 22, 23, 24], "nor at the end");
    let mut lines: Vec<String> =
        audit.rows.iter().map(|key| said(&dataset, *key, "---", r#""audit":"spring""#)).collect();
    lines.push(said(&dataset, gold[0], "+--", r#""audit":"spring""#));
    lines.push(said(&dataset, gold[1], "-+-", r#""audit":"spring""#));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let stored = last_audit(&mut sidecar);
    let status = AuditStatus::new(&stored, &dataset);
    assert_eq!((status.judged, status.finished, status.rows.hits), (20, true, 0));
    let known = adjudicated_rows(&[], &sidecar.events().unwrap(), &dataset);
    let found = against_gold(&stored, &known, &dataset);
    assert_eq!((found[0].rows, found[0].against), (2, "gold"));
    let (right, other) = (found[0].sensitivity, found[0].specificity);
    assert_eq!((right.hits, right.n, other.hits, other.n), (1, 2, 3, 4));
}

#[test]
fn two_annotators_do_not_determine_their_skills() {
    let (_dir, dataset) = rows(40);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let by = |name: &str, marks: &str, row: usize| {
        said(&dataset, dataset.samples[row].key, marks, &format!(r#""annotator":"{name}""#))
    };
    let lines: Vec<String> = (0..20).flat_map(|row| [by("ada", "+--", row), by("bo", "+--", row)]).collect();
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let skills = |sidecar: &mut Sidecar| {
        Skills::new(&AnsweredRows::standing(&sidecar.events().unwrap(), &dataset, Counted::LooksOnly))
    };
    assert!(!skills(&mut sidecar).is_identified);
    let careless: Vec<String> = (0..20).map(|row| by("cy", "++-", row)).collect();
    judge(&dataset, &mut sidecar, &careless).unwrap();
    let found = skills(&mut sidecar);
    assert!(found.is_identified && (found.share.unwrap() - 1.0 / 3.0).abs() < 0.01, "{:?}", found.share);
    let cy = found.annotators.iter().find(|one| one.annotator == "cy").unwrap();
    assert!((cy.specificity - 0.5).abs() < 0.02 && cy.answers == 60, "{cy:?}");
    assert_eq!(found.tiles.len(), 60);
}

#[test]
fn kappa_over_three_is_a_mean_where_answers_are_missing() {
    let (_dir, dataset) = rows(40);
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let by = |row: usize, name: &str, marks: &str| {
        said(&dataset, dataset.samples[row].key, marks, &format!(r#""annotator":"{name}""#))
    };
    let lines = [by(0, "ada", "+--"), by(0, "bo", "++-"), by(0, "cy", "+--"), by(1, "ada", "-+-"), by(1, "bo", "-+-")];
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let answered = AnsweredRows::standing(&sidecar.events().unwrap(), &dataset, Counted::LooksOnly);
    let found = agreements(&answered);
    let each: Vec<f64> = found[..3].iter().map(|pair| pair.negatives.kappa.unwrap()).collect();
    assert!(found[..3].iter().all(|pair| pair.negatives.kappa_method == "cohen"), "{found:?}");
    let all = &found[3].negatives;
    assert!((all.kappa.unwrap() - each.iter().sum::<f64>() / 3.0).abs() < 1e-12, "{all:?} {each:?}");
    assert_eq!(all.kappa_method, "mean-cohen");
    assert!(found[3].lines()[0].contains("mean of Cohen's kappas"), "{:?}", found[3].lines());
}
