//! The dialog before a check: quick, or decoding every tile.

use egui::{Button, Context, Id, Modal, RichText};

use super::{AppAction, UiAction, size_of_download};
use crate::download_size::DownloadSize;

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct CheckDialog {
    /// The size of what decoding every tile fetches, if the dataset is at an address.
    pub(crate) decoding: Option<DownloadSize>,
}

pub(crate) fn show(ctx: &Context, busy: bool, dialog: &mut CheckDialog, actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("check")).show(ctx, |ui| {
        ui.set_width(520.0_f32.min(ctx.content_rect().width() * 0.9));
        super::title(ui, "Check the dataset", actions);
        ui.label(
            "Finds missing and damaged tiles, bad rows, repeats, positives among negatives, and leaks between splits.",
        );
        ui.label("Decoding every tile also finds copies of positives among negatives.");
        ui.label(RichText::new("The check runs in the background; Background work shows its findings.").weak());
        // Nobody agrees to a size that is not visible yet.
        let mut is_counted = true;
        if let Some(decoding) = &mut dialog.decoding {
            decoding.receive();
            ui.add_space(4.0);
            ui.label("The dataset is at an address. The check of rows and shards fetches the member lists of shards that are not indexed, a few per cent of them. Decoding every tile also fetches the tiles:");
            is_counted = size_of_download::show(ui, decoding);
        }
        ui.add_space(8.0);
        let enter = super::field_keys::enter_is_free(ui);
        ui.add_enabled_ui(!busy, |ui| {
            ui.horizontal(|ui| {
                let quick = super::button_with_key("Check rows and shards", "Enter");
                let quick = ui.add(quick).accessible_name("Check rows and shards");
                if quick.clicked() || (enter && !busy) {
                    actions.push(AppAction::Check { decode: false }.into());
                }
                if ui.add_enabled(is_counted, Button::new("Decode every tile too")).clicked() {
                    actions.push(AppAction::Check { decode: true }.into());
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
