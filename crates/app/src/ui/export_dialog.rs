//! The export dialog: folder, rules and formats, the preview before anything is written, then the
//! progress and the report.

use std::path::{Path, PathBuf};

use egui::{ComboBox, Context, DragValue, Grid, Id, Key, Modal, RichText, ScrollArea, TextEdit, Ui};
use tilejury_audit::TextEnum;
use tilejury_audit::export::{ExportOptions, ExportReport, Format, Images};
use tilejury_audit::merge::{ADJUDICATOR, AnnotatorScope};
use tilejury_data::Dataset;
use tilejury_data::tile_source::ToFetch;

use super::export_download::{self, PreviewConsent};
use super::spotlight::{self, Spot};
use super::tour::TourView;
use super::{AppAction, UiAction, export_outlook, export_result, field_keys, ticks};
use crate::command::Shortcut;
use crate::export_command::command_line;
use crate::export_preview::{ExportForecast, ExportPreview};
use crate::export_target::{ExportTarget, TargetState, target_path};
use crate::icons;
use crate::jobs::{FinishedJob, Job};
use crate::theme::palette;

/// The least width, in points, of options and preview side by side.
const TWO_COLUMNS_FROM: f32 = 900.0;
/// The height of the lines of the tour, in points.
const TOUR_HEIGHT: f32 = 60.0;
/// The columns of formats.
const FORMAT_COLUMNS: usize = 2;
/// The key that exports. Enter alone ends the field of the folder.
const EXPORT_KEY: Shortcut = Shortcut::ctrl(Key::Enter);
/// The width of the button beside the folder, with the spaces around it.
const CHOOSE_WIDTH: f32 = 90.0;

/// The content of the dialog besides its own state.
pub(crate) struct ExportView<'a> {
    pub(crate) dataset: &'a Dataset,
    /// The file with the judgements, if it is not the usual one.
    pub(crate) sidecar: Option<&'a Path>,
    /// The number of changes of the judgements so far.
    pub(crate) revision: u64,
    /// The number of events that are not on disk yet.
    pub(crate) unsaved: u64,
    /// The running background job.
    pub(crate) job: Option<&'a Job>,
    /// The step of the tour, if one is running.
    pub(crate) tour: Option<TourView>,
    /// The reason why nothing may be written now.
    pub(crate) blocked: Option<&'a str>,
}

/// The state of the dialog.
pub(crate) struct ExportDialog {
    /// The folder, as the person types it.
    pub(crate) out: String,
    /// A path beside which the export is proposed, and to which a typed path is relative.
    pub(crate) place: PathBuf,
    pub(crate) target: ExportTarget,
    pub(crate) options: ExportOptions,
    pub(crate) scope: AnnotatorScope,
    /// The preview by the chosen options; `None` before it was started.
    pub(crate) preview: Option<ExportPreview>,
    /// Of a dataset at an address: the consent to what the preview fetches; `None` before it was
    /// asked for.
    pub(crate) consent: Option<PreviewConsent>,
    /// The outcome of the last export.
    pub(crate) result: Option<Result<ExportReport, String>>,
    /// The result of its verification.
    verified: Option<FinishedJob>,
    focused: bool,
    /// The first frame that showed a complete preview, if the last one did.
    ready_since: Option<u64>,
}

impl ExportDialog {
    /// `place`: where the dataset is, or where it would be on this machine.
    pub(crate) fn new(options: ExportOptions, scope: AnnotatorScope, place: PathBuf) -> Self {
        Self {
            out: String::new(),
            place,
            target: ExportTarget::default(),
            options,
            scope,
            preview: None,
            consent: None,
            result: None,
            verified: None,
            focused: false,
            ready_since: None,
        }
    }

    /// Whether the preview is of other options or other judgements. `revision` is the current
    /// count.
    pub(crate) fn is_outdated(&self, revision: u64) -> bool {
        self.preview.as_ref().is_none_or(|preview| {
            preview.options != self.options || preview.scope != self.scope || preview.revision != revision
        })
    }

    /// Whether the preview is of other options, so that another export follows.
    pub(crate) fn is_of_other_options(&self) -> bool {
        self.preview.as_ref().is_some_and(|preview| preview.options != self.options || preview.scope != self.scope)
    }

