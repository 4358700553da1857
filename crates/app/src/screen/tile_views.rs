//! The views of the tiles in each scene: the row's own, those of a page, and those that a search
//! found. Decides nothing about the scene.

use std::collections::HashMap;
use std::sync::Arc;

use tilejury_audit::external::TileEvidence;
use tilejury_audit::{Relevance, Shown};
use tilejury_data::sample::TileRef;
use tilejury_data::{Sample, TilePath, TileSlot};

use super::blinking::Side;
use super::similar::alike_negatives;
use super::similar_scene::SimilarScene;
use super::text_view::TextView;
use super::view_state::{PageScene, Scene, TileSearchScene};
use crate::review::{Review, SUSPICIOUS};
use crate::similar::NearQuery;
use crate::tile_request::{Picture, PictureSize};
use crate::tile_store::{TileState, TileStore};
use crate::tile_texts::TileTexts;
use crate::ui::ScenePosition;
use crate::ui::found_tiles::HitView;
use crate::ui::grid_layout::{TileShape, USUAL_SHAPE};
use crate::ui::highlights::HighlightView;
use crate::ui::placement::TileLayout;
use crate::ui::reading_view::{HINTS_COMPARING, MarksLineView, PaneSpot, Seen};
use crate::ui::review_badges::TileReviews;
use crate::ui::sample::SceneView;
use crate::ui::similar::{GroupsView, RowLine, SimilarView, TileGroupLine};
use crate::ui::tile::{TileFindingsView, TileRole, TileView};
use crate::ui::tile_search::TileSearchView;

/// Builds the views of tiles.
pub(super) struct SampleTiles<'a, 's> {
    pub(super) review: &'a Review,
    pub(super) sample: &'a Sample,
    pub(super) store: &'s mut TileStore,
    /// The shapes of the sample's tiles, the positive's first.
    pub(super) shapes: &'s [TileShape],
    pub(super) text: TextOfTiles<'a>,
}

/// The texts of tiles, and what of them is marked.
#[derive(Clone, Copy)]
pub(super) struct TextOfTiles<'s> {
    pub(super) texts: &'s TileTexts,
    pub(super) view: &'s TextView,
    pub(super) on: bool,
}

impl TextOfTiles<'_> {
    fn of_tile(&self, sample: &Sample, position: ScenePosition, tile: &TilePath) -> HighlightView {
        let evidence = self.texts.get(sample.key, tile);
        self.marks(position, tile, evidence, self.texts.title(sample.key, tile))
    }

    /// The marks of a tile that a search of texts found.
    fn of_found(&self, position: ScenePosition, tile: &TilePath) -> HighlightView {
        let (evidence, title) = self.texts.found(tile).unzip();
        self.marks(position, tile, evidence, title.flatten())
    }

    fn marks(
        &self,
        position: ScenePosition,
        tile: &TilePath,
        evidence: Option<&Arc<TileEvidence>>,
        title: Option<&Arc<str>>,
    ) -> HighlightView {
        let (any_read, title) = (self.texts.any_read(), title.cloned());
        HighlightView { any_read, title, ..self.view.of_tile(position, tile, evidence, self.on) }
    }
}

