//! The progress of a judgement of very many rows, over the window. Judges nothing.

use std::time::Duration;

use egui::{Context, Id, Modal, ProgressBar};
use tilejury_audit::text::grouped;

use super::{ReviewAction, UiAction};
use crate::review::StepProgress;

/// The time before it is shown: a shorter step is over before it could be read.
const SHOWN_AFTER: Duration = Duration::from_millis(150);

/// Shows the progress, with a button that stops where that is possible.
pub(crate) fn show(ctx: &Context, progress: StepProgress, actions: &mut Vec<UiAction>) {
    let StepProgress { done, all, can_stop, since } = progress;
    if since < SHOWN_AFTER {
        return;
    }
    let modal = Modal::new(Id::unique("judging many rows")).show(ctx, |ui| {
        ui.set_width(420.0);
        ui.heading(if can_stop { "Judging the rows" } else { "Undoing or redoing the step" });
        let text = format!("{} of {}", grouped(done), grouped(all));
        ui.add(ProgressBar::new(done as f32 / all.max(1) as f32).text(text));
        if can_stop {
            ui.add_space(8.0);
            let help = "Keeps the rows that were judged so far; one undo reverts them.";
            if ui.button("Stop").on_hover_text(help).clicked() {
                actions.push(ReviewAction::StopJudging.into());
            }
        }
    });
    if can_stop && modal.should_close() {
        actions.push(ReviewAction::StopJudging.into());
    }
}
