//! A cleaned copy of the splits: a pure plan of which rows are kept, changed and dropped, then a
//! writer for each format.
//!
//! Nothing appears under the final name before it is complete, and the dataset itself is never
//! written. The planned rows are checked against the rules of training before the first file is
//! written.

mod added;
mod annotation;
mod audits;
mod card;
mod checksums;
mod context;
mod copies;
mod copies_report;
mod croissant;
mod figures;
mod folder;
mod formats;
mod images;
mod jsonl;
mod manifest;
mod options;
mod origin;
mod out_file;
mod plan;
mod read_row_keys;
mod report;
mod rows;
mod simulation;
mod source;
mod split_kind;
mod suspects;
mod verify;
mod workers;
mod written;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use thiserror::Error;
use tilejury_data::{Dataset, TileError, TilePath};
use tilejury_rows::RowKeyTable;

use crate::answers::Answers;
use crate::parallel::joined;
use crate::progress::{Cancelled, Progress};

pub use added::AddedTile;
pub use copies_report::{CopiesReport, CopyCoverage};
pub use figures::SplitFigures;
pub use options::{
    Conflicts, Copies, ExportOptions, FalseNegatives, Format, HeldOutLeaks, Images, Leaks, NegativeOrder, TileCheck,
    Unjudged, Unsure,
};
pub use origin::{ExportOrigin, lacks_rows, origin_of};
pub use plan::{ChangeReason, DropReason, ExportPlan, PlannedRow, RowOutcome};
pub use report::ExportReport;
pub use simulation::{Simulation, WaivedRules};
pub use source::JudgementSource;
pub use suspects::suspects_words;
pub use verify::{
    ExportCounts, Fault, Originals, VerifyReport, annotator_scope, export_counts, export_options, verify, verify_with,
};

pub(crate) use audits::round;
pub(crate) use folder::{ExportFolder, refuse_inside};
pub(crate) use images::tiles_to_write;
pub(crate) use read_row_keys::read_row_keys;

use context::ExportContext;
use copies::CopiesByQuery;
use figures::DatasetFigures;
use plan::UnavailableTiles;
use written::WrittenRows;

/// A reason why nothing was exported. Everything that was written has been removed.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The target folder is not empty.
    #[error("{path} is not empty; choose a new or an empty folder", path = .0.display())]
    NotEmpty(PathBuf),
    /// The target is a file.
    #[error("{path} is not a folder; choose a new or an empty folder", path = .0.display())]
    NoFolder(PathBuf),
    /// The target's parent folder does not exist.
    #[error("{path} does not exist; create it first, or choose another folder", path = .0.display())]
    NoParent(PathBuf),
    /// The target is inside the dataset's folder.
    #[error("{path} is inside the dataset {dataset}; choose a folder outside it", path = path.display(), dataset = dataset.display())]
    InsideDataset {
        /// The target.
        path: PathBuf,
        /// The dataset's folder, or a folder of tiles that it links to.
        dataset: PathBuf,
    },
    /// The options ask for no output.
    #[error("no format and no pictures were chosen; choose at least one")]
    Nothing,
    /// The disk has too little free space.
    #[error("{path}: {needed} bytes are needed, {free} are free; make room, or choose a folder on another disk", path = path.display())]
    NoRoom {
        /// The target.
        path: PathBuf,
        /// The bytes that the files will take.
        needed: u64,
        /// The bytes that are free.
        free: u64,
    },
    /// A tile that was found when the rows were planned cannot be read now.
    #[error("{place}: {tile}: {message}")]
    Tile {
        /// The row that names it, as `train line 13`.
        place: String,
        /// Its normalised path.
        tile: TilePath,
        /// The error, with its file.
        message: String,
    },
    /// A tile could not be fetched from where the dataset is.
    #[error(
        "nothing was written, because a tile could not be fetched: {0}; the next try goes on from what was fetched"
    )]
    Unreachable(TileError),
    /// Links to pictures that are on another machine.
    #[error(
        "the pictures are at {0}: a file cannot link to another machine; choose repack or extract, which download them"
    )]
    LinkElsewhere(String),
    /// The rows would break a rule of training: a fault of the program, found before anything was
    /// written.
    #[error("nothing was written, because the rows would not be safe to train on: {}; please report this", .0.join("; "))]
    Unsafe(Vec<String>),
    /// An error of the system.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The work was cancelled.
    #[error("cancelled; nothing was written")]
    Cancelled,
}

impl From<Cancelled> for ExportError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Plans every row and counts the outcome, as [`export`] would. Writes nothing, and reads pixels
/// without a cache.
///
/// # Errors
/// When the work was stopped, a row can no longer be read, or the rows would not be safe to train
/// on.
pub fn preview(
    dataset: &Dataset,
    source: &JudgementSource<'_>,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<(ExportPlan, ExportReport), ExportError> {
    preview_with(dataset, source, options, None, progress)
}

/// Like [`preview`], with a cache: `fingerprints` is the file of tile fingerprints.
///
/// # Errors
/// Those of [`preview`].
pub fn preview_with(
    dataset: &Dataset,
    source: &JudgementSource<'_>,
    options: &ExportOptions,
    fingerprints: Option<&Path>,
    progress: &dyn Progress,
) -> Result<(ExportPlan, ExportReport), ExportError> {
    refuse_links_elsewhere(dataset, options)?;
    let read = ReadSet::read(dataset, source, options, fingerprints, progress)?;
    let ProvenPlan { plan, changed, report, .. } = ProvenPlan::prove(dataset, &read, source, options, progress)?;
    let report =
        report.with_figures(DatasetFigures::new(dataset, &plan, &WrittenRows::new(&read.row_keys, &plan, &changed)));
    Ok((plan, report))
}

