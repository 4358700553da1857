//! The key help, from the command table.

use egui::{Context, Event, Id, Modal, RichText};
use egui_extras::{Column, TableBuilder};

use super::{AppAction, UiAction};
use tilejury_audit::search::FIELDS;

use crate::command::{AppCommand, KeyScope, Menu, help_lines, keymap};

/// The heading of the search syntax.
const FILTERS: &str = "Search syntax";
const KEYS_WIDTH: f32 = 200.0;
const NAMES_WIDTH: f32 = 190.0;

pub(crate) fn show(ctx: &Context, acts: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.86;
    let modal = Modal::new(Id::unique("help")).show(ctx, |ui| {
        ui.set_width(size.x.min(980.0));
        super::title(ui, "Keys and help", acts);
        ui.label("Keys are typed as text while a field has the focus: leave it with Esc or Enter.");
        ui.separator();
        let mut lines: Vec<(&str, String, &str, &str)> = help_lines(&keymap::from_context(ctx))
            .into_iter()
            .map(|(menu, keys, name, help)| (menu.name(), keys, name, help))
            .collect();
        let go = lines.iter().rposition(|line| line.0 == Menu::Go.name()).map_or(lines.len(), |at| at + 1);
        let filters = FIELDS.iter().map(|field| (FILTERS, field.example.to_owned(), field.name, field.help));
        lines.splice(go..go, filters);
        let room = ui.available_width() - KEYS_WIDTH - NAMES_WIDTH - 40.0;
        let font = egui::TextStyle::Body.resolve(ui.style());
        let layout = |help: &str| ui.painter().layout(help.to_owned(), font.clone(), egui::Color32::WHITE, room);
        let heights: Vec<f32> = lines.iter().map(|line| layout(line.3).size().y + 8.0).collect();
        let mut heights = heights.into_iter();
        TableBuilder::new(ui)
            .striped(true)
            .column(Column::exact(KEYS_WIDTH))
            .column(Column::exact(NAMES_WIDTH))
            .column(Column::remainder())
            .min_scrolled_height(size.y - 110.0)
            .max_scroll_height(size.y - 110.0)
            .auto_shrink([false, true])
            .body(|mut body| {
                let mut menu = None;
                for (of, keys, name, help) in &lines {
                    if menu != Some(*of) {
                        menu = Some(*of);
                        body.row(34.0, |mut row| {
                            row.col(|ui| {
                                ui.with_layout(egui::Layout::left_to_right(egui::Align::Max), |ui| {
                                    ui.label(RichText::new(*of).strong().size(16.0))
                                });
                            });
                            row.col(|_| {});
                            row.col(|_| {});
                        });
                    }
                    let height = heights.next().unwrap_or(24.0);
                    body.row(height, |mut row| {
                        row.col(|ui| {
                            ui.label(RichText::new(keys).monospace());
                        });
                        row.col(|ui| {
                            ui.label(*name);
                        });
                        row.col(|ui| {
                            ui.add(egui::Label::new(*help).wrap());
                        });
                    });
                }
            });
    });
    let keymap = keymap::from_context(ctx);
    let is_help = |event: &Event| match event {
        Event::Key { key, pressed: true, modifiers, .. } => keymap
            .command(KeyScope::Everywhere, *key, *modifiers)
            .is_some_and(|entry| entry.command == AppCommand::Help.into()),
        _ => false,
    };
    let closing_key = ctx.input(|input| input.events.iter().any(is_help));
    if modal.should_close() || closing_key {
        acts.push(AppAction::CloseDialog.into());
    }
}
