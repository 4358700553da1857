//! The dialog that merges sidecars of the open dataset: the files, the new file, and the result.
//! Reads and writes nothing.

use std::path::{Path, PathBuf};

use egui::{Align, Button, Context, Id, Layout, Modal, Response, RichText, ScrollArea, TextEdit, Ui, vec2};
use tilejury_audit::sidecar::Merged;
use tilejury_audit::text::{capital, count};

use super::{AppAction, UiAction, copy_button, field_keys, jobs_dialog};
use crate::export_command::quoted;
use crate::icons;
use crate::jobs::{Job, JobKind, JobOutcome, merged_in_words};
use crate::sidecars_to_merge::{FileState, SidecarsToMerge};
use crate::theme::palette;

/// The width of the dialog, in points.
const WIDTH: f32 = 680.0;
/// The width of the button that chooses a file, and of the one that adds it, with the space before
/// each, in points.
const CHOOSE: f32 = 88.0;
const ADD: f32 = 46.0;
/// The width of the names of fields, in points.
const NAME: f32 = 56.0;
/// The largest height of the list of files, in points.
const FILES: f32 = 180.0;

/// The state of the dialog.
pub(crate) struct MergeDialog {
    /// The sidecars to merge, the open one first.
    from: Vec<PathBuf>,
    /// The path of another one to add, as it is typed.
    other: String,
    /// The facts about the files.
    known: SidecarsToMerge,
    /// The path of the new file, as it is typed.
    to: String,
    focused: bool,
    /// The result, with the files that it is of.
    result: Option<(Vec<PathBuf>, PathBuf, Result<Merged, String>)>,
}

impl MergeDialog {
    /// `open`: the sidecar of the window. `name`: a name for the new file, beside it.
    pub(crate) fn new(open: PathBuf, name: &str) -> Self {
        // A relative path would be taken as one below its own folder.
        let open = std::path::absolute(&open).unwrap_or(open);
        let to = open.with_file_name(name).to_string_lossy().into_owned();
        Self {
            from: vec![open],
            other: String::new(),
            known: SidecarsToMerge::default(),
            to,
            focused: false,
            result: None,
        }
    }

    /// Adds a sidecar, unless it is in the list already. A name without a folder is beside the
    /// first one.
    pub(crate) fn add(&mut self, sidecar: &Path) {
        let folder = self.from.first().and_then(|first| first.parent());
        let sidecar = folder.map_or_else(|| sidecar.to_owned(), |folder| folder.join(sidecar));
        if !self.from.contains(&sidecar) {
            self.from.push(sidecar);
            self.result = None;
        }
    }

    /// Examines the files that are not known yet. Called once a frame.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn update(&mut self, ctx: &Context) -> std::io::Result<()> {
        self.known.update(&self.from, ctx)
    }

    /// The state of a file of the list.
    fn state(&self, file: &Path) -> FileState<'_> {
        self.known.state(file, self.from.first().map_or(file, PathBuf::as_path))
    }

    /// Sets the new file.
    pub(crate) fn set_target(&mut self, to: &Path) {
        self.to = to.to_string_lossy().into_owned();
        self.result = None;
    }

    /// Shows the end of a merge.
    pub(crate) fn ended(&mut self, from: &[PathBuf], to: &Path, outcome: JobOutcome) {
        let result = match outcome {
            JobOutcome::Merged(result) => result,
            JobOutcome::Failed(reason) => Err(reason),
            _ => Err("stopped".to_owned()),
        };
        self.result = Some((from.to_vec(), to.to_owned(), result));
    }

    /// The new file; `None` if no name was typed. A name without a folder is beside the first file.
    fn target(&self) -> Option<PathBuf> {
        let typed = self.to.trim();
        let folder = self.from.first()?.parent()?;
        (!typed.is_empty()).then(|| folder.join(typed))
    }
}

/// The data of the dialog.
pub(crate) struct MergeView<'a> {
    /// The folder or address of the open dataset.
    pub(crate) dataset: &'a Path,
    /// The number of changes that are not in the open sidecar yet.
    pub(crate) unsaved: u64,
    pub(crate) job: Option<&'a Job>,
}

