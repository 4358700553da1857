//! The dialog before a check: quick, or decoding every tile.

use egui::{Context, Id, Modal, RichText};

use super::download::{bytes_of_tiles, size_and_time};
use super::{AppAction, UiAction};
use crate::jobs::JobKind;
use crate::theme::palette;
use tilejury_data::Storage;

/// `storage`: where the dataset is, if it is at an address.
pub(crate) fn show(ctx: &Context, busy: bool, storage: Option<&dyn Storage>, actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("check")).show(ctx, |ui| {
        ui.set_width(520.0_f32.min(ctx.content_rect().width() * 0.9));
        super::title(ui, "Check the dataset", actions);
        ui.label(
            "Finds missing and damaged tiles, bad rows, repeats, positives among negatives, and leaks between splits.",
        );
        ui.label("Decoding every tile also finds copies of positives among negatives.");
        ui.label(RichText::new("The check runs in the background; Background work shows its findings.").weak());
        if let Some(storage) = storage {
            let size = size_and_time(bytes_of_tiles(storage), storage.pace().bytes_per_second);
            let text = format!(
                "The dataset is at an address. Rows and shards need the member lists of all shards, a few per cent of \
                 them; decoding every tile fetches up to {size}."
            );
            ui.label(RichText::new(text).color(palette(ui.visuals()).unsure));
        }
        ui.add_space(8.0);
        let enter = super::field_keys::enter_is_free(ui);
        ui.add_enabled_ui(!busy, |ui| {
            ui.horizontal(|ui| {
                let quick = ui.button("Check rows and shards  Enter").accessible_name("Check rows and shards");
                if quick.clicked() || (enter && !busy) {
                    actions.push(AppAction::Start(JobKind::Check { decode: false }).into());
                }
                if ui.button("Decode every tile too").clicked() {
                    actions.push(AppAction::Start(JobKind::Check { decode: true }).into());
                }
            });
        });
        if busy {
            ui.label("Another job is running; the check can start when it ends.");
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}
