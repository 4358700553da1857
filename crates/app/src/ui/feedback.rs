//! The line below the verdicts: the tiles that accepting would confirm, and before them for some
//! seconds the last step with Undo or Redo. Its height never changes, so nothing moves and no tile
//! is covered: where there is little room, it has fewer words.

use egui::{Align, Button, Label, Layout, RichText, Role, TextStyle, Ui, WidgetInfo};

use super::{UiAction, text_width};
use crate::command::{ReviewCommand, keymap};
use crate::icons;
use crate::theme::palette;

/// The height of the line, in points.
const HEIGHT: f32 = 18.0;
/// The part of the line that the last step may fill: the rest says what accepting confirms.
const STEP: f32 = 0.5;

/// The width of what separates the last step from the effect of accepting, in points.
const AROUND_STEP: f32 = 28.0;

/// The content of the line.
pub(crate) struct FeedbackView {
    /// The last step, while it is still reported.
    pub(crate) step: Option<StepView>,
    /// The effect of accepting in fewer and fewer words, such as `Accept would confirm: positive
    /// relevant`.
    pub(crate) preview: Vec<String>,
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
            // Whatever the step says, the effect of accepting is readable.
            let shortest = view.preview.last().map_or(0.0, |text| text_width(ui, text, &TextStyle::Small));
            report(ui, step, (STEP * size.x).min(size.x - shortest - AROUND_STEP), actions);
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

/// Draws the effect of accepting in as many words as fit beside the last step.
fn preview(ui: &mut Ui, view: &FeedbackView) {
    let (Some(whole), Some(shortest)) = (view.preview.first(), view.preview.last()) else { return };
    let colour = match view.needs_care {
        true => palette(ui.visuals()).unsure,
        false => ui.visuals().weak_text_color(),
    };
    let room = ui.available_width();
    let fits = |text: &&String| text_width(ui, text, &TextStyle::Small) <= room;
    let shown = view.preview.iter().find(fits).unwrap_or(shortest);
    let label = ui.add(Label::new(RichText::new(shown).small().color(colour)).truncate());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, whole));
    if shown == whole && view.help.is_empty() {
        return;
    }
    label.on_hover_ui(|ui| {
        if shown != whole {
            ui.label(whole);
        }
        if !view.help.is_empty() {
            ui.label(view.help);
        }
    });
}
