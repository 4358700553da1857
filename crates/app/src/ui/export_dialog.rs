//! The export: where to, how many negatives, what of unjudged rows; then progress; then what was done.

use std::path::{Path, PathBuf};

use egui::{Context, DragValue, Id, Key, Modal, RichText, TextEdit};
use tilejury_audit::export::{ExportOptions, ExportReport, Unjudged};

use super::Act;
use crate::icons;
use crate::jobs::Job;
use crate::theme::palette;

/// The dialog's own state.
pub(crate) struct ExportDialog {
    pub(crate) out: String,
    pub(crate) options: ExportOptions,
    /// How the last one ended.
    pub(crate) result: Option<Result<ExportReport, String>>,
    focused: bool,
    /// The folder that the last export filled.
    written: Option<String>,
}

impl ExportDialog {
    pub(crate) fn new(out: &Path) -> Self {
        Self {
            out: out.to_string_lossy().into_owned(),
            options: ExportOptions::default(),
            result: None,
            focused: false,
            written: None,
        }
    }
}

impl ExportDialog {
    /// Shows how an export ended. After a failure the person most likely wants another folder.
    pub(crate) fn ended(&mut self, out: &Path, result: Result<ExportReport, String>) {
        self.out = out.to_string_lossy().into_owned();
        self.focused = result.is_ok();
        self.written = result.is_ok().then(|| self.out.clone());
        self.result = Some(result);
    }
}

pub(crate) fn show(
    ctx: &Context,
    dialog: &mut ExportDialog,
    job: Option<&Job>,
    blocked: Option<&str>,
    acts: &mut Vec<Act>,
) {
    let modal = Modal::new(Id::unique("export")).show(ctx, |ui| {
        let screen = ctx.content_rect().size();
        ui.set_width(600.0_f32.min(screen.x * 0.86));
        super::title(ui, "Export a cleaned copy", acts);
        ui.label("Rejected rows leave, false negatives leave their rows. Untouched rows stay byte for byte.");
        ui.add_space(6.0);
        let mut enter = false;
        ui.add_enabled_ui(job.is_none(), |ui| {
            ui.horizontal(|ui| {
                let label = ui.label("Folder");
                let width = ui.available_width() - 110.0;
                let field = ui.add(TextEdit::singleline(&mut dialog.out).desired_width(width)).labelled_by(label.id);
                if !std::mem::replace(&mut dialog.focused, true) {
                    field.request_focus();
                }
                enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                if ui.button("Choose…").clicked() {
                    acts.push(Act::PickExportFolder);
                }
            });
            ui.label(RichText::new("It must be new or empty.").weak());
            ui.horizontal(|ui| {
                let label = ui.label("Negatives a row needs");
                ui.add(DragValue::new(&mut dialog.options.negatives).range(0..=100)).labelled_by(label.id);
            });
            ui.label(RichText::new("Rows with fewer leave: trainers would pad them with their positive.").weak());
            ui.horizontal(|ui| {
                ui.label("Rows without a verdict");
                ui.radio_value(&mut dialog.options.unjudged, Unjudged::Keep, "stay");
                ui.radio_value(&mut dialog.options.unjudged, Unjudged::Drop, "leave");
            });
        });
        ui.add_space(6.0);
        if let Some(job) = job {
            super::jobs_dialog::running(ui, job, acts);
        }
        if let Some(result) = &dialog.result {
            outcome(ui, &dialog.out, result);
        }
        if let Some(reason) = blocked {
            ui.label(RichText::new(reason).color(palette(ui.visuals()).reject));
        }
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            if job.is_some() {
                return;
            }
            // What was written is there: another export needs another folder.
            let done = dialog.written.as_deref() == Some(dialog.out.trim());
            let ready = blocked.is_none() && !dialog.out.trim().is_empty() && !done;
            if ui.add_enabled(ready, egui::Button::new("Export")).clicked() || (enter && ready) {
                acts.push(Act::StartExport(PathBuf::from(dialog.out.trim()), dialog.options.clone()));
            }
        });
    });
    if modal.should_close() {
        acts.push(Act::CloseDialog);
    }
}

fn outcome(ui: &mut egui::Ui, out: &str, result: &Result<ExportReport, String>) {
    let palette = palette(ui.visuals());
    match result {
        Ok(report) => {
            ui.label(RichText::new(format!("{} Written", icons::ACCEPT)).color(palette.accept).strong());
            ui.label(out);
            for line in report.summary() {
                ui.label(line);
            }
            ui.label(RichText::new(report.files.join(", ")).weak());
        }
        Err(reason) => {
            ui.label(RichText::new(format!("{} {reason}", icons::WARNING)).color(palette.reject));
        }
    }
}
