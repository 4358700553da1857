//! The text on tiles as a person uses it: going from hit to hit, zooming in on each, and selecting
//! words. `tile_texts` looks the texts up, `ui/highlights` paints.

use std::collections::HashSet;
use std::sync::Arc;

use egui::{Rect, Vec2, vec2};
use tilejury_audit::external::{EvidenceRequest, TextState, TileEvidence};
use tilejury_audit::text::count;
use tilejury_data::{Sample, TilePath};
use tilejury_text::{Hit, HitKind, PixelBox};

use super::review_context::ReviewContext;
use super::review_screen::ReviewScreen;
use super::telling_place::{best_box, box_of};
use super::text_view::Selection;
use super::view_state::{OverviewState, Scene, ViewState};
use crate::screen::notices::NoticeDuration;
use crate::tile_request::Picture;
use crate::tile_texts::WantedTexts;
use crate::ui::ScenePosition;
use crate::ui::highlights::HighlightView;
use crate::ui::placement::{TileFit, TileZooms, room_of};
use crate::ui::reading_view::PaneSpot;
use crate::ui::tile_line::words_for;
use crate::ui::tiles::PlacedTile;

/// The height of the words of a line that can be read, in points: without the space between lines.
const READABLE: f32 = 12.0;
/// The share of that height at which a zoom stays as it is.
const KEPT: f32 = 0.75;
/// The part of the room for a tile that a place may fill after zooming in on it.
const ROOM: f32 = 0.85;
/// The part of what is visible of a tile that is right of a place.
const AFTER: f32 = 0.12;
/// The number of tiles of a sample that is not visible yet whose texts are looked up.
const AHEAD_TILES: usize = 16;

/// The middle of a box on a tile of `full` pixels, in fractions of its width and height.
fn middle(area: PixelBox, full: [u32; 2]) -> Vec2 {
    let size = vec2(full[0].max(1) as f32, full[1].max(1) as f32);
    vec2(area.x as f32 + area.width as f32 / 2.0, area.y as f32 + area.height as f32 / 2.0) / size
}

/// The middle of what is to be visible of a tile, so that a place can be read: as near to the left
/// edge of the tile, where lines begin, as the place and some words after it allow. `visible` is
/// the width of what is visible, in pixels of the tile.
fn spot_to_read(area: PixelBox, full: [u32; 2], visible: Option<f32>) -> Vec2 {
    let spot = middle(area, full);
    let Some(visible) = visible else { return spot };
    let right = (area.x + area.width) as f32 + AFTER * visible;
    let left = (right - visible).clamp(0.0, area.x as f32);
    vec2((left + visible / 2.0) / full[0].max(1) as f32, spot.y)
}

/// The scale at which a place can be read, and is not larger than the room for the tile. Stays as
/// it is where that is so already. `whole` is the scale of the whole tile.
fn scale_for(hit: &Hit, frame: Rect, whole: f32, now: f32, pixels_per_point: f32) -> f32 {
    let Some(area) = box_of(hit) else { return now };
    let line = hit.lines.iter().map(|line| line.height).min().unwrap_or(area.height).max(1) as f32;
    let readable = READABLE * pixels_per_point / line;
    let room = frame.size() * pixels_per_point * ROOM / vec2(area.width.max(1) as f32, area.height.max(1) as f32);
    let most = room.min_elem().max(whole);
    // Between places of about the same size, the zoom does not jump.
    if now >= KEPT * readable && now <= most { now } else { readable.clamp(whole, most) }
}

impl TileZooms {
    /// Moves one tile so that a spot is in the middle, if tiles are enlarged.
    fn center_on(&mut self, position: ScenePosition, spot: Vec2) {
        if self.cuts_off() {
            let offset = (spot - self.center).clamp(-Vec2::splat(1.0), Vec2::splat(1.0));
            self.alone.insert(position, offset);
        }
    }
}

