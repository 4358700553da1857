//! The test of exports by the programs that load them: `tests/loaders/run.sh`, where Python can be had.

#![allow(clippy::print_stdout, reason = "a chore talks to the person who started it")]

use std::path::Path;
use std::process::Command;

use crate::{Result, root};

/// Set to `required` where the test must not be left out.
const WISH: &str = "TILEJURY_LOADERS";
/// What the script ends with when it could not begin.
const CANNOT: i32 = 77;

/// Is there a Python that can make an environment of its own?
pub fn has_python() -> bool {
    let asked = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))";
    Command::new("python3").args(["-c", asked]).status().is_ok_and(|status| status.success())
}

/// Runs the test with the built program. Where it cannot run it is left out, which is said, unless it is required.
///
/// # Errors
/// When an export is not what its loaders should find, or the test is required and cannot run.
pub fn test(program: &Path) -> Result<()> {
    let required = std::env::var_os(WISH).is_some_and(|wish| wish == "required");
    let left_out = |why: &str| {
        if required {
            return Err(format!("the loaders of exports are to be tested ({WISH}=required), but {why}"));
        }
        println!("Left out: the test of exports by their loaders, since {why}.");
        Ok(())
    };
    if !cfg!(unix) {
        return left_out("its script needs a Unix shell");
    }
    println!("Loading exports by the programs they are for; the first time some packages are installed for Python.");
    let script = root().join("tests").join("loaders").join("run.sh");
    let status =
        Command::new(&script).arg(program).status().map_err(|error| format!("{}: {error}", script.display()))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(CANNOT) => left_out("it cannot run here, for the reason above"),
        _ => Err(format!("{}: {status}", script.display())),
    }
}
