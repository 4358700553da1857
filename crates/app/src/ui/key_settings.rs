//! The keys in the settings: layouts, and a key for each command. A key of another command can be
//! swapped. Changes apply at once.

use egui::{Button, Context, Event, Key, Modifiers, RichText, ScrollArea, TextEdit, Ui};
use tilejury_audit::text::count;

use super::{AppAction, UiAction};
use crate::command::{Command, Entry, KeyLayout, KeyScope, Keymap, Menu, Shortcut, entries, is_modifier};
use crate::icons;
use crate::theme::palette;

/// The widths of the columns in points: fixed, so that no button moves while a person filters.
const NAMES: f32 = 400.0;
const KEYS: f32 = 200.0;
const LINE: f32 = 28.0;

/// The state of the page.
#[derive(Default)]
pub(crate) struct KeySettings {
    /// The command whose new key is being read.
    recording: Option<Command>,
    /// The news about the last key.
    news: Option<News>,
    find: String,
}

/// The line above the keys after a key was pressed or a layout was chosen.
enum News {
    /// The reason why a key was refused.
    Refusal(String),
    /// A key belongs to another command, by name: the two can swap.
    Taken { command: Command, key: Shortcut, other: &'static str },
    /// Two commands swapped their keys.
    Swapped(String),
    /// A layout replaces keys that the person chose, if it is confirmed.
    Replaces(KeyLayout),
}

pub(crate) fn show(ui: &mut Ui, page: &mut KeySettings, keymap: &Keymap, height: f32, actions: &mut Vec<UiAction>) {
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Find");
        ui.add(TextEdit::singleline(&mut page.find).desired_width(180.0)).labelled_by(label.id);
        ui.separator();
        ui.label("Layout");
        for layout in KeyLayout::ALL {
            let chosen = *keymap == layout.keymap();
            if ui.selectable_label(chosen, layout.name()).clicked() && !chosen {
                choose(page, keymap, layout, actions);
            }
        }
        let changed = *keymap != Keymap::default();
        if ui.add_enabled(changed, Button::new("Reset all keys")).clicked() {
            page.news = None;
            actions.push(AppAction::UseKeys(Keymap::default()).into());
        }
    });
    news(ui, page, keymap, actions);
    let find = page.find.trim().to_lowercase();
    let fits = |entry: &&Entry| {
        let keys = keymap.text(entry).to_lowercase();
        find.is_empty() || entry.name.to_lowercase().contains(&find) || keys.split(", ").any(|key| key == find)
    };
    let scroll = ScrollArea::vertical().max_height(height - 70.0).min_scrolled_height(height - 70.0);
    scroll.auto_shrink([false, false]).show(ui, |ui| {
        let shown = Menu::ALL.into_iter().flat_map(|menu| entries().filter(move |entry| entry.menu == menu));
        for (at, entry) in shown.filter(fits).enumerate() {
            one(ui, page, entry, at, keymap, actions);
        }
    });
}

/// Uses a layout. If that replaces the person's own keys, it has to be confirmed.
fn choose(page: &mut KeySettings, keymap: &Keymap, layout: KeyLayout, actions: &mut Vec<UiAction>) {
    page.recording = None;
    if KeyLayout::ALL.iter().any(|known| *keymap == known.keymap()) {
        page.news = None;
        actions.push(AppAction::UseKeys(layout.keymap()).into());
    } else {
        page.news = Some(News::Replaces(layout));
    }
}

/// Always one line, so that nothing moves when a key is refused.
fn news(ui: &mut Ui, page: &mut KeySettings, keymap: &Keymap, actions: &mut Vec<UiAction>) {
    let colour = palette(ui.visuals()).reject;
    let mut new = None;
    ui.horizontal(|ui| {
        ui.set_min_height(LINE);
        match &page.news {
            Some(News::Refusal(reason)) => {
                ui.label(RichText::new(reason).color(colour));
            }
            Some(News::Taken { command, key, other }) => {
                ui.label(RichText::new(format!("{} belongs to “{other}”.", key.text())).color(colour));
                if ui.button("Swap the keys").clicked() {
                    let mut swapped = keymap.clone();
                    new = Some(match swapped.swap(*command, *key) {
                        Ok(_) => {
                            let given = entries().find(|entry| entry.name == *other).map(|entry| swapped.text(entry));
                            let words = format!("Swapped: “{other}” is on {} now.", given.unwrap_or_default());
                            actions.push(AppAction::UseKeys(swapped).into());
                            News::Swapped(words)
                        }
                        Err(reason) => News::Refusal(reason),
                    });
                }
            }
            Some(News::Swapped(words)) => {
                ui.label(RichText::new(words).strong());
            }
            Some(News::Replaces(layout)) => {
                let own = count(keymap.changes().len(), "command");
                ui.label(RichText::new(format!("This replaces your keys of {own}.")).color(colour));
                if ui.button("Use the layout").clicked() {
                    actions.push(AppAction::UseKeys(layout.keymap()).into());
                    new = Some(News::Swapped(format!("Layout: {}", layout.name())));
                }
            }
            None if page.recording.is_some() => {
                ui.label(RichText::new("Press the new key; Esc cancels.").strong());
            }
            None => {
                let words = "Click a key to change it. Keys of a pedal or a gamepad count as well, if it sends keys such as F13.";
                ui.label(RichText::new(words).weak());
            }
        }
    });
    if new.is_some() {
        page.news = new;
    }
}

