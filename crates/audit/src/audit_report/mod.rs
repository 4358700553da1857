//! The report of random audits: for a paper, a card or a colleague. The same sidecar gives the same
//! bytes, whatever the clock, the time zone or the machine: no time of the report, no path of a
//! folder.
//!
//! [`AuditReport::new`] counts, [`AuditReport::write`] makes the files. Reads no sidecar: the
//! caller passes its events.

mod agreement;
mod content;
mod details;
mod gather;
mod html;
mod latex;
mod limits;
mod machines;
mod markdown;
mod models;
mod numbers;
mod page;
mod parts;
mod plots;
mod pseudonyms;
mod python;
mod rows;
mod shown;
mod who;

use std::path::Path;

use thiserror::Error;
use tilejury_data::Dataset;

use crate::audits::AuditNameError;
use crate::event::Event;
use crate::export::{ExportError, ExportFolder, refuse_inside, round};
use crate::external::{AskedModels, MachineReview};

pub use crate::export::{ExportCounts, export_counts};
pub use content::AuditReport;

/// The version of the JSON form; a change of the meaning of a field must increase it.
const REPORT_VERSION: u32 = 1;
/// The name and version of the program.
const PROGRAM: &str = concat!("tilejury ", env!("CARGO_PKG_VERSION"));

/// The data of a report.
pub struct ReportInputs<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// All events of its sidecar, also those of audits.
    pub events: &'a [Event],
    /// The reviews of a model, if any were imported.
    pub reviews: &'a [MachineReview],
    /// The reviews and controls of models at an endpoint.
    pub models: &'a AskedModels,
    /// A cleaned copy of the dataset.
    pub export: Option<ReportedExport<'a>>,
    /// The audit that is reported in full; all of them without a name.
    pub audit: Option<&'a str>,
    /// Whether annotators appear under their names rather than numbers.
    pub names: bool,
}

/// A cleaned copy with the audits of its own sidecar.
pub struct ReportedExport<'a> {
    /// The copy.
    pub dataset: &'a Dataset,
    /// All events of its sidecar.
    pub events: &'a [Event],
    /// The counts that its manifest states.
    pub counts: ExportCounts,
}

/// A reason why there is no report.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The name means no audit, or several.
    #[error(transparent)]
    NoSuchAudit(#[from] AuditNameError),
    /// The folder is refused.
    #[error(transparent)]
    NotHere(ExportError),
    /// The files cannot be written.
    #[error(transparent)]
    Failed(ExportError),
}

impl From<ExportError> for ReportError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::NotEmpty(_)
            | ExportError::NoFolder(_)
            | ExportError::NoParent(_)
            | ExportError::InsideDataset { .. } => Self::NotHere(error),
            other => Self::Failed(other),
        }
    }
}

/// The files of a report.
pub const FILES: [&str; 4] = ["audit_report.json", "report.html", "report.md", "report.tex"];

impl AuditReport {
    /// The names of all audits that were begun, the oldest first.
    pub fn audits(&self) -> Vec<&str> {
        self.audits.iter().map(|audit| audit.status.name.as_str()).collect()
    }

    /// The names of those that have rates in the report.
    pub fn reported_audits(&self) -> Vec<&str> {
        self.reported().map(|(audit, _)| audit.status.name.as_str()).collect()
    }

    /// The report in a few sentences: the rates, or that there are none.
    pub fn sentences(&self) -> Vec<String> {
        let reported: Vec<_> = self.reported().map(|(audit, _)| audit.sentence()).collect();
        match reported.is_empty() {
            true => self.limits.iter().take(1).cloned().collect(),
            false => reported,
        }
    }

    /// Writes the files to a new or empty folder outside of the dataset, all or none.
    ///
    /// # Errors
    /// When the folder is not empty or cannot be written.
    pub fn write(&self, dataset: &Dataset, out: &Path) -> Result<(), ReportError> {
        refuse_inside(out, dataset)?;
        let folder = ExportFolder::create(out)?;
        let page = self.page();
        let title = format!("Audit report of {}", self.dataset.name);
        let mut json = serde_json::json!(self);
        // The last digits of logarithms differ between machines.
        round(&mut json);
        let texts = [format!("{json:#}\n"), html::html(&title, &page), markdown::markdown(&page), latex::latex(self)];
        for (name, text) in FILES.into_iter().zip(texts) {
            let mut file = folder.file(name)?;
            file.write(text.as_bytes())?;
            file.finish()?;
        }
        folder.finish()?;
        Ok(())
    }
}
