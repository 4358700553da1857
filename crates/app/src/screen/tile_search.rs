//! The search in the texts of tiles: opening it, walking through what it found, adding a tile to
//! the row.

use tilejury_audit::Relevance;
use tilejury_data::TileSlot;

use super::review_context::ReviewContext;
use super::view_state::{Scene, TileSearchScene};
use crate::tile_search::FoundTiles;
use crate::ui::tile_search;

impl ReviewContext<'_> {
    /// Opens the search with the query of the current row, or closes it.
    pub(super) fn toggle_tile_search(&mut self) {
        self.review().just_judged = None;
        if let Scene::Tiles(search) = &mut self.view.scene
            && search.similar.is_none()
        {
            self.view.scene = search.back.take();
            self.screen.review.searcher().stop_tile_search();
            return;
        }
        let Some(query) = self.screen.review.sample.as_ref().map(|sample| sample.query.clone()) else { return };
        self.view.tile_search.text.clone_from(&query);
        let number = self.screen.review.searcher().search_tiles(query);
        let back = Box::new(self.view.scene.take());
        self.view.scene = Scene::Tiles(TileSearchScene::new(number, back));
        // Who opens a search types words, which are no judgements of the row.
        tile_search::focus_all(self.ctx, &self.view.tile_search);
    }

    /// Searches for other words.
    pub(super) fn search_tiles(&mut self, words: String) {
        let Some(search) = self.view.tile_search_scene() else { return };
        search.wait_for(self.screen.review.searcher().search_tiles(words));
    }

    /// Searches again where no text was known before, and in the list once the reading has `ended`:
    /// until then it would change every few seconds.
    pub(super) fn texts_were_read(&mut self, ended: bool) {
        let failed = |search: &mut TileSearchScene| search.similar.is_none() && matches!(search.found, Some(Err(_)));
        if self.view.tile_search_scene().is_some_and(failed) {
            self.search_tiles(self.view.tile_search.text.clone());
        }
        if ended {
            self.review().search_texts_again();
        }
    }

    /// Takes the answer to a search.
    pub(super) fn found_tiles(&mut self, number: u64, found: Result<FoundTiles, String>) {
        if let Some(search) = self.view.tile_search_scene() {
            search.take_found(number, found, self.screen.review.sample.as_deref());
        }
    }

    /// Shows the found tile a number of steps further in the list.
    pub(super) fn walk_found(&mut self, steps: i64) {
        if let Scene::Tiles(search) = &mut self.view.scene {
            search.walk(steps);
        }
    }

    /// Shows a found tile by its position in the list.
    pub(super) fn focus_found(&mut self, at: usize) {
        if let Scene::Tiles(search) = &mut self.view.scene {
            search.focus = at;
        }
    }

    /// Adds the chosen tile to the row as relevant. If the row has it, it is marked there.
    pub(super) fn add_found_tile(&mut self) {
        let Scene::Tiles(search) = &self.view.scene else { return };
        let Some(tile) = search.chosen().cloned() else {
            self.notify("No tile was found that could be added.");
            return;
        };
        let slot = self.screen.review.sample.as_ref().and_then(|sample| TileSlot::find(sample, &tile));
        match slot {
            None => self.add_relevant(self.screen.review.cursor(), tile),
            Some(slot) => {
                self.review().mark(slot, Some(Relevance::Relevant));
                let name = if slot.is_positive() { "the positive".to_owned() } else { format!("negative {slot}") };
                self.notify(format!("This tile is {name} of the row and is now marked as relevant."));
            }
        }
    }
}
