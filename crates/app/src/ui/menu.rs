//! The menu bar, built from the command table.

use std::path::PathBuf;

use egui::{Button, RectAlign, RichText, Tooltip, Ui};
use tilejury_audit::text::capital;

use super::enabled::Enabled;
use super::spotlight::{self, Spot};
use super::{AppAction, UiAction};
use crate::command::{
    AppCommand, Command, DatasetCommand, Entry, Keymap, Menu, ReviewCommand, ViewCommand, entries, keymap,
};
use crate::icons;
use crate::opening::OpenTarget;

/// The gap between a line and the tooltip beside it, in points: the edge and the scroll bar of the
/// menu.
const GAP_BESIDE: f32 = 20.0;

pub(crate) fn show(ui: &mut Ui, enabled: &Enabled, recent: &[PathBuf], actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    egui::MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            let name = ui.menu_button(menu.name(), |ui| {
                ui.set_min_width(290.0);
                // Menus fit a window of 800 points; a smaller one, or larger text, needs scrolling.
                let room = ui.ctx().content_rect().height() - 60.0;
                let scroll = egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room);
                scroll.show(ui, |ui| lines(ui, menu, enabled, &keymap, recent, actions));
            });
            spotlight::note(ui.ctx(), Spot::Menu(menu), name.response.rect);
        }
        overview(ui, enabled, &keymap, actions);
    });
}

/// The way to the overview and back from it, always in view, with its key.
fn overview(ui: &mut Ui, enabled: &Enabled, keymap: &Keymap, actions: &mut Vec<UiAction>) {
    let command = Command::Dataset(DatasetCommand::Overview);
    if !enabled.reviewing {
        return;
    }
    ui.separator();
    let is_open = enabled.on.overview;
    let key = RichText::new(keymap.first(command)).small().weak();
    // The menus beside it have no edge.
    let edge = ui.visuals().widgets.noninteractive.bg_stroke;
    let button = Button::selectable(is_open, "Overview").frame_when_inactive(true).stroke(edge).right_text(key);
    let (name, help) = match is_open {
        true => ("Back to the rows", "Go to the row from before, if it is listed."),
        false => {
            ("Show the overview", "Problems, progress and signals of the whole set; a click on a bar lists its rows.")
        }
    };
    let response = ui.add_enabled(enabled.allows(command), button).accessible_name(name).on_hover_text(help);
    let response = response.on_disabled_hover_text(enabled.need(command).map(capital).unwrap_or_default());
    if response.clicked() {
        actions.push(UiAction::Run(command));
    }
}

/// The lines of a menu in the order of the table; each submenu is at the position of its first
/// entry.
fn lines(ui: &mut Ui, menu: Menu, enabled: &Enabled, keymap: &Keymap, recent: &[PathBuf], actions: &mut Vec<UiAction>) {
    let entries: Vec<&Entry> = entries().filter(|entry| entry.menu == menu).collect();
    for group in entries.chunk_by(|a, b| a.submenu == b.submenu) {
        let Some(name) = group.first().and_then(|entry| entry.submenu) else {
            for entry in group {
                line(ui, entry, enabled, keymap, actions);
                if entry.command == Command::App(AppCommand::OpenDemo) && !recent.is_empty() {
                    ui.menu_button("Open recent", |ui| recents(ui, recent, actions));
                }
            }
            continue;
        };
        ui.menu_button(name, |ui| {
            ui.set_min_width(250.0);
            for entry in group {
                line(ui, entry, enabled, keymap, actions);
            }
        });
    }
}

fn recents(ui: &mut Ui, recent: &[PathBuf], actions: &mut Vec<UiAction>) {
    for path in recent {
        if ui.button(path.display().to_string()).clicked() {
            actions.push(AppAction::Open(OpenTarget::Path(path.clone())).into());
            ui.close();
        }
    }
}

/// Puts a tooltip beside the menu: below its line, it would cover the next ones.
fn beside(mut tooltip: Tooltip<'_>) -> Tooltip<'_> {
    tooltip.popup = tooltip.popup.align(RectAlign::RIGHT_START).gap(GAP_BESIDE);
    tooltip
}

fn line(ui: &mut Ui, entry: &Entry, enabled: &Enabled, keymap: &Keymap, actions: &mut Vec<UiAction>) {
    let allowed = enabled.allows(entry.command);
    // Digits past the visible negatives would only be noise.
    if matches!(
        entry.command,
        Command::Review(ReviewCommand::ToggleNegative(_))
            | Command::View(ViewCommand::LookAt(_) | ViewCommand::SurveyPick(_))
    ) && !allowed
    {
        return;
    }
    let name = match enabled.is_on(entry.command) {
        Some(true) => format!("{} {}", icons::ACCEPT, entry.name),
        Some(false) => format!("{} {}", icons::UNJUDGED, entry.name),
        None => entry.name.to_owned(),
    };
    let button = Button::new(name).shortcut_text(RichText::new(keymap.text(entry)));
    let response = ui.add_enabled(allowed, button).accessible_name(entry.name);
    beside(Tooltip::for_enabled(&response)).show(|ui| ui.label(entry.help));
    beside(Tooltip::for_disabled(&response)).show(|ui| {
        ui.label(entry.help);
        if let Some(need) = enabled.need(entry.command) {
            ui.label(RichText::new(format!("Greyed out: {need}.")).weak());
        }
    });
    if response.clicked() {
        actions.push(UiAction::Run(entry.command));
        ui.close();
    }
}
