//! The words of a run: its settings, inputs, counts and ends. Runs nothing.

use std::time::Duration;

use thiserror::Error;
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::{Dataset, TilePath};

use crate::budget::{Budget, Spent};
use crate::conduct::Retries;
use crate::control::AskControl;
use crate::plan::AskPlan;
use crate::server::ModelServer;

/// The settings of a run.
#[derive(Clone, Debug)]
pub struct AskSettings {
    /// The most requests at a time.
    pub at_a_time: usize,
    /// The ceilings.
    pub budget: Budget,
    /// The part of the budget that was spent before the questions, by the scores that chose them.
    pub spent: Spent,
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
            spent: Spent::default(),
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
    /// Requests of this run that were sent again after one whose reply never came, in whatever run:
    /// a server may have counted both.
    pub repeated: usize,
    /// The requests that were sent, repeated ones and those for scores too.
    pub calls: u64,
    /// Their tokens, as the server counted them.
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
