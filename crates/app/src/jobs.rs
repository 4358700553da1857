//! Long work in the background, one job at a time: its progress, its cancelling, and its result,
//! which can be read later. It must not know panels.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tilejury_audit::audit_report::{AuditReport, ReportInputs};
use tilejury_audit::check::{self, Checked, CheckedTiles, Problem};
use tilejury_audit::export::{
    ExportOptions, ExportReport, Fault, Originals, VerifyReport, annotator_scope, export_with, verify_with,
};
use tilejury_audit::external::{ExternalStore, for_reading};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::problem_kind::name_in_check;
use tilejury_audit::progress::{Cancelled, Progress};
use tilejury_audit::sidecar::{MergeError, Merged, SidecarLocation, merge_files};
use tilejury_audit::suspicion::Findings;
use tilejury_audit::text::{capital, count, uncapital};
use tilejury_audit::{SidecarError, Timestamp, now};
use tilejury_data::{Dataset, LineNumber, TilePath, Warning};

use crate::connection::bytes_in_words;
use crate::offline::{OfflineFetch, OfflineResult, OfflineStop};
use crate::stored_judgements::{StoredJudgements, stored_events};
use crate::task::Task;

/// The kinds of work.
#[derive(Clone, Debug)]
pub(crate) enum JobKind {
    /// Write a cleaned copy. It uses the judgements on disk at its start, which must be as many
    /// events as the preview used. `fingerprints` is the cache of the pixel scan.
    Export {
        sidecar: PathBuf,
        fingerprints: PathBuf,
        out: PathBuf,
        options: Box<ExportOptions>,
        scope: AnnotatorScope,
        events: usize,
    },
    /// Verify an export against the dataset and the judgements. `findings` have the scores, if they
    /// are known.
    Verify { sidecar: PathBuf, fingerprints: PathBuf, out: PathBuf, findings: Option<Arc<Findings>> },
    /// Find all problems of the dataset. `fingerprints` may have adopted ones.
    Check { decode: bool, fingerprints: PathBuf },
    /// Read the member lists of all shards.
    Index,
    /// Write the report of the audits. It uses the events on disk at its start. `data` is the
    /// folder of sidecars of read-only datasets.
    AuditReport { sidecar: SidecarLocation, data: PathBuf, out: PathBuf },
    /// Merge sidecars into a new file.
    Merge { from: Vec<PathBuf>, to: PathBuf },
    /// Fetch all tiles of a list of samples.
    KeepOffline { samples: usize, fetch: OfflineFetch },
}

impl JobKind {
    /// Returns the title for people.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Export { out, .. } => format!("Export to {}", out.display()),
            Self::Verify { out, .. } => format!("Verification of {}", out.display()),
            Self::Check { decode: false, .. } => "Check".to_owned(),
            Self::Check { decode: true, .. } => "Check, decoding every tile".to_owned(),
            Self::Index => "Index of all shards".to_owned(),
            Self::AuditReport { out, .. } => format!("Audit report in {}", out.display()),
            Self::Merge { from, to } => format!("Merge of {} into {}", count(from.len(), "sidecar"), to.display()),
            Self::KeepOffline { samples, .. } => format!("Tiles of {} for offline use", count(*samples, "row")),
        }
    }

    /// Whether stopping it would delete files that a person waits for.
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Export { .. } | Self::AuditReport { .. } | Self::Merge { .. })
    }
}

/// Work that needs all shards of a dataset.
#[derive(Clone, Debug)]
pub(crate) enum WholeSetWork {
    /// Finds copies, and blank and unreadable tiles.
    ScanTiles,
    /// A job in the background.
    Job(JobKind),
}

impl WholeSetWork {
    /// The question before it begins, for people.
    pub(crate) fn question(&self) -> String {
        match self {
            Self::ScanTiles => "Scan all tiles?".to_owned(),
            Self::Job(JobKind::Index) => "Index all shards?".to_owned(),
            Self::Job(JobKind::Verify { .. }) => "Compare the export with the dataset?".to_owned(),
            Self::Job(kind) => format!("{}?", kind.title()),
        }
    }
}

/// The outcome of a job.
pub(crate) enum JobOutcome {
    Exported(Result<Box<ExportReport>, String>),
    Verified(Result<Box<VerifyReport>, String>),
    Checked(Checked),
    /// The report is written.
    Reported(Result<(), String>),
    Indexed {
        shards: usize,
        problems: Vec<Warning>,
    },
    Kept(Result<OfflineResult, String>),
    Merged(Result<Merged, String>),
    Stopped,
    /// The program failed on it.
    Failed(String),
}

/// A running job. Dropping it stops the work and waits for its end.
pub(crate) struct Job {
    pub(crate) kind: JobKind,
    task: Task<JobOutcome>,
}

impl Job {
    /// Starts the work. The window of `ctx` is repainted on progress.
    pub(crate) fn start(kind: JobKind, dataset: Arc<Dataset>, ctx: &egui::Context) -> std::io::Result<Self> {
        let wanted = kind.clone();
        let task = Task::spawn("job", ctx, move |progress| run(&wanted, &dataset, progress))?;
        Ok(Self { kind, task })
    }

