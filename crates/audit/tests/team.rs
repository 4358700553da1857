//! The figures of a team: rows, parts, pace, agreement, what waits, and names in several sidecars.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::common::negative;
use tilejury_audit::annotators::adjudicated_rows;
use tilejury_audit::assignments::{AssignedRows, AssignmentPlan, assignments};
use tilejury_audit::audits::{self, AuditPlan};
use tilejury_audit::overview::{PartDone, TeamFigures, TeamInputs, TeamMember, TeamNumber};
use tilejury_audit::{AuditSession, Event, JudgeAction, Relevance, Round, Timestamp, Verdict};
use tilejury_data::{Dataset, SampleIndex, SampleKey};
use tilejury_testkit::Set;

struct Team {
    dataset: Arc<Dataset>,
    events: Vec<Event>,
    sidecars: BTreeMap<String, usize>,
    now: Timestamp,
    _dir: tempfile::TempDir,
}

fn at(second: usize) -> Timestamp {
    format!("2026-01-31T12:{:02}:{:02}Z", second / 60, second % 60).parse().unwrap()
}

impl Team {
    /// Forty rows. Ada judged the first 40 with 10 s each, bo the first 20 with 20 s each. In the
    /// first 20, both marked the same 4 negatives as relevant, and each one more.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Set::plain(40, 2).write(dir.path());
        let dataset = Arc::new(Dataset::open(dir.path()).unwrap());
        let mut team = Self { dataset, events: Vec::new(), sidecars: BTreeMap::new(), now: at(1000), _dir: dir };
        team.judge("ada", 40, 10, &[0, 1, 2, 3, 4]);
        team.judge("bo", 20, 20, &[0, 1, 2, 3, 5]);
        team
    }

    fn judge(&mut self, name: &str, rows: usize, seconds: usize, relevant: &[usize]) {
        let mut session = AuditSession::new(self.dataset.clone(), name, &[]);
        for row in 0..rows {
            let index = SampleIndex::new(row);
            for tile in 0..2 {
                let found = tile == 0 && relevant.contains(&row);
                let relevance = if found { Relevance::Relevant } else { Relevance::NotRelevant };
                let mark = JudgeAction::Relevance(index, negative(&self.dataset, row, tile), Some(relevance));
                self.events.extend(session.apply(mark, at(row * seconds)).events);
            }
            let verdict = JudgeAction::Verdict(index, Some(Verdict::Accept));
            self.events.extend(session.apply(verdict, at(row * seconds)).events);
        }
    }

    fn figures(&self, is_shown: bool) -> TeamFigures {
        let (events, answers): (Vec<Event>, Vec<Event>) =
            self.events.iter().cloned().partition(|event| event.round.is_none());
        TeamFigures::count(&TeamInputs {
            dataset: &self.dataset,
            events: &events,
            answers: if is_shown { &answers } else { &[] },
            audits: &audits::audits(&self.events),
            is_shown: &|_| is_shown,
            assigned: &AssignedRows::new(&self.dataset, &assignments(&self.events)),
            sidecars: &self.sidecars,
            now: self.now,
        })
    }

    /// The rows behind a number, by their places in the dataset.
    fn rows(&self, name: &str, number: TeamNumber) -> Vec<usize> {
        self.figures(true).rows.of(name, number).map(SampleIndex::index).collect()
    }

    fn member(&self, name: &str) -> TeamMember {
        self.figures(true).annotators.into_iter().find(|one| one.annotator == name).unwrap()
    }
}

