//! The exchange of judgements while a dataset is open, on a thread of its own: every minute, soon
//! after a judgement, and when a person asks. A folder that hangs stops nothing else; the window
//! takes a lock for a few words.
//!
//! Opens the sidecar with a connection of its own. Draws nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use egui::Context;
use parking_lot::Mutex;
use tilejury_audit::Sidecar;
use tilejury_audit::exchange::{SyncError, SyncReport, sync, to_send};
use tilejury_data::DatasetFingerprint;

use crate::exchange_folder::open_exchange_folder;
use crate::folders::Folders;
use crate::task::Task;

/// The time between two exchanges with nothing to send.
const EVERY: Duration = Duration::from_secs(60);
/// The time from one exchange to the next if there is something to send: one file for some
/// judgements, and not one for each.
const SEND_EVERY: Duration = Duration::from_secs(20);
/// The interval at which the judgements to send are counted.
const COUNT_EVERY: Duration = Duration::from_secs(2);
/// The time that the last exchange has once the dataset is closed.
const CLOSES_AFTER: Duration = Duration::from_secs(5);

/// The facts that the window shows.
#[derive(Clone, Default)]
pub(crate) struct ExchangeState {
    /// Whether an exchange runs now.
    pub(crate) is_running: bool,
    /// The end of the last exchange that succeeded.
    pub(crate) last: Option<Instant>,
    /// Its outcome.
    pub(crate) report: SyncReport,
    /// The reason why the latest exchange failed, if it did.
    pub(crate) failure: Option<String>,
    /// The changes that are only on this machine, as far as known.
    pub(crate) to_send: usize,
    /// The changes that were sent and received since the exchange began here.
    pub(crate) sent: usize,
    pub(crate) received: usize,
}

enum Wish {
    Now,
    Automatic(bool),
    /// Exchange no longer, also not when the dataset is opened again.
    Forget,
}

/// The sidecar of the window.
pub(crate) struct ExchangedSidecar {
    pub(crate) path: PathBuf,
    pub(crate) fingerprint: DatasetFingerprint,
}

/// A running exchange. Dropping it exchanges once more what waits, for which there is a short time;
/// it may block.
pub(crate) struct Exchange {
    /// The folder, as a person named it.
    pub(crate) folder: String,
    wishes: Option<Sender<Wish>>,
    shared: Arc<Shared>,
    task: Task<()>,
    /// The folder in full, to start again.
    named: String,
    /// The time until which its end is waited for, once it was asked to end.
    ends_by: Option<Instant>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<ExchangeState>,
    /// Ends the exchange that runs.
    stop: AtomicBool,
}

impl Exchange {
    /// Starts to exchange: at once, or without `automatic` only on demand.
    pub(crate) fn start(
        folder: String,
        sidecar: ExchangedSidecar,
        folders: &Folders,
        automatic: bool,
        ctx: &Context,
    ) -> std::io::Result<Self> {
        let (wishes, received) = channel();
        let shared = Arc::<Shared>::default();
        let worker = Worker {
            folder: folder.clone(),
            sidecar,
            folders: folders.clone(),
            shared: shared.clone(),
            ctx: ctx.clone(),
        };
        let task = Task::spawn("exchange", ctx, move |_| worker.run(&received, automatic))?;
        Ok(Self { named: folder.clone(), folder, wishes: Some(wishes), shared, task, ends_by: None })
    }

    pub(crate) fn state(&self) -> ExchangeState {
        self.shared.state.lock().clone()
    }

    /// The outcome of the last exchange, if it is as wanted.
    pub(crate) fn report_if(&self, is_wanted: impl Fn(&SyncReport) -> bool) -> Option<SyncReport> {
        let state = self.shared.state.lock();
        is_wanted(&state.report).then(|| state.report.clone())
    }

    /// Exchanges now.
    pub(crate) fn now(&self) {
        self.wish(Wish::Now);
    }

    /// Exchanges without being asked, or only on demand.
    pub(crate) fn set_automatic(&self, automatic: bool) {
        self.wish(Wish::Automatic(automatic));
    }

    /// Exchanges no longer, also not when the dataset is opened again.
    pub(crate) fn forget(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.wish(Wish::Forget);
    }

    /// The reason why the thread ended, if it failed; once.
    pub(crate) fn poll(&mut self) -> Option<String> {
        self.task.poll()?.err()
    }

    fn wish(&self, wish: Wish) {
        if let Some(wishes) = &self.wishes {
            let _ = wishes.send(wish);
        }
    }
}

