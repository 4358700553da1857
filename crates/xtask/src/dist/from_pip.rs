//! The programs from Python's package index that packing needs, each in a fixed version, installed
//! below `target/tools`. Knows nothing of what they are used for.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::output;
use crate::{Result, root, run};

/// The packages: another version may write other bytes.
pub(super) const PACKAGES: [&str; 3] = ["maturin==1.16.0", "ziglang==0.17.1", "auditwheel==6.8.2"];

/// A virtual environment of Python with [`PACKAGES`].
pub(super) struct Tools(PathBuf);

impl Tools {
    /// Installs what is missing; the first time takes a minute.
    ///
    /// # Errors
    /// If there is no Python with `venv`, or the packages cannot be fetched.
    pub(super) fn install() -> Result<Self> {
        let tools = Self(root().join("target").join("tools").join("packing"));
        if !tools.is_complete() {
            println!("Installing {} below target/tools.", PACKAGES.join(", "));
            let made = run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&tools.0));
            made.map_err(|error| format!("the release needs Python with venv for its compiler: {error}"))?;
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            run(Command::new(tools.program("python")).args(install).args(PACKAGES))?;
        }
        Ok(tools)
    }

    /// The path of a program in it.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    /// The path of zig, which lies inside its package.
    ///
    /// # Errors
    /// If the package is not there.
    pub(super) fn zig(&self) -> Result<PathBuf> {
        let place = "import ziglang; print(ziglang.__path__[0])";
        let folder = output(Command::new(self.program("python")).args(["-c", place]))?;
        Ok(Path::new(folder.trim()).join("zig"))
    }

    fn is_complete(&self) -> bool {
        let list = ["-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"];
        let found = output(Command::new(self.program("python")).args(list)).unwrap_or_default();
        PACKAGES.iter().all(|package| found.lines().any(|line| line == *package))
    }
}
