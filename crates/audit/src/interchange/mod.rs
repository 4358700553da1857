//! Judgements as lines of JSON: what `tilejury judge` reads and `tilejury judgements` prints.
//!
//! A sample is named by `split` and `line`, or by `query` and `chunk_path`. If a line has both, the
//! query and path identify the sample, because line numbers change and these do not; split and line
//! then distinguish exact repeats. Reading is all or nothing, and each bad line is named.

mod fields;
mod of_audit;
mod print;
mod read;

pub use fields::{AUDIT_FIELD, EVENT_FIELDS, JUDGEMENT_FIELDS};
pub use of_audit::{answers_of, current_of_audit, history_of_audit};
pub use print::{current, history};
pub use read::{BadLine, ImportDefaults, JudgementImport, read};
