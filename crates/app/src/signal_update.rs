//! The signals computed again on a thread, after texts of tiles were stored. It must not know the
//! order of samples.

use std::sync::Arc;

use tilejury_audit::external::for_reading;
use tilejury_data::TilePath;

use crate::findings_pool::{FindingsPool, JoinedFindings};
use crate::reading_task::ReadingPlace;
use crate::task::Task;

/// An update that is being computed. Dropping it cancels the work and does not wait.
pub(crate) struct SignalUpdate(Task<Option<JoinedFindings>>);

impl SignalUpdate {
    /// Starts an update after these tiles were read.
    pub(crate) fn start(
        place: ReadingPlace,
        pool: Arc<FindingsPool>,
        read: Vec<TilePath>,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let task = Task::spawn("signals", ctx, move |task| {
            let file = for_reading(&place.dataset, &place.sidecar, &place.sidecars);
            pool.read_rows_and_imports(&place.dataset, &file, &read, &task.unseen())
        })?;
        Ok(Self(task))
    }

    /// Returns the outcome once the work has ended, and only once; the inner value is `None` if it
    /// was cancelled, and the error is for a person to read.
    pub(crate) fn poll(&mut self) -> Option<Result<Option<JoinedFindings>, String>> {
        self.0.poll()
    }
}
