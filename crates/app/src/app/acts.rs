//! What happens when a person asks for something: the one place where acts become changes. Commands have a file of
//! their own, `commands`.

use std::path::PathBuf;
use std::thread;

use egui::Vec2;
use tilejury_audit::export::ExportOptions;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::session::HistoryMove;
use tilejury_audit::text::count;
use tilejury_audit::{JudgeAction, Relevance, Timestamp};
use tilejury_data::TilePath;

use super::dialogs::Dialog;
use super::leaving::Exit;
use super::view_state::Scene;
use super::{App, Stage};
use crate::command::{Command, Keymap, keymap};
use crate::export_preview::ExportPreview;
use crate::jobs::{FinishedJob, Job, JobKind, JobOutcome};
use crate::opening::OpenTarget;
use crate::review::Review;
use crate::settings::Settings;
use crate::tile_slot::TileSlot;
use crate::ui::UiAction;
use crate::ui::export_dialog::ExportDialog;
use crate::ui::file_dialog::{Picker, PickerPurpose};
use crate::ui::judge_bar::TextEditor;
use crate::ui::occurrences::OccurrencesDialog;
use crate::ui::search::search_field;

/// Lists the rows of conflicts.
const CONFLICTS: &str = "conflict:yes";

/// Results of background work that are kept to be read again.
const RESULTS_KEPT: usize = 20;

impl App {
    pub(super) fn perform(&mut self, act: UiAction) {
        match act {
            UiAction::Run(command) => self.command(command),
            UiAction::Open(target) => self.leave_for(Exit::Open(target)),
            UiAction::Zoom(factor, center) => {
                let zooming = self.look.zooming();
                zooming.set_factor(zooming.shared.factor * factor);
                zooming.shared.center = center.clamp(Vec2::ZERO, Vec2::splat(1.0));
            }
            UiAction::MoveAlone(tile, by) => self.look.zooming().move_alone(tile, by),
            UiAction::PickExportFolder => self.pick(PickerPurpose::ExportFolder),
            UiAction::Start(task) => {
                self.dialog = None;
                self.start(task);
            }
            UiAction::StartExport(out, options, whose, events) => self.start_export(out, *options, whose, events),
            UiAction::CancelJob => {
                if let Some(job) = &self.job {
                    job.cancel();
                }
            }
            UiAction::StopPixels => {
                if self.is_looking_at_pixels() {
                    self.toggle_pixels();
                }
            }
            UiAction::CloseDialog => self.dialog = None,
            UiAction::LeaveAnyway => self.leave_now(),
            UiAction::Stay => self.leaving = None,
            UiAction::SaveAsAndLeave => {
                self.after_rescue = self.leaving.take().map(|leaving| leaving.exit);
                self.pick(PickerPurpose::SaveJudgements);
            }
            UiAction::DismissNotice(at) => {
                if at < self.notices.len() {
                    self.notices.remove(at);
                }
            }
            UiAction::CancelEditing => self.look.writing = None,
            // The palette is there without a dataset, too.
            UiAction::Typed(text) if matches!(self.dialog, Some(Dialog::Palette(_))) => {
                if let Some(Dialog::Palette(dialog)) = &mut self.dialog {
                    dialog.text.push_str(&text);
                }
            }
            UiAction::Focus(tile) => self.focus(tile),
            UiAction::Settings(new) => self.use_settings(*new),
            UiAction::UseKeys(keymap) => self.use_keys(keymap),
            UiAction::BeAnnotator(name) => self.be_annotator(name, true),
            UiAction::JudgeAs(name) => self.be_annotator(name, false),
            UiAction::StayAnnotator => self.keep_annotator(),
            UiAction::SaveFilter(name) => {
                if let Stage::Reviewing(reviewing) = &self.stage {
                    self.settings.save_filter(&name, reviewing.review.navigator.search_text());
                    self.save_settings();
                    self.notify(format!("Saved as “{name}”: in the filter menu, and in the palette."), false);
                }
            }
            UiAction::ForgetFilter(name) => {
                self.settings.filters.retain(|filter| filter.name != name);
                self.save_settings();
            }
            UiAction::UseAllJudgements => self.reset_weights(None),
            act => self.perform_on_review(act),
        }
    }

