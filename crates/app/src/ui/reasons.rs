//! The reasons of a rejected or unsure sample: a small strip over the status line that needs no
//! answer and moves nothing.

use egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
use egui::{Button, RichText, ScrollArea, Ui};
use tilejury_audit::{Judgement, Reason};

use super::{ReviewAction, UiAction};
use crate::command::{ReviewCommand, keymap};
use crate::icons;

/// The reasons that the strip offers.
pub(crate) struct ReasonsView<'a> {
    pub(crate) judgement: &'a Judgement,
    /// The position of the sample, unless it is the current one.
    pub(crate) sample: Option<String>,
    /// Whether the strip can be closed.
    pub(crate) can_close: bool,
}

/// Draws the strip.
pub(crate) fn show(ui: &mut Ui, view: &ReasonsView<'_>, acts: &mut Vec<UiAction>) {
    let judgement = view.judgement;
    let verdict = judgement.verdict.map_or("", |verdict| verdict.label());
    let keymap = keymap::from_context(ui.ctx());
    // The strip stays on the current row: its reasons are part of that row's display.
    if view.can_close
        && ui.button(icons::CLOSE).accessible_name("Close the reasons").on_hover_text("Close (Esc)").clicked()
    {
        acts.push(ReviewAction::DismissReasons.into());
    }
    let asked = match &view.sample {
        None => format!("{verdict}. Why?"),
        Some(sample) => format!("{verdict}: {sample}. Why?"),
    };
    ui.label(RichText::new(asked).strong());
    let list = ScrollArea::horizontal().id_salt("reasons").scroll_bar_visibility(AlwaysHidden);
    list.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for reason in Reason::ALL {
                let command = ReviewCommand::ToggleReason(*reason);
                let chosen = judgement.reasons.contains(reason);
                let sign = if chosen { icons::ACCEPT } else { icons::UNJUDGED };
                let key = RichText::new(keymap.first(command)).size(12.0).weak();
                let button = Button::selectable(chosen, format!("{sign} {}", reason.label())).right_text(key);
                let response = ui.add(button).on_hover_text(keymap.hint(command));
                if response.accessible_name(reason.label()).clicked() {
                    acts.push(command.into());
                }
            }
        });
    });
}