impl Exchange {
    /// Exchanges once more what waits, and then no longer.
    pub(crate) fn end(&mut self) {
        self.wishes = None;
        self.ends_by.get_or_insert_with(|| Instant::now() + CLOSES_AFTER);
    }

    /// Gives up the wait for its end.
    pub(crate) fn abandon(&mut self) {
        self.wishes = None;
        self.ends_by = Some(Instant::now());
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    /// The folder to exchange through again, if it was asked to end.
    pub(crate) fn ended_folder(&self) -> Option<&str> {
        self.ends_by.map(|_| self.named.as_str())
    }

    /// Whether it was asked to end, and that is still waited for.
    pub(crate) fn is_sending_last(&self) -> bool {
        self.ends_by.is_some_and(|until| Instant::now() < until) && !self.task.has_ended()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.end();
        let left = self.ends_by.map_or(CLOSES_AFTER, |until| until.saturating_duration_since(Instant::now()));
        self.task.take_thread_within(left);
        // A folder that hangs is left alone: all is in the sidecar, and each file is written whole
        // or not at all.
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

/// The thread's own state.
struct Worker {
    folder: String,
    sidecar: ExchangedSidecar,
    folders: Folders,
    shared: Arc<Shared>,
    ctx: Context,
}

impl Worker {
    fn run(&self, wishes: &Receiver<Wish>, mut automatic: bool) {
        let mut is_wanted = false;
        let mut last: Option<Instant> = None;
        loop {
            let waiting = self.count();
            let waited = |time: Duration| last.is_none_or(|last| last.elapsed() >= time);
            let is_due = automatic && (waited(EVERY) || (waiting > 0 && waited(SEND_EVERY)));
            if is_wanted || is_due {
                self.exchange();
                (is_wanted, last) = (false, Some(Instant::now()));
                continue;
            }
            match wishes.recv_timeout(COUNT_EVERY) {
                Ok(Wish::Now) => is_wanted = true,
                Ok(Wish::Automatic(new)) => automatic = new,
                Ok(Wish::Forget) => return self.forget(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    // Not again into a folder that failed.
                    if automatic && self.count() > 0 && self.shared.state.lock().failure.is_none() {
                        self.exchange();
                    }
                    return;
                }
            }
        }
    }

    /// Counts the changes to send.
    fn count(&self) -> usize {
        let opened = Sidecar::open_for_reading(&self.sidecar.path);
        let counted = opened.and_then(|sidecar| sidecar.map_or(Ok(0), |sidecar| to_send(&sidecar)));
        let mut state = self.shared.state.lock();
        // A file that cannot be read is the concern of the thread that saves.
        let counted = counted.unwrap_or(state.to_send);
        if state.to_send != counted {
            state.to_send = counted;
            self.ctx.request_repaint();
        }
        counted
    }

    fn exchange(&self) {
        self.shared.state.lock().is_running = true;
        self.ctx.request_repaint();
        let outcome = self.exchanged();
        if let Err(reason) = &outcome {
            log::warn!("judgements were not exchanged: {reason}");
        }
        self.count();
        let mut state = self.shared.state.lock();
        state.is_running = false;
        match outcome {
            Ok(report) => {
                state.last = Some(Instant::now());
                state.sent += report.sent;
                state.received += report.received;
                state.report = report;
                state.failure = None;
            }
            Err(reason) => state.failure = Some(reason),
        }
        self.ctx.request_repaint();
    }

    fn exchanged(&self) -> Result<SyncReport, String> {
        let folder = open_exchange_folder(&self.folder, &self.folders)?;
        let mut sidecar = self.open()?;
        sync(&mut sidecar, &*folder, &self.shared.stop).map_err(|error| match error {
            SyncError::Cancelled(_) => "stopped".to_owned(),
            error => error.to_string(),
        })
    }

    /// Opens the sidecar, which must be there: a missing one is written again by the thread that
    /// saves, which knows what belongs into it.
    fn open(&self) -> Result<Sidecar, String> {
        let ExchangedSidecar { path, fingerprint } = &self.sidecar;
        if !path.exists() {
            return Err(format!("{} is not there", path.display()));
        }
        Sidecar::open(path, *fingerprint).map_err(|error| error.to_string())
    }

    fn forget(&self) {
        let forgotten =
            self.open().and_then(|sidecar| sidecar.forget_exchange_folder().map_err(|error| error.to_string()));
        if let Err(reason) = forgotten {
            log::warn!("the folder of the exchange is still known: {reason}");
        }
    }
}
