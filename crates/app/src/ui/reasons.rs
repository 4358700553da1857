//! The reasons of a rejected or unsure sample: a small strip over the status line that needs no
//! answer and moves nothing.

use egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
use egui::{Button, RichText, ScrollArea, Ui};
use tilejury_audit::Reason;
use tilejury_audit::session::can_have_reasons;

use super::{ReviewAction, UiAction};
use crate::command::{ReviewCommand, keymap};
use crate::icons;
use crate::review::Review;

/// Whether there are reasons to offer.
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
    // The strip stays on the current row: its reasons are part of that row's display.
    let closes = review.just_judged.is_some();
    if closes && ui.button(icons::CLOSE).accessible_name("Close the reasons").on_hover_text("Close (Esc)").clicked() {
        acts.push(ReviewAction::DismissReasons.into());
    }
    let asked = match of == review.queue.cursor {
        true => format!("{verdict}. Why?"),
        false => format!("{verdict}: {}. Why?", review.dataset().describe_position(of)),
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
