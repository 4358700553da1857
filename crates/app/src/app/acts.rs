//! What happens when a person asks for something: the one place where acts become changes.

use std::path::PathBuf;

use egui::ViewportCommand;
use tilejury_audit::export::{ExportOptions, ExportReport};
use tilejury_audit::words::count;
use tilejury_audit::{Action, Verdict};

use super::leaving::Exit;
use super::{App, Dialog, Stage, name_of};
use crate::command::Command;
use crate::jobs::ExportJob;
use crate::opening::Target;
use crate::ui::Act;
use crate::ui::export_dialog::ExportDialog;
use crate::ui::file_dialog::{Choice, Picker};
use crate::ui::full_size::FullSize;
use crate::ui::go_to::GoTo;
use crate::ui::judge_bar::{NoteEdit, note_field};
use crate::ui::placement::{ZOOM_UP_TO, Zoom};
use crate::ui::queue::search_field;

/// How much one press of + or − changes.
const ZOOM_STEP: f32 = 1.25;

impl App {
    pub(super) fn perform(&mut self, act: Act) {
        match act {
            Act::Do(command) => self.command(command),
            Act::Open(target) => self.leave_for(Exit::Open(target)),
            Act::Zoom(factor, center) => {
                let factor = (self.look.zoom.factor * factor).clamp(1.0, ZOOM_UP_TO);
                self.look.zoom = Zoom { factor, center };
            }
            Act::FullSize(tile) => {
                if let Some(reviewing) = self.reviewing() {
                    reviewing.review.focus = tile;
                }
                self.look.full_size = Some(FullSize::default());
            }
            Act::LeaveFullSize => self.look.full_size = None,
            Act::PickExportFolder => self.pick(Choice::ExportFolder),
            Act::StartExport(out, options) => self.start_export(out, options),
            Act::CancelExport => {
                if let Some(job) = &self.export_job {
                    job.cancel();
                }
            }
            Act::CloseDialog => self.dialog = None,
            Act::LeaveAnyway => self.leave_now(),
            Act::Stay => self.leaving = None,
            Act::DismissNotice => self.notice = None,
            Act::LeaveNote => self.look.note = None,
            Act::SaveNote(text) => {
                self.look.note = None;
                if let Some(reviewing) = self.reviewing() {
                    reviewing.review.note(&text);
                }
            }
            Act::Show(index) => {
                self.keep_note();
                if let Some(reviewing) = self.reviewing() {
                    reviewing.review.just_judged = None;
                    reviewing.review.show(index);
                }
            }
            Act::Filter(filter) => {
                if let Some(reviewing) = self.reviewing() {
                    reviewing.review.filter(filter);
                }
            }
            Act::Search(text) => {
                if let Some(reviewing) = self.reviewing() {
                    reviewing.review.search(text);
                }
            }
            Act::Mark(tile, relevance) => {
                if let Some(reviewing) = self.reviewing() {
                    reviewing.review.mark(tile, relevance);
                }
            }
            Act::Focus(tile) => {
                if let Some(reviewing) = self.reviewing() {
                    reviewing.review.focus = tile;
                }
            }
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::OpenFolder => self.pick(Choice::DatasetFolder),
            Command::OpenFile => self.pick(Choice::DatasetFile),
            Command::OpenDemo => self.leave_for(Exit::Open(Target::Demo)),
            Command::Quit => self.ctx.send_viewport_cmd(ViewportCommand::Close),
            Command::ThemeSwitch => {
                self.settings.dark = Some(self.ctx.theme() == egui::Theme::Light);
                self.use_theme();
                self.save_settings();
            }
            Command::FullScreen => {
                let full = self.ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
                self.ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
            }
            Command::Help => self.dialog = Some(Dialog::Help),
            _ if self.reviewing().is_none() => {}
            Command::Export => self.export_dialog(),
            Command::Messages => self.dialog = Some(Dialog::Messages),
            Command::GoTo => self.dialog = Some(Dialog::GoTo(GoTo::default())),
            Command::CloseDataset => self.leave_for(Exit::Welcome),
            Command::Queue => {
                self.settings.queue_open = !self.settings.queue_open;
                self.save_settings();
            }
            Command::Search => {
                self.settings.queue_open = true;
                self.ctx.memory_mut(|memory| memory.request_focus(search_field()));
            }
            Command::ZoomIn => self.zoom_by(ZOOM_STEP),
            Command::ZoomOut => self.zoom_by(1.0 / ZOOM_STEP),
            Command::ZoomReset => {
                self.look.zoom = Zoom::default();
                self.look.full_size = self.look.full_size.map(|_| FullSize::default());
            }
            command => self.judging(command),
        }
    }

