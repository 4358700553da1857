//! Carries out what panels ask for. Only the functions here, in `actions/` and in `commands/`
//! change anything; commands of the table are carried out in `commands`.

mod review;

use std::path::PathBuf;
use std::thread;

use tilejury_audit::Timestamp;
use tilejury_audit::export::ExportOptions;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_data::DatasetFingerprint;

use super::dialogs::Dialog;
use super::leaving::Destination;
use super::{App, Stage};
use crate::command::{DatasetCommand, Keymap, ReviewCommand, keymap};
use crate::dataset_source::is_kept_address;
use crate::export_preview::ExportPreview;
use crate::jobs::{FinishedJob, Job, JobKind, JobOutcome, WholeSetWork};
use crate::opening::{OpenTarget, OpeningFailure};
use crate::review::RoundKind;
use crate::settings::Settings;
use crate::show_folder::show_folder;
use crate::ui::export_dialog::ExportDialog;
use crate::ui::file_dialog::{Picker, PickerPurpose};
use crate::ui::settings_dialog::SettingsDialog;
use crate::ui::{AppAction, ReviewAction, UiAction};

/// The number of results of background work that can be read later.
const RESULTS_KEPT: usize = 20;

impl App {
    /// Carries out what a person asked a panel for.
    pub(super) fn perform(&mut self, action: UiAction) {
        match action {
            UiAction::Run(command) => self.command(command),
            UiAction::App(action) => self.app_action(action),
            UiAction::Review(ReviewAction::StepBack) if self.is_touring() => {
                if !self.review_context().is_some_and(|mut open| open.step_back()) {
                    self.end_tour();
                }
            }
            UiAction::Review(action) => {
                let before = self.round_kind();
                let audit = self.running_audit();
                if let Some(mut open) = self.review_context() {
                    if !matches!(action, ReviewAction::StepBack) {
                        open.flush_digit();
                    }
                    open.review_action(action);
                }
                match before.filter(|_| self.round_kind().is_none()) {
                    Some(RoundKind::SecondPass) => self.open_second_pass(),
                    Some(RoundKind::Audit) => {
                        if let Some((number, is_done)) = audit {
                            self.audit_left(number, is_done);
                        }
                    }
                    Some(RoundKind::Adjudication) | None => {}
                }
            }
            UiAction::View(action) => {
                if let Some(mut open) = self.review_context() {
                    open.view_action(action);
                }
            }
            UiAction::Sheet(action) => {
                if let Some(mut open) = self.review_context() {
                    open.sheet_action(action);
                }
            }
        }
    }

