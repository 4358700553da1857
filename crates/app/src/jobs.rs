//! Long work in the background, one at a time: it tells how far it is, can be stopped, and leaves a result that can be
//! read again. Knows nothing of panels.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};

use tilejury_audit::catch_panic::catch_panic;
use tilejury_audit::check::{self, Problem};
use tilejury_audit::export::{ExportOptions, ExportReport, Source, export_with};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::text::count;
use tilejury_audit::{Sidecar, Timestamp, now};
use tilejury_data::{Dataset, TilePath, Warning};

/// What to do.
#[derive(Clone, Debug)]
pub(crate) enum JobKind {
    /// Write a cleaned copy. The judgements are those on disk when it begins, which must be as many events as were shown in the
    /// preview. `fingerprints` is the file of what was read of pixels.
    Export {
        sidecar: PathBuf,
        fingerprints: PathBuf,
        out: PathBuf,
        options: Box<ExportOptions>,
        whose: AnnotatorScope,
        events: usize,
    },
    /// Look for everything that is wrong.
    Check { decode: bool },
    /// Read the member lists of all shards.
    Index,
}

impl JobKind {
    /// For people.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Export { out, .. } => format!("Export to {}", out.display()),
            Self::Check { decode: false } => "Check".to_owned(),
            Self::Check { decode: true } => "Check, decoding every tile".to_owned(),
            Self::Index => "Index of all shards".to_owned(),
        }
    }

    /// Would stopping it lose something a person waits for?
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Export { .. })
    }
}

/// What came of it.
pub(crate) enum JobOutcome {
    Exported(Result<Box<ExportReport>, String>),
    Checked(Vec<Problem>),
    Indexed {
        shards: usize,
        problems: Vec<Warning>,
    },
    Stopped,
    /// The program failed on it.
    Failed(String),
}

/// How far it is: of what, how many, of how many.
#[derive(Default)]
struct Meter {
    done: AtomicUsize,
    total: AtomicUsize,
}

/// Work under way. Dropping it stops it and waits for its end.
pub(crate) struct Job {
    pub(crate) task: JobKind,
    meter: Arc<Meter>,
    stop: Arc<AtomicBool>,
    outcome: Receiver<JobOutcome>,
    thread: Option<JoinHandle<()>>,
}

impl Job {
    /// Begins. `wake` makes the window draw again.
    pub(crate) fn start(task: JobKind, dataset: Arc<Dataset>, wake: egui::Context) -> std::io::Result<Self> {
        let what = task.clone();
        Self::start_with(task, wake, move |go_on| run(&what, &dataset, go_on))
    }

    fn start_with(
        task: JobKind,
        wake: egui::Context,
        work: impl FnOnce(&(dyn Fn(usize, usize) -> bool + Sync)) -> JobOutcome + Send + 'static,
    ) -> std::io::Result<Self> {
        let (meter, stop) = (Arc::new(Meter::default()), Arc::new(AtomicBool::new(false)));
        let (sender, outcome) = sync_channel(1);
        let (told, stopped) = (meter.clone(), stop.clone());
        let thread = thread::Builder::new().name("job".into()).spawn(move || {
            let go_on = |done: usize, total: usize| {
                told.done.store(done, Ordering::Relaxed);
                told.total.store(total, Ordering::Relaxed);
                wake.request_repaint();
                !stopped.load(Ordering::Relaxed)
            };
            let _ = sender.send(catch_panic(|| work(&go_on)).unwrap_or_else(JobOutcome::Failed));
            wake.request_repaint();
        })?;
        Ok(Self { task, meter, stop, outcome, thread: Some(thread) })
    }

    /// How far it is: done, and of how many (0 while that is unknown).
    pub(crate) fn progress(&self) -> (usize, usize) {
        (self.meter.done.load(Ordering::Relaxed), self.meter.total.load(Ordering::Relaxed))
    }

