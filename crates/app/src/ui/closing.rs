//! The question before quitting with judgements that are not on disk, or with an export running,
//! and the wait for answers of a model or the last exchange of judgements. Asked only then, because
//! the loss cannot be undone.

use std::time::Duration;

use egui::{Context, Id, Modal, RichText};
use tilejury_audit::pace::spell;
use tilejury_audit::text::count;

use super::{AppAction, UiAction};
use crate::command::DatasetCommand;
use crate::theme::palette;

/// Shows the question. `quits`: the window closes, and not only the dataset.
pub(crate) fn show(
    ctx: &Context,
    unsaved: u64,
    failure: Option<&str>,
    exporting: bool,
    quits: bool,
    actions: &mut Vec<UiAction>,
) {
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
                    super::busy::busy(ui);
                    ui.label(format!("Saving {changes}…"));
                });
            }
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if unsaved > 0 && ui.button("Try again").clicked() {
                actions.push(DatasetCommand::RetrySaving.into());
            }
            if unsaved > 0 && ui.button("Save judgements as…").clicked() {
                actions.push(AppAction::SaveAsAndLeave.into());
            }
            if ui.button("Cancel").clicked() {
                actions.push(AppAction::CancelLeaving.into());
            }
            let label = match (unsaved > 0, quits) {
                (true, true) => "Quit without saving",
                (true, false) => "Close without saving",
                (false, true) => "Stop the export and quit",
                (false, false) => "Stop the export and close the dataset",
            };
            ui.add_space(24.0);
            if ui.button(RichText::new(label).color(palette(ui.visuals()).reject)).clicked() {
                actions.push(AppAction::LeaveUnsaved.into());
            }
        });
    });
    if modal.should_close() {
        actions.push(AppAction::CancelLeaving.into());
    }
}

/// Shows that the window waits for answers of a model, which are paid.
pub(crate) fn show_answers(ctx: &Context, at_most: Duration, actions: &mut Vec<UiAction>) {
    let why = format!(
        "They are paid, and are stored as they come. The window closes after that, in {} at most. What is left would \
         be paid again.",
        spell(at_most)
    );
    show_wait(ctx, ("Waiting for answers on their way", &why, "Leave them and quit (Esc)"), actions);
}

/// Shows that the window waits for the last exchange of judgements.
pub(crate) fn show_exchange(ctx: &Context, actions: &mut Vec<UiAction>) {
    let why = "All of them are saved on this machine. The window closes when others can get them, in five seconds at \
               most; what is not sent by then is sent the next time.";
    show_wait(ctx, ("Sending the last judgements", why, "Send them later and quit (Esc)"), actions);
}

/// The heading, the reason, and the words for not waiting.
fn show_wait(ctx: &Context, (heading, why, leave): (&str, &str, &str), actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("closing")).show(ctx, |ui| {
        ui.set_width(540.0);
        ui.horizontal(|ui| {
            super::busy::busy(ui);
            ui.heading(heading);
        });
        ui.label(why);
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui.button("Cancel").clicked() {
                actions.push(AppAction::CancelLeaving.into());
            }
            ui.add_space(24.0);
            if ui.button(RichText::new(leave).color(palette(ui.visuals()).reject)).clicked() {
                actions.push(AppAction::LeaveUnsaved.into());
            }
        });
    });
    if modal.should_close() && !modal.backdrop_response.clicked() {
        actions.push(AppAction::LeaveUnsaved.into());
    }
}
