//! Audits: stored plans with rows that were drawn at random before the first of them was judged,
//! the answers to them, and the rates that follow.
//!
//! The answers of an audit are kept apart from the judgements that count, so no order of looking,
//! filtering or accepting in bulk changes what it counts. Everything is stored as events: the step
//! that draws the rows holds the plan. Makes and reads events; stores none.

mod acceptance;
mod acceptance_words;
mod accepted_set;
mod adjudicated;
mod adjudicators;
mod answer;
mod answering;
mod bands;
mod begin;
mod bulk_acceptance;
mod by_machine;
mod by_suspicion;
mod changed;
mod content;
mod continued;
mod counted;
mod figures;
mod gold;
mod guideline;
mod machine_words;
mod may_answer;
mod named;
mod of_export;
mod order;
mod outlook;
mod parts;
mod plan;
mod plan_error;
mod plan_words;
mod read_events;
mod sizes;
mod status;
mod stored;
mod suspicion_order;
mod tile_acceptance;
mod tile_draw;
mod tile_rule;
mod tile_set;
mod tile_word;
mod words;

pub use acceptance::{accept_set, undo_acceptance};
pub use accepted_set::AcceptedSet;
pub use adjudicators::AdjudicatedRow;
pub use answer::{RowAnswer, Say, answers_tiles};
pub use answering::Answering;
pub use bands::{Bands, First, Saving};
pub(crate) use begin::events as draw_events;
pub use begin::{Draw, begin, draw, plan_rows_below, random_seed, records};
pub use bulk_acceptance::{AcceptanceError, BulkAcceptance, FoundSet, units_to_accept};
pub use by_machine::{ByMachine, ByMachineFigures, MachineWord, WordFigures};
pub use by_suspicion::{Suspicion, draw_by_suspicion};
pub use content::RowContents;
pub use continued::Continues;
pub use figures::{
    AcceptanceFigures, BandFigures, BandsFigures, BelowFigures, FirstFigures, NegativesFigures, RateFigures,
    RunningFigures, TileFigures, UnsureFigures,
};
pub use gold::mix_gold;
pub use guideline::Guideline;
pub use machine_words::{MachineRule, draw_by_word};
pub use named::{AuditNameError, audit_at};
pub use of_export::OfExport;
pub use order::{ROWS_BETWEEN, ShownKind, ShownRow};
pub use plan::{Acceptance, AuditPlan, Below, USUAL_OVERLAP, WRONG_UP_TO};
pub use plan_error::PlanError;
pub use read_events::{add_events, audits, draws_of};
pub use sizes::{AuditSize, EXPECTED_RATES, audit_size, audit_sizes};
pub use status::AuditStatus;
pub use stored::Audit;
pub use suspicion_order::SuspicionOrder;
pub use tile_draw::draw_tiles;
pub use tile_rule::{Bound, SetTile, TileRule};
pub use tile_set::{DrawnTile, TileSet};
pub use tile_word::TileWord;
pub use tilejury_stats::Level;

pub(crate) use figures::Intervals;
pub(crate) use words::{percent, whatever};
