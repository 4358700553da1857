//! The line at the bottom: where one is, how much is judged, and whether all of it is on disk.

use egui::{RichText, Ui};
use tilejury_audit::sidecar::Why;
use tilejury_audit::words::count;

use super::Act;
use crate::command::{Command, keymap};
use crate::icons;
use crate::jobs::{Job, Task};
use crate::review::Review;
use crate::theme::palette;

pub(crate) fn show(ui: &mut Ui, review: &Review, job: Option<&Job>, acts: &mut Vec<Act>) {
    let palette = palette(ui.visuals());
    ui.horizontal(|ui| {
        if let Some(job) = job {
            running(ui, job, acts);
            ui.separator();
        }
        let listed = review.queue.listed.len();
        let position = match review.queue.position() {
            Ok(at) => format!("{} of {listed}", at + 1),
            Err(_) => format!("not in the list of {listed}"),
        };
        ui.label(RichText::new(position).strong());
        ui.separator();
        let tally = &review.session.tally;
        ui.label(format!("{} of {} judged", tally.judged, review.dataset().samples.len()));
        ui.separator();
        let found = tally.false_negatives > 0;
        let colour = if found { palette.false_negative } else { ui.visuals().weak_text_color() };
        let sign = icons::FALSE_NEGATIVE_FILL;
        ui.label(RichText::new(format!("{sign} {}", count(tally.false_negatives, "false negative"))).color(colour));
        ui.separator();
        saved(ui, review, acts);
        ui.separator();
        ui.label(format!("Annotator: {}", review.session.annotator));
        ui.separator();
        dataset(ui, review, acts);
    });
}

/// What runs in the background, in a few words.
fn running(ui: &mut Ui, job: &Job, acts: &mut Vec<Act>) {
    let (done, total) = job.progress();
    ui.spinner();
    let percent = if total == 0 { String::new() } else { format!(" {:.0} %", 100.0 * done as f32 / total as f32) };
    let word = match job.task {
        Task::Export { .. } => "Exporting",
        Task::Check { .. } => "Checking",
        Task::Index => "Indexing",
    };
    let button = ui.button(format!("{word}{percent}")).on_hover_text(keymap::of(ui.ctx()).hint(Command::Jobs));
    if button.clicked() {
        acts.push(Act::Do(Command::Jobs));
    }
}

fn saved(ui: &mut Ui, review: &Review, acts: &mut Vec<Act>) {
    let palette = palette(ui.visuals());
    let file = review.location.path.display();
    match (&review.failure, review.unsaved()) {
        (Some(failure), unsaved) => {
            let text = RichText::new(format!("{} {unsaved} not saved", icons::WARNING)).color(palette.reject).strong();
            let help = format!("{failure}\n\nThey are kept and tried again every second. Click to try now.");
            if ui.button(text).on_hover_text(help).clicked() {
                acts.push(Act::Do(Command::RetrySaving));
            }
        }
        (None, 0) => {
            ui.label(RichText::new(format!("{} Saved", icons::ACCEPT)).color(palette.accept))
                .on_hover_text(format!("Every judgement is on disk, in {file}"));
        }
        (None, unsaved) => {
            ui.label(RichText::new(format!("Saving {unsaved}…")).color(palette.unsure))
                .on_hover_text(format!("On the way to {file}"));
        }
    }
}

fn dataset(ui: &mut Ui, review: &Review, acts: &mut Vec<Act>) {
    let dataset = review.dataset();
    let problems = dataset.warnings.len();
    if problems > 0 {
        let text = RichText::new(format!("{} {}", icons::WARNING, count(problems, "bad line"))).color(palette(ui.visuals()).unsure);
        if ui.button(text).on_hover_text(keymap::of(ui.ctx()).hint(Command::Messages)).clicked() {
            acts.push(Act::Do(Command::Messages));
        }
        ui.separator();
    }
    let name = tilejury_data::file_name(&review.path);
    let place = match review.location.why {
        Why::Root => "beside the rows",
        Why::Named => "where --sidecar says",
        Why::RootReadOnly => "in your data folder, since the dataset cannot be written",
        Why::BegunElsewhere => "in your data folder, where they were begun when the dataset could not be written",
    };
    let details = format!("{}\nJudgements {place}:\n{}", review.path.display(), review.location.path.display());
    ui.add(egui::Label::new(name).truncate()).on_hover_text(details);
}
