//! Choosing folders and files: by the system's dialog, or by one in the window if the system has
//! none.
//!
//! The system's dialog runs on its own thread: waiting for it here would freeze the window.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::Context;
use egui_file::FileDialog;

use crate::logging;
use crate::task::Task;

/// The purpose of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PickerPurpose {
    DatasetFolder,
    DatasetFile,
    ExportFolder,
    /// A new folder for the report of the audits.
    AuditReportFolder,
    /// A new file for all judgements.
    SaveJudgements,
    /// A new file for the report of the review.
    SaveReport,
    /// The folder through which judgements are exchanged.
    ExchangeFolder,
    /// A sidecar to merge.
    Sidecar,
    /// A new file for merged sidecars.
    SaveMerged,
    /// The sidecar of a dataset that could not be opened with another.
    OwnSidecar,
    /// A new sidecar for such a dataset.
    NewSidecar,
}

/// Nobody can read and cancel a dialog in this time, so a faster answer means there was no dialog.
const NO_DIALOG_WITHIN: Duration = Duration::from_millis(400);

/// The extension of sidecars.
/// The extensions of splits.
const SPLITS: [&str; 2] = ["jsonl", "parquet"];
const SIDECAR: &str = "sqlite";

enum Stage {
    System { asked: Instant, task: Task<PickerAnswer> },
    InWindow(InWindow),
}

/// The dialog in the window.
struct InWindow {
    dialog: Box<FileDialog>,
    /// The folder in its first line, as long as there is none of that name: the dialog would take
    /// the folder that it lists instead.
    typed: Option<PathBuf>,
}

/// The answer of the system's dialog.
enum PickerAnswer {
    Chosen(PathBuf),
    Cancelled,
    /// The system has no dialog.
    NoDialog,
}

/// An open choice.
pub(crate) struct Picker {
    choice: PickerPurpose,
    start: PathBuf,
    stage: Stage,
}

impl Picker {
    /// Asks the system first, if allowed.
    pub(crate) fn ask(choice: PickerPurpose, start: PathBuf, system: bool, ctx: &Context) -> Self {
        if !system {
            return Self { choice, stage: Stage::InWindow(InWindow::new(choice, &start)), start };
        }
        let folder = start.clone();
        let stage = match Task::spawn("file-dialog", ctx, move |_| ask_system(choice, &folder)) {
            Ok(task) => Stage::System { asked: Instant::now(), task },
            Err(_) => Stage::InWindow(InWindow::new(choice, &start)),
        };
        Self { choice, start, stage }
    }

    /// Whether the dialog in the window is open; it then takes the keys.
    pub(crate) fn in_window(&self) -> bool {
        matches!(self.stage, Stage::InWindow(_))
    }

    /// Draws the dialog in the window, if that is open. Returns the answer once there is one;
    /// `Some(None)` means cancelled.
    pub(crate) fn poll(&mut self, ctx: &Context) -> Option<Option<(PickerPurpose, PathBuf)>> {
        match &mut self.stage {
            Stage::System { asked, task } => match task.poll()? {
                Ok(PickerAnswer::Chosen(path)) => Some(Some((self.choice, path))),
                Ok(PickerAnswer::Cancelled) if asked.elapsed() >= NO_DIALOG_WITHIN => Some(None),
                Ok(PickerAnswer::Cancelled | PickerAnswer::NoDialog) => self.open_in_window(),
                Err(reason) => {
                    log::warn!("the system's file dialog: {reason}");
                    self.open_in_window()
                }
            },
            Stage::InWindow(open) => {
                open.dialog.show(ctx);
                if open.dialog.selected() {
                    return Some(open.chosen(self.choice).map(|path| (self.choice, path)));
                }
                open.typed = open.dialog.path().filter(|path| !path.is_dir()).map(Path::to_owned);
                if open.dialog.visible() { None } else { Some(None) }
            }
        }
    }

    /// Goes on with the dialog in the window. There is no answer yet.
    fn open_in_window<T>(&mut self) -> Option<T> {
        self.stage = Stage::InWindow(InWindow::new(self.choice, &self.start));
        None
    }
}

impl InWindow {
    fn new(choice: PickerPurpose, start: &Path) -> Self {
        Self { dialog: Box::new(in_window(choice, start)), typed: None }
    }

    /// The path that was chosen: for a folder also one that was typed and does not exist yet.
    fn chosen(&self, choice: PickerPurpose) -> Option<PathBuf> {
        let path = self.dialog.path();
        match choice {
            PickerPurpose::DatasetFolder | PickerPurpose::ExchangeFolder => {
                let shown = path.unwrap_or(self.dialog.directory());
                Some(self.typed.as_deref().unwrap_or(shown).to_owned())
            }
            PickerPurpose::ExportFolder | PickerPurpose::AuditReportFolder => {
                // The name of a typed path is also in the field for the name, where another one
                // may have taken its place.
                let typed = self.typed.as_deref().filter(|typed| typed.file_name() == path.and_then(Path::file_name));
                typed.or(path).map(Path::to_owned)
            }
            PickerPurpose::DatasetFile
            | PickerPurpose::SaveJudgements
            | PickerPurpose::SaveReport
            | PickerPurpose::Sidecar
            | PickerPurpose::SaveMerged
            | PickerPurpose::OwnSidecar
            | PickerPurpose::NewSidecar => path.map(Path::to_owned),
        }
    }
}

