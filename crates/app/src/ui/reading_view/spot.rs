//! The spot of a tile that a pane shows. Pure geometry.

use egui::{Rect, Vec2, vec2};
use tilejury_text::PixelBox;

use super::READABLE_SCALE;
use crate::ui::placement::{TileFit, TileZooms, clamp_center, room_of};

/// The share of a pane's height above the middle of a passage: more text follows it than precedes.
const ABOVE: f32 = 0.4;
/// The share of a pane's height from which a passage is shown from its beginning.
const HIGH: f32 = 0.8;
/// The margin above a passage that is higher than that, as a share of the pane's height.
const MARGIN: f32 = 0.08;
/// The share of a pane's width that a passage may fill.
const WIDE: f32 = 0.96;

/// The spot of a tile that a pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum PaneSpot {
    /// The beginning.
    #[default]
    Top,
    /// A passage, at a scale at which it can be read.
    Passage(PixelBox),
    /// A spot in fractions of width and height, in the middle; at a scale of its own, if there is
    /// one.
    Center { center: Vec2, scale: Option<f32> },
}

/// The scale of the tiles in panes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PaneScale {
    /// As wide as the pane, or larger if that makes a passage readable.
    Readable,
    /// As wide as the pane.
    Width,
    /// Screen pixels per pixel of every tile, as a person chose.
    Chosen(f32),
}

impl PaneSpot {
    /// The zoom of a tile of `full` pixels at this spot. `shared` is the scale of all tiles, if a
    /// person chose one or they are compared.
    pub(crate) fn zooms(self, frame: Rect, full: [u32; 2], shared: PaneScale, pixels_per_point: f32) -> TileZooms {
        let room = room_of(frame, pixels_per_point);
        let fit = TileFit::Width.scale(room, full, pixels_per_point);
        let own = match self {
            Self::Top => None,
            Self::Passage(area) => readable_scale(area, room, fit, pixels_per_point),
            Self::Center { scale, .. } => scale,
        };
        let scale = match shared {
            PaneScale::Readable => own,
            PaneScale::Width => None,
            PaneScale::Chosen(scale) => Some(scale),
        };
        let size = vec2(full[0].max(1) as f32, full[1].max(1) as f32);
        // In pixels of the tile.
        let visible = room / scale.unwrap_or(fit);
        let center = match self {
            Self::Top => vec2(0.5, 0.0),
            Self::Passage(area) => vec2(middle(area.x, area.width), middle_of_view(area, visible.y)) / size,
            Self::Center { center, .. } => center,
        };
        let center = clamp_center(center, (visible / size).min(Vec2::splat(1.0)));
        TileZooms { scale, fit: TileFit::Width, center, ..TileZooms::default() }
    }
}

/// The least scale at which the whole width of a tile is preferred: lines that are cut off read
/// worse than lines that are a little small.
const WHOLE_LINES: f32 = 0.5;

/// The scale at which a passage can be read, if a tile as wide as the pane is much too small for
/// that; the passage must not be wider than the pane.
fn readable_scale(area: PixelBox, room: Vec2, fit: f32, pixels_per_point: f32) -> Option<f32> {
    if fit >= WHOLE_LINES * pixels_per_point {
        return None;
    }
    let most = WIDE * room.x / area.width.max(1) as f32;
    let scale = (READABLE_SCALE * pixels_per_point).min(most);
    (scale > fit * 1.01).then_some(scale)
}

fn middle(from: u32, size: u32) -> f32 {
    from as f32 + size as f32 / 2.0
}

/// The middle of the visible part for a passage, in pixels of the tile.
fn middle_of_view(area: PixelBox, visible: f32) -> f32 {
    let top = if area.height as f32 > HIGH * visible {
        area.y as f32 - MARGIN * visible
    } else {
        middle(area.y, area.height) - ABOVE * visible
    };
    top + visible / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::grid_layout::USUAL_SHAPE;
    use crate::ui::placement::paint;

    fn frame(width: f32, height: f32) -> Rect {
        Rect::from_min_size(egui::pos2(10.0, 20.0), vec2(width, height))
    }

    fn visible(spot: PaneSpot, frame: Rect) -> (Rect, f32) {
        let zooms = spot.zooms(frame, USUAL_SHAPE, PaneScale::Readable, 1.0);
        let painted = paint(frame, USUAL_SHAPE, zooms.zoom_of(crate::ui::ScenePosition::default()), 1.0);
        let part = painted.part;
        let size = vec2(USUAL_SHAPE[0] as f32, USUAL_SHAPE[1] as f32);
        (
            Rect::from_min_max((part.min.to_vec2() * size).to_pos2(), (part.max.to_vec2() * size).to_pos2()),
            painted.scale,
        )
    }

    #[test]
    fn a_passage_is_visible_as_a_whole_wherever_it_is() {
        for y in [0, 200, 500, 900, 1000] {
            let area = PixelBox { x: 60, y, width: 700, height: 24 };
            let (seen, scale) = visible(PaneSpot::Passage(area), frame(613.0, 420.0));
            assert!(seen.min.y <= y as f32 && seen.max.y >= (y + 24) as f32, "{y}: {seen:?}");
            assert!((0.0..=1024.5).contains(&seen.max.y) && scale >= 0.7, "{seen:?} {scale}");
        }
    }

    #[test]
    fn a_passage_that_is_higher_than_the_pane_shows_its_beginning() {
        let area = PixelBox { x: 60, y: 300, width: 700, height: 700 };
        let (seen, _) = visible(PaneSpot::Passage(area), frame(613.0, 300.0));
        assert!((200.0..300.0).contains(&seen.min.y), "{seen:?}");
    }

    #[test]
    fn a_narrow_pane_enlarges_a_passage_as_far_as_it_fits() {
        let area = PixelBox { x: 400, y: 300, width: 400, height: 60 };
        let (seen, scale) = visible(PaneSpot::Passage(area), frame(400.0, 400.0));
        assert_eq!(scale, 0.7);
        assert!(seen.min.x <= 400.0 && seen.max.x >= 800.0, "{seen:?}");
        let wide = PixelBox { x: 20, width: 830, ..area };
        let (_, scale) = visible(PaneSpot::Passage(wide), frame(400.0, 400.0));
        assert!(scale < 0.5, "not cut off: {scale}");
        let (_, scale) = visible(PaneSpot::Passage(area), frame(470.0, 400.0));
        assert!((0.5..0.6).contains(&scale), "whole lines, beside the queue of a small window: {scale}");
    }

    #[test]
    fn a_chosen_scale_comes_before_the_readable_one() {
        let area = PixelBox { x: 400, y: 300, width: 400, height: 60 };
        let zooms = |scale| PaneSpot::Passage(area).zooms(frame(400.0, 400.0), USUAL_SHAPE, scale, 1.0);
        assert_eq!(zooms(PaneScale::Chosen(0.5)).scale, Some(0.5));
        assert_eq!(zooms(PaneScale::Width).scale, None);
    }
}
