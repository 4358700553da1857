//! Judgements of several rows or tiles at once, and looks: one step, one undo, no look, and kept by
//! the sidecar, its upgrade, its recovery and the interchange format.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::common::{
    accept, act, all_tiles, lose_tables, negative, old_sidecar, positive, recovered_whole, reopen, ten_rows,
};
use tilejury_audit::decisions::Decisions;
use tilejury_audit::interchange::{ImportDefaults, current, history, read};
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::merge::{AnnotatorScope, judged_in_bulk};
use tilejury_audit::sidecar::{SampleRecord, recover};
use tilejury_audit::{
    AuditSession, Confirmation, Event, JudgeAction, Look, Looks, Origin, Reason, Relevance, RowsAction, Sidecar,
    TileMark, Timestamp, Verdict, now,
};
use tilejury_data::{Dataset, SampleIndex};

fn row(at: usize) -> SampleIndex {
    SampleIndex::new(at)
}

fn rows(rows: &[usize], action: RowsAction) -> JudgeAction {
    JudgeAction::Rows(rows.iter().copied().map(SampleIndex::new).collect(), action)
}

fn reject(of: &[usize]) -> JudgeAction {
    rows(of, RowsAction::Verdict(Some(Verdict::Reject)))
}

fn verdicts(session: &AuditSession) -> Vec<Option<Verdict>> {
    session.statuses().iter().map(|status| status.verdict).collect()
}

/// Looks at all tiles of a sample at one scale.
fn looks(dataset: &Dataset, sample: usize, scale: f32) -> Looks {
    let mut looks = Looks::default();
    for tile in all_tiles(dataset, sample) {
        looks.add(&tile, Look::new(scale, Duration::from_millis(1500)));
    }
    looks
}

#[test]
fn several_rows_are_judged_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(row(4), Some(Verdict::Accept)));
    act(&mut sidecar, &mut session, reject(&[1, 4, 7, 1]));
    let is_rejected =
        |session: &AuditSession| [1, 4, 7].iter().all(|at| verdicts(session)[*at] == Some(Verdict::Reject));
    assert!(is_rejected(&session));
    assert_eq!(session.tally.rejected, 3);
    assert_eq!(session.history().undo.last().unwrap().sentence(None), "Rejected: 3 rows");

    let applied = session.apply(JudgeAction::Undo, now());
    assert_eq!(applied.sample, None, "the current row stays");
    assert_eq!(session.tally.rejected, 0);
    assert_eq!(verdicts(&session)[4], Some(Verdict::Accept), "the verdict before returns");
    session.apply(JudgeAction::Redo, now());
    assert!(is_rejected(&session));

    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert!(is_rejected(&session));
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(session.tally.rejected, 0, "after a restart too");
}

#[test]
fn tags_and_flags_are_given_to_several_rows() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let tags = |session: &AuditSession, at: usize| {
        session
            .judgement(row(at))
            .map(|judgement| judgement.tags.iter().cloned().collect::<Vec<_>>())
            .unwrap_or_default()
    };
    act(&mut sidecar, &mut session, JudgeAction::Tags(row(2), ["table".to_owned()].into()));
    assert_eq!(act(&mut sidecar, &mut session, rows(&[2, 3], RowsAction::AddTag("low-res".into()))), 2);
    assert_eq!(
        (tags(&session, 2), tags(&session, 3)),
        (vec!["low-res".into(), "table".into()], vec!["low-res".into()])
    );
    assert_eq!(session.history().undo.last().unwrap().sentence(None), "Tag low-res added: 2 rows");
    act(&mut sidecar, &mut session, rows(&[2, 3, 4], RowsAction::RemoveTag("low-res".into())));
    assert_eq!((tags(&session, 2), tags(&session, 3)), (vec!["table".into()], vec![]));
    act(&mut sidecar, &mut session, rows(&[5, 6], RowsAction::AddTag(LOOK_AGAIN.into())));
    assert!(session.statuses()[5].flagged && session.statuses()[6].flagged);
}

