//! Background work: what runs, how far it is, a way to stop it; and what came of what ran before.

use egui::{CollapsingHeader, Context, Id, Modal, ProgressBar, RichText, Ui};
use tilejury_audit::now;
use tilejury_audit::pace::spell;

use super::{AppAction, BackgroundStatus, ReviewAction, UiAction};
use crate::command::DatasetCommand;
use crate::icons;
use crate::jobs::{FinishedJob, Job};
use crate::pixel_scan::PixelScan;
use crate::theme::palette;

/// Lines of one result that are shown; the command line has them all.
const SHOWN: usize = 500;

pub(crate) fn show(ctx: &Context, at_work: BackgroundStatus<'_>, finished: &[FinishedJob], acts: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.8;
    let modal = Modal::new(Id::unique("jobs")).show(ctx, |ui| {
        ui.set_width(size.x.min(860.0));
        super::title(ui, "Background work", acts);
        if let Some(job) = at_work.pixels {
            pixels(ui, job, acts);
        }
        match at_work.job {
            Some(job) => running(ui, job, acts),
            None => {
                ui.horizontal_wrapped(|ui| {
                    ui.label(if at_work.pixels.is_some() { "Nothing else runs now." } else { "Nothing runs now." });
                    for command in [DatasetCommand::Check, DatasetCommand::IndexShards, DatasetCommand::Export] {
                        super::command_button(ui, command, acts);
                    }
                    if at_work.pixels.is_none() {
                        super::command_button(ui, DatasetCommand::ScanImages, acts);
                    }
                });
            }
        }
        ui.separator();
        egui::ScrollArea::vertical()
            .max_height(size.y - 160.0)
            .min_scrolled_height(size.y - 160.0)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                if finished.is_empty() {
                    ui.label(RichText::new("What has run stands here with its result.").weak());
                }
                for (at, result) in finished.iter().enumerate().rev() {
                    one(ui, result, at + 1 == finished.len(), acts);
                }
            });
    });
    if modal.should_close() {
        acts.push(AppAction::CloseDialog.into());
    }
}

/// A job with its bar.
pub(crate) fn running(ui: &mut Ui, job: &Job, acts: &mut Vec<UiAction>) {
    ui.label(RichText::new(job.kind.title()).strong());
    ui.horizontal(|ui| {
        let (done, total) = job.progress();
        let bar = match total {
            0 => ProgressBar::new(0.0).text("Beginning…"),
            total => ProgressBar::new(done as f32 / total as f32).text(format!("{done} of {total}")),
        };
        ui.add(bar.desired_width((ui.available_width() - 110.0).max(80.0)));
        if ui.button(format!("{} Stop", icons::CLOSE)).accessible_name("Stop").clicked() {
            acts.push(AppAction::CancelJob.into());
        }
    });
}

/// Looking at pixels with its bar, what it does, and the time left.
fn pixels(ui: &mut Ui, job: &PixelScan, acts: &mut Vec<UiAction>) {
    let standing = job.progress();
    ui.label(RichText::new("Scanning tile images").strong());
    ui.horizontal(|ui| {
        let bar = match standing.tiles() {
            None => ProgressBar::new(0.0).text("Beginning…"),
            Some((read, tiles)) => ProgressBar::new(standing.share()).text(format!("{read} of {tiles} tiles")),
        };
        ui.add(bar.desired_width((ui.available_width() - 110.0).max(80.0)));
        let stop = egui::Button::new(format!("{} Stop", icons::CLOSE));
        let stop = ui.add_enabled(!job.is_stopping(), stop).accessible_name("Stop looking at pixels");
        if stop.on_hover_text("What was read is kept.").clicked() {
            acts.push(AppAction::StopPixels.into());
        }
    });
    let doing = standing.description();
    let text = match standing.left {
        _ if job.is_stopping() => "stopping".to_owned(),
        Some(left) if !left.is_zero() => format!("{doing}; about {} left", spell(left)),
        _ => doing,
    };
    ui.label(RichText::new(text).weak());
    ui.add_space(4.0);
}

fn one(ui: &mut Ui, result: &FinishedJob, open: bool, acts: &mut Vec<UiAction>) {
    let palette = palette(ui.visuals());
    let (sign, colour) = if result.ok { (icons::ACCEPT, palette.accept) } else { (icons::WARNING, palette.unsure) };
    let title = format!("{sign} {}  {}: {}", result.at.for_people(now()), result.title, result.summary);
    CollapsingHeader::new(RichText::new(title).color(colour))
        .id_salt((result.at.to_string(), &result.title))
        .default_open(open)
        .show(ui, |ui| {
            // A title that folds cannot be marked, and what went wrong stands in it.
            if ui.button(format!("{} Copy", icons::COPY)).accessible_name("Copy the result").clicked() {
                let lines = result.lines.iter().map(|line| line.text.as_str());
                let head = format!("{}: {}", result.title, result.summary);
                ui.ctx().copy_text(std::iter::once(head.as_str()).chain(lines).collect::<Vec<_>>().join("\n"));
            }
            for line in result.lines.iter().take(SHOWN) {
                match &line.row {
                    Some((split, number)) => {
                        if ui.link(&line.text).on_hover_text("Go to this row").clicked() {
                            acts.push(ReviewAction::ShowRow(split.clone(), *number).into());
                            acts.push(AppAction::CloseDialog.into());
                        }
                    }
                    None => {
                        ui.label(&line.text);
                    }
                }
            }
            if result.lines.len() > SHOWN {
                ui.label(format!("… and {} more; `tilejury check` lists them all.", result.lines.len() - SHOWN));
            }
        });
}
