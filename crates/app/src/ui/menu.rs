//! The menu bar, built from the command table.

use std::path::PathBuf;

use egui::{Button, RichText, Ui};

use super::Act;
use crate::command::{Command, Entry, Menu, entries};
use crate::opening::Target;

/// Which commands can be given now.
pub(crate) struct Enabled {
    pub(crate) reviewing: bool,
    pub(crate) undo: bool,
    pub(crate) redo: bool,
    pub(crate) negatives: usize,
    pub(crate) reasons: bool,
    pub(crate) failed: bool,
}

impl Enabled {
    pub(crate) fn allows(&self, command: Command) -> bool {
        match command {
            Command::OpenFolder
            | Command::OpenFile
            | Command::OpenDemo
            | Command::Quit
            | Command::ThemeSwitch
            | Command::FullScreen
            | Command::Help => true,
            Command::Undo => self.reviewing && self.undo,
            Command::Redo => self.reviewing && self.redo,
            Command::ToggleNegative(number) => self.reviewing && usize::from(number) <= self.negatives,
            Command::ToggleReason(_) => self.reviewing && self.reasons,
            Command::RetrySaving => self.failed,
            _ => self.reviewing,
        }
    }
}

pub(crate) fn show(ui: &mut Ui, enabled: &Enabled, recent: &[PathBuf], acts: &mut Vec<Act>) {
    egui::MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            ui.menu_button(menu.name(), |ui| {
                ui.set_min_width(260.0);
                for entry in entries().filter(|entry| entry.menu == menu) {
                    line(ui, entry, enabled, acts);
                    if entry.command == Command::OpenDemo && !recent.is_empty() {
                        ui.menu_button("Open recent", |ui| recents(ui, recent, acts));
                    }
                }
            });
        }
    });
}

fn recents(ui: &mut Ui, recent: &[PathBuf], acts: &mut Vec<Act>) {
    for path in recent {
        if ui.button(path.display().to_string()).clicked() {
            acts.push(Act::Open(Target::Path(path.clone())));
            ui.close();
        }
    }
}

fn line(ui: &mut Ui, entry: &Entry, enabled: &Enabled, acts: &mut Vec<Act>) {
    // Digits past the negatives on show would only be noise.
    if matches!(entry.command, Command::ToggleNegative(_)) && !enabled.allows(entry.command) {
        return;
    }
    let button = Button::new(entry.name).shortcut_text(RichText::new(entry.keys_text()));
    let response = ui.add_enabled(enabled.allows(entry.command), button).on_hover_text(entry.help);
    if response.clicked() {
        acts.push(Act::Do(entry.command));
        ui.close();
    }
}