    fn app_action(&mut self, action: AppAction) {
        match action {
            AppAction::Open(target) => self.leave_for(Destination::Open(target)),
            AppAction::EditAddress(text) => self.open_address_dialog(text),
            AppAction::CancelOpening => self.cancel_opening(),
            AppAction::Begin(work) => self.begin(work),
            AppAction::TypeText(text) => self.type_text(&text),
            AppAction::SaveFilter(name) => self.save_filter(&name),
            AppAction::ForgetFilter(name) => {
                self.settings.filters.retain(|filter| filter.name != name);
                self.save_settings();
            }
            AppAction::Start(task) => {
                self.dialog = None;
                self.start(task);
            }
            AppAction::Check { decode } => self.start_check(decode),
            AppAction::StartExport(out, options, scope, events) => self.start_export(out, *options, scope, events),
            AppAction::VerifyExport(out) => self.verify_export(out),
            AppAction::ShowFolder(folder) => {
                if let Err(error) = show_folder(&folder) {
                    self.notify(format!("No program shows folders here: {error}. It is {}.", folder.display()), true);
                }
            }
            AppAction::PickExportFolder => self.pick(PickerPurpose::ExportFolder),
            AppAction::PickSidecar => self.pick(PickerPurpose::Sidecar),
            AppAction::PickMerged => self.pick(PickerPurpose::SaveMerged),
            AppAction::StartMerge(from, to) => self.start_merge(from, to),
            AppAction::PickExchangeFolder => self.pick(PickerPurpose::ExchangeFolder),
            AppAction::ExchangeThrough(folder) => {
                self.exchange_through(&folder);
                self.exchange_now();
            }
            AppAction::StopExchange => self.stop_exchange(),
            AppAction::PickSidecarOfFailed { new } => {
                self.pick(if new { PickerPurpose::NewSidecar } else { PickerPurpose::OwnSidecar });
            }
            AppAction::OpenWithSidecar(sidecar) => self.open_with_sidecar(sidecar),
            AppAction::CancelJob => {
                if let Some(job) = &self.job {
                    job.cancel();
                }
            }
            AppAction::StopPixels => {
                if self.is_looking_at_pixels() {
                    self.toggle_pixel_scan();
                }
            }
            AppAction::StartReading(scope) => self.start_reading(scope),
            AppAction::StartAsking(asking) => self.start_asking(*asking),
            AppAction::UseSettings(new) => self.use_settings(*new),
            AppAction::UseKeys(keymap) => self.use_keys(keymap),
            AppAction::UseAllJudgements => self.reset_weights(None),
            AppAction::SetAnnotator(name) => self.set_annotator(name, true),
            AppAction::JudgeAs(name) => self.set_annotator(name, false),
            AppAction::KeepAnnotator => self.keep_annotator(),
            AppAction::OpenSettings(place) => {
                self.dialog = Some(Dialog::Settings(Box::new(SettingsDialog::at(place))));
            }
            AppAction::ChangeKey { endpoint, key } => self.change_key(endpoint, key),
            AppAction::Chose(name) => {
                self.remembered.chose(name);
                self.save_remembered();
            }
            AppAction::Learned(word) => self.learn(word),
            AppAction::EndTour => self.end_tour(),
            AppAction::NoHints => self.use_settings(Settings { hints: false, ..self.settings.clone() }),
            AppAction::CloseDialog => self.close_dialog(),
            AppAction::SaveAsAndLeave => {
                self.after_rescue = self.leaving.take().map(|leaving| leaving.destination);
                self.pick(PickerPurpose::SaveJudgements);
            }
            AppAction::LeaveUnsaved => self.leave_now(),
            AppAction::CancelLeaving => self.leaving = None,
            AppAction::BeginAudit => self.begin_audit(),
            AppAction::ShowAudits(shown) => self.show_audits(shown),
            AppAction::DismissNotice(index) => self.notices.dismiss(index),
        }
    }

    /// Writes text into the field that was opened in the same frame, before it had the keyboard.
    fn type_text(&mut self, text: &str) {
        match &mut self.dialog {
            Some(Dialog::Palette(dialog)) => dialog.text.push_str(text),
            Some(Dialog::Help(dialog)) => dialog.find.push_str(text),
            Some(Dialog::GoTo(dialog)) => dialog.text.push_str(text),
            Some(Dialog::SecondPass(dialog)) => dialog.rows.push_str(text),
            Some(Dialog::Annotator(dialog)) => dialog.text.push_str(text),
            Some(Dialog::SaveFilter(dialog)) => dialog.name.push_str(text),
            Some(Dialog::OpenAddress(dialog)) => dialog.text.push_str(text),
            Some(
                Dialog::CheatSheet
                | Dialog::About(_)
                | Dialog::Settings(_)
                | Dialog::Messages
                | Dialog::Orphans
                | Dialog::Jobs
                | Dialog::NewAudit(_)
                | Dialog::Audits(_)
                | Dialog::Merge(_)
                | Dialog::Exchange(_)
                | Dialog::Team(_)
                | Dialog::Reading(_)
                | Dialog::Asking(_)
                | Dialog::Check(_)
                | Dialog::Download(_)
                | Dialog::Offline(_)
                | Dialog::Export(_)
                | Dialog::Scoreboard(_),
            ) => {}
            None => {
                if let Some(mut open) = self.review_context() {
                    open.type_text(text);
                }
            }
        }
    }

    fn save_filter(&mut self, name: &str) {
        if let Stage::Reviewing(reviewing) = &self.stage {
            self.settings.save_filter(name, reviewing.review.navigator.search_text());
            self.save_settings();
            self.notify(format!("Saved as “{name}”: in the filter menu, and in the palette."), false);
        }
    }

