//! The project's tasks: machine set-up, a virtual screen, the demo tour, packages.
//!
//! `main` is the command line; whole-program tests use [`screen`].

mod address_pictures;
mod audit_pictures;
pub mod deny;
pub mod dist;
pub mod docs;
mod hub;
pub mod licences;
pub mod look;
mod loopback;
mod model;
mod model_pictures;
pub mod packages;
pub mod pictures;
pub mod python_tests;
pub mod screen;
pub mod servers;
mod story;
mod team_pictures;
pub mod timings;
mod tools;
pub mod tour;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The result of a task; the error is a sentence for a person.
pub type Result<T> = std::result::Result<T, String>;

/// The workspace's folder.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_owned()
}

/// The standard output of a command.
///
/// # Errors
/// If it cannot be started or fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command and shows its output.
///
/// # Errors
/// If it cannot be started or its exit code is not 0.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

/// A command for cargo in the workspace's folder: the cargo that runs this task, if one does.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    as_from_a_shell(&mut command);
    command
}

/// Removes what cargo tells the programs that it runs, such as the name of their package. Some
/// crates have a build script that runs again when that differs: they and all that use them would
/// be compiled again for each caller.
pub(crate) fn as_from_a_shell(command: &mut Command) {
    let names = std::env::vars_os().map(|(name, _)| name);
    let of_a_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    names.filter(|name| name.to_str().is_some_and(of_a_package)).for_each(|name| _ = command.env_remove(name));
}

/// Selects the whole workspace, although one program is built. Beside an example, which may use the
/// crates of tests, cargo then takes the crates as `cargo test --workspace` has built them, instead
/// of building them again with fewer features.
const AS_TESTED: [&str; 2] = ["--workspace", "--locked"];
const EXAMPLE_TABLES: &str = "random_tables";

/// Builds the program and returns its path.
///
/// # Errors
/// If it does not build.
pub fn build(release: bool) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--quiet", "--bin", "tilejury"]);
    if release {
        build.args(["--release", "--package", "tilejury-cli"]);
    } else {
        build.args(AS_TESTED).args(["--example", EXAMPLE_TABLES]);
    }
    run(&mut build)?;
    Ok(built(if release { "release" } else { "debug" }, "tilejury"))
}

/// Builds the example of `crates/stats` that prints random tables, and returns its path.
///
/// # Errors
/// If it does not build.
pub fn build_tables() -> Result<PathBuf> {
    run(cargo().args(["build", "--quiet"]).args(AS_TESTED).args(["--example", EXAMPLE_TABLES]))?;
    Ok(built("debug/examples", EXAMPLE_TABLES))
}

/// Builds the example of `crates/bench` that prints requests and replies of models, and returns its
/// path.
///
/// # Errors
/// If it does not build.
pub fn build_simulated_model() -> Result<PathBuf> {
    run(cargo().args(["build", "--quiet"]).args(AS_TESTED).args(["--example", "simulated_model"]))?;
    Ok(built("debug/examples", "simulated_model"))
}

/// The path of a built program in a folder of the target folder.
fn built(folder: &str, name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    root().join(target).join(folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
