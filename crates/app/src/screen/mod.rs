//! The window's state and its frame: receive results of threads, read keys, draw the panels, carry
//! out actions.
//!
//! Three groups are kept apart: the domain (`Review`), the state of the view (`Settings`, zoom,
//! dialogs), and the services (loader, writer, jobs). The frame never reads a file, decodes, or
//! waits.

mod actions;
mod addresses;
mod adjudication;
mod arrangement;
mod asking;
mod audits;
mod blind;
mod blinking;
mod commands;
mod compared_tiles;
mod contact_sheet;
mod diagnosis;
mod dialogs;
mod drawing;
mod enabled_now;
mod evidence;
mod exchanging;
mod feedback;
mod first_rows;
mod frame;
mod hands;
mod held_help;
mod hovering;
mod input;
mod key_change;
mod leaving;
mod link;
mod list_place;
mod long_step;
mod merging;
mod notices;
mod overview;
mod pane_commands;
mod pane_views;
mod panel_views;
mod query_view;
mod questions;
mod queue_side;
mod reading;
mod reading_view;
mod readings;
mod review_context;
mod review_screen;
mod rounds;
mod row_findings;
mod row_focus;
mod row_shapes;
mod saving;
mod scanning;
mod second_pass;
mod seen_tiles;
mod shards;
mod sheet_pairs;
mod side_panels;
mod side_state;
mod sides;
mod similar;
mod similar_scene;
mod step_report;
mod team;
mod telling_place;
mod testing;
#[cfg(test)]
mod tests;
mod text_view;
mod tile_looks;
mod tile_search;
mod tile_views;
mod tour;
mod view_state;
mod viewing_time;
mod zooming;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Instant;

use egui::{CentralPanel, Context, Panel, ViewportCommand};
use tilejury_audit::export::ExportOptions;
use tilejury_audit::merge::AnnotatorScope;

use crate::annotators::AnnotatorChoice;
use crate::command::{Keymap, keymap};
use crate::folders::{Folders, login_name};
use crate::jobs::{FinishedJob, Job};
use crate::key_store::KeyStore;
use crate::opening::{OpenTarget, OpenedDataset, OpeningFailure, open};
use crate::searcher::SearchAnswer;
use crate::settings::{KnownDataset, Settings, SettingsSaver, WindowState, load};
use crate::task::Task;
use crate::theme;
use crate::timings::EventTimings;
use crate::ui::file_dialog::Picker;
use crate::ui::hints::Teaching;
use crate::ui::welcome::WelcomeView;
use crate::ui::{ScenePosition, UiAction, menu, opening, welcome};
use audits::ExportToAudit;
use diagnosis::DiagnosisTask;
use dialogs::Dialog;
use hands::Hands;
use key_change::KeyChange;
use leaving::{Destination, Leaving};
use notices::Notices;
use review_screen::ReviewScreen;
use saving::BackupResult;
use tour::Tour;
use view_state::{HomeScene, Scene, ViewState};

/// The smallest width of the queue, in points.
const QUEUE_AT_LEAST: f32 = 180.0;

/// The options that the window is started with.
pub struct StartOptions {
    /// The dataset to open; `None` for the last one, or the welcome screen.
    pub dataset: Option<PathBuf>,
    /// The sidecar, if one was named.
    pub sidecar: Option<PathBuf>,
    /// The annotator, even if another is remembered; `None` for the one who judged the dataset
    /// before, else the name in the settings or of the login.
    pub annotator: Option<String>,
    /// The folders of the person's files.
    pub folders: Folders,
    /// The file that the timings of the window are written to.
    pub timings: Option<PathBuf>,
    /// The start of the program, from which timings count.
    pub started: Instant,
    /// Whether to ask the system for its file dialogs; otherwise the one in the window is used.
    pub system_dialogs: bool,
    /// The place that keeps the keys of model servers.
    pub keys: Arc<dyn KeyStore>,
}