    /// What needs a dataset.
    fn perform_on_review(&mut self, act: UiAction) {
        if matches!(
            act,
            UiAction::Show(_)
                | UiAction::ShowRow(..)
                | UiAction::RedoTo(_)
                | UiAction::GoBack(_)
                | UiAction::BringBack(_)
        ) {
            self.save_note();
        }
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let review = &mut reviewing.review;
        match act {
            UiAction::SaveNote(text) => {
                let of = match self.look.writing.take() {
                    Some(TextEditor::Note(edit)) => edit.sample,
                    _ => review.cursor(),
                };
                review.set_note(of, &text);
            }
            UiAction::Typed(text) => match (&mut self.dialog, &mut self.look.writing) {
                (Some(Dialog::GoTo(dialog)), _) => dialog.text.push_str(&text),
                (Some(Dialog::Annotator(dialog)), _) => dialog.text.push_str(&text),
                (Some(Dialog::SaveFilter(dialog)), _) => dialog.name.push_str(&text),
                (Some(_), _) => {}
                (None, Some(TextEditor::Note(edit))) => edit.text.push_str(&text),
                (None, Some(TextEditor::Tags(edit))) => edit.text.push_str(&text),
                (None, None) if self.ctx.memory(|memory| memory.has_focus(search_field())) => {
                    let search = &mut self.look.queue.search.text;
                    search.push_str(&text);
                    review.search_for(search.clone());
                }
                (None, None) => {}
            },
            UiAction::RemoveReason(reason) => review.remove_reason(reason),
            UiAction::ShowFirst => review.show_first(),
            UiAction::ToggleTag(tag) => review.toggle_tag(&tag),
            UiAction::Decline => {
                review.decline();
            }
            UiAction::DismissReasons => review.just_judged = None,
            UiAction::Show(index) => {
                review.just_judged = None;
                review.show(index);
            }
            UiAction::ShowRow(split, line) => match review.dataset().find_line(&split, line) {
                Some(index) => {
                    review.just_judged = None;
                    review.show(index);
                }
                None => self.notify(format!("Line {line} of {split} is no usable row."), false),
            },
            UiAction::RedoTo(steps) => review.redo_to(steps),
            UiAction::GoBack(depth) => {
                let moved = review.move_in_history(JudgeAction::GoBack(depth));
                self.notify_history_move(moved);
            }
            UiAction::BringBack(name) => {
                let moved = review.move_in_history(JudgeAction::BringBack(name));
                self.notify_history_move(moved);
            }
            UiAction::Search(text) => review.search(text),
            UiAction::SearchTyped => review.end_search_edit(),
            UiAction::UseFilter(text) => {
                self.look.queue.search.text.clone_from(&text);
                review.search_for(text);
                if review.navigator.search_error().is_none() {
                    self.remembered.queue_open = true;
                }
            }
            UiAction::ShowConflicts(whose) => {
                review.conflicts_of(whose);
                self.look.queue.search.text = CONFLICTS.to_owned();
                review.search_for(CONFLICTS.to_owned());
                review.show_first();
                self.remembered.queue_open = true;
            }
            UiAction::FindOccurrences(wanted) => {
                review.searcher().find_occurrences(wanted.clone());
                self.dialog = Some(Dialog::Occurrences(OccurrencesDialog::new(wanted)));
            }
            UiAction::Mark(tile, Some(Relevance::Broken)) if self.refuses_broken(Some(tile)) => {}
            UiAction::Mark(tile, relevance) => {
                self.mark_visible_tile(tile, |review, tile| review.mark(tile, relevance));
            }
            _ => {}
        }
    }

    /// Says what a move in the history did.
    pub(super) fn notify_history_move(&mut self, moved: Option<HistoryMove>) {
        let undo = keymap::from_context(&self.ctx).first(Command::Undo);
        let text = match moved {
            None => return,
            Some(HistoryMove::Undone(steps)) => {
                format!("{} taken back; {undo} brings them back.", count(steps, "step"))
            }
            Some(HistoryMove::Redone { steps: 0, skipped: 0 }) => {
                "Nothing to bring back: everything is as these steps left it.".to_owned()
            }
            Some(HistoryMove::Redone { steps, skipped: 0 }) => format!("{} brought back.", count(steps, "step")),
            Some(HistoryMove::Redone { steps, skipped }) => {
                let skipped = count(skipped, "step");
                format!("{} brought back; skipped: {skipped} whose values were changed since.", count(steps, "step"))
            }
        };
        self.notify(text, false);
    }

    /// Puts the focus on a tile of what is on show.
    pub(super) fn focus(&mut self, tile: usize) {
        match (&mut self.look.scene, &mut self.stage) {
            (Scene::Page(page), _) => page.focus = tile,
            (_, Stage::Reviewing(reviewing)) => reviewing.review.focus = TileSlot::new(tile),
            _ => {}
        }
    }

