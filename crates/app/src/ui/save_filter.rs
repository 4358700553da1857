//! The dialog that names and saves the current search.

use egui::{Context, Id, Modal, RichText, TextEdit};

use super::{AppAction, UiAction, field_keys};
use crate::settings::SavedFilter;

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct SaveFilterDialog {
    pub(crate) name: String,
    focused: bool,
}

pub(crate) fn show(
    ctx: &Context,
    dialog: &mut SaveFilterDialog,
    search: &str,
    is_invalid: bool,
    filters: &[SavedFilter],
    actions: &mut Vec<UiAction>,
) {
    super::catch_text(ctx, &mut dialog.name, dialog.focused);
    let modal = Modal::new(Id::unique("save filter")).show(ctx, |ui| {
        ui.set_width(420.0);
        super::title(ui, "Save the filter", actions);
        if is_invalid {
            ui.label("The search has an error; fix that first.");
            return;
        }
        if search.trim().is_empty() {
            ui.label("There is no search to save. Enter one first, such as verdict:reject table.");
            return;
        }
        ui.label(RichText::new(search).monospace());
        let label = ui.label("Name");
        let field = ui.add(TextEdit::singleline(&mut dialog.name).desired_width(f32::INFINITY)).labelled_by(label.id);
        super::focus_first(&field, &mut dialog.focused);
        let name = dialog.name.trim();
        let name_is_used = filters.iter().any(|filter| filter.name == name);
        let text = if name_is_used {
            "Replaces the saved filter of this name."
        } else {
            "Saved filters are in the filter menu and the palette."
        };
        ui.label(RichText::new(text).weak());
        let enter = field_keys::entered(ui, &field);
        let save = ui.add_enabled(!name.is_empty(), egui::Button::new("Save")).clicked();
        if (save || enter) && !name.is_empty() {
            actions.push(AppAction::SaveFilter(name.to_owned()).into());
            actions.push(AppAction::CloseDialog.into());
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}
