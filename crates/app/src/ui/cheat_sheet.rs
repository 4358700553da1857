//! The twelve most useful keys, large enough to be read at a glance. The keys that close it close
//! nothing else.

use egui::{Context, Event, Grid, Id, Modal, RichText, ScrollArea};

use super::{AppAction, UiAction};
use crate::command::{AppCommand, KeyScope, Keymap, essentials, keymap};

pub(crate) fn show(ctx: &Context, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ctx);
    let modal = Modal::new(Id::unique("cheat sheet")).show(ctx, |ui| {
        let size = ctx.content_rect().size() * 0.9;
        ui.set_width(size.x.min(560.0));
        super::title(ui, "Twelve keys", actions);
        ui.separator();
        // Otherwise the size of the frame before decides, which may be a little less.
        let most = size.y - 120.0;
        let area = ScrollArea::vertical().min_scrolled_height(most).max_height(most).auto_shrink([false, true]);
        area.show(ui, |ui| {
            Grid::new("twelve keys").num_columns(2).spacing([28.0, 9.0]).min_col_width(110.0).show(ui, |ui| {
                for known in essentials(&keymap) {
                    ui.label(RichText::new(known.keys).monospace().size(19.0).strong());
                    ui.label(RichText::new(known.name).size(17.0));
                    ui.end_row();
                }
            });
        });
        ui.add_space(6.0);
        let key = keymap.first(AppCommand::Help);
        ui.label(RichText::new(format!("{key} lists all keys and finds them by a few letters.")).weak());
    });
    if modal.should_close() || is_pressed(ctx, &keymap, AppCommand::CheatSheet) {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// Whether a key of a command was pressed in this frame, while a dialog takes the keys.
pub(super) fn is_pressed(ctx: &Context, keymap: &Keymap, command: AppCommand) -> bool {
    let pressed = |event: &Event| match event {
        Event::Key { key, pressed: true, modifiers, .. } => {
            keymap.command(KeyScope::Everywhere, *key, *modifiers).is_some_and(|entry| entry.command == command.into())
        }
        _ => false,
    };
    ctx.input(|input| input.events.iter().any(pressed))
}
