//! Rust programs that tasks use, each in a fixed version, installed below `target/tools` by cargo.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, cargo, root, run};

/// Returns the program of a crate with the same name. The first call builds it with these options
/// of `cargo install`, which takes a minute or more.
///
/// # Errors
/// If cargo cannot install it.
pub(crate) fn installed(name: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let tools = root().join("target").join("tools");
    let program = tools.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !has_version(&program, version) {
        println!("Installing {name} {version} below target/tools; this is done once and takes a minute or more.");
        // It runs for seconds, so optimising would take more time than it saves.
        let install = ["install", name, "--version", version, "--locked", "--debug", "--force", "--quiet", "--root"];
        run(cargo().args(install).arg(&tools).args(options))?;
    }
    Ok(program)
}

fn has_version(program: &Path, version: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim().ends_with(version))
}
