//! Several sidecars of one dataset as one new file: all events, each once, in an order that depends
//! on the events only. Inputs are read and never changed. `stored_steps.rs` decides the order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use tilejury_data::{DatasetFingerprint, SampleKey};

use super::copy::{publish, temporary_beside};
use super::inspect::beside;
use super::rows::checksum;
use super::stored_steps::in_one_order;
use super::{LastPosition, SampleRecord, Sidecar, SidecarError};
use crate::event::Event;
use crate::progress::{Cancelled, Progress, Stage};

/// The tables that are merged, and those of an exchange, which a merged file begins without. What
/// another one holds is not merged.
const TABLES: [&str; 11] = [
    "meta",
    "samples",
    "events",
    "places",
    "sqlite_sequence",
    "exchange_sessions",
    "exchange_files",
    "exchange_versions",
    "exchange_passed_over",
    "exchange_replacing",
    "exchange_latest",
];
/// The number of conflicts that an error names.
const NAMED: usize = 10;

/// The outcome of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The events of the new file.
    pub events: usize,
    /// Its samples.
    pub samples: usize,
    /// The annotators, sorted: not those who only began an audit.
    pub annotators: Vec<String>,
    /// The events that each input had alone, in the order of the inputs.
    pub only_in: Vec<usize>,
    /// The parts that were not merged, in words.
    pub notes: Vec<String>,
}

/// The reason why nothing was merged. No file was written.
#[derive(Debug, Error)]
pub enum MergeError {
    /// Fewer than two files.
    #[error("two sidecars or more are needed")]
    TooFew,
    /// A file that does not exist, or is empty.
    #[error("{path}: there is no sidecar", path = .0.display())]
    Missing(PathBuf),
    /// Another dataset.
    #[error("{path} belongs to another dataset than {first}: its fingerprint is {found}, not {expected}", path = path.display(), first = first.display())]
    OtherDataset {
        /// The file.
        path: PathBuf,
        /// Its fingerprint.
        found: String,
        /// The first file.
        first: PathBuf,
        /// The fingerprint of the first.
        expected: String,
    },
    /// One event in two versions.
    #[error("{count} changes differ between files, so one of them was altered: {}", places.join("; "))]
    Conflicts {
        /// The number of such events.
        count: usize,
        /// The first of them, with the files.
        places: Vec<String>,
    },
    /// An event that is not what was written.
    #[error("{path}: the change {session}/{seq} does not match its checksum; `tilejury recover {path} NEW.sqlite` says what is doubtful", path = path.display())]
    Altered {
        /// The file.
        path: PathBuf,
        /// The session of the event.
        session: String,
        /// Its number.
        seq: u64,
    },
    /// The person stopped it.
    #[error("stopped; nothing was written")]
    Cancelled,
    /// A file cannot be read, or the new one cannot be written.
    #[error("{}", .0.of_listed())]
    Sidecar(#[from] SidecarError),
}

/// Everything that one file holds.
struct Input {
    path: PathBuf,
    events: Vec<Event>,
    samples: Vec<SampleRecord>,
    places: Vec<LastPosition>,
    fingerprint: String,
    address: Option<String>,
    notes: Vec<String>,
}

/// Merges sidecars of one dataset into a new file. The same inputs in any order give the same
/// events in the same order; a file that was merged before adds nothing. A file of an older schema
/// is read as it is.
///
/// # Errors
/// When a file cannot be used, names no dataset or another one, or holds another version of an
/// event that is in another file; and when the new file exists already or cannot be written. Then
/// no file is left behind.
pub fn merge_files(from: &[PathBuf], to: &Path, progress: &dyn Progress) -> Result<Merged, MergeError> {
    if from.len() < 2 {
        return Err(MergeError::TooFew);
    }
    // A link whose target is gone is not overwritten either.
    if to.symlink_metadata().is_ok() {
        return Err(SidecarError::Exists(to.to_owned()).into());
    }
    let mut inputs = Vec::new();
    for (done, path) in from.iter().enumerate() {
        report(progress, done, from.len())?;
        inputs.push(Input::read(path)?);
    }
    let fingerprint = one_fingerprint(&inputs)?;
    refuse_conflicts(&inputs)?;
    let chains: Vec<&[Event]> = inputs.iter().map(|input| input.events.as_slice()).collect();
    let events = in_one_order(&chains);
    let samples = samples(&inputs);
    let places = places(&inputs);
    let address = inputs.iter().filter_map(|input| input.address.as_deref()).min();
    report(progress, from.len(), from.len())?;
    let temporary = temporary_beside(to);
    let written =
        write(&temporary, &events, &samples, &places, fingerprint, address).and_then(|()| publish(&temporary, to));
    if let Err(error) = written {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(beside(&temporary, ending));
        }
        return Err(error.into());
    }
    // Who only began an audit for others is no annotator.
    let judged = events.iter().filter(|event| !event.begins_audit());
    let names: BTreeSet<&str> = judged.map(|event| &*event.annotator).collect();
    Ok(Merged {
        events: events.len(),
        samples: samples.len(),
        annotators: names.into_iter().map(str::to_owned).collect(),
        only_in: only_in(&inputs),
        notes: same_files(from).chain(inputs.into_iter().flat_map(|input| input.notes)).collect(),
    })
}

