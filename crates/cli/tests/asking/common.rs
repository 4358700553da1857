//! A set, a simulated server, and the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tilejury_audit::external::ExternalStore;
use tilejury_bench::ask::{Asked, SimulatedModel, SimulatedReply};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_reviewer::{
    AskControl, AskObserver, AskPlan, AskProgress, AskSettings, AskSummary, AskTask, EndpointClient, Estimate,
    ModelServer, Retries, ask, plan,
};
use tilejury_testkit::Set;

/// A set with rows of three negatives, and a home for the program.
pub(crate) struct Asking {
    pub(crate) dir: tempfile::TempDir,
}

impl Asking {
    pub(crate) fn new(rows: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Set::plain(rows, 3).write(&dir.path().join("set"));
        Self { dir }
    }

    pub(crate) fn set(&self) -> PathBuf {
        self.dir.path().join("set")
    }

    pub(crate) fn store_file(&self) -> PathBuf {
        self.set().join("tilejury.outside.sqlite")
    }

    pub(crate) fn dataset(&self) -> Dataset {
        Dataset::open(&self.set()).unwrap()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let home = self.dir.path().join("home");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilejury"));
        command.current_dir(self.dir.path()).env("HOME", &home).args(args);
        for folder in ["CONFIG", "DATA", "CACHE", "STATE"] {
            command.env(format!("XDG_{folder}_HOME"), home.join(folder));
        }
        // The keyring of the person who runs the tests is left alone.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").env_remove("XDG_RUNTIME_DIR");
        command.env_remove("TILEJURY_API_KEY").env_remove("OPENAI_API_KEY");
        command
    }

    /// Asks about all rows of the set.
    pub(crate) fn ask(&self, server: &SimulatedModel, more: &[&str]) -> Output {
        let url = server.url();
        let all = ["ask", "set", "--endpoint", &url, "--model", "m", "--filter", "split:train", "--json"];
        self.command(&[&all, more].concat()).output().unwrap()
    }

    /// The reviews that the program prints.
    pub(crate) fn reviews(&self) -> Vec<Value> {
        let output = self.command(&["reviews", "set", "--json"]).output().unwrap();
        lines(&output)
    }
}

pub(crate) fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server that gives every tile the same grade.
pub(crate) fn gives(grade: u8) -> SimulatedModel {
    SimulatedModel::start(move |asked| SimulatedReply::graded(asked, grade, "salt")).unwrap()
}

/// A run in this process, with short waits.
pub(crate) struct InProcess {
    pub(crate) asking: Asking,
    pub(crate) dataset: Dataset,
    pub(crate) plan: AskPlan,
    pub(crate) settings: AskSettings,
    pub(crate) control: AskControl,
    pub(crate) timeout: Duration,
}

pub(crate) struct Quiet;

impl AskObserver for Quiet {
    fn progress(&self, _: AskProgress) {}

    fn estimate(&self, _: &Estimate) {}
}

impl InProcess {
    /// Asks about the three negatives of each row.
    pub(crate) fn new(rows: u32) -> Self {
        let asking = Asking::new(rows);
        let dataset = asking.dataset();
        let order: Vec<SampleIndex> = dataset.indices().collect();
        let plan = plan(&dataset, &order, "m", 0.0);
        let retries =
            Retries { tries: 4, first_wait: Duration::from_millis(5), longest_wait: Duration::from_millis(20) };
        let settings =
            AskSettings { at_a_time: 4, retries, last_answers: Duration::from_secs(3), ..AskSettings::default() };
        let timeout = Duration::from_secs(20);
        Self { asking, dataset, plan, settings, control: AskControl::default(), timeout }
    }

    pub(crate) fn run(&self, url: &str) -> AskSummary {
        self.run_with(url, &Quiet)
    }

    pub(crate) fn run_with(&self, url: &str, observer: &dyn AskObserver) -> AskSummary {
        self.run_on(&EndpointClient::new(url, None, self.timeout).unwrap(), observer)
    }

    pub(crate) fn run_on(&self, server: &dyn ModelServer, observer: &dyn AskObserver) -> AskSummary {
        let task = AskTask {
            dataset: &self.dataset,
            plan: &self.plan,
            server,
            model: "m",
            model_id: "m",
            settings: &self.settings,
            control: &self.control,
        };
        ask(&task, &mut self.store(), observer).unwrap()
    }

    pub(crate) fn store(&self) -> ExternalStore {
        ExternalStore::open(&self.asking.store_file()).unwrap()
    }
}

/// A server whose first requests for each question meet a fault.
pub(crate) fn faulty(
    faults: usize,
    fault: impl Fn(&Asked) -> SimulatedReply + Send + Sync + 'static,
) -> SimulatedModel {
    let seen = std::sync::Mutex::new(std::collections::HashMap::<String, usize>::new());
    SimulatedModel::start(move |asked| {
        let mut seen = seen.lock().unwrap();
        let tries = seen.entry(asked.picture().to_owned()).or_default();
        *tries += 1;
        if *tries <= faults { fault(asked) } else { SimulatedReply::graded(asked, 2, "salt") }
    })
    .unwrap()
}

/// Whether a file has these bytes anywhere.
pub(crate) fn has_bytes(file: &Path, wanted: &str) -> bool {
    std::fs::read(file).is_ok_and(|bytes| bytes.windows(wanted.len()).any(|part| part == wanted.as_bytes()))
}