pub(crate) fn show(ctx: &Context, dialog: &mut MergeDialog, view: &MergeView<'_>, actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("merge")).show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() * 0.9));
        super::title(ui, "Merge sidecars", actions);
        let text = "Puts all changes of several annotators, each once, into a new file. The files themselves stay as \
                    they are. Merging a file twice adds nothing.";
        ui.label(RichText::new(text).weak());
        ui.add_space(6.0);
        let is_merging = view.job.is_some_and(|job| matches!(job.kind, JobKind::Merge { .. }));
        let mut entered = false;
        ui.add_enabled_ui(!is_merging, |ui| {
            entered = files(ui, dialog, actions);
            target(ui, dialog, actions);
        });
        ui.separator();
        match (view.job.filter(|_| is_merging), &dialog.result) {
            (Some(job), _) => jobs_dialog::running(ui, job, actions),
            (None, Some((from, to, Ok(merged)))) => written(ui, (from, to, merged), view.dataset, actions),
            (None, result) => {
                if let Some((_, _, Err(reason))) = result {
                    failure(ui, reason);
                }
                begin(ui, dialog, view, entered, actions);
            }
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// Returns whether Enter was pressed in the field with nothing to add.
fn files(ui: &mut Ui, dialog: &mut MergeDialog, actions: &mut Vec<UiAction>) -> bool {
    let mut removed = None;
    ScrollArea::vertical().min_scrolled_height(FILES).max_height(FILES).show(ui, |ui| {
        for (at, file) in dialog.from.iter().enumerate() {
            ui.horizontal(|ui| {
                let name = file.display().to_string();
                let remove = ui.small_button(icons::LEAVE_OUT).accessible_name(format!("Leave out {name}"));
                if remove.on_hover_text("Leave this file out.").clicked() {
                    removed = Some(at);
                }
                // What is known of it has its place at the end of the line from the beginning.
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    match dialog.state(file) {
                        FileState::Unknown => super::busy::busy(ui),
                        FileState::Usable(content) => _ = ui.label(RichText::new(content).weak()),
                        FileState::Refused(reason) => {
                            let text = RichText::new(format!("{} {reason}", icons::WARNING));
                            let text = text.color(palette(ui.visuals()).reject);
                            ui.add(egui::Label::new(text).truncate()).on_hover_text(reason);
                        }
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.add(egui::Label::new(&name).truncate()).on_hover_text(&name);
                    });
                });
            });
        }
    });
    if let Some(at) = removed {
        dialog.from.remove(at);
        dialog.result = None;
    }
    let mut is_empty = false;
    ui.horizontal(|ui| {
        let label = name(ui, "Add");
        let width = (ui.available_width() - CHOOSE - ADD).max(120.0);
        let field = TextEdit::singleline(&mut dialog.other).hint_text("path of another sidecar").desired_width(width);
        let field = ui.add(field).labelled_by(label.id);
        super::focus_first(&field, &mut dialog.focused);
        let entered = field_keys::entered(ui, &field);
        let typed = dialog.other.trim().to_owned();
        let add = ui.add_enabled(!typed.is_empty(), Button::new("Add")).accessible_name("Add the typed sidecar");
        if !typed.is_empty() && (add.clicked() || entered) {
            dialog.add(Path::new(&typed));
            dialog.other.clear();
            field.request_focus();
        }
        is_empty = entered && typed.is_empty();
        if ui.button("Choose…").accessible_name("Choose a sidecar to add").clicked() {
            actions.push(AppAction::PickSidecar.into());
        }
    });
    ui.add_space(6.0);
    is_empty
}

/// The name of a field, in a column of its own.
fn name(ui: &mut Ui, text: &str) -> Response {
    let size = vec2(NAME, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(NAME);
        ui.label(text)
    })
    .inner
}

