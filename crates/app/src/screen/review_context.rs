//! The open review together with the parts of the window that its commands and actions change. The
//! commands are in `commands/`, the actions in `actions/`.

use egui::Context;
use tilejury_audit::search::OccurrenceQuery;
use tilejury_audit::session::HistoryMove;
use tilejury_audit::text::count;
use tilejury_data::{TilePath, TileSlot};

use super::notices::Notices;
use super::review_screen::ReviewScreen;
use super::view_state::{OverviewState, Scene, ViewState};
use super::{App, Stage};
use crate::command::{DatasetCommand, ReviewCommand, keymap};
use crate::review::Review;
use crate::settings::panels::SidePanel;
use crate::settings::{Settings, SettingsSaver, WindowState};
use crate::ui::ScenePosition;
use crate::ui::judge_bar::TextEditor;
use crate::ui::occurrences::OccurrencesPanel;

/// The open review, and the parts of the window that its commands may use.
pub(super) struct ReviewContext<'a> {
    pub(super) screen: &'a mut ReviewScreen,
    pub(super) view: &'a mut ViewState,
    pub(super) notices: &'a mut Notices,
    pub(super) remembered: &'a mut WindowState,
    pub(super) settings: &'a Settings,
    pub(super) saver: Option<&'a SettingsSaver>,
    pub(super) ctx: &'a Context,
}

impl App {
    /// Returns the open review, if a dataset is open.
    pub(super) fn review_context(&mut self) -> Option<ReviewContext<'_>> {
        let Stage::Reviewing(screen) = &mut self.stage else { return None };
        Some(ReviewContext {
            screen,
            view: &mut self.view_state,
            notices: &mut self.notices,
            remembered: &mut self.remembered,
            settings: &self.settings,
            saver: self.saver.as_ref(),
            ctx: &self.ctx,
        })
    }

    /// Stores the note that is being written, if any.
    pub(super) fn save_note(&mut self) {
        if let Some(mut open) = self.review_context() {
            open.save_note();
        }
    }
}

impl ReviewScreen {
    /// The focused tile of the sample, or of the visible page.
    pub(super) fn focused_tile(&self, view: &ViewState) -> Option<TilePath> {
        let review = &self.review;
        match &view.scene {
            Scene::Page(page) => page.tiles.as_ref()?.get(page.focus.index()).cloned(),
            Scene::Tiles(search) => search.chosen().cloned(),
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => {
                review.sample.as_ref()?.tiles().nth(review.focus.index()).map(|tile| tile.path.clone())
            }
        }
    }
}

impl ReviewContext<'_> {
    pub(super) fn review(&mut self) -> &mut Review {
        &mut self.screen.review
    }

    /// Shows a notice for a few seconds.
    pub(super) fn notify(&mut self, text: impl Into<String>) {
        self.notices.notify(text, false);
    }

    pub(super) fn save_remembered(&self) {
        if let Some(saver) = self.saver {
            saver.remembered(self.remembered);
        }
    }

    /// The number of negatives of the visible sample.
    pub(super) fn negatives(&self) -> usize {
        self.screen.review.sample.as_ref().map_or(0, |sample| sample.negatives.len())
    }

    /// Stores the note that is being written, if any.
    pub(super) fn save_note(&mut self) {
        if let Some(TextEditor::Note(edit)) = self.view.writing.take() {
            self.review().set_note(edit.sample, &edit.text);
        }
    }

    /// Searches for a text, writes it into the search field and opens the list.
    pub(super) fn use_filter(&mut self, text: String) {
        self.view.queue.search.text.clone_from(&text);
        if self.view.overview != OverviewState::Closed {
            self.view.search_of_overview = (!text.is_empty()).then(|| text.clone());
        }
        self.review().search_for(text);
        if self.screen.review.navigator.search_error().is_none() {
            self.remembered.queue_open = true;
            self.view.unfold_queue(false);
        }
    }

    /// Finds the rows that have a tile or page, and opens the panel that lists them.
    pub(super) fn find_occurrences(&mut self, query: OccurrenceQuery) {
        self.review().searcher().find_occurrences(query.clone());
        self.view.sides.states.occurrences = Some(OccurrencesPanel::new(query));
        self.open_panel(SidePanel::Occurrences);
    }

    /// The focused tile of the sample, or of the visible page.
    pub(super) fn focused_tile(&self) -> Option<TilePath> {
        self.screen.focused_tile(self.view)
    }

    /// Focuses the tile at a position of the current scene.
    pub(super) fn focus(&mut self, position: ScenePosition) {
        self.review().begin_row();
        match &mut self.view.scene {
            Scene::Page(page) => page.focus = position,
            // The found tile is in focus, whichever of the two was clicked.
            Scene::Tiles(_) => {}
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => {
                self.screen.review.focus = TileSlot::new(position.index());
            }
        }
    }

    /// Marks a visible tile, if the row has it.
    pub(super) fn mark_visible_tile(&mut self, position: ScenePosition, mark: impl FnOnce(&mut Review, TileSlot)) {
        match self.tile_slot(position) {
            Some(tile) => mark(self.review(), tile),
            None => self.notify("This tile is not in the row and cannot be marked here."),
        }
    }

    /// Whether a visible tile, or any negative of the sample, must not be marked as broken because
    /// its shard is missing; if so, a notice explains it.
    pub(super) fn refuses_broken(&mut self, position: Option<ScenePosition>) -> bool {
        let tiles = self.negatives() + 1;
        let shard = match position {
            Some(position) => self.tile_slot(position).and_then(|tile| self.screen.shard_missing(tile)),
            None => (1..tiles).find_map(|tile| self.screen.shard_missing(TileSlot::new(tile))),
        };
        let Some(shard) = shard.map(str::to_owned) else { return false };
        let key = keymap::from_context(self.ctx).first(DatasetCommand::LookForShards);
        let next = if self.screen.link.is_none() { format!(" {key} looks for it again.") } else { String::new() };
        self.notify(format!("{shard} is missing; its tiles are not broken.{next}"));
        true
    }

    /// The slot in the sample of a visible tile; `None` if it is a tile of the page or of a search
    /// that the row does not have.
    fn tile_slot(&self, position: ScenePosition) -> Option<TileSlot> {
        match &self.view.scene {
            Scene::Page(page) => {
                let path = page.tiles.as_ref()?.get(position.index())?;
                TileSlot::find(self.screen.review.sample.as_ref()?, path)
            }
            Scene::Tiles(_) if position == ScenePosition::default() => Some(TileSlot::POSITIVE),
            Scene::Tiles(search) => TileSlot::find(self.screen.review.sample.as_ref()?, search.chosen()?),
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => {
                Some(TileSlot::new(position.index()))
            }
        }
    }

    /// Reports what a move in the history did.
    pub(super) fn notify_history_move(&mut self, moved: Option<HistoryMove>) {
        let undo = keymap::from_context(self.ctx).first(ReviewCommand::Undo);
        let text = match moved {
            None => return,
            Some(HistoryMove::Undone(steps)) => format!("{} undone; {undo} restores them.", count(steps, "step")),
            Some(HistoryMove::Redone { steps: 0, skipped: 0 }) => {
                "Nothing to restore: everything is as these steps left it.".to_owned()
            }
            Some(HistoryMove::Redone { steps, skipped: 0 }) => format!("{} restored.", count(steps, "step")),
            Some(HistoryMove::Redone { steps, skipped }) => {
                let skipped = count(skipped, "step");
                format!("{} restored; skipped: {skipped} whose values have changed since.", count(steps, "step"))
            }
        };
        self.notify(text);
    }
}
