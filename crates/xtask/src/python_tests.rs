//! The tests with Python programs, if Python is available: exports are loaded by the programs that
//! they are for (`tests/loaders/run.sh`), statistics are compared with other programs
//! (`tests/oracles/run.sh`), requests to models with the types of others (`tests/reviewer/run.sh`),
//! and the Python package with the program (`tests/python/run.sh`).

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::{Result, as_from_a_shell, root};

/// A script's exit code if it could not start.
const EXIT_SKIPPED: i32 = 77;
/// The number of tests at a time: each waits for one core for much of its time.
const AT_A_TIME: usize = 2;

/// A test that is a script below `tests`.
pub struct PythonTest {
    /// Its folder, which has `run.sh`.
    folder: &'static str,
    /// Its name in messages.
    name: &'static str,
    /// The environment variable; `required` means that the test must not be skipped.
    variable: &'static str,
}

/// Loads exports with the programs that they are for.
pub const LOADERS: PythonTest =
    PythonTest { folder: "loaders", name: "the test of exports with their loaders", variable: "TILEJURY_LOADERS" };

/// Builds the Python package, compares it with the program, and runs the notebook and recipes.
pub const PACKAGE: PythonTest =
    PythonTest { folder: "python", name: "the test of the Python package", variable: "TILEJURY_PYTHON" };

/// Compares statistics with other programs.
pub const ORACLES: PythonTest = PythonTest {
    folder: "oracles",
    name: "the comparison of statistics with other programs",
    variable: "TILEJURY_ORACLES",
};

/// Checks requests to models by the types of another program.
pub const REVIEWER: PythonTest = PythonTest {
    folder: "reviewer",
    name: "the check of requests to models by other types",
    variable: "TILEJURY_ORACLES",
};

/// Whether there is a Python that can create a virtual environment.
pub fn has_python() -> bool {
    let check = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))";
    Command::new("python3").args(["-c", check]).status().is_ok_and(|status| status.success())
}

/// Runs tests with their built programs, two at a time, in this order. What a test prints is
/// printed at its end. One that cannot run is skipped with a message, unless it is required.
///
/// # Errors
/// For each test that fails, or is required and cannot run.
pub fn run_all(tests: &[(PythonTest, &[&Path])]) -> Result<()> {
    let next = AtomicUsize::new(0);
    let errors = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some((test, programs)) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = test.run(programs)
                        && let Ok(mut errors) = errors.lock()
                    {
                        errors.push(error);
                    }
                }
            });
        }
    });
    let errors = errors.into_inner().map_err(|error| error.to_string())?;
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

impl PythonTest {
    fn run(&self, programs: &[&Path]) -> Result<()> {
        let required = std::env::var_os(self.variable).is_some_and(|value| value == "required");
        let skip = |reason: &str| {
            if required {
                return Err(format!("{} is required ({}=required), but {reason}", self.name, self.variable));
            }
            println!("Skipped: {}, because {reason}.", self.name);
            Ok(())
        };
        if !cfg!(unix) {
            return skip("its script needs a Unix shell");
        }
        println!("Running {}; the first run installs some Python packages.", self.name);
        let script = root().join("tests").join(self.folder).join("run.sh");
        let mut command = Command::new(&script);
        as_from_a_shell(&mut command);
        let ended = command.args(programs).output().map_err(|error| format!("{}: {error}", script.display()))?;
        let printed = [ended.stdout, ended.stderr].map(|printed| String::from_utf8_lossy(&printed).trim().to_owned());
        println!("The end of {}:\n{}", self.name, printed.join("\n"));
        match ended.status.code() {
            Some(0) => Ok(()),
            Some(EXIT_SKIPPED) => skip("it cannot run here, for the reason above"),
            _ => Err(format!("{}: {}", script.display(), ended.status)),
        }
    }
}