/// The window.
pub struct App {
    ctx: Context,
    folders: Folders,
    /// The annotator of the open dataset; without one, the default annotator.
    annotator: String,
    /// The name from the command line, until another is chosen.
    named_annotator: Option<String>,
    /// The sidecar that was named on the command line, and its dataset.
    named_sidecar: Option<(OpenTarget, PathBuf)>,
    settings: Settings,
    remembered: WindowState,
    /// `None` if the system gives no thread, and once the window is closed.
    saver: Option<SettingsSaver>,
    stage: Stage,
    dialog: Option<Dialog>,
    picker: Option<Picker>,
    system_dialogs: bool,
    job: Option<Job>,
    /// The last options for an export.
    export_options: (ExportOptions, AnnotatorScope),
    /// The results of background work, the latest last.
    finished: Vec<FinishedJob>,
    view_state: ViewState,
    notices: Notices,
    hands: Hands,
    /// Whether a notice warned that judgements are not being saved.
    has_warned_unsaved: bool,
    /// A text field had the keyboard when the last frame ended: the key that ends its writing is
    /// not a command.
    was_writing: bool,
    /// The open dataset, as it was named.
    opened: Option<OpenTarget>,
    leaving: Option<Leaving>,
    /// The destination once the unsaved judgements are in another file.
    after_rescue: Option<Destination>,
    diagnosis: DiagnosisTask,
    tour: Tour,
    /// The place that keeps the keys of model servers.
    keys: Arc<dyn KeyStore>,
    /// A key that is being kept or removed.
    key_change: Option<KeyChange>,
    /// The result of a running backup.
    backup: Option<Task<BackupResult>>,
    /// The window may close: everything is on disk, or the person quit without saving.
    may_close: bool,
    /// The export that can be audited.
    exported: ExportToAudit,
    /// The system asked the program to end.
    end_requested: Arc<AtomicBool>,
    timings: EventTimings,
    /// The threads of closed reviews that store their last events.
    closing: Vec<JoinHandle<()>>,
}

/// One tile as it was painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VisibleTile {
    /// Its index in the sample, 0 for the positive; or in the page.
    pub place: usize,
    /// The painted area, in points.
    pub frame: egui::Rect,
    /// The visible part of the picture, from (0, 0) to (1, 1).
    pub part: egui::Rect,
    /// The width of the whole picture at this zoom, in pixels of the screen.
    pub width_px: u32,
}

enum Stage {
    Welcome { failure: Option<OpeningFailure> },
    Opening { target: OpenTarget, task: Task<anyhow::Result<OpenedDataset>>, since: Instant },
    Reviewing(Box<ReviewScreen>),
}

impl App {
    /// Builds the window's state and starts to open the dataset.
    ///
    /// # Errors
    /// When the file for timings cannot be created.
    pub fn new(ctx: &Context, start: StartOptions) -> std::io::Result<Self> {
        theme::install(ctx);
        // Changing the size and quitting are commands of the table, whose keys can be changed.
        ctx.options_mut(|options| {
            options.zoom_with_keyboard = false;
            options.quit_shortcuts.clear();
        });
        let (settings, complaint) = load::<Settings>(&start.folders.settings_file());
        let settings = settings.in_range();
        let (remembered, _) = load::<WindowState>(&start.folders.window_file());
        let remembered = remembered.in_range();
        let (keymap, complaints) = Keymap::read(&settings.keys);
        keymap::install(ctx, keymap);
        let mut app = Self {
            ctx: ctx.clone(),
            annotator: start.annotator.clone().or_else(|| settings.annotator.clone()).unwrap_or_else(login_name),
            named_annotator: start.annotator,
            named_sidecar: None,
            stage: Stage::Welcome { failure: None },
            dialog: None,
            picker: None,
            system_dialogs: start.system_dialogs,
            job: None,
            export_options: Default::default(),
            finished: Vec::new(),
            view_state: ViewState::default(),
            notices: Notices::new(ctx),
            hands: Hands::default(),
            has_warned_unsaved: false,
            was_writing: false,
            opened: None,
            leaving: None,
            after_rescue: None,
            diagnosis: DiagnosisTask::default(),
            tour: Tour::default(),
            keys: start.keys,
            key_change: None,
            backup: None,
            may_close: false,
            exported: ExportToAudit::default(),
            end_requested: Arc::default(),
            saver: SettingsSaver::start(start.folders.settings_file(), start.folders.window_file()).ok(),
            timings: EventTimings::to(start.timings.as_deref(), start.started)?,
            folders: start.folders,
            settings,
            remembered,
            closing: Vec::new(),
        };
        app.view_state.go_home_to(if app.remembered.reading_view { HomeScene::ReadingView } else { HomeScene::Grid });
        app.timings.record("window_up");
        ctx.set_zoom_factor(app.settings.scale);
        app.use_theme();
        let target = match start.dataset {
            Some(path) => Some(OpenTarget::at(&path)),
            None => app.remembered.recent.first().cloned().map(OpenTarget::Path),
        };
        // At the very first start there is nothing to open: the welcome screen offers what to open.
        if let Some(target) = target {
            app.named_sidecar = start.sidecar.map(|sidecar| (target.clone(), sidecar));
            app.open(target);
        }
        app.notify_earlier_crash();
        for complaint in complaint.into_iter().chain(complaints) {
            app.notify(complaint, true);
        }
        Ok(app)
    }

