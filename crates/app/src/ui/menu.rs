//! The menu bar, built from the command table.

use std::path::PathBuf;

use egui::{Button, RichText, Ui};

use super::UiAction;
use crate::command::{Command, Entry, Keymap, Menu, entries, keymap};
use crate::icons;
use crate::opening::OpenTarget;

/// The commands that are available now, and the switches that are on.
#[derive(Clone, Copy, Default)]
pub(crate) struct Enabled {
    pub(crate) reviewing: bool,
    /// A comparison is open.
    pub(crate) comparing: bool,
    /// No background job is running.
    pub(crate) idle: bool,
    pub(crate) on: Switches,
    pub(crate) undo: bool,
    pub(crate) redo: bool,
    pub(crate) negatives: usize,
    pub(crate) reasons: bool,
    /// A mark can be propagated to other rows.
    pub(crate) offer: bool,
    pub(crate) failed: bool,
}

/// The switches that are on.
#[derive(Clone, Copy, Default)]
pub(crate) struct Switches {
    pub(crate) auto_advance: bool,
    pub(crate) keep_zoom: bool,
    pub(crate) session_counter: bool,
    pub(crate) suspicious_first: bool,
    pub(crate) queue: bool,
    pub(crate) inspector: bool,
    pub(crate) auto_columns: bool,
    pub(crate) pixels: bool,
    pub(crate) blink: bool,
    pub(crate) loupe: bool,
}

impl Enabled {
    /// Whether a switch is on; `None` if the command is not a switch.
    fn is_on(&self, command: Command) -> Option<bool> {
        Some(match command {
            Command::AutoAdvance => self.on.auto_advance,
            Command::KeepZoom => self.on.keep_zoom,
            Command::SessionCounter => self.on.session_counter,
            Command::SuspiciousFirst => self.on.suspicious_first,
            Command::Queue => self.on.queue,
            Command::Inspector => self.on.inspector,
            Command::AutoColumns => self.on.auto_columns,
            Command::LookAtPixels => self.on.pixels,
            Command::Blink => self.on.blink,
            Command::Loupe => self.on.loupe,
            _ => return None,
        })
    }

    pub(crate) fn allows(&self, command: Command) -> bool {
        match command {
            Command::OpenFolder
            | Command::OpenFile
            | Command::OpenDemo
            | Command::Quit
            | Command::Settings
            | Command::Palette
            | Command::AutoAdvance
            | Command::KeepZoom
            | Command::LoupeScale
            | Command::SessionCounter
            | Command::ThemeSwitch
            | Command::Larger
            | Command::Smaller
            | Command::UsualSize
            | Command::FullScreen
            | Command::Help => true,
            Command::Undo => self.reviewing && self.undo,
            Command::Redo => self.reviewing && self.redo,
            Command::ToggleNegative(number) => self.reviewing && usize::from(number) <= self.negatives,
            Command::Propagate => self.reviewing && self.offer,
            Command::ToggleReason(_) => self.reviewing && self.reasons,
            Command::CompareWith(number) => self.comparing && usize::from(number) <= self.negatives,
            Command::CompareNext | Command::ComparePrevious | Command::Blink => self.comparing,
            Command::IndexShards => self.reviewing && self.idle,
            Command::RetrySaving => self.failed,
            _ => self.reviewing,
        }
    }
}

pub(crate) fn show(ui: &mut Ui, enabled: &Enabled, recent: &[PathBuf], acts: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    egui::MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            ui.menu_button(menu.name(), |ui| {
                ui.set_min_width(290.0);
                // A small screen cannot show a long menu at once.
                let room = ui.ctx().content_rect().height() - 60.0;
                egui::ScrollArea::vertical().max_height(room).show(ui, |ui| {
                    for entry in entries().filter(|entry| entry.menu == menu) {
                        line(ui, entry, enabled, &keymap, acts);
                        if entry.command == Command::OpenDemo && !recent.is_empty() {
                            ui.menu_button("Open recent", |ui| recents(ui, recent, acts));
                        }
                    }
                });
            });
        }
    });
}

fn recents(ui: &mut Ui, recent: &[PathBuf], acts: &mut Vec<UiAction>) {
    for path in recent {
        if ui.button(path.display().to_string()).clicked() {
            acts.push(UiAction::Open(OpenTarget::Path(path.clone())));
            ui.close();
        }
    }
}

fn line(ui: &mut Ui, entry: &Entry, enabled: &Enabled, keymap: &Keymap, acts: &mut Vec<UiAction>) {
    let allowed = enabled.allows(entry.command);
    // Digits past the visible negatives would only be noise.
    if matches!(entry.command, Command::ToggleNegative(_) | Command::CompareWith(_)) && !allowed {
        return;
    }
    let name = match enabled.is_on(entry.command) {
        Some(true) => format!("{} {}", icons::ACCEPT, entry.name),
        Some(false) => format!("{} {}", icons::UNJUDGED, entry.name),
        None => entry.name.to_owned(),
    };
    let button = Button::new(name).shortcut_text(RichText::new(keymap.text(entry)));
    let response = ui.add_enabled(allowed, button).on_hover_text(entry.help).accessible_name(entry.name);
    if response.clicked() {
        acts.push(UiAction::Run(entry.command));
        ui.close();
    }
}
