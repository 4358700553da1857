//! A cleaned copy of the splits: a pure plan of what leaves, changes and stays, then a writer for each format.
//!
//! Nothing appears under the final name before it is whole, and the dataset itself is never written.

mod card;
mod folder;
mod jsonl;
mod plan;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;
use tilejury_data::Dataset;

use crate::judgement::Judgements;
use crate::words::count;

pub use plan::{ExportPlan, Fate, Removed, Unjudged, Why};

/// What a person chose for an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportOptions {
    /// A row with fewer usable negatives leaves: trainers would pad it with its own positive.
    pub negatives: usize,
    /// What becomes of rows without a verdict.
    pub unjudged: Unjudged,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { negatives: 2, unjudged: Unjudged::Keep }
    }
}

/// What an export did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Rows written byte for byte as they were.
    pub kept: usize,
    /// Rows written with fewer negatives.
    pub changed: usize,
    /// Rows that left.
    pub dropped: usize,
    /// Rows by what happened to them: dropped rows once by why they left, changed rows by what was taken out.
    pub reasons: BTreeMap<&'static str, usize>,
    /// Lines of the input that are no rows; they are not exported.
    pub bad_lines: usize,
    /// Written rows with a tile among their negatives that is positive for their query, and that nobody judged: places
    /// as `train line 78`.
    pub still_suspicious: Vec<String>,
    /// Splits that had rows and have none left.
    pub empty_splits: Vec<String>,
    /// The files, as names in the folder.
    pub files: Vec<String>,
}

impl ExportReport {
    /// What was done, in lines for a person.
    pub fn summary(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} kept as they were, {} changed, {} left out",
            count(self.kept, "row"),
            self.changed,
            self.dropped
        )];
        for (reason, number) in &self.reasons {
            let fate = if ["false_negative", "broken_negative"].contains(reason) { "changed" } else { "left out" };
            lines.push(format!("  {fate}, {}: {}", reason.replace('_', " "), count(*number, "row")));
        }
        if self.bad_lines > 0 {
            let lines_of = count(self.bad_lines, "line");
            lines.push(format!(
                "Careful: {lines_of} of the input cannot be read as rows and were left out; `tilejury check` names them"
            ));
        }
        if !self.still_suspicious.is_empty() {
            let places: Vec<&str> = self.still_suspicious.iter().take(5).map(String::as_str).collect();
            let more = if self.still_suspicious.len() > places.len() { ", …" } else { "" };
            lines.push(format!(
                "Careful: {} written with a positive of the query among the negatives, since nobody judged it: {}{more}",
                count(self.still_suspicious.len(), "row"),
                places.join(", ")
            ));
        }
        for split in &self.empty_splits {
            lines.push(format!("Careful: no row of the split {split} is left; loaders may refuse its files"));
        }
        lines
    }
}

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

/// Plans and writes an export. `go_on` is told how many rows of how many are written, and stops the work by `false`.
///
/// # Errors
/// When the target is not new or empty, cannot be written, or the work was stopped.
pub fn export(
    dataset: &Dataset,
    judgements: &Judgements,
    options: ExportOptions,
    out: &Path,
    go_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<ExportReport, ExportError> {
    let folder = folder::Folder::create(out)?;
    let plan = ExportPlan::new(dataset, judgements, options, &mut || go_on(0, dataset.samples.len()));
    let plan = plan.ok_or(ExportError::Cancelled)?;
    let mut report = plan.report(dataset);
    let written = jsonl::write(dataset, &plan, &folder, go_on)?;
    card::write(dataset, &plan, &written, options, &report, &folder)?;
    let emptied =
        dataset.splits.iter().zip(&written).filter(|(split, written)| !split.rows.is_empty() && written.rows == 0);
    report.empty_splits = emptied.map(|(split, _)| split.name.clone()).collect();
    report.files = folder.finish()?;
    Ok(report)
}