    /// Commands that judge or move: they need a review.
    fn judging(&mut self, command: Command) {
        // A verdict or a move ends the writing of a note; what was written is kept.
        if command != Command::Note {
            self.keep_note();
        }
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let review = &mut reviewing.review;
        let tiles = review.sample.as_ref().map_or(0, |sample| sample.negatives.len() + 1);
        let mut say = None;
        match command {
            Command::Judge(verdict) => {
                let seen = reviewing.seen();
                let unseen = reviewing.tiles().saturating_sub(seen.len());
                if verdict == Verdict::Accept && unseen > 0 {
                    say = Some(format!(
                        "Accepted; not confirmed: {} that could not be seen, not loaded or out of view.",
                        count(unseen, "tile")
                    ));
                }
                if !reviewing.review.judge(verdict, seen) {
                    say = Some("Every sample of this list is judged.".to_owned());
                }
            }
            Command::NextUnjudged => {
                review.just_judged = None;
                if !review.next_unjudged() {
                    say = Some("Every other sample of this list is judged.".to_owned());
                }
            }
            Command::ClearVerdict => review.clear_verdict(),
            Command::ToggleReason(reason) => review.toggle_reason(reason),
            Command::Note => {
                self.look.note = Some(NoteEdit { text: review.judgement().note });
                self.ctx.memory_mut(|memory| memory.request_focus(note_field()));
            }
            Command::ToggleNegative(number) => review.toggle(usize::from(number)),
            Command::TogglePositive => review.toggle(0),
            Command::ToggleFocused => review.toggle(review.focus),
            Command::MarkFocused(relevance) => review.mark(review.focus, relevance),
            Command::FocusNextTile => review.focus = (review.focus + 1) % tiles.max(1),
            Command::FocusPreviousTile => review.focus = (review.focus + tiles.max(1) - 1) % tiles.max(1),
            Command::Next => review.step(1),
            Command::Previous => review.step(-1),
            Command::First => review.step(i64::from(i32::MIN)),
            Command::Last => review.step(i64::from(u32::MAX)),
            Command::Undo | Command::Redo => {
                let action = if command == Command::Undo { Action::Undo } else { Action::Redo };
                if !review.undo_or_redo(action) {
                    say = Some(format!("Nothing to {}.", name_of(command).to_lowercase()));
                }
            }
            Command::FullSize => {
                self.look.full_size = if self.look.full_size.is_some() { None } else { Some(FullSize::default()) };
            }
            Command::RetrySaving => review.retry_saving(),
            _ => {}
        }
        if let Some(text) = say {
            self.notify(text, false);
        }
    }

    fn zoom_by(&mut self, factor: f32) {
        if let Some(full) = &mut self.look.full_size {
            full.zoom(factor, self.look.fitting);
            return;
        }
        let zoom = &mut self.look.zoom;
        zoom.factor = (zoom.factor * factor).clamp(1.0, ZOOM_UP_TO);
    }

    /// Stores a note that is being written.
    pub(super) fn keep_note(&mut self) {
        if let Some(edit) = self.look.note.take()
            && let Some(reviewing) = self.reviewing()
        {
            reviewing.review.note(&edit.text);
        }
    }

    fn pick(&mut self, choice: Choice) {
        if self.picker.is_some() {
            return;
        }
        let start = match &self.stage {
            Stage::Reviewing(reviewing) => reviewing.review.dataset().root.parent().map(PathBuf::from),
            _ => self.settings.recent.first().and_then(|path| path.parent()).map(PathBuf::from),
        };
        let start = start.or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        self.picker = Some(Picker::ask(choice, start, self.system_dialogs, &self.ctx));
    }

    pub(super) fn picked(&mut self, answer: Option<(Choice, PathBuf)>) {
        match answer {
            Some((Choice::DatasetFolder | Choice::DatasetFile, path)) => self.leave_for(Exit::Open(Target::Path(path))),
            Some((Choice::ExportFolder, path)) => {
                if let Some(Dialog::Export(dialog)) = &mut self.dialog {
                    dialog.out = path.to_string_lossy().into_owned();
                }
            }
            None => {}
        }
    }

    fn export_dialog(&mut self) {
        self.keep_note();
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let root = &reviewing.review.dataset().root;
        let name = tilejury_data::file_name(root);
        let out = root.parent().unwrap_or(root).join(format!("{name}-clean"));
        self.dialog = Some(Dialog::Export(ExportDialog::new(&out)));
    }

    fn start_export(&mut self, out: PathBuf, options: ExportOptions) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let review = &reviewing.review;
        // A path that is not absolute means: beside the dataset, not wherever the program was started.
        let root = &review.dataset().root;
        let out = root.parent().unwrap_or(root).join(out);
        let sidecar = review.location.path.clone();
        let job = ExportJob::start(review.dataset().clone(), sidecar, out, options, self.ctx.clone());
        if let Some(Dialog::Export(dialog)) = &mut self.dialog {
            dialog.result = None;
        }
        match job {
            Ok(job) => self.export_job = Some(job),
            Err(error) => self.notify(format!("The export could not start: {error}"), true),
        }
    }

    pub(super) fn end_export(&mut self, result: Result<ExportReport, String>) {
        let Some(job) = self.export_job.take() else { return };
        self.log.push(match &result {
            Ok(report) => format!("Exported to {}: {}", job.out.display(), report.summary().join("; ")),
            Err(reason) => format!("The export to {} failed: {reason}", job.out.display()),
        });
        if let Some(Dialog::Export(dialog)) = &mut self.dialog {
            dialog.ended(&job.out, result);
        }
    }
}