/// The line of a command.
fn one(
    ui: &mut Ui,
    page: &mut KeySettings,
    entry: &'static Entry,
    at: usize,
    keymap: &Keymap,
    actions: &mut Vec<UiAction>,
) {
    let fill = if at % 2 == 1 { ui.visuals().faint_bg_color } else { egui::Color32::TRANSPARENT };
    egui::Frame::new().fill(fill).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(LINE);
            let (names, keys) = widths(ui.available_width());
            let path = format!("{} › {}", entry.menu_path(), entry.name);
            cell(ui, names, |ui| ui.add(egui::Label::new(path).truncate()));
            cell(ui, keys, |ui| key_button(ui, page, entry, keymap, keys));
            if keymap.is_changed(entry) {
                back(ui, page, entry, keymap, actions);
            }
        });
    });
}

/// The widths of the columns, narrower in a narrow window.
fn widths(available: f32) -> (f32, f32) {
    let keys = KEYS.min(available * 0.4);
    (NAMES.min(available - keys - 60.0).max(80.0), keys)
}

fn cell(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui) -> egui::Response) {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(egui::vec2(width, LINE), layout, |ui| {
        ui.set_min_width(width);
        add(ui)
    });
}

fn key_button(ui: &mut Ui, page: &mut KeySettings, entry: &Entry, keymap: &Keymap, width: f32) -> egui::Response {
    let recording = page.recording == Some(entry.command);
    let mut text = if recording { "press a key…".to_owned() } else { keymap.text(entry) };
    if !recording {
        text.push_str(match entry.scope {
            KeyScope::Everywhere => "",
            KeyScope::Panes => " (reading view)",
            KeyScope::Comparing => " (comparing)",
            KeyScope::TileSearch => " (search of texts)",
        });
    }
    let name = format!("Change the key of {}: {text}", entry.name);
    let button = Button::new(RichText::new(text).monospace()).selected(recording).min_size(egui::vec2(width, 0.0));
    let button = ui.add(button.truncate()).on_hover_text(entry.help).accessible_name(name);
    if button.clicked() {
        page.recording = Some(entry.command);
        page.news = None;
        // The focus is on this button now, not in a field.
        button.request_focus();
    }
    button
}

/// The button that gives a command its default keys.
fn back(ui: &mut Ui, page: &mut KeySettings, entry: &Entry, keymap: &Keymap, actions: &mut Vec<UiAction>) {
    let back = ui.button(icons::UNDO).on_hover_text("Reset to the default keys");
    if back.accessible_name(format!("Default keys of {}", entry.name)).clicked() {
        let mut new = keymap.clone();
        match new.reset(entry.command) {
            Ok(()) => actions.push(AppAction::UseKeys(new).into()),
            Err(reason) => page.news = Some(News::Refusal(reason)),
        }
    }
}

/// Takes the key that is being read before anything else sees it.
pub(super) fn record(ctx: &Context, page: &mut KeySettings, keymap: &Keymap, actions: &mut Vec<UiAction>) {
    let Some(command) = page.recording else { return };
    // A click elsewhere cancels.
    if ctx.input(|input| input.pointer.any_pressed()) {
        page.recording = None;
        return;
    }
    let pressed = ctx.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::Key { key, pressed: true, modifiers, .. } if !is_modifier(*key) => Some((*key, *modifiers)),
            _ => None,
        })
    });
    let Some((key, modifiers)) = pressed else { return };
    ctx.input_mut(|input| input.events.retain(|event| !matches!(event, Event::Key { .. } | Event::Text(_))));
    page.recording = None;
    if (key, modifiers) == (Key::Escape, Modifiers::NONE) {
        return;
    }
    let key = Shortcut::pressed(key, modifiers);
    let mut new = keymap.clone();
    match (new.rebind(command, key), keymap.owner(command, key)) {
        (Ok(()), _) => actions.push(AppAction::UseKeys(new).into()),
        (Err(_), Some(other)) => page.news = Some(News::Taken { command, key, other: other.name }),
        (Err(reason), None) => page.news = Some(News::Refusal(reason)),
    }
}
