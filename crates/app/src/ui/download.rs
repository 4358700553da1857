//! The question before work that fetches much of a dataset at an address: what it fetches, and how
//! long that takes. A download costs time and traffic, and cannot be undone.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Context, Id, Modal, RichText};
use tilejury_data::{Dataset, Storage};

use super::export_dialog::ExportDialog;
use super::{AppAction, UiAction, field_keys, size_of_download};
use crate::download_size::{DownloadFor, DownloadSize};
use crate::jobs::WholeSetWork;

/// The state of the dialog.
pub(crate) struct DownloadDialog {
    work: WholeSetWork,
    address: String,
    size: DownloadSize,
    /// The dialog to return to.
    pub(crate) behind: Option<Box<ExportDialog>>,
}

impl DownloadDialog {
    /// Starts to count what `of` fetches. `fingerprints`: the file of the tiles that were scanned
    /// before.
    pub(crate) fn new(
        work: WholeSetWork,
        of: DownloadFor,
        (dataset, storage): (&Arc<Dataset>, &dyn Storage),
        fingerprints: PathBuf,
        ctx: &Context,
    ) -> std::io::Result<Self> {
        let size = DownloadSize::start(of, dataset, fingerprints, ctx)?;
        Ok(Self { size, work, address: storage.address().to_owned(), behind: None })
    }
}

/// Asks; begins the work without a question if nothing is to be fetched for it.
pub(crate) fn show(ctx: &Context, dialog: &mut DownloadDialog, actions: &mut Vec<UiAction>) {
    dialog.size.receive();
    if dialog.size.download().is_some_and(|download| download.is_nothing()) {
        actions.push(AppAction::Begin(dialog.work.clone()).into());
        return;
    }
    let modal = Modal::new(Id::unique("download")).show(ctx, |ui| {
        ui.set_width(540.0_f32.min(ctx.content_rect().width() * 0.9));
        ui.heading(dialog.work.question());
        ui.label(RichText::new(&dialog.address).weak());
        ui.add_space(4.0);
        let is_counted = size_of_download::show(ui, &dialog.size);
        ui.label(RichText::new("The work can be stopped at any time. What it fetched stays in the cache.").weak());
        ui.add_space(8.0);
        // Nobody agrees to a size that is not visible yet.
        let enter = field_keys::enter_is_free(ui) && is_counted;
        ui.horizontal(|ui| {
            let start = ui.add_enabled(is_counted, super::button_with_key("Start", "Enter")).accessible_name("Start");
            if start.clicked() || enter {
                actions.push(AppAction::Begin(dialog.work.clone()).into());
            }
            if ui.add(super::button_with_key("Cancel", "Esc")).accessible_name("Cancel").clicked() {
                actions.push(AppAction::CloseDialog.into());
            }
        });
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}
