//! The question before quitting with judgements that are not on disk, or with an export running.
//! Asked only then, because the loss cannot be undone.

use egui::{Context, Id, Modal, RichText};
use tilejury_audit::text::count;

use super::UiAction;
use crate::command::Command;
use crate::theme::palette;

pub(crate) fn show(ctx: &Context, unsaved: u64, failure: Option<&str>, exporting: bool, acts: &mut Vec<UiAction>) {
    let changes = count(unsaved as usize, "change");
    let modal = Modal::new(Id::unique("closing")).show(ctx, |ui| {
        ui.set_width(540.0);
        match failure {
            Some(failure) if unsaved > 0 => {
                ui.heading("Not everything is saved");
                ui.label(format!("{changes} could not be saved. Quitting now loses them."));
                ui.label(RichText::new(failure).color(palette(ui.visuals()).reject));
                super::copy_button(ui, failure);
            }
            _ if exporting => {
                ui.heading("An export is being written");
                ui.label("Quitting now stops it and removes what it wrote.");
            }
            _ => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.label(format!("Saving {changes}…"));
                });
            }
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if unsaved > 0 && ui.button("Try again").clicked() {
                acts.push(UiAction::Run(Command::RetrySaving));
            }
            if unsaved > 0 && ui.button("Save judgements as…").clicked() {
                acts.push(UiAction::SaveAsAndLeave);
            }
            if ui.button("Cancel").clicked() {
                acts.push(UiAction::Stay);
            }
            let label = if unsaved > 0 { "Quit without saving" } else { "Stop the export and quit" };
            ui.add_space(24.0);
            if ui.button(RichText::new(label).color(palette(ui.visuals()).reject)).clicked() {
                acts.push(UiAction::LeaveAnyway);
            }
        });
    });
    if modal.should_close() {
        acts.push(UiAction::Stay);
    }
}
