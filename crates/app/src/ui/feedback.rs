//! The line below the verdicts: the tiles that accepting would confirm, and before them for some
//! seconds the last step with Undo or Redo. Its height never changes, so nothing moves and no tile
//! is covered.

use egui::{Align, Button, Label, Layout, RichText, Ui};

use super::UiAction;
use crate::command::{ReviewCommand, keymap};
use crate::icons;
use crate::theme::palette;

/// The height of the line, in points.
const HEIGHT: f32 = 18.0;
/// The part of the line that the last step may fill: the rest says what accepting confirms.
const STEP: f32 = 0.5;

/// The content of the line.
pub(crate) struct FeedbackView {
    /// The last step, while it is still reported.
    pub(crate) step: Option<StepView>,
    /// The effect of accepting, such as `Accept would confirm: positive relevant`.
    pub(crate) preview: String,
    /// The meaning of that.
    pub(crate) help: &'static str,
    /// Whether accepting needs care: the positive is not confirmed, or a tile was too small.
    pub(crate) needs_care: bool,
}

/// A step that was just made, undone or redone.
pub(crate) struct StepView {
    /// The step in words, with its row.
    pub(crate) text: String,
    /// The command that reverts it: Undo or Redo.
    pub(crate) reverts: ReviewCommand,
}

/// Draws the line.
pub(crate) fn show(ui: &mut Ui, view: &FeedbackView, actions: &mut Vec<UiAction>) {
    let size = egui::vec2(ui.available_width(), HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_height(HEIGHT);
        if let Some(step) = &view.step {
            report(ui, step, STEP * size.x, actions);
            ui.separator();
        }
        preview(ui, view);
    });
}

fn report(ui: &mut Ui, step: &StepView, room: f32, actions: &mut Vec<UiAction>) {
    let start = ui.cursor().left();
    let keymap = keymap::from_context(ui.ctx());
    let (word, icon) = match step.reverts {
        ReviewCommand::Redo => ("Redo", ""),
        _ => ("Undo", icons::UNDO),
    };
    let key = keymap.first(step.reverts);
    let button = Button::new(RichText::new(format!("{icon} {word} {key}")).small()).small();
    let response = ui.add(button).on_hover_text(keymap.hint(step.reverts));
    if response.accessible_name(format!("{word} the last step")).clicked() {
        actions.push(step.reverts.into());
    }
    ui.scope(|ui| {
        ui.set_max_width((start + room - ui.cursor().left()).max(0.0));
        ui.add(Label::new(RichText::new(&step.text).strong()).truncate()).on_hover_text(&step.text);
    });
}

fn preview(ui: &mut Ui, view: &FeedbackView) {
    if view.preview.is_empty() {
        return;
    }
    let colour = match view.needs_care {
        true => palette(ui.visuals()).unsure,
        false => ui.visuals().weak_text_color(),
    };
    ui.add(Label::new(RichText::new(&view.preview).small().color(colour)).truncate()).on_hover_text(view.help);
}
