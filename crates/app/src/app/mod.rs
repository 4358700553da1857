//! The window's state and its frame: take in what threads brought, read keys, draw the panels, do what was asked.
//!
//! Three groups are kept apart: the domain (`Review`), what only concerns the look (`Settings`, zoom, dialogs), and
//! the services (loader, writer, jobs). The frame never reads a file, decodes, or waits.

mod acts;
mod leaving;
mod reviewing;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use egui::{CentralPanel, Context, Panel, RichText, ViewportCommand};
use tilejury_audit::sidecar::Why;

use crate::command::Command;
use crate::folders::{Folders, login_name};
use crate::jobs::ExportJob;
use crate::opening::{Opened, Target, open};
use crate::settings::{Settings, SettingsSaver};
use crate::timings::Timings;
use crate::ui::export_dialog::{self, ExportDialog};
use crate::ui::file_dialog::Picker;
use crate::ui::full_size::FullSize;
use crate::ui::go_to::{self, GoTo};
use crate::ui::judge_bar::{NoteEdit, note_field};
use crate::ui::menu::{self, Enabled};
use crate::ui::placement::Zoom;
use crate::ui::queue::{self, QueuePanel, search_field};
use crate::ui::{Act, closing, help, messages, status, welcome};
use crate::{keys, theme};
use leaving::Leaving;
use reviewing::Reviewing;

/// How long a notice stays that nobody puts away.
const NOTICE_FOR: Duration = Duration::from_secs(8);

/// How the notice begins that goes away by itself when everything is saved again.
const NOT_SAVED: &str = "Judgements are not being saved";

/// What the window is started with.
pub struct Start {
    /// What to open; `None` for the last dataset, or the demo.
    pub dataset: Option<PathBuf>,
    /// The sidecar, where one was named.
    pub sidecar: Option<PathBuf>,
    /// Who judges; `None` for the login name.
    pub annotator: Option<String>,
    /// Where the person's files are.
    pub folders: Folders,
    /// Where the events of the window's life go.
    pub timings: Option<PathBuf>,
    /// When the program began: what timings count from.
    pub started: Instant,
    /// Ask the system for its file dialogs; else the one in the window is used at once.
    pub system_dialogs: bool,
}

/// The window.
pub struct App {
    ctx: Context,
    folders: Folders,
    annotator: String,
    /// The sidecar that was named on the command line, and what for.
    named_sidecar: Option<(Target, PathBuf)>,
    settings: Settings,
    /// `None` where the system gives no thread, and once the window is closed.
    saver: Option<SettingsSaver>,
    stage: Stage,
    dialog: Option<Dialog>,
    picker: Option<Picker>,
    system_dialogs: bool,
    export_job: Option<ExportJob>,
    look: Look,
    notice: Option<Notice>,
    /// What happened, for the messages.
    log: Vec<String>,
    leaving: Option<Leaving>,
    /// The window may close: everything is on disk, or the person said to leave anyway.
    gone: bool,
    timings: Timings,
    /// Reviews that were closed and store their last events.
    closing: Vec<JoinHandle<()>>,
}

enum Stage {
    Welcome { failure: Option<(PathBuf, String)> },
    Opening { target: Target, answer: Receiver<anyhow::Result<Opened>> },
    Reviewing(Box<Reviewing>),
}

enum Dialog {
    Help,
    GoTo(GoTo),
    Messages,
    Export(ExportDialog),
}

/// What concerns the look alone.
#[derive(Default)]
struct Look {
    zoom: Zoom,
    full_size: Option<FullSize>,
    /// The scale at which the tile shown alone fits the window.
    fitting: f32,
    queue: QueuePanel,
    note: Option<NoteEdit>,
}

struct Notice {
    text: String,
    since: Instant,
    stays: bool,
}

