//! The dialog to open a dataset at an address: the field, examples of what an address is, why the
//! typed text is none, and the addresses opened before.

use std::path::{Path, PathBuf};

use egui::{Context, Grid, Id, Modal, RichText, TextEdit, Ui};

use super::{AppAction, UiAction, field_keys};
use crate::dataset_source::{is_kept_address, typed_address};
use crate::opening::OpenTarget;
use crate::theme::palette;

/// The forms of addresses, each with what it is.
const FORMS: [(&str, &str); 5] = [
    ("hf://datasets/OWNER/NAME", "a dataset of the Hugging Face Hub; a link to its page and OWNER/NAME work too"),
    ("s3://BUCKET/FOLDER", "Amazon S3, or a service that works like it"),
    ("gs://BUCKET/FOLDER", "Google Cloud Storage"),
    ("az://CONTAINER/FOLDER", "Azure Blob Storage"),
    ("https://HOST/FOLDER", "a folder on a web server"),
];

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct OpenAddressDialog {
    pub(crate) text: String,
    focused: bool,
}

impl OpenAddressDialog {
    /// The dialog with a text in its field.
    pub(crate) fn with(text: String) -> Self {
        Self { text, focused: false }
    }
}

/// `recent`: the datasets opened before, of which those at addresses are listed.
pub(crate) fn show(ctx: &Context, dialog: &mut OpenAddressDialog, recent: &[PathBuf], actions: &mut Vec<UiAction>) {
    super::catch_text(ctx, &mut dialog.text, dialog.focused);
    let modal = Modal::new(Id::unique("open address")).show(ctx, |ui| {
        ui.set_width(620.0_f32.min(ctx.content_rect().width() * 0.9));
        super::title(ui, "Open address", actions);
        ui.add_space(4.0);
        let label = ui.label("Address of the dataset");
        let field = TextEdit::singleline(&mut dialog.text).hint_text("hf://datasets/OWNER/NAME");
        let field = ui.add(field.desired_width(f32::INFINITY)).labelled_by(label.id);
        super::focus_first(&field, &mut dialog.focused);
        let typed = dialog.text.trim();
        let address = typed_address(typed);
        // One line in any case, so that nothing below moves while a person types.
        let colour = palette(ui.visuals()).reject;
        match &address {
            _ if typed.is_empty() => {
                ui.label(RichText::new("The dataset stays where it is; only what you look at is fetched.").weak())
            }
            Ok(address) => ui.label(RichText::new(format!("Opens {}", address.display())).weak()),
            // A reason that begins with what was typed needs no subject.
            Err(reason) if reason.starts_with('`') => ui.label(RichText::new(format!("{reason}.")).color(colour)),
            Err(reason) => ui.label(RichText::new(format!("It {reason}.")).color(colour)),
        };
        let enter = field_keys::entered(ui, &field);
        ui.horizontal(|ui| {
            let button = super::button_with_key("Open", "Enter");
            let go = ui.add_enabled(address.is_ok(), button).accessible_name("Open").clicked();
            if let Ok(address) = &address
                && (go || enter)
            {
                open(address, actions);
            }
        });
        if enter {
            // Without an address the field keeps the focus.
            field.request_focus();
        }
        ui.add_space(8.0);
        forms(ui);
        recents(ui, recent, actions);
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn forms(ui: &mut Ui) {
    Grid::new("forms of addresses").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        for (form, meaning) in FORMS {
            ui.label(RichText::new(form).monospace());
            ui.add(egui::Label::new(RichText::new(meaning).weak()).wrap());
            ui.end_row();
        }
    });
    let text = "@REVISION after NAME opens a branch, tag or commit. Tokens and keys are taken from where each store's own tools keep them, and are never stored.";
    ui.label(RichText::new(text).weak().small());
}

fn recents(ui: &mut Ui, recent: &[PathBuf], actions: &mut Vec<UiAction>) {
    let mut addresses = recent.iter().filter(|path| is_kept_address(path)).peekable();
    if addresses.peek().is_none() {
        return;
    }
    ui.add_space(8.0);
    ui.label(RichText::new("Opened before").strong());
    for address in addresses {
        if ui.link(address.display().to_string()).clicked() {
            open(address, actions);
        }
    }
}

fn open(address: &Path, actions: &mut Vec<UiAction>) {
    actions.push(AppAction::CloseDialog.into());
    actions.push(AppAction::Open(OpenTarget::Path(address.to_owned())).into());
}
