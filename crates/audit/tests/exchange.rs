//! Exchanging judgements through a folder: in the end everybody has every event, and the judgements
//! that count are the same everywhere, whatever failed on the way.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::common::{act, negative, ten_rows};
use proptest::prelude::*;
use tilejury_audit::exchange::{
    ExchangeFolder, FILE_UP_TO_BYTES, LocalFolder, SyncError, SyncReport, change_one_by_one, check_file, is_file_name,
    is_replaced, sync,
};
use tilejury_audit::merge::by_annotator;
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{AuditSession, Event, JudgeAction, Judgements, Relevance, RowsAction, Sidecar, Verdict};
use tilejury_data::{Dataset, DatasetFingerprint, SampleIndex};
use tilejury_testkit::properties;

/// A dataset, and a folder for sidecars.
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

    fn sidecar(&self, name: &str) -> Sidecar {
        Sidecar::open(&self.path(name), self.dataset.fingerprint).unwrap()
    }

    fn does(&self, name: &str, annotator: &str, actions: impl IntoIterator<Item = JudgeAction>) {
        let mut sidecar = self.sidecar(name);
        let mut own = sidecar.events().unwrap();
        own.retain(|event| &*event.annotator == annotator);
        let mut session = AuditSession::new(self.dataset.clone(), annotator, &own);
        for action in actions {
            act(&mut sidecar, &mut session, action);
        }
    }

    fn sync(&self, name: &str, folder: &dyn ExchangeFolder) -> Result<SyncReport, SyncError> {
        sync(&mut self.sidecar(name), folder, &NoProgress)
    }

    fn events(&self, name: &str) -> Vec<Event> {
        self.sidecar(name).all_events().unwrap()
    }

    fn judgements(&self, name: &str) -> BTreeMap<String, Judgements> {
        by_annotator(&self.events(name))
    }

    fn mark(&self, row: usize, relevance: Relevance) -> JudgeAction {
        JudgeAction::Relevance(SampleIndex::new(row), negative(&self.dataset, row, 0), Some(relevance))
    }
}

fn verdict(row: usize, verdict: Verdict) -> JudgeAction {
    JudgeAction::Verdict(SampleIndex::new(row), Some(verdict))
}

/// A folder in memory, whose operations can fail.
#[derive(Clone, Default)]
struct MemoryFolder {
    state: Arc<Mutex<State>>,
    /// Whether it checks what it takes, and removes nothing whose events are not elsewhere in it.
    is_careful: bool,
    /// The bytes that no file may reach.
    short: Option<u64>,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    /// The number of changes, each of several files.
    changes: usize,
    /// The number of the operation that fails, counted down.
    fails_in: Option<usize>,
    /// Whether what fails is done nevertheless, as when the answer is lost.
    is_done: bool,
}

impl MemoryFolder {
    fn operation<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.state.lock().unwrap();
        let fails = match state.fails_in.as_mut() {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if fails {
            state.fails_in = None;
            if state.is_done {
                work(&mut state.files)?;
            }
            return Err(io::ErrorKind::TimedOut.into());
        }
        work(&mut state.files)
    }
}

