//! The one thread that owns the write connection. It receives events and reports `Saved` when they
//! are on disk. Events that could not be stored are kept and tried again, and can be saved to
//! another file. Nothing is ever dropped.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Transaction;
use tilejury_data::{DatasetFingerprint, SampleKey};

use super::copy::{fill, publish, temporary_beside};
use super::counted_order::{note_new, overtaking, without_overtaken};
use super::rows::read_numbered;
use super::{LastPosition, SampleRecord, Sidecar, SidecarError, beside, insert};
use crate::catch_panic::catch_panic;
use crate::event::Event;

/// The time before the writer tries again, or checks for other programs' events.
const PAUSE: Duration = Duration::from_secs(1);
/// The time that a position waits to be replaced by a newer one: browsing quickly through the set
/// writes once, not at every step.
const POSITION_DELAY: Duration = Duration::from_millis(200);

/// A report of the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriterReport {
    /// All events of this session up to a number are on disk.
    Saved {
        /// The number of the last stored event.
        up_to: u64,
    },
    /// Events wait in memory; storing them is tried again until it succeeds.
    Failed {
        /// The error, with the file's name.
        message: String,
        /// The number of waiting events.
        waiting: usize,
    },
    /// Events that other windows or programs stored, and that count: without those that came
    /// through an exchange folder and are older than what their annotator did since.
    Others {
        /// The events in stored order.
        events: Vec<Event>,
        /// The number of this session's last event that was stored before them.
        after: u64,
    },
    /// The file was gone and was written again, with everything in it.
    WrittenAnew,
    /// The judgements were also saved to another file.
    SavedAs {
        /// The other file.
        path: PathBuf,
        /// The number of this session's last event in it; 0 if none of them waited.
        up_to: u64,
        /// Whether it has everything that the sidecar holds. If not, the earlier content could not
        /// be read.
        whole: bool,
    },
    /// The other file could not be written.
    NotSavedAs {
        /// The error, with the file's name.
        message: String,
    },
}

enum WriterRequest {
    Record(Vec<Event>, Vec<SampleRecord>),
    Position(LastPosition),
    SaveAs(PathBuf),
    RetryNow,
    Stop,
}

/// The handle to the writer thread. Dropping it tries once to store waiting events, and ends the
/// thread.
pub struct Writer {
    sender: Sender<WriterRequest>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `report` is called on it, and must not block. Others' events are reported
    /// from the point where [`Sidecar::events`] stopped reading.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(
        sidecar: Sidecar,
        session: &str,
        report: impl FnMut(WriterReport) + Send + 'static,
    ) -> Result<Self, SidecarError> {
        let path = sidecar.path.clone();
        let last_id = sidecar.read_up_to;
        let (sender, receiver) = channel();
        let mut writer = WriterThread {
            fingerprint: sidecar.begun_on.clone().or_else(|| sidecar.fingerprint().ok().flatten()),
            is_taken: false,
            sidecar,
            session: session.to_owned(),
            report,
            samples: HashMap::new(),
            waiting: PendingEvents::default(),
            last_id,
            data_version: 0,
            saved_up_to: 0,
            reported_failure: None,
        };
        let thread = thread::Builder::new().name("sidecar-writer".into()).spawn(move || writer.run(&receiver));
        let thread = thread.map_err(|source| SidecarError::Io { path, source })?;
        Ok(Self { sender, thread: Some(thread) })
    }

    /// Passes on the events of one step, with their samples.
    pub fn record(&self, events: Vec<Event>, samples: Vec<SampleRecord>) {
        self.send(WriterRequest::Record(events, samples));
    }

    /// Sets the annotator's position. It is stored with the next events, or when the writer is
    /// idle.
    pub fn set_position(&self, position: LastPosition) {
        self.send(WriterRequest::Position(position));
    }

    /// Writes everything, including waiting events, to another file, which must not exist. The
    /// sidecar remains the file that is written to.
    pub fn save_as(&self, path: PathBuf) {
        self.send(WriterRequest::SaveAs(path));
    }

    /// Tries again now to store waiting events.
    pub fn retry_now(&self) {
        self.send(WriterRequest::RetryNow);
    }

    fn send(&self, message: WriterRequest) {
        // The thread lives as long as this handle: a send cannot fail before `drop`.
        let _ = self.sender.send(message);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.send(WriterRequest::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Default)]
struct PendingEvents {
    events: Vec<Event>,
    position: Option<LastPosition>,
    /// The other files to save everything to.
    save_as: Vec<PathBuf>,
}