    pub(super) fn use_settings(&mut self, new: Settings) {
        let new = new.in_range();
        let old = std::mem::replace(&mut self.settings, new);
        self.use_theme();
        self.ctx.set_zoom_factor(self.settings.scale);
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            reviewing.resize(&self.settings);
            if old.workers != self.settings.workers {
                match reviewing.change_workers(&self.settings, &self.ctx) {
                    Ok(old) => {
                        self.closing.extend(thread::Builder::new().name("close".into()).spawn(move || drop(old)));
                    }
                    Err(error) => self.notify(format!("The decoding threads could not be restarted: {error}"), true),
                }
            }
        }
        if let Some(running) = self.reviewing_now().and_then(|reviewing| reviewing.exchanging.running.as_ref()) {
            running.set_automatic(self.settings.exchange_automatically);
        }
        if old.look_at_pixels != self.settings.look_at_pixels {
            self.pixels_by_setting();
        }
        let engine_changed =
            old.tesseract != self.settings.tesseract || old.reading_languages != self.settings.reading_languages;
        if old.reading != self.settings.reading || engine_changed {
            self.reading_by_setting(old.reading != self.settings.reading);
        }
        self.save_settings();
    }

    fn use_keys(&mut self, keymap: Keymap) {
        self.settings.keys = keymap.changes();
        keymap::install(&self.ctx, keymap);
        self.save_settings();
    }

    /// Lets judgements count for the weights of signals from a moment on, or all of them, and
    /// remembers it.
    pub(super) fn reset_weights(&mut self, at: Option<Timestamp>) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let review = &mut reviewing.review;
        review.reset_weights(at);
        self.remembered.reset(review.dataset().fingerprint, at);
        self.save_remembered();
        let text = match at {
            Some(_) => "Signals have their default weights again; judgements from now on change them.",
            None => "All judgements count for the weights again.",
        };
        self.notify(text, false);
    }

    /// Reopens the dataset with the judgements of another name, once everything is saved.
    /// `for_all`: the name applies to all datasets.
    fn set_annotator(&mut self, name: String, for_all: bool) {
        self.dialog = None;
        let target = match &self.stage {
            Stage::Welcome { .. } => None,
            Stage::Opening { target, .. } => Some(target.clone()),
            Stage::Reviewing(_) => self.opened.clone(),
        };
        self.leave_for(Destination::OpenAs { name, for_all, target });
    }

    /// Remembers the current annotator for a dataset.
    pub(super) fn remember_annotator(&mut self, dataset: DatasetFingerprint) {
        self.remembered.annotators.insert(dataset.to_string(), self.annotator.clone());
        self.save_remembered();
    }

    /// Keeps the current name for this dataset.
    fn keep_annotator(&mut self) {
        self.dialog = None;
        if let Some(reviewing) = self.reviewing() {
            let review = &mut reviewing.review;
            review.annotators.confirm();
            let dataset = review.dataset().fingerprint;
            self.remember_annotator(dataset);
        }
    }

    pub(super) fn pick(&mut self, choice: PickerPurpose) {
        if self.picker.is_some() {
            return;
        }
        let start = match &self.stage {
            Stage::Reviewing(reviewing) if reviewing.link.is_none() => {
                reviewing.review.dataset().root.parent().map(PathBuf::from)
            }
            Stage::Reviewing(_) => Some(self.folders.documents.clone()),
            Stage::Welcome { failure: Some(OpeningFailure { path, needs_sidecar: Some(_), .. }) }
                if !is_kept_address(path) =>
            {
                path.parent().map(PathBuf::from)
            }
            _ => {
                let mut here = self.remembered.recent.iter().filter(|path| !is_kept_address(path));
                here.next().and_then(|path| path.parent()).map(PathBuf::from)
            }
        };
        let start = start.or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        self.picker = Some(Picker::ask(choice, start, self.system_dialogs, &self.ctx));
    }

    pub(super) fn picked(&mut self, answer: Option<(PickerPurpose, PathBuf)>) {
        match answer {
            Some((PickerPurpose::DatasetFolder | PickerPurpose::DatasetFile, path)) => {
                self.leave_for(Destination::Open(OpenTarget::Path(path)));
            }
            Some((PickerPurpose::ExportFolder, path)) => {
                if let Some(Dialog::Export(dialog)) = &mut self.dialog {
                    dialog.out = path.to_string_lossy().into_owned();
                }
            }
            Some((PickerPurpose::SaveJudgements, path)) => {
                if let Stage::Reviewing(reviewing) = &self.stage {
                    reviewing.review.saving.save_as(path);
                }
            }
            Some((PickerPurpose::AuditReportFolder, out)) => {
                if let Stage::Reviewing(reviewing) = &self.stage {
                    let sidecar = reviewing.review.saving.location().clone();
                    self.start(JobKind::AuditReport { sidecar, data: self.folders.sidecars(), out });
                }
            }
            Some((PickerPurpose::SaveReport, path)) => {
                if let Stage::Reviewing(reviewing) = &self.stage {
                    reviewing.review.write_report(path);
                }
            }
            Some((purpose @ (PickerPurpose::Sidecar | PickerPurpose::SaveMerged), path)) => {
                self.picked_for_merge(purpose, &path);
            }
            Some((PickerPurpose::OwnSidecar | PickerPurpose::NewSidecar, path)) => self.open_failed_with(path),
            Some((PickerPurpose::ExchangeFolder, path)) => {
                if let Some(Dialog::Exchange(dialog)) = &mut self.dialog {
                    dialog.folder = path.to_string_lossy().into_owned();
                }
            }
            None => self.after_rescue = None,
        }
    }

    pub(super) fn export_dialog(&mut self) {
        self.save_note();
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let (options, scope) = self.export_options.clone();
        let root = &reviewing.review.dataset().root;
        // Rows of a dataset at an address are in a cache, where nobody looks for an export.
        let place = match &reviewing.link {
            Some(_) => self.folders.documents.join(tilejury_data::file_name(root)),
            None => root.clone(),
        };
        let mut dialog = ExportDialog::new(options, scope, place);
        let proposed = dialog.target.propose(&mut dialog.out, &dialog.place, &self.ctx);
        self.dialog = Some(Dialog::Export(Box::new(dialog)));
        if let Err(error) = proposed {
            self.notify(format!("No folder can be proposed: {error}"), true);
        }
    }

    /// Starts the preview of an export with the chosen options, unless it is known, and remembers
    /// the options.
    pub(super) fn update_export_preview(&mut self) {
        let may_begin = self.may_preview();
        let (Some(Dialog::Export(dialog)), Stage::Reviewing(reviewing)) = (&mut self.dialog, &self.stage) else {
            return;
        };
        if let Err(error) = dialog.target.update(&mut dialog.out, &dialog.place, reviewing.review.dataset(), &self.ctx)
        {
            dialog.result = Some(Err(format!("The folder cannot be examined: {error}.")));
        }
        // Judgements that are not on disk yet would be missing.
        if !dialog.is_outdated(reviewing.review.stats.revision()) || reviewing.review.unsaved() > 0 {
            return;
        }
        let (options, scope) = (dialog.options.clone(), dialog.scope.clone());
        // With other options it is another export.
        if dialog.preview.is_some() && dialog.is_of_other_options() {
            let was_written = dialog.result.take().is_some_and(|result| result.is_ok());
            if was_written && let Err(error) = dialog.target.propose(&mut dialog.out, &dialog.place, &self.ctx) {
                log::warn!("no folder can be proposed: {error}");
            }
        }
        self.export_options = (options.clone(), scope.clone());
        if !may_begin {
            dialog.preview = None;
            return;
        }
        let (dataset, sidecar) = (reviewing.review.dataset().clone(), reviewing.review.saving.location().path.clone());
        let fingerprints = self.folders.fingerprints_file(dataset.fingerprint);
        match ExportPreview::start(
            dataset,
            (sidecar, fingerprints),
            reviewing.review.signals.shared().cloned(),
            options,
            scope,
            reviewing.review.stats.revision(),
            &self.ctx,
        ) {
            Ok(preview) => dialog.preview = Some(preview),
            Err(error) => self.notify(format!("The preview could not start: {error}"), true),
        }
    }

    fn start_export(&mut self, out: PathBuf, options: ExportOptions, scope: AnnotatorScope, events: usize) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let review = &reviewing.review;
        let sidecar = review.saving.location().path.clone();
        let fingerprints = self.folders.fingerprints_file(review.dataset().fingerprint);
        if let Some(Dialog::Export(dialog)) = &mut self.dialog {
            dialog.result = None;
        }
        self.start(JobKind::Export { sidecar, fingerprints, out, options: Box::new(options), scope, events });
    }

    fn verify_export(&mut self, out: PathBuf) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let sidecar = reviewing.review.saving.location().path.clone();
        let fingerprints = self.folders.fingerprints_file(reviewing.review.dataset().fingerprint);
        let findings = reviewing.review.signals.shared().cloned();
        if let Some(Dialog::Export(dialog)) = &mut self.dialog {
            dialog.forget_verified();
        }
        self.ask_or_begin(WholeSetWork::Job(JobKind::Verify { sidecar, fingerprints, out, findings }));
    }

    /// Starts work in the background.
    pub(super) fn start(&mut self, task: JobKind) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        if let Some(job) = &self.job {
            let running = job.kind.title();
            self.notify(format!("“{running}” is still running; start this when it has finished."), false);
            return;
        }
        match Job::start(task, reviewing.review.dataset().clone(), &self.ctx) {
            Ok(job) => self.job = Some(job),
            Err(error) => self.notify(format!("The job could not start: {error}"), true),
        }
    }

    fn start_check(&mut self, decode: bool) {
        self.dialog = None;
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let fingerprints = self.folders.fingerprints_file(reviewing.review.dataset().fingerprint);
        self.start(JobKind::Check { decode, fingerprints });
    }

    /// Keeps a result, to be read later.
    pub(super) fn store_result(&mut self, result: FinishedJob) {
        self.finished.push(result);
        if self.finished.len() > RESULTS_KEPT {
            self.finished.remove(0);
        }
    }

    /// Keeps the findings of a check: filters, the queue and F8 use them.
    fn keep_check(&mut self, kind: &JobKind, outcome: &JobOutcome) {
        if let (JobKind::Check { .. }, JobOutcome::Checked(checked)) = (kind, outcome)
            && let Stage::Reviewing(reviewing) = &mut self.stage
        {
            reviewing.review.receive_check(checked.problems.clone(), checked.depth);
            // The next press of the key opens the list again.
            self.view_state.findings_listed = false;
        }
    }

    pub(super) fn end_job(&mut self, outcome: JobOutcome) {
        let Some(job) = self.job.take() else { return };
        if matches!(outcome, JobOutcome::Exported(Ok(_))) {
            self.exported.written(&job.kind);
            self.tour_exported();
        }
        let result = FinishedJob::from_outcome(&job.kind, &outcome);
        self.keep_check(&job.kind, &outcome);
        let text = format!("{}: {}", result.title, result.summary);
        let is_shown = match (&job.kind, &mut self.dialog) {
            (JobKind::Verify { .. }, Some(Dialog::Export(dialog))) => dialog.show_verified(&result),
            _ => false,
        };
        self.store_result(result);
        match (&job.kind, outcome, &mut self.dialog) {
            // The open dialog shows the result.
            (JobKind::Export { out, .. }, JobOutcome::Exported(result), Some(Dialog::Export(dialog))) => {
                dialog.ended(out, result.map(|report| *report));
                self.log_message(text);
            }
            (JobKind::Merge { from, to }, outcome, Some(Dialog::Merge(dialog))) => {
                dialog.ended(from, to, outcome);
                self.log_message(text);
            }
            _ if is_shown => self.log_message(text),
            (JobKind::AuditReport { out, .. }, JobOutcome::Reported(Ok(())), _) => {
                self.notices.notify_with_folder(text, out.clone());
            }
            (_, _, Some(Dialog::Jobs)) => self.log_message(text),
            _ => {
                let text = if text.ends_with('.') { text } else { format!("{text}.") };
                let keymap = keymap::from_context(&self.ctx);
                let shows = match job.kind {
                    JobKind::Check { .. } => keymap.first(ReviewCommand::NextFinding),
                    JobKind::Export { .. }
                    | JobKind::Verify { .. }
                    | JobKind::Index
                    | JobKind::KeepOffline { .. }
                    | JobKind::Merge { .. }
                    | JobKind::AuditReport { .. } => keymap.first(DatasetCommand::Jobs),
                };
                match shows {
                    key if key.is_empty() => self.notify(text, false),
                    key => self.notify(format!("{text} {key} shows it."), false),
                }
            }
        }
    }
}