    fn open(&mut self, target: OpenTarget) {
        self.open_as(target, None);
    }

    /// Opens a dataset under a name; without one, under that of the command line or the one chosen
    /// for the dataset before.
    fn open_as(&mut self, target: OpenTarget, name: Option<String>) {
        let folders = self.folders.clone();
        let annotator = AnnotatorChoice {
            named: name.or_else(|| self.named_annotator.clone()),
            remembered: self.remembered.annotators.clone(),
            default: self.settings.annotator.clone().unwrap_or_else(login_name),
        };
        let named = match &target {
            // Not even a sidecar of the demo elsewhere is that of the tour.
            OpenTarget::Tour(dataset) => Some(dataset.join("tilejury.sqlite")),
            // A named sidecar belongs only to the dataset that it was named with.
            _ => self.named_sidecar.as_ref().filter(|(of, _)| *of == target).map(|(_, sidecar)| sidecar.clone()),
        };
        let wanted = target.clone();
        let closed = self.close_review();
        let task = Task::spawn("open", &self.ctx, move |progress| {
            // The old review stores its last events before the new one reads them: it may be the
            // same dataset.
            let _ = closed.recv();
            open(&wanted, &annotator, named.as_deref(), &folders, progress)
        });
        self.stage = match task {
            Ok(task) => Stage::Opening { target, task, since: Instant::now() },
            Err(error) => Stage::Welcome { failure: Some(OpeningFailure::new(PathBuf::new(), target, &error.into())) },
        };
    }

    fn reviewing(&mut self) -> Option<&mut ReviewScreen> {
        match &mut self.stage {
            Stage::Reviewing(reviewing) => Some(reviewing),
            _ => None,
        }
    }

    fn use_theme(&self) {
        theme::choose(&self.ctx, self.settings.theme);
    }

