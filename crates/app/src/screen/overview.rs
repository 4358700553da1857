//! Opening, drawing and closing the overview: it is the first view of a set with judgements or
//! problems, and no key judges a row behind it.

use egui::Ui;
use tilejury_audit::Shown;

use super::contact_sheet::{pair_view, shape_of_pairs};
use super::review_screen::ReviewScreen;
use super::view_state::OverviewState;
use super::{App, Stage, panel_views};
use crate::command::{Command, ReviewCommand, ViewCommand};
use crate::screen::review_context::ReviewContext;
use crate::tile_texts::WantedTexts;
use crate::ui::first_rows::FirstRowsView;
use crate::ui::{UiAction, overview};

impl App {
    /// Opens the overview with a set, unless the settings say otherwise.
    pub(super) fn open_overview_first(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let shows_rate = reviewing.review.shows(Shown::Rate);
        if self.settings.overview_first && shows_rate && reviewing.review.sample.is_some() {
            self.view_state.overview = OverviewState::First;
            // The first tile is not waited for: nobody is looking for it.
            reviewing.review.searcher().allow_background_work();
        }
    }

    /// Requests the open overview and facets again. Closes an overview that nobody asked for and
    /// that has nothing to say.
    pub(super) fn refresh_overview(&mut self) {
        self.announce_report();
        self.refresh_team();
        let facets = self.remembered.queue_open && self.remembered.facets_open;
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let review = &mut reviewing.review;
        if facets {
            review.refresh_facets();
        }
        if self.view_state.overview == OverviewState::Closed {
            return;
        }
        review.refresh_overview();
        let insights = &review.stats.insights;
        let says_nothing =
            review.audits.len() == 0 && insights.overview().is_some_and(|overview| !overview.says_something());
        if self.view_state.overview == OverviewState::First && insights.overview_has_findings() && says_nothing {
            self.view_state.overview = OverviewState::Closed;
        }
    }

    /// Announces the outcome of a report.
    fn announce_report(&mut self) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        match reviewing.review.stats.insights.take_report() {
            Some(Ok(path)) => self.notify(format!("The report is in {}.", path.display()), false),
            Some(Err(reason)) => self.notify(format!("The report could not be written: {reason}."), true),
            None => {}
        }
    }

    /// Closes the overview before a command that is about the row behind it. Returns whether the
    /// command may still run: nobody judges a row that is not visible.
    pub(super) fn leave_overview_for(&mut self, command: Command) -> bool {
        if self.view_state.overview == OverviewState::Closed {
            return true;
        }
        let (leaves, runs) = match command {
            Command::App(_) | Command::Dataset(_) => (false, true),
            Command::View(ViewCommand::Queue | ViewCommand::Facets) => (false, true),
            Command::View(ViewCommand::ContactSheet | ViewCommand::Inspector) => (true, true),
            Command::View(_) => (true, false),
            Command::Review(ReviewCommand::Undo | ReviewCommand::Redo | ReviewCommand::SuspiciousFirst) => {
                (false, true)
            }
            Command::Review(command) => (true, goes(command)),
        };
        if leaves && let Some(mut open) = self.review_context() {
            open.close_overview();
        }
        runs
    }
}

/// Whether a command goes to another row, which it may do from anywhere.
fn goes(command: ReviewCommand) -> bool {
    matches!(
        command,
        ReviewCommand::NextUnjudged
            | ReviewCommand::NextSuspicious
            | ReviewCommand::NextUndecided
            | ReviewCommand::LastJudged
            | ReviewCommand::Back
            | ReviewCommand::Forward
            | ReviewCommand::First
            | ReviewCommand::Last
            | ReviewCommand::NextChanged
    )
}

impl ReviewScreen {
    /// Draws the overview. The pictures of its first rows become the most urgent requests.
    pub(super) fn draw_overview(
        &mut self,
        ui: &mut Ui,
        highlights: bool,
        keys_are_commands: bool,
        actions: &mut Vec<UiAction>,
    ) {
        if self.first_rows.look(&mut self.review) {
            ui.ctx().request_repaint();
        }
        self.first_rows.take_texts(&self.texts);
        let store = &mut self.store;
        let pairs = self.first_rows.pairs.iter().map(|shown| pair_view(shown, false, None, highlights, store));
        let first_rows = FirstRowsView { pairs: pairs.collect(), shape: shape_of_pairs(None, self.texts.any_read()) };
        let view = panel_views::overview(&self.review, self.reading.progress(), keys_are_commands);
        self.visible_pictures = overview::show(ui, &view, &first_rows, actions);
        self.placed.clear();
    }

    /// Asks for the texts of the first rows. Returns whether there are any.
    pub(super) fn request_texts_of_first_rows(&mut self) -> bool {
        let pairs = self.first_rows.pairs.iter().map(|shown| shown.pair.text.clone());
        let wanted: Vec<WantedTexts> = pairs.chain(self.request_of_hovered()).map(Into::into).collect();
        let any = !self.first_rows.pairs.is_empty();
        if any {
            self.texts.want(wanted);
        }
        any
    }
}

impl ReviewContext<'_> {
    /// Opens the overview, or closes it.
    pub(super) fn toggle_overview(&mut self) {
        if self.view.overview == OverviewState::Closed {
            self.save_note();
            self.view.writing = None;
            self.view.overview = OverviewState::Open;
        } else {
            self.close_overview();
        }
    }

    /// Goes to the first listed row without a verdict that is probably wrong; without such a row,
    /// to the rows as [`Self::close_overview`] does.
    pub(super) fn show_first_wrong(&mut self) {
        if self.review().show_first_wrong() {
            self.view.overview = OverviewState::Closed;
        } else {
            self.close_overview();
        }
    }

    /// Goes to the rows: to the first of the list, if the current one is not in it. Returns whether
    /// the overview was open.
    pub(super) fn close_overview(&mut self) -> bool {
        let was = std::mem::take(&mut self.view.overview);
        if was != OverviewState::Closed && self.screen.review.navigator.position().is_err() {
            self.review().show_first();
        }
        was != OverviewState::Closed
    }
}
