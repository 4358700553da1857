//! Bulk acceptance: a set that is fixed first, a draw from it, and one step that accepts the rest.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::sync::Arc;

use crate::common::{negative, reopen};
use tilejury_audit::audits::{
    self, Acceptance, AcceptanceError, Audit, AuditPlan, AuditStatus, FoundSet, PlanError, SetTile,
};
use tilejury_audit::interchange::{ImportDefaults, answers_of, read};
use tilejury_audit::merge::{self, AnnotatorScope, present_by_annotator};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{Event, JudgeAction, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_testkit::Set;

/// Of two hundred rows, the first 150 are a set; 59 without a wrong row show that at most 7 are.
struct Case {
    _dir: tempfile::TempDir,
    dataset: Arc<Dataset>,
    sidecar: Sidecar,
    set: Vec<SampleIndex>,
}

impl Case {
    fn new(allowed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Set::plain(200, 3).write(&dir.path().join("set"));
        let dataset = Arc::new(Dataset::open(&root).unwrap());
        let (mut sidecar, _) = reopen(&dataset, "ada");
        let mut plan = AuditPlan::new("verified", "7", 1);
        plan.acceptance = Some(Acceptance::of_rows("m", allowed));
        plan.rows = audits::units_to_accept(150, &plan).unwrap();
        let draw = audits::draw(plan, &dataset, |index| index.index() < 150).unwrap();
        let (events, records) = audits::begin(&draw, &dataset, "ada", now());
        sidecar.append(&events, &records, None).unwrap();
        let set = (0..150).map(SampleIndex::new).collect();
        Self { _dir: dir, dataset, sidecar, set }
    }

    fn events(&mut self) -> Vec<Event> {
        self.sidecar.all_events().unwrap()
    }

    fn audit(&mut self) -> Audit {
        audits::audits(&self.events()).remove(0)
    }

    /// Answers to all drawn rows, of which the first ones are wrong. Returns the row of the first.
    fn judge(&mut self, wrong: usize) -> SampleIndex {
        let audit = self.audit();
        let line = |place: usize| {
            let index = self.dataset.find(audit.rows[place]).unwrap();
            let (split, number) = (&self.dataset.split_of(index).name, self.dataset.line_of(index));
            let tiles = match place < wrong {
                true => format!(r#","tiles":{{"{}":"relevant"}}"#, negative(&self.dataset, index.index(), 0)),
                false => String::new(),
            };
            format!(r#"{{"split":"{split}","line":{number},"audit":"verified","verdict":"accept"{tiles}}}"#)
        };
        let lines: Vec<String> = (0..audit.rows.len()).map(line).collect();
        self.record(&lines.join("\n")).unwrap();
        self.dataset.find(audit.rows[0]).unwrap()
    }

    fn record(&mut self, text: &str) -> Result<(), String> {
        let known = audits::audits(&self.events());
        let defaults = ImportDefaults { annotator: None, login: "ada", at: now() };
        let import = read(&self.dataset, text.as_bytes(), &defaults, present_by_annotator(&[]), &known);
        let import = import.map_err(|bad| bad[0].message.clone())?;
        self.sidecar.append(&import.events, &import.samples, None).unwrap();
        Ok(())
    }

    fn accepted(&mut self) -> Result<audits::BulkAcceptance, AcceptanceError> {
        let (audit, events) = (self.audit(), self.events());
        audits::accept_set(&audit, &self.dataset, &FoundSet::Rows(self.set.clone()), &events, now())
    }

    fn store(&mut self, events: &[Event]) {
        let record = |event: &Event| SampleRecord::new(&self.dataset, self.dataset.find(event.sample)?);
        let records: Vec<SampleRecord> = events.iter().filter_map(record).collect();
        self.sidecar.append(events, &records, None).unwrap();
    }

    /// The rows with a verdict that counts.
    fn verdicts(&mut self) -> Vec<Option<Verdict>> {
        let standing = self.sidecar.events().unwrap();
        let judgements = merge::judgements_of(&self.dataset, &standing, &AnnotatorScope::Everybody);
        self.dataset.indices().map(|index| judgements.get(&self.dataset.entry(index).key)?.verdict).collect()
    }
}

#[test]
fn a_set_is_accepted_in_one_step_and_undone() {
    let mut case = Case::new(1);
    assert!(matches!(case.accepted(), Err(AcceptanceError::NotFinished { judged: 0, .. })));
    let wrong = case.judge(1);
    // A person rejected a row of the set before.
    let by_person = (0..150).map(SampleIndex::new).find(|index| *index != wrong).unwrap();
    let (mut sidecar, mut session) = reopen(&case.dataset, "bo");
    crate::common::act(&mut sidecar, &mut session, JudgeAction::Verdict(by_person, Some(Verdict::Reject)));
    let before = AuditStatus::new(&case.audit(), &case.dataset);
    assert_eq!(before.acceptance.as_ref().map(|found| (found.wrong, found.shown)), Some((1, Some(true))));
    let found = case.accepted().unwrap();
    assert_eq!((found.rows, found.kept_out, found.judged), (148, 1, 1));
    let sentence = "Accept these 150 rows as they are by “machine:m” (positive right, no relevant negative): at least 95 % of \
                    them are right";
    assert!(found.sentence.starts_with(sentence), "{}", found.sentence);
    assert!(found.sentence.ends_with("Expect up to 7 wrong ones."), "{}", found.sentence);
    assert!(found.events.iter().all(|event| event.step == found.events[0].step && &*event.annotator == "machine:m"));
    let rates = found.events.iter().filter(|event| event.round.is_none() && event.origin.is_unbiased());
    assert_eq!(rates.count(), 0, "no rate counts it");
    case.store(&found.events);
    let verdicts = case.verdicts();
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == Some(Verdict::Accept)).count(), 148);
    assert_eq!((verdicts[wrong.index()], verdicts[by_person.index()]), (None, Some(Verdict::Reject)));
    let stored = case.audit();
    assert_eq!(stored.accepted_set().map(|set| (set.rows, set.sentence)), Some((148, found.sentence)));
    let after = AuditStatus::new(&stored, &case.dataset);
    assert_eq!(
        (after.rows, after.acceptance.unwrap().accepted),
        (before.rows, Some(148)),
        "the audit counts as before"
    );
    assert!(matches!(case.accepted(), Err(AcceptanceError::Accepted(_))));
    let answers = answers_of(&stored, &case.events());
    assert!(!answers.is_empty() && answers.iter().all(|answer| &*answer.annotator == "ada"), "no machine among them");
    let events = case.events();
    let back = audits::undo_acceptance(&stored, &case.dataset, &events, now()).unwrap();
    case.store(&back);
    assert_eq!(case.verdicts().iter().flatten().count(), 1, "only the person's verdict is left");
    assert_eq!(case.audit().accepted_set(), None);
    assert!(case.accepted().is_ok(), "and it can be accepted again");
}

#[test]
fn an_undecided_row_is_not_right() {
    let mut case = Case::new(1);
    case.judge(1);
    let audit = case.audit();
    let found = AuditStatus::new(&audit, &case.dataset).acceptance.unwrap();
    let mut plan = audit.plan.clone();
    plan.level = 0.9;
    let offer = found.offer(&plan).unwrap();
    assert!(offer.contains("at least 95 % of them are right (90 % confidence)"), "the level of the plan: {offer}");
    let index = case.dataset.find(audit.rows[1]).unwrap();
    let (split, number) = (case.dataset.split_of(index).name.clone(), case.dataset.line_of(index));
    let unsure = format!(r#"{{"split":"{split}","line":{number},"audit":"verified","verdict":"unsure"}}"#);
    case.record(&unsure).unwrap();
    let found = AuditStatus::new(&case.audit(), &case.dataset).acceptance.unwrap();
    assert_eq!((found.wrong, found.shown), (2, Some(false)));
    assert!(matches!(case.accepted(), Err(AcceptanceError::TooManyWrong { wrong: 2, allowed: 1, .. })));
}

#[test]
fn a_person_has_the_last_word_on_accepted_rows() {
    let mut case = Case::new(0);
    case.judge(0);
    let found = case.accepted().unwrap();
    case.store(&found.events);
    let (mut sidecar, mut session) = reopen(&case.dataset, "bo");
    crate::common::act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(3), Some(Verdict::Reject)));
    assert_eq!(case.verdicts()[3], Some(Verdict::Reject), "not a tie of two votes");
    assert_eq!(case.verdicts()[4], Some(Verdict::Accept));
}

