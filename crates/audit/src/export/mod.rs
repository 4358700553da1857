//! A cleaned copy of the splits: a pure plan of what leaves, changes and stays, then a writer for each format.
//!
//! Nothing appears under the final name before it is whole, and the dataset itself is never written. What is written is proved
//! against the rules of training before the first file is made.

mod card;
mod checksums;
mod context;
mod copies;
pub(crate) mod facts;
mod figures;
mod folder;
mod formats;
mod images;
mod jsonl;
mod manifest;
mod options;
mod out_file;
mod plan;
mod proof;
mod report;
mod rows;
mod source;
mod split_kind;
mod verify;
mod workers;
mod written;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use thiserror::Error;
use tilejury_data::{Dataset, TilePath};

use crate::answers::Answers;
use crate::parallel::joined;
use crate::progress::{Cancelled, Progress};

pub use copies::{CopiesReport, LookedFor};
pub use figures::SplitFigures;
pub use options::{
    Conflicts, Copies, ExportOptions, FalseNegatives, Format, HeldOutLeaks, Images, Leaks, Order, Tiles, Unjudged,
    Unsure,
};
pub use plan::{Changed, ExportPlan, PlannedRow, RowOutcome, Why};
pub use proof::{Proof, WaivedRules};
pub use report::ExportReport;
pub use source::Source;
pub use verify::{Fault, Originals, VerifyReport, verify, verify_with, whose};

use context::Context;
use copies::FoundCopies;
use facts::Facts;
use figures::Figures;
use folder::Folder;
use plan::UnavailableTiles;
use written::WrittenRows;

/// Why nothing was exported. Whatever was written is gone again.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The target holds something.
    #[error("{path} is not empty; an export needs a new or an empty folder", path = .0.display())]
    NotEmpty(PathBuf),
    /// The target is a file.
    #[error("{path} is no folder; an export needs a new or an empty folder", path = .0.display())]
    NoFolder(PathBuf),
    /// The target's parent is not there.
    #[error("{path} does not exist; make it first, or name another target", path = .0.display())]
    NoParent(PathBuf),
    /// The target lies in the folder that is exported.
    #[error("{path} lies inside the dataset {dataset}; choose a folder outside it", path = path.display(), dataset = dataset.display())]
    InsideDataset {
        /// The target.
        path: PathBuf,
        /// The dataset's folder, or one of tiles that it links to.
        dataset: PathBuf,
    },
    /// The options ask for nothing.
    #[error("no format and no pictures were chosen; choose at least one")]
    Nothing,
    /// The disk is too small.
    #[error("{path}: {needed} bytes are needed, {free} are free; make room, or name a folder on another disk", path = path.display())]
    NoRoom {
        /// The target.
        path: PathBuf,
        /// What the files will take.
        needed: u64,
        /// What there is.
        free: u64,
    },
    /// A tile was there when rows were decided over, and cannot be had now.
    #[error("{place}: {tile}: {message}")]
    Tile {
        /// The row that names it, as `train line 13`.
        place: String,
        /// Its normal path.
        tile: TilePath,
        /// What went wrong, with the file where it did.
        message: String,
    },
    /// The rows would break a rule of training: a mistake of the program, found before anything was written.
    #[error("nothing was written, since the rows would not be safe to train on: {}; please report this", .0.join("; "))]
    Unsafe(Vec<String>),
    /// The system failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody stopped it.
    #[error("cancelled; nothing was written")]
    Cancelled,
}

impl From<Cancelled> for ExportError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Decides over every row and counts the outcome, as [`export`] would; writes nothing, and reads pixels without a cache.
///
/// # Errors
/// When the work was stopped, a row cannot be read any more, or the rows would not be safe to train on.
pub fn preview(
    dataset: &Dataset,
    source: &Source<'_>,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<(ExportPlan, ExportReport), ExportError> {
    preview_with(dataset, source, options, None, progress)
}

/// The same with a cache. `prints` is the file where prints of tiles are kept.
///
/// # Errors
/// Those of [`preview`].
pub fn preview_with(
    dataset: &Dataset,
    source: &Source<'_>,
    options: &ExportOptions,
    fingerprints: Option<&Path>,
    progress: &dyn Progress,
) -> Result<(ExportPlan, ExportReport), ExportError> {
    let read = ReadSet::read(dataset, source, options, fingerprints, progress)?;
    let ProvenPlan { plan, changed, report, .. } = ProvenPlan::prove(dataset, &read, source, options, progress)?;
    let report = report.with_figures(Figures::new(dataset, &plan, &WrittenRows::new(&read.facts, &plan, &changed)));
    Ok((plan, report))
}

