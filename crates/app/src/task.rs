//! One piece of work on a thread of its own: its progress, its cancelling, its result.
//!
//! All background work of the window runs as a [`Task`], so that a panic always becomes words and
//! the window always repaints at the end. It must not know the kinds of work, and never blocks the
//! thread that draws.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use egui::Context;
use parking_lot::Mutex;
use tilejury_data::progress::{Cancelled, Progress, ProgressStep};

use tilejury_audit::catch_panic::catch_panic;

/// The interval at which the end of a thread is noticed.
const CHECK_EVERY: Duration = Duration::from_millis(20);
/// The interval at which progress is shown: without a graphics card, a frame takes the cores from
/// the work itself.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// Work that is running or has ended. Dropping it cancels the work and does not wait for its end.
pub(crate) struct Task<T> {
    shared: Arc<TaskState>,
    /// The result, or the words for a panic.
    result: Receiver<Result<T, String>>,
    delivered: bool,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct TaskState {
    cancelled: AtomicBool,
    /// The lock is held for a few numbers.
    step: Mutex<Option<ProgressStep>>,
}

/// The part of a task that the work is given: it reports progress there, and checks whether it is
/// cancelled.
pub(crate) struct TaskProgress {
    shared: Arc<TaskState>,
    ctx: Context,
}

impl<T: Send + 'static> Task<T> {
    /// Starts `work` on a thread with this name. Its progress and its end
    /// repaint the window.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn spawn(
        name: &str,
        ctx: &Context,
        work: impl FnOnce(&TaskProgress) -> T + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::<TaskState>::default();
        let progress = TaskProgress { shared: shared.clone(), ctx: ctx.clone() };
        let (sender, result) = sync_channel(1);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _ = sender.send(catch_panic(|| work(&progress)));
            progress.ctx.request_repaint();
        })?;
        Ok(Self { shared, result, delivered: false, thread: Some(thread) })
    }
}

impl<T> Task<T> {
    /// Returns the result once the work has ended, and only once. The error is the words for a
    /// panic.
    pub(crate) fn poll(&mut self) -> Option<Result<T, String>> {
        if self.delivered {
            return None;
        }
        let result = match self.result.try_recv() {
            Ok(result) => result,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Err("it stopped unexpectedly".to_owned()),
        };
        self.delivered = true;
        Some(result)
    }

    /// Asks the work to stop. It still ends with a result.
    pub(crate) fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }

    /// Returns whether the work was asked to stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// Returns the last step that was reported; `None` before the first.
    pub(crate) fn step(&self) -> Option<ProgressStep> {
        *self.shared.step.lock()
    }

    /// Whether the thread has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Hands out the thread, for waiting for its end where that may block.
    pub(crate) fn take_thread(&mut self) -> Option<JoinHandle<()>> {
        self.thread.take()
    }

    /// Hands out the thread after its end, or after a time if it has not ended by then. It blocks.
    pub(crate) fn take_thread_within(&mut self, limit: Duration) -> Option<JoinHandle<()>> {
        let thread = self.thread.take()?;
        let asked = Instant::now();
        while !thread.is_finished() && asked.elapsed() < limit {
            thread::sleep(CHECK_EVERY);
        }
        Some(thread)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl TaskProgress {
    /// Returns whether the work was asked to stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// Returns an error once the work was asked to stop.
    pub(crate) fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Returns a view that only cancels: its reports are not shown and repaint nothing.
    pub(crate) fn unseen(&self) -> impl Progress {
        move |_: ProgressStep| self.check()
    }

    /// Repaints the window.
    pub(crate) fn request_repaint(&self) {
        self.ctx.request_repaint();
    }
}

impl Progress for TaskProgress {
    fn report(&self, step: ProgressStep) -> Result<(), Cancelled> {
        *self.shared.step.lock() = Some(step);
        self.ctx.request_repaint_after(SHOW_EVERY);
        self.check()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tilejury_data::progress::Stage;

    use super::*;

    /// The names of everything that runs as a task.
    const NAMES: [&str; 20] = [
        "audit",
        "download",
        "offline",
        "overview",
        "open",
        "backup",
        "export preview",
        "job",
        "pixels",
        "search",
        "questions",
        "reading",
        "reading estimate",
        "asking plan",
        "controls",
        "asking",
        "signals",
        "answers",
        "file-dialog",
        "diagnosis",
    ];

    fn ended<T>(mut task: Task<T>) -> Result<T, String> {
        task.take_thread().unwrap().join().unwrap();
        let result = task.poll().unwrap();
        assert!(task.poll().is_none(), "a result is delivered once");
        result
    }

    #[test]
    #[allow(clippy::panic, reason = "the test needs a panic")]
    fn panic_of_every_kind_of_task_becomes_words() {
        for name in NAMES {
            let task = Task::<()>::spawn(name, &Context::default(), move |_| {
                panic!("row 3 of {} is odd", thread::current().name().unwrap_or_default())
            });
            let words = ended(task.unwrap()).unwrap_err();
            assert!(words.contains(&format!("the program failed (row 3 of {name} is odd)")), "{words}");
        }
    }

    #[test]
    fn progress_is_visible_and_cancelling_ends_the_work() {
        let ((go, gate), (reported, first_report)) = (channel(), channel());
        let mut task = Task::spawn("job", &Context::default(), move |progress| {
            let first = progress.report(Stage::Rows.step(1, 4));
            let _ = reported.send(());
            let _ = gate.recv();
            (first, progress.report(Stage::Rows.step(2, 4)))
        })
        .unwrap();
        // The step is visible before the report returns: cancelling then would fail the first
        // report.
        first_report.recv().unwrap();
        assert_eq!(task.step().map(|step| (step.done, step.share())), Some((1, 0.25)));
        assert!(task.poll().is_none());
        task.cancel();
        go.send(()).unwrap();
        assert_eq!(ended(task), Ok((Ok(()), Err(Cancelled))));
    }

    #[test]
    fn end_of_a_task_makes_the_window_draw_again() {
        let (ctx, (woken, wakes)) = (Context::default(), channel());
        ctx.set_request_repaint_callback(move |_| {
            let _ = woken.send(());
        });
        assert_eq!(ended(Task::spawn("job", &ctx, |_| 1).unwrap()), Ok(1));
        wakes.try_recv().unwrap();
    }

    #[test]
    fn progress_is_shown_a_few_times_a_second() {
        let (ctx, (asked, requests)) = (Context::default(), channel());
        ctx.set_request_repaint_callback(move |info| {
            let _ = asked.send(info.delay);
        });
        let progress = TaskProgress { shared: Arc::default(), ctx };
        progress.report(ProgressStep { stage: Stage::Reading, done: 1, total: 2 }).unwrap();
        assert_eq!(requests.try_iter().collect::<Vec<_>>(), [SHOW_EVERY]);
    }
}
