//! A run: several threads ask the questions of a plan, and the calling thread stores the answers,
//! one transaction each. A run that ended in any way goes on where it was: only what has no answer
//! is asked.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use thiserror::Error;
use tilejury_audit::external::{AnswerKey, ExternalStore, ModelAnswer, ModelQuestion};
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::{Dataset, TilePath};
use tilejury_remote::EndpointFault;

use crate::answer::{AnswerFault, Graded, read_reply};
use crate::budget::{Budget, ESTIMATE_FROM, Leave, Spending};
use crate::chat::{RequestForm, request_body};
use crate::conduct::{Conclusion, Retries, of_fault, of_status};
use crate::control::{AskControl, AskObserver, AskProgress};
use crate::key::answer_key;
use crate::keys::{Claim, Keys};
use crate::picture::Picture;
use crate::plan::{AskPlan, PlannedQuestion};
use crate::prompt::PROMPT_VERSION;
use crate::server::{ModelServer, refusal};
use crate::turns::{Turn, Turns};

/// The interval of reports.
const REPORT_EVERY: Duration = Duration::from_millis(100);
/// The time after which a call that could pass a ceiling is considered again.
const CEILING_WAIT: Duration = Duration::from_millis(20);
/// The bytes of a reply that an error keeps.
const KEPT_OF_REPLY: usize = 4096;

/// The settings of a run.
#[derive(Clone, Debug)]
pub struct AskSettings {
    /// The most requests at a time.
    pub at_a_time: usize,
    /// The ceilings.
    pub budget: Budget,
    /// The tries of a question.
    pub retries: Retries,
    /// The run ends after this many faults alike in a row.
    pub faults_alike: usize,
    /// The run ends rather than wait longer than this for a server that asks for it.
    pub longest_asked_wait: Duration,
    /// The time that answers on their way have after the run was ended.
    pub last_answers: Duration,
}

impl Default for AskSettings {
    fn default() -> Self {
        Self {
            at_a_time: 16,
            budget: Budget::default(),
            retries: Retries::default(),
            faults_alike: 5,
            longest_asked_wait: Duration::from_secs(600),
            last_answers: Duration::from_secs(5),
        }
    }
}

/// The inputs of a run.
pub struct AskTask<'t> {
    /// The dataset, whose tiles are read.
    pub dataset: &'t Dataset,
    /// The questions.
    pub plan: &'t AskPlan,
    /// The server.
    pub server: &'t dyn ModelServer,
    /// The name of the model in requests.
    pub model: &'t str,
    /// The model as the server lists it: see [`crate::model_id`].
    pub model_id: &'t str,
    /// The settings.
    pub settings: &'t AskSettings,
    /// The switches.
    pub control: &'t AskControl,
}

/// The end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AskEnd {
    /// Every question was asked.
    #[default]
    Finished,
    /// A person ended it.
    Stopped,
    /// A ceiling is reached; the text names it.
    Budget(String),
    /// The server failed in the same way several times in a row, or asks for too long a wait.
    Faults(String),
}

/// The counts of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskSummary {
    /// Questions that were asked, each once.
    pub asked: usize,
    /// Those with an answer.
    pub answered: usize,
    /// Those whose evidence is in the tile's text.
    pub verified: usize,
    /// Those without a usable answer.
    pub failed: usize,
    /// Questions whose answer was known, or that were equal to another one.
    pub known: usize,
    /// Tiles that could not be read, with reasons; the first of them.
    pub unreadable: Vec<(TilePath, String)>,
    /// The first reasons why questions failed.
    pub failures: Vec<String>,
    /// The requests that were sent, repeated ones too.
    pub calls: u64,
    /// The tokens, as the server counted them.
    pub tokens: u64,
    /// The cost, if prices are known.
    pub cost: Option<f64>,
    /// The end of the run.
    pub end: AskEnd,
}

