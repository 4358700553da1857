//! Which dataset a sidecar belongs to: its rows decide, so judgements of two datasets never end up
//! in one file, and none is refused after its dataset was moved, cleaned or has grown.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::act;
use tilejury_audit::exchange::{ExchangeFolder, LocalFolder, SyncError, sync};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::sidecar::{
    LastPosition, OtherDataset, SampleRecord, SidecarError, Writer, WriterReport, open_for_writing,
    refuse_other_dataset,
};
use tilejury_audit::{AuditSession, JudgeAction, Sidecar, Verdict, now};
use tilejury_data::{Dataset, DatasetFingerprint, SampleIndex};
use tilejury_testkit::{Row, Set};

/// A folder with datasets, and one sidecar for all of them.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn sidecar(&self) -> PathBuf {
        self.path("judgements.sqlite")
    }

    /// A dataset with a split of rows with these queries, in place of an earlier one.
    fn set(&self, name: &str, split: &str, queries: &[&str]) -> Arc<Dataset> {
        for ending in [".jsonl", "_hn.jsonl"] {
            let _ = std::fs::remove_file(self.path(name).join(format!("{split}{ending}")));
        }
        let rows = queries.iter().map(|query| Row::new(query, &format!("images/{query}.png")));
        rows.fold(Set::new(), |set, row| set.row(split, &row)).write(&self.path(name));
        Arc::new(Dataset::open(&self.path(name)).unwrap())
    }

    /// Opens the sidecar as commands and the window do, and rejects a row.
    fn reject(&self, dataset: &Arc<Dataset>, row: usize) {
        self.refused(dataset).unwrap();
        let (mut sidecar, _) = open_for_writing(dataset, Some(&self.sidecar()), Path::new("none")).unwrap();
        let events = sidecar.events().unwrap();
        let mut session = AuditSession::new(dataset.clone(), "ada", &events);
        act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(row), Some(Verdict::Reject)));
    }

    /// Opens the sidecar for writing, and leaves off at a row.
    fn leave_off(&self, dataset: &Dataset, row: usize) {
        let (mut sidecar, _) = open_for_writing(dataset, Some(&self.sidecar()), Path::new("none")).unwrap();
        let position = LastPosition { annotator: "ada".into(), sample: dataset.samples[row].key, at: now() };
        sidecar.append(&[], &[], Some(&position)).unwrap();
    }

    /// Opens the sidecar as commands and the window do.
    fn open(&self, dataset: &Dataset) -> Sidecar {
        self.refused(dataset).unwrap();
        open_for_writing(dataset, Some(&self.sidecar()), Path::new("none")).unwrap().0
    }

    /// The queries of the rows with a change.
    fn judged(&self) -> Vec<String> {
        let samples = Sidecar::open_for_reading(&self.sidecar()).unwrap().unwrap().samples().unwrap();
        samples.into_iter().map(|sample| sample.query).collect()
    }

    fn refused(&self, dataset: &Dataset) -> Result<(), Box<OtherDataset>> {
        refuse_other_dataset(&self.sidecar(), dataset)
    }
}

#[test]
fn a_sidecar_without_a_row_becomes_that_of_the_next_set() {
    let desk = Desk::new();
    let (cats, dogs) = (desk.set("cats", "train", &["a cat", "a kitten"]), desk.set("dogs", "train", &["a dog"]));
    // Somebody opened the cats and judged none.
    desk.leave_off(&cats, 1);
    desk.reject(&dogs, 0);
    let refused = desk.refused(&cats).unwrap_err();
    assert_eq!((refused.rows, refused.query.as_deref()), (1, Some("a dog")));
    assert!(refused.its.contains(&dogs.fingerprint.to_string()), "{refused}");
    desk.refused(&dogs).unwrap();
    // One that has a row stays that of its dataset, even if it is opened for writing.
    drop(open_for_writing(&cats, Some(&desk.sidecar()), Path::new("none")).unwrap());
    desk.refused(&cats).unwrap_err();
}

/// Rejects the first row, as a window that has the sidecar open.
fn reject_in(sidecar: &mut Sidecar, dataset: &Arc<Dataset>) -> Result<(), SidecarError> {
    let mut session = AuditSession::new(dataset.clone(), "ada", &[]);
    let events = session.apply(JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)), now()).events;
    let sample = SampleRecord::new(dataset, SampleIndex::new(0)).unwrap();
    let position = LastPosition { annotator: "ada".into(), sample: sample.key, at: now() };
    sidecar.append(&events, &[sample], Some(&position))
}

