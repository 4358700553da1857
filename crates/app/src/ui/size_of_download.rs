//! The size of a download in a dialog, in sentences. Counts nothing.

use egui::Ui;

use crate::download_size::DownloadSize;

/// Draws a size, or that it is being counted. Returns whether it is visible: nobody agrees before.
pub(super) fn show(ui: &mut Ui, size: &DownloadSize) -> bool {
    let Some(sentences) = size.in_words() else {
        ui.horizontal(|ui| {
            super::busy::busy(ui);
            ui.label("Counting the tiles…");
        });
        return false;
    };
    for sentence in sentences {
        ui.label(sentence);
    }
    true
}