#[test]
fn rows_pace_and_agreement_are_counted() {
    let team = Team::new();
    let ada = team.member("ada");
    assert_eq!((ada.judged, ada.accepted, ada.today), (40, 40, 40));
    assert_eq!((ada.seconds, ada.rows_an_hour), (Some(10.0), Some(360.0)));
    assert_eq!(team.member("bo").rows_an_hour, Some(180.0));
    assert_eq!(ada.last_seen, Some(at(390).to_string()));
    let [first, last] = ada.drift.unwrap();
    assert_eq!((first.findings, first.rows, last.findings, last.rows), (5, 20, 0, 20));
    assert_eq!(team.member("bo").drift, None, "one block shows no drift");
    // Shared are 20 rows with two negatives: 4 relevant for both, one for each alone.
    let agreement = ada.agreement.unwrap();
    assert_eq!((agreement.n, agreement.both, agreement.only_a, agreement.only_b), (40, 4, 1, 1));
    let share = agreement.positive_agreement.unwrap();
    assert!((share.value - 0.8).abs() < 1e-12 && share.low.is_some());
    assert!(agreement.kappa.is_some());
    let figures = team.figures(true);
    let names: Vec<&str> = figures.annotators.iter().map(|one| one.annotator.as_str()).collect();
    assert_eq!(names, ["ada", "bo"]);
}

#[test]
fn each_number_has_its_rows() {
    let mut team = Team::new();
    let all: Vec<usize> = (0..40).collect();
    assert_eq!(team.rows("ada", TeamNumber::Today), all);
    assert_eq!(team.rows("ada", TeamNumber::Pace), all);
    assert_eq!(team.rows("ada", TeamNumber::First), all[..20]);
    assert_eq!(team.rows("ada", TeamNumber::Last), all[20..]);
    assert!(team.rows("bo", TeamNumber::First).is_empty(), "one block shows no drift");
    for name in ["ada", "bo"] {
        assert_eq!(team.rows(name, TeamNumber::Agreement), all[..20], "{name}");
        assert_eq!(team.rows(name, TeamNumber::Disagreement), [4, 5], "{name}");
    }
    assert!(team.rows("di", TeamNumber::Pace).is_empty());
    // The day after, nothing was judged.
    let tomorrow = "2026-02-01T12:00:00Z".parse().unwrap();
    team.now = tomorrow;
    assert_eq!((team.rows("ada", TeamNumber::Today), team.rows("ada", TeamNumber::Pace)), (vec![], all));
}

#[test]
fn gold_rows_that_failed_are_counted_and_listed() {
    let mut team = Team::new();
    team.judge("adjudicator:lea", 40, 1, &[0, 1, 2, 3]);
    let known = adjudicated_rows(&[], &team.events, &team.dataset);
    let mut draw = audits::draw(AuditPlan::new("spring", "7", 6), &team.dataset, |_| true).unwrap();
    audits::mix_gold(&mut draw, 3, &known).unwrap();
    team.events.extend(audits::begin(&draw, &team.dataset, "lea", at(0)).0);
    let audit = &audits::audits(&team.events)[0];
    let gold: Vec<SampleIndex> = audit.gold_rows().map(|key| team.dataset.find(key).unwrap()).collect();
    let session = AuditSession::new(team.dataset.clone(), "bo", &[]);
    let mut session = session.in_round(Round::Audit(audit.id.clone()), &[]);
    // The first two as they are known, but for one negative of the second; the third not at all.
    for (at_gold, index) in gold[..2].iter().enumerate() {
        for tile in 0..2 {
            let is_relevant = tile == 0 && index.index() < 4;
            let said = if at_gold == 1 && tile == 1 { !is_relevant } else { is_relevant };
            let word = if said { Relevance::Relevant } else { Relevance::NotRelevant };
            let mark = JudgeAction::Relevance(*index, negative(&team.dataset, index.index(), tile), Some(word));
            team.events.extend(session.apply(mark, at(900)).events);
        }
        team.events.extend(session.apply(JudgeAction::Verdict(*index, Some(Verdict::Accept)), at(900)).events);
    }
    let counted = team.member("bo").gold.unwrap();
    assert_eq!((counted.failed, counted.rows, counted.wrong, counted.answers), (1, 2, 1, 4));
    assert_eq!(team.rows("bo", TeamNumber::GoldFailed), [gold[1].index()]);
    assert_eq!(team.member("ada").gold, None);
    assert_eq!(
        team.figures(false).rows.of("bo", TeamNumber::GoldFailed).count(),
        0,
        "of a blind audit nothing is shown"
    );
}

