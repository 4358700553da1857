//! Merging sidecars: everything once, in an order that no order of the files changes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::{accept, act, all_tiles, negative, old_sidecar, ten_rows};
use tilejury_audit::assignments::AssignedRows;
use tilejury_audit::audit_report::{AuditReport, ReportInputs};
use tilejury_audit::audits::{self, AuditPlan, AuditStatus};
use tilejury_audit::external::AskedModels;
use tilejury_audit::interchange::{ImportDefaults, answers_of, read};
use tilejury_audit::merge::{AnnotatorScope, judgements_of, present_by_annotator};
use tilejury_audit::overview::{TeamFigures, TeamInputs};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::sidecar::{LastPosition, MergeError, Merged, merge_files};
use tilejury_audit::{
    AuditSession, Event, FieldChange, JudgeAction, Reason, Relevance, Sidecar, SidecarError, Verdict, now,
};
use tilejury_data::{Dataset, DatasetFingerprint, SampleIndex};

/// A dataset and a folder for sidecars.
struct Desk {
    dir: tempfile::TempDir,
    dataset: Arc<Dataset>,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let dataset = ten_rows(&dir.path().join("set"));
        Self { dir, dataset }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A sidecar and a session of an annotator on it.
    fn open(&self, name: &str, annotator: &str) -> (Sidecar, AuditSession) {
        let mut sidecar = Sidecar::open(&self.path(name), self.dataset.fingerprint).unwrap();
        let own: Vec<Event> =
            sidecar.events().unwrap().into_iter().filter(|event| &*event.annotator == annotator).collect();
        (sidecar, AuditSession::new(self.dataset.clone(), annotator, &own))
    }

    fn does(&self, name: &str, annotator: &str, actions: impl IntoIterator<Item = JudgeAction>) {
        let (mut sidecar, mut session) = self.open(name, annotator);
        for action in actions {
            act(&mut sidecar, &mut session, action);
        }
    }

    fn judges(&self, name: &str, lines: &[String]) {
        let (mut sidecar, _) = self.open(name, "ada");
        let all = sidecar.all_events().unwrap();
        let counting: Vec<Event> = all.iter().filter(|event| event.round.is_none()).cloned().collect();
        let defaults = ImportDefaults { annotator: None, login: "ada", at: now() };
        let text = lines.join("\n");
        let known = audits::audits(&all);
        let import = read(&self.dataset, text.as_bytes(), &defaults, present_by_annotator(&counting), &known).unwrap();
        sidecar.append(&import.events, &import.samples, None).unwrap();
    }

    fn begins(&self, name: &str, plan: AuditPlan) {
        let (mut sidecar, _) = self.open(name, "ada");
        let draw = audits::draw(plan, &self.dataset, |_| true).unwrap();
        let (events, records) = audits::begin(&draw, &self.dataset, "ada", now());
        sidecar.append(&events, &records, None).unwrap();
    }

    fn merge(&self, from: &[&str], to: &str) -> Result<Merged, MergeError> {
        let from: Vec<PathBuf> = from.iter().map(|name| self.path(name)).collect();
        merge_files(&from, &self.path(to), &NoProgress)
    }

    fn events(&self, name: &str) -> Vec<Event> {
        Sidecar::open_for_reading(&self.path(name)).unwrap().unwrap().all_events().unwrap()
    }
}

fn index(row: usize) -> SampleIndex {
    SampleIndex::new(row)
}

fn verdict(row: usize, verdict: Verdict) -> JudgeAction {
    JudgeAction::Verdict(index(row), Some(verdict))
}

