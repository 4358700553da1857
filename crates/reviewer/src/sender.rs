//! One question on its way to an answer: turns, ceilings, requests, retries, and the end of a run
//! after several faults alike.
//!
//! Knows no question and stores nothing: a caller gives the body, reads the reply, and notes on
//! disk that a request is about to be sent.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tilejury_audit::external::{AnswerKey, KeptReply, SentRequest};
use tilejury_data::hash::hexadecimal;
use tilejury_network::{EndpointAnswer, EndpointFault};

use crate::answer::{AnswerFault, ModelReply, TokenUse};
use crate::budget::{Leave, Spending};
use crate::chat::RequestForm;
use crate::conduct::{Conclusion, of_fault, of_status};
use crate::fault::Fault;
use crate::learned_form::LearnedForm;
use crate::task::{AskEnd, AskTask};
use crate::turns::{Turn, Turns};

/// The time after which a call that could pass a ceiling is considered again.
const CEILING_WAIT: Duration = Duration::from_millis(20);

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
pub(crate) enum Outcome<'s, T> {
    /// The turn ends once the answer is on its way to the disk: requests without a stored answer
    /// are never more than turns.
    Answered(T, Box<Reply>, Turn<'s>),
    /// No try had a usable answer. `is_open`: one that nobody received may be on its way.
    Failed { fault: Fault, is_open: bool },
    /// The run ended before there was an answer. `is_open` as above.
    Ended { is_open: bool },
}

/// The rest of a reply with an answer.
pub(crate) struct Reply {
    model: String,
    tokens: TokenUse,
    raw: String,
}

impl Reply {
    /// The reply as it is stored: what was asked, whom, and with which version of the prompt.
    pub(crate) fn kept(self, key: AnswerKey, task: &AskTask<'_>, prompt: &str) -> KeptReply {
        KeptReply {
            key,
            endpoint: task.server.address().to_owned(),
            model: self.model,
            prompt: prompt.to_owned(),
            prompt_tokens: self.tokens.prompt,
            completion_tokens: self.tokens.completion,
            raw: self.raw,
        }
    }
}

/// The outcome of one try.
enum Try<'s, T> {
    Answered(T, Box<Reply>, Turn<'s>),
    Failed(Fault),
    Ended,
    /// Once more after a wait, or at once in another form.
    Again {
        fault: Fault,
        wait: Option<Duration>,
        at_once: bool,
    },
}

/// The tries of one question so far, with the last request of an earlier run.
struct Tries {
    /// The earlier runs in which the question had no usable answer, as its id counts them.
    failures: u32,
    /// The replies, whatever they said: the next request is another one.
    replies: u32,
    /// Whether nothing came back for the last request that was sent: it may be paid.
    is_open: bool,
}

