//! Audits: stored plans with rows that were drawn at random before the first of them was judged,
//! the answers to them, and the rates that follow.
//!
//! The answers of an audit are kept apart from the judgements that count, so no order of looking,
//! filtering or accepting in bulk changes what it counts. Everything is stored as events: the step
//! that draws the rows holds the plan. Makes and reads events; stores none.

mod acceptance;
mod answer;
mod begin;
mod by_machine;
mod machine_words;
mod of_export;
mod plan;
mod status;
mod stored;
mod words;

pub use acceptance::{AcceptanceError, BulkAcceptance, accept_set, plan_rows_to_accept, undo_acceptance};
pub use answer::{RowAnswer, Say};
pub use begin::{Draw, begin, draw, plan_rows_below, random_seed};
pub use by_machine::{ByMachine, ByMachineFigures, MachineWord, WordFigures};
pub use machine_words::{MachineRule, draw_by_word};
pub use of_export::OfExport;
pub use plan::{Acceptance, AuditPlan, Below, PlanError};
pub use status::{
    AcceptanceFigures, AuditStatus, BelowFigures, NegativesFigures, RateFigures, RunningFigures, UnsureFigures,
};
pub use stored::{AcceptedSet, Audit, audits};
