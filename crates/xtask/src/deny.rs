//! `cargo xtask deny`: checks all dependencies against `deny.toml` with `cargo-deny`, which is
//! installed below `target`.
//!
//! Licences, versions and sources are checked from local data. Known vulnerabilities are listed in
//! a repository that not every machine reaches: if it cannot be fetched, a message says so and
//! nothing fails.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

use std::path::Path;
use std::process::Command;

use crate::tools::installed;
use crate::{Result, root, run};

/// The version of `cargo-deny`: another one may find other things in the same crates.
const VERSION: &str = "0.20.2";

/// Checks everything that can be checked here.
///
/// # Errors
/// If a problem is found or `cargo-deny` cannot be installed.
pub fn check() -> Result<()> {
    let program = installed("cargo-deny", VERSION, &[])?;
    // Entries of `deny.toml` that no longer apply must be removed.
    run(deny(&program).args(["check", "--deny", "warnings", "licenses", "bans", "sources"]))?;
    let fetched = deny(&program)
        .args(["fetch", "db"])
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .map_err(|error| error.to_string())?;
    if !fetched.status.success() {
        let errors = String::from_utf8_lossy(&fetched.stderr);
        let reason = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason was given").trim();
        println!("Not checked: known vulnerabilities (advisories), because their list cannot be fetched: {reason}");
        return Ok(());
    }
    run(deny(&program).args(["--offline", "check", "advisories"]))
}

fn deny(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}