/// # Errors
/// If links are wanted to pictures that are not on this machine.
fn refuse_links_elsewhere(dataset: &Dataset, options: &ExportOptions) -> Result<(), ExportError> {
    match dataset.tiles.storage() {
        Some(storage) if options.images == Images::Link => {
            Err(ExportError::LinkElsewhere(storage.address().to_owned()))
        }
        _ => Ok(()),
    }
}

/// The data that is read from a dataset before anything is decided.
struct ReadSet {
    unavailable: UnavailableTiles,
    row_keys: RowKeyTable,
    copies: CopiesByQuery,
}

impl ReadSet {
    fn read(
        dataset: &Dataset,
        source: &JudgementSource<'_>,
        options: &ExportOptions,
        fingerprints: Option<&Path>,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        let mut unavailable = UnavailableTiles::find(dataset, options, progress)?;
        let row_keys = read_row_keys(dataset, progress)?;
        let copies = CopiesByQuery::find(dataset, &row_keys, source, options, fingerprints, progress)?;
        unavailable.add_damaged(copies.damaged());
        Ok(Self { unavailable, row_keys, copies })
    }
}

/// A plan that is safe to train on. Its tiles are not counted yet.
struct ProvenPlan {
    answers: Answers,
    plan: ExportPlan,
    /// The keys of the rows that are written with changes.
    changed: RowKeyTable,
    report: ExportReport,
}

impl ProvenPlan {
    fn prove(
        dataset: &Dataset,
        read: &ReadSet,
        source: &JudgementSource<'_>,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        let ReadSet { row_keys, copies, .. } = read;
        let answers = Answers::new(dataset, row_keys, &source.people());
        let plan = ExportPlan::new(dataset, read, source.judgements, &answers, options, progress)?;
        // Planning looks for further tiles where rows are refilled.
        read.unavailable.refuse_unreachable()?;
        let changed = written::changed(dataset, &plan)?;
        let written = WrittenRows::new(row_keys, &plan, &changed);
        let report = ExportReport::new(dataset, row_keys, &answers, &plan, &written, copies, options.negatives);
        let added = added::added_tiles(dataset, row_keys, source.judgements, &answers, written.rows());
        let is_lost = |added: &&AddedTile| dataset.tiles.locate(&added.tile).is_err();
        let needed = options.has_pictures_of_added();
        let added_not_found = if needed { added.iter().filter(is_lost).count() } else { 0 };
        let report = ExportReport {
            added,
            added_not_found,
            unjudged: plan.unjudged(dataset, source.judgements).count(),
            ..report
        };
        let waived = WaivedRules {
            relevant: options.false_negatives == FalseNegatives::Keep,
            copies: options.copies == Copies::Keep,
            leaks: options.leaks == Leaks::Keep,
            held_out_leaks: options.held_out_leaks == HeldOutLeaks::Keep,
        };
        match report.simulation.faults(waived) {
            faults if faults.is_empty() => Ok(Self { answers, plan, changed, report }),
            faults => Err(ExportError::Unsafe(faults)),
        }
    }
}

/// Plans and writes an export, reading pixels without a cache. Reports to `progress`.
///
/// # Errors
/// When the target is not new or empty, is inside the dataset or cannot be written, or when the
/// work was stopped.
pub fn export(
    dataset: &Dataset,
    source: &JudgementSource<'_>,
    options: &ExportOptions,
    out: &Path,
    progress: &dyn Progress,
) -> Result<ExportReport, ExportError> {
    export_with(dataset, source, options, out, None, progress)
}

/// Whether an export could be written to a folder. Writes nothing; the folder may still be refused
/// later, when other programs have used it.
///
/// # Errors
/// The reason why not.
pub fn check_target(dataset: &Dataset, out: &Path) -> Result<(), ExportError> {
    folder::refuse_inside(out, dataset)?;
    folder::usable_target(out).map(|_| ())
}

/// Like [`export`], with a cache: `fingerprints` is the file of tile fingerprints.
///
/// # Errors
/// Those of [`export`].
pub fn export_with(
    dataset: &Dataset,
    source: &JudgementSource<'_>,
    options: &ExportOptions,
    out: &Path,
    fingerprints: Option<&Path>,
    progress: &dyn Progress,
) -> Result<ExportReport, ExportError> {
    if options.formats.is_empty() && options.images == Images::None {
        return Err(ExportError::Nothing);
    }
    refuse_links_elsewhere(dataset, options)?;
    folder::refuse_inside(out, dataset)?;
    let folder = ExportFolder::create(out)?;
    let read = ReadSet::read(dataset, source, options, fingerprints, progress)?;
    let failed = AtomicBool::new(false);
    let mut report = thread::scope(|scope| {
        // These checksums do not depend on anything that follows.
        let rows_read = scope.spawn(|| manifest::rows_read(dataset, &failed));
        let write = || {
            let judgements = source.judgements;
            let ProvenPlan { answers, plan, changed, report } =
                ProvenPlan::prove(dataset, &read, source, options, progress)?;
            let written = WrittenRows::new(&read.row_keys, &plan, &changed);
            let added = report.added.clone();
            let context = ExportContext {
                dataset,
                judgements,
                answers: &answers,
                plan: &plan,
                added: &added,
                options,
                folder: &folder,
                progress,
            };
            thread::scope(|scope| -> Result<ExportReport, ExportError> {
                let figures = scope.spawn(|| DatasetFigures::new(dataset, &plan, &written));
                let wanted = images::wanted(&context)?;
                images::check_room(&context, &wanted)?;
                for format in &options.formats {
                    formats::write(*format, &context, &wanted)?;
                }
                let shards = images::write(&context, &wanted)?;
                let report = report.with_figures(joined(figures));
                card::write(&context, source, &report)?;
                croissant::write(&context, source, &report)?;
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
