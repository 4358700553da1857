//! The first screen: open, recent, demo, and the keys to know. Also: opening, and failing to open.

use std::path::{Path, PathBuf};

use egui::{RichText, Ui};

use super::Act;
use crate::command::{Command, entry_of};
use crate::opening::Target;
use crate::theme::palette;

/// The keys that a person needs for a first hour.
const KEYS_TO_KNOW: [Command; 8] = [
    Command::Judge(tilejury_audit::Verdict::Accept),
    Command::Judge(tilejury_audit::Verdict::Reject),
    Command::Judge(tilejury_audit::Verdict::Unsure),
    Command::ToggleNegative(1),
    Command::TogglePositive,
    Command::Next,
    Command::Undo,
    Command::Help,
];

pub(crate) fn show(ui: &mut Ui, recent: &[PathBuf], failure: Option<(&Path, &str)>, acts: &mut Vec<Act>) {
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            ui.set_max_width(760.0);
            ui.add_space((ui.available_height() * 0.1).min(70.0));
            ui.label(RichText::new("Tilejury").size(34.0).strong());
            ui.label(
                RichText::new(
                    "Is the training data of your screenshot retriever right? Open it, judge it, export it clean.",
                )
                .size(16.0),
            );
            ui.add_space(16.0);
            if let Some((path, reason)) = failure {
                failed(ui, path, reason);
            }
            ui.horizontal(|ui| {
                for command in [Command::OpenFolder, Command::OpenFile, Command::OpenDemo] {
                    let Some(entry) = entry_of(command) else { continue };
                    let button =
                        egui::Button::new(RichText::new(entry.name).size(16.0)).min_size(egui::vec2(170.0, 40.0));
                    if ui.add(button).on_hover_text(entry.help).clicked() {
                        acts.push(Act::Do(command));
                    }
                }
                ui.label(RichText::new("or drop a folder here").weak());
            });
            ui.add_space(20.0);
            ui.columns(2, |columns| {
                let [left, right] = columns else { return };
                left.vertical(|ui| recents(ui, recent, acts));
                right.vertical(keys);
            });
        });
    });
}

fn failed(ui: &mut Ui, path: &Path, reason: &str) {
    let colour = palette(ui.visuals()).reject;
    egui::Frame::group(ui.style()).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(format!("✖ {} could not be opened", path.display())).color(colour).strong());
        ui.label(reason);
    });
    ui.add_space(12.0);
}

fn recents(ui: &mut Ui, recent: &[PathBuf], acts: &mut Vec<Act>) {
    ui.label(RichText::new("Recent").strong().size(16.0));
    if recent.is_empty() {
        ui.label(RichText::new("Datasets that you open stand here.").weak());
    }
    for path in recent {
        let name = tilejury_data::file_name(path);
        let parent = path.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
        if ui.link(name).on_hover_text(path.display().to_string()).clicked() {
            acts.push(Act::Open(Target::Path(path.clone())));
        }
        ui.add(egui::Label::new(RichText::new(parent).weak().small()).truncate());
    }
}

fn keys(ui: &mut Ui) {
    ui.label(RichText::new("Keys to know").strong().size(16.0));
    egui::Grid::new("keys to know").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        for command in KEYS_TO_KNOW {
            let Some(entry) = entry_of(command) else { continue };
            let (keys, name) = match command {
                Command::ToggleNegative(_) => ("1 … 9".to_owned(), "Negative is relevant / is not"),
                Command::TogglePositive => (entry.keys_text(), "Positive is relevant / is not"),
                _ => (entry.keys_text(), entry.name),
            };
            ui.label(RichText::new(keys).monospace());
            ui.label(name);
            ui.end_row();
        }
    });
}

/// While a dataset is being opened.
pub(crate) fn opening(ui: &mut Ui, path: &Path) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.4);
        ui.spinner();
        ui.label(format!("Opening {}", path.display()));
    });
}
