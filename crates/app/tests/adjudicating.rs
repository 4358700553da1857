//! Two annotators judge copies of one set blind, each in a window of their own; their answers come
//! together in one file; an adjudicator sees where they differ, without names, and settles it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::common::{
    Fixture, assert_no_text, assert_text, copy_folder, painted_text, press, run_and_settle, run_command, settle,
    wait_for,
};
use egui::accesskit::{Role, Toggled};
use egui::{Color32, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_audit::annotators::{AnsweredRows, Counted, Difference, differences};
use tilejury_audit::audit_report::{AuditReport, ReportInputs};
use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus};
use tilejury_audit::external::AskedModels;
use tilejury_audit::interchange::{ImportDefaults, answers_of, current_of_audit, read};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::sidecar::merge_files;
use tilejury_audit::{Event, Round, Sidecar, now};
use tilejury_data::Dataset;
use tilejury_testkit::Set;

const ROWS: usize = 6;
const SIDECAR: &str = "tilejury.sqlite";

fn dataset(fixture: &Fixture) -> Arc<Dataset> {
    Arc::new(Dataset::open(&fixture.set()).unwrap())
}

fn sidecar(fixture: &Fixture) -> Sidecar {
    Sidecar::open(&fixture.set().join(SIDECAR), dataset(fixture).fingerprint).unwrap()
}

/// A copy of the set, with settings of its own.
fn copy_of(fixture: &Fixture) -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(fixture.dir.path(), dir.path());
    Fixture { dir }
}

fn window_of(fixture: &Fixture, annotator: &str) -> Harness<'static, App> {
    let mut start = fixture.start(Some(&fixture.set()));
    start.annotator = Some(annotator.to_owned());
    let size = (1400.0, 900.0);
    let mut window =
        Harness::builder().with_size(size).with_max_steps(64).build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    window
}

/// Begins the audit “spring” of all rows by ada and bo.
fn begin_audit(fixture: &Fixture, blind: bool) {
    let mut plan = AuditPlan::new("spring", "7", ROWS as u64);
    (plan.annotators, plan.overlap, plan.blind) = (vec!["ada".into(), "bo".into()], 1.0, blind);
    fixture.begin_audit(plan);
}

/// Answers to every row of the audit in a window: the commands of each row, the verdict last.
fn answer_audit(fixture: &Fixture, annotator: &str, of_row: impl Fn(usize) -> Vec<&'static str>) {
    let audit = audit(fixture);
    let mut window = window_of(fixture, annotator);
    run_command(&mut window, "audits");
    press(&mut window, Key::Enter);
    settle(&mut window);
    match audit.plan.blind {
        true => assert_text(&mut window, "Blind. Hidden: signals"),
        false => assert_no_text(&window, "Blind. Hidden"),
    }
    for key in &audit.rows {
        let row = dataset(fixture).find(*key).unwrap().index();
        of_row(row).into_iter().for_each(|word| run_and_settle(&mut window, word));
    }
    assert_text(&mut window, "All 6 rows of the audit have an answer");
}

/// Makes one sidecar of those of two copies, as `tilejury merge` does, in the place of another one.
fn merge(into: &Fixture, copies: &[&Fixture]) {
    let path = |fixture: &Fixture, name: &str| fixture.set().join(name);
    let from: Vec<PathBuf> = copies.iter().map(|copy| path(copy, SIDECAR)).collect();
    let merged = merge_files(&from, &path(into, "merged.sqlite"), &NoProgress).unwrap();
    assert!(merged.notes.is_empty() && merged.only_in.iter().all(|events| *events >= ROWS), "{merged:?}");
    std::fs::rename(path(into, "merged.sqlite"), path(into, SIDECAR)).unwrap();
}