    /// The tile in focus on what is on show.
    pub(super) fn focused_tile(&self) -> Option<TilePath> {
        let Stage::Reviewing(reviewing) = &self.stage else { return None };
        match &self.look.scene {
            Scene::Page(page) => page.tiles.as_ref()?.get(page.focus).cloned(),
            _ => reviewing
                .review
                .sample
                .as_ref()?
                .tiles()
                .nth(reviewing.review.focus.index())
                .map(|tile| tile.path.clone()),
        }
    }

    /// Says something of a tile of what is on show, by its place in the sample, if the row has it.
    pub(super) fn mark_visible_tile(&mut self, at: usize, say: impl FnOnce(&mut Review, TileSlot)) {
        match (self.tile_slot(at), self.reviewing()) {
            (Some(tile), Some(reviewing)) => say(&mut reviewing.review, tile),
            _ => self.notify("This tile is not in the row: nothing can be said of it here.", false),
        }
    }

    /// Says why a tile of what is on show, or any negative of the sample, is not to be called broken: its shard is not here.
    /// False where there is no such reason.
    pub(super) fn refuses_broken(&mut self, at: Option<usize>) -> bool {
        let Stage::Reviewing(reviewing) = &self.stage else { return false };
        let tiles = reviewing.review.sample.as_ref().map_or(0, |sample| sample.negatives.len() + 1);
        let shard = match at {
            Some(at) => self.tile_slot(at).and_then(|tile| reviewing.shard_missing(tile)),
            None => (1..tiles).find_map(|tile| reviewing.shard_missing(TileSlot::new(tile))),
        };
        let Some(shard) = shard.map(str::to_owned) else { return false };
        let key = keymap::from_context(&self.ctx).first(Command::LookForShards);
        self.notify(format!("{shard} is not here: that is no damage of its tiles. {key} looks again."), false);
        true
    }