/// A reason why a run could not go on.
#[derive(Debug, Error)]
pub enum AskError {
    /// The answers cannot be stored.
    #[error(transparent)]
    Store(#[from] SidecarError),
}

/// The number of reasons that a summary names.
const NAMED_UP_TO: usize = 20;

/// Something that a thread finished.
enum Finished {
    Answered(Box<ModelAnswer>, Vec<ModelQuestion>),
    Known(AnswerKey, ModelQuestion),
    Failed { key: AnswerKey, questions: Vec<ModelQuestion>, message: String, raw: String },
    Unreadable(TilePath, String),
}

/// Asks the questions of a plan that have no answer yet, and stores every answer as it comes.
/// Blocks until all are done or the run ends; what was stored until then stays.
///
/// # Errors
/// When the file of answers cannot be read or written.
pub fn ask(task: &AskTask<'_>, store: &mut ExternalStore, observer: &dyn AskObserver) -> Result<AskSummary, AskError> {
    let address = task.server.address();
    let form = store.known_form(address, task.model)?.map(|words| RequestForm::of_words(&words));
    let run = Run {
        task,
        keys: Keys::new(store.answer_keys()?),
        turns: Turns::new(task.settings.at_a_time),
        spending: Spending::new(task.settings.budget),
        form: Mutex::new(LearnedForm { form: form.unwrap_or_default(), is_proven: form.is_some() }),
        next: AtomicUsize::new(0),
        alike: Mutex::default(),
        end: Mutex::default(),
    };
    // Threads that wait before another try leave their turn to others.
    let threads = (2 * task.settings.at_a_time.max(1)).min(task.plan.questions.len().max(1));
    let mut summary = std::thread::scope(|scope| {
        let (out, finished) = sync_channel(2 * threads);
        for _ in 0..threads {
            let (run, out) = (&run, out.clone());
            scope.spawn(move || run.work(&out));
        }
        drop(out);
        let stored = run.store_all(&finished, store, observer);
        if stored.is_err() {
            task.control.stop();
            task.control.abandon();
        }
        drop(finished);
        stored
    })?;
    let learned = run.form.lock();
    if learned.is_proven && Some(learned.form) != form {
        store.store_form(address, task.model, &learned.form.words())?;
    }
    summary.calls = run.spending.calls();
    summary.tokens = run.spending.tokens().all();
    summary.cost = run.spending.cost();
    summary.end = match run.end.lock().take() {
        Some(end) => end,
        None if task.control.is_stopped() => AskEnd::Stopped,
        None => AskEnd::Finished,
    };
    Ok(summary)
}

/// The form of requests, which changes when the server refuses it.
struct LearnedForm {
    form: RequestForm,
    /// Whether an answer came in this form.
    is_proven: bool,
}

/// A fault with its kind, by which faults are alike.
struct Fault {
    kind: String,
    message: String,
    raw: String,
}

impl Fault {
    fn new(kind: &str, message: String) -> Self {
        Self { kind: kind.to_owned(), message, raw: String::new() }
    }

    fn with_reply(self, body: &[u8]) -> Self {
        let kept = body.get(..KEPT_OF_REPLY).unwrap_or(body);
        Self { raw: String::from_utf8_lossy(kept).into_owned(), ..self }
    }
}

/// The outcome of all tries of one question.
enum Outcome {
    Answered(Graded, Box<Reply>),
    Failed(Fault),
    /// The run ended before there was an answer.
    Ended,
}

/// The rest of a reply with an answer.
struct Reply {
    model: String,
    prompt_tokens: u64,
    completion_tokens: u64,
    raw: String,
}

/// The outcome of one try.
enum Try {
    Done(Outcome),
    /// Once more after a wait, or at once in another form.
    Again {
        fault: Fault,
        wait: Option<Duration>,
        at_once: bool,
    },
}

struct Run<'r> {
    task: &'r AskTask<'r>,
    keys: Keys,
    turns: Turns,
    spending: Spending,
    form: Mutex<LearnedForm>,
    next: AtomicUsize,
    /// The kind of the last faults, and how many there were in a row.
    alike: Mutex<(String, usize)>,
    end: Mutex<Option<AskEnd>>,
}

