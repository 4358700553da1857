//! The part of an audit's result about the set that it was drawn from: the result of the draw in
//! words, and the button that accepts the set or undoes that. Accepts nothing.

use egui::{Button, Context, Event, RichText, Ui};
use tilejury_audit::audits::AuditStatus;

use super::{ReviewAction, UiAction};
use crate::command::{Command, DatasetCommand, entry_of, keymap};
use crate::icons;
use crate::review::{AcceptanceState, AuditEntry};
use crate::theme::palette;

/// Draws the part.
pub(super) fn show(
    ui: &mut Ui,
    (number, audit): (usize, &AuditEntry<'_>),
    status: &AuditStatus,
    actions: &mut Vec<UiAction>,
) {
    let Some(figures) = status.acceptance.as_ref().filter(|_| audit.plan.acceptance.is_some()) else { return };
    ui.add_space(8.0);
    let offer = figures.offer(audit.plan);
    ui.label(RichText::new(offer.clone().unwrap_or_else(|| figures.sentence())).strong());
    if offer.is_some() {
        let text = match &figures.tiles {
            None => {
                "Accepts the rows as they are: positive right, no relevant negative. The verdicts are the machine's: they \
                 count in exports where no person gave one, and in no rate."
            }
            Some(_) => "The marks are the machine's: they count in exports where no person gave one, and in no rate.",
        };
        ui.label(RichText::new(text).weak());
    }
    let is_running = audit.acceptance.is_some_and(AcceptanceState::is_running);
    ui.horizontal_wrapped(|ui| {
        let words = if figures.accepted.is_some() { "Undo the acceptance" } else { "Accept the set" };
        let key = keymap::from_context(ui.ctx()).first(DatasetCommand::AcceptSet);
        let button = Button::new(words).right_text(RichText::new(key).weak());
        let clicked = ui.add_enabled(status.finished && !is_running, button).accessible_name(words).clicked();
        if clicked || is_pressed(ui.ctx(), DatasetCommand::AcceptSet.into()) {
            actions.push(ReviewAction::AcceptSet(number).into());
        }
        if is_running {
            super::busy::busy(ui);
        }
    });
    match audit.acceptance {
        Some(AcceptanceState::Done(text)) => _ = ui.label(format!("{} {text}", icons::ACCEPT)),
        Some(AcceptanceState::Refused(text)) => {
            let text = format!("{} {text}", icons::WARNING);
            ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
        }
        Some(AcceptanceState::Searching | AcceptanceState::Working) | None => {}
    }
    ui.add_space(4.0);
}

/// Whether a key of a command was pressed in this frame.
fn is_pressed(ctx: &Context, command: Command) -> bool {
    let (Some(entry), keymap) = (entry_of(command), keymap::from_context(ctx)) else { return false };
    let fits = |event: &Event| match event {
        Event::Key { key, pressed: true, repeat: false, modifiers, .. } => {
            keymap.keys(entry).iter().any(|known| known.fits(*key, *modifiers))
        }
        _ => false,
    };
    ctx.input(|input| input.events.iter().any(fits))
}
