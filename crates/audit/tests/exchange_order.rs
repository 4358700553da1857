//! The order that counts in exchanged sidecars: whatever the order of arrival, the program and the
//! views of SQL have the same current values in every sidecar.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::common::{negative, ten_rows};
use proptest::prelude::*;
use tilejury_audit::exchange::{ExchangeFolder, sync};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::sidecar::{SampleRecord, Writer, WriterReport};
use tilejury_audit::{Event, FieldChange, Origin, Relevance, Round, Sidecar, StepId, Verdict, Visible};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_testkit::properties;

/// A folder in memory.
#[derive(Default)]
struct MemoryFolder(Mutex<BTreeMap<String, Vec<u8>>>);

impl ExchangeFolder for MemoryFolder {
    fn address(&self) -> String {
        "memory".to_owned()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().unwrap().keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.0.lock().unwrap().get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().entry(name.to_owned()).or_insert_with(|| content.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

/// A current value: sample, annotator, round, tile, field, value, time.
type Row = (String, String, String, String, String, String, String);

/// The rows of a view, with the round in its column, or without one.
fn view(path: &Path, name: &str, round: &str) -> Vec<Row> {
    let sql = format!(
        "SELECT sample, annotator, {round}, coalesce(tile, ''), field, value, at FROM {name} ORDER BY 1, 2, 3, 4, 5"
    );
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The current values by the program: the last of each field that is a value.
fn current(events: &[Event], counts: impl Fn(&Event) -> bool) -> Vec<Row> {
    let mut last: BTreeMap<_, (Option<String>, String)> = BTreeMap::new();
    for event in events.iter().filter(|event| counts(event)) {
        let tile = event.change.tile().map(|tile| tile.as_str().to_owned()).unwrap_or_default();
        let round = event.round.as_ref().map(ToString::to_string).unwrap_or_default();
        let field = event.change.field().to_owned();
        let key = (event.sample.to_string(), event.annotator.to_string(), round, tile, field);
        last.insert(key, (event.change.value(), event.at.to_string()));
    }
    let rows = last.into_iter().filter_map(|((sample, annotator, round, tile, field), (value, at))| {
        Some((sample, annotator, round, tile, field, value?, at))
    });
    rows.collect()
}

/// The differences between one view and the program, in words.
fn difference(path: &Path) -> Option<String> {
    let events = Sidecar::open_for_reading(path).unwrap().unwrap().all_events().unwrap();
    let answers =
        |event: &Event| matches!(event.round, Some(Round::Audit(_) | Round::Again(_))) && !event.begins_audit();
    for (name, found, expected) in [
        ("current", view(path, "current", "''"), current(&events, |event| event.round.is_none())),
        ("audit_answers", view(path, "audit_answers", "pass"), current(&events, answers)),
        (
            "second_passes",
            view(path, "second_passes", "pass"),
            current(&events, |event| matches!(event.round, Some(Round::SecondPass(_)))),
        ),
    ] {
        if found != expected {
            return Some(format!("{name} of {}: {found:?} is not {expected:?}", path.display()));
        }
    }
    // Only verdicts have looks, and what was visible.
    let connection = rusqlite::Connection::open(path).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let verdicts = current(&events, |event| !event.begins_audit());
    let expected = verdicts.iter().filter(|row| row.4 == "verdict").count() as i64;
    let visible = count("SELECT count(*) FROM visible");
    (visible != expected).then(|| format!("visible has {visible} rows and not {expected}"))
}

/// One event to make: the session, whether it goes on with the last step, the second of the clock,
/// the sample, what is changed, the round, and a step that it undoes.
type Made = (usize, bool, u32, usize, u8, u8, Option<(usize, u64)>);

/// Sessions of machines: three sidecars, with one annotator of two.
const SESSIONS: [(&str, usize, &str); 6] =
    [("d0", 0, "ada"), ("a1", 1, "ada"), ("c2", 2, "bo"), ("b3", 0, "bo"), ("f4", 1, "ada"), ("e5", 2, "ada")];

fn events(dataset: &Dataset, made: &[Made]) -> Vec<Vec<Event>> {
    let mut sessions: Vec<Vec<Event>> = vec![Vec::new(); SESSIONS.len()];
    for (session, goes_on, second, row, what, round, undoes) in made.iter().copied() {
        let (name, _, annotator) = SESSIONS[session];
        let of_session = &mut sessions[session];
        let seq = of_session.len() as u64 + 1;
        let id = |session: usize, seq| StepId { session: SESSIONS[session].0.into(), seq };
        let last = of_session.last().filter(|_| goes_on);
        let step = last.map_or(id(session, seq), |last| last.step.clone());
        let verdict = |verdict| FieldChange::Verdict(Some(verdict));
        let change = match what {
            0 => verdict(Verdict::Accept),
            1 => verdict(Verdict::Reject),
            2 => FieldChange::Verdict(None),
            3 => FieldChange::Relevance(negative(dataset, row, 0), Some(Relevance::Relevant)),
            _ => FieldChange::Note(format!("{name}/{seq}")),
        };
        let round = match round {
            0 => Some(Round::Audit(id(0, 1))),
            1 => Some(Round::Again(id(0, 1))),
            2 => Some("7@c2/1".parse().unwrap()),
            _ => None,
        };
        let origin = Origin { visible: what.lt(&3).then_some(Visible::NONE), ..Origin::default() };
        let at = last.map_or_else(|| format!("2026-01-01T00:00:{second:02}.000Z").parse().unwrap(), |last| last.at);
        let undoes = undoes.map(|(session, seq)| id(session, seq)).filter(|undone| *undone != step);
        let (annotator, sample) = (annotator.into(), dataset.entry(SampleIndex::new(row)).key);
        of_session.push(Event { step, seq, sample, change, annotator, at, undoes, origin, round });
    }
    sessions
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let undoes = prop::option::weighted(0.2, (0..SESSIONS.len(), 1..4_u64));
    let one = (0..SESSIONS.len(), any::<bool>(), 0..8_u32, 0..2_usize, 0..5_u8, 0..8_u8, undoes);
    prop::collection::vec(one, 1..40)
}

/// A number from 0 below another, from a state that changes.
fn next(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % below
}

/// The sidecars of all machines in the end, after events and exchanges in an order of their own.
fn exchanged(folder: &Path, dataset: &Arc<Dataset>, sessions: &[Vec<Event>], altered: bool, seed: u64) -> Vec<PathBuf> {
    let shared = MemoryFolder::default();
    let samples: Vec<SampleRecord> =
        (0..10).map(|row| SampleRecord::new(dataset, SampleIndex::new(row)).unwrap()).collect();
    let paths: Vec<PathBuf> = (0..3).map(|machine| folder.join(format!("{seed}-{machine}.sqlite"))).collect();
    let mut sidecars: Vec<Sidecar> =
        paths.iter().map(|path| Sidecar::open(path, dataset.fingerprint).unwrap()).collect();
    let mut left: Vec<&[Event]> = sessions.iter().map(Vec::as_slice).collect();
    // A copy of a session in which one event was written otherwise.
    if let Some((event, later)) = sessions[0].split_first().filter(|_| altered) {
        let other = Event { change: FieldChange::Note("altered".to_owned()), ..event.clone() };
        sidecars[1].append(&[other], &samples, None).unwrap();
        sidecars[0].append(std::slice::from_ref(event), &samples, None).unwrap();
        left[0] = later;
    }
    let mut state = seed;
    while left.iter().any(|events| !events.is_empty()) {
        let session = next(&mut state, SESSIONS.len());
        let whole = left[session].chunk_by(|a, b| a.step == b.step).next().map_or(0, <[Event]>::len);
        let (now, later) = left[session].split_at(whole);
        left[session] = later;
        sidecars[SESSIONS[session].1].append(now, &samples, None).unwrap();
        if next(&mut state, 3) == 0 {
            sync(&mut sidecars[next(&mut state, 3)], &shared, &NoProgress).unwrap();
        }
    }
    for machine in [0, 1, 2, 2, 1, 0] {
        sync(&mut sidecars[machine], &shared, &NoProgress).unwrap();
    }
    paths
}

proptest! {
    #![proptest_config(properties::cases(32))]

    #[test]
    fn every_order_of_arrival_gives_the_same_values(made in made(), altered in any::<bool>(), seed in 1..1_000_u64) {
        let dir = tempfile::tempdir().unwrap();
        let dataset = ten_rows(&dir.path().join("set"));
        let sessions = events(&dataset, &made);
        let mut all = BTreeSet::new();
        for seed in [seed, seed + 1_000] {
            for path in exchanged(dir.path(), &dataset, &sessions, altered, seed) {
                prop_assert_eq!(difference(&path), None);
                let by_program = Sidecar::open_for_reading(&path).unwrap().unwrap().all_events().unwrap();
                all.insert((view(&path, "current", "''"), format!("{by_program:?}")));
            }
        }
        prop_assert_eq!(all.len(), 1);
    }

    /// An undone step of another annotator has the order worked out from all events. Nobody undoes
    /// anything here: only the events of the annotators with new ones decide.
    #[test]
    fn each_annotator_has_an_order_of_their_own(made in made(), seed in 1..1_000_u64) {
        let dir = tempfile::tempdir().unwrap();
        let dataset = ten_rows(&dir.path().join("set"));
        let made: Vec<Made> = made.into_iter().map(|(a, b, c, d, e, f, _)| (a, b, c, d, e, f, None)).collect();
        let sessions = events(&dataset, &made);
        let mut all = BTreeSet::new();
        for path in exchanged(dir.path(), &dataset, &sessions, false, seed) {
            prop_assert_eq!(difference(&path), None);
            all.insert(view(&path, "current", "''"));
        }
        prop_assert_eq!(all.len(), 1);
    }

    #[test]
    fn views_follow_each_event_that_is_stored_later(made in made(), seed in 1..1_000_u64) {
        let dir = tempfile::tempdir().unwrap();
        let dataset = ten_rows(&dir.path().join("set"));
        let sessions = events(&dataset, &made);
        for path in exchanged(dir.path(), &dataset, &sessions, false, seed) {
            let mut sidecar = Sidecar::open(&path, dataset.fingerprint).unwrap();
            let samples = sidecar.samples().unwrap();
            for second in [2, 30, 5, 31] {
                let session = format!("{second}x");
                let later = Event {
                    step: StepId { session: session.as_str().into(), seq: 1 },
                    seq: 1,
                    sample: samples[0].key,
                    change: FieldChange::Note(session),
                    annotator: "ada".into(),
                    at: format!("2026-01-01T00:00:{second:02}.000Z").parse().unwrap(),
                    undoes: None,
                    origin: Origin::default(),
                    round: None,
                };
                sidecar.append(&[later], &samples, None).unwrap();
                prop_assert_eq!(difference(&path), None);
            }
        }
    }
}

#[test]
fn a_sidecar_of_schema_9_gets_the_order_when_it_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let made = [(0, false, 5, 0, 0, 9, None), (1, false, 3, 0, 1, 9, None)];
    let sessions = events(&dataset, &made);
    let path = exchanged(dir.path(), &dataset, &sessions, false, 3).swap_remove(0);
    assert_eq!(difference(&path), None);
    // What schema 9 has, and the views of an upgrade that are made again.
    let older = format!(
        "{} {} DELETE FROM meta WHERE key = 'exchange_order'; PRAGMA user_version = 9; PRAGMA journal_mode = delete;",
        crate::common::BEFORE_SCHEMA_9,
        include_str!("../src/sidecar/schema_v9.sql")
    );
    let kept =
        "CREATE TABLE kept AS SELECT * FROM exchange_sessions; CREATE TABLE files AS SELECT * FROM exchange_files;";
    let back = "INSERT INTO exchange_sessions SELECT * FROM kept; INSERT INTO exchange_files SELECT * FROM files;
        DROP TABLE kept; DROP TABLE files;";
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(&format!("{kept} {older} {back}")).unwrap();
    drop(connection);
    drop(Sidecar::open(&path, dataset.fingerprint).unwrap());
    assert_eq!(difference(&path), None);
    assert!(path.with_extension("v9.sqlite").exists(), "a copy was made first");
}

/// A note in the first row by ada, made at a time.
fn note(dataset: &Dataset, session: &str, at: &str) -> Event {
    Event {
        step: StepId { session: session.into(), seq: 1 },
        seq: 1,
        sample: dataset.entry(SampleIndex::new(0)).key,
        change: FieldChange::Note(session.to_owned()),
        annotator: "ada".into(),
        at: at.parse().unwrap(),
        undoes: None,
        origin: Origin::default(),
        round: None,
    }
}

#[test]
fn a_window_learns_what_counts_and_nothing_overtaken() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let samples = [SampleRecord::new(&dataset, SampleIndex::new(0)).unwrap()];
    let (here, there) = (dir.path().join("here.sqlite"), dir.path().join("there.sqlite"));
    let shared = MemoryFolder::default();
    let open = |path: &Path| Sidecar::open(path, dataset.fingerprint).unwrap();
    sync(&mut open(&here), &shared, &NoProgress).unwrap();
    let (sender, reports) = std::sync::mpsc::channel();
    let mut sidecar = open(&here);
    sidecar.all_events().unwrap();
    let writer = Writer::start(sidecar, "own", move |report| sender.send(report).unwrap()).unwrap();
    let names = |report: WriterReport| match report {
        WriterReport::Others { events, .. } => events.iter().map(|event| event.step.session.to_string()).collect(),
        WriterReport::Saved { .. } => vec!["saved".to_owned()],
        other => vec![format!("{other:?}")],
    };
    let next = || names(reports.recv_timeout(std::time::Duration::from_secs(30)).unwrap());
    writer.record(vec![note(&dataset, "own", "2026-01-01T00:00:05.000Z")], samples.to_vec());
    assert_eq!(next(), ["saved"]);
    // An older change arrives, and then one that a clock far ahead made.
    for event in
        [note(&dataset, "older", "2026-01-01T00:00:01.000Z"), note(&dataset, "ahead", "2036-01-01T00:00:00.000Z")]
    {
        open(&there).append(&[event], &samples, None).unwrap();
        sync(&mut open(&there), &shared, &NoProgress).unwrap();
        sync(&mut open(&here), &shared, &NoProgress).unwrap();
    }
    assert_eq!(next(), ["ahead"]);
    // A later change here is overtaken by that clock, and that is reported at once.
    let later = Event {
        seq: 2,
        step: StepId { session: "own".into(), seq: 2 },
        ..note(&dataset, "own", "2026-01-01T00:00:09.000Z")
    };
    writer.record(vec![later], samples.to_vec());
    assert_eq!([next(), next()], [["saved"], ["ahead"]]);
    drop(writer);
    assert_eq!(difference(&here), None);
}

#[test]
fn an_undo_that_arrives_first_follows_its_step() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(&dir.path().join("set"));
    let samples = [SampleRecord::new(&dataset, SampleIndex::new(0)).unwrap()];
    let path = dir.path().join("here.sqlite");
    let mut sidecar = Sidecar::open(&path, dataset.fingerprint).unwrap();
    sync(&mut sidecar, &MemoryFolder::default(), &NoProgress).unwrap();
    let undone = StepId { session: "z9".into(), seq: 1 };
    let undo = Event { undoes: Some(undone), ..note(&dataset, "a1", "2026-01-01T00:00:05.000Z") };
    let (between, step) =
        (note(&dataset, "m5", "2026-01-01T00:00:07.000Z"), note(&dataset, "z9", "2026-01-01T00:00:20.000Z"));
    for (event, counts) in [(undo, "a1"), (between, "m5"), (step, "a1")] {
        sidecar.append(&[event], &samples, None).unwrap();
        assert_eq!(difference(&path), None);
        assert_eq!(view(&path, "current", "''")[0].5, counts);
    }
}