impl ReviewScreen {
    /// Asks for the texts of the visible tiles, then for those of the next samples.
    pub(super) fn request_texts(&mut self, view: &ViewState) {
        if self.request_texts_of_sheet() || view.overview != OverviewState::Closed && self.request_texts_of_first_rows()
        {
            return;
        }
        let Some(sample) = &self.review.sample else { return };
        let paths = |sample: &Sample, most: usize| -> Vec<TilePath> {
            sample.tiles().take(most).map(|tile| tile.path.clone()).collect()
        };
        let mut tiles = paths(sample, usize::MAX);
        let mut of_search = None;
        match &view.scene {
            Scene::Page(page) => tiles.extend(page.tiles.iter().flatten().cloned()),
            Scene::Tiles(search) => {
                let hits = search.hits().iter().take(AHEAD_TILES).map(|hit| hit.tile.clone());
                let found: Vec<TilePath> = search.chosen().cloned().into_iter().chain(hits).collect();
                if search.similar.is_some() {
                    tiles.extend(found);
                } else {
                    of_search = Some(WantedTexts::of_search(&view.tile_search.text, sample, found));
                }
            }
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => {}
        }
        let current = EvidenceRequest::new(sample, tiles);
        let next = self.next_samples().iter().map(|next| EvidenceRequest::new(next, paths(next, AHEAD_TILES)));
        let hovered = self.request_of_hovered();
        let mut rows: Vec<EvidenceRequest> = std::iter::once(current).chain(hovered).chain(next).collect();
        // A row that is near and under the pointer is asked for once.
        let mut asked = HashSet::new();
        rows.retain(|request| asked.insert(request.sample));
        self.texts.want(of_search.into_iter().chain(rows.into_iter().map(WantedTexts::from)).collect());
    }

    /// The evidence on a tile of the current sample or of its page; on a tile that a search found,
    /// the words of the search.
    pub(super) fn evidence(
        &self,
        view: &ViewState,
        position: ScenePosition,
        tile: &TilePath,
    ) -> Option<&Arc<TileEvidence>> {
        let of_row = || self.texts.get(self.review.sample.as_ref()?.key, tile);
        match &view.scene {
            Scene::Tiles(search) if search.is_found_by_text(position) => Some(self.texts.found(tile)?.0),
            _ => of_row(),
        }
    }

    /// Moves enlarged tiles to their evidence, once each.
    pub(super) fn aim_at_evidence(&self, view: &mut ViewState, highlights: bool, pixels_per_point: f32) {
        // Panes open at their passages anyway.
        let elsewhere = view.has_panes() || matches!(view.scene, Scene::Compare { difference: true });
        let in_frames = matches!(view.scene, Scene::Grid) && view.zooming.fit == TileFit::Width;
        if !highlights || !view.text.aims || elsewhere || !(view.zooming().is_zoomed() || in_frames) {
            return;
        }
        for (position, tile) in self.tiles_of_scene(view) {
            let place = (position, tile.clone());
            if view.text.aimed.contains(&place) {
                continue;
            }
            let full = self.store.full_size(&Picture::Tile(tile.clone()));
            let (Some(full), Some(evidence)) = (full, self.evidence(view, position, &tile)) else { continue };
            view.text.aimed.insert(place);
            if let Some(area) = best_box(evidence) {
                let scale = view.zooming().scale;
                let placed = self.placed.iter().find(|placed| placed.position == position);
                let visible =
                    placed.zip(scale).map(|(placed, scale)| room_of(placed.frame, pixels_per_point).x / scale);
                view.zooming().center_on(position, spot_to_read(area, full, visible));
            }
        }
    }

    fn tiles_of_scene(&self, view: &ViewState) -> Vec<(ScenePosition, TilePath)> {
        let positive = self.review.sample.iter().map(|sample| &sample.positive.path);
        let paths: Vec<&TilePath> = match &view.scene {
            Scene::Page(page) => page.tiles.iter().flatten().collect(),
            Scene::Tiles(search) => positive.chain(search.chosen()).collect(),
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => {
                self.review.sample.iter().flat_map(|sample| sample.tiles()).map(|tile| &tile.path).collect()
            }
        };
        paths.into_iter().enumerate().map(|(at, path)| (ScenePosition::new(at), path.clone())).collect()
    }

    /// The spot of a painted tile on the screen where its evidence is.
    pub(super) fn evidence_spot(&self, view: &ViewState, placed: &PlacedTile) -> Option<egui::Pos2> {
        let Picture::Tile(tile) = &placed.picture else { return None };
        let full = self.store.full_size(&placed.picture)?;
        let area = best_box(self.evidence(view, placed.position, tile)?)?;
        let spot = crate::ui::highlights::on_screen(&placed.painted, full, area).center();
        placed.painted.rect.contains(spot).then_some(spot)
    }
}

