//! The settings as entries of the palette: one that toggles or chooses where that is a single step,
//! else one that opens the settings at its place.

use super::settings_dialog::{READING_MODES, SIZES, THEMES};
use super::{AppAction, SettingsPlace, UiAction};
use crate::settings::{KeyDisplay, Settings};

/// A setting, or one of its values.
pub(super) struct SettingEntry {
    /// The lasting name by which recent entries are remembered.
    pub(super) id: String,
    pub(super) name: String,
    /// The current value of a switch, or whether the value is in use.
    pub(super) state: &'static str,
    /// Other words for it.
    pub(super) synonyms: &'static [&'static str],
    pub(super) action: UiAction,
}

const PLACES: [(SettingsPlace, &str, &[&str]); 8] = [
    (SettingsPlace::Annotator, "Annotator for all datasets…", &["user", "reviewer", "login"]),
    (SettingsPlace::ViewingTime, "Minimum viewing time…", &["delay", "settle", "too fast"]),
    (SettingsPlace::Languages, "Languages of tiles…", &["ocr", "tesseract"]),
    (SettingsPlace::Tesseract, "Tesseract program…", &["ocr", "path"]),
    (SettingsPlace::Reviewer, "Model as a reviewer…", &["vlm", "llm", "endpoint", "openai", "key"]),
    (SettingsPlace::Memory, "Memory for tiles…", &["ram", "cache", "performance"]),
    (SettingsPlace::Threads, "Decoding threads…", &["workers", "cores", "performance"]),
    (SettingsPlace::Keys, "Change keys…", &["shortcuts", "key bindings", "one hand", "pedal", "gamepad", "remap"]),
];

pub(super) fn entries(settings: &Settings) -> Vec<SettingEntry> {
    let mut entries = Vec::new();
    let mut choice = |id: String, name: String, synonyms, new: Settings| {
        let state = if new == *settings { "in use" } else { "" };
        entries.push(SettingEntry { id, name, state, synonyms, action: used(new) });
    };
    for (theme, _, name) in THEMES {
        let synonyms: &[&str] = &["dark mode", "light mode", "night", "appearance", "colours", "accessibility"];
        choice(format!("theme:{name}"), format!("Theme: {name}"), synonyms, Settings { theme, ..settings.clone() });
    }
    for (scale, name) in SIZES {
        let synonyms: &[&str] = &["text size", "font size", "zoom interface", "large", "accessibility"];
        let new = Settings { scale, ..settings.clone() };
        choice(format!("size:{name}"), format!("Text and button size: {name}"), synonyms, new);
    }
    for (reading, name, _) in READING_MODES {
        let new = Settings { reading, ..settings.clone() };
        choice(format!("reading:{name}"), format!("Read the text of tiles: {name}"), &["ocr", "tesseract"], new);
    }
    for (show_keys, name) in KeyDisplay::NAMES {
        let new = Settings { show_keys, ..settings.clone() };
        let synonyms: &[&str] = &["keystrokes", "screencast", "chords"];
        choice(format!("show-keys:{name}"), format!("Show pressed keys: {name}"), synonyms, new);
    }
    let mut switch = |id: &str, name: &str, on: bool, synonyms, new: Settings| {
        let state = if on { "on" } else { "off" };
        entries.push(SettingEntry { id: id.to_owned(), name: name.to_owned(), state, synonyms, action: used(new) });
    };
    let scans = settings.look_at_pixels;
    let new = Settings { look_at_pixels: !scans, ..settings.clone() };
    switch("scan-tiles", "Scan tiles in the background", scans, &["duplicate tiles", "blank tiles"], new);
    let hints = settings.hints;
    let new = Settings { hints: !hints, ..settings.clone() };
    switch("hints", "Hints in the first hour", hints, &["tips", "tutorial", "teach"], new);
    entries.extend(PLACES.into_iter().map(|(place, name, synonyms)| SettingEntry {
        id: format!("setting:{name}"),
        name: name.to_owned(),
        state: "",
        synonyms,
        action: AppAction::OpenSettings(place).into(),
    }));
    entries
}

fn used(new: Settings) -> UiAction {
    AppAction::UseSettings(Box::new(new)).into()
}
