//! Key presses of the window as commands, unless a text field, a dialog or a menu has the keyboard;
//! dropped files.

use egui::text_selection::LabelSelectionState;
use egui::{Event, Key, Modifiers, PointerButton};
use tilejury_audit::Reason;

use super::App;
use super::dialogs::Dialog;
use super::view_state::Scene;
use crate::command::{AppCommand, Command, DatasetCommand, KeyScope, ReviewCommand, ViewCommand, keymap};
use crate::keys;
use crate::opening::OpenTarget;
use crate::settings::panels::SidePanel;
use crate::ui::file_dialog::Picker;
use crate::ui::judge_bar::note_field;
use crate::ui::reasons::reason_of;
use crate::ui::search::search_field;
use crate::ui::tags::tag_field;
use crate::ui::tile_search::tile_search_field;
use crate::ui::{AppAction, ReviewAction, UiAction, ViewAction};

impl App {
    /// Whether a text field has the keyboard. A field that was just opened has it before it is
    /// first drawn, when egui does not know it as a field yet.
    pub(super) fn is_writing(&self) -> bool {
        let fields = [note_field(), search_field(), tag_field(), tile_search_field()];
        self.ctx.text_edit_focused()
            || self.ctx.memory(|memory| fields.into_iter().any(|field| memory.has_focus(field)))
    }

    /// Whether keys are commands now, and not meant for a text field, a dialog or a menu.
    pub(super) fn keys_are_commands(&self) -> bool {
        let picking = self.picker.as_ref().is_some_and(Picker::in_window);
        let elsewhere = self.was_writing || self.is_writing() || picking;
        !elsewhere
            && !self.is_judging_many()
            && self.dialog.is_none()
            && self.leaving.is_none()
            && !egui::Popup::is_any_open(&self.ctx)
    }

    /// The scope of the keys in the present scene.
    pub(super) fn key_scope(&self) -> KeyScope {
        match self.view_state.scene {
            Scene::Compare { .. } => KeyScope::Comparing,
            Scene::Tiles(_) => KeyScope::TileSearch,
            Scene::ReadingView | Scene::Alone => KeyScope::Panes,
            Scene::Grid | Scene::Page(_) => KeyScope::Everywhere,
        }
    }

    pub(super) fn read_keys(&self, actions: &mut Vec<UiAction>) {
        let scope = self.key_scope();
        let keymap = keymap::from_context(&self.ctx);
        let of_panel = self.panel_with_keys();
        let asks = self.reviewing_now().is_some_and(|open| self.view_state.asking == Some(open.review.cursor()));
        let events = self.ctx.input(|input| {
            let is_free = |event: &&Event| {
                of_panel.is_none_or(|panel| !is_key_of(panel, event)) && !(asks && answer_of(event).is_some())
            };
            input.events.iter().filter(is_free).cloned().collect::<Vec<Event>>()
        });
        let (commands, typed) = keys::read(&events, &keymap, scope);
        actions.extend(events.iter().filter_map(command_of_button).map(UiAction::Run));
        let escape = |event: &Event| matches!(event, Event::Key { key: Key::Escape, pressed: true, .. });
        match of_panel {
            Some(panel) if self.ctx.input(|input| input.events.iter().any(|event| closes(panel, event))) => {
                actions.push(ViewAction::ClosePanel(panel).into());
            }
            _ if events.iter().any(escape) => actions.push(ReviewAction::StepBack.into()),
            _ => {}
        }
        if asks && let Some(answer) = self.ctx.input(|input| input.events.iter().find_map(answer_of)) {
            actions.push(ReviewAction::AnswerReason(answer).into());
        }
        // The system's copying is of the words that are selected elsewhere in the window, if any
        // are.
        let copies_label = self.ctx.plugin::<LabelSelectionState>().lock().has_selection();
        let is_meant = |command: &Command| !(copies_label && *command == ViewCommand::CopyText.into());
        actions.extend(commands.into_iter().filter(is_meant).map(UiAction::Run));
        if !typed.is_empty() {
            actions.push(AppAction::TypeText(typed).into());
        }
    }

    /// The panel that has the arrows and Enter, if it is there.
    fn panel_with_keys(&self) -> Option<SidePanel> {
        self.view_state.sides.keys.filter(|panel| self.remembered.panels.is_open(*panel))
    }

    /// Whether a text field over the rows has the keyboard, and nothing else does.
    fn writes_over_rows(&self) -> bool {
        let picking = self.picker.as_ref().is_some_and(Picker::in_window);
        self.is_writing() && !picking && !self.is_judging_many() && self.dialog.is_none() && self.leaving.is_none()
    }

    /// Reads the keys that are commands in a text field, too: those of the window and of the
    /// dataset that mean nothing in a text. The field never gets them, and has the keyboard again
    /// once the dialog that they open is closed.
    pub(super) fn read_field_keys(&mut self, actions: &mut Vec<UiAction>) {
        if !self.writes_over_rows() {
            return;
        }
        let (keymap, scope) = (keymap::from_context(&self.ctx), self.key_scope());
        let command = |event: &Event| match event {
            Event::Key { key, pressed: true, repeat: false, modifiers, .. } if !is_of_text(*key, *modifiers) => {
                let command = keymap.command(scope, *key, *modifiers)?.command;
                // The key that quits is read everywhere.
                let works =
                    matches!(command, Command::App(_) | Command::Dataset(_)) && command != AppCommand::Quit.into();
                works.then_some(command)
            }
            _ => None,
        };
        let found: Vec<Command> = self.ctx.input_mut(|input| {
            let found = input.events.iter().filter_map(command).collect();
            input.events.retain(|event| command(event).is_none());
            found
        });
        if found.iter().any(|command| command.takes_keyboard()) {
            self.hands.field = self.ctx.memory(egui::Memory::focused);
        }
        actions.extend(found.into_iter().map(UiAction::Run));
    }