impl App {
    /// Builds the window's state and begins to open what it is to show.
    ///
    /// # Errors
    /// When the file for timings cannot be made.
    pub fn new(ctx: &Context, start: Start) -> std::io::Result<Self> {
        theme::install(ctx);
        let settings = Settings::load(&start.folders.settings_file());
        let mut app = Self {
            ctx: ctx.clone(),
            annotator: start.annotator.unwrap_or_else(login_name),
            named_sidecar: None,
            stage: Stage::Welcome { failure: None },
            dialog: None,
            picker: None,
            system_dialogs: start.system_dialogs,
            export_job: None,
            look: Look::default(),
            notice: None,
            log: Vec::new(),
            leaving: None,
            gone: false,
            saver: SettingsSaver::start(start.folders.settings_file()).ok(),
            timings: Timings::to(start.timings.as_deref(), start.started)?,
            folders: start.folders,
            settings,
            closing: Vec::new(),
        };
        app.use_theme();
        let target = match start.dataset {
            Some(path) => Target::Path(path),
            None => app.settings.recent.first().cloned().map_or(Target::Demo, Target::Path),
        };
        app.named_sidecar = start.sidecar.map(|sidecar| (target.clone(), sidecar));
        app.open(target);
        Ok(app)
    }

    /// Is a dataset on show whose tiles have all been looked at? For tests that wait.
    pub fn is_settled(&self) -> bool {
        matches!(&self.stage, Stage::Reviewing(reviewing) if reviewing.is_settled(self.look.full_size.is_some()) && reviewing.review.unsaved() == 0)
    }

    fn open(&mut self, target: Target) {
        let (sender, answer) = channel();
        let (folders, annotator) = (self.folders.clone(), self.annotator.clone());
        // A sidecar that was named belongs to the dataset that it was named with, and to no other.
        let named = self.named_sidecar.as_ref().filter(|(of, _)| *of == target).map(|(_, sidecar)| sidecar.clone());
        let (what, ctx) = (target.clone(), self.ctx.clone());
        let put_away = self.put_away();
        let spawned = thread::Builder::new().name("open".into()).spawn(move || {
            // The old review stores its last events before the new one reads them: it may be the same dataset.
            let _ = put_away.recv();
            let _ = sender.send(open(&what, &annotator, named.as_deref(), &folders));
            ctx.request_repaint();
        });
        self.stage = match spawned {
            Ok(_) => Stage::Opening { target, answer },
            Err(error) => Stage::Welcome { failure: Some((PathBuf::new(), error.to_string())) },
        };
    }

    fn reviewing(&mut self) -> Option<&mut Reviewing> {
        match &mut self.stage {
            Stage::Reviewing(reviewing) => Some(reviewing),
            _ => None,
        }
    }

    fn notify(&mut self, text: impl Into<String>, stays: bool) {
        let text = text.into();
        self.log.push(text.clone());
        self.notice = Some(Notice { text, since: Instant::now(), stays });
        self.ctx.request_repaint_after(NOTICE_FOR);
    }

    fn use_theme(&self) {
        let preference = match self.settings.dark {
            Some(true) => egui::ThemePreference::Dark,
            Some(false) => egui::ThemePreference::Light,
            None => egui::ThemePreference::System,
        };
        self.ctx.set_theme(preference);
    }

    /// Writes the settings without making anybody wait.
    fn save_settings(&self) {
        if let Some(saver) = &self.saver {
            saver.save(&self.settings);
        }
    }

