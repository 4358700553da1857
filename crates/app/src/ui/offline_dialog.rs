//! The dialog before a list is kept for a time without a connection: the number of its tiles, of
//! those that are here, and the size of the rest.

use std::sync::Arc;

use egui::{Context, Id, Modal, RichText, Ui};
use tilejury_audit::text::{count, grouped};
use tilejury_data::{Dataset, SampleIndex};

use super::{AppAction, UiAction, copy_button, field_keys};
use crate::connection::bytes_in_words;
use crate::download_size::size_and_time;
use crate::jobs::JobKind;
use crate::offline::{OfflinePlan, plan};
use crate::task::Task;
use crate::theme::palette;

/// The state of the dialog.
pub(crate) struct OfflineDialog {
    dataset: Arc<Dataset>,
    samples: Vec<SampleIndex>,
    bytes_per_second: f64,
    counting: Option<Task<Result<OfflinePlan, String>>>,
    answer: Option<Result<OfflinePlan, String>>,
}

impl OfflineDialog {
    /// Starts to count the tiles of a list.
    pub(crate) fn new(dataset: Arc<Dataset>, samples: Vec<SampleIndex>, ctx: &Context) -> std::io::Result<Self> {
        let bytes_per_second = dataset.tiles.storage().map_or(0.0, |storage| storage.pace().bytes_per_second);
        let mut dialog = Self { dataset, samples, bytes_per_second, counting: None, answer: None };
        dialog.count(false, ctx)?;
        Ok(dialog)
    }

    /// `index`: fetches the member lists of the shards first.
    fn count(&mut self, index: bool, ctx: &Context) -> std::io::Result<()> {
        let (dataset, samples) = (self.dataset.clone(), self.samples.clone());
        let work = move |progress: &crate::task::TaskProgress| plan(&dataset, &samples, index, progress);
        self.counting = Some(Task::spawn("offline", ctx, work)?);
        self.answer = None;
        Ok(())
    }
}

pub(crate) fn show(ctx: &Context, dialog: &mut OfflineDialog, actions: &mut Vec<UiAction>) {
    if let Some(answer) = dialog.counting.as_mut().and_then(Task::poll) {
        dialog.answer = Some(answer.unwrap_or_else(Err));
        dialog.counting = None;
    }
    let modal = Modal::new(Id::unique("offline")).show(ctx, |ui| {
        ui.set_width(560.0_f32.min(ctx.content_rect().width() * 0.9));
        super::title(ui, "Keep this list offline", actions);
        let samples = grouped(dialog.samples.len());
        ui.label(format!(
            "Fetches all tiles of the {samples} listed rows into the cache. A filter makes the list shorter."
        ));
        ui.add_space(8.0);
        let mut index = false;
        match &dialog.answer {
            None => waiting(ui, dialog.counting.as_ref()),
            Some(Ok(plan)) => index = choices(ui, plan, dialog.bytes_per_second, actions),
            Some(Err(reason)) => {
                ui.horizontal_wrapped(|ui| {
                    copy_button(ui, reason);
                    ui.label(RichText::new(format!("{reason}.")).color(palette(ui.visuals()).reject));
                });
                index = ui.button("Try again").clicked();
            }
        }
        if index && let Err(error) = dialog.count(true, ctx) {
            dialog.answer = Some(Err(error.to_string()));
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn waiting(ui: &mut Ui, counting: Option<&Task<Result<OfflinePlan, String>>>) {
    ui.horizontal(|ui| {
        super::busy::busy(ui);
        let step = counting.and_then(Task::step).filter(|step| step.total > 0);
        match step {
            Some(step) => {
                let (done, total) = (grouped(step.done), grouped(step.total));
                ui.label(format!("{}: {done} of {total}", tilejury_audit::text::capital(step.stage.label())))
            }
            None => ui.label("Counting the tiles…"),
        };
    });
}

/// Returns whether the member lists are to be fetched.
fn choices(ui: &mut Ui, plan: &OfflinePlan, bytes_per_second: f64, actions: &mut Vec<UiAction>) -> bool {
    let (to_fetch, bytes) = plan.to_fetch;
    let (unknown, shards, index_bytes) = plan.unknown;
    ui.label(in_words(plan.tiles, plan.kept, plan.missing));
    let enter = field_keys::enter_is_free(ui);
    if shards > 0 {
        ui.label(format!(
            "The sizes of {} are not known yet: the member lists of {} have them, about {}.",
            count(unknown, "tile"),
            count(shards, "shard"),
            bytes_in_words(index_bytes)
        ));
        ui.add_space(8.0);
        let button = super::button_with_key("Fetch the member lists", "Enter");
        let button = ui.add(button).accessible_name("Fetch the member lists");
        return button.clicked() || enter;
    }
    if let Some(reason) = &plan.refused {
        ui.label(RichText::new(format!("{reason}.")).color(palette(ui.visuals()).reject));
        return false;
    }
    if to_fetch == 0 {
        ui.label("Nothing is to be fetched.");
        return false;
    }
    let size = size_and_time(bytes, bytes_per_second);
    ui.label(format!("{} to fetch: {size}.", count(to_fetch, "tile")));
    ui.label(RichText::new("Fetching runs in the background, can be stopped, and continues where it was.").weak());
    ui.add_space(8.0);
    if ui.add(super::button_with_key("Start", "Enter")).accessible_name("Start").clicked() || enter {
        let (samples, fetch) = (plan.samples, plan.fetch.clone());
        actions.push(AppAction::Start(JobKind::KeepOffline { samples, fetch }).into());
    }
    false
}

/// Says where the tiles of a list are.
fn in_words(tiles: usize, kept: usize, missing: usize) -> String {
    let number = |tiles: usize| if tiles == 1 { "1 is".to_owned() } else { format!("{} are", grouped(tiles)) };
    let nowhere = if missing > 0 { format!(" {} nowhere in the dataset.", number(missing)) } else { String::new() };
    format!("{}: {} in the cache.{nowhere}", count(tiles, "tile"), number(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_that_are_nowhere_are_counted() {
        assert_eq!(in_words(54, 42, 0), "54 tiles: 42 are in the cache.");
        assert_eq!(in_words(54, 42, 1), "54 tiles: 42 are in the cache. 1 is nowhere in the dataset.");
        assert_eq!(in_words(54, 1, 1200), "54 tiles: 1 is in the cache. 1,200 are nowhere in the dataset.");
    }
}