impl ReviewContext<'_> {
    /// Goes to another place on the focused tile, and zooms in so that it can be read.
    pub(super) fn go_to_hit(&mut self, forward: bool) {
        let position = self.view.focus(self.screen.review.focus);
        let (Some(evidence), Some(tile)) = (self.focused_evidence(), self.focused_tile()) else { return };
        let hits = &evidence.highlights.hits;
        if hits.is_empty() {
            let view = self.highlight_of_focused(evidence);
            self.notices.toast(words_for(self.ctx, &view), NoticeDuration::Short);
            return;
        }
        let marked = self.view.text.marked.as_ref();
        let last = marked.filter(|(_, of, at)| *of == tile && *at < hits.len()).map(|(_, _, at)| *at);
        let next = match (last, forward) {
            (None, true) => 0,
            (None, false) => hits.len() - 1,
            (Some(at), true) => (at + 1) % hits.len(),
            (Some(at), false) => (at + hits.len() - 1) % hits.len(),
        };
        self.view.text.marked = Some((position, tile.clone(), next));
        let hit = &hits[next];
        let what = match hit.kind {
            HitKind::Answer => "The answer",
            HitKind::ModelAnswer => "The answer of a model",
            HitKind::Passage => "The best passage",
            HitKind::QueryWords => "Words of the query",
        };
        let unknown = if hit.lines.is_empty() { ", whose place on the tile is not known" } else { "" };
        let text = format!("{what}{unknown}, {} of {}.", next + 1, hits.len());
        self.notices.toast(text, NoticeDuration::Short);
        self.show_hit((position, tile), hit);
    }

    fn show_hit(&mut self, place: (ScenePosition, TilePath), hit: &Hit) {
        let position = place.0;
        let placed = self.screen.placed.iter().find(|placed| placed.position == position);
        let full = placed.and_then(|placed| self.screen.store.full_size(&placed.picture));
        let (Some(placed), Some(full), Some(area)) = (placed, full, box_of(hit)) else { return };
        if self.view.has_panes() {
            self.view.reading_view.show(position, PaneSpot::Passage(area.into()));
            return;
        }
        let pixels_per_point = self.ctx.pixels_per_point();
        let whole = TileFit::Whole.scale(room_of(placed.frame, pixels_per_point), full, pixels_per_point);
        let now = placed.painted.scale;
        let scale = scale_for(hit, placed.frame, whole, now, pixels_per_point);
        let is_enlarged = scale > 1.001 * whole;
        if self.view.zooming().scale.is_none() && is_enlarged {
            // The other tiles are enlarged too: each shows its own evidence.
            self.view.text.aim();
        }
        self.view.text.aimed.insert(place);
        let zooming = self.view.zooming();
        zooming.scale = is_enlarged.then_some(scale);
        zooming.center_on(position, middle(area, full));
    }

    /// Begins a selection at a spot of a tile, in fractions of its width and height.
    pub(super) fn start_selection(&mut self, position: ScenePosition, spot: Vec2) {
        self.focus(position);
        self.view.text.selection = None;
        self.view.text.dragging = true;
        let Some(tile) = self.focused_tile() else { return };
        if let Some(word) = self.word_at(position, &tile, spot) {
            self.view.text.selection = Some(Selection { position, tile, from: word, words: word..word + 1 });
        }
    }

    /// Extends the selection to another spot.
    pub(super) fn extend_selection(&mut self, spot: Vec2) {
        let Some(selection) = self.view.text.selection.clone() else { return };
        if let Some(word) = self.word_at(selection.position, &selection.tile, spot) {
            let words = selection.from.min(word)..selection.from.max(word) + 1;
            self.view.text.selection = Some(Selection { words, ..selection });
        }
    }

    fn word_at(&self, position: ScenePosition, tile: &TilePath, spot: Vec2) -> Option<usize> {
        let full = self.screen.store.full_size(&Picture::Tile(tile.clone()))?;
        self.screen.evidence(self.view, position, tile)?.text.word_at(spot.x * full[0] as f32, spot.y * full[1] as f32)
    }

    /// Copies the selected words.
    pub(super) fn copy_selection(&mut self) {
        let Some(selection) = &self.view.text.selection else { return };
        let Some(evidence) = self.screen.evidence(self.view, selection.position, &selection.tile) else { return };
        let words = selection.words.len();
        self.ctx.copy_text(evidence.text.text_of(&selection.words).to_owned());
        self.notices.toast(format!("{} copied.", count(words, "word")), NoticeDuration::Short);
    }

    /// Copies the whole text of the focused tile.
    pub(super) fn copy_tile_text(&mut self) {
        let Some(evidence) = self.focused_evidence() else { return };
        if matches!(evidence.state, TextState::Read | TextState::Imported) && !evidence.text.text.is_empty() {
            let words = evidence.text.text.split_whitespace().count();
            self.ctx.copy_text(evidence.text.text.clone());
            self.notices.toast(format!("The tile's text copied: {}.", count(words, "word")), NoticeDuration::Short);
        } else {
            let view = self.highlight_of_focused(evidence);
            self.notices.toast(words_for(self.ctx, &view), NoticeDuration::Short);
        }
    }

    /// Switches between dragging that selects words and dragging that moves tiles.
    pub(super) fn toggle_selecting(&mut self) {
        let text = &mut self.view.text;
        text.selects = !text.selects;
        let words = if text.selects { "Dragging selects words of a tile." } else { "Dragging moves the tiles again." };
        self.notices.toast(words.to_owned(), NoticeDuration::Short);
    }

    fn highlight_of_focused(&self, evidence: Arc<TileEvidence>) -> HighlightView {
        let failure = self.focused_tile().and_then(|tile| self.screen.store.failure(&tile).map(Arc::from));
        HighlightView { evidence: Some(evidence), failure, ..HighlightView::default() }
    }

    /// The evidence on the focused tile; says so if it is not known yet.
    fn focused_evidence(&mut self) -> Option<Arc<TileEvidence>> {
        let (tile, position) = (self.focused_tile()?, self.view.focus(self.screen.review.focus));
        let evidence = self.screen.evidence(self.view, position, &tile).cloned();
        if evidence.is_none() {
            self.notices.toast("The tile's text is still being looked up.".to_owned(), NoticeDuration::Short);
        }
        evidence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::telling_place::answer_at as hit;

    #[test]
    fn lines_are_visible_from_their_beginning_if_the_place_is_then() {
        let area = PixelBox { x: 300, y: 500, width: 80, height: 20 };
        let left = |visible: Option<f32>| {
            let spot = spot_to_read(area, [800, 1000], visible);
            visible.map(|visible| spot.x * 800.0 - visible / 2.0)
        };
        assert_eq!(left(Some(440.0)), Some(0.0));
        assert_eq!(left(Some(300.0)).map(f32::round), Some(116.0), "no more is cut off than the place needs");
        assert_eq!(left(Some(40.0)).map(f32::round), Some(300.0), "a wide place from its beginning");
        assert_eq!(spot_to_read(area, [800, 1000], None), middle(area, [800, 1000]));
    }

    #[test]
    fn zooming_in_makes_small_text_readable_and_keeps_what_is() {
        let frame = Rect::from_min_size(egui::pos2(0.0, 0.0), vec2(200.0, 240.0));
        // A tile of 1000 × 1200 pixels.
        let scale = |hit, now| scale_for(&hit, frame, 0.2, now, 1.0);
        assert_eq!(scale(hit(0, 0, 100, 20), 0.2), 0.6);
        assert_eq!(scale(hit(0, 0, 100, 20), 1.0), 1.0, "readable already");
        assert_eq!(scale(hit(0, 0, 100, 16), 0.6), 0.6, "no jump for a lower line");
        assert_eq!(scale(hit(0, 0, 425, 20), 0.2), 0.4, "the place fits");
        assert_eq!(scale(hit(0, 0, 425, 20), 1.0), 0.4);
        assert_eq!(scale(hit(0, 0, 1000, 80), 0.2), 0.2, "never smaller than whole");
        assert_eq!(scale_for(&hit(0, 0, 100, 20), frame, 0.4, 0.4, 2.0), 1.2, "points, not pixels");
    }
}
