//! Second passes: the draw, judgements that count nowhere, the comparison, the decision between two
//! judgements; kept by the sidecar, its upgrade and its recovery.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::common::{
    accept, act, all_tiles, lose_tables, negative, old_sidecar, positive, recovered_whole, reopen, start, ten_rows,
};
use tilejury_audit::export::{ExportOptions, JudgementSource, export};
use tilejury_audit::interchange::history;
use tilejury_audit::merge::{AnnotatorScope, judgements_of};
use tilejury_audit::second_pass::{PassResult, SecondPass, passes, settled_rows};
use tilejury_audit::sidecar::{SampleRecord, progress, recover};
use tilejury_audit::{
    AuditSession, CarriedMark, Event, JudgeAction, KeptJudgement, PassId, Reason, Relevance, RowsAction, Sidecar,
    StepId, Verdict, now,
};
use tilejury_data::{Dataset, SampleIndex};

fn row(at: usize) -> SampleIndex {
    SampleIndex::new(at)
}

fn verdict(at: usize, verdict: Verdict) -> JudgeAction {
    JudgeAction::Verdict(row(at), Some(verdict))
}

fn mark(dataset: &Dataset, at: usize, negative_at: usize, relevance: Relevance) -> JudgeAction {
    JudgeAction::Relevance(row(at), negative(dataset, at, negative_at), Some(relevance))
}

fn store(sidecar: &mut Sidecar, dataset: &Dataset, events: &[Event]) {
    let record = |event: &Event| SampleRecord::new(dataset, dataset.find(event.sample)?);
    let samples: Vec<SampleRecord> = events.iter().filter_map(record).collect();
    sidecar.append(events, &samples, None).unwrap();
}

/// Rows 0 to 5 judged one by one, rows 6 and 7 together, rows 8 and 9 not at all.
fn judged(dataset: &Arc<Dataset>) -> (Sidecar, AuditSession) {
    let (mut sidecar, mut session) = reopen(dataset, "ann");
    for at in 0..4 {
        act(&mut sidecar, &mut session, accept(at, all_tiles(dataset, at)));
    }
    act(&mut sidecar, &mut session, mark(dataset, 3, 0, Relevance::Relevant));
    act(&mut sidecar, &mut session, verdict(4, Verdict::Reject));
    act(&mut sidecar, &mut session, JudgeAction::ToggleReason(row(4), Reason::BadQuery));
    act(&mut sidecar, &mut session, JudgeAction::Note(row(4), "no verb".into()));
    act(&mut sidecar, &mut session, verdict(5, Verdict::Unsure));
    let bulk = JudgeAction::Rows(vec![row(6), row(7)], RowsAction::Verdict(Some(Verdict::Reject)));
    act(&mut sidecar, &mut session, bulk);
    (sidecar, session)
}

/// Draws all rows that can be drawn, and stores that.
fn drawn(sidecar: &mut Sidecar, session: &mut AuditSession, number: usize) -> (SecondPass, AuditSession) {
    let (pass, events) = session.draw_second_pass(4711, number, now()).unwrap();
    store(sidecar, &session.dataset.clone(), &events);
    let second = session.of_pass(&pass);
    (pass, second)
}

/// Acts in a pass, and stores that.
fn judge_again(sidecar: &mut Sidecar, pass: &mut SecondPass, session: &mut AuditSession, action: JudgeAction) {
    let events = session.apply(action, now()).events;
    store(sidecar, &session.dataset.clone(), &events);
    pass.record(&events);
}

/// Judges rows 0, 3, 4 and 5 again: 0 and 5 the same, 3 without its false negative, 4 accepted.
fn judged_again(dataset: &Arc<Dataset>) -> (Sidecar, AuditSession, SecondPass) {
    let (mut sidecar, mut session) = judged(dataset);
    let (mut pass, mut second) = drawn(&mut sidecar, &mut session, 20);
    for at in [0, 3, 4] {
        judge_again(&mut sidecar, &mut pass, &mut second, accept(at, all_tiles(dataset, at)));
    }
    judge_again(&mut sidecar, &mut pass, &mut second, JudgeAction::Note(row(4), "fine".into()));
    judge_again(&mut sidecar, &mut pass, &mut second, verdict(5, Verdict::Unsure));
    session.continue_after(&second);
    (sidecar, session, pass)
}

fn stored_passes(dataset: &Dataset) -> Vec<SecondPass> {
    passes(&Sidecar::open_for_reading(&dataset.root.join("tilejury.sqlite")).unwrap().unwrap().all_events().unwrap())
}