    /// Asks it to stop; what an export wrote goes away.
    pub(crate) fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&self) -> Option<JobOutcome> {
        match self.outcome.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(JobOutcome::Failed("it stopped unexpectedly".to_owned())),
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(task: &JobKind, dataset: &Dataset, go_on: &(dyn Fn(usize, usize) -> bool + Sync)) -> JobOutcome {
    match task {
        JobKind::Export { sidecar, fingerprints, out, options, whose, events: previewed } => {
            let write = || -> Result<Box<ExportReport>, String> {
                let events = match Sidecar::open_for_reading(sidecar).map_err(|error| error.to_string())? {
                    Some(mut sidecar) => sidecar.events().map_err(|error| error.to_string())?,
                    None => Vec::new(),
                };
                if events.len() != *previewed {
                    return Err(
                        "Something was judged since the preview was worked out. It is worked out again; look at it, \
and then export."
                            .to_owned(),
                    );
                }
                let judgements = merge::judgements_of(dataset, &events, whose);
                let source = Source::new(&judgements, &events, whose);
                let step = |_, done: usize, total: usize| go_on(done, total);
                export_with(dataset, &source, options, out, Some(fingerprints), &step)
                    .map(Box::new)
                    .map_err(|error| error.to_string())
            };
            JobOutcome::Exported(write())
        }
        JobKind::Check { decode } => {
            let shards = dataset.tiles.shard_count();
            let step = |progress| match progress {
                check::CheckProgress::Shards(done) => go_on(done, shards),
                check::CheckProgress::Tiles(done, total) | check::CheckProgress::Pairs(done, total) => {
                    go_on(done, total)
                }
            };
            check::check(dataset, *decode, &step).map_or(JobOutcome::Stopped, JobOutcome::Checked)
        }
        JobKind::Index => {
            let shards = dataset.tiles.shard_count();
            match dataset.tiles.index_all(&|done| go_on(done, shards)) {
                true => JobOutcome::Indexed { shards, problems: dataset.tiles.warnings() },
                false => JobOutcome::Stopped,
            }
        }
    }
}

/// One line of a result, and the row it is about.
pub(crate) struct ResultLine {
    pub(crate) text: String,
    /// Split and 1-based line.
    pub(crate) row: Option<(String, u64)>,
}

/// A result that can be read again.
pub(crate) struct FinishedJob {
    pub(crate) title: String,
    pub(crate) at: Timestamp,
    pub(crate) ok: bool,
    /// In one sentence.
    pub(crate) summary: String,
    pub(crate) lines: Vec<ResultLine>,
}

impl FinishedJob {
    /// In words.
    pub(crate) fn from_outcome(task: &JobKind, outcome: &JobOutcome) -> Self {
        let plain = |text: String| ResultLine { text, row: None };
        let (ok, summary, lines) = match outcome {
            JobOutcome::Exported(Ok(report)) => {
                let files = plain(format!("Files: {}", report.files.join(", ")));
                let lines = report.summary().into_iter().map(plain).chain([files]).collect();
                (true, "Written.".to_owned(), lines)
            }
            JobOutcome::Exported(Err(reason)) => (false, reason.clone(), Vec::new()),
            JobOutcome::Checked(findings) => {
                let mut lines: Vec<ResultLine> = findings.iter().map(found).collect();
                if let JobKind::Check { decode: false } = task {
                    lines.push(plain("Tiles were not decoded, and copies of positives not looked for.".to_owned()));
                }
                let none = findings.is_empty();
                (none, if none { "Nothing found.".into() } else { count(findings.len(), "finding") + "." }, lines)
            }
            JobOutcome::Indexed { shards, problems } => {
                let lines = problems.iter().map(|problem| plain(problem.to_string())).collect();
                let trouble = if problems.is_empty() { String::new() } else { count(problems.len(), "problem") + ". " };
                (problems.is_empty(), format!("{trouble}{} indexed.", count(*shards, "shard")), lines)
            }
            JobOutcome::Failed(reason) => (false, reason.clone(), Vec::new()),
            JobOutcome::Stopped => (false, "Stopped before its end; nothing of it stays.".to_owned(), Vec::new()),
        };
        Self { title: task.title(), at: now(), ok, summary, lines }
    }
}

fn found(finding: &Problem) -> ResultLine {
    let row = finding.split.clone().zip(finding.line);
    let place = row.as_ref().map(|(split, line)| format!("{split} line {line}: ")).unwrap_or_default();
    let path = finding.path.as_ref().map(|path| format!(" ({})", TilePath::new(path).tail())).unwrap_or_default();
    ResultLine { text: format!("{place}{} — {}{path}", finding.kind.replace('_', " "), finding.message), row }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "work that fails is what is looked at")]
    fn work_that_the_program_fails_on_ends_with_the_reason() {
        let job = Job::start_with(JobKind::Index, egui::Context::default(), |_| panic!("no such shard")).unwrap();
        let outcome = job.outcome.recv().unwrap();
        let result = FinishedJob::from_outcome(&job.task, &outcome);
        assert!(!result.ok && result.summary.contains("no such shard"), "{}", result.summary);
    }
}