impl<'a> SampleTiles<'a, '_> {
    /// The sample's tiles in a scene, a hint where it shows something else than it should, and the
    /// line of a comparison. `wide`: the tile of a comparison that is shown alone.
    pub(super) fn of_scene(
        &mut self,
        scene: &Scene,
        wide: Option<Side>,
        seen: &[Seen],
    ) -> (Vec<TileView<'a>>, Option<&'static str>, Option<MarksLineView>) {
        let (focus, negatives) = (self.review.focus, self.sample.negatives.len());
        let other = focus.nearest_negative(negatives);
        match scene {
            Scene::Compare { .. } if negatives == 0 => {
                let hint = "This row has no negative to compare its positive with.";
                (self.views(&[TileSlot::POSITIVE]), Some(hint), None)
            }
            Scene::Compare { difference } => {
                let mut views = self.views(&[TileSlot::POSITIVE, other]);
                if let ([positive, other], true) = (views.as_mut_slice(), *difference) {
                    other.picture = difference_of(positive, other);
                    other.state = self.store.get_for_display(&other.picture, PictureSize::Shown);
                    other.highlight = HighlightView::default();
                    other.reviews = TileReviews::default();
                }
                match wide {
                    Some(Side::Positive) => views.truncate(1),
                    Some(Side::Negative) => drop(views.drain(..1)),
                    None => {}
                }
                let panes = [(TileSlot::POSITIVE, PaneSpot::Top), (other, PaneSpot::Top)];
                let tiles = self.thumbnails(&panes, &[], seen);
                (views, None, Some(MarksLineView { tiles, hints: HINTS_COMPARING.to_vec() }))
            }
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Page(_) | Scene::Tiles(_) => {
                (self.views(&TileSlot::first(negatives + 1).collect::<Vec<_>>()), None, None)
            }
        }
    }

    /// The views of some of the sample's tiles.
    pub(super) fn views(&mut self, slots: &[TileSlot]) -> Vec<TileView<'a>> {
        let (review, store, shapes, text) = (self.review, &mut *self.store, self.shapes, self.text);
        let judgement = review.judgement();
        let tiles: Vec<&TileRef> = self.sample.tiles().collect();
        let mut first_of: HashMap<&TilePath, TileSlot> = HashMap::new();
        let remarks: Vec<Option<String>> = TileSlot::of_tiles(self.sample)
            .map(|(slot, tile)| match *first_of.entry(&tile.path).or_insert(slot) {
                first if first == slot => None,
                TileSlot::POSITIVE => Some("same as the positive".to_owned()),
                first => Some(format!("same as {first}")),
            })
            .collect();
        let mut view = |slot: TileSlot, tile: &'a TileRef| {
            let picture = Picture::Tile(tile.path.clone());
            let state = store.get_for_display(&picture, PictureSize::Shown);
            TileView {
                position: slot.into(),
                role: role_of(review, slot),
                spelling: &tile.spelling,
                relevance: judgement.relevance(&tile.path),
                shape: shapes.get(slot.index()).copied().unwrap_or(USUAL_SHAPE),
                highlight: HighlightView {
                    failure: failure_of(&state),
                    ..text.of_tile(self.sample, slot.into(), &tile.path)
                },
                state,
                picture,
                focused: slot == review.focus,
                signals: findings_of(review, slot),
                reviews: reviews_of(review, text.texts, self.sample, &tile.path),
                remark: remarks[slot.index()].clone(),
            }
        };
        slots.iter().filter_map(|slot| Some(view(*slot, tiles.get(slot.index()).copied()?))).collect()
    }

    /// The page that a tile is cut from.
    pub(super) fn of_page(&mut self, page: &'a PageScene, scroll: bool) -> SceneView<'a> {
        let tiles = page.tiles.as_ref().map(|paths| {
            let judgement = self.review.judgement();
            paths
                .iter()
                .enumerate()
                .map(|(at, path)| self.page_tile(page, ScenePosition::new(at), path, judgement.relevance(path)))
                .collect()
        });
        SceneView::Page {
            name: page.of.page_name().unwrap_or(page.of.tail()),
            tiles,
            focus: page.focus,
            alone: page.alone,
            scroll,
            zooms: &page.zooming,
        }
    }

    /// The search in the texts of tiles.
    pub(super) fn of_search(&mut self, search: &'a TileSearchScene, scroll: bool) -> TileSearchView<'a> {
        let (rows, added) = (search.rows.as_ref(), self.review.added());
        let texts = self.text.texts;
        let title = |tile: &TilePath| match &search.similar {
            Some(_) => texts.title(self.sample.key, tile),
            None => texts.found(tile)?.1,
        };
        let hits = search.hits().iter().map(|hit| HitView {
            tile: &hit.tile,
            score: hit.score,
            snippet: &hit.snippet,
            title: title(&hit.tile).map(|title| &**title),
            passage: texts.get(self.sample.key, &hit.tile).and_then(|evidence| evidence.highlights.snippet.as_ref()),
            slot: TileSlot::find(self.sample, &hit.tile),
            is_added: added.contains(&hit.tile),
            rows: rows.map(|rows| rows.get(&hit.tile).map_or(&[][..], Vec::as_slice)),
            // A large picture would lose whole lines of pixels in the list.
            state: self.store.get_for_display(&Picture::Tile(hit.tile.clone()), PictureSize::Listed),
        });
        let hits = hits.collect();
        let found = search.chosen().map(|tile| self.found_tile(search, tile, added.contains(tile)));
        // The positive itself is not shown twice.
        let is_positive = search.similar.is_some() && search.chosen() == Some(&self.sample.positive.path);
        let mut tiles = if (search.alone || is_positive) && found.is_some() {
            Vec::new()
        } else {
            self.views(&[TileSlot::POSITIVE])
        };
        // The found tile alone is in focus.
        tiles.iter_mut().for_each(|positive| positive.focused = false);
        tiles.extend(found);
        TileSearchView {
            dataset: self.review.dataset(),
            row: self.review.cursor(),
            searched: search.found.as_ref().map(|found| match found {
                Ok(found) => Ok(found.searched),
                Err(reason) => Err(reason.as_str()),
            }),
            hits,
            focus: search.focus,
            scroll,
            is_searching: search.is_searching,
            similar: search.similar.as_ref().map(|similar| self.of_similar(search, similar)),
            layout: if tiles.len() == 1 { TileLayout::Alone } else { TileLayout::Pair },
            tiles,
            zooms: &search.zooming,
        }
    }

    /// The tiles and queries like one.
    fn of_similar(&mut self, search: &'a TileSearchScene, similar: &'a SimilarScene) -> SimilarView<'a> {
        let review = self.review;
        let row = |near: &'a NearQuery| RowLine {
            sample: near.sample,
            query: &near.query,
            nearness: near.nearness,
            status: review.session.statuses().get(near.sample.index()).copied().unwrap_or_default(),
        };
        let mut tile_groups = |groups: &'a Vec<Vec<TilePath>>| {
            let first = |group: &'a Vec<TilePath>| {
                let tile = group.first()?;
                let state = self.store.get_for_display(&Picture::Tile(tile.clone()), PictureSize::Listed);
                Some(TileGroupLine { tile, tiles: group.len(), state })
            };
            groups.iter().filter_map(first).collect()
        };
        let groups = similar.groups.as_ref().filter(|_| similar.shows_groups).map(|groups| GroupsView {
            tiles: groups.tiles.as_ref().map(&mut tile_groups),
            queries: groups.queries.iter().map(|rows| rows.iter().map(row).collect()).collect(),
        });
        let compared = search.found.as_ref().and_then(|found| found.as_ref().ok());
        SimilarView {
            name: &similar.name,
            compared: compared.map(|found| (found.searched, found.others)),
            rows: similar.queries.as_ref().map(|rows| rows.iter().map(row).collect()),
            markable: if similar.shows_groups { 0 } else { alike_negatives(search, review.cursor()).len() },
            shows_groups: similar.shows_groups,
            groups,
        }
    }

    /// The chosen tile of a list. `is_added`: it was added to the row.
    fn found_tile(&mut self, search: &TileSearchScene, path: &'a TilePath, is_added: bool) -> TileView<'a> {
        let (at, position) = (search.focus, ScenePosition::new(TileSearchScene::FOUND));
        let text = self.text;
        let highlight = match search.is_found_by_text(position) {
            true => text.of_found(position, path),
            false => text.of_tile(self.sample, position, path),
        };
        let picture = Picture::Tile(path.clone());
        let slot = TileSlot::find(self.sample, path);
        let judgement = self.review.judgement();
        TileView {
            position,
            role: match slot {
                Some(slot) => role_of(self.review, slot),
                None => TileRole::Found(at + 1),
            },
            spelling: path.as_str(),
            relevance: slot.and(judgement.relevance(path)),
            state: self.store.get_for_display(&picture, PictureSize::Shown),
            shape: self.store.size_if_loaded(&picture).unwrap_or(USUAL_SHAPE),
            highlight,
            picture,
            focused: true,
            signals: slot.map_or_else(TileFindingsView::default, |slot| findings_of(self.review, slot)),
            reviews: reviews_of(self.review, text.texts, self.sample, path),
            remark: match slot {
                Some(_) => Some(format!("found tile {}", at + 1)),
                None => is_added.then(|| "added to the row".to_owned()),
            },
        }
    }

    fn page_tile(
        &mut self,
        page: &PageScene,
        position: ScenePosition,
        path: &'a TilePath,
        mark: Option<Relevance>,
    ) -> TileView<'a> {
        let picture = Picture::Tile(path.clone());
        let slot = TileSlot::find(self.sample, path);
        TileView {
            position,
            role: match slot {
                Some(slot) => role_of(self.review, slot),
                None => TileRole::Neighbour(position.index() + 1),
            },
            spelling: path.as_str(),
            relevance: slot.and(mark),
            state: self.store.get_for_display(&picture, PictureSize::Shown),
            shape: self.store.full_size(&picture).unwrap_or(USUAL_SHAPE),
            highlight: self.text.of_tile(self.sample, position, path),
            picture,
            focused: position == page.focus,
            signals: slot.map_or_else(TileFindingsView::default, |slot| findings_of(self.review, slot)),
            reviews: reviews_of(self.review, self.text.texts, self.sample, path),
            remark: slot.map(|_| format!("tile {}", position.index() + 1)),
        }
    }
}