    /// Gives the keyboard back to the text field that had it before a dialog opened, unless more
    /// was done than closing the dialog.
    pub(super) fn return_to_field(&mut self, only_closed: bool) {
        if self.dialog.is_none()
            && let Some(field) = self.hands.field.take()
            && only_closed
        {
            self.hands.returns = Some((field, 2));
        }
        match self.hands.returns.take() {
            Some((field, 0)) => self.ctx.memory_mut(|memory| memory.request_focus(field)),
            Some((field, frames)) => {
                self.hands.returns = Some((field, frames - 1));
                self.ctx.request_repaint();
            }
            None => {}
        }
    }

    /// Reads the keys that work where other keys are no commands, also in a text field, if they are
    /// held with Ctrl or Alt: the one that quits, and in the result of an export the one that
    /// audits it. Not in the settings, which may be waiting for a key.
    pub(super) fn read_dialog_keys(&self, actions: &mut Vec<UiAction>) {
        if matches!(self.dialog, Some(Dialog::Settings(_))) {
            return;
        }
        let keymap = keymap::from_context(&self.ctx);
        let has_result = matches!(&self.dialog, Some(Dialog::Export(dialog)) if matches!(dialog.result, Some(Ok(_))));
        let works = |command: Command| {
            command == AppCommand::Quit.into() || (has_result && command == DatasetCommand::AuditExport.into())
        };
        let command = |event: &Event| match event {
            Event::Key { key, pressed: true, repeat: false, modifiers, .. } if modifiers.command || modifiers.alt => {
                let entry = keymap.command(KeyScope::Everywhere, *key, *modifiers)?;
                Some(entry.command).filter(|command| works(*command))
            }
            _ => None,
        };
        let commands: Vec<Command> = self.ctx.input(|input| input.events.iter().filter_map(command).collect());
        actions.extend(commands.into_iter().map(UiAction::Run));
    }

    pub(super) fn read_drops(&self, actions: &mut Vec<UiAction>) {
        let dropped = self.ctx.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
        actions.extend(dropped.map(|path| AppAction::Open(OpenTarget::Path(path)).into()));
    }
}

/// The command of a mouse button beside the usual three.
fn command_of_button(event: &Event) -> Option<Command> {
    match event {
        Event::PointerButton { button: PointerButton::Extra1, pressed: true, .. } => Some(ReviewCommand::Back.into()),
        Event::PointerButton { button: PointerButton::Extra2, pressed: true, .. } => {
            Some(ReviewCommand::Forward.into())
        }
        _ => None,
    }
}

/// Whether a key press can mean something in a text field: letters, also with Alt, which writes
/// other letters on some keyboards; moving, deleting, copying and undoing.
fn is_of_text(key: Key, modifiers: Modifiers) -> bool {
    let is_function_key = key.name().strip_prefix('F').is_some_and(|number| number.parse::<u8>().is_ok());
    let edits = matches!(
        key,
        Key::A
            | Key::C
            | Key::H
            | Key::U
            | Key::V
            | Key::W
            | Key::X
            | Key::Y
            | Key::Z
            | Key::Enter
            | Key::Escape
            | Key::Tab
            | Key::Space
            | Key::Backspace
            | Key::Delete
            | Key::Insert
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::ArrowUp
            | Key::ArrowDown
            | Key::Home
            | Key::End
            | Key::PageUp
            | Key::PageDown
    );
    modifiers.alt || edits || !(is_function_key || modifiers.command)
}

/// Whether a key press belongs to a panel. All others are commands, so that one can go on judging
/// beside it.
fn is_key_of(panel: SidePanel, event: &Event) -> bool {
    let Event::Key { key, .. } = event else { return false };
    match panel {
        SidePanel::History => matches!(key, Key::ArrowUp | Key::ArrowDown | Key::Enter | Key::Escape),
        SidePanel::Occurrences => matches!(key, Key::Enter | Key::Escape),
        SidePanel::Signals | SidePanel::Fields | SidePanel::Text | SidePanel::Notes | SidePanel::Check => false,
    }
}

/// Whether a key press closes the panel that it belongs to.
fn closes(panel: SidePanel, event: &Event) -> bool {
    match event {
        Event::Key { key: Key::Escape, pressed: true, .. } => is_key_of(panel, event),
        Event::Key { key: Key::Enter, pressed: true, modifiers, .. } => {
            panel == SidePanel::History && !modifiers.command
        }
        _ => false,
    }
}

/// Returns the answer of a key press while a sample waits for a reason; the inner `None` is Enter,
/// which goes on without one.
fn answer_of(event: &Event) -> Option<Option<Reason>> {
    match event {
        Event::Key { key: Key::Enter, pressed: true, repeat: false, modifiers, .. } if modifiers.is_none() => {
            Some(None)
        }
        Event::Key { key, pressed: true, repeat: false, modifiers, .. } if modifiers.is_none() => {
            reason_of(*key).map(Some)
        }
        _ => None,
    }
}