fn audit(fixture: &Fixture) -> Audit {
    let mut all = audits::audits(&sidecar(fixture).all_events().unwrap());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn status(fixture: &Fixture) -> AuditStatus {
    AuditStatus::new(&audit(fixture), &dataset(fixture))
}

fn answers(fixture: &Fixture) -> Vec<Event> {
    let all = sidecar(fixture).all_events().unwrap();
    all.into_iter().filter(|event| matches!(event.round, Some(Round::Audit(_)))).collect()
}

/// Ada finds a false negative in the first two rows and rejects the third; bo finds the second.
fn judged_by_two(blind: bool) -> Fixture {
    let set = Fixture::new(&Set::plain(ROWS as u32, 3));
    begin_audit(&set, blind);
    let (ada, bo) = (copy_of(&set), copy_of(&set));
    answer_audit(&ada, "ada", |row| match row {
        0 | 1 => vec!["negative-1", "accept"],
        2 => vec!["reject"],
        _ => vec!["accept"],
    });
    answer_audit(&bo, "bo", |row| if row == 1 { vec!["negative-1", "accept"] } else { vec!["accept"] });
    merge(&set, &[&ada, &bo]);
    set
}

#[test]
fn an_adjudication_opens_the_tile_on_which_answers_differ() {
    // In panes, an accept confirms only what is in one.
    let set = Fixture::for_reading_view(&Set::plain(ROWS as u32, 3));
    begin_audit(&set, false);
    let (ada, bo) = (copy_of(&set), copy_of(&set));
    // It asks once, since some tiles of each row were never seen.
    answer_audit(&ada, "ada", |row| match row {
        2 => vec!["negative-3", "accept", "accept"],
        _ => vec!["accept", "accept"],
    });
    answer_audit(&bo, "bo", |_| vec!["accept", "accept"]);
    merge(&set, &[&ada, &bo]);
    let mut window = window_of(&set, "lead");
    run_and_settle(&mut window, "adjudicate");
    assert_text(&mut window, "names are hidden · 1 of 6 rows with several answers differs · ");
    let is_in_focus = |name: &str| window.get_by_label_contains(name).accesskit_node().toggled();
    assert_eq!(is_in_focus("Negative 3: "), Some(Toggled::True));
    // What one marked, the other said by accepting: the cell is not empty.
    assert_text(&mut window, "Not relevant (by accepting)");
}

#[test]
fn two_windows_judge_blind_and_a_third_one_adjudicates() {
    let set = judged_by_two(true);
    let (given, asked) = (answers(&set), copy_of(&set));
    let stored: Vec<String> = given
        .iter()
        .filter_map(|event| event.origin.visible)
        .map(|set| format!("{:?}", set.iter().collect::<Vec<_>>()))
        .collect();
    assert_eq!(stored, vec!["[Roles]".to_owned(); 2 * ROWS], "each verdict says what was shown");
    let before = status(&set);
    assert_eq!((before.rows.hits, before.disputed), (1, 1), "{before:?}");

    let mut window = window_of(&set, "lead");
    run_and_settle(&mut window, "adjudicate");
    assert_text(&mut window, "Adjudication of “spring”: row 1 of 2, 0 settled");
    assert_text(&mut window, "Relevant for one, not for another");
    assert_text(&mut window, "names are hidden");
    assert_text(&mut window, "2 of 6 rows with several answers differ");
    assert_text(&mut window, "0 of 2 judged, 2 to go");
    assert_text(&mut window, "Blind. Hidden: signals");
    let same_verdicts = colour_of(&window, "Verdict");
    for name in ["ada", "bo"] {
        assert!(window.query_by_label(name).is_none(), "{name}");
    }
    // The plan says that it is judged blind: nobody can show more before the end.
    run_command(&mut window, "blind");
    assert_text(&mut window, "This round is judged blind");
    // Both answers side by side: one called negative 1 relevant.
    assert!(window.query_all_by_label_contains("Relevant").count() >= 2);
    // The word of the one that did, in either column.
    run_and_settle(&mut window, "take-answer-a");
    assert_text(&mut window, "Answer A taken: train line 1");
    if status(&set).rows.hits < 2 {
        run_and_settle(&mut window, "previous");
        run_and_settle(&mut window, "take-answer-b");
    }
    wait_for(&mut window, "row 2 of 2, 1 settled");
    assert_text(&mut window, "1 of 2 judged, 1 to go");
    assert_text(&mut window, "Accepted by one, rejected by another");
    // The line on which they differ is marked, and so is what the adjudicator decided.
    assert_ne!(colour_of(&window, "Verdict"), same_verdicts);
    // The button has that word, too.
    let unsure = |window: &Harness<'_, App>| {
        painted_text(window).iter().filter(|galley| galley.text().ends_with(" Unsure")).count()
    };
    let before = unsure(&window);
    // Another verdict is the adjudicator's own.
    run_and_settle(&mut window, "unsure");
    assert!(unsure(&window) > before);
    assert_text(&mut window, "2 settled");
    assert_text(&mut window, "Every row of this queue has your word");
    run_and_settle(&mut window, "adjudicate");
    assert_no_text(&window, "Adjudication of");
    assert_no_text(&window, "Blind. Hidden");
    drop(window);
    let after = status(&set);
    assert_eq!((after.rows.hits, after.disputed, after.unsure.rows), (2, 0, 1), "{after:?}");
    assert_eq!(answers(&set), given, "the answers stay as they were");
    assert_eq!(set.rows(), [], "nothing counts outside of the audit");
    judged_by_lines_as_in_the_window(&set, &asked);
    let report = report(&set);
    assert!(report.contains("Adjudicated: 2 rows."), "{report}");
    assert!(report.contains("By the record of each answer: 12 answers blind."), "{report}");
}

