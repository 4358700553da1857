//! The audit of a dataset: judgements, their history and sidecar, the queue, statistics, export.
//!
//! Builds on the data crate. No window, no terminal, no home directory, no environment: the caller
//! passes all paths. The rules of judging are pure; only [`sidecar`], [`external`], [`export`],
//! [`check`], [`index_files`] and the cache of [`suspicion::fingerprints`] touch files.

pub mod annotators;
mod answers;
pub mod assignments;
pub mod audit_report;
pub mod audits;
pub mod catch_panic;
pub mod check;
mod current_origins;
pub mod decisions;
pub mod disk;
pub mod download;
pub mod event;
pub mod exchange;
pub mod export;
pub mod external;
pub mod facets;
pub mod history;
pub mod index_files;
pub mod interchange;
pub mod interval;
pub mod judgement;
mod judging;
pub mod looks;
pub mod merge;
pub mod origin;
pub mod orphans;
pub mod overview;
pub mod pace;
mod parallel;
mod pass_id;
pub mod problem_kind;
pub mod propagation;
pub mod queue;
pub mod report;
pub mod role;
mod round;
pub mod scan;
pub mod search;
pub mod second_pass;
pub mod session;
pub mod sidecar;
pub mod stats;
mod step;
pub mod suspicion;
pub mod text;
mod text_enum;
pub mod tile_order;
mod time;
mod visible;

pub use tilejury_data::progress;

pub use answers::Conflict;
pub use current_origins::CurrentOrigins;
pub use event::Event;
pub use judgement::{FieldChange, Judgement, Judgements, Reason, Relevance, Verdict};
pub use looks::{Look, Looks};
pub use origin::{Confirmation, Origin, Selection};
pub use pass_id::{KeptJudgement, PassId, Settlement};
pub use round::Round;
pub use session::{
    ActionEffect, AuditSession, CarriedMark, FinishedStep, JudgeAction, LongStep, Refusal, RowsAction, TileMark,
};
pub use sidecar::{Sidecar, SidecarError};
pub use step::StepId;
pub use text_enum::TextEnum;
pub use time::{Timestamp, now};
pub use visible::{Shown, Visible};