#[test]
fn what_waits_is_counted_for_each() {
    let mut team = Team::new();
    let figures = team.figures(true);
    assert_eq!(figures.to_adjudicate.len(), 1);
    assert_eq!((&figures.to_adjudicate[0].audit, figures.to_adjudicate[0].rows), (&None, 2));
    assert_eq!((team.member("ada").differs, team.member("bo").differs), (2, 2));
    // A third who agrees with one of them; then no interval: pairs are not independent.
    team.judge("cy", 20, 5, &[0, 1, 2, 3, 4]);
    let ada = team.member("ada");
    let share = ada.agreement.unwrap().positive_agreement.unwrap();
    assert_eq!((share.low, share.high), (None, None));
    assert_eq!(team.member("cy").differs, 2);
}

#[test]
fn parts_count_assigned_rows_and_those_of_audits() {
    let mut team = Team::new();
    let keys: Vec<SampleKey> = team.dataset.indices().map(|index| team.dataset.entry(index).key).collect();
    let plan = AssignmentPlan::new(&["bo".to_owned()], Some(0.0), "7", "").unwrap();
    team.events.extend(plan.events(&keys[10..30], "lead", at(0)).unwrap());
    assert_eq!(team.member("bo").part, Some(PartDone { done: 10, rows: 20, assigned: 20 }));
    assert_eq!(team.rows("bo", TeamNumber::Part), (10..30).collect::<Vec<_>>());
    assert_eq!(team.member("ada").part, None);
    let mut plan = AuditPlan::new("spring", "7", 6);
    plan.annotators = vec!["bo".to_owned(), "di".to_owned()];
    let draw = audits::draw(plan, &team.dataset, |_| true).unwrap();
    team.events.extend(audits::begin(&draw, &team.dataset, "lead", at(0)).0);
    let audit = &audits::audits(&team.events)[0];
    let of_bo = audit.part_of("bo");
    let of_di = audit.part_of("di").len();
    assert_eq!(team.rows("di", TeamNumber::Part).len(), of_di);
    assert_eq!(team.member("bo").part, Some(PartDone { done: 10, rows: 20 + of_bo.len(), assigned: 20 }));
    assert_eq!(team.member("di").part, Some(PartDone { done: 0, rows: of_di, assigned: 0 }), "who judged nothing yet");
    let session = AuditSession::new(team.dataset.clone(), "bo", &[]);
    let mut session = session.in_round(Round::Audit(audit.id.clone()), &[]);
    let index = team.dataset.find(of_bo[0]).unwrap();
    team.events.extend(session.apply(JudgeAction::Verdict(index, Some(Verdict::Reject)), at(900)).events);
    assert_eq!(team.member("bo").part.unwrap().done, 11);
    assert_eq!(team.member("bo").last_seen, Some(at(900).to_string()));
}

#[test]
fn names_in_several_sidecars_are_marked_and_blind_audits_hide() {
    let mut team = Team::new();
    team.sidecars = BTreeMap::from([("ada".to_owned(), 2)]);
    assert_eq!((team.member("ada").sidecars, team.member("bo").sidecars), (2, 1));
    let mut plan = AuditPlan::new("spring", "7", 20);
    plan.blind = true;
    let draw = audits::draw(plan, &team.dataset, |_| true).unwrap();
    team.events.extend(audits::begin(&draw, &team.dataset, "lead", at(0)).0);
    let id = audits::audits(&team.events)[0].id.clone();
    for (name, verdict) in [("ada", Verdict::Accept), ("bo", Verdict::Reject)] {
        let session = AuditSession::new(team.dataset.clone(), name, &[]);
        let mut session = session.in_round(Round::Audit(id.clone()), &[]);
        let index = team.dataset.find(draw.rows[0]).unwrap();
        team.events.extend(session.apply(JudgeAction::Verdict(index, Some(verdict)), at(900)).events);
    }
    let waits = |is_shown: bool| team.figures(is_shown).to_adjudicate.iter().map(|one| one.rows).collect::<Vec<_>>();
    assert_eq!(waits(true), [2, 1]);
    assert_eq!(waits(false), [2], "what waits in a blind audit is not shown before it ends");
}
