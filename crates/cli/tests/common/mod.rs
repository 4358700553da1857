//! Shared by the tests of commands: a folder with a set and a home of its own, in which commands
//! run.

#![allow(dead_code, reason = "a small toolbox; each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tilejury_testkit::Set;

/// A folder with a dataset `set`.
pub(crate) struct Home(pub(crate) tempfile::TempDir);

impl Home {
    pub(crate) fn with(set: &Set) -> Self {
        let dir = tempfile::tempdir().unwrap();
        set.write(&dir.path().join("set"));
        Self(dir)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.run_with(&[], args)
    }

    /// Runs a command in the folder, with variables of the environment.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Output {
        let home = self.path("home");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilejury"));
        command.current_dir(self.0.path()).env("HOME", &home).args(args);
        for folder in ["CONFIG", "DATA", "CACHE", "STATE"] {
            command.env(format!("XDG_{folder}_HOME"), home.join(folder));
        }
        command.envs(variables.iter().copied());
        command.output().unwrap()
    }

    /// Runs a command that must end with this exit code; returns what it printed, errors after it.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}: {out}{err}");
        out + &err
    }

    /// The objects that a command prints.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Vec<Value> {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
