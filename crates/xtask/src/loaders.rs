//! The test of exports with the programs that load them: `tests/loaders/run.sh`, if Python is
//! available.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

use std::path::Path;
use std::process::Command;

use crate::{Result, root};

/// The environment variable; `required` means that the test must not be skipped.
const VARIABLE: &str = "TILEJURY_LOADERS";
/// The script's exit code if it could not start.
const EXIT_SKIPPED: i32 = 77;

/// Whether there is a Python that can create a virtual environment.
pub fn has_python() -> bool {
    let check = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))";
    Command::new("python3").args(["-c", check]).status().is_ok_and(|status| status.success())
}

/// Runs the test with the built program. If it cannot run it is skipped with a message, unless it
/// is required.
///
/// # Errors
/// If an export does not load as expected, or the test is required and cannot run.
pub fn test(program: &Path) -> Result<()> {
    let required = std::env::var_os(VARIABLE).is_some_and(|value| value == "required");
    let skip = |reason: &str| {
        if required {
            return Err(format!(
                "the test of exports with their loaders is required ({VARIABLE}=required), but {reason}"
            ));
        }
        println!("Skipped: the test of exports with their loaders, because {reason}.");
        Ok(())
    };
    if !cfg!(unix) {
        return skip("its script needs a Unix shell");
    }
    println!("Loading exports with the programs they are for; the first run installs some Python packages.");
    let script = root().join("tests").join("loaders").join("run.sh");
    let status =
        Command::new(&script).arg(program).status().map_err(|error| format!("{}: {error}", script.display()))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(EXIT_SKIPPED) => skip("it cannot run here, for the reason above"),
        _ => Err(format!("{}: {status}", script.display())),
    }
}
