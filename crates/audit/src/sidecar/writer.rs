//! The one thread that owns the write connection. Events come in, `Saved` goes out once they are on disk; what could
//! not be stored is kept and tried again, and can be saved in another file. Nothing is ever dropped.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tilejury_data::{DatasetFingerprint, SampleKey};

use super::copy::{fill, publish, temporary_beside};
use super::{LastPosition, SampleRecord, Sidecar, SidecarError, beside, insert, read_events};
use crate::event::Event;

/// How long the writer waits before it tries again, or looks for other programs' events.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a place waits for others to replace it: one who leafs through the set writes once, not at every step.
const PLACE_AFTER: Duration = Duration::from_millis(200);

/// What the writer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriterReport {
    /// Every event of this session up to this number is on disk.
    Saved {
        /// The number of the last stored event.
        up_to: u64,
    },
    /// Events wait in memory; they are tried again until they are stored.
    Failed {
        /// What went wrong, with the file's name.
        message: String,
        /// How many events wait.
        waiting: usize,
    },
    /// Events that other windows or programs stored.
    Others {
        /// In stored order.
        events: Vec<Event>,
        /// The number of this session's last event that was stored before them.
        after: u64,
    },
    /// The file was gone and was written anew, with everything in it.
    WrittenAnew,
    /// The judgements are in another file as well.
    SavedAs {
        /// That file.
        path: PathBuf,
        /// The number of this session's last event in it; 0 where none of them waited.
        up_to: u64,
        /// Everything that the sidecar holds is in it, too. Else what was stored before could not be read.
        whole: bool,
    },
    /// That file could not be written.
    NotSavedAs {
        /// What went wrong, with the file's name.
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

/// The handle to the writer thread. Dropping it stores what waits, once, and ends the thread.
pub struct Writer {
    sender: Sender<WriterRequest>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `report` is called on it, and must not block. Others' events are told from where
    /// [`Sidecar::events`] stopped reading.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        sidecar: Sidecar,
        session: &str,
        report: impl FnMut(WriterReport) + Send + 'static,
    ) -> Result<Self, SidecarError> {
        let path = sidecar.path.clone();
        let last_id = sidecar.read_up_to;
        let (sender, receiver) = channel();
        let mut desk = WriterThread {
            fingerprint: sidecar.fingerprint().ok().flatten(),
            sidecar,
            session: session.to_owned(),
            report,
            samples: HashMap::new(),
            waiting: PendingEvents::default(),
            last_id,
            data_version: 0,
            saved_up_to: 0,
            told_failure: None,
        };
        let thread = thread::Builder::new().name("sidecar-writer".into()).spawn(move || desk.run(&receiver));
        let thread = thread.map_err(|source| SidecarError::Io { path, source })?;
        Ok(Self { sender, thread: Some(thread) })
    }

    /// Hands over the events of one step, with the samples they are about.
    pub fn record(&self, events: Vec<Event>, samples: Vec<SampleRecord>) {
        self.send(WriterRequest::Record(events, samples));
    }

    /// Notes where the annotator stands. Stored with the next events, or when nothing else is to do.
    pub fn set_position(&self, place: LastPosition) {
        self.send(WriterRequest::Position(place));
    }

    /// Writes everything, and what waits, to another file, which must be new. The sidecar stays the one that is written to.
    pub fn save_as(&self, path: PathBuf) {
        self.send(WriterRequest::SaveAs(path));
    }

    /// Tries now to store what waits.
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
    place: Option<LastPosition>,
    /// Where everything is to be saved as well.
    save_as: Vec<PathBuf>,
}

struct WriterThread<R> {
    sidecar: Sidecar,
    /// What it says of the dataset it was begun on: it may be unreadable when that is wanted.
    fingerprint: Option<String>,
    session: String,
    report: R,
    /// Every sample that this session's events are about: they must stand in whatever file the events go to.
    samples: HashMap<SampleKey, SampleRecord>,
    waiting: PendingEvents,
    last_id: i64,
    data_version: i64,
    saved_up_to: u64,
    told_failure: Option<(String, usize)>,
}

impl<R: FnMut(WriterReport)> WriterThread<R> {
    fn run(&mut self, receiver: &Receiver<WriterRequest>) {
        loop {
            let mut stop = false;
            let mut idle = false;
            let pause = if self.waiting.place.is_some() { PLACE_AFTER } else { PAUSE };
            match receiver.recv_timeout(pause) {
                Ok(message) => stop |= self.take(message),
                Err(RecvTimeoutError::Timeout) => idle = true,
                Err(RecvTimeoutError::Disconnected) => stop = true,
            }
            // All that waits goes into one transaction.
            while let Ok(message) = receiver.try_recv() {
                stop |= self.take(message);
            }
            let place_only = self.waiting.events.is_empty();
            // A rescue must not wait behind what does not work.
            for path in std::mem::take(&mut self.waiting.save_as) {
                self.save_as(&path);
            }
            if !place_only || (self.waiting.place.is_some() && (idle || stop)) {
                self.store();
            } else if idle {
                self.poll_other_writers();
            }
            if stop {
                return;
            }
        }
    }

