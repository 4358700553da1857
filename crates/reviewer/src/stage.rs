//! One stage of a run: several threads ask its questions, and the calling thread stores each answer
//! as it comes, in a transaction of its own. Questions with an answer are not asked, and equal ones
//! are asked once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tilejury_audit::external::{AnswerKey, ExternalStore, ModelQuestion, SentRequest};
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::TilePath;

use crate::answer::ModelReply;
use crate::budget::ESTIMATE_FROM;
use crate::chat::RequestForm;
use crate::control::{AskObserver, AskProgress};
use crate::fault::Fault;
use crate::keys::{Claim, Keys};
use crate::sender::{Outcome, Reply, Request, Sender};
use crate::task::AskEnd;

/// The interval of reports.
const REPORT_EVERY: Duration = Duration::from_millis(100);
/// The number of reasons that a summary names.
const NAMED_UP_TO: usize = 20;

/// A question that is ready to be sent.
pub(crate) struct Prepared<'p> {
    pub(crate) key: AnswerKey,
    pub(crate) body: Box<dyn Fn(RequestForm) -> Value + 'p>,
}

/// A kind of questions, with what its answers mean.
pub(crate) trait Stage: Sync {
    /// A question as it is stored.
    type Question: Clone + Send + Sync;
    /// The answer in a reply.
    type Answer: Send;

    /// The questions in the order in which they are asked.
    fn questions(&self) -> Vec<&Self::Question>;

    /// Reads the tiles of a question, by its number.
    ///
    /// # Errors
    /// The tile that cannot be read, and why.
    fn prepare(&self, number: usize) -> Result<Prepared<'_>, (TilePath, String)>;

    /// Reads a reply.
    fn read(body: &[u8]) -> ModelReply<Self::Answer>;

    /// Stores an answer. Returns whether its evidence was found.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn store(
        &self,
        store: &mut ExternalStore,
        key: AnswerKey,
        answer: (Self::Answer, Reply),
        questions: &[Self::Question],
    ) -> Result<bool, SidecarError>;

    /// Stores that a known answer answers a question, too.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn store_known(
        &self,
        store: &mut ExternalStore,
        key: &AnswerKey,
        question: &Self::Question,
    ) -> Result<(), SidecarError>;

    /// The question of the first stage that it belongs to.
    fn first(question: &Self::Question) -> &ModelQuestion;
}

/// The counts of a stage.
#[derive(Clone, Debug, Default)]
pub(crate) struct StageCounts {
    pub(crate) asked: usize,
    pub(crate) answered: usize,
    pub(crate) verified: usize,
    pub(crate) failed: usize,
    pub(crate) known: usize,
    pub(crate) unreadable: Vec<(TilePath, String)>,
    pub(crate) failures: Vec<String>,
}

/// Something that a thread reports.
enum Report<S: Stage> {
    /// A request is about to be sent, once it is on record.
    Sending(SentRequest, SyncSender<()>),
    /// A request on record came to nothing.
    NotOpen(AnswerKey),
    Answered(AnswerKey, Box<(S::Answer, Reply)>, Vec<S::Question>),
    Known(AnswerKey, S::Question),
    Failed {
        key: AnswerKey,
        questions: Vec<S::Question>,
        message: String,
        raw: String,
        /// A reply that nobody received may be on its way.
        is_open: bool,
    },
    Unreadable(TilePath, String),
}

/// A stage while it runs.
pub(crate) struct Running<'r, S: Stage> {
    sender: &'r Sender<'r>,
    stage: &'r S,
    keys: Keys<S::Question>,
    next: AtomicUsize,
    /// The questions that were done before, for reports.
    done_before: usize,
}

impl<'r, S: Stage> Running<'r, S> {
    /// `known` are the keys of answers that are stored.
    pub(crate) fn new(
        sender: &'r Sender<'r>,
        stage: &'r S,
        known: std::collections::HashSet<AnswerKey>,
        done_before: usize,
    ) -> Self {
        Self { sender, stage, keys: Keys::new(known), next: AtomicUsize::new(0), done_before }
    }

    /// Asks all questions. Blocks until they are done or the run ends.
    pub(crate) fn run(
        &self,
        store: &mut ExternalStore,
        observer: &dyn AskObserver,
    ) -> Result<StageCounts, SidecarError> {
        let (control, questions) = (self.sender.task().control, self.stage.questions().len());
        // Threads that wait before another try leave their turn to others.
        let threads = (2 * self.sender.task().settings.at_a_time.max(1)).min(questions.max(1));
        std::thread::scope(|scope| {
            let (out, reports) = sync_channel(2 * threads);
            for _ in 0..threads {
                let out = out.clone();
                scope.spawn(move || self.work(&out));
            }
            drop(out);
            let stored = self.store_all(&reports, store, observer);
            if stored.is_err() {
                control.stop();
                control.abandon();
            }
            drop(reports);
            stored
        })
    }

    fn work(&self, out: &SyncSender<Report<S>>) {
        let questions = self.stage.questions();
        while !self.sender.task().control.is_stopped() {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(question) = questions.get(at) else { return };
            if self.ask_one(at, question, out).is_none() {
                return;
            }
        }
    }

