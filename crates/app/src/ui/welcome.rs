//! The first screen: open, recent, demo, and the most important keys. Also the screen after opening
//! failed.

use std::path::PathBuf;

use egui::{Frame, Margin, RichText, Ui, vec2};
use tilejury_audit::text::capital;

use super::{AppAction, UiAction};
use crate::command::{AppCommand, Command, entry_of, essentials, keymap};
use crate::dataset_source::is_kept_address;
use crate::icons;
use crate::opening::{OpenTarget, OpeningFailure};
use crate::recents::RecentProgress;
use crate::theme::palette;

/// The recent datasets with their progress.
pub(crate) struct WelcomeView<'a> {
    pub(crate) recent: &'a [PathBuf],
    pub(crate) progress: &'a RecentProgress,
    /// The dataset that could not be opened.
    pub(crate) failure: Option<&'a OpeningFailure>,
}

/// The ways to a dataset, each with a button.
const WAYS: [(Command, &str); 5] = [
    (Command::App(AppCommand::OpenFolder), icons::OPEN),
    (Command::App(AppCommand::OpenFile), icons::FILE),
    (Command::App(AppCommand::OpenAddress), icons::LINK),
    (Command::App(AppCommand::OpenDemo), icons::DEMO),
    (Command::App(AppCommand::Tour), icons::TIMER),
];
/// The least width of such a button, in points.
const BUTTON: f32 = 235.0;
/// The most width of the content, in points: the buttons have room in one line.
const WIDTH: f32 = 1240.0;
/// The height of the content before it was drawn for the first time, in points.
const USUAL_HEIGHT: f32 = 600.0;
/// The least room beside it, in points.
const SIDE: f32 = 20.0;

pub(crate) fn show(ui: &mut Ui, view: &WelcomeView<'_>, actions: &mut Vec<UiAction>) {
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let width = (ui.available_width() - 2.0 * SIDE).clamp(240.0, WIDTH);
        let side = ((ui.available_width() - width) / 2.0).max(0.0);
        // As high as it was drawn last: without a bar that scrolls as long as all of it fits.
        let known = egui::Id::unique("height of the welcome screen");
        let height = ui.data(|data| data.get_temp::<f32>(known)).unwrap_or(USUAL_HEIGHT);
        ui.add_space(((ui.available_height() - height) / 2.0).clamp(0.0, 240.0));
        let drawn = ui.horizontal(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_width(width);
                body(ui, view, actions);
            });
        });
        let height = drawn.response.rect.height() + ui.spacing().item_spacing.y;
        ui.data_mut(|data| data.insert_temp(known, height));
    });
}

fn body(ui: &mut Ui, view: &WelcomeView<'_>, actions: &mut Vec<UiAction>) {
    ui.label(RichText::new("Tilejury").size(36.0).strong());
    ui.label(
        RichText::new("Is the training data of your screenshot retriever right? Open it, judge it, export it clean.")
            .size(17.0),
    );
    ui.add_space(20.0);
    if let Some(failure) = view.failure {
        failed(ui, failure, actions);
    }
    // As wide as the cards below, where there is room for all of them in one line.
    let gaps = (WAYS.len() - 1) as f32 * ui.spacing().item_spacing.x;
    // What is rounded must not take the last one to the next line.
    let width = (ui.available_width() - gaps - 1.0) / WAYS.len() as f32;
    let width = if width >= BUTTON { width } else { BUTTON };
    ui.horizontal_wrapped(|ui| {
        for (command, icon) in WAYS {
            let Some(entry) = entry_of(command) else { continue };
            let text = RichText::new(format!("{icon}  {}", entry.name)).size(16.0);
            let key = RichText::new(keymap::from_context(ui.ctx()).first(command)).small().weak();
            let button = egui::Button::new(text).right_text(key).min_size(vec2(width, 44.0));
            if ui.add(button).on_hover_text(entry.help).accessible_name(entry.name).clicked() {
                actions.push(UiAction::Run(command));
            }
        }
    });
    ui.label(RichText::new("or drop a folder here, or paste an address").weak());
    if view.recent.is_empty() {
        let key = keymap::from_context(ui.ctx()).first(AppCommand::Tour);
        ui.label(format!("New here? The guided tour ({key}) takes two minutes: five steps on a copy of the demo."));
    }
    ui.add_space(24.0);
    if ui.available_width() < 640.0 {
        keys(ui);
        ui.add_space(16.0);
        recents(ui, view, actions);
        return;
    }
    ui.columns(2, |columns| {
        let [left, right] = columns else { return };
        recents(left, view, actions);
        keys(right);
    });
}

