//! One question on its way to an answer: turns, ceilings, requests, retries, the form that the
//! server understands, and the end of a run after several faults alike.
//!
//! Knows no question and stores nothing: a caller gives the body, reads the reply, and notes on
//! disk that a request is about to be sent.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tilejury_audit::external::{AnswerKey, SentRequest};
use tilejury_remote::EndpointFault;

use crate::answer::{AnswerFault, ModelReply};
use crate::budget::{Leave, Spending};
use crate::chat::RequestForm;
use crate::conduct::{Conclusion, of_fault, of_status};
use crate::server::refusal;
use crate::task::{AskEnd, AskTask};
use crate::turns::{Turn, Turns};

/// The time after which a call that could pass a ceiling is considered again.
const CEILING_WAIT: Duration = Duration::from_millis(20);
/// The bytes of a reply that an error keeps.
const KEPT_OF_REPLY: usize = 4096;

/// A question as it is sent.
pub(crate) struct Request<'q, T> {
    /// The hash of what is asked.
    pub(crate) key: AnswerKey,
    /// The body in a form.
    pub(crate) body: &'q dyn Fn(RequestForm) -> Value,
    /// Reads the body of a reply.
    pub(crate) read: fn(&[u8]) -> ModelReply<T>,
    /// Notes on disk what is about to be sent; `false` if the run is over.
    pub(crate) note: &'q dyn Fn(SentRequest) -> bool,
}

/// The outcome of all tries of one question.
pub(crate) enum Outcome<T> {
    Answered(T, Box<Reply>),
    Failed(Fault),
    /// The run ended before there was an answer. `is_open`: one may have been on its way.
    Ended {
        is_open: bool,
    },
}

/// The rest of a reply with an answer.
pub(crate) struct Reply {
    pub(crate) model: String,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
    pub(crate) raw: String,
}

/// A fault with its kind, by which faults are alike.
pub(crate) struct Fault {
    kind: String,
    pub(crate) message: String,
    /// The beginning of the reply.
    pub(crate) raw: String,
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

/// The form of requests, which changes when the server refuses it.
struct LearnedForm {
    form: RequestForm,
    /// Whether an answer came in this form.
    is_proven: bool,
}

/// The outcome of one try.
enum Try<T> {
    Answered(T, Box<Reply>),
    Failed(Fault),
    Ended,
    /// Once more after a wait, or at once in another form.
    Again {
        fault: Fault,
        wait: Option<Duration>,
        at_once: bool,
    },
}

/// The tries of one question so far.
struct Tries {
    /// The replies, whatever they said: the next request is another one.
    replies: u32,
    /// Whether a request was sent and nothing came back.
    is_open: bool,
}

/// The sender of all questions of a run.
pub(crate) struct Sender<'r> {
    task: &'r AskTask<'r>,
    turns: Turns,
    spending: Spending,
    form: Mutex<LearnedForm>,
    /// The requests of earlier runs without an answer.
    unanswered: HashMap<AnswerKey, String>,
    /// The number of earlier runs in which a question had no usable answer.
    failures: HashMap<AnswerKey, u32>,
    /// The kind of the last faults, and how many there were in a row.
    alike: Mutex<(String, usize)>,
    end: Mutex<Option<AskEnd>>,
}

impl<'r> Sender<'r> {
    /// `form` is the one that the server is known to understand.
    pub(crate) fn new(
        task: &'r AskTask<'r>,
        form: Option<RequestForm>,
        unanswered: HashMap<AnswerKey, String>,
        failures: HashMap<AnswerKey, u32>,
    ) -> Self {
        Self {
            task,
            turns: Turns::new(task.settings.at_a_time),
            spending: Spending::new(task.settings.budget),
            form: Mutex::new(LearnedForm { form: form.unwrap_or_default(), is_proven: form.is_some() }),
            unanswered,
            failures,
            alike: Mutex::default(),
            end: Mutex::default(),
        }
    }

    pub(crate) fn task(&self) -> &'r AskTask<'r> {
        self.task
    }

    pub(crate) fn spending(&self) -> &Spending {
        &self.spending
    }

    /// The requests that may be on their way now.
    pub(crate) fn at_a_time(&self) -> usize {
        self.turns.at_a_time()
    }

    /// The form in which an answer came.
    pub(crate) fn proven_form(&self) -> Option<RequestForm> {
        let learned = self.form.lock();
        learned.is_proven.then_some(learned.form)
    }

    /// The end of the run, if it was not finished.
    pub(crate) fn end(&self) -> Option<AskEnd> {
        self.end.lock().clone()
    }

