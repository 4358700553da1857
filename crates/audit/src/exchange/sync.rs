//! One exchange: takes in what others wrote, then writes what is only here. Each file is taken or
//! written whole, so one that is stopped anywhere loses nothing and is continued by the next.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::ops::RangeInclusive;

use thiserror::Error;

use super::file::{self, FileError};
use super::file_name::{FileName, part};
use super::folder::{ExchangeFolder, FOLDER_NAME};
use crate::event::Event;
use crate::progress::{Cancelled, Progress, Stage};
use crate::sidecar::exchanged::ReceivedFile;
use crate::sidecar::{SampleRecord, Sidecar, SidecarError};
use crate::text::grouped;

/// The most events of a file, but for the rest of a step.
const EVENTS_OF_A_FILE: usize = 5_000;
/// From so many files of one session on, one that has all their events takes their place.
const FILES_OF_A_SESSION: usize = 16;
/// Files are stored together until they have so many events.
const TAKEN_AT_ONCE: usize = 5_000;
/// So many bytes are written as one change.
const CHANGED_AT_ONCE_BYTES: usize = 16 << 20;
/// A session with more events keeps its files.
const REWRITTEN_UP_TO_EVENTS: usize = 50_000;

/// The reason for leaving out what nobody but the open window can have made.
pub(super) const MADE_UP: &str = "it has changes under the session of this window, which did not make them";

/// The outcome of an exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Events that were written to the folder.
    pub sent: usize,
    /// Events that were not here before.
    pub received: usize,
    /// Files that are left out, each with the reason. They are tried again the next time.
    pub left_out: BTreeMap<String, String>,
    /// Events that are there in several versions: session and number, with the files of those that
    /// are not stored first here. Of all versions, the first by its text counts, everywhere.
    pub versions: BTreeMap<(String, u64), BTreeSet<String>>,
    /// Annotators who judged in several sidecars, with the number of these: one person on several
    /// machines, or several persons with one name.
    pub names_in_several: BTreeMap<String, usize>,
    /// A fact about the place that a person should know, as a clause.
    pub place_note: Option<String>,
}

impl SyncReport {
    /// The points for a person to look into, each as a clause: files left out, changes in several
    /// versions, names in several sidecars, what is to know of the place.
    pub fn notes(&self) -> Vec<String> {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, reason) in &self.left_out {
            reasons.entry(reason).or_default().push(name);
        }
        let left_out = reasons.into_iter().map(|(reason, names)| match &names[..] {
            [name] => format!("{name} is left out: {reason}"),
            names => format!("{} and {} more are left out, each: {reason}", names[0], grouped(names.len() - 1)),
        });
        let versions = self.versions.iter().map(|((session, seq), files)| {
            let files = files.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!(
                "the change {session}/{seq} is there in several versions, so one was altered; the other is in {files}"
            )
        });
        let names = self.names_in_several.iter().map(|(name, sidecars)| note_of_name(name, *sidecars));
        left_out.chain(versions).chain(names).chain(self.place_note.clone()).collect()
    }
}

/// The clause about an annotator who judged in several sidecars.
pub fn note_of_name(name: &str, sidecars: usize) -> String {
    let sidecars = grouped(sidecars);
    format!("“{name}” judged in {sidecars} sidecars: one person on several machines, or several with one name")
}

