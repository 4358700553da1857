//! What a person says about a dataset: judgements, their history and sidecar, the queue, statistics, export.
//!
//! Builds on the data crate. No window, no terminal, no home directory, no environment: who calls says where things
//! are. The rules of judging are pure; only [`sidecar`], [`external`], [`export`], [`check`] and
//! what is kept of tiles in [`suspicion::fingerprints`] touch files.

mod answers;
pub mod check;
pub mod decisions;
pub mod event;
pub mod export;
pub mod external;
mod hash;
pub mod history;
pub mod interchange;
pub mod interval;
pub mod judgement;
pub mod likeness;
pub mod merge;
pub mod origin;
pub mod orphans;
pub mod pace;
mod parallel;
pub mod propagation;
pub mod queue;
pub mod same_query;
pub mod search;
pub mod session;
pub mod sidecar;
pub mod stats;
pub mod suspicion;
pub mod text;
mod text_enum;
mod time;

pub use tilejury_data::progress;

pub use answers::Conflict;
pub use event::{Event, StepId};
pub use judgement::{FieldChange, Judgement, Judgements, Reason, Relevance, Verdict};
pub use origin::{Confirmation, Origin, Origins, Selection};
pub use session::{Applied, AuditSession, CarriedMark, JudgeAction};
pub use sidecar::{Sidecar, SidecarError};
pub use time::{Timestamp, now};
