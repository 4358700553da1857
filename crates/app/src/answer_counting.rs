//! Counts by the answers for each query and tile, on a thread of their own: false negatives over all rows, and conflicts. They
//! follow every judgement, some moments later.
//!
//! Reads the dataset; neither reads nor writes the sidecar: events are handed to it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::stats::{AnswerCounter, AnswerCounts};
use tilejury_audit::{Conflict, Event};
use tilejury_data::Dataset;

use crate::task::Task;

/// Of one count's duration, the pause before the next one: judging comes first where there are few cores.
const PAUSE: u32 = 4;
/// No pause is longer.
const PAUSE_AT_MOST: Duration = Duration::from_secs(2);

/// What was counted.
pub(crate) struct CountedAnswers {
    /// Of the annotator alone.
    pub(crate) own: AnswerCounts,
    /// Of those who were asked for.
    pub(crate) conflicts: Vec<Conflict>,
}

/// News for the thread.
enum CountRequest {
    Judged(Vec<Event>),
    /// Whose conflicts are wanted.
    Scope(AnnotatorScope),
}

/// The thread's near end. Dropping it ends the thread.
pub(crate) struct AnswerCounting {
    news: Sender<CountRequest>,
    counted: Receiver<CountedAnswers>,
    task: Task<()>,
}

impl AnswerCounting {
    /// Starts. `events` are everybody's, in stored order; `annotator` is whose own counts are wanted. `begin` blocks until
    /// the first sample is visible, and `ctx` is the window that is drawn again.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        events: Vec<Event>,
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

    /// Hands over what was stored, in stored order.
    pub(crate) fn judged(&self, events: Vec<Event>) {
        let _ = self.news.send(CountRequest::Judged(events));
    }

    /// Asks for the conflicts among the judgements of others than everybody.
    pub(crate) fn conflicts_of(&self, scope: AnnotatorScope) {
        let _ = self.news.send(CountRequest::Scope(scope));
    }

    /// The newest counts, if there are new ones.
    pub(crate) fn counted(&mut self) -> Option<Result<CountedAnswers, String>> {
        let failed = |reason| Err(format!("False negatives and conflicts are no longer counted: {reason}."));
        self.counted.try_iter().last().map(Ok).or_else(|| self.task.poll()?.err().map(failed))
    }
}

/// Counts at the start and after every piece of news, until nobody listens.
fn count_until_closed(
    mut counter: AnswerCounter,
    annotator: &str,
    received: &Receiver<CountRequest>,
    tell: &dyn Fn(CountedAnswers) -> bool,
) {
    let (own, mut scope) = (AnnotatorScope::Annotator(annotator.to_owned()), AnnotatorScope::Everybody);
    loop {
        let start = Instant::now();
        let counts = counter.count(&own);
        let conflicts = if scope == own { counts.conflicts.clone() } else { counter.count(&scope).conflicts };
        if !tell(CountedAnswers { own: counts, conflicts }) {
            return;
        }
        thread::sleep((start.elapsed() * PAUSE).min(PAUSE_AT_MOST));
        // Whatever came meanwhile is counted at once.
        let Ok(first) = received.recv() else { return };
        for news in std::iter::once(first).chain(received.try_iter()) {
            match news {
                CountRequest::Judged(events) => counter.add_events(&events),
                CountRequest::Scope(wanted) => scope = wanted,
            }
        }
    }
}
