//! Problems of the dataset's files, hints, and the log of messages.

use egui::{Context, Id, Modal, RichText};

use tilejury_data::Dataset;

use super::{AppAction, UiAction};
use crate::icons;
use crate::theme::palette;

/// The number of lines shown of each kind; `tilejury check` lists all.
const SHOWN: usize = 500;

pub(crate) fn show(ctx: &Context, dataset: &Dataset, log: &[String], actions: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.8;
    let modal = Modal::new(Id::unique("messages")).show(ctx, |ui| {
        ui.set_width(size.x.min(860.0));
        super::title(ui, "Messages", actions);
        if ui.button(format!("{} Copy all", icons::COPY)).accessible_name("Copy all").clicked() {
            ui.ctx().copy_text(all(dataset, log));
        }
        ui.separator();
        egui::ScrollArea::vertical()
            .max_height(size.y - 80.0)
            .min_scrolled_height(size.y - 80.0)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                let warn = palette(ui.visuals()).unsure;
                if dataset.warnings.is_empty() && dataset.notes.is_empty() && log.is_empty() {
                    ui.label("Nothing to report.");
                }
                for entry in log.iter().rev() {
                    ui.label(entry);
                }
                for note in &dataset.notes {
                    ui.label(RichText::new(note).weak());
                }
                for warning in dataset.warnings.iter().take(SHOWN) {
                    ui.label(RichText::new(format!("{} {warning}", icons::WARNING)).color(warn));
                }
                if dataset.warnings.len() > SHOWN {
                    ui.label(format!(
                        "… and {} more; `tilejury check` lists them all.",
                        dataset.warnings.len() - SHOWN
                    ));
                }
            });
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn all(dataset: &Dataset, log: &[String]) -> String {
    let warnings = dataset.warnings.iter().map(ToString::to_string);
    log.iter().cloned().chain(dataset.notes.iter().cloned()).chain(warnings).collect::<Vec<_>>().join("\n")
}