fn ask_system(choice: PickerPurpose, start: &Path) -> PickerAnswer {
    let missed = logging::dialogs_missed();
    let dialog = rfd::AsyncFileDialog::new().set_directory(start).set_title(title(choice));
    let answer = match choice {
        PickerPurpose::DatasetFile => pollster::block_on(dialog.add_filter("Splits", &SPLITS).pick_file()),
        PickerPurpose::SaveJudgements | PickerPurpose::NewSidecar => {
            pollster::block_on(dialog.set_file_name(judgements_name()).save_file())
        }
        PickerPurpose::SaveReport => pollster::block_on(dialog.set_file_name(report_name()).save_file()),
        PickerPurpose::Sidecar | PickerPurpose::OwnSidecar => {
            pollster::block_on(dialog.add_filter("Sidecars", &[SIDECAR]).pick_file())
        }
        PickerPurpose::SaveMerged => pollster::block_on(dialog.set_file_name(merged_name()).save_file()),
        PickerPurpose::DatasetFolder
        | PickerPurpose::ExportFolder
        | PickerPurpose::AuditReportFolder
        | PickerPurpose::ExchangeFolder => pollster::block_on(dialog.pick_folder()),
    };
    match answer {
        Some(file) => PickerAnswer::Chosen(file.path().to_owned()),
        None if logging::dialogs_missed() > missed => PickerAnswer::NoDialog,
        None => PickerAnswer::Cancelled,
    }
}

fn in_window(choice: PickerPurpose, start: &Path) -> FileDialog {
    let dialog = match choice {
        PickerPurpose::DatasetFile => FileDialog::open_file().show_files_filter(Box::new(|path: &Path| {
            SPLITS.iter().any(|split| path.extension().is_some_and(|found| found == *split))
        })),
        PickerPurpose::SaveJudgements | PickerPurpose::NewSidecar => {
            FileDialog::save_file().default_filename(judgements_name())
        }
        PickerPurpose::SaveReport => FileDialog::save_file().default_filename(report_name()),
        PickerPurpose::Sidecar | PickerPurpose::OwnSidecar => FileDialog::open_file()
            .show_files_filter(Box::new(|path: &Path| path.extension().is_some_and(|found| found == SIDECAR))),
        PickerPurpose::SaveMerged => FileDialog::save_file().default_filename(merged_name()),
        PickerPurpose::DatasetFolder | PickerPurpose::ExchangeFolder => FileDialog::select_folder(),
        PickerPurpose::ExportFolder => new_folder("export", "Choose"),
        PickerPurpose::AuditReportFolder => new_folder("audit-report", "Write the report"),
    };
    let mut dialog = dialog
        .initial_path(start)
        .title(title(choice))
        .default_size([720.0, 480.0])
        .anchor(egui::Align2::CENTER_CENTER, [0.0, 0.0])
        .show_rename(false)
        .show_new_folder(false);
    dialog.open();
    dialog
}

/// A dialog for a folder that need not exist: its name is typed, or the path of the folder in its
/// first line. The dialog that selects a folder takes none that was typed.
fn new_folder(name: &str, button: &'static str) -> FileDialog {
    FileDialog::save_file()
        .default_filename(name)
        .file_label_text("Folder:".into())
        .save_button_text(button.into())
        .show_files_filter(Box::new(|path: &Path| path.is_dir()))
}

/// A name that most likely does not exist yet.
fn judgements_name() -> String {
    named_by_now("judgements")
}

/// A name for merged sidecars that most likely does not exist yet.
pub(crate) fn merged_name() -> String {
    named_by_now("merged")
}

fn named_by_now(stem: &str) -> String {
    let now = tilejury_audit::now().to_string();
    format!("{stem}-{}.{SIDECAR}", now.split('.').next().unwrap_or_default().replace(':', "-"))
}

fn report_name() -> String {
    let now = tilejury_audit::now().to_string();
    format!("report-{}.md", now.split('T').next().unwrap_or_default())
}

fn title(choice: PickerPurpose) -> &'static str {
    match choice {
        PickerPurpose::DatasetFolder => "Open a dataset folder",
        PickerPurpose::DatasetFile => "Open a split (.jsonl or .parquet)",
        PickerPurpose::ExportFolder => "Folder for the export (new or empty)",
        PickerPurpose::AuditReportFolder => "Folder for the audit report (new or empty)",
        PickerPurpose::SaveJudgements => "Save judgements as (a new file)",
        PickerPurpose::SaveReport => "Save the report as",
        PickerPurpose::ExchangeFolder => "Folder to exchange judgements through",
        PickerPurpose::Sidecar => "Add a sidecar (.sqlite)",
        PickerPurpose::SaveMerged => "Merge the sidecars into (a new file)",
        PickerPurpose::OwnSidecar => "The sidecar of this dataset (.sqlite)",
        PickerPurpose::NewSidecar => "Begin a sidecar (a new file)",
    }
}