fn target(ui: &mut Ui, dialog: &mut MergeDialog, actions: &mut Vec<UiAction>) {
    ui.horizontal(|ui| {
        let label = name(ui, "New file");
        let width = (ui.available_width() - CHOOSE).max(120.0);
        let field = ui.add(TextEdit::singleline(&mut dialog.to).desired_width(width)).labelled_by(label.id);
        if field.changed() {
            dialog.result = None;
        }
        if ui.button("Choose…").accessible_name("Choose the new file").clicked() {
            actions.push(AppAction::PickMerged.into());
        }
    });
}

/// `entered`: whether Enter was pressed in a field.
fn begin(ui: &mut Ui, dialog: &MergeDialog, view: &MergeView<'_>, entered: bool, actions: &mut Vec<UiAction>) {
    let refused = match dialog.from.len() {
        0 | 1 => Some("Add the sidecar of another annotator."),
        _ if dialog.from.iter().any(|file| matches!(dialog.state(file), FileState::Refused(_))) => {
            Some("Leave out the file that cannot be merged.")
        }
        _ if dialog.target().is_none() => Some("Name the new file."),
        _ if view.unsaved > 0 => Some("Your last judgements are not saved yet."),
        _ if view.job.is_some() => Some("Another job is running; the merge can start when it ends."),
        _ => None,
    };
    ui.horizontal_wrapped(|ui| {
        let button = super::button_with_key(format!("Merge {}", count(dialog.from.len(), "file")), "Enter");
        let button = ui.add_enabled(refused.is_none(), button).accessible_name("Merge");
        if let (None, Some(to)) = (refused, dialog.target())
            && (button.clicked() || entered || field_keys::enter_is_free(ui))
        {
            actions.push(AppAction::StartMerge(dialog.from.clone(), to).into());
        }
        ui.label(RichText::new(refused.unwrap_or_default()).weak());
    });
}

fn failure(ui: &mut Ui, reason: &str) {
    ui.horizontal_wrapped(|ui| {
        copy_button(ui, reason);
        let text = format!("{}. Nothing was written.", capital(reason));
        ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
    });
    ui.add_space(6.0);
}

/// The result, and the way into it.
fn written(ui: &mut Ui, (from, to, merged): (&[PathBuf], &Path, &Merged), dataset: &Path, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    ui.label(RichText::new(format!("{} {}", icons::ACCEPT, merged_in_words(merged))).color(colours.accept).strong());
    ui.label(RichText::new(merged.annotators.join(", ")).weak());
    for (file, events) in from.iter().zip(&merged.only_in) {
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        ui.label(format!("{} only in {name}", count(*events, "change"))).on_hover_text(file.display().to_string());
    }
    for note in &merged.notes {
        ui.label(RichText::new(format!("{} {}.", icons::WARNING, capital(note))).color(colours.unsure));
    }
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        let open = super::button_with_key("Open the dataset with it", "Enter");
        let open = ui.add(open).accessible_name("Open the dataset with it");
        let help = "To compare the annotators, to decide where they differ, and for the report. New judgements go to \
                    the merged file then.";
        if open.on_hover_text(help).clicked() || field_keys::enter_is_free(ui) {
            actions.push(AppAction::OpenWithSidecar(to.to_owned()).into());
        }
        let word = |path: &Path| quoted(&path.to_string_lossy());
        let line = format!("tilejury {} --sidecar {}", word(dataset), word(to));
        if ui.button("Copy command line").on_hover_text(&line).clicked() {
            ui.ctx().copy_text(line);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_file_is_beside_a_sidecar_with_a_relative_path() {
        let mut dialog = MergeDialog::new(PathBuf::from("set/ada.sqlite"), "both.sqlite");
        let beside = |name: &str| std::path::absolute(Path::new("set").join(name)).ok();
        assert_eq!(dialog.target(), beside("both.sqlite"));
        dialog.add(Path::new("bo.sqlite"));
        assert_eq!(dialog.from.last(), beside("bo.sqlite").as_ref());
        dialog.to = "all.sqlite".to_owned();
        assert_eq!(dialog.target(), beside("all.sqlite"));
    }
}