/// A note for each file that is named again: perhaps another one was meant.
fn same_files(from: &[PathBuf]) -> impl Iterator<Item = String> {
    let mut known = BTreeSet::new();
    let again = from.iter().filter(move |path| !known.insert(path.canonicalize().unwrap_or_else(|_| (*path).clone())));
    again.map(|path| format!("{} is a file that was named before, so it adds nothing", path.display()))
}

fn report(progress: &dyn Progress, done: usize, total: usize) -> Result<(), MergeError> {
    progress.report(Stage::Sidecars.step(done, total)).map_err(|Cancelled| MergeError::Cancelled)
}

impl Input {
    fn read(path: &Path) -> Result<Self, MergeError> {
        let mut sidecar = Sidecar::open_for_reading(path)?.ok_or_else(|| MergeError::Missing(path.to_owned()))?;
        let events = sidecar.all_events()?;
        sidecar.refuse_altered(&events)?;
        let other_tables = sidecar.other_tables()?.into_iter();
        let notes = other_tables.map(|table| format!("{}: the table {table} was not merged", path.display())).collect();
        Ok(Self {
            path: path.to_owned(),
            samples: sidecar.samples()?,
            places: sidecar.last_positions()?,
            fingerprint: sidecar.named_dataset()?,
            address: sidecar.begun_at()?,
            events,
            notes,
        })
    }
}

impl Sidecar {
    /// # Errors
    /// The first event whose stored checksum is that of another content.
    fn refuse_altered(&self, events: &[Event]) -> Result<(), MergeError> {
        let stored = self.checksums().map_err(|source| self.failed(source))?;
        let is_altered = |event: &&Event| {
            let stored = stored.get(&(event.step.session.to_string(), event.seq)).copied().flatten();
            stored.is_some_and(|stored| stored != i64::from(checksum(event)))
        };
        let altered = events.iter().find(is_altered);
        altered.map_or(Ok(()), |event| {
            Err(MergeError::Altered {
                path: self.path.clone(),
                session: event.step.session.to_string(),
                seq: event.seq,
            })
        })
    }

    /// The stored checksums by session and number; none before schema 3.
    fn checksums(&self) -> rusqlite::Result<HashMap<(String, u64), Option<i64>>> {
        let version: i64 = self.connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version < 3 {
            return Ok(HashMap::new());
        }
        let mut statement = self.connection.prepare("SELECT session, seq, checksum FROM events")?;
        statement.query_map([], |row| Ok(((row.get(0)?, row.get::<_, i64>(1)? as u64), row.get(2)?)))?.collect()
    }