impl Run<'_> {
    fn work(&self, out: &SyncSender<Finished>) {
        while !self.task.control.is_stopped() {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(planned) = self.task.plan.questions.get(at) else { return };
            if self.ask_one(planned, out).is_none() {
                return;
            }
        }
    }

    /// Asks one question, unless its answer is known; `None` if nobody receives it.
    fn ask_one(&self, planned: &PlannedQuestion, out: &SyncSender<Finished>) -> Option<()> {
        let question = &planned.question;
        let tile = match self.read(&question.tile) {
            Ok(tile) => tile,
            Err(reason) => return out.send(Finished::Unreadable(question.tile.clone(), reason)).ok(),
        };
        let key = answer_key(self.task.model_id, &planned.query, &tile);
        match self.keys.claim(&key, question) {
            Claim::Known => return out.send(Finished::Known(key, question.clone())).ok(),
            Claim::Waits => return Some(()),
            Claim::Ask => {}
        }
        let outcome = self.try_often(&planned.query, &tile);
        let is_known = matches!(outcome, Outcome::Answered(..));
        let mut sent = Some(());
        self.keys.release(&key, is_known, |mut questions| {
            questions.insert(0, question.clone());
            let finished = match outcome {
                Outcome::Answered(graded, reply) => {
                    Finished::Answered(Box::new(self.answer(key, graded, *reply)), questions)
                }
                Outcome::Failed(fault) => Finished::Failed { key, questions, message: fault.message, raw: fault.raw },
                Outcome::Ended => return,
            };
            sent = out.send(finished).ok();
        });
        sent
    }

    fn read(&self, tile: &TilePath) -> Result<Picture, String> {
        let tiles = &self.task.dataset.tiles;
        let mut bytes = Vec::new();
        let location = tiles.locate(tile).map_err(|error| error.to_string())?;
        tiles.read_patiently(&location, &mut bytes).map_err(|error| error.to_string())?;
        Picture::of_tile(bytes)
    }

    fn answer(&self, key: AnswerKey, graded: Graded, reply: Reply) -> ModelAnswer {
        ModelAnswer {
            key,
            endpoint: self.task.server.address().to_owned(),
            model: reply.model,
            prompt: PROMPT_VERSION.to_owned(),
            grade: graded.grade,
            soft: graded.soft,
            evidence: graded.evidence,
            prompt_tokens: reply.prompt_tokens,
            completion_tokens: reply.completion_tokens,
            raw: reply.raw,
        }
    }

    fn try_often(&self, query: &str, tile: &Picture) -> Outcome {
        let (control, retries) = (self.task.control, self.task.settings.retries);
        let mut tries = 0;
        loop {
            let (fault, wait, at_once) = match self.try_once(query, tile) {
                Try::Done(Outcome::Failed(fault)) => return self.failed(fault),
                Try::Done(outcome) => {
                    if matches!(outcome, Outcome::Answered(..)) {
                        self.alike.lock().1 = 0;
                    }
                    return outcome;
                }
                Try::Again { fault, wait, at_once } => (fault, wait, at_once),
            };
            tries += 1;
            if tries >= retries.tries.max(1) {
                return self.failed(fault);
            }
            if wait.is_some_and(|wait| wait > self.task.settings.longest_asked_wait) {
                self.end_with(AskEnd::Faults(format!("the server asks for a long wait: {}", fault.message)));
                return Outcome::Ended;
            }
            let own = retries.wait(tries, random());
            if !at_once && !control.wait(wait.map_or(own, |wait| wait.max(own))) {
                return Outcome::Ended;
            }
        }
    }

    /// Counts a fault, and ends the run after several alike in a row.
    fn failed(&self, fault: Fault) -> Outcome {
        let mut alike = self.alike.lock();
        *alike = if alike.0 == fault.kind { (fault.kind.clone(), alike.1 + 1) } else { (fault.kind.clone(), 1) };
        if alike.1 >= self.task.settings.faults_alike.max(1) {
            self.end_with(AskEnd::Faults(format!("{} times in a row: {}", alike.1, fault.message)));
        }
        Outcome::Failed(fault)
    }

    fn end_with(&self, end: AskEnd) {
        self.end.lock().get_or_insert(end);
        self.task.control.stop();
    }

    fn try_once(&self, query: &str, tile: &Picture) -> Try {
        let turn = loop {
            let Some(turn) = self.turns.take(self.task.control) else { return Try::Done(Outcome::Ended) };
            match self.spending.begin_call() {
                Leave::Granted => break turn,
                Leave::Later => {}
                Leave::Never(ceiling) => {
                    self.end_with(AskEnd::Budget(ceiling));
                    return Try::Done(Outcome::Ended);
                }
            }
            drop(turn);
            self.task.control.wait(CEILING_WAIT);
        };
        let form = self.form.lock().form;
        let body = request_body(self.task.model, form, query, tile).to_string().into_bytes();
        let answer = self.task.server.post("v1/chat/completions", body, &self.task.control.abandoned);
        let answer = match answer {
            Ok(answer) => answer,
            Err(fault) => {
                self.spending.end_call(None);
                let conclusion = of_fault(&fault);
                if self.task.control.is_stopped() {
                    return Try::Done(Outcome::Ended);
                }
                return after(&turn, conclusion, None, Fault::new(fault_kind(&fault), fault.to_string()));
            }
        };
        if answer.status != 200 {
            self.spending.end_call(None);
            let message = refusal(&answer);
            let fault = Fault::new(&answer.status.to_string(), message).with_reply(&answer.body);
            if matches!(answer.status, 400 | 422)
                && let Some(other) = self.other_form(form, &fault.message)
            {
                self.learn(form, other);
                return Try::Again { fault, wait: None, at_once: true };
            }
            return after(&turn, of_status(answer.status), answer.wait, fault);
        }
        let reply = read_reply(&answer.body);
        self.spending.end_call(Some(reply.tokens));
        match reply.answer {
            Ok(graded) => {
                turn.was_good();
                self.prove(form);
                let raw = String::from_utf8_lossy(&answer.body).into_owned();
                let (prompt_tokens, completion_tokens) = (reply.tokens.prompt, reply.tokens.completion);
                let model = if reply.model.is_empty() { self.task.model_id.to_owned() } else { reply.model };
                Try::Done(Outcome::Answered(graded, Box::new(Reply { model, prompt_tokens, completion_tokens, raw })))
            }
            Err(wrong) => {
                let fault = Fault::new(&fault_word(&wrong), wrong.to_string()).with_reply(&answer.body);
                if wrong.may_pass() {
                    return after(&turn, Conclusion::Later { is_busy: false }, None, fault);
                }
                let looser = form.with_looser_format().filter(|_| wrong.is_of_form() && !self.form.lock().is_proven);
                match looser {
                    Some(looser) => {
                        self.learn(form, looser);
                        Try::Again { fault, wait: None, at_once: true }
                    }
                    None => Try::Done(Outcome::Failed(fault)),
                }
            }
        }
    }

    /// The form to try after a refusal: without what the message names; before the first answer,
    /// also in a looser format.
    fn other_form(&self, form: RequestForm, message: &str) -> Option<RequestForm> {
        let is_proven = self.form.lock().is_proven;
        form.without_refused(message).or_else(|| form.with_looser_format().filter(|_| !is_proven))
    }

    /// Takes another form, unless another thread did so.
    fn learn(&self, from: RequestForm, to: RequestForm) {
        let mut learned = self.form.lock();
        if learned.form == from {
            *learned = LearnedForm { form: to, is_proven: false };
        }
    }

    fn prove(&self, form: RequestForm) {
        let mut learned = self.form.lock();
        learned.is_proven |= learned.form == form;
    }

    /// Stores what the threads finish until they end.
    fn store_all(
        &self,
        finished: &Receiver<Finished>,
        store: &mut ExternalStore,
        observer: &dyn AskObserver,
    ) -> Result<AskSummary, SidecarError> {
        let (mut summary, begun) = (AskSummary::default(), Instant::now());
        let (mut reported, mut stopped_at) = (None::<Instant>, None);
        let (mut done, mut is_estimated) = (0, false);
        loop {
            let next = finished.recv_timeout(REPORT_EVERY);
            let is_over = matches!(next, Err(RecvTimeoutError::Disconnected));
            if let Ok(next) = next {
                done += store_one(next, store, &mut summary)?;
            }
            // Nobody waits for the end of a run that reached its ceiling, and its answers are paid.
            let has_time = matches!(*self.end.lock(), Some(AskEnd::Budget(_)));
            if self.task.control.is_stopped()
                && !has_time
                && stopped_at.get_or_insert_with(Instant::now).elapsed() >= self.task.settings.last_answers
            {
                self.task.control.abandon();
            }
            if is_over || reported.is_none_or(|at| at.elapsed() >= REPORT_EVERY) {
                reported = Some(Instant::now());
                observer.progress(AskProgress {
                    done,
                    questions: self.task.plan.questions.len(),
                    failed: summary.failed,
                    tokens: self.spending.tokens().all(),
                    at_a_time: self.turns.at_a_time(),
                });
            }
            if !is_estimated && summary.answered >= ESTIMATE_FROM {
                is_estimated = true;
                let left = self.task.plan.questions.len().saturating_sub(done);
                observer.estimate(&self.spending.estimate(summary.answered, left, begun.elapsed()));
            }
            if is_over {
                return Ok(summary);
            }
        }
    }
}