/// Checks that the words of the adjudicator in the window are what `judge` reads from lines with
/// that role, and that the queue of `adjudicate --list` is settled.
#[track_caller]
fn judged_by_lines_as_in_the_window(window: &Fixture, lines: &Fixture) {
    let (of_window, dataset) = (audit(window), dataset(window));
    let events = answers_of(&of_window, &sidecar(window).all_events().unwrap());
    let printed = current_of_audit(&dataset, &of_window, &events, &[]);
    let words: Vec<String> =
        printed.iter().filter(|line| line["annotator"] == "adjudicator:lead").map(ToString::to_string).collect();
    assert_eq!(words.len(), 2, "{printed:?}");
    assert!(words.iter().all(|line| line.contains(r#""visible":["others","roles"]"#)), "{words:?}");
    let defaults = ImportDefaults { annotator: None, login: "lead", at: now() };
    let text = words.join("\n").replace("adjudicator:lead", "lead");
    let import = read(&dataset, text.as_bytes(), &defaults, BTreeMap::new(), &[audit(lines)]).unwrap();
    sidecar(lines).append(&import.events, &import.samples, None).unwrap();
    let of_lines = audit(lines);
    for key in &of_window.rows {
        let row = dataset.sample(dataset.find(*key).unwrap()).unwrap();
        assert_eq!(of_lines.adjudicated(&row), of_window.adjudicated(&row));
    }
    for audit in [of_lines, of_window] {
        let queue = differences(&AnsweredRows::of_audit(&audit, &dataset, Counted::All), &dataset, false);
        assert_eq!(queue.iter().map(Difference::is_settled).collect::<Vec<_>>(), [true, true]);
    }
}

/// The colour of a painted text.
fn colour_of(window: &Harness<'_, App>, text: &str) -> Color32 {
    let all = painted_text(window);
    all.iter().find(|galley| galley.text() == text).unwrap().job.sections[0].format.color
}

/// The text of the report of all audits.
fn report(fixture: &Fixture) -> String {
    let (dataset, events) = (dataset(fixture), sidecar(fixture).all_events().unwrap());
    let inputs = ReportInputs {
        dataset: &dataset,
        events: &events,
        reviews: &[],
        models: &AskedModels::default(),
        export: None,
        audit: None,
        names: true,
    };
    let out = fixture.dir.path().join("report");
    AuditReport::new(&inputs).unwrap().write(&dataset, &out).unwrap();
    std::fs::read_to_string(out.join("report.md")).unwrap()
}

#[test]
fn a_word_can_be_undone_and_changed() {
    let set = judged_by_two(false);
    let mut window = window_of(&set, "lead");
    run_command(&mut window, "take-answer-a");
    assert_text(&mut window, "No such answer");
    run_and_settle(&mut window, "adjudicate");
    assert_no_text(&window, "Blind. Hidden");
    // There are two answers.
    run_command(&mut window, "take-answer-c");
    assert_text(&mut window, "No such answer");
    assert_text(&mut window, "row 1 of 2, 0 settled");
    run_and_settle(&mut window, "take-answer-a");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "row 1 of 2, 0 settled");
    run_and_settle(&mut window, "take-answer-b");
    run_and_settle(&mut window, "previous");
    let taken = |window: &Harness<'_, App>, name: &str| {
        window.get_by_role_and_label(Role::Button, name).accesskit_node().toggled()
            == Some(egui::accesskit::Toggled::True)
    };
    assert!(taken(&window, "Take B") && !taken(&window, "Take A"));
    run_and_settle(&mut window, "take-answer-a");
    run_and_settle(&mut window, "first");
    assert!(taken(&window, "Take A"));
    // What would leave the queue or show names is refused.
    for word in ["overview", "second-pass", "export"] {
        run_command(&mut window, word);
        assert_text(&mut window, "Not during an adjudication");
        settle(&mut window);
    }
    // An answer brings its reasons: those of the row before are no longer offered.
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "train line 1. Why?");
    run_and_settle(&mut window, "take-answer-b");
    assert_no_text(&window, "train line 1. Why?");
    // It goes on in another session.
    drop(window);
    let mut window = window_of(&set, "lead");
    run_and_settle(&mut window, "adjudicate");
    assert_text(&mut window, "2 settled");
}

