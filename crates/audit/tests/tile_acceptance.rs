//! Sets of negatives to mark at once: what a rule finds, the draw of tiles, the answers that count,
//! the marks of a machine and their undo.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::common::{act, reopen};
use proptest::prelude::*;
use tilejury_audit::annotators::{AnsweredRows, Counted};
use tilejury_audit::audits::{
    self, Acceptance, AcceptanceError, Audit, AuditPlan, AuditStatus, FoundSet, PlanError, Say, SetTile, TileRule,
    TileWord,
};
use tilejury_audit::external::{
    ExternalScore, ExternalStore, KeptReply, MachineReview, MachineVerdict, ModelAnswer, ModelQuestion, QuestionKind,
    TileText,
};
use tilejury_audit::interchange::{ImportDefaults, read};
use tilejury_audit::merge::{self, AnnotatorScope, present_by_annotator};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{Event, JudgeAction, Judgements, Relevance, Sidecar, now};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, properties};

const ROWS: usize = 50;

/// Fifty rows, two of each query with the same two negatives, which a model graded 3, and one that
/// it graded 0.
struct Case {
    _dir: tempfile::TempDir,
    dataset: Arc<Dataset>,
    sidecar: Sidecar,
    store: ExternalStore,
}

impl Case {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut set = Set::new();
        for row in 0..ROWS as u32 {
            let pair = row / 2;
            let negatives = [1, 2, 3].map(|chunk| tile(0, pair, chunk));
            let negatives: Vec<&str> = negatives.iter().map(String::as_str).collect();
            let positive = tile(1, row, 0);
            set = set.row("train", &Row::new(&format!("What is on page {pair}?"), &positive).negatives(&negatives));
        }
        let root = set.write(&dir.path().join("set"));
        let dataset = Arc::new(Dataset::open(&root).unwrap());
        let (sidecar, _) = reopen(&dataset, "ada");
        let store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let mut case = Self { _dir: dir, dataset, sidecar, store };
        for row in 0..ROWS {
            for (at, grade) in [(0, 3), (1, 3), (2, 0)] {
                case.grade(row, at, "m", grade, "");
            }
        }
        case
    }

    /// Stores what a model says about a negative of a row.
    fn grade(&mut self, row: usize, at: usize, model: &str, grade: u8, evidence: &str) {
        let sample = self.dataset.entry(SampleIndex::new(row)).key;
        let mut key = [0; 32];
        key[..4].copy_from_slice(&[row as u8, at as u8, grade, model.len() as u8]);
        let reply = KeptReply { key, model: model.into(), ..KeptReply::default() };
        let answer = ModelAnswer { reply, grade, soft: None, evidence: evidence.into() };
        let question =
            ModelQuestion { sample, tile: self.negative(row, at), source: model.into(), kind: QuestionKind::Review };
        self.store.store_answer(&answer, &[question]).unwrap();
    }

    fn negative(&self, row: usize, at: usize) -> TilePath {
        crate::common::negative(&self.dataset, row, at)
    }

    fn tiles(&self, rule: &str) -> BTreeSet<SetTile> {
        rule.parse::<TileRule>().unwrap().tiles(&self.store, &self.dataset, |_| true).unwrap()
    }

    /// The tiles that a rule finds, as rows and positions of negatives.
    fn found(&self, rule: &str, in_scope: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
        let rule: TileRule = rule.parse().unwrap();
        let tiles = rule.tiles(&self.store, &self.dataset, |index| in_scope(index.index())).unwrap();
        let mut all: Vec<(usize, usize)> = tiles
            .iter()
            .map(|one| {
                let row = self.dataset.find(one.sample).unwrap().index();
                (row, (0..3).find(|at| self.negative(row, *at) == one.tile).unwrap())
            })
            .collect();
        all.sort_unstable();
        all
    }

    fn begin(&mut self, rule: &str, allowed: u64) {
        let mut plan = AuditPlan::new("sure", "7", 1);
        plan.acceptance = Some(Acceptance::of_rows("m", allowed));
        let draw = audits::draw_tiles(plan, &self.dataset, &rule.parse().unwrap(), &self.tiles(rule)).unwrap();
        let (events, records) = audits::begin(&draw, &self.dataset, "ada", now());
        self.sidecar.append(&events, &records, None).unwrap();
    }

    fn events(&mut self) -> Vec<Event> {
        self.sidecar.all_events().unwrap()
    }

    fn audit(&mut self) -> Audit {
        audits::audits(&self.events()).remove(0)
    }

    fn status(&mut self) -> AuditStatus {
        AuditStatus::new(&self.audit(), &self.dataset)
    }

    /// Records what an annotator says in the audit about the row at a place.
    fn say(&mut self, annotator: &str, place: usize, rest: &str) {
        self.say_all(annotator, &[(place, rest.to_owned())]);
    }

    fn say_all(&mut self, annotator: &str, said: &[(usize, String)]) {
        let known = audits::audits(&self.events());
        let line = |(place, rest): &(usize, String)| {
            let index = self.dataset.find(known[0].rows[*place]).unwrap();
            let (split, number) = (&self.dataset.split_of(index).name, self.dataset.line_of(index));
            format!(r#"{{"split":"{split}","line":{number},"audit":"sure",{rest}}}"#)
        };
        let lines = said.iter().map(line).collect::<Vec<_>>().join("\n");
        let defaults = ImportDefaults { annotator: Some(annotator), login: annotator, at: now() };
        let import = read(&self.dataset, lines.as_bytes(), &defaults, present_by_annotator(&[]), &known).unwrap();
        self.sidecar.append(&import.events, &import.samples, None).unwrap();
    }

    /// Marks all drawn tiles; the first ones as not relevant, the others as relevant.
    fn judge(&mut self, first: usize) -> Vec<SetTile> {
        let audit = self.audit();
        let (mut wrong, mut said) = (Vec::new(), Vec::new());
        for (place, key) in audit.rows.iter().enumerate() {
            let marks = audit.asked(*key).iter().map(|tile| {
                let mark = if wrong.len() < first { "not_relevant" } else { "relevant" };
                if wrong.len() < first {
                    wrong.push(SetTile { sample: *key, tile: tile.clone() });
                }
                format!(r#""{tile}":"{mark}""#)
            });
            let marks: Vec<String> = marks.collect();
            said.push((place, format!(r#""tiles":{{{}}}"#, marks.join(","))));
        }
        self.say_all("ada", &said);
        wrong
    }

    fn accepted(&mut self, rule: &str) -> Result<audits::BulkAcceptance, AcceptanceError> {
        let (audit, events) = (self.audit(), self.events());
        let set = FoundSet::Tiles(self.tiles(rule));
        audits::accept_set(&audit, &self.dataset, &set, &events, now())
    }

    fn store_events(&mut self, events: &[Event]) {
        let record = |event: &Event| SampleRecord::new(&self.dataset, self.dataset.find(event.sample)?);
        let records: Vec<SampleRecord> = events.iter().filter_map(record).collect();
        self.sidecar.append(events, &records, None).unwrap();
    }

    /// The judgements that count.
    fn judgements(&mut self) -> Judgements {
        merge::judgements_of(&self.dataset, &self.sidecar.events().unwrap(), &AnnotatorScope::Everybody)
    }

    /// A mark of a person outside of the audit.
    fn mark(&self, annotator: &str, row: usize, at: usize, mark: Relevance) {
        let (mut sidecar, mut session) = reopen(&self.dataset, annotator);
        let action = JudgeAction::Relevance(SampleIndex::new(row), self.negative(row, at), Some(mark));
        act(&mut sidecar, &mut session, action);
    }
}

/// The drawn tiles of the first row of a draw, all with one mark.
fn marks(audit: &Audit, mark: &str) -> String {
    let marks: Vec<String> = audit.asked(audit.rows[0]).iter().map(|tile| format!(r#""{tile}":"{mark}""#)).collect();
    format!(r#""tiles":{{{}}}"#, marks.join(","))
}

#[test]
fn tiles_are_marked_in_one_step_and_undone() {
    let mut case = Case::new();
    case.begin("grade>=2", 1);
    assert!(matches!(case.accepted("grade>=2"), Err(AcceptanceError::NotFinished { judged: 0, .. })));
    let wrong = case.judge(1).remove(0);
    // A person marked a tile otherwise that was not drawn, in one of the two rows of its query.
    let audit = case.audit();
    let drawn: Vec<TilePath> = audit.rows.iter().flat_map(|key| audit.asked(*key).to_vec()).collect();
    let free = (0..ROWS).find(|row| !drawn.contains(&case.negative(*row, 0)) && row.is_multiple_of(2)).unwrap();
    case.mark("bo", free, 0, Relevance::NotRelevant);
    let before = case.judgements();
    let status = case.status();
    let acceptance = status.acceptance.clone().unwrap();
    assert_eq!((acceptance.set, acceptance.wrong, acceptance.shown), (100, 1, Some(true)));
    let tiles = acceptance.tiles.clone().unwrap();
    assert_eq!((tiles.word, tiles.drawn, tiles.judged), (TileWord::Relevant, drawn.len() as u64, drawn.len() as u64));
    assert_eq!((status.rows.method, status.rows.estimate, status.rows.low), ("tiles", None, None), "no rate of rows");
    assert_eq!((status.negatives.estimate, status.running.low), (None, None));

    let found = case.accepted("grade>=2").unwrap();
    // A word of people on a tile holds in all rows of the query, and each query has two.
    assert_eq!((found.tiles, found.kept_out, found.judged), (Some(96), 2, 2));
    let sentence =
        "Mark these 100 tiles as relevant by “machine:m”: at least 95 % of them are right (95 % confidence): ";
    assert!(found.sentence.starts_with(sentence), "{}", found.sentence);
    assert!(found.sentence.ends_with("1 wrong. Expect up to 5 good negatives lost."), "{}", found.sentence);
    assert!(found.events.iter().all(|event| event.step == found.events[0].step && &*event.annotator == "machine:m"));
    assert!(!found.events.iter().any(|event| event.round.is_none() && event.origin.is_unbiased()), "in no rate");
    case.store_events(&found.events);
    let after = case.judgements();
    let mark = |judgements: &Judgements, one: &SetTile| judgements.get(&one.sample)?.relevance(&one.tile);
    let set = case.tiles("grade>=2");
    assert_eq!(set.iter().filter(|one| mark(&after, one) == Some(Relevance::Relevant)).count(), 96);
    assert_eq!(mark(&after, &wrong), None);
    assert!(after.values().all(|judgement| judgement.verdict.is_none()), "a mark is no verdict");
    let counted = case.status();
    assert_eq!(counted.acceptance.unwrap().accepted, Some(96));
    assert_eq!(case.audit().accepted_set().unwrap().word, Some(TileWord::Relevant));
    let answered = AnsweredRows::of_audit(&case.audit(), &case.dataset, Counted::All);
    assert_eq!(answered.annotators.iter().map(|name| &**name).collect::<Vec<_>>(), ["ada"], "no machine agrees");

    let (audit, events) = (case.audit(), case.events());
    let back = audits::undo_acceptance(&audit, &case.dataset, &events, now()).unwrap();
    assert!(back.iter().all(|event| event.step == back[0].step));
    case.store_events(&back);
    let restored = case.judgements();
    let kept = |all: &Judgements| all.iter().filter(|(_, one)| !one.is_empty()).count();
    assert_eq!((kept(&before), kept(&restored)), (1, 1));
    assert!(before.iter().all(|(key, judgement)| restored.get(key) == Some(judgement)));
    assert_eq!(case.audit().accepted_set(), None);
    assert!(case.accepted("grade>=2").is_ok(), "and it can be marked again");
}

#[test]
fn a_set_that_changed_is_refused() {
    let mut case = Case::new();
    case.begin("grade>=2", 1);
    case.judge(0);
    assert!(case.accepted("grade>=2").is_ok());
    assert!(matches!(case.accepted("grade<=0"), Err(AcceptanceError::OtherSet { units: "tiles", .. })));
    // Another model graded one tile otherwise.
    case.grade(3, 1, "other", 0, "");
    assert!(matches!(case.accepted("grade>=2"), Err(AcceptanceError::OtherSet { .. })));
    assert!(case.accepted("grade>=2 model:m").is_ok());
    let hash = |rule: &str, word: &str| {
        let mut plan = AuditPlan::new("other", "7", 1);
        plan.acceptance = Some(Acceptance::of_rows("m", 0));
        let draw = audits::draw_tiles(plan, &case.dataset, &rule.parse().unwrap(), &case.tiles(word)).unwrap();
        draw.plan.tiles().unwrap().hash.clone()
    };
    assert_eq!(hash("grade>=2", "grade>=2"), hash("grade>=3", "grade>=2"), "of the set, not of its rule");
    assert_ne!(hash("grade>=2", "grade>=2"), hash("grade>=2", "grade>=2 model:m"));
    assert_ne!(hash("grade>=2", "grade>=2"), hash("grade<=1", "grade>=2"), "the word is in it");
}

#[test]
fn too_many_wrong_tiles_are_refused() {
    let mut case = Case::new();
    case.begin("grade>=2", 1);
    case.judge(2);
    let refused = case.accepted("grade>=2").unwrap_err();
    assert_eq!(refused, AcceptanceError::TooManyWrong { wrong: 2, allowed: 1, units: "tiles" });
    assert!(refused.to_string().starts_with("2 of the drawn tiles are wrong or undecided"), "{refused}");
    let mut plan = AuditPlan::new("none", "7", 1);
    plan.acceptance = Some(Acceptance::of_rows("m", 0));
    let none = audits::draw_tiles(plan, &case.dataset, &"bge>=0.5".parse().unwrap(), &BTreeSet::new());
    assert_eq!(none.unwrap_err(), PlanError::NoTile("bge>=0.5".into()));
}

#[test]
fn only_a_mark_answers_to_a_drawn_tile() {
    let mut case = Case::new();
    case.begin("grade>=2", 1);
    let audit = case.audit();
    assert!(audit.plan.blind, "nobody sees the word of the machine");
    case.say("ada", 0, r#""verdict":"accept""#);
    assert_eq!(case.status().judged, 0, "accepting a row is no answer to a tile");
    case.say("ada", 0, &marks(&audit, "relevant"));
    let status = case.status();
    assert_eq!((status.judged, status.acceptance.unwrap().wrong), (1, 0));
    // Other tiles of the row count for nothing.
    let index = case.dataset.find(audit.rows[0]).unwrap().index();
    let other = (0..3).map(|at| case.negative(index, at)).find(|tile| !audit.asked(audit.rows[0]).contains(tile));
    case.say("ada", 0, &format!(r#""tiles":{{"{}":"unsure"}}"#, other.unwrap()));
    assert_eq!(case.status().acceptance.unwrap().wrong, 0);
    // Two people who differ have not said what the word says, until that is adjudicated.
    case.say("bo", 0, &marks(&audit, "not_relevant"));
    let drawn = audit.asked(audit.rows[0]).len() as u64;
    let status = case.status();
    assert_eq!((status.disputed, status.acceptance.unwrap().wrong), (1, drawn));
    let answered = AnsweredRows::of_audit(&case.audit(), &case.dataset, Counted::All);
    assert_eq!(answered.shared().count(), 1, "people agree or differ by their marks");
    case.say("cy", 0, &format!(r#""role":"adjudicator",{}"#, marks(&audit, "relevant")));
    assert_eq!(case.status().acceptance.unwrap().wrong, 0);
    // Neither are tiles on which two adjudicators differ.
    for (mark, wrong) in [("not_relevant", drawn), ("relevant", 0)] {
        case.say("dee", 0, &format!(r#""role":"adjudicator",{}"#, marks(&audit, mark)));
        let status = case.status();
        assert_eq!((status.adjudicators_differ, status.acceptance.unwrap().wrong), (u64::from(wrong > 0), wrong));
    }
    case.say(
        "dee",
        0,
        &format!(r#""role":"adjudicator",{}"#, marks(&audit, "relevant").replace("\"relevant\"", "null")),
    );
    // Undecided and broken tiles are not right.
    for mark in ["unsure", "broken"] {
        case.say("cy", 0, &format!(r#""role":"adjudicator",{}"#, marks(&audit, mark)));
        assert_eq!(case.status().acceptance.unwrap().wrong, drawn, "{mark}");
    }
    let key = audit.rows[1];
    case.say("ada", 1, r#""verdict":"unsure""#);
    let sample = case.dataset.sample(case.dataset.find(key).unwrap()).unwrap();
    let answer = case.audit().answer(&sample).unwrap();
    assert!(answer.negatives.values().all(|said| *said == Say::Nothing) && answer.positive == Say::Nothing);
    assert_eq!(case.status().judged, 2, "a row that was left unsure is an answer, and a wrong one");
}

#[test]
fn rules_find_the_negatives_that_they_name() {
    let mut case = Case::new();
    let evens = |row: usize| row.is_multiple_of(2);
    let all: Vec<(usize, usize)> = (0..ROWS).flat_map(|row| [(row, 0), (row, 1)]).collect();
    assert_eq!(case.found("grade>=2", |_| true), all);
    assert_eq!(case.found("grade>=2", |row| row < 1), [(0, 0), (0, 1)], "of the scope only");
    assert_eq!(case.found("grade<=1 model:m", evens).len(), ROWS / 2);
    assert_eq!(case.found("grade>=2 model:other", |_| true), []);
    // A positive that a model graded is no negative.
    let positive = crate::common::positive(&case.dataset, 0);
    let sample = case.dataset.entry(SampleIndex::new(0)).key;
    let import = case.store.write().unwrap();
    for (tile, verdict) in [
        (case.dataset.sample(SampleIndex::new(0)).unwrap().negatives[2].path.clone(), MachineVerdict::Correct),
        (positive.clone(), MachineVerdict::Correct),
    ] {
        import.review(&MachineReview { sample, tile, verdict, answer: String::new() }).unwrap();
    }
    for (row, at, score) in [(4, 0, 0.9), (4, 1, 0.7), (5, 0, 0.1)] {
        let sample = case.dataset.entry(SampleIndex::new(row)).key;
        let tile = crate::common::negative(&case.dataset, row, at);
        import.score(&ExternalScore { sample, tile, source: "bge".into(), score }).unwrap();
    }
    let text = TileText { tile: crate::common::negative(&case.dataset, 8, 0), text: "opened in 1821".into() };
    import.text(&text).unwrap();
    import.commit().unwrap();
    assert_eq!(case.found("reviews", |_| true), [(0, 2)]);
    assert_eq!(case.found("reviews:WRONG", |_| true), []);
    assert_eq!(case.found("bge>=0.7", |_| true), [(4, 0), (4, 1)]);
    assert_eq!(case.found("bge<=0.1", |_| true), [(5, 0)]);
    assert_eq!(case.found("other>=0.1", |_| true), []);
    case.grade(8, 0, "quotes", 2, "opened in 1821");
    case.grade(9, 0, "quotes", 2, "closed in 1950");
    assert_eq!(case.found("grade>=2 verified model:quotes", |_| true), [(8, 0)]);
    assert_eq!(case.found("grade>=2 unverified model:quotes", |_| true), [(9, 0)]);
    assert_eq!(case.found("grade>=3 model:quotes", |_| true), []);
    assert!(!case.found("grade>=3", |_| true).contains(&(8, 0)), "the models do not agree");
}

proptest! {
    #![proptest_config(properties::cases(12))]

    /// Whatever people say, and wherever: a machine's mark is never on a tile that a person marked
    /// for the query, never on a drawn one that was judged otherwise, and its undo restores
    /// everything.
    #[test]
    fn no_persons_word_is_ever_replaced(
        said in prop::collection::vec((0..ROWS, 0..2_usize, prop::sample::select(Relevance::ALL)), 0..12),
        wrong in 0..4_usize,
        regraded in prop::option::of((0..ROWS, 0..3_usize)),
    ) {
        let mut case = Case::new();
        case.begin("grade>=2", 2);
        let wrong_tiles = case.judge(wrong);
        for (row, at, mark) in &said {
            case.mark("bo", *row, *at, *mark);
        }
        if let Some((row, at)) = regraded {
            case.grade(row, at, "other", 1, "");
        }
        let before = case.judgements();
        let found = case.accepted("grade>=2");
        let changes_set = regraded.is_some_and(|(_, at)| at < 2);
        prop_assert_eq!(found.is_ok(), wrong <= 2 && !changes_set);
        let Ok(found) = found else { return Ok(()) };
        case.store_events(&found.events);
        let after = case.judgements();
        for (row, at, mark) in said.iter().rev().scan(BTreeSet::new(), |known, (row, at, mark)| {
            Some(known.insert((*row, *at)).then_some((*row, *at, *mark)))
        }).flatten() {
            let key = case.dataset.entry(SampleIndex::new(row)).key;
            prop_assert_eq!(after[&key].relevance(&case.negative(row, at)), Some(mark));
            // The other row of the query has the same negatives.
            let twin = case.dataset.entry(SampleIndex::new(row ^ 1)).key;
            let in_twin = |all: &Judgements| all.get(&twin).and_then(|one| one.relevance(&case.negative(row, at)));
            prop_assert_eq!(in_twin(&after), in_twin(&before));
        }
        for one in &wrong_tiles {
            let mark = |all: &Judgements| all.get(&one.sample).and_then(|judgement| judgement.relevance(&one.tile));
            prop_assert_eq!(mark(&after), mark(&before));
            let twin = SampleIndex::new(case.dataset.find(one.sample).unwrap().index() ^ 1);
            let twin = case.dataset.entry(twin).key;
            let mark = |all: &Judgements| all.get(&twin).and_then(|judgement| judgement.relevance(&one.tile));
            prop_assert_eq!(mark(&after), mark(&before));
        }
        let (audit, events) = (case.audit(), case.events());
        let back = audits::undo_acceptance(&audit, &case.dataset, &events, now()).unwrap();
        case.store_events(&back);
        let not_empty = |all: Judgements| all.into_iter().filter(|(_, one)| !one.is_empty()).collect::<Judgements>();
        prop_assert_eq!(not_empty(case.judgements()), not_empty(before));
    }
}