struct WriterThread<R> {
    sidecar: Sidecar,
    /// The fingerprint in the sidecar, read at the start: later the file may be unreadable.
    fingerprint: Option<String>,
    /// Whether the file has become that of another dataset, so that nothing in it is of this one.
    is_taken: bool,
    session: String,
    report: R,
    /// All samples of this session's events: each file that the events are written to must have
    /// them.
    samples: HashMap<SampleKey, SampleRecord>,
    waiting: PendingEvents,
    last_id: i64,
    data_version: i64,
    saved_up_to: u64,
    reported_failure: Option<(String, usize)>,
}

impl<R: FnMut(WriterReport)> WriterThread<R> {
    fn run(&mut self, receiver: &Receiver<WriterRequest>) {
        loop {
            let mut stop = false;
            let mut idle = false;
            let pause = if self.waiting.position.is_some() { POSITION_DELAY } else { PAUSE };
            match receiver.recv_timeout(pause) {
                Ok(message) => stop |= self.accept(message),
                Err(RecvTimeoutError::Timeout) => idle = true,
                Err(RecvTimeoutError::Disconnected) => stop = true,
            }
            // All waiting events go into one transaction.
            while let Ok(message) = receiver.try_recv() {
                stop |= self.accept(message);
            }
            let position_only = self.waiting.events.is_empty();
            // Saving to another file must not wait for a store that fails.
            for path in std::mem::take(&mut self.waiting.save_as) {
                self.save_as(&path);
            }
            if !position_only || (self.waiting.position.is_some() && (idle || stop)) {
                self.store();
            } else if idle {
                self.poll_other_writers();
            }
            if stop {
                return;
            }
        }
    }

    fn accept(&mut self, message: WriterRequest) -> bool {
        match message {
            WriterRequest::Record(events, samples) => {
                self.waiting.events.extend(events);
                self.samples.extend(samples.into_iter().map(|sample| (sample.key, sample)));
            }
            WriterRequest::Position(position) => self.waiting.position = Some(position),
            WriterRequest::SaveAs(path) => self.waiting.save_as.push(path),
            WriterRequest::RetryNow => {}
            WriterRequest::Stop => return true,
        }
        false
    }

