//! The dialog to go to a sample: a number in the list, or a line of a split.

use egui::{Context, Id, Modal, RichText, TextEdit};

use tilejury_data::{SampleIndex, LineNumber};

use super::{AppAction, ReviewAction, UiAction, field_keys};
use crate::review::Review;

#[derive(Default)]
pub(crate) struct GoTo {
    pub(crate) text: String,
    focused: bool,
}

pub(crate) fn show(ctx: &Context, dialog: &mut GoTo, review: &Review, acts: &mut Vec<UiAction>) {
    super::catch_text(ctx, &mut dialog.text, dialog.focused);
    let modal = Modal::new(Id::unique("go to")).show(ctx, |ui| {
        ui.set_width(360.0);
        ui.heading("Go to");
        let label = ui.label("Number in the list, or split:line, such as eval:3");
        let field = ui.add(TextEdit::singleline(&mut dialog.text).desired_width(f32::INFINITY)).labelled_by(label.id);
        super::focus_first(&field, &mut dialog.focused);
        let found = find(&dialog.text, review);
        if let Err(reason) = &found
            && !dialog.text.trim().is_empty()
        {
            ui.label(RichText::new(reason).color(crate::theme::palette(ui.visuals()).reject));
        }
        let enter = field_keys::entered(ui, &field);
        ui.horizontal(|ui| {
            let go = ui.add_enabled(found.is_ok(), egui::Button::new("Go")).clicked();
            if let Ok(index) = found
                && (go || enter)
            {
                acts.push(ReviewAction::Show(index).into());
                acts.push(AppAction::CloseDialog.into());
            }
            if ui.button("Cancel").clicked() {
                acts.push(AppAction::CloseDialog.into());
            }
        });
        if enter {
            // Without a match the field keeps the focus.
            field.request_focus();
        }
    });
    if modal.should_close() {
        acts.push(AppAction::CloseDialog.into());
    }
}

/// Parses a text as a sample.
///
/// # Errors
/// Describes the number, split or line that does not exist.
pub(crate) fn find(text: &str, review: &Review) -> Result<SampleIndex, String> {
    let text = text.trim();
    if let Some((split, line)) = text.rsplit_once(':') {
        let line = line.trim().parse().map(LineNumber::new).map_err(|_| format!("“{}” is not a line number", line.trim()))?;
        let names = || review.dataset().splits.iter().map(|split| split.name.as_str()).collect::<Vec<_>>().join(", ");
        if !review.dataset().splits.iter().any(|known| known.name == split.trim()) {
            return Err(format!("No split “{}”; the splits are: {}", split.trim(), names()));
        }
        return review
            .dataset()
            .find_line(split.trim(), line)
            .ok_or_else(|| format!("No usable row on line {line} of {}", split.trim()));
    }
    let number: usize = text.parse().map_err(|_| format!("“{text}” is neither a number nor split:line"))?;
    let listed = review.navigator.listed();
    let index = number.checked_sub(1).and_then(|at| listed.get(at));
    index.copied().ok_or_else(|| format!("The list has {} samples", listed.len()))
}