/// The reason why an exchange ended early. What was taken or written by then stays, and is whole.
#[derive(Debug, Error)]
pub enum SyncError {
    /// The folder failed.
    #[error("{address}: {source}")]
    Folder {
        /// The folder, or the file in it.
        address: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The sidecar failed.
    #[error(transparent)]
    Sidecar(#[from] SidecarError),
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Exchanges judgements between a sidecar and a folder, and notes the folder in the sidecar.
///
/// # Errors
/// When the folder or the sidecar fails, or the work was cancelled.
pub fn sync(
    sidecar: &mut Sidecar,
    folder: &dyn ExchangeFolder,
    progress: &dyn Progress,
) -> Result<SyncReport, SyncError> {
    let dataset = sidecar.named_dataset()?;
    let failed = |source| SyncError::Folder { address: folder.address(), source };
    let names = folder.list().map_err(failed)?;
    if !folder.is_begun() && was_exchanged_through(sidecar, folder)? {
        let words = format!(
            "the folder “{FOLDER_NAME}” is no longer in it; connect the disk that it is on, or make that folder to \
             start over there"
        );
        return Err(failed(io::Error::new(io::ErrorKind::NotFound, words)));
    }
    sidecar.set_exchange_folder(&folder.address())?;
    // Without permission to write, the judgements of others are read all the same.
    let _ = folder.begin();
    let mut files: Vec<FileName> = names.iter().filter_map(|name| FileName::parse(name)).collect();
    // In the order of a session's events, whatever the folder's own order is.
    files.sort_by_key(|name| (name.session.clone(), *name.events.start(), name.to_string()));
    let mut report = SyncReport::default();
    receive(sidecar, folder, (&dataset, &files), &mut report, progress)?;
    send(sidecar, folder, (&dataset, &files), &mut report)?;
    report.versions = sidecar.events_in_versions()?;
    report.names_in_several = sidecar.names_in_several()?;
    Ok(report)
}

/// Whether files were exchanged through a folder: in its place there may now be the empty folder on
/// which its disk is usually mounted.
fn was_exchanged_through(sidecar: &Sidecar, folder: &dyn ExchangeFolder) -> Result<bool, SidecarError> {
    Ok(sidecar.exchange_folder()? == Some(folder.address()) && !sidecar.exchange_files()?.is_empty())
}

/// Takes in the files that are not known yet.
fn receive(
    sidecar: &mut Sidecar,
    folder: &dyn ExchangeFolder,
    (dataset, files): (&str, &[FileName]),
    report: &mut SyncReport,
    progress: &dyn Progress,
) -> Result<(), SyncError> {
    let known = sidecar.exchange_files()?;
    let new: Vec<&FileName> = files.iter().filter(|name| !known.contains_key(&name.to_string())).collect();
    let mut read = Vec::new();
    for (done, name) in new.iter().enumerate() {
        let is_cancelled = progress.report(Stage::Sidecars.step(done, new.len()));
        if is_cancelled.is_err()
            || read.iter().map(|file: &ReceivedFile| file.events.len()).sum::<usize>() >= TAKEN_AT_ONCE
        {
            report.received += sidecar.take(&std::mem::take(&mut read))?.new;
        }
        is_cancelled?;
        let content = match folder.read(&name.to_string()) {
            Ok(content) => content,
            // Its writer replaced it by one that has more.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                report.left_out.insert(name.to_string(), error.to_string());
                continue;
            }
        };
        match file::read(name, &content, Some(dataset)) {
            Ok(file) if is_made_up(sidecar, &file)? => {
                report.left_out.insert(name.to_string(), MADE_UP.to_owned());
            }
            Ok(file) => read.push(file),
            Err(
                error @ (FileError::Changed
                | FileError::Newer(_)
                | FileError::NoDataset
                | FileError::OtherDataset(_)
                | FileError::Line { .. }),
            ) => {
                report.left_out.insert(name.to_string(), error.to_string());
            }
        }
    }
    report.received += sidecar.take(&read)?.new;
    Ok(())
}

/// Whether a file has an event under the session of the open window that the window did not make.
fn is_made_up(sidecar: &Sidecar, file: &ReceivedFile) -> Result<bool, SidecarError> {
    for event in &file.events {
        if sidecar.is_made_up(event)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes the events that no file of this sidecar has.
fn send(
    sidecar: &mut Sidecar,
    folder: &dyn ExchangeFolder,
    (dataset, files): (&str, &[FileName]),
    report: &mut SyncReport,
) -> Result<(), SyncError> {
    let known = sidecar.exchange_files()?;
    let is_own = |name: &&FileName| known.get(&name.to_string()) == Some(&true) && folder.is_whole(&name.to_string());
    let own: Vec<&FileName> = files.iter().filter(is_own).collect();
    let has_many = own.chunk_by(|a, b| a.session == b.session).any(|session| session.len() >= FILES_OF_A_SESSION);
    if !has_many && not_in(sidecar, own.iter().copied())? == 0 {
        return Ok(());
    }
    let samples: BTreeMap<String, SampleRecord> =
        sidecar.samples()?.into_iter().map(|sample| (sample.key.to_string(), sample)).collect();
    let samples: BTreeMap<String, &SampleRecord> = samples.iter().map(|(key, sample)| (key.clone(), sample)).collect();
    let id = sidecar.exchange_id()?;
    let mut change = Change::default();
    for (session, events) in sidecar.own_sessions()? {
        let mut of_session: Vec<&FileName> = own.iter().copied().filter(|name| name.has_session(&session)).collect();
        let is_there = |event: &&Event| of_session.iter().any(|name| name.events.contains(&event.seq));
        let unsent: Vec<Event> = events.iter().filter(|event| !is_there(event)).cloned().collect();
        report.sent += unsent.len();
        let rewritten = of_session.len() >= FILES_OF_A_SESSION && events.len() <= REWRITTEN_UP_TO_EVENTS;
        let parts = if rewritten { vec![events.as_slice()] } else { in_files(&unsent) };
        let content = |events: &[Event]| file::write(dataset, &id, events, &samples);
        let up_to = folder.file_up_to_bytes();
        let parts = parts.into_iter().flat_map(|part| in_pieces(part, &content, up_to));
        for (events, content) in parts.collect::<Vec<_>>() {
            let name = FileName::new(&session, events, &content);
            let of_before = of_session.len();
            of_session.retain(|old| **old != name);
            // Of a session of several long files, one may be there already.
            if of_session.len() == of_before {
                change.bytes += content.len();
                change.write.push((name.to_string(), content));
            }
        }
        if rewritten {
            change.remove.extend(of_session.iter().map(ToString::to_string));
        }
        if change.bytes >= CHANGED_AT_ONCE_BYTES {
            std::mem::take(&mut change).make(sidecar, folder)?;
        }
    }
    change.make(sidecar, folder)
}

/// The files to write and to remove together.
#[derive(Default)]
struct Change {
    write: Vec<(String, Vec<u8>)>,
    /// The files that those take the place of.
    remove: Vec<String>,
    bytes: usize,
}

impl Change {
    /// Makes it, and notes the new files.
    fn make(self, sidecar: &Sidecar, folder: &dyn ExchangeFolder) -> Result<(), SyncError> {
        if self.write.is_empty() && self.remove.is_empty() {
            return Ok(());
        }
        let failed = |source| SyncError::Folder { address: folder.address(), source };
        folder.change(&self.write, &self.remove).map_err(failed)?;
        for (name, _) in &self.write {
            sidecar.note_own_file(name)?;
        }
        Ok(())
    }
}

/// The contents of files with some events, each with the numbers of its first and last one. Events
/// whose file would be too long are divided: between two steps, or within one that is too long.
fn in_pieces(
    events: &[Event],
    content: &dyn Fn(&[Event]) -> Vec<u8>,
    up_to_bytes: u64,
) -> Vec<(RangeInclusive<u64>, Vec<u8>)> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Vec::new() };
    let whole = content(events);
    if (whole.len() as u64) < up_to_bytes || events.len() == 1 {
        return vec![(first.seq..=last.seq, whole)];
    }
    drop(whole);
    let begins = |at: usize| events[at - 1].step != events[at].step;
    let middle = events.len() / 2;
    let at = (middle..events.len()).chain((1..middle).rev()).find(|at| begins(*at)).unwrap_or(middle);
    let (one, other) = events.split_at(at);
    [one, other].into_iter().flat_map(|part| in_pieces(part, content, up_to_bytes)).collect()
}

/// The number of events that no file of this sidecar has, as it knew the folder at the last
/// exchange.
///
/// # Errors
/// When the sidecar cannot be read.
pub fn to_send(sidecar: &Sidecar) -> Result<usize, SidecarError> {
    let files = sidecar.exchange_files()?;
    let own: Vec<FileName> =
        files.iter().filter(|(_, is_own)| **is_own).filter_map(|(name, _)| FileName::parse(name)).collect();
    not_in(sidecar, &own)
}

/// The number of own events that none of the files has.
pub(super) fn not_in<'a>(
    sidecar: &Sidecar,
    files: impl IntoIterator<Item = &'a FileName>,
) -> Result<usize, SidecarError> {
    let mut sent: HashMap<&str, Vec<&RangeInclusive<u64>>> = HashMap::new();
    for file in files {
        sent.entry(&file.session).or_default().push(&file.events);
    }
    let is_sent = |session: &str, seq: u64| {
        sent.get(&*part(session)).is_some_and(|files| files.iter().any(|events| events.contains(&seq)))
    };
    Ok(sidecar.own_numbers()?.iter().filter(|(session, seq)| !is_sent(session, *seq)).count())
}

/// Divides the events of a session among files; a step stays whole.
pub(super) fn in_files(events: &[Event]) -> Vec<&[Event]> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    for step in events.chunk_by(|a, b| a.step == b.step) {
        at += step.len();
        if at - from >= EVENTS_OF_A_FILE {
            parts.push(&events[from..at]);
            from = at;
        }
    }
    parts.push(&events[from..]);
    parts
}