    /// Takes in what threads brought since the last frame.
    fn receive(&mut self) {
        let answer = match &self.stage {
            Stage::Opening { answer, .. } => match answer.try_recv() {
                Ok(result) => Some(result),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => Some(Err(anyhow::anyhow!("opening it stopped unexpectedly"))),
            },
            _ => None,
        };
        if let (Stage::Opening { target, .. }, Some(result)) = (&self.stage, answer) {
            let path = target.path(&self.folders);
            match result.and_then(|opened| self.begin_review(opened)) {
                Ok(()) => {}
                Err(error) => self.stage = Stage::Welcome { failure: Some((path, format!("{error:#}"))) },
            }
        }
        let ctx = self.ctx.clone();
        let (mut failed, mut written_anew) = (None, false);
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            for event in reviewing.receive(&ctx) {
                self.timings.note(event);
            }
            if reviewing.review.receive() {
                failed.clone_from(&reviewing.review.failure);
            }
            written_anew = std::mem::take(&mut reviewing.review.written_anew);
        }
        if let Some(failure) = failed {
            self.notify(format!("{NOT_SAVED}: {failure}. They are kept here and tried again."), true);
        }
        let told = self.notice.as_ref().is_some_and(|notice| notice.text.starts_with(NOT_SAVED));
        if told && self.unsaved() == 0 {
            self.notify("Everything is saved again.", false);
        }
        if written_anew {
            self.notify("The file with the judgements was gone. It was written anew, with everything in it.", true);
        }
        if let Some(result) = self.export_job.as_ref().and_then(ExportJob::ended) {
            self.end_export(result);
        }
        if self.notice.as_ref().is_some_and(|notice| !notice.stays && notice.since.elapsed() >= NOTICE_FOR) {
            self.notice = None;
        }
    }

    fn begin_review(&mut self, opened: Opened) -> anyhow::Result<()> {
        let other_rows = opened.other_rows;
        let reviewing = Reviewing::start(opened, &self.ctx)?;
        let review = &reviewing.review;
        self.settings.opened(&review.path);
        self.save_settings();
        let name = tilejury_data::file_name(&review.path);
        self.ctx.send_viewport_cmd(ViewportCommand::Title(format!("{name} — Tilejury")));
        let sidecar = review.location.path.display().to_string();
        let why = review.location.why;
        let also = review.location.also.clone();
        let orphans = review.session.orphans();
        self.stage = Stage::Reviewing(Box::new(reviewing));
        self.timings.note("opened");
        let other = also.as_ref().map(|also| format!(" Those in {} do not count here.", also.display()));
        if why == Why::RootReadOnly {
            let other = other.unwrap_or_default();
            self.notify(format!("The dataset cannot be written: judgements are kept in {sidecar}.{other}"), true);
        } else if why == Why::BegunElsewhere {
            self.notify(
                format!("Judgements were begun while the dataset could not be written; they go on in {sidecar}"),
                true,
            );
        } else if let Some(also) = also {
            self.notify(format!("Judgements also lie in {}; they do not count here.", also.display()), true);
        } else if other_rows && orphans > 0 {
            self.notify(format!("The rows changed since judging began: {orphans} judged samples are not in the set. Their judgements are kept."), true);
        }
        Ok(())
    }

    /// Keys are commands unless a text field, a dialog or a menu has them.
    fn read_keys(&self, acts: &mut Vec<Act>) {
        let picking = self.picker.as_ref().is_some_and(Picker::in_window);
        // A field that was just asked for has the focus before it was ever drawn, and before egui knows it for a field.
        let has_focus = |field| self.ctx.memory(|memory| memory.has_focus(field));
        let writing = self.ctx.text_edit_focused() || has_focus(note_field()) || has_focus(search_field());
        let elsewhere = writing || self.dialog.is_some() || picking || self.leaving.is_some();
        if elsewhere || egui::Popup::is_any_open(&self.ctx) {
            return;
        }
        acts.extend(self.ctx.input(|input| keys::read(&input.events)).into_iter().map(Act::Do));
    }

    fn read_drops(&self, acts: &mut Vec<Act>) {
        let dropped = self.ctx.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
        acts.extend(dropped.map(|path| Act::Open(Target::Path(path))));
    }

    fn enabled(&self) -> Enabled {
        let review = match &self.stage {
            Stage::Reviewing(reviewing) => Some(&reviewing.review),
            _ => None,
        };
        let (undo, redo) = review.map(|review| review.session.depth()).unwrap_or_default();
        let reasons = review.and_then(|review| review.session.judgement(review.reasons_of()));
        Enabled {
            reviewing: review.is_some(),
            undo: undo > 0,
            redo: redo > 0,
            negatives: review.and_then(|review| review.sample.as_ref()).map_or(0, |sample| sample.negatives.len()),
            reasons: tilejury_audit::session::can_have_reasons(reasons.and_then(|judgement| judgement.verdict)),
            failed: review.is_some_and(|review| review.failure.is_some()),
        }
    }

    fn draw(&mut self, ui: &mut egui::Ui, acts: &mut Vec<Act>) {
        let enabled = self.enabled();
        Panel::top("menu").show(ui, |ui| menu::show(ui, &enabled, &self.settings.recent, acts));
        match &mut self.stage {
            Stage::Welcome { failure } => {
                let failure = failure.as_ref().map(|(path, reason)| (path.as_path(), reason.as_str()));
                CentralPanel::default().show(ui, |ui| welcome::show(ui, &self.settings.recent, failure, acts));
            }
            Stage::Opening { target, .. } => {
                let path = target.path(&self.folders);
                CentralPanel::default().show(ui, |ui| welcome::opening(ui, &path));
            }
            Stage::Reviewing(reviewing) => {
                Panel::bottom("status").show(ui, |ui| status::show(ui, &reviewing.review, acts));
                if self.settings.queue_open {
                    let panel = Panel::left("queue").default_size(self.settings.queue_width).size_range(180.0..=640.0);
                    let shown = panel.show(ui, |ui| queue::show(ui, &mut self.look.queue, &reviewing.review, acts));
                    self.settings.queue_width = shown.response.rect.width();
                }
                reviewing.draw(ui, &mut self.look, acts);
            }
        }
        self.draw_dialog(acts);
        self.draw_notice(acts);
        self.draw_drop_hint();
    }

    /// Over the tiles, not between the panels: nothing may move because there is something to say.
    fn draw_notice(&self, acts: &mut Vec<Act>) {
        let Some(notice) = &self.notice else { return };
        let area = egui::Area::new(egui::Id::unique("notice")).order(egui::Order::Foreground);
        area.anchor(egui::Align2::RIGHT_TOP, egui::vec2(-16.0, 40.0)).show(&self.ctx, |ui| {
            egui::Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(520.0);
                ui.horizontal(|ui| {
                    if ui.button("OK").clicked() {
                        acts.push(Act::DismissNotice);
                    }
                    ui.add(egui::Label::new(RichText::new(&notice.text).strong()).wrap());
                });
            });
        });
    }

    fn draw_dialog(&mut self, acts: &mut Vec<Act>) {
        let ctx = self.ctx.clone();
        let Stage::Reviewing(reviewing) = &self.stage else {
            if matches!(self.dialog, Some(Dialog::Help)) {
                help::show(&ctx, acts);
            }
            return;
        };
        let review = &reviewing.review;
        if self.is_waiting_to_leave() {
            closing::show(&ctx, review.unsaved(), review.failure.as_deref(), self.export_job.is_some(), acts);
            return;
        }
        // The in-window picker lies below a dialog, which would take its clicks.
        if self.picker.as_ref().is_some_and(Picker::in_window) {
            return;
        }
        match &mut self.dialog {
            Some(Dialog::Help) => help::show(&ctx, acts),
            Some(Dialog::GoTo(dialog)) => go_to::show(&ctx, dialog, review, acts),
            Some(Dialog::Messages) => messages::show(&ctx, review, &self.log, acts),
            Some(Dialog::Export(dialog)) => {
                let blocked = match (review.unsaved(), &review.failure) {
                    (0, _) => None,
                    (_, Some(_)) => Some("Some judgements are not saved: an export now would miss them."),
                    (_, None) => Some("Saving the last judgements…"),
                };
                export_dialog::show(
                    &ctx,
                    dialog,
                    self.export_job.as_ref(),
                    review.dataset().samples.len(),
                    blocked,
                    acts,
                );
            }
            None => {}
        }
    }

    fn draw_drop_hint(&self) {
        if self.ctx.input(|input| input.raw.hovered_files.is_empty()) {
            return;
        }
        let painter =
            self.ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint")));
        let rect = self.ctx.content_rect();
        painter.rect_filled(rect, 0.0, egui::Color32::from_black_alpha(160));
        let font = egui::FontId::proportional(28.0);
        painter.text(
            rect.center(),
            egui::Align2::CENTER_CENTER,
            "Drop a dataset folder or a .jsonl file to open it",
            font,
            egui::Color32::WHITE,
        );
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.timings.note_first_frame();
        self.receive();
        let mut acts = Vec::new();
        self.read_keys(&mut acts);
        self.read_drops(&mut acts);
        self.draw(ui, &mut acts);
        if let Some(picker) = &mut self.picker
            && let Some(answer) = picker.poll(&self.ctx)
        {
            self.picker = None;
            self.picked(answer);
        }
        for act in acts {
            self.perform(act);
        }
        let look = &self.look;
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            reviewing.wish(&self.ctx, look.zoom, look.full_size.is_some());
        }
        self.mind_leaving();
        let size = self.ctx.input(|input| input.viewport().inner_rect).map(|rect| rect.size());
        if let Some(size) = size {
            self.settings.window = Some([size.x, size.y]);
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.wait_for_threads();
        self.save_settings();
        self.saver = None;
    }
}

/// The command's name as the log tells it.
fn name_of(command: Command) -> &'static str {
    crate::command::entry_of(command).map_or("", |entry| entry.name)
}