    /// Returns the amount that is done, and the total (0 while it is unknown).
    pub(crate) fn progress(&self) -> (usize, usize) {
        self.task.step().map_or((0, 0), |step| (step.done, step.total))
    }

    /// Asks it to stop; files that an export wrote are deleted.
    pub(crate) fn cancel(&self) {
        self.task.cancel();
    }

    /// Returns the outcome once the work has ended, and only once.
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
                        "Something was judged since the preview was computed. It is computed again: check it, and \
then export."
                            .to_owned(),
                    );
                }
                export_with(dataset, &stored.source(dataset, scope), options, out, Some(fingerprints), progress)
                    .map(Box::new)
                    .map_err(|error| error.to_string())
            };
            JobOutcome::Exported(write())
        }
        JobKind::Verify { sidecar, fingerprints, out, findings } => {
            let verify = || -> Result<Box<VerifyReport>, String> {
                let scope = annotator_scope(out).map_err(|error| error.to_string())?;
                let stored = StoredJudgements::read(dataset, sidecar, &scope)?;
                let source = stored.source(dataset, &scope);
                let (fingerprints, findings) = (Some(fingerprints.as_path()), findings.as_deref());
                let originals = Originals { dataset, source: &source, fingerprints, findings };
                verify_with(out, Some(&originals), progress).map(Box::new).map_err(|error| error.to_string())
            };
            JobOutcome::Verified(verify())
        }
        JobKind::AuditReport { sidecar, data, out } => JobOutcome::Reported(audit_report(dataset, sidecar, data, out)),
        JobKind::Check { decode, fingerprints } => {
            let how = if *decode { CheckedTiles::Decoded } else { CheckedTiles::Adopted(fingerprints) };
            check::check(dataset, how, progress).map_or(JobOutcome::Stopped, JobOutcome::Checked)
        }
        JobKind::KeepOffline { fetch, .. } => match fetch.run(progress) {
            Ok(result) => JobOutcome::Kept(Ok(result)),
            Err(OfflineStop::Failed(reason)) => JobOutcome::Kept(Err(reason)),
            Err(OfflineStop::Cancelled) => JobOutcome::Kept(Err("stopped; what was fetched stays in the cache".into())),
        },
        JobKind::Merge { from, to } => match merge_files(from, to, progress) {
            Ok(merged) => JobOutcome::Merged(Ok(merged)),
            Err(MergeError::Cancelled) => JobOutcome::Stopped,
            Err(error) => JobOutcome::Merged(Err(error.to_string())),
        },
        JobKind::Index => match dataset.tiles.index_all(progress) {
            Ok(()) => JobOutcome::Indexed { shards: dataset.tiles.shard_count(), problems: dataset.tiles.warnings() },
            Err(Cancelled) => JobOutcome::Stopped,
        },
    }
}

/// Writes the report of the audits. It blocks.
fn audit_report(dataset: &Dataset, sidecar: &SidecarLocation, data: &Path, out: &Path) -> Result<(), String> {
    let words = |error: SidecarError| error.to_string();
    let events = stored_events(dataset, &sidecar.path)?;
    let outside = ExternalStore::open_for_reading(&for_reading(dataset, sidecar, data)).map_err(words)?;
    let (reviews, models) = match outside {
        Some(store) => (store.reviews().map_err(words)?, store.asked_models().map_err(words)?),
        None => Default::default(),
    };
    let (export, audit, names) = (None, None, false);
    let inputs = ReportInputs { dataset, events: &events, reviews: &reviews, models: &models, export, audit, names };
    let report = AuditReport::new(&inputs).map_err(|error| error.to_string())?;
    report.write(dataset, out).map_err(|error| error.to_string())
}

/// A line of a result, and the row that it concerns.
#[derive(Clone)]
pub(crate) struct ResultLine {
    pub(crate) text: String,
    /// The split, and the line counted from 1.
    pub(crate) row: Option<(String, LineNumber)>,
    /// The kind of a finding: lines of one kind are folded together.
    pub(crate) kind: Option<&'static str>,
    /// Whether it is a fault in a result that is good otherwise.
    pub(crate) warns: bool,
}

impl ResultLine {
    /// A line about no row.
    pub(crate) fn plain(text: String) -> Self {
        Self { text, row: None, kind: None, warns: false }
    }
}

/// A result that can be read later.
#[derive(Clone)]
pub(crate) struct FinishedJob {
    pub(crate) title: String,
    pub(crate) at: Timestamp,
    pub(crate) ok: bool,
    /// The result in one sentence.
    pub(crate) summary: String,
    /// Further numbers, each with what it is.
    pub(crate) figures: Vec<(String, String)>,
    pub(crate) lines: Vec<ResultLine>,
}