/// The files of an export with the stored judgements.
fn exported(dataset: &Dataset, sidecar: &mut Sidecar) -> BTreeMap<String, Vec<u8>> {
    let events = sidecar.events().unwrap();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("out");
    let judgements = judgements_of(dataset, &events, &AnnotatorScope::Everybody);
    let source = JudgementSource::new(&judgements, &events, &AnnotatorScope::Everybody);
    export(dataset, &source, &ExportOptions::default(), &folder, &AtomicBool::new(false)).unwrap();
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let rows = files.filter(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    rows.map(|file| {
        (file.display().to_string().replace(&folder.display().to_string(), ""), std::fs::read(&file).unwrap())
    })
    .collect()
}

#[test]
fn only_rows_judged_by_looking_are_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = judged(&dataset);
    let (pass, _) = drawn(&mut sidecar, &mut session, 20);
    let mut rows = pass.rows_in(&dataset);
    rows.sort();
    assert_eq!(rows, (0..6).map(row).collect::<Vec<_>>(), "neither bulk verdicts nor rows without one");
    // The draw is reproducible, and a smaller one is its beginning.
    let (smaller, _) = session.draw_second_pass(4711, 2, now()).unwrap();
    assert_eq!(smaller.rows, pass.rows[..2]);
    let (other, _) = session.draw_second_pass(4712, 6, now()).unwrap();
    assert_ne!(other.rows, pass.rows);
    let (_, mut nobody) = reopen(&dataset, "ben");
    assert!(nobody.draw_second_pass(1, 20, now()).is_none(), "Ben judged nothing");
}

#[test]
fn a_pass_changes_nothing_that_counts() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, session) = judged(&dataset);
    let (events, files) = (sidecar.events().unwrap(), exported(&dataset, &mut sidecar));
    let before = session.judgements().clone();
    let path = sidecar.path().to_owned();
    drop((sidecar, session));
    std::fs::remove_file(&path).unwrap();

    let (mut sidecar, session, _) = judged_again(&dataset);
    let after = sidecar.events().unwrap();
    assert_eq!(after.len(), events.len());
    assert!(sidecar.all_events().unwrap().len() > after.len());
    assert_eq!(*session.judgements(), before);
    let (_, reopened) = reopen(&dataset, "ann");
    assert_eq!(*reopened.judgements(), before, "after a restart too");
    assert_eq!(exported(&dataset, &mut sidecar), files);
    assert_eq!(progress(&path, "ann").unwrap().judged, 8);
    assert_eq!(history(&dataset, &after, &[]).len(), events.len());
    let connection = rusqlite::Connection::open(&path).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM current WHERE field = 'verdict'"), 8);
    assert_eq!(count("SELECT count(*) FROM second_passes WHERE field = 'verdict'"), 4);
}

#[test]
fn a_session_of_a_pass_knows_no_earlier_judgement() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = judged(&dataset);
    let (mut pass, mut second) = drawn(&mut sidecar, &mut session, 20);
    assert!(second.judgements().is_empty() && second.history().undo.is_empty() && second.tags().is_empty());
    assert!(second.statuses().iter().all(|status| status.verdict.is_none() && !status.has_note));
    assert_eq!(second.tally.judged, 0);

    // Undo works within the pass, and ends where it began.
    judge_again(&mut sidecar, &mut pass, &mut second, verdict(2, Verdict::Reject));
    judge_again(&mut sidecar, &mut pass, &mut second, JudgeAction::Undo);
    assert_eq!(pass.progress(&dataset), (0, 6));
    assert!(second.apply(JudgeAction::Undo, now()).events.is_empty());
    judge_again(&mut sidecar, &mut pass, &mut second, JudgeAction::Redo);
    assert_eq!(pass.progress(&dataset), (1, 6));

    // The numbers of events go on without a gap.
    session.continue_after(&second);
    act(&mut sidecar, &mut session, verdict(9, Verdict::Reject));
    let all = sidecar.all_events().unwrap();
    let numbers: Vec<u64> =
        all.iter().filter(|event| event.step.session == *session.id()).map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}

#[test]
fn an_interrupted_pass_goes_on_from_the_sidecar() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (_, _, pass) = judged_again(&dataset);
    let [stored] = stored_passes(&dataset).try_into().unwrap();
    assert_eq!((stored.rows.clone(), stored.id.clone()), (pass.rows.clone(), pass.id.clone()));
    assert_eq!(stored.judgements(), pass.judgements());
    assert_eq!(stored.progress(&dataset), (4, 6));
    assert_eq!(stored.id.seed, 4711);

    let (mut sidecar, session) = reopen(&dataset, "ann");
    let (mut stored, mut second) = (stored.clone(), session.of_pass(&stored));
    judge_again(&mut sidecar, &mut stored, &mut second, JudgeAction::Undo);
    assert_eq!(stored.progress(&dataset).0, 3, "the last verdict before the end is undone");
    judge_again(&mut sidecar, &mut stored, &mut second, verdict(1, Verdict::Accept));
    assert_eq!(stored_passes(&dataset)[0].progress(&dataset), (4, 6));
}