#[test]
fn a_reason_is_given_to_the_rows_that_can_have_one() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, reject(&[1, 2]));
    act(&mut sidecar, &mut session, rows(&[3], RowsAction::Verdict(Some(Verdict::Unsure))));
    act(&mut sidecar, &mut session, rows(&[4], RowsAction::Verdict(Some(Verdict::Accept))));
    act(&mut sidecar, &mut session, JudgeAction::ToggleReason(row(2), Reason::BadQuery));
    let reasons = |session: &AuditSession, at: usize| -> Vec<Reason> {
        session.judgement(row(at)).map(|judgement| judgement.reasons.iter().copied().collect()).unwrap_or_default()
    };
    let of = [1, 2, 3, 4, 5];
    assert_eq!(act(&mut sidecar, &mut session, rows(&of, RowsAction::AddReason(Reason::BadQuery))), 2);
    assert_eq!([1, 2, 3, 4, 5].map(|at| reasons(&session, at).len()), [1, 1, 1, 0, 0]);
    assert_eq!(session.history().undo.last().unwrap().sentence(None), "Reason bad query added: 2 rows");
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!([1, 2, 3].map(|at| reasons(&session, at).len()), [0, 1, 0], "one undo reverts it");
    act(&mut sidecar, &mut session, JudgeAction::Redo);
    act(&mut sidecar, &mut session, rows(&of, RowsAction::RemoveReason(Reason::BadQuery)));
    assert_eq!([1, 2, 3].map(|at| reasons(&session, at).len()), [0, 0, 0]);
    // In rejected rows, a wrong positive is both a reason and a mark.
    act(&mut sidecar, &mut session, rows(&of, RowsAction::AddReason(Reason::WrongPositive)));
    assert!(session.statuses()[1].wrong_positive && !session.statuses()[3].wrong_positive);
    assert!(session.statuses()[1].verdict == Some(Verdict::Reject) && session.decisions().iter().next().is_none());
}

#[test]
fn bulk_judgements_are_no_decisions() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let tile = negative(&dataset, 2, 0);
    let mark =
        |relevance| JudgeAction::Tiles(vec![TileMark { sample: row(2), tile: negative(&dataset, 2, 0), relevance }]);
    act(&mut sidecar, &mut session, reject(&[0, 1]));
    act(&mut sidecar, &mut session, mark(Relevance::Relevant));
    assert_eq!(session.statuses()[2].false_negatives, 1, "it counts as a judgement");
    assert!(session.decisions().iter().next().is_none(), "and as no decision");
    assert!(Decisions::read(&dataset, &sidecar.events().unwrap(), &AnnotatorScope::Everybody).iter().next().is_none());
    assert_eq!(judged_in_bulk(&dataset, &sidecar.events().unwrap(), &AnnotatorScope::Everybody), 2);

    // The same judgement of one row is a look at it, and stays one.
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Verdict(row(0), Some(Verdict::Reject))), 1);
    assert_eq!(
        act(&mut sidecar, &mut session, JudgeAction::Relevance(row(2), tile.clone(), Some(Relevance::Relevant))),
        1
    );
    assert_eq!(act(&mut sidecar, &mut session, reject(&[0])), 0);
    assert_eq!(act(&mut sidecar, &mut session, mark(Relevance::Relevant)), 0);
    let decided = |decisions: &Decisions| {
        let verdict = decisions.get(row(0)).unwrap().verdict.unwrap().value;
        let tiles = decisions.get(row(2)).unwrap().negatives().count();
        (verdict, tiles, decisions.iter().count())
    };
    assert_eq!(decided(session.decisions()), (Verdict::Reject, 1, 2));
    let events = sidecar.events().unwrap();
    assert_eq!(decided(&Decisions::read(&dataset, &events, &AnnotatorScope::Everybody)), (Verdict::Reject, 1, 2));
    assert_eq!(judged_in_bulk(&dataset, &events, &AnnotatorScope::Everybody), 1);
    // One undo makes it a bulk judgement again.
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert!(session.origins().tile_origin(dataset.samples[2].key, &tile).bulk);
}

#[test]
fn bulk_mark_leaves_an_inspected_tile_inspected() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let tiles = all_tiles(&dataset, 0);
    let accept = JudgeAction::Accept { sample: row(0), seen: tiles.clone(), inspected: tiles, copies: Vec::new() };
    act(&mut sidecar, &mut session, accept);
    let mark = |tile: usize, relevance| TileMark { sample: row(0), tile: negative(&dataset, 0, tile), relevance };
    let marks = vec![mark(0, Relevance::NotRelevant), mark(1, Relevance::Relevant)];
    assert_eq!(act(&mut sidecar, &mut session, JudgeAction::Tiles(marks)), 1);
    let origin = |tile| session.origins().tile_origin(dataset.samples[0].key, &negative(&dataset, 0, tile));
    assert_eq!(origin(0), Origin { confirmed_by: Some(Confirmation::Inspected), ..Origin::default() });
    assert_eq!(origin(1), Origin { bulk: true, ..Origin::default() });
}

