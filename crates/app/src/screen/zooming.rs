//! Zooming and scrolling tiles, by keys, wheel and dragging. All tiles have one scale, in pixels of
//! the screen per pixel of a tile; which of them move together depends on the scene.

use egui::{Rect, Vec2, vec2};

use super::reading_view::size_of;
use super::review_context::ReviewContext;
use super::view_state::Scene;
use crate::command::PanDirection;
use crate::tile_request::Picture;
use crate::ui::ScenePosition;
use crate::ui::placement::{TileFit, room_of};
use crate::ui::reading_view::PaneSpot;
use crate::ui::tiles::PlacedTile;

/// The part of the visible picture that one press of a panning key moves.
const PAN_STEP: f32 = 0.12;

impl ReviewContext<'_> {
    /// The tile at a position, as it was drawn last.
    pub(super) fn placed(&self, position: ScenePosition) -> Option<&PlacedTile> {
        self.screen.placed.iter().find(|placed| placed.position == position)
    }

    /// The scale of the focused tile, or of the first one.
    fn current_scale(&self) -> f32 {
        let focus = self.view.focus(self.screen.review.focus);
        let placed = self.placed(focus).or_else(|| self.screen.placed.first());
        placed.map_or(1.0, |placed| placed.painted.scale)
    }

    /// The scale at which every visible tile is shown whole.
    pub(super) fn whole_scale(&self) -> f32 {
        let pixels_per_point = self.ctx.pixels_per_point();
        let whole = self.screen.placed.iter().filter_map(|placed| {
            let full = self.screen.store.full_size(&placed.picture)?;
            Some(TileFit::Whole.scale(room_of(placed.frame, pixels_per_point), full, pixels_per_point))
        });
        whole.reduce(f32::min).unwrap_or(0.01)
    }

    /// Zooms all tiles to the scale that `scaled` returns for the current one.
    pub(super) fn zoom(&mut self, scaled: impl FnOnce(f32) -> f32) {
        let now = self.view.zooming().scale;
        let scale = scaled(now.unwrap_or_else(|| self.current_scale()));
        let least = self.whole_scale();
        self.view.zooming().set_scale(scale, least);
        match now {
            None => self.view.text.aim(),
            // Other parts of the lines are visible at another scale.
            Some(_) if !self.view.is_comparing() => self.view.text.aim_again(),
            Some(_) => {}
        }
    }

    /// Zooms all tiles by a factor, so that a spot of the tile at a position stays in place.
    pub(super) fn zoom_at(&mut self, position: ScenePosition, factor: f32, spot: Vec2) {
        let Some(painted) = self.placed(position).map(|placed| placed.painted) else { return };
        self.leave_tiles();
        let least = self.whole_scale();
        if self.view.has_panes() {
            let zooming = &mut self.view.zooming;
            zooming.set_scale(zooming.scale.unwrap_or(painted.scale) * factor, least);
            let center = painted.center_about(spot, zooming.scale.unwrap_or(least));
            self.view.reading_view.show(position, PaneSpot::Center { center, scale: None });
            return;
        }
        let zooming = self.view.zooming();
        zooming.set_scale(zooming.scale.unwrap_or(painted.scale) * factor, least);
        let scale = zooming.scale.unwrap_or(least);
        zooming.center = painted.center_about(spot, scale) - zooming.offset(position);
    }

    /// Zooms so that a pixel of a tile is a pixel of the screen.
    pub(super) fn zoom_to_actual_pixels(&mut self) {
        if self.screen.placed.iter().any(|placed| matches!(placed.picture, Picture::Tile(_))) {
            self.zoom(|_| 1.0);
        }
    }

    /// Scrolls the tile at a position, and those that move with it, by fractions of its size.
    pub(super) fn scroll(&mut self, position: ScenePosition, by: Vec2) {
        self.leave_tiles();
        if self.view.has_panes() {
            self.scroll_pane(position, by);
            return;
        }
        let Some(part) = self.placed(position).map(|placed| placed.painted.part) else { return };
        // In the grid, tiles that are cut off scroll one by one.
        let in_frames = matches!(self.view.scene, Scene::Grid) && self.view.zooming.scale.is_none();
        let zooming = self.view.zooming();
        if in_frames {
            zooming.scroll_alone(position, part, by);
            return;
        }
        let before = zooming.center;
        zooming.pan(position, part, by);
        let moved = zooming.center - before;
        if self.view.is_comparing() {
            self.move_by_as_many_pixels(position, moved);
        }
    }

    /// Lets compared tiles of other sizes move by as many pixels as the one at a position, which
    /// moved by fractions of its own size.
    fn move_by_as_many_pixels(&mut self, position: ScenePosition, moved: Vec2) {
        let size = |placed: &PlacedTile| self.screen.store.full_size(&placed.picture).map(size_of);
        let Some(own) = self.placed(position).and_then(size) else { return };
        let others = self.screen.placed.iter().filter(|placed| placed.position != position);
        let others: Vec<(ScenePosition, Vec2)> = others
            .filter_map(|placed| Some((placed.position, size(placed)?)))
            .filter(|(_, size)| *size != own)
            .collect();
        for (other, size) in others {
            let zooming = self.view.zooming();
            let offset = zooming.offset(other) + moved * own / size - moved;
            zooming.alone.insert(other, offset);
        }
    }

    /// Moves all tiles one step.
    pub(super) fn pan(&mut self, direction: PanDirection) {
        let focus = self.view.focus(self.screen.review.focus);
        self.scroll(focus, step(direction) * self.visible_part(focus).size());
    }

    /// Moves one tile against the others where the arrow points: its visible part moves the other
    /// way.
    pub(super) fn pan_alone(&mut self, direction: PanDirection) {
        let focus = self.view.focus(self.screen.review.focus);
        self.leave_tiles();
        let by = -step(direction) * self.visible_part(focus).size();
        if self.view.has_panes() {
            self.scroll_pane(focus, by);
            return;
        }
        self.view.zooming().move_alone(focus, by);
    }

    fn visible_part(&self, position: ScenePosition) -> Rect {
        let whole = Rect::from_min_size(egui::Pos2::ZERO, Vec2::splat(1.0));
        self.placed(position).map_or(whole, |placed| placed.painted.part)
    }
}

fn step(direction: PanDirection) -> Vec2 {
    match direction {
        PanDirection::Left => vec2(-PAN_STEP, 0.0),
        PanDirection::Right => vec2(PAN_STEP, 0.0),
        PanDirection::Up => vec2(0.0, -PAN_STEP),
        PanDirection::Down => vec2(0.0, PAN_STEP),
    }
}