    fn ensure_file_in_place(&mut self) -> Result<(), String> {
        let before = self.sidecar.identity;
        let ensured = self.sidecar.ensure_file_in_place(self.last_id);
        if self.sidecar.identity != before {
            // The number is of the connection to the earlier file.
            self.data_version = 0;
        }
        match ensured {
            Ok(false) => Ok(()),
            Ok(true) => {
                (self.report)(WriterReport::WrittenAnew);
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn store(&mut self) {
        let stored = catch_panic_while_storing(|| {
            self.ensure_file_in_place()?;
            self.transact().map_err(|error| {
                self.is_taken = matches!(error, SidecarError::Taken { .. });
                error.to_string()
            })
        });
        match stored {
            Ok((others, overtaking)) => {
                // Others' events were read before ours were written, so they are reported first.
                self.report_foreign_events(others);
                let stored = self.waiting.events.last().map(|event| event.seq);
                self.waiting.events.clear();
                self.waiting.position = None;
                self.reported_failure = None;
                if let Some(up_to) = stored {
                    self.saved_up_to = up_to;
                    (self.report)(WriterReport::Saved { up_to });
                }
                self.report_foreign_events(overtaking);
            }
            // Losing a position is harmless; storing it is tried again.
            Err(_) if self.waiting.events.is_empty() => {}
            Err(message) => {
                let failure = (message.clone(), self.waiting.events.len());
                if self.reported_failure.as_ref() != Some(&failure) {
                    self.reported_failure = Some(failure);
                    (self.report)(WriterReport::Failed { message, waiting: self.waiting.events.len() });
                }
            }
        }
    }

    /// Stores waiting events and reads, in the same transaction, what others stored before, and
    /// what counts in place of events that were stored now.
    fn transact(&mut self) -> Result<(Vec<Event>, Vec<Event>), SidecarError> {
        let path = self.sidecar.path.clone();
        let samples = self.samples_of_waiting();
        let transaction = self.sidecar.begin_writing()?;
        let store = |transaction: Transaction<'_>| -> rusqlite::Result<(Vec<Event>, Vec<Event>, i64)> {
            let others = without_overtaken(&transaction, read_numbered(&transaction, self.last_id)?)?;
            let last_of_others = last_id(&transaction)?;
            insert(&transaction, &self.waiting.events, &samples, self.waiting.position.as_ref())?;
            note_new(&transaction, &self.waiting.events.iter().collect::<Vec<_>>())?;
            let overtaking = overtaking(&transaction, &self.session, last_of_others)?;
            let last_id = last_id(&transaction)?;
            transaction.commit()?;
            Ok((others, overtaking, last_id))
        };
        let (others, overtaking, last_id) =
            store(transaction).map_err(|source| SidecarError::Sqlite { path, source })?;
        self.last_id = last_id;
        self.sidecar.note_log();
        Ok((others, overtaking))
    }

    /// The samples of waiting events, each once.
    fn samples_of_waiting(&self) -> Vec<SampleRecord> {
        let mut keys: Vec<SampleKey> = self.waiting.events.iter().map(|event| event.sample).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.iter().filter_map(|key| self.samples.get(key).cloned()).collect()
    }

    fn save_as(&mut self, path: &Path) {
        let up_to = self.waiting.events.last().map_or(self.saved_up_to, |event| event.seq);
        let saved = catch_panic_while_storing(|| self.rescue(path).map_err(|error| error.to_string()));
        (self.report)(match saved {
            Ok(whole) => WriterReport::SavedAs { path: path.to_owned(), up_to, whole },
            Err(message) => WriterReport::NotSavedAs { message },
        });
    }

    /// Writes a sidecar with everything in it to another path. Returns whether all earlier content
    /// could be read.
    fn rescue(&self, path: &Path) -> Result<bool, SidecarError> {
        if path.symlink_metadata().is_ok() {
            return Err(SidecarError::Exists(path.to_owned()));
        }
        let temporary = temporary_beside(path);
        let discard = || {
            for file in ["", "-wal", "-shm", "-journal"].map(|ending| beside(&temporary, ending)) {
                let _ = std::fs::remove_file(file);
            }
        };
        let copied = match self.is_taken {
            true => Ok(()),
            false => fill(&self.sidecar.connection, &temporary),
        };
        let copied = copied.and_then(|()| self.add_waiting(&temporary));
        let whole = copied.is_ok();
        // A copy of a damaged file is as damaged. On the same full disk, the second attempt fails
        // like the first.
        let written = copied.or_else(|_| {
            discard();
            self.add_waiting(&temporary)
        });
        let written = written.and_then(|()| publish(&temporary, path));
        discard();
        written.map(|()| whole)
    }

    fn add_waiting(&self, file: &Path) -> Result<(), SidecarError> {
        let fingerprint = self.fingerprint.as_deref().and_then(|text| u128::from_str_radix(text, 16).ok());
        let mut sidecar = Sidecar::open(file, DatasetFingerprint(fingerprint.unwrap_or(0)))?;
        sidecar.append(&self.waiting.events, &self.samples_of_waiting(), self.waiting.position.as_ref())?;
        sidecar.in_one_file()
    }

    fn poll_other_writers(&mut self) {
        // A problem that cannot be fixed here is reported as a failure with the next event.
        if !matches!(self.ensure_file_in_place(), Ok(())) {
            return;
        }
        // `data_version` changes when another connection changed the file (SQLite "PRAGMA
        // data_version").
        let version = self.sidecar.connection.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0));
        let Ok(version) = version else { return };
        if version == self.data_version {
            return;
        }
        self.data_version = version;
        // In one transaction, so that the notes of the order are those of these events.
        let read = || -> rusqlite::Result<(Vec<Event>, i64)> {
            let transaction = self.sidecar.connection.unchecked_transaction()?;
            let found = read_numbered(&transaction, self.last_id)?;
            let last = found.last().map_or(self.last_id, |(id, _)| *id);
            Ok((without_overtaken(&transaction, found)?, last))
        };
        if let Ok((others, last)) = read() {
            self.last_id = last;
            self.report_foreign_events(others);
        }
    }

    fn report_foreign_events(&mut self, events: Vec<Event>) {
        let others: Vec<Event> = events.into_iter().filter(|event| *event.step.session != *self.session).collect();
        if !others.is_empty() {
            (self.report)(WriterReport::Others { events: others, after: self.saved_up_to });
        }
    }
}

/// Reports a panic like an error of the file: waiting events keep waiting.
fn catch_panic_while_storing<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_panic(work).unwrap_or_else(|failure| Err(format!("while storing, {failure}")))
}

fn last_id(connection: &rusqlite::Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(id), 0) FROM events", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "the test is about a panic")]
    fn panic_while_storing_is_reported_like_a_file_error() {
        assert_eq!(catch_panic_while_storing(|| Ok(1)), Ok(1));
        assert_eq!(catch_panic_while_storing(|| Err::<(), _>("full".to_owned())), Err("full".to_owned()));
        let failure = catch_panic_while_storing::<()>(|| panic!("lost")).unwrap_err();
        assert!(failure.contains("while storing, the program failed (lost)"), "{failure}");
    }
}