/// The sender of all questions of a run.
pub(crate) struct Sender<'r> {
    task: &'r AskTask<'r>,
    turns: Turns,
    spending: Spending,
    form: LearnedForm,
    /// The requests of earlier runs without an answer.
    unanswered: HashMap<AnswerKey, String>,
    /// The number of earlier runs in which a question had no usable answer.
    failures: HashMap<AnswerKey, u32>,
    /// The requests that were sent again after one whose reply never came.
    repeated: AtomicUsize,
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
            spending: Spending::after(task.settings.budget, task.settings.spent),
            form: LearnedForm::new(form),
            unanswered,
            failures,
            repeated: AtomicUsize::new(0),
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

    /// The requests so far that were sent again after one whose reply never came, in this run or an
    /// earlier one. A server may have counted both.
    pub(crate) fn repeated(&self) -> usize {
        self.repeated.load(Ordering::Relaxed)
    }

    /// The requests that may be on their way now.
    pub(crate) fn at_a_time(&self) -> usize {
        self.turns.at_a_time()
    }

    /// The form in which an answer came.
    pub(crate) fn proven_form(&self) -> Option<RequestForm> {
        self.form.proven()
    }

    /// The end of the run, if it was not finished.
    pub(crate) fn end(&self) -> Option<AskEnd> {
        self.end.lock().clone()
    }

    /// Sends a question until it has an answer or none can come.
    pub(crate) fn send<T>(&self, request: &Request<'_, T>) -> Outcome<'_, T> {
        let (control, retries) = (self.task.control, self.task.settings.retries);
        let mut tries = self.tries_before(&request.key);
        let mut count = 0;
        loop {
            let (fault, wait, at_once) = match self.try_once(request, &mut tries) {
                Try::Failed(fault) => return self.failed(fault, &tries),
                Try::Ended => return Outcome::Ended { is_open: tries.is_open },
                Try::Answered(answer, reply, turn) => {
                    self.alike.lock().1 = 0;
                    return Outcome::Answered(answer, reply, turn);
                }
                Try::Again { fault, wait, at_once } => (fault, wait, at_once),
            };
            count += 1;
            if count >= retries.tries.max(1) {
                return self.failed(fault, &tries);
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
    fn failed<T>(&self, fault: Fault, tries: &Tries) -> Outcome<'_, T> {
        let mut alike = self.alike.lock();
        *alike = if alike.0 == fault.kind { (fault.kind.clone(), alike.1 + 1) } else { (fault.kind.clone(), 1) };
        if alike.1 >= self.task.settings.faults_alike.max(1) {
            self.end_with(AskEnd::Faults(format!("{} times in a row: {}", alike.1, fault.message)));
        }
        Outcome::Failed { fault, is_open: tries.is_open }
    }

    fn end_with(&self, end: AskEnd) {
        self.end.lock().get_or_insert(end);
        self.task.control.stop();
    }

    fn try_once<T>(&self, request: &Request<'_, T>, tries: &mut Tries) -> Try<'_, T> {
        let Some((turn, form)) = self.take_turn() else { return Try::Ended };
        let id = self.request_id(&request.key, form, tries);
        let body = (request.body)(form).to_string().into_bytes();
        if !(request.note)(SentRequest { key: request.key, request: id.clone() }) {
            self.spending.end_call(None);
            return Try::Ended;
        }
        let path = "v1/chat/completions";
        let answer = self.task.server.post(path, body, Some(&id), &self.task.control.abandoned);
        // A server that was not reached received nothing, and one before it is open still.
        if !matches!(answer, Err(EndpointFault::Unreachable(_))) {
            self.repeated.fetch_add(usize::from(tries.is_open), Ordering::Relaxed);
            tries.is_open = !matches!(answer, Ok(_) | Err(EndpointFault::TooLong));
        }
        match answer {
            Err(fault) => {
                self.spending.end_call(None);
                if self.task.control.is_stopped() {
                    return Try::Ended;
                }
                after(&turn, of_fault(&fault), None, Fault::of_connection(&fault))
            }
            Ok(reply) => {
                tries.replies += 1;
                match reply.status {
                    200 => self.of_success(turn, form, request, &reply.body),
                    _ => self.of_refusal(&turn, form, &reply),
                }
            }
        }
    }

    /// Waits until a request may be sent, by the turns and by the ceilings, and returns its form;
    /// `None` if the run ends.
    fn take_turn(&self) -> Option<(Turn<'_>, RequestForm)> {
        loop {
            let turn = self.turns.take(self.task.control)?;
            let form = self.form.now();
            match self.spending.begin_call(form.tokens_for_thoughts()) {
                Leave::Granted => return Some((turn, form)),
                Leave::Later => {}
                Leave::Never(ceiling) => {
                    self.end_with(AskEnd::Budget(ceiling));
                    return None;
                }
            }
            drop(turn);
            self.task.control.wait(CEILING_WAIT);
        }
    }

    /// Concludes from a reply with a status that is no success.
    fn of_refusal<T>(&self, turn: &Turn<'_>, form: RequestForm, reply: &EndpointAnswer) -> Try<'_, T> {
        self.spending.end_call(None);
        let fault = Fault::of_status(reply);
        let has_other_form = match reply.status {
            400 | 422 => self.form.refused(form, &fault.message),
            // A part that only some models may be asked for.
            403 => self.form.refused_part(form, &fault.message),
            _ => false,
        };
        if has_other_form {
            return Try::Again { fault, wait: None, at_once: true };
        }
        after(turn, of_status(reply.status), reply.wait, fault)
    }

    /// Reads a reply that should have an answer.
    fn of_success<'s, T>(
        &'s self,
        turn: Turn<'s>,
        form: RequestForm,
        request: &Request<'_, T>,
        body: &[u8],
    ) -> Try<'s, T> {
        let reply = (request.read)(body);
        self.spending.end_call(Some(reply.tokens));
        match reply.answer {
            Ok(content) => {
                turn.was_good();
                self.form.prove(form);
                let raw = String::from_utf8_lossy(body).into_owned();
                let model = if reply.model.is_empty() { self.task.model_id.to_owned() } else { reply.model };
                Try::Answered(content, Box::new(Reply { model, tokens: reply.tokens, raw }), turn)
            }
            Err(wrong) => {
                let fault = Fault::of_answer(&wrong, body);
                if wrong.may_pass() {
                    return after(&turn, Conclusion::Later { is_busy: false }, None, fault);
                }
                let has_other_form = match wrong {
                    AnswerFault::CutInThoughts => self.form.cut_in_thoughts(form),
                    _ => wrong.is_of_form() && self.form.misunderstood(form),
                };
                match has_other_form {
                    true => Try::Again { fault, wait: None, at_once: true },
                    false => Try::Failed(fault),
                }
            }
        }
    }

    /// The id of a request: the same for the same question in the same form until a reply to it
    /// came, in whatever run, so that a server that knows ids answers it once.
    fn request_id(&self, key: &AnswerKey, form: RequestForm, tries: &Tries) -> String {
        let mut hash = Sha256::new();
        hash.update(key);
        hash.update(self.task.model.as_bytes());
        hash.update([0]);
        hash.update(form.words().as_bytes());
        let digest = hexadecimal(&hash.finalize()[..16]);
        format!("tilejury-{digest}-{}-{}", tries.failures, tries.replies)
    }

    /// The tries of a question before this run sends it: none, or what the id tells of a request
    /// whose reply never came.
    fn tries_before(&self, key: &AnswerKey) -> Tries {
        let open = self.unanswered.get(key);
        let mut numbers = open.iter().flat_map(|id| id.rsplit('-')).map_while(|number| number.parse().ok());
        let replies = numbers.next().unwrap_or_default();
        let failures = numbers.next().or_else(|| self.failures.get(key).copied()).unwrap_or_default();
        Tries { failures, replies, is_open: open.is_some() }
    }
}

/// Concludes from a fault, and tells the turns whether the server has too much to do.
fn after<'s, T>(turn: &Turn<'_>, conclusion: Conclusion, wait: Option<Duration>, fault: Fault) -> Try<'s, T> {
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

/// A number from 0 to 1 that differs from thread to thread and from call to call.
fn random() -> f64 {
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}