    /// Forgets the result of a verification, because another one begins.
    pub(crate) fn forget_verified(&mut self) {
        self.verified = None;
    }

    /// Shows the result of a verification, if it is of the export that is shown. Returns whether.
    pub(crate) fn show_verified(&mut self, result: &FinishedJob) -> bool {
        let is_shown = matches!(self.result, Some(Ok(_)));
        self.verified = is_shown.then(|| result.clone());
        is_shown
    }

    /// The number of events in the preview, if it is complete and of these options and judgements.
    fn events_previewed(&self, view: &ExportView<'_>) -> Option<usize> {
        if self.is_outdated(view.revision) || view.unsaved > 0 {
            return None;
        }
        self.preview.as_ref()?.outlook()?.as_ref().ok().map(|outlook| outlook.events)
    }

    /// Whether the preview waits for a consent to what it fetches.
    fn is_asking(&self) -> bool {
        self.consent.as_ref().is_some_and(|consent| !consent.may_begin())
    }

    /// The pictures that the previewed export fetches, if it copies any.
    fn pictures_to_fetch(&self, is_previewed: bool) -> Option<ToFetch> {
        let outlook = self.preview.as_ref().filter(|_| is_previewed)?.outlook()?.as_ref().ok()?;
        Some(outlook.pictures).filter(|fetch| fetch.tiles > 0)
    }

    /// Whether the preview failed.
    fn has_failed(&self) -> bool {
        self.preview.as_ref().and_then(ExportPreview::outlook).is_some_and(Result::is_err)
    }

    /// Shows the outcome of an export. After a failure the person most likely wants another folder.
    pub(crate) fn ended(&mut self, out: &Path, result: Result<ExportReport, String>) {
        self.out = out.to_string_lossy().into_owned();
        self.focused = result.is_ok();
        if result.is_err() {
            // Somebody may have judged meanwhile and caused the failure.
            self.preview = None;
        }
        self.target.forget();
        self.verified = None;
        self.result = Some(result);
    }
}