    /// The slot of a visible tile in the sample; `None` for one of the page that is not in the row.
    fn tile_slot(&self, at: usize) -> Option<TileSlot> {
        let Stage::Reviewing(reviewing) = &self.stage else { return None };
        match &self.look.scene {
            Scene::Page(page) => {
                let path = page.tiles.as_ref()?.get(at)?;
                TileSlot::find(reviewing.review.sample.as_ref()?, path)
            }
            _ => Some(TileSlot::new(at)),
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
                    Err(error) => self.notify(format!("The workers could not be started anew: {error}"), true),
                }
            }
        }
        if old.look_at_pixels != self.settings.look_at_pixels {
            self.pixels_by_setting();
        }
        self.save_settings();
    }

    fn use_keys(&mut self, keymap: Keymap) {
        self.settings.keys = keymap.changes();
        keymap::install(&self.ctx, keymap);
        self.save_settings();
    }

    /// Lets judgements count for the weights of signals from a moment on, or all of them; this is remembered.
    pub(super) fn reset_weights(&mut self, at: Option<Timestamp>) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let review = &mut reviewing.review;
        review.reset_weights(at);
        self.remembered.reset(review.dataset().fingerprint, at);
        self.save_remembered();
        let said = match at {
            Some(_) => "Signals weigh by default again; what is judged from now on moves the weights.",
            None => "All judgements count for the weights again.",
        };
        self.notify(said, false);
    }

    /// Opens the dataset again, with the judgements of that name; the name holds once everything else is saved. `for_all`: it is to
    /// be the name for all sets.
    fn be_annotator(&mut self, name: String, for_all: bool) {
        self.dialog = None;
        let target = match &self.stage {
            Stage::Welcome { .. } => None,
            Stage::Opening { target, .. } => Some(target.clone()),
            Stage::Reviewing(_) => self.opened.clone(),
        };
        self.leave_for(Exit::OpenAs { name, for_all, target });
    }

    /// The present name is the right one for this set.
    fn keep_annotator(&mut self) {
        self.dialog = None;
        if let Some(reviewing) = self.reviewing() {
            let review = &mut reviewing.review;
            review.annotators.confirm();
            let dataset = review.dataset().fingerprint;
            self.remember_annotator(dataset);
        }
    }

    /// Stores a note that is being written.
    pub(super) fn save_note(&mut self) {
        if let Some(TextEditor::Note(edit)) = self.look.writing.take()
            && let Some(reviewing) = self.reviewing()
        {
            reviewing.review.set_note(edit.sample, &edit.text);
        }
    }

    pub(super) fn pick(&mut self, choice: PickerPurpose) {
        if self.picker.is_some() {
            return;
        }
        let start = match &self.stage {
            Stage::Reviewing(reviewing) => reviewing.review.dataset().root.parent().map(PathBuf::from),
            _ => self.remembered.recent.first().and_then(|path| path.parent()).map(PathBuf::from),
        };
        let start = start.or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        self.picker = Some(Picker::ask(choice, start, self.system_dialogs, &self.ctx));
    }

    pub(super) fn picked(&mut self, answer: Option<(PickerPurpose, PathBuf)>) {
        match answer {
            Some((PickerPurpose::DatasetFolder | PickerPurpose::DatasetFile, path)) => {
                self.leave_for(Exit::Open(OpenTarget::Path(path)));
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
            None => self.after_rescue = None,
        }
    }

    pub(super) fn export_dialog(&mut self) {
        self.save_note();
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let root = &reviewing.review.dataset().root;
        let name = tilejury_data::file_name(root);
        let out = root.parent().unwrap_or(root).join(format!("{name}-clean"));
        let (options, whose) = self.export_options.clone();
        self.dialog = Some(Dialog::Export(Box::new(ExportDialog::new(&out, options, whose))));
    }

    /// Works out what an export would do by the options that are chosen, where that is not known yet, and remembers them.
    pub(super) fn update_export_preview(&mut self) {
        let (Some(Dialog::Export(dialog)), Stage::Reviewing(reviewing)) = (&mut self.dialog, &self.stage) else {
            return;
        };
        // What is still on its way to the disk would be missing.
        if !dialog.is_outdated(reviewing.review.stats.judgings()) || reviewing.review.unsaved() > 0 {
            return;
        }
        let (options, whose) = (dialog.options.clone(), dialog.whose.clone());
        // Other options make another export of it.
        if dialog.preview.is_some() {
            dialog.result = None;
        }
        self.export_options = (options.clone(), whose.clone());
        let (dataset, sidecar) = (reviewing.review.dataset().clone(), reviewing.review.saving.location().path.clone());
        let fingerprints = self.folders.fingerprints_file(dataset.fingerprint);
        match ExportPreview::start(
            dataset,
            (sidecar, fingerprints),
            options,
            whose,
            reviewing.review.stats.judgings(),
            self.ctx.clone(),
        ) {
            Ok(preview) => dialog.preview = Some(preview),
            Err(error) => self.notify(format!("The preview could not start: {error}"), true),
        }
    }

    fn start_export(&mut self, out: PathBuf, options: ExportOptions, whose: AnnotatorScope, events: usize) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let review = &reviewing.review;
        // A path that is not absolute means: beside the dataset, not wherever the program was started.
        let root = &review.dataset().root;
        let out = root.parent().unwrap_or(root).join(out);
        let sidecar = review.saving.location().path.clone();
        let fingerprints = self.folders.fingerprints_file(review.dataset().fingerprint);
        if let Some(Dialog::Export(dialog)) = &mut self.dialog {
            dialog.result = None;
        }
        self.start(JobKind::Export { sidecar, fingerprints, out, options: Box::new(options), whose, events });
    }

    /// Begins work in the background.
    pub(super) fn start(&mut self, task: JobKind) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        if let Some(job) = &self.job {
            let running = job.task.title();
            self.notify(format!("“{running}” still runs; this can begin when it has ended."), false);
            return;
        }
        match Job::start(task, reviewing.review.dataset().clone(), self.ctx.clone()) {
            Ok(job) => self.job = Some(job),
            Err(error) => self.notify(format!("It could not start: {error}"), true),
        }
    }

    /// Keeps a result to be read again.
    pub(super) fn store_result(&mut self, result: FinishedJob) {
        self.finished.push(result);
        if self.finished.len() > RESULTS_KEPT {
            self.finished.remove(0);
        }
    }

    pub(super) fn end_job(&mut self, outcome: JobOutcome) {
        let Some(job) = self.job.take() else { return };
        let result = FinishedJob::from_outcome(&job.task, &outcome);
        let said = format!("{}: {}", result.title, result.summary);
        self.store_result(result);
        match (&job.task, outcome, &mut self.dialog) {
            // The dialog that is open shows it by itself.
            (JobKind::Export { out, .. }, JobOutcome::Exported(result), Some(Dialog::Export(dialog))) => {
                dialog.ended(out, result.map(|report| *report));
                self.log_message(said);
            }
            (_, _, Some(Dialog::Jobs)) => self.log_message(said),
            _ => {
                let said = if said.ends_with('.') { said } else { format!("{said}.") };
                match keymap::from_context(&self.ctx).first(Command::Jobs) {
                    key if key.is_empty() => self.notify(said, false),
                    key => self.notify(format!("{said} {key} shows it."), false),
                }
            }
        }
    }
}
