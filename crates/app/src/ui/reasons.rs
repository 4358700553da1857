//! The reasons of a rejected or unsure sample: a small strip over the tiles that never asks for an answer.

use egui::{Align2, Area, Button, Context, Frame, Id, Order, Rect, RichText};
use tilejury_audit::{Judgement, Reason};

use super::Act;
use crate::command::{Command, keymap};
use crate::icons;

/// What the strip shows.
pub(crate) struct ReasonsView<'a> {
    /// What was said of the sample that the reasons go to.
    pub(crate) judgement: &'a Judgement,
    /// Its name, where it is not the one on show.
    pub(crate) name: Option<&'a str>,
}

/// Draws the strip over the bottom of the tiles: nothing moves because of it.
pub(crate) fn show(ctx: &Context, over: Rect, view: &ReasonsView<'_>, acts: &mut Vec<Act>) {
    let Some(verdict) = view.judgement.verdict else { return };
    let keymap = keymap::of(ctx);
    let at = over.center_bottom() - egui::vec2(0.0, 6.0);
    let area = Area::new(Id::unique("reasons")).order(Order::Middle).pivot(Align2::CENTER_BOTTOM).fixed_pos(at);
    area.constrain_to(over).show(ctx, |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_max_width(over.width() - 24.0);
            ui.horizontal_wrapped(|ui| {
                let of = match view.name {
                    Some(name) => format!("{}: {name}. Why?", verdict.label()),
                    None => format!("{}. Why?", verdict.label()),
                };
                ui.label(RichText::new(of).strong());
                for reason in Reason::ALL {
                    let command = Command::ToggleReason(*reason);
                    let chosen = view.judgement.reasons.contains(reason);
                    let sign = if chosen { icons::ACCEPT } else { icons::UNJUDGED };
                    let key = RichText::new(keymap.first(command).replace("Shift+", "⬆")).size(12.0).weak();
                    let button = Button::selectable(chosen, format!("{sign} {}", reason.label())).right_text(key);
                    let response = ui.add(button).on_hover_text(keymap.hint(command));
                    if response.accessible_name(reason.label()).clicked() {
                        acts.push(Act::Do(command));
                    }
                }
                if ui.button(icons::CLOSE).accessible_name("Leave the reasons").clicked() {
                    acts.push(Act::LeaveReasons);
                }
            });
        });
    });
}
