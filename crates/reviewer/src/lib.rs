//! A model at an endpoint as a reviewer: it gets a tile and a query, copies the words that answer
//! the query, and gives a grade from 0 to 3.
//!
//! Owns the requests ([`ModelServer`]), the rubric, the conduct of the client (waits, retries,
//! several requests at a time, ceilings) and the controls that measure the model. The answers are
//! stored by [`tilejury_audit::external`], never as judgements. Every function here blocks; none
//! draws, reads the environment or opens a connection that the caller did not give an address for.

mod answer;
mod ask;
mod budget;
mod chat;
mod comparing;
mod comparison;
mod conduct;
mod control;
mod controls;
mod fault;
mod first_stage;
mod key;
mod keys;
mod learned_form;
mod picture;
mod plan;
mod prompt;
mod reviewing;
mod score_reply;
mod scoring;
mod sender;
mod server;
mod stage;
mod task;
mod text_windows;
mod turns;

pub use answer::{AnswerFault, Graded, ModelReply, TokenUse, read_reply};
pub use ask::ask;
pub use budget::{Budget, Estimate, Prices, Spending, Spent};
pub use chat::{ReplyFormat, RequestForm, Thoughts, request_body};
pub use comparison::{comparison_body, read_comparison};
pub use conduct::Retries;
pub use control::{AskControl, AskObserver, AskProgress};
pub use controls::{
    ControlEstimate, ModelControls, all_controls, estimate_both_stages, estimate_controls, model_controls,
};
pub use first_stage::{ChosenCounts, choose, score_row};
pub use key::answer_key;
pub use picture::{Picture, tile_picture};
pub use plan::{AskPlan, PlannedQuestion, plan};
pub use prompt::{PROMPT_VERSION, RUBRIC};
pub use scoring::{ScoreError, ScoreKind, Scored, Scorer};
pub use server::{ModelServer, model_id};
pub use task::{AskEnd, AskError, AskSettings, AskSummary, AskTask, SecondSummary};
pub use tilejury_network::{EndpointAnswer, EndpointClient, EndpointError, EndpointFault};
