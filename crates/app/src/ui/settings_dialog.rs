//! The settings dialog: appearance, judging, memory and workers, keys. Changes apply at once and
//! are stored.

use egui::{Context, DragValue, Grid, Id, Modal, RichText, ScrollArea, Slider, Ui};

use super::key_settings::{self, KeySettings};
use super::reviewer_settings::{self, ReviewerFields};
use super::{AppAction, SettingsPlace, UiAction, field_keys, ticks};
use crate::command::keymap;
use crate::icons;
use crate::settings::{
    CACHE_GB, DAILY_GOAL, KeyDisplay, MEMORY_MB, ReadingMode, SCALES, SETTLE_MS, Settings, Theme, WORKERS,
};
use crate::theme::palette;
use tilejury_text::Language;

/// The themes with their signs and names.
pub(super) const THEMES: [(Theme, &str, &str); 4] = [
    (Theme::System, icons::THEME_SYSTEM, "Follow system"),
    (Theme::Dark, icons::THEME_DARK, "Dark"),
    (Theme::Light, icons::THEME_LIGHT, "Light"),
    (Theme::HighContrast, "◐", "High contrast"),
];

/// The usual sizes of text and buttons with their names.
pub(super) const SIZES: [(f32, &str); 4] = [(1.0, "100 %"), (1.25, "125 %"), (1.5, "150 %"), (2.0, "200 %")];

/// The choices of the tiles to read, with their names and help.
pub(super) const READING_MODES: [(ReadingMode, &str, &str); 4] = [
    (ReadingMode::Off, "Off", "Only when a command asks for it"),
    (ReadingMode::Automatic, "Small sets", "All tiles of sets with up to 2,000 tiles, if Tesseract is installed"),
    (ReadingMode::Suspicious, "Suspicious rows", "The tiles of the first 1,000 rows by suspicion"),
    (ReadingMode::All, "All rows", "All tiles: 200,000 of them take about 100 hours of one core"),
];

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct SettingsDialog {
    tab: Tab,
    /// The setting to scroll to and to focus, once.
    reveal: Option<SettingsPlace>,
    keys: KeySettings,
    /// The annotator name being typed.
    annotator: Option<String>,
    /// The languages and the program being typed.
    languages: Option<String>,
    program: Option<String>,
    /// The texts about a model that are being typed.
    reviewer: ReviewerFields,
    /// The folder of the cache for addresses.
    cache: std::path::PathBuf,
    /// Settings while a slider is dragged: they apply when it is released.
    draft: Option<Settings>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    General,
    Keys,
}

impl SettingsDialog {
    /// The dialog with this setting in view and in focus.
    pub(crate) fn at(place: SettingsPlace) -> Self {
        let tab = if place == SettingsPlace::Keys { Tab::Keys } else { Tab::General };
        Self { tab, reveal: Some(place), ..Self::default() }
    }

    /// Focuses the field of a setting, if the dialog was opened at it.
    fn reveal(&mut self, place: SettingsPlace, field: &egui::Response) {
        if self.reveal == Some(place) {
            self.reveal = None;
            field.request_focus();
            field.scroll_to_me(Some(egui::Align::Center));
        }
    }
}