#[test]
fn two_windows_of_two_sets_do_not_share_a_sidecar() {
    let desk = Desk::new();
    let (cats, dogs) = (desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"]));
    let (mut of_cats, mut of_dogs) = (desk.open(&cats), desk.open(&dogs));
    // The first one that judges has it, whichever opened it last.
    reject_in(&mut of_cats, &cats).unwrap();
    let taken = reject_in(&mut of_dogs, &dogs).unwrap_err();
    assert!(taken.to_string().contains(&format!("another dataset (fingerprint {})", cats.fingerprint)), "{taken}");
    assert!(
        of_dogs
            .append(&[], &[], Some(&LastPosition { annotator: "ada".into(), sample: dogs.samples[0].key, at: now() }))
            .is_err()
    );
    reject_in(&mut of_cats, &cats).unwrap();
    assert_eq!(desk.judged(), ["a cat"]);
    desk.refused(&cats).unwrap();
    desk.refused(&dogs).unwrap_err();
}

#[test]
fn a_sidecar_taken_after_it_was_checked_is_refused() {
    let desk = Desk::new();
    let (cats, dogs) = (desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"]));
    let mut of_cats = desk.open(&cats);
    desk.refused(&dogs).unwrap();
    reject_in(&mut of_cats, &cats).unwrap();
    let (mut of_dogs, _) = open_for_writing(&dogs, Some(&desk.sidecar()), Path::new("none")).unwrap();
    assert!(matches!(reject_in(&mut of_dogs, &dogs), Err(SidecarError::Taken { .. })));
    // A revision with rows in common is no other dataset.
    let grown = desk.set("cats", "train", &["a cat", "a kitten"]);
    reject_in(&mut desk.open(&grown), &grown).unwrap();
    assert_eq!(desk.judged(), ["a cat"]);
}

#[test]
fn windows_that_race_for_a_sidecar_leave_one_set_in_it() {
    for _ in 0..20 {
        let desk = Desk::new();
        let sets = [desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"])];
        let stored = std::thread::scope(|scope| {
            let windows = sets.each_ref().map(|set| {
                let desk = &desk;
                scope.spawn(move || {
                    let opened = open_for_writing(set, Some(&desk.sidecar()), Path::new("none"));
                    opened.is_ok_and(|(mut sidecar, _)| reject_in(&mut sidecar, set).is_ok())
                })
            });
            windows.map(|window| window.join().unwrap())
        });
        assert_eq!(stored.iter().filter(|stored| **stored).count(), 1);
        assert_eq!(desk.judged(), [if stored[0] { "a cat" } else { "a dog" }]);
    }
}

#[test]
fn a_window_whose_sidecar_was_taken_saves_to_another_file() {
    let desk = Desk::new();
    let (cats, dogs) = (desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"]));
    let (of_cats, mut of_dogs) = (desk.open(&cats), desk.open(&dogs));
    reject_in(&mut of_dogs, &dogs).unwrap();
    let (out, reports) = std::sync::mpsc::channel();
    let mut session = AuditSession::new(cats.clone(), "ada", &[]);
    let writer = Writer::start(of_cats, session.id(), move |report| out.send(report).unwrap()).unwrap();
    let events = session.apply(JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)), now()).events;
    writer.record(events, vec![SampleRecord::new(&cats, SampleIndex::new(0)).unwrap()]);
    let WriterReport::Failed { message, .. } =
        reports.iter().find(|report| !matches!(report, WriterReport::Others { .. })).unwrap()
    else {
        panic!("stored")
    };
    assert!(message.contains("judgements of another dataset"), "{message}");
    writer.save_as(desk.path("cats.sqlite"));
    let saved = reports.iter().find(|report| matches!(report, WriterReport::SavedAs { .. }));
    assert!(matches!(saved, Some(WriterReport::SavedAs { whole: true, .. })), "{saved:?}");
    let mut rescued = Sidecar::open_for_reading(&desk.path("cats.sqlite")).unwrap().unwrap();
    assert_eq!(rescued.fingerprint().unwrap(), Some(cats.fingerprint.to_string()));
    assert!(!rescued.events().unwrap().is_empty());
    assert_eq!(desk.judged(), ["a dog"]);
    assert_eq!(rescued.samples().unwrap()[0].query, "a cat", "and nothing of the dogs");
}

#[test]
fn an_exchange_without_a_row_stays_with_its_set() {
    let desk = Desk::new();
    let (cats, dogs) = (desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"]));
    std::fs::create_dir(desk.path("shared")).unwrap();
    let mut sidecar = Sidecar::open(&desk.sidecar(), cats.fingerprint).unwrap();
    sync(&mut sidecar, &LocalFolder::open(&desk.path("shared")).unwrap(), &NoProgress).unwrap();
    let refused = desk.refused(&dogs).unwrap_err().to_string();
    assert!(refused.contains("no judgement yet, but exchanges them through"), "{refused}");
    drop(open_for_writing(&dogs, Some(&desk.sidecar()), Path::new("none")).unwrap());
    desk.refused(&dogs).unwrap_err();
    // The cats have grown, and somebody was at one of them.
    desk.leave_off(&cats, 0);
    desk.refused(&desk.set("cats", "train", &["a cat", "a kitten"])).unwrap();
    // The file of an exchange that ended is free again.
    sidecar.forget_exchange_folder().unwrap();
    desk.reject(&dogs, 0);
    desk.refused(&cats).unwrap_err();
}

#[test]
fn an_exchange_does_not_take_a_sidecar_of_another_set() {
    let desk = Desk::new();
    let (cats, dogs) = (desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"]));
    std::fs::create_dir(desk.path("team")).unwrap();
    let folder = LocalFolder::open(&desk.path("team")).unwrap();
    let (mut of_cats, mut of_dogs) = (desk.open(&cats), desk.open(&dogs));
    reject_in(&mut of_dogs, &dogs).unwrap();
    let refused = sync(&mut of_cats, &folder, &NoProgress).unwrap_err();
    assert!(matches!(refused, SyncError::Sidecar(SidecarError::Taken { .. })), "{refused}");
    assert!(folder.list().unwrap().is_empty(), "nothing of the dogs is sent");
    assert_eq!(of_dogs.exchange_folder().unwrap(), None);
    assert_eq!(sync(&mut of_dogs, &folder, &NoProgress).unwrap().sent, 1);
}

/// A folder with work on one set. As soon as it is read, the sidecar becomes that of another set.
struct TakenWhileRead<'a> {
    folder: LocalFolder,
    desk: &'a Desk,
    other: Arc<Dataset>,
}

impl ExchangeFolder for TakenWhileRead<'_> {
    fn address(&self) -> String {
        self.folder.address()
    }

    fn list(&self) -> std::io::Result<Vec<String>> {
        self.folder.list()
    }

    fn read(&self, name: &str) -> std::io::Result<Vec<u8>> {
        Sidecar::open(&self.desk.sidecar(), self.other.fingerprint).unwrap().forget_exchange_folder().unwrap();
        self.desk.reject(&self.other, 0);
        self.folder.read(name)
    }

    fn write(&self, name: &str, content: &[u8]) -> std::io::Result<()> {
        self.folder.write(name, content)
    }

    fn remove(&self, name: &str) -> std::io::Result<()> {
        self.folder.remove(name)
    }
}

#[test]
fn what_arrives_is_not_stored_in_a_sidecar_taken_meanwhile() {
    let desk = Desk::new();
    let (cats, dogs) = (desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"]));
    std::fs::create_dir(desk.path("team")).unwrap();
    let folder = LocalFolder::open(&desk.path("team")).unwrap();
    let (mut of_another, _) = open_for_writing(&cats, Some(&desk.path("bo.sqlite")), Path::new("none")).unwrap();
    reject_in(&mut of_another, &cats).unwrap();
    sync(&mut of_another, &folder, &NoProgress).unwrap();
    let folder = TakenWhileRead { folder, desk: &desk, other: dogs };
    let refused = sync(&mut desk.open(&cats), &folder, &NoProgress).unwrap_err();
    assert!(matches!(refused, SyncError::Sidecar(SidecarError::Taken { .. })), "{refused}");
    assert_eq!(desk.judged(), ["a dog"]);
}

#[test]
fn a_set_that_was_cleaned_grown_or_renamed_keeps_its_sidecar() {
    let desk = Desk::new();
    let queries = ["a cat", "a kitten", "a tomcat"];
    let cats = desk.set("cats", "train", &queries);
    desk.reject(&cats, 0);
    let cleaned = ["a kitten", "a tomcat"];
    desk.refused(&desk.set("cats", "train", &cleaned)).unwrap_err();
    // The rejected row is gone, but not the one at which the annotator left off.
    desk.leave_off(&cats, 1);
    desk.refused(&desk.set("cats", "train", &cleaned)).unwrap();
    desk.refused(&desk.set("cats", "train", &["a lion", "a cat"])).unwrap();
    desk.refused(&desk.set("renamed", "other", &queries)).unwrap();
}

#[test]
fn a_split_opened_alone_has_the_sidecar_of_its_folder() {
    let desk = Desk::new();
    desk.set("cats", "train", &["a cat"]);
    let cats = desk.set("cats", "test", &["a kitten"]);
    assert_eq!(cats.splits.len(), 2);
    desk.reject(&cats, 0);
    desk.set("cats", "train", &["a cat", "a lion"]);
    let test = Dataset::open(&desk.path("cats").join("test.jsonl")).unwrap();
    desk.refused(&test).unwrap();
    // Not in a folder that has nothing of it.
    desk.set("cats", "train", &["a lion"]);
    let test = Dataset::open(&desk.path("cats").join("test.jsonl")).unwrap();
    desk.refused(&test).unwrap_err();
}

/// Removes the fingerprint from the sidecar, as after a recovery that did not find it; `None`: with
/// its line.
fn forget_dataset(desk: &Desk, fingerprint: Option<DatasetFingerprint>) {
    let connection = rusqlite::Connection::open(desk.sidecar()).unwrap();
    let (of, named) = ("WHERE key = 'fingerprint'", fingerprint.map(|none| none.to_string()));
    let changed = match named {
        Some(text) => connection.execute(&format!("UPDATE meta SET value = ?1 {of}"), [text]),
        None => connection.execute(&format!("DELETE FROM meta {of}"), []),
    };
    assert_eq!(changed.unwrap(), 1);
}

#[test]
fn a_sidecar_that_names_no_set_is_named_by_that_of_its_rows() {
    let named = |desk: &Desk| Sidecar::open_for_reading(&desk.sidecar()).unwrap().unwrap().named_dataset();
    for forgotten in [Some(DatasetFingerprint(0)), None] {
        let desk = Desk::new();
        let (cats, dogs) = (desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"]));
        desk.reject(&cats, 0);
        forget_dataset(&desk, forgotten);
        let refused = desk.refused(&dogs).unwrap_err().to_string();
        assert!(refused.contains("which it does not name (with the query “a cat”)"), "{refused}");
        // Nor does opening it beside other rows name those.
        drop(open_for_writing(&dogs, Some(&desk.sidecar()), Path::new("none")).unwrap());
        let error = named(&desk).unwrap_err().to_string();
        assert!(error.contains("does not name the dataset of its judgements"), "{error}");
        desk.refused(&cats).unwrap();
        // The rows of a revision name it, too.
        let grown = desk.set("cats", "train", &["a kitten", "a cat"]);
        reject_in(&mut desk.open(&grown), &grown).unwrap();
        assert_eq!(named(&desk).unwrap(), grown.fingerprint.to_string());
        desk.refused(&dogs).unwrap_err();
    }
}

#[test]
fn judgements_that_name_no_set_are_not_exchanged() {
    let desk = Desk::new();
    let (cats, dogs) = (desk.set("cats", "train", &["a cat"]), desk.set("dogs", "train", &["a dog"]));
    std::fs::create_dir(desk.path("team")).unwrap();
    let folder = LocalFolder::open(&desk.path("team")).unwrap();
    let (mut of_another, _) = open_for_writing(&dogs, Some(&desk.path("bo.sqlite")), Path::new("none")).unwrap();
    reject_in(&mut of_another, &dogs).unwrap();
    sync(&mut of_another, &folder, &NoProgress).unwrap();
    desk.reject(&cats, 0);
    forget_dataset(&desk, Some(DatasetFingerprint(0)));
    let mut recovered = Sidecar::open(&desk.sidecar(), cats.fingerprint).unwrap();
    let refused = sync(&mut recovered, &folder, &NoProgress).unwrap_err();
    assert!(matches!(refused, SyncError::Sidecar(SidecarError::NoDataset(_))), "{refused}");
    assert_eq!((folder.list().unwrap().len(), recovered.exchange_folder().unwrap()), (1, None), "nothing was done");
    // Opened with its set, it is exchanged, and what is of another one stays out of it.
    let done = sync(&mut desk.open(&cats), &folder, &NoProgress).unwrap();
    assert_eq!((done.sent, done.received, done.left_out.len()), (1, 0, 1));
    let reason = done.left_out.values().next().unwrap();
    assert!(reason.contains(&format!("of another dataset, whose fingerprint is {}", dogs.fingerprint)), "{reason}");
    assert_eq!(desk.judged(), ["a cat"]);
}
