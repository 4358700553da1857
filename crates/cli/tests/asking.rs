//! Questions to a model at an endpoint, through the program and against a simulated server:
//! what is sent, what is stored, and what faults do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

#[path = "asking/changed.rs"]
mod changed;
#[path = "asking/common.rs"]
mod common;
#[path = "asking/faults.rs"]
mod faults;
#[path = "asking/filters.rs"]
mod filters;
#[path = "asking/first.rs"]
mod first;
#[path = "asking/forms.rs"]
mod forms;
#[path = "asking/inputs.rs"]
mod inputs;
// On other systems the test would write to the keyring of the person who runs it.
#[cfg(target_os = "linux")]
#[path = "asking/key.rs"]
mod key;
#[path = "asking/lost.rs"]
mod lost;
#[path = "asking/order.rs"]
mod order;
#[path = "asking/program.rs"]
mod program;
#[path = "asking/resume.rs"]
mod resume;
#[path = "asking/second.rs"]
mod second;