/// Three sidecars: ada begins and is copied to bo and cy; all three go on, bo with an undo, and cy
/// on ada's second machine, too.
fn three() -> Desk {
    let desk = Desk::new();
    let mark =
        |row: usize, relevance| JudgeAction::Relevance(index(row), negative(&desk.dataset, row, 0), Some(relevance));
    desk.begins("a.sqlite", AuditPlan::new("spring", "7", 4));
    desk.does("a.sqlite", "ada", [accept(0, all_tiles(&desk.dataset, 0)), JudgeAction::Note(index(0), "first".into())]);
    for copy in ["b.sqlite", "c.sqlite"] {
        let (sidecar, _) = desk.open("a.sqlite", "ada");
        drop(sidecar);
        std::fs::copy(desk.path("a.sqlite"), desk.path(copy)).unwrap();
    }
    desk.does(
        "a.sqlite",
        "ada",
        [mark(1, Relevance::Relevant), JudgeAction::Tags(index(1), ["odd".to_owned()].into())],
    );
    desk.does("b.sqlite", "bo", [verdict(1, Verdict::Reject), verdict(2, Verdict::Accept), JudgeAction::Undo]);
    desk.does(
        "c.sqlite",
        "cy",
        [mark(1, Relevance::NotRelevant), JudgeAction::ToggleReason(index(3), Reason::BadQuery)],
    );
    desk.does("c.sqlite", "ada", [verdict(0, Verdict::Unsure), verdict(4, Verdict::Reject)]);
    let drawn = audits::audits(&desk.events("a.sqlite")).remove(0).rows;
    for (file, name, place) in [("a.sqlite", "ada", 0), ("b.sqlite", "bo", 1), ("c.sqlite", "cy", 2)] {
        let row = desk.dataset.find(drawn[place]).unwrap();
        let (split, line) = (&desk.dataset.split_of(row).name, desk.dataset.line_of(row));
        let rest = format!(r#""annotator":"{name}","audit":"spring","verdict":"accept""#);
        desk.judges(file, &[format!(r#"{{"split":"{split}","line":{line},{rest}}}"#)]);
    }
    desk
}

#[test]
fn no_order_of_the_files_changes_what_is_merged() {
    let desk = three();
    let (a, b, c) = ("a.sqlite", "b.sqlite", "c.sqlite");
    let orders = [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]];
    for (number, order) in orders.iter().enumerate() {
        desk.merge(order, &format!("m{number}.sqlite")).unwrap();
    }
    let first = desk.events("m0.sqlite");
    let bytes = std::fs::read(desk.path("m0.sqlite")).unwrap();
    for (number, order) in orders.iter().enumerate().skip(1) {
        assert_eq!(desk.events(&format!("m{number}.sqlite")), first, "{order:?}");
        assert!(std::fs::read(desk.path(&format!("m{number}.sqlite"))).unwrap() == bytes, "{order:?}");
    }
    let all = [a, b, c].map(|name| desk.events(name));
    assert!(all.iter().flatten().all(|event| first.contains(event)), "nothing is lost");
    for file in &all {
        let kept: Vec<&Event> = first.iter().filter(|event| file.contains(event)).collect();
        assert_eq!(kept, file.iter().collect::<Vec<_>>(), "the order of each file stays");
    }
    let each = present_by_annotator(&first.iter().filter(|event| event.round.is_none()).cloned().collect::<Vec<_>>());
    let key = |row: usize| desk.dataset.entry(index(row)).key;
    assert_eq!(each["ada"].judgements[&key(0)].verdict, Some(Verdict::Unsure), "the later one of the two machines");
    assert_eq!(each["ada"].judgements[&key(0)].note, "first");
    assert!(each["ada"].judgements[&key(1)].tags.contains("odd"));
    assert_eq!(each["bo"].judgements.get(&key(2)), None, "undone");
    let counting: Vec<Event> = first.iter().filter(|event| event.round.is_none()).cloned().collect();
    let counted = judgements_of(&desk.dataset, &counting, &AnnotatorScope::Everybody);
    assert_eq!(counted[&key(1)].relevance(&negative(&desk.dataset, 1, 0)), Some(Relevance::Unsure), "one against one");
    let audit = audits::audits(&first);
    assert_eq!(AuditStatus::new(&audit[0], &desk.dataset).judged, 3);
}

#[test]
fn merging_again_adds_nothing() {
    let desk = three();
    desk.merge(&["a.sqlite", "b.sqlite", "c.sqlite"], "all.sqlite").unwrap();
    desk.merge(&["a.sqlite", "a.sqlite"], "same.sqlite").unwrap();
    assert_eq!(desk.events("same.sqlite"), desk.events("a.sqlite"));
    let again = desk.merge(&["b.sqlite", "all.sqlite", "a.sqlite"], "again.sqlite").unwrap();
    assert_eq!(desk.events("again.sqlite"), desk.events("all.sqlite"));
    assert_eq!(again.annotators, ["ada", "bo", "cy"]);
    desk.merge(&["a.sqlite", "b.sqlite"], "ab.sqlite").unwrap();
    desk.merge(&["c.sqlite", "ab.sqlite"], "stepwise.sqlite").unwrap();
    assert_eq!(desk.events("stepwise.sqlite"), desk.events("all.sqlite"));
}

#[test]
fn steps_of_a_merged_sidecar_can_be_undone() {
    let desk = three();
    desk.merge(&["c.sqlite", "b.sqlite", "a.sqlite"], "all.sqlite").unwrap();
    let (mut sidecar, mut session) = desk.open("all.sqlite", "ada");
    let key = desk.dataset.entry(index(0)).key;
    let verdict = |session: &AuditSession| session.judgements().get(&key).and_then(|judgement| judgement.verdict);
    assert_eq!(verdict(&session), Some(Verdict::Unsure));
    while verdict(&session) == Some(Verdict::Unsure) {
        assert!(act(&mut sidecar, &mut session, JudgeAction::Undo) > 0);
    }
    assert_eq!(verdict(&session), Some(Verdict::Accept), "what was before on the first machine");
    let (_, mut of_bo) = desk.open("all.sqlite", "bo");
    act(&mut sidecar, &mut of_bo, JudgeAction::Redo);
    assert_eq!(of_bo.judgement(index(2)).unwrap().verdict, Some(Verdict::Accept));
}

/// The order of a file is kept even where its times say something else, as after an import.
#[test]
fn times_do_not_turn_the_order_of_a_file_round() {
    let desk = Desk::new();
    let line = |at: &str, verdict: &str| {
        format!(r#"{{"split":"train","line":1,"annotator":"ada","at":"{at}","verdict":"{verdict}"}}"#)
    };
    desk.judges("a.sqlite", &[line("2026-03-01T00:00:00Z", "accept")]);
    desk.judges("a.sqlite", &[line("2025-01-01T00:00:00Z", "reject")]);
    desk.does("b.sqlite", "bo", [verdict(2, Verdict::Accept)]);
    desk.merge(&["b.sqlite", "a.sqlite"], "all.sqlite").unwrap();
    let each = present_by_annotator(&desk.events("all.sqlite"));
    let key = desk.dataset.entry(index(0)).key;
    assert_eq!(each["ada"].judgements[&key].verdict, Some(Verdict::Reject));
}

#[test]
fn the_later_place_of_an_annotator_is_kept() {
    let desk = three();
    let place = |name: &str, row: usize, at: &str| {
        let (mut sidecar, _) = desk.open(name, "ada");
        let sample = desk.dataset.entry(index(row)).key;
        sidecar
            .append(&[], &[], Some(&LastPosition { annotator: "ada".into(), sample, at: at.parse().unwrap() }))
            .unwrap();
    };
    place("a.sqlite", 3, "2026-03-02T00:00:00Z");
    place("b.sqlite", 5, "2026-03-01T00:00:00Z");
    desk.merge(&["a.sqlite", "b.sqlite"], "all.sqlite").unwrap();
    let merged = Sidecar::open_for_reading(&desk.path("all.sqlite")).unwrap().unwrap();
    assert_eq!(merged.last_position("ada").unwrap(), Some(desk.dataset.entry(index(3)).key));
    assert_eq!(merged.fingerprint().unwrap(), Some(desk.dataset.fingerprint.to_string()));
}

/// The files in a folder, without those of SQLite itself.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    names.sort();
    names
}

#[test]
fn what_cannot_be_merged_is_named_and_nothing_is_written() {
    let desk = three();
    let refused = |from: &[&str], to: &str| {
        let before = files(desk.dir.path());
        let error = desk.merge(from, to).unwrap_err();
        assert_eq!(files(desk.dir.path()), before, "{error}");
        error.to_string()
    };
    assert!(refused(&["a.sqlite"], "out.sqlite").contains("two sidecars or more"));
    assert!(refused(&["a.sqlite", "none.sqlite"], "out.sqlite").contains("none.sqlite: there is no sidecar"));
    assert!(refused(&["a.sqlite", "b.sqlite"], "c.sqlite").contains("c.sqlite already exists"));
    assert!(refused(&["a.sqlite", "b.sqlite"], "a.sqlite").contains("a.sqlite already exists"), "an input neither");
    let other = Sidecar::open(&desk.path("other.sqlite"), DatasetFingerprint(7)).unwrap();
    drop(other);
    let words = refused(&["a.sqlite", "other.sqlite"], "out.sqlite");
    assert!(words.contains("other.sqlite belongs to another dataset"), "{words}");
    // As after a recovery: its judgements may be of any dataset.
    drop(Sidecar::open(&desk.path("unnamed.sqlite"), DatasetFingerprint(0)).unwrap());
    for from in [["a.sqlite", "unnamed.sqlite"], ["unnamed.sqlite", "a.sqlite"], ["unnamed.sqlite", "unnamed.sqlite"]] {
        let words = refused(&from, "out.sqlite");
        assert!(words.contains("unnamed.sqlite does not name the dataset of its judgements"), "{words}");
        assert!(words.contains("Open it once with that dataset"), "{words}");
    }
    let bytes = std::fs::read(desk.path("b.sqlite")).unwrap();
    std::fs::write(desk.path("cut.sqlite"), &bytes[..bytes.len() / 2]).unwrap();
    let words = refused(&["a.sqlite", "cut.sqlite"], "out.sqlite");
    assert!(words.contains("cut.sqlite is damaged"), "{words}");
    std::fs::write(desk.path("text.sqlite"), "not a database").unwrap();
    assert!(refused(&["a.sqlite", "text.sqlite"], "out.sqlite").contains("is not a SQLite file"));
    let stopped = |_: ProgressStep| Err(Cancelled);
    let from = [desk.path("a.sqlite"), desk.path("b.sqlite")];
    assert!(matches!(merge_files(&from, &desk.path("out.sqlite"), &stopped), Err(MergeError::Cancelled)));
    assert!(!desk.path("out.sqlite").exists());
}

/// Changes a stored note without its checksum, or with the checksum removed.
fn alter(path: &Path, checksum: &str) {
    let sql = format!(
        "DROP TRIGGER events_stay; UPDATE events SET value = 'changed'{checksum} WHERE field = 'note' AND value = 'first'"
    );
    rusqlite::Connection::open(path).unwrap().execute_batch(&sql).unwrap();
}

#[test]
fn a_changed_event_is_named() {
    let desk = three();
    alter(&desk.path("b.sqlite"), "");
    let error = desk.merge(&["a.sqlite", "b.sqlite"], "out.sqlite").unwrap_err();
    assert!(matches!(&error, MergeError::Altered { path, .. } if path.ends_with("b.sqlite")), "{error}");
    alter(&desk.path("c.sqlite"), ", checksum = NULL");
    let error = desk.merge(&["c.sqlite", "a.sqlite"], "out.sqlite").unwrap_err().to_string();
    assert!(
        error.starts_with("1 changes differ") && error.contains("a.sqlite and ") && error.contains("c.sqlite"),
        "{error}"
    );
    assert!(!desk.path("out.sqlite").exists());
}

#[test]
fn an_older_sidecar_is_read_and_stays_as_it_is() {
    let desk = three();
    let path = desk.path("old.sqlite");
    let (connection, sample) = old_sidecar(&path, &desk.dataset, index(6), 1);
    let sql = "INSERT INTO events (session, seq, step, sample, field, value, annotator, at) VALUES ('old', 1, 1, ?1, 'verdict', 'reject', 'zoe', '2024-01-01T00:00:00.000Z')";
    connection.execute(sql, [sample.key.to_string()]).unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    desk.merge(&["old.sqlite", "a.sqlite"], "all.sqlite").unwrap();
    assert!(std::fs::read(&path).unwrap() == before);
    let each = present_by_annotator(&desk.events("all.sqlite"));
    assert_eq!(each["zoe"].judgements[&sample.key].verdict, Some(Verdict::Reject));
    let opened = Sidecar::open(&desk.path("all.sqlite"), desk.dataset.fingerprint);
    assert!(opened.is_ok() && !matches!(opened, Err(SidecarError::Newer { .. })));
}

#[test]
fn audits_of_one_name_are_kept_apart_unless_they_are_the_same() {
    let desk = Desk::new();
    desk.begins("a.sqlite", AuditPlan::new("spring", "7", 4));
    desk.begins("b.sqlite", AuditPlan::new("spring", "7", 4));
    desk.begins("c.sqlite", AuditPlan::new("spring", "8", 4));
    let rows = audits::audits(&desk.events("a.sqlite")).remove(0).rows;
    for (file, place) in [("a.sqlite", 0), ("b.sqlite", 1)] {
        let row = desk.dataset.find(rows[place]).unwrap();
        let (split, line) = (&desk.dataset.split_of(row).name, desk.dataset.line_of(row));
        desk.judges(file, &[format!(r#"{{"split":"{split}","line":{line},"audit":"spring","verdict":"accept"}}"#)]);
    }
    desk.merge(&["b.sqlite", "a.sqlite"], "ab.sqlite").unwrap();
    let one = audits::audits(&desk.events("ab.sqlite"));
    assert_eq!(one.len(), 1, "the same plan draws the same rows");
    assert_eq!((one[0].plan.name.as_str(), AuditStatus::new(&one[0], &desk.dataset).judged), ("spring", 2));
    desk.merge(&["c.sqlite", "ab.sqlite"], "abc.sqlite").unwrap();
    let two = audits::audits(&desk.events("abc.sqlite"));
    assert_eq!(two.len(), 2);
    assert!(
        two.iter()
            .all(|audit| audit.shared_name.as_deref() == Some("spring") && audit.plan.name.starts_with("spring (")),
        "{two:?}"
    );
    assert_ne!(two[0].plan.name, two[1].plan.name);
    let judged: u64 = two.iter().map(|audit| AuditStatus::new(audit, &desk.dataset).judged).sum();
    assert_eq!(judged, 2, "no answer is lost");
}

#[test]
fn a_name_of_several_audits_names_none_of_them() {
    let desk = Desk::new();
    desk.begins("a.sqlite", AuditPlan::new("spring", "7", 4));
    desk.begins("b.sqlite", AuditPlan::new("spring", "8", 4));
    desk.merge(&["a.sqlite", "b.sqlite"], "ab.sqlite").unwrap();
    let all = audits::audits(&desk.events("ab.sqlite"));
    let error = audits::audit_at(&all, "spring").unwrap_err().to_string();
    for audit in &all {
        assert!(error.contains(&format!("“{}”", audit.plan.name)), "{error}");
    }
    assert_eq!(audits::audit_at(&all, &all[1].plan.name), Ok(1));
    assert!(
        audits::audit_at(&all, "autumn").unwrap_err().to_string().starts_with("there is no audit “autumn”; there are")
    );
    // A line for the audit is refused, likewise.
    let row = desk.dataset.find(all[0].rows[0]).unwrap();
    let (split, line) = (&desk.dataset.split_of(row).name, desk.dataset.line_of(row));
    let text = format!(r#"{{"split":"{split}","line":{line},"audit":"spring","verdict":"accept"}}"#);
    let defaults = ImportDefaults { annotator: None, login: "ada", at: now() };
    let refused = read(&desk.dataset, text.as_bytes(), &defaults, Default::default(), &all).unwrap_err();
    assert_eq!(refused[0].message, error);
    // The same audit in both keeps its name.
    desk.begins("c.sqlite", AuditPlan::new("spring", "7", 4));
    desk.merge(&["a.sqlite", "c.sqlite"], "ac.sqlite").unwrap();
    assert_eq!(audits::audit_at(&audits::audits(&desk.events("ac.sqlite")), "spring"), Ok(0));
}

#[test]
fn answers_of_two_copies_of_an_audit_stay_together() {
    let desk = Desk::new();
    for file in ["a.sqlite", "b.sqlite"] {
        desk.begins(file, AuditPlan::new("spring", "7", 4));
    }
    let rows = audits::audits(&desk.events("a.sqlite")).remove(0).rows;
    let answer = |name: &str, place: usize, second: usize| {
        let row = desk.dataset.find(rows[place]).unwrap();
        let (split, line) = (&desk.dataset.split_of(row).name, desk.dataset.line_of(row));
        let rest =
            format!(r#""annotator":"{name}","at":"2026-01-31T09:00:{second}Z","audit":"spring","verdict":"accept""#);
        format!(r#"{{"split":"{split}","line":{line},{rest}}}"#)
    };
    desk.judges("a.sqlite", &[answer("ada", 0, 10), answer("ada", 1, 20)]);
    desk.judges("b.sqlite", &[answer("bo", 2, 10), answer("bo", 3, 30)]);
    desk.merge(&["a.sqlite", "b.sqlite"], "ab.sqlite").unwrap();
    let events = desk.events("ab.sqlite");
    let audit = audits::audits(&events).remove(0);
    let names = |events: &[Event]| -> Vec<String> {
        let verdicts = events.iter().filter(|event| matches!(event.change, FieldChange::Verdict(_)));
        verdicts.map(|event| event.annotator.to_string()).collect()
    };
    let mut said = names(&answers_of(&audit, &events));
    said.sort();
    assert_eq!(said, ["ada", "ada", "bo", "bo"]);
    // One that arrives later names the step of its copy.
    let is_late = |event: &Event| &*event.annotator == "bo" && event.at.to_string().contains("09:00:30");
    let (late, first): (Vec<Event>, Vec<Event>) = events.iter().cloned().partition(is_late);
    let mut known = audits::audits(&first);
    assert_eq!(AuditStatus::new(&known[0], &desk.dataset).judged, 3);
    audits::add_events(&mut known, &late);
    assert_eq!((known.len(), AuditStatus::new(&known[0], &desk.dataset).finished), (1, true));

    let answers: Vec<Event> = events.iter().filter(|event| event.round.is_some()).cloned().collect();
    let team = TeamFigures::count(&TeamInputs {
        dataset: &desk.dataset,
        events: &[],
        answers: &answers,
        audits: &known,
        is_shown: &|_| true,
        assigned: &AssignedRows::new(&desk.dataset, &[]),
        sidecars: &BTreeMap::new(),
        now: now(),
    });
    let seen: Vec<Option<String>> = team.annotators.into_iter().map(|one| one.last_seen).collect();
    let at = |second: usize| Some(format!("2026-01-31T09:00:{second}.000Z"));
    assert!(seen.contains(&at(20)) && seen.contains(&at(30)), "{seen:?}");

    let models = AskedModels::default();
    let (dataset, events) = (&*desk.dataset, &*events);
    let inputs =
        ReportInputs { dataset, events, reviews: &[], models: &models, export: None, audit: None, names: true };
    AuditReport::new(&inputs).unwrap().write(dataset, &desk.path("paper")).unwrap();
    let report = std::fs::read_to_string(desk.path("paper/audit_report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let found = &report["audits"][0];
    assert_eq!(found["last_answer"], "2026-01-31T09:00:30.000Z");
    let pace = |at: usize| found["details"]["people"][at]["median_seconds"].as_f64();
    assert_eq!((pace(0), pace(1)), (Some(10.0), Some(20.0)));
}