    /// Sends a question until it has an answer or none can come.
    pub(crate) fn send<T>(&self, request: &Request<'_, T>) -> Outcome<T> {
        let (control, retries) = (self.task.control, self.task.settings.retries);
        let mut tries = Tries { replies: self.replies_before(&request.key), is_open: false };
        let mut count = 0;
        loop {
            let (fault, wait, at_once) = match self.try_once(request, &mut tries) {
                Try::Failed(fault) => return self.failed(fault),
                Try::Ended => return Outcome::Ended { is_open: tries.is_open },
                Try::Answered(answer, reply) => {
                    self.alike.lock().1 = 0;
                    return Outcome::Answered(answer, reply);
                }
                Try::Again { fault, wait, at_once } => (fault, wait, at_once),
            };
            count += 1;
            if count >= retries.tries.max(1) {
                return self.failed(fault);
            }
            if wait.is_some_and(|wait| wait > self.task.settings.longest_asked_wait) {
                self.end_with(AskEnd::Faults(format!("the server asks for a long wait: {}", fault.message)));
                return Outcome::Ended { is_open: tries.is_open };
            }
            let own = retries.wait(count, random());
            if !at_once && !control.wait(wait.map_or(own, |wait| wait.max(own))) {
                return Outcome::Ended { is_open: tries.is_open };
            }
        }
    }

    /// Counts a fault, and ends the run after several alike in a row.
    fn failed<T>(&self, fault: Fault) -> Outcome<T> {
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

    fn try_once<T>(&self, request: &Request<'_, T>, tries: &mut Tries) -> Try<T> {
        let turn = loop {
            let Some(turn) = self.turns.take(self.task.control) else { return Try::Ended };
            match self.spending.begin_call() {
                Leave::Granted => break turn,
                Leave::Later => {}
                Leave::Never(ceiling) => {
                    self.end_with(AskEnd::Budget(ceiling));
                    return Try::Ended;
                }
            }
            drop(turn);
            self.task.control.wait(CEILING_WAIT);
        };
        let form = self.form.lock().form;
        let id = self.request_id(&request.key, form, tries.replies);
        let body = (request.body)(form).to_string().into_bytes();
        if !(request.note)(SentRequest { key: request.key, request: id.clone() }) {
            self.spending.end_call(None);
            return Try::Ended;
        }
        tries.is_open = true;
        let answer = self.task.server.post_once("v1/chat/completions", body, &id, &self.task.control.abandoned);
        let answer = match answer {
            Ok(answer) => answer,
            Err(fault) => {
                self.spending.end_call(None);
                tries.is_open = !matches!(fault, EndpointFault::Unreachable(_));
                if self.task.control.is_stopped() {
                    return Try::Ended;
                }
                return after(&turn, of_fault(&fault), None, Fault::new(fault_kind(&fault), fault.to_string()));
            }
        };
        tries.is_open = false;
        tries.replies += 1;
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
        let reply = (request.read)(&answer.body);
        self.spending.end_call(Some(reply.tokens));
        match reply.answer {
            Ok(content) => {
                turn.was_good();
                self.prove(form);
                let raw = String::from_utf8_lossy(&answer.body).into_owned();
                let (prompt_tokens, completion_tokens) = (reply.tokens.prompt, reply.tokens.completion);
                let model = if reply.model.is_empty() { self.task.model_id.to_owned() } else { reply.model };
                Try::Answered(content, Box::new(Reply { model, prompt_tokens, completion_tokens, raw }))
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
                    None => Try::Failed(fault),
                }
            }
        }
    }

    /// The id of a request: the same for the same question in the same form until a reply to it
    /// came, in whatever run, so that a server that knows ids answers it once.
    fn request_id(&self, key: &AnswerKey, form: RequestForm, replies: u32) -> String {
        let mut hash = Sha256::new();
        hash.update(key);
        hash.update(self.task.model.as_bytes());
        hash.update([0]);
        hash.update(form.words().as_bytes());
        let digest: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("tilejury-{digest}-{}-{replies}", self.failures.get(key).copied().unwrap_or_default())
    }

    /// The replies that an earlier run had before the request whose answer is not known.
    fn replies_before(&self, key: &AnswerKey) -> u32 {
        let last = self.unanswered.get(key).and_then(|id| id.rsplit('-').next()?.parse().ok());
        last.unwrap_or_default()
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
}

/// Concludes from a fault, and tells the turns whether the server has too much to do.
fn after<T>(turn: &Turn<'_>, conclusion: Conclusion, wait: Option<Duration>, fault: Fault) -> Try<T> {
    match conclusion {
        Conclusion::Never => Try::Failed(fault),
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
        EndpointFault::Unreachable(_) | EndpointFault::Connection(_) => "connection",
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