pub(crate) fn show(ctx: &Context, dialog: &mut ExportDialog, view: &ExportView<'_>, actions: &mut Vec<UiAction>) {
    let job = view.job;
    if let Some(preview) = &mut dialog.preview {
        preview.take_answer();
    }
    let modal = Modal::new(Id::unique("export")).show(ctx, |ui| {
        let screen = ctx.content_rect().size();
        ui.set_width(1080.0_f32.min(screen.x * 0.94));
        super::title(ui, "Export a cleaned copy", actions);
        if let Some(tour) = &view.tour {
            super::tour::show_in_dialog(ui, tour);
        }
        let mut pressed = field_keys::enter_with(ctx, true);
        ui.add_enabled_ui(job.is_none(), |ui| pressed |= folder(ui, dialog, actions));
        ui.separator();
        let above = if view.tour.is_some() { TOUR_HEIGHT } else { 0.0 };
        let height = (screen.y * 0.96 - 155.0 - above).clamp(80.0, 560.0);
        body(ui, height, dialog, view, actions);
        ui.separator();
        if let Some(job) = job {
            super::jobs_dialog::running(ui, job, actions);
            return;
        }
        ui.horizontal_wrapped(|ui| footer(ui, dialog, view, pressed, actions));
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// The options beside the preview, or below it where two columns would be too narrow to read.
fn body(ui: &mut Ui, height: f32, dialog: &mut ExportDialog, view: &ExportView<'_>, actions: &mut Vec<UiAction>) {
    let scroll = |name| {
        let area = ScrollArea::vertical().id_salt(name).auto_shrink([false, false]);
        area.max_height(height).min_scrolled_height(height)
    };
    let is_idle = view.job.is_none();
    if ui.available_width() < TWO_COLUMNS_FROM {
        scroll("options and outlook").show(ui, |ui| {
            before_or_after(ui, dialog, view, actions);
            ui.separator();
            ui.add_enabled_ui(is_idle, |ui| options(ui, dialog));
        });
        return;
    }
    ui.columns(2, |columns| {
        let [left, right] = columns else { return };
        super::unjustified(left, |ui| {
            scroll("options").show(ui, |ui| ui.add_enabled_ui(is_idle, |ui| options(ui, dialog)));
        });
        super::unjustified(right, |ui| {
            scroll("outlook").show(ui, |ui| before_or_after(ui, dialog, view, actions));
        });
    });
}

/// The button that writes the export, with its key, and the reason why it cannot be pressed.
fn footer(ui: &mut Ui, dialog: &mut ExportDialog, view: &ExportView<'_>, pressed: bool, actions: &mut Vec<UiAction>) {
    let nothing = dialog.options.formats.is_empty() && dialog.options.images == Images::None;
    let previewed = dialog.events_previewed(view);
    let was_written = matches!(dialog.result, Some(Ok(_)));
    let target = dialog.target.state(&dialog.out);
    let reason = match target {
        _ if nothing => Some("Choose at least one format, or pictures."),
        _ if view.blocked.is_some() => view.blocked,
        TargetState::Refused(_) if was_written => Some("Written. Another export needs another folder."),
        TargetState::Refused(_) => Some("The folder cannot be used: see above."),
        TargetState::Unknown | TargetState::Usable if dialog.is_asking() => {
            Some("The preview waits for your answer: see above.")
        }
        TargetState::Unknown | TargetState::Usable if dialog.has_failed() => Some("The preview failed: see above."),
        TargetState::Unknown | TargetState::Usable => None,
    };
    // Only a previewed export may be written, and only to a folder that was examined.
    let is_waiting = previewed.is_none() || target == TargetState::Unknown;
    let name = if reason.is_none() && is_waiting { "Preparing preview…" } else { "Export" };
    let ready = reason.is_none() && !is_waiting;
    // A key in the very frame in which the preview arrives is pressed before it can be read. A
    // frame can be laid out twice.
    let frame = ui.ctx().cumulative_frame_nr();
    dialog.ready_since = ready.then(|| dialog.ready_since.unwrap_or(frame));
    let pressed = pressed && dialog.ready_since.is_some_and(|since| since < frame);
    let key = if ready { RichText::new(EXPORT_KEY.text()).small().weak() } else { RichText::new("") };
    let button = ui.add_enabled(ready, egui::Button::new(name).right_text(key)).accessible_name(name);
    spotlight::note(ui.ctx(), Spot::Export, button.rect);
    let button = button.on_disabled_hover_text(reason.unwrap_or("Nothing is written before the preview is complete."));
    if let Some(events) = previewed.filter(|_| ready && (button.clicked() || pressed)) {
        let out = target_path(&dialog.place, dialog.out.trim());
        actions
            .push(AppAction::StartExport(out, Box::new(dialog.options.clone()), dialog.scope.clone(), events).into());
    }
    if let Some(storage) = view.dataset.tiles.storage()
        && let Some(fetch) = dialog.pictures_to_fetch(previewed.is_some())
    {
        export_download::pictures(ui, fetch, storage.pace().bytes_per_second);
    }
    if let Some(reason) = reason {
        let colour = if !was_written { palette(ui.visuals()).reject } else { ui.visuals().weak_text_color() };
        ui.label(RichText::new(reason).color(colour));
    }
}

/// The target folder, and below it the reason why it cannot be used. Enter in the field takes the
/// folder: it is examined again, and a preview that failed is computed again. Returns whether the
/// key of the export was pressed in the field.
fn folder(ui: &mut Ui, dialog: &mut ExportDialog, actions: &mut Vec<UiAction>) -> bool {
    let mut pressed = false;
    ui.horizontal(|ui| {
        let label = ui.label("Folder");
        let width = (ui.available_width() - CHOOSE_WIDTH).max(80.0);
        let field = ui.add(TextEdit::singleline(&mut dialog.out).desired_width(width)).labelled_by(label.id);
        // After the proposal, so that the cursor is at its end.
        if !dialog.focused && !dialog.target.is_proposing() {
            field.request_focus();
            dialog.focused = true;
        }
        pressed = field.has_focus() && field_keys::is_pressed_with(ui.ctx(), true);
        if field_keys::entered(ui, &field) {
            dialog.target.forget();
            if dialog.has_failed() {
                dialog.preview = None;
            }
        }
        if ui.button("Choose…").clicked() {
            actions.push(AppAction::PickExportFolder.into());
        }
    });
    let was_written = matches!(dialog.result, Some(Ok(_)));
    match dialog.target.state(&dialog.out) {
        TargetState::Refused(reason) if !was_written => {
            let text = format!("{} {reason}", icons::WARNING);
            ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
        }
        _ => _ = ui.label(RichText::new("A new or empty folder outside the dataset.").weak()),
    }
    pressed
}

/// The width of a list of choices: large text leaves less room for it.
fn choice_width(ui: &Ui) -> f32 {
    (ui.ctx().content_rect().width() * 0.3).min(244.0)
}

/// A choice among the values of an enum.
fn choice<T: TextEnum>(ui: &mut Ui, name: &str, value: &mut T, help: &str) {
    let text = value.label();
    choice_shown_as(ui, name, value, text, help);
}

/// As [`choice`], with another text for the chosen value.
fn choice_shown_as<T: TextEnum>(ui: &mut Ui, name: &str, value: &mut T, text: &str, help: &str) {
    let label = ui.label(name).on_hover_text(help);
    let combo = ComboBox::from_id_salt(name)
        .width(choice_width(ui))
        .selected_text(text)
        .show_ui(ui, |ui| {
            for choice in T::ALL {
                ui.selectable_value(value, *choice, choice.label());
            }
        })
        .response;
    super::list_on_top(ui, &combo);
    combo.labelled_by(label.id).on_hover_text(help);
    ui.end_row();
}

/// The search for tiles. Formats with pictures can need more than was chosen; the line then shows
/// that and the reason.
fn tiles(ui: &mut Ui, options: &mut ExportOptions) {
    let effective = options.tiles_looked_for();
    let why = match options.formats.iter().find(|format| format.embeds()) {
        Some(Format::Parquet) => "needed for Parquet",
        Some(Format::ImageFolder) => "needed for image folders",
        Some(Format::WebDataset) => "needed for WebDataset",
        Some(
            Format::Jsonl
            | Format::Qrels
            | Format::Beir
            | Format::SentenceTransformers
            | Format::MsSwift
            | Format::Tevatron,
        )
        | None => "needed for pictures",
    };
    let text = if effective == options.tiles {
        effective.label().to_owned()
    } else {
        format!("{} ({why})", effective.label())
    };
    let help = "Whether rows are left out if their tiles are missing or unreadable.";
    choice_shown_as(ui, "Tiles", &mut options.tiles, &text, help);
}

fn options(ui: &mut Ui, dialog: &mut ExportDialog) {
    let annotators =
        match dialog.preview.as_ref().and_then(|preview| preview.outlook().and_then(|one| one.as_ref().ok())) {
            Some(outlook) => outlook.annotators.clone(),
            None => Vec::new(),
        };
    let options = &mut dialog.options;
    Grid::new("export options").num_columns(2).spacing([10.0, 2.0]).show(ui, |ui| {
        let label = ui.label("Minimum negatives per row");
        ui.add(DragValue::new(&mut options.negatives).range(0..=100))
            .labelled_by(label.id)
            .on_hover_text("Rows with fewer are left out: trainers would pad them with their positive.");
        ui.end_row();
        choice(ui, "False negatives", &mut options.false_negatives, "Negatives that are relevant to the query of their row.");
        choice(ui, "Copies of positives", &mut options.copies, "Negatives that show the picture of a positive of their query under another path. Tiles that were not scanned yet are read for this.");
        choice(ui, "Rows without a verdict", &mut options.unjudged, "Rows that nobody judged.");
        choice(ui, "Unsure rows and tiles", &mut options.unsure, "Rows, positives and negatives that were judged unsure.");
        choice(ui, "Conflicts", &mut options.conflicts, "Rows whose positive was marked as not relevant in another row of the query, where it is a negative.");
        choice(ui, "Leaks from training", &mut options.leaks, "Training rows whose query has the same positive in another split.");
        choice(ui, "Leaks between eval and test", &mut options.held_out_leaks, "Rows whose query has the same positive in two held-out splits.");
        tiles(ui, options);
        choice(ui, "Order of negatives", &mut options.order, "Trainers use the first negatives of a row.");
        ui.label("Short rows");
        ticks::checkbox(ui, &mut options.refill, "refill from retrieve_top20")
            .on_hover_text("Judged candidates first, then the least suspicious.");
        ui.end_row();
        let label = ui.label("Judgements of");
        let combo = ComboBox::from_id_salt("whose")
            .width(choice_width(ui))
            .selected_text(scope_label(&dialog.scope))
            .show_ui(ui, |ui| {
                let adjudicated = annotators.iter().filter(|name| *name == ADJUDICATOR);
                let adjudicated = adjudicated.map(|name| AnnotatorScope::Adjudicated(name.clone()));
                let each = annotators.iter().map(|name| AnnotatorScope::Annotator(name.clone()));
                for value in std::iter::once(AnnotatorScope::Everybody).chain(each).chain(adjudicated) {
                    let name = scope_label(&value);
                    ui.selectable_value(&mut dialog.scope, value, name);
                }
            })
            .response;
        super::list_on_top(ui, &combo);
        combo.labelled_by(label.id);
        ui.end_row();
        choice(ui, "Pictures", &mut options.images, "Whether the pictures of tiles are written, and how.");
    });
    ui.add_space(4.0);
    ui.label("Formats");
    Grid::new("formats").num_columns(FORMAT_COLUMNS).spacing([10.0, 1.0]).show(ui, |ui| {
        for (at, format) in Format::ALL.iter().enumerate() {
            let mut chosen = options.formats.contains(format);
            if ticks::checkbox(ui, &mut chosen, format.label()).changed() {
                options.formats.retain(|other| other != format);
                options.formats.extend(chosen.then_some(*format));
                options.formats.sort_unstable();
            }
            if at % FORMAT_COLUMNS == FORMAT_COLUMNS - 1 {
                ui.end_row();
            }
        }
    });
}

fn scope_label(scope: &AnnotatorScope) -> String {
    match scope {
        AnnotatorScope::Everybody => "all annotators, by majority".to_owned(),
        AnnotatorScope::Annotator(name) => name.clone(),
        AnnotatorScope::Adjudicated(name) => format!("adjudicated only, by {name}"),
    }
}

/// The report of the export, or the preview. After a failure both, because another attempt comes
/// next.
fn before_or_after(ui: &mut Ui, dialog: &mut ExportDialog, view: &ExportView<'_>, actions: &mut Vec<UiAction>) {
    match &dialog.result {
        Some(Ok(report)) => {
            let out = target_path(&dialog.place, &dialog.out);
            let command = command_line(view.dataset, &out, view.sidecar, &dialog.options, &dialog.scope);
            let written = export_result::Written {
                out: &dialog.out,
                root: &dialog.place,
                report,
                formats: &dialog.options.formats,
                has_pictures: dialog.options.images != Images::None,
                command_line: &command,
                verified: dialog.verified.as_ref(),
                is_busy: view.job.is_some(),
            };
            return export_result::show(ui, &written, actions);
        }
        Some(Err(reason)) => {
            let text = format!("{} {reason}", icons::WARNING);
            ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
            ui.add_space(4.0);
        }
        None => {}
    }
    if let Some(consent) = dialog.consent.as_mut().filter(|consent| !consent.may_begin()) {
        return export_download::question(ui, consent, &mut dialog.options);
    }
    let Some(preview) = &dialog.preview else { return };
    let (what, part) = preview.progress();
    match preview.outlook() {
        None => export_outlook::waiting(ui, what, part),
        Some(Ok(outlook)) => before(ui, outlook, &dialog.scope, view.dataset, actions),
        Some(Err(reason)) => {
            ui.label(RichText::new(reason).color(palette(ui.visuals()).reject));
        }
    }
}

fn before(
    ui: &mut Ui,
    outlook: &ExportForecast,
    scope: &AnnotatorScope,
    dataset: &Dataset,
    actions: &mut Vec<UiAction>,
) {
    ui.label(RichText::new("Preview").strong());
    export_outlook::show(ui, outlook, scope, dataset, actions);
}