impl ExchangeFolder for MemoryFolder {
    fn address(&self) -> String {
        "memory".to_owned()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        // The last comes first: no order may matter.
        self.operation(|files| Ok(files.keys().rev().cloned().collect()))
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.operation(|files| files.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into()))
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        if self.is_careful {
            check_file(name, content).map_err(io::Error::other)?;
        }
        self.operation(|files| {
            files.entry(name.to_owned()).or_insert_with(|| content.to_vec());
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        assert!(!self.is_careful || is_replaced(self, name)?, "{name} has events that no other file has");
        self.operation(|files| {
            files.remove(name);
            Ok(())
        })
    }

    fn change(&self, write: &[(String, Vec<u8>)], remove: &[String]) -> io::Result<()> {
        self.state.lock().unwrap().changes += 1;
        assert!(write.iter().all(|(_, content)| (content.len() as u64) < self.file_up_to_bytes()));
        change_one_by_one(self, write, remove)
    }

    fn file_up_to_bytes(&self) -> u64 {
        self.short.unwrap_or(FILE_UP_TO_BYTES)
    }
}

#[test]
fn two_people_get_each_others_judgements() {
    let (desk, shared) = (Desk::new(), tempfile::tempdir().unwrap());
    let folder = LocalFolder::open(shared.path()).unwrap();
    desk.does("a.sqlite", "ada", [verdict(0, Verdict::Accept), desk.mark(1, Relevance::Relevant)]);
    desk.does("b.sqlite", "bo", [verdict(0, Verdict::Reject)]);
    let first = desk.sync("a.sqlite", &folder).unwrap();
    assert_eq!((first.sent, first.received), (2, 0));
    let second = desk.sync("b.sqlite", &folder).unwrap();
    assert_eq!((second.sent, second.received), (1, 2));
    let third = desk.sync("a.sqlite", &folder).unwrap();
    assert_eq!((third.sent, third.received), (0, 1));
    assert_eq!(desk.judgements("a.sqlite"), desk.judgements("b.sqlite"));
    assert_eq!(desk.judgements("a.sqlite").keys().collect::<Vec<_>>(), ["ada", "bo"]);
    let files = std::fs::read_dir(shared.path().join("judgements")).unwrap().count();
    assert_eq!(desk.sync("a.sqlite", &folder).unwrap(), SyncReport::default(), "nothing is new");
    assert_eq!(desk.sync("b.sqlite", &folder).unwrap(), SyncReport::default());
    assert_eq!(std::fs::read_dir(shared.path().join("judgements")).unwrap().count(), files);
    assert_eq!(desk.sidecar("a.sqlite").exchange_folder().unwrap(), Some(shared.path().display().to_string()));
}

#[test]
fn a_folder_that_is_not_there_is_not_made() {
    let shared = tempfile::tempdir().unwrap();
    assert!(LocalFolder::open(&shared.path().join("jugdements")).is_err());
    assert!(!shared.path().join("jugdements").exists());
}

#[test]
fn one_name_in_two_sidecars_is_said_and_counts_by_time() {
    let (desk, folder) = (Desk::new(), MemoryFolder::default());
    desk.does("b.sqlite", "ada", [verdict(0, Verdict::Reject)]);
    std::thread::sleep(std::time::Duration::from_millis(5));
    desk.does("a.sqlite", "ada", [verdict(0, Verdict::Accept)]);
    desk.sync("a.sqlite", &folder).unwrap();
    // The later verdict arrives first in one sidecar, and last in the other.
    let report = desk.sync("b.sqlite", &folder).unwrap();
    assert_eq!(report.names_in_several, BTreeMap::from([("ada".to_owned(), 2)]));
    desk.sync("a.sqlite", &folder).unwrap();
    let key = desk.dataset.entry(SampleIndex::new(0)).key;
    for name in ["a.sqlite", "b.sqlite"] {
        assert_eq!(desk.judgements(name)["ada"][&key].verdict, Some(Verdict::Accept), "{name}");
    }
}

#[test]
fn files_that_are_not_whole_wait_and_others_are_named() {
    let (desk, folder) = (Desk::new(), MemoryFolder::default());
    desk.does("a.sqlite", "ada", [verdict(0, Verdict::Accept)]);
    desk.sync("a.sqlite", &folder).unwrap();
    let (name, whole) = folder.state.lock().unwrap().files.pop_first().unwrap();
    let put = |name: &str, content: &[u8]| {
        folder.state.lock().unwrap().files.insert(name.to_owned(), content.to_vec());
    };
    for cut in [0, 1, 40, whole.len() - 1] {
        put(&name, &whole[..cut]);
        let report = desk.sync("b.sqlite", &folder).unwrap();
        assert_eq!((report.received, report.left_out.len()), (0, 1), "cut after {cut} bytes");
        assert!(report.left_out[&name].contains("still being copied"), "{:?}", report.left_out);
    }
    // Files that are none of these are nobody's business.
    put("README.md", b"hello");
    put(".x.tmp", b"half");
    put(&name, &whole);
    let report = desk.sync("b.sqlite", &folder).unwrap();
    assert_eq!((report.received, report.left_out.len()), (1, 0));
    // A sidecar of another dataset takes nothing.
    let mut other = Sidecar::open(&desk.path("other.sqlite"), DatasetFingerprint(77)).unwrap();
    let report = sync(&mut other, &folder, &NoProgress).unwrap();
    assert_eq!(report.received, 0);
    assert!(report.left_out[&name].contains("another dataset"), "{:?}", report.left_out);
}

#[test]
fn a_file_of_ones_own_that_was_cut_is_written_again() {
    let (desk, shared) = (Desk::new(), tempfile::tempdir().unwrap());
    let folder = LocalFolder::open(shared.path()).unwrap();
    desk.does("a.sqlite", "ada", [verdict(0, Verdict::Accept), verdict(1, Verdict::Reject)]);
    desk.sync("a.sqlite", &folder).unwrap();
    let file = std::fs::read_dir(shared.path().join("judgements")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    for cut in [0, 1, 200, whole.len() - 1] {
        std::fs::write(&file, &whole[..cut]).unwrap();
        let report = desk.sync("b.sqlite", &folder).unwrap();
        assert_eq!((report.received, report.left_out.len()), (0, 1), "cut after {cut} bytes");
        assert_eq!(desk.sync("a.sqlite", &folder).unwrap().sent, 2);
        assert_eq!(std::fs::read(&file).unwrap(), whole);
        assert_eq!(desk.sync("a.sqlite", &folder).unwrap(), SyncReport::default());
    }
    assert_eq!(desk.sync("b.sqlite", &folder).unwrap().received, 2);
    assert_eq!(std::fs::read_dir(shared.path().join("judgements")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn what_only_has_the_name_of_a_file_holds_nobody_up() {
    let (desk, shared) = (Desk::new(), tempfile::tempdir().unwrap());
    let folder = LocalFolder::open(shared.path()).unwrap();
    desk.does("a.sqlite", "ada", [verdict(0, Verdict::Accept)]);
    desk.sync("a.sqlite", &folder).unwrap();
    let place = |name: &str| shared.path().join("judgements").join(name);
    let names = ["pipe", "folder", "long", "link"].map(|name| format!("{name}-1-2-0123456789abcdef.jsonl"));
    assert!(std::process::Command::new("mkfifo").arg(place(&names[0])).status().unwrap().success());
    std::fs::create_dir(place(&names[1])).unwrap();
    std::fs::File::create(place(&names[2])).unwrap().set_len(FILE_UP_TO_BYTES + 1).unwrap();
    std::os::unix::fs::symlink("nowhere", place(&names[3])).unwrap();
    let report = desk.sync("b.sqlite", &folder).unwrap();
    assert_eq!(report.received, 1, "what is a file comes");
    assert_eq!(report.left_out[&names[0]], "it is not a file");
    assert_eq!(report.left_out[&names[1]], "it is not a file");
    assert!(report.left_out[&names[2]].contains("too long"), "{:?}", report.left_out);
    assert_eq!(report.left_out.len(), 3);
}

#[test]
fn nobody_else_adds_to_the_session_of_an_open_window() {
    let (desk, folder) = (Desk::new(), MemoryFolder::default());
    let mut sidecar = desk.sidecar("a.sqlite");
    let mut session = AuditSession::new(desk.dataset.clone(), "ada", &[]);
    act(&mut sidecar, &mut session, verdict(0, Verdict::Accept));
    sidecar.set_open_session(session.id().clone());
    sync(&mut sidecar, &folder, &NoProgress).unwrap();
    // Somebody who knows the session makes its next change up, and sends it.
    let mut made_up = desk.events("a.sqlite");
    made_up[0].seq += 1;
    made_up[0].step.seq += 1;
    let samples = sidecar.samples().unwrap();
    desk.sidecar("b.sqlite").append(&made_up, &samples, None).unwrap();
    desk.does("b.sqlite", "bo", [verdict(2, Verdict::Accept)]);
    desk.sync("b.sqlite", &folder).unwrap();
    let report = sync(&mut sidecar, &folder, &NoProgress).unwrap();
    assert_eq!(report.received, 1, "that of bo came");
    let reasons: Vec<&String> = report.left_out.values().collect();
    assert!(matches!(&reasons[..], [reason] if reason.contains("which did not make them")), "{reasons:?}");
    act(&mut sidecar, &mut session, verdict(1, Verdict::Accept));
    assert_eq!(desk.events("a.sqlite").len(), 3, "the window stores its own");
}

#[test]
fn an_empty_place_of_a_disk_is_not_taken_for_the_folder() {
    let (desk, shared) = (Desk::new(), tempfile::tempdir().unwrap());
    let folder = LocalFolder::open(shared.path()).unwrap();
    // Somebody who has nothing to send yet finds the folder again as well.
    assert_eq!(desk.sync("b.sqlite", &folder).unwrap(), SyncReport::default());
    desk.does("a.sqlite", "ada", [verdict(0, Verdict::Accept)]);
    desk.sync("a.sqlite", &folder).unwrap();
    assert_eq!(desk.sync("b.sqlite", &folder).unwrap().received, 1);
    // The disk is not mounted: there is the folder that it is mounted on.
    let (judgements, away) = (shared.path().join("judgements"), shared.path().join("away"));
    std::fs::rename(&judgements, &away).unwrap();
    desk.does("a.sqlite", "ada", [verdict(1, Verdict::Accept)]);
    for name in ["a.sqlite", "b.sqlite"] {
        let reason = desk.sync(name, &folder).unwrap_err().to_string();
        assert!(reason.contains("“judgements” is no longer in it; connect the disk"), "{reason}");
    }
    assert!(!judgements.exists(), "nothing is written there");
    std::fs::rename(&away, &judgements).unwrap();
    assert_eq!(desk.sync("a.sqlite", &folder).unwrap().sent, 1);
    // A person who makes the folder starts over there.
    std::fs::rename(&judgements, &away).unwrap();
    std::fs::create_dir(&judgements).unwrap();
    assert_eq!(desk.sync("a.sqlite", &folder).unwrap().sent, 2);
    let other = tempfile::tempdir().unwrap();
    assert_eq!(desk.sync("a.sqlite", &LocalFolder::open(other.path()).unwrap()).unwrap().sent, 2);
}

#[test]
fn files_with_one_reason_are_named_together() {
    let mut report = SyncReport::default();
    for name in ["a", "b", "c"] {
        report.left_out.insert(name.to_owned(), "it is of another dataset".to_owned());
    }
    report.left_out.insert("d".to_owned(), "it is not a file".to_owned());
    let expected = ["d is left out: it is not a file", "a and 2 more are left out, each: it is of another dataset"];
    assert_eq!(report.notes(), expected);
}

#[test]
fn two_versions_of_an_event_are_named_and_one_counts_everywhere() {
    let (desk, folder) = (Desk::new(), MemoryFolder::default());
    desk.does("a.sqlite", "ada", [verdict(0, Verdict::Accept)]);
    // A copy of the sidecar, in which one event was written otherwise.
    let original = desk.events("a.sqlite");
    let mut altered = original.clone();
    altered[0].change = tilejury_audit::FieldChange::Verdict(Some(Verdict::Unsure));
    let samples = desk.sidecar("a.sqlite").samples().unwrap();
    desk.sidecar("b.sqlite").append(&altered, &samples, None).unwrap();
    for name in ["a.sqlite", "b.sqlite", "a.sqlite", "c.sqlite"] {
        desk.sync(name, &folder).unwrap();
    }
    let event = (original[0].step.session.to_string(), original[0].seq);
    for name in ["a.sqlite", "b.sqlite", "c.sqlite"] {
        let report = desk.sync(name, &folder).unwrap();
        assert_eq!(report.versions.keys().collect::<Vec<_>>(), [&event], "{name}");
        assert_eq!(desk.judgements(name), desk.judgements("a.sqlite"), "{name}");
    }
}

#[test]
fn many_small_files_of_a_session_become_one() {
    let (desk, folder) = (Desk::new(), MemoryFolder::default());
    let mut sidecar = desk.sidecar("a.sqlite");
    let mut session = AuditSession::new(desk.dataset.clone(), "ada", &[]);
    for round in 0..40 {
        let word = if round / 10 % 2 == 0 { Verdict::Accept } else { Verdict::Reject };
        act(&mut sidecar, &mut session, verdict(round % 10, word));
        sync(&mut sidecar, &folder, &NoProgress).unwrap();
    }
    let files = folder.state.lock().unwrap().files.len();
    assert!(files <= 17, "{files} files");
    assert_eq!(desk.sync("b.sqlite", &folder).unwrap().received, 40);
    assert_eq!(desk.events("b.sqlite"), desk.events("a.sqlite"));
}

#[derive(Clone, Debug)]
enum Move {
    /// One of the people does something in a row.
    Judge { who: usize, row: usize, what: usize },
    /// One of them exchanges; an operation of the folder fails, perhaps after it was done.
    Sync { who: usize, fails_in: Option<usize>, is_done: bool },
    /// A file is cut short, as by a copy that is not done, until the end.
    Cut { file: usize },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let judge = (0..4_usize, 0..10_usize, 0..6_usize).prop_map(|(who, row, what)| Move::Judge { who, row, what });
    let sync = (0..4_usize, prop::option::of(0..6_usize), any::<bool>())
        .prop_map(|(who, fails_in, is_done)| Move::Sync { who, fails_in, is_done });
    let cut = (0..20_usize).prop_map(|file| Move::Cut { file });
    prop::collection::vec(prop_oneof![6 => judge, 4 => sync, 1 => cut], 1..60)
}

/// The sidecars and the annotators who write in them: ada works on two machines.
const PEOPLE: [(&str, &str); 4] = [("a.sqlite", "ada"), ("b.sqlite", "bo"), ("c.sqlite", "cy"), ("d.sqlite", "ada")];

proptest! {
    #![proptest_config(properties::cases(24))]

    #[test]
    fn everything_is_everywhere_in_the_end(moves in moves()) {
        let (desk, folder) = (Desk::new(), MemoryFolder::default());
        let mut whole: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for made in moves {
            match made {
                Move::Judge { who, row, what } => {
                    let (file, annotator) = PEOPLE[who];
                    let action = match what {
                        0 => verdict(row, Verdict::Accept),
                        1 => verdict(row, Verdict::Reject),
                        2 => desk.mark(row, Relevance::Relevant),
                        3 => desk.mark(row, Relevance::NotRelevant),
                        4 => JudgeAction::Note(SampleIndex::new(row), format!("note of {file}")),
                        _ => JudgeAction::Undo,
                    };
                    desk.does(file, annotator, [action]);
                }
                Move::Sync { who, fails_in, is_done } => {
                    {
                        let mut state = folder.state.lock().unwrap();
                        (state.fails_in, state.is_done) = (fails_in, is_done);
                    }
                    let _ = desk.sync(PEOPLE[who].0, &folder);
                    folder.state.lock().unwrap().fails_in = None;
                }
                Move::Cut { file } => {
                    let mut state = folder.state.lock().unwrap();
                    let name = state.files.keys().nth(file).cloned();
                    if let Some(name) = name.filter(|name| !whole.contains_key(name)) {
                        let content = state.files.get_mut(&name).unwrap();
                        whole.insert(name, content.clone());
                        content.truncate(content.len() / 2);
                    }
                }
            }
        }
        // Those that were replaced by one with more are gone.
        for (name, content) in whole {
            folder.state.lock().unwrap().files.entry(name).and_modify(|cut| *cut = content);
        }
        let made: Vec<Vec<Event>> = PEOPLE.iter().map(|(file, _)| desk.events(file)).collect();
        for _ in 0..2 {
            for (file, _) in PEOPLE {
                desk.sync(file, &folder).unwrap();
            }
        }
        let everywhere = desk.events(PEOPLE[0].0);
        for (file, _) in PEOPLE {
            prop_assert_eq!(&desk.events(file), &everywhere, "{}", file);
        }
        let mut names: Vec<(Arc<str>, u64)> =
            everywhere.iter().map(|event| (event.step.session.clone(), event.seq)).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), everywhere.len(), "no event is there twice");
        prop_assert!(made.iter().flatten().all(|event| everywhere.contains(event)), "none is lost");
    }
}

#[test]
fn only_files_whose_events_are_elsewhere_are_removed() {
    let (desk, folder) = (Desk::new(), MemoryFolder { is_careful: true, ..MemoryFolder::default() });
    let (mut sidecar, mut session) = (desk.sidecar("a.sqlite"), AuditSession::new(desk.dataset.clone(), "ada", &[]));
    let mut most = 0;
    for at in 0..20 {
        let verdict = if at / 10 == 0 { Verdict::Accept } else { Verdict::Reject };
        act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(at % 10), Some(verdict)));
        desk.sync("a.sqlite", &folder).unwrap();
        most = most.max(folder.state.lock().unwrap().files.len());
    }
    let files = folder.state.lock().unwrap().files.clone();
    assert!(most >= 16 && files.len() < 16, "{most} files became {}", files.len());
    desk.sync("b.sqlite", &folder).unwrap();
    assert_eq!(desk.events("b.sqlite").len(), desk.events("a.sqlite").len());
    for (name, content) in &files {
        assert!(is_file_name(name) && check_file(name, content).is_ok());
        assert!(!is_replaced(&folder, name).unwrap(), "{name}");
        assert!(check_file(name, &content[1..]).is_err() && check_file("x.jsonl", content).is_err());
    }
    assert_eq!(is_replaced(&folder, "x.jsonl").ok(), Some(false));
    let (name, _) = files.first_key_value().unwrap();
    folder.state.lock().unwrap().files.remove(name);
    assert_eq!(is_replaced(&folder, name).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_file_is_replaced_only_by_the_same_events() {
    let (desk, folder) = (Desk::new(), MemoryFolder::default());
    let (mut sidecar, mut session) = (desk.sidecar("a.sqlite"), AuditSession::new(desk.dataset.clone(), "ada", &[]));
    act(&mut sidecar, &mut session, verdict(0, Verdict::Accept));
    desk.sync("a.sqlite", &folder).unwrap();
    let (old, content) = folder.state.lock().unwrap().files.pop_first().unwrap();
    act(&mut sidecar, &mut session, verdict(1, Verdict::Reject));
    let (all, samples) = (sidecar.all_events().unwrap(), sidecar.samples().unwrap());
    // The file that a sidecar writes that has these events alone.
    let file_of = |name: &str, events: &[Event]| {
        desk.sidecar(name).append(events, &samples, None).unwrap();
        let folder = MemoryFolder::default();
        desk.sync(name, &folder).unwrap();
        folder.state.lock().unwrap().files.pop_first().unwrap()
    };
    let is_replaced_by = |content: &[u8], (newer, with): &(String, Vec<u8>)| {
        let folder = MemoryFolder::default();
        let files = [(old.clone(), content.to_vec()), (newer.clone(), with.clone())];
        folder.state.lock().unwrap().files.extend(files);
        is_replaced(&folder, &old).unwrap()
    };
    let whole = file_of("whole.sqlite", &all);
    assert_ne!(whole.0, old);
    assert!(is_replaced_by(&content, &whole));
    // Not by another version of an event, later events, a file cut short, or the same file.
    let mut altered = all.clone();
    altered[0].change = tilejury_audit::FieldChange::Verdict(Some(Verdict::Unsure));
    let cut = (whole.0.clone(), whole.1[..whole.1.len() - 1].to_vec());
    let itself = (old.clone(), content.clone());
    for other in [file_of("altered.sqlite", &altered), file_of("later.sqlite", &all[1..]), cut, itself] {
        assert!(!is_replaced_by(&content, &other), "{}", other.0);
    }
    assert!(
        !is_replaced_by(&content[..content.len() - 1], &whole),
        "one that is damaged is kept for people to examine"
    );
}

#[test]
fn long_files_are_divided_and_one_exchange_is_one_change() {
    let (desk, folder) = (Desk::new(), MemoryFolder { short: Some(2_000), ..MemoryFolder::default() });
    // Two sessions; the second step of one is longer than a file may be.
    desk.does("a.sqlite", "ada", [verdict(0, Verdict::Accept)]);
    let all: Vec<SampleIndex> = (0..10).map(SampleIndex::new).collect();
    let rows = JudgeAction::Rows(all, RowsAction::Verdict(Some(Verdict::Reject)));
    desk.does("a.sqlite", "ada", [verdict(1, Verdict::Unsure), rows]);
    let sent = desk.sync("a.sqlite", &folder).unwrap().sent;
    assert_eq!(folder.state.lock().unwrap().changes, 1);
    assert!(folder.list().unwrap().len() > 3, "{:?}", folder.list());
    assert_eq!(desk.sync("b.sqlite", &folder).unwrap().received, sent);
    assert_eq!(desk.events("b.sqlite"), desk.events("a.sqlite"));
    for name in ["a.sqlite", "b.sqlite"] {
        assert_eq!(desk.sync(name, &folder).unwrap(), SyncReport::default(), "nothing is new");
    }
    assert_eq!(folder.state.lock().unwrap().changes, 1, "an exchange without anything new changes nothing");
}
