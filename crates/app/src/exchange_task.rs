//! The exchange of judgements while a dataset is open, on a thread of its own: every minute, soon
//! after a judgement, when a person asks, and when the place announces a change, for which a second
//! thread waits. A place that hangs stops nothing else; the window takes a lock for a few words.
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
use tilejury_audit::exchange::{ChangeWatch, Place, SyncError, SyncReport, sync_through, to_send};
use tilejury_audit::sidecar::{open_for_writing, refuse_other_dataset};
use tilejury_data::Dataset;

use crate::exchange_place::{open_exchange_place, shown_place};
use crate::folders::Folders;
use crate::task::Task;

/// The time between two exchanges with nothing to send.
const EVERY: Duration = Duration::from_secs(60);
/// The time from one exchange to the next if there is something to send: one file for some
/// judgements, and not one for each.
const SEND_EVERY: Duration = Duration::from_secs(20);
/// The same at a place that announces changes: others see a judgement soon after its key.
const SEND_LIVE_EVERY: Duration = Duration::from_secs(1);
/// The time to the first new try at such a place that failed. It doubles with each, up to
/// [`EVERY`].
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// The time after which a watch looks whether it is still needed.
const WATCH_FOR: Duration = Duration::from_secs(20);
/// The shortest pause between two looks.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
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
    /// Whether the place announces changes now.
    pub(crate) is_live: bool,
}

enum Wish {
    Now,
    /// Something of this session was saved: there may be something to send.
    Saved(Arc<str>),
    /// The place announced a change.
    Changed,
    /// The watch failed.
    WatchEnded,
    /// Exchange what waits, and end.
    End,
    Automatic(bool),
    /// Exchange no longer, also not when the dataset is opened again.
    Forget,
}

/// The sidecar of the window.
pub(crate) struct ExchangedSidecar {
    pub(crate) path: PathBuf,
    /// The dataset that it must be of.
    pub(crate) dataset: Arc<Dataset>,
    /// The session of the window.
    pub(crate) session: Arc<str>,
}

/// A running exchange. Dropping it exchanges once more what waits, for which there is a short time;
/// it may block.
pub(crate) struct Exchange {
    /// The folder, as a person named it, without a password.
    pub(crate) folder: String,
    wishes: Sender<Wish>,
    shared: Arc<Shared>,
    task: Task<()>,
    /// The place in full, to start again.
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
        let (shown, named) = (shown_place(&folder), folder.clone());
        let (shared_there, sent_there) = (shared.clone(), wishes.clone());
        let (folders, ctx_there) = (folders.clone(), ctx.clone());
        // Made there: a place stays on its thread.
        let task = Task::spawn("exchange", ctx, move |_| {
            let mut worker = Worker {
                folder,
                sidecar,
                folders,
                shared: shared_there,
                ctx: ctx_there,
                wishes: sent_there,
                place: None,
                watching: None,
                was_live: false,
                failures: 0,
            };
            worker.run(&received, automatic);
        })?;
        Ok(Self { folder: shown, wishes, shared, task, named, ends_by: None })
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

    /// Notes that judgements of a session were saved.
    pub(crate) fn saved(&self, session: &Arc<str>) {
        self.wish(Wish::Saved(session.clone()));
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
        let _ = self.wishes.send(wish);
    }
}

impl Exchange {
    /// Exchanges once more what waits, and then no longer.
    pub(crate) fn end(&mut self) {
        self.wish(Wish::End);
        self.ends_by.get_or_insert_with(|| Instant::now() + CLOSES_AFTER);
    }

    /// Gives up the wait for its end.
    pub(crate) fn abandon(&mut self) {
        self.wish(Wish::End);
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
    /// For the thread that waits for changes.
    wishes: Sender<Wish>,
    /// The place, kept open while it is watched.
    place: Option<Place>,
    /// While the place is watched: true ends that.
    watching: Option<StopOnDrop>,
    /// Whether the place is one that announces changes.
    was_live: bool,
    /// The exchanges that failed since the last one that did not.
    failures: u32,
}

/// Ends a watch with its owner.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Worker {
    fn run(&mut self, wishes: &Receiver<Wish>, mut automatic: bool) {
        let (mut is_wanted, mut is_changed) = (false, false);
        let mut last: Option<Instant> = None;
        // Those that the last exchange left: trying again every second would not help.
        let mut left = 0;
        loop {
            let waiting = self.count();
            let waited = |time: Duration| last.is_none_or(|last| last.elapsed() >= time);
            let is_live = self.watching.is_some();
            let soon = is_changed || (is_live && waiting > left);
            let is_due = waited(EVERY)
                || (waiting > 0 && waited(SEND_EVERY))
                || (soon && self.failures == 0 && waited(SEND_LIVE_EVERY))
                || (self.was_live && self.failures > 0 && waited(self.try_again_after()));
            if is_wanted || (automatic && is_due) {
                self.exchange(automatic);
                (is_wanted, is_changed, last) = (false, false, Some(Instant::now()));
                left = self.shared.state.lock().to_send;
                continue;
            }
            let until_soon = SEND_LIVE_EVERY.saturating_sub(last.map_or(Duration::ZERO, |last| last.elapsed()));
            let is_soon = soon && automatic && self.failures == 0;
            let pause = if is_soon { until_soon.max(SHORTEST_PAUSE) } else { COUNT_EVERY };
            let mut wish = wishes.recv_timeout(pause);
            // Those that came meanwhile need one exchange.
            loop {
                match wish {
                    Ok(Wish::Now) => is_wanted = true,
                    Ok(Wish::Saved(session)) => {
                        self.sidecar.session = session;
                        left = 0;
                    }
                    Ok(Wish::Changed) => is_changed = true,
                    Ok(Wish::WatchEnded) => {
                        // The next exchange notices why, and watches again.
                        self.stop_watching();
                        is_changed = true;
                    }
                    Ok(Wish::Automatic(new)) => {
                        automatic = new;
                        if !automatic {
                            self.stop_watching();
                        }
                    }
                    Ok(Wish::Forget) => return self.forget(),
                    Err(RecvTimeoutError::Timeout) => break,
                    Ok(Wish::End) | Err(RecvTimeoutError::Disconnected) => {
                        // Not again at a place that failed.
                        if automatic && self.count() > 0 && self.shared.state.lock().failure.is_none() {
                            self.exchange(false);
                        }
                        return;
                    }
                }
                wish = wishes.try_recv().map_err(|_| RecvTimeoutError::Timeout);
            }
        }
    }

