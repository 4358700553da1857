//! The About box: version, licence, the licences of all crates, and the places of the program's
//! files. Reads no file: the licences are in the program.

use std::path::PathBuf;
use std::sync::OnceLock;

use egui::{Align, Context, Id, Label, Layout, Modal, RichText, ScrollArea, TextStyle, Ui};

use super::{AppAction, UiAction};
use crate::command::AppCommand;
use crate::icons;

/// The licence of the program.
const LICENCE: &str = include_str!("../../../../LICENSE");
/// The licences of all crates and fonts; `cargo xtask licences` writes the file.
const OTHERS: &str = include_str!("../../../../assets/licences.txt");

/// The room for the names of places, in points.
const NAMES: f32 = 190.0;

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct AboutDialog {
    shows_licences: bool,
}

/// A file or folder of the program.
pub(crate) struct KnownPlace {
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    /// The folder to open.
    pub(crate) folder: PathBuf,
}

impl KnownPlace {
    pub(crate) fn folder(name: &'static str, path: PathBuf) -> Self {
        Self { name, folder: path.clone(), path }
    }

    pub(crate) fn file(name: &'static str, path: PathBuf) -> Self {
        let folder = path.parent().map_or_else(|| path.clone(), ToOwned::to_owned);
        Self { name, path, folder }
    }
}

pub(crate) fn show(ctx: &Context, dialog: &mut AboutDialog, places: &[KnownPlace], actions: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.92;
    let modal = Modal::new(Id::unique("about")).show(ctx, |ui| {
        ui.set_width(size.x.min(860.0));
        super::title(ui, "About Tilejury", actions);
        ui.separator();
        ui.label(RichText::new(format!("Tilejury {}", env!("CARGO_PKG_VERSION"))).size(20.0).strong());
        ui.label("Audits the training data of screenshot retrievers. Nothing leaves this machine unless you open an address or name a model's endpoint.");
        ui.horizontal_wrapped(|ui| {
            ui.label("Licence: MIT.");
            let crates = format!("It contains {} crates of other people and some fonts, each under its own licence.", crates());
            ui.label(crates);
            let label = if dialog.shows_licences { "Files of the program" } else { "Show all licences" };
            if ui.button(label).clicked() {
                dialog.shows_licences = !dialog.shows_licences;
            }
        });
        ui.add_space(8.0);
        match dialog.shows_licences {
            true => licences(ui, size.y - 210.0),
            false => files(ui, places, size.y - 210.0, actions),
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            super::command_button(ui, AppCommand::CopyDiagnosis, actions);
            ui.label(RichText::new("One page about the set-up, for a report of a problem.").weak());
        });
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn files(ui: &mut Ui, places: &[KnownPlace], height: f32, actions: &mut Vec<UiAction>) {
    ui.label(RichText::new("Files of the program").strong());
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        for place in places {
            ui.horizontal(|ui| {
                let room = egui::vec2(NAMES, ui.spacing().interact_size.y);
                ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
                    ui.set_width(NAMES);
                    ui.label(place.name);
                });
                let text = place.path.display().to_string();
                let open = ui.button(format!("{} Open folder", icons::OPEN));
                if open.accessible_name(format!("Open the folder: {}", place.name)).clicked() {
                    actions.push(AppAction::ShowFolder(place.folder.clone()).into());
                }
                let copy = ui.button(format!("{} Copy", icons::COPY));
                if copy.accessible_name(format!("Copy the path: {}", place.name)).clicked() {
                    ui.ctx().copy_text(text.clone());
                }
                ui.add(Label::new(RichText::new(&text).monospace().small()).truncate()).on_hover_text(text);
            });
        }
    });
}

fn licences(ui: &mut Ui, height: f32) {
    let lines = lines();
    let row = ui.text_style_height(&TextStyle::Monospace);
    let scroll = ScrollArea::both().max_height(height).min_scrolled_height(height).auto_shrink(false);
    scroll.show_rows(ui, row, lines.len(), |ui, visible| {
        for line in lines.get(visible).unwrap_or_default() {
            ui.add(Label::new(RichText::new(*line).monospace()).extend());
        }
    });
}

/// The lines of all licences, that of the program first.
fn lines() -> &'static [&'static str] {
    static LINES: OnceLock<Vec<&'static str>> = OnceLock::new();
    LINES.get_or_init(|| LICENCE.lines().chain([""]).chain(OTHERS.lines()).collect())
}

/// The number of crates whose licences are in the file.
fn crates() -> usize {
    OTHERS.split("\n\n").nth(1).map_or(0, |list| list.lines().count())
}
