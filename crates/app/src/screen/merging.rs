//! Merging sidecars of the open dataset from the window, and opening a dataset with another sidecar
//! than its usual one. The merge itself runs as a job.

use std::path::{Path, PathBuf};

use super::dialogs::Dialog;
use super::leaving::Destination;
use super::{App, Stage};
use crate::jobs::JobKind;
use crate::ui::file_dialog::{PickerPurpose, merged_name};
use crate::ui::merge_dialog::MergeDialog;

impl App {
    /// Opens the dialog, with the sidecar of the window in its list.
    pub(super) fn merge_dialog(&mut self) {
        self.save_note();
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let open = reviewing.review.saving.location().path.clone();
        self.dialog = Some(Dialog::Merge(MergeDialog::new(open, &merged_name())));
    }

    /// Receives a file that was chosen for the dialog.
    pub(super) fn picked_for_merge(&mut self, purpose: PickerPurpose, path: &Path) {
        if let Some(Dialog::Merge(dialog)) = &mut self.dialog {
            match purpose {
                PickerPurpose::Sidecar => dialog.add(path),
                _ => dialog.set_target(path),
            }
        }
    }

    /// Starts the merge; the dialog stays open and shows its end.
    pub(super) fn start_merge(&mut self, from: Vec<PathBuf>, to: PathBuf) {
        self.start(JobKind::Merge { from, to });
    }

    /// Opens the dataset that could not be opened, with the sidecar that was chosen for it.
    pub(super) fn open_failed_with(&mut self, sidecar: PathBuf) {
        if let Stage::Welcome { failure: Some(failure) } = &self.stage
            && let Some(target) = failure.needs_sidecar.clone()
        {
            self.leave_for(Destination::OpenWith { target, sidecar });
        }
    }

    /// Opens the present dataset with another sidecar, once everything is saved.
    pub(super) fn open_with_sidecar(&mut self, sidecar: PathBuf) {
        if let Some(target) = self.opened.clone() {
            self.leave_for(Destination::OpenWith { target, sidecar });
        }
    }
}
