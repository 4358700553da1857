//! Several annotators who judged the same rows: what each of them answered, where they differ, how
//! much they agree, and who settles it.
//!
//! Works on the answers of an audit, or on the judgements that count. Makes no events and stores
//! nothing.

mod against;
mod agreement;
mod contested;
mod differences;
mod rows;
mod skills;
mod words;

pub use against::{Against, Hits, adjudicated_rows, against_adjudicated, against_gold, against_oneself};
pub use agreement::{
    Agreement, AgreementFigures, Share, SharedRow, agreement_with_others, agreements, shared_with_others,
};
pub use contested::{ContestedRow, ContestedRows, contested_rows};
pub use differences::{Difference, DifferenceKind, HiddenAnswer, differences};
pub use rows::{Answered, AnsweredRow, AnsweredRows, Counted};
pub use skills::{LikelyTile, Skill, Skills};