fn failed(ui: &mut Ui, failure: &OpeningFailure, actions: &mut Vec<UiAction>) {
    let (path, reason) = (&*failure.path, &*failure.reason);
    let colour = palette(ui.visuals()).reject;
    Frame::group(ui.style()).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let text = format!("{} {} could not be opened", icons::WARNING, path.display());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&text).color(colour).strong().size(16.0));
            super::copy_button(ui, &format!("{text}: {reason}"));
        });
        // The heading names the dataset already.
        let named = format!("{}: ", path.display());
        // A reason that names a path keeps its first letter.
        let reason = reason.strip_prefix(&named).map_or_else(|| reason.to_owned(), capital);
        ui.label(format!("{}.", reason.trim_end_matches('.')));
        ui.horizontal_wrapped(|ui| {
            if failure.needs_sidecar.is_some() {
                if ui.button("Choose its sidecar…").clicked() {
                    actions.push(AppAction::PickSidecarOfFailed { new: false }.into());
                }
                if ui.button("Begin a new sidecar…").clicked() {
                    actions.push(AppAction::PickSidecarOfFailed { new: true }.into());
                }
            }
            if !path.as_os_str().is_empty() && ui.button("Try again").clicked() {
                actions.push(AppAction::Open(OpenTarget::Path(path.to_owned())).into());
            }
            if is_kept_address(path) && ui.button("Change the address…").clicked() {
                actions.push(AppAction::EditAddress(path.display().to_string()).into());
            }
            ui.label(RichText::new("Or open another folder, file or address below, or try the demo.").weak());
        });
    });
    ui.add_space(16.0);
}

fn card(ui: &mut Ui, heading: &str, add: impl FnOnce(&mut Ui)) {
    Frame::new().fill(ui.visuals().faint_bg_color).corner_radius(8).inner_margin(Margin::same(16)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(heading).strong().size(16.0));
        ui.add_space(6.0);
        super::unjustified(ui, add);
    });
}

fn recents(ui: &mut Ui, view: &WelcomeView<'_>, actions: &mut Vec<UiAction>) {
    card(ui, "Recent", |ui| {
        if view.recent.is_empty() {
            ui.label("Datasets that you opened appear here.");
            ui.label(
                RichText::new("A dataset is a folder with splits (train.jsonl or train.parquet, …) and tar shards. Nothing is extracted, and nothing in it is changed.")
                    .weak(),
            );
        }
        for path in view.recent {
            let name = tilejury_data::file_name(path);
            let folder = if is_kept_address(path) { Some(&**path) } else { path.parent() };
            let folder = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
            ui.horizontal_wrapped(|ui| {
                if ui.link(RichText::new(name).size(15.0)).on_hover_text(path.display().to_string()).clicked() {
                    actions.push(AppAction::Open(OpenTarget::Path(path.clone())).into());
                }
                if let Some(progress) = view.progress.of(path) {
                    ui.label(progress);
                }
            });
            ui.add(egui::Label::new(RichText::new(folder).weak().small()).truncate());
        }
    });
}

fn keys(ui: &mut Ui) {
    card(ui, "Keys to know", |ui| {
        let keymap = keymap::from_context(ui.ctx());
        egui::Grid::new("keys to know").num_columns(2).spacing([16.0, 5.0]).show(ui, |ui| {
            for known in essentials(&keymap) {
                ui.label(RichText::new(known.keys).monospace());
                ui.label(known.name);
                ui.end_row();
            }
        });
    });
}
