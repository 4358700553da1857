//! Writes small datasets, broken ones too, for tests. Knows the formats and none of the program's crates: what it
//! writes must not agree with the reader by sharing its mistakes.

#![allow(clippy::expect_used, clippy::panic, missing_docs, reason = "a fixture that cannot be made is a failed test")]

pub mod fuzz;
pub mod mutate;
pub mod picture;
pub mod set;
pub mod tarball;

pub use set::{Row, Set};
pub use tarball::Tarball;
