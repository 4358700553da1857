//! A run: the settings, what it is asked to do, its two stages, and its counts. A run that ended in
//! any way goes on where it was: only what has no answer is asked.

use std::time::Duration;

use thiserror::Error;
use tilejury_audit::external::ExternalStore;
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::{Dataset, TilePath};

use crate::budget::Budget;
use crate::chat::RequestForm;
use crate::comparing::Comparing;
use crate::conduct::Retries;
use crate::control::{AskControl, AskObserver};
use crate::plan::AskPlan;
use crate::reviewing::Reviewing;
use crate::sender::Sender;
use crate::server::ModelServer;
use crate::stage::Running;

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
    /// Whether doubtful tiles are compared with their positive.
    pub second_stage: bool,
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
            second_stage: false,
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

/// The counts of the second stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondSummary {
    /// Comparisons that were asked, each once.
    pub asked: usize,
    /// Those with an answer.
    pub answered: usize,
    /// Those without a usable answer.
    pub failed: usize,
    /// The doubtful tiles.
    pub doubtful: usize,
    /// Those that answer the query, at the same place in both orders.
    pub confirmed: usize,
    /// Those whose place depends on the order.
    pub order_dependent: usize,
    /// Those that do not answer the query in any order.
    pub rejected: usize,
}

/// The counts of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskSummary {
    /// Questions of the first stage that were asked, each once.
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
    /// The second stage.
    pub second: SecondSummary,
    /// Requests of earlier runs, to this server, that may have been paid without an answer.
    pub unanswered_before: usize,
    /// The same at the end of this run: those on their way when it gave up, or when an earlier one
    /// was killed and this one did not ask again.
    pub unanswered: usize,
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

/// Asks the questions of a plan that have no answer yet, and stores every answer as it comes; then,
/// if the settings say so, compares the doubtful tiles. Blocks until all are done or the run ends;
/// what was stored until then stays.
///
/// # Errors
/// When the file of answers cannot be read or written.
pub fn ask(task: &AskTask<'_>, store: &mut ExternalStore, observer: &dyn AskObserver) -> Result<AskSummary, AskError> {
    let address = task.server.address();
    let form = store.known_form(address, task.model)?.map(|words| RequestForm::of_words(&words));
    let unanswered = store.unanswered_requests(address)?;
    let unanswered_before = unanswered.len();
    let sender = Sender::new(task, form, unanswered, store.failures_by_key()?);
    let first = Running::new(&sender, &Reviewing(task), store.answer_keys()?, 0).run(store, observer)?;
    let mut summary = AskSummary {
        asked: first.asked,
        answered: first.answered,
        verified: first.verified,
        failed: first.failed,
        known: first.known,
        unreadable: first.unreadable,
        failures: first.failures,
        unanswered_before,
        ..AskSummary::default()
    };
    if task.settings.second_stage && !task.control.is_stopped() {
        compare(&sender, store, observer, &mut summary)?;
    }
    if let Some(learned) = sender.proven_form().filter(|learned| Some(*learned) != form) {
        store.store_form(address, task.model, &learned.words())?;
    }
    summary.unanswered = store.unanswered_requests(address)?.len();
    summary.calls = sender.spending().calls();
    summary.tokens = sender.spending().tokens().all();
    summary.cost = sender.spending().cost();
    summary.end = match sender.end() {
        Some(end) => end,
        None if task.control.is_stopped() => AskEnd::Stopped,
        None => AskEnd::Finished,
    };
    Ok(summary)
}

/// Runs the second stage.
fn compare(
    sender: &Sender<'_>,
    store: &mut ExternalStore,
    observer: &dyn AskObserver,
    summary: &mut AskSummary,
) -> Result<(), SidecarError> {
    let task = sender.task();
    let comparing = Comparing::of_plan(task, store)?;
    if comparing.is_empty() {
        return Ok(());
    }
    let counts =
        Running::new(sender, &comparing, store.comparison_keys()?, task.plan.questions.len()).run(store, observer)?;
    summary.second.asked = counts.asked;
    summary.second.answered = counts.answered;
    summary.second.failed = counts.failed;
    summary.failures.extend(counts.failures);
    let known: Vec<TilePath> = summary.unreadable.iter().map(|(tile, _)| tile.clone()).collect();
    summary.unreadable.extend(counts.unreadable.into_iter().filter(|(tile, _)| !known.contains(tile)));
    comparing.count(store, &mut summary.second)
}
