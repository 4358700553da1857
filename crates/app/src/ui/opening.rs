//! The screen while a dataset is being opened: what is being done, and the way back.

use std::path::Path;
use std::time::{Duration, Instant};

use egui::{Key, ProgressBar, RichText, Ui};
use tilejury_audit::text::grouped;
use tilejury_data::progress::{ProgressStep, Stage};

use super::{AppAction, UiAction};
use crate::connection::bytes_in_words;
use crate::dataset_source::is_kept_address;

/// The time after which the way back is offered for a set of this machine: most are open before.
const CANCEL_AFTER: Duration = Duration::from_secs(1);

/// `step`: the last step that was reported. `since`: the time when opening began.
pub(crate) fn show(ui: &mut Ui, path: &Path, step: Option<ProgressStep>, since: Instant, actions: &mut Vec<UiAction>) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.4);
        super::busy::busy(ui);
        ui.label(RichText::new(format!("Opening {}", path.display())).size(16.0));
        let takes_long = work(ui, is_kept_address(path), step);
        let escape = ui.input(|input| input.key_pressed(Key::Escape));
        let mut is_cancelled = escape;
        if takes_long || since.elapsed() >= CANCEL_AFTER {
            ui.add_space(8.0);
            is_cancelled |= ui.add(super::button_with_key("Cancel", "Esc")).accessible_name("Cancel").clicked();
        }
        if is_cancelled {
            actions.push(AppAction::CancelOpening.into());
        }
    });
}

/// Draws what is being done. Returns whether it is a work that usually takes long.
fn work(ui: &mut Ui, is_address: bool, step: Option<ProgressStep>) -> bool {
    let weak = |ui: &mut Ui, text: &str| _ = ui.label(RichText::new(text).weak());
    let bar = |ui: &mut Ui, step: ProgressStep| _ = ui.add(ProgressBar::new(step.share()).desired_width(320.0));
    match step {
        // At its end, the lines are read as those of other splits.
        Some(step) if step.stage == Stage::Converting && step.total == 0 => {
            weak(ui, "Preparing the rows from Parquet…");
            bar(ui, step);
            true
        }
        Some(step) if step.stage == Stage::Converting && step.done < step.total => {
            let (done, total) = (grouped(step.done), grouped(step.total));
            weak(ui, &format!("Converting the rows from Parquet, once: {done} of {total}"));
            bar(ui, step);
            true
        }
        None if is_address => {
            weak(ui, "Connecting, and listing the files…");
            true
        }
        Some(step) if is_address && step.stage == Stage::Fetching && step.done < step.total => {
            let [done, total] = [step.done, step.total].map(|bytes| bytes_in_words(bytes as u64));
            weak(ui, &format!("Fetching the rows: {done} of {total}"));
            bar(ui, step);
            true
        }
        _ => {
            weak(ui, "Reading the rows, not the shards.");
            is_address
        }
    }
}
