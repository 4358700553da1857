//! `cargo xtask deny`: what the program is made of, held against `deny.toml` by `cargo-deny`, which is installed below `target`.
//!
//! Licences, versions and sources are told by what lies here. Known faults of crates are listed in a repository that not every
//! machine reaches: where it cannot be fetched, that is said and nothing fails.

#![allow(clippy::print_stdout, reason = "a chore talks to the person who started it")]

use std::path::Path;
use std::process::Command;

use crate::tools::installed;
use crate::{Result, root, run};

/// Which `cargo-deny`: another one may find other things in the same crates.
const VERSION: &str = "0.20.2";

/// Checks everything that can be checked here.
///
/// # Errors
/// When something is found, or `cargo-deny` cannot be had.
pub fn check() -> Result<()> {
    let program = installed("cargo-deny", VERSION, &[])?;
    // What `deny.toml` says and what is not so any more is to leave it.
    run(deny(&program).args(["check", "--deny", "warnings", "licenses", "bans", "sources"]))?;
    let fetched = deny(&program)
        .args(["fetch", "db"])
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .map_err(|error| error.to_string())?;
    if !fetched.status.success() {
        let said = String::from_utf8_lossy(&fetched.stderr);
        let why = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason was given").trim();
        println!("Not checked: known faults of crates (advisories), since their list cannot be fetched here: {why}");
        return Ok(());
    }
    run(deny(&program).args(["--offline", "check", "advisories"]))
}

fn deny(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}