/// What is read of a set before anything is decided.
struct ReadSet {
    absent: UnavailableTiles,
    facts: Facts,
    copies: FoundCopies,
}

impl ReadSet {
    fn read(
        dataset: &Dataset,
        source: &Source<'_>,
        options: &ExportOptions,
        fingerprints: Option<&Path>,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        let absent = UnavailableTiles::of(dataset, options, progress)?;
        let facts = Facts::read(dataset, progress)?;
        let copies = FoundCopies::find(dataset, &facts, source, options, fingerprints, progress)?;
        Ok(Self { absent, facts, copies })
    }
}

/// A plan that is safe to train on; its tiles are not counted yet.
struct ProvenPlan {
    answers: Answers,
    plan: ExportPlan,
    /// Of the rows that are written otherwise than they were.
    changed: Facts,
    report: ExportReport,
}

impl ProvenPlan {
    fn prove(
        dataset: &Dataset,
        read: &ReadSet,
        source: &Source<'_>,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        let ReadSet { facts, copies, .. } = read;
        let answers = Answers::new(dataset, facts, &source.people());
        let plan = ExportPlan::new(dataset, read, source.judgements, &answers, options, progress)?;
        let changed = written::changed(dataset, &plan)?;
        let written = WrittenRows::new(facts, &plan, &changed);
        let report = ExportReport::new(dataset, facts, &answers, &plan, &written, copies, options.negatives);
        let waived = WaivedRules {
            relevant: options.false_negatives == FalseNegatives::Keep,
            copies: options.copies == Copies::Keep,
            leaks: options.leaks == Leaks::Keep,
            held_out_leaks: options.held_out_leaks == HeldOutLeaks::Keep,
        };
        match report.proof.faults(waived) {
            faults if faults.is_empty() => Ok(Self { answers, plan, changed, report }),
            faults => Err(ExportError::Unsafe(faults)),
        }
    }
}

/// Plans and writes an export, reading pixels without a cache. Reports to `progress`.
///
/// # Errors
/// When the target is not new or empty or lies inside the dataset, cannot be written, or the work was stopped.
pub fn export(
    dataset: &Dataset,
    source: &Source<'_>,
    options: &ExportOptions,
    out: &Path,
    progress: &dyn Progress,
) -> Result<ExportReport, ExportError> {
    export_with(dataset, source, options, out, None, progress)
}

/// The same with the file where fingerprints of tiles are kept.
///
/// # Errors
/// Those of [`export`].
pub fn export_with(
    dataset: &Dataset,
    source: &Source<'_>,
    options: &ExportOptions,
    out: &Path,
    fingerprints: Option<&Path>,
    progress: &dyn Progress,
) -> Result<ExportReport, ExportError> {
    if options.formats.is_empty() && options.images == Images::None {
        return Err(ExportError::Nothing);
    }
    folder::refuse_inside(out, dataset)?;
    let folder = Folder::create(out)?;
    let read = ReadSet::read(dataset, source, options, fingerprints, progress)?;
    let failed = AtomicBool::new(false);
    let mut report = thread::scope(|scope| {
        // Checksums of what was read need nothing of all that follows.
        let rows_read = scope.spawn(|| manifest::rows_read(dataset, &failed));
        let write = || {
            let judgements = source.judgements;
            let ProvenPlan { answers, plan, changed, report } =
                ProvenPlan::prove(dataset, &read, source, options, progress)?;
            let written = WrittenRows::new(&read.facts, &plan, &changed);
            let context =
                Context { dataset, judgements, answers: &answers, plan: &plan, options, folder: &folder, progress };
            thread::scope(|scope| -> Result<ExportReport, ExportError> {
                let figures = scope.spawn(|| Figures::new(dataset, &plan, &written));
                let wanted = images::wanted(&context)?;
                images::check_room(&context, &wanted)?;
                for format in &options.formats {
                    formats::write(*format, &context, &wanted)?;
                }
                let shards = images::write(&context, &wanted)?;
                let report = report.with_figures(joined(figures));
                card::write(&context, source, &report)?;
                manifest::write(&context, source, &report, joined(rows_read)?, &shards)?;
                Ok(report)
            })
        };
        let written: Result<ExportReport, ExportError> = write();
        failed.store(written.is_err(), Ordering::Relaxed);
        written
    })?;
    report.files = folder.finish()?;
    Ok(report)
}
