//! `tilejury bench ask`: a run of questions to a stand-in for a model, whose sensitivity,
//! specificity, delay and faults are known: the time beside the least that is possible, what was
//! asked twice, and whether the controls find what is known.

mod stand_in;

pub use stand_in::{Asked, Decide, Exchange, StandIn, StandInReply};
