//! The panels: one file each. A panel is given what it shows and pushes what the person asked for; it changes nothing
//! but its own look. What is asked for is done in one place, `app`.

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
pub(crate) mod sample;
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

/// Something a person asked a panel for.
#[derive(Clone, Debug)]
pub(crate) enum UiAction {
    /// A command of the table.
    Run(Command),
    /// Show a sample.
    Show(usize),
    /// Show the first sample of the list, once the search is answered.
    ShowFirst,
    /// Show the sample on a 1-based line of a split.
    ShowRow(String, u64),
    /// Write what was typed before the field that it is meant for was on the screen.
    Typed(String),
    /// Follow the search field.
    Search(String),
    /// The search field lost the keyboard: what is typed next is another edit.
    SearchTyped,
    /// Search by another text, and write it into the field.
    UseFilter(String),
    /// List the rows of the conflicts among these judgements, and show the first of them.
    ShowConflicts(AnnotatorScope),
    /// Keep the present search under a name.
    SaveFilter(String),
    /// Forget the search of this name.
    ForgetFilter(String),
    /// Look where else a tile or page stands.
    FindOccurrences(OccurrenceQuery),
    /// Say what a tile of the sample on show is.
    Mark(usize, Option<Relevance>),
    /// Put the focus on a tile: of the sample, or of the page on show.
    Focus(usize),
    /// Look at all tiles closer, or from further off: factor and the spot, in parts of a tile's width and height.
    Zoom(f32, Vec2),
    /// Move one tile against the others, in parts of its width and height.
    MoveAlone(usize, Vec2),
    /// Open a dataset.
    Open(OpenTarget),
    /// Store the note.
    SaveNote(String),
    /// Add a tag, or take it away.
    ToggleTag(String),
    /// Leave the note as it was, or end the writing of tags.
    CancelEditing,
    /// Take a reason of the sample on show away.
    RemoveReason(Reason),
    /// Put the reasons away.
    DismissReasons,
    /// Do again what was taken back, until that many steps stand.
    RedoTo(usize),
    /// Take back every step above that many, all at once.
    GoBack(usize),
    /// Bring back the branch of the step that was made under this name.
    BringBack(StepId),
    /// Begin work in the background.
    Start(JobKind),
    /// Write an export, by as many events as its preview went by.
    StartExport(PathBuf, Box<ExportOptions>, AnnotatorScope, usize),
    /// Ask where the export should go.
    PickExportFolder,
    /// Stop what runs in the background.
    CancelJob,
    /// Stop looking at pixels.
    StopPixels,
    /// Take other settings.
    Settings(Box<Settings>),
    /// Take other keys.
    UseKeys(Keymap),
    /// Let all judgements count for the weights of signals, as before a reset.
    UseAllJudgements,
    /// Judge under another name, this set and all others.
    BeAnnotator(String),
    /// Judge this set under another name.
    JudgeAs(String),
    /// Keep the present name for this set.
    StayAnnotator,
    /// Close the dialog on top.
    CloseDialog,
    /// Save everything in another file, and leave then.
    SaveAsAndLeave,
    /// Leave although something would be lost.
    LeaveAnyway,
    /// Do not leave.
    Stay,
    /// Decline to carry over what is offered.
    Decline,
    /// Put a notice away, by its place.
    DismissNotice(usize),
}

/// What runs in the background.
#[derive(Clone, Copy)]
pub(crate) struct BackgroundStatus<'r> {
    /// What a person asked for.
    pub(crate) job: Option<&'r Job>,
    /// Looking at pixels goes on beside it.
    pub(crate) pixels: Option<&'r PixelScan>,
}

/// A dialog's heading, with the way out on the right.
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

/// Text that is typed before a dialog's field has the keyboard goes into it all the same. To be called before the field is
/// drawn, as long as `has_it` is not said.
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

/// Gives a dialog's field the keyboard until it has it once.
fn focus_first(field: &egui::Response, has_it: &mut bool) {
    if !*has_it {
        field.request_focus();
        *has_it = field.has_focus();
    }
}

/// Was Enter pressed, and no button has the focus that it would press?
fn enter_is_free(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none()) && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

/// A text for a line or two: of one without end the beginning. Each frame goes through what it shows.
pub(crate) fn brief(text: &str, characters: usize) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(characters) {
        None => text.into(),
        Some((end, _)) => {
            format!("{}… ({} more)", &text[..end], text::count(text[end..].chars().count(), "character")).into()
        }
    }
}

/// A button that copies what went wrong, whole: for a report, or a search.
pub(crate) fn copy_button(ui: &mut Ui, text: &str) {
    let button = Button::new(egui::RichText::new(crate::icons::COPY)).small();
    if ui.add(button).on_hover_text("Copy").accessible_name("Copy what is said").clicked() {
        ui.ctx().copy_text(text.to_owned());
    }
}

/// A button that gives a command, with its name and key.
fn command_button(ui: &mut Ui, command: Command, acts: &mut Vec<UiAction>) {
    let Some(entry) = entry_of(command) else { return };
    let keymap = keymap::from_context(ui.ctx());
    let button = Button::new(entry.name).right_text(egui::RichText::new(keymap.first(command)).small().weak());
    if ui.add(button).on_hover_text(entry.help).accessible_name(entry.name).clicked() {
        acts.push(UiAction::Run(command));
    }
}
