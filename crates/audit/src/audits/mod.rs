//! Audits: stored plans with rows that were drawn at random before the first of them was judged,
//! the answers to them, and the rates that follow.
//!
//! The answers of an audit are kept apart from the judgements that count, so no order of looking,
//! filtering or accepting in bulk changes what it counts. Everything is stored as events: the step
//! that draws the rows holds the plan. Makes and reads events; stores none.

mod answer;
mod answering;
mod begin;
mod order;
mod plan;
mod status;
mod stored;
mod words;

pub use answer::{RowAnswer, Say};
pub use answering::Answering;
pub use begin::{Draw, begin, draw, mix_gold, plan_rows_below, random_seed};
pub use order::{ROWS_BETWEEN, ShownKind, ShownRow};
pub use plan::{AuditPlan, Below, PlanError};
pub use status::{AuditStatus, BelowFigures, NegativesFigures, RateFigures, RunningFigures, UnsureFigures};
pub use stored::{Audit, audits};