pub(crate) fn show(
    ctx: &Context,
    dialog: &mut SettingsDialog,
    settings: &Settings,
    annotator: &str,
    (file, cache): (&std::path::Path, std::path::PathBuf),
    actions: &mut Vec<UiAction>,
) {
    let size = ctx.content_rect().size() * 0.86;
    dialog.cache = cache;
    let keymap = keymap::from_context(ctx);
    key_settings::record(ctx, &mut dialog.keys, &keymap, actions);
    let modal = Modal::new(Id::unique("settings")).show(ctx, |ui| {
        ui.set_width((ctx.content_rect().width() * 0.94).min(820.0));
        super::title(ui, "Settings", actions);
        ui.horizontal(|ui| {
            ui.selectable_value(&mut dialog.tab, Tab::General, "General");
            ui.selectable_value(&mut dialog.tab, Tab::Keys, "Keys");
        });
        ui.separator();
        let height = (size.y - 140.0).clamp(120.0, 560.0);
        match dialog.tab {
            Tab::General => {
                // Sideways where large text makes a line wider than the window.
                ScrollArea::both().max_height(height).min_scrolled_height(height).auto_shrink([false, false]).show(
                    ui,
                    |ui| {
                        general(ui, dialog, settings, annotator, actions);
                        ui.add_space(12.0);
                        ui.label(RichText::new(format!("Stored in {}", file.display())).weak().small());
                    },
                );
            }
            Tab::Keys => key_settings::show(ui, &mut dialog.keys, &keymap, height, actions),
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
        annotator_name(ui, dialog, annotator, actions);
        judging(ui, dialog, &mut new);
        reading(ui, dialog, &mut new);
        let mut fields = std::mem::take(&mut dialog.reviewer);
        let reveal = |field: &egui::Response| dialog.reveal(SettingsPlace::Reviewer, field);
        reviewer_settings::show(ui, &mut fields, &mut new.reviewer, reveal, actions);
        dialog.reviewer = fields;
        tiles(ui, dialog, &mut new);
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
        for (theme, icon, name) in THEMES {
            ui.selectable_value(&mut new.theme, theme, format!("{icon} {name}"));
        }
    });
    ui.end_row();

    let label = ui.label("Text and button size");
    ui.horizontal(|ui| {
        for (scale, name) in SIZES {
            ui.selectable_value(&mut new.scale, scale, name);
        }
        ui.add(Slider::new(&mut new.scale, SCALES).step_by(0.05).show_value(false)).labelled_by(label.id);
        ui.label(format!("{:.0} %", new.scale * 100.0));
    });
    ui.end_row();
}

fn annotator_name(ui: &mut Ui, dialog: &mut SettingsDialog, annotator: &str, actions: &mut Vec<UiAction>) {
    let label = ui.label("Annotator");
    ui.horizontal(|ui| {
        let text = dialog.annotator.get_or_insert_with(|| annotator.to_owned());
        let field = ui.add(egui::TextEdit::singleline(text).desired_width(200.0)).labelled_by(label.id);
        let name = text.trim().to_owned();
        dialog.reveal(SettingsPlace::Annotator, &field);
        let enter = field_keys::entered(ui, &field);
        let other = !name.is_empty() && name != annotator;
        let button = ui.add_enabled(other, egui::Button::new("Switch annotator"));
        if other && (button.clicked() || enter) {
            actions.push(AppAction::SetAnnotator(name).into());
        }
    });
    ui.end_row();
}

fn judging(ui: &mut Ui, dialog: &mut SettingsDialog, new: &mut Settings) {
    // Beside the first box.
    ui.vertical(|ui| {
        ui.add_space((ui.spacing().interact_size.y - ui.text_style_height(&egui::TextStyle::Body)) / 2.0);
        ui.label("Judging");
    });
    ui.vertical(|ui| {
        ticks::checkbox(ui, &mut new.auto_advance, "Go to the next unjudged row after a verdict");
        ticks::checkbox(ui, &mut new.reason_first, "Ask for the reason before going on (one key, or Enter)");
        ticks::checkbox(ui, &mut new.next_tile, "Show the next undecided negative after a mark in the reading view");
        ticks::checkbox(ui, &mut new.keep_zoom, "Keep zoom and position for the next row");
        ticks::checkbox(ui, &mut new.session_counter, "Show the session counter");
        ticks::checkbox(ui, &mut new.overview_first, "Begin with the overview of the set");
    });
    ui.end_row();

    let label = ui.label("Daily goal");
    ui.horizontal(|ui| {
        let drag = DragValue::new(&mut new.daily_goal).range(DAILY_GOAL).speed(5).suffix(" rows");
        ui.add(drag.update_while_editing(false)).labelled_by(label.id);
        ui.label(RichText::new("shown in the session counter; 0 shows none").weak());
    });
    ui.end_row();

    let label = ui.label("Minimum viewing time");
    ui.horizontal(|ui| {
        let drag = DragValue::new(&mut new.settle_ms).range(SETTLE_MS).speed(5).suffix(" ms");
        let field = ui.add(drag.update_while_editing(false)).labelled_by(label.id);
        dialog.reveal(SettingsPlace::ViewingTime, &field);
        ui.label(RichText::new("a row judged sooner than this is refused; 0 refuses none").weak());
    });
    ui.end_row();

    ui.label("Hints");
    ticks::checkbox(ui, &mut new.hints, "Show hints that teach the next useful key")
        .on_hover_text("A line above the status bar. It ends once it has taught the keys.");
    ui.end_row();

    ui.label("Show pressed keys");
    ui.horizontal(|ui| {
        for (display, name) in KeyDisplay::NAMES {
            ui.selectable_value(&mut new.show_keys, display, name)
                .on_hover_text("The last command and its key, for a second, at the bottom of the window");
        }
    });
    ui.end_row();

    ui.label("Suspicion");
    ticks::checkbox(ui, &mut new.look_at_pixels, "Scan tiles in the background")
        .on_hover_text("Reads every tile once to find copies of positives and blank or unreadable tiles.");
    ui.end_row();
}

fn reading(ui: &mut Ui, dialog: &mut SettingsDialog, new: &mut Settings) {
    ui.label("Read the text of tiles");
    ui.horizontal(|ui| {
        for (mode, name, help) in READING_MODES {
            ui.selectable_value(&mut new.reading, mode, name).on_hover_text(help);
        }
    });
    ui.end_row();

    let label = ui.label("Languages of tiles");
    ui.horizontal(|ui| {
        let stored = new.reading_languages.clone();
        let (field, typed) = typed_field(ui, &mut dialog.languages, &stored, label.id);
        dialog.reveal(SettingsPlace::Languages, &field);
        let fault = typed.split('+').map(|code| code.trim().parse::<Language>()).find_map(Result::err);
        match fault {
            Some(fault) => {
                ui.label(RichText::new(fault).color(palette(ui.visuals()).reject));
            }
            None => {
                ui.label(RichText::new("such as eng or deu+eng").weak());
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
        dialog.reveal(SettingsPlace::Tesseract, &field);
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

fn tiles(ui: &mut Ui, dialog: &mut SettingsDialog, new: &mut Settings) {
    ui.label("Text on tiles");
    ticks::checkbox(ui, &mut new.highlights, "Mark the answer and the query's words")
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
        let field = ui.add(drag.update_while_editing(false)).labelled_by(label.id);
        dialog.reveal(SettingsPlace::Memory, &field);
        ui.label(RichText::new("more is faster when going back and forth").weak());
    });
    ui.end_row();

    let label = ui.label("Cache for addresses");
    ui.horizontal(|ui| {
        let drag = DragValue::new(&mut new.cache_gb).range(CACHE_GB).speed(0.2).suffix(" GB");
        ui.add(drag.update_while_editing(false)).labelled_by(label.id);
        let text = RichText::new("for fetched tiles; counts when a dataset is opened").weak();
        ui.label(text).on_hover_text(format!("In {}", dialog.cache.display()));
    });
    ui.end_row();

    let label = ui.label("Decoding threads");
    ui.horizontal(|ui| {
        let drag = DragValue::new(&mut new.workers).range(WORKERS).speed(0.1);
        let drag = drag.update_while_editing(false).custom_formatter(|number, _| {
            if number < 0.5 { "one per core".to_owned() } else { format!("{number:.0}") }
        });
        let field = ui.add(drag).labelled_by(label.id);
        dialog.reveal(SettingsPlace::Threads, &field);
    });
    ui.end_row();
}