#[test]
fn a_row_on_which_adjudicators_differ_is_not_settled() {
    let set = judged_by_two(false);
    let word = |name: &str, of_first: &[&str]| {
        let copy = copy_of(&set);
        let mut window = window_of(&copy, name);
        run_and_settle(&mut window, "adjudicate");
        of_first.iter().chain(&["accept", "accept"]).for_each(|word| run_and_settle(&mut window, word));
        assert_text(&mut window, "2 settled");
        copy
    };
    let copies = [word("lead", &["negative-1"]), word("other", &[])];
    let path = |fixture: &Fixture| fixture.set().join(SIDECAR);
    let merged = set.set().join("merged.sqlite");
    merge_files(&copies.each_ref().map(path), &merged, &NoProgress).unwrap();
    std::fs::rename(merged, path(&set)).unwrap();

    // The word of the person is there, and yet the row is to be decided, and shown first.
    let mut window = window_of(&set, "lead");
    run_and_settle(&mut window, "adjudicate");
    assert_text(&mut window, "row 1 of 2, 1 settled");
    assert_text(&mut window, "1 of 2 judged, 1 to go");
    assert_text(&mut window, "Adjudicators differ");
    run_and_settle(&mut window, "negative-1");
    wait_for(&mut window, "row 1 of 2, 2 settled");
    run_and_settle(&mut window, "undo");
    wait_for(&mut window, "row 1 of 2, 1 settled");
}

#[test]
fn there_is_nothing_to_adjudicate_without_differences() {
    let set = Fixture::new(&Set::plain(ROWS as u32, 3));
    let mut window = window_of(&set, "lead");
    run_and_settle(&mut window, "adjudicate");
    assert_text(&mut window, "No row of an audit has two different answers");
    assert_no_text(&window, "Adjudication of");
}