#[test]
fn bulk_accept_confirms_no_tile() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, rows(&[3], RowsAction::Verdict(Some(Verdict::Accept))));
    assert_eq!(session.judgement(row(3)).unwrap().tiles.len(), 0);
    assert_eq!(session.statuses()[3].unconfirmed, 4);
}

#[test]
fn marks_of_a_page_are_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(row(2), Some(Verdict::Reject)));
    let mark = |sample, tile, relevance| TileMark { sample: row(sample), tile, relevance };
    let marks = vec![
        mark(0, negative(&dataset, 0, 1), Relevance::NotRelevant),
        mark(1, negative(&dataset, 1, 0), Relevance::NotRelevant),
        mark(1, negative(&dataset, 1, 2), Relevance::Relevant),
        mark(2, positive(&dataset, 2), Relevance::NotRelevant),
        mark(3, negative(&dataset, 4, 0), Relevance::Relevant),
    ];
    act(&mut sidecar, &mut session, JudgeAction::Tiles(marks));
    assert!(session.judgement(row(2)).unwrap().wrong_positive(&dataset.sample(row(2)).unwrap()));
    assert_eq!(session.judgement(row(2)).unwrap().reasons.len(), 1, "in a rejected row, the reason goes with the mark");
    assert_eq!(session.judgement(row(3)), None, "a tile of another row is not marked");
    let step = session.history().undo.last().unwrap();
    assert_eq!(step.edits.len(), 5);
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert!([0, 1].iter().all(|at| session.judgement(row(*at)).is_none()));
}

#[test]
fn verdict_keeps_the_looks_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (_, mut session) = reopen(&dataset, "ann");
    let tile = negative(&dataset, 0, 1);
    let seen = |session: &AuditSession| session.looks(row(0)).and_then(|looks| looks.get(&tile));
    let judge = |session: &mut AuditSession, scale: f32, verdict| {
        let looks = looks(&dataset, 0, scale);
        session.apply_after_looks(JudgeAction::Verdict(row(0), Some(verdict)), looks, now()).events.len()
    };
    judge(&mut session, 0.3, Verdict::Reject);
    assert_eq!(seen(&session), Some(Look::new(0.3, Duration::from_millis(1500))));
    assert_eq!(judge(&mut session, 0.39, Verdict::Reject), 0, "nothing more could be read");
    assert_eq!(judge(&mut session, 0.7, Verdict::Reject), 1, "the tiles could be read now");
    assert_eq!(seen(&session), Some(Look::new(0.7, Duration::from_secs(3))), "both looks count");
    judge(&mut session, 0.2, Verdict::Unsure);
    assert_eq!(seen(&session), Some(Look::new(0.2, Duration::from_millis(1500))), "another verdict has its own looks");
    session.apply(JudgeAction::Undo, now());
    assert_eq!(seen(&session), Some(Look::new(0.7, Duration::from_secs(3))));
    session.apply(JudgeAction::Verdict(row(0), None), now());
    assert_eq!(seen(&session), None);
}

/// A session with bulk judgements and a verdict with looks, stored.
fn bulk_and_looks(dataset: &Arc<Dataset>) -> Vec<Event> {
    let (mut sidecar, mut session) = reopen(dataset, "ann");
    act(&mut sidecar, &mut session, reject(&[1, 4, 7]));
    let mark = TileMark { sample: row(2), tile: negative(dataset, 2, 0), relevance: Relevance::NotRelevant };
    act(&mut sidecar, &mut session, JudgeAction::Tiles(vec![mark]));
    let effect = session.apply_after_looks(accept(0, all_tiles(dataset, 0)), looks(dataset, 0, 0.715), now());
    let samples = [SampleRecord::new(dataset, row(0)).unwrap()];
    sidecar.append(&effect.events, &samples, None).unwrap();
    sidecar.events().unwrap()
}

#[test]
fn lines_keep_bulk_and_looks() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let events = bulk_and_looks(&dataset);
    let lines = current(&dataset, &events, &[]);
    assert_eq!(lines[1]["bulk"], serde_json::json!(["verdict"]));
    assert!(lines[2]["bulk"][0].as_str().unwrap().ends_with(negative(&dataset, 2, 0).tail()), "{}", lines[2]);
    let look = lines[0]["looks"].as_object().unwrap().values().next().unwrap();
    assert_eq!(*look, serde_json::json!({"scale": 0.715, "ms": 1500}));
    assert_eq!(lines[0]["looks"].as_object().unwrap().len(), 4);
    for lines in [lines, history(&dataset, &events, &[])] {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
        let import = read(&dataset, text.as_bytes(), &defaults, BTreeMap::new(), &[]).unwrap();
        let origins = |events: &[Event]| -> Vec<_> {
            let mut all: Vec<_> = events
                .iter()
                .map(|event| (event.sample, event.change.field(), event.change.tile().cloned(), event.origin.clone()))
                .collect();
            all.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
            all
        };
        assert_eq!(origins(&import.events), origins(&events));
    }
    let bad = r#"{"split":"train","line":1,"verdict":"accept","looks":{"a.png":{"scale":"large","ms":3}}}"#;
    let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
    let error = &read(&dataset, bad.as_bytes(), &defaults, BTreeMap::new(), &[]).unwrap_err()[0];
    assert!(error.to_string().starts_with("line 1: `looks`: "), "{error}");
}

