//! The processes of all annotators: starts them, kills them once they have stored some part, starts
//! them again, and meanwhile puts old files into the place again. Judges nothing.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_audit::exchange::Place;
use tilejury_data::Dataset;

use super::ExchangeBenchOptions;
use super::annotator::AnnotatorProcess;
use super::deliveries::Deliveries;
use crate::mixed::{Draws, mixed};

/// The interval at which processes are examined.
const LOOK_EVERY: Duration = Duration::from_millis(3);
/// The interval at which old files are put back.
const DELIVER_EVERY: Duration = Duration::from_millis(40);

/// The annotators and their files.
pub(super) struct Team<'a> {
    pub(super) wanted: &'a ExchangeBenchOptions<'a>,
    pub(super) dataset: Arc<Dataset>,
    folder: &'a Path,
    /// The place, as a person would name it.
    pub(super) with: &'a str,
}

/// The counts of a run.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) kills: usize,
    pub(super) cuts: usize,
    pub(super) deliveries: usize,
    pub(super) faults: Vec<String>,
}

/// A running process of an annotator.
struct Running {
    child: Child,
    /// The numbers of its stored changes at which each process is killed, the last one first.
    kill_at: Vec<u64>,
    /// The number of processes before this one.
    before: u64,
    /// The session of the one before.
    last_session: Option<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl<'a> Team<'a> {
    /// The team of a set that was written to the folder.
    ///
    /// # Errors
    /// If the set cannot be opened.
    pub(super) fn new(wanted: &'a ExchangeBenchOptions<'a>, folder: &'a Path, with: &'a str) -> anyhow::Result<Self> {
        Ok(Self { wanted, dataset: Arc::new(Dataset::open(&folder.join("set"))?), folder, with })
    }

    /// The name of an annotator. The last of several is the first one on another machine.
    pub(super) fn name(&self, number: usize) -> String {
        let person = if number > 0 && number + 1 == self.wanted.annotators { 0 } else { number };
        format!("annotator-{person}")
    }

    pub(super) fn sidecar(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.sqlite"))
    }

    pub(super) fn sidecar_of(&self, number: usize) -> PathBuf {
        self.sidecar(&format!("machine-{number}"))
    }

    /// The file of what was shown as saved.
    pub(super) fn saved_of(&self, number: usize) -> PathBuf {
        self.folder.join(format!("machine-{number}.saved"))
    }

    fn failures_of(&self, number: usize) -> PathBuf {
        self.folder.join(format!("machine-{number}.failures"))
    }

    /// Runs all until each has made its judgements.
    ///
    /// # Errors
    /// If a process cannot be started, or the work was stopped.
    pub(super) fn run(&self, place: &mut Place, stop: &AtomicBool) -> anyhow::Result<Counts> {
        let mut counts = Counts::default();
        let mut draws = Draws::new(self.wanted.seed);
        let mut running: BTreeMap<usize, Running> = BTreeMap::new();
        for number in 0..self.wanted.annotators {
            let part = self.wanted.judgements / (self.wanted.kills + 1);
            let kill_at = (0..self.wanted.kills).map(|_| draws.below(part.max(1)) as u64).collect();
            let child = self.start(number, 0)?;
            running.insert(number, Running { child, kill_at, before: 0, last_session: None });
        }
        let mut old = Deliveries::default();
        let mut delivered = Instant::now();
        while !running.is_empty() {
            anyhow::ensure!(!stop.load(Ordering::Relaxed), "stopped");
            let numbers: Vec<usize> = running.keys().copied().collect();
            for number in numbers {
                let Some(process) = running.get_mut(&number) else { continue };
                if let Some(ended) = process.child.try_wait()? {
                    if !ended.success() {
                        counts.faults.push(format!("the process of machine {number} ended with {ended}"));
                    }
                    running.remove(&number);
                    continue;
                }
                let Some((session, up_to)) = last_saved(&self.saved_of(number)) else { continue };
                let is_new = process.last_session.as_ref() != Some(&session);
                if is_new && process.kill_at.last().is_some_and(|at| up_to >= *at) {
                    process.kill_at.pop();
                    process.last_session = Some(session);
                    process.child.kill()?;
                    process.child.wait()?;
                    counts.kills += 1;
                    process.before += 1;
                    let before = process.before;
                    process.child = self.start(number, before)?;
                }
            }
            thread::sleep(LOOK_EVERY);
            if delivered.elapsed() >= DELIVER_EVERY {
                delivered = Instant::now();
                // A place that fails now is as good as one without a delivery.
                counts.deliveries +=
                    usize::from(old.deliver(place, self.dataset.fingerprint, &mut draws).unwrap_or(false));
            }
        }
        for number in 0..self.wanted.annotators {
            let failures = std::fs::read_to_string(self.failures_of(number)).unwrap_or_default();
            counts.cuts += failures.lines().count();
        }
        Ok(counts)
    }

    fn start(&self, number: usize, before: u64) -> anyhow::Result<Child> {
        let process = AnnotatorProcess {
            set: self.dataset.root.clone(),
            sidecar: self.sidecar_of(number),
            saved: self.saved_of(number),
            failures: self.failures_of(number),
            with: self.with.to_owned(),
            annotator: self.name(number),
            judgements: self.wanted.judgements,
            seed: mixed(self.wanted.seed ^ mixed(number as u64 * 1000 + before)),
        };
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "exchange", "--as-annotator", &serde_json::to_string(&process)?]);
        Ok(command.stdin(Stdio::null()).spawn()?)
    }
}

/// The session that stored last, and the number of its last change that was shown as saved.
fn last_saved(saved: &Path) -> Option<(String, u64)> {
    let mut file = std::fs::File::open(saved).ok()?;
    let end = file.seek(SeekFrom::End(0)).ok()?;
    file.seek(SeekFrom::Start(end.saturating_sub(100))).ok()?;
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    let (session, up_to) = text.lines().last()?.split_once(' ')?;
    Some((session.to_owned(), up_to.parse().ok()?))
}
