//! The signals computed again on a thread, after texts of tiles were stored: rows and imports are
//! read again, findings from pixels are kept. It must not know the order of samples.

use std::path::Path;
use std::sync::Arc;

use tilejury_audit::external::{ExternalSignals, ExternalStore, for_reading};
use tilejury_audit::progress::Progress;
use tilejury_audit::suspicion::{Finding, Findings, SuspicionSettings, signals};
use tilejury_data::Dataset;

use crate::reading_task::ReadingPlace;
use crate::task::Task;

/// The findings that an update brings.
pub(crate) struct UpdatedFindings {
    /// Those from rows and imports alone.
    pub(crate) rows: Arc<Findings>,
    /// Those, and the findings from pixels.
    pub(crate) all: Arc<Findings>,
}

/// An update that is being computed. Dropping it cancels the work and does not wait.
pub(crate) struct SignalUpdate(Task<Option<UpdatedFindings>>);

impl SignalUpdate {
    /// Starts an update. `pixels` holds the findings from pixels so far.
    pub(crate) fn start(place: ReadingPlace, pixels: Arc<Vec<Finding>>, ctx: &egui::Context) -> std::io::Result<Self> {
        let task = Task::spawn("signals", ctx, move |task| {
            let file = for_reading(&place.dataset, &place.sidecar, &place.sidecars);
            let rows = findings_from_rows(&place.dataset, &file, &task.unseen())?;
            let all = if pixels.is_empty() { rows.clone() } else { rows.clone().with(pixels.iter().cloned()) };
            Some(UpdatedFindings { rows: Arc::new(rows), all: Arc::new(all) })
        })?;
        Ok(Self(task))
    }

    /// Returns the outcome once the work has ended, and only once; the inner value is `None` if it was
    /// cancelled, and the error is for a person to read.
    pub(crate) fn poll(&mut self) -> Option<Result<Option<UpdatedFindings>, String>> {
        self.0.poll()
    }
}

/// Computes the findings from rows and from the file of external results, which need not exist.
/// `None` if the work was cancelled.
pub(crate) fn findings_from_rows(dataset: &Dataset, external: &Path, progress: &dyn Progress) -> Option<Findings> {
    // An unreadable file is left out here; `tilejury rank` reports why.
    let external = ExternalStore::open_for_reading(external).ok().flatten();
    let external = external.and_then(|external| ExternalSignals::read(&external, dataset, progress).ok()?.ok());
    signals(dataset, &SuspicionSettings::default(), external.as_ref(), progress).ok()
}