#[test]
fn recovery_keeps_bulk_and_looks() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let events = bulk_and_looks(&dataset);
    let path = dataset.root.join("tilejury.sqlite");
    let mut bytes = lose_tables(&path);
    let mut rescued = recovered_whole(&path, &dir.path().join("rescued.sqlite"));
    assert_eq!(rescued.events().unwrap(), events);

    // A look with a wrong digit is listed: the checksum covers it.
    let at = bytes.windows(5).position(|part| part == b"0.715").unwrap();
    bytes[at + 2] = b'9';
    std::fs::write(&path, &bytes).unwrap();
    let report = recover(&path, &dir.path().join("again.sqlite")).unwrap();
    assert!(report.doubtful.iter().any(|doubt| doubt.why.contains("checksum") && doubt.saved), "{report:?}");
}

/// Makes a file of schema 4 with a verdict, a confirmation, and their checksums as it stored them.
fn make_schema_4_file(path: &Path, dataset: &Dataset) {
    let (connection, sample) = old_sidecar(path, dataset, row(0), 4);
    let key = sample.key.to_string();
    let tile = positive(dataset, 0);
    let at = "2026-01-31T09:30:00.000Z";
    let crc = |seq: &str, tile: Option<&str>, field: &str, value: &str, confirmed: Option<&str>| {
        let mut crc = crc32fast::Hasher::new();
        let texts =
            [Some("s"), Some(seq), Some("1"), Some(&*key), tile, Some(field), Some(value), Some("ann"), Some(at)];
        for text in texts.into_iter().chain([None, None, None, confirmed]) {
            crc.update(&text.map_or(-1, |text| text.len() as i64).to_le_bytes());
            crc.update(text.unwrap_or_default().as_bytes());
        }
        crc.finalize()
    };
    let sql =
        "INSERT INTO events (session, seq, step, sample, tile, field, value, annotator, at, confirmed_by, checksum)
               VALUES ('s', ?1, 1, ?2, ?3, ?4, ?5, 'ann', ?6, ?7, ?8)";
    let insert = |seq: u32, tile: Option<&str>, field: &str, value: &str, confirmed: Option<&str>| {
        let checksum = crc(&seq.to_string(), tile, field, value, confirmed);
        connection.execute(sql, rusqlite::params![seq, key, tile, field, value, at, confirmed, checksum]).unwrap();
    };
    insert(1, None, "verdict", "accept", None);
    insert(2, Some(tile.as_str()), "relevance", "relevant", Some("accept"));
}

#[test]
fn upgrade_from_schema_4_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let path = dataset.root.join("tilejury.sqlite");
    make_schema_4_file(&path, &dataset);
    let before = std::fs::read(&path).unwrap();
    let events = Sidecar::open_for_reading(&path).unwrap().unwrap().events().unwrap();
    assert!(std::fs::read(&path).unwrap() == before, "reading changes nothing");
    assert_eq!(events.len(), 2);

    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    assert_eq!(sidecar.events().unwrap(), events);
    act(&mut sidecar, &mut session, reject(&[5, 6]));
    drop((sidecar, session));
    let connection = rusqlite::Connection::open(&path).unwrap();
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 10, "a program that knows an earlier schema refuses it");
    let bulk: Vec<i64> = connection
        .prepare("SELECT bulk FROM events ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(bulk, [0, 0, 1, 1]);
    drop(connection);
    let copy = dataset.root.join("tilejury.v4.sqlite");
    assert_eq!(Sidecar::open_for_reading(&copy).unwrap().unwrap().events().unwrap(), events);
    // Checksums of before the upgrade still hold.
    let report = recover(&path, &dir.path().join("rescued.sqlite")).unwrap();
    assert_eq!((report.events, report.unchecked, report.doubtful.len()), (4, 0, 0), "{report:?}");
}