    /// Asks one question, unless its answer is known; `None` if nobody receives it.
    fn ask_one(&self, at: usize, question: &S::Question, out: &SyncSender<Report<S>>) -> Option<()> {
        let prepared = match self.stage.prepare(at) {
            Ok(prepared) => prepared,
            Err((tile, reason)) => return out.send(Report::Unreadable(tile, reason)).ok(),
        };
        let key = prepared.key;
        match self.keys.claim(&key, question) {
            Claim::Known => return out.send(Report::Known(key, question.clone())).ok(),
            Claim::Waits => return Some(()),
            Claim::Ask => {}
        }
        let is_noted = std::cell::Cell::new(false);
        let note = |sent: SentRequest| {
            let (noted, on_disk) = sync_channel(1);
            let is_on_disk = out.send(Report::Sending(sent, noted)).is_ok() && on_disk.recv().is_ok();
            is_noted.set(is_noted.get() || is_on_disk);
            is_on_disk
        };
        let outcome = self.sender.send(&Request { key, body: &*prepared.body, read: S::read, note: &note });
        let is_known = matches!(outcome, Outcome::Answered(..));
        let (mut sent, mut turn) = (Some(()), None);
        self.keys.release(&key, is_known, |mut questions| {
            questions.insert(0, question.clone());
            let report = match outcome {
                Outcome::Answered(answer, reply, own) => {
                    turn = Some(own);
                    Report::Answered(key, Box::new((answer, *reply)), questions)
                }
                Outcome::Failed { fault: Fault { message, raw, .. }, is_open } => {
                    Report::Failed { key, questions, message, raw, is_open }
                }
                Outcome::Ended { is_open: false } if is_noted.get() => Report::NotOpen(key),
                Outcome::Ended { .. } => return,
            };
            sent = out.send(report).ok();
        });
        // The next request is noted after this report, and so leaves after the answer is stored.
        drop(turn);
        sent
    }

    /// Stores what the threads report until they end.
    fn store_all(
        &self,
        reports: &Receiver<Report<S>>,
        store: &mut ExternalStore,
        observer: &dyn AskObserver,
    ) -> Result<StageCounts, SidecarError> {
        let (mut counts, begun) = (StageCounts::default(), Instant::now());
        let (mut reported, mut stopped_at) = (None::<Instant>, None);
        let (mut done, mut is_estimated) = (0, false);
        let (task, questions) = (self.sender.task(), self.stage.questions().len());
        loop {
            let next = reports.recv_timeout(REPORT_EVERY);
            let is_over = matches!(next, Err(RecvTimeoutError::Disconnected));
            if let Ok(first) = next {
                // Notes of requests that wait together need one transaction.
                let mut sending = Vec::new();
                for report in std::iter::once(first).chain(reports.try_iter()) {
                    match report {
                        Report::Sending(sent, noted) => sending.push((sent, noted)),
                        other => {
                            self.note_all(&mut sending, store)?;
                            done += self.store_one(other, store, &mut counts)?;
                        }
                    }
                }
                self.note_all(&mut sending, store)?;
            }
            // Nobody waits for the end of a run that reached its ceiling, and its answers are paid.
            let has_time = matches!(self.sender.end(), Some(AskEnd::Budget(_)));
            if task.control.is_stopped()
                && !has_time
                && stopped_at.get_or_insert_with(Instant::now).elapsed() >= task.settings.last_answers
            {
                task.control.abandon();
            }
            if is_over || reported.is_none_or(|at| at.elapsed() >= REPORT_EVERY) {
                reported = Some(Instant::now());
                observer.progress(AskProgress {
                    done: self.done_before + done,
                    questions: self.done_before + questions,
                    failed: counts.failed,
                    tokens: self.sender.spending().spent().tokens.all(),
                    at_a_time: self.sender.at_a_time(),
                });
            }
            if !is_estimated && self.done_before == 0 && counts.answered >= ESTIMATE_FROM {
                is_estimated = true;
                let left = questions.saturating_sub(done);
                observer.estimate(&self.sender.spending().estimate(counts.answered, left, begun.elapsed()));
            }
            if is_over {
                return Ok(counts);
            }
        }
    }

    /// Notes requests before they are sent, and lets their threads go.
    fn note_all(
        &self,
        sending: &mut Vec<(SentRequest, SyncSender<()>)>,
        store: &mut ExternalStore,
    ) -> Result<(), SidecarError> {
        if sending.is_empty() {
            return Ok(());
        }
        let (sent, threads): (Vec<SentRequest>, Vec<SyncSender<()>>) = sending.drain(..).unzip();
        store.store_sent(self.sender.task().server.address(), &sent)?;
        for thread in threads {
            // A thread waits for each of them, so that none is gone.
            let _ = thread.send(());
        }
        Ok(())
    }

    /// Stores one report; returns the number of questions that it finishes.
    fn store_one(
        &self,
        report: Report<S>,
        store: &mut ExternalStore,
        counts: &mut StageCounts,
    ) -> Result<usize, SidecarError> {
        match report {
            Report::Sending(sent, noted) => self.note_all(&mut vec![(sent, noted)], store).map(|()| 0),
            Report::NotOpen(key) => store.forget_sent(&key).map(|()| 0),
            Report::Answered(key, answer, questions) => {
                let verified = self.stage.store(store, key, *answer, &questions)?;
                counts.asked += 1;
                counts.answered += 1;
                counts.verified += usize::from(verified);
                counts.known += questions.len().saturating_sub(1);
                Ok(questions.len())
            }
            Report::Known(key, question) => {
                self.stage.store_known(store, &key, &question)?;
                counts.known += 1;
                Ok(1)
            }
            Report::Failed { key, questions, message, raw, is_open } => {
                for question in &questions {
                    store.store_failure(&key, S::first(question), (&message, &raw), is_open)?;
                }
                counts.asked += 1;
                counts.failed += 1;
                if counts.failures.len() < NAMED_UP_TO && !counts.failures.contains(&message) {
                    counts.failures.push(message);
                }
                Ok(questions.len())
            }
            Report::Unreadable(tile, reason) => {
                if counts.unreadable.len() < NAMED_UP_TO {
                    counts.unreadable.push((tile, reason));
                }
                Ok(1)
            }
        }
    }
}
