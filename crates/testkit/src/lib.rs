//! Writes small datasets for tests, broken ones too, and measures colours. Knows the formats but
//! none of the program's crates, so that its output does not share their mistakes.

#![allow(clippy::expect_used, clippy::panic, missing_docs, reason = "a fixture that cannot be made is a failed test")]

pub mod contrast;
pub mod fuzz;
pub mod mutate;
pub mod page;
pub mod picture;
pub mod properties;
pub mod servers;
pub mod set;
pub mod tarball;
pub mod web_server;

pub use page::Page;
pub use set::{Row, Set};
pub use tarball::Tarball;
pub use web_server::WebServer;