#[test]
fn views_show_current_bulk_and_looks() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    bulk_and_looks(&dataset);
    let connection = rusqlite::Connection::open(dataset.root.join("tilejury.sqlite")).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM current WHERE bulk = 1"), 4);
    assert_eq!(count("SELECT count(*) FROM looks WHERE scale = 0.715 AND ms = 1500"), 4);
}

/// Performs an action row by row.
fn in_parts(session: &mut AuditSession, action: &JudgeAction, at: Timestamp) -> (Vec<Event>, Vec<SampleRecord>) {
    let mut step = session.begin(action, at, 1).unwrap();
    let mut told = Vec::new();
    while session.advance(&mut step) {
        told.extend(step.news().to_vec());
    }
    let (done, all) = step.progress();
    assert_eq!(done, all);
    let finished = session.finish(step);
    assert_eq!(told, finished.effect.events);
    (finished.effect.events, finished.samples)
}

/// The same, without ids of sessions, which differ.
fn compared(events: &[Event]) -> Vec<String> {
    let compared = |event: &Event| {
        let undoes = event.undoes.as_ref().map(|step| step.seq);
        format!("{} {} {:?} {:?} {undoes:?} {:?}", event.seq, event.step.seq, event.sample, event.change, event.origin)
    };
    events.iter().map(compared).collect()
}

#[test]
fn a_step_in_parts_is_the_same_step_as_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut whole, mut parts) =
        (AuditSession::new(dataset.clone(), "ann", &[]), AuditSession::new(dataset.clone(), "ann", &[]));
    let mark =
        |at: usize| TileMark { sample: row(at), tile: negative(&dataset, at, 1), relevance: Relevance::Relevant };
    let wrong = |at: usize| TileMark { tile: positive(&dataset, at), relevance: Relevance::NotRelevant, ..mark(at) };
    let at = now();
    let actions = [
        reject(&[1, 4, 7, 1]),
        JudgeAction::Tiles(vec![mark(2), mark(4), wrong(4)]),
        rows(&[4, 5], RowsAction::AddTag("late".to_owned())),
        JudgeAction::Undo,
        JudgeAction::Undo,
        JudgeAction::Redo,
    ];
    for action in actions {
        let expected = whole.apply(action.clone(), at).events;
        let (events, samples) = in_parts(&mut parts, &action, at);
        assert_eq!(compared(&events), compared(&expected), "{action:?}");
        let keys: BTreeSet<_> = events.iter().map(|event| event.sample).collect();
        assert_eq!(samples.len(), keys.len(), "each row once");
        assert_eq!(samples.iter().map(|sample| sample.key).collect::<BTreeSet<_>>(), keys);
    }
    assert_eq!(parts.statuses(), whole.statuses());
    assert_eq!(parts.depth(), whole.depth());
    // Another undo, at once, reverts what was done in parts.
    parts.apply(JudgeAction::Undo, at);
    parts.apply(JudgeAction::Undo, at);
    assert_eq!(verdicts(&parts), vec![None; 10]);
}

#[test]
fn a_step_that_is_stopped_is_those_rows_that_were_done() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let mut session = AuditSession::new(dataset, "ann", &[]);
    assert!(session.begin(&reject(&[1, 2]), now(), 2).is_none(), "not long enough");
    let mut step = session.begin(&reject(&[3, 5, 7]), now(), 2).unwrap();
    assert!(step.can_stop() && session.advance(&mut step) && session.advance(&mut step));
    assert_eq!(step.progress(), (2, 3));
    assert_eq!(session.finish(step).effect.events.len(), 2);
    assert_eq!(session.tally.rejected, 2);
    assert_eq!(session.history().undo.len(), 1);
    session.apply(JudgeAction::Undo, now());
    assert_eq!(session.tally.rejected, 0);
}

#[test]
fn undo_in_parts_keeps_what_others_changed_since() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let mut session = AuditSession::new(dataset.clone(), "ann", &[]);
    in_parts(&mut session, &reject(&[1, 4, 7]), now());
    let mut elsewhere = AuditSession::new(dataset, "ann", &[]);
    let theirs = elsewhere.apply(JudgeAction::Verdict(row(4), Some(Verdict::Accept)), now()).events;
    assert!(session.add_foreign_events(&theirs, session.last_seq()));
    assert_eq!(in_parts(&mut session, &JudgeAction::Undo, now()).0.len(), 2);
    assert_eq!(verdicts(&session)[4], Some(Verdict::Accept));
    assert_eq!((session.tally.rejected, session.depth()), (0, (0, 1)));
}
