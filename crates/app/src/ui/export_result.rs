//! The end of an export in its dialog: the report, and the next steps: open, verify, repeat by the
//! command line.

use egui::{RichText, ScrollArea, Ui};
use tilejury_audit::export::{ExportReport, Format};

use super::{AppAction, UiAction};
use crate::command::DatasetCommand;
use crate::export_target::target_path;
use crate::icons;
use crate::jobs::FinishedJob;
use crate::opening::OpenTarget;
use crate::theme::palette;

/// The lines shown of the faults that a verification found; the command line prints all.
const FAULTS_SHOWN: usize = 50;

/// The reason why an export cannot be audited.
pub(crate) const NO_PICTURES: &str = "This export has no pictures, so there is nothing to judge in it.";

/// An export that was written.
pub(super) struct Written<'w> {
    /// The folder, as it was typed.
    pub(super) out: &'w str,
    pub(super) root: &'w std::path::Path,
    pub(super) report: &'w ExportReport,
    pub(super) formats: &'w [Format],
    /// Whether it has pictures or links to them.
    pub(super) has_pictures: bool,
    /// The command line that writes the same.
    pub(super) command_line: &'w str,
    /// The result of its verification.
    pub(super) verified: Option<&'w FinishedJob>,
    /// Whether work in the background is running.
    pub(super) is_busy: bool,
}

pub(super) fn show(ui: &mut Ui, written: &Written<'_>, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let heading = RichText::new(format!("{} Written", icons::ACCEPT));
    ui.label(heading.color(colours.accept).strong());
    ui.label(written.out);
    let folder = target_path(written.root, written.out);
    ui.horizontal_wrapped(|ui| {
        if ui.button("Open folder").on_hover_text("Show the files in the file manager.").clicked() {
            actions.push(AppAction::ShowFolder(folder.clone()).into());
        }
        if written.formats.contains(&Format::Jsonl) {
            let help = "Open it as a dataset, to look at what is left. Without pictures its tiles are missing.";
            if ui.button("Open the copy").on_hover_text(help).clicked() {
                actions.push(AppAction::Open(OpenTarget::Path(folder.clone())).into());
            }
        }
        let verify = ui.add_enabled(!written.is_busy, egui::Button::new("Verify"));
        let help = "Compare every file with the manifest, every row with the rules of training, and all of it with the \
dataset and the judgements.";
        if verify.on_hover_text(help).on_disabled_hover_text("Other work is running.").clicked() {
            actions.push(AppAction::VerifyExport(folder).into());
        }
        let copy = ui.button("Copy command line");
        if copy.on_hover_text(written.command_line).clicked() {
            ui.ctx().copy_text(written.command_line.to_owned());
        }
        if written.formats.contains(&Format::Jsonl) {
            let audit = super::command_button_if(ui, written.has_pictures, DatasetCommand::AuditExport, actions);
            audit.on_disabled_hover_text(NO_PICTURES);
        }
    });
    if written.formats.contains(&Format::Jsonl) && !written.has_pictures {
        ui.label(RichText::new(NO_PICTURES).weak());
    }
    if let Some(result) = written.verified {
        verdict(ui, result);
    }
    ui.add_space(4.0);
    for line in written.report.summary() {
        ui.label(line);
    }
    ui.label(RichText::new(written.report.files.join(", ")).weak());
}

/// The result of a verification.
fn verdict(ui: &mut Ui, result: &FinishedJob) {
    let colours = palette(ui.visuals());
    let (icon, colour) = if result.ok { (icons::ACCEPT, colours.accept) } else { (icons::WARNING, colours.reject) };
    ui.label(RichText::new(format!("{icon} {}", result.summary)).color(colour));
    ScrollArea::vertical().id_salt("faults").max_height(160.0).show(ui, |ui| {
        for line in result.lines.iter().take(FAULTS_SHOWN) {
            ui.label(&line.text);
        }
        if result.lines.len() > FAULTS_SHOWN {
            let more = result.lines.len() - FAULTS_SHOWN;
            ui.label(RichText::new(format!("… and {more} more; tilejury verify-export prints all")).weak());
        }
    });
}
