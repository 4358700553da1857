//! Adjudication: which rows it is for, and how the adjudicator's word replaces the vote.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::sync::Arc;

use crate::common::audits::{forty, judge};
use crate::common::{negative, reopen};
use tilejury_audit::annotators::{
    AnsweredRows, Counted, Difference, DifferenceKind, adjudicated_rows, contested_rows, differences,
};
use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus};
use tilejury_audit::export::{ExportOptions, JudgementSource, TileCheck, preview};
use tilejury_audit::merge::{AnnotatorScope, judgements_of, present_by_annotator};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::stats::AnswerCounter;
use tilejury_audit::{Event, Relevance, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};

/// A line about a row.
fn line(dataset: &Dataset, index: SampleIndex, rest: &str) -> String {
    let (split, number) = (&dataset.split_of(index).name, dataset.line_of(index));
    format!(r#"{{"split":"{split}","line":{number},{rest}}}"#)
}

/// An acceptance of a row by an annotator, with the relevance of its first negative.
fn marked(dataset: &Dataset, index: SampleIndex, annotator: &str, relevance: &str) -> String {
    let tile = negative(dataset, index.index(), 0);
    let rest = format!(r#""annotator":"{annotator}","verdict":"accept","tiles":{{"{tile}":"{relevance}"}}"#);
    line(dataset, index, &rest)
}

fn standing(dataset: &Dataset, events: &[Event]) -> Vec<Difference> {
    differences(&AnsweredRows::standing(events, dataset, Counted::All), dataset, false)
}

/// The first negative's relevance that counts, the false negatives of the set, and the rows that an
/// export changes.
fn counted(dataset: &Arc<Dataset>, events: &[Event], index: SampleIndex) -> (Option<Relevance>, usize, usize) {
    let judgements = judgements_of(dataset, events, &AnnotatorScope::Everybody);
    let tile = negative(dataset, index.index(), 0);
    let relevance = judgements.get(&dataset.entry(index).key).and_then(|judgement| judgement.relevance(&tile));
    let mut counter = AnswerCounter::read(dataset.clone(), &NoProgress).unwrap();
    counter.add_events(events);
    let found = counter.count(&AnnotatorScope::Everybody).false_negatives;
    let source = JudgementSource::new(&judgements, events, &AnnotatorScope::Everybody);
    let options = ExportOptions { tiles: TileCheck::Trust, ..ExportOptions::default() };
    let (_, report) = preview(dataset, &source, &options, &NoProgress).unwrap();
    (relevance, found, report.changed)
}

#[test]
fn the_adjudicator_wins_against_two_of_three() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let row = SampleIndex::new(4);
    let by = |name: &str, relevance: &str| marked(&dataset, row, name, relevance);
    let three = [by("ada", "relevant"), by("bo", "relevant"), by("cy", "not_relevant")];
    judge(&dataset, &mut sidecar, &three).unwrap();
    let events = sidecar.events().unwrap();
    let (relevance, found, changed) = counted(&dataset, &events, row);
    assert_eq!((relevance, found), (Some(Relevance::Relevant), 1));
    let queue = standing(&dataset, &events);
    assert_eq!(queue.len(), 1);
    assert_eq!((queue[0].kind, queue[0].index, queue[0].answers.len()), (DifferenceKind::Relevance, row, 3));
    assert_eq!(queue[0].tiles, [negative(&dataset, 4, 0)]);
    assert!(!queue[0].is_settled());

    let word = by("dee", "not_relevant").replace(r#""verdict""#, r#""role":"adjudicator","verdict""#);
    judge(&dataset, &mut sidecar, &[word]).unwrap();
    let events = sidecar.events().unwrap();
    assert_eq!(counted(&dataset, &events, row), (Some(Relevance::NotRelevant), 0, changed - 1));
    let each = present_by_annotator(&events);
    let said = |name: &str| each[name].judgements[&dataset.entry(row).key].relevance(&negative(&dataset, 4, 0));
    assert_eq!((said("ada"), said("adjudicator:dee")), (Some(Relevance::Relevant), Some(Relevance::NotRelevant)));
    assert!(standing(&dataset, &events)[0].is_settled(), "the row stays, settled");
}

#[test]
fn a_mark_without_a_verdict_decides_its_tile_only() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let row = SampleIndex::new(4);
    let rejected = line(&dataset, row, r#""annotator":"ada","verdict":"reject","reasons":["bad_query"]"#);
    judge(&dataset, &mut sidecar, &[rejected, marked(&dataset, row, "bo", "relevant")]).unwrap();
    let key = dataset.entry(row).key;
    let verdict = |events: &[Event]| judgements_of(&dataset, events, &AnnotatorScope::Everybody)[&key].verdict;
    assert_eq!(verdict(&sidecar.events().unwrap()), Some(Verdict::Unsure), "a tie");
    let tile = negative(&dataset, 4, 0);
    let mark = format!(r#""annotator":"adjudicator","tiles":{{"{tile}":"broken"}}"#);
    judge(&dataset, &mut sidecar, &[line(&dataset, row, &mark)]).unwrap();
    let events = sidecar.events().unwrap();
    assert_eq!(verdict(&events), Some(Verdict::Unsure));
    assert_eq!(counted(&dataset, &events, row).0, Some(Relevance::Broken));
    assert!(!standing(&dataset, &events)[0].is_settled());
    judge(&dataset, &mut sidecar, &[line(&dataset, row, r#""annotator":"adjudicator","verdict":"accept""#)]).unwrap();
    let events = sidecar.events().unwrap();
    let judgement = &judgements_of(&dataset, &events, &AnnotatorScope::Everybody)[&key];
    assert_eq!((judgement.verdict, judgement.reasons.len()), (Some(Verdict::Accept), 0));
}

#[test]
fn a_machine_has_no_vote_beside_a_person() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let row = SampleIndex::new(4);
    judge(&dataset, &mut sidecar, &[marked(&dataset, row, "machine:m", "relevant")]).unwrap();
    assert_eq!(counted(&dataset, &sidecar.events().unwrap(), row).0, Some(Relevance::Relevant));
    judge(&dataset, &mut sidecar, &[marked(&dataset, row, "ada", "not_relevant")]).unwrap();
    let events = sidecar.events().unwrap();
    assert_eq!(counted(&dataset, &events, row).0, Some(Relevance::NotRelevant));
    assert!(standing(&dataset, &events).is_empty(), "no difference of people");
}

#[test]
fn the_queue_begins_with_relevant_against_not() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let by = |row: usize, name: &str, rest: &str| {
        line(&dataset, SampleIndex::new(row), &format!(r#""annotator":"{name}",{rest}"#))
    };
    let lines = [
        by(0, "ada", r#""verdict":"accept""#),
        by(0, "bo", r#""verdict":"unsure""#),
        by(1, "ada", r#""verdict":"accept""#),
        by(1, "bo", r#""verdict":"reject","reasons":["bad_query"]"#),
        marked(&dataset, SampleIndex::new(2), "ada", "relevant"),
        by(2, "bo", r#""verdict":"accept""#),
        marked(&dataset, SampleIndex::new(3), "ada", "relevant"),
        marked(&dataset, SampleIndex::new(3), "bo", "relevant"),
        by(4, "ada", r#""verdict":"accept""#),
        by(4, "bo", r#""verdict":"accept""#),
    ];
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let rows = AnsweredRows::standing(&sidecar.events().unwrap(), &dataset, Counted::All);
    let queue = |findings| -> Vec<(usize, DifferenceKind)> {
        let all = differences(&rows, &dataset, findings);
        all.iter().map(|difference| (difference.index.index(), difference.kind)).collect()
    };
    use DifferenceKind::{Finding, Relevance, Unsure, Verdict};
    assert_eq!(queue(false), [(2, Relevance), (1, Verdict), (0, Unsure)]);
    assert_eq!(queue(true), [(2, Relevance), (1, Verdict), (0, Unsure), (3, Finding)]);
}

/// An audit “spring” of ten rows by ada and bo.
fn audit_of_two(dataset: &Dataset, sidecar: &mut Sidecar) -> Audit {
    let mut plan = AuditPlan::new("spring", "7", 10);
    (plan.annotators, plan.overlap) = (vec!["ada".into(), "bo".into()], 1.0);
    let draw = audits::draw(plan, dataset, |_| true).unwrap();
    let (events, records) = audits::begin(&draw, dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    audits::audits(&sidecar.all_events().unwrap()).remove(0)
}

#[test]
fn an_adjudicated_row_of_an_audit_counts_as_adjudicated() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let audit = audit_of_two(&dataset, &mut sidecar);
    let row = |place: usize| dataset.find(audit.rows[place]).unwrap();
    let for_audit = |text: String| text.replace(r#""verdict""#, r#""audit":"spring","verdict""#);
    let mut lines = Vec::new();
    for place in 0..10 {
        for (name, relevance) in [("ada", "relevant"), ("bo", "not_relevant")] {
            let relevance = if place < 2 { relevance } else { "not_relevant" };
            lines.push(for_audit(marked(&dataset, row(place), name, relevance)));
        }
    }
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let stored = |sidecar: &mut Sidecar| audits::audits(&sidecar.all_events().unwrap()).remove(0);
    let before = AuditStatus::new(&stored(&mut sidecar), &dataset);
    assert_eq!((before.rows.hits, before.unsure.rows, before.disputed), (0, 2, 2));
    let open = |sidecar: &mut Sidecar| {
        let rows = AnsweredRows::of_audit(&stored(sidecar), &dataset, Counted::All);
        let all = differences(&rows, &dataset, false);
        all.iter().filter(|difference| !difference.is_settled()).map(|one| one.index).collect::<Vec<_>>()
    };
    assert_eq!(open(&mut sidecar), [row(0), row(1)], "in the order of the draw");
    let word = for_audit(marked(&dataset, row(0), "cy", "relevant"));
    let refused = judge(&dataset, &mut sidecar, std::slice::from_ref(&word)).unwrap_err();
    assert!(refused.contains("not for cy"), "only as an adjudicator: {refused}");
    judge(&dataset, &mut sidecar, &[word.replace(r#""verdict""#, r#""role":"adjudicator","verdict""#)]).unwrap();
    let after = AuditStatus::new(&stored(&mut sidecar), &dataset);
    assert_eq!((after.rows.hits, after.unsure.rows, after.disputed), (1, 1, 1));
    assert_eq!(open(&mut sidecar), [row(1)]);
    assert!(sidecar.events().unwrap().is_empty(), "nothing of it counts outside");
}

#[test]
fn answers_side_by_side_have_no_names_and_no_order() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let lines: Vec<String> = (0..20)
        .flat_map(|row| [("ada", "relevant"), ("bo", "not_relevant")].map(|(name, said)| (row, name, said)))
        .map(|(row, name, said)| marked(&dataset, SampleIndex::new(row), name, said))
        .collect();
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let queue = standing(&dataset, &sidecar.events().unwrap());
    let first = |one: &Difference| one.answers[0].say(&one.tiles[0]) == audits::Say::Yes;
    let times = queue.iter().filter(|one| first(one)).count();
    assert!((3..=17).contains(&times), "ada is first in {times} of 20");
}

/// A word of an adjudicator about a row.
fn word(dataset: &Dataset, index: SampleIndex, name: &str, relevance: &str) -> String {
    marked(dataset, index, name, relevance).replace(r#""verdict""#, r#""role":"adjudicator","verdict""#)
}

#[test]
fn adjudicators_who_differ_leave_a_row_open() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let audit = audit_of_two(&dataset, &mut sidecar);
    let row = |place: usize| dataset.find(audit.rows[place]).unwrap();
    let for_audit = |text: String| text.replace(r#""verdict""#, r#""audit":"spring","verdict""#);
    // All annotators agree: only the words of adjudicators differ.
    let mut lines: Vec<String> = (0..10)
        .flat_map(|place| ["ada", "bo"].map(|name| for_audit(marked(&dataset, row(place), name, "not_relevant"))))
        .collect();
    for (name, relevance) in [("dee", "relevant"), ("eve", "not_relevant")] {
        lines.push(for_audit(word(&dataset, row(0), name, relevance)));
        lines.push(word(&dataset, row(0), name, relevance));
    }
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let all = |sidecar: &mut Sidecar| sidecar.all_events().unwrap();
    let counts = |sidecar: &mut Sidecar| {
        let stored = audits::audits(&all(sidecar)).remove(0);
        let status = AuditStatus::new(&stored, &dataset);
        (status.rows.hits, status.unsure.rows, status.adjudicators_differ)
    };
    assert_eq!(counts(&mut sidecar), (0, 1, 1), "unsure, not the later word");
    let stored = audits::audits(&all(&mut sidecar)).remove(0);
    let of_audit = |audit: &Audit| differences(&AnsweredRows::of_audit(audit, &dataset, Counted::All), &dataset, false);
    let queue = [of_audit(&stored), standing(&dataset, &sidecar.events().unwrap())];
    for (queue, answers) in queue.iter().zip([4, 2]) {
        let [difference] = &queue[..] else { panic!("{queue:?}") };
        assert_eq!((difference.kind, difference.is_settled()), (DifferenceKind::Adjudicators, false));
        assert_eq!(difference.tiles, [negative(&dataset, row(0).index(), 0)]);
        let words = difference.answers.iter().filter(|answer| answer.of_adjudicator).count();
        assert_eq!((difference.answers.len(), words), (answers, 2), "with both words");
    }
    assert_eq!(counted(&dataset, &sidecar.events().unwrap(), row(0)).0, Some(Relevance::Unsure));
    let named = contested_rows(&all(&mut sidecar), &sidecar.samples().unwrap());
    let of: Vec<Option<&str>> = named.iter().map(|rows| rows.audit.as_deref()).collect();
    assert_eq!(of, [None, Some("spring")]);
    assert!(
        named[1]
            .sentence()
            .starts_with("adjudicator:dee and adjudicator:eve gave different words on 1 row of “spring”")
    );
    let sentences = AuditStatus::new(&stored, &dataset).sentences(&stored.plan).join(" ");
    assert!(sentences.contains("Adjudicators differ on 1 row: unsure until that is settled"), "{sentences}");
    assert!(adjudicated_rows(&[&stored], &[], &dataset).is_empty(), "no known answer");

    // A third word settles it; so would another word of one of the two.
    judge(&dataset, &mut sidecar, &[for_audit(word(&dataset, row(0), "flo", "relevant"))]).unwrap();
    assert_eq!(counts(&mut sidecar), (1, 0, 0));
    assert!(of_audit(&audits::audits(&all(&mut sidecar)).remove(0)).is_empty());
    judge(&dataset, &mut sidecar, &[word(&dataset, row(0), "eve", "relevant")]).unwrap();
    assert!(standing(&dataset, &sidecar.events().unwrap()).is_empty());
}