/// The role of a tile of the current row, as far as it is shown.
fn role_of(review: &Review, slot: TileSlot) -> TileRole {
    match slot {
        _ if review.hides_roles() => TileRole::Hidden(slot.index() + 1),
        TileSlot::POSITIVE => TileRole::Positive,
        slot => TileRole::Negative(slot),
    }
}

pub(super) fn findings_of(review: &Review, slot: TileSlot) -> TileFindingsView<'_> {
    if !review.shows(Shown::Signals) {
        return TileFindingsView::default();
    }
    let row = review.cursor();
    let score = review.signals.tile_score(row, slot);
    TileFindingsView {
        findings: review.signals.of_tile(row, slot),
        suspicion: (score >= SUSPICIOUS).then_some(score),
        of: review.signals.findings().map(|findings| (findings, row, slot)),
        dataset: Some(review.dataset()),
    }
}

/// The reviews of a tile for a sample, unless they are hidden.
pub(super) fn reviews_of(review: &Review, texts: &TileTexts, sample: &Sample, tile: &TilePath) -> TileReviews {
    match review.shows(Shown::Reviews) {
        true => TileReviews::new(texts.get(sample.key, tile), sample.positive.path == *tile),
        false => TileReviews::default(),
    }
}

/// The reason why there is no picture of a tile, if it failed.
fn failure_of(state: &TileState) -> Option<Arc<str>> {
    match state {
        TileState::Failed(fault) => Some(Arc::from(fault.reason.as_str())),
        _ => None,
    }
}

fn difference_of(positive: &TileView<'_>, other: &TileView<'_>) -> Picture {
    match (&positive.picture, &other.picture) {
        (Picture::Tile(a), Picture::Tile(b)) => Picture::Difference(a.clone(), b.clone()),
        _ => other.picture.clone(),
    }
}
