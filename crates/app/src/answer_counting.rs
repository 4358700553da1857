//! Counts false negatives over all rows and conflicts, from the answers for each query and tile, on
//! a separate thread. The counts follow every judgement with a short delay.
//!
//! Reads the dataset, but neither reads nor writes the sidecar: events are passed in.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::stats::{AnswerCounter, AnswerCounts};
use tilejury_audit::{Conflict, Event};
use tilejury_data::Dataset;

use crate::task::Task;

/// The pause before the next count, as a multiple of the last count's duration: judging has
/// priority on machines with few cores.
const PAUSE: u32 = 4;
/// The longest pause.
const PAUSE_AT_MOST: Duration = Duration::from_secs(2);

/// The counts.
pub(crate) struct CountedAnswers {
    /// False negatives by the annotator alone.
    pub(crate) own: AnswerCounts,
    /// Conflicts by the annotators that were asked for.
    pub(crate) conflicts: Vec<Conflict>,
}

/// Input for the thread.
enum CountRequest {
    Judged(Vec<Event>),
    /// The annotators to find conflicts of.
    Scope(AnnotatorScope),
}

/// The handle of the thread. Dropping it ends the thread.
pub(crate) struct AnswerCounting {
    news: Sender<CountRequest>,
    counted: Receiver<CountedAnswers>,
    task: Task<()>,
}

impl AnswerCounting {
    /// Starts the thread. `events` are those of all annotators, in stored order; `annotator` is the
    /// one with separate counts. `begin` blocks until the first sample is visible, and `wake` makes
    /// the window draw again.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        events: Arc<Vec<Event>>,
        annotator: String,
        begin: impl FnOnce() + Send + 'static,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let (news, received) = channel();
        let (sender, counted) = channel();
        let task = Task::spawn("answers", ctx, move |task| {
            begin();
            let Ok(mut counter) = AnswerCounter::read(dataset, &task.unseen()) else { return };
            counter.add_events(&events);
            drop(events);
            count_until_closed(counter, &annotator, &received, &|counted| {
                let sent = sender.send(counted).is_ok();
                task.request_repaint();
                sent
            });
        })?;
        Ok(Self { news, counted, task })
    }

    /// Sends newly stored events, in stored order.
    pub(crate) fn judged(&self, events: Vec<Event>) {
        let _ = self.news.send(CountRequest::Judged(events));
    }

    /// Requests the conflicts among the judgements of some annotators instead of all.
    pub(crate) fn conflicts_of(&self, scope: AnnotatorScope) {
        let _ = self.news.send(CountRequest::Scope(scope));
    }

    /// Returns the newest counts, if there are new ones.
    pub(crate) fn counted(&mut self) -> Option<Result<CountedAnswers, String>> {
        let failed = |reason| Err(format!("False negatives and conflicts are no longer counted: {reason}."));
        self.counted.try_iter().last().map(Ok).or_else(|| self.task.poll()?.err().map(failed))
    }
}

/// Counts at the start and after every input, until the receiver is dropped.
fn count_until_closed(
    mut counter: AnswerCounter,
    annotator: &str,
    received: &Receiver<CountRequest>,
    report: &dyn Fn(CountedAnswers) -> bool,
) {
    let (own, mut scope) = (AnnotatorScope::Annotator(annotator.to_owned()), AnnotatorScope::Everybody);
    loop {
        let start = Instant::now();
        let counts = counter.count(&own);
        let conflicts = if scope == own { counts.conflicts.clone() } else { counter.count(&scope).conflicts };
        if !report(CountedAnswers { own: counts, conflicts }) {
            return;
        }
        thread::sleep((start.elapsed() * PAUSE).min(PAUSE_AT_MOST));
        // Whatever arrived meanwhile is counted at once.
        let Ok(first) = received.recv() else { return };
        for news in std::iter::once(first).chain(received.try_iter()) {
            match news {
                CountRequest::Judged(events) => counter.add_events(&events),
                CountRequest::Scope(wanted) => scope = wanted,
            }
        }
    }
}
