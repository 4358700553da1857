//! The question before leaving with judgements that are not on disk. Asked only then: nothing can undo the loss.

use egui::{Context, Id, Modal, RichText};

use super::Act;
use crate::command::Command;
use crate::theme::palette;

pub(crate) fn show(ctx: &Context, unsaved: u64, failure: Option<&str>, acts: &mut Vec<Act>) {
    Modal::new(Id::unique("closing")).show(ctx, |ui| {
        ui.set_width(460.0);
        let Some(failure) = failure else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(format!("Saving {unsaved} changes…"));
            });
            return;
        };
        ui.heading("Not everything is saved");
        ui.label(format!("{unsaved} changes could not be stored. Leaving now loses them."));
        ui.label(RichText::new(failure).color(palette(ui.visuals()).reject));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui.button("Try again").clicked() {
                acts.push(Act::Do(Command::RetrySaving));
            }
            if ui.button("Stay").clicked() {
                acts.push(Act::StayOpen);
            }
            if ui.button("Leave and lose them").clicked() {
                acts.push(Act::QuitAnyway);
            }
        });
    });
}
