//! The line above the tiles that says what is hidden from the person who judges.

use egui::{Frame, Margin, RichText, Ui};
use tilejury_audit::{Shown, Visible};

use super::UiAction;
use crate::command::{DatasetCommand, keymap};
use crate::theme::palette;

/// The content of the line.
pub(crate) struct BlindView {
    pub(crate) visible: Visible,
    /// Whether roles are hidden in all rows.
    pub(crate) without_roles: bool,
    /// Whether the round asks for it, so that nothing can be shown.
    pub(crate) is_required: bool,
}

/// The sentence about what is hidden.
fn words(visible: Visible) -> String {
    let hidden: Vec<&str> = visible.hidden().map(Shown::label).collect();
    format!("Blind. Hidden: {}", hidden.join(", "))
}

/// Draws the line.
pub(crate) fn show(ui: &mut Ui, view: &BlindView, actions: &mut Vec<UiAction>) {
    let colour = palette(ui.visuals()).focus;
    let keymap = keymap::from_context(ui.ctx());
    ui.horizontal_wrapped(|ui| {
        let chip =
            Frame::new().fill(colour.gamma_multiply(0.16)).corner_radius(6.0).inner_margin(Margin::symmetric(8, 1));
        chip.show(ui, |ui| ui.label(RichText::new(words(view.visible)).color(colour)));
        if view.is_required {
            ui.label(RichText::new("until you leave").weak());
            return;
        }
        let roles = if view.without_roles { "Show roles" } else { "Hide roles" };
        for (name, command) in [(roles, DatasetCommand::BlindRoles), ("Show all", DatasetCommand::Blind)] {
            let button = ui.button(format!("{name}  {}", keymap.first(command)));
            if button.accessible_name(name).clicked() {
                actions.push(command.into());
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_names_everything_that_is_hidden() {
        let words = words(Visible::NONE.with(Shown::Roles));
        assert!(words.starts_with("Blind. Hidden: signals, scores, order, "), "{words}");
        assert!(!words.contains("roles"), "{words}");
    }
}
