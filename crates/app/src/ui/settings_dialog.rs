//! The settings dialog: appearance, judging, memory and workers, keys. Changes apply at once and
//! are stored.

use egui::{Context, DragValue, Event, Grid, Id, Key, Modal, Modifiers, RichText, ScrollArea, Slider, Ui};

use super::{AppAction, UiAction, field_keys};
use crate::command::{Command, Entry, KeyScope, Keymap, Menu, Shortcut, entries, is_modifier, keymap};
use crate::icons;
use crate::settings::{MEMORY_MB, ReadingMode, SCALES, SETTLE_MS, Settings, Theme, WORKERS};
use crate::theme::palette;
use tilejury_text::Language;

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct SettingsDialog {
    tab: Tab,
    /// The command whose new key is being read.
    recording: Option<Command>,
    /// The reason why a key was refused.
    refusal: Option<String>,
    /// The annotator name being typed.
    annotator: Option<String>,
    /// The languages and the program being typed.
    languages: Option<String>,
    program: Option<String>,
    /// Settings while a slider is dragged: they apply when it is released.
    draft: Option<Settings>,
    find: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    General,
    Keys,
}

pub(crate) fn show(
    ctx: &Context,
    dialog: &mut SettingsDialog,
    settings: &Settings,
    annotator: &str,
    file: &std::path::Path,
    actions: &mut Vec<UiAction>,
) {
    let size = ctx.content_rect().size() * 0.86;
    let keymap = keymap::from_context(ctx);
    record(ctx, dialog, &keymap, actions);
    let modal = Modal::new(Id::unique("settings")).show(ctx, |ui| {
        ui.set_width(size.x.min(820.0));
        super::title(ui, "Settings", actions);
        ui.horizontal(|ui| {
            ui.selectable_value(&mut dialog.tab, Tab::General, "General");
            ui.selectable_value(&mut dialog.tab, Tab::Keys, "Keys");
        });
        ui.separator();
        let height = (size.y - 140.0).clamp(120.0, 560.0);
        match dialog.tab {
            Tab::General => {
                ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, false]).show(
                    ui,
                    |ui| {
                        general(ui, dialog, settings, annotator, actions);
                        ui.add_space(12.0);
                        ui.label(RichText::new(format!("Stored in {}", file.display())).weak().small());
                    },
                );
            }
            Tab::Keys => keys(ui, dialog, &keymap, height, actions),
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn general(
    ui: &mut Ui,
    dialog: &mut SettingsDialog,
    settings: &Settings,
    annotator: &str,
    actions: &mut Vec<UiAction>,
) {
    let mut new = dialog.draft.take().unwrap_or_else(|| settings.clone());
    Grid::new("settings").num_columns(2).spacing([24.0, 10.0]).show(ui, |ui| {
        appearance(ui, &mut new);
        annotator_name(ui, &mut dialog.annotator, annotator, actions);
        judging(ui, &mut new);
        reading(ui, dialog, &mut new);
        tiles(ui, &mut new);
    });
    if new == *settings {
        return;
    }
    // Applied while being dragged, the size would pull the slider from under the pointer, and the
    // workers would restart again and again.
    if ui.ctx().dragged_id().is_some() {
        dialog.draft = Some(new);
    } else {
        actions.push(AppAction::UseSettings(Box::new(new)).into());
    }
}

fn appearance(ui: &mut Ui, new: &mut Settings) {
    ui.label("Theme");
    ui.horizontal(|ui| {
        let themes = [
            (Theme::System, icons::THEME_SYSTEM, "System"),
            (Theme::Dark, icons::THEME_DARK, "Dark"),
            (Theme::Light, icons::THEME_LIGHT, "Light"),
        ];
        for (theme, icon, name) in themes {
            ui.selectable_value(&mut new.theme, theme, format!("{icon} {name}"));
        }
    });
    ui.end_row();

    let label = ui.label("Text and button size");
    ui.horizontal(|ui| {
        for (scale, name) in [(1.0, "100 %"), (1.25, "125 %"), (1.5, "150 %"), (2.0, "200 %")] {
            ui.selectable_value(&mut new.scale, scale, name);
        }
        ui.add(Slider::new(&mut new.scale, SCALES).step_by(0.05).show_value(false)).labelled_by(label.id);
        ui.label(format!("{:.0} %", new.scale * 100.0));
    });
    ui.end_row();
}

/// `draft`: the name being typed.
fn annotator_name(ui: &mut Ui, draft: &mut Option<String>, annotator: &str, actions: &mut Vec<UiAction>) {
    let label = ui.label("Annotator");
    ui.horizontal(|ui| {
        let text = draft.get_or_insert_with(|| annotator.to_owned());
        let field = ui.add(egui::TextEdit::singleline(text).desired_width(200.0)).labelled_by(label.id);
        let name = text.trim().to_owned();
        let enter = field_keys::entered(ui, &field);
        let other = !name.is_empty() && name != annotator;
        let button = ui.add_enabled(other, egui::Button::new("Judge under this name"));
        if other && (button.clicked() || enter) {
            actions.push(AppAction::SetAnnotator(name).into());
        }
    });
    ui.end_row();
}

fn judging(ui: &mut Ui, new: &mut Settings) {
    ui.vertical(|ui| ui.label("Judging"));
    ui.vertical(|ui| {
        ui.checkbox(&mut new.auto_advance, "Go to the next unjudged sample after a verdict");
        ui.checkbox(&mut new.keep_zoom, "Keep zoom and position for the next sample");
        ui.checkbox(&mut new.session_counter, "Show the session counter");
        ui.checkbox(&mut new.overview_first, "Begin with the overview of the set");
    });
    ui.end_row();

    let label = ui.label("Minimum viewing time");
    ui.horizontal(|ui| {
        let drag = DragValue::new(&mut new.settle_ms).range(SETTLE_MS).speed(5).suffix(" ms");
        ui.add(drag.update_while_editing(false)).labelled_by(label.id);
        ui.label(RichText::new("judging a sample sooner is refused; 0 allows it").weak());
    });
    ui.end_row();

    ui.label("Suspicion");
    ui.checkbox(&mut new.look_at_pixels, "Scan tiles in the background")
        .on_hover_text("Reads every tile once to find copies of positives and blank or unreadable tiles.");
    ui.end_row();
}

fn reading(ui: &mut Ui, dialog: &mut SettingsDialog, new: &mut Settings) {
    ui.label("Read the text of tiles");
    ui.horizontal(|ui| {
        let modes = [
            (
                ReadingMode::Automatic,
                "Small sets",
                "All tiles of sets with up to 2,000 tiles, if Tesseract is installed",
            ),
            (ReadingMode::Off, "Off", "Only when a command asks for it"),
            (ReadingMode::Suspicious, "Suspicious rows", "The tiles of the first 1,000 rows by suspicion"),
            (ReadingMode::All, "All rows", "All tiles: 200,000 of them take about 100 hours of one core"),
        ];
        for (mode, name, help) in modes {
            ui.selectable_value(&mut new.reading, mode, name).on_hover_text(help);
        }
    });
    ui.end_row();

    let label = ui.label("Languages of tiles");
    ui.horizontal(|ui| {
        let stored = new.reading_languages.clone();
        let (field, typed) = typed_field(ui, &mut dialog.languages, &stored, label.id);
        let fault = typed.split('+').map(|code| code.trim().parse::<Language>()).find_map(Result::err);
        match fault {
            Some(fault) => {
                ui.label(RichText::new(fault).color(palette(ui.visuals()).reject));
            }
            None => {
                ui.label(RichText::new("as Tesseract names them, such as eng or deu+eng").weak());
                if field.lost_focus() {
                    new.reading_languages = typed;
                }
            }
        }
    });
    ui.end_row();

    let label = ui.label("Tesseract program");
    ui.horizontal(|ui| {
        let stored = new.tesseract.clone();
        let (field, typed) = typed_field(ui, &mut dialog.program, &stored, label.id);
        ui.label(RichText::new("a path, or a name that is looked up").weak());
        if field.lost_focus() {
            new.tesseract = typed;
        }
    });
    ui.end_row();
}

/// A text field whose text counts when it loses the focus. Returns the text being typed.
fn typed_field(ui: &mut Ui, draft: &mut Option<String>, stored: &str, label: Id) -> (egui::Response, String) {
    let text = draft.get_or_insert_with(|| stored.to_owned());
    let field = ui.add(egui::TextEdit::singleline(text).desired_width(200.0)).labelled_by(label);
    (field, text.trim().to_owned())
}

fn tiles(ui: &mut Ui, new: &mut Settings) {
    ui.label("Text on tiles");
    ui.checkbox(&mut new.highlights, "Mark the answer and the query's words")
        .on_hover_text("On tiles that were read; below the tiles is the passage that covers the query best.");
    ui.end_row();

    ui.label("Loupe");
    ui.horizontal(|ui| {
        ui.selectable_value(&mut new.loupe_scale, 1, "1:1");
        ui.selectable_value(&mut new.loupe_scale, 2, "2:1");
    });
    ui.end_row();

    let label = ui.label("Memory for tiles");
    ui.horizontal(|ui| {
        let drag = DragValue::new(&mut new.memory_mb).range(MEMORY_MB).speed(8).suffix(" MB");
        ui.add(drag.update_while_editing(false)).labelled_by(label.id);
        ui.label(RichText::new("more is faster when going back and forth").weak());
    });
    ui.end_row();

    let label = ui.label("Decoding threads");
    ui.horizontal(|ui| {
        let drag = DragValue::new(&mut new.workers).range(WORKERS).speed(0.1);
        let drag = drag.update_while_editing(false).custom_formatter(|number, _| {
            if number < 0.5 { "one per core".to_owned() } else { format!("{number:.0}") }
        });
        ui.add(drag).labelled_by(label.id);
    });
    ui.end_row();
}

fn keys(ui: &mut Ui, dialog: &mut SettingsDialog, keymap: &Keymap, height: f32, actions: &mut Vec<UiAction>) {
    ui.horizontal(|ui| {
        let label = ui.label("Find");
        ui.add(egui::TextEdit::singleline(&mut dialog.find).desired_width(220.0)).labelled_by(label.id);
        let changed = *keymap != Keymap::default();
        if ui.add_enabled(changed, egui::Button::new("Reset all keys")).clicked() {
            dialog.refusal = None;
            actions.push(AppAction::UseKeys(Keymap::default()).into());
        }
    });
    // Always one line, so that nothing moves when a key is refused.
    let text = match (&dialog.refusal, dialog.recording) {
        (Some(refusal), _) => RichText::new(refusal).color(palette(ui.visuals()).reject),
        (None, Some(_)) => RichText::new("Press the new key; Esc cancels.").strong(),
        (None, None) => RichText::new("Click a key to change it. Keys of other commands are refused.").weak(),
    };
    ui.label(text);
    let find = dialog.find.trim().to_lowercase();
    let fits = |entry: &&Entry| find.is_empty() || entry.name.to_lowercase().contains(&find);
    ScrollArea::vertical()
        .max_height(height - 60.0)
        .min_scrolled_height(height - 60.0)
        .auto_shrink([false, false])
        .show(ui, |ui| {
            Grid::new("keys").num_columns(3).striped(true).spacing([24.0, 6.0]).show(ui, |ui| {
                for menu in Menu::ALL {
                    for entry in entries().filter(|entry| entry.menu == menu).filter(fits) {
                        one(ui, dialog, entry, keymap, actions);
                        ui.end_row();
                    }
                }
            });
        });
}

fn one(ui: &mut Ui, dialog: &mut SettingsDialog, entry: &'static Entry, keymap: &Keymap, actions: &mut Vec<UiAction>) {
    ui.label(format!("{} › {}", entry.menu_path(), entry.name));
    let recording = dialog.recording == Some(entry.command);
    let mut text = if recording { "press a key…".to_owned() } else { keymap.text(entry) };
    if !recording {
        text.push_str(match entry.scope {
            KeyScope::Everywhere => "",
            KeyScope::Comparing => " (comparing)",
            KeyScope::TileSearch => " (search of texts)",
        });
    }
    let name = format!("Change the key of {}: {text}", entry.name);
    let button =
        egui::Button::new(RichText::new(text).monospace()).selected(recording).min_size(egui::vec2(190.0, 0.0));
    let cell = ui.add(button).on_hover_text(entry.help);
    let cell = cell.accessible_name(name);
    if cell.clicked() {
        dialog.recording = Some(entry.command);
        dialog.refusal = None;
        // The focus is on this button now, not in a field.
        cell.request_focus();
    }
    if keymap.is_changed(entry) {
        let back = ui.button(icons::UNDO).on_hover_text("Reset to the default keys");
        if back.accessible_name(format!("Default keys of {}", entry.name)).clicked() {
            let mut new = keymap.clone();
            match new.reset(entry.command) {
                Ok(()) => actions.push(AppAction::UseKeys(new).into()),
                Err(reason) => dialog.refusal = Some(reason),
            }
        }
    }
}

/// Takes the key that is being read before anything else sees it.
fn record(ctx: &Context, dialog: &mut SettingsDialog, keymap: &Keymap, actions: &mut Vec<UiAction>) {
    let Some(command) = dialog.recording else { return };
    // A click elsewhere cancels.
    if ctx.input(|input| input.pointer.any_pressed()) {
        dialog.recording = None;
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
    dialog.recording = None;
    if (key, modifiers) == (Key::Escape, Modifiers::NONE) {
        return;
    }
    let mut new = keymap.clone();
    match new.rebind(command, Shortcut::pressed(key, modifiers)) {
        Ok(()) => actions.push(AppAction::UseKeys(new).into()),
        Err(reason) => dialog.refusal = Some(reason),
    }
}