#[test]
fn both_judgements_are_compared() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session, pass) = judged_again(&dataset);
    let check = |pass: &SecondPass| {
        let result = PassResult::new(pass, &dataset);
        assert_eq!((result.rows, result.judged, result.same()), (6, 4, 2));
        assert_eq!((result.verdicts.pairs(), result.verdicts.same()), (4, 3));
        assert_eq!(result.verdicts.count(Verdict::Reject, Verdict::Accept), 1);
        // Rows 0 and 3 have four tiles each; the four of row 4 got a value in the pass only.
        assert_eq!((result.tiles.pairs(), result.tiles.same(), result.tiles_once), (8, 7, 4));
        assert_eq!(result.tiles.count(Relevance::Relevant, Relevance::NotRelevant), 1);
        let mut differ = result.differences.clone();
        differ.sort_by_key(|row| row.sample);
        let [one, other] = differ.as_slice() else { panic!("{differ:?}") };
        assert_eq!((one.sample, other.sample), (row(3), row(4)));
        assert_eq!((one.tiles[0].first, one.tiles[0].second), (Relevance::Relevant, Relevance::NotRelevant));
        assert_eq!(one.tiles[0].slot.index(), 1);
        assert_eq!(other.first.reasons, [Reason::BadQuery].into());
        assert_eq!((&*other.first.note, &*other.second.note), ("no verb", "fine"));
    };
    check(&pass);
    // Later judgements do not change the comparison.
    act(&mut sidecar, &mut session, verdict(4, Verdict::Accept));
    act(&mut sidecar, &mut session, mark(&dataset, 3, 0, Relevance::NotRelevant));
    check(&stored_passes(&dataset)[0]);
}

#[test]
fn marks_that_nobody_looked_at_are_not_compared() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = judged(&dataset);
    let tile = negative(&dataset, 5, 0);
    let from = StepId { session: "elsewhere".into(), seq: 1 };
    let carried = CarriedMark { sample: row(5), tile: tile.clone(), relevance: Relevance::NotRelevant, from };
    act(&mut sidecar, &mut session, JudgeAction::Propagate(vec![carried]));
    let (mut pass, mut second) = drawn(&mut sidecar, &mut session, 20);
    judge_again(&mut sidecar, &mut pass, &mut second, mark(&dataset, 5, 0, Relevance::Relevant));
    judge_again(&mut sidecar, &mut pass, &mut second, verdict(5, Verdict::Unsure));
    let result = PassResult::new(&stored_passes(&dataset)[0], &dataset);
    assert_eq!((result.judged, result.tiles.pairs(), result.tiles_once), (1, 0, 1));
    assert!(result.differences.is_empty());
}

#[test]
fn the_second_judgement_takes_the_place_of_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session, pass) = judged_again(&dataset);
    let before = session.judgements().clone();
    let events = session.settle(&pass, row(4), KeptJudgement::Second, now()).events;
    store(&mut sidecar, &dataset, &events);
    let present = session.judgement(row(4)).unwrap();
    assert_eq!((present.verdict, present.reasons.len(), &*present.note), (Some(Verdict::Accept), 0, "no verb; fine"));
    assert_eq!(present.relevance(&positive(&dataset, 4)), Some(Relevance::Relevant));
    assert_eq!(settled_rows(session.history(), &pass.id)[&dataset.samples[4].key], KeptJudgement::Second);
    assert_eq!(session.history().undo.last().unwrap().sentence(None), "Second judgement taken");

    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!(session.judgement(row(4)).unwrap().verdict, Some(Verdict::Accept));
    assert_eq!(settled_rows(session.history(), &pass.id).len(), 1, "after a restart too");
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(*session.judgements(), before);
    assert!(settled_rows(session.history(), &pass.id).is_empty());
    act(&mut sidecar, &mut session, JudgeAction::Redo);
    assert_eq!(settled_rows(session.history(), &pass.id).len(), 1);
    act(&mut sidecar, &mut session, JudgeAction::GoBack(0));
    assert!(settled_rows(session.history(), &pass.id).is_empty(), "going back undoes it as well");
}

#[test]
fn keeping_the_first_judgement_changes_no_value() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session, pass) = judged_again(&dataset);
    let (before, files) = (session.judgements().clone(), exported(&dataset, &mut sidecar));
    let events = session.settle(&pass, row(3), KeptJudgement::First, now()).events;
    assert_eq!(events.len(), 1);
    store(&mut sidecar, &dataset, &events);
    assert_eq!(*session.judgements(), before);
    assert_eq!(exported(&dataset, &mut sidecar), files);
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!(settled_rows(session.history(), &pass.id)[&dataset.samples[3].key], KeptJudgement::First);
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert!(settled_rows(session.history(), &pass.id).is_empty());
    assert_eq!(*session.judgements(), before);
}