impl FinishedJob {
    /// Describes an outcome.
    pub(crate) fn from_outcome(task: &JobKind, outcome: &JobOutcome) -> Self {
        let plain = ResultLine::plain;
        let (ok, summary, lines) = match outcome {
            JobOutcome::Exported(Ok(report)) => {
                let files = plain(format!("Files: {}", report.files.join(", ")));
                let lines = report.summary().into_iter().map(plain).chain([files]).collect();
                (true, "Written.".to_owned(), lines)
            }
            JobOutcome::Exported(Err(reason)) => (false, reason.clone(), Vec::new()),
            JobOutcome::Verified(Ok(verdict)) => verified(verdict),
            JobOutcome::Verified(Err(reason)) => (false, reason.clone(), Vec::new()),
            JobOutcome::Checked(Checked { problems: findings, depth }) => {
                let mut lines: Vec<ResultLine> = findings.iter().map(problem_line).collect();
                lines.extend(depth.note().map(plain));
                let none = findings.is_empty();
                (none, if none { "Nothing found.".into() } else { count(findings.len(), "finding") + "." }, lines)
            }
            JobOutcome::Reported(Ok(())) => (true, "Written.".to_owned(), Vec::new()),
            JobOutcome::Reported(Err(reason)) => (false, reason.clone(), Vec::new()),
            JobOutcome::Indexed { shards, problems } => {
                let lines = problems.iter().map(|problem| plain(problem.to_string())).collect();
                let trouble = if problems.is_empty() { String::new() } else { count(problems.len(), "problem") + ". " };
                (problems.is_empty(), format!("{trouble}{} indexed.", count(*shards, "shard")), lines)
            }
            JobOutcome::Kept(Ok(result)) => {
                let lines: Vec<ResultLine> = result.failed.iter().cloned().map(plain).collect();
                let failed = if lines.is_empty() { String::new() } else { format!("; {} failed", lines.len()) };
                let (tiles, bytes) = (count(result.tiles, "tile"), bytes_in_words(result.bytes));
                (lines.is_empty(), format!("{tiles} fetched, {bytes}{failed}."), lines)
            }
            JobOutcome::Kept(Err(reason)) => (false, format!("{}.", capital(reason)), Vec::new()),
            JobOutcome::Merged(Ok(merged)) => {
                (true, merged_in_words(merged), merged.notes.iter().map(|note| plain(capital(note) + ".")).collect())
            }
            JobOutcome::Merged(Err(reason)) => {
                (false, format!("{}. Nothing was written.", capital(reason)), Vec::new())
            }
            JobOutcome::Failed(reason) => (false, reason.clone(), Vec::new()),
            JobOutcome::Stopped => (false, "Stopped before its end; nothing was kept.".to_owned(), Vec::new()),
        };
        Self { title: task.title(), at: now(), ok, summary, figures: Vec::new(), lines }
    }
}

/// The contents of merged sidecars in a sentence.
pub(crate) fn merged_in_words(merged: &Merged) -> String {
    format!(
        "{} of {} by {}.",
        count(merged.events, "change"),
        count(merged.samples, "row"),
        count(merged.annotators.len(), "annotator")
    )
}

/// The result of a verification: whether all is well, in words, and a line for each fault.
fn verified(verdict: &VerifyReport) -> (bool, String, Vec<ResultLine>) {
    let plain = ResultLine::plain;
    let fault = |fault: &Fault| {
        let file = fault.file.as_deref().map(|file| format!("{file}: ")).unwrap_or_default();
        let line = fault.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        plain(format!("{}: {file}{line}{}", fault.kind.replace('_', " "), fault.message))
    };
    let notes = verdict.notes().into_iter().map(|note| plain(format!("- {note}")));
    let lines = verdict.faults.iter().map(fault).chain(notes).collect();
    let summary = match verdict.faults.len() {
        0 => verdict.sentence(),
        faults => format!("{} found.", count(faults, "fault")),
    };
    (verdict.faults.is_empty(), summary, lines)
}

fn problem_line(finding: &Problem) -> ResultLine {
    let row = finding.split.clone().zip(finding.line);
    let position = row.as_ref().map(|(split, line)| format!("{split} line {line}: ")).unwrap_or_default();
    let path = finding.path.as_ref().map(|path| format!(" ({})", TilePath::new(path).short_name())).unwrap_or_default();
    ResultLine {
        text: format!("{position}{} — {}{path}", uncapital(&name_in_check(finding.kind)), finding.message),
        row,
        kind: Some(finding.kind),
        warns: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "the test needs work that fails")]
    fn job_that_panics_ends_with_the_reason() {
        let task = Task::spawn("job", &egui::Context::default(), |_| panic!("no such shard")).unwrap();
        let mut job = Job { kind: JobKind::Index, task };
        job.task.take_thread().unwrap().join().unwrap();
        let outcome = job.poll().unwrap();
        let result = FinishedJob::from_outcome(&job.kind, &outcome);
        assert!(!result.ok && result.summary.contains("no such shard"), "{}", result.summary);
    }
}
