//! Long work in the background, one at a time: it tells how far it is, can be stopped, and leaves a result that can be
//! read again. Knows nothing of panels.

use std::path::PathBuf;
use std::sync::Arc;

use tilejury_audit::check::{self, Problem};
use tilejury_audit::export::{ExportOptions, ExportReport, export_with};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::{Cancelled, Progress};
use tilejury_audit::text::count;
use tilejury_audit::{Timestamp, now};
use tilejury_data::{Dataset, TilePath, Warning};

use crate::stored_judgements::StoredJudgements;
use crate::task::Task;

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
        scope: AnnotatorScope,
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

/// Work under way. Dropping it stops it and waits for its end.
pub(crate) struct Job {
    pub(crate) kind: JobKind,
    task: Task<JobOutcome>,
}

impl Job {
    /// Starts. `ctx` is the window that is drawn again on progress.
    pub(crate) fn start(kind: JobKind, dataset: Arc<Dataset>, ctx: &egui::Context) -> std::io::Result<Self> {
        let wanted = kind.clone();
        let task = Task::spawn("job", ctx, move |progress| run(&wanted, &dataset, progress))?;
        Ok(Self { kind, task })
    }

    /// Returns how much is done, and of how much (0 while that is unknown).
    pub(crate) fn progress(&self) -> (usize, usize) {
        self.task.step().map_or((0, 0), |step| (step.done, step.total))
    }

    /// Asks it to stop; files that an export wrote are deleted.
    pub(crate) fn cancel(&self) {
        self.task.cancel();
    }

    /// Returns the outcome once it has ended, and only once.
    pub(crate) fn poll(&mut self) -> Option<JobOutcome> {
        Some(self.task.poll()?.unwrap_or_else(JobOutcome::Failed))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.task.take_thread() {
            let _ = thread.join();
        }
    }
}

fn run(kind: &JobKind, dataset: &Dataset, progress: &dyn Progress) -> JobOutcome {
    match kind {
        JobKind::Export { sidecar, fingerprints, out, options, scope, events } => {
            let write = || -> Result<Box<ExportReport>, String> {
                let stored = StoredJudgements::read(dataset, sidecar, scope)?;
                if stored.events.len() != *events {
                    return Err(
                        "Something was judged since the preview was worked out. It is worked out again; look at it, \
and then export."
                            .to_owned(),
                    );
                }
                export_with(dataset, &stored.source(scope), options, out, Some(fingerprints), progress)
                    .map(Box::new)
                    .map_err(|error| error.to_string())
            };
            JobOutcome::Exported(write())
        }
        JobKind::Check { decode } => {
            check::check(dataset, *decode, progress).map_or(JobOutcome::Stopped, JobOutcome::Checked)
        }
        JobKind::Index => match dataset.tiles.index_all(progress) {
            Ok(()) => JobOutcome::Indexed { shards: dataset.tiles.shard_count(), problems: dataset.tiles.warnings() },
            Err(Cancelled) => JobOutcome::Stopped,
        },
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
    #[allow(clippy::panic, reason = "work that fails is what is tested")]
    fn job_that_panics_ends_with_the_reason() {
        let task = Task::spawn("job", &egui::Context::default(), |_| panic!("no such shard")).unwrap();
        let mut job = Job { kind: JobKind::Index, task };
        job.task.take_thread().unwrap().join().unwrap();
        let outcome = job.poll().unwrap();
        let result = FinishedJob::from_outcome(&job.kind, &outcome);
        assert!(!result.ok && result.summary.contains("no such shard"), "{}", result.summary);
    }
}