/// Stores one result; returns the number of questions that it finishes.
fn store_one(next: Finished, store: &mut ExternalStore, summary: &mut AskSummary) -> Result<usize, SidecarError> {
    match next {
        Finished::Answered(answer, questions) => {
            let verified = store.store_answer(&answer, &questions)?;
            summary.asked += 1;
            summary.answered += 1;
            summary.verified += usize::from(verified.first() == Some(&Some(true)));
            summary.known += questions.len().saturating_sub(1);
            Ok(questions.len())
        }
        Finished::Known(key, question) => {
            store.store_known(&key, std::slice::from_ref(&question))?;
            summary.known += 1;
            Ok(1)
        }
        Finished::Failed { key, questions, message, raw } => {
            for question in &questions {
                store.store_failure(&key, question, &message, &raw)?;
            }
            summary.asked += 1;
            summary.failed += 1;
            if summary.failures.len() < NAMED_UP_TO && !summary.failures.contains(&message) {
                summary.failures.push(message);
            }
            Ok(questions.len())
        }
        Finished::Unreadable(tile, reason) => {
            if summary.unreadable.len() < NAMED_UP_TO {
                summary.unreadable.push((tile, reason));
            }
            Ok(1)
        }
    }
}

/// Concludes from a fault, and tells the turns whether the server has too much to do.
fn after(turn: &Turn<'_>, conclusion: Conclusion, wait: Option<Duration>, fault: Fault) -> Try {
    match conclusion {
        Conclusion::Never => Try::Done(Outcome::Failed(fault)),
        Conclusion::Later { is_busy } => {
            if is_busy || wait.is_some() {
                turn.was_too_much(wait);
            }
            Try::Again { fault, wait, at_once: false }
        }
    }
}

fn fault_kind(fault: &EndpointFault) -> &'static str {
    match fault {
        EndpointFault::Connection(_) => "connection",
        EndpointFault::Timeout => "timeout",
        EndpointFault::TooLong => "too long",
        EndpointFault::Stopped => "stopped",
    }
}

/// The kind of a fault of an answer: its words without what they quote.
fn fault_word(fault: &AnswerFault) -> String {
    let text = fault.to_string();
    text.split(':').next().unwrap_or_default().to_owned()
}

/// A number from 0 to 1 that differs from thread to thread and from call to call.
fn random() -> f64 {
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}
