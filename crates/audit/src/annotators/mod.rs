//! Several annotators who judged the same rows: where they differ, without their names.
//!
//! Works on the answers of an audit. Makes no events and stores nothing.

mod differences;
mod rows;

pub use differences::{Difference, DifferenceKind, HiddenAnswer, differences};
pub use rows::{Answered, AnsweredRow, AnsweredRows, Counted};
