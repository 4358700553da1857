//! Shared code of the whole-program tests, which run the built binary as a script or a person
//! would.

#![allow(missing_docs, reason = "helpers for the tests of this package")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed set-up is a failed test")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The binary, built once per test run: `cargo test` of this package alone would not build it.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| xtask::build(cfg!(not(debug_assertions))).unwrap())
}

/// A test's own folder, with its own dataset, settings and data folders.
pub struct Fixture {
    pub dir: tempfile::TempDir,
}

impl Default for Fixture {
    fn default() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }
}

impl Fixture {
    /// A fixture with a dataset.
    pub fn with(set: &tilejury_testkit::Set) -> Self {
        let fixture = Self::default();
        set.write(&fixture.set());
        fixture
    }

    pub fn set(&self) -> PathBuf {
        self.path("set")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs the program without a display; relative paths in `arguments` start at the fixture's
    /// folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::from(self.command(arguments).output().unwrap())
    }

    /// The command that [`Self::run`] runs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .current_dir(self.dir.path())
            .args(arguments)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("XDG_CONFIG_HOME", self.path("home/config"))
            .env("XDG_DATA_HOME", self.path("home/data"))
            .env("XDG_CACHE_HOME", self.path("home/cache"))
            .env("XDG_STATE_HOME", self.path("home/state"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program with a Hub at a server, without the keys and the cache of the person who
    /// runs the tests.
    pub fn run_with_hub(&self, server: &tilejury_testkit::WebServer, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command.env("HF_ENDPOINT", server.url());
        for name in ["TILEJURY_CACHE", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HOME"] {
            command.env_remove(name);
        }
        Run::from(command.output().unwrap())
    }

    pub fn write(&self, name: &str, text: &str) {
        tilejury_testkit::set::put(&self.path(name), text.as_bytes());
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

/// The exit code and output of a command.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// Parses every line of output as JSON; other output is an error.
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
