//! Tiles and queries like the one in focus: opening the view, and its groups. The tiles are listed as
//! those of a search are.

use super::review_context::ReviewContext;
use super::view_state::{Scene, TileSearchScene};
use crate::similar::{LikeGroups, NearQuery, TileQuestion};
use tilejury_data::{TilePath, TileSlot};

/// What the others are like, and what is alike besides tiles.
#[derive(Debug)]
pub(super) struct SimilarScene {
    /// The name of the tile that the others are like.
    pub(super) name: String,
    /// The rows with near queries; `None` until they are known.
    pub(super) queries: Option<Vec<NearQuery>>,
    /// Whether the groups of the whole set are listed instead.
    pub(super) shows_groups: bool,
    /// `None` until they are known.
    pub(super) groups: Option<LikeGroups>,
    /// The number of the question for groups that is not answered yet.
    groups_number: Option<u64>,
}

impl ReviewContext<'_> {
    /// Opens the tiles like the focused one, or closes them.
    pub(super) fn toggle_similar(&mut self) {
        self.review().just_judged = None;
        if let Scene::Tiles(search) = &mut self.view.scene
            && search.similar.is_some()
        {
            self.view.scene = search.back.take();
            self.screen.review.searcher().stop_tile_search();
            return;
        }
        let Some(tile) = self.focused_tile() else { return };
        let slot = self.screen.review.sample.as_ref().and_then(|sample| TileSlot::find(sample, &tile));
        let name = match slot {
            Some(TileSlot::POSITIVE) => "the positive".to_owned(),
            Some(slot) => format!("negative {slot}"),
            None => tile.tail().to_owned(),
        };
        let back = Box::new(self.view.scene.take());
        self.show_similar(tile, name, back, None);
    }

    fn show_similar(&mut self, tile: TilePath, name: String, back: Box<Scene>, groups: Option<LikeGroups>) {
        let review = &self.screen.review;
        let number = review.searcher().ask_for_tiles(TileQuestion::Similar { tile, sample: review.cursor() });
        let similar = SimilarScene { name, queries: None, shows_groups: false, groups, groups_number: None };
        let mut scene = TileSearchScene::new(number, back);
        scene.similar = Some(similar);
        self.view.scene = Scene::Tiles(scene);
    }

    /// Lists the groups of the whole set, or the tiles like one again.
    pub(super) fn show_groups(&mut self, shown: bool) {
        let Scene::Tiles(search) = &mut self.view.scene else { return };
        let Some(similar) = &mut search.similar else { return };
        similar.shows_groups = shown;
        if shown && similar.groups.is_none() && similar.groups_number.is_none() && !search.is_searching {
            let number = self.screen.review.searcher().ask_for_tiles(TileQuestion::Groups);
            similar.groups_number = Some(number);
        }
    }

    /// Shows the tiles of a group, by its position in the list.
    pub(super) fn open_tile_group(&mut self, at: usize) {
        let Scene::Tiles(search) = &mut self.view.scene else { return };
        let groups = search.similar.as_mut().and_then(|similar| similar.groups.take());
        let tile = groups.as_ref().and_then(|groups| groups.tiles.as_ref()?.get(at)?.first().cloned());
        let back = std::mem::take(&mut search.back);
        match tile {
            Some(tile) => {
                let name = tile.tail().to_owned();
                self.show_similar(tile, name, back, groups);
            }
            None => search.back = back,
        }
    }

    /// Takes the rows with near queries.
    pub(super) fn found_near_queries(&mut self, number: u64, rows: Vec<NearQuery>) {
        if let Some(search) = self.view.tile_search_scene()
            && search.expects(number)
            && let Some(similar) = &mut search.similar
        {
            similar.queries = Some(rows);
        }
    }

    /// Takes the groups of the set.
    pub(super) fn found_groups(&mut self, number: u64, groups: LikeGroups) {
        let similar = self.view.tile_search_scene().and_then(|search| search.similar.as_mut());
        if let Some(similar) = similar.filter(|similar| similar.groups_number == Some(number)) {
            similar.groups = Some(groups);
            similar.groups_number = None;
        }
    }
}
