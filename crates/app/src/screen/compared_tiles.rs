//! The places at which the two tiles of a comparison open: each at its own passage, as panes do.
//! From there they move together. Draws nothing.

use egui::Vec2;
use tilejury_audit::external::TileEvidence;
use tilejury_data::{Sample, TilePath, TileSlot};

use super::review_context::ReviewContext;
use super::review_screen::ReviewScreen;
use super::telling_place::lines_to_read;
use super::view_state::{Scene, ViewState};
use crate::tile_request::Picture;
use crate::ui::ScenePosition;
use crate::ui::reading_view::PaneSpot;

impl ReviewScreen {
    /// The compared tiles that are still to be opened, each with its spot. A difference is of the
    /// same pixels, so its tiles stay at the same place.
    pub(super) fn open_compared(
        &self,
        view: &ViewState,
        sample: &Sample,
        highlights: bool,
    ) -> Vec<(ScenePosition, PaneSpot)> {
        if !matches!(view.scene, Scene::Compare { difference: false }) || sample.negatives.is_empty() {
            return Vec::new();
        }
        let other = self.review.focus.nearest_negative(sample.negatives.len());
        let spot = |slot: TileSlot| {
            let position = ScenePosition::from(slot);
            let tile = &sample.tiles().nth(slot.index())?.path;
            if view.text.aimed.contains(&(position, tile.clone())) {
                return None;
            }
            let evidence = self.texts.get(sample.key, tile).filter(|_| highlights);
            match evidence.and_then(|evidence| lines_to_read(evidence)) {
                Some(lines) => Some((position, PaneSpot::Passage(lines))),
                // What was enlarged stays where the tiles before were.
                None if view.zooming.scale.is_some() => None,
                None if evidence.is_some_and(|evidence| has_lines(evidence)) => Some((position, PaneSpot::TopOfText)),
                None => Some((position, PaneSpot::Top)),
            }
        };
        [TileSlot::POSITIVE, other].into_iter().filter_map(spot).collect()
    }

    /// Keeps the places of compared tiles as they were drawn. A tile whose text is still being
    /// looked up may open again.
    pub(super) fn keep_opened(&self, view: &mut ViewState, sample: &Sample, opened: &[(ScenePosition, Vec2)]) {
        if opened.is_empty() {
            return;
        }
        view.zooming.open_at(opened);
        for (position, _) in opened {
            let Some(tile) = sample.tiles().nth(position.index()) else { continue };
            if self.texts.get(sample.key, &tile.path).is_some() {
                view.text.aimed.insert((*position, tile.path.clone()));
            }
        }
    }
}

fn has_lines(evidence: &TileEvidence) -> bool {
    !evidence.text.lines().is_empty()
}

impl ReviewContext<'_> {
    /// Leaves the tiles where they are from now on: a person moves them. In a comparison, tiles
    /// that come later still open at their passages.
    pub(super) fn leave_tiles(&mut self) {
        self.view.text.stop_aiming();
        if self.view.is_comparing() {
            let visible = self.screen.placed.iter().filter_map(|placed| match &placed.picture {
                Picture::Tile(path) => Some((placed.position, path.clone())),
                Picture::Difference(..) => None,
            });
            let visible: Vec<(ScenePosition, TilePath)> = visible.collect();
            self.view.text.aimed.extend(visible);
        }
    }

    /// Lets a comparison begin where a person scrolled the panes to; tiles that were not scrolled
    /// open at their passages.
    pub(super) fn compare_from_panes(&mut self) {
        if !self.view.has_panes() || self.view.zooming.scale.is_some() {
            return;
        }
        let scrolled = self.view.reading_view.scrolled();
        for (position, center) in &scrolled {
            self.view.zooming.alone.insert(*position, *center - self.view.zooming.center);
        }
        let Some(sample) = self.screen.review.sample.clone() else { return };
        for (position, _) in scrolled {
            if let Some(tile) = sample.tiles().nth(position.index()) {
                self.view.text.aimed.insert((position, tile.path.clone()));
            }
        }
    }

    /// Shows both tiles at the place of the negative, since a difference is of the same pixels; or
    /// each at its own again, unless a person moved them meanwhile.
    pub(super) fn align_compared(&mut self, difference: bool) {
        if difference {
            self.view.zooming.align_to(self.screen.review.focus.into());
        }
        if self.view.text.aims {
            self.view.text.aim();
        }
    }
}
