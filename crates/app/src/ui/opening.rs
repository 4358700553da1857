//! The screen while a dataset is being opened: what is being done, and the way back.

use std::path::Path;

use egui::{Key, ProgressBar, RichText, Ui};
use tilejury_audit::text::grouped;
use tilejury_data::progress::{ProgressStep, Stage};

use super::{AppAction, UiAction};
use crate::connection::bytes_in_words;
use crate::dataset_source::is_kept_address;

/// `step`: the last step that was reported.
pub(crate) fn show(ui: &mut Ui, path: &Path, step: Option<ProgressStep>, actions: &mut Vec<UiAction>) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.4);
        super::busy::busy(ui);
        ui.label(RichText::new(format!("Opening {}", path.display())).size(16.0));
        let is_address = is_kept_address(path);
        // At its end, the lines are read as those of other splits.
        let converts =
            |step: &ProgressStep| step.stage == Stage::Converting && (step.total == 0 || step.done < step.total);
        if !is_address && !step.as_ref().is_some_and(converts) {
            ui.label(RichText::new("Reading the rows, not the shards.").weak());
            return;
        }
        match step {
            Some(step) if converts(&step) => {
                let (done, total) = (grouped(step.done), grouped(step.total));
                let text = match step.total {
                    0 => "Preparing the rows from Parquet…".to_owned(),
                    _ => format!("Converting the rows from Parquet, once: {done} of {total}"),
                };
                ui.label(RichText::new(text).weak());
                ui.add(ProgressBar::new(step.share()).desired_width(320.0));
            }
            None => {
                ui.label(RichText::new("Connecting, and listing the files…").weak());
            }
            Some(step) if step.stage == Stage::Fetching && step.done < step.total => {
                let text = format!(
                    "Fetching the rows: {} of {}",
                    bytes_in_words(step.done as u64),
                    bytes_in_words(step.total as u64)
                );
                ui.label(RichText::new(text).weak());
                ui.add(ProgressBar::new(step.share()).desired_width(320.0));
            }
            Some(_) => {
                ui.label(RichText::new("Reading the rows, not the shards.").weak());
            }
        }
        ui.add_space(8.0);
        let escape = ui.input(|input| input.key_pressed(Key::Escape));
        if ui.button("Cancel  Esc").accessible_name("Cancel").clicked() || escape {
            actions.push(AppAction::CancelOpening.into());
        }
    });
}