#[test]
fn suspicious_first_stays_known_of_a_taken_judgement() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    session.chosen_by = Some(tilejury_audit::Selection::SuspiciousFirst);
    act(&mut sidecar, &mut session, verdict(0, Verdict::Reject));
    let (mut pass, mut second) = drawn(&mut sidecar, &mut session, 1);
    judge_again(&mut sidecar, &mut pass, &mut second, accept(0, all_tiles(&dataset, 0)));
    session.continue_after(&second);
    session.settle(&pass, row(0), KeptJudgement::Second, now());
    let key = dataset.samples[0].key;
    assert!(!session.origins().verdict_origin(key).is_unbiased());
    assert!(!session.origins().tile_origin(key, &positive(&dataset, 0)).is_unbiased());
}

#[test]
fn other_windows_keep_passes_apart() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, session, mut pass) = judged_again(&dataset);
    let all = sidecar.all_events().unwrap();
    let (_, mut elsewhere) = reopen(&dataset, "ann");
    let before = elsewhere.judgements().clone();
    let of_pass: Vec<Event> = all.into_iter().filter(|event| event.round.is_some()).collect();
    assert!(!elsewhere.add_foreign_events(&of_pass, 0), "the main session ignores them");
    assert_eq!(*elsewhere.judgements(), before);
    pass.events.clear();
    let mut second = elsewhere.of_pass(&pass);
    assert!(second.add_foreign_events(&of_pass, 0));
    assert_eq!(second.tally.judged, 4);
    // The writer reports them to the other window.
    let (first, mut second) = (session, elsewhere);
    let (writer, reports) = start(sidecar, &second);
    writer.record(
        second.apply(verdict(9, Verdict::Accept), now()).events,
        vec![SampleRecord::new(&dataset, row(9)).unwrap()],
    );
    drop(writer);
    assert!(!reports.lock().unwrap().is_empty() && first.last_seq() > 0);
}

#[test]
fn recovery_keeps_second_passes_apart() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session, pass) = judged_again(&dataset);
    let events = session.settle(&pass, row(3), KeptJudgement::First, now()).events;
    store(&mut sidecar, &dataset, &events);
    let (all, path) = (sidecar.all_events().unwrap(), sidecar.path().to_owned());
    drop(sidecar);
    let mut bytes = lose_tables(&path);
    let mut rescued = recovered_whole(&path, &dir.path().join("rescued.sqlite"));
    assert_eq!(rescued.all_events().unwrap(), all);

    // The checksum covers the pass: with another seed, a change is listed as doubtful.
    let at = bytes.windows(5).rposition(|part| part == b"4711@").unwrap();
    bytes[at] = b'5';
    std::fs::write(&path, &bytes).unwrap();
    let report = recover(&path, &dir.path().join("again.sqlite")).unwrap();
    assert!(report.doubtful.iter().any(|doubt| doubt.why.contains("checksum")), "{report:?}");
}

/// Makes a file of schema 5 with a verdict.
fn make_schema_5_file(path: &Path, dataset: &Dataset) {
    let (connection, sample) = old_sidecar(path, dataset, row(0), 5);
    let sql = "INSERT INTO events (session, seq, step, sample, field, value, annotator, at, bulk)
               VALUES ('s', 1, 1, ?1, 'verdict', 'reject', 'ann', '2026-01-31T09:30:00.000Z', 0)";
    connection.execute(sql, [sample.key.to_string()]).unwrap();
}

#[test]
fn upgrade_from_schema_5_starts_with_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let path = dataset.root.join("tilejury.sqlite");
    make_schema_5_file(&path, &dataset);
    let before = std::fs::read(&path).unwrap();
    let events = Sidecar::open_for_reading(&path).unwrap().unwrap().events().unwrap();
    assert!(std::fs::read(&path).unwrap() == before, "reading changes nothing");
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!((sidecar.events().unwrap(), events.len()), (events, 1));
    assert!(dataset.root.join("tilejury.v5.sqlite").exists(), "the copy");
    drawn(&mut sidecar, &mut session, 1);
    assert_eq!(stored_passes(&dataset).len(), 1);
}

#[test]
fn ids_that_are_not_understood_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (sidecar, _, pass) = judged_again(&dataset);
    assert_eq!(pass.id.to_string().parse::<PassId>(), Ok(pass.id));
    let connection = rusqlite::Connection::open(sidecar.path()).unwrap();
    let sql = "INSERT INTO events (session, seq, step, sample, field, annotator, at, pass)
               SELECT 'x', 1, 1, sample, field, annotator, at, 'monday' FROM events LIMIT 1";
    connection.execute(sql, []).unwrap();
    let error = Sidecar::open_for_reading(sidecar.path()).unwrap().unwrap().events().unwrap_err().to_string();
    assert!(error.contains("monday"), "{error}");
}
