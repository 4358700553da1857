//! The panels, one file each. A panel is given the data that it shows and pushes the acts that the
//! person asks for; it changes only its own display state. The acts are carried out in one place,
//! `app`.

pub(crate) mod annotators;
pub(crate) mod check_dialog;
pub(crate) mod closing;
pub(crate) mod command_palette;
pub(crate) mod completing;
pub(crate) mod export_dialog;
mod export_outlook;
pub(crate) mod file_dialog;
pub(crate) mod go_to;
pub(crate) mod help;
pub(crate) mod history;
pub(crate) mod inspector;
pub(crate) mod jobs_dialog;
pub(crate) mod judge_bar;
pub(crate) mod loupe;
pub(crate) mod menu;
pub(crate) mod messages;
pub(crate) mod occurrences;
pub(crate) mod offer;
pub(crate) mod orphans;
pub(crate) mod page;
pub(crate) mod placement;
pub(crate) mod precision_axis;
pub(crate) mod query;
pub(crate) mod queue;
pub(crate) mod reasons;
pub(crate) mod save_filter;
pub(crate) mod scoreboard;
pub(crate) mod search;
pub(crate) mod settings_dialog;
pub(crate) mod status;
pub(crate) mod tags;
pub(crate) mod tile;
pub(crate) mod tiles;
pub(crate) mod welcome;

use std::path::PathBuf;

use egui::{Align, Button, Layout, Ui, Vec2};
use tilejury_audit::export::ExportOptions;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::search::OccurrenceQuery;
use tilejury_audit::text;
use tilejury_audit::{Reason, Relevance, StepId};

use crate::command::{Command, Keymap, entry_of, keymap};
use crate::jobs::{Job, JobKind};
use crate::opening::OpenTarget;
use crate::pixel_scan::PixelScan;
use crate::settings::Settings;

/// An act that a panel asks for.
#[derive(Clone, Debug)]
pub(crate) enum UiAction {
    /// A command of the table.
    Run(Command),
    /// Show a sample.
    Show(usize),
    /// Show the first sample of the list, once the search has its results.
    ShowFirst,
    /// Show the sample on a 1-based line of a split.
    ShowRow(String, u64),
    /// Insert text that was typed before its field was on the screen.
    Typed(String),
    /// Update the list by the search field.
    Search(String),
    /// The search field lost the focus: the next typing is a separate edit.
    SearchTyped,
    /// Replace the search by this text.
    UseFilter(String),
    /// List the rows of the conflicts among these judgements, and show the first of them.
    ShowConflicts(AnnotatorScope),
    /// Save the current search under a name.
    SaveFilter(String),
    /// Delete the search saved under this name.
    ForgetFilter(String),
    /// Find the rows that have this tile, or any tile of its page.
    FindOccurrences(OccurrenceQuery),
    /// Mark a tile of the current sample.
    Mark(usize, Option<Relevance>),
    /// Focus a tile of the sample, or of the visible page.
    Focus(usize),
    /// Zoom all tiles by a factor about a spot, given as fractions of a tile's width and height.
    Zoom(f32, Vec2),
    /// Move one tile against the others, by fractions of its width and height.
    MoveAlone(usize, Vec2),
    /// Open a dataset.
    Open(OpenTarget),
    /// Store the note.
    SaveNote(String),
    /// Add a tag, or remove it.
    ToggleTag(String),
    /// Discard the edit of the note, or end the writing of tags.
    CancelEditing,
    /// Remove a reason from the current sample.
    RemoveReason(Reason),
    /// Close the strip of reasons.
    DismissReasons,
    /// Redo undone steps until that many are in effect.
    RedoTo(usize),
    /// Undo all steps above that many, as one step.
    GoBack(usize),
    /// Restore the branch of the step with this name.
    BringBack(StepId),
    /// Start a background job.
    Start(JobKind),
    /// Write an export from the first events, as many as its preview used.
    StartExport(PathBuf, Box<ExportOptions>, AnnotatorScope, usize),
    /// Choose the folder of the export.
    PickExportFolder,
    /// Stop the background job.
    CancelJob,
    /// Stop the pixel scan.
    StopPixels,
    /// Apply other settings.
    Settings(Box<Settings>),
    /// Apply other keys.
    UseKeys(Keymap),
    /// Use all judgements for the weights of signals, as before a reset.
    UseAllJudgements,
    /// Judge under another name, in this dataset and all others.
    BeAnnotator(String),
    /// Judge this dataset under another name.
    JudgeAs(String),
    /// Keep the current name for this dataset.
    StayAnnotator,
    /// Close the dialog on top.
    CloseDialog,
    /// Save everything in another file, then quit.
    SaveAsAndLeave,
    /// Quit although something will be lost.
    LeaveAnyway,
    /// Do not quit.
    Stay,
    /// Dismiss the offered propagation.
    Decline,
    /// Dismiss the notice at this index.
    DismissNotice(usize),
}

/// The background work.
#[derive(Clone, Copy)]
pub(crate) struct BackgroundStatus<'r> {
    /// The job that a person started.
    pub(crate) job: Option<&'r Job>,
    /// The pixel scan, which can run beside the job.
    pub(crate) pixels: Option<&'r PixelScan>,
}

/// The heading of a dialog, with its Close button on the right.
fn title(ui: &mut Ui, text: &str, acts: &mut Vec<UiAction>) {
    ui.horizontal(|ui| {
        ui.heading(text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Close  Esc").accessible_name("Close").clicked() {
                acts.push(UiAction::CloseDialog);
            }
        });
    });
}

/// Inserts text that was typed before a dialog's field had the focus. Must be called before the
/// field is drawn, as long as `has_it` is false.
fn catch_text(ctx: &egui::Context, into: &mut String, has_it: bool) {
    if has_it {
        return;
    }
    ctx.input_mut(|input| {
        input.events.retain(|event| match event {
            egui::Event::Text(text) => {
                into.push_str(text);
                false
            }
            _ => true,
        });
    });
}

/// Focuses a dialog's field, once.
fn focus_first(field: &egui::Response, has_it: &mut bool) {
    if !*has_it {
        field.request_focus();
        *has_it = field.has_focus();
    }
}

/// Whether Enter was pressed while no button has the focus that it would press.
fn enter_is_free(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none()) && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

/// Returns a text short enough for a line or two: its beginning if it is longer. Each frame lays
/// out the text that it shows, so an endless one would be slow.
pub(crate) fn brief(text: &str, characters: usize) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(characters) {
        None => text.into(),
        Some((end, _)) => {
            format!("{}… ({} more)", &text[..end], text::count(text[end..].chars().count(), "character")).into()
        }
    }
}

/// A button that copies an error message as a whole, for a report or a web search.
pub(crate) fn copy_button(ui: &mut Ui, text: &str) {
    let button = Button::new(egui::RichText::new(crate::icons::COPY)).small();
    if ui.add(button).on_hover_text("Copy").accessible_name("Copy the message").clicked() {
        ui.ctx().copy_text(text.to_owned());
    }
}

/// A button for a command, with its name and key.
fn command_button(ui: &mut Ui, command: Command, acts: &mut Vec<UiAction>) {
    let Some(entry) = entry_of(command) else { return };
    let keymap = keymap::from_context(ui.ctx());
    let button = Button::new(entry.name).right_text(egui::RichText::new(keymap.first(command)).small().weak());
    if ui.add(button).on_hover_text(entry.help).accessible_name(entry.name).clicked() {
        acts.push(UiAction::Run(command));
    }
}