    fn take(&mut self, message: WriterRequest) -> bool {
        match message {
            WriterRequest::Record(events, samples) => {
                self.waiting.events.extend(events);
                self.samples.extend(samples.into_iter().map(|sample| (sample.key, sample)));
            }
            WriterRequest::Position(place) => self.waiting.place = Some(place),
            WriterRequest::SaveAs(path) => self.waiting.save_as.push(path),
            WriterRequest::RetryNow => {}
            WriterRequest::Stop => return true,
        }
        false
    }

    fn ensure_file_in_place(&mut self) -> Result<(), String> {
        match self.sidecar.ensure_file_in_place(self.last_id) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.data_version = 0;
                (self.report)(WriterReport::WrittenAnew);
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn store(&mut self) {
        let path = self.sidecar.path.display().to_string();
        let stored = catch_panic(|| {
            self.ensure_file_in_place()?;
            self.transact().map_err(|error| format!("{path}: {}", super::error::in_words(&error)))
        });
        match stored {
            Ok(others) => {
                // Others' events were read before ours were written: they come before them.
                self.report_foreign_events(others);
                let stored = self.waiting.events.last().map(|event| event.seq);
                self.waiting.events.clear();
                self.waiting.place = None;
                self.told_failure = None;
                if let Some(up_to) = stored {
                    self.saved_up_to = up_to;
                    (self.report)(WriterReport::Saved { up_to });
                }
            }
            // A place that could not be stored is no loss to speak of; it is tried again.
            Err(_) if self.waiting.events.is_empty() => {}
            Err(message) => {
                let told = (message.clone(), self.waiting.events.len());
                if self.told_failure.as_ref() != Some(&told) {
                    self.told_failure = Some(told);
                    (self.report)(WriterReport::Failed { message, waiting: self.waiting.events.len() });
                }
            }
        }
    }

    /// Stores what waits and reads, in the same transaction, what others stored before it.
    fn transact(&mut self) -> rusqlite::Result<Vec<Event>> {
        let behavior = rusqlite::TransactionBehavior::Immediate;
        let samples = self.samples_of_waiting();
        let transaction = self.sidecar.connection.transaction_with_behavior(behavior)?;
        let (others, _) = read_events(&transaction, self.last_id)?;
        insert(&transaction, &self.waiting.events, &samples, self.waiting.place.as_ref())?;
        let last_id = last_id(&transaction)?;
        transaction.commit()?;
        self.last_id = last_id;
        self.sidecar.note_log();
        Ok(others)
    }

    /// The samples that waiting events are about, each once.
    fn samples_of_waiting(&self) -> Vec<SampleRecord> {
        let mut keys: Vec<SampleKey> = self.waiting.events.iter().map(|event| event.sample).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.iter().filter_map(|key| self.samples.get(key).cloned()).collect()
    }

    fn save_as(&mut self, path: &Path) {
        let up_to = self.waiting.events.last().map_or(self.saved_up_to, |event| event.seq);
        let saved = catch_panic(|| self.rescue(path).map_err(|error| error.to_string()));
        (self.report)(match saved {
            Ok(whole) => WriterReport::SavedAs { path: path.to_owned(), up_to, whole },
            Err(message) => WriterReport::NotSavedAs { message },
        });
    }

    /// Writes a sidecar with everything in it to another place; true where all that was stored before could be read.
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
        let copied = fill(&self.sidecar.connection, &temporary).and_then(|()| self.add_waiting(&temporary));
        let whole = copied.is_ok();
        // A copy of a damaged file is as damaged, and on the same full disk nothing is better.
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
        sidecar.append(&self.waiting.events, &self.samples_of_waiting(), self.waiting.place.as_ref())?;
        sidecar.in_one_file()
    }

    fn poll_other_writers(&mut self) {
        // What cannot be mended here comes up as a failure with the next event.
        if !matches!(self.ensure_file_in_place(), Ok(())) {
            return;
        }
        // `data_version` moves when another connection changed the file (SQLite "PRAGMA data_version").
        let version = self.sidecar.connection.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0));
        let Ok(version) = version else { return };
        if version == self.data_version {
            return;
        }
        self.data_version = version;
        if let Ok((others, last)) = self.sidecar.events_after(self.last_id) {
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

/// A fault of the program is told as one of the file is: what waits goes on waiting.
fn catch_panic<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("the program failed while storing; please report this".to_owned()))
}

fn last_id(connection: &rusqlite::Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(id), 0) FROM events", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "a fault of the program is what is looked at")]
    fn a_fault_of_the_program_is_told_as_one_of_the_file_is() {
        assert_eq!(catch_panic(|| Ok(1)), Ok(1));
        assert_eq!(catch_panic(|| Err::<(), _>("full".to_owned())), Err("full".to_owned()));
        assert!(catch_panic::<()>(|| panic!("lost")).unwrap_err().contains("failed while storing"));
    }
}