#[test]
fn what_was_not_shown_is_not_accepted() {
    let mut case = Case::new(0);
    case.judge(1);
    assert!(matches!(case.accepted(), Err(AcceptanceError::TooManyWrong { wrong: 1, allowed: 0, units: "rows" })));
    let mut case = Case::new(0);
    case.judge(0);
    case.set.push(SampleIndex::new(180));
    assert!(matches!(case.accepted(), Err(AcceptanceError::OtherSet { units: "rows", .. })));
    let tile = SetTile { sample: case.audit().rows[0], tile: negative(&case.dataset, 0, 0) };
    let (audit, events) = (case.audit(), case.events());
    let tiles = FoundSet::Tiles([tile].into());
    let refused = audits::accept_set(&audit, &case.dataset, &tiles, &events, now());
    assert!(matches!(refused, Err(AcceptanceError::OtherSet { .. })), "a set of tiles is not one of rows");
    let mut plan = AuditPlan::new("small", "7", 1);
    plan.acceptance = Some(Acceptance::of_rows("m", 1));
    let refused = audits::units_to_accept(10, &plan);
    assert_eq!(refused, Err(PlanError::Acceptance { population: 10, allowed: 1 }));
}

#[test]
fn a_set_that_people_judged_in_full_is_not_accepted() {
    let mut case = Case::new(0);
    case.judge(0);
    let (mut sidecar, mut session) = reopen(&case.dataset, "bo");
    for index in case.set.clone() {
        crate::common::act(&mut sidecar, &mut session, JudgeAction::Verdict(index, Some(Verdict::Reject)));
    }
    assert!(matches!(case.accepted(), Err(AcceptanceError::AllJudged(_))));
}

#[test]
fn machines_give_no_answers_in_an_audit() {
    let mut case = Case::new(0);
    let first = case.audit().rows[0];
    let row = case.dataset.find(first).unwrap();
    let (split, number) = (case.dataset.split_of(row).name.clone(), case.dataset.line_of(row));
    let line = format!(
        r#"{{"split":"{split}","line":{number},"audit":"verified","verdict":"accept","annotator":"machine:m"}}"#
    );
    let refused = case.record(&line).unwrap_err();
    assert!(refused.contains("machine:m is a machine"), "{refused}");
}