    /// The time from an exchange that failed to the next try.
    fn try_again_after(&self) -> Duration {
        let doubled = 1 << self.failures.saturating_sub(1).min(10);
        TRY_AGAIN_AFTER.saturating_mul(doubled).min(EVERY)
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

    /// Exchanges. `watches`: whether the place is watched from then on.
    fn exchange(&mut self, watches: bool) {
        self.shared.state.lock().is_running = true;
        self.ctx.request_repaint();
        let outcome = self.exchanged(watches);
        self.failures = if outcome.is_ok() { 0 } else { self.failures.saturating_add(1) };
        if let Err(reason) = &outcome {
            log::warn!("judgements were not exchanged: {reason}");
        }
        self.count();
        let mut state = self.shared.state.lock();
        state.is_running = false;
        state.is_live = self.watching.is_some();
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

    fn exchanged(&mut self, watches: bool) -> Result<SyncReport, String> {
        let mut place = match self.place.take() {
            Some(place) => place,
            None => open_exchange_place(&self.folder, &self.folders)?,
        };
        self.was_live |= matches!(place, Place::Events(_));
        let mut sidecar = self.open()?;
        let done = sync_through(&mut sidecar, &mut place, &self.shared.stop);
        let report = done.map_err(|error| match error {
            SyncError::Cancelled(_) => "stopped".to_owned(),
            error => error.to_string(),
        })?;
        if watches && self.watching.is_none() {
            self.watch(&mut place);
        }
        // Others are opened again each time: a disk can be another one by then.
        self.place = self.watching.is_some().then_some(place);
        Ok(report)
    }

    /// Starts to wait for changes on a thread, if the place announces them.
    fn watch(&mut self, place: &mut Place) {
        let started = place.watch().and_then(|watch| {
            let Some(watch) = watch else { return Ok(None) };
            let (stop, wishes) = (Arc::<AtomicBool>::default(), self.wishes.clone());
            let stopped = stop.clone();
            let thread = std::thread::Builder::new().name("exchange-watch".into());
            thread.spawn(move || wait_for_changes(watch, &wishes, &stopped))?;
            Ok(Some(StopOnDrop(stop)))
        });
        match started {
            Ok(watching) => self.watching = watching,
            Err(error) => log::warn!("changes by others are not announced: {error}"),
        }
        self.was_live |= self.watching.is_some();
    }

    fn stop_watching(&mut self) {
        (self.watching, self.place) = (None, None);
        self.shared.state.lock().is_live = false;
    }

    /// Opens the sidecar, which must be there: a missing one is written again by the thread that
    /// saves, which knows what belongs into it. It may have become that of another dataset since
    /// the window opened it.
    fn open(&self) -> Result<Sidecar, String> {
        let ExchangedSidecar { path, dataset, session } = &self.sidecar;
        if !path.exists() {
            return Err(format!("{} is not there", path.display()));
        }
        refuse_other_dataset(path, dataset).map_err(|other| other.fact())?;
        let opened = open_for_writing(dataset, Some(path), &self.folders.sidecars());
        let (mut sidecar, _) = opened.map_err(|error| error.to_string())?;
        sidecar.set_open_session(session.clone());
        Ok(sidecar)
    }

    fn forget(&self) {
        let forgotten =
            self.open().and_then(|sidecar| sidecar.forget_exchange_folder().map_err(|error| error.to_string()));
        if let Err(reason) = forgotten {
            log::warn!("the folder of the exchange is still known: {reason}");
        }
    }
}

/// Passes the announcements of a place on, until it fails or is no longer needed.
fn wait_for_changes(mut watch: Box<dyn ChangeWatch>, wishes: &Sender<Wish>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let wish = match watch.wait(WATCH_FOR) {
            Ok(true) => Wish::Changed,
            Ok(false) => continue,
            Err(error) => {
                log::warn!("changes by others are no longer announced: {error}");
                Wish::WatchEnded
            }
        };
        let ends = matches!(wish, Wish::WatchEnded);
        if stop.load(Ordering::Relaxed) || wishes.send(wish).is_err() || ends {
            return;
        }
    }
}
