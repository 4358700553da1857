//! The dialog to go to a sample: a number in the list, or a line of a split.

use egui::{Context, Id, Modal, RichText, TextEdit};

use tilejury_data::{Dataset, LineNumber, SampleIndex};

use super::{AppAction, ReviewAction, UiAction, field_keys};

/// The samples that the dialog can go to.
#[derive(Clone, Copy)]
pub(crate) struct GoToView<'a> {
    pub(crate) dataset: &'a Dataset,
    /// The listed samples, in order.
    pub(crate) listed: &'a [SampleIndex],
}

#[derive(Default)]
pub(crate) struct GoToDialog {
    pub(crate) text: String,
    focused: bool,
}

pub(crate) fn show(ctx: &Context, dialog: &mut GoToDialog, view: GoToView<'_>, actions: &mut Vec<UiAction>) {
    super::catch_text(ctx, &mut dialog.text, dialog.focused);
    // A text and Enter, both typed before the field was drawn.
    let typed_ahead =
        !dialog.focused && !dialog.text.is_empty() && ctx.input(|input| input.key_pressed(egui::Key::Enter));
    let modal = Modal::new(Id::unique("go to")).show(ctx, |ui| {
        ui.set_width(360.0);
        ui.heading("Go to");
        let label = ui.label("Position in the list, or split:line, such as eval:3");
        let field = ui.add(TextEdit::singleline(&mut dialog.text).desired_width(f32::INFINITY)).labelled_by(label.id);
        super::focus_first(&field, &mut dialog.focused);
        let found = find(&dialog.text, view);
        if let Err(reason) = &found
            && !dialog.text.trim().is_empty()
        {
            ui.label(RichText::new(reason).color(crate::theme::palette(ui.visuals()).reject));
        }
        let enter = typed_ahead || field_keys::entered(ui, &field);
        ui.horizontal(|ui| {
            let go = ui.add_enabled(found.is_ok(), egui::Button::new("Go")).clicked();
            if let Ok(index) = found
                && (go || enter)
            {
                actions.push(ReviewAction::Show(index).into());
                actions.push(AppAction::CloseDialog.into());
            }
            if ui.button("Cancel").clicked() {
                actions.push(AppAction::CloseDialog.into());
            }
        });
        if enter {
            // Without a match the field keeps the focus.
            field.request_focus();
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// Parses a text as a sample.
///
/// # Errors
/// Describes the number, split or line that does not exist.
pub(crate) fn find(text: &str, GoToView { dataset, listed }: GoToView<'_>) -> Result<SampleIndex, String> {
    let text = text.trim();
    if let Some((split, line)) = text.rsplit_once(':') {
        let line =
            line.trim().parse().map(LineNumber::new).map_err(|_| format!("“{}” is not a line number", line.trim()))?;
        let names = || dataset.splits.iter().map(|split| split.name.as_str()).collect::<Vec<_>>().join(", ");
        if !dataset.splits.iter().any(|known| known.name == split.trim()) {
            return Err(format!("No split “{}”; the splits are: {}", split.trim(), names()));
        }
        return dataset
            .find_line(split.trim(), line)
            .ok_or_else(|| format!("No usable row on line {line} of {}", split.trim()));
    }
    let number: usize = text.parse().map_err(|_| format!("“{text}” is neither a number nor split:line"))?;
    let index = number.checked_sub(1).and_then(|at| listed.get(at));
    index.copied().ok_or_else(|| format!("The list has {}", tilejury_audit::text::count(listed.len(), "row")))
}