    /// The positions of all annotators.
    fn last_positions(&self) -> Result<Vec<LastPosition>, SidecarError> {
        let read = || {
            let mut statement = self.connection.prepare("SELECT annotator, sample, at FROM places")?;
            let rows = statement.query_map([], |row| {
                let (sample, at) = (super::rows::parsed(row, 1)?, super::rows::parsed(row, 2)?);
                Ok(LastPosition { annotator: row.get(0)?, sample, at })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|source| self.failed(source))
    }

    /// The tables that this version does not merge.
    fn other_tables(&self) -> Result<Vec<String>, SidecarError> {
        let read = || {
            let mut statement = self.connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
            let names = statement.query_map([], |row| row.get(0))?;
            names.collect::<rusqlite::Result<Vec<String>>>()
        };
        let names = read().map_err(|source| self.failed(source))?;
        Ok(names.into_iter().filter(|name| !TABLES.contains(&name.as_str())).collect())
    }

    /// Sets the dataset of a merged file. The time of its creation is not noted, so that
    /// merging again gives the same file.
    fn note_dataset(&self, fingerprint: &str, address: Option<&str>) -> Result<(), SidecarError> {
        let set = |key: &str, value: &str| {
            let sql =
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            self.connection.execute(sql, [key, value])
        };
        let all = || -> rusqlite::Result<()> {
            // Otherwise the time stays in the file, in bytes that are no longer in use.
            self.connection.pragma_update(None, "secure_delete", true)?;
            self.connection.execute("DELETE FROM meta WHERE key = 'created_at'", [])?;
            set("fingerprint", fingerprint)?;
            address.map(|text| set("address", text)).transpose()?;
            Ok(())
        };
        all().map_err(|source| self.failed(source))
    }
}

/// The fingerprint of all files.
fn one_fingerprint(inputs: &[Input]) -> Result<&str, MergeError> {
    let Some(first) = inputs.first() else { return Err(MergeError::TooFew) };
    match inputs.iter().find(|input| input.fingerprint != first.fingerprint) {
        None => Ok(&first.fingerprint),
        Some(other) => Err(MergeError::OtherDataset {
            path: other.path.clone(),
            found: other.fingerprint.clone(),
            first: first.path.clone(),
            expected: first.fingerprint.clone(),
        }),
    }
}

type EventName = (Arc<str>, u64);

fn name_of(event: &Event) -> EventName {
    (event.step.session.clone(), event.seq)
}

fn refuse_conflicts(inputs: &[Input]) -> Result<(), MergeError> {
    let mut known: HashMap<EventName, (&Event, &Path)> = HashMap::new();
    let mut places: BTreeSet<String> = BTreeSet::new();
    for input in inputs {
        for event in &input.events {
            let (first, path) = *known.entry(name_of(event)).or_insert((event, &input.path));
            if first != event {
                let mut files = [path.display().to_string(), input.path.display().to_string()];
                files.sort();
                places.insert(format!("{}/{} in {} and {}", event.step.session, event.seq, files[0], files[1]));
            }
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    Err(MergeError::Conflicts { count: places.len(), places: places.into_iter().take(NAMED).collect() })
}

/// The record of each sample: one with a query, and of several the first in the order of splits and
/// lines.
fn samples(inputs: &[Input]) -> Vec<SampleRecord> {
    let rank =
        |record: &SampleRecord| (record.query.is_empty(), record.split.clone(), record.line, record.positive.clone());
    let mut all: BTreeMap<SampleKey, &SampleRecord> = BTreeMap::new();
    for record in inputs.iter().flat_map(|input| &input.samples) {
        let known = all.entry(record.key).or_insert(record);
        if rank(record) < rank(known) {
            *known = record;
        }
    }
    all.into_values().cloned().collect()
}

/// The latest position of each annotator.
fn places(inputs: &[Input]) -> Vec<LastPosition> {
    let mut all: BTreeMap<&str, &LastPosition> = BTreeMap::new();
    for place in inputs.iter().flat_map(|input| &input.places) {
        let known = all.entry(&place.annotator).or_insert(place);
        if (place.at, place.sample) > (known.at, known.sample) {
            *known = place;
        }
    }
    all.into_values().cloned().collect()
}

fn only_in(inputs: &[Input]) -> Vec<usize> {
    let mut times: HashMap<EventName, usize> = HashMap::new();
    for event in inputs.iter().flat_map(|input| &input.events) {
        *times.entry(name_of(event)).or_default() += 1;
    }
    inputs
        .iter()
        .map(|input| input.events.iter().filter(|event| times.get(&name_of(event)) == Some(&1)).count())
        .collect()
}

fn write(
    to: &Path,
    events: &[Event],
    samples: &[SampleRecord],
    places: &[LastPosition],
    fingerprint: &str,
    address: Option<&str>,
) -> Result<(), SidecarError> {
    let mut sidecar = Sidecar::open(to, DatasetFingerprint(0))?;
    sidecar.note_dataset(fingerprint, address)?;
    sidecar.append(events, samples, None)?;
    for place in places {
        sidecar.append(&[], &[], Some(place))?;
    }
    sidecar.in_one_file()
}