    /// Receives the results of threads since the last frame.
    fn receive(&mut self) {
        if let Stage::Opening { target, task, .. } = &mut self.stage
            && let Some(result) = task.poll()
        {
            let path = target.path(&self.folders);
            let asked = target.clone();
            let result = result.unwrap_or_else(|reason| Err(anyhow::anyhow!("{reason}")));
            match result.and_then(|opened| self.start_review(opened, &asked)) {
                Ok(()) => self.opened = Some(asked),
                Err(error) => self.stage = Stage::Welcome { failure: Some(OpeningFailure::new(path, asked, &error)) },
            }
        }
        let ctx = self.ctx.clone();
        let (mut save_events, mut answers, mut incidents) = (Vec::new(), Vec::new(), Vec::new());
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            for event in reviewing.receive(&ctx) {
                self.timings.record_on_paint(event);
            }
            incidents = reviewing.replace_stuck_workers();
            incidents.extend(reviewing.texts.receive());
            save_events = reviewing.review.receive();
            self.timings.saved(reviewing.review.session.id(), reviewing.review.saving.saved_up_to());
            answers = reviewing.review.receive_answers();
        }
        for incident in incidents {
            self.notify(incident, false);
        }
        for answer in answers {
            self.answered(answer);
        }
        self.poll_shard_watch();
        self.poll_pixel_scan();
        self.poll_readings();
        self.poll_asking();
        self.poll_exchange();
        self.poll_key_change();
        self.receive_diagnosis();
        self.notify_cache_problem();
        self.handle_save_events(save_events);
        if let Some(outcome) = self.job.as_mut().and_then(Job::poll) {
            self.end_job(outcome);
        }
        self.refresh_overview();
        self.refresh_rounds();
        self.notices.expire();
    }

    /// Hands an answer to the panel or page that asked, if it is still open.
    fn answered(&mut self, answer: SearchAnswer) {
        let view = &mut self.view_state;
        match (answer, &mut view.sides.states.occurrences, &mut view.scene) {
            (SearchAnswer::Failed(words), ..) => self.notify(words, true),
            (SearchAnswer::BestRows(text, rows), ..) => {
                if let Some(Dialog::Palette(palette)) = &mut self.dialog {
                    palette.take_rows(&text, rows);
                }
            }
            (SearchAnswer::Occurrences(wanted, rows), Some(panel), _) if panel.wanted == wanted => {
                panel.rows = Some(rows);
            }
            (SearchAnswer::Page(of, tiles), _, Scene::Page(page)) if page.of == of => {
                page.focus = ScenePosition::new(tiles.iter().position(|tile| *tile == of).unwrap_or(0));
                page.scroll = true;
                page.tiles = Some(tiles);
            }
            (SearchAnswer::Tiles(number, found), ..) => {
                if let Some(mut open) = self.review_context() {
                    open.found_tiles(number, found);
                }
            }
            (SearchAnswer::NearQueries(number, rows), ..) => {
                if let Some(mut open) = self.review_context() {
                    open.found_near_queries(number, rows);
                }
            }
            (SearchAnswer::Groups(number, groups), ..) => {
                if let Some(mut open) = self.review_context() {
                    open.found_groups(number, groups);
                }
            }
            (SearchAnswer::RowsOfTiles(number, rows), ..) => {
                if let Some(search) = self.view_state.tile_search_scene() {
                    search.take_rows(number, rows);
                }
            }
            _ => {}
        }
    }

    fn start_review(&mut self, opened: OpenedDataset, target: &OpenTarget) -> anyhow::Result<()> {
        let exchange = opened.exchange.clone();
        self.know_planted(opened.is_demo);
        self.annotator = opened.session.annotator.to_string();
        let is_tour = matches!(target, OpenTarget::Tour(_));
        if opened.annotator_chosen && !is_tour {
            self.remember_annotator(opened.session.dataset.fingerprint);
        }
        let mut reviewing = ReviewScreen::start(opened, &self.settings, &self.ctx)?;
        let review = &mut reviewing.review;
        self.begin_tour(target, review);
        if is_tour {
            // A copy of the demo for some minutes: nothing of it is remembered or restored.
            self.ctx.send_viewport_cmd(ViewportCommand::Title("Guided tour — Tilejury".to_owned()));
            self.stage = Stage::Reviewing(Box::new(reviewing));
            self.timings.record("opened");
            return Ok(());
        }
        review.signals.restore_weights_reset(self.remembered.reset_of(review.dataset().fingerprint));
        self.remembered.opened(&review.path);
        self.remembered.know(KnownDataset {
            path: review.path.clone(),
            samples: review.dataset().samples.len(),
            sidecar: review.saving.location().path.clone(),
            annotator: review.session.annotator.to_string(),
        });
        self.save_remembered();
        let name = tilejury_data::file_name(&review.path);
        self.ctx.send_viewport_cmd(ViewportCommand::Title(format!("{name} — Tilejury")));
        self.stage = Stage::Reviewing(Box::new(reviewing));
        self.restore_list();
        self.restore_blinding();
        self.open_overview_first();
        self.timings.record("opened");
        self.notify_sidecar_location();
        self.notify_list_of_files();
        self.offer_rounds();
        self.start_backup();
        if let Some(folder) = exchange {
            self.exchange_through(&folder);
        }
        Ok(())
    }

    fn draw(&mut self, ui: &mut egui::Ui, keys_are_commands: bool, actions: &mut Vec<UiAction>) {
        let enabled = self.enabled();
        let line = match self.tour_view() {
            Some(view) => Some(Teaching::Tour(view)),
            None => self.hint_view(&enabled).map(Teaching::Hint),
        };
        Panel::top("menu").show(ui, |ui| menu::show(ui, &enabled, &self.remembered.recent, actions));
        match &mut self.stage {
            Stage::Welcome { failure } => {
                let failure = failure.as_ref();
                let view = WelcomeView { recent: &self.remembered.recent, progress: &self.hands.recent, failure };
                CentralPanel::default().show(ui, |ui| welcome::show(ui, &view, actions));
            }
            Stage::Opening { target, task, since } => {
                let (path, step, since) = (target.path(&self.folders), task.step(), *since);
                CentralPanel::default().show(ui, |ui| opening::show(ui, &path, step, since, actions));
            }
            Stage::Reviewing(_) => self.draw_review(ui, keys_are_commands, line.as_ref(), actions),
        }
        self.draw_dialog(&enabled, actions);
        self.draw_notices(actions);
        self.draw_drop_hint();
        self.draw_keys_here();
        self.draw_hands();
        self.draw_tour_box();
        theme::ring_of_focus(&self.ctx);
    }

    /// Remembers the size and position of the window, in points of the desktop, independent of the
    /// size of the text.
    fn remember_window(&mut self) {
        let scale = self.ctx.zoom_factor();
        let remembered = &mut self.remembered;
        self.ctx.input(|input| {
            let viewport = input.viewport();
            let full = viewport.fullscreen.unwrap_or(false);
            remembered.maximized = viewport.maximized.unwrap_or(false);
            if full || remembered.maximized {
                return;
            }
            if let Some(inner) = viewport.inner_rect {
                remembered.size = Some((inner.size() * scale).into());
            }
            if let Some(outer) = viewport.outer_rect {
                remembered.place = Some((outer.min.to_vec2() * scale).into());
            }
        });
    }
}
