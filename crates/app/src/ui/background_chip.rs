//! The background work in the status bar, as one chip with the time left. Starts and stops nothing:
//! a click opens the dialog that does.

use std::time::Duration;

use egui::{RichText, TextStyle, Ui};
use tilejury_audit::pace::spell;
use tilejury_audit::text::{count, grouped};

use super::{BackgroundStatus, UiAction, text_width};
use crate::asking_task::AskingTask;
use crate::command::{DatasetCommand, keymap};
use crate::jobs::{Job, JobKind};
use crate::pixel_scan::PixelScan;
use crate::reading_task::{ReadingPhase, ReadingProgress};

/// The width of a button around its text, with the separator after it, in points.
const BUTTON: f32 = 30.0;

/// One piece of work.
struct WorkInProgress {
    /// The texts of the chip, the longest first.
    texts: Vec<String>,
    /// A line of the tooltip.
    line: String,
    left: Option<Duration>,
}

/// Draws the chip, as much of it as there is room for beside `room` points.
pub(crate) fn show(ui: &mut Ui, at_work: BackgroundStatus<'_>, room: f32, actions: &mut Vec<UiAction>) {
    let work: Vec<WorkInProgress> = [
        at_work.job.map(of_job),
        at_work.pixels.map(of_pixels),
        at_work.reading.as_ref().map(of_reading),
        at_work.asking.map(of_asking),
    ]
    .into_iter()
    .flatten()
    .collect();
    let texts = texts(&work);
    let fits = |text: &String| text_width(ui, text, &TextStyle::Small) + BUTTON + room < ui.available_width();
    let Some(text) = texts.into_iter().find(fits) else { return };
    let lines: Vec<&str> = work.iter().map(|work| work.line.as_str()).collect();
    let hint = format!("{}\n{}", lines.join("\n"), keymap::from_context(ui.ctx()).hint(DatasetCommand::Jobs));
    if ui.button(RichText::new(text).small()).on_hover_text(hint).clicked() {
        actions.push(DatasetCommand::Jobs.into());
    }
    ui.separator();
}

/// The texts of the chip, the longest first; none without work. The time left is that of the work
/// that takes longest, as far as it is known.
fn texts(work: &[WorkInProgress]) -> Vec<String> {
    match work {
        [] => Vec::new(),
        [one] => one.texts.clone(),
        several => {
            let tasks = count(several.len(), "task");
            let left = several.iter().filter_map(|work| work.left).max();
            let left = left.map(|left| format!("{tasks} · {} left", spell(left)));
            left.into_iter().chain([tasks]).collect()
        }
    }
}

fn of_job(job: &Job) -> WorkInProgress {
    let (done, total) = job.progress();
    let percent = if total == 0 { String::new() } else { format!(" {:.0} %", 100.0 * done as f32 / total as f32) };
    let word = match job.kind {
        JobKind::Export { .. } => "Exporting",
        JobKind::Check { .. } => "Checking",
        JobKind::Verify { .. } => "Verifying",
        JobKind::Index => "Indexing",
        JobKind::AuditReport { .. } => "Reporting",
        JobKind::Merge { .. } => "Merging",
        JobKind::KeepOffline { .. } => "Fetching",
    };
    WorkInProgress { texts: vec![format!("{word}{percent}")], line: job.kind.title(), left: None }
}

fn of_pixels(scan: &PixelScan) -> WorkInProgress {
    let progress = scan.progress();
    let short = format!("Scanning {:.0} %", (100.0 * progress.share()).floor());
    let left = progress.left();
    let with_time = left.map(|left| format!("{short} · {} left", spell(left)));
    WorkInProgress {
        texts: with_time.into_iter().chain([short]).collect(),
        line: format!("Scanning tiles: {}", progress.description()),
        left,
    }
}

fn of_reading(progress: &ReadingProgress) -> WorkInProgress {
    let numbers = format!("{} of {}", grouped(progress.done), grouped(progress.total));
    let state = match (progress.phase, progress.left) {
        (ReadingPhase::Running, None) => String::new(),
        _ => format!(" · {}", progress.description()),
    };
    WorkInProgress {
        texts: vec![format!("Reading text {numbers}{state}"), format!("Text {numbers}")],
        line: format!("The text of {numbers} tiles is read: {}", progress.description()),
        left: progress.left,
    }
}

fn of_asking(task: &AskingTask) -> WorkInProgress {
    let progress = task.progress();
    let numbers = format!("{} of {}", grouped(progress.done), grouped(progress.questions));
    let state = asking_state(task);
    let address = &task.address;
    WorkInProgress {
        texts: vec![
            format!("asking {address} · {numbers} · {state}"),
            format!("asking {address} · {numbers}"),
            format!("asking {numbers}"),
        ],
        line: format!("Asking {} at {address}: {numbers} · {state}", task.model),
        left: task.estimate().map(|estimate| estimate.time),
    }
}

/// The failures, tokens and the time left of a run, or why it does not go on.
pub(super) fn asking_state(task: &AskingTask) -> String {
    let progress = task.progress();
    let failed = (progress.failed > 0).then(|| format!("{} failed", grouped(progress.failed)));
    let tokens = (progress.tokens > 0).then(|| format!("{} tokens", grouped(progress.tokens as usize)));
    let next = match (task.is_stopping(), task.is_paused(), task.estimate()) {
        (true, ..) => Some("waiting for the answers on their way".to_owned()),
        (false, true, _) => Some("paused".to_owned()),
        // The second stage is not estimated.
        (false, false, _) if task.is_comparing() => Some("comparing doubtful tiles".to_owned()),
        (false, false, Some(estimate)) if estimate.time.is_zero() => None,
        (false, false, Some(estimate)) => Some(format!("{} left", spell(estimate.time))),
        (false, false, None) => Some("the time left is known after twenty answers".to_owned()),
    };
    failed.into_iter().chain(tokens).chain(next).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_tasks_share_one_chip() {
        let work = |name: &str, minutes: Option<u64>| WorkInProgress {
            texts: vec![name.to_owned()],
            line: String::new(),
            left: minutes.map(|minutes| Duration::from_secs(60 * minutes)),
        };
        assert!(texts(&[]).is_empty());
        assert_eq!(texts(&[work("Scanning 3 %", None)]), ["Scanning 3 %"]);
        let two = [work("Scanning 3 %", Some(2)), work("Reading text", Some(12))];
        assert_eq!(texts(&two), ["2 tasks · 12 min left", "2 tasks"]);
        assert_eq!(texts(&[work("Checking", None), work("Scanning", None)]), ["2 tasks"]);
    }
}
