//! Tiles and queries like the one in focus: opening the view and its groups, and judging all of
//! them at once. The tiles are listed as those of a search are.

use std::collections::HashSet;

use tilejury_audit::{JudgeAction, Relevance, TileMark};
use tilejury_data::{SampleIndex, TilePath, TileSlot};

use super::review_context::ReviewContext;
use super::similar_scene::SimilarScene;
use super::view_state::{Scene, TileSearchScene};
use crate::review::StepOutcome;
use crate::similar::{LikeGroups, NearQuery, TileQuestion};

/// Returns the rows of the same query or a near one that have the tile, or one of the tiles like
/// it, among their negatives.
pub(super) fn alike_negatives(search: &TileSearchScene, cursor: SampleIndex) -> Vec<(SampleIndex, TilePath)> {
    let (Some(similar), Some(rows)) = (&search.similar, &search.rows) else { return Vec::new() };
    let near = similar.queries.iter().flatten().map(|near| near.sample);
    let near: HashSet<SampleIndex> = near.chain([cursor]).collect();
    let others = search.hits().iter().map(|hit| &hit.tile).filter(|tile| **tile != similar.of);
    let tiles = std::iter::once(&similar.of).chain(others);
    let negatives = tiles.flat_map(|tile| {
        let rows = rows.get(tile).into_iter().flatten();
        let rows = rows.filter(|row| !row.negatives.is_empty() && near.contains(&row.sample));
        rows.map(|row| (row.sample, tile.clone()))
    });
    negatives.collect()
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
            None => tile.short_name().into_owned(),
        };
        let back = Box::new(self.view.scene.take());
        self.show_similar(tile, name, back, None);
    }

    fn show_similar(&mut self, tile: TilePath, name: String, back: Box<Scene>, groups: Option<LikeGroups>) {
        let review = &self.screen.review;
        let question = TileQuestion::Similar { tile: tile.clone(), sample: review.cursor() };
        let number = review.searcher().ask_for_tiles(question);
        let similar = SimilarScene { of: tile, name, queries: None, shows_groups: false, groups, groups_number: None };
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
                let name = tile.short_name().into_owned();
                self.show_similar(tile, name, back, groups);
            }
            None => search.back = back,
        }
    }

    /// Marks the listed tiles, and the one that they are like, in all rows of the same query or a
    /// near one that have them as negatives. It is one step.
    pub(super) fn mark_alike(&mut self, relevance: Relevance) {
        let cursor = self.screen.review.cursor();
        let Scene::Tiles(search) = &self.view.scene else { return };
        let marks = alike_negatives(search, cursor);
        let mark = |(sample, tile)| TileMark { sample, tile, relevance };
        self.save_note();
        match self.review().begin(JudgeAction::Tiles(marks.into_iter().map(mark).collect())) {
            StepOutcome::Nothing => self.notify("These tiles were marked so before."),
            outcome => self.report(outcome),
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
