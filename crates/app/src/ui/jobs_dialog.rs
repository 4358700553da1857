//! Background work: the running jobs with progress and a Stop button, and the results of those
//! before.

use egui::{CollapsingHeader, Context, Grid, Id, Modal, ProgressBar, RichText, TextStyle, Ui};
use tilejury_audit::check::kind_name;
use tilejury_audit::now;
use tilejury_audit::pace::spell;
use tilejury_audit::text::{capital, grouped};

use super::background_chip::asking_state;
use super::{AppAction, BackgroundStatus, ReviewAction, UiAction, text_width};
use crate::asking_task::AskingTask;
use crate::command::DatasetCommand;
use crate::icons;
use crate::jobs::{FinishedJob, Job, ResultLine};
use crate::pixel_scan::PixelScan;
use crate::reading_task::{ReadingPhase, ReadingProgress, ReadingScope};
use crate::theme::palette;

/// The number of lines shown of a result; the command line lists all.
const SHOWN: usize = 500;
/// The room for the sign of a folding title, in points.
const FOLD: f32 = 24.0;

pub(crate) fn show(
    ctx: &Context,
    at_work: BackgroundStatus<'_>,
    finished: &[FinishedJob],
    actions: &mut Vec<UiAction>,
) {
    let size = ctx.content_rect().size() * 0.8;
    let modal = Modal::new(Id::unique("jobs")).show(ctx, |ui| {
        ui.set_width(size.x.min(860.0));
        super::title(ui, "Background work", actions);
        if let Some(job) = at_work.pixels {
            pixels(ui, job, actions);
        }
        if let Some(progress) = at_work.reading {
            reading(ui, progress, actions);
        }
        if let Some(task) = at_work.asking {
            asking(ui, task, actions);
        }
        match at_work.job {
            Some(job) => running(ui, job, actions),
            None => {
                ui.horizontal_wrapped(|ui| {
                    let others = at_work.pixels.is_some() || at_work.reading.is_some() || at_work.asking.is_some();
                    ui.label(if others { "No other job is running." } else { "No job is running." });
                    for command in [DatasetCommand::Check, DatasetCommand::IndexShards, DatasetCommand::Export] {
                        super::command_button(ui, command, actions);
                    }
                    if at_work.pixels.is_none() {
                        super::command_button(ui, DatasetCommand::ScanTiles, actions);
                    }
                    if at_work.reading.is_none() {
                        super::command_button(ui, DatasetCommand::ReadTiles, actions);
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
                    ui.label(RichText::new("Finished jobs appear here with their results.").weak());
                }
                for (at, result) in finished.iter().enumerate().rev() {
                    one(ui, result, at + 1 == finished.len(), actions);
                }
            });
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// A job with its progress bar.
pub(crate) fn running(ui: &mut Ui, job: &Job, actions: &mut Vec<UiAction>) {
    ui.label(RichText::new(job.kind.title()).strong());
    ui.horizontal(|ui| {
        let (done, total) = job.progress();
        let bar = match total {
            0 => ProgressBar::new(0.0).text("Starting…"),
            total => ProgressBar::new(done as f32 / total as f32).text(format!("{done} of {total}")),
        };
        ui.add(bar.desired_width((ui.available_width() - 110.0).max(80.0)));
        if ui.button(format!("{} Stop", icons::CLOSE)).accessible_name("Stop").clicked() {
            actions.push(AppAction::CancelJob.into());
        }
    });
}

/// The pixel scan with its progress bar, current phase, and time left.
fn pixels(ui: &mut Ui, job: &PixelScan, actions: &mut Vec<UiAction>) {
    let progress = job.progress();
    ui.label(RichText::new("Scanning tiles").strong());
    ui.horizontal(|ui| {
        let bar = match progress.tiles() {
            None => ProgressBar::new(0.0).text("Starting…"),
            Some((read, tiles)) => ProgressBar::new(progress.share()).text(format!("{read} of {tiles} tiles")),
        };
        ui.add(bar.desired_width((ui.available_width() - 110.0).max(80.0)));
        let stop = egui::Button::new(format!("{} Stop", icons::CLOSE));
        let stop = ui.add_enabled(!job.is_stopping(), stop).accessible_name("Stop the pixel scan");
        if stop.on_hover_text("Results so far are kept.").clicked() {
            actions.push(AppAction::StopPixels.into());
        }
    });
    let doing = progress.description();
    let text = match progress.left {
        _ if job.is_stopping() => "stopping".to_owned(),
        Some(left) if !left.is_zero() => format!("{doing}; about {} left", spell(left)),
        _ => doing,
    };
    ui.label(RichText::new(text).weak());
    ui.add_space(4.0);
}

/// The reading of text with its progress bar, and buttons to pause and stop it.
fn reading(ui: &mut Ui, progress: ReadingProgress, actions: &mut Vec<UiAction>) {
    ui.label(RichText::new("Reading text").strong());
    let ReadingProgress { scope, phase, done, total, .. } = progress;
    ui.horizontal(|ui| {
        let share = done as f32 / total.max(1) as f32;
        let bar = ProgressBar::new(share).text(format!("{} of {} tiles", grouped(done), grouped(total)));
        ui.add(bar.desired_width((ui.available_width() - 210.0).max(80.0)));
        if scope != ReadingScope::Sample {
            let (text, name) = match phase {
                ReadingPhase::Running | ReadingPhase::Stopping => ("Pause", "Pause reading"),
                ReadingPhase::Pausing | ReadingPhase::Paused => ("Continue", "Continue reading"),
            };
            let button = ui.add_enabled(phase != ReadingPhase::Stopping, egui::Button::new(text));
            if button.accessible_name(name).clicked() {
                actions.push(DatasetCommand::ReadTiles.into());
            }
        }
        let stop = egui::Button::new(format!("{} Stop", icons::CLOSE));
        let stop = ui.add_enabled(phase != ReadingPhase::Stopping, stop).accessible_name("Stop reading");
        if stop.on_hover_text("What was read is kept.").clicked() {
            actions.push(DatasetCommand::StopReading.into());
        }
    });
    ui.label(RichText::new(progress.description()).weak());
    ui.add_space(4.0);
}

/// The questions to a model with their progress bar, what they took and will take, and buttons.
fn asking(ui: &mut Ui, task: &AskingTask, actions: &mut Vec<UiAction>) {
    ui.label(RichText::new(format!("Asking {} at {}", task.model, task.address)).strong());
    let progress = task.progress();
    ui.horizontal(|ui| {
        let share = progress.done as f32 / progress.questions.max(1) as f32;
        let numbers = format!("{} of {} questions", grouped(progress.done), grouped(progress.questions));
        let bar = ProgressBar::new(share).text(numbers);
        ui.add(bar.desired_width((ui.available_width() - 210.0).max(80.0)));
        let (text, name) = if task.is_paused() { ("Continue", "Continue asking") } else { ("Pause", "Pause asking") };
        let button = ui.add_enabled(!task.is_stopping(), egui::Button::new(text)).accessible_name(name);
        if button.clicked() {
            actions.push(DatasetCommand::PauseAsking.into());
        }
        let (text, name, more) = match task.is_stopping() {
            false => ("Stop", "Stop asking", "Answers so far are kept, and those on their way are waited for."),
            true => ("Give up", "Give up the answers", "Answers on their way may be paid all the same."),
        };
        let stop = ui.button(format!("{} {text}", icons::CLOSE)).accessible_name(name);
        if stop.on_hover_text(more).clicked() {
            actions.push(DatasetCommand::StopAsking.into());
        }
    });
    let rest = task.estimate().map(|estimate| format!(" · about {} tokens more", grouped(estimate.tokens as usize)));
    ui.label(RichText::new(format!("{}{}", asking_state(task), rest.unwrap_or_default())).weak());
    ui.add_space(4.0);
}

fn one(ui: &mut Ui, result: &FinishedJob, open: bool, actions: &mut Vec<UiAction>) {
    let palette = palette(ui.visuals());
    let (sign, colour) = if result.ok { (icons::ACCEPT, palette.accept) } else { (icons::WARNING, palette.unsure) };
    let whole = format!("{}: {}", result.title, result.summary);
    let head = format!("{sign} {}  ", result.at.for_people(now()));
    // A folding title is one line, however long: what does not fit is below it.
    let fits = text_width(ui, &format!("{head}{whole}"), &TextStyle::Body) < ui.available_width() - FOLD;
    let title = format!("{head}{}", if fits { &whole } else { &result.title });
    CollapsingHeader::new(RichText::new(title).color(colour))
        .id_salt((result.at.to_string(), &result.title))
        .default_open(open)
        .show(ui, |ui| {
            if !fits {
                ui.label(RichText::new(&whole).color(colour));
            }
            figures(ui, result);
            // The text of a folding title cannot be selected, and an error message is in it.
            if ui.button(format!("{} Copy", icons::COPY)).accessible_name("Copy the result").clicked() {
                let figures = result.figures.iter().map(|(name, number)| format!("{name}: {number}"));
                let lines = result.lines.iter().map(|line| line.text.clone());
                ui.ctx().copy_text(
                    std::iter::once(whole.clone()).chain(figures).chain(lines).collect::<Vec<_>>().join("\n"),
                );
            }
            lines(ui, result, actions);
            if result.lines.len() > SHOWN {
                ui.label(format!("… and {} more; `tilejury check` lists them all.", result.lines.len() - SHOWN));
            }
        });
}

/// The numbers of a result, in two columns.
fn figures(ui: &mut Ui, result: &FinishedJob) {
    if result.figures.is_empty() {
        return;
    }
    Grid::new((result.at.to_string(), &result.title)).num_columns(2).spacing([24.0, 2.0]).show(ui, |ui| {
        for (name, number) in &result.figures {
            ui.label(RichText::new(name).weak());
            ui.label(number);
            ui.end_row();
        }
    });
}

/// The lines of a result; those of one kind of finding are folded together.
fn lines(ui: &mut Ui, result: &FinishedJob, actions: &mut Vec<UiAction>) {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for kind in result.lines.iter().filter_map(|line| line.kind) {
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, number)) => *number += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let shown = || result.lines.iter().take(SHOWN);
    for (kind, number) in kinds {
        let title = format!("{} ({number})", capital(&kind_name(kind)));
        CollapsingHeader::new(title).id_salt((result.at.to_string(), kind)).show(ui, |ui| {
            shown().filter(|line| line.kind == Some(kind)).for_each(|line| one_line(ui, line, actions));
        });
    }
    shown().filter(|line| line.kind.is_none()).for_each(|line| one_line(ui, line, actions));
}

fn one_line(ui: &mut Ui, line: &ResultLine, actions: &mut Vec<UiAction>) {
    match &line.row {
        Some((split, number)) => {
            if ui.link(&line.text).on_hover_text("Go to this row").clicked() {
                actions.push(ReviewAction::ShowRow(split.clone(), *number).into());
                actions.push(AppAction::CloseDialog.into());
            }
        }
        None if line.warns => {
            let text = format!("{} {}", icons::WARNING, line.text);
            ui.label(RichText::new(text).color(palette(ui.visuals()).unsure));
        }
        None => {
            ui.label(&line.text);
        }
    }
}
