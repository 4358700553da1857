//! The reasons of a rejected or unsure sample: a small strip in the place of the status line, which never asks for an
//! answer and moves nothing.

use egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
use egui::{Button, RichText, ScrollArea, Ui};
use tilejury_audit::Reason;
use tilejury_audit::session::can_have_reasons;

use super::UiAction;
use crate::command::{Command, keymap};
use crate::icons;
use crate::review::Review;

/// Are there reasons to offer?
pub(crate) fn are_offered(review: &Review) -> bool {
    let of = review.session.standings().get(review.reasons_of());
    can_have_reasons(of.and_then(|standing| standing.verdict))
}

/// Draws the strip.
pub(crate) fn show(ui: &mut Ui, review: &Review, acts: &mut Vec<UiAction>) {
    let of = review.reasons_of();
    let Some(judgement) = review.session.judgement(of) else { return };
    let verdict = judgement.verdict.map_or("", |verdict| verdict.label());
    let keymap = keymap::from_context(ui.ctx());
    // On the row in view the strip stays: its reasons are part of what is said there.
    let closes = review.just_judged.is_some();
    if closes
        && ui
            .button(icons::CLOSE)
            .accessible_name("Leave the reasons")
            .on_hover_text("Leave the reasons (Esc)")
            .clicked()
    {
        acts.push(UiAction::DismissReasons);
    }
    let asked = match of == review.cursor() {
        true => format!("{verdict}. Why?"),
        false => format!("{verdict}: {}. Why?", review.dataset().describe_position(of)),
    };
    ui.label(RichText::new(asked).strong());
    let list = ScrollArea::horizontal().id_salt("reasons").scroll_bar_visibility(AlwaysHidden);
    list.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for reason in Reason::ALL {
                let command = Command::ToggleReason(*reason);
                let chosen = judgement.reasons.contains(reason);
                let sign = if chosen { icons::ACCEPT } else { icons::UNJUDGED };
                let key = RichText::new(keymap.first(command)).size(12.0).weak();
                let button = Button::selectable(chosen, format!("{sign} {}", reason.label())).right_text(key);
                let response = ui.add(button).on_hover_text(keymap.hint(command));
                if response.accessible_name(reason.label()).clicked() {
                    acts.push(UiAction::Run(command));
                }
            }
        });
    });
}
